//! `visits …`: where the one who asks is signed in, and what is told of it.

use clap::Subcommand;
use serde_json::{Value, json};

use super::answer::{Tell, columns};
use super::shapes;
use crate::accounts::request::visits::VisitView;

/// `visits …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum VisitsCommand {
    /// List where you are signed in; commands are over with their answer and are not in it
    #[command(after_help = shapes::VISITS_LIST)]
    List,
    /// End a visit, or all; what they show closes within seconds. Needs your password
    #[command(after_help = shapes::VISITS_END)]
    End {
        /// Its id, from the list
        #[arg(required_unless_present = "others", conflicts_with = "others")]
        visit: Option<String>,
        /// Every visit: none of them is this command
        #[arg(long)]
        others: bool,
    },
}

/// What is told.
#[derive(Debug)]
pub enum VisitsTold {
    /// `visits list`
    List(Vec<VisitView>),
    /// `visits end …`: their ids.
    Ended(Vec<String>),
}

impl Tell for VisitsTold {
    fn text(&self) -> String {
        match self {
            Self::List(visits) if visits.is_empty() => "You are signed in nowhere.\n".to_owned(),
            Self::List(visits) => columns(
                &["ID", "FROM", "CLIENT", "KEY", "SIGNED IN", "IDLE"],
                visits.iter().map(|visit| {
                    let key = visit.key.clone().unwrap_or_else(|| "none".to_owned());
                    let (id, source, client) = (visit.id.clone(), visit.source.clone(), visit.client.clone());
                    vec![id, source, client, key, visit.started_at.to_string(), format!("{} s", visit.idle_s)]
                }),
            ),
            Self::Ended(visits) if visits.len() == 1 => "OK: 1 visit is ended [visits-ended]\n".to_owned(),
            Self::Ended(visits) => format!("OK: {} visits are ended [visits-ended]\n", visits.len()),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::List(visits) => {
                json!({ "visits": visits.iter().map(visit_of).collect::<Vec<_>>() })
            }
            Self::Ended(visits) => json!({ "ended": visits }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::List(visits) => Some(visits.iter().map(visit_of).collect()),
            Self::Ended(_) => None,
        }
    }
}

fn visit_of(visit: &VisitView) -> Value {
    json!({
        "id": visit.id,
        "source": visit.source,
        "client": visit.client,
        "key": visit.key,
        "started_at": visit.started_at.to_string(),
        "idle_s": visit.idle_s,
    })
}
