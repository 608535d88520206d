//! The event matrix: triggering an event leaves exactly one row of its kind, the rows that
//! are declared to accompany it, and exactly the declared emails. Each email says when, from
//! where and with which client it happened, and what to do if it was not you; none contains a link or text of others.
//!
//! A kind that is missing in [`leaves`] does not compile. What needs a real connection is [`Leaves::ByItsOwnTest`].

mod action;
mod team_fixture;

use doorkey::accounts::EventKind;
use doorkey::mail::transport::SentEmail;
use doorkey::store::lock_order;
use strum::VariantArray;

use self::action::TestAction;
use super::{Service, code_in};
use crate::engine::on_both_engines;

/// Who receives an email.
const ADA: &str = "ada@example.org";
const HOME: &str = "ada@home.example";
const ALAN: &str = "alan@example.org";
const SUPPORT: &str = "support@acme.example";

/// What an event leaves behind.
enum Leaves {
    /// These rows in addition to its own, and these emails: recipient, and the start or end of the subject.
    Here(&'static [EventKind], &'static [(&'static str, &'static str)]),
    /// Covered by the named test of another module.
    ByItsOwnTest(&'static str),
}

/// The matrix.
fn leaves(event_kind: EventKind) -> Leaves {
    use EventKind as H;
    use Leaves::{ByItsOwnTest, Here};
    match event_kind {
        H::SignInWithKey => ByItsOwnTest("commands::activity: a key is proven on the wire only"),
        H::ServiceSignIn | H::ServiceSignInFailed | H::ServiceTwoFactorMissing | H::ServiceLocked => {
            ByItsOwnTest("verify: a service asks, and not a session")
        }
        H::PasswordChangeDue => ByItsOwnTest("command_directory: only a directory asks for it"),
        H::ClosedInDirectory => ByItsOwnTest("foreign_directory: only a directory closes an account so"),
        H::PasswordLocked => Here(&[H::SignInFailed], &[(ADA, "password was locked")]),
        H::ResetCodeSent => Here(&[], &[(ADA, "Your Doorkey reset code")]),
        // A source that is known; `activity.rs` has those that are not.
        H::SignIn
        | H::SignInFailed
        | H::SignOut
        | H::ResetCodeAccepted
        | H::ResetCodeRefused
        | H::VerificationCodeRefused
        | H::PasswordChangeRefused
        | H::RecordsExported
        | H::AccountAdded
        | H::AccountDisabled
        | H::AccountEnabled
        | H::LimitsCleared
        | H::ProfileChanged
        | H::EmailsReviewed
        | H::Reauthenticated
        | H::KeyRenamed
        | H::TwoFactorAsked
        | H::SessionRevoked
        | H::SessionsRevoked
        | H::TeamCreated
        | H::TeamChanged
        | H::TeamInvitationWithdrawn => Here(&[], &[]),
        H::TwoFactorRefused => Here(&[], &[(ADA, "Wrong two-factor code")]),
        H::TwoFactorLocked => Here(&[H::TwoFactorRefused], &[(ADA, "authenticator was locked")]),
        H::ReauthenticationFailed => Here(&[H::PasswordChangeRefused], &[]),
        H::PasswordReset => Here(&[], &[(ADA, "password was reset")]),
        H::PasswordChanged => Here(&[], &[(ADA, "password was changed")]),
        H::KeyAdded => Here(&[], &[(ADA, "SSH key was added")]),
        H::KeyRemoved => Here(&[], &[(ADA, "SSH key was removed")]),
        H::SupportOpened => Here(&[], &[(ADA, "support case 1001"), (SUPPORT, "support: case 1001")]),
        H::SupportMessage => Here(&[], &[(SUPPORT, "support: case 1001")]),
        H::SupportReply => Here(&[], &[(ADA, "New reply to your Doorkey support case 1001")]),
        H::SupportClosed => Here(&[], &[(ADA, "case 1001 was closed")]),
        H::ResetCodeIssued => Here(&[], &[(ADA, "Support made a reset code")]),
        H::NameChanged => Here(&[], &[(ADA, "Doorkey username was changed")]),
        H::VerificationCodeSent | H::EmailAdded => Here(&[], &[(HOME, "Doorkey verification code")]),
        H::EmailVerified => Here(&[], &[(ADA, "address was added"), (HOME, "address was added")]),
        H::EmailRemoved => Here(&[], &[(ADA, "address was removed"), (HOME, "address was removed")]),
        H::PrimaryEmailChanged => Here(&[], &[(ADA, "primary address"), (HOME, "primary address")]),
        H::TwoFactorOn => Here(
            &[H::RecoveryCodesCreated],
            &[(ADA, "Two-factor authentication is on"), (ADA, "New recovery codes")],
        ),
        H::TwoFactorOff => Here(&[], &[(ADA, "Two-factor authentication is off")]),
        H::RecoveryCodesCreated => Here(&[], &[(ADA, "New recovery codes")]),
        H::RecoveryCodeUsed => Here(&[H::SignIn], &[(ADA, "recovery code was used")]),
        H::KeysSuspended | H::EmailsSuspended | H::KeyKept | H::EmailKept => {
            ByItsOwnTest("after_reset: it takes a reset and what was added before it")
        }
        H::AccountDeletionRequested => Here(&[], &[(ADA, "account will be deleted")]),
        H::AccountDeletionCancelled | H::AccountDeleted => {
            ByItsOwnTest("deletion: it takes a request before it")
        }
        H::EmailRetried | H::EmailDropped => ByItsOwnTest("operators_help: it takes an unsent email"),
        H::SessionLimitReached => ByItsOwnTest("sessions: it takes as many sessions as there may be"),
        H::ChangeUndone => ByItsOwnTest("undo::stories: it needs a code from an email"),
        H::ServiceAccountAdded | H::ServiceAccountRemoved => ByItsOwnTest("ldap: they are about no account"),
        H::UnixAccountChanged => ByItsOwnTest("ldap: an operator gives it numbers"),
        H::AuditLogAccepted => ByItsOwnTest("audit_log: it is about no account"),
        H::DatabaseRestored => ByItsOwnTest("backups: the server does not run meanwhile"),
        H::KeyVerified => ByItsOwnTest("keys_proven: a key is proven on the wire only"),
        H::PortalSetUp => ByItsOwnTest("setup: it takes a portal without accounts"),
        H::TeamInvited => Here(&[], &[(ALAN, "Your invitation to")]),
        H::TeamJoined => Here(&[], &[(ADA, "You were added to")]),
        H::TeamLeft => Here(&[], &[(ADA, "You are no longer in")]),
        H::TeamRoleChanged => Here(&[], &[(ADA, "role in a team")]),
        H::SignedUp => Here(&[H::TeamJoined], &[(ALAN, "You were added to")]),
    }
}

/// What every email says, and none does.
fn is_as_emails_are(email: &SentEmail, event_kind: EventKind) {
    let (text, is_for_the_operator) = (&email.text, email.to == SUPPORT);
    let is_code = text.contains("type this code");
    assert!(text.contains(" UTC"), "no time in:\n{text}");
    assert!(!text.contains("SSH-2.0") && !text.contains("Call"), "a version line in:\n{text}");
    for part in [&email.text, &email.html] {
        for link in ["http", "href", "www."] {
            assert!(!part.contains(link), "a link in:\n{part}");
        }
        for words in ["No mail", "No email comes", "Once more", "Refresh"] {
            assert!(!part.contains(words), "somebody's words in:\n{part}");
        }
    }
    if is_for_the_operator {
        return;
    }
    // From where an owner acts is nobody else's business.
    let (source, client) = match event_kind {
        EventKind::SupportReply
        | EventKind::SupportClosed
        | EventKind::ResetCodeIssued
        | EventKind::TeamJoined => ("the operator", "operator"),
        EventKind::TeamRoleChanged => ("", "an owner of the team"),
        EventKind::TeamInvited => ("", ""),
        _ => ("192.0.2.7", "OpenSSH"),
    };
    assert!(text.contains(source) && (is_code || text.contains(client)), "no source or client in:\n{text}");
    let is_about_tries = email.subject.contains("locked");
    let says_what_to_do =
        ["not you", "Wasn't this you?", "were not expecting"].iter().any(|words| text.contains(words))
            || is_about_tries;
    assert!(says_what_to_do && text.contains(SUPPORT), "what if it was not you?\n{text}");
    if is_code {
        code_in(email);
    }
}

async fn matches_the_matrix(service: &Service, event_kind: EventKind) {
    let Leaves::Here(beside, emails) = leaves(event_kind) else { return };
    let action = TestAction::ready(service, event_kind).await;
    service.work().await;
    let (rows_before, emails_before) = (service.fresh.kinds().await.len(), service.emails.emails().len());
    // So that the order of rows is the order of actions.
    service.later(1);
    action.done(service, event_kind).await;
    service.work().await;

    let mut rows = service.fresh.kinds().await.split_off(rows_before);
    let mut expected: Vec<_> = beside.iter().chain([&event_kind]).map(|kind| kind.as_str()).collect();
    rows.sort();
    expected.sort_unstable();
    assert_eq!(rows, expected, "rows of {event_kind:?}");

    let mut sent = service.emails.emails().split_off(emails_before);
    let told: Vec<_> = sent.iter().map(|email| format!("{}: {}", email.to, email.subject)).collect();
    for (to, subject) in emails {
        let at = sent.iter().position(|email| email.to == *to && email.subject.contains(subject));
        let email =
            sent.remove(at.unwrap_or_else(|| panic!("{event_kind:?}: no {subject} to {to} in {told:?}")));
        is_as_emails_are(&email, event_kind);
    }
    assert!(sent.is_empty(), "{event_kind:?} sent more than that: {told:?}");
}

on_both_engines! {
    async fn each_change_of_an_account_locks_the_account_s_own_row_first(engine: Engine) {
        let mut out_of_turn = Vec::new();
        for &event_kind in EventKind::VARIANTS {
            if matches!(leaves(event_kind), Leaves::Here(..)) {
                let service = Service::start(engine).await;
                let action = TestAction::ready(&service, event_kind).await;
                let ((), violations) = lock_order::recorded(Box::pin(action.done(&service, event_kind))).await;
                out_of_turn.extend(violations.into_iter().map(|which| format!("{event_kind:?}: {which}")));
            }
        }
        assert!(out_of_turn.is_empty(), "{}", out_of_turn.join("\n"));
    }

    async fn each_event_leaves_one_row_and_the_emails_of_the_matrix(engine: Engine) {
        for &event_kind in EventKind::VARIANTS {
            if matches!(leaves(event_kind), Leaves::Here(..)) {
                matches_the_matrix(&Service::start(engine).await, event_kind).await;
            }
        }
    }
}

#[test]
fn the_table_of_events_says_which_of_them_send_an_email() {
    for &event_kind in EventKind::VARIANTS {
        if let Leaves::Here(beside, emails) = leaves(event_kind) {
            let sends = beside.iter().chain([&event_kind]).any(|kind| kind.email().is_some());
            assert_eq!(sends, emails.iter().any(|(to, _)| *to != SUPPORT), "{event_kind:?}");
        }
    }
}

#[test]
fn what_the_matrix_leaves_to_others_is_named() {
    for &event_kind in EventKind::VARIANTS {
        if let Leaves::ByItsOwnTest(test) = leaves(event_kind) {
            assert!(!test.is_empty(), "{event_kind:?}");
        }
    }
}
