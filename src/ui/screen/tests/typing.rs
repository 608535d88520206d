//! What gets into a field, and what does not.

use super::sample_form::{FieldKind, SampleForm, Typist};
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
        let mut person = Typist::at(FieldKind::SignIn);
        person.types(keys);
        assert_eq!(person.desk.text, expected, "{keys:?}");
        person.types("\t");
        person.types(keys);
        assert_eq!(person.desk.secrets[0].expose(), expected, "{keys:?} in a secret");
    }
}

#[test]
fn a_paste_goes_to_the_cursor_and_submits_nothing() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("ad\x1b[D");
    let intents = person.types(&paste("one\ntwo\r\n"));
    assert!(matches!(intents[..], [UserAction::Typed { field: "name", .. }]));
    assert_eq!(person.desk.text, "aone twod");
    person.types("\t");
    person.types(&paste("  correct horse \n"));
    assert_eq!(person.desk.secrets[0].expose(), "  correct horse ");
}

#[test]
fn characters_that_nobody_can_see_do_not_get_in() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types(&paste("a\u{202e}d\u{200b}\u{feff}a\u{7}\u{e0041}"));
    person.types("\u{200d}\u{2066}!");
    assert_eq!(person.desk.text, "ada!");
}

#[test]
fn combining_marks_do_not_pile_up() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types(&format!("e{}x", "\u{301}".repeat(40)));
    assert_eq!(person.desk.text.chars().count(), 9);
}

#[test]
fn more_than_fits_is_not_taken_and_said() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types(&paste(&"x".repeat(300)));
    assert_eq!(person.desk.text.len(), 254);
    assert!(person.reads(80, 24).contains("At most 254 characters; the rest was left out."));
    assert_eq!(person.ends("y"), UserAction::Redraw);
    assert!(person.reads(80, 24).contains("At most 254 characters; nothing was added."));
    person.types("\x7f");
    assert!(!person.reads(80, 24).contains("At most"));
}

#[test]
fn a_password_that_is_too_long_is_not_cut_but_refused() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types("\t");
    person.types(&paste(&"x".repeat(65)));
    assert!(person.desk.secrets[0].is_empty());
    assert!(person.reads(80, 24).contains("At most 64 characters; nothing was added."));
    person.types(&paste(&"x".repeat(64)));
    assert_eq!(person.desk.secrets[0].expose().len(), 64);
}

#[test]
fn a_code_is_taken_in_any_shape_and_shown_in_groups() {
    for typed in ["wdjbmjht", "WDJB-MJHT", " wdjb mjht.\r\n", "W D J B - M J H T"] {
        let mut person = Typist::at(FieldKind::EnterCode);
        person.types(&paste(typed));
        assert_eq!(person.desk.text, "WDJBMJHT", "{typed:?}");
        assert!(person.reads(80, 24).contains("│ WDJB-MJHT "));
    }
    let mut person = Typist::at(FieldKind::EnterCode);
    person.types("wdjb-mjht");
    assert_eq!(person.desk.text, "WDJBMJHT");
    person.types("\x7f\x7f\x7f\x7f");
    assert!(person.reads(80, 24).contains("│ WDJB "));
}

#[test]
fn the_cursor_of_a_code_steps_over_the_dash() {
    let mut person = Typist::at(FieldKind::EnterCode);
    let mut columns = Vec::new();
    person.sees(80, 24);
    let start = person.cursor.unwrap().0;
    for key in "wdjbmjht".chars() {
        person.types(&key.to_string());
        person.sees(80, 24);
        columns.push(person.cursor.unwrap().0 - start);
    }
    assert_eq!(columns, [1, 2, 3, 4, 6, 7, 8, 9]);
    person.types("\x1b[D\x1b[D\x1b[D\x1b[D");
    person.sees(80, 24);
    assert_eq!(person.cursor.unwrap().0 - start, 5);
}

#[test]
fn a_long_value_scrolls_with_its_cursor() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types(&format!("{}-end", "0123456789".repeat(6)));
    let seen = person.reads(80, 24);
    assert!(seen.contains("-end  │"), "{seen}");
    person.types("\x01");
    assert!(person.reads(80, 24).contains("│ 01234567"));
}

#[test]
fn wide_characters_keep_the_box_whole() {
    let mut person = Typist::at(FieldKind::SignIn);
    person.types(&"漢字".repeat(15));
    for _ in 0..31 {
        let seen = person.reads(80, 24);
        let row = seen.lines().find(|line| line.contains('漢')).unwrap();
        assert!(row.ends_with('│') && row.contains("│ "), "{row}");
        person.types("\x1b[D");
    }
}

#[test]
fn a_prefilled_value_can_be_edited() {
    let mut desk = SampleForm::new(FieldKind::SignIn);
    desk.text = "ada".into();
    let mut person = Typist::before(desk, Charset::Utf8);
    person.types("\x1b[Z!");
    assert_eq!(person.desk.text, "ada!");
}
