//! Going back and elsewhere: what is asked before, and what is restored after.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Screen;
use super::super::focus::Focus;
use super::keys::{click, teams};
use super::sample_form::{FieldKind, SampleForm, TestScreen, portal, text_of};
use crate::flow::page::Page;
use crate::terminal::capabilities::Charset;
use crate::terminal::input::{Input, Key};
use crate::ui::UserAction;

#[test]
fn typed_text_is_discarded_only_by_the_key_that_is_named() {
    let asked = "Discard changes? d discards, Esc keeps editing";
    for (key, there) in [("\x1b", "back"), ("\x1b1", "teams"), ("\x1bn", "keys"), ("\x1b0\r", "sign-out")] {
        let mut ui = TestScreen::of(FieldKind::Case);
        ui.press("text");
        assert_eq!(ui.press_last(key), UserAction::Redraw, "{key:?}");
        assert!(ui.text(80, 24).contains(asked));
        for stays in ["\x1b", "x"] {
            assert_eq!(ui.press_last(stays), UserAction::Redraw, "{stays:?} stays, and does nothing else");
            assert!(!ui.text(80, 24).contains(asked) && ui.form.text == "text");
            assert_eq!(ui.press_last(key), UserAction::Redraw, "{key:?}");
        }
        assert_eq!(ui.press_last("d"), UserAction::Pressed(there));
    }
    let mut ui = TestScreen::of(FieldKind::ChangePassword);
    ui.press("old");
    assert_eq!(click(&mut ui, "Back"), UserAction::Redraw);
    assert!(ui.text(80, 24).contains(asked));
    assert_eq!(ui.press_last("\x03"), UserAction::Redraw);
    assert!(ui.text(80, 24).contains("Leave and lose what you typed?"));
    assert_eq!(ui.press_last("\x03"), UserAction::Leave);
}

#[test]
fn a_page_can_ask_its_own_question_before_leaving() {
    let mut form = SampleForm::new(FieldKind::Case);
    form.text = "text".into();
    let page = Page { leaving: Some("Leave without the codes?"), ..form.page() };
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    screen.input(Input::Key(Key::Ctrl('c')), &page);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    screen.draw(&page, &portal(), &mut buffer);
    let seen = text_of(&buffer);
    assert!(seen.contains("Leave without the codes? Ctrl-C leaves, Esc stays"), "{seen}");
}

#[test]
fn backward_from_the_first_item_skips_the_navigation() {
    let mut ui = TestScreen::of(FieldKind::Case);
    ui.press("text\x1b[Z");
    assert_eq!(ui.screen.focus, Focus::Field(1), "Send waits for it");
    ui.press(" \x1b[Z\x1b[Z");
    assert_eq!(ui.screen.focus, Focus::Action("send"));
    // With nothing else on the page, the focus stays.
    let mut page = ui.form.page();
    page.fields.clear();
    page.actions.remove(0);
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    assert_eq!(screen.focus, Focus::Action("keys"));
    screen.input(Input::Key(Key::BackTab), &page);
    assert_eq!(screen.focus, Focus::Action("keys"));
}

/// Shows the page of `form`.
fn go_to(ui: &mut TestScreen, form: SampleForm) {
    ui.form = form;
    ui.screen.show(&ui.form.page());
}

#[test]
fn returning_to_a_list_restores_the_selected_row() {
    let mut ui = teams(20);
    ui.press("jjj");
    go_to(&mut ui, SampleForm::new(FieldKind::Team));
    ui.press("j");
    // The rows arrive only with the reply.
    go_to(&mut ui, SampleForm { waiting: true, rows: 0, ..SampleForm::new(FieldKind::Teams) });
    ui.text(80, 24);
    (ui.form.waiting, ui.form.rows) = (false, 20);
    ui.screen.show(&ui.form.page());
    assert_eq!(ui.screen.selected, 3);
    // The page opened from it starts fresh: it may show another team.
    go_to(&mut ui, SampleForm::new(FieldKind::Team));
    assert_eq!(ui.screen.selected, 0);
    // Fewer rows than before.
    go_to(&mut ui, SampleForm { rows: 2, ..SampleForm::new(FieldKind::Teams) });
    assert_eq!(ui.press_last("\r"), UserAction::Opened(1));
    // Another user starts fresh.
    go_to(&mut ui, SampleForm::new(FieldKind::SignIn));
    go_to(&mut ui, SampleForm::new(FieldKind::Teams));
    assert_eq!(ui.screen.selected, 0);
}
