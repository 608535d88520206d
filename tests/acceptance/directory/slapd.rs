//! OpenLDAP's server with a password policy, a service account that may read people and write their passwords, and
//! people in every state.

use std::path::Path;
use std::sync::OnceLock;

use doorkey::directory::ldap::{Ldap, LdapSettings};
use doorkey::domain::entropy::Entropy;
use doorkey::domain::secret::Secret;

use super::{Daemon, certificates, folder, run, unprivileged};
use crate::ports::free_port;
use crate::waiting::{PATIENCE, wait_until};

pub(super) const PEOPLE: &str = "ou=people,dc=example,dc=org";
pub(super) const SERVICE: &str = "cn=portal,dc=example,dc=org";
pub(super) const SERVICE_PASSWORD: &str = "service-secret";
/// The password of everybody who has one.
pub(super) const PASSWORD: &str = "first-password";

pub(super) struct Slapd {
    daemon: Option<Daemon>,
    pub(super) folder: tempfile::TempDir,
    pub(super) port: u16,
    pub(super) tls_port: u16,
    is_shared: bool,
}

/// The one that most tests share, each with people of its own.
pub(super) fn shared() -> &'static Slapd {
    static SHARED: OnceLock<Slapd> = OnceLock::new();
    SHARED.get_or_init(|| Slapd::prepare(true))
}

impl Slapd {
    pub(super) fn start() -> Self {
        Self::prepare(false)
    }

    fn prepare(is_shared: bool) -> Self {
        let folder = folder();
        let path = folder.path();
        certificates(path);
        std::fs::write(path.join("slapd.conf"), config(path)).unwrap();
        std::fs::write(path.join("data.ldif"), DATA.replace("{password}", PASSWORD)).unwrap();
        run(unprivileged("mkdir").arg(path.join("data")));
        run(unprivileged("/usr/sbin/slapadd")
            .arg("-q")
            .arg("-f")
            .arg(path.join("slapd.conf"))
            .arg("-l")
            .arg(path.join("data.ldif")));
        let mut slapd = Self { daemon: None, port: free_port(), tls_port: free_port(), folder, is_shared };
        slapd.resume();
        slapd
    }

    pub(super) fn stop(&mut self) {
        self.daemon = None;
    }

    pub(super) fn resume(&mut self) {
        let path = self.folder.path();
        let (log, config) = (path.join("log"), path.join("slapd.conf"));
        let _ = std::fs::remove_file(&log);
        let urls = format!("ldap://127.0.0.1:{} ldaps://127.0.0.1:{}", self.port, self.tls_port);
        let command = format!("/usr/sbin/slapd -d none -d stats -f {} -h '{urls}'", config.display());
        self.daemon = Some(Daemon::start(&command, &log, self.is_shared.then_some(path)));
        for port in [self.port, self.tls_port] {
            wait_until("slapd to listen", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        }
    }

    /// Gives the service account the right to read people, or takes it away; it may read their base all the same.
    pub(super) fn let_people_be_read(&mut self, may_read: bool) {
        self.stop();
        let path = self.folder.path();
        let right = format!("by dn.exact=\"{SERVICE}\" read ");
        let all = config(path);
        assert!(all.contains(&right));
        let base = format!("access to dn.base=\"{PEOPLE}\" {right}\naccess to * ");
        let none = all.replace(&right, "").replace("access to * ", &base);
        std::fs::write(path.join("slapd.conf"), if may_read { all } else { none }).unwrap();
        self.resume();
    }

    /// What the server has said.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(super) fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    pub(super) fn settings(&self) -> LdapSettings {
        LdapSettings {
            urls: vec![self.url()],
            bind_dn: SERVICE.to_owned(),
            bind_password: Secret::new(SERVICE_PASSWORD),
            user_base: PEOPLE.to_owned(),
            group_base: Some("ou=groups,dc=example,dc=org".to_owned()),
            timeout: PATIENCE,
            ..LdapSettings::default()
        }
    }

    pub(super) fn ldap(&self) -> Ldap {
        directory(&self.settings())
    }

    /// Writes with the rights of the administrator, to whom no policy applies: lines of LDIF.
    pub(super) fn administer(&self, ldif: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ldif).unwrap();
        run(std::process::Command::new("ldapmodify")
            .args([
                "-x",
                "-H",
                &self.url(),
                "-D",
                "cn=admin,dc=example,dc=org",
                "-w",
                "admin-secret",
                "-e",
                "relax",
            ])
            .arg("-f")
            .arg(file.path()));
    }

    /// Whether a stock client gets in.
    pub(super) fn opens(&self, name: &str, password: &str) -> bool {
        std::process::Command::new("ldapwhoami")
            .args(["-x", "-H", &self.url(), "-D", &format!("uid={name},{PEOPLE}"), "-w", password])
            .output()
            .unwrap()
            .status
            .success()
    }
}

pub(super) fn directory(settings: &LdapSettings) -> Ldap {
    Ldap::new(settings, Entropy::System).unwrap()
}

fn config(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
objectclass ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MAY sshPublicKey )
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
pidfile {folder}/pid
idletimeout 600
password-hash {{SSHA}}
access to dn.base="" by * read
database mdb
suffix dc=example,dc=org
rootdn cn=admin,dc=example,dc=org
rootpw admin-secret
directory {folder}/data
maxsize 16777216
dbnosync
overlay ppolicy
ppolicy_default cn=usual,ou=policies,dc=example,dc=org
ppolicy_hash_cleartext
ppolicy_use_lockout
# An account that may manage passwords sets them for others, who must change them then where the policy says so.
access to dn.regex="^uid=must" attrs=userPassword by dn.exact="{SERVICE}" manage by self =xw by anonymous auth by * none
access to attrs=userPassword by dn.exact="{SERVICE}" =w by self =xw by anonymous auth by * none
access to * by dn.exact="{SERVICE}" read by dn.exact="cn=reader,dc=example,dc=org" read by self read by * none
"#
    )
}

/// Everything that is there at the start. Each person is of one test.
const DATA: &str = include_str!("slapd.ldif");
