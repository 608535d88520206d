//! The second factor of accounts, and their recovery codes. One conditional statement uses up a code.

use super::macros::{affected, claim, execute, fetch_all, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::timestamp::Timestamp;

/// The most tries in one 30-second step.
const TRIES_PER_STEP: i64 = 3;
/// Steps that a right code's step may be behind another one: apps and nodes differ by one or two.
const STEPS_AHEAD: i64 = 4;

/// The second factor of an account that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorStatus {
    /// When it was turned on.
    pub on_since: Timestamp,
    /// Recovery codes that are not used yet.
    pub recovery_codes: i64,
}

/// The result of reserving a try, before anything is compared.
#[derive(Debug)]
pub enum TotpAttempt {
    /// Counted as wrong until known to be right; this is the sealed secret.
    Admitted(Vec<u8>),
    /// Too many in this step: not before that one.
    NotBefore(i64),
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

row! { SecondFactorStatus { on_since, recovery_codes } }
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
                                 WHERE c.account = s.account AND c.used_at IS NULL) AS recovery_codes
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
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO second_factors (account, sealed, last_step, on_since) VALUES ($1, $2, $3, $4)",
            [account, sealed, step, now]
        )?;
        self.claim_unused_step(account, step).await.map(drop)
    }

    /// Turns the second factor off and deletes the recovery codes.
    pub async fn delete_second_factor(&mut self, account: &str) -> Result<(), StoreFault> {
        self.delete_recovery_codes(account).await?;
        execute!(self, "DELETE FROM second_factors WHERE account = $1", [account])
    }

    /// Counts a try at the second factor before its outcome is known: at most three in one step, and at most
    /// `most` wrong ones in a row. Commit before comparing.
    pub async fn reserve_second_factor(
        &mut self,
        account: &str,
        step: i64,
        most: i64,
    ) -> Result<TotpAttempt, StoreFault> {
        // Clocks of nodes differ a little: a step that another node was ahead in goes on being counted. One that lies
        // further in the future was counted by a clock that was wrong.
        let row: Option<(Vec<u8>,)> = fetch_optional!(
            self,
            "UPDATE second_factors
             SET tries = CASE WHEN tries_step < $2 OR tries_step > $5 THEN 1 ELSE tries + 1 END,
                 tries_step = CASE WHEN tries_step < $2 OR tries_step > $5 THEN $2 ELSE tries_step END,
                 fails = fails + 1
             WHERE account = $1 AND (tries_step < $2 OR tries_step > $5 OR tries < $3) AND fails < $4
             RETURNING sealed",
            [account, step, TRIES_PER_STEP, most, step.saturating_add(STEPS_AHEAD)]
        )?;
        if let Some((sealed,)) = row {
            return Ok(TotpAttempt::Admitted(sealed));
        }
        let state: Option<(i64, i64)> = fetch_optional!(
            self,
            "SELECT fails, tries_step FROM second_factors WHERE account = $1",
            [account]
        )?;
        Ok(match state {
            None => TotpAttempt::Off,
            Some((fails, _)) if fails >= most => TotpAttempt::Full,
            Some((_, tries_step)) => TotpAttempt::NotBefore(tries_step.max(step).saturating_add(1)),
        })
    }

    /// Uses up the code of one step and those of earlier steps; `false` when somebody else did. Resets the
    /// counters of tries. A step further in the future than [`STEPS_AHEAD`] was used under a clock that was wrong,
    /// and does not keep the owner out until then.
    pub async fn claim_step(&mut self, account: &str, step: i64) -> Result<bool, StoreFault> {
        // Whatever a clock says, the code of a step is good once.
        if !self.claim_unused_step(account, step).await? {
            return Ok(false);
        }
        claim!(
            self,
            "UPDATE second_factors SET last_step = $2, tries = 0, fails = 0
             WHERE account = $1 AND (last_step < $2 OR last_step > $3)",
            [account, step, step.saturating_add(STEPS_AHEAD)]
        )
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
            execute!(self, "UPDATE second_factors SET tries = 0, fails = 0 WHERE account = $1", [account])?;
        }
        Ok(rows == 1)
    }

    /// Deletes the recovery codes of an account, used or not.
    pub async fn delete_recovery_codes(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM recovery_codes WHERE account = $1", [account])
    }
}
