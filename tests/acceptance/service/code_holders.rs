//! Who holds a code: the session that asked, whoever brings its request's id, the source that asked, and places known
//! to the account. What strangers guess costs none of them their code.

use doorkey::accounts::request::{Refusal, Reply, Request, RequestId, ResetGrant};
use doorkey::domain::secret::Secret;

use super::{FIRST, MINUTE, SECOND, Service, code_in, cx, wrong};
use crate::engine::on_both_engines;

/// Where the owner asks from; no account has signed in there.
const CAFE: &str = "192.0.2.77";
/// Where the owner signed in from.
const HOME: &str = "203.0.113.5";
/// Where nobody was before.
const NEW_PLACE: &str = "192.0.2.150";

impl Service {
    /// Types `code` for `name` at `from`.
    pub(crate) async fn prove_from(
        &self,
        from: &str,
        name: &str,
        requests: &[RequestId],
        code: &str,
    ) -> Result<ResetGrant, Refusal> {
        let (name, requests, code) = (name.to_owned(), requests.to_vec(), Secret::new(code));
        match self.accounts.handle(&cx(from), Request::ProveCode { name, requests, code }).await {
            Reply::MaySetPassword(grant) => Ok(grant),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Asks for a code at `from`, and reads it from the email.
    pub(crate) async fn receive_code_at(&self, from: &str, name: &str) -> (RequestId, String) {
        let before = self.emails.emails().len();
        let asked = self.accounts.handle(&cx(from), Request::RequestCode { name: name.into() }).await;
        let Reply::CodeRequested(requested) = asked else { panic!("{asked:?}") };
        self.work().await;
        let emails = self.emails.emails();
        assert_eq!(emails.len(), before + 1, "one email for {name}");
        (requested.request, code_in(emails.last().unwrap()))
    }

    /// `tries` wrong codes for `name`, each from another network.
    pub(crate) async fn strangers_guess(&self, name: &str, tries: u8, right: &str) {
        for number in 0..tries {
            let guessed = self.prove_from(&format!("198.51.{number}.9"), name, &[], &wrong(right)).await;
            assert_eq!(guessed.unwrap_err(), Refusal::CodeRefused);
        }
    }
}

on_both_engines! {
    async fn three_wrong_codes_of_strangers_leave_the_code_to_its_holders(engine: Engine) {
        let service = Service::start(engine).await;
        for (name, from, brings_request) in
            [("ada", CAFE, true), ("grace", NEW_PLACE, true), ("mary", CAFE, false), ("joan", HOME, false)]
        {
            service.add(name).await;
            service.try_sign_in_from(HOME, name, FIRST).await.unwrap();
            service.work().await;
            let (request, code) = service.receive_code_at(CAFE, name).await;
            service.strangers_guess(name, 3, &code).await;
            let stranger = service.prove_from(NEW_PLACE, name, &[], &code).await;
            assert_eq!(stranger.unwrap_err(), Refusal::CodeRefused, "strangers had their three tries");
            let requests = if brings_request { vec![request] } else { Vec::new() };
            // A typing error is no reason to ask for another code.
            service.prove_from(from, name, &requests, &wrong(&code)).await.unwrap_err();
            let proven = service.prove_from(from, name, &requests, &code).await;
            assert!(proven.is_ok(), "{name} at {from}: {proven:?}");
        }
    }

    async fn a_day_of_wrong_codes_of_strangers_counts_against_no_holder(engine: Engine) {
        let service = Service::start(engine).await;
        for (name, from, brings_request) in [("ada", NEW_PLACE, true), ("mary", CAFE, false), ("joan", HOME, false)] {
            service.add(name).await;
            service.try_sign_in_from(HOME, name, FIRST).await.unwrap();
            service.work().await;
            service.strangers_guess(name, 25, "BBBB-BBBB").await;
            // Seven codes, at each of which strangers have their tries.
            for _ in 0..7 {
                service.later(25 * MINUTE);
                let (_, code) = service.receive_code_at("192.0.2.99", name).await;
                service.strangers_guess(name, 3, &code).await;
            }
            service.later(25 * MINUTE);
            let (request, code) = service.receive_code_at(CAFE, name).await;
            let stranger = service.prove_from(NEW_PLACE, name, &[], &code).await;
            assert_eq!(stranger.unwrap_err(), Refusal::CodeRefused, "strangers had their twenty tries");
            let requests = if brings_request { vec![request] } else { Vec::new() };
            let proven = service.prove_from(from, name, &requests, &code).await;
            assert!(proven.is_ok(), "{name} at {from}: {proven:?}");
        }
    }

    async fn twenty_wrong_codes_of_a_source_leave_its_sessions_the_codes_that_they_asked_for(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        // A colleague behind the same address.
        for _ in 0..25 {
            service.prove_from(CAFE, "ada", &[], "BBBB-BBBB").await.unwrap_err();
        }
        let (request, code) = service.receive_code_at(CAFE, "ada").await;
        assert_eq!(service.prove_from(CAFE, "ada", &[], &code).await.unwrap_err(), Refusal::CodeRefused);
        assert_eq!(service.fresh.number("SELECT max(tries) FROM codes").await, 0);
        service.prove_from(CAFE, "ada", &[request], &code).await.unwrap();
    }

    async fn holders_have_five_tries_together_and_no_more(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.try_sign_in_from(HOME, "ada", FIRST).await.unwrap();
        service.work().await;
        let (request, code) = service.receive_code_at(CAFE, "ada").await;
        for from in [CAFE, HOME, CAFE, HOME, CAFE] {
            service.prove_from(from, "ada", &[], &wrong(&code)).await.unwrap_err();
        }
        for (from, requests) in [(CAFE, vec![request]), (CAFE, Vec::new()), (HOME, Vec::new())] {
            let late = service.prove_from(from, "ada", &requests, &code).await;
            assert_eq!(late.unwrap_err(), Refusal::CodeTriesUsed, "{from}");
        }
        assert_eq!(service.fresh.number("SELECT max(tries) FROM codes").await, 5);
    }

    async fn a_request_for_another_account_holds_no_code_of_this_one(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("eve").await;
        let (_, code) = service.receive_code_at(CAFE, "ada").await;
        let (of_eve, _) = service.receive_code_at(NEW_PLACE, "eve").await;
        for _ in 0..8 {
            let guessed = service.prove_from(NEW_PLACE, "ada", std::slice::from_ref(&of_eve), &wrong(&code)).await;
            assert_eq!(guessed.unwrap_err(), Refusal::CodeRefused);
        }
        assert_eq!(service.fresh.number("SELECT max(tries) FROM codes").await, 3, "they were a stranger's");
        service.prove_from(CAFE, "ada", &[], &code).await.unwrap();
    }

    async fn the_request_of_somebody_else_does_not_tell_whether_there_is_an_account(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("eve").await;
        let (_, own) = service.receive_code_at(CAFE, "eve").await;
        for name in ["ada", "nobody"] {
            let Reply::CodeRequested(asked) =
                service.accounts.handle(&cx(CAFE), Request::RequestCode { name: name.into() }).await
            else {
                panic!("{name}");
            };
            service.work().await;
            let (requests, code, password) = (vec![asked.request], Secret::new(&own), Secret::new("short"));
            let ask = Request::ResetPassword { name: "eve".into(), requests, code, password, second_factor: None };
            let reply = service.accounts.handle(&cx(CAFE), ask).await;
            assert!(matches!(reply, Reply::Refused(Refusal::Password(_))), "{name}: {reply:?}");
        }
    }

    async fn code_and_password_in_one_go_are_taken_from_every_holder(engine: Engine) {
        let service = Service::start(engine).await;
        for (name, from, brings_request) in [("ada", NEW_PLACE, true), ("mary", CAFE, false), ("joan", HOME, false)] {
            service.add(name).await;
            service.try_sign_in_from(HOME, name, FIRST).await.unwrap();
            service.work().await;
            service.strangers_guess(name, 25, "BBBB-BBBB").await;
            let (request, code) = service.receive_code_at(CAFE, name).await;
            service.strangers_guess(name, 3, &code).await;
            let request = RequestId::parse(&request.as_str().to_uppercase()).expect("it was printed and typed again");
            let reset = |from, requests, password: &str| {
                let (name, code, password) = (name.into(), Secret::new(&code), Secret::new(password));
                let ask = Request::ResetPassword { name, requests, code, password, second_factor: None };
                let (accounts, cx) = (service.accounts.clone(), cx(from));
                async move { accounts.handle(&cx, ask).await }
            };
            let stranger = reset(NEW_PLACE, Vec::new(), SECOND).await;
            assert!(matches!(stranger, Reply::Refused(Refusal::CodeRefused)), "{stranger:?}");
            let requests = if brings_request { vec![request] } else { Vec::new() };
            // A password that a rule refuses costs none of the tries.
            for _ in 0..6 {
                let weak = reset(from, requests.clone(), "short").await;
                assert!(matches!(weak, Reply::Refused(Refusal::Password(_))), "{name} at {from}: {weak:?}");
            }
            let done = reset(from, requests, SECOND).await;
            assert!(matches!(done, Reply::PasswordSet(Some(_), _)), "{name} at {from}: {done:?}");
        }
    }

    async fn a_known_source_has_room_for_six_live_codes(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.try_sign_in_from(HOME, "ada", FIRST).await.unwrap();
        service.work().await;
        let mut codes = Vec::new();
        for from in [CAFE, HOME] {
            for _ in 0..3 {
                codes.push(service.receive_code_at(from, "ada").await);
                service.later(MINUTE);
            }
        }
        for (_, code) in [&codes[0], &codes[5]] {
            service.prove_from(HOME, "ada", &[], code).await.unwrap();
        }
    }

    async fn wrong_codes_of_strangers_do_not_kill_a_code_from_support(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let issued = service.accounts.issue_reset_code("ada").await.unwrap();
        for from in ["198.51.100.1", "198.51.101.1", "198.51.102.1", "198.51.103.1", "198.51.104.1", "198.51.105.1"] {
            for _ in 0..6 {
                let guessed = service.prove_from(from, "ada", &[], &wrong(issued.code.expose())).await;
                assert_eq!(guessed.unwrap_err(), Refusal::CodeRefused);
            }
            let spent = service.prove_from(from, "ada", &[], issued.code.expose()).await;
            assert_eq!(spent.unwrap_err(), Refusal::CodeRefused, "{from} had its five tries");
        }
        service.prove_from(NEW_PLACE, "ada", &[], issued.code.expose()).await.unwrap();
    }

    async fn wrong_reset_codes_leave_five_tries_at_a_code_that_support_makes_afterwards(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code_at(CAFE, "ada").await;
        for _ in 0..7 {
            service.prove_from(CAFE, "ada", std::slice::from_ref(&request), &wrong(&code)).await.unwrap_err();
        }
        for _ in 0..2 {
            let issued = service.accounts.issue_reset_code("ada").await.unwrap();
            for _ in 0..4 {
                let slip = wrong(issued.code.expose());
                service.prove_from(CAFE, "ada", std::slice::from_ref(&request), &slip).await.unwrap_err();
            }
            service.prove_from(CAFE, "ada", std::slice::from_ref(&request), issued.code.expose()).await.unwrap();
        }
    }
}
