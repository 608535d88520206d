//! Changes of who is in a team, by a member, an owner or an operator: a row and an email for the account that they
//! are about. The caller locks the team ([`crate::store::Tx::set_team_changed`]) and rings for emails afterwards.

use super::super::event_kind::{EventKind, Subject};
use super::super::notifications::Notification;
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::team::Role;
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailClient, EmailMessage};
use crate::store::Tx;

/// What an owner is called in emails.
const AN_OWNER: &str = "an owner of the team";

/// Who changes a membership.
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

/// What happens to a membership.
#[derive(Clone, Copy)]
pub(in crate::accounts) enum MembershipChange {
    Add(Role),
    SetRole(Role),
    Remove,
}

impl Accounts {
    /// Changes a membership; `false` when there is nothing to change: added already, or the team would have no owner.
    pub(in crate::accounts) async fn change_membership(
        &self,
        tx: &mut Tx,
        by: Actor<'_>,
        (team, team_name): EntityRef<'_>,
        account: EntityRef<'_>,
        change: MembershipChange,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let (is_done, event_kind) = match change {
            MembershipChange::Add(role) => {
                (tx.insert_membership(team, account.0, role.as_str(), now).await?, EventKind::TeamJoined)
            }
            MembershipChange::SetRole(role) => {
                (tx.claim_role(team, account.0, role.as_str(), now).await?, EventKind::TeamRoleChanged)
            }
            MembershipChange::Remove => (tx.claim_removal(team, account.0, now).await?, EventKind::TeamLeft),
        };
        if is_done {
            let role = match change {
                MembershipChange::SetRole(role) => role.as_str(),
                _ => "",
            };
            self.record_membership(tx, by, account, (event_kind, team_name, role), now).await?;
        }
        Ok(is_done)
    }

    /// Writes the row and the email. Which owner did it is in the row; from where they did it is none of the
    /// member's business.
    async fn record_membership(
        &self,
        tx: &mut Tx,
        by: Actor<'_>,
        (account, name): EntityRef<'_>,
        (event_kind, team_name, role): (EventKind, &str, &str),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some(kind) = event_kind.email() else { return Ok(()) };
        let notification = Notification { kind, account, name, detail: team_name };
        let by_operator = self.operator_event(event_kind, account, now);
        let (event, email) = match by {
            Actor::Themselves(cx) => (
                self.event(event_kind, Subject::Account(account, name), cx, now),
                notification.email(cx, now),
            ),
            Actor::Owner(owner) => {
                let (name, client) = (Some(name.to_owned()), format!("{AN_OWNER}: {owner}"));
                let event = AuditEvent { name, client, ..by_operator };
                (event, notification.email_by("", Some(EmailClient::TeamOwner), now))
            }
            Actor::Operator => (by_operator, notification.email_by_operator(now)),
        };
        let email = EmailMessage { note: role.to_owned(), ..email };
        tx.insert_event(&event).await?;
        self.enqueue_for_account(tx, account, &email, now).await
    }
}
