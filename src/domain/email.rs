//! Email addresses: which are accepted, when two are equal, and how one is masked.
//!
//! Normalise first, then validate (CVE-2025-13033 and similar bugs validated one text and used another).

use unicode_normalization::UnicodeNormalization;

use crate::message;
use crate::messages::Message;

use super::input::trim_ignorable;
use super::text::behind_colon;

/// Maximum bytes of an address (RFC 5321 section 4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;
/// Maximum bytes before the `@` (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// A valid address: plain ASCII, exactly one recipient, a unique canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email {
    address: String,
    canonical: String,
}

/// Why an address was refused. `Display` is the message that operators see, behind a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", behind_colon(&self.message().to_string()))]
pub enum EmailRefusal {
    /// Not of the form `name@host`.
    Shape,
    /// More than 254 characters, or more than 64 before the `@`.
    TooLong,
    /// An invalid character before the `@`.
    Local,
    /// Not a domain name after the `@`.
    Domain,
}

impl EmailRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Shape => message!("refused-address-shape"),
            Self::TooLong => message!("refused-address-too-long", max = MAX_BYTES, local = MAX_LOCAL_BYTES),
            Self::Local => message!("refused-address-local"),
            Self::Domain => message!("refused-address-domain"),
        }
    }
}

impl Email {
    /// Parses an address: an ASCII dot-atom (RFC 5322 section 3.2.3), one `@`, a domain name
    /// (lower-cased, other scripts in their `xn--` form). Quotes, comments and address literals are refused.
    pub fn parse(text: &str) -> Result<Self, EmailRefusal> {
        // Bounds the cost of normalising; nothing longer can become short enough.
        if text.len() > 4 * MAX_BYTES {
            return Err(EmailRefusal::TooLong);
        }
        let normal: String = trim_ignorable(text).nfkc().collect();
        let (local, domain) = normal.split_once('@').ok_or(EmailRefusal::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(EmailRefusal::Shape);
        }
        if local.len() > MAX_LOCAL_BYTES {
            return Err(EmailRefusal::TooLong);
        }
        if !is_dot_atom(local) {
            return Err(EmailRefusal::Local);
        }
        let domain = ascii_domain(domain)?;
        let address = format!("{local}@{domain}");
        if address.len() > MAX_BYTES {
            return Err(EmailRefusal::TooLong);
        }
        // The mail library must accept the address too, and read exactly the same text.
        match address.parse::<lettre::Address>() {
            Ok(read) if AsRef::<str>::as_ref(&read) == address => {}
            _ => return Err(EmailRefusal::Shape),
        }
        let canonical = address.to_ascii_lowercase();
        Ok(Self { address, canonical })
    }

    /// The address to send email to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The form that must be unique: all lower case.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The mailbox that the address reaches at most providers, for limits only: without a suffix after `+` and without
    /// dots (`a.da+portal@example.org` is `ada@example.org`). Two addresses may share it and be two people's, so it says
    /// nothing about whose an address is.
    #[must_use]
    pub fn mailbox(&self) -> String {
        let (local, domain) = self.canonical.split_once('@').unwrap_or((&self.canonical, ""));
        // What begins with its suffix is nobody's variant.
        let name = local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(local);
        format!("{}@{domain}", name.replace('.', ""))
    }

    /// Enough for people to recognise their own address, too little to learn one: `a***@e***.org`.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.address.split_once('@').unwrap_or((&self.address, ""));
        let first = |text: &str| text.chars().next().map_or_else(String::new, String::from);
        let end = domain.rsplit_once('.').map_or("", |(_, end)| end);
        let dot = if end.is_empty() { "" } else { "." };
        format!("{}***@{}***{dot}{end}", first(local), first(domain))
    }
}

/// RFC 5322 `dot-atom-text`.
fn is_dot_atom(local: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b);
    local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// The domain in ASCII and lower case, checked label by label (RFC 1123 section 2.1).
fn ascii_domain(domain: &str) -> Result<String, EmailRefusal> {
    let ascii = idna::domain_to_ascii(domain).map_err(|_| EmailRefusal::Domain)?;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_a_number =
        ascii.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    if ascii.split('.').all(is_label) && !last_is_a_number { Ok(ascii) } else { Err(EmailRefusal::Domain) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_keeps_its_case_and_compares_in_lower_case() {
        let email = Email::parse("Ada.Lovelace+portal@Example.ORG").unwrap();
        assert_eq!(email.as_str(), "Ada.Lovelace+portal@example.org");
        assert_eq!(email.canonical(), "ada.lovelace+portal@example.org");
        assert_eq!(email.masked(), "A***@e***.org");
    }

    #[test]
    fn unicode_forms_yield_one_address_or_are_refused() {
        let canonical = |text: &str| Email::parse(text).map(|email| email.canonical().to_owned());
        assert_eq!(canonical("ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ").as_deref(), Ok("ada@example.org"));
        assert_eq!(canonical("ada@bücher.example").as_deref(), Ok("ada@xn--bcher-kva.example"));
        // The Kelvin sign becomes an ordinary K before anything is compared (CVE-2019-19844).
        assert_eq!(canonical("mi\u{212a}e@example.org").as_deref(), Ok("mike@example.org"));
        assert_eq!(canonical("m\u{131}ke@example.org"), Err(EmailRefusal::Local));
    }

    #[test]
    fn variants_of_an_address_are_one_mailbox() {
        let mailbox = |text: &str| Email::parse(text).unwrap().mailbox();
        for text in
            ["ada@example.org", "A.D.A@Example.org", "ada+portal@example.org", "a.da+x+y.z@EXAMPLE.ORG"]
        {
            assert_eq!(mailbox(text), "ada@example.org", "{text}");
        }
        assert_eq!(mailbox("ada@bücher.example"), "ada@xn--bcher-kva.example");
        assert_eq!(mailbox("+ada@example.org"), "+ada@example.org");
        assert_ne!(mailbox("ada@mail.example.org"), mailbox("ada@example.org"));
    }

    #[test]
    fn everything_that_could_reach_a_second_mailbox_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_domain = format!("a@{}.org", "b.".repeat(130).trim_end_matches('.'));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@@example.org",
            "a@b@example.org",
            "ada@example.org,eve@example.org",
            "ada@example.org\r\nBcc: eve@example.org",
            "ada\0@example.org",
            "\"ada\"@example.org",
            "ada(x)@example.org",
            "<ada@example.org>",
            "Ada <ada@example.org>",
            "ada @example.org",
            " ada@example.org",
            "ada@example.org ",
            ".ada@example.org",
            "ada.@example.org",
            "a..b@example.org",
            "ada@[192.0.2.1]",
            "ada@192.0.2.1",
            "ada@-x.org",
            "ada@x-.org",
            "ada@exa_mple.org",
            "ada@example..org",
            "ada@example.org.",
            "ada@exam ple.org",
            "ada@\u{202e}gro.org",
            "adá@example.org",
            long_local.as_str(),
            long_domain.as_str(),
        ] {
            assert!(Email::parse(text).is_err(), "{text:?} was accepted");
        }
        assert!(Email::parse(&format!("{}@example.org", "a".repeat(64))).is_ok());
        assert!(Email::parse("root@localhost").is_ok());
    }

    #[test]
    fn the_limits_of_length_are_exact() {
        use EmailRefusal::{Domain, Shape, TooLong};
        let refusal = |text: &str| Email::parse(text).err();
        // Before normalising: 4 * 254 bytes are looked at, one more is not.
        assert_eq!(refusal(&"a".repeat(1_016)), Some(Shape));
        assert_eq!(refusal(&"a".repeat(1_017)), Some(TooLong));
        // Before the `@`: 64.
        let local = "a".repeat(64);
        assert_eq!(refusal(&format!("{local}@example.org")), None);
        assert_eq!(refusal(&format!("{local}a@example.org")), Some(TooLong));
        // In all: 254, of which 64 + 1 + 189.
        let domain = |last: usize| format!("{}.{}.{}", "b".repeat(63), "c".repeat(63), "d".repeat(last));
        assert_eq!(Email::parse(&format!("{local}@{}", domain(61))).unwrap().as_str().len(), 254);
        assert_eq!(refusal(&format!("{local}@{}", domain(62))), Some(TooLong));
        // One label: 63.
        assert_eq!(refusal(&format!("ada@{}.org", "b".repeat(63))), None);
        assert_eq!(refusal(&format!("ada@{}.org", "b".repeat(64))), Some(Domain));
    }

    #[test]
    fn each_refusal_says_which_part_is_wrong() {
        use EmailRefusal::{Domain, Local, Shape};
        for (text, refusal) in [
            ("ada", Shape),
            ("@example.org", Shape),
            ("ada@", Shape),
            ("ada@example@org", Shape),
            ("a..b@example.org", Local),
            ("a b@example.org", Local),
            ("ada@-x.org", Domain),
            ("ada@x-.org", Domain),
            ("ada@exa_mple.org", Domain),
            ("ada@192.0.2.1", Domain),
            ("ada@example.4", Domain),
        ] {
            assert_eq!(Email::parse(text), Err(refusal), "{text}");
        }
        assert!(Email::parse("ada@3com.example2").is_ok());
    }

    proptest! {
        #[test]
        fn an_accepted_address_parses_back(text in "[a-zA-Z0-9.+_@-]{1,40}|[\\PC]{1,10}@[\\PC]{1,10}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert!(email.as_str().is_ascii());
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                let canonical = Email::parse(email.canonical()).unwrap();
                prop_assert_eq!(canonical.canonical(), email.canonical());
            }
        }
    }
}
