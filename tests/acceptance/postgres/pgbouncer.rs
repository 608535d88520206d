//! `PgBouncer` in session mode needs no setting; in transaction mode the next statement may come to a connection that
//! knows no prepared statement of this node, and is read by nobody twice.

use std::path::Path;

use super::{Postgres, Process, ada_signs_in, shared_folder, unprivileged, url};
use crate::commands::Laptop;
use crate::email::EmailMessage;
use crate::person::Person;
use crate::ports::free_port;
use crate::server::{Server, TempFolder};
use crate::steps::{ask_for_a_code, choose_password, enter_code, sign_in};
use crate::waiting::wait_until;

const NEW_PASSWORD: &str = "plum tractor seventeen";

/// A pooler for `postgres`, with few connections of its own, and its address.
fn pgbouncer(folder: &Path, postgres: &Postgres, mode: &str, connections: u32) -> (Process, String) {
    let port = free_port();
    std::fs::write(folder.join("users"), "\"doorkey\" \"\"\n").unwrap();
    let settings = format!(
        "[databases]\npostgres = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = {connections}\n",
        postgres.port,
        folder.join("users").display(),
    );
    let file = folder.join("pgbouncer.ini");
    std::fs::write(&file, settings).unwrap();
    let process = Process(unprivileged("/usr/sbin/pgbouncer").arg("-q").arg(&file).spawn().unwrap());
    let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(());
    wait_until("pgbouncer", listens);
    (process, format!("127.0.0.1:{port}"))
}

/// Two nodes behind one pooler: sign-in, reset and writes at the same time.
fn everything_works(mode: &str, connections: u32, prepared_statements: &str) {
    let folder = shared_folder();
    let postgres = Postgres::primary(&folder);
    let (_pooler, address) = pgbouncer(folder.path(), &postgres, mode, connections);
    let place = || {
        TempFolder::new()
            .with("DOORKEY__STORE__URL", &url(&address))
            .with("DOORKEY__STORE__PREPARED_STATEMENTS", prepared_statements)
    };
    let first = place().start().furnished();
    let second = place().with_keys_of(&first).start();
    let mut ada = Person::arrive(first.address());
    sign_in(&mut ada, "ada", "violet engine numbers");
    ada_signs_in(&second).unwrap();

    let mut grace = Person::arrive(second.address());
    ask_for_a_code(&mut grace, "grace");
    // Either node's worker sends it.
    let code = wait_until("the code", || {
        let emails = [&first, &second].map(|node| EmailMessage::all_in(&node.place_path("outbox")));
        let mut hers = emails.iter().flatten().filter(|email| email.to.contains("grace@example.org"));
        hers.find_map(|email| email.code().map(str::to_owned))
    });
    enter_code(&mut grace, &code);
    choose_password(&mut grace, NEW_PASSWORD);

    // More people at once than the pooler has connections.
    std::thread::scope(|scope| {
        for number in 0..8 {
            let node: &Server = if number % 2 == 0 { &first } else { &second };
            scope.spawn(move || {
                let (name, password) = (format!("person{number}"), format!("violet engine {number} numbers"));
                node.add_user(&name, Some(&password));
                for _ in 0..3 {
                    let laptop = Laptop::without_key(node);
                    let said = laptop.pipes(&format!("{password}\n"), &name, "whoami --password-stdin");
                    assert_eq!(
                        (said.code, said.out.as_str()),
                        (Some(0), format!("{name}\n").as_str()),
                        "{said:?}"
                    );
                }
            });
        }
    });
    let sign_ins = "SELECT count(*) FROM activity WHERE kind = 'sign-in'";
    assert_eq!(postgres.ask(sign_ins).as_deref(), Some("26"));
    let accounts = "SELECT count(*) FROM accounts WHERE name LIKE 'person%'";
    assert_eq!(postgres.ask(accounts).as_deref(), Some("8"));
    for node in [&first, &second] {
        let log = node.said();
        assert!(!log.contains("prepared statement") && !log.contains("startup parameter"), "{log}");
    }
}

#[test]
fn in_session_mode_everything_works_without_a_setting() {
    everything_works("session", 60, "true");
}

#[test]
fn in_transaction_mode_everything_works_without_prepared_statements() {
    everything_works("transaction", 3, "false");
}
