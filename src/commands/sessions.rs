//! `sessions …`: where a member is signed in. The command itself is not in the list: it ends with its answer.

use super::prelude::*;
use crate::accounts::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};

/// List where you are signed in; commands end with their answer and are not in the list
#[derive(Debug, Args)]
pub(super) struct List;

impl Command for List {
    type Caller = SignedIn;
    type Output = output::List<ActiveSession, 6>;
    const EXAMPLE: &'static str = r#"{"sessions":[{"client":"SSH-2.0-OpenSSH_10.0","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","idle_s":12,"key":null,"ip":"192.0.2.7","started_at":"2026-11-22T14:05:09Z"}]}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<Self::Output> {
        let sessions =
            ask!(cx, Sessions(member, SessionsRequest::List), SessionsReply::List(sessions) => sessions);
        Ok(output::List(sessions))
    }
}

impl Row<6> for ActiveSession {
    const NAME: &'static str = "sessions";
    const HEAD: [&'static str; 6] = ["ID", "FROM", "CLIENT", "KEY", "SIGNED IN", "IDLE"];
    const EMPTY: &'static str = "You are signed in nowhere.";

    fn cells(&self) -> [String; 6] {
        let session = &self.session;
        [
            session.id.clone(),
            session.ip.clone(),
            session.client.clone(),
            session.key.map_or_else(|| "none".to_owned(), |key| key.to_string()),
            session.started_at.to_string(),
            format!("{} s", self.idle_s),
        ]
    }
}

/// Sign out a session, or all of them, within seconds. Needs your password
#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// Its id, from the list
    #[arg(value_name = "ID", required_unless_present = "others", conflicts_with = "others")]
    session: Option<String>,
    /// Every session: none of them is this command
    #[arg(long)]
    others: bool,
}

impl Command for Revoke {
    type Caller = SignedIn;
    type Output = Done;
    const EXAMPLE: &'static str = r#"{"revoked":["0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55"]}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<Done> {
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
        Ok(Done::new("sessions-revoked", message, json!({ "revoked": revoked })))
    }
}
