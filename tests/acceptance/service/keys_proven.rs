//! Ownership of verified keys in the store. Only the SSH layer can verify a key.

use doorkey::domain::ssh_key::{Fingerprint, SshKey};
use doorkey::store::{Origin, Store, StoreFault};

use super::{FIRST, START, Service};
use crate::engine::on_both_engines;

const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW";

const FROM: Origin<'static> = Origin { ip: "192.0.2.7", client: "SSH-2.0-test" };

/// Registers the key on an account without a proof.
async fn park(store: &Store, account: &str) -> bool {
    let mut tx = store.begin().await.unwrap();
    let key = SshKey::parse(LINE).unwrap();
    let parked = tx.insert_key(&format!("key of {account}"), account, &key, FROM, START).await.unwrap();
    tx.commit().await.unwrap();
    parked
}

/// What a sign-in over a connection that holds the key does, tried again as long as it is worth it.
async fn prove(store: &Store, key: Fingerprint, account: &str) -> Option<Vec<(String, String)>> {
    loop {
        match prove_once(store, key, account).await {
            Err(fault) if fault.is_transient() => {}
            proven => return proven.unwrap(),
        }
    }
}

async fn prove_once(
    store: &Store,
    key: Fingerprint,
    account: &str,
) -> Result<Option<Vec<(String, String)>>, StoreFault> {
    let mut tx = store.begin().await?;
    if !tx.set_key_used(&key, account, START).await? || !tx.claim_key_proven(&key, account, START).await? {
        return Ok(None);
    }
    let others = tx.delete_parked_keys(&key, account).await?;
    tx.commit().await?;
    Ok(Some(others))
}

on_both_engines! {
    async fn the_first_proof_wins_and_the_others_lose_the_key(engine: Engine) {
        let service = Service::start(engine).await;
        let mut ids = Vec::new();
        for name in ["ada", "mallory", "oscar"] {
            service.add(name).await;
            ids.push(service.sign_in(name, FIRST).await.account().to_owned());
        }
        let store = service.fresh.open().await;
        for id in &ids {
            assert!(park(&store, id).await);
        }
        let key = SshKey::parse(LINE).unwrap().fingerprint();
        let mut others = prove(&store, key, &ids[0]).await.unwrap();
        others.sort_by(|one, other| one.1.cmp(&other.1));
        let lost = [(ids[1].clone(), "mallory".to_owned()), (ids[2].clone(), "oscar".to_owned())];
        assert_eq!(others, lost);
        assert_eq!(prove(&store, key, &ids[0]).await, None, "once is enough");
        assert_eq!(prove(&store, key, &ids[1]).await, None, "it is no longer there");
        assert!(!park(&store, &ids[1]).await, "nor can it be registered again");
        let mut tx = store.begin().await.unwrap();
        assert!(tx.is_proven_key(&key, &ids[0]).await.unwrap());
        assert!(!tx.is_proven_key(&key, &ids[1]).await.unwrap());
    }

    async fn of_two_proofs_at_once_one_wins(engine: Engine) {
        let service = Service::start(engine).await;
        let mut ids = Vec::new();
        for name in ["ada", "mallory"] {
            service.add(name).await;
            ids.push(service.sign_in(name, FIRST).await.account().to_owned());
        }
        let store = service.fresh.open().await;
        for id in &ids {
            park(&store, id).await;
        }
        let key = SshKey::parse(LINE).unwrap().fingerprint();
        let both = tokio::join!(prove(&store, key, &ids[0]), prove(&store, key, &ids[1]));
        assert_eq!([both.0.is_some(), both.1.is_some()].iter().filter(|won| **won).count(), 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM keys").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM keys WHERE verified_at IS NOT NULL").await, 1);
    }

    async fn a_proof_of_a_key_that_another_account_has_proven_is_none(engine: Engine) {
        let service = Service::start(engine).await;
        let mut ids = Vec::new();
        for name in ["ada", "mallory"] {
            service.add(name).await;
            ids.push(service.sign_in(name, FIRST).await.account().to_owned());
        }
        let store = service.fresh.open().await;
        park(&store, &ids[0]).await;
        park(&store, &ids[1]).await;
        // What a registration leaves that came in between the proof and its commit.
        let one = "UPDATE keys SET verified_at = 1
                   WHERE account = (SELECT id FROM accounts WHERE name_canonical = 'ada')";
        assert_eq!(service.fresh.execute_sql(one).await.unwrap(), 1);
        let key = SshKey::parse(LINE).unwrap().fingerprint();
        assert_eq!(prove(&store, key, &ids[1]).await, None);
        for (name, whose) in [(None, Some("ada")), (Some("ada"), Some("ada")), (Some("mallory"), None)] {
            let owner = service.accounts.owner_of_key(&key, name).await.unwrap();
            assert_eq!(owner.as_deref(), whose, "{name:?}");
        }
    }
}
