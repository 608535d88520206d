//! `doorkey migrate-store`.

use futures_util::{Stream, StreamExt};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Postgres, Row, Sqlite};

use super::super::macros::on_engine;
use super::super::open::migrate_sqlite;
use super::super::{Store, StoreFault, Tx};
use super::backup::{is_same, login_only};
use super::restore::refuse_missing_or_in_use;
use super::schema::{Kind, Schema, Table};
use super::{CopyFault, file};
use crate::domain::checksum::{Checksum, Value};

/// The most values bound in one statement. SQLite takes 32,766, PostgreSQL's protocol 65,535.
const VALUES_IN_A_STATEMENT: usize = 8_000;
/// The most rows written by one statement.
const ROWS_IN_A_STATEMENT: usize = 500;

/// A table that was moved: its name, and what both databases hold of it.
pub type Migrated = (String, Checksum);

/// Copies every row of the database behind `from` to the one behind `to`: one snapshot, one transaction, which
/// commits only if everything reads back as it was read. `to` is made if it does not exist; it may have no accounts.
pub async fn migrate(from: &str, to: &str) -> Result<Vec<Migrated>, CopyFault> {
    let (source_file, target_file) = (file::file_of(from)?, file::file_of(to)?);
    if let (Some(source), Some(target)) = (&source_file, &target_file)
        && is_same(source, target)
    {
        return Err(CopyFault::Same(target.clone()));
    }
    if target_file.as_ref().is_some_and(|file| file.exists()) {
        refuse_missing_or_in_use(to).await?;
    }
    let source = open_source(from).await?;
    let target = Store::open(to).await;
    let moved = match &target {
        Ok(target) => move_all(&source, from, target, to).await,
        Err(_) => Ok(Vec::new()),
    };
    source.close().await;
    target?.close().await;
    moved
}

/// The source, brought up to date: a file of SQLite alone, so that nothing is written that would be left behind.
async fn open_source(url: &str) -> Result<Store, CopyFault> {
    let Some(path) = file::file_of(url)? else { return Ok(Store::open(url).await?) };
    if !path.exists() {
        return Err(CopyFault::Missing(path));
    }
    let alone = file::open_alone(&path).await?;
    let opened = async {
        if !file::is_own(&alone).await.map_err(|cause| file::explained(&path, cause))? {
            return Err(CopyFault::damaged(&path, file::NOT_OWN));
        }
        Ok(migrate_sqlite(&alone).await?)
    };
    match opened.await {
        Ok(()) => Ok(Store::sqlite(alone.clone(), alone, &path)?),
        Err(fault) => {
            alone.close().await;
            Err(fault)
        }
    }
}

async fn move_all(source: &Store, from: &str, target: &Store, to: &str) -> Result<Vec<Migrated>, CopyFault> {
    let mut reading = source.begin_reading().await?;
    reading.take_snapshot().await?;
    let mut writing = target.begin().await?;
    writing.without_time_limits().await?;
    writing.cache_more().await?;
    for (tx, url) in [(&mut reading, from), (&mut writing, to)] {
        if tx.count_other_nodes().await? > 0 {
            return Err(CopyFault::InUse(login_only(url)));
        }
    }
    if reading.count_accounts().await? == 0 {
        return Err(CopyFault::Empty(login_only(from)));
    }
    let accounts = writing.count_accounts().await?;
    if accounts > 0 {
        let (place, hint) = (login_only(to), "Name an empty database");
        return Err(CopyFault::HasAccounts { place, accounts, hint });
    }
    let schema = Schema::read(&mut reading).await?;
    if let Some(table) = schema.difference(&Schema::read(&mut writing).await?) {
        return Err(CopyFault::Schema(table.to_owned()));
    }
    let moved = move_tables(&schema, &mut reading, &mut writing).await;
    match moved {
        Ok(_) => writing.commit().await?,
        Err(_) => writing.rollback().await,
    }
    reading.rollback().await;
    moved
}

async fn move_tables(
    schema: &Schema,
    reading: &mut Tx,
    writing: &mut Tx,
) -> Result<Vec<Migrated>, CopyFault> {
    let tables = schema.in_order()?;
    // What a server has left that ran here before there was an account.
    for (name, _) in tables.iter().rev() {
        let sql = AssertSqlSafe(format!("DELETE FROM \"{name}\""));
        on_engine!(&mut *writing, c => sqlx::query(sql).execute(c).await.map(|_| ()))
            .map_err(StoreFault::from)?;
    }
    let mut moved = Vec::new();
    for (name, table) in &tables {
        moved.push(((*name).to_owned(), move_rows(name, table, reading, writing).await?));
    }
    for (name, table) in &tables {
        let written = checksum(name, table, writing).await?;
        if !moved.iter().any(|(moved, read)| moved == name && *read == written) {
            return Err(CopyFault::Different((*name).to_owned()));
        }
    }
    Ok(moved)
}

async fn move_rows(
    name: &str,
    table: &Table,
    reading: &mut Tx,
    writing: &mut Tx,
) -> Result<Checksum, CopyFault> {
    let mut checksum = Checksum::default();
    let most = (VALUES_IN_A_STATEMENT / table.columns.len().max(1)).clamp(1, ROWS_IN_A_STATEMENT);
    let sql = select(name, table);
    on_engine!(reading, c => {
        let mut batches = rows(table, sqlx::query(AssertSqlSafe(sql)).fetch(c)).chunks(most);
        while let Some(batch) = batches.next().await {
            let batch = batch.into_iter().collect::<sqlx::Result<Vec<_>>>()?;
            for row in &batch {
                checksum.add(row);
            }
            insert(name, table, writing, batch).await?;
        }
    });
    Ok(checksum)
}

async fn checksum(name: &str, table: &Table, tx: &mut Tx) -> Result<Checksum, CopyFault> {
    let mut checksum = Checksum::default();
    let sql = select(name, table);
    on_engine!(tx, c => {
        let mut rows = rows(table, sqlx::query(AssertSqlSafe(sql)).fetch(c));
        while let Some(row) = rows.next().await {
            checksum.add(&row?);
        }
    });
    Ok(checksum)
}

fn columns(table: &Table) -> String {
    table.columns.iter().map(|(column, _)| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

fn select(name: &str, table: &Table) -> String {
    format!("SELECT {} FROM \"{name}\"", columns(table))
}

/// A row of either engine.
trait AnyRow {
    fn value(&self, at: usize, kind: Kind) -> sqlx::Result<Value>;
}

macro_rules! any_row {
    ($($row:ty),*) => {
        $(impl AnyRow for $row {
            fn value(&self, at: usize, kind: Kind) -> sqlx::Result<Value> {
                Ok(match kind {
                    Kind::Text => self.try_get::<Option<String>, _>(at)?.map_or(Value::Null, Value::Text),
                    Kind::Integer => self.try_get::<Option<i64>, _>(at)?.map_or(Value::Null, Value::Integer),
                    Kind::Bytes => self.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Value::Null, Value::Bytes),
                })
            }
        })*
    };
}

any_row!(SqliteRow, PgRow);

/// The rows of a table as they come, none of them kept.
fn rows<'a, R: AnyRow>(
    table: &'a Table,
    rows: impl Stream<Item = sqlx::Result<R>> + Send + Unpin + 'a,
) -> impl Stream<Item = sqlx::Result<Vec<Value>>> + Send + Unpin + 'a {
    rows.map(move |row| {
        let row = row?;
        table.columns.iter().enumerate().map(|(at, (_, kind))| row.value(at, *kind)).collect()
    })
}

/// Inserts rows with one statement.
async fn insert(name: &str, table: &Table, tx: &mut Tx, rows: Vec<Vec<Value>>) -> Result<(), CopyFault> {
    let mut number = 0;
    let mut place = || {
        number += 1;
        format!("${number}")
    };
    let mut tuple = || format!("({})", table.columns.iter().map(|_| place()).collect::<Vec<_>>().join(", "));
    let tuples = rows.iter().map(|_| tuple()).collect::<Vec<_>>().join(", ");
    let sql = AssertSqlSafe(format!("INSERT INTO \"{name}\" ({}) VALUES {tuples}", columns(table)));
    let kinds = table.columns.iter().map(|(_, kind)| *kind).cycle();
    let values = rows.into_iter().flatten().zip(kinds);
    macro_rules! run {
        ($engine:ty, $connection:expr) => {{
            let mut query = sqlx::query::<$engine>(sql);
            for (value, kind) in values {
                query = match (value, kind) {
                    (Value::Text(text), _) => query.bind(text),
                    (Value::Integer(number), _) => query.bind(number),
                    (Value::Bytes(bytes), _) => query.bind(bytes),
                    // PostgreSQL wants to know of what type nothing is.
                    (Value::Null, Kind::Text) => query.bind(None::<String>),
                    (Value::Null, Kind::Integer) => query.bind(None::<i64>),
                    (Value::Null, Kind::Bytes) => query.bind(None::<Vec<u8>>),
                };
            }
            query.execute($connection).await?;
        }};
    }
    match tx {
        Tx::Sqlite(tx) => run!(Sqlite, &mut **tx),
        Tx::Postgres(tx, _) => run!(Postgres, &mut **tx),
    }
    Ok(())
}

impl Tx {
    /// Lets SQLite keep 128 MiB of pages, on this connection only: indexes grow at random places, and with its usual
    /// 2 MiB each of their pages would be written to the journal many times.
    async fn cache_more(&mut self) -> Result<(), CopyFault> {
        if let Self::Sqlite(tx) = self {
            sqlx::query("PRAGMA cache_size = -131072").execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// Lets a transaction that reads see one state of the database for as long as it takes. On SQLite every one does.
    pub(in crate::store) async fn take_snapshot(&mut self) -> Result<(), StoreFault> {
        if let Self::Postgres(tx, _) = self {
            // The isolation level is that of a transaction's first query, which this one has behind it.
            for sql in ["ROLLBACK", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"] {
                sqlx::raw_sql(sql).execute(&mut **tx).await?;
            }
        }
        self.without_time_limits().await
    }
}
