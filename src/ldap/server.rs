//! Who may connect: so many in all and from one source, in so much time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::conversation::{End, converse};
use super::reads::Reads;
use super::tls::{CurrentIdentity, why_it_failed};
use super::tree::Tree;
use crate::accounts::Accounts;
use crate::domain::dn::Dn;
use crate::domain::source::Source;
use crate::log::record;
use crate::metrics::metrics;

/// How long TLS may take to begin.
const TO_BEGIN_TLS: Duration = Duration::from_secs(10);
/// How long one connection may last.
const LONGEST: Duration = Duration::from_hours(12);
/// After a failed accept, such as one for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(200);

/// When TLS begins, with what.
#[derive(Clone, Debug)]
pub enum Privacy {
    /// With the first byte.
    Tls(CurrentIdentity),
    /// With the request for it.
    StartTls(CurrentIdentity),
    /// Never: nobody is in between.
    Loopback,
}

/// What the settings say.
#[derive(Clone, Debug)]
pub struct LdapOptions {
    /// The name of everything.
    pub base: Dn,
    /// When TLS begins.
    pub privacy: Privacy,
    /// Entries in one answer.
    pub max_results: usize,
    /// Connections in all.
    pub max_connections: usize,
    /// How long a connection may be silent.
    pub deadlines: Deadlines,
}

/// How long a connection may take with its next message, whole.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// While nobody is bound.
    pub idle_unbound: Duration,
    /// From its begin until somebody is bound.
    pub to_bind: Duration,
    /// While somebody is bound: programs keep their connections.
    pub idle_bound: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            idle_unbound: Duration::from_secs(30),
            to_bind: Duration::from_mins(1),
            idle_bound: Duration::from_mins(15),
        }
    }
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) tree: Tree,
    pub(super) accounts: Arc<Accounts>,
    pub(super) max_results: usize,
    pub(super) deadlines: Deadlines,
    pub(super) reads: Reads,
    privacy: Privacy,
}

impl Shared {
    pub(super) fn offers_start_tls(&self) -> bool {
        matches!(self.privacy, Privacy::StartTls(_))
    }
}

/// The connections that are open, by source.
#[derive(Debug, Default)]
struct LdapConnectionCount {
    counts: Mutex<HashMap<Source, usize>>,
}

/// One connection that is counted until this is dropped.
struct LdapConnectionGuard {
    open: Arc<LdapConnectionCount>,
    source: Source,
}

impl LdapConnectionGuard {
    /// A seat for one more of `source`, or why there is none.
    fn take(open: &Arc<LdapConnectionCount>, source: Source, max: usize) -> Result<Self, &'static str> {
        let mut counts = open.lock();
        if counts.values().sum::<usize>() >= max {
            return Err("full");
        }
        let of_source = counts.entry(source).or_default();
        if *of_source >= (max / 2).max(1) {
            return Err("source-full");
        }
        *of_source += 1;
        metrics().ldap_connections.change(1);
        Ok(Self { open: Arc::clone(open), source })
    }
}

impl LdapConnectionCount {
    fn lock(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LdapConnectionGuard {
    fn drop(&mut self) {
        metrics().ldap_connections.change(-1);
        let mut counts = self.open.lock();
        if let Some(count) = counts.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.source);
            }
        }
    }
}

/// Answers until `stop`.
pub async fn serve(
    listener: TcpListener,
    options: LdapOptions,
    accounts: Arc<Accounts>,
    stop: CancellationToken,
) {
    let LdapOptions { base, privacy, max_results, max_connections, deadlines } = options;
    let (tree, reads) = (Tree::new(base), Reads::new());
    let shared = Arc::new(Shared { tree, accounts, max_results, deadlines, reads, privacy });
    let open = Arc::new(LdapConnectionCount::default());
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => admit(stream, peer.ip(), &shared, &open, max_connections, &stop),
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection to the LDAP server for now");
                stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
}

fn admit(
    stream: TcpStream,
    address: IpAddr,
    shared: &Arc<Shared>,
    open: &Arc<LdapConnectionCount>,
    max: usize,
    stop: &CancellationToken,
) {
    let source = Source::of(address);
    let cx = shared.accounts.request_context(source, "service ldap");
    let span = tracing::error_span!("ldap", %source, session = %cx.session, client = %cx.client);
    let guard = match LdapConnectionGuard::take(open, source, max) {
        Ok(guard) => guard,
        Err(reason) => {
            span.in_scope(|| Cut::of(reason).record());
            return;
        }
    };
    // What is asked is small, and its answer is waited for.
    let _ = stream.set_nodelay(true);
    let (shared, stop) = (Arc::clone(shared), stop.clone());
    let conversation = async move {
        let talk = Box::pin(timeout(LONGEST, answer(stream, &shared, &cx)));
        if let Some(Ok(Some(cut))) = stop.run_until_cancelled(talk).await {
            cut.record();
        }
        drop(guard);
    };
    tokio::spawn(conversation.instrument(span));
}

/// Why a connection was cut.
struct Cut {
    reason: &'static str,
    /// Of TLS; may be empty, and so may the hint.
    fault: String,
    hint: &'static str,
}

impl Cut {
    const fn of(reason: &'static str) -> Self {
        Self { reason, fault: String::new(), hint: "" }
    }

    fn tls_failed((fault, hint): (String, &'static str)) -> Self {
        Self { reason: "tls-failed", fault, hint }
    }

    fn record(&self) {
        record!(LdapConnectionCut, reason = self.reason, fault = self.fault.as_str(), hint = self.hint);
    }
}

/// Answers on one connection; gives why it was cut, if it was.
async fn answer(stream: TcpStream, shared: &Shared, cx: &crate::accounts::RequestContext) -> Option<Cut> {
    let (stream, identity) = match &shared.privacy {
        Privacy::Loopback => return cut(&converse(stream, shared, cx, true).await),
        Privacy::Tls(identity) => (stream, identity),
        Privacy::StartTls(identity) => match converse(stream, shared, cx, false).await {
            End::StartTls(stream) => (stream, identity),
            other => return cut(&other),
        },
    };
    let why = match timeout(TO_BEGIN_TLS, identity.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => return cut(&converse(stream, shared, cx, true).await),
        Ok(Err(error)) => why_it_failed(&error),
        Err(_) => (format!("it did not begin within {} s", TO_BEGIN_TLS.as_secs()), ""),
    };
    Some(Cut::tls_failed(why))
}

fn cut<S>(end: &End<S>) -> Option<Cut> {
    match end {
        End::Cut(reason) => Some(Cut::of(reason)),
        End::Alert(alert) => Some(Cut::tls_failed(why_it_failed(alert))),
        End::Over | End::StartTls(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LogEvent;

    #[test]
    fn no_source_takes_every_seat() {
        let open = Arc::new(LdapConnectionCount::default());
        let (one, other) = (Source::of([192, 0, 2, 1].into()), Source::of([192, 0, 2, 2].into()));
        let of_one: Vec<_> = (0..9).filter_map(|_| LdapConnectionGuard::take(&open, one, 8).ok()).collect();
        assert_eq!(of_one.len(), 4);
        assert_eq!(LdapConnectionGuard::take(&open, one, 8).err(), Some("source-full"));
        let of_other: Vec<_> =
            (0..9).filter_map(|_| LdapConnectionGuard::take(&open, other, 8).ok()).collect();
        assert_eq!(of_other.len(), 4);
        assert_eq!(LdapConnectionGuard::take(&open, Source::local(), 8).err(), Some("full"));
        drop((of_one, of_other));
        assert!(open.lock().is_empty(), "nothing is kept of who is gone");
    }

    #[test]
    fn every_reason_for_a_cut_is_in_the_manual() {
        let reasons = ["full", "source-full", "tls-failed", "malformed", "too-long", "slow"];
        assert_eq!(LogEvent::LdapConnectionCut.quoted(), reasons.into());
    }
}
