//! PostgreSQL as operators run it: a primary with a standby that takes its place, and `PgBouncer` in front. Every
//! part is a real process of this test's own.

mod failover;
mod pgbouncer;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::commands::Laptop;
use super::ports::free_port;
use super::server::{ADAS_PASSWORD, Server};
use super::waiting::wait_until;

/// A process that ends with the test.
struct Process(Child);

impl Process {
    /// As a power cut would.
    fn kill(&mut self) {
        // One that is gone already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `program` as somebody who is not root, which PostgreSQL and `PgBouncer` refuse to be; it ends with this thread.
fn unprivileged(program: impl AsRef<Path>) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if is_root {
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
    }
    command.arg("--").arg(program.as_ref()).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A folder that anybody may write to.
fn shared_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

fn postgres_bin(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL's server programs");
    let newest = versions.map(|version| version.unwrap().path()).max().unwrap();
    newest.join("bin").join(program)
}

/// A PostgreSQL server.
struct Postgres {
    process: Process,
    data: PathBuf,
    port: u16,
}

impl Postgres {
    /// A new primary in `folder`.
    fn primary(folder: &TempDir) -> Self {
        let data = folder.path().join("primary");
        let mut initdb = unprivileged(postgres_bin("initdb"));
        initdb.arg("-D").arg(&data).args([
            "-U",
            "doorkey",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        assert!(initdb.status().unwrap().success(), "initdb");
        Self::start(data)
    }

    /// A streaming copy of `primary`.
    fn standby_of(primary: &Self, folder: &TempDir) -> Self {
        let data = folder.path().join("standby");
        let mut copy = unprivileged(postgres_bin("pg_basebackup"));
        copy.args(["-h", "127.0.0.1", "-U", "doorkey", "-p", &primary.port.to_string(), "-D"]).arg(&data);
        copy.args(["-R", "-X", "stream", "-c", "fast", "--no-sync"]);
        assert!(copy.status().unwrap().success(), "pg_basebackup");
        Self::start(data)
    }

    fn start(data: PathBuf) -> Self {
        let port = free_port();
        let mut postgres = unprivileged(postgres_bin("postgres"));
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        postgres.args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200"]);
        let server = Self { process: Process(postgres.spawn().unwrap()), data, port };
        wait_until("PostgreSQL", || (server.ask("SELECT 1").as_deref() == Some("1")).then_some(()));
        server
    }

    /// The one value that `sql` gives.
    fn ask(&self, sql: &str) -> Option<String> {
        let mut psql = Command::new(postgres_bin("psql"));
        psql.args([
            "-XAtq",
            "-h",
            "127.0.0.1",
            "-U",
            "doorkey",
            "-p",
            &self.port.to_string(),
            "-c",
            sql,
            "postgres",
        ]);
        let output = psql.stderr(Stdio::null()).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    /// Makes a standby the primary.
    fn promote(&self) {
        assert!(self.data.join("standby.signal").exists());
        assert_eq!(self.ask("SELECT pg_promote()").as_deref(), Some("t"));
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// The URL of the database on `hosts`.
fn url(hosts: &str) -> String {
    format!("postgres://doorkey@{hosts}/postgres")
}

/// Whether ada can sign in to `server` now, and what she hears otherwise.
pub(crate) fn ada_signs_in(server: &Server) -> Result<(), String> {
    let laptop = Laptop::without_key(server);
    let said = laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "whoami --password-stdin");
    if said.code == Some(0) && said.out == "ada\n" { Ok(()) } else { Err(format!("{said:?}")) }
}
