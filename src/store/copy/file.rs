//! SQLite's file: opened alone, copied whole, checked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode, SqlitePool};

use super::super::open::{is_postgres, unknown_engine};
use super::super::pool::pool_options;
use super::super::{Store, sqlite_file};
use super::CopyFault;
use super::schema::Schema;

/// How long to wait for another process to let go of a lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a file is refused that is a database of somebody else.
pub(super) const NOT_OWN: &str = "it is not a database of this program";

/// What a copy holds.
#[derive(Debug)]
pub(super) struct Contents {
    /// Each table with its number of rows.
    pub(super) tables: Vec<(String, i64)>,
}

/// The file behind a URL of SQLite; `None` for one of PostgreSQL.
pub(super) fn file_of(url: &str) -> Result<Option<PathBuf>, CopyFault> {
    if is_postgres(url) {
        return Ok(None);
    }
    sqlite_file(url).map(Some).ok_or_else(|| unknown_engine(url).into())
}

/// The URL of a file. `?` and `%` mean something else in one.
pub(super) fn url_of(file: &Path) -> Result<String, CopyFault> {
    let path = file.to_str().ok_or_else(|| CopyFault::damaged(file, "its name is not UTF-8"))?;
    Ok(format!("sqlite:{}", path.replace('%', "%25").replace('?', "%3f")))
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).create_if_missing(false).busy_timeout(BUSY_TIMEOUT)
}

/// One connection that keeps everybody else out while it is open, or [`CopyFault::InUse`] when somebody is in:
/// every connection to a file in WAL mode holds a shared lock on it ("Write-Ahead Logging", section 6).
pub(super) async fn open_alone(file: &Path) -> Result<SqlitePool, CopyFault> {
    let options =
        options(file).locking_mode(SqliteLockingMode::Exclusive).busy_timeout(Duration::from_secs(1));
    let pool = pool_options().max_connections(1);
    let pool = pool.connect_with(options).await.map_err(|cause| explained(file, cause))?;
    for sql in ["BEGIN EXCLUSIVE", "COMMIT"] {
        if let Err(cause) = sqlx::query(sql).execute(&pool).await {
            pool.close().await;
            return Err(explained(file, cause));
        }
    }
    Ok(pool)
}

/// Copies the database in `from`, whoever writes it meanwhile, to the empty file `to`, and checks the copy.
pub(super) async fn copy(from: &Path, to: &Path) -> Result<Contents, CopyFault> {
    let name = to.to_str().ok_or_else(|| CopyFault::damaged(to, "its name is not UTF-8"))?;
    let source = pool_options().max_connections(1).connect_with(options(from)).await;
    let source = source.map_err(|cause| explained(from, cause))?;
    let copied = copy_from(&source, from, name).await;
    source.close().await;
    let schema = copied?;
    // Nobody else has it, and nothing beside it is to be made.
    let options = options(to).read_only(true).immutable(true);
    let copy = pool_options().max_connections(1).connect_with(options).await?;
    let checked = check(&copy, to, &schema).await;
    copy.close().await;
    checked
}

async fn copy_from(source: &SqlitePool, from: &Path, to: &str) -> Result<Vec<String>, CopyFault> {
    if !is_own(source).await.map_err(|cause| explained(from, cause))? {
        return Err(CopyFault::damaged(from, NOT_OWN));
    }
    let copied = async {
        let schema = schema_of(&mut *source.acquire().await?).await?;
        sqlx::query("VACUUM INTO $1").bind(to).execute(source).await?;
        Ok(schema)
    };
    copied.await.map_err(|cause| explained(from, cause))
}

/// Whether the tables are those of this program: SQLite would take an empty file for a database too.
pub(super) async fn is_own(pool: &SqlitePool) -> sqlx::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema
               WHERE type = 'table' AND name IN ('accounts', '_sqlx_migrations')";
    Ok(sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await? == 2)
}

async fn schema_of(connection: &mut SqliteConnection) -> sqlx::Result<Vec<String>> {
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name";
    sqlx::query_scalar(sql).fetch_all(connection).await
}

async fn check(copy: &SqlitePool, file: &Path, schema: &[String]) -> Result<Contents, CopyFault> {
    let problems: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(copy).await?;
    if problems != ["ok"] {
        return Err(CopyFault::damaged(file, problems.join("; ")));
    }
    if !sqlx::query("PRAGMA foreign_key_check").fetch_all(copy).await?.is_empty() {
        return Err(CopyFault::damaged(file, "rows refer to rows that do not exist"));
    }
    if schema_of(&mut *copy.acquire().await?).await? != schema {
        return Err(CopyFault::damaged(file, "the copy lacks a part of the schema"));
    }
    let mut tx = Store::sqlite(copy.clone(), copy.clone(), file)?.begin_reading().await?;
    let tables = Schema::read(&mut tx).await?.count_rows(&mut tx).await?;
    tx.rollback().await;
    Ok(Contents { tables })
}

/// What SQLite says of a file that somebody has, or that is damaged (result codes 5, 11, 26).
pub(super) fn explained(file: &Path, cause: sqlx::Error) -> CopyFault {
    let code = match &cause {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i64>().ok()),
        _ => None,
    };
    match code.map(|extended| extended & 0xff) {
        Some(5) => CopyFault::InUse(file.display().to_string()),
        Some(11 | 26) => CopyFault::damaged(file, "it is damaged, or not a database"),
        _ => cause.into(),
    }
}

/// Moves what is in the `-wal` of a file into it, so that the file alone is whole.
pub(super) async fn fold(file: &Path) -> Result<(), CopyFault> {
    let pool = open_alone(file).await?;
    let journal: Result<String, _> =
        sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&pool).await;
    pool.close().await;
    match journal?.as_str() {
        "delete" => Ok(()),
        other => Err(CopyFault::damaged(file, format!("its journal stayed in the mode {other}"))),
    }
}
