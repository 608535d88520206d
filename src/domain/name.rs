//! Usernames: which are allowed, and when two are equal or look so.

use precis_core::profile::{PrecisFastInvocation, stabilize};
use precis_profiles::{UsernameCaseMapped, UsernameCasePreserved};
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, skeleton};

use crate::message;
use crate::messages::Message;

use super::email;
use super::input::trim_ignorable;
use super::text::{behind_colon, inert};

/// Maximum length of a username in characters.
pub const NAME_CHARS: usize = 64;
/// Characters of a typed identifier that are examined; an email address has at most 254.
const MAX_IDENTIFIER_CHARS: usize = 320;

/// A valid username. Safe to print; compare by [`UserName::canonical`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName {
    shown: String,
    canonical: String,
}

/// Why a text is not a valid username. `Display` is the message that operators see, behind a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", behind_colon(&self.message().to_string()))]
pub enum NameRefusal {
    Empty,
    /// More than [`NAME_CHARS`].
    TooLong,
    /// Contains an `@`, which would make it look like an email address.
    At,
    /// Starts or ends with neither a letter nor a digit.
    Ends,
    /// Contains a character that no username may have.
    Character,
    /// Contains a character beyond ASCII where the operator has not opened Unicode.
    NotAscii,
    /// Mixes alphabets, as in `paypаl` with one Cyrillic letter.
    MixedAlphabets,
    /// Has letters beyond ASCII and looks as if it had none, as `сара` does.
    LooksAscii,
    /// Opens a page of the portal, or is the name of a system account.
    Reserved,
}

impl NameRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Empty => message!("refused-name-empty"),
            Self::TooLong => message!("refused-name-too-long", max = NAME_CHARS),
            Self::At => message!("refused-name-at"),
            Self::Ends => message!("refused-name-ends"),
            Self::Character => message!("refused-name-character"),
            Self::NotAscii => message!("refused-name-not-ascii"),
            Self::MixedAlphabets => message!("refused-name-mixed-alphabets"),
            Self::LooksAscii => message!("refused-name-looks-ascii"),
            Self::Reserved => message!("refused-name-reserved"),
        }
    }
}

/// Which usernames can be chosen now. One that was chosen under another policy stays what it is.
#[derive(Clone, Debug, Default)]
pub struct NamePolicy {
    /// Whether letters beyond a to z are allowed.
    pub unicode: bool,
    /// Names that open pages of the portal.
    pub reserved: Vec<String>,
}

impl NamePolicy {
    /// The new username that `text` means, in lower case: what people see is what is compared.
    pub fn check(&self, text: &str) -> Result<UserName, NameRefusal> {
        if !self.unicode && !text.is_ascii() {
            return Err(NameRefusal::NotAscii);
        }
        let UserName { canonical, .. } = UserName::parse(text)?;
        let name = UserName { shown: canonical.clone(), canonical };
        if name.canonical.ends_with(['.', '_', '-']) {
            return Err(NameRefusal::Ends);
        }
        if !name.canonical.is_ascii() && name.skeleton().is_ascii() {
            return Err(NameRefusal::LooksAscii);
        }
        if self.is_reserved(&name) { Err(NameRefusal::Reserved) } else { Ok(name) }
    }

    fn is_reserved(&self, name: &UserName) -> bool {
        self.reserved.iter().any(|reserved| reserved.to_lowercase() == name.canonical)
            || name.is_system_name()
    }
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
    fn is_system_name(&self) -> bool {
        let name = self.canonical();
        SYSTEM_NAMES.contains(&name) || name.starts_with("systemd-")
    }

    /// Parses a username that somebody may have: RFC 8265 `UsernameCaseMapped`, restricted to letters, digits and
    /// `._-`, starting with a letter or digit, 1 to 64 characters, without mixing alphabets (UTS #39 section 5.2,
    /// "Highly Restrictive"). Which can be chosen is narrower: [`NamePolicy`].
    pub fn parse(text: &str) -> Result<Self, NameRefusal> {
        if text.is_empty() {
            return Err(NameRefusal::Empty);
        }
        if text.chars().nth(NAME_CHARS).is_some() {
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
        if text.chars().nth(NAME_CHARS).is_some() {
            return Err(NameRefusal::TooLong);
        }
        if !text.starts_with(char::is_alphanumeric) {
            return Err(NameRefusal::Ends);
        }
        let allowed = |c: char| {
            (c.is_alphanumeric()
                || matches!(c, '.' | '_' | '-')
                || unicode_normalization::char::is_combining_mark(c))
                && c.identifier_allowed()
        };
        if !text.chars().all(allowed) || !super::text::is_inert(text) {
            return Err(NameRefusal::Character);
        }
        if text.check_restriction_level(RestrictionLevel::HighlyRestrictive) {
            Ok(())
        } else {
            Err(NameRefusal::MixedAlphabets)
        }
    }

    /// Equal for names that look alike (UTS #39 section 4). A name in ASCII is its own: the policy refuses every other
    /// that looks like it, and people read `modern` and `modem` apart.
    #[must_use]
    pub fn skeleton(&self) -> String {
        if self.canonical.is_ascii() { self.canonical.clone() } else { skeleton(&self.canonical).collect() }
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
    let capped: String = trim_ignorable(typed.trim()).trim().chars().take(MAX_IDENTIFIER_CHARS).collect();
    let canonical = if capped.contains(['@', '＠']) {
        email::Email::parse(&capped).map(|address| address.canonical().to_owned()).ok()
    } else {
        UserName::parse(&capped).map(|name| name.canonical).ok()
    };
    // Neither names nor addresses contain a space, so invalid input never matches an account.
    canonical.unwrap_or_else(|| format!(" {}", inert(&capped, MAX_IDENTIFIER_CHARS).to_lowercase()))
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
            ("-rf", NameRefusal::Ends),
            (".ssh", NameRefusal::Ends),
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
    fn a_new_name_is_ascii_in_lower_case_unless_unicode_is_open() {
        let (ascii, unicode) = (NamePolicy::default(), NamePolicy { unicode: true, ..NamePolicy::default() });
        for policy in [&ascii, &unicode] {
            let name = policy.check("Ada.Lovelace-2").unwrap();
            assert_eq!((name.as_str(), name.canonical()), ("ada.lovelace-2", "ada.lovelace-2"));
            for text in ["ada-", "ada.", "ada_", "-", "_ada"] {
                assert_eq!(policy.check(text), Err(NameRefusal::Ends), "{text}");
            }
        }
        for text in ["müller", "владимир", "ＡＤＡ"] {
            assert_eq!(ascii.check(text), Err(NameRefusal::NotAscii), "{text}");
            assert!(unicode.check(text).is_ok(), "{text}");
        }
        assert_eq!(unicode.check("MÜLLER").unwrap().as_str(), "müller");
        assert_eq!(ascii.check("mi\u{212a}e"), Err(NameRefusal::NotAscii), "the Kelvin sign");
        assert_eq!(unicode.check("mi\u{212a}e"), Err(NameRefusal::Character));
    }

    #[test]
    fn names_that_look_alike_are_refused_or_have_one_skeleton() {
        let unicode = NamePolicy { unicode: true, ..NamePolicy::default() };
        for (text, reason) in [
            ("p\u{430}ypal", NameRefusal::MixedAlphabets),
            ("r\u{3bf}\u{3bf}t", NameRefusal::MixedAlphabets),
            // Cyrillic that looks like `cocoa` without its last letter, and Latin with a dotless i.
            ("\u{441}\u{43e}\u{441}\u{43e}", NameRefusal::LooksAscii),
            ("adm\u{131}n", NameRefusal::LooksAscii),
            // Mathematical letters are no letters of a name.
            ("\u{1d41a}da", NameRefusal::Character),
        ] {
            assert_eq!(unicode.check(text), Err(reason), "{text}");
        }
        let skeleton = |text: &str| unicode.check(text).unwrap().skeleton();
        assert_eq!(skeleton("c\u{e4}c"), skeleton("\u{441}\u{4d3}\u{441}"));
        assert_ne!(skeleton("müller"), skeleton("muller"));
        assert_ne!(skeleton("modern"), skeleton("modem"));
        assert_ne!(skeleton("user1"), skeleton("userl"));
    }

    #[test]
    fn reserved_names_are_refused_in_every_spelling() {
        let policy = NamePolicy { reserved: vec!["door".into()], ..NamePolicy::default() };
        for text in ["door", "DOOR", "root", "Admin", "systemd-network"] {
            assert_eq!(policy.check(text), Err(NameRefusal::Reserved), "{text}");
        }
        assert!(policy.check("doors").is_ok());
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
            let policy = NamePolicy { unicode: true, ..NamePolicy::default() };
            if let Ok(new) = policy.check(&text) {
                prop_assert_eq!(UserName::parse(new.as_str()), Ok(new));
            }
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
