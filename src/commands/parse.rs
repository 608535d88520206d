//! The one tree of commands, and how a line becomes one of them.

use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::activity::ActivityArgs;
use super::failure::CommandFailure;
use super::global_args::GlobalArgs;
use super::keys::KeysCommand;
use super::output::{OutputFormat, Printed};
use super::profile::{EmailsCommand, ProfileCommand};
use super::sessions::SessionsCommand;
use super::support::SupportCommand;
use super::teams::{JoinArgs, TeamsCommand};
use super::two_factor::{RecoveryCodesCommand, TwoFactorCommand};
use super::{examples, exit};

/// What can be asked of the portal in one line.
#[derive(Debug, Parser)]
#[command(
    name = "doorkey",
    bin_name = "ssh account@HOST",
    no_binary_name = true,
    version,
    about = "The account portal in one line, for scripts. Without a command it opens on a terminal.",
    color = clap::ColorChoice::Never,
    term_width = 0,
    after_help = AFTER_HELP
)]
struct CommandLine {
    #[command(flatten)]
    how: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
A command that needs to know who you are takes a registered SSH key, asks on a
terminal (ssh -t), or reads the password with --password-stdin. Where there is a
two-factor authentication, its code is the next line; with a key that needs --2fa-stdin.
Secrets are never given on the command line.

Exit codes: 0 done, 1 no, 64 usage, 65 refused by a rule, 69 unavailable,
70 internal error, 75 try later, 77 not signed in or not allowed.
Errors go to standard error as `Error: words [id]`; with --json as
{\"error\":{\"id\":\"try-later\",\"message\":\"...\",\"retry_after_s\":30}}.";

/// One of the commands.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Say whether the portal can be used now
    #[command(after_help = examples::STATUS)]
    Status,
    /// Say who you are here
    #[command(after_help = examples::WHOAMI)]
    Whoami,
    /// List your teams, or do something with one of them
    #[command(after_help = examples::TEAMS)]
    Teams {
        /// What to do, instead of listing them.
        #[command(subcommand)]
        act: Option<TeamsCommand>,
    },
    /// Show one of your teams and its members
    #[command(after_help = examples::TEAM)]
    Team {
        /// The team's name or id
        team: String,
    },
    /// Change your password
    #[command(after_help = examples::PASSWD)]
    Passwd {
        /// Read the current and the new password from standard input, a line each; where there is a second
        /// step its code is the third line
        #[arg(long)]
        stdin: bool,
        /// Caught so that the reason can be told.
        #[arg(hide = true)]
        secrets: Vec<String>,
    },
    /// Reset a forgotten password: first without, then with --code-stdin
    #[command(after_help = forgot_help())]
    Forgot {
        /// Email or username
        whose: Option<String>,
        /// Read the code from the email and the new password from standard input, a line each; where there
        /// is two-factor authentication its code is the third line. Should one be refused, the next line is tried
        #[arg(long)]
        code_stdin: bool,
        /// Caught so that the reason can be told.
        #[arg(hide = true)]
        secrets: Vec<String>,
    },
    /// List, add, rename and remove the SSH keys that sign you in to commands
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Show and change your profile: names, language, time zone, preferences
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// List, add, verify, choose and remove the addresses you are reached at
    #[command(subcommand)]
    Emails(EmailsCommand),
    /// Turn your two-factor authentication on or off
    #[command(name = "2fa", subcommand)]
    SecondFactor(TwoFactorCommand),
    /// Count your recovery codes, or make new ones
    #[command(subcommand)]
    RecoveryCodes(RecoveryCodesCommand),
    /// List where you are signed in, and end sessions
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Somebody's public keys; said as `ssh keys@HOST NAME`.
    #[command(skip)]
    PublicKeys {
        /// A username.
        name: String,
    },
    /// List what happened to your account, newest first
    #[command(after_help = examples::ACTIVITY)]
    Activity(ActivityArgs),
    /// Print all records of your account as one JSON file
    #[command(after_help = examples::EXPORT)]
    Export,
    /// Open, list, show, answer and close your support cases
    #[command(subcommand)]
    Support(SupportCommand),
    /// Take an invitation to a team, with the code from its email
    #[command(after_help = examples::JOIN)]
    Join(JoinArgs),
    /// Open the portal as plain prompts
    Plain,
    /// Print the version
    #[command(after_help = examples::VERSION)]
    Version,
}

/// The clap tree of all commands.
#[must_use]
pub fn command_tree() -> clap::Command {
    CommandLine::command()
}

/// Every command with an example of its JSON, in the order of `help`.
#[must_use]
pub fn documentation() -> Vec<examples::CommandDoc> {
    let tree = command_tree();
    let doc = |&(form, json): &(&str, &'static str)| {
        let (mut command, mut summary) = (&tree, String::new());
        for word in form.split(' ') {
            let Some(child) = command.find_subcommand(word) else { break };
            command = child;
            summary = command.get_about().map(ToString::to_string).unwrap_or_default();
        }
        examples::CommandDoc { form: form.to_owned(), summary: format!("{summary}."), json }
    };
    examples::SHAPES.iter().map(doc).collect()
}

/// A command, and how it is to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// What to do.
    pub command: Command,
    /// How to print.
    pub manner: OutputFormat,
    /// The password is the first line of standard input.
    pub password_stdin: bool,
    /// The two-factor code is in a line of standard input.
    pub second_factor_stdin: bool,
    /// Whose account.
    pub name: Option<String>,
}

/// Names of options that people try secrets with.
const SECRET_OPTIONS: [&str; 5] =
    ["--password", "--new-password", "--old-password", "--code", "--passphrase"];

const NO_SECRETS: &str = "A password or code never goes on the command line, where other programs and \
     histories can read it. Pipe it in (see help) or use a terminal: ssh -t";

impl Invocation {
    /// Reads a line as a shell would split it.
    ///
    /// # Errors
    /// The answer for a line that asks for help, or cannot be understood.
    pub fn read(line: &str) -> Result<Self, Printed> {
        let words = shlex::split(line);
        let manner = OutputFormat::of(words.as_deref().unwrap_or_default());
        let Some(words) = words else {
            return Err(unclear(manner, "A quotation mark or backslash in that line has no counterpart."));
        };
        let option = |word: &String| word.split('=').next().unwrap_or_default().to_owned();
        if words.iter().any(|word| SECRET_OPTIONS.contains(&option(word).as_str())) {
            return Err(told(manner, "secret-as-argument", NO_SECRETS));
        }
        let parsed = CommandLine::command()
            .try_get_matches_from(&words)
            .and_then(|matches| CommandLine::from_arg_matches(&matches))
            .map_err(|error| not_parsed(manner, &error))?;
        Self::check(manner, parsed)
    }

    fn check(manner: OutputFormat, CommandLine { how, command }: CommandLine) -> Result<Self, Printed> {
        let (Command::Passwd { secrets, .. }
        | Command::Forgot { secrets, .. }
        | Command::Emails(EmailsCommand::Verify { secrets, .. })) = &command
        else {
            return Self::check_options(manner, how, command);
        };
        if secrets.is_empty() {
            Self::check_options(manner, how, command)
        } else {
            Err(told(manner, "secret-as-argument", NO_SECRETS))
        }
    }

    fn check_options(manner: OutputFormat, how: GlobalArgs, command: Command) -> Result<Self, Printed> {
        if how.print.json && how.print.jsonl {
            return Err(unclear(manner, "Either --json or --jsonl."));
        }
        if how.print.jsonl && !command.is_list() {
            return Err(unclear(manner, "--jsonl is for commands that tell a list, such as teams."));
        }
        if how.second_factor_stdin && !command.signs_in() {
            return Err(unclear(manner, "--2fa-stdin is for commands that sign in by themselves."));
        }
        if how.password_stdin && !command.signs_in() {
            return Err(unclear(
                manner,
                "--password-stdin is for commands that sign in by themselves: whoami, teams, team, keys, profile, \
                 addresses, sessions, activity, export, support.",
            ));
        }
        let GlobalArgs { password_stdin, second_factor_stdin, name, .. } = how;
        Ok(Self { command, manner, password_stdin, second_factor_stdin, name })
    }
}

impl Command {
    /// Whether it needs a member and has no other use for standard input's first line.
    fn signs_in(&self) -> bool {
        !matches!(
            self,
            Self::Status
                | Self::PublicKeys { .. }
                | Self::Passwd { .. }
                | Self::Forgot { .. }
                | Self::Join(_)
                | Self::Plain
                | Self::Version
        )
    }

    /// Whether it tells a list, for `--jsonl`.
    fn is_list(&self) -> bool {
        matches!(
            self,
            Self::Teams { act: None }
                | Self::Keys(KeysCommand::List)
                | Self::Emails(EmailsCommand::List)
                | Self::Sessions(SessionsCommand::List)
                | Self::Activity(_)
                | Self::Support(SupportCommand::List)
        )
    }
}

fn forgot_help() -> String {
    format!("{}\n\nand with --code-stdin:\n\n  {}", examples::FORGOT, example_of(examples::FORGOT_FINISHED))
}

fn example_of(shape: &str) -> &str {
    shape.rsplit("\n\n  ").next().unwrap_or_default()
}

/// clap's own answer: help and version are no failures, anything else comes with its suggestion.
fn not_parsed(manner: OutputFormat, error: &clap::Error) -> Printed {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Printed::help(manner, &text),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            unclear(manner, "Which command? `help` lists them.")
        }
        _ => {
            let words = text.trim().trim_start_matches("error: ");
            let unknown = error.context().any(|(kind, _)| kind == ContextKind::InvalidSubcommand);
            told(manner, if unknown { "unknown-command" } else { "usage" }, words)
        }
    }
}

fn unclear(manner: OutputFormat, words: &str) -> Printed {
    told(manner, "usage", words)
}

fn told(manner: OutputFormat, id: &'static str, words: &str) -> Printed {
    CommandFailure::new(id, words, exit::USAGE).answer(manner)
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_line_is_an_order_or_an_answer_with_an_exit_code_of_ours(line in "[a-z0-9 '\"\\\\=@#;|-]{0,60}") {
            if let Err(answer) = Invocation::read(&line) {
                prop_assert!(matches!(answer.exit_code, exit::DONE | exit::USAGE));
                prop_assert!(answer.out.is_empty() != answer.err.is_empty());
            }
        }
    }

    fn refused(line: &str) -> Printed {
        Invocation::read(line).expect_err(line)
    }

    #[test]
    fn the_tree_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_line_is_split_as_a_shell_does() {
        let order = Invocation::read("team 'Night shift' --json").unwrap();
        assert_eq!(order.command, Command::Team { team: "Night shift".into() });
        assert_eq!(order.manner, OutputFormat::Json);
        assert_eq!(refused("team 'Night").exit_code, exit::USAGE);
    }

    #[test]
    fn an_unknown_command_is_told_with_a_suggestion() {
        let answer = refused("whoam");
        assert_eq!(answer.exit_code, exit::USAGE);
        assert!(
            answer.err.contains("'whoami'") && answer.err.contains("[unknown-command]"),
            "{}",
            answer.err
        );
        assert_eq!(answer.out, "");
        for line in ["", "keys", "whoami --jsno", "whoami extra", "whoami --jsonl", "teams --json --jsonl"] {
            let answer = refused(line);
            assert_eq!((answer.exit_code, answer.out.as_str()), (exit::USAGE, ""), "{line}");
        }
    }

    #[test]
    fn secrets_as_arguments_are_refused_with_the_reason_and_not_repeated() {
        for line in [
            "passwd hunter2 hunter3",
            "passwd --password hunter2",
            "whoami --password=hunter2 --json",
            "forgot ada hunter2",
            "forgot ada --code hunter2",
            "emails verify ada@example.org hunter2",
        ] {
            let answer = refused(line);
            assert_eq!(answer.exit_code, exit::USAGE, "{line}");
            assert!(answer.err.contains("never goes on the command line"), "{line}: {}", answer.err);
            assert!(!answer.err.contains("hunter"), "{line}: {}", answer.err);
        }
    }

    #[test]
    fn help_is_an_answer_and_shows_the_shape() {
        for line in ["help", "--help", "help whoami", "keys --help", "help keys add", "--version"] {
            let answer = refused(line);
            assert_eq!((answer.exit_code, answer.err.as_str()), (exit::DONE, ""), "{line}");
            assert!(!answer.out.contains('\u{1b}') && answer.out.ends_with('\n'), "{line}");
        }
        for (command, example) in examples::SHAPES {
            let words: Vec<_> = command
                .split(' ')
                .filter(|word| !word.starts_with('-') && !word.contains(char::is_uppercase))
                .collect();
            let help = refused(&format!("help {}", words.join(" "))).out;
            assert!(help.contains(example), "{command}: {help}");
        }
        assert!(refused("help").out.contains("ssh account@HOST"), "{}", refused("help").out);
    }
}
