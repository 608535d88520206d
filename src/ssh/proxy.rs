//! Connections that a proxy hands on: who they are from, by the header that they begin with. A few at a time, and not for
//! long: a proxy sends its header at once.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::algorithms::VERSION;
use crate::domain::proxy_header::{PREFIX, ProxyHeader};

/// How long the header may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is read of a health check's client, to see it hang up; it is none that speaks SSH.
const MAX_READ: u64 = 4_096;

/// Where a connection really comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A client, for whom the proxy speaks.
    Client(SocketAddr),
    /// The proxy itself, to see whether somebody listens.
    HealthCheck,
}

/// Reads the header of a connection from a proxy, and not a byte more.
pub(super) async fn origin(tcp: &mut TcpStream) -> io::Result<Origin> {
    let header = timeout(PATIENCE, header(tcp)).await.map_err(io::Error::other)??;
    Ok(match header {
        ProxyHeader::From(peer) => Origin::Client(peer),
        ProxyHeader::Local => Origin::HealthCheck,
    })
}

/// Answers a health check: a server listens here, and speaks SSH. No more is to be had on such a connection, which would
/// count as the proxy's own: no key exchange, no session, no place among those of clients.
pub(super) async fn answer_health_check(mut tcp: TcpStream) {
    let answered = async {
        tcp.write_all(format!("{VERSION}\r\n").as_bytes()).await?;
        tcp.shutdown().await?;
        // Closing with something unread would take the line back.
        tokio::io::copy(&mut (&mut tcp).take(MAX_READ), &mut tokio::io::sink()).await
    };
    // A check that has seen enough hangs up whenever it likes.
    let _ = timeout(PATIENCE, answered).await;
}

async fn header(tcp: &mut TcpStream) -> io::Result<ProxyHeader> {
    let mut prefix = [0; PREFIX];
    tcp.read_exact(&mut prefix).await?;
    let mut rest = vec![0; ProxyHeader::rest(&prefix).map_err(io::Error::other)?];
    tcp.read_exact(&mut rest).await?;
    ProxyHeader::parse(&prefix, &rest).map_err(io::Error::other)
}
