//! `teams`, `team` and `join`.

use super::member::signed_in;
use super::{Errand, Stop, unexpected};
use crate::accounts::request::join::{Answer as Joining, Ask as Join};
use crate::accounts::request::teams::{Answer, Ask, Edit};
use crate::accounts::request::{Reply, Request, SignedIn, TeamSummary, TeamView};
use crate::face::exec::teams::{Joined, OneTeam, TeamChanged, TeamLeft, TeamList};
use crate::face::exec::{JoinWish, TeamsCommand, Told, exit};
use crate::flow::{Flow, join};
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    /// `teams`, and what may stand behind it.
    pub(super) async fn teams(&mut self, act: Option<TeamsCommand>) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        let Some(act) = act else {
            return Ok(Told::Of(Box::new(TeamList(self.list_teams(member).await?))));
        };
        let ask = self.meant(&member, act).await?;
        match self.ask_sensitive(Request::Teams(member, ask)).await? {
            Reply::Teams(Answer::Left(team)) => Ok(Told::Of(Box::new(TeamLeft(team)))),
            Reply::Teams(Answer::Changed(change, team)) => Ok(Told::Of(Box::new(TeamChanged(change, *team)))),
            Reply::Teams(Answer::ChangedMeanwhile(_)) => {
                let words = "Another owner changed it at the same moment. Nothing was changed. Look at it \
                             and say it again.";
                Err(Stop::failed("changed-meanwhile", words, exit::LATER))
            }
            other => Err(unexpected(&other)),
        }
    }

    /// What a command asks, with the team by its id.
    async fn meant(&self, member: &SignedIn, act: TeamsCommand) -> Result<Ask, Stop> {
        Ok(match act {
            TeamsCommand::Leave { team } => Ask::Leave { team: self.team_id(member, &team).await? },
            TeamsCommand::Role { team, user, role } => {
                Ask::SetRole { team: self.team_id(member, &team).await?, who: user, role }
            }
            TeamsCommand::Remove { team, user } => {
                Ask::Remove { team: self.team_id(member, &team).await?, who: user }
            }
            TeamsCommand::Invite { team, address } => {
                Ask::Invite { team: self.team_id(member, &team).await?, address }
            }
            TeamsCommand::Withdraw { team, address } => {
                Ask::Withdraw { team: self.team_id(member, &team).await?, invitation: address }
            }
            TeamsCommand::Edit { team, description, links, no_links } => {
                let seen = self.open_team(member, &team).await?;
                let keeps = links.is_empty() && !no_links;
                let edit = Edit {
                    description: description.unwrap_or_else(|| seen.purpose.description.clone()),
                    links: if keeps { seen.purpose.links.clone() } else { links },
                    seen: seen.purpose,
                };
                Ask::Edit { team: seen.id, edit: Box::new(edit) }
            }
        })
    }

    /// `team NAME`
    pub(super) async fn team(&mut self, wanted: &str) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        Ok(Told::Of(Box::new(OneTeam(self.open_team(&member, wanted).await?))))
    }

    async fn open_team(&self, member: &SignedIn, wanted: &str) -> Result<TeamView, Stop> {
        let team = self.team_id(member, wanted).await?;
        match self.ask(Request::Teams(member.clone(), Ask::Open { team })).await? {
            Reply::Teams(Answer::Team(team)) => Ok(*team),
            other => Err(unexpected(&other)),
        }
    }

    async fn list_teams(&self, member: SignedIn) -> Result<Vec<TeamSummary>, Stop> {
        match self.ask(Request::Teams(member, Ask::List)).await? {
            Reply::Teams(Answer::List(teams)) => Ok(teams),
            other => Err(unexpected(&other)),
        }
    }

    /// By id, by name as it is, or by the only name that is the same but for its case.
    async fn team_id(&self, member: &SignedIn, wanted: &str) -> Result<String, Stop> {
        let mut teams = self.list_teams(member.clone()).await?;
        let lower = wanted.to_lowercase();
        teams.retain(|team| team.id == wanted || team.name.to_lowercase() == lower);
        let exact = teams.iter().position(|team| team.name == wanted || team.id == wanted);
        let found = if teams.is_empty() { None } else { Some(teams.swap_remove(exact.unwrap_or(0)).id) };
        found.ok_or_else(|| {
            Stop::failed("not-found", "There is no such team, or you are not in it. See: teams", exit::NO)
        })
    }

    /// `join`: on a terminal by the portal's own prompts, else with code and password on standard input.
    pub(super) async fn join(&mut self, wish: JoinWish) -> Result<Told, Stop> {
        let (member, is_new) = if wish.code_stdin {
            self.join_from_stdin(wish).await?
        } else {
            self.join_on_a_terminal(wish.address.as_deref().unwrap_or_default()).await?
        };
        let name = member.name().to_owned();
        let teams = self.list_teams(member).await?;
        Ok(Told::Of(Box::new(Joined { name, is_new, teams })))
    }

    async fn join_on_a_terminal(&mut self, address: &str) -> Result<(SignedIn, bool), Stop> {
        if !self.caller.has_pty {
            let words = "join asks on a terminal (ssh -t), or takes code and password with --code-stdin.";
            return Err(Stop::failed("usage", words, exit::USAGE));
        }
        let flow = join::Join::new(self.house.portal.clone()).with_address(address);
        let flow = self.talk(Flow::Join(flow), signed_in).await?;
        let is_new = flow.page().toast.is_some_and(|toast| toast.id == "signed-up");
        let member = flow.member().cloned();
        member.map(|member| (member, is_new)).ok_or(Stop::Gone)
    }

    /// Both lines are read before anything is asked, so that half a pipe changes nothing.
    async fn join_from_stdin(&mut self, wish: JoinWish) -> Result<(SignedIn, bool), Stop> {
        let address = wish.address.unwrap_or_default();
        let code = self.line("the code").await?;
        let password = self.line("the password").await?;
        match self.ask(Request::Join(Join::Prove { address, code })).await? {
            Reply::Join(Joining::SignInFirst { name, .. }) => {
                Ok((self.sign_in(name, password).await?, false))
            }
            Reply::Join(Joining::Proven(grant)) => {
                let Some(name) = wish.user_name else {
                    let words = "That address has no account yet. Nothing was changed, and the code stays good. \
                                 Say which username you want: --user-name NAME";
                    return Err(Stop::failed("user-name-needed", words, exit::USAGE));
                };
                let display_name = wish.display_name.unwrap_or_default();
                let ask = Join::SignUp { grant, name, display_name, password };
                Ok((self.sign_up(ask).await?, true))
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn sign_up(&self, ask: Join) -> Result<SignedIn, Stop> {
        match self.ask(Request::Join(ask)).await? {
            Reply::Join(Joining::SignedUp(member)) => Ok(member),
            Reply::Join(Joining::NotSignedUp(_, refusal)) => Err(Stop::Refused(refusal)),
            other => Err(unexpected(&other)),
        }
    }
}
