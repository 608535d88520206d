//! A panic in the middle of a session: the terminal is restored, and the person gets a message.

use std::sync::{Arc, Mutex};

use doorkey::session::inbox::Backlog;
use doorkey::session::{self, ClientSink, Disconnected};

use super::engine::Engine;
use super::fixture::{app_state, start};
use super::service::Service;

/// A way to the terminal that has a bug: the second frame panics.
#[derive(Clone, Default)]
struct Faulty(Arc<Mutex<Vec<Vec<u8>>>>);

impl ClientSink for Faulty {
    async fn send(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        let count = {
            let mut sent = self.0.lock().unwrap();
            sent.push(bytes);
            sent.len()
        };
        assert_ne!(count, 2, "a bug in the middle of a session");
        Ok(())
    }

    async fn send_error(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.send(bytes).await
    }
}

#[tokio::test]
async fn a_session_that_panics_restores_the_terminal_and_reports_it() {
    let service = Service::start(Engine::Sqlite).await;
    let start = start(&Backlog::of(64 * 1024));
    let sink = Faulty::default();
    start.input.push(b"a").unwrap();
    let exit_status = session::run(app_state(&service), start, sink.clone()).await;
    assert_eq!(exit_status.exit_code, 70);

    let mut terminal = vt100::Parser::default();
    for bytes in sink.0.lock().unwrap().iter() {
        terminal.process(bytes);
    }
    let screen = terminal.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert!(screen.contents().contains("Something went wrong on our side"), "{}", screen.contents());
}

#[tokio::test]
async fn a_session_carries_no_room_for_what_only_other_sessions_need() {
    let service = Service::start(Engine::Sqlite).await;
    let start = start(&Backlog::of(64 * 1024));
    let session = session::run(app_state(&service), start, Faulty::default());
    // It lies inside its connection's task for as long as the connection lives, thousands of times.
    assert!(size_of_val(&session) <= 4 * 1024, "{} bytes", size_of_val(&session));
}
