//! Support cases of members: opened, read, continued and closed by the account that they belong to.

use super::event_kind::EventKind;
use super::request::support::{CaseFacts, CaseSummary, SupportReply, SupportRequest};
use super::request::{Refusal, SignedIn};
use super::shared::{commit_even_if_refused, require_current, reserve};
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::case::{self, CaseRefusal, MESSAGES_MAX};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::support_case::{Author, Case};
use crate::domain::throttle::{GUEST_NOTICES_TO_SUPPORT, Limit};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{EventsWanted, NewCase, Recipient, Tx, read_tx, write_tx};

/// The cases that one list shows at most.
const CASES_SHOWN: i64 = 200;
/// The last sign-ins that a case shows to support.
const SIGN_INS_SHOWN: i64 = 3;
/// How long an email to the operator is worth sending.
const OPERATOR_EMAIL_LIFE_MS: i64 = 72 * 60 * 60_000;

impl Accounts {
    /// The stories of [`super::request::Request::Support`].
    pub(super) async fn support(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: SupportRequest,
    ) -> Result<SupportReply, Error> {
        match request {
            SupportRequest::List => self.list_cases(member).await,
            SupportRequest::Facts => self.case_facts(member).await,
            SupportRequest::Show(number) => self.show_case(member, number).await,
            SupportRequest::Open { subject, text, facts } => {
                self.open_case(cx, member, &subject, &text, &facts).await
            }
            SupportRequest::Write { number, text } => self.write_to_case(cx, member, number, &text).await,
            SupportRequest::Close(number) => self.close_case(cx, member, number).await,
        }
    }

    async fn list_cases(&self, member: &SignedIn) -> Result<SupportReply, Error> {
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let cases = tx.list_cases_of(member.account(), CASES_SHOWN).await?;
            Ok(SupportReply::Cases(cases.into_iter().map(CaseSummary::from).collect()))
        })
        .await
    }

    async fn case_facts(&self, member: &SignedIn) -> Result<SupportReply, Error> {
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let account = tx.find_account(member.account()).await?.ok_or(Refusal::SignedOutElsewhere)?;
            let mut lines = vec![
                format!("Username: {}", account.name),
                format!("Account made: {}", account.created_at.date_minute()),
            ];
            let kinds = vec![EventKind::SignIn.as_str(), EventKind::SignInWithKey.as_str()];
            let wanted = EventsWanted { kinds, limit: SIGN_INS_SHOWN, ..EventsWanted::default() };
            for event in tx.list_older_events(&account.id, &wanted).await? {
                let (at, source, client) = (event.at.date_minute(), event.ip, event.client);
                lines.push(format!("Sign-in: {at} from {source} with {client}"));
            }
            Ok(SupportReply::Facts(CaseFacts(lines)))
        })
        .await
    }

    async fn show_case(&self, member: &SignedIn, number: i64) -> Result<SupportReply, Error> {
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let case = find_case(tx, member, number).await?;
            Ok(SupportReply::Case(with_messages(tx, case).await?))
        })
        .await
    }

    async fn open_case(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        subject: &str,
        text: &str,
        facts: &CaseFacts,
    ) -> Result<SupportReply, Error> {
        let (subject, text) = (case::subject(subject)?, case::text(text)?);
        let (now, account) = (self.clock.now(), member.account());
        let id = new_id(now, &self.entropy);
        let facts = facts.lines().join("\n");
        let opened = self
            .then_send(commit_even_if_refused!(self.store, |tx| {
                require_current(tx, member).await?;
                let (by_account, by_source) =
                    (BucketKind::Cases.of(&[account]), self.source_bucket(BucketKind::CasesOfSource, cx));
                let of_source = self.limit_of_source(tx, cx, self.limits().cases_per_source, now).await?;
                let buckets: [(_, &[Limit]); 2] =
                    [(&by_account, by_account.fixed_limits()), (&by_source, of_source.as_slice())];
                reserve(tx, &buckets, &id, now).await?;
                let number = tx.next_case_number().await?;
                let (id, account) = (id.as_str(), Some(account));
                let (contact, claimed, subject, facts) = (None, "", subject.as_str(), facts.as_str());
                let language = cx.language;
                let new = NewCase { id, number, account, contact, claimed, subject, facts, language, now };
                tx.insert_case(&new).await?;
                tx.insert_case_message(&new_id(now, &self.entropy), id, Author::Member, &text, now).await?;
                let event_kind = EventKind::SupportOpened;
                self.record_and_notify(tx, cx, member, event_kind, &number.to_string(), now).await?;
                self.notify_operator(tx, number, "opened by a member", now).await?;
                current_case(tx, id).await
            }))
            .await?;
        Ok(SupportReply::Opened(opened))
    }

    async fn write_to_case(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        number: i64,
        text: &str,
    ) -> Result<SupportReply, Error> {
        let text = case::text(text)?;
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let written = self
            .then_send(commit_even_if_refused!(self.store, |tx| {
                require_current(tx, member).await?;
                let case = find_case(tx, member, number).await?;
                let bucket = BucketKind::CaseMessages.of(&[member.account()]);
                self.add_message(tx, &case.id, (&id, Author::Member, &text), &bucket, now).await?;
                self.record(tx, cx, member, EventKind::SupportMessage, now).await?;
                self.notify_operator(tx, number, "has another message", now).await?;
                current_case(tx, &case.id).await
            }))
            .await?;
        Ok(SupportReply::Case(written))
    }

    /// Adds what a member or a guest says to an open case that has room for it. The try is counted whatever comes
    /// of it: call this in `commit_even_if_refused!`.
    pub(super) async fn add_message(
        &self,
        tx: &mut Tx,
        case: &str,
        (id, author, text): (&str, Author, &str),
        bucket: &Bucket,
        now: Timestamp,
    ) -> Result<(), Error> {
        // First of all: messages that come at the same time wait for this one, and are counted after it.
        reserve(tx, &[(bucket, bucket.fixed_limits())], id, now).await?;
        if tx.count_case_messages(case).await? >= MESSAGES_MAX {
            return Err(CaseRefusal::Full.into());
        }
        if !tx.claim_case_open(case, now).await? {
            return Err(Refusal::CaseClosed.into());
        }
        Ok(tx.insert_case_message(id, case, author, text, now).await?)
    }

    async fn close_case(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        number: i64,
    ) -> Result<SupportReply, Error> {
        let now = self.clock.now();
        let closed = self
            .then_send(write_tx!(self.store, Error, |tx| {
                require_current(tx, member).await?;
                let case = find_case(tx, member, number).await?;
                if !tx.claim_case_closed(&case.id, now).await? {
                    return Err(Refusal::CaseClosed.into());
                }
                let event_kind = EventKind::SupportClosed;
                self.record_and_notify(tx, cx, member, event_kind, &number.to_string(), now).await?;
                self.notify_operator(tx, number, "closed by its member", now).await?;
                current_case(tx, &case.id).await
            }))
            .await?;
        Ok(SupportReply::Case(closed))
    }

    /// The same about a guest's case. A flood of cases is no flood of emails: the last one for some hours says so.
    pub(super) async fn notify_operator_of_guest(
        &self,
        tx: &mut Tx,
        number: i64,
        note: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mark = new_id(now, &self.entropy);
        let bucket = BucketKind::GuestNotices.of(&[]);
        let all_but_last = GUEST_NOTICES_TO_SUPPORT.map(|limit| Limit { count: limit.count - 1, ..limit });
        if self.reserve_in_silence(tx, &[(&bucket, &all_but_last)], &mark, now).await? {
            return self.notify_operator(tx, number, note, now).await;
        }
        if self.reserve_in_silence(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await? {
            let note = format!("{note}; for up to 6 hours, you get no more emails about guests");
            return self.notify_operator(tx, number, &note, now).await;
        }
        Ok(())
    }

    /// Emails the operator, when the setting for support is an address: which case, and nothing that anybody typed.
    pub(super) async fn notify_operator(
        &self,
        tx: &mut Tx,
        number: i64,
        note: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Ok(address) = Email::parse(&self.outbox.portal().support) else { return Ok(()) };
        let desk = tx.put_desk_contact(address.as_str(), address.canonical(), now).await?;
        let (detail, note) = (number.to_string(), note.to_owned());
        let email = EmailMessage { detail, note, ..EmailMessage::new(EmailKind::SupportNotice, now) };
        let expires_at = now.plus_ms(OPERATOR_EMAIL_LIFE_MS);
        self.enqueue(tx, Recipient::Contact(desk), None, &email, now, expires_at).await
    }
}

/// The member's case with this number.
async fn find_case(tx: &mut Tx, member: &SignedIn, number: i64) -> Result<Case, Error> {
    Ok(tx.find_case_of(member.account(), number).await?.ok_or(Refusal::NotFound)?)
}

/// The case as this transaction left it.
async fn current_case(tx: &mut Tx, case: &str) -> Result<Box<Case>, Error> {
    let case = tx.find_case_by_id(case).await?.ok_or(Refusal::NotFound)?;
    Ok(with_messages(tx, case).await?)
}

/// A case with its messages.
pub(super) async fn with_messages(tx: &mut Tx, case: Case) -> Result<Box<Case>, Fault> {
    Ok(Box::new(Case { messages: tx.list_case_messages(&case.id).await?, ..case }))
}
