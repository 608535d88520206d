//! The header of the PROXY protocol, version 2 (haproxy.org, `doc/proxy-protocol.txt`, section 2.2): who a connection that
//! a proxy hands on came from. Version 1, a line of text, is not taken.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;

/// How every header begins: what no SSH client sends.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The part of a header that says how long the rest is.
pub const PREFIX: usize = 16;
/// The longest rest: an address and what a proxy adds of itself.
pub const MAX_REST: usize = 2_048;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// The proxy connects for itself, such as to see whether somebody listens.
    Local,
    /// It hands on a connection from this address.
    From(SocketAddr),
}

/// Why bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProxyHeaderFault {
    #[error("it does not begin with the header of the PROXY protocol, version 2")]
    Signature,
    #[error("it is of another version, or neither PROXY nor LOCAL")]
    Command,
    #[error("it is not about TCP over IPv4 or IPv6")]
    Transport,
    #[error("it hands on a connection and tells no address")]
    NoAddress,
    #[error("it is longer than {MAX_REST} bytes, or shorter than its address")]
    Length,
}

impl ProxyHeader {
    /// How many bytes follow the first [`PREFIX`] of a header.
    pub fn rest(prefix: &[u8; PREFIX]) -> Result<usize, ProxyHeaderFault> {
        let [signature @ .., command, _transport, high, low] = prefix;
        if signature != SIGNATURE {
            return Err(ProxyHeaderFault::Signature);
        }
        if !matches!(command, 0x20 | 0x21) {
            return Err(ProxyHeaderFault::Command);
        }
        let rest = usize::from(u16::from_be_bytes([*high, *low]));
        if rest > MAX_REST { Err(ProxyHeaderFault::Length) } else { Ok(rest) }
    }

    /// Reads a header of its first [`PREFIX`] bytes and the rest.
    pub fn parse(prefix: &[u8; PREFIX], rest: &[u8]) -> Result<Self, ProxyHeaderFault> {
        if Self::rest(prefix)? != rest.len() {
            return Err(ProxyHeaderFault::Length);
        }
        let [.., command, transport, _, _] = prefix;
        match (command, transport) {
            // Whatever is said of an address is ignored.
            (0x20, _) => Ok(Self::Local),
            // The specification leaves it to us to refuse it. Taken, everybody would share what one source may have.
            (_, 0x00) => Err(ProxyHeaderFault::NoAddress),
            (_, 0x11) => {
                let (from, port) = address::<4, 8>(rest)?;
                Ok(Self::From((Ipv4Addr::from(from), port).into()))
            }
            (_, 0x21) => {
                let (from, port) = address::<16, 32>(rest)?;
                Ok(Self::From((Ipv6Addr::from(from), port).into()))
            }
            _ => Err(ProxyHeaderFault::Transport),
        }
    }
}

/// The source of `SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT`, where both addresses take `BOTH` bytes.
fn address<const ONE: usize, const BOTH: usize>(rest: &[u8]) -> Result<([u8; ONE], u16), ProxyHeaderFault> {
    let (addresses, ports) = rest.split_first_chunk::<BOTH>().ok_or(ProxyHeaderFault::Length)?;
    let (from, _) = addresses.split_first_chunk::<ONE>().ok_or(ProxyHeaderFault::Length)?;
    let ([high, low, _, _], _) = ports.split_first_chunk::<4>().ok_or(ProxyHeaderFault::Length)?;
    Ok((*from, u16::from_be_bytes([*high, *low])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prefix(command: u8, transport: u8, rest: usize) -> [u8; PREFIX] {
        let mut prefix = [0; PREFIX];
        prefix[..12].copy_from_slice(SIGNATURE);
        prefix[12..14].copy_from_slice(&[command, transport]);
        prefix[14..].copy_from_slice(&u16::try_from(rest).unwrap().to_be_bytes());
        prefix
    }

    fn parse(command: u8, transport: u8, rest: &[u8]) -> Result<ProxyHeader, ProxyHeaderFault> {
        ProxyHeader::parse(&prefix(command, transport, rest.len()), rest)
    }

    #[test]
    fn the_source_is_read_and_the_rest_is_skipped() {
        let v4 = [&[192, 0, 2, 7, 198, 51, 100, 1, 0x04, 0xd2, 0, 22][..], b"\x04\x00\x01x"].concat();
        assert_eq!(parse(0x21, 0x11, &v4), Ok(ProxyHeader::From("192.0.2.7:1234".parse().unwrap())));
        let v6 =
            [&"2001:db8::7".parse::<Ipv6Addr>().unwrap().octets()[..], &[0; 16], &[0, 22, 0, 22]].concat();
        assert_eq!(parse(0x21, 0x21, &v6), Ok(ProxyHeader::From("[2001:db8::7]:22".parse().unwrap())));
    }

    #[test]
    fn a_connection_of_the_proxys_own_is_told_from_one_of_nobody_knows_whom() {
        for transport in [0x00, 0x11] {
            assert_eq!(parse(0x20, transport, b""), Ok(ProxyHeader::Local));
        }
        assert_eq!(parse(0x21, 0x00, b""), Err(ProxyHeaderFault::NoAddress));
        assert_eq!(parse(0x21, 0x00, b"\x04\0\x01x"), Err(ProxyHeaderFault::NoAddress));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        assert_eq!(ProxyHeader::rest(b"SSH-2.0-OpenSSH_"), Err(ProxyHeaderFault::Signature));
        assert_eq!(ProxyHeader::rest(b"PROXY TCP4 192.0"), Err(ProxyHeaderFault::Signature));
        for command in [0x11, 0x22, 0x31] {
            assert_eq!(parse(command, 0x11, &[0; 12]), Err(ProxyHeaderFault::Command));
        }
        // UDP, and a socket of the machine itself.
        for transport in [0x12, 0x22, 0x31, 0x13] {
            assert_eq!(parse(0x21, transport, &[0; 216]), Err(ProxyHeaderFault::Transport));
        }
        assert_eq!(parse(0x21, 0x11, &[0; 11]), Err(ProxyHeaderFault::Length));
        assert_eq!(parse(0x21, 0x21, &[0; 35]), Err(ProxyHeaderFault::Length));
        assert_eq!(ProxyHeader::rest(&prefix(0x21, 0x11, MAX_REST + 1)), Err(ProxyHeaderFault::Length));
        assert_eq!(ProxyHeader::parse(&prefix(0x21, 0x11, 12), &[0; 13]), Err(ProxyHeaderFault::Length));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            mut begin in any::<[u8; PREFIX]>(), signed in any::<bool>(), rest in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            if signed {
                begin[..12].copy_from_slice(SIGNATURE);
                begin[14..].copy_from_slice(&u16::try_from(rest.len()).unwrap().to_be_bytes());
            }
            let read = ProxyHeader::parse(&begin, &rest);
            prop_assert!(signed || read.is_err());
            if let Ok(ProxyHeader::From(address)) = read {
                let octets = match address.ip() {
                    std::net::IpAddr::V4(v4) => v4.octets().to_vec(),
                    std::net::IpAddr::V6(v6) => v6.octets().to_vec(),
                };
                prop_assert!(rest.starts_with(&octets));
            }
        }
    }
}
