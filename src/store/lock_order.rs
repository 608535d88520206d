//! The order in which transactions lock rows: whoever changes rows of an account changes, or locks, the account's own row
//! first ([`Tx::claim_account_lock`](super::Tx::claim_account_lock)). Two transactions about one account then wait for
//! each other at that row, and never crosswise at two others, which PostgreSQL would end as a deadlock (40P01).
//!
//! What comes before it: counters of sources, which no transaction waits for while it holds an account, and the request
//! that a reset code answers. What never waits for it: rows that are only added (activity, outbox), sweeps, and whatever
//! touches one row alone. A new account is nobody else's yet. Members of teams queue up at the team's row, after the
//! account's where both are needed.
//!
//! [`recorded`] tells which statements of a future come out of turn. It costs one look at a task-local variable a
//! statement, and nothing in a release.

use std::cell::RefCell;

/// Tables whose rows are an account's, to be changed only once the account's row is locked.
const OF_AN_ACCOUNT: &[&str] = &[
    "codes",
    "directory_logins",
    "email_addresses",
    "grants",
    "keys",
    "known_sources",
    "pending_enrolments",
    "posix_accounts",
    "recovery_codes",
    "released_names",
    "second_factors",
    "undo_addresses",
    "undo_keys",
    "undo_recovery_codes",
    "undo_second_factors",
    "undo_snapshots",
    "used_totp_steps",
];
/// Tables that may be written before the account's row is locked.
const BEFORE_THE_ACCOUNT: &[&str] = &["attempts", "reset_requests", "throttles", "transactions"];

#[derive(Debug, Default)]
struct Recorder {
    /// The account's row is locked.
    is_locked: bool,
    /// The first table that was written before.
    first_written: Option<&'static str>,
    violations: Vec<String>,
}

tokio::task_local! {
    static RECORDER: RefCell<Recorder>;
}

/// Carries out `work`; gives which statements of it broke the order as well. For tests of builds with debug assertions.
pub async fn recorded<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    RECORDER
        .scope(RefCell::default(), async {
            let done = work.await;
            (done, RECORDER.with(|recorder| std::mem::take(&mut recorder.borrow_mut().violations)))
        })
        .await
}

/// A transaction begins.
pub(super) fn begin() {
    if cfg!(debug_assertions) {
        // Fails where nothing is recorded.
        let _ = RECORDER.try_with(|recorder| {
            let mut recorder = recorder.borrow_mut();
            (recorder.is_locked, recorder.first_written) = (false, None);
        });
    }
}

/// A statement is about to run.
pub(super) fn note(sql: &'static str) {
    if cfg!(debug_assertions) {
        let _ = RECORDER.try_with(|recorder| recorder.borrow_mut().note(sql));
    }
}

impl Recorder {
    fn note(&mut self, sql: &'static str) {
        let Some((is_new, table)) = written(sql) else { return };
        if table == "accounts" {
            if let Some(first) = self.first_written.filter(|_| !self.is_locked && !is_new) {
                self.violations.push(format!("{first} before the account: {sql}"));
            }
            self.is_locked = true;
        } else if !self.is_locked {
            if OF_AN_ACCOUNT.contains(&table) {
                self.violations.push(format!("{table} without the account: {sql}"));
            }
            if !BEFORE_THE_ACCOUNT.contains(&table) {
                self.first_written.get_or_insert(table);
            }
        }
    }
}

/// The table that a statement writes, and whether it only adds a row there.
fn written(sql: &'static str) -> Option<(bool, &'static str)> {
    let mut words = sql.split_whitespace();
    let is_new = match words.next()? {
        "UPDATE" => return Some((false, words.next()?)),
        "INSERT" => true,
        "DELETE" => false,
        _ => return None,
    };
    words.next();
    Some((is_new, words.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(statements: &[&'static str]) -> usize {
        let mut recorder = Recorder::default();
        for sql in statements {
            recorder.note(sql);
        }
        recorder.violations.len()
    }

    #[test]
    fn the_account_s_row_comes_first() {
        let (account, code) =
            ("UPDATE accounts SET auth_epoch = auth_epoch", "UPDATE codes SET used_at = $2");
        assert_eq!(violations(&["INSERT INTO throttles (bucket)", account, code]), 0);
        assert_eq!(violations(&[code]), 1);
        assert_eq!(violations(&["DELETE FROM keys", account]), 2);
        assert_eq!(violations(&["UPDATE teams SET changed_at = $2", account]), 1);
        assert_eq!(
            violations(&["UPDATE invitations SET used_at = $2", "INSERT INTO accounts (id)", code]),
            0
        );
        assert_eq!(violations(&["SELECT id FROM codes"]), 0);
    }
}
