//! Taking the second step away: only the second step itself confirms it, never a password that needs it, and an
//! operator's command is the way out for who has lost everything.

use doorkey::accounts::admin::Denied;
use doorkey::accounts::request::security::{Answer, Ask};
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::mail::transport::Sent;

use super::{FIRST, MINUTE, SECOND, Service};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

/// Long enough beside a second step, and not alone.
const SHORT: &str = "kzv8 wq2m pl";

on_both_engines! {
    async fn the_password_does_not_confirm_what_takes_the_second_step_away(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, saved) = service.add_with_second_step("ada").await;
        service.later(6 * MINUTE);
        let by_password = service.confirm(&member, FIRST).await.unwrap();
        for ask in [Ask::TurnOff, Ask::MakeRecoveryCodes, Ask::Enrol] {
            let request = Request::Security(by_password.clone(), ask);
            assert!(request.wants_second_step());
            let reply = service.ask(request).await;
            assert!(matches!(reply, Reply::ConfirmFirst(_)), "{reply:?}");
        }
        // Where the second step is asked for, the password is no answer, not even a try.
        let refused = service.rows_of("second-step-refused").await;
        let no = service.confirm_by(&by_password, FIRST, true).await.unwrap_err();
        assert_eq!(no, Refusal::SecondStepRefused);
        assert_eq!(service.rows_of("second-step-refused").await, refused);

        let code = app.shows(service.clock.now());
        let by_app = service.confirm_by(&by_password, &code, true).await.unwrap();
        assert!(matches!(service.security(&by_app, Ask::MakeRecoveryCodes).await, Ok(Answer::RecoveryCodes(_))));
        let gone = service.confirm_by(&member, &saved[0], true).await.unwrap_err();
        assert_eq!(gone, Refusal::SecondStepRefused, "the old codes are good no more");
        service.later(6 * MINUTE);
        let reply = service.ask(Request::Security(by_app, Ask::TurnOff)).await;
        assert!(matches!(reply, Reply::ConfirmFirst(_)), "five minutes are over: {reply:?}");
    }

    async fn a_recovery_code_confirms_it_and_is_used_up(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, _, saved) = service.add_with_second_step("ada").await;
        service.later(6 * MINUTE);
        let confirmed = service.confirm_by(&member, &saved[0], true).await.unwrap();
        let again = service.confirm_by(&member, &saved[0], true).await.unwrap_err();
        assert_eq!(again, Refusal::SecondStepRefused);
        assert_eq!(service.rows_of("recovery-code-used").await, 1);
        assert_eq!(service.letters_with("account was used").await, 1);
        assert!(matches!(service.security(&confirmed, Ask::TurnOff).await, Ok(Answer::TurnedOff(_))));
        assert_eq!(service.letters_with("is off").await, 1);
    }

    async fn a_password_that_needs_the_second_step_keeps_it_on(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, _) = service.add_with_second_step("ada").await;
        let member = service.change(&member, FIRST, SHORT).await.unwrap();
        let refusal = service.security(&member, Ask::TurnOff).await.unwrap_err();
        assert_eq!(refusal, Refusal::PasswordTooShortAlone);
        let half = service.half("ada", SHORT).await;
        let member = service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        assert_eq!(service.security(&member, Ask::TurnOff).await.unwrap_err(), Refusal::PasswordTooShortAlone);
        assert_eq!(service.rows_of("second-step-off").await, 0);

        let member = service.change(&member, SHORT, SECOND).await.unwrap();
        assert!(matches!(service.security(&member, Ask::TurnOff).await, Ok(Answer::TurnedOff(_))));
        assert!(service.try_sign_in("ada", SECOND).await.is_ok());
    }

    async fn a_reset_to_a_short_password_keeps_it_on_too(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_step("ada").await;
        let half = service.half_reset("ada").await;
        let grant = service.show_for_reset(&half, &app.shows(service.clock.now())).await.unwrap();
        let member = service.set(grant, SHORT).await.unwrap().unwrap();
        assert_eq!(service.security(&member, Ask::TurnOff).await.unwrap_err(), Refusal::PasswordTooShortAlone);
        service.later(2 * MINUTE);
        let half = service.half_reset("ada").await;
        let grant = service.show_for_reset(&half, &saved[0]).await.unwrap();
        let member = service.set(grant, SECOND).await.unwrap().unwrap();
        assert!(service.security(&member, Ask::TurnOff).await.is_ok());
    }

    async fn of_a_short_password_and_a_turning_off_at_once_one_comes_about(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, ..) = service.add_with_second_step("ada").await;
        let changing = service.change(&member, FIRST, SHORT);
        let turning_off = service.security(&member, Ask::TurnOff);
        let (changed, off) = futures_util::future::join(changing, turning_off).await;
        assert!(changed.is_ok() != off.is_ok(), "{changed:?} {off:?}");
    }

    async fn an_operator_turns_a_lost_one_off_and_every_address_is_told(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, ..) = service.add_with_second_step("ada").await;
        assert!(!service.accounts.turn_off_second_step("ada").await.unwrap());
        assert_eq!(service.teams(&member).await, Err(Refusal::SignedOutElsewhere));
        assert!(service.try_sign_in("ada", FIRST).await.is_ok(), "the password alone is enough again");
        let by_operator = "SELECT count(*) FROM activity
                           WHERE kind = 'second-step-off' AND client = 'operator' AND source = ''";
        assert_eq!(service.fresh.number(by_operator).await, 1);
        assert_eq!(service.letters_with("is off").await, 1);
        let letter = service.letters.letters().pop().unwrap();
        assert!(letter.text.contains("From:   the portal's own machine"), "{}", letter.text);
        assert!(letter.text.contains("From now on the password alone signs in."), "{}", letter.text);

        let again = service.accounts.turn_off_second_step("ada").await.unwrap_err();
        assert!(matches!(again, Denied::NoSecondStep(_)), "{again}");
        let nobody = service.accounts.turn_off_second_step("nobody").await.unwrap_err();
        assert!(matches!(nobody, Denied::NoUser(_)), "{nobody}");
    }

    async fn a_short_password_goes_with_the_second_step_that_an_operator_turns_off(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, ..) = service.add_with_second_step("ada").await;
        service.change(&member, FIRST, SHORT).await.unwrap();
        assert!(service.accounts.turn_off_second_step("ada").await.unwrap());
        assert_eq!(service.try_sign_in("ada", SHORT).await.unwrap_err(), Refusal::WrongCredentials);
        assert_eq!(service.letters_with("is off").await, 1);
        let is_about_it = |letter: &&Sent| letter.subject.contains("is off");
        let letters = service.letters.letters();
        let letter = letters.iter().find(is_about_it).unwrap();
        assert!(letter.text.contains("good only beside it and is good no more"), "{}", letter.text);
        service.later(STEP);
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        let (grant, refusal) = service.set(grant, SHORT).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Password(_)), "{refusal:?}");
        assert!(service.set(grant.unwrap(), SECOND).await.unwrap().is_some());
    }

    async fn a_disabled_account_keeps_its_second_step(engine: Engine) {
        let service = Service::start(engine).await;
        service.add_with_second_step("ada").await;
        service.accounts.disable_user("ada").await.unwrap();
        let denied = service.accounts.turn_off_second_step("ada").await.unwrap_err();
        assert!(matches!(denied, Denied::Disabled(_)), "{denied}");
    }
}
