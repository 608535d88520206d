//! Where accounts have signed in from, as keyed hashes.

use super::macros::{execute, exists, scalar};
use super::{StoreFault, Tx};
use crate::domain::throttle::{COUNTED_ACCOUNT_AGE_MS, KNOWN_SOURCE_LIFE_MS, KNOWN_SOURCES_PER_ACCOUNT};
use crate::domain::timestamp::Timestamp;

/// Stands in `place_mac` for places that services tell of; no hash is as short.
const OF_SERVICES: &str = "service";

impl Tx {
    /// True when the account signed in from this source in the last 30 days.
    pub async fn is_known_source(
        &mut self,
        account: &str,
        source_mac: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT last_seen_at FROM known_sources
             WHERE account = $1 AND source_mac = $2 AND last_seen_at > $3",
            [account, source_mac, now.plus_ms(-KNOWN_SOURCE_LIFE_MS)]
        )
    }

    /// True when any account, older than a week, signed in from this source in the last 30 days.
    pub async fn is_known_to_any(&mut self, place_mac: &str, now: Timestamp) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT s.last_seen_at FROM known_sources s JOIN accounts a ON a.id = s.account
             WHERE s.place_mac = $1 AND s.last_seen_at > $2 AND a.created_at < $3 LIMIT 1",
            [place_mac, now.plus_ms(-KNOWN_SOURCE_LIFE_MS), now.plus_ms(-COUNTED_ACCOUNT_AGE_MS)]
        )
    }

    /// How many accounts, older than a week, signed in from this source in the last 30 days, counted up to `most`.
    pub async fn count_accounts_of_source(
        &mut self,
        place_mac: &str,
        most: i64,
        now: Timestamp,
    ) -> Result<i64, StoreFault> {
        scalar!(
            self,
            "SELECT count(*) FROM (SELECT s.account FROM known_sources s JOIN accounts a ON a.id = s.account
                                   WHERE s.place_mac = $1 AND s.last_seen_at > $2 AND a.created_at < $3
                                   LIMIT $4) AS accounts",
            [place_mac, now.plus_ms(-KNOWN_SOURCE_LIFE_MS), now.plus_ms(-COUNTED_ACCOUNT_AGE_MS), most]
        )
    }

    /// Records that the account signed in from this source; of too many, the oldest are deleted. `source_mac` is the
    /// account's own hash of the source, `place_mac` everybody's.
    pub async fn set_known_source(
        &mut self,
        account: &str,
        source_mac: &str,
        place_mac: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        self.upsert_known_source(account, source_mac, place_mac, now).await?;
        self.keep_newest_sources(account, false).await
    }

    /// Records from where a service says that somebody has signed in to it. No limit of a source is raised by that, and
    /// those from where the account signs in to the portal are not crowded out by it.
    pub async fn set_known_place_of_service(
        &mut self,
        account: &str,
        place_mac: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        self.upsert_known_source(account, place_mac, OF_SERVICES, now).await?;
        self.keep_newest_sources(account, true).await
    }

    async fn upsert_known_source(
        &mut self,
        account: &str,
        source_mac: &str,
        place_mac: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO known_sources (account, source_mac, place_mac, last_seen_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account, source_mac) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            [account, source_mac, place_mac, now]
        )
    }

    async fn keep_newest_sources(&mut self, account: &str, of_services: bool) -> Result<(), StoreFault> {
        let which = if of_services { OF_SERVICES } else { "" };
        execute!(
            self,
            "DELETE FROM known_sources
             WHERE account = $1 AND (place_mac = $2) = ($3 = $2) AND source_mac NOT IN (
                 SELECT source_mac FROM known_sources WHERE account = $1 AND (place_mac = $2) = ($3 = $2)
                 ORDER BY last_seen_at DESC, source_mac LIMIT $4)",
            [account, OF_SERVICES, which, KNOWN_SOURCES_PER_ACCOUNT]
        )
    }
}
