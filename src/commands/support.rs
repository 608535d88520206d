//! `support …`: what can be asked, and what it tells.

use clap::Subcommand;
use serde_json::{Value, json};

use super::examples;
use super::output::{Render, columns};
use crate::accounts::request::support::{CaseMessageView, CaseSummary, CaseView};

/// `support …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SupportCommand {
    /// Open a case; the text is on standard input
    #[command(after_help = examples::SUPPORT_NEW)]
    New {
        /// One line that says what it is about
        #[arg(long)]
        subject: String,
    },
    /// List your cases, the last changed first
    #[command(after_help = examples::SUPPORT_LIST)]
    List,
    /// Show one of your cases and all that was said
    #[command(after_help = examples::SUPPORT_SHOW)]
    Show {
        /// Its number
        number: i64,
    },
    /// Go on with a case; the text is on standard input
    #[command(after_help = examples::SUPPORT_REPLY)]
    Reply {
        /// Its number
        number: i64,
    },
    /// Close a case; it stays readable
    #[command(after_help = examples::SUPPORT_CLOSE)]
    Close {
        /// Its number
        number: i64,
    },
}

/// What `support …` tells.
#[derive(Debug)]
pub enum SupportOutput {
    /// `support list`
    Cases(Vec<CaseSummary>),
    /// `support show`
    Case(CaseView),
    /// `support new`
    Opened(CaseView),
    /// `support reply`
    Sent(CaseView),
    /// `support close`
    Closed(CaseView),
}

impl Render for SupportOutput {
    fn text(&self) -> String {
        match self {
            Self::Cases(cases) if cases.is_empty() => {
                "You have no case. Open one: support new --subject WORDS < text\n".to_owned()
            }
            Self::Cases(cases) => columns(
                &["NUMBER", "STATE", "CHANGED", "SUBJECT"],
                cases.iter().map(|case| {
                    let (number, changed) = (case.number.to_string(), case.changed_at.to_string());
                    vec![number, state(case.is_open).to_owned(), changed, case.subject.clone()]
                }),
            ),
            Self::Case(case) => whole(case),
            Self::Opened(case) => format!("OK: Case {} was sent to support [case-sent]\n", case.number),
            Self::Sent(case) => {
                format!("OK: Your message was added to case {} [message-sent]\n", case.number)
            }
            Self::Closed(case) => format!("OK: Case {} is closed [case-closed]\n", case.number),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Cases(cases) => json!({ "cases": cases.iter().map(summary).collect::<Vec<_>>() }),
            Self::Case(case) => json!({ "case": case_of(case) }),
            Self::Opened(case) => json!({ "opened": case_of(case) }),
            Self::Sent(case) => json!({ "sent": case_of(case) }),
            Self::Closed(case) => json!({ "closed": case_of(case) }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::Cases(cases) => Some(cases.iter().map(summary).collect()),
            _ => None,
        }
    }
}

fn state(is_open: bool) -> &'static str {
    if is_open { "open" } else { "closed" }
}

fn by(said: &CaseMessageView) -> &'static str {
    if said.is_support { "support" } else { "you" }
}

fn whole(case: &CaseView) -> String {
    let state = state(case.closed_at.is_none());
    let mut lines = vec![format!("Case {}: {}", case.number, case.subject), format!("State: {state}")];
    for said in &case.messages {
        lines.extend([String::new(), format!("{} at {}:", by(said), said.at)]);
        lines.extend(said.text.lines().map(|line| format!("  {line}")));
    }
    lines.extend([String::new(), "Support was told besides:".to_owned()]);
    lines.extend(case.facts.iter().map(|fact| format!("  {fact}")));
    lines.push(String::new());
    lines.join("\n")
}

fn summary(case: &CaseSummary) -> Value {
    json!({
        "number": case.number,
        "subject": case.subject,
        "state": state(case.is_open),
        "changed_at": case.changed_at.to_string(),
    })
}

fn case_of(case: &CaseView) -> Value {
    let said =
        |said: &CaseMessageView| json!({ "at": said.at.to_string(), "by": by(said), "text": said.text });
    json!({
        "number": case.number,
        "subject": case.subject,
        "state": state(case.closed_at.is_none()),
        "opened_at": case.opened_at.to_string(),
        "changed_at": case.changed_at.to_string(),
        "closed_at": case.closed_at.map(|at| at.to_string()),
        "facts": case.facts,
        "messages": case.messages.iter().map(said).collect::<Vec<_>>(),
    })
}
