//! What the matrix does in a team that ada and grace own.

use doorkey::accounts::Happened;
use doorkey::accounts::request::SignedIn;
use doorkey::accounts::request::teams::{Answer, Ask, Change};
use doorkey::domain::team::Role;

use super::ALAN;
use crate::service::invitations::{grant, sign_up};
use crate::service::team_members::{ask, edit, leave, open, set_role};
use crate::service::{FIRST, SECOND, Service, code_in};

/// The team, and its owners.
pub(super) struct Circle {
    team: String,
    ada: SignedIn,
    grace: SignedIn,
    /// An invitation that is open, and the code in its letter.
    invitation: Option<(String, String)>,
}

impl Circle {
    /// What has to be there first; `None` when it is not about a team.
    pub(super) async fn ready(service: &Service, happened: Happened) -> Option<Self> {
        use Happened as H;
        let is_invited = matches!(happened, H::TeamInvitationWithdrawn | H::SignedUp);
        if !is_invited
            && !matches!(
                happened,
                H::TeamChanged | H::TeamInvited | H::TeamJoined | H::TeamLeft | H::TeamRoleChanged
            )
        {
            return None;
        }
        service.add("ada").await;
        service.add("grace").await;
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        service.accounts.add_member("Ops", "grace", Role::Owner).await.unwrap();
        if happened != H::TeamJoined {
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
        let invite = Ask::Invite { team: self.team.clone(), address: ALAN.to_owned() };
        let Ok(Answer::Changed(Change::Invited(sent), _)) = ask(service, &self.ada, invite).await else {
            panic!("ada is an owner")
        };
        service.work().await;
        let letters = service.letters.letters();
        let letter = letters.iter().find(|letter| letter.to == ALAN).unwrap();
        (sent.id, code_in(letter))
    }

    /// Does it.
    pub(super) async fn done(self, service: &Service, happened: Happened) {
        use Happened as H;
        let Self { team, ada, grace, invitation } = &self;
        match (happened, invitation) {
            (H::TeamChanged, _) => {
                let seen = open(service, ada, team).await;
                ask(service, ada, edit(&seen, "Keeps things running", &[])).await.unwrap();
            }
            (H::TeamInvited, _) => {
                self.invite(service).await;
            }
            (H::TeamInvitationWithdrawn, Some((invitation, _))) => {
                let withdraw = Ask::Withdraw { team: team.clone(), invitation: invitation.clone() };
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
            (happened, _) => panic!("{happened:?} is not about a team"),
        }
    }
}
