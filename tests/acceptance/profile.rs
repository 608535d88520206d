//! The profile and the email addresses on the screen.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{choose, open_profile, open_row, try_to_sign_in};

/// Rows of `settings/profile`.
const NAME: usize = 0;
const DISPLAY_NAME: usize = 1;
const LANGUAGE: usize = 2;
const TIME_ZONE: usize = 3;
const PLAIN: usize = 4;
const NO_COLOR: usize = 5;
const APPEARANCE: usize = 6;
const ADDRESSES: usize = 7;

fn at_the_profile(server: &Server, cols: u16, rows: u16) -> Person {
    let mut ada = Person::arrive_as(server.address(), "account", cols, rows);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    // What is typed from here on waits for the list, of which a small terminal shows little.
    ada.wait_for("Your teams");
    open_profile(&mut ada);
    ada
}

/// From `settings/profile` to the page behind a row, which says `word`, and back.
fn look_at_a_row(visitor: &mut Person, row: usize, word: &str, frame: &str) {
    open_row(visitor, row);
    visitor.wait_for(word);
    visitor.see_frame(frame);
    visitor.press(Key::Esc);
    visitor.wait_for("Setting Now");
}

#[test]
fn each_setting_has_a_row_and_a_page() {
    let server = Server::start();
    let mut ada = at_the_profile(&server, 80, 24);
    ada.see_frame("settings-profile-80x24");
    open_row(&mut ada, DISPLAY_NAME);
    ada.wait_for("Others in your teams see it");
    ada.type_text("Ada Lovelace");
    ada.see_frame("settings-profile-display-name-80x24");
    ada.press(Key::Enter);
    ada.wait_for("Display name is now: Ada Lovelace");
    ada.see_frame("settings-profile-saved-80x24");
    for (row, word, frame) in [
        (NAME, "The old name stays", "settings-profile-name-80x24"),
        (LANGUAGE, "as your client says", "settings-profile-language-80x24"),
        (TIME_ZONE, "All times on your pages", "settings-profile-time-zone-80x24"),
        (PLAIN, "Prompts line by line", "settings-profile-plain-80x24"),
        (NO_COLOR, "Turns colours off", "settings-profile-no-color-80x24"),
        (APPEARANCE, "as your terminal says", "settings-profile-appearance-80x24"),
    ] {
        look_at_a_row(&mut ada, row, word, frame);
    }
}

#[test]
fn the_command_that_exports_is_named_and_works_in_a_shell() {
    let server = Server::start();
    for (cols, rows, frame) in
        [(40, 12, "settings-profile-export-40x12"), (80, 24, "settings-profile-export-80x24")]
    {
        let mut ada = at_the_profile(&server, cols, rows);
        choose(&mut ada, "Export my records");
        ada.wait_for("Export your records");
        ada.see_frame(frame);
    }
    // As the page says, with the options of a test and where it is.
    let folder = tempfile::tempdir().unwrap();
    let ssh = format!(
        "ssh -F none -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oIdentityAgent=none \
         -oIdentityFile=none -oIdentitiesOnly=yes -p {} ada@127.0.0.1",
        server.address().port()
    );
    let line = format!("stty -echo; {ssh} export --password-stdin > records.json; stty echo");
    let mut shell = Command::new("timeout");
    shell.args(["60", "script", "-qec", &line, "/dev/null"]).current_dir(folder.path());
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut keyboard = shell.stdin.take().unwrap();
    keyboard.write_all(format!("{ADAS_PASSWORD}\n").as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
    let records = std::fs::read_to_string(folder.path().join("records.json")).unwrap();
    assert!(records.contains("\"ada@example.org\""), "{records}");
}

#[test]
fn a_refusal_stands_beside_the_field_and_what_was_typed_stays() {
    let server = Server::start();
    let mut ada = at_the_profile(&server, 80, 24);
    open_row(&mut ada, TIME_ZONE);
    ada.wait_for("Europe/Berlin");
    ada.press(Key::Ctrl('u'));
    ada.type_text("Europe/Atlantis");
    ada.wait_for("Europe/Atlantis");
    ada.see_frame("settings-profile-time-zone-refused-80x24");
    ada.press(Key::Ctrl('u'));
    ada.type_text("europe/berlin");
    ada.press(Key::Enter);
    ada.wait_for("Time zone is now: Europe/Berlin");
}

#[test]
fn a_new_username_is_shown_at_once_and_reported_by_email() {
    let server = Server::start();
    let mut ada = at_the_profile(&server, 80, 24);
    open_row(&mut ada, NAME);
    ada.wait_for("The old name stays");
    ada.press(Key::Ctrl('u'));
    ada.type_text("grace");
    ada.press(Key::Enter);
    ada.wait_for("That username cannot be taken");
    ada.see_frame("settings-profile-name-taken-80x24");
    ada.press(Key::Ctrl('u'));
    ada.type_text("countess");
    ada.press(Key::Enter);
    ada.wait_for("Username is now: countess");
    ada.see("Signed in as countess");
    let email = server.email("ada", "username", 1);
    assert!(email.text.contains("countess"), "{}", email.text);
}

#[test]
fn the_later_of_two_sessions_sees_the_change_of_the_earlier_one() {
    let server = Server::start();
    let (mut one, mut two) = (at_the_profile(&server, 80, 24), at_the_profile(&server, 80, 24));
    for visitor in [&mut one, &mut two] {
        open_row(visitor, DISPLAY_NAME);
        visitor.wait_for("Others in your teams see it");
    }
    one.type_text("Countess");
    one.press(Key::Enter);
    one.wait_for("Display name is now: Countess");
    two.type_text("Ada");
    two.press(Key::Enter);
    two.wait_for("Another session of yours changed this meanwhile: it is now Countess");
    two.see_frame("settings-profile-display-name-changed-elsewhere-80x24");
    two.press(Key::Enter);
    two.wait_for("Display name is now: Ada");
}

#[test]
fn an_address_is_added_verified_chosen_and_removed() {
    let server = Server::start();
    let mut ada = at_the_profile(&server, 80, 24);
    open_row(&mut ada, ADDRESSES);
    ada.wait_for("Add an address");
    ada.wait_for("ada@example.org");
    ada.see_frame("settings-profile-emails-80x24");
    choose(&mut ada, "Add an address");
    ada.wait_for("We send a code to it");
    ada.type_text("countess@");
    ada.see_frame("settings-profile-emails-add-80x24");
    ada.type_text("example.org");
    ada.press(Key::Enter);
    ada.wait_for("Verify your address");
    ada.see_frame("settings-profile-emails-verify-80x24");
    ada.type_text("BBBB-BBBB");
    ada.press(Key::Enter);
    ada.wait_for("That code is wrong or has expired.");
    ada.type_text(&server.code("countess", 1));
    ada.press(Key::Enter);
    ada.wait_for("countess@example.org is verified");
    ada.see_frame("settings-profile-emails-verified-80x24");
    for name in ["ada", "countess"] {
        server.email(name, "address was added", 1);
    }
    open_row(&mut ada, 1);
    ada.wait_for("Verified: it gets the emails");
    ada.see_frame("settings-profile-emails-email-80x24");
    ada.press(Key::Enter);
    ada.wait_for("countess@example.org is now your primary address");
    for name in ["ada", "countess"] {
        server.email(name, "primary address", 1);
    }
    open_row(&mut ada, 1);
    ada.wait_for("Verified: it gets the emails");
    choose(&mut ada, "Remove");
    ada.wait_for("Remove this address");
    choose(&mut ada, "Remove this address");
    ada.wait_for("That was your primary address until lately, so it stays for a while");
    ada.see_frame("settings-profile-emails-email-former-primary-80x24");
}

#[test]
fn an_address_that_was_never_the_primary_one_is_removed() {
    let server = Server::start();
    let mut ada = at_the_profile(&server, 80, 24);
    open_row(&mut ada, ADDRESSES);
    ada.wait_for("ada@example.org");
    choose(&mut ada, "Add an address");
    ada.wait_for("We send a code to it");
    ada.type_text("countess@example.org\r");
    ada.wait_for("Verify your address");
    ada.type_text(&server.code("countess", 1));
    ada.press(Key::Enter);
    ada.wait_for("countess@example.org is verified");
    open_row(&mut ada, 1);
    ada.wait_for("Verified: it gets the emails");
    choose(&mut ada, "Remove");
    ada.wait_for("Remove this address");
    choose(&mut ada, "Remove this address");
    ada.wait_for("countess@example.org was removed");
    for name in ["ada", "countess"] {
        server.email(name, "address was removed", 1);
    }
}

#[test]
fn all_of_it_fits_a_small_terminal() {
    let server = Server::start();
    let mut ada = at_the_profile(&server, 40, 12);
    ada.see_frame("settings-profile-40x12");
    for (row, word, frame) in [
        (NAME, "The old name stays", "settings-profile-name-40x12"),
        (DISPLAY_NAME, "Others in your teams", "settings-profile-display-name-40x12"),
        (LANGUAGE, "as your client says", "settings-profile-language-40x12"),
        (TIME_ZONE, "All times on your", "settings-profile-time-zone-40x12"),
        (PLAIN, "Prompts line by line", "settings-profile-plain-40x12"),
        (NO_COLOR, "Turns colours off", "settings-profile-no-color-40x12"),
        (APPEARANCE, "as your terminal says", "settings-profile-appearance-40x12"),
    ] {
        look_at_a_row(&mut ada, row, word, frame);
    }
    open_row(&mut ada, ADDRESSES);
    ada.wait_for("Add an address");
    ada.see_frame("settings-profile-emails-40x12");
    open_row(&mut ada, 0);
    ada.wait_for("primary address");
    ada.see_frame("settings-profile-emails-email-40x12");
    ada.press(Key::Esc);
    ada.wait_for("State");
    choose(&mut ada, "Add an address");
    ada.wait_for("We send a code to it");
    ada.type_text("countess@example.org");
    ada.see_frame("settings-profile-emails-add-40x12");
    ada.press(Key::Enter);
    ada.wait_for("Verify your address");
    ada.see_frame("settings-profile-emails-verify-40x12");
}
