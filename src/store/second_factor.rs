//! The second factor of accounts, and their recovery codes. One conditional statement uses up a code.

use super::macros::{affected, claim, execute, fetch_all, fetch_optional};
use super::row::row;
use super::{Origin, StoreFault, Tx};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::throttle::{
    ENROLMENT_LIFE_MS, FACTOR_FAILS_ELSEWHERE, FACTOR_FAILS_PER_PLACE, FAILS_TO_DISABLE, delay_ms,
};
use crate::domain::timestamp::Timestamp;

/// Wrong codes in a row at one place that nobody waits for; the most tries in one step hold all the same.
const FREE_FAILS: i64 = 9;
/// The most wrong codes in a row that are told apart by the waits after them: after this many it is an hour.
const LONGEST_WAIT_FAILS: i64 = 17;
/// The most tries in one 30-second step.
pub(super) const TRIES_PER_STEP: i64 = 3;
/// Steps that a right code's step may be behind another one: apps and nodes differ by one or two.
pub(super) const STEPS_AHEAD: i64 = 4;

/// The second factor of an account that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorStatus {
    /// When it was turned on.
    pub on_since: Timestamp,
    /// Recovery codes that are not used yet.
    pub recovery_codes: i64,
    /// The IP address that it was turned on from.
    pub added_ip: Option<String>,
    /// The client that it was turned on with.
    pub added_client: Option<String>,
}

/// Where a try at the second factor comes from, and what speaks for its being the owner's.
#[derive(Debug)]
pub enum FactorPlace {
    /// Nothing but the password.
    Elsewhere,
    /// A source that the account knows, a session, a proven key, a code from an email: this one.
    Own(String),
}

impl FactorPlace {
    /// What the waits between wrong codes are counted in.
    fn bucket(&self, account: &str) -> Bucket {
        let place = if let Self::Own(place) = self { place.as_str() } else { "elsewhere" };
        BucketKind::SecondFactor.of(&[account, place])
    }

    fn most(&self) -> i64 {
        if let Self::Own(_) = self { FACTOR_FAILS_PER_PLACE } else { FACTOR_FAILS_ELSEWHERE }
    }
}

/// What tries at the second factor are not admitted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorLock {
    /// Those from where nothing but the password speaks for the owner.
    Elsewhere,
    /// Those from this place of the owner's.
    Here,
    /// All.
    Anywhere,
}

/// The result of reserving a try, before anything is compared.
#[derive(Debug)]
pub enum TotpAttempt {
    /// Counted as wrong until known to be right.
    Admitted {
        /// The sealed secret.
        sealed: Vec<u8>,
        /// What is locked by this try if it is wrong.
        locks: Option<FactorLock>,
    },
    /// Too many in this step: not before that one.
    NotBefore(i64),
    /// Too many wrong ones in a row: not before then.
    Later(Timestamp),
    /// Too many wrong codes in a row.
    Full,
    /// The account has no second factor.
    Off,
}

/// A recovery code that is not used yet.
#[derive(Debug)]
pub struct UnusedRecoveryCode {
    /// UUID.
    pub id: String,
    /// Its HMAC.
    pub mac: Vec<u8>,
    /// Which key made the HMAC.
    pub key_id: String,
}

/// A new recovery code.
#[derive(Debug)]
pub struct NewRecoveryCode<'a> {
    /// UUID.
    pub id: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// Its HMAC.
    pub mac: &'a [u8],
    /// Which key made the HMAC.
    pub key_id: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// The counters of one second factor.
struct FactorCounters {
    sealed: Vec<u8>,
    fails: i64,
    fails_elsewhere: i64,
    tries_step: i64,
    tries: i64,
}

row! { FactorCounters { sealed, fails, fails_elsewhere, tries_step, tries } }
row! { SecondFactorStatus { on_since, recovery_codes, added_ip, added_client } }
row! { UnusedRecoveryCode { id, mac, key_id } }

impl Tx {
    /// The second factor of an account, if it has one.
    pub async fn find_second_factor(
        &mut self,
        account: &str,
    ) -> Result<Option<SecondFactorStatus>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT s.on_since, (SELECT count(*) FROM recovery_codes c
                                 WHERE c.account = s.account AND c.used_at IS NULL) AS recovery_codes,
                    s.added_ip, s.added_client
             FROM second_factors s WHERE s.account = $1",
            [account]
        )
    }

    /// Turns the second factor on, after the epoch was claimed. `step` is that of the code that was shown.
    pub async fn insert_second_factor(
        &mut self,
        account: &str,
        sealed: &[u8],
        step: i64,
        from: Origin<'_>,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO second_factors (account, sealed, last_step, on_since, added_ip, added_client)
             VALUES ($1, $2, $3, $4, $5, $6)",
            [account, sealed, step, now, from.ip, from.client]
        )?;
        self.claim_unused_step(account, step).await.map(drop)
    }

    /// Keeps a secret until its code comes, in place of the one before.
    pub async fn keep_pending_enrolment(
        &mut self,
        account: &str,
        sealed: &[u8],
        epoch: i64,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO pending_enrolments (account, sealed, epoch, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account) DO UPDATE
             SET sealed = excluded.sealed, epoch = excluded.epoch, created_at = excluded.created_at,
                 expires_at = excluded.expires_at",
            [account, sealed, epoch, now, now.plus_ms(ENROLMENT_LIFE_MS)]
        )
    }

    /// The secret that waits for its code, if the account is still in the epoch that it was shown in.
    pub async fn find_pending_enrolment(
        &mut self,
        account: &str,
        epoch: i64,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreFault> {
        let row: Option<(Vec<u8>,)> = fetch_optional!(
            self,
            "SELECT sealed FROM pending_enrolments WHERE account = $1 AND epoch = $2 AND expires_at > $3",
            [account, epoch, now]
        )?;
        Ok(row.map(|(sealed,)| sealed))
    }

    /// Takes the secret that waits for its code; `false` when another one does by now, or it was taken.
    pub async fn claim_pending_enrolment(
        &mut self,
        account: &str,
        sealed: &[u8],
    ) -> Result<bool, StoreFault> {
        claim!(self, "DELETE FROM pending_enrolments WHERE account = $1 AND sealed = $2", [account, sealed])
    }

    /// No secret waits any more.
    pub async fn delete_pending_enrolment(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM pending_enrolments WHERE account = $1", [account])
    }

    /// Turns the second factor off and deletes the recovery codes.
    pub async fn delete_second_factor(&mut self, account: &str) -> Result<(), StoreFault> {
        self.delete_recovery_codes(account).await?;
        execute!(self, "DELETE FROM second_factors WHERE account = $1", [account])
    }

    /// Counts a try at the second factor before its outcome is known. At most three are admitted in one step, and so many
    /// wrong ones in a row from one place, with waits between them that grow to an hour; those of all places together
    /// are at most [`FAILS_TO_DISABLE`]. The caller holds the account's row, and commits before comparing.
    pub async fn reserve_second_factor(
        &mut self,
        account: &str,
        step: i64,
        place: &FactorPlace,
        now: Timestamp,
    ) -> Result<TotpAttempt, StoreFault> {
        let counters: Option<FactorCounters> = fetch_optional!(
            self,
            "SELECT sealed, fails, fails_elsewhere, tries_step, tries FROM second_factors WHERE account = $1",
            [account]
        )?;
        let Some(FactorCounters { sealed, fails, fails_elsewhere, tries_step, tries }) = counters else {
            return Ok(TotpAttempt::Off);
        };
        let bucket = place.bucket(account);
        let waits: Option<(i64, i64)> = fetch_optional!(
            self,
            "SELECT fails, next_at FROM throttles WHERE bucket = $1",
            [bucket.as_str()]
        )?;
        let (waited, next_at) = waits.unwrap_or_default();
        let is_elsewhere = matches!(place, FactorPlace::Elsewhere);
        let fails_here = if is_elsewhere { fails_elsewhere } else { waited };
        if fails >= FAILS_TO_DISABLE || fails_here >= place.most() {
            return Ok(TotpAttempt::Full);
        }
        if next_at > now.epoch_ms() {
            return Ok(TotpAttempt::Later(Timestamp::from_epoch_ms(next_at)));
        }
        // Clocks of nodes differ a little: a step that another node was ahead in goes on being counted. One that lies
        // further in the future was counted by a clock that was wrong.
        let is_new_step = tries_step < step || tries_step > step.saturating_add(STEPS_AHEAD);
        if !is_new_step && tries >= TRIES_PER_STEP {
            return Ok(TotpAttempt::NotBefore(tries_step.max(step).saturating_add(1)));
        }
        let (tries_step, tries) = if is_new_step { (step, 1) } else { (tries_step, tries + 1) };
        execute!(
            self,
            "UPDATE second_factors
             SET tries_step = $2, tries = $3, fails = fails + 1, fails_elsewhere = fails_elsewhere + $4
             WHERE account = $1",
            [account, tries_step, tries, i64::from(is_elsewhere)]
        )?;
        // From elsewhere the wait goes on being an hour, however often the owner signs in meanwhile.
        let waited = waited + 1;
        let kept = if is_elsewhere { waited.min(LONGEST_WAIT_FAILS) } else { waited };
        let wait = if waited <= FREE_FAILS { 0 } else { delay_ms(waited) };
        execute!(
            self,
            "INSERT INTO throttles (bucket, subject, fails, next_at, touched_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (bucket) DO UPDATE
             SET fails = excluded.fails, next_at = excluded.next_at, touched_at = excluded.touched_at",
            [bucket.as_str(), account, kept, now.plus_ms(wait), now]
        )?;
        let locks = match place {
            _ if fails + 1 == FAILS_TO_DISABLE => Some(FactorLock::Anywhere),
            FactorPlace::Elsewhere if fails_here + 1 == place.most() => Some(FactorLock::Elsewhere),
            FactorPlace::Own(_) if fails_here + 1 == place.most() => Some(FactorLock::Here),
            _ => None,
        };
        Ok(TotpAttempt::Admitted { sealed, locks })
    }

    /// The password is a new one: whoever knew the old one locks nothing any more.
    pub async fn clear_factor_fails_elsewhere(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "UPDATE second_factors SET fails_elsewhere = 0 WHERE account = $1", [account])?;
        self.clear_bucket(&FactorPlace::Elsewhere.bucket(account)).await
    }

    /// An operator unlocks the authenticator everywhere.
    pub async fn clear_factor_locks(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE second_factors SET fails = 0, fails_elsewhere = 0, tries = 0 WHERE account = $1",
            [account]
        )?;
        execute!(
            self,
            "DELETE FROM throttles WHERE subject = $1 AND bucket LIKE $2",
            [account, format!("{}:%", BucketKind::SecondFactor.id())]
        )
    }

    /// A code was right: wrong ones are counted from the beginning. The wait of those that come from elsewhere stays,
    /// unless this one did.
    async fn clear_factor_fails(&mut self, account: &str, place: &FactorPlace) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE second_factors SET tries = 0, fails = 0, fails_elsewhere = 0 WHERE account = $1",
            [account]
        )?;
        let kept = match place {
            FactorPlace::Elsewhere => String::new(),
            FactorPlace::Own(_) => FactorPlace::Elsewhere.bucket(account).as_str().to_owned(),
        };
        execute!(
            self,
            "DELETE FROM throttles WHERE subject = $1 AND bucket LIKE $2 AND bucket <> $3",
            [account, format!("{}:%", BucketKind::SecondFactor.id()), kept]
        )
    }

    /// Uses up the code of one step and those of earlier steps; `false` when somebody else did. Resets the
    /// counters of tries, those of `place` too. A step further in the future than [`STEPS_AHEAD`] was used under a clock that was wrong,
    /// and does not keep the owner out until then.
    pub async fn claim_step(
        &mut self,
        account: &str,
        step: i64,
        place: &FactorPlace,
    ) -> Result<bool, StoreFault> {
        // Whatever a clock says, the code of a step is good once.
        if !self.claim_unused_step(account, step).await? {
            return Ok(false);
        }
        let claimed = claim!(
            self,
            "UPDATE second_factors SET last_step = $2 WHERE account = $1 AND (last_step < $2 OR last_step > $3)",
            [account, step, step.saturating_add(STEPS_AHEAD)]
        )?;
        if claimed {
            self.clear_factor_fails(account, place).await?;
        }
        Ok(claimed)
    }

    async fn claim_unused_step(&mut self, account: &str, step: i64) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO used_totp_steps (account, step) VALUES ($1, $2) ON CONFLICT (account, step) DO NOTHING",
            [account, step]
        )
    }

    /// The recovery codes of an account that are not used yet.
    pub async fn list_recovery_codes(
        &mut self,
        account: &str,
    ) -> Result<Vec<UnusedRecoveryCode>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, mac, key_id FROM recovery_codes WHERE account = $1 AND used_at IS NULL ORDER BY id",
            [account]
        )
    }

    /// Inserts a recovery code.
    pub async fn insert_recovery_code(&mut self, new: &NewRecoveryCode<'_>) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO recovery_codes (id, account, mac, key_id, made_at) VALUES ($1, $2, $3, $4, $5)",
            [new.id, new.account, new.mac, new.key_id, new.now]
        )
    }

    /// Uses up a recovery code; `false` when somebody else did, or there are new ones. Resets the counters of
    /// tries.
    pub async fn claim_recovery_code(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = affected!(
            self,
            "UPDATE recovery_codes SET used_at = $3 WHERE id = $1 AND account = $2 AND used_at IS NULL",
            [id, account, now]
        )?;
        if rows == 1 {
            // No undo brings it back.
            self.claim_undo_recovery_code(id).await?;
            // A thief has none, so the owner no longer has to wait.
            self.clear_factor_fails(account, &FactorPlace::Elsewhere).await?;
        }
        Ok(rows == 1)
    }

    /// Deletes the recovery codes of an account, used or not.
    pub async fn delete_recovery_codes(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM recovery_codes WHERE account = $1", [account])
    }
}
