//! Where each key leads.

use super::super::Screen;
use super::super::focus::Focus;
use super::sample_form::{FieldKind, SampleForm, Typist};
use crate::flow::page::{Field, Notice, Tone, Value};
use crate::terminal::capabilities::Charset;
use crate::terminal::input::{Input, Key};
use crate::ui::UserAction;

pub(super) fn teams(rows: usize) -> Typist {
    let mut desk = SampleForm::new(FieldKind::Teams);
    desk.rows = rows;
    Typist::before(desk, Charset::Utf8)
}

fn is_typed(intent: &UserAction) -> bool {
    matches!(intent, UserAction::Typed { .. })
}

#[test]
fn a_whole_sign_in_may_be_typed_ahead() {
    let mut person = Typist::at(FieldKind::SignIn);
    assert_eq!(person.ends("ada\tcorrect horse\r"), UserAction::Pressed("sign-in"));
    assert_eq!((person.desk.text.as_str(), person.desk.secrets[0].expose()), ("ada", "correct horse"));
    let mut person = Typist::at(FieldKind::SignIn);
    assert_eq!(person.ends("ada\rcorrect horse\n"), UserAction::Pressed("sign-in"));
}

#[test]
fn the_focus_starts_where_something_is_missing() {
    let mut desk = SampleForm::new(FieldKind::SignIn);
    desk.text = "ada".into();
    let person = Typist::before(desk, Charset::Utf8);
    assert_eq!(person.screen.focus, Focus::Field(1));
    assert_eq!(teams(3).screen.focus, Focus::Table);
    assert_eq!(Typist::at(FieldKind::NoTeams).screen.focus, Focus::Action("password"));
    assert_eq!(Typist::at(FieldKind::Team).screen.focus, Focus::Action("back"));
}

#[test]
fn tab_goes_round_in_the_order_of_the_page_and_skips_what_is_not_active() {
    let mut person = Typist::at(FieldKind::EnterCode);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(person.screen.focus);
        person.types("\t");
    }
    let actions = ["continue", "change", "back"].map(Focus::Action);
    assert_eq!(seen, [Focus::Field(0), actions[0], actions[1], actions[2], Focus::Field(0)]);
    person.types("\x1b[Z");
    assert_eq!(person.screen.focus, Focus::Field(0));
    person.types("\x1b[A");
    assert_eq!(person.screen.focus, Focus::Action("back"));
}

#[test]
fn enter_goes_on_to_what_is_empty_and_then_presses() {
    let mut person = Typist::at(FieldKind::ChangePassword);
    person.types("old\r");
    assert_eq!(person.screen.focus, Focus::Field(1));
    person.types("new new new new\rnew new new new");
    // Nothing is missing any more, so Enter presses from any field.
    assert_eq!(person.ends("\x1b[A\x1b[A\r"), UserAction::Pressed("update"));
}

#[test]
fn enter_in_the_last_field_goes_to_the_problem_while_the_action_is_not_active() {
    let mut person = Typist::at(FieldKind::ChangePassword);
    assert_eq!(person.ends("\t\tnew\r"), UserAction::Redraw);
    assert_eq!(person.screen.focus, Focus::Field(0));
    let mut person = Typist::at(FieldKind::NewPassword);
    assert_eq!(person.ends("one\ttwo\r"), UserAction::Redraw);
    assert_eq!(person.screen.focus, Focus::Field(1));
}

#[test]
fn enter_does_not_skip_what_is_filled_in_but_not_right() {
    let mut desk = SampleForm::new(FieldKind::ChangePassword);
    for (secret, value) in desk.secrets.iter_mut().zip(["old", "new!", "new"]) {
        secret.set(value);
    }
    let mut page = desk.page();
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
fn a_field_that_is_wiped_while_another_is_typed_does_not_take_the_keys() {
    let mut person = Typist::at(FieldKind::ChangePassword);
    person.types("old\tnew\tnew\x1b[A!");
    person.desk.secrets[2].clear();
    person.desk.revision += 1;
    person.screen.show(&person.desk.page());
    assert_eq!(person.screen.focus, Focus::Field(1));
    person.types("?\r");
    assert_eq!((person.desk.secrets[1].expose(), person.screen.focus), ("new!?", Focus::Field(2)));
}

#[test]
fn a_wiped_field_gets_the_focus_and_is_empty() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada\twrong\t\r");
    assert_eq!(person.screen.focus, Focus::Action("sign-in"));
    person.desk.secrets[0].clear();
    person.desk.revision += 1;
    person.screen.show(&person.desk.page());
    assert_eq!(person.screen.focus, Focus::Field(1));
    person.types("right");
    assert_eq!(person.desk.secrets[0].expose(), "right");
    assert_eq!(person.desk.text, "ada");
}

#[test]
fn a_no_about_a_field_goes_to_it() {
    for (tone, id, focus) in [
        (Tone::Bad, "name-taken", Focus::Field(0)),
        (Tone::Good, "name-taken", Focus::Field(1)),
        (Tone::Bad, "try-later", Focus::Field(1)),
    ] {
        let mut person = Typist::at(FieldKind::SignIn);
        person.types("ada\tsecret");
        person.desk.notice = Some(Notice { tone, id, text: "No.".into() });
        assert_eq!(person.ends("\r"), UserAction::Pressed("sign-in"));
        assert_eq!(person.screen.focus, focus, "{id}");
    }
}

#[test]
fn a_page_that_is_shown_again_keeps_what_is_being_typed() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada\x1b[D\x1b[D");
    person.screen.show(&person.desk.page());
    person.types("x");
    assert_eq!(person.desk.text, "axda");
}

#[test]
fn another_page_starts_anew() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada\tsecret\x1bOQ");
    person.desk = SampleForm::new(FieldKind::ChangePassword);
    person.screen.show(&person.desk.page());
    assert_eq!(person.screen.focus, Focus::Field(0));
    person.types("current");
    assert!(!person.reads(80, 24).contains("current"));
}

#[test]
fn esc_goes_back_or_to_where_everybody_lands_or_asks() {
    assert_eq!(Typist::at(FieldKind::EnterCode).ends("\x1b"), UserAction::Pressed("back"));
    assert_eq!(Typist::at(FieldKind::Case).ends("\x1b"), UserAction::Pressed("teams"));
    let mut person = Typist::at(FieldKind::SignIn);
    assert_eq!(person.ends("\x1b"), UserAction::Redraw);
    assert!(person.reads(80, 24).contains("Leave? Ctrl-C leaves, Esc stays"));
    person.types("\x1b");
    assert!(!person.reads(80, 24).contains("Leave?"));
    person.types("\x1b");
    assert_eq!(person.ends("\x03"), UserAction::Leave);
}

#[test]
fn ctrl_c_leaves_at_once_unless_something_typed_would_be_lost() {
    assert_eq!(Typist::at(FieldKind::SignIn).ends("\x03"), UserAction::Leave);
    let mut person = Typist::at(FieldKind::SignIn);
    assert_eq!(person.ends("ada\x03"), UserAction::Redraw);
    let asked = "Leave and lose what you typed? Ctrl-C again leaves, Esc stays";
    assert!(person.reads(80, 24).contains(asked));
    // Going on is staying.
    person.types("x");
    assert_eq!(person.desk.text, "adax");
    assert!(!person.reads(80, 24).contains(asked));
    assert_eq!(person.types("\x03\x03").pop(), Some(UserAction::Leave));
}

#[test]
fn ctrl_d_leaves_from_an_empty_field_and_deletes_in_another() {
    assert_eq!(Typist::at(FieldKind::SignIn).ends("\x04"), UserAction::Leave);
    let mut person = Typist::at(FieldKind::SignIn);
    assert!(is_typed(&person.ends("ada\x01\x04")));
    assert_eq!(person.desk.text, "da");
}

#[test]
fn lists_move_with_arrows_and_letters_and_enter_opens() {
    let mut person = teams(20);
    person.sees(80, 24);
    assert_eq!(person.ends("jj\r"), UserAction::Opened(2));
    assert_eq!(person.ends("k\x1b[B\x1b[B\r"), UserAction::Opened(3));
    assert_eq!(person.ends("G\r"), UserAction::Opened(19));
    assert_eq!(person.ends("g\r"), UserAction::Opened(0));
    assert_eq!(person.ends("\x1b[F\r"), UserAction::Opened(19));
    person.types("\x1b[5~");
    assert!((2..18).contains(&person.screen.selected));
    // Past its end the arrows lead on to the actions and back.
    person.types("G\x1b[B");
    assert_eq!(person.screen.focus, Focus::Action("password"));
    assert_eq!(person.ends("\x1b[C\r"), UserAction::Pressed("sign-out"));
    assert_eq!(person.ends("\x1b[C\x1b[D\x1b[A\r"), UserAction::Opened(19));
}

#[test]
fn a_list_that_comes_later_gets_the_focus_unless_something_was_done() {
    let mut person = Typist::at(FieldKind::NoTeams);
    person.desk.waiting = true;
    person.screen.show(&person.desk.page());
    person.types("x");
    (person.desk.waiting, person.desk.kind) = (false, FieldKind::Teams);
    person.screen.show(&person.desk.page());
    assert_eq!(person.ends("\r"), UserAction::Opened(0));
    let mut person = Typist::at(FieldKind::NoTeams);
    person.types("\t");
    person.desk.kind = FieldKind::Teams;
    person.screen.show(&person.desk.page());
    assert_eq!(person.ends("\r"), UserAction::Pressed("sign-out"));
}

#[test]
fn a_selected_row_that_is_gone_is_not_selected() {
    let mut person = teams(20);
    person.types("G");
    person.desk.rows = 3;
    person.screen.show(&person.desk.page());
    assert_eq!(person.ends("\r"), UserAction::Opened(2));
}

#[test]
fn help_opens_with_f1_and_outside_fields_with_a_question_mark() {
    let mut person = Typist::at(FieldKind::SignIn);
    assert!(is_typed(&person.ends("?")));
    person.types("\x1bOP");
    assert!(person.reads(80, 24).contains("Shift-Tab, Up"));
    person.types("\x1b");
    assert!(!person.reads(80, 24).contains("Shift-Tab, Up"));
    let mut person = teams(3);
    person.types("?");
    assert!(person.reads(80, 24).contains("Shift-Tab, Up"));
    person.types("?");
    assert!(!person.reads(80, 24).contains("Shift-Tab, Up"));
}

#[test]
fn all_of_the_help_can_be_read_on_a_small_screen() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("\x1bOP");
    let mut seen = person.reads(40, 12);
    assert!(!seen.contains("support@acme.example"));
    for _ in 0..30 {
        person.types("\x1b[B");
        seen.push_str(&person.reads(40, 12));
    }
    assert!(seen.contains("support@acme.example") && seen.contains("Ctrl-L") && seen.contains("quit"));
}

#[test]
fn all_of_a_long_page_can_be_read_on_a_small_screen() {
    let mut person = Typist::at(FieldKind::EnterCode);
    let mut seen = person.reads(40, 12);
    for _ in 0..10 {
        person.types("\x1b[6~");
        seen.push_str(&person.reads(40, 12));
    }
    assert!(
        seen.contains("support@acme.example") && seen.contains("PgDn more") && seen.contains("PgUp more")
    );
    // The next key brings the field back.
    person.types("w");
    assert!(person.reads(40, 12).contains("[W "));
}

#[test]
fn keys_wait_while_a_request_is_under_way_but_ctrl_c_gets_through() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.desk.waiting = true;
    person.screen.show(&person.desk.page());
    assert!(person.types("ada\t\r\x1b").iter().all(|intent| *intent == UserAction::None));
    assert_eq!(person.ends("\x03"), UserAction::Leave);
    assert!(person.reads(80, 24).contains("Please wait…"));
}

#[test]
fn ctrl_l_paints_anew_and_f4_switches_the_mouse() {
    let mut person = Typist::at(FieldKind::SignIn);
    assert_eq!(person.ends("\x0c"), UserAction::FullRepaint);
    assert_eq!(person.ends("\x1bOS"), UserAction::ToggleMouse(true));
    assert_eq!(person.ends("\x1bOS"), UserAction::ToggleMouse(false));
}

/// The place of `words` on a screen of 80x24.
fn place(person: &mut Typist, words: &str) -> (u16, u16) {
    let text = person.reads(80, 24);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(words)).unwrap();
    let at = line.find(words).unwrap();
    (u16::try_from(line[..at].chars().count()).unwrap(), u16::try_from(row).unwrap())
}

pub(super) fn click(person: &mut Typist, words: &str) -> UserAction {
    let (col, row) = place(person, words);
    person.does(Input::Click { col, row })
}

#[test]
fn a_click_focuses_presses_and_opens() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada\t");
    assert_eq!(click(&mut person, "ada"), UserAction::Redraw);
    assert_eq!(person.screen.focus, Focus::Field(0));
    assert_eq!(click(&mut person, "Forgot"), UserAction::Pressed("forgot"));
    assert_eq!(person.does(Input::Click { col: 0, row: 23 }), UserAction::None);
    let mut person = teams(20);
    assert_eq!(click(&mut person, "Difference 4"), UserAction::Opened(4));
    let mut person = Typist::at(FieldKind::ChangePassword);
    assert_eq!(click(&mut person, "( Update )"), UserAction::Redraw);
}

#[test]
fn the_wheel_scrolls_a_list_that_is_too_long() {
    let mut person = teams(40);
    assert!(!person.reads(80, 24).contains("Difference 22"));
    for _ in 0..8 {
        person.does(Input::Wheel { up: false });
    }
    assert!(person.reads(80, 24).contains("Difference 22"));
}

#[test]
fn the_cursor_is_on_what_has_the_focus() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ada");
    let (x, y) = place(&mut person, "ada");
    assert_eq!(person.cursor, Some((x + 3, y)));
    person.types("\t\t");
    let (x, y) = place(&mut person, "Sign in ]");
    assert_eq!(person.cursor, Some((x, y)));
    let mut person = Typist::at(FieldKind::ChangePassword);
    person.types("old\tnew new\tnew new\t");
    let (x, y) = place(&mut person, "Update ]");
    assert_eq!(person.cursor, Some((x, y)));
    let mut person = teams(5);
    person.types("j");
    let at = place(&mut person, "Difference 1");
    assert_eq!(person.cursor, Some(at));
}

#[test]
fn debug_shows_nothing_that_was_typed() {
    let mut person = Typist::at(FieldKind::SignIn);
    let intent = person.ends("hunter");
    assert!(!format!("{:?}{intent:?}", person.screen).contains("hunter"));
    let _: &dyn Send = &Screen::new(Charset::Utf8);
}
