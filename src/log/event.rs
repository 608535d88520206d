//! What an operator reads of the portal: every event, declared once. The manual's table is made of this.

use strum::{IntoStaticStr, VariantArray};
use tracing::Level;

/// Where events of the audit trail come from that are about an account.
pub(super) const MEMBERS: &str = concat!("doorkey", "::event::member");
/// Where refusals of wrong guesses come from.
pub(crate) const GUESSES: &str = concat!("doorkey", "::event::guess");
/// Where all other events come from.
pub(crate) const OTHERS: &str = concat!("doorkey", "::event");

/// Declares every event: its level, its fields beside `source`, `session`, `account` and `name_hash`, and its meaning.
macro_rules! events {
    ($($event:ident $level:ident [$($field:ident)*] $meaning:literal;)*) => {
        /// Something that happened. Names are API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
        #[strum(serialize_all = "kebab-case")]
        pub enum LogEvent {
            $(#[doc = $meaning] $event,)*
        }

        impl LogEvent {
            /// How much it matters.
            #[must_use]
            pub const fn level(self) -> Level {
                match self { $(Self::$event => Level::$level,)* }
            }

            /// The fields that it alone has.
            #[must_use]
            pub const fn fields(self) -> &'static [&'static str] {
                match self { $(Self::$event => &[$(stringify!($field)),*],)* }
            }

            /// What it means.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$event => $meaning,)* }
            }
        }
    };
}

events! {
    Started INFO [address version] "The portal listens.";
    Stopping INFO [] "The portal stops; sessions are told.";
    SessionBegun INFO [kind client] "A session begins: `portal`, `command`, `prompts` (`reset@` and `undo@`: inside authentication) or `outcome` (after them: prints how they ended). `client` is the client's own word.";
    SessionEnded INFO [kind reason exit_code seconds] "A session has ended: `left`, `unfinished`, `idle`, `lifetime-over`, `revoked`, `over-limit`, `wrong-too-often`, `gave-way`, `flood`, `stopped`, `cut-short`, `disconnected` or `signed-out`.";
    Refused INFO [request reason] "A request was refused. `reason` is the id that the person was shown.";
    ResetRequested INFO [request reset_request] "Somebody asked for a reset code. If one is sent, `reset-code-sent` follows.";
    EmailSent INFO [email kind attempt] "The relay took an email. `email` is its Message-ID.";
    EmailNotSent WARN [email kind attempt next retry_at reason] "An email was not sent: `next` is `retry`, `release` (to another node), `drop` or `park` (for you).";
    ConnectionTurnedAway INFO [reason] "A connection was not let in: `penalised`, `full`, `source-full`, `source-startups` or `startups`.";
    ConnectionFailed INFO [reason] "A connection ended before it was authenticated: `no-auth`, `auth-failed`, `grace-exceeded`, `dropped` (gave way to somebody else), `malformed` or `crashed` (also later).";
    HookNotTold WARN [hook event_id kind attempt next reason] "A hook has not taken an event: `next` is `retry` or `dead` (given up until `doorkey hook replay`).";
    HookEventsDropped WARN [hook dropped] "So many events were dropped, because the hook had more than 10,000 that it has not taken: refusals before anything else, and changes of accounts last; the oldest of these first.";
    ProgramStderr INFO [program stderr] "A program of a hook or of `directory.command` wrote on standard error. `stderr` has the end of it: 480 bytes at most, whatever it is.";
    VerifyPeerRefused WARN [uid gid] "A user of this machine that is not in `verify.users` or `verify.groups` asked for a password to be checked.";
    LdapServiceBound INFO [service_account] "A service account was bound at the LDAP server.";
    LdapServiceRefused WARN [service_account] "Somebody tried to bind as a service account with a secret that is not its own, or as one that there is not.";
    LdapConnectionCut INFO [reason fault hint] "A connection to the LDAP server was cut, or not let in: `full`, `source-full`, `tls-failed`, `malformed`, `too-long` or `slow`. Where TLS failed, the fault is said, and as a hint what to look at at the client.";
    DatabaseReplaced ERROR [file reason] "The file of the database is not the one that is open: it was `replaced` or `removed`. Nothing is read or written, and people read that the portal is unavailable, until it is back. To use another file, stop the portal and type `doorkey restore`.";
    LinesDropped WARN [lines busiest busiest_lines] "So many lines were left out since the last such line: a limit of `[log]` was reached. `busiest` had the most.";
}

impl LogEvent {
    /// The stable name, `session-begun`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What its meaning has between backticks: for tests that it names every value of a field, and no others.
    #[cfg(test)]
    pub(crate) fn quoted(self) -> std::collections::BTreeSet<&'static str> {
        self.meaning().split('`').skip(1).step_by(2).collect()
    }
}

/// Writes one event: `record!(SessionBegun, kind = "portal", client)`. What the spans around it know (`source`, `session`,
/// `account`) is added.
macro_rules! record {
    (to $target:path; $event:ident $(, $($field:tt)*)?) => {
        tracing::event!(
            target: $target,
            $crate::log::LogEvent::$event.level(),
            event = $crate::log::LogEvent::$event.as_str(),
            $($($field)*)?
        )
    };
    ($event:ident $(, $($field:tt)*)?) => {
        $crate::log::record!(to $crate::log::OTHERS; $event $(, $($field)*)?)
    };
}

pub(crate) use record;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_fields_are_plain_words() {
        for event in LogEvent::VARIANTS {
            assert!(event.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{event:?}");
            for field in event.fields() {
                assert!(field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{event:?} {field}");
            }
        }
        assert_eq!(LogEvent::ConnectionTurnedAway.as_str(), "connection-turned-away");
    }
}
