//! SSH keys on a screen: pasted, picked, given another comment, removed.

use super::server::{ADAS_PASSWORD, Server};
use super::steps::try_to_sign_in;
use super::visitor::{Key, Visitor};

/// From the door of keys to the page of keys.
fn at_the_keys(server: &Server, cols: u16, rows: u16) -> Visitor {
    let mut ada = Visitor::arrive_as(server.address(), "keys", cols, rows);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("no SSH key here");
    ada
}
