//! The portal in front of a directory behind a program (`directory.kind = "command"`): the program keeps an htpasswd
//! file, as a web server reads it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::commands::Laptop;
use super::engine::{Fresh, on_both_engines};
use super::person::{Key, Person};
use super::server::{Server, TempFolder};
use super::steps::{ask_for_a_code, choose, choose_password, enter_code, sign_in, sign_out, try_to_sign_in};
use super::waiting::wait_until;

pub(crate) const FIRST: &str = "violet engine numbers";
const SECOND: &str = "plum tractor seventeen";
const THIRD: &str = "orange bonds resonate";

/// Ada may sign in, grace must change her password, joan is disabled, and eve has no account.
const PEOPLE: &str = r#"[
    {"id": "ada", "name": "ada", "display_name": "Ada Lovelace", "email": "ada@example.org", "groups": ["Platform", "Ops"],
     "history": ["plum tractor sixteen"], "ssh_keys": []},
    {"id": "grace", "name": "grace", "email": "grace@example.org", "groups": [], "must_change": "expired"},
    {"id": "joan", "name": "joan", "email": "joan@example.org", "groups": [], "disabled": true}
]"#;

pub(crate) fn place() -> TempFolder {
    in_front_of_a_directory(TempFolder::new())
}

fn in_front_of_a_directory(place: TempFolder) -> TempFolder {
    let folder = place.path("directory");
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("directory.py");
    std::fs::write(&program, include_str!("command_directory.py")).unwrap();
    std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    std::fs::write(folder.join("people.json"), PEOPLE).unwrap();
    let kept: String =
        ["ada", "grace", "joan"].map(|name| format!("{name}:{}\n", apr1(FIRST, "abcdefgh"))).concat();
    std::fs::write(folder.join("htpasswd"), kept).unwrap();
    place
        .with("DOORKEY__DIRECTORY__KIND", "command")
        .with("DOORKEY__DIRECTORY__GROUPS", "true")
        .with("DOORKEY__DIRECTORY__COMMAND", &program.display().to_string())
}

fn apr1(password: &str, salt: &str) -> String {
    let output = Command::new("openssl").args(["passwd", "-apr1", "-salt", salt, password]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Whether the htpasswd file takes `password` for `name`.
fn takes(server: &Server, name: &str, password: &str) -> bool {
    let kept = std::fs::read_to_string(server.place_path("directory/htpasswd")).unwrap();
    let kept = kept.lines().find_map(|line| line.strip_prefix(&format!("{name}:"))).unwrap();
    let salt = kept.split('$').nth(2).unwrap();
    apr1(password, salt) == kept
}

on_both_engines! {
    async fn a_reset_over_ssh_sets_the_password_in_the_htpasswd_file(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = place().with("DOORKEY__STORE__URL", &database.url).start();
        tokio::task::block_in_place(|| {
            assert!(!server.said().contains("setup code"), "accounts come from the directory: {}", server.said());
            let mut ada = Person::arrive(server.address());
            ask_for_a_code(&mut ada, "ada@example.org");
            enter_code(&mut ada, &server.code("ada", 1));
            choose_password(&mut ada, SECOND);
            ada.wait_for("Platform");
            ada.see("Ops");
            assert!(takes(&server, "ada", SECOND) && !takes(&server, "ada", FIRST));
            sign_out(&mut ada);
            let mut ada = Person::arrive(server.address());
            try_to_sign_in(&mut ada, "ada", FIRST);
            ada.wait_for("That name and password do not match.");
            ada.type_text(SECOND);
            ada.press(Key::Enter);
            ada.wait_for("Your teams");
        });
    }

    async fn a_password_that_must_be_changed_leads_to_a_new_one(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = place().with("DOORKEY__STORE__URL", &database.url).start();
        tokio::task::block_in_place(|| {
            let mut grace = Person::arrive(server.address());
            try_to_sign_in(&mut grace, "grace", FIRST);
            grace.wait_for("Your password has expired or must be changed.");
            choose_password(&mut grace, SECOND);
            assert!(takes(&server, "grace", SECOND));
            server.email("grace", "password was changed", 1);
            let mut grace = Person::arrive(server.address());
            try_to_sign_in(&mut grace, "grace", SECOND);
            grace.wait_for("Your organization says which teams you are in.");
        });
    }
}

#[test]
fn what_the_directory_refuses_is_told_and_nothing_is_changed() {
    let server = place().start();
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    ada.wait_for("Choose a new password");
    for _ in 0..2 {
        ada.type_text("plum tractor sixteen");
        ada.press(Key::Tab);
    }
    ada.wait_for("Passwords match");
    ada.press(Key::Enter);
    ada.wait_for("You used that password before");
    assert!(takes(&server, "ada", FIRST));
    // The grant is still good.
    std::fs::write(server.place_path("directory/people.json"), PEOPLE.replace("sixteen", "eleven")).unwrap();
    ada.press(Key::Enter);
    ada.wait_for("Your password has been successfully reset");
    assert!(takes(&server, "ada", "plum tractor sixteen"));
}

#[test]
fn people_change_their_password_there_and_by_a_command() {
    let server = place().start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", FIRST);
    choose(&mut ada, "Change password");
    ada.wait_for("Current password");
    for text in ["not the password at all", SECOND, SECOND] {
        ada.type_text(text);
        ada.press(Key::Tab);
    }
    ada.wait_for("Passwords match");
    ada.press(Key::Enter);
    ada.wait_for("The current password is incorrect.");
    assert!(takes(&server, "ada", FIRST));
    let issued = server.done(&["support", "issue-reset-code", "ada"], "");
    let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
    let said = Laptop::without_key(&server).pipes(
        &format!("{code}\n{THIRD}\n"),
        "account",
        "forgot ada --code-stdin",
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(takes(&server, "ada", THIRD));
}

/// It may have said that the password must be changed.
#[test]
fn a_program_that_says_what_is_not_understood_lets_nobody_in() {
    let server = place().start();
    let people = PEOPLE.replace(r#""must_change": "expired""#, r#""must_change": "soon""#);
    std::fs::write(server.place_path("directory/people.json"), people).unwrap();
    let said = Laptop::without_key(&server).pipes(&format!("{FIRST}\n"), "grace", "whoami --password-stdin");
    assert!(said.code != Some(0) && said.out.is_empty(), "{said:?}");
    assert!(
        server.said().contains("what the command says to `verify` is not the JSON that is expected"),
        "{}",
        server.said()
    );
}

#[test]
fn a_due_password_is_told_to_commands_and_replaced_by_passwd() {
    let server = place().start();
    let laptop = Laptop::without_key(&server);
    let said = laptop.pipes(&format!("{FIRST}\n"), "grace", "whoami --password-stdin");
    assert_eq!(said.code, Some(77), "{said:?}");
    assert!(
        said.err.contains("has to be changed before you can sign in") && said.err.contains("passwd --stdin"),
        "{said:?}"
    );
    let said = laptop.pipes(&format!("{FIRST}\n{SECOND}\n"), "grace", "passwd --stdin");
    assert!(said.code == Some(0) && said.out.contains("Your password has been changed"), "{said:?}");
    assert!(takes(&server, "grace", SECOND));
    let said = laptop.pipes(&format!("{SECOND}\n"), "grace", "whoami --password-stdin");
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_password_that_the_directory_refuses_gives_way_to_the_one_in_the_next_line() {
    let server = place().start();
    let reset = |lines: &str| {
        let issued = server.done(&["support", "issue-reset-code", "ada"], "");
        let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
        Laptop::without_key(&server).pipes(&format!("{code}\n{lines}"), "account", "forgot ada --code-stdin")
    };
    let said = reset("plum tractor sixteen\n");
    assert_eq!(said.code, Some(65), "{said:?}");
    assert!(
        said.err.contains("You used that password before") && said.err.contains("The code is used up"),
        "{said:?}"
    );
    assert!(takes(&server, "ada", FIRST));
    let said = reset(&format!("plum tractor sixteen\n{THIRD}\n"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(takes(&server, "ada", THIRD));
}

#[test]
fn who_is_disabled_or_unknown_there_hears_what_everybody_hears() {
    let server = place().start();
    for name in ["joan", "eve", "joan@example.org"] {
        let mut visitor = Person::arrive(server.address());
        try_to_sign_in(&mut visitor, name, FIRST);
        visitor.wait_for("That name and password do not match.");
    }
    // Nobody became an account by that.
    let shown = server.done(&["user", "list", "--json"], "");
    assert_eq!(String::from_utf8(shown.stdout).unwrap().trim(), "[]");
}

#[test]
fn a_directory_that_is_down_changes_nothing_and_is_asked_again() {
    let server = place().start();
    std::fs::write(server.place_path("directory/down"), "").unwrap();
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", FIRST);
    ada.wait_for("Temporarily unavailable. Nothing was changed");
    // The log may be read a moment after the screen.
    wait_until("the fault", || {
        server
            .said()
            .contains("the command said to try `lookup` later (75): the directory is down")
            .then_some(())
    });
    let mut other = Person::arrive(server.address());
    ask_for_a_code(&mut other, "ada");
    std::fs::remove_file(server.place_path("directory/down")).unwrap();
    // The code is sent once the directory is there.
    enter_code(&mut other, &server.code("ada", 1));
    choose_password(&mut other, SECOND);
    ada.press(Key::Enter);
    ada.wait_for("That name and password do not match.");
}

#[test]
fn nothing_is_offered_that_the_directory_keeps() {
    let server = place().start();
    let mut ada = Person::arrive(server.address());
    ada.wait_for("Sign in to your account");
    ada.dont_see("invitation");
    sign_in(&mut ada, "ada", FIRST);
    ada.press(Key::Enter);
    ada.wait_for("Your role:");
    ada.dont_see("Leave");
    let laptop = Laptop::without_key(&server);
    for line in ["join", "setup"] {
        let said = laptop.pipes("", "account", line);
        assert_ne!(said.code, Some(0), "{line}: {said:?}");
    }
    server.done(&["team", "add", "Elsewhere"], "");
    for words in [
        ["user", "add", "eve", "--email", "eve@example.org"].as_slice(),
        &["user", "rename", "ada", "augusta"],
        &["user", "email", "add", "ada", "more@example.org"],
        &["user", "email", "primary", "ada", "ada@example.org"],
        &["user", "email", "remove", "ada", "ada@example.org"],
        &["team", "add-member", "Elsewhere", "ada"],
        &["team", "remove-member", "Platform", "ada"],
    ] {
        let output = server.run(words, "");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("people live in the directory"), "{words:?}: {said}");
    }
    let shown = String::from_utf8(server.done(&["user", "show", "ada"], "").stdout).unwrap();
    assert!(shown.contains("active") && !shown.contains("no password"), "{shown}");
}

on_both_engines! {
    async fn nothing_is_offered_where_the_directory_sets_no_password(engine: Engine) {
        let database = Fresh::make(engine).await;
        let place = place().with("DOORKEY__STORE__URL", &database.url);
        let server = place.with("DOORKEY__DIRECTORY__RESET", "false").with("DOORKEY__DIRECTORY__CHANGE", "false").start();
        tokio::task::block_in_place(|| {
            let mut ada = Person::arrive(server.address());
            try_to_sign_in(&mut ada, "ada", SECOND);
            ada.wait_for("That name and password do not match. You are not signed in. Check both, or ask");
            ada.dont_see("Forgot your password?");
            ada.press(Key::F(1));
            ada.wait_for("what you typed, or use the contact below.");
            ada.dont_see("Forgot your password?");
            ada.press(Key::F(1));
            ada.wait_until_gone("This page");
            choose(&mut ada, "Trouble signing in?");
            ada.wait_for("Something else");
            for offer in ["I forgot my password", "My account is locked", "This wasn't me", "No email arrives"] {
                ada.dont_see(offer);
            }
            let mut grace = Person::arrive(server.address());
            try_to_sign_in(&mut grace, "grace", FIRST);
            grace.wait_for("Your password has expired or must be changed, and it cannot be changed here.");
            for user in ["forgot", "reset", "undo", "join", "setup"] {
                let mut guest = Person::arrive_by_openssh(server.address(), user, &[]);
                guest.wait_for("Your organization's directory keeps this, and it cannot be changed here.");
                guest.see("Sign in to your account");
            }
            let laptop = Laptop::without_key(&server);
            let help = laptop.runs("account", "help");
            for line in ["passwd --stdin", "forgot ada", "undo --code-stdin", "join", "setup"] {
                let command = format!("\n  {} ", line.split(' ').next().unwrap());
                assert!(help.code == Some(0) && !help.out.contains(&command), "{line}: {help:?}");
                let said = laptop.pipes(&format!("{FIRST}\n{SECOND}\n"), "ada", line);
                assert!(said.code == Some(77) && said.err.contains("[kept-in-directory]"), "{line}: {said:?}");
            }
            let said = laptop.pipes(&format!("{FIRST}\n"), "grace", "whoami --password-stdin");
            assert!(said.code == Some(77) && said.err.contains("[password-due-in-directory]"), "{said:?}");
            // Line mode lists what there is.
            let said = laptop.pipes("?\n", "account", "plain");
            assert!(!said.out.contains("Forgot your password"), "{said:?}");
            let said = laptop.pipes(&format!("ada\n{FIRST}\n?\n"), "account", "plain");
            assert!(said.out.contains("Your teams") && !said.out.contains("Change password"), "{said:?}");
        });
    }
}

/// Before the directory came, two accounts had names that entries have.
#[test]
fn an_account_that_stands_in_the_way_of_an_entry_is_renamed_or_deleted() {
    let server = TempFolder::new().start();
    for name in ["ada", "grace"] {
        server.done(&["user", "add", name, "--email", &format!("old-{name}@example.org")], "");
    }
    server.terminate();
    let server = in_front_of_a_directory(server.ended().1).start();
    let laptop = Laptop::without_key(&server);
    let enters =
        |name: &str, with: &str| laptop.pipes(&format!("{FIRST}\n{SECOND}\n"), name, with).code == Some(0);
    assert!(!enters("ada", "whoami --password-stdin"));
    server.done(&["user", "rename", "ada", "ada-before"], "");
    assert!(enters("ada", "whoami --password-stdin"));
    server.done(&["user", "delete", "grace", "--yes"], "");
    assert!(enters("grace", "passwd --stdin"));
}

#[test]
fn keys_of_the_directory_are_printed_for_sshd_and_none_that_is_more_than_a_key() {
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    let place = place().with("DOORKEY__DIRECTORY__SSH_KEYS", "true");
    let people = place.path("directory/people.json");
    let keys = format!(r#"["{KEY} ada@laptop", "cert-authority {KEY}", "command=\"id\" {KEY}", "no key"]"#);
    std::fs::write(&people, PEOPLE.replace(r#""ssh_keys": []"#, &format!(r#""ssh_keys": {keys}"#))).unwrap();
    let printed = |name: &str| {
        let output = place.run(&["authorized-keys", name], "");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(printed("ada"), format!("{KEY}\n"));
    for name in ["ada@example.org", "joan", "eve"] {
        assert_eq!(printed(name), "", "{name}");
    }
}

#[test]
fn an_undone_change_takes_the_password_away_that_somebody_else_has_set() {
    let server = place().start();
    let mut thief = Person::arrive(server.address());
    sign_in(&mut thief, "ada", FIRST);
    choose(&mut thief, "Change password");
    thief.wait_for("Current password");
    for text in [FIRST, SECOND, SECOND] {
        thief.type_text(text);
        thief.press(Key::Tab);
    }
    thief.wait_for("Passwords match");
    thief.press(Key::Enter);
    thief.wait_for("Your password has been changed");
    let email = server.email("ada", "password was changed", 1);
    let code = email.undo_code().expect("an undo code").to_owned();
    std::fs::write(server.place_path("directory/down"), "").unwrap();
    let laptop = Laptop::without_key(&server);
    let said = laptop.pipes(&format!("{code}\n{THIRD}\n"), "account", "undo --code-stdin");
    assert_ne!(said.code, Some(0), "{said:?}");
    std::fs::remove_file(server.place_path("directory/down")).unwrap();
    let said = laptop.pipes(&format!("{code}\n{THIRD}\n"), "account", "undo --code-stdin");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(takes(&server, "ada", THIRD) && !takes(&server, "ada", SECOND));
}
