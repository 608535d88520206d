//! Prompts for the fields of a page one by one: what is printed before each, what an empty line means, and
//! how an answer is handled.

use zeroize::Zeroizing;

use super::{Awaiting, Lines, is_secret};
use crate::domain::input::CODE_TEXT_CHARS;
use crate::domain::ssh_key::is_unfinished;
use crate::flow::page::{Field, Page, TICKED, Tone, Value};
use crate::text;
use crate::ui::UserAction;

/// The answer that clears an optional field.
const CLEAR: &str = "-";

/// The values of all fields that are not secret.
pub(super) fn visible_values(page: &Page<'_>) -> Vec<(&'static str, String)> {
    let fields = page.fields.iter();
    let open =
        fields.filter(|field| matches!(field.value, Value::Text(_) | Value::LongText(_) | Value::Folded(_)));
    open.map(|field| (field.id, field.value.expose().to_owned())).collect()
}

/// `value` of `field` if it can be shown in one line, else a description.
fn described<'a>(field: &Field<'_>, value: &'a str, page: &Page<'_>) -> &'a str {
    match field.value {
        Value::Text(_) | Value::Folded(_) => value,
        Value::LongText(_) => text!(page, "answer-filled-text"),
        _ => text!(page, "answer-filled-secret"),
    }
}

/// What an empty line keeps, and how to clear `field` if it may be.
fn kept(field: &Field<'_>, value: &str, page: &Page<'_>) -> String {
    match (field.value, field.optional) {
        (Value::Text(_) | Value::Folded(_), false) => text!(page, "answer-kept", value = value),
        (Value::Text(_) | Value::Folded(_), true) => text!(page, "answer-kept-or-cleared", value = value),
        (Value::LongText(_), false) => text!(page, "answer-kept-text").to_owned(),
        (Value::LongText(_), true) => text!(page, "answer-kept-text-or-cleared").to_owned(),
        (_, false) => text!(page, "answer-kept-secret").to_owned(),
        (_, true) => text!(page, "answer-kept-secret-or-cleared").to_owned(),
    }
}

/// Whether `typed` is `english` or that word in the language of the page, or begins them as their first letter.
fn is_word(typed: &str, english: &str, theirs: &str) -> bool {
    let first = |word: &str| typed.chars().eq(word.chars().take(1));
    [english, theirs].iter().any(|word| typed == *word || first(word))
}

/// Whether the value of `field` was refused, by its hint or by the notice of the page.
fn is_refused(field: &Field<'_>, page: &Page<'_>) -> bool {
    let by_hint = field.hint.as_ref().is_some_and(|hint| hint.tone == Tone::Bad);
    by_hint || page.notice.as_ref().is_some_and(|notice| notice.refuses(field))
}

/// The most characters of a line for `field`. A code may have a sentence around it.
fn most_chars(field: &Field<'_>) -> usize {
    match field.value {
        Value::Code(_) => CODE_TEXT_CHARS,
        _ => field.max_chars,
    }
}

impl Lines {
    /// The value that an empty line keeps. After a refusal it is the initial value, not the refused one.
    fn default_value<'a>(&'a self, field: &'a Field<'_>, page: &Page<'_>) -> &'a str {
        let current = field.value.expose();
        if !is_refused(field, page) {
            return current;
        }
        let initial = self.initial_values.iter().find(|(id, _)| *id == field.id);
        initial.map(|(_, value)| value.as_str()).filter(|initial| *initial != current).unwrap_or_default()
    }

    pub(super) fn field_entered(
        &mut self,
        at: usize,
        text: Zeroizing<String>,
        page: &Page<'_>,
    ) -> UserAction {
        let field = &page.fields[at];
        if !is_secret(field) && !self.long.is_started() && text.trim() == "?" {
            self.next = at;
            return self.prompt_choice(page);
        }
        if matches!(field.value, Value::Checkbox(_)) {
            return self.checkbox_entered(at, text.trim(), page);
        }
        if field.optional && !self.long.is_started() && text.trim() == CLEAR {
            return self.accept(at, field, Zeroizing::default());
        }
        let text = match &field.value {
            Value::LongText(_) if self.long.is_started() || !text.is_empty() => {
                let Some(whole) = self.long.push(&text, field.max_chars) else {
                    return self.prompt_for(Awaiting::Field(at), page);
                };
                whole
            }
            // A key in several lines is pasted as it is, and no line of it is an answer to anything else.
            Value::Folded(_) => match self.long.push_while(&text, field.max_chars, is_unfinished) {
                Some(whole) => whole,
                None => return self.prompt_for(Awaiting::Field(at), page),
            },
            _ => text,
        };
        if text.is_empty() {
            return self.empty_entered(at, page);
        }
        let most = most_chars(field);
        if text.chars().count() > most.max(64) {
            self.print.result(Tone::Bad, "too-long", &text!(page, "answer-too-long", n = most));
            return self.prompt_for(Awaiting::Field(at), page);
        }
        self.accept(at, field, text)
    }

    fn accept(&mut self, at: usize, field: &Field<'_>, value: Zeroizing<String>) -> UserAction {
        (self.next, self.unfinished, self.left_empty) = (at + 1, true, None);
        UserAction::Typed { field: field.id, value }
    }

    /// An empty line keeps the default value. If a required field has none, it reports the field as missing; a second
    /// empty line, or an empty first answer on a page, prints the choices. A secret always takes two empty
    /// lines: after one Enter too many, the secret would be typed at the choice prompt, which echoes.
    fn empty_entered(&mut self, at: usize, page: &Page<'_>) -> UserAction {
        let field = &page.fields[at];
        let default = self.default_value(field, page);
        if !default.is_empty() || field.optional {
            // Even if nothing changed: the flow decides what follows from an answer.
            let value = Zeroizing::new(default.to_owned());
            return self.accept(at, field, value);
        }
        self.next = at;
        if self.left_empty == Some(at) || !(self.unfinished || is_secret(field)) {
            self.left_empty = None;
            return self.prompt_choice(page);
        }
        self.left_empty = Some(at);
        self.print.result(Tone::Bad, "missing", &text!(page, "answer-missing", label = field.label));
        self.prompt_for(Awaiting::Field(at), page)
    }

    /// Yes or no; an empty line keeps the current value.
    fn checkbox_entered(&mut self, at: usize, text: &str, page: &Page<'_>) -> UserAction {
        let value = match text.to_lowercase().as_str() {
            "" => page.fields[at].value.expose(),
            typed if is_word(typed, "yes", text!(page, "answer-yes")) => TICKED,
            typed if is_word(typed, "no", text!(page, "answer-no")) => "",
            _ => {
                self.print.result(Tone::Bad, "yes-or-no", text!(page, "answer-yes-or-no"));
                return self.prompt_for(Awaiting::Field(at), page);
            }
        };
        self.accept(at, &page.fields[at], Zeroizing::new(value.to_owned()))
    }

    /// Prints the fields that are filled in already on a new page, and how to see its choices.
    pub(super) fn print_start(&mut self, page: &Page<'_>) {
        let Some(first) = page.fields.get(self.next) else { return };
        for field in &page.fields[..self.next] {
            self.print.filled(field.label, described(field, field.value.expose(), page));
        }
        let how = if is_secret(first) {
            text!(page, "choices-after-two-lines")
        } else if first.value.expose().is_empty() && !first.optional {
            text!(page, "choices-after-a-line")
        } else {
            text!(page, "choices-after-a-question-mark")
        };
        self.print.result(Tone::Neutral, "choices", how);
    }

    /// Prompts for the next field. After the last one it presses the primary action, or says why it cannot.
    pub(super) fn prompt_next(&mut self, page: &Page<'_>) -> UserAction {
        self.print_hint_of_previous(page);
        if page.fields.is_empty() {
            return self.prompt_choice(page);
        }
        if self.next < page.fields.len() {
            return self.prompt_for(Awaiting::Field(self.next), page);
        }
        self.next = 0;
        if let Some(action) = page.primary().filter(|action| action.active) {
            return UserAction::Pressed(action.id);
        }
        for field in &page.fields {
            if let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone == Tone::Bad) {
                self.print.result(Tone::Bad, hint.id, &hint.text);
            }
            if matches!(field.value, Value::Checkbox(false)) {
                self.print.result(Tone::Bad, "missing", text!(page, "answer-yes-to-continue"));
            }
        }
        self.prompt_for(Awaiting::Field(0), page)
    }

    /// Prints the live hint of the field that was just answered.
    fn print_hint_of_previous(&mut self, page: &Page<'_>) {
        let Some(field) = self.next.checked_sub(1).and_then(|at| page.fields.get(at)) else { return };
        let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone != Tone::Bad) else { return };
        if !field.value.expose().is_empty() && hint.tone == Tone::Neutral {
            self.print.result(Tone::Neutral, hint.id, &hint.text);
        }
    }

    pub(super) fn prompt_for(&mut self, awaiting: Awaiting, page: &Page<'_>) -> UserAction {
        let Awaiting::Field(at) = awaiting else { return self.prompt_choice(page) };
        self.awaiting = awaiting;
        let field = &page.fields[at];
        if !self.long.is_started() {
            self.print_instructions(field, page);
        }
        if is_secret(field) && !std::mem::replace(&mut self.echo_explained, true) {
            self.print.error(Tone::Neutral, "echo", text!(page, "terminal-shows"));
        }
        if let Some((label, _)) = self.prompt(page) {
            self.print.prompt(label);
        }
        UserAction::None
    }

    /// Prints what people need to know before they type a field.
    fn print_instructions(&mut self, field: &Field<'_>, page: &Page<'_>) {
        let default = self.default_value(field, page).to_owned();
        if matches!(field.value, Value::LongText(_)) {
            self.print.result(Tone::Neutral, "several-lines", text!(page, "answer-several-lines"));
        }
        match &field.value {
            Value::Checkbox(ticked) => {
                let text = if *ticked {
                    text!(page, "answer-yes-or-no-yes")
                } else {
                    text!(page, "answer-yes-or-no-no")
                };
                self.print.result(Tone::Neutral, "yes-or-no", text);
            }
            _ if default.is_empty() => {
                if let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone == Tone::Neutral) {
                    self.print.result(Tone::Neutral, hint.id, &hint.text);
                }
            }
            _ => self.print.result(Tone::Neutral, "kept", &kept(field, &default, page)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::flow::page::{Action, ActionKind, Hint, Notice};
    use crate::terminal::input::Framer;

    /// Line mode on a form with two fields.
    struct Form {
        lines: Lines,
        values: [String; 2],
        optional: bool,
        refusal: Option<&'static str>,
        hint: Option<&'static str>,
        pressed: usize,
        printed: String,
    }

    impl Form {
        fn begin(values: [&str; 2], optional: bool) -> Self {
            let values = values.map(str::to_owned);
            let lines = Lines::new(true);
            let mut form = Self {
                lines,
                values,
                optional,
                refusal: None,
                hint: None,
                pressed: 0,
                printed: String::new(),
            };
            form.show(true);
            form
        }

        fn press(&mut self, text: &str) -> String {
            let mut inputs = VecDeque::new();
            Framer::new().feed(text.as_bytes(), &mut inputs);
            for input in inputs {
                let (values, optional) = (self.values.clone(), self.optional);
                let action = self.lines.input(input, &page(&values, optional, self.refusal, self.hint));
                self.follow(action);
            }
            self.printed.push_str(&String::from_utf8(self.lines.take_output().out).unwrap());
            std::mem::take(&mut self.printed).replace('\r', "")
        }

        fn show(&mut self, fresh: bool) {
            let values = self.values.clone();
            let action = self.lines.show(&page(&values, self.optional, self.refusal, self.hint), fresh);
            self.follow(action);
        }

        fn follow(&mut self, action: UserAction) {
            match action {
                UserAction::Typed { field, value } => {
                    self.values[usize::from(field == "text")] = value.to_string();
                    self.show(false);
                }
                UserAction::Pressed(_) => {
                    self.pressed += 1;
                    self.show(false);
                }
                _ => {}
            }
        }
    }

    fn page<'a>(
        values: &'a [String; 2],
        optional: bool,
        refusal: Option<&'static str>,
        hint: Option<&'static str>,
    ) -> Page<'a> {
        let hint = hint.map(|id| Hint { id, tone: Tone::Bad, text: "Not so.".into(), meter: None });
        let field =
            |id, label, value| Field { id, label, value, revision: 0, max_chars: 70, hint: None, optional };
        Page {
            fields: vec![
                Field { hint, ..field("name", "Name", Value::Text(&values[0])) },
                field("text", "Text", Value::LongText(&values[1])),
            ],
            actions: vec![Action { id: "save", label: "Save", kind: ActionKind::Primary, active: true }],
            notice: refusal.map(|id| Notice::new(Tone::Bad, id, "No.")),
            ..Page::default()
        }
    }

    #[test]
    fn a_refused_value_is_not_offered_again_but_the_initial_one_is() {
        for (refusal, hint) in [(Some("name-taken"), None), (None, Some("rule"))] {
            let mut form = Form::begin(["ada", "How?"], false);
            assert!(form.press("").ends_with("An empty line keeps ada [kept]\nName: "));
            (form.refusal, form.hint) = (refusal, hint);
            let printed = form.press("grace\rWhy?\r.\r");
            assert!(printed.ends_with("An empty line keeps ada [kept]\nName: "), "{printed}");
            form.press("\r");
            assert_eq!(form.values[0], "ada");
        }
        let mut form = Form::begin(["", ""], false);
        form.refusal = Some("name-taken");
        let printed = form.press("grace\rWhy?\r.\r");
        assert!(printed.ends_with("Error: No. [name-taken]\nName: "), "{printed}");
    }

    #[test]
    fn values_that_were_not_refused_are_offered_again() {
        let mut form = Form::begin(["", ""], false);
        form.refusal = Some("try-later");
        let printed = form.press("grace\rWhy?\r.\r");
        assert!(printed.ends_with("An empty line keeps grace [kept]\nName: "), "{printed}");
        let printed = form.press("\r");
        assert!(printed.contains("An empty line keeps the text as it is. [kept]\nText: "), "{printed}");
        form.press("\r");
        assert_eq!((form.values, form.pressed), (["grace".into(), "Why?".into()], 2));
    }

    #[test]
    fn a_required_field_left_empty_is_asked_again_before_the_choices_are_shown() {
        let mut form = Form::begin(["", ""], false);
        let printed = form.press("ada\r\r");
        let missing = "Error: Text is missing. Another empty line shows what else you can do here. [missing]";
        assert!(printed.contains(missing) && printed.ends_with("Text: "), "{printed}");
        assert!(form.press("\r").ends_with("Choice: "));
        assert_eq!(form.pressed, 0);
    }

    #[test]
    fn a_page_starts_at_the_first_empty_field_and_prints_the_filled_in_ones() {
        let mut form = Form::begin(["ada", ""], false);
        let printed = form.press("");
        let filled = "Name: ada\nNote: An empty line shows what else you can do here. [choices]\nNote: You can type several";
        assert!(printed.contains(filled) && printed.ends_with("Text: "), "{printed}");
        assert!(form.press("\r").ends_with("Choice: "));
        assert!(form.press("fill-in\r").ends_with("An empty line keeps ada [kept]\nName: "));
    }

    #[test]
    fn an_optional_field_can_stay_empty_or_be_cleared() {
        let mut form = Form::begin(["", ""], true);
        form.press("\r\r");
        assert_eq!((form.values, form.pressed), ([String::new(), String::new()], 1));
        let mut form = Form::begin(["ada", "Why?"], true);
        let printed = form.press("");
        assert!(
            printed.contains("A line with only - clears it. An empty line keeps ada [kept]"),
            "{printed}"
        );
        form.press("-\r-\r");
        assert_eq!((form.values, form.pressed), ([String::new(), String::new()], 1));
    }

    #[test]
    fn a_long_text_ends_at_the_dot_and_is_refused_if_too_long() {
        let mut form = Form::begin(["ada", ""], false);
        let printed = form.press("First.\r\r?\r.\r");
        assert!(printed.contains("Text: First.\nNext line: \nNext line: ?\nNext line: .\n"), "{printed}");
        assert_eq!((form.values[1].as_str(), form.pressed), ("First.\n\n?", 1));
        let printed = form.press(&format!("\r{}save\r.\r", "x\r".repeat(60)));
        assert!(printed.contains("[too-long]") && printed.ends_with("Text: "), "{printed}");
        assert_eq!(form.pressed, 1);
    }
}
