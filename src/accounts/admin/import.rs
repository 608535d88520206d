//! Importing many accounts at once: all of them, or none and a list of what is wrong.

use super::super::Accounts;
use super::teams::find_team;
use super::users::check;
use super::{AdminError, checked_text};
use crate::domain::hash;
use crate::domain::membership::Team;
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, Write};

/// One account to be imported.
#[derive(Clone, Debug, Default)]
pub struct ImportRow {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// Username.
    pub name: String,
    /// The primary address; the operator vouches for it.
    pub email: String,
    /// May be empty.
    pub display_name: String,
    /// An Argon2 hash in PHC form, stored as it is until the next sign-in hashes the password again.
    pub password_hash: Option<Secret>,
    /// Teams it is in, `ops` or `ops:owner`. They must exist.
    pub teams: Vec<String>,
}

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its line in the file.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// These rows are wrong. Nothing of the file was committed.
    #[error("{} of the rows cannot be taken; nothing was imported", .0.len())]
    BadRows(Vec<BadRow>),
    /// Something failed unexpectedly.
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl Accounts {
    /// Imports all `rows` in one transaction and gives their number, or changes nothing and names every row
    /// that is wrong.
    pub async fn import(&self, rows: &[ImportRow]) -> Result<usize, ImportFault> {
        let now = self.clock.now();
        let mut bad = Vec::new();
        let mut write = Write::default();
        let mut tx = write.begin(&self.store).await.map_err(AdminError::from)?;
        for row in rows {
            match self.import_row(&mut tx, row, now).await {
                Ok(()) => {}
                Err(AdminError::Fault(fault)) => return Err(AdminError::Fault(fault).into()),
                Err(denied) => bad.push(BadRow { line: row.line, reason: denied.to_string() }),
            }
        }
        if bad.is_empty() {
            write.commit(&self.store, tx).await.map_err(AdminError::from)?;
            Ok(rows.len())
        } else {
            tx.rollback().await;
            Err(ImportFault::BadRows(bad))
        }
    }

    async fn import_row(&self, tx: &mut Tx, row: &ImportRow, now: Timestamp) -> Result<(), AdminError> {
        let mut checked = check(&row.name, &row.email, &row.display_name)?;
        if let Some(phc) = &row.password_hash {
            hash::is_argon2_phc(phc.expose())?;
            checked.phc = Some(phc.clone());
        }
        let account = self.insert_user(tx, &checked, now).await?;
        for entry in &row.teams {
            let entry = checked_text("a team's name", entry)?;
            let (team, role) = match entry.rsplit_once(':') {
                Some((team, role)) => {
                    let known = role.trim().parse::<Role>();
                    (team, known.map_err(|none| AdminError::Role(role.to_owned(), none))?)
                }
                None => (entry.as_str(), Role::Member),
            };
            let team = find_team(tx, team).await?;
            put(tx, &team, &account.id, &account.name, role, now).await?;
        }
        Ok(())
    }
}

/// Adds a new account to a team. Without an email: what an account has from the start is no news.
async fn put(
    tx: &mut Tx,
    team: &Team,
    account: &str,
    name: &str,
    role: Role,
    now: Timestamp,
) -> Result<(), AdminError> {
    // First of all: from here on no other change of this team interleaves.
    tx.set_team_changed(&team.id, now).await?;
    let joined = tx.insert_membership(&team.id, account, role.as_str(), now).await?;
    if !joined && !tx.claim_role(&team.id, account, role.as_str(), now).await? {
        return Err(AdminError::LastOwner(name.to_owned()));
    }
    Ok(())
}
