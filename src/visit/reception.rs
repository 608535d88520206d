//! Decides how a visit meets its person: a full screen, prompts, or one command.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::desk::Desk;
use super::interview::LastWords;
use super::waits::deliver;
use super::{Caller, Farewell, House, Incoming, Opening, Wire, Wish};
use crate::face::Face;
use crate::terminal::ability::{Charset, Depth};

/// `EX_USAGE` of sysexits(3).
const EXIT_USAGE: u32 = 64;

/// How long somebody without a terminal and without a command may take to say the first thing before
/// the prompts begin by themselves (`ssh -T` typed at a keyboard).
const FIRST_WORD: Duration = Duration::from_secs(2);

/// Runs the visit that `opening` asks for.
pub(super) async fn receive<W: Wire>(house: Arc<House>, mut opening: Opening, wire: W) -> Farewell {
    let caller = &opening.caller;
    let has_pty = caller.has_pty;
    if let Some(told) = &opening.told {
        return tell(&wire, told, has_pty).await;
    }
    let face = match &opening.wish {
        Wish::Portal if has_pty && !wants_lines(caller) => {
            Face::screen(Depth::of(&caller.term, &caller.env), Charset::of(&caller.env))
        }
        Wish::Portal if has_pty => Face::lines(true),
        Wish::Portal => match first_word(&mut opening).await {
            FirstWord::None => return explain(&wire, &house, has_pty).await,
            FirstWord::Bytes(bytes) => {
                return Desk::open(house, opening, Face::lines(false), wire).work_from(bytes).await;
            }
        },
        Wish::Command(line) if line.trim() == "plain" => Face::lines(has_pty),
        Wish::Command(_) => return explain(&wire, &house, has_pty).await,
    };
    Desk::open(house, opening, face, wire).work_from(Vec::new()).await
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
async fn explain<W: Wire>(wire: &W, house: &House, has_pty: bool) -> Farewell {
    let line_end = if has_pty { "\r\n" } else { "\n" };
    let usage = format!(
        "This is {name}. Type: ssh -t {account}@HOST, or for prompts: ssh -t {account}@HOST plain{line_end}",
        name = house.portal.name,
        account = house.names.account,
    );
    let sent =
        if has_pty { wire.send(usage.into_bytes()).await } else { wire.send_error(usage.into_bytes()).await };
    tracing::debug!(?sent, "told what can be done here");
    Farewell { exit_code: EXIT_USAGE }
}
