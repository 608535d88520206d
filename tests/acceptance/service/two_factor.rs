//! The second factor: codes of a real `oathtool`, and that nothing can bypass it.

use doorkey::accounts::request::second_factor::{
    SecondFactorAttempt, SecondFactorReply, SecondFactorRequest,
};
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::input::CodeForm;
use doorkey::domain::secret::Secret;
use doorkey::domain::wait::Wait;
use futures_util::future::join_all;

use super::{FIRST, MINUTE, SECOND, Service};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

on_both_engines! {
    async fn it_is_on_only_after_a_right_code_and_then_asked_for_at_every_sign_in(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (here, elsewhere) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        let (app, enrolment) = service.enrol(&here).await;
        let now = service.clock.now();
        let wrong = app.never_shows(now);
        assert_eq!(service.turn_on(&here, &enrolment, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        for slip in ["", "hello", "1234567"] {
            let refused = service.turn_on(&here, &enrolment, slip).await.unwrap_err();
            assert_eq!(refused, Refusal::CodeMalformed(CodeForm::App));
        }
        assert!(service.try_sign_in("ada", FIRST).await.is_ok(), "it is not on yet");
        let code = app.shows(now);
        let (here, codes) = service.turn_on(&here, &enrolment, &code).await.unwrap();
        assert_eq!((codes.len(), service.view(&here).await.recovery_codes), (8, 8));
        assert_eq!(service.teams(&elsewhere).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(service.teams(&here).await, Ok(0));
        for kind in ["two-factor-on", "recovery-codes-created"] {
            assert_eq!(service.rows_of(kind).await, 1, "{kind}");
        }
        assert_eq!(service.turn_on(&here, &enrolment, &code).await.unwrap_err(), Refusal::SecondFactorUnchanged);
        assert_eq!(service.security(&here, SecondFactorRequest::Enrol).await.unwrap_err(), Refusal::SecondFactorUnchanged);

        let signed_in = service.rows_of("sign-in").await;
        let half = service.half("ada", FIRST).await;
        assert_eq!(service.rows_of("sign-in").await, signed_in, "nobody is signed in yet");
        assert_eq!(service.show(&half, &code).await.unwrap_err(), Refusal::SecondFactorRefused, "it was used to turn it on");
        service.later(STEP);
        let member = service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        assert_eq!((member.name(), service.teams(&member).await), ("ada", Ok(0)));
        assert_eq!(service.rows_of("sign-in").await, signed_in + 1);
        assert_eq!(service.rows_of("two-factor-refused").await, 1);
        assert_eq!(service.emails_with("Two-factor authentication").await, 1);
    }

    async fn a_secret_that_waits_is_taken_once_by_its_own_account_in_time_and_in_its_epoch(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let confirm = |code: &str| SecondFactorRequest::Confirm { code: Secret::new(code) };
        let expired = |answer: Result<SecondFactorReply, Refusal>| answer.unwrap_err() == Refusal::EnrolmentExpired;
        assert!(expired(service.security(&ada, confirm("123456")).await), "nothing was begun");
        let first = service.begin_enrolment(&ada).await;
        let app = service.begin_enrolment(&ada).await;
        assert!(expired(service.security(&grace, confirm(&app.shows(service.clock.now()))).await));
        let refused = service.security(&ada, confirm(&first.shows(service.clock.now()))).await.unwrap_err();
        assert_eq!(refused, Refusal::SecondFactorRefused, "a newer secret has taken its place");
        service.later(15 * MINUTE);
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        assert!(expired(service.security(&ada, confirm(&app.shows(service.clock.now()))).await), "too late");

        let app = service.begin_enrolment(&ada).await;
        service.begin_enrolment(&grace).await;
        let code = app.shows(service.clock.now());
        let both = join_all([service.security(&ada, confirm(&code)), service.security(&ada, confirm(&code))]).await;
        let won: Vec<_> = both.into_iter().filter_map(Result::ok).collect();
        assert!(matches!(&won[..], [SecondFactorReply::TurnedOn(_, codes)] if codes.len() == 8), "{won:?}");
        assert_eq!(service.fresh.number("SELECT count(*) FROM pending_enrolments").await, 1, "only grace's is left");
        let app = service.begin_enrolment(&grace).await;
        service.fresh.execute_sql("UPDATE pending_enrolments SET epoch = epoch + 1").await.unwrap();
        assert!(expired(service.security(&grace, confirm(&app.shows(service.clock.now()))).await), "another epoch");
        service.later(16 * MINUTE);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM pending_enrolments").await, 0);
    }

    async fn recovery_codes_are_made_five_times_an_hour_and_ten_times_a_day(engine: Engine) {
        let service = Service::start(engine).await;
        let (mut member, app, _) = service.add_with_second_factor("ada").await;
        let mut made = Vec::new();
        for _ in 0..3 {
            let mut of_this_hour = 0;
            loop {
                match service.security(&member, SecondFactorRequest::MakeRecoveryCodes).await {
                    Ok(_) => of_this_hour += 1,
                    Err(Refusal::TryLater(_)) => break,
                    Err(other) => panic!("{other:?}"),
                }
                assert!(of_this_hour < 20, "without end");
            }
            made.push(of_this_hour);
            service.later(60 * MINUTE);
            member = service.confirm_by(&member, &app.shows(service.clock.now()), true).await.unwrap();
        }
        assert_eq!(made, [5, 5, 0]);
        service.later(24 * 60 * MINUTE);
        let member = service.confirm_by(&member, &app.shows(service.clock.now()), true).await.unwrap();
        service.security(&member, SecondFactorRequest::MakeRecoveryCodes).await.unwrap();
    }

    async fn it_is_turned_on_and_off_five_times_an_hour_together(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut member = service.sign_in("ada", FIRST).await;
        for _ in 0..2 {
            let (app, enrolment) = service.enrol(&member).await;
            // Wrong codes are no changes.
            let wrong = app.never_shows(service.clock.now());
            service.turn_on(&member, &enrolment, &wrong).await.unwrap_err();
            (member, _) = service.turn_on(&member, &enrolment, &app.shows(service.clock.now())).await.unwrap();
            let reply = service.security(&member, SecondFactorRequest::TurnOff).await;
            let Ok(SecondFactorReply::TurnedOff(off)) = reply else { panic!("{reply:?}") };
            member = off;
            service.later(STEP);
        }
        let (app, enrolment) = service.enrol(&member).await;
        (member, _) = service.turn_on(&member, &enrolment, &app.shows(service.clock.now())).await.unwrap();
        let refused = service.security(&member, SecondFactorRequest::TurnOff).await;
        assert!(matches!(refused, Err(Refusal::TryLater(_))), "{refused:?}");
        assert_eq!(service.view(&member).await.recovery_codes, 8, "it is still on");
        service.later(60 * MINUTE);
        member = service.confirm_by(&member, &app.shows(service.clock.now()), true).await.unwrap();
        let reply = service.security(&member, SecondFactorRequest::TurnOff).await;
        assert!(matches!(reply, Ok(SecondFactorReply::TurnedOff(_))), "{reply:?}");
    }

    async fn a_code_of_oathtool_counts_one_step_to_either_side(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, _) = service.add_with_second_factor("ada").await;
        service.later(4 * STEP);
        for (shift, counts) in [(-2, false), (2, false), (-1, true), (0, true), (1, true)] {
            let code = app.shows(service.clock.now().plus_ms(shift * STEP));
            let half = service.half("ada", FIRST).await;
            assert_eq!(service.show(&half, &code).await.is_ok(), counts, "{shift} steps away");
        }
    }

    async fn a_code_is_taken_once_also_when_it_comes_thirty_two_times_at_once(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        let another = service.another().await;
        for code in [app.shows(service.clock.now()), saved[0].clone()] {
            let mut halves = Vec::new();
            for _ in 0..32 {
                halves.push(service.half("ada", FIRST).await);
            }
            let last = halves.pop().unwrap();
            let here = halves.iter().map(|half| service.show(half, &code));
            let step = SecondFactorAttempt { half: last, code: Secret::new(code.as_str()) };
            let cx = crate::service::cx("192.0.2.8");
            let there = another.handle(&cx, Request::ProveSecondFactor(step));
            let (here, there) = futures_util::future::join(join_all(here), there).await;
            let there = usize::from(matches!(there, Reply::SignedIn(_)));
            assert_eq!(here.iter().filter(|shown| shown.is_ok()).count() + there, 1, "{here:?}");
            service.later(STEP);
            let again = service.half("ada", FIRST).await;
            assert_eq!(service.show(&again, &code).await.unwrap_err(), Refusal::SecondFactorRefused);
            service.later(STEP);
        }
        assert_eq!(service.emails_with("code was used").await, 1);
        assert_eq!(service.rows_of("recovery-code-used").await, 1);
    }

    async fn three_tries_in_a_step_and_growing_waits_are_all_that_a_guesser_has(engine: Engine) {
        let mut service = Service::start(engine).await;
        let (_, app, _) = service.add_with_second_factor("ada").await;
        let (mut compared, mut steps) = (0_usize, 0);
        let mut wrong = String::new();
        for guess in 0..100 {
            if guess % 20 == 0 {
                service.later(STEP);
                service.restart().await;
                steps += 1;
                wrong = app.never_shows(service.clock.now());
            }
            // As many connections as there are guesses, each with the right password.
            let half = service.half("ada", FIRST).await;
            match service.show(&half, &wrong).await.unwrap_err() {
                Refusal::SecondFactorRefused => compared += 1,
                Refusal::TryLater(Wait { until: at, .. }) => {
                    let wait = at.ms_since(service.clock.now());
                    assert!((1..=2 * STEP).contains(&wait), "{wait} ms");
                }
                other => panic!("{other:?}"),
            }
        }
        // Three in each of three steps; from the tenth on there is one in each wait.
        assert_eq!((compared, steps), (11, 5));
        assert_eq!(service.rows_of("two-factor-refused").await, compared);
        service.later(60 * MINUTE);
        let half = service.half("ada", FIRST).await;
        assert!(service.show(&half, &app.shows(service.clock.now())).await.is_ok());
    }

    async fn a_first_half_is_good_for_ten_minutes_five_tries_and_its_own_epoch(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, saved) = service.add_with_second_factor("ada").await;
        let old = service.half("ada", FIRST).await;
        service.later(10 * MINUTE + 1);
        let right = app.shows(service.clock.now());
        assert_eq!(service.show(&old, &right).await.unwrap_err(), Refusal::SecondFactorExpired);

        let tried = service.half("ada", FIRST).await;
        for _ in 0..5 {
            service.later(STEP);
            let wrong = app.never_shows(service.clock.now());
            assert_eq!(service.show(&tried, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        }
        assert_eq!(service.show(&tried, &saved[0]).await.unwrap_err(), Refusal::SecondFactorExpired);

        let stale = service.half("ada", FIRST).await;
        let member = service.confirm(&member, FIRST).await.unwrap();
        service.change(&member, FIRST, SECOND).await.unwrap();
        assert_eq!(service.show(&stale, &saved[0]).await.unwrap_err(), Refusal::SecondFactorExpired);
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(service.show(&stale, &saved[0]).await.unwrap_err(), Refusal::SecondFactorExpired);
        assert_eq!(service.emails_with("code was used").await, 0);
    }

    async fn a_seed_that_was_moved_to_another_account_opens_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, adas, _) = service.add_with_second_factor("ada").await;
        let (_, graces, saved) = service.add_with_second_factor("grace").await;
        let swap = "UPDATE second_factors SET sealed =
                        (SELECT s.sealed FROM second_factors s WHERE s.account <> second_factors.account)";
        assert_eq!(service.fresh.execute_sql(swap).await.unwrap(), 2);
        service.later(STEP);
        for app in [&adas, &graces] {
            let half = service.half("ada", FIRST).await;
            let refusal = service.show(&half, &app.shows(service.clock.now())).await.unwrap_err();
            assert!(matches!(refusal, Refusal::Unavailable(_)), "{refusal:?}");
        }
        let half = service.half("ada", FIRST).await;
        assert_eq!(service.show(&half, &saved[0]).await.unwrap_err(), Refusal::SecondFactorRefused, "grace's code");
    }

    async fn neither_seed_nor_recovery_code_stands_in_the_database(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        service.work().await;
        let bytes = service.fresh.all_bytes().await;
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds("two-factor-on"), "the search finds what is there");
        for secret in [app.0.clone(), app.0.replace(' ', ""), saved[0].clone(), saved[0].replace('-', "")] {
            assert!(!holds(&secret));
        }
    }

    async fn what_is_sensitive_asks_to_confirm_which_the_app_can(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, saved) = service.add_with_second_factor("ada").await;
        service.later(6 * MINUTE);
        for ask in [SecondFactorRequest::TurnOff, SecondFactorRequest::MakeRecoveryCodes, SecondFactorRequest::Enrol] {
            let reply = service.ask(Request::SecondFactor(member.clone(), ask)).await;
            assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
        }
        let now = service.clock.now();
        let wrong = app.never_shows(now);
        assert_eq!(service.confirm(&member, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(service.confirm(&member, &saved[0]).await.unwrap_err(), Refusal::WrongCurrentPassword);
        let code = app.shows(now);
        let fresh = service.confirm(&member, &code).await.unwrap();
        assert_eq!(service.confirm(&member, &code).await.unwrap_err(), Refusal::SecondFactorRefused, "once");
        service.later(STEP);
        assert!(service.confirm(&member, FIRST).await.is_ok());
        assert!(service.security(&fresh, SecondFactorRequest::TurnOff).await.is_ok());
        assert_eq!(service.confirm(&fresh, &code).await.unwrap_err(), Refusal::SignedOutElsewhere, "void by now");
        assert_eq!(service.rows_of("reauthenticated").await, 2);
    }

    async fn nobody_turns_it_on_for_others_and_a_stale_session_can_do_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let (app, enrolment) = service.enrol(&ada).await;
        let code = app.shows(service.clock.now());
        assert_eq!(service.turn_on(&grace, &enrolment, &code).await.unwrap_err(), Refusal::NotFound);
        let changed = service.change(&ada, FIRST, SECOND).await.unwrap();
        for ask in [SecondFactorRequest::Status, SecondFactorRequest::Enrol, SecondFactorRequest::TurnOff, SecondFactorRequest::MakeRecoveryCodes] {
            assert_eq!(service.security(&ada, ask).await.unwrap_err(), Refusal::SignedOutElsewhere);
        }
        assert_eq!(service.turn_on(&ada, &enrolment, &code).await.unwrap_err(), Refusal::SignedOutElsewhere);
        let both = join_all([
            service.turn_on(&changed, &enrolment, &code),
            service.turn_on(&changed, &enrolment, &code),
        ])
        .await;
        assert_eq!(both.iter().filter(|done| done.is_ok()).count(), 1, "{both:?}");
        assert_eq!(service.rows_of("two-factor-on").await, 1);
    }
}
