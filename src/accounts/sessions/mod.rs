//! Where a member is signed in: the list, and ending a session from another one.
//!
//! A row stands for each session from its sign-in to its end ([`live_sessions`]). Ending one marks its row; the node
//! that has the session closes it at once when it is this one, else when it next looks ([`heartbeat`]).

mod heartbeat;
mod live_sessions;

use super::event_kind::{EventKind, Subject};
use super::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, RequestContext};
use crate::domain::session::Session;
use crate::domain::timestamp::Timestamp;
use crate::store::{NewSession, Tx, read_tx, write_tx};
pub(super) use live_sessions::LiveSessions;
pub use live_sessions::SessionGuard;

/// A node that was not seen for so long is taken for gone: four of its own signs of life.
pub(super) const NODE_LIFE_MS: i64 = 60_000;

impl Accounts {
    /// The stories of [`super::request::Request::Sessions`].
    pub(super) async fn sessions(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        ask: SessionsRequest,
    ) -> Result<Reply, Fault> {
        match ask {
            SessionsRequest::List => self.list_sessions(cx, member).await,
            SessionsRequest::End { session } => self.end_session(cx, member, &session).await,
            SessionsRequest::EndOthers => self.end_other_sessions(cx, member).await,
        }
    }

    /// Notes the session that `account` is signed in to from now on.
    pub(super) async fn note_session(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        account: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (node, source) = (self.sessions.node(), cx.source.to_string());
        tx.insert_node(node, now).await?;
        let key = cx.proven.map(|key| key.fingerprint());
        let (id, client, source) = (&cx.session, &cx.client, &source);
        tx.insert_session(&NewSession { id, account, node, client, ip: source, key, now }).await?;
        Ok(())
    }

    async fn list_sessions(&self, cx: &RequestContext, member: &SignedIn) -> Result<Reply, Fault> {
        let seen_since = self.clock.now().plus_ms(-NODE_LIFE_MS);
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let sessions = tx.list_sessions(member.account(), seen_since).await?;
            Ok(Reply::Sessions(SessionsReply::List(
                sessions.into_iter().map(|kept| self.session_view(cx, kept)).collect(),
            )))
        })
        .await
    }

    async fn end_session(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        session: &str,
    ) -> Result<Reply, Fault> {
        // Whoever wants to end the session they are in signs out.
        if session == cx.session {
            return Ok(Reply::Refused(Refusal::NotFound));
        }
        let (now, account) = (self.clock.now(), member.account());
        let event = self.event(EventKind::SessionEnded, Subject::Account(account), cx, now);
        let ended = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(ended) = tx.claim_session_end(session, account, now).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            tx.insert_event(&event).await?;
            Ok(Ok(ended))
        });
        Ok(match ended.await? {
            Ok(ended) => {
                self.sessions.end(&ended.id);
                Reply::Sessions(SessionsReply::Ended(self.session_view(cx, ended)))
            }
            Err(refusal) => Reply::Refused(refusal),
        })
    }

    async fn end_other_sessions(&self, cx: &RequestContext, member: &SignedIn) -> Result<Reply, Fault> {
        let (now, account) = (self.clock.now(), member.account());
        let event = self.event(EventKind::SessionsEnded, Subject::Account(account), cx, now);
        let ended = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(None);
            }
            let ended = tx.claim_other_sessions_end(&cx.session, account, now).await?;
            if !ended.is_empty() {
                tx.insert_event(&event).await?;
            }
            Ok(Some(ended))
        });
        let Some(ended) = ended.await? else { return Ok(Reply::Refused(Refusal::SignedOutElsewhere)) };
        for session in &ended {
            self.sessions.end(session);
        }
        Ok(Reply::Sessions(SessionsReply::OthersEnded(ended)))
    }

    fn session_view(&self, cx: &RequestContext, session: Session) -> ActiveSession {
        let written = session.last_input_at;
        let last_input = self.sessions.last_input(&session.id).map_or(written, |seen| seen.max(written));
        let idle_s = self.clock.now().ms_since(last_input).max(0) / 1_000;
        ActiveSession { is_this_session: session.id == cx.session, idle_s, session }
    }
}
