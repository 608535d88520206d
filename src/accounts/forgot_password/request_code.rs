//! A request for a reset code: stored and answered, the same for every name. A worker does the rest.

use super::super::request::{CodeRequested, Reply, RequestId};
use super::super::shared::resolve_name::note_for_log;
use super::super::shared::{commit_even_if_refused, reserve};
use super::super::{Accounts, Error, RequestContext};
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::throttle::RESEND_AFTER_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{ResetRequest, Tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::RequestCode`].
    pub(in crate::accounts) async fn request_code(
        &self,
        cx: &RequestContext,
        name: &str,
    ) -> Result<Reply, Error> {
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let canonical = canonical_identifier(name);
        let sealed = self.keyring.get().seal(&self.entropy, &place_of(&id), canonical.as_bytes())?;
        let request = ResetRequest {
            id,
            sealed_identifier: Some(sealed),
            source: cx.source.to_string(),
            client: cx.client.clone(),
            session: cx.session.clone(),
            requested_at: now,
        };
        let stored = commit_even_if_refused!(self.store, |tx| {
            self.reserve_request(tx, cx, &request.id, &canonical, now).await?;
            Ok(tx.insert_reset_request(&request).await?)
        });
        stored.await?;
        self.reset_requested.notify_one();
        let resend_at = now.plus_ms(RESEND_AFTER_MS);
        Ok(Reply::CodeRequested(CodeRequested { request: RequestId(request.id), resend_at }))
    }

    /// Counts a request against its source. Says nothing about the name.
    pub(in crate::accounts) async fn reserve_request(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        id: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let limits = &self.rules.limits;
        let of_requests = self.limit_of_source(tx, cx, limits.requests_per_source, now).await?;
        let of_names = self.limit_of_source(tx, cx, limits.identifiers_per_source, now).await?;
        let (requests, names) = (self.source_bucket("requests", cx), self.source_bucket("names", cx));
        reserve(tx, &[(&requests, of_requests.as_slice())], id, now).await?;
        let name = self.identifier_key(canonical);
        note_for_log(None, &name);
        reserve(tx, &[(&names, of_names.as_slice())], &name, now).await
    }
}

/// What the seal on a typed name is bound to: its own row.
pub(super) fn place_of(id: &str) -> String {
    format!("reset request {id}")
}
