//! SIGTERM while commands are under way: each is told the truth, and none is left half done.

use std::thread;
use std::time::Instant;

use super::{CaseEntry, Laptop};
use crate::engine::{Fresh, on_both_engines};
use crate::server::{Server, TempFolder};
use crate::waiting::PATIENCE;

const OLD: &str = "violet engine numbers";
const NEW: &str = "plum tractor seventeen";
const NAMES: [&str; 6] = ["ada", "grace", "joan", "mary", "edith", "hedy"];

/// A server on `database` whose hashes take so long that commands are caught in the middle.
fn slow_place(database: &Fresh) -> TempFolder {
    TempFolder::new()
        .with("DOORKEY__STORE__URL", &database.url)
        .with("DOORKEY__PASSWORD__MEMORY_KIB", "32768")
        .with("DOORKEY__PASSWORD__WORKERS", "2")
        .with("DOORKEY__LOG__LEVEL", "debug")
}

/// Each from an address of its own, so that nobody is throttled for the others.
fn laptop(server: &Server, number: usize) -> Laptop<'_> {
    Laptop::without_key(server).option(&format!("-oBindAddress=127.0.1.{}", number + 1))
}

/// Runs one command for each name at the same time, and `meanwhile` beside them.
fn all_at_once(server: &Server, commands: &[(String, String)], meanwhile: impl FnOnce()) -> Vec<CaseEntry> {
    thread::scope(|scope| {
        let running: Vec<_> = commands
            .iter()
            .enumerate()
            .map(|(number, (line, input))| {
                scope.spawn(move || laptop(server, number).pipes(input, "account", line))
            })
            .collect();
        meanwhile();
        running.into_iter().map(|command| command.join().unwrap()).collect()
    })
}

/// Whether each has the new password now, by signing in; it must have exactly one of the two.
fn who_has_the_new_one(server: &Server) -> Vec<bool> {
    let signs_in = |number: usize, name: &str, password: &str| {
        // A machine with much else to do may be busy for a while.
        let until = Instant::now() + PATIENCE;
        let said = loop {
            let said =
                laptop(server, number).pipes(&format!("{password}\n"), name, "whoami --password-stdin");
            if said.code != Some(75) || Instant::now() > until {
                break said;
            }
        };
        assert!(matches!(said.code, Some(0 | 77)), "{said:?}");
        said.code == Some(0)
    };
    let look = |(number, name): (usize, &&str)| {
        let (new, old) = (signs_in(number, name, NEW), signs_in(number, name, OLD));
        assert!(new != old, "{name}: the new password is {new}, the old one {old}");
        new
    };
    NAMES.iter().enumerate().map(look).collect()
}

/// Who was told that it is done. Others were told that they can try again and that nothing was changed, or, where the
/// server had to stop before it knew, that either may be so (`None`).
fn told_done(told: &[CaseEntry]) -> Vec<Option<bool>> {
    let is_done = |said: &CaseEntry| {
        if said.code == Some(69) && said.err.contains("[outcome-unknown]") {
            return None;
        }
        let nothing_changed = matches!(said.code, Some(69 | 75)) && said.err.contains("Nothing was changed");
        assert!(said.code == Some(0) || nothing_changed, "{said:?}");
        Some(said.code == Some(0))
    };
    told.iter().map(is_done).collect()
}

/// Each was told the truth, and somebody that it is done.
fn are_true(told: &[CaseEntry], new: &[bool]) {
    let done = told_done(told);
    for (done, new) in done.iter().zip(new) {
        assert!(done.is_none_or(|done| done == *new), "{told:?}, {new:?}");
    }
    assert!(done.contains(&Some(true)), "{told:?}");
}

on_both_engines! {
    async fn every_reset_in_flight_is_done_or_leaves_code_and_password_as_they_were(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = slow_place(&database).start();
        let resets: Vec<_> = NAMES
            .iter()
            .map(|name| {
                server.add_user(name, Some(OLD));
                let issued = server.done(&["support", "issue-reset-code", name], "");
                let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
                (format!("forgot {name} --code-stdin"), format!("{code}\n{NEW}\n"))
            })
            .collect();
        let told = tokio::task::block_in_place(|| all_at_once(&server, &resets, || {
            server.wait_for_requests(NAMES.len());
            server.terminate();
        }));
        let (code, place) = server.ended();
        assert_eq!(code, Some(0));
        let used = database.number("SELECT count(*) FROM codes WHERE used_at IS NOT NULL").await;
        let server = place.start();
        let new = tokio::task::block_in_place(|| who_has_the_new_one(&server));
        are_true(&told, &new);
        assert_eq!(i64::try_from(new.iter().filter(|new| **new).count()).unwrap(), used, "{told:?}");
    }

    async fn every_change_in_flight_is_done_or_changes_nothing(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = slow_place(&database).start();
        let changes: Vec<_> = NAMES
            .iter()
            .map(|name| {
                server.add_user(name, Some(OLD));
                (format!("passwd --stdin --name {name}"), format!("{OLD}\n{NEW}\n"))
            })
            .collect();
        let told = tokio::task::block_in_place(|| all_at_once(&server, &changes, || {
            server.wait_for_requests(NAMES.len());
            server.terminate();
        }));
        let (code, place) = server.ended();
        assert_eq!(code, Some(0));
        let server = place.start();
        are_true(&told, &tokio::task::block_in_place(|| who_has_the_new_one(&server)));
    }

    async fn a_code_that_is_requested_in_the_last_moment_is_made_and_its_email_kept(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = slow_place(&database).start();
        server.add_user("ada", Some(OLD));
        let told = tokio::task::block_in_place(|| all_at_once(
            &server,
            &[("forgot ada".to_owned(), String::new())],
            || {
                server.wait_for_requests(1);
                server.terminate();
            },
        ));
        assert_eq!(server.ended().0, Some(0));
        assert_eq!(told[0].code, Some(0), "{told:?}");
        let owed = database.number("SELECT count(*) FROM codes c JOIN outbox o ON o.code = c.id").await;
        assert_eq!(owed, 1);
    }
}

#[test]
fn a_command_that_waits_for_input_is_told_at_once_that_nothing_was_changed() {
    let server = TempFolder::new().start().furnished();
    let options =
        Laptop::without_key(&server).option("-tt").option("-oRemoteCommand=whoami").client_options();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut ada = crate::person::Person::arrive_by_openssh(server.address(), "ada", &options);
    ada.wait_for("Email or username:");
    server.terminate();
    ada.wait_for("Nothing was changed. Try again in a moment. [restarting]");
    assert_eq!(ada.wait_for_the_end(), Some(75));
    assert_eq!(server.ended().0, Some(0));
}
