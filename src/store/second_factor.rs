//! The second factor of accounts, and their recovery codes. A code is used up by one conditional statement.

use super::macros::{execute, fetch_all, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::timestamp::Timestamp;

/// Tries in one step of thirty seconds; after that the next one is waited for.
const TRIES_PER_STEP: i64 = 3;

/// The second factor of an account that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorStatus {
    /// When it was turned on.
    pub on_since: Timestamp,
    /// Recovery codes that are not used yet.
    pub recovery_codes: i64,
}

/// What became of a try before anything was compared.
#[derive(Debug)]
pub enum TotpAttempt {
    /// It is counted as wrong until it is known to be right; this is the sealed seed.
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

/// A recovery code to be kept.
#[derive(Debug)]
pub struct NewRecoveryCode<'a> {
    /// UUID.
    pub id: &'a str,
    /// Whose it is.
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
            account,
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
            account,
            sealed,
            step,
            now.epoch_ms(),
        )?;
        Ok(())
    }

    /// Turns the second factor off, which ends the recovery codes as well.
    pub async fn delete_second_factor(&mut self, account: &str) -> Result<(), StoreFault> {
        self.delete_recovery_codes(account).await?;
        execute!(self, "DELETE FROM second_factors WHERE account = $1", account)?;
        Ok(())
    }

    /// Counts a try at the second factor before its outcome is known: at most three in one step, and at most
    /// `most` wrong ones in a row. Commit before comparing.
    pub async fn reserve_second_factor(
        &mut self,
        account: &str,
        step: i64,
        most: i64,
    ) -> Result<TotpAttempt, StoreFault> {
        // Clocks of nodes differ a little: a step that another node was ahead in goes on being counted.
        let row: Option<(Vec<u8>,)> = fetch_optional!(
            self,
            "UPDATE second_factors
             SET tries = CASE WHEN tries_step < $2 THEN 1 ELSE tries + 1 END,
                 tries_step = CASE WHEN tries_step < $2 THEN $2 ELSE tries_step END,
                 fails = fails + 1
             WHERE account = $1 AND (tries_step < $2 OR tries < $3) AND fails < $4
             RETURNING sealed",
            account,
            step,
            TRIES_PER_STEP,
            most,
        )?;
        if let Some((sealed,)) = row {
            return Ok(TotpAttempt::Admitted(sealed));
        }
        let state: Option<(i64, i64)> = fetch_optional!(
            self,
            "SELECT fails, tries_step FROM second_factors WHERE account = $1",
            account
        )?;
        Ok(match state {
            None => TotpAttempt::Off,
            Some((fails, _)) if fails >= most => TotpAttempt::Full,
            Some((_, tries_step)) => TotpAttempt::NotBefore(tries_step.max(step).saturating_add(1)),
        })
    }

    /// Uses the code of one step up, and those of earlier ones; `false` when somebody else did. The tries
    /// before it are forgotten.
    pub async fn claim_step(&mut self, account: &str, step: i64) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "UPDATE second_factors SET last_step = $2, tries = 0, fails = 0
             WHERE account = $1 AND last_step < $2",
            account,
            step,
        )?;
        Ok(rows == 1)
    }

    /// The recovery codes of an account that are not used yet.
    pub async fn list_recovery_codes(
        &mut self,
        account: &str,
    ) -> Result<Vec<UnusedRecoveryCode>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, mac, key_id FROM recovery_codes WHERE account = $1 AND used_at IS NULL ORDER BY id",
            account,
        )
    }

    /// Keeps a recovery code.
    pub async fn insert_recovery_code(&mut self, new: &NewRecoveryCode<'_>) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO recovery_codes (id, account, mac, key_id, made_at) VALUES ($1, $2, $3, $4, $5)",
            new.id,
            new.account,
            new.mac,
            new.key_id,
            new.now.epoch_ms(),
        )?;
        Ok(())
    }

    /// Uses a recovery code up; `false` when somebody else did, or there are new ones. The tries before it are
    /// forgotten.
    pub async fn claim_recovery_code(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "UPDATE recovery_codes SET used_at = $3 WHERE id = $1 AND account = $2 AND used_at IS NULL",
            id,
            account,
            now.epoch_ms(),
        )?;
        if rows == 1 {
            execute!(self, "UPDATE second_factors SET tries = 0, fails = 0 WHERE account = $1", account)?;
        }
        Ok(rows == 1)
    }

    /// Ends the recovery codes of an account, used or not.
    pub async fn delete_recovery_codes(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM recovery_codes WHERE account = $1", account)?;
        Ok(())
    }
}
