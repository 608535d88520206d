//! A transaction on PostgreSQL, READ COMMITTED: rules are kept by conditional statements, not by isolation.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use super::{PostgresServers, read_only_query, writable};
use crate::store::StoreFault;
use crate::store::fault::leaves_the_pool;

/// What every transaction begins with, in one message: the settings that durability and safety rest on, and
/// whether the server takes writes at all. SET LOCAL and not start-up parameters: `PgBouncer` refuses the latter, and
/// in its transaction mode a plain SET would stay behind on a connection that is somebody else's next.
const BEGIN: &str = concat!(
    "BEGIN; \
     SET LOCAL synchronous_commit = on; \
     SET LOCAL lock_timeout = '2s'; \
     SET LOCAL statement_timeout = '5s'; \
     SET LOCAL idle_in_transaction_session_timeout = '10s'; ",
    read_only_query!()
);

/// A transaction and its connection. Dropped without [`PostgresTx::commit`], it never happened, and its connection
/// is closed: nobody knows in which statement it was left.
#[derive(Debug)]
pub struct PostgresTx {
    connection: PoolConnection<Postgres>,
    servers: PostgresServers,
    /// Nothing is open on the connection, and the server behind it takes writes.
    is_reusable: bool,
}

impl PostgresTx {
    /// Begins a transaction on `connection`, if the server behind it takes writes. Those that only read begin the same
    /// way: a standby's answers may be old.
    pub(super) async fn begin(
        connection: PoolConnection<Postgres>,
        servers: PostgresServers,
    ) -> Result<Self, StoreFault> {
        let mut tx = Self { connection, servers, is_reusable: false };
        let begun = sqlx::raw_sql(BEGIN).fetch_one(&mut *tx.connection).await;
        let answer = begun.map_err(|cause| tx.met(cause))?;
        match writable(&tx.servers.current_name(), &answer) {
            Ok(()) => Ok(tx),
            Err(fault) => {
                tx.servers.suspect();
                Err(fault)
            }
        }
    }

    /// True when statements may be prepared by name, to be used again on the same connection.
    pub(in crate::store) fn prepares_statements(&self) -> bool {
        self.servers.prepares_statements()
    }

    /// Notes what `cause` says about the server.
    pub(in crate::store) fn met(&mut self, cause: sqlx::Error) -> StoreFault {
        if leaves_the_pool(&cause) {
            self.servers.suspect();
        }
        StoreFault::from(cause)
    }

    pub(in crate::store) async fn commit(mut self) -> Result<(), StoreFault> {
        match sqlx::raw_sql("COMMIT").execute(&mut *self.connection).await {
            Ok(_) => self.is_reusable = true,
            Err(cause) => return Err(self.met(cause)),
        }
        Ok(())
    }

    pub(in crate::store) async fn rollback(mut self) -> Result<(), StoreFault> {
        let undone = sqlx::raw_sql("ROLLBACK").execute(&mut *self.connection).await;
        match undone {
            // A server that stopped taking writes is left for good.
            Ok(_) => self.is_reusable = !self.servers.is_suspect(),
            Err(cause) => return Err(self.met(cause)),
        }
        Ok(())
    }
}

impl Deref for PostgresTx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for PostgresTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        if !self.is_reusable {
            self.connection.close_on_drop();
        }
    }
}
