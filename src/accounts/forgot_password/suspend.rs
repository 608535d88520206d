//! Suspending what was added shortly before a reset. The rule is in [`super`].

use super::super::event_kind::{EventKind, Subject};
use super::super::request::ResetGrant;
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::email_address::EmailAddress;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::throttle::RECENT_MS;
use crate::domain::timestamp::Timestamp;
use crate::mail::{OPERATOR_PLACE, RecentItem, RecentKind};
use crate::store::Tx;

/// What a reset found.
pub(super) struct Recent {
    /// For its email.
    pub(super) items: Vec<RecentItem>,
    /// Addresses that were verified after that are to be suspended once the emails are written.
    pub(super) since: Timestamp,
    /// Whether there is anything to look through beside the address that the code went to.
    pub(super) has_review: bool,
}

impl Recent {
    /// Nothing is looked at.
    pub(super) fn nothing(now: Timestamp) -> Self {
        Self { items: Vec::new(), since: now, has_review: false }
    }
}

impl Accounts {
    /// Suspends the recent keys and the addresses that are younger than the one that the code went to. Those that are
    /// recent and older than that one come last, by [`Recent::since`].
    pub(super) async fn suspend_recent(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        grant: &ResetGrant,
        now: Timestamp,
    ) -> Result<Recent, Fault> {
        let (account, recent_since) = (grant.account.as_str(), now.plus_ms(-RECENT_MS));
        let (emails, keys) = (tx.list_emails(account).await?, tx.list_keys(account).await?);
        let factor = tx.find_second_factor(account).await?;
        let proven = tx.find_address_of_grant(&grant.id).await?;
        let proven_at = proven_at(&emails, proven.as_deref()).unwrap_or(now);
        let in_use = emails.iter().filter(|email| email.is_in_use());
        let has_older = in_use.clone().any(|email| email.verified_at <= Some(recent_since));
        let since = if has_older { recent_since } else { recent_since.max(proven_at) };
        let younger = in_use.filter(|email| email.verified_at > Some(since)).count();

        let keys_suspended = tx.suspend_keys_added_after(account, recent_since, now).await?;
        tx.suspend_emails_verified_after(account, since.max(proven_at), now).await?;
        tx.void_undo_codes_sent_to_younger(account, since.max(proven_at), now).await?;
        for (event_kind, is_due) in
            [(EventKind::KeysSuspended, keys_suspended > 0), (EventKind::EmailsSuspended, younger > 0)]
        {
            if is_due {
                tx.insert_event(&self.event(event_kind, Subject::Account(account, &grant.name), cx, now))
                    .await?;
            }
        }
        let is_suspended =
            |email: &&EmailAddress| email.suspended_at.is_some() || email.verified_at > Some(since);
        let is_recent = |key: &&RegisteredKey| key.suspended_at.is_some() || key.added_at > recent_since;
        let mut items: Vec<_> = emails.iter().filter(is_suspended).map(email_item).collect();
        items.extend(keys.iter().filter(is_recent).map(key_item));
        let has_review = emails.len() > 1 || !keys.is_empty() || factor.is_some();
        items.extend(factor.filter(|factor| factor.on_since > recent_since).map(|factor| {
            item(RecentKind::TwoFactor, String::new(), factor.on_since, factor.added_ip.as_deref())
        }));
        Ok(Recent { items, since, has_review })
    }
}

/// When the address was verified that the code went to; for a code from support, the oldest one.
fn proven_at(emails: &[EmailAddress], proven: Option<&str>) -> Option<Timestamp> {
    let of_code = emails.iter().find(|email| Some(email.id.as_str()) == proven);
    let oldest = || emails.iter().filter(|email| email.is_in_use()).min_by_key(|email| email.verified_at);
    of_code.or_else(oldest).and_then(|email| email.verified_at)
}

fn email_item(email: &EmailAddress) -> RecentItem {
    item(RecentKind::Email, email.address.clone(), email.added_at, email.added_ip.as_deref())
}

fn key_item(key: &RegisteredKey) -> RecentItem {
    item(RecentKind::Key, key.fingerprint.to_string(), key.added_at, key.added_ip.as_deref())
}

fn item(kind: RecentKind, what: String, at: Timestamp, ip: Option<&str>) -> RecentItem {
    RecentItem { kind, what, at: at.epoch_ms(), ip: ip.unwrap_or(OPERATOR_PLACE).to_owned() }
}
