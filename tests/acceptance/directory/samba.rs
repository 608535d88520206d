//! Active Directory as Samba makes it: a domain of its own, with the service for LDAP and no other, run by an ordinary
//! user.

use std::path::Path;
use std::sync::OnceLock;

use doorkey::directory::active_directory::ActiveDirectory;
use doorkey::directory::ldap::LdapSettings;
use doorkey::directory::{
    Directory as _, DirectoryFault, MustChange, PasswordNotSet, PolicyRefusal, Shown, Verdict,
};
use doorkey::domain::secret::Secret;
use doorkey::domain::timestamp::Timestamp;

use super::{Daemon, bad_entry, certificates, folder, found, refused, run, secret, unprivileged, verdict};
use crate::ports::free_port;
use crate::waiting::{PATIENCE, wait_until};

pub(super) const SERVICE_PASSWORD: &str = "Service-secret-1";
const ADMIN_PASSWORD: &str = "Admin-secret-1";
/// The password of everybody.
pub(super) const PASSWORD: &str = "First-password-1";
const SECOND: &str = "Second-password-2";
const THIRD: &str = "Third-password-3";

pub(super) struct Samba {
    _daemon: Daemon,
    folder: tempfile::TempDir,
    port: u16,
    tls_port: u16,
}

pub(super) fn shared() -> &'static Samba {
    static SHARED: OnceLock<Samba> = OnceLock::new();
    SHARED.get_or_init(Samba::start)
}

impl Samba {
    fn start() -> Self {
        let folder = folder();
        let path = folder.path();
        certificates(path);
        let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/acceptance/directory"));
        // The sources may be where only we can read.
        for name in ["samba_provision.py", "ports.c"] {
            std::fs::copy(here.join(name), path.join(name)).unwrap();
        }
        run(unprivileged("/usr/bin/python3").arg(path.join("samba_provision.py")).arg(path).args([
            SERVICE_PASSWORD,
            PASSWORD,
            ADMIN_PASSWORD,
        ]));
        let shim = path.join("ports.so");
        run(unprivileged("gcc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(&shim)
            .arg(path.join("ports.c"))
            .arg("-ldl"));
        std::fs::write(path.join("smb.conf"), config(path)).unwrap();
        let (port, tls_port) = (free_port(), free_port());
        let command = format!(
            "LDAP_PORT={port} LDAPS_PORT={tls_port} LD_PRELOAD={} /usr/sbin/samba -i -M single -s {}",
            shim.display(),
            path.join("smb.conf").display()
        );
        let log = path.join("log");
        let daemon = Daemon::start(&command, &log, Some(path));
        wait_until("Samba to listen", || std::net::TcpStream::connect(("127.0.0.1", tls_port)).ok());
        Self { _daemon: daemon, folder, port, tls_port }
    }

    pub(super) fn settings(&self) -> LdapSettings {
        LdapSettings {
            urls: vec![format!("ldaps://127.0.0.1:{}", self.tls_port)],
            ca_file: Some(self.folder.path().join("ca.pem")),
            bind_dn: "CN=portal,CN=Users,DC=ad,DC=example,DC=org".to_owned(),
            bind_password: Secret::new(SERVICE_PASSWORD),
            user_base: "OU=People,DC=ad,DC=example,DC=org".to_owned(),
            group_base: Some("CN=Users,DC=ad,DC=example,DC=org".to_owned()),
            timeout: PATIENCE,
            ..LdapSettings::active_directory()
        }
    }

    /// Writes with the rights of the domain's administrator: lines of LDIF.
    pub(super) fn administer(&self, ldif: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ldif).unwrap();
        run(std::process::Command::new("ldapmodify")
            .args(["-x", "-H", &format!("ldaps://127.0.0.1:{}", self.tls_port)])
            .args(["-D", "CN=Administrator,CN=Users,DC=ad,DC=example,DC=org", "-w", ADMIN_PASSWORD, "-f"])
            .arg(file.path())
            .env("LDAPTLS_CACERT", self.folder.path().join("ca.pem")));
    }

    pub(super) fn directory(&self) -> ActiveDirectory {
        ActiveDirectory::new(&self.settings()).unwrap()
    }
}

fn config(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "[global]\nnetbios name = DC1\nrealm = AD.EXAMPLE.ORG\nworkgroup = ADEXAMPLE\n\
         server role = active directory domain controller\nserver services = ldap\n\
         old password allowed period = 0\n\
         interfaces = 127.0.0.1\nbind interfaces only = yes\n\
         private dir = {folder}/dc/private\nstate directory = {folder}/dc/state\n\
         cache directory = {folder}/dc\nlock directory = {folder}/dc\npid directory = {folder}/dc\n\
         ncalrpc dir = {folder}/dc/ncalrpc\nwinbindd socket directory = {folder}/dc/winbindd\n\
         ntp signd socket directory = {folder}/dc/ntp\nbinddns dir = {folder}/dc/bind-dns\n\
         log file = {folder}/dc/log\nxattr_tdb:file = {folder}/dc/state/xattr.tdb\nldb:nosync = true\n\
         tls keyfile = {folder}/server.key\ntls certfile = {folder}/server.pem\ntls cafile = {folder}/ca.pem\n"
    )
}

#[tokio::test]
async fn people_are_found_by_their_names_and_addresses() {
    let directory = shared().directory();
    assert!(directory.shows(Shown::People).await.unwrap());
    let ada = found(&directory, "ada").await;
    assert_eq!((ada.name.as_str(), ada.display_name.as_str()), ("ada", "Ada Lovelace"));
    assert_eq!(ada.email.as_deref(), Some("ada@example.org"));
    assert_eq!(ada.groups, ["admins"]);
    assert_eq!(ada.entry.id.len(), 36, "an objectGUID: {}", ada.entry.id);
    assert!(!ada.is_disabled);
    for login in ["ADA", "ada@example.org", "ada@ad.example.org"] {
        assert_eq!(found(&directory, login).await, ada, "{login}");
    }
    let comma = found(&directory, "comma").await;
    assert!(comma.entry.at.contains("Lovelace\\,"), "{}", comma.entry.at);
    assert_eq!(comma.groups, ["admins"]);
    assert!(found(&directory, "disabled").await.is_disabled);
    let today = Timestamp::parse("2026-11-22T14:05:09Z").unwrap();
    assert!(!found(&directory, "left").await.is_open(today) && ada.is_open(today));
    for login in ["stranger", "*", "ada)(cn=*", "portal"] {
        assert_eq!(directory.lookup(login).await.unwrap(), None, "{login}");
    }
    // The whole domain names other servers in every answer, which are not asked.
    let whole = LdapSettings { user_base: "DC=ad,DC=example,DC=org".to_owned(), ..shared().settings() };
    let whole = ActiveDirectory::new(&whole).unwrap();
    assert_eq!(found(&whole, "ada").await.entry, ada.entry);
    assert_eq!(whole.lookup("stranger").await.unwrap(), None);
    // Found by its id when it is somewhere else.
    let elsewhere =
        doorkey::directory::EntryRef { at: format!("CN=gone,{}", ada.entry.at), ..ada.entry.clone() };
    assert_eq!(directory.attributes(&elsewhere).await.unwrap(), Some(ada));
    let ambiguous = LdapSettings {
        user_filter: "(|(sAMAccountName={login})(objectClass=user))".to_owned(),
        ..shared().settings()
    };
    bad_entry(ActiveDirectory::new(&ambiguous).unwrap().lookup("ada").await);
}

#[tokio::test]
async fn a_password_is_right_wrong_or_must_be_changed() {
    let directory = shared().directory();
    for (login, password, expected) in [
        ("ada", PASSWORD, Verdict::Right),
        ("comma", PASSWORD, Verdict::Right),
        ("ada", "Wrong-password-1", Verdict::Wrong),
        ("ada", "", Verdict::Wrong),
        ("must", PASSWORD, Verdict::MustChange(MustChange::Reset)),
        ("must", "Wrong-password-1", Verdict::Wrong),
        ("expired", PASSWORD, Verdict::MustChange(MustChange::Expired)),
        ("disabled", PASSWORD, Verdict::Disabled),
        ("disabled", "Wrong-password-1", Verdict::Wrong),
        ("left", PASSWORD, Verdict::Disabled),
    ] {
        assert_eq!(verdict(&directory, login, password).await, expected, "{login} {password:?}");
    }
    assert_eq!(directory.verify(None, &secret(PASSWORD)).await.unwrap(), Verdict::Wrong);
    for _ in 0..3 {
        verdict(&directory, "locked", "Wrong-password-1").await;
    }
    assert_eq!(verdict(&directory, "locked", PASSWORD).await, Verdict::Locked);
    let locked = found(&directory, "locked").await.entry;
    let not_now = directory.change(&locked, &secret(PASSWORD), &secret(SECOND)).await;
    assert_eq!(refused(not_now), PolicyRefusal::NotAllowed);
}

#[tokio::test]
async fn a_password_is_changed_with_the_current_one_an_expired_one_too() {
    let directory = shared().directory();
    for login in ["change", "must2", "expired2"] {
        let entry = found(&directory, login).await.entry;
        let wrong = directory.change(&entry, &secret("Wrong-password-1"), &secret(SECOND)).await;
        assert!(matches!(wrong, Err(PasswordNotSet::WrongCurrent)), "{login}: {wrong:?}");
        directory.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
        assert_eq!(verdict(&directory, login, SECOND).await, Verdict::Right, "{login}");
    }
}

#[tokio::test]
async fn what_the_domain_has_against_a_password_is_told() {
    let directory = shared().directory();
    let entry = found(&directory, "history").await.entry;
    directory.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
    for (new, expected) in [
        (PASSWORD, PolicyRefusal::InHistory),
        ("Sh-1", PolicyRefusal::TooShort),
        ("onlysmallletters", PolicyRefusal::TooWeak),
        ("", PolicyRefusal::TooShort),
    ] {
        let result = directory.change(&entry, &secret(SECOND), &secret(new)).await;
        assert_eq!(refused(result), expected, "{new:?}");
    }
    assert_eq!(refused(directory.reset(&entry, &secret("Sh-1")).await), PolicyRefusal::TooShort);
    assert_eq!(verdict(&directory, "history", SECOND).await, Verdict::Right);
    // Quotes and characters beyond the first plane are characters like others.
    let odd = "Größe \"𝄞\" 1";
    directory.change(&entry, &secret(SECOND), &secret(odd)).await.unwrap();
    assert_eq!(verdict(&directory, "history", odd).await, Verdict::Right);
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_the_service_account_and_ends_a_lock() {
    let directory = shared().directory();
    for login in ["lost", "must3", "locked2"] {
        if login == "locked2" {
            for _ in 0..3 {
                verdict(&directory, login, "Wrong-password-1").await;
            }
            assert_eq!(verdict(&directory, login, PASSWORD).await, Verdict::Locked);
        }
        let entry = found(&directory, login).await.entry;
        directory.reset(&entry, &secret(SECOND)).await.unwrap();
        assert_eq!(verdict(&directory, login, SECOND).await, Verdict::Right, "{login}");
    }
    let entry = found(&directory, "lost").await.entry;
    let reader = LdapSettings {
        bind_dn: "CN=reader,CN=Users,DC=ad,DC=example,DC=org".to_owned(),
        ..shared().settings()
    };
    let reader = ActiveDirectory::new(&reader).unwrap();
    let fault = reader.reset(&entry, &secret(THIRD)).await.unwrap_err();
    assert!(matches!(fault, PasswordNotSet::Fault(DirectoryFault::Misconfigured(_))), "{fault}");
    assert_eq!(verdict(&directory, "lost", SECOND).await, Verdict::Right);
    let wrong: Vec<&str> = reader
        .try_out()
        .await
        .iter()
        .filter(|finding| finding.told.is_err())
        .map(|finding| finding.what)
        .collect();
    assert_eq!(wrong, ["reset"]);
    let findings = directory.try_out().await;
    assert!(findings.iter().all(|finding| finding.told.is_ok()), "{findings:?}");
    let last = findings.last().unwrap();
    assert_eq!((last.what, last.told.as_deref()), ("reset", Ok("the service account may set passwords")));
}

#[tokio::test]
async fn without_tls_it_is_not_used() {
    let samba = shared();
    let plain = vec![format!("ldap://127.0.0.1:{}", samba.port)];
    let settings = LdapSettings { urls: plain, ..samba.settings() };
    assert_eq!(ActiveDirectory::new(&settings).unwrap_err().setting, "urls");
    let starttls = LdapSettings { starttls: true, ..settings };
    assert_eq!(verdict(&ActiveDirectory::new(&starttls).unwrap(), "ada", PASSWORD).await, Verdict::Right);
}
