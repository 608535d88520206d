//! Hostile clients: each is ended in time, takes no memory with it, and nobody else notices.

mod at_login;
mod files;
mod in_the_session;
mod on_the_loop;
mod on_the_portal;
mod packets;
mod sieges;

use std::process::Command;
use std::time::Duration;

use super::server_limits::{RawClient, Server};

/// How long anybody else may wait for the answer to a key meanwhile.
const NOTICED: Duration = Duration::from_secs(2);

/// How much more memory than before the server may hold afterwards.
const LEFT_BEHIND_KIB: u64 = 16 * 1024;

/// A server, somebody who minds their own business on it, and what it held before the attack.
struct Scene {
    server: Server,
    bystander: RawClient,
    memory_kib: u64,
    descriptors: usize,
}

impl Scene {
    async fn set(limits: &str) -> Self {
        let server = Server::start(limits);
        let bystander = RawClient::enter(&server).await;
        // The first session of all pays for what later ones use again.
        let mut other = RawClient::enter(&server).await;
        other.types(b"q").await;
        assert_eq!(other.leaves().await, Some(42));
        drop(other);
        server.wait_for_connections(1);
        let (memory_kib, descriptors) = (server.memory_kib(), server.descriptors());
        Self { server, bystander, memory_kib, descriptors }
    }

    /// The bystander gets an answer in time.
    async fn goes_on(&mut self) {
        let took = self.bystander.round_trip().await;
        assert!(took < NOTICED, "somebody else waited {took:?}");
    }

    /// Everything is as it was before.
    async fn is_calm(&mut self) {
        self.server.wait_for_connections(1);
        self.goes_on().await;
        let memory = self.server.memory_kib().saturating_sub(self.memory_kib);
        assert!(memory < LEFT_BEHIND_KIB, "{memory} KiB were left behind");
        assert_eq!(self.server.descriptors(), self.descriptors);
    }

    /// Runs an attack of tests/hostile/attack.py, and says after how long it was ended.
    async fn suffers(&mut self, attack: &str) -> Duration {
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-W", "ignore", "tests/hostile/attack.py", attack, &self.server.port().to_string()]);
        let attacking = tokio::task::spawn_blocking(move || command.output().unwrap());
        while !attacking.is_finished() {
            self.goes_on().await;
        }
        let output = attacking.await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{attack}: {}", text(&output.stderr));
        Duration::from_secs_f64(text(&output.stdout).trim().parse().unwrap())
    }
}
