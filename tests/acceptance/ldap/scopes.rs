//! No attribute leaks outside a service account's scope: each attribute, asked for in each way that there is.

use std::fmt::Write as _;
use std::process::Command;

use doorkey::domain::ldap_attribute::LdapAttribute;

use super::{ADA, BASE, NEW, Said, Tools, place, place_on, service_account};
use crate::commands::Laptop;
use crate::engine::{Fresh, people_on_both_engines};

const PLATFORM: &str = "cn=Platform,ou=teams,dc=example,dc=org";

/// An attribute with an entry that has it, and its value there.
struct Sample {
    attribute: LdapAttribute,
    dn: &'static str,
    value: String,
}

/// Samples of every attribute that a service account can be allowed, as somebody reads them who may read `all`.
fn samples(tools: &Tools, all: (&str, &str)) -> Vec<Sample> {
    let mut samples = Vec::new();
    for attribute in LdapAttribute::grantable() {
        let name = attribute.name();
        let before = samples.len();
        for dn in [ADA, PLATFORM] {
            let said = tools.search(all, &["-b", dn, "-s", "base", "(objectClass=*)", name]);
            let values = said.values(name);
            samples.extend(values.first().map(|value| Sample { attribute, dn, value: (*value).to_owned() }));
        }
        assert!(samples.len() > before, "nothing has {name}");
    }
    // The name of a team is in that of its entry.
    samples.retain(|sample| (sample.attribute, sample.dn) != (LdapAttribute::Cn, PLATFORM));
    samples
}

fn substring(value: &str) -> String {
    let (first, _) = value.split_at(3);
    format!("{first}*")
}

/// Every way in which a filter could tell whether the entry has the value, one a line.
fn filters(Sample { attribute, dn, value }: &Sample) -> String {
    let attribute = attribute.name();
    let own = dn.split(',').next().unwrap();
    let tests = [
        format!("({attribute}=*)"),
        format!("({attribute}={value})"),
        format!("({attribute}~={value})"),
        format!("({attribute}:={value})"),
        format!("({attribute}={})", substring(value)),
        format!("({attribute}=*{})", value.split_at(2).1),
        format!("({attribute}>=0)"),
        format!("({attribute}<=999999)"),
    ];
    let mut all = String::new();
    for test in tests {
        writeln!(all, "{test}\n(!{test})\n(!(!{test}))").unwrap();
        writeln!(all, "(&({own}){test})\n(&({own})(!{test}))\n(|{test}(!{test}))").unwrap();
    }
    all
}

people_on_both_engines! {
    fn no_filter_and_no_answer_tells_of_an_attribute_outside_the_scope(fresh: &Fresh) {
        let server = place_on(fresh).start();
        let add = ["user", "add", "ada", "--email", "ada@example.org", "--display-name", "Ada Lovelace", "--password-stdin"];
        server.done(&add, NEW);
        server.done(&["team", "add", "Platform", "--description", "Keeps the lights on.", "--owner", "ada"], "");
        server.done(&["user", "set-posix", "ada", "--uid", "2001"], "");
        let key = server.place_path("id");
        let mut keygen = Command::new("ssh-keygen");
        assert!(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap().success());
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let added = Laptop::without_key(&server).pipes(&format!("{NEW}\n{}\n", public.trim()), "ada", "keys add --password-stdin");
        assert_eq!(added.code, Some(0), "{added:?}");
        let tools = Tools::at(&server);
        let (all, all_secret) = service_account(&server, "all", &["--attributes", "all"]);
        let (none, none_secret) = service_account(&server, "none", &["--attributes", "uid"]);
        for sample in samples(&tools, (&all, &all_secret)) {
            let (attribute, dn, value) = (sample.attribute.name(), sample.dn, sample.value.as_str());
            let one_of_them = |said: &Said| said.out.lines().any(|line| line.starts_with(&format!("{attribute}:")));
            // The test itself works: who may read it finds it.
            let found = tools.search((&all, &all_secret), &["-b", BASE, &format!("({attribute}={value})"), attribute]);
            assert!(found.values("dn").contains(&dn) && found.values(attribute).contains(&value), "{attribute}: {found:?}");
            let list = server.place_path("filters");
            std::fs::write(&list, filters(&sample)).unwrap();
            let list = list.display().to_string();
            let (_, branch) = dn.split_once(',').unwrap();
            for (base, scope) in [(branch, "one"), (dn, "base")] {
                let said = tools.search((&none, &none_secret), &["-b", base, "-s", scope, "-f", &list, "(&%s)", "*", "+", attribute]);
                // A test that nothing has is not told apart from one that may not be made.
                assert!(said.code == 0 && said.out.trim().is_empty(), "{attribute} of {base}: {said:?}");
            }
            let shown = tools.search((&none, &none_secret), &["-b", BASE, "(objectClass=*)", "*", "+", attribute]);
            assert_eq!((shown.code, shown.values("uid")), (0, vec!["ada"]), "{shown:?}");
            assert!(!one_of_them(&shown) || attribute == "cn" && shown.values("cn") == ["Platform"], "{shown:?}");
            assert!(!shown.out.contains("posixAccount") && !shown.out.contains("ldapPublicKey"), "{shown:?}");
            let compared = |name: &str, secret: &str| {
                tools.run("ldapcompare", &["-D", name, "-w", secret, dn, &format!("{attribute}:{value}")])
            };
            assert_eq!(compared(&all, &all_secret).code, 6, "{attribute} of {dn}: compareTrue");
            let told = compared(&none, &none_secret);
            assert_eq!(told.code, 17, "{attribute} of {dn}: undefinedAttributeType: {told:?}");
        }
    }

    fn a_service_account_finds_the_members_of_its_teams_and_nobody_else(fresh: &Fresh) {
        let server = place_on(fresh).start();
        for name in ["ada", "grace", "joan"] {
            server.add_user(name, Some(NEW));
        }
        for (team, member) in [("Platform", "ada"), ("Platform", "grace"), ("Design", "grace"), ("Design", "joan")] {
            server.run(&["team", "add", team], "");
            server.done(&["team", "add-member", team, member], "");
        }
        let unknown = server.run(&["service-account", "add", "bad", "--teams", "Nobody"], "");
        assert!(!unknown.status.success());
        let (name, secret) = service_account(&server, "design", &["--teams", "Design"]);
        let tools = Tools::at(&server);
        let found = |base: &str, filter: &str| {
            let said = tools.search((&name, &secret), &["-b", base, filter]);
            (said.code, said)
        };
        let (_, all) = found(BASE, "(objectClass=*)");
        assert_eq!(all.values("uid"), ["grace", "joan"], "{all:?}");
        let design = "cn=Design,ou=teams,dc=example,dc=org";
        assert_eq!(all.values("memberOf"), [design, design], "no team that it may not find");
        assert!(!all.out.contains("Platform") && !all.out.contains("ada"), "{all:?}");
        for filter in [
            "(uid=ada)", "(mail=ada@example.org)", "(memberOf=cn=Platform,ou=teams,dc=example,dc=org)", "(cn=Platform)",
            "(member=uid=ada,ou=people,dc=example,dc=org)", "(|(uid=ada)(mail=ada@example.org))",
        ] {
            let (code, said) = found(BASE, filter);
            assert_eq!((code, said.out.as_str()), (0, ""), "{filter}");
        }
        for base in ["uid=ada,ou=people,dc=example,dc=org", "uid=nobody,ou=people,dc=example,dc=org", "cn=Platform,ou=teams,dc=example,dc=org"] {
            let (code, said) = found(base, "(objectClass=*)");
            assert_eq!((code, said.out.as_str(), said.errors.contains("matched")), (32, "", false), "{base}");
        }
        let listed = server.done(&["service-account", "list", "--json"], "");
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!(listed[0]["teams"], serde_json::json!(["Design"]), "{listed}");
        assert!(!listed.to_string().contains(&secret));
    }
}

#[test]
fn whoever_is_removed_while_bound_reads_nothing_more() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::Stdio;
    let server = place().start().furnished();
    let (name, secret) = service_account(&server, "mail", &[]);
    let url = format!("ldap://{}", super::address(&server));
    // One connection, and a search for each line of a file.
    let fifo = server.place_path("filters");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut child = Command::new("ldapsearch")
        .args(["-x", "-LLL", "-H", &url, "-D", &name, "-w", &secret, "-b", BASE, "-c", "-f"])
        .arg(&fifo)
        .args(["(uid=%s)", "uid"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::fs::OpenOptions::new().write(true).open(&fifo).unwrap();
    writeln!(lines, "ada").unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("uid: ada") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it found nobody");
    }
    server.done(&["service-account", "remove", "mail"], "");
    writeln!(lines, "grace").unwrap();
    drop(lines);
    let rest: String = out.lines().map_while(Result::ok).collect();
    assert!(!rest.contains("grace"), "{rest}");
    assert_ne!(child.wait().unwrap().code(), Some(0));
}
