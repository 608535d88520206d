//! The README keeps what it promises: its picture is the real screen, its commands exist, and it is short. What it says of
//! every command and setting is in the manual (`manual.rs`).

use doorkey::commands;

use super::demo::Demo;
use super::person::{Key, Person};
use super::server::TempFolder;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

#[test]
fn it_is_short() {
    assert!(readme().len() <= 10_240, "{} bytes", readme().len());
}

#[test]
fn its_operator_commands_exist() {
    let readme = readme();
    let quoted = readme.split('`').chain(readme.split("target/release/"));
    let commands: Vec<&str> = quoted.filter_map(|part| part.strip_prefix("doorkey ")).collect();
    assert!(commands.len() > 10, "{commands:?}");
    for line in commands {
        let is_name = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase()) && !word.contains('.');
        let names: Vec<&str> = line.lines().next().unwrap().split(' ').take_while(is_name).take(2).collect();
        let output = TempFolder::new().run(&[&names[..], &["--help"]].concat(), "");
        assert!(output.status.success(), "`doorkey {line}`: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn its_commands_over_ssh_exist() {
    let (readme, mut tree) = (readme(), commands::command_tree());
    tree.build();
    let block = readme.split("## Commands\n").nth(1).unwrap().split("```").nth(1).unwrap();
    let commands = block.lines().filter_map(|line| line.split_once("@host ")).map(|(_, command)| command);
    let mut count = 0;
    for line in commands {
        count += 1;
        let words = line.split('#').next().unwrap().split_whitespace();
        let parsed = tree.clone().try_get_matches_from(words);
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
    assert!(count > 5, "{block}");
}

/// `tests/pictures/readme` draws it from the demo's screen.
#[test]
fn the_picture_is_the_real_screen_of_the_demo() {
    assert!(readme().contains("](tests/pictures/sign-in.svg)"));
    let picture =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/sign-in.svg")).unwrap();
    let rows = picture.split("<text ").skip(1).map(|row| row.split("</text>").next().unwrap());
    let drawn: Vec<String> = rows.map(text_in).collect();
    let demo = Demo::start();
    let mut ada = Person::arrive_as(demo.address, "account", 80, 20);
    ada.wait_for("Sign in to your account");
    ada.type_text("ada@acme.example");
    ada.press(Key::Tab);
    ada.type_text("violet engine");
    ada.wait_for("•••••••••••••");
    let frame = ada.frame();
    let (shown, _cursor) = frame.rsplit_once("\ncursor").unwrap();
    let rows = |text: &str| text.trim_end().lines().map(|row| row.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(rows(&drawn.join("\n")), rows(shown), "draw it again: tests/pictures/readme");
}

/// The text of an element, without the tags in it and before it.
fn text_in(element: &str) -> String {
    let text: String =
        element.split('>').skip(1).map(|part| part.split('<').next().unwrap_or_default()).collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").trim_end().to_owned()
}
