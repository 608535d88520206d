//! `support …`: the support cases of a member.

use std::fmt;

use serde::Serialize;

use super::prelude::*;
use crate::accounts::request::support::{CaseSummary, SupportReply, SupportRequest};
use crate::domain::support_case::{Author, Case};

/// What asks for the text of a message at a terminal.
const PROMPT: &str = "Message (one line): ";

/// Open a case; the text is on standard input
#[derive(Debug, Args)]
pub(super) struct New {
    /// What it is about, in one line
    #[arg(long)]
    subject: String,
}

impl Command for New {
    type Caller = SignedIn;
    type Output = Done;
    const EXAMPLE: &'static str = r#"{"opened":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<Done> {
        let subject = self.subject;
        let text = cx.text(PROMPT).await?;
        let facts =
            ask!(cx, Support(member.clone(), SupportRequest::Facts), SupportReply::Facts(facts) => facts);
        let case = ask!(cx, Support(member, SupportRequest::Open { subject, text, facts }), SupportReply::Opened(case) => case);
        let message = format!("Case {} was sent to support", case.number);
        Ok(Done::new("case-sent", message, json!({ "opened": case })))
    }
}

/// List your cases, the last changed first
#[derive(Debug, Args)]
pub(super) struct List;

impl Command for List {
    type Caller = SignedIn;
    type Output = output::List<CaseSummary, 4>;
    const EXAMPLE: &'static str = r#"{"cases":[{"changed_at":"2026-11-22T14:05:09Z","number":1042,"state":"open","subject":"No mail"}]}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<Self::Output> {
        Ok(output::List(ask!(cx, Support(member, SupportRequest::List), SupportReply::Cases(cases) => cases)))
    }
}

impl Row<4> for CaseSummary {
    const NAME: &'static str = "cases";
    const HEAD: [&'static str; 4] = ["NUMBER", "STATE", "CHANGED", "SUBJECT"];
    const EMPTY: &'static str = "You have no case. Open one: support new --subject WORDS < text";

    fn cells(&self) -> [String; 4] {
        let (number, state) = (self.number.to_string(), self.state.to_string());
        [number, state, self.changed_at.to_string(), self.subject.clone()]
    }
}

/// Show one of your cases and all its messages
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its number
    number: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct WholeCase {
    case: Case,
}

impl Command for Show {
    type Caller = SignedIn;
    type Output = WholeCase;
    const EXAMPLE: &'static str = r#"{"case":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<WholeCase> {
        Ok(WholeCase {
            case: ask!(cx, Support(member, SupportRequest::Show(self.number)), SupportReply::Case(case) => *case),
        })
    }
}

impl Output for WholeCase {}

impl fmt::Display for WholeCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = &self.case;
        writeln!(f, "Case {}: {}\nState: {}", case.number, case.subject, case.state)?;
        for message in &case.messages {
            let who = if message.author == Author::Support { "Support" } else { "You" };
            writeln!(f, "\n{who} at {}:", message.at)?;
            message.text.lines().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        writeln!(f, "\nSupport also sees:")?;
        case.facts.iter().try_for_each(|fact| writeln!(f, "  {fact}"))
    }
}

/// Add a message to a case; the text is on standard input
#[derive(Debug, Args)]
pub(super) struct SendReply {
    /// Its number
    number: i64,
}

impl Command for SendReply {
    type Caller = SignedIn;
    type Output = Done;
    const EXAMPLE: &'static str = r#"{"sent":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<Done> {
        let request = SupportRequest::Write { number: self.number, text: cx.text(PROMPT).await? };
        let case = ask!(cx, Support(member, request), SupportReply::Case(case) => case);
        let message = format!("Your message was added to case {}", case.number);
        Ok(Done::new("message-sent", message, json!({ "sent": case })))
    }
}

/// Close a case; you can still read it
#[derive(Debug, Args)]
pub(super) struct Close {
    /// Its number
    number: i64,
}

impl Command for Close {
    type Caller = SignedIn;
    type Output = Done;
    const EXAMPLE: &'static str = r#"{"closed":{"changed_at":"2026-11-22T14:05:09Z","closed_at":"2026-11-22T14:06:09Z","facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"closed","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<Done> {
        let case =
            ask!(cx, Support(member, SupportRequest::Close(self.number)), SupportReply::Case(case) => case);
        let message = format!("Case {} is closed", case.number);
        Ok(Done::new("case-closed", message, json!({ "closed": case })))
    }
}
