//! When the mail relay is down: the person is not kept waiting, nothing is lost, nothing secret is logged.

use std::net::TcpListener;

use super::server::Place;
use super::steps::ask_for_a_code;
use super::visitor::Visitor;
use super::waiting::wait_until;

#[test]
fn a_relay_that_is_down_changes_nothing_for_the_person_and_the_log_names_it() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let relay = [("TRANSPORT", "smtp"), ("HOST", "127.0.0.1"), ("PORT", &closed), ("TLS", "none")];
    let place = relay
        .iter()
        .fold(Place::new(), |place, (key, value)| place.with(&format!("DOORKEY__MAIL__{key}"), value));
    let server = place.start().furnished();
    let mut ada = Visitor::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    ada.see_frame("enter-code-80x24");
    let log = wait_until("a word about the letter that could not be sent", || {
        let said = server.said();
        said.lines().any(|line| line.contains("letter") && line.contains("WARN")).then_some(said)
    });
    assert!(!log.contains("ada@example.org"), "an address is in the log:\n{log}");
}
