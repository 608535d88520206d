//! `doorkey service-account`: programs that search the accounts through the LDAP server.

use std::io::Write;

use clap::Subcommand;
use serde_json::json;

use super::output::{columns, report};
use crate::accounts::Accounts;
use crate::accounts::admin::ServiceAccountView;
use crate::domain::ldap_attribute::AttributeScope;
use crate::domain::service_account::ServiceAccountName;

#[derive(Debug, Subcommand)]
pub enum OperatorServiceAccountCommand {
    /// Add a service account and print its secret, which nobody can read again
    ///
    /// Programs bind as cn=NAME,ou=services,BASE. Without --attributes it may read what signs people in: cn, sn,
    /// displayName, mail, memberOf, entryUUID, member.
    Add {
        /// Name of the program: a to z, 0 to 9, `.`, `_`, `-`
        name: ServiceAccountName,
        /// What it may read besides usernames and the names of teams: `mail,memberOf`, or `all`
        #[arg(long, value_name = "NAMES", default_value_t = AttributeScope::default())]
        attributes: AttributeScope,
        /// The teams whose members it finds, and no others: `Operations,Design`, or `all` for everybody
        #[arg(long, value_name = "TEAMS", default_value = "all")]
        teams: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// List all service accounts
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove a service account; whoever is bound as it reads nothing from now on
    Remove {
        /// Its name
        name: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorServiceAccountCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorServiceAccountCommand::Add { name, attributes, teams, json: as_json } => {
            let teams = (teams.trim() != "all").then(|| parts(&teams));
            let added = accounts.add_service_account(&name, attributes, teams.as_deref()).await;
            let added = added.map(|secret| {
                json!({ "done": "service-account-added", "name": name.as_str(), "secret": secret.expose() })
            });
            report(out, as_json, added, |out, added| {
                writeln!(out, "{}", added["secret"].as_str().unwrap_or_default())
            })
        }
        OperatorServiceAccountCommand::List { json } => {
            let listed = accounts.list_service_accounts().await;
            report(out, json, listed, |out, listed| columns(out, &table(listed)))
        }
        OperatorServiceAccountCommand::Remove { name, json: as_json } => {
            let done = accounts.remove_service_account(&name).await;
            let done = done.map(|()| json!({ "done": "service-account-removed", "name": name }));
            report(out, as_json, done, |out, _| writeln!(out, "Removed the service account `{name}`."))
        }
    }
}

fn parts(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn table(listed: &[ServiceAccountView]) -> Vec<Vec<String>> {
    let head = ["NAME", "ATTRIBUTES", "TEAMS", "ADDED"].map(str::to_owned).to_vec();
    let row = |account: &ServiceAccountView| {
        let teams = account.teams.as_ref().map_or_else(|| "all".to_owned(), |teams| teams.join(", "));
        vec![account.name.clone(), account.attributes.clone(), teams, account.created_at.date_minute()]
    };
    std::iter::once(head).chain(listed.iter().map(row)).collect()
}
