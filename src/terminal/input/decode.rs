//! Decodes one complete escape sequence. `termina` knows the forms of xterm and kitty; what other terminals send is
//! rewritten to those. It gets only the forms that belong to keys and the mouse, so the reply of a terminal is never
//! mistaken for typing. `tests/terminals/key_sequences.txt` has what each terminal of terminfo sends.

use termina::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyEventState, Modifiers, MouseButton, MouseEventKind,
};
use termina::{Event, Parser};

use super::keyboard::Keyboard;
use super::{Input, Key};

/// All modifiers that make another key of an arrow or of Backspace. Shift does not. The bit that kitty calls Super is
/// Meta in xterm.
const WORD: Modifiers =
    Modifiers::CONTROL.union(Modifiers::ALT).union(Modifiers::META).union(Modifiers::SUPER);

/// Decodes the control sequence `ESC [ body`; `body` includes the final byte.
pub(super) fn csi(body: &[u8], keyboard: Keyboard) -> Option<Input> {
    let (last, parameters) = body.split_last()?;
    if let Some(key) = keyboard.key(parameters, *last) {
        return Some(Input::Key(key));
    }
    let plain = |bytes: &[u8]| bytes.iter().all(|b| matches!(b, b'0'..=b'9' | b';' | b':'));
    match (*last, parameters) {
        // The Linux console.
        (b'A'..=b'E', b"[") => sequence(body),
        // The mouse, as xterm's mode 1006 has it.
        (b'M' | b'm', [b'<', rest @ ..]) if plain(rest) => sequence(body),
        _ if !plain(parameters) => None,
        // rxvt: with Shift, with Ctrl, and with both.
        (b'a'..=b'd', []) => modified(last.to_ascii_uppercase(), b"2"),
        (b'$', [_, ..]) => sequence(&[parameters, b";2~"].concat()),
        (b'^', [_, ..]) => sequence(&[parameters, b";5~"].concat()),
        (b'@', [_, ..]) => sequence(&[parameters, b";6~"].concat()),
        // xterm's modifyOtherKeys: 27, the modifiers, the character.
        (b'~', [b'2', b'7', b';', rest @ ..]) => other_key(rest),
        (b'u', _) => key_with_text(body, parameters),
        (b'q', _) => aix(parameters).map(Input::Key),
        (b'z', _) => sun(parameters).map(Input::Key),
        // `R` with parameters is a cursor position report, never F3.
        (b'A'..=b'D' | b'F' | b'H' | b'P' | b'Q' | b'S' | b'Z' | b'~', _) => sequence(body),
        _ => None,
    }
}

/// Decodes `ESC O parameters last`: application cursor keys, F1 to F4, the keypad. Old versions of xterm, and konsole,
/// put the modifiers before `last`.
pub(super) fn ss3(parameters: &[u8], last: u8) -> Option<Input> {
    let key = match last {
        b'R' => Key::F(3),
        b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S' => {
            let modifiers = parameters.rsplit(|b| *b == b';').next().unwrap_or_default();
            return modified(last, if modifiers.is_empty() { b"1" } else { modifiers });
        }
        b'M' => Key::Enter,
        _ if !parameters.is_empty() => return None,
        b'I' => Key::Tab,
        // F5 to F12 of PuTTY in its VT100+ mode, and of AT&T.
        b'T'..=b'[' => Key::F(last - b'O'),
        // rxvt: arrows with Ctrl.
        b'a'..=b'd' => return modified(last.to_ascii_uppercase(), b"5"),
        // PuTTY with Home and End as rxvt has them. On a VT100 keypad this is the 7, but only in application mode,
        // which is off here.
        b'w' => Key::End,
        // VT100 keypad in application mode: the low six bits are those of the character.
        b'j'..=b'y' => Key::Char(char::from(last - 0x40)),
        _ => return None,
    };
    Some(Input::Key(key))
}

/// Decodes `ESC [ O` where nothing follows: a window that lost the focus, which no program should be told unasked.
pub(super) fn csi_o(keyboard: Keyboard) -> Option<Input> {
    keyboard.key(b"", b'O').map(Input::Key)
}

/// Decodes `ESC [ M` where no mouse report follows.
pub(super) fn csi_m(keyboard: Keyboard) -> Input {
    // st sends it for Ctrl-Delete.
    Input::Key(keyboard.key(b"", b'M').unwrap_or(Key::Delete))
}

/// `input` with an ESC before its sequence, as rxvt and older versions of PuTTY say Alt.
pub(super) fn with_alt(input: Input) -> Input {
    match input {
        Input::Key(Key::Left) => Input::Key(Key::Alt('b')),
        Input::Key(Key::Right) => Input::Key(Key::Alt('f')),
        input => input,
    }
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

fn modified(last: u8, modifiers: &[u8]) -> Option<Input> {
    sequence(&[&b"1;"[..], modifiers, &[last]].concat())
}

/// Decodes `modifiers ; character`, which is `character ; modifiers u` in another order.
fn other_key(parameters: &[u8]) -> Option<Input> {
    let at = parameters.iter().position(|b| *b == b';')?;
    let (modifiers, character) = (number(&parameters[..at])?.checked_sub(1)?, &parameters[at + 1..]);
    // Meta, which kitty has another bit for, is Alt.
    let modifiers = if modifiers & 8 == 0 { modifiers } else { (modifiers & !8) | 2 };
    sequence(&[character, format!(";{}u", modifiers + 1).as_bytes()].concat())
}

/// Decodes a key of kitty's protocol. Where it says which text the key types, that is what is typed.
fn key_with_text(body: &[u8], parameters: &[u8]) -> Option<Input> {
    let input = sequence(body)?;
    let text = parameters.split(|b| *b == b';').nth(2).and_then(number).and_then(char::from_u32);
    match (&input, text) {
        (Input::Key(Key::Char(_)), Some(c)) if !c.is_control() => Some(Input::Key(Key::Char(c))),
        _ => Some(input),
    }
}

/// Keys of IBM's aixterm and hft, and of SGI's iris-ansi.
fn aix(parameters: &[u8]) -> Option<Key> {
    match number(parameters)? {
        n @ 1..=36 => u8::try_from(n).ok().map(Key::F),
        146 => Some(Key::End),
        150 | 159 => Some(Key::PageUp),
        153..=154 => Some(Key::PageDown),
        _ => None,
    }
}

/// Keys of Sun's console, of xterm when it plays one, and of Data General, whose numbers have three digits.
fn sun(parameters: &[u8]) -> Option<Key> {
    match number(parameters)? {
        3 if parameters == b"3" => Some(Key::Delete),
        n @ 1..=12 => u8::try_from(n).ok().map(Key::F),
        n @ 192..=193 => u8::try_from(n - 181).ok().map(Key::F),
        214 => Some(Key::Home),
        215 => Some(Key::Up),
        216 => Some(Key::PageUp),
        217 => Some(Key::Left),
        219 => Some(Key::Right),
        220 => Some(Key::End),
        221 => Some(Key::Down),
        222 => Some(Key::PageDown),
        n @ 224..=235 => u8::try_from(n - 223).ok().map(Key::F),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn sequence(body: &[u8]) -> Option<Input> {
    // The parser gives up at once where a parameter is missing, and takes the rest for typing.
    if matches!(body, [b';' | b':', ..]) {
        return None;
    }
    // A new parser for each sequence, so that nothing is left over for the next one.
    let mut parser = Parser::default();
    parser.parse(b"\x1b[", true);
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
    let word = event.modifiers.intersects(WORD);
    Some(match event.code {
        KeyCode::Char(c) => return character(c, event.modifiers, event.state),
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

fn character(c: char, modifiers: Modifiers, state: KeyEventState) -> Option<Key> {
    let with = |modifier| modifiers.contains(modifier);
    match c {
        '\n' => Some(Key::Enter),
        '\u{8}' => Some(Key::Backspace),
        // kitty numbers keys without a character from the private use area.
        c if c.is_control() || matches!(c, '\u{e000}'..='\u{f8ff}') => None,
        c if with(Modifiers::CONTROL) => control(c, with(Modifiers::SHIFT)),
        c if modifiers.intersects(Modifiers::ALT | Modifiers::META) => Some(Key::Alt(c)),
        _ if modifiers.intersects(Modifiers::SUPER | Modifiers::HYPER) => None,
        // The key alone is named. What Shift makes of a letter is the same on every keyboard.
        c if with(Modifiers::SHIFT) != state.contains(KeyEventState::CAPS_LOCK) => {
            let mut upper = c.to_uppercase();
            Some(Key::Char(upper.next().filter(|_| upper.len() == 0).unwrap_or(c)))
        }
        c => Some(Key::Char(c)),
    }
}

/// Ctrl and a character. Where another key has always sent the same byte, it is that key.
fn control(c: char, shift: bool) -> Option<Key> {
    match c.to_ascii_lowercase() {
        'h' => Some(Key::Backspace),
        'i' if shift => Some(Key::BackTab),
        'i' => Some(Key::Tab),
        'j' | 'm' => Some(Key::Enter),
        '[' => Some(Key::Esc),
        ' ' => Some(Key::Ctrl('@')),
        c => c.is_ascii_graphic().then_some(Key::Ctrl(c)),
    }
}
