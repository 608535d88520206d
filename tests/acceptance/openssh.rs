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
fn new_keys_in_the_middle_of_a_session_are_not_noticed() {
    let server = Server::start();
    let log = server.place_path("ssh.log");
    let log = log.to_str().unwrap();
    let options = ["-o", "RekeyLimit=4K", "-vv", "-E", log];
    let mut ada = Person::arrive_by_openssh(server.address(), "account", &options);
    ada.wait_for("Sign in to your account");
    for _ in 0..5 {
        ada.press(Key::F(1));
        ada.wait_until_gone("Sign in to your account");
        ada.press(Key::Esc);
        ada.wait_for("Sign in to your account");
    }
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Ctrl('c'));
    assert_eq!(ada.wait_for_the_end(), Some(0));
    let said = std::fs::read_to_string(log).unwrap();
    let exchanges = said.matches("SSH2_MSG_NEWKEYS received").count();
    assert!(exchanges >= 3, "{exchanges} key exchanges");
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
