//! SIGTERM while people are at the portal: whoever waits for input is told at once, whoever waits for an answer
//! gets it first. The commands are in `commands/shutdown.rs`.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::{self, KeyboardInteractiveAuthResponse as Answer};

use super::any_host_key::AnyHostKey;
use super::line_client::LineClient;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{ask_for_a_code, enter_code, sign_in, try_to_sign_in};

const NEW: &str = "plum tractor seventeen";
const RESTARTING: &str = "The portal is being restarted. Connect again in a moment.";

/// A server whose hashes take long enough to be caught in the middle.
fn slow_server() -> Server {
    let place = TempFolder::new().with("DOORKEY__PASSWORD__MEMORY_KIB", "65536");
    place.with("DOORKEY__LOG__LEVEL", "debug").start().furnished()
}

fn start_again(server: Server) -> Server {
    let (code, place) = server.ended();
    assert_eq!(code, Some(0));
    place.start()
}

/// Starts the server again, and fails unless `name` has the new password there.
async fn has_the_new_password_afterwards(server: Server, name: &'static str) {
    let signing_in = tokio::task::spawn_blocking(move || {
        let server = start_again(server);
        let mut person = Person::arrive(server.address());
        try_to_sign_in(&mut person, name, NEW);
        person.wait_for("Your teams");
    });
    signing_in.await.unwrap();
}

#[test]
fn a_reset_under_way_on_the_screen_is_finished_and_its_answer_stays_on_the_terminal() {
    let server = slow_server();
    let mut ada = Person::arrive_by_openssh(server.address(), "account", &[]);
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    ada.wait_for("Choose a new password");
    ada.type_text(NEW);
    ada.press(Key::Tab);
    ada.type_text(NEW);
    ada.wait_for("Passwords match");
    ada.press(Key::Enter);
    ada.wait_for("Please wait");
    server.terminate();
    assert_eq!(ada.wait_for_the_end(), Some(75));
    ada.see("Your password has been successfully reset");
    ada.see(RESTARTING);
    let server = start_again(server);
    sign_in(&mut Person::arrive(server.address()), "ada", NEW);
}

#[test]
fn people_at_a_page_are_told_at_once_and_nobody_else_gets_in() {
    let server = Server::start();
    let mut people: Vec<_> = (0..5).map(|_| Person::arrive(server.address())).collect();
    for person in &mut people {
        person.wait_for("Sign in to your account");
    }
    let (began, address) = (Instant::now(), server.address());
    server.terminate();
    for person in &mut people {
        assert_eq!(person.wait_for_the_end(), Some(75));
        person.see(RESTARTING);
    }
    assert_eq!(server.ended().0, Some(0));
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn line_mode_hears_the_answer_before_the_end() {
    let server = slow_server();
    let mut ada = LineClient::begin(server.address(), "account", false).await;
    ada.hears("Email or username", 1).await;
    ada.types(format!("ada\n{ADAS_PASSWORD}x\n").as_bytes()).await;
    server.wait_for_requests(1);
    server.terminate();
    assert_eq!(ada.ends().await, Some(75));
    let heard = ada.text();
    let at = |text: &str| heard.find(text).unwrap_or_else(|| panic!("no {text:?} in {heard}"));
    assert!(at("[wrong-credentials]") < at(RESTARTING), "{heard}");
    assert_eq!(server.ended().0, Some(0));
}

/// What was piped in before the signal is a story that has begun: here the code would be lost without its second half.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_that_was_piped_in_whole_is_finished() {
    let server = slow_server();
    server.done(&["user", "add", "joan", "--email", "joan@example.org", "--password-stdin"], ADAS_PASSWORD);
    let issued = server.done(&["support", "issue-reset-code", "joan"], "");
    let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
    let mut joan = LineClient::begin(server.address(), "forgot", false).await;
    joan.hears("Email or username", 1).await;
    joan.types(format!("joan\n{code}\n{NEW}\n{NEW}\n").as_bytes()).await;
    // The code that is asked for, then the one that is proven.
    server.wait_for_requests(2);
    server.terminate();
    assert_eq!(joan.ends().await, Some(75));
    joan.hears("[password-reset]", 1).await;
    has_the_new_password_afterwards(server, "joan").await;
}

async fn asks_for_reset(server: &Server) -> client::Handle<AnyHostKey> {
    let config = Arc::new(client::Config::default());
    let mut client = client::connect(config, server.address(), AnyHostKey::default()).await.unwrap();
    let asked = client.authenticate_keyboard_interactive_start("reset", None).await.unwrap();
    assert!(matches!(asked, Answer::InfoRequest { .. }), "{asked:?}");
    client
}

/// Answers a prompt, and the requests without one that a slow server sends meanwhile.
async fn answers(client: &mut client::Handle<AnyHostKey>, answer: &str) -> Answer {
    let mut answers = vec![answer.to_owned()];
    loop {
        match client.authenticate_keyboard_interactive_respond(std::mem::take(&mut answers)).await.unwrap() {
            Answer::InfoRequest { prompts, .. } if prompts.is_empty() => {}
            answer => return answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_ssh_s_own_prompts_is_finished_and_told() {
    let server = slow_server();
    let mut ada = asks_for_reset(&server).await;
    answers(&mut ada, "ada").await;
    let code = server.code("ada", 1);
    answers(&mut ada, &code).await;
    answers(&mut ada, NEW).await;
    let ada = tokio::spawn(async move {
        let done = answers(&mut ada, NEW).await;
        assert!(matches!(done, Answer::Success), "{done:?}");
        LineClient::begin_authenticated(ada).await
    });
    server.wait_for_requests(3);
    server.terminate();
    let mut ada = ada.await.unwrap();
    assert_eq!(ada.ends().await, Some(0));
    ada.hears("[password-reset]", 1).await;
    has_the_new_password_afterwards(server, "ada").await;
}

#[test]
fn whoever_is_at_a_prompt_of_ssh_is_told_why_it_ends() {
    let server = Server::start();
    let mut ada = Person::arrive_by_openssh(server.address(), "reset", &["-oLogLevel=INFO"]);
    ada.wait_for("Email or username:");
    server.terminate();
    assert_eq!(server.ended().0, Some(0));
    // ssh reads on when it has an answer to send.
    ada.type_text("ada\r");
    assert_eq!(ada.wait_for_the_end(), Some(255));
    ada.see(RESTARTING);
}
