//! Proving the code of an invitation: its try is counted and committed first, then it is compared. It is
//! used up only by joining, so that whoever is interrupted can come back with the same code.

use super::super::event_kind::EventKind;
use super::super::request::join::{JoinReply, ProvenAddress};
use super::super::request::{JoinGrant, Refusal};
use super::super::resolve_name::ResolvedName;
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::code::{self, Code};
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::secret::Secret;
use crate::domain::throttle::{GRANT_LIFE_MS, LONG_CODE_TRIES_PER_SOURCE};
use crate::domain::timestamp::Timestamp;
use crate::store::{LiveInvitation, RateLimit, write_tx};

/// What became of a try before anything was compared.
enum InvitationAttempt {
    /// These may be compared.
    Compare(Vec<LiveInvitation>),
    /// This source has tried too often, whatever the address.
    SourceLater(Timestamp),
}

impl Accounts {
    /// The story of [`crate::accounts::request::join::JoinRequest::Prove`]. An address without an invitation and one
    /// with another code get the same answer, after the same work.
    pub(super) async fn prove_invitation(
        &self,
        cx: &RequestContext,
        address: &str,
        typed: &Secret,
    ) -> Result<Result<JoinReply, Refusal>, Fault> {
        let now = self.clock.now();
        // What has not the shape of a code is no try at one: a slip costs the person nothing.
        let Some(code) = Code::parse(typed.expose()) else { return Ok(Err(Refusal::CodeRefused)) };
        let canonical = canonical_identifier(address);
        let person = self.look_up(cx, address, now).await?;
        let bucket = self.source_bucket(&format!("join:{}", person.key()), cx);
        let mark = new_id(now, &self.entropy);
        let open = match self.reserve_join(cx, &person, &canonical, (&bucket, &mark, now)).await? {
            InvitationAttempt::Compare(open) => open,
            InvitationAttempt::SourceLater(at) => return Ok(Err(Refusal::TryLater(at))),
        };
        if let Some(right) = self.find_invitation(&open, &canonical, &code)
            && let Some(answer) = self.accept_proof(&person, right, (&bucket, &mark), now).await?
        {
            return Ok(Ok(answer));
        }
        let event = self.event(EventKind::CodeRefused, person.subject(), cx, now);
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Err(Refusal::CodeRefused))
    }

    /// Counts the try against the source, the address and each of its open invitations, in a commit of its
    /// own.
    async fn reserve_join(
        &self,
        cx: &RequestContext,
        person: &ResolvedName,
        canonical: &str,
        (bucket, mark, now): (&str, &str, Timestamp),
    ) -> Result<InvitationAttempt, Fault> {
        write_tx!(self.store, Fault, |tx| {
            if let RateLimit::Later(at) = self.admit_source(tx, cx, person, now).await? {
                return Ok(InvitationAttempt::SourceLater(at));
            }
            if let RateLimit::Later(_) =
                tx.reserve_in_windows(bucket, mark, &[LONG_CODE_TRIES_PER_SOURCE], now).await?
            {
                return Ok(InvitationAttempt::Compare(Vec::new()));
            }
            Ok(InvitationAttempt::Compare(tx.reserve_invitation_tries(canonical, now).await?))
        })
        .await
    }

    /// Compares with every invitation that may be meant, and with a made-up one when there is none.
    fn find_invitation<'a>(
        &self,
        open: &'a [LiveInvitation],
        canonical: &str,
        code: &Code,
    ) -> Option<&'a LiveInvitation> {
        let mut right = None;
        for kept in open {
            let Some(key) = self.keyring.code_key_of(&kept.key_id) else {
                tracing::error!(key = kept.key_id, "an invitation's key is not among the secret keys");
                continue;
            };
            let mac = code::mac(key, code::INVITATION, &kept.id, canonical, code);
            if code::same_mac(&mac, &kept.mac) {
                right = Some(kept);
            }
        }
        if open.is_empty() {
            let mac = code::mac(self.keyring.code_key().1, code::INVITATION, "", canonical, code);
            std::hint::black_box(code::same_mac(&mac, &[0; 32]));
        }
        right
    }

    /// What the right code opens; `None` when the invitation was used or taken back meanwhile.
    async fn accept_proof(
        &self,
        person: &ResolvedName,
        right: &LiveInvitation,
        (bucket, mark): (&str, &str),
        now: Timestamp,
    ) -> Result<Option<JoinReply>, Fault> {
        let account = person.account();
        write_tx!(self.store, Fault, |tx| {
            if !tx.claim_proof(&right.id, account.map(|account| account.id.as_str()), now).await? {
                return Ok(None);
            }
            tx.release_in_windows(bucket, mark).await?;
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
