//! Runs one command for its session: lends it the service, standard input and the terminal, prints its answer.

mod line_dialog;
mod stdin;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::place::Place;
use super::{
    AppState, CUT_SHORT, ClientInfo, ClientSink, ExitStatus, GAVE_WAY, GAVE_WAY_ID, LAST_REQUEST,
    SessionStart,
};
use crate::accounts::RequestContext;
use crate::accounts::request::{Reply, Request};
use crate::commands::{CommandConnection, CommandError, Host, Invocation, Printed, PromptStatus, printable};
use crate::domain::exit_code;
use crate::domain::timestamp::Timestamp;
use crate::flow::Flow;
use crate::messages::Language;
use stdin::Stdin;

/// The session of one command.
struct CommandRun<W> {
    app: Arc<AppState>,
    client: ClientInfo,
    cx: RequestContext,
    sink: W,
    stdin: Stdin,
    place: Arc<Place>,
}

/// Runs `invocation`.
pub(super) async fn run<W: ClientSink>(
    app: Arc<AppState>,
    start: Box<SessionStart>,
    cx: RequestContext,
    sink: W,
    invocation: Invocation,
) -> ExitStatus {
    let SessionStart { mut client, input, place, end, stop, .. } = *start;
    let (format, has_pty, limits) = (invocation.format(), client.has_pty, app.limits);
    let name = app.names.person(&client.user).map(str::to_owned);
    let attempt = std::mem::take(&mut client.attempt);
    let connection = CommandConnection { name, key: client.proven, attempt, has_pty };
    let stdin = Stdin::new(input, has_pty, limits.idle_guest, stop.clone());
    let host = Box::new(CommandRun {
        app: app.clone(),
        client,
        cx,
        sink: sink.clone(),
        stdin,
        place: place.clone(),
    });
    let command = async {
        if stop.is_cancelled() {
            Err(restarting())
        } else {
            invocation.run(app.portal.clone(), connection, host).await
        }
    };
    let answer = tokio::select! {
        biased;
        () = end.cancelled() => Err(CommandError::Disconnected),
        answer = timeout(limits.session_guest, command) => answer.unwrap_or_else(|_| {
            Err(CommandError::failed("too-long", "That took too long. Connect again.", exit_code::LATER))
        }),
        () = out_of_time(&stop) => Err(cut_short()),
        () = place.asked_back() => {
            Err(CommandError::failed(GAVE_WAY_ID, GAVE_WAY.to(&Language::English), exit_code::LATER))
        }
    };
    let printed = answer.unwrap_or_else(|error| error.printed(format, &app.portal, app.accounts.now()));
    print(&sink, has_pty, printed).await
}

/// Resolves when the server stops and the time for what is under way is over.
async fn out_of_time(stop: &CancellationToken) {
    stop.cancelled().await;
    sleep(LAST_REQUEST).await;
}

/// The answer to a command that has asked for nothing yet, or waits for input.
fn restarting() -> CommandError {
    let message = "The portal is being restarted. Nothing was changed. Try again in a moment.";
    CommandError::failed("restarting", message, exit_code::LATER)
}

fn cut_short() -> CommandError {
    CommandError::failed("outcome-unknown", CUT_SHORT.to(&Language::English), exit_code::UNAVAILABLE)
}

/// The exit code stands even when nobody reads the answer.
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

impl<W: ClientSink> Host for CommandRun<W> {
    fn now(&self) -> Timestamp {
        self.app.accounts.now()
    }

    fn request(&mut self, request: Request) -> BoxFuture<'_, Result<Reply, CommandError>> {
        let task = self.app.accounts.start(&self.cx, request);
        let (app, place) = (&self.app, &self.place);
        async move {
            place.set_under_way(true);
            let reply = task.await;
            place.set_under_way(false);
            reply.map_err(|panic| CommandError::panicked(&app.accounts.log_fault(&panic), &app.portal))
        }
        .boxed()
    }

    fn key_owner(&mut self) -> BoxFuture<'_, Option<String>> {
        async move {
            let key = self.client.proven?;
            self.app.owner_of_key(&self.client.user, &key.fingerprint()).await
        }
        .boxed()
    }

    fn line(&mut self) -> BoxFuture<'_, Result<Option<Zeroizing<String>>, CommandError>> {
        self.stdin.line().boxed()
    }

    fn rest(&mut self) -> BoxFuture<'_, Result<Zeroizing<String>, CommandError>> {
        self.stdin.rest().boxed()
    }

    fn write(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), CommandError>> {
        async move { self.sink.send(bytes).await.map_err(|_| CommandError::Disconnected) }.boxed()
    }

    fn prompt(
        &mut self,
        flow: Flow,
        status: fn(&Flow) -> PromptStatus,
    ) -> BoxFuture<'_, Result<Flow, CommandError>> {
        self.run_dialog(flow, status).boxed()
    }
}
