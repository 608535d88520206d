//! `sessions …`: where the one who asks is signed in, and what is told of it.

use clap::Subcommand;
use serde_json::{Value, json};

use super::examples;
use super::output::{Render, columns};
use crate::accounts::request::sessions::ActiveSession;

/// `sessions …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SessionsCommand {
    /// List where you are signed in; commands are over with their answer and are not in it
    #[command(after_help = examples::SESSIONS_LIST)]
    List,
    /// Sign out a session, or all of them; they close within seconds. Needs your password
    #[command(after_help = examples::SESSIONS_REVOKE)]
    Revoke {
        /// Its id, from the list
        #[arg(required_unless_present = "others", conflicts_with = "others")]
        session: Option<String>,
        /// Every session: none of them is this command
        #[arg(long)]
        others: bool,
    },
}

/// What is told.
#[derive(Debug)]
pub enum SessionsOutput {
    /// `sessions list`
    List(Vec<ActiveSession>),
    /// `sessions revoke …`: their ids.
    Ended(Vec<String>),
}

impl Render for SessionsOutput {
    fn text(&self) -> String {
        match self {
            Self::List(sessions) if sessions.is_empty() => "You are signed in nowhere.\n".to_owned(),
            Self::List(sessions) => columns(
                &["ID", "FROM", "CLIENT", "KEY", "SIGNED IN", "IDLE"],
                sessions.iter().map(|ActiveSession { session, idle_s, .. }| {
                    let key = session.key.map_or_else(|| "none".to_owned(), |key| key.to_string());
                    let (id, ip, client) = (session.id.clone(), session.ip.clone(), session.client.clone());
                    vec![id, ip, client, key, session.started_at.to_string(), format!("{idle_s} s")]
                }),
            ),
            Self::Ended(sessions) if sessions.len() == 1 => {
                "OK: 1 session was signed out [sessions-revoked]\n".to_owned()
            }
            Self::Ended(sessions) => {
                format!("OK: {} sessions were signed out [sessions-revoked]\n", sessions.len())
            }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::List(sessions) => json!({ "sessions": sessions }),
            Self::Ended(sessions) => json!({ "revoked": sessions }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::List(sessions) => Some(sessions.iter().map(|session| json!(session)).collect()),
            Self::Ended(_) => None,
        }
    }
}
