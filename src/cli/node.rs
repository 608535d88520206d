//! The id of this server among those on the store, the same again when it is restarted.

use std::net::SocketAddr;

use crate::domain::entropy::Entropy;
use crate::domain::id::new_id;
use crate::domain::timestamp::Timestamp;

/// The id of the server that listens at `address`. No two processes listen at one address of one network namespace of
/// one running kernel, so whoever has the id now is the successor of whoever had it before, and may take over from it.
/// Where the kernel does not say who it is, the id is a fresh one.
pub(super) fn id_at(address: SocketAddr, entropy: &Entropy) -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let network = std::fs::read_link("/proc/self/ns/net");
    // For operators, who read it in lists of nodes.
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match (kernel, network) {
        (Ok(kernel), Ok(network)) => {
            format!("{}/{address}/{}/{}", host.trim(), kernel.trim(), network.display())
        }
        _ => fresh_id(entropy),
    }
}

/// An id that no other process has; the time in it says nothing.
pub(super) fn fresh_id(entropy: &Entropy) -> String {
    new_id(Timestamp::default(), entropy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_is_the_same_node_and_another_is_another() {
        let id = |address: &str| id_at(address.parse().unwrap(), &Entropy::System);
        assert_eq!(id("127.0.0.1:2222"), id("127.0.0.1:2222"));
        assert_ne!(id("127.0.0.1:2222"), id("127.0.0.1:2223"));
    }
}
