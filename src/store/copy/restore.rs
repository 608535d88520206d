//! `doorkey restore`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlitePool;

use super::super::database_file::process_on_another_file;
use super::super::{Store, StoreFault, Tx};
use super::backup::{is_same, login_only, quoted};
use super::draft::{self, Draft, beside, folder_of};
use super::voided::{Voided, Voiding};
use super::{CopyFault, file};
use crate::domain::entropy::Entropy;
use crate::domain::timestamp::Timestamp;

/// A database that was restored.
#[derive(Debug)]
pub struct Restored {
    pub accounts: i64,
    /// When the last thing happened that it knows of.
    pub as_of: Option<Timestamp>,
    /// Where the database is that was there before, if it had accounts.
    pub previous: Option<PathBuf>,
    /// What was voided.
    pub voided: Vec<Voided>,
    /// The names of service accounts: whose secret was given up since can read again.
    pub service_accounts: Vec<String>,
}

/// Puts a copy of `backup` in the place of the database behind `url`, with everything void that can be used once.
/// With `replace` a database that has accounts, or is damaged, is set aside.
pub async fn restore(
    url: &str,
    backup: &Path,
    replace: bool,
    how: &Voiding<'_>,
) -> Result<Restored, CopyFault> {
    let Some(target) = file::file_of(url)? else {
        return Err(CopyFault::Postgres {
            reason: "a database of PostgreSQL is not restored by this program",
            command: pg_restore(url, backup),
        });
    };
    if !backup.exists() {
        return Err(CopyFault::Missing(backup.to_owned()));
    }
    if is_same(&target, backup) {
        return Err(CopyFault::Same(backup.to_owned()));
    }
    if let Some(process) = process_on_another_file(&target) {
        return Err(CopyFault::InUse(format!(
            "the file that was at {} before (process {process} has it open)",
            target.display()
        )));
    }
    let current = Current::look(&target, replace).await?;
    let written = write(&target, backup, how).await;
    // Until here nobody else could open it.
    current.close().await;
    let (draft, mut restored) = written?;
    if current.is_kept {
        restored.previous = Some(set_aside(&target, how.now)?);
    }
    for end in ["-wal", "-shm"] {
        // SQLite would apply a journal that is left to the file that is new.
        let left = beside(&target, end);
        draft::remove(&left).map_err(CopyFault::at(&left))?;
    }
    draft.publish(true)?;
    Ok(restored)
}

/// Voids what can be used once in a database that was restored by other means.
pub async fn void_in_place(url: &str, how: &Voiding<'_>) -> Result<Restored, CopyFault> {
    refuse_missing_or_in_use(url).await?;
    let store = Store::open(url).await?;
    let voided = void(&store, how).await;
    store.close().await;
    voided
}

/// The database that is there now.
struct Current {
    /// Keeps everybody out; `None` if there is no database or it cannot be opened.
    alone: Option<SqlitePool>,
    /// Whether it is worth keeping.
    is_kept: bool,
}

impl Current {
    async fn look(target: &Path, replace: bool) -> Result<Self, CopyFault> {
        if !target.exists() {
            return Ok(Self { alone: None, is_kept: false });
        }
        let alone = match file::open_alone(target).await {
            Err(CopyFault::Damaged { .. }) if replace => return Ok(Self { alone: None, is_kept: true }),
            opened => opened?,
        };
        let accounts = match count_accounts(&alone).await {
            Ok(accounts) => accounts,
            // What cannot be counted may be all that is left of them.
            Err(_) if replace => return Ok(Self { alone: Some(alone), is_kept: true }),
            Err(cause) => {
                alone.close().await;
                return Err(file::explained(target, cause));
            }
        };
        let current = Self { alone: Some(alone), is_kept: accounts != 0 };
        if accounts > 0 && !replace {
            current.close().await;
            return Err(CopyFault::HasAccounts {
                place: target.display().to_string(),
                accounts,
                hint: "With --force the backup takes its place, and it is kept under another name",
            });
        }
        Ok(current)
    }

    /// Closing the last connection moves what is in the `-wal` into the file.
    async fn close(&self) {
        if let Some(pool) = &self.alone {
            pool.close().await;
        }
    }
}

/// No table, no accounts.
async fn count_accounts(pool: &SqlitePool) -> sqlx::Result<i64> {
    let table = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'accounts'";
    if sqlx::query_scalar::<_, i64>(table).fetch_one(pool).await? == 0 {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT count(*) FROM accounts").fetch_one(pool).await
}

/// The copy beside `target`, up to date and with everything void; whole in one file.
async fn write(target: &Path, backup: &Path, how: &Voiding<'_>) -> Result<(Draft, Restored), CopyFault> {
    let draft = Draft::of(target)?;
    draft.owned_as(if target.exists() { target } else { folder_of(target) })?;
    file::copy(backup, draft.path()).await?;
    let store = Store::open(&file::url_of(draft.path())?).await?;
    let voided = void(&store, how).await;
    store.close().await;
    file::fold(draft.path()).await?;
    Ok((draft, voided?))
}

async fn void(store: &Store, how: &Voiding<'_>) -> Result<Restored, CopyFault> {
    let mut tx = store.begin().await?;
    tx.without_time_limits().await?;
    let others = tx.count_other_nodes().await?;
    if others > 0 {
        return Err(CopyFault::InUse(format!(
            "the database (by {others} other connections of this program)"
        )));
    }
    if let Some(keyring) = how.keyring {
        tx.open_chain(keyring, &Entropy::System).await?;
    }
    let as_of = tx.last_event().await?;
    let accounts = tx.count_accounts().await?;
    let voided = tx.void_after_restore(how).await?;
    let service_accounts =
        tx.list_service_accounts().await?.into_iter().map(|account| account.name).collect();
    // The copy's own mark is from when it was made.
    tx.raise_clock_mark(how.now).await?;
    tx.commit().await?;
    Ok(Restored { accounts, as_of, previous: None, voided, service_accounts })
}

/// Gives the database another name beside its own, `doorkey.db.20261127T115344Z`, and its journal too.
fn set_aside(target: &Path, now: Timestamp) -> Result<PathBuf, CopyFault> {
    let at: String = now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let aside = beside(target, &format!(".{at}"));
    // Its own name stays until the new file takes it. A file system without links gets a copy.
    fs::hard_link(target, &aside)
        .or_else(|_| fs::copy(target, &aside).map(|_| ()))
        .map_err(CopyFault::at(&aside))?;
    let (journal, journal_aside) = (beside(target, "-wal"), beside(&aside, "-wal"));
    if journal.exists() {
        fs::rename(&journal, &journal_aside).map_err(CopyFault::at(&journal_aside))?;
    }
    Ok(aside)
}

/// Refuses a database that is not there or that somebody has open.
pub(super) async fn refuse_missing_or_in_use(url: &str) -> Result<(), CopyFault> {
    if let Some(file) = file::file_of(url)? {
        if !file.exists() {
            return Err(CopyFault::Missing(file));
        }
        file::open_alone(&file).await?.close().await;
    }
    Ok(())
}

fn pg_restore(url: &str, backup: &Path) -> String {
    let (url, backup) = (login_only(url), backup.display().to_string());
    let words = ["pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname", &url, &backup];
    format!(
        "  {}\n  doorkey restore --in-place\n\nThe second command voids what may have been used since the backup was made.",
        quoted(&words)
    )
}

impl Tx {
    /// Lets the statements of this transaction take their time.
    pub(in crate::store) async fn without_time_limits(&mut self) -> Result<(), StoreFault> {
        if let Self::Postgres(tx, _) = self {
            for sql in
                ["SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0"]
            {
                sqlx::query(sql).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// How many other connections of this program there are to a database of PostgreSQL. (SQLite's file says so
    /// itself: [`file::open_alone`].) One that was closed just now may be listed for a moment yet.
    pub(super) async fn count_other_nodes(&mut self) -> Result<i64, CopyFault> {
        let Self::Postgres(tx, _) = self else { return Ok(0) };
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'doorkey' AND pid <> pg_backend_pid()";
        let mut others = 0;
        for _ in 0..10 {
            // The list is the same until the end of a transaction, unless it is cleared.
            sqlx::query("SELECT pg_stat_clear_snapshot()").execute(&mut **tx).await?;
            others = sqlx::query_scalar(sql).fetch_one(&mut **tx).await?;
            if others == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(others)
    }
}
