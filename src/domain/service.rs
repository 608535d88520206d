//! Services of this machine that have passwords checked: their names, the users they run as, and what two-factor
//! authentication means to them.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use super::secret::Secret;
use super::text::inert;
use super::totp::TotpCode;

/// What the portal's own LDAP server is called among services.
pub const LDAP: &str = "ldap";
/// The most services of one portal. An account has a failure counter for each.
const MOST_SERVICES: usize = 32;
const MAX_NAME: usize = 32;
/// What the kernel shows instead of a user or group that a user namespace does not know (`overflowuid`): many in one.
const NOBODY: u32 = 65_534;
/// The digits of an authenticator app's code.
const CODE_DIGITS: usize = 6;
/// The most characters of a host's name that are kept.
const MAX_HOST: usize = 40;

/// A service, as the settings name it: `imap`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceName(Arc<str>);

impl ServiceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ServiceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        if (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.into()))
        } else {
            let shown = inert(text, MAX_NAME);
            Err(format!("expected 1 to {MAX_NAME} of a-z, 0-9, `.`, `_`, `-`; found `{shown}`"))
        }
    }
}

/// The services that may ask, with commas between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceNames(Arc<[ServiceName]>);

impl ServiceName {
    /// The portal's own LDAP server.
    #[must_use]
    pub fn ldap() -> Self {
        Self(LDAP.into())
    }
}

impl ServiceNames {
    /// The one of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&ServiceName> {
        self.0.iter().find(|service| service.as_str() == name)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ServiceNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ServiceName::as_str).collect::<Vec<_>>().join(", "))
    }
}

impl FromStr for ServiceNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: BTreeSet<ServiceName> = parts(text).map(str::parse).collect::<Result<_, _>>()?;
        if names.iter().any(|name| name.as_str() == LDAP) {
            return Err(format!("`{LDAP}` is the portal's own LDAP server; choose another name"));
        }
        if names.len() > MOST_SERVICES {
            return Err(format!("expected at most {MOST_SERVICES} names; found {}", names.len()));
        }
        Ok(Self(names.into_iter().collect()))
    }
}

/// Users or groups of this machine, by name or number, with commas between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerNames(Vec<String>);

impl PeerNames {
    /// Root alone.
    #[must_use]
    pub fn root() -> Self {
        Self(vec!["root".to_owned()])
    }
}

impl fmt::Display for PeerNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl FromStr for PeerNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-$".contains(&b);
        let names: Vec<String> = parts(text).map(str::to_owned).collect();
        match names.iter().find(|name| !name.bytes().all(is_plain)) {
            Some(name) => Err(format!(
                "expected names or numbers of this machine with commas between; found `{}`",
                inert(name, MAX_NAME)
            )),
            None => Ok(Self(names)),
        }
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Why a user or group of the settings cannot be told from others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerFault {
    /// There is none of this name.
    #[error(
        "verify.{setting}: `{name}` is not in {file}; write the number of a {kind} that is kept elsewhere"
    )]
    Unknown {
        /// `users` or `groups`.
        setting: &'static str,
        name: String,
        file: &'static str,
        /// `user` or `group`.
        kind: &'static str,
    },
    /// The number that stands for everybody whom a namespace does not know.
    #[error("verify.{0}: {NOBODY} stands for everybody whom a namespace does not know, so it names nobody")]
    Nobody(&'static str),
}

/// Who may ask, as the kernel tells of the other end of a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedPeers {
    users: BTreeSet<u32>,
    groups: BTreeSet<u32>,
}

impl AllowedPeers {
    /// Looks names up in the texts of `/etc/passwd` and `/etc/group`. A group stands for its members too: the kernel
    /// tells only of the group that a process runs as.
    pub fn resolve(
        users: &PeerNames,
        groups: &PeerNames,
        passwd: &str,
        group: &str,
    ) -> Result<Self, PeerFault> {
        let mut allowed = Self::default();
        for name in &users.0 {
            let unknown = || PeerFault::Unknown {
                setting: "users",
                name: name.clone(),
                file: "/etc/passwd",
                kind: "user",
            };
            allowed.users.insert(number(name, passwd).ok_or_else(unknown)?);
        }
        for name in &groups.0 {
            let unknown = || PeerFault::Unknown {
                setting: "groups",
                name: name.clone(),
                file: "/etc/group",
                kind: "group",
            };
            let id = number(name, group).ok_or_else(unknown)?;
            allowed.groups.insert(id);
            let members = entries(group).filter(|entry| entry.get(2) == Some(&id.to_string().as_str()));
            let members = members.filter_map(|entry| entry.get(3).copied()).flat_map(parts);
            allowed.users.extend(members.filter_map(|member| number(member, passwd)));
        }
        if allowed.users.contains(&NOBODY) {
            return Err(PeerFault::Nobody("users"));
        }
        if allowed.groups.contains(&NOBODY) {
            return Err(PeerFault::Nobody("groups"));
        }
        Ok(allowed)
    }

    /// Whether a process of this user and group may ask.
    #[must_use]
    pub fn allow(&self, user: u32, group: u32) -> bool {
        self.users.contains(&user) || self.groups.contains(&group)
    }
}

/// The lines of `/etc/passwd` or `/etc/group`, in their fields.
fn entries(file: &str) -> impl Iterator<Item = Vec<&str>> {
    file.lines().map(|line| line.split(':').collect())
}

/// The number of `name` in the third field of its line, or the number that it is.
fn number(name: &str, file: &str) -> Option<u32> {
    let found = entries(file).find(|entry| entry.first() == Some(&name));
    match found {
        Some(entry) => entry.get(2)?.parse().ok(),
        None => name.parse().ok(),
    }
}

/// What a service does about accounts with two-factor authentication: their password alone opens nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactorAtServices {
    /// They cannot use services.
    #[default]
    Refuse,
    /// The six digits of the authenticator app follow the password.
    Append,
}

impl SecondFactorAtServices {
    /// What was typed for an account that has a second factor: the password, and the code where there is one.
    #[must_use]
    pub fn split(self, typed: &Secret) -> (Secret, Option<TotpCode>) {
        let text = typed.expose();
        let split = text.len().checked_sub(CODE_DIGITS).and_then(|at| text.split_at_checked(at));
        match (self, split) {
            (Self::Append, Some((password, digits))) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                (Secret::new(password), TotpCode::parse(digits))
            }
            _ => (typed.clone(), None),
        }
    }
}

/// Where a service says that somebody comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteHost {
    /// An address: what a service's tries are counted by beside the account.
    Address(IpAddr),
    /// A name, which whoever owns the address may choose: for people to read, and nothing is counted by it.
    Name(String),
}

impl RemoteHost {
    /// Reads what a service passes on; nothing for nothing.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        // The zone of a link-local address is this machine's own affair.
        let bare = bare.split('%').next().unwrap_or_default();
        match bare.parse() {
            Ok(address) => Some(Self::Address(address)),
            Err(_) => Some(inert(text, MAX_HOST)).filter(|name| !name.is_empty()).map(Self::Name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\ndovecot:x:104:110::/:\nnobody:x:65534:65534::/:\nbroken\n";
    const GROUP: &str = "root:x:0:\nmail:x:8:dovecot,gone\nnogroup:x:65534:\n";

    fn allowed(users: &str, groups: &str) -> Result<AllowedPeers, PeerFault> {
        AllowedPeers::resolve(&users.parse().unwrap(), &groups.parse().unwrap(), PASSWD, GROUP)
    }

    #[test]
    fn names_of_services_are_plain_and_few() {
        let names: ServiceNames = "sudo, imap,imap,".parse().unwrap();
        assert_eq!(names.to_string(), "imap, sudo");
        assert!(names.find("imap").is_some() && names.find("smtp").is_none());
        assert!(ServiceNames::default().is_empty());
        assert!("imap, ldap".parse::<ServiceNames>().unwrap_err().contains("own LDAP server"));
        assert!(ServiceNames::default().find(ServiceName::ldap().as_str()).is_none());
        for wrong in ["IMAP", "a b", "im\nap", &"a".repeat(33), "ä", "a:b"] {
            assert!(wrong.parse::<ServiceNames>().is_err(), "{wrong}");
        }
        let many: Vec<String> = (0..=MOST_SERVICES).map(|n| format!("s{n}")).collect();
        assert!(many.join(",").parse::<ServiceNames>().unwrap_err().contains("at most 32"));
    }

    #[test]
    fn who_may_ask_is_found_by_name_number_and_membership() {
        let by_name = allowed("root, dovecot", "").unwrap();
        assert!(by_name.allow(0, 5) && by_name.allow(104, 5) && !by_name.allow(105, 110));
        let by_number = allowed("1000", "2000").unwrap();
        assert!(by_number.allow(1000, 1) && by_number.allow(1, 2000) && !by_number.allow(2000, 1000));
        let by_group = allowed("", "mail").unwrap();
        assert!(by_group.allow(104, 110), "a member");
        assert!(by_group.allow(7, 8) && !by_group.allow(8, 7));
        assert!(!allowed("", "").unwrap().allow(0, 0));
    }

    #[test]
    fn whom_nobody_can_tell_apart_is_refused_with_the_setting() {
        let said = allowed("nosuch", "").unwrap_err().to_string();
        assert!(said.starts_with("verify.users: `nosuch` is not in /etc/passwd"), "{said}");
        assert!(allowed("", "nosuch").unwrap_err().to_string().contains("verify.groups"));
        for (users, groups) in [("nobody", ""), ("65534", ""), ("", "nogroup")] {
            assert!(allowed(users, groups).unwrap_err().to_string().contains("names nobody"));
        }
        assert!("a b".parse::<PeerNames>().is_err());
        assert_eq!(PeerNames::root().to_string(), "root");
    }

    #[test]
    fn a_code_is_split_off_only_where_it_is_appended() {
        let split = |how: SecondFactorAtServices, typed: &str| {
            let (password, code) = how.split(&Secret::new(typed));
            (password.expose().to_owned(), code.is_some())
        };
        let (append, refuse) = (SecondFactorAtServices::Append, SecondFactorAtServices::Refuse);
        assert_eq!(split(append, "plum tractor123456"), ("plum tractor".to_owned(), true));
        assert_eq!(split(refuse, "plum tractor123456"), ("plum tractor123456".to_owned(), false));
        for without in ["plum tractor", "12345", "", "plum 12345", "plum12345\u{664}", "é12345"] {
            assert_eq!(split(append, without), (without.to_owned(), false));
        }
        assert_eq!(split(append, "é123456"), ("é".to_owned(), true));
        assert_eq!(split(append, "123456"), (String::new(), true));
    }

    #[test]
    fn a_host_is_an_address_or_a_name_to_read() {
        let address = |text: &str| Some(RemoteHost::Address(text.parse().unwrap()));
        assert_eq!(RemoteHost::read("192.0.2.7"), address("192.0.2.7"));
        assert_eq!(RemoteHost::read("[2001:db8::1]"), address("2001:db8::1"));
        assert_eq!(RemoteHost::read("fe80::1%eth0"), address("fe80::1"));
        assert_eq!(RemoteHost::read("mail.example"), Some(RemoteHost::Name("mail.example".to_owned())));
        assert_eq!(RemoteHost::read("\u{1b}[2J"), Some(RemoteHost::Name("[2J".to_owned())));
        assert_eq!(RemoteHost::read("  "), None);
        let Some(RemoteHost::Name(long)) = RemoteHost::read(&"a".repeat(900)) else { panic!() };
        assert_eq!(long.len(), MAX_HOST);
    }
}
