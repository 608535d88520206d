//! Connections that a proxy hands on: who they are from, by the header that they begin with. A few at a time, and not for
//! long: a proxy sends its header at once.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::domain::proxy_header::{PREFIX, ProxyHeader};

/// How long the header may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a connection really comes from; the proxy itself when that connects for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) peer: SocketAddr,
    /// Nobody's connection: one of the proxy's own, to see whether somebody listens.
    pub(super) is_health_check: bool,
}

/// Reads the header of a connection from the proxy at `proxy`, and not a byte more.
pub(super) async fn origin(tcp: &mut TcpStream, proxy: SocketAddr) -> io::Result<Origin> {
    let header = timeout(PATIENCE, header(tcp)).await.map_err(io::Error::other)??;
    Ok(match header {
        ProxyHeader::From(peer) => Origin { peer, is_health_check: false },
        ProxyHeader::Local => Origin { peer: proxy, is_health_check: true },
    })
}

async fn header(tcp: &mut TcpStream) -> io::Result<ProxyHeader> {
    let mut prefix = [0; PREFIX];
    tcp.read_exact(&mut prefix).await?;
    let mut rest = vec![0; ProxyHeader::rest(&prefix).map_err(io::Error::other)?];
    tcp.read_exact(&mut rest).await?;
    ProxyHeader::parse(&prefix, &rest).map_err(io::Error::other)
}
