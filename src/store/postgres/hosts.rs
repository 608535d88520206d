//! `postgres://USER@HOST1:PORT1,HOST2:PORT2/DATABASE`: several servers in one URL, as libpq reads it (PostgreSQL's
//! manual, 34.1.1.3), of which one takes writes. sqlx connects to one server, so each gets a URL of its own here.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Why a database on another machine is not opened with libpq's usual `sslmode=prefer`, which talks in the
/// clear to whoever on the way says that there is no TLS.
const PLAIN_IF_ASKED: &str = "say how the way to this other machine is protected: `?sslmode=verify-full` \
     (and `sslrootcert=FILE`), or `?sslmode=disable` where nobody else is on that network";

/// The options for each server that `url` names, in its order; or what is wrong with it.
pub(super) fn servers_of(url: &str) -> Result<Vec<PgConnectOptions>, String> {
    urls_of(url)?.iter().map(|url| options_of(url)).collect()
}

/// `127.0.0.1:5432`, or the folder of the socket.
pub(super) fn name_of(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!("{}:{}", folder.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// The files of certificates and keys that `url`, or the environment, names; they are read at each connection.
#[must_use]
pub fn certificate_files(url: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for server in servers_of(url).unwrap_or_default() {
        let url = server.to_url_lossy();
        let named =
            url.query_pairs().filter(|(key, _)| ["sslrootcert", "sslcert", "sslkey"].contains(&key.as_ref()));
        // The certificate itself may stand there too.
        files.extend(
            named.filter(|(_, file)| !file.contains("-----")).map(|(_, file)| PathBuf::from(file.as_ref())),
        );
    }
    files
}

fn options_of(url: &str) -> Result<PgConnectOptions, String> {
    let options = PgConnectOptions::from_str(url).map_err(|cause| cause.to_string())?;
    if is_elsewhere(&options) && matches!(options.get_ssl_mode(), PgSslMode::Allow | PgSslMode::Prefer) {
        return Err(PLAIN_IF_ASKED.to_owned());
    }
    Ok(options)
}

/// One URL for each server. A port that is given once is everybody's.
fn urls_of(url: &str) -> Result<Vec<String>, String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, places) =
        authority.rsplit_once('@').map_or(("", authority), |(login, places)| (login, places));
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for place in places.split(',').filter(|place| !place.is_empty()) {
        let (host, port) = split_port(place);
        hosts.push(host.to_owned());
        ports.extend(port.map(str::to_owned));
    }
    if !ports.is_empty() && ports.len() != hosts.len() && ports.len() != 1 {
        return Err("give a port to each host, or to none".to_owned());
    }
    if ports.len() == 1 && hosts.len() > 1 && split_port(places.rsplit(',').next().unwrap_or("")).1.is_none()
    {
        return Err("give a port to each host, or to none".to_owned());
    }
    let mut kept = Vec::new();
    let mut sockets_or_hosts = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("host", value)) => sockets_or_hosts = listed(value),
            Some(("port", value)) => ports = listed(value),
            Some(("target_session_attrs", "any" | "read-write" | "primary")) => {}
            Some(("target_session_attrs", other)) => {
                return Err(format!(
                    "target_session_attrs={other} asks for a server that takes no writes; it is read-write \
                     here, whether it is said or not"
                ));
            }
            _ => kept.push(pair),
        }
    }
    if let Some(port) = ports.iter().find(|port| port.parse::<u16>().is_err()) {
        return Err(format!("`{port}` is not a port"));
    }
    let count = hosts.len().max(sockets_or_hosts.len()).max(1);
    if ports.len() > 1 && ports.len() != count {
        return Err(format!(
            "{count} hosts and {} ports: give a port to each host, or one to all",
            ports.len()
        ));
    }
    let login = if login.is_empty() { String::new() } else { format!("{login}@") };
    let one = |position: usize| {
        // Where `host=` says it, the place before the path counts for nothing; but it may not be empty behind a login.
        let nowhere = if sockets_or_hosts.is_empty() { "" } else { "localhost" };
        let host = hosts.get(position).or(hosts.first()).map_or(nowhere, String::as_str);
        let mut pairs: Vec<String> = kept.iter().map(|pair| (*pair).to_owned()).collect();
        pairs.extend(sockets_or_hosts.get(position).map(|host| format!("host={host}")));
        pairs.extend(ports.get(position).or(ports.first()).map(|port| format!("port={port}")));
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        format!("{scheme}://{login}{host}/{path}{query}")
    };
    Ok((0..count).map(one).collect())
}

/// `h:1` is `h` and `1`; the colons inside `[::1]` separate no port.
fn split_port(place: &str) -> (&str, Option<&str>) {
    match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port).filter(|port| !port.is_empty())),
        _ => (place, None),
    }
}

/// The values of `a,b` or, with its comma encoded, `a%2Cb`.
fn listed(value: &str) -> Vec<String> {
    value.replace("%2C", ",").replace("%2c", ",").split(',').map(str::to_owned).collect()
}

/// True unless the server is this machine by its very spelling; no name service is asked.
fn is_elsewhere(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    options.get_socket().is_none() && !host.starts_with('/') && !is_here
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(url: &str) -> Vec<String> {
        servers_of(url).unwrap().iter().map(name_of).collect()
    }

    #[test]
    fn every_way_in_which_libpq_names_several_servers_is_read() {
        for (url, expected) in [
            ("postgres://ada@127.0.0.1:5433/db", "127.0.0.1:5433"),
            ("postgres://ada@127.0.0.1:1,localhost:2/db", "127.0.0.1:1 localhost:2"),
            ("postgresql://ada:p%40ss@127.0.0.1:1,[::1]:2/db?sslmode=disable", "127.0.0.1:1 [::1]:2"),
            ("postgres://ada@127.0.0.1,127.0.0.2/db?port=6432", "127.0.0.1:6432 127.0.0.2:6432"),
            ("postgres://ada@/db?host=127.0.0.1,localhost&port=1,2", "127.0.0.1:1 localhost:2"),
            ("postgres:///db?user=ada&host=127.0.0.1%2Clocalhost&port=7", "127.0.0.1:7 localhost:7"),
            ("postgres:///db?host=/run/a,/run/b&port=7", "/run/a:7 /run/b:7"),
            ("postgres://ada@localhost/db?host=/run/postgresql&port=7", "/run/postgresql:7"),
            (
                "postgres://ada@127.0.0.1:1,127.0.0.2:2/db?target_session_attrs=read-write",
                "127.0.0.1:1 127.0.0.2:2",
            ),
        ] {
            assert_eq!(names(url).join(" "), expected, "{url}");
        }
        let all = servers_of("postgres://ada:s%40cret@127.0.0.1:1,127.0.0.2:2/db?sslmode=require").unwrap();
        for one in all {
            assert_eq!((one.get_username(), one.get_database()), ("ada", Some("db")));
            assert!(matches!(one.get_ssl_mode(), PgSslMode::Require));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        for (url, reason) in [
            ("postgres://ada@127.0.0.1:1,127.0.0.2/db", "give a port to each host"),
            ("postgres:///db?host=localhost,127.0.0.1,127.0.0.2&port=1,2", "3 hosts and 2 ports"),
            ("postgres://ada@127.0.0.1/db?target_session_attrs=standby", "takes no writes"),
            ("postgres://ada@127.0.0.1:x,127.0.0.2:2/db", "`x` is not a port"),
        ] {
            let said = servers_of(url).unwrap_err();
            assert!(said.contains(reason), "{url}: {said}");
        }
    }

    #[test]
    fn no_server_on_another_machine_is_talked_to_in_the_clear_because_somebody_asked_for_it() {
        for url in [
            "postgres://ada@192.0.2.7/db",
            "postgres://ada@db.invalid/db?sslmode=allow",
            "postgres://ada@127.0.0.1:1,192.0.2.7:2/db",
            "postgres://ada@localhost/db?host=localhost,db.invalid",
        ] {
            let said = servers_of(url).unwrap_err();
            assert!(said.contains("sslmode=verify-full"), "{url}: {said}");
        }
        for url in [
            "postgres://ada@localhost/db",
            "postgres://ada@127.0.0.1:5433/db",
            "postgres://ada@[::1]/db",
            "postgres://ada@localhost/db?host=/run/postgresql",
            "postgres://ada@192.0.2.7,192.0.2.8/db?sslmode=verify-full",
        ] {
            servers_of(url).unwrap();
        }
    }
}
