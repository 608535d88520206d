//! What a command is: its arguments, who runs it, what it answers, and an example of that.

use std::fmt::Debug;
use std::marker::PhantomData;

use clap::{Arg, ArgMatches, Args};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::CommandDoc;
use super::context::CommandContext;
use super::failure::{CommandFailure, Result};
use super::invocation::Unread;
use super::output::{Answer, Printed};
use super::sign_in::Caller;
use crate::accounts::request::SignedIn;
use crate::domain::capabilities::Capabilities;

/// One command. Its fields are its arguments and its doc comment is its help. `C` runs it: a member, or
/// [`Anyone`](super::sign_in::Anyone) when nobody has to sign in.
pub(super) trait Command<C: Caller = SignedIn>: Args + Debug + Send + 'static {
    /// An example of what it prints with `--json`: its documentation, in `help COMMAND` and in the manual. The
    /// acceptance tests hold the real answers to its keys and types. Empty for a command that prints nothing.
    const EXAMPLE: &'static str;
    /// An option that changes the answer, and an example of that answer.
    const VARIANT: Option<(&'static str, &'static str)> = None;
    /// The options for signing in that it takes although it does not sign in by itself.
    const TAKES: &'static [&'static str] = &[];
    /// The key in the JSON of the list that `--jsonl` prints, of a command that prints a list.
    const LIST: Option<&'static str> = None;

    /// Refuses arguments for a reason that clap does not know, before anybody signs in.
    fn check(&self) -> Result<(), CommandFailure> {
        Ok(())
    }

    fn run(self, caller: C, cx: &mut CommandContext) -> impl Future<Output = Result<Answer>> + Send;
}

/// A command with its arguments, ready to run: [`Command`] without its types.
pub(super) trait Run: Debug + Send {
    fn run(self: Box<Self>, cx: &mut CommandContext) -> BoxFuture<'_, Result<Printed>>;
}

#[derive(Debug)]
struct Parsed<T, C>(T, PhantomData<C>);

impl<C: Caller, T: Command<C>> Run for Parsed<T, C> {
    fn run(self: Box<Self>, cx: &mut CommandContext) -> BoxFuture<'_, Result<Printed>> {
        async move {
            let caller = C::identify(cx).await?;
            let answer = self.0.run(caller, cx).await?;
            Ok(answer.printed(cx.format(), T::LIST).with_note(cx.format(), cx.note.take()))
        }
        .boxed()
    }
}

/// A line of the list of all commands.
pub(super) struct Entry {
    /// The words that call it, such as `keys add`.
    pub(super) path: &'static str,
    /// The summary of a group of commands; a command has its own.
    summary: Option<&'static str>,
    /// What people who know other programs call it: it works as well, and is no more than mentioned in its help.
    pub(super) aliases: &'static [&'static str],
    /// `None` for a group.
    command: Option<CommandType>,
    /// Whether it can do anything where accounts and passwords live.
    pub(super) is_possible: fn(Capabilities) -> bool,
}

/// What the tree needs to know about the type of a command.
pub(super) struct CommandType {
    augment: fn(clap::Command) -> clap::Command,
    pub(super) parse: fn(&ArgMatches) -> Result<Box<dyn Run>, Unread>,
    pub(super) signs_in: bool,
    pub(super) takes: &'static [&'static str],
    pub(super) list: Option<&'static str>,
    pub(super) example: &'static str,
    variant: Option<(&'static str, &'static str)>,
}

impl Entry {
    pub(super) const fn command<T: Command<C>, C: Caller>(path: &'static str) -> Self {
        let command = CommandType {
            augment: T::augment_args,
            parse: |matches| {
                let command = T::from_arg_matches(matches)?;
                command.check().map_err(Unread::Failed)?;
                Ok(Box::new(Parsed(command, PhantomData)))
            },
            signs_in: C::SIGNS_IN,
            takes: T::TAKES,
            list: T::LIST,
            example: T::EXAMPLE,
            variant: T::VARIANT,
        };
        Self { path, summary: None, aliases: &[], command: Some(command), is_possible: |_| true }
    }

    /// Words that only begin commands.
    pub(super) const fn group(path: &'static str, summary: &'static str) -> Self {
        Self { path, summary: Some(summary), aliases: &[], command: None, is_possible: |_| true }
    }

    /// The same, which answers to other names too, in full: `support open`.
    pub(super) const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same, which is listed and run only where the accounts and passwords can have it done to them.
    pub(super) const fn only_where(self, is_possible: fn(Capabilities) -> bool) -> Self {
        Self { is_possible, ..self }
    }

    pub(super) const fn is_group(&self) -> bool {
        self.command.is_none()
    }

    pub(super) const fn command_type(&self) -> Option<&CommandType> {
        self.command.as_ref()
    }

    /// The words before the last one; empty for a word of the first level.
    pub(super) fn parent(&self) -> &'static str {
        self.path.rsplit_once(' ').map_or("", |(parent, _)| parent)
    }

    /// Without the commands below it.
    pub(super) fn clap(&self) -> clap::Command {
        let name = self.path.rsplit(' ').next().unwrap_or_default();
        let clap = clap::Command::new(name);
        let Some(command) = &self.command else {
            let clap = clap.subcommand_required(true).arg_required_else_help(true);
            return clap.about(self.summary.unwrap_or_default()).after_help(self.also_called());
        };
        let clap = (command.augment)(clap);
        let json = match (command.example, command.variant) {
            ("", _) => String::new(),
            (example, None) => format!("{JSON_IS}{example}"),
            (example, Some((option, more))) => {
                format!("{JSON_IS}{example}\n\nand with {option}:\n\n  {more}")
            }
        };
        let parts = [self.also_called(), json];
        let after: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if after.is_empty() { clap } else { clap.after_help(after.join("\n\n")) }
    }

    fn also_called(&self) -> String {
        if self.aliases.is_empty() { String::new() } else { format!("Also: {}", self.aliases.join(", ")) }
    }

    /// One for each form of a command; none for what prints nothing.
    pub(super) fn documentation(&self) -> Vec<CommandDoc> {
        let Some(command) = self.command.as_ref().filter(|command| !command.example.is_empty()) else {
            return Vec::new();
        };
        let clap = self.clap();
        let summary = clap.get_about().map(ToString::to_string).unwrap_or_default();
        let form = form(self.path, &clap);
        let variant = command.variant.map(|(option, json)| (format!("{form} {option}"), json));
        let forms = [(form, command.example)].into_iter().chain(variant);
        forms.map(|(form, json)| CommandDoc { form, summary: summary.clone(), json }).collect()
    }
}

const JSON_IS: &str = "With --json it prints, for example:\n\n  ";

/// `keys rename KEY COMMENT`: the words, and what has to follow or may follow them.
fn form(path: &str, clap: &clap::Command) -> String {
    let argument = |arg: &Arg| {
        let value = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
        match (arg.get_long(), arg.is_required_set()) {
            (Some(option), true) => format!(" --{option} {value}"),
            (Some(_), false) => String::new(),
            (None, true) => format!(" {value}"),
            (None, false) => format!(" [{value}]"),
        }
    };
    let shown = clap.get_arguments().filter(|arg| !arg.is_hide_set());
    shown.map(argument).fold(path.to_owned(), |form, argument| form + &argument)
}
