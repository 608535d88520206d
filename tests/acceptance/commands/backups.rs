//! `doorkey backup` beside the running server, and `doorkey restore`: what was used since the backup cannot be used
//! again, and everything else is as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::two_factor::enroll;
use super::{Key, Laptop};
use crate::engine::{Engine, Fresh};
use crate::server::{ADAS_PASSWORD, Server, TempFolder};

const NEW: &str = "plum tractor seventeen";
const NEWER: &str = "seven copper lanterns";

/// `EX_USAGE`, `EX_DATAERR`, `EX_NOINPUT`, `EX_TEMPFAIL`
const USAGE: i32 = 64;
const DATA: i32 = 65;
const NO_INPUT: i32 = 66;
const LATER: i32 = 75;

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The command failed with `code`; gives what it said.
#[track_caller]
pub(super) fn complaint(output: &Output, code: i32) -> String {
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(code), true), "{output:?}");
    said
}

/// One number from a SQLite file that nobody writes.
async fn number(file: &Path, sql: &str) -> i64 {
    let url = format!("sqlite:{}?mode=ro&immutable=true", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

/// Codes that are in people's hands when the backup is made.
pub(super) struct Codes {
    reset: String,
    spent: String,
    address: String,
    invitation: String,
}

const VERIFY: &str = "emails verify lovelace@example.org --password-stdin";
const JOIN: &str = "join alan@example.org --code-stdin --user-name alan";

impl Codes {
    pub(super) fn sent(server: &Server) -> Self {
        let (laptop, key) = (Laptop::without_key(server), Key::make().registered_by_ada(server));
        server.add_user("linus", Some(NEW));
        let ok = |said: super::CaseEntry| assert_eq!(said.code, Some(0), "{said:?}");
        ok(laptop.runs("account", "forgot ada"));
        ok(laptop.runs("account", "forgot linus"));
        let add = "emails add lovelace@example.org --password-stdin";
        ok(laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", add));
        let invite = "teams invite Platform alan@example.org";
        ok(Laptop::with_key(server, &key).in_batch_mode().runs("account", invite));
        Self {
            reset: server.code("ada", 1),
            spent: server.code("linus", 1),
            address: server.code_at("lovelace@example.org", 1),
            invitation: server.code("alan", 1),
        }
    }

    /// What each of them says when it is used: exit codes.
    pub(super) fn used(&self, server: &Server) -> Vec<(&'static str, Option<i32>)> {
        let laptop = Laptop::without_key(server);
        // The address first: its owner's password is about to change.
        let address = laptop.pipes(&format!("{ADAS_PASSWORD}\n{}\n", self.address), "ada", VERIFY);
        let reset = format!("{}\n{NEWER}\n", self.reset);
        let reset = laptop.pipes(&reset, "account", "forgot ada --code-stdin");
        let join = format!("{}\n{NEW}\n", self.invitation);
        let join = laptop.pipes(&join, "join", JOIN);
        let spent = format!("{}\n{NEWER}\n", self.spent);
        let spent = laptop.pipes(&spent, "account", "forgot linus --code-stdin");
        [("address", address), ("reset", reset), ("join", join), ("spent", spent)]
            .map(|(what, said)| (what, said.code))
            .into()
    }

    fn spend_linus(server: &Server) {
        let laptop = Laptop::without_key(server);
        for wrong in ["WDJB-MJHT", "WDJB-MJHV", "WDJB-MJHW", "WDJB-MJHX", "WDJB-MJHZ"] {
            let input = format!("{wrong}\n{NEWER}\n");
            laptop.pipes(&input, "account", "forgot linus --code-stdin").is_refused(77, "code-refused");
        }
    }
}

/// Puts `backup` in the place of the database as somebody does who has only cp(1).
fn put_in_place_by_hand(place: &TempFolder, backup: &Path) {
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(place.path(&format!("doorkey.db{end}")));
    }
    fs::copy(backup, place.path("doorkey.db")).unwrap();
}

#[test]
fn a_restored_backup_takes_nothing_that_was_used_since_it_was_made() {
    let server = Server::start();
    let codes = Codes::sent(&server);
    let backup = server.place_path("backup.db");
    let file = backup.to_str().unwrap();
    let said = text(&server.done(&["backup", file], "").stdout);
    assert!(said.contains(&format!("to {file}. The copy was checked and is on the disk.")), "{said}");
    assert!(said.lines().any(|line| line.split_whitespace().eq(["accounts", "3"])), "{said}");
    for other in ["keys/secret_keys", "keys/ssh_host_ed25519_key", "doorkey.toml"] {
        assert!(said.contains(other), "{other} is not named:\n{said}");
    }
    assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!names_in(backup.parent().unwrap()).iter().any(|name| name.starts_with("backup.db.")));
    let bytes = fs::read(&backup).unwrap();

    Codes::spend_linus(&server);
    let all = |code| ["address", "reset", "join", "spent"].map(|what| (what, Some(code))).to_vec();
    let used = [("address", Some(0)), ("reset", Some(0)), ("join", Some(0)), ("spent", Some(77))];
    assert_eq!(codes.used(&server), used);

    // Without `restore`, a copy takes them all once more.
    let place = server.kill();
    put_in_place_by_hand(&place, &backup);
    let server = place.start();
    assert_eq!(codes.used(&server), all(0));

    let said = complaint(&server.run(&["restore", file, "--force"], ""), LATER);
    assert!(said.contains("is in use; stop the portal"), "{said}");
    let place = server.kill();
    let said = complaint(&place.run(&["restore", file], ""), 1);
    assert!(
        said.contains("has 4 accounts already; nothing was changed") && said.contains("--force"),
        "{said}"
    );
    let restored = place.run(&["restore", file, "--force"], "");
    let said = text(&restored.stdout);
    assert!(restored.status.success() && said.starts_with("Restored 3 accounts from "), "{restored:?}");
    for (what, count) in [("reset and verification codes", "3"), ("invitations and sign-up codes", "1")] {
        let row = said.lines().find(|line| line.contains(what)).unwrap();
        assert!(row.ends_with(&format!(" {count}")), "{row}");
    }
    let previous = names_in(place.path("doorkey.db").parent().unwrap());
    let previous =
        previous.iter().find(|name| name.starts_with("doorkey.db.2")).expect("the previous database");
    assert!(said.contains(previous.as_str()), "{said}");
    assert!(place.run(&["check"], "").status.success());

    let server = place.start();
    assert_eq!(codes.used(&server), all(77));
    let laptop = Laptop::without_key(&server);
    laptop.pipes(&format!("{NEWER}\n"), "ada", "whoami --password-stdin").is_refused(77, "wrong-credentials");
    assert_eq!(laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "whoami --password-stdin").out, "ada\n");
    let activity = laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "activity --password-stdin");
    assert!(activity.out.contains("Restored from a backup"), "{activity:?}");
    // A new code works.
    laptop.runs("account", "forgot grace");
    let code = server.code("grace", 1);
    assert_eq!(
        laptop.pipes(&format!("{code}\n{NEWER}\n"), "account", "forgot grace --code-stdin").code,
        Some(0)
    );
    assert_eq!(fs::read(&backup).unwrap(), bytes, "the backup was changed");
}

#[test]
fn a_restore_says_what_it_brought_back_and_tells_hooks_nothing_by_itself() {
    let place = TempFolder::new();
    let hooks = place.path("hooks.toml");
    fs::write(&hooks, "[[hook]]\nname = \"groups\"\ncommand = \"/bin/true\"\nevents = \"all\"\n").unwrap();
    let place = place.with("DOORKEY__HOOKS__FILE", hooks.to_str().unwrap());
    let done = |words: &[&str]| {
        let output = place.run(words, "");
        assert!(output.status.success(), "{words:?}: {output:?}");
        text(&output.stdout)
    };
    let backup = place.path("backup.db").display().to_string();
    let empty = TempFolder::new();
    let nothing = empty.path("backup.db").display().to_string();
    assert!(empty.run(&["user", "add", "ada", "--email", "ada@example.org"], "").status.success());
    assert!(empty.run(&["backup", &nothing], "").status.success());
    let said = text(&empty.run(&["restore", &nothing, "--force"], "").stdout);
    assert!(!said.contains("service-account") && !said.contains("doorkey hook"), "there are none: {said}");

    // Two events for the hook, which no server tells.
    done(&["user", "add", "ada", "--email", "ada@example.org"]);
    done(&["service-account", "add", "gitea"]);
    done(&["backup", &backup]);
    done(&["service-account", "remove", "gitea"]);
    let said = done(&["restore", &backup, "--force"]);
    let row = said.lines().find(|line| line.contains("events that hooks were not told of")).unwrap();
    assert!(row.ends_with(" 2"), "{row}");
    for told in [
        "there are gitea. ",
        "`doorkey service-account remove NAME`",
        "`doorkey hook list`",
        "`doorkey hook replay HOOK`",
        "`doorkey user show NAME`",
        "`doorkey user keys remove NAME KEY`",
        "Hooks are not told of the restore",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert!(done(&["service-account", "list"]).contains("gitea"));
    let listed: Value = serde_json::from_str(&done(&["hook", "list", "--json"])).unwrap();
    assert_eq!((&listed["hooks"][0]["pending"], &listed["hooks"][0]["dead"]), (&json!(0), &json!(2)));
    assert_eq!(listed["deliveries"][0]["reason"], "the database was restored from a backup");
    assert_eq!(done(&["hook", "replay", "groups"]), "2 will be told again.\n");
    let in_place: Value = serde_json::from_str(&done(&["restore", "--in-place", "--json"])).unwrap();
    assert_eq!(in_place["service_accounts"], json!(["gitea"]));
    // So no hook can ask for it.
    fs::write(
        &hooks,
        "[[hook]]\nname = \"groups\"\ncommand = \"/bin/true\"\nevents = [\"database-restored\"]\n",
    )
    .unwrap();
    let refused = place.run(&["check"], "");
    assert!(text(&refused.stdout).contains("there is no event `database-restored`"), "{refused:?}");
}

#[test]
fn a_code_of_an_authenticator_that_was_shown_since_is_not_taken_again() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let (app, _) = enroll(&laptop);
    let backup = server.place_path("backup.db");
    let file = backup.to_str().unwrap();
    server.done(&["backup", file], "");
    let shown = format!("{ADAS_PASSWORD}\n{}\n", app.shows_next());
    assert_eq!(laptop.pipes(&shown, "ada", "whoami --password-stdin").out, "ada\n");
    let place = server.kill();
    assert!(place.run(&["restore", file, "--force"], "").status.success());
    let server = place.start();
    let laptop = Laptop::without_key(&server);
    // 77 refused, or 75: the tries of this half minute are spent.
    let said = laptop.pipes(&shown, "ada", "whoami --password-stdin");
    assert!(matches!(said.code, Some(75 | 77)), "{said:?}");
    let place = server.kill();
    let said = place.run(&["restore", file, "--force", "--void-recovery-codes"], "");
    let said = text(&said.stdout);
    assert!(said.lines().any(|line| line.split_whitespace().eq(["recovery", "codes", "8"])), "{said}");
}

#[test]
fn what_cannot_be_backed_up_or_restored_is_told_and_changes_nothing() {
    let server = Server::start();
    let home = server.place_path("");
    let place = |name: &str| home.join(name).display().to_string();
    let (backup, database) = (place("backup.db"), place("doorkey.db"));
    server.done(&["backup", &backup], "");
    let first = fs::read(&backup).unwrap();
    let said = complaint(&server.run(&["backup", &backup], ""), 1);
    assert!(said.contains("exists already") && said.contains("--force"), "{said}");
    assert_eq!(fs::read(&backup).unwrap(), first);
    server.add_user("linus", None);
    server.done(&["backup", &backup, "--force"], "");
    assert_ne!(fs::read(&backup).unwrap(), first);
    let said = complaint(&server.run(&["backup", &database, "--force"], ""), USAGE);
    assert!(said.contains("is the database itself"), "{said}");
    // What an interrupted backup left behind is in nobody's way.
    fs::write(place("next.db.part"), "half").unwrap();
    server.done(&["backup", &place("next.db")], "");
    assert!(!server.place_path("next.db.part").exists());
    let said = complaint(&server.run(&["backup", &place("no/such/folder.db")], ""), 69);
    assert!(said.contains("No such file"), "{said}");

    let folder = server.kill();
    complaint(&folder.run(&["restore", &place("none.db")], ""), NO_INPUT);
    let users = || text(&folder.run(&["user", "list", "--json"], "").stdout);
    let before = users();
    let broken = |change: fn(Vec<u8>) -> Vec<u8>| {
        fs::write(place("broken.db"), change(fs::read(&backup).unwrap())).unwrap();
        complaint(&folder.run(&["restore", &place("broken.db"), "--force"], ""), DATA)
    };
    // Cut off; not a database; the empty one that cp(1) makes of a database with a journal; a page of noise.
    for said in [
        broken(|bytes| bytes[..bytes.len() / 2].to_vec()),
        broken(|_| b"not a database at all, only some words".repeat(200)),
        broken(|_| Vec::new()),
        broken(|mut bytes| {
            bytes[8_192..12_288].fill(0x5a);
            bytes
        }),
    ] {
        assert!(said.contains("broken.db") && said.contains("Nothing was changed"), "{said}");
    }
    assert_eq!(users(), before);
    assert!(!names_in(Path::new(&database).parent().unwrap()).iter().any(|name| name.contains(".part")));
    // A damaged database gives way to a backup, and is kept.
    fs::write(&database, b"noise".repeat(4_096)).unwrap();
    complaint(&folder.run(&["restore", &backup], ""), DATA);
    assert!(folder.run(&["restore", &backup, "--force"], "").status.success());
    assert_eq!(users(), before);
}

/// Runs the program and kills it as it enters the `nth` of these system calls, counted by thread; `true` when it
/// was killed.
fn killed_at(place: &TempFolder, calls: &str, nth: u32, words: &[&str]) -> bool {
    let program = place.command(words);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    strace.args(["-e", &format!("inject={calls}:signal=KILL:when={nth}")]);
    strace.arg(program.get_program()).args(program.get_args());
    strace
        .current_dir(place.path(""))
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = strace.output().expect("strace is installed");
    assert!(output.status.success() || output.status.code().is_none(), "{output:?}");
    !output.status.success()
}

/// The calls that make a file appear, go and last.
const STEPS: [&str; 5] =
    ["?link,linkat", "?rename,?renameat,renameat2", "?unlink,unlinkat", "fsync,fdatasync", "pwrite64"];

#[test]
fn a_kill_at_any_step_of_a_backup_or_a_restore_leaves_whole_files_only() {
    let server = Server::start();
    let file = |name: &str| server.place_path(name).display().to_string();
    let (backup, newer, database) = (file("backup.db"), file("newer.db"), file("doorkey.db"));
    server.done(&["backup", &backup], "");
    server.add_user("linus", None);
    server.done(&["backup", &newer], "");
    let place = server.kill();
    let count = |place: &TempFolder| text(&place.run(&["user", "list"], "").stdout).lines().count() - 1;
    let (mut kills, mut left) = (0, [0, 0]);
    for calls in STEPS {
        // Of the many writes a few.
        let by = if calls == "pwrite64" { 23 } else { 1 };
        for nth in (1..).step_by(by) {
            for end in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(format!("{database}{end}"));
            }
            fs::copy(&newer, &database).unwrap();
            let killed = killed_at(&place, calls, nth, &["restore", &backup, "--force"]);
            let accounts = count(&place);
            assert!(accounts == 2 || accounts == 3, "{accounts} accounts after {calls} {nth}");
            left[accounts - 2] += 1;
            assert!(place.run(&["restore", &backup, "--force"], "").status.success(), "{calls} {nth}");
            kills += u32::from(killed);
            // The database has two accounts now.
            let copy = file_in(&place, "copy.db");
            let _ = fs::remove_file(&copy);
            let killed_too = killed_at(&place, calls, nth, &["backup", &copy]);
            kills += u32::from(killed_too);
            let is_there = Path::new(&copy).exists();
            assert!(killed_too || is_there, "{calls} {nth}");
            if is_there {
                assert!(place.run(&["restore", &copy, "--force"], "").status.success(), "{calls} {nth}");
                assert_eq!(count(&place), 2);
            } else {
                assert!(place.run(&["backup", &copy], "").status.success(), "{calls} {nth}");
            }
            if !killed && !killed_too {
                break;
            }
        }
    }
    assert!(kills >= 20 && left.iter().all(|times| *times > 0), "{kills} kills, {left:?}");
}

fn file_in(place: &TempFolder, name: &str) -> String {
    place.path(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_one_moment_of_it() {
    const WRITERS: usize = 10;
    let server = Server::start();
    for writer in 0..WRITERS {
        server.add_user(&format!("writer{writer}"), Some(ADAS_PASSWORD));
    }
    let done = AtomicBool::new(false);
    let backup = |number: usize| server.place_path(&format!("backup{number}.db"));
    std::thread::scope(|scope| {
        let _finish = Finish(&done);
        for writer in 0..WRITERS {
            let (server, done) = (&server, &done);
            scope.spawn(move || write_until(done, server, writer));
        }
        for number in 0..4 {
            server.email(&format!("writer{number}"), "password was changed", 1);
            server.done(&["backup", backup(number).to_str().unwrap()], "");
        }
    });
    for number in 0..4 {
        keeps_the_invariants(&backup(number)).await;
    }
    let place = server.kill();
    let last = place.path("backup3.db");
    let events = "SELECT count(*) FROM activity WHERE kind = 'password-changed'";
    assert!(number(&last, events).await >= 4);
    assert!(place.run(&["restore", last.to_str().unwrap(), "--force"], "").status.success());
    keeps_the_invariants(&place.path("doorkey.db")).await;
    assert!(place.run(&["check"], "").status.success());
}

/// Tells the writers to stop, whatever happens.
struct Finish<'a>(&'a AtomicBool);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Changes a password there and back, from an address of its own.
fn write_until(done: &AtomicBool, server: &Server, writer: usize) {
    let laptop = Laptop::without_key(server).option(&format!("-oBindAddress=127.0.1.{}", writer + 1));
    let name = format!("writer{writer}");
    for turn in 0..8 {
        if done.load(Ordering::SeqCst) {
            return;
        }
        let (old, new) = if turn % 2 == 0 { (ADAS_PASSWORD, NEW) } else { (NEW, ADAS_PASSWORD) };
        let said = laptop.pipes(&format!("{old}\n{new}\n"), &name, "passwd --stdin");
        // Too busy, or not in time, is an answer too.
        assert!(matches!(said.code, Some(0 | 69 | 75)), "{said:?}");
    }
}

/// What holds between any two transactions: each change has its event, its email and its epoch.
async fn keeps_the_invariants(file: &Path) {
    let accounts = "SELECT count(*) FROM accounts WHERE name LIKE 'writer%'";
    assert_eq!(number(file, accounts).await, 10);
    let wrong_times = "
        SELECT count(*) FROM accounts a WHERE EXISTS (
            SELECT 1 FROM activity e WHERE e.account = a.id AND e.kind = 'password-changed')
          AND a.password_changed_at IS NOT (
            SELECT max(e.at) FROM activity e WHERE e.account = a.id AND e.kind = 'password-changed')";
    assert_eq!(number(file, wrong_times).await, 0);
    let wrong_epochs = "
        SELECT count(*) FROM accounts a WHERE a.name LIKE 'writer%' AND a.auth_epoch % 1000000 <> (
            SELECT count(*) FROM activity e WHERE e.account = a.id AND e.kind = 'password-changed')";
    assert_eq!(number(file, wrong_epochs).await, 0);
    let events = number(file, "SELECT count(*) FROM activity WHERE kind = 'password-changed'").await;
    let emails = "
        SELECT count(*) FROM outbox o JOIN email_addresses e ON e.id = o.address
        JOIN accounts a ON a.id = e.account WHERE a.name LIKE 'writer%'";
    assert_eq!(number(file, emails).await, events);
    let half =
        "SELECT count(*) FROM outbox WHERE (sent_at IS NULL AND dropped_at IS NULL) <> (sealed IS NOT NULL)";
    assert_eq!(number(file, half).await, 0);
}

/// Commands for a shell that a complaint ends with.
fn commands_in(said: &str) -> Vec<&str> {
    said.lines().filter_map(|line| line.strip_prefix("  ")).collect()
}

/// Runs a command as it was printed, with the password of the test's cluster.
fn shell(line: &str, password: &str) {
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", line]).env("PGPASSWORD", password).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_backed_up_with_its_own_tools_and_the_same_is_void_afterwards() {
    let fresh = Fresh::make(Engine::Postgres).await;
    let password = fresh.url.split_once("://").unwrap().1.split('@').next().unwrap().split_once(':');
    let password = password.map_or("", |(_, password)| password);
    let server = TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url).start().furnished();
    let codes = Codes::sent(&server);
    let backup = server.place_path("backup.dump").display().to_string();
    let said = complaint(&server.run(&["backup", &backup], ""), USAGE);
    assert!(password.is_empty() || !said.contains(&format!(":{password}@")), "{said}");
    let [dump] = commands_in(&said)[..] else { panic!("{said}") };
    shell(dump, password);
    Codes::spend_linus(&server);
    let used = [("address", Some(0)), ("reset", Some(0)), ("join", Some(0)), ("spent", Some(77))];
    assert_eq!(codes.used(&server), used);
    let said = complaint(&server.run(&["restore", "--in-place"], ""), LATER);
    assert!(said.contains("is in use"), "{said}");

    let place = server.kill();
    let said = complaint(&place.run(&["restore", &backup], ""), USAGE);
    let [restore, void] = commands_in(&said)[..] else { panic!("{said}") };
    assert_eq!(void, "doorkey restore --in-place");
    shell(restore, password);
    let done = place.run(&["restore", "--in-place"], "");
    assert!(text(&done.stdout).starts_with("The database has 3 accounts, as of "), "{done:?}");
    let server = place.start();
    assert_eq!(codes.used(&server), ["address", "reset", "join", "spent"].map(|what| (what, Some(77))));
    let laptop = Laptop::without_key(&server);
    assert_eq!(laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "whoami --password-stdin").out, "ada\n");
}
