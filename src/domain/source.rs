//! Who is connecting, for rate limits: an address prefix as wide as one customer usually holds.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The prefixes of the networks that a source is part of, the widest first; the last is the source itself. Hosters give
/// out an IPv4 /24 or an IPv6 /32 or /48 as a whole, so that many sources there may be one person; an IPv4 /16 is about
/// what one large provider holds in one place.
const IPV4: [u8; 3] = [IPV4_PROVIDER, 24, 32];
const IPV6: [u8; 3] = [32, 48, IPV6_SOURCE];
const IPV4_PROVIDER: u8 = 16;
/// The prefix of an IPv6 source.
pub const IPV6_SOURCE: u8 = 56;

/// The prefix of a client address that rate limits and caps count by: /32 for IPv4, /56 for IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(IpAddr);

impl Source {
    /// The source that `address` belongs to. An IPv4 address mapped into IPv6 counts as IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(IpAddr::V4(v4)),
            IpAddr::V6(v6) => {
                let mut octets = v6.octets();
                octets[usize::from(IPV6_SOURCE / 8)..].fill(0);
                Self(IpAddr::V6(Ipv6Addr::from(octets)))
            }
        }
    }

    /// The networks that the source is part of, the narrow one first. What one provider or landlord can hand out by the
    /// thousand counts there too.
    #[must_use]
    pub fn networks(self) -> Vec<IpNet> {
        let mut wider = self.nested_networks();
        wider.pop();
        wider.reverse();
        wider
    }

    /// The networks that the source takes turns by, the widest first; the last is the source itself. An IPv4 /16 is none
    /// of them: many people share it.
    #[must_use]
    pub fn aggregates(self) -> Vec<IpNet> {
        let mut networks = self.nested_networks();
        networks.retain(|network| network.prefix_len() != IPV4_PROVIDER);
        networks
    }

    /// The networks that connections of the source are counted in, the widest first; the last is the source itself.
    #[must_use]
    pub fn nested_networks(self) -> Vec<IpNet> {
        let prefixes = if self.0.is_ipv4() { IPV4 } else { IPV6 };
        prefixes.iter().filter_map(|prefix| IpNet::new(self.0, *prefix).ok()).map(|net| net.trunc()).collect()
    }

    /// Whether all of the source is in `network`.
    #[must_use]
    pub fn is_in(self, network: &IpNet) -> bool {
        network.contains(&self.0) && (self.0.is_ipv4() || network.prefix_len() <= IPV6_SOURCE)
    }

    /// The source of commands that run on the server itself.
    #[must_use]
    pub fn local() -> Self {
        Self(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => write!(f, "{v4}"),
            IpAddr::V6(v6) => write!(f, "{v6}/{IPV6_SOURCE}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_part_of_a_narrow_and_a_wide_network() {
        let of = |text: &str| {
            let networks = Source::of(text.parse().unwrap()).networks();
            networks.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of("198.51.100.7"), ["198.51.100.0/24", "198.51.0.0/16"]);
        assert_eq!(of("2001:db8:1:2ff::1"), ["2001:db8:1::/48", "2001:db8::/32"]);
    }

    #[test]
    fn one_ipv6_customer_is_one_source() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2ff::1"), of("2001:db8:1:2aa:9::7"));
        assert_ne!(of("2001:db8:1:2ff::1"), of("2001:db8:1:3ff::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_eq!(of("2001:db8:1:2ff::1").to_string(), "2001:db8:1:200::/56");
    }

    #[test]
    fn a_source_is_part_of_wider_networks() {
        let of = |text: &str| {
            let aggregates = Source::of(text.parse().unwrap()).aggregates();
            aggregates.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let nested = Source::of("192.0.2.7".parse().unwrap()).nested_networks();
        assert_eq!(
            nested.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["192.0.0.0/16", "192.0.2.0/24", "192.0.2.7/32"]
        );
        assert_eq!(of("192.0.2.7"), ["192.0.2.0/24", "192.0.2.7/32"]);
        assert_eq!(of("2001:db8:1:2ff::1"), ["2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:200::/56"]);
    }
}
