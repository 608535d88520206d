//! Line mode at the level of bytes: what it never says, what it refuses, and how a visit in it ends. The stories
//! of people who use it are in tests/expect.

use std::sync::Arc;

use russh::client::{self, Handle, KeyboardInteractiveAuthResponse, Msg};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelId, ChannelMsg};
use tokio::time::timeout;

use super::server::{ADAS_PASSWORD, Place, Server};
use super::waiting::{PATIENCE, wait_until};

/// A client that takes as much as it is told to.
struct Client {
    window: u32,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }

    fn adjust_window(&mut self, _: ChannelId, _: u32) -> u32 {
        self.window
    }
}

/// Somebody on a line terminal, or on none.
struct Talk {
    /// Dropped last: with it the connection goes.
    _connection: Handle<Client>,
    channel: Channel<Msg>,
    heard: Vec<u8>,
    exit: Option<u32>,
}

impl Talk {
    async fn begin(server: &Server, user: &str, has_pty: bool) -> Self {
        Self::begin_taking(server, user, has_pty, 2_097_152).await
    }

    async fn begin_taking(server: &Server, user: &str, has_pty: bool, window: u32) -> Self {
        let config = client::Config { window_size: window, ..client::Config::default() };
        let client = Client { window };
        let mut connection = client::connect(Arc::new(config), server.address(), client).await.unwrap();
        let answer = connection.authenticate_keyboard_interactive_start(user, None).await.unwrap();
        assert!(matches!(answer, KeyboardInteractiveAuthResponse::Success), "not let in: {answer:?}");
        let channel = connection.channel_open_session().await.unwrap();
        if has_pty {
            channel.request_pty(false, "dumb", 80, 24, 0, 0, &[]).await.unwrap();
            channel.request_shell(false).await.unwrap();
        } else {
            channel.exec(false, "plain").await.unwrap();
        }
        Self { _connection: connection, channel, heard: Vec::new(), exit: None }
    }

    async fn types(&self, bytes: &[u8]) {
        self.channel.data(bytes).await.unwrap();
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Waits until `text` has been said `times` times.
    async fn hears(&mut self, text: &str, times: usize) {
        let hearing = timeout(PATIENCE, async {
            while self.text().matches(text).count() < times {
                assert!(self.listens().await, "it ended before {text:?}: {}", self.text());
            }
        });
        hearing.await.unwrap_or_else(|_| panic!("never heard {text:?}"));
    }

    /// Waits for the end, and gives the exit status.
    async fn ends(&mut self) -> Option<u32> {
        let ending = timeout(PATIENCE, async { while self.listens().await {} });
        ending.await.unwrap_or_else(|_| panic!("it does not end: {}", self.text()));
        self.exit
    }

    async fn listens(&mut self) -> bool {
        match self.channel.wait().await {
            Some(ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. }) => {
                self.heard.extend_from_slice(&data);
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => self.exit = Some(exit_status),
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// Fails if anything was said that is not text, CR LF, or the taking back of a typed character.
    fn is_plain(&self) {
        let text = String::from_utf8(self.heard.clone()).expect("UTF-8 only");
        let text = text.replace("\u{8} \u{8}", "").replace("\r\n", "\n");
        let strange = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(strange, None, "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_text_and_line_ends_is_ever_said_in_a_whole_reset() {
    let server = Server::start();
    let mut ada = Talk::begin(&server, "account", true).await;
    ada.types(b"\rforgot-password\rada\rBBBB-BBBB\r").await;
    ada.hears("[code-refused]", 1).await;
    let code = server.code("ada", 1);
    let words = "plum tractor seventeen";
    ada.types(format!("{code}\r{words}\rno\r{words}\r{words}\r1\rback\r").as_bytes()).await;
    ada.hears("OK: Your password has been successfully reset [password-reset]\r\n", 1).await;
    ada.types(format!("settings/password\rx\r{words}\r{words}\r").as_bytes()).await;
    ada.hears("[wrong-current-password]", 1).await;
    ada.types(b"\x03").await;
    assert_eq!(ada.ends().await, Some(0));
    ada.is_plain();
    assert!(!ada.text().contains(words) && ada.text().ends_with("OK: Goodbye. [goodbye]\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_byte_is_typed_no_escape_byte_comes_back() {
    let server = Server::start();
    for has_pty in [true, false] {
        let mut talk = Talk::begin(&server, "account", has_pty).await;
        // Without Ctrl-C and Ctrl-D, which leave.
        for byte in (0..=255_u8).filter(|byte| !matches!(byte, 3 | 4)) {
            talk.types(&[b'a', byte, b'z', b'\r']).await;
        }
        talk.types(b"\x1b[2J\x1b]0;title\x07\x9b31m\xc2\x9b31m\xe2\x80\xaeada\r\x03").await;
        assert_eq!(talk.ends().await, Some(0), "{}", talk.text());
        talk.is_plain();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_over_four_kib_is_refused_and_the_next_one_is_taken() {
    let server = Server::start();
    let mut talk = Talk::begin(&server, "account", true).await;
    talk.types(&[b"x".repeat(5_000).as_slice(), b"\r"].concat()).await;
    talk.hears("[line-refused]\r\nEmail or username: ", 1).await;
    talk.types(format!("ada\r{ADAS_PASSWORD}\r").as_bytes()).await;
    talk.hears("Signed in as ada\r\n", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_of_the_input_in_the_middle_of_a_form_changes_nothing_and_is_told() {
    let server = Server::start();
    let mut ada = Talk::begin(&server, "account", false).await;
    let words = "plum tractor seventeen";
    let half = format!("ada\n{ADAS_PASSWORD}\nsettings/password\n{ADAS_PASSWORD}\n{words}\n{words}");
    ada.types(half.as_bytes()).await;
    ada.channel.eof().await.unwrap();
    assert_eq!(ada.ends().await, Some(1));
    assert!(ada.text().ends_with("[input-ended]\n"), "{}", ada.text());

    let mut again = Talk::begin(&server, "account", false).await;
    again.types(format!("ada\n{ADAS_PASSWORD}\n").as_bytes()).await;
    again.hears("Choice: ", 1).await;
    again.channel.eof().await.unwrap();
    assert_eq!(again.ends().await, Some(0), "a finished conversation is no failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_visit_is_warned_and_its_line_comes_again() {
    let server = Place::new().with("DOORKEY__SSH__IDLE_TIME_GUEST", "2").start();
    let mut talk = Talk::begin(&server, "account", true).await;
    talk.types(b"ad").await;
    let warning = "Note: This visit ends in a minute. Press a key to stay. [ends-soon]\r\n";
    talk.hears(&format!("{warning}Email or username: ad"), 1).await;
    assert_eq!(talk.ends().await, Some(0));
    assert!(talk.text().ends_with("connect again. [idle]\r\n"), "{}", talk.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_cut() {
    let server = Place::new().with("DOORKEY__SSH__STALL_TIME", "1").start();
    let alone = server.sockets();
    let talk = Talk::begin_taking(&server, "account", true, 300).await;
    assert!(server.sockets() > alone);
    // Each empty line is answered with the choices, of which the window takes only the first few. The client of
    // these tests stands still as well, so it is the server that is asked. Whether it says "does not read" or
    // "too much input" depends on who is faster; the connection ends in either case.
    let typing = tokio::spawn(async move { while talk.channel.data(&b"\r\r?\r"[..]).await.is_ok() {} });
    wait_until("the client to be cut", || (server.sockets() == alone).then_some(()));
    typing.abort();
}
