//! Proving the code of an invitation: its try is counted and committed first, then it is compared. It is
//! used up only by joining, so that somebody who is interrupted can come back with the same code. No number of wrong
//! tries ends it: [`super::super::shared::codes`] says how these wait.

use super::super::event_kind::EventKind;
use super::super::request::join::{JoinReply, ProvenAddress};
use super::super::request::{JoinGrant, Refusal};
use super::super::shared::codes::SharedTry;
use super::super::shared::resolve_name::ResolvedName;
use super::super::shared::{admitted, commit_even_if_refused};
use super::super::{Accounts, Error, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::code::{self, Code};
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::name::canonical_identifier;
use crate::domain::secret::Secret;
use crate::domain::throttle::GRANT_LIFE_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{LiveInvitation, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::join::JoinRequest::Prove`]. An address without an invitation and one
    /// with another code get the same answer, after the same work.
    pub(super) async fn prove_invitation(
        &self,
        cx: &RequestContext,
        address: &str,
        typed: &Secret,
    ) -> Result<JoinReply, Error> {
        let now = self.clock.now();
        // What does not have the shape of a code is no try at one: a slip costs the person nothing.
        let code = Code::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::Email))?;
        let canonical = canonical_identifier(address);
        let (resolved, room) = self.resolve_name_to_try(cx, address, None, now).await?;
        admitted(room.of_source)?;
        let mark = new_id(now, &self.entropy);
        let (open, counted) = self.reserve_join(cx, &resolved, &canonical, &mark, now).await?;
        let meant = (code::INVITATION, canonical.as_str());
        if let Some(right) = self.find_code(&open, |open| (&open.id, &open.key_id, &open.mac), meant, &code)
            && let Some(reply) = self.accept_proof(&resolved, right, (&counted, &mark), now).await?
        {
            return Ok(reply);
        }
        self.commit_event(cx, EventKind::VerificationCodeRefused, resolved.subject()).await?;
        Err(Refusal::CodeRefused.into())
    }

    /// Counts the try against the source, and against all that is tried at this address, in a commit of its own. Gives
    /// the invitations to compare with.
    async fn reserve_join(
        &self,
        cx: &RequestContext,
        name: &ResolvedName,
        canonical: &str,
        mark: &str,
        now: Timestamp,
    ) -> Result<(Vec<LiveInvitation>, SharedTry), Error> {
        let what = BucketKind::Join.of(&[name.key()]);
        self.require_room_for_shared_try(cx, &what, now).await?;
        commit_even_if_refused!(self.store, |tx| {
            admitted(self.admit_source(tx, cx, name, now).await?)?;
            let reserved = self.reserve_shared_try(tx, cx, &what, mark, now).await;
            let counted = self.note_if_refused(cx, what.as_str(), reserved, now)?;
            Ok((tx.list_invitations_of(canonical, now).await?, counted))
        })
        .await
    }

    /// What follows from the right code; `None` when the invitation was used or withdrawn meanwhile.
    async fn accept_proof(
        &self,
        name: &ResolvedName,
        right: &LiveInvitation,
        (counted, mark): (&SharedTry, &str),
        now: Timestamp,
    ) -> Result<Option<JoinReply>, Error> {
        let account = name.account();
        write_tx!(self.store, Error, |tx| {
            if !tx.claim_proof(&right.id, account.map(|account| account.id.as_str()), now).await? {
                return Ok(None);
            }
            counted.release(tx, mark).await?;
            let mut team = None;
            if let Some(id) = &right.team {
                team = tx.find_team_name(id).await?.map(|name| (id.clone(), name));
            }
            let by = tx.find_inviter(&right.id).await?;
            Ok(Some(match account {
                Some(account) => {
                    let (name, team) = (account.name.clone(), team.map(|(_, name)| name));
                    JoinReply::SignInFirst { name, team, by }
                }
                None => JoinReply::Proven(JoinGrant(Box::new(ProvenAddress {
                    invitation: right.id.clone(),
                    address: right.address.clone(),
                    team,
                    by,
                    expires_at: right.expires_at.min(now.plus_ms(GRANT_LIFE_MS)),
                }))),
            }))
        })
        .await
    }
}
