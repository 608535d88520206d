//! What an operator sees of a person, and does for one: waits and locks, addresses, names, sessions, unsent emails. Each
//! action is in the person's activity as the operator's.

use doorkey::accounts::EventKind;
use doorkey::accounts::admin::{AdminError, EmailState, OperatorEvents};
use doorkey::accounts::request::setup::SetupRequest;
use doorkey::accounts::request::support::GuestSupportRequest;
use doorkey::accounts::request::undo::UndoRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;
use doorkey::domain::source::Source;
use doorkey::domain::team::Role;
use doorkey::domain::throttle::{FAILS_TO_DISABLE, delay_ms};
use doorkey::mail::SendError;

use super::imports::command;
use super::keys::{add, line, remove};
use super::sessions::Session;
use super::{FIRST, SECOND, Service, code_in, cx, patient};
use crate::engine::on_both_engines;

const WRONG: &str = "no such password";

/// The kinds of event that an operator caused in the activity of `name`, in alphabetical order: most are done in one millisecond.
async fn operators_events(service: &Service, name: &str) -> Vec<String> {
    let wanted = OperatorEvents { user: Some(name.into()), limit: 100, ..OperatorEvents::default() };
    let events = service.accounts.list_all_activity(&wanted).await.unwrap().into_iter();
    let is_deed = |event: &doorkey::accounts::admin::OperatorEvent| {
        event.event.client == "operator" && event.event.ip.is_empty() && event.user.as_deref() == Some(name)
    };
    let mut kinds: Vec<_> = events.filter(is_deed).map(|event| event.event.kind).collect();
    kinds.sort();
    kinds
}

async fn fail_to_sign_in(service: &Service, fails: i64) {
    for fails in 1..=fails {
        service.try_sign_in_from("203.0.113.9", "ada", WRONG).await.unwrap_err();
        service.later(delay_ms(fails));
    }
}

const NO_UNDO_CODE: &str = "WDJB-MJHT-BCDF-GHJK";

on_both_engines! {
    async fn a_person_who_waits_is_shown_with_the_wait_and_unlocked(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("bob").await;
        assert!(service.accounts.show_user("ada").await.unwrap().limits.is_empty());
        fail_to_sign_in(&service, 12).await;
        service.try_sign_in_from("203.0.113.9", "ada", WRONG).await.unwrap_err();
        let refused = service.try_sign_in_from("203.0.113.9", "ada", FIRST).await.unwrap_err();
        let Refusal::TryLater(wait) = refused else { panic!("{refused:?}") };
        let shown = service.accounts.show_user("ada").await.unwrap();
        let [limit] = shown.limits.as_slice() else { panic!("{:?}", shown.limits) };
        assert_eq!((limit.what, limit.until, limit.count), ("sign in with the password", Some(wait.until), 13));
        assert_eq!(limit.place.as_deref(), Some("places that the account does not know"));
        assert_eq!(limit.user.as_deref(), Some("ada"));
        assert_eq!(service.accounts.list_limits().await.unwrap().limits, shown.limits);
        let (_, said) = command(&service, &["show", "ada"], "").await;
        assert!(said.contains("cannot sign in with the password"), "{said}");
        assert!(said.contains("doorkey user unlock ada") && said.contains("active, with limits in force"), "{said}");
        assert!(!said.contains("$argon2"), "{said}");

        let unlocked = service.accounts.unlock_user("ada@example.org").await.unwrap();
        assert_eq!(unlocked.cleared, shown.limits);
        assert!(service.accounts.show_user("ada").await.unwrap().limits.is_empty());
        service.try_sign_in_from("203.0.113.9", "ada", FIRST).await.unwrap();
        assert_eq!(operators_events(&service, "ada").await, ["account-added", "limits-cleared"]);
        assert_eq!(operators_events(&service, "bob").await, ["account-added"]);
        // Again there is nothing to do, and nothing is written.
        assert!(service.accounts.unlock_user("bob").await.unwrap().cleared.is_empty());
        assert_eq!(operators_events(&service, "bob").await, ["account-added"]);
    }

    async fn a_locked_password_is_told_from_a_wait(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        fail_to_sign_in(&service, FAILS_TO_DISABLE).await;
        let shown = service.accounts.show_user("ada").await.unwrap();
        assert!(shown.limits.iter().any(|limit| limit.until.is_none()), "{:?}", shown.limits);
        assert!(command(&service, &["show", "ada"], "").await.1.contains("locked (see the limits below)"));
        command(&service, &["unlock", "ada"], "").await;
        service.try_sign_in_from("203.0.113.9", "ada", FIRST).await.unwrap();
    }

    async fn reset_emails_that_are_held_back_are_shown_and_one_limit_is_cleared(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.receive_code("ada").await;
        let limits = service.accounts.show_user("ada").await.unwrap().limits;
        let held = limits.iter().find(|limit| limit.what == "get a reset code by email");
        let id = &held.unwrap_or_else(|| panic!("{limits:?}")).id;
        let cleared = service.accounts.clear_limit(id).await.unwrap();
        assert_eq!(&cleared.id, id);
        assert!(matches!(service.accounts.clear_limit(id).await, Err(AdminError::NoLimit(_))));
        assert_eq!(operators_events(&service, "ada").await, ["account-added", "limits-cleared"]);
    }

    async fn a_source_that_waits_is_named_and_cleared(engine: Engine) {
        let limits = doorkey::accounts::SourceLimits {
            tries_per_source: doorkey::domain::throttle::Limit { count: 2, window_ms: 3_600_000 },
            ..patient().limits
        };
        let service = Service::with(engine, doorkey::accounts::Rules { limits, ..patient() }).await;
        for name in ["ada", "bob", "eve"] {
            service.add(name).await;
        }
        service.try_sign_in_from("203.0.113.9", "ada", WRONG).await.unwrap_err();
        service.try_sign_in_from("203.0.113.9", "bob", WRONG).await.unwrap_err();
        assert!(matches!(service.try_sign_in_from("203.0.113.9", "eve", FIRST).await, Err(Refusal::TryLater(_))));
        let listed = service.accounts.list_limits().await.unwrap().limits;
        let of_source = listed.iter().find(|limit| limit.what == "try passwords and codes");
        assert_eq!(of_source.and_then(|limit| limit.place.as_deref()), Some("203.0.113.9"), "{listed:?}");
        let source = Source::of("203.0.113.9".parse().unwrap());
        assert!(service.accounts.clear_limits_of_source(source).await.unwrap() > 0);
        assert_eq!(service.accounts.clear_limits_of_source(source).await.unwrap(), 0);
        let listed = service.accounts.list_limits().await.unwrap().limits;
        assert!(listed.iter().all(|limit| limit.what != "try passwords and codes"), "{listed:?}");
        let rows = "SELECT count(*) FROM activity WHERE kind = 'limits-cleared' AND account IS NULL AND client = 'operator'";
        assert_eq!(service.fresh.number(rows).await, 1);
    }

    async fn wrong_undo_codes_make_a_source_wait_and_that_is_listed_too(engine: Engine) {
        let limits = doorkey::accounts::SourceLimits {
            tries_per_source: doorkey::domain::throttle::Limit { count: 1, window_ms: 3_600_000 },
            ..patient().limits
        };
        let service = Service::with(engine, doorkey::accounts::Rules { limits, ..patient() }).await;
        service.add("ada").await;
        let undo = || Request::Undo(UndoRequest::Preview { code: Secret::new(NO_UNDO_CODE) });
        let refused = service.ask(undo()).await;
        assert!(matches!(refused, Reply::Refused(Refusal::UndoCodeRefused)), "{refused:?}");
        let listed = service.accounts.list_limits().await.unwrap();
        assert_eq!(listed.limits.iter().map(|limit| limit.what).collect::<Vec<_>>(), ["try undo codes"]);
        assert!(!listed.is_cut);
        let cleared = service.accounts.clear_limit(&listed.limits[0].id).await.unwrap();
        assert_eq!(cleared.what, "try undo codes");
        assert_eq!(service.accounts.list_limits().await.unwrap().limits, []);
    }

    async fn wrong_setup_codes_make_a_source_wait_and_that_is_listed_and_cleared(engine: Engine) {
        let limits = doorkey::accounts::SourceLimits {
            tries_per_source: doorkey::domain::throttle::Limit { count: 1, window_ms: 3_600_000 },
            ..patient().limits
        };
        let service = Service::with(engine, doorkey::accounts::Rules { limits, ..patient() }).await;
        let prove = || Request::Setup(SetupRequest::Prove { code: Secret::new(NO_UNDO_CODE) });
        let refused = service.ask(prove()).await;
        assert!(matches!(refused, Reply::Refused(Refusal::SetupCodeRefused)), "{refused:?}");
        assert!(matches!(service.ask(prove()).await, Reply::Refused(Refusal::TryLater(_))));
        let listed = service.accounts.list_limits().await.unwrap();
        assert_eq!(listed.limits.iter().map(|limit| limit.what).collect::<Vec<_>>(), ["try setup codes"]);
        let cleared = service.accounts.clear_limit(&listed.limits[0].id).await.unwrap();
        assert_eq!(cleared.what, "try setup codes");
        assert_eq!(service.accounts.list_limits().await.unwrap().limits, []);
    }

    async fn a_network_that_guesses_on_is_listed_too(engine: Engine) {
        let service = Service::start(engine).await;
        let request = || GuestSupportRequest::Read { number: 1_001, opened: None, code: Secret::new("WDJB-MJHT") };
        // The first of each source count apart, and these are more than a network has of the others.
        let mut is_refused = false;
        for host in 1..=60 {
            let from = cx(&format!("203.0.113.{host}"));
            for _ in 0..2 {
                let reply = service.accounts.handle(&from, Request::GuestSupport(request())).await;
                is_refused |= matches!(reply, Reply::Refused(Refusal::TryLater(_)));
            }
        }
        assert!(is_refused, "the network has to wait");
        let listed = service.accounts.list_limits().await.unwrap().limits;
        assert!(listed.iter().any(|limit| limit.what == "try codes that nobody in particular holds"), "{listed:?}");
    }

    async fn a_list_that_is_not_of_all_counters_says_so(engine: Engine) {
        let service = Service::start(engine).await;
        let many = "INSERT INTO attempts (bucket, mark, at)
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001)
                    SELECT 'teams:' || i, 'mark', 1795341909000 FROM n";
        service.fresh.execute_sql(many).await.unwrap();
        assert!(service.accounts.list_limits().await.unwrap().is_cut);
    }

    async fn addresses_are_added_chosen_and_removed_for_a_person(engine: Engine) {
        let service = Service::start(engine).await;
        let accounts = &service.accounts;
        service.add("ada").await;
        service.add("bob").await;
        let member = service.sign_in("ada", FIRST).await;
        let only = accounts.remove_email_of("ada", "ada@example.org").await.unwrap_err();
        assert!(matches!(only, AdminError::LastEmail(_)), "{only}");
        let taken = accounts.add_email_of("ada", "BOB@example.org").await.unwrap_err();
        assert!(matches!(taken, AdminError::EmailTaken(_)), "{taken}");
        accounts.add_email_of("ada", "ada@home.example").await.unwrap();
        let again = accounts.add_email_of("ada", "ADA@home.example").await.unwrap_err();
        assert!(matches!(again, AdminError::EmailTaken(_)), "{again}");
        accounts.set_primary_of("ada", "ada@home.example").await.unwrap();
        assert_eq!(service.teams(&member).await, Err(Refusal::SignedOutElsewhere));
        let primary = accounts.remove_email_of("ada", "ada@home.example").await.unwrap_err();
        assert!(matches!(primary, AdminError::PrimaryEmail(_)), "{primary}");
        let unknown = accounts.remove_email_of("ada", "bob@example.org").await.unwrap_err();
        assert!(matches!(unknown, AdminError::NoEmail(..)), "{unknown}");
        accounts.remove_email_of("ada", "ada@example.org").await.unwrap();
        let shown = accounts.show_user("ada").await.unwrap().emails;
        let shown: Vec<_> = shown.iter().map(|email| (email.address.as_str(), email.is_primary)).collect();
        assert_eq!(shown, [("ada@home.example", true)]);
        assert_eq!(operators_events(&service, "ada").await, ["account-added", "email-removed", "email-verified", "primary-email-changed"]);
        let told = service.subjects_to("ada@example.org").await;
        assert!(told.iter().any(|told| told.contains("address was removed")), "{told:?}");
        assert!(service.emails.emails().iter().all(|email| email.text.contains("operator")));
    }

    async fn a_person_is_renamed_and_the_old_name_opens_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("bob").await;
        let member = service.sign_in("ada", FIRST).await;
        let taken = service.accounts.rename_user("ada", "BOB").await.unwrap_err();
        assert!(matches!(taken, AdminError::NameTaken(_)), "{taken}");
        assert!(matches!(service.accounts.rename_user("ada", "a b").await, Err(AdminError::Name(..))));
        assert_eq!(service.accounts.rename_user("ada", "lovelace").await.unwrap(), "lovelace");
        assert_eq!(service.teams(&member).await, Err(Refusal::SignedOutElsewhere));
        service.try_sign_in("ada", FIRST).await.unwrap_err();
        service.sign_in("lovelace", FIRST).await;
        assert_eq!(operators_events(&service, "lovelace").await, ["account-added", "name-changed"]);
        service.accounts.disable_user("bob").await.unwrap();
        assert!(matches!(service.accounts.rename_user("bob", "bobby").await, Err(AdminError::Disabled(_))));
    }

    async fn a_reset_code_is_sent_on_an_operators_word(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let sent = service.accounts.send_reset_email("ada").await.unwrap();
        assert_eq!((sent.name.as_str(), sent.to.as_str()), ("ada", "ada@example.org"));
        service.work().await;
        let emails = service.emails.emails();
        assert!(emails[0].text.contains("From:   the operator"), "{}", emails[0].text);
        assert_eq!(service.accounts.show_user("ada").await.unwrap().live_reset_codes, 1);
        let grant = service.prove("ada", None, &code_in(&emails[0])).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        service.sign_in("ada", SECOND).await;
        assert_eq!(operators_events(&service, "ada").await, ["account-added", "reset-code-sent"]);
    }

    async fn sessions_are_shown_and_revoked(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let session = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let shown = service.accounts.show_user("ada").await.unwrap();
        assert_eq!((shown.sign_ins.len(), shown.sign_ins[0].ip.as_str()), (1, "192.0.2.7"));
        let places: Vec<_> = shown.sessions.iter().map(|active| active.session.ip.as_str()).collect();
        assert_eq!(places, ["192.0.2.7"]);
        assert!(matches!(service.accounts.revoke_sessions("ada", Some("none")).await, Err(AdminError::NoSession(..))));
        assert_eq!(service.accounts.revoke_sessions("ada", None).await.unwrap(), 1);
        assert_eq!(service.accounts.revoke_sessions("ada", None).await.unwrap(), 0);
        assert!(service.accounts.show_user("ada").await.unwrap().sessions.is_empty());
        assert_eq!(operators_events(&service, "ada").await, ["account-added", "sessions-revoked"]);
        drop(session);
    }

    async fn the_key_of_a_stolen_laptop_is_removed_with_the_sessions_and_the_owner_is_told(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let lost = add(&service, &ada, line(1)).await.unwrap();
        let kept = add(&service, &ada, line(2)).await.unwrap();
        service.work().await;
        let told = service.emails.emails().len();
        let (code, said) = command(&service, &["keys", "list", "ada@example.org"], "").await;
        assert!(code == 0 && said.contains(&lost.fingerprint.to_string()), "{said}");
        let (code, said) = command(&service, &["keys", "remove", "ada", "SHA256:none"], "").await;
        assert_eq!((code, said.as_str()), (1, ""));
        assert!(matches!(service.accounts.remove_key_of("ada", "SHA256:none").await, Err(AdminError::NoKey(..))));

        let lost = lost.fingerprint.to_string();
        let (code, said) = command(&service, &["keys", "remove", "ada", &lost, "--json"], "").await;
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!((code, &said["done"], &said["user"]), (0, &"key-removed".into(), &"ada".into()));
        assert_eq!(said["key"]["fingerprint"], lost);
        let stale = remove(&service, &ada, &kept.id).await;
        assert!(matches!(stale, Err(Refusal::SignedOutElsewhere)), "its sessions end: {stale:?}");
        service.work().await;
        let emails = service.emails.emails().split_off(told);
        let [email] = emails.as_slice() else { panic!("{emails:?}") };
        assert!(email.to == "ada@example.org" && email.subject.contains("SSH key was removed"), "{email:?}");
        assert!(email.text.contains(&lost) && email.text.contains("the operator"), "{}", email.text);
        assert_eq!(operators_events(&service, "ada").await, ["account-added", "key-removed"]);

        // Of an account that was disabled first, too.
        service.accounts.disable_user("ada").await.unwrap();
        service.accounts.remove_key_of("ada", &kept.id).await.unwrap();
        assert!(service.accounts.show_user("ada").await.unwrap().keys.is_empty());
        let (code, said) = command(&service, &["keys", "list", "ada"], "").await;
        assert_eq!((code, said.as_str()), (0, "`ada` has no SSH key.\n"));
    }

    async fn an_account_is_deleted_unless_others_depend_on_it(engine: Engine) {
        let service = Service::start(engine).await;
        let accounts = &service.accounts;
        service.add("ada").await;
        service.add("bob").await;
        accounts.add_owned_team("Ops", "", Some("ada")).await.unwrap();
        accounts.add_owned_team("Own", "", Some("ada")).await.unwrap();
        accounts.add_member("Ops", "bob", Role::Member).await.unwrap();
        let denied = accounts.delete_user("ada").await.unwrap_err();
        assert!(denied.to_string().contains("last owner of `Ops`"), "{denied}");
        assert!(accounts.show_user("ada").await.unwrap().disabled_at.is_none(), "nothing was done");
        accounts.add_member("Ops", "bob", Role::Owner).await.unwrap();
        let (code, said) = command(&service, &["delete", "ada"], "").await;
        assert!(code == 1 && said.contains("doorkey user delete ada --yes"), "{said}");
        let (code, said) = command(&service, &["delete", "ada", "--yes", "--json"], "").await;
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!((code, &said["user"], &said["teams"][0]), (0, &"ada".into(), &"Own".into()));
        assert!(matches!(accounts.show_user("ada").await, Err(AdminError::NoUser(_))));
        let rows = "SELECT count(*) FROM activity WHERE kind = 'account-deleted' AND client = 'operator'";
        assert_eq!(service.fresh.number(rows).await, 1);
        service.work().await;
        let emails = service.emails.emails();
        let told = emails.iter().find(|email| email.to == "ada@example.org" && email.subject.contains("was deleted"));
        assert!(told.is_some_and(|email| email.text.contains("An operator deleted your")), "{emails:?}");
    }

    async fn unsent_emails_are_listed_tried_again_and_dropped(engine: Engine) {
        let service = Service::start(engine).await;
        let accounts = &service.accounts;
        service.add("ada").await;
        service.emails.fail_next(SendError::deferred("451 greylisted"));
        service.request_code("ada").await;
        service.work().await;
        let [email] = accounts.list_unsent_emails(false).await.unwrap().try_into().unwrap();
        assert_eq!((email.state, email.user.as_deref()), (EmailState::Waiting, Some("ada")));
        assert!(email.reason.as_deref().is_some_and(|reason| reason.contains("greylisted")), "{email:?}");
        assert!(accounts.list_unsent_emails(true).await.unwrap().is_empty(), "none is parked");
        assert_eq!(accounts.show_unsent_email(&email.id).await.unwrap(), email);
        accounts.retry_email(&email.id).await.unwrap();
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
        assert!(matches!(accounts.retry_email(&email.id).await, Err(AdminError::NoUnsentEmail(_))));

        service.emails.fail_next(SendError::deferred("451 greylisted"));
        accounts.add_email_of("ada", "ada@home.example").await.unwrap();
        service.emails.fail_next(SendError::deferred("451 greylisted"));
        service.work().await;
        for email in accounts.list_unsent_emails(false).await.unwrap() {
            accounts.drop_email(&email.id).await.unwrap();
            assert!(matches!(accounts.drop_email(&email.id).await, Err(AdminError::NoUnsentEmail(_))));
        }
        service.later(3_600_000);
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM outbox WHERE sealed IS NOT NULL").await, 0);
        let events = operators_events(&service, "ada").await;
        assert_eq!(events, ["account-added", "email-dropped", "email-dropped", "email-retried", "email-verified"]);
    }

    async fn the_activity_of_all_is_filtered_by_name_kind_and_time(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("bob").await;
        service.later(60_000);
        let since = Some(service.clock.now());
        service.try_sign_in("ada", WRONG).await.unwrap_err();
        service.try_sign_in("nobody", WRONG).await.unwrap_err();
        let list = async |wanted: OperatorEvents| {
            let events = service.accounts.list_all_activity(&OperatorEvents { limit: 50, ..wanted }).await.unwrap();
            events.into_iter().map(|event| (event.user.unwrap_or_default(), event.event.kind)).collect::<Vec<_>>()
        };
        let all = list(OperatorEvents::default()).await;
        assert_eq!(all.len(), 4, "{all:?}");
        let (none, kind) = (String::new(), "sign-in-failed".to_owned());
        let mut recent = list(OperatorEvents { since, ..OperatorEvents::default() }).await;
        recent.sort();
        assert_eq!(recent, [(none, kind.clone()), ("ada".to_owned(), kind.clone())]);
        let of_ada = OperatorEvents { user: Some("ada".into()), kinds: vec![EventKind::SignInFailed], ..OperatorEvents::default() };
        assert_eq!(list(of_ada).await, [("ada".to_owned(), kind)]);
    }
}
