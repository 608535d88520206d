//! A fresh store for each test, on either engine: its own SQLite file, or its own database in one
//! temporary PostgreSQL cluster for the whole test run.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use doorkey::domain::entropy::Entropy;
use doorkey::store::Store;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A database that nobody else uses, and that goes with the test.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) url: String,
    folder: TempDir,
}

impl Fresh {
    /// An empty database.
    pub(crate) async fn make(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("doorkey.db").display()),
            Engine::Postgres => database_of_its_own().await,
        };
        Self { url, folder }
    }

    /// A database with all tables and nothing in them: a copy of one that was made once, as making them anew takes
    /// longer than most tests.
    pub(crate) async fn with_tables(engine: Engine) -> Self {
        static SQLITE: OnceCell<Vec<u8>> = OnceCell::const_new();
        static POSTGRES: OnceCell<String> = OnceCell::const_new();
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => {
                let file = folder.path().join("doorkey.db");
                let tables = SQLITE.get_or_init(|| async {
                    let model = Self::make(engine).await;
                    model.open().await.close().await;
                    std::fs::read(model.folder.path().join("doorkey.db")).unwrap()
                });
                std::fs::write(&file, tables.await).unwrap();
                format!("sqlite:{}", file.display())
            }
            Engine::Postgres => {
                let model = POSTGRES.get_or_init(|| async {
                    let model = Self::make(engine).await;
                    model.open().await.close().await;
                    model.database().to_owned()
                });
                copy_of_database(model.await).await
            }
        };
        Self { url, folder }
    }

    /// The same as [`Fresh::make`] for a test that runs in no runtime.
    pub(crate) fn make_now(engine: Engine) -> Self {
        tokio::runtime::Runtime::new().unwrap().block_on(Self::make(engine))
    }

    /// Opens it as the program does.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    /// Cuts everybody off this PostgreSQL database, and lets nobody in until [`Fresh::allow_connections`].
    pub(crate) async fn refuse_connections(&self) {
        self.admit(false).await;
        let name = self.database();
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        let mut connection = PgConnection::connect(cluster()).await.unwrap();
        connection.execute(AssertSqlSafe(end)).await.unwrap();
    }

    /// Ends what [`Fresh::refuse_connections`] began.
    pub(crate) async fn allow_connections(&self) {
        self.admit(true).await;
    }

    /// Makes new connections to this PostgreSQL database refuse writes, or take them again; cuts those that would not
    /// notice when it begins.
    pub(crate) async fn set_read_only(&self, on: bool) {
        let alter = format!("ALTER DATABASE {} SET default_transaction_read_only = {on}", self.database());
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.database()
        );
        let mut connection = PgConnection::connect(cluster()).await.unwrap();
        connection.execute(AssertSqlSafe(alter)).await.unwrap();
        if on {
            connection.execute(AssertSqlSafe(end)).await.unwrap();
        }
    }

    async fn admit(&self, admit: bool) {
        let alter = format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {admit}", self.database());
        let mut connection = PgConnection::connect(cluster()).await.unwrap();
        connection.execute(AssertSqlSafe(alter)).await.unwrap();
    }

    fn database(&self) -> &str {
        let path = self.url.split('?').next().unwrap();
        path.rsplit('/').next().unwrap()
    }

    /// Every byte that a thief of the database would have: the files of SQLite with their journals, or all
    /// rows of all tables of PostgreSQL as text.
    pub(crate) async fn all_bytes(&self) -> Vec<u8> {
        if self.url.starts_with("sqlite:") {
            let files = std::fs::read_dir(self.folder.path()).unwrap();
            return files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        }
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
        let mut all = Vec::new();
        for table in connection.fetch_all(tables).await.unwrap() {
            let table: String = table.get(0);
            let rows = format!("SELECT t::text FROM \"{table}\" t");
            for row in connection.fetch_all(AssertSqlSafe(rows)).await.unwrap() {
                all.extend_from_slice(row.get::<String, _>(0).as_bytes());
                all.push(b'\n');
            }
        }
        all
    }

    /// Changes the database behind the program's back; gives how many rows it touched.
    pub(crate) async fn execute_sql(&self, sql: &'static str) -> sqlx::Result<u64> {
        if self.url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            Ok(sqlx::query(sql).execute(&mut connection).await?.rows_affected())
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            Ok(sqlx::query(sql).execute(&mut connection).await?.rows_affected())
        }
    }

    /// The kinds of everything that happened, in the order in which it happened last; a refusal that became one row with
    /// others as often as it happened.
    pub(crate) async fn kinds(&self) -> Vec<String> {
        let sql = "SELECT kind, count FROM activity ORDER BY last_at, id";
        let rows: Vec<(String, i64)> = if self.url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        };
        let times = |(kind, count)| std::iter::repeat_n(kind, usize::try_from(count).unwrap());
        rows.into_iter().flat_map(times).collect()
    }

    /// One number from the database.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        if self.url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }
}

/// Runs each of the stories on both engines.
macro_rules! on_both_engines {
    ($(async fn $story:ident($engine:ident: Engine) $body:block)+) => {
        $(mod $story {
            use super::*;
            use $crate::engine::Engine;

            async fn story($engine: Engine) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                story(Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                story(Engine::Postgres).await;
            }
        })+
    };
}
pub(crate) use on_both_engines;

/// The same for stories of people, who wait in threads instead of a runtime.
macro_rules! people_on_both_engines {
    ($(fn $story:ident($fresh:ident: &Fresh) $body:block)+) => {
        $(mod $story {
            use super::*;
            use $crate::engine::Engine;

            fn story($fresh: &Fresh) $body

            #[test]
            fn on_sqlite() {
                story(&Fresh::make_now(Engine::Sqlite));
            }

            #[test]
            fn on_postgres() {
                story(&Fresh::make_now(Engine::Postgres));
            }
        })+
    };
}
pub(crate) use people_on_both_engines;

async fn database_of_its_own() -> String {
    copy_of_database("template1").await
}

/// The URL of a new database like `model`, to which nobody is connected.
async fn copy_of_database(model: &str) -> String {
    let cluster = cluster();
    let name = format!("t_{}", Entropy::System.bytes::<8>().map(|byte| format!("{byte:02x}")).concat());
    let mut connection = PgConnection::connect(cluster).await.expect("the test cluster answers");
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {model}"))).await.unwrap();
    let (server, options) = cluster.split_once('?').unwrap_or((cluster, ""));
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}?{options}")
}

/// The URL of a cluster with the right to create databases: the one that the test command started, or one
/// that this process starts and that stops when it ends.
fn cluster() -> &'static str {
    static CLUSTER: OnceLock<(String, Option<Child>)> = OnceLock::new();
    let (url, _) = CLUSTER.get_or_init(|| match std::env::var("DOORKEY_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => (url, None),
        _ => start_cluster(),
    });
    url
}

/// The shell stops and removes the cluster when its standard input closes, which it does however this
/// process ends.
const CLUSTER_SCRIPT: &str = r#"
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
dir=$(mktemp -d /tmp/doorkey-postgres.XXXXXX)
trap '"$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1
options="-c listen_addresses='' -c unix_socket_directories='$dir' -c fsync=off -c full_page_writes=off"
"$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" -o "$options -c max_connections=500" start >/dev/null
echo "$dir"
cat >/dev/null
"#;

fn start_cluster() -> (String, Option<Child>) {
    let is_root = std::process::Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = if is_root {
        // PostgreSQL refuses to run as root.
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh", "-c", CLUSTER_SCRIPT]);
        setpriv
    } else {
        let mut sh = Command::new("sh");
        sh.args(["-c", CLUSTER_SCRIPT]);
        sh
    };
    let mut child = command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell starts the cluster");
    let mut folder = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut folder).unwrap();
    let folder = folder.trim();
    assert!(!folder.is_empty(), "PostgreSQL did not start; are its server programs installed?");
    (format!("postgres://postgres@localhost/postgres?host={folder}"), Some(child))
}
