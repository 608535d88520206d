//! A page on a full screen: which item has the keys, what the keys do, how it is drawn.
//!
//! The flow owns the values; a screen owns the cursor, the focus and what is scrolled where. Feed it one
//! input at a time and [`Screen::show`] it the page in between: what was typed ahead then goes to what
//! the input before it led to.

mod body;
mod chrome;
mod draw;
mod editor;
mod focus;
mod keys;
mod line_editor;
mod mouse;
mod navigation;
mod overlay;
mod picture;
mod plan;
mod rows;
mod safe_buffer;
mod table;
#[cfg(test)]
mod tests;
mod text;

use self::draw::LastFrame;
use self::editor::Editor;
use self::focus::Focus;
use self::overlay::Overlay;
use crate::flow::page::{Field, Page};
use crate::terminal::capabilities::Charset;

/// The state of one session's screen.
pub struct Screen {
    charset: Charset,
    /// The page that is shown, [`Page::id`].
    page: &'static str,
    editors: Vec<FieldEditor>,
    focus: Focus,
    done: Interaction,
    /// The selected row of the table.
    selected: usize,
    /// The pages of a member that led to this one, and which row was selected there.
    trail: Vec<(&'static str, usize)>,
    /// Secrets are readable (F2).
    revealed: bool,
    mouse: bool,
    overlay: Option<Overlay>,
    /// Why the last thing typed did not go in; below the focused field until the next input.
    remark: Option<String>,
    /// The field that the page's notice asks to fill in.
    missing: Option<usize>,
    /// How far the person scrolled by hand; until the next key that does something else.
    scrolled: Option<u16>,
    drawn: LastFrame,
}

/// What the person did on the page that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interaction {
    /// Nothing yet: the focus may follow what is still coming, such as a list.
    Nothing,
    /// Something was pressed last, and what came of it is not shown yet.
    Pressed,
    /// Anything else.
    Something,
}

struct FieldEditor {
    id: &'static str,
    revision: u32,
    editor: Editor,
    /// The first row that is shown of a text that has several.
    first_row: usize,
}

impl FieldEditor {
    fn new(field: &Field<'_>) -> Self {
        Self { id: field.id, revision: field.revision, editor: Editor::new(field.value), first_row: 0 }
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").field("page", &self.page).field("focus", &self.focus).finish_non_exhaustive()
    }
}

impl Screen {
    /// A screen in the characters of `charset` that shows nothing yet.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self {
            charset,
            page: "",
            editors: Vec::new(),
            focus: Focus::Nothing,
            done: Interaction::Nothing,
            selected: 0,
            trail: Vec::new(),
            revealed: false,
            mouse: false,
            overlay: None,
            remark: None,
            missing: None,
            scrolled: None,
            drawn: LastFrame::default(),
        }
    }

    /// Takes over what changed in `page`. To be called whenever the flow may have changed it.
    pub fn show(&mut self, page: &Page<'_>) {
        let ids = self.editors.iter().map(|editor| editor.id);
        if page.id != self.page || !ids.eq(page.fields.iter().map(|field| field.id)) {
            self.open(page);
            return;
        }
        let mut emptied = None;
        for (n, (ours, field)) in self.editors.iter_mut().zip(&page.fields).enumerate() {
            if ours.revision != field.revision {
                *ours = FieldEditor::new(field);
                if ours.editor.is_empty() {
                    emptied = emptied.or(Some(n));
                }
            }
        }
        // The flow wiped what was typed: it is to be typed again, unless another field is just being typed.
        let is_typing = self.done == Interaction::Something && matches!(self.focus, Focus::Field(_));
        if let Some(n) = emptied.filter(|_| !is_typing) {
            self.focus = Focus::Field(n);
        }
        if self.done == Interaction::Nothing {
            self.focus = Self::first_focus(page);
        }
        if !page.waiting && self.done == Interaction::Pressed {
            self.done = Interaction::Something;
            self.missing = self.what_is_missing(page);
            let refused =
                || page.notice.as_ref().and_then(|no| page.fields.iter().position(|it| no.refuses(it)));
            self.focus = self.missing.or_else(refused).map_or(self.focus, Focus::Field);
        }
        self.settle(page);
    }

    /// The field that a notice about something missing is about.
    fn what_is_missing(&self, page: &Page<'_>) -> Option<usize> {
        let notice = page.notice.as_ref()?;
        if notice.is_about_what_is_missing() { self.first_empty() } else { None }
    }

    /// The row that was selected when `page` led on to what is now come back from.
    fn row_left_at(&mut self, page: &Page<'_>) -> usize {
        self.trail.push((self.page, self.selected));
        if page.signed_in_as.is_none() {
            self.trail.clear();
        }
        let Some(at) = self.trail.iter().position(|(id, _)| *id == page.id) else { return 0 };
        let row = self.trail[at].1;
        self.trail.truncate(at);
        row
    }

    fn open(&mut self, page: &Page<'_>) {
        self.selected = self.row_left_at(page);
        self.page = page.id;
        self.done = Interaction::Nothing;
        self.editors = page.fields.iter().map(FieldEditor::new).collect();
        self.revealed = false;
        self.overlay = None;
        self.remark = None;
        self.missing = None;
        self.scrolled = None;
        self.drawn = LastFrame::default();
        self.focus = Self::first_focus(page);
        self.settle(page);
    }
}
