//! The first start: the setup code that `serve` prints, and the first account that is made with it, by the real `ssh`.

use super::engine::{Fresh, people_on_both_engines};
use super::person::{Key, Person};
use super::server::{Server, TempFolder};
use super::steps::choose;

pub(super) const PASSWORD: &str = "plum tractor seventeen moth";
pub(super) const WRONG: &str = "BBBB-BBBB-BBBB-BBBB";

/// A server with a relay that cannot be reached.
pub(super) fn with_a_relay(place: TempFolder) -> TempFolder {
    place
        .with("DOORKEY__MAIL__TRANSPORT", "smtp")
        .with("DOORKEY__MAIL__HOST", "127.0.0.1")
        .with("DOORKEY__MAIL__PORT", "1")
        .with("DOORKEY__MAIL__TLS", "none")
}

/// The code that it printed.
pub(super) fn setup_code(server: &Server) -> String {
    let said = server.said();
    let line = said.lines().find_map(|line| line.strip_prefix("setup code "));
    line.and_then(|line| line.split(' ').next()).unwrap_or_else(|| panic!("no code in {said}")).to_owned()
}

fn fill_in_the_account(person: &mut Person) {
    person.wait_for("Create the first account");
    person.type_text("ada");
    for _ in 0..2 {
        person.press(Key::Tab);
        person.type_text(PASSWORD);
    }
    person.press(Key::Tab);
    person.type_text("Platform");
    person.wait_for("Passwords match");
    choose(person, "Create account");
}

people_on_both_engines! {
    fn the_first_session_that_types_the_setup_code_makes_the_first_account(fresh: &Fresh) {
        let place = with_a_relay(TempFolder::new()).with("DOORKEY__STORE__URL", &fresh.url);
        let server = place.start();
        let code = setup_code(&server);
        let port = server.address().port();
        let command = format!("To create the first one: ssh -p {port} setup@127.0.0.1\n");
        assert!(server.said().contains(&command), "{}", server.said());
        let (_, place) = { server.terminate(); server.ended() };
        let server = place.start();
        assert_eq!(setup_code(&server), code, "a restart prints the same");

        let mut ada = Person::arrive_by_openssh(server.address(), "setup", &[]);
        ada.wait_for("Set up this portal");
        ada.see_frame("setup-80x24");
        ada.type_text(WRONG);
        ada.press(Key::Enter);
        ada.wait_for("This setup code doesn't work.");
        ada.see_frame("setup-refused-80x24");
        ada.type_text(&code);
        ada.press(Key::Enter);
        ada.wait_for("Your email address");
        ada.see_frame("setup-address-80x24");
        ada.type_text("ada@example.org");
        ada.press(Key::Enter);
        ada.wait_for("Check your email");
        ada.see_frame("setup-verify-80x24");
        choose(&mut ada, "Go on without the code");
        ada.wait_for("Create the first account");
        ada.see_frame("setup-account-80x24");
        fill_in_the_account(&mut ada);
        ada.wait_for("This portal has been set up");
        ada.wait_for("Platform");
        ada.see("owner");

        let mut eve = Person::arrive_by_openssh(server.address(), "setup", &[]);
        eve.wait_for("This portal has been set up already");
        eve.wait_for("Sign in to your account");
        let shown = String::from_utf8(server.done(&["activity", "ada", "--jsonl"], "").stdout).unwrap();
        assert!(shown.contains("\"portal-set-up\"") && shown.contains("\"team-created\""), "{shown}");
        let (_, place) = { server.terminate(); server.ended() };
        let server = place.start();
        assert!(!server.said().contains("setup code"), "{}", server.said());
    }
}

/// The frame on the usual screen and on larger ones, and the other one on the smallest.
fn see_all(person: &mut Person, usual: &str, smallest: &str) {
    person.see_frame(usual);
    person.resize(40, 12);
    person.see_frame(smallest);
    person.resize(80, 24);
    person.see_frame(usual);
}

#[test]
fn the_setup_fits_every_terminal() {
    let server = with_a_relay(TempFolder::new()).start();
    let mut ada = Person::arrive_as(server.address(), "setup", 80, 24);
    ada.wait_for("Set up this portal");
    see_all(&mut ada, "setup-80x24", "setup-40x12");
    ada.type_text(&setup_code(&server));
    ada.press(Key::Enter);
    ada.wait_for("Your email address");
    see_all(&mut ada, "setup-address-80x24", "setup-address-40x12");
    ada.type_text("ada@example.org");
    ada.press(Key::Enter);
    ada.wait_for("Check your email");
    see_all(&mut ada, "setup-verify-80x24", "setup-verify-40x12");
    choose(&mut ada, "Go on without the code");
    ada.wait_for("Create the first account");
    see_all(&mut ada, "setup-account-80x24", "setup-account-40x12");
}
