//! Reauthentication: required before anything sensitive once the last one is five minutes old.

use doorkey::accounts::request::FRESH_MS;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::runtime::Runtime;

use super::engine::Engine;
use super::fixture::serve;
use super::person::{Key, Person};
use super::server::ADAS_PASSWORD;
use super::service::{MINUTE, Service};
use super::steps::{choose, open_tab, try_to_sign_in};

/// From `settings/security` to the question, which comes before the second factor is turned on.
fn be_asked(visitor: &mut Person) {
    choose(visitor, "Turn on");
    visitor.wait_for("Confirm it's you");
}

#[test]
fn a_sensitive_action_requires_reauthentication_and_then_continues() {
    let runtime = Runtime::new().unwrap();
    let service = runtime.block_on(Service::start(Engine::Sqlite));
    runtime.block_on(service.add("ada"));
    let address = runtime.block_on(serve(&service));
    let at_security = |cols, rows| {
        let mut ada = Person::arrive_as(address, "account", cols, rows);
        try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
        ada.wait_for("Your teams");
        open_tab(&mut ada, "Security");
        ada.wait_for("Turn on");
        ada
    };
    let (mut ada, mut narrow) = (at_security(80, 24), at_security(40, 12));
    service.later(FRESH_MS + 1);

    be_asked(&mut narrow);
    narrow.see_frame("confirm-40x12");
    be_asked(&mut ada);
    ada.see_frame("confirm-80x24");
    ada.type_text("not this one");
    ada.press(Key::Enter);
    ada.wait_for("That password is incorrect. Nothing was changed.");
    ada.see_frame("confirm-refused-80x24");
    ada.press(Key::Esc);
    ada.wait_for("You did not confirm it's you. Nothing was changed.");
    // The wait after a wrong try.
    service.later(MINUTE);
    be_asked(&mut ada);
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Set up an authenticator app");
}

#[test]
fn a_lock_comes_at_once_beside_a_slow_request_and_its_reply_waits_behind_it() {
    const NEW_PASSWORD: &str = "granite umbrella forty two";
    let runtime = Runtime::new().unwrap();
    let service = runtime.block_on(Service::start(Engine::Sqlite));
    runtime.block_on(service.add("ada"));
    let address = runtime.block_on(serve(&service));
    let mut ada = at_work(address, 80, 24);
    let mut writer = runtime.block_on(SqliteConnection::connect(&service.fresh.url)).unwrap();
    // In one packet with the key that sends the form, and behind the request, as it is done without F12.
    for (current, new, typed) in [
        (ADAS_PASSWORD, NEW_PASSWORD, [b"\r\x1b[24~".as_slice(), b""]),
        (NEW_PASSWORD, ADAS_PASSWORD, [b"\r", b"lost\x0c\x0c"]),
    ] {
        for text in [current, new] {
            ada.type_text(text);
            ada.press(Key::Tab);
        }
        ada.type_text(new);
        ada.wait_for("Passwords match");
        // The change waits for whoever writes.
        runtime.block_on(writer.execute("BEGIN IMMEDIATE")).unwrap();
        for bytes in typed {
            ada.send(bytes);
        }
        ada.wait_for("Session locked");
        // What is typed now is for the locked page, and waits for the reply.
        ada.type_text(new);
        ada.press(Key::Enter);
        ada.dont_see("Your password has been changed");
        runtime.block_on(writer.execute("ROLLBACK")).unwrap();
        ada.wait_for("Signed in as ada");
        ada.see("Your password has been changed");
        ada.dont_see("Session locked");
    }
}

/// On a form that something can be typed into.
fn at_work(address: std::net::SocketAddr, cols: u16, rows: u16) -> Person {
    let mut ada = Person::arrive_as(address, "account", cols, rows);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Your teams");
    open_tab(&mut ada, "Password");
    ada.wait_for("New password");
    ada
}

#[test]
fn a_locked_screen_shows_nothing_until_the_password_is_typed() {
    const F12: &[u8] = b"\x1b[24~";
    let runtime = Runtime::new().unwrap();
    let service = runtime.block_on(Service::start(Engine::Sqlite));
    runtime.block_on(service.add("ada"));
    let address = runtime.block_on(serve(&service));
    let (mut ada, mut narrow) = (at_work(address, 80, 24), at_work(address, 40, 12));
    narrow.send(F12);
    narrow.wait_for("Session locked");
    narrow.see_frame("locked-40x12");

    ada.type_text("half a passphrase");
    ada.send(F12);
    ada.wait_for("Session locked");
    ada.see_frame("locked-80x24");
    for personal in ["ada", "Signed in", "Teams", "Settings", "•"] {
        ada.dont_see(personal);
    }
    // Neither a section nor a way back leads out of it.
    ada.send(b"\x1b1\x1b2");
    ada.press(Key::Esc);
    ada.wait_for("Leave?");
    ada.press(Key::Esc);
    ada.wait_until_gone("Leave?");
    ada.see("Session locked");
    ada.type_text("not this one");
    ada.press(Key::Enter);
    ada.wait_for("That password is incorrect. This session is still locked.");
    // The wait after a wrong try.
    service.later(MINUTE);
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Signed in as ada");
    ada.see("•••••");

    // Ctrl-L once repaints, and twice in a row locks.
    ada.press(Key::Ctrl('l'));
    ada.type_text("x");
    ada.wait_for("••••••");
    ada.press(Key::Ctrl('l'));
    ada.press(Key::Ctrl('l'));
    ada.wait_for("Session locked");
    ada.press(Key::Tab);
    ada.press(Key::Tab);
    ada.press(Key::Enter);
    ada.wait_for("Sign in to your account");
}
