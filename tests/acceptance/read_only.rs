//! Commands that only read do so beside another program that writes to the database for long.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, SqliteConnection};

use super::server::{ADAS_PASSWORD, TempFolder};

/// A writer is waited for for five seconds.
const AT_ONCE: Duration = Duration::from_secs(4);

fn ssh(port: u16, key: &Path, words: &[&str], input: &str) -> Output {
    use std::io::Write as _;
    let mut ssh = Command::new("timeout");
    ssh.args(["60", "ssh", "-F", "none", "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null"]);
    ssh.args(["-oLogLevel=ERROR", "-oIdentityAgent=none", "-oIdentitiesOnly=yes"]).arg("-i").arg(key);
    ssh.args(["-p", &port.to_string()]).args(words);
    ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = ssh.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn what_only_reads_does_not_wait_for_who_writes() {
    let server = TempFolder::new().with("DOORKEY__PORTAL__PUBLIC_KEYS", "true").start().furnished();
    let port = server.address().port();
    let key = server.place_path("keys/adas");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let typed = format!("{ADAS_PASSWORD}\n{public}");
    let added = ssh(port, &key, &["ada@127.0.0.1", "keys add --password-stdin"], &typed);
    assert!(added.status.success(), "{added:?}");
    let blob = public.split(' ').nth(1).unwrap();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = format!("sqlite:{}", server.place_path("doorkey.db").display());
    let mut writer = runtime.block_on(SqliteConnection::connect(&url)).unwrap();
    runtime.block_on(writer.execute("BEGIN IMMEDIATE")).unwrap();

    let at_once = |what: &[&str], command: &dyn Fn() -> Output, says: &str| {
        let began = Instant::now();
        let output = command();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains(says), "{what:?}: {output:?}");
        assert!(began.elapsed() < AT_ONCE, "{what:?} took {:?}", began.elapsed());
    };
    for (words, says) in [
        (&["authorized-keys", "ada"][..], blob),
        (&["user", "list"], "grace"),
        (&["user", "show", "ada"], "ada@example.org"),
        (&["team", "list"], "Platform"),
        (&["support", "list", "--all"], ""),
        (&["outbox", "list"], ""),
        (&["keys", "list"], "current"),
        (&["limits", "list"], "No limit"),
        (&["hook", "list"], "NAME"),
        (&["service-account", "list"], "NAME"),
        (&["activity"], "ada"),
        (&["audit", "verify"], "as it was written"),
        (&["audit", "export"], "ada"),
    ] {
        at_once(words, &|| server.run(words, ""), says);
    }
    // A server's own sign-ins, and a member's client that shows its key.
    for (words, says) in [(["keys@127.0.0.1", "ada"], blob), (["account@127.0.0.1", "help"], "sign")] {
        at_once(&words, &|| ssh(port, &key, &words, ""), says);
    }
    runtime.block_on(writer.execute("ROLLBACK")).unwrap();
}
