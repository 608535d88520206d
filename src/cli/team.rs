//! `doorkey team`: teams and their members.

use std::io::Write;

use clap::Subcommand;
use serde_json::json;

use super::output::{columns, report};
use crate::accounts::Accounts;
use crate::domain::membership::Team;
use crate::domain::team::{DESCRIPTION_CHARS, NoSuchRole, Role, with_article};
use crate::domain::text::inert;

#[derive(Debug, Subcommand)]
pub enum OperatorTeamCommand {
    /// Add a team
    Add {
        /// Name of the team
        name: String,
        /// What the team does
        #[arg(long, default_value = "")]
        description: String,
        /// Its first owner, by username or email address
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// List all teams
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Add a user to a team, or change the user's role in it
    AddMember {
        /// Name of the team
        team: String,
        /// Username or email address
        user: String,
        /// `owner` or `member`
        #[arg(long, default_value_t = Role::Member, value_parser = role)]
        role: Role,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove a user from a team (not its last owner)
    RemoveMember {
        /// Name of the team
        team: String,
        /// Username or email address
        user: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
}

fn role(word: &str) -> Result<Role, NoSuchRole> {
    word.parse()
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorTeamCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorTeamCommand::Add { name, description, owner, json } => {
            let added = accounts.add_owned_team(&name, &description, owner.as_deref()).await;
            report(out, json, added, |out, team| match &owner {
                Some(owner) => writeln!(out, "Added the team `{}`, owned by `{owner}`.", team.name),
                None => writeln!(out, "Added the team `{}`.", team.name),
            })
        }
        OperatorTeamCommand::List { json } => {
            report(out, json, accounts.list_all_teams().await, |out, teams| columns(out, &table(teams)))
        }
        OperatorTeamCommand::AddMember { team, user, role, json: as_json } => {
            let done = accounts.add_member(&team, &user, role).await;
            let done = done.map(
                |()| json!({ "done": "member-added", "team": team, "user": user, "role": role.as_str() }),
            );
            report(out, as_json, done, |out, _| {
                writeln!(out, "`{user}` is now {} of `{team}`.", with_article(role.as_str()))
            })
        }
        OperatorTeamCommand::RemoveMember { team, user, json: as_json } => {
            let done = accounts.remove_member(&team, &user).await;
            let done = done.map(|()| json!({ "done": "member-removed", "team": team, "user": user }));
            report(out, as_json, done, |out, _| writeln!(out, "`{user}` is no longer in `{team}`."))
        }
    }
}

fn table(teams: &[Team]) -> Vec<Vec<String>> {
    let head = ["NAME", "MEMBERS", "DESCRIPTION"].map(str::to_owned).to_vec();
    // Owners may write several lines; a row of the table is one.
    let description = |team: &Team| inert(&team.description, DESCRIPTION_CHARS);
    let row = |team: &Team| vec![team.name.clone(), team.members.to_string(), description(team)];
    std::iter::once(head).chain(teams.iter().map(row)).collect()
}
