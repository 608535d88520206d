//! The landing page and the pages behind it: a team, its members, its invitations, its description.

use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{choose, sign_in};

#[test]
fn enter_opens_a_team_and_esc_leads_back() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Keeps the lights on.");
    ada.see("Your role: owner");
    ada.see("grace");
    ada.see_frame("team-80x24");
    ada.press(Key::Esc);
    ada.wait_for("Your teams");
}

#[test]
fn somebody_without_a_team_sees_what_to_do() {
    let server = Server::start();
    server.add_user("linus", Some("orange bonds resonate"));
    let mut linus = Person::arrive(server.address());
    super::steps::try_to_sign_in(&mut linus, "linus", "orange bonds resonate");
    linus.wait_for("You are not in a team yet.");
    linus.see_frame("teams-none-80x24");
}

/// At the page of Platform, which ada owns.
fn at_platform(server: &Server, user: &str, cols: u16, rows: u16) -> Person {
    let mut ada = Person::arrive_as(server.address(), user, cols, rows);
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("Your role: owner");
    ada
}

#[test]
fn an_owner_promotes_a_member_and_removes_another() {
    let server = Server::start();
    let mut ada = at_platform(&server, "account", 80, 24);
    ada.press(Key::Down);
    ada.press(Key::Enter);
    ada.wait_for("grace is a member of Platform.");
    ada.see_frame("team-member-80x24");
    choose(&mut ada, "Make an owner");
    ada.wait_for("grace is now an owner");
    server.email("grace", "role in a team", 1);
    // The list begins at the row it was left at.
    ada.press(Key::Enter);
    ada.wait_for("Make an ordinary member");
    choose(&mut ada, "Remove from the team");
    ada.wait_for("grace has been removed");
    ada.see_frame("team-alone-80x24");
    server.email("grace", "no longer", 1);
}

#[test]
fn the_last_owner_sees_what_to_do_before_leaving() {
    let server = Server::start();
    let mut ada = at_platform(&server, "account", 80, 24);
    choose(&mut ada, "Leave this team");
    ada.wait_for("You are about to leave Platform.");
    ada.see_frame("team-leave-80x24");
    choose(&mut ada, "Yes, leave this team");
    ada.wait_for("Make another member an owner");
    ada.see_frame("team-leave-refused-80x24");
}

#[test]
fn concurrent_edits_of_two_owners_are_noticed() {
    let server = Server::start();
    let (mut here, mut there) =
        (at_platform(&server, "account", 80, 24), at_platform(&server, "account", 80, 24));
    for ada in [&mut here, &mut there] {
        choose(ada, "Edit description and links");
        ada.wait_for("Edit the team's page");
    }
    here.see_frame("team-edit-80x24");
    here.type_text("\rAll of them.");
    here.press(Key::Tab);
    here.type_text("https://wiki.acme.example");
    choose(&mut here, "Save");
    here.wait_for("The team's page has been changed");
    here.see("https://wiki.acme.example");
    here.see_frame("team-with-link-80x24");
    there.type_text(" Mostly.");
    choose(&mut there, "Save");
    there.wait_for("Another owner changed this meanwhile");
    there.see_frame("team-edit-changed-meanwhile-80x24");
    choose(&mut there, "Save");
    there.wait_for("The team's page has been changed");
    there.see("Keeps the lights on. Mostly.");
}

#[test]
fn an_invitation_is_sent_listed_and_withdrawn() {
    let server = Server::start();
    let mut ada = at_platform(&server, "account", 80, 24);
    choose(&mut ada, "Invite someone");
    ada.wait_for("There are no open invitations.");
    ada.see_frame("team-invitations-none-80x24");
    ada.type_text("alan");
    ada.press(Key::Enter);
    ada.wait_for("Nothing was sent.");
    ada.see("alan");
    ada.type_text("@example.org");
    ada.press(Key::Enter);
    ada.wait_for("Invitation sent to alan@example.org");
    server.email("alan", "invitation", 1);
    ada.see_frame("team-invitations-80x24");
    ada.press(Key::Tab);
    ada.press(Key::Enter);
    ada.wait_for("Withdraw the invitation");
    ada.see_frame("team-invitations-invitation-80x24");
    choose(&mut ada, "Withdraw the invitation");
    ada.wait_for("The invitation has been withdrawn");
    ada.see("There are no open invitations.");
}

#[test]
fn a_small_terminal_shows_every_page_of_a_team() {
    let server = Server::start();
    let mut ada = at_platform(&server, "account", 40, 12);
    ada.see_frame("team-40x12");
    ada.press(Key::Down);
    ada.press(Key::Enter);
    ada.wait_for("grace is a member");
    ada.see_frame("team-member-40x12");
    ada.press(Key::Esc);
    ada.wait_for("Your role: owner");
    choose(&mut ada, "Invite someone");
    ada.wait_for("Invite someone");
    ada.see_frame("team-invitations-40x12");
    ada.type_text("alan@example.org");
    ada.press(Key::Enter);
    ada.wait_for("Invitation sent to");
    choose(&mut ada, "alan@example.org");
    ada.wait_for("An open invitation");
    ada.see_frame("team-invitations-invitation-40x12");
    ada.press(Key::Esc);
    ada.wait_for("Invite someone");
    ada.press(Key::Esc);
    ada.wait_for("Your role: owner");
    choose(&mut ada, "Edit description");
    ada.wait_for("Description");
    ada.see_frame("team-edit-40x12");
    ada.press(Key::Esc);
    ada.wait_for("Your role: owner");
    choose(&mut ada, "Leave this team");
    ada.wait_for("about to leave");
    ada.see_frame("team-leave-40x12");
}

#[test]
fn a_member_creates_a_team_where_members_may() {
    let server = TempFolder::new().with("DOORKEY__TEAMS__CREATE", "members").start().furnished();
    for (cols, rows) in [(40, 12), (80, 24)] {
        let mut ada = Person::arrive_as(server.address(), "account", cols, rows);
        sign_in(&mut ada, "ada", ADAS_PASSWORD);
        choose(&mut ada, "Create a team");
        ada.wait_for("Name");
        if cols == 40 {
            ada.see_frame("teams-new-40x12");
            continue;
        }
        ada.see_frame("teams-new-80x24");
        ada.type_text("platform");
        ada.press(Key::Enter);
        ada.wait_for("There is a team of that name already");
        ada.type_text(" crew");
        ada.press(Key::Enter);
        ada.wait_for("platform crew has been created");
        ada.see("Your role: owner");
    }
}
