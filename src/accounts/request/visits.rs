//! Where a member is signed in: what may be asked, and the answers.

use crate::domain::moment::Moment;

/// What may be asked.
#[derive(Debug)]
pub enum Ask {
    /// Every live visit.
    List,
    /// End one of the others.
    End {
        /// [`VisitView::id`].
        visit: String,
    },
    /// End all the others.
    EndOthers,
}

impl Ask {
    /// See [`super::Request::is_sensitive`]: who has taken over a visit must not shut the owner out of the
    /// others (OWASP ASVS 5.0, 7.5.2: terminating sessions takes another proof).
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::End { .. } | Self::EndOthers)
    }
}

/// What is answered.
#[derive(Debug)]
pub enum Answer {
    /// The visits, the newest first.
    List(Vec<VisitView>),
    /// It is ended, and closes within seconds.
    Ended(VisitView),
    /// These, by id, are ended and close within seconds.
    OthersEnded(Vec<String>),
}

/// A live visit as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitView {
    /// Names it in [`Ask::End`].
    pub id: String,
    /// It is the one that asks.
    pub is_this: bool,
    /// The client's own version line, safe to print.
    pub client: String,
    /// Where it came from.
    pub source: String,
    /// The key that its connection has proven to hold, `SHA256:…`.
    pub key: Option<String>,
    /// When it signed in.
    pub started_at: Moment,
    /// Seconds since something was last typed, to within a quarter of a minute.
    pub idle_s: i64,
}
