//! Mail servers that read accounts and passwords from the database's views: Dovecot itself asks them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::commands::Laptop;
use super::engine::{Fresh, on_both_engines};
use super::server::{Server, TempFolder};
use super::waiting::wait_until;

const FIRST: &str = "violet engine numbers";
const SECOND: &str = "plum tractor seventeen";

/// A Dovecot without any protocol, as whoever runs the tests.
pub(crate) struct Dovecot {
    child: Child,
    config: PathBuf,
    folder: tempfile::TempDir,
}

impl Dovecot {
    fn start(database: &Fresh) -> Self {
        let query =
            "password_query = SELECT username AS user, password FROM dovecot_users WHERE login = '%u'\n";
        Self::start_with("sql", &format!("{}{query}", connection(&database.url)))
    }

    /// One that asks by `driver`, whose file says this.
    pub(crate) fn start_with(driver: &str, says: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        std::fs::write(folder.path().join("passdb.conf"), says).unwrap();
        let (user, group) = (said_by("-un"), said_by("-gn"));
        // Without the waits that Dovecot imposes after failures.
        let config = format!(
            "protocols =\nbase_dir = {path}/run\nstate_dir = {path}/run\nlog_path = {path}/log\nssl = no\nauth_failure_delay = 0\n\
             default_login_user = nobody\ndefault_internal_user = {user}\ndefault_internal_group = {group}\n\
             passdb {{\n  driver = {driver}\n  args = {path}/passdb.conf\n}}\n\
             userdb {{\n  driver = static\n  args = uid=nobody gid=nogroup home=/nonexistent\n}}\n\
             service stats {{\n  chroot =\n}}\nservice anvil {{\n  chroot =\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n\
             service auth {{\n  user = {user}\n}}\nservice auth-worker {{\n  user = {user}\n}}\n"
        );
        let file = folder.path().join("dovecot.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("/usr/sbin/dovecot");
        command
            .arg("-F")
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut dovecot = Self { child: command.spawn().unwrap(), config: file, folder };
        wait_until("Dovecot to listen", || {
            assert!(dovecot.child.try_wait().unwrap().is_none(), "Dovecot ended: {}", dovecot.log());
            Path::new(&format!("{path}/run/auth-client")).exists().then_some(())
        });
        dovecot
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Whether it takes `password` for `login`.
    #[track_caller]
    pub(crate) fn takes(&self, login: &str, password: &str) -> bool {
        let mut doveadm = Command::new("/usr/bin/doveadm");
        doveadm.arg("-c").arg(&self.config).args(["auth", "test", login, password]);
        let output = doveadm.stdin(Stdio::null()).output().unwrap();
        match output.status.code() {
            Some(0) => true,
            // EX_NOPERM of sysexits(3).
            Some(77) => false,
            _ => panic!("{output:?}\n{}", self.log()),
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its processes end with it, which a kill would leave behind.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn said_by(option: &str) -> String {
    let output = Command::new("id").arg(option).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The first lines of dovecot-sql.conf.ext(5).
fn connection(url: &str) -> String {
    if let Some(file) = url.strip_prefix("sqlite:") {
        return format!("driver = sqlite\nconnect = {file}\n");
    }
    let (login, rest) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    let (place, name) = rest.split_once('/').unwrap();
    let (host, port) = place.split_once(':').unwrap();
    let name = name.split('?').next().unwrap();
    format!(
        "driver = pgsql\nconnect = host={host} port={port} dbname={name} user={user} password={password}\n"
    )
}

fn server_on(database: &Fresh, pepper: &str) -> Server {
    let place = TempFolder::new().with("DOORKEY__STORE__URL", &database.url);
    place.with("DOORKEY__PASSWORD__PEPPER", pepper).start()
}

on_both_engines! {
    async fn a_password_that_was_reset_over_ssh_is_what_dovecot_takes(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = server_on(&database, "false");
        for name in ["ada", "grace", "joan"] {
            server.add_user(name, Some(FIRST));
        }
        tokio::task::block_in_place(|| {
            let dovecot = Dovecot::start(&database);
            for login in ["ada", "ADA", "ada@example.org", "grace"] {
                assert!(dovecot.takes(login, FIRST), "{login}: {}", dovecot.log());
            }
            for (login, password) in [("ada", SECOND), ("nobody", FIRST), ("ada' OR 'a'='a", FIRST)] {
                assert!(!dovecot.takes(login, password), "{login}");
            }
            let issued = server.done(&["support", "issue-reset-code", "ada"], "");
            let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
            let said = Laptop::without_key(&server).pipes(&format!("{code}\n{SECOND}\n"), "account", "forgot ada --code-stdin");
            assert_eq!(said.code, Some(0), "{said:?}");
            assert!(dovecot.takes("ada", SECOND) && !dovecot.takes("ada", FIRST), "{}", dovecot.log());
            server.done(&["user", "disable", "grace"], "");
            assert!(!dovecot.takes("grace", FIRST) && !dovecot.takes("grace@example.org", FIRST));
        });
        let postfix = "SELECT count(*) FROM postfix_addresses WHERE address = 'ada@example.org' AND username = 'ada'";
        assert_eq!(database.number(postfix).await, 1);
        assert_eq!(database.number("SELECT count(*) FROM postfix_addresses").await, 2, "grace is disabled");
        let turns_on = match engine {
            Engine::Sqlite => "INSERT INTO second_factors (account, sealed, last_step, on_since)
                SELECT id, X'00', 0, 0 FROM accounts WHERE name = 'joan'",
            Engine::Postgres => "INSERT INTO second_factors (account, sealed, last_step, on_since)
                SELECT id, decode('00', 'hex'), 0, 0 FROM accounts WHERE name = 'joan'",
        };
        assert_eq!(database.number("SELECT count(*) FROM dovecot_users WHERE username = 'joan'").await, 2);
        database.execute_sql(turns_on).await.unwrap();
        assert_eq!(database.number("SELECT count(*) FROM dovecot_users WHERE username = 'joan'").await, 0);
    }

    async fn a_hash_leaves_its_pepper_at_the_next_sign_in_and_gets_it_back(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = server_on(&database, "true");
        server.add_user("ada", Some(FIRST));
        let readable = "SELECT count(*) FROM dovecot_users";
        assert_eq!(database.number(readable).await, 0);
        let mut place = server;
        for (pepper, rows) in [("false", 2), ("true", 0)] {
            place = tokio::task::block_in_place(|| {
                place.terminate();
                let (code, folder) = place.ended();
                assert_eq!(code, Some(0));
                let server = folder.with("DOORKEY__PASSWORD__PEPPER", pepper).start();
                let signs_in = Laptop::without_key(&server).pipes(&format!("{FIRST}\n"), "ada", "whoami --password-stdin");
                assert_eq!(signs_in.code, Some(0), "{signs_in:?}");
                server
            });
            assert_eq!(database.number(readable).await, rows, "password.pepper = {pepper}");
        }
    }
}
