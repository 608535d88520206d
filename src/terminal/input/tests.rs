//! How typed bytes are parsed, and that no bytes can block, grow or confuse the framer.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::super::capabilities::Background;
use super::paste::MAX_BYTES;
use super::{Framer, Input, Key, Keyboard, NotText};

mod terminfo;

fn typed(bytes: &[u8]) -> Vec<Input> {
    in_chunks(&[bytes])
}

fn in_chunks(chunks: &[&[u8]]) -> Vec<Input> {
    let mut framer = Framer::new();
    let mut out = VecDeque::new();
    for chunk in chunks {
        framer.feed(chunk, &mut out);
    }
    framer.flush(&mut out);
    out.into()
}

fn keys(keys: &[Key]) -> Vec<Input> {
    keys.iter().copied().map(Input::Key).collect()
}

fn pasted(text: &str) -> Input {
    Input::Paste(Zeroizing::new(text.to_owned()))
}

/// What `bytes` are from `keyboard`.
fn on(keyboard: Keyboard, bytes: &[u8]) -> Vec<Input> {
    let (mut framer, mut out) = (Framer::of(keyboard), VecDeque::new());
    framer.feed(bytes, &mut out);
    framer.flush(&mut out);
    out.into()
}

#[track_caller]
fn check(bytes: &[u8], expected: &[Key]) {
    assert!(typed(bytes) == keys(expected), "{:?} became {:?}", bytes.escape_ascii(), typed(bytes));
}

#[test]
fn characters_are_typed_unchanged() {
    check("aß€𝄞".as_bytes(), &[Key::Char('a'), Key::Char('ß'), Key::Char('€'), Key::Char('𝄞')]);
}

#[test]
fn cr_lf_and_crlf_are_one_enter_each() {
    check(b"\r", &[Key::Enter]);
    check(b"\n", &[Key::Enter]);
    check(b"\r\n", &[Key::Enter]);
    check(b"\r\r\n\n", &[Key::Enter, Key::Enter, Key::Enter]);
    check(b"\ra\n", &[Key::Enter, Key::Char('a'), Key::Enter]);
}

#[test]
fn both_bytes_of_backspace_work() {
    check(b"\x7f\x08", &[Key::Backspace, Key::Backspace]);
}

#[test]
fn control_bytes_are_control_keys() {
    check(b"\x01\x03\x0c\x1c", &[Key::Ctrl('a'), Key::Ctrl('c'), Key::Ctrl('l'), Key::Ctrl('\\')]);
    check(b"\0", &[Key::Ctrl('@')]);
}

#[test]
fn cursor_and_function_keys_of_each_terminal_family_are_known() {
    check(b"\x1b[A\x1bOB\x1b[1;5C\x1b[1;2D", &[Key::Up, Key::Down, Key::Alt('f'), Key::Left]);
    check(b"\x1b[H\x1b[1~\x1b[7~\x1bOH", &[Key::Home; 4]);
    check(b"\x1b[F\x1b[4~\x1b[8~\x1bOF", &[Key::End; 4]);
    check(b"\x1b[3~\x1b[5~\x1b[6~\x1b[Z", &[Key::Delete, Key::PageUp, Key::PageDown, Key::BackTab]);
    check(b"\x1bOP\x1b[11~\x1b[[A", &[Key::F(1); 3]);
    check(b"\x1bOQ\x1b[12~\x1b[[B", &[Key::F(2); 3]);
    check(b"\x1bOS\x1b[14~\x1b[[D", &[Key::F(4); 3]);
    check(b"\x1bOM", &[Key::Enter]);
    check(b"\x1bOp\x1bOy", &[Key::Char('0'), Key::Char('9')]);
}

#[test]
fn alt_before_a_key_sequence_is_not_an_esc_key() {
    check(b"\x1b\x1b[A", &[Key::Up]);
    check(b"\x1b\x1bOA", &[Key::Up]);
}

#[test]
fn esc_alone_or_before_a_control_key_is_the_esc_key() {
    check(b"\x1b", &[Key::Esc]);
    check(b"\x1b\x1b", &[Key::Esc, Key::Esc]);
    check(b"\x1b\x1b\x1b", &[Key::Esc, Key::Esc, Key::Esc]);
    check(b"\x1b\r", &[Key::Esc, Key::Enter]);
    check(b"\x1b\x03", &[Key::Esc, Key::Ctrl('c')]);
}

#[test]
fn esc_before_a_letter_is_alt() {
    check("\x1bb\x1bß\x1b\x7f".as_bytes(), &[Key::Alt('b'), Key::Alt('ß'), Key::Ctrl('w')]);
}

#[test]
fn only_a_lone_esc_has_the_short_timeout() {
    let mut framer = Framer::new();
    let mut out = VecDeque::new();
    framer.feed(b"a", &mut out);
    assert_eq!(framer.flush_timeout(), None);
    framer.feed(b"\x1b", &mut out);
    assert_eq!(framer.flush_timeout(), Some(Duration::from_millis(50)));
    framer.feed(b"[", &mut out);
    assert_eq!(framer.flush_timeout(), Some(Duration::from_secs(5)));
    framer.feed(b"A", &mut out);
    assert!(framer.flush_timeout().is_none());
    assert!(out == keys(&[Key::Char('a'), Key::Up]));
}

#[test]
fn terminal_replies_are_never_typed() {
    for reply in [
        &b"\x1b]10;rgb:0000/0000/0000\x07"[..],
        b"\x1b]4;11;rgb:0000/0000/0000\x1b\\",
        b"\x1b]11;rgb:0000/0000\x07",
        b"\x1b]11;?\x07",
        b"\x1bP11;rgb:0000/0000/0000\x1b\\",
        b"\x1bP>|XTerm(370)\x1b\\",
        b"\x1b_Gi=1;OK\x1b\\",
        b"\x1b[?62;22c",
        b"\x1b[>0;276;0c",
        b"\x1b[?2026;2$y",
        b"\x1b[24;80R",
        b"\x1b[1;2R",
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[8;24;80t",
        b"\x1b[?1u",
        b"\x1b]52;c;aGk=\x07",
    ] {
        let bytes = [reply, b"x"].concat();
        check(&bytes, &[Key::Char('x')]);
    }
}

#[test]
fn the_background_is_told_in_either_form_and_in_pieces() {
    let [dark, light] = [Background::Dark, Background::Light].map(Input::Background);
    for (reply, told) in [
        (&b"\x1b]11;rgb:0000/2b2b/3636\x07"[..], dark.clone()),
        (b"\x1b]11;rgb:ffff/ffff/dddd\x1b\\", light.clone()),
        (b"\xc2\x9d11;rgb:ff/ff/ff\x1b\\", light.clone()),
    ] {
        let (mut framer, mut out) = (Framer::new(), VecDeque::new());
        for byte in reply {
            framer.feed(&[*byte], &mut out);
        }
        framer.feed(b"x", &mut out);
        assert!(out == [told, Input::Key(Key::Char('x'))], "{out:?}");
        assert!(framer.flush_timeout().is_none());
    }
}

#[test]
fn half_an_answer_or_an_endless_one_is_dropped_and_keys_go_on() {
    for start in ["\x1b]11;rgb:ffff", "\x1b]11;", "\x1b]"] {
        let (mut framer, mut out) = (Framer::new(), VecDeque::new());
        framer.feed(start.as_bytes(), &mut out);
        framer.flush(&mut out);
        framer.feed(b"/ffff\x07", &mut out);
        assert!(!out.iter().any(|input| matches!(input, Input::Background(_))), "{out:?}");
        check(format!("{start}\rx").as_bytes(), &[Key::Enter, Key::Char('x')]);
    }
    let endless = format!("\x1b]11;rgb:ffff/ffff/{}\x07x", "f".repeat(100_000));
    check(endless.as_bytes(), &[Key::Char('x')]);
    // What follows a string that was too long is no answer either.
    let two = format!("\x1b]{}11;rgb:f/f/f\x07x", "1".repeat(200));
    check(two.as_bytes(), &[Key::Char('x')]);
}

#[test]
fn kitty_keys_are_typed_once_and_their_release_not() {
    check(b"\x1b[97u\x1b[97;1:3u", &[Key::Char('a')]);
    check(b"\x1b[97;5u\x1b[13u\x1b[10u\x1b[1u", &[Key::Ctrl('a'), Key::Enter, Key::Enter]);
}

const BAD: Input = Input::NotText(NotText::Typed);

#[test]
fn ctrl_c_letters_and_backspace_are_understood_as_csi_u() {
    check(b"\x1b[99;5u\x1b[99u\x1b[127u", &[Key::Ctrl('c'), Key::Char('c'), Key::Backspace]);
}

#[test]
fn invalid_utf_8_is_told_and_swallows_nothing() {
    // Latin-1: the first letter ends at once, the second would need two more bytes.
    assert!(typed(b"m\xfcl") == [Input::Key(Key::Char('m')), BAD, Input::Key(Key::Char('l'))]);
    assert!(typed(b"\xe4\r") == [BAD, Input::Key(Key::Enter)]);
    assert!(typed(b"\xe4\xf6") == [BAD, BAD]);
    let got = typed(b"a\xffb\x80c\xc3d\xc0\xafe");
    let legible: Vec<_> = got.iter().filter(|input| **input != BAD).cloned().collect();
    assert!(legible == keys(&b"abcde".map(|b| Key::Char(b.into()))) && got.len() == 10);
    for bytes in [b"\xed\xa0\x80x".as_slice(), b"\xf4\x90\x80\x80x", b"\xc2\x85x"] {
        assert!(typed(bytes) == [BAD, Input::Key(Key::Char('x'))], "{bytes:x?}");
    }
    assert!(typed(b"\xe2\x82\x1b[A") == [BAD, Input::Key(Key::Up)]);
}

#[test]
fn what_nobody_sees_is_typed_like_everything_else() {
    for c in ['\u{fe0f}', '\u{200d}', '\u{200c}', '\u{ad}', '\u{202e}', '\u{2066}', '\u{fffe}', '\u{e0041}'] {
        check(format!("a{c}").as_bytes(), &[Key::Char('a'), Key::Char(c)]);
        assert!(typed(format!("\x1b[200~{c}\x1b[201~").as_bytes()) == [pasted(&c.to_string())]);
    }
}

#[test]
fn a_byte_order_mark_is_left_out_at_the_start_only() {
    check("\u{feff}ada".as_bytes(), &['a', 'd', 'a'].map(Key::Char));
    check("a\u{feff}".as_bytes(), &['a', '\u{feff}'].map(Key::Char));
    assert!(in_chunks(&[b"\xef", b"\xbb", b"\xbfa"]) == keys(&[Key::Char('a')]));
}

#[test]
fn a_broken_sequence_does_not_swallow_the_next_key() {
    check(b"\x1b[12\r", &[Key::Enter]);
    check(b"\x1b[1\x1b[A", &[Key::Up]);
    check(b"\x1b[\xc3\xa9", &[Key::Char('é')]);
    check(b"\x1b]0;never ended\tx", &[Key::Tab, Key::Char('x')]);
    check(b"\x1b]0;never ended\x1b[Ax", &[Key::Up, Key::Char('x')]);
    let long = [&b"\x1b["[..], &[b'1'; 500], b"~x"].concat();
    check(&long, &[Key::Char('x')]);
}

#[test]
fn a_paste_is_one_event_however_it_is_chunked() {
    assert!(typed(b"\x1b[200~a\rb\x1b[201~\r") == [pasted("a\nb"), Input::Key(Key::Enter)]);
    let whole = b"\x1b[200~code\r\nrm\n\x1b[201~";
    for cut in 0..whole.len() {
        let (a, b) = whole.split_at(cut);
        assert!(in_chunks(&[a, b]) == [pasted("code\nrm\n")], "cut at {cut}");
    }
}

#[test]
fn a_paste_with_controls_or_broken_characters_is_refused_as_a_whole() {
    for bytes in
        [b"\x1b[200~a\xffb\x1b[201~".as_slice(), b"\x1b[200~m\xfcller\x1b[201~", b"\x1b[200~\xc3\x1b[201~"]
    {
        assert!(typed(bytes) == [Input::NotText(NotText::Pasted)], "{bytes:x?}");
    }
    for bytes in [
        b"\x1b[200~a\x1b[31m\x1b[201~".as_slice(),
        b"\x1b[200~a\x07b\x1b[201~",
        b"\x1b[200~b\xc2\x9bc\x1b[201~",
        b"\x1b[200~\x1b\x1b[201~",
        b"\x1b[200~\x1b[20x\x1b[201~",
        b"\x1b[200~\0\x1b[201~",
    ] {
        assert!(typed(bytes) == [Input::NotText(NotText::PastedControl)], "{bytes:x?}");
    }
}

#[test]
fn a_long_paste_is_truncated_to_4_kib() {
    let bytes = [&b"\x1b[200~"[..], &vec![b'p'; 100_000], b"\x1b[201~x"].concat();
    let got = typed(&bytes);
    assert!(got == [pasted(&"p".repeat(MAX_BYTES)), Input::Key(Key::Char('x'))]);
    // Cut in the middle of a character.
    let bytes = ["\x1b[200~x", &"é".repeat(MAX_BYTES), "\x1b[201~"].concat();
    assert!(typed(bytes.as_bytes()) == [pasted(&format!("x{}", "é".repeat(MAX_BYTES / 2 - 1)))]);
}

#[test]
fn a_paste_without_an_end_stops_after_a_timeout_or_ctrl_c() {
    let mut framer = Framer::new();
    let mut out = VecDeque::new();
    framer.feed(b"\x1b[200~half", &mut out);
    assert!(framer.flush_timeout().is_some() && out.is_empty());
    framer.flush(&mut out);
    framer.feed(b"x", &mut out);
    assert!(out == [pasted("half"), Input::Key(Key::Char('x'))]);
    check(b"\x1b[200~half\x03x", &[Key::Ctrl('c'), Key::Char('x')]);
}

#[test]
fn the_mouse_clicks_and_scrolls_in_both_encodings() {
    let click = Input::Click { col: 9, row: 4 };
    assert!(typed(b"\x1b[<0;10;5M\x1b[<0;10;5m") == std::slice::from_ref(&click));
    assert!(typed(b"\x1b[M *%") == [click]);
    assert!(typed(b"\x1b[<0;0;0M") == [Input::Click { col: 0, row: 0 }]);
    assert!(typed(b"\x1b[<64;1;1M\x1b[<65;1;1M") == [Input::Wheel { up: true }, Input::Wheel { up: false }]);
    assert!(typed(b"\x1b[<35;1;1M\x1b[<2;1;1M").is_empty());
    assert!(typed(b"\x1b[M\xff\xff\xffx") == keys(&[Key::Char('x')]));
}

#[test]
fn debug_is_redacted() {
    let shown = format!("{:?}", typed(b"q\x1bq\x1b[200~hunter2\x1b[201~"));
    assert_eq!(shown, "[Key(Char(*)), Key(Alt(*)), Paste(***)]");
}

#[test]
fn putty_in_rxvt_mode_has_its_home_and_end() {
    check(b"\x1b[H\x1bOw", &[Key::Home, Key::End]);
    check(b"\x1bOT\x1bOX\x1bO[", &[Key::F(5), Key::F(9), Key::F(12)]);
    check(b"\x1bOq\x1bOp\x1bOy", &[Key::Char('1'), Key::Char('0'), Key::Char('9')]);
}

#[test]
fn rxvt_ends_keys_with_shift_and_ctrl_with_another_character() {
    for end in ["~", "$", "^", "@"] {
        let keys = ["3", "5", "6", "7", "8", "11"].map(|number| format!("\x1b[{number}{end}"));
        let names = [Key::Delete, Key::PageUp, Key::PageDown, Key::Home, Key::End, Key::F(1)];
        check(format!("{}x", keys.concat()).as_bytes(), &[&names[..], &[Key::Char('x')]].concat());
    }
    check(b"\x1b[2$\x1b[2^x", &[Key::Char('x')]);
}

#[test]
fn rxvt_has_arrows_of_its_own_with_shift_ctrl_and_alt() {
    check(b"\x1bOa\x1bOb\x1bOc\x1bOd", &[Key::Up, Key::Down, Key::Alt('f'), Key::Alt('b')]);
    check(b"\x1b[a\x1b[b\x1b[c\x1b[d", &[Key::Up, Key::Down, Key::Right, Key::Left]);
    check(
        b"\x1b\x1b[C\x1b\x1b[D\x1b\x1bOC\x1b\x1bOD",
        &[Key::Alt('f'), Key::Alt('b'), Key::Alt('f'), Key::Alt('b')],
    );
    check(b"\x1b\x1b[3~\x1b[D", &[Key::Delete, Key::Left]);
}

#[test]
fn st_deletes_and_goes_to_the_ends() {
    check(b"\x1b[P\x1b[2K", &[Key::Delete, Key::Delete]);
    check(b"\x1b[K\x1b[J\x1b[2J\x1b[4~", &[Key::End, Key::End, Key::Home, Key::End]);
    check(b"\x1b[4h\x1b[4l\x1b[L\x1b[2;2~x", &[Key::Char('x')]);
}

#[test]
fn the_start_of_a_mouse_report_alone_is_a_key() {
    let mut framer = Framer::new();
    let mut out = VecDeque::new();
    framer.feed(b"\x1b[M", &mut out);
    assert_eq!(framer.flush_timeout(), Some(Duration::from_millis(50)));
    framer.feed(b" ", &mut out);
    assert_eq!(framer.flush_timeout(), Some(Duration::from_secs(5)));
    // Ctrl-Delete of st, F1 of SCO.
    check(b"\x1b[M", &[Key::Delete]);
    assert!(on(Keyboard::Sco, b"\x1b[M") == keys(&[Key::F(1)]));
    // Old terminology, and the focus that a window lost.
    check(b"\x1b[OH\x1b[OF\x1b[OP\x1b[Ox", &[Key::Home, Key::End, Key::F(1), Key::Char('x')]);
    assert!(on(Keyboard::Sco, b"\x1b[Ox\x1b[O") == keys(&[Key::F(3), Key::Char('x'), Key::F(3)]));
}

#[test]
fn modifiers_before_the_end_of_a_short_sequence_are_taken() {
    check(
        b"\x1bO2P\x1bO5C\x1bO1;5D\x1bO3Ax",
        &[Key::F(1), Key::Alt('f'), Key::Alt('b'), Key::Up, Key::Char('x')],
    );
    check(b"\x1bO5R\x1bO2M\x1bO5zx", &[Key::F(3), Key::Enter, Key::Char('x')]);
    check(b"\x1bO12345x\x1b[;5Ax\x1b[@x", &[Key::Char('x'); 3]);
}

#[test]
fn shift_tab_of_the_linux_console_is_no_esc() {
    check(b"\x1b\t", &[Key::BackTab]);
}

#[test]
fn keys_of_xterm_with_modify_other_keys_are_known() {
    check(
        b"\x1b[27;5;9~\x1b[27;2;9~\x1b[27;5;13~\x1b[27;2;13~",
        &[Key::Tab, Key::BackTab, Key::Enter, Key::Enter],
    );
    check(b"\x1b[27;5;97~\x1b[27;2;65~\x1b[27;2;33~", &[Key::Ctrl('a'), Key::Char('A'), Key::Char('!')]);
    check(b"\x1b[27;5;127~\x1b[27;3;98~\x1b[27;9;98~", &[Key::Ctrl('w'), Key::Alt('b'), Key::Alt('b')]);
    check(b"\x1b[27;5;105~\x1b[27;5;104~\x1b[27;5;91~", &[Key::Tab, Key::Backspace, Key::Esc]);
    check(b"\x1b[27;~\x1b[27;0;97~\x1b[27;5~x", &[Key::Char('x')]);
}

#[test]
fn a_kitty_key_types_the_text_that_it_names() {
    check(b"\x1b[97;65;65u\x1b[97;2;65u\x1b[49;2;33u", &[Key::Char('A'), Key::Char('A'), Key::Char('!')]);
    check(b"\x1b[97;2u\x1b[97;65u\x1b[97:65;2u", &[Key::Char('A'); 3]);
    check(b"\x1b[97;5;1u", &[Key::Ctrl('a')]);
    // Super, Hyper, and a key that is none of Unicode's.
    check(b"\x1b[97;9u\x1b[97;17u\x1b[57450u\x1b[63000ux", &[Key::Char('x')]);
}

#[test]
fn terminals_of_sun_ibm_and_mach_have_their_keys() {
    check(b"\x1b[214z\x1b[220z\x1b[216z\x1b[222z", &[Key::Home, Key::End, Key::PageUp, Key::PageDown]);
    check(b"\x1b[224z\x1b[233z\x1b[192z\x1b[193z", &[Key::F(1), Key::F(10), Key::F(11), Key::F(12)]);
    check(b"\x1b[001q\x1b[012q\x1b[146q\x1b[150q", &[Key::F(1), Key::F(12), Key::End, Key::PageUp]);
    check(b"\x1b[Y\x1b[V\x1b[U", &[Key::End, Key::PageUp, Key::PageDown]);
}

#[test]
fn the_keyboard_of_sco_is_told_by_the_name_of_the_terminal() {
    for (term, keyboard) in [
        ("putty-sco", Keyboard::Sco),
        ("ansi", Keyboard::Xterm),
        ("xterm-88color", Keyboard::Xterm),
        ("bq300-8", Keyboard::EightBit),
        ("scoansi", Keyboard::Sco),
        ("cons25-iso-m", Keyboard::Sco),
        ("xterm-256color", Keyboard::Xterm),
        ("ansiterm", Keyboard::Xterm),
        ("vt220-8bit", Keyboard::EightBit),
        ("linux", Keyboard::Xterm),
    ] {
        assert_eq!(Keyboard::of(term), keyboard, "{term}");
    }
    let typed = on(Keyboard::Sco, b"\x1b[N\x1b[P\x1b[X\x1b[Z\x1b[I\x1b[G\x1b[H\x1b[F");
    let expected =
        [Key::F(2), Key::F(4), Key::F(12), Key::BackTab, Key::PageUp, Key::PageDown, Key::Home, Key::End];
    assert!(typed == keys(&expected), "{typed:?}");
}

#[test]
fn single_byte_introducers_work_where_the_terminal_sends_them() {
    let typed = on(Keyboard::EightBit, b"\x9bA\x9b3~\x8fP\x90text\x9cx\xc3\xa9");
    assert!(typed == keys(&[Key::Up, Key::Delete, Key::F(1), Key::Char('x'), Key::Char('é')]), "{typed:?}");
    // As characters of UTF-8 they mean the same everywhere.
    check("\u{9b}A\u{8f}Px".as_bytes(), &[Key::Up, Key::F(1), Key::Char('x')]);
}

/// Fragments that make random streams reach every state.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<u8>().prop_map(|b| vec![b]),
        Just(b"\x1b".to_vec()),
        Just(b"\x1b[".to_vec()),
        Just(b"\x1b[200~".to_vec()),
        Just(b"\x1b[201~".to_vec()),
        Just(b"\x1b]".to_vec()),
        Just(b"\x1bP".to_vec()),
        Just(b"\x1b\\".to_vec()),
        Just(b"\x1b[M".to_vec()),
        Just(b"\x1b[<0;3;4M".to_vec()),
        Just("é€𝄞".as_bytes().to_vec()),
        Just(b"\r\n".to_vec()),
        prop::collection::vec(b'0'..=b'~', 0..80),
        prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn chunking_makes_no_difference(bytes in stream(), cuts in prop::collection::vec(0usize..400, 0..8)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        prop_assert!(in_chunks(&chunks) == typed(&bytes));
    }

    #[test]
    fn after_any_bytes_and_a_pause_typing_works(bytes in stream()) {
        let mut framer = Framer::new();
        let mut out = VecDeque::new();
        framer.feed(&bytes, &mut out);
        framer.flush(&mut out);
        prop_assert!(framer.flush_timeout().is_none());
        out.clear();
        framer.feed(b"x", &mut out);
        prop_assert!(out == keys(&[Key::Char('x')]));
    }

    #[test]
    fn no_more_comes_out_than_went_in(bytes in stream()) {
        let out = typed(&bytes);
        let pasted: usize = out.iter().map(|i| if let Input::Paste(t) = i { t.len() } else { 0 }).sum();
        prop_assert!(out.len() <= bytes.len() && pasted <= bytes.len());
    }

    #[test]
    fn well_formed_input_agrees_with_termina(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "a", "Z", "é", "漢", " ", "\r", "\t", "\x7f", "\x01", "\x03", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D",
                "\x1bOA", "\x1bOF", "\x1b[3~", "\x1b[5~", "\x1b[6~", "\x1b[Z", "\x1bOP", "\x1b[15~", "\x1b[1;2A",
                "\x1b[97;5u", "\x1b[<0;7;9M", "\x1b[<64;1;1M", "\x1bx", "\x1b[200~a b\x1b[201~",
            ]),
            0..30,
        )
    ) {
        let bytes = pieces.concat();
        let mut parser = termina::Parser::default();
        parser.parse(bytes.as_bytes(), false);
        let theirs: Vec<String> = std::iter::from_fn(|| parser.pop()).map(|event| described_by_termina(&event)).collect();
        let ours: Vec<String> = typed(bytes.as_bytes()).iter().map(described).collect();
        prop_assert_eq!(ours, theirs);
    }
}

fn described(input: &Input) -> String {
    match input {
        Input::Key(Key::Char(c)) => format!("{c}"),
        Input::Key(Key::Ctrl(c)) => format!("Ctrl {c}"),
        Input::Key(Key::Alt(c)) => format!("Alt {c}"),
        Input::Key(Key::F(n)) => format!("F {n}"),
        Input::Key(key) => format!("{key:?}"),
        Input::Paste(text) => format!("Paste {}", text.as_str()),
        Input::Click { col, row } => format!("Click {col} {row}"),
        Input::Wheel { up } => format!("Wheel {up}"),
        Input::Background(background) => format!("{background:?}"),
        Input::NotText(reason) => format!("{reason:?}"),
    }
}

fn described_by_termina(event: &termina::Event) -> String {
    use termina::event::{KeyCode, Modifiers, MouseEventKind};
    match event {
        termina::Event::Key(key) => match key.code {
            KeyCode::Char(c) if key.modifiers.contains(Modifiers::CONTROL) => format!("Ctrl {c}"),
            KeyCode::Char(c) if key.modifiers.contains(Modifiers::ALT) => format!("Alt {c}"),
            KeyCode::Char(c) => format!("{c}"),
            KeyCode::Function(n) => format!("F {n}"),
            KeyCode::Escape => "Esc".to_owned(),
            code => format!("{code:?}"),
        },
        termina::Event::Paste(text) => format!("Paste {text}"),
        termina::Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollUp => "Wheel true".to_owned(),
            _ => format!("Click {} {}", mouse.column, mouse.row),
        },
        other => format!("{other:?}"),
    }
}
