//! A person at a terminal: types, presses keys, reads the screen. Behind it stands an SSH client of ours with a
//! terminal emulator, or the real OpenSSH `ssh` in a real pseudo-terminal.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use doorkey::flow::PAGES;
use russh::client::{self, Handle};
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Disconnect, SshId};
use tokio::runtime::Runtime;

use super::any_host_key::{AnyHostKey, enter};
use super::golden::Golden;
use super::mask::masked;
use super::output_guard::OutputGuard;
use super::stranger::STRANGER;
use super::waiting::PATIENCE;

/// Carries everybody in this test process.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Where a page stands beside the places of the portal, and where there is room for more.
pub(crate) const LARGER_SIZES: [(u16, u16); 2] = [(120, 40), (200, 60)];

/// A person at a terminal.
pub(crate) struct Person {
    line: Line,
    heard: Receiver<Heard>,
    terminal: vt100::Parser,
    /// The terminal knows no alternate screen: GNU screen by default, the Linux console.
    is_plain: bool,
    guard: OutputGuard,
    exit_code: Option<u32>,
}

/// What carries the bytes.
enum Line {
    /// Our own client.
    Client { connection: Handle<AnyHostKey>, typing: ChannelWriteHalf<client::Msg> },
    /// The real `ssh` in a real pseudo-terminal.
    OpenSsh(Pty),
}

/// A process in a pseudo-terminal; it does not outlive its person.
struct Pty {
    process: Child,
    typing: ChildStdin,
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

enum Heard {
    Bytes(Vec<u8>),
    Exit(u32),
}

/// A key as it leaves the terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Enter,
    Tab,
    BackTab,
    Esc,
    Up,
    Down,
    Home,
    F(u8),
    Ctrl(char),
    Alt(char),
}

impl Key {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Enter => b"\r".to_vec(),
            Self::Tab => b"\t".to_vec(),
            Self::BackTab => b"\x1b[Z".to_vec(),
            Self::Esc => b"\x1b".to_vec(),
            Self::Up => b"\x1b[A".to_vec(),
            Self::Down => b"\x1b[B".to_vec(),
            Self::Home => b"\x1b[H".to_vec(),
            Self::F(number @ 1..=4) => vec![0x1b, b'O', b'O' + number],
            Self::F(number) => panic!("no test needs F{number}"),
            Self::Alt(letter) => vec![0x1b, letter as u8],
            Self::Ctrl(letter) => vec![letter.to_ascii_uppercase() as u8 & 0x1f],
        }
    }
}

impl Person {
    /// Comes as `account` with a terminal of 80x24.
    pub(crate) fn arrive(address: SocketAddr) -> Self {
        Self::arrive_as(address, "account", 80, 24)
    }

    /// Comes as `user` with a terminal of that size.
    pub(crate) fn arrive_as(address: SocketAddr, user: &str, cols: u16, rows: u16) -> Self {
        Self::arrive_with(address, user, None, (cols, rows), client::Config::default())
    }

    /// Comes as `user` with a client that sends `password`, on 80x24.
    pub(crate) fn arrive_with_password(address: SocketAddr, user: &str, password: &str) -> Self {
        Self::arrive_with(address, user, Some(password), (80, 24), client::Config::default())
    }

    /// Comes as `user` with a client that calls itself `version`, on 80x24.
    pub(crate) fn arrive_calling_itself(address: SocketAddr, user: &str, version: &'static str) -> Self {
        let client_id = SshId::Standard(version.into());
        Self::arrive_with(
            address,
            user,
            None,
            (80, 24),
            client::Config { client_id, ..client::Config::default() },
        )
    }

    fn arrive_with(
        address: SocketAddr,
        user: &str,
        password: Option<&str>,
        (cols, rows): (u16, u16),
        config: client::Config,
    ) -> Self {
        let config = client::Config { nodelay: true, ..config };
        let (connection, typing, reading) =
            RUNTIME.block_on(connect(address, user, password, (cols, rows), config));
        let (tell, heard) = channel();
        RUNTIME.spawn(listen(reading, tell));
        Self {
            line: Line::Client { connection, typing },
            heard,
            terminal: terminal(cols, rows),
            is_plain: false,
            guard: OutputGuard::default(),
            exit_code: None,
        }
    }

    /// Comes with the real OpenSSH client, which is given `options` and no configuration file, on 80x24.
    pub(crate) fn arrive_by_openssh(address: SocketAddr, user: &str, options: &[&str]) -> Self {
        Self::arrive_by_openssh_on(address, user, options, (80, 24))
    }

    /// The same with a terminal of that size, columns and rows.
    pub(crate) fn arrive_by_openssh_on(
        address: SocketAddr,
        user: &str,
        options: &[&str],
        (cols, rows): (u16, u16),
    ) -> Self {
        // A frame should come in one piece, as from our own client: where it is cut the cursor stands anywhere.
        const IN_A_PTY: &str = "import os, pty, sys\n\
            end = pty.spawn(sys.argv[1:], lambda screen: os.read(screen, 1 << 16))\n\
            sys.exit(os.waitstatus_to_exitcode(end))";
        let mut command = Command::new("python3");
        let ssh = format!("stty rows {rows} cols {cols}; exec ssh \"$@\"");
        command.args(["-c", IN_A_PTY, "sh", "-c", &ssh, "ssh"]);
        command.args(STRANGER).args(["-oLogLevel=ERROR", "-p", &address.port().to_string()]).args(options);
        command.arg(format!("{user}@{}", address.ip())).env("TERM", "xterm-256color");
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (typing, mut reading) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (tell, heard) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reading.read(&mut bytes) {
                if tell.send(Heard::Bytes(bytes[..count].to_vec())).is_err() {
                    break;
                }
            }
        });
        Self {
            line: Line::OpenSsh(Pty { process, typing }),
            heard,
            terminal: terminal(cols, rows),
            is_plain: false,
            guard: OutputGuard::default(),
            exit_code: None,
        }
    }

    /// The same on a terminal that has no alternate screen and ignores its mode, before anything was read.
    pub(crate) fn without_alternate_screen(self) -> Self {
        Self { is_plain: true, ..self }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        match &mut self.line {
            Line::Client { typing, .. } => RUNTIME.block_on(typing.data_bytes(bytes.to_vec())).unwrap(),
            Line::OpenSsh(Pty { typing, .. }) => {
                typing.write_all(bytes).and_then(|()| typing.flush()).unwrap();
            }
        }
    }

    /// Types `text`.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    /// Presses one key.
    pub(crate) fn press(&mut self, key: Key) {
        self.send(&key.bytes());
    }

    /// Pastes `text` as a terminal with bracketed paste does.
    pub(crate) fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    /// Gives the terminal another size. What it showed is gone, as on many terminals.
    pub(crate) fn resize(&mut self, cols: u16, rows: u16) {
        let Line::Client { typing, .. } = &self.line else { panic!("only our own client is resized") };
        self.terminal.screen_mut().set_size(side(rows), side(cols));
        self.terminal.process(b"\x1b[2J");
        RUNTIME.block_on(typing.window_change(cols.into(), rows.into(), 0, 0)).unwrap();
    }

    /// Reads on until `text` stands on the screen.
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.read_until(&format!("'{text}' to appear"), |person| person.sees(text));
    }

    /// Reads on until `text` no longer stands on the screen.
    pub(crate) fn wait_until_gone(&mut self, text: &str) {
        self.read_until(&format!("'{text}' to go"), |person| !person.sees(text));
    }

    /// Reads on until the row of the cursor is as `wanted`.
    pub(crate) fn wait_until_row(&mut self, wanted: impl Fn(u16) -> bool) {
        self.read_until("the cursor to move", |person| wanted(person.screen().cursor_position().0));
    }

    /// Reads on until the screen is no longer as `before`, a [`Person::frame`].
    pub(crate) fn wait_until_changed(&mut self, before: &str) {
        self.read_until("anything to change", |person| person.frame() != before);
    }

    /// Whether the cursor stands at the beginning of `text`, as it does on the item that has the keys.
    pub(crate) fn stands_at(&self, text: &str) -> bool {
        let (row, col) = self.screen().cursor_position();
        let (_, cols) = self.screen().size();
        let here = self.screen().rows(col, cols.get() - col).nth(row.into());
        here.is_some_and(|here| here.starts_with(text))
    }

    fn read_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.heard.recv_timeout(left) {
                Ok(heard) => self.take(heard),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("waited in vain for {what}; it shows\n{}", self.frame())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("hung up before {what}; it shows\n{}", self.frame())
                }
            }
        }
    }

    fn take(&mut self, heard: Heard) {
        match heard {
            Heard::Bytes(bytes) => {
                if let Err(strange) = self.guard.pass(&bytes) {
                    panic!("the server sent {strange} in {:?}", String::from_utf8_lossy(&bytes));
                }
                if self.is_plain {
                    let text =
                        String::from_utf8_lossy(&bytes).replace("\x1b[?1049h", "").replace("\x1b[?1049l", "");
                    self.terminal.process(text.as_bytes());
                } else {
                    self.terminal.process(&bytes);
                }
            }
            Heard::Exit(code) => self.exit_code = Some(code),
        }
    }

    /// Whether `text` is on the screen now, also when a line break stands between its words.
    pub(crate) fn sees(&self, text: &str) -> bool {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        words(&self.terminal.screen().contents()).contains(&words(text))
    }

    /// Fails unless `text` is on the screen now.
    pub(crate) fn see(&self, text: &str) {
        assert!(self.sees(text), "'{text}' is not on the screen\n{}", self.frame());
    }

    /// Fails if `text` is on the screen now.
    pub(crate) fn dont_see(&self, text: &str) {
        assert!(!self.sees(text), "'{text}' is on the screen\n{}", self.frame());
    }

    /// The screen as plain text, and below it where the cursor is (row and column, counted from nought).
    pub(crate) fn frame(&self) -> String {
        let screen = self.terminal.screen();
        let (_, cols) = screen.size();
        let rows =
            screen.rows(0, cols.get()).map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n");
        let (row, col) = screen.cursor_position();
        let cursor = if screen.hide_cursor() { "hidden".to_owned() } else { format!("{row},{col}") };
        format!("{rows}\ncursor {cursor}\n")
    }

    /// Reads on until the screen is as `frames/NAME.txt` has it. The frame of a whole page is looked at on larger screens
    /// too.
    pub(crate) fn see_frame(&mut self, name: &str) {
        self.see_one_frame(name);
        let page =
            name.strip_suffix("-80x24").filter(|name| PAGES.iter().any(|id| id.replace('/', "-") == *name));
        let Some(page) = page.filter(|_| matches!(self.line, Line::Client { .. })) else { return };
        let before = self.frame();
        let last_line = before.lines().rev().nth(1).unwrap_or_default();
        for (cols, rows) in LARGER_SIZES {
            self.resize(cols, rows);
            self.see_one_frame(&format!("{page}-{cols}x{rows}"));
        }
        self.resize(80, 24);
        self.wait_for(last_line);
    }

    fn see_one_frame(&mut self, name: &str) {
        let golden = Golden::new("tests/acceptance/frames", name);
        if Golden::is_blessing() {
            // Somebody reviews the result, so a moment of silence is proof enough of a whole frame.
            while let Ok(heard) = self.heard.recv_timeout(Duration::from_millis(300)) {
                self.take(heard);
            }
            golden.write(&masked(&self.frame()));
        }
        let expected = golden.text();
        self.read_until(&format!("{golden}:\n{expected}"), |person| masked(&person.frame()) == expected);
    }

    /// The state of the terminal, for what no words show.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    /// Reads to the end of the session and says with which exit code it ended.
    pub(crate) fn wait_for_the_end(&mut self) -> Option<u32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.heard.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(heard) => self.take(heard),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the session does not end; it shows\n{}", self.frame())
                }
            }
        }
        if let Line::OpenSsh(Pty { process, .. }) = &mut self.line {
            self.exit_code = process.wait().unwrap().code().and_then(|code| u32::try_from(code).ok());
        }
        self.exit_code
    }

    /// The connection is cut with no goodbye.
    pub(crate) fn cut(self) {
        drop(self);
    }

    /// Hangs up as a client does.
    pub(crate) fn hang_up(self) {
        if let Line::Client { connection, .. } = &self.line {
            // The server may have hung up already.
            let _ = RUNTIME.block_on(connection.disconnect(Disconnect::ByApplication, "", ""));
        }
    }
}

fn side(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).unwrap()
}

fn terminal(cols: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(side(rows), side(cols), 0)
}

async fn connect(
    address: SocketAddr,
    user: &str,
    password: Option<&str>,
    (cols, rows): (u16, u16),
    config: client::Config,
) -> (Handle<AnyHostKey>, ChannelWriteHalf<client::Msg>, ChannelReadHalf) {
    let mut connection = client::connect(Arc::new(config), address, AnyHostKey::default()).await.unwrap();
    match password {
        Some(password) => assert!(connection.authenticate_password(user, password).await.unwrap().success()),
        None => enter(&mut connection, user).await,
    }
    let channel = connection.channel_open_session().await.unwrap();
    channel.request_pty(false, "xterm-256color", cols.into(), rows.into(), 0, 0, &[]).await.unwrap();
    channel.request_shell(false).await.unwrap();
    let (reading, typing) = channel.split();
    (connection, typing, reading)
}

/// Tells what comes from the server until it hangs up or nobody listens.
async fn listen(mut reading: ChannelReadHalf, tell: Sender<Heard>) {
    while let Some(message) = reading.wait().await {
        let heard = match message {
            ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. } => Heard::Bytes(data.to_vec()),
            ChannelMsg::ExitStatus { exit_status } => Heard::Exit(exit_status),
            _ => continue,
        };
        if tell.send(heard).is_err() {
            break;
        }
    }
}
