//! A thief's key after the owner's reset, by commands, over the real ssh.

use serde_json::Value;

use super::{Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server, TempFolder};

const NEW: &str = "plum tractor seventeen";

/// The owner's reset, by commands alone.
fn reset(server: &Server) -> String {
    let owner = Laptop::without_key(server);
    assert_eq!(owner.runs("account", "forgot ada").code, Some(0));
    let input = format!("{}\n{NEW}\n", server.code("ada", 1));
    let said = owner.pipes(&input, "account", "forgot ada --code-stdin");
    assert_eq!(said.code, Some(0), "{said:?}");
    said.out
}

/// What the operator's command for sshd prints.
fn for_sshd(server: &Server) -> String {
    String::from_utf8(server.done(&["authorized-keys", "ada"], "").stdout).unwrap()
}

#[test]
fn a_thiefs_key_opens_nothing_after_a_reset_until_the_owner_keeps_it() {
    let server = TempFolder::new().with("DOORKEY__PORTAL__PUBLIC_KEYS", "true").start().furnished();
    let key = Key::make().registered_by_ada(&server);
    let thief = Laptop::with_key(&server, &key).in_batch_mode();
    let stranger = Laptop::without_key(&server);
    assert!(
        for_sshd(&server).contains("ssh-ed25519") && stranger.runs("keys", "ada").out.contains("ssh-ed25519")
    );

    let said = reset(&server);
    assert!(said.contains("suspended 1 recently added key or address"), "{said}");
    for user in ["ada", "account"] {
        assert_eq!(thief.runs(user, "whoami").code, Some(255), "ssh itself refuses");
    }
    let said = stranger.runs("keys", "ada");
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
    assert_eq!(for_sshd(&server), "");
    let email = server.email("ada", "password was reset", 1);
    assert!(
        email.text.contains(&key.fingerprint()) && email.text.contains("from 127.0.0.1"),
        "{}",
        email.text
    );

    let owner = |line: &str| stranger.pipes(&format!("{NEW}\n"), "ada", &format!("{line} --password-stdin"));
    let listed = owner("keys list");
    let row = listed.out.lines().find(|line| line.contains(&key.fingerprint())).unwrap();
    assert!(row.contains("  suspended  "), "{row}");
    let listed = owner("keys list --json").json();
    assert!(listed["keys"][0]["suspended_at"].is_string(), "{listed}");
    assert_eq!(listed["keys"][0]["added_ip"], "127.0.0.1");
    let reviewed = owner("review --json").json();
    is_as_documented("review", &reviewed);
    assert_eq!(reviewed["suspended"], 1);
    assert_eq!(reviewed["keys"][0]["fingerprint"], Value::from(key.fingerprint()));
    let reviewed = owner("review").out;
    assert!(reviewed.contains("suspended") && reviewed.contains("keys keep FINGERPRINT"), "{reviewed}");

    let keep = format!("keys keep {} --json", key.fingerprint());
    let kept = owner(&keep).json();
    is_as_documented("keys keep KEY", &kept);
    assert!(kept["kept"]["suspended_at"].is_null(), "{kept}");
    assert_eq!(thief.runs("ada", "whoami").out, "ada\n");
    assert!(for_sshd(&server).contains("ssh-ed25519"));
    owner(&keep).is_refused(1, "not-suspended");
    server.email("ada", "suspended SSH key", 1);
    // With the key alone nothing is kept.
    thief.runs("ada", &keep).is_refused(77, "confirm-needed");
}

#[test]
fn a_thiefs_address_is_suspended_by_a_reset_and_kept_or_removed_by_its_owner() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let with = |password: &str, line: &str| {
        laptop.pipes(&format!("{password}\n"), "ada", &format!("{line} --password-stdin"))
    };
    assert_eq!(with(ADAS_PASSWORD, "emails add evil@home.example.org").code, Some(0));
    let code = server.code_at("evil@home.example.org", 1);
    let input = format!("{ADAS_PASSWORD}\n{code}\n");
    let verify = "emails verify evil@home.example.org --password-stdin";
    assert_eq!(laptop.pipes(&input, "ada", verify).code, Some(0));

    reset(&server);
    let listed = with(NEW, "emails list").out;
    assert!(listed.contains("evil@home.example.org  suspended"), "{listed}");
    let listed = with(NEW, "emails list --json").json();
    is_as_documented("emails list", &listed);
    assert!(listed["emails"][1]["suspended_at"].is_string(), "{listed}");
    with(NEW, "emails primary evil@home.example.org").is_refused(65, "address-suspended");
    let kept = with(NEW, "emails keep evil@home.example.org --json").json();
    is_as_documented("emails keep ADDRESS", &kept);
    assert_eq!(with(NEW, "emails remove evil@home.example.org").code, Some(0));
    assert_eq!(with(NEW, "review --json").json()["suspended"], 0);
}
