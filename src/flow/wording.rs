//! Sentences that several pages share, above all those for a refusal: what happened, what was not changed, what
//! to do next.

use crate::accounts::request::review::Review;
use crate::accounts::request::{NextCode, Refusal};
use crate::domain::email_address::EmailAddress;
use crate::domain::portal::PortalInfo;
use crate::domain::recovery_code::FEW_LEFT;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::KEYS_PER_ACCOUNT;
use crate::domain::support_case::{Author, Case};
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;

use crate::text;

use super::countdown::{Countdown, RefusedFor};
use super::page::Notice;

/// The notice about a code that is asked for before another one is due.
#[must_use]
pub fn too_soon(next: &NextCode) -> Option<Notice<'static>> {
    let text = format!(
        "A code was asked for here a short while ago, so no other one was sent. You can ask for another {}.",
        next.from_when()
    );
    next.too_soon.then(|| Notice::neutral("too-soon", text))
}

/// How long it takes until another code can be asked for.
pub(super) fn another_code(next: &NextCode) -> Countdown {
    Countdown { until: next.resend_at, what: "ask for another code" }
}

/// The notice when no code from an email is typed.
pub(super) const CODE_MISSING: &str = "Type the code from the email, such as WDJB-MJHT.";

const TOO_MANY_KEYS_OFFERED: &str = "Your client offered many SSH keys. The first ones are not registered here, and the \
             rest were not looked at. You are not signed in. Offer one alone: ssh -o IdentitiesOnly=yes -i FILE";

const ENROLMENT_EXPIRED: &str = "No new authenticator waits for its code, or it has waited too long. Nothing was changed. \
                                 Get another secret: 2fa enroll --start";
const CODE_TRIES_USED: &str = "Too many tries with this code. Nothing was changed. Send another one.";
const SECOND_FACTOR_UNCHANGED: &str =
    "Two-factor authentication was already changed in another session. Go back to see how it is now.";
const UNDO_CODE_REFUSED: &str =
    "This undo code doesn't work. It may be mistyped, used or expired. Nothing was changed.";
const SETUP_CODE_REFUSED: &str = "This setup code doesn't work. It may be mistyped or expired. Nothing was changed. \
                                  Restart the portal on its server: it prints the code that works.";
const ALREADY_SET_UP: &str = "This portal has been set up already, so setup codes have no use any more. \
                              Nothing was changed. Sign in, or ask an owner of a team to invite you.";
const WRONG_TOO_OFTEN: &str = "Too many wrong answers. This session has ended. Nothing was changed.";
const KEY_SIGN_IN_OFF: &str = "Here a key does not replace the password. You are not signed in.";

/// The notice about `refusal`, for whoever is not signed in: in UTC.
#[must_use]
pub fn refusal(refusal: &Refusal, portal: &PortalInfo) -> Notice<'static> {
    refusal_in(refusal, portal, &TimeZone::default())
}

/// The notice about `refusal`, for somebody who reads times in `zone`.
#[must_use]
pub fn refusal_in(refusal: &Refusal, portal: &PortalInfo, zone: &TimeZone) -> Notice<'static> {
    let text = match refusal {
        Refusal::WrongCredentials => "That name and password do not match. You are not signed in. \
             Check both, or use Forgot your password?"
            .to_owned(),
        Refusal::TryLater(wait) => {
            return Notice::waiting(refusal.id(), RefusedFor { wait: *wait, zone: zone.clone() });
        }
        Refusal::Busy(seconds) => {
            let unit = if *seconds == 1 { "second" } else { "seconds" };
            format!("The portal is busy. Nothing was changed. Try again in {seconds} {unit}.")
        }
        Refusal::CodeRefused => "That code is wrong or has expired. Nothing was changed. \
             Check it, or send another code."
            .to_owned(),
        Refusal::CodeUsed => {
            "That code was just used, perhaps in another window of yours. Nothing was changed here. \
             Continue there, or send another code."
                .to_owned()
        }
        Refusal::CodeTriesUsed => or_contact(CODE_TRIES_USED, "that one is refused too", portal),
        Refusal::CodeMalformed(form) => {
            format!("{form} Nothing was changed, and it does not count as a try.")
        }
        Refusal::UndoCodeRefused => UNDO_CODE_REFUSED.to_owned(),
        Refusal::SetupCodeRefused => SETUP_CODE_REFUSED.to_owned(),
        Refusal::AlreadySetUp => ALREADY_SET_UP.to_owned(),
        Refusal::GrantExpired => "This reset took too long. Your password was not changed. \
             Start again with a new code."
            .to_owned(),
        Refusal::WrongCurrentPassword => {
            "The current password is incorrect. Your password was not changed.".to_owned()
        }
        Refusal::Password(why) => format!("{why} Your password was not changed."),
        Refusal::SignedOutElsewhere => {
            "Your account was changed in another session, so this one was signed out. Sign in again."
                .to_owned()
        }
        Refusal::KeyNotRegistered => {
            "Your SSH key is not registered here, or not for that account. You are not signed in.".to_owned()
        }
        Refusal::TooManyKeysOffered => TOO_MANY_KEYS_OFFERED.to_owned(),
        Refusal::KeySignInOff => KEY_SIGN_IN_OFF.to_owned(),
        Refusal::Key(why) => format!("{why} Nothing was changed."),
        Refusal::KeyTaken => {
            "That key cannot be added: it is registered already. Nothing was changed.".to_owned()
        }
        Refusal::TooManyKeys => format!(
            "An account can have {KEYS_PER_ACCOUNT} keys at most. Nothing was changed. Remove one that you no longer use."
        ),
        Refusal::NotSuspended => {
            "That is not suspended: it was kept already, perhaps in another session. Nothing was changed."
                .to_owned()
        }
        Refusal::NotFound => {
            "That does not exist any more, or you have no access to it. Go back and refresh.".to_owned()
        }
        Refusal::Unavailable(id) => format!(
            "Temporarily unavailable. Nothing was changed and what you typed is kept. \
             Try again in a minute. If it keeps happening, tell {} this id: {id}",
            portal.support
        ),
        Refusal::OutcomeUnknown(id) => format!(
            "It may or may not have been changed; sign in to see. The connection to the database was lost. \
             If it keeps happening, tell {} this id: {id}",
            portal.support
        ),
        Refusal::SecondFactorRefused => "That code is wrong or was used before. Nothing was changed. \
             Wait for the next one, and check that your device's clock is right."
            .to_owned(),
        Refusal::SecondFactorExpired => {
            "That took too long, or too many codes were wrong. Nothing was changed. Start again.".to_owned()
        }
        Refusal::SecondFactorLocked => format!(
            "Too many wrong codes: the authenticator is locked. Nothing was changed. \
             Use one of your recovery codes, or contact {}.",
            portal.support
        ),
        Refusal::WrongTooOften => or_contact(WRONG_TOO_OFTEN, "you cannot sign in again", portal),
        Refusal::PasswordTooShortAlone => format!(
            "Without two-factor authentication your password needs at least {} characters. Change it first. \
             Nothing was changed.",
            portal.password_min
        ),
        Refusal::EnrolmentExpired => ENROLMENT_EXPIRED.to_owned(),
        Refusal::SecondFactorUnchanged => SECOND_FACTOR_UNCHANGED.to_owned(),
        Refusal::Profile(why) => format!("{} Nothing was changed.", why.sentence_in(zone)),
        Refusal::Case(why) => format!("{why} Nothing was sent."),
        Refusal::CaseClosed => "That case is closed. Nothing was sent. \
             Open a new one and mention its number."
            .to_owned(),
        Refusal::PublicKeysOff => "This portal does not show people's public keys.".to_owned(),
        Refusal::Team(no) => no.to_string(),
        Refusal::Join(no) => no.to_string(),
        Refusal::Deletion(no) => no.to_string(),
    };
    Notice::bad(refusal.id(), text)
}

/// `text`, and whom to ask if that is not enough.
fn or_contact(text: &str, when: &str, portal: &PortalInfo) -> String {
    format!("{text} If {when}, contact {}.", portal.support)
}

/// The notice that recovery codes run out; `None` while there are enough.
pub(super) fn few_recovery_codes(left: i64) -> Option<Notice<'static>> {
    let have = match left {
        0 => "no recovery codes left".to_owned(),
        1 => "1 recovery code left".to_owned(),
        2..=FEW_LEFT => format!("{left} recovery codes left"),
        _ => return None,
    };
    let text = format!("You have {have}. Create new ones in Settings, Security.");
    Some(Notice::neutral("few-recovery-codes", text))
}

/// The notice for somebody who signs in and has not checked their addresses for half a year.
pub(super) fn review_reminder() -> Notice<'static> {
    let text = "It has been six months since you checked your addresses. Are they up to date? See Settings, Profile.";
    Notice::neutral("review-emails", text)
}

/// What a reset has suspended: `A password reset suspended 2 recently added keys or addresses.`
#[must_use]
pub fn suspended_since(count: i64) -> String {
    match count {
        1 => "A password reset suspended 1 recently added key or address.".to_owned(),
        _ => format!("A password reset suspended {count} recently added keys or addresses."),
    }
}

/// The notice for somebody who signs in and has not kept or removed what a reset has suspended.
pub(super) fn suspended_reminder(count: i64) -> Notice<'static> {
    Notice::neutral("suspended", format!("{} See Settings, Security.", suspended_since(count)))
}

/// The notice for somebody whose signing in has cancelled the deletion of the account.
#[must_use]
pub fn deletion_cancelled() -> Notice<'static> {
    let text = "Your account was about to be deleted. Signing in cancelled that, and it stays as it is. To delete it \
                after all, ask for it again.";
    Notice::neutral("deletion-cancelled", text)
}

/// The same for whoever is not signed in yet.
#[must_use]
pub fn suspended_before_sign_in(count: i64) -> Notice<'static> {
    Notice::neutral("suspended", format!("{} Sign in to see what they are.", suspended_since(count)))
}

/// The state of an address in one word or two.
#[must_use]
pub const fn email_state(email: &EmailAddress) -> &'static str {
    match (email.suspended_at, email.is_primary, email.verified_at) {
        (Some(_), ..) => "suspended",
        (None, true, _) => "primary",
        (None, false, Some(_)) => "verified",
        (None, false, None) => "not verified",
    }
}

/// The state of a key in one word or two.
#[must_use]
pub const fn key_state(key: &RegisteredKey) -> &'static str {
    match (key.suspended_at, key.verified_at) {
        (Some(_), _) => "suspended",
        (None, Some(_)) => "verified",
        (None, None) => "not verified",
    }
}

/// From where something was added.
#[must_use]
pub fn added_from(ip: Option<&str>) -> &str {
    ip.unwrap_or("the operator")
}

/// Where something was added from.
pub(super) fn added_where(ip: Option<&str>, client: Option<&str>) -> String {
    match client {
        Some(client) => format!("{} with {client}", added_from(ip)),
        None => added_from(ip).to_owned(),
    }
}

/// A way into an account, as one row of a review.
#[derive(Debug)]
pub struct WayIn<'a> {
    /// `Address`, `SSH key`, `Two-factor` or `Session`.
    pub kind: &'static str,
    /// Which.
    pub name: String,
    /// How it is now.
    pub state: &'static str,
    /// When it was added, or signed in.
    pub added_at: Timestamp,
    /// From where.
    pub ip: Option<&'a str>,
    /// With which client.
    pub client: Option<&'a str>,
}

/// Every way into an account: addresses, keys, the second factor, sessions.
#[must_use]
pub fn reviewed_ways(review: &Review) -> Vec<WayIn<'_>> {
    let emails = review.emails.iter().map(|email| WayIn {
        kind: "Address",
        name: email.address.clone(),
        state: email_state(email),
        added_at: email.added_at,
        ip: email.added_ip.as_deref(),
        client: email.added_client.as_deref(),
    });
    let mut ways: Vec<_> = emails.collect();
    ways.extend(review.keys.iter().map(|key| WayIn {
        kind: "SSH key",
        name: key.fingerprint.to_string(),
        state: key_state(key),
        added_at: key.added_at,
        ip: key.added_ip.as_deref(),
        client: key.added_client.as_deref(),
    }));
    let factor = &review.two_factor;
    ways.extend(factor.on_since.map(|added_at| WayIn {
        kind: "Two-factor",
        name: "authenticator app".to_owned(),
        state: "on",
        added_at,
        ip: factor.added_ip.as_deref(),
        client: factor.added_client.as_deref(),
    }));
    ways.extend(review.sessions.iter().map(|active| WayIn {
        kind: "Session",
        name: if active.is_this_session { "this session".to_owned() } else { active.session.id.clone() },
        state: "signed in",
        added_at: active.session.started_at,
        ip: Some(&active.session.ip),
        client: Some(&active.session.client),
    }));
    ways
}

/// The team of an invitation, and who sent it.
pub(super) fn invited_to(team: &str, by: Option<&str>) -> String {
    let by = by.map(|by| format!(", to which {by} invited you")).unwrap_or_default();
    format!("the team {team}{by}")
}

/// The command that writes what another one prints to a file, for a shell: it reads the password without showing it.
pub(super) fn command_to_a_file(portal: &PortalInfo, name: &str, command: &str, file: &str) -> String {
    format!("stty -echo; {} {command} --password-stdin > {file}; stty echo", portal.ssh("", name))
}

/// What to type once such a command runs.
pub(super) const fn typed_next(has_second_factor: bool) -> &'static str {
    if has_second_factor {
        "Then type your password and press Enter, and the same with a code of your authenticator. Neither is shown."
    } else {
        "Then type your password, which is not shown, and press Enter."
    }
}

/// `Need help? ADDRESS`, the last line of every page a guest can see.
pub(super) fn need_help(portal: &PortalInfo) -> String {
    text!(portal, "need-help", contact = portal.support.as_str())
}

/// A support case: its state and its messages, line by line.
pub(super) fn case(view: &Case, zone: &TimeZone) -> Vec<String> {
    let mut lines = vec![match view.closed_at {
        None => format!("Open since {}.", zone.date_minute(view.opened_at)),
        Some(at) => format!("Closed on {}. To continue, open a new case.", zone.date_minute(at)),
    }];
    for message in &view.messages {
        let author = if message.author == Author::Support { "Support" } else { "You" };
        lines.push(format!("{author}, {}:", zone.date_minute(message.at)));
        lines.extend(message.text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    }
    lines
}

/// What support sees of a case besides its messages.
pub(super) fn case_facts(view: &Case) -> impl Iterator<Item = &str> {
    let head = (!view.facts.is_empty()).then_some("Support also sees:");
    head.into_iter().chain(view.facts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::portal;

    #[test]
    fn an_outage_names_the_id_to_quote_and_says_that_nothing_was_lost() {
        let notice = refusal(&Refusal::Unavailable("8c1f22aa".to_owned()), &portal());
        assert_eq!(notice.id, "unavailable");
        assert!(notice.text.contains("8c1f22aa") && notice.text.contains("what you typed is kept"));
        assert!(notice.text.contains("support@acme.example"));
    }

    #[test]
    fn a_wait_is_told_in_the_zone_of_whoever_waits() {
        let at = Timestamp::parse("2026-10-25T00:59:59.500Z").unwrap();
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        let text = refusal_in(&Refusal::TryLater(at.into()), &portal(), &berlin).text;
        assert!(text.contains("after 02:00:00 CET."), "{text}");
        assert!(refusal(&Refusal::TryLater(at.into()), &portal()).text.contains("after 01:00:00 UTC."));
    }

    #[test]
    fn a_lost_answer_of_the_database_is_not_told_as_nothing_changed() {
        let notice = refusal(&Refusal::OutcomeUnknown("8c1f22aa".to_owned()), &portal());
        assert_eq!(notice.id, "outcome-unknown");
        assert!(notice.text.starts_with("It may or may not have been changed; sign in to see."));
        assert!(notice.text.contains("8c1f22aa") && !notice.text.contains("not changed"));
    }

    #[test]
    fn a_wrong_current_password_has_the_words_that_people_search_for() {
        let notice = refusal(&Refusal::WrongCurrentPassword, &portal());
        assert_eq!(notice.text, "The current password is incorrect. Your password was not changed.");
    }
}
