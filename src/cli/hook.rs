//! `doorkey hook`: other systems that are told what happened.

use std::io::Write;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::output::{columns, complain, json};
use super::wiring;
use crate::accounts::NODE_LIFE_MS;
use crate::config::Settings;
use crate::domain::exit_code;
use crate::domain::hook::{EventChoice, Hook, HookTarget};
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::hooks::Hooks;
use crate::hooks::outcome::Outcome;
use crate::store::{DeliveryCount, Replayed, UnsentDelivery};

#[derive(Debug, Subcommand)]
pub(super) enum OperatorHookCommand {
    /// List the hooks, how many events wait for each, and those that were not taken, with why
    List {
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Have the running portal tell a hook of a made-up event of the type `test`, at once, and show the answer
    ///
    /// Where no portal runs, the command tells it by itself, and says so: the answer may be another from within the portal's
    /// sandbox.
    Test {
        /// Name of the hook
        name: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Tell a hook again what it was given up for, and now what waits for its next try
    ///
    /// The running portal does it within a second; a portal that is stopped, when it is started.
    Replay {
        /// Name of the hook, or the id of one event
        name: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
}

/// A hook as an operator sees it.
#[derive(Debug, Serialize)]
struct HookView {
    name: String,
    /// Empty for a hook that is no longer in the settings.
    target: String,
    events: Vec<String>,
    pending: i64,
    dead: i64,
    oldest_at: Option<Timestamp>,
}

/// An event that a hook has not taken.
#[derive(Debug, Serialize)]
struct DeliveryView {
    hook: String,
    event: String,
    kind: String,
    state: &'static str,
    created_at: Timestamp,
    /// `None` for a dead one.
    next_at: Option<Timestamp>,
    attempts: i64,
    reason: Option<String>,
}

impl From<UnsentDelivery> for DeliveryView {
    fn from(unsent: UnsentDelivery) -> Self {
        Self {
            hook: unsent.hook,
            event: unsent.id,
            kind: unsent.kind,
            state: if unsent.dead_at.is_some() { "dead" } else { "waiting" },
            created_at: unsent.created_at,
            next_at: unsent.dead_at.is_none().then_some(unsent.next_at),
            attempts: unsent.attempts,
            reason: unsent.reason,
        }
    }
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub(super) async fn run(
    command: OperatorHookCommand,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    let known = wiring::hooks_without_secrets(settings)?;
    let hooks = wiring::hooks_of_a_portal(settings, known).await?;
    let done = match command {
        OperatorHookCommand::List { json } => list(&hooks, json, out).await,
        OperatorHookCommand::Test { name, json } => test(&hooks, settings, &name, json, out).await,
        OperatorHookCommand::Replay { name, json } => replay(&hooks, &name, json, out).await,
    };
    hooks.close().await;
    done
}

async fn list(hooks: &Hooks, as_json: bool, out: &mut dyn Write) -> anyhow::Result<u32> {
    let (counts, unsent) = (hooks.counts().await?, hooks.unsent().await?);
    let hooks = views(&hooks.all(), &counts);
    let deliveries: Vec<DeliveryView> = unsent.into_iter().map(DeliveryView::from).collect();
    if as_json {
        json(out, &json!({ "hooks": hooks, "deliveries": deliveries }))?;
        return Ok(exit_code::DONE);
    }
    columns(out, &hook_table(&hooks))?;
    if !deliveries.is_empty() {
        writeln!(out)?;
        columns(out, &delivery_table(&deliveries))?;
    }
    Ok(exit_code::DONE)
}

/// The hooks of the settings, and those that something still waits for.
fn views(hooks: &[Hook], counts: &[DeliveryCount]) -> Vec<HookView> {
    let view = |name: &str, target: String, events: Vec<String>| {
        let count = counts.iter().find(|count| count.hook == name);
        HookView {
            name: name.to_owned(),
            target,
            events,
            pending: count.map_or(0, |count| count.pending),
            dead: count.map_or(0, |count| count.dead),
            oldest_at: count.and_then(|count| count.oldest),
        }
    };
    let known = hooks.iter().map(|hook| {
        let target = match &hook.target {
            HookTarget::Webhook(webhook) => webhook.url.as_str().to_owned(),
            HookTarget::Command(path) => path.display().to_string(),
        };
        let events = match &hook.events {
            EventChoice::All => vec!["all".to_owned()],
            EventChoice::These(kinds) => kinds.iter().cloned().collect(),
        };
        view(&hook.name, target, events)
    });
    let is_known = |count: &&DeliveryCount| hooks.iter().any(|hook| hook.name == count.hook);
    let gone = counts.iter().filter(|count| !is_known(count));
    known.chain(gone.map(|count| view(&count.hook, String::new(), Vec::new()))).collect()
}

fn hook_table(hooks: &[HookView]) -> Vec<Vec<String>> {
    let head = ["NAME", "PENDING", "DEAD", "OLDEST", "EVENTS", "TARGET"];
    let row = |hook: &HookView| {
        let target = if hook.target.is_empty() { "(not in the settings)" } else { &hook.target };
        let oldest = hook.oldest_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let (pending, dead) = (hook.pending.to_string(), hook.dead.to_string());
        vec![hook.name.clone(), pending, dead, oldest, hook.events.join(","), target.to_owned()]
    };
    std::iter::once(head.map(str::to_owned).to_vec()).chain(hooks.iter().map(row)).collect()
}

fn delivery_table(deliveries: &[DeliveryView]) -> Vec<Vec<String>> {
    let head = ["EVENT", "HOOK", "KIND", "STATE", "CREATED", "NEXT TRY", "TRIES", "REASON"];
    let row = |one: &DeliveryView| {
        vec![
            one.event.clone(),
            one.hook.clone(),
            one.kind.clone(),
            one.state.to_owned(),
            one.created_at.to_string(),
            one.next_at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
            one.attempts.to_string(),
            one.reason.clone().unwrap_or_default(),
        ]
    };
    std::iter::once(head.map(str::to_owned).to_vec()).chain(deliveries.iter().map(row)).collect()
}

async fn test(
    hooks: &Hooks,
    settings: &Settings,
    name: &str,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    let Some(hook) = hooks.find(name) else {
        return Ok(refuse(as_json, "no-such-hook", &no_such_hook(hooks)));
    };
    let told_by_portal = hooks.does_portal_run(NODE_LIFE_MS).await?;
    let (event, outcome) = if told_by_portal {
        hooks.test_through_portal(&hook).await?
    } else {
        // The portal has them; this command reads them only where it is to sign by itself.
        hooks.replace(wiring::hooks(settings)?);
        let with_secrets = hooks.find(name).unwrap_or_else(|| hook.clone());
        let (event, outcome) = hooks.test_here(&with_secrets).await;
        (event, Some(outcome))
    };
    let (taken, said) = match outcome {
        Some(Outcome::Taken(said)) => (true, said),
        Some(Outcome::Failed { reason, .. } | Outcome::Refused(reason)) => (false, reason),
        None => (false, NOT_TAKEN_UP.to_owned()),
    };
    if as_json {
        let told_by = if told_by_portal { "portal" } else { "command" };
        let done = json!({
            "hook": hook.name, "event": event, "taken": taken, "answer": said, "told_by": told_by,
        });
        json(out, &done)?;
    } else if taken {
        writeln!(out, "{} has taken the event {event}: {said}", hook.name)?;
    } else {
        complain(&format!("{} has not taken the event {event}: {said}", hook.name));
    }
    if !told_by_portal && !as_json {
        complain(TOLD_HERE);
    }
    Ok(if taken { exit_code::DONE } else { exit_code::NO })
}

const NOT_TAKEN_UP: &str = "the running portal has not taken it up in time. It may not know this hook yet: `systemctl reload \
                            doorkey`, and for a new command a restart. Or the portal was killed within the last minute";
const TOLD_HERE: &str = "no portal runs on this database, so this command told the hook by itself, as its own user and outside \
                         the portal's sandbox; try it again when the portal runs";

async fn replay(hooks: &Hooks, name: &str, as_json: bool, out: &mut dyn Write) -> anyhow::Result<u32> {
    let name = name.trim();
    let replayed @ Replayed { again, hastened, already_due } = hooks.replay(name).await?;
    if replayed == Replayed::default() {
        let unsent = hooks.unsent().await?;
        let of_a_former_hook = unsent.iter().find(|unsent| unsent.hook == name || unsent.id == name);
        let reason = match of_a_former_hook {
            Some(unsent) => format!(
                "{} is no hook of the settings any more, so nobody tells it; name it in hooks.file again first",
                inert(&unsent.hook, 40)
            ),
            None if hooks.find(name).is_some() => format!("{name} has taken all that it was told of"),
            None => "there is no hook of that name, and no event of that id that a hook has not taken; `hook list` shows \
                     what there is"
                .to_owned(),
        };
        return Ok(refuse(as_json, "nothing-to-replay", &reason));
    }
    if as_json {
        let done = json!({
            "done": "replayed", "deliveries": again, "hastened": hastened, "already_due": already_due,
        });
        json(out, &done)?;
        return Ok(exit_code::DONE);
    }
    if again > 0 {
        writeln!(out, "{again} will be told again.")?;
    }
    if hastened > 0 {
        writeln!(out, "{hastened} that waited for the next try will be told now.")?;
    }
    if already_due > 0 {
        writeln!(out, "{already_due} had not been given up and are being told already.")?;
    }
    Ok(exit_code::DONE)
}

fn no_such_hook(hooks: &Hooks) -> String {
    let names: Vec<_> = hooks.all().iter().map(|hook| hook.name.clone()).collect();
    if names.is_empty() {
        "there is no hook; name a file of hooks in hooks.file".to_owned()
    } else {
        format!("there is no hook of that name; there are {}", names.join(", "))
    }
}

fn refuse(as_json: bool, id: &str, reason: &str) -> u32 {
    if as_json {
        let error = json!({ "error": { "id": id, "message": reason } });
        // If standard error is closed, nothing can be done.
        let _ = writeln!(std::io::stderr(), "{error}");
    } else {
        complain(reason);
    }
    exit_code::NO
}
