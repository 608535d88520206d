//! Sample pages as plain text in `frames/` (see `tests/acceptance/golden.rs`).

use std::fmt::Write as _;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::golden::Golden;
use super::sample_form::{FieldKind, KINDS, SampleForm, TestScreen, text_of};
use crate::accounts::request::Enrolment;
use crate::domain::accent::Accent;
use crate::flow::Flow;
use crate::flow::page::{Notice, Tone};
use crate::flow::security::SetUpAuthenticator;
use crate::flow::testing::{cx, portal};
use crate::terminal::capabilities::{Background, Charset, ColorDepth};
use crate::terminal::painter::Painter;
use crate::terminal::size::Size;
use crate::ui::screen::{Screen, Theme};

#[track_caller]
fn check(name: &str, ui: &mut TestScreen, cols: u16, rows: u16) {
    let mut got = ui.text(cols, rows);
    let (x, y) = ui.cursor.unwrap();
    let _ = writeln!(got, "(cursor: column {x}, row {y})");
    let golden = Golden::new("src/ui/screen/tests/frames", &format!("{name}-{cols}x{rows}"));
    if Golden::is_blessing() {
        golden.write(&got);
    }
    assert!(got == golden.text(), "{golden}: {name} {cols}x{rows} is now\n{got}");
}

fn with_error(mut form: SampleForm) -> SampleForm {
    let text = "The current password is incorrect. Your password was not changed.";
    form.notice = Some(Notice::new(Tone::Bad, "current-wrong", text));
    form
}

#[test]
fn sign_in() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada@example.org\tcorrect horse");
    for (cols, rows) in [(80, 24), (40, 12), (200, 60), (20, 5)] {
        check("sign-in", &mut ui, cols, rows);
    }
}

#[test]
fn sign_in_without_unicode() {
    let mut ui = TestScreen::new(SampleForm::new(FieldKind::SignIn), Charset::Ascii);
    ui.press("zoë\tcorrect horse");
    check("sign-in-ascii", &mut ui, 80, 24);
}

#[test]
fn a_picture_is_shown_beside_the_page_or_replaced_by_text() {
    let mut ui = TestScreen::of(FieldKind::Enrol);
    ui.press("123");
    for (cols, rows) in [(80, 24), (40, 12), (200, 60)] {
        check("enrol", &mut ui, cols, rows);
    }
    let ground = |cols: u16, rows: u16, ui: &mut TestScreen| {
        let seen = ui.draw(cols, rows);
        seen.content.iter().filter(|cell| cell.bg == Color::White && cell.fg == Color::Black).count()
    };
    assert_eq!((ground(80, 24, &mut ui), ground(40, 12, &mut ui)), (36 * 19, 0));
}

/// What a camera reads from a screen whose own colours are `ink` on `paper`: each cell is 4 by 8 pixels.
fn read_by_camera(buffer: &Buffer, ink: u8, paper: u8) -> String {
    let shade = |color: Color, own: u8| match color {
        // Blue are a frame, a button and the bar beside the portal's name.
        Color::Reset | Color::LightBlue | Color::Blue => own,
        Color::Black => 0,
        Color::White => 229,
        other => panic!("{other:?} is no colour of a picture"),
    };
    let pixel = |x: usize, y: usize| {
        let cell = &buffer[(u16::try_from(x / 4).unwrap(), u16::try_from(y / 8).unwrap())];
        let (ink, paper) = (shade(cell.fg, ink), shade(cell.bg, paper));
        let is_upper = y % 8 < 4;
        let is_inked = match cell.symbol() {
            "█" => true,
            "▀" => is_upper,
            "▄" => !is_upper,
            " " => false,
            // A letter.
            _ => x % 4 == 1 && y % 8 > 1,
        };
        if is_inked { ink } else { paper }
    };
    let (cols, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(cols * 4, rows * 8, pixel);
    image.detect_grids().first().expect("a QR code").decode().unwrap().1
}

/// F65, F68: the QR code with whole names is read from a screen of 80x24, on a dark and on a light ground.
#[test]
fn the_qr_code_of_a_long_name_is_read_from_a_usual_screen_in_any_theme() {
    let enrolment = Enrolment::for_test("maria.schneider.admin");
    let flow = Flow::SetUpAuthenticator(SetUpAuthenticator::new(cx(), enrolment.clone()));
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&flow.page());
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    screen.draw(&flow.page(), &portal(), &mut buffer);
    let seen = text_of(&buffer);
    assert!(seen.contains("[ Turn on ]"), "{seen}");
    for (ink, paper) in [(204, 16), (0, 255)] {
        assert_eq!(read_by_camera(&buffer, ink, paper), enrolment.uri(&portal().name).expose());
    }
}

/// F68: dark on light in any theme, by colours of its own; where there are none, nobody knows which ground is light.
#[test]
fn a_picture_that_cannot_be_shown_says_what_it_needs() {
    let said = |charset, has_colours: bool, cols, rows| {
        let mut ui = TestScreen::new(SampleForm::new(FieldKind::Enrol), charset);
        let depth = if has_colours { ColorDepth::Ansi16 } else { ColorDepth::Mono };
        ui.screen = ui.screen.in_colours(Accent::default(), depth, Background::default());
        let form = SampleForm::new(FieldKind::Enrol);
        ui.screen.show(&form.page());
        ui.text(cols, rows)
    };
    for (charset, has_colours, cols, text) in [
        (Charset::Utf8, true, 40, "F3 shows the picture."),
        (Charset::Utf8, true, 35, "A picture to scan is shown on"),
        (Charset::Ascii, true, 80, "A picture needs UTF-8."),
        (Charset::Ascii, false, 40, "A picture needs UTF-8."),
        (Charset::Utf8, false, 80, "A picture needs colours."),
    ] {
        let seen = said(charset, has_colours, cols, 24);
        assert!(seen.contains(text) && !seen.contains('█'), "{charset:?} {has_colours}\n{seen}");
    }
    assert!(said(Charset::Utf8, true, 80, 24).contains('█'));
}

#[test]
fn several_sentences_a_checkbox_and_navigation() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press(
        "My phone fell into the lake, and with it the authenticator. The recovery codes are in the same lake.",
    );
    for (cols, rows) in [(80, 24), (40, 12), (200, 60), (20, 5)] {
        check("case", &mut ui, cols, rows);
    }
}

#[test]
fn enter_code() {
    let mut ui = TestScreen::of(FieldKind::EnterCode);
    ui.press("wdjbmj");
    for (cols, rows) in [(80, 24), (40, 12), (200, 60)] {
        check("enter-code", &mut ui, cols, rows);
    }
    ui.draw(40, 12);
    ui.press("\x1b[6~");
    check("enter-code-scrolled", &mut ui, 40, 12);
}

#[test]
fn new_password() {
    let mut ui = TestScreen::of(FieldKind::NewPassword);
    ui.press("correct horse battery\tcorrect hors");
    for (cols, rows) in [(80, 24), (40, 12)] {
        check("new-password", &mut ui, cols, rows);
    }
}

#[test]
fn change_password() {
    let mut ui = TestScreen::new(with_error(SampleForm::new(FieldKind::ChangePassword)), Charset::Utf8);
    ui.press("old\tcorrect horse battery\tcorrect horse battery");
    for (cols, rows) in [(80, 24), (40, 12), (20, 8)] {
        check("change-password", &mut ui, cols, rows);
    }
}

#[test]
fn a_notice_is_visible_on_a_small_screen_whatever_else_is_shown() {
    let mut ui = TestScreen::new(with_error(SampleForm::new(FieldKind::ChangePassword)), Charset::Utf8);
    for keys in ["old", "\tone", "\ttwo", "\x1b[Z", "\x1b[Z"] {
        ui.press(keys);
        let seen = ui.text(40, 12);
        let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Your password was not changed."), "{seen}");
    }
}

#[test]
fn teams() {
    let mut form = SampleForm::new(FieldKind::Teams);
    form.toast = Some("Your password has been successfully reset");
    let mut ui = TestScreen::new(form, Charset::Utf8);
    for (cols, rows) in [(80, 24), (40, 12), (20, 5)] {
        check("teams-toast", &mut ui, cols, rows);
    }
    let mut form = SampleForm::new(FieldKind::Teams);
    form.rows = 40;
    let mut ui = TestScreen::new(form, Charset::Utf8);
    ui.press("jjjjjjjjjjjjjjjjjjjjj");
    for (cols, rows) in [(80, 24), (40, 12)] {
        check("teams-many", &mut ui, cols, rows);
    }
    check("teams-none", &mut TestScreen::of(FieldKind::NoTeams), 80, 24);
    check("team", &mut TestScreen::of(FieldKind::Team), 80, 24);
}

#[test]
fn overlays_and_waiting() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("\x1bOP");
    for (cols, rows) in [(80, 24), (40, 12)] {
        check("help", &mut ui, cols, rows);
    }
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\x03");
    for (cols, rows) in [(80, 24), (40, 12), (20, 5)] {
        check("quit", &mut ui, cols, rows);
    }
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("It does not open.\x1b");
    for (cols, rows) in [(80, 24), (40, 12), (20, 5)] {
        check("lose", &mut ui, cols, rows);
    }
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\tsecret");
    ui.form.waiting = true;
    check("waiting", &mut ui, 80, 24);
}

#[test]
fn a_secret_is_on_the_screen_only_when_revealed() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\tzyzzyva");
    let hidden = ui.text(80, 24);
    assert!(hidden.contains("•••••••") && !hidden.contains('z'), "{hidden}");
    ui.press("\x1bOQ");
    assert!(ui.text(80, 24).contains("zyzzyva"));
    assert!(ui.text(80, 24).contains("F2 hide password"));
    ui.press("\x12");
    assert!(!ui.text(80, 24).contains("zyzzyva"));
}

#[test]
fn inactive_actions_look_inactive_without_colour() {
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    assert!(ui.text(80, 24).contains("( Update )"));
    ui.press("old\tnew new new new\tnew new new new");
    let buffer = ui.draw(80, 24);
    assert!(text_of(&buffer).contains("[ Update ]"));
    assert!(buffer.content.iter().all(|cell| !cell.modifier.contains(Modifier::DIM)));
}

#[test]
fn a_page_does_not_jump_back_to_boxes_while_it_is_shown() {
    let mut ui = TestScreen::of(FieldKind::NewPassword);
    let rows = 16;
    assert!(ui.text(80, rows).contains('┌'));
    ui.press("aaa\tbbb");
    let flat = ui.text(80, rows);
    assert!(flat.contains("Passwords Do Not Match") && !flat.contains('┌'), "{flat}");
    ui.press("\x15aaa");
    assert!(!ui.text(80, rows).contains('┌'));
    assert!(ui.text(80, 24).contains('┌'));
}

#[test]
fn a_first_frame_and_a_typed_character_stay_within_their_budgets() {
    for depth in [ColorDepth::Mono, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::Rgb] {
        let mut ui = in_depth(FieldKind::SignIn, depth);
        let mut painter = Painter::new(depth);
        let enter = painter.enter().len();
        let mut paint = |ui: &mut TestScreen| {
            let page = ui.form.page();
            let portal = super::sample_form::portal();
            let draw = |buffer: &mut Buffer| ui.screen.draw(&page, &portal, buffer);
            painter.paint(Size::DEFAULT, draw).map_or(0, |bytes| bytes.len())
        };
        let first = paint(&mut ui) + enter;
        // Before there were colours it took 1,926.
        assert!(first <= 2_118, "{first} in {depth:?}");
        for key in ["a", "d", "a", "\x7f", "\x1b[D", "b", "c"] {
            ui.press(key);
            let bytes = paint(&mut ui);
            assert!((1..=24).contains(&bytes), "{bytes} for {key:?} in {depth:?}");
        }
    }
}

/// The style of the first of `words` on a screen of 80x24.
fn style_at(ui: &mut TestScreen, words: &str) -> Style {
    let buffer = ui.draw(80, 24);
    let text = text_of(&buffer);
    let (y, line) = text.lines().enumerate().find(|(_, line)| line.contains(words)).unwrap();
    let x = line[..line.find(words).unwrap()].chars().count();
    buffer[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].style()
}

fn in_depth(kind: FieldKind, depth: ColorDepth) -> TestScreen {
    let mut ui = TestScreen::of(kind);
    ui.screen = Screen::new(Charset::Utf8).in_colours(Accent::default(), depth, Background::default());
    ui.screen.show(&ui.form.page());
    ui
}

#[test]
fn focus_and_links_are_marked_by_attributes() {
    let modifier_at = |ui: &mut TestScreen, words: &str| style_at(ui, words).add_modifier;
    let mut ui = in_depth(FieldKind::SignIn, ColorDepth::Mono);
    assert_eq!(modifier_at(&mut ui, "Email or"), Modifier::BOLD);
    assert_eq!(modifier_at(&mut ui, "Forgot"), Modifier::UNDERLINED);
    ui.press("\t\t\t");
    assert_eq!(modifier_at(&mut ui, "Email or"), Modifier::empty());
    assert_eq!(modifier_at(&mut ui, "Forgot"), Modifier::REVERSED);
    let mut ui = in_depth(FieldKind::Teams, ColorDepth::Mono);
    ui.press("j");
    assert_eq!(modifier_at(&mut ui, "Difference"), Modifier::REVERSED | Modifier::BOLD);
    assert_eq!(modifier_at(&mut ui, "Analytical"), Modifier::empty());
}

#[test]
fn what_has_the_focus_is_seen_at_arm_s_length() {
    let theme = Theme::of(Accent::default(), ColorDepth::Rgb, Background::default());
    let is = |ui: &mut TestScreen, words: &str, style: Style| {
        let seen = style_at(ui, words);
        let color = |color: Option<Color>| color.unwrap_or(Color::Reset);
        assert_eq!((color(seen.fg), color(seen.bg)), (color(style.fg), color(style.bg)), "{words}");
    };
    let mut ui = in_depth(FieldKind::SignIn, ColorDepth::Rgb);
    // The frame and the label of the field, and the button that Enter presses from there.
    is(&mut ui, "Email or", theme.focus);
    is(&mut ui, "┌", theme.border_focus);
    is(&mut ui, "Sign in ]", theme.button);
    ui.press("\t");
    is(&mut ui, "Email or", theme.text);
    is(&mut ui, "┌", theme.border);
    // One thing is filled: what Enter does.
    ui.press("\t\t");
    is(&mut ui, "Forgot", theme.pressed_next);
    is(&mut ui, "Sign in ]", theme.button_rest);
    let mut ui = in_depth(FieldKind::ChangePassword, ColorDepth::Rgb);
    is(&mut ui, "( Update )", theme.disabled);
    // A row has a bar and a tint.
    let mut ui = in_depth(FieldKind::Teams, ColorDepth::Rgb);
    is(&mut ui, "Analytical", theme.selection);
    is(&mut ui, "▌ Analytical", theme.selection_bar);
    is(&mut ui, "Difference", theme.text);
    let mut ui = in_depth(FieldKind::Case, ColorDepth::Rgb);
    is(&mut ui, "2 Profile", theme.current);
}

#[test]
fn another_background_changes_the_colours_and_nothing_else() {
    let mut ui = in_depth(FieldKind::SignIn, ColorDepth::Rgb);
    let (dark, text) = (style_at(&mut ui, "Email or"), ui.text(80, 24));
    assert!(ui.screen.set_background(Background::Light));
    assert!(!ui.screen.set_background(Background::Light));
    assert_ne!(style_at(&mut ui, "Email or"), dark);
    assert_eq!(ui.text(80, 24), text);
}

/// Everything of a page begins in one column: title, sentences, labels, fields, buttons, links, errors, the toast, tables.
#[test]
fn a_page_has_one_left_edge() {
    for kind in KINDS.into_iter().filter(|kind| *kind != FieldKind::Enrol) {
        for (cols, rows, edge) in [(80, 24, None), (120, 40, None), (200, 60, None), (40, 12, Some(1))] {
            let mut form = with_error(SampleForm::new(kind));
            form.toast = Some("Your password has been successfully reset");
            let mut ui = TestScreen::new(form, Charset::Utf8);
            let seen = ui.text(cols, rows);
            let is_member = ui.form.page().signed_in_as.is_some();
            let edge = edge.unwrap_or(match (is_member, cols) {
                (false, _) => cols.saturating_sub(44) / 2,
                (true, ..110) => 2,
                (true, _) => 26,
            });
            let (first, last) = (if cols < 110 { 3 } else { 2 }, usize::from(rows) - 2);
            for line in seen.lines().take(last).skip(first) {
                let is_wide = cols >= 110;
                // Without the side bar and the mark beside the selected row.
                let line: String = line
                    .chars()
                    .enumerate()
                    .map(|(x, c)| {
                        let is_beside = x < usize::from(edge) && !c.is_alphanumeric() || is_wide && x < 23;
                        if is_beside || c == '▌' { ' ' } else { c }
                    })
                    .collect();
                let at = line.chars().take_while(|c| *c == ' ').count();
                assert!(line.trim().is_empty() || at == usize::from(edge), "{at} for {edge}: {line}\n{seen}");
            }
        }
    }
}

#[test]
fn the_toast_moves_neither_the_title_nor_the_button_in_the_corner() {
    for kind in [FieldKind::ChangePassword, FieldKind::Teams] {
        for (cols, rows) in [(80, 24), (40, 12), (120, 40)] {
            let mut ui = TestScreen::of(kind);
            let title = ui.form.page().title.into_owned();
            let place = |seen: &str| seen.lines().position(|line| line.contains(&title)).unwrap();
            let before = place(&ui.text(cols, rows));
            ui.form.toast =
                Some("Your password has been successfully reset, and all other sessions were ended");
            assert_eq!(place(&ui.text(cols, rows)), before, "{kind:?} {cols}x{rows}");
        }
    }
}

#[test]
fn the_largest_terminal_can_be_drawn() {
    for kind in KINDS {
        let mut ui = TestScreen::of(kind);
        let seen = ui.text(500, 200);
        assert_eq!(seen.lines().count(), 200);
        assert!(seen.contains("Ctrl-C quit"));
    }
}

fn any_form() -> impl Strategy<Value = SampleForm> {
    let text = prop::collection::vec(prop::sample::select(vec!['a', 'é', '漢', '\u{301}', ' ']), 0..60)
        .prop_map(|chars| chars.into_iter().collect::<String>());
    let notice = prop::option::of(prop::sample::select(vec![Tone::Good, Tone::Bad, Tone::Neutral]));
    (prop::sample::select(KINDS.to_vec()), notice, any::<[bool; 2]>(), 0usize..60, text).prop_map(
        |(kind, notice, [toast, waiting], rows, text)| {
            let mut form = SampleForm::new(kind);
            form.notice =
                notice.map(|tone| Notice::new(tone, "x", "Something happened. Nothing was changed."));
            form.toast = toast.then_some("Your password has been successfully reset");
            form.waiting = waiting;
            form.rows = rows;
            form.text = if kind == FieldKind::EnterCode { "WDJB".into() } else { text };
            form
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_keys_break_a_page(
        form in any_form(),
        ascii in any::<bool>(),
        steps in prop::collection::vec((20u16..=200, 5u16..=60, prop::sample::select(vec![
            "\t", "\x1b[Z", "\r", "x", "é漢", "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~", "\x1b[F", "\x1b[H", "?", "\x1b",
            "\x1bOP", "\x1bOQ", "\x03", "\x7f", "\x15", "j", "G", "\x1b[<0;30;6M", "\x1b[<65;1;1M", "\x1b[<64;1;1M",
            "\x1b[200~pasted text\x1b[201~", " ",
        ])), 1..12),
    ) {
        let charset = if ascii { Charset::Ascii } else { Charset::Utf8 };
        let mut ui = TestScreen::new(form, charset);
        for (cols, rows, keys) in steps {
            ui.press(keys);
            let seen = ui.text(cols, rows);
            let (x, y) = ui.cursor.unwrap();
            prop_assert!(x < cols && y < rows, "cursor {x},{y} at {cols}x{rows}");
            prop_assert!(!ascii || seen.is_ascii(), "{}", seen);
        }
    }
}
