//! Where a member is signed in: what may be asked, and the answers.

use serde::Serialize;

use crate::domain::session::Session;

/// What may be asked.
#[derive(Debug)]
pub enum SessionsRequest {
    /// Every live session.
    List,
    /// End one of the others.
    End {
        /// [`ActiveSession::id`].
        session: String,
    },
    /// End all the others.
    EndOthers,
}

impl SessionsRequest {
    /// See [`super::Request::is_sensitive`]: who has taken over a session must not shut the owner out of the
    /// others (OWASP ASVS 5.0, 7.5.2: terminating sessions takes another proof).
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::End { .. } | Self::EndOthers)
    }
}

/// What is answered.
#[derive(Debug)]
pub enum SessionsReply {
    /// The sessions, the newest first.
    List(Vec<ActiveSession>),
    /// It is ended, and closes within seconds.
    Ended(ActiveSession),
    /// These, by id, are ended and close within seconds.
    OthersEnded(Vec<String>),
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActiveSession {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// Seconds since something was last typed, accurate to a quarter of a minute.
    pub idle_s: i64,
    /// True for the session that asks. A command never finds itself: it has no session.
    #[serde(skip)]
    pub is_this_session: bool,
}
