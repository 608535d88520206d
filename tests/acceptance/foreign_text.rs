//! What others wrote, wherever it is shown: in names, comments, messages, version lines, terminal types and what is typed
//! (CWE-150). It is put into the database behind the program's back, so that no check at the entrance hides what an
//! exit lets out.

use std::path::Path;
use std::sync::Arc;

use doorkey::domain::text::is_inert;
use russh::client;
use russh::{ChannelMsg, SshId};
use sqlx::Connection as _;
use tokio::time::timeout;

use super::any_host_key::{AnyHostKey, enter};
use super::commands::{Key as SshKey, Laptop};
use super::email::EmailMessage;
use super::line_client::LineClient;
use super::output_guard::OutputGuard;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::sign_in;
use super::tidy::sources;
use super::waiting::PATIENCE;

/// Each would move, colour, name or ask the terminal, hide or turn text around, or begin a line of its own.
const HOSTILE: [&str; 17] = [
    "\x1b]0;owned\x07",
    "\x1b]2;owned\x1b\\",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1bP$qm\x1b\\",
    "\x1b[21t",
    "\x1b[6n\x1b[c",
    "\x1b[2J\x1b[31m",
    "\x1b_owned\x1b\\",
    "\x1bc\x1b(0",
    "\u{9b}2J\u{9d}0;owned\u{9c}",
    "\u{202e}drawkcab\u{2066}x",
    "z\u{200b}\u{200d}\u{feff}\u{ad}\u{e0041}w",
    "z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}\u{30f}y",
    "a\r\nBcc: eve@evil.example\r\n\r\nb",
    "\n.\r\nQUIT\r\n",
    "\n2026-01-01T00:00:00.000000Z  INFO doorkey: FORGED\x08\x7f\x00x",
];

/// All of it in one text without NUL, which PostgreSQL's text cannot hold either.
fn hostile() -> String {
    HOSTILE.concat().replace('\0', "")
}

/// Puts it wherever the portal keeps what somebody wrote.
async fn write_into(server: &Server) {
    let url = format!("sqlite:{}", server.place_path("doorkey.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
    for (sql, least) in [
        ("UPDATE accounts SET display_name = ?1, name = 'ada' || ?1 WHERE name = 'ada'", 1),
        ("UPDATE teams SET name = name || ?1, description = ?1, links = 'https://example.org/' || ?1", 1),
        ("UPDATE keys SET comment = ?1, added_client = ?1, added_ip = ?1", 1),
        ("UPDATE email_addresses SET added_client = ?1, added_ip = ?1", 1),
        ("UPDATE cases SET subject = ?1, facts = ?1, claimed = ?1", 1),
        ("UPDATE case_messages SET text = ?1", 1),
        ("UPDATE activity SET client = ?1, ip = ?1, subject = ?1", 3),
    ] {
        let done = sqlx::query(sql).bind(hostile()).execute(&mut database).await.unwrap();
        assert!(done.rows_affected() >= least, "{sql}");
    }
    database.close().await.unwrap();
}

/// Fails where a line of `text` could drive a terminal.
#[track_caller]
fn is_harmless(what: &str, text: &str) {
    for line in text.split('\n').map(|line| line.trim_end_matches('\r')) {
        assert!(is_inert(line), "{what}: {line:?}");
    }
}

#[test]
fn nothing_that_others_write_drives_a_terminal() {
    let server = Server::start();
    let key = SshKey::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key);
    let opened = laptop.pipes("No email comes.\n", "account", "support new --subject x");
    assert_eq!(opened.code, Some(0), "{opened:?}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(write_into(&server));

    on_screens(&server);
    runtime.block_on(in_lines(&server));
    in_commands(&laptop);
    runtime.block_on(from_a_hostile_client(&server));
    in_emails(&server, &laptop);
    let log = server.said();
    is_harmless("the log", &log);
    assert!(!log.lines().any(|line| line.starts_with("2026-01-01T00:00:00.000000Z")), "{log}");
}

/// Every page with something of it; [`Person`] looks through an [`OutputGuard`].
fn on_screens(server: &Server) {
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada@example.org", ADAS_PASSWORD);
    let go = |ada: &mut Person, key: Key| {
        let before = ada.frame();
        ada.press(key);
        ada.wait_until_changed(&before);
    };
    // The team, the activity and an event of it, the case.
    go(&mut ada, Key::Enter);
    for section in ['7', '8'] {
        go(&mut ada, Key::Alt(section));
        go(&mut ada, Key::Enter);
    }
    ada.cut();
    let mut keys = Person::arrive_as(server.address(), "keys", 80, 24);
    keys.wait_for("Sign in");
    keys.type_text(&format!("ada@example.org\t{ADAS_PASSWORD}\r"));
    keys.wait_for("SHA256:");
    go(&mut keys, Key::Enter);
    keys.resize(40, 12);
    keys.press(Key::Ctrl('c'));
    assert_eq!(keys.wait_for_the_end(), Some(0));
    // And what is typed and pasted into a field.
    let mut guest = Person::arrive(server.address());
    guest.wait_for("Sign in to your account");
    guest.type_text("pasted ");
    for text in HOSTILE {
        guest.paste(text);
    }
    guest.wait_for("That text has control characters. Nothing was added.");
    guest.press(Key::F(1));
    guest.wait_until_gone("Sign in to your account");
}

async fn in_lines(server: &Server) {
    for has_pty in [true, false] {
        let mut ada = LineClient::begin(server.address(), "account", has_pty).await;
        let pages = [
            "teams",
            "1",
            "settings/profile",
            "settings/keys",
            "1",
            "settings/sessions",
            "1",
            "activity",
            "1",
            "support",
            "1",
        ];
        let lines = pages.map(|page| format!("{page}\r")).concat();
        ada.types(format!("ada@example.org\r{ADAS_PASSWORD}\r{lines}\x03").as_bytes()).await;
        ada.ends().await;
        let said = ada.text().replace("\u{8} \u{8}", "");
        assert!(said.contains("owned"), "nothing of it is shown: {said}");
        is_harmless("line mode", &said);
    }
}

fn in_commands(laptop: &Laptop) {
    let commands =
        ["whoami", "teams", "keys", "sessions", "activity", "profile", "support list", "support show 1001"];
    for command in commands {
        for format in ["", " --json"] {
            let said = laptop.runs("account", &format!("{command}{format}"));
            is_harmless(command, &said.out);
            is_harmless(command, &said.err);
        }
    }
    // What is typed comes back in an error.
    let said = laptop.runs("account", &format!("\u{202e}owned{}", hostile().replace(char::is_control, " ")));
    is_harmless("an error", &said.err);
}

/// Terminal type, username, version line and environment, all of it hostile, on a screen and in a command.
async fn from_a_hostile_client(server: &Server) {
    for text in ["SSH-2.0-\x1b]0;owned\x07\u{9b}2J", "SSH-2.0-x\u{202e}y"] {
        let config = client::Config { client_id: SshId::Standard(text.into()), ..client::Config::default() };
        let mut connection =
            client::connect(Arc::new(config), server.address(), AnyHostKey::default()).await.unwrap();
        let user = hostile();
        enter(&mut connection, &user).await;
        let mut channel = connection.channel_open_session().await.unwrap();
        channel.set_env(false, "LANG", hostile()).await.unwrap();
        channel.request_pty(false, &format!("xterm{}", hostile()), 80, 24, 0, 0, &[]).await.unwrap();
        channel.request_shell(false).await.unwrap();
        channel.data(&b"\x03"[..]).await.unwrap();
        let mut guard = OutputGuard::default();
        let reading = timeout(PATIENCE, async {
            while let Some(message) = channel.wait().await {
                if let ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. } = message {
                    guard.pass(&data).unwrap();
                }
            }
        });
        reading.await.expect("the session ends");
    }
}

fn in_emails(server: &Server, laptop: &Laptop) {
    let asked = laptop.runs("account", "forgot ada@example.org");
    assert_eq!(asked.code, Some(0), "{asked:?}");
    server.code("ada", 1);
    let passwords = format!(
        "{ADAS_PASSWORD}
plum tractor seventeen
"
    );
    let changed = laptop.pipes(&passwords, "account", "passwd --stdin");
    assert_eq!(changed.code, Some(0), "{changed:?}");
    server.email("ada", "password was changed", 1);
    let raw: Vec<_> = eml_files(&server.place_path("outbox"));
    assert!(raw.len() >= 3, "{}", raw.len());
    for text in raw {
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("\r\nBcc:") && headers.matches("\r\nTo: ").count() == 1, "{headers}");
        is_harmless("an email", &text);
    }
    for email in EmailMessage::all_in(&server.place_path("outbox")) {
        is_harmless("the text of an email", &email.text);
    }
}

fn eml_files(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// ratatui's own ways to write do not drop everything that a terminal obeys, so pages write in one place only.
#[test]
fn the_sanitiser_is_the_only_way_into_a_cell() {
    let banned = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.clippy.toml")).unwrap();
    assert!(banned.contains("ratatui::buffer::Cell::set_symbol"));
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    assert!(manifest.contains("disallowed_methods = \"deny\""));
    let ways = [
        ".set_string",
        ".set_line",
        ".set_span",
        ".set_char",
        ".set_symbol",
        "Paragraph",
        "Span::",
        "Line::from",
    ];
    let writes = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        ways.iter().any(|way| code.contains(way))
    };
    let mut found: Vec<_> = sources("src/ui").into_iter().filter(|path| writes(path)).collect();
    found.retain(|path| !path.components().any(|part| part.as_os_str() == "tests"));
    let names: Vec<_> = found.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    assert_eq!(names, ["safe_buffer.rs"]);
}

#[test]
fn what_the_guard_of_all_recordings_lets_pass() {
    let ours = "\x1b[?1049h\x1b[?2004h\x1b[m\x1b[2J\x1b[1;1HZoë 渡辺 \x1b[0;1;31mno\x1b[m\x1b[3C\x1b[K\x1b[?25l\r\ne\u{301}\x1b[?1049l";
    OutputGuard::default().pass(ours.as_bytes()).unwrap();
    let mut by_byte = OutputGuard::default();
    for byte in ours.bytes() {
        by_byte.pass(&[byte]).unwrap();
    }
    // A copy for the clipboard is ours too: what it may hold has tests of its own.
    let is_ours_too =
        |text: &&&str| ["a\r\n", "\n.", "\x1b]52;c;"].iter().any(|start| text.starts_with(start));
    for text in HOSTILE.iter().filter(|text| !is_ours_too(text)) {
        let text = text.replace("\x1b[2J\x1b[31m", "\x1b[31;1T");
        assert!(OutputGuard::default().pass(text.as_bytes()).is_err(), "{text:?}");
        let mut by_byte = OutputGuard::default();
        assert!(text.bytes().any(|byte| by_byte.pass(&[byte]).is_err()), "{text:?} in pieces");
    }
    for text in
        ["\x1b[?1003x", "\x1b[5n", "\x1b[>c", "\x1b[!p", "\x1b[3;1r", "\x1b7", "\x07", "\t", "\x7f", "\x0e"]
    {
        assert!(OutputGuard::default().pass(text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(OutputGuard::default().pass(b"\xff").is_err());
}
