//! Networks in CIDR notation with commas between, as settings have them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

/// `192.0.2.7, 2001:db8::/64`; empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Arc<[IpNet]>);

impl Networks {
    /// Whether `address` is in one of them. An IPv4 address mapped into IPv6 counts as IPv4.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.iter().any(|network| network.contains(&address.to_canonical()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &IpNet> {
        self.0.iter()
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, network) in self.0.iter().enumerate() {
            write!(f, "{}{network}", if number == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Ok(Self(parts.map(network).collect::<Result<_, _>>()?))
    }
}

/// One network; an address is a network of its own.
fn network(text: &str) -> Result<IpNet, String> {
    let parsed = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = parsed
        .map_err(|_| format!("expected networks such as 192.0.2.0/24, 2001:db8::/32; found `{text}`"))?;
    if network.addr() != network.network() {
        return Err(format!("`{text}` has bits behind its prefix; expected {}", network.trunc()));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_the_networks_that_are_named() {
        let networks: Networks = "192.0.2.7, 2001:db8::/64".parse().unwrap();
        let has = |address: &str| networks.contain(address.parse().unwrap());
        assert!(has("192.0.2.7") && has("::ffff:192.0.2.7") && has("2001:db8::1"));
        assert!(!has("192.0.2.8") && !has("2001:db8:0:1::1"));
        assert_eq!(networks.to_string(), "192.0.2.7/32, 2001:db8::/64");
        assert_eq!(networks.to_string().parse(), Ok(networks));
        assert!("192.0.2.1/24".parse::<Networks>().is_err());
        assert!(!Networks::default().contain("127.0.0.1".parse().unwrap()));
    }
}
