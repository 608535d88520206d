//! The text and cursor of one field. Plain text uses tui-input; secrets and codes use an editor that wipes
//! its memory.

use tui_input::{Input as TextInput, InputRequest};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use zeroize::Zeroizing;

use super::line_editor::LineEditor;
use super::text::{GRAPHEME_MAX, clean, is_invisible};
use super::wrapped_text::WrappedText;
use crate::flow::page::{Value, tick};
use crate::terminal::capabilities::Charset;
use crate::terminal::input::Key;

/// The editor of one field.
pub(super) enum Editor {
    Text(TextInput),
    /// Multi-line text, in which Enter starts a new line and some keys move by rows.
    LongText(TextInput),
    Secret(LineEditor),
    Code(LineEditor),
    Checkbox(bool),
}

/// The effect of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EditorChange {
    None,
    Cursor,
    Value,
}

/// The effect of typed or pasted text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Inserted {
    /// The value changed.
    pub(super) changed: bool,
    /// The text did not fit completely.
    pub(super) full: bool,
}

impl Editor {
    pub(super) fn new(value: Value<'_>) -> Self {
        match value {
            Value::Checkbox(ticked) => Self::Checkbox(ticked),
            Value::Text(text) | Value::Folded(text) => Self::Text(TextInput::new(text.to_owned())),
            Value::LongText(text) => Self::LongText(TextInput::new(text.to_owned())),
            Value::Secret(secret) => Self::Secret(LineEditor::new(secret.expose())),
            Value::Code(code) => Self::Code(LineEditor::new(&Zeroizing::new(
                code.chars().filter_map(code_char).collect::<String>(),
            ))),
        }
    }

    pub(super) fn value(&self) -> &str {
        match self {
            Self::Text(input) | Self::LongText(input) => input.value(),
            Self::Secret(line) | Self::Code(line) => line.value(),
            Self::Checkbox(ticked) => tick(*ticked),
        }
    }

    /// Whether the field is still to be filled in. A checkbox never is.
    pub(super) fn is_empty(&self) -> bool {
        !matches!(self, Self::Checkbox(_)) && self.value().is_empty()
    }

    /// Handles an editing key; `None` for any other key.
    pub(super) fn key(&mut self, key: Key) -> Option<EditorChange> {
        let request = request(key)?;
        let value_before = self.value().len();
        let changed = match self {
            Self::Text(input) | Self::LongText(input) => input.handle(request).is_some(),
            Self::Secret(line) | Self::Code(line) => line.handle(request),
            Self::Checkbox(_) => false,
        };
        Some(match changed {
            _ if self.value().len() != value_before => EditorChange::Value,
            true => EditorChange::Cursor,
            false => EditorChange::None,
        })
    }

    /// Handles a key that moves by rows of at most `width` columns in a multi-line text; `None` for any other key, or
    /// if it leads out of the text.
    pub(super) fn row_key(&mut self, key: Key, width: usize, charset: Charset) -> Option<EditorChange> {
        let Self::LongText(input) = self else { return None };
        let (text, cursor) = (input.value(), byte_at(input.value(), input.cursor()));
        let rows = WrappedText::new(text, width, charset);
        let (here, row) = rows.row_at(cursor);
        let column = rows.columns(row.start..cursor);
        let (to, deleted) = match key {
            Key::Up | Key::Ctrl('p') if here > 0 => (rows.offset_at(here - 1, column), None),
            Key::Down | Key::Ctrl('n') if here + 1 < rows.len() => (rows.offset_at(here + 1, column), None),
            Key::Home | Key::Ctrl('a') => (row.start, None),
            Key::End | Key::Ctrl('e') => (rows.offset_at(here, usize::MAX), None),
            Key::Ctrl('u') => (row.start, Some(row.start..cursor)),
            // At the end of a row it joins the next one, as in Emacs.
            Key::Ctrl('k') if row.end == cursor => (cursor, Some(cursor..text.len().min(cursor + 1))),
            Key::Ctrl('k') => (cursor, Some(cursor..row.end)),
            _ => return None,
        };
        let new_cursor = text[..to].chars().count();
        let Some(deleted) = deleted.filter(|deleted| !deleted.is_empty()) else {
            input.handle(InputRequest::SetCursor(new_cursor));
            return Some(if to == cursor { EditorChange::None } else { EditorChange::Cursor });
        };
        let rest = [&text[..deleted.start], &text[deleted.end..]].concat();
        *input = TextInput::new(rest).with_cursor(new_cursor);
        Some(EditorChange::Value)
    }

    /// Whether Enter inserts a line break.
    pub(super) const fn is_long(&self) -> bool {
        matches!(self, Self::LongText(_))
    }

    /// The text and the byte offset of the cursor, for editors that can take several rows.
    pub(super) fn text(&self) -> Option<(&str, usize)> {
        let (Self::Text(input) | Self::LongText(input)) = self else { return None };
        Some((input.value(), byte_at(input.value(), input.cursor())))
    }

    /// Inserts the valid characters of `text` up to `max_chars`. A secret is inserted completely or not at
    /// all: a password that was truncated unseen would lock its owner out.
    pub(super) fn insert(&mut self, text: &str, max_chars: usize) -> Inserted {
        let text = text.strip_suffix('\n').filter(|_| !self.is_long()).unwrap_or(text);
        let mut remaining = max_chars.saturating_sub(self.value().chars().count());
        let count = text.chars().filter_map(|c| self.accepted(c)).count();
        let mut inserted = Inserted { changed: false, full: count > remaining };
        if matches!(self, Self::Secret(_)) && inserted.full {
            return inserted;
        }
        for c in text.chars() {
            let Some(c) = self.accepted(c).filter(|c| remaining > 0 && !self.is_zalgo(*c)) else {
                continue;
            };
            remaining -= 1;
            inserted.changed = true;
            match self {
                Self::Text(input) | Self::LongText(input) => {
                    input.handle(InputRequest::InsertChar(c));
                }
                Self::Secret(line) | Self::Code(line) => line.insert(c),
                Self::Checkbox(_) => {}
            }
        }
        inserted
    }

    /// The character to insert for `c`, if any.
    fn accepted(&self, c: char) -> Option<char> {
        match self {
            Self::LongText(_) if c == '\n' => Some('\n'),
            Self::Text(_) | Self::LongText(_) if matches!(c, '\n' | '\t') => Some(' '),
            Self::Text(_) | Self::LongText(_) | Self::Secret(_) => (!is_invisible(c)).then_some(c),
            Self::Code(_) => code_char(c),
            Self::Checkbox(_) => None,
        }
    }

    /// Toggles a checkbox; `false` for any other field.
    pub(super) fn toggle(&mut self) -> bool {
        if let Self::Checkbox(ticked) = self {
            *ticked = !*ticked;
        }
        matches!(self, Self::Checkbox(_))
    }

    /// Whether `c` would be one combining mark too many on one character.
    fn is_zalgo(&self, c: char) -> bool {
        let (text, cursor) = match self {
            Self::Text(input) | Self::LongText(input) => (input.value(), input.cursor()),
            Self::Secret(line) | Self::Code(line) => (line.value(), line.cursor_chars()),
            Self::Checkbox(_) => return false,
        };
        let is_mark = |c: &char| c.width() == Some(0);
        is_mark(&c)
            && text[..byte_at(text, cursor)].chars().rev().take_while(is_mark).count() + 2 > GRAPHEME_MAX
    }

    /// The displayed text and the column of the cursor in it.
    pub(super) fn shown(&self, revealed: bool, charset: Charset) -> (Zeroizing<String>, usize) {
        match self {
            Self::Text(input) | Self::LongText(input) => {
                readable(input.value(), byte_at(input.value(), input.cursor()), charset)
            }
            Self::Secret(line) if revealed => readable(line.value(), line.cursor_bytes(), charset),
            Self::Secret(line) => {
                let bullet = if charset == Charset::Utf8 { "•" } else { "*" };
                (Zeroizing::new(bullet.repeat(line.graphemes())), line.cursor_graphemes())
            }
            Self::Code(line) => grouped(line),
            Self::Checkbox(ticked) => (Zeroizing::new(if *ticked { "x" } else { " " }.to_owned()), 0),
        }
    }
}

/// Byte offset of character `n` of `text`.
fn byte_at(text: &str, n: usize) -> usize {
    text.char_indices().nth(n).map_or(text.len(), |(at, _)| at)
}

fn readable(text: &str, cursor: usize, charset: Charset) -> (Zeroizing<String>, usize) {
    let shown = |text| Zeroizing::new(clean(text, charset).into_owned());
    (shown(text), shown(&text[..cursor]).width())
}

/// Groups a code: `WDJB-MJHT` for `WDJBMJHT`.
fn grouped(line: &LineEditor) -> (Zeroizing<String>, usize) {
    let len = line.value().len();
    let mut text = Zeroizing::new(String::with_capacity(len + len / 4));
    for (n, c) in line.value().chars().enumerate() {
        if n > 0 && n % 4 == 0 {
            text.push('-');
        }
        text.push(c);
    }
    let cursor = line.cursor_chars();
    (text, cursor + (cursor / 4).min(len.saturating_sub(1) / 4))
}

fn code_char(c: char) -> Option<char> {
    c.is_ascii_alphanumeric().then(|| c.to_ascii_uppercase())
}

/// The readline key bindings.
const fn request(key: Key) -> Option<InputRequest> {
    Some(match key {
        Key::Left | Key::Ctrl('b') => InputRequest::GoToPrevChar,
        Key::Right | Key::Ctrl('f') => InputRequest::GoToNextChar,
        Key::Home | Key::Ctrl('a') => InputRequest::GoToStart,
        Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
        Key::Backspace => InputRequest::DeletePrevChar,
        Key::Delete | Key::Ctrl('d') => InputRequest::DeleteNextChar,
        Key::Ctrl('u') => InputRequest::DeleteFromStart,
        Key::Ctrl('k') => InputRequest::DeleteTillEnd,
        Key::Ctrl('w') => InputRequest::DeletePrevWord,
        Key::Alt('b') => InputRequest::GoToPrevWord,
        Key::Alt('f') => InputRequest::GoToNextWord,
        Key::Alt('d') => InputRequest::DeleteNextWord,
        _ => return None,
    })
}
