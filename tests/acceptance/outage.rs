//! A password reset on PostgreSQL with a real mail relay, and what people see while the database or the relay
//! is down.

use std::net::TcpListener;

use super::email::EmailMessage;
use super::engine::{Engine, Fresh};
use super::person::{Key, Person};
use super::relay::Relay;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{
    ask_for_a_code, choose_password, enter_code, open_settings_password, sign_in, sign_out, try_to_sign_in,
};
use super::waiting::wait_until;

const NEW_PASSWORD: &str = "plum tractor seventeen";

fn code_in(relay: &Relay) -> String {
    wait_until("the code at the relay", || {
        // Emails of other kinds may come behind it.
        let emails = EmailMessage::all_in(relay.emails());
        emails.iter().rev().find_map(|email| email.code().map(str::to_owned))
    })
}

#[tokio::test]
async fn the_reset_story_passes_on_postgresql_with_a_relay_that_demands_starttls_and_a_login() {
    let database = Fresh::make(Engine::Postgres).await;
    let story = move || {
        let relay = Relay::start();
        let mut place = TempFolder::new().with("DOORKEY__STORE__URL", &database.url);
        for (name, value) in relay.settings(&place.path("relay-password")) {
            place = place.with(name, &value);
        }
        let server = place.start().furnished();
        let mut ada = Person::arrive(server.address());
        try_to_sign_in(&mut ada, "ada", "something long forgotten");
        ada.wait_for("do not match");
        ada.hang_up();

        let mut ada = Person::arrive(server.address());
        ask_for_a_code(&mut ada, "ada");
        enter_code(&mut ada, &code_in(&relay));
        choose_password(&mut ada, NEW_PASSWORD);
        ada.wait_for("Platform");
        wait_until("the confirmation at the relay", || {
            let emails = EmailMessage::all_in(relay.emails());
            emails.iter().any(|email| email.subject.contains("was reset")).then_some(())
        });

        open_settings_password(&mut ada);
        ada.type_text(NEW_PASSWORD);
        for _ in 0..2 {
            ada.press(Key::Tab);
            ada.type_text("another plum tractor");
        }
        ada.press(Key::Enter);
        ada.wait_for("Your password has been changed");
        ada.press(Key::Esc);
        ada.wait_for("Your role");
        sign_out(&mut ada);
        ada.hang_up();

        let mut old = Person::arrive(server.address());
        try_to_sign_in(&mut old, "ada", ADAS_PASSWORD);
        old.wait_for("do not match");
        let mut new = Person::arrive(server.address());
        sign_in(&mut new, "ada", "another plum tractor");
    };
    tokio::task::spawn_blocking(story).await.unwrap();
}

#[tokio::test]
async fn while_the_database_is_down_people_see_an_error_id_and_lose_nothing() {
    let database = Fresh::make(Engine::Postgres).await;
    let url = database.url.clone();
    let start = move || {
        let server: Server = TempFolder::new().with("DOORKEY__STORE__URL", &url).start().furnished();
        let mut ada = Person::arrive(server.address());
        ada.wait_for("Sign in to your account");
        (server, ada)
    };
    let (server, mut ada) = tokio::task::spawn_blocking(start).await.unwrap();

    database.refuse_connections().await;
    let meet_the_outage = move || {
        try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
        ada.wait_for("Temporarily unavailable.");
        let words = ada.frame();
        let id = words.split_whitespace().skip_while(|word| *word != "id:").nth(1).unwrap().to_owned();
        wait_until("the same id in the log", || server.said().contains(&id).then_some(()));
        (server, ada)
    };
    let (server, mut ada) = tokio::task::spawn_blocking(meet_the_outage).await.unwrap();

    database.allow_connections().await;
    let go_on = move || {
        // Name and password still stand there: one Enter is enough.
        ada.press(Key::Enter);
        ada.wait_for("Your role");
        drop(server);
    };
    tokio::task::spawn_blocking(go_on).await.unwrap();
}

#[test]
fn a_relay_that_is_down_changes_nothing_for_the_person_and_the_log_names_it() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let relay = [("TRANSPORT", "smtp"), ("HOST", "127.0.0.1"), ("PORT", &closed), ("TLS", "none")];
    let place = relay
        .iter()
        .fold(TempFolder::new(), |place, (key, value)| place.with(&format!("DOORKEY__MAIL__{key}"), value));
    let server = place.start().furnished();
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    ada.see_frame("enter-code-80x24");
    let log = wait_until("a word about the email that could not be sent", || {
        let said = server.said();
        said.lines().any(|line| line.contains("email") && line.contains("WARN")).then_some(said)
    });
    assert!(!log.contains("ada@example.org"), "an address is in the log:\n{log}");
}
