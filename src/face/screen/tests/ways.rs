//! The ways back and around: what is asked before them, and what is found again after them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Screen;
use super::super::focus::Focus;
use super::desk::{Desk, Kind, Person, portal, text_of};
use super::keys::{click, teams};
use crate::face::Intent;
use crate::flow::page::Page;
use crate::terminal::ability::Charset;
use crate::terminal::input::{Input, Key};

#[test]
fn what_was_typed_is_lost_only_by_the_same_key_again() {
    let asked = "Lose what you typed? The same key again";
    for (key, there) in [("\x1b", "teams"), ("\x1b1", "teams"), ("\x1bn", "keys"), ("\x1b3\r", "sign-out")] {
        let mut person = Person::at(Kind::Case);
        person.types("text");
        assert_eq!(person.ends(key), Intent::Redraw, "{key:?}");
        assert!(person.reads(80, 24).contains(asked));
        assert_eq!(person.ends("x"), Intent::Redraw, "any other key stays, and does nothing else");
        assert!(!person.reads(80, 24).contains(asked) && person.desk.text == "text");
        assert_eq!(person.ends(key), Intent::Redraw, "{key:?}");
        assert_eq!(person.ends(key.trim_start_matches("\x1b3")), Intent::Pressed(there));
    }
    let mut person = Person::at(Kind::ChangePassword);
    person.types("old");
    assert_eq!(click(&mut person, "Back"), Intent::Redraw);
    assert!(person.reads(80, 24).contains(asked));
    assert_eq!(person.ends("\x03"), Intent::Redraw);
    assert!(person.reads(80, 24).contains("Leave and lose what you typed?"));
    assert_eq!(person.ends("\x03"), Intent::Leave);
}

#[test]
fn what_else_would_be_lost_is_asked_in_words_of_its_own() {
    let mut desk = Desk::new(Kind::Case);
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
    let mut person = Person::at(Kind::Case);
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
fn goes_to(person: &mut Person, desk: Desk) {
    person.desk = desk;
    person.screen.show(&person.desk.page());
}

#[test]
fn coming_back_to_a_list_begins_where_it_was_left() {
    let mut person = teams(20);
    person.types("jjj");
    goes_to(&mut person, Desk::new(Kind::Team));
    person.types("j");
    // The rows come only with the answer.
    goes_to(&mut person, Desk { waiting: true, rows: 0, ..Desk::new(Kind::Teams) });
    person.reads(80, 24);
    (person.desk.waiting, person.desk.rows) = (false, 20);
    person.screen.show(&person.desk.page());
    assert_eq!(person.screen.selected, 3);
    // What is behind it begins anew: it may be of another team.
    goes_to(&mut person, Desk::new(Kind::Team));
    assert_eq!(person.screen.selected, 0);
    // Fewer rows than before.
    goes_to(&mut person, Desk { rows: 2, ..Desk::new(Kind::Teams) });
    assert_eq!(person.ends("\r"), Intent::Opened(1));
    // Somebody else begins anew.
    goes_to(&mut person, Desk::new(Kind::SignIn));
    goes_to(&mut person, Desk::new(Kind::Teams));
    assert_eq!(person.screen.selected, 0);
}
