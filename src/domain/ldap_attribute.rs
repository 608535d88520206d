//! The attributes of entries, each declared once: its name, and how its values are compared.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use strum::VariantArray;

use super::text::inert;

/// How two values are compared (RFC 4517).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Without case, each run of spaces as one.
    IgnoreCase,
    /// Byte by byte.
    Exact,
    /// As numbers, which have an order.
    Integer,
    /// As distinguished names.
    Name,
}

macro_rules! attributes {
    ($($(#[$doc:meta])+ $attribute:ident $name:literal $oid:literal $matching:ident;)*) => {
        /// An attribute of an entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
        pub enum LdapAttribute {
            $($(#[$doc])+ $attribute,)*
        }

        impl LdapAttribute {
            /// Its name, as schemas spell it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$attribute => $name,)* }
            }

            /// Its object identifier.
            #[must_use]
            pub const fn oid(self) -> &'static str {
                match self { $(Self::$attribute => $oid,)* }
            }

            /// How its values are compared.
            #[must_use]
            pub const fn matching(self) -> Matching {
                match self { $(Self::$attribute => Matching::$matching,)* }
            }
        }
    };
}

attributes! {
    /// What the entry is.
    ObjectClass "objectClass" "2.5.4.0" IgnoreCase;
    /// Of a branch: its name.
    Ou "ou" "2.5.4.11" IgnoreCase;
    /// Of the base.
    Dc "dc" "0.9.2342.19200300.100.1.25" IgnoreCase;
    /// Of the base.
    O "o" "2.5.4.10" IgnoreCase;
    /// Username.
    Uid "uid" "0.9.2342.19200300.100.1.1" IgnoreCase;
    /// Of a person, the name that others see, or the username; of a team, its name.
    Cn "cn" "2.5.4.3" IgnoreCase;
    /// The same as `cn`: a portal asks for no surname.
    Sn "sn" "2.5.4.4" IgnoreCase;
    /// The name that others see.
    DisplayName "displayName" "2.16.840.1.113730.3.1.241" IgnoreCase;
    /// Verified email addresses, the primary one first.
    Mail "mail" "0.9.2342.19200300.100.1.3" IgnoreCase;
    /// The names of the person's teams.
    MemberOf "memberOf" "1.2.840.113556.1.2.102" Name;
    /// The id of the account or team, which no rename changes.
    EntryUuid "entryUUID" "1.3.6.1.1.16.4" IgnoreCase;
    /// Public SSH keys.
    SshPublicKey "sshPublicKey" "1.3.6.1.4.1.24552.500.1.1.1.13" Exact;
    /// Number of the user of Unix machines.
    UidNumber "uidNumber" "1.3.6.1.1.1.1.0" Integer;
    /// Number of its group.
    GidNumber "gidNumber" "1.3.6.1.1.1.1.1" Integer;
    /// Its home directory.
    HomeDirectory "homeDirectory" "1.3.6.1.1.1.1.3" Exact;
    /// Its shell.
    LoginShell "loginShell" "1.3.6.1.1.1.1.4" Exact;
    /// Of a team: the names of its members.
    Member "member" "2.5.4.31" Name;
    /// Of a team: what it does.
    Description "description" "2.5.4.13" IgnoreCase;
}

/// What everybody may read who may read an entry at all: its name says the same.
const NAMES: [LdapAttribute; 5] =
    [LdapAttribute::ObjectClass, LdapAttribute::Ou, LdapAttribute::Dc, LdapAttribute::O, LdapAttribute::Uid];

impl LdapAttribute {
    /// The one of this name or object identifier, whatever its case; options behind a semicolon are of none.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let all = Self::VARIANTS.iter().copied();
        all.into_iter().find(|one| one.name().eq_ignore_ascii_case(name) || one.oid() == name)
    }

    /// Whether it is the server's own (RFC 4512, section 3.4): given where it is asked for by name or with `+`.
    #[must_use]
    pub const fn is_operational(self) -> bool {
        matches!(self, Self::EntryUuid)
    }

    /// Whether its readers need no permission beyond that to find the entry.
    #[must_use]
    pub fn is_in_the_name(self) -> bool {
        NAMES.contains(&self)
    }

    /// Those that a permission can name.
    pub fn grantable() -> impl Iterator<Item = Self> {
        Self::VARIANTS.iter().copied().filter(|one| !one.is_in_the_name())
    }
}

/// The attributes that somebody may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeScope(BTreeSet<LdapAttribute>);

impl AttributeScope {
    /// All of them.
    #[must_use]
    pub fn all() -> Self {
        Self(LdapAttribute::grantable().collect())
    }

    /// Whether it may be read.
    #[must_use]
    pub fn allows(&self, attribute: LdapAttribute) -> bool {
        attribute.is_in_the_name() || self.0.contains(&attribute)
    }
}

/// What a program needs that signs people in: who they are, where their email goes, and their teams.
impl Default for AttributeScope {
    fn default() -> Self {
        use LdapAttribute::{Cn, DisplayName, EntryUuid, Mail, Member, MemberOf, Sn};
        Self([Cn, Sn, DisplayName, Mail, MemberOf, EntryUuid, Member].into())
    }
}

impl fmt::Display for AttributeScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|one| one.name()).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for AttributeScope {
    type Err = String;

    /// Names with commas between; `all` for all of them.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "all" {
            return Ok(Self::all());
        }
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let read = |name: &str| {
            LdapAttribute::find(name).ok_or_else(|| {
                let known: Vec<_> = LdapAttribute::grantable().map(LdapAttribute::name).collect();
                format!("`{}` is none of {}", inert(name, 40), known.join(", "))
            })
        };
        let found: BTreeSet<_> = names.map(read).collect::<Result<_, _>>()?;
        Ok(Self(found.into_iter().filter(|one| !one.is_in_the_name()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_in_any_case_and_by_number() {
        for attribute in LdapAttribute::VARIANTS {
            for name in
                [attribute.name().to_owned(), attribute.name().to_uppercase(), attribute.oid().to_owned()]
            {
                assert_eq!(LdapAttribute::find(&name), Some(*attribute), "{name}");
            }
        }
        assert_eq!(LdapAttribute::find("userPassword"), None);
        assert_eq!(LdapAttribute::find("mail;lang-de"), None);
    }

    #[test]
    fn a_scope_is_written_as_it_is_read() {
        for text in ["mail", "mail,uidNumber", "all", ""] {
            let scope: AttributeScope = text.parse().unwrap();
            assert_eq!(scope.to_string().parse(), Ok(scope), "{text}");
        }
        let scope: AttributeScope = "MAIL, uid".parse().unwrap();
        assert_eq!(scope.to_string(), "mail");
        assert!(scope.allows(LdapAttribute::Uid) && !scope.allows(LdapAttribute::Cn));
        assert!(
            "mail,userPassword".parse::<AttributeScope>().unwrap_err().contains("`userPassword` is none of")
        );
        assert!(!AttributeScope::default().allows(LdapAttribute::SshPublicKey));
    }
}
