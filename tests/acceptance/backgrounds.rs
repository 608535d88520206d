//! The terminal is asked for its background beside the first frame. Its answer repaints the page where it changes
//! anything, and is never typed; no answer, half a one and a terminal that is not asked make no difference.

use std::sync::{Arc, Mutex};

use doorkey::session::inbox::Backlog;
use doorkey::session::{self, ClientSink, Disconnected};

use super::commands::{Key, Laptop};
use super::engine::Engine;
use super::fixture::{app_state, start};
use super::person::Person;
use super::server::Server;
use super::service::Service;

const QUESTION: &str = "\x1b]11;?\x1b\\";
const LIGHT: &str = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\";
const DARK: &str = "\x1b]11;rgb:0000/2b2b/3636\x07";

/// Where a whole session is written down.
#[derive(Clone, Default)]
struct Recording(Arc<Mutex<Vec<u8>>>);

impl ClientSink for Recording {
    async fn send(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.0.lock().unwrap().extend(bytes);
        Ok(())
    }

    async fn send_error(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.send(bytes).await
    }
}

/// How often the terminal was asked, how often the whole page was painted, and what stood in the first field.
async fn session_with(term: &str, env: &[(&str, &str)], sent: &str) -> (usize, usize, String) {
    let service = Service::start(Engine::Sqlite).await;
    let backlog = Backlog::of(64 * 1024);
    let mut start = start(&backlog);
    start.client.term = term.to_owned();
    start.client.env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let input = Arc::clone(&start.input);
    // One after the other: what comes at once is painted once.
    let typing = async {
        for bytes in [sent, "\x03\x03"] {
            input.push(bytes.as_bytes()).unwrap();
            while backlog.held() > 0 {
                tokio::task::yield_now().await;
            }
        }
    };
    let recording = Recording::default();
    tokio::join!(session::run(app_state(&service), start, recording.clone()), typing);
    let bytes = recording.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    let shown = text.split_once("\x1b[?1049l").unwrap().0;
    let mut terminal = vt100::Parser::default();
    terminal.process(&text.as_bytes()[..text.rfind("\x1b[1J").unwrap()]);
    let frame = terminal.screen().contents();
    let field = frame.lines().find(|line| line.contains("ada")).unwrap_or_default();
    let typed = field.chars().filter(char::is_ascii_alphanumeric).collect();
    (text.matches(QUESTION).count(), shown.matches("Sign in to your account").count(), typed)
}

#[tokio::test]
async fn an_answer_repaints_the_page_once_and_only_if_it_changes_anything() {
    let (light, by_colorfgbg) = (format!("{LIGHT}a{DARK}da"), [("COLORFGBG", "0;15")]);
    for (env, sent, painted) in [
        (&[] as &[_], "ada", 1),
        (&[], &*format!("{DARK}ada"), 1),
        (&[], &*light, 2),
        (&by_colorfgbg, &*format!("ada{LIGHT}"), 1),
        (&by_colorfgbg, &*format!("ada{DARK}"), 2),
        (&[], "ada\x1b]11;rgb:ff", 1),
        (&[], "ada\x1b]11;rgb:ff\x07", 1),
    ] {
        let seen = session_with("xterm-256color", env, sent).await;
        assert_eq!(seen, (1, painted, "ada".to_owned()), "{env:?} {sent:?}");
    }
}

#[tokio::test]
async fn a_terminal_that_would_print_the_question_or_has_no_colours_is_not_asked() {
    for (term, env) in [("linux", &[] as &[_]), ("vt100", &[]), ("xterm-256color", &[("NO_COLOR", "1")])] {
        let seen = session_with(term, env, &format!("{LIGHT}ada")).await;
        assert_eq!(seen, (0, 1, "ada".to_owned()), "{term} {env:?}");
    }
}

#[test]
fn a_saved_appearance_colours_the_next_session_with_the_key() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let identity = format!("-oIdentityFile={}", key.path().display());
    let colour_with = |appearance: &str| {
        let saved = Laptop::with_key(&server, &key)
            .runs("account", &format!("profile set --appearance {appearance}"));
        assert_eq!(saved.code, Some(0), "{saved:?}");
        let options = ["-oIdentitiesOnly=yes", "-oIdentityAgent=none", &identity];
        let mut ada = Person::arrive_by_openssh(server.address(), "account", &options);
        ada.wait_for("is registered to ada");
        // The bar before the portal's name.
        ada.screen().cell(0, 2).map(vt100::Cell::fgcolor)
    };
    let (dark, light) = (colour_with("dark"), colour_with("light"));
    assert_ne!(dark, light);
    assert_eq!(colour_with("auto"), dark, "a terminal that doesn't say what it has");
}
