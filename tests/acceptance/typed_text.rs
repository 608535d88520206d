//! One text, whatever face it comes in by: passwords with characters that nobody sees, codes from any keyboard and in any
//! sentence, names with joiners, and input from Windows.

use std::sync::Arc;

use russh::client::{self, KeyboardInteractiveAuthResponse as Answer};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::any_host_key::{AnyHostKey, enter};
use super::commands::Laptop;
use super::line_client::LineClient;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{
    ask_for_a_code, choose_password, enter_code, open_profile, open_row, open_settings_password, sign_in,
};

/// A variation selector, a joiner, a non-joiner and a keycap, a soft hyphen.
const HEART: &str = "plum tractor ❤\u{fe0f} seventeen";
const SCIENTIST: &str = "plum 👩\u{200d}🔬 tractor seventeen";
const PERSIAN: &str = "plum می\u{200c}خواهم seventeen 1\u{fe0f}\u{20e3}";
const SOFT: &str = "plum trac\u{ad}tor \u{200b}seventeen";

/// Typed and pasted on the screen, in lines, in a command and in a pipe from Windows.
#[track_caller]
fn signs_in_by_every_face(server: &Server, password: &str) {
    let mut typed = Person::arrive(server.address());
    sign_in(&mut typed, "ada", password);
    typed.hang_up();
    let mut pasted = Person::arrive_as(server.address(), "ada", 80, 24);
    pasted.wait_for("Password");
    pasted.paste(password);
    pasted.press(Key::Enter);
    pasted.wait_for("Your teams");
    pasted.hang_up();
    let laptop = Laptop::without_key(server);
    for input in [format!("{password}\n"), format!("\u{feff}{password}\r\n")] {
        let said = laptop.pipes(&input, "ada", "whoami --password-stdin");
        assert_eq!((said.code, said.out.as_str()), (Some(0), "ada\n"), "{said:?} {password:?}");
    }
    // The same without what nobody sees is another password.
    let visible = password.replace(['\u{fe0f}', '\u{200d}', '\u{200c}', '\u{ad}', '\u{200b}'], "");
    laptop
        .pipes(&format!("{visible}\n"), "ada", "whoami --password-stdin")
        .is_refused(77, "wrong-credentials");
    Runtime::new().unwrap().block_on(async {
        for has_pty in [true, false] {
            let mut lines = LineClient::begin(server.address(), "account", has_pty).await;
            let mark = if has_pty { "" } else { "\u{feff}" };
            lines.types(format!("{mark}ada\r{password}\r").as_bytes()).await;
            lines.hears("Signed in as ada", 1).await;
        }
    });
}

#[test]
fn a_password_with_an_emoji_set_in_one_face_signs_in_by_every_other() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    // By a command.
    let both = format!("{ADAS_PASSWORD}\n{HEART}\n");
    let said = laptop.pipes(&both, "ada", "passwd --stdin");
    assert_eq!(said.code, Some(0), "{said:?}");
    signs_in_by_every_face(&server, HEART);
    // On the screen.
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", HEART);
    open_settings_password(&mut ada);
    ada.type_text(&format!("{HEART}\t{SCIENTIST}\t"));
    ada.paste(SCIENTIST);
    ada.wait_for("Passwords match");
    ada.press(Key::Enter);
    ada.wait_for("Your password has been changed");
    ada.hang_up();
    signs_in_by_every_face(&server, SCIENTIST);
    // In lines.
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let mut ada = LineClient::begin(server.address(), "account", true).await;
        let change = format!("settings/password\r{SCIENTIST}\r{PERSIAN}\r{PERSIAN}\r");
        ada.types(format!("ada\r{SCIENTIST}\r{change}").as_bytes()).await;
        ada.hears("[password-changed]", 1).await;
    });
    signs_in_by_every_face(&server, PERSIAN);
    // In the prompts of a reset.
    runtime.block_on(reset_by_prompts(&server, SOFT));
    signs_in_by_every_face(&server, SOFT);
}

/// Sets ada's password with the first code that she is sent.
async fn reset_by_prompts(server: &Server, password: &str) {
    let config = Arc::new(client::Config::default());
    let mut ada = client::connect(config, server.address(), AnyHostKey::default()).await.unwrap();
    ada.authenticate_keyboard_interactive_start("reset", None).await.unwrap();
    let mut said = String::new();
    let mut answers =
        vec!["ada".to_owned(), String::new(), password.to_owned(), password.to_owned()].into_iter();
    while let Some(mut answer) = answers.next() {
        if answer.is_empty() {
            // As it stands in the email, in a sentence, and with a full-width keyboard.
            let code = server.code("ada", 1);
            answer = format!("Your code is {}.", code.replace('-', "ー"));
        }
        match ada.authenticate_keyboard_interactive_respond(vec![answer]).await.unwrap() {
            Answer::InfoRequest { instructions, .. } => said.push_str(&instructions),
            Answer::Success if answers.len() == 0 => return,
            other => panic!("{other:?} after {said}"),
        }
    }
    panic!("it was not set: {said}");
}

#[test]
fn a_code_is_found_in_what_any_keyboard_or_email_program_makes_of_it() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    assert_eq!(laptop.runs("account", "forgot ada").code, Some(0));
    let code = server.code("ada", 1);
    // No code in it: told apart, and no try. There are five.
    let slip = &code[..code.len() - 1];
    for _ in 0..6 {
        let said = laptop.pipes(&format!("{slip}\n{HEART}\n"), "account", "forgot ada --code-stdin");
        said.is_refused(65, "code-malformed");
        assert!(said.err.contains("8 letters") && said.err.contains("not count as a try"), "{said:?}");
    }
    let wide: String = code.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let said = laptop.pipes(&format!("Code: {wide}\n{HEART}\n"), "account", "forgot ada --code-stdin");
    assert_eq!(said.code, Some(0), "{said:?}");
    // On the screen: a slip is told and stays, a sentence is taken whole.
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    let code = server.code("ada", 2);
    enter_code(&mut ada, &code[1..]);
    ada.wait_for("a code has 8");
    ada.press(Key::Ctrl('u'));
    ada.paste(&format!("*Your code is {code}* "));
    ada.wait_for(&format!("YOUR CODE IS {code}"));
    ada.press(Key::Enter);
    choose_password(&mut ada, SOFT);
}

#[test]
fn a_name_is_kept_or_refused_alike_in_every_face() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let shown = |name: &str| {
        let said = laptop.pipes(&format!("{ADAS_PASSWORD}\n"), name, "profile get --password-stdin --json");
        let profile: Value = serde_json::from_str(&said.out).unwrap();
        profile["display_name"].as_str().unwrap().to_owned()
    };
    let good = ["علی\u{200c}رضا", "Ada ❤\u{fe0f}", "Ada 👩\u{200d}🔬"];
    let bad = ["ad\u{200c}a", "ada\u{fe0f}", "a\u{202e}da"];
    let set = |name: &str| {
        let line = format!("profile set --display-name '{name}' --password-stdin");
        laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &line)
    };
    for name in good {
        assert_eq!(set(name).code, Some(0), "{name:?}");
        assert_eq!(shown("ada"), name);
    }
    for name in bad {
        set(name).is_refused(65, "display-name-refused");
    }
    // An import: the whole file, for one bad name.
    let csv = |names: &[&str]| -> String {
        let rows =
            names.iter().enumerate().map(|(nth, name)| format!("p{nth},p{nth}@example.org,{name}\r\n"));
        rows.fold("\u{feff}name,email,display_name\r\n".to_owned(), |all, row| all + &row)
    };
    for name in bad {
        let output = server.run(&["user", "import", "--format", "csv", "-"], &csv(&[name]));
        assert_eq!(output.status.code(), Some(65), "{name:?} {output:?}");
    }
    let output = server.run(&["user", "import", "--format", "csv", "-"], &csv(&good));
    assert!(output.status.success(), "{output:?}");
    let row = format!(
        "\u{feff}{{\"name\":\"j\",\"email\":\"j@example.org\",\"display_name\":\"{}\"}}\r\n",
        good[1]
    );
    let output = server.run(&["user", "import", "--format", "jsonl", "-"], &row);
    assert!(output.status.success(), "{output:?}");
    // On the screen and in lines.
    let runtime = Runtime::new().unwrap();
    for (name, now) in [(good[0], good[0]), (bad[0], "")] {
        let word = if now.is_empty() { "cannot contain" } else { "Display name is now" };
        assert_eq!(set("").code, Some(0));
        let mut ada = Person::arrive(server.address());
        sign_in(&mut ada, "ada", ADAS_PASSWORD);
        open_profile(&mut ada);
        open_row(&mut ada, 1);
        ada.wait_for("Others in your teams see it");
        ada.type_text(name);
        ada.press(Key::Enter);
        ada.wait_for(word);
        ada.hang_up();
        assert_eq!(shown("ada"), now, "on the screen");
        assert_eq!(set("").code, Some(0));
        runtime.block_on(async {
            let mut ada = LineClient::begin(server.address(), "account", true).await;
            ada.types(format!("ada\r{ADAS_PASSWORD}\rsettings\rDisplay name\r{name}\r").as_bytes()).await;
            ada.hears(word, 1).await;
        });
        assert_eq!(shown("ada"), now, "in lines");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_a_word_in_every_face() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let latin = b"m\xfcller seventeen\n";
    let said = laptop.pipes_bytes(latin, "ada", "whoami --password-stdin");
    said.is_refused(64, "line-refused");
    assert!(said.err.contains("not UTF-8"), "{said:?}");
    let wide: Vec<u8> = "\u{feff}plum\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let said = laptop.pipes_bytes(&wide, "ada", "whoami --password-stdin --json");
    said.is_refused(64, "line-refused");
    assert!(said.err.contains("UTF-16"), "{said:?}");
    let mut ada = Person::arrive_as(server.address(), "ada", 80, 24);
    ada.wait_for("Password");
    ada.send(b"m\xfcller\r");
    ada.wait_for("A character was not UTF-8 and is missing.");
    ada.press(Key::Ctrl('u'));
    ada.type_text(&format!("{ADAS_PASSWORD}\r"));
    ada.wait_for("Your teams");
    Runtime::new().unwrap().block_on(async {
        for has_pty in [true, false] {
            let mut lines = LineClient::begin(server.address(), "account", has_pty).await;
            lines.types(b"ada\rm\xfcller\r").await;
            lines.hears("That line is not UTF-8. It was ignored.", 1).await;
            lines.types(format!("{ADAS_PASSWORD}\r").as_bytes()).await;
            lines.hears("Signed in as ada", 1).await;
        }
        let config = Arc::new(client::Config::default());
        let mut guest = client::connect(config, server.address(), AnyHostKey::default()).await.unwrap();
        enter(&mut guest, "account").await;
        let mut channel = guest.channel_open_session().await.unwrap();
        channel.exec(true, b"forgot m\xfcller".to_vec()).await.unwrap();
        let mut said = Vec::new();
        while let Some(message) = channel.wait().await {
            if let russh::ChannelMsg::ExtendedData { data, .. } = message {
                said.extend_from_slice(&data);
            }
        }
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("in UTF-8") && said.ends_with("[usage]\n"), "{said}");
    });
}
