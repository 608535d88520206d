//! Usernames, through the faces: which can be chosen and which are refused, whoever chooses.

use super::commands::Laptop;
use super::engine::{Fresh, people_on_both_engines};
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{choose, sign_in};

const NEW: &str = "plum tractor seventeen moth";
const UNICODE: (&str, &str) = ("DOORKEY__PORTAL__UNICODE_NAMES", "true");
const RESERVED: &str = "this username is reserved for the portal or a system account";

fn place_on(fresh: &Fresh) -> TempFolder {
    TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url)
}

/// What an operator reads who adds `name`.
fn adding(server: &Server, name: &str, email: &str) -> (Option<i32>, String) {
    let said = server.run(&["user", "add", "--email", &format!("{email}@example.org"), "--", name], "");
    (said.status.code(), String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned())
}

/// What ada reads who takes `name`.
fn renaming(server: &Server, name: &str) -> (Option<i32>, String) {
    let line = format!("profile set --password-stdin --user-name '{name}'");
    let said = Laptop::without_key(server).pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &line);
    (said.code, said.out + &said.err)
}

/// Somebody who is invited to Platform, at the form for a new account.
fn at_the_form(server: &Server, address: &str) -> Person {
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Invite someone");
    choose(&mut ada, "Invite someone");
    ada.type_text(&format!("{address}@example.org"));
    ada.press(Key::Enter);
    ada.wait_for("Invitation sent to");
    let email = server.email(address, "invitation", 1);
    let mut visitor = Person::arrive_as(server.address(), "join", 80, 24);
    visitor.wait_for("I have an invitation");
    visitor.wait_for("Code");
    visitor.type_text(&format!("{address}@example.org"));
    visitor.press(Key::Tab);
    visitor.type_text(email.code().unwrap());
    visitor.press(Key::Enter);
    visitor.wait_for("Create your account");
    visitor.press(Key::Tab);
    visitor.type_text(NEW);
    visitor.press(Key::Tab);
    visitor.type_text(NEW);
    visitor.wait_for("Passwords match");
    visitor.press(Key::BackTab);
    visitor.press(Key::BackTab);
    visitor
}

/// Types `name` where the keys go, sends the form, and waits for `words`.
fn takes(visitor: &mut Person, name: &str, words: &str) {
    visitor.press(Key::Ctrl('u'));
    visitor.type_text(name);
    choose(visitor, "Create account");
    visitor.wait_for(words);
}

people_on_both_engines! {
    fn a_username_is_ascii_unless_the_operator_opens_unicode(fresh: &Fresh) {
        let server = place_on(fresh).start().furnished();
        for name in ["müller", "p\u{430}ypal", "\u{430}d\u{430}", "ａｌａｎ", "Zoë", "mi\u{212a}e"] {
            for (code, said) in [adding(&server, name, "other"), renaming(&server, name)] {
                assert_eq!(code, Some(65), "{name}: {said}");
                assert!(said.contains("only the letters a to z, digits, `.`, `_` and `-`"), "{name}: {said}");
            }
        }
        for name in ["alan-", "alan.", "alan_"] {
            for (code, said) in [adding(&server, name, "other"), renaming(&server, name)] {
                assert_eq!(code, Some(65), "{name}: {said}");
                assert!(said.contains("must begin and end with a letter or digit"), "{name}: {said}");
            }
        }
        let (code, said) = adding(&server, "Alan.M-T_2", "other");
        assert_eq!(code, Some(0), "{said}");
        let listed = String::from_utf8(server.done(&["user", "list"], "").stdout).unwrap();
        assert!(listed.contains("alan.m-t_2") && !listed.contains("Alan"), "folded on input: {listed}");
        let mut visitor = at_the_form(&server, "eve");
        takes(&mut visitor, "ev\u{435}", "only the letters a to z");
        takes(&mut visitor, "eve", "Your account has been created");
    }

    fn a_reserved_username_is_refused_to_operators_too(fresh: &Fresh) {
        let place = place_on(fresh).with("DOORKEY__SSH__ACCOUNT_USER", "door");
        let server = place.start().furnished();
        let names = ["door", "account", "forgot", "Reset", "guest", "join", "keys", "support", "setup", "root", "ADMIN", "www-data"];
        for name in names {
            let (code, said) = adding(&server, name, "other");
            assert_eq!(code, Some(65), "{name}: {said}");
            assert!(said.contains(RESERVED), "{name}: {said}");
        }
        let rows = names.iter().enumerate().map(|(at, name)| format!("{name},a{at}@example.org"));
        let file = format!("name,email\nalan,alan@example.org\n{}\n", rows.collect::<Vec<_>>().join("\n"));
        let said = server.run(&["user", "import", "--format", "csv", "-"], &file);
        let text = String::from_utf8_lossy(&said.stderr);
        assert_eq!((said.status.code(), text.matches(RESERVED).count()), (Some(65), names.len()), "{text}");
        for name in ["door", "Keys", "root"] {
            let (code, said) = renaming(&server, name);
            assert_eq!(code, Some(65), "{name}: {said}");
            assert!(said.to_lowercase().contains(RESERVED) && said.contains("name-refused"), "{name}: {said}");
        }
        let mut visitor = Person::arrive_as(server.address(), "door", 80, 24);
        visitor.wait_for("Sign in to your account");
    }

    fn a_unicode_username_that_looks_like_another_is_refused(fresh: &Fresh) {
        let server = place_on(fresh).with(UNICODE.0, UNICODE.1).start().furnished();
        for (name, email) in [("müller", "mueller"), ("владимир", "vladimir"), ("c\u{e4}c", "cac")] {
            let (code, said) = adding(&server, name, email);
            assert_eq!(code, Some(0), "{name}: {said}");
        }
        // Two alphabets in one name; letters that all look Latin; the same marks on another alphabet's letters.
        for (name, words) in [
            ("p\u{430}ypal", "cannot mix alphabets"),
            ("\u{430}d\u{430}", "cannot mix alphabets"),
            ("\u{441}\u{430}\u{440}\u{430}", "only look like a to z"),
            ("r\u{3bf}\u{3bf}t", "cannot mix alphabets"),
            ("\u{441}\u{4d3}\u{441}", "taken"),
            ("MÜLLER", "taken"),
        ] {
            for (code, said) in [adding(&server, name, "other"), renaming(&server, name)] {
                assert!(matches!(code, Some(1 | 65)), "{name}: {code:?} {said}");
                assert!(said.contains(words), "{name}: {said}");
            }
        }
        let mut visitor = at_the_form(&server, "eve");
        takes(&mut visitor, "ev\u{435}", "cannot mix alphabets");
        takes(&mut visitor, "\u{441}\u{4d3}\u{441}", "That username is taken or looks like one that is.");
        takes(&mut visitor, "ève", "Your account has been created");
    }

    fn an_existing_username_works_whatever_the_setting_is_now(fresh: &Fresh) {
        let server = place_on(fresh).with(UNICODE.0, UNICODE.1).start().furnished();
        server.done(&["user", "add", "müller", "--email", "m@example.org", "--password-stdin"], NEW);
        let place = server.kill().with(UNICODE.0, "false");
        let server = place.start();
        let mut mueller = Person::arrive(server.address());
        mueller.wait_for("Sign in to your account");
        mueller.type_text("Müller");
        mueller.press(Key::Tab);
        mueller.type_text(NEW);
        mueller.press(Key::Enter);
        mueller.wait_for("Your teams");
        let said = String::from_utf8(server.done(&["user", "show", "MÜLLER"], "").stdout).unwrap();
        assert!(said.contains("müller"), "{said}");
    }
}
