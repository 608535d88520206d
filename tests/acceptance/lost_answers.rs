//! The answer of the database is lost and cannot be looked up: every way in says that it may or may not have been
//! changed, and nothing else.

use std::sync::Arc;

use russh::client::{self, KeyboardInteractiveAuthResponse as Answer};

use super::any_host_key::AnyHostKey;
use super::commands::Laptop;
use super::commit_proxy::{CommitProxy, Cut};
use super::line_client::LineClient;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{open_settings_password, sign_in};

const NEW: &str = "plum tractor seventeen";
const WORDS: &str = "It may or may not have been changed";

/// What nobody may be told then.
#[track_caller]
fn is_no_lie(said: &str) {
    for lie in ["not changed", "Nothing was changed", "unavailable"] {
        assert!(!said.contains(lie), "{lie} in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_in_says_that_it_may_or_may_not_have_been_changed() {
    let (proxy, database) = CommitProxy::before_a_database().await;
    let url = database.url.clone();
    let start = move || {
        let server: Server = TempFolder::new().with("DOORKEY__STORE__URL", &url).start().furnished();
        let mut ada = Person::arrive(server.address());
        sign_in(&mut ada, "ada", ADAS_PASSWORD);
        open_settings_password(&mut ada);
        for text in [ADAS_PASSWORD, NEW, NEW] {
            ada.type_text(text);
            ada.press(Key::Tab);
        }
        ada.wait_for("Passwords match");
        (server, ada)
    };
    let (server, mut ada) = tokio::task::spawn_blocking(start).await.unwrap();
    proxy.cut(1, Cut::AnswersAndLookUps);

    let mut line_mode = LineClient::begin(server.address(), "account", true).await;
    line_mode.types(format!("ada\r{ADAS_PASSWORD}\r").as_bytes()).await;
    line_mode.hears("[outcome-unknown]", 1).await;
    is_no_lie(&line_mode.text());
    assert!(line_mode.text().split_whitespace().collect::<Vec<_>>().join(" ").contains(WORDS));

    let client = client::connect(Arc::default(), server.address(), AnyHostKey::default());
    let mut prompts = client.await.unwrap();
    prompts.authenticate_keyboard_interactive_start("reset", None).await.unwrap();
    let mut answers = vec!["ada".to_owned()];
    let instructions = loop {
        let next = prompts.authenticate_keyboard_interactive_respond(std::mem::take(&mut answers)).await;
        let next = next.unwrap();
        let Answer::InfoRequest { instructions, prompts, .. } = next else { panic!("no question: {next:?}") };
        // A request without prompts asks for patience.
        if !prompts.is_empty() {
            break instructions;
        }
    };
    assert!(instructions.contains(WORDS), "{instructions}");
    is_no_lie(&instructions);

    let others = move || {
        ada.press(Key::Enter);
        ada.wait_for(WORDS);
        is_no_lie(&ada.frame());
        let laptop = Laptop::without_key(&server);
        for (input, user, line) in [
            (format!("{ADAS_PASSWORD}\n{NEW}\n"), "ada", "passwd --stdin --json"),
            (String::new(), "account", "forgot ada"),
            (format!("WDJB-MJHT\n{NEW}\n"), "account", "forgot ada --code-stdin"),
            (format!("{ADAS_PASSWORD}\n"), "ada", "whoami --password-stdin"),
        ] {
            let said = laptop.pipes(&input, user, line);
            said.is_refused(69, "outcome-unknown");
            is_no_lie(&said.err);
            assert!(said.err.contains(WORDS), "{said:?}");
        }
        // Afterwards all is well, and the password is the one that it was: only tries were being counted.
        proxy.mend();
        let said = laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "whoami --password-stdin");
        assert_eq!(said.code, Some(0), "{said:?}");
    };
    tokio::task::spawn_blocking(others).await.unwrap();
}
