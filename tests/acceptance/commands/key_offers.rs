//! What an offered key tells: that some account has it, and never whose it is.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU8, Ordering};

use super::{CaseEntry, Key, Laptop};
use crate::engine::{Fresh, people_on_both_engines};
use crate::person::Person;
use crate::server::{ADAS_PASSWORD, Server, TempFolder};
use crate::steps::{choose, try_to_sign_in};
use crate::stranger::stranger_ssh;
use crate::waiting::wait_until;

const MALLORYS_PASSWORD: &str = "orange bonds resonate";

fn server_on(fresh: &Fresh) -> Server {
    TempFolder::new().with("DOORKEY__STORE__URL", &fresh.url).start().furnished()
}

/// Whether the server says that it would take a signature by `key`. The client has only the public half.
fn is_wanted(server: &Server, key: &Key, user: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let identity = folder.path().join("offered");
    std::fs::write(identity.with_extension("pub"), key.public()).unwrap();
    let mut ssh = stranger_ssh(server.address());
    ssh.args(["-v", "-oIdentityAgent=none", "-oIdentitiesOnly=yes", "-oPreferredAuthentications=publickey"]);
    ssh.arg(format!("-oIdentityFile={}", identity.display()));
    ssh.args(["-oBatchMode=yes", &another_place()]);
    let said = ssh.args([&format!("-l{user}"), "127.0.0.1", "whoami"]).output().unwrap();
    let log = String::from_utf8_lossy(&said.stderr);
    assert!(log.contains("Offering public key"), "{log}");
    log.contains("Server accepts key")
}

/// Somewhere else each time: whoever fails to authenticate is kept away for a while.
fn another_place() -> String {
    static PLACES: AtomicU8 = AtomicU8::new(2);
    format!("-oBindAddress=127.0.0.{}", PLACES.fetch_add(1, Ordering::Relaxed))
}

fn parts(said: &CaseEntry) -> (Option<i32>, &str, &str) {
    (said.code, &said.out, &said.err)
}

people_on_both_engines! {
    fn an_offered_key_does_not_tell_whose_it_is(fresh: &Fresh) {
        let server = server_on(fresh);
        server.add_user("mallory", Some(MALLORYS_PASSWORD));
        let proven = Key::make().registered_by_ada(&server);
        let unproven = Key::make();
        assert_eq!(unproven.added_by(&server, "ada", ADAS_PASSWORD).code, Some(0));
        let of_nobody = Key::make();
        for user in ["ada", "ada@example.org", "grace", "mallory@example.org", "nobody", "x@example.org", "account"] {
            for (key, is_registered) in [(&proven, true), (&unproven, true), (&of_nobody, false)] {
                assert_eq!(is_wanted(&server, key, user), is_registered, "as {user}");
            }
        }
        // The prompts inside authentication take no key, whoever has it.
        assert!(!is_wanted(&server, &proven, "reset"));
        server.done(&["user", "disable", "ada"], "");
        assert!(!is_wanted(&server, &proven, "ada"));
    }

    fn a_right_key_under_anothers_name_is_refused_like_a_wrong_one_and_the_portal_opens(fresh: &Fresh) {
        let server = server_on(fresh);
        let (adas, of_nobody) = (Key::make().registered_by_ada(&server), Key::make());
        for user in ["grace", "grace@example.org", "nobody", "nobody@example.org"] {
            let [right, wrong] = [&adas, &of_nobody].map(|key| {
                Laptop::with_key(&server, key).option(&another_place()).in_batch_mode().runs(user, "whoami")
            });
            assert_eq!(parts(&right), parts(&wrong), "as {user}");
            assert_eq!(right.code, Some(255));
            Laptop::with_key(&server, &adas).runs(user, "whoami").is_refused(77, "sign-in-needed");
        }
        let identity = format!("-oIdentityFile={}", adas.path().display());
        let options = ["-oIdentitiesOnly=yes", "-oIdentityAgent=none", identity.as_str()];
        let mut ada = Person::arrive_by_openssh(server.address(), "grace", &options);
        ada.wait_for("Sign in to your account");
        ada.see("grace");
    }

    fn a_key_that_somebody_else_registered_can_still_be_picked_by_its_holder(fresh: &Fresh) {
        let server = server_on(fresh);
        server.add_user("mallory", Some(MALLORYS_PASSWORD));
        let adas = Key::make();
        assert_eq!(adas.added_by(&server, "mallory", MALLORYS_PASSWORD).code, Some(0));
        let identity = format!("-oIdentityFile={}", adas.path().display());
        let options = ["-oIdentitiesOnly=yes", "-oIdentityAgent=none", identity.as_str()];
        let mut ada = Person::arrive_by_openssh(server.address(), "keys", &options);
        try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
        ada.wait_for("no SSH keys here");
        choose(&mut ada, "Add a key");
        ada.wait_for("or pick a key below");
        ada.see(&adas.fingerprint());
    }

    fn public_keys_are_printed_to_nobody_unless_the_operator_says_so(fresh: &Fresh) {
        let server = server_on(fresh);
        Key::make().registered_by_ada(&server);
        for name in ["ada", "nobody"] {
            Laptop::without_key(&server).runs("keys", name).is_refused(77, "public-keys-off");
        }
    }
}

/// An ssh-agent of its own; it ends with this value.
struct Agent {
    child: std::process::Child,
    folder: tempfile::TempDir,
}

impl Agent {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child =
            Command::new("ssh-agent").arg("-D").arg("-a").arg(folder.path().join("agent")).spawn().unwrap();
        let agent = Self { child, folder };
        wait_until("the agent", || agent.socket().exists().then_some(()));
        agent
    }

    /// What `ssh` with all of its keys said to a command as `ada`.
    fn runs_whoami(&self, server: &Server, options: &[&str]) -> Output {
        let mut ssh = stranger_ssh(server.address());
        ssh.args(["-oLogLevel=ERROR", "-oIdentityFile=none"]).args(options);
        ssh.arg(format!("-oIdentityAgent={}", self.socket().display()));
        ssh.args(["ada@127.0.0.1", "whoami"]).output().unwrap()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// An agent offers its keys in the order in which they came.
    fn add(&self, key: &Key) {
        let mut add = Command::new("ssh-add");
        let added = add.arg("-q").arg(key.path()).env("SSH_AUTH_SOCK", self.socket()).status();
        assert!(added.unwrap().success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// More than sshd asks for (`MaxAuthTries` 6), and more than any agent that people complained about.
#[test]
fn an_agent_with_thirty_four_keys_gets_in_when_the_last_is_the_right_one() {
    let server = Server::start();
    let agent = Agent::start();
    for _ in 0..33 {
        agent.add(&Key::make());
    }
    agent.add(&Key::make().registered_by_ada(&server));
    let said = agent.runs_whoami(&server, &["-oBatchMode=yes"]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "ada\n", "{}", String::from_utf8_lossy(&said.stderr));
}

/// In batch mode `ssh` has no way to hear it: without keyboard-interactive nothing is left to try.
#[test]
fn an_agent_with_more_keys_than_are_looked_at_is_told_to_offer_the_right_one_alone() {
    let server = Server::start();
    let agent = Agent::start();
    for _ in 0..48 {
        agent.add(&Key::make());
    }
    agent.add(&Key::make().registered_by_ada(&server));
    let said = agent.runs_whoami(&server, &[]);
    let err = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(77), "{err}");
    assert!(
        err.contains("-o IdentitiesOnly=yes -i FILE") && err.ends_with("[too-many-keys-offered]\n"),
        "{err}"
    );
}
