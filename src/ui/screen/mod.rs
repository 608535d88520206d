//! A page on a full screen: focus, key bindings and drawing.
//!
//! The flow owns the values; the screen owns cursor, focus and scroll positions. Feed it one input at a time and
//! call [`Screen::show`] in between, so that typed-ahead keys reach the page that the keys before them opened.
//!
//! The screen is drawn after an event and never on a timer. There are no animations, spinners or ticking clocks: they
//! break `expect` scripts, make screen readers repeat themselves, cost bandwidth on slow links, and their
//! output would keep an abandoned session alive.

mod body;
mod branding;
mod chrome;
mod detail;
mod draw;
mod editor;
mod find;
mod focus;
mod keys;
mod layout;
mod line_editor;
mod meter;
mod mouse;
mod navigation;
mod overlay;
mod picture;
pub(in crate::ui) mod safe_buffer;
mod sparkline;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod wrapped_text;

pub(super) use self::draw::LastFrame;
use self::editor::Editor;
use self::focus::Focus;
use self::overlay::Overlay;
pub(super) use self::theme::Theme;
use crate::domain::accent::Accent;
use crate::flow::page::{Field, Page};
use crate::messages::Message;
use crate::terminal::capabilities::{Background, Charset, ColorDepth};

/// The state of one session's screen.
pub struct Screen {
    charset: Charset,
    accent: Accent,
    depth: ColorDepth,
    theme: Theme,
    /// The places stood beside the page when it was last drawn: Tab leads to all of them.
    has_side_bar: bool,
    /// [`Page::id`] of the current page.
    page: &'static str,
    editors: Vec<FieldEditor>,
    focus: Focus,
    interaction: Interaction,
    /// The selected row of the table.
    selected: usize,
    /// The member pages that led to this one, each with its selected row.
    trail: Vec<(&'static str, usize)>,
    /// Secrets are readable (F2).
    revealed: bool,
    mouse: bool,
    overlay: Option<Overlay>,
    /// What is looked for in the list, while it is.
    find: Option<String>,
    /// Why the last input was not inserted; shown below the focused field until the next input.
    remark: Option<Message>,
    /// The field that the page's notice asks for.
    missing: Option<usize>,
    /// Scroll position set by the person, until the next key that does not scroll.
    scrolled: Option<u16>,
    last_frame: LastFrame,
}

/// What the person did on the current page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interaction {
    /// Nothing yet: the focus can still move when more of the page arrives, such as a list.
    None,
    /// An action was pressed last, and its result is not shown yet.
    Pressed,
    /// Anything else.
    Other,
}

struct FieldEditor {
    id: &'static str,
    revision: u32,
    editor: Editor,
    /// A key sent something that was not a character.
    is_incomplete: bool,
    /// First visible row of a multi-line text.
    first_row: usize,
}

impl FieldEditor {
    fn new(field: &Field<'_>) -> Self {
        let editor = Editor::new(field.value);
        Self { id: field.id, revision: field.revision, editor, is_incomplete: false, first_row: 0 }
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").field("page", &self.page).field("focus", &self.focus).finish_non_exhaustive()
    }
}

impl Screen {
    /// A screen without a page yet.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self {
            charset,
            accent: Accent::default(),
            depth: ColorDepth::Ansi16,
            theme: Theme::of(Accent::default(), ColorDepth::Ansi16, Background::default()),
            has_side_bar: false,
            page: "",
            editors: Vec::new(),
            focus: Focus::Nothing,
            interaction: Interaction::None,
            selected: 0,
            trail: Vec::new(),
            revealed: false,
            mouse: false,
            overlay: None,
            find: None,
            remark: None,
            missing: None,
            scrolled: None,
            last_frame: LastFrame::default(),
        }
    }

    pub(super) fn has_colours(&self) -> bool {
        self.depth != ColorDepth::Mono
    }

    /// The same screen on a terminal with these colours.
    #[must_use]
    pub fn in_colours(self, accent: Accent, depth: ColorDepth, background: Background) -> Self {
        Self { accent, depth, theme: Theme::of(accent, depth, background), ..self }
    }

    /// Changes the colours to those for another background; the next frame shows them. False if they are the same.
    pub fn set_background(&mut self, background: Background) -> bool {
        let theme = Theme::of(self.accent, self.depth, background);
        std::mem::replace(&mut self.theme, theme) != theme
    }

    pub(super) fn theme(&self) -> Theme {
        self.theme
    }

    /// Adopts the current state of `page`. Call it whenever the flow may have changed the page.
    pub fn show(&mut self, page: &Page<'_>) {
        let ids = self.editors.iter().map(|editor| editor.id);
        if page.id != self.page || !ids.eq(page.fields.iter().map(|field| field.id)) {
            self.open(page);
            return;
        }
        let mut emptied = None;
        for (n, (state, field)) in self.editors.iter_mut().zip(&page.fields).enumerate() {
            if state.revision != field.revision {
                *state = FieldEditor::new(field);
                if state.editor.is_empty() {
                    emptied = emptied.or(Some(n));
                }
            }
        }
        // The flow cleared a field, so it gets the focus unless the person is typing in another one.
        let is_typing = self.interaction == Interaction::Other && matches!(self.focus, Focus::Field(_));
        if let Some(n) = emptied.filter(|_| !is_typing) {
            self.focus = Focus::Field(n);
        }
        if self.interaction == Interaction::None {
            self.focus = Self::first_focus(page);
        }
        if !page.waiting && self.interaction == Interaction::Pressed {
            self.interaction = Interaction::Other;
            self.missing = self.missing_field(page);
            let refused =
                || page.notice.as_ref().and_then(|no| page.fields.iter().position(|it| no.refuses(it)));
            self.focus = self.missing.or_else(refused).map_or(self.focus, Focus::Field);
        }
        self.settle(page);
    }

    /// Whether the page, the portal and the size alone decide what is drawn: the page was just opened, nobody has
    /// pressed anything, and nothing was drawn of it.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        // Editors and focus are as the page has them, as long as nobody has pressed anything.
        let Self { interaction, selected, revealed, overlay, remark, missing, scrolled, last_frame, .. } =
            self;
        *interaction == Interaction::None
            && *selected == 0
            && !revealed
            && (overlay.is_none() && remark.is_none() && missing.is_none() && scrolled.is_none())
            && last_frame.focus.is_none()
    }

    pub(super) fn charset(&self) -> Charset {
        self.charset
    }

    /// What keys and clicks refer to after the last frame.
    pub(super) fn last_frame(&self) -> &LastFrame {
        &self.last_frame
    }

    /// Takes `frame` for the last one: another untouched screen has drawn the same page at the same size.
    pub(super) fn has_drawn(&mut self, frame: &LastFrame) {
        self.last_frame = frame.clone();
    }

    /// The field that a notice about a missing value refers to.
    fn missing_field(&self, page: &Page<'_>) -> Option<usize> {
        let notice = page.notice.as_ref()?;
        if notice.is_about_what_is_missing() { self.first_empty() } else { None }
    }

    /// The row that was selected on `page` before, if the person comes back to it.
    fn restored_row(&mut self, page: &Page<'_>) -> usize {
        self.trail.push((self.page, self.selected));
        if page.signed_in_as.is_none() && !page.is_locked {
            self.trail.clear();
        }
        let Some(at) = self.trail.iter().position(|(id, _)| *id == page.id) else { return 0 };
        let row = self.trail[at].1;
        self.trail.truncate(at);
        row
    }

    fn open(&mut self, page: &Page<'_>) {
        self.selected = self.restored_row(page);
        self.page = page.id;
        self.interaction = Interaction::None;
        self.editors = page.fields.iter().map(FieldEditor::new).collect();
        self.revealed = false;
        self.overlay = None;
        self.find = None;
        self.remark = None;
        self.missing = None;
        self.scrolled = None;
        self.last_frame = LastFrame::default();
        self.focus = Self::first_focus(page);
        self.settle(page);
    }
}
