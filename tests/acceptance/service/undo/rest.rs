//! What else belongs to undo codes: who gets one, where they are kept, and what becomes of them.

use doorkey::accounts::EventKind;
use doorkey::accounts::request::activity::{ActivityReply, ActivityRequest};
use doorkey::accounts::request::second_factor::SecondFactorRequest;
use doorkey::accounts::request::undo::{UndoReply, UndoRequest};
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::accounts::{RequestContext, Rules};
use doorkey::domain::entropy::Entropy;
use doorkey::domain::input::CodeForm;
use doorkey::domain::keyring::Keyring;
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::DAY_MS;

use super::super::addresses::{addresses, gain, remove, set_primary};
use super::super::keys::{add, line};
use super::super::{FIRST, MINUTE, SECOND, START, Service, cx, patient, wrong as wrong_code};
use super::{
    EVIL, HOME, OWN, address, ask, code_to, codes_to, preview, turn_off, turn_on, undo, undo_code_in,
    undo_with, win_back,
};
use crate::engine::on_both_engines;

const NO: Refusal = Refusal::UndoCodeRefused;

async fn preview_from(service: &Service, from: &RequestContext, code: &str) -> Reply {
    let code = Secret::new(code);
    service.accounts.handle(from, Request::Undo(UndoRequest::Preview { code })).await
}

on_both_engines! {
    async fn every_notification_of_a_sensitive_change_has_a_code_of_its_own(engine: Engine) {
        let service = Service::start(engine).await;
        let ada = service.ada_with_two_addresses().await;
        add(&service, &ada, line(1)).await.unwrap();
        let ada = service.change(&ada, FIRST, SECOND).await.unwrap();
        let ada = set_primary(&service, &ada, HOME).await.unwrap();
        let (ada, _, _) = turn_on(&service, &ada).await;
        service.security(&ada, SecondFactorRequest::MakeRecoveryCodes).await.unwrap();
        let ada = turn_off(&service, &ada).await;
        gain(&service, &ada, EVIL).await;
        remove(&service, &ada, EVIL).await.unwrap();
        // A reset by an older address voids it.
        let code = code_to(&service, EVIL, "address was removed").await;
        assert_eq!(preview(&service, &code).await.unwrap().change, EventKind::EmailRemoved);
        let (request, reset) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &reset).await.unwrap();
        service.set(grant, FIRST).await.unwrap();
        let mut seen = std::collections::HashSet::new();
        for (to, words, kind) in [
            (OWN, "address was added", EventKind::EmailVerified),
            (OWN, "SSH key was added", EventKind::KeyAdded),
            (HOME, "password was changed", EventKind::PasswordChanged),
            (HOME, "primary address", EventKind::PrimaryEmailChanged),
            (HOME, "Two-factor authentication is on", EventKind::TwoFactorOn),
            (HOME, "New recovery codes", EventKind::RecoveryCodesCreated),
            (HOME, "Two-factor authentication is off", EventKind::TwoFactorOff),
            (HOME, "address was removed", EventKind::EmailRemoved),
            (OWN, "password was reset", EventKind::PasswordReset),
        ] {
            let code = code_to(&service, to, words).await;
            assert_eq!(preview(&service, &code).await.unwrap().change, kind);
            assert!(seen.insert(code), "{kind:?} has the code of another change");
        }
        // The email about the recovery codes that came with two-factor has the code of that.
        let emails = service.emails.emails();
        let both: Vec<_> = emails.iter().filter(|email| email.to == HOME && email.subject.contains("recovery codes")).collect();
        let on = emails.iter().find(|email| email.to == HOME && email.subject.contains("authentication is on")).unwrap();
        assert_eq!(undo_code_in(both[0]), undo_code_in(on));
        // One place for each.
        assert_eq!(service.fresh.number("SELECT count(*) FROM undo_snapshots").await, 10);
    }

    async fn what_is_not_done_leaves_nothing_to_undo(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, line(1)).await.unwrap();
        assert_eq!(add(&service, &ada, line(1)).await.unwrap_err(), Refusal::KeyTaken);
        assert!(service.change(&ada, "wrong", SECOND).await.is_err());
        assert_eq!(service.fresh.number("SELECT count(*) FROM undo_snapshots").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM undo_keys").await, 0);
    }

    async fn the_code_is_nowhere_in_the_database(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        let before_sent = service.fresh.all_bytes().await;
        let code = code_to(&service, OWN, "password was changed").await;
        for bytes in [before_sent, service.fresh.all_bytes().await] {
            for form in [code.clone(), code.replace('-', "")] {
                assert!(!bytes.windows(form.len()).any(|window| window == form.as_bytes()));
            }
        }
        // A row's code is no code of another row.
        service.add("grace").await;
        let moved = "UPDATE undo_snapshots SET account = (SELECT id FROM accounts WHERE name = 'grace')";
        service.fresh.execute_sql(moved).await.unwrap();
        assert_eq!(preview(&service, &code).await.unwrap_err(), NO);
    }

    async fn a_preview_changes_nothing_and_a_wrong_password_leaves_the_code_good(engine: Engine) {
        let service = Service::start(engine).await;
        let thief = service.ada_with_two_addresses().await;
        remove(&service, &thief, HOME).await.unwrap();
        let code = code_to(&service, HOME, "address was removed").await;
        for _ in 0..3 {
            preview(&service, &code).await.unwrap();
        }
        let with = |password: &str| UndoRequest::RevertAndSetPassword {
            code: Secret::new(code.as_str()),
            second_factor: None,
            password: Secret::new(password),
        };
        // What would be too similar to the address that comes back.
        for bad in ["short", "ada@home.example"] {
            assert!(matches!(ask(&service, with(bad)).await, Err(Refusal::Password(_))), "{bad}");
        }
        assert_eq!(service.teams(&thief).await, Ok(0), "nothing was changed");
        let UndoReply::PasswordSet(Some(ada), summary, _) = ask(&service, with(SECOND)).await.unwrap() else { panic!("signed in") };
        assert_eq!(summary.restored, [address(HOME)]);
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME]);
        assert_eq!(service.teams(&thief).await, Err(Refusal::SignedOutElsewhere));
        assert!(matches!(ask(&service, with(SECOND)).await, Err(Refusal::UndoCodeRefused)));
        assert!(service.try_sign_in("ada", SECOND).await.is_ok());
    }

    async fn an_address_that_another_account_has_by_now_is_told_and_not_restored(engine: Engine) {
        let service = Service::start(engine).await;
        let thief = service.ada_with_two_addresses().await;
        remove(&service, &thief, HOME).await.unwrap();
        let code = code_to(&service, HOME, "address was removed").await;
        service.add("grace").await;
        service.later(MINUTE);
        let grace = service.sign_in("grace", FIRST).await;
        gain(&service, &grace, HOME).await;
        let shown = preview(&service, &code).await.unwrap();
        assert_eq!((shown.summary.cannot_restore.as_slice(), shown.summary.restored.len()), (&[HOME.to_owned()][..], 0));
        let (grant, summary) = undo(&service, &code).await.unwrap();
        assert_eq!(summary, shown.summary);
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary"]);
        assert_eq!(addresses(&service, &grace).await, ["grace@example.org primary", HOME]);
    }

    async fn a_disabled_account_stays_disabled_and_its_code_waits(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        let code = code_to(&service, OWN, "password was changed").await;
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(undo(&service, &code).await.unwrap_err(), NO);
        service.accounts.enable_user("ada").await.unwrap();
        assert!(undo(&service, &code).await.is_ok());
    }

    async fn what_an_operator_turns_off_can_be_undone_with_the_factor_that_was_on(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, _) = service.add_with_second_factor("ada").await;
        service.accounts.turn_off_second_factor("ada").await.unwrap();
        let code = code_to(&service, OWN, "is off").await;
        let shown = preview(&service, &code).await.unwrap();
        assert_eq!((shown.ip.as_str(), shown.client.as_str(), shown.asks_second_factor), ("", "operator", true));
        undo_with(&service, &code, Some(&app.shows(service.clock.now()))).await.unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM second_factors").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL").await, 8);
    }

    async fn wrong_codes_count_by_their_source_and_a_right_one_is_never_kept_waiting(engine: Engine) {
        let rules = Rules { limits: doorkey::accounts::SourceLimits::default(), ..patient() };
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        let code = code_to(&service, OWN, "password was changed").await;
        let wrong = wrong_code(&code);
        let (office, elsewhere) = (cx("198.51.100.7"), cx("198.51.100.8"));
        let mut refused = 0;
        for _ in 0..100 {
            match preview_from(&service, &office, &wrong).await {
                Reply::Refused(Refusal::UndoCodeRefused) => refused += 1,
                Reply::Refused(Refusal::TryLater(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(refused, 10);
        assert!(matches!(preview_from(&service, &elsewhere, &wrong).await, Reply::Refused(Refusal::UndoCodeRefused)));
        assert!(matches!(preview_from(&service, &office, &code).await, Reply::Undo(UndoReply::Preview(_))));
        for shapeless in ["", "hello", "WDJB-MJHT"] {
            let reply = preview_from(&service, &office, shapeless).await;
            assert!(matches!(reply, Reply::Refused(Refusal::CodeMalformed(CodeForm::Undo))), "no try: {reply:?}");
        }
    }

    async fn a_code_and_the_factor_that_it_asks_outlive_a_rotation_of_the_secret_keys(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, saved) = service.add_with_second_factor("ada").await;
        turn_off(&service, &ada).await;
        let code = code_to(&service, OWN, "is off").await;
        let old = service.keyring.get().code_key().0.to_owned();
        let both = Keyring::with_next(&service.key_file, &Entropy::System, START);
        let next = Keyring::parse(&both).unwrap().next_id().unwrap().to_owned();
        service.accounts.follow_keyring(Keyring::parse(&both).unwrap()).await.unwrap();
        let rotated = Keyring::activated(&both, &next);
        service.accounts.follow_keyring(Keyring::parse(&rotated).unwrap()).await.unwrap();
        let needs = async || {
            let view = service.accounts.secret_keys(&Keyring::parse(&rotated).unwrap()).await.unwrap();
            view.keys.into_iter().find(|key| key.id == old).unwrap().needed_by
        };
        let kept = needs().await;
        for (rows, count) in [("undo codes", 2), ("recovery codes kept for an undo", 8), ("authenticator secrets kept for an undo", 1)] {
            assert_eq!(kept.get(rows), Some(&count), "{kept:?}");
        }
        assert!(undo_with(&service, &code, Some(&app.shows(service.clock.now()))).await.is_ok());
        assert!(service.fresh.number("SELECT count(*) FROM recovery_codes").await == 8 && !saved.is_empty());
        service.later(9 * DAY_MS);
        service.accounts.run_housekeeping().await.unwrap();
        for table in [
            "SELECT count(*) FROM undo_snapshots",
            "SELECT count(*) FROM undo_addresses",
            "SELECT count(*) FROM undo_keys",
            "SELECT count(*) FROM undo_recovery_codes",
            "SELECT count(*) FROM undo_second_factors",
        ] {
            assert_eq!(service.fresh.number(table).await, 0, "{table}");
        }
        assert!(needs().await.keys().all(|rows| !rows.contains("undo")));
    }

    async fn the_owner_s_records_say_what_can_be_undone_without_a_code(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, line(1)).await.unwrap();
        let code = code_to(&service, OWN, "SSH key was added").await;
        let Reply::Activity(ActivityReply::Records(records)) = service.ask(Request::Activity(ada, ActivityRequest::Export)).await else {
            panic!("no records")
        };
        let rows = records.json()["undoable_changes"].as_array().unwrap().clone();
        assert_eq!((rows.len(), rows[0]["kind"].as_str()), (1, Some("key-added")));
        assert!(!records.json().to_string().contains(&code));
    }

    async fn a_reset_code_on_its_way_and_a_grant_in_hand_are_void_after_the_undo(engine: Engine) {
        let service = Service::start(engine).await;
        service.ada_with_two_addresses().await;
        let thief = service.sign_in("ada", FIRST).await;
        service.change(&thief, FIRST, SECOND).await.unwrap();
        let undo_code = code_to(&service, OWN, "password was changed").await;
        let (request, reset) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &reset).await.unwrap();
        service.later(MINUTE);
        let (request, reset) = service.receive_code("ada").await;
        win_back(&service, &undo_code).await;
        assert!(matches!(service.set(grant, FIRST).await, Err((None, Refusal::GrantExpired))));
        assert_eq!(service.prove("ada", Some(&request), &reset).await.unwrap_err(), Refusal::CodeRefused);
        assert_eq!(codes_to(&service, OWN).await.len(), 3, "of the address, the password and the new password");
    }
}
