//! "This wasn't me" on a screen: from the undo code in an email to a new password, and what a thief has then.

use super::commands::Laptop;
use super::commands::two_factor::enroll;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{choose, choose_password, open_settings_password, sign_in, try_to_sign_in};

const THIEVES: &str = "a thief was here today";
const NEW: &str = "plum tractor seventeen";
const WRONG: &str = "BBBB-BBBB-BBBB-BBBB";

/// Somebody who knows the password changes it, and stays signed in. Gives them and the undo code that ada is sent.
fn stolen(server: &Server) -> (Person, String) {
    let mut thief = Person::arrive(server.address());
    sign_in(&mut thief, "ada", ADAS_PASSWORD);
    open_settings_password(&mut thief);
    for (text, then) in [(ADAS_PASSWORD, Key::Tab), (THIEVES, Key::Tab), (THIEVES, Key::Enter)] {
        thief.type_text(text);
        thief.press(then);
    }
    thief.wait_for("Your password has been changed");
    let email = server.email("ada", "password was changed", 1);
    (thief, email.undo_code().expect("an undo code").to_owned())
}

/// From `sign-in` to `undo`.
fn say_it_was_not_me(guest: &mut Person) {
    guest.wait_for("Sign in to your account");
    choose(guest, "Trouble signing in?");
    guest.wait_for("I forgot my password");
    choose(guest, "This wasn't me");
    guest.wait_for("Undo a change");
}

fn enter(guest: &mut Person, code: &str) {
    guest.type_text(code);
    guest.press(Key::Enter);
}

#[test]
fn an_account_taken_over_is_won_back_with_the_code_from_the_email() {
    let server = Server::start();
    let (mut thief, code) = stolen(&server);
    let mut ada = Person::arrive(server.address());
    say_it_was_not_me(&mut ada);
    ada.see_frame("undo-80x24");
    enter(&mut ada, WRONG);
    ada.wait_for("This undo code doesn't work.");
    ada.see_frame("undo-refused-80x24");
    ada.paste(&format!(" {}.\n", code.replace('-', " ").to_lowercase()));
    ada.wait_for(&code);
    ada.press(Key::Enter);
    ada.wait_for("Undo this change?");
    ada.wait_for("Change: Password changed");
    ada.see_frame("undo-review-80x24");
    choose(&mut ada, "Undo and choose a new password");
    ada.wait_for("The change was undone, and all sessions were signed out.");
    ada.see_frame("new-password-after-undo-80x24");
    choose_password(&mut ada, NEW);
    ada.wait_for("Your teams");

    thief.wait_for("Your account was changed in another session, so this one was signed out.");
    let mut again = Person::arrive(server.address());
    try_to_sign_in(&mut again, "ada", THIEVES);
    again.wait_for("do not match");
    assert!(server.email("ada", "was undone", 1).text.contains("Password changed"));
}

#[test]
fn who_cancels_an_undo_changes_nothing_and_the_code_stays_good() {
    let server = Server::start();
    let (thief, code) = stolen(&server);
    let mut ada = Person::arrive(server.address());
    say_it_was_not_me(&mut ada);
    enter(&mut ada, &code);
    ada.wait_for("Undo this change?");
    // One key too many does no harm.
    ada.press(Key::Enter);
    ada.wait_for("Nothing was changed. The undo code still works.");
    ada.see_frame("sign-in-not-undone-80x24");
    thief.see("Your password has been changed");
    let mut proof = Person::arrive(server.address());
    sign_in(&mut proof, "ada", THIEVES);

    say_it_was_not_me(&mut ada);
    enter(&mut ada, &code);
    ada.wait_for("Undo this change?");
    choose(&mut ada, "Undo and choose a new password");
    ada.wait_for("Choose a new password");
    ada.press(Key::Esc);
    ada.wait_for("The change was undone. Your old password no longer works: to sign in, reset it.");
    ada.see_frame("forgot-password-undone-80x24");
    let mut again = Person::arrive(server.address());
    try_to_sign_in(&mut again, "ada", THIEVES);
    again.wait_for("do not match");
}

/// Adds a key to ada's account, as whoever has her password and a recovery code can. Gives the undo code.
fn key_added(server: &Server, recovery_code: &str) -> String {
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW eve@laptop";
    let input = format!("{ADAS_PASSWORD}\n{recovery_code}\n{line}\n");
    let added = Laptop::without_key(server).pipes(&input, "ada", "keys add --password-stdin");
    assert_eq!(added.code, Some(0), "{added:?}");
    let email = server.email("ada", "SSH key was added", 1);
    email.undo_code().expect("an undo code").to_owned()
}

#[test]
fn an_undo_asks_for_the_second_factor_of_before_the_change() {
    let server = Server::start();
    let (app, codes) = enroll(&Laptop::without_key(&server));
    let code = key_added(&server, &codes[0]);
    let mut ada = Person::arrive(server.address());
    say_it_was_not_me(&mut ada);
    enter(&mut ada, &code);
    ada.wait_for("Removes: SSH key SHA256:xYil3VoVw");
    choose(&mut ada, "Undo and choose a new password");
    ada.wait_for("Authenticator or recovery code");
    ada.see_frame("undo-second-factor-80x24");
    enter(&mut ada, &app.does_not_show());
    ada.wait_for("That code is wrong or was used");
    ada.see_frame("undo-second-factor-refused-80x24");
    enter(&mut ada, &codes[1]);
    choose_password(&mut ada, NEW);
    ada.wait_for("Review your account");
}

#[test]
fn the_pages_of_an_undo_fit_a_narrow_screen() {
    let server = Server::start();
    let (_, codes) = enroll(&Laptop::without_key(&server));
    let code = key_added(&server, &codes[0]);
    let mut ada = Person::arrive_as(server.address(), "account", 40, 12);
    say_it_was_not_me(&mut ada);
    ada.see_frame("undo-40x12");
    enter(&mut ada, &code);
    ada.wait_for("Undo this change?");
    choose(&mut ada, "Undo and choose a new password");
    ada.wait_for("Authenticator or recovery code");
    ada.see_frame("undo-second-factor-40x12");
    ada.hang_up();

    let server = Server::start();
    let (_thief, code) = stolen(&server);
    let mut ada = Person::arrive_as(server.address(), "account", 40, 12);
    say_it_was_not_me(&mut ada);
    enter(&mut ada, &code);
    ada.wait_for("Undo this change?");
    ada.see_frame("undo-review-40x12");
    choose(&mut ada, "Undo and choose a new password");
    ada.wait_for("Choose a new password");
}
