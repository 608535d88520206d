//! `doorkey keys`, as an operator types it beside running servers.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use doorkey::domain::exit_code;

use super::commands::Laptop;
use super::engine::{Engine, Fresh};
use super::person::Person;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::try_to_sign_in;
use super::waiting::wait_until;

/// The keys as `keys list --json` prints them.
fn listed(server: &Server) -> Vec<serde_json::Value> {
    let output = server.done(&["keys", "list", "--json"], "");
    let view: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    view["keys"].as_array().unwrap().clone()
}

fn id(key: &serde_json::Value) -> &str {
    key["id"].as_str().unwrap()
}

fn signs_in(server: &Server) {
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Platform");
    ada.hang_up();
}

fn complaint(server: &Server, words: &[&str], code: u32) -> String {
    let output = server.run(words, "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), i32::try_from(code).ok(), "{words:?}: {said}");
    said
}

#[test]
fn a_key_is_rotated_beside_a_running_server_and_removed_when_nothing_needs_it() {
    let server = Server::start();
    let old = id(&listed(&server)[0]).to_owned();
    let said = complaint(&server, &["keys", "remove", &old], exit_code::NO);
    assert!(said.contains("is current"), "{said}");

    server.done(&["keys", "rotate"], "");
    let keys = listed(&server);
    assert_eq!((keys[0]["state"].as_str(), keys[1]["state"].as_str()), (Some("current"), Some("old")));
    assert_eq!((keys.len(), id(&keys[1])), (2, old.as_str()));
    assert_eq!(keys[1]["needed_by"]["passwords"], 1);
    let said = complaint(&server, &["keys", "remove", &old], exit_code::NO);
    assert!(said.contains("needed by 1 passwords"), "{said}");

    // The server learns that the new key is current, and hashes with it.
    wait_until("the server to use the new key", || {
        (listed(&server)[0]["current_at"].as_array().unwrap().len() == 1).then_some(())
    });
    signs_in(&server);
    assert_eq!(listed(&server)[1]["needed_by"].get("passwords"), None);
    server.done(&["keys", "remove", &old], "");
    assert_eq!(listed(&server).len(), 1);
    signs_in(&server);
    let said = complaint(&server, &["keys", "remove", &old], exit_code::NO);
    assert!(said.contains("there is no key"), "{said}");
    assert!(!server.said().contains("ERROR"), "{}", server.said());
}

#[test]
fn a_file_that_cannot_be_used_leaves_a_running_server_its_keys() {
    let server = Server::start();
    let path = server.place_path("keys/secret_keys");
    let good = fs::read(&path).unwrap();
    fs::write(&path, "no keys at all").unwrap();
    wait_until("the server to refuse the file", || server.said().contains("stay in use").then_some(()));
    signs_in(&server);
    fs::write(&path, good).unwrap();
    signs_in(&server);
}

/// Gives a node a copy of the file of another one, as a tool that distributes files does.
fn copy(from: &Path, to: &Path) {
    let draft = to.with_extension("new");
    fs::copy(from, &draft).unwrap();
    fs::rename(draft, to).unwrap();
}

#[test]
fn nodes_with_files_of_their_own_are_rotated_in_two_steps() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fresh = runtime.block_on(Fresh::make(Engine::Postgres));
    let node = || TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url);
    let one = node().start().furnished();
    let file = one.place_path("keys/secret_keys");
    let copied = |place: TempFolder| {
        copy(&file, &place.path("keys/secret_keys"));
        let host_key = "keys/ssh_host_ed25519_key";
        copy(&one.place_path(host_key), &place.path(host_key));
        place
    };
    let (other, late) = (copied(node()).start(), copied(node()));
    let their_file = other.place_path("keys/secret_keys");

    let said = complaint(&one, &["keys", "rotate"], exit_code::LATER);
    assert!(
        said.contains("is not current yet") && said.contains("type `doorkey keys rotate` again"),
        "{said}"
    );
    assert_eq!(listed(&one)[1]["state"], "next");
    signs_in(&other);
    copy(&file, &their_file);
    one.done(&["keys", "rotate"], "");
    let new = id(&listed(&one)[0]).to_owned();
    // What one node makes with the new key, the other can use, though its file says that the old one is current.
    wait_until("one node to use the new key", || {
        (listed(&one)[0]["current_at"].as_array().unwrap().len() == 1).then_some(())
    });
    signs_in(&one);
    signs_in(&other);

    // A node that comes back with a file of before is told so, and serves nobody.
    let output = late.run(&["serve"], "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), i32::try_from(exit_code::CONFIG).ok(), "{said}");
    assert!(said.contains(&format!("lacks the key {new}")), "{said}");
}

/// Root's own files would keep an unprivileged server from its database.
#[test]
fn what_an_operators_command_writes_beside_the_server_stays_the_servers() {
    const NOBODY: u32 = 65_534;
    // Only root can give files away; for anybody else their own are the server's.
    let owner =
        if rustix::process::geteuid().is_root() { NOBODY } else { rustix::process::geteuid().as_raw() };
    let server = Server::start();
    let files = || {
        let folders = ["", "keys"].map(|name| std::fs::read_dir(server.place_path(name)).unwrap());
        folders.into_iter().flatten().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    };
    for file in files() {
        std::os::unix::fs::chown(file, Some(owner), None).unwrap();
    }
    server.add_user("linus", Some("plum tractor seventeen"));
    server.done(&["keys", "rotate"], "");
    for file in files() {
        assert_eq!(file.metadata().unwrap().uid(), owner, "{}", file.display());
    }
    let said =
        Laptop::without_key(&server).pipes("plum tractor seventeen\n", "linus", "whoami --password-stdin");
    assert_eq!(said.out, "linus\n", "{said:?}");
}
