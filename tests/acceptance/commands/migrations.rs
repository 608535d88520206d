//! `doorkey migrate-store`: everything moves from one engine to the other and back, or nothing does.

use std::process::Output;

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::backups::{Codes, complaint, text};
use super::two_factor::enroll;
use super::{Key, Laptop};
use crate::engine::{Engine, Fresh};
use crate::server::{ADAS_PASSWORD, Server, TempFolder};

const NEWER: &str = "seven copper lanterns";

/// More than one statement of a move holds.
const MANY_EVENTS: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203)
    INSERT INTO activity (id, account, subject, kind, at, ip, client, session, last_at)
    SELECT 'event ' || i, NULL, 'somebody', 'sign-in-failed', i, '192.0.2.7', 'naïve 李', '', i FROM n";

async fn sqlite(place: &TempFolder, sql: &str) {
    let url = format!("sqlite:{}", place.path("doorkey.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn sqlite_url(place: &TempFolder, name: &str) -> String {
    format!("sqlite:{}", place.path(name).display())
}

fn migrate(place: &TempFolder, from: &str, to: &str) -> Output {
    place.run(&["migrate-store", "--from", from, "--to", to], "")
}

/// The printed rows, `accounts 3 5f…`.
#[track_caller]
fn table_of(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{output:?}");
    let said = text(&output.stdout);
    let rows = said.lines().skip(1).take_while(|line| !line.is_empty());
    let mut rows: Vec<_> = rows.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    rows.sort();
    rows
}

#[track_caller]
fn has(table: &[String], name: &str, rows: usize) {
    let start = format!("{name} {rows} ");
    assert!(table.iter().any(|row| row.starts_with(&start)), "no row '{start}' in {table:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_to_postgresql_and_back_and_goes_on_working() {
    let fresh = Fresh::make(Engine::Postgres).await;
    let server = Server::start();
    let codes = Codes::sent(&server);
    server.add_user("emmy", Some(ADAS_PASSWORD));
    let text_of_case = format!("{ADAS_PASSWORD}\nNo email comes.\n");
    let case = "support new --subject 'No mail' --password-stdin";
    assert_eq!(Laptop::without_key(&server).pipes(&text_of_case, "emmy", case).code, Some(0));
    let file = sqlite_url(&TempFolder::new(), "doorkey.db");
    let said = complaint(&server.run(&["migrate-store", "--from", &file, "--to", &fresh.url], ""), 66);
    assert!(said.contains("does not exist"), "{said}");
    let file = format!("sqlite:{}", server.place_path("doorkey.db").display());
    let said = complaint(&server.run(&["migrate-store", "--from", &file, "--to", &fresh.url], ""), 75);
    assert!(said.contains("is in use"), "{said}");

    let place = server.kill();
    sqlite(&place, MANY_EVENTS).await;
    let there = migrate(&place, &file, &fresh.url);
    let there_said = text(&there.stdout);
    assert!(there_said.contains("each table was read back and has the same rows in both"), "{there_said}");
    let there = table_of(&there);
    has(&there, "accounts", 4);
    has(&there, "codes", 3);
    has(&there, "invitations", 1);
    has(&there, "cases", 1);
    assert_eq!(fresh.number("SELECT count(*) FROM activity WHERE client = 'naïve 李'").await, 1_203);
    assert_eq!(fresh.number("SELECT count(*) FROM accounts").await, 4);
    // A second time it would overwrite what is there by now.
    let said = complaint(&migrate(&place, &file, &fresh.url), 1);
    assert!(said.contains("has 4 accounts already; nothing was changed"), "{said}");
    let back = sqlite_url(&place, "back.db");
    assert_eq!(table_of(&migrate(&place, &fresh.url, &back)), there);
    complaint(&migrate(&place, &back, &back), 64);
    // Codes that were sent before go on working, on either.
    let server = place.with("DOORKEY__STORE__URL", &back).start();
    assert!(codes.used(&server).iter().all(|(_, code)| *code == Some(0)), "on SQLite");
    let server = server.kill().with("DOORKEY__STORE__URL", &fresh.url).start();
    assert!(codes.used(&server).iter().all(|(_, code)| *code == Some(0)), "on PostgreSQL");
    let laptop = Laptop::without_key(&server);
    let said = laptop.pipes(&format!("{NEWER}\n"), "ada", "whoami --password-stdin");
    assert_eq!(said.out, "ada\n", "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealed_values_and_keys_are_good_on_the_other_engine() {
    let fresh = Fresh::make(Engine::Postgres).await;
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let (app, _) = enroll(&Laptop::without_key(&server));
    let place = server.kill();
    table_of(&migrate(&place, &sqlite_url(&place, "doorkey.db"), &fresh.url));
    let server = place.with("DOORKEY__STORE__URL", &fresh.url).start();
    let both = format!("{ADAS_PASSWORD}\n{}\n", app.shows_next());
    assert_eq!(Laptop::without_key(&server).pipes(&both, "ada", "whoami --password-stdin").out, "ada\n");
    let code = format!("{}\n", app.shows_next());
    let by_key = Laptop::with_key(&server, &key).pipes(&code, "ada", "whoami");
    assert!(by_key.code == Some(0) || by_key.code == Some(77), "{by_key:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_fails_in_the_middle_leaves_the_target_empty() {
    let fresh = Fresh::make(Engine::Postgres).await;
    let place = Server::start().kill();
    let file = sqlite_url(&place, "doorkey.db");
    sqlite(&place, MANY_EVENTS).await;
    // Makes the schema, as a server that ran there before.
    fresh.open().await.close().await;
    fresh.execute_sql("ALTER TABLE activity ADD CONSTRAINT last CHECK (id <> 'event 1203')").await.unwrap();
    complaint(&migrate(&place, &file, &fresh.url), 69);
    assert_eq!(
        fresh.number("SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM activity)").await,
        0
    );
    fresh.execute_sql("ALTER TABLE activity DROP CONSTRAINT last").await.unwrap();
    table_of(&migrate(&place, &file, &fresh.url));

    // The same the other way.
    let target = TempFolder::new();
    assert!(target.run(&["user", "list"], "").status.success());
    let stop = "CREATE TRIGGER last BEFORE INSERT ON activity WHEN new.id = 'event 1203'
                BEGIN SELECT RAISE(ABORT, 'stopped by a test'); END";
    sqlite(&target, stop).await;
    let to = sqlite_url(&target, "doorkey.db");
    complaint(&migrate(&place, &fresh.url, &to), 69);
    assert_eq!(text(&target.run(&["user", "list"], "").stdout).lines().count(), 1);
    sqlite(&target, "DROP TRIGGER last").await;
    has(&table_of(&migrate(&place, &fresh.url, &to)), "accounts", 2);
    let empty = TempFolder::new();
    assert!(empty.run(&["user", "list"], "").status.success());
    let said = complaint(&migrate(&place, &sqlite_url(&empty, "doorkey.db"), &to), 1);
    assert!(said.contains("nothing to move"), "{said}");
}
