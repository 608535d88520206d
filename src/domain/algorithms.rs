//! The algorithms of the SSH transport that an operator can choose from, written as in `sshd_config(5)`: names with commas
//! between. After `+` they are added to the default list, after `-` taken from it, after `^` moved to its head; `*` and
//! `?` stand for any letters.
//!
//! Left out for everybody: SHA-1, MD5, CBC, 3DES, RC4, DSA, RSA below 3072 bits, host keys of other curves, group exchange,
//! and `none`. Finite-field Diffie-Hellman costs the server more than anything else that a stranger can ask for
//! (CVE-2002-20001), so its smaller groups are there only for operators who add them.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// What a list is for.
pub trait AlgorithmKind {
    /// The default list, the first choice first.
    const DEFAULT: &'static [&'static str];
    /// What can be added to it.
    const OPTIONAL: &'static [&'static str];
}

/// Declares the kinds, each with the name of its list.
macro_rules! kinds {
    ($( $(#[doc = $about:literal])+ $Kind:ident, $List:ident: $default:expr, $optional:expr; )*) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $Kind;

        impl AlgorithmKind for $Kind {
            const DEFAULT: &'static [&'static str] = &$default;
            const OPTIONAL: &'static [&'static str] = &$optional;
        }

        $(#[doc = $about])+
        pub type $List = AlgorithmList<$Kind>;
    )* };
}

kinds! {
    /// Key exchange: the post-quantum hybrid first, then X25519 (RFC 8731), then the curves of FIPS 140 (RFC 5656).
    Kex, KexList: [
        "mlkem768x25519-sha256",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
    ], ["diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512"];
    /// Ciphers.
    Cipher, CipherList: [
        "chacha20-poly1305@openssh.com",
        "aes256-gcm@openssh.com",
        "aes256-ctr",
        "aes192-ctr",
        "aes128-ctr",
    ], ["aes128-gcm@openssh.com"];
    /// Message authentication: encrypt-then-MAC first, then the plain kind for clients that know no other.
    Mac, MacList: [
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512",
        "hmac-sha2-256",
    ], [];
    /// Signatures of the host.
    HostKeyAlgorithm, HostKeyList: ["ssh-ed25519", "ecdsa-sha2-nistp256"], ["rsa-sha2-512", "rsa-sha2-256"];
}

/// Algorithms of one kind, the first choice first; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmList<K> {
    names: Vec<&'static str>,
    kind: PhantomData<K>,
}

impl<K> AlgorithmList<K> {
    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }

    /// Whether `name` is in the list.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    fn of(names: Vec<&'static str>) -> Self {
        Self { names, kind: PhantomData }
    }
}

impl<K: AlgorithmKind> Default for AlgorithmList<K> {
    fn default() -> Self {
        Self::of(K::DEFAULT.to_vec())
    }
}

impl<K> fmt::Display for AlgorithmList<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join(","))
    }
}

impl<K: AlgorithmKind> FromStr for AlgorithmList<K> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (how, patterns) = match text.as_bytes().first() {
            Some(b'+' | b'-' | b'^') => text.split_at(1),
            _ => ("", text),
        };
        let chosen = matching::<K>(patterns)?;
        let default = K::DEFAULT.iter().copied();
        let names: Vec<_> = match how {
            "+" => default.chain(chosen.into_iter().filter(|name| !K::DEFAULT.contains(name))).collect(),
            "-" => default.filter(|name| !chosen.contains(name)).collect(),
            "^" => chosen.iter().copied().chain(default.filter(|name| !chosen.contains(name))).collect(),
            _ => chosen,
        };
        if names.is_empty() {
            return Err(format!("`{text}` leaves no algorithm; at least one of {} must stay", known::<K>()));
        }
        Ok(Self::of(names))
    }
}

/// The known names that fit any of `patterns`, each once, in the order of the patterns.
fn matching<K: AlgorithmKind>(patterns: &str) -> Result<Vec<&'static str>, String> {
    let mut chosen = Vec::new();
    for pattern in patterns.split(',').map(str::trim) {
        let known_names = K::DEFAULT.iter().chain(K::OPTIONAL).copied();
        let mut found =
            known_names.filter(|name| matches_wildcards(pattern.as_bytes(), name.as_bytes())).peekable();
        if found.peek().is_none() {
            return Err(match pattern {
                "" => format!("expected algorithms with commas between, of {}", known::<K>()),
                _ => format!("`{pattern}` is not available here; available are {}", known::<K>()),
            });
        }
        for name in found {
            if !chosen.contains(&name) {
                chosen.push(name);
            }
        }
    }
    Ok(chosen)
}

fn known<K: AlgorithmKind>() -> String {
    [K::DEFAULT, K::OPTIONAL].concat().join(", ")
}

/// `*` stands for any letters, `?` for one (PATTERNS in `ssh_config(5)`).
fn matches_wildcards(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches_wildcards(rest, name)
                || name.split_first().is_some_and(|(_, behind)| matches_wildcards(pattern, behind))
        }
        (Some((asked, rest)), Some((found, behind))) => {
            (asked == found || *asked == b'?') && matches_wildcards(rest, behind)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn macs(text: &str) -> String {
        text.parse::<MacList>().unwrap().to_string()
    }

    const DEFAULT: &str =
        "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256";

    #[test]
    fn a_list_is_written_as_in_sshd_config() {
        assert_eq!(MacList::default().to_string(), DEFAULT);
        assert_eq!(
            macs("hmac-sha2-256, hmac-sha2-512-etm@openssh.com"),
            "hmac-sha2-256,hmac-sha2-512-etm@openssh.com"
        );
        assert_eq!(
            macs("-hmac-sha2-512,hmac-sha2-256"),
            "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com"
        );
        assert_eq!(macs("-*-etm@openssh.com"), "hmac-sha2-512,hmac-sha2-256");
        assert_eq!(
            macs("^hmac-sha2-256"),
            "hmac-sha2-256,hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512"
        );
        assert_eq!(macs("*"), DEFAULT);
        let keys: HostKeyList = "+rsa-sha2-*".parse().unwrap();
        assert_eq!(keys.to_string(), "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256");
        assert_eq!(keys.names().collect::<Vec<_>>().join(","), keys.to_string());
        assert!(keys.contains("rsa-sha2-256") && !HostKeyList::default().contains("rsa-sha2-256"));
        // What is printed is read again.
        let kex: KexList = "^diffie-hellman-group16-sha512".parse().unwrap();
        assert_eq!(kex.to_string().parse(), Ok(kex));
    }

    #[test]
    fn what_is_not_known_or_leaves_nothing_is_refused_and_says_what_there_is() {
        for text in ["hmac-sha1", "+hmac-md5", "hmac-sha2-256,hmac-sha1", "-umac*", "none"] {
            let error = text.parse::<MacList>().unwrap_err();
            assert!(
                error.contains("is not available here") && error.contains("hmac-sha2-256-etm"),
                "{error}"
            );
        }
        for text in ["", "+", "hmac-sha2-256,", ",", "^"] {
            let error = text.parse::<MacList>().unwrap_err();
            assert!(error.contains("expected algorithms with commas between"), "{text}: {error}");
        }
        let error = "-*".parse::<CipherList>().unwrap_err();
        assert!(error.contains("`-*` leaves no algorithm") && error.contains("aes128-gcm"), "{error}");
    }
}
