//! Sentences that several pages share, above all those for a refusal: what happened, what was not changed, what
//! to do next.

use crate::accounts::request::review::Review;
use crate::accounts::request::{NextCode, Refusal};
use crate::domain::capabilities::{Capabilities, PasswordExpiry};
use crate::domain::email_address::EmailAddress;
use crate::domain::portal::PortalInfo;
use crate::domain::recovery_code::FEW_LEFT;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::KEYS_PER_ACCOUNT;
use crate::domain::support_case::{Author, Case};
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;

use crate::messages::{Label, Language, Message, Speaks};
use crate::{label, message, text};

use super::countdown::{Countdown, RefusedFor};
use super::page::Notice;

/// The notice about a code that is asked for before another one is due.
#[must_use]
pub fn too_soon(next: &NextCode, speaks: &impl Speaks) -> Option<Notice<'static>> {
    let text = || text!(speaks, "another-code-too-soon", when = next.from_when());
    next.too_soon.then(|| Notice::neutral("too-soon", text()))
}

/// How long it takes until another code can be asked for.
pub(super) fn another_code(next: &NextCode) -> Countdown {
    Countdown { until: next.resend_at }
}

/// The notice when no code from an email is typed.
pub(super) const CODE_MISSING: Label = label!("code-missing");

/// Commands to type are in no language.
const OFFER_ONE_KEY: &str = "ssh -o IdentitiesOnly=yes -i FILE";
const START_ENROLMENT: &str = "2fa enroll --start";

/// The notice about `refusal`, for whoever is not signed in: in UTC.
#[must_use]
pub fn refusal(refusal: &Refusal, portal: &PortalInfo) -> Notice<'static> {
    refusal_in(refusal, portal, &TimeZone::default())
}

/// The notice about `refusal`, for somebody who reads times in `zone`.
#[must_use]
pub fn refusal_in(refusal: &Refusal, portal: &PortalInfo, zone: &TimeZone) -> Notice<'static> {
    if let Refusal::TryLater(wait) = refusal {
        let refused_for = RefusedFor::of(*wait, zone, portal);
        return Notice::waiting(refusal.id(), refused_for, portal);
    }
    Notice::bad(refusal.id(), message(refusal, portal, zone).to(portal))
}

/// What happened, what was not changed, what to do next.
fn message(refusal: &Refusal, portal: &PortalInfo, zone: &TimeZone) -> Message {
    let contact = portal.support.as_str();
    match refusal {
        Refusal::WrongCredentials if portal.capabilities.reset => message!("refused-wrong-credentials"),
        Refusal::WrongCredentials => message!("refused-wrong-credentials-without-reset", contact = contact),
        Refusal::TryLater(wait) => RefusedFor::of(*wait, zone, portal).message(),
        Refusal::Busy(seconds) => message!("refused-busy", wait = message!("wait-seconds", n = *seconds)),
        Refusal::CodeRefused => message!("refused-code"),
        Refusal::CodeUsed => message!("refused-code-used"),
        Refusal::CodeTriesUsed => message!("refused-code-tries-used", contact = contact),
        Refusal::CodeMalformed(form) => message!("refused-code-malformed", why = form.message()),
        Refusal::UndoCodeRefused => message!("refused-undo-code"),
        Refusal::SetupCodeRefused => message!("refused-setup-code"),
        Refusal::AlreadySetUp => message!("refused-already-set-up"),
        Refusal::GrantExpired => message!("refused-grant-expired"),
        Refusal::WrongCurrentPassword => message!("refused-wrong-current-password"),
        Refusal::Password(why) => message!("refused-password", why = why.message()),
        Refusal::SignedOutElsewhere => message!("refused-signed-out-elsewhere"),
        Refusal::KeyNotRegistered => message!("refused-key-not-registered"),
        Refusal::TooManyKeysOffered => message!("refused-too-many-keys-offered", command = OFFER_ONE_KEY),
        Refusal::KeySignInOff => message!("refused-key-sign-in-off"),
        Refusal::Key(why) => message!("refused-key", why = why.message()),
        Refusal::KeyTaken => message!("refused-key-taken"),
        Refusal::TooManyKeys => message!("refused-too-many-keys", most = KEYS_PER_ACCOUNT),
        Refusal::NotSuspended => message!("refused-not-suspended"),
        Refusal::NotFound => message!("refused-not-found"),
        Refusal::Unavailable(id) => message!("refused-unavailable", contact = contact, id = id),
        Refusal::OutcomeUnknown(id) => message!("refused-outcome-unknown", contact = contact, id = id),
        Refusal::SecondFactorRefused => message!("refused-second-factor"),
        Refusal::SecondFactorExpired => message!("refused-second-factor-expired"),
        Refusal::SecondFactorLocked => message!("refused-second-factor-locked", contact = contact),
        Refusal::WrongTooOften => message!("refused-wrong-too-often", contact = contact),
        Refusal::PasswordTooShortAlone => {
            message!("refused-password-too-short-alone", min = portal.password_min)
        }
        Refusal::EnrolmentExpired => message!("refused-enrolment-expired", command = START_ENROLMENT),
        Refusal::SecondFactorUnchanged => message!("refused-second-factor-unchanged"),
        Refusal::Profile(why) => message!("refused-profile", why = why.message_in(zone)),
        Refusal::Case(why) => message!("refused-sending", why = why.message()),
        Refusal::CaseClosed => message!("refused-case-closed"),
        Refusal::PublicKeysOff => message!("refused-public-keys-off"),
        Refusal::Team(no) => no.message(),
        Refusal::Join(no) => no.message(),
        Refusal::Deletion(no) => no.message(),
        Refusal::KeptInDirectory => message!("refused-kept-in-directory"),
        Refusal::ClosedInDirectory => message!("refused-closed-in-directory", contact = contact),
        Refusal::PasswordDueInDirectory => {
            message!("refused-password-due-in-directory", contact = contact)
        }
    }
}

/// The notice that recovery codes run out; `None` while there are enough.
pub(super) fn few_recovery_codes(left: i64, speaks: &impl Speaks) -> Option<Notice<'static>> {
    let is_few = left <= FEW_LEFT;
    is_few.then(|| Notice::neutral("few-recovery-codes", text!(speaks, "few-recovery-codes", n = left)))
}

/// The notice for somebody who signs in and has not checked their addresses for half a year.
pub(super) fn review_reminder(speaks: &impl Speaks) -> Notice<'static> {
    Notice::neutral("review-emails", text!(speaks, "review-due"))
}

/// The notice for somebody who signs in with a password that a directory does not take for much longer.
#[must_use]
pub fn password_expiry(expiry: PasswordExpiry, can: Capabilities, speaks: &impl Speaks) -> Notice<'static> {
    const HOUR_S: u32 = 3_600;
    const DAY_S: u32 = 24 * HOUR_S;
    let what = match expiry {
        PasswordExpiry::InSeconds(seconds) if seconds < 2 * DAY_S => {
            message!("password-expires-in-hours", n = i64::from(seconds / HOUR_S))
        }
        PasswordExpiry::InSeconds(seconds) => {
            message!("password-expires-in-days", n = i64::from(seconds / DAY_S))
        }
        PasswordExpiry::AfterSignIns(left) => message!("password-has-expired", n = i64::from(left)),
    };
    let text = if can.change {
        text!(speaks, "password-change-now", what = what)
    } else {
        text!(speaks, "password-change-elsewhere", what = what)
    };
    Notice::warning("password-expires", text)
}

/// What a reset has suspended: `A password reset suspended 2 recently added keys or addresses.`
#[must_use]
pub fn suspended_since(count: i64) -> Message {
    message!("reset-suspended", n = count)
}

/// The notice for somebody who signs in and has not kept or removed what a reset has suspended.
pub(super) fn suspended_reminder(count: i64, speaks: &impl Speaks) -> Notice<'static> {
    let text = text!(speaks, "reset-suspended-see-security", what = suspended_since(count));
    Notice::neutral("suspended", text)
}

/// The notice for somebody whose signing in has cancelled the deletion of the account.
#[must_use]
pub fn deletion_cancelled(speaks: &impl Speaks) -> Notice<'static> {
    Notice::neutral("deletion-cancelled", text!(speaks, "deletion-cancelled"))
}

/// The same for whoever is not signed in yet.
#[must_use]
pub fn suspended_before_sign_in(count: i64, speaks: &impl Speaks) -> Notice<'static> {
    let text = text!(speaks, "reset-suspended-sign-in", what = suspended_since(count));
    Notice::neutral("suspended", text)
}

/// The state of an address in one word or two.
#[must_use]
pub const fn email_state(email: &EmailAddress) -> Label {
    match (email.suspended_at, email.is_primary, email.verified_at) {
        (Some(_), ..) => label!("state-suspended"),
        (None, true, _) => label!("state-primary"),
        (None, false, Some(_)) => label!("state-verified"),
        (None, false, None) => label!("state-not-verified"),
    }
}

/// The state of a key in one word or two.
#[must_use]
pub const fn key_state(key: &RegisteredKey) -> Label {
    match (key.suspended_at, key.verified_at) {
        (Some(_), _) => label!("state-suspended"),
        (None, Some(_)) => label!("state-verified"),
        (None, None) => label!("state-not-verified"),
    }
}

/// From where something was added.
#[must_use]
pub fn added_from<'a>(ip: Option<&'a str>, speaks: &impl Speaks) -> &'a str {
    ip.unwrap_or_else(|| text!(speaks, "the-operator"))
}

/// Where something was added from.
pub(super) fn added_where(ip: Option<&str>, client: Option<&str>, speaks: &impl Speaks) -> String {
    let from = added_from(ip, speaks);
    match client {
        Some(client) => text!(speaks, "added-with-client", from = from, client = client),
        None => from.to_owned(),
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

/// Every way into an account: addresses, keys, the second factor, sessions. In English: only a command lists them so.
#[must_use]
pub fn reviewed_ways(review: &Review) -> Vec<WayIn<'_>> {
    let emails = review.emails.iter().map(|email| WayIn {
        kind: "Address",
        name: email.address.clone(),
        state: email_state(email).to(&Language::English),
        added_at: email.added_at,
        ip: email.added_ip.as_deref(),
        client: email.added_client.as_deref(),
    });
    let mut ways: Vec<_> = emails.collect();
    ways.extend(review.keys.iter().map(|key| WayIn {
        kind: "SSH key",
        name: key.fingerprint.to_string(),
        state: key_state(key).to(&Language::English),
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
pub(super) fn invited_to(team: &str, by: Option<&str>) -> Message {
    match by {
        Some(by) => message!("invited-to-by", team = team, by = by),
        None => message!("invited-to", team = team),
    }
}

/// The command that writes what another one prints to a file, for a shell: it reads the password without showing it.
pub(super) fn command_to_a_file(portal: &PortalInfo, name: &str, command: &str, file: &str) -> String {
    format!("stty -echo; {} {command} --password-stdin > {file}; stty echo", portal.ssh("", name))
}

/// What to type once such a command runs.
pub(super) const fn typed_next(has_second_factor: bool) -> Label {
    if has_second_factor { label!("typed-next-two-factor") } else { label!("typed-next") }
}

/// `Need help? ADDRESS`, the last line of every page a guest can see.
pub(super) fn need_help(portal: &PortalInfo) -> String {
    text!(portal, "need-help", contact = portal.support.as_str())
}

/// A support case: its state and its messages, line by line.
pub(super) fn case(view: &Case, zone: &TimeZone, speaks: &impl Speaks) -> Vec<String> {
    let mut lines = vec![match view.closed_at {
        None => text!(speaks, "case-open-since", date = zone.date_minute(view.opened_at)),
        Some(at) => text!(speaks, "case-closed-on", date = zone.date_minute(at)),
    }];
    for message in &view.messages {
        let date = zone.date_minute(message.at);
        lines.push(match message.author {
            Author::Support => text!(speaks, "case-support-wrote", date = date),
            _ => text!(speaks, "case-you-wrote", date = date),
        });
        lines.extend(message.text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    }
    lines
}

/// What support sees of a case besides its messages.
pub(super) fn case_facts<'a>(view: &'a Case, portal: &PortalInfo) -> impl Iterator<Item = &'a str> + use<'a> {
    let head = (!view.facts.is_empty()).then(|| text!(portal, "case-support-sees"));
    head.into_iter().chain(view.facts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::JoinRefusal;
    use crate::accounts::request::profile::ProfileRefusal;
    use crate::domain::email::EmailRefusal;
    use crate::domain::time_zone::TimeZoneRefusal;
    use crate::domain::wait::Wait;
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
    fn a_refusal_is_told_in_the_language_of_the_portal_with_all_that_is_within_it() {
        let german = PortalInfo { language: Language::German, ..portal() };
        let told = |refusal| self::refusal(&refusal, &german).text.into_owned();
        let at = |text| Timestamp::parse(text).unwrap();
        let wait = Wait::from(at("2026-11-22T14:05:30Z")).told_at(at("2026-11-22T14:05:00Z"));
        assert_eq!(
            told(Refusal::TryLater(wait)),
            "Zu viele Versuche. Es wurde nichts geändert. Versuchen Sie es in 30 Sekunden erneut."
        );
        assert_eq!(
            told(Refusal::Join(JoinRefusal::Address(EmailRefusal::Shape))),
            "Eine E-Mail-Adresse sieht aus wie name@example.org. Es wurde nichts gesendet."
        );
        assert_eq!(
            told(Refusal::Profile(ProfileRefusal::TimeZone(TimeZoneRefusal))),
            "Eine Zeitzone ist UTC, ein Name wie Europe/Berlin oder ein Abstand zu UTC wie +02:00. \
             Es wurde nichts geändert."
        );
    }

    #[test]
    fn how_long_a_password_is_still_taken_is_told_in_one_sentence_and_what_to_do() {
        use PasswordExpiry::{AfterSignIns, InSeconds};
        let own = Capabilities::OWN;
        let told = |expiry, can, language| password_expiry(expiry, can, &language).text.into_owned();
        let english = |expiry| told(expiry, own, Language::English);
        for (expiry, text) in [
            (InSeconds(3 * 86_400 + 5), "Your password expires in 3 days."),
            (InSeconds(2 * 86_400 - 1), "Your password expires in 47 hours."),
            (InSeconds(2 * 3_600 - 1), "Your password expires in an hour."),
            (InSeconds(1), "Your password expires within an hour."),
            (InSeconds(0), "Your password expires within an hour."),
            (AfterSignIns(2), "Your password has expired. You can sign in 2 more times with it."),
            (AfterSignIns(1), "Your password has expired. You can sign in once more with it."),
            (AfterSignIns(0), "Your password has expired. You cannot sign in with it again."),
        ] {
            assert_eq!(english(expiry), format!("{text} Change it now in Settings, Password."));
        }
        let elsewhere = told(AfterSignIns(2), Capabilities { change: false, ..own }, Language::German);
        assert_eq!(
            elsewhere,
            "Ihr Passwort ist abgelaufen. Sie können sich noch 2-mal damit anmelden. Ändern Sie es jetzt dort, wo Ihre \
             Organisation es vorsieht."
        );
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
