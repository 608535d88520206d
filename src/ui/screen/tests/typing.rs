//! What can be typed into a field.

use super::sample_form::{FieldKind, SampleForm, TestScreen};
use crate::terminal::capabilities::Charset;
use crate::ui::UserAction;

fn paste(text: &str) -> String {
    format!("\x1b[200~{text}\x1b[201~")
}

#[test]
fn readline_keys_edit_plain_and_secret_fields_alike() {
    for (keys, expected) in [
        ("one two\x17", "one "),
        ("one two\x01x", "xone two"),
        ("one two\x01\x05x", "one twox"),
        ("one two\x02\x02\x0b", "one t"),
        ("one two\x1b[D\x15", "o"),
        ("ab\x1b[D\x7f", "b"),
        ("ab\x01\x1b[3~", "b"),
        ("ab\x01\x06x", "axb"),
        ("ab\x02\x08x", "xb"),
        ("e\u{301}\x7f", ""),
    ] {
        let mut ui = TestScreen::of(FieldKind::SignIn);
        ui.press(keys);
        assert_eq!(ui.form.text, expected, "{keys:?}");
        ui.press("\t");
        ui.press(keys);
        assert_eq!(ui.form.secrets[0].expose(), expected, "{keys:?} in a secret");
    }
}

#[test]
fn a_paste_goes_to_the_cursor_and_submits_nothing() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ad\x1b[D");
    let intents = ui.press(&paste("one\ntwo\r\n"));
    assert!(matches!(intents[..], [UserAction::Typed { field: "name", .. }]));
    assert_eq!(ui.form.text, "aone twod");
    ui.press("\t");
    ui.press(&paste("  correct horse \n"));
    assert_eq!(ui.form.secrets[0].expose(), "  correct horse ");
}

#[test]
fn invisible_characters_are_not_inserted() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press(&paste("a\u{202e}d\u{200b}\u{feff}a\u{7}\u{e0041}"));
    ui.press("\u{200d}\u{2066}!");
    assert_eq!(ui.form.text, "ada!");
}

#[test]
fn combining_marks_cannot_be_stacked() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press(&format!("e{}x", "\u{301}".repeat(40)));
    assert_eq!(ui.form.text.chars().count(), 9);
}

#[test]
fn excess_characters_are_dropped_with_a_remark() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press(&paste(&"x".repeat(300)));
    assert_eq!(ui.form.text.len(), 254);
    assert!(ui.text(80, 24).contains("At most 254 characters; the rest was left out."));
    assert_eq!(ui.press_last("y"), UserAction::Redraw);
    assert!(ui.text(80, 24).contains("At most 254 characters; nothing was added."));
    ui.press("\x7f");
    assert!(!ui.text(80, 24).contains("At most"));
}

#[test]
fn a_password_that_is_too_long_is_refused_and_not_truncated() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("\t");
    ui.press(&paste(&"x".repeat(65)));
    assert!(ui.form.secrets[0].is_empty());
    assert!(ui.text(80, 24).contains("At most 64 characters; nothing was added."));
    ui.press(&paste(&"x".repeat(64)));
    assert_eq!(ui.form.secrets[0].expose().len(), 64);
}

#[test]
fn a_code_is_accepted_in_any_form_and_shown_in_groups() {
    for typed in ["wdjbmjht", "WDJB-MJHT", " wdjb mjht.\r\n", "W D J B - M J H T"] {
        let mut ui = TestScreen::of(FieldKind::EnterCode);
        ui.press(&paste(typed));
        assert_eq!(ui.form.text, "WDJBMJHT", "{typed:?}");
        assert!(ui.text(80, 24).contains("│ WDJB-MJHT "));
    }
    let mut ui = TestScreen::of(FieldKind::EnterCode);
    ui.press("wdjb-mjht");
    assert_eq!(ui.form.text, "WDJBMJHT");
    ui.press("\x7f\x7f\x7f\x7f");
    assert!(ui.text(80, 24).contains("│ WDJB "));
}

#[test]
fn the_cursor_of_a_code_steps_over_the_dash() {
    let mut ui = TestScreen::of(FieldKind::EnterCode);
    let mut columns = Vec::new();
    ui.draw(80, 24);
    let start = ui.cursor.unwrap().0;
    for key in "wdjbmjht".chars() {
        ui.press(&key.to_string());
        ui.draw(80, 24);
        columns.push(ui.cursor.unwrap().0 - start);
    }
    assert_eq!(columns, [1, 2, 3, 4, 6, 7, 8, 9]);
    ui.press("\x1b[D\x1b[D\x1b[D\x1b[D");
    ui.draw(80, 24);
    assert_eq!(ui.cursor.unwrap().0 - start, 5);
}

#[test]
fn a_long_value_scrolls_with_its_cursor() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press(&format!("{}-end", "0123456789".repeat(6)));
    let seen = ui.text(80, 24);
    assert!(seen.contains("-end  │"), "{seen}");
    ui.press("\x01");
    assert!(ui.text(80, 24).contains("│ 01234567"));
}

#[test]
fn wide_characters_do_not_break_the_box() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press(&"漢字".repeat(15));
    for _ in 0..31 {
        let seen = ui.text(80, 24);
        let row = seen.lines().find(|line| line.contains('漢')).unwrap();
        assert!(row.ends_with('│') && row.contains("│ "), "{row}");
        ui.press("\x1b[D");
    }
}

#[test]
fn a_prefilled_value_can_be_edited() {
    let mut form = SampleForm::new(FieldKind::SignIn);
    form.text = "ada".into();
    let mut ui = TestScreen::new(form, Charset::Utf8);
    ui.press("\x1b[Z!");
    assert_eq!(ui.form.text, "ada!");
}
