//! `tests/security.md` names what proves each requirement: that none is missing, and that each proof is there and runs.

use std::fs;
use std::process::Command;

use super::proofs::{self, root};

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
    for said in ["A2: is not in the list", "B1: is in the list twice", "Z9: is not declared"] {
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

fn problems(list: &str) -> Vec<String> {
    proofs::problems(list, &["Must:", "Should:"])
}
