//! Somebody in line mode: types lines, hears what is said, and knows the transcript of each page.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, Handle, Msg};
use russh::keys::{PrivateKeyWithHashAlg, load_secret_key};
use russh::{Channel, ChannelMsg};
use tokio::time::timeout;

use super::any_host_key::{AnyHostKey, enter};
use super::golden::Golden;
use super::mask::masked;
use super::waiting::PATIENCE;

/// Somebody on a line terminal, or on none.
pub(crate) struct LineClient {
    /// Dropped last: with it the connection goes.
    _connection: Handle<AnyHostKey>,
    pub(crate) channel: Channel<Msg>,
    pub(crate) heard: Vec<u8>,
    exit: Option<u32>,
    /// Where the page that is in hand begins.
    page_at: usize,
}

impl LineClient {
    pub(crate) async fn begin(address: SocketAddr, user: &str, has_pty: bool) -> Self {
        Self::connect(address, user, has_pty, None).await
    }

    /// Takes only so many bytes before it says that it has read them.
    pub(crate) async fn begin_taking(address: SocketAddr, user: &str, has_pty: bool, window: u32) -> Self {
        Self::connect(address, user, has_pty, Some(window)).await
    }

    async fn connect(address: SocketAddr, user: &str, has_pty: bool, window: Option<u32>) -> Self {
        let mut config = client::Config::default();
        config.window_size = window.unwrap_or(config.window_size);
        let client = AnyHostKey { window };
        let mut connection = client::connect(Arc::new(config), address, client).await.unwrap();
        enter(&mut connection, user).await;
        Self::sit_down(connection, has_pty).await
    }

    /// On a terminal, by somebody whose client sends `password`.
    pub(crate) async fn begin_with_password(address: SocketAddr, user: &str, password: &str) -> Self {
        let (config, client) = (client::Config::default(), AnyHostKey::default());
        let mut connection = client::connect(Arc::new(config), address, client).await.unwrap();
        assert!(connection.authenticate_password(user, password).await.unwrap().success());
        Self::sit_down(connection, true).await
    }

    /// On a terminal, by somebody who shows the key in that file.
    pub(crate) async fn begin_with_key(address: SocketAddr, user: &str, key: &Path) -> Self {
        let (config, client) = (client::Config::default(), AnyHostKey::default());
        let mut connection = client::connect(Arc::new(config), address, client).await.unwrap();
        let key = PrivateKeyWithHashAlg::new(Arc::new(load_secret_key(key, None).unwrap()), None);
        assert!(connection.authenticate_publickey(user, key).await.unwrap().success());
        Self::sit_down(connection, true).await
    }

    /// Somebody whose authentication is over, and who asks for the portal without a terminal.
    pub(crate) async fn begin_authenticated(connection: Handle<AnyHostKey>) -> Self {
        Self::sit_down(connection, false).await
    }

    async fn sit_down(connection: Handle<AnyHostKey>, has_pty: bool) -> Self {
        let channel = connection.channel_open_session().await.unwrap();
        if has_pty {
            channel.request_pty(false, "dumb", 80, 24, 0, 0, &[]).await.unwrap();
            channel.request_shell(false).await.unwrap();
        } else {
            channel.exec(false, "plain").await.unwrap();
        }
        Self { _connection: connection, channel, heard: Vec::new(), exit: None, page_at: 0 }
    }

    pub(crate) async fn types(&self, bytes: &[u8]) {
        self.channel.data(bytes).await.unwrap();
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Waits until `text` has been said `times` times.
    pub(crate) async fn hears(&mut self, text: &str, times: usize) {
        let hearing = timeout(PATIENCE, async {
            while self.text().matches(text).count() < times {
                assert!(self.listens().await, "it ended before {text:?}: {}", self.text());
            }
        });
        let is_heard = hearing.await.is_ok();
        assert!(is_heard, "never heard {text:?}: {}", self.text());
    }

    /// Waits for the end, and gives the exit status.
    pub(crate) async fn ends(&mut self) -> Option<u32> {
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

    /// Fails if anything was said that is not text, CR LF, or the cursor going back in the line that is typed.
    pub(crate) fn is_plain(&self) {
        let text = String::from_utf8(self.heard.clone()).expect("UTF-8 only");
        let text = text.replace('\u{8}', "").replace("\r\n", "\n");
        let strange = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(strange, None, "{text:?}");
    }

    /// Types a line.
    pub(crate) async fn says(&self, line: &str) {
        self.types(format!("{line}\r").as_bytes()).await;
    }

    /// Types a line, and waits for the heading of the page that it leads to.
    pub(crate) async fn goes(&mut self, line: &str, heading: &str) {
        let (from, heading) = (self.heard.len(), format!("\r\n{heading}\r\n"));
        self.says(line).await;
        let listening = timeout(PATIENCE, async {
            loop {
                if let Some(at) = self.text()[from..].find(&heading) {
                    return from + at + "\r\n".len();
                }
                assert!(self.listens().await, "it ended before {heading:?}: {}", self.text());
            }
        });
        let coming = listening.await;
        self.page_at = coming.unwrap_or_else(|_| panic!("never came to {heading:?}: {}", self.text()));
    }

    /// The page in hand, from its heading to the prompt that waits, is as `transcripts/NAME.txt` has it.
    pub(crate) async fn sees(&mut self, name: &str) {
        let golden = Golden::new("tests/acceptance/transcripts", name);
        if Golden::is_blessing() {
            // Somebody reviews the result, so a moment of silence is proof enough of a prompt.
            while let Ok(true) = timeout(Duration::from_millis(400), self.listens()).await {}
            golden.write(&self.transcript());
        }
        let expected = golden.text();
        let listening = timeout(PATIENCE, async {
            while self.transcript() != expected {
                assert!(self.listens().await, "it ended before {golden}: {}", self.transcript());
            }
        });
        let heard = listening.await;
        heard.unwrap_or_else(|_| panic!("{golden}: it is now\n{}", self.transcript()));
        has_no_choice_twice(&expected);
    }

    fn transcript(&self) -> String {
        let text = self.text()[self.page_at..].trim_start().replace('\r', "");
        let lines: Vec<_> = text.lines().map(|line| covered(line.trim_end())).collect();
        masked(&(lines.join("\n") + "\n"))
    }
}

/// The line with what was drawn by lot covered: a typed code, and the name of a made key.
fn covered(line: &str) -> String {
    if let Some((prompt @ ("Code" | "Authenticator or recovery code"), typed)) = line.split_once(": ") {
        let blank = |c: char| if c.is_ascii_alphanumeric() { 'X' } else { c };
        return format!("{prompt}: {}", typed.chars().map(blank).collect::<String>());
    }
    line.to_owned()
}

/// Fails if two of the numbered choices that were offered at once are called the same, or chosen by the same word.
fn has_no_choice_twice(transcript: &str) {
    let mut offered: Vec<String> = Vec::new();
    for line in transcript.lines() {
        let Some((number, words)) = line.split_once(". ") else { continue };
        let (words, word) = words.split_once(" [").unwrap_or((words, words));
        if number.parse::<usize>().is_err() || !line.ends_with(']') {
            continue;
        }
        if number == "1" {
            offered.clear();
        }
        for called in [words.to_lowercase(), format!("[{word}")] {
            assert!(!offered.contains(&called), "{called} is offered twice:\n{transcript}");
            offered.push(called);
        }
    }
}
