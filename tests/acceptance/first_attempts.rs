//! Clients that make a whole attempt at once, by a password or a signature that nobody asked for: the first one is always
//! let in, and the session signs in with it or says what was wrong.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use doorkey::domain::throttle::{FAILS_TO_DISABLE, delay_ms};
use russh::ChannelMsg;
use russh::client;
use serde_json::Value;
use tokio::time::timeout;

use super::any_host_key::AnyHostKey;
use super::engine::on_both_engines;
use super::fixture::serve;
use super::line_client::LineClient;
use super::person::Person;
use super::server::{ADAS_PASSWORD, Server};
use super::service::{FIRST, SECOND, Service};
use super::stranger::STRANGER;
use super::waiting::PATIENCE;

/// The Python of `tests/run` that has the newest paramiko and asyncssh.
pub(crate) const NEWEST_CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/clients/bin/python3");

/// What a command printed and how it ended.
#[derive(Debug, Default)]
struct Said {
    code: Option<u32>,
    out: String,
    err: String,
}

impl Said {
    #[track_caller]
    fn is(&self, code: u32, id: &str) {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{self:?}");
        let id_of_json =
            || serde_json::from_str::<Value>(&self.err).ok()?["error"]["id"].as_str().map(str::to_owned);
        let in_text = self.err.lines().next().is_some_and(|line| line.ends_with(&format!("[{id}]")));
        assert!(in_text || id_of_json().as_deref() == Some(id), "{self:?}");
    }
}

/// Runs `line` on a connection that was made with a password, and sends `input`.
async fn runs(address: SocketAddr, user: &str, password: &str, line: &str, input: &str) -> Said {
    let config = Arc::new(client::Config::default());
    let mut connection = client::connect(config, address, AnyHostKey::default()).await.unwrap();
    assert!(connection.authenticate_password(user, password).await.unwrap().success());
    let mut channel = connection.channel_open_session().await.unwrap();
    channel.exec(true, line).await.unwrap();
    channel.data(input.as_bytes()).await.unwrap();
    channel.eof().await.unwrap();
    let mut said = Said::default();
    let ended = timeout(PATIENCE, async {
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => said.out += std::str::from_utf8(&data).unwrap(),
                ChannelMsg::ExtendedData { data, .. } => said.err += std::str::from_utf8(&data).unwrap(),
                ChannelMsg::ExitStatus { exit_status } => said.code = Some(exit_status),
                _ => {}
            }
        }
    });
    ended.await.expect("the command ends");
    said
}

on_both_engines! {
    async fn a_password_of_the_connection_runs_a_command_as_one_on_standard_input_does(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let address = serve(&service).await;
        let right = runs(address, "ada", FIRST, "whoami --json", "").await;
        let told: Value = serde_json::from_str(&right.out).unwrap();
        assert_eq!((right.code, &told["name"], &told["signed_in_with"]), (Some(0), &"ada".into(), &"password".into()));
        assert_eq!(runs(address, "ada@example.org", FIRST, "whoami", "").await.out, "ada\n");
        assert_eq!(service.rows_of("sign-in").await, 2);

        // What the option means comes first, and a name can be given beside it.
        let piped = runs(address, "ada", SECOND, "whoami --password-stdin", &format!("{FIRST}\n")).await;
        assert_eq!(piped.out, "ada\n", "{piped:?}");
        assert_eq!(runs(address, "account", FIRST, "whoami --name ada", "").await.out, "ada\n");
        runs(address, "account", FIRST, "whoami", "").await.is(64, "usage");
        runs(address, "ada", "", "whoami", "").await.is(77, "sign-in-needed");
        assert_eq!(service.rows_of("sign-in-failed").await, 0);
        // What needs nobody asks for nobody's password.
        assert_eq!(runs(address, "ada", SECOND, "status", "").await.code, Some(0));
        assert_eq!(service.rows_of("sign-in-failed").await, 0);
    }

    async fn a_wrong_password_of_the_connection_is_the_same_no_for_known_and_unknown_names(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let address = serve(&service).await;
        let long = "x".repeat(10_000);
        for password in [SECOND, "nul\0in it", "line\nbreak", &long] {
            for name in ["ada", "nobody", "ada@example.org", "nobody@example.org"] {
                let said = runs(address, name, password, "whoami", "").await;
                said.is(77, "wrong-credentials");
                assert!(said.err.starts_with("Error: That name and password do not match. You are not signed in."), "{said:?}");
                service.later(60_000);
            }
        }
        // Those of the account; a name that nobody has leaves none of its own.
        assert_eq!(service.rows_of("sign-in-failed").await, 8);
        service.sign_in("ada", FIRST).await;
    }

    async fn a_password_of_the_connection_counts_with_those_of_the_form(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let address = serve(&service).await;
        for _ in 0..10 {
            service.try_sign_in("ada", SECOND).await.unwrap_err();
            service.later(10_000);
        }
        let early = runs(address, "ada", FIRST, "whoami --json", "").await;
        early.is(75, "try-later");
        let mut page = LineClient::begin_with_password(address, "ada", FIRST).await;
        page.hears("[try-later]", 1).await;
        page.hears("Email or username: ", 1).await;
        service.later(30_000);
        assert_eq!(runs(address, "ada", FIRST, "whoami", "").await.out, "ada\n");
    }

    async fn a_locked_password_of_the_connection_is_a_wrong_one_where_the_account_is_not_known(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
        for fails in 1..=FAILS_TO_DISABLE {
            service.try_sign_in("ada", SECOND).await.unwrap_err();
            service.later(delay_ms(fails));
        }
        let address = serve(&service).await;
        runs(address, "ada", FIRST, "whoami --json", "").await.is(77, "wrong-credentials");
        let mut page = LineClient::begin_with_password(address, "ada", FIRST).await;
        page.hears("[wrong-credentials]", 1).await;
        page.hears("Email or username: ", 1).await;
        // Each session of a connection would have been a try of its own.
        service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
    }

    async fn a_second_factor_is_asked_for_after_the_password_of_the_connection(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, _) = service.add_with_second_factor("ada").await;
        let address = serve(&service).await;
        service.later(60_000);
        let code = app.shows(service.clock.now());
        runs(address, "ada", FIRST, "whoami", &format!("{code}\n")).await.is(77, "two-factor-needed");
        let said = runs(address, "ada", FIRST, "whoami --2fa-stdin", &format!("{code}\n")).await;
        assert_eq!(said.out, "ada\n", "{said:?}");
        service.later(60_000);
        let mut page = LineClient::begin_with_password(address, "ada", FIRST).await;
        page.hears("Authenticator or recovery code: ", 1).await;
        page.says(&app.shows(service.clock.now())).await;
        page.hears("Your teams", 1).await;
    }

    async fn line_mode_signs_in_with_the_password_of_the_connection_or_says_what_was_wrong(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let address = serve(&service).await;
        let mut right = LineClient::begin_with_password(address, "ada", FIRST).await;
        right.hears("Your teams", 1).await;
        let mut wrong = LineClient::begin_with_password(address, "ada", SECOND).await;
        wrong.hears("Error: That name and password do not match. You are not signed in.", 1).await;
        wrong.hears("[wrong-credentials]", 1).await;
        service.later(60_000);
        wrong.says("ada").await;
        wrong.says(FIRST).await;
        wrong.hears("Your teams", 1).await;
        let mut nameless = LineClient::begin_with_password(address, "account", FIRST).await;
        nameless.hears("Type your email or username and your password.", 1).await;
        nameless.hears("Email or username: ", 1).await;
    }
}

#[test]
fn a_screen_signs_in_with_the_password_of_the_connection_or_says_what_was_wrong() {
    let server = Server::start();
    let mut ada = Person::arrive_with_password(server.address(), "ada", ADAS_PASSWORD);
    ada.wait_for("Your teams");
    ada.wait_for("Platform");
    let mut wrong = Person::arrive_with_password(server.address(), "ada", "not hers");
    wrong.wait_for("That name and password do not match.");
    wrong.see("Sign in to your account");
    wrong.see("ada");
    let mut nameless = Person::arrive_with_password(server.address(), "account", ADAS_PASSWORD);
    nameless.wait_for("Type your email or username and your password.");
    nameless.type_text("ada");
    nameless.press(super::person::Key::Enter);
    nameless.wait_for("Your teams");
}

/// paramiko asks for the service again before each attempt, which the server's library answers once.
fn paramiko_gets_through(python: &str) {
    let server = Server::start();
    let mut script = Command::new("timeout");
    script.args(["120", python, "-W", "ignore", "tests/hostile/first_attempts.py"]);
    script.args([&server.address().port().to_string(), ADAS_PASSWORD]);
    let done = script.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let expected = [
        "right password: 0 ada",
        "wrong password: 77 wrong-credentials",
        "password without a name: 64 usage",
        "registered key: 0 ada",
        "wrong key then right key: 77 key-not-registered",
        "wrong key then password: 77 key-not-registered",
        "registered key of somebody else: 77 key-not-registered",
        "wrong key, and a password on standard input: 0 ada",
        "key then keyboard-interactive: let in",
        "password that is not UTF-8: disconnected: without a word",
        "none then password: disconnected: Your client asks for ssh-userauth again before a second attempt, which this \
         server does not answer",
        "password at reset: disconnected: This name is answered in prompts alone (keyboard-interactive), and takes neither \
         a key nor a password",
        "key at reset: disconnected: This name is answered in prompts alone (keyboard-interactive), and takes neither a \
         key nor a password",
        "keyboard-interactive at reset: asked for Email or username: ",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_oldest_paramiko_in_use_gets_through_at_its_first_attempt() {
    paramiko_gets_through("/usr/bin/python3");
}

#[test]
fn the_newest_paramiko_gets_through_at_its_first_attempt() {
    paramiko_gets_through(NEWEST_CLIENTS);
}

/// OpenSSH's client asks about a certificate first, and is refused; paramiko does not ask.
#[test]
fn a_certificate_that_is_signed_without_a_question_proves_its_key_but_not_with_sha_1() {
    let server = Server::start();
    let mut script = Command::new("timeout");
    script.args(["120", "/usr/bin/python3", "-W", "ignore", "tests/hostile/certificates.py"]);
    script.args([&server.address().port().to_string(), ADAS_PASSWORD]);
    let done = script.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let expected = ["signed with SHA-2: 0 key", "signed with SHA-1: refused"];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{}", String::from_utf8_lossy(&done.stderr));
}

/// OpenSSH is never asked for a password, so that sshpass has nothing to type, and nothing hangs.
#[test]
fn sshpass_waits_for_no_prompt_and_reads_what_to_do_instead() {
    let server = Server::start();
    let mut sshpass = Command::new("timeout");
    sshpass.args(["60", "sshpass", "-p", ADAS_PASSWORD, "ssh"]).args(STRANGER);
    sshpass.args(["-oLogLevel=ERROR", "-oIdentityAgent=none", "-oIdentityFile=none"]);
    sshpass.args(["-p", &server.address().port().to_string(), "ada@127.0.0.1", "whoami"]);
    let done = sshpass.stdin(std::process::Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(77), "{said}");
    assert!(said.contains("--password-stdin") && said.ends_with("[sign-in-needed]\n"), "{said}");
}
