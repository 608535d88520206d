//! Undoing a sensitive change with the code from its notification.

mod model;
mod rest;
mod stories;

use doorkey::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use doorkey::accounts::request::undo::{UndoItem, UndoPreview, UndoReply, UndoRequest, UndoSummary};
use doorkey::accounts::request::{Refusal, Reply, Request, ResetGrant, SignedIn};
use doorkey::domain::secret::Secret;
use doorkey::mail::transport::SentEmail;

use super::{FIRST, SECOND, Service};
use crate::oathtool::{App, STEP};

/// Ada's addresses, and a thief's.
const OWN: &str = "ada@example.org";
const HOME: &str = "ada@home.example";
const EVIL: &str = "evil@thief.example";

/// The undo code that stands alone on its line, where there is one.
pub(super) fn undo_code_in(email: &SentEmail) -> Option<String> {
    let is_code =
        |line: &&str| line.len() == 19 && [4, 9, 14].iter().all(|dash| line.as_bytes()[*dash] == b'-');
    email.text.lines().map(str::trim).find(is_code).map(str::to_owned)
}

/// The undo codes in the emails to `address`, oldest first.
async fn codes_to(service: &Service, address: &str) -> Vec<String> {
    service.work().await;
    let emails = service.emails.emails();
    emails.iter().filter(|email| email.to == address).filter_map(undo_code_in).collect()
}

/// The undo code in the newest email to `address` that says `words` in its subject.
async fn code_to(service: &Service, address: &str, words: &str) -> String {
    service.work().await;
    let emails = service.emails.emails();
    let email = emails.iter().rev().find(|email| email.to == address && email.subject.contains(words));
    let email = email.unwrap_or_else(|| panic!("no email with {words:?} to {address}"));
    undo_code_in(email).unwrap_or_else(|| panic!("no undo code in:\n{}", email.text))
}

async fn ask(service: &Service, request: UndoRequest) -> Result<UndoReply, Refusal> {
    match service.ask(Request::Undo(request)).await {
        Reply::Undo(reply) => Ok(reply),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn preview(service: &Service, code: &str) -> Result<UndoPreview, Refusal> {
    match ask(service, UndoRequest::Preview { code: Secret::new(code) }).await? {
        UndoReply::Preview(preview) => Ok(preview),
        other => panic!("{other:?}"),
    }
}

/// Undoes with the code, and with one of the second factor where it is asked.
async fn undo_with(
    service: &Service,
    code: &str,
    second_factor: Option<&str>,
) -> Result<(ResetGrant, UndoSummary), Refusal> {
    let second_factor = second_factor.map(Secret::new);
    match ask(service, UndoRequest::Revert { code: Secret::new(code), second_factor }).await? {
        UndoReply::Reverted(grant, summary) => Ok((grant, summary)),
        other => panic!("{other:?}"),
    }
}

async fn undo(service: &Service, code: &str) -> Result<(ResetGrant, UndoSummary), Refusal> {
    undo_with(service, code, None).await
}

/// The owner undoes and sets [`SECOND`].
async fn win_back(service: &Service, code: &str) -> SignedIn {
    let (grant, _) = undo(service, code).await.unwrap();
    service.set(grant, SECOND).await.unwrap().expect("signed in")
}

/// Turns two-factor on for a session; gives the session, the app and the recovery codes.
async fn turn_on(service: &Service, member: &SignedIn) -> (SignedIn, App, Vec<String>) {
    let (app, enrolment) = service.enrol(member).await;
    let (member, codes) = service.turn_on(member, &enrolment, &app.shows(service.clock.now())).await.unwrap();
    service.later(STEP);
    (member, app, codes)
}

async fn turn_off(service: &Service, member: &SignedIn) -> SignedIn {
    match service.security(member, SecondFactorRequest::TurnOff).await {
        Ok(SecondFactorReply::TurnedOff(member)) => member,
        other => panic!("{other:?}"),
    }
}

fn address(address: &str) -> UndoItem {
    UndoItem::Address { address: address.into() }
}

fn primary(address: &str) -> UndoItem {
    UndoItem::PrimaryAddress { address: address.into() }
}

impl Service {
    /// Ada with both addresses, signed in: a thief who knows her password could be her.
    async fn ada_with_two_addresses(&self) -> SignedIn {
        self.add("ada").await;
        let ada = self.sign_in("ada", FIRST).await;
        super::addresses::gain(self, &ada, HOME).await;
        ada
    }
}
