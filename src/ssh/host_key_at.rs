//! Which host key somebody has who answers at an address: as ssh-keyscan(1) finds out, for `doorkey doctor`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, Handler};
use russh::keys::{HashAlg, PublicKeyOrCertificate};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long to wait for the connection, and then for the host key.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why no host key came. `Display` is for an operator.
#[derive(Debug, thiserror::Error)]
pub enum NoHostKey {
    /// The name has no address, or nobody accepts connections there.
    #[error("{0}")]
    Unreachable(#[from] io::Error),
    /// Nobody answers at all, as behind a firewall.
    #[error("no answer within {} seconds", TIMEOUT.as_secs())]
    Silent,
    /// Whoever answers does not speak SSH, or closes the connection.
    #[error("no SSH server answers there: {0}")]
    NotSsh(String),
}

/// The fingerprint, `SHA256:…`, of the host key that the server at `address` proves to have. Nobody is authenticated: the
/// connection ends when the key has come.
pub async fn host_key_at(address: impl ToSocketAddrs) -> Result<String, NoHostKey> {
    let connected = timeout(TIMEOUT, TcpStream::connect(address)).await;
    let stream = connected.map_err(|_| NoHostKey::Silent)??;
    let (told, mut keys) = mpsc::unbounded_channel();
    let met = timeout(TIMEOUT, client::connect_stream(Arc::default(), stream, Listener(told))).await;
    match (keys.try_recv(), met) {
        (Ok(key), _) => Ok(key),
        (Err(_), Ok(Err(error))) => Err(NoHostKey::NotSsh(error.to_string())),
        (Err(_), Ok(Ok(_))) => Err(NoHostKey::NotSsh("it named no host key".to_owned())),
        (Err(_), Err(_)) => Err(NoHostKey::Silent),
    }
}

/// Tells the host key and goes no further.
struct Listener(mpsc::UnboundedSender<String>);

impl Handler for Listener {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let fingerprint = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256),
            PublicKeyOrCertificate::Certificate(certificate) => {
                certificate.public_key().fingerprint(HashAlg::Sha256)
            }
        };
        // The receiver is waiting.
        let _ = self.0.send(fingerprint.to_string());
        Ok(false)
    }
}
