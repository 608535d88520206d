//! Whether a directory shows the portal anybody at all. A service account that has lost the right to read people finds
//! nobody, and so does a base or a filter that suddenly matches nothing: that somebody is not found says nothing then, and
//! neither ends a session nor uses up a request nor counts as a wrong password.
//!
//! The same goes for what people have: where the directory shows nobody's email address any more, or no group, those that
//! are known stay.
//!
//! It is asked each time that somebody, or something of theirs, is not found, and after that, because an older answer may be
//! of a time when the right was still there. One question is under way at a time, beside the turns of the others, and
//! answers all who came before it began: names that nobody has cost a directory little more than they did.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::directory::{DirectoryFault, Shown};
use crate::domain::timestamp::Timestamp;

/// How long the log does not say again that nobody is shown.
const WARNED_EVERY_MS: i64 = 10 * 60_000;

/// What the directory has last said of it.
#[derive(Debug)]
pub(super) struct Visibility {
    shown: Shown,
    last: tokio::sync::Mutex<Option<Answer>>,
    warned_at: Mutex<Option<Timestamp>>,
}

#[derive(Debug)]
struct Answer {
    asked_at: Instant,
    is_shown: Result<bool, DirectoryFault>,
}

impl Visibility {
    pub(super) fn of(shown: Shown) -> Self {
        Self { shown, last: tokio::sync::Mutex::default(), warned_at: Mutex::default() }
    }

    /// Whether any is shown, by an answer to a question that was asked from now on, such as `question`.
    pub(super) async fn is_shown(
        &self,
        now: Timestamp,
        question: impl Future<Output = Result<bool, DirectoryFault>>,
    ) -> Result<bool, DirectoryFault> {
        let since = Instant::now();
        let mut last = self.last.lock().await;
        let is_shown = match &*last {
            Some(answer) if answer.asked_at >= since => answer.is_shown.clone(),
            _ => {
                let asked_at = Instant::now();
                let is_shown = question.await;
                *last = Some(Answer { asked_at, is_shown: is_shown.clone() });
                is_shown
            }
        };
        drop(last);
        let is_shown = is_shown?;
        if !is_shown {
            self.warn(now);
        }
        Ok(is_shown)
    }

    fn warn(&self, now: Timestamp) {
        let mut warned_at = self.warned_at.lock().unwrap_or_else(PoisonError::into_inner);
        if warned_at.is_none_or(|at| now.ms_since(at) >= WARNED_EVERY_MS) {
            *warned_at = Some(now);
            match self.shown {
                Shown::People => tracing::warn!(
                    "the directory shows nobody at all: nobody counts as gone, no session ends by it, and nobody can sign in \
                     until it does; check the right of directory.bind_dn to read people, directory.user_base and \
                     directory.user_filter, or run doorkey check"
                ),
                Shown::Emails => tracing::warn!(
                    "the directory shows nobody's email address: those that are known stay; check the right of \
                     directory.bind_dn to read directory.email_attribute, or run doorkey check"
                ),
                Shown::Groups => tracing::warn!(
                    "the directory shows no group with anybody in it: teams stay as they are; check the right of \
                     directory.bind_dn to read groups, directory.group_base and directory.group_filter"
                ),
            }
        }
    }
}
