//! Public SSH keys: which are accepted, their fingerprints, and the proof that somebody holds one.

use std::fmt;

use serde::{Serialize, Serializer};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

use crate::message;
use crate::messages::Message;

use super::input::trim_ignorable;
use super::text::inert;

/// Keys that one account may have.
pub const KEYS_PER_ACCOUNT: i64 = 20;

/// The longest text that is parsed; a line with an RSA key of 16,384 bits has under 3 KiB.
const MAX_BYTES: usize = 16 * 1024;
/// The most parts that a broken key is joined from: an RSA key of 16,384 bits in lines of 40 characters has 70.
const MAX_PARTS: usize = 80;
/// The most characters of a comment that are kept.
pub const COMMENT_CHARS: usize = 64;
/// The fewest bits of an RSA key (NIST SP 800-57 part 1 revision 5 table 2: 128 bits of strength).
const RSA_MIN_BITS: u32 = 3_072;

/// The algorithms that are accepted, as a line names them.
const ALGORITHMS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// Around a public key in the format of RFC 4716.
const SSH2_BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
const SSH2_END: &str = "---- END SSH2 PUBLIC KEY ----";
/// How PEM begins (RFC 7468 section 13, RFC 8017 appendix A.1.1), and what ssh-keygen(1) calls it.
const PEM_FORMATS: [(&str, &str); 2] =
    [("-----BEGIN PUBLIC KEY-----", "PKCS8"), ("-----BEGIN RSA PUBLIC KEY-----", "PEM")];
/// How the Base64 of every public key begins: with the length of its algorithm's name, which is below 192.
const BLOB_BEGIN: &str = "AAAA";
/// The same of `ssh-dss`.
const DSA_BLOB_BEGIN: &str = "AAAAB3NzaC1kc3M";

/// The option of `authorized_keys` for a security key whose signatures count without a touch (sshd(8)).
const NO_TOUCH_REQUIRED: &str = "no-touch-required";

/// Whether keys of this algorithm are in a security key (FIDO), which somebody touches.
#[must_use]
pub fn is_security_key(algorithm: &str) -> bool {
    algorithm.starts_with("sk-")
}

/// SHA-256 of a public key's exact wire blob (RFC 4253 section 6.6); what keys are looked up by.
/// Printed as `ssh-keygen -l` prints it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of `key`.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        // SHA-256 was asked for, so that is what it is.
        Self(key.fingerprint(HashAlg::Sha256).sha256().unwrap_or_default())
    }

    /// A fingerprint as it is stored; `None` if its length is wrong.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As it is stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ssh_key::Fingerprint::Sha256(self.0).fmt(f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Proof that this connection holds the private half of a key. Only `ssh::auth` makes one, of a signature that
/// russh has verified (`tests/acceptance/tidy.rs` checks that nobody else does); a key that was merely
/// offered proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenKey(Fingerprint);

impl ProvenKey {
    /// The proof that a verified signature by `key` is.
    pub(crate) fn of_verified_signature(key: &PublicKey) -> Self {
        Self(Fingerprint::of(key))
    }

    #[cfg(test)]
    pub(crate) fn for_test(key: Fingerprint) -> Self {
        Self(key)
    }

    /// Which key was proven.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0
    }
}

/// A public key that may be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey {
    fingerprint: Fingerprint,
    algorithm: String,
    blob: Vec<u8>,
    comment: String,
    no_touch_required: bool,
}

/// Why a text is refused as a key. `Display` is the sentence that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum KeyRefusal {
    /// Empty.
    Empty,
    /// Longer than any key.
    TooLong,
    /// A private key of PuTTY, which has no file that ends in .pub.
    PrivateOfPutty,
    /// A private key.
    Private,
    /// More than one line.
    SeveralLines,
    /// Options before the key, as `authorized_keys` may have them.
    Options,
    /// The one option that is taken, before a key that is in no security key.
    NoSecurityKey,
    /// A certificate.
    Certificate,
    /// DSA.
    Dsa,
    /// An RSA key that is too short.
    ShortRsa {
        /// The size of its modulus.
        bits: u32,
    },
    /// It begins as a public key does.
    Damaged,
    /// RFC 4716, but not a whole key.
    DamagedSsh2,
    /// PEM, which says nothing of SSH.
    Pem {
        /// The name of its content for ssh-keygen(1).
        format: &'static str,
    },
    /// Not a public key in OpenSSH's format.
    NotAKey,
}

impl KeyRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Empty => message!("refused-key-empty"),
            Self::TooLong => message!("refused-key-too-long"),
            Self::PrivateOfPutty => message!("refused-key-private-of-putty"),
            Self::Private => message!("refused-key-private"),
            Self::SeveralLines => message!("refused-key-several-lines"),
            Self::Options => message!("refused-key-options"),
            Self::NoSecurityKey => message!("refused-key-no-security-key"),
            Self::Certificate => message!("refused-key-certificate"),
            Self::Dsa => message!("refused-key-dsa"),
            Self::ShortRsa { bits } => message!("refused-key-short-rsa", bits = bits, min = RSA_MIN_BITS),
            Self::Damaged => message!("refused-key-damaged"),
            Self::DamagedSsh2 => message!("refused-key-damaged-ssh2"),
            Self::Pem { format } => message!("refused-key-pem", format = format),
            Self::NotAKey => message!("refused-key-none"),
        }
    }

    /// Whether the text should not stay on a screen longer than it has to.
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self, Self::Private | Self::PrivateOfPutty)
    }
}

impl SshKey {
    /// Parses one line of a `.pub` file: algorithm, Base64, comment (the format that sshd(8) describes for
    /// `authorized_keys`, with no other option than `no-touch-required`). The algorithm must be the one inside the
    /// Base64, and the Base64 the one that OpenSSH would write, so that one key has one form. A line that a terminal or an
    /// email broke is joined. Also takes the format of RFC 4716, `PuTTYgen`'s *Save public key*.
    pub fn parse(text: &str) -> Result<Self, KeyRefusal> {
        let text = trim_ignorable(text);
        if text.len() > MAX_BYTES {
            return Err(if text.contains("PRIVATE KEY") { KeyRefusal::Private } else { KeyRefusal::TooLong });
        }
        let text = text.trim();
        if text.starts_with("PuTTY-User-Key-File") {
            return Err(KeyRefusal::PrivateOfPutty);
        }
        if text.contains("PRIVATE KEY-----") || text.contains("PRIVATE KEY ----") {
            return Err(KeyRefusal::Private);
        }
        if let Some(block) = text.strip_prefix(SSH2_BEGIN) {
            return Self::parse_ssh2(block);
        }
        for (begin, format) in PEM_FORMATS {
            if text.starts_with(begin) {
                return Err(KeyRefusal::Pem { format });
            }
        }
        let mut words = text.split_whitespace();
        let first = words.next().ok_or(KeyRefusal::Empty)?;
        // The names of options are in any case (sshd(8)).
        let no_touch_required = first.eq_ignore_ascii_case(NO_TOUCH_REQUIRED);
        let algorithm = if no_touch_required { words.next().unwrap_or_default() } else { first };
        if !ALGORITHMS.contains(&algorithm) {
            return Err(Self::why_not(algorithm, words));
        }
        if no_touch_required && !is_security_key(algorithm) {
            return Err(KeyRefusal::NoSecurityKey);
        }
        let words: Vec<&str> = words.collect();
        if words.is_empty() {
            return Err(KeyRefusal::NotAKey);
        }
        if words.windows(2).any(|pair| is_algorithm(pair[0]) && pair[1].starts_with(BLOB_BEGIN)) {
            return Err(KeyRefusal::SeveralLines);
        }
        let mut base64 = String::new();
        for (at, word) in words.iter().enumerate().take(MAX_PARTS).take_while(|(_, word)| is_base64(word)) {
            base64.push_str(word);
            match Self::decode(algorithm, &base64, comment(&words[at + 1..].join(" "))) {
                Err(KeyRefusal::NotAKey) => {}
                done => return done.map(|key| Self { no_touch_required, ..key }),
            }
        }
        Err(if words[0].starts_with(BLOB_BEGIN) { KeyRefusal::Damaged } else { KeyRefusal::NotAKey })
    }

    /// Parses what stands behind [`SSH2_BEGIN`]: headers, of which one may be a comment, and the Base64 (RFC 4716 section
    /// 3). Its lines may have been joined by blanks, as a field of one line does with what is pasted.
    fn parse_ssh2(block: &str) -> Result<Self, KeyRefusal> {
        let (block, rest) = block.split_once(SSH2_END).ok_or(KeyRefusal::DamagedSsh2)?;
        if !rest.trim().is_empty() {
            return Err(KeyRefusal::SeveralLines);
        }
        for (start, _) in block.match_indices(BLOB_BEGIN).take(MAX_PARTS) {
            let (headers, body) = block.split_at(start);
            let base64: String = body.split_whitespace().collect();
            if !headers.ends_with(char::is_whitespace) || !is_base64(&base64) {
                continue;
            }
            if base64.starts_with(DSA_BLOB_BEGIN) {
                return Err(KeyRefusal::Dsa);
            }
            for algorithm in ALGORITHMS {
                match Self::decode(algorithm, &base64, comment(&ssh2_comment(headers))) {
                    Err(KeyRefusal::NotAKey) => {}
                    done => return done,
                }
            }
        }
        Err(KeyRefusal::DamagedSsh2)
    }

    fn decode(algorithm: &str, base64: &str, comment: String) -> Result<Self, KeyRefusal> {
        let line = format!("{algorithm} {base64}");
        let key = PublicKey::from_openssh(&line).map_err(|_| KeyRefusal::NotAKey)?;
        if key.to_openssh().ok().as_deref() != Some(&line) {
            return Err(KeyRefusal::NotAKey);
        }
        if let KeyData::Rsa(rsa) = key.key_data()
            && rsa.key_size() < RSA_MIN_BITS
        {
            return Err(KeyRefusal::ShortRsa { bits: rsa.key_size() });
        }
        let blob = key.to_bytes().map_err(|_| KeyRefusal::NotAKey)?;
        let (fingerprint, algorithm) = (Fingerprint::of(&key), algorithm.to_owned());
        Ok(Self { fingerprint, algorithm, blob, comment, no_touch_required: false })
    }

    /// A key as the wire has it, without a comment.
    pub fn of(key: &PublicKey) -> Result<Self, KeyRefusal> {
        let line = key.to_openssh().map_err(|_| KeyRefusal::NotAKey)?;
        let mut words = line.split(' ');
        Self::parse(&[words.next().unwrap_or_default(), words.next().unwrap_or_default()].join(" "))
    }

    /// The line that [`SshKey::parse`] takes for it, without its comment.
    #[must_use]
    pub fn line(&self) -> String {
        as_line(&self.blob, self.no_touch_required).unwrap_or_default()
    }

    /// What is wrong with a line that does not begin with one of [`ALGORITHMS`].
    fn why_not<'a>(first: &str, mut rest: impl Iterator<Item = &'a str>) -> KeyRefusal {
        if first == "ssh-dss" {
            KeyRefusal::Dsa
        } else if first.ends_with("-cert-v01@openssh.com") {
            KeyRefusal::Certificate
        } else if rest.any(is_algorithm) {
            KeyRefusal::Options
        } else {
            KeyRefusal::NotAKey
        }
    }

    /// What it is looked up by.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// `ssh-ed25519`.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The key in the wire format (RFC 4253 section 6.6).
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The owner's text, safe to print; may be empty.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Whether its signatures count without a touch.
    #[must_use]
    pub fn no_touch_required(&self) -> bool {
        self.no_touch_required
    }
}

/// The line of `authorized_keys` (sshd(8)), without a comment, for a key in the wire format; `None` if it is none.
#[must_use]
pub fn as_line(blob: &[u8], no_touch_required: bool) -> Option<String> {
    let line = PublicKey::from_bytes(blob).and_then(|key| key.to_openssh()).ok()?;
    Some(if no_touch_required { format!("{NO_TOUCH_REQUIRED} {line}") } else { line })
}

fn is_algorithm(word: &str) -> bool {
    ALGORITHMS.contains(&word) || word == "ssh-dss"
}

fn is_base64(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
}

/// Whether `text` begins a key of several lines that has not ended yet: what asks for lines one by one goes on.
#[must_use]
pub fn is_unfinished(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("---")
        && (text.contains(" BEGIN ") || text.contains("-BEGIN "))
        && !text.lines().any(|line| line.starts_with("---- END ") || line.starts_with("-----END "))
}

/// The value of the header `Comment`, without the quotes that `PuTTYgen` writes. A line that ends with a backslash goes on
/// in the next one.
fn ssh2_comment(headers: &str) -> String {
    const TAG: &str = "comment:";
    let joined = headers.replace("\r\n", "\n").replace("\\\n", "").replace("\\ ", "");
    let Some(at) = joined.to_ascii_lowercase().find(TAG) else { return String::new() };
    let value = joined[at + TAG.len()..].trim_start().lines().next().unwrap_or_default().trim();
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value).to_owned()
}

/// A comment as it is stored: without control characters, short, trimmed.
#[must_use]
pub fn comment(text: &str) -> String {
    inert(text, COMMENT_CHARS).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssh_key::Mpint;
    use ssh_key::public::{Ed25519PublicKey, RsaPublicKey, SkEd25519};

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW";

    fn line(data: KeyData) -> String {
        PublicKey::new(data, "").to_openssh().unwrap()
    }

    fn rsa(bytes: usize) -> String {
        let number = |bytes: &[u8]| Mpint::from_positive_bytes(bytes);
        line(KeyData::Rsa(RsaPublicKey::new(number(&[1, 0, 1]), number(&vec![0xC3; bytes])).unwrap()))
    }

    #[test]
    fn a_key_is_known_by_the_fingerprint_that_ssh_keygen_shows() {
        let key = SshKey::parse(&format!("{ED25519} ada@laptop\r\n")).unwrap();
        assert_eq!(key.fingerprint().to_string(), "SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8");
        assert_eq!((key.algorithm(), key.comment()), ("ssh-ed25519", "ada@laptop"));
        assert_eq!(Fingerprint::from_bytes(key.fingerprint().as_bytes()), Some(key.fingerprint()));
        assert_eq!(key.blob().len(), 4 + 11 + 4 + 32);
    }

    #[test]
    fn modern_kinds_are_taken_and_weak_ones_are_not() {
        let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBP3R2sH4DIfwMBqKZtd+ReRkABfe3RuGRWQFXo6i29ZG5jez7cJ0d34VAyCST516IHwXAFPvZlTz/i0Bb4VlNc4=";
        let token = line(KeyData::SkEd25519(SkEd25519::new(Ed25519PublicKey([7; 32]), "ssh:")));
        for good in [ecdsa, &token, &rsa(384), &rsa(512)] {
            assert!(SshKey::parse(good).is_ok(), "{good}");
        }
        assert_eq!(SshKey::parse(&rsa(256)), Err(KeyRefusal::ShortRsa { bits: 2048 }));
        assert_eq!(SshKey::parse("ssh-dss AAAAB3NzaC1kc3MAAACBAP"), Err(KeyRefusal::Dsa));
    }

    #[test]
    fn what_is_no_public_key_is_refused_with_its_reason() {
        let two = format!("{ED25519}\n{ED25519}\n");
        let options = format!("command=\"sh\",no-pty {ED25519}");
        let other_kind = ED25519.replace("ssh-ed25519", "ssh-rsa");
        let more_inside = format!("{ED25519}AAAA");
        let long = format!("{ED25519} {}", "x".repeat(MAX_BYTES));
        for (text, reason) in [
            ("", KeyRefusal::Empty),
            (" \n\n", KeyRefusal::Empty),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", KeyRefusal::Private),
            ("PuTTY-User-Key-File-3: ssh-ed25519", KeyRefusal::PrivateOfPutty),
            ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56", KeyRefusal::Private),
            ("-----BEGIN PUBLIC KEY-----\nMCowBQ", KeyRefusal::Pem { format: "PKCS8" }),
            ("-----BEGIN RSA PUBLIC KEY-----\nMIIBCg", KeyRefusal::Pem { format: "PEM" }),
            ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAC3Nz", KeyRefusal::DamagedSsh2),
            ("ssh-ed25519-cert-v01@openssh.com AAAA", KeyRefusal::Certificate),
            ("hello", KeyRefusal::NotAKey),
            ("ssh-ed25519", KeyRefusal::NotAKey),
            ("ssh-ed25519 ada@laptop", KeyRefusal::NotAKey),
            ("ssh-ed25519 AAAA", KeyRefusal::Damaged),
            (&ED25519[..60], KeyRefusal::Damaged),
            (&two, KeyRefusal::SeveralLines),
            (&options, KeyRefusal::Options),
            (&other_kind, KeyRefusal::Damaged),
            (&more_inside, KeyRefusal::Damaged),
            (&long, KeyRefusal::TooLong),
        ] {
            assert_eq!(SshKey::parse(text), Err(reason), "{text:.80}");
        }
    }

    /// `PuTTYgen`'s *Save public key*, and what ssh-keygen -e writes, as they are and as one line that a field makes of them.
    #[test]
    fn the_format_of_rfc_4716_is_the_same_key_with_its_comment() {
        let base64 = ED25519.split(' ').nth(1).unwrap();
        let (first, rest) = base64.split_at(64);
        for (headers, comment) in [
            ("Comment: \"ada's laptop (eddsa-key-20261127)\"\n", "ada's laptop (eddsa-key-20261127)"),
            (
                "Comment: \"256-bit ED25519, converted by ada@laptop from \\\nOpenSSH\"\n",
                "256-bit ED25519, converted by ada@laptop from OpenSSH",
            ),
            ("Subject: ada\nx-tool: AAAA maker\ncomment: AAAA key\n", "AAAA key"),
            ("", ""),
        ] {
            let block = format!("{SSH2_BEGIN}\n{headers}{first}\n{rest}\n{SSH2_END}\n");
            let forms = [
                block.clone(),
                block.replace('\n', "\r\n"),
                block.replace('\n', " "),
                format!("\n {block} "),
            ];
            for form in forms {
                let key = SshKey::parse(&form).unwrap_or_else(|no| panic!("{no}: {form}"));
                assert_eq!((key.line().as_str(), key.comment()), (ED25519, comment), "{form}");
            }
            let two = format!("{block}{block}");
            assert_eq!(SshKey::parse(&two), Err(KeyRefusal::SeveralLines));
            assert_eq!(SshKey::parse(&block.replace(rest, "")), Err(KeyRefusal::DamagedSsh2));
        }
        let short = rsa(256);
        let short = format!("{SSH2_BEGIN}\n{}\n{SSH2_END}", short.split(' ').nth(1).unwrap());
        assert_eq!(SshKey::parse(&short), Err(KeyRefusal::ShortRsa { bits: 2048 }));
        let dsa = format!("{SSH2_BEGIN}\nAAAAB3NzaC1kc3MAAACBAP\n{SSH2_END}");
        assert_eq!(SshKey::parse(&dsa), Err(KeyRefusal::Dsa));
    }

    #[test]
    fn a_line_that_was_broken_is_joined() {
        let (half, other) = ED25519.split_at(50);
        let rsa = rsa(384);
        let wrapped: Vec<String> =
            rsa.as_bytes().chunks(76).map(|part| String::from_utf8(part.to_vec()).unwrap()).collect();
        for (text, line, comment) in [
            (format!("{half}\n{other} ada@laptop"), ED25519, "ada@laptop"),
            (format!("{half} {other}"), ED25519, ""),
            (ED25519.replace(' ', "\r\n"), ED25519, ""),
            (format!("{ED25519} ada\n@laptop of mine"), ED25519, "ada @laptop of mine"),
            (wrapped.join("\n"), &rsa, ""),
        ] {
            let key = SshKey::parse(&text).unwrap_or_else(|no| panic!("{no}: {text}"));
            assert_eq!((key.line().as_str(), key.comment()), (line, comment), "{text}");
        }
    }

    #[test]
    fn a_key_of_several_lines_is_unfinished_until_its_end() {
        for begun in [SSH2_BEGIN, "-----BEGIN PUBLIC KEY-----", " -----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"]
        {
            assert!(is_unfinished(begun), "{begun}");
        }
        for whole in [
            ED25519,
            "",
            "---",
            &format!("{SSH2_BEGIN}\nAAAA\n{SSH2_END}"),
            "-----BEGIN X-----\n-----END X-----",
        ] {
            assert!(!is_unfinished(whole), "{whole}");
        }
    }

    #[test]
    fn a_security_key_may_be_registered_to_need_no_touch_and_no_other_key() {
        let token = line(KeyData::SkEd25519(SkEd25519::new(Ed25519PublicKey([7; 32]), "ssh:")));
        assert!(!SshKey::parse(&token).unwrap().no_touch_required());
        for option in ["no-touch-required", "No-Touch-Required"] {
            let key = SshKey::parse(&format!("{option} {token} blue one")).unwrap();
            assert!(key.no_touch_required() && key.comment() == "blue one");
            assert_eq!(key.line(), format!("no-touch-required {token}"));
            assert_eq!(key.fingerprint(), SshKey::parse(&token).unwrap().fingerprint());
            assert_eq!(SshKey::parse(&format!("{option} {ED25519}")), Err(KeyRefusal::NoSecurityKey));
        }
        for options in ["no-touch-required,verify-required", "no-touch-required no-pty", "verify-required"] {
            assert_eq!(SshKey::parse(&format!("{options} {token}")), Err(KeyRefusal::Options), "{options}");
        }
        assert_eq!(SshKey::parse("no-touch-required"), Err(KeyRefusal::NotAKey));
    }

    #[test]
    fn a_comment_keeps_its_blanks_umlauts_and_emoji() {
        let comment = "Jürgens Notebook 🔑 (büro)";
        let key = SshKey::parse(&format!("{ED25519} {comment}\r\n")).unwrap();
        assert_eq!(key.comment(), comment);
    }

    #[test]
    fn a_comment_is_harmless_and_short() {
        let key = SshKey::parse(&format!("{ED25519} a\u{1b}[2J\u{202e}b {}", "c".repeat(99))).unwrap();
        assert!(key.comment().starts_with("a[2Jb ccc"), "{}", key.comment());
        assert_eq!(key.comment().chars().count(), 64);
    }
}
