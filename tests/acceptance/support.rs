//! Support: a member's case and a guest's case from start to end.

use super::email::EmailMessage;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{choose, sign_in};

fn open_a_case(ada: &mut Person) {
    ada.press(Key::Alt('8'));
    ada.wait_for("Open a case");
    ada.press(Key::Enter);
    ada.wait_for("Subject");
    ada.type_text("No mail");
    ada.press(Key::Tab);
    ada.type_text("No email comes to my address.\rWhy?");
    ada.wait_for("Why?");
}

fn send_it(ada: &mut Person) {
    choose(ada, "Review");
    ada.wait_for("Send this to support?");
}

fn operator_says(server: &Server, words: &[&str], input: &str) -> String {
    String::from_utf8(server.done(words, input).stdout).unwrap()
}

#[test]
fn a_case_is_shown_whole_before_it_is_sent_then_answered_and_closed() {
    let server = Server::start();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.press(Key::Alt('8'));
    ada.wait_for("You have no cases.");
    ada.see_frame("support-none-80x24");
    open_a_case(&mut ada);
    ada.see_frame("support-new-80x24");
    send_it(&mut ada);
    ada.see("Username: ada");
    ada.see_frame("support-new-review-80x24");
    ada.press(Key::Enter);
    ada.wait_for("Case 1001 was sent to support.");
    ada.see_frame("support-case-80x24");
    server.email("ada", "support case 1001", 1);
    let said = operator_says(&server, &["support", "list"], "");
    assert!(said.contains("1001") && said.contains("ada") && said.contains("No mail"), "{said}");
    operator_says(&server, &["support", "reply", "1001"], "Look in the junk folder.\n");
    server.email("ada", "New reply", 1);
    ada.press(Key::Esc);
    ada.wait_for("open a case here");
    ada.wait_for("1001");
    ada.see_frame("support-80x24");
    ada.press(Key::Enter);
    ada.wait_for("Look in the junk folder.");
    ada.type_text("Found it, thanks");
    choose(&mut ada, "Send");
    ada.wait_for("Your message was sent.");
    let shown = operator_says(&server, &["support", "show", "1001"], "");
    assert!(shown.contains("Found it, thanks") && shown.contains("support wrote at"), "{shown}");
    let said = operator_says(&server, &["support", "close", "1001"], "");
    assert!(said.starts_with("Closed case 1001."), "{said}");
    // What is written meanwhile is kept and not sent.
    ada.type_text("One more thing");
    choose(&mut ada, "Send");
    ada.wait_for("That case is closed");
    ada.see("One more thing");
    ada.press(Key::Esc);
    ada.wait_for("Discard changes?");
    ada.type_text("d");
    ada.wait_for("closed");
    ada.press(Key::Enter);
    ada.wait_for("To continue, open a new case.");
    ada.see_frame("support-case-closed-80x24");
}

#[test]
fn support_can_be_had_on_a_narrow_screen() {
    let server = Server::start();
    let mut ada = Person::arrive_as(server.address(), "support", 40, 12);
    ada.wait_for("Contact support without signing in");
    ada.type_text("ada");
    ada.press(Key::Tab);
    ada.type_text(ADAS_PASSWORD);
    ada.press(Key::Enter);
    ada.wait_for("You have no cases.");
    ada.see_frame("support-none-40x12");
    open_a_case(&mut ada);
    ada.see_frame("support-new-40x12");
    send_it(&mut ada);
    ada.see_frame("support-new-review-40x12");
    // The button is below the edge: the first Enter shows it.
    ada.press(Key::Enter);
    ada.wait_for("PgUp");
    ada.press(Key::Enter);
    ada.wait_for("was sent to support");
    ada.see_frame("support-case-40x12");
    ada.press(Key::Esc);
    ada.wait_for("1001");
    ada.see_frame("support-40x12");
}

#[test]
fn a_guest_opens_a_case_proves_the_address_and_reads_the_answer() {
    let server = Server::start();
    let mut guest = Person::arrive_as(server.address(), "support", 80, 24);
    guest.wait_for("Contact support without signing in");
    guest.see_frame("sign-in-support-80x24");
    choose(&mut guest, "Contact support without signing in");
    guest.wait_for("you are not signed in");
    guest.type_text("ada");
    guest.press(Key::Tab);
    guest.type_text("guest@example.org");
    guest.press(Key::Tab);
    guest.type_text("My phone is gone.");
    guest.wait_for("phone is gone.");
    guest.see_frame("guest-support-80x24");
    choose(&mut guest, "Send");
    guest.wait_for("Case 1001 was sent to support");
    guest.see_frame("guest-case-80x24");
    let shown = operator_says(&server, &["support", "show", "1001"], "");
    assert!(shown.contains("nobody has checked it") && shown.contains("address not verified"), "{shown}");
    let email = server.email("guest", "support case 1001", 1);
    let code = email.code().unwrap();
    guest.type_text(code);
    guest.press(Key::Enter);
    guest.wait_for("Verified. We will answer there.");
    guest.see_frame("guest-case-read-80x24");
    guest.hang_up();
    let said = operator_says(&server, &["support", "reply", "1001"], "Bring your passport.");
    assert!(said.contains("An email says so."), "{said}");
    let email: EmailMessage = server.email("guest", "was updated", 1);
    assert!(!email.text.contains("passport"), "{}", email.text);
    let code = email.code().unwrap().to_owned();

    let mut later = Person::arrive_as(server.address(), "account", 40, 12);
    later.wait_for("Sign in to your account");
    choose(&mut later, "Trouble signing in?");
    later.wait_for("Something else");
    choose(&mut later, "Something else");
    later.wait_for("Contact support");
    later.see_frame("guest-support-40x12");
    choose(&mut later, "I have a case number");
    later.wait_for("Your support case");
    later.see_frame("guest-case-40x12");
    later.type_text("1001");
    later.press(Key::Tab);
    later.type_text(&code);
    later.press(Key::Enter);
    later.wait_for("We will answer there");
    later.see_frame("guest-case-read-40x12");
}

#[test]
fn a_code_that_support_reads_out_is_typed_in_the_reset_page() {
    let server = Server::start();
    let said = operator_says(&server, &["support", "issue-reset-code", "ada"], "");
    let code = said.lines().next().unwrap().to_owned();
    server.email("ada", "Support made a reset code", 1);
    let mut ada = Person::arrive_as(server.address(), "forgot", 80, 24);
    ada.wait_for("Reset your password");
    ada.type_text("ada");
    choose(&mut ada, "I already have a code");
    ada.wait_for("the code from the email");
    ada.type_text(&code);
    ada.press(Key::Enter);
    ada.wait_for("Choose a new password");
}
