//! No attribute leaks outside a service account's scope: each attribute, asked for in each way that there is.

use super::{BASE, NEW, Said, Tools, place, place_on, service_account};
use crate::engine::{Fresh, people_on_both_engines};

/// Every attribute that a service account can be allowed, with a value that ada's or the team's entry has.
fn attributes() -> Vec<(&'static str, &'static str)> {
    vec![
        ("cn", "Ada Lovelace"),
        ("sn", "Ada Lovelace"),
        ("displayName", "Ada Lovelace"),
        ("mail", "ada@example.org"),
        ("memberOf", "cn=Platform,ou=teams,dc=example,dc=org"),
        ("uidNumber", "2001"),
        ("gidNumber", "2001"),
        ("homeDirectory", "/home/ada"),
        ("loginShell", "/bin/bash"),
        ("description", "Keeps the lights on."),
        ("member", "uid=ada,ou=people,dc=example,dc=org"),
    ]
}

fn substring(value: &str) -> String {
    let (first, _) = value.split_at(3);
    format!("{first}*")
}

/// Every way in which a filter could tell whether `attribute` has `value`.
fn filters(attribute: &str, value: &str) -> Vec<String> {
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
    let negated = tests.iter().map(|test| format!("(!{test})"));
    let twice = tests.iter().map(|test| format!("(!(!{test}))"));
    let with_others = tests.iter().flat_map(|test| {
        [format!("(&(uid=ada){test})"), format!("(&(uid=ada)(!{test}))"), format!("(|{test}(!{test}))")]
    });
    let mut all: Vec<String> = negated.chain(twice).chain(with_others).collect();
    all.extend(tests);
    all
}

people_on_both_engines! {
    fn no_filter_and_no_answer_tells_of_an_attribute_outside_the_scope(fresh: &Fresh) {
        let server = place_on(fresh).start();
        let add = ["user", "add", "ada", "--email", "ada@example.org", "--display-name", "Ada Lovelace", "--password-stdin"];
        server.done(&add, NEW);
        server.done(&["team", "add", "Platform", "--description", "Keeps the lights on.", "--owner", "ada"], "");
        server.done(&["user", "set-posix", "ada", "--uid", "2001"], "");
        let tools = Tools::at(&server);
        let (all, all_secret) = service_account(&server, "all", &["--attributes", "all"]);
        let (none, none_secret) = service_account(&server, "none", &["--attributes", "uid"]);
        for (attribute, value) in attributes() {
            // The test itself works: who may read it finds it.
            let found = tools.search((&all, &all_secret), &["-b", BASE, &format!("({attribute}={value})"), attribute]);
            assert!(found.values(attribute).contains(&value), "{attribute}: {found:?}");
            let one_of_them = |said: &Said| said.out.lines().any(|line| line.starts_with(&format!("{attribute}:")));
            for filter in filters(attribute, value) {
                let said = tools.search((&none, &none_secret), &["-b", "ou=people,dc=example,dc=org", "-s", "one", &filter, "*", "+", attribute]);
                // A test that nothing has is not told apart from one that may not be made.
                assert!(said.values("dn").is_empty(), "{filter}: {said:?}");
                assert!(!one_of_them(&said), "{filter}: {said:?}");
            }
            let shown = tools.search((&none, &none_secret), &["-b", BASE, "(objectClass=*)", "*", "+", attribute]);
            assert_eq!((shown.code, shown.values("uid")), (0, vec!["ada"]), "{shown:?}");
            // The name of a team is in that of its entry.
            assert!(!one_of_them(&shown) || attribute == "cn" && shown.values("cn") == ["Platform"], "{shown:?}");
            assert!(!shown.out.contains("posixAccount"), "{shown:?}");
            let compared = tools.run(
                "ldapcompare",
                &["-D", &none, "-w", &none_secret, "uid=ada,ou=people,dc=example,dc=org", &format!("{attribute}:{value}")],
            );
            assert!(![5, 6].contains(&compared.code), "{attribute}: {compared:?}");
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
    use std::process::{Command, Stdio};
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
