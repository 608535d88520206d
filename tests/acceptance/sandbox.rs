//! The sandbox of `serve`, tried from inside the real server: no other programs, no files but its own, on every thread.

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use super::commands::Laptop;
use super::server::{Server, TempFolder};
use super::waiting::wait_until;

/// What a killed process that called `execve` reports (signal(7), SIGSYS).
const SIGSYS: i32 = 31;

/// A place whose server tries `probes` once it listens, with its keys and its database in folders of their own.
fn probing(probes: &[String]) -> TempFolder {
    let place = TempFolder::new();
    std::fs::create_dir(place.path("data")).unwrap();
    let url = format!("sqlite:{}", place.path("data/doorkey.db").display());
    place.with("DOORKEY__STORE__URL", &url).with("DOORKEY_SANDBOX_PROBE", &probes.join(";"))
}

/// What each of `probes` came to, on both threads that tried it.
fn outcomes(server: &Server, probes: &[String]) -> Vec<[String; 2]> {
    wait_until("the outcome of every probe", || {
        let said = server.said();
        let of = |probe: &String| {
            let head = format!("sandbox probe: {probe}: ");
            let mut found = said.lines().filter_map(|line| line.strip_prefix(&head).map(str::to_owned));
            Some([found.next()?, found.next()?])
        };
        probes.iter().map(of).collect()
    })
}

/// The value of `field` in the status of every thread of the process.
fn of_threads(server: &Server, field: &str) -> Vec<String> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.id())).unwrap().flatten();
    let statuses = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("status")).ok());
    let value = |status: String| {
        let line = status.lines().find(|line| line.starts_with(field)).map(str::to_owned);
        line.unwrap().split_whitespace().nth(1).unwrap().to_owned()
    };
    statuses.map(value).collect()
}

#[test]
fn a_running_server_reaches_its_own_files_and_nothing_else() {
    let outside = tempfile::tempdir().unwrap();
    let stranger = outside.path().join("stranger");
    std::fs::write(&stranger, "a file that anyone may read and write").unwrap();
    let stranger = stranger.display().to_string();
    let folder = outside.path().display().to_string();
    // The names come first; the place is made with them.
    let refused = [
        format!("read {stranger}"),
        format!("write {stranger}"),
        format!("remove {stranger}"),
        format!("make {folder}/new"),
        format!("list {folder}"),
        "read /etc/passwd".to_owned(),
        "read /proc/1/status".to_owned(),
        "list /".to_owned(),
        "listen 127.0.0.1:0".to_owned(),
        "spawn /bin/true".to_owned(),
        // Relative to the folder of the server.
        "write keys/secret_keys".to_owned(),
        "rename keys/secret_keys".to_owned(),
        "remove keys/secret_keys".to_owned(),
        "write keys/ssh_host_ed25519_key".to_owned(),
    ];
    let allowed = [
        "read keys/secret_keys".to_owned(),
        // Not the database itself: closing it would release the locks that SQLite has on it (fcntl(2)).
        "read data/doorkey.db-wal".to_owned(),
        "write data/doorkey.db-wal".to_owned(),
        "list outbox".to_owned(),
        "read /etc/resolv.conf".to_owned(),
        "resolve localhost".to_owned(),
    ];
    let probes = [&refused[..], &allowed[..]].concat();
    let server = probing(&probes).start();
    let found = outcomes(&server, &probes);
    for (probe, outcome) in refused.iter().zip(&found) {
        let denied = |one: &String| one.contains("denied") || one.contains("not implemented");
        assert!(outcome.iter().all(denied), "{probe}: {outcome:?}");
    }
    for (probe, outcome) in allowed.iter().zip(&found[refused.len()..]) {
        assert_eq!(*outcome, ["done", "done"], "{probe}");
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    for field in ["NoNewPrivs:", "Seccomp:"] {
        let values = of_threads(&server, field);
        let expected = if field == "Seccomp:" { "2" } else { "1" };
        assert!(values.len() > 2 && values.iter().all(|value| value == expected), "{field} {values:?}");
    }
    // And it is still a portal, whose note beside the read-only keys is made as it stops.
    let server = server.furnished();
    let said = Laptop::without_key(&server).runs("account", "forgot ada");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!server.code("ada", 1).is_empty());
    server.terminate();
    let (code, place) = server.ended();
    assert_eq!(code, Some(0));
    assert!(place.path("keys/secret_keys.in_use").exists());
}

/// Runs a program in a network and among mounts of its own, beside a name server that knows `relay.example` alone and ends
/// with the program.
const BESIDE_A_NAME_SERVER: &str = r#"
import fcntl, os, socket, struct, subprocess, sys
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(udp, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
udp.bind(("127.0.0.1", 53))
udp.settimeout(1)
subprocess.run(["mount", "--bind", sys.argv[1], "/etc/resolv.conf"], check=True)
program = os.getpid()
if os.fork():
    os.execvp(sys.argv[2], sys.argv[2:])
for descriptor in (0, 1, 2):
    os.close(descriptor)
while os.getppid() == program:
    try:
        query, client = udp.recvfrom(1500)
    except TimeoutError:
        continue
    end = query.index(0, 12) + 1
    known, kind = query[12:end] == b"\x05relay\x07example\0", query[end:end + 2]
    answers = [b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"] if known and kind == b"\0\1" else []
    head = query[:2] + (b"\x81\x80" if known else b"\x81\x83") + struct.pack(">4H", 1, len(answers), 0, 0)
    udp.sendto(head + query[12:end + 4] + b"".join(answers), client)
"#;

/// Needs a machine that gives it a network of its own; it says so where it did not run.
#[test]
fn names_of_dns_are_found_in_the_sandbox() {
    let probes = ["resolve relay.example".to_owned(), "resolve nothing.example".to_owned()];
    let place = probing(&probes);
    let resolver = place.path("resolv.conf");
    std::fs::write(&resolver, "nameserver 127.0.0.1\noptions timeout:30\n").unwrap();
    let unshare = ["--map-root-user", "--mount", "--net"];
    if !Command::new("unshare").args(unshare).arg("true").status().is_ok_and(|status| status.success()) {
        let _ = writeln!(std::io::stderr(), "names in the sandbox were not tried: no network of its own");
        return;
    }
    let serve = place.command(&["serve"]);
    let mut command = Command::new("unshare");
    command.args(unshare).args(["python3", "-c", BESIDE_A_NAME_SERVER]).arg(resolver);
    command.arg(serve.get_program()).args(serve.get_args()).current_dir(place.path("")).env_clear();
    command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let server = place.start_by(command);
    let [found, missing] = &outcomes(&server, &probes)[..] else { panic!("two probes") };
    assert_eq!(*found, ["done", "done"]);
    assert!(missing.iter().all(|one| one.contains("Name or service not known")), "{missing:?}");
}

#[test]
fn the_first_try_to_run_a_program_ends_the_server() {
    let place = probing(&["exec /bin/true".to_owned()]);
    let output = place.command(&["serve"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("listening on "), "{said}");
    assert_eq!(output.status.signal(), Some(SIGSYS), "{output:?}");
}

#[test]
fn without_the_sandbox_the_probes_find_an_open_door() {
    let probes = ["read /etc/passwd".to_owned(), "spawn /bin/true".to_owned()];
    let server = probing(&probes).with("DOORKEY__SSH__SANDBOX", "false").start();
    assert!(outcomes(&server, &probes).iter().flatten().all(|outcome| outcome == "done"));
    assert!(of_threads(&server, "Seccomp:").iter().all(|value| value == "0"));
}

#[test]
fn a_kernel_that_cannot_confine_is_an_error_that_names_the_setting() {
    for (call, error) in [
        ("landlock_create_ruleset", "ENOSYS"),
        ("landlock_create_ruleset", "EOPNOTSUPP"),
        ("seccomp", "EINVAL"),
    ] {
        let place = TempFolder::new();
        let serve = place.command(&["serve"]);
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")]);
        strace.args(["-e", &format!("inject={call}:error={error}")]);
        strace.arg(serve.get_program()).args(serve.get_args());
        let strace = strace.current_dir(place.path("")).env_clear();
        let settings = serve.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let output = strace.envs(settings).output().expect("strace is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{call} {error}: {said}");
        assert!(said.contains("the server cannot be confined, so it was not started"), "{said}");
        assert!(said.contains("ssh.sandbox = false"), "{said}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("listening on"));
    }
}
