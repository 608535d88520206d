//! Directories in which the portal can set no forgotten password, or change none: nothing is offered that they refuse.

use doorkey::accounts::request::undo::UndoRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::directory::MustChange;
use doorkey::domain::secret::Secret;

use super::super::keys::{add, line};
use super::super::undo::undo_code_in;
use super::super::{FIRST, SECOND};
use super::{Script, before};
use crate::engine::on_both_engines;

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

    async fn a_password_that_is_due_and_cannot_be_changed_here_opens_nothing_and_counts_as_no_try(engine: Engine) {
        let script = Script::of(&["ada"]);
        script.lacks.lock().unwrap().push("change");
        let service = before(engine, &script).await;
        script.edit("ada", |ada| ada.must_change = Some(MustChange::Expired));
        for _ in 0..20 {
            assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::PasswordDueInDirectory);
        }
        script.edit("ada", |ada| ada.must_change = None);
        let ada = service.sign_in("ada", FIRST).await;
        let told = service.change(&ada, FIRST, SECOND).await;
        assert_eq!(told.unwrap_err(), Refusal::KeptInDirectory);
        assert_eq!(script.password_of("ada"), FIRST);
    }
}
