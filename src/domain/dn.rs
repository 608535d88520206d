//! Distinguished names (RFC 4514): read from what clients type, compared as directories compare them, and written.

use std::fmt;
use std::str::FromStr;

use super::text::inert;

/// The most parts of a name that are looked at; ours have five.
const MOST_RDNS: usize = 32;
const MAX_BYTES: usize = 1_024;

/// A distinguished name, its own part first: `uid=ada,ou=people,dc=example,dc=org`. Two are equal when a directory takes
/// them for the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dn(Vec<Rdn>);

/// One part of a name: `uid=ada`.
#[derive(Clone, Debug, Eq)]
pub struct Rdn {
    /// The attribute, in lower case and by its short name.
    attribute: String,
    value: String,
}

impl Rdn {
    /// A part.
    #[must_use]
    pub fn new(attribute: &str, value: &str) -> Self {
        Self { attribute: attribute.to_ascii_lowercase(), value: value.to_owned() }
    }

    /// The value, where the part is of this attribute.
    #[must_use]
    pub fn value_of(&self, attribute: &str) -> Option<&str> {
        (self.attribute == attribute).then_some(self.value.as_str())
    }

    fn key(&self) -> (&str, String) {
        (&self.attribute, folded(&self.value))
    }
}

impl PartialEq for Rdn {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl PartialOrd for Rdn {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rdn {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// A text as `caseIgnoreMatch` compares it (RFC 4518, roughly): without case, and each run of spaces as one.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

impl Dn {
    /// Reads a name; `None` for what is none. The empty name is the root's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let mut rest = text.trim_matches(' ');
        let mut rdns = Vec::new();
        while !rest.is_empty() || !rdns.is_empty() {
            let (attribute, behind) = attribute(rest)?;
            let (value, behind) = value(behind)?;
            rdns.push(Rdn { attribute, value });
            if rdns.len() > MOST_RDNS {
                return None;
            }
            match behind.strip_prefix([',', ';']) {
                Some(behind) => rest = behind.trim_start_matches(' '),
                // A part of several values (`+`) is none of ours.
                None if behind.is_empty() => break,
                None => return None,
            }
        }
        Some(Self(rdns))
    }

    /// Whether it is the root's.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of what is right below, by its own part.
    #[must_use]
    pub fn child(&self, attribute: &str, value: &str) -> Self {
        let own = Rdn::new(attribute, value);
        Self(std::iter::once(own).chain(self.0.iter().cloned()).collect())
    }

    /// The parts before `base`, if this is `base` or below it.
    #[must_use]
    pub fn below(&self, base: &Self) -> Option<&[Rdn]> {
        let at = self.0.len().checked_sub(base.0.len())?;
        let (own, end) = self.0.split_at(at);
        (end == base.0.as_slice()).then_some(own)
    }

    /// The text that all spellings of the name have in common: where it is compared with many, each is folded once.
    #[must_use]
    pub fn canonical(&self) -> String {
        let folded = |Rdn { attribute, value }: &Rdn| Rdn::new(attribute, &folded(value));
        Self(self.0.iter().map(folded).collect()).to_string()
    }

    /// Its own part; the root has none.
    #[must_use]
    pub fn first(&self) -> Option<&Rdn> {
        self.0.first()
    }
}

/// A DN of the settings: at least one part.
impl FromStr for Dn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::parse(text).filter(|dn| !dn.is_root());
        found.ok_or_else(|| format!("expected a name such as dc=example,dc=org; found `{}`", inert(text, 60)))
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, Rdn { attribute, value }) in self.0.iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            write!(f, "{comma}{attribute}={}", escaped(value))?;
        }
        Ok(())
    }
}

/// A value with what it must not have as it is behind a backslash (RFC 4514, section 2.4).
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, c) in value.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            '\0' => out.push_str("\\00"),
            c => out.push(c),
        }
    }
    out
}

/// The attribute before the first `=`, and what is behind that.
fn attribute(text: &str) -> Option<(String, &str)> {
    let (name, behind) = text.split_once('=')?;
    let name = name.trim_matches(' ');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if name.is_empty() || !name.chars().all(is_plain) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let short = match name.strip_prefix("oid.").unwrap_or(&name) {
        "2.5.4.3" | "commonname" => "cn",
        "2.5.4.10" | "organizationname" => "o",
        "2.5.4.11" | "organizationalunitname" => "ou",
        "0.9.2342.19200300.100.1.1" | "userid" => "uid",
        "0.9.2342.19200300.100.1.25" | "domaincomponent" => "dc",
        other => other,
    };
    Some((short.to_owned(), behind))
}

/// A value up to the separator that is not escaped, and what begins there.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches(' ');
    // `#` begins the BER of a value, which nobody types for a name.
    if text.starts_with('#') {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    // Behind the last byte that is no space, or is an escaped one.
    let mut kept = 0;
    let mut at = text.char_indices();
    while let Some((place, c)) = at.next() {
        match c {
            ',' | ';' => return finish(bytes, kept).map(|value| (value, &text[place..])),
            '+' | '"' | '<' | '>' | '\0' => return None,
            '\\' => {
                let (_, escaped) = at.next()?;
                match escaped.to_digit(16) {
                    Some(high) => {
                        let (_, low) = at.next()?;
                        bytes.push(u8::try_from(high * 16 + low.to_digit(16)?).ok()?);
                    }
                    None if " \"#+,;<=>\\".contains(escaped) => bytes.push(escaped as u8),
                    None => return None,
                }
                kept = bytes.len();
            }
            c => {
                bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                if c != ' ' {
                    kept = bytes.len();
                }
            }
        }
    }
    finish(bytes, kept).map(|value| (value, ""))
}

fn finish(mut bytes: Vec<u8>, kept: usize) -> Option<String> {
    bytes.truncate(kept);
    String::from_utf8(bytes).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dn(text: &str) -> Dn {
        Dn::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn the_same_name_is_recognised_however_it_is_spelled() {
        let ada = dn("uid=ada,ou=people,dc=example,dc=org");
        for text in [
            "UID=Ada,OU=People,DC=Example,DC=ORG",
            " uid = ada , ou = people ;dc=example,dc=org ",
            "0.9.2342.19200300.100.1.1=ada,2.5.4.11=people,dc=example,dc=org",
            "uid=\\61d\\61,ou=people,dc=example,dc=org",
        ] {
            assert_eq!(dn(text), ada, "{text}");
            assert_eq!(dn(text).canonical(), "uid=ada,ou=people,dc=example,dc=org", "{text}");
        }
        assert_ne!(dn("uid=ada,ou=teams,dc=example,dc=org"), ada);
        assert_eq!(ada.to_string(), "uid=ada,ou=people,dc=example,dc=org");
        assert!(dn("").is_root() && dn("  ").is_root());
    }

    #[test]
    fn escapes_are_read_and_written() {
        for (text, value) in [
            ("cn=a\\,b,dc=x", "a,b"),
            ("cn=\\23 1\\ ,dc=x", "# 1 "),
            ("cn=\\c3\\a4,dc=x", "ä"),
            ("cn=a \\\\ b,dc=x", "a \\ b"),
            ("cn=a=b,dc=x", "a=b"),
        ] {
            assert_eq!(dn(text).first().unwrap().value_of("cn"), Some(value), "{text}");
        }
        let team = dn("dc=x").child("cn", " #Ops, \"core\" + <x>; \\ ");
        assert_eq!(team.to_string(), "cn=\\ #Ops\\, \\\"core\\\" \\+ \\<x\\>\\; \\\\\\ ,dc=x");
        assert_eq!(dn(&team.to_string()), team);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "ada",
            "=ada",
            "uid=",
            "uid=ada,",
            ",uid=ada",
            "uid=a+cn=b",
            "uid=\\4",
            "uid=\\zz",
            "uid=\\ff",
            "uid=#0401",
            "u id=a",
            "uid=\"a\"",
            "uid=a,,dc=x",
        ] {
            assert!(Dn::parse(text).is_none(), "{text}");
        }
        assert!(Dn::parse(&"dc=a,".repeat(300)).is_none());
        assert!("".parse::<Dn>().is_err());
    }

    #[test]
    fn what_is_below_a_base_is_told_apart() {
        let base = dn("dc=example,dc=org");
        assert_eq!(dn("ou=people,dc=example,dc=org").below(&base).unwrap().len(), 1);
        assert_eq!(base.below(&base).unwrap().len(), 0);
        assert!(
            dn("dc=org").below(&base).is_none() && dn("ou=people,dc=example,dc=com").below(&base).is_none()
        );
    }

    proptest! {
        #[test]
        fn any_value_is_read_back(value in "\\PC{1,40}") {
            let name = dn("dc=x").child("cn", &value);
            if let Some(read) = Dn::parse(&name.to_string()) {
                prop_assert_eq!(read.first().and_then(|own| own.value_of("cn")), Some(value.as_str()));
            } else {
                prop_assert!(value.trim_matches(' ').is_empty() || value.contains('\0'), "{}", name);
            }
        }

        #[test]
        fn names_are_equal_when_their_canonical_texts_are(one in "[aA ,=\\\\\u{a0}]{1,4}", other in "[aA ,=\\\\\u{a0}]{1,4}") {
            let (one, other) = (dn("dc=x").child("cn", &one), dn("dc=x").child("cn", &other));
            prop_assert_eq!(one == other, one.canonical() == other.canonical(), "{} {}", one, other);
        }

        #[test]
        fn no_text_makes_reading_panic(text in any::<String>()) {
            if let Some(name) = Dn::parse(&text) {
                prop_assert_eq!(Dn::parse(&name.to_string()), Some(name));
            }
        }
    }
}
