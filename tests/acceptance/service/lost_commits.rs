//! The connection to PostgreSQL breaks at a COMMIT: each kind of write happens once, and what is told is true.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorkey::accounts::request::teams::TeamsRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::team::Role;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{FIRST, SECOND, Service, addresses, keys, patient, team_members, wrong};
use crate::commit_proxy::{CommitProxy, Cut};

/// What a person does, ready to be begun; everything before it is done.
type Act = BoxFuture<'static, Result<(), Refusal>>;
/// Makes an account of that name and what else the act needs.
type Prepare = fn(Arc<Service>, String) -> BoxFuture<'static, Act>;

/// One test of each for every kind of write.
macro_rules! kinds_of_write {
    ($($kind:ident: |$service:ident, $name:ident| $prepare:block)+) => {
        $(mod $kind {
            use super::*;

            async fn prepare($service: Arc<Service>, $name: String) -> Act {
                $service.add(&$name).await;
                $service.work().await;
                $prepare
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn happens_once_whichever_commit_or_answer_is_lost() {
                happens_once(|service, name| prepare(service, name).boxed()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn is_told_as_unknown_while_it_cannot_be_looked_up() {
                is_told_as_unknown(|service, name| prepare(service, name).boxed()).await;
            }
        })+
    };
}

kinds_of_write! {
    password_change: |service, name| {
        let member = service.sign_in(&name, FIRST).await;
        async move { service.change(&member, FIRST, SECOND).await.map(|_| ()) }.boxed()
    }
    password_reset: |service, name| {
        let (request, code) = service.receive_code(&name).await;
        let grant = service.prove(&name, Some(&request), &code).await.unwrap();
        async move {
            match service.set(grant, SECOND).await {
                Ok(_) => Ok(()),
                Err((None, refusal @ Refusal::OutcomeUnknown(_))) => Err(refusal),
                other => panic!("{other:?}"),
            }
        }
        .boxed()
    }
    code_use: |service, name| {
        let (request, code) = service.receive_code(&name).await;
        async move { service.prove(&name, Some(&request), &code).await.map(|_| ()) }.boxed()
    }
    counted_code_try: |service, name| {
        let (request, code) = service.receive_code(&name).await;
        let expected = |refused| refused == Refusal::CodeRefused;
        async move { refused(service.prove(&name, Some(&request), &wrong(&code)).await, expected) }.boxed()
    }
    counted_password_try: |service, name| {
        let expected = |refused| refused == Refusal::WrongCredentials;
        async move { refused(service.try_sign_in(&name, SECOND).await, expected) }.boxed()
    }
    code_request: |service, name| {
        async move {
            match service.ask(Request::RequestCode { name }).await {
                Reply::CodeRequested(_) => Ok(()),
                Reply::Refused(refusal) => Err(refusal),
                other => panic!("{other:?}"),
            }
        }
        .boxed()
    }
    address_added: |service, name| {
        let member = service.sign_in(&name, FIRST).await;
        let address = format!("{name}@home.example");
        async move { addresses::add(&service, &member, &address).await.map(|_| ()) }.boxed()
    }
    address_verified: |service, name| {
        let member = service.sign_in(&name, FIRST).await;
        let address = format!("{name}@home.example");
        addresses::add(&service, &member, &address).await.unwrap();
        let code = addresses::code_to(&service, &address).await;
        async move { addresses::verify(&service, &member, &address, &code).await.map(|_| ()) }.boxed()
    }
    sign_in: |service, name| {
        async move { service.try_sign_in(&name, FIRST).await.map(|_| ()) }.boxed()
    }
    key_added: |service, name| {
        let member = service.sign_in(&name, FIRST).await;
        let line = keys::line(name[1..].parse().unwrap());
        async move { keys::add(&service, &member, line).await.map(|_| ()) }.boxed()
    }
    invitation: |service, name| {
        let team = service.accounts.add_team(&format!("Team {name}"), "").await.unwrap().id;
        service.accounts.add_member(&format!("Team {name}"), &name, Role::Owner).await.unwrap();
        service.work().await;
        let member = service.sign_in(&name, FIRST).await;
        let invite = TeamsRequest::Invite { team, address: format!("{name}@friend.example") };
        async move { team_members::ask(&service, &member, invite).await.map(|_| ()) }.boxed()
    }
}

fn refused<T: std::fmt::Debug>(
    told: Result<T, Refusal>,
    expected: fn(Refusal) -> bool,
) -> Result<(), Refusal> {
    match told {
        Err(refusal @ (Refusal::OutcomeUnknown(_) | Refusal::Unavailable(_))) => Err(refusal),
        Err(refusal) if expected(refusal.clone()) => Ok(()),
        other => panic!("{other:?}"),
    }
}

struct Trial {
    proxy: CommitProxy,
    service: Arc<Service>,
    people: usize,
}

impl Trial {
    async fn start() -> Self {
        let (proxy, fresh) = CommitProxy::before_a_database().await;
        Self { proxy, service: Arc::new(Service::on(fresh, patient()).await), people: 0 }
    }

    /// Prepares for another person, gives `order`, acts; gives what was told and what there is more than before.
    async fn act(
        &mut self,
        prepare: Prepare,
        order: impl FnOnce(&CommitProxy),
    ) -> (Result<(), Refusal>, bool, BTreeMap<String, i64>) {
        self.people += 1;
        let act = prepare(self.service.clone(), format!("u{}", self.people)).await;
        let before = self.proxy.census().await;
        order(&self.proxy);
        let told = act.await;
        let struck = self.proxy.mend();
        let mut more = self.proxy.census().await;
        for (what, count) in &mut more {
            *count -= before.get(what).copied().unwrap_or(0);
        }
        more.retain(|_, count| *count != 0);
        (told, struck, more)
    }

    /// The same with nothing lost, twice: the first one also makes what is there once for all.
    async fn undisturbed(&mut self, prepare: Prepare) -> BTreeMap<String, i64> {
        self.act(prepare, |_| {}).await.0.unwrap();
        let (told, _, usual) = self.act(prepare, |_| {}).await;
        told.unwrap();
        assert!(!usual.is_empty(), "nothing is written at all");
        usual
    }
}

async fn happens_once(prepare: Prepare) {
    let mut trial = Trial::start().await;
    let usual = trial.undisturbed(prepare).await;
    for cut in [Cut::Answer, Cut::Commit] {
        for nth in 1.. {
            let (told, struck, more) = trial.act(prepare, |proxy| proxy.cut(nth, cut)).await;
            assert_eq!((told, &more), (Ok(()), &usual), "{cut:?} of COMMIT {nth}");
            if !struck {
                assert!(nth > 1, "no COMMIT was seen");
                break;
            }
        }
    }
}

async fn is_told_as_unknown(prepare: Prepare) {
    let mut trial = Trial::start().await;
    let usual = trial.undisturbed(prepare).await;
    trial.people += 1;
    let act = prepare(trial.service.clone(), format!("u{}", trial.people)).await;
    trial.proxy.mend();
    act.await.unwrap();
    let last = trial.proxy.commits();
    let began = Instant::now();
    let (told, struck, more) = trial.act(prepare, |proxy| proxy.cut(last, Cut::AnswerAndAccess)).await;
    assert!(struck, "COMMIT {last} was not seen");
    assert!(matches!(told, Err(Refusal::OutcomeUnknown(_))), "{told:?}");
    assert_eq!(more, usual, "it was done");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    // And all is well again.
    let (told, _, more) = trial.act(prepare, |_| {}).await;
    assert_eq!((told, more), (Ok(()), usual));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_is_sent_and_counted_once_whichever_commit_or_answer_is_lost() {
    let mut trial = Trial::start().await;
    let prepare: Prepare = |service, name| {
        async move {
            service.add(&name).await;
            service.work().await;
            service.request_code(&name).await;
            while service.accounts.resolve_reset_requests().await.unwrap() > 0 {}
            async move {
                let before = service.emails.emails().len();
                assert_eq!(service.accounts.send_due_emails().await.unwrap(), 1);
                assert_eq!(service.accounts.send_due_emails().await.unwrap(), 0);
                assert_eq!(service.emails.emails().len(), before + 1);
                Ok(())
            }
            .boxed()
        }
        .boxed()
    };
    let usual = trial.undisturbed(prepare).await;
    for cut in [Cut::Answer, Cut::Commit] {
        for nth in 1.. {
            let (told, struck, more) = trial.act(prepare, |proxy| proxy.cut(nth, cut)).await;
            assert_eq!((told, &more), (Ok(()), &usual), "{cut:?} of COMMIT {nth}");
            if !struck {
                assert!(nth > 2, "leasing and sending are a transaction each");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_several_slow_transactions_is_answered_in_time_and_truly() {
    let trial = Trial::start().await;
    trial.service.add("ada").await;
    let member = trial.service.sign_in("ada", FIRST).await;
    trial.proxy.slow_down(Duration::from_secs(3));
    let began = Instant::now();
    let told = trial.service.change(&member, FIRST, SECOND).await;
    // Six seconds, and some for a machine that is busy with other things.
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    trial.proxy.mend();
    let refusal = told.unwrap_err();
    assert!(matches!(refusal, Refusal::OutcomeUnknown(_) | Refusal::Unavailable(_)), "{refusal:?}");
    if matches!(refusal, Refusal::Unavailable(_)) {
        trial.service.sign_in("ada", FIRST).await;
    }
}
