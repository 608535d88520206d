//! Limits of an address that many people share, and that nobody raises them by asking.

use doorkey::accounts::Rules;
use doorkey::accounts::request::{Refusal, Reply, Request};

use super::{FIRST, MINUTE, Service, cx, patient};
use crate::engine::on_both_engines;

const DAY: i64 = 24 * 60 * MINUTE;

/// Limits as they are by default.
fn ordinary() -> Rules {
    Rules { limits: Rules::default().limits, ..patient() }
}

impl Service {
    async fn ask_for_a_code(&self, from: &str, name: &str) -> Reply {
        self.later(1_000);
        self.accounts.handle(&cx(from), Request::RequestCode { name: name.into() }).await
    }

    /// How many requests for codes in a row one source is granted, up to `most`.
    async fn granted_requests(&self, from: &str, most: usize) -> usize {
        for number in 0..most {
            match self.ask_for_a_code(from, &format!("name{number}")).await {
                Reply::CodeRequested(_) => {}
                Reply::Refused(Refusal::TryLater(_)) => return number,
                other => panic!("{other:?}"),
            }
        }
        most
    }

    /// So many accounts that sign in from `from`.
    async fn colleagues(&self, from: &str, count: usize) {
        for number in 0..count {
            let name = format!("colleague{number}");
            self.add(&name).await;
            self.later(MINUTE);
            self.try_sign_in_from(from, &name, FIRST).await.unwrap();
        }
    }
}

on_both_engines! {
    async fn the_sixth_colleague_behind_one_address_gets_a_reset_code(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        service.colleagues("192.0.2.7", 6).await;
        service.later(DAY);
        for number in 0..6 {
            let name = format!("colleague{number}");
            let reply = service.ask_for_a_code("192.0.2.7", &name).await;
            assert!(matches!(reply, Reply::CodeRequested(_)), "{name}: {reply:?}");
            service.work().await;
            assert!(service.emails.emails().iter().any(|email| email.to == format!("{name}@example.org")));
        }
    }

    async fn a_stranger_does_not_raise_the_limits_of_a_source(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        service.colleagues("192.0.2.7", 6).await;
        service.later(DAY);
        // Neither wrong passwords nor keys nor codes that were asked for are accounts that signed in.
        for number in 0..6 {
            let name = format!("colleague{number}");
            let refused = service.try_sign_in_from("198.51.100.9", &name, "wrong").await;
            assert_eq!(refused.unwrap_err(), Refusal::WrongCredentials);
        }
        assert_eq!(service.granted_requests("198.51.100.9", 100).await, 5);
    }

    async fn one_account_that_signs_in_often_is_one_account(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        service.add("ada").await;
        for _ in 0..6 {
            service.later(MINUTE);
            service.try_sign_in_from("192.0.2.7", "ada", FIRST).await.unwrap();
        }
        assert_eq!(service.granted_requests("192.0.2.7", 100).await, 5);
    }

    async fn what_an_office_was_granted_ends_when_its_people_no_longer_come(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        service.colleagues("192.0.2.7", 3).await;
        assert_eq!(service.granted_requests("192.0.2.7", 100).await, 15);
        service.later(31 * DAY);
        assert_eq!(service.granted_requests("192.0.2.7", 100).await, 5);
    }
}
