//! What can be typed into a field.

use super::super::focus::Focus;
use super::sample_form::{FieldKind, SampleForm, TestScreen};
use crate::domain::code::Code;
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
fn whatever_is_typed_or_pasted_is_in_the_field() {
    for text in [
        "plum tractor ❤\u{fe0f}",
        "1\u{fe0f}\u{20e3} 👩\u{200d}🔬",
        "می\u{200c}خواهم",
        "so\u{ad}ft \u{200b}\u{feff}\u{202e}\u{2066}",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    ] {
        for keys in [text.to_owned(), paste(text)] {
            let mut ui = TestScreen::of(FieldKind::SignIn);
            // Not at the start, where a byte order mark is none.
            ui.press("-");
            ui.press(&keys);
            assert_eq!(ui.form.text, format!("-{text}"), "{text:?}");
            assert!(!ui.text(80, 24).contains(['\u{202e}', '\u{200b}', '\u{2066}', '\u{fe0f}']), "{text:?}");
            ui.press("\t");
            ui.press(&keys);
            assert_eq!(ui.form.secrets[0].expose(), text, "{text:?} in a secret");
        }
    }
}

#[test]
fn a_paste_that_is_not_text_is_refused_with_a_remark() {
    for (pasted, why) in [
        (b"\x1b[200~m\xfcller\x1b[201~".as_slice(), "That text is not UTF-8. Nothing was added."),
        (b"\x1b[200~a\x07b\x1b[201~", "That text has control characters. Nothing was added."),
    ] {
        for field in ["", "\t"] {
            let mut ui = TestScreen::of(FieldKind::SignIn);
            ui.press(field);
            ui.press_bytes(pasted);
            assert!(ui.form.text.is_empty() && ui.form.secrets[0].is_empty());
            assert!(ui.text(80, 24).contains(why), "{}", ui.text(80, 24));
        }
    }
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("\t");
    ui.press(&paste("one\ttwo"));
    assert!(ui.form.secrets[0].is_empty());
    assert!(ui.text(80, 24).contains("No tab or line break can be in it. Nothing was added."));
}

#[test]
fn a_password_of_which_a_character_is_missing_is_not_sent() {
    let remark = "A character was not UTF-8 and is missing. Press Ctrl-U.";
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("ada\t");
    ui.press_bytes(b"m\xfcller");
    assert!(ui.text(80, 24).contains(remark));
    for keys in ["\r", "\t\r"] {
        assert_eq!(ui.press_last(keys), UserAction::Redraw);
        assert_eq!(ui.screen.focus, Focus::Field(1));
        assert!(ui.text(80, 24).contains(remark), "{keys:?}");
    }
    ui.press("\x7f");
    assert!(ui.text(80, 24).contains(remark), "nobody sees where it is missing");
    ui.press("\x15");
    assert!(!ui.text(80, 24).contains(remark));
    ui.press("müller");
    assert_eq!(ui.press_last("\r"), UserAction::Pressed("sign-in"));
    // In a name it is seen.
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press_bytes(b"\xfc");
    assert!(ui.text(80, 24).contains(remark));
    ui.press("\x7f");
    assert!(!ui.text(80, 24).contains(remark));
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
fn a_code_of_any_input_method_appears_and_text_around_it_stays() {
    for typed in ["ｗｄｊｂ", "ＷＤＪＢ", "w\u{200b}d\u{ad}j\u{202a}b", "Ⓦdjb"] {
        let mut ui = TestScreen::of(FieldKind::EnterCode);
        ui.press(typed);
        assert_eq!(ui.form.text, "WDJB", "{typed:?}");
        ui.press("ーＭＪＨＴ");
        assert_eq!(ui.form.text, "WDJBMJHT", "{typed:?}");
        assert!(ui.text(80, 24).contains("│ WDJB-MJHT "));
    }
    for text in ["Code: WDJB-MJHT", "Your code is wdjb-mjht.", "\"WDJB-MJHT\", *", "कोड WDJB_MJHT"] {
        for keys in [text.to_owned(), paste(text)] {
            let mut ui = TestScreen::of(FieldKind::EnterCode);
            ui.press(&keys);
            assert_eq!(Code::parse(&ui.form.text), Code::parse("WDJB-MJHT"), "{:?}", ui.form.text);
        }
    }
    let mut ui = TestScreen::of(FieldKind::EnterCode);
    ui.press("Code: WDJB-MJHT");
    assert!(ui.text(80, 24).contains("│ CODE: WDJB-MJHT "), "{}", ui.text(80, 24));
    ui.press("\x01\x1bd\x1b[3~");
    assert!(ui.text(80, 24).contains("│ WDJB-MJHT "), "{}", ui.text(80, 24));
    // Too long is told when it is sent, and nothing is cut to another code.
    let mut ui = TestScreen::of(FieldKind::EnterCode);
    ui.press("wdjbmjhtb");
    assert_eq!(ui.form.text, "WDJBMJHTB");
    assert!(ui.text(80, 24).contains("│ WDJB-MJHT-B "), "{}", ui.text(80, 24));
    ui.press(&"b".repeat(300));
    assert!(ui.text(80, 24).contains("At most 256 characters; nothing was added."));
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
