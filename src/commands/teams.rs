//! `teams`, `team` and `join`: the words, and the answers.

use crate::domain::invitation::Invitation;
use crate::domain::membership::Membership;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::examples;
use super::output::{Render, columns};
use crate::accounts::request::TeamDetail;
use crate::accounts::request::teams::TeamChange;
use crate::domain::team::{NoSuchRole, Role, with_article};

/// `teams …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TeamsCommand {
    /// Leave a team (not as its last owner)
    #[command(after_help = examples::TEAMS_LEAVE)]
    Leave {
        /// The team's name or id
        team: String,
    },
    /// Change what a team says of itself; what is not given stays
    #[command(after_help = examples::TEAMS_EDIT)]
    Edit {
        /// The team's name or id
        team: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// A link, https only; give it again for another one. All links are replaced
        #[arg(long = "link", value_name = "URL")]
        links: Vec<String>,
        /// Take all links away
        #[arg(long, conflicts_with = "links")]
        no_links: bool,
    },
    /// Give a member another role
    #[command(after_help = examples::TEAMS_ROLE)]
    Role {
        /// The team's name or id
        team: String,
        /// Username
        user: String,
        /// `owner` or `member`
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Take somebody out of a team
    #[command(after_help = examples::TEAMS_REMOVE)]
    Remove {
        /// The team's name or id
        team: String,
        /// Username
        user: String,
    },
    /// Send an invitation; its code is good for 72 hours
    #[command(after_help = examples::TEAMS_INVITE)]
    Invite {
        /// The team's name or id
        team: String,
        /// The address that it goes to
        address: String,
    },
    /// Take an open invitation back
    #[command(after_help = examples::TEAMS_WITHDRAW)]
    Withdraw {
        /// The team's name or id
        team: String,
        /// The address that it went to, or its id
        address: String,
    },
}

fn role(word: &str) -> Result<Role, NoSuchRole> {
    word.parse()
}

/// `join …`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct JoinArgs {
    /// The address that the invitation came to
    pub address: Option<String>,
    /// Read the code from the email and your password from standard input, a line each
    #[arg(long, requires = "address")]
    pub code_stdin: bool,
    /// The username you want, if you have no account yet
    #[arg(long, value_name = "NAME", requires = "code_stdin")]
    pub user_name: Option<String>,
    /// Your display name, if you have no account yet
    #[arg(long, value_name = "NAME", requires = "user_name")]
    pub display_name: Option<String>,
}

/// What `teams` tells.
#[derive(Debug)]
pub struct TeamList(pub Vec<Membership>);

impl Render for TeamList {
    fn text(&self) -> String {
        if self.0.is_empty() {
            return "You are in no team yet. With the code from an invitation: join\n".to_owned();
        }
        columns(
            &["TEAM", "YOUR ROLE", "MEMBERS", "LAST SESSION"],
            self.0.iter().map(|team| {
                let session = team.last_opened_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
                vec![team.name.clone(), team.role.clone(), team.members.to_string(), session]
            }),
        )
    }

    fn json(&self) -> Value {
        json!({ "teams": self.0 })
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        Some(self.0.iter().map(|team| json!(team)).collect())
    }
}

/// What `team` tells.
#[derive(Debug)]
pub struct OneTeam(pub TeamDetail);

impl Render for OneTeam {
    fn text(&self) -> String {
        let TeamDetail { name, role, info, .. } = &self.0;
        let members = self
            .0
            .members
            .iter()
            .map(|member| vec![member.name.clone(), member.display_name.clone(), member.role.clone()]);
        let members = columns(&["NAME", "DISPLAY NAME", "ROLE"], members);
        let links = info.links.iter().flat_map(|link| ["Link: ", link, "\n"]).collect::<String>();
        let invitations = if self.0.invitations.is_empty() {
            String::new()
        } else {
            let open = self.0.invitations.iter();
            let open = open.map(|open| vec![open.address.clone(), open.expires_at.to_string()]);
            format!("\n{}", columns(&["INVITED", "GOOD UNTIL"], open))
        };
        // No line of theirs begins as one of ours.
        let description = info.description.replace('\n', "\n  ");
        format!(
            "Team: {name}\nDescription: {description}\n{links}Your role: {role}\n\n{members}{invitations}"
        )
    }

    fn json(&self) -> Value {
        json!(self.0)
    }
}

/// What `teams leave` tells.
#[derive(Debug)]
pub struct TeamLeft(pub Membership);

impl Render for TeamLeft {
    fn text(&self) -> String {
        format!("OK: You have left {} [team-left]\n", self.0.name)
    }

    fn json(&self) -> Value {
        json!({ "left": self.0 })
    }
}

/// What the other words after `teams` tell.
#[derive(Debug)]
pub struct TeamChanged(pub TeamChange, pub TeamDetail);

impl Render for TeamChanged {
    fn text(&self) -> String {
        let team = &self.1.name;
        match &self.0 {
            TeamChange::Edited => format!("OK: The page of {team} has been changed [team-changed]\n"),
            TeamChange::RoleSet { who, role } => {
                let role = with_article(role.as_str());
                format!("OK: {who} is now {role} of {team} [team-role-changed]\n")
            }
            TeamChange::Removed { who } => format!("OK: {who} is in {team} no more [team-member-removed]\n"),
            TeamChange::Invited(Invitation { address, expires_at, .. }) => format!(
                "OK: A code for {team} is on its way to {address}, good until {expires_at} [team-invited]\n"
            ),
            TeamChange::Withdrawn(Invitation { address, .. }) => {
                format!("OK: The invitation of {address} is void [team-invitation-withdrawn]\n")
            }
        }
    }

    fn json(&self) -> Value {
        let team = &self.1.name;
        match &self.0 {
            TeamChange::Edited => {
                let info = &self.1.info;
                json!({ "team": team, "description": info.description, "links": info.links })
            }
            TeamChange::RoleSet { who, role } => {
                json!({ "team": team, "member": who, "role": role.as_str() })
            }
            TeamChange::Removed { who } => json!({ "team": team, "removed": who }),
            TeamChange::Invited(open) => json!({ "team": team, "invited": open }),
            TeamChange::Withdrawn(open) => json!({ "team": team, "withdrawn": open }),
        }
    }
}

/// What `join` tells.
#[derive(Debug)]
pub struct Joined {
    /// Username.
    pub name: String,
    /// True when the account was made.
    pub is_new: bool,
    /// All the teams that the account has now.
    pub teams: Vec<Membership>,
}

impl Render for Joined {
    fn text(&self) -> String {
        let teams: Vec<&str> = self.teams.iter().map(|team| team.name.as_str()).collect();
        let made = if self.is_new { "Your account has been created. " } else { "" };
        format!("OK: {made}You are {}, with the teams: {} [joined]\n", self.name, teams.join(", "))
    }

    fn json(&self) -> Value {
        let teams: Vec<&str> = self.teams.iter().map(|team| team.name.as_str()).collect();
        json!({ "name": self.name, "new": self.is_new, "teams": teams })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{Command, CommandOutput, Invocation, OutputFormat};

    #[test]
    fn an_empty_list_is_a_sentence_an_empty_array_or_nothing() {
        let teams = CommandOutput::Of(Box::new(TeamList(Vec::new())));
        assert!(teams.answer(OutputFormat::Text).out.starts_with("You are in no team yet."));
        assert_eq!(teams.answer(OutputFormat::Json).out, "{\"teams\":[]}\n");
        assert_eq!(teams.answer(OutputFormat::JsonLines).out, "");
    }

    #[test]
    fn teams_alone_lists_and_words_behind_it_do_something() {
        assert_eq!(Invocation::read("teams").unwrap().command, Command::Teams { act: None });
        let act =
            Some(TeamsCommand::Role { team: "Night shift".into(), user: "grace".into(), role: Role::Owner });
        assert_eq!(
            Invocation::read("teams role 'Night shift' grace owner").unwrap().command,
            Command::Teams { act }
        );
        for line in [
            "teams role Platform grace king",
            "teams leave",
            "teams invite Platform",
            "teams edit Platform --no-links --link https://a.example",
            "join --code-stdin",
            "join alan@example.org --user-name alan",
            "teams leave Platform --jsonl",
        ] {
            assert!(Invocation::read(line).is_err(), "{line}");
        }
    }
}
