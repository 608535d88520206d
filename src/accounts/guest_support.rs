//! Support for somebody who cannot sign in: a case that says whose account it is about, which nobody has
//! checked, and a code by mail that shows where answers reach them. Whether there is such an account changes
//! nothing here: nobody looks for it.

use super::event_kind::{EventKind, Subject};
use super::request::support::{CaseReader, GuestCase, GuestSupportReply, GuestSupportRequest};
use super::request::{Refusal, Reply};
use super::support::{admit, with_messages};
use super::{Accounts, Fault, RequestContext};
use crate::domain::case::{self, CaseRefusal};
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::secret::Secret;
use crate::domain::support_case::{Author, Case};
use crate::domain::text::inert;
use crate::domain::throttle::{
    CASE_CODE_LIFE_MS, GUEST_CASES_PER_ADDRESS, GUEST_CASES_PER_PORTAL, GUEST_CASES_PER_SOURCE,
    LONG_CODE_TRIES_PER_SOURCE, Limit,
};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailMessage, SupportNotice};
use crate::store::{NewCase, RateLimit, Recipient, Tx, write_tx};

/// What every case of a guest is called.
const SUBJECT: &str = "Opened without signing in";
/// The most characters that are kept of a claimed name.
const CLAIM_CHARS: usize = 254;

impl Accounts {
    /// The stories of [`super::request::Request::GuestSupport`].
    pub(super) async fn guest_support(
        &self,
        cx: &RequestContext,
        ask: GuestSupportRequest,
    ) -> Result<Reply, Fault> {
        let done = match ask {
            GuestSupportRequest::Open { name, contact, text } => {
                self.open_guest_case(cx, &name, &contact, &text).await?
            }
            GuestSupportRequest::Read { number, opened, code } => {
                self.read_guest_case(cx, number, opened.as_ref(), &code).await?
            }
            GuestSupportRequest::Write { reader, text } => {
                self.write_to_guest_case(cx, &reader, &text).await?
            }
        };
        Ok(done.map_or_else(Reply::Refused, Reply::GuestSupport))
    }

    async fn open_guest_case(
        &self,
        cx: &RequestContext,
        name: &str,
        contact: &str,
        text: &str,
    ) -> Result<Result<GuestSupportReply, Refusal>, Fault> {
        let (claimed, contact, text) = match take(name, contact, text) {
            Ok(taken) => taken,
            Err(refusal) => return Ok(Err(Refusal::Case(refusal))),
        };
        let now = self.clock.now();
        let (id, contact_id) = (new_id(now, &self.entropy), new_id(now, &self.entropy));
        let nobody = self.identifier_key(&canonical_identifier(&claimed));
        let event = self.event(EventKind::SupportOpened, Subject::Nobody(&nobody), cx, now);
        let facts = format!("From: {}\nClient: {}", cx.source, cx.client);
        let opened = write_tx!(self.store, Fault, |tx| {
            if let Err(refusal) = self.admit_guest_case(tx, cx, &contact, &nobody, &id, now).await? {
                return Ok(Err(refusal));
            }
            let number = tx.next_case_number().await?;
            tx.insert_contact(&contact_id, contact.as_str(), contact.canonical(), now).await?;
            tx.insert_case(&NewCase {
                id: &id,
                number,
                account: None,
                contact: Some(&contact_id),
                claimed: &claimed,
                subject: SUBJECT,
                facts: &facts,
                now,
            })
            .await?;
            tx.insert_case_message(&new_id(now, &self.entropy), &id, Author::Guest, &text, now).await?;
            let source = cx.source.to_string();
            self.send_case_code(tx, (&id, &contact_id), now, |code| EmailMessage::SupportCode {
                number,
                code,
                is_answer: false,
                at: now.epoch_ms(),
                ip: source.clone(),
                // A text of a stranger's choosing, in an email to anybody.
                client: String::new(),
            })
            .await?;
            tx.insert_event(&event).await?;
            self.tell_desk(tx, number, SupportNotice::OpenedByGuest, now).await?;
            Ok(Ok(number))
        });
        let number = match opened.await? {
            Ok(number) => number,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.email_written.notify_one();
        Ok(Ok(GuestSupportReply::Opened(GuestCase { id, number })))
    }

    /// Harder than for members: every case is an email to somebody who may never have been here.
    async fn admit_guest_case(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        contact: &Email,
        nobody: &str,
        mark: &str,
        now: Timestamp,
    ) -> Result<Result<(), Refusal>, Fault> {
        let source = self.source_bucket("guest cases", cx);
        let address = format!("guest cases to:{}", self.identifier_key(contact.canonical()));
        let claim = format!("guest cases of:{nobody}");
        let places: [(&str, &[Limit]); 4] = [
            (&source, &GUEST_CASES_PER_SOURCE),
            (&address, &GUEST_CASES_PER_ADDRESS),
            (&claim, &GUEST_CASES_PER_ADDRESS),
            ("guest cases", &GUEST_CASES_PER_PORTAL),
        ];
        admit(tx, &places, mark, now).await
    }

    /// Makes the one code of a guest's case and writes it to the contact, in the email that `email` makes.
    pub(super) async fn send_case_code(
        &self,
        tx: &mut Tx,
        (case, contact): (&str, &str),
        now: Timestamp,
        email: impl FnOnce(String) -> EmailMessage,
    ) -> Result<(), Fault> {
        let code = Code::generate(&self.entropy);
        let (key_id, key) = self.keyring.code_key();
        let mac = code::mac(key, code::SUPPORT, case, contact, &code);
        let until = now.plus_ms(CASE_CODE_LIFE_MS);
        tx.set_case_code(case, &mac, key_id, until).await?;
        let email = email(code.grouped());
        self.write_to(tx, Recipient::Contact(contact), None, &email, now, until).await
    }

    /// The try is counted and committed first, then compared, then the code is used up.
    async fn read_guest_case(
        &self,
        cx: &RequestContext,
        number: i64,
        opened: Option<&GuestCase>,
        typed: &Secret,
    ) -> Result<Result<GuestSupportReply, Refusal>, Fault> {
        let Some(code) = Code::parse(typed.expose()) else { return Ok(Err(Refusal::CodeRefused)) };
        let now = self.clock.now();
        let held = opened.map(|case| case.id.as_str());
        let place = self.source_bucket(&format!("case:{number}"), cx);
        let mark = new_id(now, &self.entropy);
        let reserved = write_tx!(self.store, Fault, |tx| {
            let bucket = self.source_bucket("tries", cx);
            match tx.reserve_rate(&bucket, self.rules.limits.tries_per_source, now).await? {
                RateLimit::Later(at) => Ok(Err(at)),
                _ if held.is_some() => Ok(Ok(tx.reserve_case_try(number, held, now).await?)),
                _ => match tx.reserve_in_windows(&place, &mark, &[LONG_CODE_TRIES_PER_SOURCE], now).await? {
                    RateLimit::Later(_) => Ok(Ok(None)),
                    _ => Ok(Ok(tx.reserve_case_try(number, None, now).await?)),
                },
            }
        });
        let kept = match reserved.await? {
            Ok(kept) => kept,
            Err(at) => return Ok(Err(Refusal::TryLater(at))),
        };
        let Some((id, contact, kept_mac, key_id)) = kept else { return Ok(Err(Refusal::CodeRefused)) };
        let Some(key) = self.keyring.code_key_of(&key_id) else {
            tracing::error!(key = key_id, "a code's key is not among the secret keys");
            return Ok(Err(Refusal::CodeRefused));
        };
        if !code::same_mac(&code::mac(key, code::SUPPORT, &id, &contact, &code), &kept_mac) {
            return Ok(Err(Refusal::CodeRefused));
        }
        write_tx!(self.store, Fault, |tx| {
            if !tx.claim_case_code(&id, &kept_mac, now).await? {
                return Ok(Err(Refusal::CodeRefused));
            }
            let Some(case) = tx.find_case_by_id(&id).await? else { return Ok(Err(Refusal::CodeRefused)) };
            Ok(Ok(GuestSupportReply::Case(CaseReader(id.clone()), with_messages(tx, case).await?)))
        })
        .await
    }

    async fn write_to_guest_case(
        &self,
        cx: &RequestContext,
        CaseReader(id): &CaseReader,
        text: &str,
    ) -> Result<Result<GuestSupportReply, Refusal>, Fault> {
        let text = match case::text(text) {
            Ok(text) => text,
            Err(refusal) => return Ok(Err(Refusal::Case(refusal))),
        };
        let now = self.clock.now();
        let message = new_id(now, &self.entropy);
        let written = write_tx!(self.store, Fault, |tx| {
            let Some(case) = tx.find_case_by_id(id).await? else { return Ok(Err(Refusal::NotFound)) };
            let bucket = format!("case messages:{id}");
            let said = (message.as_str(), Author::Guest, text.as_str());
            if let Err(refusal) = self.add_message(tx, id, said, &bucket, now).await? {
                return Ok(Err(refusal));
            }
            let nobody = self.claim_key(&case);
            tx.insert_event(&self.event(EventKind::SupportMessage, Subject::Nobody(&nobody), cx, now))
                .await?;
            self.tell_desk(tx, case.number, SupportNotice::WroteAgain, now).await?;
            let now_it_is = tx.find_case_by_id(id).await?.unwrap_or(case);
            Ok(Ok(GuestSupportReply::Case(CaseReader(id.clone()), with_messages(tx, now_it_is).await?)))
        });
        let written = written.await?;
        self.email_written.notify_one();
        Ok(written)
    }

    /// What events of a guest's case are kept under: never an account, because nobody has checked the claim.
    pub(super) fn claim_key(&self, case: &Case) -> String {
        self.identifier_key(&canonical_identifier(&case.claimed))
    }
}

fn take(name: &str, contact: &str, text: &str) -> Result<(String, Email, String), CaseRefusal> {
    let claimed = inert(name.trim(), CLAIM_CHARS);
    if claimed.trim().is_empty() {
        return Err(CaseRefusal::NoName);
    }
    let contact = Email::parse(contact.trim()).map_err(CaseRefusal::Contact)?;
    Ok((claimed, contact, case::text(text)?))
}
