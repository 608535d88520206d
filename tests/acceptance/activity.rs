//! The Activity page: rows, filters, paging, and the details of one event.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{choose, sign_in, sign_out, try_to_sign_in};

#[test]
fn rows_are_filtered_opened_and_paged_by_keys() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", "not this one");
    ada.wait_for("do not match");
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Your role");
    ada.press(Key::Alt('7'));
    ada.wait_for("Wrong password");
    ada.see("refused");
    ada.see_frame("activity-80x24");
    ada.press(Key::Down);
    ada.press(Key::Enter);
    ada.wait_for("Result: refused");
    ada.see_frame("activity-row-80x24");
    ada.press(Key::Esc);
    ada.wait_for("Signed in with password");
    choose(&mut ada, "Refused");
    ada.wait_until_gone("Signed in with password");
    ada.wait_for("Wrong password");
    ada.see_frame("activity-refused-80x24");
}

#[test]
fn a_narrow_screen_shows_the_event_and_its_page_shows_everything() {
    let server = Server::start();
    let mut ada = Person::arrive_as(server.address(), "account", 40, 12);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Platform");
    ada.press(Key::Alt('7'));
    ada.wait_for("Signed in");
    ada.see_frame("activity-40x12");
    ada.press(Key::Enter);
    ada.wait_for("Kind: sign-in");
    ada.see_frame("activity-row-40x12");
}

#[test]
fn older_rows_are_a_page_further() {
    let server = Server::start();
    for _ in 0..9 {
        let mut ada = Person::arrive(server.address());
        sign_in(&mut ada, "ada", ADAS_PASSWORD);
        sign_out(&mut ada);
        ada.hang_up();
    }
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Alt('7'));
    ada.wait_for("Older");
    ada.dont_see("Newer");
    choose(&mut ada, "Older");
    ada.wait_for("Account created");
    ada.wait_for("Newer");
    ada.dont_see("Older");
}
