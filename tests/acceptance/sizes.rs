//! Other terminal sizes, and resizing while typing.

use super::person::Person;
use super::server::Server;
use super::steps::{choose, choose_password, enter_code, open_settings_password};

#[test]
fn small_and_large_terminals_get_a_page_that_fits() {
    let server = Server::start();
    for (cols, rows, frame) in [(40, 12, "sign-in-40x12"), (200, 60, "sign-in-200x60")] {
        let mut visitor = Person::arrive_as(server.address(), "account", cols, rows);
        visitor.wait_for("Sign in to your account");
        visitor.see_frame(frame);
        visitor.hang_up();
    }
}

#[test]
fn the_whole_reset_story_can_be_lived_at_40x12() {
    let server = Server::start();
    let mut ada = Person::arrive_as(server.address(), "account", 40, 12);
    ada.wait_for("Sign in to your account");
    ada.type_text("ada");
    choose(&mut ada, "Forgot your password?");
    ada.wait_for("Reset your password");
    ada.see_frame("forgot-password-40x12");
    choose(&mut ada, "Send code");
    ada.wait_for("Check your email");
    ada.see_frame("enter-code-40x12");
    enter_code(&mut ada, &server.code("ada", 1));
    ada.wait_for("Choose a new password");
    ada.see_frame("new-password-40x12");
    choose_password(&mut ada, "plum tractor seventeen");
    ada.wait_for("Platform");
    ada.see_frame("teams-40x12");
    open_settings_password(&mut ada);
    ada.see_frame("settings-password-40x12");
}

#[test]
fn a_resize_while_typing_keeps_what_was_typed() {
    let server = Server::start();
    let mut visitor = Person::arrive(server.address());
    visitor.wait_for("Sign in to your account");
    visitor.type_text("ada@exa");
    visitor.wait_for("ada@exa");
    visitor.resize(40, 12);
    visitor.wait_for("ada@exa");
    visitor.type_text("mple");
    visitor.resize(120, 40);
    visitor.wait_for("ada@example");
    visitor.see("Sign in to your account");
}

#[test]
fn sizes_that_no_terminal_has_are_clamped() {
    let server = Server::start();
    for (cols, rows) in [(1, 1), (u16::MAX, 1)] {
        let mut visitor = Person::arrive_as(server.address(), "account", cols, rows);
        visitor.type_text("x");
        visitor.resize(80, 24);
        visitor.wait_for("Sign in to your account");
        visitor.hang_up();
    }
}
