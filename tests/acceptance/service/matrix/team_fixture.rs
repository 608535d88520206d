//! What the matrix does in a team that ada and grace own.

use doorkey::accounts::EventKind;
use doorkey::accounts::request::SignedIn;
use doorkey::accounts::request::teams::{TeamChange, TeamsReply, TeamsRequest};
use doorkey::domain::team::Role;

use super::ALAN;
use crate::service::invitations::{grant, sign_up};
use crate::service::team_members::{ask, edit, leave, open, set_role};
use crate::service::{FIRST, SECOND, Service, code_in};

/// The team, and its owners.
pub(super) struct TeamFixture {
    team: String,
    ada: SignedIn,
    grace: SignedIn,
    /// An invitation that is open, and the code in its email.
    invitation: Option<(String, String)>,
}

impl TeamFixture {
    /// What has to be there first; `None` when it is not about a team.
    pub(super) async fn ready(service: &Service, event_kind: EventKind) -> Option<Self> {
        use EventKind as H;
        let is_invited = matches!(event_kind, H::TeamInvitationWithdrawn | H::SignedUp);
        if !is_invited
            && !matches!(
                event_kind,
                H::TeamChanged | H::TeamInvited | H::TeamJoined | H::TeamLeft | H::TeamRoleChanged
            )
        {
            return None;
        }
        service.add("ada").await;
        service.add("grace").await;
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        service.accounts.add_member("Ops", "grace", Role::Owner).await.unwrap();
        if event_kind != H::TeamJoined {
            service.accounts.add_member("Ops", "ada", Role::Owner).await.unwrap();
        }
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let mut circle = Self { team, ada, grace, invitation: None };
        if is_invited {
            circle.invitation = Some(circle.invite(service).await);
        }
        Some(circle)
    }

    async fn invite(&self, service: &Service) -> (String, String) {
        let invite = TeamsRequest::Invite { team: self.team.clone(), address: ALAN.to_owned() };
        let Ok(TeamsReply::Changed(TeamChange::Invited(sent), _)) = ask(service, &self.ada, invite).await
        else {
            panic!("ada is an owner")
        };
        service.work().await;
        let emails = service.emails.emails();
        let email = emails.iter().find(|email| email.to == ALAN).unwrap();
        (sent.id, code_in(email))
    }

    /// Does it.
    pub(super) async fn done(self, service: &Service, event_kind: EventKind) {
        use EventKind as H;
        let Self { team, ada, grace, invitation } = &self;
        match (event_kind, invitation) {
            (H::TeamChanged, _) => {
                let seen = open(service, ada, team).await;
                ask(service, ada, edit(&seen, "Keeps things running", &[])).await.unwrap();
            }
            (H::TeamInvited, _) => {
                self.invite(service).await;
            }
            (H::TeamInvitationWithdrawn, Some((invitation, _))) => {
                let withdraw = TeamsRequest::Withdraw { team: team.clone(), invitation: invitation.clone() };
                ask(service, ada, withdraw).await.unwrap();
            }
            (H::TeamJoined, _) => service.accounts.add_member("Ops", "ada", Role::Member).await.unwrap(),
            (H::TeamLeft, _) => {
                ask(service, ada, leave(team)).await.unwrap();
            }
            (H::TeamRoleChanged, _) => {
                ask(service, grace, set_role(team, "ada", Role::Member)).await.unwrap();
            }
            (H::SignedUp, Some((_, code))) => {
                let grant = grant(service, ALAN, code).await;
                sign_up(service, grant, "alan", SECOND).await.unwrap();
            }
            (event_kind, _) => panic!("{event_kind:?} is not about a team"),
        }
    }
}
