//! What a key brings to somebody who comes to the portal with it, besides commands.

use std::os::unix::fs::PermissionsExt;

use super::profile::with_password;
use super::{Key, Laptop};
use crate::person::{Key as Press, Person};
use crate::server::Server;
use crate::steps::choose;

/// Comes to the portal as `user` with `key`, by the real ssh.
fn session(server: &Server, key: &Key, user: &str) -> Person {
    session_on(server, key, user, (80, 24))
}

/// The same on a terminal of that size.
fn session_on(server: &Server, key: &Key, user: &str, size: (u16, u16)) -> Person {
    let path = key.path();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let path = path.display().to_string();
    let options = ["-o", "IdentitiesOnly=yes", "-i", &path];
    Person::arrive_by_openssh_on(server.address(), user, &options, size)
}

fn has_colour(visitor: &Person) -> bool {
    let places = (0..24).flat_map(|row| (0..80).map(move |col| (row, col)));
    let mut cells = places.filter_map(|(row, col)| visitor.screen().cell(row, col));
    cells.any(|cell| cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default)
}

/// From a sign-in page with a name to the error about the missing password.
fn press_too_early(visitor: &mut Person) {
    visitor.wait_for("Sign in to your account");
    visitor.wait_for("Tab next");
    visitor.press(Press::Enter);
    visitor.wait_for("Error:");
}

#[test]
fn who_shows_a_key_is_met_as_they_like_it() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    assert_eq!(laptop.runs("ada", "whoami").out, "ada\n");
    let mut screen = session(&server, &key, "account");
    press_too_early(&mut screen);
    assert!(has_colour(&screen), "{}", screen.frame());
    assert_eq!(laptop.runs("account", "profile set --no-color yes").code, Some(0));
    let mut screen = session(&server, &key, "ada");
    press_too_early(&mut screen);
    assert!(!has_colour(&screen), "{}", screen.frame());
    assert_eq!(laptop.runs("account", "profile set --plain yes").code, Some(0));
    let mut lines = session(&server, &key, "account");
    lines.wait_for("Email or username: ada");
    lines.dont_see("Tab next");
    // Whoever shows nothing is met like anybody.
    let mut stranger = Person::arrive_as(server.address(), "ada", 80, 24);
    stranger.wait_for("Tab next");
}

#[test]
fn who_shows_a_key_chooses_where_the_code_goes() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    assert_eq!(laptop.runs("ada", "whoami").out, "ada\n");
    assert_eq!(with_password(&server, "emails add lovelace@home.example.org").code, Some(0));
    let code = server.code_at("lovelace@home.example.org", 1);
    let verify = "emails verify lovelace@home.example.org";
    assert_eq!(laptop.pipes(&format!("{code}\n"), "account", verify).code, Some(0));

    let forget = |visitor: &mut Person| {
        visitor.wait_for("Sign in to your account");
        visitor.wait_for("Tab next");
        choose(visitor, "Forgot your password?");
        visitor.wait_for("Reset your password");
    };
    let ask_where = |visitor: &mut Person| {
        forget(visitor);
        choose(visitor, "Choose an address");
    };
    for (size, frame) in [
        ((40, 12), "choose-address-40x12"),
        ((120, 40), "choose-address-120x40"),
        ((200, 60), "choose-address-200x60"),
    ] {
        let mut ada = session_on(&server, &key, "ada", size);
        ask_where(&mut ada);
        ada.wait_for("Where should the code go?");
        ada.see_frame(frame);
    }
    let mut ada = session(&server, &key, "ada");
    ask_where(&mut ada);
    ada.wait_for("Where should the code go?");
    ada.see_frame("choose-address-80x24");
    ada.press(Press::Down);
    ada.press(Press::Enter);
    ada.wait_for("Check your email");
    ada.type_text(&server.code_at("lovelace@home.example.org", 2));
    ada.press(Press::Enter);
    ada.wait_for("Choose a new password");

    // Others could not choose, and are not invited to: for her as for somebody who is not there.
    for name in ["ada", "nobody"] {
        let mut stranger = Person::arrive_as(server.address(), name, 80, 24);
        forget(&mut stranger);
        stranger.wait_for("I already have a code");
        stranger.dont_see("Choose an address");
    }
}
