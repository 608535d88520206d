//! Runs one command: finds out who asks for it, asks the service, prints one answer, names the exit code.
//!
//! ```text
//! line -> face::exec::tree -> Errand --Request--> accounts
//!                               |<-- proven key | password on stdin | prompts on a terminal
//! answer <- face::exec::answer -'
//! ```

mod activity;
mod keys;
mod member;
mod orders;
mod profile;
mod second_step;
mod stdin;
mod support;
mod talk;
mod teams;
mod visits;

use std::sync::Arc;

use tokio::time::timeout;

use super::{Caller, Farewell, House, Opening, Wire};
use crate::accounts::Knock;
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::text::inert;
use crate::face::exec::{Answer, Failure, Manner, Order, exit};
use stdin::Stdin;

/// The longest line of an answer, in characters: beyond what any list comes to in one line of JSON, which
/// would be none any more if it were cut.
const LINE_CHARS: usize = 4 * 1024 * 1024;

/// Why a command is not carried out.
#[derive(Debug)]
enum Stop {
    /// The service said no.
    Refused(Refusal),
    /// It cannot be done like this.
    Failed(Failure),
    /// The connection is gone; there is nobody to tell.
    Gone,
}

impl Stop {
    fn failed(id: &'static str, words: &str, exit_code: u32) -> Self {
        Self::Failed(Failure::new(id, words, exit_code))
    }
}

/// One command that is being carried out.
struct Errand<W> {
    house: Arc<House>,
    caller: Caller,
    knock: Knock,
    wire: W,
    stdin: Stdin,
    order: Order,
}

/// Carries `order` out.
pub(super) async fn run<W: Wire>(house: Arc<House>, opening: Opening, wire: W, order: Order) -> Farewell {
    let Opening { caller, input, end, .. } = opening;
    let (manner, has_pty, limits) = (order.manner, caller.has_pty, house.limits);
    let knock = caller.knock(&house.accounts);
    let stdin = Stdin::new(input, has_pty, limits.idle_guest);
    let mut errand = Errand { house, caller, knock, wire: wire.clone(), stdin, order };
    let told = tokio::select! {
        biased;
        () = end.cancelled() => {
            Err(Stop::failed("restarting", "The portal is being restarted. Try again in a moment.", exit::LATER))
        }
        told = timeout(limits.visit_guest, errand.carry_out()) => told.unwrap_or_else(|_| {
            Err(Stop::failed("too-long", "That took too long. Connect again.", exit::LATER))
        }),
    };
    let answer = match told {
        Ok(told) => told.answer(manner),
        Err(stop) => errand.why_not(manner, stop),
    };
    print(&wire, has_pty, answer).await
}

/// Prints `answer`; the exit code stands even when nobody reads it.
pub(super) async fn print<W: Wire>(wire: &W, has_pty: bool, answer: Answer) -> Farewell {
    let (out, err) = (printable(&answer.out, has_pty), printable(&answer.err, has_pty));
    let printed = async {
        if !err.is_empty() {
            // A terminal has one stream.
            if has_pty { wire.send(err).await? } else { wire.send_error(err).await? }
        }
        if out.is_empty() { Ok(()) } else { wire.send(out).await }
    };
    if printed.await.is_err() {
        tracing::debug!("nobody was left to read a command's answer");
    }
    Farewell { exit_code: answer.exit_code }
}

/// `text` without anything that could drive a terminal, whoever wrote it.
fn printable(text: &str, has_pty: bool) -> Vec<u8> {
    let end = if has_pty { "\r\n" } else { "\n" };
    text.lines().flat_map(|line| [inert(line, LINE_CHARS), end.to_owned()]).collect::<String>().into_bytes()
}

impl<W: Wire> Errand<W> {
    fn why_not(&self, manner: Manner, stop: Stop) -> Answer {
        match stop {
            Stop::Refused(refusal) => {
                Failure::refused(&refusal, &self.house.portal, self.house.accounts.now()).answer(manner)
            }
            Stop::Failed(failure) => failure.answer(manner),
            Stop::Gone => Answer { exit_code: exit::UNAVAILABLE, ..Answer::default() },
        }
    }

    /// Asks the service. The request runs to its end even if this visit does not.
    async fn reply(&self, request: Request) -> Result<Reply, Stop> {
        let (accounts, knock) = (self.house.accounts.clone(), self.knock.clone());
        let asking = tokio::spawn(async move { accounts.handle(&knock, request).await });
        asking.await.map_err(|fault| {
            tracing::error!(%fault, "a request panicked");
            Stop::failed(
                "internal",
                "Something went wrong on our side. Nothing is known to be changed.",
                exit::INTERNAL,
            )
        })
    }

    /// Asks the service for something that may be sensitive: whoever sits at a terminal is asked to confirm.
    async fn ask_sensitive(&mut self, request: Request) -> Result<Reply, Stop> {
        let request = match self.ask(request).await? {
            Reply::ConfirmFirst(request) => *request,
            reply => return Ok(reply),
        };
        let request = self.confirm_first(request).await?;
        self.ask(request).await
    }

    /// Has whoever sits at a terminal confirm; gives the request with the newer proof in it.
    async fn confirm_first(&mut self, request: Request) -> Result<Request, Stop> {
        if !self.caller.has_pty {
            let words = "That needs your password again. Nothing was changed. \
                         Say it with --password-stdin, or use a terminal: ssh -t";
            return Err(Stop::failed("confirm-needed", words, exit::DENIED));
        }
        self.confirm(request).await
    }

    /// Asks the service, and stops at a no.
    async fn ask(&self, request: Request) -> Result<Reply, Stop> {
        match self.reply(request).await? {
            Reply::Refused(refusal) | Reply::PasswordNotSet(_, refusal) => Err(Stop::Refused(refusal)),
            reply => Ok(reply),
        }
    }
}

/// The answer to another request: a mistake of this program.
fn unexpected(reply: &Reply) -> Stop {
    tracing::error!(?reply, "not an answer to what was asked");
    Stop::failed("internal", "Something went wrong on our side.", exit::INTERNAL)
}
