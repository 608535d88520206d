//! The schema's history, built into the program and brought up to date when a store is opened.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

use super::StoreFault;
use crate::fail_point::FailPoint;

macro_rules! history {
    ($engine:literal: $($version:literal $name:literal),+ $(,)?) => {
        &[$(($version, $name, include_str!(concat!(
            "../../migrations/", $engine, "/", $name, ".sql"
        )))),+]
    };
}

type History = &'static [(i64, &'static str, &'static str)];

/// SQLite's history. Twin of [`POSTGRES`]: same versions, same names.
pub(super) const SQLITE: History = history!("sqlite":
    1 "0001_initial",
);

/// PostgreSQL's history.
pub(super) const POSTGRES: History = history!("postgres":
    1 "0001_initial",
);

/// The newest migration of this program.
pub(super) fn newest() -> i64 {
    SQLITE.iter().map(|(version, ..)| *version).max().unwrap_or(0)
}

/// What a database says of the migrations in it. It fails where there are none yet.
pub(super) const APPLIED: &str = "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";

/// True when `applied`, the rows of [`APPLIED`], is this program's whole history: then there is nothing to write, and
/// no lock to wait for.
pub(super) fn is_applied(history: History, applied: &[(i64, Vec<u8>, bool)]) -> bool {
    let known = migrations(history);
    let is_same = |known: &Migration, (version, checksum, success): &(i64, Vec<u8>, bool)| {
        *success && known.version == *version && *known.checksum == **checksum
    };
    known.len() == applied.len() && known.iter().zip(applied).all(|(known, found)| is_same(known, found))
}

fn migrations(history: History) -> Vec<Migration> {
    history
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect()
}

/// Brings the database behind `connection` up to date, or says that it is newer than this program.
/// The caller holds whatever keeps other processes from migrating at the same time.
pub(super) async fn run<C: Migrate>(history: History, connection: &mut C) -> Result<(), StoreFault> {
    let migrations = migrations(history);
    FailPoint::MigrationsBefore.reach();
    let known = newest();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.set_locking(false);
    let done = migrator.run_direct(None, connection, false).await;
    FailPoint::MigrationsAfter.reach();
    done.map_err(|cause| match cause {
        MigrateError::VersionMissing(found) if found > known => StoreFault::Newer { found, known },
        MigrateError::Execute(cause) => StoreFault::from(cause),
        cause => StoreFault::Migration(cause),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_history() {
        let names =
            |history: History| history.iter().map(|(version, name, _)| (*version, *name)).collect::<Vec<_>>();
        assert_eq!(names(SQLITE), names(POSTGRES));
    }

    #[test]
    fn twins_differ_only_in_the_words_for_types() {
        for ((_, name, sqlite), (_, _, postgres)) in SQLITE.iter().zip(POSTGRES) {
            let as_postgres =
                sqlite.replace("INTEGER", "BIGINT").replace("BLOB", "BYTEA").replace(" STRICT", "");
            let words = |sql: &str| {
                let kept = sql.lines().filter(|line| !line.starts_with("--"));
                kept.flat_map(str::split_whitespace).map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(words(&as_postgres), words(postgres), "{name}");
        }
    }
}
