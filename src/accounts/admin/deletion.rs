//! Deleting an account at once. Nobody can take it back, so it is disabled first, and deleted when its sessions have
//! ended.

use std::time::Duration;

use super::super::Accounts;
use super::super::event_kind::{EventKind, Subject};
use super::super::notifications::Notification;
use super::super::sessions::NODE_LIFE_MS;
use super::AdminError;
use super::users::find;
use crate::domain::id::new_id;
use crate::mail::EmailKind;
use crate::store::{read_tx, write_tx};

/// How long to wait for the nodes to end the sessions. They look every three seconds; what is left after this ends at its
/// next request.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(250);

impl Accounts {
    /// Deletes an account with all that is its own, and the teams that nobody else is in. Gives the username and these
    /// teams.
    pub async fn delete_user(&self, name: &str) -> Result<(String, Vec<String>), AdminError> {
        let account = read_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            let owned = tx.list_teams_owned_alone(&account.id).await?;
            let shared: Vec<_> = owned
                .into_iter()
                .filter(|team| team.others > 0)
                .map(|team| format!("`{}`", team.name))
                .collect();
            if shared.is_empty() { Ok(account) } else { Err(AdminError::OwnsTeams(account.name, shared)) }
        });
        let account = account.await?;
        if account.disabled_at.is_none() {
            self.disable_user(&account.name).await?;
        }
        self.wait_for_sessions_of(&account.id).await?;
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            if !tx.claim_any_account_lock(&account.id).await? {
                return Err(AdminError::NoUser(account.name.clone()));
            }
            let mut teams = tx.list_teams_of(&account.id).await?;
            teams.sort_by(|one, other| one.id.cmp(&other.id));
            for team in teams.iter().filter(|team| team.is_owner()) {
                tx.set_team_changed(&team.id, now).await?;
            }
            let (shared, alone): (Vec<_>, Vec<_>) =
                tx.list_teams_owned_alone(&account.id).await?.into_iter().partition(|team| team.others > 0);
            if !shared.is_empty() {
                let names = shared.into_iter().map(|team| format!("`{}`", team.name)).collect();
                return Err(AdminError::OwnsTeams(account.name.clone(), names));
            }
            let kind = EmailKind::AccountDeleted;
            let notification = Notification { kind, account: &account.id, name: &account.name, detail: "" };
            let email = notification.email_by_operator(now);
            for address in tx.list_emails(&account.id).await? {
                if address.is_in_use() {
                    let contact = new_id(now, &self.entropy);
                    tx.insert_contact(&contact, &address.address, &address.canonical, now).await?;
                    self.enqueue_for_former(tx, &account.id, &contact, &email, now).await?;
                }
            }
            // Which rows belong together can still be told, and whose they were no more.
            let subject = self.keyring.get().identifier_mac(&format!("deleted account\n{}", account.id));
            tx.delete_account(&account.id, &subject, now).await?;
            let event = self.operator_event_about(EventKind::AccountDeleted, Subject::Nobody(&subject), now);
            tx.insert_event(&event).await?;
            Ok((account.name.clone(), alone.into_iter().map(|team| team.name).collect()))
        }))
        .await
    }

    /// Ends the account's sessions, and waits until the nodes that have them have done so.
    async fn wait_for_sessions_of(&self, account: &str) -> Result<(), AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            tx.claim_any_account_lock(account).await?;
            Ok(tx.claim_other_sessions_end("", account, now).await?)
        })
        .await?;
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            let seen_since = now.plus_ms(-NODE_LIFE_MS);
            let left = read_tx!(self.store, AdminError, |tx| {
                Ok(tx.count_session_rows(account, seen_since).await?)
            });
            if left.await? == 0 {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}
