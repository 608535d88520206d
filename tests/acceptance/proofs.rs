//! Tables whose rows name what proves them, a test by its path or a script by its file: that no row is missing, and that
//! each proof is there and runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What is wrong with a list whose ids are declared in paragraphs that begin with `words`.
pub(crate) fn problems(list: &str, words: &[&str]) -> Vec<String> {
    problems_among(&declared(list, words), list)
}

/// What is wrong with a list that has `ids`.
pub(crate) fn problems_among(ids: &BTreeSet<String>, list: &str) -> Vec<String> {
    let rows = rows(list);
    let mut wrong = Vec::new();
    assert!(!ids.is_empty(), "no ids are declared");
    wrong.extend(
        ids.iter().filter(|id| !rows.contains_key(*id)).map(|id| format!("{id}: is not in the list")),
    );
    for (id, named) in &rows {
        if !ids.contains(id) {
            wrong.push(format!("{id}: is not declared"));
        }
        if named.len() > 1 {
            wrong.push(format!("{id}: is in the list twice"));
        }
        wrong.extend(problems_of(&named[0]).into_iter().map(|what| format!("{id}: {what}")));
    }
    wrong
}

/// The ids that are declared: what follows each of `words` up to an empty line.
fn declared(list: &str, words: &[&str]) -> BTreeSet<String> {
    let paragraphs = words.iter().filter_map(|word| {
        let at = list
            .find(&format!("\n{word} "))
            .map(|at| at + 1)
            .or_else(|| list.starts_with(word).then_some(0))?;
        list[at + word.len()..].split("\n\n").next()
    });
    paragraphs.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

/// The proofs of each id, one text for each row: what stands in the third column.
fn rows(list: &str) -> BTreeMap<String, Vec<String>> {
    let mut rows = BTreeMap::<String, Vec<String>>::new();
    for line in list.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let proof = cells.get(2).map_or("", |proof| proof.trim_end_matches('|').trim());
        rows.entry(cells[0].to_owned()).or_default().push(proof.to_owned());
    }
    rows
}

/// What is wrong with the proofs of one row.
fn problems_of(proofs: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let named: Vec<Proof> = proofs.split('`').skip(1).step_by(2).map(Proof::named).collect();
    if named.is_empty() {
        return vec!["has no proof yet".to_owned()];
    }
    let (mut runs, mut is_scripted) = (false, false);
    let mut left_out = Vec::new();
    for proof in named {
        match proof {
            Proof::Runs => runs = true,
            Proof::Script => is_scripted = true,
            Proof::LeftOut(name) => left_out.push(name),
            Proof::Missing(why) => wrong.push(why),
        }
    }
    if !left_out.is_empty() && !is_scripted {
        wrong.push(format!(
            "{} is left out of a run (#[ignore]), and no script stands beside it",
            left_out.join(" ")
        ));
    }
    if is_scripted && !runs && left_out.is_empty() {
        wrong.push("a script alone: there is no test that runs beside it".to_owned());
    }
    wrong
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
fn attributes(text: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| {
        let rest = line.trim_start_matches("async ").strip_prefix("fn ");
        rest.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('('))
    })?;
    let is_attribute = |line: &&&str| line.starts_with("#[") || line.starts_with("///");
    let attributes: Vec<&str> = lines[..at].iter().rev().take_while(is_attribute).copied().collect();
    let attributes = attributes.join("\n");
    let is_story = ["(engine: Engine)", "(fresh: &Fresh)"].iter().any(|like| lines[at].contains(like));
    (is_story || attributes.contains("#[test]") || attributes.contains("#[tokio::test")).then_some(attributes)
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
