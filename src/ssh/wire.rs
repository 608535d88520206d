//! The way back to the person's terminal: one frame at a time, and a client that does not read is cut.

use std::time::Duration;

use russh::ChannelId;
use russh::server::Handle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::visit::{Gone, Wire};

/// A visit's end of one SSH channel.
#[derive(Debug)]
pub struct SshWire {
    handle: Handle,
    channel: ChannelId,
    stall_limit: Duration,
    gone: CancellationToken,
    kill: CancellationToken,
}

impl SshWire {
    pub(super) fn new(
        handle: Handle,
        channel: ChannelId,
        stall_limit: Duration,
        gone: CancellationToken,
        kill: CancellationToken,
    ) -> Self {
        Self { handle, channel, stall_limit, gone, kill }
    }
}

impl Wire for SshWire {
    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Gone> {
        // An empty message says nothing, but would still take its turn in the queue.
        if bytes.is_empty() {
            return if self.gone.is_cancelled() { Err(Gone) } else { Ok(()) };
        }
        let sending = timeout(self.stall_limit, self.handle.data(self.channel, bytes));
        let outcome = tokio::select! {
            biased;
            () = self.gone.cancelled() => return Err(Gone),
            outcome = sending => outcome,
        };
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Gone),
            Err(_) => {
                tracing::info!(limit = ?self.stall_limit, "cut a client that does not read");
                self.kill.cancel();
                Err(Gone)
            }
        }
    }
}
