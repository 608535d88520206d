//! `doorkey backup`: a copy of the database while the portal runs. It opens only the store.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::output::{self, columns, copy_refused};
use super::wiring;
use crate::config::Settings;
use crate::domain::exit_code;
use crate::store::copy;

pub(super) const HELP: &str = "\
The portal may run meanwhile. FILE holds one consistent state, is readable by its owner only, and has its name only once
it is whole, checked and on the disk. Secret keys, host key and settings are not in it; the output names them. A database
of PostgreSQL has its own tools: the command to type is printed.

  doorkey backup /var/backups/doorkey-$(date +%F).db";

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The file to write
    file: PathBuf,
    /// Replace FILE if it exists
    #[arg(long)]
    force: bool,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// Backs the database up and says what else belongs to a backup.
///
/// # Errors
/// The store or standard output failed.
pub(super) async fn run(
    args: &BackupArgs,
    settings: &Settings,
    settings_file: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    let made = match copy::backup(&settings.store.url, &args.file, args.force).await {
        Ok(made) => made,
        Err(fault) => return copy_refused(fault),
    };
    let host_keys = wiring::host_key_files(settings);
    if args.json {
        let tables: BTreeMap<_, _> = made.tables.into_iter().collect();
        let keep = json!({
            "secret_keys": settings.keys.secret_keys,
            "host_keys": host_keys.iter().map(|file| &file.path).collect::<Vec<_>>(),
            "settings": settings_file,
            "templates": settings.mail.templates,
        });
        let made =
            json!({ "database": made.database, "file": args.file, "rows": tables, "keep_apart": keep });
        output::json(out, &made)?;
        return Ok(exit_code::DONE);
    }
    writeln!(
        out,
        "Backed up {} to {}. The copy was checked and is on the disk.\n",
        made.database.display(),
        args.file.display()
    )?;
    let rows = made.tables.into_iter().map(|(table, rows)| vec![table, rows.to_string()]);
    let head = ["TABLE", "ROWS"].map(str::to_owned).to_vec();
    columns(out, &std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    writeln!(out, "\nNot in the backup, and of no less use. Keep copies of these apart from it:\n")?;
    let line = |file: &Path, what: &str| vec![format!("  {}", file.display()), what.to_owned()];
    let mut others = vec![
        line(&settings.keys.secret_keys, "secret keys: without them no password or code can be checked"),
        line(settings_file, "settings, if they are in this file"),
    ];
    let host_key = "host key: with another one every ssh client warns and refuses";
    others.splice(1..1, host_keys.iter().map(|file| line(&file.path, host_key)));
    others.extend(settings.mail.templates.as_deref().map(|folder| line(folder, "templates of emails")));
    columns(out, &others)?;
    out.flush()?;
    Ok(exit_code::DONE)
}
