//! What commands answer: each as text and as JSON.

use doorkey::commands::documentation;
use serde_json::{Value, json};

use super::{Key, Laptop, is_as_documented};
use crate::server::Server;

#[test]
fn status_and_version_need_nobody() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let status = laptop.runs("account", "status --json").json();
    is_as_documented("status", &status);
    assert_eq!((&status["organisation"], &status["key_of"]), (&json!("acme.example"), &Value::Null));
    assert_eq!(laptop.runs("account", "status").out, "Doorkey at acme.example is up.\n");
    is_as_documented("version", &laptop.runs("account", "version --json").json());
    let version = format!("doorkey {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(laptop.runs("account", "version").out, version);
    assert_eq!(laptop.runs("guest", "version").out, version);
}

#[test]
fn a_registered_key_signs_in_to_commands_unattended() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    for user in ["account", "ada", "ADA", "ada@example.org"] {
        let who = laptop.runs(user, "whoami --json").json();
        is_as_documented("whoami", &who);
        assert_eq!((&who["name"], &who["signed_in_with"]), (&json!("ada"), &json!("key")), "{user}");
    }
    let said = laptop.runs("account", "whoami");
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "ada\n", ""));
    let status = laptop.runs("account", "status --json").json();
    is_as_documented("status", &status);
    assert_eq!(status["key_of"], "ada");
}

#[test]
fn teams_come_as_a_table_an_object_or_lines() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    assert_eq!(
        laptop.runs("account", "teams").out,
        "TEAM      YOUR ROLE  MEMBERS  LAST OPENED\nPlatform  owner      2        never\n"
    );
    let teams = laptop.runs("account", "teams --json").json();
    is_as_documented("teams", &teams);
    assert_eq!(teams["teams"][0]["members"], 2);
    let line = laptop.runs("account", "teams --jsonl").json();
    assert_eq!(line, teams["teams"][0]);

    let id = teams["teams"][0]["id"].as_str().unwrap();
    let team = laptop.runs("account", "team platform --json").json();
    is_as_documented("team TEAM", &team);
    assert_eq!(team["members"][1], json!({ "name": "grace", "display_name": "", "role": "member" }));
    let mut again = laptop.runs("account", &format!("team {id} --json")).json();
    assert!(team["last_opened_at"].is_null() && again["last_opened_at"].is_string(), "{again}");
    again["last_opened_at"] = json!(null);
    assert_eq!(again, team);
    let text = laptop.runs("account", "team Platform").out;
    assert!(
        text.starts_with("Team: Platform\nDescription: Keeps the lights on.\nYour role: owner\n"),
        "{text}"
    );
    laptop.runs("account", "team Compilers --json").is_refused(1, "not-found");
}

#[test]
fn a_password_on_standard_input_signs_in_too() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let password = "violet engine numbers\n";
    let who = laptop.pipes(password, "ada", "whoami --json --password-stdin").json();
    is_as_documented("whoami", &who);
    assert_eq!(who["signed_in_with"], "password");
    let who = laptop.pipes(password, "account", "whoami --json --password-stdin --name ada").json();
    assert_eq!(who["name"], "ada");
    laptop.pipes(password, "account", "whoami --password-stdin").is_refused(64, "usage");
    laptop.pipes("violet engine numbers", "ada", "whoami --password-stdin").is_refused(64, "input-ended");
    laptop.pipes("", "ada", "whoami --password-stdin").is_refused(64, "input-ended");
    laptop.pipes("wrong\n", "ada", "whoami --password-stdin").is_refused(77, "wrong-credentials");
    laptop.pipes("wrong\n", "nobody", "teams --json --password-stdin").is_refused(77, "wrong-credentials");
}

#[test]
fn help_tells_every_command_and_its_json() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let said = laptop.runs("account", "help");
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    for command in
        ["status", "whoami", "teams", "team", "passwd", "forgot", "keys", "plain", "version", "help"]
    {
        assert!(said.out.contains(&format!("\n  {command} ")), "{command} is not in\n{}", said.out);
    }
    let help = laptop.runs("account", "help keys add");
    assert!(help.out.contains("Usage: ssh account@HOST keys add"), "{}", help.out);
    let add = documentation().into_iter().find(|documented| documented.form == "keys add").unwrap();
    assert!(help.out.contains(add.json), "{}", help.out);
}
