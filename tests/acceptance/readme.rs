//! The README keeps what it promises: its settings table is complete, its picture is the real screen.

use doorkey::commands::{CommandDoc, documentation};

use super::person::{Key, Person};
use super::server::{Server, TempFolder};

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

#[test]
fn every_setting_is_in_the_table() {
    let output = TempFolder::new().run(&["check", "--effective"], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (readme, mut section, mut settings) = (readme(), String::new(), 0);
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line = line.trim_start_matches("# ");
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((key, _)) = line.split_once(" = ") {
            settings += 1;
            assert!(readme.contains(&format!("`{section}.{key}`")), "{section}.{key} is not in the README");
        }
    }
    assert!(settings > 20, "check --effective printed only {settings} settings");
}

#[test]
fn every_command_is_in_the_table_with_its_json() {
    let readme = readme();
    for CommandDoc { form: command, json: example, .. } in documentation() {
        let is_row = |line: &&str| {
            line.starts_with(&format!("| `{command}` |")) && line.ends_with(&format!("| `{example}` |"))
        };
        assert_eq!(
            readme.lines().filter(is_row).count(),
            1,
            "{command} is not in the README as it is in help"
        );
    }
}

#[test]
fn the_picture_is_the_real_screen() {
    let server = Server::start();
    let mut ada = Person::arrive_as(server.address(), "account", 80, 20);
    ada.wait_for("Sign in to your account");
    ada.type_text("ada@example.org");
    ada.press(Key::Tab);
    ada.type_text("violet engine");
    ada.wait_for("•••••••••••••");
    let frame = ada.frame();
    let (picture, _cursor) = frame.rsplit_once("\ncursor").unwrap();
    assert!(readme().contains(&format!("```text\n{picture}\n```")), "the README should show\n{picture}");
}
