//! The audit trail: every kind of event, declared once, and the rows that are written.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::request::SignedIn;
use super::{Accounts, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::hook::DeliveryPriority;
use crate::domain::id::new_id;
use crate::domain::timestamp::Timestamp;
use crate::label;
use crate::mail::EmailKind;
use crate::messages::Label;

/// The client in the rows of operators' commands.
pub const OPERATOR: &str = "operator";

/// Declares every kind of event: what is known of it, in one row. The id is the name in kebab case.
macro_rules! events {
    ($($kind:ident $group:ident $result:ident $sentence:expr $(=> $email:ident)?;)*) => {
        /// What happened. Ids are API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, EnumString, VariantArray)]
        #[strum(serialize_all = "kebab-case")]
        pub enum EventKind {
            $($kind,)*
        }

        impl EventKind {
            /// What it is about, roughly.
            #[must_use]
            pub const fn group(self) -> Group {
                match self { $(Self::$kind => Group::$group,)* }
            }

            /// True when the answer was no.
            #[must_use]
            pub const fn is_refusal(self) -> bool {
                match self { $(Self::$kind => events!(@$result),)* }
            }

            /// The email that tells the account about it, if one does.
            #[must_use]
            pub const fn email(self) -> Option<EmailKind> {
                match self { $(Self::$kind => events!(@email $($email)?),)* }
            }

            /// True when the email about it may carry an undo code.
            #[must_use]
            pub const fn may_be_undone(self) -> bool {
                match self.email() {
                    Some(email) => email.may_carry_undo_code(),
                    None => false,
                }
            }

            /// What people read, short enough for a column: the message `event-` and the id.
            #[must_use]
            pub const fn sentence(self) -> Label {
                match self { $(Self::$kind => $sentence,)* }
            }
        }
    };
    (@ok) => { false };
    (@refused) => { true };
    (@email) => { None };
    (@email $email:ident) => { Some(EmailKind::$email) };
}

events! {
    SignIn                   SignIns ok      label!("event-sign-in");
    SignInWithKey            SignIns ok      label!("event-sign-in-with-key");
    // The password was wrong, or there is no such account.
    SignInFailed             SignIns refused label!("event-sign-in-failed");
    PasswordLocked           SignIns refused label!("event-password-locked")             => PasswordLocked;
    // A service of this machine had the password checked.
    ServiceSignIn            SignIns ok      label!("event-service-sign-in");
    ServiceSignInFailed      SignIns refused label!("event-service-sign-in-failed");
    // The password was right, and two-factor authentication asks for more than the service gave.
    ServiceTwoFactorMissing  SignIns refused label!("event-service-two-factor-missing");
    // After so many wrong passwords in a row none is looked at any more, from that service.
    ServiceLocked            SignIns refused label!("event-service-locked");
    ResetCodeSent            SignIns ok      label!("event-reset-code-sent")             => ResetCode;
    ResetCodeAccepted        SignIns ok      label!("event-reset-code-accepted");
    ResetCodeRefused         SignIns refused label!("event-reset-code-refused");
    ResetCodeIssued          SignIns ok      label!("event-reset-code-issued")           => ResetCodeIssued;
    PasswordReset            Changes ok      label!("event-password-reset")              => PasswordReset;
    // The password was right, and the directory wants another one.
    PasswordChangeDue        SignIns ok      label!("event-password-change-due");
    PasswordChanged          Changes ok      label!("event-password-changed")            => PasswordChanged;
    // Also when it was asked for to reauthenticate.
    PasswordChangeRefused    Changes refused label!("event-password-change-refused");
    KeyAdded                 Changes ok      label!("event-key-added")                   => KeyAdded;
    KeyRemoved               Changes ok      label!("event-key-removed")                 => KeyRemoved;
    KeyRenamed               Changes ok      label!("event-key-renamed");
    // By a reset: they were added shortly before it.
    KeysSuspended            Changes ok      label!("event-keys-suspended");
    KeyKept                  Changes ok      label!("event-key-kept")                    => KeyKept;
    // A connection proved for the first time that it holds the private key.
    KeyVerified              SignIns ok      label!("event-key-verified");
    NameChanged              Changes ok      label!("event-name-changed")                => NameChanged;
    ProfileChanged           Changes ok      label!("event-profile-changed");
    EmailAdded               Changes ok      label!("event-email-added")                 => VerificationCode;
    EmailVerified            Changes ok      label!("event-email-verified")              => EmailAdded;
    EmailRemoved             Changes ok      label!("event-email-removed")               => EmailRemoved;
    PrimaryEmailChanged      Changes ok      label!("event-primary-email-changed")       => PrimaryEmailChanged;
    EmailsSuspended          Changes ok      label!("event-emails-suspended");
    EmailKept                Changes ok      label!("event-email-kept")                  => EmailKept;
    EmailsReviewed           Others  ok      label!("event-emails-reviewed");
    // Codes that verify an address: of an account, to sign up with, or of an invitation.
    VerificationCodeSent     SignIns ok      label!("event-verification-code-sent")      => VerificationCode;
    VerificationCodeRefused  SignIns refused label!("event-verification-code-refused");
    Reauthenticated          SignIns ok      label!("event-reauthenticated");
    // So many wrong answers that the session was ended.
    ReauthenticationFailed   SignIns refused label!("event-reauthentication-failed");
    TwoFactorOn              Changes ok      label!("event-two-factor-on")               => TwoFactorOn;
    TwoFactorOff             Changes ok      label!("event-two-factor-off")              => TwoFactorOff;
    // The password or key was right, and the second factor is still missing.
    TwoFactorAsked           SignIns ok      label!("event-two-factor-asked");
    TwoFactorRefused         SignIns refused label!("event-two-factor-refused")          => TwoFactorRefused;
    // The authenticator is locked: for one place, for unknown ones, or for all.
    TwoFactorLocked          SignIns refused label!("event-two-factor-locked")           => TwoFactorLocked;
    RecoveryCodesCreated     Changes ok      label!("event-recovery-codes-created")      => RecoveryCodesCreated;
    RecoveryCodeUsed         SignIns ok      label!("event-recovery-code-used")          => RecoveryCodeUsed;
    // A code from a notification took that change back, and everything after it.
    ChangeUndone             Changes ok      label!("event-change-undone")               => ChangeUndone;
    SessionRevoked           SignIns ok      label!("event-session-revoked");
    SessionsRevoked          SignIns ok      label!("event-sessions-revoked");
    // Its sign-in made one more than the account may have, and the one that was idle for longest ended.
    SessionLimitReached      SignIns ok      label!("event-session-limit-reached");
    RecordsExported          Others  ok      label!("event-records-exported");
    SupportOpened            Others  ok      label!("event-support-opened")              => SupportOpened;
    SupportMessage           Others  ok      label!("event-support-message");
    SupportReply             Others  ok      label!("event-support-reply")               => SupportReply;
    SupportClosed            Others  ok      label!("event-support-closed")              => SupportClosed;
    TeamCreated              Changes ok      label!("event-team-created");
    TeamChanged              Changes ok      label!("event-team-changed");
    TeamInvited              Changes ok      label!("event-team-invited")                => Invitation;
    TeamInvitationWithdrawn  Changes ok      label!("event-team-invitation-withdrawn");
    TeamJoined               Changes ok      label!("event-team-joined")                 => TeamJoined;
    TeamLeft                 Changes ok      label!("event-team-left")                   => TeamLeft;
    TeamRoleChanged          Changes ok      label!("event-team-role-changed")           => TeamRoleChanged;
    // By an operator: what happened between the backup and this is lost.
    DatabaseRestored         Others  ok      label!("event-database-restored");
    SignedUp                 SignIns ok      label!("event-signed-up");
    // With the setup code of a portal without accounts.
    PortalSetUp              SignIns ok      label!("event-portal-set-up");
    SignOut                  SignIns ok      label!("event-sign-out");
    // By an operator: what had been written past Doorkey counts as genuine from here on.
    AuditLogAccepted         Others  ok      label!("event-audit-log-accepted");
    // By an operator, as are the next three: programs that search the accounts, and what an account is on Unix machines.
    ServiceAccountAdded      Others  ok      label!("event-service-account-added");
    ServiceAccountRemoved    Others  ok      label!("event-service-account-removed");
    UnixAccountChanged       Changes ok      label!("event-unix-account-changed");
    // By an operator, as are the next two.
    AccountAdded             Changes ok      label!("event-account-added");
    AccountDisabled          Changes ok      label!("event-account-disabled");
    AccountEnabled           Changes ok      label!("event-account-enabled");
    // The directory no longer lets them in, so their sessions ended.
    ClosedInDirectory        Changes ok      label!("event-closed-in-directory");
    // By an operator, as are the next two: waits and locks are over.
    LimitsCleared            Changes ok      label!("event-limits-cleared");
    EmailRetried             Others  ok      label!("event-email-retried");
    EmailDropped             Others  ok      label!("event-email-dropped");
    AccountDeletionRequested Changes ok      label!("event-account-deletion-requested")  => AccountDeletionRequested;
    // By a sign-in, a reset, an undo, or an operator who disables the account.
    AccountDeletionCancelled Changes ok      label!("event-account-deletion-cancelled")  => AccountDeletionCancelled;
    // Its rows stay, without the account, its places and its clients.
    AccountDeleted           Changes ok      label!("event-account-deleted")             => AccountDeleted;
}

/// What a row of the activity is about, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Somebody signed in, tried to, or signed out.
    SignIns,
    /// The account changed.
    Changes,
    /// The account stayed as it is.
    Others,
}

impl EventKind {
    /// The stable id, `sign-in-failed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether hooks are told of it. A restore writes a row for every account while no portal runs, and a backup is restored on
    /// other machines too, to rehearse it: other systems must not hear from these.
    #[must_use]
    pub const fn is_told_to_hooks(self) -> bool {
        !matches!(self, Self::DatabaseRestored)
    }

    /// How urgent it is to tell hooks.
    #[must_use]
    pub const fn delivery_priority(self) -> DeliveryPriority {
        match self.group() {
            _ if self.is_refusal() => DeliveryPriority::Low,
            Group::Changes => DeliveryPriority::High,
            Group::SignIns | Group::Others => DeliveryPriority::Normal,
        }
    }
}

/// Who an event is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// An account, by its id and its username.
    Account(&'a str, &'a str),
    /// A name that nobody has, by its keyed hash.
    Nobody(&'a str),
}

impl SignedIn {
    /// The account, as what an event is about.
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject::Account(self.account(), self.name())
    }
}

impl Accounts {
    /// The row for something that was done in a session.
    pub(super) fn event(
        &self,
        event_kind: EventKind,
        subject: Subject<'_>,
        cx: &RequestContext,
        now: Timestamp,
    ) -> AuditEvent {
        let event = AuditEvent {
            ip: cx.source.to_string(),
            client: cx.client.clone(),
            session: cx.session.clone(),
            ..self.operator_event_about(event_kind, subject, now)
        };
        if event_kind.is_refusal() { event.in_series() } else { event }
    }

    /// The row for something that an operator's command did.
    pub(super) fn operator_event(&self, event_kind: EventKind, account: &str, now: Timestamp) -> AuditEvent {
        self.operator_event_about(event_kind, Subject::Account(account, ""), now)
    }

    /// The same, perhaps about a name that nobody has.
    pub(super) fn operator_event_about(
        &self,
        event_kind: EventKind,
        subject: Subject<'_>,
        now: Timestamp,
    ) -> AuditEvent {
        let some = |text: &str| Some(text.to_owned());
        let (account, name, subject) = match subject {
            Subject::Account(id, name) => (some(id), some(name).filter(|name| !name.is_empty()), None),
            Subject::Nobody(mac) => (None, None, some(mac)),
        };
        AuditEvent {
            id: new_id(now, &self.entropy),
            account,
            name,
            subject,
            kind: event_kind.as_str().to_owned(),
            at: now,
            ip: String::new(),
            client: OPERATOR.to_owned(),
            session: String::new(),
            series: None,
            count: 1,
            last_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    use crate::messages::Language;

    #[test]
    fn every_kind_is_found_by_its_id() {
        for event_kind in EventKind::VARIANTS {
            assert_eq!(event_kind.as_str().parse(), Ok(*event_kind));
            assert!(event_kind.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
        assert!("sign-in-".parse::<EventKind>().is_err());
        assert_eq!(EventKind::TwoFactorOn.as_str(), "two-factor-on");
    }

    #[test]
    fn what_changes_an_account_is_urgent_and_what_strangers_set_off_is_not() {
        for (kind, priority) in [
            (EventKind::PasswordChanged, DeliveryPriority::High),
            (EventKind::AccountDisabled, DeliveryPriority::High),
            (EventKind::TeamLeft, DeliveryPriority::High),
            (EventKind::SignIn, DeliveryPriority::Normal),
            (EventKind::ResetCodeSent, DeliveryPriority::Normal),
            (EventKind::SignInFailed, DeliveryPriority::Low),
            (EventKind::ServiceSignInFailed, DeliveryPriority::Low),
            (EventKind::PasswordChangeRefused, DeliveryPriority::Low),
        ] {
            assert_eq!(kind.delivery_priority(), priority, "{kind:?}");
        }
    }

    #[test]
    fn every_kind_has_a_sentence_of_its_own_that_fits_a_column() {
        for (language, longest) in [(Language::English, 26), (Language::German, 30)] {
            let all: HashSet<_> =
                EventKind::VARIANTS.iter().map(|kind| kind.sentence().to(&language)).collect();
            assert_eq!(all.len(), EventKind::VARIANTS.len());
            for text in all {
                let first = text.chars().next().unwrap_or_default();
                let fits = text.chars().count() <= longest;
                assert!(first.is_uppercase() && fits && !text.ends_with('.'), "{text}");
            }
        }
    }

    #[test]
    fn a_sentence_is_found_by_the_id_of_its_kind() {
        for kind in EventKind::VARIANTS {
            assert_eq!(kind.sentence().0, format!("event-{}", kind.as_str()));
        }
    }
}
