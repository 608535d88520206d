//! What `check` and `doctor` look at, declared once, and what they found.

use std::io::Write;

use serde::Serialize;

use super::{is_misconfiguration, output};
use crate::domain::certificate::authority_advice;
use crate::domain::exit_code;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Ok,
    Warning,
    Problem,
}

/// Which command looks at a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looks {
    /// `check`, and `doctor` too: it needs the files and the database only.
    Check,
    /// `doctor` alone: it connects to others.
    Doctor,
}

/// Declares every subject with who looks at it and what is looked at.
macro_rules! subjects {
    ($($subject:ident = $name:literal, $looks:ident, $about:literal;)*) => {
        /// What a finding is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub(super) enum Subject {
            $(#[doc = $about] #[serde(rename = $name)] $subject,)*
        }

        impl Subject {
            const ALL: &[Self] = &[$(Self::$subject,)*];

            const fn name(self) -> &'static str {
                match self { $(Self::$subject => $name,)* }
            }

            const fn about(self) -> &'static str {
                match self { $(Self::$subject => $about,)* }
            }

            const fn looks(self) -> Looks {
                match self { $(Self::$subject => Looks::$looks,)* }
            }
        }
    };
}

subjects! {
    Settings = "settings", Check, "the settings, the files they name and the email templates are valid";
    OpenFiles = "open files", Check, "the limit of open files is enough for `ssh.max_connections`";
    Database = "database", Check, "it can be opened, it takes a write, and the mode of its file is right";
    Disk = "disk", Check, "there is room for the database to grow";
    Replication = "replication", Check, "PostgreSQL's synchronous standby is connected";
    Clock = "clock", Check, "the clocks of the machines and of the database agree";
    Emails = "emails", Check, "none was set aside, none is overdue";
    SecretKeys = "secret keys", Check, "they are there, complete, and for nobody else to read or replace";
    HostKey = "host key", Check, "it is there and for nobody else to read; with its fingerprint and its record for DNS";
    Verify = "verify", Check, "the socket of services: who may ask, and that nobody else can put one in its place";
    Directory = "directory", Check, "that of `directory.kind` answers, finds people and lets passwords be set";
    Hooks = "hooks", Check, "the file of hooks and what it names are valid, and none has given events up";
    Ldap = "ldap", Check, "the certificate of the LDAP server can be used with its key, and for how long";
    Ntp = "ntp", Doctor, "a time service keeps this machine's clock";
    Relay = "relay", Doctor, "the mail relay answers, is encrypted, and takes the login and the sender";
    EhloName = "ehlo name", Doctor, "the name given to the relay has a domain, and DNS knows it";
    FromDomain = "from domain", Doctor, "DNS knows the domain of `mail.from`, and it has an SPF record";
    Email = "email", Doctor, "a real email to the address of `--mail-to`";
    Port = "port", Doctor, "the portal listens on `ssh.port`, or it may";
    Address = "address", Doctor, "the portal answers at `portal.address`, with its own host key";
    Sshfp = "sshfp", Doctor, "the SSHFP records in DNS are those of the host keys";
}

/// The subjects that only `doctor` looks at, or else those of both, as a list for a help text.
pub(super) fn list_of_subjects(doctor_only: bool) -> String {
    let wanted = Subject::ALL.iter().filter(|subject| (subject.looks() == Looks::Doctor) == doctor_only);
    let lines: Vec<String> =
        wanted.map(|subject| format!("  {:<13}{}\n", subject.name(), subject.about())).collect();
    lines.concat()
}

#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    subject: Subject,
    text: String,
}

/// What was found, in the order of looking.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    #[serde(rename = "exit_code")]
    code: u32,
    pub(super) parked_emails: Option<i64>,
    pub(super) overdue_emails: Option<i64>,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new() -> Self {
        Self { code: exit_code::DONE, parked_emails: None, overdue_emails: None, findings: Vec::new() }
    }

    pub(super) fn code(&self) -> u32 {
        self.code
    }

    pub(super) fn ok(&mut self, subject: Subject, text: impl Into<String>) {
        self.findings.push(Finding { level: Level::Ok, subject, text: text.into() });
    }

    /// `text` says what to do, here and below.
    pub(super) fn warning(&mut self, subject: Subject, text: impl Into<String>) {
        self.findings.push(Finding { level: Level::Warning, subject, text: text.into() });
    }

    /// `code` is the exit code, unless a worse one is known: a wrong setting explains the rest.
    pub(super) fn problem(&mut self, subject: Subject, text: impl Into<String>, code: u32) {
        self.code = self.code.max(code);
        self.findings.push(Finding { level: Level::Problem, subject, text: text.into() });
    }

    pub(super) fn fault(&mut self, subject: Subject, fault: impl Into<anyhow::Error>) {
        self.fault_with(subject, fault, "");
    }

    /// The same; `advice` is what to do where it is not the settings that are wrong, which say so themselves.
    pub(super) fn fault_with(&mut self, subject: Subject, fault: impl Into<anyhow::Error>, advice: &str) {
        let fault = fault.into();
        if is_misconfiguration(&fault) {
            self.problem(subject, output::told(&fault), exit_code::CONFIG);
        } else {
            let said = output::told(&fault);
            let advice = authority_advice(&said).unwrap_or(advice);
            let stop = if advice.is_empty() { "" } else { ". " };
            self.problem(subject, format!("{said}{stop}{advice}"), exit_code::UNAVAILABLE);
        }
    }

    /// True when a problem with `subject` was found.
    pub(super) fn has_problem(&self, subject: Subject) -> bool {
        self.findings.iter().any(|found| found.level == Level::Problem && found.subject == subject)
    }

    pub(super) fn print(&self, out: &mut dyn Write, as_json: bool) -> std::io::Result<()> {
        if as_json {
            return output::json(out, self);
        }
        for Finding { level, subject, text } in &self.findings {
            let level = match level {
                Level::Ok => "ok",
                Level::Warning => "warning",
                Level::Problem => "problem",
            };
            writeln!(out, "{level:<8} {}: {text}", subject.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_is_in_one_list_and_no_line_is_too_wide_for_a_terminal() {
        let both = list_of_subjects(false) + &list_of_subjects(true);
        assert_eq!(both.lines().count(), Subject::ALL.len());
        assert!(both.lines().all(|line| line.chars().count() <= 100), "{both}");
    }

    #[test]
    fn the_worst_problem_decides_the_exit_code() {
        let mut report = Report::new();
        report.warning(Subject::Clock, "differs");
        assert_eq!(report.code(), exit_code::DONE);
        report.problem(Subject::Settings, "wrong", exit_code::CONFIG);
        report.problem(Subject::Relay, "away", exit_code::UNAVAILABLE);
        assert_eq!(report.code(), exit_code::CONFIG);
    }
}
