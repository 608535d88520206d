//! What must be known of a directory that speaks LDAP.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::secret::Secret;

/// What must be known of a directory. `Default` has what most have; `urls`, `bind_dn`, `bind_password` and `user_base` are
/// each directory's own.
#[derive(Clone, Debug)]
pub struct LdapSettings {
    /// Where it is: `ldaps://name`, `ldaps://name:port`, or `ldap://…`. Several are replicas of one directory: the one that
    /// answered last is asked first, then the others in this order.
    pub urls: Vec<String>,
    /// Turns a connection to an `ldap://` address into one with TLS before anything else is said. Without it, only
    /// addresses of this machine may be `ldap://`.
    pub starttls: bool,
    /// Certificates, in PEM, of authorities to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// The account that looks people up and sets the passwords that they have forgotten. Empty: people are looked up
    /// without an account, and forgotten passwords cannot be set.
    pub bind_dn: String,
    /// Its password.
    pub bind_password: Secret,
    /// The entry that all people are below of.
    pub user_base: String,
    /// The filter (RFC 4515) that finds one of them by what somebody typed, `{login}`. What is typed is a value in it
    /// whatever characters it has; nothing needs to be escaped.
    pub user_filter: String,
    /// The entry that all groups are below of. Nothing: groups are not looked at.
    pub group_base: Option<String>,
    /// The filter that finds the groups of somebody, by the name of their entry, `{dn}`, or their username, `{name}`.
    pub group_filter: String,
    /// Names of attributes.
    pub attributes: Attributes,
    /// How passwords are set.
    pub password_change: PasswordChange,
    /// Who sets a password that was forgotten.
    pub reset_as: ResetAs,
    /// How long one request of the portal may take, however many questions to the directory it is made of.
    pub timeout: Duration,
    /// How many connections of the service account there are at most.
    pub connections: usize,
}

impl Default for LdapSettings {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            starttls: false,
            ca_file: None,
            bind_dn: String::new(),
            bind_password: Secret::default(),
            user_base: String::new(),
            user_filter: "(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))".to_owned(),
            group_base: None,
            group_filter: "(|(member={dn})(uniqueMember={dn}))".to_owned(),
            attributes: Attributes::default(),
            password_change: PasswordChange::Auto,
            reset_as: ResetAs::Service,
            timeout: Duration::from_secs(5),
            connections: 4,
        }
    }
}

/// Which attributes hold what.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// What stays the same when an entry is renamed or moved.
    pub id: String,
    /// The username. Where an entry has several, the one that it is named by counts.
    pub name: String,
    /// The email address. An entry with several is not used, because a code must not go to an address that somebody else
    /// may read.
    pub email: String,
    /// What people are called.
    pub display_name: String,
    /// Public keys in the format of `authorized_keys(5)`. Empty: the directory holds none.
    pub ssh_key: String,
    /// The name of a group.
    pub group_name: String,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            id: "entryUUID".to_owned(),
            name: "uid".to_owned(),
            email: "mail".to_owned(),
            display_name: "cn".to_owned(),
            ssh_key: "sshPublicKey".to_owned(),
            group_name: "cn".to_owned(),
        }
    }
}

/// How passwords are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordChange {
    /// By the operation that was made for it (RFC 3062) where the server says that it has it, else by writing the attribute.
    #[default]
    Auto,
    /// By the operation that was made for it (RFC 3062).
    Exop,
    /// By writing the attribute `userPassword`. The server must hash what is written; OpenLDAP does so only with
    /// `ppolicy_hash_cleartext`.
    Modify,
}

/// Who sets a password that was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetAs {
    /// The service account.
    #[default]
    Service,
    /// The person: the service account sets a random password, and with it the wanted one is set as the person. For
    /// directories that let a password expire at once that somebody else has set (FreeIPA, OpenLDAP's `pwdMustChange`,
    /// 389-ds's `passwordMustChange`). When the directory refuses the wanted password, the random one stays, which nobody
    /// knows; the next try replaces it.
    User,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct LdapSettingsFault {
    /// Its name: a field of [`LdapSettings`], or `attributes.` and one of [`Attributes`].
    pub setting: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl LdapSettingsFault {
    pub(in crate::directory) fn new(setting: &'static str, reason: impl Into<String>) -> Self {
        Self { setting, reason: reason.into() }
    }
}
