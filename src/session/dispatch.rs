//! Decides how a session meets its person: a full screen, prompts, or one command.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::app::App;
use super::exec;
use super::inbox::Incoming;
use super::prompts::PromptOutcome;
use super::{AppState, ClientInfo, ClientSink, ExitStatus, SessionMode, SessionStart, deliver};
use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::{Preferences, RequestContext};
use crate::commands::{self, Invocation, Printed};
use crate::domain::appearance::Appearance;
use crate::domain::exit_code;
use crate::messages::Language;
use crate::terminal::capabilities::{Background, Charset, ColorDepth, takes_control_strings};
use crate::ui::Ui;

/// How long somebody without a terminal and without a command may take to type anything before
/// the prompts begin by themselves (`ssh -T` typed at a keyboard).
const FIRST_INPUT: Duration = Duration::from_secs(2);

/// What became of a session.
pub(super) enum Dispatched<W> {
    /// It has said what there was to say.
    Ended(ExitStatus),
    /// It shows pages from here on. `typed` has come already.
    Pages { app: Box<App<W>>, typed: Vec<u8> },
}

/// Runs the session that `start` asks for, as far as it has no pages.
pub(super) async fn run<W: ClientSink>(
    state: Arc<AppState>,
    mut start: Box<SessionStart>,
    cx: RequestContext,
    sink: W,
) -> Dispatched<W> {
    let has_pty = start.client.has_pty;
    if let Some(outcome) = &start.outcome {
        return Dispatched::Ended(Box::pin(print_outcome(&sink, outcome, has_pty)).await);
    }
    let plain = match &start.mode {
        SessionMode::Portal => None,
        SessionMode::Subsystem(name) => {
            let printed = commands::subsystem(name, &state.portal, who_instead(&state, &start.client));
            return Dispatched::Ended(Box::pin(exec::print(&sink, has_pty, printed)).await);
        }
        SessionMode::Exec(line) => match parse(&state, &start.client, line) {
            Ok(invocation) if invocation.plain().is_some() => invocation.plain(),
            // Boxed: a session on a screen should not carry room for what other sessions need.
            Ok(invocation) => {
                return Dispatched::Ended(Box::pin(exec::run(state, start, cx, sink, invocation)).await);
            }
            Err(printed) => return Dispatched::Ended(Box::pin(exec::print(&sink, has_pty, printed)).await),
        },
    };
    let (key, prefers) = Box::pin(recognise(&state, &mut start.client)).await;
    let mut asks_background = false;
    let charset = Charset::of_terminal(&start.client.term, &start.client.env);
    let (ui, typed) = if start.mode == SessionMode::Portal && !has_pty {
        match Box::pin(first_input(&mut start)).await {
            Some(bytes) if commands::is_script(&bytes) => {
                let printed = commands::script(&state.portal, who_instead(&state, &start.client));
                return Dispatched::Ended(Box::pin(exec::print(&sink, has_pty, printed)).await);
            }
            Some(bytes) => (Ui::lines(false), bytes),
            None => return Dispatched::Ended(Box::pin(print_usage(&sink, &state)).await),
        }
    } else if plain.is_some() || prefers.plain || wants_lines(&start.client) {
        (Ui::lines(has_pty), Vec::new())
    } else {
        let ClientInfo { term, env, .. } = &start.client;
        let depth = if prefers.no_color { ColorDepth::Mono } else { ColorDepth::of(term, env) };
        let background = match prefers.appearance {
            Appearance::Auto => {
                asks_background = depth != ColorDepth::Mono && takes_control_strings(term);
                Background::of(env).unwrap_or_default()
            }
            Appearance::Dark => Background::Dark,
            Appearance::Light => Background::Light,
        };
        (Ui::screen(depth, charset, background, state.portal.accent, state.first_frames.clone()), Vec::new())
    };
    let portal = match &ui {
        // Scripts read it, whatever the environment of their machine says.
        Ui::Lines(_) => state.portal.always_in(plain.unwrap_or_default()),
        // German without its umlauts would be hard to read.
        Ui::Screen(_) if charset == Charset::Ascii => state.portal.always_in(Language::English),
        Ui::Screen(_) => state.screens.in_language(prefers.language.chosen().unwrap_or(cx.language)),
    };
    let app =
        Box::new(App::open(state, portal, start, (cx, key), ui, sink).asking_background(asks_background));
    Dispatched::Pages { app, typed }
}

/// The username to connect as instead, for a client that asks for something that is not served here.
fn who_instead<'a>(state: &'a AppState, client: &'a ClientInfo) -> &'a str {
    state.names.person(&client.user).unwrap_or(&state.names.account)
}

fn parse(state: &AppState, client: &ClientInfo, line: &str) -> Result<Invocation, Printed> {
    if let Some(printed) = commands::other_program(line, &state.portal, who_instead(state, client))
        && (client.user != state.names.keys || line.contains(' '))
    {
        return Err(printed);
    }
    let portal = &state.portal;
    if client.user == state.names.keys {
        // There, one word is a username.
        Invocation::read_for_keys(line, portal, &state.names.account)
    } else {
        Invocation::read(line, portal, &client.user)
    }
}

/// The registered key that the client has proven to hold, and its owner's preferences; on the portal's own page their name
/// is filled in. The form still decides who they are.
async fn recognise(state: &AppState, client: &mut ClientInfo) -> (Option<RecognisedKey>, Preferences) {
    let Some(key) = client.proven else { return Default::default() };
    let Some(key) = state.recognise_key(&client.user, key).await else { return Default::default() };
    let prefers = state.accounts.preferences_of(&key.name).await.unwrap_or_else(|fault| {
        tracing::warn!(%fault, "preferences could not be looked up; the session begins without them");
        Preferences::default()
    });
    if client.user == state.names.account {
        client.user.clone_from(&key.name);
    }
    (Some(key), prefers)
}

/// A terminal that cannot do screens, or a person who does not want them.
fn wants_lines(client: &ClientInfo) -> bool {
    let accessible =
        |(name, value): &(String, String)| name == "ACCESSIBLE" && !matches!(value.as_str(), "" | "0");
    matches!(client.term.as_str(), "" | "dumb" | "unknown") || client.env.iter().any(accessible)
}

/// What is typed first; `None` when standard input is empty.
async fn first_input(start: &mut SessionStart) -> Option<Vec<u8>> {
    match timeout(FIRST_INPUT, start.input.recv()).await {
        Ok(Some(Incoming::Bytes(bytes))) => Some(bytes),
        Ok(Some(Incoming::Eof) | None) => None,
        Err(_) => Some(Vec::new()),
    }
}

/// Prints what came of the prompts inside authentication.
async fn print_outcome<W: ClientSink>(sink: &W, outcome: &PromptOutcome, has_pty: bool) -> ExitStatus {
    let sent = deliver(sink, Ui::lines(has_pty).leave(None, &outcome.notice)).await;
    tracing::debug!(?sent, "printed the outcome of the prompts");
    ExitStatus { exit_code: outcome.exit_code }
}

/// Tells a client with neither a terminal nor input what it can do instead.
async fn print_usage<W: ClientSink>(sink: &W, state: &AppState) -> ExitStatus {
    let usage = format!(
        "This is {name}. Type: {ssh_t}, or for prompts: {ssh_t} plain\nFor scripts: {ssh} help\n",
        name = state.portal.name,
        ssh_t = state.portal.ssh("-t ", &state.names.account),
        ssh = state.portal.ssh("", &state.names.account),
    );
    let sent = sink.send_error(usage.into_bytes()).await;
    tracing::debug!(?sent, "printed the usage");
    ExitStatus { exit_code: exit_code::USAGE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Source;

    #[test]
    fn accessible_and_terminals_without_a_screen_get_line_mode() {
        let peer: std::net::SocketAddr = "192.0.2.1:50000".parse().unwrap();
        let wants = |term: &str, env: &[(&str, &str)]| {
            wants_lines(&ClientInfo {
                peer,
                source: Source::of(peer.ip()),
                user: "account".to_owned(),
                proven: None,
                offered_keys: Arc::default(),
                attempt: super::super::LoginAttempt::None,
                client: "SSH-2.0-OpenSSH_9.2".to_owned(),
                has_pty: true,
                term: term.to_owned(),
                env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            })
        };
        assert!(wants("xterm-256color", &[("LANG", "de_DE.UTF-8"), ("ACCESSIBLE", "1")]));
        assert!(wants("dumb", &[]) && wants("", &[]) && wants("unknown", &[]));
        assert!(
            !wants("xterm-256color", &[("ACCESSIBLE", "0")])
                && !wants("xterm-256color", &[("ACCESSIBLE", "")])
        );
        assert!(!wants("xterm-256color", &[("NO_COLOR", "1")]));
    }
}
