//! SSH keys: who may register which, and what removing one ends.

use doorkey::accounts::request::{KeyView, Refusal, Reply, Request, SignedIn};
use doorkey::domain::ssh_key::{KEYS_PER_ACCOUNT, KeyRefusal, SshKey};
use futures_util::future::join_all;
use russh::keys::PublicKey;
use russh::keys::ssh_key::public::{Ed25519PublicKey, KeyData};

use super::{FIRST, SECOND, Service};
use crate::engine::on_both_engines;

/// A public key of its own for each number.
fn line(number: i64) -> String {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    PublicKey::new(KeyData::Ed25519(Ed25519PublicKey(bytes)), "ada@laptop").to_openssh().unwrap()
}

async fn add(service: &Service, member: &SignedIn, line: String) -> Result<KeyView, Refusal> {
    match service.ask(Request::AddKey { member: member.clone(), line }).await {
        Reply::KeyAdded(key) => Ok(key),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn remove(service: &Service, member: &SignedIn, key: &str) -> Result<SignedIn, Refusal> {
    match service.ask(Request::RemoveKey { member: member.clone(), key: key.to_owned() }).await {
        Reply::KeyRemoved(member, _) => Ok(member),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn keys(service: &Service, member: &SignedIn) -> Vec<KeyView> {
    match service.ask(Request::ListKeys { member: member.clone() }).await {
        Reply::Keys(keys) => keys,
        other => panic!("{other:?}"),
    }
}

async fn owner(service: &Service, number: i64, name: Option<&str>) -> Option<String> {
    let fingerprint = SshKey::parse(&line(number)).unwrap().fingerprint();
    service.accounts.owner_of_key(&fingerprint, name).await.unwrap()
}

on_both_engines! {
    async fn a_key_is_one_open_account_s_and_answers_to_its_names_only(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let ada = service.sign_in("ada", FIRST).await;
        let key = add(&service, &ada, line(1)).await.unwrap();
        assert_eq!(keys(&service, &ada).await, [key]);
        for name in [None, Some("ada"), Some(" ADA "), Some("ada@example.org")] {
            assert_eq!(owner(&service, 1, name).await.as_deref(), Some("ada"), "{name:?}");
        }
        for name in [Some("grace"), Some("nobody"), Some("")] {
            assert_eq!(owner(&service, 1, name).await, None, "{name:?}");
        }
        assert_eq!(owner(&service, 2, None).await, None);
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(owner(&service, 1, None).await, None);
    }

    async fn a_key_is_registered_once_whoever_asks_and_the_no_is_the_same(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let both = join_all([add(&service, &ada, line(1)), add(&service, &grace, line(1))]).await;
        assert_eq!(both.iter().filter(|added| added.is_ok()).count(), 1, "{both:?}");
        for member in [&ada, &grace] {
            assert_eq!(add(&service, member, line(1)).await, Err(Refusal::KeyTaken));
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM keys").await, 1);
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

    async fn removing_a_key_voids_every_other_proof_and_tells_by_letter(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (here, elsewhere) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        let key = add(&service, &here, line(1)).await.unwrap();
        assert_eq!(remove(&service, &here, "SHA256:nonsense").await.unwrap_err(), Refusal::NotFound);
        assert!(service.teams(&elsewhere).await.is_ok(), "nothing was removed, so nothing ends");
        let here = remove(&service, &here, &key.fingerprint).await.unwrap();
        assert_eq!(service.teams(&elsewhere).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(add(&service, &elsewhere, line(2)).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(remove(&service, &elsewhere, &key.id).await.unwrap_err(), Refusal::SignedOutElsewhere);
        assert_eq!(service.teams(&here).await, Ok(0));
        assert_eq!(owner(&service, 1, None).await, None);
        service.work().await;
        let letters = service.letters.letters();
        let told = |word: &str| letters.iter().filter(|letter| letter.text.contains(word)).count();
        assert_eq!((told("was added to"), told("was taken off")), (1, 1));
        assert_eq!(letters.iter().filter(|letter| letter.text.contains(&key.fingerprint)).count(), 2);
        let rows = "SELECT count(*) FROM activity WHERE kind IN ('key-added', 'key-removed')";
        assert_eq!(service.fresh.number(rows).await, 2);
    }

    async fn nobody_removes_another_s_key(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let key = add(&service, &ada, line(1)).await.unwrap();
        for name in [&key.id, &key.fingerprint] {
            assert_eq!(remove(&service, &grace, name).await.unwrap_err(), Refusal::NotFound);
        }
        assert_eq!(owner(&service, 1, None).await.as_deref(), Some("ada"));
    }

    async fn keys_outlive_a_change_of_password_and_go_with_a_stale_proof_s_wishes(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let before = service.sign_in("ada", FIRST).await;
        add(&service, &before, line(1)).await.unwrap();
        let after = service.change(&before, FIRST, SECOND).await.unwrap();
        assert_eq!(add(&service, &before, line(2)).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(add(&service, &after, "hello".into()).await, Err(Refusal::Key(KeyRefusal::NotAKey)));
        assert_eq!(keys(&service, &after).await.len(), 1);
    }
}
