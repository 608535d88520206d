//! The algorithms that are offered, and the rest of russh's configuration.
//!
//! Left out on purpose: finite-field Diffie-Hellman (one group18 exchange costs the server 1.3 s of
//! CPU, CVE-2002-20001), SHA-1 (RFC 9142), encrypt-and-mac, and compression (it costs 355 KiB a
//! connection and made CVE-2026-46702 possible).

use std::borrow::Cow;
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::server::Config;
use russh::{MethodSet, Preferred, SshId, cipher, compression, kex, mac};

use super::auth;
use super::host_key::HostKey;
use super::settings::SshSettings;

/// What a client may send before we grant more (RFC 4254 section 5.2): plenty for a keyboard.
pub(super) const WINDOW: u32 = 64 * 1024;

/// The largest payload of one channel message, in both directions.
const MAX_PACKET: u32 = 32 * 1024;

/// The last two names are markers, not algorithms. Without `kex-strict-s` the counter-measure to
/// CVE-2023-48795 is off.
const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];

const CIPHERS: &[cipher::Name] = &[
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];

const MACS: &[mac::Name] = &[mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM];

/// Also sent as `server-sig-algs` (RFC 8308 section 3.1): what clients may sign with.
const KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::SkEd25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::SkEcdsaSha2NistP256,
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

/// Whether somebody may sign with `algorithm`. russh asks for the one that was announced and nothing more, so that a client
/// which ignores `server-sig-algs` could sign with SHA-1.
pub(super) fn may_sign(algorithm: &Algorithm) -> bool {
    KEYS.contains(algorithm)
}

/// russh's own configuration for these settings.
pub(super) fn config(settings: &SshSettings, key: &HostKey) -> Config {
    Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-Doorkey")),
        methods: MethodSet::from(auth::METHODS),
        // The service limits attempts; a delay here would only keep agents waiting.
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: settings.max_auth_tries,
        keys: vec![key.private()],
        certificates: key.certificates(),
        preferred: Preferred {
            kex: Cow::Borrowed(KEX),
            key: Cow::Borrowed(KEYS),
            host_key_certificates: Cow::Borrowed(&[]),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
        },
        window_size: WINDOW,
        maximum_packet_size: MAX_PACKET,
        // Nothing reads russh's own channel queue: the handler drops its end.
        channel_buffer_size: 1,
        // One frame in flight and one message behind it; more would be stale on arrival.
        event_buffer_size: 2,
        inactivity_timeout: Some(settings.inactivity_limit),
        // `keepalive` pings instead: russh would do so during authentication, too.
        keepalive_interval: None,
        nodelay: true,
        ..Config::default()
    }
}
