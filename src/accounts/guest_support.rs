//! Support for somebody who cannot sign in: a case that names an account, which nobody has checked, and a code by
//! email that proves the contact address. Whether there is such an account changes nothing here: it is never looked
//! up, and nothing is counted by the name, which anybody may claim.
//!
//! All guests together open 60 cases an hour, shared so that nobody takes all of them:
//!
//! | whose | an hour |
//! |---|---|
//! | of sources that any account knows | 20, then of those below |
//! | the day's first of any other source | 30; of a /24 (IPv6: /48) 4, of a /16 (/32) 10 |
//! | the second and third of such a source | 10, of its networks as above |
//!
//! Of the emails to addresses without an account, cases from known sources have a part of their own too. So a crowd of
//! sources that nobody has seen before is turned away first, and of it those who have had a case. Who is told to wait has
//! lost none of what the source or the address may have. An account makes a source known a week after it was made.
//! Contact addresses take two cases a day from sources that an account knows, and two from all others together:
//! strangers who write to somebody's address do not keep its owner from a case at home. Members' cases are counted apart.
//! A crowd from three or more networks of the size /16 does keep other new sources waiting; a source where anybody
//! signed in within 30 days is not in it.

use super::event_kind::{EventKind, Subject};
use super::request::Refusal;
use super::request::support::{CaseReader, GuestCase, GuestSupportReply, GuestSupportRequest};
use super::shared::{admitted, commit_even_if_refused, reserve};
use super::support::with_messages;
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::case::{self, CaseRefusal};
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::name::canonical_identifier;
use crate::domain::secret::Secret;
use crate::domain::support_case::{Author, Case};
use crate::domain::text::inert;
use crate::domain::throttle::{CASE_CODE_LIFE_MS, DAY_MS, Limit, WithoutAccount};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{NewCase, RateLimit, Recipient, Tx, read_tx, write_tx};

/// What cases from networks that no account knows count in, the narrow one first.
const GUEST_CASES_OF_NETWORK: [BucketKind; 2] = [BucketKind::GuestCasesNarrow, BucketKind::GuestCasesWide];
/// The subject of every case of a guest.
const SUBJECT: &str = "Opened without signing in";
/// The most characters of a claimed name.
const CLAIM_CHARS: usize = 254;

/// The code of a case: the case's id, its contact's, the HMAC and the id of its key.
type CaseCode = (String, String, Vec<u8>, String);

impl Accounts {
    /// The stories of [`super::request::Request::GuestSupport`].
    pub(super) async fn guest_support(
        &self,
        cx: &RequestContext,
        request: GuestSupportRequest,
    ) -> Result<GuestSupportReply, Error> {
        match request {
            GuestSupportRequest::Open { name, contact, text } => {
                self.open_guest_case(cx, &name, &contact, &text).await
            }
            GuestSupportRequest::Read { number, opened, code } => {
                self.read_guest_case(cx, number, opened.as_ref(), &code).await
            }
            GuestSupportRequest::Write { reader, text } => self.write_to_guest_case(cx, &reader, &text).await,
        }
    }

    async fn open_guest_case(
        &self,
        cx: &RequestContext,
        name: &str,
        contact: &str,
        text: &str,
    ) -> Result<GuestSupportReply, Error> {
        let (claimed, contact, text) = checked_case(name, contact, text)?;
        let now = self.clock.now();
        self.require_room_for_case(cx, &contact, now).await?;
        let (id, contact_id) = (new_id(now, &self.entropy), new_id(now, &self.entropy));
        let nobody = self.identifier_key(&canonical_identifier(&claimed));
        let event = self.event(EventKind::SupportOpened, Subject::Nobody(&nobody), cx, now);
        let facts = format!("From: {}\nClient: {}", cx.source, cx.client);
        let number = self
            .then_send(commit_even_if_refused!(self.store, |tx| {
                let reserved = self.reserve_guest_case(tx, cx, &contact, &id, now).await;
                self.note_if_refused(cx, &case_to(&contact), reserved, now)?;
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
                    language: cx.language,
                    now,
                })
                .await?;
                tx.insert_case_message(&new_id(now, &self.entropy), &id, Author::Guest, &text, now).await?;
                let email = EmailMessage {
                    detail: number.to_string(),
                    ip: cx.source.to_string(),
                    language: cx.language,
                    ..EmailMessage::new(EmailKind::GuestCaseOpened, now)
                };
                self.send_case_code(tx, (&id, &contact_id), now, email).await?;
                tx.insert_event(&event).await?;
                self.notify_operator_of_guest(tx, number, "opened by a guest, who has proven nothing", now)
                    .await?;
                Ok(number)
            }))
            .await?;
        Ok(GuestSupportReply::Opened(GuestCase { id, number }))
    }

    /// Refuses a source that has had its cases, or the same case as a moment ago, before anything is written.
    async fn require_room_for_case(
        &self,
        cx: &RequestContext,
        contact: &Email,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.refuse_from_memory(cx, BucketKind::GuestCases.id(), now)?;
        self.refuse_from_memory(cx, &case_to(contact), now)?;
        let room = read_tx!(self.store, Error, |tx| {
            let limit = self.limits().guest_cases_per_source;
            let limit = self.limit_of_source(tx, cx, limit, now).await?;
            let source = self.source_bucket(BucketKind::GuestCases, cx);
            let of_source = tx.peek_in_windows(&source, "", limit.as_slice(), now).await?;
            let is_known = tx.is_known_to_any(&self.place_mac(&cx.source.to_string()), now).await?;
            let address = self.cases_to(contact, is_known);
            Ok((of_source, tx.peek_in_windows(&address, "", address.fixed_limits(), now).await?))
        });
        let (of_source, of_address) = room.await?;
        admitted(self.note_refusal(cx, BucketKind::GuestCases.id(), of_source, now))?;
        admitted(self.note_refusal(cx, &case_to(contact), of_address, now))
    }

    /// What counts the cases to one address.
    fn cases_to(&self, contact: &Email, is_known: bool) -> Bucket {
        let kind = if is_known { BucketKind::KnownPlaceGuestCasesTo } else { BucketKind::GuestCasesTo };
        self.mailbox_bucket(kind, contact.canonical())
    }

    /// Stricter than for members: every case is an email to somebody who may never have been here.
    async fn reserve_guest_case(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        contact: &Email,
        mark: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let source = self.source_bucket(BucketKind::GuestCases, cx);
        let is_known = tx.is_known_to_any(&self.place_mac(&cx.source.to_string()), now).await?;
        let address = self.cases_to(contact, is_known);
        let first = Limit { count: 1, window_ms: DAY_MS };
        let is_first = has_room(tx.reserve_in_windows(&source, mark, &[first], now).await?);
        if !is_first {
            let limit = self.limits().guest_cases_per_source;
            let limit = self.limit_of_source(tx, cx, limit, now).await?;
            reserve(tx, &[(&source, limit.as_slice())], mark, now).await?;
        }
        // From here on it depends on others, and takes nothing of what this source and this address may have.
        let reserved = tx.reserve_in_windows(&address, mark, address.fixed_limits(), now).await?;
        if !has_room(reserved) {
            tx.release_in_windows(&source, mark).await?;
            return admitted(reserved);
        }
        let shared = self.reserve_shared_case(tx, cx, (is_known, is_first), mark, now).await?;
        if !has_room(shared) {
            for kind in [WithoutAccount::GuestCase, WithoutAccount::KnownPlaceGuestCase] {
                tx.release_in_windows(&kind.bucket().of(&[]), mark).await?;
            }
            for bucket in
                [source, address].iter().chain(&self.network_buckets(GUEST_CASES_OF_NETWORK, &[], cx))
            {
                tx.release_in_windows(bucket, mark).await?;
            }
        }
        admitted(shared)
    }

    /// Counts a case against what guests share.
    async fn reserve_shared_case(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        (is_known, is_first): (bool, bool),
        mark: &str,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        let reserved = self.reserve_case_email(tx, is_known, mark, now).await?;
        if !has_room(reserved) {
            return Ok(reserved);
        }
        if is_known {
            let bucket = BucketKind::KnownPlaceGuestCases.of(&[]);
            let reserved = tx.reserve_in_windows(&bucket, mark, bucket.fixed_limits(), now).await?;
            if has_room(reserved) {
                return Ok(reserved);
            }
        } else {
            for bucket in self.network_buckets(GUEST_CASES_OF_NETWORK, &[], cx) {
                let reserved = tx.reserve_in_windows(&bucket, mark, bucket.fixed_limits(), now).await?;
                if !has_room(reserved) {
                    return Ok(reserved);
                }
            }
        }
        let kind = if is_first { BucketKind::FirstGuestCases } else { BucketKind::FurtherGuestCases };
        let bucket = kind.of(&[]);
        Ok(tx.reserve_in_windows(&bucket, mark, bucket.fixed_limits(), now).await?)
    }

    /// Counts the email of a case among those to addresses without an account.
    async fn reserve_case_email(
        &self,
        tx: &mut Tx,
        is_known_place: bool,
        mark: &str,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        if is_known_place {
            let (all, of_all) = self.without_account(WithoutAccount::KnownPlaceGuestCase);
            let reserved = tx.reserve_in_windows(&all, mark, &of_all, now).await?;
            if has_room(reserved) {
                return Ok(reserved);
            }
        }
        let (all, of_all) = self.without_account(WithoutAccount::GuestCase);
        Ok(tx.reserve_in_windows(&all, mark, &of_all, now).await?)
    }

    /// Creates the one code of a guest's case and sends it to the contact, in the email that `email` makes.
    pub(super) async fn send_case_code(
        &self,
        tx: &mut Tx,
        (case, contact): (&str, &str),
        now: Timestamp,
        email: EmailMessage,
    ) -> Result<(), Fault> {
        let code = Code::generate(&self.entropy);
        let keyring = self.keyring.get();
        let (key_id, key) = keyring.code_key();
        let mac = code::mac(key, code::SUPPORT, case, contact, &code);
        let until = now.plus_ms(CASE_CODE_LIFE_MS);
        tx.set_case_code(case, &mac, key_id, until).await?;
        let email = EmailMessage { code: code.grouped(), ..email };
        self.enqueue(tx, Recipient::Contact(contact), None, &email, now, until).await
    }

    /// The try is counted and committed first, then compared, then the code is used up.
    async fn read_guest_case(
        &self,
        cx: &RequestContext,
        number: i64,
        opened: Option<&GuestCase>,
        typed: &Secret,
    ) -> Result<GuestSupportReply, Error> {
        let code = Code::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::Email))?;
        let now = self.clock.now();
        let stored = [self.reserve_case_try(cx, number, opened, now).await?];
        let [(id, contact, mac, _)] = &stored;
        let right = self.find_code(
            &stored,
            |(id, _, mac, key_id)| (id, key_id, mac),
            (code::SUPPORT, contact),
            &code,
        );
        right.ok_or(Refusal::CodeRefused)?;
        write_tx!(self.store, Error, |tx| {
            if !tx.claim_case_code(id, mac, now).await? {
                return Err(Refusal::CodeRefused.into());
            }
            let case = tx.find_case_by_id(id).await?.ok_or(Refusal::CodeRefused)?;
            Ok(GuestSupportReply::Case(CaseReader(id.clone()), with_messages(tx, case).await?))
        })
        .await
    }

    /// Counts the try against the source and against all that is tried at this case, or only what this session tries
    /// that opened it. Gives the case, its contact, and the code's MAC and key.
    async fn reserve_case_try(
        &self,
        cx: &RequestContext,
        number: i64,
        opened: Option<&GuestCase>,
        now: Timestamp,
    ) -> Result<CaseCode, Error> {
        let opened = opened.filter(|case| case.number == number);
        let mark = new_id(now, &self.entropy);
        let limit = self.limits().tries_per_source;
        let case = BucketKind::Case.of(&[&number.to_string()]);
        self.require_room_of_source(cx, BucketKind::Tries, limit, now).await?;
        if opened.is_none() {
            self.require_room_for_shared_try(cx, &case, now).await?;
        }
        commit_even_if_refused!(self.store, |tx| {
            admitted(self.reserve_rate_of_source(tx, cx, BucketKind::Tries, limit, now).await?)?;
            if let Some(GuestCase { id, .. }) = opened {
                let bucket = BucketKind::CaseOpener.of(&[id]);
                reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?;
            } else {
                let reserved = self.reserve_shared_try(tx, cx, &case, &mark, now).await;
                self.note_if_refused(cx, case.as_str(), reserved, now)?;
            }
            Ok(tx.find_case_code(number, now).await?.ok_or(Refusal::CodeRefused)?)
        })
        .await
    }

    async fn write_to_guest_case(
        &self,
        cx: &RequestContext,
        CaseReader(id): &CaseReader,
        text: &str,
    ) -> Result<GuestSupportReply, Error> {
        let text = case::text(text)?;
        let now = self.clock.now();
        let message = new_id(now, &self.entropy);
        self.then_send(commit_even_if_refused!(self.store, |tx| {
            let case = tx.find_case_by_id(id).await?.ok_or(Refusal::NotFound)?;
            let bucket = BucketKind::CaseMessages.of(&[id]);
            self.add_message(tx, id, (&message, Author::Guest, &text), &bucket, now).await?;
            let nobody = self.claim_key(&case);
            tx.insert_event(&self.event(EventKind::SupportMessage, Subject::Nobody(&nobody), cx, now))
                .await?;
            self.notify_operator_of_guest(tx, case.number, "has another message", now).await?;
            let changed = tx.find_case_by_id(id).await?.unwrap_or(case);
            Ok(GuestSupportReply::Case(CaseReader(id.clone()), with_messages(tx, changed).await?))
        }))
        .await
    }

    /// The subject of events of a guest's case: never an account, because nobody has checked the claim.
    pub(super) fn claim_key(&self, case: &Case) -> String {
        self.identifier_key(&canonical_identifier(&case.claimed))
    }
}

/// What the refusal of a case with this contact address is remembered under.
fn case_to(contact: &Email) -> String {
    format!("guest case to {}", contact.canonical())
}

fn has_room(limit: RateLimit) -> bool {
    !matches!(limit, RateLimit::Later(_))
}

fn checked_case(name: &str, contact: &str, text: &str) -> Result<(String, Email, String), CaseRefusal> {
    let claimed = inert(name.trim(), CLAIM_CHARS);
    if claimed.trim().is_empty() {
        return Err(CaseRefusal::NoName);
    }
    let contact = Email::parse(contact.trim()).map_err(CaseRefusal::Contact)?;
    Ok((claimed, contact, case::text(text)?))
}
