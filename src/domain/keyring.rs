//! The secret keys, stored outside the database. A stolen copy of the database alone then reveals no
//! code and no sealed email, and its passwords resist a dictionary attack (OWASP ASVS 5.0 11.4.2, 13.3.1).
//!
//! The file has one `id:64 hex digits` per line. The first key is current; the others are still accepted.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::hash::Pepper;

/// First byte of sealed data, which has the layout `version, id length, id, nonce, ciphertext, tag`.
const SEAL_VERSION: u8 = 1;
/// Maximum bytes of a key id, because the `keyid` of a PHC string holds eight.
const MAX_ID_BYTES: usize = 8;

/// All secret keys, with one key derived per purpose (RFC 5869). Never empty.
pub struct Keyring {
    current: Keys,
    older: Vec<Keys>,
}

/// The keys derived from one line of the file.
struct Keys {
    id: String,
    code: hmac::Key,
    identifier: hmac::Key,
    seal: LessSafeKey,
    pepper: Pepper,
}

/// Why a key file was refused. `Display` names the line, never its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringRefusal {
    #[error("contains no key; expected lines of the form `id:64 hex digits`")]
    Empty,
    /// Not a key; lines count from 1.
    #[error("line {0}: expected `id:64 hex digits` with an id of 1 to 8 letters or digits")]
    Line(usize),
    #[error("line {0}: an earlier line has the same id")]
    DuplicateId(usize),
    /// The cryptographic library failed.
    #[error("keys could not be derived")]
    Derivation,
}

/// Why sealed data could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// The keyring lacks the key with this id.
    #[error("sealed with the key `{0}`, which is not among the secret keys")]
    UnknownKey(String),
    /// Altered, or sealed with other associated data.
    #[error("damaged, or sealed for something else")]
    Damaged,
}

impl Keyring {
    /// The file content of a new keyring with one random 256-bit key.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Zeroizing<String> {
        let secret = Zeroizing::new(entropy.bytes::<32>());
        Zeroizing::new(format!("{}:{}\n", hex(&entropy.bytes::<4>()), *Zeroizing::new(hex(&*secret))))
    }

    /// Parses a key file. Empty lines and lines that start with `#` are skipped.
    pub fn parse(text: &str) -> Result<Self, KeyringRefusal> {
        let mut all: Vec<Keys> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, secret) = read_line(line).ok_or(KeyringRefusal::Line(index + 1))?;
            if all.iter().any(|keys| keys.id == id) {
                return Err(KeyringRefusal::DuplicateId(index + 1));
            }
            all.push(Keys::derive(id, &secret).map_err(|Unspecified| KeyringRefusal::Derivation)?);
        }
        let mut all = all.into_iter();
        let current = all.next().ok_or(KeyringRefusal::Empty)?;
        Ok(Self { current, older: all.collect() })
    }

    /// The current key for [`super::code::mac`], with its id.
    #[must_use]
    pub fn code_key(&self) -> (&str, &hmac::Key) {
        (&self.current.id, &self.current.code)
    }

    /// The code key with this id. `None` if it was removed, which invalidates its codes.
    #[must_use]
    pub fn code_key_of(&self, id: &str) -> Option<&hmac::Key> {
        self.find(id).map(|keys| &keys.code)
    }

    /// The pepper for new password hashes.
    #[must_use]
    pub fn pepper(&self) -> &Pepper {
        &self.current.pepper
    }

    /// The pepper with this id.
    #[must_use]
    pub fn pepper_of(&self, id: &str) -> Option<&Pepper> {
        self.find(id).map(|keys| &keys.pepper)
    }

    /// A pseudonym (64 hex digits) for an identifier or a source that is only counted or recognised.
    /// It uses the current key, so rotating keys resets counters and known sources.
    #[must_use]
    pub fn identifier_mac(&self, text: &str) -> String {
        hex(hmac::sign(&self.current.identifier, text.as_bytes()).as_ref())
    }

    /// Seals `plaintext` with AES-256-GCM, bound to `aad` (a row id). The nonce is
    /// random, which is safe for 2^32 messages per key (NIST SP 800-38D section 8.3).
    ///
    /// # Errors
    /// Only if the cryptographic library fails.
    pub fn seal(&self, entropy: &Entropy, aad: &str, plaintext: &[u8]) -> Result<Vec<u8>, UnsealError> {
        let keys = &self.current;
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut body = plaintext.to_vec();
        keys.seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated_data(&keys.id, aad)),
                &mut body,
            )
            .map_err(|Unspecified| UnsealError::Damaged)?;
        let mut sealed = vec![SEAL_VERSION, u8::try_from(keys.id.len()).unwrap_or(u8::MAX)];
        sealed.extend_from_slice(keys.id.as_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens the output of [`Keyring::seal`] for the same `aad`.
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let (id, nonce, body) = split(sealed).ok_or(UnsealError::Damaged)?;
        let keys = self.find(id).ok_or_else(|| UnsealError::UnknownKey(id.to_owned()))?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = keys
            .seal
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated_data(id, aad)),
                &mut body,
            )
            .map_err(|Unspecified| UnsealError::Damaged)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    fn find(&self, id: &str) -> Option<&Keys> {
        std::iter::once(&self.current).chain(&self.older).find(|keys| keys.id == id)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring(current {}, {} older)", self.current.id, self.older.len())
    }
}

impl Keys {
    fn derive(id: &str, secret: &[u8; 32]) -> Result<Self, Unspecified> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorkey secret key v1").extract(secret);
        let mut pepper = Zeroizing::new([0; 32]);
        root.expand(&[b"pepper"], hkdf::HKDF_SHA256)?.fill(&mut *pepper)?;
        Ok(Self {
            id: id.to_owned(),
            code: root.expand(&[b"code"], hmac::HMAC_SHA256)?.into(),
            identifier: root.expand(&[b"identifier"], hmac::HMAC_SHA256)?.into(),
            seal: LessSafeKey::new(UnboundKey::from(root.expand(&[b"seal"], &AES_256_GCM)?)),
            pepper: Pepper::new(id, pepper),
        })
    }
}

/// `id:64 hex digits`.
fn read_line(line: &str) -> Option<(&str, Zeroizing<[u8; 32]>)> {
    let (id, digits) = line.split_once(':')?;
    let is_id = (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_id || digits.len() != 64 {
        return None;
    }
    let mut secret = Zeroizing::new([0; 32]);
    for (byte, pair) in secret.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some((id, secret))
}

/// Binds a seal to its layout, its key id and the caller's `aad`.
fn associated_data(id: &str, aad: &str) -> Vec<u8> {
    format!("{SEAL_VERSION}:{id}:{aad}").into_bytes()
}

fn split(sealed: &[u8]) -> Option<(&str, [u8; NONCE_LEN], &[u8])> {
    let (&version, rest) = sealed.split_first()?;
    let (&id_length, rest) = rest.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(id_length))?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
    let id = std::str::from_utf8(id).ok()?;
    (version == SEAL_VERSION).then_some((id, *nonce, body))
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(seed: u64) -> Keyring {
        Keyring::parse(&Keyring::generate(&Entropy::seeded(seed))).unwrap()
    }

    #[test]
    fn a_new_first_line_is_current_and_the_old_key_still_opens() {
        let entropy = Entropy::seeded(3);
        let old_text = Keyring::generate(&entropy);
        let old = Keyring::parse(&old_text).unwrap();
        let sealed = old.seal(&entropy, "row 1", b"WDJB-MJHT").unwrap();
        let new =
            Keyring::parse(&format!("# rotated\n{}{}", *Keyring::generate(&entropy), *old_text)).unwrap();
        assert_ne!(new.code_key().0, old.code_key().0);
        assert!(new.code_key_of(old.code_key().0).is_some());
        assert!(new.pepper_of(old.pepper().id()).is_some());
        assert_eq!(new.open("row 1", &sealed).unwrap().as_slice(), b"WDJB-MJHT");
        let unknown = ring(9).open("row 1", &sealed);
        assert_eq!(unknown, Err(UnsealError::UnknownKey(old.code_key().0.to_owned())));
    }

    #[test]
    fn sealed_data_is_bound_to_its_row_and_reveals_nothing() {
        let keyring = ring(1);
        let sealed = keyring.seal(&Entropy::seeded(2), "row 1", b"WDJB-MJHT").unwrap();
        assert_eq!(keyring.open("row 2", &sealed), Err(UnsealError::Damaged));
        assert!(!sealed.windows(4).any(|window| window == b"WDJB"));
        assert_ne!(sealed, keyring.seal(&Entropy::seeded(3), "row 1", b"WDJB-MJHT").unwrap());
    }

    #[test]
    fn a_broken_file_is_refused_with_the_line_number_and_without_its_content() {
        let good = Keyring::generate(&Entropy::seeded(1));
        let refusal = |text: &str| Keyring::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(refusal("\n# none\n"), KeyringRefusal::Empty);
        assert_eq!(refusal(&format!("{}k1:abcd", *good)), KeyringRefusal::Line(2));
        assert_eq!(refusal(&format!("k:{}", "z".repeat(64))), KeyringRefusal::Line(1));
        assert_eq!(refusal(&format!("ninechars:{}", "0".repeat(64))), KeyringRefusal::Line(1));
        assert_eq!(refusal(&format!("{}{}", *good, *good)), KeyringRefusal::DuplicateId(2));
    }

    #[test]
    fn each_purpose_has_its_own_key_and_debug_shows_none() {
        let keyring = ring(1);
        let as_code = hex(hmac::sign(keyring.code_key().1, b"ada").as_ref());
        assert_ne!(keyring.identifier_mac("ada"), as_code);
        assert_eq!(keyring.identifier_mac("ada"), ring(1).identifier_mac("ada"));
        assert_ne!(keyring.identifier_mac("ada"), ring(2).identifier_mac("ada"));
        assert_eq!(keyring.identifier_mac("ada").len(), 64);
        let text = Keyring::generate(&Entropy::seeded(1));
        let secret = text.trim().split_once(':').unwrap().1;
        assert!(!format!("{keyring:?}").contains(&secret[..8]));
    }

    proptest! {
        #[test]
        fn sealed_data_opens_and_any_change_is_detected(plain in proptest::collection::vec(any::<u8>(), 0..200), aad in ".{0,20}", at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let keyring = ring(5);
            let mut sealed = keyring.seal(&Entropy::System, &aad, &plain).unwrap();
            let opened = keyring.open(&aad, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(keyring.open(&aad, &sealed).is_err());
            prop_assert!(keyring.open(&aad, &sealed[..at]).is_err());
        }
    }
}
