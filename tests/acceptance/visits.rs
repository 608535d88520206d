//! Visits on a screen, and how soon one that is ended is over: at this node and at another one.

use std::time::{Duration, Instant};

use super::engine::{Engine, Fresh};
use super::server::{ADAS_PASSWORD, Place, Server};
use super::steps::try_to_sign_in;
use super::visitor::{Key, Visitor};

fn signed_in(server: &Server) -> Visitor {
    let mut ada = Visitor::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Your teams");
    ada.wait_for("Settings");
    ada
}
