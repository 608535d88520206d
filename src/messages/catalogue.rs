//! The Fluent files, compiled in and parsed once a language.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Expression, InlineExpression, PatternElement};
use rustc_hash::FxHashMap;
use unic_langid::LanguageIdentifier;

use super::{Language, MessageFault, MessageValue};

/// Declares the files once, for both languages.
macro_rules! files {
    ($($file:literal)*) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("en/", $file, ".ftl"))),*];
        const GERMAN: &[&str] = &[$(include_str!(concat!("de/", $file, ".ftl"))),*];
    };
}
files! {
    "common" "sign-in" "reset" "join" "security" "profile" "emails" "keys" "sessions" "teams" "activity" "support"
    "help" "refusals" "screen" "lines" "mail"
}

/// One language.
struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// The messages that take no values, in words already. By a hash that costs little: each frame asks for some twenty, and
    /// no stranger chooses an id.
    texts: FxHashMap<&'static str, &'static str>,
    /// Those that are words with values in between and nothing else, without choices between forms. They are put together
    /// here: it takes a tenth of what Fluent takes, and pages are built on each key.
    sequences: FxHashMap<&'static str, Vec<Part>>,
}

/// One part of such a message.
enum Part {
    Words(&'static str),
    Value(&'static str),
}

static ENGLISH_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read("en", ENGLISH));
static GERMAN_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read("de", GERMAN));

/// The sources of a language.
#[cfg(test)]
pub(super) fn sources(language: Language) -> &'static [&'static str] {
    match language {
        Language::English | Language::Marked => ENGLISH,
        Language::German => GERMAN,
    }
}

impl Catalogue {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH_CATALOGUE,
            Language::German => &GERMAN_CATALOGUE,
            #[cfg(test)]
            Language::Marked => &ENGLISH_CATALOGUE,
        }
    }

    /// What is wrong in the files is left out here: a test finds it before anybody runs them.
    fn read(tag: &str, files: &[&'static str]) -> Self {
        let tags = tag.parse::<LanguageIdentifier>().into_iter().collect();
        let mut bundle = FluentBundle::new_concurrent(tags);
        // Terminals that cannot isolate the direction of text show the marks as boxes; values are sanitised anyway.
        bundle.set_use_isolating(false);
        let mut ids = Vec::new();
        for file in files {
            let resource = match FluentResource::try_new((*file).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            ids.extend(resource.entries().filter_map(|entry| match entry {
                fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
                _ => None,
            }));
            bundle.add_resource_overriding(resource);
        }
        let words = |id: &str| {
            let pattern = bundle.get_message(id)?.value()?;
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
            errors.is_empty().then_some(text)
        };
        // They live as long as the program, as they would in its text.
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let texts = ids.iter().filter_map(|id| Some((leak(id.clone()), leak(words(id)?)))).collect();
        let part = |element: &PatternElement<&str>| match element {
            PatternElement::TextElement { value } => Some(Part::Words(leak((*value).to_owned()))),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => Some(Part::Value(leak(id.name.to_owned()))),
            PatternElement::Placeable { .. } => None,
        };
        let parts = |id: &str| -> Option<Vec<Part>> {
            bundle.get_message(id)?.value()?.elements.iter().map(part).collect()
        };
        let sequences = ids.iter().filter_map(|id| Some((leak(id.clone()), parts(id)?))).collect();
        Self { bundle, texts, sequences }
    }

    /// The words of `id` with `values` in between, if it is as simple as that.
    fn sequence(&self, id: &str, values: &[(&'static str, MessageValue)]) -> Option<String> {
        let mut text = String::new();
        for part in self.sequences.get(id)? {
            text.push_str(match part {
                Part::Words(words) => words,
                Part::Value(name) => match values.iter().find(|(known, _)| known == name)? {
                    (_, MessageValue::Text(value)) => value,
                    _ => return None,
                },
            });
        }
        Some(text)
    }
}

/// The words of `id`, which takes no values. Of an unknown one, the id: it is at least something to search for.
pub(super) fn text(language: Language, id: &'static str) -> &'static str {
    let text = Catalogue::of(language).texts.get(id).copied().unwrap_or(id);
    #[cfg(test)]
    if language == Language::Marked {
        return Box::leak(format!("\u{27e6}{text}\u{27e7}").into_boxed_str());
    }
    text
}

/// The words of `id` with these values.
pub(super) fn format(
    language: Language,
    id: &'static str,
    values: &[(&'static str, MessageValue)],
) -> String {
    if values.is_empty() {
        return text(language, id).to_owned();
    }
    let catalogue = Catalogue::of(language);
    if let Some(text) = catalogue.sequence(id, values) {
        return marked(language, text);
    }
    let bundle = &catalogue.bundle;
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
        return id.to_owned();
    };
    let arguments = arguments(language, values);
    marked(language, bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned())
}

/// The words of an `id` that may be unknown, with values that may be others than it takes.
pub(super) fn find(
    language: Language,
    id: &str,
    values: &[(String, MessageValue)],
) -> Result<String, MessageFault> {
    let bundle = &Catalogue::of(language).bundle;
    let pattern = bundle.get_message(id).and_then(|message| message.value());
    let pattern = pattern.ok_or_else(|| MessageFault::Unknown(id.to_owned()))?;
    let (arguments, mut errors) = (arguments(language, values), Vec::new());
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
    match errors.first() {
        None => Ok(marked(language, text)),
        Some(error) => Err(MessageFault::Values { id: id.to_owned(), reason: error.to_string() }),
    }
}

fn arguments<N: AsRef<str>>(language: Language, values: &[(N, MessageValue)]) -> FluentArgs<'_> {
    let values = values.iter().map(|(name, value)| {
        let value = match value {
            MessageValue::Text(text) => FluentValue::from(text.as_ref()),
            MessageValue::Number(number) => FluentValue::from(*number),
            MessageValue::Message(message) => {
                FluentValue::from(format(unmarked(language), message.id, &message.values))
            }
        };
        (name.as_ref(), value)
    });
    values.collect()
}

/// Tests see which words come from here.
fn marked(language: Language, text: String) -> String {
    #[cfg(test)]
    if language == Language::Marked {
        return format!("\u{27e6}{text}\u{27e7}");
    }
    let _ = language;
    text
}

/// A sentence within a sentence is marked with the whole.
const fn unmarked(language: Language) -> Language {
    #[cfg(test)]
    if matches!(language, Language::Marked) {
        return Language::English;
    }
    language
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every message with every value that it names, put together here and by Fluent.
    #[test]
    fn what_is_put_together_here_is_what_fluent_puts_together() {
        for language in [Language::English, Language::German] {
            let catalogue = Catalogue::of(language);
            assert!(catalogue.sequences.len() > catalogue.texts.len() + 50);
            for (id, parts) in &catalogue.sequences {
                let named = parts.iter().filter_map(|part| match part {
                    Part::Value(name) => {
                        Some((*name, MessageValue::Text(format!("{{{name}}} \u{2067}x").into())))
                    }
                    Part::Words(_) => None,
                });
                let values: Vec<_> = named.collect();
                let pattern = catalogue.bundle.get_message(id).unwrap().value().unwrap();
                let arguments = arguments(language, &values);
                let theirs = catalogue.bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new());
                assert_eq!(catalogue.sequence(id, &values).unwrap(), theirs, "{id}");
            }
        }
    }
}
