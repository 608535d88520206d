//! What the server says of itself (RFC 4512, section 5.1), and what its attributes and classes mean (section 4.2).

use ldap3_proto::proto::{LdapPartialAttribute, LdapSearchResultEntry, OID_PASSWORD_MODIFY, OID_WHOAMI};
use strum::VariantArray as _;

use super::tree::{Place, Tree};
use crate::domain::ldap_attribute::{LdapAttribute, Matching};

pub(super) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Results in pages (RFC 2696).
const PAGES: &str = "1.2.840.113556.1.4.319";
/// `+` for the server's own attributes (RFC 3673).
const ALL_OPERATIONAL: &str = "1.3.6.1.4.1.4203.1.5.1";

/// The classes of entries, as a schema describes them.
const CLASSES: [&str; 8] = [
    "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
    "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY description )",
    "( 2.5.6.7 NAME 'organizationalPerson' SUP person STRUCTURAL MAY ou )",
    "( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP organizationalPerson STRUCTURAL MAY ( displayName $ mail $ uid ) )",
    "( 1.3.6.1.1.1.2.0 NAME 'posixAccount' SUP top AUXILIARY MUST ( cn $ uid $ uidNumber $ gidNumber $ homeDirectory ) MAY loginShell )",
    "( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MAY ( sshPublicKey $ uid ) )",
    "( 2.5.6.9 NAME 'groupOfNames' SUP top STRUCTURAL MUST ( member $ cn ) MAY description )",
    "( 2.5.6.5 NAME 'organizationalUnit' SUP top STRUCTURAL MUST ou )",
];

fn attribute(name: &str, values: &[&str]) -> LdapPartialAttribute {
    LdapPartialAttribute {
        atype: name.to_owned(),
        vals: values.iter().map(|value| value.as_bytes().to_vec()).collect(),
    }
}

/// Whether somebody who asks for `names` wants the attribute of the server.
fn wants(names: &[String], name: &str, is_operational: bool) -> bool {
    let has = |one: &str| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(one));
    let by_kind = if is_operational { has("+") } else { names.is_empty() || has("*") };
    by_kind || has(name)
}

/// The entry above all others. Many clients ask for none of its attributes by name, so all are given that are of use.
pub(super) fn root_dse(tree: &Tree, offers_start_tls: bool, names: &[String]) -> LdapSearchResultEntry {
    let mut extensions = vec![OID_WHOAMI, OID_PASSWORD_MODIFY];
    if offers_start_tls {
        extensions.push(START_TLS);
    }
    let (base, schema) = (tree.name(&Place::Base), tree.name(&Place::Schema));
    let all = [
        (attribute("objectClass", &["top"]), false),
        (attribute("namingContexts", &[&base]), true),
        (attribute("defaultNamingContext", &[&base]), true),
        (attribute("subschemaSubentry", &[&schema]), true),
        (attribute("supportedLDAPVersion", &["3"]), true),
        (attribute("supportedExtension", &extensions), true),
        (attribute("supportedControl", &[PAGES]), true),
        (attribute("supportedFeatures", &[ALL_OPERATIONAL]), true),
        (attribute("vendorName", &["Doorkey"]), true),
        (attribute("vendorVersion", &[env!("CARGO_PKG_VERSION")]), true),
    ];
    let attributes = all.into_iter().filter(|(attribute, is_own)| wants(names, &attribute.atype, *is_own));
    LdapSearchResultEntry {
        dn: String::new(),
        attributes: attributes.map(|(attribute, _)| attribute).collect(),
    }
}

/// The entry of the schema.
pub(super) fn schema(tree: &Tree, names: &[String]) -> LdapSearchResultEntry {
    let types: Vec<String> = LdapAttribute::VARIANTS.iter().map(|attribute| described(*attribute)).collect();
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    let all = [
        (attribute("objectClass", &["top", "subschema"]), false),
        (attribute("cn", &["subschema"]), false),
        (attribute("attributeTypes", &types), true),
        (attribute("objectClasses", &CLASSES), true),
    ];
    let attributes = all.into_iter().filter(|(attribute, is_own)| wants(names, &attribute.atype, *is_own));
    let dn = tree.name(&Place::Schema);
    LdapSearchResultEntry { dn, attributes: attributes.map(|(attribute, _)| attribute).collect() }
}

fn described(attribute: LdapAttribute) -> String {
    let (equality, syntax) = match attribute.matching() {
        Matching::IgnoreCase => ("caseIgnoreMatch", "1.3.6.1.4.1.1466.115.121.1.15"),
        Matching::Exact => ("caseExactMatch", "1.3.6.1.4.1.1466.115.121.1.15"),
        Matching::Integer => ("integerMatch", "1.3.6.1.4.1.1466.115.121.1.27"),
        Matching::Name => ("distinguishedNameMatch", "1.3.6.1.4.1.1466.115.121.1.12"),
    };
    let (oid, name) = (attribute.oid(), attribute.name());
    format!("( {oid} NAME '{name}' EQUALITY {equality} SYNTAX {syntax} )")
}
