//! Decides how a visit meets its person: a full screen, prompts, or one command.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::desk::Desk;
use super::errand;
use super::interview::LastWords;
use super::waits::deliver;
use super::{Caller, Farewell, House, Incoming, Opening, Wire, Wish};
use crate::accounts::Preferences;
use crate::face::Face;
use crate::face::exec::{Answer, Command, Order};
use crate::terminal::ability::{Charset, Depth};

/// `EX_USAGE` of sysexits(3).
const EXIT_USAGE: u32 = 64;

/// How long somebody without a terminal and without a command may take to say the first thing before
/// the prompts begin by themselves (`ssh -T` typed at a keyboard).
const FIRST_WORD: Duration = Duration::from_secs(2);

/// Runs the visit that `opening` asks for.
pub(super) async fn receive<W: Wire>(house: Arc<House>, mut opening: Opening, wire: W) -> Farewell {
    let has_pty = opening.caller.has_pty;
    if let Some(told) = &opening.told {
        return tell(&wire, told, has_pty).await;
    }
    let wants_plain = match &opening.wish {
        Wish::Portal => false,
        Wish::Command(line) => match read(&house, &opening.caller, line) {
            Ok(order) if order.command == Command::Plain => true,
            // Boxed: a visit on a screen should not carry room for what other visits need.
            Ok(order) => return Box::pin(errand::run(house, opening, wire, order)).await,
            Err(answer) => return Box::pin(errand::print(&wire, has_pty, answer)).await,
        },
    };
    let prefers = Box::pin(recognise(&house, &mut opening.caller)).await;
    if opening.wish == Wish::Portal && !has_pty {
        return match first_word(&mut opening).await {
            FirstWord::None => explain(&wire, &house).await,
            FirstWord::Bytes(bytes) => {
                Box::pin(Desk::open(house, opening, Face::lines(false), wire).work_from(bytes)).await
            }
        };
    }
    let caller = &opening.caller;
    let face = if wants_plain || prefers.plain || wants_lines(caller) {
        Face::lines(has_pty)
    } else {
        let depth = if prefers.no_color { Depth::Mono } else { Depth::of(&caller.term, &caller.env) };
        Face::screen(depth, Charset::of(&caller.env))
    };
    Box::pin(Desk::open(house, opening, face, wire).work_from(Vec::new())).await
}

/// The order that a command line is.
fn read(house: &House, caller: &Caller, line: &str) -> Result<Order, Answer> {
    if caller.user == house.names.keys { Order::read_at_keys(line) } else { Order::read(line) }
}

/// Whoever shows a registered key is met as they like it, and at the portal's door finds their name filled in;
/// the form still decides who they are.
async fn recognise(house: &House, caller: &mut Caller) -> Preferences {
    let Some(key) = caller.proven else { return Preferences::default() };
    let name = house.owner_of_key(&caller.user, &key.fingerprint()).await;
    let Some(name) = name else { return Preferences::default() };
    let prefers = house.accounts.preferences_of(&name).await.unwrap_or_else(|fault| {
        tracing::warn!(%fault, "preferences could not be looked up; the visit begins without them");
        Preferences::default()
    });
    if caller.user == house.names.account {
        caller.user = name;
    }
    prefers
}

/// A terminal that cannot do screens, or a person who does not want them.
fn wants_lines(caller: &Caller) -> bool {
    let accessible =
        |(name, value): &(String, String)| name == "ACCESSIBLE" && !matches!(value.as_str(), "" | "0");
    matches!(caller.term.as_str(), "" | "dumb" | "unknown") || caller.env.iter().any(accessible)
}

enum FirstWord {
    Bytes(Vec<u8>),
    /// Standard input ended before anything was said.
    None,
}

async fn first_word(opening: &mut Opening) -> FirstWord {
    match timeout(FIRST_WORD, opening.input.recv()).await {
        Ok(Some(Incoming::Bytes(bytes))) => FirstWord::Bytes(bytes),
        Ok(Some(Incoming::Eof) | None) => FirstWord::None,
        Err(_) => FirstWord::Bytes(Vec::new()),
    }
}

/// Tells what came of the questions that were asked before.
async fn tell<W: Wire>(wire: &W, told: &LastWords, has_pty: bool) -> Farewell {
    let sent = deliver(wire, Face::lines(has_pty).leave(&told.notice)).await;
    tracing::debug!(?sent, "told what came of the questions");
    Farewell { exit_code: told.exit_code }
}

/// Tells somebody who can do nothing here as they came what they can do.
async fn explain<W: Wire>(wire: &W, house: &House) -> Farewell {
    let usage = format!(
        "This is {name}. Type: {ssh_t}, or for prompts: {ssh_t} plain\nFor scripts: {ssh} help\n",
        name = house.portal.name,
        ssh_t = house.portal.ssh("-t ", &house.names.account),
        ssh = house.portal.ssh("", &house.names.account),
    );
    let sent = wire.send_error(usage.into_bytes()).await;
    tracing::debug!(?sent, "told what can be done here");
    Farewell { exit_code: EXIT_USAGE }
}
