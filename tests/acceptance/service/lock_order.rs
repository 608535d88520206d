//! Requests about one account wait for each other at the account's row, and never crosswise. The recorder sees each
//! statement of a request; the matrix of events has it look at most of them.

use doorkey::accounts::request::{Reply, Request};
use doorkey::domain::secret::Secret;
use doorkey::store::lock_order;
use futures_util::future::{join, join_all};

use super::{FIRST, SECOND, Service};
use crate::engine::{Engine, on_both_engines};
use crate::oathtool::STEP;

fn reset(code: &str, second_factor: Option<&str>) -> Request {
    let (name, code, password) = ("ada".into(), Secret::new(code), Secret::new(SECOND));
    let second_factor = second_factor.map(Secret::new);
    Request::ResetPassword { name, requests: Vec::new(), code, password, second_factor }
}

on_both_engines! {
    async fn a_reset_and_what_a_session_confirms_lock_the_account_first(engine: Engine) {
        let service = Service::start(engine).await;
        let (member, app, saved) = service.add_with_second_factor("ada").await;
        let (_, code) = service.receive_code("ada").await;
        let ((), violations) = lock_order::recorded(async {
            service.confirm(&member, &app.shows(service.clock.now())).await.unwrap();
            service.confirm(&member, SECOND).await.unwrap_err();
            service.later(1_000);
            service.confirm(&member, FIRST).await.unwrap();
            let half = service.half("ada", FIRST).await;
            service.show(&half, &saved[0]).await.unwrap();
            service.later(STEP);
            service.show(&service.half("ada", FIRST).await, &app.never_shows(service.clock.now())).await.unwrap_err();
            service.ask(reset(&code, None)).await;
            service.ask(reset(&code, Some(&app.never_shows(service.clock.now())))).await;
            service.later(STEP);
            let reply = service.ask(reset(&code, Some(&app.shows(service.clock.now())))).await;
            assert!(matches!(reply, Reply::PasswordSet(_, _)), "{reply:?}");
            service.ask(reset(&code, Some(&saved[1]))).await;
        })
        .await;
        assert!(violations.is_empty(), "{}", violations.join("\n"));
    }
}

/// On SQLite there is one writer.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_and_changes_of_the_password_at_once_never_end_in_a_deadlock() {
    let service = Service::start(Engine::Postgres).await;
    for nth in 0..12 {
        let name = format!("person{nth}");
        service.add(&name).await;
        let member = service.sign_in(&name, FIRST).await;
        let (_, code) = service.receive_code(&name).await;
        let (code, password) = (Secret::new(code), Secret::new(SECOND));
        let reset = Request::ResetPassword {
            name: name.clone(),
            requests: Vec::new(),
            code,
            password,
            second_factor: None,
        };
        let changes = (0..6).map(|_| service.change(&member, FIRST, SECOND));
        let (reset, done) = join(service.ask(reset), join_all(changes)).await;
        let set = done.iter().filter(|change| change.is_ok()).count();
        assert!(set <= 1 && (set == 1) != matches!(reset, Reply::PasswordSet(_, _)), "{reset:?}");
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    // Statistics are written down when a connection has been idle for a moment, or goes.
    service.accounts.close().await;
    assert_eq!(service.fresh.number(deadlocks).await, 0);
}
