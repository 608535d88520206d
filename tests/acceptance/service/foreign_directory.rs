//! The service in front of somebody else's directory, which the test holds: whom it has, what it takes, and when it fails.

use std::sync::{Arc, Mutex, MutexGuard};

use doorkey::accounts::request::sessions::SessionsRequest;
use doorkey::accounts::request::undo::{UndoReply, UndoRequest, UndoSummary};
use doorkey::accounts::request::{Refusal, Reply, Request, ResetGrant};
use doorkey::directory::{
    Capabilities, Directory, DirectoryFault, Entry, EntryRef, Finding, PasswordNotSet, Verdict,
};
use doorkey::domain::secret::Secret;
use doorkey::domain::timestamp::Timestamp;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::keys::{add, line};
use super::sessions::Session;
use super::undo::undo_code_in;
use super::{FIRST, MINUTE, SECOND, Service, patient};
use crate::engine::{Engine, Fresh, on_both_engines};

/// What the directory has of ada, and what it does.
#[derive(Debug)]
struct State {
    password: String,
    is_disabled: bool,
    expires_at: Option<Timestamp>,
    is_gone: bool,
    is_away: bool,
    refuses_resets: bool,
    /// How often it was asked anything.
    asked: usize,
    /// How often a password was to be set without the current one.
    resets: usize,
}

/// A directory with one person in it.
#[derive(Debug)]
struct Held(Mutex<State>);

impl Held {
    fn new() -> Arc<Self> {
        let password = FIRST.to_owned();
        let (is_disabled, is_gone, is_away, refuses_resets) = (false, false, false, false);
        Arc::new(Self(Mutex::new(State {
            password,
            is_disabled,
            expires_at: None,
            is_gone,
            is_away,
            refuses_resets,
            asked: 0,
            resets: 0,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn asked(&self) -> Result<MutexGuard<'_, State>, DirectoryFault> {
        let mut state = self.state();
        state.asked += 1;
        if state.is_away { Err(DirectoryFault::Unreachable("it is away".to_owned())) } else { Ok(state) }
    }

    fn find(&self, name: &str) -> Result<Option<Entry>, DirectoryFault> {
        let state = self.asked()?;
        let is_meant = !state.is_gone && ["ada", "ada@example.org"].contains(&name);
        Ok(is_meant.then(|| Entry {
            entry: EntryRef { id: "ada".to_owned(), at: "ada".to_owned() },
            name: "ada".to_owned(),
            display_name: String::new(),
            email: Some("ada@example.org".to_owned()),
            groups: Vec::new(),
            is_disabled: state.is_disabled,
            expires_at: state.expires_at,
        }))
    }
}

impl Directory for Held {
    fn capabilities(&self) -> Capabilities {
        Capabilities { accounts: false, change: true, reset: true, ssh_keys: false, groups: false }
    }

    fn lookup<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        async move { self.find(login) }.boxed()
    }

    fn verify<'a>(
        &'a self,
        entry: Option<&'a EntryRef>,
        password: &'a Secret,
    ) -> BoxFuture<'a, Result<Verdict, DirectoryFault>> {
        async move {
            let is_right = self.asked()?.password == password.expose() && entry.is_some();
            Ok(if is_right { Verdict::Right } else { Verdict::Wrong })
        }
        .boxed()
    }

    fn change<'a>(
        &'a self,
        _: &'a EntryRef,
        current: &'a Secret,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        async move {
            let mut state = self.asked()?;
            if state.password != current.expose() {
                return Err(PasswordNotSet::WrongCurrent);
            }
            new.expose().clone_into(&mut state.password);
            Ok(())
        }
        .boxed()
    }

    fn reset<'a>(&'a self, _: &'a EntryRef, new: &'a Secret) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        async move {
            let mut state = self.asked()?;
            state.resets += 1;
            if state.refuses_resets {
                return Err(DirectoryFault::Misconfigured("the right was taken away".to_owned()).into());
            }
            new.expose().clone_into(&mut state.password);
            Ok(())
        }
        .boxed()
    }

    fn ssh_keys<'a>(&'a self, _: &'a EntryRef) -> BoxFuture<'a, Result<Vec<String>, DirectoryFault>> {
        async move { self.asked().map(|_| Vec::new()) }.boxed()
    }

    fn attributes<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        async move { self.find(&entry.id) }.boxed()
    }

    fn try_out(&self) -> BoxFuture<'_, Vec<Finding>> {
        async { Vec::new() }.boxed()
    }
}

/// A service in front of the directory, which nobody has signed in to yet.
async fn start(engine: Engine) -> (Service, Arc<Held>) {
    let held = Held::new();
    let directory: Arc<dyn Directory> = held.clone();
    (Service::before(Fresh::with_tables(engine).await, patient(), Some(directory)).await, held)
}

async fn undo(service: &Service, code: &str) -> Result<(ResetGrant, UndoSummary), Refusal> {
    let request = UndoRequest::Revert { code: Secret::new(code), second_factor: None };
    match service.ask(Request::Undo(request)).await {
        Reply::Undo(UndoReply::Reverted(grant, summary)) => Ok((grant, summary)),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

/// A thief changes the password from [`FIRST`] to [`SECOND`]; gives the undo code that ada is sent.
async fn stolen(service: &Service) -> String {
    let thief = service.sign_in("ada", FIRST).await;
    service.change(&thief, FIRST, SECOND).await.unwrap();
    service.work().await;
    let emails = service.emails.emails();
    emails.iter().rev().find_map(undo_code_in).expect("an undo code")
}

on_both_engines! {
    async fn whoever_was_disabled_in_the_directory_is_not_reauthenticated_and_is_signed_out(engine: Engine) {
        let (service, held) = start(engine).await;
        let ada = service.sign_in("ada", FIRST).await;
        held.state().is_disabled = true;
        let request = Request::Reauthenticate {
            member: ada.clone(), password: Secret::new(FIRST), second_factor: false,
        };
        let reply = service.ask(request).await;
        assert!(matches!(reply, Reply::Refused(Refusal::SignedOutElsewhere)), "{reply:?}");
        held.state().is_disabled = false;
        assert_eq!(service.teams(&ada).await, Err(Refusal::SignedOutElsewhere));
        service.sign_in("ada", FIRST).await;
    }

    async fn a_session_ends_within_minutes_once_its_owner_left_the_directory(engine: Engine) {
        const LONGEST: i64 = 6 * MINUTE;
        let (service, held) = start(engine).await;
        let ada = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let check = async || service.accounts.check_sessions_in_directory().await.unwrap();
        check().await;
        // Nobody is asked about who has just come, nor again before it is time.
        let asked = held.state().asked;
        service.later(4 * MINUTE);
        check().await;
        assert_eq!(held.state().asked, asked);
        service.later(LONGEST);
        check().await;
        check().await;
        assert_eq!(held.state().asked, asked + 1);
        // A directory that is away ends nothing.
        held.state().is_away = true;
        service.later(LONGEST);
        check().await;
        assert!(held.state().asked > asked + 1);
        held.state().is_away = false;
        let mut revoked = service.accounts.subscribe();
        held.state().is_gone = true;
        assert!(matches!(ada.ask(SessionsRequest::List).await, Reply::Sessions(_)));
        service.later(LONGEST);
        check().await;
        assert!(revoked.try_recv().is_ok());
        let reply = ada.ask(SessionsRequest::List).await;
        assert!(matches!(reply, Reply::Refused(Refusal::SignedOutElsewhere)), "{reply:?}");
        // Once, whoever else looks.
        service.later(LONGEST);
        check().await;
        let closed = "SELECT count(*) FROM activity WHERE kind = 'closed-in-directory'";
        assert_eq!(service.fresh.number(closed).await, 1);
    }

    async fn an_account_that_expires_in_the_directory_signs_in_until_then_and_gets_no_code_later(engine: Engine) {
        let (service, held) = start(engine).await;
        held.state().expires_at = Some(service.clock.now().plus_ms(MINUTE));
        service.sign_in("ada", FIRST).await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.later(MINUTE);
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        let (_, refusal) = service.set(grant, SECOND).await.unwrap_err();
        assert_eq!((refusal, held.state().resets), (Refusal::SignedOutElsewhere, 0));
        let emails = service.emails.emails().len();
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(service.emails.emails().len(), emails);
    }

    async fn an_undo_uses_its_code_before_it_takes_the_password_of_the_directory_away(engine: Engine) {
        let (service, held) = start(engine).await;
        let code = stolen(&service).await;
        // What is away before anything is done leaves the code good.
        held.state().is_away = true;
        assert!(matches!(undo(&service, &code).await, Err(Refusal::Unavailable(_))));
        held.state().is_away = false;
        held.state().refuses_resets = true;
        let (grant, summary) = undo(&service, &code).await.unwrap();
        assert!(summary.keeps_password);
        assert_eq!(held.state().resets, 1);
        assert_eq!(held.state().password, SECOND);
        assert!(matches!(undo(&service, &code).await, Err(Refusal::UndoCodeRefused)));
        held.state().refuses_resets = false;
        service.set(grant, FIRST).await.unwrap();
        assert_eq!(held.state().password, FIRST);
    }

    async fn an_undo_takes_away_the_password_that_the_directory_has(engine: Engine) {
        let (service, held) = start(engine).await;
        let code = stolen(&service).await;
        let (grant, summary) = undo(&service, &code).await.unwrap();
        assert!(!summary.keeps_password);
        assert!(![FIRST, SECOND].contains(&held.state().password.as_str()));
        service.set(grant, FIRST).await.unwrap();
        assert_eq!(held.state().password, FIRST);
    }

    async fn the_public_keys_of_somebody_who_left_the_directory_are_shown_to_nobody(engine: Engine) {
        let (service, held) = start(engine).await;
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, line(1)).await.unwrap();
        let public_keys = async |name: &str| match service.ask(Request::PublicKeys { name: name.into() }).await {
            Reply::PublicKeys(lines) => lines.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(public_keys("ada").await, 1);
        // For a name that has no keys here, nobody makes the directory work.
        let asked = held.state().asked;
        assert_eq!(public_keys("grace").await, 0);
        assert_eq!(held.state().asked, asked);
        held.state().is_disabled = true;
        assert_eq!(public_keys("ada").await, 0);
        held.state().is_disabled = false;
        assert_eq!(public_keys("ada").await, 1);
        held.state().is_gone = true;
        assert_eq!(public_keys("ada").await, 0);
    }
}
