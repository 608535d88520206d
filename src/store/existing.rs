//! What is there of a store, looked at without making or migrating anything, and whether it does its work.

use std::path::PathBuf;
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;

use super::macros::{execute, fetch_one, read_tx, scalar, write_tx};
use super::postgres::PostgresServers;
use super::{AuditChain, Store, StoreFault, Tx, in_time, migrations, open};
use crate::domain::timestamp::Timestamp;

/// SQLite's cache has 2,000 KiB (`PRAGMA cache_size`); what does not fit is written before COMMIT.
const LARGER_THAN_THE_CACHE: usize = 4 << 20;

/// How PostgreSQL copies what is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replication {
    /// `synchronous_standby_names`: COMMIT waits for these; empty if for nobody.
    pub synchronous_standby_names: String,
    /// Standbys that are connected.
    pub standbys: i64,
    /// Those of them that COMMIT waits for. Without the right to see it (`pg_monitor`) every standby counts.
    pub synchronous: i64,
}

/// The file of an SQLite store.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") {
        return None;
    }
    SqliteConnectOptions::from_str(url).ok().map(|options| options.get_filename().to_owned())
}

impl Store {
    /// Opens what is at `url`; `None` if nothing of this program is there yet.
    pub async fn open_existing(url: &str, prepares_statements: bool) -> Result<Option<Self>, StoreFault> {
        let file = sqlite_file(url);
        if let Some(file) = &file {
            open::require_one_file(url, file)?;
        }
        let store = match file {
            Some(file) if !file.try_exists().unwrap_or(true) => return Ok(None),
            Some(_) => open::sqlite_as_it_is(url).await?,
            None => Self::Postgres(
                PostgresServers::connect(url, prepares_statements).await?,
                AuditChain::default(),
            ),
        };
        let has_schema = read_tx!(store, StoreFault, |tx| tx.has_schema().await).await;
        if matches!(has_schema, Ok(true)) {
            return Ok(Some(store));
        }
        store.close().await;
        has_schema.map(|_| None)
    }

    /// True when the schema is this program's; false when it is older and `serve` would migrate it.
    pub async fn has_current_schema(&self) -> Result<bool, StoreFault> {
        let known = migrations::newest();
        match read_tx!(self, StoreFault, |tx| tx.newest_migration().await).await? {
            found if found > known => Err(StoreFault::Newer { found, known }),
            found => Ok(found == known),
        }
    }

    /// Writes a row of no meaning and makes it durable, as every change that people make is.
    pub async fn try_write(&self) -> Result<(), StoreFault> {
        write_tx!(self, StoreFault, |tx| tx.ping().await).await
    }

    /// Writes a row and takes it back. It is larger than SQLite's cache, so it goes to the disk although it is never
    /// committed: a full disk and a file that cannot be written are found, and nothing is left.
    pub async fn write_and_undo(&self, now: Timestamp) -> Result<(), StoreFault> {
        let written = in_time::<_, StoreFault>(async {
            let mut tx = self.begin().await?;
            let written = tx.insert_filler(&"x".repeat(LARGER_THAN_THE_CACHE), now).await;
            tx.rollback().await;
            written
        });
        written.await
    }

    /// How what is committed is copied; `None` on SQLite.
    pub async fn replication(&self) -> Result<Option<Replication>, StoreFault> {
        match self {
            Self::Sqlite { .. } => Ok(None),
            Self::Postgres(..) => read_tx!(self, StoreFault, |tx| tx.replication().await).await.map(Some),
        }
    }
}

impl Tx {
    /// A row that must not be committed.
    async fn insert_filler(&mut self, text: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO contacts (id, address, canonical, created_at) VALUES ($1, $2, $3, $4)",
            ["filler", text, "", now]
        )
    }

    async fn has_schema(&mut self) -> Result<bool, StoreFault> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'"
            }
            Self::Postgres(..) => {
                "SELECT count(*) FROM pg_catalog.pg_tables
                 WHERE tablename = '_sqlx_migrations' AND schemaname = ANY (current_schemas(false))"
            }
        };
        let found: i64 = scalar!(self, sql)?;
        Ok(found > 0)
    }

    async fn newest_migration(&mut self) -> Result<i64, StoreFault> {
        scalar!(self, "SELECT CAST(coalesce(max(version), 0) AS BIGINT) FROM _sqlx_migrations")
    }

    async fn replication(&mut self) -> Result<Replication, StoreFault> {
        let (synchronous_standby_names, standbys, synchronous) = fetch_one!(
            self,
            "SELECT current_setting('synchronous_standby_names'), count(pid),
                    count(CASE WHEN sync_state IS NULL OR sync_state IN ('sync', 'quorum') THEN pid END)
             FROM pg_stat_replication"
        )?;
        Ok(Replication { synchronous_standby_names, standbys, synchronous })
    }
}
