//! Opening either engine with the settings that durability and safety rest on.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use tokio::time::Instant;

use super::database_file::process_on_another_file;
use super::pool::pool_options;
use super::postgres::PostgresServers;
use super::{AuditChain, Store, StoreFault, migrations};
use crate::private_file;

/// Readers of one SQLite file; the writer is one connection.
const SQLITE_READERS: u32 = 4;
/// How long a statement may wait for SQLite's other writers (an operator's command beside the server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for a free connection before the answer is "unavailable".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

impl Store {
    /// Opens `url` (`sqlite:doorkey.db`, `postgres://user@host/name`) and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, StoreFault> {
        Self::open_with(url, true).await
    }

    /// The same; on PostgreSQL, `prepares_statements` says whether statements are prepared by name.
    pub async fn open_with(url: &str, prepares_statements: bool) -> Result<Self, StoreFault> {
        if url.starts_with("sqlite:") {
            open_sqlite(url).await
        } else if is_postgres(url) {
            open_postgres(url, prepares_statements).await
        } else {
            Err(unknown_engine(url))
        }
    }
}

async fn open_sqlite(url: &str) -> Result<Store, StoreFault> {
    let options = sqlite_options(url)?;
    let file = options.get_filename();
    require_one_file(url, file)?;
    own_file(file).map_err(|cause| refused(url, &format!("{}: {cause}", file.display())))?;
    let options = options.journal_mode(SqliteJournalMode::Wal);
    let write = connect_writer(&options).await?;
    assert_pragmas(url, &write).await?;
    migrate_sqlite(&write).await?;
    let file = options.get_filename().to_owned();
    Store::sqlite(write, readers(options), &file)
}

/// An existing file, in whatever journal mode and of whatever schema it is.
pub(super) async fn sqlite_as_it_is(url: &str) -> Result<Store, StoreFault> {
    let options = sqlite_options(url)?;
    let write = connect_writer(&options).await?;
    let file = options.get_filename().to_owned();
    Store::sqlite(write, readers(options), &file)
}

/// Refuses a file while another process has one open that was there before.
pub(super) fn require_one_file(url: &str, file: &Path) -> Result<(), StoreFault> {
    let Some(process) = process_on_another_file(file) else { return Ok(()) };
    let name = file.display();
    let reason = format!(
        "{name} was replaced or removed while process {process} has it open. Put the old file back, or stop that process and \
         use `doorkey restore`: what is in {name}-wal belongs to the old file and would ruin a new one"
    );
    Err(refused(url, &reason))
}

fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, StoreFault> {
    let options = SqliteConnectOptions::from_str(url).map_err(|cause| refused(url, &cause.to_string()))?;
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(refused(url, "a store in memory would forget throttles and codes; name a file"));
    }
    require_regular_file(url, options.get_filename())?;
    Ok(options
        .create_if_missing(false)
        // NORMAL may roll a committed transaction back after power loss: a used code would be unused.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // Sorting needs no file in /tmp, which the sandbox of `serve` closes.
        .pragma("temp_store", "memory")
        .pragma("secure_delete", "on"))
}

/// SQLite says no more of a folder than of a file that is locked: that it could not be opened, so it would be tried again.
fn require_regular_file(url: &str, file: &Path) -> Result<(), StoreFault> {
    let name = file.display();
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => {
            Err(refused(url, &format!("{name} is a folder; name a file in it, such as {name}/doorkey.db")))
        }
        Ok(found) if !found.is_file() => Err(refused(url, &format!("{name} is not a regular file"))),
        // What is missing may be made.
        _ => Ok(()),
    }
}

fn readers(options: SqliteConnectOptions) -> SqlitePool {
    let pool = pool_options().max_connections(SQLITE_READERS).acquire_timeout(ACQUIRE_TIMEOUT);
    pool.connect_lazy_with(options.pragma("query_only", "on"))
}

/// The one connection that writes. Turning a new file to WAL needs it alone for a moment, and for that one
/// step SQLite does not wait its busy timeout when another process is at it: so it is waited here.
async fn connect_writer(options: &SqliteConnectOptions) -> Result<SqlitePool, StoreFault> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        let pool = pool_options().max_connections(1).acquire_timeout(BUSY_TIMEOUT);
        match pool.connect_with(options.clone()).await.map_err(StoreFault::from) {
            Err(fault) if fault.is_unavailable() && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done,
        }
    }
}

/// Creates the file, or takes an existing one's group and other rights away. The `-wal` and `-shm`
/// files get the same mode from SQLite. An existing file is not opened here: closing it again would take
/// this process's SQLite locks on it away (POSIX locks belong to the process, not to the descriptor).
fn own_file(file: &Path) -> std::io::Result<()> {
    match private_file::create(file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map(|_| ()),
    }
    let mode = fs::metadata(file)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(file, Permissions::from_mode(mode & 0o700))?;
    }
    Ok(())
}

/// SQLite ignores a pragma it does not understand, so ask it what it took.
async fn assert_pragmas(url: &str, pool: &SqlitePool) -> Result<(), StoreFault> {
    let number = async |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    let kept = journal == "wal"
        && number("PRAGMA synchronous").await? == 2
        && number("PRAGMA foreign_keys").await? == 1
        && number("PRAGMA secure_delete").await? == 1;
    if kept {
        Ok(())
    } else {
        Err(refused(
            url,
            "SQLite did not take journal_mode=wal, synchronous=full, foreign_keys and secure_delete",
        ))
    }
}

/// All of it in one transaction that nobody else's writes interleave with: of two processes that open one
/// new file at once, the second waits and finds everything done. Where everything is done already it waits for nobody:
/// a command that only reads does so beside one that writes for long.
pub(super) async fn migrate_sqlite(pool: &SqlitePool) -> Result<(), StoreFault> {
    let applied = sqlx::query_as(migrations::APPLIED).fetch_all(pool).await;
    if applied.is_ok_and(|applied| migrations::is_applied(migrations::SQLITE, &applied)) {
        return Ok(());
    }
    let mut alone = pool.begin_with("BEGIN IMMEDIATE").await?;
    migrations::run(migrations::SQLITE, &mut *alone).await?;
    alone.commit().await?;
    Ok(())
}

async fn open_postgres(url: &str, prepares_statements: bool) -> Result<Store, StoreFault> {
    let servers = PostgresServers::connect(url, prepares_statements).await?;
    servers.migrate().await?;
    Ok(Store::Postgres(servers, AuditChain::default()))
}

/// True for a URL of PostgreSQL.
pub(super) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

pub(super) fn unknown_engine(url: &str) -> StoreFault {
    refused(url, "use `sqlite:FILE` or `postgres://USER@HOST/DATABASE`")
}

pub(super) fn refused(url: &str, reason: &str) -> StoreFault {
    StoreFault::Open { url: without_password(url), reason: reason.to_owned() }
}

/// `postgres://ada:***@host/db?password=***`.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
    let login = login.map_or_else(String::new, |login| match login.split_once(':') {
        Some((user, _)) => format!("{user}:***@"),
        None => format!("{login}@"),
    });
    let (place, query) = place.split_once('?').map_or((place, None), |(place, query)| (place, Some(query)));
    let hide = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{login}{place}{}", query.map_or_else(String::new, |query| format!("?{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_url_is_not_repeated() {
        assert_eq!(without_password("postgres://ada:s3cret@h/db"), "postgres://ada:***@h/db");
        assert_eq!(without_password("postgres://ada:p@ss:w@h/db"), "postgres://ada:***@h/db");
        assert_eq!(without_password("sqlite:doorkey.db"), "sqlite:doorkey.db");
        let in_the_query = "postgres://h/db?user=ada&password=s3cret&sslmode=require";
        assert_eq!(without_password(in_the_query), "postgres://h/db?user=ada&password=***&sslmode=require");
    }
}
