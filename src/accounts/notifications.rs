//! Emails about an account, written in the transaction that makes them true; the outbox sends them.

use super::undo::UndoOffer;
use super::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::timestamp::Timestamp;
use crate::mail::outbox::{EnqueueOptions, NOTIFICATION_LIFE_MS, OutboxFault};
use crate::mail::{EmailClient, EmailKind, EmailMessage, OPERATOR_PLACE};
use crate::messages::LanguageChoice;
use crate::store::{Recipient, Tx};

/// Something that happened to an account, to be told by email.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notification<'a> {
    pub(super) kind: EmailKind,
    /// The account's id.
    pub(super) account: &'a str,
    /// Its username.
    pub(super) name: &'a str,
    /// See [`EmailKind`].
    pub(super) detail: &'a str,
}

impl Notification<'_> {
    pub(super) fn email(&self, cx: &RequestContext, now: Timestamp) -> EmailMessage {
        let email = self.email_by(&cx.source.to_string(), EmailClient::of_version_line(&cx.client), now);
        EmailMessage { language: cx.language, ..email }
    }

    /// The email about what an operator's command did.
    pub(super) fn email_by_operator(&self, now: Timestamp) -> EmailMessage {
        self.email_by(OPERATOR_PLACE, Some(EmailClient::Operator), now)
    }

    pub(super) fn email_by(&self, ip: &str, client: Option<EmailClient>, now: Timestamp) -> EmailMessage {
        EmailMessage {
            name: self.name.to_owned(),
            ip: ip.to_owned(),
            client,
            detail: self.detail.to_owned(),
            ..EmailMessage::new(self.kind, now)
        }
    }
}

/// Call `outbox.wake()` after the commit of each of these.
impl Accounts {
    /// Writes an email to every verified address of an account, but those that are suspended.
    pub(super) async fn enqueue_for_account(
        &self,
        tx: &mut Tx,
        account: &str,
        email: &EmailMessage,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.enqueue_undoable(tx, account, email, None, now).await
    }

    /// The same about a change that can be undone: with the code where it may go.
    pub(super) async fn enqueue_undoable(
        &self,
        tx: &mut Tx,
        account: &str,
        email: &EmailMessage,
        undo: Option<&UndoOffer>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let expires_at = now.plus_ms(NOTIFICATION_LIFE_MS);
        let email = &localised_for(tx, account, email).await?;
        for address in tx.list_emails(account).await? {
            if address.is_in_use() {
                let with_code = undo.map(|undo| undo.with_code_of(&address.id, email));
                let email = with_code.as_ref().unwrap_or(email);
                self.enqueue(tx, Recipient::Address(&address.id), None, email, now, expires_at).await?;
            }
        }
        Ok(())
    }

    /// Tells every verified address of an account about a change that can be undone.
    pub(super) async fn notify_undoable(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        (account, name): (&str, &str),
        undo: &UndoOffer,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some(kind) = undo.change().email() else { return Ok(()) };
        let email = Notification { kind, account, name, detail: undo.detail() }.email(cx, now);
        self.enqueue_undoable(tx, account, &email, Some(undo), now).await
    }

    /// Tells every verified address of an account.
    pub(super) async fn notify(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        notification: Notification<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let email = notification.email(cx, now);
        self.enqueue_for_account(tx, notification.account, &email, now).await
    }

    /// Writes an email to an address that the account had, by its contact.
    pub(super) async fn enqueue_for_former(
        &self,
        tx: &mut Tx,
        account: &str,
        former: &str,
        email: &EmailMessage,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let expires_at = now.plus_ms(NOTIFICATION_LIFE_MS);
        let email = &localised_for(tx, account, email).await?;
        self.enqueue(tx, Recipient::Contact(former), None, email, now, expires_at).await
    }

    /// Writes an email to one stored address.
    pub(super) async fn enqueue(
        &self,
        tx: &mut Tx,
        to: Recipient<'_>,
        code: Option<&str>,
        email: &EmailMessage,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Fault> {
        let options = EnqueueOptions { class: email.kind.class(), now, expires_at };
        self.enqueue_as(tx, to, code, email, options).await
    }

    /// The same in a class of the caller's choice.
    pub(super) async fn enqueue_as(
        &self,
        tx: &mut Tx,
        to: Recipient<'_>,
        code: Option<&str>,
        email: &EmailMessage,
        options: EnqueueOptions,
    ) -> Result<(), Fault> {
        let id = new_id(options.now, &self.entropy);
        let locale = match to {
            Recipient::Address(address) | Recipient::Unverified(address) if email.time_zone.is_empty() => {
                tx.find_locale_of_address(address).await?
            }
            _ => None,
        };
        let localised = locale.map(|locale| localised(email, locale));
        Ok(self.outbox.enqueue(tx, &id, to, code, localised.as_ref().unwrap_or(email), options).await?)
    }

    /// Sends the emails that are due; gives how many were tried.
    pub async fn send_due_emails(&self) -> Result<usize, Fault> {
        Ok(self.outbox.send_due().await?)
    }
}

/// The email in the time zone and the language of the account.
async fn localised_for(tx: &mut Tx, account: &str, email: &EmailMessage) -> Result<EmailMessage, Fault> {
    Ok(localised(email, tx.find_locale(account).await?.unwrap_or_default()))
}

/// The email in that time zone, and in the language of whoever caused it unless the profile has chosen one.
fn localised(email: &EmailMessage, (time_zone, language): (String, LanguageChoice)) -> EmailMessage {
    EmailMessage { time_zone, language: language.chosen().unwrap_or(email.language), ..email.clone() }
}

impl From<OutboxFault> for Fault {
    fn from(fault: OutboxFault) -> Self {
        match fault {
            OutboxFault::Store(fault) => Self::Store(fault),
            OutboxFault::Seal(fault) => Self::Seal(fault),
            OutboxFault::Json(fault) => Self::EmailMessage(fault),
        }
    }
}
