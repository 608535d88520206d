//! What the help says of each page: what it is for, and what to do when it does not work. Whoever adds a page adds its
//! two sentences here; a test finds the page that lacks them.

/// The two sentences of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageHelp {
    /// What the page is for.
    pub about: &'static str,
    /// What to do when it does not work.
    pub trouble: &'static str,
}

/// The help of the page with this id.
#[must_use]
pub fn of(page: &str) -> Option<PageHelp> {
    PAGES.iter().find(|(id, ..)| *id == page).map(|&(_, about, trouble)| PageHelp { about, trouble })
}

/// Id, what the page is for, and what to do when it does not work.
const PAGES: &[(&str, &str, &str)] = &[
    (
        "sign-in",
        "Type your email or username and your password to sign in.",
        "If the password is refused, press F2 to see what you typed, or choose Forgot your password?",
    ),
    (
        "sign-in-help",
        "Choose what keeps you from signing in, and read what to do about it.",
        "If nothing here helps, contact support; nobody there will ask for your password.",
    ),
    (
        "sign-in-help/no-email",
        "Find out why an email with a code may not have come.",
        "If it is not in the spam folder after a few minutes, contact support from another address.",
    ),
    (
        "forgot-password",
        "Type your email or username, and we send a code that lets you choose a new password.",
        "If no email comes, check the spelling, then try another address of yours.",
    ),
    (
        "choose-address",
        "Choose which of your addresses the code is sent to.",
        "If you can read none of them, contact support.",
    ),
    (
        "enter-code",
        "Type the code from the email; spaces, dashes and lower case do not matter.",
        "If the code is refused, take the newest email, or send another code.",
    ),
    (
        "second-factor",
        "Type the code that your authenticator app shows now, or one of your recovery codes.",
        "If the app's codes are refused, check the clock of your phone; if the app is lost, use a recovery code.",
    ),
    (
        "lost-authenticator",
        "Read how to get in without your authenticator app.",
        "If you have no recovery code either, contact support.",
    ),
    (
        "new-password",
        "Choose a new password and type it twice; a few unrelated words work well.",
        "If Save stays inactive, read the line below each field: it says what is missing.",
    ),
    (
        "undo",
        "Type the undo code from an email about a change that you did not make.",
        "If the code is refused, it may be older than a week; then contact support.",
    ),
    (
        "undo/review",
        "See what the undo code takes back before it does.",
        "If this is not what you expected, go back: nothing has changed yet.",
    ),
    (
        "undo/second-factor",
        "Confirm the undo with a code from your authenticator app or a recovery code.",
        "If somebody else has set up the app, contact support.",
    ),
    (
        "sign-up",
        "Type your email address, and we send a code to create an account with.",
        "If no email comes, check the spelling and the spam folder.",
    ),
    (
        "join",
        "Type the code from your invitation.",
        "If it is refused, it may have expired; ask whoever invited you for another one.",
    ),
    (
        "join/account",
        "Choose a username and a password for your new account.",
        "If the button stays inactive, read the line below each field: it says what is missing.",
    ),
    (
        "setup",
        "Type the setup code that the portal printed when it started, and create the first account.",
        "If it is refused, restart the portal: it prints the code that works.",
    ),
    (
        "setup/address",
        "Type the email address of the first account.",
        "If you mistype it, go back from the next page and correct it.",
    ),
    (
        "setup/verify",
        "Type the code from the email, which shows that the address is yours.",
        "If no email comes, check the relay with doorkey doctor, or go on without the code.",
    ),
    (
        "setup/account",
        "Choose a username, a password and the name of the first team, which you will own.",
        "If the button stays inactive, read the line below each field: it says what is missing.",
    ),
    (
        "guest-support",
        "Write to support without signing in.",
        "If you expect an answer, make sure that you can read the address you give.",
    ),
    (
        "guest-case",
        "Type the number and the code of your support case to read it.",
        "If the code is refused, take the newest email about the case.",
    ),
    (
        "guest-case/read",
        "Read your support case and answer it.",
        "If an answer is missing, come back later: an email tells you when there is one.",
    ),
    (
        "teams",
        "See your teams and open one with Enter.",
        "If a team is missing, ask one of its owners to invite you.",
    ),
    (
        "teams/new",
        "Create a team and become its owner.",
        "If the name is refused, read the line below the field; nothing was created.",
    ),
    (
        "team",
        "See who is in this team, and invite or manage people if you may.",
        "If an action is missing, only an owner or admin of the team has it.",
    ),
    (
        "team/member",
        "See a member of the team, and change their role or remove them if you may.",
        "If you may not, ask an owner of the team.",
    ),
    (
        "team/invitations",
        "See who is invited and has not come yet.",
        "If an invitation never arrived, withdraw it and invite the person again.",
    ),
    (
        "team/invitations/invitation",
        "See an invitation, and withdraw it if it was a mistake.",
        "If it cannot be withdrawn, it has been used or has expired.",
    ),
    (
        "team/edit",
        "Change the name and the description of the team.",
        "If it is refused, read the line below the field; nothing was changed.",
    ),
    ("team/leave", "Leave this team.", "If you are its last owner, make somebody else an owner first."),
    (
        "settings/profile",
        "See who you are here and what you prefer; Enter opens a setting.",
        "If a setting seems to do nothing, read on its page from when on it applies.",
    ),
    (
        "settings/profile/name",
        "Choose another username.",
        "If it is refused, somebody has it or one that looks like it; try a longer one.",
    ),
    (
        "settings/profile/display-name",
        "Choose what others read beside your username.",
        "If it is refused, leave out unusual characters.",
    ),
    (
        "settings/profile/time-zone",
        "Choose the time zone for times.",
        "If yours is not found, type an offset such as +02:00.",
    ),
    (
        "settings/profile/language",
        "Choose the language of pages and emails.",
        "If you want the one that your computer is set to, choose auto.",
    ),
    (
        "settings/profile/plain",
        "Choose prompts line by line instead of screens.",
        "If you are lost in line mode, type ? at any prompt.",
    ),
    (
        "settings/profile/no-color",
        "Turn colours off.",
        "If colours stay, connect with your SSH key: only then we know who you are before you sign in.",
    ),
    (
        "settings/profile/appearance",
        "Choose colours for a dark or a light background.",
        "If text is hard to read, choose the one that your terminal has, or turn colours off.",
    ),
    (
        "settings/profile/export",
        "Save what is kept about you: copy the command, and run it on your computer.",
        "If nothing is copied, your terminal does not allow it; type the command.",
    ),
    (
        "settings/profile/delete",
        "Delete your account; you have some days to change your mind.",
        "If a team stands in the way, make somebody else its owner first.",
    ),
    (
        "settings/profile/emails",
        "See your email addresses, and add one so that you can always reset your password.",
        "If an address is not verified, open it and type the code from its email.",
    ),
    (
        "settings/profile/emails/email",
        "See an address, make it the primary one or remove it.",
        "If it cannot be removed, make another one the primary one first.",
    ),
    (
        "settings/profile/emails/add",
        "Add an email address; we send a code to it.",
        "If it is refused, check the spelling.",
    ),
    (
        "settings/profile/emails/verify",
        "Type the code from the email to the new address.",
        "If no email comes, look in the spam folder, then send another code.",
    ),
    (
        "settings/password",
        "Change your password: the current one once, the new one twice.",
        "If you do not know the current one, sign out and choose Forgot your password?",
    ),
    (
        "settings/security",
        "See how your account is protected, and turn two-factor authentication on or off.",
        "If you lost your authenticator app, create new recovery codes before you sign out.",
    ),
    (
        "settings/security/review",
        "Decide about keys and addresses that a password reset has suspended.",
        "If you do not know one of them, remove it.",
    ),
    (
        "settings/security/authenticator",
        "Scan the QR code with an authenticator app, then type the code that the app shows.",
        "If the camera does not read it, type the secret into the app; if codes are refused, check the phone's clock.",
    ),
    (
        "settings/security/recovery-codes",
        "Save these recovery codes where you find them without your phone; each works once.",
        "If you cannot save them now, create new ones later; these are not shown again.",
    ),
    (
        "settings/security/new-recovery-codes",
        "Create new recovery codes; the old ones stop working.",
        "If it is refused, confirm your password or your second factor again.",
    ),
    (
        "settings/security/turn-off",
        "Turn two-factor authentication off.",
        "If you only have a new phone, set the app up again instead.",
    ),
    (
        "settings/keys",
        "See the SSH keys that are yours here, and add one.",
        "If a key is not recognised, compare its fingerprint with ssh-keygen -l.",
    ),
    (
        "settings/keys/key",
        "See a key, rename it or remove it.",
        "If you do not know this key, remove it and change your password.",
    ),
    (
        "settings/keys/add",
        "Paste a public key, the one line of a .pub file, or choose one that your client shows.",
        "If it is refused, make sure that it is the public half and not cut off.",
    ),
    (
        "settings/sessions",
        "See where you are signed in, and end sessions.",
        "If you do not know one of them, end it and change your password.",
    ),
    (
        "settings/sessions/session",
        "See a session and end it.",
        "If it comes back, change your password and look at your SSH keys.",
    ),
    (
        "activity",
        "See what happened to your account, newest first; Enter opens a row.",
        "If you do not know something here, open it: its page says what to do.",
    ),
    (
        "activity/row",
        "See one event: when, from where and with which program.",
        "If it was not you, change your password and contact support.",
    ),
    ("support", "See your support cases and open a new one.", "If it is urgent, use the contact below."),
    (
        "support/new",
        "Describe what does not work; you see what is sent before it is sent.",
        "If you cannot send it, use the contact below.",
    ),
    (
        "support/new/review",
        "Read what is sent to support, and send it.",
        "If there is something that should not be sent, go back and change it.",
    ),
    (
        "support/case",
        "Read a support case, answer it or close it.",
        "If an answer is missing, come back later: an email tells you when there is one.",
    ),
    (
        "confirmation",
        "Read what follows from this before it is done.",
        "If this is not what you expected, go back: nothing has changed yet.",
    ),
    (
        "confirm",
        "Confirm that it is you before something sensitive is done.",
        "If you cannot, go back: nothing has changed.",
    ),
    (
        "locked",
        "Your session is locked; your password unlocks it, and nothing is lost.",
        "If you do not know the password, sign out and reset it.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow;

    #[test]
    fn every_page_has_its_two_sentences_and_nothing_else_has() {
        let described: Vec<&str> = PAGES.iter().map(|(id, ..)| *id).collect();
        let lacking: Vec<_> = flow::PAGES.iter().filter(|id| !described.contains(id)).collect();
        let unknown: Vec<_> = described.iter().filter(|id| !flow::PAGES.contains(id)).collect();
        assert!(lacking.is_empty() && unknown.is_empty(), "without help: {lacking:?}, no page: {unknown:?}");
        assert_eq!(described.len(), flow::PAGES.len(), "each once");
    }

    #[test]
    fn each_sentence_is_one_short_sentence() {
        for (id, about, trouble) in PAGES {
            for sentence in [about, trouble] {
                assert!(sentence.ends_with(['.', '?']) && sentence.len() <= 120, "{id}: {sentence}");
            }
            assert!(trouble.starts_with("If "), "{id}: {trouble}");
        }
    }
}
