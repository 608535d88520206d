//! Commands on a terminal: who is not known is asked by prompts, and no escape byte is ever printed.

use super::{Key, Laptop};
use crate::person::Person;
use crate::server::{ADAS_PASSWORD, Server};

const NEW: &str = "plum tractor seventeen";

#[test]
fn on_a_terminal_a_guest_is_asked_and_the_answer_follows() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server).on_a_terminal();
    // All typed ahead. `Laptop` looks for control characters in everything that is printed.
    let said = laptop.pipes(&format!("ada\r{ADAS_PASSWORD}\r"), "account", "whoami");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("Email or username: ada\r\nPassword: \r\n"), "{}", said.out);
    assert!(said.out.ends_with("\r\nada\r\n"), "{}", said.out);
    assert!(!said.out.contains(ADAS_PASSWORD) && !said.out.replace("\r\n", "").contains(['\r', '\n']));
    // The name before the @ is filled in, and one Enter too many does not make the password show.
    let said = laptop.pipes(&format!("\r{ADAS_PASSWORD}\r"), "ada", "teams --json");
    assert!(said.out.trim_end().ends_with("\"role\":\"owner\"}]}"), "{}", said.out);
    assert!(!said.out.contains(ADAS_PASSWORD), "{}", said.out);
}

#[test]
fn who_gives_up_gets_the_last_no_as_exit_code() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server).on_a_terminal();
    let said = laptop.pipes("\u{3}", "account", "whoami");
    assert_eq!(said.code, Some(77), "{said:?}");
    assert!(said.out.ends_with("Error: Not signed in. [sign-in-needed]\r\n"), "{}", said.out);
    let said = laptop.pipes("ada\rwrong\r\u{3}", "account", "whoami");
    assert_eq!(said.code, Some(77), "{said:?}");
    assert!(said.out.trim_end().ends_with("[wrong-credentials]"), "{}", said.out);
}

#[test]
fn passwd_on_a_terminal_signs_in_and_changes_the_password() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server).on_a_terminal();
    let typed = format!("ada\r{ADAS_PASSWORD}\r{ADAS_PASSWORD}\r{NEW}\r{NEW}\r");
    let said = laptop.pipes(&typed, "account", "passwd");
    assert_eq!(said.code, Some(0), "{said:?}");
    for prompt in ["Current password: \r\n", "New password: \r\n", "Confirm new password: \r\n"] {
        assert!(said.out.contains(prompt), "{prompt} is not in {}", said.out);
    }
    assert!(said.out.ends_with("OK: Your password has been changed [password-changed]\r\n"), "{}", said.out);
    server.email("ada", "password was changed", 1);
}

#[test]
fn passwd_with_a_key_asks_for_passwords_only() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).on_a_terminal();
    let said = laptop.pipes(&format!("{ADAS_PASSWORD}\r{NEW}\r{NEW}\r"), "account", "passwd");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.out.contains("Email or username"), "{}", said.out);
    let said = laptop.pipes(&format!("{ADAS_PASSWORD}\r{NEW}\r{NEW}\r\u{3}"), "account", "passwd");
    assert_eq!(said.code, Some(77), "{said:?}");
    let said = laptop.pipes("\u{3}", "account", "passwd");
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[test]
fn a_key_is_added_at_a_terminal() {
    let server = Server::start();
    let key = Key::make();
    let laptop = Laptop::without_key(&server).on_a_terminal();
    let typed = format!("ada\r{ADAS_PASSWORD}\r{}\r", key.public().trim());
    let said = laptop.pipes(&typed, "account", "keys add");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.ends_with(&format!("OK: {} is registered [key-added]\r\n", key.fingerprint())));
}

#[test]
fn who_came_with_a_key_confirms_at_the_terminal_before_another_is_added() {
    let server = Server::start();
    let (first, second) = (Key::make().registered_by_ada(&server), Key::make());
    let laptop = Laptop::with_key(&server, &first).on_a_terminal();
    let typed = format!("{}\rwrong\r{ADAS_PASSWORD}\r", second.public().trim());
    let said = laptop.pipes(&typed, "account", "keys add");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("Confirm it's you"), "{}", said.out);
    assert!(said.out.contains("[wrong-current-password]"), "{}", said.out);
    assert!(said.out.ends_with(&format!("OK: {} is registered [key-added]\r\n", second.fingerprint())));
    let said = laptop.pipes(&format!("{}\r\u{3}", Key::make().public().trim()), "account", "keys add");
    assert_ne!(said.code, Some(0), "{said:?}");
    assert_eq!(laptop.runs("account", "keys list --jsonl").out.lines().count(), 2);
}

#[test]
fn a_session_that_came_with_a_key_can_do_nothing_once_the_key_is_gone() {
    let server = Server::start();
    let old = Key::make().registered_by_ada(&server);

    let options =
        Laptop::with_key(&server, &old).option("-tt").option("-oRemoteCommand=passwd").client_options();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut connected = Person::arrive_by_openssh(server.address(), "account", &options);
    connected.wait_for("Current password:");

    let remove = format!("keys remove {} --password-stdin", old.fingerprint());
    let laptop = Laptop::without_key(&server);
    assert_eq!(laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &remove).code, Some(0));
    connected.type_text(&format!("{ADAS_PASSWORD}\r{NEW}\r{NEW}\r"));
    assert_eq!(connected.wait_for_the_end(), Some(77));
    connected.see("[signed-out]");
    let password = format!("{ADAS_PASSWORD}\n");
    assert_eq!(Laptop::without_key(&server).pipes(&password, "ada", "whoami --password-stdin").out, "ada\n");
}

#[test]
fn the_screen_of_somebody_with_a_key_has_the_name_filled_in_and_still_asks() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let options = Laptop::with_key(&server, &key).in_batch_mode().client_options();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut ada = Person::arrive_by_openssh(server.address(), "account", &options);
    ada.wait_for("Sign in to your account");
    ada.see("│ ada ");
    ada.dont_see("Your teams");
}
