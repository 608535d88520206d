//! What the owner finds after a reset: a session that is not fresh, and what is young set aside.

use doorkey::accounts::request::keys::{KeysReply, KeysRequest};
use doorkey::accounts::request::profile::{ProfileRefusal, ProfileReply, ProfileRequest};
use doorkey::accounts::request::review::Review;
use doorkey::accounts::request::second_factor::SecondFactorRequest;
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::domain::secret::Secret;
use doorkey::domain::ssh_key::SshKey;
use doorkey::mail::transport::SentEmail;

use super::addresses::{code_to, remove, set_primary, verify};
use super::keys::line;
use super::{FIRST, MINUTE, SECOND, Service, VERSION_LINE, addresses, cx, keys};
use crate::engine::on_both_engines;

/// The owner's reset, step by step as on a page, by the code that goes to `name`; signed in.
async fn reset(service: &Service, name: &str, password: &str) -> SignedIn {
    let (request, code) = service.receive_code(name).await;
    let grant = service.prove(name, Some(&request), &code).await.unwrap();
    service.set(grant, password).await.unwrap().expect("signed in")
}

/// The same in one transaction, as `forgot --code-stdin` does it.
async fn reset_at_once(service: &Service, name: &str, password: &str) -> SignedIn {
    let (_, code) = service.receive_code(name).await;
    let (code, password, second_factor) = (Secret::new(code), Secret::new(password), None);
    let request =
        Request::ResetPassword { name: name.into(), requests: Vec::new(), code, password, second_factor };
    match service.ask(request).await {
        Reply::PasswordSet(Some(member), _) => member,
        other => panic!("{other:?}"),
    }
}

const DAY: i64 = 24 * 60 * MINUTE;
const OLD: &str = "ada@example.org";
const EVIL: &str = "evil@example.org";

/// A thief with the password, two days ago and from elsewhere: adds a key, proves to hold it, and has an address of
/// their own as the primary one. Gives the key's id. The account is older than a week.
async fn thief_moves_in(service: &Service) -> String {
    service.add("ada").await;
    service.later(30 * DAY);
    let key = thief_adds(service).await;
    service.later(2 * DAY);
    key
}

/// The same to an account that is there, now.
async fn thief_adds(service: &Service) -> String {
    let elsewhere = cx("203.0.113.66");
    let password = Secret::new(FIRST);
    let signed_in =
        service.accounts.handle(&elsewhere, Request::SignIn { name: "ada".into(), password }).await;
    let Reply::SignedIn(thief) = signed_in else { panic!("{signed_in:?}") };
    let add = Request::Keys(thief.clone(), KeysRequest::Add { line: line(66) });
    let Reply::Keys(KeysReply::Added(key)) = service.accounts.handle(&elsewhere, add).await else {
        panic!("no key")
    };
    service.fresh.execute_sql("UPDATE keys SET verified_at = added_at").await.unwrap();
    let add = Request::Profile(thief.clone(), ProfileRequest::AddEmail { address: EVIL.into() });
    service.accounts.handle(&elsewhere, add).await;
    let code = code_to(service, EVIL).await;
    verify(service, &thief, EVIL, &code).await.unwrap();
    set_primary(service, &thief, EVIL).await.unwrap();
    service.work().await;
    key.id
}

/// To whom a key signs in, with and without a name.
async fn owners(service: &Service) -> Vec<Option<String>> {
    let key = SshKey::parse(&line(66)).unwrap().fingerprint();
    let mut owners = Vec::new();
    for name in [None, Some("ada"), Some(OLD)] {
        owners.push(service.accounts.owner_of_key(&key, name).await.unwrap());
    }
    owners
}

async fn public_keys(service: &Service) -> usize {
    match service.ask(Request::PublicKeys { name: "ada".into() }).await {
        Reply::PublicKeys(lines) => lines.len(),
        other => panic!("{other:?}"),
    }
}

/// What is suspended, and what is in use.
async fn review(service: &Service, member: &SignedIn) -> Review {
    match service.ask(Request::Review { member: member.clone() }).await {
        Reply::Review(review) => *review,
        other => panic!("{other:?}"),
    }
}

fn in_use(review: &Review) -> Vec<&str> {
    let emails = review.emails.iter().filter(|email| email.is_in_use());
    emails.map(|email| email.address.as_str()).collect()
}

async fn keep_key(service: &Service, member: &SignedIn, key: &str) -> Reply {
    service.ask(Request::Keys(member.clone(), KeysRequest::Keep { key: key.to_owned() })).await
}

/// The emails to an address since there were `before`.
fn news(service: &Service, address: &str, before: usize) -> Vec<SentEmail> {
    let emails = service.emails.emails().into_iter().skip(before);
    emails.filter(|email| email.to == address).collect()
}

/// Everything that adds a way in, or takes one away.
fn sensitive(member: &SignedIn) -> [Request; 6] {
    let member = || member.clone();
    let address = || "evil@example.org".to_owned();
    [
        Request::Keys(member(), KeysRequest::Add { line: line(1) }),
        Request::Keys(member(), KeysRequest::Remove { key: "SHA256:x".into() }),
        Request::Profile(member(), ProfileRequest::AddEmail { address: address() }),
        Request::Profile(member(), ProfileRequest::SetPrimary { address: address() }),
        Request::Profile(member(), ProfileRequest::RemoveEmail { address: address() }),
        Request::SecondFactor(member(), SecondFactorRequest::Enrol),
    ]
}

on_both_engines! {
    async fn a_session_from_a_reset_asks_for_the_new_password_before_a_key_is_added(engine: Engine) {
        let service = Service::start(engine).await;
        for name in ["ada", "grace"] {
            service.add(name).await;
        }
        let by_steps = reset(&service, "ada", SECOND).await;
        let at_once = reset_at_once(&service, "grace", SECOND).await;
        for member in [by_steps, at_once] {
            for request in sensitive(&member) {
                let asked = format!("{request:?}");
                let reply = service.ask(request).await;
                assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{asked}: {reply:?}");
            }
            assert!(service.confirm(&member, FIRST).await.is_err(), "the old password is no answer");
            service.later(MINUTE);
            let member = service.confirm(&member, SECOND).await.unwrap();
            keys::add(&service, &member, line(1)).await.unwrap();
        }
    }

    async fn whoever_has_shown_the_second_factor_in_the_reset_shows_it_again_to_turn_it_off(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        let half = service.half_reset("ada").await;
        let grant = service.show_for_reset(&half, &app.shows(service.clock.now())).await.unwrap();
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        let turn_off = |member: &SignedIn| Request::SecondFactor(member.clone(), SecondFactorRequest::TurnOff);
        assert!(matches!(service.ask(turn_off(&ada)).await, Reply::ReauthenticateFirst(_)));
        let confirmed = service.confirm(&ada, SECOND).await.unwrap();
        assert!(matches!(service.ask(turn_off(&confirmed)).await, Reply::ReauthenticateFirst(_)));
        let confirmed = service.confirm_by(&ada, &saved[0], true).await.unwrap();
        assert!(matches!(service.ask(turn_off(&confirmed)).await, Reply::SecondFactor(_)));
    }

    async fn a_thiefs_key_does_not_survive_the_owners_reset(engine: Engine) {
        let service = Service::start(engine).await;
        thief_moves_in(&service).await;
        let ada = Some("ada".to_owned());
        assert_eq!(owners(&service).await, [ada.clone(), ada.clone(), ada]);
        let member = reset(&service, OLD, SECOND).await;
        assert_eq!((owners(&service).await, member.suspended()), (vec![None, None, None], 2));
        let store = service.fresh.open().await;
        let key = SshKey::parse(&line(66)).unwrap().fingerprint();
        let mut tx = store.begin().await.unwrap();
        assert!(!tx.is_proven_key(&key, member.account()).await.unwrap(), "it stands for no second factor");
        assert!(!tx.set_key_used(&key, member.account(), service.clock.now()).await.unwrap());
        drop(tx);
        store.close().await;
        // It is still hers, so nobody else can take it.
        service.add("mallory").await;
        let mallory = service.sign_in("mallory", FIRST).await;
        assert_eq!(keys::add(&service, &mallory, line(66)).await, Err(Refusal::KeyTaken));
        let kinds = service.kinds().await;
        assert!(kinds.contains(&"keys-suspended".to_owned()) && kinds.contains(&"emails-suspended".to_owned()));
    }

    async fn a_thiefs_key_is_not_printed_for_sshd_after_a_reset(engine: Engine) {
        let service = Service::start(engine).await;
        thief_moves_in(&service).await;
        assert_eq!(public_keys(&service).await, 1);
        reset_at_once(&service, OLD, SECOND).await;
        assert_eq!(public_keys(&service).await, 0);
    }

    async fn a_kept_key_signs_in_again(engine: Engine) {
        let service = Service::start(engine).await;
        let key = thief_moves_in(&service).await;
        let member = reset(&service, OLD, SECOND).await;
        let reply = keep_key(&service, &member, &key).await;
        assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
        assert_eq!(owners(&service).await, [None, None, None]);
        let member = service.confirm(&member, SECOND).await.unwrap();
        service.work().await;
        let before = service.emails.emails().len();
        let Reply::Keys(KeysReply::Kept(kept)) = keep_key(&service, &member, &key).await else { panic!("not kept") };
        assert_eq!((kept.id, kept.suspended_at), (key.clone(), None));
        let ada = Some("ada".to_owned());
        assert_eq!((owners(&service).await, public_keys(&service).await), (vec![ada.clone(), ada.clone(), ada], 1));
        let again = keep_key(&service, &member, &key).await;
        assert!(matches!(again, Reply::Refused(Refusal::NotSuspended)), "{again:?}");
        service.work().await;
        assert_eq!(news(&service, OLD, before).len(), 1);
        assert!(news(&service, EVIL, before).is_empty());
        assert_eq!(service.rows_of("key-kept").await, 1);
        // Nobody keeps a key of others.
        service.add("mallory").await;
        let mallory = service.sign_in("mallory", FIRST).await;
        let refused = keep_key(&service, &mallory, &key).await;
        assert!(matches!(refused, Reply::Refused(Refusal::NotFound)), "{refused:?}");
    }

    async fn a_thiefs_address_gets_no_code_no_news_and_names_nobody_after_a_reset(engine: Engine) {
        let service = Service::start(engine).await;
        thief_moves_in(&service).await;
        let before = service.emails.emails().len();
        let member = reset(&service, OLD, SECOND).await;
        service.work().await;
        assert!(news(&service, EVIL, before).is_empty(), "it is not told of the reset either");
        assert_eq!(service.try_sign_in(EVIL, SECOND).await.unwrap_err(), Refusal::WrongCredentials);
        service.later(2 * 60 * MINUTE);
        let before = service.emails.emails().len();
        service.request_code(EVIL).await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), before);
        // It is the primary one still, and the code goes to the oldest that is in use.
        service.receive_code("ada").await;
        assert_eq!(service.emails.emails().last().unwrap().to, OLD);
        assert_eq!(in_use(&review(&service, &member).await), [OLD]);
        // Nobody else can have it.
        service.add("mallory").await;
        let mallory = service.sign_in("mallory", FIRST).await;
        addresses::add(&service, &mallory, EVIL).await.unwrap();
        let code = code_to(&service, EVIL).await;
        let taken = verify(&service, &mallory, EVIL, &code).await.unwrap_err();
        assert_eq!(taken, Refusal::Profile(ProfileRefusal::EmailTaken));
    }

    async fn a_suspended_address_is_kept_or_removed_even_when_it_is_the_primary_one(engine: Engine) {
        let service = Service::start(engine).await;
        thief_moves_in(&service).await;
        let member = reset(&service, OLD, SECOND).await;
        let member = service.confirm(&member, SECOND).await.unwrap();
        let last = remove(&service, &member, OLD).await;
        assert_eq!(last, Err(Refusal::Profile(ProfileRefusal::LastEmail)), "no other one is in use");
        let keep = || ProfileRequest::KeepEmail { address: EVIL.into() };
        let ProfileReply::Kept(kept) = addresses::ask(&service, &member, keep()).await.unwrap() else {
            panic!("not kept")
        };
        assert!(kept.is_in_use() && kept.is_primary);
        assert_eq!(addresses::ask(&service, &member, keep()).await.unwrap_err(), Refusal::NotSuspended);
        assert_eq!(in_use(&review(&service, &member).await), [EVIL, OLD]);

        let member = reset(&service, OLD, FIRST).await;
        let member = service.confirm(&member, FIRST).await.unwrap();
        addresses::gain(&service, &member, "third@example.org").await;
        let refused = set_primary(&service, &member, EVIL).await.unwrap_err();
        assert_eq!(refused, Refusal::Profile(ProfileRefusal::Suspended));
        remove(&service, &member, EVIL).await.unwrap();
        let shown = addresses::addresses(&service, &member).await;
        assert_eq!(shown, [format!("{OLD} primary"), "third@example.org".to_owned()]);
    }

    async fn the_owner_of_a_new_account_is_not_locked_out_of_its_only_old_address(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(MINUTE);
        thief_adds(&service).await;
        service.later(MINUTE);
        let member = reset(&service, OLD, SECOND).await;
        let seen = review(&service, &member).await;
        assert_eq!((in_use(&seen), seen.suspended), (vec![OLD], 2));
    }

    async fn a_code_from_support_leaves_the_oldest_address_in_use(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(MINUTE);
        thief_adds(&service).await;
        let issued = service.accounts.issue_reset_code("ada").await.unwrap();
        let grant = service.prove("ada", None, issued.code.expose()).await.unwrap();
        let member = service.set(grant, SECOND).await.unwrap().unwrap();
        assert_eq!(in_use(&review(&service, &member).await), [OLD]);
    }

    async fn a_thiefs_own_reset_leaves_the_older_addresses_in_use_and_tells_them(engine: Engine) {
        // All recent: the thief's address does not win against the one that was there before.
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(MINUTE);
        thief_adds(&service).await;
        service.later(MINUTE);
        let before = service.emails.emails().len();
        let thief = reset(&service, EVIL, SECOND).await;
        service.work().await;
        let seen = review(&service, &thief).await;
        let mut left = in_use(&seen);
        left.sort_unstable();
        assert_eq!(left, [OLD, EVIL]);
        assert!(news(&service, OLD, before).iter().any(|email| email.subject.contains("was reset")));
        // With one that is older than a week, the thief's is suspended by their own reset.
        let service = Service::start(engine).await;
        thief_moves_in(&service).await;
        let before = service.emails.emails().len();
        let thief = reset(&service, EVIL, SECOND).await;
        service.work().await;
        assert_eq!(in_use(&review(&service, &thief).await), [OLD]);
        assert!(news(&service, OLD, before).iter().any(|email| email.subject.contains("was reset")));
        service.later(2 * MINUTE);
        service.receive_code("ada").await;
        assert_eq!(service.emails.emails().last().unwrap().to, OLD);
    }

    async fn an_owners_recent_address_is_told_of_a_thiefs_reset_that_suspends_it(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(30 * DAY);
        let ada = service.sign_in("ada", FIRST).await;
        addresses::gain(&service, &ada, "new@example.org").await;
        service.later(MINUTE);
        thief_adds(&service).await;
        service.later(DAY);
        let before = service.emails.emails().len();
        reset(&service, EVIL, SECOND).await;
        service.work().await;
        let told = |address: &str| news(&service, address, before).iter().any(|email| email.subject.contains("was reset"));
        assert!(told("new@example.org") && told(OLD));
    }

    async fn what_is_a_week_old_stays_and_what_is_younger_does_not(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        keys::add(&service, &ada, line(1)).await.unwrap();
        service.later(1);
        keys::add(&service, &ada, line(2)).await.unwrap();
        service.later(7 * DAY - 1);
        let member = reset(&service, "ada", SECOND).await;
        let seen = review(&service, &member).await;
        let states: Vec<_> = seen.keys.iter().map(|key| key.suspended_at.is_some()).collect();
        assert_eq!((states, seen.suspended), (vec![false, true], 1));
    }

    async fn the_email_of_a_reset_lists_what_is_suspended_with_when_and_from_where(engine: Engine) {
        let service = Service::start(engine).await;
        thief_moves_in(&service).await;
        reset(&service, OLD, SECOND).await;
        service.work().await;
        let emails = service.emails.emails();
        let email = emails.iter().find(|email| email.subject.contains("was reset")).unwrap();
        let key = SshKey::parse(&line(66)).unwrap().fingerprint().to_string();
        for words in [&format!("Email: {EVIL}\n"), &format!("Key: {key}\n"), "Added: 2026-12-22 ", " from 203.0.113.66\n"] {
            assert!(email.text.contains(words), "{words} is missing in:\n{}", email.text);
        }
        assert!(!email.text.contains(&format!("Email: {OLD}")), "{}", email.text);
        // Without anything recent it says nothing of it.
        let service = Service::start(engine).await;
        service.add("ada").await;
        reset(&service, "ada", SECOND).await;
        service.work().await;
        assert!(!service.emails.emails().last().unwrap().text.contains("suspended"));
    }

    async fn the_review_says_of_everything_when_and_from_where_it_was_added(engine: Engine) {
        let service = Service::start(engine).await;
        let before = service.clock.now();
        thief_moves_in(&service).await;
        let member = reset(&service, OLD, SECOND).await;
        assert!(member.has_review());
        let seen = review(&service, &member).await;
        let at = before.plus_ms(30 * DAY);
        let places: Vec<_> = seen.emails.iter().map(|email| (email.added_at, email.added_ip.as_deref())).collect();
        assert_eq!(places, [(at, Some("203.0.113.66")), (before, None)]);
        let key = &seen.keys[0];
        assert_eq!((key.added_at, key.added_ip.as_deref()), (at, Some("203.0.113.66")));
        assert_eq!(key.added_client.as_deref(), Some(VERSION_LINE));
        // A second factor too.
        let at = service.clock.now();
        let (member, ..) = service.add_with_second_factor("grace").await;
        let factor = review(&service, &member).await.two_factor;
        assert_eq!((factor.on_since, factor.added_ip.as_deref()), (Some(at), Some("192.0.2.7")));
        // Who has one address and nothing else has nothing to look through.
        service.add("linus").await;
        assert!(!reset(&service, "linus", SECOND).await.has_review());
    }

    async fn whoever_signs_in_is_told_as_long_as_something_is_suspended(engine: Engine) {
        let service = Service::start(engine).await;
        let key = thief_moves_in(&service).await;
        reset(&service, OLD, SECOND).await;
        service.later(30 * DAY);
        let member = service.sign_in("ada", SECOND).await;
        assert_eq!((member.suspended(), service.view(&member).await.suspended), (2, 2));
        let member = keys::remove(&service, &member, &key).await.unwrap();
        remove(&service, &member, EVIL).await.unwrap();
        assert_eq!(service.sign_in("ada", SECOND).await.suspended(), 0);
    }
}
