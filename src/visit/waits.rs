//! What a visit waits for: each is one arm of its loop and never resolves when there is nothing to wait for.

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::{Gone, Wire};
use crate::accounts::request::{Refusal, Reply};
use crate::accounts::{Ending, Presence};
use crate::face::Output;

/// A frame on its way.
pub(super) type Sending = Pin<Box<dyn Future<Output = Result<(), Gone>> + Send>>;

/// Sends what a face printed, errors first: they are about what comes next.
pub(super) async fn deliver<W: Wire>(wire: &W, output: Output) -> Result<(), Gone> {
    if !output.err.is_empty() {
        wire.send_error(output.err).await?;
    }
    if output.out.is_empty() { Ok(()) } else { wire.send(output.out).await }
}

/// Resolves when a key that may be the beginning of a longer one has waited long enough.
pub(super) async fn lapse(patience: Option<Duration>) {
    match patience {
        Some(patience) => tokio::time::sleep(patience).await,
        None => std::future::pending().await,
    }
}

/// The end of the frame in flight; never resolves without one.
pub(super) async fn delivered(sending: &mut Option<Sending>) -> Result<(), Gone> {
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

/// The next account whose visits end; never resolves for a guest.
pub(super) async fn hear(endings: &mut Option<broadcast::Receiver<Ending>>) -> Ending {
    if let Some(endings) = endings {
        loop {
            match endings.recv().await {
                Ok(ending) => return ending,
                // What was missed is caught by the epoch check inside every privileged transaction.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => break,
            }
        }
    }
    std::future::pending().await
}

/// Another visit has ended this one; never resolves for a guest.
pub(super) async fn ended(presence: Option<&Presence>) {
    match presence {
        Some(presence) => presence.ended().await,
        None => std::future::pending().await,
    }
}
