//! What the manual tells somebody to type is what the program takes.

use std::collections::BTreeSet;

use clap::error::ErrorKind;

use super::*;
use crate::config::Settings;
use crate::domain::hook::HookTarget;
use crate::domain::throttle;

/// The fenced blocks of `language`.
fn blocks<'a>(manual: &'a str, language: &str) -> Vec<&'a str> {
    let fences: Vec<_> = manual.split("\n```").collect();
    let inside = fences.iter().skip(1).step_by(2);
    inside.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// What is between backquotes in a sentence or a table.
fn inline_code(manual: &str) -> Vec<&str> {
    let outside = manual.split("\n```").step_by(2);
    outside.flat_map(|text| text.split('`').skip(1).step_by(2)).collect()
}

/// The `doorkey` commands in a line of a shell, each as its words.
fn commands_in(line: &str) -> Vec<Vec<String>> {
    let line = line.split(" #").next().unwrap_or_default().replace("$(date +%F)", "2026-11-22");
    let parts = line.split(['|', '>', '<', ';']).flat_map(|part| part.split("&&"));
    let words = parts.filter_map(shlex::split);
    let of_doorkey = words.filter_map(|words| {
        let before = |at: usize| at.checked_sub(1).map(|at| words[at].as_str());
        let is_program = |at: usize| {
            let word = words[at].as_str();
            let is_run =
                matches!(before(at), None | Some("sudo")) || at == 3 && before(at) == Some("doorkey");
            is_run && (word == "doorkey" || word.ends_with("/doorkey"))
        };
        let at = (0..words.len()).find(|at| is_program(*at))?;
        Some(words[at..].to_vec())
    });
    of_doorkey.collect()
}

fn refusal_of(words: &[String]) -> Option<clap::Error> {
    <Cli as clap::Parser>::try_parse_from(words)
        .err()
        .filter(|refused| !matches!(refused.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion))
}

#[test]
fn every_example_of_settings_is_read_by_the_program() {
    let (manual, folder) = (manual(), tempfile::tempdir().unwrap());
    let examples = blocks(&manual, "toml");
    assert!(examples.len() > 10, "{examples:?}");
    for example in examples {
        let file = folder.path().join("doorkey.toml");
        std::fs::write(&file, example).unwrap();
        // A file of hooks.
        if example.starts_with("[[hook]]") {
            let mut settings = Settings::default();
            settings.hooks.file = Some(file.clone());
            let hooks = super::super::super::wiring::hooks_without_secrets(&settings).unwrap();
            let commands = hooks.iter().filter(|hook| matches!(hook.target, HookTarget::Command(_)));
            assert_eq!(commands.count(), 1, "{hooks:?}");
            continue;
        }
        let read = Settings::load_from(Some(&file), [], &[]);
        assert!(read.is_ok(), "{}\n{example}", read.err().unwrap());
    }
}

#[test]
fn every_command_in_an_example_is_one_that_the_program_takes() {
    let manual = manual();
    let shell = blocks(&manual, "sh").into_iter().chain(blocks(&manual, ""));
    let lines = shell.flat_map(str::lines);
    let units = blocks(&manual, "ini").into_iter().flat_map(str::lines);
    let started = units.filter_map(|line| line.strip_prefix("ExecStart="));
    let commands: Vec<_> = lines.chain(started).flat_map(commands_in).collect();
    assert!(commands.len() > 20, "{commands:?}");
    for words in commands {
        if let Some(refused) = refusal_of(&words) {
            panic!("{words:?}: {refused}");
        }
    }
}

/// A sentence may name a command without what it needs.
#[test]
fn every_command_in_a_sentence_is_one_that_the_program_has() {
    let manual = manual();
    // Headings of the reference are clap's own, with `<NAME>`.
    let sentences = inline_code(&manual).into_iter().filter(|code| !code.contains('<'));
    let commands: Vec<_> = sentences.flat_map(commands_in).collect();
    assert!(commands.len() > 40, "{commands:?}");
    for words in commands {
        let words: Vec<_> = words.into_iter().take_while(|word| word != "...").collect();
        let Some(refused) = refusal_of(&words) else { continue };
        let is_meant = match refused.kind() {
            ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => true,
            // `ADDRESS` stands for one.
            ErrorKind::ValueValidation => words.iter().any(|word| word.chars().all(char::is_uppercase)),
            _ => false,
        };
        assert!(is_meant, "{words:?}: {refused}");
    }
}

#[test]
fn every_setting_and_metric_in_a_sentence_is_declared() {
    let (manual, reference) = (manual(), config::reference());
    let emails = include_str!("../chapters/emails.md");
    let is_section = |name: &str| reference.contains(&format!("### `[{name}]`"));
    let mut named = BTreeSet::new();
    for code in inline_code(&manual) {
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let is_setting = code
            .split_once('.')
            .is_some_and(|(section, key)| is_section(section) && is_name(key) && !key.is_empty());
        // What emails' templates know of the portal is called like a setting and is none.
        let is_template_value = emails.contains(&format!("`{code}`"));
        if is_setting && !is_template_value {
            assert!(reference.contains(&format!("| `{code}` |")), "{code} is no setting");
            named.insert(code);
        }
        if code.starts_with("doorkey_") {
            let chapter = monitoring::chapter();
            assert!(chapter.contains(&format!("| `{code}")), "{code} is no metric");
        }
    }
    assert!(named.len() > 50, "{named:?}");
}

#[test]
fn every_link_leads_to_a_heading() {
    let manual = manual();
    let headings: Vec<_> = manual.lines().filter(|line| line.starts_with("##")).collect();
    let anchors: BTreeSet<_> =
        headings.iter().map(|line| anchor(line.trim_start_matches(['#', ' ']))).collect();
    let links = manual.split("](#").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links {
        assert!(anchors.contains(link), "#{link} leads nowhere");
    }
}

/// What the sentences of the threat model count.
#[test]
fn the_threat_model_has_the_numbers_of_the_program() {
    let text = include_str!("../chapters/threat_model.md");
    assert!(text.contains("after a hundred in a row") && throttle::FAILS_TO_DISABLE == 100);
    assert!(text.contains("five tries and ten minutes"));
    assert_eq!((throttle::TRIES_PER_CODE, Settings::default().code.ttl_minutes), (5, 10));
}
