//! How a line becomes a command, and what every command takes: the options for printing and signing in.

use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, FromArgMatches};

use super::command::{CommandType, Entry, Run};
use super::context::{CommandConnection, CommandContext, Host};
use super::failure::{CommandError, CommandFailure};
use super::output::{OutputFormat, Printed};
use super::public_keys::PublicKeys;
use super::suggestion::{explanation, quoted, with_own_names};
use super::{COMMANDS, CONNECT, command_tree_where};
use crate::accounts::request::Refusal;
use crate::domain::exit_code;
use crate::domain::portal::PortalInfo;
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::messages::Language;

/// The options that every command takes.
#[derive(Debug, Default, Args)]
pub(super) struct Options {
    #[command(flatten)]
    print: PrintOptions,
    /// Sign in with the password in the first line of standard input
    #[arg(long, global = true)]
    pub(super) password_stdin: bool,
    /// Read the two-factor code from a line of standard input when you sign in with a key, or with a password that your
    /// client sends when it connects (with --password-stdin it is always the second line)
    #[arg(long = "2fa-stdin", global = true)]
    pub(super) second_factor_stdin: bool,
    /// The account, instead of the name before the @
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Default, Args)]
struct PrintOptions {
    /// Print one JSON object
    #[arg(long, global = true)]
    json: bool,
    /// Print a list as JSON, one object a line
    #[arg(long, global = true)]
    jsonl: bool,
}

/// A command, ready to run.
#[derive(Debug)]
pub struct Invocation {
    path: &'static str,
    command: Box<dyn Run>,
    options: Options,
    /// Of line mode, where this opens it.
    language: Language,
}

/// Names of options that people try secrets with.
const SECRET_OPTIONS: [&str; 6] =
    ["--password", "--new-password", "--old-password", "--code", "--undo-code", "--passphrase"];

impl Invocation {
    /// Reads a line as a shell would split it. `portal` and the name before the `@` are for saying what to type instead.
    ///
    /// # Errors
    /// What to print for a line that asks for help, or is no command.
    pub fn read(line: &str, portal: &PortalInfo, user: &str) -> Result<Self, Printed> {
        let words = shlex::split(line);
        let format = OutputFormat::of(words.as_deref().unwrap_or_default());
        let read = require_text(line).and_then(|()| Self::parse(words, portal));
        read.map_err(|error| match error {
            Unread::Help(text) => Printed::help(format, text.replace(CONNECT, &portal.ssh("", user))),
            Unread::Failed(failure) => failure.connecting_by(portal, user).printed(format),
            Unread::Unquoted(otherwise) => match quoted(line, portal, user) {
                Some(typed) => unquoted(&typed).printed(format),
                None => otherwise.connecting_by(portal, user).printed(format),
            },
        })
    }

    /// A line for the user name `keys`: a single word is a username, except for what opens or explains the
    /// portal; anything else is a command as everywhere.
    ///
    /// # Errors
    /// See [`Invocation::read`].
    pub fn read_for_keys(line: &str, portal: &PortalInfo, user: &str) -> Result<Self, Printed> {
        let is_name = |word: &str| !word.starts_with('-') && !matches!(word, "plain" | "help");
        match shlex::split(line).as_deref() {
            Some([word]) if is_name(word) && require_text(line).is_ok() => {
                let command = Box::new(PublicKeys { name: word.clone() });
                Ok(Self { path: "", command, options: Options::default(), language: Language::default() })
            }
            _ => Self::read(line, portal, user),
        }
    }

    fn parse(words: Option<Vec<String>>, portal: &PortalInfo) -> Result<Self, Unread> {
        let words = words.ok_or_else(|| {
            let message = "A quotation mark or backslash in that line has no counterpart.";
            Unread::Unquoted(CommandFailure::usage(message))
        })?;
        let words = with_own_names(words);
        let option = |word: &String| word.split('=').next().unwrap_or_default().to_owned();
        if words.iter().any(|word| SECRET_OPTIONS.contains(&option(word).as_str())) {
            return Err(Unread::Failed(CommandFailure::secret_as_argument()));
        }
        let tree = command_tree_where(portal.capabilities);
        let matches = tree.try_get_matches_from(&words).map_err(|error| match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                incomplete(&words)
            }
            _ => Unread::from_clap(&error, &words),
        })?;
        let options = Options::from_arg_matches(&matches)?;
        let (entry, command, matches) = called(&matches).ok_or_else(|| incomplete(&words))?;
        if !(entry.is_possible)(portal.capabilities) {
            let (refusal, zone) = (Refusal::KeptInDirectory, TimeZone::default());
            let now = Timestamp::from_epoch_ms(0);
            return Err(Unread::Failed(CommandFailure::refused(&refusal, portal, now, &zone)));
        }
        options.check(command)?;
        let language = matches.try_get_one(super::plain::LANG).ok().flatten().copied().unwrap_or_default();
        let command = (command.parse)(matches)?;
        Ok(Self { path: entry.path, command, options, language })
    }

    /// The language of line mode, for `plain`, which opens the portal in it.
    #[must_use]
    pub fn plain(&self) -> Option<Language> {
        (self.path == "plain").then_some(self.language)
    }

    /// How to print what comes of it.
    #[must_use]
    pub fn format(&self) -> OutputFormat {
        self.options.format()
    }

    /// Runs it for `connection`.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn run(
        self,
        portal: Arc<PortalInfo>,
        connection: CommandConnection,
        host: Box<dyn Host>,
    ) -> Result<Printed, CommandError> {
        self.command.run(&mut CommandContext::new(portal, connection, self.options, host)).await
    }
}

/// Why a line is no command to run.
pub(super) enum Unread {
    Help(String),
    Failed(CommandFailure),
    /// Quotation marks may have been lost. Otherwise it has failed.
    Unquoted(CommandFailure),
}

impl Unread {
    /// Help and version are no failures.
    fn from_clap(error: &clap::Error, words: &[String]) -> Self {
        let failed = |id| CommandFailure::new(id, &explanation(error, words), exit_code::USAGE);
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Self::Help(error.render().to_string()),
            ErrorKind::InvalidSubcommand => Self::Failed(failed("unknown-command")),
            ErrorKind::UnknownArgument => Self::Unquoted(failed("usage")),
            _ => Self::Failed(failed("usage")),
        }
    }
}

impl From<clap::Error> for Unread {
    fn from(error: clap::Error) -> Self {
        Self::from_clap(&error, &[])
    }
}

/// `typed` is what would have done it.
fn unquoted(typed: &str) -> CommandFailure {
    let message =
        format!("ssh takes quotation marks away, so the whole command needs its own. Type: {typed}");
    CommandFailure::usage(&message)
}

/// What a line lacks that ends before its command does: the words that may follow its group.
fn incomplete(words: &[String]) -> Unread {
    let group = COMMANDS.iter().find(|entry| entry.is_group() && words.iter().any(|word| word == entry.path));
    let Some(group) = group else { return usage("A command is missing. `help` lists them all.") };
    let below = COMMANDS.iter().filter(|entry| entry.parent() == group.path);
    let below: Vec<_> = below.map(|entry| format!("`{}`", entry.path)).collect();
    usage(&format!("`{}` needs a subcommand: {}.", group.path, below.join(", ")))
}

/// A command is text. What was not UTF-8 has been replaced on its way here.
fn require_text(line: &str) -> Result<(), Unread> {
    if line.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
        return Err(usage(
            "A command is one line in UTF-8, without control characters. Nothing was changed.",
        ));
    }
    Ok(())
}

fn usage(message: &str) -> Unread {
    Unread::Failed(CommandFailure::usage(message))
}

impl Options {
    pub(super) fn format(&self) -> OutputFormat {
        match (self.print.jsonl, self.print.json) {
            (true, _) => OutputFormat::JsonLines,
            (false, true) => OutputFormat::Json,
            (false, false) => OutputFormat::Text,
        }
    }

    fn check(&self, command: &CommandType) -> Result<(), Unread> {
        if self.print.json && self.print.jsonl {
            return Err(usage("Either --json or --jsonl."));
        }
        if self.print.jsonl && !command.is_list() {
            let lists: Vec<_> = paths(CommandType::is_list).collect();
            return Err(usage(&format!("--jsonl is for commands that print a list: {}.", lists.join(", "))));
        }
        for (is_given, option) in
            [(self.second_factor_stdin, "--2fa-stdin"), (self.password_stdin, "--password-stdin")]
        {
            if is_given && !command.signs_in && !command.takes.contains(&option) {
                let names = signing_in().join(", ");
                return Err(usage(&format!("{option} is for commands that sign in by themselves: {names}.")));
            }
        }
        Ok(())
    }
}

impl CommandType {
    fn is_list(&self) -> bool {
        self.list.is_some()
    }
}

/// The commands that `are_meant`, in the order of `help`.
fn paths(are_meant: fn(&CommandType) -> bool) -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().filter(move |entry| entry.command_type().is_some_and(are_meant)).map(|entry| entry.path)
}

/// The first words of the commands that sign in by themselves, in the order of `help`.
fn signing_in() -> Vec<&'static str> {
    let paths = paths(|command| command.signs_in);
    let mut names: Vec<&str> = paths.filter_map(|path| path.split(' ').next()).collect();
    names.dedup();
    names
}

/// The command that was matched, and its own arguments.
fn called(mut matches: &ArgMatches) -> Option<(&'static Entry, &'static CommandType, &ArgMatches)> {
    let mut words = Vec::new();
    while let Some((word, below)) = matches.subcommand() {
        words.push(word);
        matches = below;
    }
    let path = words.join(" ");
    let entry = COMMANDS.iter().find(|entry| entry.path == path)?;
    Some((entry, entry.command_type()?, matches))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::capabilities::Capabilities;

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_line_is_a_command_or_an_answer_with_an_exit_code_of_ours(line in "[a-z0-9 '\"\\\\=@#;|-]{0,60}") {
            if let Err(answer) = read(&line) {
                prop_assert!(matches!(answer.exit_code, exit_code::DONE | exit_code::USAGE));
                prop_assert!(answer.out.is_empty() != answer.err.is_empty());
            }
        }
    }

    fn read(line: &str) -> Result<Invocation, Printed> {
        Invocation::read(line, &PortalInfo::for_test(), "account")
    }

    fn refused(line: &str) -> Printed {
        read(line).expect_err(line)
    }

    #[test]
    fn a_line_is_split_as_a_shell_does() {
        let invocation = read("team 'Night shift' --json").unwrap();
        assert_eq!((invocation.path, invocation.format()), ("team", OutputFormat::Json));
        let arguments = format!("{:?}", invocation.command);
        assert!(arguments.contains("\"Night shift\""), "{arguments}");
        assert_eq!(refused("team 'Night").exit_code, exit_code::USAGE);
    }

    #[test]
    fn what_a_directory_keeps_is_neither_listed_nor_run() {
        let can =
            Capabilities { accounts: false, change: false, reset: false, ssh_keys: false, groups: true };
        let portal = PortalInfo { capabilities: can, ..PortalInfo::for_test() };
        let help =
            |line: &str, portal: &PortalInfo| Invocation::read(line, portal, "account").expect_err(line).out;
        let (all, some) = (help("help", &PortalInfo::for_test()), help("help", &portal));
        for line in ["passwd", "forgot ada", "undo", "delete-account", "join", "setup"] {
            let command = format!("\n  {} ", line.split(' ').next().unwrap());
            assert!(all.contains(&command) && !some.contains(&command), "{line}: {some}");
        }
        for line in [
            "passwd",
            "forgot ada",
            "undo",
            "undo --preview --code-stdin",
            "emails add ada@example.org",
            "teams create Ops",
            "delete-account",
        ] {
            let refused = Invocation::read(line, &portal, "account").expect_err(line);
            assert_eq!(refused.exit_code, exit_code::DENIED, "{line}");
            assert!(refused.err.contains("[kept-in-directory]"), "{line}: {}", refused.err);
        }
        for line in ["whoami", "keys list", "emails list", "teams", "2fa status"] {
            assert!(Invocation::read(line, &portal, "account").is_ok(), "{line}");
        }
        assert!(!help("help emails", &portal).contains("primary"));
    }

    #[test]
    fn an_unknown_command_is_refused_with_a_suggestion() {
        let answer = refused("whoam");
        assert_eq!(answer.exit_code, exit_code::USAGE);
        assert!(
            answer.err.contains("Did you mean `whoami`?") && answer.err.contains("[unknown-command]"),
            "{}",
            answer.err
        );
        assert_eq!(answer.out, "");
        for line in ["", "keys", "whoami --jsno", "whoami extra", "whoami --jsonl", "teams --json --jsonl"] {
            let answer = refused(line);
            assert_eq!((answer.exit_code, answer.out.as_str()), (exit_code::USAGE, ""), "{line}");
        }
    }

    #[test]
    fn what_people_type_instead_is_answered_with_what_to_type() {
        for (line, sentence) in [
            (
                "enroll",
                "There is no command `enroll`. Did you mean `2fa enroll`? `help` lists all commands. [unknown-command]",
            ),
            ("keys ad", "There is no command `keys ad`. Did you mean `keys add`?"),
            ("keys frobnicate", "There is no command `keys frobnicate`. There are: `keys list`, `keys add`,"),
            ("frobnicate", "There is no command `frobnicate`. `help` lists all commands."),
            ("teams Platform", "Did you mean `team Platform`? [unknown-command]"),
            ("whoami --jsno", "`whoami` has no option --jsno. Did you mean --json? [usage]"),
            ("support new", "`support new` needs --subject <SUBJECT>. [usage]"),
            ("whoami extra", "`whoami` has no use for \"extra\". [usage]"),
            (
                "activity --since soon",
                "--since <TIME> does not take \"soon\": expected how long ago, such as 1h,",
            ),
            ("activity --since", "--since <TIME> needs a value. [usage]"),
            ("support show first", "<NUMBER> does not take \"first\": "),
            (
                "support new --subject No mail",
                "ssh takes quotation marks away, so the whole command needs its own. Type: ssh account@HOST \
                 \"support new --subject 'No mail'\" [usage]",
            ),
            (
                "support new --subject Can't sign in",
                "Type: ssh account@HOST \"support new --subject \\\"Can't sign in\\\"\" [usage]",
            ),
        ] {
            let answer = refused(line);
            assert_eq!(answer.exit_code, exit_code::USAGE, "{line}");
            assert!(answer.err.contains(sentence), "{line}: {}", answer.err);
        }
        assert!(
            refused("support new --json").err.contains("needs --subject <SUBJECT>. Usage: ssh account@HOST")
        );
        let address = Some("portal.acme.example:2222".parse().unwrap());
        let portal = PortalInfo { address, ..PortalInfo::for_test() };
        let answer = Invocation::read("team Night shift", &portal, "ada").unwrap_err();
        assert!(
            answer.err.contains("ssh -p 2222 ada@portal.acme.example \"team 'Night shift'\""),
            "{}",
            answer.err
        );
    }

    #[test]
    fn a_command_answers_to_the_names_that_other_programs_have_for_it() {
        for (line, path) in [
            ("support open --subject x", "support new"),
            ("mfa enable", "2fa enroll"),
            ("key rm SHA256:x", "keys remove"),
            ("password --stdin", "passwd"),
            ("teams list --json", "teams"),
            ("tickets ls", "support list"),
        ] {
            assert_eq!(read(line).expect(line).path, path);
        }
        assert!(refused("help support open").out.contains("Also: support open, support create"));
    }

    #[test]
    fn secrets_as_arguments_are_refused_with_the_reason_and_not_repeated() {
        for line in [
            "passwd hunter2 hunter3",
            "passwd --password hunter2",
            "whoami --password=hunter2 --json",
            "forgot ada hunter2",
            "forgot ada --code hunter2",
            "undo hunter2",
            "undo --undo-code hunter2",
            "emails verify ada@example.org hunter2",
        ] {
            let answer = refused(line);
            assert_eq!(answer.exit_code, exit_code::USAGE, "{line}");
            assert!(answer.err.contains("never goes on the command line"), "{line}: {}", answer.err);
            assert!(!answer.err.contains("hunter"), "{line}: {}", answer.err);
        }
    }

    #[test]
    fn options_go_with_the_commands_that_have_a_use_for_them() {
        let answer = refused("status --password-stdin").err;
        let names = "whoami, teams, team, keys, profile, emails, 2fa, recovery-codes, review, sessions, activity, \
                     export, delete-account, support";
        assert!(answer.contains(&format!("sign in by themselves: {names}. [usage]")), "{answer}");
        let answer = refused("whoami --jsonl").err;
        let lists = "teams, keys list, emails list, sessions list, activity, support list";
        assert!(answer.contains(&format!("print a list: {lists}.")), "{answer}");
        for line in
            ["status --2fa-stdin", "join --2fa-stdin", "undo --code-stdin --password-stdin", "export --jsonl"]
        {
            assert_eq!(refused(line).exit_code, exit_code::USAGE, "{line}");
        }
        for line in [
            "passwd --password-stdin --2fa-stdin",
            "undo --code-stdin --2fa-stdin",
            "forgot ada --code-stdin --2fa-stdin",
        ] {
            assert!(read(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn teams_alone_lists_and_words_behind_it_do_something() {
        assert_eq!(read("teams").unwrap().path, "teams");
        assert_eq!(read("teams role 'Night shift' grace owner").unwrap().path, "teams role");
        for line in [
            "teams role Platform grace king",
            "teams leave",
            "teams invite Platform",
            "teams edit Platform --no-links --link https://a.example",
            "join --code-stdin",
            "join alan@example.org --user-name alan",
            "teams leave Platform --jsonl",
            "profile set",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn one_word_for_keys_is_a_username_and_more_is_a_command() {
        for (line, path) in [("ada", ""), ("status", ""), ("keys list", "keys list"), ("plain", "plain")] {
            assert_eq!(
                Invocation::read_for_keys(line, &PortalInfo::for_test(), "keys").unwrap().path,
                path,
                "{line}"
            );
        }
        assert!(Invocation::read_for_keys("help", &PortalInfo::for_test(), "keys").is_err());
    }

    #[test]
    fn help_is_an_answer_and_shows_the_json() {
        for line in ["help", "--help", "help whoami", "keys --help", "help keys add", "--version"] {
            let answer = refused(line);
            assert_eq!((answer.exit_code, answer.err.as_str()), (exit_code::DONE, ""), "{line}");
            assert!(!answer.out.contains('\u{1b}') && answer.out.ends_with('\n'), "{line}");
        }
        for entry in COMMANDS {
            let help = refused(&format!("help {}", entry.path)).out;
            for documented in entry.documentation() {
                assert!(help.contains(documented.json), "{}: {help}", documented.form);
            }
        }
        assert!(refused("help").out.contains("ssh account@HOST"), "{}", refused("help").out);
    }
}
