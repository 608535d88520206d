//! Line mode: any page of any flow as prompts, for dumb terminals, screen readers and `expect`.
//!
//! ```text
//! page -> title, sentences, table -> "Label: " for each field in turn -> primary action
//!                                     `- "?", or an empty line first -> numbered choices -> "Choice: "
//! ```
//!
//! It follows passwd(1). The contract with people and their scripts:
#![doc = include_str!("contract.md")]

mod choice;
mod fields;
mod line;
mod long;
mod print;
#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use super::{Output, UserAction};
use crate::flow::page::{ActionKind, BACK, Field, Notice, Page, Toast, Tone, Value};
use crate::terminal::input::{Input, Key, NotText};
use crate::text;
use choice::{Choice, choices, elsewhere, find, nearest, words};
use line::{Edit, InputLine, InvalidLine};
use long::LongText;
use print::Printer;

/// The contract of line mode with people and their scripts, in Markdown.
pub const CONTRACT: &str = include_str!("contract.md");

/// Bytes of unsent output above which input waits.
const MAX_UNSENT: usize = 16 * 1024;

/// What locks the session at the numbered choices; it is not listed, and a row of that name comes first.
const LOCK: &str = "lock";

/// What the current prompt asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Awaiting {
    /// There is no prompt: a request is in progress, or the next prompt is not printed yet.
    #[default]
    Nothing,
    /// The field with this index.
    Field(usize),
    /// One of the numbered choices.
    Choice,
}

/// A page as prompts.
#[derive(Debug, Default)]
pub struct Lines {
    print: Printer,
    awaiting: Awaiting,
    /// Index of the next field to ask for.
    next: usize,
    line: InputLine,
    long: LongText,
    /// The required field that was just left empty.
    left_empty: Option<usize>,
    /// The field values when the page was opened.
    initial_values: Vec<(&'static str, String)>,
    table_shown: bool,
    /// The head as it was printed before the page had its data; `None` once that has come.
    known_head: Option<Vec<String>>,
    /// The user name on the previous page.
    signed_in_as: Option<String>,
    /// The last toast, which is printed only once.
    last_toast: Option<String>,
    /// Whether the person knows if secrets are echoed.
    echo_explained: bool,
    /// From the first answer until its result, and after a refusal.
    unfinished: bool,
}

impl Lines {
    /// For a client that shows the prompts itself and hides secrets (RFC 4256).
    #[must_use]
    pub fn for_prompts() -> Self {
        Self { echo_explained: true, ..Self::new(false) }
    }

    /// With a pty we echo and end lines with CR LF. Without one any echo is the client's, and lines end with LF.
    #[must_use]
    pub fn new(has_pty: bool) -> Self {
        Self { print: Printer::new(has_pty), echo_explained: has_pty, ..Self::default() }
    }

    /// The output since the last call.
    pub fn take_output(&mut self) -> Output {
        self.print.take()
    }

    /// Prints what is new on `page` and the next prompt; `fresh` if the page was just opened.
    pub fn show(&mut self, page: &Page<'_>, fresh: bool) -> UserAction {
        self.print.speak(page.language);
        if fresh {
            (self.awaiting, self.last_toast, self.left_empty) = (Awaiting::Nothing, None, None);
            self.next = page.first_field().unwrap_or_default();
            self.unfinished = false;
            self.initial_values = fields::visible_values(page);
            self.table_shown = false;
            self.long.clear();
            let name = page.signed_in_as.filter(|name| self.signed_in_as.as_deref() != Some(name));
            self.print.head(page, name);
            self.signed_in_as = page.signed_in_as.map(str::to_owned);
            self.known_head = page.waiting.then(|| print::sentences(page).collect());
        }
        if page.waiting {
            return UserAction::None;
        }
        if let Some(known) = self.known_head.take() {
            self.print.rest_of_head(page, &known);
        }
        if self.awaiting == Awaiting::Nothing {
            self.print_results(page, fresh);
            if fresh && was_just_sent(page) {
                return self.prompt_choice(page);
            }
            return self.prompt_next(page);
        }
        UserAction::None
    }

    /// Whether there is output to send.
    #[must_use]
    pub fn has_printed(&self) -> bool {
        self.print.len() > 0
    }

    /// Whether input must wait because too much output is unsent.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.print.len() > MAX_UNSENT
    }

    /// Whether leaving now would abandon a half-filled form, or come right after a refusal.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.unfinished || self.long.is_started() || !self.line.is_empty()
    }

    /// Prints a notification, then the prompt and the text typed so far again.
    pub fn interrupt(&mut self, notification: &Toast<'_>, page: &Page<'_>) {
        if self.awaiting != Awaiting::Nothing {
            self.print.end_line();
        }
        self.print.result(Tone::Neutral, notification.id, &notification.text);
        let Some((label, _)) = self.prompt(page) else { return };
        self.print.prompt(label);
        if !self.awaits_secret(page) {
            self.print.echo(self.line.before());
            self.print.echo_after(self.line.after());
        }
    }

    /// Prints the last line of the session.
    pub fn leave(&mut self, last: &Notice<'_>) -> Output {
        if self.awaiting != Awaiting::Nothing {
            self.print.end_line();
        }
        self.print.result(last.tone, last.id, &last.text);
        self.print.take()
    }

    /// The current prompt, such as `Code`, and whether it asks for a secret; `None` during a request.
    #[must_use]
    pub fn prompt(&self, page: &Page<'_>) -> Option<(&'static str, bool)> {
        match self.awaiting {
            Awaiting::Field(_) if self.long.is_started() => Some((text!(page, "next-line-prompt"), false)),
            Awaiting::Field(at) => page.fields.get(at).map(|field| (field.label, is_secret(field))),
            Awaiting::Choice => Some((text!(page, "choice-prompt"), false)),
            Awaiting::Nothing => None,
        }
    }

    fn awaits_secret(&self, page: &Page<'_>) -> bool {
        self.prompt(page).is_some_and(|(_, is_secret)| is_secret)
    }

    /// Handles one input for the current line.
    pub fn input(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        match input {
            Input::Key(Key::Ctrl('c')) if self.long.is_started() => return self.discard_long_text(page),
            Input::Key(Key::Ctrl('c')) => return UserAction::Leave,
            Input::Key(Key::Ctrl('d')) if self.line.is_empty() => return UserAction::Leave,
            Input::Key(Key::Enter) if self.awaiting != Awaiting::Nothing => return self.enter(page),
            Input::Key(key) => self.edit(key, page),
            // Bracketed paste was left on by another program. Inserts the text but never submits it.
            Input::Paste(text) => text.trim_end_matches('\n').chars().for_each(|c| self.push(c, page)),
            Input::NotText(NotText::PastedControl) => self.refuse(InvalidLine::Control),
            Input::NotText(NotText::Typed | NotText::Pasted) => self.refuse(InvalidLine::Encoding),
            Input::Click { .. } | Input::Wheel { .. } | Input::Background(_) => {}
        }
        UserAction::None
    }

    /// Abandons a long text without leaving the portal.
    fn discard_long_text(&mut self, page: &Page<'_>) -> UserAction {
        self.long.clear();
        self.line.clear();
        self.print.end_line();
        self.print.result(Tone::Neutral, "text-dropped", text!(page, "text-discarded"));
        self.prompt_choice(page)
    }

    fn push(&mut self, c: char, page: &Page<'_>) {
        // A tab in a paste. A space is as good, and safe to print.
        let c = if c == '\t' && !self.awaits_secret(page) { ' ' } else { c };
        if self.awaiting != Awaiting::Nothing && self.line.push(c) && !self.awaits_secret(page) {
            self.print.echo(c.encode_utf8(&mut [0; 4]));
            self.print.echo_after(self.line.after());
        }
    }

    /// Whether a tab is text here, and not a key: in a text of several lines, and where no keys are sent but bytes.
    fn takes_tabs(&self, page: &Page<'_>) -> bool {
        let is_text = |at: usize| {
            let field = page.fields.get(at);
            field.is_some_and(|field| matches!(field.value, Value::LongText(_) | Value::Folded(_)))
        };
        match self.awaiting {
            Awaiting::Field(at) if is_text(at) => true,
            _ => !self.print.has_pty() && !self.awaits_secret(page),
        }
    }

    fn refuse(&mut self, why: InvalidLine) {
        if self.awaiting != Awaiting::Nothing {
            self.line.invalidate(why);
        }
    }

    fn edit(&mut self, key: Key, page: &Page<'_>) {
        if self.awaiting == Awaiting::Nothing {
            return;
        }
        let edit = match key {
            Key::Char(c) => return self.push(c, page),
            Key::Tab if self.takes_tabs(page) => return self.push(' ', page),
            Key::Backspace => Edit::Backspace,
            Key::Ctrl('u') => Edit::Clear,
            Key::Ctrl('w') => Edit::DeleteWord,
            // Without a pty the person's own terminal edits the line, and shows no cursor of ours. A control character is
            // data there, of which nothing may go unsaid.
            Key::Tab | Key::Ctrl(_) if !self.print.has_pty() => {
                return self.refuse_unless_habit(key, "dlqrs");
            }
            _ if !self.print.has_pty() => return,
            Key::Left | Key::Ctrl('b') => Edit::Left,
            Key::Right | Key::Ctrl('f') => Edit::Right,
            Key::Alt('b') => Edit::WordLeft,
            Key::Alt('f') => Edit::WordRight,
            Key::Home | Key::Ctrl('a') => Edit::Start,
            Key::End | Key::Ctrl('e') => Edit::End,
            Key::Delete | Key::Ctrl('d') => Edit::Delete,
            Key::Ctrl('k') => Edit::DeleteToEnd,
            Key::Ctrl(_) => return self.refuse_unless_habit(key, "lnpqrs"),
            // An arrow, Tab: nothing is lost by a key that does nothing.
            _ => return,
        };
        let (old, cursor) = (Zeroizing::new(self.line.typed().to_owned()), self.line.before().len());
        self.line.edit(edit);
        if !self.awaits_secret(page) {
            self.print.edited(&old, cursor, self.line.before(), self.line.after());
        }
    }

    /// A control character that is not typed by habit may belong to something that is no text at all.
    fn refuse_unless_habit(&mut self, key: Key, habits: &str) {
        if !matches!(key, Key::Ctrl(c) if habits.contains(c)) {
            self.line.invalidate(InvalidLine::Control);
        }
    }

    fn enter(&mut self, page: &Page<'_>) -> UserAction {
        self.print.end_line();
        let line = self.line.take();
        let awaiting = std::mem::replace(&mut self.awaiting, Awaiting::Nothing);
        let text = match line {
            Ok(text) => text,
            Err(why) => {
                self.print.result(Tone::Bad, "line-refused", why.message().to(page));
                return self.prompt_for(awaiting, page);
            }
        };
        match awaiting {
            Awaiting::Field(at) => self.field_entered(at, text, page),
            Awaiting::Choice => self.choice_entered(text.trim(), page),
            Awaiting::Nothing => UserAction::None,
        }
    }

    fn choice_entered(&mut self, text: &str, page: &Page<'_>) -> UserAction {
        let choices = choices(page);
        match find(&choices, page, text) {
            Some(Choice::Leave) => UserAction::Leave,
            Some(Choice::Row(row, _)) => UserAction::Opened(row),
            Some(Choice::Fields) => {
                self.next = 0;
                self.prompt_next(page)
            }
            Some(Choice::Action(action)) => {
                self.next = 0;
                UserAction::Pressed(action.id)
            }
            None if text.eq_ignore_ascii_case(LOCK) && page.signed_in_as.is_some() => UserAction::Lock,
            None if page.came_by_link && is_back(text, page) => UserAction::Pressed(BACK),
            None if text == "?" => {
                self.print_choices(&choices, page);
                self.end_choices(page)
            }
            None if text.is_empty() => self.prompt_choice(page),
            None => match elsewhere(page, text) {
                Some(place) => {
                    self.next = 0;
                    UserAction::Pressed(place)
                }
                None => self.no_such_choice(text, &choices, page),
            },
        }
    }

    /// After a typo: what was meant, and the words that can be typed, in two lines instead of the whole list.
    fn no_such_choice(&mut self, text: &str, choices: &[Choice<'_>], page: &Page<'_>) -> UserAction {
        let unknown = match nearest(choices, page, text) {
            Some(word) => text!(page, "choice-unknown-meant", word = word),
            None => text!(page, "choice-unknown").to_owned(),
        };
        self.print.result(Tone::Bad, "choice", &unknown);
        let (listed, _) = listed_and_summarised(choices, page);
        let (last, words) = (choices.len() - 1, words(listed).join(", "));
        self.print.result(Tone::Neutral, "choices", &text!(page, "choice-words", last = last, words = words));
        self.print.prompt(text!(page, "choice-prompt"));
        self.awaiting = Awaiting::Choice;
        UserAction::None
    }

    /// Prints the choices and prompts for one. On a page with a Back action the navigation is only summarised, so that
    /// screen readers do not read all of it each time; its ids and numbers still work.
    fn prompt_choice(&mut self, page: &Page<'_>) -> UserAction {
        let choices = choices(page);
        let (listed, summarised) = listed_and_summarised(&choices, page);
        self.print_choices(listed, page);
        if !summarised.is_empty() {
            let labels: Vec<_> = summarised.iter().map(|choice| choice.label(page)).collect();
            self.print.elsewhere(&labels.join(", "));
        }
        self.end_choices(page)
    }

    fn print_choices(&mut self, choices: &[Choice<'_>], page: &Page<'_>) {
        for (number, choice) in choices.iter().enumerate().skip(1) {
            self.print.choice(number, &choice.label(page), choice.id());
        }
    }

    fn end_choices(&mut self, page: &Page<'_>) -> UserAction {
        self.print.choice(0, &Choice::Leave.label(page), Choice::Leave.id());
        self.print.prompt(text!(page, "choice-prompt"));
        self.awaiting = Awaiting::Choice;
        UserAction::None
    }

    fn print_results(&mut self, page: &Page<'_>, fresh: bool) {
        if let Some(toast) = &page.toast {
            let is_new = self.last_toast.as_deref() != Some(toast.text.as_ref());
            if is_new {
                self.print.result(Tone::Good, toast.id, &toast.text);
                self.last_toast = Some(toast.text.clone().into_owned());
                self.unfinished = false;
            }
        }
        // A notice stays on the page until the next attempt. It is printed when the page opens or restarts.
        if let Some(notice) = page.notice.as_ref().filter(|_| fresh || self.next == 0) {
            self.print.result(notice.tone, notice.id, &notice.text);
            self.unfinished = notice.tone == Tone::Bad;
        }
        // A refusal does not change the table, so it is not printed again.
        let is_known =
            self.table_shown && page.notice.as_ref().is_some_and(|notice| notice.tone == Tone::Bad);
        if (fresh || self.next == 0) && !is_known {
            self.table_shown = true;
            self.print.table(page);
        }
        if fresh && !was_just_sent(page) {
            self.print_start(page);
        }
    }
}

/// `back`, or the word for it in the language of the page.
fn is_back(text: &str, page: &Page<'_>) -> bool {
    text.eq_ignore_ascii_case(BACK) || text.to_lowercase() == text!(page, "back").to_lowercase()
}

/// Whether a text was just sent and another could follow. Such a page asks for a choice first, so
/// that the number of a choice is not mistaken for a text.
fn was_just_sent(page: &Page<'_>) -> bool {
    page.toast.is_some() && page.fields.first().is_some_and(|field| matches!(field.value, Value::LongText(_)))
}

fn is_secret(field: &Field<'_>) -> bool {
    matches!(field.value, Value::Secret(_))
}

/// The navigation comes last, and is only summarised on a page with a Back action.
fn listed_and_summarised<'c, 'a>(
    choices: &'c [Choice<'a>],
    page: &Page<'_>,
) -> (&'c [Choice<'a>], &'c [Choice<'a>]) {
    let first_link = choices.iter().position(Choice::is_navigation).filter(|_| has_back(page));
    choices.split_at(first_link.unwrap_or(choices.len()))
}

fn has_back(page: &Page<'_>) -> bool {
    page.actions.iter().any(|action| action.kind == ActionKind::Back)
}
