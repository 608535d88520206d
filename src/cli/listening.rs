//! Why a port cannot be listened on, with what to do.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;

/// The setting of the port that ssh connects to; its address has one of its own, where any other has both in one.
const SSH_PORT: &str = "ssh.port";

/// Says why `address` cannot be listened on. `chosen_by` names the setting to change for another port.
pub(super) fn refusal(error: &Error, address: SocketAddr, chosen_by: &str) -> String {
    let is_ssh = chosen_by == SSH_PORT;
    let (addressed_by, opened_by) = if is_ssh {
        ("ssh.listen_address", "let it open the port (doorkey generate unit --socket), or ")
    } else {
        (chosen_by, "")
    };
    match error.kind() {
        ErrorKind::PermissionDenied => {
            let program = std::env::current_exe()
                .map_or_else(|_| "doorkey".to_owned(), |path| path.display().to_string());
            format!(
                "cannot listen on {address}: this user may not use a port below 1024. With systemd, {opened_by}set \
                 AmbientCapabilities=CAP_NET_BIND_SERVICE and the same in \
                 CapabilityBoundingSet=, without PrivateUsers=; without systemd, type: setcap cap_net_bind_service=+ep {program}. Or choose another port with {chosen_by}"
            )
        }
        ErrorKind::AddrInUse => format!(
            "cannot listen on {address}: another program is using the port, such as sshd or a second portal. Find it \
             with: ss -tlnp 'sport = :{}'. Stop it, or choose another port with {chosen_by}",
            address.port()
        ),
        ErrorKind::AddrNotAvailable => format!(
            "cannot listen on {address}: this machine does not have that address. Correct {addressed_by}; 0.0.0.0 is \
             all of IPv4"
        ),
        _ if is_ssh => format!("cannot listen on {address}: {error}. Correct {addressed_by} or {chosen_by}"),
        _ => format!("cannot listen on {address}: {error}. Correct {chosen_by}"),
    }
}
