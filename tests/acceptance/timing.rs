//! The script that compares the time of answers about known and unknown names: that it can tell a difference, and that
//! it gets its answers from a server. How long they take here proves nothing and is not judged.

use std::process::Command;

use super::engine::{Fresh, people_on_both_engines};

fn timing(words: &[&str]) -> String {
    let mut script = Command::new("timeout");
    script.args(["300", "/usr/bin/python3", "-W", "ignore", "tests/hostile/timing"]).args(words);
    let output = script.env("DOORKEY_BINARY", env!("CARGO_BIN_EXE_doorkey")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_timing_script_tells_a_difference_from_none() {
    let said = timing(&["--self-test"]);
    assert!(said.ends_with("the statistics tell a difference from none\n"), "{said}");
}

people_on_both_engines! {
    fn known_and_unknown_names_get_the_same_answers_to_measure(fresh: &Fresh) {
        let words = ["--pairs", "3", "--url", &fresh.url];
        let said = timing(if fresh.url.starts_with("sqlite:") { &words[..2] } else { &words });
        for story in ["sign-in", "forgot", "contention", "undo", "key-offer", "stranger-key-offer", "key-signature"] {
            let measured = |line: &str| line.split_whitespace().take(3).eq([story, "n", "3"]);
            assert!(said.lines().any(measured), "{story}: {said}");
        }
        assert!(said.contains("not judged"), "{said}");
    }
}
