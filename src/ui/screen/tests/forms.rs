//! Forms for a hurried hand: several rows of text, boxes to tick, what is missing, the ways around.

use super::super::focus::Focus;
use super::sample_form::{FieldKind, SampleForm, Typist};
use crate::flow::page::Notice;
use crate::terminal::capabilities::Charset;
use crate::ui::UserAction;

fn is_typed(intent: &UserAction) -> bool {
    matches!(intent, UserAction::Typed { .. })
}

#[test]
fn the_space_bar_ticks_a_box_and_enter_does_not() {
    let mut person = Typist::at(FieldKind::Case);
    person.types("text\t");
    assert_eq!(person.screen.focus, Focus::Field(1));
    let seen = person.reads(80, 24);
    assert!(seen.contains("Space tick") && seen.contains("Enter continue"), "{seen}");
    assert_eq!(person.ends("\r"), UserAction::Redraw, "what it keeps from being active has to be done first");
    assert!(person.reads(80, 24).contains("Press the space bar to tick this."));
    assert!(is_typed(&person.ends(" ")) && !person.desk.secrets[1].is_empty());
    assert!(is_typed(&person.ends(" ")) && person.desk.secrets[1].is_empty());
    assert!(is_typed(&person.ends(" ")));
    assert_eq!(person.ends("x"), UserAction::None);
    assert_eq!(person.ends("\r"), UserAction::Pressed("send"));
}

#[test]
fn the_ways_around_have_numbers_and_brackets() {
    let mut person = Typist::at(FieldKind::Case);
    assert!(is_typed(&person.ends("1")), "in a field a digit is a digit");
    person.types("\x7f");
    assert_eq!(person.ends("\x1b1"), UserAction::Pressed("teams"));
    assert_eq!(person.ends("\x1b2"), UserAction::None, "one is here already");
    person.types("\t\t");
    assert_eq!(person.screen.focus, Focus::Action("keys"));
    assert_eq!(person.ends("]"), UserAction::Pressed("keys"));
    assert_eq!(person.ends("["), UserAction::None);
    assert_eq!(person.ends("1"), UserAction::Pressed("teams"));
    assert_eq!(person.ends("\r"), UserAction::Pressed("keys"));
}

#[test]
fn the_number_of_the_way_out_only_goes_to_it() {
    for keys in ["\x1b3", "\t\t3", "\x1b3\x1b3", "\x1b33"] {
        let mut person = Typist::at(FieldKind::Case);
        assert_eq!(person.ends(keys), UserAction::Redraw, "{keys:?}");
        assert_eq!(person.screen.focus, Focus::Action("sign-out"));
        assert_eq!(person.ends(" "), UserAction::None);
        assert_eq!(person.ends("\r"), UserAction::Pressed("sign-out"));
    }
}

#[test]
fn enter_begins_a_new_line_where_there_are_several_and_goes_on_where_one_is_folded() {
    let mut person = Typist::at(FieldKind::Case);
    person.types("one\r\rtwo\x1b[200~ and\nthree\n\x1b[201~");
    assert_eq!(person.desk.text, "one\n\ntwo and\nthree\n");
    let seen = person.reads(80, 24);
    assert!(seen.contains("Enter new line · Tab next") && !seen.contains("Enter continue"), "{seen}");
    assert!(person.reads(40, 12).contains("Enter new line · Tab next"));
    let mut person = Typist::at(FieldKind::Key);
    person.types("\x1b[200~ssh-ed25519 AAAA\nada@laptop\n\x1b[201~");
    assert_eq!(person.desk.text, "ssh-ed25519 AAAA ada@laptop");
    assert!(person.reads(80, 24).contains("Enter continue"));
    assert_eq!(person.ends("\r"), UserAction::Pressed("add"));
}

#[test]
fn the_cursor_goes_by_rows_and_leaves_from_the_first_and_the_last() {
    for charset in [Charset::Utf8, Charset::Ascii] {
        let mut person = Typist::before(SampleForm::new(FieldKind::Case), charset);
        person.types("first row\rtwo\rthe third one");
        person.sees(80, 24);
        person.types("\x1b[A*\x1b[Afirst: \x1b[H>\x1b[F<");
        assert_eq!(person.desk.text, ">firsfirst: t row<\ntwo*\nthe third one");
        assert_eq!(person.screen.focus, Focus::Field(0));
        person.types("\x1b[B\x1b[B");
        assert_eq!(person.screen.focus, Focus::Field(0));
        person.types("\x1b[B");
        assert_eq!(person.screen.focus, Focus::Field(1));
        person.types("\x1b[A\x1b[A\x1b[A\x1b[A");
        assert_eq!(person.screen.focus, Focus::Field(1), "around the ends, but not to the ways around");
    }
}

#[test]
fn a_row_that_was_folded_is_gone_through_like_any_other() {
    let mut person = Typist::at(FieldKind::Case);
    person.types(&"word ".repeat(20));
    person.sees(40, 12);
    person.types("\x1b[A\x1b[H^");
    // 36 columns hold 7 words and their blanks; the cursor was in the third row.
    assert_eq!(person.desk.text.find('^'), Some(7 * 5));
}

#[test]
fn what_deletes_a_line_deletes_the_one_that_the_cursor_is_in() {
    let mut person = Typist::at(FieldKind::Case);
    person.types("one\rtwo\rthree");
    person.sees(80, 24);
    person.types("\x15");
    assert_eq!(person.desk.text, "one\ntwo\n");
    person.types("\x1b[A\x0b");
    assert_eq!(person.desk.text, "one\n\n");
    person.types("\x0b");
    assert_eq!(person.desk.text, "one\n");
    assert_eq!(person.ends("\x15"), UserAction::None);
    person.types("\x1b[A\x0b!");
    assert_eq!(person.desk.text, "!\n");
}

#[test]
fn a_long_text_is_read_by_going_through_it() {
    let mut person = Typist::at(FieldKind::Case);
    person.types("1st\r2nd\r3rd\r4th\r5th\r6th\r7th");
    let seen = person.reads(80, 30);
    assert!(!seen.contains("2nd") && seen.contains("3rd"), "{seen}");
    person.types("\x1b[A\x1b[A\x1b[A\x1b[A");
    let seen = person.reads(80, 30);
    assert!(!seen.contains("2nd") && seen.contains("7th"), "it moves no more than it must\n{seen}");
    person.types("\x1b[A");
    let seen = person.reads(80, 30);
    assert!(seen.contains("2nd") && !seen.contains("7th"), "{seen}");
}

#[test]
fn a_long_text_keeps_the_cursor_in_sight() {
    let mut person = Typist::at(FieldKind::Case);
    person.types(&"word ".repeat(90));
    let read = person.reads(80, 24);
    let (x, y) = person.cursor.unwrap();
    let row = read.lines().nth(usize::from(y)).unwrap();
    assert!(row.contains("word") && row.chars().take(usize::from(x)).collect::<String>().ends_with("word "));
}

#[test]
fn a_form_that_is_filled_in_begins_at_the_end_of_its_first_field() {
    let mut desk = SampleForm::new(FieldKind::Key);
    desk.text = "ssh-ed25519 AAAA".into();
    let mut person = Typist::before(desk, Charset::Utf8);
    assert_eq!(person.screen.focus, Focus::Field(0));
    person.types("!");
    assert_eq!(person.desk.text, "ssh-ed25519 AAAA!");
}

/// Presses the button of a page that answers that something is missing.
fn presses_and_misses(person: &mut Typist, keys: &str) {
    person.desk.notice = Some(Notice::missing("Type your email or username and your password."));
    assert_eq!(person.ends(keys), UserAction::Pressed("sign-in"));
}

#[test]
fn enter_with_something_missing_goes_to_it_with_the_words_beside_it() {
    let mut person = Typist::at(FieldKind::SignIn);
    presses_and_misses(&mut person, "\tsecret\r");
    assert_eq!(person.screen.focus, Focus::Field(0));
    let seen = person.reads(80, 24);
    let below = |label: &str| seen.find(label).unwrap();
    assert!(below("Email or") < below("Error: Type your") && below("Error: Type your") < below("Password"));
    // It stays there while it is filled in, and whoever goes elsewhere is not called back.
    person.types("ada");
    assert_eq!(person.reads(80, 24).find("Error: Type your"), seen.find("Error: Type your"));
    person.types("\t\t");
    assert_eq!(person.screen.focus, Focus::Action("sign-in"));
    // Pressing anew with the same thing missing goes to it anew.
    let mut person = Typist::at(FieldKind::SignIn);
    presses_and_misses(&mut person, "ada\t\t\r");
    assert_eq!(person.screen.focus, Focus::Field(1));
    presses_and_misses(&mut person, "\t\r");
    assert_eq!(person.screen.focus, Focus::Field(1));
}

#[test]
fn an_action_that_is_not_active_yet_says_which_field_it_waits_for() {
    let mut person = Typist::at(FieldKind::ChangePassword);
    person.types("\tnew\tnew\r");
    assert_eq!(person.screen.focus, Focus::Field(0));
    assert!(person.reads(80, 24).contains("Current password is missing."));
    person.types("old\x1b[B\x1b[B!\r");
    assert_eq!(person.screen.focus, Focus::Field(2));
    let seen = person.reads(80, 24);
    assert!(seen.contains("Passwords Do Not Match") && !seen.contains("missing"), "{seen}");
}

#[test]
fn a_page_that_was_just_come_to_is_read_from_its_beginning() {
    let long = "A sentence that takes a row or two on a small screen. ".repeat(8);
    let mut desk = SampleForm::new(FieldKind::Team);
    desk.text = long;
    let mut person = Typist::before(desk, Charset::Utf8);
    assert_eq!(person.screen.focus, Focus::Action("back"));
    let seen = person.reads(40, 12);
    assert!(seen.contains("Everything about the engine") && seen.contains("PgDn more"), "{seen}");
    person.types("\t\t");
    let seen = person.reads(40, 12);
    assert!(!seen.contains("Everything about the engine") && seen.contains("Back"), "{seen}");
}

#[test]
fn on_a_narrow_screen_one_row_says_where_one_is_and_how_to_go_elsewhere() {
    let mut person = Typist::at(FieldKind::Case);
    let row = |person: &mut Typist, cols, rows| person.reads(cols, rows).lines().nth(1).unwrap().to_owned();
    assert_eq!(row(&mut person, 80, 12), " Settings > [Profile] SSH keys");
    assert_eq!(row(&mut person, 29, 12), " Settings > Profile");
    person.types("x\t \t");
    assert_eq!(row(&mut person, 29, 12), " Settings > Profile · 1..5");
    person.types("\t");
    assert_eq!(row(&mut person, 28, 12), " Settings > SSH keys · 1..5");
    assert_eq!(person.cursor, Some((12, 1)));
    person.types("\t\t");
    assert_eq!(row(&mut person, 20, 12), " Sign out");
    assert_eq!(row(&mut person, 40, 24), " Teams  [Settings]  Sign out");
}

#[test]
fn what_is_out_of_sight_comes_into_sight_before_it_is_pressed() {
    let mut person = Typist::at(FieldKind::Case);
    person.types("text\t \t");
    assert_eq!(person.screen.focus, Focus::Action("send"));
    assert!(person.reads(40, 8).contains("Send"));
    // Scrolled away by hand, to read again.
    person.ends("\x1b[5~");
    assert!(!person.reads(40, 8).contains("[ Send ]"));
    assert_eq!(person.ends("\r"), UserAction::Redraw);
    assert!(person.reads(40, 8).contains("[ Send ]"));
    assert_eq!(person.ends("\r"), UserAction::Pressed("send"));
}
