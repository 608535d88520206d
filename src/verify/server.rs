//! Answers at the socket: who may ask, how many at a time, and for how long.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use zeroize::Zeroizing;

use super::protocol::{Invalid, MAX_LINE, Outcome, Question};
use crate::accounts::Accounts;
use crate::accounts::request::Request;
use crate::accounts::request::verify::VerifyRequest;
use crate::domain::service::{AllowedPeers, RemoteHost, ServiceName, ServiceNames};
use crate::domain::source::Source;
use crate::log::record;
use crate::metrics::metrics;

/// Questions at the same time. More are told to come back.
const MAX_CONNECTIONS: usize = 128;
/// Of these, those of one user of the machine: no service keeps another from asking.
const MAX_PER_USER: usize = 64;
/// From the connection to the end of the question.
const TO_ASK: Duration = Duration::from_secs(5);
/// From there to the answer: a wait, a place among those who hash, and the database.
const TO_ANSWER: Duration = Duration::from_secs(20);
/// How long somebody may take to read it.
const TO_READ: Duration = Duration::from_secs(5);
/// After a failed accept, such as one for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(200);

/// What the settings say of those who ask.
#[derive(Debug)]
pub struct Services {
    /// The services there are.
    pub names: ServiceNames,
    /// The users that they run as.
    pub peers: AllowedPeers,
}

/// The connections that are open, by user.
type OpenByUser = Arc<Mutex<HashMap<u32, usize>>>;

/// One connection that is counted until this is dropped.
struct VerifyConnectionGuard {
    open: OpenByUser,
    user: u32,
}

impl VerifyConnectionGuard {
    /// A place for one more of `user`, if there is one.
    fn take(open: &OpenByUser, user: u32) -> Option<Self> {
        let mut counts = lock(open);
        let of_user = counts.get(&user).copied().unwrap_or_default();
        if counts.values().sum::<usize>() >= MAX_CONNECTIONS || of_user >= MAX_PER_USER {
            return None;
        }
        counts.insert(user, of_user + 1);
        Some(Self { open: Arc::clone(open), user })
    }
}

impl Drop for VerifyConnectionGuard {
    fn drop(&mut self) {
        let mut counts = lock(&self.open);
        if let Some(count) = counts.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}

fn lock(open: &OpenByUser) -> MutexGuard<'_, HashMap<u32, usize>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers until `stop`.
pub async fn serve(
    listener: UnixListener,
    services: Services,
    accounts: Arc<Accounts>,
    stop: CancellationToken,
) {
    let (services, open) = (Arc::new(services), OpenByUser::default());
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => admit(stream, &services, &open, &accounts).await,
            Err(error) => {
                tracing::debug!(%error, "cannot accept a service that asks for now");
                stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
}

/// Turns a client away before a byte is read if it may not ask, or if there are too many connections.
async fn admit(
    mut stream: UnixStream,
    services: &Arc<Services>,
    open: &OpenByUser,
    accounts: &Arc<Accounts>,
) {
    let Ok(peer) = stream.peer_cred() else { return };
    if !services.peers.allow(peer.uid(), peer.gid()) {
        record!(VerifyPeerRefused, uid = peer.uid(), gid = peer.gid());
        turn_away(&mut stream, &Outcome::Invalid { reason: Invalid::PeerNotAllowed }).await;
        return;
    }
    let Some(place) = VerifyConnectionGuard::take(open, peer.uid()) else {
        turn_away(&mut stream, &Outcome::busy()).await;
        return;
    };
    let (services, accounts) = (Arc::clone(services), Arc::clone(accounts));
    tokio::spawn(async move {
        // Fails if the client is gone.
        let _ = converse(stream, &services, &accounts).await;
        drop(place);
    });
}

/// A few bytes fit the socket's buffer, so nobody is waited for.
async fn turn_away(stream: &mut UnixStream, outcome: &Outcome) {
    metrics().service_checks.add(outcome.word());
    let _ = timeout(TO_READ, stream.write_all(&outcome.line())).await;
}

async fn converse(mut stream: UnixStream, services: &Services, accounts: &Arc<Accounts>) -> io::Result<()> {
    let outcome = match timeout(TO_ASK, read_line(&mut stream)).await {
        Ok(Ok(line)) => match asked(&line, services) {
            Ok((service, question)) => {
                drop(line);
                let answered = timeout(TO_ANSWER, answer(service, question, accounts)).await;
                answered.unwrap_or_else(|_| Outcome::unavailable())
            }
            Err(reason) => Outcome::Invalid { reason },
        },
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Outcome::Invalid { reason: Invalid::Malformed }
        }
        Ok(Err(error)) => return Err(error),
        Err(_) => Outcome::Invalid { reason: Invalid::Malformed },
    };
    metrics().service_checks.add(outcome.word());
    timeout(TO_READ, async {
        stream.write_all(&outcome.line()).await?;
        stream.shutdown().await
    })
    .await?
}

fn asked(line: &[u8], services: &Services) -> Result<(ServiceName, Question), Invalid> {
    let question = Question::read(line)?;
    let service = services.names.find(&question.service).ok_or(Invalid::UnknownService)?;
    Ok((service.clone(), question))
}

/// Has the password checked as a request of the service. It is carried out to its end even if nobody waits for it.
async fn answer(service: ServiceName, question: Question, accounts: &Arc<Accounts>) -> Outcome {
    let Question { user, password, remote_host, .. } = question;
    let host = remote_host.as_deref().and_then(RemoteHost::read);
    let (source, client) = match &host {
        Some(RemoteHost::Address(address)) => (Source::of(*address), format!("service {service}")),
        Some(RemoteHost::Name(name)) => (Source::local(), format!("service {service}, {name}")),
        None => (Source::local(), format!("service {service}")),
    };
    let has_source = matches!(host, Some(RemoteHost::Address(_)));
    let cx = accounts.request_context(source, &client);
    let span = tracing::error_span!("service", %source, session = %cx.session, client = %cx.client);
    let request = Request::Verify(VerifyRequest { service, name: user, password, has_source });
    let reply = span.in_scope(|| accounts.start(&cx, request));
    match reply.instrument(span).await {
        Ok(reply) => Outcome::of(&reply),
        Err(_) => Outcome::unavailable(),
    }
}

/// Everything up to a line feed or the end; an error when that is too long.
async fn read_line(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Zeroizing<Vec<u8>>> {
    // As large as it may get, so that it never moves and leaves nothing behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let mut limited = stream.take(MAX_LINE as u64);
    loop {
        if limited.read_buf(&mut *line).await? == 0 {
            let is_cut = line.len() == MAX_LINE || line.is_empty();
            return if is_cut { Err(io::ErrorKind::InvalidData.into()) } else { Ok(line) };
        }
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            line.truncate(end);
            return Ok(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_is_read_in_any_pieces_and_no_further_than_is_allowed() {
        for (sent, line) in [
            (b"{}\nmore".to_vec(), Some(&b"{}"[..])),
            (b"{}".to_vec(), Some(&b"{}"[..])),
            (b"\n".to_vec(), Some(&b""[..])),
            (Vec::new(), None),
            (vec![b'x'; MAX_LINE], None),
            (vec![b'x'; 2 * MAX_LINE], None),
        ] {
            let mut sent = in_pieces(&sent);
            let read = read_line(&mut sent).await;
            assert_eq!(read.ok().as_ref().map(|line| line.as_slice()), line);
        }
    }

    /// A stream that hands out a few bytes at a time.
    fn in_pieces(bytes: &[u8]) -> impl AsyncRead + Unpin + use<> {
        let (mut client, server) = tokio::io::duplex(13);
        let bytes = bytes.to_vec();
        tokio::spawn(async move {
            // Whoever has read enough closes it.
            let _ = client.write_all(&bytes).await;
        });
        server
    }

    #[test]
    fn no_user_takes_every_place() {
        let open = OpenByUser::default();
        let of_one: Vec<_> =
            (0..MAX_PER_USER).filter_map(|_| VerifyConnectionGuard::take(&open, 1000)).collect();
        assert_eq!(of_one.len(), MAX_PER_USER);
        assert!(VerifyConnectionGuard::take(&open, 1000).is_none());
        let of_another: Vec<_> =
            (0..MAX_CONNECTIONS).filter_map(|_| VerifyConnectionGuard::take(&open, 1001)).collect();
        assert_eq!(of_one.len() + of_another.len(), MAX_CONNECTIONS);
        assert!(VerifyConnectionGuard::take(&open, 1002).is_none());
        drop(of_one);
        assert!(VerifyConnectionGuard::take(&open, 1002).is_some());
        drop(of_another);
        assert!(lock(&open).is_empty(), "nothing is kept of who is gone");
    }
}
