//! Line mode at the level of bytes: what it never prints, what it refuses, and how a session ends. The stories
//! of its users are in tests/expect.

use super::line_client::LineClient;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::waiting::wait_until;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_text_and_line_ends_is_ever_said_in_a_whole_reset() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    ada.types(b"\rforgot-password\rada\rBBBB-BBBB\r").await;
    ada.hears("[code-refused]", 1).await;
    let code = server.code("ada", 1);
    let words = "plum tractor seventeen";
    ada.types(format!("{code}\r{words}\rno\r{words}\r{words}\r1\rback\r").as_bytes()).await;
    ada.hears("OK: Your password has been successfully reset [password-reset]\r\n", 1).await;
    ada.types(format!("settings/password\rx\r{words}\r{words}\r").as_bytes()).await;
    ada.hears("[wrong-current-password]", 1).await;
    ada.types(b"\x03").await;
    assert_eq!(ada.ends().await, Some(0));
    ada.is_plain();
    assert!(!ada.text().contains(words) && ada.text().ends_with("OK: Goodbye. [goodbye]\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_byte_is_typed_no_escape_byte_comes_back() {
    let server = Server::start();
    for has_pty in [true, false] {
        let mut talk = LineClient::begin(server.address(), "account", has_pty).await;
        // Without Ctrl-C and Ctrl-D, which leave.
        for byte in (0..=255_u8).filter(|byte| !matches!(byte, 3 | 4)) {
            talk.types(&[b'a', byte, b'z', b'\r']).await;
        }
        talk.types(b"\x1b[2J\x1b]0;title\x07\x9b31m\xc2\x9b31m\xe2\x80\xaeada\r\x03").await;
        assert_eq!(talk.ends().await, Some(0), "{}", talk.text());
        talk.is_plain();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_over_four_kib_is_refused_and_the_next_one_is_taken() {
    let server = Server::start();
    let mut talk = LineClient::begin(server.address(), "account", true).await;
    talk.types(&[b"x".repeat(5_000).as_slice(), b"\r"].concat()).await;
    talk.hears("[line-refused]\r\nEmail or username: ", 1).await;
    talk.types(format!("ada\r{ADAS_PASSWORD}\r").as_bytes()).await;
    talk.hears("Signed in as ada\r\n", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_of_input_in_the_middle_of_a_form_changes_nothing_and_is_reported() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "account", false).await;
    let words = "plum tractor seventeen";
    let half = format!("ada\n{ADAS_PASSWORD}\nsettings/password\n{ADAS_PASSWORD}\n{words}\n{words}");
    ada.types(half.as_bytes()).await;
    ada.channel.eof().await.unwrap();
    assert_eq!(ada.ends().await, Some(1));
    assert!(ada.text().ends_with("[input-ended]\n"), "{}", ada.text());

    let mut case = LineClient::begin(server.address(), "support", false).await;
    case.types(
        format!("ada\n{ADAS_PASSWORD}\nnew-case\nNo mail\nHello\n.\nsend\nfill-in\nMore\n").as_bytes(),
    )
    .await;
    case.hears("Next line: ", 2).await;
    case.channel.eof().await.unwrap();
    assert_eq!(case.ends().await, Some(1), "a message without its end is not sent");

    let mut again = LineClient::begin(server.address(), "account", false).await;
    again.types(format!("ada\n{ADAS_PASSWORD}\n").as_bytes()).await;
    again.hears("Choice: ", 1).await;
    again.channel.eof().await.unwrap();
    assert_eq!(again.ends().await, Some(0), "a finished conversation is no failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefilled_name_leads_to_the_password_and_an_extra_enter_does_not_reveal_it() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "ada", true).await;
    ada.types(format!("\r{ADAS_PASSWORD}\r").as_bytes()).await;
    ada.hears("Signed in as ada\r\n", 1).await;
    let said = ada.text();
    let named = "Email or username: ada\r\n\
                 Note: Two empty lines show what else you can do here. [choices]\r\n\
                 Password: \r\nError: Password is missing.";
    assert!(said.contains(named) && !said.contains(ADAS_PASSWORD), "{said}");

    let mut again = LineClient::begin(server.address(), "ada", true).await;
    again.types(b"\r\rForgot-Password\r").await;
    again.hears("\r\nReset your password\r\n", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_can_be_given_up_without_leaving() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "support", true).await;
    ada.types(format!("ada\r{ADAS_PASSWORD}\rnew-case\rNo mail\rHello\r.\rsend\r").as_bytes()).await;
    ada.hears("OK: Case 1001 was sent to support. [case-sent]\r\n1. Fill in: Message [fill-in]\r\n", 1).await;
    ada.types(b"fill-in\rNot this.\rNor th\x03").await;
    ada.hears("Next line: Nor th\r\nNote: The text was discarded and nothing was sent.", 1).await;
    ada.types(b"fill-in\rBut this.\r.\r").await;
    ada.hears("[message-sent]\r\n1. Fill in: Message [fill-in]\r\n", 1).await;
    assert!(
        !ada.text().contains("\r\nNot this.") && ada.text().contains("\r\nBut this.\r\n"),
        "{}",
        ada.text()
    );
    ada.types(b"fill-in\rNot this either.\r\x03\x03").await;
    assert_eq!(ada.ends().await, Some(0));
    assert!(ada.text().ends_with("OK: Goodbye. [goodbye]\r\n"), "{}", ada.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_session_is_warned_and_its_line_comes_again() {
    let server = TempFolder::new().with("DOORKEY__SSH__IDLE_TIMEOUT_GUEST", "2").start();
    let mut talk = LineClient::begin(server.address(), "account", true).await;
    talk.types(b"ad").await;
    let warning = "Note: This session ends in a minute. Press a key to stay. [ends-soon]\r\n";
    talk.hears(&format!("{warning}Email or username: ad"), 1).await;
    assert_eq!(talk.ends().await, Some(0));
    assert!(talk.text().ends_with("connect again. [idle]\r\n"), "{}", talk.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_cut() {
    let server = TempFolder::new().inspectable().with("DOORKEY__SSH__STALL_TIME", "1").start();
    let alone = server.sockets();
    let talk = LineClient::begin_taking(server.address(), "account", true, 300).await;
    assert!(server.sockets() > alone);
    // Each line is answered with the choices, of which the window takes only the first few; the client of these tests
    // stands still as well, so it is the server that is asked. More lines than this ahead of their answers would be
    // too much input, which ends the session and leaves the connection to the next one.
    talk.channel.data(&b"\r\r?\r".repeat(250)[..]).await.unwrap();
    wait_until("the client to be cut", || (server.sockets() == alone).then_some(()));
    wait_until("the reason", || server.said().contains("cut a client that does not read").then_some(()));
}
