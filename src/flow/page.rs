//! What a flow shows now, as plain data. The ui turns it into bytes; nothing here knows how.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::domain::capabilities::Capabilities;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::messages::{Label, Language, Speaks};
use crate::text;

use super::countdown::{Countdown, RefusedFor};
use super::section::Section;

/// One page. It borrows from its flow and is made again after every event.
#[expect(clippy::struct_excessive_bools, reason = "each says something else of the page")]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page<'a> {
    /// The stable id, one of [`super::PAGES`].
    pub id: &'static str,
    /// What it is written in.
    pub language: Language,
    /// What can be done where accounts and passwords live: no place of the navigation is for something else.
    pub can: Capabilities,
    /// The heading, fixed wording.
    pub title: Cow<'a, str>,
    /// Sentences between the heading and the fields, one paragraph each.
    pub intro: Vec<Cow<'a, str>>,
    /// What is known of the thing that the page is about, below the sentences.
    pub facts: Vec<Fact<'a>>,
    /// What can be typed, in the order of the Tab key.
    pub fields: Vec<Field<'a>>,
    /// What can be pressed, in the order of the Tab key, after the fields.
    pub actions: Vec<Action>,
    /// A list of things, each of which Enter may open.
    pub table: Option<Table<'a>>,
    /// Lines that are shown as they are, below the sentences of [`Page::intro`]: a picture, a list to copy.
    pub figure: Option<Figure<'a>>,
    /// When another code can be asked for; whoever shows the page says how long that takes, with [`Page::at`].
    pub countdown: Option<Countdown>,
    /// Numbers day by day, above the table.
    pub chart: Option<Chart<'a>>,
    /// What the actions of the kind [`ActionKind::Copy`] copy.
    pub copies: Vec<CopyText<'a>>,
    /// Sentences below everything else: hints, the support contact.
    pub outro: Vec<Cow<'a, str>>,
    /// The answer to what was just done, next to the form.
    pub notice: Option<Notice<'a>>,
    /// A passing message in the upper right corner.
    pub toast: Option<Toast<'a>>,
    /// The places of the portal, on a member's page that belongs to one.
    pub places: Option<Places>,
    /// Who is signed in, for the title line; `None` for a guest, and where [`Page::is_locked`].
    pub signed_in_as: Option<&'a str>,
    /// True when it hides another page of the member's: nothing of that one may stay in the terminal.
    pub is_locked: bool,
    /// True while a request is under way: the ui says so and shows nothing as active.
    pub waiting: bool,
    /// True when leaving now would lose something typed; the ui asks once.
    pub unsaved: bool,
    /// What the ui asks then, where something else than typed text would be lost.
    pub leaving: Option<&'static str>,
    /// A link led here: `back` leads to where it was, also where no button says so.
    pub came_by_link: bool,
}

/// The id of every [`ActionKind::Back`].
pub const BACK: &str = "back";

/// Building a page, one part after the other.
impl<'a> Page<'a> {
    pub(super) fn title(self, title: impl Into<Cow<'a, str>>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// One more paragraph above the fields.
    pub(super) fn intro(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.intro.push(text.into());
        self
    }

    /// One more paragraph below everything else.
    pub(super) fn outro(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.outro.push(text.into());
        self
    }

    /// More facts.
    pub(super) fn facts(mut self, facts: impl IntoIterator<Item = Fact<'a>>) -> Self {
        self.facts.extend(facts);
        self
    }

    pub(super) fn field(self, field: Field<'a>) -> Self {
        self.fields([field])
    }

    pub(super) fn fields(mut self, fields: impl IntoIterator<Item = Field<'a>>) -> Self {
        self.fields.extend(fields);
        self
    }

    pub(super) fn table(self, table: Table<'a>) -> Self {
        Self { table: Some(table), ..self }
    }

    pub(super) fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    pub(super) fn link(self, id: &'static str, label: &'static str) -> Self {
        self.action(Action::link(id, label))
    }

    /// An action that copies `text` to the clipboard of the person's terminal. Only a screen offers it; line mode prints what
    /// there is to copy.
    pub(super) fn copy(
        mut self,
        id: &'static str,
        label: &'static str,
        text: impl Into<Cow<'a, str>>,
    ) -> Self {
        self.copies.push(CopyText { action: id, text: text.into() });
        self.action(Action { id, label, kind: ActionKind::Copy, active: true })
    }

    pub(super) fn back(self, label: &'static str) -> Self {
        self.action(Action::back(label))
    }

    /// Nothing on it is the member's, not even the name.
    pub(super) fn hidden(self) -> Self {
        Self { is_locked: true, signed_in_as: None, ..self }
    }

    pub(super) fn unsaved(self, unsaved: bool) -> Self {
        Self { unsaved, ..self }
    }

    /// The navigation, behind the page's own actions; `section` is where the page belongs.
    pub(super) fn within(mut self, section: Section) -> Self {
        self.actions.extend(section.navigation(self.id, self.language, self.can));
        self.belonging_to(section)
    }

    /// It belongs to `section`, and its navigation is still to come.
    pub(super) fn belonging_to(self, section: Section) -> Self {
        Self { places: Some(section.places(self.id, self.can)), ..self }
    }
}

impl Speaks for Page<'_> {
    fn language(&self) -> Language {
        self.language
    }
}

impl Page<'_> {
    /// The field that a person begins with: the first that is empty and may not stay so. When there is none, the
    /// person came to change something: the first field.
    #[must_use]
    pub fn first_field(&self) -> Option<usize> {
        let is_due = |field: &Field<'_>| field.value.expose().is_empty() && !field.optional;
        self.fields.iter().position(is_due).or_else(|| (!self.fields.is_empty()).then_some(0))
    }

    /// The button that Enter in the last field presses.
    #[must_use]
    pub fn primary(&self) -> Option<&Action> {
        self.actions.iter().find(|action| action.kind.is_primary())
    }

    /// The same page as a value of its own, if it has nothing of anybody's: nobody is signed in, no field holds or says
    /// anything, nothing was asked or answered.
    #[must_use]
    pub fn without_a_person(&self) -> Option<Page<'static>> {
        let owned = |text: &Cow<'_, str>| text.clone().into_owned().into();
        let page = Page {
            id: self.id,
            language: self.language,
            title: owned(&self.title),
            intro: self.intro.iter().map(owned).collect(),
            fields: self.fields.iter().map(Field::if_empty).collect::<Option<_>>()?,
            actions: self.actions.clone(),
            outro: self.outro.iter().map(owned).collect(),
            leaving: self.leaving,
            ..Page::default()
        };
        // Whatever else it has is missing in the copy.
        (*self == page).then_some(page)
    }

    /// What the action `id` copies, if it copies anything.
    #[must_use]
    pub fn copied_by(&self, id: &str) -> Option<&str> {
        self.copies.iter().find(|copy| copy.action == id).map(|copy| copy.text.as_ref())
    }

    /// The page at this moment: how long a wait still takes is said in the notice of it, or behind the first paragraph
    /// below everything else.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        if let Some(notice) = &mut self.notice
            && let Some(refused_for) = notice.refused_for.take()
        {
            match refused_for.message_at(now) {
                Some(message) => notice.text = message.to(&self.language).into(),
                None => *notice = Notice::neutral(notice.id, text!(self.language, "refused-over")),
            }
        }
        if let Some(countdown) = &self.countdown {
            let sentence = countdown.message(now).to(&self.language);
            match self.outro.first_mut() {
                Some(first) => first.to_mut().extend([" ", &sentence]),
                None => self.outro.push(sentence.into()),
            }
        }
        self
    }

    /// When the next wait that it tells is over.
    #[must_use]
    pub fn wait_ends(&self, now: Timestamp) -> Option<Timestamp> {
        let refused_for = self.notice.as_ref().and_then(|notice| notice.refused_for.as_ref());
        let ends = [self.countdown.map(|it| it.until), refused_for.map(|it| it.wait.until)];
        ends.into_iter().flatten().filter(|until| *until > now).min()
    }

    /// The same page without the actions that copy, for a terminal that has no clipboard to copy to.
    #[must_use]
    pub fn without_copying(mut self) -> Self {
        self.copies.clear();
        self.actions.retain(|action| action.kind != ActionKind::Copy);
        self
    }

    /// True when there are rows to choose from.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        self.table.as_ref().is_some_and(|table| !table.rows.is_empty())
    }
}

/// A label and what it is about, `Last used: never`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<'a> {
    /// The label, fixed wording, without a colon.
    pub label: &'static str,
    /// What is so.
    pub value: Cow<'a, str>,
}

impl<'a> Fact<'a> {
    pub(super) fn new(label: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        Self { label, value: value.into() }
    }
}

/// One thing that can be typed.
#[derive(Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Stable id within the page, `password`.
    pub id: &'static str,
    /// The label, fixed wording. Line mode asks with it and `: `.
    pub label: &'static str,
    /// What it holds now. The flow owns it; the ui owns the cursor.
    pub value: Value<'a>,
    /// Raised each time the *flow* changes the value (a prefill, a wiped password), so that the ui takes the
    /// new value instead of its own.
    pub revision: u32,
    /// The most characters it takes; more are not accepted while typing.
    pub max_chars: usize,
    /// One line below the field: a requirement, or a live word about what was typed.
    pub hint: Option<Hint<'a>>,
    /// True when it may stay empty. Only line mode, which asks one thing after the other, needs to know.
    pub optional: bool,
}

impl Field<'_> {
    /// The same field, which may stay empty.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same field as a value of its own, if it holds nothing.
    fn if_empty(&self) -> Option<Field<'static>> {
        static NOTHING: LazyLock<Secret> = LazyLock::new(Secret::default);
        let &Self { id, label, value, revision, max_chars, ref hint, optional } = self;
        let value = match value {
            Value::Text(_) => Value::Text(""),
            Value::Secret(_) => Value::Secret(&NOTHING),
            Value::Code(_) => Value::Code(""),
            Value::LongText(_) => Value::LongText(""),
            Value::Folded(_) => Value::Folded(""),
            Value::Checkbox(_) => Value::Checkbox(false),
        };
        let is_empty = self.value == value && hint.is_none();
        is_empty.then_some(Field { id, label, value, revision, max_chars, hint: None, optional })
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Shown as typed.
    Text(&'a str),
    /// Shown as bullets unless the person asks to see it; never echoed by line mode.
    Secret(&'a Secret),
    /// A one-time code: shown in groups of four, upper case.
    Code(&'a str),
    /// Several sentences: a taller field, its text broken where it must be; Enter begins a new line.
    LongText(&'a str),
    /// One line that is longer than a field is wide: a taller field that wraps it.
    Folded(&'a str),
    /// [`TICKED`] or nothing: a box that the space bar ticks; line mode asks for `yes`.
    Checkbox(bool),
}

/// What [`super::Event::Typed`] brings for a ticked [`Value::Checkbox`]; it is empty for one that is not.
pub const TICKED: &str = "yes";

/// The value of a [`Value::Checkbox`].
#[must_use]
pub const fn tick(ticked: bool) -> &'static str {
    if ticked { TICKED } else { "" }
}

impl Value<'_> {
    /// The text behind the value, secret or not.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Text(text) | Self::Code(text) | Self::LongText(text) | Self::Folded(text) => text,
            Self::Secret(secret) => secret.expose(),
            Self::Checkbox(ticked) => tick(*ticked),
        }
    }
}

/// A passing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast<'a> {
    /// Stable id, `password-reset`; API for scripts.
    pub id: &'static str,
    /// The words.
    pub text: Cow<'a, str>,
}

/// A line below a field.
#[derive(Debug, PartialEq, Eq)]
pub struct Hint<'a> {
    /// Stable id, `passwords-differ`; API for scripts.
    pub id: &'static str,
    /// How the line is meant. The ui may colour by it, but the words alone must do.
    pub tone: Tone,
    /// The words.
    pub text: Cow<'a, str>,
    /// What the words say, as a meter that a screen draws before them.
    pub meter: Option<Meter>,
}

/// So much of a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// From 0 to [`Meter::FULL`].
    pub level: u8,
}

impl Meter {
    /// The highest level.
    pub const FULL: u8 = 5;
}

/// How a sentence is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A fact.
    Neutral,
    /// A success.
    Good,
    /// Something that should not stay so.
    Warning,
    /// A failure, with what to do next.
    Bad,
}

impl Tone {
    /// The prefix that says it without colour.
    #[must_use]
    pub fn prefix(self, speaks: &impl Speaks) -> &'static str {
        match self {
            Self::Neutral | Self::Warning => text!(speaks, "tone-note"),
            Self::Good => text!(speaks, "tone-good"),
            Self::Bad => text!(speaks, "tone-bad"),
        }
    }
}

/// One thing that can be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// Stable id within the page, `send-code`.
    pub id: &'static str,
    /// The words on it, fixed wording.
    pub label: &'static str,
    /// Where and how it is shown.
    pub kind: ActionKind,
    /// False while pressing it could only be refused; shown, but not pressable.
    pub active: bool,
}

impl Action {
    pub(super) const fn primary(id: &'static str, label: &'static str) -> Self {
        Self { id, label, kind: ActionKind::Primary, active: true }
    }

    pub(super) const fn link(id: &'static str, label: &'static str) -> Self {
        Self { id, label, kind: ActionKind::Link, active: true }
    }

    pub(super) const fn destructive(id: &'static str, label: &'static str) -> Self {
        Self { id, label, kind: ActionKind::Destructive, active: true }
    }

    pub(super) const fn back(label: &'static str) -> Self {
        Self { id: BACK, label, kind: ActionKind::Back, active: true }
    }

    pub(super) const fn active_if(self, active: bool) -> Self {
        Self { active, ..self }
    }
}

/// Where and how an action is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// The button that Enter in the last field presses; below the fields.
    Primary,
    /// The same, but in the upper right corner of the page.
    PrimaryUpperRight,
    /// Another way on, beside or below the button.
    Link,
    /// Like a link, but it stays on the page: it copies a text of [`Page::copies`] to the clipboard of the person's
    /// terminal.
    Copy,
    /// What cannot simply be undone: shown like a link, but no page begins on it and the space bar does not
    /// press it, so that one key too many does no harm.
    Destructive,
    /// The way back, also reached with Esc.
    Back,
    /// One of the portal's sections, above every page of a member.
    Section {
        /// The page belongs to it.
        here: bool,
    },
    /// One of the pages of a section, below the sections.
    Tab {
        /// It is this page.
        here: bool,
    },
    /// Signing out, behind the sections and numbered with them: its number only moves the focus to it, so that
    /// one key too many ends nothing.
    Exit,
}

impl ActionKind {
    /// True for the button of a form.
    #[must_use]
    pub const fn is_primary(self) -> bool {
        matches!(self, Self::Primary | Self::PrimaryUpperRight)
    }

    /// True for what leads around the portal rather than on from this page.
    #[must_use]
    pub const fn is_navigation(self) -> bool {
        matches!(self, Self::Section { .. } | Self::Tab { .. } | Self::Exit)
    }
}

/// What an action copies to the clipboard of the person's terminal.
#[derive(PartialEq, Eq)]
pub struct CopyText<'a> {
    /// [`Action::id`].
    pub action: &'static str,
    /// As it is to be pasted; it may be a secret.
    pub text: Cow<'a, str>,
}

impl std::fmt::Debug for CopyText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CopyText({})", self.action)
    }
}

/// A place of the portal. Its number is its position, from 1 on; signing out is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The id of the action that goes there, `settings/keys`.
    pub id: &'static str,
    /// The words for it.
    pub label: Label,
    /// True for the tabs of the settings, which a narrow screen shows only there.
    pub is_tab: bool,
}

/// All places, and which one the page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// In their order.
    pub all: &'static [Place],
    /// The index of the page's.
    pub here: usize,
    /// The page is the place itself and not one behind it.
    pub is_it: bool,
}

impl Places {
    /// The place with this number.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Option<&'static Place> {
        number.checked_sub(1).and_then(|n| self.all.get(n))
    }

    /// Where one can go to from here.
    pub fn others(self) -> impl Iterator<Item = &'static Place> {
        let Self { all, here, is_it } = self;
        all.iter().enumerate().filter(move |(n, _)| !(is_it && *n == here)).map(|(_, place)| place)
    }
}

/// Lines that are shown as they are.
#[derive(Debug, PartialEq, Eq)]
pub struct Figure<'a> {
    /// The lines, all of one width when it is a picture.
    pub lines: Vec<Cow<'a, str>>,
    /// What it shows, for those who cannot see it; line mode says this instead of a picture.
    pub alt: Cow<'a, str>,
    /// Set for a picture made of cells: dark on light whatever the terminal's colours are, and only where all of it fits.
    pub picture: Option<PictureNeeds>,
}

/// Numbers that people would rather look at than read.
#[derive(Debug, PartialEq, Eq)]
pub struct Chart<'a> {
    /// Each a row.
    pub series: Vec<Series>,
    /// What they show in words: in line mode, and on terminals that show ASCII only.
    pub alt: Cow<'a, str>,
}

/// A row of numbers, one a day, today's last.
#[derive(Debug, PartialEq, Eq)]
pub struct Series {
    /// Fixed wording.
    pub label: &'static str,
    /// The numbers.
    pub counts: Vec<u32>,
    /// How they are meant.
    pub tone: Tone,
}

/// What is said where a picture cannot be shown; where there is no room for it at all, [`Figure::alt`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureNeeds {
    /// The terminal shows ASCII only.
    pub utf8: &'static str,
    /// The terminal shows no colours, so nobody knows which of its own is the light one.
    pub colours: &'static str,
    /// There is no room for it beside the page, but on the whole screen, which F3 shows it on.
    pub whole_screen: &'static str,
}

/// Columns for the page beside a picture, with what is between the two.
pub const COLUMNS_BESIDE_A_PICTURE: u16 = 39;
/// Rows for the title above a picture and the key hints below it.
pub const ROWS_AROUND_A_PICTURE: u16 = 2;

/// A list of things.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table<'a> {
    /// Heading of each column, fixed wording.
    pub columns: Vec<&'static str>,
    /// The rows, each with one cell a column.
    pub rows: Vec<Vec<Cow<'a, str>>>,
    /// What is known of each row, for wide screens; empty where no row has more to say.
    pub details: Vec<Vec<Fact<'a>>>,
    /// The index of a column that every screen shows, besides the first, however narrow it is.
    pub always: Option<usize>,
    /// Cells that tell of a refusal.
    pub refused: Option<RefusedCells>,
    /// True when Enter on a row opens it ([`super::Event::Opened`]).
    pub opens: bool,
    /// True for a list of facts about one thing: line mode says each as `Username: ada`.
    pub is_facts: bool,
    /// What is shown without a row: why there is none, and what to do next.
    pub empty: Cow<'a, str>,
}

impl<'a> Table<'a> {
    /// A list of facts about one thing, each of which can be opened.
    pub(crate) fn facts(
        columns: [&'static str; 2],
        rows: impl IntoIterator<Item = Vec<Cow<'a, str>>>,
    ) -> Self {
        let rows = rows.into_iter().collect();
        Self { columns: columns.into(), rows, opens: true, is_facts: true, ..Self::default() }
    }

    /// A table whose rows can be opened.
    pub(super) fn opening<const N: usize, T: Into<Cow<'a, str>>>(
        columns: [&'static str; N],
        rows: impl IntoIterator<Item = [T; N]>,
    ) -> Self {
        let rows = rows.into_iter().map(|row| row.map(Into::into).into()).collect();
        Self { columns: columns.into(), rows, opens: true, ..Self::default() }
    }

    /// In these rows, the column with this index tells of a refusal.
    pub(super) fn refused_in(self, column: usize, rows: impl IntoIterator<Item = usize>) -> Self {
        Self { refused: Some(RefusedCells { column, rows: rows.into_iter().collect() }), ..self }
    }

    /// Every screen shows the column with this index.
    pub(super) fn always_showing(self, column: usize) -> Self {
        Self { always: Some(column), ..self }
    }

    /// What is known of each row.
    pub(super) fn with_details(self, details: impl IntoIterator<Item = Vec<Fact<'a>>>) -> Self {
        Self { details: details.into_iter().collect(), ..self }
    }

    /// What is shown without a row.
    pub(super) fn or_empty(self, text: impl Into<Cow<'a, str>>) -> Self {
        Self { empty: text.into(), ..self }
    }
}

/// Cells of one column of a table that tell of a refusal.
#[derive(Debug, PartialEq, Eq)]
pub struct RefusedCells {
    /// The column's index.
    pub column: usize,
    /// The indexes of the rows.
    pub rows: Vec<usize>,
}

/// The answer to what was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice<'a> {
    /// How it is meant.
    pub tone: Tone,
    /// Stable id, `code-refused`; API for scripts.
    pub id: &'static str,
    /// What happened, what was not changed, what to do next.
    pub text: Cow<'a, str>,
    /// What is refused for some time: the text tells how long, and [`Page::at`] how long it still is.
    pub refused_for: Option<Box<RefusedFor>>,
}

impl<'a> Notice<'a> {
    const MISSING: &'static str = "missing";

    pub(crate) fn new(tone: Tone, id: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self { tone, id, text: text.into(), refused_for: None }
    }

    pub(crate) fn good(id: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Tone::Good, id, text)
    }

    pub(crate) fn neutral(id: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Tone::Neutral, id, text)
    }

    pub(crate) fn warning(id: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Tone::Warning, id, text)
    }

    pub(crate) fn bad(id: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Tone::Bad, id, text)
    }

    /// A refusal that is over by itself.
    pub(super) fn waiting(id: &'static str, refused_for: RefusedFor, speaks: &impl Speaks) -> Self {
        let text = refused_for.message().to(speaks);
        Self { refused_for: Some(Box::new(refused_for)), ..Self::bad(id, text) }
    }

    /// Nothing was done because a field is empty.
    #[must_use]
    pub fn missing(text: impl Into<Cow<'a, str>>) -> Self {
        Self::bad(Self::MISSING, text)
    }

    /// True for what [`Notice::missing`] made.
    #[must_use]
    pub fn is_about_what_is_missing(&self) -> bool {
        self.id == Self::MISSING
    }

    /// True when it refuses what `field` holds: its id begins with the field's.
    #[must_use]
    pub fn refuses(&self, field: &Field<'_>) -> bool {
        // One refusal is about all fields of a kind: link-refused about link-1 and link-2.
        let kind = field.id.trim_end_matches(|c: char| c == '-' || c.is_ascii_digit());
        self.tone == Tone::Bad && self.id.strip_prefix(kind).is_some_and(|rest| rest.starts_with('-'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time_zone::TimeZone;
    use crate::domain::wait::{Wait, WaitLimit};

    #[test]
    fn a_wait_is_told_where_the_page_says_what_to_do_meanwhile() {
        let countdown = Some(Countdown { until: Timestamp::from_epoch_ms(5_000) });
        let page = Page { countdown, ..Page::default().outro("Nothing there?").outro("Help.") };
        let page = page.at(Timestamp::from_epoch_ms(0));
        assert_eq!(page.outro, ["Nothing there? You can ask for another code in 5 seconds.", "Help."]);
    }

    #[test]
    fn a_notice_of_a_wait_says_what_is_left_and_when_it_is_over() {
        let at = Timestamp::from_epoch_ms;
        let page = || {
            let wait = Wait::until(at(30_000), WaitLimit::Name).told_at(at(0));
            let refused_for = RefusedFor { wait, zone: TimeZone::default(), can_reset: true };
            Page {
                notice: Some(Notice::waiting("too-soon", refused_for, &Language::English)),
                ..Page::default()
            }
        };
        let told =
            |ms| page().at(at(ms)).notice.map(|notice| (notice.tone, notice.text.into_owned())).unwrap();
        assert!(told(10_000).1.contains("Try again in 20 seconds."), "{}", told(10_000).1);
        assert_eq!(told(30_000), (Tone::Neutral, "You can try again now.".to_owned()));
        assert_eq!(page().wait_ends(at(10_000)), Some(at(30_000)));
        assert_eq!(page().wait_ends(at(30_000)), None);
        let countdown = Some(Countdown { until: at(20_000) });
        assert_eq!(Page { countdown, ..page() }.wait_ends(at(10_000)), Some(at(20_000)), "the next one");
        assert_eq!(Page { countdown, ..page() }.wait_ends(at(20_000)), Some(at(30_000)));
    }
}
