//! The fields of a page, asked one after the other: what is told before each, what an empty line means, and
//! what is done with an answer.

use zeroize::Zeroizing;

use super::{Awaiting, Lines, is_secret, primary};
use crate::flow::page::{Field, Page, TICKED, Tone, Value};
use crate::ui::UserAction;

/// The answer that makes an optional field empty.
const NOTHING: &str = "-";

/// What the fields of a page hold that may be shown.
pub(super) fn shown(page: &Page<'_>) -> Vec<(&'static str, String)> {
    let fields = page.fields.iter();
    let open =
        fields.filter(|field| matches!(field.value, Value::Text(_) | Value::LongText(_) | Value::Folded(_)));
    open.map(|field| (field.id, field.value.expose().to_owned())).collect()
}

/// What `field` holds, `kept`, as far as it can be told in a line.
fn told<'a>(field: &Field<'_>, kept: &'a str) -> &'a str {
    match field.value {
        Value::Text(_) | Value::Folded(_) => kept,
        Value::LongText(_) => "the text as it is.",
        _ => "what you typed before.",
    }
}

/// Whether the last no is about what `field` holds: it stands beside it, or its id begins with the field's.
fn is_refused(field: &Field<'_>, page: &Page<'_>) -> bool {
    let beside = field.hint.as_ref().is_some_and(|hint| hint.tone == Tone::Bad);
    beside || page.notice.as_ref().is_some_and(|notice| notice.refuses(field))
}

impl Lines {
    /// What an empty line stands for: what the field holds. What was just refused is not offered again, but
    /// what stood there before it.
    fn kept<'a>(&'a self, field: &'a Field<'_>, page: &Page<'_>) -> &'a str {
        let now = field.value.expose();
        if !is_refused(field, page) {
            return now;
        }
        let before = self.before.iter().find(|(id, _)| *id == field.id).map(|(_, value)| value.as_str());
        before.filter(|before| *before != now).unwrap_or_default()
    }

    pub(super) fn entered(&mut self, at: usize, text: Zeroizing<String>, page: &Page<'_>) -> UserAction {
        let field = &page.fields[at];
        if !is_secret(field) && !self.long.is_begun() && text.trim() == "?" {
            self.next = at;
            self.ask_choice(page);
            return UserAction::None;
        }
        if matches!(field.value, Value::Checkbox(_)) {
            return self.ticked(at, text.trim(), page);
        }
        if field.optional && !self.long.is_begun() && text.trim() == NOTHING {
            return self.answered(at, field, Zeroizing::default());
        }
        let text = match &field.value {
            Value::LongText(_) if self.long.is_begun() || !text.is_empty() => {
                let Some(whole) = self.long.push(&text, field.max_chars) else {
                    self.ask_again(Awaiting::Field(at), page);
                    return UserAction::None;
                };
                whole
            }
            _ => text,
        };
        if text.is_empty() {
            return self.left_empty(at, page);
        }
        if text.chars().count() > field.max_chars.max(64) {
            let most = field.max_chars;
            self.print.result(
                Tone::Bad,
                "too-long",
                &format!(
                    "At most {most} characters are taken here. That was not taken; type it again, shorter."
                ),
            );
            self.ask_again(Awaiting::Field(at), page);
            return UserAction::None;
        }
        self.answered(at, field, text)
    }

    fn answered(&mut self, at: usize, field: &Field<'_>, value: Zeroizing<String>) -> UserAction {
        (self.next, self.amid, self.missed) = (at + 1, true, None);
        UserAction::Typed { field: field.id, value }
    }

    /// An empty line keeps what there is. Where nothing is, it is told what is missing; who says nothing
    /// again, or before anything else, sees what else can be done. Where a secret is waited for that takes
    /// two: after one Enter too many the secret would be typed at the choice, which shows it.
    fn left_empty(&mut self, at: usize, page: &Page<'_>) -> UserAction {
        let field = &page.fields[at];
        let kept = self.kept(field, page);
        if !kept.is_empty() || field.optional {
            // Also when it is the same: the flow decides what follows from an answer.
            let value = Zeroizing::new(kept.to_owned());
            return self.answered(at, field, value);
        }
        self.next = at;
        if self.missed == Some(at) || !(self.amid || is_secret(field)) {
            self.missed = None;
            self.ask_choice(page);
            return UserAction::None;
        }
        self.missed = Some(at);
        let text =
            format!("{} is missing. Another empty line shows what else can be done here.", field.label);
        self.print.result(Tone::Bad, "missing", &text);
        self.ask_again(Awaiting::Field(at), page);
        UserAction::None
    }

    /// Yes or no; an empty line leaves it as it is.
    fn ticked(&mut self, at: usize, text: &str, page: &Page<'_>) -> UserAction {
        let value = match text.to_ascii_lowercase().as_str() {
            "" => page.fields[at].value.expose(),
            "y" | "yes" => TICKED,
            "n" | "no" => "",
            _ => {
                self.print.result(Tone::Bad, "yes-or-no", "Type yes or no.");
                self.ask_again(Awaiting::Field(at), page);
                return UserAction::None;
            }
        };
        self.answered(at, &page.fields[at], Zeroizing::new(value.to_owned()))
    }

    /// What is filled in already on a page that was just come to, and how its choices are reached.
    pub(super) fn tell_beginning(&mut self, page: &Page<'_>) {
        let Some(first) = page.fields.get(self.next) else { return };
        for field in &page.fields[..self.next] {
            self.print.filled(field.label, told(field, field.value.expose()));
        }
        let how = if is_secret(first) {
            "Two empty lines show"
        } else if first.value.expose().is_empty() && !first.optional {
            "An empty line shows"
        } else {
            "A line with ? shows"
        };
        self.print.result(Tone::Neutral, "choices", &format!("{how} what else can be done here."));
    }

    /// Prompts for the next field; after the last one presses the primary action, or says why not.
    pub(super) fn ask(&mut self, page: &Page<'_>) -> UserAction {
        self.tell_of_typed(page);
        if page.fields.is_empty() {
            self.ask_choice(page);
            return UserAction::None;
        }
        if self.next < page.fields.len() {
            self.ask_again(Awaiting::Field(self.next), page);
            return UserAction::None;
        }
        self.next = 0;
        if let Some(action) = primary(page).filter(|action| action.active) {
            return UserAction::Pressed(action.id);
        }
        for field in &page.fields {
            if let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone == Tone::Bad) {
                self.print.result(Tone::Bad, hint.id, &hint.text);
            }
            if matches!(field.value, Value::Checkbox(false)) {
                self.print.result(Tone::Bad, "missing", "It goes on once you have typed yes.");
            }
        }
        self.ask_again(Awaiting::Field(0), page);
        UserAction::None
    }

    /// The live word about the field that was just typed.
    fn tell_of_typed(&mut self, page: &Page<'_>) {
        let Some(field) = self.next.checked_sub(1).and_then(|at| page.fields.get(at)) else { return };
        let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone != Tone::Bad) else { return };
        if !field.value.expose().is_empty() && hint.tone == Tone::Neutral {
            self.print.result(Tone::Neutral, hint.id, &hint.text);
        }
    }

    pub(super) fn ask_again(&mut self, asking: Awaiting, page: &Page<'_>) {
        let Awaiting::Field(at) = asking else { return self.ask_choice(page) };
        self.asking = asking;
        let field = &page.fields[at];
        if !self.long.is_begun() {
            self.tell_how(field, page);
        }
        if is_secret(field) && !std::mem::replace(&mut self.told_of_echo, true) {
            self.print.error("Note: Your terminal shows what you type here; ssh -t hides it. [echo]");
        }
        if let Some((label, _)) = self.asked(page) {
            self.print.prompt(label);
        }
    }

    /// What there is to know before a field is typed.
    fn tell_how(&mut self, field: &Field<'_>, page: &Page<'_>) {
        let kept = self.kept(field, page).to_owned();
        if matches!(field.value, Value::LongText(_)) {
            let text = "Several lines are possible. A line that is only a dot ends them.";
            self.print.result(Tone::Neutral, "several-lines", text);
        }
        match &field.value {
            Value::Checkbox(ticked) => {
                let now = if *ticked { "yes" } else { "no" };
                self.print.result(Tone::Neutral, "yes-or-no", &format!("Type yes or no. It is {now} now."));
            }
            _ if kept.is_empty() => {
                if let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone == Tone::Neutral) {
                    self.print.result(Tone::Neutral, hint.id, &hint.text);
                }
            }
            _ => {
                let kept = told(field, &kept);
                let empties = if field.optional { "A line with only - empties it. " } else { "" };
                let text = format!("{empties}An empty line keeps {kept}");
                self.print.result(Tone::Neutral, "kept", &text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::flow::page::{Action, ActionKind, Hint, Notice};
    use crate::terminal::input::Framer;

    /// A person who fills in a form of two fields.
    struct Form {
        lines: Lines,
        values: [String; 2],
        optional: bool,
        no: Option<&'static str>,
        hint: Option<&'static str>,
        pressed: usize,
        said: String,
    }

    impl Form {
        fn begin(values: [&str; 2], optional: bool) -> Self {
            let values = values.map(str::to_owned);
            let lines = Lines::new(true);
            let mut form =
                Self { lines, values, optional, no: None, hint: None, pressed: 0, said: String::new() };
            form.shows(true);
            form
        }

        fn types(&mut self, text: &str) -> String {
            let mut inputs = VecDeque::new();
            Framer::new().feed(text.as_bytes(), &mut inputs);
            for input in inputs {
                let (values, optional) = (self.values.clone(), self.optional);
                let intent = self.lines.input(input, &page(&values, optional, self.no, self.hint));
                self.follows(intent);
            }
            self.said.push_str(&String::from_utf8(self.lines.take_output().out).unwrap());
            std::mem::take(&mut self.said).replace('\r', "")
        }

        fn shows(&mut self, fresh: bool) {
            let values = self.values.clone();
            let intent = self.lines.show(&page(&values, self.optional, self.no, self.hint), fresh);
            self.follows(intent);
        }

        fn follows(&mut self, intent: UserAction) {
            match intent {
                UserAction::Typed { field, value } => {
                    self.values[usize::from(field == "text")] = value.to_string();
                    self.shows(false);
                }
                UserAction::Pressed(_) => {
                    self.pressed += 1;
                    self.shows(false);
                }
                _ => {}
            }
        }
    }

    fn page<'a>(
        values: &'a [String; 2],
        optional: bool,
        no: Option<&'static str>,
        hint: Option<&'static str>,
    ) -> Page<'a> {
        let hint = hint.map(|id| Hint { id, tone: Tone::Bad, text: "Not so.".into() });
        let field =
            |id, label, value| Field { id, label, value, revision: 0, max_chars: 70, hint: None, optional };
        Page {
            fields: vec![
                Field { hint, ..field("name", "Name", Value::Text(&values[0])) },
                field("text", "Text", Value::LongText(&values[1])),
            ],
            actions: vec![Action { id: "save", label: "Save", kind: ActionKind::Primary, active: true }],
            notice: no.map(|id| Notice { tone: Tone::Bad, id, text: "No.".into() }),
            ..Page::default()
        }
    }

    #[test]
    fn what_was_refused_is_not_offered_again_but_what_stood_there_before() {
        for (no, hint) in [(Some("name-taken"), None), (None, Some("rule"))] {
            let mut form = Form::begin(["ada", "How?"], false);
            assert!(form.types("").ends_with("An empty line keeps ada [kept]\nName: "));
            (form.no, form.hint) = (no, hint);
            let said = form.types("grace\rWhy?\r.\r");
            assert!(said.ends_with("An empty line keeps ada [kept]\nName: "), "{said}");
            form.types("\r");
            assert_eq!(form.values[0], "ada");
        }
        let mut form = Form::begin(["", ""], false);
        form.no = Some("name-taken");
        let said = form.types("grace\rWhy?\r.\r");
        assert!(said.ends_with("Error: No. [name-taken]\nName: "), "{said}");
    }

    #[test]
    fn what_a_no_is_not_about_is_offered_again() {
        let mut form = Form::begin(["", ""], false);
        form.no = Some("try-later");
        let said = form.types("grace\rWhy?\r.\r");
        assert!(said.ends_with("An empty line keeps grace [kept]\nName: "), "{said}");
        let said = form.types("\r");
        assert!(said.contains("An empty line keeps the text as it is. [kept]\nText: "), "{said}");
        form.types("\r");
        assert_eq!((form.values, form.pressed), (["grace".into(), "Why?".into()], 2));
    }

    #[test]
    fn a_required_field_left_empty_is_asked_again_before_anything_else_is_offered() {
        let mut form = Form::begin(["", ""], false);
        let said = form.types("ada\r\r");
        let missing =
            "Error: Text is missing. Another empty line shows what else can be done here. [missing]";
        assert!(said.contains(missing) && said.ends_with("Text: "), "{said}");
        assert!(form.types("\r").ends_with("Choice: "));
        assert_eq!(form.pressed, 0);
    }

    #[test]
    fn a_page_begins_with_what_is_due_and_tells_what_is_filled_in() {
        let mut form = Form::begin(["ada", ""], false);
        let said = form.types("");
        let filled =
            "Name: ada\nNote: An empty line shows what else can be done here. [choices]\nNote: Several";
        assert!(said.contains(filled) && said.ends_with("Text: "), "{said}");
        assert!(form.types("\r").ends_with("Choice: "));
        assert!(form.types("fill-in\r").ends_with("An empty line keeps ada [kept]\nName: "));
    }

    #[test]
    fn an_optional_field_stays_empty_or_is_emptied() {
        let mut form = Form::begin(["", ""], true);
        form.types("\r\r");
        assert_eq!((form.values, form.pressed), ([String::new(), String::new()], 1));
        let mut form = Form::begin(["ada", "Why?"], true);
        let said = form.types("");
        assert!(said.contains("A line with only - empties it. An empty line keeps ada [kept]"), "{said}");
        form.types("-\r-\r");
        assert_eq!((form.values, form.pressed), ([String::new(), String::new()], 1));
    }

    #[test]
    fn a_long_text_has_lines_until_the_dot_and_too_much_of_it_is_refused_whole() {
        let mut form = Form::begin(["ada", ""], false);
        let said = form.types("First.\r\r?\r.\r");
        assert!(said.contains("Text: First.\nNext line: \nNext line: ?\nNext line: .\n"), "{said}");
        assert_eq!((form.values[1].as_str(), form.pressed), ("First.\n\n?", 1));
        let said = form.types(&format!("\r{}save\r.\r", "x\r".repeat(60)));
        assert!(said.contains("[too-long]") && said.ends_with("Text: "), "{said}");
        assert_eq!(form.pressed, 1);
    }
}
