//! Fail points: the boundaries at which a test stops the process, to kill it right there and look at what is left.
//!
//! `DOORKEY_FAIL_POINT=commit.before:7` stops it when it comes to that point for the 7th time: it says so on
//! standard error and goes no further, so that the test can end it with SIGKILL. Only builds with debug assertions
//! have fail points; a release is compiled without a trace of them.

use strum::{EnumString, IntoStaticStr};

/// A boundary. Names are what `tests/faults` writes into the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, EnumString)]
pub(crate) enum FailPoint {
    /// A transaction that writes is open, and no statement was sent.
    #[strum(serialize = "begin.after")]
    BeginAfter,
    /// All statements are done, and COMMIT was not sent.
    #[strum(serialize = "commit.before")]
    CommitBefore,
    /// It is committed, and nobody was told.
    #[strum(serialize = "commit.after")]
    CommitAfter,
    /// An email is leased, and the relay knows nothing of it.
    #[strum(serialize = "email.before_send")]
    EmailBeforeSend,
    /// The relay has taken an email, and that is not recorded.
    #[strum(serialize = "email.after_250")]
    EmailAfter250,
    /// A delivery is leased, and the hook knows nothing of it.
    #[strum(serialize = "hook.before_send")]
    HookBeforeSend,
    /// The store is open, and its schema was not looked at.
    #[strum(serialize = "migrations.before")]
    MigrationsBefore,
    /// The statements of the migrations were run; on SQLite they are not committed.
    #[strum(serialize = "migrations.after")]
    MigrationsAfter,
}

impl FailPoint {
    /// Goes on, unless a test chose this point and this time.
    #[cfg(debug_assertions)]
    pub(crate) fn reach(self) {
        armed::stop_at(self);
    }

    /// Goes on.
    #[cfg(not(debug_assertions))]
    pub(crate) const fn reach(self) {}
}

#[cfg(debug_assertions)]
mod armed {
    use std::io::Write;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::FailPoint;

    struct Armed {
        point: FailPoint,
        nth: u64,
        reached: AtomicU64,
    }

    static ARMED: LazyLock<Option<Armed>> =
        LazyLock::new(|| std::env::var("DOORKEY_FAIL_POINT").ok().and_then(|text| parse(&text)));

    pub(super) fn stop_at(point: FailPoint) {
        let Some(armed) = ARMED.as_ref().filter(|armed| armed.point == point) else { return };
        if armed.reached.fetch_add(1, Ordering::SeqCst) + 1 != armed.nth {
            return;
        }
        let name: &str = point.into();
        // Whoever set the variable reads this line, and kills.
        let _ = writeln!(std::io::stderr(), "fail point {name}:{} reached", armed.nth);
        loop {
            std::thread::park();
        }
    }

    fn parse(text: &str) -> Option<Armed> {
        let (name, nth) = text.split_once(':')?;
        Some(Armed { point: name.parse().ok()?, nth: nth.parse().ok()?, reached: AtomicU64::new(0) })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_fail_point_is_named_with_its_turn() {
            let armed = parse("email.after_250:12").unwrap();
            assert_eq!((armed.point, armed.nth), (FailPoint::EmailAfter250, 12));
            assert!(parse("commit.before").is_none() && parse("no.such:1").is_none());
        }
    }
}
