//! The certificate of the server and its key: rustls on aws-lc-rs, as everywhere in this program.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{AlertDescription, Error, ServerConfig};
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
pub struct TlsIdentity(Arc<ServerConfig>);

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(***)")
    }
}

impl TlsIdentity {
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

/// Alerts by which clients say why they go away: number and name of RFC 8446, and what to look at at the client. Other
/// programs log the number alone, or the name in words of their own.
const ALERTS: [(u8, &str, &str); 11] = [
    (40, "handshake_failure", TOO_OLD),
    (42, "bad_certificate", REFUSED),
    (
        43,
        "unsupported_certificate",
        "the client takes no certificate of this kind: see its key and its extended key usage",
    ),
    (44, "certificate_revoked", "the authority has revoked the certificate: get a new one"),
    (
        45,
        "certificate_expired",
        "the certificate in ldap.certificate has ended, or the client's clock is wrong",
    ),
    (46, "certificate_unknown", REFUSED),
    (
        48,
        "unknown_ca",
        "the client does not trust who signed the certificate: name the authority there (TLS_CACERT, ca_file), and put the \
         certificates of intermediate authorities behind the server's own in ldap.certificate",
    ),
    (51, "decrypt_error", "something between the client and the portal may change what is sent"),
    (70, "protocol_version", TOO_OLD),
    (71, "insufficient_security", TOO_OLD),
    (90, "user_canceled", ""),
];
const TOO_OLD: &str = "the client must speak TLS 1.2 or 1.3 with a cipher of these: update it";
const REFUSED: &str = "the client refuses the certificate: the host that it connects to must be in the subject \
                       alternative names, it must trust the authority, and its clock must be right";

/// Whether this is what a client says when it goes away, other than that it is done.
pub(super) fn is_alert(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(inner, Some(Error::AlertReceived(alert)) if *alert != AlertDescription::UserCanceled)
}

/// Why TLS did not begin, and what to look at at the client; the hint may be empty.
pub(super) fn why_it_failed(error: &std::io::Error) -> (String, &'static str) {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(alert)) => {
            let number = u8::from(*alert);
            match ALERTS.iter().find(|(known, ..)| *known == number) {
                Some((_, name, hint)) => (format!("the client sent the alert {name} ({number})"), hint),
                None => (format!("the client sent the alert {alert:?} ({number})"), ""),
            }
        }
        Some(Error::InvalidMessage(_)) => {
            let hint = "the client may speak LDAP without TLS here: ldap.tls says whether it begins at once (ldaps://) or on \
                        request (StartTLS)";
            ("what came is no TLS".to_owned(), hint)
        }
        Some(Error::PeerIncompatible(_)) => (error.to_string(), TOO_OLD),
        _ if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            let hint =
                "some clients go away so when they do not trust the certificate; their own log says more";
            ("the client closed the connection".to_owned(), hint)
        }
        _ => (error.to_string(), ""),
    }
}

/// The identity that new connections are shown.
#[derive(Clone, Debug)]
pub struct CurrentIdentity(Arc<RwLock<TlsIdentity>>);

impl CurrentIdentity {
    /// Begins with this one.
    #[must_use]
    pub fn new(identity: TlsIdentity) -> Self {
        Self(Arc::new(RwLock::new(identity)))
    }

    /// Shows another one from now on.
    pub fn replace(&self, identity: TlsIdentity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.read().unwrap_or_else(PoisonError::into_inner).0.clone())
    }
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::InvalidMessage;

    use super::*;

    #[test]
    fn an_alert_has_its_name_and_what_to_look_at() {
        let why = |error: Error| why_it_failed(&std::io::Error::new(std::io::ErrorKind::InvalidData, error));
        let of = |alert: AlertDescription| why(Error::AlertReceived(alert));
        let (fault, hint) = of(AlertDescription::UnknownCA);
        assert_eq!(fault, "the client sent the alert unknown_ca (48)");
        assert!(hint.contains("TLS_CACERT"), "{hint}");
        for (alert, name, hint) in [
            (AlertDescription::HandshakeFailure, "handshake_failure (40)", "TLS 1.2"),
            (AlertDescription::BadCertificate, "bad_certificate (42)", "subject alternative names"),
            (AlertDescription::UnsupportedCertificate, "unsupported_certificate (43)", "of this kind"),
            (AlertDescription::CertificateRevoked, "certificate_revoked (44)", "revoked"),
            (AlertDescription::CertificateExpired, "certificate_expired (45)", "has ended"),
            (AlertDescription::CertificateUnknown, "certificate_unknown (46)", "authority"),
            (AlertDescription::ProtocolVersion, "protocol_version (70)", "TLS 1.2"),
            (AlertDescription::InternalError, "InternalError (80)", ""),
            (AlertDescription::UserCanceled, "user_canceled (90)", ""),
        ] {
            let (fault, said) = of(alert);
            assert!(fault.ends_with(name) && said.contains(hint), "{fault}: {said}");
            assert!(!hint.is_empty() || said.is_empty(), "{fault}: {said}");
        }
        assert!(why(Error::InvalidMessage(InvalidMessage::InvalidContentType)).1.contains("StartTLS"));
        let gone = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        assert!(why_it_failed(&gone).0.contains("closed the connection"));
    }
}
