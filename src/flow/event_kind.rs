//! What happened, in one sentence for each kind. The same words in every face.

use crate::accounts::request::activity::{ActivityRow, EventKind};

/// The sentence for a kind, short enough for a column.
#[must_use]
pub const fn words(event_kind: EventKind) -> &'static str {
    match event_kind {
        EventKind::SignIn => "Signed in by password",
        EventKind::SignInWithKey => "Signed in with an SSH key",
        EventKind::SignInFailed => "Wrong password",
        EventKind::PasswordLocked => "Password locked",
        EventKind::CodeIssued => "Reset code sent",
        EventKind::CodeProven => "Reset code accepted",
        EventKind::CodeRefused => "Wrong reset code",
        EventKind::PasswordReset => "Password reset by code",
        EventKind::PasswordChanged => "Password changed",
        EventKind::PasswordChangeRefused => "Wrong current password",
        EventKind::KeyAdded => "SSH key added",
        EventKind::KeyRemoved => "SSH key removed",
        EventKind::NameChanged => "Username changed",
        EventKind::ProfileChanged => "Profile changed",
        EventKind::EmailAdded => "Email address added",
        EventKind::EmailVerified => "Email address verified",
        EventKind::EmailRemoved => "Email address removed",
        EventKind::PrimaryEmailChanged => "Primary address changed",
        EventKind::RecoveryReviewed => "Email addresses reviewed",
        EventKind::Reauthenticated => "Confirmed it was you",
        EventKind::WrongTooOften => "Ended: too many tries",
        EventKind::TwoFactorOn => "Two-factor turned on",
        EventKind::TwoFactorOff => "Two-factor turned off",
        EventKind::TwoFactorAsked => "Two-factor asked for",
        EventKind::TwoFactorRefused => "Wrong two-factor code",
        EventKind::RecoveryCodesCreated => "New recovery codes made",
        EventKind::RecoveryCodeUsed => "Recovery code used",
        EventKind::KeyRenamed => "SSH key renamed",
        EventKind::KeyProven => "SSH key proven",
        EventKind::SessionEnded => "Another session ended",
        EventKind::SessionsEnded => "All other sessions ended",
        EventKind::RecordsExported => "Records exported",
        EventKind::SupportOpened => "Support case opened",
        EventKind::SupportMessage => "Wrote to support",
        EventKind::SupportReply => "Support answered",
        EventKind::SupportClosed => "Support case closed",
        EventKind::ResetCodeIssued => "Support made a reset code",
        EventKind::TeamChanged => "Team changed",
        EventKind::TeamInvited => "Invited to a team",
        EventKind::TeamInvitationWithdrawn => "Invitation withdrawn",
        EventKind::TeamJoined => "Joined a team",
        EventKind::TeamLeft => "Left a team",
        EventKind::TeamRoleChanged => "Role in a team changed",
        EventKind::SignedUp => "Account made by signing up",
        EventKind::SignOut => "Signed out",
        EventKind::AccountAdded => "Account made",
        EventKind::AccountDisabled => "Account disabled",
        EventKind::AccountEnabled => "Account enabled",
    }
}

/// The sentence for a row; of a kind that this program does not know, its id.
#[must_use]
pub fn of_row(row: &ActivityRow) -> &str {
    row.event_kind.map_or(row.event.kind.as_str(), |event_kind| words(event_kind))
}

/// `ok` or `refused`.
#[must_use]
pub fn result(row: &ActivityRow) -> &'static str {
    if row.is_refusal() { "refused" } else { "ok" }
}

/// From where: a source, or who it was instead of one.
#[must_use]
pub fn source(row: &ActivityRow) -> &str {
    if row.event.ip.is_empty() { "the operator" } else { &row.event.ip }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_words_of_its_own_that_fit_a_column() {
        let all: HashSet<_> = EventKind::ALL.into_iter().map(words).collect();
        assert_eq!(all.len(), EventKind::ALL.len());
        for text in all {
            let first = text.chars().next().unwrap_or_default();
            assert!(first.is_uppercase() && text.len() <= 26 && !text.ends_with('.'), "{text}");
        }
    }
}
