//! Changing and resetting a password by commands only.

use super::{Key, Laptop, is_as_documented};
use crate::person::Person;
use crate::server::{ADAS_PASSWORD, Server};
use crate::steps::try_to_sign_in;

const NEW: &str = "plum tractor seventeen";

#[test]
fn a_script_changes_a_password() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let both = format!("{ADAS_PASSWORD}\n{NEW}\n");
    let changed = laptop.pipes(&both, "ada", "passwd --stdin --json").json();
    is_as_documented("passwd", &changed);
    let back = format!("{NEW}\n{ADAS_PASSWORD}\n");
    let said = laptop.pipes(&back, "account", "passwd --stdin --name ada");
    assert_eq!(said.out, "OK: Your password has been changed [password-changed]\n", "{said:?}");
    laptop.pipes(&back, "ada", "passwd --stdin").is_refused(77, "wrong-credentials");
    server.email("ada", "password was changed", 1);
}

#[test]
fn right_passwords_that_are_typed_at_once_all_sign_in() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let typed = format!("{ADAS_PASSWORD}\n");
    let said = std::thread::scope(|scope| {
        let whoami = || laptop.pipes(&typed, "ada", "whoami --password-stdin");
        let all: Vec<_> = (0..4).map(|_| scope.spawn(whoami)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(said.iter().all(|said| said.out == "ada\n"), "{said:?}");
}

#[test]
fn half_a_pipe_changes_nothing() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    for half in ["", "\n\n", ADAS_PASSWORD, &format!("{ADAS_PASSWORD}\n"), &format!("{ADAS_PASSWORD}\n{NEW}")]
    {
        laptop.pipes(half, "ada", "passwd --stdin").is_refused(64, "input-ended");
    }
    let long = format!("{ADAS_PASSWORD}\n{}\n", "x".repeat(5_000));
    laptop.pipes(&long, "ada", "passwd --stdin").is_refused(64, "line-refused");
    let nul = format!("{ADAS_PASSWORD}\nplum\0tractor seventeen\n");
    laptop.pipes(&nul, "ada", "passwd --stdin").is_refused(64, "line-refused");
    let weak = format!("{ADAS_PASSWORD}\nshort\n");
    laptop.pipes(&weak, "ada", "passwd --stdin --json").is_refused(65, "password-refused");
    laptop.pipes("a\nb\n", "account", "passwd --stdin").is_refused(64, "usage");
    assert_eq!(laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "whoami --password-stdin").out, "ada\n");
}

#[test]
fn with_a_key_the_account_is_the_key_s() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    laptop.runs("account", "passwd").is_refused(64, "usage");
    let both = format!("{ADAS_PASSWORD}\n{NEW}\n");
    assert_eq!(laptop.pipes(&both, "account", "passwd --stdin --json").json()["name"], "ada");
    laptop.pipes(&both, "account", "passwd --stdin").is_refused(77, "wrong-current-password");
}

#[test]
fn the_whole_reset_by_commands() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let requested = laptop.runs("account", "forgot ada --json").json();
    is_as_documented("forgot [NAME]", &requested);
    let code = server.code("ada", 1);
    laptop
        .pipes(&format!("WDJB-MJHT\n{NEW}\n"), "account", "forgot ada --code-stdin")
        .is_refused(77, "code-refused");
    laptop
        .pipes(&format!("{code}\n{NEW}"), "account", "forgot ada --code-stdin")
        .is_refused(64, "input-ended");
    // A password that a rule refuses leaves the code as it is, and the right to try the next line.
    laptop
        .pipes(&format!("{code}\nshort\n"), "account", "forgot ada --code-stdin")
        .is_refused(65, "password-refused");
    let input = format!("{}\nshort\n{NEW}\n", code.to_lowercase());
    let reset = laptop.pipes(&input, "account", "forgot ada --code-stdin --json").json();
    is_as_documented("forgot [NAME] --code-stdin", &reset);
    // The right code, a second time: it is told as used, not as wrong.
    laptop.pipes(&input, "account", "forgot ada --code-stdin").is_refused(77, "code-used");
    assert_eq!(laptop.pipes(&format!("{NEW}\n"), "ada", "whoami --password-stdin").out, "ada\n");
}

#[test]
fn a_wish_for_a_code_says_the_same_whoever_it_is_about() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let known = laptop.runs("account", "forgot grace");
    let unknown = laptop.runs("account", "forgot nobody");
    let masked = |out: &str, name: &str| {
        let at = out.find(" UTC").unwrap();
        out.replace(&out[at - 5..at], "HH:MM").replace(&format!("\"{name}\""), "NAME")
    };
    assert_eq!(masked(&known.out, "grace"), masked(&unknown.out, "nobody"));
    assert_eq!((known.code, known.err), (unknown.code, unknown.err));
    let json = laptop.runs("account", "forgot somebody --json").json();
    is_as_documented("forgot [NAME]", &json);
    let own = laptop.runs("ada", "forgot --json").json();
    assert_eq!(own["name"], "ada");
    laptop.runs("account", "forgot").is_refused(64, "usage");
}

/// Set by a command and by the operator; asked for on the screen, in line mode and by commands.
#[test]
fn umlauts_cjk_emoji_quotes_and_blanks_at_the_ends_are_one_password_in_every_face() {
    const PASSWORD: &str = "  Zoë Müller 漢字 🔑 \"it's\" 5\u{a0}€ ";
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let changed = laptop.pipes(&format!("{ADAS_PASSWORD}\n{PASSWORD}\n"), "ada", "passwd --stdin");
    assert_eq!(changed.code, Some(0), "{changed:?}");
    server.add_user("barbara", Some(PASSWORD));
    for name in ["ada", "barbara"] {
        let asked = laptop.pipes(&format!("{PASSWORD}\n"), name, "whoami --password-stdin");
        assert_eq!((asked.code, asked.out), (Some(0), format!("{name}\n")), "{}", asked.err);
        let lines = laptop.pipes(&format!("{name}\n{PASSWORD}\n"), "account", "plain");
        assert!(lines.out.contains(&format!("Signed in as {name}\n")), "{lines:?}");
        let mut person = Person::arrive(server.address());
        try_to_sign_in(&mut person, name, PASSWORD);
        person.wait_for("Your teams");
    }
}
