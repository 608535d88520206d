//! Where metrics and health are answered: a loopback address or a socket in the file system, never the network.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where metrics and health are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricsAddress {
    /// A loopback address.
    Tcp(SocketAddr),
    /// The path of a socket.
    Unix(PathBuf),
}

impl FromStr for MetricsAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.starts_with('/') {
                Ok(Self::Unix(path.into()))
            } else {
                Err(format!(
                    "expected a path from the root, such as unix:/run/doorkey/metrics.sock; found `{text}`"
                ))
            };
        }
        let address: SocketAddr = text
            .parse()
            .map_err(|_| format!("expected 127.0.0.1:PORT, [::1]:PORT or unix:/PATH; found `{text}`"))?;
        if address.ip().is_loopback() {
            Ok(Self::Tcp(address))
        } else {
            Err(format!(
                "{} is not a loopback address: the numbers are not for the network. Use 127.0.0.1:{port}, [::1]:{port} or \
                 unix:/PATH, and let an agent on this machine collect them",
                address.ip(),
                port = address.port()
            ))
        }
    }
}

impl fmt::Display for MetricsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_can_ask() {
        for address in ["127.0.0.1:9222", "127.1.2.3:1", "[::1]:0", "unix:/run/doorkey/metrics.sock"] {
            assert_eq!(address.parse::<MetricsAddress>().unwrap().to_string(), address);
        }
        for address in
            ["0.0.0.0:9222", "[::]:9222", "192.0.2.1:9222", "[2001:db8::1]:9222", "[::ffff:127.0.0.1]:1"]
        {
            let refused = address.parse::<MetricsAddress>().unwrap_err();
            assert!(
                refused.contains("is not a loopback address") && refused.contains("127.0.0.1:"),
                "{refused}"
            );
        }
        for address in ["9222", "localhost:9222", ":9222", "unix:metrics.sock", "/run/metrics.sock"] {
            assert!(address.parse::<MetricsAddress>().unwrap_err().starts_with("expected"), "{address}");
        }
    }
}
