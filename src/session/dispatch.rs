//! Decides how a session meets its person: a full screen, prompts, or one command.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::app::App;
use super::exec;
use super::prompts::PromptOutcome;
use super::waits::deliver;
use super::{AppState, ClientInfo, ClientSink, ExitStatus, Incoming, SessionMode, SessionStart};
use crate::accounts::Preferences;
use crate::commands::{Command, Invocation, Printed};
use crate::domain::exit_code;
use crate::terminal::capabilities::{Charset, ColorDepth};
use crate::ui::Ui;

/// How long somebody without a terminal and without a command may take to say the first thing before
/// the prompts begin by themselves (`ssh -T` typed at a keyboard).
const FIRST_WORD: Duration = Duration::from_secs(2);

/// Runs the session that `start` asks for.
pub(super) async fn receive<W: ClientSink>(
    app: Arc<AppState>,
    mut start: SessionStart,
    sink: W,
) -> ExitStatus {
    let has_pty = start.client.has_pty;
    if let Some(told) = &start.told {
        return tell(&sink, told, has_pty).await;
    }
    let wants_plain = match &start.mode {
        SessionMode::Portal => false,
        SessionMode::Exec(line) => match read(&app, &start.client, line) {
            Ok(order) if order.command == Command::Plain => true,
            // Boxed: a session on a screen should not carry room for what other sessions need.
            Ok(order) => return Box::pin(exec::run(app, start, sink, order)).await,
            Err(answer) => return Box::pin(exec::print(&sink, has_pty, answer)).await,
        },
    };
    let prefers = Box::pin(recognise(&app, &mut start.client)).await;
    if start.mode == SessionMode::Portal && !has_pty {
        return match first_word(&mut start).await {
            FirstInput::None => explain(&sink, &app).await,
            FirstInput::Bytes(bytes) => {
                Box::pin(App::open(app, start, Ui::lines(false), sink).work_from(bytes)).await
            }
        };
    }
    let client = &start.client;
    let face = if wants_plain || prefers.plain || wants_lines(client) {
        Ui::lines(has_pty)
    } else {
        let depth =
            if prefers.no_color { ColorDepth::Mono } else { ColorDepth::of(&client.term, &client.env) };
        Ui::screen(depth, Charset::of(&client.env))
    };
    Box::pin(App::open(app, start, face, sink).work_from(Vec::new())).await
}

/// The order that a command line is.
fn read(app: &AppState, client: &ClientInfo, line: &str) -> Result<Invocation, Printed> {
    if client.user == app.names.keys { Invocation::read_at_keys(line) } else { Invocation::read(line) }
}

/// Whoever shows a registered key is met as they like it, and at the portal's door finds their name filled in;
/// the form still decides who they are.
async fn recognise(app: &AppState, client: &mut ClientInfo) -> Preferences {
    let Some(key) = client.proven else { return Preferences::default() };
    let name = app.owner_of_key(&client.user, &key.fingerprint()).await;
    let Some(name) = name else { return Preferences::default() };
    let prefers = app.accounts.preferences_of(&name).await.unwrap_or_else(|fault| {
        tracing::warn!(%fault, "preferences could not be looked up; the session begins without them");
        Preferences::default()
    });
    if client.user == app.names.account {
        client.user = name;
    }
    prefers
}

/// A terminal that cannot do screens, or a person who does not want them.
fn wants_lines(client: &ClientInfo) -> bool {
    let accessible =
        |(name, value): &(String, String)| name == "ACCESSIBLE" && !matches!(value.as_str(), "" | "0");
    matches!(client.term.as_str(), "" | "dumb" | "unknown") || client.env.iter().any(accessible)
}

enum FirstInput {
    Bytes(Vec<u8>),
    /// Standard input ended before anything was said.
    None,
}

async fn first_word(start: &mut SessionStart) -> FirstInput {
    match timeout(FIRST_WORD, start.input.recv()).await {
        Ok(Some(Incoming::Bytes(bytes))) => FirstInput::Bytes(bytes),
        Ok(Some(Incoming::Eof) | None) => FirstInput::None,
        Err(_) => FirstInput::Bytes(Vec::new()),
    }
}

/// Tells what came of the questions that were asked before.
async fn tell<W: ClientSink>(sink: &W, told: &PromptOutcome, has_pty: bool) -> ExitStatus {
    let sent = deliver(sink, Ui::lines(has_pty).leave(&told.notice)).await;
    tracing::debug!(?sent, "told what came of the questions");
    ExitStatus { exit_code: told.exit_code }
}

/// Tells somebody who can do nothing here as they came what they can do.
async fn explain<W: ClientSink>(sink: &W, app: &AppState) -> ExitStatus {
    let usage = format!(
        "This is {name}. Type: {ssh_t}, or for prompts: {ssh_t} plain\nFor scripts: {ssh} help\n",
        name = app.portal.name,
        ssh_t = app.portal.ssh("-t ", &app.names.account),
        ssh = app.portal.ssh("", &app.names.account),
    );
    let sent = sink.send_error(usage.into_bytes()).await;
    tracing::debug!(?sent, "told what can be done here");
    ExitStatus { exit_code: exit_code::USAGE }
}
