//! The landing page and what opens from it.

use super::server::{ADAS_PASSWORD, Server};
use super::steps::sign_in;
use super::visitor::{Key, Visitor};

#[test]
fn enter_opens_a_team_and_esc_leads_back() {
    let server = Server::start();
    let mut ada = Visitor::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Keeps the lights on.");
    ada.see("Your role: owner");
    ada.see("grace");
    ada.see_frame("team-80x24");
    ada.press(Key::Esc);
    ada.wait_for("Your teams");
}

#[test]
fn who_is_in_no_team_is_told_what_to_do() {
    let server = Server::start();
    server.add_user("linus", Some("orange bonds resonate"));
    let mut linus = Visitor::arrive(server.address());
    super::steps::try_to_sign_in(&mut linus, "linus", "orange bonds resonate");
    linus.wait_for("You are in no team yet.");
    linus.see_frame("teams-none-80x24");
}
