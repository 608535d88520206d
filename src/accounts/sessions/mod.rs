//! Where a member is signed in: the list, and ending a session from another one.
//!
//! Each session has a row from its sign-in to its end ([`SessionGuard`]). Ending one marks its row; the node that has
//! the session closes it at once when it is this one, else when it next polls ([`heartbeat`]).

mod heartbeat;
mod in_directory;
mod live_sessions;

use super::event_kind::{EventKind, Subject};
use super::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};
use super::request::{Refusal, SignedIn};
use super::shared::{lock_current, require_current};
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::session::Session;
use crate::domain::timestamp::Timestamp;
use crate::store::{NewSession, Tx, read_tx, write_tx};
pub(super) use live_sessions::LiveSessions;
pub use live_sessions::{SessionEnd, SessionGuard};

/// A node whose last heartbeat is this old counts as gone: it missed four.
pub const NODE_LIFE_MS: i64 = 60_000;

impl Accounts {
    /// The stories of [`super::request::Request::Sessions`].
    pub(super) async fn sessions(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: SessionsRequest,
    ) -> Result<SessionsReply, Error> {
        match request {
            SessionsRequest::List => self.list_sessions(cx, member).await,
            SessionsRequest::End { session } => self.end_session(cx, member, &session).await,
            SessionsRequest::EndOthers => self.end_other_sessions(cx, member).await,
        }
    }

    /// Adds the session to the list of those that `account` is signed in to. When these are more than it may have, those
    /// that are idle for longest end; their nodes tell them within moments ([`heartbeat`]). Of a session at another node that
    /// is known to within a heartbeat, here exactly.
    pub(super) async fn insert_session(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        (account, name, epoch): (&str, &str, i64),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (node, source) = (self.sessions.node(), cx.source.to_string());
        tx.insert_node(node, now).await?;
        let key = cx.proven.map(|key| key.fingerprint());
        let (id, client, source) = (&cx.session, &cx.client, &source);
        tx.insert_session(&NewSession { id, account, epoch, node, client, ip: source, key, now }).await?;
        for (session, written) in tx.list_inputs_at(account, node).await? {
            if let Some(at) = self.sessions.last_input(&session).filter(|at| *at > written) {
                tx.set_session_input(&session, at).await?;
            }
        }
        let (most, seen_since) = (self.rules.max_sessions_per_account, now.plus_ms(-NODE_LIFE_MS));
        if tx.claim_sessions_over_limit_end(id, account, most, seen_since, now).await? > 0 {
            let subject = Subject::Account(account, name);
            tx.insert_event(&self.event(EventKind::SessionLimitReached, subject, cx, now)).await?;
        }
        Ok(())
    }

    async fn list_sessions(&self, cx: &RequestContext, member: &SignedIn) -> Result<SessionsReply, Error> {
        let seen_since = self.clock.now().plus_ms(-NODE_LIFE_MS);
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let sessions = tx.list_sessions(member.account(), seen_since).await?;
            Ok(SessionsReply::List(
                sessions.into_iter().map(|session| self.session_view(cx, session)).collect(),
            ))
        })
        .await
    }

    async fn end_session(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        session: &str,
    ) -> Result<SessionsReply, Error> {
        // Signing out is the way to end this very session.
        if session == cx.session {
            return Err(Refusal::NotFound.into());
        }
        let (now, account) = (self.clock.now(), member.account());
        let ended = write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            let ended = tx.claim_session_end(session, account, now).await?.ok_or(Refusal::NotFound)?;
            self.record(tx, cx, member, EventKind::SessionRevoked, now).await?;
            Ok(ended)
        });
        let ended = ended.await?;
        self.sessions.end(&ended.id, SessionEnd::Revoked);
        Ok(SessionsReply::Ended(self.session_view(cx, ended)))
    }

    async fn end_other_sessions(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<SessionsReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let ended = write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            let ended = tx.claim_other_sessions_end(&cx.session, account, now).await?;
            if !ended.is_empty() {
                self.record(tx, cx, member, EventKind::SessionsRevoked, now).await?;
            }
            Ok(ended)
        });
        let ended = ended.await?;
        for session in &ended {
            self.sessions.end(session, SessionEnd::Revoked);
        }
        Ok(SessionsReply::OthersEnded(ended))
    }

    pub(super) fn session_view(&self, cx: &RequestContext, session: Session) -> ActiveSession {
        let written = session.last_input_at;
        let last_input = self.sessions.last_input(&session.id).map_or(written, |seen| seen.max(written));
        let idle_s = self.clock.now().ms_since(last_input).max(0) / 1_000;
        ActiveSession { is_this_session: session.id == cx.session, idle_s, session }
    }
}
