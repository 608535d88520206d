//! What the chain of the audit log costs a sign-in, in statements. The time beside a portal that does not continue it is
//! measured by `tests/bench/chain_cost.rs`.

use doorkey::accounts::request::{Reply, Request};
use doorkey::domain::secret::Secret;

use super::same_work::{Statements, WATCHING, statements_of};
use super::{FIRST, Service};
use crate::engine::Engine;

#[path = "../../bench/chain_cost.rs"]
mod in_time;

/// The statements of a sign-in that are about the chain: the head is locked, the account's newest row is asked for, the row
/// gets its place, the head is moved on.
const MOST_STATEMENTS: usize = 4;

/// A service without a chain, as one is whose head is gone.
async fn without_chain(engine: Engine) -> Service {
    let mut service = Service::start(engine).await;
    service.add("ada").await;
    service.fresh.execute_sql("DELETE FROM audit_chain").await.unwrap();
    service.restart().await;
    service
}

fn sign_in() -> Request {
    Request::SignIn { name: "ada".into(), password: Secret::new(FIRST) }
}

async fn statements_of_a_sign_in(seen: &Statements, service: &Service) -> Vec<String> {
    // The first one of a process also reads the key, and the first from a source is an event of its own.
    service.sign_in("ada", FIRST).await;
    let (statements, reply) = statements_of(seen, service, sign_in()).await;
    assert!(matches!(reply, Reply::SignedIn(_)), "{reply:?}");
    statements
}

#[tokio::test]
async fn a_sign_in_costs_no_more_statements_for_the_chain_than_it_takes() {
    let _alone = WATCHING.lock().await;
    let seen = Statements::default();
    let _second = tracing::Dispatch::new(Statements::default());
    let _watching = tracing::subscriber::set_default(seen.clone());
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let chained = Service::start(engine).await;
        chained.add("ada").await;
        let with = statements_of_a_sign_in(&seen, &chained).await;
        let without = statements_of_a_sign_in(&seen, &without_chain(engine).await).await;
        println!("{engine:?}: {} statements with the chain, {} without", with.len(), without.len());
        assert!(!without.is_empty() && with.len() > without.len(), "{with:#?}");
        assert!(with.len() - without.len() <= MOST_STATEMENTS, "{with:#?}");
    }
}
