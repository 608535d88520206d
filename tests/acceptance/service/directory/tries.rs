//! Whose passwords a directory is asked about, how often, and what becomes of faults.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use doorkey::accounts::RequestContext;
use doorkey::accounts::request::undo::UndoRequest;
use doorkey::accounts::request::verify::VerifyRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::directory::MustChange;
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::DIRECTORY_TRIES;
use doorkey::domain::wait::{Wait, WaitLimit};

use super::super::{FIRST, MINUTE, SECOND, START, Service, cx};
use super::{Script, before, before_with};
use crate::engine::on_both_engines;

const HOME: &str = "192.0.2.7";
const STRANGER: &str = "198.51.100.9";
const THIRD: &str = "plum tractor seventeen";

/// A sign-in with the wrong password, after the waits of the portal itself.
async fn guess(service: &Service, from: &str, name: &str) -> Refusal {
    service.later(3_001);
    service.try_sign_in_from(from, name, "not the password at all").await.unwrap_err()
}

pub(super) async fn verify(
    service: &Service,
    from: &str,
    name: &str,
    password: &str,
) -> Result<String, Refusal> {
    let (service_name, password) = ("dovecot".parse().unwrap(), Secret::new(password));
    let request = VerifyRequest { service: service_name, name: name.to_owned(), password, has_source: true };
    let cx = RequestContext { client: "service dovecot".into(), ..cx(from) };
    match service.accounts.handle(&cx, Request::Verify(request)).await {
        Reply::Verified(account) => Ok(account.name().to_owned()),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

/// What the refusal of the limit says when it is told now, the last wrong one having been tried `at`.
fn wait_after(service: &Service, at: i64) -> Refusal {
    let until = START.plus_ms(at + DIRECTORY_TRIES.window_ms);
    Refusal::TryLater(Wait::until(until, WaitLimit::Name).told_at(service.clock.now()))
}

on_both_engines! {
    async fn strangers_cannot_lock_an_entry_in_the_directory(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        service.sign_in("ada", FIRST).await;
        // A name that nobody has gets the same answers.
        for name in ["ada", "nobody"] {
            let last = service.clock.now().ms_since(START) + 4 * 3_001;
            let mut answers = Vec::new();
            for nth in 0..12 {
                let from = format!("198.51.100.{nth}");
                answers.push(guess(&service, &from, name).await);
            }
            assert_eq!(answers[..4], [const { Refusal::WrongCredentials }; 4], "{name}");
            assert_eq!(answers.last(), Some(&wait_after(&service, last)), "{name}");
            assert!(answers[4..].iter().all(|told| matches!(told, Refusal::TryLater(_))), "{name} {answers:?}");
        }
        assert_eq!((script.asked("verify ada"), script.asked("verify nobody")), (1 + 4, 4));
        // Where the owner signs in, nothing has changed; elsewhere the right password waits too.
        service.sign_in("ada", FIRST).await;
        assert!(matches!(service.try_sign_in_from(STRANGER, "ada", FIRST).await, Err(Refusal::TryLater(_))));
        let limits = service.accounts.list_limits().await.unwrap().limits;
        let limit = limits.iter().find(|limit| limit.user.as_deref() == Some("ada")).expect("a limit");
        assert!(limit.what.contains("checked by the directory"), "{limit:?}");
        assert_eq!(limit.place.as_deref(), Some("places that the account does not know"));
        service.later(DIRECTORY_TRIES.window_ms);
        service.try_sign_in_from(STRANGER, "ada", FIRST).await.unwrap();
    }

    async fn slow_guesses_lock_nothing_either(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        // A directory that counts until so long after the last one never begins anew in between.
        let (mut asked_at, mut in_a_row, mut most) = (None, 0, 0);
        for _ in 0..200 {
            service.later(5 * MINUTE);
            let before = script.asked("verify ada");
            guess(&service, STRANGER, "ada").await;
            if script.asked("verify ada") > before {
                let now = service.clock.now();
                let is_anew = asked_at.is_none_or(|at| now.ms_since(at) >= DIRECTORY_TRIES.window_ms);
                (asked_at, in_a_row) = (Some(now), if is_anew { 1 } else { in_a_row + 1 });
                most = most.max(in_a_row);
            }
        }
        assert_eq!(most, 4);
        assert!(script.asked("verify ada") > 10, "it is asked again after a while");
    }

    async fn whoever_cannot_sign_in_gets_in_by_a_code(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        for _ in 0..5 {
            guess(&service, STRANGER, "ada").await;
        }
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        // The directory begins anew with a new password, and so does the count.
        service.try_sign_in_from(STRANGER, "ada", SECOND).await.unwrap();
    }

    async fn every_way_to_the_directory_is_counted(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        for _ in 0..2 {
            service.later(3_001);
            assert_eq!(verify(&service, STRANGER, "ada", "wrong").await, Err(Refusal::WrongCredentials));
            assert_eq!(guess(&service, STRANGER, "ada").await, Refusal::WrongCredentials);
        }
        service.later(3_001);
        assert!(matches!(verify(&service, STRANGER, "ada", FIRST).await, Err(Refusal::TryLater(_))));
        assert!(matches!(guess(&service, STRANGER, "ada").await, Refusal::TryLater(_)));
        assert_eq!(script.asked("verify ada"), 1 + 4);
        // At home, at the sign-in and in the session together.
        for _ in 0..2 {
            assert_eq!(guess(&service, HOME, "ada").await, Refusal::WrongCredentials);
            service.later(3_001);
            let changed = service.change(&ada, "not the password at all", SECOND).await;
            assert_eq!(changed.unwrap_err(), Refusal::WrongCurrentPassword);
        }
        service.later(3_001);
        assert!(matches!(service.change(&ada, FIRST, SECOND).await, Err(Refusal::TryLater(_))));
        assert!(matches!(guess(&service, HOME, "ada").await, Refusal::TryLater(_)));
        assert_eq!(script.asked("verify ada"), 1 + 4 + 4);
    }

    async fn what_found_nothing_out_and_what_was_right_is_given_back(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        script.set_down(true);
        for _ in 0..6 {
            assert!(matches!(guess(&service, STRANGER, "ada").await, Refusal::Unavailable(_)));
            assert!(matches!(verify(&service, STRANGER, "ada", FIRST).await, Err(Refusal::Unavailable(_))));
        }
        script.set_down(false);
        for nth in 0..3 {
            for _ in 0..3 {
                assert_eq!(guess(&service, STRANGER, "ada").await, Refusal::WrongCredentials);
            }
            service.later(3_001);
            verify(&service, &format!("203.0.113.{nth}"), "ada", FIRST).await.unwrap();
        }
        // An expired one is right, and costs a directory a wrong one: it is not given back.
        script.edit("ada", |ada| ada.must_change = Some(MustChange::Expired));
        for _ in 0..4 {
            service.later(3_001);
            let request = Request::SignIn { name: "ada".into(), password: Secret::new(FIRST) };
            let told = service.accounts.handle(&cx(STRANGER), request).await;
            assert!(matches!(told, Reply::MaySetPassword(_)), "{told:?}");
        }
        assert!(matches!(guess(&service, STRANGER, "ada").await, Refusal::TryLater(_)));
    }

    async fn an_entry_that_cannot_be_used_is_answered_as_none(engine: Engine) {
        let script = Script::of(&["ada", "grace"]);
        script.edit("grace", |grace| grace.fault = Some("the attribute mail has several values".to_owned()));
        let service = before(engine, &script).await;
        for password in [FIRST, "not the password at all"] {
            for name in ["grace", "nobody"] {
                let told = service.try_sign_in_from(STRANGER, name, password).await;
                assert_eq!(told.unwrap_err(), Refusal::WrongCredentials, "{name}");
                let told = verify(&service, STRANGER, name, password).await;
                assert_eq!(told, Err(Refusal::WrongCredentials), "{name}");
                service.later(3_001);
            }
        }
        service.request_code("grace").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), 0);
        // One that turns bad once it is known is answered like that too.
        service.sign_in("ada", FIRST).await;
        script.edit("ada", |ada| ada.fault = Some("two entries".to_owned()));
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
    }

    async fn lookup_and_check_are_answered_at_a_step_together(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        *script.delay.lock().unwrap() = Duration::from_millis(140);
        let began = Instant::now();
        assert_eq!(guess(&service, STRANGER, "ada").await, Refusal::WrongCredentials);
        // Two answers of 140 ms each, so not at 250 ms, and not 250 ms after the first of them.
        assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
    }

    async fn a_login_that_only_the_directory_knows_opens_its_account(engine: Engine) {
        let script = Script::of(&["ada", "grace"]);
        let service = before(engine, &script).await;
        let alias = "ada@corp.example";
        for _ in 0..2 {
            assert_eq!(service.sign_in(alias, FIRST).await.name(), "ada");
        }
        assert_eq!(verify(&service, HOME, alias, FIRST).await.as_deref(), Ok("ada"));
        // A code goes to the stored address, and is taken under the alias.
        let (request, code) = service.receive_code(alias).await;
        assert_eq!(service.emails.emails().last().unwrap().to, "ada@example.org");
        let grant = service.prove(alias, Some(&request), &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        assert_eq!(service.sign_in("ada", SECOND).await.name(), "ada");
        // A code for somebody who has not been there before.
        let (request, code) = service.receive_code("grace@corp.example").await;
        service.prove("grace@corp.example", Some(&request), &code).await.unwrap();
        // Somebody else has the alias now.
        script.edit("ada", |ada| ada.aliases.clear());
        script.edit("grace", |grace| grace.aliases.push(alias.to_owned()));
        assert_eq!(service.sign_in(alias, FIRST).await.name(), "grace");
        assert_eq!(service.try_sign_in(alias, SECOND).await.unwrap_err(), Refusal::WrongCredentials);
        // Nobody has.
        script.edit("grace", |grace| grace.aliases.clear());
        service.later(3_001);
        assert_eq!(service.try_sign_in(alias, FIRST).await.unwrap_err(), Refusal::WrongCredentials);
    }

    async fn further_logins_of_an_entry_are_no_further_tries(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let logins: Vec<String> = (0..20).map(|nth| format!("ada{nth}@corp.example")).collect();
        script.edit("ada", |ada| ada.aliases.clone_from(&logins));
        let mut answers = Vec::new();
        for login in ["ada", "ada@example.org"].into_iter().chain(logins.iter().map(String::as_str)) {
            answers.push(guess(&service, STRANGER, login).await);
        }
        assert_eq!(answers[..4], [const { Refusal::WrongCredentials }; 4]);
        assert!(answers[4..].iter().all(|told| matches!(told, Refusal::TryLater(_))), "{answers:?}");
        assert_eq!(script.asked("verify ada"), 4);
        // So many names are not kept for one account.
        let kept = service.fresh.number("SELECT count(*) FROM directory_logins").await;
        assert!((1..=8).contains(&kept), "{kept}");
        assert_eq!(script.asked("verify nobody"), 0);
    }

    async fn an_address_that_the_directory_has_no_more_gets_no_codes(engine: Engine) {
        let script = Script::of(&["ada", "grace"]);
        let service = before(engine, &script).await;
        service.receive_code("ada").await;
        script.edit("ada", |ada| ada.entry.email = None);
        service.later(2 * MINUTE);
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1, "a code to an address that is gone");
        service.sign_in("ada", FIRST).await;
        // It is back.
        script.edit("ada", |ada| ada.entry.email = Some("ada@example.org".to_owned()));
        service.later(2 * MINUTE);
        service.receive_code("ada").await;
        // Another one takes its place.
        script.edit("ada", |ada| ada.entry.email = None);
        service.sign_in("ada", FIRST).await;
        script.edit("ada", |ada| ada.entry.email = Some("ada@elsewhere.example".to_owned()));
        service.later(60 * MINUTE);
        service.receive_code("ada").await;
        assert_eq!(service.emails.emails().last().unwrap().to, "ada@elsewhere.example");
    }

    async fn a_slow_directory_keeps_no_code_waiting_for_another(engine: Engine) {
        let names = ["ada", "grace", "joan", "mary", "edith", "hedy"];
        let script = Script::of(&names);
        let service = before(engine, &script).await;
        *script.delay.lock().unwrap() = Duration::from_millis(300);
        for name in names {
            service.request_code(name).await;
        }
        service.work().await;
        assert_eq!(service.emails.emails().len(), names.len());
        let most = script.most_under_way.load(Ordering::SeqCst);
        assert!((2..=8).contains(&most), "{most} questions at the same time");
    }

    async fn a_crowd_of_strangers_at_a_slow_directory_keeps_out_nobody_who_is_known(engine: Engine) {
        const CROWD: usize = 40;
        let names: Vec<String> = (0..CROWD).map(|nth| format!("person{nth}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).chain(["ada"]).collect();
        let script = Script::of(&names);
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        *script.answers_only.lock().unwrap() = Some("ada");
        let mut crowd = tokio::task::JoinSet::new();
        for nth in 0..CROWD {
            let accounts = service.accounts.clone();
            crowd.spawn(async move {
                let request =
                    Request::SignIn { name: format!("person{nth}"), password: Secret::new(FIRST) };
                accounts.handle(&cx(&format!("198.51.{nth}.1")), request).await
            });
        }
        // Whoever of the crowd has no turn hears in a while that the portal is busy; the others wait for the directory.
        let busy = crowd.join_next().await.unwrap().unwrap();
        assert!(matches!(busy, Reply::Refused(Refusal::Busy(_))), "{busy:?}");
        assert_eq!(script.under_way.load(Ordering::SeqCst), 24);
        // At home, in a session, and by a code.
        service.sign_in("ada", FIRST).await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        assert_eq!(guess(&service, HOME, "ada").await, Refusal::WrongCredentials);
        crowd.shutdown().await;
    }

    async fn what_is_not_answered_in_time_is_a_fault_that_counts_no_try_and_ends_no_session(engine: Engine) {
        let script = Script::of(&["ada", "grace"]);
        let deadline = Duration::from_secs(2);
        let service = before_with(engine, &script, |rules| rules.directory_deadline = deadline).await;
        let ada = service.sign_in("ada", FIRST).await;
        *script.answers_only.lock().unwrap() = Some("grace");
        let began = Instant::now();
        assert!(matches!(guess(&service, STRANGER, "ada").await, Refusal::Unavailable(_)));
        assert!(began.elapsed() >= deadline, "{:?}", began.elapsed());
        // A question about somebody else is answered beside that.
        assert_eq!(guess(&service, STRANGER, "grace").await, Refusal::WrongCredentials);
        let sensitive = Request::Reauthenticate {
            member: ada.clone(), password: Secret::new(FIRST), second_factor: false,
        };
        let told = service.ask(sensitive).await;
        assert!(matches!(told, Reply::Refused(Refusal::Unavailable(_))), "{told:?}");
        service.teams(&ada).await.unwrap();
        *script.answers_only.lock().unwrap() = None;
        for _ in 0..4 {
            assert_eq!(guess(&service, STRANGER, "ada").await, Refusal::WrongCredentials);
        }
        // Nobody knows what became of a password that was to be set.
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        *script.hangs_at_resets.lock().unwrap() = true;
        let (grant, refusal) = service.set(grant, SECOND).await.unwrap_err();
        assert!(grant.is_none() && matches!(refusal, Refusal::OutcomeUnknown(_)), "{refusal:?}");
    }

    async fn a_password_that_is_not_answered_counts_where_a_stranger_typed_it(engine: Engine) {
        let script = Script::of(&["ada"]);
        let deadline = Duration::from_millis(200);
        let service = before_with(engine, &script, |rules| rules.directory_deadline = deadline).await;
        service.sign_in("ada", FIRST).await;
        *script.hangs_at_checks.lock().unwrap() = true;
        for from in [HOME, STRANGER] {
            let asked = script.asked("verify ada");
            for _ in 0..DIRECTORY_TRIES.count {
                let told = guess(&service, from, "ada").await;
                assert!(matches!(told, Refusal::Unavailable(_)), "{told:?}");
            }
            // The directory may have counted them: one more of a stranger could lock her out.
            let told = guess(&service, from, "ada").await;
            if from == HOME {
                assert!(matches!(told, Refusal::Unavailable(_)), "{told:?}");
            } else {
                assert!(matches!(told, Refusal::TryLater(_)), "{told:?}");
                let told_of_service = verify(&service, from, "ada", FIRST).await.unwrap_err();
                assert!(matches!(told_of_service, Refusal::TryLater(_)), "{told_of_service:?}");
                assert_eq!(script.asked("verify ada"), asked + usize::try_from(DIRECTORY_TRIES.count).unwrap());
            }
        }
    }

    async fn two_requests_of_one_account_that_are_resolved_at_once_keep_its_limits(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        *script.delay.lock().unwrap() = Duration::from_millis(50);
        // One a minute, whoever asks.
        for nth in 0..6 {
            let request = Request::RequestCode { name: "ada".into() };
            let told = service.accounts.handle(&cx(&format!("198.51.{nth}.1")), request).await;
            assert!(matches!(told, Reply::CodeRequested(_)), "{told:?}");
        }
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
    }

    async fn a_code_of_somebody_who_was_disabled_meanwhile_sets_nothing(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let (request, code) = service.receive_code("ada").await;
        script.edit("ada", |ada| ada.entry.is_disabled = true);
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        let (_, refusal) = service.set(grant, SECOND).await.unwrap_err();
        assert_eq!(refusal, Refusal::ClosedInDirectory);
        assert_eq!((script.asked("reset ada"), script.asked("change ada")), (0, 0));
    }

    async fn an_undo_code_of_somebody_who_was_disabled_meanwhile_sets_nothing(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let ada = service.sign_in("ada", FIRST).await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        service.work().await;
        let is_code =
            |line: &&str| line.len() == 19 && [4, 9, 14].iter().all(|dash| line.as_bytes()[*dash] == b'-');
        let emails = service.emails.emails();
        let code = emails.iter().flat_map(|email| email.text.lines()).map(str::trim).find(is_code);
        let code = || Secret::new(code.expect("an undo code"));
        script.edit("ada", |ada| ada.entry.is_disabled = true);
        for request in [
            UndoRequest::Revert { code: code(), second_factor: None },
            UndoRequest::RevertAndSetPassword {
                code: code(),
                second_factor: None,
                password: Secret::new(THIRD),
            },
        ] {
            let told = service.ask(Request::Undo(request)).await;
            assert!(matches!(told, Reply::Refused(Refusal::ClosedInDirectory)), "{told:?}");
        }
        assert_eq!(script.asked("reset ada"), 0);
        assert_eq!(script.people.lock().unwrap()[0].password, SECOND);
    }

    async fn the_limit_of_changes_is_looked_at_before_the_directory_is_asked(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let mut ada = service.sign_in("ada", FIRST).await;
        let passwords: Vec<String> = (0..12).map(|nth| format!("plum tractor number {nth}")).collect();
        let mut current = FIRST;
        for new in &passwords[..10] {
            ada = service.change(&ada, current, new).await.unwrap();
            current = new;
        }
        let told = service.change(&ada, current, &passwords[10]).await;
        assert!(matches!(told, Err(Refusal::TryLater(_))), "{told:?}");
        assert_eq!(script.asked("change ada"), 10, "the eleventh was changed there and not recorded");
    }

    async fn whoever_comes_second_with_a_right_code_and_a_password_hears_that_it_was_used(engine: Engine) {
        let script = Script::of(&["ada"]);
        let service = before(engine, &script).await;
        let (request, code) = service.receive_code("ada").await;
        let reset = |from: &'static str| {
            let request = Request::ResetPassword {
                name: "ada".into(),
                requests: vec![request.clone()],
                code: Secret::new(code.as_str()),
                password: Secret::new(SECOND),
                second_factor: None,
            };
            let accounts = service.accounts.clone();
            async move { accounts.handle(&cx(from), request).await }
        };
        let replies = tokio::join!(reset(HOME), reset(HOME), reset(HOME), reset(HOME));
        let replies = [replies.0, replies.1, replies.2, replies.3];
        let set = replies.iter().filter(|reply| matches!(reply, Reply::PasswordSet(..))).count();
        let used = replies.iter().filter(|reply| matches!(reply, Reply::Refused(Refusal::CodeUsed))).count();
        assert_eq!((set, used), (1, 3), "{replies:?}");
        assert_eq!(service.rows_of("reset-code-refused").await, 0, "a right code is no guess");
        assert_eq!(script.asked("reset ada"), 1);
    }
}
