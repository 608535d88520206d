//! Whether a silent client is still there: asked at the level of SSH, as sshd does it.
//!
//! russh would ask too, but already during authentication, where OpenSSH takes the question for an attack
//! and leaves, and where a person may read an email for minutes while the client waits for an answer.

use std::time::Duration;

use russh::server::Handle;
use tokio::time::{sleep, timeout};

use super::stream::Traffic;

/// Resolves when a client has left `count_max` questions unanswered, one every `interval` of silence.
pub(super) async fn gone(handle: &Handle, traffic: &Traffic, interval: Duration, count_max: usize) {
    if interval.is_zero() {
        return std::future::pending().await;
    }
    let (mut unanswered, mut heard) = (0, traffic.read());
    loop {
        if unanswered == 0 {
            sleep(interval).await;
        } else {
            let ((), _answered) = tokio::join!(sleep(interval), timeout(interval, ask(handle)));
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

/// A global request that every client must answer, and every client answers with no (RFC 4254 section 4):
/// to take back a forwarding that was never asked for. Whatever comes back is bytes, which are counted.
async fn ask(handle: &Handle) {
    let answered = handle.cancel_forward_tcpip(String::new(), 0).await;
    tracing::trace!(?answered, "asked a silent client whether it is there");
}
