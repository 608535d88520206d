//! The way back to the person's terminal: one frame at a time, and a client that does not read is cut.
//!
//! What the client has no window for is kept here and not handed to russh, which would hold up every other channel of
//! the connection until the client takes it.

use std::sync::Arc;
use std::time::Duration;

use russh::ChannelWriteHalf;
use russh::server::Msg;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::stream::Traffic;
use crate::session::{ClientSink, Disconnected};

/// `SSH_EXTENDED_DATA_STDERR` (RFC 4254 section 5.2).
const SSH_EXTENDED_DATA_STDERR: u32 = 1;

/// As small as packets are taken to be, however little a client takes at a time.
const SMALLEST_PACKET: usize = 512;

/// A session's end of one SSH channel.
#[derive(Clone, Debug)]
pub struct ChannelSink {
    channel: Arc<ChannelWriteHalf<Msg>>,
    stall_limit: Duration,
    traffic: Arc<Traffic>,
    closed: CancellationToken,
    kill: CancellationToken,
}

impl ChannelSink {
    pub(super) fn new(
        channel: ChannelWriteHalf<Msg>,
        stall_limit: Duration,
        traffic: Arc<Traffic>,
        closed: CancellationToken,
        kill: CancellationToken,
    ) -> Self {
        Self { channel: Arc::new(channel), stall_limit, traffic, closed, kill }
    }

    /// Announces `bytes`, which russh sends in packets as large as the client and its window allow.
    async fn announce(&self, bytes: usize) {
        let largest = self.channel.writable_packet_size().await.max(SMALLEST_PACKET);
        self.traffic.announce(bytes, bytes / largest + 1);
    }

    /// Waits for the connection to take something; a client that does not read in time is cut.
    async fn within_limit<E>(
        &self,
        sending: impl Future<Output = Result<(), E>>,
    ) -> Result<(), Disconnected> {
        let outcome = tokio::select! {
            biased;
            () = self.closed.cancelled() => return Err(Disconnected),
            outcome = timeout(self.stall_limit, sending) => outcome,
        };
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Disconnected),
            Err(_) => {
                tracing::info!(limit = ?self.stall_limit, "cut a client that does not read");
                self.kill.cancel();
                Err(Disconnected)
            }
        }
    }
}

impl ClientSink for ChannelSink {
    async fn send(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.announce(bytes.len()).await;
        self.within_limit(self.channel.data_bytes(bytes)).await
    }

    async fn send_error(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.announce(bytes.len()).await;
        self.within_limit(self.channel.extended_data_bytes(SSH_EXTENDED_DATA_STDERR, bytes)).await
    }
}
