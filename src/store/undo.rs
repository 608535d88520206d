//! What accounts were like before their sensitive changes, for as long as those can be undone.

use super::macros::{affected, claim, execute, exists, fetch_all, fetch_optional, scalar, scalar_optional};
use super::row::row;
use super::second_factor::{STEPS_AHEAD, TRIES_PER_STEP};
use super::{FactorLock, StoreFault, TotpAttempt, Tx, UnusedRecoveryCode};
use crate::domain::email_address::EmailAddress;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::throttle::FACTOR_FAILS_ELSEWHERE;
use crate::domain::timestamp::Timestamp;

/// A new snapshot, taken before its change.
#[derive(Debug)]
pub struct NewUndoSnapshot<'a> {
    /// UUID.
    pub id: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// The kind of the change's event.
    pub kind: &'a str,
    /// What the change is done to.
    pub detail: &'a str,
    /// From where; empty for an operator's command.
    pub ip: &'a str,
    /// With which client.
    pub client: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Until when its codes are good.
    pub expires_at: Timestamp,
}

/// The code that undoes a change, for one of the addresses that are told.
#[derive(Debug)]
pub struct NewUndoCode<'a> {
    /// The snapshot's id.
    pub snapshot: &'a str,
    /// The address's id.
    pub address: &'a str,
    /// What the code is found by.
    pub lookup: &'a [u8],
    /// The code's HMAC.
    pub mac: &'a [u8],
    /// Which key made both.
    pub key_id: &'a str,
}

/// A snapshot whose code is live.
#[derive(Clone, Debug)]
pub struct UndoSnapshot {
    /// UUID.
    pub id: String,
    /// The account's id.
    pub account: String,
    /// Which of the account's changes it is, counted upwards.
    pub nth: i64,
    /// The kind of the change's event.
    pub kind: String,
    /// What it was done to.
    pub detail: String,
    /// From where; empty for an operator's command.
    pub ip: String,
    /// With which client.
    pub client: String,
    /// The code's HMAC.
    pub mac: Vec<u8>,
    /// Which key made it.
    pub key_id: String,
    /// Since when the second factor was on that was on before the change.
    pub factor_since: Option<Timestamp>,
    /// When the change was made.
    pub made_at: Timestamp,
    /// The id of the address that the code went to.
    pub recipient: String,
}

row! {
    UndoSnapshot { id, account, nth, kind, detail, ip, client, mac, key_id, factor_since, made_at, recipient }
}

/// What belongs to the snapshot of an account with a second factor, copied from its own rows.
const COPIES_OF_FACTOR: [&str; 2] = [
    "INSERT INTO undo_recovery_codes (snapshot, id, mac, key_id, made_at)
     SELECT $1, id, mac, key_id, made_at FROM recovery_codes WHERE account = $2 AND used_at IS NULL",
    "INSERT INTO undo_second_factors (account, on_since, sealed, last_step, tries_step, tries, added_ip, added_client,
                                      kept_at)
     SELECT f.account, f.on_since, f.sealed, f.last_step, f.tries_step, f.tries, f.added_ip, f.added_client,
            s.made_at
     FROM second_factors f JOIN undo_snapshots s ON s.account = f.account
     WHERE s.id = $1 AND f.account = $2
     ON CONFLICT (account, on_since) DO UPDATE
     SET sealed = excluded.sealed, last_step = excluded.last_step, tries_step = excluded.tries_step,
         tries = excluded.tries, kept_at = excluded.kept_at",
];

impl Tx {
    /// Keeps what the account is like now; gives the ids of its verified addresses that are not suspended. The account
    /// must be locked.
    pub async fn insert_undo_snapshot(
        &mut self,
        new: &NewUndoSnapshot<'_>,
    ) -> Result<Vec<String>, StoreFault> {
        let factor_since: Option<Timestamp> = scalar!(
            self,
            "INSERT INTO undo_snapshots (id, account, nth, kind, detail, ip, client, factor_since, made_at,
                                         expires_at)
             SELECT $1, $2, (SELECT coalesce(max(nth), 0) + 1 FROM undo_snapshots WHERE account = $2),
                    $3, $4, $5, $6, (SELECT on_since FROM second_factors WHERE account = $2), $7, $8
             RETURNING factor_since",
            [new.id, new.account, new.kind, new.detail, new.ip, new.client, new.now, new.expires_at]
        )?;
        execute!(
            self,
            "INSERT INTO undo_keys (snapshot, key, suspended_at)
             SELECT $1, id, suspended_at FROM keys WHERE account = $2",
            [new.id, new.account]
        )?;
        if factor_since.is_some() {
            for sql in COPIES_OF_FACTOR {
                execute!(self, sql, [new.id, new.account])?;
            }
        }
        let addresses: Vec<(String, Option<Timestamp>)> = fetch_all!(
            self,
            "INSERT INTO undo_addresses (snapshot, id, address, canonical, verified_at, primary_at, primary_until,
                                         created_at, added_ip, added_client, suspended_at)
             SELECT $1, id, address, canonical, verified_at, primary_at, primary_until, created_at, added_ip,
                    added_client, suspended_at
             FROM email_addresses WHERE account = $2 AND verified_at IS NOT NULL
             RETURNING id, suspended_at",
            [new.id, new.account]
        )?;
        let in_use = addresses.into_iter().filter(|(_, suspended_at)| suspended_at.is_none());
        Ok(in_use.map(|(id, _)| id).collect())
    }

    /// Keeps the code of one of the addresses of a snapshot.
    pub async fn set_undo_code(&mut self, new: &NewUndoCode<'_>) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE undo_addresses SET lookup = $3, mac = $4, key_id = $5 WHERE snapshot = $1 AND id = $2",
            [new.snapshot, new.address, new.lookup, new.mac, new.key_id]
        )
    }

    /// Voids the undo codes that went to addresses which were verified after `verified_after`.
    pub async fn void_undo_codes_sent_to_younger(
        &mut self,
        account: &str,
        verified_after: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE undo_addresses SET void_at = $3
             WHERE verified_at > $2 AND void_at IS NULL
               AND snapshot IN (SELECT id FROM undo_snapshots WHERE account = $1)",
            [account, verified_after, now]
        )
    }

    /// Deletes a snapshot whose change was not made after all.
    pub async fn delete_undo_snapshot(&mut self, id: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM undo_snapshots WHERE id = $1", [id])
    }

    /// The snapshot of a live code of an enabled account, by what the key `key_id` makes of the code.
    pub async fn find_undo_snapshot(
        &mut self,
        lookup: &[u8],
        key_id: &str,
        now: Timestamp,
    ) -> Result<Option<UndoSnapshot>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT s.id, s.account, s.nth, s.kind, s.detail, s.ip, s.client, r.mac, r.key_id, s.factor_since,
                    s.made_at, r.id AS recipient
             FROM undo_addresses r JOIN undo_snapshots s ON s.id = r.snapshot
                  JOIN accounts a ON a.id = s.account AND a.disabled_at IS NULL
             WHERE r.lookup = $1 AND r.key_id = $2 AND r.void_at IS NULL
               AND s.used_at IS NULL AND s.dead_at IS NULL AND s.expires_at > $3",
            [lookup, key_id, now]
        )
    }

    /// Uses up the codes of a snapshot with the one that `recipient` got; `false` when somebody else did, or it was voided
    /// or expired meanwhile.
    pub async fn claim_undo_snapshot(
        &mut self,
        id: &str,
        recipient: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE undo_snapshots SET used_at = $3, used_by = $2
             WHERE id = $1 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3
               AND EXISTS (SELECT 1 FROM undo_addresses WHERE snapshot = $1 AND id = $2 AND void_at IS NULL)",
            [id, recipient, now]
        )
    }

    /// Voids the codes of the changes that came after this one.
    pub async fn void_younger_undo_codes(
        &mut self,
        account: &str,
        nth: i64,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE undo_snapshots SET dead_at = $3
             WHERE account = $1 AND nth > $2 AND used_at IS NULL AND dead_at IS NULL",
            [account, nth, now]
        )
    }

    /// The verified addresses that the account had, the primary one first.
    pub async fn list_undo_addresses(&mut self, snapshot: &str) -> Result<Vec<EmailAddress>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, address, canonical, verified_at, primary_at IS NOT NULL AS is_primary,
                    created_at AS added_at, primary_until, added_ip, added_client, suspended_at
             FROM undo_addresses WHERE snapshot = $1
             ORDER BY CASE WHEN primary_at IS NOT NULL THEN 0 ELSE 1 END, created_at, id",
            [snapshot]
        )
    }

    /// The keys that the account has and did not have then.
    pub async fn list_keys_added_since(
        &mut self,
        snapshot: &str,
        account: &str,
    ) -> Result<Vec<RegisteredKey>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, fingerprint, algorithm, comment, added_at, last_used_at, verified_at, added_ip,
                    added_client, suspended_at, no_touch_required
             FROM keys
             WHERE account = $2 AND id NOT IN (SELECT key FROM undo_keys WHERE snapshot = $1)
             ORDER BY added_at, id",
            [snapshot, account]
        )
    }

    /// The recovery codes that were not used then, and have not been since.
    pub async fn list_undo_recovery_codes(
        &mut self,
        snapshot: &str,
    ) -> Result<Vec<UnusedRecoveryCode>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, mac, key_id FROM undo_recovery_codes WHERE snapshot = $1 ORDER BY id",
            [snapshot]
        )
    }

    /// Whether another account has verified this address.
    pub async fn is_verified_elsewhere(
        &mut self,
        canonical: &str,
        account: &str,
    ) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT 1 FROM email_addresses WHERE canonical = $1 AND account <> $2 AND verified_at IS NOT NULL",
            [canonical, account]
        )
    }

    /// Deletes an address of the account, whatever it is, with the emails that wait for it.
    pub async fn delete_email(&mut self, id: &str, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM email_addresses WHERE id = $1 AND account = $2", [id, account])
    }

    /// Puts an address of a snapshot back, not as the primary one; `false` when another account has it verified.
    pub async fn restore_email(
        &mut self,
        snapshot: &str,
        id: &str,
        account: &str,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO email_addresses (id, account, address, canonical, verified_at, primary_until, created_at,
                                          added_ip, added_client, suspended_at)
             SELECT id, $3, address, canonical, verified_at, primary_until, created_at, added_ip, added_client,
                    suspended_at
             FROM undo_addresses
             WHERE snapshot = $1 AND id = $2
             ON CONFLICT DO NOTHING",
            [snapshot, id, account]
        )
    }

    /// Makes the address with this canonical form the primary one, and no other.
    pub async fn restore_primary(
        &mut self,
        account: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE email_addresses SET primary_at = NULL
             WHERE account = $1 AND canonical <> $2 AND primary_at IS NOT NULL",
            [account, canonical]
        )?;
        execute!(
            self,
            "UPDATE email_addresses SET primary_at = $3, primary_until = NULL
             WHERE account = $1 AND canonical = $2 AND verified_at IS NOT NULL AND primary_at IS NULL",
            [account, canonical, now]
        )
    }

    /// Suspends of the addresses and keys that the account still has those that were suspended then, and no others.
    pub async fn restore_suspensions(&mut self, snapshot: &str, account: &str) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE email_addresses
             SET suspended_at = (SELECT u.suspended_at FROM undo_addresses u
                                 WHERE u.snapshot = $1 AND u.canonical = email_addresses.canonical)
             WHERE account = $2 AND canonical IN (SELECT canonical FROM undo_addresses WHERE snapshot = $1)",
            [snapshot, account]
        )?;
        execute!(
            self,
            "UPDATE keys
             SET suspended_at = (SELECT u.suspended_at FROM undo_keys u
                                 WHERE u.snapshot = $1 AND u.key = keys.id)
             WHERE account = $2 AND id IN (SELECT key FROM undo_keys WHERE snapshot = $1)",
            [snapshot, account]
        )
    }

    /// Deletes the keys that the account did not have then.
    pub async fn delete_keys_added_since(&mut self, snapshot: &str, account: &str) -> Result<(), StoreFault> {
        execute!(
            self,
            "DELETE FROM keys
             WHERE account = $2 AND id NOT IN (SELECT key FROM undo_keys WHERE snapshot = $1)",
            [snapshot, account]
        )
    }

    /// Puts the unused recovery codes of a snapshot in the place of those that the account has.
    pub async fn restore_recovery_codes(&mut self, snapshot: &str, account: &str) -> Result<(), StoreFault> {
        self.delete_recovery_codes(account).await?;
        execute!(
            self,
            "INSERT INTO recovery_codes (id, account, mac, key_id, made_at)
             SELECT id, $2, mac, key_id, made_at FROM undo_recovery_codes WHERE snapshot = $1",
            [snapshot, account]
        )
    }

    /// Uses up a recovery code of a second factor that is not on any more; `false` when somebody else did.
    pub async fn claim_undo_recovery_code(&mut self, id: &str) -> Result<bool, StoreFault> {
        Ok(affected!(self, "DELETE FROM undo_recovery_codes WHERE id = $1", [id])? > 0)
    }

    /// Counts a try at the second factor of a snapshot: at most three in one step, as for the one that is on, and
    /// [`FACTOR_FAILS_ELSEWHERE`] wrong ones in a row beside the codes of one address. So whoever has the younger codes
    /// keeps nobody from using an older one. The caller holds the account's row, and commits before comparing.
    pub async fn reserve_undo_second_factor(
        &mut self,
        found: &UndoSnapshot,
        on_since: Timestamp,
        step: i64,
    ) -> Result<TotpAttempt, StoreFault> {
        let UndoSnapshot { id, account, recipient, .. } = found;
        let fails: i64 = scalar!(
            self,
            "SELECT CAST(coalesce(sum(r.factor_fails), 0) AS BIGINT)
             FROM undo_addresses r JOIN undo_snapshots s ON s.id = r.snapshot
             WHERE s.account = $1 AND s.factor_since = $2 AND r.id = $3",
            [account, on_since, recipient]
        )?;
        if fails >= FACTOR_FAILS_ELSEWHERE {
            return Ok(TotpAttempt::Full);
        }
        let row: Option<(Vec<u8>,)> = fetch_optional!(
            self,
            "UPDATE undo_second_factors
             SET tries = CASE WHEN tries_step < $3 OR tries_step > $5 THEN 1 ELSE tries + 1 END,
                 tries_step = CASE WHEN tries_step < $3 OR tries_step > $5 THEN $3 ELSE tries_step END
             WHERE account = $1 AND on_since = $2 AND (tries_step < $3 OR tries_step > $5 OR tries < $4)
             RETURNING sealed",
            [account, on_since, step, TRIES_PER_STEP, step.saturating_add(STEPS_AHEAD)]
        )?;
        if let Some((sealed,)) = row {
            execute!(
                self,
                "UPDATE undo_addresses SET factor_fails = factor_fails + 1 WHERE snapshot = $1 AND id = $2",
                [id, recipient]
            )?;
            let locks = (fails + 1 == FACTOR_FAILS_ELSEWHERE).then_some(FactorLock::Here);
            return Ok(TotpAttempt::Admitted { sealed, locks });
        }
        let tries_step: Option<i64> = scalar_optional!(
            self,
            "SELECT tries_step FROM undo_second_factors WHERE account = $1 AND on_since = $2",
            [account, on_since]
        )?;
        Ok(tries_step.map_or(TotpAttempt::Off, |tries_step| {
            TotpAttempt::NotBefore(tries_step.max(step).saturating_add(1))
        }))
    }

    /// Uses up the code of one step of the second factor of a snapshot, and those of earlier steps; `false` when somebody
    /// else did. Wrong ones beside the codes of this address are counted from the beginning.
    pub async fn claim_undo_step(
        &mut self,
        found: &UndoSnapshot,
        on_since: Timestamp,
        step: i64,
    ) -> Result<bool, StoreFault> {
        execute!(
            self,
            "UPDATE undo_addresses SET factor_fails = 0
             WHERE id = $2 AND snapshot IN (SELECT id FROM undo_snapshots WHERE account = $1)",
            [&found.account, &found.recipient]
        )?;
        claim!(
            self,
            "UPDATE undo_second_factors SET last_step = $3, tries = 0
             WHERE account = $1 AND on_since = $2 AND (last_step < $3 OR last_step > $4)",
            [&found.account, on_since, step, step.saturating_add(STEPS_AHEAD)]
        )
    }

    /// Turns a second factor of a snapshot on again, in place of the one that is on.
    pub async fn restore_second_factor(
        &mut self,
        account: &str,
        on_since: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM second_factors WHERE account = $1", [account])?;
        execute!(
            self,
            "INSERT INTO second_factors (account, sealed, last_step, on_since, added_ip, added_client)
             SELECT account, sealed, last_step, on_since, added_ip, added_client FROM undo_second_factors
             WHERE account = $1 AND on_since = $2",
            [account, on_since]
        )?;
        execute!(
            self,
            "INSERT INTO used_totp_steps (account, step)
             SELECT account, last_step FROM second_factors WHERE account = $1",
            [account]
        )
    }

    /// Takes the password away and raises the epoch; the new one, `None` when there is no such account.
    pub async fn void_password(&mut self, account: &str, now: Timestamp) -> Result<Option<i64>, StoreFault> {
        scalar_optional!(
            self,
            "UPDATE accounts
             SET password_phc = NULL, pepper_id = NULL, short_password_at = NULL,
                 auth_epoch = auth_epoch + 1, epoch_raised_at = $2
             WHERE id = $1 AND disabled_at IS NULL
             RETURNING auth_epoch",
            [account, now]
        )
    }

    /// Forgets where the account has signed in from.
    pub async fn delete_known_sources(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM known_sources WHERE account = $1", [account])
    }

    /// The changes that can still be undone: what, done to what, when, from where, and until when. For the account's
    /// own records.
    pub async fn list_undoable_changes(
        &mut self,
        account: &str,
        now: Timestamp,
    ) -> Result<Vec<UndoableChange>, StoreFault> {
        fetch_all!(
            self,
            "SELECT kind, detail, ip, client, made_at AS at, expires_at AS undo_until FROM undo_snapshots
             WHERE account = $1 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $2 ORDER BY nth",
            [account, now]
        )
    }
}

/// A change that can still be undone.
#[derive(Clone, Debug, serde::Serialize)]
pub struct UndoableChange {
    /// The kind of its event.
    pub kind: String,
    /// What it was done to.
    pub detail: String,
    /// From where.
    pub ip: String,
    /// With which client.
    pub client: String,
    /// When.
    pub at: Timestamp,
    /// Until when its code is good.
    pub undo_until: Timestamp,
}

row! { UndoableChange { kind, detail, ip, client, at, undo_until } }
