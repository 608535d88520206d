//! Common SSH clients: each reaches the portal without a prompt of its own, and gets
//! its exit status.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::first_attempts::NEWEST_CLIENTS;
use super::server_limits::{RawClient, Server};
use super::stranger::STRANGER;

fn ssh(server: &Server) -> Command {
    let mut command = Command::new("ssh");
    command.args(STRANGER).args(["-oLogLevel=ERROR", "-p", &server.port().to_string()]);
    command.env_remove("SSH_AUTH_SOCK").env("LC_ALL", "C.UTF-8");
    command
}

/// Runs `command`, types `keys`, and waits for the end. It has no terminal, so it cannot ask anything.
fn with_keys(command: &mut Command, keys: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new("timeout")
        .arg("90")
        .arg(command.get_program())
        .args(command.get_args())
        .envs(command.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout), text(&stderr))
}

#[test]
fn openssh_reaches_the_portal_without_a_question() {
    let server = Server::start("");
    let (code, out, err) = with_keys(ssh(&server).args(["-tt", "account@127.0.0.1"]), "q");
    assert_eq!(code, Some(42), "{out}{err}");
    assert!(out.contains("welcome user=account") && out.contains("size=80x24"), "{out}");
    assert!(out.contains("client=SSH-2.0-OpenSSH_"), "{out}");
    assert_eq!(err, "");
}

#[test]
fn openssh_in_batch_mode_gets_in_as_guest_only() {
    let server = Server::start("");
    let batch = |user| with_keys(ssh(&server).args(["-tt", "-o", "BatchMode=yes", user]), "q");
    assert_eq!(batch("guest@127.0.0.1").0, Some(42));
    let (code, _, err) = batch("account@127.0.0.1");
    assert_eq!(code, Some(255));
    assert!(err.contains("Permission denied (publickey,keyboard-interactive)"), "{err}");
}

#[test]
fn the_name_before_the_at_sign_arrives_as_it_is() {
    let server = Server::start("");
    let (_, out, _) = with_keys(ssh(&server).args(["-tt", "ada@example.org@127.0.0.1"]), "q");
    assert!(out.contains("user=ada@example.org "), "{out}");
}

fn key(folder: &Path, name: &str, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
        .arg(folder.join(name))
        .status()
        .unwrap();
    assert!(made.success());
}

#[test]
fn nobody_is_asked_for_the_passphrase_of_an_unregistered_key() {
    let (server, folder) = (Server::start(""), tempfile::tempdir().unwrap());
    key(folder.path(), "locked", "long secret words");
    let identity = folder.path().join("locked");
    let (code, out, err) =
        with_keys(ssh(&server).arg("-i").arg(identity).args(["-tt", "account@127.0.0.1"]), "q");
    assert_eq!(code, Some(42), "{out}{err}");
    assert_eq!(err, "");
}

#[test]
fn twenty_keys_in_the_agent_do_no_harm() {
    let (server, folder) = (Server::start(""), tempfile::tempdir().unwrap());
    let socket = folder.path().join("agent");
    let mut agent =
        Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
    for n in 0..20 {
        let name = format!("key{n}");
        key(folder.path(), &name, "");
        // The agent may still be starting when it is first asked.
        let added = (0..200).any(|_| {
            let mut add = Command::new("ssh-add");
            add.arg("-q").arg(folder.path().join(&name)).env("SSH_AUTH_SOCK", &socket).stderr(Stdio::null());
            add.status().unwrap().success()
        });
        assert!(added);
    }
    let outcome =
        with_keys(ssh(&server).env("SSH_AUTH_SOCK", &socket).args(["-tt", "account@127.0.0.1"]), "q");
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert_eq!(outcome.0, Some(42), "{outcome:?}");
}

#[test]
fn what_was_asked_for_reaches_the_session_with_and_without_a_terminal() {
    let server = Server::start("");
    let (code, out, err) = with_keys(ssh(&server).args(["-T", "account@127.0.0.1"]), "");
    assert_eq!((code, out.as_str(), err.as_str()), (Some(64), "", "Portal without a screen\n"));
    for terminal in ["-T", "-tt"] {
        let asked = with_keys(ssh(&server).args([terminal, "account@127.0.0.1", "teams --json"]), "");
        let err = "Exec(\"teams --json\") without a screen\n";
        assert_eq!((asked.0, asked.2.as_str()), (Some(64), err));
    }
    server.wait_for_connections(0);
}

#[test]
fn a_command_that_is_too_long_is_refused() {
    let server = Server::start("");
    let command = "x".repeat(5_000);
    let (code, out, err) = with_keys(ssh(&server).args(["-T", "account@127.0.0.1", &command]), "");
    assert_eq!((code, out.as_str()), (Some(64), ""));
    assert_eq!(err, "That is no command this portal can read. Type: ssh -t account@HOST\n");
    server.wait_for_connections(0);
}

#[test]
fn what_is_not_served_is_refused_and_not_left_hanging() {
    let server = Server::start("request=2");
    let refused = |args: &[&str], words: &str| {
        let (code, out, err) = with_keys(ssh(&server).args(args), "q");
        assert!(err.contains(words) || out.contains(words), "{args:?}: {code:?} {out} {err}");
    };
    let host = "account@127.0.0.1";
    let remote = ["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", "-tt", host];
    refused(&["-W", "127.0.0.1:22", host], "stdio forwarding failed");
    refused(&remote, "remote port forwarding failed");
    refused(&["-s", host, "sftp"], "Subsystem(\"sftp\") without a screen");
    // What ssh goes on without when it is refused.
    refused(&["-A", "-X", "-tt", host], "welcome");
    refused(&["-C", "-tt", host], "welcome");
    // No shell is ever asked for: the connection ends by itself.
    let (code, _, _) = with_keys(ssh(&server).args(["-N", host]), "");
    assert_eq!(code, Some(255));
    server.wait_for_connections(0);
}

#[test]
fn only_terminal_variables_are_accepted_from_the_environment() {
    let server = Server::start("");
    let mut command = ssh(&server);
    command.args(["-tt", "-o", "SetEnv=LANG=C.UTF-8 NO_COLOR=1 PATH=/x LC_TIME=C COLORTERM=truecolor"]);
    let (_, out, _) = with_keys(command.arg("account@127.0.0.1"), "q");
    for variable in [r#"("LANG", "C.UTF-8")"#, r#"("NO_COLOR", "1")"#, r#"("LC_TIME", "C")"#, "truecolor"] {
        assert!(out.contains(variable), "{variable}: {out}");
    }
    assert!(!out.contains("PATH"), "{out}");
}

#[test]
fn plink_reaches_the_portal() {
    let server = Server::start("");
    let mut command = Command::new("plink");
    command.args([
        "-ssh",
        "-batch",
        "-t",
        "-hostkey",
        &fingerprint(&server),
        "-P",
        &server.port().to_string(),
    ]);
    let (code, out, err) = with_keys(command.arg("account@127.0.0.1"), "q");
    assert_eq!(code, Some(42), "{out}{err}");
    assert!(out.contains("welcome user=account") && out.contains("client=SSH-2.0-PuTTY"), "{out}");
}

/// `SHA256:…` as a client finds it out.
fn fingerprint(server: &Server) -> String {
    let scanned = Command::new("sh")
        .arg("-c")
        .arg(format!("ssh-keyscan -t ed25519 -p {} 127.0.0.1 2>/dev/null | ssh-keygen -lf -", server.port()))
        .output()
        .unwrap();
    let text = String::from_utf8(scanned.stdout).unwrap();
    text.split_whitespace().nth(1).unwrap().to_owned()
}

/// dropbear's client wants a terminal of its own, which expect gives it. It lets go of that terminal before
/// it exits; the hang-up that follows must not take its exit status from it.
#[test]
fn dbclient_reaches_the_portal() {
    let server = Server::start("");
    let story = format!(
        r"set timeout 60
        spawn -noecho -ignore HUP dbclient -y -y -t -p {} account@127.0.0.1
        expect -re {{welcome user=account .*client=SSH-2.0-dropbear}} {{}} timeout {{exit 1}} eof {{exit 2}}
        send q
        expect eof {{}} timeout {{exit 3}}
        exit [lindex [wait] 3]",
        server.port()
    );
    let (code, out, err) = with_keys(Command::new("expect").args(["-c", &story]), "");
    assert_eq!(code, Some(42), "{out}{err}");
}

/// The Python with the paramiko and asyncssh of Debian.
const DEBIANS_CLIENTS: &str = "/usr/bin/python3";

fn python(python: &str, script: &str, server: &Server) {
    let (code, out, err) =
        with_keys(Command::new(python).args(["-W", "ignore", script, &server.port().to_string()]), "");
    assert_eq!(code, Some(0), "{out}{err}");
}

#[test]
fn paramiko_reaches_the_portal() {
    for python3 in [DEBIANS_CLIENTS, NEWEST_CLIENTS] {
        python(python3, "tests/hostile/with_paramiko.py", &Server::start(""));
    }
}

#[test]
fn asyncssh_reaches_the_portal() {
    for python3 in [DEBIANS_CLIENTS, NEWEST_CLIENTS] {
        python(python3, "tests/hostile/with_asyncssh.py", &Server::start(""));
    }
}

#[test]
fn sessions_share_the_connection_of_a_master_and_one_that_is_not_read_holds_up_no_other() {
    let (server, folder) = (Server::start(""), tempfile::tempdir().unwrap());
    let socket = format!("ControlPath={}", folder.path().join("mux").display());
    let on_master = |options: &[&str]| {
        let mut command = ssh(&server);
        command.args(["-o", "ControlMaster=auto", "-o", "ControlPersist=30", "-o", &socket]).args(options);
        command
    };
    let mut unread = on_master(&["-tt", "account@127.0.0.1"]);
    let mut unread =
        unread.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = BufReader::new(unread.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    // It fills every buffer on its way.
    let mut typing = unread.stdin.take().unwrap();
    typing.write_all(b"F").unwrap();
    typing.flush().unwrap();
    for _ in 0..3 {
        let (code, out, err) = with_keys(&mut on_master(&["-tt", "account@127.0.0.1"]), "q");
        assert_eq!((code, err.as_str()), (Some(42), ""), "{out}");
        let (code, out, err) = with_keys(&mut on_master(&["account@127.0.0.1", "teams"]), "");
        assert_eq!((code, err.as_str()), (Some(64), "Exec(\"teams\") without a screen\n"), "{out}");
    }
    assert_eq!(server.connections(), 1);
    unread.kill().unwrap();
    unread.wait().unwrap();
    with_keys(&mut on_master(&["-O", "exit", "account@127.0.0.1"]), "");
    server.wait_for_connections(0);
}

#[test]
fn one_session_too_many_for_a_master_gets_a_connection_of_its_own() {
    let (server, folder) = (Server::start("sessions=1"), tempfile::tempdir().unwrap());
    let socket = format!("ControlPath={}", folder.path().join("mux").display());
    let first = std::thread::scope(|scope| {
        let mut master = ssh(&server);
        master.args(["-tt", "-o", "ControlMaster=yes", "-o", &socket, "account@127.0.0.1"]);
        let mut master =
            master.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(master.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let mut second = ssh(&server);
        second.args(["-tt", "-o", "ControlMaster=auto", "-o", &socket, "account@127.0.0.1"]);
        let second = scope.spawn(move || with_keys(&mut second, "q")).join().unwrap();
        assert_eq!(second.0, Some(42), "{second:?}");
        master.stdin.take().unwrap().write_all(b"q").unwrap();
        master.wait().unwrap()
    });
    assert_eq!(first.code(), Some(42));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_lets_people_say_goodbye() {
    let server = Server::start("");
    let mut client = RawClient::enter(&server).await;
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    client.sees("goodbye").await;
    assert_eq!(client.leaves().await, Some(0));
    stopping.await.unwrap();
}
