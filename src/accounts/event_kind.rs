//! The audit trail: every kind of event, declared once, and the rows that are written.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::request::SignedIn;
use super::{Accounts, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::id::new_id;
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;

/// The client in the rows of operators' commands.
pub const OPERATOR: &str = "operator";

/// Declares every kind of event: what is known of it, in one row. The id is the name in kebab case.
macro_rules! events {
    ($($kind:ident $group:ident $result:ident $sentence:literal $(=> $email:ident)?;)*) => {
        /// What happened. Ids are API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, EnumString, VariantArray)]
        #[strum(serialize_all = "kebab-case")]
        pub enum EventKind {
            $(#[doc = $sentence] $kind,)*
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

            /// What people read, short enough for a column.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
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
    SignIn                  SignIns ok      "Signed in with password";
    SignInWithKey           SignIns ok      "Signed in with an SSH key";
    // The password was wrong, or there is no such account.
    SignInFailed            SignIns refused "Wrong password";
    PasswordLocked          SignIns refused "Password locked"          => PasswordLocked;
    ResetCodeSent           SignIns ok      "Reset code sent"          => ResetCode;
    ResetCodeAccepted       SignIns ok      "Reset code accepted";
    ResetCodeRefused        SignIns refused "Wrong reset code";
    ResetCodeIssued         SignIns ok      "Support made a reset code" => ResetCodeIssued;
    PasswordReset           Changes ok      "Password reset"           => PasswordReset;
    PasswordChanged         Changes ok      "Password changed"         => PasswordChanged;
    // Also when it was asked for to reauthenticate.
    PasswordChangeRefused   Changes refused "Wrong current password";
    KeyAdded                Changes ok      "SSH key added"            => KeyAdded;
    KeyRemoved              Changes ok      "SSH key removed"          => KeyRemoved;
    KeyRenamed              Changes ok      "SSH key renamed";
    // By a reset: they were added shortly before it.
    KeysSuspended           Changes ok      "SSH keys suspended";
    KeyKept                 Changes ok      "SSH key kept"             => KeyKept;
    // A connection proved for the first time that it holds the private key.
    KeyVerified             SignIns ok      "SSH key verified";
    NameChanged             Changes ok      "Username changed"         => NameChanged;
    ProfileChanged          Changes ok      "Profile changed";
    EmailAdded              Changes ok      "Email address added"      => VerificationCode;
    EmailVerified           Changes ok      "Email address verified"   => EmailAdded;
    EmailRemoved            Changes ok      "Email address removed"    => EmailRemoved;
    PrimaryEmailChanged     Changes ok      "Primary address changed"  => PrimaryEmailChanged;
    EmailsSuspended         Changes ok      "Email addresses suspended";
    EmailKept               Changes ok      "Email address kept"       => EmailKept;
    EmailsReviewed          Others  ok      "Email addresses reviewed";
    // Codes that verify an address: of an account, to sign up with, or of an invitation.
    VerificationCodeSent    SignIns ok      "Verification code sent"   => VerificationCode;
    VerificationCodeRefused SignIns refused "Wrong verification code";
    Reauthenticated         SignIns ok      "Confirmed it was you";
    // So many wrong answers that the session was ended.
    ReauthenticationFailed  SignIns refused "Signed out: too many tries";
    TwoFactorOn             Changes ok      "Two-factor turned on"     => TwoFactorOn;
    TwoFactorOff            Changes ok      "Two-factor turned off"    => TwoFactorOff;
    // The password or key was right, and the second factor is still missing.
    TwoFactorAsked          SignIns ok      "Two-factor code requested";
    TwoFactorRefused        SignIns refused "Wrong two-factor code"    => TwoFactorRefused;
    // Authenticator codes are looked at no more: from one place, from unknown ones, or at all.
    TwoFactorLocked         SignIns refused "Authenticator locked"     => TwoFactorLocked;
    RecoveryCodesCreated    Changes ok      "New recovery codes created" => RecoveryCodesCreated;
    RecoveryCodeUsed        SignIns ok      "Recovery code used"       => RecoveryCodeUsed;
    // A code from a notification took that change back, and everything after it.
    ChangeUndone            Changes ok      "Change undone"            => ChangeUndone;
    SessionRevoked          SignIns ok      "Session signed out";
    SessionsRevoked         SignIns ok      "Other sessions signed out";
    // Its sign-in made one more than the account may have, and the one that was idle for longest ended.
    SessionLimitReached     SignIns ok      "Idle session signed out";
    RecordsExported         Others  ok      "Records exported";
    SupportOpened           Others  ok      "Support case opened"      => SupportOpened;
    SupportMessage          Others  ok      "Wrote to support";
    SupportReply            Others  ok      "Support replied"          => SupportReply;
    SupportClosed           Others  ok      "Support case closed"      => SupportClosed;
    TeamCreated             Changes ok      "Team created";
    TeamChanged             Changes ok      "Team changed";
    TeamInvited             Changes ok      "Invited to a team"        => Invitation;
    TeamInvitationWithdrawn Changes ok      "Invitation withdrawn";
    TeamJoined              Changes ok      "Joined a team"            => TeamJoined;
    TeamLeft                Changes ok      "Left a team"              => TeamLeft;
    TeamRoleChanged         Changes ok      "Role in a team changed"   => TeamRoleChanged;
    // By an operator: what happened between the backup and this is lost.
    DatabaseRestored        Others  ok      "Restored from a backup";
    SignedUp                SignIns ok      "Signed up";
    // With the setup code of a portal without accounts.
    PortalSetUp             SignIns ok      "Set up the portal";
    SignOut                 SignIns ok      "Signed out";
    // By an operator: what had been written past Doorkey counts as genuine from here on.
    AuditLogAccepted        Others  ok      "Audit log accepted";
    // By an operator, as are the next two.
    AccountAdded            Changes ok      "Account created";
    AccountDisabled         Changes ok      "Account disabled";
    AccountEnabled          Changes ok      "Account enabled";
    // By an operator, as are the next two: waits and locks are over.
    LimitsCleared           Changes ok      "Limits cleared";
    EmailRetried            Others  ok      "Unsent email tried again";
    EmailDropped            Others  ok      "Unsent email dropped";
    AccountDeletionRequested Changes ok     "Account deletion requested" => AccountDeletionRequested;
    // By a sign-in, a reset, an undo, or an operator who disables the account.
    AccountDeletionCancelled Changes ok     "Account deletion cancelled" => AccountDeletionCancelled;
    // Its rows stay, without the account, its places and its clients.
    AccountDeleted          Changes ok      "Account deleted"          => AccountDeleted;
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
    fn every_kind_has_a_sentence_of_its_own_that_fits_a_column() {
        let all: HashSet<_> = EventKind::VARIANTS.iter().map(|event_kind| event_kind.sentence()).collect();
        assert_eq!(all.len(), EventKind::VARIANTS.len());
        for text in all {
            let first = text.chars().next().unwrap_or_default();
            assert!(first.is_uppercase() && text.len() <= 26 && !text.ends_with('.'), "{text}");
        }
    }
}
