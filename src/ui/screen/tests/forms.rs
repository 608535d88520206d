//! Forms: multi-line text, checkboxes, missing values, navigation.

use super::super::focus::Focus;
use super::sample_form::{FieldKind, SampleForm, TestScreen};
use crate::flow::page::Notice;
use crate::terminal::capabilities::Charset;
use crate::ui::UserAction;

fn is_typed(action: &UserAction) -> bool {
    matches!(action, UserAction::Typed { .. })
}

#[test]
fn space_toggles_a_checkbox_and_enter_does_not() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("text\t");
    assert_eq!(ui.screen.focus, Focus::Field(1));
    let seen = ui.text(80, 24);
    assert!(seen.contains("Space tick") && seen.contains("Enter continue"), "{seen}");
    assert_eq!(
        ui.press_last("\r"),
        UserAction::Redraw,
        "what it keeps from being active has to be done first"
    );
    assert!(ui.text(80, 24).contains("Press the space bar to tick this."));
    assert!(is_typed(&ui.press_last(" ")) && !ui.form.secrets[1].is_empty());
    assert!(is_typed(&ui.press_last(" ")) && ui.form.secrets[1].is_empty());
    assert!(is_typed(&ui.press_last(" ")));
    assert_eq!(ui.press_last("x"), UserAction::None);
    assert_eq!(ui.press_last("\r"), UserAction::Pressed("send"));
}

#[test]
fn sections_have_numbers_and_tabs_have_brackets() {
    let mut ui = TestScreen::of(FieldKind::Case);
    assert!(is_typed(&ui.press_last("1")), "in a field a digit is a digit");
    ui.press("\x7f");
    assert_eq!(ui.press_last("\x1b1"), UserAction::Pressed("teams"));
    assert_eq!(ui.press_last("\x1b2"), UserAction::None, "one is here already");
    ui.press("\t\t");
    assert_eq!(ui.screen.focus, Focus::Action("keys"));
    assert_eq!(ui.press_last("]"), UserAction::Pressed("keys"));
    assert_eq!(ui.press_last("["), UserAction::None);
    assert_eq!(ui.press_last("1"), UserAction::Pressed("teams"));
    assert_eq!(ui.press_last("\r"), UserAction::Pressed("keys"));
}

#[test]
fn the_number_of_sign_out_only_focuses_it() {
    for keys in ["\x1b0", "\t\t0", "\x1b0\x1b0", "\x1b00"] {
        let mut ui = TestScreen::of(FieldKind::Case);
        assert_eq!(ui.press_last(keys), UserAction::Redraw, "{keys:?}");
        assert_eq!(ui.screen.focus, Focus::Action("sign-out"));
        assert_eq!(ui.press_last(" "), UserAction::None);
        assert_eq!(ui.press_last("\r"), UserAction::Pressed("sign-out"));
    }
}

#[test]
fn enter_starts_a_new_line_in_a_multi_line_text_and_continues_in_a_wrapped_one() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("one\r\rtwo\x1b[200~ and\nthree\n\x1b[201~");
    assert_eq!(ui.form.text, "one\n\ntwo and\nthree\n");
    let seen = ui.text(80, 24);
    assert!(seen.contains("Enter new line   Tab next") && !seen.contains("Enter continue"), "{seen}");
    assert!(ui.text(40, 12).contains("Enter new line   Tab next"));
    let mut ui = TestScreen::of(FieldKind::Key);
    ui.press("\x1b[200~ssh-ed25519 AAAA\nada@laptop\n\x1b[201~");
    assert_eq!(ui.form.text, "ssh-ed25519 AAAA ada@laptop");
    assert!(ui.text(80, 24).contains("Enter Add"));
    assert_eq!(ui.press_last("\r"), UserAction::Pressed("add"));
}

#[test]
fn the_cursor_moves_by_rows_and_leaves_at_the_first_and_last() {
    for charset in [Charset::Utf8, Charset::Ascii] {
        let mut ui = TestScreen::new(SampleForm::new(FieldKind::Case), charset);
        ui.press("first row\rtwo\rthe third one");
        ui.draw(80, 24);
        ui.press("\x1b[A*\x1b[Afirst: \x1b[H>\x1b[F<");
        assert_eq!(ui.form.text, ">firsfirst: t row<\ntwo*\nthe third one");
        assert_eq!(ui.screen.focus, Focus::Field(0));
        ui.press("\x1b[B\x1b[B");
        assert_eq!(ui.screen.focus, Focus::Field(0));
        ui.press("\x1b[B");
        assert_eq!(ui.screen.focus, Focus::Field(1));
        ui.press("\x1b[A\x1b[A\x1b[A\x1b[A");
        assert_eq!(ui.screen.focus, Focus::Field(1), "around the ends, but not to the ways around");
    }
}

#[test]
fn the_cursor_moves_through_a_wrapped_row_like_any_other() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press(&"word ".repeat(20));
    ui.draw(40, 12);
    ui.press("\x1b[A\x1b[H^");
    // 36 columns hold 7 words and their blanks; the cursor was in the third row.
    assert_eq!(ui.form.text.find('^'), Some(7 * 5));
}

#[test]
fn deleting_a_line_deletes_the_row_of_the_cursor() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("one\rtwo\rthree");
    ui.draw(80, 24);
    ui.press("\x15");
    assert_eq!(ui.form.text, "one\ntwo\n");
    ui.press("\x1b[A\x0b");
    assert_eq!(ui.form.text, "one\n\n");
    ui.press("\x0b");
    assert_eq!(ui.form.text, "one\n");
    assert_eq!(ui.press_last("\x15"), UserAction::None);
    ui.press("\x1b[A\x0b!");
    assert_eq!(ui.form.text, "!\n");
}

#[test]
fn a_long_text_scrolls_with_the_cursor() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("1st\r2nd\r3rd\r4th\r5th\r6th\r7th");
    let seen = ui.text(80, 30);
    assert!(!seen.contains("2nd") && seen.contains("3rd"), "{seen}");
    ui.press("\x1b[A\x1b[A\x1b[A\x1b[A");
    let seen = ui.text(80, 30);
    assert!(!seen.contains("2nd") && seen.contains("7th"), "it moves no more than it must\n{seen}");
    ui.press("\x1b[A");
    let seen = ui.text(80, 30);
    assert!(seen.contains("2nd") && !seen.contains("7th"), "{seen}");
}

#[test]
fn a_long_text_keeps_the_cursor_visible() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press(&"word ".repeat(90));
    let read = ui.text(80, 24);
    let (x, y) = ui.cursor.unwrap();
    let row = read.lines().nth(usize::from(y)).unwrap();
    assert!(row.contains("word") && row.chars().take(usize::from(x)).collect::<String>().ends_with("word "));
}

#[test]
fn a_filled_in_form_starts_at_the_end_of_its_first_field() {
    let mut form = SampleForm::new(FieldKind::Key);
    form.text = "ssh-ed25519 AAAA".into();
    let mut ui = TestScreen::new(form, Charset::Utf8);
    assert_eq!(ui.screen.focus, Focus::Field(0));
    ui.press("!");
    assert_eq!(ui.form.text, "ssh-ed25519 AAAA!");
}

/// Presses the button of a page that replies that something is missing.
fn press_with_something_missing(ui: &mut TestScreen, keys: &str) {
    ui.form.notice = Some(Notice::missing("Type your email or username and your password."));
    assert_eq!(ui.press_last(keys), UserAction::Pressed("sign-in"));
}

#[test]
fn enter_with_something_missing_focuses_it_and_shows_the_notice_there() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    press_with_something_missing(&mut ui, "\tsecret\r");
    assert_eq!(ui.screen.focus, Focus::Field(0));
    let seen = ui.text(80, 24);
    let below = |label: &str| seen.find(label).unwrap();
    assert!(below("Email or") < below("Error: Type your") && below("Error: Type your") < below("Password"));
    // The notice stays while the field is filled in, and the focus is not pulled back.
    ui.press("ada");
    assert_eq!(ui.text(80, 24).find("Error: Type your"), seen.find("Error: Type your"));
    ui.press("\t\t");
    assert_eq!(ui.screen.focus, Focus::Action("sign-in"));
    // Pressing again with the same field missing focuses it again.
    let mut ui = TestScreen::of(FieldKind::SignIn);
    press_with_something_missing(&mut ui, "ada\t\t\r");
    assert_eq!(ui.screen.focus, Focus::Field(1));
    press_with_something_missing(&mut ui, "\t\r");
    assert_eq!(ui.screen.focus, Focus::Field(1));
}

#[test]
fn an_inactive_action_says_which_field_it_needs() {
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    ui.press("\tnew\tnew\r");
    assert_eq!(ui.screen.focus, Focus::Field(0));
    assert!(ui.text(80, 24).contains("Current password is missing."));
    ui.press("old\x1b[B\x1b[B!\r");
    assert_eq!(ui.screen.focus, Focus::Field(2));
    let seen = ui.text(80, 24);
    assert!(seen.contains("Passwords Do Not Match") && !seen.contains("missing"), "{seen}");
}

#[test]
fn a_new_page_starts_at_its_top() {
    let long = "A sentence that takes a row or two on a small screen. ".repeat(8);
    let mut form = SampleForm::new(FieldKind::Team);
    form.text = long;
    let mut ui = TestScreen::new(form, Charset::Utf8);
    assert_eq!(ui.screen.focus, Focus::Action("back"));
    let seen = ui.text(40, 12);
    assert!(seen.contains("Everything about the engine") && seen.contains("PgDn more"), "{seen}");
    ui.press("\t\t");
    let seen = ui.text(40, 12);
    assert!(!seen.contains("Everything about the engine") && seen.contains("Back"), "{seen}");
}

#[test]
fn a_narrow_screen_shows_where_one_is_and_the_keys_to_go_elsewhere() {
    let mut ui = TestScreen::of(FieldKind::Case);
    let row = |ui: &mut TestScreen, cols, rows| ui.text(cols, rows).lines().nth(1).unwrap().to_owned();
    assert_eq!(row(&mut ui, 40, 12), " [2 Profile]   Alt-1..3, 0 go to");
    assert_eq!(row(&mut ui, 29, 12), " [2 Profile]   Alt-1..3, 0");
    ui.press("x\t \t");
    assert_eq!(row(&mut ui, 40, 12), " [2 Profile]   1..3 pages, 0 sign out");
    assert_eq!(row(&mut ui, 29, 12), " [2 Profile]   1..3, 0 go to");
    ui.press("\t");
    assert_eq!(row(&mut ui, 28, 12), " 3 SSH keys   1..3, 0 go to");
    assert_eq!(ui.cursor, Some((3, 1)));
    ui.press("\t\t");
    assert_eq!(row(&mut ui, 20, 12), " 0 Sign out");
    assert_eq!(row(&mut ui, 40, 24), " 1 Teams  [2-3 Settings]  0 Sign out");
}

#[test]
fn a_wide_screen_has_all_places_beside_the_page_and_tab_leads_to_each() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("text\t ");
    let seen = ui.text(110, 24);
    for place in ["  1 Teams", "▌ 2 Profile", "  3 SSH keys", "  0 Sign out"] {
        assert!(seen.contains(place), "{place}\n{seen}");
    }
    let mut visited = Vec::new();
    for _ in 0..5 {
        ui.press("\t");
        visited.push(ui.screen.focus);
    }
    let there = ["send", "teams", "keys", "sign-out"].map(Focus::Action);
    assert_eq!(visited, [there[0], there[1], there[2], there[3], Focus::Field(0)]);
    ui.press("\x1b[Z\x1b[Z\t\t");
    assert_eq!(ui.text(109, 24).lines().nth(1), Some("  1 Teams  [2-3 Settings]  0 Sign out"));
    assert_eq!(ui.press_last("\x1b3"), UserAction::Redraw, "it asks before what was typed is lost");
    assert_eq!(ui.press_last("d"), UserAction::Pressed("keys"));
}

#[test]
fn an_item_out_of_view_scrolls_into_view_before_it_is_pressed() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("text\t \t");
    assert_eq!(ui.screen.focus, Focus::Action("send"));
    assert!(ui.text(40, 8).contains("Send"));
    // Scrolled away by hand, to read again.
    ui.press_last("\x1b[5~");
    assert!(!ui.text(40, 8).contains("[ Send ]"));
    assert_eq!(ui.press_last("\r"), UserAction::Redraw);
    assert!(ui.text(40, 8).contains("[ Send ]"));
    assert_eq!(ui.press_last("\r"), UserAction::Pressed("send"));
}
