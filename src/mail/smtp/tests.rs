//! Against a real SMTP server (`tests/smtp_sink.py`) that demands STARTTLS and AUTH.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::mail::Mailer;
use crate::mail::templates::Templates;
use crate::mail::tests::{portal, reset_code};
use crate::mail::transport::Transport;

const DEADLINE: Duration = Duration::from_mins(1);

/// The running server; it ends when its standard input is closed.
struct Sink {
    child: Child,
    stdin: Option<ChildStdin>,
    events: mpsc::Receiver<Value>,
    directory: TempDir,
    port: u16,
}

impl Sink {
    fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new("/usr/bin/python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp_sink.py"))
            .arg("--directory")
            .arg(directory.path())
            .args(arguments)
            .env("SMTP_SINK_LOGIN", "doorkey:relay secret")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 with python3-aiosmtpd");
        let (told, events) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = told.send(serde_json::from_str(&line).unwrap());
            }
        });
        let stdin = child.stdin.take();
        let mut sink = Self { child, stdin, events, directory, port: 0 };
        sink.port = u16::try_from(sink.next("ready")["port"].as_u64().unwrap()).unwrap();
        sink
    }

    fn next(&self, event: &str) -> Value {
        let next = self.events.recv_timeout(DEADLINE).expect("an event from the SMTP server");
        assert_eq!(next["event"], event, "{next}");
        next
    }

    /// Everything that happened and was not looked at, once the server has ended.
    fn rest(mut self) -> Vec<Value> {
        drop(self.stdin.take());
        self.child.wait().unwrap();
        self.events.iter().collect()
    }

    fn relay(&self, tls: RelayTls) -> Relay {
        let login = Some(("doorkey".to_owned(), Secret::new("relay secret")));
        let extra_roots = std::fs::read(self.directory.path().join("ca.pem")).ok();
        Relay { host: "localhost".into(), port: self.port, tls, login, extra_roots }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

async fn send_within(relay: &Relay, timeout: Duration) -> Result<(), SendError> {
    let smtp = Smtp { timeout, ..Smtp::new(relay).unwrap() };
    let mailer = Mailer::new(portal(), Templates::default(), Transport::Smtp(Box::new(smtp))).unwrap();
    mailer.send("ada@example.org", "row-1", &reset_code(), Timestamp::from_epoch_ms(0)).await
}

async fn send(relay: &Relay) -> Result<(), SendError> {
    send_within(relay, DEADLINE).await
}

async fn arrives_with(arguments: &[&str], tls: RelayTls) {
    let sink = Sink::start(arguments);
    send(&sink.relay(tls)).await.unwrap();
    assert_eq!(sink.next("auth")["right"], true);
    let email = sink.next("email");
    assert_eq!(email["to"], serde_json::json!(["ada@example.org"]));
    assert_eq!(email["sender"], "doorkey@acme.example");
    assert_eq!((&email["tls"], &email["authenticated"]), (&Value::Bool(true), &Value::Bool(true)));
    let file = sink.directory.path().join(email["file"].as_str().unwrap());
    assert!(std::fs::read_to_string(file).unwrap().contains("\r\n\r\nWDJB-MJHT\r\n\r\n"));
}

#[tokio::test]
async fn an_email_arrives_through_starttls_and_auth() {
    arrives_with(&["--tls", "starttls"], RelayTls::StartTls).await;
}

#[tokio::test]
async fn an_email_arrives_through_implicit_tls() {
    arrives_with(&["--tls", "implicit"], RelayTls::Implicit).await;
}

#[tokio::test]
async fn a_relay_that_nobody_vouches_for_gets_neither_password_nor_email() {
    let sink = Sink::start(&["--tls", "starttls"]);
    let refused = send(&Relay { extra_roots: None, ..sink.relay(RelayTls::StartTls) }).await.unwrap_err();
    assert!(!refused.permanent && refused.reason.contains("certificate"), "{refused}");
    // The certificate names localhost, and not this other name of the same machine.
    let renamed = Relay { host: "127.0.0.1".into(), ..sink.relay(RelayTls::StartTls) };
    let refused = send(&renamed).await.unwrap_err();
    assert!(!refused.permanent && refused.reason.contains("certificate"), "{refused}");
    assert_eq!(sink.rest(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_relay_whose_starttls_was_stripped_gets_neither_password_nor_email() {
    let sink = Sink::start(&["--tls", "none"]);
    let refused = send(&sink.relay(RelayTls::StartTls)).await.unwrap_err();
    assert!(!refused.permanent && refused.reason.contains("STARTTLS"), "{refused}");
    assert_eq!(sink.rest(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_wrong_relay_password_is_the_operators_to_correct_and_the_email_waits() {
    let sink = Sink::start(&["--tls", "starttls"]);
    let login = Some(("doorkey".to_owned(), Secret::new("wrong")));
    let refused = send(&Relay { login, ..sink.relay(RelayTls::StartTls) }).await.unwrap_err();
    assert!(!refused.permanent && refused.reason.contains("535"), "{refused}");
    assert!(!refused.reason.contains("wrong"), "{refused}");
    assert_eq!(sink.next("auth")["right"], false);
    assert_eq!(sink.rest(), Vec::<Value>::new());
}

#[tokio::test]
async fn an_unknown_mailbox_is_for_good_and_greylisting_for_now() {
    for (reply, permanent) in [("550 no such mailbox", true), ("451 come back later", false)] {
        let sink = Sink::start(&["--tls", "starttls", "--rcpt-reply", reply]);
        let refused = send(&sink.relay(RelayTls::StartTls)).await.unwrap_err();
        assert_eq!(refused.permanent, permanent, "{refused}");
        assert!(refused.reason.contains(&reply[4..]), "{refused}");
    }
}

#[tokio::test]
async fn a_relay_that_never_answers_is_left_in_time() {
    let sink = Sink::start(&["--tls", "starttls", "--hang"]);
    let relay = sink.relay(RelayTls::StartTls);
    let sending = tokio::spawn(async move { send_within(&relay, Duration::from_secs(3)).await });
    let refused = tokio::time::timeout(DEADLINE, sending).await.unwrap().unwrap().unwrap_err();
    assert!(!refused.permanent && refused.reason.contains("no answer within 3 s"), "{refused}");
    assert_eq!(sink.next("auth")["right"], true);
    sink.next("hanging");
}

#[tokio::test]
async fn a_relay_that_is_down_is_a_fault_for_now() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let relay =
        Relay { host: "localhost".into(), port: nobody, tls: RelayTls::None, login: None, extra_roots: None };
    let refused = send(&relay).await.unwrap_err();
    assert!(!refused.permanent && refused.reason.contains("mail relay localhost"), "{refused}");
}

#[test]
fn plain_text_never_leaves_the_machine() {
    let relay = |host: &str| Relay {
        host: host.into(),
        port: 25,
        tls: RelayTls::None,
        login: None,
        extra_roots: None,
    };
    for host in ["localhost", "127.0.0.1", "::1"] {
        assert!(Smtp::new(&relay(host)).is_ok(), "{host}");
    }
    for host in ["mail.example.org", "192.0.2.1", "localhost.example.org", ""] {
        assert!(matches!(Smtp::new(&relay(host)), Err(RelayFault::PlainToElsewhere(_))), "{host}");
    }
}
