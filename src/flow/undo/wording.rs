//! The words for what an undo code undoes, the same on pages and in commands: a line each.

use crate::accounts::request::undo::{UndoItem, UndoPreview, UndoSummary};
use crate::flow::event_kind::source_of;
use crate::messages::Language;

/// The change: whose account, what, when, and from where it was made.
#[must_use]
pub fn change(preview: &UndoPreview) -> Vec<String> {
    let mut what = preview.change.sentence().to(&Language::English).to_owned();
    if !preview.detail.is_empty() {
        what = format!("{what}: {}", preview.detail);
    }
    vec![
        format!("Account: {}", preview.summary.name),
        format!("Change: {what}"),
        format!("When: {}", preview.at.seconds()),
        format!("From: {}", source_of(&preview.ip, &Language::English)),
        format!("Client: {}", preview.client),
    ]
}

/// What undoing it would do.
#[must_use]
pub fn would_do(summary: &UndoSummary) -> Vec<String> {
    effects(summary, ["Restores", "Removes", "Cannot restore"])
}

/// What undoing it did.
#[must_use]
pub fn did(summary: &UndoSummary) -> Vec<String> {
    effects(summary, ["Restored", "Removed", "Not restored"])
}

fn effects(summary: &UndoSummary, [restored, removed, lost]: [&str; 3]) -> Vec<String> {
    let restored = summary.restored.iter().map(|it| format!("{restored}: {}", item(it)));
    let removed = summary.dropped.iter().map(|it| format!("{removed}: {}", item(it)));
    let lost = summary
        .cannot_restore
        .iter()
        .map(|address| format!("{lost}: {address}, which belongs to another account now"));
    restored.chain(removed).chain(lost).collect()
}

fn item(item: &UndoItem) -> String {
    match item {
        UndoItem::PrimaryAddress { address } => format!("{address} as the primary address"),
        UndoItem::Address { address } => format!("address {address}"),
        UndoItem::Key { fingerprint, comment } if comment.is_empty() => format!("SSH key {fingerprint}"),
        UndoItem::Key { fingerprint, comment } => format!("SSH key {fingerprint} ({comment})"),
        UndoItem::TwoFactor { on_since } => {
            format!("two-factor authentication, on since {}", on_since.date_minute())
        }
        UndoItem::RecoveryCodes { count: 1 } => "1 recovery code".to_owned(),
        UndoItem::RecoveryCodes { count } => format!("{count} recovery codes"),
    }
}
