//! What a reviewer should not have to look for: imports against the arrows of the map, a `//!` head on every file, words
//! that were meant to go before the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn modules_import_only_along_the_arrows_of_the_map() {
    let map = Map::read(&text_of("src/lib.rs"));
    let wrong: Vec<_> = sources("src").iter().flat_map(|path| map.against(path)).collect();
    assert!(wrong.is_empty(), "not in the arrows of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn outside_crates_are_used_only_where_the_map_has_them() {
    let map = Crates::read(&text_of("src/lib.rs"));
    let wrong: Vec<_> = sources("src").iter().flat_map(|path| map.against(path)).collect();
    assert!(wrong.is_empty(), "not in the list of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_wire_proves_that_somebody_holds_a_key() {
    let calls =
        |path: &PathBuf| code_of(&fs::read_to_string(path).unwrap()).contains("of_verified_signature(");
    let callers: Vec<_> = sources("src").into_iter().filter(calls).map(|path| module_of(&path)).collect();
    assert_eq!(callers, ["domain::ssh_key", "ssh::auth"]);
}

#[test]
fn every_file_says_at_its_head_what_lives_there() {
    let headless = |path: &PathBuf| !fs::read_to_string(path).unwrap().starts_with("//! ");
    let wrong: Vec<_> = all_sources().into_iter().filter(headless).collect();
    assert!(wrong.is_empty(), "without a //! head: {wrong:?}");
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

/// `Cargo.toml` has neither built as a test.
#[test]
fn neither_the_program_s_own_file_nor_a_comment_has_a_test_that_nothing_would_run() {
    assert!(!text_of("src/main.rs").contains("[test]"));
    let mut wrong = Vec::new();
    for path in sources("src") {
        let text = fs::read_to_string(&path).unwrap();
        let comments = text
            .lines()
            .map(str::trim_start)
            .filter_map(|line| line.strip_prefix("//! ```").or_else(|| line.strip_prefix("/// ```")));
        // Every other one opens a block.
        wrong.extend(comments.step_by(2).filter(|opening| *opening != "text").map(|_| path.clone()));
    }
    assert!(wrong.is_empty(), "an example in a comment: {wrong:?}");
}

/// From module to the modules, or `module::submodule`s, that it may import.
struct Map(BTreeMap<String, BTreeSet<String>>);

impl Map {
    /// Reads the arrows from the map's first text block: `a -> b -> { c, d }    e -> f::g`.
    fn read(lib: &str) -> Self {
        let mut arrows = BTreeMap::<String, BTreeSet<String>>::new();
        for chain in entries(lib, 0).filter(|chain| chain.contains("->")) {
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
        let module = module_of(path);
        let top = module.split("::").next().unwrap_or_default().to_owned();
        if top == "lib" || is_a_test(&module) {
            return Vec::new();
        }
        let may = self.0.get(&top).cloned().unwrap_or_default();
        let allowed = |target: &str| {
            is_within(target, &top)
                || may.contains("everything")
                || may.iter().any(|to| is_within(target, to))
        };
        let strays =
            imports(&fs::read_to_string(path).unwrap()).into_iter().filter(|target| !allowed(target));
        strays.map(|target| format!("{module} -> {target}")).collect()
    }
}

/// From outside crate to the only modules, or `module::submodule`s, that may use it.
struct Crates(BTreeMap<String, BTreeSet<String>>);

impl Crates {
    /// Reads the map's second text block: `a, b only in c, d::e    f only in g`.
    fn read(lib: &str) -> Self {
        let pairs = entries(lib, 1).filter_map(|entry| {
            let (crates, modules) = entry.split_once(" only in ")?;
            Some((names(crates), names(modules).into_iter().collect::<BTreeSet<_>>()))
        });
        let map =
            pairs.flat_map(|(crates, modules)| crates.into_iter().map(move |name| (name, modules.clone())));
        let map = Self(map.collect());
        assert!(map.0.len() > 5, "the crates of the map cannot be read: {:?}", map.0);
        map
    }

    fn against(&self, path: &Path) -> Vec<String> {
        let module = module_of(path);
        if is_a_test(&module) {
            return Vec::new();
        }
        let code = code_of(&fs::read_to_string(path).unwrap());
        let stray = |(name, modules): &(&String, &BTreeSet<String>)| {
            uses(&code, name) && !modules.iter().any(|home| is_within(&module, home))
        };
        self.0.iter().filter(stray).map(|(name, _)| format!("{module}: {name}")).collect()
    }
}

/// The entries of one text block in the map's words, which stand apart by four blanks or a line.
fn entries(lib: &str, block: usize) -> impl Iterator<Item = &str> {
    let block =
        lib.split("//! ```text").nth(1 + block).and_then(|rest| rest.split("//! ```").next()).unwrap();
    block.lines().flat_map(|line| line.trim_start_matches("//!").trim().split("    "))
}

/// The names in a list: `{ ui, terminal }`, `store, mail`, `nothing of ours`.
fn names(list: &str) -> Vec<String> {
    let list = list.replace(['{', '}'], "");
    list.split(',').map(|name| name.split_whitespace().next().unwrap_or_default().to_owned()).collect()
}

/// `ssh::admission::penalties` for `src/ssh/admission/penalties.rs`, `ssh` for `src/ssh/mod.rs`.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap().with_extension("");
    let parts = inside.iter().map(|part| part.to_string_lossy()).filter(|part| part != "mod");
    parts.collect::<Vec<_>>().join("::")
}

fn is_a_test(module: &str) -> bool {
    module.split("::").any(|part| part == "tests")
}

fn is_within(module: &str, home: &str) -> bool {
    module.strip_prefix(home).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The code of a file without comments and without its tests.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line.split("// ").next().unwrap_or_default() + "\n")
}

/// True where a path of `code` begins with the crate `name`.
fn uses(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        !before.is_some_and(is_word) && code[at + name.len()..].starts_with("::")
    })
}

/// Every `module` or `module::submodule` that the code of `text` names after `crate::`, tests left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code = code_of(text);
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
    let top = match parts.next().unwrap_or_default() {
        // Macros live at the root, whatever module declares them.
        "text" | "message" | "label" => "messages".to_owned(),
        top => top.to_owned(),
    };
    match parts.next().filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase())) {
        Some(module) => format!("{top}::{module}"),
        None => top,
    }
}

#[test]
fn the_guard_sees_what_it_guards_against() {
    let text = "//! ```text\n//! main -> cli -> { ui, store }\n//! flow -> accounts::request, domain    clock -> \
                domain\n//! domain -> nothing of ours    a -> b    c -> everything of ours\n//! ```\n//!\n\
                //! ```text\n//! russh only in ssh    sqlx, one only in store, mail::two\n\
                //! three, four, five only in six\n//! ```";
    let map = Map::read(text);
    assert!(map.0["flow"].contains("accounts::request") && !map.0["flow"].contains("accounts"));
    assert_eq!(map.0["cli"].len(), 2);
    let found =
        imports("use crate::accounts::request::Reply;\nuse crate::{store, mail::Post};\n// crate::ssh\n");
    let expected = ["accounts::request", "mail", "store"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));

    let crates = Crates::read(text);
    assert_eq!(crates.0["russh"], BTreeSet::from(["ssh".to_owned()]));
    assert_eq!(crates.0["one"], BTreeSet::from(["mail::two".to_owned(), "store".to_owned()]));
    assert!(is_within("ssh::admission", "ssh") && is_within("mail::two", "mail::two"));
    assert!(!is_within("sshd", "ssh") && !is_within("mail", "mail::two"));
    for used in ["use russh::server;", "x: &russh::Error", "pub use russh::keys as k;"] {
        assert!(uses(&code_of(used), "russh"), "{used}");
    }
    for unused in
        ["// russh::Error", "use crate::russh::x;", "russh_keys::x", "my_russh::x", "\"russh=warn\""]
    {
        assert!(!uses(&code_of(unused), "russh"), "{unused}");
    }
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

/// What somebody who is signed in sees is in their zone; who is not has none, and an undo code is typed by nobody known.
#[test]
fn no_page_or_command_formats_a_time_without_a_zone() {
    let formats = [".date_minute()", ".hour_minute()", ".clock_time()", ".seconds()", ".date()"];
    // Codes are waited for by guests only.
    let of_guests = ["src/flow/undo/wording.rs", "src/flow/countdown.rs"];
    for path in sources("src/flow").into_iter().chain(sources("src/commands")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let found = formats.iter().find(|format| code.contains(**format));
        let is_allowed = of_guests.iter().any(|file| path.ends_with(file));
        assert!(found.is_none() || is_allowed, "{}: {found:?}: use the member's zone", path.display());
    }
}
