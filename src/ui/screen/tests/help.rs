//! The help of a page: what the page is for and what to do when it does not work, then the keys.

use super::super::Screen;
use super::sample_form::{FieldKind, KINDS, TestScreen};
use crate::flow::help;
use crate::messages::Language;

#[test]
fn the_help_begins_with_what_this_page_is_for_and_what_to_do_when_it_does_not_work() {
    for kind in [FieldKind::SignIn, FieldKind::Teams] {
        let mut ui = TestScreen::of(kind);
        ui.press("\x1bOP");
        let text = ui.text(80, 40).split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ │ ", " ");
        let help = help::of(&ui.form.page()).unwrap();
        let at =
            |sentence: &str| text.find(sentence.split(' ').take(4).collect::<Vec<_>>().join(" ").as_str());
        let (about, trouble, keys) = (at(help.about), at(help.trouble), text.find("Keys"));
        assert!(about.is_some() && about < trouble && trouble < keys, "{text}");
    }
}

#[test]
fn on_a_small_terminal_all_of_the_help_is_reached_by_scrolling() {
    let mut ui = TestScreen::of(FieldKind::SignIn);
    ui.press("\x1bOP");
    let mut seen = ui.text(40, 12);
    for _ in 0..60 {
        ui.press("j");
        seen += &ui.text(40, 12);
    }
    for words in ["This page", "press F2", "Tab, Down", "Ctrl-C", "support@acme.example"] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
}

#[test]
fn the_screen_speaks_the_language_of_the_page_and_its_keys_fit_a_small_one() {
    for kind in KINDS {
        let mut ui = TestScreen::of(kind);
        ui.form.language = Language::German;
        let last_row =
            |ui: &mut TestScreen, rows| ui.text(40, rows).lines().last().unwrap_or_default().to_owned();
        assert!(last_row(&mut ui, 12).ends_with("Strg-C beenden"), "{kind:?}: {}", last_row(&mut ui, 12));
        assert!(ui.text(40, 12).lines().next().unwrap().ends_with("F1 Hilfe"), "{kind:?}");
        ui.press("\x1bOP");
        assert!(last_row(&mut ui, 60).ends_with("Auf/Ab blättern   Esc schließen"), "{kind:?}");
        let help = ui.text(80, 40);
        for words in ["Tasten", "nächstes Feld", "Strg-A, Strg-E", "neu zeichnen; zweimal"] {
            assert!(help.contains(words), "{words}: {help}");
        }
        ui.press("\x1b");
        ui.form.waiting = true;
        assert!(ui.text(80, 40).contains("Bitte warten…"), "{kind:?}");
    }
}

#[test]
fn a_list_that_is_short_does_not_offer_to_find_in_it() {
    let ui = TestScreen::of(FieldKind::Teams);
    assert!(!Screen::offers_to_find(&ui.form.page()));
}
