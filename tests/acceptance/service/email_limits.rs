//! How many addresses one account can have, and how many emails anybody can trigger to a mailbox.

use doorkey::accounts::request::profile::{ProfileRefusal, ProfileReply, ProfileRequest};
use doorkey::accounts::request::{Refusal, Reply, Request};

use super::addresses::{add, gain, refused, remove, set_primary};
use super::{FIRST, MINUTE, SECOND, Service, addresses, cx};
use crate::engine::on_both_engines;

const DAY: i64 = 24 * 60 * MINUTE;

on_both_engines! {
    async fn emails_to_strangers_are_few(engine: Engine) {
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
        let elsewhere = Request::Profile(rose, ProfileRequest::AddEmail { address: "rose0@example.org".into() });
        let reply = service.accounts.handle(&cx("198.51.100.9"), elsewhere).await;
        assert!(matches!(reply, Reply::Profile(ProfileReply::CodeSent { .. })), "{reply:?}");
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
        assert_eq!(add(&service, &ada, "one-more@example.org").await, Err(refused(ProfileRefusal::TooManyEmails)));
        service.later(8 * DAY);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM email_addresses").await, 1);
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
    async fn switching_the_primary_address_kills_no_code_and_comes_to_an_end_but_for_the_way_back(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut ada = service.sign_in("ada", FIRST).await;
        for younger in ["second@example.org", "third@example.org"] {
            service.later(MINUTE);
            gain(&service, &ada, younger).await;
        }
        let (request, code) = service.receive_code("ada").await;
        for _ in 0..5 {
            ada = set_primary(&service, &ada, "second@example.org").await.unwrap();
            ada = set_primary(&service, &ada, "third@example.org").await.unwrap();
        }
        ada = set_primary(&service, &ada, "second@example.org").await.expect("it is older");
        let once_more = set_primary(&service, &ada, "third@example.org").await;
        assert!(matches!(once_more, Err(Refusal::TryLater(_))), "{once_more:?}");
        set_primary(&service, &ada, "ada@example.org").await.expect("it is older");
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap().expect("signed in");
        service.later(MINUTE);
        let ada = service.sign_in("ada", SECOND).await;
        let keep = ProfileRequest::KeepEmail { address: "third@example.org".into() };
        addresses::ask(&service, &ada, keep).await.unwrap();
        let once_more = set_primary(&service, &ada, "third@example.org").await;
        assert!(matches!(once_more, Err(Refusal::TryLater(_))), "{once_more:?}");
        service.later(DAY);
        let ada = service.sign_in("ada", SECOND).await;
        set_primary(&service, &ada, "third@example.org").await.unwrap();
    }

    async fn removing_an_address_invalidates_its_codes_and_nothing_else(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        gain(&service, &ada, "other@example.org").await;
        let (request, code) = service.receive_code("other@example.org").await;
        let earned = service.prove("ada", Some(&request), &code).await.unwrap();
        service.later(2 * MINUTE);
        let (request, code) = service.receive_code("ada@example.org").await;
        remove(&service, &ada, "other@example.org").await.unwrap();
        assert!(service.set(earned, SECOND).await.is_err());
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
    }
}
