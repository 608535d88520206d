//! Signing up without an invitation: closed by default, and the same page for known and
//! unknown addresses.

use doorkey::accounts::request::join::{JoinReply, JoinRequest};
use doorkey::accounts::request::{JoinRefusal, Refusal, Reply, Request};
use doorkey::accounts::{Rules, SourceLimits};
use doorkey::domain::throttle::REQUESTS_PER_SOURCE;

use super::invitations::{grant, prove, sign_up};
use super::{FIRST, MINUTE, SECOND, START, Service, code_in, patient};
use crate::engine::{Engine, on_both_engines};

async fn open(engine: Engine) -> Service {
    let service = Service::with(engine, Rules { sign_up: true, ..patient() }).await;
    service.add("ada").await;
    service
}

pub(super) async fn want(service: &Service, address: &str) -> Result<JoinReply, Refusal> {
    match service.ask(Request::Join(JoinRequest::Code { address: address.into() })).await {
        Reply::Join(answer) => Ok(answer),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    async fn it_is_closed_unless_the_operator_opens_it(engine: Engine) {
        let service = Service::start(engine).await;
        let said = want(&service, "alan@example.org").await;
        assert_eq!(said.unwrap_err(), Refusal::Join(JoinRefusal::Closed));
        service.work().await;
        assert!(service.emails.emails().is_empty());
        assert_eq!(service.fresh.number("SELECT count(*) FROM invitations").await, 0);
    }

    async fn address_code_and_password_make_an_account(engine: Engine) {
        let service = open(engine).await;
        want(&service, "alan@example.org").await.unwrap();
        service.work().await;
        let email = service.emails.emails().pop().unwrap();
        assert_eq!(email.to, "alan@example.org");
        let right = grant(&service, "alan@example.org", &code_in(&email)).await;
        assert_eq!(right.team(), None);
        let alan = sign_up(&service, right, "alan", SECOND).await.unwrap();
        assert_eq!(service.teams(&alan).await, Ok(0));
        let rows = "SELECT count(*) FROM activity WHERE kind IN ('signed-up', 'verification-code-sent')";
        assert_eq!(service.fresh.number(rows).await, 2);
        let again = prove(&service, "alan@example.org", &code_in(&email)).await;
        assert_eq!(again.unwrap_err(), Refusal::CodeRefused, "used up");
    }

    async fn a_known_address_gets_another_email_but_the_page_is_the_same(engine: Engine) {
        let service = open(engine).await;
        let answers = [want(&service, "ADA@example.org").await, want(&service, "alan@example.org").await];
        for answer in answers {
            let Ok(JoinReply::CodeRequested(next)) = answer else { panic!("{answer:?}") };
            assert_eq!(next.resend_at, START.plus_ms(MINUTE));
        }
        service.work().await;
        let emails = service.emails.emails();
        let to_ada: Vec<_> = emails.iter().filter(|email| email.to == "ada@example.org").collect();
        assert_eq!((to_ada.len(), emails.len()), (1, 2));
        assert!(to_ada[0].text.contains("your username is ada"), "{}", to_ada[0].text);
        for table in ["contacts", "invitations"] {
            let count = match table {
                "contacts" => service.fresh.number("SELECT count(*) FROM contacts").await,
                _ => service.fresh.number("SELECT count(*) FROM invitations").await,
            };
            assert_eq!(count, 2, "the same rows of {table} for both");
        }
        service.sign_in("ada", FIRST).await;
    }

    async fn a_code_to_sign_up_with_is_good_for_half_an_hour(engine: Engine) {
        let service = open(engine).await;
        want(&service, "alan@example.org").await.unwrap();
        service.work().await;
        let code = code_in(&service.emails.emails().pop().unwrap());
        service.later(30 * MINUTE);
        assert_eq!(prove(&service, "alan@example.org", &code).await.unwrap_err(), Refusal::CodeRefused);
    }

    async fn an_address_gets_three_emails_an_hour_and_the_reply_does_not_reveal_it(engine: Engine) {
        let service = open(engine).await;
        for _ in 0..5 {
            want(&service, "alan@example.org").await.unwrap();
            want(&service, "ada@example.org").await.unwrap();
        }
        service.work().await;
        let emails = service.emails.emails();
        for to in ["alan@example.org", "ada@example.org"] {
            assert_eq!(emails.iter().filter(|email| email.to == to).count(), 3, "{to}");
        }
    }

    async fn one_source_has_few_requests(engine: Engine) {
        let limits = SourceLimits { requests_per_source: REQUESTS_PER_SOURCE, ..patient().limits };
        let service = Service::with(engine, Rules { sign_up: true, limits, ..patient() }).await;
        service.add("ada").await;
        for number in 0..REQUESTS_PER_SOURCE.count {
            want(&service, &format!("guest{number}@example.org")).await.unwrap();
        }
        assert!(matches!(want(&service, "late@example.org").await, Err(Refusal::TryLater(_))));
        let no = want(&service, "no address").await.unwrap_err();
        assert!(matches!(no, Refusal::Join(JoinRefusal::Address(_))), "{no:?}");
    }
}
