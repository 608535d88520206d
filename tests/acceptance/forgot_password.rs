//! The whole password reset, and what must not break it: a dropped connection, an unknown name, a
//! server killed between two tries.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{
    ask_for_a_code, choose, choose_forgot_password, choose_password, enter_code, sign_in, try_to_sign_in,
};

const NEW_PASSWORD: &str = "plum tractor seventeen";

#[test]
fn a_forgotten_password_is_reset_with_the_code_from_the_email() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", "something long forgotten");
    ada.wait_for("do not match");
    choose_forgot_password(&mut ada);
    ada.see_frame("forgot-password-80x24");
    ada.press(Key::Enter);
    ada.wait_for("Check your email");
    ada.see_frame("enter-code-80x24");
    for need in ["10 minutes", "portal@acme.example", "spam or junk", "spelling", "support@acme.example"] {
        ada.see(need);
    }

    enter_code(&mut ada, "BBBB-BBBB");
    ada.wait_for("That code is wrong or has expired. Nothing was changed.");
    let code = server.code("ada", 1);
    ada.paste(&format!(" {}.\n", code.replace('-', " ").to_lowercase()));
    ada.wait_for(&code);
    ada.press(Key::Enter);
    ada.wait_for("Choose a new password");
    ada.see_frame("new-password-80x24");
    ada.type_text(NEW_PASSWORD);
    ada.press(Key::Tab);
    ada.type_text("plum tractor seventeem");
    ada.wait_for("Passwords Do Not Match");
    ada.see_frame("new-password-differs-80x24");
    ada.press(Key::Ctrl('u'));
    ada.type_text(NEW_PASSWORD);
    ada.wait_for("Passwords match");
    ada.press(Key::Enter);
    ada.wait_for("Your password has been successfully reset");
    ada.wait_for("Platform");
    ada.see("Your teams");
    ada.see_frame("teams-after-reset-80x24");
    server.email("ada", "was reset", 1);
    ada.hang_up();

    let mut old = Person::arrive(server.address());
    try_to_sign_in(&mut old, "ada", ADAS_PASSWORD);
    old.wait_for("do not match");
}

#[test]
fn a_connection_cut_while_waiting_for_the_email_loses_nothing() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    ada.cut();
    let code = server.code("ada", 1);

    let mut again = Person::arrive_as(server.address(), "forgot", 80, 24);
    again.wait_for("Reset your password");
    again.type_text("ada@example.org");
    choose(&mut again, "I already have a code");
    again.wait_for("Enter your email or username and the code from the email.");
    again.see_frame("enter-code-later-80x24");
    enter_code(&mut again, &code);
    choose_password(&mut again, NEW_PASSWORD);
}

#[test]
fn a_known_and_an_unknown_name_get_the_same_page() {
    let server = Server::start();
    let page_for = |name: &str| {
        let mut visitor = Person::arrive(server.address());
        ask_for_a_code(&mut visitor, name);
        visitor.frame().replace(name, "NAME")
    };
    assert_eq!(page_for("grace"), page_for("jolie"));
}

#[test]
fn a_reset_ends_every_other_session_of_the_account() {
    let server = Server::start();
    let mut elsewhere = Person::arrive(server.address());
    sign_in(&mut elsewhere, "ada", ADAS_PASSWORD);
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    choose_password(&mut ada, NEW_PASSWORD);
    elsewhere.wait_for("Your account was changed in another session, so this one was signed out.");
}

#[test]
fn five_wrong_tries_are_remembered_by_a_server_that_was_killed() {
    let server = Server::start();
    let mut guesser = Person::arrive(server.address());
    ask_for_a_code(&mut guesser, "ada");
    let code = server.code("ada", 1);
    for guess in ["BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", "FFFF-FFFF", "GGGG-GGGG"] {
        enter_code(&mut guesser, guess);
    }
    // Esc waits behind the five answers, so the next page says that all five were counted.
    guesser.press(Key::Esc);
    guesser.wait_for("Reset your password");
    let server = server.kill().start();
    let mut ada = Person::arrive_as(server.address(), "forgot", 80, 24);
    ada.wait_for("Reset your password");
    ada.send(b"ada\t\t\r");
    ada.wait_for("Enter your email or username and the code");
    enter_code(&mut ada, &code);
    ada.wait_for("Too many tries with this code. Nothing was changed.");
}
