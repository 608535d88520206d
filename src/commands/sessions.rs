//! `sessions …`: where a member is signed in. The command itself is not in the list: it ends with its answer.

use super::prelude::*;
use crate::accounts::request::sessions::{SessionsReply, SessionsRequest};

/// List where you are signed in; commands end with their answer and are not in the list
#[derive(Debug, Args)]
pub(super) struct SessionsList;

impl Command for SessionsList {
    const LIST: Option<&'static str> = Some("sessions");
    const EXAMPLE: &'static str = r#"{"sessions":[{"client":"SSH-2.0-OpenSSH_10.0","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","idle_s":12,"key":null,"ip":"192.0.2.7","started_at":"2026-11-22T14:05:09Z"}]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let sessions =
            ask!(cx, Sessions(member, SessionsRequest::List), SessionsReply::List(sessions) => sessions);
        let rows = sessions.iter().map(|active| {
            let session = &active.session;
            [
                session.id.clone(),
                session.ip.clone(),
                session.client.clone(),
                session.key.map_or_else(|| "none".to_owned(), |key| key.to_string()),
                cx.time(session.started_at),
                format!("{} s", active.idle_s),
            ]
        });
        let head = ["ID", "FROM", "CLIENT", "KEY", "SIGNED IN", "IDLE"];
        Ok(Answer::table(head, rows, "You are signed in nowhere.", json!({ "sessions": sessions })))
    }
}

/// Sign out a session, or all of them, within seconds. Needs your password
#[derive(Debug, Args)]
pub(super) struct SessionsRevoke {
    /// Its id, from the list
    #[arg(value_name = "ID", required_unless_present = "others", conflicts_with = "others")]
    session: Option<String>,
    /// Every session: none of them is this command
    #[arg(long)]
    others: bool,
}

impl Command for SessionsRevoke {
    const EXAMPLE: &'static str = r#"{"revoked":["0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55"]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = match self.session {
            Some(session) => SessionsRequest::End { session },
            None => SessionsRequest::EndOthers,
        };
        let revoked = match cx.ask(Request::Sessions(member, request)).await? {
            Reply::Sessions(SessionsReply::Ended(ended)) => vec![ended.session.id],
            Reply::Sessions(SessionsReply::OthersEnded(sessions)) => sessions,
            other => return Err(unexpected(&other)),
        };
        let message = match revoked.len() {
            1 => "1 session was signed out".to_owned(),
            n => format!("{n} sessions were signed out"),
        };
        Ok(Answer::done("sessions-revoked", message, json!({ "revoked": revoked })))
    }
}
