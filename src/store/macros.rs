//! One SQL text, both drivers: each macro runs a text with its binds, in order, on the engine at hand:
//! `execute!(tx, "DELETE FROM keys WHERE id = $1", [id])`.
//! At the level TRACE the log shows the statements, never what was bound.

/// `$run` once for each engine, with `$c` as the connection.
macro_rules! on_engine {
    ($tx:expr, $c:ident => $run:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $run
            }
            $crate::store::Tx::Postgres(tx, _) => {
                let $c = &mut **tx;
                $run
            }
        }
    };
}

/// Runs `sqlx::$query` with its binds and fetches the result with `$fetch`.
macro_rules! run {
    ($tx:expr, $query:ident.$fetch:ident $map:expr, $sql:expr $(, [$($bind:expr),* $(,)?])? $(,)?) => {{
        let persistent = $tx.prepares_statements();
        let done = $crate::store::macros::on_engine!($tx, c => {
            tracing::trace!(sql = $sql, "a statement");
            $crate::store::lock_order::note($sql);
            sqlx::$query($sql)$($(.bind($bind))*)?.persistent(persistent).$fetch(c).await.map($map)
        })
        .map_err($crate::store::StoreFault::from);
        if let Err(fault) = &done {
            $tx.note(fault);
        }
        done
    }};
}

/// Runs a statement.
macro_rules! execute {
    ($tx:expr, $($query:tt)*) => { $crate::store::macros::run!($tx, query.execute |_| (), $($query)*) };
}

/// Runs a statement; gives how many rows it touched.
macro_rules! affected {
    ($tx:expr, $($query:tt)*) => {
        $crate::store::macros::run!($tx, query.execute |done| done.rows_affected(), $($query)*)
    };
}

/// Runs a conditional statement; gives whether its one row was there to be changed.
macro_rules! claim {
    ($tx:expr, $($query:tt)*) => {
        $crate::store::macros::run!($tx, query.execute |done| done.rows_affected() == 1, $($query)*)
    };
}

/// Runs a query; gives whether it finds a row.
macro_rules! exists {
    ($tx:expr, $($query:tt)*) => {
        $crate::store::macros::run!($tx, query.fetch_optional |row| row.is_some(), $($query)*)
    };
}

/// Runs a query; gives its first row, if any.
macro_rules! fetch_optional {
    ($tx:expr, $($query:tt)*) => { $crate::store::macros::run!($tx, query_as.fetch_optional |row| row, $($query)*) };
}

/// Runs a query that always gives one row.
macro_rules! fetch_one {
    ($tx:expr, $($query:tt)*) => { $crate::store::macros::run!($tx, query_as.fetch_one |row| row, $($query)*) };
}

/// Runs a query; gives all its rows.
macro_rules! fetch_all {
    ($tx:expr, $($query:tt)*) => { $crate::store::macros::run!($tx, query_as.fetch_all |rows| rows, $($query)*) };
}

/// Runs a query that always gives one row; gives its one column.
macro_rules! scalar {
    ($tx:expr, $($query:tt)*) => { $crate::store::macros::run!($tx, query_scalar.fetch_one |value| value, $($query)*) };
}

/// Runs a query; gives the one column of its first row, if any.
macro_rules! scalar_optional {
    ($tx:expr, $($query:tt)*) => {
        $crate::store::macros::run!($tx, query_scalar.fetch_optional |value| value, $($query)*)
    };
}

/// A future that carries out `$work`, which writes, in one transaction: `Ok` commits it, `Err` rolls it back.
/// `$work` runs again, at most three times, when its error is transient and it is certain that nothing of it was
/// committed; so it may keep nothing from one run to the next. A macro and not a function: the future of a closure
/// that borrows could not be sent to another thread.
macro_rules! write_tx {
    ($store:expr, $error:ty, |$tx:ident| $work:expr) => {
        async {
            let mut write = $crate::store::Write::default();
            loop {
                let worked = $crate::store::in_time::<_, $error>(async {
                    let mut open = write.begin(&$store).await?;
                    $crate::fail_point::FailPoint::BeginAfter.reach();
                    let $tx = &mut open;
                    let done: Result<_, $error> = async { $work }.await;
                    let linked = match done {
                        Ok(done) => open.link_events().await.map(|()| done).map_err(<$error>::from),
                        Err(error) => Err(error),
                    };
                    match linked {
                        Ok(done) => Ok((open, done)),
                        Err(error) => {
                            open.rollback().await;
                            Err(error)
                        }
                    }
                })
                .await;
                // COMMIT has its time apart: once it is sent, it is not the same to give up.
                let error = match worked {
                    Ok((open, done)) => match write.commit(&$store, open).await {
                        Ok(()) => break Ok(done),
                        Err(fault) => <$error>::from(fault),
                    },
                    Err(error) => error,
                };
                if let Err(error) = write.retry_after(error).await {
                    break Err(error);
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
            open.rollback().await;
            done
        })
    };
}

pub(in crate::store) use {
    affected, claim, execute, exists, fetch_all, fetch_one, fetch_optional, on_engine, run, scalar,
    scalar_optional,
};
pub(crate) use {read_tx, write_tx};
