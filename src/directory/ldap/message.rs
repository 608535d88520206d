//! LDAP's messages (RFC 4511): those that are sent, and what is read of the answers.

use super::ber::{
    BOOLEAN, ENUMERATED, Elements, INTEGER, Malformed, OCTET_STRING, SEQUENCE, SET, boolean, constructed,
    element, number, number_of, octets,
};
use super::filter::{Filling, Filter};

/// More values of one attribute than anybody has.
const VALUES_MAX: usize = 1_000;
/// What is kept of a diagnostic message.
const TEXT_MAX: usize = 500;

/// Names of extended operations, features and controls.
pub(super) mod oid {
    pub(in crate::directory::ldap) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
    pub(in crate::directory::ldap) const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";
    pub(in crate::directory) const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
    pub(in crate::directory::ldap) const NETSCAPE_EXPIRED: &str = "2.16.840.1.113730.3.4.4";
}

/// A control: its name and its value.
pub(super) type Control = (String, Vec<u8>);

/// Result codes that something depends on (RFC 4511 appendix A).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::directory) struct Code(pub(in crate::directory) u32);

impl Code {
    pub(in crate::directory) const SUCCESS: Self = Self(0);
    pub(in crate::directory) const OPERATIONS_ERROR: Self = Self(1);
    pub(in crate::directory) const TIME_LIMIT_EXCEEDED: Self = Self(3);
    pub(in crate::directory) const SIZE_LIMIT_EXCEEDED: Self = Self(4);
    pub(in crate::directory) const REFERRAL: Self = Self(10);
    pub(in crate::directory) const ADMIN_LIMIT_EXCEEDED: Self = Self(11);
    pub(in crate::directory) const CONFIDENTIALITY_REQUIRED: Self = Self(13);
    pub(in crate::directory) const NO_SUCH_ATTRIBUTE: Self = Self(16);
    pub(in crate::directory) const CONSTRAINT_VIOLATION: Self = Self(19);
    pub(in crate::directory) const NO_SUCH_OBJECT: Self = Self(32);
    pub(in crate::directory) const INVALID_DN_SYNTAX: Self = Self(34);
    pub(in crate::directory) const INAPPROPRIATE_AUTHENTICATION: Self = Self(48);
    pub(in crate::directory) const INVALID_CREDENTIALS: Self = Self(49);
    pub(in crate::directory) const INSUFFICIENT_ACCESS_RIGHTS: Self = Self(50);
    pub(in crate::directory) const BUSY: Self = Self(51);
    pub(in crate::directory) const UNAVAILABLE: Self = Self(52);
    pub(in crate::directory) const UNWILLING_TO_PERFORM: Self = Self(53);
    pub(in crate::directory) const OTHER: Self = Self(80);

    fn name(self) -> &'static str {
        match self.0 {
            0 => "success",
            1 => "operationsError",
            2 => "protocolError",
            3 => "timeLimitExceeded",
            4 => "sizeLimitExceeded",
            7 => "authMethodNotSupported",
            8 => "strongerAuthRequired",
            10 => "referral",
            11 => "adminLimitExceeded",
            12 => "unavailableCriticalExtension",
            13 => "confidentialityRequired",
            14 => "saslBindInProgress",
            16 => "noSuchAttribute",
            17 => "undefinedAttributeType",
            18 => "inappropriateMatching",
            19 => "constraintViolation",
            20 => "attributeOrValueExists",
            21 => "invalidAttributeSyntax",
            32 => "noSuchObject",
            34 => "invalidDNSyntax",
            48 => "inappropriateAuthentication",
            49 => "invalidCredentials",
            50 => "insufficientAccessRights",
            51 => "busy",
            52 => "unavailable",
            53 => "unwillingToPerform",
            54 => "loopDetect",
            65 => "objectClassViolation",
            80 => "other",
            _ => "a code of its own",
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Which entries a search looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) enum Scope {
    Base = 0,
    Subtree = 2,
}

/// A search.
#[derive(Clone, Debug)]
pub(in crate::directory) struct Search<'a> {
    pub(in crate::directory) base: &'a str,
    pub(in crate::directory) scope: Scope,
    pub(in crate::directory) filter: &'a Filter,
    pub(in crate::directory) filling: &'a Filling<'a>,
    pub(in crate::directory) attributes: &'a [&'a str],
    /// How many entries are wanted at most.
    pub(in crate::directory) size_limit: u32,
}

impl Search<'_> {
    pub(super) fn encode(&self, seconds: u32) -> Vec<u8> {
        let attributes: Vec<Vec<u8>> = self.attributes.iter().map(octets).collect();
        constructed(
            0x63,
            &[
                octets(self.base),
                number(ENUMERATED, self.scope as u32),
                // Aliases are not followed: what stands in the base is what counts.
                number(ENUMERATED, 0),
                number(INTEGER, self.size_limit),
                number(INTEGER, seconds),
                boolean(false),
                self.filter.encode(self.filling),
                constructed(SEQUENCE, &attributes),
            ],
        )
    }
}

/// One change of an attribute.
#[derive(Clone, Copy, Debug)]
pub(in crate::directory) enum Change<'a> {
    Add(&'a [u8]),
    Delete(&'a [u8]),
    Replace(&'a [u8]),
}

/// A simple bind.
pub(super) fn bind(dn: &str, password: &str) -> Vec<u8> {
    constructed(0x60, &[number(INTEGER, 3), octets(dn), element(0x80, password.as_bytes())])
}

/// Changes of one attribute of an entry, in this order.
pub(super) fn modify(dn: &str, attribute: &str, changes: &[Change<'_>]) -> Vec<u8> {
    let changes = changes.iter().map(|change| {
        let (kind, value) = match change {
            Change::Add(value) => (0, value),
            Change::Delete(value) => (1, value),
            Change::Replace(value) => (2, value),
        };
        let values = constructed(SET, &[octets(value)]);
        let modification = constructed(SEQUENCE, &[octets(attribute), values]);
        constructed(SEQUENCE, &[number(ENUMERATED, kind), modification])
    });
    let changes = constructed(SEQUENCE, &changes.collect::<Vec<_>>());
    constructed(0x66, &[octets(dn), changes])
}

/// The extended operation that sets a password (RFC 3062).
pub(super) fn password_modify(dn: &str, current: Option<&str>, new: &str) -> Vec<u8> {
    let mut parts = vec![element(0x80, dn.as_bytes())];
    parts.extend(current.map(|current| element(0x81, current.as_bytes())));
    parts.push(element(0x82, new.as_bytes()));
    extended(oid::PASSWORD_MODIFY, Some(&constructed(SEQUENCE, &parts)))
}

pub(super) fn extended(name: &str, value: Option<&[u8]>) -> Vec<u8> {
    let mut parts = vec![element(0x80, name.as_bytes())];
    parts.extend(value.map(|value| element(0x81, value)));
    constructed(0x77, &parts)
}

/// A whole message. The controls are not critical.
pub(super) fn message(id: u32, operation: Vec<u8>, controls: &[&str]) -> Vec<u8> {
    let mut parts = vec![number(INTEGER, id), operation];
    if !controls.is_empty() {
        let controls = controls.iter().map(|name| constructed(SEQUENCE, &[octets(name)]));
        parts.push(constructed(0xa0, &controls.collect::<Vec<_>>()));
    }
    constructed(SEQUENCE, &parts)
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DirectoryMessage {
    pub(super) id: u32,
    pub(super) part: AnswerPart,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AnswerPart {
    /// An entry that a search has found.
    Found(Found),
    /// Where else a search could go on.
    Reference,
    /// The end of an operation.
    Done(Outcome),
    /// Something before the end that nobody asked for.
    Intermediate,
}

/// An entry that a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::directory) struct Found {
    pub(in crate::directory) dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Found {
    /// An entry with these values, each of an attribute of its own.
    #[cfg(test)]
    pub(in crate::directory) fn with(values: &[(&str, &str)]) -> Self {
        let attributes =
            values.iter().map(|(name, value)| ((*name).to_owned(), vec![value.as_bytes().to_vec()]));
        Self { dn: String::new(), attributes: attributes.collect() }
    }

    /// The values of an attribute, the spelling of whose name does not matter. Those in a language (`cn;lang-de`) are not
    /// meant.
    pub(in crate::directory) fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self
            .attributes
            .iter()
            .filter(|(found, _)| found.strip_suffix(";binary").unwrap_or(found).eq_ignore_ascii_case(name));
        named.flat_map(|(_, values)| values.iter().map(Vec::as_slice)).collect()
    }
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::directory) struct Outcome {
    pub(in crate::directory) code: Code,
    /// What the server says to it. It may name entries: nothing of it is logged.
    pub(in crate::directory) text: String,
    pub(super) controls: Vec<Control>,
}

impl Outcome {
    /// An outcome without controls.
    #[cfg(test)]
    pub(in crate::directory) fn new(code: Code, text: &str) -> Self {
        Self { code, text: text.to_owned(), controls: Vec::new() }
    }

    pub(in crate::directory) fn is_success(&self) -> bool {
        self.code == Code::SUCCESS
    }

    pub(in crate::directory) fn control(&self, name: &str) -> Option<&[u8]> {
        self.controls.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_slice())
    }
}

/// Reads a whole message: the content of its outer sequence.
pub(super) fn read(content: &[u8]) -> Result<DirectoryMessage, Malformed> {
    let mut parts = Elements::of(content);
    let id = number_of(parts.take_tagged(INTEGER)?)?;
    let (tag, operation) = parts.take()?;
    // Active Directory puts the name of its notice of disconnection after the response instead of inside it.
    let controls = match parts.tag() {
        Some(0xa0) => read_controls(parts.take_tagged(0xa0)?)?,
        _ => Vec::new(),
    };
    let part = match tag {
        0x64 => AnswerPart::Found(read_entry(operation)?),
        0x73 => AnswerPart::Reference,
        // Answers to bind, search, modify, and extended operations.
        0x61 | 0x65 | 0x67 | 0x78 => AnswerPart::Done(read_outcome(operation, controls)?),
        0x79 => AnswerPart::Intermediate,
        _ => return Err(Malformed),
    };
    Ok(DirectoryMessage { id, part })
}

fn read_outcome(operation: &[u8], controls: Vec<Control>) -> Result<Outcome, Malformed> {
    let mut parts = Elements::of(operation);
    let code = Code(number_of(parts.take_tagged(ENUMERATED)?)?);
    parts.take_tagged(OCTET_STRING)?;
    let text = String::from_utf8_lossy(parts.take_tagged(OCTET_STRING)?).chars().take(TEXT_MAX).collect();
    Ok(Outcome { code, text, controls })
}

fn read_entry(operation: &[u8]) -> Result<Found, Malformed> {
    let mut parts = Elements::of(operation);
    let dn = text(parts.take_tagged(OCTET_STRING)?)?;
    let mut list = Elements::of(parts.take_tagged(SEQUENCE)?);
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut attribute = Elements::of(list.take_tagged(SEQUENCE)?);
        let name = text(attribute.take_tagged(OCTET_STRING)?)?;
        let mut set = Elements::of(attribute.take_tagged(SET)?);
        let mut values = Vec::new();
        while !set.is_empty() {
            values.push(set.take_tagged(OCTET_STRING)?.to_vec());
        }
        if values.len() > VALUES_MAX {
            return Err(Malformed);
        }
        attributes.push((name, values));
    }
    Ok(Found { dn, attributes })
}

fn read_controls(content: &[u8]) -> Result<Vec<Control>, Malformed> {
    let mut list = Elements::of(content);
    let mut controls = Vec::new();
    while !list.is_empty() {
        let mut control = Elements::of(list.take_tagged(SEQUENCE)?);
        let name = text(control.take_tagged(OCTET_STRING)?)?;
        control.take_optional(BOOLEAN)?;
        let value = control.take_optional(OCTET_STRING)?.unwrap_or_default();
        controls.push((name, value.to_vec()));
    }
    Ok(controls)
}

fn text(bytes: &[u8]) -> Result<String, Malformed> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bind_is_sent_as_in_the_rfc() {
        let sent = message(1, bind("cn=root,dc=plabs", "asdf"), &[]);
        let rest = b"\x02\x01\x01\x60\x1b\x02\x01\x03\x04\x10cn=root,dc=plabs\x80\x04asdf";
        assert_eq!(sent, [&[0x30, 0x20], &rest[..]].concat());
    }

    #[test]
    fn an_answer_with_a_control_is_read() {
        let controls =
            constructed(0xa0, &[constructed(SEQUENCE, &[octets("1.2"), boolean(true), octets("v")])]);
        let done = constructed(0x61, &[number(ENUMERATED, 49), octets(""), octets("no")]);
        let DirectoryMessage { id, part: AnswerPart::Done(outcome) } =
            read(&[number(INTEGER, 7), done, controls].concat()).unwrap()
        else {
            panic!("no outcome");
        };
        assert_eq!((id, outcome.code, outcome.text.as_str()), (7, Code::INVALID_CREDENTIALS, "no"));
        assert_eq!(outcome.control("1.2"), Some(&b"v"[..]));
        assert_eq!(outcome.control("1.3"), None);
    }

    #[test]
    fn the_farewell_of_active_directory_is_read_although_its_name_stands_in_the_wrong_place() {
        let done = constructed(0x78, &[number(ENUMERATED, 52), octets(""), octets("")]);
        let misplaced = element(0x8a, b"1.3.6.1.4.1.1466.20036");
        let answer = read(&[number(INTEGER, 0), done, misplaced].concat()).unwrap();
        assert!(matches!(
            answer,
            DirectoryMessage { id: 0, part: AnswerPart::Done(Outcome { code: Code::UNAVAILABLE, .. }) }
        ));
    }

    #[test]
    fn attributes_are_found_whatever_their_case_and_not_in_other_languages() {
        let attribute = |name: &str, value: &str| {
            constructed(SEQUENCE, &[octets(name), constructed(SET, &[octets(value)])])
        };
        let attributes =
            [attribute("MAIL", "a@b"), attribute("cn;lang-de", "x"), attribute("key;binary", "k")];
        let entry = constructed(0x64, &[octets("uid=a"), constructed(SEQUENCE, &attributes)]);
        let AnswerPart::Found(found) = read(&[number(INTEGER, 1), entry].concat()).unwrap().part else {
            panic!("no entry");
        };
        assert_eq!(found.values("mail"), [b"a@b"]);
        assert_eq!(found.values("cn").len(), 0);
        assert_eq!(found.values("key").len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn a_changed_byte_of_an_answer_is_read_or_refused(at in 0_usize..60, byte: u8) {
            let set = constructed(SET, &[octets("ada@example.org"), octets("x")]);
            let attributes = constructed(SEQUENCE, &[constructed(SEQUENCE, &[octets("mail"), set])]);
            let entry = constructed(0x64, &[octets("uid=ada,dc=example"), attributes]);
            let mut bytes = [number(INTEGER, 1), entry].concat();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = read(&bytes);
        }
    }
}
