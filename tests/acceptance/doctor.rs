//! `doorkey doctor` finds what is planted, names it and says what to do. Relay, DNS, database and portal are real.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};

use super::engine::{Engine, Fresh};
use super::name_server::{self, A, MX, Record, SSHFP, TXT};
use super::relay::Relay;
use super::server::{Server, TempFolder};
use super::waiting::wait_until;

const DONE: Option<i32> = Some(0);
const UNAVAILABLE: Option<i32> = Some(69);
const MISCONFIGURED: Option<i32> = Some(78);

/// What is in DNS of a portal at portal.acme.example whose emails come from acme.example.
fn records() -> Vec<Record> {
    let text = b"v=spf1 a:relay.acme.example -all";
    let text = [&[u8::try_from(text.len()).unwrap()], &text[..]].concat();
    vec![
        ("acme.example", MX, [&[0, 10, 4], &b"mail"[..], &[4], b"acme", &[7], b"example", &[0]].concat()),
        ("acme.example", TXT, text),
        ("portal.acme.example", A, vec![127, 0, 0, 1]),
    ]
}

/// One run: settings beside those of the place, what is before the program, words behind `doctor`.
struct Examined {
    code: Option<i32>,
    said: String,
}

impl Examined {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), said: text(&output.stdout) + &text(&output.stderr) }
    }

    fn run(command: &mut Command) -> Self {
        Self::of(&command.output().unwrap())
    }

    /// Asserts that one line is `head` and has `remedy` in it.
    fn finds(&self, code: Option<i32>, head: &str, remedy: &str) {
        let line = self.said.lines().find(|line| line.starts_with(head) && line.contains(remedy));
        assert!(line.is_some(), "no line with `{head}` and `{remedy}` in\n{}", self.said);
        assert_eq!(self.code, code, "{}", self.said);
    }
}

/// `doorkey doctor` in `place`, asking the DNS server at `dns`, on a machine whose clock a time service keeps.
fn doctor(place: &TempFolder, dns: SocketAddr) -> Command {
    let mut command = place.command(&["doctor", "--dns-server", &dns.to_string()]);
    command.env("PATH", with_program(place, "timedatectl", "echo yes"));
    command
}

/// A path on which a program comes first that does what `script` says.
fn with_program(place: &TempFolder, name: &str, script: &str) -> String {
    let folder = place.path("programs");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
    set_mode(&folder.join(name), 0o755);
    format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", folder.display())
}

/// The same behind `words`, a program that runs another.
fn behind(words: &[&str], command: &Command) -> Command {
    let mut outer = Command::new(words[0]);
    outer.args(&words[1..]).arg(command.get_program()).args(command.get_args()).env_clear();
    outer.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    outer.current_dir(command.get_current_dir().unwrap());
    outer
}

fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A portal that runs, with a relay, and `doctor` as its operator types it.
struct Portal {
    server: Server,
    relay: Relay,
    settings: Vec<(&'static str, String)>,
}

impl Portal {
    fn start() -> Self {
        let server = Server::start();
        let relay = Relay::start();
        let port = server.address().port();
        let mut settings = relay.settings(&server.place_path("password"));
        settings.extend([
            ("DOORKEY__MAIL__HELO_NAME", "portal.acme.example".to_owned()),
            ("DOORKEY__SSH__PORT", port.to_string()),
            ("DOORKEY__PORTAL__ADDRESS", format!("portal.acme.example:{port}")),
        ]);
        Self { server, relay, settings }
    }

    fn doctor(&self, dns: SocketAddr) -> Command {
        let mut command = doctor(self.server.place(), dns);
        command.envs(self.settings.iter().cloned());
        command
    }

    fn examined_with(&self, settings: &[(&str, &str)]) -> Examined {
        Examined::run(self.doctor(name_server::start(records())).envs(settings.iter().copied()))
    }

    /// Its SSHFP records, as ssh-keygen makes them of both keys.
    fn sshfp(&self) -> Vec<Record> {
        let of = |name: &str| {
            let key = self.server.place_path(name);
            let output = Command::new("ssh-keygen").args(["-r", "portal", "-f"]).arg(key).output().unwrap();
            let lines = String::from_utf8(output.stdout).unwrap();
            let line = lines.lines().find(|line| line.contains(" 2 ")).unwrap();
            let [kind, hex] = [3, 5].map(|word| line.split_whitespace().nth(word).unwrap());
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let head = [kind.parse().unwrap(), 2];
            (
                "portal.acme.example",
                SSHFP,
                head.into_iter().chain((0..hex.len()).step_by(2).map(byte)).collect(),
            )
        };
        ["keys/ssh_host_ed25519_key", "keys/ssh_host_ecdsa_key"].map(of).into()
    }
}

#[test]
fn a_portal_that_works_is_said_to_work_and_a_real_email_arrives() {
    let portal = Portal::start();
    let dns = name_server::start([records(), portal.sshfp()].concat());
    let found = Examined::run(portal.doctor(dns).args(["--mail-to", "grace@example.org"]));
    assert_eq!(found.code, DONE, "{}", found.said);
    assert!(found.said.lines().all(|line| line.starts_with("ok ")), "{}", found.said);
    for line in [
        "ok       database: a row was written and taken back",
        "ok       relay: localhost:",
        "ok       ntp: a time service keeps",
        "ok       ehlo name: portal.acme.example",
        "ok       from domain: acme.example",
        "ok       email: the relay took an email",
        "ok       port: the portal listens on 127.0.0.1:",
        "ok       address: the portal answers at portal.acme.example",
        "ok       sshfp: DNS has the host keys",
    ] {
        assert!(found.said.contains(line), "{line} is not in\n{}", found.said);
    }
    assert_eq!(portal.relay.copies("grace"), 1);
    let mut command = portal.doctor(dns);
    let json: Value = serde_json::from_slice(&command.arg("--json").output().unwrap().stdout).unwrap();
    assert_eq!(json["exit_code"], 0);
    let subjects: Vec<_> = json["findings"].as_array().unwrap().iter().map(|one| &one["subject"]).collect();
    for subject in ["relay", "ehlo name", "from domain", "port", "address", "sshfp", "database", "host key"] {
        assert!(subjects.contains(&&json!(subject)), "{subject}: {json}");
    }
}

#[test]
fn faults_of_the_relay_are_named_with_their_stage() {
    let mut portal = Portal::start();
    let away = nobody().to_string();
    portal.examined_with(&[("DOORKEY__MAIL__PORT", &away)]).finds(
        UNAVAILABLE,
        "problem  relay: mail relay localhost: connecting",
        "Correct mail.host and mail.port",
    );
    portal.examined_with(&[("DOORKEY__MAIL__CA_FILE", "")]).finds(
        MISCONFIGURED,
        "problem  relay: mail relay localhost: STARTTLS",
        "set mail.ca_file",
    );
    let of_authority = Relay::start_with(&["--tls-by-authority"]);
    let settings = of_authority.settings(&portal.server.place_path("password"));
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    portal.examined_with(&settings).finds(
        MISCONFIGURED,
        "problem  relay: mail relay localhost: STARTTLS",
        "basicConstraints=critical,CA:FALSE",
    );
    let wrong = portal.server.place_path("wrong");
    std::fs::write(&wrong, "not it").unwrap();
    set_mode(&wrong, 0o600);
    let found = portal.examined_with(&[("DOORKEY__MAIL__PASSWORD_FILE", wrong.to_str().unwrap())]);
    found.finds(MISCONFIGURED, "problem  relay: mail relay localhost: AUTH", "Correct mail.username");
    assert!(!found.said.contains("not it"), "{}", found.said);
    portal.relay.fails(&json!({ "ehlo": "504 5.5.2 <portal>: Helo command rejected" }));
    let found = portal.examined_with(&[]);
    found.finds(UNAVAILABLE, "problem  ehlo name: mail relay localhost", "Set mail.helo_name");
    portal.relay.fails(&json!({ "mail": "553 5.7.1 sender not owned" }));
    portal.examined_with(&[]).finds(
        MISCONFIGURED,
        "problem  relay: mail relay localhost: MAIL",
        "Allow mail.from",
    );
    portal.relay.fails(&json!({ "rcpt": "550 no such mailbox" }));
    let mut command = portal.doctor(name_server::start(records()));
    let found = Examined::run(command.args(["--mail-to", "grace@example.org"]));
    found.finds(UNAVAILABLE, "problem  email: no email to grace@example.org: ", "no such mailbox");
}

#[test]
fn names_that_dns_does_not_know_are_found() {
    let portal = Portal::start();
    let from = "DOORKEY__MAIL__FROM";
    portal.examined_with(&[(from, "doorkey@localhost")]).finds(
        MISCONFIGURED,
        "problem  from domain: mail.from is doorkey@localhost",
        "Set it to an address of your domain",
    );
    portal.examined_with(&[(from, "portal@gone.example")]).finds(
        MISCONFIGURED,
        "problem  from domain: gone.example has neither",
        "add the records",
    );
    let helo = |name| portal.examined_with(&[("DOORKEY__MAIL__HELO_NAME", name)]);
    helo("vm").finds(DONE, "warning  ehlo name: vm has no domain", "set mail.helo_name");
    helo("vm.acme.example").finds(
        DONE,
        "warning  ehlo name: vm.acme.example has no address",
        "mail.helo_name",
    );
    let without_spf = records().into_iter().filter(|(_, kind, _)| *kind != TXT).collect();
    let found = Examined::run(&mut portal.doctor(name_server::start(without_spf)));
    found.finds(DONE, "warning  from domain: acme.example has no SPF record", "v=spf1");
    let other_key = vec![("portal.acme.example", SSHFP, [vec![4, 2], vec![7; 32]].concat())];
    let found = Examined::run(&mut portal.doctor(name_server::start([records(), other_key].concat())));
    found.finds(MISCONFIGURED, "problem  sshfp: DNS has records of other host keys", "the right ones are");
    let mut command = portal.doctor(SocketAddr::from(([127, 0, 0, 1], nobody())));
    let here = format!("127.0.0.1:{}", portal.server.address().port());
    let found = Examined::run(command.env("DOORKEY__PORTAL__ADDRESS", here));
    found.finds(DONE, "warning  from domain: acme.example: DNS gave no answer", "--dns-server");
}

#[test]
fn an_address_and_a_port_that_lead_elsewhere_are_found() {
    let portal = Portal::start();
    let at = |port: u16| format!("portal.acme.example:{port}");
    portal.examined_with(&[("DOORKEY__PORTAL__ADDRESS", &at(nobody()))]).finds(
        UNAVAILABLE,
        "problem  address: the portal cannot be reached",
        "the firewall",
    );
    portal.examined_with(&[("DOORKEY__PORTAL__ADDRESS", "gone.acme.example")]).finds(
        MISCONFIGURED,
        "problem  address: gone.acme.example has no address in DNS",
        "Add a record",
    );
    // With a host key of its own, which the usual servers of tests share.
    let other = TempFolder::new().start();
    let port = other.address().port();
    let found = portal.examined_with(&[("DOORKEY__PORTAL__ADDRESS", &at(port))]);
    found.finds(MISCONFIGURED, "problem  address: another SSH server answers", "Correct portal.address");
    let found = portal.examined_with(&[("DOORKEY__SSH__PORT", &port.to_string())]);
    found.finds(
        MISCONFIGURED,
        "problem  port: cannot listen on 127.0.0.1",
        "another program is using the port",
    );
    let stopped = portal.examined_with(&[("DOORKEY__SSH__PORT", &nobody().to_string())]);
    stopped.finds(DONE, "warning  port: nobody listens on", "doorkey serve");
}

/// Otherwise the portal itself would look like another server at its own port and address.
#[test]
fn a_host_key_that_cannot_be_read_is_the_only_problem_that_is_named() {
    let portal = Portal::start();
    set_mode(&portal.server.place_path("keys/ssh_host_ed25519_key"), 0o640);
    let found = portal.examined_with(&[]);
    found.finds(MISCONFIGURED, "problem  host key: ", "chmod 600 /");
    found.finds(MISCONFIGURED, "warning  port: an SSH server answers", "before its host key is mended");
    found.finds(MISCONFIGURED, "warning  address: an SSH server answers", "before its host key is mended");
    assert_eq!(found.said.matches("problem  ").count(), 1, "{}", found.said);
}

/// As a user without any privilege has it, whoever runs the test.
#[test]
fn a_port_below_1024_without_the_capability_is_found_by_doctor_and_serve() {
    let place = TempFolder::new().with("DOORKEY__SSH__PORT", "999");
    let drop = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"];
    let words: &[&str] = if rustix::process::geteuid().is_root() { &drop } else { &["env"] };
    let remedies = ["AmbientCapabilities=CAP_NET_BIND_SERVICE", "setcap cap_net_bind_service=+ep /"];
    let dns = name_server::start(records());
    let found = Examined::run(&mut behind(words, &doctor(&place, dns)));
    let started = Examined::run(&mut behind(words, &place.command(&["serve"])));
    for remedy in remedies {
        found.finds(MISCONFIGURED, "problem  port: cannot listen on 127.0.0.1:999", remedy);
        started.finds(UNAVAILABLE, "doorkey: cannot listen on 127.0.0.1:999", remedy);
    }
}

#[test]
fn faults_on_this_machine_are_found() {
    let place = Server::start().kill();
    let dns = name_server::start(records());
    let found = Examined::run(&mut behind(&["prlimit", "--nofile=300:300"], &doctor(&place, dns)));
    found.finds(DONE, "warning  open files: 300 are allowed", "LimitNOFILE=");
    Examined::run(&mut doctor(&place, dns)).finds(
        DONE,
        "warning  relay: emails become files",
        "Set mail.transport",
    );
    set_mode(&place.path("outbox"), 0o755);
    Examined::run(&mut doctor(&place, dns)).finds(DONE, "warning  emails: ", "others can read the codes");
    let host_key = place.path("keys/ssh_host_ed25519_key");
    set_mode(&host_key, 0o644);
    Examined::run(&mut doctor(&place, dns)).finds(MISCONFIGURED, "problem  host key: ", "chmod 600");
    set_mode(&host_key, 0o600);
    // Its own clock was ahead once: an hour, in milliseconds.
    let url = format!("sqlite:{}", place.path("doorkey.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut connection = runtime.block_on(SqliteConnection::connect(&url)).unwrap();
    runtime.block_on(connection.execute("UPDATE clock SET mark = mark + 3600000")).unwrap();
    Examined::run(&mut doctor(&place, dns)).finds(
        DONE,
        "warning  clock: Doorkey's time is",
        "stop every node",
    );
    runtime.block_on(connection.execute("BEGIN EXCLUSIVE")).unwrap();
    let found = Examined::run(&mut doctor(&place, dns));
    found.finds(UNAVAILABLE, "problem  database: ", "no other program that holds it");
    runtime.block_on(connection.execute("ROLLBACK")).unwrap();
    std::fs::remove_file(place.path("keys/secret_keys")).unwrap();
    let found = Examined::run(&mut doctor(&place, dns));
    found.finds(MISCONFIGURED, "problem  secret keys: ", "restore it from a backup");
}

#[test]
fn a_clock_that_no_time_service_keeps_is_found() {
    let place = Server::start().kill();
    let dns = name_server::start(records());
    for (script, head, remedy) in [
        (
            "echo no",
            "warning  ntp: this machine's clock is not synchronised",
            "apt install systemd-timesyncd",
        ),
        ("echo no bus >&2; exit 1", "warning  ntp: whether this machine's clock", "(timedatectl: no bus)"),
        ("echo perhaps", "warning  ntp: whether this machine's clock", "timedatectl says `perhaps`"),
    ] {
        let mut command = doctor(&place, dns);
        command.env("PATH", with_program(&place, "timedatectl", script));
        Examined::run(&mut command).finds(DONE, head, remedy);
    }
}

/// Whoever connects starts the service, and with it whatever its operator has not looked at yet.
#[test]
fn a_socket_that_waits_to_start_the_portal_is_left_waiting() {
    let place = Server::start().kill();
    let dns = name_server::start(records());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let says = |state: &str| {
        let unit = format!("Id=doorkey.socket\nListen={address} (Stream)\nSubState={state}");
        with_program(&place, "systemctl", &format!("cat <<'END'\n{unit}\nEND"))
    };
    let mut command = doctor(&place, dns);
    command.env("DOORKEY__SSH__PORT", address.port().to_string());
    command.env("DOORKEY__PORTAL__ADDRESS", address.to_string());
    let found = Examined::run(command.env("PATH", says("listening")));
    found.finds(DONE, "warning  port: doorkey.socket listens on port", "systemctl start doorkey.service");
    found.finds(DONE, "warning  address: ", "the portal does not run");
    let nobody_came = listener.accept().unwrap_err();
    assert_eq!(nobody_came.kind(), std::io::ErrorKind::WouldBlock);
    // With the service running it connects.
    let command = command.env("PATH", says("running"));
    let mut running = command.stdout(Stdio::null()).spawn().unwrap();
    wait_until("a connection", || listener.accept().ok());
    drop(listener);
    running.wait().unwrap();
}

/// A disk of 64 MiB in a mount namespace of its own, and a file given to another user: what only root can plant.
#[test]
fn a_small_disk_and_a_database_of_another_user_are_found_by_root() {
    let place = Server::start().kill();
    let dns = name_server::start(records());
    let database = place.path("doorkey.db");
    if !rustix::process::geteuid().is_root() {
        return;
    }
    std::os::unix::fs::chown(&database, Some(65_534), None).unwrap();
    let found = Examined::run(&mut doctor(&place, dns));
    found.finds(DONE, "warning  database: its file belongs to user 65534", "sudo -u '#65534' doorkey doctor");
    std::os::unix::fs::chown(&database, Some(0), None).unwrap();
    let folder = place.path("disk");
    std::fs::create_dir(&folder).unwrap();
    let within = r#"mount -t tmpfs -o size=64m tmpfs disk && cp doorkey.db disk/ && exec "$@""#;
    let words = ["unshare", "--mount", "sh", "-c", within, "sh"];
    let url = format!("sqlite:{}", folder.join("doorkey.db").display());
    let mut command = doctor(&place, dns);
    command.env("DOORKEY__STORE__URL", url);
    let found = Examined::run(&mut behind(&words, &command));
    if found.said.contains("unshare failed") {
        return;
    }
    found.finds(DONE, "warning  disk: ", "Make room before the database cannot grow");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_database_that_takes_no_writes_is_found() {
    let database = Fresh::make(Engine::Postgres).await;
    let place = TempFolder::new().with("DOORKEY__STORE__URL", &database.url);
    let run = |words: &[&str]| Examined::of(&place.run(words, ""));
    let dns = name_server::start(records()).to_string();
    let words = ["doctor", "--dns-server", &dns];
    let added = run(&["user", "add", "ada", "--email", "ada@example.org"]);
    assert_eq!(added.code, DONE, "{}", added.said);
    run(&words).finds(DONE, "ok       database: a row", "written and taken back");
    database.set_read_only(true).await;
    run(&words).finds(UNAVAILABLE, "problem  database: ", "a primary and not a standby");
    database.set_read_only(false).await;
    let (_, server) = database.url.split_once('@').unwrap();
    let mut command = place.command(&words);
    let found =
        Examined::run(command.env("DOORKEY__STORE__URL", format!("postgres://mallory:wrong@{server}")));
    found.finds(UNAVAILABLE, "problem  database: ", "the password that goes with it");
    assert_eq!(found.said.matches("mallory").count(), 1, "{}", found.said);
    database.refuse_connections().await;
    run(&words).finds(UNAVAILABLE, "problem  database: ", "correct store.url");
}
