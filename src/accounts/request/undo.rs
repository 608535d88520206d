//! What may be asked with an undo code, and the answers. Whoever asks has nothing but the code: it finds the change by
//! itself, without a name.

use serde::Serialize;

use super::{Refusal, ResetGrant, SignedIn};
use crate::accounts::EventKind;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;

/// What may be asked with the code from a notification. A wrong, used or expired code is answered by
/// [`super::Refusal::UndoCodeRefused`].
#[derive(Debug)]
pub enum UndoRequest {
    /// Show what the code would revert. Nothing is used up.
    Preview {
        /// The code, as typed.
        code: Secret,
    },
    /// Revert the change and everything after it.
    Revert {
        /// The code, as typed.
        code: Secret,
        /// A code of the second factor that was on before the change, as typed, once it was asked for.
        second_factor: Option<Secret>,
    },
    /// Revert and set a new password, both at once or neither; where a directory has the password, one after the other.
    RevertAndSetPassword {
        /// The code, as typed.
        code: Secret,
        /// A code of the second factor that was on before the change, as typed, once it was asked for.
        second_factor: Option<Secret>,
        /// The new password, as typed.
        password: Secret,
    },
}

/// The answers to [`UndoRequest`].
#[derive(Debug)]
pub enum UndoReply {
    /// What would be reverted.
    Preview(UndoPreview),
    /// Two-factor authentication was on before the change: a code of that one is needed too. Nothing was changed, and
    /// the undo code is not used up.
    SecondFactorFirst,
    /// It was reverted; the grant sets the new password, as after a reset.
    Reverted(ResetGrant, UndoSummary),
    /// It was reverted, and the directory did not take the new password; the grant sets another one.
    PasswordNotSet(ResetGrant, UndoSummary, Refusal),
    /// It was reverted, and the new password is set; `Some` when the portal signs in at once (setting `after_reset`). So
    /// many keys and addresses are suspended.
    PasswordSet(Option<SignedIn>, UndoSummary, i64),
}

/// The change that a code belongs to, and what undoing it would do. Nothing is masked: whoever holds the code reads
/// the account's email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoPreview {
    /// The change.
    pub change: EventKind,
    /// What it was done to: an address, or a key's fingerprint; empty for the others.
    pub detail: String,
    /// When it was made.
    pub at: Timestamp,
    /// From which IP address; empty for an operator's command.
    pub ip: String,
    /// With which client.
    pub client: String,
    /// What undoing it would do now.
    pub summary: UndoSummary,
    /// True when a code of the second factor that was on before the change is needed.
    pub asks_second_factor: bool,
}

/// What undoing a change does, or did. The password, every session and every code are void besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoSummary {
    /// The username of the account, safe to print.
    pub name: String,
    /// What comes back.
    pub restored: Vec<UndoItem>,
    /// What goes, because it was added since.
    pub dropped: Vec<UndoItem>,
    /// Addresses that another account has verified since, which stay with it.
    pub cannot_restore: Vec<String>,
    /// True when the directory did not let the password be taken away: it still opens what else asks the directory,
    /// until another one is set.
    pub keeps_password: bool,
}

impl UndoSummary {
    /// An address does not come back after all.
    pub(in crate::accounts) fn lose(&mut self, lost: &str) {
        self.restored.retain(|item| {
            !matches!(item, UndoItem::Address { address } | UndoItem::PrimaryAddress { address } if address == lost)
        });
        self.cannot_restore.push(lost.to_owned());
    }
}

/// One thing that undoing a change brings back or takes away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UndoItem {
    /// Which address is the primary one.
    PrimaryAddress {
        /// The address.
        address: String,
    },
    /// An address.
    Address {
        /// The address.
        address: String,
    },
    /// An SSH key. Keys are dropped and never come back: whoever has one adds it again.
    Key {
        /// `SHA256:` and base64.
        fingerprint: String,
        /// Its comment, inert.
        comment: String,
    },
    /// Two-factor authentication with one authenticator.
    TwoFactor {
        /// When it was turned on.
        on_since: Timestamp,
    },
    /// Recovery codes.
    RecoveryCodes {
        /// How many that are not used yet.
        count: i64,
    },
}

#[cfg(test)]
mod for_test {
    //! Answers for tests of flows, which have no service to ask.

    use super::{EventKind, Timestamp, UndoItem, UndoPreview, UndoSummary};

    impl UndoPreview {
        pub(crate) fn for_test(asks_second_factor: bool) -> Self {
            let fingerprint = "SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8".to_owned();
            Self {
                change: EventKind::PrimaryEmailChanged,
                detail: "eve@example.net".to_owned(),
                at: Timestamp::from_epoch_ms(1_795_356_309_000),
                ip: "192.0.2.7".to_owned(),
                client: "SSH-2.0-OpenSSH_9.2".to_owned(),
                summary: UndoSummary {
                    name: "ada".to_owned(),
                    restored: vec![UndoItem::PrimaryAddress { address: "ada@example.org".to_owned() }],
                    dropped: vec![
                        UndoItem::Address { address: "eve@example.net".to_owned() },
                        UndoItem::Key { fingerprint, comment: "eve@laptop".to_owned() },
                    ],
                    cannot_restore: vec!["ada@work.example.org".to_owned()],
                    keeps_password: false,
                },
                asks_second_factor,
            }
        }
    }
}
