//! What each key does.

use super::super::Screen;
use super::super::focus::Focus;
use super::sample_form::{FieldKind, SampleForm, TestScreen};
use crate::flow::page::{ActionKind, Field, Notice, Tone, Value};
use crate::terminal::capabilities::Charset;
use crate::terminal::input::{Input, Key};
use crate::ui::UserAction;

pub(super) fn teams(rows: usize) -> TestScreen {
    let mut form = SampleForm::new(FieldKind::Teams);
    form.rows = rows;
    TestScreen::new(form, Charset::Utf8)
}

fn is_typed(action: &UserAction) -> bool {
    matches!(action, UserAction::Typed { .. })
}

#[test]
fn a_whole_sign_in_can_be_typed_ahead() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    assert_eq!(ui.press_last("ada\tcorrect horse\r"), UserAction::Pressed("sign-in"));
    assert_eq!((ui.form.text.as_str(), ui.form.secrets[0].expose()), ("ada", "correct horse"));
    let mut ui = TestScreen::of(FieldKind::SignIn);
    assert_eq!(ui.press_last("ada\rcorrect horse\n"), UserAction::Pressed("sign-in"));
}

#[test]
fn the_focus_starts_at_the_first_empty_field() {
    let mut form = SampleForm::new(FieldKind::SignIn);
    form.text = "ada".into();
    let ui = TestScreen::new(form, Charset::Utf8);
    assert_eq!(ui.screen.focus, Focus::Field(1));
    assert_eq!(teams(3).screen.focus, Focus::Table);
    assert_eq!(TestScreen::of(FieldKind::NoTeams).screen.focus, Focus::Action("password"));
    assert_eq!(TestScreen::of(FieldKind::Team).screen.focus, Focus::Action("back"));
}

#[test]
fn tab_follows_the_page_order_and_skips_inactive_actions() {
    let mut ui = TestScreen::of(FieldKind::EnterCode);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(ui.screen.focus);
        ui.press("\t");
    }
    let actions = ["continue", "change", "back"].map(Focus::Action);
    assert_eq!(seen, [Focus::Field(0), actions[0], actions[1], actions[2], Focus::Field(0)]);
    ui.press("\x1b[Z");
    assert_eq!(ui.screen.focus, Focus::Field(0));
    ui.press("\x1b[A");
    assert_eq!(ui.screen.focus, Focus::Action("back"));
}

#[test]
fn enter_moves_to_the_next_empty_field_and_then_presses() {
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    ui.press("old\r");
    assert_eq!(ui.screen.focus, Focus::Field(1));
    ui.press("new new new new\rnew new new new");
    // Nothing is missing any more, so Enter presses from any field.
    assert_eq!(ui.press_last("\x1b[A\x1b[A\r"), UserAction::Pressed("update"));
}

#[test]
fn enter_in_the_last_field_focuses_the_problem_while_the_action_is_inactive() {
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    assert_eq!(ui.press_last("\t\tnew\r"), UserAction::Redraw);
    assert_eq!(ui.screen.focus, Focus::Field(0));
    let mut ui = TestScreen::of(FieldKind::NewPassword);
    assert_eq!(ui.press_last("one\ttwo\r"), UserAction::Redraw);
    assert_eq!(ui.screen.focus, Focus::Field(1));
}

#[test]
fn enter_does_not_skip_an_invalid_field() {
    let mut form = SampleForm::new(FieldKind::ChangePassword);
    for (secret, value) in form.secrets.iter_mut().zip(["old", "new!", "new"]) {
        secret.set(value);
    }
    let mut page = form.page();
    let (id, value) = ("display-name", Value::Text(""));
    page.fields.push(
        Field { id, label: "Display name", value, revision: 0, max_chars: 9, hint: None, optional: false }
            .optional(),
    );
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    screen.focus = Focus::Field(1);
    assert_eq!(screen.input(Input::Key(Key::Enter), &page), UserAction::Redraw);
    assert_eq!(screen.focus, Focus::Field(2));
}

#[test]
fn a_cleared_field_does_not_take_the_focus_from_one_being_typed() {
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    ui.press("old\tnew\tnew\x1b[A!");
    ui.form.secrets[2].clear();
    ui.form.revision += 1;
    ui.screen.show(&ui.form.page());
    assert_eq!(ui.screen.focus, Focus::Field(1));
    ui.press("?\r");
    assert_eq!((ui.form.secrets[1].expose(), ui.screen.focus), ("new!?", Focus::Field(2)));
}

#[test]
fn a_cleared_field_gets_the_focus_and_is_empty() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\twrong\t\r");
    assert_eq!(ui.screen.focus, Focus::Action("sign-in"));
    ui.form.secrets[0].clear();
    ui.form.revision += 1;
    ui.screen.show(&ui.form.page());
    assert_eq!(ui.screen.focus, Focus::Field(1));
    ui.press("right");
    assert_eq!(ui.form.secrets[0].expose(), "right");
    assert_eq!(ui.form.text, "ada");
}

#[test]
fn a_refused_field_gets_the_focus() {
    for (tone, id, focus) in [
        (Tone::Bad, "name-taken", Focus::Field(0)),
        (Tone::Good, "name-taken", Focus::Field(1)),
        (Tone::Bad, "try-later", Focus::Field(1)),
    ] {
        let mut ui = TestScreen::of(FieldKind::SignIn);
        ui.press("ada\tsecret");
        ui.form.notice = Some(Notice::new(tone, id, "No."));
        assert_eq!(ui.press_last("\r"), UserAction::Pressed("sign-in"));
        assert_eq!(ui.screen.focus, focus, "{id}");
    }
}

#[test]
fn showing_a_page_again_keeps_what_is_being_typed() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\x1b[D\x1b[D");
    ui.screen.show(&ui.form.page());
    ui.press("x");
    assert_eq!(ui.form.text, "axda");
}

#[test]
fn another_page_starts_fresh() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\tsecret\x1bOQ");
    ui.form = SampleForm::new(FieldKind::ChangePassword);
    ui.screen.show(&ui.form.page());
    assert_eq!(ui.screen.focus, Focus::Field(0));
    ui.press("current");
    assert!(!ui.text(80, 24).contains("current"));
}

#[test]
fn esc_goes_back_or_to_the_landing_page_or_asks() {
    assert_eq!(TestScreen::of(FieldKind::EnterCode).press_last("\x1b"), UserAction::Pressed("back"));
    assert_eq!(TestScreen::of(FieldKind::Case).press_last("\x1b"), UserAction::Pressed("back"));
    let mut ui = TestScreen::of(FieldKind::SignIn);
    assert_eq!(ui.press_last("\x1b"), UserAction::Redraw);
    assert!(ui.text(80, 24).contains("Leave? Ctrl-C leaves, Esc stays"));
    ui.press("\x1b");
    assert!(!ui.text(80, 24).contains("Leave?"));
    ui.press("\x1b");
    assert_eq!(ui.press_last("\x03"), UserAction::Leave);
}

#[test]
fn ctrl_c_leaves_at_once_unless_something_typed_would_be_lost() {
    assert_eq!(TestScreen::of(FieldKind::SignIn).press_last("\x03"), UserAction::Leave);
    let mut ui = TestScreen::of(FieldKind::SignIn);
    assert_eq!(ui.press_last("ada\x03"), UserAction::Redraw);
    let asked = "Leave and lose what you typed? Ctrl-C leaves, Esc stays";
    assert!(ui.text(80, 24).contains(asked));
    // Typing on means staying.
    ui.press("x");
    assert_eq!(ui.form.text, "adax");
    assert!(!ui.text(80, 24).contains(asked));
    assert_eq!(ui.press("\x03\x03").pop(), Some(UserAction::Leave));
}

#[test]
fn ctrl_d_leaves_from_an_empty_field_and_deletes_in_another() {
    assert_eq!(TestScreen::of(FieldKind::SignIn).press_last("\x04"), UserAction::Leave);
    let mut ui = TestScreen::of(FieldKind::SignIn);
    assert!(is_typed(&ui.press_last("ada\x01\x04")));
    assert_eq!(ui.form.text, "da");
}

#[test]
fn lists_move_with_arrows_and_letters_and_enter_opens() {
    let mut ui = teams(20);
    ui.draw(80, 24);
    assert_eq!(ui.press_last("jj\r"), UserAction::Opened(2));
    assert_eq!(ui.press_last("k\x1b[B\x1b[B\r"), UserAction::Opened(3));
    assert_eq!(ui.press_last("G\r"), UserAction::Opened(19));
    assert_eq!(ui.press_last("g\r"), UserAction::Opened(0));
    assert_eq!(ui.press_last("\x1b[F\r"), UserAction::Opened(19));
    ui.press("\x1b[5~");
    assert!((2..18).contains(&ui.screen.selected));
    // Past its end the arrows move on to the actions and back.
    ui.press("G\x1b[B");
    assert_eq!(ui.screen.focus, Focus::Action("password"));
    assert_eq!(ui.press_last("\x1b[C\r"), UserAction::Pressed("sign-out"));
    assert_eq!(ui.press_last("\x1b[C\x1b[D\x1b[A\r"), UserAction::Opened(19));
}

#[test]
fn a_list_that_loads_later_gets_the_focus_unless_a_key_was_pressed() {
    let mut ui = TestScreen::of(FieldKind::NoTeams);
    ui.form.waiting = true;
    ui.screen.show(&ui.form.page());
    ui.press("x");
    (ui.form.waiting, ui.form.kind) = (false, FieldKind::Teams);
    ui.screen.show(&ui.form.page());
    assert_eq!(ui.press_last("\r"), UserAction::Opened(0));
    let mut ui = TestScreen::of(FieldKind::NoTeams);
    ui.press("\t");
    ui.form.kind = FieldKind::Teams;
    ui.screen.show(&ui.form.page());
    assert_eq!(ui.press_last("\r"), UserAction::Pressed("sign-out"));
}

#[test]
fn a_row_that_disappeared_is_not_selected() {
    let mut ui = teams(20);
    ui.press("G");
    ui.form.rows = 3;
    ui.screen.show(&ui.form.page());
    assert_eq!(ui.press_last("\r"), UserAction::Opened(2));
}

#[test]
fn help_opens_with_f1_and_outside_fields_with_a_question_mark() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    assert!(is_typed(&ui.press_last("?")));
    ui.press("\x1bOP");
    assert!(ui.text(80, 24).contains("Shift-Tab, Up"));
    ui.press("\x1b");
    assert!(!ui.text(80, 24).contains("Shift-Tab, Up"));
    let mut ui = teams(3);
    ui.press("?");
    assert!(ui.text(80, 24).contains("Shift-Tab, Up"));
    ui.press("?");
    assert!(!ui.text(80, 24).contains("Shift-Tab, Up"));
}

#[test]
fn the_whole_help_can_be_read_on_a_small_screen() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("\x1bOP");
    let mut seen = ui.text(40, 12);
    assert!(!seen.contains("support@acme.example"));
    for _ in 0..30 {
        ui.press("\x1b[B");
        seen.push_str(&ui.text(40, 12));
    }
    assert!(seen.contains("support@acme.example") && seen.contains("Ctrl-L") && seen.contains("quit"));
}

#[test]
fn a_long_page_can_be_read_on_a_small_screen() {
    let mut ui = TestScreen::of(FieldKind::EnterCode);
    let mut seen = ui.text(40, 12);
    for _ in 0..10 {
        ui.press("\x1b[6~");
        seen.push_str(&ui.text(40, 12));
    }
    assert!(
        seen.contains("support@acme.example") && seen.contains("PgDn more") && seen.contains("PgUp more")
    );
    // The next key brings the field back.
    ui.press("w");
    assert!(ui.text(40, 12).contains("[W "));
}

#[test]
fn keys_wait_during_a_request_but_ctrl_c_gets_through() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.form.waiting = true;
    ui.screen.show(&ui.form.page());
    assert!(ui.press("ada\t\r\x1b").iter().all(|action| *action == UserAction::None));
    assert_eq!(ui.press_last("\x03"), UserAction::Leave);
    assert!(ui.text(80, 24).contains("Please wait…"));
}

#[test]
fn ctrl_l_repaints_and_f4_toggles_the_mouse() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    assert_eq!(ui.press_last("\x0c"), UserAction::FullRepaint);
    assert_eq!(ui.press_last("\x1bOS"), UserAction::ToggleMouse(true));
    assert_eq!(ui.press_last("\x1bOS"), UserAction::ToggleMouse(false));
}

/// The position of `words` on a screen of 80x24.
fn position(ui: &mut TestScreen, words: &str) -> (u16, u16) {
    let text = ui.text(80, 24);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(words)).unwrap();
    let at = line.find(words).unwrap();
    (u16::try_from(line[..at].chars().count()).unwrap(), u16::try_from(row).unwrap())
}

pub(super) fn click(ui: &mut TestScreen, words: &str) -> UserAction {
    let (col, row) = position(ui, words);
    ui.send(Input::Click { col, row })
}

#[test]
fn a_click_focuses_presses_and_opens() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\t");
    assert_eq!(click(&mut ui, "ada"), UserAction::Redraw);
    assert_eq!(ui.screen.focus, Focus::Field(0));
    assert_eq!(click(&mut ui, "Forgot"), UserAction::Pressed("forgot"));
    assert_eq!(ui.send(Input::Click { col: 0, row: 23 }), UserAction::None);
    let mut ui = teams(20);
    assert_eq!(click(&mut ui, "Difference 4"), UserAction::Opened(4));
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    assert_eq!(click(&mut ui, "( Update )"), UserAction::Redraw);
}

#[test]
fn the_wheel_scrolls_a_list_that_is_too_long() {
    let mut ui = teams(40);
    assert!(!ui.text(80, 24).contains("Difference 22"));
    for _ in 0..8 {
        ui.send(Input::Wheel { up: false });
    }
    assert!(ui.text(80, 24).contains("Difference 22"));
}

#[test]
fn the_cursor_is_on_the_focused_item() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada");
    let (x, y) = position(&mut ui, "ada");
    assert_eq!(ui.cursor, Some((x + 3, y)));
    ui.press("\t\t");
    let (x, y) = position(&mut ui, "Sign in ]");
    assert_eq!(ui.cursor, Some((x, y)));
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    ui.press("old\tnew new\tnew new\t");
    let (x, y) = position(&mut ui, "Update ]");
    assert_eq!(ui.cursor, Some((x, y)));
    let mut ui = teams(5);
    ui.press("j");
    let at = position(&mut ui, "Difference 1");
    assert_eq!(ui.cursor, Some(at));
}

#[test]
fn debug_is_redacted() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    let action = ui.press_last("hunter");
    assert!(!format!("{:?}{action:?}", ui.screen).contains("hunter"));
    let _: &dyn Send = &Screen::new(Charset::Utf8);
}

#[test]
fn f12_locks_from_everywhere_and_asks_for_nothing_before() {
    let mut ui = TestScreen::of(FieldKind::NewPassword);
    ui.press("half a password");
    assert_eq!(ui.press_last("\x1b[24~"), UserAction::Lock);
    // Out of the help, and out of the question before leaving.
    for overlay in ["\x1bOP", "\x1b"] {
        ui.press(overlay);
        assert_eq!(ui.press_last("\x1b[24~"), UserAction::Lock, "{overlay:?}");
    }
}

#[test]
fn copying_takes_the_text_to_the_terminal_and_nothing_of_it_to_a_log() {
    let mut ui = TestScreen::of(FieldKind::Enrol);
    let action = ui.press_last("123456\t\t\r");
    assert!(matches!(&action, UserAction::Copy(text) if text.as_str() == "ABCDEFGHIJKL"), "{action:?}");
    assert_eq!(format!("{action:?} {:?}", ui.form.page().copies), "Copy(***) [CopyText(copy)]");
    assert_eq!(ui.form.text, "123456", "the page stays as it is");
}

#[test]
fn a_terminal_without_a_clipboard_is_offered_no_copying() {
    let form = SampleForm::new(FieldKind::Enrol);
    let page = form.page().without_copying();
    assert!(page.copies.is_empty() && page.actions.iter().all(|action| action.kind != ActionKind::Copy));
}
