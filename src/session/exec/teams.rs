//! `teams`, `team` and `join`.

use super::identify::signed_in;
use super::{CommandError, CommandRun, unexpected};
use crate::accounts::request::join::{JoinReply as Joining, JoinRequest as Join};
use crate::accounts::request::teams::{TeamEdit, TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request, SignedIn, TeamDetail};
use crate::commands::teams::{Joined, OneTeam, TeamChanged, TeamLeft, TeamList};
use crate::commands::{CommandOutput, JoinArgs, TeamsCommand, exit};
use crate::domain::membership::Membership;
use crate::flow::{Flow, join};
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    /// `teams`, and what may stand behind it.
    pub(super) async fn teams(&mut self, act: Option<TeamsCommand>) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        let Some(act) = act else {
            return Ok(CommandOutput::Of(Box::new(TeamList(self.list_teams(member).await?))));
        };
        let ask = self.meant(&member, act).await?;
        match self.ask_sensitive(Request::Teams(member, ask)).await? {
            Reply::Teams(TeamsReply::Left(team)) => Ok(CommandOutput::Of(Box::new(TeamLeft(team)))),
            Reply::Teams(TeamsReply::Changed(change, team)) => {
                Ok(CommandOutput::Of(Box::new(TeamChanged(change, *team))))
            }
            Reply::Teams(TeamsReply::ChangedMeanwhile(_)) => {
                let words = "Another owner changed it at the same moment. Nothing was changed. Look at it \
                             and say it again.";
                Err(CommandError::failed("changed-meanwhile", words, exit::LATER))
            }
            other => Err(unexpected(&other)),
        }
    }

    /// What a command asks, with the team by its id.
    async fn meant(&self, member: &SignedIn, act: TeamsCommand) -> Result<TeamsRequest, CommandError> {
        Ok(match act {
            TeamsCommand::Leave { team } => TeamsRequest::Leave { team: self.team_id(member, &team).await? },
            TeamsCommand::Role { team, user, role } => {
                TeamsRequest::SetRole { team: self.team_id(member, &team).await?, who: user, role }
            }
            TeamsCommand::Remove { team, user } => {
                TeamsRequest::Remove { team: self.team_id(member, &team).await?, who: user }
            }
            TeamsCommand::Invite { team, address } => {
                TeamsRequest::Invite { team: self.team_id(member, &team).await?, address }
            }
            TeamsCommand::Withdraw { team, address } => {
                TeamsRequest::Withdraw { team: self.team_id(member, &team).await?, invitation: address }
            }
            TeamsCommand::Edit { team, description, links, no_links } => {
                let seen = self.open_team(member, &team).await?;
                let keeps = links.is_empty() && !no_links;
                let edit = TeamEdit {
                    description: description.unwrap_or_else(|| seen.info.description.clone()),
                    links: if keeps { seen.info.links.clone() } else { links },
                    seen: seen.info,
                };
                TeamsRequest::Edit { team: seen.id, edit: Box::new(edit) }
            }
        })
    }

    /// `team NAME`
    pub(super) async fn team(&mut self, wanted: &str) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        Ok(CommandOutput::Of(Box::new(OneTeam(self.open_team(&member, wanted).await?))))
    }

    async fn open_team(&self, member: &SignedIn, wanted: &str) -> Result<TeamDetail, CommandError> {
        let team = self.team_id(member, wanted).await?;
        match self.ask(Request::Teams(member.clone(), TeamsRequest::Open { team })).await? {
            Reply::Teams(TeamsReply::Team(team)) => Ok(*team),
            other => Err(unexpected(&other)),
        }
    }

    async fn list_teams(&self, member: SignedIn) -> Result<Vec<Membership>, CommandError> {
        match self.ask(Request::Teams(member, TeamsRequest::List)).await? {
            Reply::Teams(TeamsReply::List(teams)) => Ok(teams),
            other => Err(unexpected(&other)),
        }
    }

    /// By id, by name as it is, or by the only name that is the same but for its case.
    async fn team_id(&self, member: &SignedIn, wanted: &str) -> Result<String, CommandError> {
        let mut teams = self.list_teams(member.clone()).await?;
        let lower = wanted.to_lowercase();
        teams.retain(|team| team.id == wanted || team.name.to_lowercase() == lower);
        let exact = teams.iter().position(|team| team.name == wanted || team.id == wanted);
        let found = if teams.is_empty() { None } else { Some(teams.swap_remove(exact.unwrap_or(0)).id) };
        found.ok_or_else(|| {
            CommandError::failed(
                "not-found",
                "There is no such team, or you are not in it. See: teams",
                exit::NO,
            )
        })
    }

    /// `join`: on a terminal by the portal's own prompts, else with code and password on standard input.
    pub(super) async fn join(&mut self, mode: JoinArgs) -> Result<CommandOutput, CommandError> {
        let (member, is_new) = if mode.code_stdin {
            self.join_from_stdin(mode).await?
        } else {
            self.join_on_a_terminal(mode.address.as_deref().unwrap_or_default()).await?
        };
        let name = member.name().to_owned();
        let teams = self.list_teams(member).await?;
        Ok(CommandOutput::Of(Box::new(Joined { name, is_new, teams })))
    }

    async fn join_on_a_terminal(&mut self, address: &str) -> Result<(SignedIn, bool), CommandError> {
        if !self.client.has_pty {
            let words = "join asks on a terminal (ssh -t), or takes code and password with --code-stdin.";
            return Err(CommandError::failed("usage", words, exit::USAGE));
        }
        let flow = join::Join::new(self.app.portal.clone()).with_address(address);
        let flow = self.talk(Flow::Join(flow), signed_in).await?;
        let is_new = flow.page().toast.is_some_and(|toast| toast.id == "signed-up");
        let member = flow.member().cloned();
        member.map(|member| (member, is_new)).ok_or(CommandError::Disconnected)
    }

    /// Both lines are read before anything is asked, so that half a pipe changes nothing.
    async fn join_from_stdin(&mut self, mode: JoinArgs) -> Result<(SignedIn, bool), CommandError> {
        let address = mode.address.unwrap_or_default();
        let code = self.line("the code").await?;
        let password = self.line("the password").await?;
        match self.ask(Request::Join(Join::Prove { address, code })).await? {
            Reply::Join(Joining::SignInFirst { name, .. }) => {
                Ok((self.sign_in(name, password).await?, false))
            }
            Reply::Join(Joining::Proven(grant)) => {
                let Some(name) = mode.user_name else {
                    let words = "That address has no account yet. Nothing was changed, and the code stays good. \
                                 Say which username you want: --user-name NAME";
                    return Err(CommandError::failed("user-name-needed", words, exit::USAGE));
                };
                let display_name = mode.display_name.unwrap_or_default();
                let ask = Join::SignUp { grant, name, display_name, password };
                Ok((self.sign_up(ask).await?, true))
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn sign_up(&self, ask: Join) -> Result<SignedIn, CommandError> {
        match self.ask(Request::Join(ask)).await? {
            Reply::Join(Joining::SignedUp(member)) => Ok(member),
            Reply::Join(Joining::NotSignedUp(_, refusal)) => Err(CommandError::Refused(refusal)),
            other => Err(unexpected(&other)),
        }
    }
}
