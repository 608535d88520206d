//! Adding, listing, renaming, disabling and enabling accounts.

use std::collections::HashMap;

use super::super::event_kind::EventKind;
use super::super::hashing::Requester;
use super::super::notifications::Notification;
use super::super::{Accounts, Fault};
use super::{AdminError, MembershipView, UserView, checked_text};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::membership::Membership;
use crate::domain::name::{NameRefusal, UserName, canonical_identifier};
use crate::domain::password::PasswordOwner;
use crate::domain::secret::Secret;
use crate::domain::source::Source;
use crate::domain::text::inert;
use crate::domain::throttle::{DELETION_GRACE_MS, RELEASED_NAME_KEPT_MS};
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{Account, NewAccount, NewName, StoreFault, Tx, read_tx, write_tx};

/// An account to be added.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// Username.
    pub name: String,
    /// The primary address; the operator vouches for it.
    pub email: String,
    /// May be empty.
    pub display_name: String,
    /// `None`: the person sets the first password through *Forgot your password?*.
    pub password: Option<Secret>,
}

/// A new account whose every part was checked.
pub(super) struct ValidatedUser {
    pub(super) name: UserName,
    pub(super) email: Email,
    pub(super) display_name: String,
    pub(super) phc: Option<Secret>,
    pub(super) pepper_id: Option<String>,
}

/// Checks the parts that every new account has. `name` is what a rule for names says of `given`.
pub(super) fn check(
    (given, name): (&str, Result<UserName, NameRefusal>),
    email: &str,
    display_name: &str,
) -> Result<ValidatedUser, AdminError> {
    let shown = |given: &str| crate::domain::text::inert(given, 80);
    Ok(ValidatedUser {
        name: name.map_err(|refusal| AdminError::Name(shown(given), refusal))?,
        email: Email::parse(email).map_err(|refusal| AdminError::Address(shown(email), refusal))?,
        display_name: checked_text("a display name", display_name)?,
        phc: None,
        pepper_id: None,
    })
}

impl Accounts {
    /// Adds an account.
    pub async fn add_user(&self, new: NewUser) -> Result<UserView, AdminError> {
        self.refuse_in_directory("add it")?;
        let name = (new.name.as_str(), self.rules.names.check(&new.name));
        let mut checked = check(name, &new.email, &new.display_name)?;
        if let Some(password) = &new.password {
            let names = [checked.name.as_str(), checked.display_name.as_str()];
            let about = PasswordOwner {
                names: &names,
                addresses: &[checked.email.as_str()],
                has_second_factor: false,
            };
            let hash = self
                .hash_password(
                    Requester::known(&new.name, Source::local()),
                    self.policy().check(password.expose(), &about)?,
                )
                .await?;
            checked.phc = hash.phc;
            checked.pepper_id = hash.pepper_id;
        }
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            let account = self.insert_user(tx, &checked, now).await?;
            self.view(tx, account).await
        })
        .await
    }

    /// Up to `limit` accounts in the order of names, from the first one behind the username `after`, which need not
    /// exist any more.
    pub async fn list_users(&self, after: Option<&str>, limit: i64) -> Result<Vec<UserView>, AdminError> {
        let after = after.map(canonical_identifier);
        read_tx!(self.store, AdminError, |tx| {
            let listed = tx.list_accounts(after.as_deref(), limit).await?;
            let Some(last) = listed.last() else { return Ok(Vec::new()) };
            // Three statements a page, not two an account: of a million accounts that is most of the time.
            let last = canonical_identifier(&last.name);
            let (mut emails, mut teams) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
            for (account, address) in tx.list_addresses_of_page(after.as_deref(), &last).await? {
                emails.entry(account).or_default().push(address);
            }
            for (account, team, role) in tx.list_roles_of_page(after.as_deref(), &last).await? {
                teams.entry(account).or_default().push(MembershipView { team, role });
            }
            let view = |account: Account| {
                let emails = emails.remove(&account.id).unwrap_or_default();
                let teams = teams.remove(&account.id).unwrap_or_default();
                let has_password = self.has_password(&account);
                user_view(account, emails, teams, has_password)
            };
            Ok(listed.into_iter().map(view).collect())
        })
        .await
    }

    /// How many accounts there are.
    pub async fn count_users(&self) -> Result<i64, AdminError> {
        read_tx!(self.store, AdminError, |tx| Ok(tx.count_accounts().await?)).await
    }

    /// Disables an account and ends its sessions (on other nodes within seconds).
    pub async fn disable_user(&self, name: &str) -> Result<(), AdminError> {
        let now = self.clock.now();
        let ended = write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            if !tx.claim_disabled(&account.id, now).await? {
                return Err(AdminError::AlreadyDisabled(account.name));
            }
            tx.void_reset_codes_of(&account.id, now).await?;
            tx.void_invitations_by(&account.id, None, now).await?;
            tx.insert_event(&self.operator_event(EventKind::AccountDisabled, &account.id, now)).await?;
            self.keep_by_operator(tx, &account, now).await?;
            Ok((account.id, account.auth_epoch + 1))
        });
        let (account, epoch) = self.then_send(ended).await?;
        self.revocations.announce(&account, epoch);
        Ok(())
    }

    /// Whoever disables an account wants to look at it: nothing of it is deleted meanwhile.
    async fn keep_by_operator(&self, tx: &mut Tx, account: &Account, now: Timestamp) -> Result<(), Fault> {
        let kind = EmailKind::AccountDeletionCancelled;
        let notification = Notification { kind, account: &account.id, name: &account.name, detail: "" };
        let email = notification.email_by_operator(now);
        let event = self.operator_event(EventKind::AccountDeletionCancelled, &account.id, now);
        self.cancel_deletion_with(tx, &account.id, &event, &email, now).await?;
        Ok(())
    }

    /// Enables an account again.
    pub async fn enable_user(&self, name: &str) -> Result<(), AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            if !tx.claim_enabled(&account.id).await? {
                if tx.has_begun_deletion(&account.id).await? {
                    return Err(AdminError::DeletionBegun(account.name));
                }
                return Err(AdminError::NotDisabled(account.name));
            }
            tx.insert_event(&self.operator_event(EventKind::AccountEnabled, &account.id, now)).await?;
            Ok(())
        })
        .await
    }

    /// Gives an account another username, and tells every address of it. Its sessions end.
    pub async fn rename_user(&self, name: &str, new: &str) -> Result<String, AdminError> {
        let wanted = self.rules.names.check(new.trim());
        let wanted = wanted.map_err(|refusal| AdminError::Name(inert(new, 80), refusal))?;
        let (now, skeleton) = (self.clock.now(), wanted.skeleton());
        let done = self.then_send(write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            if account.disabled_at.is_some() {
                return Err(AdminError::Disabled(account.name));
            }
            // An account from before the directory may stand in the way of an entry of its name.
            if tx.find_entry_of(&account.id).await?.is_some() {
                self.refuse_in_directory("rename it")?;
            }
            tx.claim_any_account_lock(&account.id).await?;
            let kept_since = now.plus_ms(-RELEASED_NAME_KEPT_MS);
            let (name, canonical, skeleton) = (wanted.as_str(), wanted.canonical(), skeleton.as_str());
            let to = NewName { name, canonical, skeleton, kept_since };
            let epoch = tx.claim_name(&account.id, account.auth_epoch, to, "", now).await?;
            let epoch = epoch.ok_or_else(|| AdminError::NameTaken(name.to_owned()))?;
            // The email greets them by the old name and announces the new one.
            self.note_change(tx, &account, EventKind::NameChanged, name, now).await?;
            Ok((account.id, epoch))
        }));
        let (account, epoch) = done.await.map_err(|error| match error {
            // Somebody took the name at the very same time.
            AdminError::Fault(Fault::Store(StoreFault::Taken(_))) => {
                AdminError::NameTaken(wanted.as_str().to_owned())
            }
            error => error,
        })?;
        self.revocations.announce(&account, epoch);
        Ok(wanted.as_str().to_owned())
    }

    /// Turns the second factor off for somebody who lost the authenticator and the recovery codes. A password that is
    /// too short alone is removed too, which `true` says: the next one is set through a reset.
    pub async fn turn_off_second_factor(&self, name: &str) -> Result<bool, AdminError> {
        let now = self.clock.now();
        let (account, epoch, is_short) = self
            .then_send(write_tx!(self.store, AdminError, |tx| {
                let account = find(tx, name).await?;
                if tx.find_second_factor(&account.id).await?.is_none() {
                    return Err(AdminError::NoSecondFactor(account.name));
                }
                let is_short = tx.has_short_password(&account.id).await?;
                let detail = if is_short { "and the password" } else { "" };
                let kind = EmailKind::TwoFactorOff;
                let notification = Notification { kind, account: &account.id, name: &account.name, detail };
                let email = notification.email_by_operator(now);
                let event = self.operator_event(EventKind::TwoFactorOff, &account.id, now);
                let whose = (account.id.as_str(), account.auth_epoch);
                let Some(epoch) = self.take_second_factor_off(tx, whose, &event, &email, now).await? else {
                    return Err(AdminError::Disabled(account.name));
                };
                if is_short {
                    tx.delete_password(&account.id).await?;
                }
                Ok((account.id, epoch, is_short))
            }))
            .await?;
        self.revocations.announce(&account, epoch);
        Ok(is_short)
    }

    /// Writes a checked account, its address and its event.
    pub(super) async fn insert_user(
        &self,
        tx: &mut Tx,
        new: &ValidatedUser,
        now: Timestamp,
    ) -> Result<Account, AdminError> {
        let id = new_id(now, &self.entropy);
        let row = NewAccount {
            id: &id,
            name: new.name.as_str(),
            name_canonical: new.name.canonical(),
            name_skeleton: &new.name.skeleton(),
            display_name: &new.display_name,
            password_phc: new.phc.as_ref().map(Secret::expose),
            pepper_id: new.pepper_id.as_deref(),
            now,
            kept_since: now.plus_ms(-RELEASED_NAME_KEPT_MS),
        };
        if !tx.insert_account(&row).await? {
            return Err(AdminError::NameTaken(new.name.as_str().to_owned()));
        }
        let (address, canonical) = (new.email.as_str(), new.email.canonical());
        let row = new_id(now, &self.entropy);
        if !tx.insert_primary_email(&row, &id, (address, canonical), None, now).await? {
            return Err(AdminError::EmailTaken(address.to_owned()));
        }
        tx.insert_event(&self.operator_event(EventKind::AccountAdded, &id, now)).await?;
        tx.find_account(&id).await?.ok_or_else(|| AdminError::NoUser(new.name.as_str().to_owned()))
    }

    /// Whether there is a password: in the store, or in the directory that people are in.
    pub(super) fn has_password(&self, account: &Account) -> bool {
        account.password_phc.is_some() || self.directory.is_some()
    }

    async fn view(&self, tx: &mut Tx, account: Account) -> Result<UserView, AdminError> {
        let addresses = tx.list_emails(&account.id).await?;
        let teams = tx.list_teams_of(&account.id).await?;
        let membership = |of: Membership| MembershipView { team: of.name, role: of.role };
        let emails = addresses.into_iter().filter(|a| a.verified_at.is_some()).map(|a| a.address).collect();
        let has_password = self.has_password(&account);
        Ok(user_view(account, emails, teams.into_iter().map(membership).collect(), has_password))
    }
}

fn user_view(
    account: Account,
    emails: Vec<String>,
    teams: Vec<MembershipView>,
    has_password: bool,
) -> UserView {
    UserView {
        id: account.id,
        name: account.name,
        display_name: account.display_name,
        emails,
        teams,
        has_password,
        password_changed_at: account.password_changed_at,
        delete_at: account.deletion_requested_at.map(|at| at.plus_ms(DELETION_GRACE_MS)),
        created_at: account.created_at,
        disabled_at: account.disabled_at,
    }
}

/// Finds the account that an operator names.
pub(super) async fn find(tx: &mut Tx, name: &str) -> Result<Account, AdminError> {
    let found = tx.find_account_by_identifier(&canonical_identifier(name)).await?;
    found.ok_or_else(|| AdminError::NoUser(crate::domain::text::inert(name, 80)))
}
