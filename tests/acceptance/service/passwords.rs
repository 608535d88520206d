//! Setting a password with a grant, and changing it as a member.

use doorkey::accounts::request::Refusal;
use doorkey::domain::password::PasswordRefusal;
use doorkey::domain::wait::Wait;

use super::{FIRST, MINUTE, SECOND, Service, patient};
use crate::engine::on_both_engines;

on_both_engines! {
    async fn a_reset_sets_the_password_signs_in_and_notifies_the_owner(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        let member = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert_eq!(member.name(), "ada");
        assert_eq!(service.teams(&member).await, Ok(0));
        assert_eq!(service.try_sign_in_from("198.51.100.1", "ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        service.later(1_000);
        service.sign_in("ada", SECOND).await;
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.len(), 2);
        assert_eq!(emails[1].to, "ada@example.org");
        assert!(!emails[1].text.contains(SECOND));
        let rows = "SELECT count(*) FROM activity WHERE kind IN ('reset-code-sent', 'reset-code-accepted', 'password-reset')";
        assert_eq!(service.fresh.number(rows).await, 3);
    }

    async fn the_portal_may_ask_to_sign_in_after_a_reset(engine: Engine) {
        let mut rules = patient();
        rules.sign_in_after_reset = false;
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        assert!(service.set(grant, SECOND).await.unwrap().is_none());
        service.sign_in("ada", SECOND).await;
    }

    async fn a_refused_password_leaves_the_grant_good(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let mut grant = service.prove("ada", Some(&request), &code).await.unwrap();
        for (password, expected) in [
            ("short", PasswordRefusal::TooShort { min: 15 }),
            ("ada@example.org ada", PasswordRefusal::Guessable),
            ("passwordpassword", PasswordRefusal::Common),
        ] {
            let (back, refusal) = service.set(grant, password).await.unwrap_err();
            assert_eq!(refusal, Refusal::Password(expected));
            grant = back.expect("the grant comes back");
        }
        service.set(grant, SECOND).await.unwrap();
    }

    async fn a_grant_is_good_for_ten_minutes(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.later(10 * MINUTE);
        let (back, refusal) = service.set(grant, SECOND).await.unwrap_err();
        assert!(back.is_none());
        assert_eq!(refusal, Refusal::GrantExpired);
        service.sign_in("ada", FIRST).await;
    }

    async fn a_grant_dies_when_the_account_is_shut_or_its_password_changed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let member = service.sign_in("ada", FIRST).await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.change(&member, FIRST, SECOND).await.unwrap();
        assert_eq!(service.set(grant, "another good passphrase").await.unwrap_err().1, Refusal::GrantExpired);
        service.later(2 * MINUTE);
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(service.set(grant, "another good passphrase").await.unwrap_err().1, Refusal::GrantExpired);
        service.accounts.enable_user("ada").await.unwrap();
        service.sign_in("ada", SECOND).await;
    }

    async fn a_wrong_current_password_changes_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let member = service.sign_in("ada", FIRST).await;
        let no = service.change(&member, "not the password", SECOND).await.unwrap_err();
        assert_eq!(no, Refusal::WrongCurrentPassword);
        assert_eq!(service.teams(&member).await, Ok(0));
        service.sign_in("ada", FIRST).await;
        service.work().await;
        assert!(service.emails.emails().is_empty());
    }

    async fn a_change_needs_another_password_that_the_policy_takes(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let member = service.sign_in("ada", FIRST).await;
        let no = service.change(&member, FIRST, FIRST).await.unwrap_err();
        assert_eq!(no, Refusal::Password(PasswordRefusal::Unchanged));
        let no = service.change(&member, FIRST, "short").await.unwrap_err();
        assert_eq!(no, Refusal::Password(PasswordRefusal::TooShort { min: 15 }));
        let member = service.change(&member, FIRST, SECOND).await.unwrap();
        assert_eq!(service.teams(&member).await, Ok(0));
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
    }

    async fn wrong_current_passwords_slow_down_but_do_not_touch_the_sign_in(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        // Two sessions: ten wrong answers would end one.
        let (first, second) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        for member in std::iter::repeat_n(&first, 9).chain([&second]) {
            assert_eq!(service.change(member, "wrong", SECOND).await.unwrap_err(), Refusal::WrongCurrentPassword);
            service.later(3_000);
        }
        let Refusal::TryLater(Wait { until: at, .. }) = service.change(&second, FIRST, SECOND).await.unwrap_err() else {
            panic!("the eleventh was looked at")
        };
        assert_eq!(at.ms_since(service.clock.now()), 27_000);
        service.sign_in("ada", FIRST).await;
        service.later(27_000);
        service.change(&second, FIRST, SECOND).await.unwrap();
    }

    async fn a_shut_account_gets_no_email_and_its_code_opens_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("shut").await;
        let (request, code) = service.receive_code("shut").await;
        service.accounts.disable_user("shut").await.unwrap();
        assert_eq!(service.prove("shut", Some(&request), &code).await.unwrap_err(), Refusal::CodeRefused);
        service.later(2 * MINUTE);
        service.request_code("shut").await;
        service.request_code("nobody").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM reset_requests WHERE resolved_at IS NULL").await, 0);
    }
    async fn ten_changes_in_an_hour_are_enough_and_a_reset_is_none_of_them(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut ada = service.sign_in("ada", FIRST).await;
        for _ in 0..5 {
            ada = service.change(&ada, FIRST, SECOND).await.unwrap();
            ada = service.change(&ada, SECOND, FIRST).await.unwrap();
        }
        service.work().await;
        let (request, code) = service.receive_code("ada").await;
        let once_more = service.change(&ada, FIRST, SECOND).await;
        assert!(matches!(once_more, Err(Refusal::TryLater(_))), "{once_more:?}");
        let grant = service.prove("ada", Some(&request), &code).await.expect("the code is still good");
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        service.later(60 * MINUTE);
        service.change(&ada, SECOND, FIRST).await.unwrap();
    }
}
