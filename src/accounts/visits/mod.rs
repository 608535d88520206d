//! Where a member is signed in: the list, and ending a visit from another one.
//!
//! A row stands for each visit from its sign-in to its end ([`presence`]). Ending one marks its row; the node
//! that has the visit closes it at once when it is this one, else when it next looks ([`roll_call`]).

mod presence;
mod roll_call;

use super::happened::{Happened, Whom};
use super::request::visits::{Answer, Ask, VisitView};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::domain::moment::Moment;
use crate::store::{KeptVisit, NewVisit, Tx, read_tx, write_tx};
pub use presence::Presence;
pub(super) use presence::Visits;

/// A node that was not seen for so long is taken for gone: four of its own signs of life.
pub(super) const NODE_LIFE_MS: i64 = 60_000;

impl Accounts {
    /// The stories of [`super::request::Request::Visits`].
    pub(super) async fn visits(&self, knock: &Knock, member: &SignedIn, ask: Ask) -> Result<Reply, Fault> {
        match ask {
            Ask::List => self.list_visits(knock, member).await,
            Ask::End { visit } => self.end_visit(knock, member, &visit).await,
            Ask::EndOthers => self.end_other_visits(knock, member).await,
        }
    }

    /// Notes the visit that `account` is signed in to from now on.
    pub(super) async fn note_visit(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        account: &str,
        now: Moment,
    ) -> Result<(), Fault> {
        let (node, source) = (self.visits.node(), knock.source.to_string());
        tx.insert_node(node, now).await?;
        let key = knock.proven.map(|key| key.fingerprint());
        let (id, client, source) = (&knock.visit, &knock.client, &source);
        tx.insert_visit(&NewVisit { id, account, node, client, source, key, now }).await?;
        Ok(())
    }

    async fn list_visits(&self, knock: &Knock, member: &SignedIn) -> Result<Reply, Fault> {
        let seen_since = self.clock.now().plus_ms(-NODE_LIFE_MS);
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let visits = tx.list_visits(member.account(), seen_since).await?;
            Ok(Reply::Visits(Answer::List(
                visits.into_iter().map(|kept| self.visit_view(knock, kept)).collect(),
            )))
        })
        .await
    }

    async fn end_visit(&self, knock: &Knock, member: &SignedIn, visit: &str) -> Result<Reply, Fault> {
        // Whoever wants to end the visit they are in signs out.
        if visit == knock.visit {
            return Ok(Reply::Refused(Refusal::NotFound));
        }
        let (now, account) = (self.clock.now(), member.account());
        let event = self.event(Happened::VisitEnded, Whom::Account(account), knock, now);
        let ended = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(ended) = tx.claim_visit_end(visit, account, now).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            tx.insert_event(&event).await?;
            Ok(Ok(ended))
        });
        Ok(match ended.await? {
            Ok(ended) => {
                self.visits.end(&ended.id);
                Reply::Visits(Answer::Ended(self.visit_view(knock, ended)))
            }
            Err(refusal) => Reply::Refused(refusal),
        })
    }

    async fn end_other_visits(&self, knock: &Knock, member: &SignedIn) -> Result<Reply, Fault> {
        let (now, account) = (self.clock.now(), member.account());
        let event = self.event(Happened::VisitsEnded, Whom::Account(account), knock, now);
        let ended = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(None);
            }
            let ended = tx.claim_other_visits_end(&knock.visit, account, now).await?;
            if !ended.is_empty() {
                tx.insert_event(&event).await?;
            }
            Ok(Some(ended))
        });
        let Some(ended) = ended.await? else { return Ok(Reply::Refused(Refusal::SignedOutElsewhere)) };
        for visit in &ended {
            self.visits.end(visit);
        }
        Ok(Reply::Visits(Answer::OthersEnded(ended)))
    }

    fn visit_view(&self, knock: &Knock, kept: KeptVisit) -> VisitView {
        let heard = self.visits.last_input(&kept.id).unwrap_or(kept.last_input_at);
        VisitView {
            is_this: kept.id == knock.visit,
            id: kept.id,
            client: kept.client,
            source: kept.source,
            key: kept.key.map(|key| key.to_string()),
            started_at: kept.started_at,
            idle_s: self.clock.now().ms_since(kept.last_input_at.max(heard)).max(0) / 1_000,
        }
    }
}
