//! What line mode prints on each page, from heading to prompt. If a page has a form, its choices
//! are requested too, so that the transcript shows everything that can be done.

use doorkey::accounts::request::FRESH_MS;

use super::commands::two_factor::enroll;
use super::commands::{Key, Laptop};
use super::engine::Engine;
use super::fixture::serve;
use super::line_client::LineClient;
use super::oathtool::App;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::service::{MINUTE, Service};
use super::setup::{setup_code, with_a_relay};

const NEW: &str = "plum tractor seventeen moth";

const LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW ada@laptop";

/// From `sign-in` to `teams`, or to what stands before it.
async fn sign_in(talk: &mut LineClient, heading: &str) {
    talk.says("ada").await;
    talk.goes(ADAS_PASSWORD, heading).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_sees_what_helps() {
    let server = Server::start();
    let mut guest = LineClient::begin(server.address(), "account", true).await;
    guest.says("").await;
    guest.sees("sign-in").await;
    guest.goes("sign-in-help", "Trouble signing in?").await;
    guest.sees("sign-in-help").await;
    guest.goes("no-email", "No email arrives?").await;
    guest.sees("sign-in-help-no-email").await;
    guest.goes("back", "Trouble signing in?").await;
    guest.goes("lost-authenticator", "Lost your authenticator?").await;
    guest.sees("lost-authenticator").await;

    guest.goes("guest-support", "Contact support").await;
    for line in ["ada", "nowhere", "My phone is gone.", "", "It fell into the lake.", ".", "?"] {
        guest.says(line).await;
    }
    guest.sees("guest-support").await;
    for line in ["fill-in", "", "guest@example.org"] {
        guest.says(line).await;
    }
    guest.goes("", "Case 1001 was sent to support").await;
    guest.says("").await;
    guest.sees("guest-case").await;
    let email = server.email("guest", "support case 1001", 1);
    guest.says("fill-in").await;
    guest.goes(email.code().unwrap(), "Case 1001: Opened without signing in").await;
    guest.sees("guest-case-read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn support_says_that_no_sign_in_is_needed() {
    let server = Server::start();
    let mut guest = LineClient::begin(server.address(), "support", true).await;
    guest.says("").await;
    guest.sees("sign-in-support").await;
    guest.goes("2", "Contact support").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_reset() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    ada.says("").await;
    ada.goes("forgot-password", "Reset your password").await;
    ada.says("").await;
    ada.sees("forgot-password").await;
    ada.says("fill-in").await;
    ada.goes("ada", "Check your email").await;
    for line in ["BBBB-BBBB", "", ""] {
        ada.says(line).await;
    }
    ada.sees("enter-code").await;
    ada.says("fill-in").await;
    ada.goes(&server.code("ada", 1), "Choose a new password").await;
    for line in ["short", NEW, "", ""] {
        ada.says(line).await;
    }
    ada.sees("new-password").await;
    ada.says("fill-in").await;
    ada.says(NEW).await;
    ada.goes(NEW, "Your teams").await;
    ada.sees("teams-after-reset").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_mode_lists_what_is_suspended_and_keeps_it() {
    let server = Server::start();
    let mut thief = LineClient::begin(server.address(), "keys", true).await;
    thief.says("ada").await;
    thief.goes(ADAS_PASSWORD, "SSH keys").await;
    thief.goes("add-key", "Add an SSH key").await;
    thief.says(LINE).await;
    thief.hears("[key-added]", 1).await;
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    ada.says("").await;
    ada.goes("forgot-password", "Reset your password").await;
    ada.goes("ada", "Check your email").await;
    ada.goes(&server.code("ada", 1), "Choose a new password").await;
    ada.says(NEW).await;
    ada.goes(NEW, "Review your account").await;
    ada.sees("settings-security-review").await;
    ada.goes("2", "SSH key").await;
    ada.sees("settings-keys-key-suspended").await;
    ada.goes("keep", "Confirm it's you").await;
    ada.goes(NEW, "Review your account").await;
    ada.hears("[key-kept]", 1).await;
    let for_sshd = server.done(&["authorized-keys", "ada"], "");
    assert!(String::from_utf8(for_sshd.stdout).unwrap().contains("ssh-ed25519"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_undone() {
    let server = Server::start();
    let (_, codes) = enroll(&Laptop::without_key(&server));
    let mut thief = LineClient::begin(server.address(), "account", true).await;
    for line in ["ada", ADAS_PASSWORD] {
        thief.says(line).await;
    }
    thief.goes(&codes[0], "Your teams").await;
    thief.goes("settings", "Profile").await;
    thief.goes("settings/password", "Password").await;
    for line in [ADAS_PASSWORD, NEW, NEW] {
        thief.says(line).await;
    }
    let email = server.email("ada", "password was changed", 1);

    let mut ada = LineClient::begin(server.address(), "account", true).await;
    ada.says("").await;
    ada.goes("sign-in-help", "Trouble signing in?").await;
    ada.goes("undo", "Undo a change").await;
    for line in ["BBBB-BBBB-BBBB-BBBB", "", ""] {
        ada.says(line).await;
    }
    ada.sees("undo").await;
    ada.says("fill-in").await;
    ada.goes(email.undo_code().unwrap(), "Undo this change?").await;
    ada.sees("undo-review").await;
    ada.goes("undo", "Two-factor authentication").await;
    for line in ["BBBB-BBBB-BBBB-BBBB-BBBB-BBBB", "", ""] {
        ada.says(line).await;
    }
    ada.sees("undo-second-factor").await;
    ada.goes("back", "Undo this change?").await;
    ada.goes("back", "Sign in to your account").await;
    ada.hears("Note: Nothing was changed. The undo code still works. [not-undone]", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_allows_choosing_the_address_of_the_code() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let password = format!("{ADAS_PASSWORD}\n");
    let laptop = Laptop::without_key(&server);
    let add = "emails add lovelace@home.example.org --password-stdin";
    assert_eq!(laptop.pipes(&password, "ada", add).code, Some(0));
    let code = server.code_at("lovelace@home.example.org", 1);
    let verify = "emails verify lovelace@home.example.org --password-stdin";
    assert_eq!(laptop.pipes(&format!("{password}{code}\n"), "ada", verify).code, Some(0));

    let mut ada = LineClient::begin_with_key(server.address(), "ada", &key.path()).await;
    for line in ["", ""] {
        ada.says(line).await;
    }
    ada.goes("forgot-password", "Reset your password").await;
    ada.says("?").await;
    ada.goes("choose-address", "Where should the code go?").await;
    ada.sees("choose-address").await;
    ada.goes("2", "Check your email").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invited_people_create_an_account_and_so_can_anyone_if_sign_up_is_open() {
    let server = TempFolder::new().with("DOORKEY__PORTAL__SIGN_UP", "open").start().furnished();
    let mut ada = LineClient::begin(server.address(), "ada", true).await;
    ada.goes(ADAS_PASSWORD, "Your teams").await;
    ada.goes("1", "Platform").await;
    ada.goes("invitations", "Invite someone").await;
    ada.says("alan@example.org").await;
    let email = server.email("alan", "invitation", 1);

    let mut alan = LineClient::begin(server.address(), "account", true).await;
    alan.says("").await;
    alan.goes("sign-up", "Create an account").await;
    alan.says("").await;
    alan.sees("sign-up").await;
    let mut alan = LineClient::begin(server.address(), "join", true).await;
    alan.says("").await;
    alan.sees("join").await;
    alan.says("fill-in").await;
    alan.says("alan@example.org").await;
    alan.goes(email.code().unwrap(), "Create your account").await;
    for line in ["grace", NEW, NEW, "", "", "?"] {
        alan.says(line).await;
    }
    alan.sees("join-account").await;
    for line in ["fill-in", "alan", NEW, NEW] {
        alan.says(line).await;
    }
    alan.goes("Alan Turing", "Your teams").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_portal_is_set_up() {
    let server = with_a_relay(TempFolder::new()).start();
    let mut ada = LineClient::begin(server.address(), "setup", true).await;
    ada.says("BBBB-BBBB-BBBB-BBBB").await;
    ada.says("").await;
    ada.sees("setup").await;
    ada.says("fill-in").await;
    ada.goes(&setup_code(&server), "Your email address").await;
    for line in ["ada", ""] {
        ada.says(line).await;
    }
    ada.sees("setup-address").await;
    ada.says("fill-in").await;
    ada.goes("ada@example.org", "Check your email").await;
    ada.says("").await;
    ada.sees("setup-verify").await;
    ada.goes("without-code", "Create the first account").await;
    for line in ["ada", NEW, NEW, "", "", "?"] {
        ada.says(line).await;
    }
    ada.sees("setup-account").await;
    for line in ["fill-in", "ada", NEW, NEW] {
        ada.says(line).await;
    }
    ada.goes("Platform", "Your teams").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_looked_at_changed_and_left() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    sign_in(&mut ada, "Your teams").await;
    ada.sees("teams").await;
    ada.goes("1", "Platform").await;
    ada.sees("team").await;
    ada.goes("grace", "Team member").await;
    ada.sees("team-member").await;
    ada.goes("back", "Platform").await;
    ada.goes("edit", "Edit the team's page").await;
    for line in ["Nights.", "And days.", ".", "http://acme.example", "", "", "?"] {
        ada.says(line).await;
    }
    ada.sees("team-edit").await;
    for line in ["fill-in", "-", "", ""] {
        ada.says(line).await;
    }
    ada.goes("", "Platform").await;
    ada.goes("invitations", "Invite someone").await;
    for line in ["alan", "alan@example.org", ""] {
        ada.says(line).await;
    }
    ada.sees("team-invitations").await;
    ada.goes("1", "An open invitation").await;
    ada.sees("team-invitations-invitation").await;
    ada.goes("back", "Invite someone").await;
    ada.says("").await;
    ada.goes("back", "Platform").await;
    ada.goes("leave-team", "Leave this team").await;
    ada.says("leave-team").await;
    ada.sees("team-leave").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_is_changed_a_setting_at_a_time() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    sign_in(&mut ada, "Your teams").await;
    ada.goes("settings", "Profile").await;
    ada.sees("settings-profile").await;
    for (row, heading, page, answers) in [
        ("1", "Username", "name", &["ada lovelace", "grace", "?"] as &[&str]),
        ("2", "Display name", "display-name", &["?"]),
        ("3", "Language", "language", &[]),
        ("4", "Time zone", "time-zone", &["Europe/Nowhere", "?"]),
        ("5", "Plain prompts", "plain", &["perhaps", "?"]),
        ("6", "No colours", "no-color", &["?"]),
        ("7", "Appearance", "appearance", &[]),
    ] {
        ada.goes(row, heading).await;
        for answer in answers {
            ada.says(answer).await;
        }
        ada.sees(&format!("settings-profile-{page}")).await;
        ada.goes("back", "Profile").await;
    }
    ada.goes("2", "Display name").await;
    ada.goes("Ada Lovelace", "Profile").await;
    ada.goes("2", "Display name").await;
    ada.goes("-", "Profile").await;
    ada.hears("OK: Display name is now: none [profile-changed]", 1).await;

    ada.goes("8", "Addresses").await;
    ada.goes("add", "Add an address").await;
    for line in ["nowhere", "?"] {
        ada.says(line).await;
    }
    ada.sees("settings-profile-emails-add").await;
    ada.says("fill-in").await;
    ada.goes("ada@home.example.org", "Verify your address").await;
    for line in ["BBBB-BBBB", "", ""] {
        ada.says(line).await;
    }
    ada.sees("settings-profile-emails-verify").await;
    ada.goes("back", "Addresses").await;
    ada.sees("settings-profile-emails").await;
    ada.goes("2", "ada@home.example.org").await;
    ada.sees("settings-profile-emails-email").await;
    ada.goes("settings/password", "Password").await;
    for line in [ADAS_PASSWORD, NEW, "no", "", "", "", ""] {
        ada.says(line).await;
    }
    ada.sees("settings-password").await;
}

/// The secret that an authenticator is set up with, as it was told.
fn secret_in(text: &str) -> String {
    let is_group =
        |word: &str| word.len() == 4 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter(|line| line.split(' ').all(is_group)).flat_map(|line| line.split(' ')).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_turned_on_asked_for_and_turned_off() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    sign_in(&mut ada, "Your teams").await;
    ada.goes("settings", "Profile").await;
    ada.goes("settings/security", "Security").await;
    ada.sees("settings-security-off").await;
    ada.goes("turn-on", "Set up an authenticator app").await;
    ada.says("").await;
    ada.hears("[fill-in]", 1).await;
    let app = App(secret_in(&ada.text()));
    ada.sees("settings-security-authenticator").await;
    ada.says("fill-in").await;
    ada.goes(&app.shows_now(), "Save these recovery codes").await;
    for line in ["no", "?"] {
        ada.says(line).await;
    }
    ada.sees("settings-security-recovery-codes").await;
    ada.says("fill-in").await;
    ada.goes("yes", "Security").await;
    ada.sees("settings-security").await;
    ada.goes("new-codes", "Create new recovery codes?").await;
    ada.sees("settings-security-new-recovery-codes").await;
    ada.goes("back", "Security").await;
    ada.goes("turn-off", "Turn off two-factor authentication?").await;
    ada.sees("settings-security-turn-off").await;

    let mut again = LineClient::begin(server.address(), "account", true).await;
    sign_in(&mut again, "Two-factor authentication").await;
    for line in [&app.does_not_show(), "", ""] {
        again.says(line).await;
    }
    again.sees("second-factor").await;
    server.email("ada", "Wrong two-factor code", 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sensitive_is_confirmed() {
    let service = Service::start(Engine::Sqlite).await;
    service.add("ada").await;
    let mut ada = LineClient::begin(serve(&service).await, "account", true).await;
    sign_in(&mut ada, "Your teams").await;
    ada.goes("settings", "Profile").await;
    ada.goes("settings/security", "Security").await;
    service.later(FRESH_MS + 1);
    ada.goes("turn-on", "Confirm it's you").await;
    for line in ["not this one", "", ""] {
        ada.says(line).await;
    }
    ada.sees("confirm").await;
    ada.goes("back", "Security").await;
    // The wait after a wrong try.
    service.later(MINUTE);
    ada.goes("lock", "Session locked").await;
    for line in ["not this one", "", ""] {
        ada.says(line).await;
    }
    ada.sees("locked").await;
    service.later(MINUTE);
    ada.says("fill-in").await;
    ada.goes(ADAS_PASSWORD, "Security").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_sessions_and_activity_are_looked_after() {
    /// A key that nobody uses, so that its name can stand in the transcript.
    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW ada@laptop";
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    sign_in(&mut ada, "Your teams").await;
    ada.goes("settings", "Profile").await;
    ada.goes("settings/keys", "SSH keys").await;
    ada.sees("settings-keys-none").await;
    ada.goes("add-key", "Add an SSH key").await;
    for line in ["id_ed25519.pub", "?"] {
        ada.says(line).await;
    }
    ada.sees("settings-keys-add").await;
    ada.says("fill-in").await;
    ada.goes(KEY, "SSH keys").await;
    ada.sees("settings-keys").await;
    ada.goes("1", "SSH key").await;
    for line in ["ada@desk", "?"] {
        ada.says(line).await;
    }
    ada.sees("settings-keys-key").await;
    ada.goes("remove", "Remove this key?").await;
    ada.sees("confirmation").await;
    ada.goes("back", "SSH key").await;
    ada.says("?").await;
    ada.goes("settings/sessions", "Sessions").await;
    ada.sees("settings-sessions").await;
    ada.goes("1", "Session").await;
    ada.sees("settings-sessions-session").await;
    ada.goes("activity", "Activity").await;
    ada.sees("activity").await;
    ada.goes("1", "SSH key renamed").await;
    ada.sees("activity-row").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_opened_and_gone_on_with() {
    let server = Server::start();
    let mut ada = LineClient::begin(server.address(), "support", true).await;
    sign_in(&mut ada, "Support").await;
    ada.sees("support-none").await;
    ada.goes("new-case", "Open a case").await;
    for line in ["No mail", "", "No email comes.", "", "Since Monday."] {
        ada.says(line).await;
    }
    ada.goes(".", "Send this to support?").await;
    ada.goes("back", "Open a case").await;
    for line in ["", "?"] {
        ada.says(line).await;
    }
    ada.sees("support-new").await;
    for line in ["fill-in", ""] {
        ada.says(line).await;
    }
    ada.goes("", "Send this to support?").await;
    ada.sees("support-new-review").await;
    ada.goes("send", "Case 1001: No mail").await;
    for line in ["fill-in", "Found it.", "Thank you."] {
        ada.says(line).await;
    }
    ada.goes(".", "Case 1001: No mail").await;
    ada.sees("support-case").await;
    ada.goes("back", "Support").await;
    ada.sees("support").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_created_and_an_account_deleted_where_members_may() {
    let place = TempFolder::new().with("DOORKEY__TEAMS__CREATE", "members");
    let server = place.with("DOORKEY__ACCOUNT__DELETION", "true").start();
    server.add_user("ada", Some(ADAS_PASSWORD));
    let mut ada = LineClient::begin(server.address(), "account", true).await;
    sign_in(&mut ada, "Your teams").await;
    ada.goes("create-team", "Create a team").await;
    ada.says("").await;
    ada.sees("teams-new").await;
    ada.says("fill-in").await;
    ada.goes("Night watch", "OK: Night watch has been created [team-created]").await;
    ada.goes("settings", "Profile").await;
    ada.goes("export", "Export your records").await;
    ada.sees("settings-profile-export").await;
    ada.goes("back", "Profile").await;
    ada.goes("delete-account", "Delete your account?").await;
    ada.sees("settings-profile-delete").await;
    ada.goes("delete", "Sign in to your account").await;
    ada.hears("[deletion-requested]", 1).await;
    ada.says("").await;
    ada.goes(ADAS_PASSWORD, "Your teams").await;
    ada.hears("[deletion-cancelled]", 1).await;
}
