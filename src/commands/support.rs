//! `support …`: what can be asked, and what it tells.

use crate::domain::support_case::{Author, Case};
use clap::Subcommand;
use serde_json::{Value, json};

use super::examples;
use super::output::{Render, columns};
use crate::accounts::request::support::CaseSummary;

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
    Case(Case),
    /// `support new`
    Opened(Case),
    /// `support reply`
    Sent(Case),
    /// `support close`
    Closed(Case),
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
                    vec![number, case.state.to_string(), changed, case.subject.clone()]
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
            Self::Cases(cases) => json!({ "cases": cases }),
            Self::Case(case) => json!({ "case": case }),
            Self::Opened(case) => json!({ "opened": case }),
            Self::Sent(case) => json!({ "sent": case }),
            Self::Closed(case) => json!({ "closed": case }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::Cases(cases) => Some(cases.iter().map(|case| json!(case)).collect()),
            _ => None,
        }
    }
}

fn whole(case: &Case) -> String {
    let mut lines = vec![format!("Case {}: {}", case.number, case.subject), format!("State: {}", case.state)];
    for said in &case.messages {
        let by = if said.author == Author::Support { "support" } else { "you" };
        lines.extend([String::new(), format!("{by} at {}:", said.at)]);
        lines.extend(said.text.lines().map(|line| format!("  {line}")));
    }
    lines.extend([String::new(), "Support was told besides:".to_owned()]);
    lines.extend(case.facts.iter().map(|fact| format!("  {fact}")));
    lines.push(String::new());
    lines.join("\n")
}
