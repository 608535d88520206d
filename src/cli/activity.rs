//! `doorkey activity`: what happened to one account, or to all.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use clap::Args;
use strum::VariantArray;

use super::output::{columns, report};
use crate::accounts::admin::{AdminError, OperatorEvent, OperatorEvents};
use crate::accounts::{Accounts, EventKind};
use crate::domain::exit_code;
use crate::domain::since::Since;
use crate::flow::event_kind;
use crate::messages::Language;

/// How often `--follow` looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How far back each look goes: more than clocks of nodes differ and transactions last.
const LOOK_BACK_MS: i64 = 60_000;
/// The most events of one look.
const MOST_OF_A_LOOK: i64 = 5_000;

#[derive(Debug, Args)]
pub struct ActivityArgs {
    /// Username or email address; without one, the events of everybody
    name: Option<String>,
    /// Only what happened since then: how long ago, such as 1h, 30m, 7d or 2w, a day such as 2026-11-22 (UTC), or RFC 3339
    /// such as 2026-11-22T14:05:09Z
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only one kind, such as sign-in-failed, or `refused` for all refusals
    #[arg(long, value_name = "KIND", value_parser = kinds)]
    kind: Option<Kinds>,
    /// The latest so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Print a JSON array
    #[arg(long, conflicts_with_all = ["jsonl", "follow"])]
    json: bool,
    /// Print a JSON object a line
    #[arg(long)]
    jsonl: bool,
    /// Go on with what happens from now on, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

/// The kinds that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kinds(pub(super) Vec<EventKind>);

pub(super) fn kinds(word: &str) -> Result<Kinds, &'static str> {
    if word == "refused" {
        let refusals = EventKind::VARIANTS.iter().copied().filter(|kind| kind.is_refusal());
        return Ok(Kinds(refusals.collect()));
    }
    word.parse().map(|kind| Kinds(vec![kind])).map_err(
        |_| "there is no such kind; the manual's chapter on the log lists them (`doorkey generate manual`)",
    )
}

/// Prints the events that `args` want; with `--follow` until standard output is closed.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(args: ActivityArgs, accounts: &Accounts, out: &mut dyn Write) -> anyhow::Result<u32> {
    let since = args.since.map(|since| since.moment(accounts.now()));
    let kinds = args.kind.clone().map(|Kinds(kinds)| kinds).unwrap_or_default();
    let wanted = OperatorEvents { user: args.name.clone(), since, kinds, limit: args.limit.into() };
    if args.follow {
        return follow(&args, &wanted, accounts, out).await;
    }
    let listed = accounts.list_all_activity(&wanted).await;
    report(out, args.json, listed, |out, events| {
        if args.jsonl {
            events.iter().try_for_each(|event| line(out, event))
        } else {
            columns(out, &table(events))
        }
    })
}

async fn follow(
    args: &ActivityArgs,
    wanted: &OperatorEvents,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    let mut recent = OperatorEvents { limit: MOST_OF_A_LOOK, ..wanted.clone() };
    // The list may leave out what happened shortly before it. Looked at first: what happens between the two is in the list.
    let before = look(&mut recent, accounts).await;
    let listed = accounts.list_all_activity(wanted).await;
    let mut seen: HashMap<_, _> = before.iter().chain(&listed).flatten().map(place).collect();
    let code = report(out, false, listed, |out, events| print(out, args.jsonl, events))?;
    if code != exit_code::DONE {
        return Ok(code);
    }
    before?;
    out.flush()?;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let events = look(&mut recent, accounts).await?;
        let (found, new) = unseen(events, &seen);
        seen = found;
        print(out, args.jsonl, &new)?;
        out.flush()?;
    }
}

/// The events of the last minute.
async fn look(wanted: &mut OperatorEvents, accounts: &Accounts) -> Result<Vec<OperatorEvent>, AdminError> {
    wanted.since = Some(accounts.now().plus_ms(-LOOK_BACK_MS));
    accounts.list_all_activity(wanted).await
}

/// What a row is known by, and how often it was counted: refusals go on being counted in one row.
fn place(event: &OperatorEvent) -> (String, i64) {
    (event.event.id.clone(), event.event.count)
}

/// All rows of this look, and those of them that are new or were counted once more.
fn unseen(
    events: Vec<OperatorEvent>,
    seen: &HashMap<String, i64>,
) -> (HashMap<String, i64>, Vec<OperatorEvent>) {
    let found = events.iter().map(place).collect();
    let is_new =
        |event: &OperatorEvent| seen.get(&event.event.id).is_none_or(|count| event.event.count > *count);
    (found, events.into_iter().filter(is_new).collect())
}

fn print(out: &mut dyn Write, as_json: bool, events: &[OperatorEvent]) -> std::io::Result<()> {
    if as_json {
        return events.iter().try_for_each(|event| line(out, event));
    }
    events.iter().try_for_each(|event| writeln!(out, "{}", row(event).join("  ")))
}

fn line(out: &mut dyn Write, event: &OperatorEvent) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, event)?;
    writeln!(out)
}

fn table(events: &[OperatorEvent]) -> Vec<Vec<String>> {
    let head = ["TIME", "USER", "WHAT", "RESULT", "FROM", "CLIENT"].map(str::to_owned).to_vec();
    std::iter::once(head).chain(events.iter().map(row)).collect()
}

fn row(OperatorEvent { event, user, refused, what }: &OperatorEvent) -> Vec<String> {
    let result = match (refused, event.count) {
        (false, _) => "ok".to_owned(),
        (true, ..=1) => "refused".to_owned(),
        (true, count) => format!("refused {count} times"),
    };
    let user = user.clone().unwrap_or_else(|| "-".to_owned());
    let from = event_kind::source_of(&event.ip, &Language::English).to_owned();
    vec![event.last_at.to_string(), user, what.clone(), result, from, event.client.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit_event::AuditEvent;
    use crate::domain::timestamp::Timestamp;

    fn event(id: &str, count: i64) -> OperatorEvent {
        let (at, kind) = (Timestamp::default(), "sign-in-failed".to_owned());
        let event = AuditEvent {
            id: id.to_owned(),
            account: None,
            name: None,
            subject: None,
            kind,
            at,
            ip: "192.0.2.7".to_owned(),
            client: String::new(),
            session: String::new(),
            series: None,
            count,
            last_at: at,
        };
        OperatorEvent { event, user: None, refused: true, what: "Wrong password".to_owned() }
    }

    #[test]
    fn a_row_that_was_counted_once_more_is_news() {
        let (seen, new) = unseen(vec![event("a", 1), event("b", 1)], &HashMap::new());
        assert_eq!(new.len(), 2);
        let (_, new) = unseen(vec![event("a", 1), event("b", 2), event("c", 1)], &seen);
        assert_eq!(new.iter().map(|event| event.event.id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn a_kind_is_one_of_ours_or_all_refusals() {
        assert_eq!(kinds("key-added"), Ok(Kinds(vec![EventKind::KeyAdded])));
        assert!(kinds("refused").is_ok_and(|Kinds(kinds)| kinds.contains(&EventKind::SignInFailed)));
        assert!(kinds("%").is_err());
    }
}
