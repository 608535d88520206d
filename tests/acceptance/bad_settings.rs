//! Invalid settings stop the server at once, with their origin, the reason and an exit status of sysexits(3).

use std::os::unix::fs::PermissionsExt;

use super::engine::{Fresh, on_both_engines};
use super::server::{Server, TempFolder};

/// `EX_CONFIG`
const MISCONFIGURED: Option<i32> = Some(78);

/// What `doorkey serve` says on standard error before it ends with `expected`.
fn complaint(place: &TempFolder, expected: Option<i32>) -> String {
    let output = place.run(&["serve"], "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), expected, "{said}");
    said
}

#[test]
fn an_unknown_key_is_refused_with_its_name_and_file() {
    let place = TempFolder::new();
    std::fs::write(place.path("doorkey.toml"), "[ssh]\nprot = 2222\n").unwrap();
    let said = complaint(&place, MISCONFIGURED);
    assert!(said.contains("doorkey.toml") && said.contains("prot"), "{said}");
}

/// It would be an empty one, in whatever folder the command was typed.
#[test]
fn an_operators_command_makes_no_database_where_nothing_says_where_it_is() {
    let place = TempFolder::new();
    let run = |words: &[&str]| {
        let output = place.command(words).env_clear().output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for words in [
        &["user", "show", "ada"][..],
        &["user", "add", "ada", "--email", "ada@example.org"],
        &["team", "list"],
        &["keys", "list"],
        &["activity"],
    ] {
        let (code, said) = run(words);
        assert!(code == MISCONFIGURED && said.contains("--config FILE"), "{words:?}: {said}");
        assert!(!place.path("doorkey.db").exists(), "{words:?}");
    }
    std::fs::write(place.path("doorkey.toml"), "").unwrap();
    let (code, said) = run(&["user", "add", "ada", "--email", "ada@example.org"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_value_below_its_floor_is_refused_with_the_floor() {
    let place = TempFolder::new().with("DOORKEY__PASSWORD__MEMORY_KIB", "1024");
    let said = complaint(&place, MISCONFIGURED);
    assert!(said.contains("memory_kib") || said.contains("MEMORY_KIB"), "{said}");
    assert!(said.contains("19456"), "{said}");
}

#[test]
fn an_address_of_the_portal_that_is_none_is_refused() {
    for address in ["a portal", "ada@portal.example.org", "portal.example.org:0", "-oProxyCommand=x"] {
        let said = complaint(&TempFolder::new().with("DOORKEY__PORTAL__ADDRESS", address), MISCONFIGURED);
        assert!(said.contains("DOORKEY__PORTAL__ADDRESS"), "{said}");
        assert!(said.contains("expected a host name or IP address"), "{said}");
    }
}

#[test]
fn a_word_where_a_number_belongs_is_refused() {
    let said = complaint(&TempFolder::new().with("DOORKEY__CODE__TTL_MINUTES", "soon"), MISCONFIGURED);
    assert!(said.contains("DOORKEY__CODE__TTL_MINUTES"), "{said}");
}

#[test]
fn a_host_key_that_others_can_read_is_refused_by_name() {
    let place = Server::start().kill();
    let key = place.path("keys/ssh_host_ed25519_key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let said = complaint(&place, MISCONFIGURED);
    assert!(said.contains("ssh_host_ed25519_key"), "{said}");
}

#[test]
fn a_host_key_that_cannot_be_read_is_refused_by_name_and_left() {
    let place = TempFolder::new();
    let key = place.path("keys/ssh_host_ed25519_key");
    // Nobody can read this, not even root.
    std::os::unix::fs::symlink("ssh_host_ed25519_key", &key).unwrap();
    for words in [["serve"], ["check"]] {
        let output = place.run(&words, "");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), MISCONFIGURED, "{said}");
        assert!(said.contains("ssh_host_ed25519_key") && said.contains("cannot be read"), "{said}");
        assert!(std::fs::read_link(&key).is_ok(), "it was replaced");
    }
    // What is there and is no key is refused as well, and stays.
    std::fs::remove_file(&key).unwrap();
    std::fs::write(&key, "").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(complaint(&place, MISCONFIGURED).contains("not an OpenSSH private key"));
    assert_eq!(std::fs::read(&key).unwrap(), b"");
}

on_both_engines! {
    async fn a_missing_host_key_beside_accounts_is_an_error_and_no_new_key(engine: Engine) {
        let database = Fresh::make(engine).await;
        tokio::task::spawn_blocking(move || {
            let place = TempFolder::new().with("DOORKEY__STORE__URL", &database.url);
            // Accounts may be there before the portal is first served.
            let added = place.run(&["user", "add", "ada", "--email", "ada@example.org"], "");
            assert!(added.status.success(), "{added:?}");
            let place = place.start().kill();
            let key = place.path("keys/ssh_host_ed25519_key");
            std::fs::remove_file(&key).unwrap();
            for words in [["serve"], ["check"]] {
                let output = place.run(&words, "");
                // `check` answers on standard output.
                let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
                assert_eq!(output.status.code(), MISCONFIGURED, "{said}");
                let file = key.display().to_string();
                let told = ["REMOTE HOST IDENTIFICATION HAS CHANGED", "backup", "ssh-keygen -t ed25519", &file];
                assert!(told.iter().all(|told| said.contains(told)), "{said}");
                assert!(!key.exists(), "a key was made all the same");
            }
            let made = std::process::Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(&key)
                .status();
            assert!(made.unwrap().success());
            place.start();
        })
        .await
        .unwrap();
    }
}

#[test]
fn a_port_in_use_is_named() {
    let server = Server::start();
    let port = server.address().port().to_string();
    let said = complaint(&TempFolder::new().with("DOORKEY__SSH__PORT", &port), Some(69));
    assert!(said.contains(&port), "{said}");
}

#[test]
fn what_is_made_at_the_first_start_is_for_the_owner_only() {
    let place = Server::start().kill();
    for name in ["keys/ssh_host_ed25519_key", "keys/secret_keys", "doorkey.db"] {
        let mode = place.path(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_database_path_that_is_a_folder_or_a_device_is_named_as_that() {
    let place = TempFolder::new();
    std::fs::create_dir(place.path("data")).unwrap();
    for (file, told) in
        [(place.path("data"), "data/doorkey.db"), ("/dev/null".into(), "is not a regular file")]
    {
        for command in ["serve", "check"] {
            let url = format!("sqlite:{}", file.display());
            let output = place.command(&[command]).env("DOORKEY__STORE__URL", url).output().unwrap();
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert_eq!(output.status.code(), Some(78), "{command} {file:?}: {said}");
            assert!(said.contains(told), "{command} {file:?}: {said}");
        }
    }
}

#[test]
fn a_database_that_cannot_be_made_is_named_at_the_start() {
    let place = TempFolder::new();
    std::fs::write(place.path("a-file"), "").unwrap();
    // Not even root makes a file in these.
    for (file, named) in [
        (place.path("a-file/doorkey.db"), "a-file"),
        (place.path("nowhere/doorkey.db"), "nowhere"),
        ("/proc/self/task/doorkey.db".into(), "/proc/self/task"),
    ] {
        let url = format!("sqlite:{}", file.display());
        let output = place.command(&["serve"]).env("DOORKEY__STORE__URL", url).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(69 | 78)), "{file:?}: {:?} {said}", output.status);
        assert!(said.contains(named) && said.contains("cannot be opened"), "{file:?}: {said}");
    }
}
