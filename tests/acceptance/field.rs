//! `tests/field.md` names the test of each report from the field: that none is missing, and that each is there and runs.

use std::fs;

use super::proofs::{self, root};

const LIST: &str = "tests/field.md";

#[test]
fn every_report_from_the_field_has_a_test_that_is_there_and_runs() {
    let problems = problems(&fs::read_to_string(root().join(LIST)).unwrap());
    assert!(problems.is_empty(), "{LIST}:\n{}", problems.join("\n"));
}

#[test]
fn a_report_without_a_test_is_noticed() {
    let here = "`acceptance::field::a_report_without_a_test_is_noticed`";
    let with =
        |test: &str| problems(&format!("Reports: F01\nF02\n\n| F01 | x | {here} |\n| F02 | x | {test} |\n"));
    assert_eq!(with(here), Vec::<String>::new());
    assert_eq!(with("to be named"), ["F02: has no proof yet"]);
    assert_eq!(
        with("`acceptance::field::no_such_thing`"),
        ["F02: no such test: acceptance::field::no_such_thing"]
    );
    assert_eq!(problems("Reports: F01\n\n"), ["F01: is not in the list"]);
}

fn problems(list: &str) -> Vec<String> {
    proofs::problems(list, &["Reports:"])
}
