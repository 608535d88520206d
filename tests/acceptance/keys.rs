//! SSH keys on a screen: pasted, picked, given another comment, removed.

use std::process::{Command, Stdio};

use super::server::{ADAS_PASSWORD, Server};
use super::steps::try_to_sign_in;
use super::visitor::{Key, Visitor};

const LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW ada@laptop";

/// From the door of keys to the page of keys.
fn at_the_keys(server: &Server, cols: u16, rows: u16) -> Visitor {
    let mut ada = Visitor::arrive_as(server.address(), "keys", cols, rows);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Add a key");
    ada
}

/// From the page of no keys to the page of one.
fn add_by_pasting(ada: &mut Visitor) {
    ada.press(Key::Enter);
    ada.wait_for("Paste the one line");
    ada.paste(LINE);
    ada.press(Key::Tab);
    ada.press(Key::Enter);
    ada.wait_for("The key is added.");
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
    ada.paste("ssh-dss AAAAB3NzaC1kc3MAAACBAP");
    ada.press(Key::Tab);
    ada.press(Key::Enter);
    ada.wait_for("DSA keys are too weak");
    ada.see_frame("settings-keys-add-refused-80x24");
    ada.press(Key::Esc);
    ada.wait_for("no SSH key here");
}

#[test]
fn a_small_screen_shows_what_matters() {
    let server = Server::start();
    let mut ada = at_the_keys(&server, 40, 12);
    ada.see_frame("settings-keys-none-40x12");
}
