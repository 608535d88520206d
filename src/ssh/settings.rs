//! Every limit and deadline of the SSH server. Names follow `sshd_config` where sshd has the thing.

use std::time::Duration;

use super::admission::AdmissionLimits;
use crate::domain::algorithms::{CipherList, HostKeyList, KexList, MacList};
use crate::domain::networks::Networks;

/// What is offered in the key exchange, each list with the first choice first.
#[derive(Clone, Debug, Default)]
pub struct Algorithms {
    /// Key exchange.
    pub kex: KexList,
    /// Ciphers.
    pub ciphers: CipherList,
    /// Message authentication.
    pub macs: MacList,
    /// Signatures of the host.
    pub host_keys: HostKeyList,
}

/// Limits and deadlines. The defaults are safe for a portal that faces the internet.
#[derive(Clone, Debug)]
pub struct SshSettings {
    /// From accept to the client's version line.
    pub banner_grace_time: Duration,
    /// From accept to the end of authentication, whatever is sent meanwhile (`LoginGraceTime`).
    pub login_grace_time: Duration,
    /// The same for a connection with prompts, whose answers come by email. Few may take this long.
    pub reset_grace_time: Duration,
    /// Algorithms of the transport.
    pub algorithms: Algorithms,
    /// Sessions of one connection at a time (`MaxSessions`).
    pub max_sessions: usize,
    /// From authentication to the request for a first session.
    pub request_grace_time: Duration,
    /// How long a connection may have no session after its last one, such as that of a `ControlMaster`.
    pub idle_connection: Duration,
    /// How long one frame may wait for a client that does not read.
    pub stall_limit: Duration,
    /// How often a silent client is pinged (`ClientAliveInterval`).
    pub client_alive_interval: Duration,
    /// After how many unanswered pings it is cut (`ClientAliveCountMax`).
    pub client_alive_count_max: usize,
    /// Silence in both directions that ends a connection: a safety net above every other deadline.
    pub inactivity_limit: Duration,
    /// From the end of a session to a polite disconnect, when the client does not hang up by itself.
    pub disconnect_after: Duration,
    /// From the end of a session to the kill switch.
    pub kill_after: Duration,
    /// How long a session may take to end once its connection is gone.
    pub wind_down: Duration,
    /// How long sessions may take to say goodbye when the server stops.
    pub shutdown_grace: Duration,
    /// How long the lookup of a key may take.
    pub key_lookup: Duration,
    /// Refused authentication requests before the connection is ended (`MaxAuthTries`), and questions about keys.
    pub max_auth_tries: u32,
    /// Keys that are looked up; then only keyboard-interactive is offered, so that a full agent gets through. People have
    /// agents with 34 keys.
    pub max_keys: u32,
    /// Usernames that need no authentication at all, for clients that can do nothing else.
    pub guests: Vec<String>,
    /// What a client is told whose command is too long or not text, one line.
    pub usage: String,
    /// Proxies whose connections begin with a header of the PROXY protocol.
    pub proxy_protocol_from: Networks,
    /// Which connections may begin the handshake.
    pub limits: AdmissionLimits,
}

impl Default for SshSettings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            banner_grace_time: seconds(10),
            login_grace_time: seconds(30),
            reset_grace_time: seconds(900),
            algorithms: Algorithms::default(),
            max_sessions: 10,
            request_grace_time: seconds(30),
            idle_connection: seconds(180),
            stall_limit: seconds(30),
            client_alive_interval: seconds(15),
            client_alive_count_max: 3,
            inactivity_limit: seconds(900),
            disconnect_after: seconds(2),
            kill_after: seconds(5),
            wind_down: seconds(10),
            shutdown_grace: seconds(10),
            key_lookup: seconds(2),
            max_auth_tries: 40,
            max_keys: 34,
            guests: vec!["guest".to_owned()],
            usage: "That is no command this portal can read. Type: ssh -t account@HOST".to_owned(),
            proxy_protocol_from: Networks::default(),
            limits: AdmissionLimits::default(),
        }
    }
}
