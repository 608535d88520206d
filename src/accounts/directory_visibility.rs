//! Whether a directory shows the portal anybody at all. A service account that has lost the right to read people finds
//! nobody, and so does a base or a filter that suddenly matches nothing: that somebody is not found says nothing then, and
//! neither ends a session nor uses up a request nor counts as a wrong password.
//!
//! It is asked each time that somebody is not found, after that, because an older answer may be of a time when the right
//! was still there. One question is under way at a time, beside the turns of the others, and answers all who came before
//! it began: names that nobody has cost a directory little more than they did.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::directory::DirectoryFault;
use crate::domain::timestamp::Timestamp;

/// How long the log does not say again that nobody is shown.
const WARNED_EVERY_MS: i64 = 10 * 60_000;

/// What the directory has last said of it.
#[derive(Debug, Default)]
pub(super) struct Visibility {
    last: tokio::sync::Mutex<Option<Answer>>,
    warned_at: Mutex<Option<Timestamp>>,
}

#[derive(Debug)]
struct Answer {
    asked_at: Instant,
    shows_anybody: Result<bool, DirectoryFault>,
}

impl Visibility {
    /// Fails unless somebody is shown by an answer to a question that was asked from now on, such as `question`.
    pub(super) async fn require_anybody(
        &self,
        now: Timestamp,
        question: impl Future<Output = Result<bool, DirectoryFault>>,
    ) -> Result<(), DirectoryFault> {
        let since = Instant::now();
        let mut last = self.last.lock().await;
        let shows_anybody = match &*last {
            Some(answer) if answer.asked_at >= since => answer.shows_anybody.clone(),
            _ => {
                let asked_at = Instant::now();
                let shows_anybody = question.await;
                *last = Some(Answer { asked_at, shows_anybody: shows_anybody.clone() });
                shows_anybody
            }
        };
        drop(last);
        if shows_anybody? {
            return Ok(());
        }
        self.warn(now);
        Err(DirectoryFault::ShowsNobody)
    }

    fn warn(&self, now: Timestamp) {
        let mut warned_at = self.warned_at.lock().unwrap_or_else(PoisonError::into_inner);
        if warned_at.is_none_or(|at| now.ms_since(at) >= WARNED_EVERY_MS) {
            *warned_at = Some(now);
            tracing::warn!(
                "the directory shows nobody at all: nobody counts as gone, no session ends by it, and nobody can sign in \
                 until it does; check the right of directory.bind_dn to read people, directory.user_base and \
                 directory.user_filter, or run doorkey check"
            );
        }
    }
}
