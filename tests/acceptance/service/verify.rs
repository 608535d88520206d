//! Passwords checked for services: what opens, what is counted, and that neither keeps an owner out elsewhere.

use doorkey::accounts::request::verify::VerifyRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::accounts::{RequestContext, Rules};
use doorkey::domain::secret::Secret;
use doorkey::domain::service::SecondFactorAtServices;
use doorkey::domain::throttle::{DAY_MS, FAILS_TO_DISABLE, Limit, delay_ms};

use super::{FIRST, MINUTE, SECOND, Service, cx, patient};
use crate::engine::{Engine, on_both_engines};
use crate::oathtool::STEP;

const SECOND_MS: i64 = 1_000;
/// The rows of accepted passwords; what happened several times in an hour is one.
const SIGN_INS: &str = "SELECT count(*) FROM activity WHERE kind = 'service-sign-in'";
/// Where the mail server says that people come from.
const OFFICE: Option<&str> = Some("198.51.100.7");

pub(super) fn verify(service: &str, name: &str, password: &str, has_source: bool) -> Request {
    let (service, name, password) = (service.parse().unwrap(), name.to_owned(), Secret::new(password));
    Request::Verify(VerifyRequest { service, name, password, has_source })
}

/// Asks for `service` about somebody `from` there; gives the username.
async fn ask(
    portal: &Service,
    service: &str,
    from: Option<&str>,
    name: &str,
    password: &str,
) -> Result<String, Refusal> {
    let client = format!("service {service}");
    let cx = RequestContext { client, ..cx(from.unwrap_or("127.0.0.1")) };
    match portal.accounts.handle(&cx, verify(service, name, password, from.is_some())).await {
        Reply::Verified(account) => Ok(account.name().to_owned()),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

/// Limits that do not matter, and what two-factor authentication means to services.
fn rules(second_factor: SecondFactorAtServices) -> Rules {
    let mut rules = patient();
    let many = Limit { count: 1_000_000, window_ms: MINUTE };
    rules.services.second_factor = second_factor;
    (rules.services.tries_per_service, rules.services.tries_per_source) = (many, many);
    rules
}

async fn start(engine: Engine) -> Service {
    Service::with(engine, rules(SecondFactorAtServices::Refuse)).await
}

on_both_engines! {
    async fn a_right_password_opens_in_any_spelling_and_begins_nothing(engine: Engine) {
        let portal = start(engine).await;
        portal.add("ada").await;
        for name in ["ada", " ADA ", "ada@example.org"] {
            assert_eq!(ask(&portal, "imap", OFFICE, name, FIRST).await, Ok("ada".to_owned()));
        }
        for (name, password) in [("ada", SECOND), ("ada", &"x".repeat(4_000)), ("nobody", FIRST)] {
            assert_eq!(ask(&portal, "imap", OFFICE, name, password).await, Err(Refusal::WrongCredentials));
            portal.later(SECOND_MS);
        }
        portal.accounts.disable_user("ada").await.unwrap();
        assert_eq!(ask(&portal, "sudo", None, "ada", FIRST).await, Err(Refusal::WrongCredentials));
        for (kind, times) in [("service-sign-in", 3), ("service-sign-in-failed", 3), ("sign-in", 0)] {
            assert_eq!(portal.rows_of(kind).await, times, "{kind}");
        }
        assert_eq!(portal.fresh.number(SIGN_INS).await, 1, "one row for the hour");
        assert_eq!(portal.fresh.number("SELECT count(*) FROM sessions").await, 0);
        portal.work().await;
        assert_eq!(portal.emails.emails().len(), 0);
    }

    async fn each_service_has_a_row_of_its_own_and_each_hour(engine: Engine) {
        let portal = start(engine).await;
        portal.add("ada").await;
        for service in ["imap", "sudo", "imap"] {
            ask(&portal, service, OFFICE, "ada", FIRST).await.unwrap();
        }
        assert_eq!(portal.fresh.number(SIGN_INS).await, 2);
        portal.later(61 * MINUTE);
        ask(&portal, "imap", OFFICE, "ada", FIRST).await.unwrap();
        assert_eq!(portal.fresh.number(SIGN_INS).await, 3);
        assert_eq!(portal.rows_of("service-sign-in").await, 4);
    }

    async fn wrong_ones_wait_at_their_service_alone_and_not_over_ssh(engine: Engine) {
        let portal = start(engine).await;
        portal.add("ada").await;
        ask(&portal, "imap", OFFICE, "ada", FIRST).await.unwrap();
        for fails in 1..=10 {
            assert_eq!(ask(&portal, "imap", None, "ada", SECOND).await, Err(Refusal::WrongCredentials));
            if fails < 10 {
                portal.later(delay_ms(fails));
            }
        }
        for password in [FIRST, SECOND] {
            let refused = ask(&portal, "imap", Some("203.0.113.9"), "ada", password).await;
            assert!(matches!(refused, Err(Refusal::TryLater(_))), "{refused:?}");
        }
        assert_eq!(ask(&portal, "sudo", None, "ada", FIRST).await, Ok("ada".to_owned()), "another service");
        assert_eq!(ask(&portal, "imap", OFFICE, "ada", FIRST).await, Ok("ada".to_owned()), "where it was used");
        portal.sign_in("ada", FIRST).await;
        let limits = portal.accounts.list_limits().await.unwrap().limits;
        let [limit] = limits.as_slice() else { panic!("{limits:?}") };
        assert_eq!((limit.user.as_deref(), limit.what), (Some("ada"), "sign in to a service with the password"));
        assert_eq!(limit.place.as_deref(), Some("the service imap, unknown sources"));
        assert_eq!(portal.accounts.unlock_user("ada").await.unwrap().cleared.len(), 1);
        assert_eq!(ask(&portal, "imap", None, "ada", FIRST).await, Ok("ada".to_owned()));
    }

    async fn garbage_over_ssh_keeps_nobody_from_services(engine: Engine) {
        let portal = start(engine).await;
        portal.add("ada").await;
        for fails in 1..=10 {
            portal.try_sign_in("ada", SECOND).await.unwrap_err();
            if fails < 10 {
                portal.later(delay_ms(fails));
            }
        }
        assert!(matches!(portal.try_sign_in("ada", FIRST).await, Err(Refusal::TryLater(_))));
        assert_eq!(ask(&portal, "imap", OFFICE, "ada", FIRST).await, Ok("ada".to_owned()));
    }

    async fn after_a_hundred_in_a_row_none_is_looked_at_until_a_reset(engine: Engine) {
        let portal = start(engine).await;
        portal.add("ada").await;
        for fails in 1..=FAILS_TO_DISABLE {
            assert_eq!(ask(&portal, "imap", None, "ada", SECOND).await, Err(Refusal::WrongCredentials));
            portal.later(delay_ms(fails));
        }
        assert_eq!(portal.rows_of("service-locked").await, 1);
        portal.later(DAY_MS);
        assert_eq!(ask(&portal, "imap", OFFICE, "ada", FIRST).await, Err(Refusal::WrongCredentials));
        let (request, code) = portal.receive_code("ada").await;
        let grant = portal.prove("ada", Some(&request), &code).await.unwrap();
        portal.set(grant, SECOND).await.unwrap();
        assert_eq!(ask(&portal, "imap", OFFICE, "ada", SECOND).await, Ok("ada".to_owned()));
        portal.later(SECOND_MS);
        assert_eq!(ask(&portal, "imap", OFFICE, "ada", FIRST).await, Err(Refusal::WrongCredentials));
    }

    async fn a_service_and_a_source_have_so_many_tries_in_a_minute_each(engine: Engine) {
        let mut rules = rules(SecondFactorAtServices::Refuse);
        rules.services.tries_per_service = Limit { count: 6, window_ms: 60 * MINUTE };
        rules.services.tries_per_source = Limit { count: 4, window_ms: 60 * MINUTE };
        // What is believed over SSH is not when a service says it.
        rules.limits.trusted_networks = "198.51.100.0/24".parse().unwrap();
        let portal = Service::with(engine, rules).await;
        portal.add("ada").await;
        for number in 0..4 {
            ask(&portal, "imap", OFFICE, &format!("nobody{number}"), FIRST).await.unwrap_err();
        }
        let of_source = ask(&portal, "imap", OFFICE, "ada", FIRST).await;
        assert!(matches!(of_source, Err(Refusal::TryLater(_))), "{of_source:?}");
        for from in [None, Some("203.0.113.9")] {
            assert_eq!(ask(&portal, "imap", from, "ada", FIRST).await, Ok("ada".to_owned()));
        }
        let of_service = ask(&portal, "imap", None, "ada", FIRST).await;
        assert!(matches!(of_service, Err(Refusal::TryLater(_))), "{of_service:?}");
        assert_eq!(ask(&portal, "sudo", OFFICE, "ada", FIRST).await, Ok("ada".to_owned()));
        portal.later(2 * SECOND_MS);
        let limits = portal.accounts.list_limits().await.unwrap().limits;
        let mut places: Vec<_> = limits.iter().filter_map(|limit| limit.place.clone()).collect();
        places.sort();
        assert_eq!(places, ["the service imap", "the service imap, 198.51.100.7"]);
    }

    async fn a_password_alone_does_not_open_what_two_factor_protects(engine: Engine) {
        let portal = start(engine).await;
        portal.add("ada").await;
        let ada = portal.sign_in("ada", FIRST).await;
        let (app, enrolment) = portal.enrol(&ada).await;
        portal.turn_on(&ada, &enrolment, &app.shows(portal.clock.now())).await.unwrap();
        portal.later(STEP);
        let with_code = format!("{FIRST}{}", app.shows(portal.clock.now()));
        for (password, kind, times) in [
            (FIRST, "service-two-factor-missing", 1),
            (with_code.as_str(), "service-sign-in-failed", 1),
            (SECOND, "service-sign-in-failed", 2),
        ] {
            assert_eq!(ask(&portal, "imap", OFFICE, "ada", password).await, Err(Refusal::WrongCredentials));
            assert_eq!(portal.rows_of(kind).await, times, "{kind}");
            portal.later(MINUTE);
        }
        assert_eq!(portal.rows_of("service-sign-in").await, 0);
    }

    async fn a_code_may_follow_the_password_and_is_good_once(engine: Engine) {
        let portal = Service::with(engine, rules(SecondFactorAtServices::Append)).await;
        portal.add("ada").await;
        portal.add("grace").await;
        let ada = portal.sign_in("ada", FIRST).await;
        let (app, enrolment) = portal.enrol(&ada).await;
        portal.turn_on(&ada, &enrolment, &app.shows(portal.clock.now())).await.unwrap();
        portal.later(MINUTE);
        let typed = |code: &str| format!("{FIRST}{code}");
        let right = typed(&app.shows(portal.clock.now()));
        assert_eq!(ask(&portal, "sudo", None, "ada", &right).await, Ok("ada".to_owned()));
        for wrong in [right, typed(&app.never_shows(portal.clock.now())), typed(""), format!("{SECOND}000000")] {
            assert_eq!(ask(&portal, "sudo", None, "ada", &wrong).await, Err(Refusal::WrongCredentials));
            portal.later(5 * MINUTE);
        }
        for (kind, rows) in [("service-two-factor-missing", 1), ("service-sign-in-failed", 1)] {
            assert_eq!(portal.rows_of(kind).await, rows, "{kind}");
        }
        assert!(portal.rows_of("two-factor-refused").await >= 1);
        assert_eq!(ask(&portal, "sudo", None, "ada", &typed(&app.shows(portal.clock.now()))).await, Ok("ada".to_owned()));
        assert_eq!(ask(&portal, "sudo", None, "grace", FIRST).await, Ok("grace".to_owned()), "who has no code");
        assert_eq!(ask(&portal, "sudo", None, "grace", &typed("123456")).await, Err(Refusal::WrongCredentials));
    }
}
