//! The secret keys, stored outside the database. A stolen copy of the database alone then reveals no
//! code and no sealed email, and its passwords resist a dictionary attack (OWASP ASVS 5.0 11.4.2, 13.3.1).
//!
//! The file has one `id:64 hex digits` per line, then perhaps the moment when the key was made, then perhaps the word
//! `next`. The first key that is not `next` is current: new codes, hashes and seals name it. All others are only read
//! with: older keys until nothing needs them, a next key because other nodes may make it current before this one.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::hash::Pepper;
use super::timestamp::Timestamp;

/// First byte of sealed data, which has the layout `version, id length, id, nonce, ciphertext, tag`.
const SEAL_VERSION: u8 = 1;
/// Maximum bytes of a key id, because the `keyid` of a PHC string holds eight.
const MAX_ID_BYTES: usize = 8;

/// Last word of the line of a key that is not current yet.
const NEXT: &str = "next";

/// The secret keys of a running process, which are replaced when the file changes.
#[derive(Debug)]
pub struct SharedKeyring(RwLock<Arc<Keyring>>);

impl SharedKeyring {
    #[must_use]
    pub fn new(keyring: Keyring) -> Self {
        Self(RwLock::new(Arc::new(keyring)))
    }

    /// The keys as they are now. Whoever needs a key and its id takes both from one of these.
    #[must_use]
    pub fn get(&self) -> Arc<Keyring> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on `keyring` is used.
    pub fn replace(&self, keyring: Keyring) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
    }
}

/// All secret keys, with one key derived per purpose (RFC 5869). Never empty.
pub struct Keyring {
    current: Keys,
    /// In the order of the file.
    others: Vec<Keys>,
}

/// What a key is for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum KeyState {
    /// Everything new is made with it.
    Current,
    /// It is known, so that any node may make it current.
    Next,
    /// It was current.
    Old,
}

/// The keys derived from one line of the file.
struct Keys {
    id: String,
    created_at: Option<Timestamp>,
    state: KeyState,
    code: hmac::Key,
    identifier: hmac::Key,
    seal: LessSafeKey,
    pepper: Pepper,
}

/// Why a key file was refused. `Display` names the line, never its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringRefusal {
    #[error("contains no current key; expected lines of the form `id:64 hex digits`")]
    Empty,
    /// Not a key; lines count from 1.
    #[error(
        "line {0}: expected `id:64 hex digits` with an id of 1 to 8 letters or digits, then perhaps when it was made \
         (RFC 3339) and the word `next`"
    )]
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
    pub fn generate(entropy: &Entropy, now: Timestamp) -> Zeroizing<String> {
        let secret = Zeroizing::new(entropy.bytes::<32>());
        let digits = Zeroizing::new(hex(&*secret));
        Zeroizing::new(format!("{}:{} {}\n", hex(&entropy.bytes::<4>()), *digits, now))
    }

    /// `text` with one more key at the end, which is next.
    #[must_use]
    pub fn with_next(text: &str, entropy: &Entropy, now: Timestamp) -> Zeroizing<String> {
        let new = Self::generate(entropy, now);
        let break_before = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        Zeroizing::new(format!("{text}{break_before}{} {NEXT}\n", new.trim_end()))
    }

    /// `text` with the key `id`, which was next, in the first place: it is current now.
    #[must_use]
    pub fn activated(text: &str, id: &str) -> Zeroizing<String> {
        let own = text.lines().find(|line| is_line_of(line, id)).unwrap_or_default();
        let own = own.trim().trim_end_matches(NEXT).trim_end();
        Zeroizing::new(format!("{own}\n{}", *Self::without(text, id)))
    }

    /// `text` without the key `id`.
    #[must_use]
    pub fn without(text: &str, id: &str) -> Zeroizing<String> {
        let mut kept = Zeroizing::new(String::with_capacity(text.len() + 1));
        for line in text.lines().filter(|line| !is_line_of(line, id)) {
            kept.push_str(line);
            kept.push('\n');
        }
        kept
    }

    /// Parses a key file. Empty lines and lines that start with `#` are skipped.
    pub fn parse(text: &str) -> Result<Self, KeyringRefusal> {
        let mut all: Vec<Keys> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let read = read_line(line).ok_or(KeyringRefusal::Line(index + 1))?;
            if all.iter().any(|keys| keys.id == read.id) {
                return Err(KeyringRefusal::DuplicateId(index + 1));
            }
            all.push(Keys::derive(&read).map_err(|Unspecified| KeyringRefusal::Derivation)?);
        }
        let first = all.iter().position(|keys| keys.state != KeyState::Next).ok_or(KeyringRefusal::Empty)?;
        let mut current = all.remove(first);
        current.state = KeyState::Current;
        Ok(Self { current, others: all })
    }

    /// Every key, the current one first, with its state and when it was made.
    pub fn list(&self) -> impl Iterator<Item = (&str, KeyState, Option<Timestamp>)> {
        self.all().map(|keys| (keys.id.as_str(), keys.state, keys.created_at))
    }

    /// The key that is next, if there is one.
    #[must_use]
    pub fn next_id(&self) -> Option<&str> {
        self.list().find(|(_, state, _)| *state == KeyState::Next).map(|(id, ..)| id)
    }

    /// Whether there is a key with this id.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.find(id).is_some()
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

    /// Every code key with its id, the current one first.
    pub fn code_keys(&self) -> impl Iterator<Item = (&str, &hmac::Key)> {
        self.all().map(|keys| (keys.id.as_str(), &keys.code))
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
    /// It uses the oldest key: what is counted and known goes on when another key becomes current, on every node, and
    /// starts anew when the oldest key is removed.
    #[must_use]
    pub fn identifier_mac(&self, text: &str) -> String {
        hex(hmac::sign(&self.oldest().identifier, text.as_bytes()).as_ref())
    }

    /// The id of the oldest key, which names sources and unknown names.
    #[must_use]
    pub fn oldest_id(&self) -> &str {
        &self.oldest().id
    }

    fn oldest(&self) -> &Keys {
        self.others.iter().rfind(|keys| keys.state == KeyState::Old).unwrap_or(&self.current)
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
        self.all().find(|keys| keys.id == id)
    }

    fn all(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.current).chain(&self.others)
    }
}

/// The most bytes of sealed data that [`sealing_key`] looks at.
pub const SEALING_KEY_BYTES: usize = 2 + MAX_ID_BYTES;

/// The id of the key that sealed data was sealed with; its first [`SEALING_KEY_BYTES`] bytes are enough.
#[must_use]
pub fn sealing_key(sealed: &[u8]) -> Option<&str> {
    split_id(sealed).map(|(id, _)| id)
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring(current {}, {} others)", self.current.id, self.others.len())
    }
}

impl Keys {
    fn derive(line: &Line<'_>) -> Result<Self, Unspecified> {
        let Line { id, created_at, .. } = *line;
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorkey secret key v1").extract(&*line.secret);
        let mut pepper = Zeroizing::new([0; 32]);
        root.expand(&[b"pepper"], hkdf::HKDF_SHA256)?.fill(&mut *pepper)?;
        Ok(Self {
            id: id.to_owned(),
            created_at,
            state: if line.is_next { KeyState::Next } else { KeyState::Old },
            code: root.expand(&[b"code"], hmac::HMAC_SHA256)?.into(),
            identifier: root.expand(&[b"identifier"], hmac::HMAC_SHA256)?.into(),
            seal: LessSafeKey::new(UnboundKey::from(root.expand(&[b"seal"], &AES_256_GCM)?)),
            pepper: Pepper::new(id, pepper),
        })
    }
}

/// One line of the file.
struct Line<'a> {
    id: &'a str,
    secret: Zeroizing<[u8; 32]>,
    created_at: Option<Timestamp>,
    is_next: bool,
}

/// `id:64 hex digits [when it was made] [next]`.
fn read_line(line: &str) -> Option<Line<'_>> {
    let mut words = line.split_whitespace().peekable();
    let (id, digits) = words.next()?.split_once(':')?;
    let is_id = (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_id || digits.len() != 64 {
        return None;
    }
    let mut secret = Zeroizing::new([0; 32]);
    for (byte, pair) in secret.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    let created_at = match words.next_if(|word| *word != NEXT) {
        Some(word) => Some(Timestamp::parse(word)?),
        None => None,
    };
    let is_next = words.next_if_eq(&NEXT).is_some();
    words.next().is_none().then_some(Line { id, secret, created_at, is_next })
}

fn is_line_of(line: &str, id: &str) -> bool {
    line.trim_start().split_once(':').is_some_and(|(own, _)| own == id)
}

/// Binds a seal to its layout, its key id and the caller's `aad`.
fn associated_data(id: &str, aad: &str) -> Vec<u8> {
    format!("{SEAL_VERSION}:{id}:{aad}").into_bytes()
}

fn split(sealed: &[u8]) -> Option<(&str, [u8; NONCE_LEN], &[u8])> {
    let (id, rest) = split_id(sealed)?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
    Some((id, *nonce, body))
}

fn split_id(sealed: &[u8]) -> Option<(&str, &[u8])> {
    let (&version, rest) = sealed.split_first()?;
    let (&id_length, rest) = rest.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(id_length))?;
    let id = std::str::from_utf8(id).ok()?;
    (version == SEAL_VERSION).then_some((id, rest))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
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

    const NOW: Timestamp = Timestamp::from_epoch_ms(1_795_341_909_000);

    fn ring(seed: u64) -> Keyring {
        Keyring::parse(&Keyring::generate(&Entropy::seeded(seed), NOW)).unwrap()
    }

    #[test]
    fn a_new_first_line_is_current_and_the_old_key_still_opens() {
        let entropy = Entropy::seeded(3);
        let old_text = Keyring::generate(&entropy, NOW);
        let old = Keyring::parse(&old_text).unwrap();
        let sealed = old.seal(&entropy, "row 1", b"WDJB-MJHT").unwrap();
        let new = Keyring::parse(&format!("# rotated\n{}{}", *Keyring::generate(&entropy, NOW), *old_text))
            .unwrap();
        assert_ne!(new.code_key().0, old.code_key().0);
        assert!(new.code_key_of(old.code_key().0).is_some());
        assert!(new.pepper_of(old.pepper().id()).is_some());
        assert_eq!(new.open("row 1", &sealed).unwrap().as_slice(), b"WDJB-MJHT");
        let unknown = ring(9).open("row 1", &sealed);
        assert_eq!(unknown, Err(UnsealError::UnknownKey(old.code_key().0.to_owned())));
    }

    #[test]
    fn a_key_is_known_before_it_is_current_and_counts_go_on() {
        let entropy = Entropy::seeded(4);
        let text = Keyring::generate(&entropy, NOW);
        let first = Keyring::parse(&text).unwrap();
        let text =
            Keyring::with_next(&format!("# mine\n{}", text.trim_end()), &entropy, NOW.plus_ms(86_400_000));
        let both = Keyring::parse(&text).unwrap();
        let next = both.next_id().unwrap().to_owned();
        assert_eq!(both.code_key().0, first.code_key().0);
        let sealed = first.seal(&entropy, "row", b"text").unwrap();
        assert_eq!(sealing_key(&sealed[..SEALING_KEY_BYTES]), Some(first.code_key().0));

        let text = Keyring::activated(&text, &next);
        let rotated = Keyring::parse(&text).unwrap();
        let listed: Vec<_> =
            rotated.list().map(|(id, state, made)| (id, state, made.unwrap().date())).collect();
        let expected = [
            (next.as_str(), KeyState::Current, "2026-11-23".to_owned()),
            (first.code_key().0, KeyState::Old, "2026-11-22".to_owned()),
        ];
        assert_eq!(listed, expected);
        assert!(text.contains("# mine\n") && !text.contains(NEXT), "comments stay");
        assert_eq!(rotated.identifier_mac("ada"), first.identifier_mac("ada"));
        assert_eq!(rotated.open("row", &sealed).unwrap().as_slice(), b"text");

        let alone = Keyring::parse(&Keyring::without(&text, first.code_key().0)).unwrap();
        assert!(!alone.knows(first.code_key().0));
        assert_ne!(alone.identifier_mac("ada"), first.identifier_mac("ada"));
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
        let good = Keyring::generate(&Entropy::seeded(1), NOW);
        let refusal = |text: &str| Keyring::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(refusal("\n# none\n"), KeyringRefusal::Empty);
        assert_eq!(refusal(&format!("{}k1:abcd", *good)), KeyringRefusal::Line(2));
        assert_eq!(refusal(&format!("k:{}", "z".repeat(64))), KeyringRefusal::Line(1));
        assert_eq!(refusal(&format!("ninechars:{}", "0".repeat(64))), KeyringRefusal::Line(1));
        assert_eq!(refusal(&format!("{}{}", *good, *good)), KeyringRefusal::DuplicateId(2));
        let zeros = "0".repeat(64);
        assert_eq!(refusal(&format!("k:{zeros} next")), KeyringRefusal::Empty);
        for rubbish in ["yesterday", "next next", "2026-11-22T10:05:09Z soon", "next 2026-11-22T10:05:09Z"] {
            assert_eq!(refusal(&format!("k:{zeros} {rubbish}")), KeyringRefusal::Line(1), "{rubbish}");
        }
        assert!(Keyring::parse(&format!("k:{zeros}")).is_ok(), "the moment may be left out");
    }

    #[test]
    fn each_purpose_has_its_own_key_and_debug_shows_none() {
        let keyring = ring(1);
        let as_code = hex(hmac::sign(keyring.code_key().1, b"ada").as_ref());
        assert_ne!(keyring.identifier_mac("ada"), as_code);
        assert_eq!(keyring.identifier_mac("ada"), ring(1).identifier_mac("ada"));
        assert_ne!(keyring.identifier_mac("ada"), ring(2).identifier_mac("ada"));
        assert_eq!(keyring.identifier_mac("ada").len(), 64);
        let text = Keyring::generate(&Entropy::seeded(1), NOW);
        let secret = text.split_once(':').unwrap().1;
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
