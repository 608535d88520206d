//! What changes who is in a team, whoever does it: a row and an email for the account that it is done to.
//! Whoever calls holds the team ([`crate::store::Tx::set_team_changed`]) and rings for emails afterwards.

use super::super::event_kind::{EventKind, Subject};
use super::super::outbox::AccountNotification;
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::team::Role;
use crate::domain::timestamp::Timestamp;
use crate::mail::NotificationKind;
use crate::store::Tx;

/// What an owner is called in emails.
const AN_OWNER: &str = "an owner of the team";

/// Who does it.
#[derive(Clone, Copy)]
pub(in crate::accounts) enum Actor<'a> {
    /// The account itself, in this session.
    Themselves(&'a RequestContext),
    /// An owner, by username.
    Owner(&'a str),
    /// An operator's command.
    Operator,
}

/// A team or an account, by id and name.
pub(in crate::accounts) type EntityRef<'a> = (&'a str, &'a str);

impl Accounts {
    /// Puts an account into a team; `false` when it is in it already.
    pub(in crate::accounts) async fn add_to_team(
        &self,
        tx: &mut Tx,
        by: Actor<'_>,
        (team, team_name): EntityRef<'_>,
        them: EntityRef<'_>,
        role: Role,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if !tx.insert_membership(team, them.0, role.as_str(), now).await? {
            return Ok(false);
        }
        let change = (EventKind::TeamJoined, NotificationKind::TeamJoined, team_name);
        self.note(tx, by, them, change, now).await?;
        Ok(true)
    }

    /// Gives a member another role; `false` when the team would have no owner then.
    pub(in crate::accounts) async fn give_role(
        &self,
        tx: &mut Tx,
        by: Actor<'_>,
        (team, team_name): EntityRef<'_>,
        them: EntityRef<'_>,
        role: Role,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if !tx.claim_role(team, them.0, role.as_str(), now).await? {
            return Ok(false);
        }
        let detail = format!("{team_name} ({role})");
        let change = (EventKind::TeamRoleChanged, NotificationKind::TeamRoleChanged, detail.as_str());
        self.note(tx, by, them, change, now).await?;
        Ok(true)
    }

    /// Takes a member out of a team; `false` when the team would have no owner then.
    pub(in crate::accounts) async fn take_out(
        &self,
        tx: &mut Tx,
        by: Actor<'_>,
        (team, team_name): EntityRef<'_>,
        them: EntityRef<'_>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if !tx.claim_removal(team, them.0, now).await? {
            return Ok(false);
        }
        let change = (EventKind::TeamLeft, NotificationKind::TeamLeft, team_name);
        self.note(tx, by, them, change, now).await?;
        Ok(true)
    }

    /// Writes it down and tells it by email. Which owner did it, stands in the row; from where they did it is
    /// none of the member's business.
    async fn note(
        &self,
        tx: &mut Tx,
        by: Actor<'_>,
        (account, name): EntityRef<'_>,
        (event_kind, about, detail): (EventKind, NotificationKind, &str),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let notification = AccountNotification { about, account, name, detail };
        let by_operator = self.operator_event(event_kind, account, now);
        let (event, email) = match by {
            Actor::Themselves(cx) => {
                (self.event(event_kind, Subject::Account(account), cx, now), notification.email(cx, now))
            }
            Actor::Owner(owner) => {
                let event = AuditEvent { client: format!("{AN_OWNER}: {owner}"), ..by_operator };
                (event, notification.email_by("", AN_OWNER, now))
            }
            Actor::Operator => (by_operator, notification.email_by_operator(now)),
        };
        tx.insert_event(&event).await?;
        self.write_to_all(tx, account, &email, now).await
    }
}
