//! Usernames: which are allowed, and when two are equal.

use precis_core::profile::{PrecisFastInvocation, stabilize};
use precis_profiles::{UsernameCaseMapped, UsernameCasePreserved};

use super::email;
use super::text::inert;

/// Maximum length of a username in characters.
const MAX_CHARS: usize = 64;
/// Characters of a typed identifier that are examined; an email address has at most 254.
const MAX_IDENTIFIER_CHARS: usize = 320;

/// A valid username. Safe to print; compare by [`UserName::canonical`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName {
    shown: String,
    canonical: String,
}

/// Why a text is not a valid username. `Display` is the message that operators see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameRefusal {
    #[error("a username needs at least one character")]
    Empty,
    /// More than 64 characters.
    #[error("a username can have at most 64 characters")]
    TooLong,
    /// Contains an `@`, which would make it look like an email address.
    #[error("a username cannot contain `@`")]
    At,
    /// Starts with neither a letter nor a digit.
    #[error("a username must start with a letter or a digit")]
    Start,
    /// Contains a character that is not allowed.
    #[error("a username can contain only letters, digits, `.`, `_` and `-`")]
    Character,
    /// Mixes alphabets that look alike, as in `paypаl` with one Cyrillic letter.
    #[error("a username cannot mix Latin, Greek, Cyrillic, Armenian and Cherokee letters")]
    MixedAlphabets,
}

/// Names of system accounts. Servers may ask the portal for the keys of `root`, so nobody may
/// choose that name for themselves.
const SYSTEM_NAMES: [&str; 60] = [
    "root",
    "toor",
    "admin",
    "administrator",
    "adm",
    "daemon",
    "bin",
    "sys",
    "sync",
    "games",
    "man",
    "lp",
    "mail",
    "news",
    "uucp",
    "proxy",
    "www",
    "www-data",
    "http",
    "nginx",
    "apache",
    "backup",
    "list",
    "irc",
    "gnats",
    "nobody",
    "nogroup",
    "wheel",
    "sudo",
    "staff",
    "operator",
    "sshd",
    "ssh",
    "ftp",
    "git",
    "gitlab",
    "svn",
    "postgres",
    "mysql",
    "redis",
    "mongodb",
    "elasticsearch",
    "rabbitmq",
    "docker",
    "kubernetes",
    "ansible",
    "puppet",
    "jenkins",
    "deploy",
    "ubuntu",
    "debian",
    "centos",
    "fedora",
    "ec2-user",
    "vagrant",
    "pi",
    "core",
    "systemd",
    "postmaster",
    "hostmaster",
];

impl UserName {
    /// Whether this is the name of a system account.
    #[must_use]
    pub fn is_system_name(&self) -> bool {
        let name = self.canonical();
        SYSTEM_NAMES.contains(&name) || name.starts_with("systemd-") || name.starts_with('_')
    }

    /// Parses a username: RFC 8265 `UsernameCaseMapped`, restricted to letters, digits and `._-`, starting
    /// with a letter or digit, 1 to 64 characters, without mixing look-alike alphabets.
    pub fn parse(text: &str) -> Result<Self, NameRefusal> {
        if text.is_empty() {
            return Err(NameRefusal::Empty);
        }
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(NameRefusal::TooLong);
        }
        if text.contains(['@', '＠']) {
            return Err(NameRefusal::At);
        }
        let shown =
            stabilize(text, |s| UsernameCasePreserved::enforce(s)).map_err(|_| NameRefusal::Character)?;
        let canonical =
            stabilize(text, |s| UsernameCaseMapped::enforce(s)).map_err(|_| NameRefusal::Character)?;
        Self::check(&shown)?;
        Self::check(&canonical)?;
        Ok(Self { shown: shown.into_owned(), canonical: canonical.into_owned() })
    }

    fn check(text: &str) -> Result<(), NameRefusal> {
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(NameRefusal::TooLong);
        }
        if !text.starts_with(char::is_alphanumeric) {
            return Err(NameRefusal::Start);
        }
        let allowed = |c: char| {
            c.is_alphanumeric()
                || matches!(c, '.' | '_' | '-')
                || unicode_normalization::char::is_combining_mark(c)
        };
        if !text.chars().all(allowed) || !super::text::is_inert(text) {
            return Err(NameRefusal::Character);
        }
        let mut alphabets = text.chars().filter_map(look_alike_alphabet);
        let first = alphabets.next();
        if alphabets.any(|other| Some(other) != first) {
            return Err(NameRefusal::MixedAlphabets);
        }
        Ok(())
    }

    /// The name as entered, normalised. Safe to print.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The form that must be unique: lower case, normalised.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

/// The lookup key for a typed "Email or username": the canonical email address if it contains an `@`,
/// the canonical username otherwise. Never fails: invalid input yields a stable key that no account
/// has, so an unknown name costs the same as a known one.
#[must_use]
pub fn canonical_identifier(typed: &str) -> String {
    let capped: String = typed.trim().chars().take(MAX_IDENTIFIER_CHARS).collect();
    let canonical = if capped.contains(['@', '＠']) {
        email::Email::parse(&capped).map(|address| address.canonical().to_owned()).ok()
    } else {
        UserName::parse(&capped).map(|name| name.canonical).ok()
    };
    // Neither names nor addresses contain a space, so invalid input never matches an account.
    canonical.unwrap_or_else(|| format!(" {}", inert(&capped, MAX_IDENTIFIER_CHARS).to_lowercase()))
}

/// The alphabet of `c`, if its letters can be mistaken for those of another one.
fn look_alike_alphabet(c: char) -> Option<u8> {
    match u32::from(c) {
        0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => Some(0),
        0x370..=0x3FF | 0x1F00..=0x1FFF => Some(1),
        0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => Some(2),
        0x530..=0x58F => Some(3),
        0x13A0..=0x13FF | 0xAB70..=0xABBF => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_and_unicode_forms_of_one_name_are_one() {
        let canonical = |text: &str| UserName::parse(text).unwrap().canonical().to_owned();
        assert_eq!(canonical("Ada.Lovelace"), "ada.lovelace");
        assert_eq!(canonical("ＡＤＡ"), "ada");
        assert_eq!(canonical("Zoe\u{308}"), canonical("zoë"));
        assert_eq!(UserName::parse("Zoe\u{308}").unwrap().as_str(), "Zoë");
    }

    #[test]
    fn invalid_names_are_refused_with_a_reason() {
        let long = "a".repeat(65);
        for (text, reason) in [
            ("", NameRefusal::Empty),
            (long.as_str(), NameRefusal::TooLong),
            ("ada@example.org", NameRefusal::At),
            ("-rf", NameRefusal::Start),
            (".ssh", NameRefusal::Start),
            ("ada lovelace", NameRefusal::Character),
            ("ada\u{202e}", NameRefusal::Character),
            ("ada\n", NameRefusal::Character),
            ("a'--", NameRefusal::Character),
            ("p\u{430}ypal", NameRefusal::MixedAlphabets),
        ] {
            assert_eq!(UserName::parse(text), Err(reason), "{text:?}");
        }
        assert!(UserName::parse(&"a".repeat(64)).is_ok());
        assert!(UserName::parse("владимир").is_ok());
    }

    #[test]
    fn a_typed_identifier_is_an_address_or_a_name_or_harmless() {
        assert_eq!(canonical_identifier("  Ada "), "ada");
        assert_eq!(canonical_identifier("Ada@Example.ORG"), "ada@example.org");
        assert!(canonical_identifier("ada lovelace").starts_with(' '));
        assert!(canonical_identifier("a@b@c").starts_with(' '));
        assert!(canonical_identifier(&"x".repeat(1_000_000)).len() <= 321);
        assert_eq!(canonical_identifier(""), " ");
    }

    proptest! {
        #[test]
        fn a_canonical_name_is_its_own_canonical_name(text in "[\\PC]{0,20}|[a-zA-Z0-9._-]{1,20}") {
            if let Ok(name) = UserName::parse(&text) {
                let again = UserName::parse(name.canonical()).map(|n| n.canonical().to_owned());
                prop_assert_eq!(again, Ok(name.canonical().to_owned()));
                prop_assert_eq!(canonical_identifier(name.as_str()), name.canonical());
            }
        }

        #[test]
        fn a_typed_identifier_never_holds_a_control(text in any::<String>()) {
            prop_assert!(canonical_identifier(&text).chars().all(|c| !c.is_control()));
        }
    }
}
