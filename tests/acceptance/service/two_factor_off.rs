//! Turning the second factor off: only the second factor itself can confirm it, and
//! an operator command helps people who lost everything.

use doorkey::accounts::admin::AdminError;
use doorkey::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::input::CodeForm;
use doorkey::mail::transport::SentEmail;

use super::{FIRST, MINUTE, SECOND, Service};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

/// Long enough beside a second factor, and not alone.
const SHORT: &str = "kzv8 wq2m pl";

on_both_engines! {
    async fn the_password_does_not_confirm_what_takes_the_second_factor_away(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, saved) = service.add_with_second_factor("ada").await;
        service.later(6 * MINUTE);
        let by_password = service.confirm(&member, FIRST).await.unwrap();
        for ask in [SecondFactorRequest::TurnOff, SecondFactorRequest::MakeRecoveryCodes, SecondFactorRequest::Enrol] {
            let request = Request::SecondFactor(by_password.clone(), ask);
            assert!(request.wants_second_factor());
            let reply = service.ask(request).await;
            assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
        }
        // Where the second factor is asked for, the password is no answer, not even a try.
        let refused = service.rows_of("two-factor-refused").await;
        let no = service.confirm_by(&by_password, FIRST, true).await.unwrap_err();
        assert_eq!(no, Refusal::CodeMalformed(CodeForm::SecondFactor));
        assert_eq!(service.rows_of("two-factor-refused").await, refused);

        let code = app.shows(service.clock.now());
        let by_app = service.confirm_by(&by_password, &code, true).await.unwrap();
        assert!(matches!(service.security(&by_app, SecondFactorRequest::MakeRecoveryCodes).await, Ok(SecondFactorReply::RecoveryCodes(_))));
        let gone = service.confirm_by(&member, &saved[0], true).await.unwrap_err();
        assert_eq!(gone, Refusal::SecondFactorRefused, "the old codes are good no more");
        service.later(6 * MINUTE);
        let reply = service.ask(Request::SecondFactor(by_app, SecondFactorRequest::TurnOff)).await;
        assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "five minutes are over: {reply:?}");
    }

    async fn a_recovery_code_confirms_it_and_is_used_up(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, _, saved) = service.add_with_second_factor("ada").await;
        service.later(6 * MINUTE);
        let confirmed = service.confirm_by(&member, &saved[0], true).await.unwrap();
        let again = service.confirm_by(&member, &saved[0], true).await.unwrap_err();
        assert_eq!(again, Refusal::SecondFactorRefused);
        assert_eq!(service.rows_of("recovery-code-used").await, 1);
        assert_eq!(service.emails_with("code was used").await, 1);
        assert!(matches!(service.security(&confirmed, SecondFactorRequest::TurnOff).await, Ok(SecondFactorReply::TurnedOff(_))));
        assert_eq!(service.emails_with("is off").await, 1);
    }

    async fn a_password_that_needs_the_second_factor_keeps_it_on(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, _) = service.add_with_second_factor("ada").await;
        let member = service.change(&member, FIRST, SHORT).await.unwrap();
        let refusal = service.security(&member, SecondFactorRequest::TurnOff).await.unwrap_err();
        assert_eq!(refusal, Refusal::PasswordTooShortAlone);
        let half = service.half("ada", SHORT).await;
        let member = service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        assert_eq!(service.security(&member, SecondFactorRequest::TurnOff).await.unwrap_err(), Refusal::PasswordTooShortAlone);
        assert_eq!(service.rows_of("two-factor-off").await, 0);

        let member = service.change(&member, SHORT, SECOND).await.unwrap();
        assert!(matches!(service.security(&member, SecondFactorRequest::TurnOff).await, Ok(SecondFactorReply::TurnedOff(_))));
        assert!(service.try_sign_in("ada", SECOND).await.is_ok());
    }

    async fn a_reset_to_a_short_password_keeps_it_on_too(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        let half = service.half_reset("ada").await;
        let grant = service.show_for_reset(&half, &app.shows(service.clock.now())).await.unwrap();
        let member = service.set(grant, SHORT).await.unwrap().unwrap();
        service.later(STEP);
        let member = service.confirm_by(&member, &app.shows(service.clock.now()), true).await.unwrap();
        assert_eq!(service.security(&member, SecondFactorRequest::TurnOff).await.unwrap_err(), Refusal::PasswordTooShortAlone);
        service.later(2 * MINUTE);
        let half = service.half_reset("ada").await;
        let grant = service.show_for_reset(&half, &saved[0]).await.unwrap();
        let member = service.set(grant, SECOND).await.unwrap().unwrap();
        let member = service.confirm_by(&member, &saved[1], true).await.unwrap();
        assert!(service.security(&member, SecondFactorRequest::TurnOff).await.is_ok());
    }

    async fn of_a_short_password_and_a_turning_off_at_once_one_comes_about(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, ..) = service.add_with_second_factor("ada").await;
        let changing = service.change(&member, FIRST, SHORT);
        let turning_off = service.security(&member, SecondFactorRequest::TurnOff);
        let (changed, off) = futures_util::future::join(changing, turning_off).await;
        assert!(changed.is_ok() != off.is_ok(), "{changed:?} {off:?}");
    }

    async fn an_operator_turns_a_lost_one_off_and_every_address_is_notified(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, ..) = service.add_with_second_factor("ada").await;
        assert!(!service.accounts.turn_off_second_factor("ada").await.unwrap());
        assert_eq!(service.teams(&member).await, Err(Refusal::SignedOutElsewhere));
        assert!(service.try_sign_in("ada", FIRST).await.is_ok(), "the password alone is enough again");
        let by_operator = "SELECT count(*) FROM activity
                           WHERE kind = 'two-factor-off' AND client = 'operator' AND ip = ''";
        assert_eq!(service.fresh.number(by_operator).await, 1);
        assert_eq!(service.emails_with("is off").await, 1);
        let email = service.emails.emails().pop().unwrap();
        assert!(email.text.contains("From:   the operator"), "{}", email.text);
        assert!(email.text.contains("your password alone is enough to sign in."), "{}", email.text);

        let again = service.accounts.turn_off_second_factor("ada").await.unwrap_err();
        assert!(matches!(again, AdminError::NoSecondFactor(_)), "{again}");
        let nobody = service.accounts.turn_off_second_factor("nobody").await.unwrap_err();
        assert!(matches!(nobody, AdminError::NoUser(_)), "{nobody}");
    }

    async fn a_short_password_goes_with_the_second_factor_that_an_operator_turns_off(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, ..) = service.add_with_second_factor("ada").await;
        service.change(&member, FIRST, SHORT).await.unwrap();
        assert!(service.accounts.turn_off_second_factor("ada").await.unwrap());
        assert_eq!(service.try_sign_in("ada", SHORT).await.unwrap_err(), Refusal::WrongCredentials);
        assert_eq!(service.emails_with("is off").await, 1);
        let is_about_it = |email: &&SentEmail| email.subject.contains("is off");
        let emails = service.emails.emails();
        let email = emails.iter().find(is_about_it).unwrap();
        assert!(email.text.contains("too short to be used alone"), "{}", email.text);
        service.later(STEP);
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        let (grant, refusal) = service.set(grant, SHORT).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Password(_)), "{refusal:?}");
        assert!(service.set(grant.unwrap(), SECOND).await.unwrap().is_some());
    }

    async fn a_disabled_account_keeps_its_second_factor(engine: Engine) {
        let service = Service::start(engine).await;
        service.add_with_second_factor("ada").await;
        service.accounts.disable_user("ada").await.unwrap();
        let denied = service.accounts.turn_off_second_factor("ada").await.unwrap_err();
        assert!(matches!(denied, AdminError::Disabled(_)), "{denied}");
    }
}
