//! Support cases of members: opened, read, gone on with and closed by the account that they belong to.

use super::event_kind::{EventKind, Subject};
use super::outbox::AccountNotification;
use super::request::support::{CaseFacts, CaseSummary, SupportReply, SupportRequest};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, RequestContext};
use crate::domain::case::{self, CaseRefusal, MESSAGES_MAX};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::support_case::{Author, Case};
use crate::domain::throttle::{CASE_MESSAGES, CASES_PER_ACCOUNT, CASES_PER_SOURCE, Limit};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailMessage, NotificationKind, SupportNotice};
use crate::store::{EventsWanted, NewCase, RateLimit, Recipient, Tx, read_tx, write_tx};

/// The cases that one list shows at most.
const CASES_SHOWN: i64 = 200;
/// The sign-ins that support is told of.
const SIGN_INS_TOLD: i64 = 3;
/// How long the operator's email is worth sending.
const DESK_EMAIL_LIFE_MS: i64 = 72 * 60 * 60_000;

impl Accounts {
    /// The stories of [`super::request::Request::Support`].
    pub(super) async fn support(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        ask: SupportRequest,
    ) -> Result<Reply, Fault> {
        let done = match ask {
            SupportRequest::List => self.list_cases(member).await?,
            SupportRequest::Facts => self.case_facts(member).await?,
            SupportRequest::Show(number) => self.show_case(member, number).await?,
            SupportRequest::Open { subject, text, facts } => {
                self.open_case(cx, member, &subject, &text, &facts).await?
            }
            SupportRequest::Write { number, text } => self.write_to_case(cx, member, number, &text).await?,
            SupportRequest::Close(number) => self.close_case(cx, member, number).await?,
        };
        Ok(done.map_or_else(Reply::Refused, Reply::Support))
    }

    async fn list_cases(&self, member: &SignedIn) -> Result<Result<SupportReply, Refusal>, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let cases = tx.list_cases_of(member.account(), CASES_SHOWN).await?;
            Ok(Ok(SupportReply::Cases(cases.into_iter().map(CaseSummary::from).collect())))
        })
        .await
    }

    async fn case_facts(&self, member: &SignedIn) -> Result<Result<SupportReply, Refusal>, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(account) = tx.find_account(member.account()).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            let mut lines = vec![
                format!("Username: {}", account.name),
                format!("Account made: {}", account.created_at.date_minute()),
            ];
            let kinds = vec![EventKind::SignIn.as_str(), EventKind::SignInWithKey.as_str()];
            let wanted = EventsWanted { kinds, limit: SIGN_INS_TOLD, ..EventsWanted::default() };
            for event in tx.list_older_events(&account.id, &wanted).await? {
                let (at, source, client) = (event.at.date_minute(), event.ip, event.client);
                lines.push(format!("Sign-in: {at} from {source} with {client}"));
            }
            Ok(Ok(SupportReply::Facts(CaseFacts(lines))))
        })
        .await
    }

    async fn show_case(
        &self,
        member: &SignedIn,
        number: i64,
    ) -> Result<Result<SupportReply, Refusal>, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(case) = tx.find_case_of(member.account(), number).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            Ok(Ok(SupportReply::Case(with_messages(tx, case).await?)))
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
    ) -> Result<Result<SupportReply, Refusal>, Fault> {
        let (subject, text) = match (case::subject(subject), case::text(text)) {
            (Ok(subject), Ok(text)) => (subject, text),
            (Err(refusal), _) | (_, Err(refusal)) => return Ok(Err(Refusal::Case(refusal))),
        };
        let (now, account) = (self.clock.now(), member.account());
        let id = new_id(now, &self.entropy);
        let event = self.event(EventKind::SupportOpened, Subject::Account(account), cx, now);
        let facts = facts.lines().join("\n");
        let opened = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let source = self.source_bucket("cases", cx);
            let places: [(&str, &[Limit]); 2] =
                [(&format!("cases:{account}"), &CASES_PER_ACCOUNT), (&source, &CASES_PER_SOURCE)];
            if let Err(refusal) = admit(tx, &places, &id, now).await? {
                return Ok(Err(refusal));
            }
            let number = tx.next_case_number().await?;
            let (id, account) = (id.as_str(), Some(account));
            let (contact, claimed, subject, facts) = (None, "", subject.as_str(), facts.as_str());
            tx.insert_case(&NewCase { id, number, account, contact, claimed, subject, facts, now }).await?;
            tx.insert_case_message(&new_id(now, &self.entropy), id, Author::Member, &text, now).await?;
            tx.insert_event(&event).await?;
            self.tell_of_case(tx, cx, member, NotificationKind::SupportOpened, number, now).await?;
            self.tell_desk(tx, number, SupportNotice::Opened, now).await?;
            after(tx, id).await
        });
        Ok(self.rung(opened.await?.map(SupportReply::Opened)))
    }

    async fn write_to_case(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        number: i64,
        text: &str,
    ) -> Result<Result<SupportReply, Refusal>, Fault> {
        let text = match case::text(text) {
            Ok(text) => text,
            Err(refusal) => return Ok(Err(Refusal::Case(refusal))),
        };
        let (now, account) = (self.clock.now(), member.account());
        let id = new_id(now, &self.entropy);
        let event = self.event(EventKind::SupportMessage, Subject::Account(account), cx, now);
        let written = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(case) = tx.find_case_of(account, number).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            let bucket = format!("case messages:{account}");
            if let Err(refusal) =
                self.add_message(tx, &case.id, (&id, Author::Member, &text), &bucket, now).await?
            {
                return Ok(Err(refusal));
            }
            tx.insert_event(&event).await?;
            self.tell_desk(tx, number, SupportNotice::WroteAgain, now).await?;
            after(tx, &case.id).await
        });
        Ok(self.rung(written.await?.map(SupportReply::Case)))
    }

    /// Adds what somebody (no operator) says to an open case that has room for it.
    pub(super) async fn add_message(
        &self,
        tx: &mut Tx,
        case: &str,
        (id, author, text): (&str, Author, &str),
        bucket: &str,
        now: Timestamp,
    ) -> Result<Result<(), Refusal>, Fault> {
        // First of all: whoever writes at the same time waits for this one, and is counted after it.
        if let Err(refusal) = admit(tx, &[(bucket, &CASE_MESSAGES)], id, now).await? {
            return Ok(Err(refusal));
        }
        if tx.count_case_messages(case).await? >= MESSAGES_MAX {
            return Ok(Err(Refusal::Case(CaseRefusal::Full)));
        }
        if !tx.claim_case_open(case, now).await? {
            return Ok(Err(Refusal::CaseClosed));
        }
        tx.insert_case_message(id, case, author, text, now).await?;
        Ok(Ok(()))
    }

    async fn close_case(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        number: i64,
    ) -> Result<Result<SupportReply, Refusal>, Fault> {
        let (now, account) = (self.clock.now(), member.account());
        let event = self.event(EventKind::SupportClosed, Subject::Account(account), cx, now);
        let closed = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(case) = tx.find_case_of(account, number).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if !tx.claim_case_closed(&case.id, now).await? {
                return Ok(Err(Refusal::CaseClosed));
            }
            tx.insert_event(&event).await?;
            self.tell_of_case(tx, cx, member, NotificationKind::SupportClosed, number, now).await?;
            self.tell_desk(tx, number, SupportNotice::Closed, now).await?;
            after(tx, &case.id).await
        });
        Ok(self.rung(closed.await?.map(SupportReply::Case)))
    }

    async fn tell_of_case(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        about: NotificationKind,
        number: i64,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (account, name, detail) = (member.account(), member.name(), &number.to_string());
        self.tell(tx, cx, AccountNotification { about, account, name, detail }, now).await
    }

    /// Writes to the operator, when the setting for support is an address: which case, and nothing that
    /// anybody typed.
    pub(super) async fn tell_desk(
        &self,
        tx: &mut Tx,
        number: i64,
        what: SupportNotice,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Ok(address) = Email::parse(&self.mailer.portal().support) else { return Ok(()) };
        let desk = tx.put_desk_contact(address.as_str(), address.canonical(), now).await?;
        let email = EmailMessage::SupportDesk { number, what, at: now.epoch_ms() };
        let expires_at = now.plus_ms(DESK_EMAIL_LIFE_MS);
        self.write_to(tx, Recipient::Contact(desk), None, &email, now, expires_at).await
    }
}

/// Takes a place in every one of `places`, in their order, or says when there is one. What was taken before
/// a no stays taken: trying counts.
pub(super) async fn admit(
    tx: &mut Tx,
    places: &[(&str, &[Limit])],
    mark: &str,
    now: Timestamp,
) -> Result<Result<(), Refusal>, Fault> {
    for (bucket, limits) in places {
        if let RateLimit::Later(at) = tx.reserve_in_windows(bucket, mark, limits, now).await? {
            return Ok(Err(Refusal::TryLater(at)));
        }
    }
    Ok(Ok(()))
}

/// The case as it is after what was done in this transaction.
async fn after(tx: &mut Tx, case: &str) -> Result<Result<Case, Refusal>, Fault> {
    match tx.find_case_by_id(case).await? {
        Some(case) => Ok(Ok(with_messages(tx, case).await?)),
        None => Ok(Err(Refusal::NotFound)),
    }
}

/// A case with its messages.
pub(super) async fn with_messages(tx: &mut Tx, case: Case) -> Result<Case, Fault> {
    Ok(Case { messages: tx.list_case_messages(&case.id).await?, ..case })
}
