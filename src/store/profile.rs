//! Profiles, preferences and usernames. `profile_version` rises with every change.

use super::macros::{claim, execute, exists, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::appearance::Appearance;
use crate::domain::profile::Profile;
use crate::domain::timestamp::Timestamp;
use crate::messages::LanguageChoice;

/// A change of a profile; `None` leaves a field as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProfileChange<'a> {
    /// May become empty.
    pub display_name: Option<&'a str>,
    /// BCP 47 tag.
    pub language: Option<LanguageChoice>,
    /// IANA name or offset.
    pub time_zone: Option<&'a str>,
    /// Plain prompts instead of a screen.
    pub plain: Option<bool>,
    /// No colours.
    pub no_color: Option<bool>,
    /// For a dark or a light background.
    pub appearance: Option<Appearance>,
}

/// A new username of an account.
#[derive(Clone, Copy, Debug)]
pub struct NewName<'a> {
    /// As it is shown.
    pub name: &'a str,
    /// The form that is unique.
    pub canonical: &'a str,
    /// What it looks like; unique too.
    pub skeleton: &'a str,
    /// Names that others gave up after this moment are still reserved.
    pub kept_since: Timestamp,
}

row! {
    Profile {
        name, display_name, language, time_zone, plain, no_color, appearance, emails = default, emails_reviewed_at, version, created_at,
    }
}

impl Tx {
    /// The profile of an account, with its addresses.
    pub async fn find_profile(&mut self, account: &str) -> Result<Option<Profile>, StoreFault> {
        let profile: Option<Profile> = fetch_optional!(
            self,
            "SELECT name, display_name, language, time_zone, plain_at IS NOT NULL AS plain,
                    no_color_at IS NOT NULL AS no_color, appearance, emails_reviewed_at,
                    profile_version AS version, created_at
             FROM accounts WHERE id = $1",
            [account]
        )?;
        let Some(profile) = profile else { return Ok(None) };
        Ok(Some(Profile { emails: self.list_emails(account).await?, ..profile }))
    }

    /// The time zone and the language that an account has chosen.
    pub async fn find_locale(
        &mut self,
        account: &str,
    ) -> Result<Option<(String, LanguageChoice)>, StoreFault> {
        fetch_optional!(self, "SELECT time_zone, language FROM accounts WHERE id = $1", [account])
    }

    /// The same for the account of an address.
    pub async fn find_locale_of_address(
        &mut self,
        address: &str,
    ) -> Result<Option<(String, LanguageChoice)>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT time_zone, language FROM accounts
             WHERE id = (SELECT account FROM email_addresses WHERE id = $1)",
            [address]
        )
    }

    /// When the owner last found the addresses right, and when they last postponed two-factor authentication.
    pub async fn find_reminders(
        &mut self,
        account: &str,
    ) -> Result<Option<(Option<Timestamp>, Option<Timestamp>)>, StoreFault> {
        let found: Option<(Option<i64>, Option<i64>)> = fetch_optional!(
            self,
            "SELECT emails_reviewed_at, two_factor_postponed_at FROM accounts WHERE id = $1",
            [account]
        )?;
        let at = |ms: Option<i64>| ms.map(Timestamp::from_epoch_ms);
        Ok(found.map(|(reviewed, postponed)| (at(reviewed), at(postponed))))
    }

    /// Records that the owner wants two-factor authentication to be suggested later.
    pub async fn set_two_factor_postponed(
        &mut self,
        account: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(self, "UPDATE accounts SET two_factor_postponed_at = $2 WHERE id = $1", [account, now])
    }

    /// Plain prompts, no colours, the appearance and the language, as the account of this canonical name prefers.
    pub async fn find_preferences(
        &mut self,
        canonical: &str,
    ) -> Result<Option<(bool, bool, Appearance, LanguageChoice)>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT plain_at IS NOT NULL, no_color_at IS NOT NULL, appearance, language FROM accounts
             WHERE name_canonical = $1",
            [canonical]
        )
    }

    /// Changes a profile, provided that nobody changed it since version `seen` (when given).
    pub async fn claim_profile(
        &mut self,
        account: &str,
        seen: Option<i64>,
        change: ProfileChange<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE accounts
             SET display_name = COALESCE($3, display_name),
                 language = COALESCE($4, language),
                 time_zone = COALESCE($5, time_zone),
                 plain_at = CASE WHEN $6 IS NULL THEN plain_at WHEN $6 = 1 THEN $8 ELSE NULL END,
                 no_color_at = CASE WHEN $7 IS NULL THEN no_color_at WHEN $7 = 1 THEN $8 ELSE NULL END,
                 appearance = COALESCE($9, appearance),
                 profile_version = profile_version + 1
             WHERE id = $1 AND disabled_at IS NULL AND ($2 IS NULL OR profile_version = $2)",
            [
                account,
                seen,
                change.display_name,
                change.language,
                change.time_zone,
                change.plain.map(i64::from),
                change.no_color.map(i64::from),
                now,
                change.appearance
            ]
        )
    }

    /// Renames an account that is still in `epoch` and raises its epoch, unless somebody has that name or one that
    /// looks like it, or gave it up recently. Returns the new epoch. Of two that want it at the same time, the later one fails with
    /// [`StoreFault::Taken`].
    pub async fn claim_name(
        &mut self,
        account: &str,
        epoch: i64,
        new: NewName<'_>,
        session: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreFault> {
        execute!(
            self,
            "INSERT INTO released_names (name_canonical, name_skeleton, account, released_at)
             SELECT name_canonical, name_skeleton, id, $2 FROM accounts WHERE id = $1
             ON CONFLICT (name_canonical) DO UPDATE
             SET account = excluded.account, released_at = excluded.released_at",
            [account, now]
        )?;
        let row: Option<(i64,)> = fetch_optional!(self, "UPDATE accounts
             SET name = $3, name_canonical = $4, name_skeleton = $7, auth_epoch = auth_epoch + 1, epoch_raised_at = $5,
                 profile_version = profile_version + 1
             WHERE id = $1 AND auth_epoch = $2 AND disabled_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM accounts other WHERE other.name_skeleton = $7 AND other.id <> $1)
               AND NOT EXISTS (SELECT 1 FROM released_names
                               WHERE name_skeleton = $7 AND (account IS NULL OR account <> $1) AND released_at > $6)
             RETURNING auth_epoch", [account, epoch, new.name, new.canonical, now, new.kept_since, new.skeleton])?;
        // A name that was taken back, or kept in another spelling, is not given up.
        execute!(
            self,
            "DELETE FROM released_names
             WHERE account = $1 AND name_canonical = (SELECT name_canonical FROM accounts WHERE id = $1)",
            [account]
        )?;
        self.carry_session_over(session, account, row.map(|(epoch,)| epoch)).await
    }

    /// Records that the owner confirmed the addresses now.
    pub async fn set_reviewed(&mut self, account: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(self, "UPDATE accounts SET emails_reviewed_at = $2 WHERE id = $1", [account, now])
    }

    /// True when the owner has not confirmed the addresses since `since`, and the account is that old.
    pub async fn is_review_due(&mut self, account: &str, since: Timestamp) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT id FROM accounts
             WHERE id = $1 AND created_at <= $2 AND (emails_reviewed_at IS NULL OR emails_reviewed_at <= $2)",
            [account, since]
        )
    }
}
