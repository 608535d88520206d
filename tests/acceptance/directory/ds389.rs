//! 389 Directory Server, Red Hat's and FreeIPA's, with policies of its own and their own words.

use std::path::Path;
use std::sync::OnceLock;

use doorkey::directory::ldap::{Attributes, Ldap, LdapSettings, PasswordChange, ResetAs};
use doorkey::directory::{
    Directory as _, DirectoryFault, MustChange, PasswordExpiry, PasswordNotSet, PolicyRefusal, Shown, Verdict,
};
use doorkey::domain::entropy::Entropy;
use doorkey::domain::timestamp::Timestamp;

use super::{Daemon, certificates, folder, found, is_right, refused, run, secret, unprivileged, verdict};
use crate::ports::free_port;
use crate::waiting::{PATIENCE, wait_until};

pub(super) const PASSWORD: &str = "first-password";
const SECOND: &str = "second-password";
const THIRD: &str = "third-password";
const BASE: &str = "dc=example,dc=org";

pub(super) struct Ds389 {
    _daemon: Daemon,
    folder: tempfile::TempDir,
    port: u16,
    tls_port: u16,
}

pub(super) fn shared() -> &'static Ds389 {
    static SHARED: OnceLock<Ds389> = OnceLock::new();
    SHARED.get_or_init(Ds389::start)
}

impl Ds389 {
    fn start() -> Self {
        let folder = folder();
        let path = folder.path();
        certificates(path);
        let (port, tls_port) = (free_port(), free_port());
        run(unprivileged("sh").current_dir(path).args(["-euc", PREPARE]).env("HOME", path));
        let config = path.join("conf");
        std::fs::write(config.join("certmap.conf"), "certmap default default\n").unwrap();
        let dse = dse(path, port, tls_port);
        std::fs::write(path.join("dse.ldif"), dse).unwrap();
        // The server writes its configuration itself.
        run(unprivileged("cp").arg(path.join("dse.ldif")).arg(config.join("dse.ldif")));
        let command =
            format!("/usr/sbin/ns-slapd -D {} -d 0 -i {}/run/pid", config.display(), path.display());
        let daemon = Daemon::start(&command, &path.join("log"), Some(path));
        wait_until("389-ds to listen", || std::net::TcpStream::connect(("127.0.0.1", tls_port)).ok());
        let server = Self { _daemon: daemon, folder, port, tls_port };
        server.administer(&data());
        server
    }

    fn url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.tls_port)
    }

    fn administer(&self, ldif: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ldif).unwrap();
        run(std::process::Command::new("ldapmodify")
            .args(["-x", "-H", &self.url(), "-D", "cn=admin", "-w", "admin-secret", "-f"])
            .arg(file.path())
            .env("LDAPTLS_CACERT", self.folder.path().join("ca.pem")));
    }

    pub(super) fn settings(&self) -> LdapSettings {
        LdapSettings {
            urls: vec![self.url()],
            ca_file: Some(self.folder.path().join("ca.pem")),
            bind_dn: format!("cn=portal,{BASE}"),
            bind_password: secret("service-secret"),
            user_base: format!("ou=people,{BASE}"),
            group_base: Some(format!("ou=groups,{BASE}")),
            attributes: Attributes { id: "nsUniqueId".to_owned(), ..Attributes::default() },
            timeout: PATIENCE,
            ..LdapSettings::default()
        }
    }

    pub(super) fn ldap(&self) -> Ldap {
        directory(&self.settings())
    }
}

fn directory(settings: &LdapSettings) -> Ldap {
    Ldap::new(settings, Entropy::System).unwrap()
}

/// Folders, and the certificate where the server looks for it.
const PREPARE: &str = r"
mkdir -p conf/schema lock tmp ldif bak run inst logs db
printf 'dn: cn=schema\n' >conf/schema/99user.ldif
touch conf/slapd-collations.conf
openssl pkcs12 -export -in server.pem -inkey server.key -certfile ca.pem -name Server-Cert -passout pass: -out server.p12
certutil -N -d conf --empty-password
certutil -A -d conf -n ca -t CT,, -i ca.pem -a
pk12util -d conf -i server.p12 -W '' -K ''
";

/// The server's own template, filled in.
fn dse(folder: &Path, port: u16, tls_port: u16) -> String {
    let templates = Path::new("/usr/share/dirsrv/data");
    let read = |name: &str| std::fs::read_to_string(templates.join(name)).unwrap();
    let user = run(unprivileged("id").arg("-un"));
    let at = |name: &str| folder.join(name).display().to_string();
    let mut text = [read("template-dse.ldif"), read("template-suffix-db.ldif")].concat();
    for (name, value) in [
        ("schema_dir", at("conf/schema")),
        ("lock_dir", at("lock")),
        ("tmp_dir", at("tmp")),
        ("cert_dir", at("conf")),
        ("config_dir", at("conf")),
        ("ldif_dir", at("ldif")),
        ("bak_dir", at("bak")),
        ("run_dir", at("run")),
        ("inst_dir", at("inst")),
        ("log_dir", at("logs")),
        ("db_dir", at("db")),
        ("db_home_dir", at("db")),
        ("db_lib", "bdb".to_owned()),
        ("fqdn", "localhost".to_owned()),
        ("ds_port", port.to_string()),
        ("ds_user", user.trim().to_owned()),
        ("rootdn", "cn=admin".to_owned()),
        ("ds_passwd", "{CLEAR}admin-secret".to_owned()),
        ("ldapi_enabled", "off".to_owned()),
        ("ldapi_autobind", "off".to_owned()),
        ("ldapi", at("run/ldapi")),
        ("ds_suffix", BASE.to_owned()),
        ("ds_bename", "userRoot".to_owned()),
    ] {
        text = text.replace(&format!("%{name}%"), &value);
    }
    let more = format!(
        "\nnsslapd-port: {port}\nnsslapd-listenhost: 127.0.0.1\nnsslapd-securelistenhost: 127.0.0.1\n\
         nsslapd-security: on\nnsslapd-secureport: {tls_port}\nnsslapd-pwpolicy-local: on\n"
    );
    text.replacen(&format!("\nnsslapd-port: {port}\n"), &more, 1)
}

/// A service account that reads people and writes their passwords, policies, and people.
fn data() -> String {
    let mut ldif = vec![format!(
        "dn: {BASE}\nchangetype: add\nobjectClass: domain\ndc: example\n\
         aci: (targetattr=\"objectClass || uid || cn || mail || nsUniqueId || nsAccountLock || shadowExpire || ou || member\")\
         (version 3.0; acl \"portal reads\"; allow (read,search,compare) userdn=\"ldap:///cn=portal,{BASE}\";)\n\
         aci: (targetattr=\"userPassword\")\
         (version 3.0; acl \"portal sets passwords\"; allow (write) userdn=\"ldap:///cn=portal,{BASE}\";)\n\
         aci: (targetattr=\"userPassword\")(version 3.0; acl \"own password\"; allow (write) userdn=\"ldap:///self\";)\n\n"
    )];
    for ou in ["people", "groups"] {
        ldif.push(format!(
            "dn: ou={ou},{BASE}\nchangetype: add\nobjectClass: organizationalUnit\nou: {ou}\n\n"
        ));
    }
    for (name, rules) in [
        ("usual", "passwordHistory: on\npasswordInHistory: 3\npasswordLockout: on\npasswordMaxFailure: 3"),
        ("aging", "passwordExp: on\npasswordMaxAge: 86400"),
        ("grace", "passwordExp: on\npasswordMaxAge: 86400\npasswordGraceLimit: 50"),
        ("must", "passwordMustChange: on"),
        ("young", "passwordMinAge: 86400"),
        ("fixed", "passwordChange: off"),
    ] {
        ldif.push(format!(
            "dn: cn={name},{BASE}\nchangetype: add\nobjectClass: ldapsubentry\nobjectClass: passwordPolicy\ncn: {name}\n\
             passwordCheckSyntax: on\npasswordMinLength: 10\npasswordMinCategories: 1\npasswordStorageScheme: SSHA512\n{rules}\n\n"
        ));
    }
    ldif.push(format!(
        "dn: cn=portal,{BASE}\nchangetype: add\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
         cn: portal\nuserPassword: service-secret\n\n"
    ));
    for (name, policy) in [
        ("ada", "usual"),
        ("locked", "usual"),
        ("history", "usual"),
        ("plain", "usual"),
        ("walk", "usual"),
        ("walkdue", "aging"),
        ("inactive", "usual"),
        ("left", "usual"),
        ("expired", "aging"),
        ("expired2", "aging"),
        ("gracious", "grace"),
        ("gracious2", "grace"),
        ("must", "must"),
        ("must2", "must"),
        ("young", "young"),
        ("fixed", "fixed"),
    ] {
        ldif.push(format!(
            "dn: uid={name},ou=people,{BASE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\n\
             mail: {name}@example.org\nuserPassword: {PASSWORD}\npwdpolicysubentry: cn={policy},{BASE}\n\n"
        ));
    }
    for name in ["expired", "expired2", "walkdue", "gracious", "gracious2"] {
        ldif.push(format!(
            "dn: uid={name},ou=people,{BASE}\nchangetype: modify\nreplace: passwordExpirationTime\n\
             passwordExpirationTime: 20200101000000Z\n\n"
        ));
    }
    ldif.push(format!(
        "dn: uid=left,ou=people,{BASE}\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\n\
         add: shadowExpire\nshadowExpire: 20000\n\n\
         dn: uid=inactive,ou=people,{BASE}\nchangetype: modify\nreplace: nsAccountLock\nnsAccountLock: true\n\n\
         dn: cn=admins,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfNames\ncn: admins\n\
         member: uid=ada,ou=people,{BASE}\n\n"
    ));
    ldif.concat()
}

#[tokio::test]
async fn people_are_found_and_their_passwords_judged() {
    let ldap = shared().ldap();
    assert!(ldap.shows(Shown::People).await.unwrap());
    let ada = found(&ldap, "ada").await;
    assert_eq!(
        (ada.email.as_deref(), ada.groups.as_slice()),
        (Some("ada@example.org"), &["admins".to_owned()][..])
    );
    assert_eq!(ldap.attributes(&ada.entry).await.unwrap(), Some(ada));
    assert!(found(&ldap, "inactive").await.is_disabled);
    let today = Timestamp::parse("2026-11-22T14:05:09Z").unwrap();
    assert!(!found(&ldap, "left").await.is_open(today) && found(&ldap, "ada").await.is_open(today));
    for (login, password, expected) in [
        ("ada", PASSWORD, Verdict::Right),
        ("ada", "wrong-password", Verdict::Wrong),
        ("inactive", PASSWORD, Verdict::Disabled),
        ("expired", PASSWORD, Verdict::MustChange(MustChange::Expired)),
        ("expired", "wrong-password", Verdict::Wrong),
    ] {
        assert_eq!(verdict(&ldap, login, password).await, expected, "{login} {password}");
    }
    // It is let in so many times more.
    let gracious = verdict(&ldap, "gracious", PASSWORD).await;
    let has_some = matches!(gracious, Verdict::RightUntil(PasswordExpiry::AfterSignIns(left)) if left > 0);
    assert!(has_some, "{gracious:?}");
    assert_eq!(ldap.verify(None, &secret(PASSWORD)).await.unwrap(), Verdict::Wrong);
    for _ in 0..3 {
        verdict(&ldap, "locked", "wrong-password").await;
    }
    assert_eq!(verdict(&ldap, "locked", PASSWORD).await, Verdict::Locked);
}

#[tokio::test]
async fn passwords_are_changed_and_what_the_policy_has_against_them_is_told() {
    let ldap = shared().ldap();
    let entry = found(&ldap, "history").await.entry;
    let wrong = ldap.change(&entry, &secret("wrong-password"), &secret(SECOND)).await;
    assert!(matches!(wrong, Err(PasswordNotSet::WrongCurrent)), "{wrong:?}");
    ldap.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
    let again = ldap.change(&entry, &secret(SECOND), &secret(PASSWORD)).await;
    assert_eq!(refused(again), PolicyRefusal::InHistory);
    // It calls short what is not by its rules.
    let short = refused(ldap.change(&entry, &secret(SECOND), &secret("short")).await);
    assert!(matches!(short, PolicyRefusal::TooShort | PolicyRefusal::TooWeak), "{short:?}");
    let young = found(&ldap, "young").await.entry;
    ldap.reset(&young, &secret(SECOND)).await.unwrap();
    let too_young = ldap.change(&young, &secret(SECOND), &secret(THIRD)).await;
    assert_eq!(refused(too_young), PolicyRefusal::TooYoung);
    let fixed = found(&ldap, "fixed").await.entry;
    let not_allowed = ldap.change(&fixed, &secret(PASSWORD), &secret(SECOND)).await;
    assert_eq!(refused(not_allowed), PolicyRefusal::NotAllowed);
    for login in ["gracious2", "expired2"] {
        let entry = found(&ldap, login).await.entry;
        ldap.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
        assert!(is_right(verdict(&ldap, login, SECOND).await), "{login}");
    }
}

#[tokio::test]
async fn a_password_that_must_be_changed_once_set_by_another_is_set_as_the_person() {
    let ldap = shared().ldap();
    let entry = found(&ldap, "must").await.entry;
    ldap.reset(&entry, &secret(SECOND)).await.unwrap();
    assert_eq!(verdict(&ldap, "must", SECOND).await, Verdict::MustChange(MustChange::Reset));
    ldap.change(&entry, &secret(SECOND), &secret(THIRD)).await.unwrap();
    assert_eq!(verdict(&ldap, "must", THIRD).await, Verdict::Right);
    let as_user = directory(&LdapSettings { reset_as: ResetAs::User, ..shared().settings() });
    let entry = found(&as_user, "must2").await.entry;
    as_user.reset(&entry, &secret(SECOND)).await.unwrap();
    assert_eq!(verdict(&as_user, "must2", SECOND).await, Verdict::Right);
}

/// It has the operation of RFC 3062 and refuses it without TLS, on this machine too.
#[tokio::test]
async fn without_tls_passwords_are_written_to_the_attribute() {
    let plain =
        LdapSettings { urls: vec![format!("ldap://127.0.0.1:{}", shared().port)], ..shared().settings() };
    let ldap = directory(&plain);
    let entry = found(&ldap, "plain").await.entry;
    ldap.reset(&entry, &secret(SECOND)).await.unwrap();
    ldap.change(&entry, &secret(SECOND), &secret(THIRD)).await.unwrap();
    assert_eq!(verdict(&ldap, "plain", THIRD).await, Verdict::Right);
    let exop = directory(&LdapSettings { password_change: PasswordChange::Exop, ..plain });
    let fault = exop.reset(&entry, &secret(PASSWORD)).await.unwrap_err();
    assert!(
        matches!(&fault, PasswordNotSet::Fault(DirectoryFault::Misconfigured(why)) if why.contains("(13)")),
        "{fault}"
    );
}

#[tokio::test]
async fn everything_that_is_configured_can_be_done() {
    let findings = shared().ldap().try_out().await;
    assert!(findings.iter().all(|finding| finding.told.is_ok()), "{findings:?}");
    assert!(
        findings
            .iter()
            .any(|finding| finding.told == Ok("the service account may write userPassword".to_owned()))
    );
}
