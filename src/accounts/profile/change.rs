//! Changing the profile. Of two sessions that edit at the same time the later one is told what is new.

use super::super::event_kind::{EventKind, Subject};
use super::super::outbox::AccountNotification;
use super::super::request::profile::{Changes, ProfileRefusal, ProfileReply};
use super::super::request::{Refusal, SignedIn};
use super::super::{Accounts, Fault, RequestContext};
use super::{is_held, profile_of};
use crate::domain::display_name;
use crate::domain::id::new_id;
use crate::domain::language::Language;
use crate::domain::name::UserName;
use crate::domain::throttle::{RELEASED_NAME_KEPT_MS, RENAMES_PER_ACCOUNT};
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::mail::NotificationKind;
use crate::store::{self, NewName, ProfileChange, RateLimit, Tx, write_tx};

/// Changes that were checked.
struct CheckedChanges {
    name: Option<UserName>,
    display_name: Option<String>,
    language: Option<Language>,
    time_zone: Option<TimeZone>,
    plain: Option<bool>,
    no_color: Option<bool>,
}

impl CheckedChanges {
    fn check(changes: &Changes) -> Result<Self, ProfileRefusal> {
        let display_name = changes.display_name.as_deref().map(display_name::checked).transpose()?;
        Ok(Self {
            name: changes.name.as_deref().map(|name| UserName::parse(name.trim())).transpose()?,
            display_name: display_name.map(str::to_owned),
            language: changes.language.as_deref().map(Language::parse).transpose()?,
            time_zone: changes.time_zone.as_deref().map(TimeZone::parse).transpose()?,
            plain: changes.plain,
            no_color: changes.no_color,
        })
    }

    fn change(&self) -> ProfileChange<'_> {
        ProfileChange {
            display_name: self.display_name.as_deref(),
            language: self.language.map(Language::tag),
            time_zone: self.time_zone.as_ref().map(TimeZone::name),
            plain: self.plain,
            no_color: self.no_color,
        }
    }

    /// Whether there is more to it than another username.
    fn has_more_than_a_name(&self) -> bool {
        self.display_name.is_some()
            || self.language.is_some()
            || self.time_zone.is_some()
            || self.plain.is_some()
            || self.no_color.is_some()
    }
}

impl Accounts {
    pub(super) async fn set_profile(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        changes: &Changes,
        seen: Option<i64>,
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        let wanted = match CheckedChanges::check(changes) {
            Ok(wanted) => wanted,
            Err(refusal) => return Ok(Err(Refusal::Profile(refusal))),
        };
        if wanted.name.as_ref().is_some_and(|name| self.is_reserved(name)) {
            return Ok(Err(Refusal::Profile(ProfileRefusal::NameTaken)));
        }
        let now = self.clock.now();
        if wanted.name.is_some()
            && let RateLimit::Later(at) = self.reserve_rename(member.account(), now).await?
        {
            return Ok(Err(Refusal::TryLater(at)));
        }
        let done = write_tx!(self.store, Aborted, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let account = member.account();
            // Also when nothing but the name is to be changed: it tells whether the profile is as it was seen.
            if !tx.claim_profile(account, seen, wanted.change(), now).await? {
                return Ok(Ok(ProfileReply::ChangedElsewhere(profile_of(tx, account).await?)));
            }
            if wanted.has_more_than_a_name() {
                let event = self.event(EventKind::ProfileChanged, Subject::Account(account), cx, now);
                tx.insert_event(&event).await?;
            }
            let mut newer = member.clone();
            if let Some(name) = &wanted.name {
                // Without the name the rest is not changed either.
                newer = self.rename(tx, cx, member, name, now).await?.map_err(Aborted::Refused)?;
            }
            Ok(Ok(ProfileReply::Changed(newer, profile_of(tx, account).await?)))
        });
        let done = match done.await {
            Ok(done) => done,
            Err(Aborted::Refused(refusal)) => Err(refusal),
            // Somebody took the name at the very same time.
            Err(Aborted::Fault(Fault::Store(store::StoreFault::Taken(_)))) => {
                Err(Refusal::Profile(ProfileRefusal::NameTaken))
            }
            Err(Aborted::Fault(fault)) => return Err(fault),
        };
        if let Ok(ProfileReply::Changed(newer, _)) = &done
            && newer.epoch() != member.epoch()
        {
            self.revocations.announce(newer.account(), newer.epoch());
            self.email_written.notify_one();
        }
        Ok(done)
    }

    /// Counts a try at another username, in a commit of its own: a no tells that somebody has that name.
    async fn reserve_rename(&self, account: &str, now: Timestamp) -> Result<RateLimit, Fault> {
        let (bucket, mark) = (format!("rename:{account}"), new_id(now, &self.entropy));
        write_tx!(self.store, Fault, |tx| {
            Ok(tx.reserve_in_windows(&bucket, &mark, &RENAMES_PER_ACCOUNT, now).await?)
        })
        .await
    }

    /// Another username: every other proof is void, so that no session goes on under a name that is no more.
    async fn rename(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        name: &UserName,
        now: Timestamp,
    ) -> Result<Result<SignedIn, Refusal>, Fault> {
        let account = member.account();
        let kept_since = now.plus_ms(-RELEASED_NAME_KEPT_MS);
        let new = NewName { name: name.as_str(), canonical: name.canonical(), kept_since };
        let Some(epoch) = tx.claim_name(account, member.epoch(), new, now).await? else {
            return Ok(Err(Refusal::Profile(ProfileRefusal::NameTaken)));
        };
        let event = self.event(EventKind::NameChanged, Subject::Account(account), cx, now);
        tx.insert_event(&event).await?;
        // To the name that they know, about the one that is new.
        let notification = AccountNotification {
            about: NotificationKind::NameChanged,
            account,
            name: member.name(),
            detail: name.as_str(),
        };
        self.tell(tx, cx, notification, now).await?;
        Ok(Ok(member.named(name.as_str()).at_epoch(epoch)))
    }

    /// True for a username that opens a page of the portal instead of naming a person.
    pub(in crate::accounts) fn is_reserved(&self, name: &UserName) -> bool {
        let canonical =
            |reserved: &String| UserName::parse(reserved).is_ok_and(|it| it.canonical() == name.canonical());
        self.rules.reserved_names.iter().any(canonical) || name.is_system_name()
    }
}

/// Why nothing of it was done.
enum Aborted {
    Refused(Refusal),
    Fault(Fault),
}

impl From<Fault> for Aborted {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<store::StoreFault> for Aborted {
    fn from(fault: store::StoreFault) -> Self {
        Self::Fault(fault.into())
    }
}

impl store::TransactionError for Aborted {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_transient())
    }
}
