//! What is left on a terminal that has no alternate screen (GNU screen by default, the Linux console) when a session
//! ends, however it ends: the last line, and nothing of what the pages showed. `tests/terminals/run` looks at real ones.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorkey::session::inbox::Backlog;
use doorkey::session::{self, AppState, ClientSink, Disconnected, SessionLimits};

use super::engine::Engine;
use super::fixture::{app_state, start};
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::service::Service;
use super::steps::{choose, open_tab, sign_in};

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

/// All that stands on the screen.
fn contents(person: &Person) -> String {
    let rows = person.frame();
    rows.lines().filter(|row| !row.is_empty() && !row.starts_with("cursor ")).collect()
}

#[test]
fn a_page_and_a_shown_password_are_erased_by_whatever_ends_the_session() {
    let server = Server::start();
    let arrive = || Person::arrive(server.address()).without_alternate_screen();
    let mut leaving = arrive();
    leaving.wait_for("Sign in to your account");
    leaving.type_text("ada\tplum tractor");
    leaving.press(Key::F(2));
    leaving.wait_for("plum tractor");
    leaving.press(Key::Ctrl('c'));
    assert_eq!(leaving.wait_for_the_end(), Some(0));
    assert_eq!(contents(&leaving), "Goodbye.");
    assert_eq!(leaving.screen().cursor_position(), (1, 0));

    let mut revoked = arrive();
    sign_in(&mut revoked, "ada", ADAS_PASSWORD);
    let mut here = arrive();
    sign_in(&mut here, "ada", ADAS_PASSWORD);
    open_tab(&mut here, "Sessions");
    here.wait_for("Sign out all other sessions");
    choose(&mut here, "Sign out all other sessions");
    here.wait_for("at once. What is typed there");
    choose(&mut here, "Sign out all other sessions");
    assert_eq!(revoked.wait_for_the_end(), Some(77));
    assert_eq!(contents(&revoked), "This session was ended from another one.");

    here.wait_for("You have no other sessions.");
    server.terminate();
    assert_eq!(here.wait_for_the_end(), Some(75));
    assert_eq!(contents(&here), "The portal is being restarted. Connect again in a moment.");
}

#[tokio::test]
async fn an_idle_session_leaves_its_last_line_alone() {
    let service = Service::start(Engine::Sqlite).await;
    let state = Arc::into_inner(app_state(&service)).unwrap();
    let limits = SessionLimits { idle_guest: Duration::from_secs(1), ..state.limits };
    let start = start(&Backlog::of(64 * 1024));
    start.input.push(b"ada\tplum tractor\x1bOQ").unwrap();
    let recording = Recording::default();
    let ended = session::run(Arc::new(AppState { limits, ..state }), start, recording.clone()).await;
    assert_eq!(ended.exit_code, 0);

    let bytes = recording.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    // A blank that was there already is not painted again.
    assert!(text.contains("plum") && text.contains("tractor"), "{text:?}");
    let mut terminal = vt100::Parser::default();
    terminal.process(text.replace("\x1b[?1049h", "").replace("\x1b[?1049l", "").as_bytes());
    let shown = terminal.screen().contents();
    assert_eq!(shown, "Signed out after a long time without input. Nothing was lost; connect again.");
}
