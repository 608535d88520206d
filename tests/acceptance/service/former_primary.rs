//! How long a former primary address stays: an attacker cannot cut the owner off, but the owner can cut the attacker off.

use doorkey::accounts::request::profile::ProfileRefusal;
use doorkey::domain::throttle::DAY_MS;

use super::addresses::{addresses, gain, refused, remove, set_primary};
use super::{FIRST, MINUTE, SECOND, START, Service};
use crate::engine::on_both_engines;

on_both_engines! {
    async fn the_former_primary_address_cannot_be_cut_off_for_a_week(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        gain(&service, &ada, "thief@example.org").await;
        gain(&service, &ada, "third@example.org").await;
        let mut ada = set_primary(&service, &ada, "thief@example.org").await.unwrap();
        let free = START.plus_ms(7 * DAY_MS);
        let not_yet = refused(ProfileRefusal::FormerPrimary(free));
        assert_eq!(remove(&service, &ada, "ada@example.org").await, Err(not_yet.clone()));
        assert!(ProfileRefusal::FormerPrimary(free).to_string().contains("2026-11-29"), "the day is told");
        // Whatever else becomes the primary one meanwhile.
        ada = set_primary(&service, &ada, "third@example.org").await.unwrap();
        assert_eq!(remove(&service, &ada, "ada@example.org").await, Err(not_yet));
        service.work().await;
        let emails = service.emails.emails();
        let told = emails.iter().find(|email| email.to == "ada@example.org" && email.subject.contains("primary address"));
        let told = told.unwrap();
        assert!(told.text.contains("cannot be removed for 7 days"), "{}", told.text);
        // Until then its owner gets the account back by it.
        let (request, code) = service.receive_code("ada@example.org").await;
        assert_eq!(service.emails.emails().last().unwrap().to, "ada@example.org");
        assert!(service.prove("ada@example.org", Some(&request), &code).await.is_ok());

        service.later(7 * DAY_MS - 1);
        let ada = service.sign_in("ada", FIRST).await;
        assert!(remove(&service, &ada, "ada@example.org").await.is_err());
        service.later(1);
        remove(&service, &ada, "ada@example.org").await.unwrap();
        assert_eq!(addresses(&service, &ada).await, ["third@example.org primary", "thief@example.org"]);
    }

    async fn an_owner_who_restores_the_primary_address_can_remove_the_attacker_s_at_once(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.later(MINUTE);
        let thief = service.sign_in("ada", FIRST).await;
        gain(&service, &thief, "evil@example.org").await;
        set_primary(&service, &thief, "evil@example.org").await.unwrap();
        service.work().await;
        let (request, code) = service.receive_code("ada@example.org").await;
        let grant = service.prove("ada@example.org", Some(&request), &code).await.unwrap();
        let ada = service.set(grant, SECOND).await.unwrap().expect("signed in");
        let ada = service.confirm(&ada, SECOND).await.unwrap();
        let ada = set_primary(&service, &ada, "ada@example.org").await.unwrap();
        remove(&service, &ada, "evil@example.org").await.unwrap();
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary"]);
    }

    async fn an_address_that_is_the_primary_one_again_was_not_the_primary_one_lately(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        gain(&service, &ada, "new@example.org").await;
        let ada = set_primary(&service, &ada, "new@example.org").await.unwrap();
        let ada = set_primary(&service, &ada, "ada@example.org").await.unwrap();
        let main = remove(&service, &ada, "ada@example.org").await;
        assert_eq!(main, Err(refused(ProfileRefusal::IsPrimary)));
    }
}
