//! `teams`, `team` and `join`: what owners and invited people do from scripts.

use serde_json::json;

use super::{CaseEntry, Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server, TempFolder};

const NEW: &str = "plum tractor seventeen moth";

fn adas(server: &Server) -> Key {
    Key::make().registered_by_ada(server)
}

fn invitation_code(server: &Server, name: &str, count: usize) -> String {
    server.email(name, "invitation", count).code().expect("a code in the invitation").to_owned()
}

#[test]
fn an_owner_runs_the_team_from_a_script() {
    let server = Server::start();
    let key = adas(&server);
    let ada = Laptop::with_key(&server, &key).in_batch_mode();
    let runs = |line: &str| -> CaseEntry { ada.runs("account", line) };
    // Who answers for a team, and who is put out of it, takes the password again.
    runs("teams role Platform grace owner").is_refused(77, "confirm-needed");
    let sure = |line: &str| -> CaseEntry {
        ada.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &format!("{line} --password-stdin"))
    };
    let edited = runs("teams edit platform --link https://wiki.acme.example/platform --json").json();
    is_as_documented("teams edit TEAM", &edited);
    assert_eq!(edited["description"], "Keeps the lights on.", "what is not said stays");
    assert_eq!(
        runs("teams edit Platform --description 'All of them.'").out,
        "OK: Platform has been changed [team-changed]\n"
    );
    runs("teams edit Platform --link javascript:x").is_refused(65, "link-refused");
    runs("teams edit Platform --link http://acme.example").is_refused(65, "link-refused");

    let invited = runs("teams invite Platform alan@example.org --json").json();
    is_as_documented("teams invite TEAM ADDRESS", &invited);
    invitation_code(&server, "alan", 1);
    runs("teams invite Platform alan@example.org").is_refused(65, "invited-already");
    runs("teams invite Platform alan --json").is_refused(65, "address-refused");
    let team = runs("team Platform --json").json();
    is_as_documented("team TEAM", &team);
    assert_eq!(team["links"], json!(["https://wiki.acme.example/platform"]));
    assert_eq!(team["description"], "All of them.");
    assert_eq!(team["invitations"][0]["address"], "alan@example.org");
    let text = runs("team Platform").out;
    assert!(
        text.contains("Link: https://wiki.acme.example/platform\n") && text.contains("\nINVITED "),
        "{text}"
    );
    let withdrawn = runs("teams withdraw Platform alan@example.org --json").json();
    is_as_documented("teams withdraw TEAM ADDRESS", &withdrawn);
    runs("teams withdraw Platform alan@example.org").is_refused(1, "not-found");

    is_as_documented("teams role TEAM USER ROLE", &sure("teams role Platform grace owner --json").json());
    assert_eq!(
        sure("teams role Platform grace member").out,
        "OK: grace is now a member of Platform [team-role-changed]\n"
    );
    runs("teams role Platform grace king").is_refused(64, "usage");
    runs("teams leave Platform").is_refused(65, "last-owner");
    sure("teams role Platform nobody owner").is_refused(1, "not-found");
    is_as_documented("teams remove TEAM USER", &sure("teams remove Platform grace --json").json());
    let list = runs("teams --json").json();
    is_as_documented("teams", &list);
    assert!(list["teams"][0]["last_opened_at"].is_string() && list["teams"][0]["members"] == 1, "{list}");
    assert_eq!(runs("teams --jsonl").out.lines().count(), 1);
    assert!(runs("teams").out.starts_with("TEAM "));
}

#[test]
fn a_member_may_leave_and_no_more() {
    let server = Server::start();
    server.add_user("linus", Some(NEW));
    server.done(&["team", "add-member", "Platform", "linus"], "");
    let laptop = Laptop::without_key(&server);
    let linus = |line: &str| laptop.pipes(&format!("{NEW}\n"), "linus", &format!("{line} --password-stdin"));
    for line in [
        "teams role Platform grace owner",
        "teams remove Platform grace",
        "teams invite Platform alan@example.org",
        "teams edit Platform --description mine",
    ] {
        linus(line).is_refused(77, "not-owner");
    }
    let left = linus("teams leave Platform --json").json();
    is_as_documented("teams leave TEAM", &left);
    linus("team Platform").is_refused(1, "not-found");
    assert_eq!(linus("teams").out, "You are in no team yet. With the code from an invitation: join\n");
}

#[test]
fn an_invitation_is_taken_from_a_script_with_and_without_an_account() {
    let server = Server::start();
    server.add_user("linus", Some(NEW));
    let key = adas(&server);
    let ada = Laptop::with_key(&server, &key).in_batch_mode();
    for name in ["alan", "linus"] {
        let said = ada.runs("account", &format!("teams invite Platform {name}@example.org"));
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let guest = Laptop::without_key(&server);
    let (alans, linus) = (invitation_code(&server, "alan", 1), invitation_code(&server, "linus", 1));
    let input = format!("{alans}\n{NEW}\n");
    guest.runs("join", "join alan@example.org --code-stdin").is_refused(64, "input-ended");
    guest.runs("join", "join alan@example.org").is_refused(64, "usage");
    guest.pipes(&input, "join", "join alan@example.org --code-stdin").is_refused(64, "user-name-needed");
    guest.pipes(&input, "join", "join eve@example.org --code-stdin").is_refused(77, "code-refused");
    let join = "join alan@example.org --code-stdin --user-name";
    guest.pipes(&input, "join", &format!("{join} grace")).is_refused(65, "name-taken");
    guest
        .pipes(&format!("{alans}\nshort\n"), "join", &format!("{join} alan"))
        .is_refused(65, "password-refused");
    let joined = guest.pipes(&input, "join", &format!("{join} alan --json")).json();
    is_as_documented("join [ADDRESS]", &joined);
    assert_eq!(joined, json!({ "name": "alan", "new": true, "teams": ["Platform"] }));

    let input = format!("{linus}\n{NEW}\n");
    let said = guest.pipes(&input, "join", "join linus@example.org --code-stdin");
    assert_eq!(said.out, "OK: You are linus, with the teams: Platform [joined]\n");
}

#[test]
fn whoever_opens_signing_up_says_so_with_a_known_word() {
    let output = TempFolder::new().with("DOORKEY__PORTAL__SIGN_UP", "yes").run(&["check"], "");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("portal.sign_up") && said.contains("closed, open"), "{said}");
}

#[test]
fn a_script_creates_a_team_where_members_may() {
    let server = TempFolder::new().with("DOORKEY__TEAMS__CREATE", "members").start().furnished();
    let key = adas(&server);
    let ada = Laptop::with_key(&server, &key).in_batch_mode();
    let created = ada.runs("account", "teams create 'Night watch' --json").json();
    is_as_documented("teams create NAME", &created);
    assert_eq!(
        (&created["created"]["name"], &created["created"]["role"]),
        (&json!("Night watch"), &json!("owner"))
    );
    ada.runs("account", "teams create night\\ watch").is_refused(65, "team-name-taken");
    ada.runs("account", "teams create ''").is_refused(65, "team-name-refused");
}
