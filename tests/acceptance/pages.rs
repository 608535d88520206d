//! No page without its golden screens, and no golden screen of no page.

use std::collections::BTreeSet;
use std::fs;

use doorkey::flow::page::PAGES;

/// The names of the files in `frames/`.
fn frames() -> BTreeSet<String> {
    let folder = format!("{}/tests/acceptance/frames", env!("CARGO_MANIFEST_DIR"));
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The ids as file names begin.
fn names() -> impl Iterator<Item = String> {
    PAGES.iter().map(|id| id.replace('/', "-"))
}

#[test]
fn every_page_has_a_golden_screen_of_the_usual_size_and_of_the_smallest() {
    let frames = frames();
    let needed = names().flat_map(|name| ["80x24", "40x12"].map(|size| format!("{name}-{size}.txt")));
    let missing: Vec<_> = needed.filter(|file| !frames.contains(file)).collect();
    assert!(missing.is_empty(), "no story shows {missing:?}");
}

#[test]
fn every_golden_screen_is_named_after_a_page_and_seen_by_a_story() {
    let stories: String = super::tidy::sources("tests/acceptance")
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let is_named = |file: &str| names().any(|name| file.starts_with(&format!("{name}-")));
    let is_seen = |file: &str| stories.contains(file.trim_end_matches(".txt"));
    let strays: Vec<_> = frames().into_iter().filter(|file| !is_named(file) || !is_seen(file)).collect();
    assert!(strays.is_empty(), "of no page or of no story: {strays:?}");
}
