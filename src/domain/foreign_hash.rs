//! Password hashes that other programs made, each verified by its own scheme until the next sign-in replaces it by an
//! Argon2 hash of our own: bcrypt, SHA-crypt, PBKDF2 and the salted digests of LDAP servers.
//!
//! A hash is stored as it was in the file. What can be tried by the billion (MD5, DES) or cannot be checked here
//! (yescrypt, scrypt) is refused with what to do instead, and so is one that would hold a hashing thread for more than
//! about a second for each form of a password. One that is too cheap is taken: it is gone after a sign-in.
//!
//! Other programs hashed the bytes that people typed, without normalising them, so a password is tried as it was typed
//! and then in NFC ([`TypedPassword`](super::password::TypedPassword)). Limits of a scheme stay as they were, or nobody
//! could sign in: crypt(3) ends a password at a NUL, and bcrypt reads no more than 72 bytes of it. What was typed
//! beyond is hashed too at the sign-in that replaces the hash.

use std::num::NonZeroU32;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, pbkdf2};
use base64ct::{Base64ShaCrypt, Base64Unpadded, Encoding};
use sha_crypt::{PasswordVerifier, ShaCrypt};
use zeroize::Zeroizing;

use super::hash::HashRefusal;

/// The highest accepted cost of bcrypt, as an exponent.
const MAX_BCRYPT_COST: u32 = 14;
/// The most accepted rounds of SHA-crypt; passlib makes 656,000 by default.
const MAX_SHA_CRYPT_ROUNDS: u32 = 700_000;
const MIN_SHA_CRYPT_ROUNDS: u32 = 1_000;
/// The most accepted iterations of PBKDF2, times the blocks of its output. Django 6 makes 1,200,000 with SHA-256.
const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;
/// The same with SHA-512, which takes twice as long.
const MAX_PBKDF2_SHA512_ITERATIONS: u32 = 1_000_000;
/// bcrypt reads no more of a password.
const BCRYPT_BYTES: usize = 72;
/// No longer password was ever hashed by libxcrypt (`CRYPT_MAX_PASSPHRASE_SIZE`), and a round of SHA-crypt takes longer
/// with it.
const MAX_CRYPT_BYTES: usize = 512;
/// Bounds of what is decoded; longer ones are made by no program.
const MAX_SALT_BYTES: usize = 256;
const MAX_TAG_BYTES: usize = 512;
const MIN_TAG_BYTES: usize = 16;

/// A hash that another program made. Made only by [`ForeignHash::parse`], so that checking a password cannot fail.
pub(super) struct ForeignHash<'a>(Scheme<'a>);

enum Scheme<'a> {
    Bcrypt {
        hash: &'a str,
        /// Django's `bcrypt_sha256`: of the hex digits of the password's SHA-256.
        of_sha256: bool,
    },
    ShaCrypt(&'a str),
    Digest {
        algorithm: &'static digest::Algorithm,
        digest: Vec<u8>,
        salt: Vec<u8>,
    },
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        iterations: NonZeroU32,
        salt: Vec<u8>,
        tag: Vec<u8>,
    },
}

impl<'a> ForeignHash<'a> {
    /// Reads `text`, which is not an Argon2 hash.
    ///
    /// # Errors
    /// Why it cannot be imported. No part of `text` is in it, since that may be a password.
    pub(super) fn parse(text: &'a str) -> Result<Self, HashRefusal> {
        if is_locked(text) {
            return Err(HashRefusal::Locked);
        }
        let scheme = match text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((_, rest)) if is_locked(rest) => Err(HashRefusal::Locked),
            Some((scheme, rest)) => braced(&scheme.to_ascii_uppercase(), rest),
            None if text.starts_with(['$', '_']) => crypt(text),
            None => django(text),
        };
        scheme.map(Self)
    }

    /// Whether one of these forms of a password is the one. What the scheme cannot tell apart is tried once.
    pub(super) fn matches_one_of<'p>(&self, forms: impl Iterator<Item = &'p [u8]>) -> bool {
        self.distinct(forms).into_iter().any(|form| self.matches(form))
    }

    fn distinct<'p>(&self, forms: impl Iterator<Item = &'p [u8]>) -> Vec<&'p [u8]> {
        let mut distinct = Vec::new();
        for read in forms.filter_map(|form| self.read_of(form)) {
            if !distinct.contains(&read) {
                distinct.push(read);
            }
        }
        distinct
    }

    /// What the scheme reads of `password`; `None` if it never matches.
    fn read_of<'p>(&self, password: &'p [u8]) -> Option<&'p [u8]> {
        match &self.0 {
            Scheme::Bcrypt { of_sha256: false, .. } => {
                let password = until_nul(password);
                Some(password.get(..BCRYPT_BYTES).unwrap_or(password))
            }
            Scheme::ShaCrypt(_) => Some(until_nul(password)).filter(|read| read.len() <= MAX_CRYPT_BYTES),
            Scheme::Bcrypt { of_sha256: true, .. } | Scheme::Digest { .. } | Scheme::Pbkdf2 { .. } => {
                Some(password)
            }
        }
    }

    /// Whether `password` is the one. As slow as the scheme makes it.
    fn matches(&self, password: &[u8]) -> bool {
        match &self.0 {
            Scheme::Bcrypt { hash, of_sha256: false } => bcrypt_matches(until_nul(password), hash),
            Scheme::Bcrypt { hash, of_sha256: true } => {
                bcrypt_matches(hex(digest::digest(&digest::SHA256, password).as_ref()).as_bytes(), hash)
            }
            Scheme::ShaCrypt(hash) => {
                let password = until_nul(password);
                password.len() <= MAX_CRYPT_BYTES
                    && ShaCrypt::default().verify_password(password, *hash).is_ok()
            }
            Scheme::Digest { algorithm, digest, salt } => {
                let mut context = digest::Context::new(algorithm);
                context.update(password);
                context.update(salt);
                verify_slices_are_equal(context.finish().as_ref(), digest).is_ok()
            }
            Scheme::Pbkdf2 { algorithm, iterations, salt, tag } => {
                pbkdf2::verify(*algorithm, *iterations, salt, password, tag).is_ok()
            }
        }
    }
}

/// How shadow(5), LDAP servers and Django mark an account that no password opens.
fn is_locked(text: &str) -> bool {
    text.starts_with(['!', '*']) || text == "x"
}

/// `{SCHEME}rest`, as LDAP servers (RFC 2307) and Dovecot write it.
fn braced<'a>(scheme: &str, rest: &'a str) -> Result<Scheme<'a>, HashRefusal> {
    match scheme {
        "CRYPT" | "BLF-CRYPT" | "BCRYPT" | "SHA256-CRYPT" | "SHA512-CRYPT" | "CRYPT-SHA256"
        | "CRYPT-SHA512" => crypt(rest),
        "SHA" | "SHA1" => salted(&digest::SHA1_FOR_LEGACY_USE_ONLY, rest, false),
        "SSHA" => salted(&digest::SHA1_FOR_LEGACY_USE_ONLY, rest, true),
        "SHA256" => salted(&digest::SHA256, rest, false),
        "SSHA256" => salted(&digest::SHA256, rest, true),
        "SHA384" => salted(&digest::SHA384, rest, false),
        "SSHA384" => salted(&digest::SHA384, rest, true),
        "SHA512" => salted(&digest::SHA512, rest, false),
        "SSHA512" => salted(&digest::SHA512, rest, true),
        "PBKDF2" if rest.starts_with("$1$") => pbkdf2_of_dovecot(rest),
        "PBKDF2" | "PBKDF2-SHA1" => pbkdf2_in_fields(pbkdf2::PBKDF2_HMAC_SHA1, rest),
        "PBKDF2-SHA256" => pbkdf2_in_fields(pbkdf2::PBKDF2_HMAC_SHA256, rest),
        "PBKDF2-SHA512" => pbkdf2_in_fields(pbkdf2::PBKDF2_HMAC_SHA512, rest),
        "PBKDF2_SHA256" => pbkdf2_of_389(rest),
        "MD5" | "SMD5" | "PLAIN-MD5" | "LDAP-MD5" | "MD5-CRYPT" | "CRYPT-MD5" | "CRAM-MD5" | "HMAC-MD5"
        | "DIGEST-MD5" | "NS-MTA-MD5" => Err(HashRefusal::Weak("MD5")),
        "LM" | "LANMAN" | "NT" | "NTLM" => Err(HashRefusal::Weak("the hash of Windows")),
        "DES-CRYPT" => Err(HashRefusal::Weak("DES-crypt")),
        _ => Err(HashRefusal::Unknown),
    }
}

/// What crypt(3) writes, and what looks like it.
fn crypt(text: &str) -> Result<Scheme<'_>, HashRefusal> {
    let Some((id, rest)) = text.strip_prefix('$').and_then(|rest| rest.split_once('$')) else {
        let is_des = matches!((text.len(), text.as_bytes().first()), (13, _) | (20, Some(b'_')));
        let refusal = HashRefusal::Weak("DES-crypt");
        return Err(if is_des && text.trim_start_matches('_').chars().all(is_crypt_char) {
            refusal
        } else {
            HashRefusal::Unknown
        });
    };
    match id {
        "2a" | "2b" | "2y" => bcrypt_of(text, false),
        "5" | "6" => sha_crypt_of(text),
        "pbkdf2" => pbkdf2_in_fields(pbkdf2::PBKDF2_HMAC_SHA1, rest),
        "pbkdf2-sha256" => pbkdf2_in_fields(pbkdf2::PBKDF2_HMAC_SHA256, rest),
        "pbkdf2-sha512" => pbkdf2_in_fields(pbkdf2::PBKDF2_HMAC_SHA512, rest),
        "1" | "apr1" | "md5" => Err(HashRefusal::Weak("MD5-crypt")),
        "3" => Err(HashRefusal::Weak("the hash of Windows")),
        "y" | "gy" => Err(HashRefusal::Unsupported("yescrypt")),
        "7" | "scrypt" => Err(HashRefusal::Unsupported("scrypt")),
        "2" | "2x" => Err(HashRefusal::Unsupported("a faulty version of bcrypt")),
        "bcrypt-sha256" => Err(HashRefusal::Unsupported("passlib's bcrypt-sha256")),
        "sha1" => Err(HashRefusal::Unsupported("SHA-1-crypt")),
        _ => Err(HashRefusal::Unknown),
    }
}

/// `algorithm$…`, as Django writes it.
fn django(text: &str) -> Result<Scheme<'_>, HashRefusal> {
    let Some((algorithm, rest)) = text.split_once('$') else { return crypt(text) };
    match algorithm {
        "pbkdf2_sha256" => pbkdf2_of_django(pbkdf2::PBKDF2_HMAC_SHA256, rest),
        "pbkdf2_sha1" => pbkdf2_of_django(pbkdf2::PBKDF2_HMAC_SHA1, rest),
        "bcrypt" => bcrypt_of(rest, false),
        "bcrypt_sha256" => bcrypt_of(rest, true),
        "scrypt" => Err(HashRefusal::Unsupported("scrypt")),
        "md5" => Err(HashRefusal::Weak("MD5")),
        _ => Err(HashRefusal::Unknown),
    }
}

fn bcrypt_of(hash: &str, of_sha256: bool) -> Result<Scheme<'_>, HashRefusal> {
    let damaged = HashRefusal::Damaged("bcrypt");
    let parts = bcrypt::HashParts::from_str(hash).map_err(|_| damaged.clone())?;
    match parts.get_cost() {
        4..=MAX_BCRYPT_COST => Ok(Scheme::Bcrypt { hash, of_sha256 }),
        15..=31 => Err(HashRefusal::TooManyRounds { of: "a bcrypt cost", max: MAX_BCRYPT_COST }),
        _ => Err(damaged),
    }
}

/// `$5$`, perhaps `rounds=…$`, salt, `$`, hash.
fn sha_crypt_of(hash: &str) -> Result<Scheme<'_>, HashRefusal> {
    let damaged = || HashRefusal::Damaged("SHA-crypt");
    let mut fields = hash.split('$').skip(1);
    let tag_bytes = if fields.next() == Some("5") { 32 } else { 64 };
    let mut salt = fields.next().ok_or_else(damaged)?;
    if let Some(rounds) = salt.strip_prefix("rounds=") {
        match rounds.parse::<u32>().map_err(|_| damaged())? {
            MIN_SHA_CRYPT_ROUNDS..=MAX_SHA_CRYPT_ROUNDS => {}
            0..MIN_SHA_CRYPT_ROUNDS => return Err(damaged()),
            _ => {
                return Err(HashRefusal::TooManyRounds { of: "SHA-crypt rounds", max: MAX_SHA_CRYPT_ROUNDS });
            }
        }
        salt = fields.next().ok_or_else(damaged)?;
    }
    let tag = Base64ShaCrypt::decode_vec(fields.next().ok_or_else(damaged)?).map_err(|_| damaged())?;
    let is_whole = fields.next().is_none() && tag.len() == tag_bytes;
    if is_whole && (1..=16).contains(&salt.len()) && salt.chars().all(is_crypt_char) {
        Ok(Scheme::ShaCrypt(hash))
    } else {
        Err(damaged())
    }
}

/// Base64 of the digest and the salt behind it.
fn salted(
    algorithm: &'static digest::Algorithm,
    text: &str,
    has_salt: bool,
) -> Result<Scheme<'static>, HashRefusal> {
    let damaged = HashRefusal::Damaged("SHA or SSHA");
    let mut digest = base64(text).ok_or(damaged.clone())?;
    if digest.len() < algorithm.output_len() {
        return Err(damaged);
    }
    let salt = digest.split_off(algorithm.output_len());
    if salt.is_empty() == has_salt || salt.len() > MAX_SALT_BYTES {
        return Err(damaged);
    }
    Ok(Scheme::Digest { algorithm, digest, salt })
}

/// `iterations$salt$hash`, both in Base64: passlib, `OpenLDAP`, 389 Directory Server. `RustCrypto` writes the iterations as
/// `i=…,l=…`.
fn pbkdf2_in_fields(algorithm: pbkdf2::Algorithm, text: &str) -> Result<Scheme<'static>, HashRefusal> {
    let [iterations, salt, tag] = three(text)?;
    let iterations = match iterations.strip_prefix("i=") {
        Some(parameters) => parameters.split(',').next().unwrap_or_default(),
        None => iterations,
    };
    pbkdf2_of(algorithm, iterations, base64(salt), base64(tag))
}

/// `iterations$salt$hash`, with the salt as it is.
fn pbkdf2_of_django(algorithm: pbkdf2::Algorithm, text: &str) -> Result<Scheme<'static>, HashRefusal> {
    let [iterations, salt, tag] = three(text)?;
    pbkdf2_of(algorithm, iterations, Some(salt.as_bytes().to_vec()), base64(tag))
}

/// `$1$salt$iterations$hex`, with the salt as it is.
fn pbkdf2_of_dovecot(text: &str) -> Result<Scheme<'static>, HashRefusal> {
    let [salt, iterations, tag] = three(text.strip_prefix("$1$").unwrap_or_default())?;
    pbkdf2_of(pbkdf2::PBKDF2_HMAC_SHA1, iterations, Some(salt.as_bytes().to_vec()), unhex(tag))
}

/// Base64 of four bytes of iterations, 64 of salt and 256 of hash: 389 Directory Server before 2.1.
fn pbkdf2_of_389(text: &str) -> Result<Scheme<'static>, HashRefusal> {
    const DAMAGED: HashRefusal = HashRefusal::Damaged("PBKDF2");
    let whole = base64(text).filter(|whole| whole.len() == 4 + 64 + 256).ok_or(DAMAGED)?;
    let (iterations, rest) = whole.split_first_chunk::<4>().ok_or(DAMAGED)?;
    let (salt, tag) = rest.split_at(64);
    let iterations = u32::from_be_bytes(*iterations).to_string();
    pbkdf2_of(pbkdf2::PBKDF2_HMAC_SHA256, &iterations, Some(salt.to_vec()), Some(tag.to_vec()))
}

fn pbkdf2_of(
    algorithm: pbkdf2::Algorithm,
    iterations: &str,
    salt: Option<Vec<u8>>,
    tag: Option<Vec<u8>>,
) -> Result<Scheme<'static>, HashRefusal> {
    const DAMAGED: HashRefusal = HashRefusal::Damaged("PBKDF2");
    let (salt, tag) = salt.zip(tag).ok_or(DAMAGED)?;
    let is_bounded = salt.len() <= MAX_SALT_BYTES && (MIN_TAG_BYTES..=MAX_TAG_BYTES).contains(&tag.len());
    if !is_bounded || iterations.is_empty() || !iterations.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DAMAGED);
    }
    let block = if algorithm == pbkdf2::PBKDF2_HMAC_SHA1 {
        20
    } else if algorithm == pbkdf2::PBKDF2_HMAC_SHA256 {
        32
    } else {
        64
    };
    let blocks = u64::try_from(tag.len().div_ceil(block)).unwrap_or(u64::MAX);
    // A number with more digits than fit is too many as well.
    let iterations = iterations.parse::<u32>().unwrap_or(u32::MAX);
    let (of, max) = if algorithm == pbkdf2::PBKDF2_HMAC_SHA512 {
        ("PBKDF2 iterations with SHA-512", MAX_PBKDF2_SHA512_ITERATIONS)
    } else {
        ("PBKDF2 iterations", MAX_PBKDF2_ITERATIONS)
    };
    if u64::from(iterations).saturating_mul(blocks) > u64::from(max) {
        return Err(HashRefusal::TooManyRounds { of, max });
    }
    let iterations = NonZeroU32::new(iterations).ok_or(DAMAGED)?;
    Ok(Scheme::Pbkdf2 { algorithm, iterations, salt, tag })
}

fn three(text: &str) -> Result<[&str; 3], HashRefusal> {
    let fields: Vec<&str> = text.split('$').collect();
    fields.try_into().map_err(|_| HashRefusal::Damaged("PBKDF2"))
}

/// Base64 with or without padding, or with passlib's full stops for `+`.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').replace('.', "+");
    Base64Unpadded::decode_vec(&text).ok()
}

fn is_crypt_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '/')
}

fn until_nul(password: &[u8]) -> &[u8] {
    password.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn bcrypt_matches(password: &[u8], hash: &str) -> bool {
    bcrypt::verify(password, hash).unwrap_or(false)
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let value = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(value(high)? * 16 + value(low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests;
