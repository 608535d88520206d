//! `doorkey backup`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::super::open::without_password;
use super::draft::Draft;
use super::{CopyFault, file};

/// A backup that was made.
#[derive(Debug)]
pub struct Backup {
    /// Where the database is that was copied.
    pub database: PathBuf,
    /// Each table with its number of rows.
    pub tables: Vec<(String, i64)>,
}

/// Copies the database behind `url` to `target`, while a server may run on it: one consistent state, checked and
/// on the disk before `target` has its name. With `replace` an existing `target` is replaced.
pub async fn backup(url: &str, target: &Path, replace: bool) -> Result<Backup, CopyFault> {
    let Some(database) = file::file_of(url)? else {
        return Err(CopyFault::Postgres {
            reason: "a database of PostgreSQL is not backed up by this program",
            command: pg_dump(url, target),
        });
    };
    if !database.exists() {
        return Err(CopyFault::Missing(database));
    }
    if !replace && target.symlink_metadata().is_ok() {
        return Err(CopyFault::Exists(target.to_owned()));
    }
    if is_same(&database, target) {
        return Err(CopyFault::Same(target.to_owned()));
    }
    let draft = Draft::of(target)?;
    let contents = file::copy(&database, draft.path()).await?;
    draft.publish(replace)?;
    Ok(Backup { database, tables: contents.tables })
}

/// True for two names of one file that exists.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn pg_dump(url: &str, target: &Path) -> String {
    let words = ["pg_dump", "--format", "custom", "--file", &target.display().to_string(), &login_only(url)];
    format!("  {}\n\nOr back the whole cluster up with pg_basebackup.", quoted(&words))
}

/// The URL without its password, which libpq then asks for or finds in `PGPASSWORD` or `~/.pgpass`.
pub(super) fn login_only(url: &str) -> String {
    without_password(url).replacen(":***@", "@", 1)
}

/// Words as a shell reads them.
pub(super) fn quoted(words: &[&str]) -> String {
    let quote = |word: &&str| shlex::try_quote(word).map_or_else(|_| (*word).to_owned(), Cow::into_owned);
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}
