//! Why a command failed: a message for people, an id and an exit code for scripts.

use serde_json::json;

use super::CONNECT;
use super::output::{OutputFormat, Printed, line_of};
use crate::accounts::request::{DeletionRefusal, JoinRefusal, Refusal, TeamRefusal};
use crate::domain::exit_code;
use crate::domain::portal::PortalInfo;
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::flow::wording;

pub(super) type Result<T, E = CommandError> = std::result::Result<T, E>;

/// Why a command does not end well.
#[derive(Debug)]
pub enum CommandError {
    /// The service refused.
    Refused(Refusal),
    /// The command cannot run like this.
    Failed(CommandFailure),
    /// The connection is gone; nobody is left to be told.
    Disconnected,
}

impl CommandError {
    /// See [`CommandFailure::new`].
    #[must_use]
    pub fn failed(id: &'static str, message: &str, exit_code: u32) -> Self {
        Self::Failed(CommandFailure::new(id, message, exit_code))
    }

    pub(super) fn usage(message: &str) -> Self {
        Self::Failed(CommandFailure::usage(message))
    }

    /// A bug in this program, which the log has the details of.
    #[must_use]
    pub fn internal() -> Self {
        let message = "Something went wrong on our side. Nothing is known to have changed.";
        Self::failed("internal", message, exit_code::INTERNAL)
    }

    /// A request that panicked; the log has the details under `id`.
    #[must_use]
    pub fn panicked(id: &str, portal: &PortalInfo) -> Self {
        let message = format!(
            "Something went wrong on our side. Nothing is known to have changed. Tell {} this id: {id}",
            portal.support
        );
        Self::failed("internal", &message, exit_code::INTERNAL)
    }

    /// As it is printed at `now`.
    #[must_use]
    pub fn printed(&self, format: OutputFormat, portal: &PortalInfo, now: Timestamp) -> Printed {
        match self {
            Self::Refused(refusal) => {
                CommandFailure::refused(refusal, portal, now, &TimeZone::default()).printed(format)
            }
            Self::Failed(failure) => failure.printed(format),
            Self::Disconnected => Printed { exit_code: exit_code::UNAVAILABLE, ..Printed::default() },
        }
    }
}

/// What is printed when a command fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandFailure {
    id: &'static str,
    message: String,
    retry_after_s: Option<i64>,
    exit_code: u32,
}

impl CommandFailure {
    /// `id` is API, `message` is not.
    #[must_use]
    pub fn new(id: &'static str, message: &str, exit_code: u32) -> Self {
        Self { id, message: message.to_owned(), retry_after_s: None, exit_code }
    }

    pub(super) fn usage(message: &str) -> Self {
        Self::new("usage", message, exit_code::USAGE)
    }

    /// For words in the place of a secret: gives the reason, and does not repeat them.
    pub(super) fn unless_empty(secrets: &[String]) -> Result<(), Self> {
        if secrets.is_empty() { Ok(()) } else { Err(Self::secret_as_argument()) }
    }

    pub(super) fn secret_as_argument() -> Self {
        let message = "A password or code never goes on the command line, where other programs and histories can \
                       read it. Pipe it in (see help) or use a terminal: ssh -t";
        Self::new("secret-as-argument", message, exit_code::USAGE)
    }

    /// The same, with the portal's own address in its usage.
    pub(super) fn connecting_by(self, portal: &PortalInfo, user: &str) -> Self {
        Self { message: self.message.replace(CONNECT, &portal.ssh("", user)), ..self }
    }

    /// A refusal of the service, in the words that pages have for it.
    pub(super) fn refused(refusal: &Refusal, portal: &PortalInfo, now: Timestamp, zone: &TimeZone) -> Self {
        let notice = wording::refusal_in(refusal, portal, zone);
        let retry_after_s = match refusal {
            Refusal::TryLater(wait) => Some(wait.seconds_from(now)),
            Refusal::Busy(seconds) => Some(*seconds),
            _ => None,
        };
        Self { id: notice.id, message: notice.text.into_owned(), retry_after_s, exit_code: code_of(refusal) }
    }

    /// With one sentence more.
    pub(super) fn and(self, sentence: &str) -> Self {
        Self { message: format!("{} {sentence}", self.message), ..self }
    }

    pub(super) fn printed(&self, format: OutputFormat) -> Printed {
        let err = match format {
            OutputFormat::Text => self.text(),
            _ => line_of(&json!({ "error": {
                "id": self.id,
                "message": self.message.split_whitespace().collect::<Vec<_>>().join(" "),
                "retry_after_s": self.retry_after_s,
            }})),
        };
        Printed { out: String::new(), err, exit_code: self.exit_code }
    }

    /// `Error: message [id]`, the id behind the first line of a longer message.
    fn text(&self) -> String {
        let mut lines = self.message.lines();
        let first = lines.next().unwrap_or_default();
        let wait = self.retry_after_s.map(|s| format!(" Retry after {s} s.")).unwrap_or_default();
        let mut text = format!("Error: {first}{wait} [{}]\n", self.id);
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// The exit code for a refusal.
fn code_of(refusal: &Refusal) -> u32 {
    match refusal {
        Refusal::WrongCredentials
        | Refusal::CodeRefused
        | Refusal::CodeUsed
        | Refusal::CodeTriesUsed
        | Refusal::UndoCodeRefused
        | Refusal::SetupCodeRefused
        | Refusal::AlreadySetUp
        | Refusal::GrantExpired
        | Refusal::WrongCurrentPassword
        | Refusal::SignedOutElsewhere
        | Refusal::KeyNotRegistered
        | Refusal::TooManyKeysOffered
        | Refusal::KeySignInOff
        | Refusal::PublicKeysOff
        | Refusal::SecondFactorRefused
        | Refusal::SecondFactorExpired
        | Refusal::EnrolmentExpired
        | Refusal::SecondFactorLocked
        | Refusal::WrongTooOften
        | Refusal::Team(TeamRefusal::NotOwner | TeamRefusal::CreationOff)
        | Refusal::Deletion(DeletionRefusal::Off)
        | Refusal::KeptInDirectory
        | Refusal::ClosedInDirectory
        | Refusal::PasswordDueInDirectory
        | Refusal::Join(JoinRefusal::TooLate) => exit_code::DENIED,
        Refusal::TryLater(_) | Refusal::Busy(_) => exit_code::LATER,
        Refusal::CodeMalformed(_)
        | Refusal::Password(_)
        | Refusal::Key(_)
        | Refusal::KeyTaken
        | Refusal::TooManyKeys
        | Refusal::SecondFactorUnchanged
        | Refusal::PasswordTooShortAlone
        | Refusal::Case(_)
        | Refusal::Profile(_)
        | Refusal::Team(_)
        | Refusal::Deletion(DeletionRefusal::LastOwner(_))
        | Refusal::Join(_) => exit_code::POLICY,
        Refusal::NotFound | Refusal::NotSuspended | Refusal::CaseClosed => exit_code::NO,
        Refusal::Unavailable(_) | Refusal::OutcomeUnknown(_) => exit_code::UNAVAILABLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    use crate::domain::case::CaseRefusal;
    use crate::domain::input::CodeForm;
    use crate::domain::password::PasswordRefusal;
    use crate::domain::ssh_key::KeyRefusal;
    use crate::flow::testing::portal;

    const NOW: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

    fn every_refusal() -> [(Refusal, u32, &'static str); 41] {
        let later = Refusal::TryLater(NOW.plus_ms(1_001).into());
        [
            (Refusal::WrongCredentials, 77, "wrong-credentials"),
            (later, 75, "try-later"),
            (Refusal::Busy(7), 75, "busy"),
            (Refusal::CodeRefused, 77, "code-refused"),
            (Refusal::CodeMalformed(CodeForm::Email), 65, "code-malformed"),
            (Refusal::CodeUsed, 77, "code-used"),
            (Refusal::CodeTriesUsed, 77, "code-tries-used"),
            (Refusal::UndoCodeRefused, 77, "undo-code-refused"),
            (Refusal::SetupCodeRefused, 77, "setup-code-refused"),
            (Refusal::AlreadySetUp, 77, "already-set-up"),
            (Refusal::GrantExpired, 77, "grant-expired"),
            (Refusal::WrongCurrentPassword, 77, "wrong-current-password"),
            (Refusal::Password(PasswordRefusal::Common), 65, "password-refused"),
            (Refusal::SignedOutElsewhere, 77, "signed-out"),
            (Refusal::ClosedInDirectory, 77, "closed-in-directory"),
            (Refusal::PasswordDueInDirectory, 77, "password-due-in-directory"),
            (Refusal::KeyNotRegistered, 77, "key-not-registered"),
            (Refusal::TooManyKeysOffered, 77, "too-many-keys-offered"),
            (Refusal::KeySignInOff, 77, "key-sign-in-off"),
            (Refusal::Key(KeyRefusal::Dsa), 65, "key-refused"),
            (Refusal::KeyTaken, 65, "key-taken"),
            (Refusal::TooManyKeys, 65, "too-many-keys"),
            (Refusal::NotFound, 1, "not-found"),
            (Refusal::Unavailable("8c1f22aa".into()), 69, "unavailable"),
            (Refusal::OutcomeUnknown("8c1f22aa".into()), 69, "outcome-unknown"),
            (Refusal::SecondFactorRefused, 77, "two-factor-refused"),
            (Refusal::SecondFactorExpired, 77, "two-factor-expired"),
            (Refusal::EnrolmentExpired, 77, "enrolment-expired"),
            (Refusal::SecondFactorLocked, 77, "two-factor-locked"),
            (Refusal::WrongTooOften, 77, "wrong-too-often"),
            (Refusal::PasswordTooShortAlone, 65, "password-too-short-alone"),
            (Refusal::SecondFactorUnchanged, 65, "two-factor-unchanged"),
            (Refusal::Case(CaseRefusal::NoText), 65, "case-refused"),
            (Refusal::CaseClosed, 1, "case-closed"),
            (Refusal::PublicKeysOff, 77, "public-keys-off"),
            (Refusal::Team(TeamRefusal::NotOwner), 77, "not-owner"),
            (Refusal::Team(TeamRefusal::CreationOff), 77, "team-creation-off"),
            (Refusal::Deletion(DeletionRefusal::Off), 77, "account-deletion-off"),
            (Refusal::Team(TeamRefusal::LastOwner), 65, "last-owner"),
            (Refusal::Join(JoinRefusal::TooLate), 77, "grant-expired"),
            (Refusal::Join(JoinRefusal::NameTaken), 65, "name-taken"),
        ]
    }

    #[test]
    fn every_refusal_has_its_code_and_its_id_in_both_formats() {
        for (refusal, code, id) in every_refusal() {
            let failure = CommandFailure::refused(&refusal, &portal(), NOW, &TimeZone::default());
            let text = failure.printed(OutputFormat::Text);
            assert_eq!((text.exit_code, text.out.as_str()), (code, ""));
            assert!(
                text.err.starts_with("Error: ") && text.err.ends_with(&format!("[{id}]\n")),
                "{}",
                text.err
            );
            let json = failure.printed(OutputFormat::Json);
            let value: Value = serde_json::from_str(&json.err).unwrap();
            assert_eq!((json.exit_code, value["error"]["id"].as_str()), (code, Some(id)));
            assert_eq!(value["error"]["retry_after_s"].is_null(), code != 75, "{value}");
        }
    }

    #[test]
    fn a_panic_is_an_internal_error_with_the_id_that_is_in_the_log() {
        let printed =
            CommandError::panicked("8c1f22aa", &portal()).printed(OutputFormat::Text, &portal(), NOW);
        assert_eq!((printed.exit_code, printed.out.as_str()), (70, ""));
        assert!(
            printed.err.contains("8c1f22aa") && printed.err.ends_with(" [internal]\n"),
            "{}",
            printed.err
        );
    }

    #[test]
    fn the_seconds_to_wait_are_rounded_up_and_never_nought() {
        for (ms, seconds) in [(1_001, "2"), (1_000, "1"), (1, "1"), (-5_000, "1")] {
            let failure = CommandFailure::refused(
                &Refusal::TryLater(NOW.plus_ms(ms).into()),
                &portal(),
                NOW,
                &TimeZone::default(),
            );
            let text = failure.printed(OutputFormat::Text).err;
            assert!(text.contains(&format!("Retry after {seconds} s.")), "{text}");
        }
    }
}
