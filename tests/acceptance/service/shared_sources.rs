//! Limits of an address that many people share, and that nobody raises them by asking.

use doorkey::accounts::Rules;
use doorkey::accounts::request::join::{JoinReply, JoinRequest};
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;

use super::{FIRST, MINUTE, SECOND, Service, code_in, cx, patient};
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

    /// So many accounts, older than a week, that sign in from `from`.
    async fn colleagues(&self, from: &str, count: usize) {
        self.add_colleagues(count).await;
        self.later(8 * DAY);
        self.sign_colleagues_in(from, count).await;
    }

    async fn add_colleagues(&self, count: usize) {
        for number in 0..count {
            self.add(&format!("colleague{number}")).await;
        }
    }

    async fn sign_colleagues_in(&self, from: &str, count: usize) {
        for number in 0..count {
            self.later(MINUTE);
            self.try_sign_in_from(from, &format!("colleague{number}"), FIRST).await.unwrap();
        }
    }
}

/// Makes an account as anybody may.
async fn sign_up_from(service: &Service, from: &str, name: &str) {
    service.later(MINUTE);
    let address = format!("{name}@example.org");
    let join = async |request| match service.accounts.handle(&cx(from), Request::Join(request)).await {
        Reply::Join(reply) => reply,
        other => panic!("{other:?}"),
    };
    join(JoinRequest::Code { address: address.clone() }).await;
    service.work().await;
    let code = Secret::new(code_in(service.emails.emails().last().unwrap()));
    let JoinReply::Proven(grant) = join(JoinRequest::Prove { address, code }).await else { panic!() };
    let (name, display_name, password) = (name.to_owned(), String::new(), Secret::new(SECOND));
    let reply = join(JoinRequest::SignUp { grant, name, display_name, password }).await;
    assert!(matches!(reply, JoinReply::SignedUp(_)), "{reply:?}");
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

    async fn the_sixth_of_a_course_gets_a_reset_code_where_the_operator_raised_the_limit(engine: Engine) {
        let mut rules = ordinary();
        rules.limits.requests_per_source.count = 30;
        let service = Service::with(engine, rules).await;
        // Nobody has signed in from there yet.
        service.add_colleagues(6).await;
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

    async fn accounts_that_were_just_made_raise_no_limits(engine: Engine) {
        let service = Service::with(engine, Rules { sign_up: true, ..ordinary() }).await;
        service.add("ada").await;
        let from = "198.51.100.9";
        for number in 0..3 {
            sign_up_from(&service, from, &format!("new{number}")).await;
        }
        service.add_colleagues(3).await;
        service.sign_colleagues_in(from, 3).await;
        service.later(120 * MINUTE);
        assert_eq!(service.granted_requests(from, 100).await, 5);
        // A week later they are like others.
        service.later(8 * DAY);
        assert_eq!(service.granted_requests(from, 100).await, 30);
    }

    async fn a_source_is_known_when_an_account_older_than_a_week_has_signed_in_there(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        let is_known = async |from| service.accounts.is_known_source(cx(from).source).await.unwrap();
        service.add("ada").await;
        service.try_sign_in_from("192.0.2.7", "ada", FIRST).await.unwrap();
        assert!(!is_known("192.0.2.7").await);
        service.later(8 * DAY);
        assert!(is_known("192.0.2.7").await && !is_known("192.0.2.8").await);
        service.later(30 * DAY);
        assert!(!is_known("192.0.2.7").await);
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

    async fn an_operator_sets_how_far_the_limits_of_a_source_grow(engine: Engine) {
        let mut rules = ordinary();
        rules.limits.requests_per_source.count = 2;
        rules.limits.accounts_per_source = 3;
        let service = Service::with(engine, rules).await;
        assert_eq!(service.granted_requests("198.51.100.9", 100).await, 2);
        service.colleagues("192.0.2.7", 5).await;
        assert_eq!(service.granted_requests("192.0.2.7", 100).await, 6);
    }

    async fn a_trusted_network_is_not_limited_by_source(engine: Engine) {
        let mut rules = ordinary();
        rules.limits.trusted_networks = "192.0.2.0/24, 2001:db8::/48".parse().unwrap();
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        for from in ["192.0.2.7", "2001:db8:0:100::1"] {
            assert_eq!(service.granted_requests(from, 50).await, 50);
            for number in 0..30 {
                let refused = service.try_sign_in_from(from, &format!("name{number}"), "wrong").await;
                assert_eq!(refused.unwrap_err(), Refusal::WrongCredentials);
            }
        }
        // What is counted by account is counted there too.
        for _ in 0..20 {
            service.ask_for_a_code("192.0.2.7", "ada").await;
        }
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
        assert_eq!(service.granted_requests("192.0.3.7", 50).await, 5);
        assert_eq!(service.granted_requests("2001:db8:1::1", 50).await, 5);
    }

    async fn an_office_tries_as_many_passwords_as_its_people_together(engine: Engine) {
        let service = Service::with(engine, ordinary()).await;
        service.colleagues("192.0.2.7", 3).await;
        service.later(MINUTE);
        for (from, granted) in [("192.0.2.7", 30), ("198.51.100.9", 10)] {
            for number in 0..=granted {
                let refused = service.try_sign_in_from(from, &format!("name{number}@{from}"), "wrong").await;
                let is_over = matches!(refused, Err(Refusal::TryLater(_)));
                assert_eq!(is_over, number == granted, "{from} {number}: {refused:?}");
            }
        }
    }
}
