//! Ports for servers that cannot choose one themselves, and one that refuses.

use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::TcpSocket;

/// Below those that a system gives to whoever asks for any (`ip_local_port_range`): it gives these to nobody else until a
/// server listens there.
const OURS: Range<u16> = 10_000..32_000;

/// A port that nobody listens at. This process asks for each once, and others begin elsewhere.
pub(crate) fn free_port() -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(101);
    for _ in OURS {
        let nth =
            begin.wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed)) % u32::from(OURS.end - OURS.start);
        let port = OURS.start + u16::try_from(nth).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port of {OURS:?} is free");
}

/// An address that refuses connections as long as this lives: it is taken, and nobody listens.
pub(crate) struct ClosedPort(TcpSocket);

impl ClosedPort {
    pub(crate) fn take() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self(socket)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }
}

#[test]
fn a_closed_port_refuses_and_is_given_to_nobody() {
    let closed = ClosedPort::take();
    for _ in 0..2 {
        let refused = std::net::TcpStream::connect(closed.address()).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        TcpListener::bind(closed.address()).unwrap_err();
    }
    assert_ne!(free_port(), free_port());
}
