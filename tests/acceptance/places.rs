//! Who gets in when places run short, what a proxy in front changes, and what misbehaving costs: with the real ssh, from
//! many addresses of this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tokio::net::TcpSocket;

use super::commands::{Key, Laptop};
use super::person::{Key as PersonKey, Person};
use super::server::{Server, TempFolder};
use super::stranger::stranger_ssh;
use super::waiting::{PATIENCE, wait_until};

fn guest(address: SocketAddr, from: &str) -> Person {
    Person::arrive_by_openssh(address, "account", &["-b", from])
}

/// `ssh` with a command, whose standard input stays open.
fn ssh(address: SocketAddr, from: &str, user: &str, line: &str) -> Child {
    let mut command = stranger_ssh(address);
    command.args(["-vv", "-oIdentityFile=none", "-oIdentityAgent=none", "-b", from]);
    command.args([&format!("{user}@{}", address.ip()), line]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Reads lines until one has `text` in it.
fn line_with(from: &mut impl BufRead, text: &str) -> String {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert_ne!(from.read_line(&mut line).unwrap(), 0, "it ended before {text:?}");
    }
    line
}

#[test]
fn guests_of_the_fullest_network_give_way_on_every_face_and_are_told_why() {
    let server = TempFolder::new().with("DOORKEY__SSH__MAX_CONNECTIONS", "4").start().furnished();
    let mut command = ssh(server.address(), "127.5.0.1", "ada", "whoami --password-stdin --json");
    let mut said = BufReader::new(command.stderr.take().unwrap());
    line_with(&mut said, "exec request accepted");
    let mut screen = guest(server.address(), "127.5.0.1");
    screen.wait_for("Sign in to your account");
    let mut lines = ssh(server.address(), "127.5.0.1", "account", "plain");
    let mut printed = BufReader::new(lines.stdout.take().unwrap());
    line_with(&mut printed, "Sign in to your account");
    let mut last = guest(server.address(), "127.5.0.1");
    last.wait_for("Sign in to your account");

    // Each owner is in a network of its own, and the guest that has been silent longest makes room.
    let mut owners = Vec::new();
    let mut comes = |from: &str| {
        let mut owner = guest(server.address(), from);
        owner.wait_for("Sign in to your account");
        owners.push(owner);
    };
    comes("127.6.0.1");
    let error: Value = serde_json::from_str(&line_with(&mut said, "{\"error\"")).unwrap();
    assert_eq!(error["error"]["id"], "full");
    assert_eq!(command.wait().unwrap().code(), Some(75));
    comes("127.7.0.1");
    screen.wait_for("The portal is full");
    assert_eq!(screen.wait_for_the_end(), Some(75));
    comes("127.8.0.1");
    let error = line_with(&mut printed, "The portal is full");
    assert!(error.starts_with("Error: ") && error.trim_end().ends_with("[full]"), "{error}");
    assert_eq!(lines.wait().unwrap().code(), Some(75));
    last.see("Sign in to your account");
}

#[test]
fn a_key_keeps_no_more_places_than_one_source_has_and_what_is_beyond_gives_way() {
    let server = TempFolder::new()
        .with("DOORKEY__SSH__PER_SOURCE_MAX", "1")
        .with("DOORKEY__SSH__MAX_CONNECTIONS", "4");
    let server = server.start().furnished();
    let key = Key::make().registered_by_ada(&server);
    let path = key.path().display().to_string();
    let with_key = |from: &str| {
        let options = ["-b", from, "-oIdentityAgent=none", "-oIdentitiesOnly=yes", "-i", &path];
        let mut ada = Person::arrive_by_openssh(server.address(), "ada", &options);
        ada.wait_for("Sign in to your account");
        ada
    };
    let (mut first, mut second) = (with_key("127.5.0.1"), with_key("127.6.0.1"));
    let mut strangers = Vec::new();
    for from in ["127.6.0.2", "127.7.0.1", "127.8.0.1"] {
        let mut stranger = guest(server.address(), from);
        stranger.wait_for("Sign in to your account");
        strangers.push(stranger);
    }
    second.wait_for("The portal is full");
    first.press(PersonKey::Ctrl('l'));
    first.type_text("x");
    first.dont_see("The portal is full");
    for stranger in &strangers {
        stranger.dont_see("The portal is full");
    }
}

#[test]
fn unregistered_keys_in_batch_mode_do_not_bar_an_office() {
    let server = Server::start();
    let key = Key::make();
    for _ in 0..6 {
        let script = Laptop::with_key(&server, &key).in_batch_mode().runs("account", "whoami");
        assert!(script.code == Some(255) && script.err.contains("Permission denied"), "{script:?}");
    }
    guest(server.address(), "127.0.0.1").wait_for("Sign in to your account");
}

#[test]
fn too_few_open_files_are_said_at_the_start_and_by_the_check() {
    let place = TempFolder::new();
    let with_few_files = |words: &[&str]| {
        let wanted = place.command(words);
        let mut command = Command::new("prlimit");
        command.arg("--nofile=300:300").arg(wanted.get_program()).args(wanted.get_args()).env_clear();
        command
            .current_dir(place.path(""))
            .envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let checked = with_few_files(&["check"]).output().unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    let sentence = "300 are allowed (RLIMIT_NOFILE), enough for 141 connections instead of the 2000 of ssh.max_connections";
    assert!(said.contains(&format!("warning  open files: {sentence}")), "{said}");
    assert_eq!(checked.status.code(), Some(0));
    let mut server = with_few_files(&["serve"]).spawn().unwrap();
    let logged = line_with(&mut BufReader::new(server.stderr.take().unwrap()), "too few open files");
    assert!(logged.contains(sentence), "{logged}");
    server.kill().unwrap();
    server.wait().unwrap();
}

// --- Behind a proxy.

/// Where the proxy of these tests connects from.
const PROXY: &str = "127.0.0.9";

fn behind_a_proxy() -> Server {
    let place = TempFolder::new().with("DOORKEY__SSH__PROXY_PROTOCOL_FROM", PROXY);
    place.with("DOORKEY__SSH__PER_SOURCE_MAX", "1").start()
}

/// A real `HAProxy` before `server`, and where it listens.
struct HaProxy {
    process: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl HaProxy {
    fn before(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = format!(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 1m\n timeout server 1m\nlisten portal\n bind \
             {address}\n server portal {} source {PROXY} send-proxy-v2 check inter 100ms\n",
            server.address()
        );
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new("haproxy");
        let process = command
            .arg("-db")
            .arg("-f")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self { process, address, _folder: folder };
        wait_until("HAProxy", || TcpStream::connect(address).ok());
        proxy
    }
}

impl Drop for HaProxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn behind_haproxy_each_client_is_a_source_of_its_own() {
    let server = behind_a_proxy();
    let proxy = HaProxy::before(&server);
    let mut ada = guest(proxy.address, "127.44.0.1");
    ada.wait_for("Sign in to your account");
    let mut grace = guest(proxy.address, "127.44.0.2");
    grace.wait_for("Sign in to your account");
    assert_eq!(
        guest(proxy.address, "127.44.0.1").wait_for_the_end(),
        Some(255),
        "one connection for each source"
    );
    // Its health checks go on meanwhile, each from the proxy's own address, and bar nobody.
    drop(ada);
    wait_until("ada's place", || {
        let mut child = ssh(proxy.address, "127.44.0.1", "account", "status");
        child.wait().unwrap().success().then_some(())
    });
}

/// A connection from `from` on which `bytes` are sent.
fn sent(server: SocketAddr, from: &str, bytes: &[u8]) -> BufReader<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tcp = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from.parse::<IpAddr>().unwrap(), 0).into()).unwrap();
        socket.connect(server).await.unwrap().into_std().unwrap()
    });
    tcp.set_nonblocking(false).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    (&tcp).write_all(bytes).unwrap();
    BufReader::new(tcp)
}

/// What the server says first; nothing when it closes the connection, or resets it.
fn first_line(mut from: BufReader<TcpStream>) -> String {
    let mut line = String::new();
    from.read_line(&mut line).map_or_else(|_| String::new(), |_| line)
}

#[test]
fn the_header_is_required_from_the_proxy_and_refused_from_everybody_else() {
    const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
    let header =
        [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".as_slice(), &[127, 44, 0, 1, 127, 0, 0, 1, 8, 0, 8, 0]]
            .concat();
    let server = TempFolder::new().with("DOORKEY__SSH__PROXY_PROTOCOL_FROM", PROXY).start();
    let is_served = |from: &str, bytes: &[u8]| {
        first_line(sent(server.address(), from, bytes)).starts_with("SSH-2.0-Doorkey").then_some(())
    };
    // Each leaves without authenticating: sixteen of anybody else would have to wait.
    for _ in 0..20 {
        wait_until("a place for the health check", || is_served(PROXY, LOCAL));
    }
    wait_until("the connection that the proxy hands on", || is_served(PROXY, &header));
    for wrong in [b"SSH-2.0-OpenSSH_9.2p1\r\n".as_slice(), b"PROXY TCP4 127.44.0.1 127.0.0.1 9 9\r\n"] {
        assert_eq!(first_line(sent(server.address(), PROXY, wrong)), "", "{wrong:?}");
    }
    wait_until("the line in the log", || {
        server.said().contains("from a proxy whose header was not read").then_some(())
    });
    // From elsewhere it is what no client sends: the server, which speaks first, hangs up.
    let spoofed = [&header, b"SSH-2.0-OpenSSH_9.2p1\r\n".as_slice()].concat();
    let mut refused = sent(server.address(), "127.0.0.8", &spoofed);
    let mut said = Vec::new();
    // A reset is an end as well.
    let _ = refused.read_to_end(&mut said);
    assert_eq!(said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(), 1, "{said:?}");
    // Whoever comes past the proxy is served as before.
    guest(server.address(), "127.44.0.3").wait_for("Sign in to your account");
}

#[test]
fn a_health_check_is_answered_with_the_version_line_alone_and_whoever_is_nobody_with_nothing() {
    const SIGNED: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
    let place = TempFolder::new().with("DOORKEY__SSH__PROXY_PROTOCOL_FROM", PROXY);
    let server = place.with("DOORKEY__SSH__PER_SOURCE_MAX", "1").start();
    // All that is said to whoever goes on as a client does.
    let said = |rest: &[u8]| {
        let bytes = [SIGNED, rest, b"SSH-2.0-OpenSSH_9.2p1\r\n"].concat();
        let mut said = Vec::new();
        // A reset is an end as well.
        let _ = sent(server.address(), PROXY, &bytes).read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    };
    // LOCAL, without an address and with one, which is ignored.
    let with_address = [b"\x20\x11\0\x0c".as_slice(), &[127, 44, 0, 1, 127, 0, 0, 1, 8, 0, 8, 0]].concat();
    for local in [b"\x20\0\0\0".as_slice(), &with_address] {
        assert_eq!(said(local), "SSH-2.0-Doorkey\r\n");
    }
    // A client's connection of which the proxy tells no address.
    assert_eq!(said(b"\x21\0\0\0"), "");
    wait_until("the line in the log", || server.said().contains("tells no address").then_some(()));
    // One that stays holds no place of anybody's.
    let open: Vec<_> =
        (0..3).map(|_| sent(server.address(), PROXY, &[SIGNED, b"\x20\0\0\0"].concat())).collect();
    for checked in open {
        assert_eq!(first_line(checked), "SSH-2.0-Doorkey\r\n");
    }
}

#[test]
fn nothing_listens_but_the_one_port() {
    let server = TempFolder::new().start();
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().flatten();
    let targets = descriptors.filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok());
    let sockets: Vec<_> = targets.map(|target| target.display().to_string()).collect();
    // proc(5): the local address is the second word, 0A in the fourth is LISTEN, and the tenth is the inode.
    let listening = |table: &str| -> Vec<String> {
        let table = std::fs::read_to_string(format!("/proc/{}/net/{table}", server.id())).unwrap();
        let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let ours =
            lines.filter(|words| words[3] == "0A" && sockets.contains(&format!("socket:[{}]", words[9])));
        ours.map(|words| words[1].to_owned()).collect()
    };
    let found = [listening("tcp"), listening("tcp6")].concat();
    assert_eq!(found, [format!("0100007F:{:04X}", server.address().port())]);
}
