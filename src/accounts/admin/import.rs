//! Importing many accounts: all of a file, or none and a list of what is wrong.
//!
//! The rows are staged in tables of their own first and checked there, so nothing of a bad file is ever an account.
//! Then they become accounts in batches, with a pause after each: sign-ins get through meanwhile. An import that was
//! killed goes on when the same file is imported again, which the id of its content tells.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::super::Accounts;
use super::teams::find_team;
use super::users::{ValidatedUser, check};
use super::{AdminError, checked_text};
use crate::domain::hash;
use crate::domain::id::ContentId;
use crate::domain::membership::Team;
use crate::domain::name::{NamePolicy, UserName};
use crate::domain::secret::Secret;
use crate::domain::team::{Role, canonical_team};
use crate::domain::timestamp::Timestamp;
use crate::store::{StagedAccount, Tx, read_tx, write_tx};

/// Rows of one transaction, which a slow machine also writes within the time that a transaction has.
const BATCH: i64 = 25;
/// The pause after a batch, as a multiple of the time it took: others get the larger part of the only writer that
/// SQLite has.
const PAUSE: u32 = 2;

/// One account to be imported.
#[derive(Clone, Debug, Default)]
pub struct ImportRow {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// Username. Where it is empty or an address, the part before the `@` becomes one.
    pub name: String,
    /// The primary address; the operator vouches for it.
    pub email: String,
    /// May be empty.
    pub display_name: String,
    /// A hash of a scheme that `domain::hash` knows, maybe behind the name of that scheme; stored until the next sign-in
    /// hashes the password again.
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

/// Why not all of a file was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// These rows are wrong. Nothing of the file was committed.
    #[error("{} of the rows cannot be taken; nothing was imported", .0.len())]
    BadRows(Vec<BadRow>),
    /// These rows were good, and somebody took their name or address before their turn came. The other rows, this
    /// many, were imported.
    #[error("{imported} accounts were imported; {} of the rows were taken meanwhile", taken.len())]
    TakenMeanwhile { imported: usize, taken: Vec<BadRow> },
    /// Something failed unexpectedly.
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl Accounts {
    /// Imports all `rows` and gives their number, or imports nothing and names every row that is wrong. Goes on with
    /// an import of the same rows that was interrupted.
    pub async fn import(&self, rows: &[ImportRow]) -> Result<usize, ImportFault> {
        self.import_file(rows, Vec::new()).await
    }

    /// The same for a file that has `unreadable` rows as well: if there is one, nothing is imported, and the other rows are
    /// checked all the same, so that an operator reads of all mistakes at once.
    pub async fn import_file(
        &self,
        rows: &[ImportRow],
        unreadable: Vec<BadRow>,
    ) -> Result<usize, ImportFault> {
        self.refuse_in_directory("import it")?;
        let (staged, mut bad) = staged_accounts(rows, &self.rules.names);
        bad.extend(unreadable);
        let id = id_of(&staged, &bad);
        if !self.is_checked(&id).await? {
            self.stage(&id, &staged).await?;
            let derived: HashSet<_> = rows.iter().filter(|row| is_derived(row)).map(|row| row.line).collect();
            bad.extend(self.find_bad_rows(&id, &staged, &derived).await?);
            if !bad.is_empty() {
                self.discard(&id).await?;
                bad.sort_by_key(|row| row.line);
                bad.dedup_by_key(|row| row.line);
                return Err(ImportFault::BadRows(bad));
            }
            let now = self.clock.now();
            write_tx!(self.store, AdminError, |tx| Ok(tx.set_import_checked(&id, now).await?)).await?;
        }
        let taken = self.take_over(&id).await?;
        if taken.is_empty() {
            Ok(rows.len())
        } else {
            Err(ImportFault::TakenMeanwhile { imported: rows.len() - taken.len(), taken })
        }
    }

    async fn is_checked(&self, id: &str) -> Result<bool, AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            tx.begin_import(id, now).await?;
            Ok(tx.is_import_checked(id).await?)
        })
        .await
    }

    async fn stage(&self, id: &str, staged: &[StagedAccount]) -> Result<(), AdminError> {
        for batch in staged.chunks(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
            let began = Instant::now();
            write_tx!(self.store, AdminError, |tx| {
                for account in batch {
                    tx.stage_account(id, account).await?;
                }
                Ok(())
            })
            .await?;
            pause(began.elapsed()).await;
        }
        Ok(())
    }

    /// What only the database knows: names and addresses that are taken, teams that do not exist.
    async fn find_bad_rows(
        &self,
        id: &str,
        staged: &[StagedAccount],
        derived: &HashSet<u64>,
    ) -> Result<Vec<BadRow>, AdminError> {
        let now = self.clock.now();
        let mut bad = Vec::new();
        for batch in staged.chunks(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
            let lines = lines_of(batch);
            let taken = read_tx!(self.store, AdminError, |tx| self.find_taken(tx, id, lines, now).await);
            bad.extend(taken.await?.iter().map(|(line, reason)| {
                let row = bad_row(*line, reason);
                let is_derived = derived.contains(&row.line);
                BadRow { reason: reason_of(reason, is_derived), ..row }
            }));
        }
        let mut known = HashMap::new();
        for account in staged {
            for entry in &account.teams {
                let (name, _) = team_and_role(entry)?;
                let is_known = if let Some(is_known) = known.get(name) {
                    *is_known
                } else {
                    let found = read_tx!(self.store, AdminError, |tx| find_team(tx, name).await.map(drop));
                    let is_known = match found.await {
                        Ok(()) => true,
                        Err(AdminError::Fault(fault)) => return Err(fault.into()),
                        Err(_) => false,
                    };
                    known.insert(name, is_known);
                    is_known
                };
                if !is_known {
                    bad.push(bad_row(account.line, &AdminError::NoTeam(name.to_owned())));
                }
            }
        }
        Ok(bad)
    }

    /// Deletes what was staged.
    async fn discard(&self, id: &str) -> Result<(), AdminError> {
        loop {
            let is_done = write_tx!(self.store, AdminError, |tx| {
                if let Some(last) = tx.list_staged_accounts(id, 0, BATCH).await?.last() {
                    tx.delete_staged_to(id, last.line).await?;
                }
                Ok(tx.claim_import_end(id).await?)
            });
            if is_done.await? {
                return Ok(());
            }
        }
    }

    /// Makes accounts of the staged rows, batch by batch. Gives the rows whose name or address was taken after they
    /// were checked.
    async fn take_over(&self, id: &str) -> Result<Vec<BadRow>, AdminError> {
        let mut taken = Vec::new();
        loop {
            let (began, now) = (Instant::now(), self.clock.now());
            let batch = write_tx!(self.store, AdminError, |tx| {
                // Two programs that import one file at once take turns.
                tx.begin_import(id, now).await?;
                let batch = tx.list_staged_accounts(id, 0, BATCH).await?;
                let lines = lines_of(&batch);
                let mut taken = self.find_taken(tx, id, lines, now).await?;
                for account in batch.iter().filter(|account| !taken.contains_key(&account.line)) {
                    self.import_account(tx, account, now).await?;
                }
                tx.delete_staged_to(id, lines.1).await?;
                let bad = taken.drain().map(|(line, reason)| bad_row(line, &reason)).collect::<Vec<_>>();
                Ok((bad, tx.claim_import_end(id).await?))
            });
            match batch.await {
                // Taken between the look and the insert: the next try sees it.
                Err(AdminError::NameTaken(_) | AdminError::EmailTaken(_)) => {}
                done => {
                    let (more, is_done) = done?;
                    taken.extend(more);
                    if is_done {
                        taken.sort_by_key(|row: &BadRow| row.line);
                        return Ok(taken);
                    }
                }
            }
            pause(began.elapsed()).await;
        }
    }

    /// The staged rows among these lines whose name or address belongs to an account, with the reason.
    async fn find_taken(
        &self,
        tx: &mut Tx,
        id: &str,
        lines: (i64, i64),
        now: Timestamp,
    ) -> Result<HashMap<i64, AdminError>, AdminError> {
        let emails = tx.list_taken_emails(id, lines).await?.into_iter();
        let names = tx.list_taken_names(id, lines, now).await?.into_iter();
        let emails = emails.map(|(line, email)| (line, AdminError::EmailTaken(email)));
        Ok(emails.chain(names.map(|(line, name)| (line, AdminError::NameTaken(name)))).collect())
    }

    async fn import_account(
        &self,
        tx: &mut Tx,
        row: &StagedAccount,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        // The policy was asked when the row was staged.
        let name = (row.name.as_str(), UserName::parse(&row.name));
        let user = check(name, &row.email, &row.display_name)?;
        let is_peppered = self.hasher.params().is_peppered;
        let stored = |hash: &Secret| Secret::new(hash::stored_import(hash.expose(), is_peppered));
        let user = ValidatedUser { phc: row.password_phc.as_ref().map(stored), ..user };
        let account = self.insert_user(tx, &user, now).await?;
        for entry in &row.teams {
            let (team, role) = team_and_role(entry)?;
            let team = find_team(tx, team).await?;
            put(tx, &team, &account.id, &account.name, role, now).await?;
        }
        Ok(())
    }
}

/// Checks what can be checked without the database: every row by itself, and against the rows before it.
fn staged_accounts(rows: &[ImportRow], policy: &NamePolicy) -> (Vec<StagedAccount>, Vec<BadRow>) {
    let (mut names, mut emails) = (FirstRows::default(), FirstRows::default());
    let (mut staged, mut bad) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let account = match staged_account(row, policy) {
            Ok(account) => account,
            Err(reason) => {
                bad.push(BadRow { line: row.line, reason: reason_of(&reason, is_derived(row)) });
                continue;
            }
        };
        let name = names.find_or_add("username", &account.name_skeleton, (&account.name, row.line));
        let name = name.map(|told| if is_derived(row) { told + DERIVED } else { told });
        let email = emails.find_or_add("address", &account.email_canonical, (&account.email, row.line));
        let twice: Vec<String> = name.into_iter().chain(email).collect();
        if twice.is_empty() {
            staged.push(account);
        } else {
            bad.push(BadRow { line: row.line, reason: twice.join("; ") });
        }
    }
    (staged, bad)
}

/// What to do about a username that the file does not have.
const DERIVED: &str = "; it comes from the address, so give the row a `name`";

/// The rows in which names or addresses are found first, as they are written there, by what makes two of them the same.
#[derive(Default)]
struct FirstRows(HashMap<String, (String, u64)>);

impl FirstRows {
    /// What to say of a row that has again what a row before it has.
    fn find_or_add(&mut self, what: &str, same: &str, (written, line): (&str, u64)) -> Option<String> {
        match self.0.get(same) {
            Some((first, at)) if first == written => {
                Some(format!("the {what} `{written}` is also in line {at}"))
            }
            Some((first, at)) => {
                Some(format!("the {what} `{written}` is also in line {at}, where it is written `{first}`"))
            }
            None => {
                self.0.insert(same.to_owned(), (written.to_owned(), line));
                None
            }
        }
    }
}

/// Whether the row has no username of its own, as where accounts are known by their address.
fn is_derived(row: &ImportRow) -> bool {
    row.name.trim().is_empty() || row.name.contains('@')
}

/// The username that a row has, or one of the part before the `@`, in which a hyphen stands for what no username may have.
fn username(row: &ImportRow) -> Cow<'_, str> {
    if !is_derived(row) {
        return Cow::Borrowed(&row.name);
    }
    let address = if row.name.trim().is_empty() { &row.email } else { &row.name };
    let local = address.rsplit_once('@').map_or(address.as_str(), |(local, _)| local);
    let valid = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let name: String = local.trim().chars().map(valid).collect();
    Cow::Owned(name.trim_matches(['.', '_', '-']).to_owned())
}

/// What the operator reads, and what to do about a username that the file does not have.
fn reason_of(reason: &AdminError, is_derived: bool) -> String {
    match reason {
        AdminError::NameTaken(_) | AdminError::Name(..) if is_derived => {
            format!("{reason}{DERIVED}")
        }
        _ => reason.to_string(),
    }
}

fn staged_account(row: &ImportRow, policy: &NamePolicy) -> Result<StagedAccount, AdminError> {
    let name = username(row);
    let user = check((&name, policy.check(&name)), &row.email, &row.display_name)?;
    let phc = row.password_hash.as_ref().map(|hash| hash::importable(hash.expose())).transpose()?;
    let password_phc = phc.map(Secret::new);
    // Of two roles in one team the higher one: the last owner of a new team could not become a member.
    let mut roles = BTreeMap::new();
    for entry in &row.teams {
        let entry = checked_text("a team's name", entry)?;
        let (team, role) = team_and_role(&entry)?;
        let kept = roles.entry(canonical_team(team)).or_insert_with(|| (team.trim().to_owned(), role));
        if role == Role::Owner {
            kept.1 = role;
        }
    }
    Ok(StagedAccount {
        line: i64::try_from(row.line).unwrap_or(i64::MAX),
        name: user.name.as_str().to_owned(),
        name_canonical: user.name.canonical().to_owned(),
        name_skeleton: user.name.skeleton(),
        email: user.email.as_str().to_owned(),
        email_canonical: user.email.canonical().to_owned(),
        display_name: user.display_name,
        password_phc,
        teams: roles.into_values().map(|(team, role)| format!("{team}:{}", role.as_str())).collect(),
    })
}

/// The same for the same rows, good and bad.
fn id_of(staged: &[StagedAccount], bad: &[BadRow]) -> String {
    let mut id = ContentId::default();
    id.add(&bad.len().to_be_bytes());
    for account in staged {
        id.add(&account.line.to_be_bytes());
        let phc = account.password_phc.as_ref().map_or("", Secret::expose);
        for text in [&account.name, &account.email, &account.display_name, phc, &account.teams.join("\n")] {
            id.add(text.as_bytes());
        }
    }
    id.finish()
}

/// `ops:owner`.
fn team_and_role(entry: &str) -> Result<(&str, Role), AdminError> {
    match entry.rsplit_once(':') {
        Some((team, role)) => {
            let known = role.trim().parse::<Role>();
            Ok((team, known.map_err(|none| AdminError::Role(role.to_owned(), none))?))
        }
        None => Ok((entry, Role::Member)),
    }
}

/// The first and the last line; none of an empty batch.
fn lines_of(batch: &[StagedAccount]) -> (i64, i64) {
    (batch.first().map_or(0, |row| row.line), batch.last().map_or(0, |row| row.line))
}

fn bad_row(line: i64, reason: &AdminError) -> BadRow {
    BadRow { line: u64::try_from(line).unwrap_or(0), reason: reason.to_string() }
}

async fn pause(after: Duration) {
    tokio::time::sleep(after * PAUSE).await;
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
