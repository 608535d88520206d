//! Networks that no limit per source applies to, written as sshd's `PerSourcePenaltyExemptList` (`sshd_config(5)`):
//! addresses and CIDR blocks with commas between.

use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;

use super::networks::Networks;
use super::source::{IPV6_SOURCE, Source};

/// `192.0.2.0/24, 2001:db8::/32`; empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedNetworks(Networks);

impl TrustedNetworks {
    /// Whether all of `source` is in one of them.
    #[must_use]
    pub fn contain(&self, source: Source) -> bool {
        self.0.iter().any(|network| source.is_in(network))
    }
}

impl fmt::Display for TrustedNetworks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for TrustedNetworks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let networks: Networks = text.parse()?;
        // A part of a source cannot be told from the rest of it.
        let is_part =
            |network: &&IpNet| matches!(network, IpNet::V6(_)) && network.prefix_len() > IPV6_SOURCE;
        if let Some(part) = networks.iter().find(is_part) {
            return Err(format!(
                "`{part}` is smaller than a source; IPv6 networks are at most /{IPV6_SOURCE}"
            ));
        }
        Ok(Self(networks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_in_the_networks_that_are_named() {
        let trusted: TrustedNetworks = "192.0.2.0/24, 198.51.100.7,2001:db8::/48".parse().unwrap();
        let has = |address: &str| trusted.contain(Source::of(address.parse().unwrap()));
        assert!(
            has("192.0.2.255") && has("198.51.100.7") && has("2001:db8:0:ff::1") && has("::ffff:192.0.2.1")
        );
        assert!(!has("192.0.3.0") && !has("198.51.100.8") && !has("2001:db8:1::1"));
        assert_eq!(trusted.to_string(), "192.0.2.0/24, 198.51.100.7/32, 2001:db8::/48");
        assert_eq!(trusted.to_string().parse(), Ok(trusted));
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let none: TrustedNetworks = "".parse().unwrap();
        assert_eq!(none, TrustedNetworks::default());
        assert!(!none.contain(Source::local()));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["office", "192.0.2.0/33", "192.0.2.1/24", "2001:db8::/64", "192.0.2.0/24 198.51.100.0/24"]
        {
            assert!(text.parse::<TrustedNetworks>().is_err(), "{text}");
        }
    }
}
