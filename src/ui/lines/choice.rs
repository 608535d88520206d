//! The numbered choices of a page: rows to open, the form, and its actions.

use crate::flow::page::{Action, ActionKind, Page};
use crate::flow::section::Section;
use crate::messages::Language;
use crate::text;

/// A numbered choice. The number is its index in [`choices`].
#[derive(Clone, Copy)]
pub(super) enum Choice<'a> {
    Leave,
    /// Open the row with this index and name.
    Row(usize, &'a str),
    /// Fill in the fields.
    Fields,
    Action(&'a Action),
}

impl Choice<'_> {
    /// The stable id. Rows have none; they are chosen by name.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Leave => Some("leave"),
            Self::Row(..) => None,
            Self::Fields => Some("fill-in"),
            Self::Action(action) => Some(action.id),
        }
    }

    /// What can be typed for it.
    fn word(&self) -> &str {
        match self {
            Self::Row(_, name) => name,
            other => other.id().unwrap_or_default(),
        }
    }

    pub(super) fn is_navigation(&self) -> bool {
        matches!(self, Self::Action(action) if action.kind.is_navigation())
    }

    pub(super) fn label(&self, page: &Page<'_>) -> String {
        match self {
            Self::Leave => text!(page, "choice-leave").to_owned(),
            Self::Row(_, name) => text!(page, "choice-open", name = *name),
            Self::Fields => {
                let labels: Vec<_> = page.fields.iter().map(|field| field.label).collect();
                text!(page, "choice-fill-in", labels = labels.join(", "))
            }
            Self::Action(action) => action.label.to_owned(),
        }
    }
}

/// The choices of `page`. Leaving is always number 0.
pub(super) fn choices<'a>(page: &'a Page<'_>) -> Vec<Choice<'a>> {
    let mut choices = vec![Choice::Leave];
    if let Some(table) = page.table.as_ref().filter(|table| table.opens) {
        let name = |row: &'a Vec<_>| row.first().map_or("", |cell: &std::borrow::Cow<'_, str>| cell.as_ref());
        choices.extend(table.rows.iter().enumerate().map(|(at, row)| Choice::Row(at, name(row))));
    }
    if !page.fields.is_empty() {
        choices.push(Choice::Fields);
    }
    // On a page with fields the primary action is pressed automatically after the last one.
    let is_automatic = |action: &Action| action.kind.is_primary() && !page.fields.is_empty();
    // What there is to copy is printed already, and prompts have no clipboard.
    let is_offered = |action: &Action| action.active && action.kind != ActionKind::Copy;
    let others = page.actions.iter().filter(|action| is_offered(action) && !is_automatic(action));
    choices.extend(others.map(Choice::Action));
    choices
}

/// Finds a choice by number, else by id, else by the name of a row, else by the last word of an id: `security` is
/// `settings/security`. In another language than English, which these words are, what the page calls it is as good. Case
/// matters only between rows whose names differ in nothing else. A row named like an id never hides that id.
pub(super) fn find<'a>(choices: &[Choice<'a>], page: &Page<'_>, text: &str) -> Option<Choice<'a>> {
    if let Ok(number) = text.parse::<usize>() {
        return choices.get(number).copied();
    }
    let by_id = choices.iter().find(|choice| choice.id().is_some_and(|id| id.eq_ignore_ascii_case(text)));
    let row = |is_it: &dyn Fn(&str) -> bool| {
        choices.iter().find(|choice| matches!(choice, Choice::Row(_, name) if is_it(name)))
    };
    let lower = text.to_lowercase();
    let by_last_word = || {
        let is_it = |id: &str| Section::last_word(id).eq_ignore_ascii_case(text);
        choices.iter().find(|choice| choice.id().is_some_and(is_it))
    };
    let by_label = || {
        let is_it = |choice: &&Choice<'_>| choice.label(page).to_lowercase() == lower;
        choices.iter().find(is_it).filter(|_| takes_labels(page))
    };
    by_id
        .or_else(|| row(&|name| name == text))
        .or_else(|| row(&|name| name.to_lowercase() == lower))
        .or_else(by_last_word)
        .or_else(by_label)
        .copied()
}

/// Whether the words of a choice are taken as well as its id.
fn takes_labels(page: &Page<'_>) -> bool {
    page.language != Language::English
}

/// The action that leads to the place `text` names, from a page with the navigation on it.
pub(super) fn elsewhere(page: &Page<'_>, text: &str) -> Option<&'static str> {
    let by_label = || {
        let mut places = page.places.filter(|_| takes_labels(page))?.all.iter();
        places.find(|place| place.label.to(page).to_lowercase() == text.to_lowercase()).map(|place| place.id)
    };
    Section::named(text).or_else(by_label).filter(|_| has_navigation(page))
}

fn has_navigation(page: &Page<'_>) -> bool {
    page.actions.iter().any(|action| action.kind.is_navigation())
}

/// The most rows whose names are repeated after a typo.
const MAX_ROWS: usize = 8;

/// What can be typed for `choices`: the names of a few rows, and the ids.
pub(super) fn words<'c>(choices: &'c [Choice<'_>]) -> Vec<&'c str> {
    let rows = choices.iter().filter(|choice| matches!(choice, Choice::Row(..))).count();
    let shown = choices.iter().skip(1).filter(|choice| rows <= MAX_ROWS || choice.id().is_some());
    shown.chain(choices.first()).map(Choice::word).filter(|word| !word.is_empty()).collect()
}

/// How alike two words must be for one to be taken as a slip of the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// What was probably meant by `text`, which is no choice of `page`.
pub(super) fn nearest<'c>(choices: &'c [Choice<'_>], page: &Page<'_>, text: &str) -> Option<&'c str> {
    let text = text.to_lowercase();
    let likeness = |word: &str| {
        let word = word.to_lowercase();
        strsim::jaro(&word, &text).max(strsim::jaro(Section::last_word(&word), &text))
    };
    let places = Section::ids().filter(|_| has_navigation(page)).map(|id| -> &'c str { id });
    let alike = choices.iter().map(Choice::word).chain(places).map(|word| (likeness(word), word));
    alike.filter(|(likeness, _)| *likeness >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::page::Table;

    fn page() -> Page<'static> {
        let rows = ["sign-out", "7", "Platform"].map(|name| vec![name.into()]).to_vec();
        Page {
            table: Some(Table { rows, opens: true, ..Table::default() }),
            actions: vec![Action { id: "sign-out", label: "Sign out", kind: ActionKind::Link, active: true }],
            ..Page::default()
        }
    }

    #[test]
    fn a_row_named_like_an_id_or_a_number_does_not_hide_it() {
        let page = page();
        let choices = choices(&page);
        assert!(matches!(find(&choices, &page, "sign-out"), Some(Choice::Action(_))));
        assert!(matches!(find(&choices, &page, "1"), Some(Choice::Row(0, "sign-out"))));
        assert!(matches!(find(&choices, &page, "Platform"), Some(Choice::Row(2, _))));
        assert!(find(&choices, &page, "7").is_none());
    }

    #[test]
    fn case_is_ignored_but_an_exact_match_comes_first() {
        let rows = ["platform", "Platform", "Straße"].map(|name| vec![name.into()]).to_vec();
        let page = Page { table: Some(Table { rows, opens: true, ..Table::default() }), ..page() };
        let choices = choices(&page);
        assert!(matches!(find(&choices, &page, "Sign-Out"), Some(Choice::Action(_))));
        assert!(matches!(find(&choices, &page, "Platform"), Some(Choice::Row(1, _))));
        assert!(matches!(find(&choices, &page, "PLATFORM"), Some(Choice::Row(0, _))));
        assert!(matches!(find(&choices, &page, "straße"), Some(Choice::Row(2, _))));
    }

    #[test]
    fn copying_to_a_clipboard_is_not_offered() {
        let copy = Action { id: "copy", label: "Copy", kind: ActionKind::Copy, active: true };
        let page = Page { actions: vec![copy], ..page() };
        assert!(find(&choices(&page), &page, "copy").is_none());
    }

    #[test]
    fn leaving_is_number_zero() {
        let page = page();
        for text in ["0", "leave"] {
            assert!(matches!(find(&choices(&page), &page, text), Some(Choice::Leave)));
        }
    }

    #[test]
    fn the_last_word_of_an_id_is_enough_unless_a_row_has_that_name() {
        let place =
            |id| Action { id, label: "Security", kind: ActionKind::Tab { here: false }, active: true };
        let page = Page { actions: vec![place("settings/security"), place("sign-out")], ..page() };
        let found = choices(&page);
        assert!(
            matches!(find(&found, &page, "Security"), Some(Choice::Action(action)) if action.id == "settings/security")
        );
        assert!(find(&found, &page, "settings").is_none());
        let rows = vec![vec!["security".into()]];
        let page = Page { table: Some(Table { rows, opens: true, ..Table::default() }), ..page };
        assert!(matches!(find(&choices(&page), &page, "security"), Some(Choice::Row(0, _))));
    }

    #[test]
    fn a_slip_is_recognised_and_something_else_is_not() {
        let page = page();
        let choices = choices(&page);
        assert_eq!(nearest(&choices, &page, "Platfrom"), Some("Platform"));
        assert_eq!(nearest(&choices, &page, "signout"), Some("sign-out"));
        assert_eq!(nearest(&choices, &page, "violet engine numbers"), None);
        assert_eq!(words(&choices), ["sign-out", "7", "Platform", "sign-out", "leave"]);
    }
}
