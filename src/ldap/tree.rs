//! Where entries are: people and teams below the base, each by the name that makes it unique.

use crate::domain::dn::{Dn, Rdn};

/// Where a name points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Above everything: the server itself.
    Root,
    /// What the server's attributes and classes mean.
    Schema,
    /// The base.
    Base,
    /// All people.
    People,
    /// All teams.
    Teams,
    /// One person, by the username.
    Person(String),
    /// One team, by its name.
    Team(String),
    /// A service account, which has no entry.
    Service(String),
    /// Nowhere.
    Nowhere,
}

/// The names of the tree.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Of the base.
    pub base: Dn,
    people: Dn,
    teams: Dn,
    services: Dn,
    schema: Dn,
}

impl Tree {
    /// The tree below `base`.
    #[must_use]
    pub fn new(base: Dn) -> Self {
        Self {
            people: base.child("ou", "people"),
            teams: base.child("ou", "teams"),
            services: base.child("ou", "services"),
            schema: Dn::default().child("cn", "subschema"),
            base,
        }
    }

    /// Where `dn` points.
    #[must_use]
    pub fn place(&self, dn: &Dn) -> Place {
        if dn.is_root() {
            return Place::Root;
        }
        if *dn == self.schema {
            return Place::Schema;
        }
        let of = |branch: &Dn, attribute: &str| match dn.below(branch) {
            Some([own]) => own.value_of(attribute).map(str::to_owned),
            _ => None,
        };
        match dn {
            _ if *dn == self.base => Place::Base,
            _ if *dn == self.people => Place::People,
            _ if *dn == self.teams => Place::Teams,
            _ => None
                .or_else(|| of(&self.people, "uid").map(Place::Person))
                .or_else(|| of(&self.teams, "cn").map(Place::Team))
                .or_else(|| of(&self.services, "cn").map(Place::Service))
                .unwrap_or(Place::Nowhere),
        }
    }

    /// The same of a text.
    #[must_use]
    pub fn place_of(&self, text: &str) -> Option<Place> {
        Dn::parse(text).map(|dn| self.place(&dn))
    }

    /// The name of a place; nothing for nowhere.
    #[must_use]
    pub fn name(&self, place: &Place) -> String {
        match place {
            Place::Root | Place::Nowhere => String::new(),
            Place::Schema => self.schema.to_string(),
            Place::Base => self.base.to_string(),
            Place::People => self.people.to_string(),
            Place::Teams => self.teams.to_string(),
            Place::Person(name) => self.people.child("uid", name).to_string(),
            Place::Team(name) => self.teams.child("cn", name).to_string(),
            Place::Service(name) => self.services.child("cn", name).to_string(),
        }
    }

    /// The first part of the base's own name.
    pub(super) fn base_part(&self) -> Option<&Rdn> {
        self.base.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_names_and_names_places() {
        let tree = Tree::new("dc=example,dc=org".parse().unwrap());
        for (place, name) in [
            (Place::Root, ""),
            (Place::Schema, "cn=subschema"),
            (Place::Base, "dc=example,dc=org"),
            (Place::People, "ou=people,dc=example,dc=org"),
            (Place::Teams, "ou=teams,dc=example,dc=org"),
            (Place::Person("ada".to_owned()), "uid=ada,ou=people,dc=example,dc=org"),
            (Place::Team("a, b".to_owned()), "cn=a\\, b,ou=teams,dc=example,dc=org"),
            (Place::Service("mail".to_owned()), "cn=mail,ou=services,dc=example,dc=org"),
        ] {
            assert_eq!(tree.name(&place), name);
            assert_eq!(tree.place_of(name), Some(place));
        }
        for nowhere in [
            "dc=org",
            "uid=ada,dc=example,dc=org",
            "cn=ada,ou=people,dc=example,dc=org",
            "uid=a,uid=b,ou=people,dc=example,dc=org",
            "uid=ada,ou=people,dc=example,dc=com",
            "ou=services,dc=example,dc=org",
        ] {
            assert_eq!(tree.place_of(nowhere), Some(Place::Nowhere), "{nowhere}");
        }
        assert_eq!(tree.place_of("ada"), None);
    }
}
