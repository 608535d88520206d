//! `support …`: the support cases of a member.

use super::prelude::*;
use crate::accounts::request::support::{SupportReply, SupportRequest};
use crate::domain::support_case::{Author, Case};

/// What asks for the text of a message at a terminal.
const PROMPT: &str = "Message (one line): ";

/// Open a case; the text is on standard input
#[derive(Debug, Args)]
pub(super) struct SupportNew {
    /// What it is about, in one line
    #[arg(long, alias = "title", value_hint = WORDS)]
    subject: String,
}

impl Command for SupportNew {
    const EXAMPLE: &'static str = r#"{"opened":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let subject = self.subject;
        let text = cx.text(PROMPT, |_| false).await?;
        let facts =
            ask!(cx, Support(member.clone(), SupportRequest::Facts), SupportReply::Facts(facts) => facts);
        let case = ask!(cx, Support(member, SupportRequest::Open { subject, text, facts }), SupportReply::Opened(case) => case);
        let message = format!("Case {} was sent to support", case.number);
        Ok(Answer::done("case-sent", message, json!({ "opened": case })))
    }
}

/// List your cases, the last changed first
#[derive(Debug, Args)]
pub(super) struct SupportList;

impl Command for SupportList {
    const LIST: Option<&'static str> = Some("cases");
    const EXAMPLE: &'static str = r#"{"cases":[{"changed_at":"2026-11-22T14:05:09Z","number":1042,"state":"open","subject":"No mail"}]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let cases = ask!(cx, Support(member, SupportRequest::List), SupportReply::Cases(cases) => cases);
        let rows = cases.iter().map(|case| {
            let (number, state) = (case.number.to_string(), case.state.to_string());
            [number, state, cx.time(case.changed_at), case.subject.clone()]
        });
        let empty = "You have no case. Open one: support new --subject WORDS < text";
        let json = json!({ "cases": cases });
        Ok(Answer::table(["NUMBER", "STATE", "CHANGED", "SUBJECT"], rows, empty, json))
    }
}

/// Show one of your cases and all its messages
#[derive(Debug, Args)]
pub(super) struct SupportShow {
    /// Its number
    number: i64,
}

impl Command for SupportShow {
    const EXAMPLE: &'static str = r#"{"case":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let case =
            ask!(cx, Support(member, SupportRequest::Show(self.number)), SupportReply::Case(case) => case);
        Ok(Answer::new(text(&case, cx), json!({ "case": case })))
    }
}

fn text(case: &Case, cx: &CommandContext) -> String {
    let mut lines = vec![format!("Case {}: {}", case.number, case.subject), format!("State: {}", case.state)];
    for message in &case.messages {
        let author = if message.author == Author::Support { "Support" } else { "You" };
        lines.push(format!("\n{author} at {}:", cx.time(message.at)));
        lines.extend(message.text.lines().map(|line| format!("  {line}")));
    }
    lines.push("\nSupport also sees:".to_owned());
    lines.extend(case.facts.iter().map(|fact| format!("  {fact}")));
    lines.join("\n") + "\n"
}

/// Add a message to a case; the text is on standard input
#[derive(Debug, Args)]
pub(super) struct SupportSendReply {
    /// Its number
    number: i64,
}

impl Command for SupportSendReply {
    const EXAMPLE: &'static str = r#"{"sent":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = SupportRequest::Write { number: self.number, text: cx.text(PROMPT, |_| false).await? };
        let case = ask!(cx, Support(member, request), SupportReply::Case(case) => case);
        let message = format!("Your message was added to case {}", case.number);
        Ok(Answer::done("message-sent", message, json!({ "sent": case })))
    }
}

/// Close a case; you can still read it
#[derive(Debug, Args)]
pub(super) struct SupportClose {
    /// Its number
    number: i64,
}

impl Command for SupportClose {
    const EXAMPLE: &'static str = r#"{"closed":{"changed_at":"2026-11-22T14:05:09Z","closed_at":"2026-11-22T14:06:09Z","facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"closed","subject":"No mail"}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let case =
            ask!(cx, Support(member, SupportRequest::Close(self.number)), SupportReply::Case(case) => case);
        let message = format!("Case {} is closed", case.number);
        Ok(Answer::done("case-closed", message, json!({ "closed": case })))
    }
}
