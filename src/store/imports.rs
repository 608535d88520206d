//! Files of accounts being imported: staged whole, then taken over in batches.

use super::macros::{affected, claim, execute, fetch_all, scalar_optional};
use super::row::{lines, row};
use super::{StoreFault, Tx};
use crate::domain::secret::Secret;
use crate::domain::throttle::RELEASED_NAME_KEPT_MS;
use crate::domain::timestamp::Timestamp;

/// A staged row: an account to be.
#[derive(Clone, Debug)]
pub struct StagedAccount {
    /// Its line in the file, counted from 1.
    pub line: i64,
    /// Username.
    pub name: String,
    /// Its unique form.
    pub name_canonical: String,
    /// What it looks like; unique too.
    pub name_skeleton: String,
    /// The primary address.
    pub email: String,
    /// Its unique form.
    pub email_canonical: String,
    /// May be empty.
    pub display_name: String,
    /// The password's Argon2 hash.
    pub password_phc: Option<Secret>,
    /// `ops` or `ops:owner`.
    pub teams: Vec<String>,
}

row! {
    StagedAccount {
        line, name, name_canonical, name_skeleton, email, email_canonical, display_name, password_phc: secret, teams: lines,
    }
}

fn secret(phc: Option<String>) -> Option<Secret> {
    phc.map(Secret::new)
}

impl Tx {
    /// Begins the import of a file, or finds the one that a killed program left. Makes others of the same file wait
    /// until this transaction ends.
    pub async fn begin_import(&mut self, id: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO imports (id, started_at) VALUES ($1, $2)
             ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at",
            [id, now]
        )
    }

    /// True when every row of the file is staged and known to be good.
    pub async fn is_import_checked(&mut self, id: &str) -> Result<bool, StoreFault> {
        let checked: Option<Option<i64>> =
            scalar_optional!(self, "SELECT checked_at FROM imports WHERE id = $1", [id])?;
        Ok(checked.flatten().is_some())
    }

    /// Records that every row is staged and good.
    pub async fn set_import_checked(&mut self, id: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(self, "UPDATE imports SET checked_at = $2 WHERE id = $1", [id, now])
    }

    /// Ends an import that has no staged rows any more; `false` when it has.
    pub async fn claim_import_end(&mut self, id: &str) -> Result<bool, StoreFault> {
        claim!(
            self,
            "DELETE FROM imports
             WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM import_rows WHERE import = $1)",
            [id]
        )
    }

    /// Stages a row, unless an earlier run of the same import did.
    pub async fn stage_account(&mut self, import: &str, new: &StagedAccount) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO import_rows (import, line, name, name_canonical, name_skeleton, email, email_canonical,
                                      display_name, password_phc, teams)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (import, line) DO NOTHING",
            [
                import,
                new.line,
                new.name.as_str(),
                new.name_canonical.as_str(),
                new.name_skeleton.as_str(),
                new.email.as_str(),
                new.email_canonical.as_str(),
                new.display_name.as_str(),
                new.password_phc.as_ref().map(Secret::expose),
                new.teams.join("\n")
            ]
        )
    }

    /// Up to `limit` staged rows behind line `after`, in the order of the file.
    pub async fn list_staged_accounts(
        &mut self,
        import: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StagedAccount>, StoreFault> {
        fetch_all!(
            self,
            "SELECT line, name, name_canonical, name_skeleton, email, email_canonical, display_name, password_phc, teams
             FROM import_rows WHERE import = $1 AND line > $2 ORDER BY line LIMIT $3",
            [import, after, limit]
        )
    }

    /// Of the staged rows with lines `first` to `last`: those whose username is taken or looks like one that is.
    pub async fn list_taken_names(
        &mut self,
        import: &str,
        (first, last): (i64, i64),
        now: Timestamp,
    ) -> Result<Vec<(i64, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT r.line, r.name FROM import_rows r
             WHERE r.import = $1 AND r.line >= $2 AND r.line <= $3
               AND (EXISTS (SELECT 1 FROM accounts a WHERE a.name_skeleton = r.name_skeleton)
                    OR EXISTS (SELECT 1 FROM released_names n
                               WHERE n.name_skeleton = r.name_skeleton AND n.released_at > $4))
             ORDER BY r.line",
            [import, first, last, now.plus_ms(-RELEASED_NAME_KEPT_MS)]
        )
    }

    /// Of the staged rows with lines `first` to `last`: those whose address belongs to an account.
    pub async fn list_taken_emails(
        &mut self,
        import: &str,
        (first, last): (i64, i64),
    ) -> Result<Vec<(i64, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT r.line, r.email FROM import_rows r
             WHERE r.import = $1 AND r.line >= $2 AND r.line <= $3
               AND EXISTS (SELECT 1 FROM email_addresses e
                           WHERE e.canonical = r.email_canonical AND e.verified_at IS NOT NULL)
             ORDER BY r.line",
            [import, first, last]
        )
    }

    /// Deletes the staged rows up to line `last`.
    pub async fn delete_staged_to(&mut self, import: &str, last: i64) -> Result<u64, StoreFault> {
        affected!(self, "DELETE FROM import_rows WHERE import = $1 AND line <= $2", [import, last])
    }
}
