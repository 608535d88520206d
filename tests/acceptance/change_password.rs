//! Changing the password while signed in: prompts, refusals and effects.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{open_settings_password, sign_in, sign_out, try_to_sign_in};

const NEW_PASSWORD: &str = "plum tractor seventeen";

/// Types the three fields of `settings/password`, from the first one on.
fn fill_in(visitor: &mut Person, current: &str, new: &str, confirm: &str) {
    visitor.type_text(current);
    visitor.press(Key::Tab);
    visitor.type_text(new);
    visitor.press(Key::Tab);
    visitor.type_text(confirm);
}

#[test]
fn passwords_that_differ_cannot_be_sent_and_the_button_says_so() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    open_settings_password(&mut ada);
    ada.see_frame("settings-password-80x24");
    fill_in(&mut ada, ADAS_PASSWORD, NEW_PASSWORD, "plum tractor seventeem");
    ada.wait_for("Passwords Do Not Match");
    ada.see_frame("settings-password-differs-80x24");
    ada.press(Key::Enter);
    ada.press(Key::Esc);
    ada.wait_for("Discard changes?");
    ada.type_text("d");
    ada.wait_for("Your teams");
}

#[test]
fn a_wrong_current_password_changes_nothing() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    open_settings_password(&mut ada);
    fill_in(&mut ada, "violet engine emails", NEW_PASSWORD, NEW_PASSWORD);
    ada.wait_for("Passwords match");
    ada.press(Key::Enter);
    ada.wait_for("The current password is incorrect. Your password was not changed.");
    ada.see_frame("settings-password-refused-80x24");
    ada.hang_up();
    let mut again = Person::arrive(server.address());
    sign_in(&mut again, "ada", ADAS_PASSWORD);
}

#[test]
fn a_changed_password_is_valid_at_once_and_an_email_reports_it() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    open_settings_password(&mut ada);
    fill_in(&mut ada, ADAS_PASSWORD, NEW_PASSWORD, NEW_PASSWORD);
    ada.wait_for("Passwords match");
    ada.press(Key::Enter);
    ada.wait_for("Your password has been changed");
    server.email("ada", "changed", 1);
    ada.press(Key::Esc);
    ada.wait_for("Your teams");
    ada.wait_for("Platform");
    sign_out(&mut ada);
    ada.hang_up();

    let mut new = Person::arrive(server.address());
    sign_in(&mut new, "ada", NEW_PASSWORD);
    let mut old = Person::arrive(server.address());
    try_to_sign_in(&mut old, "ada", ADAS_PASSWORD);
    old.wait_for("do not match");
}

#[test]
fn ten_wrong_answers_end_the_session_and_the_owner_reads_of_it() {
    let server = Server::start();
    let mut thief = Person::arrive(server.address());
    sign_in(&mut thief, "ada", ADAS_PASSWORD);
    open_settings_password(&mut thief);
    fill_in(&mut thief, "wrong", NEW_PASSWORD, NEW_PASSWORD);
    thief.wait_for("Passwords match");
    thief.press(Key::Enter);
    // Each no takes longer. It leaves the cursor in the first field, and the other two as they are; what is
    // typed meanwhile can be read, with F2, when it has come: then half of the answers are given.
    thief.press(Key::F(2));
    for _ in 1..6 {
        thief.type_text("wrong\t\t\r");
    }
    thief.type_text("half");
    thief.wait_for("half");
    thief.press(Key::Ctrl('u'));
    for _ in 6..10 {
        thief.type_text("wrong\t\t\r");
    }
    assert_eq!(thief.wait_for_the_end(), Some(77));
    thief.see("Closed: too many wrong answers. Nothing was changed.");
    let mut ada = Person::arrive_as(server.address(), "account", 100, 30);
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Alt('7'));
    ada.wait_for("Signed out: too many tries");
}
