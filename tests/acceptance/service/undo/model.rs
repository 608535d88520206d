//! Who can do what, and for how long: a test for each cell of the table in `accounts::undo`, under the name that
//! stands there.

use std::collections::BTreeSet;

use doorkey::accounts::request::Refusal;
use doorkey::domain::throttle::{DAY_MS, UNDO_CODE_LIFE_MS};

use super::super::addresses::{addresses, gain, remove, set_primary};
use super::super::deletion::delete;
use super::super::keys::{add, line};
use super::super::{FIRST, SECOND, Service};
use super::{EVIL, HOME, OWN, code_to, codes_to, preview, turn_off, turn_on, undo, undo_with, win_back};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

const NO: Refusal = Refusal::UndoCodeRefused;

/// The last moment of a code that was made just now.
fn to_the_end_of_the_week(service: &Service) {
    service.later(UNDO_CODE_LIFE_MS - 1);
}

on_both_engines! {
    async fn a_mailbox_from_before_undoes_the_change_within_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        service.change(&thief, FIRST, "what the thief likes").await.unwrap();
        let code = code_to(&service, OWN, "password was changed").await;
        to_the_end_of_the_week(&service);
        win_back(&service, &code).await;
        assert!(service.try_sign_in("ada", SECOND).await.is_ok());
    }

    async fn a_mailbox_from_before_only_resets_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, EVIL).await;
        let code = code_to(&service, OWN, "address was added").await;
        service.later(UNDO_CODE_LIFE_MS);
        assert_eq!(undo(&service, &code).await.unwrap_err(), NO);
        let (request, reset) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &reset).await.unwrap();
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", EVIL]);
    }

    async fn a_removed_mailbox_undoes_its_removal_within_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        let thief = service.ada_with_two_addresses().await;
        remove(&service, &thief, HOME).await.unwrap();
        let code = code_to(&service, HOME, "address was removed").await;
        to_the_end_of_the_week(&service);
        let ada = win_back(&service, &code).await;
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME]);
    }

    async fn a_removed_mailbox_has_no_way_back_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        let thief = service.ada_with_two_addresses().await;
        remove(&service, &thief, HOME).await.unwrap();
        let code = code_to(&service, HOME, "address was removed").await;
        service.later(UNDO_CODE_LIFE_MS);
        assert_eq!(undo(&service, &code).await.unwrap_err(), NO);
        let before = service.emails.emails().len();
        service.request_code(HOME).await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), before);
    }

    async fn an_added_mailbox_undoes_neither_its_addition_nor_the_undo(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, EVIL).await;
        assert!(codes_to(&service, EVIL).await.is_empty(), "it is told of its addition without a code");
        service.change(&thief, FIRST, "what the thief likes").await.unwrap();
        let younger = code_to(&service, EVIL, "password was changed").await;
        win_back(&service, &code_to(&service, OWN, "address was added").await).await;
        assert_eq!(undo(&service, &younger).await.unwrap_err(), NO);
        assert_eq!(codes_to(&service, EVIL).await, [younger], "none for the undo, and none after it");
    }

    async fn an_added_mailbox_that_nobody_undid_is_like_the_others_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, EVIL).await;
        service.later(UNDO_CODE_LIFE_MS);
        // The owner's way to be rid of it can be undone like any other.
        let ada = service.sign_in("ada", FIRST).await;
        remove(&service, &ada, EVIL).await.unwrap();
        let code = code_to(&service, EVIL, "address was removed").await;
        let back = win_back(&service, &code).await;
        assert_eq!(addresses(&service, &back).await, ["ada@example.org primary", EVIL]);
    }

    async fn a_password_makes_no_change_that_stays_within_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.ada_with_two_addresses().await;
        service.later(8 * DAY_MS);
        let thief = service.sign_in("ada", FIRST).await;
        let thief = set_primary(&service, &thief, HOME).await.unwrap();
        let code = code_to(&service, OWN, "primary address").await;
        service.change(&thief, FIRST, "what the thief likes").await.unwrap();
        to_the_end_of_the_week(&service);
        let ada = win_back(&service, &code_to(&service, OWN, "primary address").await).await;
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", HOME]);
        for thiefs in [FIRST, "what the thief likes"] {
            assert!(service.try_sign_in("ada", thiefs).await.is_err());
        }
        assert_eq!(preview(&service, &code).await.unwrap_err(), NO, "once");
    }

    async fn a_password_keeps_what_nobody_undid_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        service.change(&thief, FIRST, SECOND).await.unwrap();
        let code = code_to(&service, OWN, "password was changed").await;
        service.later(UNDO_CODE_LIFE_MS);
        assert_eq!(preview(&service, &code).await.unwrap_err(), NO);
        assert!(service.try_sign_in("ada", SECOND).await.is_ok());
    }

    async fn a_session_ends_with_the_undo_within_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        add(&service, &thief, line(1)).await.unwrap();
        let code = code_to(&service, OWN, "SSH key was added").await;
        assert_eq!(service.teams(&thief).await, Ok(0));
        undo(&service, &code).await.unwrap();
        assert_eq!(service.teams(&thief).await, Err(Refusal::SignedOutElsewhere));
        assert!(service.try_sign_in("ada", FIRST).await.is_err(), "and nobody gets in before the owner does");
    }

    async fn a_session_that_nobody_undid_goes_on_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        add(&service, &thief, line(1)).await.unwrap();
        let code = code_to(&service, OWN, "SSH key was added").await;
        service.later(UNDO_CODE_LIFE_MS);
        assert_eq!(undo(&service, &code).await.unwrap_err(), NO);
        assert_eq!(service.teams(&thief).await, Ok(0));
    }

    async fn a_key_that_was_added_signs_nobody_in_after_the_undo(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        let key = add(&service, &thief, line(1)).await.unwrap();
        let owner = async || service.accounts.owner_of_key(&key.fingerprint, Some("ada")).await.unwrap();
        assert_eq!(owner().await.as_deref(), Some("ada"));
        undo(&service, &code_to(&service, OWN, "SSH key was added").await).await.unwrap();
        assert_eq!(owner().await, None);
    }

    async fn a_key_that_nobody_undid_signs_in_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        let key = add(&service, &thief, line(1)).await.unwrap();
        let code = code_to(&service, OWN, "SSH key was added").await;
        service.later(UNDO_CODE_LIFE_MS);
        assert_eq!(undo(&service, &code).await.unwrap_err(), NO);
        let owner = service.accounts.owner_of_key(&key.fingerprint, Some("ada")).await.unwrap();
        assert_eq!(owner.as_deref(), Some("ada"));
    }

    async fn a_factor_that_was_turned_on_is_not_asked_by_the_undo(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        let (_, app, _) = turn_on(&service, &thief).await;
        let code = code_to(&service, OWN, "Two-factor authentication is on").await;
        assert!(!preview(&service, &code).await.unwrap().asks_second_factor);
        let ada = win_back(&service, &code).await;
        assert_eq!(service.view(&ada).await.on_since, None);
        let _ = app;
    }

    async fn a_factor_that_nobody_undid_is_asked_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        let (_, app, _) = turn_on(&service, &thief).await;
        let code = code_to(&service, OWN, "Two-factor authentication is on").await;
        service.later(UNDO_CODE_LIFE_MS);
        assert_eq!(undo(&service, &code).await.unwrap_err(), NO);
        let half = service.half_reset("ada").await;
        assert!(service.show_for_reset(&half, &app.shows(service.clock.now())).await.is_ok());
    }

    async fn a_factor_from_before_is_needed_beside_the_code(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, _) = service.add_with_second_factor("ada").await;
        turn_off(&service, &ada).await;
        let code = code_to(&service, OWN, "is off").await;
        let wrong = app.never_shows(service.clock.now());
        let refused = undo_with(&service, &code, Some(&wrong)).await.unwrap_err();
        assert_eq!(refused, Refusal::SecondFactorRefused);
        let (grant, _) = undo_with(&service, &code, Some(&app.shows(service.clock.now()))).await.unwrap();
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        assert!(service.view(&ada).await.on_since.is_some(), "it is on again");
    }

    async fn a_factor_from_before_opens_nothing_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, saved) = service.add_with_second_factor("ada").await;
        turn_off(&service, &ada).await;
        let code = code_to(&service, OWN, "is off").await;
        service.later(UNDO_CODE_LIFE_MS);
        for late in [app.shows(service.clock.now()), saved[0].clone()] {
            assert_eq!(undo_with(&service, &code, Some(&late)).await.unwrap_err(), NO);
        }
        assert!(service.try_sign_in("ada", FIRST).await.is_ok(), "it is not asked");
    }

    async fn a_request_to_delete_the_account_is_undone_within_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        // With the code of the request, and with an older one.
        for (key, words) in [(1, "will be deleted"), (2, "SSH key was added")] {
            let thief = service.sign_in("ada", FIRST).await;
            add(&service, &thief, line(key)).await.unwrap();
            service.later(STEP);
            delete(&service, &service.sign_in("ada", FIRST).await).await.unwrap();
            let code = code_to(&service, OWN, words).await;
            service.later(UNDO_CODE_LIFE_MS - STEP - 1);
            let (grant, _) = undo(&service, &code).await.unwrap();
            service.work().await;
            service.later(STEP);
            service.accounts.run_housekeeping().await.unwrap();
            let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
            assert!(!ada.has_cancelled_deletion(), "the undo has");
            service.later(2 * UNDO_CODE_LIFE_MS);
            service.accounts.run_housekeeping().await.unwrap();
            let ada = service.sign_in("ada", SECOND).await;
            service.change(&ada, SECOND, FIRST).await.unwrap();
        }
        assert_eq!(service.emails_with("will not be deleted").await, 2);
    }

    async fn a_deleted_account_has_no_way_back_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let thief = service.sign_in("ada", FIRST).await;
        delete(&service, &thief).await.unwrap();
        let code = code_to(&service, OWN, "will be deleted").await;
        service.later(UNDO_CODE_LIFE_MS);
        assert_eq!(undo(&service, &code).await.unwrap_err(), NO, "no code is left when the account goes");
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        service.work().await;
        let before = service.emails.emails().len();
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), before);
    }

    async fn a_mailbox_from_before_two_factor_takes_it_off_within_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        turn_on(&service, &ada).await;
        let code = code_to(&service, OWN, "Two-factor authentication is on").await;
        service.later(UNDO_CODE_LIFE_MS - STEP - 1);
        // Nobody can tell the owner who is won back from a thief who reads the mailbox.
        let thief = win_back(&service, &code).await;
        assert_eq!(service.view(&thief).await.on_since, None);
    }

    async fn a_mailbox_alone_does_not_pass_two_factor_after_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let (_, app, _) = turn_on(&service, &ada).await;
        service.later(UNDO_CODE_LIFE_MS + STEP);
        let half = service.half("ada", FIRST).await;
        let ada = service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        service.change(&ada, FIRST, SECOND).await.unwrap();
        for code in codes_to(&service, OWN).await {
            assert!(undo_with(&service, &code, Some("123456")).await.is_err());
            assert!(preview(&service, &code).await.is_ok_and(|shown| shown.asks_second_factor) || preview(&service, &code).await == Err(NO));
        }
    }
}

/// The cells of the table name tests that are here, each once, and every test here stands in a cell.
#[test]
fn each_cell_of_the_table_is_a_test_and_each_test_is_a_cell() {
    let doc = include_str!("../../../../src/accounts/undo/mod.rs");
    let rows: Vec<Vec<&str>> = doc
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .map(|row| row.trim_end_matches(" |").split(" | ").collect())
        .skip(1)
        .collect();
    assert!(rows.len() >= 9, "{rows:?}");
    let mut named = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 3, "who, within a week, after a week: {row:?}");
        for cell in &row[1..] {
            let name = cell.split('`').nth(1);
            named.push(name.unwrap_or_else(|| panic!("no test in the cell {cell:?}")).to_owned());
        }
    }
    let here: Vec<String> = include_str!("model.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("    async fn ")?.split_once("(engine"))
        .map(|(name, _)| name.to_owned())
        .collect();
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(set(&named), set(&here));
    assert_eq!((named.len(), here.len()), (set(&named).len(), set(&here).len()), "each once");
}
