//! SSH keys on the screen: pasting, choosing, renaming and removing them.

use std::process::Command;

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{choose, sign_out, try_to_sign_in};

const LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW ada@laptop";

/// From the door of keys to the page of keys.
fn at_the_keys(server: &Server, cols: u16, rows: u16) -> Person {
    let mut ada = Person::arrive_as(server.address(), "keys", cols, rows);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Add a key");
    ada
}

/// From the page of no keys to the page of one.
fn add_by_pasting(ada: &mut Person) {
    ada.press(Key::Enter);
    ada.wait_for("Paste the one line");
    ada.paste(LINE);
    // It is one line, so Enter goes on.
    ada.press(Key::Enter);
    ada.wait_for("The key was added.");
    ada.wait_for("ada@laptop");
}

#[test]
fn a_key_is_pasted_given_another_comment_and_removed() {
    let server = Server::start();
    let mut ada = at_the_keys(&server, 80, 24);
    ada.see_frame("settings-keys-none-80x24");
    ada.press(Key::Enter);
    ada.wait_for("Paste the one line");
    ada.see_frame("settings-keys-add-80x24");
    ada.press(Key::Enter);
    ada.wait_for("There is no key.");
    ada.paste("ssh-dss AAAAB3NzaC1kc3MAAACBAP");
    ada.press(Key::Enter);
    ada.wait_for("DSA keys are too weak");
    ada.see_frame("settings-keys-add-refused-80x24");
    ada.press(Key::Esc);
    ada.wait_for("Discard changes?");
    ada.type_text("d");
    ada.wait_for("no SSH keys here");

    add_by_pasting(&mut ada);
    ada.see_frame("settings-keys-80x24");
    ada.press(Key::Enter);
    ada.wait_for("Save comment");
    ada.see_frame("settings-keys-key-80x24");
    ada.type_text(" two");
    ada.press(Key::Enter);
    ada.wait_for("The comment is saved.");
    choose(&mut ada, "Remove this key");
    ada.wait_for("Remove this key?");
    ada.wait_for("you are signed out everywhere else");
    ada.see_frame("confirmation-80x24");
    choose(&mut ada, "Cancel");
    ada.wait_for("Save comment");
    choose(&mut ada, "Remove this key");
    ada.wait_for("Remove this key?");
    choose(&mut ada, "Remove this key");
    ada.wait_for("The key was removed.");
    ada.wait_for("no SSH keys here");
}

#[test]
fn a_small_screen_shows_what_matters() {
    let server = Server::start();
    let mut ada = at_the_keys(&server, 40, 12);
    ada.see_frame("settings-keys-none-40x12");
    ada.press(Key::Enter);
    ada.wait_for("Public key");
    ada.see_frame("settings-keys-add-40x12");
    ada.paste(LINE);
    ada.press(Key::Enter);
    ada.wait_for("ada@laptop");
    ada.see_frame("settings-keys-40x12");
    ada.press(Key::Enter);
    ada.wait_for("Comment:");
    ada.see_frame("settings-keys-key-40x12");
    choose(&mut ada, "Remove this key");
    ada.wait_for("Remove this key?");
    ada.see_frame("confirmation-40x12");
}

#[test]
fn a_key_that_the_client_has_shown_is_added_by_picking_it() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("id");
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    key.write_openssh_file(&path, LineEnding::LF).unwrap();

    let identity = format!("-oIdentityFile={}", path.display());
    let options = ["-oIdentitiesOnly=yes", "-oIdentityAgent=none", &identity];
    let to_pick = |size| {
        let mut ada = Person::arrive_by_openssh_on(server.address(), "keys", &options, size);
        try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
        ada.wait_for("no SSH keys here");
        choose(&mut ada, "Add a key");
        ada.wait_for("or pick a key below");
        ada
    };
    to_pick((40, 12)).see_frame("settings-keys-add-shown-40x12");
    let mut ada = to_pick((80, 24));
    ada.see(&key.fingerprint(HashAlg::Sha256).to_string());
    ada.see_frame("settings-keys-add-shown-80x24");
    choose(&mut ada, "SHA256:");
    ada.wait_for("The key was added.");
    ada.wait_for("Verified");
    sign_out(&mut ada);

    // Coming with it under one's own name proves it.
    let mut ada = Person::arrive_by_openssh(server.address(), "ada", &options);
    ada.wait_for("Sign in to your account");
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Your role");
    let mut ssh = Command::new("ssh");
    ssh.args(["-F", "none", "-oBatchMode=yes", "-oStrictHostKeyChecking=no", "-oLogLevel=ERROR"]);
    ssh.args(["-oUserKnownHostsFile=/dev/null", "-p", &server.address().port().to_string()]);
    let said = ssh.args(options).args(["account@127.0.0.1", "whoami"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "ada\n", "{said:?}");
}
