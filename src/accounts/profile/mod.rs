//! What a member says of themselves and prefers, and the addresses they are reached at.

mod change;
mod emails;
mod verify;

use super::request::profile::{ProfileReply, ProfileRequest};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, RequestContext};
use crate::domain::email::Email;
use crate::domain::email_address::EmailAddress;
use crate::domain::name::UserName;
use crate::domain::profile::Profile;
use crate::domain::throttle::REVIEW_AFTER_MS;
use crate::store::{Tx, read_tx, write_tx};

/// How a person likes to be met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// By plain prompts instead of a screen.
    pub plain: bool,
    /// Without colours.
    pub no_color: bool,
}

impl Accounts {
    /// The story of [`super::request::Request::Profile`].
    pub(super) async fn profile(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        ask: ProfileRequest,
    ) -> Result<Reply, Fault> {
        let done = match ask {
            ProfileRequest::Show => self.show_profile(member).await,
            ProfileRequest::Set { changes, seen } => self.set_profile(cx, member, &changes, seen).await,
            ProfileRequest::Review { seen } => self.review(cx, member, &seen).await,
            ProfileRequest::AddEmail { address } => self.add_email(cx, member, &address).await,
            ProfileRequest::SendCode { address } => self.send_verification_code(cx, member, &address).await,
            ProfileRequest::VerifyEmail { address, code } => {
                self.verify_email(cx, member, &address, &code).await
            }
            ProfileRequest::SetPrimary { address } => self.set_primary(cx, member, &address).await,
            ProfileRequest::RemoveEmail { address } => self.remove_email(cx, member, &address).await,
        };
        Ok(match done? {
            Ok(answer) => Reply::Profile(answer),
            Err(refusal) => Reply::Refused(refusal),
        })
    }

    async fn show_profile(&self, member: &SignedIn) -> Result<Result<ProfileReply, Refusal>, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            Ok(Ok(ProfileReply::Profile(profile_of(tx, member.account()).await?)))
        })
        .await
    }

    /// Notes that the addresses are right, provided that they are those that were looked at.
    async fn review(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        seen: &[String],
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        use super::event_kind::{EventKind, Subject};
        let now = self.clock.now();
        let account = member.account();
        let event = self.event(EventKind::RecoveryReviewed, Subject::Account(account), cx, now);
        write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let profile = profile_of(tx, account).await?;
            let mut there: Vec<&String> =
                profile.emails.iter().filter(|a| a.verified_at.is_some()).map(|a| &a.id).collect();
            let mut seen: Vec<&String> = seen.iter().collect();
            there.sort();
            seen.sort();
            if there != seen {
                return Ok(Ok(ProfileReply::ChangedElsewhere(profile)));
            }
            tx.set_reviewed(account, now).await?;
            tx.insert_event(&event).await?;
            Ok(Ok(ProfileReply::Reviewed(Profile { reviewed_at: Some(now), ..profile })))
        })
        .await
    }

    /// How the open account of this username likes to be met.
    pub async fn preferences_of(&self, name: &str) -> Result<Preferences, Fault> {
        let Ok(name) = UserName::parse(name) else { return Ok(Preferences::default()) };
        let found = read_tx!(self.store, Fault, |tx| Ok(tx.find_preferences(name.canonical()).await?));
        let preferences = |(plain, no_color)| Preferences { plain, no_color };
        Ok(found.await?.map(preferences).unwrap_or_default())
    }

    /// True when somebody who comes in should be reminded to look at their recovery details.
    pub(super) async fn is_review_due(&self, tx: &mut Tx, account: &str) -> Result<bool, Fault> {
        Ok(tx.is_review_due(account, self.clock.now().plus_ms(-REVIEW_AFTER_MS)).await?)
    }
}

/// True when the member's proof is good; then every other change of the account waits for this one's end.
async fn is_held(tx: &mut Tx, member: &SignedIn) -> Result<bool, Fault> {
    Ok(tx.claim_account_lock(member.account()).await?
        && tx.is_current(member.account(), member.epoch()).await?)
}

async fn profile_of(tx: &mut Tx, account: &str) -> Result<Profile, Fault> {
    tx.find_profile(account).await?.ok_or(Fault::AccountGone)
}

/// The address of an account that is meant by its id or in any spelling.
async fn find_email(tx: &mut Tx, account: &str, meant: &str) -> Result<Option<EmailAddress>, Fault> {
    let canonical = Email::parse(meant.trim()).map(|email| email.canonical().to_owned()).ok();
    let mut addresses = tx.list_emails(account).await?;
    addresses.retain(|address| address.id == meant || Some(&address.canonical) == canonical.as_ref());
    Ok(addresses.pop())
}
