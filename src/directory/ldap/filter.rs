//! Search filters (RFC 4515) with places that are filled in later.
//!
//! A template is parsed once, when the settings are read, and what people type is put into the parsed filter: there is no
//! text in which `*`, `(` or `\` could mean anything, so nothing has to be escaped and nothing can be forgotten.

use super::ber::{boolean, constructed, element, octets};

/// How deep filters may nest.
const DEPTH: usize = 16;

/// A filter, perhaps with places to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::directory) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Equality(String, Value),
    GreaterOrEqual(String, Value),
    LessOrEqual(String, Value),
    Approximate(String, Value),
    Present(String),
    /// The parts between the asterisks; the first and the last may be empty.
    Substrings(String, Vec<Value>),
    Extensible {
        attribute: Option<String>,
        rule: Option<String>,
        dn_attributes: bool,
        value: Value,
    },
}

/// A value to compare with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::directory) struct Value(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    /// The name of a place.
    Place(String),
}

/// What places are filled with: name and value.
pub(in crate::directory) type Filling<'a> = [(&'a str, &'a [u8])];

impl Filter {
    /// Parses a template. `{place}` stands for a value of one of `places`, and at least one of them must be there.
    pub(in crate::directory) fn parse(template: &str, places: &[&str]) -> Result<Self, String> {
        let mut parser = Parser { rest: template.trim(), places, places_seen: 0 };
        let filter = parser.filter(DEPTH)?;
        if !parser.rest.is_empty() {
            return Err(format!("there is more after its end: {:?}", parser.rest));
        }
        if parser.places_seen == 0 {
            let places: Vec<String> = places.iter().map(|place| format!("{{{place}}}")).collect();
            return Err(format!("it has no {}", places.join(" and no ")));
        }
        Ok(filter)
    }

    /// Entries whose attribute has this value.
    pub(in crate::directory) fn equality(attribute: &str, value: &[u8]) -> Self {
        Self::Equality(attribute.to_owned(), Value(vec![Part::Bytes(value.to_vec())]))
    }

    /// Every entry.
    pub(in crate::directory) fn everything() -> Self {
        Self::Present("objectClass".to_owned())
    }

    /// The filter for entries that some value of the places finds.
    pub(in crate::directory) fn for_any_value(&self) -> Self {
        let each = |filters: &[Self]| filters.iter().map(Self::for_any_value).collect();
        match self {
            Self::And(filters) => Self::And(each(filters)),
            Self::Or(filters) => Self::Or(each(filters)),
            Self::Equality(attribute, value)
            | Self::Approximate(attribute, value)
            | Self::GreaterOrEqual(attribute, value)
            | Self::LessOrEqual(attribute, value)
                if value.has_places() =>
            {
                Self::Present(attribute.clone())
            }
            Self::Substrings(attribute, values) if values.iter().any(Value::has_places) => {
                Self::Present(attribute.clone())
            }
            Self::Extensible { attribute, value, .. } if value.has_places() => {
                attribute.clone().map_or_else(Self::everything, Self::Present)
            }
            other => other.clone(),
        }
    }

    /// The filter as it is sent.
    pub(super) fn encode(&self, filling: &Filling<'_>) -> Vec<u8> {
        let each = |filters: &[Self]| filters.iter().map(|filter| filter.encode(filling)).collect::<Vec<_>>();
        let compare = |tag, attribute: &str, value: &Value| {
            constructed(tag, &[octets(attribute), octets(value.filled(filling))])
        };
        match self {
            Self::And(filters) => constructed(0xa0, &each(filters)),
            Self::Or(filters) => constructed(0xa1, &each(filters)),
            Self::Not(filter) => element(0xa2, &filter.encode(filling)),
            Self::Equality(attribute, value) => compare(0xa3, attribute, value),
            Self::Substrings(attribute, values) => {
                let last = values.len().saturating_sub(1);
                let parts = values.iter().enumerate().filter_map(|(index, value)| {
                    let value = value.filled(filling);
                    let tag = if index == 0 {
                        0x80
                    } else if index == last {
                        0x82
                    } else {
                        0x81
                    };
                    (!value.is_empty()).then(|| element(tag, &value))
                });
                let parts = constructed(super::ber::SEQUENCE, &parts.collect::<Vec<_>>());
                constructed(0xa4, &[octets(attribute), parts])
            }
            Self::GreaterOrEqual(attribute, value) => compare(0xa5, attribute, value),
            Self::LessOrEqual(attribute, value) => compare(0xa6, attribute, value),
            Self::Present(attribute) => element(0x87, attribute.as_bytes()),
            Self::Approximate(attribute, value) => compare(0xa8, attribute, value),
            Self::Extensible { attribute, rule, dn_attributes, value } => {
                let mut parts = Vec::new();
                parts.extend(rule.as_ref().map(|rule| element(0x81, rule.as_bytes())));
                parts.extend(attribute.as_ref().map(|attribute| element(0x82, attribute.as_bytes())));
                parts.push(element(0x83, &value.filled(filling)));
                if *dn_attributes {
                    let mut flag = boolean(true);
                    flag[0] = 0x84;
                    parts.push(flag);
                }
                constructed(0xa9, &parts)
            }
        }
    }
}

impl Value {
    fn has_places(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Place(_)))
    }

    fn filled(&self, filling: &Filling<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Bytes(bytes) => out.extend_from_slice(bytes),
                Part::Place(name) => {
                    let value = filling.iter().find(|(place, _)| place == name);
                    out.extend_from_slice(value.map_or(&[], |(_, value)| value));
                }
            }
        }
        out
    }
}

struct Parser<'a> {
    rest: &'a str,
    places: &'a [&'a str],
    places_seen: usize,
}

impl Parser<'_> {
    fn filter(&mut self, depth: usize) -> Result<Filter, String> {
        let depth = depth.checked_sub(1).ok_or("it nests too deeply")?;
        self.expect('(')?;
        let filter = match self.rest.chars().next() {
            Some('&') => Filter::And(self.filters(depth)?),
            Some('|') => Filter::Or(self.filters(depth)?),
            Some('!') => {
                self.skip();
                Filter::Not(Box::new(self.filter(depth)?))
            }
            _ => self.item()?,
        };
        self.expect(')')?;
        Ok(filter)
    }

    fn filters(&mut self, depth: usize) -> Result<Vec<Filter>, String> {
        self.skip();
        let mut filters = Vec::new();
        while self.rest.trim_start().starts_with('(') {
            self.rest = self.rest.trim_start();
            filters.push(self.filter(depth)?);
        }
        self.rest = self.rest.trim_start();
        if filters.is_empty() { Err("& or | stands before nothing".to_owned()) } else { Ok(filters) }
    }

    fn item(&mut self) -> Result<Filter, String> {
        let end = self.rest.find(['(', ')']).ok_or("a bracket is not closed")?;
        let (item, rest) = self.rest.split_at(end);
        self.rest = rest;
        let (left, right) = item.split_once('=').ok_or_else(|| format!("{item:?} compares nothing"))?;
        let last = left.chars().next_back();
        let shorter = || left.get(..left.len().saturating_sub(1)).unwrap_or_default();
        match last {
            Some('>') => Ok(Filter::GreaterOrEqual(attribute(shorter())?, self.value(right)?)),
            Some('<') => Ok(Filter::LessOrEqual(attribute(shorter())?, self.value(right)?)),
            Some('~') => Ok(Filter::Approximate(attribute(shorter())?, self.value(right)?)),
            Some(':') => self.extensible(shorter(), right),
            _ if right == "*" => Ok(Filter::Present(attribute(left)?)),
            _ if right.contains('*') => {
                let values: Vec<Value> =
                    right.split('*').map(|part| self.value(part)).collect::<Result<_, _>>()?;
                let inner = values.get(1..values.len().saturating_sub(1)).unwrap_or_default();
                if inner.iter().any(|value| value.0.is_empty()) {
                    return Err(format!("{item:?} has two asterisks with nothing between them"));
                }
                Ok(Filter::Substrings(attribute(left)?, values))
            }
            _ => Ok(Filter::Equality(attribute(left)?, self.value(right)?)),
        }
    }

    fn extensible(&mut self, left: &str, right: &str) -> Result<Filter, String> {
        let mut parts = left.split(':');
        let first = parts.next().unwrap_or_default();
        let mut rest: Vec<&str> = parts.collect();
        let dn_attributes = rest.first().is_some_and(|part| part.eq_ignore_ascii_case("dn"));
        if dn_attributes {
            rest.remove(0);
        }
        let named = |text: &str| if text.is_empty() { Ok(None) } else { attribute(text).map(Some) };
        let rule = match rest.as_slice() {
            [] => None,
            [rule] => Some(attribute(rule)?),
            _ => return Err(format!("{left:?} has too many parts")),
        };
        let attribute = named(first)?;
        if attribute.is_none() && rule.is_none() {
            return Err(format!("{left:?} names neither an attribute nor a rule"));
        }
        Ok(Filter::Extensible { attribute, rule, dn_attributes, value: self.value(right)? })
    }

    fn value(&mut self, text: &str) -> Result<Value, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            let place = self.places.iter().find_map(|place| {
                let after = from.strip_prefix('{')?.strip_prefix(place)?.strip_prefix('}')?;
                Some((*place, after))
            });
            let Some((place, after)) = place else {
                return Err(format!("{text:?} has a {{ that begins no place to fill in"));
            };
            self.places_seen += 1;
            if !before.is_empty() {
                parts.push(Part::Bytes(unescaped(before)?));
            }
            parts.push(Part::Place(place.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Bytes(unescaped(rest)?));
        }
        Ok(Value(parts))
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if self.rest.is_empty() => Err(format!("it ends where a {wanted:?} must stand")),
            None => Err(format!("a {wanted:?} is missing before {:?}", self.rest)),
        }
    }

    /// Skips a character of one byte.
    fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }
}

/// The description of an attribute (RFC 4512 section 2.5), or the name of a matching rule.
pub(super) fn attribute(text: &str) -> Result<String, String> {
    let text = text.trim();
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-.;_".contains(&byte);
    if text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) && text.bytes().all(known) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is no name of an attribute"))
    }
}

fn unescaped(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = char::from(bytes.next()?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        match (digit(), digit()) {
            (Some(high), Some(low)) => out.push((high << 4) | low),
            _ => return Err(format!("{text:?} has a \\ without two hexadecimal digits")),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(template: &str, login: &str) -> Vec<u8> {
        Filter::parse(template, &["login"]).unwrap().encode(&[("login", login.as_bytes())])
    }

    #[test]
    fn what_is_typed_is_a_value_and_nothing_else() {
        for login in ["*", "a)(uid=*", "\\2a", "a\0b", "ada", "größe", "{login}"] {
            let expected = constructed(0xa3, &[octets("uid"), octets(login)]);
            assert_eq!(sent("(uid={login})", login), expected, "{login}");
        }
    }

    #[test]
    fn the_forms_of_rfc_4515_are_sent_as_rfc_4511_has_them() {
        assert_eq!(sent("(!(a={login}))", "v"), b"\xa2\x08\xa3\x06\x04\x01a\x04\x01v");
        assert_eq!(sent("(a=v*{login}*y)", "x"), b"\xa4\x0e\x04\x01a0\t\x80\x01v\x81\x01x\x82\x01y");
        assert_eq!(sent("(a=*{login})", "v"), b"\xa4\x08\x04\x01a0\x03\x82\x01v");
        assert_eq!(sent("(a=v\\2a{login})", "x"), b"\xa3\x08\x04\x01a\x04\x03v*x");
        assert_eq!(sent("(ou:dn:={login})", "People"), b"\xa9\x0f\x82\x02ou\x83\x06People\x84\x01\xff");
        assert_eq!(sent("(cn:2.5.13.5:={login})", "J D"), b"\xa9\x13\x81\x082.5.13.5\x82\x02cn\x83\x03J D");
        assert_eq!(
            sent("(&(a=*)(|(b<={login})(c~={login})(d>={login})))", "2"),
            b"\xa0\x1d\x87\x01a\xa1\x18\xa6\x06\x04\x01b\x04\x012\xa8\x06\x04\x01c\x04\x012\xa5\x06\x04\x01d\x04\x012"
                .as_slice()
        );
    }

    #[test]
    fn a_template_that_cannot_be_used_is_refused_with_its_fault() {
        for (template, fault) in [
            ("", "it ends where a '(' must stand"),
            ("uid={login}", "a '(' is missing"),
            ("(uid={login}", "a bracket is not closed"),
            ("(uid={login}))", "more after its end"),
            ("(uid=ada)", "it has no {login}"),
            ("(uid={user})", "begins no place"),
            ("(uid={login}\\2)", "without two hexadecimal digits"),
            ("(=x{login})", "no name of an attribute"),
            ("(&)", "before nothing"),
            ("(uid)", "compares nothing"),
            ("(uid=a**{login})", "two asterisks"),
            ("(:={login})", "neither an attribute nor a rule"),
        ] {
            let refused = Filter::parse(template, &["login"]).unwrap_err();
            assert!(refused.contains(fault), "{template}: {refused}");
        }
        let deep = format!("{}(uid={{login}}){}", "(!".repeat(40), ")".repeat(40));
        assert_eq!(Filter::parse(&deep, &["login"]).unwrap_err(), "it nests too deeply");
    }

    #[test]
    fn any_value_is_asked_for_by_presence() {
        let filter =
            Filter::parse("(&(objectClass=person)(|(uid={login})(mail=*{login})))", &["login"]).unwrap();
        let any = Filter::parse("(&(objectClass=person)(|(uid=*)(mail=*))(a={login}))", &["login"]).unwrap();
        let Filter::And(mut wanted) = any else { unreachable!() };
        wanted.pop();
        assert_eq!(filter.for_any_value(), Filter::And(wanted));
    }

    proptest! {
        #[test]
        fn any_template_is_parsed_or_refused(template in "[(){}&|!=*a-z\\\\:<>~ ]{0,60}") {
            let _ = Filter::parse(&template, &["login"]);
        }
    }
}
