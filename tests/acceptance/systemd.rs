//! What the service says to systemd, and takes from it: readiness, the watchdog, a socket that is open already, and a
//! reload.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use super::commands::Laptop;
use super::person::Person;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{ask_for_a_code, try_to_sign_in};
use super::waiting::{PATIENCE, wait_until};

/// Where systemd would listen for what services say.
struct NotifySocket(UnixDatagram);

impl NotifySocket {
    fn of(place: TempFolder) -> (Self, TempFolder) {
        let path = place.path("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        (Self(socket), place.with("NOTIFY_SOCKET", &path.display().to_string()))
    }

    /// Waits for a message that has `line`, and gives all of it; the watchdog's in between are passed over.
    fn hears(&self, line: &str) -> String {
        loop {
            let mut message = [0; 4096];
            let length =
                self.0.recv(&mut message).unwrap_or_else(|error| panic!("waited for {line}: {error}"));
            let message = String::from_utf8_lossy(&message[..length]).into_owned();
            if message.lines().any(|found| found == line) {
                return message;
            }
        }
    }
}

#[test]
fn systemd_is_told_when_it_is_ready_alive_and_stopping() {
    let (systemd, place) = NotifySocket::of(TempFolder::new().with("WATCHDOG_USEC", "200000"));
    let server = place.start();
    let message = systemd.hears("READY=1");
    assert!(message.contains(&format!("STATUS=Listening on {}", server.address())), "{message}");
    systemd.hears("WATCHDOG=1");
    systemd.hears("WATCHDOG=1");
    server.terminate();
    systemd.hears("STOPPING=1");
    assert_eq!(server.ended().0, Some(0));
}

/// The server with `listener` as descriptor 3, as systemd hands it over.
fn handed(place: &TempFolder, socket: OwnedFd, count: &str) -> Command {
    let serve = place.command(&["serve"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "export LISTEN_PID=$$; exec \"$0\" serve 3<&0 </dev/null"]).arg(serve.get_program());
    shell.env_clear().env("LISTEN_FDS", count).stdin(Stdio::from(socket));
    shell.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(serve.get_current_dir().unwrap());
    shell
}

#[test]
fn a_socket_that_is_handed_over_is_the_port() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Somebody who comes before the server: the connection waits in the socket.
    let place = TempFolder::new();
    let command = handed(&place, listener.into(), "1");
    let server: Server = place.start_by(command);
    assert_eq!(server.address(), address);
    Person::arrive(address).wait_for("Sign in to your account");
}

#[test]
fn what_is_handed_over_must_be_one_tcp_socket_that_listens() {
    let place = TempFolder::new();
    let refused = |socket: OwnedFd, count| {
        let output = handed(&place, socket, count).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let datagrams = UnixDatagram::unbound().unwrap();
    let said = refused(datagrams.into(), "1");
    assert!(said.contains("not a TCP socket that listens"), "{said}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let said = refused(listener.into(), "2");
    assert!(said.contains("2 sockets"), "{said}");
}

/// Runs `systemd-analyze` where it is installed.
fn analyze(words: &[&str]) {
    let Ok(output) = Command::new("systemd-analyze").args(words).output() else { return };
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{words:?}: {said}");
}

#[test]
fn the_units_are_valid_and_closed() {
    let place = TempFolder::new();
    let binary = env!("CARGO_BIN_EXE_doorkey");
    let mut files = Vec::new();
    for (name, words) in [
        ("doorkey.service", &["generate", "unit", "--binary", binary][..]),
        ("doorkey.socket", &["generate", "unit", "--socket"]),
    ] {
        let output = place.run(words, "");
        assert!(output.status.success());
        let unit = String::from_utf8(output.stdout).unwrap();
        assert!(unit.contains(if name.ends_with("socket") {
            "\nListenStream=22\n"
        } else {
            "\nType=notify\n"
        }));
        files.push(place.path(name));
        std::fs::write(place.path(name), unit).unwrap();
    }
    let [service, socket] =
        files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().try_into().unwrap();
    analyze(&["verify", "--man=no", &service, &socket]);
    // In tenths: at most 2.0 of 10.
    analyze(&["security", "--offline=true", "--threshold=20", &service]);
}

#[test]
fn a_secret_comes_as_a_credential_that_nobody_else_can_read() {
    let place = TempFolder::new();
    let folder = place.path("credentials");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("relay"), "a password").unwrap();
    let place = place
        .with("DOORKEY__MAIL__TRANSPORT", "smtp")
        .with("DOORKEY__MAIL__HOST", "localhost")
        .with("DOORKEY__MAIL__USERNAME", "portal")
        .with("DOORKEY__MAIL__PASSWORD_FILE", "$CREDENTIALS_DIRECTORY/relay")
        .with("CREDENTIALS_DIRECTORY", &folder.display().to_string());
    for (mode, is_taken) in [(0o400, true), (0o440, true), (0o444, false), (0o460, false)] {
        std::fs::set_permissions(folder.join("relay"), std::fs::Permissions::from_mode(mode)).unwrap();
        let said = place.run(&["check"], "");
        let said = String::from_utf8_lossy(&said.stdout);
        assert_eq!(said.contains("ok       settings: valid"), is_taken, "{mode:o}: {said}");
    }
}

/// The password of the relay is a credential of the service, which operators are not given.
#[test]
fn operators_need_no_credential_of_the_service() {
    let place = TempFolder::new()
        .with("DOORKEY__MAIL__TRANSPORT", "smtp")
        .with("DOORKEY__MAIL__HOST", "localhost")
        .with("DOORKEY__MAIL__USERNAME", "portal")
        .with("DOORKEY__MAIL__PASSWORD_FILE", "$CREDENTIALS_DIRECTORY/relay");
    let added = place.run(&["user", "add", "ada", "--email", "ada@example.org"], "");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let said = place.run(&["check"], "");
    let said = String::from_utf8_lossy(&said.stdout);
    assert!(said.contains("ok       settings: valid; mail.password_file is a credential"), "{said}");
    let said = place.run(&["serve"], "");
    assert_eq!(said.status.code(), Some(78), "{}", String::from_utf8_lossy(&said.stderr));
}

/// The URL of the database too, and with it what they need most.
#[test]
fn operators_are_told_how_to_get_at_a_database_that_is_a_credential() {
    let place = TempFolder::new().with("DOORKEY__STORE__URL_FILE", "$CREDENTIALS_DIRECTORY/database");
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        let output = command.env_remove("DOORKEY__STORE__URL").output().unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        (output.status.code(), said)
    };
    for words in [&["user", "show", "ada"][..], &["serve"], &["check"], &["doctor"]] {
        let (code, said) = run(words);
        assert_eq!(code, Some(78), "{words:?}: {said}");
        let line = said
            .lines()
            .find(|line| line.contains("store.url_file: $CREDENTIALS_DIRECTORY/database"))
            .unwrap();
        assert!(line.contains("As root, type: systemd-run "), "{words:?}: {line}");
        assert!(line.contains("LoadCredential=database:/etc/doorkey/database"), "{words:?}: {line}");
    }
    // They look at all else.
    let (_, said) = run(&["check"]);
    assert!(said.contains("ok       settings: valid") && said.contains("open files: "), "{said}");
    assert_eq!(run(&["check", "--effective"]).0, Some(0));
    let (code, said) = run(&["top"]);
    assert!(code == Some(69) && said.contains("metrics.listen"), "{said}");
    let folder = place.path("credentials");
    std::fs::create_dir(&folder).unwrap();
    let url = format!("sqlite:{}", place.path("doorkey.db").display());
    std::fs::write(folder.join("database"), url).unwrap();
    std::fs::set_permissions(folder.join("database"), std::fs::Permissions::from_mode(0o400)).unwrap();
    let mut command = place.command(&["user", "add", "ada", "--email", "ada@example.org"]);
    command.env_remove("DOORKEY__STORE__URL").env("CREDENTIALS_DIRECTORY", &folder);
    let added = command.output().unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
}

/// The settings in the file of the place, which the environment does not name.
fn write_settings(path: &std::path::Path, tries: u32, port: u16) {
    let text = format!("[limits]\ntries_per_source = {tries}\n[ssh]\nmax_sessions_per_connection = {port}\n");
    std::fs::write(path, text).unwrap();
}

fn hang_up(server: &Server) {
    assert!(Command::new("kill").args(["-HUP", &server.id().to_string()]).status().unwrap().success());
}

fn wait_for_line(server: &Server, words: &str) -> String {
    wait_until(&format!("a line with {words}"), || {
        server.said().lines().find(|line| line.contains(words)).map(str::to_owned)
    })
}

#[test]
fn a_reload_takes_what_it_can_says_what_it_cannot_and_refuses_what_is_wrong() {
    let (systemd, place) = NotifySocket::of(TempFolder::new());
    let (file, blocklist) = (place.path("doorkey.toml"), place.path("blocklist"));
    std::fs::write(&blocklist, "unrelated words here\n").unwrap();
    write_settings(&file, 60, 10);
    let hooks = place.path("hooks.toml");
    std::fs::write(&hooks, "").unwrap();
    let place = place
        .with("DOORKEY__PASSWORD__BLOCKLIST_FILE", &blocklist.display().to_string())
        .with("DOORKEY__HOOKS__FILE", &hooks.display().to_string());
    let server = place.start();
    systemd.hears("READY=1");
    server.add_user("ada", None);

    // The host key is another one, a limit is lower, and one setting takes a restart, as a new command of a hook does.
    std::fs::write(&hooks, "[[hook]]\nname = \"ops\"\ncommand = \"/bin/true\"\nevents = \"all\"\n").unwrap();
    let key = server.place_path("keys/ssh_host_ed25519_key");
    std::fs::remove_file(&key).unwrap();
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    write_settings(&file, 1, 11);
    hang_up(&server);
    systemd.hears("RELOADING=1");
    systemd.hears("READY=1");
    let line = wait_for_line(&server, "take effect after a restart");
    assert!(line.contains("ssh.max_sessions_per_connection") && !line.contains("limits."), "{line}");
    assert!(line.contains("hooks.file: ops"), "{line}");
    let scanned = Command::new("ssh-keyscan")
        .args(["-t", "ed25519", "-p", &server.address().port().to_string(), "127.0.0.1"])
        .output()
        .unwrap();
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let public = public.split(' ').nth(1).unwrap();
    assert!(String::from_utf8_lossy(&scanned.stdout).contains(public), "the new host key is not shown");
    // The limit of one try a minute holds at once.
    let mut eve = Person::arrive(server.address());
    try_to_sign_in(&mut eve, "eve", "not the password at all");
    eve.wait_for("That name and password do not match.");
    let mut mallory = Person::arrive(server.address());
    try_to_sign_in(&mut mallory, "mallory", "not the password at all");
    mallory.wait_for("Too many");

    std::fs::write(&file, "[limits]\ntries_per_source = \"many\"\n").unwrap();
    hang_up(&server);
    let line = wait_for_line(&server, "the old ones stay in use");
    assert!(line.contains("limits.tries_per_source"), "{line}");
    Person::arrive(server.address()).wait_for("Sign in to your account");
}

#[test]
fn a_reload_takes_the_templates_and_the_blocklist_or_neither() {
    let place = TempFolder::new();
    let (templates, blocklist) = (place.path("templates"), place.path("blocklist"));
    let write = |subject: &str| {
        let text = format!("Subject: {subject}\n\nType this.\n\n{{{{ code }}}}\n");
        std::fs::write(templates.join("reset-code.txt.j2"), text).unwrap();
    };
    std::fs::create_dir(&templates).unwrap();
    write("The first words");
    std::fs::write(&blocklist, "unrelated words here\n").unwrap();
    let place = place
        .with("DOORKEY__MAIL__TEMPLATES", &templates.display().to_string())
        .with("DOORKEY__PASSWORD__BLOCKLIST_FILE", &blocklist.display().to_string());
    let server = place.start().furnished();
    write("The second words");
    std::fs::write(&blocklist, "orange bonds resonate\n").unwrap();
    hang_up(&server);
    wait_for_line(&server, "the settings were read again");
    let laptop = Laptop::without_key(&server);
    let wanted = format!("{ADAS_PASSWORD}\norange bonds resonate\n");
    laptop.pipes(&wanted, "ada", "passwd --stdin").is_refused(65, "password-refused");
    ask_for_a_code(&mut Person::arrive(server.address()), "ada");
    server.email("ada", "The second words", 1);

    write("{{ no_such_value }}");
    std::fs::write(&blocklist, "plum tractor seventeen\n").unwrap();
    hang_up(&server);
    let line = wait_for_line(&server, "the old ones stay in use");
    assert!(line.contains("reset-code.txt.j2"), "{line}");
    ask_for_a_code(&mut Person::arrive(server.address()), "grace");
    server.email("grace", "The second words", 1);
    laptop.pipes(&wanted, "ada", "passwd --stdin").is_refused(65, "password-refused");
}

#[test]
fn the_url_of_the_database_comes_as_a_credential_and_is_read_again() {
    let place = TempFolder::new();
    let folder = place.path("credentials");
    std::fs::create_dir(&folder).unwrap();
    let url = format!("sqlite:{}", place.path("doorkey.db").display());
    std::fs::write(folder.join("database"), url).unwrap();
    std::fs::set_permissions(folder.join("database"), std::fs::Permissions::from_mode(0o440)).unwrap();
    let place = place
        .with("DOORKEY__STORE__URL_FILE", "$CREDENTIALS_DIRECTORY/database")
        .with("CREDENTIALS_DIRECTORY", &folder.display().to_string());
    let mut command = place.command(&["serve"]);
    command.env_remove("DOORKEY__STORE__URL");
    let server = place.start_by(command);
    hang_up(&server);
    wait_for_line(&server, "the settings were read again");
    assert!(server.place_path("doorkey.db").exists());
}
