//! Rotating the secret keys: nothing that was made with an older key is lost, and an older key goes when nothing needs
//! it.

use std::collections::BTreeMap;

use doorkey::accounts::admin::KeyView;
use doorkey::accounts::request::Refusal;
use doorkey::domain::entropy::Entropy;
use doorkey::domain::keyring::Keyring;
use doorkey::domain::throttle::DAY_MS;

use super::{FIRST, MINUTE, SECOND, START, Service};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

/// The file of keys at each step of a rotation.
struct Files {
    old: String,
    next: String,
    first: String,
    both: String,
    rotated: String,
    without_old: String,
}

impl Files {
    fn of(first: &str) -> Self {
        let both = Keyring::with_next(first, &Entropy::System, START);
        let keyring = Keyring::parse(&both).unwrap();
        let (old, next) = (keyring.code_key().0.to_owned(), keyring.next_id().unwrap().to_owned());
        let rotated = Keyring::activated(&both, &next);
        let without_old = Keyring::without(&rotated, &old).to_string();
        Self {
            old,
            next,
            first: first.to_owned(),
            both: both.to_string(),
            rotated: rotated.to_string(),
            without_old,
        }
    }
}

impl Service {
    /// The process reads the file anew.
    async fn reads_keys(&self, file: &str) {
        assert!(self.accounts.follow_keyring(Keyring::parse(file).unwrap()).await.unwrap());
    }

    /// What needs the key `id`.
    async fn needs(&self, file: &str, id: &str) -> BTreeMap<&'static str, i64> {
        let view = self.accounts.secret_keys(&Keyring::parse(file).unwrap()).await.unwrap();
        view.keys.into_iter().find(|key: &KeyView| key.id == id).map(|key| key.needed_by).unwrap_or_default()
    }
}

on_both_engines! {
    async fn what_was_made_before_a_rotation_is_good_after_it_until_nothing_needs_the_old_key(engine: Engine) {
        let service = Service::start(engine).await;
        let files = Files::of(&service.key_file);
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        service.add("grace").await;
        service.add("linus").await;
        let (request, code) = service.receive_code("grace").await;
        let half = service.half("ada", FIRST).await;
        service.show(&half, &saved[0]).await.unwrap();
        service.request_code("linus").await;
        let emails = service.emails.emails().len();

        service.reads_keys(&files.both).await;
        assert!(service.needs(&files.both, &files.next).await.is_empty(), "it is not current yet");
        service.reads_keys(&files.rotated).await;
        let needs = service.needs(&files.rotated, &files.old).await;
        let expected = [
            ("authenticator secrets", 1),
            ("keys of the audit log", 1),
            ("one-time codes", 1),
            ("passwords", 3),
            ("recovery codes", 7),
            ("reset requests", 1),
            ("undo codes", 1),
            ("unsent emails", 1),
        ];
        assert_eq!(needs, BTreeMap::from(expected));

        // An old reset request is resolved, old emails are sent.
        service.work().await;
        assert_eq!(service.emails.emails().len(), emails + 2);
        // An old code; the new password has the new pepper.
        let grant = service.prove("grace", Some(&request), &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        service.sign_in("grace", SECOND).await;
        // An old authenticator and an old recovery code, behind a password that is hashed anew at the sign-in.
        service.later(STEP);
        let half = service.half("ada", FIRST).await;
        service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        let half = service.half("ada", FIRST).await;
        service.show(&half, &saved[1]).await.unwrap();
        assert_eq!(service.accounts.reseal(&Keyring::parse(&files.rotated).unwrap()).await.unwrap(), 1);
        assert_eq!(service.accounts.reseal(&Keyring::parse(&files.rotated).unwrap()).await.unwrap(), 0);
        service.later(STEP);
        let half = service.half("ada", FIRST).await;
        service.show(&half, &app.shows(service.clock.now())).await.unwrap();
        let needs = service.needs(&files.rotated, &files.old).await;
        let expected = [("passwords", 1), ("recovery codes", 6), ("undo codes", 1)];
        assert_eq!(needs, BTreeMap::from(expected), "linus never came back");

        service.sign_in("linus", FIRST).await;
        service.accounts.turn_off_second_factor("ada").await.unwrap();
        service.work().await;
        let needs = service.needs(&files.rotated, &files.old).await;
        assert_eq!(needs, BTreeMap::from([("recovery codes kept for an undo", 6), ("undo codes", 1)]));
        service.later(9 * DAY_MS);
        service.accounts.run_housekeeping().await.unwrap();
        assert!(service.needs(&files.rotated, &files.old).await.is_empty());
        service.reads_keys(&files.without_old).await;
        for (name, password) in [("ada", FIRST), ("grace", SECOND), ("linus", FIRST)] {
            service.sign_in(name, password).await;
        }
        // Unknown names are checked against a hash too.
        assert_eq!(service.try_sign_in("nobody", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
    }

    async fn tries_are_counted_on_when_another_key_becomes_current(engine: Engine) {
        let service = Service::with(engine, doorkey::accounts::Rules::default()).await;
        let files = Files::of(&service.key_file);
        let held_up = async || {
            let mut tries = 0;
            while service.try_sign_in("nobody", FIRST).await.unwrap_err() == Refusal::WrongCredentials {
                tries += 1;
                assert!(tries < 1_000, "nothing is counted");
            }
            tries
        };
        assert_eq!(held_up().await, 1, "the second try has to wait");
        service.reads_keys(&files.both).await;
        service.reads_keys(&files.rotated).await;
        assert_eq!(held_up().await, 0, "the rotation let somebody go on");
    }

    async fn a_node_that_lacks_a_key_is_named_and_one_that_would_lose_its_own_key_keeps_it(engine: Engine) {
        let service = Service::start(engine).await;
        let files = Files::of(&service.key_file);
        service.accounts.send_heartbeat().await.unwrap();
        let keyring = Keyring::parse(&files.both).unwrap();
        let unknown_to = async |id: &str| {
            let view = service.accounts.secret_keys(&keyring).await.unwrap();
            view.keys.into_iter().find(|key| key.id == id).unwrap().unknown_to.len()
        };
        assert_eq!((unknown_to(&files.old).await, unknown_to(&files.next).await), (0, 1));
        service.reads_keys(&files.both).await;
        assert_eq!((unknown_to(&files.old).await, unknown_to(&files.next).await), (0, 0));
        assert!(!service.accounts.follow_keyring(Keyring::parse(&files.both).unwrap()).await.unwrap());

        let denied = service.accounts.follow_keyring(Keyring::parse(&files.without_old).unwrap()).await;
        assert!(denied.unwrap_err().to_string().contains(&files.old));
        service.reads_keys(&files.rotated).await;
        let store = service.fresh.open().await;
        let stale = Keyring::parse(&files.first).unwrap();
        let foreign = doorkey::accounts::admin::key_of_another_node(&store, &stale, service.clock.now()).await;
        assert_eq!(foreign.unwrap().as_ref(), Some(&files.next));
        service.later(2 * MINUTE);
        let gone = doorkey::accounts::admin::key_of_another_node(&store, &stale, service.clock.now()).await;
        assert_eq!(gone.unwrap(), None, "a node that is gone counts no more");
    }
}
