//! Runs one command: finds out who asks for it, asks the service, prints one answer, names the exit code.
//!
//! ```text
//! line -> face::exec::tree -> Errand --Request--> accounts
//!                               |<-- proven key | password on stdin | prompts on a terminal
//! answer <- face::exec::answer -'
//! ```

mod activity;
mod identify;
mod keys;
mod line_dialog;
mod profile;
mod run;
mod sessions;
mod stdin;
mod support;
mod teams;
mod two_factor;

use std::sync::Arc;

use tokio::time::timeout;

use super::{AppState, ClientInfo, ClientSink, ExitStatus, SessionStart, driver};
use crate::accounts::RequestContext;
use crate::accounts::request::{Refusal, Reply, Request};
use crate::commands::{CommandFailure, Invocation, OutputFormat, Printed, exit};
use crate::domain::text::inert;
use stdin::Stdin;

/// The longest line of an answer, in characters: beyond what any list comes to in one line of JSON, which
/// would be none any more if it were cut.
const LINE_CHARS: usize = 4 * 1024 * 1024;

/// Why a command is not carried out.
#[derive(Debug)]
enum CommandError {
    /// The service said no.
    Refused(Refusal),
    /// It cannot be done like this.
    Failed(CommandFailure),
    /// The connection is gone; there is nobody to tell.
    Disconnected,
}

impl CommandError {
    fn failed(id: &'static str, words: &str, exit_code: u32) -> Self {
        Self::Failed(CommandFailure::new(id, words, exit_code))
    }
}

/// One command that is being carried out.
struct CommandRun<W> {
    app: Arc<AppState>,
    client: ClientInfo,
    cx: RequestContext,
    sink: W,
    stdin: Stdin,
    order: Invocation,
}

/// Carries `order` out.
pub(super) async fn run<W: ClientSink>(
    app: Arc<AppState>,
    start: SessionStart,
    cx: RequestContext,
    sink: W,
    order: Invocation,
) -> ExitStatus {
    let SessionStart { client, input, end, .. } = start;
    let (manner, has_pty, limits) = (order.manner, client.has_pty, app.limits);
    let stdin = Stdin::new(input, has_pty, limits.idle_guest);
    let mut command_run = CommandRun { app, client, cx, sink: sink.clone(), stdin, order };
    let told = tokio::select! {
        biased;
        () = end.cancelled() => {
            Err(CommandError::failed("restarting", "The portal is being restarted. Try again in a moment.", exit::LATER))
        }
        told = timeout(limits.session_guest, command_run.carry_out()) => told.unwrap_or_else(|_| {
            Err(CommandError::failed("too-long", "That took too long. Connect again.", exit::LATER))
        }),
    };
    let answer = match told {
        Ok(told) => told.answer(manner),
        Err(stop) => command_run.why_not(manner, stop),
    };
    print(&sink, has_pty, answer).await
}

/// Prints `answer`; the exit code stands even when nobody reads it.
pub(super) async fn print<W: ClientSink>(sink: &W, has_pty: bool, answer: Printed) -> ExitStatus {
    let (out, err) = (printable(&answer.out, has_pty), printable(&answer.err, has_pty));
    let printed = async {
        if !err.is_empty() {
            // A terminal has one stream.
            if has_pty { sink.send(err).await? } else { sink.send_error(err).await? }
        }
        if out.is_empty() { Ok(()) } else { sink.send(out).await }
    };
    if printed.await.is_err() {
        tracing::debug!("nobody was left to read a command's answer");
    }
    ExitStatus { exit_code: answer.exit_code }
}

/// `text` without anything that could drive a terminal, whoever wrote it.
fn printable(text: &str, has_pty: bool) -> Vec<u8> {
    let end = if has_pty { "\r\n" } else { "\n" };
    text.lines().flat_map(|line| [inert(line, LINE_CHARS), end.to_owned()]).collect::<String>().into_bytes()
}

impl<W: ClientSink> CommandRun<W> {
    fn why_not(&self, manner: OutputFormat, stop: CommandError) -> Printed {
        match stop {
            CommandError::Refused(refusal) => {
                CommandFailure::refused(&refusal, &self.app.portal, self.app.accounts.now()).answer(manner)
            }
            CommandError::Failed(failure) => failure.answer(manner),
            CommandError::Disconnected => Printed { exit_code: exit::UNAVAILABLE, ..Printed::default() },
        }
    }

    /// Asks the service. The request runs to its end even if this session does not.
    async fn reply(&self, request: Request) -> Result<Reply, CommandError> {
        Ok(driver::carry_out(&self.app.accounts, &self.cx, request).await)
    }

    /// Asks the service for something that may be sensitive: whoever sits at a terminal is asked to confirm.
    async fn ask_sensitive(&mut self, request: Request) -> Result<Reply, CommandError> {
        let request = match self.ask(request).await? {
            Reply::ReauthenticateFirst(request) => *request,
            reply => return Ok(reply),
        };
        let request = self.reauthenticate_first(request).await?;
        self.ask(request).await
    }

    /// Has whoever sits at a terminal confirm; gives the request with the newer proof in it.
    async fn reauthenticate_first(&mut self, request: Request) -> Result<Request, CommandError> {
        if !self.client.has_pty {
            let words = "That needs your password again. Nothing was changed. \
                         Say it with --password-stdin, or use a terminal: ssh -t";
            return Err(CommandError::failed("confirm-needed", words, exit::DENIED));
        }
        self.confirm(request).await
    }

    /// Asks the service, and stops at a no.
    async fn ask(&self, request: Request) -> Result<Reply, CommandError> {
        match self.reply(request).await? {
            Reply::Refused(refusal) | Reply::PasswordNotSet(_, refusal) => {
                Err(CommandError::Refused(refusal))
            }
            reply => Ok(reply),
        }
    }
}

/// The answer to another request: a mistake of this program.
fn unexpected(reply: &Reply) -> CommandError {
    // Without the fields: they may hold what people typed.
    tracing::error!(reply = ?std::mem::discriminant(reply), "not an answer to what was asked");
    CommandError::failed("internal", "Something went wrong on our side.", exit::INTERNAL)
}
