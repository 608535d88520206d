//! Decodes one complete escape sequence. `termina` knows the keys, but it gets only the forms that belong to
//! keys and the mouse, so the reply of a terminal is never mistaken for typing.

use termina::event::{KeyCode, KeyEvent, KeyEventKind, Modifiers, MouseButton, MouseEventKind};
use termina::{Event, Parser};

use super::{Input, Key};

/// Decodes the control sequence `ESC [ body`; `body` includes the final byte.
pub(super) fn csi(body: &[u8]) -> Option<Input> {
    if !is_key_or_mouse(body) {
        return None;
    }
    sequence(b'[', body)
}

/// Decodes `ESC O last`: application cursor keys, F1 to F4, the keypad.
pub(super) fn ss3(last: u8) -> Option<Input> {
    let key = match last {
        b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S' => return sequence(b'O', &[last]),
        b'M' => Key::Enter,
        b'I' => Key::Tab,
        b'X' => Key::Char('='),
        // VT100 keypad in application mode: the low six bits are those of the character.
        b'j'..=b'y' => Key::Char(char::from(last - 0x40)),
        _ => return None,
    };
    Some(Input::Key(key))
}

/// Decodes an X10 mouse report: three bytes, each offset by 32, coordinates counted from 1. Sent by
/// terminals that support mode 1000 but not 1006.
pub(super) fn x10_mouse([button, col, row]: [u8; 3]) -> Option<Input> {
    let coordinate = |byte: u8| u16::from(byte.saturating_sub(33));
    match button.saturating_sub(32) & 0b1110_0011 {
        0 => Some(Input::Click { col: coordinate(col), row: coordinate(row) }),
        64 => Some(Input::Wheel { up: true }),
        65 => Some(Input::Wheel { up: false }),
        _ => None,
    }
}

fn is_key_or_mouse(body: &[u8]) -> bool {
    let Some((last, parameters)) = body.split_last() else {
        return false;
    };
    let plain = |bytes: &[u8]| bytes.iter().all(|b| matches!(b, b'0'..=b'9' | b';' | b':'));
    match last {
        b'A'..=b'E' if parameters == b"[" => true,
        // `R` with parameters is a cursor position report, never F3.
        b'A'..=b'D' | b'F' | b'H' | b'P' | b'Q' | b'S' | b'Z' | b'~' | b'u' => plain(parameters),
        b'M' | b'm' => parameters.first() == Some(&b'<') && plain(&parameters[1..]),
        _ => false,
    }
}

fn sequence(introducer: u8, body: &[u8]) -> Option<Input> {
    // A new parser for each sequence, so that nothing is left over for the next one.
    let mut parser = Parser::default();
    parser.parse(&[0x1b, introducer], true);
    parser.parse(body, true);
    match parser.pop()? {
        Event::Key(event) => key(event).map(Input::Key),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                Some(Input::Click { col: mouse.column, row: mouse.row })
            }
            MouseEventKind::ScrollUp => Some(Input::Wheel { up: true }),
            MouseEventKind::ScrollDown => Some(Input::Wheel { up: false }),
            _ => None,
        },
        _ => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let word = event.modifiers.intersects(Modifiers::CONTROL | Modifiers::ALT);
    Some(match event.code {
        KeyCode::Char(c) => return character(c, event.modifiers),
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace if word => Key::Ctrl('w'),
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab if event.modifiers.contains(Modifiers::SHIFT) => Key::BackTab,
        KeyCode::Tab => Key::Tab,
        KeyCode::Escape => Key::Esc,
        KeyCode::Left if word => Key::Alt('b'),
        KeyCode::Right if word => Key::Alt('f'),
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Delete => Key::Delete,
        KeyCode::Function(n) => Key::F(n),
        _ => return None,
    })
}

fn character(c: char, modifiers: Modifiers) -> Option<Key> {
    match c {
        '\n' => Some(Key::Enter),
        '\u{8}' => Some(Key::Backspace),
        c if c.is_control() => None,
        c if modifiers.contains(Modifiers::CONTROL) => {
            (c.is_ascii_graphic()).then(|| Key::Ctrl(c.to_ascii_lowercase()))
        }
        c if modifiers.contains(Modifiers::ALT) => Some(Key::Alt(c)),
        c => Some(Key::Char(c)),
    }
}
