//! A real mail relay that requires STARTTLS and a login, in its own process.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;

use super::email::EmailMessage;
use super::waiting::wait_until;

/// The running relay; it ends when its standard input is closed.
pub(crate) struct Relay {
    child: Child,
    stdin: Option<ChildStdin>,
    folder: TempDir,
    port: u16,
    events: Arc<Mutex<Vec<Value>>>,
}

/// What the relay demands, as name and password.
const LOGIN: (&str, &str) = ("doorkey", "relay secret");

impl Relay {
    /// Starts it and waits until it listens.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more options, see `smtp_sink.py`.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("/usr/bin/python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp_sink.py"))
            .args(["--tls", "starttls", "--directory"])
            .arg(folder.path())
            .args(options)
            .env("SMTP_SINK_LOGIN", format!("{}:{}", LOGIN.0, LOGIN.1))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 with python3-aiosmtpd");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let ready: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
        assert_eq!(ready["event"], "ready");
        let port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();
        let events = Arc::<Mutex<Vec<Value>>>::default();
        std::thread::spawn({
            let events = events.clone();
            move || lines.for_each(|line| events.lock().unwrap().push(serde_json::from_str(&line).unwrap()))
        });
        let stdin = child.stdin.take();
        Self { child, stdin, folder, port, events }
    }

    /// Makes it fail from now on at the stages of `faults`, see `smtp_sink.py`, and at no others.
    pub(crate) fn fails(&mut self, faults: &Value) {
        let before = self.events("faults").len();
        writeln!(self.stdin.as_ref().unwrap(), "{faults}").unwrap();
        wait_until("the relay to know what fails", || (self.events("faults").len() > before).then_some(()));
    }

    /// What it said of one kind so far, oldest first.
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| event["event"] == kind).cloned().collect()
    }

    /// How many emails to `name@example.org` it took.
    pub(crate) fn copies(&self, name: &str) -> usize {
        let address = format!("{name}@example.org");
        EmailMessage::all_in(self.emails()).iter().filter(|email| email.to == address).count()
    }

    /// Where it keeps the emails it took.
    pub(crate) fn emails(&self) -> &Path {
        self.folder.path()
    }

    /// The settings that lead a server here; `password` becomes the file with the login's password.
    pub(crate) fn settings(&self, password: &Path) -> Vec<(&'static str, String)> {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(password, LOGIN.1).unwrap();
        std::fs::set_permissions(password, std::fs::Permissions::from_mode(0o600)).unwrap();
        vec![
            ("DOORKEY__MAIL__TRANSPORT", "smtp".to_owned()),
            ("DOORKEY__MAIL__HOST", "localhost".to_owned()),
            ("DOORKEY__MAIL__PORT", self.port.to_string()),
            ("DOORKEY__MAIL__TLS", "starttls".to_owned()),
            ("DOORKEY__MAIL__USERNAME", LOGIN.0.to_owned()),
            ("DOORKEY__MAIL__PASSWORD_FILE", password.display().to_string()),
            ("DOORKEY__MAIL__CA_FILE", self.folder.path().join("ca.pem").display().to_string()),
        ]
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It ends by itself now; a relay that is gone already is as good.
        let _ = self.child.wait();
    }
}
