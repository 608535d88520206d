//! The manual, the man pages, the completions and the sample configuration are complete, and the tools that read them
//! accept them.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use doorkey::commands;
use doorkey::domain::exit_code::{self, ExitCode};

use super::server::TempFolder;

/// What `doorkey` prints for `words`.
fn printed(folder: &TempFolder, words: &[&str]) -> String {
    let output = folder.run(words, "");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn manual() -> String {
    printed(&TempFolder::new(), &["generate", "manual"])
}

/// A man page as somebody reads it, its lines joined.
fn read_page(folder: &TempFolder, name: &str) -> String {
    let page = folder.path(name);
    let mut groff = Command::new("groff");
    // Wide and without hyphens, so that no word is broken.
    groff.args(["-man", "-ww", "-Kutf8", "-Tutf8", "-P-cbou", "-rLL=2000n", "-rHY=0"]).arg(&page);
    let output = groff.stdin(Stdio::null()).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{name}: {complaints}");
    let text = String::from_utf8(output.stdout).unwrap().replace('\u{2010}', "-");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn man_pages() -> [String; 4] {
    let folder = TempFolder::new();
    let directory = folder.path("man").display().to_string();
    let told = printed(&folder, &["generate", "man", "--directory", &directory]);
    let names = ["man/doorkey.1", "man/doorkey.toml.5", "man/doorkey-commands.7", "man/doorkey-operation.7"];
    let expected: Vec<_> = names.iter().map(|name| folder.path(name).display().to_string()).collect();
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
    names.map(|name| read_page(&folder, name))
}

/// Every setting, `ssh.port`, as `check --effective` lists them.
fn settings() -> Vec<String> {
    let effective = printed(&TempFolder::new(), &["check", "--effective"]);
    let (mut section, mut settings) = (String::new(), Vec::new());
    for line in effective.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some(key) =
            line.trim_start_matches('#').split([' ', '=']).next().filter(|key| !key.is_empty())
        {
            settings.push(format!("{section}.{key}"));
        }
    }
    assert!(settings.len() > 50, "check --effective printed only {settings:?}");
    settings
}

/// Every command of the operator, `doorkey user add`, as the help lists them.
fn operator_commands(folder: &TempFolder, path: &[&str]) -> Vec<String> {
    let help = printed(folder, &[path, &["--help"]].concat());
    let Some((_, list)) = help.split_once("Commands:\n") else {
        return vec![format!("doorkey {}", path.join(" "))];
    };
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let names = list.lines().take_while(|line| !line.is_empty()).filter(is_name);
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.flat_map(|name| operator_commands(folder, &[path, &[name]].concat())).collect()
}

#[test]
fn every_setting_is_in_the_manual_and_in_its_man_page() {
    let (manual, [_, page, ..]) = (manual(), man_pages());
    for setting in settings() {
        assert!(manual.contains(&format!("| `{setting}` |")), "{setting} is not in the manual");
        assert!(page.contains(&setting), "{setting} is not in doorkey.toml.5");
    }
}

/// F56: who meets a limit finds the setting for it.
#[test]
fn the_manual_says_which_setting_raises_the_limit_that_refused_a_request() {
    let (manual, [_, page, ..]) = (manual(), man_pages());
    let limits =
        settings().into_iter().filter(|name| name.starts_with("limits.") && name.ends_with("_per_source"));
    let limits: Vec<_> = limits.filter(|name| name != "limits.accounts_per_source").collect();
    assert!(limits.len() >= 7, "{limits:?}");
    for limit in limits {
        let is_named = |line: &str| line.starts_with("| `request=") && line.contains(&format!("`{limit}`"));
        assert!(manual.lines().any(is_named), "{limit}");
    }
    for text in [&manual, &page] {
        assert!(text.contains("reason=try-later") && text.contains("request=request-code"));
    }
}

#[test]
fn every_command_over_ssh_is_in_the_manual_and_in_its_man_page_with_its_json() {
    let (manual, [_, _, page, _]) = (manual(), man_pages());
    let examples: BTreeSet<String> = manual
        .split("```json\n")
        .skip(1)
        .map(|block| {
            serde_json::from_str::<serde_json::Value>(block.split("```").next().unwrap()).unwrap().to_string()
        })
        .collect();
    let docs = commands::documentation();
    assert!(docs.len() >= 40, "only {} commands are documented", docs.len());
    for doc in docs {
        assert!(
            manual.contains(&format!("### `{}`\n\n{}", doc.form, doc.summary)),
            "{} is not in the manual",
            doc.form
        );
        let json = serde_json::from_str::<serde_json::Value>(doc.json).unwrap();
        assert!(examples.contains(&json.to_string()), "the JSON of {} is not in the manual", doc.form);
        assert!(page.contains(&doc.form), "{} is not in doorkey-commands.7", doc.form);
        let keys = json.as_object().unwrap().keys();
        keys.for_each(|key| assert!(page.contains(&format!("\"{key}\"")), "{key} of {}", doc.form));
    }
}

#[test]
fn every_command_of_the_operator_is_in_the_manual_and_in_its_man_page() {
    let (manual, [page, ..]) = (manual(), man_pages());
    let commands = operator_commands(&TempFolder::new(), &[]);
    assert!(commands.len() > 20, "the help lists only {commands:?}");
    for command in commands {
        assert!(manual.contains(&format!("### `{command}")), "{command} is not in the manual");
        assert!(page.contains(&command), "{command} is not in doorkey.1");
    }
}

#[test]
fn every_exit_code_is_in_the_manual_and_in_the_man_pages() {
    let (manual, [program, _, commands, _]) = (manual(), man_pages());
    for ExitCode { code, meaning, .. } in exit_code::ALL {
        assert!(manual.contains(&format!("| {code} | {meaning} |")), "{code} is not in the manual");
        let plain = format!("{code} {}", meaning.replace('`', ""));
        for page in [&program, &commands] {
            assert!(page.contains(&plain), "{plain} is not in a man page\n{page}");
        }
    }
}

/// The fenced blocks of `language`.
fn examples<'a>(manual: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    manual.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Runs a program that judges files; what it says.
fn judged(program: &str, words: &[&str], folder: &TempFolder) -> String {
    let mut judge = Command::new(program);
    judge.args(words).current_dir(folder.path(".")).stdin(Stdio::null());
    let output = judge.output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{program} {words:?}: {said}");
    said
}

/// systemd's own judgement, from 0 (closed) to 100.
#[test]
fn the_units_in_the_manual_are_valid_and_the_service_is_a_closed_one() {
    let (manual, folder) = (manual(), TempFolder::new());
    let binary = env!("CARGO_BIN_EXE_doorkey");
    let mut names = Vec::new();
    for example in examples(&manual, "ini") {
        let example = example.replace("/usr/local/bin/doorkey", binary);
        let place =
            example.lines().find_map(|line| line.split_once("/etc/systemd/system/")).map(|(_, name)| name);
        let Some(name) = place.map(|name| name.trim_end_matches('.')) else { continue };
        let path = folder.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &example).unwrap();
        if !name.contains('/') {
            names.push(name.to_owned());
        }
    }
    names.sort();
    assert_eq!(names, ["doorkey-backup.service", "doorkey-backup.timer", "doorkey.service"]);
    assert!(folder.path("doorkey.service.d/port.conf").exists());
    let files: Vec<_> = names.iter().map(|name| folder.path(name).display().to_string()).collect();
    let words: Vec<_> = ["verify", "--man=no"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let said = judged("systemd-analyze", &words, &folder);
    assert!(!said.contains("ignoring"), "{said}");
    let security = ["security", "--offline=true", "--threshold=20", "--no-pager", &files[2]];
    let said = judged("systemd-analyze", &security, &folder);
    assert!(!said.contains("ignoring"), "{said}");
}

/// By nft where it is installed and this user may ask the kernel.
fn redirect_is_understood(manual: &str, folder: &TempFolder) {
    let [redirect] = examples(manual, "nft").try_into().unwrap();
    fs::write(folder.path("redirect.nft"), redirect).unwrap();
    let Ok(output) =
        Command::new("/usr/sbin/nft").args(["-c", "-f"]).arg(folder.path("redirect.nft")).output()
    else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || said.contains("Operation not permitted"), "{said}");
}

#[test]
fn the_examples_for_other_programs_are_accepted_by_them() {
    let (manual, folder) = (manual(), TempFolder::new());
    let scripts = examples(&manual, "sh");
    assert!(scripts.len() > 20, "{scripts:?}");
    for script in scripts {
        fs::write(folder.path("script"), script).unwrap();
        judged("bash", &["-n", "script"], &folder);
    }
    let proxies = examples(&manual, "haproxy");
    assert_eq!(proxies.len(), 2);
    for proxy in proxies {
        let head = if proxy.contains("defaults\n") {
            ""
        } else {
            "defaults\n timeout connect 5s\n timeout client 1m\n timeout server 1m\n"
        };
        fs::write(folder.path("haproxy.cfg"), format!("{head}{proxy}")).unwrap();
        // The names of its servers are examples too.
        judged("haproxy", &["-c", "-dr", "-f", "haproxy.cfg"], &folder);
    }
    redirect_is_understood(&manual, &folder);
    let jail = examples(&manual, "ini").into_iter().find(|text| text.contains("\n[doorkey]\n")).unwrap();
    let filter = printed(&folder, &["generate", "fail2ban"]);
    for (name, text) in [
        ("filter.d/doorkey.conf", filter.as_str()),
        ("jail.local", jail),
        ("fail2ban.conf", "[Definition]\n"),
        ("action.d/none.conf", "[Definition]\n"),
    ] {
        fs::create_dir_all(folder.path(name).parent().unwrap()).unwrap();
        fs::write(folder.path(name), text).unwrap();
    }
    let dumped = judged("fail2ban-client", &["-c", ".", "-d"], &folder);
    for line in ["'add', 'doorkey', 'systemd'", "'maxretry', 20", "'addfailregex'"] {
        assert!(dumped.contains(line), "{line} is not in {dumped}");
    }
}

#[test]
fn line_mode_and_the_ways_in_are_in_the_manual_and_in_their_man_page() {
    let (manual, [_, _, page, _]) = (manual(), man_pages());
    assert!(manual.contains(doorkey::ui::lines::CONTRACT));
    assert!(page.contains("Line mode is an interface."));
    for user in ["account", "forgot", "reset", "guest", "join", "keys", "support"] {
        assert!(manual.contains(&format!("| `ssh {user}@host` |")), "{user}@host is not in the manual");
        assert!(page.contains(&format!("ssh {user}@host")), "{user}@host is not in doorkey-commands.7");
    }
}

#[test]
fn the_sample_configuration_is_accepted_and_changes_nothing() {
    let folder = TempFolder::new();
    let before = printed(&folder, &["check", "--effective"]);
    let sample = printed(&folder, &["generate", "config"]);
    let setting =
        |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
    let uncommented: Vec<_> =
        sample.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    for text in [&sample, &(uncommented.join("\n") + "\n")] {
        fs::write(folder.path("doorkey.toml"), text).unwrap();
        assert_eq!(printed(&folder, &["check", "--effective"]), before);
    }
    for setting in settings() {
        let (section, key) = setting.split_once('.').unwrap();
        let part = sample.split(&format!("\n[{section}]\n")).nth(1).and_then(|rest| rest.split("\n[").next());
        assert!(part.unwrap().contains(&format!("\n#{key} = ")), "{setting} is not in the sample");
    }
}

#[test]
fn each_shell_gets_completions_that_it_can_read() {
    let folder = TempFolder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&folder, &["generate", "completions", shell]);
        for word in ["authorized-keys", "disable-2fa", "--effective"] {
            assert!(
                script.contains(word.trim_start_matches("--")),
                "{word} is not in the completions of {shell}"
            );
        }
    }
    let bash = printed(&folder, &["generate", "completions", "bash"]);
    fs::write(folder.path("doorkey.bash"), bash).unwrap();
    let read = Command::new("bash").arg("-n").arg(folder.path("doorkey.bash")).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}

/// The first code block of this language that the manual prints and that has `mark` in it: what tests try is what people
/// copy.
pub(crate) fn printed_block(place: &TempFolder, language: &str, mark: &str) -> String {
    let manual = String::from_utf8(place.run(&["generate", "manual"], "").stdout).unwrap();
    let opening = format!("```{language}\n");
    let mut blocks = manual.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.contains(mark)).unwrap_or_else(|| panic!("no block has {mark}")).to_owned()
}

/// A printed block with these values in the place of those that it has, each of a line `key = value`.
pub(crate) fn with_values(block: &str, values: &[(&str, &str)]) -> String {
    let mut lines: Vec<String> = block.lines().map(str::to_owned).collect();
    for (key, value) in values {
        let start = format!("{key} = ");
        let line = lines.iter_mut().find(|line| line.starts_with(&start));
        *line.unwrap_or_else(|| panic!("{key} is not in:\n{block}")) = format!("{start}{value}");
    }
    lines.into_iter().map(|line| line + "\n").collect()
}
