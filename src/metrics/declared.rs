//! Every metric, declared once: the registry, the manual's table, the dashboard and `doorkey top` are derived from this.

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

use super::kind::{Counter, CounterBy, Declared, Gauge, GaugeBy, Histogram, HistogramBy, Metric, Seconds};

macro_rules! metrics {
    ($($field:ident: $Kind:ident $name:literal $label:literal $help:literal;)*) => {
        /// Every metric with its number.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $(#[doc = $help] pub(crate) $field: $Kind,)*
        }

        /// What is known of each, in the order of the text.
        pub const ALL: &[Declared] = &[
            $(Declared { name: $name, kind: <$Kind as Metric>::KIND, label: $label, help: $help },)*
        ];

        impl Metrics {
            /// All at nothing.
            #[must_use]
            pub fn new() -> Self {
                let (mut registry, mut all) = (Registry::default(), ALL.iter());
                let nothing = Declared { name: "", ..ALL[0] };
                $(let $field = <$Kind as Metric>::register(&mut registry, all.next().unwrap_or(&nothing));)*
                let metrics = Self { registry, $($field,)* };
                metrics.build.change(env!("CARGO_PKG_VERSION"), 1);
                for outcome in ["retry", "release", "drop", "park"] {
                    metrics.emails_failed.declare(outcome);
                }
                for target in ["webhook", "command"] {
                    metrics.hook_deliveries.declare(target);
                }
                for next in ["retry", "dead"] {
                    metrics.hook_deliveries_failed.declare(next);
                }
                for method in ["password", "key"] {
                    metrics.sign_ins.declare(method);
                }
                for result in ["accepted", "refused", "later", "invalid"] {
                    metrics.service_checks.declare(result);
                }
                for result in ["accepted", "refused", "later"] {
                    metrics.ldap_binds.declare(result);
                }
                for result in ["done", "cut", "refused", "later"] {
                    metrics.ldap_searches.declare(result);
                }
                for kind in ["portal", "command", "prompts", "outcome"] {
                    metrics.sessions.change(kind, 0);
                    metrics.sessions_started.declare(kind);
                }
                metrics
            }
        }
    };
}

metrics! {
    build: GaugeBy "doorkey_build_info" "version" "Always 1; the version is in the label";
    started: Seconds "process_start_time_seconds" "" "When the process began to listen, in seconds since the epoch";
    ready: Gauge "doorkey_ready" "" "1 if the database took a write when it was last asked, else 0";
    connections: Gauge "doorkey_connections" "" "Open SSH connections";
    connections_accepted: Counter "doorkey_connections_accepted_total" "" "SSH connections that were accepted";
    connections_turned_away: CounterBy "doorkey_connections_turned_away_total" "reason" "Connections that were not let in, by the reason of the log's connection-turned-away";
    connections_failed: CounterBy "doorkey_connections_failed_total" "reason" "Connections that ended before they were authenticated, by the reason of the log's connection-failed";
    sessions: GaugeBy "doorkey_sessions" "kind" "Open sessions, by the kind of the log's session-begun";
    sessions_started: CounterBy "doorkey_sessions_started_total" "kind" "Sessions that have begun";
    sign_ins: CounterBy "doorkey_sign_ins_total" "method" "Sign-ins with password or key, the second factor included";
    service_checks: CounterBy "doorkey_service_checks_total" "result" "Passwords that services of this machine asked about, by result: accepted, refused, later or invalid";
    ldap_connections: Gauge "doorkey_ldap_connections" "" "Open connections to the LDAP server";
    ldap_binds: CounterBy "doorkey_ldap_binds_total" "result" "Binds at the LDAP server, by result: accepted, refused or later";
    ldap_searches: CounterBy "doorkey_ldap_searches_total" "result" "Searches at the LDAP server, by result: done, cut (a limit was reached), refused or later";
    reset_requests: Counter "doorkey_reset_requests_total" "" "Requests for a reset code";
    password_resets: Counter "doorkey_password_resets_total" "" "Passwords that were reset";
    events: CounterBy "doorkey_events_total" "kind" "Events of the audit trail that are no refusals, by kind";
    refusals: CounterBy "doorkey_refusals_total" "reason" "Requests that were refused, by the id that the person was shown";
    request_faults: Counter "doorkey_request_faults_total" "" "Requests that failed unexpectedly; people read that the portal is unavailable";
    emails_sent: Counter "doorkey_emails_sent_total" "" "Emails that the relay took";
    emails_failed: CounterBy "doorkey_emails_failed_total" "next" "Tries of an email that failed, by what became of it: retry, release, drop or park";
    outbox: Gauge "doorkey_outbox_emails" "" "Emails that wait to be sent";
    outbox_parked: Gauge "doorkey_outbox_parked_emails" "" "Emails that are parked for the operator";
    outbox_age: Seconds "doorkey_outbox_oldest_age_seconds" "" "Age of the oldest email that waits to be sent, or 0";
    hook_deliveries: CounterBy "doorkey_hook_deliveries_total" "target" "Events that hooks have taken, by target: webhook or command";
    hook_deliveries_failed: CounterBy "doorkey_hook_deliveries_failed_total" "next" "Tries to tell a hook that failed, by what became of it: retry or dead";
    hook_deliveries_dropped: Counter "doorkey_hook_deliveries_dropped_total" "" "Events that were dropped because a hook had too many that it has not taken";
    hooks_pending: Gauge "doorkey_hook_pending_deliveries" "" "Events that wait to be told to hooks";
    hooks_dead: Gauge "doorkey_hook_dead_deliveries" "" "Events that hooks have not taken and that are no longer tried";
    hooks_age: Seconds "doorkey_hook_oldest_age_seconds" "" "Age of the oldest event that waits to be told to a hook, or 0";
    hash_queue: Gauge "doorkey_hash_queue_jobs" "" "Password hashes that wait for a thread";
    hashes: Histogram "doorkey_hash_duration_seconds" "" "How long a password hash took, without the wait for a thread";
    store_transactions: HistogramBy "doorkey_store_transaction_duration_seconds" "operation" "How long a transaction took, with the wait for a connection";
}

impl Metrics {
    /// All of them in the text format of Prometheus.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
