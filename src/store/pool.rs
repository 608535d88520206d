//! Pools of connections without the task of `sqlx` that looks for old and idle ones.
//!
//! That task looks at as many connections as are counted as idle. The count is raised behind the moment from which a
//! connection can be taken (`sqlx-core` 0.9.0, `pool/inner.rs`, `release`), and set to zero while others take some
//! (`close`). Whoever is in between takes it below zero, which is 2^64 - 1: the task then never ends, takes a whole
//! processor, and keeps an operator's command from ending.

use sqlx::Database;
use sqlx::pool::PoolOptions;

/// What every pool starts from: no connection is closed for its age, nor for being idle, but by whoever takes it or gives
/// it back. SQLite's need neither.
#[expect(clippy::disallowed_methods, reason = "the only place")]
pub(super) fn pool_options<DB: Database>() -> PoolOptions<DB> {
    PoolOptions::new().max_lifetime(None).idle_timeout(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pool_has_a_task_that_counts_idle_connections() {
        // `sqlx` starts it where either of them is set; both are by default.
        let options = pool_options::<sqlx::Sqlite>();
        assert_eq!((options.get_max_lifetime(), options.get_idle_timeout()), (None, None));
    }
}
