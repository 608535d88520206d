//! Changes samples at random, from a seed, and keeps what makes a target panic.
//!
//! `DOORKEY_FUZZ_SECONDS` is how long each target runs (0.3 if unset), `DOORKEY_FUZZ_SEED` where it begins. The first panic
//! of a target ends it: its input is made as small as it goes and kept as `corpus/TARGET/found-HASH`, so that every later
//! run begins with it.

use std::cell::Cell;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, RngExt as _, SeedableRng};

/// Longer inputs are cut: the targets have limits of their own below it.
const LONGEST: usize = 24 * 1024;
/// In one input.
const MOST_CHANGES: u32 = 8;
/// Inputs in a row between two looks at the clock.
const BATCH: u32 = 32;

/// Runs `target` on its corpus, then on changed samples of it, until the time is over.
pub(crate) fn run(name: &str, target: fn(&[u8]), words: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let corpus = corpus_in(&folder);
    for sample in &corpus {
        check(name, target, sample, &folder);
    }
    let seconds = from_environment("DOORKEY_FUZZ_SECONDS").unwrap_or(0.3);
    let seed = from_environment("DOORKEY_FUZZ_SEED").unwrap_or(1.0);
    let mut rng = StdRng::seed_from_u64(seed.to_bits());
    let (start, mut inputs) = (Instant::now(), 0_u64);
    while start.elapsed() < Duration::from_secs_f64(seconds) {
        for _ in 0..BATCH {
            check(name, target, &changed(&corpus, words, &mut rng), &folder);
            inputs += 1;
        }
    }
    println!("{name}: {inputs} inputs from seed {seed}, beside {} samples", corpus.len());
}

fn from_environment(name: &str) -> Option<f64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// In the order of their names, so that a seed means the same everywhere.
fn corpus_in(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no samples", folder.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn changed(corpus: &[Vec<u8>], words: &[&str], rng: &mut StdRng) -> Vec<u8> {
    let mut input = one_of(corpus, rng).clone();
    for _ in 0..rng.random_range(1..=MOST_CHANGES) {
        change(&mut input, corpus, words, rng);
        input.truncate(LONGEST);
    }
    input
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str], rng: &mut StdRng) {
    let at = rng.random_range(0..=input.len());
    let end = at + rng.random_range(0..=(input.len() - at).min(64));
    match rng.random_range(0..8) {
        0 => drop(input.drain(at..end)),
        1 => drop(input.splice(at..at, one_of(words, rng).bytes())),
        2 => drop(input.splice(at..end, one_of(words, rng).bytes())),
        3 => {
            let repeated = input[at..end].repeat(rng.random_range(1..=40));
            drop(input.splice(at..at, repeated));
        }
        4 => {
            // The head of this one and the tail of another.
            let other = one_of(corpus, rng);
            let from = rng.random_range(0..=other.len());
            drop(input.splice(at.., other[from..].iter().copied()));
        }
        5 => input.insert(at, rng.random()),
        6 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << rng.random_range(0..8);
            }
        }
        _ => {
            let mut noise = vec![0; rng.random_range(1..=16)];
            rng.fill_bytes(&mut noise);
            drop(input.splice(at..end, noise));
        }
    }
}

fn one_of<'a, T>(all: &'a [T], rng: &mut StdRng) -> &'a T {
    &all[rng.random_range(0..all.len())]
}

fn check(name: &str, target: fn(&[u8]), input: &[u8], folder: &Path) {
    if is_fine(target, input) {
        return;
    }
    let small = smallest(target, input);
    let mut hash = DefaultHasher::new();
    small.hash(&mut hash);
    let file = folder.join(format!("found-{:016x}", hash.finish()));
    fs::write(&file, &small).unwrap();
    println!("{name} fails; kept as {}:\n{}", file.display(), small.escape_ascii());
    // Again, for its own words.
    target(&small);
    panic!("{name} failed once and not again: what it does depends on more than its input");
}

thread_local! {
    /// While a panic is expected: its report would be one of thousands.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

fn is_fine(target: fn(&[u8]), input: &[u8]) -> bool {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                report(panic);
            }
        }));
    });
    IS_QUIET.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
    IS_QUIET.set(false);
    outcome.is_ok()
}

/// Leaves out whatever is not needed for the failure, from large pieces to single bytes.
fn smallest(target: fn(&[u8]), input: &[u8]) -> Vec<u8> {
    let mut small = input.to_vec();
    let mut piece = small.len().div_ceil(2);
    while piece > 0 {
        let mut at = 0;
        while at < small.len() {
            let mut shorter = small.clone();
            shorter.drain(at..(at + piece).min(small.len()));
            if is_fine(target, &shorter) {
                at += piece;
            } else {
                small = shorter;
            }
        }
        piece /= 2;
    }
    small
}

#[test]
fn a_failure_is_found_from_a_sample_without_it_and_made_small() {
    fn panics_at_a_bell(input: &[u8]) {
        assert!(!input.contains(&7));
    }
    let (corpus, words) = ([b"a harmless sample".to_vec()], ["\x07"]);
    let mut rng = StdRng::seed_from_u64(1);
    let found = (0..10_000)
        .map(|_| changed(&corpus, &words, &mut rng))
        .find(|input| !is_fine(panics_at_a_bell, input));
    assert_eq!(smallest(panics_at_a_bell, &found.unwrap()), [7]);
}
