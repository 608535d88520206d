//! Why a database was not copied.

use std::path::{Path, PathBuf};

use super::super::StoreFault;

/// Why a copy was not made, restored or moved. `Display` is what the operator reads; in every case the
/// database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyFault {
    /// The file to write is there already.
    #[error("{} exists already; nothing was written. Choose another name, or add --force to replace it", .0.display())]
    Exists(PathBuf),
    /// Another process writes the same file.
    #[error("{} is being written by another process; nothing was changed", .0.display())]
    Underway(PathBuf),
    /// There is no such file.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// The file is no database of this program, or a damaged one.
    #[error("{} cannot be used: {reason}. Nothing was changed", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file to restore is the database itself.
    #[error("{} is the database itself; name a copy of it", .0.display())]
    Same(PathBuf),
    /// A server or another command has the database open.
    #[error("{0} is in use; stop the portal on every node, then try again. Nothing was changed")]
    InUse(String),
    /// The database to write has accounts.
    #[error("{place} has {accounts} accounts already; nothing was changed. {hint}")]
    HasAccounts {
        /// Which.
        place: String,
        accounts: i64,
        /// What to do if that is wanted.
        hint: &'static str,
    },
    /// The database to move from has no accounts.
    #[error("{0} has no accounts, so there is nothing to move; is the URL right?")]
    Empty(String),
    /// PostgreSQL has its own tools for this.
    #[error("{reason}. Use PostgreSQL's own tools:\n\n{command}")]
    Postgres {
        reason: &'static str,
        /// What to type instead.
        command: String,
    },
    /// The two schemas differ.
    #[error(
        "the schemas of the two databases differ at {0}; use the program that both were last opened with. Nothing was \
         changed"
    )]
    Schema(String),
    /// What was read back is not what was written.
    #[error("the table {0} did not read back as it was written; nothing was changed")]
    Different(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A file could not be written.
    #[error("{}: {cause}; nothing was changed", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
}

impl From<sqlx::Error> for CopyFault {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl CopyFault {
    /// For `map_err` after work on a file.
    pub(super) fn at(file: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |cause| Self::File { file: file.to_owned(), cause }
    }

    pub(super) fn damaged(file: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), reason: reason.into() }
    }
}
