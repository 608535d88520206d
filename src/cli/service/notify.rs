//! What systemd is told (`sd_notify(3)`). Without `NOTIFY_SOCKET` nobody is, and nothing is missing.

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// The port is open, and whoever connects is served.
pub(in crate::cli) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The settings are being read anew; [`ready`] ends it.
pub(in crate::cli) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Sessions are told to end.
pub(in crate::cli) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Stopping; sessions are told")]);
}

/// Says that the process is alive, twice as often as `WatchdogSec=` asks, until `stop`. A runtime that hangs says nothing,
/// and systemd starts the service anew.
pub(in crate::cli) async fn feed_watchdog(stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut often = tokio::time::interval(limit / 2);
    while stop.run_until_cancelled(often.tick()).await.is_some() {
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd could not be told");
    }
}
