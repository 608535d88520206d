//! What becomes of people who leave the directory, and of their passwords there.

use std::time::Duration;

use doorkey::accounts::request::sessions::SessionsRequest;
use doorkey::accounts::request::undo::{UndoReply, UndoRequest, UndoSummary};
use doorkey::accounts::request::{Refusal, Reply, Request, ResetGrant};
use doorkey::domain::secret::Secret;

use super::super::keys::{add, line};
use super::super::sessions::Session;
use super::super::undo::undo_code_in;
use super::super::{FIRST, MINUTE, SECOND, Service};
use super::{Script, before, before_with};
use crate::engine::on_both_engines;

const THIRD: &str = "plum tractor seventeen";

async fn undo(service: &Service, code: &str) -> Result<(ResetGrant, UndoSummary), Refusal> {
    let request = UndoRequest::Revert { code: Secret::new(code), second_factor: None };
    match service.ask(Request::Undo(request)).await {
        Reply::Undo(UndoReply::Reverted(grant, summary)) => Ok((grant, summary)),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

/// A thief changes the password from [`FIRST`] to [`SECOND`]; gives the undo code that ada is sent.
async fn stolen(service: &Service) -> String {
    let thief = service.sign_in("ada", FIRST).await;
    service.change(&thief, FIRST, SECOND).await.unwrap();
    service.work().await;
    let emails = service.emails.emails();
    emails.iter().rev().find_map(undo_code_in).expect("an undo code")
}

async fn until_asked(script: &Script, what: &str) {
    let asked = async {
        while script.asked(what) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asked).await.expect(what);
}

on_both_engines! {
    async fn whoever_was_disabled_in_the_directory_is_not_reauthenticated_and_is_signed_out(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        script.edit("ada", |ada| ada.entry.is_disabled = true);
        let request = Request::Reauthenticate {
            member: ada.clone(), password: Secret::new(FIRST), second_factor: false,
        };
        let reply = service.ask(request).await;
        assert!(matches!(reply, Reply::Refused(Refusal::ClosedInDirectory)), "{reply:?}");
        script.edit("ada", |ada| ada.entry.is_disabled = false);
        assert_eq!(service.teams(&ada).await, Err(Refusal::SignedOutElsewhere));
        service.sign_in("ada", FIRST).await;
    }

    async fn a_session_ends_within_minutes_once_its_owner_left_the_directory(engine: Engine) {
        const LONGEST: i64 = 6 * MINUTE;
        let script = Script::of(&["ada", "grace"]);
        let service = before(engine, &script).await;
        let ada = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let check = async || service.accounts.check_sessions_in_directory().await.unwrap();
        check().await;
        // Nobody is asked about who has just come, nor again before it is time.
        let asked = script.asked_at_all();
        service.later(4 * MINUTE);
        check().await;
        assert_eq!(script.asked_at_all(), asked);
        service.later(LONGEST);
        check().await;
        check().await;
        assert_eq!(script.asked_at_all(), asked + 1);
        // A directory that is away ends nothing.
        script.set_down(true);
        service.later(LONGEST);
        check().await;
        assert!(script.asked_at_all() > asked + 1);
        script.set_down(false);
        let mut revoked = service.accounts.subscribe();
        script.edit("ada", |ada| ada.is_gone = true);
        assert!(matches!(ada.ask(SessionsRequest::List).await, Reply::Sessions(_)));
        service.later(LONGEST);
        check().await;
        assert!(revoked.try_recv().is_ok());
        let reply = ada.ask(SessionsRequest::List).await;
        assert!(matches!(reply, Reply::Refused(Refusal::SignedOutElsewhere)), "{reply:?}");
        // Once, whoever else looks.
        service.later(LONGEST);
        check().await;
        let closed = "SELECT count(*) FROM activity WHERE kind = 'closed-in-directory'";
        assert_eq!(service.fresh.number(closed).await, 1);
    }

    async fn a_directory_that_shows_nobody_says_of_nobody_that_they_are_gone(engine: Engine) {
        let script = Script::of(&["ada", "grace"]);
        let service = before(engine, &script).await;
        let code = stolen(&service).await;
        let grace = Session::begin(&service.accounts, "grace", "192.0.2.7").await;
        let ada = service.sign_in("ada", SECOND).await;
        add(&service, &ada, line(1)).await.unwrap();
        service.work().await;
        service.accounts.check_sessions_in_directory().await.unwrap();
        service.later(7 * MINUTE);
        let (request, reset) = service.receive_code("ada").await;
        let mut revoked = service.accounts.subscribe();
        let emails = service.emails.emails().len();
        script.set_shows_nobody(true);
        // No session ends, neither by itself nor when it asks for something sensitive.
        let asked = script.asked("anybody");
        service.accounts.check_sessions_in_directory().await.unwrap();
        assert_eq!(script.asked("anybody"), asked + 1);
        let sensitive = Request::Reauthenticate {
            member: ada.clone(), password: Secret::new(SECOND), second_factor: false,
        };
        assert!(matches!(service.ask(sensitive).await, Reply::Refused(Refusal::Unavailable(_))));
        assert!(revoked.try_recv().is_err(), "a session was ended");
        assert!(matches!(grace.ask(SessionsRequest::List).await, Reply::Sessions(_)));
        service.teams(&ada).await.unwrap();
        // Nobody hears that a password is wrong, whether there is such an entry or not, and no try is counted.
        for name in ["ada", "nobody"] {
            for _ in 0..5 {
                let told = service.try_sign_in_from("198.51.100.9", name, SECOND).await;
                assert!(matches!(told, Err(Refusal::Unavailable(_))), "{name} {told:?}");
            }
        }
        let with_keys = service.ask(Request::PublicKeys { name: "ada".into() }).await;
        assert!(matches!(with_keys, Reply::Refused(Refusal::Unavailable(_))), "{with_keys:?}");
        // Codes stay good, and those that are asked for are sent later.
        assert!(matches!(undo(&service, &code).await, Err(Refusal::Unavailable(_))));
        let grant = service.prove("ada", Some(&request), &reset).await.unwrap();
        let (grant, refusal) = service.set(grant, THIRD).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Unavailable(_)), "{refusal:?}");
        service.request_code("grace").await;
        assert!(service.accounts.resolve_reset_requests().await.is_err());
        script.set_shows_nobody(false);
        service.work().await;
        assert_eq!(service.emails.emails().len(), emails + 1);
        let closed = "SELECT count(*) FROM activity WHERE kind = 'closed-in-directory'";
        assert_eq!(service.fresh.number(closed).await, 0);
        service.try_sign_in_from("198.51.100.9", "ada", SECOND).await.unwrap();
        service.set(grant.expect("the grant is still good"), THIRD).await.unwrap();
        undo(&service, &code).await.unwrap();
    }

    async fn what_people_have_stays_while_the_directory_shows_nobodys(engine: Engine) {
        let script = Script::of(&["ada", "grace"]);
        *script.has_groups.lock().unwrap() = true;
        for name in ["ada", "grace"] {
            script.edit(name, |one| one.entry.groups = vec!["operations".to_owned()]);
        }
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(service.teams(&ada).await, Ok(1));
        *script.hides_what_people_have.lock().unwrap() = true;
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(service.teams(&ada).await, Ok(1));
        service.receive_code("ada").await;
        let suspended = "SELECT count(*) FROM activity WHERE kind = 'emails-suspended'";
        assert_eq!(service.fresh.number(suspended).await, 0);
        // It shows others' again: now it says that she has none.
        *script.hides_what_people_have.lock().unwrap() = false;
        script.edit("ada", |ada| {
            ada.entry.email = None;
            ada.entry.groups.clear();
        });
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(service.teams(&ada).await, Ok(0));
        assert_eq!(service.fresh.number(suspended).await, 1);
    }

    async fn an_account_that_expires_in_the_directory_signs_in_until_then_and_gets_no_code_later(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let until = service.clock.now().plus_ms(MINUTE);
        script.edit("ada", |ada| ada.entry.expires_at = Some(until));
        service.sign_in("ada", FIRST).await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.later(MINUTE);
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        let (_, refusal) = service.set(grant, SECOND).await.unwrap_err();
        assert_eq!((refusal, script.asked("reset ada")), (Refusal::ClosedInDirectory, 0));
        let emails = service.emails.emails().len();
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), emails);
    }

    async fn an_undo_uses_its_code_before_it_takes_the_password_of_the_directory_away(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let code = stolen(&service).await;
        // What is away before anything is done leaves the code good.
        script.set_down(true);
        assert!(matches!(undo(&service, &code).await, Err(Refusal::Unavailable(_))));
        script.set_down(false);
        *script.refuses_resets.lock().unwrap() = true;
        let (grant, summary) = undo(&service, &code).await.unwrap();
        assert!(summary.keeps_password);
        assert_eq!(script.asked("refused reset"), 1);
        assert_eq!(script.password_of("ada"), SECOND);
        assert!(matches!(undo(&service, &code).await, Err(Refusal::UndoCodeRefused)));
        *script.refuses_resets.lock().unwrap() = false;
        service.set(grant, FIRST).await.unwrap();
        assert_eq!(script.password_of("ada"), FIRST);
    }

    async fn an_undo_takes_away_the_password_that_the_directory_has(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let code = stolen(&service).await;
        let (grant, summary) = undo(&service, &code).await.unwrap();
        assert!(!summary.keeps_password);
        assert!(![FIRST, SECOND].contains(&script.password_of("ada").as_str()));
        service.set(grant, FIRST).await.unwrap();
        assert_eq!(script.password_of("ada"), FIRST);
        // It is gone, too, where the directory takes no other one from the person.
        let code = stolen(&service).await;
        *script.refuses_after_resets.lock().unwrap() = true;
        let (_, summary) = undo(&service, &code).await.unwrap();
        assert!(!summary.keeps_password);
        let asked = script.asked_at_all();
        service.later(60 * MINUTE);
        service.accounts.void_due_passwords().await.unwrap();
        assert_eq!(script.asked_at_all(), asked, "it is not asked again");
    }

    async fn a_process_that_ends_during_an_undo_leaves_the_password_to_another_one(engine: Engine) {
        let script = Script::of(&["ada"]);
        let mut service = before(engine, &script).await;
        let code = stolen(&service).await;
        // It ends while the directory is asked to take the password away.
        *script.hangs_at_resets.lock().unwrap() = true;
        {
            let mut undone = Box::pin(undo(&service, &code));
            let asked = until_asked(&script, "reset ada");
            tokio::select! {
                told = &mut undone => panic!("{told:?}"),
                () = asked => {}
            }
        }
        service.restart().await;
        *script.hangs_at_resets.lock().unwrap() = false;
        assert!(matches!(undo(&service, &code).await, Err(Refusal::UndoCodeRefused)), "a code is used once");
        // Until it is done, the password that the directory has opens nothing here.
        assert_eq!(service.try_sign_in("ada", SECOND).await.unwrap_err(), Refusal::WrongCredentials);
        service.later(1_000);
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        // Somebody may still be at it.
        service.accounts.void_due_passwords().await.unwrap();
        assert_eq!(script.password_of("ada"), SECOND);
        service.later(3 * MINUTE);
        script.set_down(true);
        service.accounts.void_due_passwords().await.unwrap();
        script.set_down(false);
        service.later(10 * MINUTE);
        service.accounts.void_due_passwords().await.unwrap();
        assert!(![FIRST, SECOND].contains(&script.password_of("ada").as_str()));
        // Once.
        let asked = script.asked_at_all();
        service.later(60 * MINUTE);
        service.accounts.void_due_passwords().await.unwrap();
        assert_eq!(script.asked_at_all(), asked);
    }

    async fn a_password_that_was_set_with_a_code_since_an_undo_is_not_taken_away(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let code = stolen(&service).await;
        *script.refuses_resets.lock().unwrap() = true;
        let (grant, summary) = undo(&service, &code).await.unwrap();
        assert!(summary.keeps_password);
        *script.refuses_resets.lock().unwrap() = false;
        // Whoever has the former password gets in here no more, and keeps no other one that they set elsewhere.
        assert_eq!(service.try_sign_in("ada", SECOND).await.unwrap_err(), Refusal::WrongCredentials);
        script.edit("ada", |ada| ada.password = THIRD.to_owned());
        service.later(1_000);
        assert_eq!(service.try_sign_in("ada", THIRD).await.unwrap_err(), Refusal::WrongCredentials);
        service.later(10 * MINUTE);
        drop(grant);
        service.accounts.void_due_passwords().await.unwrap();
        assert!(![FIRST, SECOND, THIRD].contains(&script.password_of("ada").as_str()));
        // The same again, and the owner is quicker.
        script.edit("ada", |ada| ada.password = SECOND.to_owned());
        service.later(60 * MINUTE);
        let member = service.sign_in("ada", SECOND).await;
        service.change(&member, SECOND, THIRD).await.unwrap();
        service.work().await;
        let emails = service.emails.emails();
        let code = emails.iter().rev().find_map(undo_code_in).expect("an undo code");
        *script.refuses_resets.lock().unwrap() = true;
        let (grant, _) = undo(&service, &code).await.unwrap();
        *script.refuses_resets.lock().unwrap() = false;
        service.set(grant, FIRST).await.unwrap();
        service.later(60 * MINUTE);
        service.accounts.void_due_passwords().await.unwrap();
        assert_eq!(script.password_of("ada"), FIRST);
    }

    async fn a_directory_that_does_not_answer_may_still_set_a_password_and_gets_no_other_one_meanwhile(engine: Engine) {
        let script = Script::of(&["ada"]);
        let deadline = Duration::from_millis(200);
        let service = before_with(engine, &script, |rules| rules.directory_deadline = deadline).await;
        let code = stolen(&service).await;
        *script.hangs_at_resets.lock().unwrap() = true;
        let (grant, summary) = undo(&service, &code).await.unwrap();
        assert!(summary.keeps_password);
        *script.hangs_at_resets.lock().unwrap() = false;
        let asked = script.asked("reset ada");
        let (grant, refusal) = service.set(grant, THIRD).await.unwrap_err();
        // How long that takes at the most.
        assert!(matches!(refusal, Refusal::Busy(5)), "{refusal:?}");
        service.later(MINUTE);
        let (grant, refusal) = service.set(grant.unwrap(), THIRD).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Busy(100..=121)), "{refusal:?}");
        assert_eq!(script.asked("reset ada"), asked);
        service.later(2 * MINUTE);
        service.set(grant.unwrap(), THIRD).await.unwrap();
        assert_eq!(script.password_of("ada"), THIRD);
    }

    async fn nobody_sets_a_password_while_the_former_one_is_being_taken_away(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let code = stolen(&service).await;
        *script.refuses_resets.lock().unwrap() = true;
        let (grant, _) = undo(&service, &code).await.unwrap();
        *script.refuses_resets.lock().unwrap() = false;
        drop(grant);
        service.later(10 * MINUTE);
        let (grant, refusal) = {
            *script.hangs_at_resets.lock().unwrap() = true;
            let mut worker = Box::pin(service.accounts.void_due_passwords());
            let asked = until_asked(&script, "reset ada");
            tokio::select! {
                done = &mut worker => panic!("{done:?}"),
                () = asked => {}
            }
            let (request, code) = service.receive_code("ada").await;
            let grant = service.prove("ada", Some(&request), &code).await.unwrap();
            service.set(grant, FIRST).await.unwrap_err()
        };
        assert!(matches!(refusal, Refusal::Busy(_)), "{refusal:?}");
        *script.hangs_at_resets.lock().unwrap() = false;
        // The lease of a worker that was ended is over after a while.
        service.later(3 * MINUTE);
        service.set(grant.expect("it is still good"), FIRST).await.unwrap();
        service.later(60 * MINUTE);
        service.accounts.void_due_passwords().await.unwrap();
        assert_eq!(script.password_of("ada"), FIRST);
    }

    async fn an_undo_takes_a_password_away_that_is_just_being_set(engine: Engine) {
        for by_reset in [true, false] {
            let script = Script::of(&["ada"]);
            let service = before(engine, &script).await;
            let code = stolen(&service).await;
            let thief = service.sign_in("ada", SECOND).await;
            let (request, reset) = service.receive_code("ada").await;
            *script.held.lock().unwrap() = Some(THIRD);
            let set = async {
                if by_reset {
                    let grant = service.prove("ada", Some(&request), &reset).await.unwrap();
                    service.set(grant, THIRD).await.unwrap_err().1
                } else {
                    service.change(&thief, SECOND, THIRD).await.unwrap_err()
                }
            };
            let undone = async {
                until_asked(&script, "held").await;
                let (grant, summary) = undo(&service, &code).await.unwrap();
                script.let_go.notify_one();
                (grant, summary.keeps_password)
            };
            let (refusal, (grant, keeps_password)) = tokio::join!(set, undone);
            // It is certain that it was not kept.
            let expected = if by_reset { Refusal::GrantExpired } else { Refusal::SignedOutElsewhere };
            assert_eq!(refusal, expected);
            // Nobody had taken it away by then.
            assert!(keeps_password);
            assert!(![FIRST, SECOND, THIRD].contains(&script.password_of("ada").as_str()), "{by_reset}");
            service.set(grant, FIRST).await.unwrap();
            service.later(60 * MINUTE);
            service.accounts.void_due_passwords().await.unwrap();
            assert_eq!(script.password_of("ada"), FIRST);
        }
    }

    async fn of_two_who_set_a_password_at_once_the_directory_has_the_recorded_one(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let member = service.sign_in("ada", FIRST).await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        *script.held.lock().unwrap() = Some(SECOND);
        let second = async {
            until_asked(&script, "held").await;
            let told = service.change(&member, FIRST, THIRD).await;
            script.let_go.notify_one();
            told
        };
        let (first, second) = tokio::join!(service.set(grant, SECOND), second);
        first.unwrap();
        assert!(matches!(second, Err(Refusal::Busy(_))), "{second:?}");
        assert_eq!(script.password_of("ada"), SECOND);
        // Nothing is left of the lease.
        let member = service.sign_in("ada", SECOND).await;
        service.change(&member, SECOND, THIRD).await.unwrap();
        assert_eq!(script.password_of("ada"), THIRD);
    }

    async fn the_public_keys_of_somebody_who_left_the_directory_are_shown_to_nobody(engine: Engine) {
        let script = Script::of(&["ada", "grace"]);
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, line(1)).await.unwrap();
        let public_keys = async |name: &str| match service.ask(Request::PublicKeys { name: name.into() }).await {
            Reply::PublicKeys(lines) => lines.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(public_keys("ada").await, 1);
        // For a name that has no keys here, nobody makes the directory work.
        let asked = script.asked_at_all();
        assert_eq!(public_keys("grace").await, 0);
        assert_eq!(script.asked_at_all(), asked);
        script.edit("ada", |ada| ada.entry.is_disabled = true);
        assert_eq!(public_keys("ada").await, 0);
        script.edit("ada", |ada| ada.entry.is_disabled = false);
        assert_eq!(public_keys("ada").await, 1);
        script.edit("ada", |ada| ada.is_gone = true);
        assert_eq!(public_keys("ada").await, 0);
    }
}
