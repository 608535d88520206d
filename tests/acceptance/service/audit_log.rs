//! The chain of the audit log: whatever somebody does to it in the database is found, and what Doorkey does is not.

use doorkey::accounts::admin::{AdminError, AuditVerdict, ExportedEvent, OperatorEvents};
use doorkey::accounts::{EventKind, OPERATOR};
use doorkey::domain::audit_chain::ChainFaultKind::{
    self, Changed, HeadChanged, HeadMissing, Inserted, Missing, Reordered,
};
use doorkey::domain::entropy::Entropy;
use doorkey::domain::keyring::Keyring;
use doorkey::domain::throttle::DAY_MS;
use doorkey::domain::timestamp::Timestamp;
use doorkey::store::copy::{Voiding, migrate, void_in_place};

use super::{FIRST, MINUTE, START, Service};
use crate::engine::{Engine, Fresh, on_both_engines};

impl Service {
    /// Two accounts with some events each, of which one is a refusal that was counted three times; all are linked.
    async fn with_events(engine: Engine) -> Self {
        let service = Self::start(engine).await;
        for name in ["ada", "grace"] {
            service.add(name).await;
            service.sign_in(name, FIRST).await;
            service.later(MINUTE);
        }
        for _ in 0..3 {
            service.try_sign_in("ada", "no such password").await.unwrap_err();
            service.later(MINUTE);
        }
        service.sign_in("grace", FIRST).await;
        service.sign_in("ada", FIRST).await;
        assert_eq!(service.verdict().await.faults, []);
        service
    }

    async fn verdict(&self) -> AuditVerdict {
        self.accounts.verify_audit_log(None).await.unwrap()
    }

    /// What is found after `sql`: the kind, the number and the users of each fault.
    async fn after(&self, sql: &'static str) -> Vec<(ChainFaultKind, Option<i64>, Vec<String>)> {
        assert!(self.fresh.execute_sql(sql).await.unwrap() > 0, "{sql}");
        let verdict = self.verdict().await;
        assert_eq!(
            (verdict.ok, verdict.fault_count),
            (verdict.faults.is_empty(), verdict.faults.len() as u64)
        );
        let faults = verdict.faults.into_iter().map(|found| found.fault);
        faults.map(|fault| (fault.kind, fault.seq, fault.users)).collect()
    }

    async fn exported(&self, user: Option<&str>, until: Option<Timestamp>) -> Vec<ExportedEvent> {
        let wanted = OperatorEvents { user: user.map(str::to_owned), ..OperatorEvents::default() };
        let mut events = Vec::new();
        let keep = |event| {
            events.push(event);
            Ok::<_, AdminError>(())
        };
        self.accounts.export_audit_log(&wanted, until, keep).await.unwrap();
        events
    }
}

fn of(user: &str) -> Vec<String> {
    vec![user.to_owned()]
}

on_both_engines! {
    async fn a_changed_row_is_named(engine: Engine) {
        let service = Service::with_events(engine).await;
        let verdict = service.verdict().await;
        // Added and signed in twice over, refused, signed in twice.
        assert_eq!((verdict.rows, verdict.waiting, verdict.deleted_through), (7, 0, 0));
        let head = verdict.head.unwrap().parse().unwrap();
        for (sql, back, seq, user) in [
            ("UPDATE activity SET ip = '203.0.113.9' WHERE seq = 2", "UPDATE activity SET ip = '192.0.2.7' WHERE seq = 2", 2, "ada"),
            ("UPDATE activity SET kind = 'sign-out' WHERE seq = 4", "UPDATE activity SET kind = 'sign-in' WHERE seq = 4", 4, "grace"),
            ("UPDATE activity SET count = 1 WHERE seq = 5", "UPDATE activity SET count = 3 WHERE seq = 5", 5, "ada"),
            ("UPDATE activity SET at = at - 1 WHERE seq = 7", "UPDATE activity SET at = at + 1 WHERE seq = 7", 7, "ada"),
        ] {
            assert_eq!(service.after(sql).await, [(Changed, Some(seq), of(user))], "{sql}");
            assert_eq!(service.after(back).await, [], "{back}");
        }
        let moved = "UPDATE activity SET account = (SELECT id FROM accounts WHERE name = 'grace') WHERE seq = 2";
        // Whose it was is told by the next of her rows.
        let both = vec!["grace".to_owned(), "ada".to_owned()];
        assert_eq!(service.after(moved).await, [(Changed, Some(2), both)]);
        for (name, rows, faults) in [("ada", 3, 1), ("grace@example.org", 4, 1)] {
            let verdict = service.accounts.verify_audit_log_of(name, None).await.unwrap();
            assert_eq!((verdict.rows, verdict.fault_count), (rows, faults), "{name}");
        }
        service.add("eve").await;
        assert!(service.accounts.verify_audit_log_of("eve", None).await.unwrap().ok);
        let unknown = service.accounts.verify_audit_log_of("nobody", None).await;
        assert!(matches!(unknown, Err(AdminError::NoUser(_))), "{unknown:?}");
        assert_eq!(service.accounts.verify_audit_log(Some(head)).await.unwrap().fault_count, 1);
    }

    async fn deleted_rows_are_missed_with_whose_they_were(engine: Engine) {
        let service = Service::with_events(engine).await;
        let verdict = service.verdict().await;
        assert_eq!(service.after("DELETE FROM activity WHERE seq = 4").await, [(Missing, Some(4), of("grace"))]);
        let found = &service.verdict().await.faults[0].fault;
        assert_eq!((found.through, found.at.is_some(), found.before.is_some()), (Some(4), true, true));
        // Nothing that happens later hides it.
        service.sign_in("grace", FIRST).await;
        assert_eq!(service.verdict().await.fault_count, 1);
        let newest = service.after("DELETE FROM activity WHERE seq >= 7").await;
        assert_eq!(newest[1..], [(Missing, Some(7), vec![])]);
        // The head cannot be put back by who has no key, and is not gone on from.
        let back = service.after("UPDATE audit_chain SET seq = 6, link = (SELECT link FROM activity WHERE seq = 6)").await;
        assert_eq!(back[0], (HeadChanged, None, vec![]));
        service.sign_in("grace", FIRST).await;
        let faults = service.verdict().await.faults;
        assert_eq!(faults[0].fault.kind, HeadChanged);
        assert!(!service.accounts.verify_audit_log(verdict.head.map(|head| head.parse().unwrap())).await.unwrap().ok);
    }

    async fn swapped_and_copied_rows_are_found(engine: Engine) {
        let service = Service::with_events(engine).await;
        // By way of a number that is free.
        for sql in [
            "UPDATE activity SET seq = 1000 WHERE seq = 2",
            "UPDATE activity SET seq = 2 WHERE seq = 6",
            "UPDATE activity SET seq = 6 WHERE seq = 1000",
        ] {
            service.fresh.execute_sql(sql).await.unwrap();
        }
        let faults = service.verdict().await.faults.into_iter().map(|found| (found.fault.kind, found.fault.seq));
        assert_eq!(faults.collect::<Vec<_>>(), [(Reordered, Some(2)), (Reordered, Some(6))]);
        for sql in [
            "UPDATE activity SET seq = 1000 WHERE seq = 2",
            "UPDATE activity SET seq = 2 WHERE seq = 6",
            "UPDATE activity SET seq = 6 WHERE seq = 1000",
        ] {
            service.fresh.execute_sql(sql).await.unwrap();
        }
        // A copy with a place, and one without, which no worker gives one.
        let copied = service
            .after(
                "INSERT INTO activity (id, account, kind, at, ip, client, session, last_at, mac, seq, previous, link)
                 SELECT 'copy', account, kind, at, ip, client, session, last_at, mac, 8, 7, link FROM activity WHERE seq = 7",
            )
            .await;
        assert_eq!(copied, [(Inserted, Some(8), of("ada"))]);
        let copied = service.after("UPDATE activity SET seq = NULL WHERE id = 'copy'").await;
        assert_eq!(copied, [(Inserted, None, of("ada"))]);
        assert!(service.accounts.link_waiting_events().await.unwrap());
        service.sign_in("grace", FIRST).await;
        assert_eq!(service.verdict().await.fault_count, 1);
    }

    async fn what_is_counted_deleted_and_erased_by_rule_leaves_no_fault(engine: Engine) {
        let service = Service::with_events(engine).await;
        let head = service.verdict().await.head.unwrap();
        service.accounts.delete_user("ada").await.unwrap();
        let verdict = service.verdict().await;
        assert_eq!(verdict.faults, []);
        let rows = i64::try_from(verdict.rows).unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE account IS NULL").await, 6);
        // The oldest rows go with their age, and what is left is still the whole of it.
        service.later(50 * DAY_MS);
        service.sign_in("grace", FIRST).await;
        service.later(50 * DAY_MS);
        service.accounts.run_housekeeping().await.unwrap();
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows, verdict.deleted_through), (vec![], 1, rows));
        // A head that was recorded before is older than what is kept.
        assert!(service.accounts.verify_audit_log(Some(head.parse().unwrap())).await.unwrap().ok);
        service.sign_in("grace", FIRST).await;
        let first = service.after("DELETE FROM activity WHERE seq = (SELECT min(seq) FROM activity)").await;
        assert_eq!(first, [(Missing, Some(rows + 1), of("grace"))]);
    }

    async fn a_row_that_was_changed_is_kept_however_old_it_is(engine: Engine) {
        let service = Service::with_events(engine).await;
        // As if all but the last were old.
        service.fresh.execute_sql("UPDATE activity SET at = 0 WHERE seq = 1").await.unwrap();
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.verdict().await.faults[0].fault.kind, Changed);
        service.later(100 * DAY_MS);
        service.accounts.run_housekeeping().await.unwrap();
        let verdict = service.verdict().await;
        assert_eq!((verdict.rows, verdict.faults[0].fault.seq), (7, Some(1)));
        // What was accepted is old, and goes with its age.
        assert_eq!(service.accounts.accept_audit_log().await.unwrap(), 7);
        service.accounts.run_housekeeping().await.unwrap();
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows, verdict.deleted_through), (vec![], 1, 14));
    }

    async fn a_changed_refusal_is_not_made_good_by_counting_it(engine: Engine) {
        let service = Service::with_events(engine).await;
        service.try_sign_in("grace", "no such password").await.unwrap_err();
        service.fresh.execute_sql("UPDATE activity SET client = 'me' WHERE seq = 8").await.unwrap();
        service.later(MINUTE);
        service.try_sign_in("grace", "no such password").await.unwrap_err();
        assert_eq!(service.fresh.number("SELECT count FROM activity WHERE seq = 8").await, 2);
        assert_eq!(service.verdict().await.faults[0].fault.seq, Some(8));
    }

    async fn twenty_writers_at_once_make_one_chain(engine: Engine) {
        let service = Service::start(engine).await;
        let other = service.another().await;
        let adds = (0..20).map(|number| {
            let accounts = if number % 2 == 0 { service.accounts.clone() } else { other.clone() };
            tokio::spawn(async move { accounts.add_team(&format!("team{number}"), "").await })
        });
        let added = futures_util::future::join_all(adds).await;
        for added in added {
            added.unwrap().unwrap();
        }
        let names: Vec<String> = (0..20).map(|number| format!("user{number}")).collect();
        futures_util::future::join_all(names.iter().map(|name| service.add(name))).await;
        let verdict = service.verdict().await;
        assert_eq!(verdict.faults, []);
        // On PostgreSQL some may wait; no longer than until a worker looks.
        service.accounts.link_waiting_events().await.unwrap();
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.waiting), (vec![], 0));
        assert_eq!(service.fresh.number("SELECT max(seq) FROM activity").await, i64::try_from(verdict.rows).unwrap());
    }

    async fn a_rotation_and_a_restore_go_on_with_the_same_chain(engine: Engine) {
        let mut service = Service::with_events(engine).await;
        let head = service.verdict().await.head.unwrap();
        // A key that this database was not begun with reads nothing.
        let other = Keyring::parse(&Keyring::generate(&Entropy::System, START)).unwrap();
        let own = Keyring::parse(&service.key_file).unwrap();
        service.keyring.replace(other);
        let refused = service.accounts.verify_audit_log(None).await;
        assert!(matches!(refused, Err(AdminError::AuditKey(_))), "{refused:?}");

        let both = Keyring::with_next(&service.key_file, &Entropy::System, START);
        let next = Keyring::parse(&both).unwrap().next_id().unwrap().to_owned();
        let rotated = Keyring::activated(&both, &next);
        service.keyring.replace(Keyring::parse(&rotated).unwrap());
        service.accounts.reseal(&service.keyring.get()).await.unwrap();
        let alone = Keyring::without(&rotated, own.code_key().0);
        service.keyring.replace(Keyring::parse(&alone).unwrap());
        service.accounts.close().await;
        service.restart().await;
        let verdict = service.accounts.verify_audit_log(Some(head.parse().unwrap())).await.unwrap();
        assert_eq!((verdict.faults, verdict.head), (vec![], Some(head)));

        service.accounts.close().await;
        let how = Voiding {
            now: service.clock.now(),
            event_kind: EventKind::DatabaseRestored.as_str(),
            client: OPERATOR,
            recovery_codes: false,
            keyring: Some(&service.keyring.get()),
        };
        void_in_place(&service.fresh.url, &how).await.unwrap();
        service.restart().await;
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.waiting), (vec![], 2));
        service.accounts.link_waiting_events().await.unwrap();
        assert_eq!(service.verdict().await.waiting, 0);

        // To a database of its own.
        service.accounts.close().await;
        let target = Fresh::make(if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite }).await;
        migrate(&service.fresh.url, &target.url).await.unwrap();
        service.fresh = target;
        service.restart().await;
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows), (vec![], 9));
        service.add("linus").await;
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows), (vec![], 10));
        service.accounts.close().await;
    }

    async fn an_export_has_every_event_in_order_with_its_link(engine: Engine) {
        let service = Service::with_events(engine).await;
        let all = service.exported(None, None).await;
        assert!(all.is_sorted_by_key(|event| (event.event.event.at, event.event.event.id.clone())));
        let mut numbers: Vec<_> = all.iter().filter_map(|event| event.seq).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=7).collect::<Vec<_>>());
        let head = service.verdict().await.head.unwrap();
        let newest = all.iter().find(|event| event.seq == Some(7)).unwrap();
        assert_eq!(head, format!("7:{}", newest.link.as_ref().unwrap()));
        assert_eq!(all[4].event.event.count, 3);
        let of_ada = service.exported(Some("ada@example.org"), None).await;
        assert_eq!(of_ada.len(), 4);
        assert!(of_ada.iter().all(|event| event.event.user.as_deref() == Some("ada")));
        assert_eq!(service.exported(None, Some(START.plus_ms(MINUTE))).await.len(), 2);
    }

    async fn a_head_that_is_gone_is_not_made_anew(engine: Engine) {
        let mut service = Service::with_events(engine).await;
        assert_eq!(service.after("DELETE FROM audit_chain").await, [(HeadMissing, None, vec![])]);
        service.restart().await;
        service.sign_in("ada", FIRST).await;
        assert_eq!(service.verdict().await.faults[0].fault.kind, HeadMissing);
        // Until an operator says so.
        assert_eq!(service.accounts.accept_audit_log().await.unwrap(), 8);
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows, verdict.deleted_through), (vec![], 9, 7));
        service.restart().await;
        service.sign_in("ada", FIRST).await;
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows), (vec![], 10));
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'audit-log-accepted'").await, 1);
    }

    async fn a_log_that_is_gone_with_its_chain_is_not_begun_anew(engine: Engine) {
        let mut service = Service::with_events(engine).await;
        service.fresh.execute_sql("DELETE FROM activity").await.unwrap();
        service.fresh.execute_sql("DELETE FROM audit_chain").await.unwrap();
        service.restart().await;
        for _ in 0..2 {
            service.sign_in("ada", FIRST).await;
            let faults = service.verdict().await.faults;
            assert_eq!(faults.len(), 1);
            assert_eq!(faults[0].fault.kind.to_string(), "log-missing", "there are accounts, so there was a log");
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM audit_chain").await, 0);
        // Until an operator says so.
        assert_eq!(service.accounts.accept_audit_log().await.unwrap(), 2);
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows), (vec![], 3));
        service.restart().await;
        service.sign_in("ada", FIRST).await;
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults, verdict.rows), (vec![], 4));
    }

    async fn an_event_dated_ahead_keeps_none_that_came_after_it(engine: Engine) {
        const AHEAD: i64 = 3_650 * DAY_MS;
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.sign_in("ada", FIRST).await;
        // Some events of a clock that is ten years ahead, until somebody puts it right.
        service.later(AHEAD);
        service.add("linus").await;
        service.add("grace").await;
        service.later(-AHEAD);
        service.sign_in("grace", FIRST).await;
        service.sign_in("ada", FIRST).await;
        let head = service.verdict().await.head.unwrap();
        service.later(50 * DAY_MS);
        service.sign_in("ada", FIRST).await;
        service.later(50 * DAY_MS);
        for _ in 0..2 {
            service.accounts.run_housekeeping().await.unwrap();
            let verdict = service.verdict().await;
            // The sign-in of fifty days ago, and the two that are dated ahead.
            assert_eq!((verdict.faults, verdict.rows), (vec![], 3));
            assert_eq!(service.fresh.number("SELECT min(seq) FROM activity").await, 7);
            assert_eq!(service.fresh.number("SELECT max(seq) FROM activity").await, 9);
        }
        assert!(service.accounts.verify_audit_log(Some(head.parse().unwrap())).await.unwrap().ok);
        service.sign_in("grace", FIRST).await;
        assert_eq!(service.verdict().await.faults, []);
        // One that is missing is still told with whose it was.
        service.later(MINUTE);
        service.sign_in("grace", FIRST).await;
        assert_eq!(service.after("DELETE FROM activity WHERE seq = 10").await, [(Missing, Some(10), of("grace"))]);
    }

    async fn a_row_dated_back_by_hand_moves_none_that_is_before_it(engine: Engine) {
        let service = Service::with_events(engine).await;
        let before = service.verdict().await.head;
        service.fresh.execute_sql("UPDATE activity SET at = 0 WHERE seq = 5").await.unwrap();
        service.accounts.run_housekeeping().await.unwrap();
        let verdict = service.verdict().await;
        assert_eq!((verdict.faults[0].fault.kind, verdict.fault_count, verdict.head), (Changed, 1, before));
    }
}
