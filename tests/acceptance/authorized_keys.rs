//! Keys registered in the portal work on other servers: a real sshd asks the portal for them, and a real
//! ssh signs in with one.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::stranger::stranger_ssh;
use super::waiting::wait_until;

/// An sshd that asks the portal's store whose keys are whose; as root or not, it lets in who runs the test.
struct Sshd {
    child: Child,
    port: u16,
    folder: TempDir,
}

fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn make_key(path: &Path) {
    output(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "a key", "-f"]).arg(path));
}

fn myself() -> String {
    output(Command::new("id").arg("-un"))
}

impl Sshd {
    /// `asks` is what sshd runs to learn the keys of whoever signs in.
    fn start(asks: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_key(&folder.path().join("host_key"));
        if myself() == "root" {
            // Where sshd shuts away the part of it that strangers talk to; made at boot where it is installed.
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        // Free a moment ago; sshd cannot be told to choose a port itself.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             AuthorizedKeysFile none\nPermitRootLogin prohibit-password\n\
             AuthorizedKeysCommand {asks}\nAuthorizedKeysCommandUser {user}\n",
            folder = folder.path().display(),
            user = myself(),
        );
        let file = folder.path().join("sshd_config");
        std::fs::write(&file, config).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut sshd = Self { child: command.spawn().unwrap(), port, folder };
        wait_until("sshd to listen", || {
            assert!(sshd.child.try_wait().unwrap().is_none(), "sshd ended: {}", sshd.log());
            sshd.log().contains("Server listening").then_some(())
        });
        sshd
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Signs in with a key and says who that is there.
    fn sign_in(&self, key: &Path) -> Output {
        let mut ssh = Command::new("timeout");
        ssh.args(["60", "ssh", "-F", "none", "-oBatchMode=yes", "-oStrictHostKeyChecking=no"]);
        ssh.args(["-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR", "-oIdentityAgent=none"]);
        ssh.arg("-oIdentitiesOnly=yes").arg("-i").arg(key).args(["-p", &self.port.to_string()]);
        ssh.args([&format!("{}@127.0.0.1", myself()), "echo in as $(id -un)"]);
        ssh.stdin(Stdio::null()).output().unwrap()
    }

    #[track_caller]
    fn lets_in(&self, key: &Path) {
        let output = self.sign_in(key);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said, format!("in as {}\n", myself()), "{output:?}\n{}", self.log());
    }

    #[track_caller]
    fn keeps_out(&self, key: &Path) {
        let output = self.sign_in(key);
        assert_eq!(output.status.code(), Some(255), "{output:?}\n{}", self.log());
        assert!(String::from_utf8_lossy(&output.stderr).contains("Permission denied"), "{output:?}");
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Registers the public half of `key` on an account with its password.
fn add_key(server: &Server, name: &str, password: &str, key: &Path) {
    use std::io::Write as _;
    let mut ssh = stranger_ssh(server.address());
    ssh.args(["-oLogLevel=ERROR", "-oIdentityAgent=none", "-oIdentitiesOnly=yes", "-oIdentityFile=none"]);
    ssh.arg(format!("{name}@127.0.0.1"));
    ssh.arg("keys add --password-stdin").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = ssh.spawn().unwrap();
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n{public}").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The username in the portal of whoever runs the test, and how sshd names it: nobody can be `root` there.
fn account() -> (String, &'static str) {
    if myself() == "root" { ("roots-person".to_owned(), "roots-person") } else { (myself(), "%u") }
}

/// A portal where whoever runs the test has an account, and a key that is theirs.
fn portal_with_a_key() -> (Server, TempDir, String) {
    let server = TempFolder::new().with("DOORKEY__PORTAL__PUBLIC_KEYS", "true").start();
    let (account, asked) = account();
    server.add_user(&account, Some(ADAS_PASSWORD));
    let keys = tempfile::tempdir().unwrap();
    for name in ["theirs", "strangers"] {
        make_key(&keys.path().join(name));
    }
    add_key(&server, &account, ADAS_PASSWORD, &keys.path().join("theirs"));
    // sshd runs nothing that others than root could change, and looks at the first word only.
    let settings: Vec<String> = server.settings().map(|(name, value)| format!("{name}={value}")).collect();
    let settings = settings.join(" ");
    let asks =
        format!("/usr/bin/env -i {settings} {} authorized-keys {asked}", env!("CARGO_BIN_EXE_doorkey"));
    (server, keys, asks)
}

#[test]
fn a_real_sshd_lets_people_in_by_the_keys_they_look_after_in_the_portal() {
    let (server, keys, asks) = portal_with_a_key();
    let sshd = Sshd::start(&asks);
    sshd.lets_in(&keys.path().join("theirs"));
    sshd.keeps_out(&keys.path().join("strangers"));
    // The portal need not run, but its account must be open.
    server.done(&["user", "disable", &account().0], "");
    sshd.keeps_out(&keys.path().join("theirs"));
    server.done(&["user", "enable", &account().0], "");
    sshd.lets_in(&keys.path().join("theirs"));
}

#[test]
fn a_real_sshd_on_another_machine_asks_the_portal() {
    let (server, keys, _) = portal_with_a_key();
    let asks = format!(
        "/usr/bin/ssh -F none -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oLogLevel=ERROR \
         -oIdentityFile=none -oIdentitiesOnly=yes -p {} keys@127.0.0.1 {}",
        server.address().port(),
        account().1,
    );
    let sshd = Sshd::start(&asks);
    sshd.lets_in(&keys.path().join("theirs"));
    sshd.keeps_out(&keys.path().join("strangers"));
}

#[test]
fn what_is_printed_are_keys_and_nothing_else() {
    let (server, keys, _) = portal_with_a_key();
    let public = std::fs::read_to_string(keys.path().join("theirs.pub")).unwrap();
    let bare = public.trim().strip_suffix(" a key").unwrap();
    let printed = |name: &str| {
        let output = server.done(&["authorized-keys", name], "");
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(printed(&account().0), (format!("{bare}\n"), String::new()));
    for name in ["nobody-at-all", "", "../../etc/passwd", "'; DROP TABLE keys; --"] {
        assert_eq!(printed(name), (String::new(), String::new()), "{name}");
    }
}
