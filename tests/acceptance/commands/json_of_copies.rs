//! `--json` of what copies the database and of what changes the secret keys: what a script reads there.

use serde_json::{Value, json};

use crate::engine::{Engine, Fresh};
use crate::server::TempFolder;

/// The JSON of a command that succeeds.
#[track_caller]
fn said(place: &TempFolder, words: &[&str]) -> Value {
    let output = place.run(&[words, &["--json"]].concat(), "");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder with a database in which somebody has an account.
fn with_ada() -> TempFolder {
    let place = TempFolder::new();
    assert!(place.run(&["user", "add", "ada", "--email", "ada@example.org"], "").status.success());
    place
}

#[test]
fn a_backup_and_a_restore_tell_a_script_what_they_did() {
    let place = with_ada();
    let (database, backup) = (place.path("doorkey.db"), place.path("backup.db"));
    let made = said(&place, &["backup", backup.to_str().unwrap()]);
    assert_eq!((&made["database"], &made["file"]), (&json!(database), &json!(backup)));
    assert_eq!((&made["rows"]["accounts"], &made["rows"]["activity"]), (&json!(1), &json!(1)));
    assert_eq!(made["keep_apart"]["secret_keys"], json!(place.path("keys/secret_keys")));
    assert_eq!(made["keep_apart"]["host_keys"][0], json!(place.path("keys/ssh_host_ed25519_key")));

    let done = said(&place, &["restore", backup.to_str().unwrap(), "--force"]);
    assert_eq!(done["accounts"], 1);
    let previous = done["previous"].as_str().unwrap();
    assert!(previous.starts_with(database.to_str().unwrap()) && std::fs::exists(previous).unwrap(), "{done}");
    assert_eq!(done["as_of"], said(&place, &["activity"])[1]["at"], "when the last event of the backup was");
    assert_eq!((&done["voided"]["sessions"], &done["voided"]["undo codes"]), (&json!(0), &json!(0)));

    let in_place = said(&place, &["restore", "--in-place"]);
    assert_eq!((&in_place["accounts"], &in_place["previous"]), (&json!(1), &Value::Null));
}

#[test]
fn a_move_tells_a_script_the_rows_and_the_checksum_of_each_table() {
    let (place, target) = (with_ada(), Fresh::make_now(Engine::Postgres));
    let from = format!("sqlite:{}", place.path("doorkey.db").display());
    let moved = said(&place, &["migrate-store", "--from", &from, "--to", &target.url]);
    assert_eq!((&moved["accounts"]["rows"], &moved["teams"]["rows"]), (&json!(1), &json!(0)));
    let checksum = moved["accounts"]["checksum"].as_str().unwrap();
    assert!(!checksum.is_empty() && checksum != moved["activity"]["checksum"], "{moved}");
}

#[test]
fn a_rotation_tells_a_script_the_key_and_what_it_sealed_anew() {
    let place = TempFolder::new();
    let listed = said(&place, &["keys", "list"]);
    let old = listed["keys"][0]["id"].as_str().unwrap();
    let rotated = said(&place, &["keys", "rotate"]);
    let new = said(&place, &["keys", "list"])["keys"][0]["id"].clone();
    assert_ne!(new, *old);
    let sealed = json!({ "key": new, "current": true, "resealed": 0 });
    assert_eq!(rotated, sealed);
    assert_eq!(said(&place, &["keys", "reseal"]), sealed);
    assert_eq!(said(&place, &["keys", "remove", old]), json!({ "removed": old, "was_oldest": true }));
}
