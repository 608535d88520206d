//! `doorkey check` and `ssh account@host status` tell what a person would meet, and make nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection};

use super::commands::Laptop;
use super::engine::{Engine, Fresh};
use super::postgres::ada_signs_in;
use super::server::{Server, TempFolder};
use super::waiting::wait_until;

const DONE: Option<i32> = Some(0);
const UNAVAILABLE: Option<i32> = Some(69);
const MISCONFIGURED: Option<i32> = Some(78);

fn checked(place: &TempFolder) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = place.run(&["check"], "");
    let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.code(), said)
}

fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Changes the database of a server behind its back.
fn change(place: &TempFolder, sql: &'static [&'static str]) {
    let url = format!("sqlite:{}", place.path("doorkey.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        for one in sql {
            connection.execute(*one).await.unwrap();
        }
        connection.close().await.unwrap();
    });
}

#[test]
fn where_nothing_is_yet_it_says_so_and_makes_nothing() {
    let place = TempFolder::new();
    let (code, said) = checked(&place);
    assert_eq!(code, DONE, "{said}");
    for line in ["warning  database: there is none yet", "warning  secret keys: ", "warning  host key: "] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(said.matches("`doorkey serve` makes it").count(), 4, "{said}");
    let mut left = std::fs::read_dir(place.path("")).unwrap().map(|one| one.unwrap().file_name());
    assert_eq!(left.next().unwrap(), "keys");
    assert!(left.next().is_none(), "{:?}", left.next());
    assert_eq!(std::fs::read_dir(place.path("keys")).unwrap().count(), 0);
}

#[test]
fn a_portal_that_works_is_said_to_work() {
    let server = Server::start();
    let output = server.run(&["check"], "");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), DONE, "{said}");
    assert!(!said.contains("warning") && !said.contains("problem"), "{said}");
    for line in ["ok       settings: valid", "ok       database: takes writes", "ok       disk: ", "SHA256:"]
    {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    let json: Value = serde_json::from_slice(&server.run(&["check", "--json"], "").stdout).unwrap();
    let keys: Vec<_> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["exit_code", "findings", "overdue_emails", "parked_emails"]);
    assert_eq!(json["exit_code"], 0);
}

/// How many rows each table has.
fn rows(database: &std::path::Path) -> Vec<(String, i64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database =
            SqliteConnection::connect(&format!("sqlite:{}", database.display())).await.unwrap();
        let names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut database).await.unwrap();
        let mut rows = Vec::new();
        for name in names {
            let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM \"{name}\""));
            rows.push((name, sqlx::query_scalar(count).fetch_one(&mut database).await.unwrap()));
        }
        rows
    })
}

#[test]
fn a_check_leaves_one_row_of_no_meaning_and_its_help_says_so() {
    let place = Server::start().kill();
    let database = place.path("doorkey.db");
    let before = rows(&database);
    assert_eq!(checked(&place).0, DONE);
    let after = rows(&database);
    let more: Vec<_> = before.iter().zip(&after).filter(|(before, after)| before != after).collect();
    let [((name, before), (_, after))] = more[..] else { panic!("{more:?}") };
    assert_eq!((name.as_str(), after - before), ("transactions", 1));
    let help = String::from_utf8(place.run(&["check", "--help"], "").stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("a row of no meaning in the database"), "{help}");
}

#[test]
fn while_another_process_holds_the_database_both_say_that_nobody_can_sign_in() {
    let server = Server::start();
    let url = format!("sqlite:{}", server.place_path("doorkey.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut other = runtime.block_on(SqliteConnection::connect(&url)).unwrap();
    runtime.block_on(other.execute("BEGIN EXCLUSIVE")).unwrap();
    let status = Laptop::without_key(&server).runs("account", "status --json");
    assert_eq!(status.code, UNAVAILABLE, "{status:?}");
    let output = server.run(&["check"], "");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), UNAVAILABLE, "{said}");
    assert!(said.contains("problem  database: "), "{said}");
    runtime.block_on(other.execute("ROLLBACK")).unwrap();
    let status = Laptop::without_key(&server).runs("account", "status");
    assert_eq!((status.code, status.out.as_str()), (DONE, "Doorkey at acme.example is up.\n"));
}

#[test]
fn rights_on_files_that_are_too_narrow_or_too_wide_are_said() {
    let place = Server::start().kill();
    let file = place.path("doorkey.db");
    set_mode(&file, 0o400);
    let (code, said) = checked(&place);
    assert_eq!(code, UNAVAILABLE, "{said}");
    assert!(said.contains("its mode is 0400, so nothing can be written; type: chmod 600"), "{said}");
    set_mode(&file, 0o644);
    let (code, said) = checked(&place);
    assert_eq!(code, DONE, "{said}");
    assert!(said.contains("warning  database: ") && said.contains("its mode is 0644"), "{said}");
    set_mode(&file, 0o600);
    set_mode(&place.path("keys"), 0o777);
    let (code, said) = checked(&place);
    assert_eq!(code, DONE, "{said}");
    assert!(said.contains("others can replace the keys"), "{said}");
    set_mode(&place.path("keys"), 0o700);
    set_mode(&place.path("keys/secret_keys"), 0o640);
    let (code, said) = checked(&place);
    assert_eq!(code, MISCONFIGURED, "{said}");
    assert!(said.contains("problem  secret keys: ") && said.contains("chmod 600"), "{said}");
}

#[test]
fn parked_and_overdue_emails_are_counted_for_the_operator_alone() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    for name in ["ada", "grace"] {
        assert_eq!(laptop.runs("account", &format!("forgot {name}")).code, DONE);
        server.code(name, 1);
    }
    let status = laptop.runs("account", "status --json").out;
    assert!(!status.contains("parked") && !status.contains("overdue"), "{status}");
    let place = server.kill();
    change(
        &place,
        &[
            "DELETE FROM outbox WHERE code IS NULL",
            "UPDATE outbox SET sent_at = NULL, created_at = created_at - 600000",
            "UPDATE outbox SET parked_at = created_at WHERE id = (SELECT min(id) FROM outbox)",
        ],
    );
    let (code, said) = checked(&place);
    assert_eq!(code, DONE, "{said}");
    assert!(said.contains("warning  emails: 1 parked"), "{said}");
    assert!(said.contains("warning  emails: 1 waiting for more than 5 minutes"), "{said}");
    let json: Value = serde_json::from_slice(&place.run(&["check", "--json"], "").stdout).unwrap();
    assert_eq!((&json["parked_emails"], &json["overdue_emails"]), (&1.into(), &1.into()));
}

#[test]
fn an_empty_database_beside_keys_that_were_in_use_is_refused_and_nothing_is_made() {
    let place = Server::start().kill();
    let expected = "the secret keys exist, but the database is empty: restore the backup";
    for lost in ["no file", "an empty file", "a file without accounts"] {
        for name in ["doorkey.db", "doorkey.db-wal", "doorkey.db-shm"] {
            // There is not always a journal.
            let _ = std::fs::remove_file(place.path(name));
        }
        match lost {
            "an empty file" => std::fs::write(place.path("doorkey.db"), "").unwrap(),
            "a file without accounts" => {
                let other = TempFolder::new().start().kill();
                change(&other, &["PRAGMA wal_checkpoint(TRUNCATE)"]);
                std::fs::copy(other.path("doorkey.db"), place.path("doorkey.db")).unwrap();
            }
            _ => {}
        }
        let before = std::fs::read(place.path("doorkey.db")).ok();
        for command in [&["serve"][..], &["check"], &["user", "list"]] {
            let output = place.run(command, "");
            let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), MISCONFIGURED, "{lost}, {command:?}: {said}");
            assert!(said.contains(expected), "{lost}, {command:?}: {said}");
        }
        assert_eq!(std::fs::read(place.path("doorkey.db")).ok(), before, "{lost}");
        assert!(!place.path("doorkey.db-wal").exists(), "{lost}");
    }
    // Whoever means it removes the keys, and the file that is not the portal's own.
    std::fs::remove_file(place.path("keys/secret_keys")).unwrap();
    std::fs::remove_file(place.path("doorkey.db")).unwrap();
    let server = place.start().furnished();
    let status = Laptop::without_key(&server).runs("account", "status");
    assert_eq!(status.code, DONE, "{status:?}");
}

#[test]
fn keys_that_are_missing_while_there_are_accounts_are_a_problem() {
    let place = Server::start().kill();
    for name in ["keys/ssh_host_ed25519_key", "keys/secret_keys"] {
        let (file, kept) = (place.path(name), std::fs::read(place.path(name)).unwrap());
        std::fs::remove_file(&file).unwrap();
        let (code, said) = checked(&place);
        assert_eq!(code, MISCONFIGURED, "{said}");
        assert!(said.contains("is missing, but the database has accounts"), "{said}");
        assert!(!file.exists(), "{name} was made anew");
        std::fs::write(&file, kept).unwrap();
        set_mode(&file, 0o600);
    }
    assert_eq!(checked(&place).0, DONE);
}

#[test]
fn keys_that_were_handed_out_before_the_first_start_are_no_old_keys() {
    let first = Server::start();
    let server = TempFolder::new().with_keys_of(&first).start().furnished();
    let status = Laptop::without_key(&server).runs("account", "status");
    assert_eq!(status.code, DONE, "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_with_the_same_keys_start_at_once_on_an_empty_postgresql_database() {
    let database = Fresh::make(Engine::Postgres).await;
    let address = database.url.clone();
    let story = move || {
        let keys = TempFolder::new().start();
        let places: Vec<_> = (0..3)
            .map(|_| TempFolder::new().with("DOORKEY__STORE__URL", &address).with_keys_of(&keys))
            .collect();
        let nodes: Vec<Server> = std::thread::scope(|scope| {
            let starts: Vec<_> = places.into_iter().map(|place| scope.spawn(|| place.start())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        for node in &nodes {
            assert_eq!(Laptop::without_key(node).runs("account", "status").code, DONE);
        }
    };
    tokio::task::spawn_blocking(story).await.unwrap();
}

#[test]
fn after_a_clean_stop_the_file_alone_is_whole_and_has_every_acknowledged_change() {
    let mut place = Server::start().kill();
    let acknowledged = AtomicI64::new(0);
    for round in 0..10 {
        let server = place.start();
        let before = acknowledged.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while ada_signs_in(&server).is_ok() {
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            wait_until("sign-ins", || (acknowledged.load(Ordering::Relaxed) >= before + 6).then_some(()));
            server.terminate();
        });
        let (code, ended) = server.ended();
        assert_eq!(code, DONE, "round {round}");
        place = ended;
        assert!(!place.path("doorkey.db-wal").exists(), "a journal is left in round {round}");
        let alone = tempfile::tempdir().unwrap();
        let copy = alone.path().join("doorkey.db");
        std::fs::copy(place.path("doorkey.db"), &copy).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (sound, found): (String, i64) = runtime.block_on(async {
            let mut connection =
                SqliteConnection::connect(&format!("sqlite:{}", copy.display())).await.unwrap();
            let sound =
                sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
            let sign_ins = "SELECT count(*) FROM activity WHERE kind = 'sign-in'";
            (sound, sqlx::query_scalar(sign_ins).fetch_one(&mut connection).await.unwrap())
        });
        assert_eq!(sound, "ok", "round {round}");
        let acknowledged = acknowledged.load(Ordering::Relaxed);
        assert!(found >= acknowledged, "round {round}: {found} of {acknowledged}");
    }
}

/// F93: a backup that is copied over the database of a server that runs, or a file that is deleted under it.
#[test]
fn a_database_file_that_is_replaced_under_the_server_is_noticed_and_takes_no_writes() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let [file, backup, aside] = ["doorkey.db", "backup.db", "aside.db"].map(|name| server.place_path(name));
    server.done(&["backup", backup.to_str().unwrap()], "");
    // About the team; it must not be on its way any more.
    wait_until("the first email", || (server.emails("ada") == 1).then_some(()));
    std::fs::rename(&file, &aside).unwrap();
    for there in [None, Some(&backup)] {
        if let Some(backup) = there {
            std::fs::copy(backup, &file).unwrap();
        }
        // The work in the background meets it too, so nobody has to come first.
        wait_until("the log", || server.said().contains("event=database-replaced").then_some(()));
        for command in ["status --json", "forgot ada"] {
            let told = laptop.runs("account", command);
            assert_eq!(told.code, UNAVAILABLE, "{command} {told:?}");
        }
        // An operator's command would mix what the two files have in their journal.
        for words in
            [&["check"][..], &["user", "list"], &["user", "add", "grace", "--email", "grace@example.org"]]
        {
            let Output { status, stdout, stderr } = server.run(words, "");
            let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
            assert_eq!(status.code(), MISCONFIGURED, "{words:?} {said}");
            let process = format!("while process {} has it open", server.id());
            assert!(said.contains(&process) && said.contains("doorkey restore"), "{words:?} {said}");
        }
        assert_eq!(file.exists(), there.is_some());
    }
    assert_eq!(server.emails("ada"), 1);
    assert_eq!(server.said().matches("event=database-replaced").count(), 1, "{}", server.said());
    std::fs::rename(&aside, &file).unwrap();
    let status = laptop.runs("account", "status");
    assert_eq!((status.code, status.out.as_str()), (DONE, "Doorkey at acme.example is up.\n"));
}
