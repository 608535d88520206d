//! The version line of a client is text that anybody chooses: it never stands in an email.

use super::commands::{Key as SshKey, Laptop};
use super::email::EmailMessage;
use super::engine::{Fresh, people_on_both_engines};
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{ask_for_a_code, choose_password, enter_code, open_settings_password};

/// What an attacker would have a frightened reader do.
const PHISHING: &str = "SSH-2.0-OpenSSH_9.2 Call +1-555-0100 to keep your account";
const SECOND: &str = "plum tractor seventeen";

fn server_on(fresh: &Fresh) -> Server {
    TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url).start().furnished()
}

people_on_both_engines! {
    fn a_clients_version_line_stands_in_no_email(fresh: &Fresh) {
        let server = server_on(fresh);
        let mut stranger = Person::arrive_calling_itself(server.address(), "account", PHISHING);
        ask_for_a_code(&mut stranger, "ada");
        enter_code(&mut stranger, &server.code("ada", 1));
        choose_password(&mut stranger, SECOND);
        open_settings_password(&mut stranger);
        stranger.type_text(SECOND);
        for _ in 0..2 {
            stranger.press(Key::Tab);
            stranger.type_text(ADAS_PASSWORD);
        }
        stranger.press(Key::Enter);
        server.email("ada", "password was changed", 1);

        let mut emails = EmailMessage::all_in(&server.place_path("outbox"));
        emails.retain(|email| email.text.contains("From:   127.0.0.1"));
        assert!(emails.len() >= 3, "{}", emails.len());
        for email in emails {
            for words in ["555", "Call", "SSH-2.0", "9.2"] {
                assert!(!email.text.contains(words), "{}", email.text);
            }
            let is_code = email.code().is_some();
            assert_eq!(email.text.contains("Client: OpenSSH\n"), !is_code, "{}", email.text);
        }
        // Where people look it up it stays as it was, escaped.
        let password = format!("{ADAS_PASSWORD}\n");
        let rows = Laptop::without_key(&server).pipes(&password, "ada", "activity --json --password-stdin");
        assert!(rows.out.contains("Call +1-555-0100"), "{rows:?}");
    }

    fn an_email_names_a_client_that_is_known_and_no_other(fresh: &Fresh) {
        let server = server_on(fresh);
        SshKey::make().registered_by_ada(&server);
        let by_openssh = server.email("ada", "SSH key was added", 1);
        assert!(by_openssh.text.contains("Client: OpenSSH\n"), "{}", by_openssh.text);
        let mut stranger = Person::arrive_calling_itself(server.address(), "account", "SSH-2.0-Your_bank_1.0");
        ask_for_a_code(&mut stranger, "ada");
        enter_code(&mut stranger, &server.code("ada", 1));
        choose_password(&mut stranger, SECOND);
        let text = server.email("ada", "password was reset", 1).text;
        assert!(!text.contains("Client:") && !text.contains("bank"), "{text}");
        assert!(text.contains("From:   127.0.0.1"), "{text}");
    }
}
