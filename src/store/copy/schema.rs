//! The tables of a database, as the database itself describes them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;

use super::super::macros::{fetch_all, on_engine};
use super::super::{StoreFault, Tx};
use super::CopyFault;

/// Every table but the engine's own and that of the migrations.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Schema {
    tables: BTreeMap<String, Table>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) columns: Vec<(String, Kind)>,
    /// The tables that its rows refer to.
    refers_to: BTreeSet<String>,
}

/// What a column holds: the three types of the schema, by either engine's word for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Bytes,
}

impl Kind {
    fn of(word: &str) -> Option<Self> {
        match word {
            "TEXT" | "text" => Some(Self::Text),
            "INTEGER" | "bigint" => Some(Self::Integer),
            "BLOB" | "bytea" => Some(Self::Bytes),
            _ => None,
        }
    }
}

const SQLITE_COLUMNS: &str = "\
    SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' ORDER BY t.name, c.cid";
const POSTGRES_COLUMNS: &str = "\
    SELECT t.relname::text, c.attname::text, format_type(c.atttypid, NULL)
    FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
    WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace ORDER BY t.relname, c.attnum";
const SQLITE_REFERENCES: &str = "\
    SELECT t.name, r.\"table\" FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) r WHERE t.type = 'table'";
const POSTGRES_REFERENCES: &str = "\
    SELECT t.relname::text, r.relname::text
    FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
    WHERE f.contype = 'f' AND t.relnamespace = current_schema()::regnamespace";

/// True for tables that are not the schema's.
fn is_foreign(table: &str) -> bool {
    table.starts_with("sqlite_") || table.starts_with("_sqlx")
}

impl Schema {
    /// Reads it from the catalogue.
    pub(super) async fn read(tx: &mut Tx) -> Result<Self, CopyFault> {
        let (columns, references) = match tx {
            Tx::Sqlite(_) => (SQLITE_COLUMNS, SQLITE_REFERENCES),
            Tx::Postgres(..) => (POSTGRES_COLUMNS, POSTGRES_REFERENCES),
        };
        let columns: Vec<(String, String, String)> = fetch_all!(tx, columns)?;
        let references: Vec<(String, String)> = fetch_all!(tx, references)?;
        let mut tables = BTreeMap::<String, Table>::new();
        for (table, column, word) in columns.into_iter().filter(|(table, ..)| !is_foreign(table)) {
            let kind =
                Kind::of(&word).ok_or_else(|| CopyFault::Schema(format!("{table}.{column} ({word})")))?;
            tables.entry(table).or_default().columns.push((column, kind));
        }
        for (table, referred) in references {
            if let Some(table) = tables.get_mut(&table) {
                table.refers_to.insert(referred);
            }
        }
        Ok(Self { tables })
    }

    /// Where another schema differs from this one, if it does.
    pub(super) fn difference(&self, other: &Self) -> Option<&str> {
        let names: BTreeSet<_> = self.tables.keys().chain(other.tables.keys()).map(String::as_str).collect();
        // The borrow of a name that only `other` has cannot be given out, so that is said by the table before.
        names.into_iter().find(|name| self.tables.get(*name) != other.tables.get(*name)).map(|name| {
            self.tables
                .get_key_value(name)
                .map_or("a table that only the target has", |(name, _)| name.as_str())
        })
    }

    /// The tables, each after those that it refers to.
    pub(super) fn in_order(&self) -> Result<Vec<(&str, &Table)>, CopyFault> {
        let mut ordered = Vec::<(&str, &Table)>::new();
        while ordered.len() < self.tables.len() {
            let is_done = |name: &str| ordered.iter().any(|(done, _)| *done == name);
            let is_next = |name: &String, table: &Table| {
                !is_done(name) && table.refers_to.iter().all(|other| other == name || is_done(other))
            };
            let next = self.tables.iter().find(|(name, table)| is_next(name, table));
            let Some((name, table)) = next else {
                return Err(CopyFault::Schema("tables that refer to each other".to_owned()));
            };
            ordered.push((name, table));
        }
        Ok(ordered)
    }

    /// Each table with its number of rows.
    pub(super) async fn count_rows(&self, tx: &mut Tx) -> Result<Vec<(String, i64)>, CopyFault> {
        let mut counts = Vec::new();
        for name in self.tables.keys() {
            let sql = AssertSqlSafe(format!("SELECT count(*) FROM \"{name}\""));
            let count: i64 =
                on_engine!(tx, c => sqlx::query_scalar(sql).fetch_one(c).await).map_err(StoreFault::from)?;
            counts.push((name.clone(), count));
        }
        Ok(counts)
    }
}
