//! `tests/security.md` names what proves each requirement: that none is missing, and that each proof is there and runs.

use std::fs;
use std::process::Command;

use super::proofs::{self, root};

const LIST: &str = "tests/security.md";

/// What must hold. Here and not in the list, so that nothing is dropped from it unseen.
const MUST: &str = "
    A1 A2 A3 A4 A5 A6 A7 B1 B2 B3 B5 B6 B7 B8 C1 C2 C3 C6 C7 C8 C9 C10 C11 C12 C13 D1 D2 D3 D4 D5 D6 D7 D8 D9 E1
    E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 F1 F2 F3 F4 F5 F6 G1 G2 G3 G4 G5 H1 H2 H3 H4 I1 I2 I3 I4 I5 I6 I7 I8 J1
    J2 J4 J5 J6 J8 L1 L2 L3 M1 M2 M5 M6 M8 N1 N2 N3 N4 N5 N6 N7 N8 N9 N10 N11 N12
";
/// What should.
const SHOULD: &str = "
    B4 C4 C5 C14 E13 G6 J3 J7 J9 M4 M7 M9
";

#[test]
fn every_requirement_has_a_proof_that_is_there_and_runs() {
    let ids = [MUST, SHOULD].iter().flat_map(|ids| ids.split_whitespace()).collect::<Vec<_>>();
    let problems = problems(&ids, &fs::read_to_string(root().join(LIST)).unwrap());
    assert!(problems.is_empty(), "{LIST}:\n{}", problems.join("\n"));
}

#[test]
fn a_list_with_a_gap_is_noticed() {
    const ROW_B1: &str = "| B1 | x | `domain::text::what_comes_out_is_always_inert` |";
    let here = "`acceptance::security::a_list_with_a_gap_is_noticed`";
    let list = |rows: &[&str]| format!("{}\n", rows.join("\n"));
    let problems = |list: &str| problems(&["A1", "A2", "B1"], list);
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

fn problems(ids: &[&str], list: &str) -> Vec<String> {
    proofs::problems_among(&ids.iter().map(|id| (*id).to_owned()).collect(), list)
}
