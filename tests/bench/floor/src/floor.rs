//! The floor: accepts anyone, draws one sign-in form at the size of the terminal and echoes what is typed.
//! Written the way one would without a second thought (a ratatui `Terminal` over a `Vec`, its two buffers
//! kept for every session), so that it shows what our parts cost at least and what was gained beside it.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, Borders, Paragraph};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use russh::keys::load_secret_key;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream};
use russh::{Channel, ChannelId, MethodKind, MethodSet, Pty, SshId};
use tokio::net::{TcpListener, TcpStream};

/// What the backend wrote and nobody has sent yet.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One session: its screen, made when its size is known, and what was typed into the first field.
#[derive(Default)]
struct FloorSession {
    screen: Option<Terminal<CrosstermBackend<Sink>>>,
    sink: Sink,
    typed: String,
}

impl FloorSession {
    fn open(&mut self, cols: u32, rows: u32) -> Result<(), russh::Error> {
        let side = |asked: u32, unknown: u16| match asked {
            0 => unknown,
            n => u16::try_from(n).unwrap_or(u16::MAX).clamp(20, 500),
        };
        let area = Rect::new(0, 0, side(cols, 80), side(rows, 24));
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        self.screen = Some(Terminal::with_options(CrosstermBackend::new(self.sink.clone()), options)?);
        Ok(())
    }

    /// Draws and takes the bytes that bring the person's terminal up to date.
    fn paint(&mut self) -> Result<Vec<u8>, russh::Error> {
        let Some(screen) = self.screen.as_mut() else { return Ok(Vec::new()) };
        screen.draw(|frame| form(frame, &self.typed))?;
        Ok(self.sink.take())
    }

    fn press(&mut self, byte: u8) {
        match byte {
            0x15 => self.typed.clear(),
            0x7f => drop(self.typed.pop()),
            0x20..=0x7e => self.typed.push(char::from(byte)),
            _ => {}
        }
    }
}

/// The picture of the sign-in page, line by line.
fn form(frame: &mut Frame<'_>, typed: &str) {
    let area = frame.area();
    let left = area.width.saturating_sub(42) / 2;
    let at = |x: u16, y: u16, width: u16, height: u16| Rect::new(x, y, width, height).intersection(area);
    let line = |frame: &mut Frame<'_>, x: u16, y: u16, text: &str| {
        frame.render_widget(Paragraph::new(text), at(x, y, area.width.saturating_sub(x), 1));
    };
    let rule = "─".repeat(usize::from(area.width));
    line(frame, 1, 0, "Doorkey · acme.example");
    line(frame, area.width.saturating_sub(9), 0, "F1 help");
    line(frame, 0, 1, &rule);
    let title = Paragraph::new("Sign in to your account").style(Style::new().add_modifier(Modifier::BOLD));
    frame.render_widget(title, at(left + 1, 2, 40, 1));
    line(frame, left + 1, 4, "Email or username");
    frame.render_widget(
        Paragraph::new(format!(" {typed}")).block(Block::new().borders(Borders::ALL)),
        at(left, 5, 42, 3),
    );
    line(frame, left + 1, 8, "Password");
    frame.render_widget(Block::new().borders(Borders::ALL), at(left, 9, 42, 3));
    line(frame, left + 1, 12, "[ Sign in ]     Forgot your password?");
    line(frame, left + 1, 14, "Trouble signing in? support@acme.example");
    line(frame, 0, area.height.saturating_sub(2), &rule);
    line(
        frame,
        1,
        area.height.saturating_sub(1),
        "Tab next · Enter continue · F2 show password · Ctrl-C quit",
    );
    let column = u16::try_from(typed.chars().count()).unwrap_or(u16::MAX).min(38);
    frame.set_cursor_position((left + 2 + column, 6));
}

impl Handler for FloorSession {
    type Error = russh::Error;

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        _response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        cols: u32,
        rows: u32,
        _pix_width: u32,
        _pix_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.open(cols, rows)?;
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        let mut bytes = b"\x1b[?1049h\x1b[2J".to_vec();
        bytes.extend(self.paint()?);
        session.data(channel, bytes)
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        for &byte in data {
            self.press(byte);
        }
        let bytes = self.paint()?;
        session.data(channel, bytes)
    }
}

async fn greet(config: Arc<Config>, socket: TcpStream) -> Result<(), russh::Error> {
    socket.set_nodelay(true)?;
    run_stream(config, socket, FloorSession::default()).await?.await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host_key = std::env::args().nth(1).ok_or("usage: floor HOST_KEY_FILE")?;
    let config = Arc::new(Config {
        server_id: SshId::Standard("SSH-2.0-floor".into()),
        methods: MethodSet::from(&[MethodKind::KeyboardInteractive][..]),
        auth_rejection_time: std::time::Duration::ZERO,
        keys: vec![load_secret_key(host_key, None)?],
        ..Config::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(greet(Arc::clone(&config), socket));
    }
}
