//! Filters in the three-valued logic of RFC 4511, section 4.5.1.7. A test of an attribute that the reader may not read, or
//! that there is none of, is neither true nor false: so is its negation, and nothing is found by either.

use std::collections::BTreeSet;

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
    Equal(LdapAttribute, String),
    /// It has a value with these parts.
    Substring(LdapAttribute, Parts),
    /// It has a value from this number on.
    AtLeast(LdapAttribute, String),
    /// It has a value up to this number.
    AtMost(LdapAttribute, String),
    /// Neither true nor false of anything.
    Undefined,
}

/// The parts of a value, in their order.
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
        let find = |name: &str| {
            LdapAttribute::find(name).filter(|found| scope.allows(*found) || *found == LdapAttribute::Cn)
        };
        let test =
            |name: &str, make: &dyn Fn(LdapAttribute) -> Self| find(name).map_or(Self::Undefined, make);
        match filter {
            LdapFilter::And(filters) => Self::And(all(filters)),
            LdapFilter::Or(filters) => Self::Or(all(filters)),
            LdapFilter::Not(filter) => Self::Not(Box::new(Self::read(*filter, scope))),
            LdapFilter::Present(name) => test(&name, &Self::Present),
            LdapFilter::Equality(name, value) | LdapFilter::Approx(name, value) => {
                test(&name, &|attribute| Self::Equal(attribute, value.clone()))
            }
            LdapFilter::Substring(name, LdapSubstringFilter { initial, any, final_ }) => {
                test(&name, &|attribute| {
                    let parts = Parts { first: initial.clone(), between: any.clone(), last: final_.clone() };
                    Self::Substring(attribute, parts)
                })
            }
            LdapFilter::GreaterOrEqual(name, value) => {
                test(&name, &|attribute| Self::AtLeast(attribute, value.clone()))
            }
            LdapFilter::LessOrEqual(name, value) => {
                test(&name, &|attribute| Self::AtMost(attribute, value.clone()))
            }
            // Rules of one's own choice are not known here.
            LdapFilter::Extensible(rule) => match (rule.matching_rule, rule.type_) {
                (None, Some(name)) if !rule.dn_attributes => {
                    test(&name, &|attribute| Self::Equal(attribute, rule.match_value.clone()))
                }
                _ => Self::Undefined,
            },
        }
    }

    /// Whether it is true of `entry`, false, or neither.
    #[must_use]
    pub fn of(&self, entry: &Entry, scope: &AttributeScope, branch: Option<Branch>) -> Option<bool> {
        match self {
            Self::And(filters) => {
                let mut found = Some(true);
                for filter in filters {
                    match filter.of(entry, scope, branch) {
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
                    match filter.of(entry, scope, branch) {
                        Some(true) => return Some(true),
                        None => found = None,
                        Some(false) => {}
                    }
                }
                found
            }
            Self::Not(filter) => filter.of(entry, scope, branch).map(|found| !found),
            Self::Undefined => None,
            Self::Present(attribute)
            | Self::Equal(attribute, _)
            | Self::Substring(attribute, _)
            | Self::AtLeast(attribute, _)
            | Self::AtMost(attribute, _) => {
                // A team's name may be read by whoever finds the team, that of a person has to be allowed.
                let is_readable = scope.allows(*attribute)
                    || (*attribute == LdapAttribute::Cn && branch != Some(Branch::People));
                is_readable.then(|| self.test(*attribute, entry.values_of(*attribute))).flatten()
            }
        }
    }

    fn test(&self, attribute: LdapAttribute, values: &[String]) -> Option<bool> {
        let matching = attribute.matching();
        match self {
            Self::Equal(_, asserted) => {
                let asserted = Comparable::read(matching, asserted)?;
                Some(values.iter().any(|value| Comparable::read(matching, value).as_ref() == Some(&asserted)))
            }
            Self::Substring(_, parts) => match matching {
                Matching::IgnoreCase | Matching::Exact => {
                    Some(values.iter().any(|value| parts.are_in(matching, value)))
                }
                // Names and numbers have no parts (RFC 4517).
                Matching::Integer | Matching::Name => None,
            },
            Self::AtLeast(_, bound) | Self::AtMost(_, bound) => {
                if matching != Matching::Integer {
                    return None;
                }
                let bound: i64 = bound.trim().parse().ok()?;
                let is_least = matches!(self, Self::AtLeast(..));
                let holds = |number: i64| if is_least { number >= bound } else { number <= bound };
                Some(values.iter().filter_map(|value| value.parse().ok()).any(holds))
            }
            _ => Some(!values.is_empty()),
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
                !branch.classes().iter().any(|own| folded(own) == folded(class))
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
            Self::Equal(attribute, value) => {
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
            Self::Equal(LdapAttribute::Cn, value) => Some(TeamBy::Name(canonical_team(value))),
            Self::Equal(LdapAttribute::Member, value) => match tree.place_of(value)? {
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
#[derive(PartialEq)]
enum Comparable {
    Text(String),
    Number(i64),
    Name(Dn),
}

impl Comparable {
    fn read(matching: Matching, value: &str) -> Option<Self> {
        match matching {
            Matching::IgnoreCase => Some(Self::Text(folded(value))),
            Matching::Exact => Some(Self::Text(value.to_owned())),
            Matching::Integer => value.trim().parse().ok().map(Self::Number),
            Matching::Name => Dn::parse(value).map(Self::Name),
        }
    }
}

impl Parts {
    fn are_in(&self, matching: Matching, value: &str) -> bool {
        let form = |text: &str| match matching {
            // A part may begin and end with a space, which counts.
            Matching::IgnoreCase => text.to_lowercase(),
            _ => text.to_owned(),
        };
        let value = form(value);
        let mut rest = value.as_str();
        if let Some(first) = &self.first {
            match rest.strip_prefix(form(first).as_str()) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        if let Some(last) = &self.last {
            match rest.strip_suffix(form(last).as_str()) {
                Some(before) => rest = before,
                None => return false,
            }
        }
        for part in &self.between {
            match rest.split_once(form(part).as_str()) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        true
    }
}
