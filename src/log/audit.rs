//! The audit trail in the log: what was committed of it, so that no line tells of what never happened.

use super::event::{MEMBERS, OTHERS};
use crate::domain::audit_event::AuditEvent;
use crate::metrics::metrics;

/// Logs and counts events that were committed. Refusals are left out: they are counted in the row of their series, and the request
/// that was refused has a line of its own.
pub(crate) fn recorded(events: &[AuditEvent]) {
    for event in events.iter().filter(|event| event.series.is_none()) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (source, session, client) = (some(&event.ip), some(&event.session), some(&event.client));
        let account = event.name.as_deref().or(event.account.as_deref());
        let kind = event.kind.as_str();
        metrics().event(kind);
        if event.account.is_some() {
            tracing::info!(target: MEMBERS, event = kind, source, session, account, client);
        } else {
            tracing::info!(target: OTHERS, event = kind, source, session, client);
        }
    }
}
