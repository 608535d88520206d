//! Commands, for scripts: `ssh account@host COMMAND`, one file a command or group of commands.
//!
//! A command is an interface: names, ids, JSON keys and exit codes change only with a line in the changelog. To
//! add one, write its file (arguments, who runs it, what it prints, an example: [`Command`](command::Command)) and
//! give it a line in [`COMMANDS`]. Help, usage, the manual and the tests are derived from that.
//!
//! ```text
//! line -> Invocation::read -> Invocation::run -> Context --Request--> accounts
//!                                 |                 |<-- key | password on stdin | prompts on a terminal
//!              Printed <- Output <'
//! ```

mod activity;
mod command;
mod context;
mod delete_account;
mod emails;
mod export;
mod failure;
mod forgot;
mod invocation;
mod join;
mod keys;
mod other_programs;
mod output;
mod passwd;
mod plain;
mod profile;
mod public_keys;
mod recovery_codes;
mod review;
mod sessions;
mod sign_in;
mod status;
mod support;
mod teams;
mod two_factor;
mod undo;
mod version;
mod whoami;

use command::Entry;
pub use context::{CommandConnection, Host, PromptStatus};
pub use failure::{CommandError, CommandFailure};
pub use invocation::Invocation;
pub use other_programs::{is_script, other_program, script, subsystem};
pub use output::{OutputFormat, Printed, printable};

use crate::domain::exit_code;

/// What the files of commands share.
mod prelude {
    pub(super) use clap::Args;
    pub(super) use serde_json::json;

    pub(super) use super::command::Command;
    pub(super) use super::context::{CommandContext, ask, unexpected};
    pub(super) use super::failure::{CommandError, CommandFailure, Result};
    pub(super) use super::output::{Answer, OutputFormat, columns, line_of};
    pub(super) use super::sign_in::{Anyone, Caller, MemberCaller};
    pub(super) use crate::accounts::request::{Reply, Request, SignedIn};
}

/// Every command, in the order of `help`.
static COMMANDS: &[Entry] = &[
    Entry::command::<status::Status, _>("status"),
    Entry::command::<whoami::Whoami, _>("whoami"),
    Entry::command::<teams::TeamsList, _>("teams"),
    Entry::command::<teams::TeamsCreate, _>("teams create"),
    Entry::command::<teams::TeamsLeave, _>("teams leave"),
    Entry::command::<teams::TeamsEdit, _>("teams edit"),
    Entry::command::<teams::TeamsSetRole, _>("teams role"),
    Entry::command::<teams::TeamsRemove, _>("teams remove"),
    Entry::command::<teams::TeamsInvite, _>("teams invite"),
    Entry::command::<teams::TeamsWithdraw, _>("teams withdraw"),
    Entry::command::<teams::TeamsShow, _>("team"),
    Entry::command::<passwd::Passwd, _>("passwd"),
    Entry::command::<forgot::Forgot, _>("forgot"),
    Entry::command::<undo::Undo, _>("undo"),
    Entry::group("keys", "List, add, rename, remove and keep the SSH keys that sign you in to commands"),
    Entry::command::<keys::KeysList, _>("keys list"),
    Entry::command::<keys::KeysAdd, _>("keys add"),
    Entry::command::<keys::KeysRename, _>("keys rename"),
    Entry::command::<keys::KeysRemove, _>("keys remove"),
    Entry::command::<keys::KeysKeep, _>("keys keep"),
    Entry::group("profile", "Show and change your profile: names, time zone, preferences"),
    Entry::command::<profile::ProfileGet, _>("profile get"),
    Entry::command::<profile::ProfileSet, _>("profile set"),
    Entry::group("emails", "List, add, verify, choose, remove and keep your email addresses"),
    Entry::command::<emails::EmailsList, _>("emails list"),
    Entry::command::<emails::EmailsAdd, _>("emails add"),
    Entry::command::<emails::EmailsVerify, _>("emails verify"),
    Entry::command::<emails::EmailsPrimary, _>("emails primary"),
    Entry::command::<emails::EmailsRemove, _>("emails remove"),
    Entry::command::<emails::EmailsKeep, _>("emails keep"),
    Entry::group("2fa", "Turn two-factor authentication on or off"),
    Entry::command::<two_factor::TwoFactorStatus, _>("2fa status"),
    Entry::command::<two_factor::TwoFactorEnroll, _>("2fa enroll"),
    Entry::command::<two_factor::TwoFactorDisable, _>("2fa disable"),
    Entry::group("recovery-codes", "Count your recovery codes, or make new ones"),
    Entry::command::<recovery_codes::RecoveryCodesStatus, _>("recovery-codes status"),
    Entry::command::<recovery_codes::RecoveryCodesNew, _>("recovery-codes new"),
    Entry::command::<review::ReviewCommand, _>("review"),
    Entry::group("sessions", "List where you are signed in, and sign out sessions"),
    Entry::command::<sessions::SessionsList, _>("sessions list"),
    Entry::command::<sessions::SessionsRevoke, _>("sessions revoke"),
    Entry::command::<activity::Activity, _>("activity"),
    Entry::command::<export::Export, _>("export"),
    Entry::command::<delete_account::DeleteAccount, _>("delete-account"),
    Entry::group("support", "Open, list, show, answer and close your support cases"),
    Entry::command::<support::SupportNew, _>("support new"),
    Entry::command::<support::SupportList, _>("support list"),
    Entry::command::<support::SupportShow, _>("support show"),
    Entry::command::<support::SupportSendReply, _>("support reply"),
    Entry::command::<support::SupportClose, _>("support close"),
    Entry::command::<join::JoinCommand, _>("join"),
    Entry::command::<plain::Plain, _>("plain"),
    Entry::command::<version::Version, _>("version"),
];

const ABOUT: &str =
    "Manage your account from the command line. Without a command, the portal opens in your terminal.";

const SIGNING_IN: &str = "\
A command that needs to know who you are takes a registered SSH key, asks on a
terminal (ssh -t), or reads the password with --password-stdin; one that your client
sends when it connects counts as well. If you use two-factor authentication, the code
is the next line; with a key or such a client, add --2fa-stdin.
Secrets never go on the command line.";

const ERRORS: &str = "\
Errors go to standard error as `Error: message [id]`; with --json as
{\"error\":{\"id\":\"try-later\",\"message\":\"...\",\"retry_after_s\":30}}.";

/// What stands below the list of commands.
fn after_help() -> String {
    let codes = exit_code::ALL.iter().filter(|code| !code.summary.is_empty());
    let codes: Vec<_> = codes.map(|code| format!("{} {}", code.code, code.summary)).collect();
    format!("{SIGNING_IN}\n\nExit codes: {}.\n{ERRORS}", codes.join(", "))
}

/// All commands with their arguments and help.
#[must_use]
pub fn command_tree() -> clap::Command {
    let root = clap::Command::new("doorkey")
        .bin_name("ssh account@HOST")
        .no_binary_name(true)
        .version(env!("CARGO_PKG_VERSION"))
        .color(clap::ColorChoice::Never)
        .term_width(0)
        .subcommand_required(true)
        .arg_required_else_help(true);
    // Set after the options: deriving them replaces the texts of the whole program.
    let root = <invocation::Options as clap::Args>::augment_args(root).about(ABOUT).after_help(after_help());
    with_commands_below(root, "")
}

fn with_commands_below(clap: clap::Command, path: &str) -> clap::Command {
    let below = COMMANDS.iter().filter(|entry| entry.parent() == path);
    below.fold(clap, |clap, entry| clap.subcommand(with_commands_below(entry.clap(), entry.path)))
}

/// A command as the manual documents it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandDoc {
    /// `keys rename KEY COMMENT`.
    pub form: String,
    /// One line.
    pub summary: String,
    /// An example of what it prints with `--json`.
    pub json: &'static str,
}

/// Every form of every command, in the order of `help`.
#[must_use]
pub fn documentation() -> Vec<CommandDoc> {
    COMMANDS.iter().flat_map(Entry::documentation).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_tree_is_sound_and_every_command_and_argument_is_explained() {
        command_tree().debug_assert();
        assert_eq!(command_tree().get_about().map(ToString::to_string).as_deref(), Some(ABOUT));
        let mut commands = vec![command_tree()];
        while let Some(command) = commands.pop() {
            let name = command.get_name();
            assert!(command.get_about().is_some_and(|about| !about.to_string().is_empty()), "{name}");
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                assert!(arg.get_help().is_some(), "{name}: {}", arg.get_id());
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn every_command_has_a_path_of_its_own_below_one_that_exists() {
        let paths: HashSet<&str> = COMMANDS.iter().map(|entry| entry.path).collect();
        assert_eq!(paths.len(), COMMANDS.len());
        for entry in COMMANDS {
            assert!(entry.parent().is_empty() || paths.contains(entry.parent()), "{}", entry.path);
        }
    }

    #[test]
    fn every_command_that_prints_an_answer_has_an_example_of_its_json() {
        let documented = documentation();
        for entry in COMMANDS.iter().filter(|entry| entry.command_type().is_some() && entry.path != "plain") {
            let forms: Vec<_> = documented.iter().filter(|doc| doc.form.starts_with(entry.path)).collect();
            assert!(!forms.is_empty(), "{}", entry.path);
        }
        for doc in documented {
            let example: Value = serde_json::from_str(doc.json).expect(&doc.form);
            assert!(example.is_object(), "{}", doc.form);
        }
    }

    #[test]
    fn a_list_is_in_its_example_under_the_name_that_jsonl_takes_it_from() {
        for command in COMMANDS.iter().filter_map(Entry::command_type) {
            if let Some(name) = command.list {
                let example: Value = serde_json::from_str(command.example).unwrap();
                assert!(example[name].is_array(), "{name}");
            }
        }
    }
}
