//! SSH keys: who can register which key, and what removing one revokes.

use doorkey::accounts::request::keys::{KeysReply, KeysRequest};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::accounts::{Rules, SourceLimits};
use doorkey::domain::registered_key::RegisteredKey;
use doorkey::domain::ssh_key::{KEYS_PER_ACCOUNT, KeyRefusal, SshKey};
use doorkey::domain::throttle::Limit;
use futures_util::future::join_all;
use russh::keys::PublicKey;
use russh::keys::ssh_key::public::{Ed25519PublicKey, KeyData};

use super::{FIRST, MINUTE, SECOND, Service, cx, patient};
use crate::engine::on_both_engines;

/// A public key of its own for each number.
pub(super) fn line(number: i64) -> String {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    PublicKey::new(KeyData::Ed25519(Ed25519PublicKey(bytes)), "ada@laptop").to_openssh().unwrap()
}

pub(super) async fn add(
    service: &Service,
    member: &SignedIn,
    line: String,
) -> Result<RegisteredKey, Refusal> {
    match service.ask(Request::Keys(member.clone(), KeysRequest::Add { line })).await {
        Reply::Keys(KeysReply::Added(key)) => Ok(key),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn remove(service: &Service, member: &SignedIn, key: &str) -> Result<SignedIn, Refusal> {
    match service.ask(Request::Keys(member.clone(), KeysRequest::Remove { key: key.to_owned() })).await {
        Reply::Keys(KeysReply::Removed(member, _)) => Ok(member),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn keys(service: &Service, member: &SignedIn) -> Vec<RegisteredKey> {
    match service.ask(Request::Keys(member.clone(), KeysRequest::List)).await {
        Reply::Keys(KeysReply::List(keys, _)) => keys,
        other => panic!("{other:?}"),
    }
}

async fn owner(service: &Service, number: i64, name: Option<&str>) -> Option<String> {
    let fingerprint = SshKey::parse(&line(number)).unwrap().fingerprint();
    service.accounts.owner_of_key(&fingerprint, name).await.unwrap()
}

async fn rename(
    service: &Service,
    member: &SignedIn,
    key: &str,
    seen: Option<&str>,
    comment: &str,
) -> Result<RegisteredKey, Result<Refusal, String>> {
    let (key, seen, comment) = (key.to_owned(), seen.map(str::to_owned), comment.to_owned());
    match service.ask(Request::Keys(member.clone(), KeysRequest::Rename { key, seen, comment })).await {
        Reply::Keys(KeysReply::Renamed(key)) => Ok(key),
        Reply::Keys(KeysReply::RenamedElsewhere(key)) => Err(Err(key.comment)),
        Reply::Refused(refusal) => Err(Ok(refusal)),
        other => panic!("{other:?}"),
    }
}

async fn public_keys(service: &Service, name: &str) -> Result<Vec<String>, Refusal> {
    match service.ask(Request::PublicKeys { name: name.into() }).await {
        Reply::PublicKeys(lines) => Ok(lines),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

/// As if connections had proven to hold every key there is.
async fn prove_all(service: &Service) {
    service.fresh.execute_sql("UPDATE keys SET verified_at = added_at").await.unwrap();
}

on_both_engines! {
    async fn a_key_is_one_open_account_s_and_answers_to_its_names_only(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let ada = service.sign_in("ada", FIRST).await;
        let key = add(&service, &ada, line(1)).await.unwrap();
        assert_eq!(keys(&service, &ada).await, [key]);
        for name in [Some("ada"), Some(" ADA "), Some("ada@example.org")] {
            assert_eq!(owner(&service, 1, name).await.as_deref(), Some("ada"), "{name:?}");
        }
        assert_eq!(owner(&service, 1, None).await, None, "anybody can register anybody's key");
        prove_all(&service).await;
        assert_eq!(owner(&service, 1, None).await.as_deref(), Some("ada"));
        for name in [Some("grace"), Some("nobody"), Some("")] {
            assert_eq!(owner(&service, 1, name).await, None, "{name:?}");
        }
        assert_eq!(owner(&service, 2, None).await, None);
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(owner(&service, 1, None).await, None);
    }

    async fn a_key_whose_letters_differ_in_case_is_another_key(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("mallory").await;
        let (ada, mallory) = (service.sign_in("ada", FIRST).await, service.sign_in("mallory", FIRST).await);
        // What follows the kind and the length is the key itself.
        let key = PublicKey::new(KeyData::Ed25519(Ed25519PublicKey([0x6B; 32])), "").to_openssh().unwrap();
        let (head, tail) = key.split_at(key.len() - 40);
        let swapped: String = tail
            .chars()
            .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        let swapped = format!("{head}{swapped}");
        assert!(key != swapped && key.eq_ignore_ascii_case(&swapped));
        add(&service, &ada, key.clone()).await.unwrap();
        prove_all(&service).await;
        let owner = async |line: &str| {
            let fingerprint = SshKey::parse(line).unwrap().fingerprint();
            service.accounts.owner_of_key(&fingerprint, None).await.unwrap()
        };
        assert_eq!(owner(&key).await.as_deref(), Some("ada"));
        assert_eq!(owner(&swapped).await, None);
        add(&service, &mallory, swapped.clone()).await.unwrap();
        prove_all(&service).await;
        assert_eq!(owner(&swapped).await.as_deref(), Some("mallory"));
        assert_eq!(owner(&key).await.as_deref(), Some("ada"));
    }

    async fn an_unverified_key_does_not_block_its_owner_from_registering_it(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("mallory").await;
        service.add("ada").await;
        let (mallory, ada) = (service.sign_in("mallory", FIRST).await, service.sign_in("ada", FIRST).await);
        let both = join_all([add(&service, &mallory, line(1)), add(&service, &ada, line(1))]).await;
        assert!(both.iter().all(Result::is_ok), "{both:?}");
        // Whose it is under the portal's own name, nobody can say yet; a name before the @ does.
        assert_eq!(owner(&service, 1, None).await, None);
        for name in ["mallory", "ada"] {
            assert_eq!(owner(&service, 1, Some(name)).await.as_deref(), Some(name));
        }
        assert_eq!(add(&service, &ada, line(1)).await, Err(Refusal::KeyTaken));
    }

    async fn a_verified_key_cannot_be_registered_by_others_and_the_refusal_is_the_same(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        add(&service, &ada, line(1)).await.unwrap();
        prove_all(&service).await;
        for member in [&ada, &grace] {
            assert_eq!(add(&service, member, line(1)).await, Err(Refusal::KeyTaken));
        }
        assert!(keys(&service, &ada).await[0].verified_at.is_some());
        assert_eq!(service.fresh.number("SELECT count(*) FROM keys").await, 1);
    }

    async fn adding_and_removing_want_a_fresh_proof_and_renaming_does_not(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let key = add(&service, &ada, line(1)).await.unwrap();
        service.later(5 * MINUTE + 1);
        for ask in [KeysRequest::Add { line: line(2) }, KeysRequest::Remove { key: key.id.clone() }] {
            let reply = service.ask(Request::Keys(ada.clone(), ask)).await;
            assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
        }
        assert_eq!(keys(&service, &ada).await.len(), 1);
        assert_eq!(rename(&service, &ada, &key.id, None, "desk").await.unwrap().comment, "desk");
    }

    async fn a_comment_is_harmless_and_never_overwrites_one_that_was_not_seen(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let key = add(&service, &ada, line(1)).await.unwrap();
        let seen = Some("ada@laptop");
        let long = format!(" a\u{1b}[2J\u{202e}b{}", "c".repeat(99));
        let renamed = rename(&service, &ada, &key.id, seen, &long).await.unwrap().comment;
        assert!(renamed.starts_with("a[2Jbcc") && renamed.chars().count() <= 64, "{renamed}");
        let late = rename(&service, &ada, &key.fingerprint.to_string(), seen, "late").await.unwrap_err();
        assert_eq!(late, Err(renamed.clone()), "the other comment is told");
        assert_eq!(keys(&service, &ada).await[0].comment, renamed);
        assert_eq!(rename(&service, &ada, &key.fingerprint.to_string(), Some(&renamed), "").await.unwrap().comment, "");
        let not_hers = rename(&service, &grace, &key.id, None, "mine").await.unwrap_err();
        assert_eq!(not_hers, Ok(Refusal::NotFound));
        let rows = "SELECT count(*) FROM activity WHERE kind = 'key-renamed'";
        assert_eq!(service.fresh.number(rows).await, 2);
    }

    async fn public_keys_are_an_open_account_s_own_by_user_name_only(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let ada = service.sign_in("ada", FIRST).await;
        for number in [1, 2] {
            add(&service, &ada, line(number)).await.unwrap();
            service.later(1);
        }
        let bare = |number| line(number).rsplit_once(' ').unwrap().0.to_owned();
        for name in ["ada", " ADA "] {
            assert_eq!(public_keys(&service, name).await.unwrap(), [bare(1), bare(2)], "{name}");
        }
        for name in ["grace", "nobody", "", "ada@example.org", "a'; --"] {
            assert_eq!(public_keys(&service, name).await.unwrap(), Vec::<String>::new(), "{name}");
        }
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(public_keys(&service, "ada").await.unwrap(), Vec::<String>::new());
    }

    async fn public_keys_are_counted_per_source_and_can_be_turned_off(engine: Engine) {
        let key_lookups_per_source = Limit { count: 3, window_ms: MINUTE };
        let limits = SourceLimits { key_lookups_per_source, ..patient().limits };
        let service = Service::with(engine, Rules { limits, ..patient() }).await;
        for name in ["ada", "nobody", "ada"] {
            assert_eq!(public_keys(&service, name).await.unwrap(), Vec::<String>::new());
        }
        assert!(matches!(public_keys(&service, "ada").await, Err(Refusal::TryLater(_))));
        let elsewhere = Request::PublicKeys { name: "ada".into() };
        let reply = service.accounts.handle(&cx("192.0.2.8"), elsewhere).await;
        assert!(matches!(reply, Reply::PublicKeys(_)), "{reply:?}");
        let closed = Service::with(engine, Rules { public_keys: false, ..patient() }).await;
        assert_eq!(public_keys(&closed, "ada").await, Err(Refusal::PublicKeysOff));
    }

    async fn an_account_has_at_most_twenty_keys_also_when_they_come_at_once(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let all = join_all((0..KEYS_PER_ACCOUNT + 8).map(|number| add(&service, &ada, line(number)))).await;
        assert_eq!(all.iter().filter(|added| added.is_ok()).count(), 20);
        assert_eq!(all.iter().filter(|added| **added == Err(Refusal::TooManyKeys)).count(), 8);
        assert_eq!(service.fresh.number("SELECT count(*) FROM keys").await, 20);
    }

    async fn removing_a_key_ends_other_sessions_and_is_reported_by_email(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (here, elsewhere) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        let key = add(&service, &here, line(1)).await.unwrap();
        assert_eq!(remove(&service, &here, "SHA256:nonsense").await.unwrap_err(), Refusal::NotFound);
        assert!(service.teams(&elsewhere).await.is_ok(), "nothing was removed, so nothing ends");
        let here = remove(&service, &here, &key.fingerprint.to_string()).await.unwrap();
        assert_eq!(service.teams(&elsewhere).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(add(&service, &elsewhere, line(2)).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(remove(&service, &elsewhere, &key.id).await.unwrap_err(), Refusal::SignedOutElsewhere);
        assert_eq!(service.teams(&here).await, Ok(0));
        assert_eq!(owner(&service, 1, Some("ada")).await, None);
        service.work().await;
        let emails = service.emails.emails();
        let told = |word: &str| emails.iter().filter(|email| email.text.contains(word)).count();
        assert_eq!((told("was added to"), told("was removed from")), (1, 1));
        assert_eq!(emails.iter().filter(|email| email.text.contains(&key.fingerprint.to_string())).count(), 2);
        let rows = "SELECT count(*) FROM activity WHERE kind IN ('key-added', 'key-removed')";
        assert_eq!(service.fresh.number(rows).await, 2);
    }

    async fn nobody_removes_a_key_of_others(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let key = add(&service, &ada, line(1)).await.unwrap();
        for name in [&key.id, &key.fingerprint.to_string()] {
            assert_eq!(remove(&service, &grace, name).await.unwrap_err(), Refusal::NotFound);
        }
        assert_eq!(owner(&service, 1, Some("ada")).await.as_deref(), Some("ada"));
    }

    async fn keys_survive_a_password_change_and_a_stale_session_cannot_change_them(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let before = service.sign_in("ada", FIRST).await;
        add(&service, &before, line(1)).await.unwrap();
        let after = service.change(&before, FIRST, SECOND).await.unwrap();
        assert_eq!(add(&service, &before, line(2)).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(add(&service, &after, "hello".into()).await, Err(Refusal::Key(KeyRefusal::NotAKey)));
        assert_eq!(keys(&service, &after).await.len(), 1);
    }
    async fn forty_keys_a_day_are_enough_and_what_was_added_can_go(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut ada = service.sign_in("ada", FIRST).await;
        for number in 0..39 {
            let key = add(&service, &ada, line(number)).await.unwrap();
            ada = remove(&service, &ada, &key.id).await.unwrap();
        }
        let last = add(&service, &ada, line(39)).await.unwrap();
        let one_more = add(&service, &ada, line(40)).await;
        assert!(matches!(one_more, Err(Refusal::TryLater(_))), "{one_more:?}");
        remove(&service, &ada, &last.id).await.unwrap();
        service.later(24 * 60 * MINUTE);
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, line(40)).await.unwrap();
    }
}
