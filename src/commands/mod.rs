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
mod setup;
mod sign_in;
mod status;
mod suggestion;
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

use crate::domain::capabilities::Capabilities;
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
    pub(super) use super::suggestion::WORDS;
    pub(super) use crate::accounts::request::{Reply, Request, SignedIn};
}

/// Every command, in the order of `help`.
static COMMANDS: &[Entry] = &[
    Entry::command::<status::Status, _>("status"),
    Entry::command::<whoami::Whoami, _>("whoami"),
    Entry::command::<teams::TeamsList, _>("teams").also(&["teams list", "teams ls"]),
    Entry::command::<teams::TeamsCreate, _>("teams create")
        .also(&["teams new"])
        .only_where(|can| !can.groups),
    Entry::command::<teams::TeamsLeave, _>("teams leave").only_where(|can| !can.groups),
    Entry::command::<teams::TeamsEdit, _>("teams edit")
        .also(&["teams set", "teams update"])
        .only_where(|can| !can.groups),
    Entry::command::<teams::TeamsSetRole, _>("teams role").only_where(|can| !can.groups),
    Entry::command::<teams::TeamsRemove, _>("teams remove")
        .also(&["teams rm", "teams kick"])
        .only_where(|can| !can.groups),
    Entry::command::<teams::TeamsInvite, _>("teams invite")
        .also(&["teams add"])
        .only_where(|can| !can.groups),
    Entry::command::<teams::TeamsWithdraw, _>("teams withdraw")
        .also(&["teams cancel", "teams uninvite"])
        .only_where(|can| !can.groups),
    Entry::command::<teams::TeamsShow, _>("team").also(&["teams show", "teams view", "teams get"]),
    Entry::command::<passwd::Passwd, _>("passwd")
        .also(&["password", "change-password"])
        .only_where(|can| can.change),
    Entry::command::<forgot::Forgot, _>("forgot")
        .also(&["reset", "reset-password", "forgot-password"])
        .only_where(|can| can.reset),
    Entry::command::<undo::Undo, _>("undo").only_where(|can| can.reset),
    Entry::group("keys", "List, add, rename, remove and keep the SSH keys that sign you in to commands")
        .also(&["key", "ssh-keys", "ssh-key"]),
    Entry::command::<keys::KeysList, _>("keys list").also(&["keys ls", "keys show"]),
    Entry::command::<keys::KeysAdd, _>("keys add").also(&["keys new", "keys create"]),
    Entry::command::<keys::KeysRename, _>("keys rename").also(&["keys edit", "keys comment"]),
    Entry::command::<keys::KeysRemove, _>("keys remove").also(&[
        "keys rm",
        "keys delete",
        "keys del",
        "keys revoke",
    ]),
    Entry::command::<keys::KeysKeep, _>("keys keep"),
    Entry::group("profile", "Show and change your profile: names, time zone, preferences")
        .also(&["settings"]),
    Entry::command::<profile::ProfileGet, _>("profile get").also(&[
        "profile show",
        "profile list",
        "profile view",
    ]),
    Entry::command::<profile::ProfileSet, _>("profile set").also(&[
        "profile edit",
        "profile update",
        "profile change",
    ]),
    Entry::group("emails", "List, add, verify, choose, remove and keep your email addresses")
        .also(&["email", "addresses"]),
    Entry::command::<emails::EmailsList, _>("emails list").also(&["emails ls", "emails show"]),
    Entry::command::<emails::EmailsAdd, _>("emails add").also(&["emails new"]).only_where(|can| can.accounts),
    Entry::command::<emails::EmailsVerify, _>("emails verify")
        .also(&["emails confirm"])
        .only_where(|can| can.accounts),
    Entry::command::<emails::EmailsPrimary, _>("emails primary")
        .also(&["emails set-primary", "emails default"])
        .only_where(|can| can.accounts),
    Entry::command::<emails::EmailsRemove, _>("emails remove")
        .also(&["emails rm", "emails delete", "emails del"])
        .only_where(|can| can.accounts),
    Entry::command::<emails::EmailsKeep, _>("emails keep"),
    Entry::group("2fa", "Turn two-factor authentication on or off").also(&[
        "mfa",
        "totp",
        "otp",
        "two-factor",
    ]),
    Entry::command::<two_factor::TwoFactorStatus, _>("2fa status").also(&["2fa show", "2fa list"]),
    Entry::command::<two_factor::TwoFactorEnroll, _>("2fa enroll").also(&[
        "2fa enrol",
        "2fa enable",
        "2fa on",
        "2fa setup",
        "2fa add",
    ]),
    Entry::command::<two_factor::TwoFactorDisable, _>("2fa disable").also(&[
        "2fa off",
        "2fa remove",
        "2fa delete",
    ]),
    Entry::group("recovery-codes", "Count your recovery codes, or make new ones").also(&[
        "recovery-code",
        "recovery",
        "backup-codes",
    ]),
    Entry::command::<recovery_codes::RecoveryCodesStatus, _>("recovery-codes status").also(&[
        "recovery-codes list",
        "recovery-codes show",
        "recovery-codes ls",
    ]),
    Entry::command::<recovery_codes::RecoveryCodesNew, _>("recovery-codes new").also(&[
        "recovery-codes create",
        "recovery-codes generate",
        "recovery-codes regenerate",
        "recovery-codes renew",
    ]),
    Entry::command::<review::ReviewCommand, _>("review"),
    Entry::group("sessions", "List where you are signed in, and sign out sessions").also(&["session"]),
    Entry::command::<sessions::SessionsList, _>("sessions list").also(&["sessions ls", "sessions show"]),
    Entry::command::<sessions::SessionsRevoke, _>("sessions revoke").also(&[
        "sessions end",
        "sessions rm",
        "sessions delete",
        "sessions logout",
        "sessions kill",
    ]),
    Entry::command::<activity::Activity, _>("activity").also(&["events", "activity list", "activity ls"]),
    Entry::command::<export::Export, _>("export"),
    Entry::command::<delete_account::DeleteAccount, _>("delete-account")
        .also(&["account delete", "delete"])
        .only_where(|can| can.accounts),
    Entry::group("support", "Open, list, show, answer and close your support cases")
        .also(&["case", "cases", "ticket", "tickets"]),
    Entry::command::<support::SupportNew, _>("support new").also(&[
        "support open",
        "support create",
        "support add",
    ]),
    Entry::command::<support::SupportList, _>("support list").also(&["support ls", "support cases"]),
    Entry::command::<support::SupportShow, _>("support show").also(&[
        "support view",
        "support get",
        "support read",
    ]),
    Entry::command::<support::SupportSendReply, _>("support reply").also(&[
        "support answer",
        "support comment",
        "support send",
    ]),
    Entry::command::<support::SupportClose, _>("support close").also(&["support end", "support resolve"]),
    Entry::command::<join::JoinCommand, _>("join").only_where(|can| can.accounts),
    Entry::command::<setup::SetupCommand, _>("setup").only_where(|can| can.accounts),
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

const QUOTING: &str = "\
ssh takes quotation marks away on their way here. For a text of several words, quote the
whole command too: ssh account@HOST \"support new --subject 'No mail'\"";

const ERRORS: &str = "\
Errors go to standard error as `Error: message [id]`; with --json as
{\"error\":{\"id\":\"try-later\",\"message\":\"...\",\"retry_after_s\":30}}.";

/// What stands below the list of commands.
fn after_help() -> String {
    let codes = exit_code::ALL.iter().filter(|code| !code.summary.is_empty());
    let codes: Vec<_> = codes.map(|code| format!("{} {}", code.code, code.summary)).collect();
    format!("{SIGNING_IN}\n\n{QUOTING}\n\nExit codes: {}.\n{ERRORS}", codes.join(", "))
}

/// How somebody connects, in help and usage; where the portal knows its address, that is said instead.
const CONNECT: &str = "ssh account@HOST";

/// All commands with their arguments and help.
#[must_use]
pub fn command_tree() -> clap::Command {
    command_tree_where(Capabilities::OWN)
}

/// The same, in whose help are those alone that can be done where accounts and passwords live.
fn command_tree_where(can: Capabilities) -> clap::Command {
    let root = clap::Command::new("doorkey")
        .bin_name(CONNECT)
        .no_binary_name(true)
        .version(env!("CARGO_PKG_VERSION"))
        .color(clap::ColorChoice::Never)
        .term_width(0)
        .subcommand_required(true)
        .arg_required_else_help(true);
    // Set after the options: deriving them replaces the texts of the whole program.
    let root = <invocation::Options as clap::Args>::augment_args(root).about(ABOUT).after_help(after_help());
    with_commands_below(root, "", can)
}

fn with_commands_below(clap: clap::Command, path: &str, can: Capabilities) -> clap::Command {
    let below = COMMANDS.iter().filter(|entry| entry.parent() == path);
    below.fold(clap, |clap, entry| {
        let command = entry.clap().hide(!(entry.is_possible)(can));
        clap.subcommand(with_commands_below(command, entry.path, can))
    })
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

/// The commands and groups that answer to other names too, with these.
pub fn other_names() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    COMMANDS.iter().filter(|entry| !entry.aliases.is_empty()).map(|entry| (entry.path, entry.aliases))
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
