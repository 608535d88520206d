//! Sessions on the screen, and how soon a revoked one ends, on this node and on another.

use std::time::{Duration, Instant};

use super::engine::{Engine, Fresh};
use super::line_client::LineClient;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{choose, open_tab, try_to_sign_in};

fn signed_in(server: &Server) -> Person {
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Your teams");
    ada.wait_for("Settings");
    ada
}

/// From anywhere to `settings/sessions`.
fn open_sessions(ada: &mut Person) {
    open_tab(ada, "Sessions");
    ada.wait_for("this s");
}

#[test]
fn one_session_sees_and_ends_another_within_a_second() {
    let server = Server::start();
    let mut here = signed_in(&server);
    open_sessions(&mut here);
    here.see_frame("settings-sessions-alone-80x24");
    here.press(Key::Enter);
    here.wait_for("This is your current session.");
    here.see_frame("settings-sessions-session-this-80x24");
    here.press(Key::Esc);
    here.wait_for("You have no other sessions.");
    let mut there = signed_in(&server);
    choose(&mut here, "Refresh");
    here.wait_for("Sign out all other sessions");
    here.see_frame("settings-sessions-80x24");
    // To the first row of the list, wherever the focus is: the newest session.
    here.type_text("g");
    here.press(Key::Enter);
    here.wait_for("Sign out this session");
    here.see_frame("settings-sessions-session-80x24");
    choose(&mut here, "Sign out this session");
    let pressed = Instant::now();
    assert_eq!(there.wait_for_the_end(), Some(77));
    assert!(pressed.elapsed() < Duration::from_secs(1), "{:?}", pressed.elapsed());
    there.see("This session was ended from another one.");
    here.wait_for("The session was signed out.");
    here.wait_for("You have no other sessions.");
}

#[test]
fn a_small_screen_shows_what_matters() {
    let server = Server::start();
    let _there = signed_in(&server);
    let mut here = Person::arrive_as(server.address(), "account", 40, 12);
    try_to_sign_in(&mut here, "ada", ADAS_PASSWORD);
    here.wait_for("Your teams");
    here.wait_for("Platform");
    open_sessions(&mut here);
    here.see_frame("settings-sessions-40x12");
    here.press(Key::Enter);
    here.wait_for("Idle: 0 min");
    here.see_frame("settings-sessions-session-40x12");
}

#[test]
fn a_session_at_another_node_is_ended_within_five_seconds() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fresh = runtime.block_on(Fresh::make(Engine::Postgres));
    let one = TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url).start().furnished();
    // The nodes of one portal share their keys.
    let shared = |name: &str| one.place_path(name).display().to_string();
    let other = TempFolder::new()
        .with("DOORKEY__STORE__URL", &fresh.url)
        .with("DOORKEY__KEYS__SECRET_KEYS", &shared("keys/secret_keys"))
        .with("DOORKEY__SSH__HOST_KEY", &shared("keys/ssh_host_ed25519_key"))
        .start();
    let (mut here, mut there) = (signed_in(&one), signed_in(&other));
    let mut beside = signed_in(&one);
    open_sessions(&mut here);
    here.wait_for("Sign out all other sessions");
    choose(&mut here, "Sign out all other sessions");
    here.wait_for("at once. What is typed there");
    choose(&mut here, "Sign out all other sessions");
    here.wait_for("All other sessions were signed out.");
    let ended = Instant::now();
    assert_eq!(beside.wait_for_the_end(), Some(77));
    assert!(ended.elapsed() < Duration::from_secs(1), "at this node: {:?}", ended.elapsed());
    assert_eq!(there.wait_for_the_end(), Some(77));
    assert!(ended.elapsed() < Duration::from_secs(5), "at another node: {:?}", ended.elapsed());
    there.see("This session was ended from another one.");
    here.wait_for("You have no other sessions.");
    here.dont_see("ended from another one");
}

#[test]
fn a_session_that_is_one_too_many_elsewhere_ends_with_the_reason_on_a_screen_and_in_lines() {
    const LIMIT: &str = "DOORKEY__SSH__MAX_SESSIONS_PER_ACCOUNT";
    const WHY: &str = "This session ended because you signed in elsewhere";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fresh = runtime.block_on(Fresh::make(Engine::Postgres));
    let one = TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url).with(LIMIT, "1").start().furnished();
    let shared = |name: &str| one.place_path(name).display().to_string();
    let other = TempFolder::new()
        .with("DOORKEY__STORE__URL", &fresh.url)
        .with("DOORKEY__KEYS__SECRET_KEYS", &shared("keys/secret_keys"))
        .with("DOORKEY__SSH__HOST_KEY", &shared("keys/ssh_host_ed25519_key"))
        .with(LIMIT, "1")
        .start();
    let mut screen = signed_in(&other);
    let mut lines = runtime.block_on(async {
        let mut lines = LineClient::begin(one.address(), "account", true).await;
        lines.says("ada").await;
        lines.goes(ADAS_PASSWORD, "Your teams").await;
        lines
    });
    assert_eq!(screen.wait_for_the_end(), Some(77));
    screen.see(WHY);
    let mut last = signed_in(&one);
    assert_eq!(runtime.block_on(lines.ends()), Some(77));
    let said = lines.text();
    assert!(said.contains(WHY) && said.trim_end().ends_with("[session-limit]"), "{said}");
    open_tab(&mut last, "Sessions");
    last.wait_for("You have no other sessions.");
    choose(&mut last, "Activity");
    last.wait_for("Idle session signed out");
}
