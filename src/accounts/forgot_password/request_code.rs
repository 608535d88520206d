//! A request for a reset code: stored and answered, the same for every name. A worker does the rest.

use super::super::hashing::Requester;
use super::super::request::{CodeRequested, NextCode, Reply, RequestId};
use super::super::shared::resolve_name::note_for_log;
use super::super::shared::{admitted, commit_even_if_refused, reserve, room_at};
use super::super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::throttle::{CODES_PER_ACCOUNT, Limit, RESEND_AFTER_MS};
use crate::domain::timestamp::Timestamp;
use crate::store::{RateLimit, ResetRequest, Tx, read_tx, wait_as_known};

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
        self.require_room_for_request(cx, &canonical, now).await?;
        let sealed = self.keyring.get().seal(&self.entropy, &place_of(&id), canonical.as_bytes())?;
        let request = ResetRequest {
            id,
            sealed_identifier: Some(sealed),
            source: cx.source.to_string(),
            client: cx.client.clone(),
            session: cx.session.clone(),
            language: cx.language.tag().to_owned(),
            requested_at: now,
        };
        let stored = commit_even_if_refused!(self.store, |tx| {
            self.reserve_request(tx, cx, &request.id, &canonical, now).await?;
            let next = self.count_code(tx, cx, (&request.id, &canonical), &CODES_PER_ACCOUNT, now).await?;
            if !next.too_soon {
                tx.insert_reset_request(&request).await?;
            }
            Ok(next)
        });
        let next = stored.await?;
        self.reset_requested.notify_one();
        Ok(Reply::CodeRequested(CodeRequested { request: RequestId(request.id), next }))
    }

    /// Refuses what [`Self::reserve_request`] would, before anything is written: from memory, or by reading. Where any
    /// account has signed in before, the request goes on before those of strangers; the name says nothing about that.
    pub(in crate::accounts) async fn require_room_for_request(
        &self,
        cx: &RequestContext,
        canonical: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let name = self.identifier_key(canonical);
        let name_here = BucketKind::Names.of(&[&name]);
        self.refuse_from_memory(cx, BucketKind::Requests.id(), now)?;
        self.refuse_from_memory(cx, name_here.as_str(), now)?;
        let limits = self.limits();
        let found = read_tx!(self.store, Error, |tx| {
            let of_requests = self.limit_of_source(tx, cx, limits.requests_per_source, now).await?;
            let of_names = self.limit_of_source(tx, cx, limits.identifiers_per_source, now).await?;
            let (requests, names) =
                (self.source_bucket(BucketKind::Requests, cx), self.source_bucket(BucketKind::Names, cx));
            let requests = tx.peek_in_windows(&requests, "", of_requests.as_slice(), now).await?;
            let names = tx.peek_in_windows(&names, &name, of_names.as_slice(), now).await?;
            let is_known = tx.is_known_to_any(&self.place_mac(&cx.source.to_string()), now).await?;
            Ok((requests, names, is_known))
        });
        let (requests, names, is_known) = found.await?;
        admitted(self.note_refusal(cx, BucketKind::Requests.id(), requests, now))?;
        admitted(self.note_refusal(cx, name_here.as_str(), names, now))?;
        if is_known {
            wait_as_known(Requester::unknown(cx.source));
        }
        Ok(())
    }

    /// Counts a code that this source asks for in the name of `canonical`, of which so many are sent as `limits` say, and
    /// gives from when the next one is. By what the source itself has asked for, whether anybody has the name or not:
    /// neither that nor what others ask for is told.
    pub(in crate::accounts) async fn count_code(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        (id, canonical): (&str, &str),
        limits: &[Limit],
        now: Timestamp,
    ) -> Result<NextCode, Fault> {
        let name = self.identifier_key(canonical);
        let codes = self.codes_bucket(cx, &name);
        let counted = tx.reserve_in_windows(&codes, id, limits, now).await?;
        let of_source = self.limits();
        let of_requests = self.limit_of_source(tx, cx, of_source.requests_per_source, now).await?;
        let of_names = self.limit_of_source(tx, cx, of_source.identifiers_per_source, now).await?;
        let (requests, names) =
            (self.source_bucket(BucketKind::Requests, cx), self.source_bucket(BucketKind::Names, cx));
        let windows: [(_, &str, &[Limit]); 3] = [
            (&codes, "", limits),
            (&requests, "", of_requests.as_slice()),
            (&names, &name, of_names.as_slice()),
        ];
        let at = room_at(tx, &windows, now).await?;
        let too_soon = matches!(counted, RateLimit::Later(_));
        let soonest = if too_soon { now } else { now.plus_ms(RESEND_AFTER_MS) };
        Ok(NextCode { asked_at: now, too_soon, resend_at: at.max(soonest) })
    }

    /// Forgets the codes that this source has asked for in a name of the account. Whoever has just used one may ask for
    /// another at once.
    pub(super) async fn forget_codes_asked_for(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        (account, name): (&str, &str),
    ) -> Result<(), Fault> {
        let emails = tx.list_emails(account).await?;
        let names = emails.iter().map(|email| email.address.as_str()).chain([name]);
        for name in names {
            let name = self.identifier_key(&canonical_identifier(name));
            tx.clear_window(&self.codes_bucket(cx, &name)).await?;
        }
        Ok(())
    }

    /// What the codes count in that this source asks for in one name.
    fn codes_bucket(&self, cx: &RequestContext, name: &str) -> Bucket {
        BucketKind::Codes.of(&[name, &self.place_mac(&cx.source.to_string())])
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
        let limits = self.limits();
        let of_requests = self.limit_of_source(tx, cx, limits.requests_per_source, now).await?;
        let of_names = self.limit_of_source(tx, cx, limits.identifiers_per_source, now).await?;
        let (requests, names) =
            (self.source_bucket(BucketKind::Requests, cx), self.source_bucket(BucketKind::Names, cx));
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
