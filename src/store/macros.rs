//! One SQL text, both drivers: each macro binds its arguments in order and runs on the engine at hand.
//! At the level TRACE the log shows the statements, never what was bound.

/// `$run` once for each engine, with `$c` as the connection.
macro_rules! on_engine {
    ($tx:expr, $c:ident => $run:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $run
            }
            $crate::store::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $run
            }
        }
    };
}

/// Runs a statement; gives how many rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::macros::on_engine!($tx, c => {
            tracing::trace!(sql = $sql, "a statement");
            sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected())
        })
        .map_err($crate::store::StoreFault::from)
    };
}

/// Runs a query; gives its first row, if any, as a tuple.
macro_rules! fetch_optional {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::macros::on_engine!($tx, c => {
            tracing::trace!(sql = $sql, "a statement");
            sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(c).await
        })
        .map_err($crate::store::StoreFault::from)
    };
}

/// Runs a query that always gives one row.
macro_rules! fetch_one {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::macros::on_engine!($tx, c => {
            tracing::trace!(sql = $sql, "a statement");
            sqlx::query_as($sql)$(.bind($bind))*.fetch_one(c).await
        })
        .map_err($crate::store::StoreFault::from)
    };
}

/// Runs a query; gives all its rows as tuples.
macro_rules! fetch_all {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::macros::on_engine!($tx, c => {
            tracing::trace!(sql = $sql, "a statement");
            sqlx::query_as($sql)$(.bind($bind))*.fetch_all(c).await
        })
        .map_err($crate::store::StoreFault::from)
    };
}

/// A future that carries out `$work`, which writes, in one transaction: `Ok` commits it, `Err` rolls it back.
/// `$work` runs again, at most three times, when its error is transient; so it may keep nothing from one run to
/// the next. A macro and not a function: the future of a closure that borrows could not be sent to another thread.
macro_rules! write_tx {
    ($store:expr, $error:ty, |$tx:ident| $work:expr) => {
        async {
            let mut retry = $crate::store::Retry::default();
            loop {
                let done = $crate::store::in_time::<_, $error>(async {
                    let mut open = $store.begin().await?;
                    let $tx = &mut open;
                    let done: Result<_, $error> = async { $work }.await;
                    match &done {
                        Ok(_) => open.commit().await?,
                        Err(_) => open.rollback().await,
                    }
                    done
                })
                .await;
                match done {
                    Err(error) => retry.after(error).await?,
                    done => break done,
                }
            }
        }
    };
}

/// A future that carries out `$work`, which only reads, on one consistent state of the database.
macro_rules! read_tx {
    ($store:expr, $error:ty, |$tx:ident| $work:expr) => {
        $crate::store::in_time::<_, $error>(async {
            let mut open = $store.begin_reading().await?;
            let $tx = &mut open;
            let done: Result<_, $error> = async { $work }.await;
            let done = done?;
            open.commit().await?;
            Ok(done)
        })
    };
}

pub(in crate::store) use {execute, fetch_all, fetch_one, fetch_optional, on_engine};
pub(crate) use {read_tx, write_tx};
