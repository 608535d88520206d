//! The text and cursor of one field. Plain text uses tui-input; secrets and codes use an editor that wipes
//! its memory.

use tui_input::{Input as TextInput, InputRequest};
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use super::line_editor::LineEditor;
use super::text::clean;
use super::wrapped_text::WrappedText;
use crate::domain::code::is_symbol;
use crate::domain::input::{CODE_TEXT_CHARS, folded_code};
use crate::flow::page::{Value, tick};
use crate::message;
use crate::messages::Message;
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
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Inserted {
    /// The value changed.
    pub(super) changed: bool,
    /// Why not all of the text was inserted.
    pub(super) remark: Option<Message>,
}

impl Inserted {
    const fn nothing(remark: Message) -> Self {
        Self { changed: false, remark: Some(remark) }
    }
}

impl Editor {
    pub(super) fn new(value: Value<'_>) -> Self {
        match value {
            Value::Checkbox(ticked) => Self::Checkbox(ticked),
            Value::Text(text) | Value::Folded(text) => Self::Text(TextInput::new(text.to_owned())),
            Value::LongText(text) => Self::LongText(TextInput::new(text.to_owned())),
            Value::Secret(secret) => Self::Secret(LineEditor::new(secret.expose())),
            Value::Code(code) => {
                let mut line = LineEditor::default();
                insert_code(&mut line, code, usize::MAX);
                Self::Code(line)
            }
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

    /// Inserts typed or pasted `text`, of which an editor leaves nothing out but what does not fit: what is no name or
    /// address is told by what judges it. A secret is inserted completely or not at all, because nobody would see that
    /// it was truncated.
    pub(super) fn insert(&mut self, text: &str, max_chars: usize) -> Inserted {
        let text = text.strip_suffix('\n').filter(|_| !self.is_long()).unwrap_or(text);
        match self {
            Self::Text(input) => insert_text(input, &text.replace('\n', " "), max_chars),
            Self::LongText(input) => insert_text(input, text, max_chars),
            Self::Secret(line) => insert_secret(line, text, max_chars),
            Self::Code(line) => insert_code(line, text, max_chars),
            Self::Checkbox(_) => Inserted::default(),
        }
    }

    /// Whether a deletion has taken away whatever a character is missing from. In a secret only when nothing is left:
    /// nobody sees where it is missing.
    pub(super) fn is_whole_after_deletion(&self) -> bool {
        !matches!(self, Self::Secret(_)) || self.is_empty()
    }

    /// Toggles a checkbox; `false` for any other field.
    pub(super) fn toggle(&mut self) -> bool {
        if let Self::Checkbox(ticked) = self {
            *ticked = !*ticked;
        }
        matches!(self, Self::Checkbox(_))
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
            Self::Code(line) if is_code(line.value()) => grouped(line),
            Self::Code(line) => readable(line.value(), line.cursor_bytes(), charset),
            Self::Checkbox(ticked) => (Zeroizing::new(if *ticked { "x" } else { " " }.to_owned()), 0),
        }
    }
}

fn insert_text(input: &mut TextInput, text: &str, max_chars: usize) -> Inserted {
    let room = max_chars.saturating_sub(input.value().chars().count());
    for c in text.chars().take(room) {
        input.handle(InputRequest::InsertChar(if c == '\t' { ' ' } else { c }));
    }
    let changed = room > 0 && !text.is_empty();
    if text.chars().nth(room).is_none() {
        return Inserted { changed, remark: None };
    }
    let remark = if changed {
        message!("remark-rest-left-out", n = max_chars)
    } else {
        message!("remark-too-long", n = max_chars)
    };
    Inserted { changed, remark: Some(remark) }
}

fn insert_secret(line: &mut LineEditor, text: &str, max_chars: usize) -> Inserted {
    if text.contains(char::is_control) {
        return Inserted::nothing(message!("remark-tab-in-secret"));
    }
    if text.chars().nth(max_chars.saturating_sub(line.value().chars().count())).is_some() {
        return Inserted::nothing(message!("remark-too-long", n = max_chars));
    }
    text.chars().for_each(|c| line.insert(c));
    Inserted { changed: !text.is_empty(), remark: None }
}

/// While there is nothing but a code of at most `length` symbols, what separates them is left out, because they are
/// shown in groups. Other text is inserted as it is: the code is somewhere in it.
fn insert_code(line: &mut LineEditor, text: &str, length: usize) -> Inserted {
    let (folded, is_typed) = (folded_code(text), text.chars().nth(1).is_none());
    let mut symbols = Zeroizing::new(String::with_capacity(folded.len()));
    symbols.extend(folded.chars().filter(|c| c.is_alphanumeric()));
    let there = line.value().chars().count();
    let is_code = is_code(line.value()) && is_code(&symbols);
    let is_apart = is_code
        && if is_typed { there < length || !symbols.is_empty() } else { there + symbols.len() <= length };
    let text = match (is_apart, is_typed) {
        (true, _) => symbols.as_str(),
        (false, true) => folded.as_str(),
        (false, false) => folded.trim(),
    };
    if there + text.chars().count() > CODE_TEXT_CHARS {
        return Inserted::nothing(message!("remark-too-long", n = CODE_TEXT_CHARS));
    }
    text.chars().for_each(|c| line.insert(c));
    Inserted { changed: !text.is_empty(), remark: None }
}

/// Whether `text` is (the beginning of) a code and nothing else.
fn is_code(text: &str) -> bool {
    text.chars().all(is_symbol)
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
