//! Accepting an invitation with and without an account, and signing up if the operator allows it.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{choose, sign_in};

const NEW: &str = "plum tractor seventeen moth";

/// ada invites `name` to Platform; gives the code from the email.
fn invited(server: &Server, name: &str) -> String {
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Invite someone");
    choose(&mut ada, "Invite someone");
    ada.wait_for("There are no open invitations.");
    ada.type_text(&format!("{name}@example.org"));
    ada.press(Key::Enter);
    ada.wait_for("Invitation sent to");
    let email = server.email(name, "invitation", 1);
    email.code().expect("a code in the invitation").to_owned()
}

/// From `join` with nothing typed on.
fn type_code(visitor: &mut Person, address: &str, code: &str) {
    visitor.wait_for("I have an invitation");
    visitor.wait_for("Code");
    visitor.type_text(address);
    visitor.press(Key::Tab);
    visitor.type_text(code);
    visitor.press(Key::Enter);
}

fn make_account(visitor: &mut Person, name: &str) {
    visitor.wait_for("Create your account");
    visitor.type_text(name);
    for _ in 0..2 {
        visitor.press(Key::Tab);
        visitor.type_text(NEW);
    }
    visitor.wait_for("Passwords match");
    choose(visitor, "Create account");
}

#[test]
fn a_new_user_accepts_an_invitation() {
    let server = Server::start();
    let code = invited(&server, "alan");
    let mut alan = Person::arrive_as(server.address(), "join", 80, 24);
    alan.wait_for("I have an invitation");
    alan.see_frame("join-80x24");
    type_code(&mut alan, "alan@example.org", "WDJB-MJHT");
    alan.wait_for("That code is wrong or has expired.");
    alan.see_frame("join-refused-80x24");
    alan.type_text(&code);
    alan.press(Key::Enter);
    alan.wait_for("You will join the team Platform, to which ada invited you.");
    alan.see_frame("join-account-80x24");
    make_account(&mut alan, "grace");
    alan.wait_for("That username is taken");
    alan.see_frame("join-account-refused-80x24");
    // The name that was refused has the keys.
    for _ in 0..5 {
        alan.press(Key::Ctrl('h'));
    }
    alan.type_text("alan");
    choose(&mut alan, "Create account");
    alan.wait_for("Your account has been created");
    alan.wait_for("Platform");
    alan.see_frame("teams-signed-up-80x24");
    server.email("alan", "You were added to", 1);
}

#[test]
fn an_existing_user_signs_in_and_joins_the_team() {
    let server = Server::start();
    server.add_user("linus", Some(NEW));
    let code = invited(&server, "linus");
    let mut linus = Person::arrive(server.address());
    linus.wait_for("Sign in to your account");
    choose(&mut linus, "I have an invitation");
    type_code(&mut linus, "linus@example.org", &code);
    linus.wait_for("Sign in within the hour to join the team Platform, to which ada invited you.");
    linus.see_frame("sign-in-to-join-80x24");
    linus.type_text(NEW);
    linus.press(Key::Enter);
    linus.wait_for("Last opened");
    linus.see("Platform");
    linus.see("member");
}

#[test]
fn a_small_terminal_shows_the_whole_way() {
    let server = Server::start();
    let code = invited(&server, "alan");
    let mut alan = Person::arrive_as(server.address(), "join", 40, 12);
    alan.wait_for("I have an invitation");
    alan.see_frame("join-40x12");
    type_code(&mut alan, "alan@example.org", &code);
    alan.wait_for("Create your account");
    alan.see_frame("join-account-40x12");
}

#[test]
fn signing_up_is_offered_only_if_the_operator_allows_it() {
    let closed = Server::start();
    let mut visitor = Person::arrive(closed.address());
    visitor.wait_for("I have an invitation");
    visitor.dont_see("Create an account");

    let server = TempFolder::new().with("DOORKEY__PORTAL__SIGN_UP", "open").start().furnished();
    let mut alan = Person::arrive(server.address());
    alan.wait_for("Create an account");
    alan.see_frame("sign-in-open-80x24");
    choose(&mut alan, "Create an account");
    alan.wait_for("We send a code to your address");
    alan.see_frame("sign-up-80x24");
    alan.type_text("alan@example.org");
    alan.press(Key::Enter);
    alan.wait_for("Check your email");
    alan.see_frame("join-sent-80x24");
    let email = server.email("alan", "code", 1);
    alan.type_text(email.code().unwrap());
    alan.press(Key::Enter);
    make_account(&mut alan, "alan");
    alan.wait_for("Your account has been created");
    alan.wait_for("You are not in a team yet.");

    let mut ada = Person::arrive_as(server.address(), "account", 40, 12);
    ada.wait_for("Sign in to your account");
    choose(&mut ada, "Create an account");
    ada.wait_for("We send a code to your address");
    ada.see_frame("sign-up-40x12");
    ada.type_text("ada@example.org");
    ada.press(Key::Enter);
    ada.wait_for("Check your email");
    ada.see_frame("join-sent-40x12");
    let email = server.email("ada", "You already have", 1);
    assert!(email.code().is_none() && email.text.contains("your username is ada"), "{}", email.text);
}

#[test]
fn a_portal_with_a_public_address_shows_it_in_its_emails() {
    let server =
        TempFolder::new().with("DOORKEY__PORTAL__ADDRESS", "portal.example.org:2222").start().furnished();
    invited(&server, "alan");
    let invitation = server.email("alan", "invitation", 1);
    // A name that its owner chose is for those who have typed the code.
    assert!(!invitation.text.contains("ada"), "{}", invitation.text);
    let command = |line: &str| line == "    ssh -p 2222 join@portal.example.org";
    assert!(invitation.text.lines().any(command), "{}", invitation.text);
}
