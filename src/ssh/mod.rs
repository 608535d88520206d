//! The wire: accept loop, admission, handler, host keys. Decides nothing about accounts.
//!
//! The way of one connection, in reading order:
//!
//! | file | what lives there |
//! |---|---|
//! | [`server`] | [`server::Server`]: the accept loop that never dies, and the end of the service |
//! | [`admission`] | who is let to the handshake: caps in all and per source, penalties |
//! | [`connection`] | one connection from accept to close: the one place with its deadlines |
//! | [`stream`] | the socket with a kill switch, so that nothing can keep a session task alive |
//! | [`algorithms`] | what is offered in the key exchange |
//! | [`handler`] | russh's callbacks; every request gets exactly one reply, none awaits the session |
//! | [`links`] | what ties a handler to its connection |
//! | [`auth`] | who is let in, and under which name |
//! | [`prompts`] | questions inside authentication, and how long they may take |
//! | [`client`] | what a client says about itself, bounded and made harmless |
//! | [`inbox`] | what was typed and not yet read, bounded |
//! | [`keepalive`] | whether a silent client is still there |
//! | [`sink`] | the way back to the person's terminal |
//! | [`host_key`] | the key that the portal proves itself with |
//! | [`settings`] | every limit and deadline of this room |

pub mod admission;
mod algorithms;
mod auth;
mod client;
mod connection;
mod handler;
pub mod host_key;
mod inbox;
mod keepalive;
mod links;
mod prompts;
pub mod server;
pub mod settings;
pub mod sink;
mod stream;

use std::future::{Future, ready};
use std::sync::Arc;

use crate::domain::source::Source;
use crate::domain::ssh_key::Fingerprint;
use crate::session::prompts::Prompts;
use crate::session::{self, AppState, ExitStatus, SessionStart};
use sink::ChannelSink;

/// What the wire needs from the rest of the portal.
pub trait SessionHost: Clone + Send + Sync + 'static {
    /// One person's session, from the first page to the last. It ends soon after [`SessionStart::end`] is
    /// cancelled; one that does not is dropped.
    fn session(&self, start: SessionStart, sink: ChannelSink) -> impl Future<Output = ExitStatus> + Send;

    /// Whether a key is registered for the account that `user` names.
    ///
    /// Only a registered key is accepted, so that nobody is asked for the passphrase of a key that
    /// means nothing here. Nothing is registered unless this is overridden. The answer must take the
    /// same time for known and unknown names; later than [`settings::SshSettings::key_lookup`] is a no.
    fn registered(&self, _user: &str, _key: &Fingerprint) -> impl Future<Output = bool> + Send {
        ready(false)
    }

    /// The questions that `user` is asked before being let in, if any (keyboard-interactive with
    /// prompts). They end in a session that tells what came of them.
    fn prompts(&self, _user: &str, _source: Source) -> Option<Prompts> {
        None
    }
}

impl SessionHost for Arc<AppState> {
    fn session(&self, start: SessionStart, sink: ChannelSink) -> impl Future<Output = ExitStatus> + Send {
        session::run(Self::clone(self), start, sink)
    }

    fn prompts(&self, user: &str, source: Source) -> Option<Prompts> {
        (user == self.names.reset).then(|| Prompts::new(Self::clone(self), source))
    }

    fn registered(&self, user: &str, key: &Fingerprint) -> impl Future<Output = bool> + Send {
        // Boxed: russh's task has room for this question for as long as the connection lives.
        Box::pin(self.knows_key(user, key))
    }
}
