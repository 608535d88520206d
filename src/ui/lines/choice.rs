//! The numbered choices of a page: rows to open, the form, and the actions that are no prompt's answer.

use super::is_primary;
use crate::flow::page::{Action, Page};

/// One of the numbered choices. Its number is its place in [`choices`].
#[derive(Clone, Copy)]
pub(super) enum Choice<'a> {
    /// End the session.
    Leave,
    /// Open this row.
    Row(usize, &'a str),
    /// Fill in the fields.
    Fields,
    /// Press this.
    Action(&'a Action),
}

impl Choice<'_> {
    /// The stable word that chooses it; a row is chosen by its name, which is no word of ours.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Leave => Some("leave"),
            Self::Row(..) => None,
            Self::Fields => Some("fill-in"),
            Self::Action(action) => Some(action.id),
        }
    }

    /// True for a way around the portal.
    pub(super) fn is_around(&self) -> bool {
        matches!(self, Self::Action(action) if action.kind.is_navigation())
    }

    pub(super) fn words(&self, page: &Page<'_>) -> String {
        match self {
            Self::Leave => "Leave the portal".to_owned(),
            Self::Row(_, name) => format!("Open {name}"),
            Self::Fields => {
                let labels: Vec<_> = page.fields.iter().map(|field| field.label).collect();
                format!("Fill in: {}", labels.join(", "))
            }
            Self::Action(action) => action.label.to_owned(),
        }
    }
}

/// What can be chosen on `page`; leaving is always number 0.
pub(super) fn choices<'a>(page: &'a Page<'_>) -> Vec<Choice<'a>> {
    let mut choices = vec![Choice::Leave];
    if let Some(table) = page.table.as_ref().filter(|table| table.opens) {
        let name = |row: &'a Vec<_>| row.first().map_or("", |cell: &std::borrow::Cow<'_, str>| cell.as_ref());
        choices.extend(table.rows.iter().enumerate().map(|(at, row)| Choice::Row(at, name(row))));
    }
    if !page.fields.is_empty() {
        choices.push(Choice::Fields);
    }
    // Behind the last field the primary action is pressed by itself; where there is no field it is chosen.
    let by_itself = |action: &Action| is_primary(action) && !page.fields.is_empty();
    let others = page.actions.iter().filter(|action| action.active && !by_itself(action));
    choices.extend(others.map(Choice::Action));
    choices
}

/// The one that `text` means: a number, else an id, else the name of a row. Upper and lower case are the same,
/// unless rows differ in nothing else. A row that is named like an id never stands in its way.
pub(super) fn find<'a>(choices: &[Choice<'a>], text: &str) -> Option<Choice<'a>> {
    if let Ok(number) = text.parse::<usize>() {
        return choices.get(number).copied();
    }
    let by_id = choices.iter().find(|choice| choice.id().is_some_and(|id| id.eq_ignore_ascii_case(text)));
    let row = |is_it: &dyn Fn(&str) -> bool| {
        choices.iter().find(|choice| matches!(choice, Choice::Row(_, name) if is_it(name)))
    };
    let lower = text.to_lowercase();
    by_id.or_else(|| row(&|name| name == text)).or_else(|| row(&|name| name.to_lowercase() == lower)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::page::{ActionKind, Table};

    fn page() -> Page<'static> {
        let rows = ["sign-out", "7", "Platform"].map(|name| vec![name.into()]).to_vec();
        Page {
            table: Some(Table { rows, opens: true, ..Table::default() }),
            actions: vec![Action { id: "sign-out", label: "Sign out", kind: ActionKind::Link, active: true }],
            ..Page::default()
        }
    }

    #[test]
    fn a_row_named_like_an_id_or_a_number_does_not_stand_in_its_way() {
        let page = page();
        let choices = choices(&page);
        assert!(matches!(find(&choices, "sign-out"), Some(Choice::Action(_))));
        assert!(matches!(find(&choices, "1"), Some(Choice::Row(0, "sign-out"))));
        assert!(matches!(find(&choices, "Platform"), Some(Choice::Row(2, _))));
        assert!(find(&choices, "7").is_none());
    }

    #[test]
    fn words_are_compared_without_regard_to_case_but_a_name_as_it_is_written_comes_first() {
        let rows = ["platform", "Platform", "Straße"].map(|name| vec![name.into()]).to_vec();
        let page = Page { table: Some(Table { rows, opens: true, ..Table::default() }), ..page() };
        let choices = choices(&page);
        assert!(matches!(find(&choices, "Sign-Out"), Some(Choice::Action(_))));
        assert!(matches!(find(&choices, "Platform"), Some(Choice::Row(1, _))));
        assert!(matches!(find(&choices, "PLATFORM"), Some(Choice::Row(0, _))));
        assert!(matches!(find(&choices, "straße"), Some(Choice::Row(2, _))));
    }

    #[test]
    fn leaving_is_nought() {
        let page = page();
        for text in ["0", "leave"] {
            assert!(matches!(find(&choices(&page), text), Some(Choice::Leave)));
        }
    }
}
