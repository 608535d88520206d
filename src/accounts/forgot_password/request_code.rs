//! A draft for a code: written down and answered, the same for every name. A worker does the rest.

use super::super::request::{CodeRequested, Refusal, Reply, RequestId};
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::throttle::RESEND_AFTER_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{RateLimit, ResetRequest, Tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::RequestCode`].
    pub(in crate::accounts) async fn request_code(
        &self,
        cx: &RequestContext,
        name: &str,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let canonical = canonical_identifier(name);
        let sealed = self.keyring.seal(&self.entropy, &place_of(&id), canonical.as_bytes())?;
        let request = ResetRequest {
            id,
            sealed_identifier: Some(sealed),
            source: cx.source.to_string(),
            client: cx.client.clone(),
            session: cx.session.clone(),
            requested_at: now,
        };
        let tried = write_tx!(self.store, Fault, |tx| {
            let tried = self.admit_request(tx, cx, &request.id, &canonical, now).await?;
            if matches!(tried, RateLimit::Admitted { .. }) {
                tx.insert_reset_request(&request).await?;
            }
            Ok(tried)
        });
        if let RateLimit::Later(at) = tried.await? {
            return Ok(Reply::Refused(Refusal::TryLater(at)));
        }
        self.reset_requested.notify_one();
        let resend_at = now.plus_ms(RESEND_AFTER_MS);
        Ok(Reply::CodeRequested(CodeRequested { request: RequestId(request.id), resend_at }))
    }

    /// Takes a place in what this source may ask for. Says nothing about the name.
    pub(in crate::accounts) async fn admit_request(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        id: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        let limits = self.rules.limits;
        let requests = self.source_bucket("requests", cx);
        let tried = tx.reserve_in_windows(&requests, id, &[limits.requests_per_source], now).await?;
        if !matches!(tried, RateLimit::Admitted { .. }) {
            return Ok(tried);
        }
        let names = self.source_bucket("names", cx);
        let name = self.identifier_key(canonical);
        Ok(tx.reserve_in_windows(&names, &name, &[limits.identifiers_per_source], now).await?)
    }
}

/// What the seal on a typed name is bound to: its own row.
pub(super) fn place_of(id: &str) -> String {
    format!("reset request {id}")
}
