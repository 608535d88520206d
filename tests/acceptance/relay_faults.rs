//! A relay that fails, stage by stage, and servers that end while emails are on their way: no email is given up for a
//! passing trouble, none waits for another, and none multiplies.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::commands::Laptop;
use super::engine::{Engine, Fresh, on_both_engines};
use super::relay::Relay;
use super::server::{Server, TempFolder};
use super::waiting::{wait_until, wait_within};

/// As many people as one source may ask codes for.
const PEOPLE: [&str; 5] = ["ada", "bob", "cai", "dee", "eve"];

/// A server whose emails go to a relay that can be made to fail.
struct Story {
    database: Fresh,
    relay: Relay,
    server: Server,
}

impl Story {
    async fn begin(engine: Engine) -> Self {
        let database = Fresh::make(engine).await;
        block_in_place(|| {
            let relay = Relay::start();
            let mut place = TempFolder::new().with("DOORKEY__STORE__URL", &database.url);
            for (name, value) in relay.settings(&place.path("relay-password")) {
                place = place.with(name, &value);
            }
            let server = place.start();
            for name in PEOPLE {
                server.add_user(name, None);
            }
            Self { database, relay, server }
        })
    }

    /// Asks for a reset code, which an email will carry.
    fn request_code(&self, name: &str) {
        let asked = Laptop::without_key(&self.server).pipes("", "account", &format!("forgot {name}"));
        assert_eq!(asked.code, Some(0), "{asked:?}");
    }

    /// Waits until the relay has failed `count` times as told.
    fn wait_for_faults(&self, count: usize) -> Vec<Value> {
        wait_within(Duration::from_mins(1), &format!("{count} failures of the relay"), || {
            let faults = self.relay.events("fault");
            (faults.len() >= count).then_some(faults)
        })
    }

    /// Waits longer than half a minute, which an email itself waits after its third refusal.
    fn wait_for_email(&self, name: &str) {
        wait_within(Duration::from_mins(2), &format!("the email to {name}"), || {
            (self.relay.copies(name) > 0).then_some(())
        });
    }

    fn number(&self, sql: &'static str) -> i64 {
        Handle::current().block_on(self.database.number(sql))
    }

    /// Waits until every email is recorded as sent, and each recipient has one copy.
    fn each_came_once(&self, names: &[&str]) {
        for name in names {
            self.wait_for_email(name);
        }
        wait_within(Duration::from_mins(2), "every email to be recorded as sent", || {
            (self.number("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0).then_some(())
        });
        for name in names {
            assert_eq!(self.relay.copies(name), 1, "copies to {name}");
        }
    }

    /// The server started again in the same place, at the same address.
    fn start_again(place: TempFolder, port: u16) -> Server {
        place.with("DOORKEY__SSH__PORT", &port.to_string()).start()
    }
}

on_both_engines! {
    async fn a_relay_under_repair_parks_no_email(engine: Engine) {
        let mut story = Story::begin(engine).await;
        block_in_place(|| {
            let stages = [
                json!({ "greeting": "554 5.3.2 under repair" }),
                json!({ "ehlo": "550 not now" }),
                json!({ "auth": "535 5.7.8 not now" }),
                json!({ "mail": "550 5.7.1 sender unknown" }),
                json!({ "rcpt": "554 5.7.1 relay access denied" }),
            ];
            for (name, faults) in PEOPLE.iter().zip(&stages) {
                story.relay.fails(faults);
                let before = story.relay.events("fault").len();
                story.request_code(name);
                story.wait_for_faults(before + 1);
            }
            // Each of them is refused as if it did not exist.
            story.relay.fails(&json!({ "rcpt": "550 5.1.1 no such user" }));
            let before = story.relay.events("fault").len();
            story.wait_for_faults(before + 5);
            story.relay.fails(&json!({}));
            story.each_came_once(&PEOPLE);
            assert_eq!(story.number("SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL"), 0);
            assert!(!story.server.said().contains("@example.org"), "an address is in the log");
        });
    }

    async fn a_refused_recipient_is_parked_with_its_text_and_the_others_get_theirs(engine: Engine) {
        let mut story = Story::begin(engine).await;
        block_in_place(|| {
            story.relay.fails(&json!({ "rcpt": { "ada@example.org": "550 5.1.1 no such user" } }));
            story.request_code("ada");
            story.wait_for_faults(1);
            story.request_code("bob");
            story.wait_for_email("bob");
            // At once, and 5, 15 and 30 s after the last refusal.
            story.wait_for_faults(4);
            let parked = "SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL AND sealed IS NOT NULL";
            wait_until("the email to be parked", || (story.number(parked) == 1).then_some(()));
            assert_eq!(story.relay.copies("ada"), 0);
            // The operator sees why, has the mailbox mended, and sends it again.
            let listed = story.server.done(&["outbox", "list", "--parked", "--json"], "");
            let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
            let (email, reason) = (&listed[0], listed[0]["reason"].as_str().unwrap());
            assert_eq!((&email["to"], &email["kind"]), (&json!("ada@example.org"), &json!("reset code")), "{listed}");
            assert!(reason.contains("5.1.1 no such user"), "{reason}");
            story.relay.fails(&json!({}));
            let id = email["id"].as_str().unwrap();
            story.server.done(&["outbox", "retry", id], "");
            story.wait_for_email("ada");
            assert_eq!(story.server.run(&["outbox", "retry", id], "").status.code(), Some(1), "it was sent");
        });
    }

    async fn one_hanging_recipient_holds_up_neither_others_nor_sigterm(engine: Engine) {
        let mut story = Story::begin(engine).await;
        block_in_place(|| {
            story.relay.fails(&json!({ "rcpt": { "ada@example.org": "hang" } }));
            story.request_code("ada");
            story.wait_for_faults(1);
            for name in ["bob", "cai", "dee"] {
                story.request_code(name);
                // It was 119 s.
                wait_within(Duration::from_secs(10), "an email beside the one that hangs", || {
                    (story.relay.copies(name) > 0).then_some(())
                });
            }
            let (port, began) = (story.server.address().port(), Instant::now());
            story.server.terminate();
            let (code, place) = story.server.ended();
            // It was 118 s, and systemd kills after 90.
            assert!(code == Some(0) && began.elapsed() < Duration::from_secs(10), "{code:?} {:?}", began.elapsed());
            story.relay.fails(&json!({}));
            story.server = Story::start_again(place, port);
            story.each_came_once(&["ada", "bob", "cai", "dee"]);
        });
    }

    async fn a_server_that_was_killed_sends_on_within_20_s_of_its_restart(engine: Engine) {
        let mut story = Story::begin(engine).await;
        block_in_place(|| {
            story.relay.fails(&json!({ "rcpt": "hang" }));
            story.request_code("ada");
            story.request_code("bob");
            story.wait_for_faults(2);
            let port = story.server.address().port();
            let place = story.server.kill();
            story.relay.fails(&json!({}));
            // It was 180 s.
            story.server = Story::start_again(place, port);
            wait_within(Duration::from_secs(20), "the emails of the killed server", || {
                (story.relay.copies("ada") + story.relay.copies("bob") == 2).then_some(())
            });
            assert!(story.server.said().contains("emails of the last run are sent again"));
            story.each_came_once(&["ada", "bob"]);
        });
    }

    async fn another_node_sends_the_emails_of_one_that_was_killed_within_20_s(engine: Engine) {
        let mut story = Story::begin(engine).await;
        block_in_place(|| {
            story.relay.fails(&json!({ "rcpt": "hang" }));
            story.request_code("ada");
            story.wait_for_faults(1);
            let place = story.server.kill();
            story.relay.fails(&json!({}));
            // At another port it is another node.
            story.server = place.start();
            wait_within(Duration::from_secs(20), "the email of the killed server", || {
                (story.relay.copies("ada") == 1).then_some(())
            });
            assert!(!story.server.said().contains("emails of the last run"));
            story.each_came_once(&["ada"]);
        });
    }

    async fn a_relay_that_takes_emails_and_never_says_so_gets_a_copy_a_minute(engine: Engine) {
        let mut story = Story::begin(engine).await;
        block_in_place(|| {
            story.relay.fails(&json!({ "message": "drop" }));
            story.request_code("ada");
            story.wait_for_faults(1);
            story.relay.fails(&json!({ "message": "hang" }));
            story.request_code("bob");
            story.wait_for_faults(2);
            story.relay.fails(&json!({}));
            // The relay is well; whoever asks now does not wait for those in doubt.
            story.request_code("cai");
            story.wait_for_email("cai");
            let first = [copy_times(&story.relay, "ada"), copy_times(&story.relay, "bob")];
            assert_eq!([first[0].len(), first[1].len()], [1, 1]);
            for name in ["ada", "bob"] {
                // Ten emails had 50 copies in 62 s.
                let copies = wait_within(Duration::from_mins(2), &format!("the second copy to {name}"), || {
                    let copies = copy_times(&story.relay, name);
                    (copies.len() == 2).then_some(copies)
                });
                let apart = copies[1].1.duration_since(copies[0].1).unwrap();
                assert!(apart >= Duration::from_secs(59), "{name}: {apart:?}");
                assert_eq!(copies[0].0, copies[1].0, "one Message-ID");
            }
            wait_within(Duration::from_mins(2), "every email to be recorded as sent", || {
                (story.number("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0).then_some(())
            });
        });
    }
}

/// The Message-ID and the time of each copy to `name@example.org`, oldest first.
fn copy_times(relay: &Relay, name: &str) -> Vec<(String, std::time::SystemTime)> {
    let to = format!("To: {name}@example.org\r\n");
    let files = std::fs::read_dir(relay.emails()).unwrap().flatten();
    let mut copies: Vec<_> = files
        .filter(|file| file.path().extension().is_some_and(|ending| ending == "eml"))
        .filter_map(|file| {
            let raw = std::fs::read_to_string(file.path()).unwrap();
            let id = raw.lines().find(|line| line.starts_with("Message-ID: "))?.to_owned();
            raw.contains(&to).then(|| (id, file.metadata().unwrap().modified().unwrap()))
        })
        .collect();
    copies.sort_by_key(|copy| copy.1);
    copies
}
