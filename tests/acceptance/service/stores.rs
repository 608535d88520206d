//! The store: opened twice, opened by an older version, unavailable while in use, cleaned up.

use std::os::unix::fs::PermissionsExt;

use doorkey::accounts::admin::AdminError;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;
use doorkey::store::{Store, StoreFault, Tx};

use super::{FIRST, SECOND, Service, cx, patient};
use crate::engine::{Fresh, on_both_engines};
use crate::waiting::PATIENCE;

const DAY: i64 = 24 * 3_600_000;

on_both_engines! {
    async fn a_database_of_a_newer_program_is_refused_with_what_to_do(engine: Engine) {
        let fresh = Fresh::make(engine).await;
        fresh.open().await.close().await;
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     SELECT 99, 'from the future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        assert_eq!(fresh.execute_sql(newer).await.unwrap(), 1);
        let fault = Store::open(&fresh.url).await.unwrap_err();
        assert!(matches!(fault, StoreFault::Newer { found: 99, .. }), "{fault:?}");
        assert!(fault.to_string().contains("newer than this program"), "{fault}");
        fresh.execute_sql("DELETE FROM _sqlx_migrations WHERE version = 99").await.unwrap();
        fresh.open().await;
    }

    async fn a_migration_that_was_changed_afterwards_is_refused(engine: Engine) {
        let fresh = Fresh::make(engine).await;
        fresh.open().await.close().await;
        let changed = "UPDATE _sqlx_migrations SET checksum = substr(checksum, 2) WHERE version = 1";
        assert_eq!(fresh.execute_sql(changed).await.unwrap(), 1);
        let fault = Store::open(&fresh.url).await.unwrap_err();
        assert!(matches!(fault, StoreFault::Migration(_)), "{fault:?}");
    }

    async fn several_processes_that_open_an_empty_database_at_once_all_get_it(engine: Engine) {
        let fresh = Fresh::make(engine).await;
        let opens = (0..8).map(|_| {
            let url = fresh.url.clone();
            tokio::spawn(async move { Store::open(&url).await.map(|_| ()) })
        });
        for opened in futures_util::future::join_all(opens).await {
            opened.unwrap().unwrap();
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let all = i64::try_from(std::fs::read_dir(folder).unwrap().count()).unwrap();
        assert_eq!(fresh.number("SELECT count(*) FROM _sqlx_migrations").await, all);
    }

    async fn a_store_that_is_gone_gives_unavailable_with_an_id_and_the_grant_back(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let member = service.sign_in("ada", FIRST).await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.fresh.execute_sql("ALTER TABLE accounts RENAME TO accounts_gone").await.unwrap();
        let unavailable = |refusal: &Refusal| matches!(refusal, Refusal::Unavailable(id)
            if id.len() == 8 && id.chars().all(|c| c.is_ascii_hexdigit()));
        assert!(unavailable(&service.try_sign_in("ada", FIRST).await.unwrap_err()));
        assert!(unavailable(&service.teams(&member).await.unwrap_err()));
        assert!(unavailable(&service.change(&member, FIRST, SECOND).await.unwrap_err()));
        let (grant, refusal) = service.set(grant, SECOND).await.unwrap_err();
        assert!(unavailable(&refusal));
        service.fresh.execute_sql("ALTER TABLE accounts_gone RENAME TO accounts").await.unwrap();
        service.set(grant.expect("the grant comes back"), SECOND).await.unwrap();
        service.sign_in("ada", SECOND).await;
    }

    async fn what_is_old_is_forgotten_and_a_lock_is_not(engine: Engine) {
        let mut rules = patient();
        rules.code_ttl_minutes = 10;
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        service.sign_in("ada", FIRST).await;
        service.receive_code("ada").await;
        service.try_sign_in_from("198.51.100.1", "ada", "wrong").await.unwrap_err();
        service.try_sign_in_from("198.51.100.1", "nobody", "wrong").await.unwrap_err();
        service.fresh.execute_sql("UPDATE throttles SET fails = 100 WHERE subject IS NOT NULL").await.unwrap();
        assert_eq!(service.accounts.run_housekeeping().await.unwrap(), 0, "nothing is old yet");
        service.later(DAY + 1);
        service.accounts.run_housekeeping().await.unwrap();
        for (table, left) in [
            ("SELECT count(*) FROM reset_requests", 0),
            ("SELECT count(*) FROM attempts", 0),
            ("SELECT count(*) FROM codes", 1),
            ("SELECT count(*) FROM outbox", 1),
            ("SELECT count(*) FROM known_sources", 1),
        ] {
            assert_eq!(service.fresh.number(table).await, left, "{table} after a day");
        }
        service.later(90 * DAY);
        assert!(service.accounts.run_housekeeping().await.unwrap() > 0);
        for (table, left) in [
            ("SELECT count(*) FROM codes", 0),
            ("SELECT count(*) FROM outbox", 0),
            ("SELECT count(*) FROM known_sources", 0),
            ("SELECT count(*) FROM activity", 0),
            ("SELECT count(*) FROM throttles", 1),
            ("SELECT count(*) FROM accounts", 1),
        ] {
            assert_eq!(service.fresh.number(table).await, left, "{table} after three months");
        }
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials, "still locked");
    }

    async fn a_store_that_is_locked_gives_unavailable_in_time_and_is_well_again_afterwards(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let other = service.fresh.open().await;
        let mut hog = other.begin().await.unwrap();
        let account = service.accounts.show_user("ada").await.unwrap().id;
        assert!(hog.claim_account_lock(&account).await.unwrap());
        let began = tokio::time::Instant::now();
        let denied = service.accounts.disable_user("ada").await.unwrap_err();
        assert!(matches!(denied, AdminError::Fault(_)), "{denied:?}");
        assert!(began.elapsed() < std::time::Duration::from_secs(8), "{:?}", began.elapsed());
        drop(hog);
        other.close().await;
        service.accounts.disable_user("ada").await.unwrap();
    }

    async fn sixty_four_writers_at_once_all_get_through(engine: Engine) {
        let service = Service::start(engine).await;
        let asks = (0..64).map(|number| {
            let accounts = service.accounts.clone();
            tokio::spawn(async move {
                let until = std::time::Instant::now() + PATIENCE;
                loop {
                    let request = Request::RequestCode { name: format!("name{number}") };
                    let reply = accounts.handle(&cx("192.0.2.7"), request).await;
                    // A machine with much else to do asks some to come back.
                    let is_later = matches!(reply, Reply::Refused(Refusal::Busy(_) | Refusal::Unavailable(_)));
                    if !is_later || std::time::Instant::now() > until {
                        return reply;
                    }
                }
            })
        });
        let replies = futures_util::future::join_all(asks).await;
        let answered = |reply: &&Result<Reply, _>| matches!(reply, Ok(Reply::CodeRequested(_)));
        assert_eq!(replies.iter().filter(answered).count(), 64, "{replies:?}");
        assert_eq!(service.fresh.number("SELECT count(*) FROM reset_requests").await, 64);
    }

    async fn an_email_is_never_committed_without_its_event(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        // The last statement of the transaction fails: nothing of it may stay.
        service.fresh.execute_sql("ALTER TABLE outbox RENAME TO outbox_gone").await.unwrap();
        let (grant, _) = service.set(grant, SECOND).await.unwrap_err();
        service.fresh.execute_sql("ALTER TABLE outbox_gone RENAME TO outbox").await.unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'password-reset'").await, 0);
        service.sign_in("ada", FIRST).await;
        service.set(grant.unwrap(), SECOND).await.unwrap();
    }
}

#[tokio::test]
async fn the_file_belongs_to_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorkey.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
    store.close().await;
}

#[tokio::test]
async fn postgresql_transactions_are_durable_and_have_timeouts() {
    let fresh = Fresh::make(crate::engine::Engine::Postgres).await;
    let Tx::Postgres(mut tx, _) = fresh.open().await.begin().await.unwrap() else { panic!("not PostgreSQL") };
    for (setting, value) in [
        ("SHOW synchronous_commit", "on"),
        ("SHOW statement_timeout", "5s"),
        ("SHOW lock_timeout", "2s"),
        ("SHOW idle_in_transaction_session_timeout", "10s"),
    ] {
        let shown: String = sqlx::query_scalar(setting).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(shown, value, "{setting}");
    }
}

#[tokio::test]
async fn connections_dropped_by_the_server_are_replaced_transparently() {
    let service = Service::start(crate::engine::Engine::Postgres).await;
    service.add("ada").await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..5 {
        assert!(service.fresh.number(cut).await > 0);
        service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
    }
}

#[tokio::test]
async fn a_url_that_cannot_be_used_is_named_without_its_password() {
    for url in ["mysql://ada:hunter2@localhost/db", "sqlite::memory:", "sqlite:/nowhere/at/all/doorkey.db"] {
        let fault = Store::open(url).await.unwrap_err();
        assert!(matches!(fault, StoreFault::Open { .. }), "{url}: {fault:?}");
        assert!(!fault.to_string().contains("hunter2"));
    }
    let down = Store::open("postgres://ada:hunter2@127.0.0.1:1/db").await.unwrap_err();
    assert!(down.is_unavailable() && !down.to_string().contains("hunter2"), "{down:?}");
}

#[tokio::test]
async fn an_operators_command_waits_for_the_servers_transaction_instead_of_failing() {
    let service = Service::start(crate::engine::Engine::Sqlite).await;
    let server = service.accounts.clone();
    let command = service.another().await;
    let add = |accounts: std::sync::Arc<doorkey::accounts::Accounts>, prefix: &'static str| {
        tokio::spawn(async move {
            for number in 0..20 {
                let new = doorkey::accounts::admin::NewUser {
                    name: format!("{prefix}{number}"),
                    email: format!("{prefix}{number}@example.org"),
                    password: Some(Secret::new(FIRST)),
                    ..Default::default()
                };
                accounts.add_user(new).await.unwrap();
            }
        })
    };
    let (one, two) = (add(server, "a"), add(command, "b"));
    one.await.unwrap();
    two.await.unwrap();
    assert_eq!(service.accounts.count_users().await.unwrap(), 40);
}
