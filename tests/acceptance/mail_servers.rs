//! Mail servers that read accounts and passwords from the database's views: Dovecot and Postfix themselves ask them, with
//! the settings that the manual prints.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::commands::Laptop;
use super::engine::{Fresh, on_both_engines};
use super::manual::{printed_block, with_values};
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
    /// With the settings of the manual.
    fn start(database: &Fresh, place: &TempFolder) -> Self {
        let block = printed_block(place, "text", "FROM dovecot_users");
        let (driver, connect) = match &Database::of(&database.url) {
            Database::Sqlite { file } => ("sqlite", (*file).to_owned()),
            Database::Postgres { host, port, name, user, password } => {
                ("pgsql", format!("host={host} port={port} dbname={name} user={user} password={password}"))
            }
        };
        Self::start_with("sql", &with_values(&block, &[("driver", driver), ("connect", &connect)]))
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

/// What a mail server has to know of a database.
enum Database<'a> {
    Sqlite { file: &'a str },
    Postgres { host: &'a str, port: &'a str, name: &'a str, user: &'a str, password: &'a str },
}

impl<'a> Database<'a> {
    fn of(url: &'a str) -> Self {
        if let Some(file) = url.strip_prefix("sqlite:") {
            return Self::Sqlite { file };
        }
        let (login, rest) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
        let (user, password) = login.split_once(':').unwrap();
        let (place, name) = rest.split_once('/').unwrap();
        let (host, port) = place.split_once(':').unwrap();
        Self::Postgres { host, port, name: name.split('?').next().unwrap(), user, password }
    }
}

/// What Postfix finds for `key` in a table of this kind with these settings.
#[track_caller]
pub(crate) fn postfix_finds(kind: &str, settings: &str, key: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    // Nothing of this machine's settings.
    std::fs::write(folder.path().join("main.cf"), "").unwrap();
    let table = folder.path().join("table.cf");
    std::fs::write(&table, settings).unwrap();
    let mut postmap = Command::new("/usr/sbin/postmap");
    postmap.arg("-c").arg(folder.path()).args(["-q", key]).arg(format!("{kind}:{}", table.display()));
    let output = postmap.stdin(Stdio::null()).output().unwrap();
    // A table that cannot be asked is 1 as well, and says why.
    match (output.status.code(), output.stderr.is_empty()) {
        (Some(0), true) => Some(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
        (Some(1), true) => None,
        _ => panic!("{output:?}\n{settings}"),
    }
}

/// The role that the manual makes for mail servers, under a name of this database's own; gives its name and password.
async fn mail_role(database: &Fresh, place: &TempFolder) -> (String, String) {
    let block = printed_block(place, "sql", "CREATE ROLE mail");
    let Database::Postgres { name, .. } = Database::of(&database.url) else { panic!("not PostgreSQL") };
    let role = format!("mail_{name}");
    let named =
        block.replace("ROLE mail ", &format!("ROLE {role} ")).replace("TO mail;", &format!("TO {role};"));
    for statement in named.split_terminator(";\n") {
        database.execute_sql(statement.to_owned().leak()).await.unwrap();
    }
    (role, named.split('\'').nth(1).unwrap().to_owned())
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
            let dovecot = Dovecot::start(&database, server.place());
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

    async fn postfix_finds_whose_mail_it_is_and_nothing_else(engine: Engine) {
        let database = Fresh::make(engine).await;
        let server = server_on(&database, "true");
        for name in ["ada", "grace"] {
            server.add_user(name, None);
        }
        server.done(&["user", "email", "add", "ada", "lovelace@example.org"], "");
        server.done(&["user", "disable", "grace"], "");
        let block = printed_block(server.place(), "text", "FROM postfix_addresses");
        let (kind, settings, role) = match Database::of(&database.url) {
            Database::Sqlite { file } => {
                let query = block.lines().find(|line| line.starts_with("query = ")).unwrap();
                ("sqlite", format!("dbpath = {file}\n{query}\n"), None)
            }
            Database::Postgres { host, port, name, .. } => {
                let (role, password) = mail_role(&database, server.place()).await;
                let hosts = format!("{host}:{port}");
                let values = [("hosts", hosts.as_str()), ("dbname", name), ("user", &role), ("password", &password)];
                ("pgsql", with_values(&block, &values), Some(role))
            }
        };
        let finds = |key: &str| postfix_finds(kind, &settings, key);
        for address in ["ada@example.org", "Ada@Example.ORG", "lovelace@example.org"] {
            assert_eq!(finds(address).as_deref(), Some("ada"), "{address}");
        }
        for nobody in ["grace@example.org", "nobody@example.org", "ada", "@example.org", "%", "x' OR 'a'='a"] {
            assert_eq!(finds(nobody), None, "{nobody}");
        }
        if let Some(role) = role {
            let may = |what: &str| format!("SELECT CAST(has_table_privilege('{role}', '{what}', 'SELECT') AS INTEGER)::bigint");
            for (what, expected) in [("postfix_addresses", 1), ("dovecot_users", 1), ("accounts", 0), ("keys", 0)] {
                assert_eq!(database.number(may(what).leak()).await, expected, "{what}");
            }
            for statement in [format!("DROP OWNED BY {role}"), format!("DROP ROLE {role}")] {
                database.execute_sql(statement.leak()).await.unwrap();
            }
        }
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
