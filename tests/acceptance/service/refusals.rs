//! What is refused takes no lock that writers wait for: it is read, or remembered; and what is remembered keeps nobody
//! out who has room again.

use std::time::{Duration, Instant};

use doorkey::accounts::request::join::JoinRequest;
use doorkey::accounts::request::support::GuestSupportRequest;
use doorkey::accounts::request::undo::UndoRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::accounts::{Accounts, Rules, SourceLimits};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::{KEY_LOOKUPS_PER_SOURCE, REQUESTS_PER_SOURCE, TRIES_PER_SOURCE};
use doorkey::domain::timestamp::Timestamp;
use doorkey::domain::wait::Wait;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::{FIRST, MINUTE, SECOND, Service, cx, patient};
use crate::engine::{Fresh, on_both_engines};

const STRANGER: &str = "198.51.100.9";
/// Less than the time after which a lock that is not given is an error.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Another program that writes, and does not end.
#[expect(dead_code, reason = "they hold the lock until they are dropped")]
enum Writer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Writer {
    async fn begin(fresh: &Fresh) -> Self {
        if fresh.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&fresh.url).await.unwrap();
            connection.execute("BEGIN IMMEDIATE").await.unwrap();
            Self::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(&fresh.url).await.unwrap();
            let lock = "BEGIN; LOCK TABLE throttles, attempts, transactions, activity IN EXCLUSIVE MODE";
            sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
            Self::Postgres(connection)
        }
    }
}

/// Limits of sources as they are by default.
fn ordinary() -> Rules {
    let limits = SourceLimits {
        requests_per_source: REQUESTS_PER_SOURCE,
        tries_per_source: TRIES_PER_SOURCE,
        key_lookups_per_source: KEY_LOOKUPS_PER_SOURCE,
        ..patient().limits
    };
    Rules { limits, sign_up: true, ..patient() }
}

fn sign_in(name: &str, password: &str) -> Request {
    Request::SignIn { name: name.into(), password: Secret::new(password) }
}

fn forgot(name: &str) -> Request {
    Request::RequestCode { name: name.into() }
}

/// Makes a request for the time that it is.
type MakeRequest = fn(usize) -> Request;

/// What a stranger may ask without end.
fn requests() -> Vec<(&'static str, MakeRequest)> {
    vec![
        ("forgot", |_| forgot("ada")),
        ("sign up", |_| Request::Join(JoinRequest::Code { address: "new@example.org".into() })),
        // One name would be refused before the source is, and whoever comes a moment too early waits.
        ("sign in", |nth| sign_in(&format!("nobody{nth}"), "wrong")),
        ("a code", |_| Request::ProveCode {
            name: "ada".into(),
            requests: Vec::new(),
            code: Secret::new("BBBB-BBBB"),
        }),
        ("an invitation", |_| {
            let (address, code) = ("new@example.org".into(), Secret::new("BBBB-BBBB"));
            Request::Join(JoinRequest::Prove { address, code })
        }),
        ("an undo code", |_| {
            let code = Secret::new("BBBB-BBBB-BBBB-BBBB");
            Request::Undo(UndoRequest::Preview { code })
        }),
        ("a case", |_| {
            let (name, contact) = ("ada".into(), "ada@example.net".into());
            Request::GuestSupport(GuestSupportRequest::Open { name, contact, text: "Help.".into() })
        }),
        ("reading a case", |_| {
            let (number, opened, code) = (7, None, Secret::new("BBBB-BBBB"));
            Request::GuestSupport(GuestSupportRequest::Read { number, opened, code })
        }),
    ]
}

async fn refused(accounts: &Accounts, request: Request) -> Option<Timestamp> {
    let (began, asked) = (Instant::now(), format!("{request:?}"));
    let reply = accounts.handle(&cx(STRANGER), request).await;
    match reply {
        Reply::Refused(Refusal::TryLater(Wait { until: at, .. })) => {
            assert!(began.elapsed() < AT_ONCE, "{:?}: {asked}", began.elapsed());
            Some(at)
        }
        Reply::Refused(Refusal::Unavailable(_)) => panic!("waited for a lock: {asked}"),
        _ => None,
    }
}

on_both_engines! {
    async fn a_refused_request_takes_no_lock_whether_it_is_remembered_or_not(engine: Engine) {
        for (what, request) in requests() {
            let service = Service::with(engine, ordinary()).await;
            service.add("ada").await;
            let mut tries = 0;
            let first = loop {
                tries += 1;
                assert!(tries < 30, "{what} is never refused");
                if let Some(at) = refused(&service.accounts, request(tries)).await {
                    break at;
                }
            };
            // Without anything to remember.
            let another = service.another().await;
            let _writer = Writer::begin(&service.fresh).await;
            for accounts in [&service.accounts, &another, &another] {
                assert_eq!(refused(accounts, request(tries)).await, Some(first), "{what}");
            }
        }
    }

    async fn tries_at_one_account_that_are_refused_take_no_lock(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        for _ in 0..10 {
            service.later(3_000);
            for name in ["ada", "nobody"] {
                service.try_sign_in_from(STRANGER, name, "wrong").await.unwrap_err();
            }
        }
        let _writer = Writer::begin(&service.fresh).await;
        for name in ["ada", "nobody"] {
            assert!(refused(&service.accounts, sign_in(name, FIRST)).await.is_some(), "{name}");
        }
    }

    async fn whoever_has_reset_the_password_signs_in_at_once_wherever_tries_were_refused(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let another = service.another().await;
        for _ in 0..10 {
            service.later(3_000);
            service.try_sign_in_from(STRANGER, "ada", "wrong").await.unwrap_err();
        }
        for accounts in [&service.accounts, &another] {
            assert!(refused(accounts, sign_in("ada", FIRST)).await.is_some());
        }
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        for accounts in [&service.accounts, &another] {
            let reply = accounts.handle(&cx(STRANGER), sign_in("ada", SECOND)).await;
            assert!(matches!(reply, Reply::SignedIn(_)), "{reply:?}");
        }
    }

    async fn when_the_moment_has_come_a_refusal_is_not_repeated(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        service.add("ada").await;
        let mut at = None;
        for number in 0..11 {
            at = refused(&service.accounts, sign_in(&format!("nobody{number}"), "wrong")).await;
        }
        let at = at.expect("the eleventh is refused");
        service.later(at.ms_since(service.clock.now()));
        service.try_sign_in_from(STRANGER, "ada", FIRST).await.unwrap();
        // At the place that the account knows now, tries of strangers there do not count.
        for _ in 0..3 {
            service.try_sign_in_from(STRANGER, "ada", FIRST).await.unwrap();
        }
    }

    async fn a_guest_is_not_counted_for_what_was_refused(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        let mut granted = 0;
        for _ in 0..50 {
            granted += i64::from(refused(&service.accounts, forgot("ada")).await.is_none());
        }
        assert_eq!(granted, REQUESTS_PER_SOURCE.count);
        assert_eq!(service.fresh.number("SELECT count(*) FROM attempts WHERE bucket LIKE 'requests:%'").await, granted);
        service.later(60 * MINUTE);
        assert!(refused(&service.accounts, forgot("ada")).await.is_none());
    }

    async fn public_keys_are_looked_up_and_counted_without_a_lock(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        service.add("ada").await;
        let _writer = Writer::begin(&service.fresh).await;
        let look = || Request::PublicKeys { name: "ada".into() };
        for _ in 0..KEY_LOOKUPS_PER_SOURCE.count {
            let reply = service.accounts.handle(&cx(STRANGER), look()).await;
            assert!(matches!(reply, Reply::PublicKeys(_)), "{reply:?}");
        }
        let at = refused(&service.accounts, look()).await.expect("a minute's lookups are used up");
        service.later(at.ms_since(service.clock.now()));
        let reply = service.accounts.handle(&cx(STRANGER), look()).await;
        assert!(matches!(reply, Reply::PublicKeys(_)), "{reply:?}");
    }
}
