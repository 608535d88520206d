//! `doorkey migrate-store`: moves everything from one database to another, SQLite to PostgreSQL or back.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use serde_json::json;

use super::output::{self, columns, copy_refused};
use crate::domain::exit_code;
use crate::store::copy;

pub(super) const HELP: &str = "\
Stop the portal on every node first. The target may be empty or new; one that has accounts is refused. Everything is
copied in one transaction and read back before it commits: a failure leaves the target empty, and the source is never
written, except to bring its schema up to date. Secret keys and host key stay as they are. Afterwards set store.url to the
target, run `doorkey check`, and start the portal.

Put no password into a URL, where other users of this machine see it: PGPASSWORD and ~/.pgpass are read. A URL
leads to PostgreSQL itself, not through PgBouncer.

  doorkey migrate-store --from sqlite:doorkey.db --to postgres://doorkey@db.example.org/doorkey?sslmode=verify-full";

#[derive(Debug, Args)]
pub(super) struct MigrateStoreArgs {
    /// The database that has the accounts, as in store.url
    #[arg(long, value_name = "URL")]
    from: String,
    /// The database to move them to
    #[arg(long, value_name = "URL")]
    to: String,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// Moves everything and says how many rows of each table.
///
/// # Errors
/// A store or standard output failed.
pub(super) async fn run(args: &MigrateStoreArgs, out: &mut dyn Write) -> anyhow::Result<u32> {
    let moved = match copy::migrate(&args.from, &args.to).await {
        Ok(moved) => moved,
        Err(fault) => return copy_refused(fault),
    };
    if args.json {
        let tables = moved
            .iter()
            .map(|(table, sum)| (table, json!({ "rows": sum.rows(), "checksum": sum.to_string() })));
        output::json(out, &tables.collect::<BTreeMap<_, _>>())?;
        return Ok(exit_code::DONE);
    }
    let head = ["TABLE", "ROWS", "CHECKSUM"].map(str::to_owned).to_vec();
    let rows = moved.iter().map(|(table, sum)| vec![table.clone(), sum.rows().to_string(), sum.to_string()]);
    columns(out, &std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    let all: u64 = moved.iter().map(|(_, sum)| sum.rows()).sum();
    writeln!(
        out,
        "\nMoved {all} rows in {} tables; each table was read back and has the same rows in both databases.\nNext: set \
         store.url to the target, run `doorkey check`, then start the portal.",
        moved.len()
    )?;
    out.flush()?;
    Ok(exit_code::DONE)
}
