//! What is used is gone: the memory of the real server is searched for codes and passwords after they were used, their
//! emails taken by a real relay, and the connections that typed them closed.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use tokio::task::block_in_place;

use super::commands::Laptop;
use super::email::EmailMessage;
use super::engine::{Fresh, on_both_engines};
use super::person::{Key, Person};
use super::relay::Relay;
use super::server::{Server, TempFolder};
use super::steps::{ask_for_a_code, choose_password, enter_code};
use super::waiting::wait_until;

const BY_COMMAND: &str = "plum tractor seventeen";
const ON_SCREEN: &str = "violet kettle ninety";

const PAGE: usize = 4_096;
/// More than any text that is looked for.
const LONGEST: usize = 64;

/// Where each of `texts` stands in the server's memory: the mapping, and a little of what is around it.
fn in_memory_of(server: &Server, texts: &[String]) -> BTreeMap<String, Vec<String>> {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", server.id())).unwrap();
    let memory = File::open(format!("/proc/{}/mem", server.id())).unwrap();
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for mapping in maps.lines() {
        let mut words = mapping.split_whitespace();
        let (range, mode) = (words.next().unwrap(), words.next().unwrap());
        if !mode.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let at = |hex: &str| u64::from_str_radix(hex, 16).unwrap();
        let (start, end) = (at(start), at(end));
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        // A mapping may go while this looks.
        let Ok(read) = memory.read_at(&mut bytes, start) else { continue };
        bytes.truncate(read);
        // Most pages are empty.
        let filled = bytes.chunks(PAGE).enumerate().filter(|(_, page)| page.iter().any(|byte| *byte != 0));
        for (nth, _) in filled {
            let page = &bytes[nth * PAGE..((nth + 1) * PAGE + LONGEST).min(bytes.len())];
            for text in texts {
                let within = page.windows(text.len()).position(|window| window == text.as_bytes());
                let Some(at) = within.filter(|at| *at < PAGE) else { continue };
                let around = &page[at.saturating_sub(48)..(at + text.len() + 32).min(page.len())];
                let around = String::from_utf8_lossy(around).replace(|c: char| c.is_control(), ".");
                let name = words.clone().nth(3).unwrap_or("anonymous");
                found.entry(text.clone()).or_default().push(format!("{name}: {around}"));
            }
        }
    }
    found
}

/// The newest code in an email that the relay took for ada.
fn code_at(relay: &Relay, count: usize) -> String {
    wait_until(&format!("code {count}"), || {
        let mut emails = EmailMessage::all_in(relay.emails());
        emails.retain(|email| email.to == "ada@example.org" && email.code().is_some());
        (emails.len() >= count).then(|| emails.pop().and_then(|email| email.code().map(Into::into))).flatten()
    })
}

/// A code in every form that somebody types it in or reads it in.
fn forms(code: &str) -> [String; 4] {
    let (bare, lower) = (code.replace('-', ""), code.to_lowercase());
    [code.to_owned(), bare.clone(), lower, bare.to_lowercase()]
}

on_both_engines! {
    async fn a_used_code_its_email_and_a_typed_password_are_wiped_from_the_server_s_memory(engine: Engine) {
        let database = Fresh::make(engine).await;
        block_in_place(|| {
            let relay = Relay::start();
            let mut place = TempFolder::new().inspectable().with("DOORKEY__STORE__URL", &database.url);
            for (name, value) in relay.settings(&place.path("relay-password")) {
                place = place.with(name, &value);
            }
            let server = place.start().furnished();
            let quiet = server.sockets();

            // By commands.
            let laptop = Laptop::without_key(&server);
            laptop.runs("account", "forgot ada");
            let first = code_at(&relay, 1);
            let input = format!("{first}\n{BY_COMMAND}\n");
            let reset = laptop.pipes(&input, "account", "forgot ada --code-stdin");
            assert_eq!(reset.code, Some(0), "{reset:?}");

            // On the screen, where the code is shown as it is typed.
            let mut ada = Person::arrive(server.address());
            ask_for_a_code(&mut ada, "ada");
            let second = code_at(&relay, 2);
            ada.type_text(&second);
            ada.wait_for(&second);
            let shown = in_memory_of(&server, std::slice::from_ref(&second));
            assert!(!shown.is_empty(), "the search finds what is there");
            ada.press(Key::Ctrl('u'));
            enter_code(&mut ada, &second);
            ada.wait_for("Choose a new password");
            choose_password(&mut ada, ON_SCREEN);
            ada.wait_for("Your teams");
            ada.hang_up();
            wait_until("the connections to be closed", || (server.sockets() <= quiet).then_some(()));

            let mut secrets = vec![BY_COMMAND.to_owned(), ON_SCREEN.to_owned()];
            secrets.extend(forms(&first));
            secrets.extend(forms(&second));
            let deadline = Instant::now() + Duration::from_secs(20);
            loop {
                let left = in_memory_of(&server, &secrets);
                if left.is_empty() {
                    break;
                }
                assert!(Instant::now() < deadline, "still in the server's memory: {left:#?}");
                std::thread::yield_now();
            }
        });
    }
}
