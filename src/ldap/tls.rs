//! The certificate of the server and its key: rustls on aws-lc-rs, as everywhere in this program.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, ServerConfig};
use x509_parser::parse_x509_certificate;

use crate::domain::timestamp::Timestamp;

/// Why a certificate or its key cannot be used. `Display` continues a sentence that names the setting and its file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// There is no certificate in the file.
    #[error("has no certificate in PEM")]
    NoCertificate,
    /// There is no key in the file.
    #[error("has no private key in PEM")]
    NoKey,
    /// There is a certificate in its place.
    #[error("has a certificate and no private key: are ldap.certificate and ldap.certificate_key swapped?")]
    CertificateForKey,
    /// Nobody is there to type a passphrase.
    #[error(
        "is encrypted with a passphrase, which nobody can type when the portal starts; decrypt it with \
         `openssl pkey -in FILE -out NEW`, and name the new file, with mode 0600"
    )]
    EncryptedKey,
    /// It is the key of another certificate.
    #[error(
        "is not the key of the certificate in ldap.certificate, whose first certificate must be the server's own"
    )]
    OtherKey,
    /// It is of a kind that is not supported.
    #[error("cannot be used: {0}")]
    UnusableKey(String),
}

impl TlsFault {
    /// Whether it is about the file of the key and not that of the certificate.
    #[must_use]
    pub const fn is_about_key(&self) -> bool {
        !matches!(self, Self::NoCertificate)
    }
}

/// A certificate with those of its issuers, and its key.
#[derive(Clone)]
pub struct Identity(Arc<ServerConfig>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(***)")
    }
}

impl Identity {
    /// Reads both from PEM.
    pub fn read(chain: &[u8], key: &[u8]) -> Result<Self, TlsFault> {
        let chain = certificates(chain)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| instead_of_a_key(key))?;
        let unusable = |error: Error| match error {
            Error::InconsistentKeys(_) => TlsFault::OtherKey,
            error => TlsFault::UnusableKey(error.to_string()),
        };
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        Ok(Self(Arc::new(config)))
    }
}

/// What a file has that has no key to be used as it is.
fn instead_of_a_key(file: &[u8]) -> TlsFault {
    let text = String::from_utf8_lossy(file);
    // As PKCS #8 has it, and as OpenSSL wrote keys before.
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        TlsFault::EncryptedKey
    } else if certificates(file).is_ok() {
        TlsFault::CertificateForKey
    } else {
        TlsFault::NoKey
    }
}

fn certificates(chain: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    read.ok().filter(|found| !found.is_empty()).ok_or(TlsFault::NoCertificate)
}

/// Until when the first certificate of a chain is valid, and those behind it.
pub fn valid_until(chain: &[u8]) -> Result<Timestamp, TlsFault> {
    let ends = certificates(chain)?.into_iter().map(|der| {
        let (_, found) = parse_x509_certificate(&der).map_err(|_| TlsFault::NoCertificate)?;
        let seconds = found.validity().not_after.timestamp();
        Ok(Timestamp::from_epoch_ms(seconds.saturating_mul(1_000)))
    });
    let ends: Vec<Timestamp> = ends.collect::<Result<_, _>>()?;
    ends.into_iter().min().ok_or(TlsFault::NoCertificate)
}

/// The identity that new connections are shown.
#[derive(Clone, Debug)]
pub struct CurrentIdentity(Arc<RwLock<Identity>>);

impl CurrentIdentity {
    /// Begins with this one.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self(Arc::new(RwLock::new(identity)))
    }

    /// Shows another one from now on.
    pub fn replace(&self, identity: Identity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.read().unwrap_or_else(PoisonError::into_inner).0.clone())
    }
}
