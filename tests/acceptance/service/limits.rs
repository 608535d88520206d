//! Rate limits of requests and tries, and that they cannot be turned against the person they protect.

use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::{IDENTIFIERS_PER_SOURCE, REQUESTS_PER_SOURCE};
use doorkey::domain::wait::Wait;

use super::{FIRST, MINUTE, START, Service, code_in, cx, patient, wrong};
use crate::engine::on_both_engines;

const HOUR: i64 = 60 * MINUTE;

on_both_engines! {
    async fn an_account_gets_one_code_a_minute_three_an_hour_eight_a_day(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut sent = Vec::new();
        // Every twenty seconds for two hours, every code used up at once so that none of them is in the way.
        for _ in 0..(2 * HOUR / 20_000) {
            service.request_code("ada").await;
            service.work().await;
            if service.emails.emails().len() > sent.len() {
                sent.push(service.clock.now().ms_since(START));
                service.fresh.execute_sql("UPDATE codes SET used_at = 1 WHERE used_at IS NULL").await.unwrap();
            }
            service.later(20_000);
        }
        assert_eq!(sent, [0, MINUTE, 2 * MINUTE, HOUR, HOUR + MINUTE, HOUR + 2 * MINUTE]);
        for _ in 0..3 {
            service.later(HOUR);
            service.request_code("ada").await;
            service.work().await;
        }
        assert_eq!(service.emails.emails().len(), 8, "eight in a day");
    }

    async fn a_minute_is_counted_from_request_to_request(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let requested = service.request_code("ada").await;
        assert_eq!(requested.next.resend_at.ms_since(service.clock.now()), MINUTE);
        // The worker was slow, and the person asks again at the first moment the page allows.
        service.later(30_000);
        service.work().await;
        service.later(30_000);
        assert_eq!(service.clock.now(), requested.next.resend_at);
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), 2);
    }

    async fn a_code_is_sent_from_the_moment_on_that_was_announced_and_not_before(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        for sent in 1..=10 {
            let next = service.request_code("ada").await.next;
            assert!(!next.too_soon, "{sent} {next:?}");
            assert_eq!(service.request_code("nobody").await.next, next, "whether anybody has the name or not");
            service.work().await;
            assert_eq!(service.emails.emails().len(), sent);
            service.later(next.resend_at.ms_since(service.clock.now()) - 1);
            let early = service.request_code("ada").await.next;
            assert!(early.too_soon && early.resend_at == next.resend_at, "{early:?}");
            service.work().await;
            assert_eq!(service.emails.emails().len(), sent);
            service.later(1);
        }
        let hours = service.clock.now().ms_since(START) / HOUR;
        assert!(hours >= 24, "the tenth is due a day after the second: {hours}");
    }

    async fn the_moment_that_is_announced_is_one_at_which_the_source_has_room(engine: Engine) {
        let mut rules = patient();
        rules.limits.requests_per_source = REQUESTS_PER_SOURCE;
        let service = Service::with(engine, rules).await;
        for name in ["ada", "grace", "alan", "barbara"] {
            assert_eq!(service.request_code(name).await.next.resend_at, START.plus_ms(MINUTE));
        }
        let last = service.request_code("edsger").await.next;
        assert_eq!(last.resend_at, START.plus_ms(HOUR));
        service.later(HOUR - 1);
        let reply = service.ask(Request::RequestCode { name: "edsger".into() }).await;
        assert!(matches!(reply, Reply::Refused(Refusal::TryLater(Wait { until: at, .. })) if at == last.resend_at), "{reply:?}");
        service.later(1);
        assert!(!service.request_code("edsger").await.next.too_soon);
    }

    async fn at_most_three_codes_live_at_once(engine: Engine) {
        let mut rules = patient();
        rules.code_ttl_minutes = 60;
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        for _ in 0..3 {
            service.receive_code("ada").await;
            service.later(9 * MINUTE);
        }
        service.fresh.execute_sql("DELETE FROM attempts").await.unwrap();
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), 3);
        // The first one's half hour is over.
        service.later(4 * MINUTE);
        service.receive_code("ada").await;
    }

    async fn a_flooding_source_has_to_wait_whatever_the_names(engine: Engine) {
        let mut rules = patient();
        rules.limits.requests_per_source = REQUESTS_PER_SOURCE;
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        for name in ["ada", "nobody", "ada", "x@example.org", "nobody"] {
            service.request_code(name).await;
            service.later(1_000);
        }
        for name in ["ada", "nobody"] {
            let reply = service.ask(Request::RequestCode { name: name.into() }).await;
            let Reply::Refused(Refusal::TryLater(Wait { until: at, .. })) = reply else { panic!("{reply:?}") };
            assert_eq!(at.ms_since(START), HOUR);
        }
        // The second for a name within its minute counts for the source, and is nothing more.
        assert_eq!(service.fresh.number("SELECT count(*) FROM reset_requests").await, 3);
        let elsewhere = Request::RequestCode { name: "ada".into() };
        let reply = service.accounts.handle(&cx("198.51.100.9"), elsewhere).await;
        assert!(matches!(reply, Reply::CodeRequested(_)), "{reply:?}");
        service.later(HOUR - 5_000);
        service.request_code("ada").await;
    }

    async fn a_source_may_ask_for_twenty_names_a_day_and_for_one_of_them_again(engine: Engine) {
        let mut rules = patient();
        rules.limits.identifiers_per_source = IDENTIFIERS_PER_SOURCE;
        let service = Service::with(engine, rules).await;
        for number in 0..20 {
            service.request_code(&format!("name{number}")).await;
        }
        let reply = service.ask(Request::RequestCode { name: "one-more".into() }).await;
        assert!(matches!(reply, Reply::Refused(Refusal::TryLater(_))), "{reply:?}");
        service.request_code("NAME7").await;
    }

    async fn twenty_wrong_codes_in_a_day_are_enough_for_strangers_but_do_not_shut_the_owner_out(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        // The owner has signed in from home.
        service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
        for number in 0..20 {
            if number % 3 == 0 {
                service.fresh.execute_sql("UPDATE codes SET used_at = 1").await.unwrap();
                service.fresh.execute_sql("DELETE FROM attempts WHERE bucket LIKE 'send:%' OR bucket LIKE 'codes:%'").await.unwrap();
                service.later(HOUR);
                service.receive_code("ada").await;
            }
            service.prove_from("198.51.100.9", "ada", &[], "BBBB-BBBB").await.unwrap_err();
        }
        service.fresh.execute_sql("UPDATE codes SET used_at = 1").await.unwrap();
        service.fresh.execute_sql("DELETE FROM attempts WHERE bucket LIKE 'send:%' OR bucket LIKE 'codes:%'").await.unwrap();
        let (_, code) = service.receive_code("ada").await;
        let stranger = service.prove_from("192.0.2.150", "ada", &[], &code).await;
        assert_eq!(stranger.unwrap_err(), Refusal::CodeRefused);
        assert_eq!(service.fresh.number("SELECT max(tries) FROM codes WHERE used_at IS NULL").await, 0);
        let from_home = Request::ProveCode { name: "ada".into(), requests: Vec::new(), code: Secret::new(code) };
        let reply = service.accounts.handle(&cx("203.0.113.5"), from_home).await;
        assert!(matches!(reply, Reply::MaySetPassword(_)), "{reply:?}");
    }

    async fn a_strangers_guesses_do_not_kill_the_code_that_the_owner_waits_for(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        for _ in 0..10 {
            // "I already have a code", from anywhere, by anybody who knows the name.
            service.prove_from("198.51.100.9", "ada", &[], &wrong(&code)).await.unwrap_err();
        }
        let stranger = service.prove_from("192.0.2.150", "ada", &[], &code).await;
        assert_eq!(stranger.unwrap_err(), Refusal::CodeRefused);
        assert_eq!(service.prove("ada", Some(&request), &code).await.unwrap().name(), "ada");
    }

    async fn a_day_of_guesses_by_strangers_does_not_lock_out_the_session_that_requested_a_code(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        // Nobody has signed in to this account yet: no place is known to it.
        for _ in 0..30 {
            service.prove_from("198.51.100.9", "ada", &[], "BBBB-BBBB").await.unwrap_err();
        }
        let (request, code) = service.receive_code("ada").await;
        assert_eq!(service.prove("ada", Some(&request), &code).await.unwrap().name(), "ada");
    }

    async fn a_code_requested_by_a_stranger_works_if_the_owners_request_came_too_late(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, code) = service.receive_code("ada").await;
        // Within the minute: nothing is sent for this one, and its page says what it always says.
        let own = service.request_code("ada").await.request;
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
        assert_eq!(service.prove("ada", Some(&own), &code).await.unwrap().name(), "ada");
    }

    async fn strangers_cannot_use_up_the_emails_reserved_for_known_sources(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
        for _ in 0..3 {
            service.receive_code("ada").await;
            service.later(MINUTE);
        }
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), 3, "no more for strangers");
        let from_home = Request::RequestCode { name: "ada".into() };
        let reply = service.accounts.handle(&cx("203.0.113.5"), from_home).await;
        let Reply::CodeRequested(requested) = reply else { panic!("{reply:?}") };
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.len(), 4, "one for home");
        let code = code_in(&emails[3]);
        assert_eq!(service.prove("ada", Some(&requested.request), &code).await.unwrap().name(), "ada");
        // Home has the same limits, for itself.
        for _ in 0..5 {
            service.later(MINUTE);
            let again = Request::RequestCode { name: "ada".into() };
            service.accounts.handle(&cx("203.0.113.5"), again).await;
            service.work().await;
        }
        assert_eq!(service.emails.emails().len(), 6, "three an hour");
    }

    async fn a_right_code_is_no_wrong_one(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, code) = service.receive_code("ada").await;
        service.prove("ada", None, &wrong(&code)).await.unwrap_err();
        service.prove("ada", None, &code).await.unwrap();
        let counted = "SELECT count(*) FROM attempts WHERE bucket LIKE 'code:%'";
        assert_eq!(service.fresh.number(counted).await, 1);
    }

    async fn a_source_that_tries_password_after_password_has_to_slow_down(engine: Engine) {
        let mut rules = patient();
        rules.limits.tries_per_source = doorkey::domain::throttle::TRIES_PER_SOURCE;
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
        let mut refusals = Vec::new();
        for number in 0..11 {
            refusals.push(service.try_sign_in(&format!("name{number}"), "some password").await.unwrap_err());
        }
        assert!(refusals[..10].iter().all(|refusal| *refusal == Refusal::WrongCredentials), "{refusals:?}");
        let Refusal::TryLater(Wait { until: at, .. }) = refusals[10] else { panic!("{refusals:?}") };
        assert_eq!(at.ms_since(service.clock.now()), 6_000);
        // Elsewhere nobody notices, and the owner comes in from a place the account knows.
        service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
        service.later(6_000);
        assert_eq!(service.try_sign_in("name11", "x").await.unwrap_err(), Refusal::WrongCredentials);
    }
}
