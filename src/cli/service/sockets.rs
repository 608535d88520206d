//! The sockets of `serve`, opened before the process is confined: it may open none later.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use anyhow::{Context, bail};
use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;

use crate::cli::{exposed, listening, wiring};
use crate::config::Settings;
use crate::domain::metrics_address::MetricsAddress;
use crate::metrics::http::Listener;
use crate::verify::server::Services;

/// The socket of the metrics before the runtime has it.
pub(in crate::cli) enum MetricsSocket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The socket of services before the runtime has it.
pub(in crate::cli) struct VerifySocket {
    pub(in crate::cli) listener: UnixListener,
    pub(in crate::cli) services: Services,
}

/// The port: the socket that systemd hands over (`LISTEN_FDS`, `sd_listen_fds(3)`), else the one that the settings say.
pub(in crate::cli) fn port(settings: &Settings) -> anyhow::Result<TcpListener> {
    let mut handed = ListenFd::from_env();
    let listener = match handed.len() {
        0 => return open(settings),
        1 => handed.take_tcp_listener(0).ok().flatten(),
        many => bail!(
            "systemd hands over {many} sockets, and 1 was expected: the unit needs one ListenStream= for SSH"
        ),
    };
    let listener = listener.filter(|listener| socket_acceptconn(listener).is_ok_and(|accepts| accepts)).context(
        "the socket that systemd hands over is not a TCP socket that listens: the unit needs ListenStream= with a port and \
         Accept=no",
    )?;
    listener.set_nonblocking(true)?;
    tracing::info!(
        "the port is the socket of the service manager; ssh.listen_address and ssh.port are not used"
    );
    Ok(listener)
}

/// Opens the port itself.
fn open(settings: &Settings) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(settings.ssh.listen_address, settings.ssh.port);
    let listener = TcpListener::bind(address)
        .map_err(|error| anyhow::Error::msg(listening::refusal(&error, address, "ssh.port")))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Opens the socket of the metrics, if the settings have one.
pub(in crate::cli) fn metrics(settings: &Settings) -> anyhow::Result<Option<MetricsSocket>> {
    let Some(address) = &settings.metrics.listen else { return Ok(None) };
    let socket = match address {
        MetricsAddress::Tcp(address) => TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(MetricsSocket::Tcp(listener))
        }),
        MetricsAddress::Unix(path) => bind_unix(path, 0o660).map(MetricsSocket::Unix),
    };
    let socket = socket.with_context(|| {
        format!("metrics cannot be answered at {address}; choose another address with metrics.listen")
    })?;
    Ok(Some(socket))
}

/// The socket at which services ask, and who may, if the settings have one.
pub(in crate::cli) fn verify(settings: &Settings) -> anyhow::Result<Option<VerifySocket>> {
    let Some(path) = &settings.verify.socket else { return Ok(None) };
    let peers = wiring::verify_peers(settings)?;
    if let Some(reason) = exposed::socket_of_services(path) {
        return Err(settings.problem("verify.socket", reason).into());
    }
    // The portal itself looks at who connects.
    let listener = bind_unix(path, 0o666).with_context(|| {
        let path = path.display();
        format!(
            "services cannot ask at {path}; choose another path with verify.socket, in a folder that is there"
        )
    })?;
    let services = Services { names: settings.verify.services.clone(), peers };
    Ok(Some(VerifySocket { listener, services }))
}

/// The port of the LDAP server, if the settings have one.
pub(in crate::cli) fn ldap(settings: &Settings) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = settings.ldap.listen else { return Ok(None) };
    let listener = TcpListener::bind(address)
        .map_err(|error| anyhow::Error::msg(listening::refusal(&error, address, "ldap.listen")))?;
    listener.set_nonblocking(true)?;
    Ok(Some(listener))
}

/// A socket with this mode, which says whose programs may connect. One that a former process has left is replaced, one in use is not.
fn bind_unix(path: &Path, mode: u32) -> std::io::Result<UnixListener> {
    let is_socket = path.symlink_metadata().is_ok_and(|found| found.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl VerifySocket {
    /// Where it is.
    pub(in crate::cli) fn place(&self) -> String {
        unix_place(&self.listener)
    }
}

impl MetricsSocket {
    /// Where it is, as a person would ask.
    pub(in crate::cli) fn place(&self) -> String {
        match self {
            Self::Tcp(listener) => {
                listener.local_addr().map_or_else(|_| String::new(), |at| format!("http://{at}/metrics"))
            }
            Self::Unix(listener) => unix_place(listener),
        }
    }

    /// The same on the runtime.
    pub(in crate::cli) fn on_runtime(self) -> std::io::Result<Listener> {
        match self {
            Self::Tcp(listener) => tokio::net::TcpListener::from_std(listener).map(Listener::Tcp),
            Self::Unix(listener) => tokio::net::UnixListener::from_std(listener).map(Listener::Unix),
        }
    }
}

fn unix_place(listener: &UnixListener) -> String {
    let at = listener.local_addr().ok();
    let path = at.as_ref().and_then(|at| at.as_pathname());
    path.map_or_else(String::new, |path| format!("unix:{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_was_left_is_replaced_and_one_in_use_or_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.sock");
        let first = bind_unix(&path, 0o660).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660);
        assert!(bind_unix(&path, 0o660).is_err(), "it is in use");
        drop(first);
        drop(bind_unix(&path, 0o660).unwrap());
        let file = folder.path().join("notes");
        std::fs::write(&file, "mine").unwrap();
        assert!(bind_unix(&file, 0o660).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    }
}
