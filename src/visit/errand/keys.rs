//! `keys …`: the member's SSH keys. And `NAME` at the door of keys: somebody's public ones.

use super::{Errand, Stop, unexpected};
use crate::accounts::request::keys::{Answer, Ask};
use crate::accounts::request::{Reply, Request};
use crate::face::exec::Told;
use crate::face::exec::keys::{KeysCommand, KeysTold};
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    pub(super) async fn keys(&mut self, command: KeysCommand) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        let ask = match command {
            KeysCommand::List => Ask::List,
            KeysCommand::Add => Ask::Add { line: self.public_key().await? },
            KeysCommand::Rename { key, comment } => Ask::Rename { key, seen: None, comment },
            KeysCommand::Remove { key } => Ask::Remove { key },
        };
        let told = match self.ask_sensitive(Request::Keys(member, ask)).await? {
            Reply::Keys(Answer::List(keys, _)) => KeysTold::List(keys),
            Reply::Keys(Answer::Added(key)) => KeysTold::Added(key),
            Reply::Keys(Answer::Renamed(key)) => KeysTold::Renamed(key),
            Reply::Keys(Answer::Removed(_, key)) => KeysTold::Removed(key),
            other => return Err(unexpected(&other)),
        };
        Ok(Told::Of(Box::new(told)))
    }

    /// The public keys of the one with this username; none for a name that nobody has.
    pub(super) async fn public_keys(&mut self, name: String) -> Result<Told, Stop> {
        match self.ask(Request::PublicKeys { name }).await? {
            Reply::PublicKeys(lines) => Ok(Told::Of(Box::new(KeysTold::Public(lines)))),
            other => Err(unexpected(&other)),
        }
    }

    /// One line at a terminal; without one all of standard input, so that a private key is seen whole.
    async fn public_key(&mut self) -> Result<String, Stop> {
        if !self.caller.has_pty {
            return Ok(self.stdin.rest().await?.to_string());
        }
        self.wire.send(b"Public key (one line, not shown): ".to_vec()).await.map_err(|_| Stop::Gone)?;
        let line = self.stdin.line().await?.unwrap_or_default();
        self.wire.send(b"\r\n".to_vec()).await.map_err(|_| Stop::Gone)?;
        Ok(line.to_string())
    }
}
