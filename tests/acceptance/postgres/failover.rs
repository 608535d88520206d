//! The primary dies, a standby takes its place, and the node goes on by itself; a server that takes no writes is
//! named as what it is.

use std::time::{Duration, Instant};

use super::{Postgres, ada_signs_in, shared_folder, url};
use crate::commands::Laptop;
use crate::engine::{Engine, Fresh};
use crate::server::{Server, TempFolder};
use crate::waiting::wait_until;

const UNAVAILABLE: Option<i32> = Some(69);

#[test]
fn a_standby_alone_is_named_as_such() {
    let folder = shared_folder();
    let primary = Postgres::primary(&folder);
    let standby = Postgres::standby_of(&primary, &folder);
    let place = TempFolder::new().with("DOORKEY__STORE__URL", &url(&standby.host()));
    for command in [&["serve"][..], &["check"], &["user", "list"]] {
        let output = place.run(command, "");
        let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        let expected = format!(
            "the PostgreSQL server at {} is a standby (read-only): name the primary, or all hosts, in store.url",
            standby.host()
        );
        assert_eq!(output.status.code(), UNAVAILABLE, "{said}");
        assert_eq!(said.matches(&expected).count(), 1, "{said}");
        assert!(!said.contains("CREATE TABLE"), "{said}");
    }
}

#[test]
fn a_node_that_knows_all_hosts_follows_a_failover_without_a_restart() {
    let folder = shared_folder();
    let mut primary = Postgres::primary(&folder);
    let standby = Postgres::standby_of(&primary, &folder);
    // The standby stands first: the order is not what decides.
    let url = url(&format!("{},{}", standby.host(), primary.host())) + "?target_session_attrs=read-write";
    let server = TempFolder::new().with("DOORKEY__STORE__URL", &url).start().furnished();
    ada_signs_in(&server).unwrap();
    let caught_up = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()";
    wait_until("the standby to catch up", || (primary.ask(caught_up).as_deref() == Some("1")).then_some(()));

    primary.process.kill();
    let refusal = ada_signs_in(&server).unwrap_err();
    assert!(refusal.contains("[unavailable]"), "{refusal}");
    standby.promote();
    let promoted = Instant::now();
    wait_until("a sign-in on the new primary", || ada_signs_in(&server).ok());
    assert!(promoted.elapsed() < Duration::from_secs(10), "{:?}", promoted.elapsed());
    assert!(server.said().contains("following the primary"), "{}", server.said());
    for _ in 0..5 {
        ada_signs_in(&server).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_to_a_server_that_takes_no_writes_leave_the_pool() {
    let database = Fresh::make(Engine::Postgres).await;
    let address = database.url.clone();
    let start = move || TempFolder::new().with("DOORKEY__STORE__URL", &address).start().furnished();
    let server: Server = tokio::task::spawn_blocking(start).await.unwrap();
    database.set_read_only(true).await;
    let meet = move || {
        let refusal = ada_signs_in(&server).unwrap_err();
        assert!(refusal.contains("[unavailable]"), "{refusal}");
        let why = "is read-only: default_transaction_read_only is on";
        wait_until("the reason in the log", || server.said().contains(why).then_some(()));
        server
    };
    let server = tokio::task::spawn_blocking(meet).await.unwrap();
    // New connections are as before; those from the time between would refuse for as long as they live.
    database.set_read_only(false).await;
    let go_on = move || {
        let healed = Instant::now();
        wait_until("a sign-in", || ada_signs_in(&server).ok());
        assert!(healed.elapsed() < Duration::from_secs(5), "{:?}", healed.elapsed());
        for _ in 0..20 {
            ada_signs_in(&server).unwrap();
        }
    };
    tokio::task::spawn_blocking(go_on).await.unwrap();
}

#[test]
fn a_synchronous_standby_that_is_lost_is_told_by_status_and_check() {
    let folder = shared_folder();
    let primary = Postgres::primary(&folder);
    let server = TempFolder::new().with("DOORKEY__STORE__URL", &url(&primary.host())).start().furnished();
    let status = || Laptop::without_key(&server).runs("account", "status").code;
    assert_eq!(status(), Some(0));
    primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'db2'").unwrap();
    primary.ask("SELECT pg_reload_conf()").unwrap();
    wait_until("the setting", || {
        (primary.ask("SHOW synchronous_standby_names").as_deref() == Some("db2")).then_some(())
    });
    // A write that worked is taken for granted for a second.
    wait_until("the lost standby", || (status() == UNAVAILABLE).then_some(()));
    let output = server.run(&["check"], "");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), UNAVAILABLE, "{said}");
    assert!(
        said.contains("synchronous_standby_names is 'db2' and no synchronous standby is connected"),
        "{said}"
    );
    assert!(said.contains("problem  database: "), "{said}");
}
