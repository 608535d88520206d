//! Signing in: the first page, a wrong and a right password, typing ahead, and leaving.

use super::commands::two_factor::enroll;
use super::commands::{Key as SshKey, Laptop};
use super::line_client::LineClient;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{sign_in, sign_out, try_to_sign_in};

#[test]
fn a_wrong_password_reveals_nothing_else() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    ada.wait_for("Sign in to your account");
    ada.see_frame("sign-in-80x24");
    try_to_sign_in(&mut ada, "ada", "not the password at all");
    ada.wait_for("That name and password do not match. You are not signed in.");
    ada.see_frame("sign-in-refused-80x24");
    let mut stranger = Person::arrive(server.address());
    try_to_sign_in(&mut stranger, "eve", "not the password at all");
    stranger.wait_for("That name and password do not match.");
    assert_eq!(ada.frame(), stranger.frame().replace("eve", "ada"));
}

#[test]
fn a_wait_is_told_in_seconds_and_its_end_is_shown_without_a_key() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", "not the password at all");
    ada.wait_for("That name and password do not match.");
    // The first tries are free.
    while !ada.sees("Try again in") {
        let before = ada.frame();
        ada.type_text("not the password either");
        ada.press(Key::Enter);
        ada.wait_until_changed(&before);
        ada.wait_until_gone("\u{2022}");
    }
    ada.wait_for("You can try again now.");
    ada.dont_see("Error:");
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Your teams");
}

#[test]
fn the_right_password_lands_on_the_teams_and_signing_out_leads_back() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.see("Platform");
    ada.see_frame("teams-80x24");
    sign_out(&mut ada);
    ada.see_frame("sign-in-signed-out-80x24");
}

#[test]
fn a_whole_sign_in_typed_ahead_in_one_packet_works() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    ada.send(format!("ada\t{ADAS_PASSWORD}\r").as_bytes());
    ada.wait_for("Platform");
}

#[test]
fn a_password_is_never_on_the_screen_unless_asked_for() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    ada.wait_for("Sign in to your account");
    ada.press(Key::Tab);
    ada.type_text("violet");
    ada.wait_for("••••••");
    ada.dont_see("violet");
    ada.press(Key::F(2));
    ada.wait_for("violet");
    ada.press(Key::F(2));
    ada.wait_until_gone("violet");
}

#[test]
fn the_cursor_follows_the_focus_by_tab_and_arrows() {
    let server = Server::start();
    let mut visitor = Person::arrive(server.address());
    visitor.wait_for("Sign in to your account");
    let row = |visitor: &Person| visitor.screen().cursor_position().0;
    let (name, mut last) = (row(&visitor), row(&visitor));
    for (key, downwards) in [(Key::Down, true), (Key::Up, false), (Key::Tab, true), (Key::BackTab, false)] {
        visitor.press(key);
        visitor.wait_until_row(|now| if downwards { now > last } else { now < last });
        last = row(&visitor);
    }
    assert_eq!(last, name);
}

#[test]
fn another_user_name_prefills_the_form_whether_there_is_such_an_account_or_not() {
    let server = Server::start();
    for name in ["ada", "nobody-here"] {
        let mut visitor = Person::arrive_as(server.address(), name, 80, 24);
        visitor.wait_for("Sign in to your account");
        visitor.see(name);
        visitor.hang_up();
    }
}

#[test]
fn leaving_restores_the_terminal_and_ends_with_nought() {
    let server = Server::start();
    let mut visitor = Person::arrive(server.address());
    visitor.wait_for("Sign in to your account");
    assert!(visitor.screen().alternate_screen());
    visitor.press(Key::Ctrl('c'));
    assert_eq!(visitor.wait_for_the_end(), Some(0));
    let screen = visitor.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    visitor.see("Goodbye.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_a_second_factor_sign_in_where_the_portal_allows_it_and_the_password_is_asked_for_later() {
    for allowed in ["false", "true"] {
        let server = TempFolder::new().with("DOORKEY__AUTH__KEY_SIGN_IN", allowed).start().furnished();
        let key = SshKey::make().registered_by_ada(&server);
        let (_, codes) = enroll(&Laptop::without_key(&server));
        let mut ada = LineClient::begin_with_key(server.address(), "ada", &key.path()).await;
        ada.hears("is registered to ada.", 1).await;
        for line in ["", ""] {
            ada.says(line).await;
        }
        ada.hears("[sign-in-help]", 1).await;
        assert_eq!(ada.text().contains("[sign-in-with-key]"), allowed == "true", "{}", ada.text());
        if allowed == "false" {
            continue;
        }
        ada.goes("sign-in-with-key", "Two-factor authentication").await;
        ada.goes(&codes[0], "Your teams").await;
        ada.goes("settings", "Profile").await;
        ada.goes("settings/keys", "SSH keys").await;
        ada.goes("1", "SSH key").await;
        ada.says("?").await;
        ada.goes("remove", "Remove this key?").await;
        ada.goes("remove", "Confirm it's you").await;
        ada.goes(ADAS_PASSWORD, "SSH keys").await;
        ada.hears("[key-removed]", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_has_had_its_tries_is_told_so_whether_it_is_right_or_wrong() {
    for (name, right) in [("ada", true), ("nobody", false)] {
        let server = Server::start();
        let mut guest = LineClient::begin(server.address(), "forgot", true).await;
        guest.goes(name, "Check your email").await;
        // Tries from before the code is there are not the code's.
        let code = if right { server.code("ada", 1) } else { "CCCC-CCCC".to_owned() };
        for _ in 0..5 {
            guest.says("BBBB-BBBB").await;
        }
        guest
            .hears(
                "Too many tries with this code. Nothing was changed. Send another one. If that one is refused too, \
                 contact support@acme.example. [code-tries-used]",
                1,
            )
            .await;
        guest.says(&code).await;
        guest.hears("[code-tries-used]", 2).await;
    }
}
