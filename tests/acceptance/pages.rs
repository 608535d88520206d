//! Every page has its golden screens, its line-mode transcript and its command, and none of these is left over.

use std::collections::BTreeSet;
use std::fs;

use doorkey::flow::PAGES;

use super::commands::Laptop;
use super::person::LARGER_SIZES;
use super::server::Server;

fn folder(name: &str) -> String {
    format!("{}/tests/acceptance/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The names of the files in that folder.
fn files_in(name: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder(name)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The ids as file names begin.
fn names() -> impl Iterator<Item = String> {
    PAGES.iter().map(|id| id.replace('/', "-"))
}

#[test]
fn every_page_has_a_golden_screen_of_four_sizes() {
    let frames = files_in("frames");
    let sizes = [(80, 24), (40, 12)].into_iter().chain(LARGER_SIZES);
    let needed =
        names().flat_map(|name| sizes.clone().map(move |(cols, rows)| format!("{name}-{cols}x{rows}.txt")));
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
    let is_seen = |file: &str| {
        let name = file.trim_end_matches(".txt");
        // Whoever sees a page on the usual screen sees it on larger ones.
        let of_larger = |(cols, rows): (u16, u16)| name.strip_suffix(&format!("-{cols}x{rows}"));
        let usual = LARGER_SIZES.into_iter().find_map(of_larger).map(|page| format!("{page}-80x24"));
        stories.contains(name) || usual.is_some_and(|usual| stories.contains(&usual))
    };
    let strays: Vec<_> =
        files_in("frames").into_iter().filter(|file| !is_named(file) || !is_seen(file)).collect();
    assert!(strays.is_empty(), "of no page or of no story: {strays:?}");
}

#[test]
fn every_page_has_a_transcript_of_line_mode_and_no_transcript_is_of_none() {
    let transcripts = files_in("transcripts");
    let missing: Vec<_> = names().filter(|name| !transcripts.contains(&format!("{name}.txt"))).collect();
    assert!(missing.is_empty(), "nobody talks through {missing:?}");
    let told = fs::read_to_string(folder("transcripts.rs")).unwrap();
    let last = |file: &str| file.trim_end_matches(".txt").rsplit('-').next().map(str::to_owned);
    let is_told = |file: &String| last(file).is_some_and(|word| told.contains(&word));
    let is_named = |file: &String| names().any(|name| file.starts_with(&name));
    let strays: Vec<_> = transcripts.iter().filter(|file| !is_named(file) || !is_told(file)).collect();
    assert!(strays.is_empty(), "of no page or told by nobody: {strays:?}");
}

/// How a page is had without a terminal.
enum InOneLine {
    /// These commands do what it does.
    Actor(&'static [&'static str]),
    /// There is nothing to do in one line.
    Not(&'static str),
}
use InOneLine::{Actor, Not};

/// What does in one line what a page does, in the order of [`PAGES`].
const COMMANDS: [(&str, InOneLine); PAGES.len()] = [
    ("sign-in", Actor(&["whoami"])),
    ("sign-in-help", Not("it only asks which page helps")),
    ("sign-in-help/no-email", Not("it only says what to look for")),
    ("forgot-password", Actor(&["forgot"])),
    ("choose-address", Actor(&["forgot"])),
    ("enter-code", Actor(&["forgot"])),
    ("second-factor", Not("--2fa-stdin of each command that signs in")),
    ("lost-authenticator", Not("it only says what helps")),
    ("new-password", Actor(&["forgot"])),
    ("undo", Actor(&["undo"])),
    ("undo/review", Actor(&["undo"])),
    ("undo/second-factor", Actor(&["undo"])),
    ("sign-up", Not("a script makes accounts with doorkey user import")),
    ("join", Actor(&["join"])),
    ("join/account", Actor(&["join"])),
    ("setup", Actor(&["setup"])),
    ("setup/address", Actor(&["setup"])),
    ("setup/verify", Not("a script vouches for the address")),
    ("setup/account", Actor(&["setup"])),
    ("guest-support", Not("whoever cannot sign in is at a terminal, or writes an email")),
    ("guest-case", Not("whoever cannot sign in is at a terminal, or writes an email")),
    ("guest-case/read", Not("whoever cannot sign in is at a terminal, or writes an email")),
    ("teams", Actor(&["teams"])),
    ("teams/new", Actor(&["teams create"])),
    ("team", Actor(&["team"])),
    ("team/member", Actor(&["teams role", "teams remove"])),
    ("team/invitations", Actor(&["teams invite"])),
    ("team/invitations/invitation", Actor(&["teams withdraw"])),
    ("team/edit", Actor(&["teams edit"])),
    ("team/leave", Actor(&["teams leave"])),
    ("settings/profile", Actor(&["profile get"])),
    ("settings/profile/name", Actor(&["profile set"])),
    ("settings/profile/display-name", Actor(&["profile set"])),
    ("settings/profile/language", Actor(&["profile set"])),
    ("settings/profile/time-zone", Actor(&["profile set"])),
    ("settings/profile/plain", Actor(&["profile set"])),
    ("settings/profile/no-color", Actor(&["profile set"])),
    ("settings/profile/appearance", Actor(&["profile set"])),
    ("settings/profile/export", Actor(&["export"])),
    ("settings/profile/delete", Actor(&["delete-account"])),
    ("settings/profile/emails", Actor(&["emails list"])),
    ("settings/profile/emails/email", Actor(&["emails primary", "emails keep", "emails remove"])),
    ("settings/profile/emails/add", Actor(&["emails add"])),
    ("settings/profile/emails/verify", Actor(&["emails verify"])),
    ("settings/password", Actor(&["passwd"])),
    ("settings/security", Actor(&["2fa status", "recovery-codes status"])),
    ("settings/security/review", Actor(&["review"])),
    ("settings/security/authenticator", Actor(&["2fa enroll"])),
    ("settings/security/recovery-codes", Actor(&["recovery-codes new"])),
    ("settings/security/new-recovery-codes", Actor(&["recovery-codes new"])),
    ("settings/security/turn-off", Actor(&["2fa disable"])),
    ("settings/keys", Actor(&["keys list"])),
    ("settings/keys/key", Actor(&["keys rename", "keys keep", "keys remove"])),
    ("settings/keys/add", Actor(&["keys add"])),
    ("settings/sessions", Actor(&["sessions list"])),
    ("settings/sessions/session", Actor(&["sessions revoke"])),
    ("activity", Actor(&["activity"])),
    ("activity/row", Actor(&["activity"])),
    ("support", Actor(&["support list"])),
    ("support/new", Actor(&["support new"])),
    ("support/new/review", Actor(&["support new"])),
    ("support/case", Actor(&["support show", "support reply", "support close"])),
    ("confirmation", Not("a command is not asked whether it is meant")),
    ("confirm", Not("--password-stdin of each command that needs it")),
    ("locked", Not("a command is over with its answer")),
];

#[test]
fn every_page_is_had_in_one_line_too_which_help_names_and_a_test_runs() {
    assert_eq!(COMMANDS.each_ref().map(|(page, _)| *page), PAGES);
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let stories: String = super::tidy::sources("tests/acceptance/commands")
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let all: BTreeSet<&str> = COMMANDS
        .iter()
        .flat_map(|(page, how)| match how {
            Actor(commands) => commands.to_vec(),
            Not(why) => {
                assert!(!why.is_empty(), "{page}");
                Vec::new()
            }
        })
        .collect();
    let offered = laptop.runs("account", "help").out;
    for command in all {
        let (first, second) = command.split_once(' ').unwrap_or((command, ""));
        let lists = |help: &str, word: &str| {
            help.lines()
                .any(|line| line.trim_start().split(' ').next() == Some(word) && line.starts_with("  "))
        };
        assert!(lists(&offered, first), "help does not name {first}: {offered}");
        if !second.is_empty() {
            let help = laptop.runs("account", &format!("help {first}")).out;
            assert!(lists(&help, second), "help {first} does not name {second}: {help}");
        }
        let is_run = stories.contains(&format!("{command} ")) || stories.contains(&format!("{command}\""));
        assert!(is_run, "no test runs {command}");
    }
}
