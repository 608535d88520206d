//! The LDAP server, asked by OpenLDAP's own programs and by those that check passwords with it.

mod connections;
mod programs;
mod scopes;

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use super::commands::{Laptop, two_factor};
use super::engine::{Fresh, people_on_both_engines};
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::waiting::wait_until;

const NEW: &str = "plum tractor seventeen";
const OTHER: &str = "orange bonds resonate";
const BASE: &str = "dc=example,dc=org";
const ADA: &str = "uid=ada,ou=people,dc=example,dc=org";

/// A place whose server answers LDAP without TLS on a port that the system chooses.
fn place() -> TempFolder {
    let place = TempFolder::new().with("DOORKEY__LDAP__LISTEN", "127.0.0.1:0");
    place.with("DOORKEY__LDAP__TLS", "none").with("DOORKEY__LDAP__BASE_DN", BASE)
}

fn place_on(fresh: &Fresh) -> TempFolder {
    place().with("DOORKEY__STORE__URL", &fresh.url)
}

/// Where the server answers LDAP.
fn address(server: &Server) -> SocketAddr {
    wait_until("the address of the LDAP server", || {
        server.said().lines().find_map(|line| line.strip_prefix("ldap on ")?.parse().ok())
    })
}

/// What a program of OpenLDAP has said.
#[derive(Debug)]
struct Said {
    /// The result code of LDAP, or 0.
    code: i32,
    out: String,
    errors: String,
}

impl Said {
    /// Lines of this attribute, without its name.
    fn values(&self, attribute: &str) -> Vec<&str> {
        let begin = format!("{attribute}: ");
        self.out.lines().filter_map(|line| line.strip_prefix(begin.as_str())).collect()
    }
}

/// `ldapsearch` and its siblings at a server, with nothing of this machine's settings.
struct Tools {
    url: String,
    ca: Option<String>,
}

impl Tools {
    fn at(server: &Server) -> Self {
        Self { url: format!("ldap://{}", address(server)), ca: None }
    }

    fn run(&self, program: &str, words: &[&str]) -> Said {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LDAPNOINIT", "1");
        if let Some(ca) = &self.ca {
            command.env_remove("LDAPNOINIT").env("LDAPTLS_CACERT", ca).env("LDAPTLS_REQCERT", "demand");
        }
        command.args(["-x", "-H", &self.url]).args(words);
        let output = command.output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The result code of a bind.
    fn bind(&self, name: &str, password: &str) -> i32 {
        self.run("ldapwhoami", &["-D", name, "-w", password]).code
    }

    fn search(&self, (name, password): (&str, &str), words: &[&str]) -> Said {
        let begin = ["-LLL", "-o", "ldif-wrap=no", "-D", name, "-w", password];
        self.run("ldapsearch", &[begin.as_slice(), words].concat())
    }
}

/// Adds a service account; gives the name that it binds by, and its secret.
fn service_account(server: &Server, name: &str, words: &[&str]) -> (String, String) {
    let added = server.done(&[["service-account", "add", name].as_slice(), words].concat(), "");
    let secret = String::from_utf8(added.stdout).unwrap().trim().to_owned();
    (format!("cn={name},ou=services,{BASE}"), secret)
}

people_on_both_engines! {
    fn the_password_that_is_reset_over_ssh_is_the_one_that_binds(fresh: &Fresh) {
        let server = place_on(fresh).start().furnished();
        let tools = Tools::at(&server);
        for name in [ADA, "UID=Ada, OU=People, DC=example, DC=org", "ada", "ADA@example.org"] {
            let said = tools.run("ldapwhoami", &["-D", name, "-w", ADAS_PASSWORD]);
            assert_eq!((said.code, said.out.trim()), (0, format!("dn:{ADA}").as_str()), "{name}: {said:?}");
        }
        let issued = server.done(&["support", "issue-reset-code", "ada"], "");
        let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
        let said = Laptop::without_key(&server).pipes(&format!("{code}\n{NEW}\n"), "account", "forgot ada --code-stdin");
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!((tools.bind(ADA, NEW), tools.bind(ADA, ADAS_PASSWORD)), (0, 49));

        let said = tools.search((ADA, NEW), &["-b", BASE, "(objectClass=*)"]);
        assert_eq!(said.values("dn")[3..], [ADA, "cn=Platform,ou=teams,dc=example,dc=org"], "{said:?}");
        assert_eq!(said.values("memberOf"), ["cn=Platform,ou=teams,dc=example,dc=org"]);
        assert!(!said.out.contains("dn: uid=grace"), "{said:?}");

        // By the portal's own rules, and with its notification.
        let change = |old: &str, new: &str, words: &[&str]| {
            let all = [["-D", ADA, "-w", NEW, "-a", old, "-s", new].as_slice(), words].concat();
            tools.run("ldappasswd", &all)
        };
        let short = change(NEW, "short", &[]);
        assert!(short.code != 0 && short.out.contains("too short"), "{short:?}");
        assert!(change(OTHER, OTHER, &[]).out.contains("(49)"));
        let of_grace = change(NEW, OTHER, &["uid=grace,ou=people,dc=example,dc=org"]);
        assert!(of_grace.out.contains("Insufficient access (50)"), "{of_grace:?}");
        let changed = change(NEW, OTHER, &[ADA]);
        assert_eq!(changed.code, 0, "{changed:?}");
        server.email("ada", "password was changed", 1);
        assert_eq!((tools.bind(ADA, OTHER), tools.bind(ADA, NEW)), (0, 49));
        let signs_in = Laptop::without_key(&server).pipes(&format!("{OTHER}\n"), "ada", "whoami --password-stdin");
        assert_eq!(signs_in.code, Some(0), "{signs_in:?}");

        server.done(&["user", "disable", "ada"], "");
        assert_eq!(tools.bind(ADA, OTHER), 49);
    }

    fn people_and_teams_are_found_by_what_programs_ask_for(fresh: &Fresh) {
        let server = place_on(fresh).start().furnished();
        let tools = Tools::at(&server);
        server.done(&["user", "set-posix", "ada", "--uid", "2001", "--gid", "100100"], "");
        let taken = server.run(&["user", "set-posix", "grace", "--uid", "2001"], "");
        assert!(String::from_utf8_lossy(&taken.stderr).contains("belongs to another account"));
        assert!(!server.run(&["user", "set-posix", "grace", "--uid", "0"], "").status.success());
        server.done(&["team", "add", "Ops, core"], "");
        server.done(&["team", "add-member", "Ops, core", "grace"], "");
        server.done(&["user", "disable", "grace"], "");
        server.add_user("joan", Some(NEW));
        let (name, secret) = service_account(&server, "all", &["--attributes", "all"]);
        let found = |filter: &str| {
            let said = tools.search((&name, &secret), &["-b", BASE, filter, "1.1"]);
            assert_eq!(said.code, 0, "{filter}: {said:?}");
            let names = said.values("dn").into_iter();
            names.map(|dn| dn.split(',').next().unwrap().split('=').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
        };
        for (filter, names) in [
            ("(uid=ada)", &["ada"][..]),
            ("(UID=ADA)", &["ada"]),
            ("(uid=grace)", &[]),
            ("(&(objectClass=inetOrgPerson)(|(uid=joan@example.org)(mail=joan@example.org)))", &["joan"]),
            ("(|(uid=joan)(uid=ada)(mail=ada@example.org))", &["ada", "joan"]),
            ("(memberOf=cn=platform, ou=teams, dc=example, dc=org)", &["ada"]),
            ("(&(objectClass=posixAccount)(uidNumber=2001))", &["ada"]),
            ("(uidNumber>=2000)", &["ada"]),
            ("(uidNumber<=2000)", &[]),
            ("(mail=*@EXAMPLE.org)", &["ada", "joan"]),
            ("(mail=j*n@*)", &["joan"]),
            ("(&(objectClass=person)(!(uid=ada)))", &["joan"]),
            ("(&(objectClass=person)(!(userPassword=x)))", &[]),
            ("(userPassword=*)", &[]),
            ("(objectClass=organizationalUnit)", &["people", "teams"]),
            ("(member=uid=ada,ou=people,dc=example,dc=org)", &["Platform"]),
            ("(&(objectClass=groupOfNames)(cn=ops\\2c core))", &["Ops\\"]),
            ("(objectClass=groupOfNames)", &["Ops\\", "Platform"]),
            ("(&)", &["example", "people", "teams", "ada", "joan", "Ops\\", "Platform"]),
        ] {
            assert_eq!(found(filter), names, "{filter}");
        }
        let base = |words: &[&str]| tools.search((&name, &secret), words);
        let ada = base(&["-b", ADA, "-s", "base", "(objectClass=*)", "mail", "uidNumber", "gidNumber", "homeDirectory", "entryUUID"]);
        assert_eq!(ada.values("mail"), ["ada@example.org"]);
        assert_eq!(ada.values("gidNumber"), ["100100"]);
        assert_eq!(ada.values("homeDirectory"), ["/home/ada"]);
        assert_eq!(ada.values("entryUUID").len(), 1);
        assert!(ada.values("cn").is_empty(), "not asked for");
        assert_eq!(base(&["-b", ADA, "-s", "one"]).out, "");
        assert_eq!(base(&["-b", "ou=people,dc=example,dc=org", "-s", "one", "(uid=*)", "1.1"]).values("dn").len(), 2);
        assert_eq!(base(&["-b", "uid=nobody,ou=people,dc=example,dc=org"]).code, 32);
        assert_eq!(base(&["-b", "dc=example,dc=com"]).code, 32);
        assert_eq!(base(&["-b", "no name"]).code, 34);
        assert_eq!(base(&["-b", BASE, "-z", "2"]).code, 4);
        let pages = base(&["-b", BASE, "-E", "pr=1/noprompt", "(objectClass=*)", "1.1"]);
        assert_eq!((pages.code, pages.values("dn").len()), (0, 7), "{pages:?}");
        let compared = |value: &str| {
            tools.run("ldapcompare", &["-D", &name, "-w", &secret, "cn=Platform,ou=teams,dc=example,dc=org", value]).code
        };
        assert_eq!((compared(&format!("member:{ADA}")), compared("member:uid=joan,ou=people,dc=example,dc=org")), (6, 5));
        let types = base(&["-A", "-b", ADA, "(objectClass=*)", "mail"]);
        assert!(types.out.contains("mail:") && !types.out.contains("ada@example.org"), "{types:?}");
        server.done(&["user", "set-posix", "ada", "--clear"], "");
        let recorded = server.done(&["activity", "ada", "--json"], "");
        let recorded = String::from_utf8(recorded.stdout).unwrap();
        assert_eq!(recorded.matches("unix-account-changed").count(), 2, "{recorded}");
        assert!(found("(uidNumber=2001)").is_empty());
    }
}

#[test]
fn nobody_who_is_not_bound_learns_of_anybody() {
    let server = place().start().furnished();
    let tools = Tools::at(&server);
    let anonymous = |words: &[&str]| tools.run("ldapsearch", &[["-LLL"].as_slice(), words].concat());
    let root = anonymous(&["-b", "", "-s", "base", "(objectClass=*)", "*", "+"]);
    assert_eq!(root.values("namingContexts"), [BASE]);
    assert_eq!(root.values("supportedLDAPVersion"), ["3"]);
    for oid in ["1.3.6.1.4.1.4203.1.11.3", "1.3.6.1.4.1.4203.1.11.1"] {
        assert!(root.values("supportedExtension").contains(&oid), "{root:?}");
    }
    for base in
        [BASE, ADA, "uid=nobody,ou=people,dc=example,dc=org", "ou=people,dc=example,dc=org", "dc=nowhere"]
    {
        let said = anonymous(&["-b", base, "(uid=ada)"]);
        assert_eq!((said.code, said.out.as_str()), (50, ""), "{base}: {said:?}");
    }
    let schema = anonymous(&["-b", "cn=subschema", "-s", "base", "(objectClass=*)", "attributeTypes"]);
    assert!(schema.out.contains("NAME 'sshPublicKey'"), "{schema:?}");
    assert_eq!(tools.run("ldapwhoami", &[]).out.trim(), "anonymous");
    // A name without a password proves nothing.
    assert_eq!((tools.bind(ADA, ""), tools.bind("ada", "")), (53, 53));
    for name in
        ["uid=nobody,ou=people,dc=example,dc=org", "nobody", "cn=nobody,ou=services,dc=example,dc=org", BASE]
    {
        assert_eq!(tools.bind(name, ADAS_PASSWORD), 49, "{name}");
    }
    let (_, secret) = service_account(&server, "mail", &[]);
    assert_eq!(tools.bind("cn=mail,ou=services,dc=example,dc=org", &secret), 0);
    assert_eq!(tools.bind("cn=mail,ou=people,dc=example,dc=org", &secret), 49);
    assert_eq!(tools.bind("uid=mail,ou=people,dc=example,dc=org", &secret), 49);
    let said = server.said();
    assert!(
        said.contains("event=ldap-service-bound") && said.contains("event=ldap-service-refused"),
        "{said}"
    );
    assert!(!said.contains(&secret) && !said.contains(ADAS_PASSWORD), "{said}");
    server.done(&["service-account", "remove", "mail"], "");
    assert_eq!(tools.bind("cn=mail,ou=services,dc=example,dc=org", &secret), 49);
    let again = server.run(&["service-account", "remove", "mail", "--json"], "");
    assert!(String::from_utf8_lossy(&again.stderr).contains("no-service-account"));
    let recorded = server.done(&["activity", "--json"], "");
    let recorded = String::from_utf8(recorded.stdout).unwrap();
    for kind in ["service-account-added", "service-account-removed"] {
        assert!(recorded.contains(kind), "{recorded}");
    }
}

/// The secret is random and tries of it are not counted, so it is its time that they cost.
#[test]
fn a_wrong_secret_is_answered_late_whether_or_not_there_is_such_a_service() {
    let server = place().start().furnished();
    let (name, _) = service_account(&server, "mail", &[]);
    let tools = Tools::at(&server);
    for name in [name.as_str(), "cn=nobody,ou=services,dc=example,dc=org"] {
        let began = Instant::now();
        assert_eq!(tools.bind(name, "wrong"), 49, "{name}");
        assert!(began.elapsed() >= Duration::from_millis(500), "{name}: {:?}", began.elapsed());
    }
}

#[test]
fn two_factor_authentication_is_refused_or_appended() {
    for (how, with_code) in [("refuse", 49), ("append", 0)] {
        let server = place().with("DOORKEY__LDAP__SECOND_FACTOR", how).start().furnished();
        let tools = Tools::at(&server);
        let (app, _) = two_factor::enroll(&Laptop::without_key(&server));
        assert_eq!(tools.bind(ADA, ADAS_PASSWORD), 49, "{how}");
        let typed = format!("{ADAS_PASSWORD}{}", app.shows_next());
        assert_eq!(tools.bind(ADA, &typed), with_code, "{how}");
        assert_eq!(tools.bind(ADA, &typed), 49, "a code is good once");
    }
}

#[test]
fn a_bind_of_a_person_is_recorded_as_a_sign_in_to_a_service_or_a_failed_one() {
    let server = place().start().furnished();
    let tools = Tools::at(&server);
    let (name, secret) = service_account(&server, "mail", &[]);
    assert_eq!(
        (tools.bind(ADA, OTHER), tools.bind("ada", ADAS_PASSWORD), tools.bind(&name, &secret)),
        (49, 0, 0)
    );
    for kind in ["service-sign-in", "service-sign-in-failed"] {
        let recorded = server.done(&["activity", "--kind", kind, "--json"], "");
        let recorded: serde_json::Value = serde_json::from_slice(&recorded.stdout).unwrap();
        let all = recorded.as_array().unwrap_or_else(|| panic!("{recorded}"));
        assert_eq!(all.len(), 1, "{kind}: {recorded}");
        let of = |field: &str| all[0][field].as_str().unwrap_or_else(|| panic!("{field}: {recorded}"));
        assert_eq!((of("user"), of("client"), of("ip")), ("ada", "service ldap", "127.0.0.1"), "{kind}");
    }
}

#[test]
fn an_answer_has_as_many_entries_as_is_set_and_pages_have_all() {
    let server = place().with("DOORKEY__LDAP__MAX_RESULTS", "4").start().furnished();
    let (name, secret) = service_account(&server, "all", &["--attributes", "all"]);
    let all = [
        BASE,
        "ou=people,dc=example,dc=org",
        "ou=teams,dc=example,dc=org",
        ADA,
        "uid=grace,ou=people,dc=example,dc=org",
        "cn=Platform,ou=teams,dc=example,dc=org",
    ];
    let found = |words: &[&str]| {
        let words = [["-b", BASE].as_slice(), words, &["(objectClass=*)", "1.1"]].concat();
        Tools::at(&server).search((&name, &secret), &words)
    };
    for words in [&[][..], &["-z", "5"]] {
        let cut = found(words);
        assert_eq!((cut.code, cut.values("dn")), (4, all[..4].to_vec()), "sizeLimitExceeded: {cut:?}");
    }
    let pages = found(&["-E", "pr=100/noprompt"]);
    assert_eq!((pages.code, pages.values("dn")), (0, all.to_vec()), "{pages:?}");
}

#[test]
fn too_many_tries_are_a_failure_that_passes_and_no_wrong_password() {
    let server = place().with("DOORKEY__LDAP__TRIES_PER_SERVICE", "3").start().furnished();
    let tools = Tools::at(&server);
    for _ in 0..3 {
        tools.bind("nobody", ADAS_PASSWORD);
    }
    let said = tools.run("ldapwhoami", &["-D", ADA, "-w", ADAS_PASSWORD]);
    assert_eq!(said.code, 51, "{said:?}");
    assert!(said.errors.contains("try again in"), "{said:?}");
    let limits = server.done(&["limits", "list"], "");
    let limits = String::from_utf8(limits.stdout).unwrap();
    assert!(limits.contains("the service ldap"), "{limits}");
}

#[test]
fn keys_are_given_out_bare() {
    let server = place().start().furnished();
    let key = server.place_path("id");
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "ada@laptop", "-f"]).arg(&key);
    assert!(keygen.status().unwrap().success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let laptop = Laptop::without_key(&server);
    let add =
        |line: &str| laptop.pipes(&format!("{ADAS_PASSWORD}\n{line}\n"), "ada", "keys add --password-stdin");
    for options in ["cert-authority", "command=\"/bin/sh\"", "no-pty,cert-authority"] {
        let said = add(&format!("{options} {}", public.trim()));
        assert_ne!(said.code, Some(0), "{options}: {said:?}");
    }
    let said = add(public.trim());
    assert_eq!(said.code, Some(0), "{said:?}");
    let (name, secret) = service_account(&server, "sshd", &["--attributes", "sshPublicKey"]);
    let said = Tools::at(&server).search((&name, &secret), &["-b", BASE, "(uid=ada)"]);
    let bare: Vec<&str> = public.split_whitespace().take(2).collect();
    assert_eq!(said.values("sshPublicKey"), [bare.join(" ")], "{said:?}");
    assert!(said.values("objectClass").contains(&"ldapPublicKey"), "{said:?}");
    // Who may not read keys is not told who has some.
    let (name, secret) = service_account(&server, "mail", &["--attributes", "mail"]);
    let said = Tools::at(&server).search((&name, &secret), &["-b", BASE, "(uid=ada)", "*", "+"]);
    assert!(!said.out.contains("ldapPublicKey") && !said.out.contains(bare[1]), "{said:?}");
}
