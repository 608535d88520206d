//! The words for what an undo code undoes, the same on pages and in commands: a line each.

use crate::accounts::request::undo::{UndoItem, UndoPreview, UndoSummary};
use crate::flow::event_kind::source_of;
use crate::messages::{Message, Speaks};
use crate::{message, text};

/// The change: whose account, what, when, and from where it was made.
#[must_use]
pub fn change(preview: &UndoPreview, speaks: &impl Speaks) -> Vec<String> {
    let what = preview.change.sentence();
    vec![
        text!(speaks, "undone-account", name = &preview.summary.name),
        match preview.detail.as_str() {
            "" => text!(speaks, "undone-change", what = what),
            detail => text!(speaks, "undone-change-detail", what = what, detail = detail),
        },
        text!(speaks, "undone-when", time = preview.at.seconds()),
        text!(speaks, "undone-from", from = source_of(&preview.ip, speaks)),
        text!(speaks, "undone-client", client = &preview.client),
    ]
}

/// What undoing it would do.
#[must_use]
pub fn would_do(summary: &UndoSummary, speaks: &impl Speaks) -> Vec<String> {
    let restored = summary.restored.iter().map(|it| text!(speaks, "undo-restores", what = item(it)));
    let removed = summary.dropped.iter().map(|it| text!(speaks, "undo-removes", what = item(it)));
    let lost = summary.cannot_restore.iter();
    let lost = lost.map(|address| text!(speaks, "undo-cannot-restore", address = address));
    restored.chain(removed).chain(lost).collect()
}

/// What undoing it did.
#[must_use]
pub fn did(summary: &UndoSummary, speaks: &impl Speaks) -> Vec<String> {
    let restored = summary.restored.iter().map(|it| text!(speaks, "undo-restored", what = item(it)));
    let removed = summary.dropped.iter().map(|it| text!(speaks, "undo-removed", what = item(it)));
    let lost = summary.cannot_restore.iter();
    let lost = lost.map(|address| text!(speaks, "undo-not-restored", address = address));
    restored.chain(removed).chain(lost).collect()
}

fn item(item: &UndoItem) -> Message {
    match item {
        UndoItem::PrimaryAddress { address } => message!("undo-primary-address", address = address),
        UndoItem::Address { address } => message!("undo-address", address = address),
        UndoItem::Key { fingerprint, comment } if comment.is_empty() => {
            message!("undo-key", fingerprint = fingerprint)
        }
        UndoItem::Key { fingerprint, comment } => {
            message!("undo-key-comment", fingerprint = fingerprint, comment = comment)
        }
        UndoItem::TwoFactor { on_since } => message!("undo-two-factor", date = on_since.date_minute()),
        UndoItem::RecoveryCodes { count } => message!("undo-recovery-codes", n = *count),
    }
}
