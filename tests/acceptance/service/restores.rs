//! What `doorkey restore` voids, table by table, on both engines.

use doorkey::accounts::{EventKind, OPERATOR};
use doorkey::domain::timestamp::Timestamp;
use doorkey::store::copy::{CopyFault, Voiding, void_in_place};

use crate::engine::{Fresh, on_both_engines};

const NOW: Timestamp = Timestamp::from_epoch_ms(1_800_000_000_000);
/// The authenticator's step at [`NOW`].
const STEP: i64 = 60_000_000;

/// One row of everything that can be used once, and of each kind one that is over.
const ROWS: &[&str] = &[
    "INSERT INTO accounts (id, name, name_canonical, name_skeleton, display_name, auth_epoch, created_at,
                            deletion_requested_at)
     VALUES ('ada', 'ada', 'ada', 'ada', '', 3, 5, 6)",
    "INSERT INTO email_addresses (id, account, address, canonical, verified_at, created_at)
     VALUES ('address', 'ada', 'a@x.org', 'a@x.org', 5, 5)",
    "INSERT INTO codes (id, request, account, purpose, mac, key_id, tries, requested_at, expires_at, used_at, dead_at)
     VALUES ('live', 'live', 'ada', 'reset', {bytes}, 'k', 4, 5, 1900000000000, NULL, NULL),
            ('used', 'used', 'ada', 'reset', {bytes}, 'k', 4, 5, 1900000000000, 7, NULL),
            ('dead', 'dead', 'ada', 'reset', {bytes}, 'k', 4, 5, 1900000000000, NULL, 8)",
    "INSERT INTO undo_snapshots (id, account, nth, kind, detail, ip, client, made_at, expires_at)
     VALUES ('undo', 'ada', 1, 'key-added', '', '', '', 5, 1900000000000)",
    "INSERT INTO grants (id, account, code, epoch, created_at, expires_at)
     VALUES ('grant', 'ada', 'live', 3, 5, 1900000000000)",
    "INSERT INTO reset_requests (id, sealed_identifier, source, client, session, requested_at)
     VALUES ('request', {bytes}, 's', 'c', 'v', 5)",
    "INSERT INTO outbox (id, address, class, sealed, created_at, next_at, expires_at, parked_at, sent_at, lease)
     VALUES ('waits', 'address', 1, {bytes}, 5, 6, 1900000000000, NULL, NULL, 'somebody'),
            ('parked', 'address', 1, {bytes}, 5, 6, 1900000000000, 9, NULL, NULL),
            ('sent', 'address', 1, NULL, 5, 6, 1900000000000, NULL, 9, NULL)",
    "INSERT INTO contacts (id, address, canonical, created_at) VALUES ('guest', 'g@x.org', 'g@x.org', 5)",
    "INSERT INTO invitations (id, contact, address, canonical, mac, key_id, created_at, expires_at, proven_at)
     VALUES ('open', 'guest', 'g@x.org', 'g@x.org', {bytes}, 'k', 5, 1900000000000, NULL),
            ('proven', 'guest', 'g@x.org', 'g@x.org', {bytes}, 'k', 5, 1900000000000, 6)",
    "INSERT INTO cases (id, number, contact, claimed, code_mac, code_key, code_until, subject, facts, opened_at,
                        changed_at)
     VALUES ('case', 1001, 'guest', 'ada', {bytes}, 'k', 1900000000000, 'x', '', 5, 5)",
    "INSERT INTO counters (name, last) VALUES ('case', 1001)",
    "INSERT INTO nodes (id, seen_at) VALUES ('node', 5)",
    "INSERT INTO sessions (id, account, epoch, node, client, ip, started_at, last_input_at)
     VALUES ('session', 'ada', 3, 'node', 'c', 'i', 5, 5)",
    "INSERT INTO second_factors (account, sealed, last_step, fails, on_since)
     VALUES ('ada', {bytes}, 7, 2, 5)",
    "INSERT INTO pending_enrolments (account, sealed, epoch, created_at, expires_at)
     VALUES ('ada', {bytes}, 3, 5, 1900000000000)",
    "INSERT INTO hook_deliveries (id, hook, kind, priority, body, created_at, next_at, attempts, lease, leased_by, dead_at,
                                  reason)
     VALUES ('waits', 'crm', 'k', 0, '{}', 5, 6, 1, 'somebody', 'node', NULL, 'HTTP 500'),
            ('waits', 'groups', 'k', 2, '{}', 5, 1900000000000, 0, NULL, NULL, NULL, NULL),
            ('dead', 'crm', 'k', 0, '{}', 5, 6, 10, NULL, NULL, 9, 'HTTP 410')",
    "INSERT INTO service_accounts (id, name, digest, attributes, created_at) VALUES ('s', 'gitea', {bytes}, 'mail', 5)",
    "INSERT INTO directory_entries (account, entry, location, password_void_due_at, password_leased_until)
     VALUES ('ada', 'entry', 'uid=ada', 1900000000000, 5)",
    "INSERT INTO recovery_codes (id, account, mac, key_id, made_at) VALUES ('recovery', 'ada', {bytes}, 'k', 5)",
];

async fn fill(fresh: &Fresh) {
    let bytes = if fresh.url.starts_with("sqlite:") { "x'00'" } else { "'\\x00'::bytea" };
    for row in ROWS {
        let sql = row.replace("{bytes}", bytes);
        fresh.execute_sql(sql.leak()).await.unwrap();
    }
}

const fn voiding(recovery_codes: bool) -> Voiding<'static> {
    Voiding { now: NOW, event_kind: "database-restored", client: OPERATOR, recovery_codes, keyring: None }
}

on_both_engines! {
    async fn nothing_that_can_be_used_once_is_left(engine: Engine) {
        let fresh = Fresh::make(engine).await;
        let store = fresh.open().await;
        assert_eq!(EventKind::DatabaseRestored.as_str(), voiding(false).event_kind);
        // A pool connects when it is asked for something.
        let reading = store.begin_reading().await.unwrap();
        let in_use = void_in_place(&fresh.url, &voiding(false)).await;
        assert!(matches!(in_use, Err(CopyFault::InUse(_))), "{in_use:?}");
        drop(reading);
        store.close().await;
        fill(&fresh).await;

        let done = void_in_place(&fresh.url, &voiding(false)).await.unwrap();
        assert_eq!(done.accounts, 1);
        let counts: Vec<u64> = done.voided.iter().map(|(_, count)| *count).collect();
        // Deletions, codes, grants, undo codes, passwords of a directory, requests, emails, events for hooks, invitations, guests' codes, pending
        // authenticators, sessions, authenticators.
        assert_eq!(counts, [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1], "{:?}", done.voided);
        assert_eq!(done.service_accounts, ["gitea"]);
        for left in [
            "SELECT count(*) FROM accounts WHERE deletion_requested_at IS NOT NULL",
            "SELECT count(*) FROM codes WHERE used_at IS NULL AND dead_at IS NULL",
            "SELECT count(*) FROM grants WHERE used_at IS NULL AND dead_at IS NULL",
            "SELECT count(*) FROM undo_snapshots WHERE used_at IS NULL AND dead_at IS NULL",
            "SELECT count(*) FROM directory_entries
             WHERE password_void_due_at IS NOT NULL OR password_leased_until IS NOT NULL",
            "SELECT count(*) FROM invitations WHERE used_at IS NULL AND dead_at IS NULL",
            "SELECT count(*) FROM reset_requests WHERE resolved_at IS NULL OR sealed_identifier IS NOT NULL",
            "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND (dropped_at IS NULL OR sealed IS NOT NULL)",
            "SELECT count(*) FROM hook_deliveries WHERE dead_at IS NULL OR lease IS NOT NULL OR leased_by IS NOT NULL",
            "SELECT count(*) FROM cases WHERE code_mac IS NOT NULL",
            "SELECT count(*) FROM pending_enrolments",
            "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM nodes)",
        ] {
            assert_eq!(fresh.number(left).await, 0, "{left}");
        }
        for (kept, value) in [
            ("SELECT used_at FROM codes WHERE id = 'used'", 7),
            ("SELECT dead_at FROM codes WHERE id = 'dead'", 8),
            ("SELECT dead_at FROM codes WHERE id = 'live'", NOW.epoch_ms()),
            ("SELECT sent_at FROM outbox WHERE id = 'sent'", 9),
            ("SELECT dead_at FROM hook_deliveries WHERE id = 'dead'", 9),
            (
                "SELECT count(*) FROM hook_deliveries WHERE reason = 'the database was restored from a backup'",
                2,
            ),
            ("SELECT last FROM counters WHERE name = 'case'", 2_001),
            ("SELECT last_step FROM second_factors", STEP + 1),
            ("SELECT tries_step FROM second_factors", STEP),
            ("SELECT tries FROM second_factors", 3),
            ("SELECT fails FROM second_factors", 2),
            ("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL", 1),
            ("SELECT count(*) FROM activity WHERE kind = 'database-restored' AND client = 'operator'", 1),
            ("SELECT auth_epoch FROM accounts", 1_000_003),
        ] {
            assert_eq!(fresh.number(kept).await, value, "{kept}");
        }
        let again = void_in_place(&fresh.url, &voiding(true)).await.unwrap();
        assert_eq!(again.voided.last(), Some(&("recovery codes", 1)));
        assert_eq!(fresh.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL").await, 0);
    }
}
