//! The service in front of a directory that these tests script: whom it has, what it takes, and when it fails.

mod leavers;
mod limited;
mod tries;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorkey::accounts::Rules;
use doorkey::directory::{
    Capabilities, Directory, DirectoryFault, Entry, EntryRef, Finding, MustChange, PasswordExpiry,
    PasswordNotSet, PolicyRefusal, Shown, Verdict,
};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::Limit;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{FIRST, MINUTE, Service, patient};
use crate::engine::{Engine, Fresh};

/// Somebody in the directory.
#[derive(Clone, Debug)]
struct Someone {
    entry: Entry,
    /// What else finds them.
    aliases: Vec<String>,
    password: String,
    must_change: Option<MustChange>,
    /// Until when the password is still taken.
    expiry: Option<PasswordExpiry>,
    /// What is wrong with the entry.
    fault: Option<String>,
    /// It is not there any more.
    is_gone: bool,
}

/// A directory in memory. It counts what it is asked.
#[derive(Debug, Default)]
struct Script {
    people: Mutex<Vec<Someone>>,
    /// `lookup`, `verify ada`, `reset ada`, in their order.
    asked: Mutex<Vec<String>>,
    /// How long an answer about somebody takes.
    delay: Mutex<Duration>,
    is_down: Mutex<bool>,
    /// The portal's account may no longer read people.
    shows_nobody: Mutex<bool>,
    /// The same of their email addresses and groups.
    hides_what_people_have: Mutex<bool>,
    /// Groups are teams.
    has_groups: Mutex<bool>,
    /// The right to set passwords was taken away.
    refuses_resets: Mutex<bool>,
    /// It answers nobody who wants to know whether one is right.
    hangs_at_checks: Mutex<bool>,
    /// What cannot be done there.
    lacks: Mutex<Vec<&'static str>>,
    /// It answers nobody who wants to set one.
    hangs_at_resets: Mutex<bool>,
    /// It takes the password that was there away, and not the wanted one, as the person whose own right to set it is missing.
    refuses_after_resets: Mutex<bool>,
    /// It has not yet set this password, and waits for [`Script::let_go`].
    held: Mutex<Option<&'static str>>,
    let_go: tokio::sync::Notify,
    /// It answers nothing about anybody else.
    answers_only: Mutex<Option<&'static str>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl Script {
    fn of(names: &[&str]) -> Arc<Self> {
        let someone = |name: &&str| Someone {
            entry: Entry {
                entry: EntryRef { id: format!("id of {name}"), at: format!("uid={name}") },
                name: (*name).to_owned(),
                display_name: String::new(),
                email: Some(format!("{name}@example.org")),
                groups: Vec::new(),
                is_disabled: false,
                expires_at: None,
            },
            aliases: vec![format!("{name}@corp.example")],
            password: FIRST.to_owned(),
            must_change: None,
            expiry: None,
            fault: None,
            is_gone: false,
        };
        Arc::new(Self { people: Mutex::new(names.iter().map(someone).collect()), ..Self::default() })
    }

    fn edit(&self, name: &str, edit: impl FnOnce(&mut Someone)) {
        edit(self.people.lock().unwrap().iter_mut().find(|one| one.entry.name == name).unwrap());
    }

    fn by_id(&self, entry: &EntryRef) -> Option<Someone> {
        self.people.lock().unwrap().iter().find(|one| one.entry.entry.id == entry.id && !one.is_gone).cloned()
    }

    /// The same where people are read and no password is checked.
    fn shown(&self, find: impl Fn(&Someone) -> bool) -> Option<Someone> {
        let people = self.people.lock().unwrap();
        let is_shown = |one: &&Someone| !one.is_gone && !*self.shows_nobody.lock().unwrap() && find(one);
        let mut found = people.iter().find(is_shown).cloned()?;
        if *self.hides_what_people_have.lock().unwrap() {
            found.entry.email = None;
            found.entry.groups.clear();
        }
        Some(found)
    }

    fn set_shows_nobody(&self, shows_nobody: bool) {
        *self.shows_nobody.lock().unwrap() = shows_nobody;
    }

    fn password_of(&self, name: &str) -> String {
        let people = self.people.lock().unwrap();
        people.iter().find(|one| one.entry.name == name).unwrap().password.clone()
    }

    fn set_down(&self, is_down: bool) {
        *self.is_down.lock().unwrap() = is_down;
    }

    /// How often it was asked anything.
    fn asked_at_all(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == what).count()
    }

    /// Notes a question, and fails while the directory is down.
    async fn note(&self, what: &str, about: Option<&str>) -> Result<(), DirectoryFault> {
        self.asked.lock().unwrap().push(what.to_owned());
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        let delay = *self.delay.lock().unwrap();
        if about.is_some() {
            tokio::time::sleep(delay).await;
            let answers_only = *self.answers_only.lock().unwrap();
            if answers_only.is_some_and(|name| about != Some(name)) {
                std::future::pending::<()>().await;
            }
        }
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if *self.is_down.lock().unwrap() {
            Err(DirectoryFault::Unreachable("down".to_owned()))
        } else {
            Ok(())
        }
    }

    async fn set(&self, what: &str, entry: &EntryRef, new: &Secret) -> Result<(), PasswordNotSet> {
        let name = self.by_id(entry).expect("an entry").entry.name;
        self.note(&format!("{what} {name}"), Some(&name)).await?;
        if what == "reset" && *self.hangs_at_resets.lock().unwrap() {
            std::future::pending::<()>().await;
        }
        let held = *self.held.lock().unwrap();
        if held == Some(new.expose()) {
            self.asked.lock().unwrap().push("held".to_owned());
            self.let_go.notified().await;
        }
        self.edit(&name, |one| {
            one.password = new.expose().to_owned();
            one.must_change = None;
        });
        Ok(())
    }
}

impl Directory for Script {
    fn capabilities(&self) -> Capabilities {
        let groups = *self.has_groups.lock().unwrap();
        let can = |what| !self.lacks.lock().unwrap().contains(&what);
        Capabilities { accounts: false, change: can("change"), reset: can("reset"), ssh_keys: false, groups }
    }

    fn lookup<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        async move {
            let found = self.shown(|one| {
                one.entry.name == login
                    || one.entry.email.as_deref() == Some(login)
                    || one.aliases.iter().any(|alias| alias == login)
            });
            self.note("lookup", found.as_ref().map(|found| found.entry.name.as_str())).await?;
            match found {
                Some(Someone { fault: Some(fault), .. }) => Err(DirectoryFault::BadEntry(fault)),
                found => Ok(found.map(|found| found.entry)),
            }
        }
        .boxed()
    }

    fn verify<'a>(
        &'a self,
        entry: Option<&'a EntryRef>,
        password: &'a Secret,
    ) -> BoxFuture<'a, Result<Verdict, DirectoryFault>> {
        async move {
            let found = entry.and_then(|entry| self.by_id(entry));
            let name = found.as_ref().map_or("nobody", |found| &found.entry.name);
            self.note(&format!("verify {name}"), found.is_some().then_some(name)).await?;
            if *self.hangs_at_checks.lock().unwrap() {
                std::future::pending::<()>().await;
            }
            Ok(match found.filter(|found| found.password == password.expose()) {
                None => Verdict::Wrong,
                Some(Someone { must_change: Some(why), .. }) => Verdict::MustChange(why),
                Some(found) => found.expiry.map_or(Verdict::Right, Verdict::RightUntil),
            })
        }
        .boxed()
    }

    fn change<'a>(
        &'a self,
        entry: &'a EntryRef,
        current: &'a Secret,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        async move {
            if self.by_id(entry).is_none_or(|found| found.password != current.expose()) {
                return Err(PasswordNotSet::WrongCurrent);
            }
            self.set("change", entry, new).await
        }
        .boxed()
    }

    fn reset<'a>(
        &'a self,
        entry: &'a EntryRef,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        async move {
            if *self.refuses_resets.lock().unwrap() {
                self.asked.lock().unwrap().push("refused reset".to_owned());
                return Err(DirectoryFault::Misconfigured("the right was taken away".to_owned()).into());
            }
            if *self.refuses_after_resets.lock().unwrap() {
                self.set("reset", entry, &Secret::new("nobody knows this one")).await?;
                return Err(PasswordNotSet::RefusedAfterReset(PolicyRefusal::TooYoung));
            }
            self.set("reset", entry, new).await
        }
        .boxed()
    }

    fn ssh_keys<'a>(&'a self, _: &'a EntryRef) -> BoxFuture<'a, Result<Vec<String>, DirectoryFault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn attributes<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        async move {
            let name = self.by_id(entry).map(|found| found.entry.name);
            self.note("attributes", Some(name.as_deref().unwrap_or_default())).await?;
            Ok(self.shown(|one| one.entry.entry.id == entry.id).map(|found| found.entry))
        }
        .boxed()
    }

    fn shows(&self, shown: Shown) -> BoxFuture<'_, Result<bool, DirectoryFault>> {
        async move {
            self.note("anybody", None).await?;
            let hides = *self.hides_what_people_have.lock().unwrap();
            Ok(match shown {
                Shown::People => self.shown(|_| true).is_some(),
                Shown::Emails => !hides && self.shown(|one| one.entry.email.is_some()).is_some(),
                Shown::Groups => !hides && self.shown(|one| !one.entry.groups.is_empty()).is_some(),
            })
        }
        .boxed()
    }

    fn try_out(&self) -> BoxFuture<'_, Vec<Finding>> {
        async { Vec::new() }.boxed()
    }
}

async fn before(engine: Engine, script: &Arc<Script>) -> Service {
    before_with(engine, script, |_| ()).await
}

async fn before_with(engine: Engine, script: &Arc<Script>, edit: impl FnOnce(&mut Rules)) -> Service {
    let many = Limit { count: 1_000_000, window_ms: MINUTE };
    let mut rules: Rules = patient();
    (rules.services.tries_per_service, rules.services.tries_per_source) = (many, many);
    edit(&mut rules);
    Service::before(Fresh::with_tables(engine).await, rules, Some(script.clone())).await
}
