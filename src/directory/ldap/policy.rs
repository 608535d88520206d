//! What servers say of a password besides right and wrong: the control of draft-behera-ldap-password-policy, the two of
//! Netscape's servers that 389-ds still sends, and the words of servers that send neither.

use super::ber::{Elements, Malformed, SEQUENCE, number_of};
use super::message::{Code, Outcome, oid};
use crate::directory::{MustChange, PasswordExpiry, PolicyRefusal, Verdict};

/// The errors of the password policy control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyError {
    PasswordExpired,
    AccountLocked,
    ChangeAfterReset,
    PasswordModNotAllowed,
    MustSupplyOldPassword,
    InsufficientPasswordQuality,
    PasswordTooShort,
    PasswordTooYoung,
    PasswordInHistory,
    /// One that the draft does not have, such as OpenLDAP's `passwordTooLong`.
    Unknown(u32),
}

/// What a response says of the password policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PasswordPolicy {
    pub(super) error: Option<PolicyError>,
    /// How often an expired password still opens.
    pub(super) grace_logins_left: Option<u32>,
    /// In how many seconds it expires.
    pub(super) seconds_before_expiration: Option<u32>,
}

impl PasswordPolicy {
    /// Reads the controls of a response. One that is malformed says nothing.
    pub(super) fn of(outcome: &Outcome) -> Self {
        let mut policy = outcome
            .control(oid::PASSWORD_POLICY)
            .and_then(|value| Self::read(value).ok())
            .unwrap_or_default();
        if policy.error.is_none() && outcome.control(oid::NETSCAPE_EXPIRED).is_some() {
            // "Expired" where it opens nothing, and "must be changed" where it was let in.
            let is_in = outcome.is_success() && policy.grace_logins_left.is_none();
            policy.error =
                Some(if is_in { PolicyError::ChangeAfterReset } else { PolicyError::PasswordExpired });
        }
        policy
    }

    /// Reads the control's value.
    fn read(value: &[u8]) -> Result<Self, Malformed> {
        let mut policy = Self::default();
        if value.is_empty() {
            return Ok(policy);
        }
        let mut parts = Elements::of(Elements::of(value).take_tagged(SEQUENCE)?);
        if let Some(warning) = parts.take_optional(0xa0)? {
            let (tag, content) = Elements::of(warning).take()?;
            match tag {
                0x80 => policy.seconds_before_expiration = Some(number_of(content)?),
                0x81 => policy.grace_logins_left = Some(number_of(content)?),
                _ => return Err(Malformed),
            }
        }
        if let Some(error) = parts.take_optional(0x81)? {
            policy.error = Some(match number_of(error)? {
                0 => PolicyError::PasswordExpired,
                1 => PolicyError::AccountLocked,
                2 => PolicyError::ChangeAfterReset,
                3 => PolicyError::PasswordModNotAllowed,
                4 => PolicyError::MustSupplyOldPassword,
                5 => PolicyError::InsufficientPasswordQuality,
                6 => PolicyError::PasswordTooShort,
                7 => PolicyError::PasswordTooYoung,
                8 => PolicyError::PasswordInHistory,
                unknown => PolicyError::Unknown(unknown),
            });
        }
        Ok(policy)
    }
}

/// What a bind says of the password. Nothing where the answer is about something else.
pub(super) fn verdict(outcome: &Outcome) -> Option<Verdict> {
    let policy = PasswordPolicy::of(outcome);
    match outcome.code {
        Code::SUCCESS => {
            Some(match (policy.error, policy.grace_logins_left, policy.seconds_before_expiration) {
                (Some(PolicyError::ChangeAfterReset), ..) => Verdict::MustChange(MustChange::Reset),
                (_, Some(left), _) => Verdict::RightUntil(PasswordExpiry::AfterSignIns(left)),
                (Some(PolicyError::PasswordExpired), ..) => Verdict::MustChange(MustChange::Expired),
                (_, _, Some(seconds)) => Verdict::RightUntil(PasswordExpiry::InSeconds(seconds)),
                _ => Verdict::Right,
            })
        }
        // Servers look at the age of a password only after it was the right one, and at a lock before.
        Code::INVALID_CREDENTIALS => Some(match policy.error {
            Some(PolicyError::PasswordExpired) => Verdict::MustChange(MustChange::Expired),
            Some(PolicyError::AccountLocked) => Verdict::Locked,
            _ => Verdict::Wrong,
        }),
        _ => verdict_of_code(outcome),
    }
}

/// What a bind as a person says by its code alone, whatever kind of directory it is. Nothing where the server would answer
/// anybody like that, or has failed: then no password was looked at. A code for this entry alone gets a verdict, or an
/// entry that is not let in could be told from a name that nobody has.
pub(in crate::directory) fn verdict_of_code(outcome: &Outcome) -> Option<Verdict> {
    match outcome.code {
        // No such entry, or one without a password that could be compared.
        Code::NO_SUCH_OBJECT
        | Code::NO_SUCH_ATTRIBUTE
        | Code::INVALID_DN_SYNTAX
        | Code::INAPPROPRIATE_AUTHENTICATION => Some(Verdict::Wrong),
        // 389-ds: "Exceed password retry limit. Please try later."
        Code::CONSTRAINT_VIOLATION => Some(Verdict::Locked),
        // eDirectory: "NDS error: login lockout (-197)".
        Code::UNWILLING_TO_PERFORM if says(outcome, &["lockout"]) => Some(Verdict::Locked),
        // 389-ds: "Account inactivated. Contact system administrator."; FreeIPA: "Account (Kerberos principal) is expired".
        // Or the entry may not be used to bind. The service account was let in, so it is not everybody.
        Code::UNWILLING_TO_PERFORM | Code::INSUFFICIENT_ACCESS_RIGHTS => Some(Verdict::Disabled),
        _ => None,
    }
}

/// What a server has against a new password. Nothing where the answer is about something else.
pub(super) fn refusal(outcome: &Outcome) -> Option<PolicyRefusal> {
    match PasswordPolicy::of(outcome).error {
        Some(PolicyError::PasswordInHistory) => return Some(PolicyRefusal::InHistory),
        Some(PolicyError::PasswordTooShort) => return Some(PolicyRefusal::TooShort),
        Some(PolicyError::InsufficientPasswordQuality) => return Some(PolicyRefusal::TooWeak),
        Some(PolicyError::PasswordTooYoung) => return Some(PolicyRefusal::TooYoung),
        Some(PolicyError::PasswordModNotAllowed) => return Some(PolicyRefusal::NotAllowed),
        Some(PolicyError::Unknown(_)) => return Some(PolicyRefusal::Other),
        _ => {}
    }
    let is_of_policy = matches!(outcome.code, Code::CONSTRAINT_VIOLATION | Code::UNWILLING_TO_PERFORM);
    is_of_policy.then_some(())?;
    let known = [
        (PolicyRefusal::InHistory, &["history", "reuse", "previously used"][..]),
        (PolicyRefusal::TooYoung, &["minimum age", "too young", "too soon"]),
        (PolicyRefusal::TooShort, &["too short", "characters long", "minimum length"]),
        (PolicyRefusal::NotAllowed, &["not allowed to change"]),
        (PolicyRefusal::TooWeak, &["syntax", "quality", "weak", "based off of", "dictionary", "palindrome"]),
    ];
    let named = known.iter().find(|(_, words)| says(outcome, words)).map(|(refusal, _)| *refusal);
    match outcome.code {
        // What else a server is unwilling to do is nothing that another password would help against.
        Code::UNWILLING_TO_PERFORM => named,
        _ => Some(named.unwrap_or(PolicyRefusal::Other)),
    }
}

/// True when the server wants to see the current password in the change itself (OpenLDAP's `pwdSafeModify`).
pub(super) fn wants_current(outcome: &Outcome) -> bool {
    PasswordPolicy::of(outcome).error == Some(PolicyError::MustSupplyOldPassword)
}

fn says(outcome: &Outcome, words: &[&str]) -> bool {
    let text = outcome.text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome(code: Code, text: &str, control: Option<&[u8]>) -> Outcome {
        let controls = control.map(|value| (oid::PASSWORD_POLICY.to_owned(), value.to_vec()));
        Outcome { code, text: text.to_owned(), controls: controls.into_iter().collect() }
    }

    #[test]
    fn the_control_is_read_as_servers_send_it() {
        let read = |value: &[u8]| PasswordPolicy::read(value).unwrap();
        assert_eq!(read(&[0x30, 0]), PasswordPolicy::default());
        assert_eq!(read(&[]), PasswordPolicy::default());
        assert_eq!(read(&[0x30, 3, 0x81, 1, 0]).error, Some(PolicyError::PasswordExpired));
        assert_eq!(read(&[0x30, 5, 0xa0, 3, 0x81, 1, 2]).grace_logins_left, Some(2));
        let both = read(&[0x30, 9, 0xa0, 4, 0x80, 2, 0x0e, 0x10, 0x81, 1, 2]);
        assert_eq!(
            (both.seconds_before_expiration, both.error),
            (Some(3_600), Some(PolicyError::ChangeAfterReset))
        );
        assert_eq!(read(&[0x30, 3, 0x81, 1, 77]).error, Some(PolicyError::Unknown(77)));
    }

    #[test]
    fn a_bind_gives_a_verdict_by_its_code_and_its_control() {
        let (right, wrong) = (Code::SUCCESS, Code::INVALID_CREDENTIALS);
        for (code, control, expected) in [
            (right, None, Verdict::Right),
            (right, Some(&[0x30, 0][..]), Verdict::Right),
            (
                right,
                Some(&[0x30, 6, 0xa0, 4, 0x80, 2, 1, 0]),
                Verdict::RightUntil(PasswordExpiry::InSeconds(256)),
            ),
            (
                right,
                Some(&[0x30, 5, 0xa0, 3, 0x81, 1, 2]),
                Verdict::RightUntil(PasswordExpiry::AfterSignIns(2)),
            ),
            (right, Some(&[0x30, 3, 0x81, 1, 2]), Verdict::MustChange(MustChange::Reset)),
            (wrong, None, Verdict::Wrong),
            (wrong, Some(&[0x30, 3, 0x81, 1, 0]), Verdict::MustChange(MustChange::Expired)),
            (wrong, Some(&[0x30, 3, 0x81, 1, 1]), Verdict::Locked),
            (wrong, Some(&[0x30, 3, 0x81, 1, 2]), Verdict::Wrong),
            // What is malformed makes no wrong password right.
            (wrong, Some(&[0x30, 9, 0x81]), Verdict::Wrong),
        ] {
            assert_eq!(verdict(&outcome(code, "", control)), Some(expected), "{code} {control:?}");
        }
        assert_eq!(verdict(&outcome(Code::BUSY, "", None)), None);
    }

    #[test]
    fn a_code_for_an_entry_gets_a_verdict_and_one_for_everybody_gets_none() {
        let told = |code, text: &str| verdict(&outcome(Code(code), text, None));
        for (code, text, expected) in [
            (16, "", Verdict::Wrong),
            (19, "Exceed password retry limit. Please try later.", Verdict::Locked),
            (32, "", Verdict::Wrong),
            (34, "", Verdict::Wrong),
            (48, "", Verdict::Wrong),
            (50, "", Verdict::Disabled),
            (53, "Account inactivated. Contact system administrator.", Verdict::Disabled),
            (53, "NDS error: login lockout (-197)", Verdict::Locked),
            (53, "Account (Kerberos principal) is expired", Verdict::Disabled),
            (53, "", Verdict::Disabled),
        ] {
            assert_eq!(told(code, text), Some(expected), "{code} {text:?}");
        }
        for code in [1, 2, 3, 7, 8, 10, 11, 12, 13, 14, 51, 52, 54, 80, 4_096] {
            assert_eq!(told(code, "locked"), None, "{code}");
        }
    }

    #[test]
    fn the_old_control_of_389_ds_means_expired_or_reset_by_whether_the_bind_succeeded() {
        let with_old = |code| Outcome {
            controls: vec![(oid::NETSCAPE_EXPIRED.to_owned(), b"0".to_vec())],
            ..outcome(code, "", None)
        };
        let (let_in, kept_out) = (with_old(Code::SUCCESS), with_old(Code::INVALID_CREDENTIALS));
        assert_eq!(verdict(&let_in), Some(Verdict::MustChange(MustChange::Reset)));
        assert_eq!(verdict(&kept_out), Some(Verdict::MustChange(MustChange::Expired)));
    }

    #[test]
    fn refusals_are_known_by_control_or_by_the_words_of_known_servers() {
        let refused = |text: &str| refusal(&outcome(Code::CONSTRAINT_VIOLATION, text, None));
        assert_eq!(refused("password in history"), Some(PolicyRefusal::InHistory));
        assert_eq!(refused("within password minimum age"), Some(PolicyRefusal::TooYoung));
        let short = "invalid password syntax - password must be at least 8 characters long";
        assert_eq!(refused(short), Some(PolicyRefusal::TooShort));
        assert_eq!(refused("invalid password syntax - no digit"), Some(PolicyRefusal::TooWeak));
        assert_eq!(refused("no"), Some(PolicyRefusal::Other));
        let by_control =
            |error| refusal(&outcome(Code::CONSTRAINT_VIOLATION, "", Some(&[0x30, 3, 0x81, 1, error])));
        let all = [3, 5, 6, 7, 8, 9].map(by_control);
        let expected = [
            PolicyRefusal::NotAllowed,
            PolicyRefusal::TooWeak,
            PolicyRefusal::TooShort,
            PolicyRefusal::TooYoung,
            PolicyRefusal::InHistory,
            PolicyRefusal::Other,
        ];
        assert_eq!(all, expected.map(Some));
        assert_eq!(refusal(&outcome(Code::UNWILLING_TO_PERFORM, "not now", None)), None);
        assert_eq!(refusal(&outcome(Code::INSUFFICIENT_ACCESS_RIGHTS, "", None)), None);
    }

    proptest! {
        #[test]
        fn any_control_is_read_or_refused(value: Vec<u8>, code in 0_u32..100) {
            let outcome = outcome(Code(code), "", Some(&value));
            let _ = (verdict(&outcome), refusal(&outcome), wants_current(&outcome));
        }
    }
}
