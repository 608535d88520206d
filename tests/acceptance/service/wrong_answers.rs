//! Ten wrong answers to reauthentication end a session, whatever was requested and however the
//! proof is passed on.

use doorkey::accounts::request::{Refusal, SignedIn, WRONG_ANSWERS};
use doorkey::domain::throttle::delay_ms;

use super::{FIRST, SECOND, Service};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

/// The answer to the `nth` wrong one when nine are borne.
fn expected(nth: u32, usual: &Refusal) -> Refusal {
    if nth < WRONG_ANSWERS { usual.clone() } else { Refusal::WrongTooOften }
}

/// Confirms with wrong passwords until the session is over.
async fn use_up(service: &Service, member: &SignedIn) {
    for nth in 1..=WRONG_ANSWERS {
        let refusal = service.confirm(member, "no such password").await.unwrap_err();
        assert_eq!(refusal, expected(nth, &Refusal::WrongCurrentPassword), "answer {nth}");
        service.later(delay_ms(nth.into()));
    }
}

on_both_engines! {
    async fn ten_wrong_passwords_end_the_session_with_one_row(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        use_up(&service, &ada).await;
        assert_eq!(service.confirm(&ada, FIRST).await.unwrap_err(), Refusal::WrongTooOften, "even the right one");
        assert_eq!(service.change(&ada, FIRST, SECOND).await.unwrap_err(), Refusal::WrongTooOften);
        assert_eq!(service.rows_of("reauthentication-failed").await, 1);
        assert_eq!(service.rows_of("password-change-refused").await, 10);
    }

    async fn what_is_asked_does_not_matter_and_right_answers_are_not_counted(engine: Engine) {
        let service = Service::start(engine).await;
        let (mut ada, app, _) = service.add_with_second_factor("ada").await;
        for nth in 1..=WRONG_ANSWERS {
            service.later(STEP);
            let wrong = app.never_shows(service.clock.now());
            let (refusal, usual) = match nth % 4 {
                0 => (service.confirm(&ada, &wrong).await, Refusal::SecondFactorRefused),
                1 => (service.confirm(&ada, "no such password").await, Refusal::WrongCurrentPassword),
                2 => (service.change(&ada, "no such password", SECOND).await, Refusal::WrongCurrentPassword),
                _ => (service.confirm_by(&ada, &wrong, true).await, Refusal::SecondFactorRefused),
            };
            assert_eq!(refusal.unwrap_err(), expected(nth, &usual), "answer {nth}");
            if nth < WRONG_ANSWERS {
                // A newer proof of the same session counts on.
                service.later(STEP);
                ada = service.confirm(&ada, FIRST).await.unwrap();
            }
        }
        assert_eq!(service.rows_of("reauthentication-failed").await, 1);
    }

    async fn another_session_of_the_account_continues(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (here, elsewhere) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        use_up(&service, &here).await;
        service.later(delay_ms(WRONG_ANSWERS.into()));
        assert!(service.confirm(&elsewhere, FIRST).await.is_ok());
    }
}
