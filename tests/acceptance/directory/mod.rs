//! Directories of others, asked as the portal asks them: real servers from Debian's packages, run by whoever runs the
//! tests, or by `nobody` for root.

mod ds389;
mod ldap;
mod liar;
mod portal;
mod samba;
mod slapd;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use doorkey::directory::{Directory, DirectoryFault, Entry, PasswordNotSet, PolicyRefusal, Verdict};
use doorkey::domain::secret::Secret;

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

async fn found(directory: &impl Directory, login: &str) -> Entry {
    directory.lookup(login).await.unwrap().unwrap_or_else(|| panic!("nobody is {login}"))
}

async fn verdict(directory: &impl Directory, login: &str, password: &str) -> Verdict {
    let entry = found(directory, login).await.entry;
    directory.verify(Some(&entry), &secret(password)).await.unwrap()
}

/// Also one that the directory does not take for much longer.
fn is_right(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Right | Verdict::RightUntil(_))
}

fn refused(result: Result<(), PasswordNotSet>) -> PolicyRefusal {
    match result {
        Err(PasswordNotSet::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn bad_entry(result: Result<Option<Entry>, DirectoryFault>) -> String {
    match result {
        Err(DirectoryFault::BadEntry(why)) => why,
        other => panic!("no bad entry: {other:?}"),
    }
}

/// A server that ends with the test program, however that ends: a shell waits for the end of its input and stops it.
struct Daemon {
    /// The shell.
    shell: Child,
}

impl Daemon {
    /// Runs a command line that stays in the foreground, with its words in `log`. At its end it removes `folder`: nobody
    /// drops what all tests share.
    fn start(command: &str, log: &Path, folder: Option<&Path>) -> Self {
        let tidy_up = folder.map(|folder| format!("\nrm -rf {}", folder.display())).unwrap_or_default();
        let script = format!(
            "{command} >>{log} 2>&1 & daemon=$!\n\
             cat >/dev/null\nkill -KILL $daemon 2>/dev/null\nwait $daemon 2>/dev/null{tidy_up}",
            log = log.display()
        );
        let shell = unprivileged("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn();
        Self { shell: shell.expect("a shell") }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// A command as an ordinary user: `nobody` for root.
fn unprivileged(program: &str) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", program]);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}

/// A folder for a server that does not run as us.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if is_root() {
        let given = Command::new("chown").arg("nobody:nogroup").arg(folder.path()).status().unwrap();
        assert!(given.success());
    }
    folder
}

/// Runs a command and gives what it says; fails with it when the command does.
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// Makes `ca.pem`, and `server.pem` with `server.key` for 127.0.0.1 alone, in `folder`.
fn certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        run(unprivileged("openssl").current_dir(folder).args(arguments.split_whitespace()));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"));
    openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=server"));
    let extensions = "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
    std::fs::write(folder.join("extensions"), extensions).unwrap();
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem",
    );
}

/// Puts a certificate that ended yesterday in the place of `server.pem`.
fn certificate_that_has_expired(folder: &Path) {
    run(unprivileged("faketime").current_dir(folder).args([
        "-f",
        "-3d",
        "openssl",
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-days",
        "2",
        "-extfile",
        "extensions",
        "-out",
        "server.pem",
    ]));
}
