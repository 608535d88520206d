//! The outbox: emails are committed with their event, sent at least once, retried, wiped and eventually given up.

use doorkey::accounts::Rules;
use doorkey::accounts::admin::{AdminError, UnsentEmailView};
use doorkey::accounts::request::teams::TeamsRequest;
use doorkey::domain::email_class::Room;
use doorkey::domain::team::Role;
use doorkey::domain::timestamp::Timestamp;
use doorkey::mail::SendError;
use doorkey::store::NewLease;
use tokio_util::sync::CancellationToken;

use super::{FIRST, MINUTE, SECOND, Service, addresses, code_in, keys, patient, team_members};
use crate::engine::on_both_engines;

/// A claim of `node` to whatever is due.
fn lease(node: &'static str, now: Timestamp) -> NewLease<'static> {
    let until = now.plus_ms(15_000);
    NewLease { mark: node, node, now, alive_at: now, until, room: Room::common(24), per_domain: 12 }
}

/// Parked emails, and those that wait for more than five minutes.
async fn troubled(service: &Service) -> (i64, i64) {
    let store = service.fresh.open().await;
    let mut tx = store.begin_reading().await.unwrap();
    let found = tx.count_troubled_emails(service.clock.now().plus_ms(-5 * MINUTE)).await.unwrap();
    (found.parked, found.overdue)
}

async fn parked(service: &Service) -> Vec<UnsentEmailView> {
    service.accounts.list_unsent_emails(true).await.unwrap()
}

/// Makes the parked email due again, as an operator does.
async fn retry_parked(service: &Service) -> bool {
    let mut made_due = false;
    for email in parked(service).await {
        made_due |= service.accounts.retry_email(&email.id).await.is_ok();
    }
    made_due
}

on_both_engines! {
    async fn more_emails_than_a_minute_may_have_wait_for_the_next_one(engine: Engine) {
        let service = Service::with(engine, Rules { emails_per_minute: 2, ..patient() }).await;
        for name in ["ada", "bob", "eve"] {
            service.add(name).await;
            service.request_code(name).await;
        }
        service.work().await;
        assert_eq!(service.emails.emails().len(), 2);
        service.later(MINUTE - 1);
        service.work().await;
        assert_eq!(service.emails.emails().len(), 2);
        service.later(1);
        service.work().await;
        assert_eq!(service.emails.emails().len(), 3);
    }

    async fn fifty_news_of_one_account_delay_no_code_and_no_news_of_another(engine: Engine) {
        let mut service = Service::start(engine).await;
        for name in ["ada", "bob", "eve"] {
            service.add(name).await;
        }
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        service.accounts.add_member("Ops", "bob", Role::Owner).await.unwrap();
        service.work().await;
        service.later(10 * MINUTE);
        let mut ada = service.sign_in("ada", FIRST).await;
        let (bob, eve) = (service.sign_in("bob", FIRST).await, service.sign_in("eve", FIRST).await);
        let before = service.emails.emails().len();
        for number in 0..25 {
            let key = keys::add(&service, &ada, keys::line(number)).await.unwrap();
            ada = keys::remove(&service, &ada, &key.id).await.unwrap();
        }
        let invite = TeamsRequest::Invite { team, address: "guest@example.org".into() };
        team_members::ask(&service, &bob, invite).await.unwrap();
        service.later(1);
        service.change(&bob, FIRST, SECOND).await.unwrap();
        addresses::add(&service, &eve, "eve@home.example").await.unwrap();
        service.request_code("eve").await;
        service.accounts.resolve_reset_requests().await.unwrap();
        // The fewest that an operator can allow.
        service.rules.emails_per_minute = 10;
        service.restart().await;
        service.work().await;
        let to: Vec<_> = service.emails.emails().into_iter().skip(before).map(|email| email.to).collect();
        for address in ["eve@example.org", "guest@example.org", "eve@home.example", "bob@example.org"] {
            assert_eq!(to.iter().filter(|to| *to == address).count(), 1, "{address} among {to:?}");
        }
        let of_ada = to.iter().filter(|to| *to == "ada@example.org").count();
        assert_eq!(of_ada, 3, "what is left of the minute but for what is reserved: {to:?}");
    }

    async fn an_email_that_the_relay_does_not_take_now_is_tried_again_under_the_same_id(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.emails.fail_next(SendError::deferred("451 greylisted"));
        service.emails.fail_next(SendError::deferred("451 greylisted"));
        service.request_code("ada").await;
        service.work().await;
        assert!(service.emails.emails().is_empty());
        assert_eq!(service.fresh.number("SELECT count(*) FROM outbox WHERE reason LIKE '451%'").await, 1);
        service.later(4_999);
        service.work().await;
        assert_eq!(service.fresh.number("SELECT attempts FROM outbox").await, 1);
        service.later(1);
        service.work().await;
        service.later(15_000);
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.len(), 1);
        assert_eq!(service.fresh.number("SELECT attempts FROM outbox WHERE sent_at IS NOT NULL").await, 3);
        service.prove("ada", None, &code_in(&emails[0])).await.unwrap();
    }

    async fn a_code_that_comes_too_late_is_not_sent(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.request_code("ada").await;
        service.accounts.resolve_reset_requests().await.unwrap();
        service.later(30 * MINUTE);
        service.work().await;
        assert!(service.emails.emails().is_empty());
        let dropped = "SELECT count(*) FROM outbox WHERE dropped_at IS NOT NULL AND sealed IS NULL";
        assert_eq!(service.fresh.number(dropped).await, 1);
    }

    async fn a_recipient_whom_the_relay_refuses_while_it_takes_others_is_parked_with_its_text(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("bob").await;
        service.request_code("ada").await;
        // Refused at 0, 5, 20 and 50 s; somebody else is taken at 20 s.
        for (wait, parked) in [(0, 0), (5_000, 0), (15_000, 0), (30_000, 1)] {
            service.later(wait);
            service.emails.fail_next(SendError::recipient_refused("550 no such mailbox"));
            service.work().await;
            assert_eq!(troubled(&service).await.0, parked, "after {wait} ms more");
            if wait == 15_000 {
                service.receive_code("bob").await;
            }
        }
        assert_eq!(service.emails.emails().len(), 1);
        let kept = "SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL AND sealed IS NOT NULL";
        assert_eq!(service.fresh.number(kept).await, 1);
        service.later(MINUTE);
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1, "a parked email is not tried on its own");
        let seen = parked(&service).await.remove(0);
        assert_eq!((seen.to.as_deref(), seen.kind, seen.attempts), (Some("ada@example.org"), "reset code", 4));
        assert!(seen.reason.as_deref().is_some_and(|reason| reason.contains("550 no such mailbox")), "{seen:?}");
        let other = service.accounts.retry_email("another").await;
        assert!(matches!(other, Err(AdminError::NoUnsentEmail(_))), "{other:?}");
        assert!(retry_parked(&service).await);
        service.work().await;
        let email = service.emails.emails().remove(1);
        service.prove("ada", None, &code_in(&email)).await.unwrap();
        assert!(!retry_parked(&service).await, "it was sent");
    }

    async fn a_relay_that_refuses_everybody_parks_nobody(engine: Engine) {
        let service = Service::start(engine).await;
        for name in ["ada", "bob", "eve"] {
            service.add(name).await;
            service.request_code(name).await;
        }
        for wait in [0, 5_000, 15_000, 30_000, MINUTE, 2 * MINUTE] {
            service.later(wait);
            for _ in 0..3 {
                service.emails.fail_next(SendError::recipient_refused("550 relay not permitted"));
            }
            service.work().await;
        }
        assert_eq!(troubled(&service).await.0, 0);
        service.later(2 * MINUTE);
        service.work().await;
        assert_eq!(service.emails.emails().len(), 3);
    }

    async fn refusals_count_only_in_a_row(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("bob").await;
        service.request_code("ada").await;
        service.emails.fail_next(SendError::recipient_refused("550 no such mailbox"));
        service.work().await;
        service.receive_code("bob").await;
        service.later(MINUTE);
        service.emails.fail_next(SendError::deferred("451 busy"));
        service.work().await;
        service.later(MINUTE);
        service.emails.fail_next(SendError::recipient_refused("550 no such mailbox"));
        service.work().await;
        assert_eq!(troubled(&service).await.0, 0);
    }

    async fn a_parked_email_is_wiped_when_it_expires(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.emails.fail_next(SendError::unsendable("cannot be sent"));
        service.request_code("ada").await;
        service.work().await;
        let sealed = "SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL AND sealed IS NOT NULL";
        service.later(29 * MINUTE);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!((troubled(&service).await.0, service.fresh.number(sealed).await), (1, 1));
        service.later(MINUTE);
        assert!(!retry_parked(&service).await, "it has expired");
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!((troubled(&service).await.0, service.fresh.number(sealed).await), (0, 0));
    }

    async fn a_parked_email_goes_with_its_code(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, code) = service.receive_code("ada").await;
        service.later(2 * MINUTE);
        service.emails.fail_next(SendError::unsendable("cannot be sent"));
        service.request_code("ada").await;
        service.work().await;
        assert_eq!(troubled(&service).await.0, 1);
        let grant = service.prove("ada", None, &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        assert_eq!(troubled(&service).await.0, 0);
        assert_eq!(service.fresh.number("SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL AND sealed IS NOT NULL").await, 0);
    }

    async fn an_email_that_the_relay_may_have_comes_again_after_a_minute_at_the_earliest(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.emails.fail_next(SendError::in_doubt("the connection was closed"));
        service.request_code("ada").await;
        service.work().await;
        service.later(MINUTE - 1);
        service.work().await;
        assert_eq!(service.fresh.number("SELECT attempts FROM outbox").await, 1);
        service.later(1);
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
    }

    async fn a_hanging_domain_and_a_hanging_recipient_leave_room_for_others(engine: Engine) {
        let service = Service::start(engine).await;
        for number in 0..20 {
            service.add(&format!("user{number}")).await;
            service.request_code(&format!("user{number}")).await;
        }
        service.accounts.resolve_reset_requests().await.unwrap();
        let store = service.fresh.open().await;
        let claim = async |mark| {
            let lease = NewLease { mark, ..lease("this node", service.clock.now()) };
            let mut tx = store.begin().await.unwrap();
            let claimed = tx.claim_due_emails(&lease).await.unwrap();
            tx.commit().await.unwrap();
            claimed.into_iter().map(|email| email.to.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(claim("1").await.len(), 12, "half of the places");
        assert_eq!(claim("2").await.len(), 0);
        // Somebody at another domain asks behind all of them.
        let eve = doorkey::accounts::admin::NewUser {
            name: "eve".into(),
            email: "eve@elsewhere.example".into(),
            password: Some(doorkey::domain::secret::Secret::new(FIRST)),
            ..Default::default()
        };
        service.accounts.add_user(eve).await.unwrap();
        service.request_code("eve").await;
        service.accounts.resolve_reset_requests().await.unwrap();
        assert_eq!(claim("3").await, ["eve@elsewhere.example"]);
        // Her next email waits for the first, and another node has places of its own.
        let member = service.sign_in("eve", FIRST).await;
        service.change(&member, FIRST, SECOND).await.unwrap();
        assert_eq!(claim("4").await.len(), 0);
    }

    async fn parked_and_overdue_emails_are_counted(engine: Engine) {
        let service = Service::start(engine).await;
        for name in ["ada", "bob", "eve"] {
            service.add(name).await;
            service.request_code(name).await;
        }
        assert_eq!(troubled(&service).await, (0, 0));
        service.emails.fail_next(SendError::unsendable("550 no such mailbox"));
        service.emails.fail_next(SendError::deferred("451 greylisted"));
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
        assert_eq!(troubled(&service).await, (1, 0), "the other one is not overdue yet");
        service.later(5 * MINUTE + 1);
        assert_eq!(troubled(&service).await, (1, 1));
        service.work().await;
        assert_eq!(troubled(&service).await, (1, 0));
    }

    async fn an_email_with_a_dead_code_does_not_leave(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, code) = service.receive_code("ada").await;
        service.later(2 * MINUTE);
        service.request_code("ada").await;
        service.accounts.resolve_reset_requests().await.unwrap();
        let grant = service.prove("ada", None, &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.len(), 2, "the first code, and the confirmation");
        assert!(!emails[1].text.lines().any(|line| line.len() == 9 && line.as_bytes()[4] == b'-'));
    }

    async fn a_lease_is_taken_over_when_its_worker_is_gone(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.request_code("ada").await;
        service.accounts.resolve_reset_requests().await.unwrap();
        // A worker takes the email and is killed.
        let store = service.fresh.open().await;
        let now = service.clock.now();
        let mut tx = store.begin().await.unwrap();
        let taken = tx.claim_due_emails(&lease("a dead node", now)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(taken.len(), 1);
        service.work().await;
        assert!(service.emails.emails().is_empty());
        service.later(15_000);
        service.work().await;
        assert_eq!(service.emails.emails().len(), 1);
    }

    async fn workers_of_two_nodes_send_each_email_once(engine: Engine) {
        let service = Service::start(engine).await;
        for number in 0..12 {
            service.add(&format!("user{number}")).await;
            service.request_code(&format!("user{number}")).await;
        }
        let other = service.another().await;
        let node = |accounts: std::sync::Arc<doorkey::accounts::Accounts>| tokio::spawn(async move {
            while accounts.resolve_reset_requests().await.unwrap() > 0 {}
            while accounts.send_due_emails().await.unwrap() > 0 {}
        });
        let (one, two) = (node(service.accounts.clone()), node(other));
        one.await.unwrap();
        two.await.unwrap();
        service.work().await;
        let mut to: Vec<_> = service.emails.emails().into_iter().map(|email| email.to).collect();
        to.sort();
        let sent = to.len();
        to.dedup();
        assert_eq!((to.len(), sent), (12, 12));
    }

    async fn the_workers_send_on_their_own_and_stop_on_shutdown(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let stop = CancellationToken::new();
        let workers = tokio::spawn(service.accounts.clone().run_workers(stop.clone()));
        let requested = service.request_code("ada").await;
        let deadline = std::time::Duration::from_secs(20);
        let emails = tokio::time::timeout(deadline, service.emails.wait_for(1)).await.expect("an email");
        let code = code_in(&emails[0]);
        let grant = service.prove("ada", Some(&requested.request), &code).await.unwrap();
        service.set(grant, SECOND).await.unwrap();
        tokio::time::timeout(deadline, service.emails.wait_for(2)).await.expect("the confirmation");
        stop.cancel();
        tokio::time::timeout(deadline, workers).await.expect("the workers stop").unwrap();
        assert!(service.try_sign_in_from("198.51.100.1", "ada", FIRST).await.is_err());
    }

    async fn the_email_is_sent_to_the_stored_address_whatever_was_typed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        for typed in ["ADA@EXAMPLE.ORG", "ada@example.org,eve@example.org", "ada@example.org\r\nBcc: eve@example.org", "ada"] {
            service.request_code(typed).await;
            service.work().await;
            service.later(2 * MINUTE);
        }
        let to: Vec<_> = service.emails.emails().into_iter().map(|email| email.to).collect();
        assert_eq!(to, ["ada@example.org", "ada@example.org"]);
    }
}
