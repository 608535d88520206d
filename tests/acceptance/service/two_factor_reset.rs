//! The second factor during a reset, and recovery codes: new ones, old ones, none.

use doorkey::accounts::request::Refusal;
use doorkey::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use futures_util::future::join_all;

use super::{FIRST, MINUTE, SECOND, Service};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

on_both_engines! {
    async fn a_reset_asks_for_the_second_factor_and_keeps_it(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        let half = service.half_reset("ada").await;
        // The right that the code left behind opens nothing in the database either.
        let live = "SELECT count(*) FROM grants WHERE second_factor_at IS NULL AND used_at IS NULL";
        assert_eq!(service.fresh.number(live).await, 1);
        let wrong = app.never_shows(service.clock.now());
        assert_eq!(service.show_for_reset(&half, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        let grant = service.show_for_reset(&half, &app.shows(service.clock.now())).await.unwrap();
        assert!(grant.has_second_factor());
        let member = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert!(member.has_second_factor() && service.view(&member).await.on_since.is_some());
        service.later(STEP);
        let half = service.half("ada", SECOND).await;
        assert!(service.show(&half, &app.shows(service.clock.now())).await.is_ok());

        service.later(60 * MINUTE);
        let half = service.half_reset("ada").await;
        let grant = service.show_for_reset(&half, &saved[3].to_lowercase()).await.unwrap();
        let member = service.set(grant, FIRST).await.unwrap().unwrap();
        assert_eq!(service.view(&member).await.recovery_codes, 7);
        assert_eq!((service.rows_of("password-reset").await, service.rows_of("reset-code-accepted").await), (2, 2));
    }

    async fn a_grant_from_before_the_second_factor_sets_nothing_after_it(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        let member = service.sign_in("ada", FIRST).await;
        let (app, enrolment) = service.enrol(&member).await;
        service.turn_on(&member, &enrolment, &app.shows(service.clock.now())).await.unwrap();
        let refused = service.set(grant, SECOND).await;
        assert!(matches!(refused, Err((None, Refusal::GrantExpired))), "{refused:?}");
    }

    async fn a_half_reset_is_void_when_its_grant_is(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        let (first, second) = (service.half_reset("ada").await, {
            service.later(2 * MINUTE);
            service.half_reset("ada").await
        });
        let grant = service.show_for_reset(&first, &app.shows(service.clock.now())).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        let refusal = service.show_for_reset(&second, &saved[0]).await.unwrap_err();
        assert_eq!(refusal, Refusal::SecondFactorExpired);
    }

    async fn new_recovery_codes_end_the_old_ones_and_off_ends_them_all(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, old) = service.add_with_second_factor("ada").await;
        let makings = [(); 4].map(|()| service.security(&member, SecondFactorRequest::MakeRecoveryCodes));
        let made = join_all(makings).await;
        assert!(made.iter().all(Result::is_ok), "{made:?}");
        assert_eq!(service.fresh.number("SELECT count(*) FROM recovery_codes").await, 8, "one set, whoever was last");
        let Ok(SecondFactorReply::RecoveryCodes(new)) = service.security(&member, SecondFactorRequest::MakeRecoveryCodes).await else {
            panic!("new codes")
        };
        let half = service.half("ada", FIRST).await;
        assert_eq!(service.show(&half, &old[0]).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert!(service.show(&half, new[0].expose()).await.is_ok());
        assert_eq!((service.rows_of("recovery-codes-created").await, service.emails_with("recovery codes").await), (6, 6));

        let elsewhere = service.half("ada", FIRST).await;
        let Ok(SecondFactorReply::TurnedOff(member)) = service.security(&member, SecondFactorRequest::TurnOff).await else {
            panic!("it should be off")
        };
        assert!(!member.has_second_factor() && service.teams(&member).await.is_ok());
        assert_eq!(service.show(&elsewhere, new[1].expose()).await.unwrap_err(), Refusal::SecondFactorExpired);
        assert_eq!(service.security(&member, SecondFactorRequest::TurnOff).await.unwrap_err(), Refusal::SecondFactorUnchanged);
        assert_eq!(service.security(&member, SecondFactorRequest::MakeRecoveryCodes).await.unwrap_err(), Refusal::SecondFactorUnchanged);
        assert_eq!(service.fresh.number("SELECT count(*) FROM recovery_codes").await, 0);
        assert_eq!((service.rows_of("two-factor-off").await, service.emails_with("is off").await), (1, 1));
        assert!(service.try_sign_in("ada", FIRST).await.is_ok());
        let _ = app;
    }

    async fn a_shorter_password_will_do_beside_a_second_factor_only(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, _, _) = service.add_with_second_factor("ada").await;
        service.add("grace").await;
        let grace = service.sign_in("grace", FIRST).await;
        assert!(matches!(service.change(&grace, FIRST, "kzv8wq2m").await, Err(Refusal::Password(_))));
        assert!(service.change(&member, FIRST, "kzv8wq2m").await.is_ok());
        service.half("ada", "kzv8wq2m").await;
    }
}
