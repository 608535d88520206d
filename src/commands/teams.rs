//! `teams …` and `team`: the teams of a member.

use super::prelude::*;
use crate::accounts::request::teams::{TeamChange, TeamDetail, TeamEdit, TeamsReply, TeamsRequest};
use crate::domain::exit_code;
use crate::domain::membership::Membership;
use crate::domain::team::{NoSuchRole, Role, with_article};

/// List your teams, or change one of them
#[derive(Debug, Args)]
pub(super) struct TeamsList;

impl Command for TeamsList {
    const LIST: Option<&'static str> = Some("teams");
    const EXAMPLE: &'static str = r#"{"teams":[{"id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_opened_at":null,"members":3,"name":"Platform","role":"owner"}]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let teams = list(cx, &member).await?;
        let rows = teams.iter().map(|team| {
            let (name, role) = (team.name.clone(), team.role.clone());
            [name, role, team.members.to_string(), cx.time_or_never(team.last_opened_at)]
        });
        let empty = "You are in no team yet. With the code from an invitation: join";
        let json = json!({ "teams": teams });
        Ok(Answer::table(["TEAM", "YOUR ROLE", "MEMBERS", "LAST OPENED"], rows, empty, json))
    }
}

async fn list(cx: &mut CommandContext, member: &SignedIn) -> Result<Vec<Membership>> {
    Ok(ask!(cx, Teams(member.clone(), TeamsRequest::List), TeamsReply::List(teams) => teams))
}

/// The id of the team with this id or name; a name in another case will do too.
async fn id_of(cx: &mut CommandContext, member: &SignedIn, wanted: &str) -> Result<String> {
    let mut teams = list(cx, member).await?;
    let lower = wanted.to_lowercase();
    teams.retain(|team| team.id == wanted || team.name.to_lowercase() == lower);
    let exact = teams.iter().position(|team| team.name == wanted || team.id == wanted);
    if teams.is_empty() {
        let message = "There is no such team, or you are not in it. See: teams";
        return Err(CommandError::failed("not-found", message, exit_code::NO));
    }
    Ok(teams.swap_remove(exact.unwrap_or(0)).id)
}

async fn open(cx: &mut CommandContext, member: &SignedIn, wanted: &str) -> Result<TeamDetail> {
    let request = TeamsRequest::Open { team: id_of(cx, member, wanted).await? };
    Ok(*ask!(cx, Teams(member.clone(), request), TeamsReply::Team(team) => team))
}

/// Asks for a change of a team; gives what has changed, and the team after it.
async fn change(
    cx: &mut CommandContext,
    member: SignedIn,
    request: TeamsRequest,
) -> Result<(TeamChange, TeamDetail)> {
    match cx.ask(Request::Teams(member, request)).await? {
        Reply::Teams(TeamsReply::Changed(change, team)) => Ok((change, *team)),
        Reply::Teams(TeamsReply::ChangedMeanwhile(_)) => {
            let message = "Another owner changed it at the same moment. Nothing was changed. Look at it, and try \
                           again.";
            Err(CommandError::failed("changed-meanwhile", message, exit_code::LATER))
        }
        other => Err(unexpected(&other)),
    }
}

/// Show one of your teams and its members
#[derive(Debug, Args)]
pub(super) struct TeamsShow {
    /// The team's name or id
    #[arg(value_hint = WORDS)]
    team: String,
}

impl Command for TeamsShow {
    const EXAMPLE: &'static str = r#"{"description":"Keeps the lights on.","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","invitations":[{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e56","invited_at":"2026-11-22T14:05:09Z"}],"last_opened_at":null,"links":["https://wiki.acme.example/platform"],"members":[{"display_name":"","name":"ada","role":"owner"}],"name":"Platform","role":"owner"}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let team = open(cx, &member, &self.team).await?;
        Ok(Answer::new(text(&team, cx), json!(team)))
    }
}

fn text(team: &TeamDetail, cx: &CommandContext) -> String {
    // Indented, so that no line of theirs looks like one of ours.
    let description = team.info.description.replace('\n', "\n  ");
    let links = team.info.links.iter().fold(String::new(), |links, link| links + "Link: " + link + "\n");
    let members = team.members.iter();
    let members = members.map(|member| [&member.name, &member.display_name, &member.role].map(Clone::clone));
    let members = columns(["NAME", "DISPLAY NAME", "ROLE"], members);
    let (name, role) = (&team.name, &team.role);
    let text = format!("Team: {name}\nDescription: {description}\n{links}Your role: {role}\n\n{members}");
    if team.invitations.is_empty() {
        return text;
    }
    let open = team.invitations.iter();
    let open = open.map(|invitation| [invitation.address.clone(), cx.time(invitation.expires_at)]);
    format!("{text}\n{}", columns(["INVITED", "EXPIRES"], open))
}

/// Create a team with you as its owner, where the portal allows it
#[derive(Debug, Args)]
pub(super) struct TeamsCreate {
    /// Its name
    #[arg(value_name = "NAME")]
    team: String,
}

impl Command for TeamsCreate {
    const EXAMPLE: &'static str = r#"{"created":{"description":"","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","invitations":[],"last_opened_at":"2026-11-22T14:05:09Z","links":[],"members":[{"display_name":"","name":"ada","role":"owner"}],"name":"Night watch","role":"owner"}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = TeamsRequest::Create { name: self.team };
        let team = *ask!(cx, Teams(member, request), TeamsReply::Created(team) => team);
        let message = format!("{} has been created, and you are its owner", team.name);
        Ok(Answer::done("team-created", message, json!({ "created": team })))
    }
}

/// Leave a team (not as its last owner)
#[derive(Debug, Args)]
pub(super) struct TeamsLeave {
    /// The team's name or id
    #[arg(value_hint = WORDS)]
    team: String,
}

impl Command for TeamsLeave {
    const EXAMPLE: &'static str = r#"{"left":{"id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_opened_at":null,"members":3,"name":"Platform","role":"member"}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = TeamsRequest::Leave { team: id_of(cx, &member, &self.team).await? };
        let left = ask!(cx, Request::Teams(member, request), Reply::Teams(TeamsReply::Left(team)) => team);
        Ok(Answer::done("team-left", format!("You have left {}", left.name), json!({ "left": left })))
    }
}

/// Change a team's description and links; what is not given stays
#[derive(Debug, Args)]
pub(super) struct TeamsEdit {
    /// The team's name or id
    #[arg(value_hint = WORDS)]
    team: String,
    /// What it is for
    #[arg(long, value_hint = WORDS)]
    description: Option<String>,
    /// A link, https only; give it again for another one. All links are replaced
    #[arg(long = "link", value_name = "URL")]
    links: Vec<String>,
    /// Remove all links
    #[arg(long, conflicts_with = "links")]
    no_links: bool,
}

impl Command for TeamsEdit {
    const EXAMPLE: &'static str = r#"{"description":"Keeps the lights on.","links":["https://wiki.acme.example/platform"],"team":"Platform"}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let seen = open(cx, &member, &self.team).await?;
        let keeps_links = self.links.is_empty() && !self.no_links;
        let edit = TeamEdit {
            description: self.description.unwrap_or_else(|| seen.info.description.clone()),
            links: if keeps_links { seen.info.links.clone() } else { self.links },
            seen: seen.info,
        };
        let request = TeamsRequest::Edit { team: seen.id, edit: Box::new(edit) };
        let (_, team) = change(cx, member, request).await?;
        let message = format!("{} has been changed", team.name);
        let json = json!({
            "team": team.name,
            "description": team.info.description,
            "links": team.info.links,
        });
        Ok(Answer::done("team-changed", message, json))
    }
}

/// Give a member another role
#[derive(Debug, Args)]
pub(super) struct TeamsSetRole {
    /// The team's name or id
    #[arg(value_hint = WORDS)]
    team: String,
    /// Username
    user: String,
    /// `owner` or `member`
    #[arg(value_parser = role)]
    role: Role,
}

fn role(word: &str) -> Result<Role, NoSuchRole> {
    word.parse()
}

impl Command for TeamsSetRole {
    const EXAMPLE: &'static str = r#"{"member":"grace","role":"owner","team":"Platform"}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let team = id_of(cx, &member, &self.team).await?;
        let request = TeamsRequest::SetRole { team, who: self.user, role: self.role };
        let (TeamChange::RoleSet { who, role }, team) = change(cx, member, request).await? else {
            return Err(CommandError::internal());
        };
        let (role, team) = (role.as_str(), team.name);
        let message = format!("{who} is now {} of {team}", with_article(role));
        Ok(Answer::done("team-role-changed", message, json!({ "team": team, "member": who, "role": role })))
    }
}

/// Remove somebody from a team
#[derive(Debug, Args)]
pub(super) struct TeamsRemove {
    /// The team's name or id
    #[arg(value_hint = WORDS)]
    team: String,
    /// Username
    user: String,
}

impl Command for TeamsRemove {
    const EXAMPLE: &'static str = r#"{"removed":"grace","team":"Platform"}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let team = id_of(cx, &member, &self.team).await?;
        let request = TeamsRequest::Remove { team, who: self.user };
        let (TeamChange::Removed { who }, team) = change(cx, member, request).await? else {
            return Err(CommandError::internal());
        };
        let message = format!("{who} was removed from {}", team.name);
        Ok(Answer::done("team-member-removed", message, json!({ "team": team.name, "removed": who })))
    }
}

/// Send an invitation; its code is valid for 72 hours
#[derive(Debug, Args)]
pub(super) struct TeamsInvite {
    /// The team's name or id
    #[arg(value_hint = WORDS)]
    team: String,
    /// The address to send it to
    address: String,
}

impl Command for TeamsInvite {
    const EXAMPLE: &'static str = r#"{"invited":{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e56","invited_at":"2026-11-22T14:05:09Z"},"team":"Platform"}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let team = id_of(cx, &member, &self.team).await?;
        let request = TeamsRequest::Invite { team, address: self.address };
        let (TeamChange::Invited(invitation), team) = change(cx, member, request).await? else {
            return Err(CommandError::internal());
        };
        let message = format!(
            "Invitation sent to {}, valid until {}",
            invitation.address,
            cx.time(invitation.expires_at)
        );
        Ok(Answer::done("team-invited", message, json!({ "team": team.name, "invited": invitation })))
    }
}

/// Withdraw an open invitation
#[derive(Debug, Args)]
pub(super) struct TeamsWithdraw {
    /// The team's name or id
    #[arg(value_hint = WORDS)]
    team: String,
    /// The address that it went to, or its id
    address: String,
}

impl Command for TeamsWithdraw {
    const EXAMPLE: &'static str = r#"{"team":"Platform","withdrawn":{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e56","invited_at":"2026-11-22T14:05:09Z"}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let team = id_of(cx, &member, &self.team).await?;
        let request = TeamsRequest::Withdraw { team, invitation: self.address };
        let (TeamChange::Withdrawn(invitation), team) = change(cx, member, request).await? else {
            return Err(CommandError::internal());
        };
        let message = format!("The invitation of {} was withdrawn", invitation.address);
        let json = json!({ "team": team.name, "withdrawn": invitation });
        Ok(Answer::done("team-invitation-withdrawn", message, json))
    }
}
