//! Against a real SMTP server (`tests/smtp_sink.py`) that demands STARTTLS and AUTH.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::mail::SendErrorKind::{Deferred, InDoubt, RecipientRefused, Stopped};
use crate::mail::templates::Templates;
use crate::mail::tests::{portal, reset_code};
use crate::mail::transport::Transport;
use crate::mail::{EmailKind, EmailMessage, Mailer};
use crate::messages::Language;

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
        Relay { tls, login, extra_roots, ..relay("localhost", self.port) }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// A relay without encryption or login.
fn relay(host: &str, port: u16) -> Relay {
    Relay {
        host: host.into(),
        port,
        tls: RelayTls::None,
        login: None,
        extra_roots: None,
        helo_name: None,
        sender_domain: "acme.example".into(),
    }
}

async fn send_within(relay: &Relay, timeout: Duration) -> Result<(), SendError> {
    let smtp = Smtp { conversation_timeout: timeout, answer_timeout: timeout, ..Smtp::new(relay).unwrap() };
    let now = Timestamp::from_epoch_ms(0);
    mailer(smtp).send("ada@example.org", "row-1", &reset_code(), now, &CancellationToken::new()).await
}

fn mailer(smtp: Smtp) -> Mailer {
    Mailer::new(portal(), Templates::default(), Transport::Smtp(Box::new(smtp))).unwrap()
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

/// As a mail program reads it: subject, plain text and HTML.
const READ_EMAIL: &str = "import email, email.policy, json, sys
message = email.message_from_bytes(open(sys.argv[1], 'rb').read(), policy=email.policy.default)
parts = [message.get_body((kind,)).get_content() for kind in ('plain', 'html')]
print(json.dumps([message['subject'], *parts]))";

#[tokio::test]
async fn a_german_email_arrives_with_its_umlauts() {
    let sink = Sink::start(&["--tls", "starttls"]);
    let mailer = mailer(Smtp::new(&sink.relay(RelayTls::StartTls)).unwrap());
    let email = EmailMessage { language: Language::German, ..EmailMessage::sample(EmailKind::KeyAdded) };
    let now = Timestamp::from_epoch_ms(0);
    mailer.send("ada@example.org", "row-1", &email, now, &CancellationToken::new()).await.unwrap();
    assert_eq!(sink.next("auth")["right"], true);
    let file = sink.directory.path().join(sink.next("email")["file"].as_str().unwrap());
    assert!(std::fs::read(&file).unwrap().is_ascii(), "for relays without 8BITMIME");
    let read = Command::new("/usr/bin/python3").args(["-c", READ_EMAIL]).arg(&file).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let [subject, text, html] = serde_json::from_slice::<[String; 3]>(&read.stdout).unwrap();
    assert_eq!(subject, "Ihr Konto bei Doorkey hat einen neuen SSH-Schlüssel");
    let written = Templates::default().write(&email, &portal()).unwrap();
    let lines = |text: &str| text.trim_end().lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&text), lines(&written.text));
    assert_eq!(lines(&html), lines(&written.html));
    assert!(text.contains("\nSchlüssel: 1042") && text.contains("„Passwort vergessen?“"), "{text}");
}

#[tokio::test]
async fn the_recipient_of_a_plus_address_is_that_address() {
    let sink = Sink::start(&["--tls", "none"]);
    let mailer = mailer(Smtp::new(&sink.relay(RelayTls::None)).unwrap());
    let (to, now) = ("Ada.Lovelace+portal@example.org", Timestamp::from_epoch_ms(0));
    mailer.send(to, "row-1", &reset_code(), now, &CancellationToken::new()).await.unwrap();
    assert_eq!(sink.next("auth")["right"], true);
    assert_eq!(sink.next("email")["to"], serde_json::json!([to]));
}

#[tokio::test]
async fn a_relay_that_nobody_vouches_for_gets_neither_password_nor_email() {
    let sink = Sink::start(&["--tls", "starttls"]);
    let refused = send(&Relay { extra_roots: None, ..sink.relay(RelayTls::StartTls) }).await.unwrap_err();
    assert!(refused.kind == Deferred && refused.reason.contains("certificate"), "{refused}");
    // The certificate names localhost, and not this other name of the same machine.
    let renamed = Relay { host: "127.0.0.1".into(), ..sink.relay(RelayTls::StartTls) };
    let refused = send(&renamed).await.unwrap_err();
    assert!(refused.kind == Deferred && refused.reason.contains("certificate"), "{refused}");
    assert_eq!(sink.rest(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_relay_whose_starttls_was_stripped_gets_neither_password_nor_email() {
    let sink = Sink::start(&["--tls", "none"]);
    let refused = send(&sink.relay(RelayTls::StartTls)).await.unwrap_err();
    assert!(refused.kind == Deferred && refused.reason.contains("STARTTLS"), "{refused}");
    assert_eq!(sink.rest(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_wrong_relay_password_is_the_operators_to_correct_and_the_email_waits() {
    let sink = Sink::start(&["--tls", "starttls"]);
    let login = Some(("doorkey".to_owned(), Secret::new("wrong")));
    let refused = send(&Relay { login, ..sink.relay(RelayTls::StartTls) }).await.unwrap_err();
    assert!(refused.kind == Deferred && refused.reason.contains("535"), "{refused}");
    assert!(!refused.reason.contains("wrong"), "{refused}");
    assert_eq!(sink.next("auth")["right"], false);
    assert_eq!(sink.rest(), Vec::<Value>::new());
}

/// What comes of an email to a relay that fails at `stage` with `answer`.
async fn sent_to_one_that_answers(stage: &str, answer: &str) -> SendError {
    let faults = serde_json::json!({ stage: answer }).to_string();
    let sink = Sink::start(&["--tls", "starttls", "--faults", &faults]);
    send_within(&sink.relay(RelayTls::StartTls), Duration::from_secs(2)).await.unwrap_err()
}

#[tokio::test]
async fn only_550_to_553_at_rcpt_are_about_the_recipient() {
    for (reply, kind) in [
        ("550 no such mailbox", RecipientRefused),
        ("551 not local", RecipientRefused),
        ("552 mailbox full", RecipientRefused),
        ("553 5.1.3 no such name", RecipientRefused),
        ("550 5.7.1 relaying denied", Deferred),
        ("554 relay access denied", Deferred),
        ("556 no mail there", Deferred),
        ("451 come back later", Deferred),
    ] {
        let refused = sent_to_one_that_answers("rcpt", reply).await;
        assert_eq!(refused.kind, kind, "{refused}");
        assert!(refused.reason.contains("RCPT") && refused.reason.contains(&reply[4..]), "{refused}");
    }
}

#[tokio::test]
async fn a_refusal_at_any_other_stage_is_for_now_and_says_where() {
    for (stage, said) in [
        ("greeting", "connecting"),
        ("ehlo", "connecting"),
        ("auth", "AUTH"),
        ("mail", "MAIL"),
        ("data", "DATA"),
        ("message", "text"),
    ] {
        for reply in ["554 under repair", "550 not you", "421 closing"] {
            let refused = sent_to_one_that_answers(stage, reply).await;
            assert_eq!(refused.kind, Deferred, "{stage}: {refused}");
            assert!(
                refused.reason.contains(said) && refused.reason.contains(&reply[..3]),
                "{stage}: {refused}"
            );
        }
    }
}

#[tokio::test]
async fn the_recipient_that_a_relay_repeats_is_not_in_the_reason() {
    let refused = sent_to_one_that_answers("rcpt", "550 5.1.1 <ada@example.org>: unknown").await;
    assert!(refused.reason.contains("5.1.1 <the recipient>: unknown"), "{refused}");
}

#[tokio::test]
async fn a_relay_that_hangs_or_drops_before_the_text_has_no_copy() {
    for answer in ["hang", "drop"] {
        for stage in ["greeting", "ehlo", "mail", "rcpt", "data"] {
            let refused = sent_to_one_that_answers(stage, answer).await;
            assert_eq!(refused.kind, Deferred, "{stage} {answer}: {refused}");
        }
    }
    let refused = sent_to_one_that_answers("rcpt", "hang").await;
    assert!(refused.reason.contains("no answer within 2 s"), "{refused}");
}

#[tokio::test]
async fn a_relay_that_hangs_or_drops_after_the_text_may_have_a_copy() {
    for answer in ["hang", "drop"] {
        let refused = sent_to_one_that_answers("message", answer).await;
        assert!(matches!(refused.kind, InDoubt(_)), "{answer}: {refused}");
    }
}

#[tokio::test]
async fn a_send_that_is_cut_short_knows_whether_the_relay_has_the_text() {
    for (stage, has_text) in [("rcpt", false), ("message", true)] {
        let faults = serde_json::json!({ stage: "hang" }).to_string();
        let sink = Sink::start(&["--tls", "starttls", "--faults", &faults]);
        let (relay, cut) = (sink.relay(RelayTls::StartTls), CancellationToken::new());
        let sending = tokio::spawn({
            let cut = cut.clone();
            async move {
                let (email, now) = (reset_code(), Timestamp::from_epoch_ms(0));
                mailer(Smtp::new(&relay).unwrap()).send("ada@example.org", "row-1", &email, now, &cut).await
            }
        });
        let sink = tokio::task::spawn_blocking(move || {
            while sink.events.recv_timeout(DEADLINE).unwrap()["event"] != "fault" {}
            sink
        });
        let _sink = sink.await.unwrap();
        cut.cancel();
        let stopped = tokio::time::timeout(DEADLINE, sending).await.unwrap().unwrap().unwrap_err();
        assert_eq!(matches!(stopped.kind, InDoubt(_)), has_text, "{stopped}");
        assert_eq!(stopped.kind == Stopped, !has_text, "{stopped}");
    }
}

#[tokio::test]
async fn a_relay_that_is_down_is_a_fault_for_now() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = send(&relay("localhost", nobody)).await.unwrap_err();
    assert!(refused.kind == Deferred && refused.reason.contains("mail relay localhost"), "{refused}");
}

#[test]
fn plain_text_never_leaves_the_machine() {
    for host in ["localhost", "127.0.0.1", "::1"] {
        assert!(Smtp::new(&relay(host, 25)).is_ok(), "{host}");
    }
    for host in ["mail.example.org", "192.0.2.1", "localhost.example.org", ""] {
        assert!(matches!(Smtp::new(&relay(host, 25)), Err(RelayFault::PlainToElsewhere(_))), "{host}");
    }
}

/// F60: a relay with `reject_non_fqdn_helo_hostname`.
#[tokio::test]
async fn a_relay_that_wants_a_qualified_name_in_ehlo_gets_one() {
    let sink = Sink::start(&["--tls", "none", "--fqdn-helo"]);
    let with = |name: Option<&str>| {
        let helo_name = name.map(str::to_owned);
        Relay { helo_name, ..sink.relay(RelayTls::None) }
    };
    send(&with(None)).await.unwrap();
    assert_eq!(sink.next("auth")["right"], true);
    let named = sink.next("email")["helo"].as_str().unwrap().to_owned();
    assert!(named.contains('.'), "{named}");
    send(&with(Some("portal.acme.example"))).await.unwrap();
    assert_eq!(sink.next("auth")["right"], true);
    assert_eq!(sink.next("email")["helo"], "portal.acme.example");
    let refused = send(&with(Some("vm"))).await.unwrap_err();
    assert!(refused.kind == Deferred && refused.reason.contains("504"), "{refused}");
}

#[test]
fn a_host_name_without_a_domain_gives_way_to_the_domain_of_the_sender() {
    let named = |host: &str, set: Option<&str>, sender: &str| {
        let relay = Relay {
            helo_name: set.map(str::to_owned),
            sender_domain: sender.to_owned(),
            ..relay("localhost", 25)
        };
        helo(&relay, ClientId::Domain(host.to_owned())).to_string()
    };
    for (host, set, sender, name) in [
        ("vm", None, "acme.example", "acme.example"),
        ("vm.acme.example", None, "example.org", "vm.acme.example"),
        ("localhost.localdomain", None, "acme.example", "acme.example"),
        ("my_vm.lan", None, "acme.example", "acme.example"),
        ("vm", None, "localhost", "vm"),
        ("vm", Some("mx.example.net"), "acme.example", "mx.example.net"),
        ("vm", Some("192.0.2.7"), "acme.example", "[192.0.2.7]"),
        ("vm", Some("2001:db8::7"), "acme.example", "[IPv6:2001:db8::7]"),
    ] {
        assert_eq!(named(host, set, sender), name, "{host} {set:?} {sender}");
    }
}
