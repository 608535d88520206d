//! The size of a terminal that is resized while its session runs: only the latest counts.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::terminal::size::Size;

/// Where `ssh` puts each size that a client tells, and the session takes the latest.
#[derive(Debug)]
pub struct LatestSize {
    size: Mutex<Size>,
    changed: Notify,
}

impl LatestSize {
    /// The size that a session begins with.
    #[must_use]
    pub const fn new(size: Size) -> Self {
        Self { size: Mutex::new(size), changed: Notify::const_new() }
    }

    /// What it is now.
    #[must_use]
    pub fn get(&self) -> Size {
        *self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what the client tells.
    pub fn set(&self, size: Size) {
        let before = std::mem::replace(&mut *self.size.lock().unwrap_or_else(PoisonError::into_inner), size);
        if before != size {
            self.changed.notify_one();
        }
    }

    /// Resolves once it has changed since this resolved last. For one session; dropping the future loses no change.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn many_changes_are_one_and_none_is_lost_or_told_twice() {
        let latest = LatestSize::new(Size::DEFAULT);
        let changed = || latest.changed().now_or_never().is_some();
        assert!(!changed());
        latest.set(Size::DEFAULT);
        assert!(!changed(), "it is the same one");
        for cols in [100, 120, 80] {
            latest.set(Size::clamped(cols, 24));
        }
        assert_eq!(latest.get(), Size::DEFAULT);
        assert!(changed(), "it was another one in between");
        assert!(!changed());
    }
}
