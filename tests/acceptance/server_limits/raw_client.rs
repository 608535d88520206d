//! Somebody at a terminal, by way of russh's own client: precise where OpenSSH would be polite.

use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::{self, Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelWriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{SOON, Server};
use crate::any_host_key::{AnyHostKey, enter};

/// A connection that has not authenticated.
pub(crate) async fn connect(server: &Server) -> Handle<AnyHostKey> {
    let config = Arc::new(client::Config::default());
    client::connect(config, server.address, AnyHostKey::default()).await.unwrap()
}

pub(crate) struct RawClient {
    /// Of the connection, which others may share.
    pub(crate) handle: Arc<Handle<AnyHostKey>>,
    pub(crate) channel: ChannelWriteHalf<Msg>,
    incoming: mpsc::UnboundedReceiver<ChannelMsg>,
    screen: Vec<u8>,
    pub(crate) exit: Option<u32>,
}

impl RawClient {
    /// Somebody on a terminal of 80x24.
    pub(crate) async fn enter(server: &Server) -> Self {
        Self::enter_with(server, 80, 24).await
    }

    pub(crate) async fn enter_with(server: &Server, cols: u32, rows: u32) -> Self {
        let mut handle = connect(server).await;
        enter(&mut handle, "account").await;
        Self::open(handle, cols, rows).await
    }

    /// Asks for a terminal and a shell on a connection that has authenticated.
    pub(crate) async fn open(handle: Handle<AnyHostKey>, cols: u32, rows: u32) -> Self {
        Self::open_on(Arc::new(handle), cols, rows).await
    }

    /// Another session on the same connection.
    pub(crate) async fn beside(&self, cols: u32, rows: u32) -> Self {
        Self::open_on(Arc::clone(&self.handle), cols, rows).await
    }

    async fn open_on(handle: Arc<Handle<AnyHostKey>>, cols: u32, rows: u32) -> Self {
        let channel = handle.channel_open_session().await.unwrap();
        channel.request_pty(true, "xterm", cols, rows, 0, 0, &[]).await.unwrap();
        channel.request_shell(true).await.unwrap();
        let mut client = Self::on_shared(handle, channel);
        client.sees("welcome").await;
        client
    }

    /// Somebody whose terminal and shell have been asked for.
    pub(crate) fn on(handle: Handle<AnyHostKey>, channel: Channel<Msg>) -> Self {
        Self::on_shared(Arc::new(handle), channel)
    }

    fn on_shared(handle: Arc<Handle<AnyHostKey>>, channel: Channel<Msg>) -> Self {
        let (mut read, channel) = channel.split();
        let (reader, incoming) = mpsc::unbounded_channel();
        // Reads all the time: russh's client stands still when a channel of its own is not read.
        tokio::spawn(async move {
            while let Some(message) = read.wait().await {
                if reader.send(message).is_err() {
                    break;
                }
            }
        });
        Self { handle, channel, incoming, screen: Vec::new(), exit: None }
    }

    pub(crate) async fn types(&self, keys: &[u8]) {
        self.channel.data_bytes(keys.to_vec()).await.unwrap();
    }

    /// Waits for a line that begins with `words`, returns the rest of it, and forgets what was before.
    pub(crate) async fn sees(&mut self, words: &str) -> String {
        let seen = timeout(SOON, async {
            loop {
                let text = String::from_utf8_lossy(&self.screen).into_owned();
                if let Some((_, rest)) = text.split_once(words)
                    && let Some((line, after)) = rest.split_once("\r\n")
                {
                    self.screen = after.as_bytes().to_vec();
                    return line.to_owned();
                }
                assert!(self.takes_in().await, "the channel closed before {words:?}: {text:?}");
            }
        });
        seen.await.unwrap_or_else(|_| panic!("never saw {words:?}"))
    }

    /// Waits for the end, and returns the exit status.
    pub(crate) async fn leaves(&mut self) -> Option<u32> {
        timeout(SOON, async { while self.takes_in().await {} }).await.unwrap();
        self.exit
    }

    /// How long a key takes to be answered.
    pub(crate) async fn round_trip(&mut self) -> Duration {
        let start = Instant::now();
        self.types(b"?").await;
        self.sees("got=").await;
        start.elapsed()
    }

    /// Waits for the answer to a request that wants one.
    pub(crate) async fn is_refused(&mut self) -> bool {
        loop {
            match self.incoming.recv().await.expect("the channel closed instead of an answer") {
                ChannelMsg::Failure => return true,
                ChannelMsg::Success => return false,
                _ => {}
            }
        }
    }

    async fn takes_in(&mut self) -> bool {
        match self.incoming.recv().await {
            Some(ChannelMsg::Data { data }) => self.screen.extend_from_slice(&data),
            Some(ChannelMsg::ExitStatus { exit_status }) => self.exit = Some(exit_status),
            Some(ChannelMsg::Failure) => panic!("a request was refused"),
            Some(_) => {}
            None => return false,
        }
        true
    }
}
