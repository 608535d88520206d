//! Deleting an account at its owner's request, where the setting `account.deletion` allows it.
//!
//! Nothing is deleted at once. A request, with a fresh proof and the second factor where there is one, ends every session
//! and leaves a moment behind; for [`DELETION_GRACE_MS`] after it every sign-in, reset and undo cancels it, and so does an
//! operator who disables the account. Every address is told of the request, with an undo code, of a cancellation and of
//! the deletion. No request shortens the days of another one: a second one takes a sign-in, which cancels the first, and
//! no undo code of the first expires before the account is deleted ([`super::undo`]).
//!
//! Whoever is the last owner of a team with other members is told so first, and nothing is deleted before somebody else
//! owns it too; until the account is gone, it does not count as an owner any more. A team without other members goes with
//! the account. The sweep that deletes old rows deletes accounts too, on whichever node is first.
//!
//! An account goes with all that is its own in one transaction, but for its events, from which the person is taken out one
//! by one because each is sealed. Where there are many, that comes before, in transactions of their own, of which the first
//! disables the account for good; whoever sweeps next goes on with what was interrupted.

use tokio_util::sync::CancellationToken;

use super::event_kind::{EventKind, Subject};
use super::notifications::Notification;
use super::request::deletion::{DeletionPreview, DeletionRefusal, DeletionReply, DeletionRequest};
use super::request::{Refusal, SignedIn};
use super::shared::{SweepPace, commit_even_if_refused, lock_current, require_current, reserve};
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::membership::Membership;
use crate::domain::throttle::DELETION_GRACE_MS;
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{DueDeletion, OwnedTeam, Tx, read_tx, write_tx};

/// Accounts that are looked for at a time.
const BATCH: i64 = 50;

/// Who has an account deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeletedBy {
    Owner,
    Operator,
}

/// How much of an account one transaction has deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deleted {
    /// It is not due any more, or gone already.
    Nothing,
    /// The person was taken out of some of its events; there are more.
    Some,
    All,
}

impl Accounts {
    /// The stories of [`super::request::Request::Deletion`].
    pub(super) async fn deletion(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: DeletionRequest,
    ) -> Result<DeletionReply, Error> {
        if !self.rules.account_deletion {
            return Err(DeletionRefusal::Off.into());
        }
        match request {
            DeletionRequest::Preview => {
                read_tx!(self.store, Error, |tx| {
                    require_current(tx, member).await?;
                    Ok(DeletionReply::Preview(preview(tx, member.account()).await?))
                })
                .await
            }
            DeletionRequest::Delete => self.request_deletion(cx, member).await,
        }
    }

    async fn request_deletion(&self, cx: &RequestContext, member: &SignedIn) -> Result<DeletionReply, Error> {
        let (now, account, name) = (self.clock.now(), member.account(), member.name());
        let (bucket, mark) = (BucketKind::Deletion.of(&[account]), new_id(now, &self.entropy));
        let delete_at = now.plus_ms(DELETION_GRACE_MS);
        let event_kind = EventKind::AccountDeletionRequested;
        let kind = EmailKind::AccountDeletionRequested;
        let requested = commit_even_if_refused!(self.store, |tx| {
            lock_current(tx, member).await?;
            reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?;
            lock_owned_teams(tx, account, now).await?;
            let last_owner_of = preview(tx, account).await?.last_owner_of;
            if !last_owner_of.is_empty() {
                return Err(DeletionRefusal::LastOwner(last_owner_of).into());
            }
            let undo = self.offer_undo(tx, cx, account, (event_kind, ""), now).await?;
            let Some(epoch) = tx.claim_deletion_request(account, member.epoch(), now).await? else {
                self.withdraw_undo(tx, &undo).await?;
                return Err(Refusal::SignedOutElsewhere.into());
            };
            // Nobody may become a member of a team whose owner has gone.
            tx.void_invitations_by(account, None, now).await?;
            self.record(tx, cx, member, event_kind, now).await?;
            let email = Notification { kind, account, name, detail: "" }.email(cx, now);
            let email = EmailMessage { until: delete_at.epoch_ms(), ..email };
            self.enqueue_undoable(tx, account, &email, Some(&undo), now).await?;
            Ok(epoch)
        });
        let epoch = self.then_send(requested).await?;
        self.revocations.announce(account, epoch);
        Ok(DeletionReply::Requested(delete_at))
    }

    /// Cancels the deletion of an account, if it is to be deleted: writes `event` and an email to every verified address.
    /// The account is locked from here on. Call `outbox.wake()` after the commit.
    pub(super) async fn cancel_deletion_with(
        &self,
        tx: &mut Tx,
        account: &str,
        event: &AuditEvent,
        email: &EmailMessage,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if !tx.claim_deletion_cancelled(account).await? {
            return Ok(false);
        }
        tx.insert_event(event).await?;
        self.enqueue_for_account(tx, account, email, now).await?;
        Ok(true)
    }

    /// The same for what is done at a connection.
    pub(super) async fn cancel_deletion(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        (account, name): (&str, &str),
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let subject = Subject::Account(account, name);
        let event = self.event(EventKind::AccountDeletionCancelled, subject, cx, now);
        let kind = EmailKind::AccountDeletionCancelled;
        let email = Notification { kind, account, name, detail: "" }.email(cx, now);
        self.cancel_deletion_with(tx, account, &event, &email, now).await
    }

    /// Deletes the accounts that are due; gives how many. What somebody else deletes or cancels meanwhile is left alone.
    pub async fn delete_due_accounts(&self) -> Result<u64, Fault> {
        self.delete_due_accounts_until(&CancellationToken::new()).await
    }

    /// The same, until nothing is left or `stop`.
    pub(super) async fn delete_due_accounts_until(&self, stop: &CancellationToken) -> Result<u64, Fault> {
        let mut deleted = 0;
        loop {
            let now = self.clock.now();
            let due = read_tx!(self.store, Fault, |tx| Ok(tx.list_due_deletions(now, BATCH).await?)).await?;
            let before = deleted;
            for account in &due {
                loop {
                    let pace = SweepPace::begin();
                    let done =
                        write_tx!(self.store, Fault, |tx| self.delete_due_account(tx, account, now).await);
                    match self.then_send(done).await {
                        Ok(Deleted::Some) if pace.pause(stop).await => continue,
                        Ok(Deleted::Some) => return Ok(deleted),
                        Ok(Deleted::All) => {
                            deleted += 1;
                            tracing::info!("an account was deleted");
                        }
                        Ok(Deleted::Nothing) => {}
                        // The others, and whatever else is due, do not wait for it.
                        Err(fault) => {
                            tracing::error!(%fault, "an account could not be deleted; it is tried again");
                        }
                    }
                    break;
                }
            }
            if deleted == before {
                return Ok(deleted);
            }
        }
    }

    async fn delete_due_account(
        &self,
        tx: &mut Tx,
        DueDeletion { account, name, requested_at }: &DueDeletion,
        now: Timestamp,
    ) -> Result<Deleted, Fault> {
        if !tx.claim_due_deletion(account, now).await? {
            return Ok(Deleted::Nothing);
        }
        lock_owned_teams(tx, account, now).await?;
        let owned = tx.list_teams_owned_alone(account).await?;
        if owned.iter().any(|team| team.others > 0) {
            return Ok(Deleted::Nothing);
        }
        let by = if requested_at.is_some() { DeletedBy::Owner } else { DeletedBy::Operator };
        self.delete_locked_account(tx, (account, name), by, now).await
    }

    /// Deletes an account that is locked, or takes the person out of a batch of its events when those were not all.
    pub(super) async fn delete_locked_account(
        &self,
        tx: &mut Tx,
        (account, name): (&str, &str),
        by: DeletedBy,
        now: Timestamp,
    ) -> Result<Deleted, Fault> {
        // Which rows belong together can still be told, and whose they were no more.
        let subject = self.keyring.get().identifier_mac(&format!("deleted account\n{account}"));
        if !tx.erase_events(account, &subject).await? {
            tx.begin_deletion(account, now).await?;
            return Ok(Deleted::Some);
        }
        let kind = EmailKind::AccountDeleted;
        let notification = Notification { kind, account, name, detail: "" };
        let email = match by {
            DeletedBy::Owner => notification.email_by("", None, now),
            DeletedBy::Operator => notification.email_by_operator(now),
        };
        for address in tx.list_emails(account).await? {
            if address.is_in_use() {
                let contact = new_id(now, &self.entropy);
                tx.insert_contact(&contact, &address.address, &address.canonical, now).await?;
                self.enqueue_for_former(tx, account, &contact, &email, now).await?;
            }
        }
        tx.delete_account(account, now).await?;
        let mut event = self.operator_event_about(EventKind::AccountDeleted, Subject::Nobody(&subject), now);
        if by == DeletedBy::Owner {
            event.client.clear();
        }
        tx.insert_event(&event).await?;
        Ok(Deleted::All)
    }
}

async fn preview(tx: &mut Tx, account: &str) -> Result<DeletionPreview, Fault> {
    let owned = tx.list_teams_owned_alone(account).await?;
    let (shared, alone): (Vec<OwnedTeam>, Vec<OwnedTeam>) =
        owned.into_iter().partition(|team| team.others > 0);
    let names = |teams: Vec<OwnedTeam>| teams.into_iter().map(|team| team.name).collect();
    Ok(DeletionPreview { last_owner_of: names(shared), teams_deleted: names(alone) })
}

/// Makes every other change of who owns these teams wait. In the order of their ids, as everybody does it.
async fn lock_owned_teams(tx: &mut Tx, account: &str, now: Timestamp) -> Result<(), Fault> {
    let mut teams = tx.list_teams_of(account).await?;
    teams.retain(Membership::is_owner);
    teams.sort_by(|one, other| one.id.cmp(&other.id));
    for team in teams {
        tx.set_team_changed(&team.id, now).await?;
    }
    Ok(())
}
