//! One connection to a server, on which one thing is asked after the other.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error as TlsError};
use zeroize::Zeroizing;

use super::ber::long_length;
use super::message::{self, AnswerPart, Change, Found, Outcome, Search, oid};
use super::url::Url;
use crate::directory::DirectoryFault;
use crate::domain::certificate::certificate_advice;

/// The longest message that is taken. What is asked for is a few attributes of a person.
const MESSAGE_MAX: usize = 1 << 20;
/// The longest answer to one question, all its messages together: as many as the groups of a person, and some longer ones.
/// What the portal asks for at once is a handful of questions, so this bounds that as well.
const ANSWER_MAX: usize = 4 << 20;
/// How many messages may come that nobody asked for, before a search's end.
const EXTRA_MAX: usize = 100;

/// Bytes both ways.
trait ByteStream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> ByteStream for T {}

/// A connection to a server.
pub(in crate::directory) struct Connection {
    wire: Box<dyn ByteStream>,
    last_id: u32,
    server: usize,
    pub(super) used_at: Instant,
}

/// A connection that is of no more use, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::directory) struct Broken(pub(super) String);

impl Broken {
    /// The fault of a question that changes nothing.
    pub(in crate::directory) fn while_reading(self) -> DirectoryFault {
        DirectoryFault::Unreachable(self.0)
    }

    /// The fault of a password that may have been checked.
    pub(in crate::directory) fn while_checking(self) -> DirectoryFault {
        DirectoryFault::Unanswered(self.0)
    }

    /// The fault of a change that may have been made.
    pub(in crate::directory) fn while_writing(self) -> DirectoryFault {
        DirectoryFault::OutcomeUnknown(self.0)
    }
}

/// What a search has found.
#[derive(Debug)]
pub(in crate::directory) struct SearchResult {
    pub(in crate::directory) found: Vec<Found>,
    /// Whether the server named others to ask.
    pub(in crate::directory) has_references: bool,
    pub(in crate::directory) outcome: Outcome,
}

impl Connection {
    /// Connects, with TLS where the address or `starttls` says so.
    pub(super) async fn open(
        url: &Url,
        starttls: bool,
        tls: &Arc<ClientConfig>,
        server: usize,
        deadline: Instant,
    ) -> Result<Self, DirectoryFault> {
        let unreachable = |why: String| DirectoryFault::Unreachable(format!("{url}: {why}"));
        let stream = timeout_at(deadline, TcpStream::connect((url.host.as_str(), url.port)))
            .await
            .map_err(|_| unreachable("it does not answer".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))?;
        // Small messages that wait for answers.
        let _ = stream.set_nodelay(true);
        if url.is_tls {
            let wire = with_tls(url, stream, tls, deadline).await?;
            return Ok(Self { wire, last_id: 0, server, used_at: Instant::now() });
        }
        if !starttls {
            return Ok(Self { wire: Box::new(stream), last_id: 0, server, used_at: Instant::now() });
        }
        let mut plain = BareConnection { stream, last_id: 0 };
        let outcome = plain.start_tls(deadline).await.map_err(|broken| unreachable(broken.0))?;
        if !outcome.is_success() {
            return Err(DirectoryFault::Misconfigured(format!(
                "{url}: it refuses STARTTLS: {}",
                outcome.code
            )));
        }
        let last_id = plain.last_id;
        let wire = with_tls(url, plain.stream, tls, deadline).await?;
        Ok(Self { wire, last_id, server, used_at: Instant::now() })
    }

    /// Which server it leads to.
    pub(in crate::directory) fn server(&self) -> usize {
        self.server
    }

    /// Binds by name and password. The caller has seen to it that the password is not empty, which would bind nobody and
    /// succeed (RFC 4513 section 5.1.2).
    pub(in crate::directory) async fn bind(
        &mut self,
        dn: &str,
        password: &str,
        deadline: Instant,
    ) -> Result<Outcome, Broken> {
        if password.is_empty() {
            return Err(Broken("a bind without a password is not sent".to_owned()));
        }
        self.done(message::bind(dn, password), deadline).await
    }

    /// Sets a password by the operation that was made for it (RFC 3062).
    pub(super) async fn password_modify(
        &mut self,
        dn: &str,
        current: Option<&str>,
        new: &str,
        deadline: Instant,
    ) -> Result<Outcome, Broken> {
        self.done(message::password_modify(dn, current, new), deadline).await
    }

    /// Changes one attribute.
    pub(in crate::directory) async fn modify(
        &mut self,
        dn: &str,
        attribute: &str,
        changes: &[Change<'_>],
        deadline: Instant,
    ) -> Result<Outcome, Broken> {
        self.done(message::modify(dn, attribute, changes), deadline).await
    }

    /// Searches.
    pub(in crate::directory) async fn search(
        &mut self,
        search: &Search<'_>,
        deadline: Instant,
    ) -> Result<SearchResult, Broken> {
        let seconds = deadline.saturating_duration_since(Instant::now()).as_secs() + 1;
        let request = search.encode(u32::try_from(seconds).unwrap_or(u32::MAX));
        // A server may ignore the size limit, so the answer is bounded here too.
        let at_most = usize::try_from(search.size_limit).unwrap_or(usize::MAX).saturating_add(EXTRA_MAX);
        self.last_id += 1;
        call(&mut self.wire, self.last_id, request, &[], at_most, deadline)
            .await
            .inspect(|_| self.used_at = Instant::now())
    }

    async fn done(&mut self, request: Vec<u8>, deadline: Instant) -> Result<Outcome, Broken> {
        self.last_id += 1;
        let controls = [oid::PASSWORD_POLICY];
        let result = call(&mut self.wire, self.last_id, request, &controls, EXTRA_MAX, deadline).await?;
        self.used_at = Instant::now();
        Ok(result.outcome)
    }
}

/// A connection that asks for TLS.
struct BareConnection {
    stream: TcpStream,
    last_id: u32,
}

impl BareConnection {
    async fn start_tls(&mut self, deadline: Instant) -> Result<Outcome, Broken> {
        self.last_id += 1;
        let request = message::extended(oid::START_TLS, None);
        call(&mut self.stream, self.last_id, request, &[], EXTRA_MAX, deadline)
            .await
            .map(|result| result.outcome)
    }
}

async fn with_tls(
    url: &Url,
    stream: TcpStream,
    tls: &Arc<ClientConfig>,
    deadline: Instant,
) -> Result<Box<dyn ByteStream>, DirectoryFault> {
    let name = ServerName::try_from(url.host.clone()).map_err(|_| {
        DirectoryFault::Misconfigured(format!("{url}: this is no name that a certificate has"))
    })?;
    let connecting = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
    match timeout_at(deadline, connecting).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => {
            let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<TlsError>());
            Err(match cause {
                Some(TlsError::InvalidCertificate(reason)) => {
                    let (found, advice) =
                        (format!("{reason:?}"), "; directory.ca_file names the authorities to trust");
                    let told = match certificate_advice(&found) {
                        Some(told) => format!("{told}{advice}"),
                        None => error.to_string(),
                    };
                    DirectoryFault::Misconfigured(format!("{url}: its certificate is not trusted: {told}"))
                }
                Some(_) => DirectoryFault::Misconfigured(format!("{url}: no TLS with it: {error}")),
                None => DirectoryFault::Unreachable(format!("{url}: TLS ended: {error}")),
            })
        }
        Err(_) => Err(DirectoryFault::Unreachable(format!("{url}: it does not answer with TLS"))),
    }
}

/// Sends a request and reads all that comes to it.
async fn call<W: AsyncRead + AsyncWrite + Unpin + ?Sized>(
    wire: &mut W,
    id: u32,
    request: Vec<u8>,
    controls: &[&str],
    at_most: usize,
    deadline: Instant,
) -> Result<SearchResult, Broken> {
    let request = Zeroizing::new(message::message(id, request, controls));
    let conversation = async {
        wire.write_all(&request).await?;
        wire.flush().await?;
        let (mut found, mut has_references, mut left) = (Vec::new(), false, ANSWER_MAX);
        for _ in 0..=at_most {
            let content = receive(wire, left).await?;
            left = left.saturating_sub(content.len());
            let answer = message::read(&content).map_err(|_| malformed())?;
            if answer.id == 0 {
                return Err(std::io::Error::other("it says that it ends the connection"));
            }
            if answer.id != id {
                return Err(std::io::Error::other("it answers what was not asked"));
            }
            match answer.part {
                AnswerPart::Found(entry) => found.push(entry),
                AnswerPart::Reference => has_references = true,
                AnswerPart::Intermediate => {}
                AnswerPart::Done(outcome) => return Ok(SearchResult { found, has_references, outcome }),
            }
        }
        Err(std::io::Error::other("it sends more than was asked for"))
    };
    match timeout_at(deadline, conversation).await {
        Ok(result) => result.map_err(|error| Broken(error.to_string())),
        Err(_) => Err(Broken("it gave no answer in time".to_owned())),
    }
}

/// Reads the content of one message, where at most `left` bytes more are taken.
async fn receive<W: AsyncRead + Unpin + ?Sized>(wire: &mut W, left: usize) -> std::io::Result<Vec<u8>> {
    let mut head = [0; 2];
    wire.read_exact(&mut head).await?;
    let [tag, first] = head;
    if tag != super::ber::SEQUENCE {
        return Err(malformed());
    }
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let mut bytes = [0; 4];
        let bytes = bytes.get_mut(..usize::from(first & 0x7f)).ok_or_else(malformed)?;
        wire.read_exact(bytes).await?;
        long_length(bytes).map_err(|_| malformed())?
    };
    if length > MESSAGE_MAX {
        return Err(std::io::Error::other("it sends a message that is too long"));
    }
    if length > left {
        return Err(std::io::Error::other("it sends more than an answer may have"));
    }
    let mut content = vec![0; length];
    wire.read_exact(&mut content).await?;
    Ok(content)
}

fn malformed() -> std::io::Error {
    std::io::Error::other("it sends what is no LDAP")
}
