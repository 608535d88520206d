//! The adapter for LDAP against OpenLDAP's server: every answer that it can give, and servers that give none.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use doorkey::directory::ldap::{Ldap, LdapSettings, PasswordChange, ResetAs};
use doorkey::directory::{
    Directory as _, DirectoryFault, EntryRef, MustChange, PasswordExpiry, PasswordNotSet, PolicyRefusal,
    Shown, Verdict,
};
use doorkey::domain::entropy::Entropy;
use doorkey::domain::timestamp::Timestamp;

use super::slapd::{PASSWORD, PEOPLE, SERVICE, Slapd, directory, shared};
use super::{bad_entry, found, refused, secret, verdict};
use crate::ports::ClosedPort;

const SECOND: &str = "second-password";
const THIRD: &str = "third-password";

#[tokio::test]
async fn people_are_found_by_name_and_address_with_what_the_directory_has_of_them() {
    let ldap = shared().ldap();
    let ada = found(&ldap, "ada").await;
    assert_eq!((ada.name.as_str(), ada.display_name.as_str()), ("ada", "Ada Lovelace"));
    assert_eq!(ada.email.as_deref(), Some("ada@example.org"));
    assert_eq!(ada.entry.at, format!("uid=ada,{PEOPLE}"));
    assert_eq!(ada.entry.id.len(), 36, "an entryUUID: {}", ada.entry.id);
    assert_eq!(ada.groups, ["admins", "users"]);
    assert!(!ada.is_disabled);
    assert_eq!(found(&ldap, "ADA@Example.org").await, ada);
    assert_eq!(ldap.attributes(&ada.entry).await.unwrap(), Some(ada.clone()));
    let keys = ldap.ssh_keys(&ada.entry).await.unwrap();
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key.starts_with("ssh-ed25519 AAAA")), "{keys:?}");
    let mailless = found(&ldap, "mailless").await;
    assert_eq!((mailless.email, mailless.groups), (None, Vec::new()));
    assert_eq!(found(&ldap, "umlaut").await.display_name, "Jürgen Größe");
    assert_eq!(ldap.lookup("stranger").await.unwrap(), None);
    assert!(found(&ldap, "blocked").await.is_disabled);
    // What says when somebody may not sign in any more: shadow(5), and the policy's own attribute.
    let today = Timestamp::parse("2026-11-22T14:05:09Z").unwrap();
    for (login, is_open) in [("shadow", false), ("shadow2", true), ("ended", false), ("ada", true)] {
        assert_eq!(found(&ldap, login).await.is_open(today), is_open, "{login}");
    }
    let can = ldap.capabilities();
    assert!(can.change && can.reset && can.ssh_keys && can.groups);
}

#[tokio::test]
async fn a_name_with_commas_and_quotes_is_one_name_everywhere() {
    let ldap = shared().ldap();
    let entry = found(&ldap, "comma").await;
    assert_eq!(entry.groups, ["admins"]);
    assert_eq!(verdict(&ldap, "comma", PASSWORD).await, Verdict::Right);
    ldap.change(&entry.entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
    ldap.reset(&entry.entry, &secret(THIRD)).await.unwrap();
    assert_eq!(verdict(&ldap, "comma", THIRD).await, Verdict::Right);
    assert_eq!(ldap.attributes(&entry.entry).await.unwrap(), Some(entry));
}

#[tokio::test]
async fn what_is_typed_is_never_a_filter() {
    let ldap = shared().ldap();
    for login in ["*", "ad*", "ada)(uid=*", "ada\0", "\\61da", "*)(objectClass=*", "(", ")", "\\"] {
        assert_eq!(ldap.lookup(login).await.unwrap(), None, "{login:?}");
    }
    for login in ["star*name", "paren(a)b@example.org", "back\\slash@example.org"] {
        found(&ldap, login).await;
    }
    assert_eq!(verdict(&ldap, "star*name", PASSWORD).await, Verdict::Right);
}

#[tokio::test]
async fn an_entry_that_is_not_clear_is_not_used_and_the_fault_names_it_and_its_attribute_and_no_value() {
    let ldap = shared().ldap();
    let why = bad_entry(ldap.lookup("twice").await);
    assert!(why.contains("user_base"), "{why}");
    for branch in ["staff", "branch"] {
        assert!(why.contains(&format!("uid=twice,ou={branch},{PEOPLE}")), "{why}");
    }
    found(&ldap, "twice1@example.org").await;
    // Whoever types one of two addresses does not choose where codes go.
    for login in ["mails", "One@example.org", "two@example.org"] {
        let why = bad_entry(ldap.lookup(login).await);
        assert!(
            why.ends_with(&format!("the attribute mail has several values: uid=mails,{PEOPLE}")),
            "{why}"
        );
    }
    // Two usernames: that of the entry's name, whatever was typed.
    for login in ["alias", "alias2", "alias@example.org"] {
        assert_eq!(found(&ldap, login).await.name, "alias");
    }
    let without_id = directory(&LdapSettings {
        attributes: doorkey::directory::ldap::Attributes {
            id: "employeeNumber".to_owned(),
            ..Default::default()
        },
        ..shared().settings()
    });
    let why = bad_entry(without_id.lookup("ada").await);
    assert!(why.contains("employeeNumber") && why.contains(&format!("uid=ada,{PEOPLE}")), "{why}");
}

#[tokio::test]
async fn another_server_is_not_asked() {
    let whole = directory(&LdapSettings { user_base: "dc=example,dc=org".to_owned(), ..shared().settings() });
    assert_eq!(whole.lookup("stranger").await.unwrap(), None);
    found(&whole, "ada").await;
    let elsewhere = directory(&LdapSettings {
        user_base: "ou=elsewhere,dc=example,dc=org".to_owned(),
        ..shared().settings()
    });
    let fault = elsewhere.lookup("ada").await.unwrap_err();
    assert!(matches!(&fault, DirectoryFault::Misconfigured(why) if why.contains("referral")), "{fault}");
}

#[tokio::test]
async fn a_password_is_right_wrong_or_must_be_changed() {
    let ldap = shared().ldap();
    for (login, password, expected) in [
        ("verify", PASSWORD, Verdict::Right),
        ("verify", "wrong-password", Verdict::Wrong),
        ("verify", "", Verdict::Wrong),
        ("nopassword", PASSWORD, Verdict::Wrong),
        ("nopassword", "", Verdict::Wrong),
        ("expired", PASSWORD, Verdict::MustChange(MustChange::Expired)),
        ("expired", "wrong-password", Verdict::Wrong),
        ("must", PASSWORD, Verdict::MustChange(MustChange::Reset)),
        ("must", "wrong-password", Verdict::Wrong),
        ("blocked", PASSWORD, Verdict::Locked),
    ] {
        assert_eq!(verdict(&ldap, login, password).await, expected, "{login} {password:?}");
    }
    // It is let in so many times more.
    let gracious = verdict(&ldap, "gracious", PASSWORD).await;
    let has_some = matches!(gracious, Verdict::RightUntil(PasswordExpiry::AfterSignIns(left)) if left > 0);
    assert!(has_some, "{gracious:?}");
    assert_eq!(ldap.verify(None, &secret(PASSWORD)).await.unwrap(), Verdict::Wrong);
    assert_eq!(ldap.verify(None, &secret("")).await.unwrap(), Verdict::Wrong);
    // Three wrong ones lock it, for the right one too.
    for _ in 0..3 {
        verdict(&ldap, "locked", "wrong-password").await;
    }
    assert_eq!(verdict(&ldap, "locked", PASSWORD).await, Verdict::Locked);
}

#[tokio::test]
async fn a_password_is_changed_with_the_current_one() {
    let (slapd, ldap) = (shared(), shared().ldap());
    let entry = found(&ldap, "change").await.entry;
    let wrong = ldap.change(&entry, &secret("wrong-password"), &secret(SECOND)).await;
    assert!(matches!(wrong, Err(PasswordNotSet::WrongCurrent)), "{wrong:?}");
    let empty = ldap.change(&entry, &secret(""), &secret(SECOND)).await;
    assert!(matches!(empty, Err(PasswordNotSet::WrongCurrent)), "{empty:?}");
    ldap.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
    assert!(slapd.opens("change", SECOND) && !slapd.opens("change", PASSWORD));
    // An expired one that still opens the door, one that somebody else has set, and one that opens nothing any more.
    for login in ["gracious2", "must5", "expired2"] {
        let entry = found(&ldap, login).await.entry;
        ldap.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
        assert!(slapd.opens(login, SECOND), "{login}");
    }
}

#[tokio::test]
async fn what_the_policy_has_against_a_password_is_told() {
    let ldap = shared().ldap();
    let entry = found(&ldap, "history").await.entry;
    ldap.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
    let again = ldap.change(&entry, &secret(SECOND), &secret(PASSWORD)).await;
    assert_eq!(refused(again), PolicyRefusal::InHistory);
    assert_eq!(refused(ldap.reset(&entry, &secret(PASSWORD)).await), PolicyRefusal::InHistory);
    assert_eq!(
        refused(ldap.change(&entry, &secret(SECOND), &secret("short")).await),
        PolicyRefusal::TooShort
    );
    assert_eq!(refused(ldap.reset(&entry, &secret("short")).await), PolicyRefusal::TooShort);
    assert_eq!(refused(ldap.reset(&entry, &secret("")).await), PolicyRefusal::TooShort);
    let young = found(&ldap, "young").await.entry;
    ldap.change(&young, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
    assert_eq!(refused(ldap.change(&young, &secret(SECOND), &secret(THIRD)).await), PolicyRefusal::TooYoung);
    let fixed = found(&ldap, "fixed").await.entry;
    let not_allowed = ldap.change(&fixed, &secret(PASSWORD), &secret(SECOND)).await;
    assert_eq!(refused(not_allowed), PolicyRefusal::NotAllowed);
    let blocked = found(&ldap, "blocked").await.entry;
    let not_allowed = ldap.change(&blocked, &secret(PASSWORD), &secret(SECOND)).await;
    assert_eq!(refused(not_allowed), PolicyRefusal::NotAllowed);
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_the_service_account() {
    let (slapd, ldap) = (shared(), shared().ldap());
    let entry = found(&ldap, "lost").await.entry;
    ldap.reset(&entry, &secret(SECOND)).await.unwrap();
    assert!(slapd.opens("lost", SECOND) && !slapd.opens("lost", PASSWORD));
    let reader = directory(&LdapSettings {
        bind_dn: "cn=reader,dc=example,dc=org".to_owned(),
        bind_password: secret("reader-secret"),
        ..slapd.settings()
    });
    let fault = reader.reset(&entry, &secret(THIRD)).await.unwrap_err();
    assert!(
        matches!(&fault, PasswordNotSet::Fault(DirectoryFault::Misconfigured(why)) if why.contains("(50)")),
        "{fault}"
    );
    assert!(slapd.opens("lost", SECOND));
}

/// The trap of FreeIPA, and of every policy that makes people change what somebody else has set.
#[tokio::test]
async fn a_password_that_must_be_changed_once_set_by_another_is_set_as_the_person() {
    let slapd = shared();
    let ldap = slapd.ldap();
    let entry = found(&ldap, "must2").await.entry;
    ldap.reset(&entry, &secret(SECOND)).await.unwrap();
    assert_eq!(verdict(&ldap, "must2", SECOND).await, Verdict::MustChange(MustChange::Reset));
    for (login, password_change) in [("must3", PasswordChange::Exop), ("must4", PasswordChange::Modify)] {
        let as_user =
            directory(&LdapSettings { reset_as: ResetAs::User, password_change, ..slapd.settings() });
        let entry = found(&as_user, login).await.entry;
        let refused = as_user.reset(&entry, &secret("short")).await;
        assert!(
            matches!(refused, Err(PasswordNotSet::RefusedAfterReset(PolicyRefusal::TooShort))),
            "{refused:?}"
        );
        assert!(!slapd.opens(login, PASSWORD), "{login} has a random one");
        as_user.reset(&entry, &secret(SECOND)).await.unwrap();
        assert_eq!(verdict(&as_user, login, SECOND).await, Verdict::Right, "{login}");
    }
}

#[tokio::test]
async fn passwords_are_set_by_operation_or_by_attribute() {
    let slapd = shared();
    let with = |password_change| directory(&LdapSettings { password_change, ..slapd.settings() });
    for (login, password_change) in [("exop", PasswordChange::Exop), ("modify", PasswordChange::Modify)] {
        let ldap = with(password_change);
        let entry = found(&ldap, login).await.entry;
        ldap.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
        ldap.reset(&entry, &secret(THIRD)).await.unwrap();
        assert!(slapd.opens(login, THIRD), "{login}");
    }
    let log = slapd.log();
    let wrote = |what: &str, login: &str| {
        log.lines().any(|line| line.contains(what) && line.contains(&format!("uid={login},")))
    };
    assert!(wrote("PASSMOD id=", "exop") && !wrote("MOD dn=", "exop"));
    assert!(wrote("MOD dn=", "modify") && !wrote("PASSMOD id=", "modify"));
    // One that wants to see the current password in the change.
    let ldap = with(PasswordChange::Modify);
    let safe = found(&ldap, "safe").await.entry;
    ldap.change(&safe, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
    with(PasswordChange::Auto).change(&safe, &secret(SECOND), &secret(THIRD)).await.unwrap();
    assert!(slapd.opens("safe", THIRD));
}

#[tokio::test]
async fn an_entry_is_followed_when_it_is_renamed_and_never_taken_for_another() {
    let (slapd, ldap) = (shared(), shared().ldap());
    let old = found(&ldap, "moved").await.entry;
    slapd.administer(&format!(
        "dn: uid=moved,{PEOPLE}\nchangetype: modrdn\nnewrdn: uid=moved\ndeleteoldrdn: 0\nnewsuperior: ou=staff,{PEOPLE}\n\n\
         dn: uid=moved,{PEOPLE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: successor\ncn: x\nsn: x\nuserPassword: {PASSWORD}\n"
    ));
    let now = ldap.attributes(&old).await.unwrap().unwrap();
    assert_eq!((now.entry.id.as_str(), now.entry.at.contains("ou=staff")), (old.id.as_str(), true));
    ldap.reset(&old, &secret(SECOND)).await.unwrap();
    assert_eq!(ldap.verify(Some(&old), &secret(SECOND)).await.unwrap(), Verdict::Right);
    assert_eq!(ldap.verify(Some(&old), &secret(PASSWORD)).await.unwrap(), Verdict::Wrong);
    assert!(slapd.opens("moved", PASSWORD), "the successor's password was changed");
    let gone = EntryRef { id: "00000000-1111-2222-3333-444444444444".to_owned(), ..old };
    assert_eq!(ldap.attributes(&gone).await.unwrap(), None);
    assert_eq!(ldap.verify(Some(&gone), &secret(PASSWORD)).await.unwrap(), Verdict::Wrong);
    let fault = ldap.reset(&gone, &secret(THIRD)).await.unwrap_err();
    assert!(matches!(fault, PasswordNotSet::Fault(DirectoryFault::BadEntry(_))), "{fault}");
}

#[tokio::test]
async fn tls_is_verified() {
    let slapd = shared();
    let ca_file = Some(slapd.folder.path().join("ca.pem"));
    let with = |urls: Vec<String>, starttls, ca_file| {
        directory(&LdapSettings { urls, starttls, ca_file, ..slapd.settings() })
    };
    let tls = format!("ldaps://127.0.0.1:{}", slapd.tls_port);
    for (url, starttls) in [(tls.clone(), false), (slapd.url(), true)] {
        let ldap = with(vec![url.clone()], starttls, ca_file.clone());
        assert_eq!(verdict(&ldap, "ada", PASSWORD).await, Verdict::Right, "{url}");
        let untrusting = with(vec![url.clone()], starttls, None);
        let fault = untrusting.lookup("ada").await.unwrap_err();
        assert!(
            matches!(&fault, DirectoryFault::Misconfigured(why) if why.contains("certificate is not trusted")),
            "{fault}"
        );
        let other_name = with(vec![url.replace("127.0.0.1", "localhost")], starttls, ca_file.clone());
        let fault = other_name.lookup("ada").await.unwrap_err();
        assert!(
            matches!(&fault, DirectoryFault::Misconfigured(why) if why.contains("certificate is not trusted")),
            "{fault}"
        );
    }
    // TLS to a port that does not speak it.
    let fault = with(vec![format!("ldaps://127.0.0.1:{}", slapd.port)], false, ca_file)
        .lookup("ada")
        .await
        .unwrap_err();
    assert!(!matches!(fault, DirectoryFault::BadEntry(_)), "{fault}");
}

#[tokio::test]
async fn a_server_that_is_down_or_slow_leaves_the_work_to_the_next() {
    let slapd = shared();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("ldap://{}", silent.local_addr().unwrap());
    let closed = ClosedPort::take();
    let down = format!("ldap://{}", closed.address());
    let ldap = directory(&LdapSettings {
        urls: vec![down.clone(), silent.clone(), slapd.url()],
        timeout: Duration::from_secs(8),
        ..slapd.settings()
    });
    found(&ldap, "ada").await;
    // The one that answered is asked first from then on: all this takes no time.
    let began = Instant::now();
    for _ in 0..5 {
        assert_eq!(verdict(&ldap, "ada", PASSWORD).await, Verdict::Right);
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let none = directory(&LdapSettings {
        urls: vec![down, silent.clone()],
        timeout: Duration::from_secs(1),
        ..slapd.settings()
    });
    let began = Instant::now();
    let fault = none.lookup("ada").await.unwrap_err();
    assert!(matches!(&fault, DirectoryFault::Unreachable(why) if why.contains(&silent)), "{fault}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_directory_that_was_away_is_used_again() {
    let mut slapd = Slapd::start();
    let ldap = directory(&LdapSettings { timeout: Duration::from_secs(20), ..slapd.settings() });
    let entry = found(&ldap, "again").await.entry;
    slapd.stop();
    let fault = ldap.lookup("again").await.unwrap_err();
    assert!(matches!(fault, DirectoryFault::Unreachable(_)), "{fault}");
    let fault = ldap.reset(&entry, &secret(SECOND)).await.unwrap_err();
    assert!(
        matches!(fault, PasswordNotSet::Fault(DirectoryFault::Unreachable(_))),
        "nothing was sent: {fault}"
    );
    slapd.resume();
    found(&ldap, "again").await;
    // It was restarted between two calls: the connection that was kept is dead, and nobody notices.
    slapd.stop();
    slapd.resume();
    found(&ldap, "again").await;
    slapd.stop();
    slapd.resume();
    ldap.reset(&entry, &secret(SECOND)).await.unwrap();
    assert!(slapd.opens("again", SECOND));
}

#[tokio::test]
async fn a_service_account_that_may_not_read_people_sees_nobody_and_one_that_may_sees_somebody() {
    let mut slapd = Slapd::start();
    let ldap = slapd.ldap();
    let ada = found(&ldap, "ada").await.entry;
    assert!(ldap.shows(Shown::People).await.unwrap());
    slapd.let_people_be_read(false);
    assert_eq!((ldap.lookup("ada").await.unwrap(), ldap.attributes(&ada).await.unwrap()), (None, None));
    assert!(!ldap.shows(Shown::People).await.unwrap());
    slapd.let_people_be_read(true);
    found(&ldap, "ada").await;
    assert!(ldap.shows(Shown::People).await.unwrap());
    // A filter that finds nobody, and ids that cannot be read: an entry is recognised by that.
    let without_ids =
        doorkey::directory::ldap::Attributes { id: "employeeNumber".to_owned(), ..Default::default() };
    for settings in [
        LdapSettings { user_filter: "(employeeNumber={login})".to_owned(), ..slapd.settings() },
        LdapSettings { attributes: without_ids, ..slapd.settings() },
    ] {
        assert!(!directory(&settings).shows(Shown::People).await.unwrap(), "{settings:?}");
    }
    // The same of what people have.
    for shown in [Shown::Emails, Shown::Groups] {
        assert!(ldap.shows(shown).await.unwrap(), "{shown:?}");
    }
    let without_emails =
        doorkey::directory::ldap::Attributes { email: "employeeNumber".to_owned(), ..Default::default() };
    let without_emails = LdapSettings { attributes: without_emails, ..slapd.settings() };
    assert!(!directory(&without_emails).shows(Shown::Emails).await.unwrap());
    let without_groups = LdapSettings { group_filter: "(seeAlso={dn})".to_owned(), ..slapd.settings() };
    assert!(!directory(&without_groups).shows(Shown::Groups).await.unwrap());
    let not_asked = LdapSettings { group_base: None, ..slapd.settings() };
    assert!(directory(&not_asked).shows(Shown::Groups).await.unwrap());
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_is_found_before_anybody_needs_it() {
    let slapd = shared();
    let told = |settings: LdapSettings| async move {
        let findings = directory(&settings).try_out().await;
        let wrong: Vec<String> = findings
            .iter()
            .filter_map(|finding| finding.told.as_ref().err().map(|why| format!("{}: {why}", finding.what)))
            .collect();
        (findings, wrong)
    };
    let (findings, wrong) = told(slapd.settings()).await;
    assert_eq!(wrong, Vec::<String>::new());
    let whats: Vec<&str> = findings.iter().map(|finding| finding.what).collect();
    assert_eq!(whats, ["reach", "bind", "base", "groups", "search", "change", "policy", "reset"]);
    assert!(findings[7].told.as_ref().unwrap().contains("may write"), "{findings:?}");
    let closed = ClosedPort::take();
    // Nothing was changed.
    for (settings, what) in [
        (LdapSettings { bind_password: secret("wrong"), ..slapd.settings() }, "bind: "),
        (LdapSettings { user_base: "ou=no,dc=example,dc=org".to_owned(), ..slapd.settings() }, "base: "),
        (
            LdapSettings { group_base: Some("ou=no,dc=example,dc=org".to_owned()), ..slapd.settings() },
            "groups: ",
        ),
        (LdapSettings { user_filter: "(employeeNumber={login})".to_owned(), ..slapd.settings() }, "search: "),
        (LdapSettings { urls: vec![format!("ldap://{}", closed.address())], ..slapd.settings() }, "reach: "),
        (
            LdapSettings {
                bind_dn: "cn=reader,dc=example,dc=org".to_owned(),
                bind_password: secret("reader-secret"),
                ..slapd.settings()
            },
            "reset: ",
        ),
    ] {
        let (findings, wrong) = told(settings).await;
        assert!(wrong.len() == 1 && wrong[0].starts_with(what), "{what}: {findings:?}");
        assert!(!wrong[0].contains("wrong-password") && !wrong[0].contains("reader-secret"), "{wrong:?}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_refused_by_name() {
    let good = || LdapSettings {
        urls: vec!["ldaps://ldap.example.org".to_owned()],
        bind_dn: SERVICE.to_owned(),
        bind_password: secret("x"),
        user_base: PEOPLE.to_owned(),
        ..LdapSettings::default()
    };
    Ldap::new(&good(), Entropy::System).unwrap();
    let broken_ca = tempfile::NamedTempFile::new().unwrap();
    for (settings, setting) in [
        (LdapSettings { urls: Vec::new(), ..good() }, "urls"),
        (LdapSettings { urls: vec!["ldap://ldap.example.org".to_owned()], ..good() }, "urls"),
        (LdapSettings { urls: vec!["https://ldap.example.org".to_owned()], ..good() }, "urls"),
        (LdapSettings { bind_password: secret(""), ..good() }, "bind_password"),
        (LdapSettings { user_base: String::new(), ..good() }, "user_base"),
        (LdapSettings { user_filter: "(uid=ada)".to_owned(), ..good() }, "user_filter"),
        (LdapSettings { user_filter: "(uid={login}".to_owned(), ..good() }, "user_filter"),
        (LdapSettings { group_filter: "(member=x)".to_owned(), ..good() }, "group_filter"),
        (LdapSettings { ca_file: Some("/nonexistent/ca.pem".into()), ..good() }, "ca_file"),
        (LdapSettings { ca_file: Some(broken_ca.path().to_owned()), ..good() }, "ca_file"),
        (LdapSettings { connections: 0, ..good() }, "connections"),
        (LdapSettings { timeout: Duration::ZERO, ..good() }, "timeout"),
    ] {
        assert_eq!(Ldap::new(&settings, Entropy::System).unwrap_err().setting, setting, "{settings:?}");
    }
}
