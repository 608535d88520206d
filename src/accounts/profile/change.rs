//! Changing the profile. Of two sessions that edit at the same time the later one is told what is new.

use super::super::event_kind::EventKind;
use super::super::request::SignedIn;
use super::super::request::profile::{Changes, ProfileRefusal, ProfileReply};
use super::super::shared::{lock_current, reserve};
use super::super::{Accounts, Error, Fault, RequestContext};
use super::profile_of;
use crate::domain::appearance::Appearance;
use crate::domain::bucket::BucketKind;
use crate::domain::display_name;
use crate::domain::id::new_id;
use crate::domain::name::{NamePolicy, UserName};
use crate::domain::throttle::RELEASED_NAME_KEPT_MS;
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::messages::LanguageChoice;
use crate::store::{NewName, ProfileChange, StoreFault, Tx, write_tx};

/// Changes that were checked.
struct CheckedChanges {
    name: Option<UserName>,
    display_name: Option<String>,
    language: Option<LanguageChoice>,
    time_zone: Option<TimeZone>,
    plain: Option<bool>,
    no_color: Option<bool>,
    appearance: Option<Appearance>,
}

impl CheckedChanges {
    fn check(changes: &Changes, names: &NamePolicy) -> Result<Self, ProfileRefusal> {
        let display_name = changes.display_name.as_deref().map(display_name::checked).transpose()?;
        Ok(Self {
            name: changes.name.as_deref().map(|name| names.check(name.trim())).transpose()?,
            display_name: display_name.map(str::to_owned),
            language: changes.language,
            time_zone: changes.time_zone.as_deref().map(TimeZone::parse).transpose()?,
            plain: changes.plain,
            no_color: changes.no_color,
            appearance: changes.appearance,
        })
    }

    fn change(&self) -> ProfileChange<'_> {
        ProfileChange {
            display_name: self.display_name.as_deref(),
            language: self.language,
            time_zone: self.time_zone.as_ref().map(TimeZone::name),
            plain: self.plain,
            no_color: self.no_color,
            appearance: self.appearance,
        }
    }

    /// Whether there is more to it than another username.
    fn has_more_than_a_name(&self) -> bool {
        self.display_name.is_some()
            || self.language.is_some()
            || self.time_zone.is_some()
            || self.plain.is_some()
            || self.no_color.is_some()
            || self.appearance.is_some()
    }
}

impl Accounts {
    pub(super) async fn set_profile(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        changes: &Changes,
        seen: Option<i64>,
    ) -> Result<ProfileReply, Error> {
        let wanted = CheckedChanges::check(changes, &self.rules.names)?;
        let (now, account) = (self.clock.now(), member.account());
        if wanted.name.is_some() {
            self.reserve_rename(account, now).await?;
        }
        let reply = write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            // Also when nothing but the name is to be changed: it tells whether the profile is as it was seen.
            if !tx.claim_profile(account, seen, wanted.change(), now).await? {
                return Ok(ProfileReply::ChangedElsewhere(profile_of(tx, account).await?));
            }
            if wanted.has_more_than_a_name() {
                self.record(tx, cx, member, EventKind::ProfileChanged, now).await?;
            }
            let newer = match &wanted.name {
                // Without the name the rest is not changed either.
                Some(name) => self.rename(tx, cx, member, name, now).await?,
                None => member.clone(),
            };
            let newer = match &wanted.time_zone {
                Some(zone) => newer.with_time_zone(zone.clone()),
                None => newer,
            };
            let newer = match wanted.language {
                Some(language) => newer.with_language(language),
                None => newer,
            };
            Ok(ProfileReply::Changed(newer, profile_of(tx, account).await?))
        });
        let reply = reply.await.map_err(|error| match error {
            // Somebody took the name at the very same time.
            Error::Fault(Fault::Store(StoreFault::Taken(_))) => ProfileRefusal::NameTaken.into(),
            error => error,
        })?;
        if let ProfileReply::Changed(newer, _) = &reply
            && newer.epoch() != member.epoch()
        {
            self.revocations.announce(newer.account(), newer.epoch());
            self.outbox.wake();
        }
        Ok(reply)
    }

    /// Counts a try at another username, in a commit of its own: a refusal tells that somebody has that name.
    async fn reserve_rename(&self, account: &str, now: Timestamp) -> Result<(), Error> {
        let (bucket, mark) = (BucketKind::Rename.of(&[account]), new_id(now, &self.entropy));
        write_tx!(self.store, Error, |tx| {
            reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await
        })
        .await
    }

    /// Sets another username. Every other proof is void then, so that no session goes on under the old name.
    async fn rename(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        name: &UserName,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let kept_since = now.plus_ms(-RELEASED_NAME_KEPT_MS);
        let skeleton = &name.skeleton();
        let new = NewName { name: name.as_str(), canonical: name.canonical(), skeleton, kept_since };
        let epoch = tx.claim_name(member.account(), member.epoch(), new, &cx.session, now).await?;
        let epoch = epoch.ok_or(ProfileRefusal::NameTaken)?;
        // The email greets them by the old name and announces the new one.
        let event_kind = EventKind::NameChanged;
        self.record_and_notify(tx, cx, member, event_kind, name.as_str(), now).await?;
        Ok(member.named(name.as_str()).at_epoch(epoch))
    }
}
