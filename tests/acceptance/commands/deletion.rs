//! `delete-account`, and the sign-in that cancels it.

use super::{Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server, TempFolder};

#[test]
fn an_account_is_deleted_from_a_script_and_kept_by_the_next_one() {
    let server = TempFolder::new().with("DOORKEY__ACCOUNT__DELETION", "true").start().furnished();
    let key = Key::make().registered_by_ada(&server);
    let ada = Laptop::with_key(&server, &key).in_batch_mode();
    let preview = ada.runs("account", "delete-account --json").json();
    is_as_documented("delete-account", &preview);
    assert_eq!(preview["last_owner_of"], serde_json::json!(["Platform"]));
    assert!(ada.runs("account", "delete-account").out.contains("You are the last owner of Platform."));
    ada.runs("account", "delete-account --yes").is_refused(77, "confirm-needed");
    let sure =
        |line: &str| ada.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &format!("{line} --password-stdin"));
    sure("delete-account --yes").is_refused(65, "last-owner");
    server.done(&["team", "add-member", "Platform", "grace", "--role", "owner"], "");
    let requested = sure("delete-account --yes --json").json();
    is_as_documented("delete-account --yes", &requested);
    server.email("ada", "account will be deleted", 1);
    let next = ada.runs("account", "whoami");
    assert_eq!((next.code, next.out.as_str()), (Some(0), "ada\n"));
    assert!(next.err.starts_with("Note: ") && next.err.ends_with(" [deletion-cancelled]\n"), "{}", next.err);
    server.email("ada", "account will not be deleted", 1);
    assert_eq!(ada.runs("account", "whoami").err, "");
}

#[test]
fn where_the_setting_is_off_it_says_so() {
    let server = Server::start();
    let ada = Laptop::without_key(&server);
    let said = ada.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "delete-account --yes --password-stdin");
    said.is_refused(77, "account-deletion-off");
    let said = ada.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "teams create Mine --password-stdin");
    said.is_refused(77, "team-creation-off");
}
