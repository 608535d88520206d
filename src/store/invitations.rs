//! Codes for somebody who may have no account: invitations to a team, and codes to sign up with. One is open
//! while it is unused, not voided and has not expired; every statement checks all three itself.

use super::macros::{affected, claim, execute, fetch_all, fetch_one, scalar_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::invitation::{Invitation, SentInvitation};
use crate::domain::timestamp::Timestamp;

/// A new invitation.
#[derive(Debug)]
pub struct NewInvitation<'a> {
    /// UUID.
    pub id: &'a str,
    /// The team's id; `None` for a code to sign up.
    pub team: Option<&'a str>,
    /// The account that sends it, by id.
    pub inviter: Option<&'a str>,
    /// The row that its email goes to.
    pub contact: &'a str,
    /// The address as it was typed.
    pub address: &'a str,
    /// The form that is compared.
    pub canonical: &'a str,
    /// The code's HMAC.
    pub mac: &'a [u8],
    /// Which key made the HMAC.
    pub key_id: &'a str,
    /// Now.
    pub now: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// An invitation whose code may be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveInvitation {
    /// UUID.
    pub id: String,
    /// The team's id; `None` for a code to sign up.
    pub team: Option<String>,
    /// The address as it was typed.
    pub address: String,
    /// The code's HMAC.
    pub mac: Vec<u8>,
    /// Which key made the HMAC.
    pub key_id: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

row! { LiveInvitation { id, team, address, mac, key_id, expires_at } }
row! { Invitation { id, address, invited_at, expires_at } }
row! { SentInvitation { team, address, invited_at, expires_at, used_at, withdrawn_at } }

impl Tx {
    /// Inserts a contact for emails to somebody who may have no account. When an account has verified the address,
    /// its own spelling is used.
    pub async fn insert_invited_contact(
        &mut self,
        id: &str,
        address: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO contacts (id, address, canonical, created_at)
             VALUES ($1, COALESCE((SELECT address FROM email_addresses
                                   WHERE canonical = $3 AND verified_at IS NOT NULL), $2), $3, $4)",
            [id, address, canonical, now]
        )
    }

    /// Inserts an invitation.
    pub async fn insert_invitation(&mut self, new: &NewInvitation<'_>) -> Result<(), StoreFault> {
        execute!(self, "INSERT INTO invitations (id, team, inviter, contact, address, canonical, mac, key_id, created_at,
                                      expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", [new.id, new.team, new.inviter, new.contact, new.address, new.canonical, new.mac, new.key_id, new.now, new.expires_at])
    }

    /// Records which email an invitation is in.
    pub async fn set_invitation_email(&mut self, id: &str, email: &str) -> Result<(), StoreFault> {
        execute!(self, "UPDATE invitations SET email = $2 WHERE id = $1", [id, email])
    }

    /// A team's open invitations, the oldest first.
    pub async fn list_open_invitations(
        &mut self,
        team: &str,
        now: Timestamp,
    ) -> Result<Vec<Invitation>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, address, created_at AS invited_at, expires_at FROM invitations
             WHERE team = $1 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $2
             ORDER BY created_at, id",
            [team, now]
        )
    }

    /// The last invitations that an account sent, open or not, the newest first.
    pub async fn list_invitations_by(
        &mut self,
        inviter: &str,
        limit: i64,
    ) -> Result<Vec<SentInvitation>, StoreFault> {
        fetch_all!(
            self,
            "SELECT t.name AS team, i.address, i.created_at AS invited_at, i.expires_at, i.used_at,
                    i.dead_at AS withdrawn_at
             FROM invitations i JOIN teams t ON t.id = i.team
             WHERE i.inviter = $1 ORDER BY i.created_at DESC, i.id DESC LIMIT $2",
            [inviter, limit]
        )
    }

    /// True when an invitation to this team is open for this address.
    pub async fn has_open_invitation(
        &mut self,
        team: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let (count,): (i64,) = fetch_one!(
            self,
            "SELECT count(*) FROM invitations
             WHERE team = $1 AND canonical = $2 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3",
            [team, canonical, now]
        )?;
        Ok(count > 0)
    }

    /// Withdraws an open invitation of a team, and its email if that has not left; `false` when it is not open
    /// any more.
    pub async fn claim_withdrawal(
        &mut self,
        id: &str,
        team: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = affected!(
            self,
            "UPDATE invitations SET dead_at = $3
             WHERE id = $1 AND team = $2 AND used_at IS NULL AND dead_at IS NULL",
            [id, team, now]
        )?;
        if rows != 1 {
            return Ok(false);
        }
        execute!(
            self,
            "UPDATE outbox SET dropped_at = $2, sealed = NULL, reason = 'the invitation was taken back'
             WHERE sent_at IS NULL AND dropped_at IS NULL
               AND id IN (SELECT email FROM invitations WHERE id = $1)",
            [id, now]
        )?;
        Ok(true)
    }

    /// Voids the open invitations that somebody sent as an owner, to one team or to all, so that a former owner
    /// leaves no way in behind. Emails that have not left are dropped.
    pub async fn void_invitations_by(
        &mut self,
        inviter: &str,
        team: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(self, "UPDATE outbox SET dropped_at = $3, sealed = NULL, reason = 'the invitation was taken back'
             WHERE sent_at IS NULL AND dropped_at IS NULL
               AND id IN (SELECT email FROM invitations
                          WHERE inviter = $1 AND ($2 = '' OR team = $2) AND used_at IS NULL AND dead_at IS NULL)", [inviter, team.unwrap_or_default(), now])?;
        execute!(
            self,
            "UPDATE invitations SET dead_at = $3
             WHERE inviter = $1 AND ($2 = '' OR team = $2) AND used_at IS NULL AND dead_at IS NULL",
            [inviter, team.unwrap_or_default(), now]
        )
    }

    /// The open invitations of an address. Count and commit the try before comparing.
    pub async fn list_invitations_of(
        &mut self,
        canonical: &str,
        now: Timestamp,
    ) -> Result<Vec<LiveInvitation>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, team, address, mac, key_id, expires_at FROM invitations
             WHERE canonical = $1 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $2",
            [canonical, now]
        )
    }

    /// Records that the code was right; `account` has the address already. `false` when
    /// the invitation was used or withdrawn meanwhile.
    pub async fn claim_proof(
        &mut self,
        id: &str,
        account: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE invitations SET account = $2, proven_at = $3
             WHERE id = $1 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3",
            [id, account, now]
        )
    }

    /// Uses up an invitation; `false` when somebody else did, or it was voided or expired meanwhile.
    pub async fn claim_invitation(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE invitations SET used_at = $2
             WHERE id = $1 AND used_at IS NULL AND dead_at IS NULL AND expires_at > $2",
            [id, now]
        )
    }

    /// Voids every code to sign up with.
    pub async fn void_sign_up_codes(&mut self, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE invitations SET dead_at = $1 WHERE team IS NULL AND used_at IS NULL AND dead_at IS NULL",
            [now]
        )
    }

    /// Invitations to teams that were proven after `since` for an account that had the address: id and team.
    pub async fn list_proven_invitations(
        &mut self,
        account: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, team FROM invitations
             WHERE account = $1 AND team IS NOT NULL AND proven_at > $2
               AND used_at IS NULL AND dead_at IS NULL AND expires_at > $3
             ORDER BY team, id",
            [account, since, now]
        )
    }

    /// The username of whoever sent an invitation, while that account exists.
    pub async fn find_inviter(&mut self, invitation: &str) -> Result<Option<String>, StoreFault> {
        scalar_optional!(
            self,
            "SELECT a.name FROM invitations i JOIN accounts a ON a.id = i.inviter WHERE i.id = $1",
            [invitation]
        )
    }

    /// The name of a team.
    pub async fn find_team_name(&mut self, team: &str) -> Result<Option<String>, StoreFault> {
        scalar_optional!(self, "SELECT name FROM teams WHERE id = $1", [team])
    }
}
