//! `doorkey team`: adding and listing teams, and who is in them.

use std::io::Write;

use clap::Subcommand;

use super::output::{answer, columns, json};
use crate::accounts::Accounts;
use crate::domain::membership::Team;
use crate::domain::team::{DESCRIPTION_CHARS, NoSuchRole, Role, with_article};
use crate::domain::text::inert;

/// What can be done with teams.
#[derive(Debug, Subcommand)]
pub enum TeamCommand {
    /// Add a team
    Add {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long, default_value = "")]
        description: String,
    },
    /// List all teams
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Put somebody into a team, or give them another role in it
    AddMember {
        /// The team
        team: String,
        /// Username or address
        user: String,
        /// `owner` or `member`
        #[arg(long, default_value_t = Role::Member, value_parser = role)]
        role: Role,
    },
    /// Take somebody out of a team (not its last owner)
    RemoveMember {
        /// The team
        team: String,
        /// Username or address
        user: String,
    },
}

fn role(word: &str) -> Result<Role, NoSuchRole> {
    word.parse()
}

/// Carries `command` out; gives the exit code.
///
/// # Errors
/// What is not the operator's doing: a store that is down, a closed standard output.
pub async fn run(command: TeamCommand, accounts: &Accounts, out: &mut dyn Write) -> anyhow::Result<u8> {
    match command {
        TeamCommand::Add { name, description } => {
            answer(out, accounts.add_team(&name, &description).await, |out, team| {
                writeln!(out, "Added the team `{}`.", team.name)
            })
        }
        TeamCommand::List { json: as_json } => answer(out, accounts.list_all_teams().await, |out, teams| {
            if as_json { json(out, &teams) } else { columns(out, &table(&teams)) }
        }),
        TeamCommand::AddMember { team, user, role } => {
            answer(out, accounts.add_member(&team, &user, role).await, |out, ()| {
                writeln!(out, "`{user}` is now {} of `{team}`.", with_article(role.as_str()))
            })
        }
        TeamCommand::RemoveMember { team, user } => {
            answer(out, accounts.remove_member(&team, &user).await, |out, ()| {
                writeln!(out, "`{user}` is no longer in `{team}`.")
            })
        }
    }
}

fn table(teams: &[Team]) -> Vec<Vec<String>> {
    let head = ["NAME", "MEMBERS", "DESCRIPTION"].map(str::to_owned).to_vec();
    // A team is one line here, however many its owners wrote.
    let description = |team: &Team| inert(&team.description, DESCRIPTION_CHARS);
    let row = |team: &Team| vec![team.name.clone(), team.members.to_string(), description(team)];
    std::iter::once(head).chain(teams.iter().map(row)).collect()
}
