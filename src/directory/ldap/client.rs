//! Entries of people: how they are found, and what is read of them. Whether passwords are those of LDAP or of Active
//! Directory makes no difference here.

use tokio::time::Instant;

use super::filter::{Filter, attribute};
use super::message::{Code, Found, Outcome, Scope, Search, oid};
use super::pool::Pool;
use super::settings::{Attributes, LdapSettings, LdapSettingsFault};
use crate::directory::{DirectoryFault, Entry, EntryRef, Shown};
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;

/// The longest name and the longest address: what people can type.
const NAME_MAX: usize = 254;
const DISPLAY_NAME_MAX: usize = 200;
/// More groups than anybody is in.
const GROUPS_MAX: u32 = 1_000;
const KEYS_MAX: usize = 100;
const KEY_MAX: usize = 16_384;

/// What differs between kinds of directories when an entry is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::directory) struct Dialect {
    /// Attributes that are asked for besides those of the settings.
    pub(in crate::directory) extra: &'static [&'static str],
    /// Whether somebody may not sign in at all.
    pub(in crate::directory) is_disabled: fn(&Found) -> bool,
    /// From when on they may not.
    pub(in crate::directory) expires_at: fn(&Found) -> Option<Timestamp>,
    /// How the value of the attribute that is the id is written, and read again.
    pub(in crate::directory) id_to_text: fn(&[u8]) -> Option<String>,
    pub(in crate::directory) id_from_text: fn(&str) -> Option<Vec<u8>>,
}

/// Finds and reads entries.
#[derive(Debug)]
pub(in crate::directory) struct Client {
    pub(in crate::directory) pool: Pool,
    pub(in crate::directory) user_base: String,
    user_filter: Filter,
    group_base: Option<String>,
    group_filter: Filter,
    pub(in crate::directory) names: Attributes,
    dialect: Dialect,
    timeout: std::time::Duration,
}

impl Client {
    pub(in crate::directory) fn new(
        settings: &LdapSettings,
        dialect: Dialect,
    ) -> Result<Self, LdapSettingsFault> {
        let pool = Pool::new(settings)?;
        if settings.user_base.trim().is_empty() {
            return Err(LdapSettingsFault::new("user_base", "it is missing"));
        }
        if settings.timeout.is_zero() {
            return Err(LdapSettingsFault::new("timeout", "there must be some time"));
        }
        let names = &settings.attributes;
        for (setting, name) in [
            ("attributes.id", &names.id),
            ("attributes.name", &names.name),
            ("attributes.email", &names.email),
            ("attributes.display_name", &names.display_name),
            ("attributes.group_name", &names.group_name),
        ] {
            attribute(name).map_err(|reason| LdapSettingsFault::new(setting, reason))?;
        }
        if !names.ssh_key.is_empty() {
            attribute(&names.ssh_key)
                .map_err(|reason| LdapSettingsFault::new("attributes.ssh_key", reason))?;
        }
        let user_filter = Filter::parse(&settings.user_filter, &["login"])
            .map_err(|reason| LdapSettingsFault::new("user_filter", reason))?;
        let group_filter = Filter::parse(&settings.group_filter, &["dn", "name"])
            .map_err(|reason| LdapSettingsFault::new("group_filter", reason))?;
        Ok(Self {
            pool,
            user_base: settings.user_base.clone(),
            user_filter,
            group_base: settings.group_base.clone(),
            group_filter,
            names: names.clone(),
            dialect,
            timeout: settings.timeout,
        })
    }

    /// When what begins now must have ended.
    pub(in crate::directory) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    pub(in crate::directory) fn has_groups(&self) -> bool {
        self.group_base.is_some()
    }

    pub(in crate::directory) fn has_ssh_keys(&self) -> bool {
        !self.names.ssh_key.is_empty()
    }

    /// The one entry that somebody's input finds.
    pub(in crate::directory) async fn find(
        &self,
        login: &str,
        deadline: Instant,
    ) -> Result<Option<Entry>, DirectoryFault> {
        let filling = [("login", login.as_bytes())];
        match self.find_by(&self.user_filter, &filling, &self.attributes(), deadline).await? {
            Some(found) => self.entry(&found, deadline).await.map(Some),
            None => Ok(None),
        }
    }

    /// What the directory has of an entry now.
    pub(in crate::directory) async fn read(
        &self,
        entry: &EntryRef,
        deadline: Instant,
    ) -> Result<Option<Entry>, DirectoryFault> {
        match self.reread(entry, &self.attributes(), deadline).await? {
            Some(found) => self.entry(&found, deadline).await.map(Some),
            None => Ok(None),
        }
    }

    /// Attributes of an entry, where it is now. A name that another entry has got in the meantime is not it.
    pub(in crate::directory) async fn reread(
        &self,
        entry: &EntryRef,
        attributes: &[&str],
        deadline: Instant,
    ) -> Result<Option<Found>, DirectoryFault> {
        let everything = Filter::everything();
        let search = Search {
            base: &entry.at,
            scope: Scope::Base,
            filter: &everything,
            filling: &[],
            attributes,
            size_limit: 1,
        };
        let result = self.pool.search(&search, deadline).await?;
        match result.outcome.code {
            Code::SUCCESS => {
                let found = result.found.into_iter().next();
                let is_it = |found: &Found| self.id(found).is_ok_and(|id| id == entry.id);
                if let Some(found) = found.filter(is_it) {
                    return Ok(Some(found));
                }
            }
            Code::NO_SUCH_OBJECT | Code::INVALID_DN_SYNTAX => {}
            _ => check_search(&result.outcome, "an entry")?,
        }
        let Some(id) = (self.dialect.id_from_text)(&entry.id) else { return Ok(None) };
        let filter = Filter::equality(&self.names.id, &id);
        self.find_by(&filter, &[], attributes, deadline).await
    }

    /// The name of an entry as it is now.
    pub(in crate::directory) async fn locate(
        &self,
        entry: &EntryRef,
        deadline: Instant,
    ) -> Result<Option<String>, DirectoryFault> {
        Ok(self.reread(entry, &[&self.names.id], deadline).await?.map(|found| found.dn))
    }

    /// The public keys of an entry that are one line of text.
    pub(in crate::directory) async fn ssh_keys(
        &self,
        entry: &EntryRef,
        deadline: Instant,
    ) -> Result<Vec<String>, DirectoryFault> {
        if !self.has_ssh_keys() {
            return Ok(Vec::new());
        }
        let attributes = [self.names.id.as_str(), &self.names.ssh_key];
        let Some(found) = self.reread(entry, &attributes, deadline).await? else { return Ok(Vec::new()) };
        let lines = found.values(&self.names.ssh_key).into_iter().filter_map(|value| {
            let line = std::str::from_utf8(value).ok()?.trim();
            let is_line = !line.is_empty() && line.len() <= KEY_MAX && !line.contains(char::is_control);
            is_line.then(|| line.to_owned())
        });
        Ok(lines.take(KEYS_MAX).collect())
    }

    /// Whether the service account can read any of it. People count only if both a login and an id can find them:
    /// without their ids, entries that were found before would not be recognised.
    pub(in crate::directory) async fn shows(
        &self,
        shown: Shown,
        deadline: Instant,
    ) -> Result<bool, DirectoryFault> {
        let people_with = |attribute: &str| {
            Filter::And(vec![self.user_filter.for_any_value(), Filter::Present(attribute.to_owned())])
        };
        let (base, filter, setting) = match (shown, &self.group_base) {
            (Shown::People, _) => (&self.user_base, people_with(&self.names.id), "user_base"),
            (Shown::Emails, _) => (&self.user_base, people_with(&self.names.email), "user_base"),
            (Shown::Groups, Some(base)) => (base, self.group_filter.for_any_value(), "group_base"),
            (Shown::Groups, None) => return Ok(true),
        };
        Ok(self.any((base, setting), &filter, &["1.1"], deadline).await?.is_there)
    }

    /// Any one entry that a login could find, with the attributes that are read of people.
    pub(super) async fn anybody(&self, deadline: Instant) -> Result<AnyEntry, DirectoryFault> {
        let place = (self.user_base.as_str(), "user_base");
        self.any(place, &self.user_filter.for_any_value(), &self.attributes(), deadline).await
    }

    /// Some entry below a base, which is that of a setting.
    async fn any(
        &self,
        (base, setting): (&str, &str),
        filter: &Filter,
        attributes: &[&str],
        deadline: Instant,
    ) -> Result<AnyEntry, DirectoryFault> {
        let search = Search { base, scope: Scope::Subtree, filter, filling: &[], attributes, size_limit: 1 };
        let result = self.pool.search(&search, deadline).await?;
        let are_more = result.outcome.code == Code::SIZE_LIMIT_EXCEEDED;
        if !are_more {
            check_search(&result.outcome, setting)?;
        }
        let example = result.found.into_iter().next();
        // A server may show none where there are more than were asked for.
        let is_there = are_more || example.is_some();
        Ok(AnyEntry { is_there, example, has_references: result.has_references })
    }

    /// Whether an entry exists and is readable.
    pub(super) async fn check_base(
        &self,
        base: &str,
        setting: &'static str,
        deadline: Instant,
    ) -> Result<(), DirectoryFault> {
        let everything = Filter::everything();
        let search = Search {
            base,
            scope: Scope::Base,
            filter: &everything,
            filling: &[],
            attributes: &["1.1"],
            size_limit: 1,
        };
        let result = self.pool.search(&search, deadline).await?;
        check_search(&result.outcome, setting)?;
        if result.found.is_empty() {
            return Err(DirectoryFault::Misconfigured(format!(
                "{setting}: the service account may not read it"
            )));
        }
        Ok(())
    }

    pub(super) fn group_base(&self) -> Option<&str> {
        self.group_base.as_deref()
    }

    /// What the server says of itself.
    pub(in crate::directory) async fn root(&self, deadline: Instant) -> Result<Root, DirectoryFault> {
        let everything = Filter::everything();
        let search = Search {
            base: "",
            scope: Scope::Base,
            filter: &everything,
            filling: &[],
            attributes: &["supportedLDAPVersion", "supportedExtension", "supportedControl"],
            size_limit: 1,
        };
        let result = self.pool.search(&search, deadline).await?;
        // What cannot be read is not taken for what is not there: a password that is written instead of set may be kept as it
        // is.
        if !search
            .attributes
            .iter()
            .any(|name| result.found.iter().any(|found| !found.values(name).is_empty()))
        {
            return Err(DirectoryFault::Misconfigured(
                "the root DSE cannot be read, so it is not known how the server takes new passwords: let everybody read the \
                 entry with the empty name"
                    .to_owned(),
            ));
        }
        let has = |attribute: &str, name: &str| {
            result.found.iter().any(|found| found.values(attribute).contains(&name.as_bytes()))
        };
        Ok(Root {
            has_password_modify: has("supportedExtension", oid::PASSWORD_MODIFY),
            has_password_policy: has("supportedControl", oid::PASSWORD_POLICY),
        })
    }

    /// What is wrong with an entry that was found, if anything.
    pub(super) fn check_entry(&self, found: &Found) -> Result<(), DirectoryFault> {
        self.id(found)?;
        self.name(found)?;
        if found.values(&self.names.email).is_empty() {
            let what = format!(
                "no {} can be read of an entry that was found: it has none, or the service account may not read it",
                self.names.email
            );
            return Err(DirectoryFault::bad_entry(&found.dn, &what));
        }
        Ok(())
    }

    fn attributes(&self) -> Vec<&str> {
        let names = &self.names;
        let mut all = vec![names.id.as_str(), &names.name, &names.email, &names.display_name];
        all.extend(self.dialect.extra);
        all
    }

    async fn find_by(
        &self,
        filter: &Filter,
        filling: &[(&str, &[u8])],
        attributes: &[&str],
        deadline: Instant,
    ) -> Result<Option<Found>, DirectoryFault> {
        let search = Search {
            base: &self.user_base,
            scope: Scope::Subtree,
            filter,
            filling,
            attributes,
            size_limit: 2,
        };
        let result = self.pool.search(&search, deadline).await?;
        if result.outcome.code == Code::SIZE_LIMIT_EXCEEDED || result.found.len() > 1 {
            let what = "user_filter finds more than one entry below user_base for one login";
            let locations: Vec<&str> = result.found.iter().map(|found| found.dn.as_str()).collect();
            return Err(DirectoryFault::bad_entry(&locations.join("; "), what));
        }
        check_search(&result.outcome, "user_base")?;
        Ok(result.found.into_iter().next())
    }

    async fn entry(&self, found: &Found, deadline: Instant) -> Result<Entry, DirectoryFault> {
        let name = self.name(found)?;
        let groups = self.groups(&found.dn, &name, deadline).await?;
        let display_name = found.values(&self.names.display_name).into_iter().next().unwrap_or_default();
        Ok(Entry {
            entry: EntryRef { id: self.id(found)?, at: found.dn.clone() },
            name,
            display_name: inert(&String::from_utf8_lossy(display_name), DISPLAY_NAME_MAX),
            email: self.email(found)?,
            groups,
            is_disabled: (self.dialect.is_disabled)(found),
            expires_at: (self.dialect.expires_at)(found),
        })
    }

    fn id(&self, found: &Found) -> Result<String, DirectoryFault> {
        match found.values(&self.names.id).as_slice() {
            [value] => (self.dialect.id_to_text)(value),
            _ => None,
        }
        .ok_or_else(|| {
            let what = format!(
                "it has no {} that can be used, or the service account may not read it",
                self.names.id
            );
            DirectoryFault::bad_entry(&found.dn, &what)
        })
    }

    fn name(&self, found: &Found) -> Result<String, DirectoryFault> {
        let attribute = &self.names.name;
        let values = found.values(attribute);
        let named_by = |value: &&str| {
            let first = format!("{attribute}={value}").to_lowercase();
            let dn = found.dn.to_lowercase();
            dn.strip_prefix(&first).is_some_and(|rest| rest.is_empty() || rest.starts_with([',', '+']))
        };
        let chosen = match values.as_slice() {
            [] => return Err(bad(found, attribute, "is missing, or the service account may not read it")),
            [value] => usable(value),
            several => {
                let texts: Vec<&str> =
                    several.iter().filter_map(|value| std::str::from_utf8(value).ok()).collect();
                // Never the one that was typed: whoever types would rename an account.
                match texts.iter().find(|value| named_by(value)) {
                    Some(chosen) => usable(chosen.as_bytes()),
                    None => return Err(bad(found, attribute, "has several values")),
                }
            }
        };
        chosen.ok_or_else(|| bad(found, attribute, "has a value that cannot be used"))
    }

    fn email(&self, found: &Found) -> Result<Option<String>, DirectoryFault> {
        let attribute = &self.names.email;
        let values = found.values(attribute);
        let value = match values.as_slice() {
            [] => return Ok(None),
            [value] => value,
            // Nor is one chosen by what was typed: whoever reads one of the mailboxes would choose where codes go.
            _ => return Err(bad(found, attribute, "has several values")),
        };
        usable(value).map(Some).ok_or_else(|| bad(found, attribute, "has a value that cannot be used"))
    }

    async fn groups(&self, dn: &str, name: &str, deadline: Instant) -> Result<Vec<String>, DirectoryFault> {
        let Some(base) = &self.group_base else { return Ok(Vec::new()) };
        let attribute = self.names.group_name.as_str();
        let search = Search {
            base,
            scope: Scope::Subtree,
            filter: &self.group_filter,
            filling: &[("dn", dn.as_bytes()), ("name", name.as_bytes())],
            attributes: &[attribute],
            size_limit: GROUPS_MAX,
        };
        let result = self.pool.search(&search, deadline).await?;
        if result.outcome.code == Code::SIZE_LIMIT_EXCEEDED {
            return Err(DirectoryFault::bad_entry(dn, "it is in more groups than the server shows"));
        }
        check_search(&result.outcome, "group_base")?;
        let mut groups = Vec::with_capacity(result.found.len());
        for group in &result.found {
            let name = group.values(attribute).first().and_then(|value| usable(value));
            groups
                .push(name.ok_or_else(|| bad(group, attribute, "of a group has no value that can be used"))?);
        }
        groups.sort_unstable();
        groups.dedup();
        Ok(groups)
    }
}

fn bad(found: &Found, attribute: &str, what: &str) -> DirectoryFault {
    DirectoryFault::bad_entry(&found.dn, &format!("the attribute {attribute} {what}"))
}

/// The result of a search for any one entry.
#[derive(Debug)]
pub(super) struct AnyEntry {
    pub(super) is_there: bool,
    pub(super) example: Option<Found>,
    /// Whether other servers may have more.
    pub(super) has_references: bool,
}

/// What a server says of itself.
#[derive(Clone, Copy, Debug)]
pub(in crate::directory) struct Root {
    pub(in crate::directory) has_password_modify: bool,
    pub(in crate::directory) has_password_policy: bool,
}

/// The fault of a search that did not succeed.
fn check_search(outcome: &Outcome, setting: &str) -> Result<(), DirectoryFault> {
    let misconfigured = |why: String| Err(DirectoryFault::Misconfigured(format!("{setting}: {why}")));
    match outcome.code {
        Code::SUCCESS => Ok(()),
        Code::NO_SUCH_OBJECT => misconfigured(
            "it does not exist, or the service account may not read it: noSuchObject (32)".to_owned(),
        ),
        Code::REFERRAL => {
            misconfigured("it is on another server (a referral), which is not asked".to_owned())
        }
        code @ (Code::BUSY | Code::UNAVAILABLE) => {
            Err(DirectoryFault::Unreachable(format!("a search is answered with {code}")))
        }
        code => misconfigured(format!("a search is answered with {code}")),
    }
}

/// The text of a value that can be a name or an address.
fn usable(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let is_usable = !text.is_empty() && text.len() <= NAME_MAX && !text.contains(char::is_control);
    is_usable.then(|| text.to_owned())
}
