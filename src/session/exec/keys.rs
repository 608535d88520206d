//! `keys …`: the member's SSH keys. And `NAME` at the door of keys: somebody's public ones.

use super::{CommandError, CommandRun, unexpected};
use crate::accounts::request::keys::{KeysReply, KeysRequest};
use crate::accounts::request::{Reply, Request};
use crate::commands::CommandOutput;
use crate::commands::keys::{KeysCommand, KeysOutput};
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    pub(super) async fn keys(&mut self, command: KeysCommand) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        let ask = match command {
            KeysCommand::List => KeysRequest::List,
            KeysCommand::Add => KeysRequest::Add { line: self.public_key().await? },
            KeysCommand::Rename { key, comment } => KeysRequest::Rename { key, seen: None, comment },
            KeysCommand::Remove { key } => KeysRequest::Remove { key },
        };
        let told = match self.ask_sensitive(Request::Keys(member, ask)).await? {
            Reply::Keys(KeysReply::List(keys, _)) => KeysOutput::List(keys),
            Reply::Keys(KeysReply::Added(key)) => KeysOutput::Added(key),
            Reply::Keys(KeysReply::Renamed(key)) => KeysOutput::Renamed(key),
            Reply::Keys(KeysReply::Removed(_, key)) => KeysOutput::Removed(key),
            other => return Err(unexpected(&other)),
        };
        Ok(CommandOutput::Of(Box::new(told)))
    }

    /// The public keys of the one with this username; none for a name that nobody has.
    pub(super) async fn public_keys(&mut self, name: String) -> Result<CommandOutput, CommandError> {
        match self.ask(Request::PublicKeys { name }).await? {
            Reply::PublicKeys(lines) => Ok(CommandOutput::Of(Box::new(KeysOutput::Public(lines)))),
            other => Err(unexpected(&other)),
        }
    }

    /// One line at a terminal; without one all of standard input, so that a private key is seen whole.
    async fn public_key(&mut self) -> Result<String, CommandError> {
        if !self.client.has_pty {
            return Ok(self.stdin.rest().await?.to_string());
        }
        self.sink
            .send(b"Public key (one line, not shown): ".to_vec())
            .await
            .map_err(|_| CommandError::Disconnected)?;
        let line = self.stdin.line().await?.unwrap_or_default();
        self.sink.send(b"\r\n".to_vec()).await.map_err(|_| CommandError::Disconnected)?;
        Ok(line.to_string())
    }
}
