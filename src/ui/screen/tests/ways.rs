//! The ways back and around: what is asked before them, and what is found again after them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Screen;
use super::super::focus::Focus;
use super::keys::{click, teams};
use super::sample_form::{FieldKind, SampleForm, Typist, portal, text_of};
use crate::flow::page::Page;
use crate::terminal::capabilities::Charset;
use crate::terminal::input::{Input, Key};
use crate::ui::UserAction;

#[test]
fn what_was_typed_is_lost_only_by_the_same_key_again() {
    let asked = "Lose what you typed? The same key again";
    for (key, there) in [("\x1b", "teams"), ("\x1b1", "teams"), ("\x1bn", "keys"), ("\x1b3\r", "sign-out")] {
        let mut person = Typist::at(FieldKind::Case);
        person.types("text");
        assert_eq!(person.ends(key), UserAction::Redraw, "{key:?}");
        assert!(person.reads(80, 24).contains(asked));
        assert_eq!(person.ends("x"), UserAction::Redraw, "any other key stays, and does nothing else");
        assert!(!person.reads(80, 24).contains(asked) && person.desk.text == "text");
        assert_eq!(person.ends(key), UserAction::Redraw, "{key:?}");
        assert_eq!(person.ends(key.trim_start_matches("\x1b3")), UserAction::Pressed(there));
    }
    let mut person = Typist::at(FieldKind::ChangePassword);
    person.types("old");
    assert_eq!(click(&mut person, "Back"), UserAction::Redraw);
    assert!(person.reads(80, 24).contains(asked));
    assert_eq!(person.ends("\x03"), UserAction::Redraw);
    assert!(person.reads(80, 24).contains("Leave and lose what you typed?"));
    assert_eq!(person.ends("\x03"), UserAction::Leave);
}

#[test]
fn what_else_would_be_lost_is_asked_in_words_of_its_own() {
    let mut desk = SampleForm::new(FieldKind::Case);
    desk.text = "text".into();
    let page = Page { leaving: Some("Leave without the codes?"), ..desk.page() };
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    screen.input(Input::Key(Key::Ctrl('c')), &page);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    screen.draw(&page, &portal(), &mut buffer);
    let seen = text_of(&buffer);
    assert!(seen.contains("Leave without the codes? Ctrl-C again leaves, Esc stays"), "{seen}");
}

#[test]
fn backward_from_the_first_item_the_ways_around_are_not_come_upon() {
    let mut person = Typist::at(FieldKind::Case);
    person.types("text\x1b[Z");
    assert_eq!(person.screen.focus, Focus::Field(1), "Send waits for it");
    person.types(" \x1b[Z\x1b[Z");
    assert_eq!(person.screen.focus, Focus::Action("send"));
    // Where there is nothing else, one stays.
    let mut page = person.desk.page();
    page.fields.clear();
    page.actions.remove(0);
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    assert_eq!(screen.focus, Focus::Action("keys"));
    screen.input(Input::Key(Key::BackTab), &page);
    assert_eq!(screen.focus, Focus::Action("keys"));
}

/// Goes on to the page of `desk`.
fn goes_to(person: &mut Typist, desk: SampleForm) {
    person.desk = desk;
    person.screen.show(&person.desk.page());
}

#[test]
fn coming_back_to_a_list_begins_where_it_was_left() {
    let mut person = teams(20);
    person.types("jjj");
    goes_to(&mut person, SampleForm::new(FieldKind::Team));
    person.types("j");
    // The rows come only with the answer.
    goes_to(&mut person, SampleForm { waiting: true, rows: 0, ..SampleForm::new(FieldKind::Teams) });
    person.reads(80, 24);
    (person.desk.waiting, person.desk.rows) = (false, 20);
    person.screen.show(&person.desk.page());
    assert_eq!(person.screen.selected, 3);
    // What is behind it begins anew: it may be of another team.
    goes_to(&mut person, SampleForm::new(FieldKind::Team));
    assert_eq!(person.screen.selected, 0);
    // Fewer rows than before.
    goes_to(&mut person, SampleForm { rows: 2, ..SampleForm::new(FieldKind::Teams) });
    assert_eq!(person.ends("\r"), UserAction::Opened(1));
    // Somebody else begins anew.
    goes_to(&mut person, SampleForm::new(FieldKind::SignIn));
    goes_to(&mut person, SampleForm::new(FieldKind::Teams));
    assert_eq!(person.screen.selected, 0);
}
