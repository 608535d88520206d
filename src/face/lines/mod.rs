//! The lines face: any page of any flow as prompts, for dumb terminals, screen readers and `expect`.
//!
//! ```text
//! page -> title, sentences, table -> "Label: " for each field in turn -> primary action
//!                                     `- an empty line -> numbered choices -> "Choice: "
//! ```
//!
//! It copies passwd(1): one prompt a line, no echo for secrets, results that begin with `OK: `,
//! `Error: ` or `Note: ` and end with a stable id in brackets. It is an interface: ids and wording
//! change only with a line in the changelog.

mod line;
mod print;
#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use super::{Intent, Output};
use crate::flow::page::{Action, ActionKind, Page, Tone, Value};
use crate::terminal::input::{Input, Key};
use line::Line;
use print::Print;

/// What the person is asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    /// Nothing: a request is under way, or the next prompt has not been printed yet.
    Nothing,
    /// The field with this place on the page.
    Field(usize),
    /// One of the numbered choices.
    Choice,
}

/// A page as prompts.
#[derive(Debug)]
pub struct Lines {
    print: Print,
    asking: Asking,
    /// The field to ask next.
    next: usize,
    line: Line,
    /// The toast that was last told, so that it is told once.
    told: Option<String>,
    /// True once a secret was asked on a terminal whose echo is not ours.
    told_of_echo: bool,
}

impl Lines {
    /// `has_pty`: the terminal is ours, so we echo and end lines with CR LF; without one the other side
    /// echoes if anybody does, and lines end with LF.
    #[must_use]
    pub fn new(has_pty: bool) -> Self {
        Self {
            print: Print::new(has_pty),
            asking: Asking::Nothing,
            next: 0,
            line: Line::default(),
            told: None,
            told_of_echo: has_pty,
        }
    }

    /// What was printed since the last call.
    pub fn take_output(&mut self) -> Output {
        self.print.take()
    }

    /// Tells what is new on `page` and asks what comes next; `fresh` when the page was just come to.
    pub fn show(&mut self, page: &Page<'_>, fresh: bool) -> Intent {
        if fresh {
            (self.asking, self.next, self.told) = (Asking::Nothing, 0, None);
            self.print.head(page);
        }
        if page.waiting {
            return Intent::None;
        }
        if self.asking == Asking::Nothing {
            self.tell_results(page, fresh);
            return self.ask(page);
        }
        Intent::None
    }

    /// Takes one key of the line that is being typed.
    pub fn input(&mut self, input: Input, page: &Page<'_>) -> Intent {
        let Input::Key(key) = input else { return Intent::None };
        match key {
            Key::Ctrl('c') => {
                self.print.end_line();
                return Intent::Leave;
            }
            Key::Ctrl('d') if self.line.is_empty() => {
                self.print.end_line();
                return Intent::Leave;
            }
            Key::Enter if self.asking != Asking::Nothing => return self.enter(page),
            key => self.edit(key, page),
        }
        Intent::None
    }

    fn edit(&mut self, key: Key, page: &Page<'_>) {
        let echo = match self.asking {
            Asking::Field(at) => !matches!(page.fields[at].value, Value::Secret(_)),
            Asking::Choice => true,
            Asking::Nothing => return,
        };
        let before = self.line.chars();
        match key {
            Key::Char(c) => {
                if self.line.push(c) && echo {
                    self.print.echo(c);
                }
                return;
            }
            Key::Tab => self.line.spoil(),
            Key::Backspace => self.line.pop(),
            Key::Ctrl('u') => self.line.clear(),
            Key::Ctrl('w') => self.line.pop_word(),
            // Ctrl-D in a line, Ctrl-L and the like have no meaning here; other control characters spoil it.
            Key::Ctrl('d' | 'l' | 'r' | 'q' | 's') => {}
            Key::Ctrl(_) => self.line.spoil(),
            _ => {}
        }
        if echo {
            self.print.erase(before - self.line.chars());
        }
    }

    fn enter(&mut self, page: &Page<'_>) -> Intent {
        self.print.end_line();
        let line = self.line.take();
        let asked = std::mem::replace(&mut self.asking, Asking::Nothing);
        let Ok(text) = line else {
            self.print.result(
                Tone::Bad,
                "line-refused",
                "That line is too long or holds control characters. Nothing was taken.",
            );
            self.ask_again(asked, page);
            return Intent::None;
        };
        match asked {
            Asking::Field(at) => self.entered(at, text, page),
            Asking::Choice => self.chosen(text.trim(), page),
            Asking::Nothing => Intent::None,
        }
    }

    fn entered(&mut self, at: usize, text: Zeroizing<String>, page: &Page<'_>) -> Intent {
        let field = &page.fields[at];
        if text.is_empty() && field.value.expose().is_empty() {
            self.next = at;
            self.ask_choice(page);
            return Intent::None;
        }
        if text.chars().count() > field.max_chars.max(64) {
            let most = field.max_chars;
            self.print.result(Tone::Bad, "too-long", &format!("At most {most} characters are taken here."));
            self.ask_again(Asking::Field(at), page);
            return Intent::None;
        }
        self.next = at + 1;
        if text.is_empty() {
            return self.ask(page);
        }
        Intent::Typed { field: field.id, value: text }
    }

    fn chosen(&mut self, text: &str, page: &Page<'_>) -> Intent {
        let choices = choices(page);
        let by_number = text.parse::<usize>().ok();
        if by_number == Some(0) || text == "leave" {
            return Intent::Leave;
        }
        let chosen = match by_number {
            Some(number) => choices.get(number - 1),
            None => choices.iter().find(|choice| choice.id() == text),
        };
        match chosen {
            Some(Choice::Row(row, _)) => Intent::Opened(*row),
            Some(Choice::Fields) => {
                self.next = 0;
                self.ask(page)
            }
            Some(Choice::Action(action)) => {
                self.next = 0;
                Intent::Pressed(action.id)
            }
            None => {
                let most = choices.len();
                let text = format!("Type a number from 0 to {most}, or the word in brackets.");
                self.print.result(Tone::Bad, "choice", &text);
                self.ask_choice(page);
                Intent::None
            }
        }
    }

    /// Prompts for the next field; after the last one presses the primary action, or says why not.
    fn ask(&mut self, page: &Page<'_>) -> Intent {
        self.tell_of_typed(page);
        if page.fields.is_empty() {
            self.ask_choice(page);
            return Intent::None;
        }
        if self.next < page.fields.len() {
            self.ask_again(Asking::Field(self.next), page);
            return Intent::None;
        }
        self.next = 0;
        if let Some(action) = primary(page).filter(|action| action.active) {
            return Intent::Pressed(action.id);
        }
        for hint in page.fields.iter().filter_map(|field| field.hint.as_ref()) {
            if hint.tone == Tone::Bad {
                self.print.result(Tone::Bad, hint.id, &hint.text);
            }
        }
        self.ask_again(Asking::Field(0), page);
        Intent::None
    }

    /// The live word about the field that was just typed.
    fn tell_of_typed(&mut self, page: &Page<'_>) {
        let Some(field) = self.next.checked_sub(1).and_then(|at| page.fields.get(at)) else { return };
        let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone != Tone::Bad) else { return };
        if !field.value.expose().is_empty() && hint.tone == Tone::Neutral {
            self.print.result(Tone::Neutral, hint.id, &hint.text);
        }
    }

    fn ask_again(&mut self, asking: Asking, page: &Page<'_>) {
        let Asking::Field(at) = asking else { return self.ask_choice(page) };
        let field = &page.fields[at];
        let is_secret = matches!(field.value, Value::Secret(_));
        match (&field.value, field.value.expose()) {
            (Value::Secret(_) | Value::Code(_), kept) if !kept.is_empty() => {
                self.print.result(Tone::Neutral, "kept", "An empty line keeps what you typed before.");
            }
            (Value::Text(_), kept) if !kept.is_empty() => {
                self.print.result(Tone::Neutral, "kept", &format!("An empty line keeps {kept}"));
            }
            _ => {
                if let Some(hint) = field.hint.as_ref().filter(|hint| hint.tone == Tone::Neutral) {
                    self.print.result(Tone::Neutral, hint.id, &hint.text);
                }
            }
        }
        if is_secret && !std::mem::replace(&mut self.told_of_echo, true) {
            self.print
                .error("Note: without a terminal of ours (ssh -t) yours shows what you type here. [echo]");
        }
        self.print.prompt(field.label);
        self.asking = Asking::Field(at);
    }

    fn ask_choice(&mut self, page: &Page<'_>) {
        let choices = choices(page);
        for (place, choice) in choices.iter().enumerate() {
            self.print.choice(place + 1, &choice.words(page), choice.id());
        }
        self.print.choice(0, "Leave", "leave");
        self.print.prompt("Choice");
        self.asking = Asking::Choice;
    }

    fn tell_results(&mut self, page: &Page<'_>, fresh: bool) {
        if let Some(toast) = &page.toast {
            let is_new = self.told.as_deref() != Some(toast.text.as_ref());
            if is_new {
                self.print.result(Tone::Good, toast.id, &toast.text);
                self.told = Some(toast.text.clone().into_owned());
            }
        }
        // A notice stands until the next attempt; it is told when the page is come to or asked anew.
        if let Some(notice) = page.notice.as_ref().filter(|_| fresh || self.next == 0) {
            self.print.result(notice.tone, notice.id, &notice.text);
        }
        if fresh || self.next == 0 {
            self.print.table(page);
        }
        if fresh && !page.fields.is_empty() && choices(page).len() > 1 {
            self.print.result(Tone::Neutral, "choices", "An empty line shows what else can be done here.");
        }
    }
}

/// One of the numbered choices.
#[derive(Clone, Copy)]
enum Choice<'a> {
    /// Open this row.
    Row(usize, &'a str),
    /// Fill in the fields.
    Fields,
    /// Press this.
    Action(&'a Action),
}

impl Choice<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Row(_, name) => name,
            Self::Fields => "fill-in",
            Self::Action(action) => action.id,
        }
    }

    fn words(&self, page: &Page<'_>) -> String {
        match self {
            Self::Row(_, name) => format!("Open {name}"),
            Self::Fields => page.title.to_string(),
            Self::Action(action) => action.label.to_owned(),
        }
    }
}

fn choices<'a>(page: &'a Page<'_>) -> Vec<Choice<'a>> {
    let mut choices = Vec::new();
    if let Some(table) = page.table.as_ref().filter(|table| table.opens) {
        let name = |row: &'a Vec<_>| row.first().map_or("", |cell: &std::borrow::Cow<'_, str>| cell.as_ref());
        choices.extend(table.rows.iter().enumerate().map(|(at, row)| Choice::Row(at, name(row))));
    }
    if !page.fields.is_empty() {
        choices.push(Choice::Fields);
    }
    let others = page.actions.iter().filter(|action| action.active && !is_primary(action));
    choices.extend(others.map(Choice::Action));
    choices
}

fn primary<'a>(page: &'a Page<'_>) -> Option<&'a Action> {
    page.actions.iter().find(|action| is_primary(action))
}

fn is_primary(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Primary | ActionKind::PrimaryUpperRight)
}
