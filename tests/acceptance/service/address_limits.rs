//! How many addresses one account may have, and how many letters anybody can have sent to a mailbox.

use doorkey::accounts::request::profile::{Answer, Ask, ProfileRefusal};
use doorkey::accounts::request::{Refusal, Reply, Request};

use super::addresses::{add, refused};
use super::{FIRST, MINUTE, Service, knock};
use crate::engine::on_both_engines;

const DAY: i64 = 24 * 60 * MINUTE;

on_both_engines! {
    async fn letters_to_strangers_are_few(engine: Engine) {
        let service = Service::start(engine).await;
        for name in ["ada", "eve", "mallory", "oscar", "peggy", "rose"] {
            service.add(name).await;
        }
        let eve = service.sign_in("eve", FIRST).await;
        // One mailbox, whoever asks.
        add(&service, &eve, "victim@example.org").await.unwrap();
        let mallory = service.sign_in("mallory", FIRST).await;
        assert!(matches!(add(&service, &mallory, "Victim@example.org").await, Err(Refusal::TryLater(_))));
        for _ in 0..2 {
            service.later(2 * MINUTE);
            let mallory = service.sign_in("mallory", FIRST).await;
            add(&service, &mallory, "victim@example.org").await.unwrap();
        }
        service.later(2 * MINUTE);
        // Who may not send to a mailbox has counted as a try of theirs all the same.
        let oscar = service.sign_in("oscar", FIRST).await;
        assert!(matches!(add(&service, &oscar, "victim@example.org").await, Err(Refusal::TryLater(_))), "three an hour");
        // One account, whatever the mailbox.
        let peggy = service.sign_in("peggy", FIRST).await;
        for number in 0..6 {
            add(&service, &peggy, &format!("p{number}@example.org")).await.unwrap();
        }
        assert!(matches!(add(&service, &peggy, "p6@example.org").await, Err(Refusal::TryLater(_))));
        // One source, whatever the account; three were counted above, and six.
        for (name, count) in [("ada", 5), ("oscar", 3)] {
            let member = service.sign_in(name, FIRST).await;
            for number in 0..count {
                add(&service, &member, &format!("{name}{number}@example.org")).await.unwrap();
            }
        }
        let ada = service.sign_in("ada", FIRST).await;
        assert!(add(&service, &ada, "ada5@example.org").await.is_ok(), "the twentieth");
        let oscar = service.sign_in("oscar", FIRST).await;
        assert!(matches!(add(&service, &oscar, "oscar5@example.org").await, Err(Refusal::TryLater(_))));
        let rose = service.sign_in("rose", FIRST).await;
        let elsewhere = Request::Profile(rose, Ask::AddAddress { address: "rose0@example.org".into() });
        let reply = service.accounts.handle(&knock("198.51.100.9"), elsewhere).await;
        assert!(matches!(reply, Reply::Profile(Answer::CodeSent { .. })), "{reply:?}");
    }

    async fn an_account_has_at_most_ten_addresses_and_forgets_those_never_verified(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        for number in 0..9 {
            if number == 5 {
                service.later(DAY);
            }
            let ada = service.sign_in("ada", FIRST).await;
            add(&service, &ada, &format!("a{number}@example.org")).await.unwrap();
        }
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(add(&service, &ada, "one-more@example.org").await, Err(refused(ProfileRefusal::TooManyAddresses)));
        service.later(8 * DAY);
        service.accounts.keep_house().await.unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM addresses").await, 1);
    }

    async fn codes_for_addresses_do_not_use_up_those_for_a_reset(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        for number in 0..4 {
            add(&service, &ada, &format!("a{number}@example.org")).await.unwrap();
        }
        let (request, code) = service.receive_code("ada").await;
        service.prove("ada", Some(&request), &code).await.unwrap();
    }
}
