//! The lines face: any page of any flow as prompts, for dumb terminals, screen readers and `expect`.
//!
//! ```text
//! page -> title, sentences, table -> "Label: " for each field in turn -> primary action
//!                                     `- "?", or an empty line first -> numbered choices -> "Choice: "
//! ```
//!
//! It copies passwd(1). The contract with people and their scripts:
#![doc = include_str!("contract.md")]

mod ask;
mod choice;
mod line;
mod long;
mod print;
#[cfg(test)]
mod tests;

use super::{Output, UserAction};
use crate::flow::page::{Action, ActionKind, Field, Notice, Page, Toast, Tone, Value};
use crate::terminal::input::{Input, Key};
use choice::{Choice, choices, find};
use line::InputLine;
use long::LongText;
use print::Printer;

/// What line mode promises to people and their scripts, in Markdown.
pub const CONTRACT: &str = include_str!("contract.md");

/// More than this is not printed while the person's side takes nothing; keys wait instead.
const BEHIND: usize = 16 * 1024;

/// What the numbered choices are asked with.
const CHOICE: &str = "Choice";

/// What the second line of a long text and those behind it are asked with.
const NEXT_LINE: &str = "Next line";

/// What the person is asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaiting {
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
    print: Printer,
    asking: Awaiting,
    /// The field to ask next.
    next: usize,
    line: InputLine,
    /// The lines of a long text so far.
    long: LongText,
    /// The required field that was left empty just now.
    missed: Option<usize>,
    /// What the fields held when the page was come to.
    before: Vec<(&'static str, String)>,
    /// The list of the page was told.
    listed: bool,
    /// Who was signed in on the page before.
    name: Option<String>,
    /// The toast that was last told, so that it is told once.
    told: Option<String>,
    /// True once a secret was asked on a terminal whose echo is not ours.
    told_of_echo: bool,
    /// True from the first answer until something came of it, and after a no.
    amid: bool,
}

impl Lines {
    /// For a client that asks each question by itself and hides secrets (RFC 4256).
    #[must_use]
    pub fn asked_one_by_one() -> Self {
        Self { told_of_echo: true, ..Self::new(false) }
    }

    /// `has_pty`: the terminal is ours, so we echo and end lines with CR LF; without one the other side
    /// echoes if anybody does, and lines end with LF.
    #[must_use]
    pub fn new(has_pty: bool) -> Self {
        Self {
            print: Printer::new(has_pty),
            asking: Awaiting::Nothing,
            next: 0,
            line: InputLine::default(),
            long: LongText::default(),
            missed: None,
            name: None,
            listed: false,
            before: Vec::new(),
            told: None,
            told_of_echo: has_pty,
            amid: false,
        }
    }

    /// What was printed since the last call.
    pub fn take_output(&mut self) -> Output {
        self.print.take()
    }

    /// Tells what is new on `page` and asks what comes next; `fresh` when the page was just come to.
    pub fn show(&mut self, page: &Page<'_>, fresh: bool) -> UserAction {
        if fresh {
            (self.asking, self.told, self.missed) = (Awaiting::Nothing, None, None);
            self.next = page.first_field().unwrap_or_default();
            self.amid = false;
            self.before = ask::shown(page);
            self.listed = false;
            self.long.clear();
            let name = page.signed_in_as.filter(|name| self.name.as_deref() != Some(name));
            self.print.head(page, name);
            self.name = page.signed_in_as.map(str::to_owned);
        }
        if page.waiting {
            return UserAction::None;
        }
        if self.asking == Awaiting::Nothing {
            self.tell_results(page, fresh);
            if fresh && is_sent(page) {
                self.ask_choice(page);
                return UserAction::None;
            }
            return self.ask(page);
        }
        UserAction::None
    }

    /// True when there is something to send.
    #[must_use]
    pub fn has_printed(&self) -> bool {
        self.print.len() > 0
    }

    /// True while so much is printed and not taken that no more should be typed.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.print.len() > BEHIND
    }

    /// True when leaving now leaves a form half filled in, or an answer was no and nothing followed it.
    #[must_use]
    pub fn is_amid(&self) -> bool {
        self.amid || self.long.is_begun() || !self.line.is_empty()
    }

    /// Tells something in the middle of a line, and shows the line again behind it.
    pub fn interrupt(&mut self, notification: &Toast<'_>, page: &Page<'_>) {
        if self.asking != Awaiting::Nothing {
            self.print.end_line();
        }
        self.print.result(Tone::Neutral, notification.id, &notification.text);
        let Some((label, _)) = self.asked(page) else { return };
        self.print.prompt(label);
        if !self.asks_secret(page) {
            self.print.echo(self.line.typed());
        }
    }

    /// The last line.
    pub fn leave(&mut self, last: &Notice<'_>) -> Output {
        if self.asking != Awaiting::Nothing {
            self.print.end_line();
        }
        self.print.result(last.tone, last.id, &last.text);
        self.print.take()
    }

    /// What is asked now, `Code`, and whether it is a secret; nothing while a request is under way.
    #[must_use]
    pub fn asked(&self, page: &Page<'_>) -> Option<(&'static str, bool)> {
        match self.asking {
            Awaiting::Field(_) if self.long.is_begun() => Some((NEXT_LINE, false)),
            Awaiting::Field(at) => page.fields.get(at).map(|field| (field.label, is_secret(field))),
            Awaiting::Choice => Some((CHOICE, false)),
            Awaiting::Nothing => None,
        }
    }

    fn asks_secret(&self, page: &Page<'_>) -> bool {
        self.asked(page).is_some_and(|(_, is_secret)| is_secret)
    }

    /// Takes one key of the line that is being typed.
    pub fn input(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        match input {
            Input::Key(Key::Ctrl('c')) if self.long.is_begun() => self.drop_long(page),
            Input::Key(Key::Ctrl('c')) => return UserAction::Leave,
            Input::Key(Key::Ctrl('d')) if self.line.is_empty() => return UserAction::Leave,
            Input::Key(Key::Enter) if self.asking != Awaiting::Nothing => return self.enter(page),
            Input::Key(key) => self.edit(key, page),
            // A terminal that was left in that mode: the same as typing, but it never enters a line.
            Input::Paste(text) => text.trim_end_matches('\n').chars().for_each(|c| self.push(c, page)),
            Input::Click { .. } | Input::Wheel { .. } => {}
        }
        UserAction::None
    }

    /// A text that has begun can be given up without leaving the portal.
    fn drop_long(&mut self, page: &Page<'_>) {
        self.long.clear();
        self.line.clear();
        self.print.end_line();
        let text = "The text was dropped and nothing was sent. Ctrl-C again leaves the portal.";
        self.print.result(Tone::Neutral, "text-dropped", text);
        self.ask_choice(page);
    }

    fn push(&mut self, c: char, page: &Page<'_>) {
        if self.asking != Awaiting::Nothing && self.line.push(c) && !self.asks_secret(page) {
            self.print.echo(c.encode_utf8(&mut [0; 4]));
        }
    }

    fn edit(&mut self, key: Key, page: &Page<'_>) {
        if self.asking == Awaiting::Nothing {
            return;
        }
        let (before, is_secret) = (self.line.cells(), self.asks_secret(page));
        match key {
            Key::Char(c) => return self.push(c, page),
            Key::Backspace => self.line.pop(),
            Key::Ctrl('u') => self.line.clear(),
            Key::Ctrl('w') => self.line.pop_word(),
            // These have no meaning here; other control characters spoil the line.
            Key::Ctrl('d' | 'l' | 'r' | 'q' | 's') => {}
            Key::Tab | Key::Ctrl(_) => self.line.spoil(),
            // An arrow in a name is seen to do nothing; in a secret nobody would see what became of it.
            _ if is_secret => self.line.spoil(),
            _ => {}
        }
        if !is_secret {
            self.print.erase(before.saturating_sub(self.line.cells()));
        }
    }

    fn enter(&mut self, page: &Page<'_>) -> UserAction {
        self.print.end_line();
        let line = self.line.take();
        let asked = std::mem::replace(&mut self.asking, Awaiting::Nothing);
        let Ok(text) = line else {
            self.print.result(
                Tone::Bad,
                "line-refused",
                "That line is too long or holds control characters. Nothing was taken.",
            );
            self.ask_again(asked, page);
            return UserAction::None;
        };
        match asked {
            Awaiting::Field(at) => self.entered(at, text, page),
            Awaiting::Choice => self.chosen(text.trim(), page),
            Awaiting::Nothing => UserAction::None,
        }
    }

    fn chosen(&mut self, text: &str, page: &Page<'_>) -> UserAction {
        let choices = choices(page);
        match find(&choices, text) {
            Some(Choice::Leave) => UserAction::Leave,
            Some(Choice::Row(row, _)) => UserAction::Opened(row),
            Some(Choice::Fields) => {
                self.next = 0;
                self.ask(page)
            }
            Some(Choice::Action(action)) => {
                self.next = 0;
                UserAction::Pressed(action.id)
            }
            None if text == "?" => {
                self.offer(&choices, page);
                UserAction::None
            }
            None => {
                let most = choices.len() - 1;
                let text = format!("Type a number from 0 to {most}, or the word in brackets.");
                self.print.result(Tone::Bad, "choice", &text);
                self.ask_choice(page);
                UserAction::None
            }
        }
    }

    /// Asks what to do. On a page with a way back the ways around the portal are told in short, so that a
    /// person who listens is not told all of them each time; they can be taken all the same.
    fn ask_choice(&mut self, page: &Page<'_>) {
        let choices = choices(page);
        let here = choices.iter().position(Choice::is_around).filter(|_| has_back(page));
        let (here, around) = choices.split_at(here.unwrap_or(choices.len()));
        let words: Vec<_> = around.iter().map(|choice| choice.words(page)).collect();
        if words.is_empty() {
            return self.offer(here, page);
        }
        self.number(here, page);
        self.print.elsewhere(&words.join(", "));
        self.end_choices(page);
    }

    fn offer(&mut self, choices: &[Choice<'_>], page: &Page<'_>) {
        self.number(choices, page);
        self.end_choices(page);
    }

    fn number(&mut self, choices: &[Choice<'_>], page: &Page<'_>) {
        for (number, choice) in choices.iter().enumerate().skip(1) {
            self.print.choice(number, &choice.words(page), choice.id());
        }
    }

    fn end_choices(&mut self, page: &Page<'_>) {
        self.print.choice(0, &Choice::Leave.words(page), Choice::Leave.id());
        self.print.prompt(CHOICE);
        self.asking = Awaiting::Choice;
    }

    fn tell_results(&mut self, page: &Page<'_>, fresh: bool) {
        if let Some(toast) = &page.toast {
            let is_new = self.told.as_deref() != Some(toast.text.as_ref());
            if is_new {
                self.print.result(Tone::Good, toast.id, &toast.text);
                self.told = Some(toast.text.clone().into_owned());
                self.amid = false;
            }
        }
        // A notice stands until the next attempt; it is told when the page is come to or asked anew.
        if let Some(notice) = page.notice.as_ref().filter(|_| fresh || self.next == 0) {
            self.print.result(notice.tone, notice.id, &notice.text);
            self.amid = notice.tone == Tone::Bad;
        }
        // After a no it is the same list, unless it was not told yet.
        let is_told = self.listed && page.notice.as_ref().is_some_and(|notice| notice.tone == Tone::Bad);
        if (fresh || self.next == 0) && !is_told {
            self.listed = true;
            self.print.table(page);
        }
        if fresh && !is_sent(page) {
            self.tell_beginning(page);
        }
    }
}

/// True where a text was just sent and another could be written. What is done next is asked for first there, so
/// that the number of a choice is not taken for a text.
fn is_sent(page: &Page<'_>) -> bool {
    page.toast.is_some() && page.fields.first().is_some_and(|field| matches!(field.value, Value::LongText(_)))
}

fn is_secret(field: &Field<'_>) -> bool {
    matches!(field.value, Value::Secret(_))
}

fn primary<'a>(page: &'a Page<'_>) -> Option<&'a Action> {
    page.actions.iter().find(|action| is_primary(action))
}

fn has_back(page: &Page<'_>) -> bool {
    page.actions.iter().any(|action| action.kind == ActionKind::Back)
}

fn is_primary(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Primary | ActionKind::PrimaryUpperRight)
}
