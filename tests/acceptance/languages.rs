//! German by the client's locale, by the profile, and in line mode only when it is asked for.

use super::commands::{Key as KeyPair, Laptop};
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::try_to_sign_in;

const GERMAN: [&str; 2] = ["-o", "SetEnv=LANG=de_DE.UTF-8"];

#[test]
fn the_reset_story_in_german_on_screens_and_in_emails() {
    let server = Server::start();
    let mut ada = Person::arrive_by_openssh(server.address(), "account", &GERMAN);
    ada.wait_for("Bei Ihrem Konto anmelden");
    ada.see_frame("sign-in-german-80x24");
    ada.cut();
    let mut ada = Person::arrive_by_openssh(server.address(), "forgot", &GERMAN);
    ada.wait_for("Passwort zurücksetzen");
    ada.type_text("ada");
    ada.press(Key::Enter);
    ada.wait_for("Prüfen Sie Ihr Postfach");
    let code = server.code("ada", 1);
    // With an umlaut in it, so encoded (RFC 2047); the English subject is not.
    server.email("ada", "=?utf-8?", 1);
    ada.type_text("BBBB-BBBB");
    ada.press(Key::Enter);
    ada.wait_for("Fehler: ");
    ada.type_text(&code);
    ada.press(Key::Enter);
    ada.wait_for("Neues Passwort wählen");
    ada.type_text("plum tractor seventeen");
    ada.press(Key::Tab);
    ada.type_text("plum tractor seventeen");
    ada.wait_for("Die Passwörter stimmen überein");
    ada.press(Key::Enter);
    ada.wait_for("Ihr Passwort wurde zurückgesetzt");
    ada.wait_for("Ihre Teams");
    ada.see_frame("teams-german-80x24");
}

#[test]
fn a_german_screen_fits_a_small_terminal() {
    let server = Server::start();
    let mut ada = Person::arrive_by_openssh_on(server.address(), "account", &GERMAN, (40, 12));
    ada.wait_for("Bei Ihrem Konto anmelden");
    ada.see_frame("sign-in-german-40x12");
    ada.type_text("ada");
    ada.press(Key::Tab);
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Ihre Teams");
    ada.see_frame("teams-german-40x12");
}

#[test]
fn the_language_of_the_profile_counts_more_than_that_of_the_client() {
    let server = Server::start();
    let key = KeyPair::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key);
    assert_eq!(laptop.runs("account", "profile set --language de").code, Some(0));
    let mut ada = Person::arrive_as(server.address(), "account", 80, 24);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Ihre Teams");
    // A key says who it is before anybody has signed in.
    let identity = format!("-oIdentityFile={}", key.path().display());
    let options = ["-oIdentitiesOnly=yes", "-oIdentityAgent=none", "-oSetEnv=LANG=en_US.UTF-8", &identity];
    let mut ada = Person::arrive_by_openssh(server.address(), "account", &options);
    ada.wait_for("Bei Ihrem Konto anmelden");
    // A command asks in English, as it answers.
    let command = "-oRemoteCommand=profile set --user-name countess";
    let options = ["-oIdentitiesOnly=yes", "-oIdentityAgent=none", "-oRequestTTY=force", command, &identity];
    let mut ada = Person::arrive_by_openssh(server.address(), "account", &options);
    ada.wait_for("To continue, type your password");
    ada.cut();
    // What scripts read stays as it is.
    let said = laptop.runs("account", "profile get");
    assert!(said.out.contains("Language: de\n"), "{said:?}");
}

#[test]
fn a_terminal_without_umlauts_gets_english() {
    let server = Server::start();
    let options = ["-o", "SetEnv=LANG=de_DE.ISO-8859-1"];
    let mut visitor = Person::arrive_by_openssh(server.address(), "account", &options);
    visitor.wait_for("Sign in to your account");
}

#[test]
fn line_mode_and_commands_are_english_until_german_is_asked_for() {
    let server = Server::start();
    let key = KeyPair::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_german();
    for (line, heading) in [
        ("plain", "Sign in to your account"),
        ("plain --lang en", "Sign in to your account"),
        ("plain --lang de", "Bei Ihrem Konto anmelden"),
    ] {
        let said = laptop.pipes("", "account", line);
        assert!(said.out.contains(heading), "{line}: {said:?}");
    }
    let said = laptop.pipes("ada\nwrong horse\n", "account", "plain --lang de");
    assert!(said.out.contains("Fehler: ") && said.out.contains("[wrong-credentials]"), "{said:?}");
    let said = laptop.runs("account", "whoami");
    assert!(said.out.starts_with("ada"), "{said:?}");
    laptop.runs("account", "plain --lang fr").is_refused(64, "usage");
}
