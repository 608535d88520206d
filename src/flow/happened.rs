//! What happened, in one sentence for each kind. The same words in every face.

use crate::accounts::request::activity::{Happened, Row};

/// The sentence for a kind, short enough for a column.
#[must_use]
pub const fn words(happened: Happened) -> &'static str {
    match happened {
        Happened::SignIn => "Signed in by password",
        Happened::SignInWithKey => "Signed in with an SSH key",
        Happened::SignInFailed => "Wrong password",
        Happened::PasswordLocked => "Password locked",
        Happened::CodeIssued => "Reset code sent",
        Happened::CodeProven => "Reset code accepted",
        Happened::CodeRefused => "Wrong reset code",
        Happened::PasswordReset => "Password reset by code",
        Happened::PasswordChanged => "Password changed",
        Happened::PasswordChangeRefused => "Wrong current password",
        Happened::KeyAdded => "SSH key added",
        Happened::KeyRemoved => "SSH key removed",
        Happened::NameChanged => "Username changed",
        Happened::ProfileChanged => "Profile changed",
        Happened::AddressAdded => "Address added",
        Happened::AddressVerified => "Address verified",
        Happened::AddressRemoved => "Address removed",
        Happened::MainAddressChanged => "Main address changed",
        Happened::RecoveryReviewed => "Recovery details reviewed",
        Happened::Confirmed => "Confirmed that it is you",
        Happened::WrongTooOften => "Visit ended: wrong answers",
        Happened::SecondStepOn => "Second step turned on",
        Happened::SecondStepOff => "Second step turned off",
        Happened::SecondStepAsked => "Second step asked for",
        Happened::SecondStepRefused => "Wrong second step",
        Happened::RecoveryCodesCreated => "New recovery codes made",
        Happened::RecoveryCodeUsed => "Recovery code used",
        Happened::KeyRenamed => "SSH key renamed",
        Happened::KeyProven => "SSH key proven",
        Happened::VisitEnded => "Another visit ended",
        Happened::VisitsEnded => "All other visits ended",
        Happened::RecordsExported => "Records exported",
        Happened::SupportOpened => "Support case opened",
        Happened::SupportMessage => "Wrote to support",
        Happened::SupportReply => "Support answered",
        Happened::SupportClosed => "Support case closed",
        Happened::ResetCodeIssued => "Support made a reset code",
        Happened::TeamChanged => "Team changed",
        Happened::TeamInvited => "Invited to a team",
        Happened::TeamInvitationWithdrawn => "Invitation withdrawn",
        Happened::TeamJoined => "Joined a team",
        Happened::TeamLeft => "Left a team",
        Happened::TeamRoleChanged => "Role in a team changed",
        Happened::SignedUp => "Account made by signing up",
        Happened::SignOut => "Signed out",
        Happened::AccountAdded => "Account made",
        Happened::AccountDisabled => "Account disabled",
        Happened::AccountEnabled => "Account enabled",
    }
}

/// The sentence for a row; of a kind that this program does not know, its id.
#[must_use]
pub fn of_row(row: &Row) -> &str {
    row.happened.map_or(row.kind.as_str(), |happened| words(happened))
}

/// `ok` or `refused`.
#[must_use]
pub fn result(row: &Row) -> &'static str {
    if row.is_refusal() { "refused" } else { "ok" }
}

/// From where: a source, or who it was instead of one.
#[must_use]
pub fn source(row: &Row) -> &str {
    if row.source.is_empty() { "the operator" } else { &row.source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_words_of_its_own_that_fit_a_column() {
        let all: HashSet<_> = Happened::ALL.into_iter().map(words).collect();
        assert_eq!(all.len(), Happened::ALL.len());
        for text in all {
            let first = text.chars().next().unwrap_or_default();
            assert!(first.is_uppercase() && text.len() <= 26 && !text.ends_with('.'), "{text}");
        }
    }
}
