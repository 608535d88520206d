//! `doorkey demo` as the README promises it: one command shows the whole story.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::person::Person;
use super::steps::{ask_for_a_code, choose_password, enter_code, sign_in};
use super::waiting::{PATIENCE, wait_until};

pub(crate) struct Demo {
    child: Child,
    pub(crate) address: SocketAddr,
    lines: Receiver<String>,
    folder: PathBuf,
    /// What it printed at its start.
    greeting: Vec<String>,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorkey"));
        command.args(["demo", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (tell, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut demo = Self { child, address: nowhere, lines, folder: PathBuf::new(), greeting: Vec::new() };
        let greeting = demo.read_until(|line| line.starts_with("listening on "));
        let address = greeting.last().and_then(|line| line.strip_prefix("listening on "));
        demo.address = address.unwrap().parse().unwrap();
        let folder = greeting.iter().find_map(|line| line.split("throw-away portal in ").nth(1)).unwrap();
        demo.folder = folder.split(". ").next().unwrap().into();
        let has = |words: &str| greeting.iter().any(|line| line.contains(words));
        assert!(
            has(&format!("ssh -p {} ", demo.address.port())) && has("account@localhost") && has("grace"),
            "{greeting:#?}"
        );
        demo.greeting = greeting;
        demo
    }

    /// The lines up to the one that is `wanted`.
    fn read_until(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut read = Vec::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("the demo only said {read:#?}"));
            read.push(line);
            if read.last().is_some_and(|line| wanted(line)) {
                return read;
            }
        }
    }

    /// The code in the next email that it shows.
    fn code(&self) -> String {
        let is_code = |line: &str| {
            let line = line.trim();
            line.len() == 9 && line.chars().all(|c| c == '-' || "BCDFGHJKLMNPQRSTVWXZ".contains(c))
        };
        self.read_until(is_code).pop().unwrap().trim().to_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have been stopped by the test already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_newcomer_signs_in_resets_a_password_and_leaves_nothing_behind() {
    let mut demo = Demo::start();
    let mut ada = Person::arrive(demo.address);
    sign_in(&mut ada, "ada", "violet engine numbers");
    ada.see("Platform");
    ada.see("Compilers");
    ada.hang_up();

    let mut grace = Person::arrive(demo.address);
    ask_for_a_code(&mut grace, "grace");
    let code = demo.code();
    let way_back = format!("ssh -p {} reset@localhost", demo.address.port());
    demo.read_until(|line| line.contains(&way_back));
    enter_code(&mut grace, &code);
    choose_password(&mut grace, "plum tractor seventeen");
    grace.hang_up();

    let pid = demo.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let status = wait_until("the end of the demo", || demo.child.try_wait().unwrap());
    assert!(status.success(), "{status}");
    assert!(!demo.folder.exists(), "{} is left", demo.folder.display());
}

/// What it prints can be copied into a shell as it is. Nobody is at a terminal here, so pages come as line mode, whose
/// input ends.
#[test]
fn every_command_that_it_prints_works_as_printed() {
    let demo = Demo::start();
    let people = demo.greeting.iter().filter(|line| line.contains("@acme.example"));
    assert_eq!(people.count(), 3, "an address for each account: {:#?}", demo.greeting);
    let commands: Vec<&str> =
        demo.greeting.iter().map(|line| line.trim()).filter(|line| line.contains("ssh -")).collect();
    let expected = [
        ("account@localhost", "Sign in to your account"),
        ("forgot@localhost", "Reset your password"),
        (" plain", "Sign in to your account"),
        (" help", "Manage your account from the command line"),
        ("whoami --json", "\"name\":\"ada\""),
        ("support new", "[case-sent]"),
    ];
    assert_eq!(commands.len(), expected.len(), "{commands:#?}");
    for (command, (part, answer)) in commands.into_iter().zip(expected) {
        assert!(command.contains(part), "{command}");
        // A line for a page that reads one: Ctrl-D would do as well at a terminal.
        let output = Command::new("sh")
            .args(["-c", &format!("printf '?\\nleave\\n' | ({command})")])
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && out.contains(answer), "{command}\n{output:?}");
    }
}
