//! One-time codes, and the grants that proven ones leave behind. A code is live while it is unused, not
//! dead, has tries left and its expiry lies ahead; every statement asks all four itself.

use super::macros::{claim, execute, exists, fetch_all, scalar, scalar_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::throttle::{TRIES_OF_STRANGERS, TRIES_PER_CODE, WRONG_CODES_PER_ACCOUNT};
use crate::domain::timestamp::Timestamp;

/// A new code.
#[derive(Debug)]
pub struct NewCode<'a> {
    /// UUID.
    pub id: &'a str,
    /// The request it answers; one code each.
    pub request: &'a str,
    /// The keyed hash of the source that asked for it, which holds it from then on; empty when none does.
    pub asked_by: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// What it may be used for.
    pub purpose: &'a str,
    /// Its HMAC.
    pub mac: &'a [u8],
    /// Which key made the HMAC.
    pub key_id: &'a str,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A code that may be compared now, its try already counted.
#[derive(Debug)]
pub struct LiveCode {
    /// UUID.
    pub id: String,
    /// The request it answers.
    pub request: String,
    /// Its HMAC.
    pub mac: Vec<u8>,
    /// Which key made the HMAC.
    pub key_id: String,
}

/// What earned the right to set a password.
#[derive(Clone, Copy, Debug)]
pub enum GrantedBy<'a> {
    /// A reset code, by its id.
    Code(&'a str),
    /// An undone change, by the id of its snapshot.
    Undo(&'a str),
    /// The right password, which the directory wants to be replaced.
    Password,
}

/// What somebody who tries a code has to show for holding it.
#[derive(Clone, Copy, Debug)]
pub struct CodeHolder<'a> {
    /// The ids of requests that were answered, of which the first three count. With any, only their codes are tried.
    pub requests: &'a [&'a str],
    /// The keyed hash of the source.
    pub source_mac: &'a str,
    /// Whether the account knows the source; then every code is its.
    pub is_known_source: bool,
    /// Whether only codes of the requests are tried: the source has had its wrong codes of the day.
    pub by_request_only: bool,
}

impl CodeHolder<'_> {
    fn request(&self, place: usize) -> Option<&str> {
        self.requests.get(place).copied()
    }
}

/// A new right to set a password.
#[derive(Debug)]
pub struct NewGrant<'a> {
    /// UUID.
    pub id: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// What it was earned with.
    pub by: GrantedBy<'a>,
    /// The account's epoch now; a grant of an older epoch is void.
    pub epoch: i64,
    /// Now.
    pub now: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When the second factor was shown beside the code; an account that has one needs it.
    pub second_factor_at: Option<Timestamp>,
}

row! { LiveCode { id, request, mac, key_id } }

impl Tx {
    /// How many codes of one purpose of the account could still be redeemed.
    pub async fn count_live_codes(
        &mut self,
        account: &str,
        purpose: &str,
        now: Timestamp,
    ) -> Result<i64, StoreFault> {
        scalar!(
            self,
            "SELECT count(*) FROM codes
             WHERE account = $1 AND purpose = $4
               AND used_at IS NULL AND dead_at IS NULL AND expires_at > $2 AND tries < $3",
            [account, now, TRIES_PER_CODE, purpose]
        )
    }

    /// Inserts a code.
    pub async fn insert_code(&mut self, new: &NewCode<'_>) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO codes (id, request, asked_by, account, purpose, mac, key_id, requested_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                new.id,
                new.request,
                new.asked_by,
                new.account,
                new.purpose,
                new.mac,
                new.key_id,
                new.requested_at,
                new.expires_at
            ]
        )
    }

    /// True when a code of the account answers this request, live or not.
    pub async fn is_answered(
        &mut self,
        request: &str,
        account: &str,
        purpose: &str,
    ) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT id FROM codes WHERE request = $1 AND account = $2 AND purpose = $3",
            [request, account, purpose]
        )
    }

    /// Counts one try on each live code that could be meant (those of the holder's requests, or without one all of
    /// the account, less those of which strangers had their share, today or of this code) and returns the codes. Those
    /// that have expired are dead from now on. Commit before comparing.
    pub async fn reserve_code_tries(
        &mut self,
        account: &str,
        purpose: &str,
        holder: &CodeHolder<'_>,
        now: Timestamp,
    ) -> Result<Vec<LiveCode>, StoreFault> {
        // Written down, so that it stays refused whatever the clock says later.
        execute!(
            self,
            "UPDATE codes SET dead_at = $3
             WHERE account = $1 AND purpose = $2 AND used_at IS NULL AND dead_at IS NULL AND expires_at <= $3",
            [account, purpose, now]
        )?;
        fetch_all!(
            self,
            "UPDATE codes
             SET tries = tries + 1,
                 stranger_tries = stranger_tries
                     + CASE WHEN $4 = 1 OR asked_by = $5 OR request IN ($6, $7, $8) THEN 0 ELSE 1 END
             WHERE account = $1 AND purpose = $2 AND request NOT LIKE 'support:%'
               AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3 AND tries < $9
               AND CASE WHEN $6 IS NOT NULL THEN request IN ($6, $7, $8)
                        WHEN $11 = 1 THEN 1 = 0
                        ELSE $4 = 1 OR asked_by = $5
                             OR stranger_tries < $10
                                AND $12 > (SELECT COALESCE(sum(c.stranger_tries), 0) FROM codes c
                                           WHERE c.account = $1 AND c.purpose = $2 AND c.requested_at > $13) END
             RETURNING id, request, mac, key_id",
            [
                account,
                purpose,
                now,
                i64::from(holder.is_known_source),
                holder.source_mac,
                holder.request(0),
                holder.request(1),
                holder.request(2),
                TRIES_PER_CODE,
                TRIES_OF_STRANGERS,
                i64::from(holder.by_request_only),
                WRONG_CODES_PER_ACCOUNT[0].count,
                now.plus_ms(-WRONG_CODES_PER_ACCOUNT[0].window_ms)
            ]
        )
    }

    /// The live codes that support made for the account, the newest first. Count and commit the try before comparing.
    pub async fn list_support_codes(
        &mut self,
        account: &str,
        purpose: &str,
        now: Timestamp,
    ) -> Result<Vec<LiveCode>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, request, mac, key_id FROM codes
             WHERE account = $1 AND purpose = $2 AND request LIKE 'support:%'
               AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3
             ORDER BY requested_at DESC, id DESC",
            [account, purpose, now]
        )
    }

    /// The codes of one purpose of the account that are used, or whose tries are all taken, perhaps by redemptions that
    /// go on at this moment: whoever types one of them holds a right code and guesses at nothing.
    pub async fn list_spent_codes(
        &mut self,
        account: &str,
        purpose: &str,
        now: Timestamp,
    ) -> Result<Vec<LiveCode>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, request, mac, key_id FROM codes
             WHERE account = $1 AND purpose = $2 AND dead_at IS NULL AND expires_at > $3
               AND (used_at IS NOT NULL OR tries >= $4 OR stranger_tries >= $5)",
            [account, purpose, now, TRIES_PER_CODE, TRIES_OF_STRANGERS]
        )
    }

    /// True when a code was used up.
    pub async fn is_used_code(&mut self, id: &str) -> Result<bool, StoreFault> {
        exists!(self, "SELECT id FROM codes WHERE id = $1 AND used_at IS NOT NULL", [id])
    }

    /// True when a code has had all its tries, whoever had them: it is good for nobody any more.
    pub async fn has_had_its_tries(&mut self, id: &str) -> Result<bool, StoreFault> {
        exists!(self, "SELECT id FROM codes WHERE id = $1 AND tries >= $2", [id, TRIES_PER_CODE])
    }

    /// Gives back the try of a right code that stays good for later.
    pub async fn release_code_try(&mut self, id: &str, holder: &CodeHolder<'_>) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE codes
             SET tries = tries - 1,
                 stranger_tries = stranger_tries
                     - CASE WHEN $2 = 1 OR asked_by = $3 OR request IN ($4, $5, $6) THEN 0 ELSE 1 END
             WHERE id = $1 AND request NOT LIKE 'support:%'",
            [
                id,
                i64::from(holder.is_known_source),
                holder.source_mac,
                holder.request(0),
                holder.request(1),
                holder.request(2)
            ]
        )
    }

    /// Uses up a code; `false` when somebody else did, or it was voided or expired meanwhile.
    pub async fn claim_code(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE codes SET used_at = $2
             WHERE id = $1 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $2",
            [id, now]
        )
    }

    /// Records that the relay has the code's email: from now on it lives `ttl_ms`, but no longer than it
    /// would have anyway.
    pub async fn set_code_sent(&mut self, id: &str, ttl_ms: i64, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE codes
             SET sent_at = $2, expires_at = CASE WHEN $3 < expires_at THEN $3 ELSE expires_at END
             WHERE id = $1 AND sent_at IS NULL",
            [id, now, now.plus_ms(ttl_ms)]
        )
    }

    /// Inserts a grant.
    pub async fn insert_grant(&mut self, new: &NewGrant<'_>) -> Result<(), StoreFault> {
        let (code, undo) = match new.by {
            GrantedBy::Code(id) => (Some(id), None),
            GrantedBy::Undo(id) => (None, Some(id)),
            GrantedBy::Password => (None, None),
        };
        execute!(
            self,
            "INSERT INTO grants (id, account, code, undo, epoch, created_at, expires_at, second_factor_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [new.id, new.account, code, undo, new.epoch, new.now, new.expires_at, new.second_factor_at]
        )
    }

    /// Records that the second factor was shown for a grant; `false` when it is used, dead or too old.
    pub async fn claim_grant_second_factor(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE grants SET second_factor_at = $3
             WHERE id = $1 AND account = $2 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3",
            [id, account, now]
        )
    }

    /// True when the grant could be used now.
    pub async fn is_live_grant(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT g.epoch FROM grants g JOIN accounts a ON a.id = g.account AND a.auth_epoch = g.epoch
             WHERE g.id = $1 AND g.account = $2 AND g.used_at IS NULL AND g.dead_at IS NULL
               AND g.expires_at > $3 AND a.disabled_at IS NULL
               AND (g.second_factor_at IS NOT NULL
                    OR NOT EXISTS (SELECT 1 FROM second_factors s WHERE s.account = g.account))",
            [id, account, now]
        )
    }

    /// Uses up a grant; returns the epoch it is good for, `None` when it is used, dead or too old.
    pub async fn claim_grant(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreFault> {
        scalar_optional!(
            self,
            "UPDATE grants SET used_at = $3
             WHERE id = $1 AND account = $2 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3
               AND (second_factor_at IS NOT NULL
                    OR NOT EXISTS (SELECT 1 FROM second_factors s WHERE s.account = grants.account))
             RETURNING epoch",
            [id, account, now]
        )
    }

    /// Ends every code and grant of the account that is not used yet, and the emails that wait with them.
    pub async fn void_reset_codes_of(&mut self, account: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET dropped_at = $2, sealed = NULL, reason = 'the code is void'
             WHERE sent_at IS NULL AND dropped_at IS NULL
               AND code IN (SELECT id FROM codes WHERE account = $1)",
            [account, now]
        )?;
        execute!(
            self,
            "UPDATE codes SET dead_at = $2 WHERE account = $1 AND used_at IS NULL AND dead_at IS NULL",
            [account, now]
        )?;
        execute!(
            self,
            "UPDATE grants SET dead_at = $2 WHERE account = $1 AND used_at IS NULL AND dead_at IS NULL",
            [account, now]
        )
    }

    /// Ends every code that went to this address and is not used yet, and the grants that were earned by one.
    /// The emails that wait go with the address.
    pub async fn void_reset_codes_sent_to(
        &mut self,
        address: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(self, "UPDATE codes SET dead_at = $2
             WHERE id IN (SELECT code FROM outbox WHERE address = $1) AND used_at IS NULL AND dead_at IS NULL", [address, now])?;
        execute!(self, "UPDATE grants SET dead_at = $2
             WHERE code IN (SELECT code FROM outbox WHERE address = $1) AND used_at IS NULL AND dead_at IS NULL", [address, now])
    }
}
