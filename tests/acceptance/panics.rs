//! A bug that panics in the middle of a visit: the person gets the terminal back, and is told.

use std::sync::{Arc, Mutex};

use doorkey::visit::{self, Gone, Incoming, Wire};

use super::engine::Engine;
use super::house::{house, opening};
use super::service::Service;

/// A way to the terminal that has a bug: the second frame panics.
#[derive(Clone, Default)]
struct Faulty(Arc<Mutex<Vec<Vec<u8>>>>);

impl Wire for Faulty {
    async fn send(&self, bytes: Vec<u8>) -> Result<(), Gone> {
        let count = {
            let mut sent = self.0.lock().unwrap();
            sent.push(bytes);
            sent.len()
        };
        assert_ne!(count, 2, "a bug in the middle of a visit");
        Ok(())
    }

    async fn send_error(&self, bytes: Vec<u8>) -> Result<(), Gone> {
        self.send(bytes).await
    }
}

#[tokio::test]
async fn a_visit_that_panics_gives_the_terminal_back_and_says_so() {
    let service = Service::start(Engine::Sqlite).await;
    let (opening, type_in, _resize) = opening(4);
    let wire = Faulty::default();
    type_in.send(Incoming::Bytes(b"a".to_vec())).await.unwrap();
    let farewell = visit::run(house(&service), opening, wire.clone()).await;
    assert_eq!(farewell.exit_code, 70);

    let mut terminal = vt100::Parser::default();
    for bytes in wire.0.lock().unwrap().iter() {
        terminal.process(bytes);
    }
    let screen = terminal.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert!(screen.contents().contains("Something went wrong on our side"), "{}", screen.contents());
}

#[tokio::test]
async fn a_visit_carries_no_room_for_what_only_other_visits_need() {
    let service = Service::start(Engine::Sqlite).await;
    let (opening, _type_in, _resize) = opening(4);
    let visit = visit::run(house(&service), opening, Faulty::default());
    // It lies inside its connection's task for as long as the connection lives, thousands of times.
    assert!(size_of_val(&visit) <= 4 * 1024, "{} bytes", size_of_val(&visit));
}
