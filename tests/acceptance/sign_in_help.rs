//! "Trouble signing in?": each problem leads to its solution.

use super::person::{Key, Person};
use super::server::Server;
use super::steps::choose;

#[test]
fn each_problem_leads_to_what_solves_it() {
    let server = Server::start();
    let mut guest = Person::arrive(server.address());
    guest.wait_for("Sign in to your account");
    guest.type_text("ada");
    choose(&mut guest, "Trouble signing in?");
    guest.wait_for("I forgot my password");
    guest.see_frame("sign-in-help-80x24");
    choose(&mut guest, "My account is locked");
    guest.wait_for("Resetting it");
    guest.see_frame("forgot-password-locked-80x24");
    guest.press(Key::Esc);
    guest.wait_for("I forgot my password");
    choose(&mut guest, "I lost my authenticator");
    guest.wait_for("Lost your authenticator?");
    guest.press(Key::Esc);
    guest.wait_for("I forgot my password");
    choose(&mut guest, "No email arrives");
    guest.wait_for("spam or junk");
    guest.see("portal@acme.example");
    guest.see_frame("sign-in-help-no-email-80x24");
    guest.press(Key::Esc);
    guest.wait_for("I forgot my password");
    choose(&mut guest, "Something else");
    guest.wait_for("Contact support");
    guest.see("ada");
}

#[test]
fn the_chooser_fits_a_narrow_screen() {
    let server = Server::start();
    let mut guest = Person::arrive_as(server.address(), "account", 40, 12);
    guest.wait_for("Sign in to your account");
    choose(&mut guest, "Trouble signing in?");
    guest.wait_for("I forgot my password");
    guest.see_frame("sign-in-help-40x12");
    choose(&mut guest, "No email arrives");
    guest.wait_for("No email arrives?");
    guest.see_frame("sign-in-help-no-email-40x12");
}
