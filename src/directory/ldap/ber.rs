//! The part of BER (X.690) that LDAP uses (RFC 4511 section 5.1): tags of one byte, definite lengths.
//!
//! Reading lends slices of what was received and goes no deeper than its caller does, so neither nesting nor a length
//! that is larger than the message costs anything.

/// Tags of the types that LDAP's own are made of.
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// It is not what the protocol says, or not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// An element with a tag.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let zeros = length.iter().take_while(|byte| **byte == 0).count();
            let length = length.get(zeros..).unwrap_or_default();
            // A length of eight bytes at most.
            out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
            out.extend_from_slice(length);
        }
    }
    out.extend_from_slice(content);
    out
}

/// An element that is made of others.
pub(super) fn constructed(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A string of bytes.
pub(super) fn octets(content: impl AsRef<[u8]>) -> Vec<u8> {
    element(OCTET_STRING, content.as_ref())
}

/// A number that is not negative, as INTEGER or ENUMERATED.
pub(super) fn number(tag: u8, value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(3);
    let mut content = bytes.get(zeros..).unwrap_or_default().to_vec();
    // The first bit would say that it is negative.
    if content.first().is_some_and(|first| first & 0x80 != 0) {
        content.insert(0, 0);
    }
    element(tag, &content)
}

/// A truth value.
pub(super) fn boolean(value: bool) -> Vec<u8> {
    element(BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// Elements that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next one.
    pub(super) fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next one: its tag and its content.
    pub(super) fn take(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let (&tag, rest) = self.0.split_first().ok_or(Malformed)?;
        let (&first, rest) = rest.split_first().ok_or(Malformed)?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or(Malformed)?;
            (long_length(length)?, rest)
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok((tag, content))
    }

    /// The content of the next one, which must have this tag.
    pub(super) fn take_tagged(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        let (found, content) = self.take()?;
        if found == tag { Ok(content) } else { Err(Malformed) }
    }

    /// The content of the next one if it has this tag.
    pub(super) fn take_optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.tag() == Some(tag) { self.take_tagged(tag).map(Some) } else { Ok(None) }
    }
}

/// The value of a length of more than one byte. The indefinite form has none; RFC 4511 forbids it.
pub(super) fn long_length(bytes: &[u8]) -> Result<usize, Malformed> {
    if bytes.is_empty() || bytes.len() > 4 {
        return Err(Malformed);
    }
    Ok(bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)))
}

/// The value of an INTEGER or ENUMERATED that is not negative.
pub(super) fn number_of(content: &[u8]) -> Result<u32, Malformed> {
    match content {
        [] => Err(Malformed),
        [first, ..] if first & 0x80 != 0 => Err(Malformed),
        [0, rest @ ..] if rest.len() <= 4 => Ok(sum(rest)),
        _ if content.len() <= 4 => Ok(sum(content)),
        _ => Err(Malformed),
    }
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_short_below_128_and_long_from_there() {
        assert_eq!(element(4, b"ab"), [4, 2, b'a', b'b']);
        assert_eq!(element(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(element(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(element(4, &[7; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn what_claims_more_than_there_is_or_no_length_at_all_is_malformed() {
        for bytes in [&[][..], &[4], &[4, 3, 1, 2], &[4, 0x80, 1, 0, 0], &[4, 0x85, 0, 0, 0, 0, 1, 9]] {
            assert_eq!(Elements::of(bytes).take(), Err(Malformed), "{bytes:?}");
        }
        assert_eq!(Elements::of(&[4, 0x84, 0xff, 0xff, 0xff, 0xff]).take(), Err(Malformed));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value: u32, content: Vec<u8>) {
            let bytes = [number(ENUMERATED, value), octets(&content)].concat();
            let mut elements = Elements::of(&bytes);
            prop_assert_eq!(number_of(elements.take_tagged(ENUMERATED).unwrap()), Ok(value));
            prop_assert_eq!(elements.take(), Ok((OCTET_STRING, &content[..])));
            prop_assert!(elements.is_empty());
        }

        #[test]
        fn anything_is_read_to_its_end_or_refused(bytes: Vec<u8>) {
            let mut elements = Elements::of(&bytes);
            while elements.take().is_ok() {}
            let _ = number_of(&bytes);
        }
    }
}
