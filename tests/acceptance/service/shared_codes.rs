//! Codes that nobody in particular holds, and that are good for days: of invitations, of sign-ups, of guests' cases.
//! Who knows an address or a number may guess, and closes the way in for nobody.

use doorkey::accounts::request::join::{JoinReply, JoinRequest};
use doorkey::accounts::request::support::{GuestCase, GuestSupportReply, GuestSupportRequest};
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;
use doorkey::domain::wait::Wait;

use super::invitations::ops;
use super::{MINUTE, Service, code_in, cx, patient, wrong};
use crate::engine::on_both_engines;

pub(crate) const INVITED: &str = "alan@example.org";
/// Where nobody was before.
const NEW_PLACE: &str = "192.0.2.150";

impl Service {
    /// Types `code` for an invitation or a sign-up of [`INVITED`].
    async fn join_from(&self, from: &str, code: &str) -> Result<JoinReply, Refusal> {
        let ask = JoinRequest::Prove { address: INVITED.into(), code: Secret::new(code) };
        match self.accounts.handle(&cx(from), Request::Join(ask)).await {
            Reply::Join(answer) => Ok(answer),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    async fn read_from(
        &self,
        from: &str,
        case: &GuestCase,
        code: &str,
    ) -> Result<GuestSupportReply, Refusal> {
        let read = GuestSupportRequest::Read { number: case.number(), opened: None, code: Secret::new(code) };
        match self.accounts.handle(&cx(from), Request::GuestSupport(read)).await {
            Reply::GuestSupport(answer) => Ok(answer),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Wrong codes of seven sources, five of each.
    pub(crate) async fn strangers_guess_to_join(&self, right: &str) {
        for network in 0..7 {
            for _ in 0..5 {
                let guessed = self.join_from(&format!("198.51.{network}.9"), &wrong(right)).await;
                assert_eq!(guessed.unwrap_err(), Refusal::CodeRefused);
            }
        }
    }

    /// The same at a guest's case.
    pub(crate) async fn strangers_guess_at_case(&self, case: &GuestCase, right: &str) {
        for network in 0..7 {
            for _ in 0..5 {
                let guessed = self.read_from(&format!("198.51.{network}.9"), case, &wrong(right)).await;
                assert_eq!(guessed.unwrap_err(), Refusal::CodeRefused);
            }
        }
    }

    /// Asks for a code to sign up with as [`INVITED`], and reads it from the email.
    pub(crate) async fn sign_up_code(&self) -> String {
        let ask = Request::Join(JoinRequest::Code { address: INVITED.into() });
        assert!(matches!(self.ask(ask).await, Reply::Join(JoinReply::CodeRequested(_))));
        self.last_email_to(INVITED).await
    }

    pub(crate) async fn last_email_to(&self, address: &str) -> String {
        self.work().await;
        let emails = self.emails.emails();
        code_in(emails.iter().rfind(|email| email.to == address).expect("an email"))
    }
}

on_both_engines! {
    async fn wrong_codes_of_seven_sources_do_not_kill_an_invitation(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for(INVITED).await;
        ops.service.strangers_guess_to_join(&code).await;
        assert_eq!(ops.open_invitations().await, 1, "the team still sees it");
        // The one who was invited slips once.
        assert_eq!(ops.service.join_from(NEW_PLACE, &wrong(&code)).await.unwrap_err(), Refusal::CodeRefused);
        let joined = ops.service.join_from(NEW_PLACE, &code).await;
        assert!(matches!(joined, Ok(JoinReply::Proven(_))), "{joined:?}");
    }

    async fn wrong_codes_of_seven_sources_do_not_kill_a_sign_up(engine: Engine) {
        let mut rules = patient();
        rules.sign_up = true;
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        let code = service.sign_up_code().await;
        service.strangers_guess_to_join(&code).await;
        let joined = service.join_from(NEW_PLACE, &code).await;
        assert!(matches!(joined, Ok(JoinReply::Proven(_))), "{joined:?}");
    }

    async fn wrong_codes_of_seven_sources_do_not_kill_the_code_of_a_guest_case(engine: Engine) {
        let service = Service::start(engine).await;
        let case = service.guest_case("ada").await;
        let code = service.last_email_to("guest@new.example").await;
        service.strangers_guess_at_case(&case, &code).await;
        service.read_from(NEW_PLACE, &case, &code).await.unwrap();
    }

    async fn a_network_that_guesses_waits_and_everybody_else_does_not(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for(INVITED).await;
        let mut waits = None;
        for source in 1..=60 {
            for _ in 0..5 {
                match ops.service.join_from(&format!("198.51.100.{source}"), &wrong(&code)).await.unwrap_err() {
                    Refusal::CodeRefused => {}
                    Refusal::TryLater(Wait { until: at, .. }) => waits = waits.or(Some((source, at))),
                    other => panic!("{other:?}"),
                }
            }
        }
        let (source, at) = waits.expect("the network has to wait");
        assert!(source > 10, "{source}");
        let wait = at.ms_since(ops.service.clock.now());
        assert!(wait > 0 && wait <= 2 * MINUTE, "{wait} ms");
        let late = ops.service.join_from("198.51.100.250", &code).await.unwrap_err();
        assert!(matches!(late, Refusal::TryLater(wait) if wait.until == at), "a new source of the same network waits with it");
        let joined = ops.service.join_from(NEW_PLACE, &code).await;
        assert!(matches!(joined, Ok(JoinReply::Proven(_))), "{joined:?}");
        ops.service.later(wait);
        let joined = ops.service.join_from("198.51.100.250", &code).await;
        assert!(matches!(joined, Ok(JoinReply::Proven(_))), "{joined:?}");
    }
}
