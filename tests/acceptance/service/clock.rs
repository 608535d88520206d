//! What a clock that was ahead leaves in the future, and that it is put right: on both engines, with a clock that the
//! test turns back.

use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::clock::Clock;
use doorkey::domain::throttle::REQUESTS_PER_SOURCE;
use doorkey::domain::wait::Wait;

use super::{FIRST, MINUTE, SECOND, Service, patient, wrong};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

const DAY: i64 = 24 * 60 * MINUTE;

on_both_engines! {
    async fn a_code_from_the_future_is_void_and_a_new_one_works(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(DAY);
        let (request, code) = service.receive_code("ada").await;
        service.later(-DAY);
        service.accounts.prepare().await.unwrap();
        assert!(service.prove("ada", Some(&request), &code).await.is_err());
        service.later(MINUTE);
        let (request, code) = service.receive_code("ada").await;
        assert!(service.prove("ada", Some(&request), &code).await.is_ok());
    }

    async fn a_code_that_was_refused_as_expired_is_dead_whatever_the_clock_says_later(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        service.later(11 * MINUTE);
        assert!(service.prove("ada", Some(&request), &code).await.is_err());
        service.later(-11 * MINUTE);
        assert!(service.prove("ada", Some(&request), &code).await.is_err());
    }

    async fn waits_from_the_future_begin_to_count_now(engine: Engine) {
        let mut rules = patient();
        rules.limits.requests_per_source = REQUESTS_PER_SOURCE;
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        service.later(DAY);
        for _ in 0..10 {
            let refused = service.try_sign_in("ada", &wrong(FIRST)).await.unwrap_err();
            assert_eq!(refused, Refusal::WrongCredentials);
            service.later(3_000);
        }
        while let Reply::CodeRequested(_) = service.ask(Request::RequestCode { name: "ada".into() }).await {}
        service.later(-DAY);
        service.accounts.prepare().await.unwrap();
        let now = service.clock.now();
        let Err(Refusal::TryLater(Wait { until: at, .. })) = service.try_sign_in("ada", FIRST).await else { panic!("no wait") };
        assert!((1..=30_000).contains(&at.ms_since(now)), "{}", at.ms_since(now));
        let reply = service.ask(Request::RequestCode { name: "ada".into() }).await;
        let Reply::Refused(Refusal::TryLater(Wait { until: at, .. })) = reply else { panic!("{reply:?}") };
        assert!((1..=60 * MINUTE).contains(&at.ms_since(now)), "{}", at.ms_since(now));
        service.later(30_000);
        service.sign_in("ada", FIRST).await;
    }

    async fn an_email_from_the_future_is_sent_now_and_expires_when_it_would(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(DAY);
        let member = service.sign_in("ada", FIRST).await;
        service.work().await;
        let before = service.emails.emails().len();
        service.change(&member, FIRST, SECOND).await.unwrap();
        service.later(-DAY);
        service.work().await;
        assert_eq!(service.emails.emails().len(), before);
        service.accounts.prepare().await.unwrap();
        service.work().await;
        assert_eq!(service.emails.emails().len(), before + 1);
        let life = "SELECT max(expires_at - created_at) FROM outbox WHERE code IS NULL";
        assert_eq!(service.fresh.number(life).await, 72 * 60 * MINUTE);
    }

    async fn an_authenticator_used_a_day_ahead_works_at_once_and_its_codes_still_once(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, _) = service.add_with_second_factor("ada").await;
        service.later(DAY);
        let tomorrow = app.shows(service.clock.now());
        let half = service.half("ada", FIRST).await;
        service.show(&half, &tomorrow).await.unwrap();
        service.later(STEP - DAY);
        let code = app.shows(service.clock.now());
        let half = service.half("ada", FIRST).await;
        service.show(&half, &code).await.unwrap();
        let half = service.half("ada", FIRST).await;
        assert_eq!(service.show(&half, &code).await.unwrap_err(), Refusal::SecondFactorRefused);
        // When tomorrow comes, the code that was used then is used.
        service.later(DAY - STEP);
        let half = service.half("ada", FIRST).await;
        assert_eq!(service.show(&half, &tomorrow).await.unwrap_err(), Refusal::SecondFactorRefused);
    }

    async fn a_proof_from_the_future_is_not_fresh(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(DAY);
        let member = service.sign_in("ada", FIRST).await;
        service.later(-DAY);
        let enrol = doorkey::accounts::request::second_factor::SecondFactorRequest::Enrol;
        let reply = service.ask(Request::SecondFactor(member, enrol)).await;
        assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
    }

    async fn the_mark_only_rises(engine: Engine) {
        let service = Service::start(engine).await;
        let mark = "SELECT mark FROM clock";
        service.accounts.send_heartbeat().await.unwrap();
        let first = service.fresh.number(mark).await;
        assert_eq!(first, service.clock.now().epoch_ms());
        service.later(-DAY);
        service.accounts.send_heartbeat().await.unwrap();
        assert_eq!(service.fresh.number(mark).await, first);
        service.later(2 * DAY);
        service.accounts.send_heartbeat().await.unwrap();
        assert_eq!(service.fresh.number(mark).await, first + DAY);
    }

    async fn a_start_begins_at_the_mark_when_the_clock_is_behind_it(engine: Engine) {
        let service = Service::start(engine).await;
        let store = service.fresh.open().await;
        let real = doorkey::accounts::begin_clock(&store).await.unwrap();
        assert!(real.now().ms_since(Clock::wall_clock()).abs() < MINUTE);
        let mut tx = store.begin().await.unwrap();
        let mark = real.now().plus_ms(DAY);
        tx.raise_clock_mark(mark).await.unwrap();
        tx.commit().await.unwrap();
        let clock = doorkey::accounts::begin_clock(&store).await.unwrap();
        assert!((0..MINUTE).contains(&clock.now().ms_since(mark)));
        assert!(clock.is_settled());
        assert!(clock.reference_time() < mark);
    }
}
