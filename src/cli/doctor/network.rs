//! Whether people reach the portal: its port, its address, and what DNS says of its host keys.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use super::super::listening;
use super::super::report::{Report, Subject};
use super::dns::{Dns, NoAnswer};
use super::programs::output_of;
use super::unheard;
use crate::config::Settings;
use crate::domain::exit_code;
use crate::domain::portal::PortalAddress;
use crate::ssh::host_key::HostKey;
use crate::ssh::host_key_at::host_key_at;

pub(super) async fn look(
    settings: &Settings,
    host_keys: &[HostKey],
    dns: Result<&Dns, &NoAnswer>,
    report: &mut Report,
) {
    let waiting = waiting_socket(settings.ssh.port).await;
    let runs = match &waiting {
        Some(unit) => {
            let text = format!(
                "{unit} listens on port {} and starts the portal when somebody connects; it does not run now. Not tried, \
                 because that would start it. Type: systemctl start {}, and run this again",
                settings.ssh.port,
                unit.replace(".socket", ".service")
            );
            report.warning(Subject::Port, text);
            false
        }
        None => port(settings, host_keys, report).await,
    };
    let Some(address) = settings.portal().address else {
        let text = "portal.address is not set, so pages and emails say HOST. Set it to the name that people type behind `ssh`";
        return report.warning(Subject::Address, text);
    };
    if waiting.is_some() {
        let (host, port) = (address.host(), address.port());
        let text = format!("{host} port {port}: not tried, because the portal does not run; see the port");
        report.warning(Subject::Address, text);
    } else {
        reach(&address, host_keys, dns, runs, report).await;
    }
    if address.host().parse::<IpAddr>().is_err() {
        sshfp(address.host(), host_keys, dns, report).await;
    }
}

/// The socket of systemd that waits on `port` for the first connection, to start a service with it. `None` where the
/// service runs, and where there is no systemd.
async fn waiting_socket(port: u16) -> Option<String> {
    let words = &["show", "*.socket", "--property=Id,SubState,Listen"];
    waiting_in(&output_of("systemctl", words).await.ok()?, port)
}

/// The same in what `systemctl show` prints, a paragraph a unit.
fn waiting_in(said: &str, port: u16) -> Option<String> {
    let end = format!(":{port} (Stream)");
    let unit = said.split("\n\n").find(|unit| {
        unit.lines().any(|line| line == "SubState=listening")
            && unit.lines().any(|line| line.starts_with("Listen=") && line.ends_with(&end))
    })?;
    unit.lines().find_map(|line| line.strip_prefix("Id=")).map(str::to_owned)
}

/// Looks at the port. True when the portal listens there.
async fn port(settings: &Settings, host_keys: &[HostKey], report: &mut Report) -> bool {
    const SUBJECT: Subject = Subject::Port;
    let ssh = &settings.ssh;
    let address = SocketAddr::new(ssh.listen_address, ssh.port);
    if ssh.port == 0 {
        report
            .warning(SUBJECT, "ssh.port is 0: it is another one after each start. Set it to 22, or to 2222");
        return false;
    }
    // First, because a service may have a capability that an operator's command has not.
    let local = reachable(address.ip());
    if let Ok(key) = host_key_at((local, ssh.port)).await {
        if host_keys.iter().any(|ours| ours.fingerprint() == key) {
            report.ok(SUBJECT, format!("the portal listens on {address}"));
            return true;
        }
        if report.has_problem(Subject::HostKey) {
            report.warning(SUBJECT, unknown_key(&address.to_string(), &key));
            return true;
        }
    }
    match TcpListener::bind(address).await {
        Ok(_) => {
            report.warning(SUBJECT, format!("nobody listens on {address}. Start the portal: doorkey serve"));
            false
        }
        // Only those may connect that begin with a header of the PROXY protocol.
        Err(error) if error.kind() == ErrorKind::AddrInUse && ssh.proxy_protocol_from.contain(local) => {
            let text = format!(
                "{address} is in use; whether by the portal cannot be seen, because ssh.proxy_protocol_from is set. \
                 Look with: ss -tlnp 'sport = :{}'",
                ssh.port
            );
            report.warning(SUBJECT, text);
            true
        }
        Err(error) => {
            let text = listening::refusal(&error, address, "ssh.port");
            report.problem(SUBJECT, text, exit_code::CONFIG);
            false
        }
    }
}

/// Of somebody who may be the portal, whose own host keys cannot be read.
fn unknown_key(place: &str, key: &str) -> String {
    format!(
        "an SSH server answers at {place} with the host key {key}. Whether it is the portal cannot be seen before its host \
         key is mended"
    )
}

/// Where to connect to somebody who listens on `address`.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

/// Whether the portal answers where people connect to. It cannot while it does not run.
async fn reach(
    address: &PortalAddress,
    host_keys: &[HostKey],
    dns: Result<&Dns, &NoAnswer>,
    runs: bool,
    report: &mut Report,
) {
    const SUBJECT: Subject = Subject::Address;
    let (host, port) = (address.host(), address.port());
    let place = format!("{host} port {port}");
    let found = match dns {
        Ok(dns) => dns.addresses(host).await.ok(),
        Err(_) => None,
    };
    let answer = match found {
        Some(addresses) if addresses.is_empty() => {
            let text = format!(
                "{host} has no address in DNS. Add a record, A or AAAA, with this machine's public address, or correct \
                 portal.address"
            );
            return report.problem(SUBJECT, text, exit_code::CONFIG);
        }
        Some(addresses) => {
            let addresses: Vec<_> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
            host_key_at(&addresses[..]).await
        }
        // The system may know more: of an address that is none of DNS, or when DNS was not heard.
        None => host_key_at((host, port)).await,
    };
    match answer {
        Ok(key) if host_keys.iter().any(|ours| ours.fingerprint() == key) => {
            report.ok(SUBJECT, format!("the portal answers at {place}"));
        }
        Ok(key) if report.has_problem(Subject::HostKey) => {
            report.warning(SUBJECT, unknown_key(&place, &key));
        }
        Ok(key) => report.problem(
            SUBJECT,
            format!(
                "another SSH server answers at {place}: its host key is {key}. Correct portal.address, DNS or the port \
                 forwarding; all nodes of one portal share their keys"
            ),
            exit_code::CONFIG,
        ),
        Err(fault) if runs => report.problem(
            SUBJECT,
            format!(
                "the portal cannot be reached at {place}: {fault}. Correct portal.address, DNS, the firewall, or \
                 ssh.listen_address"
            ),
            exit_code::UNAVAILABLE,
        ),
        Err(fault) => {
            report.warning(SUBJECT, format!("{place}: {fault}. Start the portal and run this again"));
        }
    }
}

/// Clients with `VerifyHostKeyDNS` are warned if a record is of another key.
async fn sshfp(host: &str, host_keys: &[HostKey], dns: Result<&Dns, &NoAnswer>, report: &mut Report) {
    const SUBJECT: Subject = Subject::Sshfp;
    let ours: Vec<String> = host_keys.iter().map(HostKey::sshfp).collect();
    if ours.is_empty() {
        return;
    }
    let asked = match dns {
        Ok(dns) => dns.sshfp(host).await,
        Err(fault) => return unheard(SUBJECT, host, fault, report),
    };
    let found = match asked {
        Ok(found) => found,
        Err(fault) => return unheard(SUBJECT, host, &fault, report),
    };
    let lines = |records: &[String]| {
        let lines: Vec<String> = records.iter().map(|record| format!("{host}. IN {record}")).collect();
        lines.join("; ")
    };
    // Records of SHA-1 are not compared: a client prefers those of SHA-256.
    let is_sha256 = |record: &&String| record.split(' ').nth(2) == Some("2");
    let strange: Vec<String> =
        found.iter().filter(is_sha256).filter(|record| !ours.contains(record)).cloned().collect();
    let missing: Vec<String> = ours.iter().filter(|record| !found.contains(record)).cloned().collect();
    if !strange.is_empty() {
        let text = format!(
            "DNS has records of other host keys, so ssh warns people of an attack. Remove {}; the right ones are {}",
            lines(&strange),
            lines(&ours)
        );
        report.problem(SUBJECT, text, exit_code::CONFIG);
    } else if !missing.is_empty() {
        let text = format!(
            "not in DNS; people check the fingerprint by themselves. Add, if your zone is signed (DNSSEC): {}",
            lines(&missing)
        );
        report.ok(SUBJECT, text);
    } else {
        report.ok(SUBJECT, format!("DNS has the host keys of {host}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_waits_while_its_service_does_not_run() {
        let said = |state: &str| {
            format!(
                "Id=dbus.socket\nListen=/run/dbus/system_bus_socket (Stream)\nSubState=listening\n\n\
                 Listen=[::]:22 (Stream)\nListen=0.0.0.0:2222 (Stream)\nId=doorkey.socket\nSubState={state}\n"
            )
        };
        assert_eq!(waiting_in(&said("listening"), 22).as_deref(), Some("doorkey.socket"));
        assert_eq!(waiting_in(&said("listening"), 2222).as_deref(), Some("doorkey.socket"));
        for (state, port) in [("running", 22), ("dead", 22), ("listening", 2), ("listening", 222)] {
            assert_eq!(waiting_in(&said(state), port), None, "{state} {port}");
        }
    }
}
