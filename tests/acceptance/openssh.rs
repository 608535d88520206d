//! The real `ssh` in a real pseudo-terminal.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{ask_for_a_code, choose_password, enter_code, sign_in};

#[test]
fn ssh_shows_the_portal_with_no_prompt_of_its_own() {
    let server = Server::start();
    let mut visitor = Person::arrive_by_openssh(server.address(), "account", &[]);
    visitor.wait_for("Sign in to your account");
    visitor.see_frame("sign-in-80x24");
    visitor.press(Key::Ctrl('c'));
    assert_eq!(visitor.wait_for_the_end(), Some(0));
    visitor.dont_see("assword:");
}

#[test]
fn a_guest_gets_in_even_in_batch_mode() {
    let server = Server::start();
    let options = ["-o", "BatchMode=yes", "-o", "IdentityFile=none", "-o", "IdentityAgent=none"];
    let mut visitor = Person::arrive_by_openssh(server.address(), "guest", &options);
    visitor.wait_for("Sign in to your account");
}

#[test]
fn the_reset_story_through_the_real_client() {
    let server = Server::start();
    let mut ada = Person::arrive_by_openssh(server.address(), "account", &[]);
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    choose_password(&mut ada, "plum tractor seventeen");
    ada.cut();
    let mut again = Person::arrive_by_openssh(server.address(), "account", &[]);
    sign_in(&mut again, "ada", "plum tractor seventeen");
    assert_ne!(ADAS_PASSWORD, "plum tractor seventeen");
}
