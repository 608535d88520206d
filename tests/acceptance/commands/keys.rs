//! SSH keys as identity for commands: registering, using, removing, and every way in which one does not count.

use serde_json::json;

use super::{Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server, TempFolder};

#[test]
fn a_key_is_added_listed_used_and_removed() {
    let server = Server::start();
    let (first, second) = (Key::make(), Key::of_kind(&["-t", "ecdsa", "-b", "384"]));
    let input = format!("{ADAS_PASSWORD}\n{}", first.public());
    let added = Laptop::without_key(&server).pipes(&input, "ada", "keys add --json --password-stdin").json();
    is_as_documented("keys add", &added);
    assert_eq!(added["added"]["fingerprint"], json!(first.fingerprint()));
    assert_eq!(added["added"]["comment"], "ada@laptop");
    let email = server.email("ada", "SSH key was added", 1);
    assert!(email.text.contains(&first.fingerprint()), "{}", email.text);

    let laptop = Laptop::with_key(&server, &first).in_batch_mode();
    assert_eq!(laptop.runs("account", "whoami").code, Some(255), "whose it is, nobody has shown yet");
    assert_eq!(laptop.runs("ada", "whoami").out, "ada\n");
    assert_eq!(laptop.runs("account", "whoami").out, "ada\n");
    laptop.pipes(&second.public(), "account", "keys add").is_refused(77, "confirm-needed");
    let said = second.added_by(&server, "ada", ADAS_PASSWORD);
    assert_eq!(said.out, format!("OK: {} is registered [key-added]\n", second.fingerprint()));
    let keys = laptop.runs("account", "keys list --json").json();
    is_as_documented("keys list", &keys);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    for moment in ["last_used_at", "verified_at"] {
        let (first, second) = (&keys["keys"][0][moment], &keys["keys"][1][moment]);
        assert!(first.is_string() && second.is_null(), "{keys}");
    }
    assert_eq!(laptop.runs("account", "keys list --jsonl").out.lines().count(), 2);
    let table = laptop.runs("account", "keys list").out;
    assert!(table.starts_with("FINGERPRINT ") && table.contains(&second.fingerprint()), "{table}");

    let rename = format!("keys rename {} 'my desk' --json", second.fingerprint());
    let renamed = laptop.runs("account", &rename).json();
    is_as_documented("keys rename KEY COMMENT", &renamed);
    assert_eq!(renamed["renamed"]["comment"], "my desk");

    let remove = |key: &str| format!("keys remove {key} --json --password-stdin");
    let password = format!("{ADAS_PASSWORD}\n");
    let other = Laptop::with_key(&server, &second).in_batch_mode();
    assert_eq!(other.runs("ada", "whoami").out, "ada\n");
    other.runs("ada", &format!("keys remove {}", first.fingerprint())).is_refused(77, "confirm-needed");
    let removed = other.pipes(&password, "ada", &remove(&first.fingerprint())).json();
    is_as_documented("keys remove KEY", &removed);
    server.email("ada", "SSH key was removed", 1);
    assert_eq!(laptop.runs("account", "whoami").code, Some(255), "ssh itself refuses");
    other.pipes(&password, "ada", &remove("SHA256:nonsense")).is_refused(1, "not-found");
    let id = keys["keys"][1]["id"].as_str().unwrap();
    assert_eq!(other.pipes(&password, "ada", &remove(id)).code, Some(0));
    assert_eq!(other.runs("account", "whoami").code, Some(255));
}

#[test]
fn a_key_that_somebody_else_registered_is_its_holder_s_as_soon_as_it_is_proven() {
    let server = Server::start();
    server.add_user("mallory", Some("orange bonds resonate"));
    let adas = Key::make();
    assert_eq!(adas.added_by(&server, "mallory", "orange bonds resonate").code, Some(0));
    let laptop = Laptop::with_key(&server, &adas).in_batch_mode();
    // Nothing that ada does under the portal's name happens on mallory's account.
    assert_eq!(laptop.runs("account", "whoami").code, Some(255));
    assert_eq!(laptop.runs("ada", "whoami").code, Some(255));
    assert_eq!(adas.added_by(&server, "ada", ADAS_PASSWORD).code, Some(0));
    assert_eq!(laptop.runs("ada", "whoami").out, "ada\n");
    assert_eq!(laptop.runs("account", "whoami").out, "ada\n");

    let email = server.email("mallory", "SSH key is no longer on", 1);
    assert!(email.text.contains(&adas.fingerprint()) && !email.text.contains("127.0.0.1"), "{}", email.text);
    let password = "orange bonds resonate\n";
    let list = Laptop::without_key(&server).pipes(password, "mallory", "keys list --jsonl --password-stdin");
    assert_eq!((list.code, list.out.as_str()), (Some(0), ""));
    adas.added_by(&server, "mallory", "orange bonds resonate").is_refused(65, "key-taken");
    assert_eq!(laptop.runs("mallory", "whoami").code, Some(255));
}

#[test]
fn public_keys_are_printed_at_the_door_of_keys_and_nothing_else() {
    let server = TempFolder::new().with("DOORKEY__PORTAL__PUBLIC_KEYS", "true").start().furnished();
    let (first, second) = (Key::make().registered_by_ada(&server), Key::of_kind(&["-t", "ecdsa"]));
    assert_eq!(second.added_by(&server, "ada", ADAS_PASSWORD).code, Some(0));
    let bare = |key: &Key| key.public().split(' ').take(2).collect::<Vec<_>>().join(" ");
    let stranger = Laptop::without_key(&server);
    let said = stranger.runs("keys", "ada");
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    assert_eq!(said.out, format!("{}\n{}\n", bare(&first), bare(&second)));
    for name in ["nobody", "grace", "status", "ada@example.org"] {
        let said = stranger.runs("keys", name);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "", ""), "{name}");
    }
    // Whoever wants more than a name is at a door like any other.
    stranger.runs("keys", "keys list").is_refused(77, "sign-in-needed");
    assert!(stranger.runs("keys", "help").out.contains("ssh account@HOST"));
    stranger.runs("account", "ada").is_refused(64, "unknown-command");
}

#[test]
fn what_is_no_public_key_is_refused_and_a_private_one_is_told_so() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let private = std::fs::read_to_string(key.path()).unwrap();
    let add = |line: &str, options: &str| {
        laptop.pipes(
            &format!("{ADAS_PASSWORD}\n{line}"),
            "ada",
            &format!("keys add --password-stdin{options}"),
        )
    };
    let said = add(&private, "");
    said.is_refused(65, "key-refused");
    assert!(said.err.contains("private key"), "{}", said.err);
    add("hello\n", " --json").is_refused(65, "key-refused");
    add("", "").is_refused(65, "key-refused");
    add(&format!("command=\"sh\" {}", key.public()), "").is_refused(65, "key-refused");
    add(&key.public(), "").is_refused(65, "key-taken");
    add("a\0b\n", "").is_refused(64, "line-refused");
    add(&"x".repeat(70_000), "").is_refused(64, "too-much-input");
    let short = Key::of_kind(&["-t", "rsa", "-b", "2048"]);
    add(&short.public(), "").is_refused(65, "key-refused");
    assert_eq!(laptop.runs("account", "keys list --jsonl").out.lines().count(), 1);
}

#[test]
fn a_key_that_is_not_registered_makes_a_guest() {
    let server = Server::start();
    let stranger = Key::make();
    let laptop = Laptop::with_key(&server, &stranger);
    for line in ["whoami", "teams --json", "team Platform", "keys list", "keys add", "passwd"] {
        laptop.runs("account", line).is_refused(77, "sign-in-needed");
    }
    assert_eq!(Laptop::with_key(&server, &stranger).in_batch_mode().runs("ada", "whoami").code, Some(255));
}

#[test]
fn a_key_opens_its_own_account_only() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    Laptop::with_key(&server, &adas).runs("grace", "whoami").is_refused(77, "sign-in-needed");
    Laptop::with_key(&server, &adas).runs("nobody", "whoami").is_refused(77, "sign-in-needed");
    let laptop = Laptop::with_key(&server, &adas).in_batch_mode();
    laptop.runs("account", "whoami --name grace").is_refused(77, "key-not-registered");
    assert_eq!(laptop.runs("account", "whoami --name ada").out, "ada\n");
}

#[test]
fn a_key_that_is_only_shown_and_not_proven_never_counts() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    // ssh now offers the public half, is told that it would do, and cannot sign.
    adas.remove_private_half();
    for user in ["account", "ada"] {
        Laptop::with_key(&server, &adas).runs(user, "whoami --json").is_refused(77, "sign-in-needed");
    }
}

#[test]
fn a_shut_account_s_key_opens_nothing() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    server.done(&["user", "disable", "ada"], "");
    Laptop::with_key(&server, &adas).runs("account", "whoami").is_refused(77, "sign-in-needed");
}

#[test]
fn a_key_does_not_skip_the_questions_of_a_reset() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &adas).in_batch_mode();
    assert_eq!(laptop.runs("forgot", "whoami").out, "ada\n");
    assert_eq!(laptop.runs("reset", "whoami").code, Some(255), "it must not be let in by key");
}

/// A security key in software (`tests/hostile/security_key.py`).
fn security_key(words: &[&str]) -> String {
    let output = std::process::Command::new("/usr/bin/python3")
        .args(["-W", "ignore", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/security_key.py")])
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// russh tells of a signature only that it is right, not whether there was a touch.
#[test]
fn a_security_key_signs_in_only_where_it_was_added_to_need_no_touch() {
    const TOUCHED: &str = "0x01";
    const UNTOUCHED: &str = "0x00";
    let server = Server::start();
    let (port, line) = (server.address().port().to_string(), security_key(&["line"]));
    let stranger = Laptop::without_key(&server);
    let adds = |line: &str| {
        stranger.pipes(&format!("{ADAS_PASSWORD}\n{line}\n"), "ada", "keys add --json --password-stdin")
    };
    let added = adds(&line).json();
    is_as_documented("keys add", &added);
    for flags in [TOUCHED, UNTOUCHED] {
        assert_eq!(security_key(&[&port, "ada", flags]), "refused", "{flags}");
    }
    let bare: String = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(
        String::from_utf8_lossy(&server.run(&["authorized-keys", "ada"], "").stdout),
        format!("{bare}\n")
    );

    let fingerprint = added["added"]["fingerprint"].as_str().unwrap();
    let remove = format!("keys remove {fingerprint} --password-stdin");
    assert_eq!(stranger.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &remove).code, Some(0));
    let added = adds(&format!("no-touch-required {line}")).json();
    assert_eq!(added["added"]["no_touch_required"], json!(true));
    for flags in [TOUCHED, UNTOUCHED] {
        assert_eq!(security_key(&[&port, "ada", flags]), "in", "{flags}");
    }
    assert_eq!(
        String::from_utf8_lossy(&server.run(&["authorized-keys", "ada"], "").stdout),
        format!("no-touch-required {bare}\n")
    );
    let key = Key::make();
    let other = adds(&format!("no-touch-required {}", key.public().trim()));
    other.is_refused(65, "key-refused");
}

/// F39, F40: what people have who come from PuTTY, and what other tools write: taken, or told how to convert it, and the
/// command that is told does so.
#[test]
fn keys_in_other_formats_are_taken_or_the_command_that_converts_them_is_told() {
    let server = Server::start();
    let add = |text: &str| {
        let input = format!("{ADAS_PASSWORD}\n{text}");
        Laptop::without_key(&server).pipes(&input, "ada", "keys add --password-stdin")
    };
    let exported = |key: &Key, format: &str| {
        let mut keygen = std::process::Command::new("ssh-keygen");
        keygen.args(["-e", "-m", format, "-f"]).arg(key.path().with_extension("pub"));
        let made = keygen.output().unwrap();
        assert!(made.status.success(), "{format}: {}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap()
    };
    let ed25519 = Key::make();
    let said = add(&exported(&ed25519, "RFC4716"));
    assert_eq!(said.out, format!("OK: {} is registered [key-added]\n", ed25519.fingerprint()));

    let rsa = Key::of_kind(&["-t", "rsa", "-b", "3072"]);
    for (format, command) in
        [("PKCS8", "ssh-keygen -i -m PKCS8 -f FILE"), ("PEM", "ssh-keygen -i -m PEM -f FILE")]
    {
        let text = exported(&rsa, format);
        let said = add(&text);
        said.is_refused(65, "key-refused");
        assert!(said.err.contains(command), "{said:?}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, text).unwrap();
        let command = command.replace("FILE", &file.display().to_string());
        let converted = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
        let converted = String::from_utf8(converted.stdout).unwrap();
        assert_eq!(rsa.public().split(' ').nth(1), converted.split([' ', '\n']).nth(1), "{command}");
    }
    let (line, broken) = (rsa.public(), rsa.public().replacen("AAAAB3", "AAAA\nB3", 1));
    assert_ne!(line, broken);
    assert_eq!(add(&broken).out, format!("OK: {} is registered [key-added]\n", rsa.fingerprint()));
    let said = add(&line[..300]);
    said.is_refused(65, "key-refused");
    assert!(said.err.contains("a part is missing"), "{said:?}");
    let said = add("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n");
    said.is_refused(65, "key-refused");
    assert!(said.err.contains("PuTTYgen"), "{said:?}");
}
