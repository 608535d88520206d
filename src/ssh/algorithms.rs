//! The algorithms that are offered, and the rest of russh's configuration.
//!
//! [`crate::domain::algorithms`] has the lists and what is left out of them. Left out as well is compression: it costs
//! 355 KiB a connection and made CVE-2026-46702 possible.

use std::borrow::Cow;
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::server::Config;
use russh::{MethodSet, Preferred, SshId, cipher, compression, kex, mac};

use super::auth;
use super::host_key::HostKey;
use super::settings::SshSettings;
use crate::domain::algorithms::AlgorithmList;

/// What a client may send on one channel before we grant more (RFC 4254 section 5.2): plenty for a keyboard.
pub(super) const WINDOW: u32 = 64 * 1024;

/// The largest payload of one channel message, in both directions.
const MAX_PACKET: u32 = 32 * 1024;

/// Markers, not algorithms. Without `kex-strict-s` the counter-measure to CVE-2023-48795 is off.
const KEX_MARKERS: [kex::Name; 2] =
    [kex::EXTENSION_SUPPORT_AS_SERVER, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER];

/// What people may sign with, sent as `server-sig-algs` (RFC 8308 section 3.1).
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

/// The version line (RFC 4253 section 4.2), without its end.
pub(super) const VERSION: &str = "SSH-2.0-Doorkey";

/// Whether somebody may sign with `algorithm`. russh asks for the one that was announced and nothing more, so that a client
/// which ignores `server-sig-algs` could sign with SHA-1.
pub(super) fn may_sign(algorithm: &Algorithm) -> bool {
    KEYS.contains(algorithm)
}

/// russh's own configuration for these settings and host keys.
pub(super) fn config(settings: &SshSettings, keys: &[HostKey]) -> Config {
    let chosen = &settings.algorithms;
    Config {
        server_id: SshId::Standard(Cow::Borrowed(VERSION)),
        methods: MethodSet::from(auth::METHODS),
        // The service limits attempts; a delay here would only keep agents waiting.
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: settings.max_auth_tries as usize,
        keys: keys.iter().map(HostKey::private).collect(),
        certificates: keys.iter().filter_map(HostKey::certificate).collect(),
        preferred: Preferred {
            kex: named::<_, kex::Name>(&chosen.kex).chain(KEX_MARKERS).collect(),
            key: key_algorithms(settings, keys).into(),
            host_key_certificates: Cow::Borrowed(&[]),
            cipher: named::<_, cipher::Name>(&chosen.ciphers).collect(),
            mac: named::<_, mac::Name>(&chosen.macs).collect(),
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

/// russh's names for a list, in its order.
fn named<K, N: TryFrom<&'static str>>(list: &AlgorithmList<K>) -> impl Iterator<Item = N> {
    list.names().filter_map(|name| N::try_from(name).ok())
}

/// russh has one list for two things: what hosts sign with, in the order of preference, and what people may sign with. An
/// algorithm that one of our host keys could sign with and that was not chosen is in neither.
fn key_algorithms(settings: &SshSettings, keys: &[HostKey]) -> Vec<Algorithm> {
    let of_hosts = settings.algorithms.host_keys.names().filter_map(|name| name.parse::<Algorithm>().ok());
    let of_people = KEYS.iter().filter(|algorithm| !keys.iter().any(|key| key.signs_with(algorithm)));
    of_hosts.chain(of_people.cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::host_key::HostKeyKind;
    use super::*;
    use crate::domain::algorithms::{AlgorithmKind, Cipher, HostKeyAlgorithm, Kex, Mac};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn known<K: AlgorithmKind>() -> impl Iterator<Item = &'static str> {
        K::DEFAULT.iter().chain(K::OPTIONAL).copied()
    }

    #[test]
    fn russh_has_every_algorithm_that_a_setting_can_name() {
        assert_eq!(known::<Kex>().find(|name| kex::Name::try_from(*name).is_err()), None);
        assert_eq!(known::<Cipher>().find(|name| cipher::Name::try_from(*name).is_err()), None);
        assert_eq!(known::<Mac>().find(|name| mac::Name::try_from(*name).is_err()), None);
        for name in known::<HostKeyAlgorithm>() {
            assert!(KEYS.contains(&name.parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn hosts_sign_in_the_order_of_the_setting_and_people_with_the_rest() {
        let key = HostKey::make(HostKeyKind::Ed25519, &mut StdRng::seed_from_u64(7)).unwrap();
        let mut settings = SshSettings::default();
        settings.algorithms.host_keys = "ssh-ed25519".parse().unwrap();
        let algorithms = key_algorithms(&settings, &[key]);
        assert_eq!(algorithms.len(), KEYS.len());
        assert!(KEYS.iter().all(|algorithm| algorithms.contains(algorithm)));
        assert_eq!(algorithms[0], Algorithm::Ed25519);
    }
}
