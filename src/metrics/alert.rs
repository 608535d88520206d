//! When somebody should look: alerts, in terms of the declared metrics.

/// How soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Today.
    Warning,
    /// Now: people cannot get in.
    Critical,
}

impl Severity {
    /// The value of the label `severity`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// One alert.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    /// Its name.
    pub name: &'static str,
    /// When it fires, in `PromQL`.
    pub expr: &'static str,
    /// How long that must last.
    pub lasts: &'static str,
    /// How soon somebody should look.
    pub severity: Severity,
    /// What is wrong.
    pub summary: &'static str,
    /// What to do.
    pub action: &'static str,
}

/// All alerts, the most urgent first.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "DoorkeyNotReady",
        expr: "doorkey_ready == 0",
        lasts: "1m",
        severity: Severity::Critical,
        summary: "The database takes no writes: nobody can sign in.",
        action: "Run `doorkey check`, and look at the disk and at the database server.",
    },
    Alert {
        name: "DoorkeyRequestsFail",
        expr: "rate(doorkey_request_faults_total[5m]) > 0.1",
        lasts: "5m",
        severity: Severity::Critical,
        summary: "Requests fail; people read that the portal is unavailable.",
        action: "Each failure is an error line in the log with its reason.",
    },
    Alert {
        name: "DoorkeyEmailsLate",
        expr: "doorkey_outbox_oldest_age_seconds > 300",
        lasts: "2m",
        severity: Severity::Critical,
        summary: "An email has waited for more than five minutes: reset codes do not arrive.",
        action: "The log's email-not-sent says what the relay answers. Is the relay up?",
    },
    Alert {
        name: "DoorkeyEmailsParked",
        expr: "doorkey_outbox_parked_emails > 0",
        lasts: "10m",
        severity: Severity::Warning,
        summary: "Emails were given up and wait for you.",
        action: "Run `doorkey outbox list`, mend what it says, then `doorkey outbox retry ID`.",
    },
    Alert {
        name: "DoorkeyHashQueueLong",
        expr: "doorkey_hash_queue_jobs > 10",
        lasts: "5m",
        severity: Severity::Warning,
        summary: "Sign-ins wait for a thread that hashes passwords.",
        action: "Somebody may be guessing: see the refusals by reason. If not, raise password.workers or add processors.",
    },
    Alert {
        name: "DoorkeyWrongPasswords",
        expr: "sum(rate(doorkey_refusals_total{reason=~\"wrong-credentials|code-refused|two-factor-refused\"}[10m])) > 1",
        lasts: "10m",
        severity: Severity::Warning,
        summary: "Many wrong passwords or codes.",
        action: "The log's refused lines name the sources; `doorkey generate fail2ban` bans them.",
    },
    Alert {
        name: "DoorkeyConnectionsTurnedAway",
        expr: "sum(rate(doorkey_connections_turned_away_total{reason=~\"full|startups\"}[5m])) > 0",
        lasts: "5m",
        severity: Severity::Warning,
        summary: "The server is full: connections are turned away.",
        action: "Raise ssh.max_connections, or find out who holds the connections.",
    },
    Alert {
        name: "DoorkeyStoreSlow",
        expr: "histogram_quantile(0.99, sum by (le, operation) (rate(doorkey_store_transaction_duration_seconds_bucket[5m]))) > 1",
        lasts: "10m",
        severity: Severity::Warning,
        summary: "One transaction in a hundred takes longer than a second.",
        action: "Look at the disk, at the database server, and at what else writes to it.",
    },
];
