//! `tests/security.md` names what proves each requirement: that none is missing, and that each proof is there and runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const LIST: &str = "tests/security.md";

#[test]
fn every_requirement_has_a_proof_that_is_there_and_runs() {
    let problems = problems(&fs::read_to_string(root().join(LIST)).unwrap());
    assert!(problems.is_empty(), "{LIST}:\n{}", problems.join("\n"));
}

#[test]
fn a_list_with_a_gap_is_noticed() {
    const ROW_B1: &str = "| B1 | x | `domain::text::what_comes_out_is_always_inert` |";
    let here = "`acceptance::security::a_list_with_a_gap_is_noticed`";
    let list = |rows: &[&str]| format!("Must: A1\nA2\n\nShould: B1\n\n{}\n", rows.join("\n"));
    let with =
        |proof: &str| list(&[&format!("| A1 | x | {proof} |"), &format!("| A2 | x | {here} |"), ROW_B1]);
    assert_eq!(problems(&with(here)), Vec::<String>::new());
    let both_engines = "`acceptance::service::codes::a_used_code_is_used`";
    assert_eq!(problems(&with(both_engines)), Vec::<String>::new());
    let ignored = "`acceptance::service::stranger_emails::two_hundred_and_fifty_sources_cause_no_more_emails_to_one_mailbox_than_one_does`";
    assert_eq!(problems(&with(&format!("{ignored} `tests/hostile/emails`"))), Vec::<String>::new());

    let of = |proof: &str| problems(&with(proof)).join("\n");
    assert!(of("pending").contains("A1: has no proof yet"));
    assert!(of("").contains("A1: has no proof yet"));
    assert!(of("`acceptance::security::nothing_of_the_kind`").contains("no such test"));
    assert!(of("`acceptance::nowhere::a_list_with_a_gap_is_noticed`").contains("no such test"));
    // A function that is there, but no test.
    assert!(of("`acceptance::security::problems`").contains("no such test"));
    assert!(of("`tests/hostile/nothing`").contains("no such script"));
    assert!(of("`tests/hostile/attack.py`").contains("no such script"), "one that cannot be run");
    assert!(of(ignored).contains("is left out"));
    assert!(of("`tests/hostile/emails`").contains("no test that runs"));
    let missing = problems(&list(&[&format!("| A1 | x | {here} |"), ROW_B1, ROW_B1, "| Z9 | x | pending |"]));
    let missing = missing.join("\n");
    for said in ["A2: is not in the list", "B1: is in the list twice", "Z9: is no requirement"] {
        assert!(missing.contains(said), "{missing}");
    }
}

#[test]
fn a_build_has_its_checks_on_and_its_advisories_are_seen() {
    let text = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let manifest = text("Cargo.toml");
    let release = manifest.split("[profile.release]").nth(1).unwrap().split("\n[").next().unwrap();
    for said in ["panic = \"unwind\"", "overflow-checks = true"] {
        assert!(release.lines().any(|line| line.trim() == said), "{said} is not in:\n{release}");
    }
    assert!(manifest.contains("\nunsafe_code = \"forbid\"\n"));
    // Older ones have vulnerabilities that are known.
    let lock = text("Cargo.lock");
    let version_of = |name: &str| {
        let mut packages = lock.split("[[package]]").filter_map(|package| {
            let field = |key: &str| {
                package
                    .lines()
                    .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
            };
            (field("name") == Some(name)).then(|| field("version").unwrap_or_default().to_owned())
        });
        packages.next()
    };
    let numbers =
        |version: String| version.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
    assert!(numbers(version_of("russh").unwrap()) >= vec![0, 65, 1]);
    // The checks of advisories are done where there is a network; that they are not blind is tried here.
    let steps = text(".ci/run");
    assert!(steps.contains(".ci/osv") && steps.contains("check advisories"), "{steps}");
    let osv = Command::new(root().join(".ci/osv")).arg("--self-test").output().unwrap();
    assert!(osv.status.success(), "{}", String::from_utf8_lossy(&osv.stdout));
}

/// What is wrong with a list.
fn problems(list: &str) -> Vec<String> {
    let (ids, rows) = (declared(list), rows(list));
    let mut wrong = Vec::new();
    assert!(!ids.is_empty(), "no ids are declared");
    wrong.extend(
        ids.iter().filter(|id| !rows.contains_key(*id)).map(|id| format!("{id}: is not in the list")),
    );
    for (id, proofs) in &rows {
        let mut say = |what: String| wrong.push(format!("{id}: {what}"));
        if !ids.contains(id) {
            say("is no requirement".to_owned());
        }
        if proofs.len() > 1 {
            say("is in the list twice".to_owned());
        }
        let named: Vec<Proof> = proofs[0].split('`').skip(1).step_by(2).map(Proof::named).collect();
        if named.is_empty() {
            say("has no proof yet".to_owned());
            continue;
        }
        let (mut runs, mut is_scripted) = (false, false);
        let mut left_out = Vec::new();
        for proof in named {
            match proof {
                Proof::Runs => runs = true,
                Proof::Script => is_scripted = true,
                Proof::LeftOut(name) => left_out.push(name),
                Proof::Missing(why) => say(why),
            }
        }
        if !left_out.is_empty() && !is_scripted {
            say(format!(
                "{} is left out of a run (#[ignore]), and no script stands beside it",
                left_out.join(" ")
            ));
        }
        if is_scripted && !runs && left_out.is_empty() {
            say("a script alone: there is no test that runs beside it".to_owned());
        }
    }
    wrong
}

/// The ids that are declared: what follows `Must:` and `Should:` up to an empty line.
fn declared(list: &str) -> BTreeSet<String> {
    let paragraphs = ["Must:", "Should:"].iter().filter_map(|word| {
        let at = list
            .find(&format!("\n{word} "))
            .map(|at| at + 1)
            .or_else(|| list.starts_with(word).then_some(0))?;
        list[at + word.len()..].split("\n\n").next()
    });
    paragraphs.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

/// The proofs of each id, one text for each row.
fn rows(list: &str) -> BTreeMap<String, Vec<String>> {
    let mut rows = BTreeMap::<String, Vec<String>>::new();
    for line in list.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let proof = cells.get(2).map_or("", |proof| proof.trim_end_matches('|').trim());
        rows.entry(cells[0].to_owned()).or_default().push(proof.to_owned());
    }
    rows
}

enum Proof {
    Runs,
    Script,
    /// A test that a usual run leaves out.
    LeftOut(String),
    Missing(String),
}

impl Proof {
    fn named(name: &str) -> Self {
        if name.contains('/') {
            let is_script = fs::metadata(root().join(name))
                .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
            return if is_script { Self::Script } else { Self::Missing(format!("no such script: {name}")) };
        }
        let Some((module, test)) = name.rsplit_once("::") else {
            return Self::Missing(format!("no such test: {name}"));
        };
        match files_of(module).iter().find_map(|file| attributes(&fs::read_to_string(file).ok()?, test)) {
            Some(attributes) if attributes.contains("#[ignore") => Self::LeftOut(name.to_owned()),
            Some(_) => Self::Runs,
            None => Self::Missing(format!("no such test: {name}")),
        }
    }
}

/// Where a module may be.
fn files_of(module: &str) -> [PathBuf; 2] {
    let (folder, module) = match module.split_once("::") {
        Some((folder @ ("acceptance" | "fuzz"), module)) => (format!("tests/{folder}"), module),
        _ => ("src".to_owned(), module),
    };
    let path = root().join(folder).join(module.replace("::", "/"));
    [path.with_extension("rs"), path.join("mod.rs")]
}

/// The attributes of a test, or nothing where there is no such test: an attribute that makes it one, or a story for
/// both engines, which a macro makes into two.
fn attributes(text: &str, test: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| {
        let rest = line.trim_start_matches("async ").strip_prefix("fn ");
        rest.and_then(|rest| rest.strip_prefix(test)).is_some_and(|rest| rest.starts_with('('))
    })?;
    let is_attribute = |line: &&&str| line.starts_with("#[") || line.starts_with("///");
    let attributes: Vec<&str> = lines[..at].iter().rev().take_while(is_attribute).copied().collect();
    let attributes = attributes.join("\n");
    let is_story = ["(engine: Engine)", "(fresh: &Fresh)"].iter().any(|like| lines[at].contains(like));
    (is_story || attributes.contains("#[test]") || attributes.contains("#[tokio::test")).then_some(attributes)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
