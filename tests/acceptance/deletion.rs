//! Deleting one's account on a screen, and keeping it by signing in.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{choose, open_profile, sign_in, try_to_sign_in};

fn allowing() -> TempFolder {
    TempFolder::new().with("DOORKEY__ACCOUNT__DELETION", "true")
}

#[test]
fn whoever_asks_for_it_is_signed_out_and_keeps_the_account_by_signing_in() {
    let server = allowing().start();
    server.add_user("ada", Some(ADAS_PASSWORD));
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("You are not in a team yet.");
    let mut elsewhere = Person::arrive(server.address());
    try_to_sign_in(&mut elsewhere, "ada", ADAS_PASSWORD);
    elsewhere.wait_for("You are not in a team yet.");

    open_profile(&mut ada);
    choose(&mut ada, "Delete my account");
    ada.wait_for("Delete your account?");
    ada.wait_for("Delete my account");
    ada.see_frame("settings-profile-delete-80x24");
    choose(&mut ada, "Delete my account");
    ada.wait_for("Your account will be deleted on");
    elsewhere.wait_for("Sign in to your account");
    let email = server.email("ada", "account will be deleted", 1);
    assert!(email.undo_code().is_some(), "{}", email.text);

    // The name is filled in.
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Signing in cancelled that");
    server.email("ada", "account will not be deleted", 1);
}

#[test]
fn the_last_owner_of_a_team_is_told_first() {
    let server = allowing().start().furnished();
    let mut ada = Person::arrive_as(server.address(), "account", 40, 12);
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    open_profile(&mut ada);
    choose(&mut ada, "Delete my account");
    ada.wait_for("Your account was not");
    ada.see_frame("settings-profile-delete-40x12");
}

#[test]
fn where_it_is_not_allowed_nothing_is_said_of_it() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    open_profile(&mut ada);
    assert!(!ada.frame().contains("Delete"), "{}", ada.frame());
}
