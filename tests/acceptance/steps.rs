//! Steps shared by many tests, each from one page to the next.

use super::person::{Key, Person};

/// From `sign-in` with nothing typed: name and password, then Enter.
pub(crate) fn try_to_sign_in(visitor: &mut Person, name: &str, password: &str) {
    visitor.wait_for("Sign in to your account");
    visitor.type_text(name);
    visitor.press(Key::Tab);
    visitor.type_text(password);
    visitor.press(Key::Enter);
}

/// From `sign-in` with nothing typed to `teams`.
pub(crate) fn sign_in(visitor: &mut Person, name: &str, password: &str) {
    try_to_sign_in(visitor, name, password);
    visitor.wait_for("Your teams");
    visitor.wait_for("Members");
}

/// From `sign-in` with the focus on the password to `forgot-password`.
pub(crate) fn choose_forgot_password(visitor: &mut Person) {
    choose(visitor, "Forgot your password?");
    visitor.wait_for("Reset your password");
}

/// From `sign-in` to `enter-code`, for `name`.
pub(crate) fn ask_for_a_code(visitor: &mut Person, name: &str) {
    visitor.wait_for("Sign in to your account");
    visitor.type_text(name);
    visitor.press(Key::Tab);
    choose_forgot_password(visitor);
    visitor.press(Key::Enter);
    visitor.wait_for("Check your email");
}

/// From `enter-code` on with `code`.
pub(crate) fn enter_code(visitor: &mut Person, code: &str) {
    visitor.type_text(code);
    visitor.press(Key::Enter);
}

/// From `new-password` to `teams` with the toast.
pub(crate) fn choose_password(visitor: &mut Person, password: &str) {
    visitor.wait_for("Choose a new password");
    visitor.type_text(password);
    visitor.press(Key::Tab);
    visitor.type_text(password);
    visitor.wait_for("Passwords match");
    visitor.press(Key::Enter);
    visitor.wait_for("Your password has been successfully reset");
}

/// From `teams` to `settings/password`.
pub(crate) fn open_settings_password(visitor: &mut Person) {
    choose(visitor, "Change password");
    visitor.wait_for("Current password");
}

/// From `teams` to `sign-in`.
pub(crate) fn sign_out(visitor: &mut Person) {
    // The last of the ways around, from wherever one is: its number goes to it, Enter takes it.
    visitor.press(Key::Alt('0'));
    visitor.press(Key::Enter);
    visitor.wait_for("You are signed out.");
}

/// From `teams` to `settings/profile`.
pub(crate) fn open_profile(visitor: &mut Person) {
    visitor.type_text("2");
    visitor.wait_for("Display name");
}

/// From any page of a member to the tab of the settings called `label`; its page still has to come.
pub(crate) fn open_tab(visitor: &mut Person, label: &str) {
    visitor.press(Key::Alt('2'));
    visitor.wait_for("Setting Now");
    choose(visitor, label);
}

/// From `settings/profile`, with the focus on its list, to the page behind the row of that number.
pub(crate) fn open_row(visitor: &mut Person, row: usize) {
    // A list that was seen before begins where it was left.
    visitor.press(Key::Home);
    for _ in 0..row {
        visitor.press(Key::Down);
    }
    visitor.press(Key::Enter);
}

/// Presses the button or link called `label`, wherever on the page it stands, going there with Tab.
pub(crate) fn choose(visitor: &mut Person, label: &str) {
    const MOST_ITEMS: usize = 30;
    // All that was typed before is taken in once the help has opened and closed.
    visitor.press(Key::F(1));
    visitor.wait_for("This page");
    visitor.press(Key::F(1));
    visitor.wait_until_gone("This page");
    for _ in 0..MOST_ITEMS {
        if visitor.stands_at(label) {
            visitor.press(Key::Enter);
            return;
        }
        let before = visitor.frame();
        visitor.press(Key::Tab);
        visitor.wait_until_changed(&before);
    }
    panic!("Tab never comes to '{label}'; it shows\n{}", visitor.frame());
}
