//! What the owner of an account finds after a reset, on the screen: what was added lately is suspended until they keep
//! it. Line mode is in `transcripts`, commands in `commands/review`, ssh's own prompts in `prompts`.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{
    ask_for_a_code, choose, choose_password, enter_code, open_profile, sign_in, try_to_sign_in,
};

const NEW: &str = "plum tractor seventeen";

const LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW ada@laptop";

/// From the page of no keys to that of one, or to what is asked first.
fn add_a_key(visitor: &mut Person) {
    visitor.press(Key::Enter);
    visitor.wait_for("Paste the one line");
    visitor.paste(LINE);
    visitor.press(Key::Enter);
}

/// Somebody who has Ada's password adds a key to her account.
fn a_thief_adds_a_key(server: &Server) {
    let mut thief = Person::arrive_as(server.address(), "keys", 80, 24);
    try_to_sign_in(&mut thief, "ada", ADAS_PASSWORD);
    thief.wait_for("no SSH keys here");
    add_a_key(&mut thief);
    thief.wait_for("The key was added.");
    thief.hang_up();
}

/// Ada resets her password.
fn after_the_reset(server: &Server, cols: u16, rows: u16) -> Person {
    let mut ada = Person::arrive_as(server.address(), "account", cols, rows);
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    choose_password(&mut ada, NEW);
    ada.wait_for("Review your account");
    ada.wait_for("suspended");
    ada
}

fn for_sshd(server: &Server) -> String {
    String::from_utf8(server.done(&["authorized-keys", "ada"], "").stdout).unwrap()
}

#[test]
fn a_suspended_key_is_kept_with_the_new_password_on_the_page_that_follows_the_reset() {
    let server = Server::start();
    a_thief_adds_a_key(&server);
    let mut ada = after_the_reset(&server, 80, 24);
    ada.see_frame("settings-security-review-80x24");
    assert_eq!(for_sshd(&server), "");
    ada.press(Key::Down);
    ada.press(Key::Enter);
    ada.wait_for("Keep this key");
    ada.see_frame("settings-keys-key-suspended-80x24");
    choose(&mut ada, "Keep this key");
    // The session is not fresh, although the password has just been set.
    ada.wait_for("Confirm it's you");
    ada.type_text(NEW);
    ada.press(Key::Enter);
    ada.wait_for("The key is kept.");
    ada.wait_for("Is all of this yours?");
    assert!(for_sshd(&server).contains("ssh-ed25519"));
    choose(&mut ada, "Continue to your teams");
    ada.wait_for("Members");
}

#[test]
fn the_review_fits_a_small_screen_and_is_reached_again_from_security() {
    let server = Server::start();
    a_thief_adds_a_key(&server);
    let mut ada = after_the_reset(&server, 40, 12);
    ada.see_frame("settings-security-review-40x12");
    ada.hang_up();

    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", NEW);
    ada.see("A password reset suspended 1 recently added key or address.");
    ada.see_frame("teams-suspended-80x24");
    ada.press(Key::Alt('2'));
    ada.wait_for("Display name");
    choose(&mut ada, "Security");
    ada.wait_for("Review what is suspended");
    ada.see_frame("settings-security-suspended-80x24");
    choose(&mut ada, "Review what is suspended");
    ada.wait_for("Open one to keep or remove it.");
    ada.press(Key::Down);
    ada.press(Key::Enter);
    ada.wait_for("Keep this key");
    choose(&mut ada, "Remove this key");
    ada.wait_for("Remove this key?");
    choose(&mut ada, "Remove this key");
    ada.wait_for("The key was removed.");
    ada.wait_for("Is all of this yours?");
}

#[test]
fn after_a_reset_adding_a_key_asks_for_the_new_password() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    choose_password(&mut ada, NEW);
    ada.wait_for("Your teams");
    open_profile(&mut ada);
    choose(&mut ada, "SSH keys");
    ada.wait_for("no SSH keys here");
    add_a_key(&mut ada);
    ada.wait_for("Confirm it's you");
    ada.type_text(NEW);
    ada.press(Key::Enter);
    ada.wait_for("The key was added.");
}
