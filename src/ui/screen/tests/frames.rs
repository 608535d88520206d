//! What sample pages look like, as plain text in `frames/` (see `tests/acceptance/golden.rs`).

use std::fmt::Write as _;

use proptest::prelude::*;
use ratatui::style::{Color, Modifier};

use super::golden::Golden;
use super::sample_form::{FieldKind, KINDS, SampleForm, Typist, text_of};
use crate::flow::page::{Notice, Tone};
use crate::terminal::capabilities::{Charset, ColorDepth};
use crate::terminal::painter::Painter;
use crate::terminal::size::Size;

#[track_caller]
fn check(name: &str, person: &mut Typist, cols: u16, rows: u16) {
    let mut got = person.reads(cols, rows);
    let (x, y) = person.cursor.unwrap();
    let _ = writeln!(got, "(cursor: column {x}, row {y})");
    let golden = Golden::new("src/ui/screen/tests/frames", &format!("{name}-{cols}x{rows}"));
    if Golden::is_blessing() {
        golden.write(&got);
    }
    assert!(got == golden.text(), "{golden}: {name} {cols}x{rows} is now\n{got}");
}

fn with_error(mut desk: SampleForm) -> SampleForm {
    desk.notice = Some(Notice {
        tone: Tone::Bad,
        id: "current-wrong",
        text: "The current password is incorrect. Your password was not changed.".into(),
    });
    desk
}

#[test]
fn sign_in() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada@example.org\tcorrect horse");
    for (cols, rows) in [(80, 24), (40, 12), (200, 60), (20, 5)] {
        check("sign-in", &mut person, cols, rows);
    }
}

#[test]
fn sign_in_without_unicode() {
    let mut person = Typist::before(SampleForm::new(FieldKind::SignIn), Charset::Ascii);
    person.types("zoë\tcorrect horse");
    check("sign-in-ascii", &mut person, 80, 24);
}

#[test]
fn a_picture_stands_beside_its_page_or_gives_way_to_words() {
    let mut person = Typist::at(FieldKind::Enrol);
    person.types("123");
    for (cols, rows) in [(80, 24), (40, 12), (200, 60)] {
        check("enrol", &mut person, cols, rows);
    }
    let ground = |cols: u16, rows: u16, person: &mut Typist| {
        let seen = person.sees(cols, rows);
        seen.content.iter().filter(|cell| cell.bg == Color::White && cell.fg == Color::Black).count()
    };
    assert_eq!((ground(80, 24, &mut person), ground(40, 12, &mut person)), (36 * 19, 0));
    let mut person = Typist::before(SampleForm::new(FieldKind::Enrol), Charset::Ascii);
    assert_eq!(ground(80, 24, &mut person), 0, "there are no half blocks in ASCII");
}

#[test]
fn several_sentences_a_box_and_the_ways_around() {
    let mut person = Typist::at(FieldKind::Case);
    person.types(
        "My phone fell into the lake, and with it the authenticator. The recovery codes are in the same lake.",
    );
    for (cols, rows) in [(80, 24), (40, 12), (200, 60), (20, 5)] {
        check("case", &mut person, cols, rows);
    }
}

#[test]
fn enter_code() {
    let mut person = Typist::at(FieldKind::EnterCode);
    person.types("wdjbmj");
    for (cols, rows) in [(80, 24), (40, 12), (200, 60)] {
        check("enter-code", &mut person, cols, rows);
    }
    person.sees(40, 12);
    person.types("\x1b[6~");
    check("enter-code-scrolled", &mut person, 40, 12);
}

#[test]
fn new_password() {
    let mut person = Typist::at(FieldKind::NewPassword);
    person.types("correct horse battery\tcorrect hors");
    for (cols, rows) in [(80, 24), (40, 12)] {
        check("new-password", &mut person, cols, rows);
    }
}

#[test]
fn change_password() {
    let mut person = Typist::before(with_error(SampleForm::new(FieldKind::ChangePassword)), Charset::Utf8);
    person.types("old\tcorrect horse battery\tcorrect horse battery");
    for (cols, rows) in [(80, 24), (40, 12), (20, 8)] {
        check("change-password", &mut person, cols, rows);
    }
}

#[test]
fn an_answer_is_seen_on_a_small_screen_whatever_else_is_said() {
    let mut person = Typist::before(with_error(SampleForm::new(FieldKind::ChangePassword)), Charset::Utf8);
    for keys in ["old", "\tone", "\ttwo", "\x1b[Z", "\x1b[Z"] {
        person.types(keys);
        let seen = person.reads(40, 12);
        assert!(seen.contains("not changed."), "{seen}");
    }
}

#[test]
fn teams() {
    let mut desk = SampleForm::new(FieldKind::Teams);
    desk.toast = Some("Your password has been successfully reset");
    let mut person = Typist::before(desk, Charset::Utf8);
    for (cols, rows) in [(80, 24), (40, 12), (20, 5)] {
        check("teams-toast", &mut person, cols, rows);
    }
    let mut desk = SampleForm::new(FieldKind::Teams);
    desk.rows = 40;
    let mut person = Typist::before(desk, Charset::Utf8);
    person.types("jjjjjjjjjjjjjjjjjjjjj");
    for (cols, rows) in [(80, 24), (40, 12)] {
        check("teams-many", &mut person, cols, rows);
    }
    check("teams-none", &mut Typist::at(FieldKind::NoTeams), 80, 24);
    check("team", &mut Typist::at(FieldKind::Team), 80, 24);
}

#[test]
fn overlays_and_waiting() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("\x1bOP");
    for (cols, rows) in [(80, 24), (40, 12)] {
        check("help", &mut person, cols, rows);
    }
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada\x03");
    for (cols, rows) in [(80, 24), (40, 12), (20, 5)] {
        check("quit", &mut person, cols, rows);
    }
    let mut person = Typist::at(FieldKind::Case);
    person.types("It does not open.\x1b");
    for (cols, rows) in [(80, 24), (40, 12), (20, 5)] {
        check("lose", &mut person, cols, rows);
    }
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada\tsecret");
    person.desk.waiting = true;
    check("waiting", &mut person, 80, 24);
}

#[test]
fn a_hidden_secret_is_nowhere_on_the_screen_and_a_shown_one_is() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada\tzyzzyva");
    let hidden = person.reads(80, 24);
    assert!(hidden.contains("•••••••") && !hidden.contains('z'), "{hidden}");
    person.types("\x1bOQ");
    assert!(person.reads(80, 24).contains("zyzzyva"));
    assert!(person.reads(80, 24).contains("F2 hide password"));
    person.types("\x12");
    assert!(!person.reads(80, 24).contains("zyzzyva"));
}

#[test]
fn what_is_not_active_looks_so_without_colour() {
    let mut person = Typist::at(FieldKind::ChangePassword);
    assert!(person.reads(80, 24).contains("( Update )"));
    person.types("old\tnew new new new\tnew new new new");
    let buffer = person.sees(80, 24);
    assert!(text_of(&buffer).contains("[ Update ]"));
    assert!(buffer.content.iter().all(|cell| !cell.modifier.contains(Modifier::DIM)));
}

#[test]
fn a_page_does_not_jump_back_to_boxes_while_it_is_shown() {
    let mut person = Typist::at(FieldKind::NewPassword);
    let rows = 18;
    assert!(person.reads(80, rows).contains('┌'));
    person.types("aaa\tbbb");
    let flat = person.reads(80, rows);
    assert!(flat.contains("Passwords Do Not Match") && !flat.contains('┌'), "{flat}");
    person.types("\x15aaa");
    assert!(!person.reads(80, rows).contains('┌'));
    assert!(person.reads(80, 24).contains('┌'));
}

#[test]
fn a_first_frame_and_a_typed_character_stay_within_their_budgets() {
    let mut person = Typist::at(FieldKind::SignIn);
    let mut painter = Painter::new(ColorDepth::Ansi16);
    let enter = painter.enter().len();
    let mut paint = |person: &mut Typist| {
        let page = person.desk.page();
        let portal = super::sample_form::portal();
        painter
            .paint(Size::DEFAULT, |buffer| person.screen.draw(&page, &portal, buffer))
            .map_or(0, |b| b.len())
    };
    let first = paint(&mut person) + enter;
    assert!(first <= 2560, "{first}");
    for key in ["a", "d", "a", "\x7f", "\x1b[D", "b", "c"] {
        person.types(key);
        let bytes = paint(&mut person);
        assert!((1..=48).contains(&bytes), "{bytes} for {key:?}");
    }
}

#[test]
fn what_has_the_focus_and_what_leads_elsewhere_is_told_by_attributes() {
    let style_at = |person: &mut Typist, words: &str| {
        let buffer = person.sees(80, 24);
        let text = text_of(&buffer);
        let (y, line) = text.lines().enumerate().find(|(_, line)| line.contains(words)).unwrap();
        let x = line[..line.find(words).unwrap()].chars().count();
        buffer[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].modifier
    };
    let mut person = Typist::at(FieldKind::SignIn);
    assert_eq!(style_at(&mut person, "Email or"), Modifier::BOLD);
    assert_eq!(style_at(&mut person, "Forgot"), Modifier::UNDERLINED);
    person.types("\t\t\t");
    assert_eq!(style_at(&mut person, "Email or"), Modifier::empty());
    assert_eq!(style_at(&mut person, "Forgot"), Modifier::REVERSED);
    let mut person = Typist::at(FieldKind::Teams);
    person.types("j");
    assert_eq!(style_at(&mut person, "Difference"), Modifier::REVERSED);
    assert_eq!(style_at(&mut person, "Analytical"), Modifier::empty());
}

#[test]
fn the_largest_terminal_is_drawn_too() {
    for kind in KINDS {
        let mut person = Typist::at(kind);
        let seen = person.reads(500, 200);
        assert_eq!(seen.lines().count(), 200);
        assert!(seen.contains("Ctrl-C quit"));
    }
}

fn any_desk() -> impl Strategy<Value = SampleForm> {
    let text = prop::collection::vec(prop::sample::select(vec!['a', 'é', '漢', '\u{301}', ' ']), 0..60)
        .prop_map(|chars| chars.into_iter().collect::<String>());
    let notice = prop::option::of(prop::sample::select(vec![Tone::Good, Tone::Bad, Tone::Neutral]));
    (prop::sample::select(KINDS.to_vec()), notice, any::<[bool; 2]>(), 0usize..60, text).prop_map(
        |(kind, notice, [toast, waiting], rows, text)| {
            let mut desk = SampleForm::new(kind);
            desk.notice = notice.map(|tone| Notice {
                tone,
                id: "x",
                text: "Something happened. Nothing was changed.".into(),
            });
            desk.toast = toast.then_some("Your password has been successfully reset");
            desk.waiting = waiting;
            desk.rows = rows;
            desk.text = if kind == FieldKind::EnterCode { "WDJB".into() } else { text };
            desk
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_keys_break_a_page(
        desk in any_desk(),
        ascii in any::<bool>(),
        steps in prop::collection::vec((20u16..=200, 5u16..=60, prop::sample::select(vec![
            "\t", "\x1b[Z", "\r", "x", "é漢", "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~", "\x1b[F", "\x1b[H", "?", "\x1b",
            "\x1bOP", "\x1bOQ", "\x03", "\x7f", "\x15", "j", "G", "\x1b[<0;30;6M", "\x1b[<65;1;1M", "\x1b[<64;1;1M",
            "\x1b[200~pasted text\x1b[201~", " ",
        ])), 1..12),
    ) {
        let charset = if ascii { Charset::Ascii } else { Charset::Utf8 };
        let mut person = Typist::before(desk, charset);
        for (cols, rows, keys) in steps {
            person.types(keys);
            let seen = person.reads(cols, rows);
            let (x, y) = person.cursor.unwrap();
            prop_assert!(x < cols && y < rows, "cursor {x},{y} at {cols}x{rows}");
            prop_assert!(!ascii || seen.is_ascii(), "{}", seen);
        }
    }
}
