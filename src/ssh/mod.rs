//! The SSH server, and the only module that knows russh: accept loop, admission, connections, host keys. Decides nothing
//! about accounts.
//!
//! The way of one connection, in reading order:
//!
//! | file | what it holds |
//! |---|---|
//! | [`server`] | [`server::Server`]: the accept loop that never dies, and the shutdown |
//! | [`admission`] | which connections may begin the handshake, and which give way: caps, shares by network, penalties |
//! | `proxy` | who a connection is from that a proxy hands on |
//! | `known_sources` | whether some account knows a source, when places run short |
//! | `connection` | one connection from accept to close: the one place with its deadlines |
//! | `stream` | the socket with a kill switch, so that nothing can keep russh's task alive |
//! | `key_exchanges` | how often keys are exchanged on one connection |
//! | `algorithms` | what is offered in the key exchange |
//! | `handler` | russh's callbacks; every request gets exactly one reply, none awaits the session |
//! | `context` | what a connection's task and its handler share |
//! | `auth` | authentication: who gets a session |
//! | `key_request` | whether a client asks about a key or signs with it at once |
//! | `prompts` | prompts inside authentication, and how long they may take |
//! | `client` | what a client says about itself, bounded |
//! | `keepalive` | whether a silent client is still there |
//! | [`sink`] | the way back to the client |
//! | [`host_key`] | the host keys |
//! | [`host_key_at`] | which host key somebody has who answers at an address |
//! | [`settings`] | every limit and deadline |

pub mod admission;
mod algorithms;
mod auth;
mod client;
mod connection;
mod context;
mod handler;
pub mod host_key;
pub mod host_key_at;
mod keepalive;
mod key_exchanges;
mod key_request;
mod known_sources;
mod prompts;
mod proxy;
pub mod server;
pub mod settings;
pub mod sink;
mod stream;

use std::future::{Future, ready};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::domain::source::Source;
use crate::domain::ssh_key::Fingerprint;
use crate::session::prompts::Prompts;
use crate::session::{self, AppState, ExitStatus, SessionStart};
use sink::ChannelSink;

/// What the server needs from the rest of the portal.
pub trait SessionHost: Clone + Send + Sync + 'static {
    /// Runs one session. It ends soon after [`SessionStart::end`] or [`SessionStart::stop`] is cancelled; one that
    /// does not is dropped.
    fn session(&self, start: Box<SessionStart>, sink: ChannelSink)
    -> impl Future<Output = ExitStatus> + Send;

    /// Whether a client that asks to be `user` may authenticate by a key or a password.
    fn takes_credentials(&self, _user: &str) -> bool {
        true
    }

    /// Whether any account has a key that a client at a source offers: then it is asked for a signature.
    ///
    /// No user is named, so that nobody learns whose key it is from a public key alone. Keys that nobody has are
    /// refused here, so that nobody is asked for the passphrase of a key that is of no use. Nothing is registered
    /// unless this is overridden. Later than [`settings::SshSettings::key_lookup`] is a no, here and below.
    fn is_registered(&self, _source: Source, _key: &Fingerprint) -> impl Future<Output = bool> + Send {
        ready(false)
    }

    /// The id of the account that `user` names and that has a key. Asked only about a client that has signed with it. The
    /// answer must take the same time for known and unknown names.
    fn account_of_key(
        &self,
        _source: Source,
        _user: &str,
        _key: &Fingerprint,
    ) -> impl Future<Output = Option<String>> + Send {
        ready(None)
    }

    /// Whether some account has signed in from `source` lately; `None` when nobody can say. One read at most.
    fn is_known_source(&self, _source: Source) -> impl Future<Output = Option<bool>> + Send {
        ready(Some(false))
    }

    /// The prompts of keyboard-interactive authentication for `user`, if any. They end in a session that prints
    /// their outcome. Once `stop` is cancelled they ask nothing more.
    ///
    /// Boxed: each connection would have room for them otherwise, and russh's task several times.
    fn prompts(&self, _user: &str, _source: Source, _stop: &CancellationToken) -> Option<Box<Prompts>> {
        None
    }
}

impl SessionHost for Arc<AppState> {
    fn session(
        &self,
        start: Box<SessionStart>,
        sink: ChannelSink,
    ) -> impl Future<Output = ExitStatus> + Send {
        session::run(Self::clone(self), start, sink)
    }

    fn prompts(&self, user: &str, source: Source, stop: &CancellationToken) -> Option<Box<Prompts>> {
        self.is_prompted(user).then(|| Box::new(Prompts::new(self, user, source, stop.clone())))
    }

    fn takes_credentials(&self, user: &str) -> bool {
        AppState::takes_credentials(self, user)
    }

    fn is_registered(&self, source: Source, key: &Fingerprint) -> impl Future<Output = bool> + Send {
        // Boxed: russh's task would keep room for it for as long as the connection lives.
        Box::pin(self.accounts.of_stranger(source, self.is_key_registered(key)))
    }

    fn account_of_key(
        &self,
        source: Source,
        user: &str,
        key: &Fingerprint,
    ) -> impl Future<Output = Option<String>> + Send {
        Box::pin(self.accounts.of_stranger(source, AppState::account_of_key(self, user, key)))
    }

    fn is_known_source(&self, source: Source) -> impl Future<Output = Option<bool>> + Send {
        Box::pin(AppState::is_known_source(self, source))
    }
}
