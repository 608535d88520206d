//! What an operator has the screen show, and that it is never in the way.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sample_form::text_of;
use crate::domain::portal::PortalInfo;
use crate::flow::sign_in::{SignIn, SignInHelp};
use crate::flow::testing::portal;
use crate::flow::{Event, Flow};
use crate::terminal::capabilities::Charset;
use crate::terminal::input::{Input, Key};
use crate::ui::screen::Screen;

const ART: &str = " /\\_/\\\n( o.o )\n > ^ <";
const FOOTER: &str = "For employees of Acme. Use is logged.";

fn branded(art: &str) -> PortalInfo {
    PortalInfo {
        art: art.parse().unwrap(),
        help: "Ask in room 4.\n\nWe answer until 18:00.".parse().unwrap(),
        footer: FOOTER.into(),
        ..portal()
    }
}

/// The screen after `keys`, line by line.
fn seen(flow: &Flow, portal: &PortalInfo, keys: &[Key], (cols, rows): (u16, u16)) -> Vec<String> {
    let page = flow.page();
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    for key in keys {
        screen.input(Input::Key(*key), &page);
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
    screen.draw(&page, portal, &mut buffer);
    text_of(&buffer).lines().map(str::to_owned).collect()
}

fn sign_in(portal: &PortalInfo) -> Flow {
    SignIn::new(Arc::new(portal.clone()), "").into()
}

fn row_of(lines: &[String], text: &str) -> Option<usize> {
    lines.iter().position(|line| line.contains(text))
}

#[test]
fn art_stands_above_the_heading_where_the_whole_page_still_fits() {
    let portal = branded(ART);
    for size in [(80, 24), (120, 40), (200, 60)] {
        let lines = seen(&sign_in(&portal), &portal, &[], size);
        let (art, heading) = (row_of(&lines, "( o.o )"), row_of(&lines, "Sign in to your account"));
        assert_eq!(art.map(|row| row + 3), heading, "{size:?}: {lines:#?}");
        for must in ["Password", "[ Sign in ]", "Trouble signing in?", "Need help?"] {
            assert!(row_of(&lines, must).is_some(), "{must} at {size:?}: {lines:#?}");
        }
        assert!(row_of(&lines, "more").is_none(), "{lines:#?}");
    }
}

#[test]
fn art_and_footer_are_left_out_where_something_would_have_to_move_for_them() {
    let wide = "x".repeat(60);
    let tall = "x\n".repeat(6);
    for (art, size) in [(ART, (40, 12)), (ART, (20, 5)), (wide.as_str(), (60, 24)), (tall.as_str(), (80, 18))]
    {
        let portal = branded(art);
        let (with, without) = (seen(&sign_in(&portal), &portal, &[], size), PortalInfo::for_test());
        let without = seen(&sign_in(&without), &without, &[], size);
        let same = with.iter().filter(|line| !line.contains(FOOTER));
        let expected: Vec<_> = without.iter().zip(&with).filter(|(_, line)| !line.contains(FOOTER)).collect();
        assert!(same.eq(expected.into_iter().map(|(line, _)| line)), "{size:?}: {with:#?}");
    }
}

#[test]
fn a_refusal_and_the_focus_are_seen_beside_art() {
    let portal = branded(&"x\n".repeat(6));
    let mut flow = sign_in(&portal);
    flow.update(Event::Pressed("sign-in"));
    let lines = seen(&flow, &portal, &[], (80, 24));
    let notice = flow.page().notice.map(|notice| notice.text.into_owned()).unwrap();
    let first = notice.split(' ').take(3).collect::<Vec<_>>().join(" ");
    assert!(row_of(&lines, &first).is_some() && row_of(&lines, "[ Sign in ]").is_some(), "{lines:#?}");
}

#[test]
fn the_footer_is_on_every_page_with_room_and_the_help_ends_with_the_text() {
    let portal = branded("");
    let help = Flow::from(SignInHelp::new(Arc::new(portal.clone()), ""));
    for flow in [&sign_in(&portal), &help] {
        let lines = seen(flow, &portal, &[], (80, 24));
        assert_eq!(row_of(&lines, FOOTER), Some(22), "{lines:#?}");
        assert_eq!(row_of(&seen(flow, &portal, &[], (40, 12)), FOOTER), None);
    }
    let lines = seen(&help, &portal, &[], (80, 24));
    assert!(row_of(&lines, "Ask in room 4.") < row_of(&lines, "We answer until 18:00."), "{lines:#?}");
    let lines = seen(&sign_in(&portal), &portal, &[Key::F(1)], (80, 60));
    let (contact, end) = (row_of(&lines, "support@acme.example"), row_of(&lines, "We answer until 18:00."));
    assert!(contact.is_some() && end > contact, "{lines:#?}");
}
