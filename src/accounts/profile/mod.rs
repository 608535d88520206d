//! A member's profile, preferences and email addresses.

mod change;
mod emails;
mod verify;

use super::event_kind::EventKind;
use super::request::profile::{ProfileReply, ProfileRequest};
use super::request::{Refusal, SignedIn};
use super::shared::{lock_current, require_current};
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::appearance::Appearance;
use crate::domain::email::Email;
use crate::domain::email_address::EmailAddress;
use crate::domain::name::UserName;
use crate::domain::profile::Profile;
use crate::domain::throttle::REVIEW_AFTER_MS;
use crate::messages::LanguageChoice;
use crate::store::{Tx, read_tx, write_tx};

/// How the portal talks to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// By plain prompts instead of a screen.
    pub plain: bool,
    /// Without colours.
    pub no_color: bool,
    /// For a dark or a light background.
    pub appearance: Appearance,
    /// In this language.
    pub language: LanguageChoice,
}

impl Accounts {
    /// The story of [`super::request::Request::Profile`].
    pub(super) async fn profile(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: ProfileRequest,
    ) -> Result<ProfileReply, Error> {
        match request {
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
            ProfileRequest::KeepEmail { address } => self.keep_email(cx, member, &address).await,
        }
    }

    async fn show_profile(&self, member: &SignedIn) -> Result<ProfileReply, Error> {
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            Ok(ProfileReply::Profile(profile_of(tx, member.account()).await?))
        })
        .await
    }

    /// Records that the member found the addresses right, provided that they are those that were shown.
    async fn review(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        seen: &[String],
    ) -> Result<ProfileReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            let profile = profile_of(tx, account).await?;
            let mut there: Vec<&String> =
                profile.emails.iter().filter(|a| a.verified_at.is_some()).map(|a| &a.id).collect();
            let mut seen: Vec<&String> = seen.iter().collect();
            there.sort();
            seen.sort();
            if there != seen {
                return Ok(ProfileReply::ChangedElsewhere(profile));
            }
            tx.set_reviewed(account, now).await?;
            self.record(tx, cx, member, EventKind::EmailsReviewed, now).await?;
            Ok(ProfileReply::Reviewed(Profile { emails_reviewed_at: Some(now), ..profile }))
        })
        .await
    }

    /// The preferences of the open account with this username.
    pub async fn preferences_of(&self, name: &str) -> Result<Preferences, Fault> {
        let Ok(name) = UserName::parse(name) else { return Ok(Preferences::default()) };
        let found = read_tx!(self.store, Fault, |tx| Ok(tx.find_preferences(name.canonical()).await?));
        let preferences =
            |(plain, no_color, appearance, language)| Preferences { plain, no_color, appearance, language };
        Ok(found.await?.map(preferences).unwrap_or_default())
    }

    /// True when a member who signs in should be reminded to look at their recovery details.
    pub(super) async fn is_review_due(&self, tx: &mut Tx, account: &str) -> Result<bool, Fault> {
        Ok(self.capabilities().accounts
            && tx.is_review_due(account, self.clock.now().plus_ms(-REVIEW_AFTER_MS)).await?)
    }
}

async fn profile_of(tx: &mut Tx, account: &str) -> Result<Profile, Fault> {
    tx.find_profile(account).await?.ok_or(Fault::AccountGone)
}

/// The address of an account that `email`, its id or any spelling of it, means.
async fn find_email(tx: &mut Tx, account: &str, email: &str) -> Result<EmailAddress, Error> {
    let canonical = Email::parse(email.trim()).map(|email| email.canonical().to_owned()).ok();
    let mut addresses = tx.list_emails(account).await?;
    addresses.retain(|address| address.id == email || Some(&address.canonical) == canonical.as_ref());
    Ok(addresses.pop().ok_or(Refusal::NotFound)?)
}
