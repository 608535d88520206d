//! What happens to an account that was taken over, from the first change to the owner's new password.

use doorkey::accounts::EventKind;
use doorkey::accounts::request::second_factor::SecondFactorRequest;
use doorkey::accounts::request::sessions::SessionsRequest;
use doorkey::accounts::request::undo::{UndoItem, UndoReply, UndoRequest};
use doorkey::accounts::request::{Refusal, Request};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::DAY_MS;
use futures_util::future::join_all;

use super::super::addresses::{addresses, gain, remove, set_primary};
use super::super::keys::{add, line};
use super::super::{FIRST, MINUTE, SECOND, Service, cx, wrong as wrong_code};
use super::{
    EVIL, HOME, OWN, address, ask, code_to, codes_to, preview, primary, turn_off, turn_on, undo,
    undo_code_in, undo_with, win_back,
};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

on_both_engines! {
    async fn a_thief_who_removes_an_address_and_turns_two_factor_on_loses_both(engine: Engine) {
        let service = Service::start(engine).await;
        service.ada_with_two_addresses().await;
        service.later(8 * DAY_MS);
        let thief = service.sign_in("ada", FIRST).await;
        remove(&service, &thief, HOME).await.unwrap();
        let (thief, _, _) = turn_on(&service, &thief).await;

        let code = code_to(&service, HOME, "address was removed").await;
        assert_ne!(code, code_to(&service, OWN, "address was removed").await, "each who is told has a code of their own");
        let shown = preview(&service, &code).await.unwrap();
        assert_eq!((shown.change, shown.detail.as_str()), (EventKind::EmailRemoved, HOME));
        assert_eq!((shown.ip.as_str(), &shown.client), ("192.0.2.7", &cx("192.0.2.7").client));
        assert!(!shown.asks_second_factor, "there was none before: nobody asks for the thief's");
        assert_eq!(shown.summary.restored, [address(HOME)]);
        assert!(matches!(shown.summary.dropped[..], [UndoItem::TwoFactor { .. }, UndoItem::RecoveryCodes { count: 8 }]), "{shown:?}");
        assert_eq!(service.teams(&thief).await, Ok(0), "nothing happened yet");

        let (grant, summary) = undo(&service, &code.to_lowercase()).await.unwrap();
        assert_eq!(summary, shown.summary, "what was shown is what was done");
        assert_eq!(service.teams(&thief).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME]);
        assert_eq!(service.view(&ada).await.on_since, None);
        assert_eq!(service.rows_of("change-undone").await, 1);
        service.work().await;
        for told in [OWN, HOME] {
            let emails = service.emails.emails();
            let email = emails.iter().find(|email| email.to == told && email.subject.contains("was undone")).unwrap();
            assert!(email.text.contains("Email address removed") && undo_code_in(email).is_none(), "{}", email.text);
        }
    }

    async fn an_owner_whose_addresses_go_one_after_the_other_comes_back_with_all(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(MINUTE);
        let ada = service.sign_in("ada", FIRST).await;
        gain(&service, &ada, HOME).await;
        set_primary(&service, &ada, HOME).await.unwrap();
        service.later(8 * DAY_MS);
        // The older address takes the primary one's place, so that the younger one may go.
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, EVIL).await;
        let first = code_to(&service, HOME, "address was added").await;
        let thief = set_primary(&service, &thief, OWN).await.unwrap();
        remove(&service, &thief, HOME).await.unwrap();
        set_primary(&service, &thief, EVIL).await.unwrap();
        // Its owner has a code for each step, to the last one that concerns them.
        let last = code_to(&service, HOME, "address was removed").await;
        let shown = preview(&service, &last).await.unwrap();
        assert_eq!(shown.summary.restored, [primary(OWN), address(HOME)]);
        let shown = preview(&service, &first).await.unwrap();
        assert_eq!(shown.summary.restored, [primary(HOME), address(HOME)]);
        assert_eq!(shown.summary.dropped, [address(EVIL)]);

        let ada = win_back(&service, &first).await;
        assert_eq!(addresses(&service, &ada).await, ["ada@home.example primary", OWN]);
        assert_eq!(undo(&service, &last).await.unwrap_err(), Refusal::UndoCodeRefused, "it was of a younger change");
        service.work().await;
        let told = service.emails.emails();
        assert!(told.iter().any(|email| email.to == EVIL && email.subject.contains("was undone")));
        let before = told.len();
        service.request_code(EVIL).await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), before, "the thief's address is nobody's");
    }

    async fn a_thief_s_ssh_key_goes_with_the_undo(engine: Engine) {
        let service = Service::start(engine).await;
        let ada = service.ada_with_two_addresses().await;
        let own = add(&service, &ada, line(1)).await.unwrap();
        service.later(8 * DAY_MS);
        let thief = service.sign_in("ada", FIRST).await;
        let evil = add(&service, &thief, line(2)).await.unwrap();
        service.change(&thief, FIRST, "another one of mine").await.unwrap();
        let code = code_to(&service, HOME, "SSH key was added").await;
        let shown = preview(&service, &code).await.unwrap();
        assert_eq!(shown.detail, evil.fingerprint.to_string());
        let (fingerprint, comment) = (evil.fingerprint.to_string(), evil.comment.clone());
        assert_eq!(shown.summary.dropped, [UndoItem::Key { fingerprint, comment }]);
        win_back(&service, &code).await;
        let owner = |fingerprint| service.accounts.owner_of_key(fingerprint, Some("ada"));
        assert_eq!(owner(&own.fingerprint).await.unwrap().as_deref(), Some("ada"));
        assert_eq!(owner(&evil.fingerprint).await.unwrap(), None);
    }

    async fn an_older_code_wins_over_younger_ones_and_outlives_them(engine: Engine) {
        let service = Service::start(engine).await;
        service.ada_with_two_addresses().await;
        service.later(8 * DAY_MS);
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, EVIL).await;
        let older = code_to(&service, OWN, "address was added").await;
        service.change(&thief, FIRST, "a new one of the thief").await.unwrap();
        let younger = code_to(&service, EVIL, "password was changed").await;
        // The thief undoes first, with the code of the younger change: that brings the thief's address no better.
        let (grant, _) = undo(&service, &younger).await.unwrap();
        let thief = service.set(grant, "yet another of the thief").await.unwrap().expect("signed in");
        let thief = service.confirm(&thief, "yet another of the thief").await.unwrap();
        remove(&service, &thief, HOME).await.unwrap();
        let removed = code_to(&service, HOME, "address was removed").await;
        let ada = win_back(&service, &older).await;
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME]);
        for void in [&younger, &older, &removed] {
            assert_eq!(undo(&service, void).await.unwrap_err(), Refusal::UndoCodeRefused);
        }
        for gone in codes_to(&service, EVIL).await {
            assert_eq!(preview(&service, &gone).await.unwrap_err(), Refusal::UndoCodeRefused);
        }
    }

    async fn nothing_that_a_thief_does_voids_a_code(engine: Engine) {
        let service = Service::start(engine).await;
        service.ada_with_two_addresses().await;
        service.later(8 * DAY_MS);
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, EVIL).await;
        let code = code_to(&service, HOME, "address was added").await;
        let live = async |did: &str| assert!(preview(&service, &code).await.is_ok(), "{did}");
        let thief = service.change(&thief, FIRST, SECOND).await.unwrap();
        live("changed the password").await;
        let others = SessionsRequest::EndOthers;
        service.ask(Request::Sessions(thief.clone(), others)).await;
        live("signed out everywhere").await;
        let thief = set_primary(&service, &thief, EVIL).await.unwrap();
        remove(&service, &thief, HOME).await.unwrap();
        live("removed the address that has the code").await;
        let (thief, _, _) = turn_on(&service, &thief).await;
        live("turned two-factor on").await;
        service.security(&thief, SecondFactorRequest::MakeRecoveryCodes).await.unwrap();
        let thief = turn_off(&service, &thief).await;
        live("turned it off again").await;
        add(&service, &thief, line(2)).await.unwrap();
        let (request, reset) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &reset).await.unwrap();
        service.set(grant, "what the thief likes").await.unwrap();
        live("reset the password").await;
        let younger = code_to(&service, EVIL, "password was changed").await;
        undo(&service, &younger).await.unwrap();
        live("undid a younger change").await;
        for guess in 0..50 {
            let wrong = wrong_code(&code);
            let wrong = if guess % 2 == 0 { wrong } else { wrong.to_lowercase() };
            assert_eq!(preview(&service, &wrong).await.unwrap_err(), Refusal::UndoCodeRefused);
        }
        live("guessed fifty times").await;
        service.accounts.run_housekeeping().await.unwrap();
        live("waited").await;
        let ada = win_back(&service, &code).await;
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME]);
    }

    async fn the_older_factor_is_asked_by_its_kept_secret(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, saved) = service.add_with_second_factor("ada").await;
        // Who has an open session and the authenticator for a moment replaces it by another one.
        let thief = service.confirm_by(&ada, &app.shows(service.clock.now()), true).await.unwrap();
        service.later(STEP);
        let thief = turn_off(&service, &thief).await;
        let (thief, evil_app, evil_saved) = turn_on(&service, &thief).await;
        let code = code_to(&service, OWN, "is off").await;
        let shown = preview(&service, &code).await.unwrap();
        assert!(shown.asks_second_factor);
        assert!(matches!(shown.summary.restored[..], [UndoItem::TwoFactor { .. }, UndoItem::RecoveryCodes { count: 8 }]), "{shown:?}");
        // The mailbox alone is not enough, and neither is the thief's authenticator.
        let asked = ask(&service, UndoRequest::Revert { code: Secret::new(code.as_str()), second_factor: None }).await.unwrap();
        assert!(matches!(asked, UndoReply::SecondFactorFirst), "{asked:?}");
        for wrong in [evil_app.shows(service.clock.now()), evil_saved[0].clone()] {
            let refused = undo_with(&service, &code, Some(&wrong)).await.unwrap_err();
            assert_eq!(refused, Refusal::SecondFactorRefused);
        }
        let no_code = undo_with(&service, &code, Some("hello")).await.unwrap_err();
        assert!(matches!(no_code, Refusal::CodeMalformed(_)), "{no_code:?}");
        service.later(STEP);
        let (grant, _) = undo_with(&service, &code, Some(&saved[0])).await.unwrap();
        assert!(grant.has_second_factor());
        assert_eq!(service.teams(&thief).await, Err(Refusal::SignedOutElsewhere));
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert_eq!(service.view(&ada).await.recovery_codes, 7, "the one that was used does not come back");
        service.later(STEP);
        let half = service.half("ada", SECOND).await;
        assert!(service.show(&half, &evil_app.shows(service.clock.now())).await.is_err());
        let half = service.half("ada", SECOND).await;
        assert!(service.show(&half, &saved[0]).await.is_err());
        let half = service.half("ada", SECOND).await;
        assert!(service.show(&half, &app.shows(service.clock.now())).await.is_ok());
    }

    async fn the_older_authenticator_is_taken_once_and_guessed_at_no_more_than_the_one_that_is_on(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, _) = service.add_with_second_factor("ada").await;
        let shown = app.shows(service.clock.now());
        let thief = service.confirm_by(&ada, &shown, true).await.unwrap();
        turn_off(&service, &thief).await;
        let code = code_to(&service, OWN, "is off").await;
        let refused = undo_with(&service, &code, Some(&shown)).await.unwrap_err();
        assert_eq!(refused, Refusal::SecondFactorRefused, "it was used while the authenticator was on");
        let wrong = app.never_shows(service.clock.now());
        let mut compared = 0;
        for _ in 0..10 {
            match undo_with(&service, &code, Some(&wrong)).await.unwrap_err() {
                Refusal::SecondFactorRefused => compared += 1,
                Refusal::TryLater(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(compared, 2, "with the one before, three in a step");
        service.later(STEP);
        let right = app.shows(service.clock.now());
        let (grant, _) = undo_with(&service, &code, Some(&right)).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        let half = service.half("ada", SECOND).await;
        assert_eq!(service.show(&half, &right).await.unwrap_err(), Refusal::SecondFactorRefused, "it undid already");
    }

    async fn a_younger_code_of_a_thief_does_not_outlive_the_owner_s_reset(engine: Engine) {
        let service = Service::start(engine).await;
        service.ada_with_two_addresses().await;
        service.later(8 * DAY_MS);
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, EVIL).await;
        let of_the_owner = code_to(&service, OWN, "address was added").await;
        service.later(10 * 60_000);
        let thief = service.sign_in("ada", FIRST).await;
        service.change(&thief, FIRST, "a new one of the thief").await.unwrap();
        let of_the_thief = code_to(&service, EVIL, "password was changed").await;
        let same_change = code_to(&service, HOME, "password was changed").await;
        assert!(preview(&service, &of_the_thief).await.is_ok());
        let (request, code) = service.receive_code(OWN).await;
        let grant = service.prove(OWN, Some(&request), &code).await.unwrap();
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert_eq!(preview(&service, &of_the_thief).await.unwrap_err(), Refusal::UndoCodeRefused);
        assert!(preview(&service, &same_change).await.is_ok(), "the owner's code of the same change is good");
        let ada = service.confirm(&ada, SECOND).await.unwrap();
        remove(&service, &ada, EVIL).await.unwrap();
        service.later(7 * DAY_MS - 5 * 60_000);
        assert_eq!(preview(&service, &of_the_owner).await.unwrap_err(), Refusal::UndoCodeRefused, "it is too old");
        for code in codes_to(&service, EVIL).await {
            assert_eq!(undo(&service, &code).await.unwrap_err(), Refusal::UndoCodeRefused);
        }
        let ada = service.sign_in("ada", SECOND).await;
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME]);
    }

    async fn wrong_codes_beside_a_younger_undo_code_close_no_older_one(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        service.later(8 * DAY_MS);
        let half = service.half("ada", FIRST).await;
        let thief = service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        gain(&service, &thief, EVIL).await;
        let older = code_to(&service, OWN, "address was added").await;
        service.later(STEP);
        let thief = service.confirm_by(&thief, &saved[0], true).await.unwrap();
        turn_off(&service, &thief).await;
        let younger = code_to(&service, EVIL, "is off").await;
        let mut refusal = Refusal::SecondFactorRefused;
        for nth in 0..60 {
            if nth % 3 == 0 {
                service.later(STEP);
            }
            let wrong = app.never_shows(service.clock.now());
            refusal = undo_with(&service, &younger, Some(&wrong)).await.unwrap_err();
        }
        assert_eq!(refusal, Refusal::SecondFactorLocked);
        assert_eq!(service.emails_with("authenticator was locked").await, 2, "both addresses are told");
        service.later(STEP);
        undo_with(&service, &older, Some(&app.shows(service.clock.now()))).await.expect("the owner's is another one");
    }

    async fn a_code_that_is_used_by_many_at_once_is_used_once(engine: Engine) {
        let service = Service::start(engine).await;
        let ada = service.ada_with_two_addresses().await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        let code = code_to(&service, OWN, "password was changed").await;
        let another = service.another().await;
        let request = || UndoRequest::Revert { code: Secret::new(code.as_str()), second_factor: None };
        let here = (0..16).map(|_| ask(&service, request()));
        let there = join_all((0..16).map(async |_| {
            another.handle(&cx("192.0.2.8"), Request::Undo(request())).await
        }));
        let (here, there) = futures_util::future::join(join_all(here), there).await;
        let won = here.iter().filter(|reply| reply.is_ok()).count()
            + there.iter().filter(|reply| matches!(reply, doorkey::accounts::request::Reply::Undo(_))).count();
        assert_eq!(won, 1, "{here:?} {there:?}");
        assert_eq!(service.rows_of("change-undone").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM grants").await, 1);
    }

    async fn whatever_a_thief_does_in_whatever_order_the_first_code_brings_everything_back(engine: Engine) {
        for seed in 0..6 {
            let service = Service::start(engine).await;
            service.ada_with_two_addresses().await;
            service.later(8 * DAY_MS);
            let before = codes_to(&service, HOME).await.len();
            let mut thief = Thief::of(&service, seed).await;
            for _ in 0..8 {
                thief.acts(&service).await;
            }
            let codes = codes_to(&service, HOME).await.split_off(before);
            let Some(first) = codes.first() else { panic!("{:?} left no code", thief.did) };
            let shown = preview(&service, first).await;
            assert!(shown.is_ok(), "{shown:?} after {:?}", thief.did);
            let ada = win_back(&service, first).await;
            assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME], "after {:?}", thief.did);
            assert_eq!(service.view(&ada).await.on_since, None, "after {:?}", thief.did);
            for code in codes_to(&service, EVIL).await {
                assert!(undo(&service, &code).await.is_err(), "after {:?}", thief.did);
            }
        }
    }
}

/// Somebody with the password who does what comes to mind.
struct Thief {
    member: doorkey::accounts::request::SignedIn,
    password: String,
    state: u64,
    did: Vec<String>,
}

impl Thief {
    async fn of(service: &Service, seed: u64) -> Self {
        let member = service.sign_in("ada", FIRST).await;
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
        Self { member, password: FIRST.to_owned(), state, did: Vec::new() }
    }

    fn draws(&mut self, below: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }

    async fn acts(&mut self, service: &Service) {
        let kind = if self.did.is_empty() { 0 } else { self.draws(7) };
        let member = self.member.clone();
        let done = match kind {
            0 => {
                let added = super::super::addresses::add(service, &member, EVIL).await;
                match added {
                    Ok(_) => {
                        let code = super::super::addresses::code_to(service, EVIL).await;
                        super::super::addresses::verify(service, &member, EVIL, &code).await.is_ok()
                    }
                    Err(_) => false,
                }
            }
            1 | 2 => {
                let to = [OWN, HOME, EVIL][usize::try_from(self.draws(3)).unwrap()];
                let done = set_primary(service, &member, to).await;
                done.map(|member| self.member = member).is_ok()
            }
            3 | 4 => {
                let gone = [OWN, HOME, EVIL][usize::try_from(self.draws(3)).unwrap()];
                remove(service, &member, gone).await.is_ok()
            }
            5 => {
                let new = format!("{} again", self.password);
                let done = service.change(&member, &self.password, &new).await;
                done.map(|member| (self.member, self.password) = (member, new)).is_ok()
            }
            _ => {
                let Some(code) = codes_to(service, EVIL).await.pop() else { return };
                let password = Secret::new("what only the thief knows");
                let request = UndoRequest::RevertAndSetPassword {
                    code: Secret::new(code),
                    second_factor: None,
                    password,
                };
                match ask(service, request).await {
                    Ok(UndoReply::PasswordSet(Some(member), _, _)) => {
                        self.password = "what only the thief knows".to_owned();
                        self.member = member;
                        true
                    }
                    _ => false,
                }
            }
        };
        self.did.push(format!("{kind}: {done}"));
        service.later(MINUTE / 4);
        if let Ok(member) = service.try_sign_in("ada", &self.password).await {
            self.member = member;
        }
    }
}
