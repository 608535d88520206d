//! Several sessions on one connection of the real portal, as OpenSSH's `ControlMaster` has them.

use super::commands::{CaseEntry, Key};
use super::person::Person;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::stranger::stranger_ssh;
use super::waiting::wait_until;

/// `ssh` by way of a master, which it becomes if there is none.
struct Master<'a> {
    server: &'a Server,
    options: Vec<String>,
}

impl<'a> Master<'a> {
    fn new(server: &'a Server, key: &Key) -> Self {
        let identity = format!("-oIdentityFile={}", key.path().display());
        let socket = format!("-oControlPath={}", server.place_path("mux").display());
        let fixed =
            ["-oControlMaster=auto", "-oControlPersist=60", "-oIdentityAgent=none", "-oIdentitiesOnly=yes"];
        let options = fixed.iter().map(ToString::to_string).chain([identity, socket]).collect();
        Self { server, options }
    }

    fn runs(&self, user: &str, line: &str) -> CaseEntry {
        let address = self.server.address();
        let mut command = stranger_ssh(address);
        command.arg("-oLogLevel=ERROR").args(&self.options);
        let output = command.args([&format!("{user}@{}", address.ip()), line]).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        CaseEntry { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn shows(&self, user: &str) -> Person {
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        Person::arrive_by_openssh(self.server.address(), user, &options)
    }
}

/// Lines of the log that tell of sessions which began.
fn begun(server: &Server) -> usize {
    server.said().matches("event=session-begun").count()
}

#[test]
fn f22_and_f23_commands_and_screens_share_the_connection_of_a_master_without_a_word_on_stderr() {
    let server = Server::start();
    let quiet = server.sockets();
    let key = Key::make().registered_by_ada(&server);
    let master = Master::new(&server, &key);
    let before = begun(&server);
    let said = master.runs("ada", "whoami");
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "ada\n", ""));
    let mut screen = master.shows("ada");
    screen.wait_for("Sign in to your account");
    // The key is the connection's; a sign-in is the session's.
    let said = master.runs("ada", "sessions list --json");
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    screen.type_text(&format!("{ADAS_PASSWORD}\r"));
    screen.wait_for("Your teams");
    let mut other = master.shows("ada");
    other.wait_for("Sign in to your account");
    other.dont_see("Your teams");
    let said = master.runs("ada", "whoami");
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "ada\n", ""));
    wait_until("all to be on one connection", || (server.sockets() == quiet + 1).then_some(()));
    assert_eq!(begun(&server) - before, 5, "each a session of its own in the log");
    // One ends, the others go on.
    other.hang_up();
    screen.see("Your teams");
    assert_eq!(master.runs("ada", "whoami").code, Some(0));
    screen.hang_up();
    assert_eq!(master.runs("ada", "whoami").code, Some(0));
}

#[test]
fn a_master_without_a_session_is_ended_like_an_idle_guest_and_when_the_server_stops() {
    for timeout in ["1", "180"] {
        let server = TempFolder::new().with("DOORKEY__SSH__IDLE_TIMEOUT_GUEST", timeout).start().furnished();
        let quiet = server.sockets();
        let key = Key::make().registered_by_ada(&server);

        assert_eq!(Master::new(&server, &key).runs("ada", "whoami").code, Some(0));
        if timeout == "1" {
            wait_until("the master to be gone", || (server.sockets() <= quiet).then_some(()));
            // And ssh makes a new one, without a word.
            let said = Master::new(&server, &key).runs("ada", "whoami");
            assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
        } else {
            server.terminate();
            assert_eq!(server.ended().0, Some(0));
        }
    }
}
