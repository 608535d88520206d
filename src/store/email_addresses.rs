//! Addresses of accounts. Only a verified one identifies its account, receives emails or can recover it, and only
//! verified ones are unique: an unverified address keeps nobody else from verifying it. One that a reset has suspended
//! does nothing of that, and is unique all the same.

use super::macros::{affected, claim, execute, fetch_all, scalar, scalar_optional};
use super::row::row;
use super::{LiveCode, Origin, StoreFault, Tx};
use crate::domain::email_address::EmailAddress;
use crate::domain::throttle::TRIES_PER_CODE;
use crate::domain::timestamp::Timestamp;

row! {
    EmailAddress {
        id, address, canonical, is_primary, verified_at, added_at, primary_until, added_ip, added_client,
        suspended_at,
    }
}

impl Tx {
    /// Adds a verified primary address to an account; `false` when somebody has it verified in any spelling. `from`
    /// is `None` when an operator's command does it.
    pub async fn insert_primary_email(
        &mut self,
        id: &str,
        account: &str,
        (address, canonical): (&str, &str),
        from: Option<Origin<'_>>,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let (ip, client) = (from.map(|from| from.ip), from.map(|from| from.client));
        claim!(self, "INSERT INTO email_addresses (id, account, address, canonical, verified_at, primary_at, created_at,
                                          added_ip, added_client)
             VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7)
             ON CONFLICT (canonical) WHERE verified_at IS NOT NULL DO NOTHING", [id, account, address, canonical, now, ip, client])
    }

    /// Adds an address that is not verified yet; `false` when the account has it already.
    pub async fn insert_unverified_email(
        &mut self,
        id: &str,
        account: &str,
        (address, canonical): (&str, &str),
        from: Origin<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(self, "INSERT INTO email_addresses (id, account, address, canonical, created_at, added_ip, added_client)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (account, canonical) DO NOTHING", [id, account, address, canonical, now, from.ip, from.client])
    }

    /// Adds a verified address that is not the primary one, or verifies one that the account has; `false` when somebody
    /// has it verified in any spelling. An operator vouches for it.
    pub async fn claim_vouched_email(
        &mut self,
        id: &str,
        account: &str,
        (address, canonical): (&str, &str),
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO email_addresses (id, account, address, canonical, verified_at, created_at)
             SELECT $1, $2, $3, $4, $5, $5
             WHERE NOT EXISTS (SELECT 1 FROM email_addresses WHERE canonical = $4 AND verified_at IS NOT NULL)
             ON CONFLICT (account, canonical) DO UPDATE SET verified_at = excluded.verified_at",
            [id, account, address, canonical, now]
        )
    }

    /// The addresses of an account, the primary one first, then the verified ones.
    pub async fn list_emails(&mut self, account: &str) -> Result<Vec<EmailAddress>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, address, canonical, verified_at, primary_at IS NOT NULL AS is_primary,
                    created_at AS added_at, primary_until, added_ip, added_client, suspended_at
             FROM email_addresses
             WHERE account = $1
             ORDER BY CASE WHEN primary_at IS NOT NULL THEN 0 WHEN verified_at IS NOT NULL THEN 1 ELSE 2 END,
                      created_at, id",
            [account]
        )
    }

    /// Verifies an address; `false` when this or another account has it verified already. Of two that do so at
    /// the same time, the later one fails with [`StoreFault::Taken`].
    pub async fn claim_verified(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(self, "UPDATE email_addresses SET verified_at = $3
             WHERE id = $1 AND account = $2 AND verified_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM email_addresses other
                               WHERE other.canonical = email_addresses.canonical AND other.verified_at IS NOT NULL)", [id, account, now])
    }

    /// Makes a verified address the primary one; `false`, and no primary address at all, when it is not verified.
    pub async fn claim_primary(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        execute!(
            self,
            "UPDATE email_addresses SET primary_at = NULL, primary_until = $3
             WHERE account = $1 AND primary_at IS NOT NULL AND id <> $2",
            [account, id, now]
        )?;
        claim!(
            self,
            "UPDATE email_addresses SET primary_at = $3, primary_until = NULL
             WHERE id = $1 AND account = $2 AND verified_at IS NOT NULL AND primary_at IS NULL",
            [id, account, now]
        )
    }

    /// Removes an address that is not the primary one; `false` when there is none. Emails that wait for it and hold
    /// no code go to the contact `former` instead, which is created for them.
    pub async fn claim_removed(
        &mut self,
        id: &str,
        account: &str,
        former: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        execute!(
            self,
            "INSERT INTO contacts (id, address, canonical, created_at)
             SELECT $3, address, canonical, $4 FROM email_addresses
             WHERE id = $1 AND account = $2 AND verified_at IS NOT NULL AND primary_at IS NULL",
            [id, account, former, now]
        )?;
        execute!(
            self,
            "UPDATE outbox SET contact = $2, address = NULL
             WHERE address = $1 AND code IS NULL AND sent_at IS NULL AND dropped_at IS NULL
               AND EXISTS (SELECT 1 FROM contacts WHERE id = $2)",
            [id, former]
        )?;
        claim!(
            self,
            "DELETE FROM email_addresses WHERE id = $1 AND account = $2 AND primary_at IS NULL",
            [id, account]
        )
    }

    /// The address that this reset code, or the one of this grant, went to; `None` when support gave it.
    pub async fn find_address_of_code(&mut self, code_or_grant: &str) -> Result<Option<String>, StoreFault> {
        scalar_optional!(
            self,
            "SELECT address FROM outbox
             WHERE (code = $1 OR code = (SELECT code FROM grants WHERE id = $1)) AND address IS NOT NULL",
            [code_or_grant]
        )
    }

    /// The address that the code of this grant went to, be it a reset code or an undo code; `None` when support gave it.
    pub async fn find_address_of_grant(&mut self, grant: &str) -> Result<Option<String>, StoreFault> {
        scalar_optional!(
            self,
            "SELECT o.address FROM grants g JOIN outbox o ON o.code = g.code
             WHERE g.id = $1 AND o.address IS NOT NULL
             UNION SELECT s.used_by FROM grants g JOIN undo_snapshots s ON s.id = g.undo WHERE g.id = $1",
            [grant]
        )
    }

    /// Suspends the addresses of an account that were verified after `since`. Gives how many.
    pub async fn suspend_emails_verified_after(
        &mut self,
        account: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreFault> {
        affected!(
            self,
            "UPDATE email_addresses SET suspended_at = $3
             WHERE account = $1 AND verified_at > $2 AND suspended_at IS NULL",
            [account, since, now]
        )
    }

    /// Keeps a suspended address; `false` when it is not suspended.
    pub async fn claim_email_kept(&mut self, id: &str, account: &str) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE email_addresses SET suspended_at = NULL
             WHERE id = $1 AND account = $2 AND suspended_at IS NOT NULL",
            [id, account]
        )
    }

    /// How many keys and addresses of an account are suspended.
    pub async fn count_suspended(&mut self, account: &str) -> Result<i64, StoreFault> {
        scalar!(
            self,
            "SELECT (SELECT count(*) FROM keys WHERE account = $1 AND suspended_at IS NOT NULL)
                  + (SELECT count(*) FROM email_addresses WHERE account = $1 AND suspended_at IS NOT NULL)",
            [account]
        )
    }

    /// Counts one try on each live code of one purpose of the account and returns the codes. Commit before
    /// comparing.
    pub async fn reserve_verify_tries(
        &mut self,
        account: &str,
        purpose: &str,
        now: Timestamp,
    ) -> Result<Vec<LiveCode>, StoreFault> {
        fetch_all!(
            self,
            "UPDATE codes SET tries = tries + 1
             WHERE account = $1 AND purpose = $2
               AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3 AND tries < $4
             RETURNING id, request, mac, key_id",
            [account, purpose, now, TRIES_PER_CODE]
        )
    }
}
