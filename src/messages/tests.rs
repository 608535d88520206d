//! The catalogue against the sources: every id there is, in every language, with the same values, and none left over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{self, Entry, Expression, InlineExpression, PatternElement};
use fluent_syntax::parser;

use super::{Language, Message, MessageFault, MessageValue, by_id, catalogue};

/// Ids, each with the values that it fills in.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn messages(language: Language) -> Messages {
    let mut all = Messages::new();
    for source in catalogue::sources(language) {
        let file = parser::parse(*source).unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
        for entry in file.body {
            match entry {
                Entry::Message(message) => {
                    let mut values = BTreeSet::new();
                    of_pattern(message.value.as_ref().expect("a message without words"), &mut values);
                    let id = message.id.name.to_owned();
                    assert_eq!(all.insert(id.clone(), values), None, "{language:?} has {id} twice");
                }
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
                other => panic!("{language:?}: {other:?}"),
            }
        }
    }
    all
}

fn of_pattern(pattern: &ast::Pattern<&str>, values: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => of_inline(inline, values),
            Expression::Select { selector, variants } => {
                of_inline(selector, values);
                for variant in variants {
                    of_pattern(&variant.value, values);
                }
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, values: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            values.insert(id.name.to_owned());
        }
        InlineExpression::StringLiteral { .. } => {}
        other => panic!("the catalogue has no use for {other:?}"),
    }
}

fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
}

/// What the sources ask for: the ids in calls of the macros, and in emails `t("id", value=…)`.
fn calls() -> Vec<(String, BTreeSet<String>, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut calls = Vec::new();
    for (extension, names) in [("rs", &["text!(", "message!(", "label!("][..]), ("j2", &["t("])] {
        let mut paths = Vec::new();
        files(&root, extension, &mut paths);
        for path in paths.into_iter().filter(|path| !path.starts_with(root.join("messages"))) {
            let source = std::fs::read_to_string(&path).unwrap();
            let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let code = code.join("\n");
            for name in names {
                for (at, _) in code.match_indices(name) {
                    let is_whole_word =
                        !code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
                    if is_whole_word {
                        let (id, values) = call(&code[at + name.len()..], *name == "text!(");
                        calls.push((id, values, path.clone()));
                    }
                }
            }
        }
    }
    calls
}

/// The id and the names of the values of the call whose arguments `code` begins with.
fn call(code: &str, has_speaker: bool) -> (String, BTreeSet<String>) {
    let mut arguments = vec![String::new()];
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    for c in code.chars() {
        match c {
            '"' if !escaped => in_text = !in_text,
            '(' | '[' | '{' if !in_text => depth += 1,
            ')' | ']' | '}' if !in_text && depth == 0 => break,
            ')' | ']' | '}' if !in_text => depth -= 1,
            ',' if !in_text && depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = in_text && c == '\\' && !escaped;
        arguments.last_mut().unwrap().push(c);
    }
    let mut arguments = arguments.iter().map(|argument| argument.trim()).skip(usize::from(has_speaker));
    let id = arguments.next().unwrap_or_default().trim_matches('"').to_owned();
    let name = |argument: &str| argument.split('=').next().unwrap_or_default().trim().to_owned();
    (id, arguments.filter(|argument| !argument.is_empty()).map(name).collect())
}

#[test]
fn every_id_is_in_every_language_with_its_values_and_none_is_left_over() {
    let english = messages(Language::English);
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (id, values, path) in calls() {
        let path = path.display();
        match english.get(&id) {
            None => wrong.push(format!("{path}: no message {id:?}")),
            Some(needed) if *needed != values => {
                wrong.push(format!("{path}: {id} takes {needed:?} and gets {values:?}"));
            }
            Some(_) => {}
        }
        used.insert(id);
    }
    wrong.extend(english.keys().filter(|id| !used.contains(*id)).map(|id| format!("{id} is used nowhere")));
    for language in Language::ALL {
        let theirs = messages(language);
        wrong.extend(
            english
                .keys()
                .filter(|id| !theirs.contains_key(*id))
                .map(|id| format!("{language:?} lacks {id}")),
        );
        for (id, values) in &theirs {
            match english.get(id) {
                None => wrong.push(format!("only {language:?} has {id}")),
                Some(needed) if needed != values => {
                    wrong.push(format!("{language:?}: {id} takes {values:?} instead of {needed:?}"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calls_are_read_as_they_are_written() {
    let read = |code: &str, has_speaker| {
        let (id, values) = call(code, has_speaker);
        (id, values.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(read(r#"self.cx, "a-b")"#, true), ("a-b".into(), vec![]));
    assert_eq!(
        read("cx(\"x, y\"), \"a\",\n  team = f(a, \"),\"), n)", true),
        ("a".into(), vec!["n".into(), "team".into()])
    );
    assert_eq!(read(r#""a", n = 1,)"#, false), ("a".into(), vec!["n".into()]));
}

#[test]
fn numbers_decide_between_singular_and_plural_and_values_stay_as_they_are() {
    let ways = |n: i64, language: Language| crate::text!(language, "wait-seconds", n = n);
    assert_eq!([ways(1, Language::English), ways(2, Language::English)], ["1 second", "2 seconds"]);
    assert_eq!([ways(1, Language::German), ways(2000, Language::German)], ["1 Sekunde", "2000 Sekunden"]);
    let label = crate::label!("back");
    assert_eq!((label.to(&Language::English), label.to(&Language::German)), ("Back", "Zurück"));
    assert_eq!(Message::from(label).to(&Language::Marked), "⟦Back⟧");
    let sign_in = crate::message!("need-help", contact = "<\u{2068}a {b} $c>");
    assert_eq!(sign_in.to_string(), "Need help? <\u{2068}a {b} $c>");
}

#[test]
fn an_id_of_a_template_may_be_unknown_or_lack_a_value() {
    let seconds = |n: i64| [("n".to_owned(), MessageValue::from(n))];
    assert_eq!(by_id(&Language::German, "wait-seconds", &seconds(1)), Ok("1 Sekunde".into()));
    assert_eq!(by_id(&Language::English, "back", &[]), Ok("Back".into()));
    let unknown = by_id(&Language::English, "wait-secs", &seconds(1)).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no message \"wait-secs\"");
    let MessageFault::Values { id, reason } = by_id(&Language::German, "wait-seconds", &[]).unwrap_err()
    else {
        panic!("no fault of values");
    };
    assert!(id == "wait-seconds" && reason.contains('n'), "{reason}");
}
