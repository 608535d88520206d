//! A bug that panics in the middle of a visit: the person gets the terminal back, and is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorkey::domain::portal::Portal;
use doorkey::domain::source::Source;
use doorkey::terminal::size::Size;
use doorkey::visit::{self, Caller, DoorNames, Gone, House, Incoming, Limits, Opening, Wire, Wish};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
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

fn house(service: &Service) -> Arc<House> {
    let hour = Duration::from_hours(1);
    Arc::new(House {
        accounts: service.accounts.clone(),
        portal: Arc::new(Portal {
            name: "Doorkey".into(),
            organisation: "acme.example".into(),
            support: "support@acme.example".into(),
            sender: "portal@acme.example".into(),
            code_ttl_minutes: 10,
            password_min: 15,
            password_min_with_second_step: 8,
            password_max: 256,
            sign_up: false,
        }),
        names: DoorNames {
            account: "account".into(),
            guest: "guest".into(),
            forgot: "forgot".into(),
            reset: "reset".into(),
            join: "join".into(),
            keys: "keys".into(),
            support: "support".into(),
        },
        limits: Limits {
            idle_guest: hour,
            idle_waiting: hour,
            idle_member: hour,
            visit_guest: hour,
            visit_member: hour,
        },
    })
}

/// An opening on a terminal of 80x24, and the other ends of its channels.
fn opening() -> (Opening, mpsc::Sender<Incoming>, watch::Sender<Size>) {
    let peer: SocketAddr = "192.0.2.7:1022".parse().unwrap();
    let (type_in, input) = mpsc::channel(4);
    let (resize, size) = watch::channel(Size::DEFAULT);
    let caller = Caller {
        proven: None,
        shown: Vec::new(),
        peer,
        source: Source::of(peer.ip()),
        user: "account".into(),
        client: "SSH-2.0-test".into(),
        has_pty: true,
        term: "xterm".into(),
        env: Vec::new(),
    };
    let end = CancellationToken::new();
    (Opening { caller, wish: Wish::Portal, told: None, input, size, end }, type_in, resize)
}

#[tokio::test]
async fn a_visit_that_panics_gives_the_terminal_back_and_says_so() {
    let service = Service::start(Engine::Sqlite).await;
    let (opening, type_in, _resize) = opening();
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
    let (opening, _type_in, _resize) = opening();
    let visit = visit::run(house(&service), opening, Faulty::default());
    // It lies inside its connection's task for as long as the connection lives, thousands of times.
    assert!(size_of_val(&visit) <= 4 * 1024, "{} bytes", size_of_val(&visit));
}
