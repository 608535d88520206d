//! Whether a client asks about a key or signs with it at once (RFC 4252 section 7).
//!
//! A question may be refused: the client asks about its next key. A signature that a client begins with may not: some
//! (paramiko) cannot make a second attempt on one connection. russh has one callback for both, before it looks at the signature, and what
//! tells them apart there is the length of what came. Where that misleads, no harm is done: a question that was taken for a
//! signature is answered with yes, and the signature that follows is refused, since it came in a packet of its own.

use russh::keys::{Algorithm, PublicKey};

/// What is around the payload of a packet (RFC 4253 section 6): two lengths, the padding, and the MAC or tag.
const SMALLEST_FRAME: usize = 4 + 1 + 4 + 16;
const LARGEST_FRAME: usize = 4 + 1 + 19 + 64;

/// The bytes of a signature itself: those of Ed25519, and at most those of ECDSA on P-521 or as many as its key has.
const SHORTEST_SIGNATURE: usize = 64;
const LONGEST_SIGNATURE: usize = 2 * (4 + 67);

/// Whether the `came` bytes since the client's last request are a signature by `key`, in place of a question about it.
pub(super) fn is_signed(user: &str, key: &PublicKey, algorithm: &Algorithm, came: u64) -> bool {
    let (Ok(key), Ok(came)) = (key.to_bytes(), usize::try_from(came)) else { return false };
    let string = |length: usize| 4 + length;
    let algorithm = string(algorithm.as_str().len());
    let question = 1
        + string(user.len())
        + string("ssh-connection".len())
        + string("publickey".len())
        + 1
        + algorithm
        + string(key.len());
    let signed = |signature| question + string(algorithm + string(signature));
    let shortest = signed(SHORTEST_SIGNATURE) + SMALLEST_FRAME;
    let longest = signed(LONGEST_SIGNATURE.max(key.len())) + LARGEST_FRAME;
    (shortest..=longest).contains(&came)
}

#[cfg(test)]
mod tests {
    use super::*;
    use russh::keys::ssh_key::public::{Ed25519PublicKey, KeyData, RsaPublicKey};
    use russh::keys::ssh_key::{HashAlg, Mpint};

    /// Payloads of what OpenSSH sends as `ada`: the question and the signed request, in bytes.
    fn keys() -> [(PublicKey, Algorithm, u64, u64); 2] {
        let ed25519 = PublicKey::new(KeyData::Ed25519(Ed25519PublicKey([7; 32])), "");
        let number = |bytes: &[u8]| Mpint::from_positive_bytes(bytes);
        let rsa = RsaPublicKey::new(number(&[1, 0, 1]), number(&[0xC3; 256])).unwrap();
        let rsa = PublicKey::new(KeyData::Rsa(rsa), "");
        let question =
            |algorithm: u64, key: u64| 1 + (4 + 3) + (4 + 14) + (4 + 9) + 1 + (4 + algorithm) + (4 + key);
        let of_ed25519 = question(11, 51);
        let of_rsa = question(12, 279);
        [
            (ed25519, Algorithm::Ed25519, of_ed25519, of_ed25519 + 4 + (4 + 11) + (4 + 64)),
            (rsa, Algorithm::Rsa { hash: Some(HashAlg::Sha512) }, of_rsa, of_rsa + 4 + (4 + 12) + (4 + 256)),
        ]
    }

    /// The packet with `payload`, of each cipher and MAC that is offered: block, bytes that the padding leaves out, tag.
    fn packets(payload: u64) -> impl Iterator<Item = u64> {
        [(8, 4, 16), (16, 4, 16), (16, 4, 32), (16, 4, 64), (16, 0, 32), (16, 0, 64)].into_iter().map(
            move |(block, unpadded, tag)| {
                let framed = 4 + 1 + payload + 4;
                unpadded + (framed - unpadded).next_multiple_of(block) + tag
            },
        )
    }

    #[test]
    fn a_question_and_a_signature_are_told_apart_under_every_cipher() {
        for (public_key, algorithm, question, signed) in keys() {
            let is_signed = |came| super::is_signed("ada", &public_key, &algorithm, came);
            assert!(packets(question).all(|came| !is_signed(came)), "{algorithm}");
            assert!(packets(signed).all(is_signed), "{algorithm}");
        }
    }

    #[test]
    fn a_question_about_a_certificate_is_no_signature() {
        let (public_key, algorithm, question, _) = keys().into_iter().next().unwrap();
        // A nonce, a serial number, times, empty lists, and the key and signature of an authority (PROTOCOL.certkeys).
        let certificate = question + 2 * 21 + 36 + 8 + 4 + 4 + 4 + 16 + 4 + 4 + 4 + 55 + 87;
        for came in packets(certificate) {
            assert!(!is_signed("ada", &public_key, &algorithm, came));
        }
    }
}
