//! `doorkey verify` against a running portal: PAM's and checkpassword's conventions, who may ask, and what asks badly.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::engine::{Fresh, people_on_both_engines};
use super::person::Person;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{ask_for_a_code, choose_password, enter_code};
use super::waiting::wait_until;

const NEW_PASSWORD: &str = "orange bonds resonate";

/// Whoever runs the tests may ask.
fn place() -> TempFolder {
    let me = rustix::process::geteuid().as_raw().to_string();
    let place = TempFolder::new();
    let socket = place.path("run/verify.sock");
    std::fs::create_dir(place.path("run")).unwrap();
    std::fs::set_permissions(place.path("run"), Permissions::from_mode(0o755)).unwrap();
    place
        .with("DOORKEY__VERIFY__SOCKET", &socket.display().to_string())
        .with("DOORKEY__VERIFY__SERVICES", "imap, sudo")
        .with("DOORKEY__VERIFY__USERS", &me)
}

fn socket(server: &Server) -> PathBuf {
    server.place_path("run/verify.sock")
}

/// `doorkey verify` for `service` with `password` on its standard input: the exit code and what it says.
fn verify(server: &Server, service: &str, name: &str, password: &[u8]) -> (Option<i32>, String) {
    let mut command = server.place().command(&["verify", "--service", service, name]);
    said(fed(&mut command, password))
}

fn fed(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn said(output: Output) -> (Option<i32>, String) {
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// What the socket answers to these bytes.
fn answer(server: &Server, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket(server)).unwrap();
    // It may have answered before the end.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    // What was not read of the question ends the connection behind the answer.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn question(password: &str) -> String {
    format!(
        "{{\"version\":1,\"service\":\"imap\",\"user\":\"ada\",\"password\":\"{password}\",\"remote_host\":\"192.0.2.7\"}}\n"
    )
}

people_on_both_engines! {
    fn known_unknown_and_wrong_are_told_apart_by_the_exit_code_alone(fresh: &Fresh) {
        let server = place().with("DOORKEY__STORE__URL", &fresh.url).start().furnished();
        let right = ADAS_PASSWORD.as_bytes();
        assert_eq!(verify(&server, "imap", "ada", right), (Some(0), String::new()));
        let refused = "doorkey: the password is refused [wrong-credentials]\n";
        for (name, password) in [("ada", &b"not it"[..]), ("nobody", right), ("grace", right), ("ada", &[b'x'; 2_000])] {
            assert_eq!(verify(&server, "sudo", name, password), (Some(77), refused.to_owned()));
        }
        // What cannot be a password asks nothing.
        for password in [&b""[..], b"\0", b"\n", b"pl\xffum", &[b'x'; 5_000]] {
            assert_eq!(verify(&server, "sudo", "ada", password).0, Some(77));
        }
        for ending in ["\0", "\n", "\r\n"] {
            let typed = format!("{ADAS_PASSWORD}{ending}");
            assert_eq!(verify(&server, "imap", "ada@example.org", typed.as_bytes()).0, Some(0), "{ending:?}");
        }
        server.done(&["user", "disable", "ada"], "");
        assert_eq!(verify(&server, "imap", "ada", right), (Some(77), refused.to_owned()));
        server.done(&["user", "enable", "ada"], "");
        let activity = server.done(&["activity", "ada"], "");
        let activity = String::from_utf8(activity.stdout).unwrap();
        for part in ["Signed in to a service", "Service: wrong password", "service imap", "service sudo"] {
            assert!(activity.contains(part), "{part} is not in:\n{activity}");
        }
        server.done(&["audit", "verify"], "");
        assert!(!server.said().contains("engine numbers"));
    }
}

#[test]
fn the_connections_that_a_mail_program_opens_at_once_are_all_let_in() {
    let server = place().start().furnished();
    let (server, question) = (&server, question(ADAS_PASSWORD));
    let answers = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| answer(server, question.as_bytes()))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(answers.iter().all(|answer| answer.contains("accepted")), "{answers:?}");
}

#[test]
fn waits_are_temporary_for_both_conventions() {
    let server = place().with("DOORKEY__VERIFY__TRIES_PER_SERVICE", "2").start().furnished();
    for _ in 0..2 {
        assert_eq!(verify(&server, "imap", "ada", ADAS_PASSWORD.as_bytes()).0, Some(0));
    }
    let (code, said) = verify(&server, "imap", "ada", ADAS_PASSWORD.as_bytes());
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("[try-later]") && said.contains("try again in"), "{said}");
    assert_eq!(checkpassword(&server, "imap", "ada\0violet engine numbers\0\0").0, Some(111));
    assert_eq!(verify(&server, "sudo", "ada", ADAS_PASSWORD.as_bytes()).0, Some(0), "another service");
}

/// Runs it as qmail does: the login on descriptor 3, and a program for whoever is let in.
fn checkpassword(server: &Server, service: &str, login: &str) -> (Option<i32>, String) {
    let script = format!(
        "printf '{}' | {{ \"$0\" verify --service {service} --checkpassword -- sh -c 'echo \"in as $USER $1\"' sh mail; }} 3<&0 </dev/null",
        login.replace('\0', "\\0")
    );
    let mut command = server.place().command(&[]);
    let doorkey = command.get_program().to_owned();
    let settings: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    command = Command::new("/bin/sh");
    command.arg("-c").arg(script).arg(doorkey).env_clear().env("PATH", "/usr/bin:/bin");
    for (name, value) in settings {
        command.env(name, value.unwrap_or_default());
    }
    said(command.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn checkpassword_runs_the_program_for_whoever_is_let_in() {
    let server = place().start().furnished();
    let right = "ada\0violet engine numbers\0Y123456\0";
    assert_eq!(checkpassword(&server, "imap", right), (Some(0), "in as ada mail\n".to_owned()));
    for (login, code) in [
        ("ada@example.org\0violet engine numbers\0\0", 0),
        ("ada\0not it\0\0", 1),
        ("nobody\0violet engine numbers\0\0", 1),
        ("ada\0\0\0", 1),
        ("ada", 2),
        ("", 2),
    ] {
        assert_eq!(checkpassword(&server, "imap", login).0, Some(code), "{login:?}");
    }
    assert_eq!(checkpassword(&server, "pop3", right).0, Some(111), "a service that is not in the settings");
    server.terminate();
    let (_, place) = server.ended();
    let without_login = place.run(&["verify", "--service", "imap", "--checkpassword", "--", "true"], "");
    assert_eq!(without_login.status.code(), Some(2));
}

#[test]
fn without_a_portal_nothing_is_decided_and_nothing_is_read_behind_its_back() {
    let server = place().start().furnished();
    assert_eq!(verify(&server, "imap", "ada", ADAS_PASSWORD.as_bytes()).0, Some(0));
    server.terminate();
    let (_, place) = server.ended();
    let output = place.run(&["verify", "--service", "imap", "ada"], ADAS_PASSWORD);
    let (code, said) = said(output);
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("the portal does not answer at") && said.contains("Is it running?"), "{said}");
    let nowhere = TempFolder::new().run(&["verify", "--service", "imap", "ada"], ADAS_PASSWORD);
    assert_eq!(nowhere.status.code(), Some(78));
}

#[test]
fn only_users_and_services_of_the_settings_are_answered() {
    let server = place().with("DOORKEY__VERIFY__USERS", "4242").start().furnished();
    let (code, said) = verify(&server, "imap", "ada", ADAS_PASSWORD.as_bytes());
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("not in verify.users"), "{said}");
    wait_until("the line in the log", || server.said().contains("event=verify-peer-refused").then_some(()));
    assert!(answer(&server, b"").contains("peer-not-allowed"), "before anything was asked");
    let (_, place) = {
        server.terminate();
        server.ended()
    };
    let me = rustix::process::getegid().as_raw().to_string();
    let server = place.with("DOORKEY__VERIFY__GROUPS", &me).start();
    assert_eq!(verify(&server, "imap", "ada", ADAS_PASSWORD.as_bytes()).0, Some(0), "by its group");
    let (code, said) = verify(&server, "smtp", "ada", ADAS_PASSWORD.as_bytes());
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("not in verify.services"), "{said}");
}

#[test]
fn garbage_slow_and_many_clients_are_answered_and_harm_nobody() {
    let server = place().start().furnished();
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"{}\n", &[0xff; 100], &vec![b'['; 200_000], b"\n"] {
        assert!(answer(&server, garbage).contains("\"reason\":\"malformed\""), "{garbage:?}");
    }
    let accepted = answer(&server, question(ADAS_PASSWORD).as_bytes());
    assert_eq!(accepted, "{\"version\":1,\"result\":\"accepted\",\"user\":\"ada\"}\n");
    // More than one user of the machine may have open; they say nothing, and go when their time is over.
    let silent: Vec<_> = (0..64).map(|_| UnixStream::connect(socket(&server)).unwrap()).collect();
    wait_until("no place", || answer(&server, b"").contains("\"reason\":\"busy\"").then_some(()));
    for mut stream in silent {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("malformed") || answer.contains("busy"), "{answer}");
    }
    assert!(answer(&server, question(ADAS_PASSWORD).as_bytes()).contains("accepted"));
}

#[test]
fn a_folder_that_others_can_write_to_is_refused_by_both_sides() {
    let server = place().start().furnished();
    let checked = server.done(&["check"], "");
    assert!(String::from_utf8(checked.stdout).unwrap().contains("ok       verify: "));
    for mode in [0o777, 0o775] {
        std::fs::set_permissions(server.place_path("run"), Permissions::from_mode(mode)).unwrap();
        let (code, said) = verify(&server, "imap", "ada", ADAS_PASSWORD.as_bytes());
        assert_eq!(code, Some(78), "{said}");
        assert!(
            said.contains("others can put a socket of their own there") && said.contains("chmod go-w"),
            "{said}"
        );
        let checked = server.run(&["check"], "");
        assert_eq!(checked.status.code(), Some(78));
        assert!(String::from_utf8(checked.stdout).unwrap().contains("problem  verify: "));
    }
    assert!(Command::new("kill").args(["-HUP", &server.id().to_string()]).status().unwrap().success());
    let told = "others can put a socket of their own there";
    wait_until("the warning", || {
        server.said().lines().any(|line| line.contains("WARN") && line.contains(told)).then_some(())
    });
}

#[test]
fn a_server_does_not_start_where_others_can_put_what_it_trusts() {
    let place = place();
    std::fs::set_permissions(place.path("run"), Permissions::from_mode(0o777)).unwrap();
    let (code, told) = said(place.run(&["serve"], ""));
    assert_eq!(code, Some(78), "{told}");
    assert!(told.contains("verify.socket: ") && told.contains("its mode is 0777"), "{told}");
    assert!(!place.path("run/verify.sock").exists());
    // Of keys that others can replace, one that runs is told.
    std::fs::set_permissions(place.path("run"), Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir_all(place.path("keys")).unwrap();
    std::fs::set_permissions(place.path("keys"), Permissions::from_mode(0o777)).unwrap();
    let server = place.start();
    wait_until("the warning", || server.said().contains("others can replace the keys").then_some(()));
}

#[test]
fn a_user_that_is_not_there_stops_the_start_with_the_setting() {
    let place = place().with("DOORKEY__VERIFY__USERS", "no-such-user");
    let output = place.run(&["serve"], "");
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("verify.users: `no-such-user` is not in /etc/passwd"), "{said}");
}

/// PAM's own `pam_exec`, for a service that only this test's mount namespace has.
fn pamtester(server: &Server, name: &str, password: &str) -> (Option<i32>, String) {
    let services = server.place_path("pam.d");
    std::fs::create_dir_all(&services).unwrap();
    let command = server.place().command(&[]);
    let doorkey = command.get_program().to_string_lossy().into_owned();
    let service = format!(
        "auth required pam_exec.so expose_authtok quiet {doorkey} verify --service imap --socket {}\n\
         account required pam_permit.so\n",
        socket(server).display()
    );
    std::fs::write(services.join("doorkey-test"), service).unwrap();
    let script = "mount --bind \"$1\" /etc/pam.d && exec pamtester -I rhost=192.0.2.55 doorkey-test \"$2\" authenticate";
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(&services).arg(name);
    said(fed(&mut command, format!("{password}\n").as_bytes()))
}

#[test]
fn after_a_reset_over_ssh_pam_takes_the_new_password_and_not_the_old_one() {
    let server = place().start().furnished();
    let (code, said) = pamtester(&server, "ada", ADAS_PASSWORD);
    assert_eq!(code, Some(0), "{said}");
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    choose_password(&mut ada, NEW_PASSWORD);
    let (code, said) = pamtester(&server, "ada", ADAS_PASSWORD);
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = pamtester(&server, "ada", NEW_PASSWORD);
    assert_eq!(code, Some(0), "{said}");
    let activity = server.done(&["activity", "ada", "--kind", "service-sign-in"], "");
    let activity = String::from_utf8(activity.stdout).unwrap();
    assert!(activity.contains("192.0.2.55") && activity.contains("service imap"), "{activity}");
}
