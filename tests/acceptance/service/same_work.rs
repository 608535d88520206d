//! An unknown name costs the same statements and gets the same replies as a known one.

use std::fmt;
use std::sync::{Arc, Mutex};

use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;
use tracing::field::{Field, Visit};
use tracing::span;

use super::{MINUTE, Service, cx};
use crate::engine::Engine;

/// One test at a time: a second watcher would change under the first one what is worth telling.
pub(super) static WATCHING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Notes each statement that the store runs on this thread.
#[derive(Clone, Default)]
pub(super) struct Statements(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Statements {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("doorkey::store")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut sql = Sql(None);
        event.record(&mut sql);
        self.0.lock().unwrap().extend(sql.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Sql(Option<String>);

impl Visit for Sql {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.0 = Some(value.to_owned());
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

pub(super) async fn statements_of(
    seen: &Statements,
    service: &Service,
    request: Request,
) -> (Vec<String>, Reply) {
    seen.0.lock().unwrap().clear();
    let reply = service.accounts.handle(&cx("192.0.2.7"), request).await;
    (seen.0.lock().unwrap().clone(), reply)
}

fn sign_in(name: &str) -> Request {
    Request::SignIn { name: name.into(), password: Secret::new("not the password") }
}

fn prove(name: &str) -> Request {
    Request::ProveCode { name: name.into(), requests: Vec::new(), code: Secret::new("BBBB-BBBB") }
}

fn verify(name: &str) -> Request {
    super::verify::verify("imap", name, "not the password", true)
}

async fn the_same_work(seen: &Statements, engine: Engine) {
    let service = Service::start(engine).await;
    service.add("ada").await;
    service.add("shut").await;
    service.accounts.disable_user("shut").await.unwrap();
    let without = "UPDATE accounts SET password_phc = NULL WHERE name = 'empty'";
    service.add("empty").await;
    service.fresh.execute_sql(without).await.unwrap();
    for ask in [sign_in, |name: &str| Request::RequestCode { name: name.into() }, prove, verify] {
        let (of_ada, reply) = statements_of(seen, &service, ask("ada@example.org")).await;
        assert_expected(&reply);
        assert!(of_ada.len() > 3, "statements are seen: {of_ada:?}");
        for name in ["nobody", "nobody@example.org", "shut", "empty", "junk\u{1b}[2J name"] {
            let (others, reply) = statements_of(seen, &service, ask(name)).await;
            assert_expected(&reply);
            assert_eq!(others, of_ada, "for {name}");
        }
    }
    // Somebody who asked for a code in this session and now types one: ada has one, nobody has none.
    let mut of_each = Vec::new();
    for name in ["ada", "nobody"] {
        service.later(2 * MINUTE);
        let requests = vec![service.request_code(name).await.request];
        service.work().await;
        let code = Secret::new("BBBB-BBBB");
        let (statements, reply) =
            statements_of(seen, &service, Request::ProveCode { name: name.into(), requests, code }).await;
        assert!(matches!(reply, Reply::Refused(Refusal::CodeRefused)), "{reply:?}");
        of_each.push(statements);
    }
    assert_eq!(service.fresh.number("SELECT max(tries) FROM codes").await, 1, "ada's code was compared");
    assert_eq!(of_each[0], of_each[1]);
    // Who has asked, after a day's wrong codes of this source and of strangers.
    let mut of_each = Vec::new();
    for name in ["ada", "nobody"] {
        service.later(2 * MINUTE);
        let requests = vec![service.request_code(name).await.request];
        service.work().await;
        service.strangers_guess(name, 25, "BBBB-BBBB").await;
        for _ in 0..25 {
            service.prove(name, None, "BBBB-BBBB").await.unwrap_err();
        }
        for requests in [Vec::new(), requests] {
            let ask = Request::ProveCode { name: name.into(), requests, code: Secret::new("BBBB-BBBB") };
            of_each.push(statements_of(seen, &service, ask).await.0);
        }
    }
    assert_eq!((&of_each[0], &of_each[1]), (&of_each[2], &of_each[3]));
}

fn assert_expected(reply: &Reply) {
    let expected = matches!(
        reply,
        Reply::Refused(Refusal::WrongCredentials | Refusal::CodeRefused) | Reply::CodeRequested(_)
    );
    assert!(expected, "{reply:?}");
}

// On one thread, because that is where the statements are seen.
#[tokio::test]
async fn unknown_shut_and_empty_accounts_cost_the_same_statements_on_both_engines() {
    let _alone = WATCHING.lock().await;
    let seen = Statements::default();
    // While there is one dispatcher only, tracing asks the thread that comes by a statement first, which may be
    // another test's, whether anybody wants to hear of it. With two it asks them.
    let _second = tracing::Dispatch::new(Statements::default());
    let _watching = tracing::subscriber::set_default(seen.clone());
    the_same_work(&seen, Engine::Sqlite).await;
    the_same_work(&seen, Engine::Postgres).await;
}
