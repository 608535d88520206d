//! Adding, removing and choosing addresses of an account. The operator vouches for them, so no code is asked for.

use super::super::Accounts;
use super::super::event_kind::EventKind;
use super::super::notifications::Notification;
use super::super::request::profile::EMAILS_PER_ACCOUNT;
use super::AdminError;
use super::users::find;
use crate::domain::email::Email;
use crate::domain::email_address::EmailAddress;
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{Account, StoreFault, Tx, write_tx};

impl Accounts {
    /// Adds a verified address to an account, and tells every address of it. It becomes the primary one where there is
    /// none.
    pub async fn add_email_of(&self, name: &str, address: &str) -> Result<(), AdminError> {
        self.refuse_in_directory("add it")?;
        let email = Email::parse(address.trim())
            .map_err(|refusal| AdminError::Address(inert(address, 80), refusal))?;
        let (now, id) = (self.clock.now(), new_id(self.clock.now(), &self.entropy));
        let done = self.then_send(write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            tx.claim_any_account_lock(&account.id).await?;
            let addresses = tx.list_emails(&account.id).await?;
            let known = addresses.iter().find(|known| known.canonical == email.canonical());
            if known.is_none() && addresses.len() >= EMAILS_PER_ACCOUNT {
                return Err(AdminError::TooManyEmails(account.name));
            }
            let written = (email.as_str(), email.canonical());
            if !tx.claim_vouched_email(&id, &account.id, written, now).await? {
                return Err(AdminError::EmailTaken(email.as_str().to_owned()));
            }
            if addresses.iter().all(|address| !address.is_primary) {
                let id = known.map_or(id.as_str(), |known| known.id.as_str());
                tx.claim_primary(id, &account.id, now).await?;
            }
            self.note_change(tx, &account, EventKind::EmailVerified, email.as_str(), now).await
        }));
        done.await.map_err(|error| match error {
            // Somebody verified it at the very same time.
            AdminError::Fault(super::Fault::Store(StoreFault::Taken(_))) => {
                AdminError::EmailTaken(inert(address, 80))
            }
            error => error,
        })
    }

    /// Removes an address that is not the primary one, and tells it and those that stay.
    pub async fn remove_email_of(&self, name: &str, address: &str) -> Result<(), AdminError> {
        self.refuse_in_directory("remove it")?;
        let now = self.clock.now();
        let former = new_id(now, &self.entropy);
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            tx.claim_any_account_lock(&account.id).await?;
            let (removed, all) = find_address(tx, &account, address).await?;
            if removed.is_in_use() && all.iter().filter(|other| other.is_in_use()).count() == 1 {
                return Err(AdminError::LastEmail(removed.address));
            }
            if removed.is_primary {
                return Err(AdminError::PrimaryEmail(removed.address));
            }
            tx.void_reset_codes_sent_to(&removed.id, now).await?;
            if !tx.claim_removed(&removed.id, &account.id, &former, now).await? {
                return Err(AdminError::NoEmail(account.name, removed.address));
            }
            if removed.is_in_use() {
                let kind = EmailKind::EmailRemoved;
                let notification = Notification {
                    kind,
                    account: &account.id,
                    name: &account.name,
                    detail: &removed.address,
                };
                let email = notification.email_by_operator(now);
                self.enqueue_for_former(tx, &account.id, &former, &email, now).await?;
            }
            if removed.verified_at.is_none() {
                let event = self.operator_event(EventKind::EmailRemoved, &account.id, now);
                return Ok(tx.insert_event(&event).await?);
            }
            self.note_change(tx, &account, EventKind::EmailRemoved, &removed.address, now).await
        }))
        .await
    }

    /// Makes a verified address the primary one, and tells every address. The account's sessions end.
    pub async fn set_primary_of(&self, name: &str, address: &str) -> Result<(), AdminError> {
        self.refuse_in_directory("change it")?;
        let now = self.clock.now();
        let done = self.then_send(write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            if !tx.claim_account_lock(&account.id).await? {
                return Err(AdminError::Disabled(account.name));
            }
            let (chosen, _) = find_address(tx, &account, address).await?;
            if chosen.verified_at.is_none() {
                return Err(AdminError::EmailNotVerified(chosen.address));
            }
            if chosen.suspended_at.is_some() {
                return Err(AdminError::EmailSuspended(chosen.address));
            }
            if chosen.is_primary {
                return Err(AdminError::AlreadyPrimary(chosen.address));
            }
            let epoch = tx.claim_epoch(&account.id, account.auth_epoch, "", now).await?;
            let epoch = epoch.ok_or_else(|| AdminError::Disabled(account.name.clone()))?;
            tx.claim_primary(&chosen.id, &account.id, now).await?;
            self.note_change(tx, &account, EventKind::PrimaryEmailChanged, &chosen.address, now).await?;
            Ok((account.id, epoch))
        }));
        let (account, epoch) = done.await?;
        self.revocations.announce(&account, epoch);
        Ok(())
    }

    /// Writes the row, and the email to every address of the account.
    pub(super) async fn note_change(
        &self,
        tx: &mut Tx,
        account: &Account,
        event_kind: EventKind,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        tx.insert_event(&self.operator_event(event_kind, &account.id, now)).await?;
        if let Some(kind) = event_kind.email() {
            let notification = Notification { kind, account: &account.id, name: &account.name, detail };
            let email = notification.email_by_operator(now);
            self.enqueue_for_account(tx, &account.id, &email, now).await?;
        }
        Ok(())
    }
}

/// The address that an operator names, and all of the account.
async fn find_address(
    tx: &mut Tx,
    account: &Account,
    address: &str,
) -> Result<(EmailAddress, Vec<EmailAddress>), AdminError> {
    let all = tx.list_emails(&account.id).await?;
    let canonical = canonical_identifier(address);
    let found = all.iter().find(|known| known.canonical == canonical).cloned();
    let found = found.ok_or_else(|| AdminError::NoEmail(account.name.clone(), inert(address, 80)))?;
    Ok((found, all))
}
