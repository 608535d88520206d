//! Directories in which the portal can set no forgotten password, or change none: nothing is offered that they refuse.

use doorkey::accounts::request::undo::UndoRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::directory::{MustChange, PasswordExpiry};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::DIRECTORY_TRIES;

use super::super::keys::{add, line};
use super::super::undo::undo_code_in;
use super::super::{FIRST, SECOND};
use super::tries::verify;
use super::{Script, before};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

on_both_engines! {
    async fn without_a_reset_no_email_has_an_undo_code_or_speaks_of_a_reset(engine: Engine) {
        let script = Script::of(&["ada"]);
        script.lacks.lock().unwrap().push("reset");
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        let ada = service.change(&ada, FIRST, SECOND).await.unwrap();
        add(&service, &ada, line(1)).await.unwrap();
        let (app, enrolment) = service.enrol(&ada).await;
        service.turn_on(&ada, &enrolment, &app.shows(service.clock.now())).await.unwrap();
        service.work().await;
        let emails = service.emails.emails();
        assert!(emails.len() >= 3, "{}", emails.len());
        for email in &emails {
            assert_eq!(undo_code_in(email), None, "{}", email.text);
            assert!(email.text.contains("contact support right away"), "{}", email.text);
            let text = email.text.to_lowercase();
            assert!(!text.contains("undo") && !text.contains("reset"), "{}", email.text);
        }
        // Nor is there one in the store.
        assert_eq!(service.fresh.number("SELECT count(*) FROM undo_snapshots").await, 0);
        assert_eq!(service.fresh.number("SELECT count(*) FROM undo_addresses").await, 0);
    }

    async fn without_a_reset_nobody_gets_a_code_from_anybody(engine: Engine) {
        let script = Script::of(&["ada"]);
        script.lacks.lock().unwrap().push("reset");
        let service = before(engine, &script).await;
        service.sign_in("ada", FIRST).await;
        let issued = service.accounts.issue_reset_code("ada").await.unwrap_err().to_string();
        assert!(issued.contains("set its password there"), "{issued}");
        let code = || Secret::new("WDJB-MJHT-BCDF-GHJK");
        for request in [
            Request::RequestCode { name: "ada".into() },
            Request::Undo(UndoRequest::Preview { code: code() }),
        ] {
            let reply = service.ask(request).await;
            assert!(matches!(reply, Reply::Refused(Refusal::KeptInDirectory)), "{reply:?}");
        }
        service.work().await;
        assert_eq!(service.emails.emails().len(), 0);
    }

    async fn a_password_that_is_due_and_cannot_be_changed_here_opens_nothing_and_counts_in_the_directory(engine: Engine) {
        let script = Script::of(&["ada"]);
        script.lacks.lock().unwrap().push("change");
        let service = before(engine, &script).await;
        script.edit("ada", |ada| ada.must_change = Some(MustChange::Expired));
        for _ in 0..DIRECTORY_TRIES.count {
            assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::PasswordDueInDirectory);
        }
        // To see that it was right, a server may have been asked for a wrong one each time.
        let told = service.try_sign_in("ada", FIRST).await.unwrap_err();
        assert!(matches!(told, Refusal::TryLater(_)), "{told:?}");
        service.later(DIRECTORY_TRIES.window_ms);
        script.edit("ada", |ada| ada.must_change = None);
        let ada = service.sign_in("ada", FIRST).await;
        let told = service.change(&ada, FIRST, SECOND).await;
        assert_eq!(told.unwrap_err(), Refusal::KeptInDirectory);
        assert_eq!(script.password_of("ada"), FIRST);
    }

    async fn a_password_that_is_taken_for_some_time_still_is_told_of_beside_a_second_factor_too(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        assert_eq!(service.sign_in("ada", FIRST).await.password_expiry(), None);
        let soon = PasswordExpiry::InSeconds(3 * 86_400);
        script.edit("ada", |ada| ada.expiry = Some(soon));
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(ada.password_expiry(), Some(soon));
        let (app, enrolment) = service.enrol(&ada).await;
        service.turn_on(&ada, &enrolment, &app.shows(service.clock.now())).await.unwrap();
        service.later(STEP);
        let half = service.half("ada", FIRST).await;
        let member = service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        assert_eq!(member.password_expiry(), Some(soon));
    }

    async fn an_expired_password_that_is_still_taken_opens_the_portal_only_where_it_cannot_be_changed(engine: Engine) {
        let last = PasswordExpiry::AfterSignIns(2);
        let script = Script::of(&["ada"]);
        script.edit("ada", |ada| ada.expiry = Some(last));
        let service = before(engine, &script).await;
        let request = Request::SignIn { name: "ada".into(), password: Secret::new(FIRST) };
        let reply = service.ask(request).await;
        assert!(matches!(reply, Reply::MaySetPassword(_)), "{reply:?}");
        script.lacks.lock().unwrap().push("change");
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(ada.password_expiry(), Some(last));
        // What lets her in here does so at services and in her session, and counts as no wrong one.
        for _ in 0..=DIRECTORY_TRIES.count {
            assert_eq!(verify(&service, "192.0.2.7", "ada", FIRST).await.unwrap(), "ada");
            let member = ada.clone();
            let request = Request::Reauthenticate { member, password: Secret::new(FIRST), second_factor: false };
            let reply = service.ask(request).await;
            assert!(matches!(reply, Reply::Reauthenticated(_)), "{reply:?}");
        }
    }
}
