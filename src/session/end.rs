//! Why a session ends: its last line and its exit status, both an interface of line mode.

use strum::{IntoStaticStr, VariantArray};

use super::{CUT_SHORT, GAVE_WAY, GAVE_WAY_ID};
use crate::accounts::SessionEnd;
use crate::domain::exit_code;
use crate::flow::page::{Notice, Tone};
use crate::messages::Speaks;
use crate::text;

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum EndReason {
    /// The person left.
    Left,
    /// The input ended in the middle of a form, or after a refusal.
    Unfinished,
    /// Too long without input.
    Idle,
    /// The session lasted too long.
    LifetimeOver,
    /// Another session of the account has ended this one.
    Revoked,
    /// The account has signed in elsewhere, and has as many sessions as it may.
    OverLimit,
    /// Too many wrong answers when asked to reauthenticate.
    WrongTooOften,
    /// The server is full, and whoever is not signed in gives way.
    GaveWay,
    /// More input than a person types.
    Flood,
    /// The server stops.
    Stopped,
    /// The server stops, and a request under way took too long to be answered.
    CutShort,
    /// Nothing can be sent any more, or nobody reads it.
    Disconnected,
}

impl From<SessionEnd> for EndReason {
    fn from(end: SessionEnd) -> Self {
        match end {
            SessionEnd::Revoked => Self::Revoked,
            SessionEnd::OverLimit => Self::OverLimit,
        }
    }
}

impl EndReason {
    pub(super) fn last_line(self, speaks: &impl Speaks) -> Notice<'static> {
        let (tone, id, text) = match self {
            Self::Left => (Tone::Good, "goodbye", text!(speaks, "goodbye")),
            Self::Unfinished => (Tone::Bad, "input-ended", text!(speaks, "ended-unfinished")),
            Self::Idle => (Tone::Neutral, "idle", text!(speaks, "ended-idle")),
            Self::LifetimeOver => (Tone::Neutral, "over", text!(speaks, "ended-lifetime-over")),
            Self::Revoked => (Tone::Bad, "session-ended", text!(speaks, "ended-revoked")),
            Self::OverLimit => (Tone::Bad, "session-limit", text!(speaks, "ended-over-limit")),
            Self::WrongTooOften => (Tone::Bad, "wrong-too-often", text!(speaks, "ended-wrong-too-often")),
            Self::GaveWay => (Tone::Bad, GAVE_WAY_ID, GAVE_WAY.to(speaks)),
            Self::Flood => (Tone::Bad, "flood", text!(speaks, "ended-flood")),
            Self::Stopped | Self::Disconnected => (Tone::Neutral, "restart", text!(speaks, "ended-restart")),
            Self::CutShort => (Tone::Bad, "outcome-unknown", CUT_SHORT.to(speaks)),
        };
        Notice::new(tone, id, text)
    }

    pub(super) fn exit_code(self) -> u32 {
        match self {
            Self::Left | Self::Idle | Self::LifetimeOver => exit_code::DONE,
            Self::Unfinished => exit_code::NO,
            Self::Flood => exit_code::USAGE,
            Self::Revoked | Self::OverLimit | Self::WrongTooOften => exit_code::DENIED,
            Self::Stopped | Self::GaveWay => exit_code::LATER,
            Self::Disconnected | Self::CutShort => exit_code::UNAVAILABLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LogEvent;

    #[test]
    fn the_log_says_of_every_end_what_it_is_called() {
        // Somebody who signs out goes on as a guest, in a session of another id.
        let ends = EndReason::VARIANTS.iter().map(|end| <&str>::from(*end)).chain(["signed-out"]);
        assert_eq!(LogEvent::SessionEnded.quoted(), ends.collect());
    }
}
