//! Stands between the program and PostgreSQL, passes bytes, and loses what a test tells it to lose.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use super::engine::{Engine, Fresh};

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The COMMIT itself: the server never sees it.
    Commit,
    /// Its answer: the server has carried it out.
    Answer,
    /// Its answer, and from then on nobody gets in.
    AnswerAndAccess,
    /// The answers to this and all further ones, and every look-up of what became of them.
    AnswersAndLookUps,
}

pub(crate) struct CommitProxy {
    state: Arc<State>,
    direct_url: String,
}

struct State {
    order: Mutex<Order>,
    /// Sent to when every connection is to be cut.
    everybody_out: watch::Sender<()>,
}

#[derive(Default)]
struct Order {
    /// How many more COMMITs until the cut; 0 when nothing is to be lost.
    left: usize,
    cut: Option<Cut>,
    struck: bool,
    refusing: bool,
    commits: usize,
    wait: Duration,
}

/// What is to be done with bytes for the server.
enum Verdict {
    Pass(Duration),
    Lose,
    PassAndLoseAnswer,
}

impl CommitProxy {
    /// A new PostgreSQL database, whose URL leads through a proxy.
    pub(crate) async fn before_a_database() -> (Self, Fresh) {
        let mut fresh = Fresh::make(Engine::Postgres).await;
        let direct_url = fresh.url.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (login, place) = direct_url.split_once("://").unwrap().1.split_once('@').unwrap();
        let database = place.split(['/', '?']).nth(1).unwrap();
        fresh.url = format!("postgres://{login}@{address}/{database}?sslmode=disable");
        let state =
            Arc::new(State { order: Mutex::new(Order::default()), everybody_out: watch::channel(()).0 });
        tokio::spawn(accept(listener, direct_url.clone(), state.clone()));
        (Self { state, direct_url }, fresh)
    }

    /// Loses something at the `nth` COMMIT from now.
    pub(crate) fn cut(&self, nth: usize, cut: Cut) {
        *self.state.order.lock().unwrap() = Order { left: nth, cut: Some(cut), ..Order::default() };
    }

    /// Holds every COMMIT back for a while.
    pub(crate) fn slow_down(&self, wait: Duration) {
        *self.state.order.lock().unwrap() = Order { wait, ..Order::default() };
    }

    /// Loses nothing any more; true when something was lost.
    pub(crate) fn mend(&self) -> bool {
        std::mem::take(&mut *self.state.order.lock().unwrap()).struck
    }

    /// COMMITs since the last order.
    pub(crate) fn commits(&self) -> usize {
        self.state.order.lock().unwrap().commits
    }

    /// What there is, past the proxy: rows of each table that have each column, and sums of what counts. Not which
    /// transactions there were.
    pub(crate) async fn census(&self) -> BTreeMap<String, i64> {
        let mut connection = PgConnection::connect(&self.direct_url).await.unwrap();
        let columns = "SELECT table_name::text, column_name::text FROM information_schema.columns
                       WHERE table_schema = 'public' AND table_name NOT IN ('_sqlx_migrations', 'transactions')";
        let mut counts = Vec::new();
        for column in connection.fetch_all(columns).await.unwrap() {
            let (table, column): (String, String) = (column.get(0), column.get(1));
            counts.push(format!("SELECT '{table}.{column}', CAST(count({column}) AS BIGINT) FROM {table}"));
            if ["tries", "fails", "attempts", "auth_epoch", "profile_version"].contains(&&*column) {
                let sum = format!("CAST(coalesce(sum({column}), 0) AS BIGINT)");
                counts.push(format!("SELECT 'sum of {table}.{column}', {sum} FROM {table}"));
            }
        }
        let kinds = "SELECT 'activity ' || kind, CAST(count(*) AS BIGINT) FROM activity GROUP BY kind";
        counts.push(kinds.to_owned());
        let rows = connection.fetch_all(AssertSqlSafe(counts.join(" UNION ALL "))).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

async fn accept(listener: TcpListener, direct_url: String, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        if !state.order.lock().unwrap().refusing {
            tokio::spawn(pass(client, direct_url.clone(), state.clone()));
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn server_of(url: &str) -> Box<dyn Stream> {
    let options = PgConnectOptions::from_str(url).unwrap();
    let socket = |folder: &Path| folder.join(format!(".s.PGSQL.{}", options.get_port()));
    match options.get_socket() {
        Some(folder) => Box::new(UnixStream::connect(socket(folder)).await.unwrap()),
        None => Box::new(TcpStream::connect((options.get_host(), options.get_port())).await.unwrap()),
    }
}

/// One connection, until either side ends it or it is cut.
async fn pass(mut client: TcpStream, direct_url: String, state: Arc<State>) {
    let mut server = server_of(&direct_url).await;
    let mut out = state.everybody_out.subscribe();
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(length @ 1..) = read else { return };
                let verdict = state.judge(&up[..length]);
                if let Verdict::Pass(wait) = verdict {
                    tokio::time::sleep(wait).await;
                }
                if matches!(verdict, Verdict::Lose) || server.write_all(&up[..length]).await.is_err() {
                    return;
                }
                if matches!(verdict, Verdict::PassAndLoseAnswer) {
                    // The answer is there, so it is done.
                    let _ = server.read(&mut down).await;
                    if state.order.lock().unwrap().refusing {
                        state.everybody_out.send_replace(());
                    }
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&down[..length]).await.is_err() {
                    return;
                }
            }
            _ = out.changed() => return,
        }
    }
}

impl State {
    fn judge(&self, bytes: &[u8]) -> Verdict {
        let has = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
        let mut order = self.order.lock().unwrap();
        if order.cut == Some(Cut::AnswersAndLookUps) && has(b"void_at) VALUES") {
            return Verdict::Lose;
        }
        if !has(b"COMMIT\0") {
            return Verdict::Pass(Duration::ZERO);
        }
        order.commits += 1;
        if order.left == 0 {
            return Verdict::Pass(order.wait);
        }
        order.left -= 1;
        let Some(cut) = order.cut.filter(|_| order.left == 0) else { return Verdict::Pass(order.wait) };
        order.struck = true;
        match cut {
            Cut::Commit => return Verdict::Lose,
            Cut::Answer => {}
            Cut::AnswerAndAccess => order.refusing = true,
            Cut::AnswersAndLookUps => order.left = 1,
        }
        Verdict::PassAndLoseAnswer
    }
}
