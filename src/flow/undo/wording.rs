//! The words for what an undo code undoes, the same on pages and in commands: a line each.

use crate::accounts::request::undo::{UndoItem, UndoPreview, UndoSummary};
use crate::flow::event_kind::source_of;
use crate::messages::{Message, Speaks};
use crate::{message, text};

/// The change: whose account, what, when, and from where it was made.
#[must_use]
pub fn change(preview: &UndoPreview, speaks: &impl Speaks) -> Vec<String> {
    let (what, detail) = (preview.change.sentence(), preview.detail.as_str());
    let what = match detail {
        "" => text!(speaks, "undo-change-what", what = what),
        _ => text!(speaks, "undo-change-what-detail", what = what, detail = detail),
    };
    vec![
        text!(speaks, "undo-change-account", name = &preview.summary.name),
        what,
        text!(speaks, "undo-change-when", when = preview.at.seconds()),
        text!(speaks, "undo-change-from", source = source_of(&preview.ip)),
        text!(speaks, "undo-change-client", client = &preview.client),
    ]
}

/// What undoing it would do.
#[must_use]
pub fn would_do(summary: &UndoSummary, speaks: &impl Speaks) -> Vec<String> {
    let restored = summary.restored.iter().map(|it| text!(speaks, "undo-restores", item = item(it)));
    let removed = summary.dropped.iter().map(|it| text!(speaks, "undo-removes", item = item(it)));
    let lost =
        summary.cannot_restore.iter().map(|address| text!(speaks, "undo-cannot-restore", address = address));
    restored.chain(removed).chain(lost).collect()
}

/// What undoing it did, in English: only a command says it.
#[must_use]
pub fn did(summary: &UndoSummary) -> Vec<String> {
    let restored = summary.restored.iter().map(|it| format!("Restored: {}", item(it)));
    let removed = summary.dropped.iter().map(|it| format!("Removed: {}", item(it)));
    let lost = summary
        .cannot_restore
        .iter()
        .map(|address| format!("Not restored: {address}, which belongs to another account now"));
    restored.chain(removed).chain(lost).collect()
}

fn item(item: &UndoItem) -> Message {
    match item {
        UndoItem::PrimaryAddress { address } => message!("undo-item-primary-address", address = address),
        UndoItem::Address { address } => message!("undo-item-address", address = address),
        UndoItem::Key { fingerprint, comment } if comment.is_empty() => {
            message!("undo-item-key", fingerprint = fingerprint)
        }
        UndoItem::Key { fingerprint, comment } => {
            message!("undo-item-key-comment", fingerprint = fingerprint, comment = comment)
        }
        UndoItem::TwoFactor { on_since } => {
            message!("undo-item-two-factor", since = on_since.date_minute())
        }
        UndoItem::RecoveryCodes { count } => message!("undo-item-recovery-codes", n = *count),
    }
}
