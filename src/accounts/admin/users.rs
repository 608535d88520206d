//! Making, showing, shutting and opening accounts.

use super::super::Accounts;
use super::super::happened::Happened;
use super::super::outbox::Tale;
use super::{Denied, MembershipView, UserView, checked_text};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::domain::name::{UserName, canonical_identifier};
use crate::domain::password::About;
use crate::domain::secret::Secret;
use crate::mail::About as MailAbout;
use crate::store::{Account, NewAccount, Tx, read_tx, write_tx};

/// An account that an operator wants made.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// Username.
    pub name: String,
    /// The main address; the operator vouches for it.
    pub email: String,
    /// May be empty.
    pub display_name: String,
    /// `None`: the person sets the first password through *Forgot your password?*.
    pub password: Option<Secret>,
}

/// A new account whose every part was checked.
pub(super) struct Checked {
    pub(super) name: UserName,
    pub(super) email: Email,
    pub(super) display_name: String,
    pub(super) phc: Option<Secret>,
    pub(super) pepper_id: Option<String>,
}

/// Checks the parts that every new account has.
pub(super) fn check(name: &str, email: &str, display_name: &str) -> Result<Checked, Denied> {
    let shown = |given: &str| crate::domain::text::inert(given, 80);
    Ok(Checked {
        name: UserName::parse(name).map_err(|refusal| Denied::Name(shown(name), refusal))?,
        email: Email::parse(email).map_err(|refusal| Denied::Address(shown(email), refusal))?,
        display_name: checked_text("a display name", display_name)?,
        phc: None,
        pepper_id: None,
    })
}

impl Accounts {
    /// Makes an account.
    pub async fn add_user(&self, new: NewUser) -> Result<UserView, Denied> {
        let mut checked = check(&new.name, &new.email, &new.display_name)?;
        if let Some(password) = &new.password {
            let names = [checked.name.as_str(), checked.display_name.as_str()];
            let about = About { names: &names, addresses: &[checked.email.as_str()], has_second_step: false };
            let hash = self.hash_password(self.policy.check(password.expose(), &about)?).await?;
            checked.phc = Some(hash.phc);
            checked.pepper_id = hash.pepper_id;
        }
        let now = self.clock.now();
        write_tx!(self.store, Denied, |tx| {
            let account = self.insert_user(tx, &checked, now).await?;
            self.view(tx, account).await
        })
        .await
    }

    /// Every account, in the order of names.
    pub async fn list_users(&self) -> Result<Vec<UserView>, Denied> {
        read_tx!(self.store, Denied, |tx| {
            let mut views = Vec::new();
            for account in tx.list_accounts().await? {
                views.push(self.view(tx, account).await?);
            }
            Ok(views)
        })
        .await
    }

    /// How many accounts there are.
    pub async fn count_users(&self) -> Result<i64, Denied> {
        read_tx!(self.store, Denied, |tx| Ok(tx.count_accounts().await?)).await
    }

    /// One account, by username or address.
    pub async fn show_user(&self, name: &str) -> Result<UserView, Denied> {
        read_tx!(self.store, Denied, |tx| {
            let account = find(tx, name).await?;
            self.view(tx, account).await
        })
        .await
    }

    /// Shuts an account and ends its visits (on other nodes within seconds).
    pub async fn disable_user(&self, name: &str) -> Result<(), Denied> {
        let now = self.clock.now();
        let ended = write_tx!(self.store, Denied, |tx| {
            let account = find(tx, name).await?;
            if !tx.claim_disabled(&account.id, now).await? {
                return Err(Denied::AlreadyDisabled(account.name));
            }
            tx.void_reset_codes_of(&account.id, now).await?;
            tx.kill_invitations_by(&account.id, None, now).await?;
            tx.insert_event(&self.operator_event(Happened::AccountDisabled, &account.id, now)).await?;
            Ok((account.id, account.auth_epoch + 1))
        });
        let (account, epoch) = ended.await?;
        self.endings.announce(&account, epoch);
        Ok(())
    }

    /// Opens an account again.
    pub async fn enable_user(&self, name: &str) -> Result<(), Denied> {
        let now = self.clock.now();
        write_tx!(self.store, Denied, |tx| {
            let account = find(tx, name).await?;
            if !tx.claim_enabled(&account.id).await? {
                return Err(Denied::NotDisabled(account.name));
            }
            tx.insert_event(&self.operator_event(Happened::AccountEnabled, &account.id, now)).await?;
            Ok(())
        })
        .await
    }

    /// Turns somebody's second step off who has lost the authenticator and the recovery codes, as they would
    /// themselves. A password that is good only beside it goes too, which `true` says: the next one is set
    /// through a reset.
    pub async fn turn_off_second_step(&self, name: &str) -> Result<bool, Denied> {
        let now = self.clock.now();
        let off = write_tx!(self.store, Denied, |tx| {
            let account = find(tx, name).await?;
            if tx.find_second_step(&account.id).await?.is_none() {
                return Err(Denied::NoSecondStep(account.name));
            }
            let is_short = tx.has_short_password(&account.id).await?;
            let detail = if is_short { "and the password" } else { "" };
            let about = MailAbout::SecondStepOff;
            let tale = Tale { about, account: &account.id, name: &account.name, detail };
            let letter = tale.letter_by_operator(now);
            let event = self.operator_event(Happened::SecondStepOff, &account.id, now);
            let whose = (account.id.as_str(), account.auth_epoch);
            let Some(epoch) = self.take_second_step_off(tx, whose, &event, &letter, now).await? else {
                return Err(Denied::Disabled(account.name));
            };
            if is_short {
                tx.delete_password(&account.id).await?;
            }
            Ok((account.id, epoch, is_short))
        });
        let (account, epoch, is_short) = off.await?;
        self.endings.announce(&account, epoch);
        self.letter_written.notify_one();
        Ok(is_short)
    }

    /// Writes a checked account, its address and its event.
    pub(super) async fn insert_user(
        &self,
        tx: &mut Tx,
        new: &Checked,
        now: Moment,
    ) -> Result<Account, Denied> {
        let id = new_id(now, &self.chance);
        let row = NewAccount {
            id: &id,
            name: new.name.as_str(),
            name_canonical: new.name.canonical(),
            display_name: &new.display_name,
            password_phc: new.phc.as_ref().map(Secret::expose),
            pepper_id: new.pepper_id.as_deref(),
            now,
        };
        if !tx.insert_account(&row).await? {
            return Err(Denied::NameTaken(new.name.as_str().to_owned()));
        }
        let (address, canonical) = (new.email.as_str(), new.email.canonical());
        if !tx.insert_main_address(&new_id(now, &self.chance), &id, address, canonical, now).await? {
            return Err(Denied::AddressTaken(address.to_owned()));
        }
        tx.insert_event(&self.operator_event(Happened::AccountAdded, &id, now)).await?;
        tx.find_account(&id).await?.ok_or_else(|| Denied::NoUser(new.name.as_str().to_owned()))
    }

    async fn view(&self, tx: &mut Tx, account: Account) -> Result<UserView, Denied> {
        let addresses = tx.list_addresses(&account.id).await?;
        let teams = tx.list_teams_of(&account.id).await?;
        let membership =
            |of: crate::store::TeamOfMember| MembershipView { team: of.team.name, role: of.role };
        let time = |at: Moment| at.to_string();
        Ok(UserView {
            id: account.id,
            name: account.name,
            display_name: account.display_name,
            addresses: addresses.into_iter().filter(|a| a.verified_at.is_some()).map(|a| a.address).collect(),
            teams: teams.into_iter().map(membership).collect(),
            has_password: account.password_phc.is_some(),
            password_changed_at: account.password_changed_at.map(time),
            created_at: time(account.created_at),
            disabled_at: account.disabled_at.map(time),
        })
    }
}

/// The account that an operator means.
pub(super) async fn find(tx: &mut Tx, name: &str) -> Result<Account, Denied> {
    let found = tx.find_account_by_identifier(&canonical_identifier(name)).await?;
    found.ok_or_else(|| Denied::NoUser(crate::domain::text::inert(name, 80)))
}
