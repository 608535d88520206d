//! The whole portal in front of a directory that speaks LDAP.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use doorkey::directory::ldap::LdapSettings;
use doorkey::directory::{Directory, Verdict};

use super::slapd::{PASSWORD, PEOPLE, SERVICE, SERVICE_PASSWORD, Slapd, shared};
use super::{certificate_that_has_expired, ds389, found, is_right, samba, secret, verdict};
use crate::commands::Laptop;
use crate::engine::{Fresh, on_both_engines};
use crate::person::{Key, Person};
use crate::server::{Server, TempFolder};
use crate::steps::{ask_for_a_code, choose, choose_password, enter_code, sign_in, try_to_sign_in};
use crate::waiting::wait_until;

const SECOND: &str = "plum tractor seventeen";
const THIRD: &str = "orange bonds resonate";
const FOURTH: &str = "yellow lamps at noon";

/// A portal in front of `slapd`, over TLS.
fn place(slapd: &Slapd) -> TempFolder {
    let place = TempFolder::new();
    let password = place.path("bind-password");
    std::fs::write(&password, SERVICE_PASSWORD).unwrap();
    std::fs::set_permissions(&password, Permissions::from_mode(0o600)).unwrap();
    place
        .with("DOORKEY__DIRECTORY__KIND", "ldap")
        .with("DOORKEY__DIRECTORY__URLS", &format!("ldaps://127.0.0.1:{}", slapd.tls_port))
        .with("DOORKEY__DIRECTORY__CA_FILE", &slapd.folder.path().join("ca.pem").display().to_string())
        .with("DOORKEY__DIRECTORY__BIND_DN", SERVICE)
        .with("DOORKEY__DIRECTORY__BIND_PASSWORD_FILE", &password.display().to_string())
        .with("DOORKEY__DIRECTORY__USER_BASE", PEOPLE)
        .with("DOORKEY__DIRECTORY__GROUPS", "true")
        .with("DOORKEY__DIRECTORY__GROUP_BASE", "ou=groups,dc=example,dc=org")
}

/// Adds somebody with [`PASSWORD`], and `more` lines of their entry, as the only member of a group of their name.
fn add(slapd: &Slapd, name: &str, more: &str) {
    slapd.administer(&format!(
        "dn: uid={name},{PEOPLE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\n\
         mail: {name}@example.org\nuserPassword: {PASSWORD}\n{more}\n\n\
         dn: cn=team of {name},ou=groups,dc=example,dc=org\nchangetype: add\nobjectClass: groupOfNames\n\
         cn: team of {name}\nmember: uid={name},{PEOPLE}\n"
    ));
}

/// A name of its own for a test on each engine.
fn called(name: &str, database: &Fresh) -> String {
    if database.url.starts_with("sqlite:") { format!("{name}1") } else { format!("{name}2") }
}

on_both_engines! {
    async fn a_reset_over_ssh_sets_the_password_in_the_directory(engine: Engine) {
        let database = Fresh::make(engine).await;
        tokio::task::block_in_place(|| {
            let (slapd, name) = (shared(), called("reset", &database));
            add(slapd, &name, "");
            let server = place(slapd).with("DOORKEY__STORE__URL", &database.url).start();
            let mut person = Person::arrive(server.address());
            ask_for_a_code(&mut person, &format!("{name}@example.org"));
            enter_code(&mut person, &server.code(&name, 1));
            choose_password(&mut person, SECOND);
            person.wait_for(&format!("team of {name}"));
            assert!(slapd.opens(&name, SECOND) && !slapd.opens(&name, PASSWORD), "{}", slapd.log());
            // The directory remembers, and the code is good for another password.
            let mut person = Person::arrive(server.address());
            ask_for_a_code(&mut person, &name);
            enter_code(&mut person, &server.code(&name, 2));
            person.wait_for("Choose a new password");
            for _ in 0..2 {
                person.type_text(SECOND);
                person.press(Key::Tab);
            }
            person.wait_for("Passwords match");
            person.press(Key::Enter);
            person.wait_for("You used that password before");
            assert!(slapd.opens(&name, SECOND));
        });
    }

    async fn an_expired_password_leads_to_a_new_one(engine: Engine) {
        let database = Fresh::make(engine).await;
        tokio::task::block_in_place(|| {
            let (slapd, name) = (shared(), called("overdue", &database));
            let policy = "pwdPolicySubentry: cn=aging,ou=policies,dc=example,dc=org";
            add(slapd, &name, policy);
            slapd.administer(&format!(
                "dn: uid={name},{PEOPLE}\nchangetype: modify\nreplace: pwdChangedTime\npwdChangedTime: 20200101000000Z\n"
            ));
            let server = place(slapd).with("DOORKEY__STORE__URL", &database.url).start();
            let mut person = Person::arrive(server.address());
            try_to_sign_in(&mut person, &name, PASSWORD);
            person.wait_for("Your password has expired or must be changed.");
            choose_password(&mut person, SECOND);
            assert!(slapd.opens(&name, SECOND));
            let mut person = Person::arrive(server.address());
            sign_in(&mut person, &name, SECOND);
        });
    }
}

#[test]
fn a_password_that_an_administrator_has_set_is_changed_at_the_next_sign_in() {
    let slapd = shared();
    add(slapd, "must9", "pwdPolicySubentry: cn=must,ou=policies,dc=example,dc=org\npwdReset: TRUE");
    let server = place(slapd).start();
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "must9", PASSWORD);
    person.wait_for("Your password has expired or must be changed.");
    choose_password(&mut person, SECOND);
    assert!(slapd.opens("must9", SECOND) && !slapd.opens("must9", PASSWORD));
}

#[test]
fn an_expired_password_that_is_still_taken_is_told_of_where_it_cannot_be_changed() {
    let slapd = shared();
    add(slapd, "graceful", "pwdPolicySubentry: cn=grace,ou=policies,dc=example,dc=org");
    slapd.administer(&format!(
        "dn: uid=graceful,{PEOPLE}\nchangetype: modify\nreplace: pwdChangedTime\npwdChangedTime: 20200101000000Z\n"
    ));
    let server = place(slapd).with("DOORKEY__DIRECTORY__CHANGE", "false").start();
    let mut person = Person::arrive(server.address());
    sign_in(&mut person, "graceful", PASSWORD);
    person.see("Your password has expired. You can sign in 4");
    let said =
        Laptop::without_key(&server).pipes(&format!("{PASSWORD}\n"), "graceful", "whoami --password-stdin");
    assert!(said.code == Some(0) && said.err.contains("Your password has expired."), "{said:?}");
    let said = Laptop::without_key(&server).pipes(&format!("graceful\n{PASSWORD}\n"), "account", "plain");
    assert!(said.out.contains("Your password has expired."), "{said:?}");
}

#[test]
fn people_change_their_password_with_the_current_one() {
    let slapd = shared();
    add(slapd, "changer", "");
    let server = place(slapd).start();
    let mut person = Person::arrive(server.address());
    sign_in(&mut person, "changer", PASSWORD);
    choose(&mut person, "Change password");
    person.wait_for("Current password");
    for text in [PASSWORD, THIRD, THIRD] {
        person.type_text(text);
        person.press(Key::Tab);
    }
    person.wait_for("Passwords match");
    person.press(Key::Enter);
    person.wait_for("Your password has been changed");
    assert!(slapd.opens("changer", THIRD) && !slapd.opens("changer", PASSWORD));
    server.email("changer", "password was changed", 1);
}

#[test]
fn a_directory_that_is_away_or_lies_changes_nothing_and_says_so() {
    let mut slapd = Slapd::start();
    add(&slapd, "early", "");
    let server = place(&slapd).with("DOORKEY__DIRECTORY__TIMEOUT", "3").start();
    let mut person = Person::arrive(server.address());
    // Anything else would tell that there is such an entry.
    try_to_sign_in(&mut person, "mails", PASSWORD);
    person.wait_for("That name and password do not match.");
    wait_until("the fault with the attribute", || {
        let fault = format!("the attribute mail has several values: uid=mails,{PEOPLE}");
        server.said().contains(&fault).then_some(())
    });
    // Whose it is, where the portal knows them.
    add(&slapd, "twofold", "");
    let mut person = Person::arrive(server.address());
    sign_in(&mut person, "twofold", PASSWORD);
    slapd.administer(&format!(
        "dn: uid=twofold,{PEOPLE}\nchangetype: modify\nadd: mail\nmail: another@example.org\n"
    ));
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "twofold", PASSWORD);
    person.wait_for("That name and password do not match.");
    wait_until("the fault with the account", || {
        let is_it = |line: &str| {
            line.contains("account=twofold")
                && line.contains(&format!("several values: uid=twofold,{PEOPLE}"))
        };
        server.said().lines().any(is_it).then_some(())
    });
    slapd.stop();
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "early", PASSWORD);
    person.wait_for("Temporarily unavailable. Nothing was changed");
    // No try was counted: the password is right.
    slapd.resume();
    person.press(Key::Enter);
    person.wait_for("Your teams");
}

#[test]
fn an_entry_that_is_not_clear_lets_nobody_in_and_the_log_names_it() {
    let slapd = Slapd::start();
    // Somebody below this base is on another server.
    let server = place(&slapd).with("DOORKEY__DIRECTORY__USER_BASE", "dc=example,dc=org").start();
    let logs = |fault: &str| {
        wait_until(fault, || server.said().contains(fault).then_some(()));
    };
    let refused = |login: &str| {
        let mut person = Person::arrive(server.address());
        try_to_sign_in(&mut person, login, PASSWORD);
        person.wait_for("That name and password do not match.");
    };
    let mut person = Person::arrive(server.address());
    sign_in(&mut person, "comma", PASSWORD);
    person.see("admins");
    refused("twice");
    logs(&format!("uid=twice,ou=staff,{PEOPLE}"));
    logs(&format!("uid=twice,ou=branch,{PEOPLE}"));
    refused("stranger");
    // The address is clear, and the username can be that of one account alone.
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "twice1@example.org", PASSWORD);
    person.wait_for("Your teams");
    refused("twice2@example.org");
    logs(&format!("another account of the portal has its name: uid=twice,ou=branch,{PEOPLE}"));
}

#[test]
fn a_directory_that_names_another_server_is_not_taken_for_one_without_people() {
    let server =
        place(shared()).with("DOORKEY__DIRECTORY__USER_BASE", "ou=elsewhere,dc=example,dc=org").start();
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "ada", PASSWORD);
    person.wait_for("Temporarily unavailable. Nothing was changed");
    wait_until("the fault", || server.said().contains("referral").then_some(()));
}

#[test]
fn a_right_to_read_people_that_was_taken_away_makes_nobody_gone_and_the_log_says_what_to_check() {
    const WARNING: &str = "the directory shows nobody at all";
    let mut slapd = Slapd::start();
    add(&slapd, "reader", "");
    let server = place(&slapd).start();
    let mut member = Person::arrive(server.address());
    sign_in(&mut member, "reader", PASSWORD);
    slapd.let_people_be_read(false);
    for _ in 0..2 {
        let mut person = Person::arrive(server.address());
        try_to_sign_in(&mut person, "reader", PASSWORD);
        person.wait_for("Temporarily unavailable. Nothing was changed");
    }
    // What asks who somebody is asks the directory first.
    choose(&mut member, "Change password");
    member.wait_for("Current password");
    for text in [PASSWORD, SECOND, SECOND] {
        member.type_text(text);
        member.press(Key::Tab);
    }
    member.wait_for("Passwords match");
    member.press(Key::Enter);
    member.wait_for("Temporarily unavailable. Nothing was changed");
    wait_until("the warning", || server.said().contains(WARNING).then_some(()));
    let said = server.said();
    assert_eq!(said.matches(WARNING).count(), 1, "{said}");
    assert!(said.contains("check the right of directory.bind_dn to read people"), "{said}");
    let checked = server.run(&["check"], "");
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(told.contains("search: the directory shows nobody"), "{told}");
    slapd.let_people_be_read(true);
    member.press(Key::Enter);
    member.wait_for("Your password has been changed");
    assert!(slapd.opens("reader", SECOND));
}

/// The policy counts against the password that is wanted only once the service account has set a random one.
#[test]
fn a_password_that_is_refused_when_it_is_set_as_the_person_gives_way_to_another_one() {
    let (slapd, ldap) = (shared(), shared().ldap());
    let policy = "pwdPolicySubentry: cn=agingwithhistory,ou=policies,dc=example,dc=org";
    add(slapd, "refused", policy);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let entry = found(&ldap, "refused").await.entry;
        ldap.change(&entry, &secret(PASSWORD), &secret(SECOND)).await.unwrap();
        ldap.change(&entry, &secret(SECOND), &secret(THIRD)).await.unwrap();
    });
    slapd.administer(&format!(
        "dn: uid=refused,{PEOPLE}\nchangetype: modify\nreplace: pwdChangedTime\npwdChangedTime: 20200101000000Z\n"
    ));
    let server = place(slapd).with("DOORKEY__DIRECTORY__RESET_AS", "user").start();
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "refused", THIRD);
    person.wait_for("Your password has expired or must be changed.");
    for _ in 0..2 {
        person.type_text(SECOND);
        person.press(Key::Tab);
    }
    person.wait_for("Passwords match");
    person.press(Key::Enter);
    person.wait_for("You used that password before");
    person.see("Your previous password no longer works");
    assert!(!slapd.opens("refused", THIRD) && !slapd.opens("refused", SECOND));
    // Back to the first field, and over what is there.
    for _ in 0..2 {
        person.press(Key::BackTab);
    }
    for _ in 0..2 {
        person.press(Key::Ctrl('u'));
        person.type_text(FOURTH);
        person.press(Key::Tab);
    }
    person.wait_for("Passwords match");
    person.press(Key::Enter);
    person.wait_for("Your password has been successfully reset");
    assert!(slapd.opens("refused", FOURTH));
}

/// Three wrong passwords lock an entry there.
#[test]
fn a_stranger_locks_nobody_out_in_the_directory() {
    let slapd = shared();
    add(slapd, "besieged", "");
    let server = place(slapd).with("DOORKEY__DIRECTORY__MAX_WRONG_PASSWORDS", "2").start();
    for told in ["That name and password do not match.", "That name and password do not match.", "Too many"] {
        let mut stranger = Person::arrive(server.address());
        try_to_sign_in(&mut stranger, "besieged", "wrong-password");
        stranger.wait_for(told);
    }
    assert!(slapd.opens("besieged", PASSWORD), "{}", slapd.log());
    let listed = server.done(&["limits", "list"], "");
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("besieged") && listed.contains("checked by the directory"), "{listed}");
    server.done(&["user", "unlock", "besieged"], "");
    let mut owner = Person::arrive(server.address());
    sign_in(&mut owner, "besieged", PASSWORD);
}

#[test]
fn check_says_what_is_wrong_with_the_directory() {
    let slapd = shared();
    let place = place(slapd);
    let report = |place: &TempFolder| {
        let output = place.run(&["check"], "");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = report(&place);
    assert!(code == Some(0) && said.contains("directory"), "{said}");
    let place = place.with("DOORKEY__DIRECTORY__USER_BASE", "ou=nowhere,dc=example,dc=org");
    let (code, said) = report(&place);
    assert!(code == Some(69) && said.contains("user_base: it does not exist"), "{code:?} {said}");
    std::fs::write(place.path("bind-password"), "not it").unwrap();
    let (code, said) = report(&place);
    assert!(code == Some(69) && said.contains("bind"), "{code:?} {said}");
}

#[test]
fn a_command_that_sets_a_password_uses_its_code_up_and_a_service_is_answered_by_the_directory() {
    let slapd = shared();
    add(slapd, "scripted", "");
    let server: Server = place(slapd).start();
    let issued = server.done(&["support", "issue-reset-code", "scripted"], "");
    let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
    let line = "forgot scripted --code-stdin";
    let said = Laptop::without_key(&server).pipes(&format!("{code}\n{SECOND}\n"), "account", line);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(slapd.opens("scripted", SECOND));
    let said = Laptop::without_key(&server).pipes(&format!("{code}\n{THIRD}\n"), "account", line);
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!(slapd.opens("scripted", SECOND));
}

/// A portal in front of a directory of `kind` with these settings, the password of whose service account is `secret`.
fn place_before(kind: &str, settings: &LdapSettings, secret: &str) -> TempFolder {
    let place = TempFolder::new();
    let password = place.path("bind-password");
    std::fs::write(&password, secret).unwrap();
    std::fs::set_permissions(&password, Permissions::from_mode(0o600)).unwrap();
    place
        .with("DOORKEY__DIRECTORY__KIND", kind)
        .with("DOORKEY__DIRECTORY__URLS", &settings.urls[0])
        .with("DOORKEY__DIRECTORY__CA_FILE", &settings.ca_file.as_ref().unwrap().display().to_string())
        .with("DOORKEY__DIRECTORY__BIND_DN", &settings.bind_dn)
        .with("DOORKEY__DIRECTORY__BIND_PASSWORD_FILE", &password.display().to_string())
        .with("DOORKEY__DIRECTORY__USER_BASE", &settings.user_base)
        .with("DOORKEY__DIRECTORY__ID_ATTRIBUTE", &settings.attributes.id)
}

/// `walk` resets a forgotten password and changes the new one, `walkdue` must choose another one.
fn walk_through(place: TempFolder, directory: &impl Directory, former: &str) {
    const RESET: &str = "Plum tractor seventeen 17";
    const CHANGED: &str = "Orange bonds resonate 18";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let judged = |login: &str, password: &str| runtime.block_on(verdict(directory, login, password));
    let server = place.start();
    let mut person = Person::arrive(server.address());
    ask_for_a_code(&mut person, "walk@example.org");
    enter_code(&mut person, &server.code("walk", 1));
    choose_password(&mut person, RESET);
    assert_eq!((judged("walk", RESET), judged("walk", former)), (Verdict::Right, Verdict::Wrong));
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "walk", RESET);
    choose(&mut person, "Change password");
    person.wait_for("Current password");
    for text in [RESET, CHANGED, CHANGED] {
        person.type_text(text);
        person.press(Key::Tab);
    }
    person.wait_for("Passwords match");
    person.press(Key::Enter);
    person.wait_for("Your password has been changed");
    assert_eq!((judged("walk", CHANGED), judged("walk", RESET)), (Verdict::Right, Verdict::Wrong));
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "walkdue", former);
    person.wait_for("Your password has expired or must be changed.");
    choose_password(&mut person, RESET);
    assert!(is_right(judged("walkdue", RESET)));
}

#[test]
fn the_whole_story_with_389_directory_server() {
    let server = ds389::shared();
    let place = place_before("ldap", &server.settings(), "service-secret");
    walk_through(place, &server.ldap(), ds389::PASSWORD);
}

#[test]
fn the_whole_story_with_active_directory() {
    let server = samba::shared();
    let place = place_before("active-directory", &server.settings(), samba::SERVICE_PASSWORD);
    walk_through(place, &server.directory(), samba::PASSWORD);
}

#[test]
fn an_account_of_active_directory_that_expired_meanwhile_gets_no_new_password() {
    const RESET: &str = "Plum tractor seventeen 17";
    let samba = samba::shared();
    let server = place_before("active-directory", &samba.settings(), samba::SERVICE_PASSWORD).start();
    let mut person = Person::arrive(server.address());
    ask_for_a_code(&mut person, "leaves@example.org");
    enter_code(&mut person, &server.code("leaves", 1));
    person.wait_for("Choose a new password");
    samba.administer(
        "dn: CN=leaves,OU=People,DC=ad,DC=example,DC=org\nchangetype: modify\nreplace: accountExpires\n\
         accountExpires: 130000000000000000\n",
    );
    for _ in 0..2 {
        person.type_text(RESET);
        person.press(Key::Tab);
    }
    person.wait_for("Passwords match");
    person.press(Key::Enter);
    person.wait_for("Your organization's directory no longer lets this account in");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let judged = |password: &str| runtime.block_on(verdict(&samba.directory(), "leaves", password));
    // It says that the account has expired to whoever has the right password.
    assert_eq!((judged(RESET), judged(samba::PASSWORD)), (Verdict::Wrong, Verdict::Disabled));
    // No operator gives them a code either.
    let issued = server.run(&["support", "issue-reset-code", "left"], "");
    assert_ne!(issued.status.code(), Some(0), "{issued:?}");
}

#[test]
fn a_directory_whose_certificate_has_expired_is_not_used() {
    let mut slapd = Slapd::start();
    add(&slapd, "late", "");
    slapd.stop();
    certificate_that_has_expired(slapd.folder.path());
    slapd.resume();
    let server = place(&slapd).start();
    let mut person = Person::arrive(server.address());
    try_to_sign_in(&mut person, "late", PASSWORD);
    person.wait_for("Temporarily unavailable. Nothing was changed");
    wait_until("the fault", || {
        let said = server.said();
        (said.contains("its certificate is not trusted") && said.contains("expired")).then_some(())
    });
    assert!(!slapd.log().contains("BIND"), "no password was sent: {}", slapd.log());
}

#[test]
fn the_ldap_server_is_not_started_beside_somebody_elses_directory() {
    let place = place(shared())
        .with("DOORKEY__LDAP__LISTEN", "127.0.0.1:0")
        .with("DOORKEY__LDAP__BASE_DN", "dc=example,dc=org");
    let output = place.run(&["serve"], "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(
        said.contains("ldap.listen") && said.contains("programs ask the directory of directory.kind itself"),
        "{said}"
    );
}
