//! The wire: accept loop, admission, handler, host keys. Decides nothing about accounts.
//!
//! The way of one connection, in reading order:
//!
//! | file | what lives there |
//! |---|---|
//! | [`server`] | [`server::Door`]: the accept loop that never dies, and the end of the service |
//! | [`admission`] | who is let to the handshake: caps in all and per source, penalties |
//! | [`connection`] | one connection from accept to close: the one place with its deadlines |
//! | [`stream`] | the socket with a kill switch, so that nothing can keep a session task alive |
//! | [`algorithms`] | what is offered in the key exchange |
//! | [`handler`] | russh's callbacks; every request gets exactly one reply, none awaits the visit |
//! | [`ties`] | what ties a handler to its connection |
//! | [`auth`] | who is let in, and under which name |
//! | [`talk`] | questions inside authentication, and how long they may take |
//! | [`claims`] | what a client says about itself, bounded and made harmless |
//! | [`inbox`] | what was typed and not yet read, bounded |
//! | [`alive`] | whether a silent client is still there |
//! | [`wire`] | the way back to the person's terminal |
//! | [`host_key`] | the key that the portal proves itself with |
//! | [`settings`] | every limit and deadline of this room |

pub mod admission;
mod algorithms;
mod alive;
mod auth;
mod claims;
mod connection;
mod handler;
pub mod host_key;
mod inbox;
pub mod server;
pub mod settings;
mod stream;
mod talk;
mod ties;
pub mod wire;

use std::future::{Future, ready};
use std::sync::Arc;

use crate::domain::source::Source;
use crate::domain::ssh_key::Fingerprint;
use crate::visit::interview::Interview;
use crate::visit::{self, Farewell, House, Opening};
use wire::SshWire;

/// What the wire needs from the rest of the portal.
pub trait Host: Clone + Send + Sync + 'static {
    /// One person's visit, from the first page to the last. It ends soon after [`Opening::end`] is
    /// cancelled; one that does not is dropped.
    fn visit(&self, opening: Opening, wire: SshWire) -> impl Future<Output = Farewell> + Send;

    /// Whether a key is registered for the account that `user` names.
    ///
    /// Only a registered key is accepted, so that nobody is asked for the passphrase of a key that
    /// means nothing here. Nothing is registered unless this is overridden. The answer must take the
    /// same time for known and unknown names; later than [`settings::Settings::key_lookup`] is a no.
    fn registered(&self, _user: &str, _key: &Fingerprint) -> impl Future<Output = bool> + Send {
        ready(false)
    }

    /// The questions that `user` is asked before being let in, if any (keyboard-interactive with
    /// prompts). They end in a visit that tells what came of them.
    fn interview(&self, _user: &str, _source: Source) -> Option<Interview> {
        None
    }
}

impl Host for Arc<House> {
    fn visit(&self, opening: Opening, wire: SshWire) -> impl Future<Output = Farewell> + Send {
        visit::run(Self::clone(self), opening, wire)
    }

    fn interview(&self, user: &str, source: Source) -> Option<Interview> {
        (user == self.names.reset).then(|| Interview::new(Self::clone(self), source))
    }

    fn registered(&self, user: &str, key: &Fingerprint) -> impl Future<Output = bool> + Send {
        // Boxed: russh's task has room for this question for as long as the connection lives.
        Box::pin(self.knows_key(user, key))
    }
}
