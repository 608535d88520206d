//! What every terminal of terminfo sends for its keys, from `tests/terminals/key_sequences.txt`.

use std::collections::VecDeque;

use super::super::{Framer, Input, Key, Keyboard};

const TABLE: &str = include_str!("../../../../tests/terminals/key_sequences.txt");

struct Row {
    written: &'static str,
    sequence: Vec<u8>,
    capability: &'static str,
    terminal: &'static str,
}

impl Row {
    fn typed(&self) -> Vec<Input> {
        let (mut framer, mut out) = (Framer::of(Keyboard::of(self.terminal)), VecDeque::new());
        framer.feed(&self.sequence, &mut out);
        framer.flush(&mut out);
        out.into()
    }
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.map(|line| {
        let [written, capability, terminal] = *line.split(' ').collect::<Vec<_>>() else {
            panic!("{line:?}")
        };
        Row { written, sequence: bytes(written), capability, terminal }
    });
    rows.collect()
}

/// The bytes of a sequence as the table has it.
fn bytes(written: &str) -> Vec<u8> {
    let mut pieces = written.split("\\x");
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        let (hex, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(hex, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

/// Why a sequence is no key of a terminal that follows ECMA-48, if it is none.
fn not_ansi(sequence: &[u8]) -> Option<&'static str> {
    match sequence {
        [_] | [0x1b, _] | [0x1b, b'[' | b'O', ..] | [0x8f | 0x9b, ..] => None,
        [0x1b, ..] => {
            Some("ESC and several characters (HP, Data General, Wyse, VT52): ESC and one character is Alt")
        }
        [0..0x20, ..] => {
            Some("a control character and letters (Wyse, TeleVideo, ADDS): as if Ctrl and they were typed")
        }
        _ => Some("plain characters or bytes that are no UTF-8: as if they were typed"),
    }
}

/// What `capability` is, for the keys that a form cannot do without.
fn main_key(capability: &str) -> Option<Key> {
    Some(match capability {
        "kcub1" => Key::Left,
        "kcuf1" => Key::Right,
        "kcuu1" => Key::Up,
        "kcud1" => Key::Down,
        "khome" => Key::Home,
        "kend" => Key::End,
        "kdch1" => Key::Delete,
        "kbs" => Key::Backspace,
        "kpp" => Key::PageUp,
        "knp" => Key::PageDown,
        "kcbt" => Key::BackTab,
        "kent" => Key::Enter,
        _ => return capability.strip_prefix("kf")?.parse().ok().filter(|n| (1..=12).contains(n)).map(Key::F),
    })
}

/// Why a sequence that has the form of a key is another one here than terminfo says, or none.
fn another_key(row: &Row) -> Option<&'static str> {
    let is_of = |names: &[&str]| names.iter().any(|name| row.terminal.starts_with(name));
    match row.sequence.as_slice() {
        [_] => Some("a single byte, which is another key everywhere else"),
        [0x1b, _] => Some("ESC and one character, which is Alt"),
        [0x1b, b'O', b'j'..=b'y'] => {
            Some("the keypad of a VT100 is its function keys; the digit painted on it is typed")
        }
        [0x1b, b'O', ..] if is_of(&SS3_OTHERWISE) => Some("keys that a VT100, rxvt and PuTTY have otherwise"),
        [0x1b, b'[', ..] | [0x9b, ..] if is_of(&CSI_OTHERWISE) => {
            Some("numbers and letters that VT220, xterm and SCO have otherwise")
        }
        _ => None,
    }
}

/// Terminals that send other sequences with `ESC O` than all that are alive.
const SS3_OTHERWISE: [&str; 13] = [
    "aaa", "att4410", "att4415", "att510a", "att6386", "cit101e", "cit500", "dp8242", "h19-a", "m2-nam",
    "tek4105a", "wy370", "ansi77",
];
/// The same with `ESC [`.
const CSI_OTHERWISE: [&str; 45] = [
    "altos2",
    "amiga",
    "ampex219",
    "ansi-nt",
    "arm100",
    "att23",
    "att44",
    "att505",
    "att510a",
    "att605",
    "beterm",
    "bq300",
    "d210",
    "d211",
    "dg460-ansi",
    "dku7102-old",
    "dt100",
    "dt110",
    "ex155",
    "gs6300",
    "hft-old",
    "ibmpcx",
    "interix",
    "mach",
    "mgr-sun",
    "minix",
    "morphos",
    "ncr160",
    "ncsa",
    "ofcons",
    "pcvt25",
    "qvt203",
    "sun-type4",
    "ti916",
    "ti924",
    "ti928",
    "v3220",
    "visa50",
    "vwmterm",
    "wy185",
    "wy370",
    "wy75",
    "wy85",
    "wy99-ansi",
    "z29a",
];

#[test]
fn no_key_of_any_terminal_types_a_letter() {
    let typed_by = |row: &Row| {
        let is_character = |input: &Input| matches!(input, Input::Key(Key::Char(_)));
        // The keypad of a VT100 types what is painted on it, in the application mode too. The Minitel, no terminal of
        // ECMA-48, goes on after a sequence that is whole.
        let is_keypad = matches!(row.sequence.as_slice(), [0x1b, b'O', b'j'..=b'y'] | [0x8f, b'j'..=b'y']);
        row.typed().iter().any(is_character) && !is_keypad && !row.terminal.starts_with("minitel")
    };
    let wrong = rows().into_iter().filter(|row| not_ansi(&row.sequence).is_none() && typed_by(row));
    let wrong: Vec<_> =
        wrong.map(|row| format!("{} {} {}", row.written, row.capability, row.terminal)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_main_keys_of_every_ansi_terminal_are_known() {
    let mut known = 0;
    let mut wrong = Vec::new();
    for row in rows().iter().filter(|row| !row.terminal.starts_with("minitel")) {
        let Some(expected) = main_key(row.capability) else { continue };
        let typed = row.typed();
        if typed == [Input::Key(expected)] {
            known += 1;
        } else if not_ansi(&row.sequence).or_else(|| another_key(row)).is_none() {
            wrong.push(format!("{} {} {} -> {typed:?}", row.written, row.capability, row.terminal));
        }
    }
    assert!(wrong.is_empty(), "{} are another key:\n{}", wrong.len(), wrong.join("\n"));
    assert!(known > 150, "only {known} are known: is the table whole?");
}

/// Terminals that people have today; what they send may not hide behind a reason.
#[test]
fn the_main_keys_of_living_terminals_have_no_exceptions() {
    const LIVING: [&str; 14] = [
        "xterm",
        "linux",
        "rxvt",
        "st",
        "putty",
        "screen",
        "tmux",
        "kitty",
        "foot",
        "alacritty",
        "vte",
        "konsole",
        "iterm2",
        "mlterm",
    ];
    for row in rows() {
        let Some(expected) = main_key(row.capability) else { continue };
        let is_living = LIVING.iter().any(|name| {
            row.terminal == *name || row.terminal.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
        });
        // Modes that nobody is in by default: HP, VT52, SCO's Delete, and the keypad of a VT100.
        let is_a_mode = ["xterm-hp", "xterm-vt52", "putty-vt100"].contains(&row.terminal)
            || matches!(row.sequence.as_slice(), [_] | [0x1b, b'O', b'j'..=b'y']);
        if is_living && !is_a_mode {
            assert!(
                row.typed() == [Input::Key(expected)],
                "{} {} {}",
                row.written,
                row.capability,
                row.terminal
            );
        }
    }
}
