//! What can go wrong between this program and its database.

/// An unexpected failure of the store. `Display` is for the operator's log; it holds no bound value.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// The database cannot be reached, or gave no connection or no answer in time.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database took a transaction and gave no answer to it.
    #[error("the database gave no answer in time")]
    NoAnswer,
    /// All connections are taken, and so many wait for one that this request was turned away before anything was done.
    /// It should work after so many seconds.
    #[error("the database is busy; try again in {0} s")]
    Busy(i64),
    /// COMMIT was sent, and neither its answer nor its outcome could be had: it may or may not have been done.
    #[error("the database did not say whether it did this; it may or may not have been done: {0}")]
    OutcomeUnknown(#[source] Box<StoreFault>),
    /// Another transaction was in the way, more often than it is worth trying again.
    #[error("the database is too busy: {0}")]
    Conflict(#[source] sqlx::Error),
    /// Something unique exists already.
    #[error("the database has this already: {0}")]
    Taken(#[source] sqlx::Error),
    /// The database was made by a newer program.
    #[error(
        "the database is newer than this program: it has migration {found}, this program knows up to {known}; \
         start the newer program, or restore the backup made before the upgrade"
    )]
    Newer {
        /// The newest migration in the database.
        found: i64,
        /// The newest migration this program has.
        known: i64,
    },
    /// A migration that is in the database is not the one this program has.
    #[error("the database cannot be migrated: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The URL or the file behind it cannot be used.
    #[error("the store `{url}` cannot be opened: {reason}")]
    Open {
        /// The URL without its password.
        url: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A PostgreSQL server takes no writes.
    #[error("the PostgreSQL server at {server} is {why}")]
    ReadOnly {
        /// Its address.
        server: String,
        /// What it is, and what to do.
        why: &'static str,
    },
    /// None of several PostgreSQL servers takes writes.
    #[error("no PostgreSQL server in store.url takes writes: {servers}")]
    NoPrimary {
        /// Each with what it said.
        servers: String,
    },
    /// The file of SQLite is not the one that was opened.
    #[error(
        "{file} was {why} while it was open: nothing is read or written, because it would be lost. Put the file back, or \
         stop the portal and use `doorkey restore`"
    )]
    Replaced {
        /// Its path.
        file: String,
        /// `replaced` or `removed`.
        why: &'static str,
    },
    /// Anything else: a wrong statement, a wrong type, a broken file.
    #[error("the database failed: {0}")]
    Broken(#[source] sqlx::Error),
}

impl StoreFault {
    /// True when the same transaction may go through if it is tried once more, from its beginning. What has
    /// already waited its time (for a connection, a lock, a statement) is not: the person waits as well.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            // The primary is elsewhere by now: the next transaction looks for it.
            Self::Conflict(_) | Self::ReadOnly { .. } => true,
            Self::Unavailable(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| is_passing(&code))
            }
            Self::Unavailable(cause) => !matches!(cause, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed),
            _ => false,
        }
    }

    /// True when it says that its connection is of no more use: it is lost, or its server takes no writes.
    pub(super) fn is_lost_connection(&self) -> bool {
        match self {
            Self::Unavailable(sqlx::Error::Io(_) | sqlx::Error::Tls(_)) | Self::ReadOnly { .. } => true,
            Self::Unavailable(sqlx::Error::Database(error)) => {
                error.code().as_deref().is_some_and(is_passing)
            }
            Self::OutcomeUnknown(cause) => cause.is_lost_connection(),
            _ => false,
        }
    }

    /// True when the database is away or overwhelmed, as opposed to broken or misused.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_)
                | Self::NoAnswer
                | Self::Conflict(_)
                | Self::ReadOnly { .. }
                | Self::NoPrimary { .. }
                | Self::Replaced { .. }
                | Self::OutcomeUnknown(_)
        )
    }
}

impl From<sqlx::Error> for StoreFault {
    fn from(cause: sqlx::Error) -> Self {
        match &cause {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(cause),
            sqlx::Error::Database(error) if error.is_unique_violation() => Self::Taken(cause),
            sqlx::Error::Database(error) => match error.code().as_deref().map(kind_of_code) {
                Some(FaultKind::Unavailable) => Self::Unavailable(cause),
                Some(FaultKind::Conflict) => Self::Conflict(cause),
                _ => Self::Broken(cause),
            },
            _ => Self::Broken(cause),
        }
    }
}

enum FaultKind {
    Unavailable,
    Conflict,
    Other,
}

/// Sorts an SQLSTATE (PostgreSQL, appendix A of its manual) or an SQLite result code (its decimal text).
fn kind_of_code(code: &str) -> FaultKind {
    match code {
        // Serialization failure, deadlock.
        "40001" | "40P01" => FaultKind::Conflict,
        // A lock or a statement took too long; too many connections.
        "55P03" | "57014" | "53300" => FaultKind::Unavailable,
        code if is_passing(code) || is_sqlite_out_of_order(code) => FaultKind::Unavailable,
        _ => FaultKind::Other,
    }
}

/// The server goes down or comes up, was a standby after a failover, or the connection broke: a new
/// connection may find it well.
fn is_passing(code: &str) -> bool {
    matches!(code, "25006" | "25P03" | "57P01" | "57P02" | "57P03" | "57P05")
        || (code.len() == 5 && code.starts_with("08"))
}

/// The primary result code is the low byte of the extended one: 5 BUSY, 6 LOCKED (for longer than the busy
/// timeout), 8 READONLY, 10 IOERR, 13 FULL, 14 CANTOPEN.
fn is_sqlite_out_of_order(code: &str) -> bool {
    let primary = code.parse::<i64>().map(|extended| extended & 0xff);
    code.len() < 5 && matches!(primary, Ok(5 | 6 | 8 | 10 | 13 | 14))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_are_sorted() {
        let kind = |code| match kind_of_code(code) {
            FaultKind::Conflict => "conflict",
            FaultKind::Unavailable => "unavailable",
            FaultKind::Other => "other",
        };
        for code in ["40001", "40P01"] {
            assert_eq!(kind(code), "conflict", "{code}");
        }
        for code in
            ["57P01", "08006", "25006", "55P03", "57014", "53300", "5", "6", "8", "10", "13", "14", "1032"]
        {
            assert_eq!(kind(code), "unavailable", "{code}");
        }
        for code in ["42601", "1", "19", "2067", "22001", "42P01"] {
            assert_eq!(kind(code), "other", "{code}");
        }
        assert!(is_passing("57P01") && is_passing("08006") && !is_passing("57014") && !is_passing("55P03"));
    }

    #[test]
    fn what_has_waited_its_time_is_not_tried_again() {
        assert!(!StoreFault::NoAnswer.is_transient());
        assert!(!StoreFault::from(sqlx::Error::PoolTimedOut).is_transient());
        assert!(StoreFault::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())).is_transient());
        assert!(StoreFault::from(sqlx::Error::PoolTimedOut).is_unavailable());
    }
}
