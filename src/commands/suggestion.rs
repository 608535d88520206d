//! What was meant by a line that is no command: another name for one, a slip of the pen, or a text whose quotation marks
//! ssh has taken away.

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, ValueHint};

use super::COMMANDS;
use super::command::Entry;
use super::invocation::Options;
use crate::domain::portal::PortalInfo;

/// The hint of an argument that people write in their own words, with blanks between them.
pub(super) const WORDS: ValueHint = ValueHint::Other;

/// How alike two words must be for one to be taken as a slip of the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// The most words of a line for which quotation marks are looked for.
const MAX_WORDS: usize = 32;

/// The most ways to put them that are tried.
const MAX_TRIES: usize = 200;

/// The index of the word that begins the command: what is before it are options.
fn start(words: &[String]) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "--name" => at += 2,
            "help" => at += 1,
            option if option.starts_with('-') => at += 1,
            _ => break,
        }
    }
    at.min(words.len())
}

/// The words with the name of a command in place of another one that people know it by.
pub(super) fn with_own_names(mut words: Vec<String>) -> Vec<String> {
    let at = start(&words);
    for count in [1, 2] {
        let Some(typed) = words.get(at..at + count).map(|typed| typed.join(" ")) else { break };
        if let Some(entry) = COMMANDS.iter().find(|entry| entry.aliases.contains(&typed.as_str())) {
            words.splice(at..at + count, entry.path.split(' ').map(str::to_owned));
        }
    }
    words
}

/// The command or group that the words begin with, and the index of what follows it.
fn called(words: &[String]) -> Option<(&'static Entry, usize)> {
    let at = start(words);
    let named = |entry: &&Entry| {
        let path = entry.path.split(' ');
        path.clone().count() <= words.len() - at && path.zip(&words[at..]).all(|(name, word)| name == word)
    };
    let entry = COMMANDS.iter().filter(named).max_by_key(|entry| entry.path.len())?;
    Some((entry, at + entry.path.split(' ').count()))
}

/// What to type, where the words are a command as soon as those of a text are quoted. `line` is what they come from: it
/// cannot be split where a text has an apostrophe.
pub(super) fn quoted(line: &str, portal: &PortalInfo, user: &str) -> Option<String> {
    let is_split = shlex::split(line);
    let is_broken = is_split.is_none();
    let words = is_split.unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect());
    let words = with_own_names(words);
    let (entry, from) = called(&words)?;
    if words.len() > MAX_WORDS || entry.is_group() {
        return None;
    }
    let clap = Options::augment_args(entry.clap()).no_binary_name(true);
    let mut tries = MAX_TRIES;
    let joined = join(&clap, &words[from..], 0, &mut Vec::new(), &mut tries)?;
    if joined.len() == words.len() - from && !is_broken {
        return None;
    }
    let line: Vec<String> = words[..from].iter().chain(&joined).map(|word| quote(word)).collect();
    Some(format!("{} {}", portal.ssh("", user), quote_whole(&line.join(" "))))
}

/// The arguments with texts of several words made one each, if that makes them right.
fn join(
    clap: &clap::Command,
    arguments: &[String],
    from: usize,
    joined: &mut Vec<String>,
    tries: &mut usize,
) -> Option<Vec<String>> {
    *tries = tries.checked_sub(1)?;
    match clap.clone().try_get_matches_from(arguments) {
        Ok(matches) => {
            let texts = clap.get_arguments().filter(|arg| arg.get_value_hint() == WORDS);
            let texts: Vec<String> = texts
                .filter_map(|arg| matches.get_raw(arg.get_id().as_str()))
                .flat_map(|values| values.map(|value| value.to_string_lossy().into_owned()))
                .collect();
            return joined.iter().all(|text| texts.contains(text)).then(|| arguments.to_vec());
        }
        Err(error) if error.kind() != ErrorKind::UnknownArgument => return None,
        Err(_) => {}
    }
    let is_option = |word: &String| word.len() > 1 && word.starts_with('-');
    for start in from..arguments.len() {
        let run = arguments[start..].iter().take_while(|word| !is_option(word)).count();
        for count in (2..=run).rev() {
            let (before, rest) = arguments.split_at(start);
            let (text, after) = rest.split_at(count);
            let text = text.join(" ");
            joined.push(text.clone());
            let arguments = [before, &[text], after].concat();
            if let Some(found) = join(clap, &arguments, start + 1, joined, tries) {
                return Some(found);
            }
            joined.pop();
        }
    }
    None
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c))
}

/// One word for us, as a shell would read it.
fn quote(word: &str) -> String {
    match word {
        word if is_plain(word) => word.to_owned(),
        word if !word.contains('\'') => format!("'{word}'"),
        word => in_double_quotes(word),
    }
}

/// The whole line as one word for the person's shell. Double quotes around single ones are understood by every shell, those
/// of Windows too, as long as nothing in it is special.
fn quote_whole(line: &str) -> String {
    if line.contains(['"', '$', '`', '\\', '!']) && !line.contains('\'') {
        return format!("'{line}'");
    }
    in_double_quotes(line)
}

fn in_double_quotes(text: &str) -> String {
    let escape = |c: char| if "\"$`\\".contains(c) { vec!['\\', c] } else { vec![c] };
    format!("\"{}\"", text.chars().flat_map(escape).collect::<String>())
}

/// What is wrong with a line, in one sentence or two, and how the command is used.
pub(super) fn explanation(error: &clap::Error, words: &[String]) -> String {
    let shown = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let path = called(words).map_or("help", |(entry, _)| entry.path);
    let invalid = shown(ContextKind::InvalidArg);
    let mut text = match error.kind() {
        ErrorKind::InvalidSubcommand => return unknown_command(words),
        ErrorKind::UnknownArgument if invalid.starts_with('-') => {
            let meant = error.get(ContextKind::SuggestedArg).map(|arg| format!(" Did you mean {arg}?"));
            format!("`{path}` has no option {invalid}.{}", meant.unwrap_or_default())
        }
        ErrorKind::UnknownArgument => format!("`{path}` has no use for \"{invalid}\"."),
        ErrorKind::MissingRequiredArgument => format!("`{path}` needs {invalid}."),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = shown(ContextKind::InvalidValue);
            let reason =
                std::error::Error::source(error).map(|reason| format!(": {reason}")).unwrap_or_default();
            let valid = error.get(ContextKind::ValidValue).map(|valid| format!(" It is one of: {valid}."));
            match value.as_str() {
                "" => format!("{invalid} needs a value."),
                _ => format!("{invalid} does not take \"{value}\"{reason}.{}", valid.unwrap_or_default()),
            }
        }
        ErrorKind::ArgumentConflict => {
            format!("{invalid} does not go together with {}.", shown(ContextKind::PriorArg))
        }
        _ => {
            let text = error.render().to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    };
    let usage = shown(ContextKind::Usage);
    if !usage.is_empty() {
        text = format!("{text}\n{usage}");
    }
    text
}

/// For words that are no command: what was probably meant, or what there is.
fn unknown_command(words: &[String]) -> String {
    let at = start(words);
    let (group, from) = called(words).map_or(("", at), |(entry, from)| (entry.path, from));
    let typed = words[at..].iter().take(from - at + 1).map(String::as_str).collect::<Vec<_>>().join(" ");
    let none = format!("There is no command `{typed}`.");
    let rest = &words[from.min(words.len())..];
    if let ("teams", [team]) = (group, rest) {
        return format!("{none} Did you mean `team {}`?", quote(team));
    }
    if let Some(path) = nearest(group, &typed) {
        return format!("{none} Did you mean `{path}`? `help` lists all commands.");
    }
    let below = COMMANDS.iter().filter(|entry| entry.parent() == group && !group.is_empty());
    let below: Vec<&str> = below.map(|entry| entry.path).collect();
    if below.is_empty() {
        return format!("{none} `help` lists all commands.");
    }
    format!("{none} There are: `{}`.", below.join("`, `"))
}

/// The command below `group` whose name, or one that people know it by, is most like `typed`. The last word of a name is
/// enough when it is right: `enroll` for `2fa enroll`.
fn nearest(group: &str, typed: &str) -> Option<&'static str> {
    let last = |name: &str| name.rsplit(' ').next().unwrap_or_default().to_owned();
    let likeness = |name: &str| {
        match group {
            "" if last(name) == typed => 1.0,
            "" => strsim::jaro(name, typed),
            // The name of the group is right, and would make any two names alike.
            _ => strsim::jaro(&last(name), &last(typed)),
        }
    };
    let below = COMMANDS.iter().filter(|entry| entry.path.starts_with(group) && entry.path != group);
    let names = below.flat_map(|entry| {
        std::iter::once(entry.path)
            .chain(entry.aliases.iter().copied())
            .map(|name| (likeness(name), entry.path))
    });
    let best = names
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use clap::Arg;
    use proptest::prelude::*;

    use super::*;

    fn hint(line: &str) -> Option<String> {
        quoted(line, &PortalInfo::for_test(), "account")
    }

    /// What arrives when `typed` is given to a shell, word by word for us.
    fn arriving(typed: &str) -> Vec<String> {
        let shell = shlex::split(typed).expect(typed);
        assert_eq!(&shell[..2], ["ssh", "account@HOST"], "{typed}");
        shlex::split(&shell[2..].join(" ")).expect(typed)
    }

    #[test]
    fn the_form_that_works_is_shown_for_the_very_command() {
        for (line, form) in [
            ("support new --subject No mail", r#"ssh account@HOST "support new --subject 'No mail'""#),
            (
                "--json support new --subject No mail today",
                r#"ssh account@HOST "--json support new --subject 'No mail today'""#,
            ),
            (
                "support open --subject No mail --json",
                r#"ssh account@HOST "support new --subject 'No mail' --json""#,
            ),
            (
                "profile set --display-name Eve Two",
                r#"ssh account@HOST "profile set --display-name 'Eve Two'""#,
            ),
            ("team Night shift", r#"ssh account@HOST "team 'Night shift'""#),
            (
                "teams role Night shift grace owner",
                r#"ssh account@HOST "teams role 'Night shift' grace owner""#,
            ),
            (
                "teams edit Night shift --description Keeps the lights on",
                r#"ssh account@HOST "teams edit 'Night shift' --description 'Keeps the lights on'""#,
            ),
            (
                "keys rename SHA256:abc my new laptop",
                r#"ssh account@HOST "keys rename SHA256:abc 'my new laptop'""#,
            ),
            (
                "support new --subject Can't sign in",
                r#"ssh account@HOST "support new --subject \"Can't sign in\"""#,
            ),
            (
                "support new --subject costs $5 more",
                r#"ssh account@HOST "support new --subject 'costs \$5 more'""#,
            ),
        ] {
            assert_eq!(hint(line).as_deref(), Some(form), "{line}");
        }
        for line in [
            "whoami extra",
            "support new --subjct No mail",
            "keys add two words",
            "nothing at all",
            "",
            "support",
        ] {
            assert_eq!(hint(line), None, "{line}");
        }
    }

    /// Every argument that is written in one's own words, of every command.
    #[test]
    fn every_command_with_a_text_has_the_hint() {
        let mut found = 0;
        for entry in COMMANDS.iter().filter(|entry| !entry.is_group()) {
            let clap = entry.clap();
            let needed = |arg: &&Arg| arg.is_required_set() && arg.get_long().is_none();
            for text in clap.get_arguments().filter(|arg| arg.get_value_hint() == WORDS) {
                let positional = clap.get_arguments().filter(needed).map(|arg| {
                    if arg.get_id() == text.get_id() {
                        "two words"
                    } else if arg.get_id() == "role" {
                        "owner"
                    } else {
                        "x"
                    }
                });
                let mut line = [entry.path].into_iter().chain(positional).collect::<Vec<_>>().join(" ");
                let also: Vec<_> = clap
                    .get_arguments()
                    .filter(|arg| arg.get_long().is_some() && arg.is_required_set())
                    .collect();
                let options =
                    also.into_iter().chain([text]).filter_map(Arg::get_long).collect::<HashSet<_>>();
                for option in options {
                    let value = if text.get_long() == Some(option) { "two words" } else { "x" };
                    line = format!("{line} --{option} {value}");
                }
                if entry.path == "join" {
                    line = "join a@b.example --code-stdin --user-name x --display-name two words".to_owned();
                }
                let typed = hint(&line).unwrap_or_else(|| panic!("no hint for {line}"));
                assert!(arriving(&typed).contains(&"two words".to_owned()), "{line}: {typed}");
                found += 1;
            }
        }
        assert!(found >= 10, "{found}");
    }

    proptest! {
        #[test]
        fn what_is_shown_arrives_as_it_was_meant(words in proptest::collection::vec("[a-zA-Z0-9'\"$`\\\\!;&|*?]{1,8}", 2..5)) {
            let text = words.join(" ");
            let line = format!("support new --subject {text}");
            if shlex::split(&line).is_none_or(|split| split.join(" ") == line)
                && let Some(typed) = hint(&line)
            {
                prop_assert_eq!(arriving(&typed), ["support", "new", "--subject", &text]);
            }
        }
    }

    #[test]
    fn no_other_name_hides_a_command_or_another_one() {
        let mut names: HashSet<&str> = COMMANDS.iter().map(|entry| entry.path).collect();
        for entry in COMMANDS {
            for alias in entry.aliases {
                assert!(names.insert(alias), "{alias}");
                let alias: Vec<String> = alias.split(' ').map(str::to_owned).collect();
                assert_eq!(with_own_names(alias).join(" "), entry.path);
            }
        }
        for (line, own) in [
            ("mfa on", "2fa enroll"),
            ("--json --name ada key ls", "--json --name ada keys list"),
            ("help support open", "help support new"),
            ("teams list", "teams"),
            ("teams show Platform", "team Platform"),
            ("password --stdin", "passwd --stdin"),
            ("whoami open", "whoami open"),
        ] {
            let words = line.split(' ').map(str::to_owned).collect();
            assert_eq!(with_own_names(words).join(" "), own);
        }
    }
}
