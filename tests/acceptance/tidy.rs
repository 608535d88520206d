//! What a reviewer should not have to look for: arrows between rooms as the map has them, a head on every file,
//! no file that has grown into two, no word that was meant to go before the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// More lines than this and a file is two files.
const LONGEST: usize = 400;

#[test]
fn rooms_import_only_along_the_arrows_of_the_map() {
    let map = Map::read(&text_of("src/lib.rs"));
    let wrong: Vec<_> = sources("src").iter().flat_map(|path| map.against(path)).collect();
    assert!(wrong.is_empty(), "not in the arrows of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_at_its_head_what_lives_there() {
    let headless = |path: &PathBuf| !fs::read_to_string(path).unwrap().starts_with("//! ");
    let wrong: Vec<_> = all_sources().into_iter().filter(headless).collect();
    assert!(wrong.is_empty(), "without a //! head: {wrong:?}");
}

#[test]
fn no_file_has_grown_into_two() {
    let lines = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let wrong: Vec<_> = all_sources().into_iter().filter(|path| lines(path) > LONGEST).collect();
    assert!(wrong.is_empty(), "longer than {LONGEST} lines: {wrong:?}");
}

#[test]
fn nothing_is_left_that_was_meant_to_go() {
    // In halves, or this file would find itself.
    let words =
        [concat!("to", "do!"), concat!("dbg", "!("), concat!("unimple", "mented!"), concat!("FIX", "ME")];
    let mut wrong = Vec::new();
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        wrong.extend(words.iter().filter(|word| text.contains(**word)).map(|word| (path.clone(), *word)));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// From room to the rooms, or `room::module`s, that it may import.
struct Map(BTreeMap<String, BTreeSet<String>>);

impl Map {
    /// Reads the arrows from the text block in the map's own words: `a -> b -> { c, d }   e -> f::g`.
    fn read(lib: &str) -> Self {
        let block = lib.split("//! ```text").nth(1).and_then(|rest| rest.split("//! ```").next()).unwrap();
        let mut arrows = BTreeMap::<String, BTreeSet<String>>::new();
        let chains = block.lines().flat_map(|line| line.trim_start_matches("//!").trim().split("    "));
        for chain in chains.filter(|chain| chain.contains("->")) {
            let stops: Vec<Vec<String>> = chain.split("->").map(names).collect();
            for pair in stops.windows(2) {
                for from in &pair[0] {
                    arrows.entry(from.clone()).or_default().extend(pair[1].iter().cloned());
                }
            }
        }
        assert!(arrows.len() > 5, "the arrows of the map cannot be read: {arrows:?}");
        Self(arrows)
    }

    /// The imports of one file that no arrow allows.
    fn against(&self, path: &Path) -> Vec<String> {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let is_a_test =
            inside.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
        if room == "lib" || is_a_test {
            return Vec::new();
        }
        let may = self.0.get(&room).cloned().unwrap_or_default();
        let allowed = |target: &str| {
            target.split("::").next() == Some(room.as_str())
                || may.contains("everything")
                || may.iter().any(|to| target == to || target.starts_with(&format!("{to}::")))
        };
        let strays =
            imports(&fs::read_to_string(path).unwrap()).into_iter().filter(|target| !allowed(target));
        strays.map(|target| format!("{}: {room} -> {target}", inside.display())).collect()
    }
}

/// The names in one stop of a chain: `{ face, terminal }`, `store, mail`, `nothing of ours`.
fn names(stop: &str) -> Vec<String> {
    let stop = stop.replace(['{', '}'], "");
    stop.split(',').map(|name| name.split_whitespace().next().unwrap_or_default().to_owned()).collect()
}

/// Every `room` or `room::module` that the code of `text` names after `crate::`, tests left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line.split("// ").next().unwrap_or_default() + "\n");
    let mut found = BTreeSet::new();
    for after in ["crate::", "doorkey::"].iter().flat_map(|from| code.split(from).skip(1)) {
        if let Some(group) = after.strip_prefix('{') {
            let group = group.split(';').next().unwrap_or_default();
            found.extend(group.split(',').map(path_of).filter(|path| !path.is_empty()));
        } else {
            found.insert(path_of(after));
        }
    }
    found
}

/// The first two names of a path, the second only if it is a module's.
fn path_of(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let path: String = text.trim_start().chars().take_while(|c| is_word(*c)).collect();
    let mut parts = path.split("::").filter(|part| !part.is_empty());
    let room = parts.next().unwrap_or_default().to_owned();
    match parts.next().filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase())) {
        Some(module) => format!("{room}::{module}"),
        None => room,
    }
}

#[test]
fn the_guard_sees_what_it_guards_against() {
    let map = Map::read(
        "//! ```text\n//! main -> cli -> { face, store }\n//! flow -> accounts::request, domain    clock -> \
         domain\n//! domain -> nothing of ours    a -> b    c -> everything of ours\n//! ```",
    );
    assert!(map.0["flow"].contains("accounts::request") && !map.0["flow"].contains("accounts"));
    assert_eq!(map.0["cli"].len(), 2);
    let found =
        imports("use crate::accounts::request::Reply;\nuse crate::{store, mail::Post};\n// crate::ssh\n");
    let expected = ["accounts::request", "mail", "store"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn all_sources() -> Vec<PathBuf> {
    [sources("src"), sources("tests/acceptance")].concat()
}

/// Every Rust file below `folder`.
pub(crate) fn sources(folder: &str) -> Vec<PathBuf> {
    let (mut found, mut ahead) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                ahead.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
