//! Requests for a reset code that the worker has not resolved yet.

use super::macros::{claim, execute, fetch_all};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::timestamp::Timestamp;

/// A request for a reset code, made for known and unknown names alike.
#[derive(Clone, Debug)]
pub struct ResetRequest {
    /// The request's id, a UUID.
    pub id: String,
    /// What was typed, encrypted; `None` once resolved.
    pub sealed_identifier: Option<Vec<u8>>,
    /// From which source.
    pub source: String,
    /// The client's version line.
    pub client: String,
    /// The session's id.
    pub session: String,
    /// The language of the session, by its tag.
    pub language: String,
    /// When.
    pub requested_at: Timestamp,
}

row! { ResetRequest { id, sealed_identifier, source, client, session, language, requested_at } }

impl Tx {
    /// Inserts a request.
    pub async fn insert_reset_request(&mut self, request: &ResetRequest) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO reset_requests (id, sealed_identifier, source, client, session, language, requested_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                &request.id,
                request.sealed_identifier.as_deref(),
                &request.source,
                &request.client,
                &request.session,
                &request.language,
                request.requested_at
            ]
        )
    }

    /// The oldest unresolved requests, at most `limit`.
    pub async fn list_open_reset_requests(&mut self, limit: i64) -> Result<Vec<ResetRequest>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, sealed_identifier, source, client, session, language, requested_at FROM reset_requests
             WHERE resolved_at IS NULL ORDER BY requested_at, id LIMIT $1",
            [limit]
        )
    }

    /// Claims a request to resolve it in this transaction, and wipes what was typed; `false` when another
    /// worker has it.
    pub async fn claim_reset_request(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE reset_requests SET resolved_at = $2, sealed_identifier = NULL
             WHERE id = $1 AND resolved_at IS NULL",
            [id, now]
        )
    }
}
