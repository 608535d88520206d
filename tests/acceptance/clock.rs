//! Wall clocks that step while the real server runs or between two starts, by the real libfaketime, and nodes whose
//! clocks differ. What is measured by the monotonic clock is not faked, as on a machine whose clock is set.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::commands::{CaseEntry, Laptop};
use super::engine::{Engine, Fresh};
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::sign_in;
use super::waiting::wait_until;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
const NEW: &str = "plum tractor seventeen";

/// A wall clock that the test sets, in seconds ahead of the true time.
struct WallClock(TempDir);

impl WallClock {
    fn new(ahead_s: i64) -> Self {
        let clock = Self(tempfile::tempdir().unwrap());
        clock.set(ahead_s);
        clock
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("clock")
    }

    /// Sets it for every process on this machine at once.
    fn set(&self, ahead_s: i64) {
        let next = self.0.path().join("next");
        fs::write(&next, format!("{ahead_s:+}\n")).unwrap();
        fs::rename(next, self.file()).unwrap();
    }

    /// The same place on the machine with this clock.
    fn on(&self, place: TempFolder) -> TempFolder {
        let library = fs::read_dir("/usr/lib").unwrap().flatten();
        let library = library.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
        let library = library.into_iter().find(|path| path.exists()).expect("faketime is installed");
        place
            .with("LD_PRELOAD", &library.display().to_string())
            .with("FAKETIME_TIMESTAMP_FILE", &self.file().display().to_string())
            .with("FAKETIME_NO_CACHE", "1")
            // The library reads the clock's file at each look, and the sandbox would not let it.
            .with("DOORKEY__SSH__SANDBOX", "false")
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .with("DONT_FAKE_MONOTONIC", "1")
    }

    /// A server with accounts on a machine with this clock.
    fn serve(&self) -> Server {
        self.on(TempFolder::new()).start().furnished()
    }
}

fn restart(server: Server) -> Server {
    server.kill().start()
}

fn request_code(server: &Server, name: &str) -> String {
    let said = Laptop::without_key(server).runs("account", &format!("forgot {name}"));
    assert_eq!(said.code, Some(0), "{said:?}");
    server.code(name, 1)
}

/// The relay has every code: their ten minutes have begun.
fn wait_until_sent(server: &Server) {
    let unsent = "SELECT count(*) FROM codes WHERE sent_at IS NULL";
    wait_until("the codes to be sent", || (number(server, unsent) == 0).then_some(()));
}

fn reset(server: &Server, name: &str, code: &str) -> CaseEntry {
    let line = format!("forgot {name} --code-stdin --json");
    Laptop::without_key(server).pipes(&format!("{code}\n{NEW}\n"), "account", &line)
}

fn whoami(server: &Server, password: &str) -> CaseEntry {
    Laptop::without_key(server).pipes(&format!("{password}\n"), "ada", "whoami --password-stdin --json")
}

/// The id of the error, and for how long the person is sent away.
#[track_caller]
fn refusal(said: &CaseEntry) -> (String, i64) {
    let error: Value = serde_json::from_str(&said.err).unwrap_or_else(|_| panic!("no refusal: {said:?}"));
    let wait = error["error"]["retry_after_s"].as_i64().unwrap_or_default();
    (error["error"]["id"].as_str().unwrap().to_owned(), wait)
}

#[track_caller]
fn is_refused_as_a_code(said: &CaseEntry) {
    assert_eq!(refusal(said).0, "code-refused");
}

fn number(server: &Server, sql: &'static str) -> i64 {
    let url = format!("sqlite:{}", server.place_path("doorkey.db").display());
    Runtime::new().unwrap().block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    })
}

fn wait_for_the_log(server: &Server, words: &str) {
    wait_until(&format!("`{words}` in the log"), || server.said().contains(words).then_some(()));
}

#[test]
fn a_code_that_has_expired_stays_so_when_the_clock_goes_back_a_day() {
    let wall = WallClock::new(0);
    let mut server = wall.serve();
    let (tried, untried) = (request_code(&server, "ada"), request_code(&server, "grace"));
    wait_until_sent(&server);
    for minutes in [4, 8, 12] {
        wall.set(minutes * MINUTE);
        server = restart(server);
    }
    is_refused_as_a_code(&reset(&server, "ada", &tried));
    wall.set(12 * MINUTE - DAY);
    is_refused_as_a_code(&reset(&server, "ada", &tried));
    server = restart(server);
    is_refused_as_a_code(&reset(&server, "ada", &tried));
    is_refused_as_a_code(&reset(&server, "grace", &untried));
    let said = String::from_utf8(server.done(&["check"], "").stdout).unwrap();
    assert!(said.contains("hours ahead of this machine's clock"), "{said}");
}

#[test]
fn a_code_that_was_refused_as_expired_after_a_long_stop_stays_so() {
    let wall = WallClock::new(0);
    let server = wall.serve();
    let code = request_code(&server, "ada");
    wait_until_sent(&server);
    wall.set(11 * MINUTE);
    let server = restart(server);
    is_refused_as_a_code(&reset(&server, "ada", &code));
    wall.set(-DAY);
    is_refused_as_a_code(&reset(&server, "ada", &code));
    is_refused_as_a_code(&reset(&restart(server), "ada", &code));
}

#[test]
fn a_code_made_while_the_clock_was_a_day_ahead_does_not_live_longer() {
    let wall = WallClock::new(0);
    let server = wall.serve();
    // While it runs, a step is not followed: the code's life is the usual one.
    wall.set(DAY);
    let code = request_code(&server, "grace");
    wall.set(0);
    let life = "SELECT expires_at - CAST(strftime('%s', 'now') AS INTEGER) * 1000 FROM codes";
    let life_s = wait_until("the relay to have the code", || {
        let life_s = number(&server, life) / 1_000;
        (life_s <= 10 * MINUTE).then_some(life_s)
    });
    assert!(life_s > 8 * MINUTE, "{life_s}");
    let said = reset(&server, "grace", &code);
    assert_eq!(said.code, Some(0), "{said:?}");

    // A start a day ahead makes codes that are void once the clock is right, after a start or before.
    wall.set(DAY);
    let server = restart(server);
    let code = request_code(&server, "ada");
    wall.set(0);
    let server = restart(server);
    is_refused_as_a_code(&reset(&server, "ada", &code));
}

#[test]
fn a_start_a_day_ahead_is_put_right_without_another_start() {
    let wall = WallClock::new(0);
    let server = wall.serve();
    wall.set(DAY);
    let server = restart(server);
    let code = request_code(&server, "ada");
    wall.set(0);
    wait_for_the_log(&server, "the clock was put right");
    wait_until("the code to be void", || {
        (number(&server, "SELECT count(*) FROM codes WHERE dead_at IS NULL") == 0).then_some(())
    });
    is_refused_as_a_code(&reset(&server, "ada", &code));
    let ahead = "SELECT mark / 1000 - CAST(strftime('%s', 'now') AS INTEGER) FROM clock";
    assert!(number(&server, ahead) <= 1, "the mark is in the future");
    assert_eq!(whoami(&server, ADAS_PASSWORD).code, Some(0));
}

#[test]
fn wrong_passwords_under_a_wrong_clock_do_not_lock_the_owner_out_for_a_day() {
    for step in [DAY, -DAY] {
        let wall = WallClock::new(0);
        let mut server = wall.serve();
        for _ in 0..2 {
            assert_eq!(refusal(&whoami(&server, "wrong")).0, "wrong-credentials");
        }
        // While it runs.
        wall.set(step);
        assert_eq!(refusal(&whoami(&server, "wrong")).0, "wrong-credentials");
        wall.set(0);
        let said = whoami(&server, ADAS_PASSWORD);
        assert_eq!(said.code, Some(0), "{step}: {said:?}");
        // Between two starts.
        wall.set(step);
        server = restart(server);
        for _ in 0..2 {
            assert_eq!(refusal(&whoami(&server, "wrong")).0, "wrong-credentials");
        }
        wall.set(0);
        server = restart(server);
        let said = whoami(&server, ADAS_PASSWORD);
        assert_eq!(said.code, Some(0), "{step}: {said:?}");
    }
}

#[test]
fn the_limits_of_a_source_hold_whatever_the_clock_does() {
    let wall = WallClock::new(0);
    let server = wall.serve();
    // Each about a name of its own: a second one about the same name comes too soon, whatever the source has left.
    let names = std::cell::Cell::new(0);
    let forgot = |server: &Server| {
        names.set(names.get() + 1);
        Laptop::without_key(server).runs("account", &format!("forgot person{} --json", names.get()))
    };
    for _ in 0..5 {
        assert_eq!(forgot(&server).code, Some(0));
    }
    for step in [0, DAY, -DAY, 0] {
        wall.set(step);
        let (id, wait) = refusal(&forgot(&server));
        assert_eq!(id, "try-later", "{step}");
        assert!((1..=60 * MINUTE).contains(&wait), "{step}: {wait}");
    }
    // Made a day ahead, and met at the right time.
    wall.set(DAY);
    let server = restart(server);
    while forgot(&server).code == Some(0) {}
    wall.set(0);
    let (id, wait) = refusal(&forgot(&restart(server)));
    assert_eq!(id, "try-later");
    assert!((1..=60 * MINUTE).contains(&wait), "{wait}");
}

#[test]
fn emails_that_wait_while_the_clock_is_a_day_ahead_are_neither_dropped_nor_delayed() {
    let wall = WallClock::new(0);
    let relay = [("TRANSPORT", "smtp"), ("HOST", "127.0.0.1"), ("PORT", "9"), ("TLS", "none")];
    let place = relay
        .iter()
        .fold(TempFolder::new(), |place, (key, value)| place.with(&format!("DOORKEY__MAIL__{key}"), value));
    let mut server = wall.on(place).start().furnished();
    let tries = |server: &Server| server.said().matches("event=email-not-sent").count();
    let laptop = Laptop::without_key(&server);
    let both = format!("{ADAS_PASSWORD}\n{NEW}\n");
    assert_eq!(laptop.pipes(&both, "ada", "passwd --stdin").code, Some(0));
    assert_eq!(laptop.runs("account", "forgot ada").code, Some(0));
    let emails = wait_until("the first try of all", || {
        let untried = number(&server, "SELECT count(*) FROM outbox WHERE attempts = 0");
        let codes = number(&server, "SELECT count(*) FROM outbox WHERE code IS NOT NULL");
        (untried == 0 && codes == 1).then(|| number(&server, "SELECT count(*) FROM outbox"))
    });
    wall.set(DAY);
    let before = tries(&server);
    wait_until("another try", || (tries(&server) > before).then_some(()));
    wall.set(0);
    emails_wait_as_usual(&server, emails);

    wall.set(DAY);
    server = restart(server);
    wait_until("a try a day ahead", || (tries(&server) >= 1).then_some(()));
    wall.set(0);
    emails_wait_as_usual(&restart(server), emails);
}

fn emails_wait_as_usual(server: &Server, emails: i64) {
    assert_eq!(number(server, "SELECT count(*) FROM outbox WHERE dropped_at IS NULL"), emails);
    assert_eq!(number(server, "SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL"), 0);
    let wait = "SELECT max(next_at) / 1000 - CAST(strftime('%s', 'now') AS INTEGER) FROM outbox";
    let wait_s = number(server, wait);
    assert!(wait_s <= 20 * MINUTE, "{wait_s}");
}

#[test]
fn one_start_a_hundred_days_ahead_empties_nothing() {
    let wall = WallClock::new(0);
    let server = wall.serve();
    assert_eq!(whoami(&server, ADAS_PASSWORD).code, Some(0));
    request_code(&server, "ada");
    request_code(&server, "grace");
    let kept = |server: &Server| {
        [
            number(server, "SELECT count(*) FROM activity WHERE kind <> 'sign-in'"),
            number(server, "SELECT count(*) FROM known_sources"),
            number(server, "SELECT count(*) FROM attempts"),
            number(server, "SELECT count(*) FROM codes"),
            number(server, "SELECT count(*) FROM outbox WHERE dropped_at IS NULL"),
            number(server, "SELECT count(*) FROM reset_requests"),
            number(server, "SELECT count(*) FROM contacts"),
        ]
    };
    let before = kept(&server);
    assert!(before[..5].iter().all(|count| *count > 0), "{before:?}");
    wall.set(100 * DAY);
    let server = restart(server);
    wait_for_the_log(&server, "nothing is deleted for its age");
    assert_eq!(whoami(&server, ADAS_PASSWORD).code, Some(0));
    let has_all = |server: &Server| {
        let now = kept(server);
        assert!(now.iter().zip(before).all(|(now, before)| *now >= before), "{now:?} of {before:?}");
    };
    has_all(&server);
    wall.set(0);
    let server = restart(server);
    assert_eq!(whoami(&server, ADAS_PASSWORD).code, Some(0));
    has_all(&server);
}

#[test]
fn sessions_stay_when_the_clock_steps() {
    let wall = WallClock::new(0);
    let server = wall.serve();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    for step in [DAY, -DAY] {
        wall.set(step);
        wait_for_the_log(&server, "the clock has jumped");
        assert_eq!(number(&server, "SELECT count(*) FROM sessions WHERE ended_at IS NULL"), 1);
    }
    ada.press(Key::Alt('2'));
    ada.wait_for("Setting Now");
    wait_until("`check` to tell it", || {
        let said = String::from_utf8(server.done(&["check"], "").stdout).unwrap();
        said.contains("hours behind the time that the server goes by").then_some(())
    });
}

#[test]
fn a_node_eleven_minutes_ahead_goes_by_the_databases_time() {
    let database = Runtime::new().unwrap().block_on(Fresh::make(Engine::Postgres));
    let (here, ahead) = (WallClock::new(0), WallClock::new(11 * MINUTE));
    let place = |wall: &WallClock| wall.on(TempFolder::new()).with("DOORKEY__STORE__URL", &database.url);
    let a = place(&here).start().furnished();
    // The nodes of one portal share their keys; the emails of both are read in one place.
    let shared = |name: &str| a.place_path(name).display().to_string();
    let b = place(&ahead)
        .with("DOORKEY__KEYS__SECRET_KEYS", &shared("keys/secret_keys"))
        .with("DOORKEY__SSH__HOST_KEY", &shared("keys/ssh_host_ed25519_key"))
        .with("DOORKEY__MAIL__DIRECTORY", &shared("outbox"))
        .start();
    let mut ada = Person::arrive(a.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);

    let code = request_code(&a, "grace");
    let said = reset(&b, "grace", &code);
    assert_eq!(said.code, Some(0), "a code of A on B: {said:?}");

    for _ in 0..3 {
        assert_eq!(refusal(&whoami(&b, "wrong")).0, "wrong-credentials");
    }
    let said = whoami(&a, ADAS_PASSWORD);
    assert_eq!(said.code, Some(0), "the waiting time of B on A: {said:?}");

    wait_for_the_log(&b, "this machine's clock differs from the database's");
    assert!(!a.said().contains("differs"), "{}", a.said());
    let check = |server: &Server| String::from_utf8(server.done(&["check"], "").stdout).unwrap();
    assert!(check(&b).contains("This machine's clock is 6"), "{}", check(&b));
    let told = wait_until("A's check to tell of B", || {
        let said = check(&a);
        said.contains("The clock of the machine with node").then_some(said)
    });
    assert!(told.contains("seconds ahead of the database's clock"), "{told}");

    // Long after B would have forgotten A.
    let beats = "SELECT max(seen_at) FROM nodes";
    let now = || Runtime::new().unwrap().block_on(database.number(beats));
    for _ in 0..3 {
        let last = now();
        wait_until("another heartbeat", || (now() > last).then_some(()));
    }
    let sessions = Runtime::new().unwrap().block_on(database.number("SELECT count(*) FROM sessions"));
    assert_eq!(sessions, 1);
    ada.press(Key::Alt('2'));
    ada.wait_for("Setting Now");
}
