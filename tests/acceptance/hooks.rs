//! Other systems that are told what happened: webhooks to real HTTP servers, and commands.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier, Mutex};

use doorkey::clock::Clock;
use doorkey::domain::hook::SigningSecret;
use doorkey::domain::timestamp::Timestamp;
use serde_json::Value;

use super::commands::Laptop;
use super::engine::{Engine, Fresh, people_on_both_engines};
use super::manual::printed_block;
use super::ports::{ClosedPort, free_port};
use super::server::{Server, TempFolder};
use super::waiting::wait_until;
use super::{command_directory, metrics};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEXT_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// What a receiver was sent.
#[derive(Clone, Debug)]
struct Heard {
    id: String,
    timestamp: i64,
    signatures: Vec<String>,
    body: String,
}

impl Heard {
    fn kind(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    }
}

/// An HTTP server that does to each connection what a test wants.
struct Receiver {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    /// `answer` gets how many requests there were before.
    fn start(answer: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, heard) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<Heard>>>::default());
        let (log, answer) = (heard.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, log, answer) = (stream.unwrap(), log.clone(), answer.clone());
                std::thread::spawn(move || {
                    let Some(request) = read_request(&mut stream) else { return };
                    let nth = {
                        let mut log = log.lock().unwrap();
                        log.push(request);
                        log.len() - 1
                    };
                    answer(nth, &mut stream);
                });
            }
        });
        Self { port, heard }
    }

    /// Answers with these status lines and headers, the last one for ever.
    fn answering(heads: &'static [&'static str]) -> Self {
        Self::start(|nth, stream| {
            let head = heads[nth.min(heads.len() - 1)];
            let _ = write!(stream, "HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
        })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?of=doorkey", self.port)
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    fn wait_for(&self, count: usize) -> Vec<Heard> {
        wait_until(&format!("message {count}"), || Some(self.heard()).filter(|heard| heard.len() >= count))
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Heard> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    assert_eq!(first.trim(), "POST /hook?of=doorkey HTTP/1.1");
    let mut headers = std::collections::HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    assert_eq!(headers["content-type"], "application/json");
    Some(Heard {
        id: headers["webhook-id"].clone(),
        timestamp: headers["webhook-timestamp"].parse().unwrap(),
        signatures: headers["webhook-signature"].split(' ').map(str::to_owned).collect(),
        body: String::from_utf8(body).unwrap(),
    })
}

/// A place on this database with this file of hooks, in which `@` stands for its folder.
fn place(fresh: &Fresh, hooks: &str) -> TempFolder {
    with_hooks(TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url), hooks)
}

fn with_hooks(place: TempFolder, hooks: &str) -> TempFolder {
    let file = place.path("hooks.toml").display().to_string();
    write_private(&place.path("secret"), SECRET);
    write_hooks(&place, hooks);
    place.with("DOORKEY__HOOKS__FILE", &file)
}

fn write_hooks(place: &TempFolder, hooks: &str) {
    let folder = format!("{}/", place.path("").display());
    std::fs::write(place.path("hooks.toml"), hooks.replace('@', &folder)).unwrap();
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, format!("{text}\n")).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

fn write_script(place: &TempFolder, name: &str, text: &str) {
    let (path, folder) = (place.path(name), format!("{}/", place.path("").display()));
    std::fs::write(&path, text.replace('@', &folder)).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
}

fn webhook(name: &str, url: &str) -> String {
    format!(
        "[[hook]]\nname = \"{name}\"\nurl = \"{url}\"\nsecret_file = \"@secret\"\nevents = [\"account-added\", \
         \"account-disabled\"]\ntimeout = 2\n"
    )
}

/// What `doorkey hook list --json` says.
fn listed(place: &TempFolder) -> Value {
    let output = place.run(&["hook", "list", "--json"], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn sql(fresh: &Fresh, text: &'static str) -> u64 {
    tokio::runtime::Runtime::new().unwrap().block_on(fresh.execute_sql(text)).unwrap()
}

fn number(fresh: &Fresh, text: &'static str) -> i64 {
    tokio::runtime::Runtime::new().unwrap().block_on(fresh.number(text))
}

/// A program of Python that is ended with the test; gives its first lines as they come.
struct Python {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Python {
    fn start(code: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("python3");
        command.arg("-c").arg(code).args(arguments).env("SECRET", SECRET);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let said = Arc::<Mutex<String>>::default();
        let (log, stdout) = (said.clone(), child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self { child, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

people_on_both_engines! {
    fn the_receiver_of_the_manual_takes_what_is_signed_and_nothing_else(fresh: &Fresh) {
        let port = free_port();
        let place = place(fresh, &webhook("crm", &format!("http://localhost:{port}/doorkey")));
        let receiver = Python::start(&printed_block(&place, "python", "is_genuine"), &[&port.to_string()]);
        let server = place.start();
        wait_until("the receiver", || TcpStream::connect(("127.0.0.1", port)).ok());
        server.add_user("ada", None);
        wait_until("the event", || receiver.said().contains("account-added ").then_some(()));
        wait_until("an empty list", || (listed(server.place())["hooks"][0]["pending"] == 0).then_some(()));
        // The same without the secret.
        let mut forger = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let now = Clock::wall_clock().epoch_ms() / 1_000;
        write!(
            forger,
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nwebhook-id: a\r\nwebhook-timestamp: {now}\r\n\
             webhook-signature: v1,AAAA\r\nconnection: close\r\n\r\n{{}}"
        )
        .unwrap();
        let mut answer = String::new();
        forger.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 400"), "{answer}");
        assert_eq!(receiver.said().lines().count(), 1);
        let tested = server.done(&["hook", "test", "crm", "--json"], "");
        let tested: Value = serde_json::from_slice(&tested.stdout).unwrap();
        assert_eq!((&tested["taken"], &tested["answer"]), (&Value::Bool(true), &Value::from("HTTP 204")));
        assert_eq!(tested["told_by"], "portal");
        assert!(listed(server.place())["deliveries"].as_array().unwrap().is_empty(), "nothing is left of it");
    }

    fn a_receiver_that_fails_is_told_again_under_the_same_id(fresh: &Fresh) {
        let receiver = Receiver::answering(&["500 Oops", "204 Done"]);
        let server = place(fresh, &webhook("crm", &receiver.url())).start();
        server.add_user("ada", None);
        let heard = receiver.wait_for(2);
        assert_eq!(heard[0].id, heard[1].id);
        assert_eq!(heard[0].body, heard[1].body);
        assert!(heard[1].timestamp > heard[0].timestamp);
        for one in &heard {
            let at = Timestamp::from_epoch_ms(one.timestamp * 1_000);
            let own = SigningSecret::parse(SECRET).unwrap().sign(&one.id, at, &one.body);
            assert_eq!(one.signatures, [own]);
        }
        let body: Value = serde_json::from_str(&heard[0].body).unwrap();
        assert_eq!(body["data"]["username"], "ada");
        assert_eq!(body["data"]["event"], heard[0].id.as_str());
        assert!(!heard[0].body.contains("example.org"), "no address: {}", heard[0].body);
        wait_until("an empty list", || (listed(server.place())["hooks"][0]["pending"] == 0).then_some(()));
        assert!(server.said().contains("event=hook-not-told"), "the operator reads of the failure");
    }

    fn what_was_given_up_is_kept_and_told_again_on_the_operator_s_word(fresh: &Fresh) {
        let receiver = Receiver::answering(&["410 Gone", "503 Busy\r\nretry-after: 3000", "500 Oops", "200 Fine"]);
        let server = place(fresh, &webhook("crm", &receiver.url())).start();
        server.add_user("ada", None);
        let dead = |count: i64| {
            wait_until("a dead letter", || {
                let list = listed(server.place());
                (list["hooks"][0]["dead"] == count && list["hooks"][0]["pending"] == 0).then_some(list)
            })
        };
        let list = dead(1);
        assert_eq!(list["deliveries"][0]["state"], "dead");
        assert_eq!(list["deliveries"][0]["reason"], "HTTP 410");
        let check = server.run(&["check"], "");
        assert!(String::from_utf8_lossy(&check.stdout).contains("crm has not taken 1 events"), "{check:?}");
        assert_eq!(server.run(&["hook", "replay", "nobody"], "").status.code(), Some(1));
        server.done(&["hook", "replay", "crm"], "");
        receiver.wait_for(2);
        let waiting = wait_until("the wait that was asked for", || {
            let list = listed(server.place());
            (list["deliveries"][0]["reason"] == "HTTP 503").then_some(list)
        });
        let at = |key: &str| Timestamp::parse(waiting["deliveries"][0][key].as_str().unwrap()).unwrap();
        let waits = at("next_at").ms_since(at("created_at"));
        assert!((2_900_000..3_700_000).contains(&waits), "{waits}");
        // The last try of a day, which is made at once on the operator's word.
        assert_eq!(sql(fresh, "UPDATE hook_deliveries SET attempts = 10"), 1);
        let said = server.done(&["hook", "replay", "crm"], "");
        assert_eq!(String::from_utf8(said.stdout).unwrap(), "1 that waited for the next try will be told now.\n");
        let list = dead(1);
        assert_eq!((&list["deliveries"][0]["attempts"], &list["deliveries"][0]["reason"]), (&Value::from(11), &Value::from("HTTP 500")));
        let event = list["deliveries"][0]["event"].as_str().unwrap().to_owned();
        server.done(&["hook", "replay", &event], "");
        wait_until("an empty list", || listed(server.place())["deliveries"].as_array().unwrap().is_empty().then_some(()));
        let ids: Vec<_> = receiver.heard().into_iter().map(|heard| heard.id).collect();
        assert_eq!(ids, vec![event; 4]);
        let refused = |name: &str| {
            let said = server.run(&["hook", "replay", name], "");
            assert_eq!(said.status.code(), Some(1));
            String::from_utf8(said.stderr).unwrap()
        };
        assert!(refused("crm").contains("crm has taken all that it was told of"));
        assert!(refused("nobody").contains("there is no hook of that name"));
    }

    fn nothing_is_lost_by_a_kill_between_the_commit_and_the_message(fresh: &Fresh) {
        let receiver = Receiver::answering(&["204 Done"]);
        let place = place(fresh, &webhook("crm", &receiver.url()));
        let mut command = place.command(&["serve"]);
        command.env("DOORKEY_FAIL_POINT", "hook.before_send:1");
        let server = place.start_by(command);
        server.add_user("ada", None);
        wait_until("the fail point", || server.said().contains("fail point hook.before_send:1").then_some(()));
        let place = server.kill();
        assert!(receiver.heard().is_empty());
        // No server runs: the command itself writes down what is to be told.
        assert!(place.run(&["user", "disable", "ada"], "").status.success());
        assert_eq!(listed(&place)["hooks"][0]["pending"], 2);
        let _server = place.start();
        let mut kinds: Vec<_> = receiver.wait_for(2).iter().map(Heard::kind).collect();
        kinds.sort();
        assert_eq!(kinds, ["account-added", "account-disabled"]);
    }

    fn a_flood_of_refusals_to_a_hook_that_is_away_is_dropped_and_changes_stay(fresh: &Fresh) {
        let closed = ClosedPort::take();
        let away = place(fresh, &webhook("crm", &format!("http://{}/", closed.address())));
        let server = away.with("DOORKEY__METRICS__LISTEN", "127.0.0.1:0").start();
        server.add_user("ada", None);
        // In the order of their ids: five changes of another year, some of them given up, and what somebody sends meanwhile.
        let five = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
            INSERT INTO hook_deliveries (id, hook, kind, priority, body, created_at, next_at, attempts, dead_at)
            SELECT '00' || CAST(i AS TEXT), 'crm', 'password-changed', 0, '{}', 4102444800000, 4102444800000, 0,
                   CASE WHEN i > 3 THEN 1 END FROM n";
        let flood = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12100)
            INSERT INTO hook_deliveries (id, hook, kind, priority, body, created_at, next_at, attempts)
            SELECT CAST(10000000 + i AS TEXT), 'crm', 'sign-in-failed', 2, '{}', 4102444800000, 4102444800000, 0 FROM n";
        assert_eq!(sql(fresh, five), 5);
        assert_eq!(sql(fresh, flood), 12_100);
        wait_until("10,000 events", || (listed(server.place())["hooks"][0]["pending"] == 9_998).then_some(()));
        // With `account-added` of ada.
        assert_eq!(number(fresh, "SELECT count(*) FROM hook_deliveries WHERE priority = 0"), 6);
        let oldest = "SELECT CAST(min(id) AS BIGINT) FROM hook_deliveries WHERE priority = 2";
        assert_eq!(number(fresh, oldest), 10_000_000 + 12_100 - 9_994 + 1, "the newest of the refusals stay");
        wait_until("the log", || server.said().contains("event=hook-events-dropped").then_some(()));
        let said = server.said();
        assert!(said.contains("hook=crm") && said.contains("dropped=2106"), "{said}");
        let counted = "doorkey_hook_deliveries_dropped_total 2106";
        let (_, body) = metrics::get(metrics::tcp(&server), "/metrics");
        assert!(body.lines().any(|line| line == counted), "{body}");
    }

    fn what_changes_an_account_is_told_before_refusals_that_came_earlier(fresh: &Fresh) {
        // Of those behind the first one, the first four are answered once this test has looked.
        let looked = Arc::new(Barrier::new(5));
        let held = looked.clone();
        let receiver = Receiver::start(move |nth, stream| {
            if (1..=4).contains(&nth) {
                held.wait();
            }
            let _ = write!(stream, "HTTP/1.1 204 Done\r\ncontent-length: 0\r\n\r\n");
        });
        let server = place(fresh, &webhook("crm", &receiver.url()).replace("timeout = 2", "timeout = 60")).start();
        server.add_user("ada", None);
        receiver.wait_for(1);
        wait_until("an empty list", || (listed(server.place())["hooks"][0]["pending"] == 0).then_some(()));
        let place = server.kill();
        let refusals = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
            INSERT INTO hook_deliveries (id, hook, kind, priority, body, created_at, next_at, attempts)
            SELECT '00' || CAST(1000 + i AS TEXT), 'crm', 'sign-in-failed', 2, '{\"type\":\"sign-in-failed\"}',
                   4102444800000, 1, 0 FROM n";
        assert_eq!(sql(fresh, refusals), 40);
        assert!(place.run(&["user", "disable", "ada"], "").status.success());
        assert_eq!(sql(fresh, "UPDATE hook_deliveries SET next_at = 1 WHERE priority = 0"), 1);
        let server = place.start();
        let heard = receiver.wait_for(5);
        assert!(heard[1..5].iter().any(|one| one.kind() == "account-disabled"), "{heard:?}");
        let in_hand = "SELECT count(*) FROM hook_deliveries WHERE lease IS NOT NULL";
        assert_eq!(number(fresh, in_hand), 4, "four at a time");
        looked.wait();
        wait_until("an empty list", || (listed(server.place())["hooks"][0]["pending"] == 0).then_some(()));
    }

    fn a_command_is_run_outside_the_sandbox_with_the_event_alone(fresh: &Fresh) {
        let hook = "[[hook]]\nname = \"groups\"\ncommand = \"@script\"\nevents = [\"account-added\"]\n";
        let place = place(fresh, hook);
        // The first time it asks to be run later.
        write_script(
            &place,
            "script",
            "#!/bin/sh\ncat >>@told\necho >>@told\nenv >@env\ntest -e @again && exit 0\ntouch @again\nexit 75\n",
        );
        let server = place.start();
        server.add_user("ada", None);
        let told = wait_until("two runs", || {
            let told = std::fs::read_to_string(server.place_path("told")).ok()?;
            (told.lines().count() == 2).then_some(told)
        });
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines[0], lines[1]);
        let body: Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!((&body["type"], &body["data"]["username"]), (&Value::from("account-added"), &Value::from("ada")));
        wait_until("an empty list", || listed(server.place())["deliveries"].as_array().unwrap().is_empty().then_some(()));
        let env = std::fs::read_to_string(server.place_path("env")).unwrap();
        assert!(env.contains("DOORKEY_HOOK=groups") && !env.contains("STORE__URL"), "{env}");
        assert!(server.said().contains("reason=\"exit code 75 (try later)\""), "{}", server.said());
        let tested = server.done(&["hook", "test", "groups"], "");
        assert!(String::from_utf8_lossy(&tested.stdout).contains("exit code 0"), "{tested:?}");
    }
}

#[test]
fn what_a_command_says_on_standard_error_is_one_field_of_the_log_and_the_reason_of_its_failure() {
    let fresh = Fresh::make_now(Engine::Sqlite);
    let hook = "[[hook]]\nname = \"groups\"\ncommand = \"@script\"\nevents = [\"account-added\"]\n";
    let place = place(&fresh, hook);
    let forged = "2026-11-22T14:05:09.120Z ERROR event=forged";
    let script =
        format!("#!/bin/sh\necho '{forged}' >&2\nprintf 'no such group: \\033[31mops\\n' >&2\nexit 3\n");
    write_script(&place, "script", &script);
    let server = place.start();
    server.add_user("ada", None);
    let line = wait_until("the event", || {
        let said = server.said();
        said.lines().find(|line| line.contains("event=program-stderr")).map(str::to_owned)
    });
    assert!(line.contains("program=") && line.contains("stderr=\"") && line.contains(forged), "{line}");
    let said =
        wait_until("the failure", || Some(server.said()).filter(|said| said.contains("event=hook-not-told")));
    assert!(!said.lines().any(|line| line.starts_with(forged)) && !said.contains('\u{1b}'), "{said}");
    let list = listed(server.place());
    assert_eq!(list["deliveries"][0]["reason"], "exit code 3: no such group: [31mops", "{list}");
    let check = server.run(&["check"], "");
    let told =
        "groups has not taken 1 events (0 given up, 1 tried again): exit code 3: no such group: [31mops";
    assert!(String::from_utf8_lossy(&check.stdout).contains(told), "{check:?}");
    let tested = server.run(&["hook", "test", "groups"], "");
    assert!(String::from_utf8_lossy(&tested.stderr).contains("exit code 3: no such group"), "{tested:?}");
}

#[test]
fn a_hook_is_tried_by_the_portal_that_runs_and_by_the_command_where_none_does() {
    let fresh = Fresh::make_now(Engine::Sqlite);
    let place = place(&fresh, "");
    // Whose child it is tells who ran it: the portal's process that runs programs, or that of the command.
    write_script(
        &place,
        "script",
        "#!/bin/sh\nsed -n 's/^PPid:[[:space:]]*//p' /proc/$PPID/status >>@told\n",
    );
    let server = place.start();
    write_hooks(
        server.place(),
        "[[hook]]\nname = \"groups\"\ncommand = \"@script\"\nevents = \"all\"\ntimeout = 1\n",
    );
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let tested = server.run(&["hook", "test", "groups"], "");
    assert_eq!(tested.status.code(), Some(1), "the portal does not know it yet");
    assert!(said(&tested).contains("the running portal has not taken it up in time"), "{tested:?}");
    assert!(listed(server.place())["deliveries"].as_array().unwrap().is_empty(), "nothing is left of it");
    server.terminate();
    let (_, place) = server.ended();
    let tested = place.run(&["hook", "test", "groups"], "");
    assert_eq!(tested.status.code(), Some(0), "{tested:?}");
    assert!(said(&tested).contains("no portal runs on this database"), "{tested:?}");
    let server = place.start();
    let tested = server.done(&["hook", "test", "groups"], "");
    assert!(!said(&tested).contains("no portal runs"), "{tested:?}");
    let told = std::fs::read_to_string(server.place_path("told")).unwrap();
    let parents: Vec<_> = told.lines().map(str::trim).collect();
    let portal = server.id().to_string();
    assert_eq!(
        (parents.len(), parents[0] == portal, parents[1] == portal),
        (2, false, true),
        "{told} {portal}"
    );
}

/// A server on SQLite with these hooks.
fn server_with(hooks: &str) -> (Fresh, Server) {
    let fresh = Fresh::make_now(Engine::Sqlite);
    let server = place(&fresh, hooks).start();
    (fresh, server)
}

#[test]
fn a_receiver_that_is_silent_talks_without_end_or_sends_elsewhere_holds_up_nobody() {
    let silent = Receiver::start(|_, stream| {
        // Holds the connection for as long as the other end does.
        let _ = stream.read(&mut [0]);
    });
    let endless = Receiver::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nwell done\n");
        while stream.write_all(&[b'x'; 16_384]).is_ok() {}
    });
    let halting = Receiver::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nwell");
        let _ = stream.read(&mut [0]);
    });
    let target = Receiver::answering(&["204 Done"]);
    let elsewhere = format!("HTTP/1.1 307 There\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", target.url());
    let redirecting = Receiver::start(move |_, stream| {
        let _ = stream.write_all(elsewhere.as_bytes());
    });
    let prompt = Receiver::answering(&["204 Done"]);
    let hooks = [
        ("silent", &silent),
        ("endless", &endless),
        ("halting", &halting),
        ("redirecting", &redirecting),
        ("prompt", &prompt),
    ];
    let (_fresh, server) =
        server_with(&hooks.map(|(name, receiver)| webhook(name, &receiver.url())).concat());
    for name in ["ada", "grace", "joan", "linus", "vint", "radia"] {
        server.add_user(name, None);
    }
    prompt.wait_for(6);
    endless.wait_for(6);
    let list = wait_until("all outcomes", || {
        let list = listed(server.place());
        let hooks = list["hooks"].as_array().unwrap().clone();
        let pending = |name: &str| hooks.iter().find(|hook| hook["name"] == name).unwrap()["pending"].clone();
        let reason = |hook: &str, words: &str| {
            list["deliveries"].as_array().unwrap().iter().any(|one| {
                one["hook"] == hook && one["reason"].as_str().is_some_and(|reason| reason.contains(words))
            })
        };
        (pending("prompt") == 0
            && pending("endless") == 0
            && pending("halting") == 0
            && reason("silent", "no answer within 2 s")
            && reason("silent", "http://127.0.0.1:")
            && reason("redirecting", "redirects are not followed"))
        .then_some(list)
    });
    assert!(target.heard().is_empty(), "{list}");
    assert!(server.memory_kib() < 600 * 1024);
}

#[test]
fn commands_of_hooks_that_hang_do_not_hold_up_the_command_of_the_directory() {
    let fresh = Fresh::make_now(Engine::Sqlite);
    let hook = |name: &str| {
        format!(
            "[[hook]]\nname = \"{name}\"\ncommand = \"@hang\"\nevents = [\"account-added\"]\ntimeout = 60\n"
        )
    };
    let place = command_directory::place().with("DOORKEY__STORE__URL", &fresh.url);
    let place = with_hooks(place, &["h0", "h1", "h2", "h3", "h4"].map(hook).concat());
    // Each ends with the folder.
    write_script(&place, "hang", "#!/bin/sh\necho >>@begun\nwhile test -e @begun; do sleep 1; done\n");
    let server = place.start();
    // Four of each hook are begun at a time, and one process runs 16 programs at a time.
    let due = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
        INSERT INTO hook_deliveries (id, hook, kind, priority, body, created_at, next_at, attempts)
        SELECT CAST(i % 4 AS TEXT), 'h' || CAST(i / 4 AS TEXT), 'account-added', 0, '{}', 4102444800000, 1, 0 FROM n";
    assert_eq!(sql(&fresh, due), 20);
    wait_until("16 programs that hang", || {
        let begun = std::fs::read_to_string(server.place_path("begun")).ok()?;
        (begun.lines().count() == 16).then_some(())
    });
    let in_hand = "SELECT count(*) FROM hook_deliveries WHERE lease IS NOT NULL";
    assert_eq!(number(&fresh, in_hand), 20);
    let typed = format!("{}\n", command_directory::FIRST);
    let said = Laptop::without_key(&server).pipes(&typed, "ada", "whoami --password-stdin");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(number(&fresh, in_hand), 20, "they still hang");
}

#[test]
fn two_secrets_sign_and_hooks_are_read_again() {
    let receiver = Receiver::answering(&["204 Done"]);
    let (_fresh, server) = server_with("");
    server.add_user("ada", None);
    write_private(&server.place_path("secret"), &format!("{NEXT_SECRET}\n{SECRET}"));
    write_hooks(server.place(), &webhook("crm", &receiver.url()));
    let hangup = || {
        let sent = Command::new("kill").args(["-HUP", &server.id().to_string()]).status().unwrap();
        assert!(sent.success());
    };
    hangup();
    wait_until("the settings", || server.said().contains("the settings were read again").then_some(()));
    server.add_user("grace", None);
    let heard = receiver.wait_for(1).remove(0);
    assert!(heard.body.contains("grace"), "what happened before is not told: {}", heard.body);
    let at = Timestamp::from_epoch_ms(heard.timestamp * 1_000);
    let sign = |secret: &str| SigningSecret::parse(secret).unwrap().sign(&heard.id, at, &heard.body);
    assert_eq!(heard.signatures, [sign(NEXT_SECRET), sign(SECRET)]);
    write_hooks(server.place(), "[[hook]]\nname = \"crm\"\n");
    hangup();
    wait_until("the refusal", || server.said().contains("hooks.toml: line 1").then_some(()));
    let check = server.run(&["check"], "");
    assert_eq!(check.status.code(), Some(78), "{check:?}");
}

#[test]
fn a_receiver_with_a_certificate_of_its_own_authority_is_trusted_where_the_hook_says_so() {
    const SERVER: &str = "import http.server, ssl, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['content-length']))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Receiver)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()";
    let folder = tempfile::tempdir().unwrap();
    let within = |name: &str| folder.path().join(name).display().to_string();
    let openssl = |line: String| {
        let output = Command::new("openssl").args(line.split(' ')).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl(format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=ca -keyout {} -out {} -addext \
         basicConstraints=critical,CA:TRUE",
        within("ca.key"),
        within("ca.pem")
    ));
    openssl(format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost -CA {} -CAkey {} \
         -keyout {} -out {} -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE",
        within("ca.pem"),
        within("ca.key"),
        within("key"),
        within("pem")
    ));
    let receiver = Python::start(SERVER, &[&within("pem"), &within("key")]);
    let port = wait_until("its port", || receiver.said().trim().parse::<u16>().ok());
    let url = format!("https://localhost:{port}/");
    let hooks =
        format!("{}ca_file = \"{}\"\n{}", webhook("known", &url), within("ca.pem"), webhook("unknown", &url));
    let (_fresh, server) = server_with(&hooks);
    server.done(&["hook", "test", "known"], "");
    let refused = server.run(&["hook", "test", "unknown"], "");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("certificate"), "{said}");
    assert_eq!(server.run(&["hook", "test", "nobody"], "").status.code(), Some(1));
    // The same from within the sandbox.
    server.add_user("ada", None);
    wait_until("the outcomes", || {
        let list = listed(server.place());
        let pending = |nth: usize| list["hooks"][nth]["pending"].clone();
        (pending(0) == 0 && pending(1) == 1 && list["deliveries"][0]["reason"].is_string()).then_some(())
    });
}
