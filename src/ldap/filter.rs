//! Filters in the three-valued logic of RFC 4511, section 4.5.1.7. A test of an attribute that the reader may not read, or
//! that there is none of, is neither true nor false: so is its negation, and nothing is found by either.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ldap3_proto::proto::{LdapFilter, LdapSubstringFilter};

pub use super::entry::Entry;
use super::entry::{OF_PEOPLE, OF_TEAMS};
use super::tree::{Place, Tree};
use crate::accounts::request::ldap::{PersonBy, TeamBy};
use crate::domain::dn::{Dn, folded};
use crate::domain::ldap_attribute::{AttributeScope, LdapAttribute, Matching};
use crate::domain::name::canonical_identifier;
use crate::domain::team::canonical_team;

/// The most people that are found one by one; a filter over more goes through all.
const MOST_BY_NAME: usize = 64;

/// What an entry is tested for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(LdapAttribute),
    /// It has this value.
    Equal(LdapAttribute, Asserted),
    /// It has a value with these parts.
    Substring(LdapAttribute, Parts),
    /// It has a value from this number on.
    AtLeast(LdapAttribute, i64),
    /// It has a value up to this number.
    AtMost(LdapAttribute, i64),
    /// Neither true nor false of anything.
    Undefined,
}

/// A value that those of entries are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asserted {
    text: String,
    form: Comparable,
}

/// The parts of a value, in their order and in the form that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    first: Option<String>,
    between: Vec<String>,
    last: Option<String>,
}

/// The branch that a candidate is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// People.
    People,
    /// Teams.
    Teams,
}

impl Branch {
    fn classes(self) -> &'static [&'static str] {
        match self {
            Self::People => &OF_PEOPLE,
            Self::Teams => &OF_TEAMS,
        }
    }

    fn has(self, attribute: LdapAttribute) -> bool {
        use LdapAttribute as A;
        match attribute {
            A::ObjectClass | A::Cn | A::EntryUuid => true,
            A::Member | A::Description => self == Self::Teams,
            A::Ou | A::Dc | A::O => false,
            _ => self == Self::People,
        }
    }
}

/// The most terms of one filter: each is tried on each entry.
const MOST_TERMS: usize = 256;

/// Whether a filter has more terms than are looked at.
pub(super) fn is_too_large(filter: &LdapFilter) -> bool {
    fn terms(filter: &LdapFilter) -> usize {
        match filter {
            LdapFilter::And(filters) | LdapFilter::Or(filters) => {
                filters.iter().map(terms).sum::<usize>() + 1
            }
            LdapFilter::Not(filter) => terms(filter) + 1,
            LdapFilter::Substring(_, parts) => parts.any.len() + 1,
            _ => 1,
        }
    }
    terms(filter) > MOST_TERMS
}

impl Filter {
    /// Reads what came over the wire, for a reader with this scope. The wire's own bound on depth bounds this too.
    #[must_use]
    pub fn read(filter: LdapFilter, scope: &AttributeScope) -> Self {
        let all = |filters: Vec<LdapFilter>| filters.into_iter().map(|one| Self::read(one, scope)).collect();
        match filter {
            LdapFilter::And(filters) => Self::And(all(filters)),
            LdapFilter::Or(filters) => Self::Or(all(filters)),
            LdapFilter::Not(filter) => Self::Not(Box::new(Self::read(*filter, scope))),
            test => Self::read_test(test, scope).unwrap_or(Self::Undefined),
        }
    }

    /// One test of an attribute; `None` for one that is neither true nor false of anything.
    fn read_test(test: LdapFilter, scope: &AttributeScope) -> Option<Self> {
        let find = |name: &str| {
            LdapAttribute::find(name).filter(|found| scope.allows(*found) || *found == LdapAttribute::Cn)
        };
        let equal = |name: &str, text: String| {
            let attribute = find(name)?;
            let form = Comparable::read(attribute.matching(), &text)?;
            Some(Self::Equal(attribute, Asserted { text, form }))
        };
        // Numbers alone have an order.
        let number = |name: &str, text: &str| {
            let attribute = find(name)?;
            match Comparable::read(attribute.matching(), text)? {
                Comparable::Number(number) => Some((attribute, number)),
                Comparable::Text(_) => None,
            }
        };
        match test {
            LdapFilter::Present(name) => find(&name).map(Self::Present),
            LdapFilter::Equality(name, value) | LdapFilter::Approx(name, value) => equal(&name, value),
            LdapFilter::Substring(name, parts) => {
                let attribute = find(&name)?;
                Some(Self::Substring(attribute, Parts::read(attribute.matching(), parts)?))
            }
            LdapFilter::GreaterOrEqual(name, value) => {
                number(&name, &value).map(|(attribute, bound)| Self::AtLeast(attribute, bound))
            }
            LdapFilter::LessOrEqual(name, value) => {
                number(&name, &value).map(|(attribute, bound)| Self::AtMost(attribute, bound))
            }
            // Rules of one's own choice are not known here.
            LdapFilter::Extensible(rule) => match (rule.matching_rule, rule.type_) {
                (None, Some(name)) if !rule.dn_attributes => equal(&name, rule.match_value),
                _ => None,
            },
            LdapFilter::And(_) | LdapFilter::Or(_) | LdapFilter::Not(_) => None,
        }
    }

    /// Whether it is true of `entry`, false, or neither.
    #[must_use]
    pub fn of(&self, entry: &Entry, scope: &AttributeScope, branch: Option<Branch>) -> Option<bool> {
        self.of_values(&mut Values::of(entry), scope, branch)
    }

    fn of_values(
        &self,
        values: &mut Values<'_>,
        scope: &AttributeScope,
        branch: Option<Branch>,
    ) -> Option<bool> {
        match self {
            Self::And(filters) => {
                let mut found = Some(true);
                for filter in filters {
                    match filter.of_values(values, scope, branch) {
                        Some(false) => return Some(false),
                        None => found = None,
                        Some(true) => {}
                    }
                }
                found
            }
            Self::Or(filters) => {
                let mut found = Some(false);
                for filter in filters {
                    match filter.of_values(values, scope, branch) {
                        Some(true) => return Some(true),
                        None => found = None,
                        Some(false) => {}
                    }
                }
                found
            }
            Self::Not(filter) => filter.of_values(values, scope, branch).map(|found| !found),
            Self::Undefined => None,
            Self::Present(attribute)
            | Self::Equal(attribute, _)
            | Self::Substring(attribute, _)
            | Self::AtLeast(attribute, _)
            | Self::AtMost(attribute, _) => {
                // A team's name may be read by whoever finds the team, that of a person has to be allowed.
                let is_readable = scope.allows(*attribute)
                    || (*attribute == LdapAttribute::Cn && branch != Some(Branch::People));
                is_readable.then(|| self.test(*attribute, values))
            }
        }
    }

    fn test(&self, attribute: LdapAttribute, values: &mut Values<'_>) -> bool {
        let any_number = |values: &mut Values<'_>, holds: &dyn Fn(i64) -> bool| {
            values.forms(attribute).iter().any(|form| matches!(form, Comparable::Number(one) if holds(*one)))
        };
        match self {
            Self::Equal(_, asserted) => values.forms(attribute).contains(&asserted.form),
            Self::Substring(_, parts) => {
                let all = values.entry.values_of(attribute);
                all.iter().any(|value| parts.are_in(attribute.matching(), value))
            }
            Self::AtLeast(_, bound) => any_number(values, &|number| number >= *bound),
            Self::AtMost(_, bound) => any_number(values, &|number| number <= *bound),
            _ => !values.entry.values_of(attribute).is_empty(),
        }
    }

    /// The attributes that it looks at.
    pub(super) fn note_attributes(&self, all: &mut BTreeSet<LdapAttribute>) {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().for_each(|one| one.note_attributes(all)),
            Self::Not(filter) => filter.note_attributes(all),
            Self::Undefined => {}
            Self::Present(attribute)
            | Self::Equal(attribute, _)
            | Self::Substring(attribute, _)
            | Self::AtLeast(attribute, _)
            | Self::AtMost(attribute, _) => {
                all.insert(*attribute);
            }
        }
    }

    /// True when it is true of no entry of `branch`, whatever its values are.
    #[must_use]
    pub fn excludes(&self, branch: Branch) -> bool {
        match self {
            Self::And(filters) => filters.iter().any(|one| one.excludes(branch)),
            Self::Or(filters) => filters.iter().all(|one| one.excludes(branch)),
            Self::Not(_) => false,
            Self::Undefined => true,
            Self::Equal(LdapAttribute::ObjectClass, class) => {
                !branch.classes().iter().any(|own| Comparable::Text(folded(own)) == class.form)
            }
            Self::Present(attribute)
            | Self::Equal(attribute, _)
            | Self::Substring(attribute, _)
            | Self::AtLeast(attribute, _)
            | Self::AtMost(attribute, _) => !branch.has(*attribute),
        }
    }

    /// What the people that it is true of can be found by; `None` when all have to be looked at.
    pub(super) fn people(&self, tree: &Tree) -> Option<Vec<PersonBy>> {
        match self {
            Self::Equal(attribute, Asserted { text: value, .. }) => {
                let one = match attribute {
                    LdapAttribute::Uid => PersonBy::Name(canonical_identifier(value)),
                    LdapAttribute::Mail => PersonBy::Mail(canonical_identifier(value)),
                    LdapAttribute::EntryUuid => PersonBy::Id(value.trim().to_lowercase()),
                    LdapAttribute::UidNumber => PersonBy::UidNumber(value.trim().parse().ok()?),
                    LdapAttribute::MemberOf => match tree.place_of(value)? {
                        Place::Team(name) => PersonBy::Team(canonical_team(&name)),
                        _ => return Some(Vec::new()),
                    },
                    _ => return None,
                };
                Some(vec![one])
            }
            // One by its name is less than all of a team.
            Self::And(filters) => {
                let found: Vec<_> = filters.iter().filter_map(|one| one.people(tree)).collect();
                let is_team = |by: &Vec<PersonBy>| by.iter().any(|one| matches!(one, PersonBy::Team(_)));
                found.into_iter().min_by_key(|by| (is_team(by), by.len()))
            }
            Self::Or(filters) => {
                let found: Option<Vec<_>> = filters
                    .iter()
                    .filter(|one| !one.excludes(Branch::People))
                    .map(|one| one.people(tree))
                    .collect();
                let found: Vec<_> = found?.into_iter().flatten().collect();
                let is_few = found.len() <= MOST_BY_NAME;
                let is_by_name = found.len() == 1 || !found.iter().any(|by| matches!(by, PersonBy::Team(_)));
                (is_few && is_by_name).then_some(found)
            }
            _ => None,
        }
    }

    /// The same of teams.
    pub(super) fn teams(&self, tree: &Tree) -> Option<TeamBy> {
        match self {
            Self::Equal(LdapAttribute::Cn, name) => Some(TeamBy::Name(canonical_team(&name.text))),
            Self::Equal(LdapAttribute::Member, name) => match tree.place_of(&name.text)? {
                Place::Person(name) => Some(TeamBy::Member(canonical_identifier(&name))),
                _ => None,
            },
            Self::And(filters) => filters.iter().find_map(|one| one.teams(tree)),
            Self::Or(filters) => {
                let mut possible = filters.iter().filter(|one| !one.excludes(Branch::Teams));
                match (possible.next(), possible.next()) {
                    (Some(one), None) => one.teams(tree),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// A value in the form that is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Comparable {
    Text(String),
    Number(i64),
}

impl Comparable {
    fn read(matching: Matching, value: &str) -> Option<Self> {
        #[cfg(test)]
        tests::READ.set(tests::READ.get() + 1);
        match matching {
            Matching::IgnoreCase => Some(Self::Text(folded(value))),
            Matching::Exact => Some(Self::Text(value.to_owned())),
            Matching::Integer => value.trim().parse().ok().map(Self::Number),
            Matching::Name => Dn::parse(value).map(|name| Self::Text(name.canonical())),
        }
    }
}

/// The values of an entry. Those of an attribute are read when they are first compared, and once for all terms of a
/// filter: a team may have very many members.
struct Values<'a> {
    entry: &'a Entry,
    forms: BTreeMap<LdapAttribute, HashSet<Comparable>>,
}

impl<'a> Values<'a> {
    fn of(entry: &'a Entry) -> Self {
        Self { entry, forms: BTreeMap::new() }
    }

    fn forms(&mut self, attribute: LdapAttribute) -> &HashSet<Comparable> {
        self.forms.entry(attribute).or_insert_with(|| {
            let all = self.entry.values_of(attribute).iter();
            all.filter_map(|value| Comparable::read(attribute.matching(), value)).collect()
        })
    }
}

impl Parts {
    /// `None` where values have no parts: names and numbers (RFC 4517).
    fn read(matching: Matching, parts: LdapSubstringFilter) -> Option<Self> {
        if matches!(matching, Matching::Integer | Matching::Name) {
            return None;
        }
        let form = |text: String| Self::form(matching, &text);
        let LdapSubstringFilter { initial, any, final_ } = parts;
        Some(Self {
            first: initial.map(form),
            between: any.into_iter().map(form).collect(),
            last: final_.map(form),
        })
    }

    /// The form in which parts are compared. A part may begin and end with a space, which counts.
    fn form(matching: Matching, text: &str) -> String {
        match matching {
            Matching::IgnoreCase => text.to_lowercase(),
            _ => text.to_owned(),
        }
    }

    fn are_in(&self, matching: Matching, value: &str) -> bool {
        let value = Self::form(matching, value);
        let mut rest = value.as_str();
        if let Some(first) = &self.first {
            match rest.strip_prefix(first.as_str()) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        if let Some(last) = &self.last {
            match rest.strip_suffix(last.as_str()) {
                Some(before) => rest = before,
                None => return false,
            }
        }
        for part in &self.between {
            match rest.split_once(part.as_str()) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many values this thread has read.
        pub(super) static READ: Cell<usize> = const { Cell::new(0) };
    }

    fn equal(name: &str, value: &str) -> LdapFilter {
        LdapFilter::Equality(name.to_owned(), value.to_owned())
    }

    fn member(name: &str) -> String {
        format!("uid={name},ou=people,dc=example,dc=org")
    }

    fn of(filter: LdapFilter, entry: &Entry, branch: Branch) -> Option<bool> {
        let scope = AttributeScope::all();
        Filter::read(filter, &scope).of(entry, &scope, Some(branch))
    }

    fn entry(values: &[(LdapAttribute, &[&str])]) -> Entry {
        let own = |all: &[&str]| all.iter().map(|&value| value.to_owned()).collect();
        let values = values.iter().map(|(attribute, all)| (*attribute, own(all))).collect();
        Entry { dn: "cn=Platform,ou=teams,dc=example,dc=org".to_owned(), values }
    }

    #[test]
    fn values_are_compared_by_the_rule_of_their_attribute() {
        use LdapAttribute as A;
        let (ada, all) = (member("ada"), AttributeScope::all());
        let entry = entry(&[
            (A::Member, &[&ada, "uid=grace,ou=people,dc=example,dc=org"]),
            (A::Description, &["Keeps the  lights on"]),
            (A::UidNumber, &["2001"]),
            (A::HomeDirectory, &["/home/ada"]),
        ]);
        let (yes, no) = (Some(true), Some(false));
        for (name, value, found) in [
            ("member", ada.as_str(), yes),
            ("member", "UID=Grace, OU=People ;dc=example,dc=org", yes),
            ("member", "0.9.2342.19200300.100.1.1=\\61da,ou=people,dc=example,dc=org", yes),
            ("member", "uid=joan,ou=people,dc=example,dc=org", no),
            ("member", "ada", None),
            ("description", " keeps THE lights  on ", yes),
            ("description", "keeps", no),
            ("uidNumber", " 02001", yes),
            ("uidNumber", "2002", no),
            ("uidNumber", "many", None),
            ("homeDirectory", "/home/ada", yes),
            ("homeDirectory", "/home/Ada", no),
            ("displayName", "Ada", no),
            ("userPassword", "x", None),
        ] {
            let not = LdapFilter::Not(Box::new(equal(name, value)));
            let opposite = Filter::read(not, &all).of(&entry, &all, None);
            assert_eq!(of(equal(name, value), &entry, Branch::Teams), found, "{name}={value}");
            assert_eq!(opposite, found.map(|found| !found), "!{name}={value}");
        }
        let least = |name: &str, value: &str| LdapFilter::GreaterOrEqual(name.to_owned(), value.to_owned());
        let most = |name: &str, value: &str| LdapFilter::LessOrEqual(name.to_owned(), value.to_owned());
        for (filter, found) in [
            (least("uidNumber", "2001"), yes),
            (least("uidNumber", "2002"), no),
            (most("uidNumber", " 2001 "), yes),
            (most("uidNumber", "2000"), no),
            (most("uidNumber", "many"), None),
            (least("description", "a"), None),
            (LdapFilter::Present("member".to_owned()), yes),
            (LdapFilter::Present("mail".to_owned()), no),
        ] {
            assert_eq!(of(filter.clone(), &entry, Branch::Teams), found, "{filter:?}");
        }
        let parts = |first: &str, between: &[&str], last: &str| LdapSubstringFilter {
            initial: Some(first.to_owned()).filter(|part| !part.is_empty()),
            any: between.iter().map(|&part| part.to_owned()).collect(),
            final_: Some(last.to_owned()).filter(|part| !part.is_empty()),
        };
        for (name, parts, found) in [
            ("description", parts("KEEPS", &["e  L", "ts"], " On"), yes),
            ("description", parts("", &["lights", "keeps"], ""), no),
            ("homeDirectory", parts("/home", &[], "Ada"), no),
            ("member", parts("uid=ada", &[], ""), None),
            ("uidNumber", parts("2", &[], ""), None),
        ] {
            let filter = LdapFilter::Substring(name.to_owned(), parts);
            assert_eq!(of(filter.clone(), &entry, Branch::Teams), found, "{filter:?}");
        }
    }

    #[test]
    fn each_value_is_read_once_however_many_terms_there_are() {
        const TERMS: usize = 250;
        const MEMBERS: usize = 1_000;
        let members: Vec<_> = (0..MEMBERS).map(|number| member(&format!("member{number}"))).collect();
        let members: Vec<_> = members.iter().map(String::as_str).collect();
        let entry = entry(&[(LdapAttribute::Member, &members)]);
        let terms = (0..TERMS).map(|number| equal("member", &member(&format!("other{number}"))));
        let before = READ.get();
        assert_eq!(of(LdapFilter::Or(terms.collect()), &entry, Branch::Teams), Some(false));
        assert_eq!(READ.get() - before, TERMS + MEMBERS);
    }
}
