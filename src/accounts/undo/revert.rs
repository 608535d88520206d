//! Undoing a change: everything in one transaction, and the right to set a new password.

use super::FoundUndo;
use super::plan::{UndoPlan, kind_of, plan};
use crate::accounts::directory_password::{PasswordVoid, may_still_be_set};
use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::hashing::Requester;
use crate::accounts::notifications::Notification;
use crate::accounts::request::undo::{UndoReply, UndoSummary};
use crate::accounts::request::{Refusal, ResetGrant, SignedIn};
use crate::accounts::second_factor::{CheckedFactor, TypedFactor, WrongFactor};
use crate::accounts::shared::passwords::NewHash;
use crate::accounts::{Accounts, Error, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::password::{Normalised, PasswordOwner};
use crate::domain::secret::Secret;
use crate::domain::throttle::GRANT_LIFE_MS;
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{GrantedBy, NewGrant, Tx, read_tx, write_tx};

/// What an undone change leaves behind.
struct Reverted {
    grant: ResetGrant,
    summary: UndoSummary,
    void: PasswordVoid,
    epoch: i64,
}

impl Accounts {
    pub(super) async fn revert(
        &self,
        cx: &RequestContext,
        typed: &Secret,
        second_factor: Option<&Secret>,
    ) -> Result<UndoReply, Error> {
        let Some(Reverted { grant, mut summary, void, .. }) =
            self.revert_in_store(cx, typed, second_factor).await?
        else {
            return Ok(UndoReply::SecondFactorFirst);
        };
        summary.keeps_password = !self.has_voided_password(&grant.account, &void).await;
        Ok(UndoReply::Reverted(grant, summary))
    }

    /// Reverts what the store has; nothing where the second factor must be shown first. A directory that is away now
    /// leaves the code as good as it is: nobody is left without a password who could have waited.
    async fn revert_in_store(
        &self,
        cx: &RequestContext,
        typed: &Secret,
        second_factor: Option<&Secret>,
    ) -> Result<Option<Reverted>, Error> {
        let found = self.find_undo(cx, typed, self.clock.now()).await?;
        if found.snapshot.factor_since.is_some() && second_factor.is_none() {
            return Ok(None);
        }
        if !Box::pin(self.is_in_directory(&found.account.id)).await? {
            return Err(Refusal::ClosedInDirectory.into());
        }
        let checked = self.check_second_factor_of(cx, &found, second_factor).await?;
        let now = self.clock.now();
        let reverted = self.then_send(write_tx!(self.store, Error, |tx| self
            .revert_in(tx, cx, &found, checked.as_ref(), now)
            .await));
        let reverted = self.or_refuse_factor(cx, &found, reverted.await).await?;
        self.revocations.announce(&found.account.id, reverted.epoch);
        Ok(Some(reverted))
    }

    pub(super) async fn revert_and_set_password(
        &self,
        cx: &RequestContext,
        typed: &Secret,
        second_factor: Option<&Secret>,
        password: &Secret,
    ) -> Result<UndoReply, Error> {
        let found = self.find_undo(cx, typed, self.clock.now()).await?;
        if self.directory.is_some() {
            self.check_policy_after(&found, password).await?;
            return self.revert_then_set_password(cx, typed, second_factor, password).await;
        }
        let password = self.check_policy_after(&found, password).await?;
        if found.snapshot.factor_since.is_some() && second_factor.is_none() {
            return Ok(UndoReply::SecondFactorFirst);
        }
        let hash = self.hash_password(Requester::known(&found.account.id, cx.source), password).await?;
        let checked = self.check_second_factor_of(cx, &found, second_factor).await?;
        let done = self.commit_revert_and_password(cx, &found, checked.as_ref(), &hash).await;
        let (member, summary) = self.or_refuse_factor(cx, &found, done).await?;
        self.revocations.announce(&found.account.id, member.epoch());
        let suspended = member.suspended();
        Ok(UndoReply::PasswordSet(self.rules.sign_in_after_reset.then_some(member), summary, suspended))
    }

    /// The same where a directory has the password, which is set once the change is undone. Where the wanted one is not
    /// taken, nobody is to know the one that is there.
    async fn revert_then_set_password(
        &self,
        cx: &RequestContext,
        typed: &Secret,
        second_factor: Option<&Secret>,
        password: &Secret,
    ) -> Result<UndoReply, Error> {
        let Some(Reverted { grant, mut summary, void, .. }) =
            self.revert_in_store(cx, typed, second_factor).await?
        else {
            return Ok(UndoReply::SecondFactorFirst);
        };
        let set = match &void {
            PasswordVoid::Leased(lease) => self.set_under_lease(cx, &grant, password, Some(lease)).await,
            PasswordVoid::Later => Err(self.refuse_while_password_is_set(&grant.account).await),
            PasswordVoid::InStore | PasswordVoid::Never => Err(Refusal::KeptInDirectory.into()),
        };
        match set {
            Ok(member) => {
                let suspended = member.suspended();
                Ok(UndoReply::PasswordSet(
                    self.rules.sign_in_after_reset.then_some(member),
                    summary,
                    suspended,
                ))
            }
            Err(error) => {
                // What may still be set is taken away later, by the worker.
                summary.keeps_password =
                    may_still_be_set(&error) || !self.has_voided_password(&grant.account, &void).await;
                Ok(UndoReply::PasswordNotSet(grant, summary, self.refusal_of(error)))
            }
        }
    }

    async fn commit_revert_and_password(
        &self,
        cx: &RequestContext,
        found: &FoundUndo,
        checked: Option<&CheckedFactor>,
        hash: &NewHash,
    ) -> Result<(SignedIn, UndoSummary), Error> {
        // The code may have expired while the password was hashed.
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, Error, |tx| {
            let Reverted { grant, summary, .. } = self.revert_in(tx, cx, found, checked, now).await?;
            Ok((self.use_grant(tx, cx, &grant, hash, None, now).await?, summary))
        }))
        .await
    }

    /// Checks the second factor that was on before the change, where there was one.
    async fn check_second_factor_of(
        &self,
        cx: &RequestContext,
        found: &FoundUndo,
        typed: Option<&Secret>,
    ) -> Result<Option<CheckedFactor>, Error> {
        let (Some(on_since), Some(typed)) = (found.snapshot.factor_since, typed) else { return Ok(None) };
        let typed = TypedFactor::read(typed)?;
        Ok(Some(self.check_former_factor(cx, found, on_since, &typed).await?))
    }

    /// Records a second factor that somebody else used up first.
    async fn or_refuse_factor<T>(
        &self,
        cx: &RequestContext,
        found: &FoundUndo,
        done: Result<T, Error>,
    ) -> Result<T, Error> {
        match done {
            Err(Error::Refused(Refusal::SecondFactorRefused)) => {
                Err(self.refuse_former_factor(cx, found, WrongFactor::default()).await?.into())
            }
            done => done,
        }
    }

    /// The policy for the account as it will be.
    async fn check_policy_after(&self, found: &FoundUndo, new: &Secret) -> Result<Normalised, Error> {
        let addresses = read_tx!(self.store, Error, |tx| {
            let then = tx.list_undo_addresses(&found.snapshot.id).await?;
            Ok((then, tx.list_emails(&found.account.id).await?))
        });
        let (then, now) = addresses.await?;
        let addresses: Vec<&str> = then.iter().chain(&now).map(|address| address.address.as_str()).collect();
        let names = [found.account.name.as_str(), found.account.display_name.as_str()];
        let has_second_factor = found.snapshot.factor_since.is_some();
        let about = PasswordOwner { names: &names, addresses: &addresses, has_second_factor };
        Ok(self.policy().check(new.expose(), &about)?)
    }

    /// All of it in the caller's transaction; an error rolls all of it back. The account is locked first, so that no
    /// other change of it comes in between.
    async fn revert_in(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        found: &FoundUndo,
        checked: Option<&CheckedFactor>,
        now: Timestamp,
    ) -> Result<Reverted, Error> {
        let FoundUndo { snapshot, account } = found;
        tx.claim_any_account_lock(&account.id).await?;
        if !tx.claim_undo_snapshot(&snapshot.id, &snapshot.recipient, now).await? {
            return Err(Refusal::UndoCodeRefused.into());
        }
        if let Some(on_since) = snapshot.factor_since {
            let right = checked.ok_or(Refusal::SecondFactorRefused)?;
            if !self.claim_former_factor(tx, cx, found, on_since, right, now).await? {
                return Err(Refusal::SecondFactorRefused.into());
            }
        }
        tx.void_younger_undo_codes(&account.id, snapshot.nth, now).await?;
        let mut plan = plan(tx, found).await?;
        let former = self.restore_addresses(tx, found, &mut plan, now).await?;
        tx.delete_keys_added_since(&snapshot.id, &account.id).await?;
        match snapshot.factor_since {
            None => tx.delete_second_factor(&account.id).await?,
            Some(_) if plan.keeps_second_factor => {
                tx.restore_recovery_codes(&snapshot.id, &account.id).await?;
            }
            Some(on_since) => {
                tx.restore_second_factor(&account.id, on_since).await?;
                tx.restore_recovery_codes(&snapshot.id, &account.id).await?;
            }
        }
        let epoch = tx.void_password(&account.id, now).await?.ok_or(Refusal::UndoCodeRefused)?;
        let void = self.begin_password_void(tx, &account.id, now).await?;
        tx.void_reset_codes_of(&account.id, now).await?;
        tx.clear_buckets_of(&account.id).await?;
        tx.delete_known_sources(&account.id).await?;
        let grant = self.grant_after_undo(tx, found, epoch, now).await?;
        self.cancel_deletion(tx, cx, (&account.id, &account.name), now).await?;
        self.tell_of_undo(tx, cx, found, &former, checked, now).await?;
        Ok(Reverted { grant, summary: plan.summary, void, epoch })
    }

    /// Brings the addresses of then back and deletes the others; gives the contacts of verified ones that are deleted.
    async fn restore_addresses(
        &self,
        tx: &mut Tx,
        FoundUndo { snapshot, account }: &FoundUndo,
        plan: &mut UndoPlan,
        now: Timestamp,
    ) -> Result<Vec<String>, Fault> {
        let mut former = Vec::new();
        for address in &plan.deleted {
            tx.delete_email(&address.id, &account.id).await?;
            if address.verified_at.is_some() {
                let contact = new_id(now, &self.entropy);
                tx.insert_contact(&contact, &address.address, &address.canonical, now).await?;
                former.push(contact);
            }
        }
        for address in &plan.restored {
            if !tx.restore_email(&snapshot.id, &address.id, &account.id).await? {
                plan.summary.lose(&address.address);
            }
        }
        tx.restore_suspensions(&snapshot.id, &account.id).await?;
        // Another account may have verified it since the addresses were compared.
        let kept = tx.list_emails(&account.id).await?;
        let primary = plan.primary.as_ref();
        let primary = kept.iter().find(|address| Some(&address.canonical) == primary).or(kept.first());
        if let Some(primary) = primary {
            tx.restore_primary(&account.id, &primary.canonical, now).await?;
        }
        Ok(former)
    }

    /// The right to set the next password, earned by the code, and the second factor where there is one.
    async fn grant_after_undo(
        &self,
        tx: &mut Tx,
        FoundUndo { snapshot, account }: &FoundUndo,
        epoch: i64,
        now: Timestamp,
    ) -> Result<ResetGrant, Fault> {
        let (id, has_second_factor) = (new_id(now, &self.entropy), snapshot.factor_since.is_some());
        tx.insert_grant(&NewGrant {
            id: &id,
            account: &account.id,
            by: GrantedBy::Undo(&snapshot.id),
            epoch,
            now,
            expires_at: now.plus_ms(GRANT_LIFE_MS),
            second_factor_at: has_second_factor.then_some(now),
        })
        .await?;
        let (account, name) = (account.id.clone(), account.name.clone());
        Ok(ResetGrant { id, account, name, has_second_factor, current: None })
    }

    /// The row, and the emails to the addresses that the account has again and to those that it has no more. None of
    /// them has a code: an undo is final. Who lost by it must not undo it, and who has the account again has a reset and
    /// the codes of older changes.
    async fn tell_of_undo(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        FoundUndo { snapshot, account }: &FoundUndo,
        former: &[String],
        checked: Option<&CheckedFactor>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (id, name) = (account.id.as_str(), account.name.as_str());
        let detail = kind_of(&snapshot.kind)?.as_str();
        tx.insert_event(&self.event(EventKind::ChangeUndone, Subject::Account(id, name), cx, now)).await?;
        let email = Notification { kind: EmailKind::ChangeUndone, account: id, name, detail }.email(cx, now);
        self.enqueue_for_account(tx, id, &email, now).await?;
        for contact in former {
            self.enqueue_for_former(tx, id, contact, &email, now).await?;
        }
        if let Some(CheckedFactor::Recovery(_)) = checked {
            let left = tx.find_second_factor(id).await?.map_or(0, |factor| factor.recovery_codes).to_string();
            let kind = EmailKind::RecoveryCodeUsed;
            self.notify(tx, cx, Notification { kind, account: id, name, detail: &left }, now).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::portal::PortalInfo;
    use crate::mail::EmailMessage;
    use crate::mail::templates::Templates;
    use crate::messages::Language;

    #[test]
    fn the_email_about_an_undo_says_what_the_activity_says() {
        let undoable = || EventKind::VARIANTS.iter().filter(|kind| kind.may_be_undone());
        assert!(undoable().count() > 5);
        for (kind, language) in undoable().flat_map(|kind| Language::ALL.map(|language| (kind, language))) {
            let email = EmailMessage {
                detail: kind.as_str().to_owned(),
                language,
                ..EmailMessage::new(EmailKind::ChangeUndone, Timestamp::from_epoch_ms(0))
            };
            let written = Templates::default().write(&email, &PortalInfo::for_test()).unwrap().text;
            assert!(written.contains(kind.sentence().to(&language)), "{written}");
        }
    }
}
