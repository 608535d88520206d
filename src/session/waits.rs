//! What a session waits for: each is one arm of its loop and never resolves when there is nothing to wait for.

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::{ClientSink, Disconnected};
use crate::accounts::request::{Refusal, Reply};
use crate::accounts::{Revocation, SessionGuard};
use crate::ui::Output;

/// A frame on its way.
pub(super) type Sending = Pin<Box<dyn Future<Output = Result<(), Disconnected>> + Send>>;

/// Sends what a face printed, errors first: they are about what comes next.
pub(super) async fn deliver<W: ClientSink>(sink: &W, output: Output) -> Result<(), Disconnected> {
    if !output.err.is_empty() {
        sink.send_error(output.err).await?;
    }
    if output.out.is_empty() { Ok(()) } else { sink.send(output.out).await }
}

/// Resolves when a key that may be the beginning of a longer one has waited long enough.
pub(super) async fn lapse(patience: Option<Duration>) {
    match patience {
        Some(patience) => tokio::time::sleep(patience).await,
        None => std::future::pending().await,
    }
}

/// The end of the frame in flight; never resolves without one.
pub(super) async fn delivered(sending: &mut Option<Sending>) -> Result<(), Disconnected> {
    match sending {
        Some(sending) => sending.await,
        None => std::future::pending().await,
    }
}

/// The answer to the request under way; never resolves without one.
pub(super) async fn answer(asking: &mut Option<JoinHandle<Reply>>) -> Reply {
    match asking {
        Some(task) => task.await.unwrap_or_else(|fault| {
            tracing::error!(%fault, "a request panicked");
            Reply::Refused(Refusal::Unavailable("internal".to_owned()))
        }),
        None => std::future::pending().await,
    }
}

/// The next account whose sessions revoke; never resolves for a guest.
pub(super) async fn hear(revocations: &mut Option<broadcast::Receiver<Revocation>>) -> Revocation {
    if let Some(revocations) = revocations {
        loop {
            match revocations.recv().await {
                Ok(ending) => return ending,
                // What was missed is caught by the epoch check inside every privileged transaction.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => break,
            }
        }
    }
    std::future::pending().await
}

/// Another session has ended this one; never resolves for a guest.
pub(super) async fn ended(session_guard: Option<&SessionGuard>) {
    match session_guard {
        Some(session_guard) => session_guard.ended().await,
        None => std::future::pending().await,
    }
}
