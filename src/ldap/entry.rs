//! Entries: what a person and a team are in attributes. What the reader may not read is not in them.

use ldap3_proto::proto::{LdapPartialAttribute, LdapSearchResultEntry};

use super::tree::{Place, Tree};
use crate::accounts::request::ldap::{Person, TeamEntry};
use crate::domain::ldap_attribute::{AttributeScope, LdapAttribute};

/// The class of entries that a branch is made of, with the classes above it, and those that some of them have too.
pub(super) const OF_PEOPLE: [&str; 6] =
    ["top", "person", "organizationalPerson", "inetOrgPerson", "posixAccount", "ldapPublicKey"];
pub(super) const OF_TEAMS: [&str; 2] = ["top", "groupOfNames"];
/// How many of [`OF_PEOPLE`] everybody has.
const OF_EVERYBODY: usize = 4;

/// An entry as somebody may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub dn: String,
    /// Its attributes with their values, at least one each.
    pub values: Vec<(LdapAttribute, Vec<String>)>,
}

impl Entry {
    /// The values of an attribute.
    #[must_use]
    pub fn values_of(&self, attribute: LdapAttribute) -> &[String] {
        let found = self.values.iter().find(|(own, _)| *own == attribute);
        found.map_or(&[], |(_, values)| values.as_slice())
    }

    /// Those of all attributes that have values and may be read.
    fn new(dn: String, all: Vec<(LdapAttribute, Vec<String>)>, scope: &AttributeScope) -> Self {
        let readable = |(attribute, values): &(LdapAttribute, Vec<String>)| {
            scope.allows(*attribute) && !values.is_empty()
        };
        Self { dn, values: all.into_iter().filter(readable).collect() }
    }

    /// A person's.
    pub(super) fn of_person(person: Person, tree: &Tree, scope: &AttributeScope) -> Self {
        use LdapAttribute as A;
        let Person { id, name, display_name, mail, teams, keys, posix, .. } = person;
        let dn = tree.name(&Place::Person(name.clone()));
        let mut classes: Vec<String> =
            OF_PEOPLE.iter().take(OF_EVERYBODY).map(|&class| class.to_owned()).collect();
        // That somebody has numbers or keys is itself worth knowing.
        if posix.is_some() && scope.allows(A::UidNumber) {
            classes.push("posixAccount".to_owned());
        }
        if !keys.is_empty() && scope.allows(A::SshPublicKey) {
            classes.push("ldapPublicKey".to_owned());
        }
        let shown = if display_name.is_empty() { name.clone() } else { display_name.clone() };
        let member_of = teams.into_iter().map(|team| tree.name(&Place::Team(team))).collect();
        let mut values = vec![
            (A::ObjectClass, classes),
            (A::Uid, vec![name]),
            (A::Cn, vec![shown.clone()]),
            (A::Sn, vec![shown]),
            (A::DisplayName, Some(display_name).filter(|name| !name.is_empty()).into_iter().collect()),
            (A::Mail, mail),
            (A::MemberOf, member_of),
            (A::EntryUuid, vec![id]),
            (A::SshPublicKey, keys),
        ];
        if let Some(posix) = posix {
            values.extend([
                (A::UidNumber, vec![posix.uid.to_string()]),
                (A::GidNumber, vec![posix.gid.to_string()]),
                (A::HomeDirectory, vec![posix.home]),
                (A::LoginShell, vec![posix.shell]),
            ]);
        }
        Self::new(dn, values, scope)
    }

    /// A team's. Its name is in that of its entry, so whoever finds it may read it.
    pub(super) fn of_team(entry: TeamEntry, tree: &Tree, scope: &AttributeScope) -> Self {
        use LdapAttribute as A;
        let TeamEntry { team, members } = entry;
        let dn = tree.name(&Place::Team(team.name.clone()));
        let member = members.into_iter().map(|name| tree.name(&Place::Person(name))).collect();
        let description = Some(team.description).filter(|text| !text.is_empty());
        let values = vec![
            (A::EntryUuid, vec![team.id]),
            (A::Description, description.into_iter().collect()),
            (A::Member, member),
        ];
        let mut entry = Self::new(dn, values, scope);
        let classes = OF_TEAMS.iter().map(|&class| class.to_owned()).collect();
        entry.values.splice(0..0, [(A::ObjectClass, classes), (A::Cn, vec![team.name])]);
        entry
    }

    /// That of a branch or the base.
    pub(super) fn of_branch(place: &Place, tree: &Tree) -> Self {
        use LdapAttribute as A;
        let class = |name: &str| (A::ObjectClass, vec!["top".to_owned(), name.to_owned()]);
        let values = match place {
            Place::People => vec![class("organizationalUnit"), (A::Ou, vec!["people".to_owned()])],
            Place::Teams => vec![class("organizationalUnit"), (A::Ou, vec!["teams".to_owned()])],
            _ => {
                let part = tree.base_part();
                let of = |name| part.and_then(|part| part.value_of(name)).map(str::to_owned);
                match (of("dc"), of("ou")) {
                    (Some(dc), _) => vec![class("domain"), (A::Dc, vec![dc])],
                    (_, Some(ou)) => vec![class("organizationalUnit"), (A::Ou, vec![ou])],
                    _ => vec![class("organization"), (A::O, of("o").into_iter().collect())],
                }
            }
        };
        Self::new(tree.name(place), values, &AttributeScope::all())
    }

    /// As it is answered: the attributes that were asked for, with their values unless only their names were.
    pub(super) fn answer(self, wanted: &RequestedAttributes, types_only: bool) -> LdapSearchResultEntry {
        let Self { dn, values } = self;
        let attributes = values.into_iter().filter(|(attribute, _)| wanted.wants(*attribute));
        let attributes = attributes.map(|(attribute, values)| {
            let values = if types_only { Vec::new() } else { values };
            LdapPartialAttribute {
                atype: attribute.name().to_owned(),
                vals: values.into_iter().map(String::into_bytes).collect(),
            }
        });
        LdapSearchResultEntry { dn, attributes: attributes.collect() }
    }
}

/// The attributes that somebody asks for (RFC 4511, section 4.5.1.8).
#[derive(Clone, Debug)]
pub(super) struct RequestedAttributes {
    users: bool,
    operational: bool,
    named: Vec<LdapAttribute>,
}

impl RequestedAttributes {
    pub(super) fn read(names: &[String]) -> Self {
        let has = |name: &str| names.iter().any(|one| one == name);
        Self {
            users: names.is_empty() || has("*"),
            operational: has("+"),
            named: names.iter().filter_map(|name| LdapAttribute::find(name)).collect(),
        }
    }

    pub(super) fn wants(&self, attribute: LdapAttribute) -> bool {
        self.named.contains(&attribute)
            || if attribute.is_operational() { self.operational } else { self.users }
    }
}
