//! Ending sessions of an account.

use super::super::Accounts;
use super::super::event_kind::EventKind;
use super::super::sessions::SessionEnd;
use super::AdminError;
use super::users::find;
use crate::domain::text::inert;
use crate::store::write_tx;

impl Accounts {
    /// Ends one session of an account, or all of them; gives how many. The nodes close them within seconds.
    pub async fn revoke_sessions(&self, name: &str, session: Option<&str>) -> Result<usize, AdminError> {
        let now = self.clock.now();
        let ended = write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            tx.claim_any_account_lock(&account.id).await?;
            let (ended, event_kind) = if let Some(id) = session {
                let ended = tx.claim_session_end(id, &account.id, now).await?;
                let ended =
                    ended.ok_or_else(|| AdminError::NoSession(account.name.clone(), inert(id, 40)))?;
                (vec![ended.id], EventKind::SessionRevoked)
            } else {
                (tx.claim_other_sessions_end("", &account.id, now).await?, EventKind::SessionsRevoked)
            };
            if !ended.is_empty() {
                tx.insert_event(&self.operator_event(event_kind, &account.id, now)).await?;
            }
            Ok(ended)
        });
        let ended = ended.await?;
        for session in &ended {
            self.sessions.end(session, SessionEnd::Revoked);
        }
        Ok(ended.len())
    }
}
