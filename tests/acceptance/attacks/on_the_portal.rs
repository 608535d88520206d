//! The same against the portal itself, with its real screen and its real input.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::person::{Key, Person};
use crate::server::{Server, TempFolder};
use crate::server_limits::SOON;
use crate::waiting::wait_until;

/// How much more memory than before the portal may hold afterwards.
const LEFT_BEHIND_KIB: u64 = 16 * 1024;

/// A portal with short deadlines, somebody at its first page, and what it held before the attack.
struct Scene {
    server: Server,
    bystander: Person,
    memory_kib: u64,
    descriptors: usize,
}

impl Scene {
    fn set() -> Self {
        let place = TempFolder::new()
            .inspectable()
            .with("DOORKEY__SSH__STALL_TIME", "2")
            .with("DOORKEY__SSH__PER_SOURCE_MAX", "64");
        let server = place.start();
        let mut bystander = Person::arrive(server.address());
        bystander.wait_for("Sign in to your account");
        let mut other = Person::arrive(server.address());
        other.wait_for("Sign in to your account");
        let descriptors = server.descriptors() - 1;
        other.hang_up();
        wait_until("the first client to be gone", || (server.descriptors() <= descriptors).then_some(()));
        let memory_kib = server.memory_kib();
        Self { server, bystander, memory_kib, descriptors }
    }

    /// Somebody else opens the help and closes it again: both are answered in time.
    fn goes_on(&mut self) {
        let start = Instant::now();
        self.bystander.press(Key::F(1));
        self.bystander.wait_until_gone("Sign in to your account");
        self.bystander.press(Key::Esc);
        self.bystander.wait_for("Sign in to your account");
        assert!(start.elapsed() < Duration::from_secs(4), "somebody else waited {:?}", start.elapsed());
    }

    fn is_calm(&mut self) {
        let (server, before) = (&self.server, self.descriptors);
        wait_until("everybody else to be gone", || (server.descriptors() <= before).then_some(()));
        self.goes_on();
        let memory = self.server.memory_kib().saturating_sub(self.memory_kib);
        assert!(memory < LEFT_BEHIND_KIB, "{memory} KiB were left behind");
    }

    fn suffers(&mut self, attack: &str) -> Duration {
        let start = Instant::now();
        let port = self.server.address().port().to_string();
        let mut attacking = Command::new("/usr/bin/python3")
            .args(["-W", "ignore", "tests/hostile/attack.py", attack, &port])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        loop {
            self.goes_on();
            if let Some(status) = attacking.try_wait().unwrap() {
                assert!(status.success(), "{attack}: {status}");
                return start.elapsed();
            }
            assert!(start.elapsed() < SOON, "{attack} was never ended");
        }
    }
}

#[test]
fn who_types_and_never_reads_is_cut() {
    let mut scene = Scene::set();
    let took = scene.suffers("types_into_the_page_and_never_reads");
    assert!(took < Duration::from_secs(12), "{took:?}");
    scene.is_calm();
}

#[test]
fn a_paste_that_never_ends_and_bytes_that_are_no_text_do_no_harm() {
    for piece in [b"\x1b[200~pasted and never ended ".as_slice(), b"\xff\xfe\x80", b"\x1b]52;c;", b"\x1bP"] {
        let mut scene = Scene::set();
        let mut client = Person::arrive(scene.server.address());
        client.wait_for("Sign in to your account");
        let packet = piece.repeat(16 * 1024 / piece.len());
        // Sixteen times the window of a channel.
        for _ in 0..64 {
            client.send(&packet);
        }
        scene.goes_on();
        client.hang_up();
        scene.is_calm();
    }
}

#[test]
fn a_flood_of_resizes_ends_in_the_last_size() {
    let mut scene = Scene::set();
    let mut client = Person::arrive(scene.server.address());
    client.wait_for("Sign in to your account");
    for n in 0..5_000_u16 {
        client.resize(40 + n % 200, 12 + n % 60);
    }
    client.resize(80, 24);
    scene.goes_on();
    client.wait_for("Sign in to your account");
    client.hang_up();
    scene.is_calm();
}

#[test]
fn a_reset_in_any_phase_leaves_nothing_behind() {
    let mut scene = Scene::set();
    scene.suffers("resets_in_every_phase");
    scene.is_calm();
}

#[test]
fn an_owner_at_a_known_place_signs_in_over_ssh_while_strangers_guess() {
    // More than the threads have time for; the script's own default is the whole story.
    let output = Command::new("timeout")
        .args(["300", "/usr/bin/python3", "-W", "ignore", "tests/hostile/hash_queue"])
        .args(["--sources", "100", "--sign-ins", "4", "--warm-up", "5"])
        .env("DOORKEY_BINARY", env!("CARGO_BIN_EXE_doorkey"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("'busy': "), "nobody was refused: {}", text(&output.stdout));
}
