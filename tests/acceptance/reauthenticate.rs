//! Reauthentication: required before anything sensitive once the last one is five minutes old.

use doorkey::accounts::request::FRESH_MS;
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
