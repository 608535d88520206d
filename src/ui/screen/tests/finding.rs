//! Finding a row of a list by what it has.

use super::keys::teams;
use crate::ui::UserAction;

/// The team that is selected.
fn selected(ui: &super::sample_form::TestScreen) -> usize {
    ui.screen.selected
}

#[test]
fn what_is_typed_behind_a_slash_moves_to_the_row_that_has_it() {
    let mut ui = teams(30);
    assert!(ui.text(80, 24).contains("/ find"), "{}", ui.text(80, 24));
    ui.press("/");
    assert!(ui.text(80, 24).contains("Find: type a part of a row"));
    ui.press("fference 1");
    // Rows 1, 10, 13, 16, 19 and so on of those that are called Difference.
    assert_eq!(selected(&ui), 1);
    assert!(ui.text(80, 24).contains("Find: fference 1 ("), "{}", ui.text(80, 24));
    ui.press("9");
    assert_eq!(selected(&ui), 19);
    assert!(ui.text(80, 24).contains("(1 row)"));
    assert_eq!(ui.press_last("\r"), UserAction::Opened(19));
}

#[test]
fn arrows_go_from_match_to_match_and_around_the_end() {
    let mut ui = teams(9);
    ui.press("/DIFF");
    let mut seen = vec![selected(&ui)];
    for key in ["\x1b[B", "\x1b[B", "\x1b[B", "\x1b[A"] {
        ui.press(key);
        seen.push(selected(&ui));
    }
    assert_eq!(seen, [1, 4, 7, 1, 7]);
}

#[test]
fn esc_ends_it_where_one_is_and_nothing_found_moves_nothing() {
    let mut ui = teams(9);
    ui.press("jj/zebra");
    assert_eq!(selected(&ui), 2);
    assert!(ui.text(80, 24).contains("Find: zebra (nothing found)"));
    assert_eq!(ui.press_last("\x1b"), UserAction::Redraw);
    assert!(!ui.text(80, 24).contains("Find:"));
    // Letters are keys again.
    ui.press("k");
    assert_eq!(selected(&ui), 1);
}

#[test]
fn deleting_past_the_beginning_ends_it_and_a_question_mark_is_text() {
    let mut ui = teams(9);
    ui.press("/?");
    assert!(ui.text(80, 24).contains("Find: ? (nothing found)"));
    ui.press("\x7f\x7f");
    assert!(!ui.text(80, 24).contains("Find:"));
}
