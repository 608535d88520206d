//! Accounts and passwords that live in a directory.
//!
//! Each entry that somebody signs in to, or asks a reset code for, becomes an account of the portal: that is where codes,
//! sessions, two-factor authentication, keys and the audit log belong to. What the directory says of name, email address
//! and groups is taken over each time it is asked. What it has no more, or has disabled, opens nothing.
//!
//! The directory is never asked within a transaction. A password is set there first and recorded in the store then: where
//! the store fails in between, the answer says that the outcome is unknown, and the next sign-in finds the new password.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout};

use super::admin::AdminError;
use super::directory_tries::DirectoryTry;
use super::directory_visibility::Visibility;
use super::event_kind::EventKind;
use super::hashing::Requester;
use super::request::Refusal;
use super::shared::passwords::{NewHash, PasswordCheck};
use super::shared::resolve_name::ResolvedName;
use super::{Accounts, Error, Fault};
use crate::directory::{
    Capabilities, Directory, DirectoryFault, Entry, EntryRef, PasswordExpiry, PasswordNotSet, Shown, Verdict,
    for_stranger,
};
use crate::domain::display_name;
use crate::domain::email::Email;
use crate::domain::email_address::EmailAddress;
use crate::domain::id::new_id;
use crate::domain::name::{UserName, canonical_identifier};
use crate::domain::password::{Normalised, PasswordRefusal, random_password};
use crate::domain::secret::Secret;
use crate::domain::team::{Role, TeamName, canonical_team};
use crate::domain::text::is_inert;
use crate::domain::timestamp::Timestamp;
use crate::store::{
    Account, KnownEntry, NewAccount, NewName, ProfileChange, StoreFault, Tx, beside_deadline, read_tx,
    write_tx,
};

/// Questions at the same time.
const MOST_QUESTIONS: usize = 32;
/// Of these, the most for strangers: no crowd of them keeps out who is known.
const MOST_FOR_STRANGERS: usize = 24;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(3);
/// What to say to who came when all were taken, in seconds.
const COME_BACK_S: i64 = 2;
/// The longest that anything of the directory may take, whatever its own deadlines say.
pub(super) const LONGEST: Duration = Duration::from_secs(20);
/// Passwords that are not right are answered at multiples of this: how long a directory takes tells of its entries.
const ANSWERED_EVERY: Duration = Duration::from_millis(250);
/// Longest login that is looked up, in bytes (RFC 5321 section 4.5.3.1).
const MAX_LOGIN: usize = 254;
/// The most groups of one person that become teams.
const MOST_GROUPS: usize = 200;

/// On whose behalf a directory is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedFor {
    /// A member, the holder of a right code or key, a place that the account knows, or an operator.
    Known,
    /// Anybody else, also who has asked for a code.
    Stranger,
}

impl AskedFor {
    /// A try at a place that the account knows, or not.
    pub(super) fn at(is_known_place: bool) -> Self {
        if is_known_place { Self::Known } else { Self::Stranger }
    }
}

/// The directory, and the permits to ask it.
#[derive(Debug)]
pub(super) struct DirectoryAccess {
    directory: Arc<dyn Directory>,
    turns: Semaphore,
    /// What strangers need before they wait for a turn.
    turns_of_strangers: Semaphore,
    longest: Duration,
    people: Visibility,
    emails: Visibility,
    groups: Visibility,
}

impl DirectoryAccess {
    /// Nothing that is asked takes longer than `longest`.
    pub(super) fn new(directory: Arc<dyn Directory>, longest: Duration) -> Self {
        Self {
            directory,
            turns: Semaphore::new(MOST_QUESTIONS),
            turns_of_strangers: Semaphore::new(MOST_FOR_STRANGERS),
            longest,
            people: Visibility::of(Shown::People),
            emails: Visibility::of(Shown::Emails),
            groups: Visibility::of(Shown::Groups),
        }
    }

    /// Fails where nobody at all is shown now that somebody was not found, because then they need not be gone.
    async fn require_anybody(&self, now: Timestamp) -> Result<(), DirectoryFault> {
        if self.shows(Shown::People, now).await? { Ok(()) } else { Err(DirectoryFault::ShowsNobody) }
    }

    /// Whether any of it is shown, now that none was found.
    async fn shows(&self, shown: Shown, now: Timestamp) -> Result<bool, DirectoryFault> {
        let question = async {
            let late = |_| {
                DirectoryFault::Unreachable(format!("nothing was heard for {} s", self.longest.as_secs()))
            };
            timeout(self.longest, self.directory.shows(shown)).await.map_err(late)?
        };
        let visibility = match shown {
            Shown::People => &self.people,
            Shown::Emails => &self.emails,
            Shown::Groups => &self.groups,
        };
        beside_deadline(visibility.is_shown(now, question)).await
    }

    /// A turn, and for a stranger one of theirs: known people never wait behind more strangers than have one.
    async fn turn(&self, asked_for: AskedFor) -> Result<DirectoryPermit<'_>, Error> {
        let turn = async {
            let of_strangers = match asked_for {
                AskedFor::Known => None,
                AskedFor::Stranger => Some(self.turns_of_strangers.acquire().await?),
            };
            Ok::<_, AcquireError>((of_strangers, self.turns.acquire().await?))
        };
        match timeout(PATIENCE, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Refusal::Busy(COME_BACK_S).into()),
        }
    }

    /// Asks in turn for what changes nothing.
    async fn ask<T>(&self, asked_for: AskedFor, question: impl Future<Output = T>) -> Result<T, Error> {
        self.ask_or(asked_for, question, DirectoryFault::Unreachable).await
    }

    /// Asks in turn whether a password is right.
    async fn check<T>(&self, asked_for: AskedFor, question: impl Future<Output = T>) -> Result<T, Error> {
        self.ask_or(asked_for, question, DirectoryFault::Unanswered).await
    }

    /// Asks in turn to set a password, which only known people may. What a request has asked before is never asked again by
    /// itself.
    async fn set<T>(&self, question: impl Future<Output = T>) -> Result<T, Error> {
        self.ask_or(AskedFor::Known, question, DirectoryFault::OutcomeUnknown).await
    }

    async fn ask_or<T>(
        &self,
        asked_for: AskedFor,
        question: impl Future<Output = T>,
        late: fn(String) -> DirectoryFault,
    ) -> Result<T, Error> {
        beside_deadline(async {
            let _turn = self.turn(asked_for).await?;
            let late = |_| late(format!("nothing was heard for {} s", self.longest.as_secs()));
            let answered = match asked_for {
                AskedFor::Known => timeout(self.longest, question).await,
                AskedFor::Stranger => timeout(self.longest, for_stranger(question)).await,
            };
            Ok(answered.map_err(late)?)
        })
        .await
    }
}

/// What is held while a directory is asked.
type DirectoryPermit<'a> = (Option<SemaphorePermit<'a>>, SemaphorePermit<'a>);

/// What a directory knows of somebody who was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// The accounts are the portal's own: whoever the store finds may be let in.
    Own,
    /// There is an entry, and this is the id of its account.
    Account(String),
    /// There is none, or it is disabled: nobody may.
    Absent,
}

impl Accounts {
    /// What can be done where the accounts are.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.portal().capabilities
    }

    /// Looks up who `login` is, and takes over what the directory says of them. An entry that cannot be used is none to
    /// whoever asks: anything else would tell that there is one.
    pub(super) async fn follow_directory(&self, asked_for: AskedFor, login: &str) -> Result<Presence, Error> {
        match self.look_up(asked_for, login).await {
            Err(Error::Fault(Fault::Directory(fault @ DirectoryFault::BadEntry(_)))) => {
                let known =
                    read_tx!(self.store, Fault, |tx| Ok(tx.find_account_by_identifier(login).await?));
                log_bad_entry(&fault, known.await?.as_ref());
                Ok(Presence::Absent)
            }
            found => found,
        }
    }

    /// Looks up whom a counted try is about: `typed` at a place. Gives the account that the directory says, and whether it
    /// may be let in.
    pub(super) async fn follow_try(
        &self,
        (place, typed): (String, String),
        name: ResolvedName,
        a_try: &mut DirectoryTry,
    ) -> Result<(ResolvedName, bool), Error> {
        let began = Instant::now();
        a_try.looked_up_at = Some(began);
        let account = match self.follow_directory(a_try.asked_for(), &typed).await? {
            Presence::Own => return Ok((name, true)),
            Presence::Absent => return Ok((name, false)),
            Presence::Account(account) => account,
        };
        // It may be another one than the store knew by that name, or have another name since a moment ago.
        let now = self.clock.now();
        let found =
            read_tx!(self.store, Fault, |tx| self.resolve_account_at(tx, &place, &account, now).await);
        let found = found.await?.ok_or(Fault::AccountGone)?;
        if found.key() != name.key()
            && let Err(refused) = self.count_for_account(a_try, &found).await
        {
            answer_at_step(began).await;
            return Err(refused);
        }
        Ok((found, true))
    }

    async fn look_up(&self, asked_for: AskedFor, login: &str) -> Result<Presence, Error> {
        let Some(access) = &self.directory else { return Ok(Presence::Own) };
        if login.is_empty() || login.len() > MAX_LOGIN || !is_inert(login) {
            return Ok(Presence::Absent);
        }
        match access.ask(asked_for, access.directory.lookup(login)).await?? {
            Some(entry) if entry.is_open(self.clock.now()) => {
                Ok(Presence::Account(self.take_over_entry(&entry, Some(login)).await?))
            }
            Some(_) => Ok(Presence::Absent),
            None => {
                access.require_anybody(self.clock.now()).await?;
                Ok(Presence::Absent)
            }
        }
    }

    /// Looks whether the entry of an account that was proven without its password is still there.
    pub(super) async fn is_in_directory(&self, account: &str) -> Result<bool, Error> {
        self.is_in_directory_for(AskedFor::Known, account).await
    }

    /// The same for anybody.
    pub(super) async fn is_in_directory_for(
        &self,
        asked_for: AskedFor,
        account: &str,
    ) -> Result<bool, Error> {
        let Some(access) = &self.directory else { return Ok(true) };
        let Some(entry) = self.entry_of(account).await? else { return Ok(false) };
        match access.ask(asked_for, access.directory.attributes(&entry)).await?? {
            Some(entry) if entry.is_open(self.clock.now()) => {
                self.take_over_entry(&entry, None).await?;
                Ok(true)
            }
            Some(_) => Ok(false),
            None => {
                access.require_anybody(self.clock.now()).await?;
                Ok(false)
            }
        }
    }

    /// Makes the account of somebody whom an operator names, where a directory has them.
    pub(super) async fn follow_for_operator(&self, name: &str) -> Result<(), AdminError> {
        match self.look_up(AskedFor::Known, &canonical_identifier(name)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(AdminError::Directory(error.to_string())),
        }
    }

    /// Refuses an operator's command that does what the directory has to do.
    pub(super) fn refuse_in_directory(&self, what: &'static str) -> Result<(), AdminError> {
        if self.capabilities().accounts { Ok(()) } else { Err(AdminError::InDirectory(what)) }
    }

    /// The same of who is in which team, where the directory says that.
    pub(super) fn refuse_where_groups_are(&self, what: &'static str) -> Result<(), AdminError> {
        if self.capabilities().groups { self.refuse_in_directory(what) } else { Ok(()) }
    }

    async fn entry_of(&self, account: &str) -> Result<Option<EntryRef>, Fault> {
        let known = read_tx!(self.store, Fault, |tx| Ok(tx.find_entry_of(account).await?)).await?;
        Ok(known.map(|known| EntryRef { id: known.entry, at: known.location }))
    }

    /// Checks a password in the directory.
    pub(super) async fn check_password_in(
        &self,
        access: &DirectoryAccess,
        account: Option<&Account>,
        typed: &Secret,
        a_try: &DirectoryTry,
    ) -> Result<PasswordCheck, Error> {
        // Whoever was looked up waits for both questions together.
        let began = a_try.looked_up_at.unwrap_or_else(Instant::now);
        // Before the directory is asked: the password may be taken away in between, and an undo after this look is noticed by
        // the account's epoch.
        let (entry, is_void) = match account {
            Some(account) => {
                (self.entry_of(&account.id).await?, self.is_password_void_due(&account.id).await?)
            }
            None => (None, false),
        };
        // What cannot be a password is not sent, an empty one least of all: a directory takes that for nobody's
        // (RFC 4513 section 5.1.2).
        let password = Normalised::typed(typed.expose()).filter(|password| !password.as_bytes().is_empty());
        let verdict = match &password {
            Some(password) => {
                let password = Secret::new(password.as_str());
                access.check(a_try.asked_for(), access.directory.verify(entry.as_ref(), &password)).await?
            }
            None => Ok(Verdict::Wrong),
        };
        let verdict = match verdict {
            Ok(Verdict::Right | Verdict::RightUntil(_) | Verdict::MustChange(_)) if is_void => {
                let account = account.map(|account| account.name.as_str());
                tracing::info!(
                    account,
                    "refused a right password: one is still to be taken away in the directory"
                );
                Ok(Verdict::Wrong)
            }
            verdict => verdict,
        };
        if !matches!(verdict, Ok(Verdict::Right | Verdict::RightUntil(_) | Verdict::MustChange(_))) {
            answer_at_step(began).await;
        }
        let verdict = match verdict {
            // To a stranger it is none, as in `follow_directory`.
            Err(fault @ DirectoryFault::BadEntry(_)) if a_try.looked_up_at.is_some() => {
                log_bad_entry(&fault, account);
                Verdict::Wrong
            }
            verdict => verdict?,
        };
        Ok(match verdict {
            Verdict::Right => PasswordCheck::Right { stale: false, expiry: None },
            Verdict::RightUntil(PasswordExpiry::AfterSignIns(left)) => PasswordCheck::InGrace(left),
            Verdict::RightUntil(expiry) => PasswordCheck::Right { stale: false, expiry: Some(expiry) },
            Verdict::MustChange(_) => PasswordCheck::MustChange,
            Verdict::Wrong => PasswordCheck::Wrong,
            refused @ (Verdict::Locked | Verdict::Disabled) => {
                let account = account.map(|account| account.name.as_str());
                tracing::info!(account, ?refused, "the directory takes no password of an entry");
                PasswordCheck::Wrong
            }
        })
    }

    /// Puts a new password where it belongs: hashes it for the store, or sets it in the directory. `current` is the present
    /// one where the person has shown it.
    pub(super) async fn place_password(
        &self,
        requester: Requester,
        account: &str,
        new: Normalised,
        current: Option<&Secret>,
    ) -> Result<NewHash, Error> {
        let Some(access) = &self.directory else { return Ok(self.hash_password(requester, new).await?) };
        let can = self.capabilities();
        if !(if current.is_some() { can.change } else { can.reset }) {
            return Err(Refusal::KeptInDirectory.into());
        }
        // A code or an undo may have been given to somebody who has left since.
        if !self.is_in_directory(account).await? {
            return Err(Refusal::ClosedInDirectory.into());
        }
        let entry = self.entry_of(account).await?.ok_or(Refusal::KeptInDirectory)?;
        let new = Secret::new(new.as_str());
        let current = current.and_then(|current| Normalised::typed(current.expose()));
        let placed = match current.map(|current| Secret::new(current.as_str())) {
            Some(current) => access.set(access.directory.change(&entry, &current, &new)).await?,
            None => access.set(access.directory.reset(&entry, &new)).await?,
        };
        match placed {
            Ok(()) => Ok(NewHash::default()),
            Err(PasswordNotSet::Refused(why)) => Err(PasswordRefusal::Directory(why).into()),
            Err(PasswordNotSet::RefusedAfterReset(why)) => {
                Err(PasswordRefusal::DirectoryAfterReset(why).into())
            }
            Err(PasswordNotSet::WrongCurrent) => Err(Refusal::WrongCurrentPassword.into()),
            Err(PasswordNotSet::Fault(fault)) => Err(fault.into()),
        }
    }

    /// Takes the password away that somebody else has set in the directory: nobody knows the one that it has then.
    pub(super) async fn void_password_in_directory(&self, account: &str) -> Result<(), Error> {
        if !self.capabilities().reset {
            tracing::error!(
                account,
                "directory.reset is off: the password that an undone change was to take away opens the portal again"
            );
            return Ok(());
        }
        let random = random_password(&self.entropy);
        let new = Normalised::typed(random.expose()).ok_or(Refusal::KeptInDirectory)?;
        self.place_password(
            Requester::known(account, crate::domain::source::Source::local()),
            account,
            new,
            None,
        )
        .await?;
        Ok(())
    }

    /// Makes the account of an entry, which `login` found, or brings it up to date. Gives its id.
    async fn take_over_entry(&self, entry: &Entry, login: Option<&str>) -> Result<String, Error> {
        let mut draft = CheckedEntry::of(entry, login, self)?;
        let same = read_tx!(self.store, Fault, |tx| self.find_up_to_date(tx, &draft).await).await?;
        if let Some(account) = same {
            return Ok(account);
        }
        if self.keep_what_is_not_shown(&mut draft).await? {
            let same = read_tx!(self.store, Fault, |tx| self.find_up_to_date(tx, &draft).await).await?;
            if let Some(account) = same {
                return Ok(account);
            }
        }
        let now = self.clock.now();
        let done = write_tx!(self.store, Error, |tx| self.write_entry(tx, &draft, now).await).await;
        match done {
            Ok((account, raised)) => {
                if let Some(epoch) = raised {
                    self.revocations.announce(&account, epoch);
                }
                Ok(account)
            }
            // Somebody else took over the same entry at the same time, or has its name or address.
            Err(Error::Fault(Fault::Store(StoreFault::Taken(_)))) => {
                Err(taken(draft.entry, "its name or email address").into())
            }
            Err(error) => Err(error),
        }
    }

    /// Leaves address and teams as they are where the directory shows nobody's: it does not say then that these have none.
    /// Gives whether it leaves anything.
    async fn keep_what_is_not_shown(&self, draft: &mut CheckedEntry<'_>) -> Result<bool, Error> {
        let Some(access) = &self.directory else { return Ok(false) };
        let known = read_tx!(self.store, Fault, |tx| {
            let Some(known) = tx.find_known_entry(&draft.entry.id).await? else { return Ok((false, false)) };
            let has_email = tx.list_emails(&known.account).await?.iter().any(EmailAddress::is_in_use);
            Ok((has_email, !tx.list_teams_of(&known.account).await?.is_empty()))
        });
        let ((has_email, has_teams), now) = (known.await?, self.clock.now());
        let is_in_no_group = draft.teams.as_ref().is_some_and(Vec::is_empty);
        draft.keeps_email = has_email && draft.email.is_none() && !access.shows(Shown::Emails, now).await?;
        let keeps_teams = has_teams && is_in_no_group && !access.shows(Shown::Groups, now).await?;
        if keeps_teams {
            draft.teams = None;
        }
        Ok(draft.keeps_email || keeps_teams)
    }

    /// The account of an entry of which nothing is new.
    async fn find_up_to_date(&self, tx: &mut Tx, draft: &CheckedEntry<'_>) -> Result<Option<String>, Fault> {
        let Some(known) = tx.find_known_entry(&draft.entry.id).await? else { return Ok(None) };
        let Some(account) = tx.find_account(&known.account).await? else { return Ok(None) };
        let emails = tx.list_emails(&account.id).await?;
        let has_email = match (&draft.email, emails.iter().find(|email| email.is_primary)) {
            (Some(email), Some(primary)) => email.canonical() == primary.canonical && primary.is_in_use(),
            (None, _) => draft.keeps_email || !emails.iter().any(EmailAddress::is_in_use),
            _ => false,
        };
        let has_login = match draft.login {
            Some(login) => {
                let found = tx.find_account_by_identifier(login).await?;
                found.is_some_and(|found| found.id == account.id)
                    || tx.is_directory_login_of(login, &account.id).await?
            }
            None => true,
        };
        let teams = tx.list_teams_of(&account.id).await?;
        let mut teams: Vec<String> = teams.iter().map(|team| canonical_team(&team.name)).collect();
        teams.sort();
        let has_teams =
            draft.teams.as_ref().is_none_or(|wanted| wanted.iter().map(TeamName::canonical).eq(teams));
        let is_same = known.location == draft.entry.at
            && account.name == draft.name.as_str()
            && account.display_name == draft.display_name
            && has_email
            && has_login
            && has_teams;
        Ok(is_same.then_some(account.id))
    }

    /// The account's id, and its new epoch where its sessions end by it.
    async fn write_entry(
        &self,
        tx: &mut Tx,
        draft: &CheckedEntry<'_>,
        now: Timestamp,
    ) -> Result<(String, Option<i64>), Error> {
        let known = tx.find_known_entry(&draft.entry.id).await?;
        let (account, raised) = match known {
            Some(known) => {
                if !tx.claim_any_account_lock(&known.account).await? {
                    return Err(taken(draft.entry, "its account").into());
                }
                if known.location != draft.entry.at {
                    tx.set_entry_location(&known.account, &draft.entry.at).await?;
                }
                let raised = self.rename_as_in_directory(tx, &known.account, draft, now).await?;
                (known.account, raised)
            }
            None => (self.insert_entry(tx, draft, now).await?, None),
        };
        self.write_primary_email(tx, &account, draft, now).await?;
        self.write_teams(tx, &account, draft, now).await?;
        if let Some(login) = draft.login
            && tx.find_account_by_identifier(login).await?.is_none_or(|found| found.id != account)
        {
            tx.set_directory_login(login, &account).await?;
        }
        Ok((account, raised))
    }

    async fn insert_entry(
        &self,
        tx: &mut Tx,
        draft: &CheckedEntry<'_>,
        now: Timestamp,
    ) -> Result<String, Error> {
        let id = new_id(now, &self.entropy);
        let skeleton = draft.name.skeleton();
        let account = NewAccount {
            id: &id,
            name: draft.name.as_str(),
            name_canonical: draft.name.canonical(),
            name_skeleton: &skeleton,
            display_name: draft.display_name,
            password_phc: None,
            pepper_id: None,
            now,
            // It is for the directory to say who has a name.
            kept_since: now,
        };
        let known = KnownEntry {
            account: id.clone(),
            entry: draft.entry.id.clone(),
            location: draft.entry.at.clone(),
        };
        if !tx.insert_account(&account).await? || !tx.insert_known_entry(&known).await? {
            return Err(taken(draft.entry, "its name").into());
        }
        tx.insert_event(&self.operator_event(EventKind::AccountAdded, &id, now)).await?;
        Ok(id)
    }

    /// The new epoch, where it was renamed.
    async fn rename_as_in_directory(
        &self,
        tx: &mut Tx,
        id: &str,
        draft: &CheckedEntry<'_>,
        now: Timestamp,
    ) -> Result<Option<i64>, Error> {
        let account = tx.find_account(id).await?.ok_or(Fault::AccountGone)?;
        if account.display_name != draft.display_name {
            let change = ProfileChange { display_name: Some(draft.display_name), ..ProfileChange::default() };
            tx.claim_profile(id, None, change, now).await?;
        }
        if account.name == draft.name.as_str() {
            return Ok(None);
        }
        let (canonical, skeleton) = (draft.name.canonical(), draft.name.skeleton());
        let name = NewName { name: draft.name.as_str(), canonical, skeleton: &skeleton, kept_since: now };
        let epoch = tx.claim_name(id, account.auth_epoch, name, "", now).await?;
        let epoch = epoch.ok_or_else(|| taken(draft.entry, "its new name"))?;
        tx.insert_event(&self.operator_event(EventKind::NameChanged, id, now)).await?;
        Ok(Some(epoch))
    }

    async fn write_primary_email(
        &self,
        tx: &mut Tx,
        account: &str,
        draft: &CheckedEntry<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        if draft.keeps_email {
            return Ok(());
        }
        let Some(email) = &draft.email else {
            // The mailbox may be somebody else's by now. Addresses come from the directory alone, so where that gives
            // none to anybody there is nothing to suspend.
            let ever = Timestamp::from_epoch_ms(i64::MIN);
            if tx.suspend_emails_verified_after(account, ever, now).await? > 0 {
                tx.insert_event(&self.operator_event(EventKind::EmailsSuspended, account, now)).await?;
            }
            return Ok(());
        };
        let pair = (email.as_str(), email.canonical());
        let emails = tx.list_emails(account).await?;
        let present = emails.iter().find(|one| one.canonical == email.canonical());
        let id = match present {
            Some(present) if present.is_primary => {
                if !present.is_in_use() {
                    tx.claim_email_kept(&present.id, account).await?;
                }
                return Ok(());
            }
            Some(present) => {
                if present.verified_at.is_none() && !tx.claim_verified(&present.id, account, now).await? {
                    return Err(taken(draft.entry, "its email address").into());
                }
                present.id.clone()
            }
            None => {
                let id = new_id(now, &self.entropy);
                let is_free = if emails.is_empty() {
                    tx.insert_primary_email(&id, account, pair, None, now).await?
                } else {
                    tx.claim_vouched_email(&id, account, pair, now).await?
                };
                if !is_free {
                    return Err(taken(draft.entry, "its email address").into());
                }
                id
            }
        };
        if emails.is_empty() {
            return Ok(());
        }
        tx.claim_primary(&id, account, now).await?;
        for former in emails.iter().filter(|former| former.id != id) {
            let contact = new_id(now, &self.entropy);
            tx.claim_removed(&former.id, account, &contact, now).await?;
        }
        tx.insert_event(&self.operator_event(EventKind::PrimaryEmailChanged, account, now)).await?;
        Ok(())
    }

    async fn write_teams(
        &self,
        tx: &mut Tx,
        account: &str,
        draft: &CheckedEntry<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(wanted) = &draft.teams else { return Ok(()) };
        let present = tx.list_teams_of(account).await?;
        for team in &present {
            if !wanted.iter().any(|name| name.canonical() == canonical_team(&team.name)) {
                tx.delete_membership(&team.id, account).await?;
            }
        }
        for name in wanted {
            let canonical = name.canonical();
            if present.iter().any(|team| canonical_team(&team.name) == canonical) {
                continue;
            }
            let team = if let Some(team) = tx.find_team(&canonical).await? {
                team.id
            } else {
                let id = new_id(now, &self.entropy);
                tx.insert_team(&id, name.as_str(), &canonical, "", now).await?;
                id
            };
            tx.insert_membership(&team, account, Role::Member.as_str(), now).await?;
        }
        Ok(())
    }
}

/// An entry whose parts the portal can use.
struct CheckedEntry<'a> {
    entry: &'a EntryRef,
    /// What found it, as it was typed.
    login: Option<&'a str>,
    name: UserName,
    display_name: &'a str,
    email: Option<Email>,
    /// The directory shows nobody's address, so the account keeps what it has.
    keeps_email: bool,
    /// In the order of their canonical names; nothing where the directory doesn't say.
    teams: Option<Vec<TeamName>>,
}

impl<'a> CheckedEntry<'a> {
    fn of(entry: &'a Entry, login: Option<&'a str>, accounts: &Accounts) -> Result<Self, DirectoryFault> {
        let name = accounts.rules.names.check(entry.name.trim());
        let name = name.map_err(|refusal| {
            DirectoryFault::bad_entry(
                &entry.entry.at,
                &format!("the portal does not take its username: {refusal}"),
            )
        })?;
        // What people are called is for show: one that cannot be shown is left out.
        let display_name = display_name::checked(&entry.display_name).unwrap_or_default();
        let email = entry.email.as_deref().map(str::trim).filter(|email| !email.is_empty()).map(Email::parse);
        let email = email.transpose().map_err(|refusal| {
            DirectoryFault::bad_entry(&entry.entry.at, &format!("its email address is none: {refusal}"))
        })?;
        let teams = accounts.capabilities().groups.then(|| {
            let names = entry.groups.iter().take(MOST_GROUPS).filter_map(|group| TeamName::parse(group).ok());
            let mut names: Vec<TeamName> = names.collect();
            names.sort_by_key(TeamName::canonical);
            names.dedup_by_key(|name| name.canonical());
            names
        });
        Ok(Self { entry: &entry.entry, login, name, display_name, email, keeps_email: false, teams })
    }
}

/// Waits for the next of the moments at which what is not right is answered.
async fn answer_at_step(began: Instant) {
    let steps = began.elapsed().as_millis() / ANSWERED_EVERY.as_millis() + 1;
    let wait = ANSWERED_EVERY.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    beside_deadline(sleep_until(began + wait)).await;
}

/// Says whose entry cannot be used; what was typed is not logged, as it may be a password.
fn log_bad_entry(fault: &DirectoryFault, account: Option<&Account>) {
    let account = account.map(|account| account.name.as_str());
    tracing::error!(account, %fault, "somebody cannot sign in");
}

fn taken(entry: &EntryRef, what: &str) -> DirectoryFault {
    DirectoryFault::bad_entry(&entry.at, &format!("another account of the portal has {what}"))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::directory::is_for_stranger;
    use crate::directory::ldap::{Ldap, LdapSettings};
    use crate::domain::entropy::Entropy;

    fn access() -> DirectoryAccess {
        let settings = LdapSettings {
            urls: vec!["ldaps://ldap.example.org".to_owned()],
            user_base: "dc=example,dc=org".to_owned(),
            ..LdapSettings::default()
        };
        let directory = Arc::new(Ldap::new(&settings, Entropy::System).unwrap());
        DirectoryAccess::new(directory, Duration::ZERO)
    }

    #[tokio::test]
    async fn a_directory_hears_whether_it_is_asked_for_a_stranger() {
        let access = access();
        for (asked_for, expected) in [(AskedFor::Stranger, true), (AskedFor::Known, false)] {
            assert_eq!(access.ask(asked_for, async { is_for_stranger() }).await.unwrap(), expected);
        }
        assert!(!access.set(async { is_for_stranger() }).await.unwrap());
    }

    #[tokio::test]
    async fn what_is_not_answered_in_time_may_have_been_done_where_a_password_was_to_be_set_alone() {
        let access = access();
        let is_unknown = |asked: Result<(), Error>| match asked {
            Err(Error::Fault(fault)) => fault.is_of_unknown_outcome(),
            other => panic!("{other:?}"),
        };
        assert!(!is_unknown(access.ask(AskedFor::Stranger, pending()).await));
        assert!(is_unknown(access.set(pending()).await));
    }
}
