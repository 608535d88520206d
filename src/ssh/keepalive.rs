//! Keepalive at the level of SSH, as sshd's `ClientAliveInterval`.
//!
//! russh has its own, but uses it during authentication too, where OpenSSH takes the request for an attack
//! and leaves, and where a person may read an email for minutes while the client waits for an answer.

use std::time::Duration;

use russh::server::Handle;
use tokio::time::{sleep, timeout};

use super::stream::Traffic;

/// Resolves when a client has left `count_max` requests unanswered, one every `interval` of silence.
pub(super) async fn unresponsive(handle: &Handle, traffic: &Traffic, interval: Duration, count_max: usize) {
    if interval.is_zero() {
        return std::future::pending().await;
    }
    let (mut unanswered, mut heard) = (0, traffic.read());
    loop {
        if unanswered == 0 {
            sleep(interval).await;
        } else {
            // Boxed: most clients are never pinged twice, and each would keep room for it.
            let ping = Box::pin(timeout(interval, ping(handle)));
            let ((), _answered) = tokio::join!(sleep(interval), ping);
        }
        let now = traffic.read();
        if now != heard {
            (unanswered, heard) = (0, now);
        } else if unanswered >= count_max && count_max != 0 {
            return;
        } else {
            unanswered += 1;
        }
    }
}

/// Sends a global request that every client must answer, and every client refuses (RFC 4254 section 4): to cancel
/// a forwarding that was never requested. Whatever comes back is bytes, which are counted.
async fn ping(handle: &Handle) {
    let answer = handle.cancel_forward_tcpip(String::new(), 0).await;
    tracing::trace!(?answer, "pinged a silent client");
}
