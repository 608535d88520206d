//! Deleting an account at once. Nobody can take it back, so it is disabled first, and deleted when its sessions have
//! ended.

use std::time::Duration;

use super::super::Accounts;
use super::super::deletion::{Deleted, DeletedBy};
use super::super::sessions::NODE_LIFE_MS;
use super::AdminError;
use super::users::find;
use crate::store::{Account, read_tx, write_tx};

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
        let mut begun = None;
        loop {
            match self.delete_batch(&account).await {
                Ok((Deleted::Some, teams)) => begun = Some(teams),
                Ok((_, teams)) => return Ok((account.name, teams)),
                Err(error @ AdminError::NoUser(_)) => {
                    // A portal's own sweep has ended what was begun here.
                    return begun.map(|teams| (account.name, teams)).ok_or(error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Deletes it, or as much of it as one transaction can. Gives the names of the teams that go with it, too.
    async fn delete_batch(&self, account: &Account) -> Result<(Deleted, Vec<String>), AdminError> {
        let now = self.clock.now();
        let done = write_tx!(self.store, AdminError, |tx| {
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
            let named = (account.id.as_str(), account.name.as_str());
            let deleted = self.delete_locked_account(tx, named, DeletedBy::Operator, now).await?;
            Ok((deleted, alone.into_iter().map(|team| team.name).collect()))
        });
        self.then_send(done).await
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
