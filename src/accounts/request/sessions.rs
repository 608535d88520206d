//! Where a member is signed in: what may be asked, and the answers.

use crate::domain::timestamp::Timestamp;

/// What may be asked.
#[derive(Debug)]
pub enum SessionsRequest {
    /// Every live session.
    List,
    /// End one of the others.
    End {
        /// [`SessionView::id`].
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
    List(Vec<SessionView>),
    /// It is ended, and closes within seconds.
    Ended(SessionView),
    /// These, by id, are ended and close within seconds.
    OthersEnded(Vec<String>),
}

/// A live session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Names it in [`SessionsRequest::End`].
    pub id: String,
    /// It is the one that asks.
    pub is_this: bool,
    /// The client's own version line, safe to print.
    pub client: String,
    /// Where it came from.
    pub ip: String,
    /// The key that its connection has proven to hold, `SHA256:…`.
    pub key: Option<String>,
    /// When it signed in.
    pub started_at: Timestamp,
    /// Seconds since something was last typed, to within a quarter of a minute.
    pub idle_s: i64,
}
