//! TLS, and what connections may cost.

use std::fs::Permissions;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use doorkey::domain::dn::Dn;
use doorkey::ldap::server::{Deadlines, LdapOptions, Privacy, serve};
use tokio_util::sync::CancellationToken;

use super::{ADA, BASE, Tools, address, place, service_account};
use crate::engine::Engine;
use crate::server::{ADAS_PASSWORD, Server, TempFolder};
use crate::service::{FIRST, Service};
use crate::waiting::{PATIENCE, wait_until};

/// An authority, and a certificate that it has signed for `localhost`, in `folder`.
fn certify(folder: &Path, days: &str) {
    let openssl = |words: &[&str]| {
        let output = Command::new("openssl").args(words).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let ca = ["req", "-x509", "-subj", "/CN=Authority", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30"];
    openssl(&[ca.as_slice(), &ec].concat());
    let request = ["req", "-subj", "/CN=localhost", "-keyout", "ldap.key", "-out", "ldap.csr"];
    openssl(&[request.as_slice(), &ec].concat());
    std::fs::write(folder.join("names"), "subjectAltName = DNS:localhost, IP:127.0.0.1\n").unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        "ldap.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-extfile",
        "names",
        "-days",
        days,
        "-out",
        "ldap.pem",
    ]);
    std::fs::set_permissions(folder.join("ldap.key"), Permissions::from_mode(0o600)).unwrap();
}

fn with_tls(how: &str, days: &str) -> TempFolder {
    let place = TempFolder::new().with("DOORKEY__LDAP__LISTEN", "127.0.0.1:0");
    let place = place.with("DOORKEY__LDAP__TLS", how).with("DOORKEY__LDAP__BASE_DN", BASE);
    let folder = place.path("tls");
    std::fs::create_dir(&folder).unwrap();
    certify(&folder, days);
    let within = |name: &str| folder.join(name).display().to_string();
    place
        .with("DOORKEY__LDAP__CERTIFICATE", &within("ldap.pem"))
        .with("DOORKEY__LDAP__CERTIFICATE_KEY", &within("ldap.key"))
}

fn tools(server: &Server, scheme: &str) -> Tools {
    let ca = server.place_path("tls/ca.pem").display().to_string();
    // By number: libldap takes `localhost` for whatever the machine is called.
    Tools { url: format!("{scheme}://{}", address(server)), ca: Some(ca) }
}

#[test]
fn ldaps_is_verified_by_its_authority_and_renewed_without_a_restart() {
    let server = with_tls("ldaps", "20").start().furnished();
    assert_eq!(tools(&server, "ldaps").bind(ADA, ADAS_PASSWORD), 0);
    let stranger = Tools { ca: Some("/dev/null".to_owned()), ..tools(&server, "ldaps") };
    assert_ne!(stranger.bind(ADA, ADAS_PASSWORD), 0, "another authority");
    assert_ne!(tools(&server, "ldap").bind(ADA, ADAS_PASSWORD), 0, "no TLS");
    wait_until("what is no TLS", || {
        server.said().contains("reason=tls-failed fault=\"what came is no TLS\" hint=").then_some(())
    });
    for version in ["-tls1_2", "-tls1_3"] {
        let at = address(&server).to_string();
        let words = ["s_client", "-connect", &at, "-verify_return_error", version];
        let refused = Command::new("openssl").args(words).stdin(Stdio::null()).output().unwrap();
        assert!(!refused.status.success(), "{refused:?}");
    }
    wait_until("both alerts with what to do", || {
        let said = server.said();
        let told = said.lines().filter(|line| line.contains("the client sent the alert unknown_ca (48)"));
        (told.filter(|line| line.contains("reason=tls-failed") && line.contains("hint=")).count() == 2)
            .then_some(())
    });
    // A new authority: the former one's certificate would not do any more.
    certify(&server.place_path("tls"), "20");
    assert_ne!(tools(&server, "ldaps").bind(ADA, ADAS_PASSWORD), 0);
    assert!(Command::new("kill").args(["-HUP", &server.id().to_string()]).status().unwrap().success());
    wait_until("the new certificate", || {
        (tools(&server, "ldaps").bind(ADA, ADAS_PASSWORD) == 0).then_some(())
    });
}

#[test]
fn with_starttls_nothing_is_answered_before_it() {
    let server = with_tls("starttls", "20").start().furnished();
    let tools = tools(&server, "ldap");
    let said = tools.run("ldapwhoami", &["-ZZ", "-D", ADA, "-w", ADAS_PASSWORD]);
    assert_eq!((said.code, said.out.trim()), (0, format!("dn:{ADA}").as_str()), "{said:?}");
    assert_eq!(tools.bind(ADA, ADAS_PASSWORD), 13, "confidentialityRequired");
    assert_eq!(tools.run("ldapsearch", &["-b", BASE]).code, 13);
    assert_eq!(tools.run("ldapwhoami", &[]).code, 13);
    // Without a bind before it, which OpenLDAP's programs begin with.
    let mut stream = TcpStream::connect(address(&server)).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream.write_all(include_bytes!("../../fuzz/corpus/ldap_message/root-dse")).unwrap();
    let mut root = [0; 4_096];
    let count = stream.read(&mut root).unwrap();
    let root = String::from_utf8_lossy(&root[..count]).into_owned();
    assert!(root.contains("1.3.6.1.4.1.1466.20037") && root.contains(BASE), "{root}");
    // What is put behind the request for TLS is not taken as said within it.
    let start = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
    let who_am_i = b"\x30\x1e\x02\x01\x02\x77\x19\x80\x171.3.6.1.4.1.4203.1.11.3";
    let mut stream = TcpStream::connect(address(&server)).unwrap();
    stream.write_all(&[start.as_slice(), who_am_i].concat()).unwrap();
    let mut answer = Vec::new();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.len() < 64, "one answer, and the end: {answer:x?}");
    wait_until("the cut", || server.said().contains("reason=malformed").then_some(()));
}

#[test]
fn settings_that_would_give_passwords_away_are_refused_and_check_tells_of_certificates() {
    let refusal = |place: &TempFolder| {
        let output = place.run(&["check"], "");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let place =
        TempFolder::new().with("DOORKEY__LDAP__LISTEN", "0.0.0.0:3890").with("DOORKEY__LDAP__TLS", "none");
    let (code, said) = refusal(&place);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("ldap.tls: \"none\" is only for a loopback address"), "{said}");
    assert!(said.contains("ldap.base_dn: ldap.listen needs it"), "{said}");
    let (code, said) =
        refusal(&place.with("DOORKEY__LDAP__TLS", "ldaps").with("DOORKEY__LDAP__BASE_DN", BASE));
    assert!(
        code == Some(78) && said.contains("ldap.certificate: is missing: TLS needs ldap.certificate"),
        "{said}"
    );
    assert!(said.contains("write tls = \"none\""), "{said}");
    for (setting, missing) in
        [("CERTIFICATE", "ldap.certificate_key"), ("CERTIFICATE_KEY", "ldap.certificate")]
    {
        let half = TempFolder::new()
            .with("DOORKEY__LDAP__LISTEN", "127.0.0.1:3890")
            .with("DOORKEY__LDAP__BASE_DN", BASE);
        let (code, said) = refusal(&half.with(&format!("DOORKEY__LDAP__{setting}"), "/etc/ldap.pem"));
        assert!(code == Some(78) && said.contains(&format!("{missing}: is missing: the ")), "{said}");
    }

    let place = with_tls("ldaps", "20");
    assert!(refusal(&place).1.contains("the certificate is valid until"), "{}", refusal(&place).1);
    let soon = with_tls("ldaps", "3");
    assert!(refusal(&soon).1.contains("renew it"), "{}", refusal(&soon).1);
    std::fs::set_permissions(place.path("tls/ldap.key"), Permissions::from_mode(0o644)).unwrap();
    let (code, said) = refusal(&place);
    assert!(code == Some(78) && said.contains("ldap.certificate_key"), "{said}");
    std::fs::copy(place.path("tls/ca.pem"), place.path("tls/ldap.pem")).unwrap();
    std::fs::set_permissions(place.path("tls/ldap.key"), Permissions::from_mode(0o600)).unwrap();
    let (code, said) = refusal(&place);
    let key = place.path("tls/ldap.key").display().to_string();
    let told = format!("ldap.certificate_key: {key}: is not the key of the certificate in ldap.certificate");
    assert!(code == Some(78) && said.contains(&told), "{said}");
    let started = place.run(&["serve"], "");
    assert_eq!(started.status.code(), Some(78), "{started:?}");
    assert!(String::from_utf8_lossy(&started.stderr).contains(&told), "{started:?}");
    // A passphrase that nobody can type, one file in the place of the other, and neither of both.
    for made in [&["-traditional", "-aes256"] as &[&str], &["-aes256"]] {
        let words = [&["pkey", "-in", &key, "-out", "/dev/stdout", "-passout", "pass:x"], made].concat();
        let encrypted = Command::new("openssl").args(words).output().unwrap();
        assert!(encrypted.status.success(), "{encrypted:?}");
        let other = with_tls("ldaps", "20");
        std::fs::write(other.path("tls/ldap.key"), encrypted.stdout).unwrap();
        let (code, said) = refusal(&other);
        assert!(code == Some(78) && said.contains("ldap.key: is encrypted with a passphrase"), "{said}");
    }
    let other = with_tls("ldaps", "20");
    std::fs::copy(other.path("tls/ldap.pem"), place.path("tls/ldap.key")).unwrap();
    std::fs::set_permissions(place.path("tls/ldap.key"), Permissions::from_mode(0o600)).unwrap();
    let (_, said) = refusal(&place);
    assert!(
        said.contains("ldap.certificate_key: ") && said.contains("has a certificate and no private key"),
        "{said}"
    );
    std::fs::copy(other.path("tls/ldap.key"), place.path("tls/ldap.pem")).unwrap();
    let (_, said) = refusal(&place);
    assert!(
        said.contains("ldap.certificate: ") && said.contains("has a private key and no certificate"),
        "{said}"
    );
    std::fs::write(place.path("tls/ldap.pem"), "none").unwrap();
    assert!(refusal(&place).1.contains("ldap.pem: has no certificate in PEM"), "{}", refusal(&place).1);
}

#[test]
fn connections_are_few_from_one_source_and_rubbish_ends_its_own_only() {
    let server = place().with("DOORKEY__LDAP__MAX_CONNECTIONS", "8").start().furnished();
    let at = address(&server);
    let tools = Tools::at(&server);
    for rubbish in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x30\x84\x7f\xff\xff\xff",
        b"\x30\x80\x00\x00",
        b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\xff\xff\xff",
        b"\x30\x05\x02\x01\x07\x65\x00",
    ] {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.write_all(rubbish).unwrap();
        let mut answer = Vec::new();
        // A notice that the connection ends, and its end.
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.len() < 128, "{rubbish:x?}: {answer:x?}");
    }
    wait_until("the cut", || server.said().contains("reason=too-long").then_some(()));
    let held: Vec<_> = (0..4).map(|_| TcpStream::connect(at).unwrap()).collect();
    wait_until("a full source", || {
        let code = tools.bind(ADA, ADAS_PASSWORD);
        (code != 0 && server.said().contains("reason=source-full")).then_some(())
    });
    drop(held);
    wait_until("room", || (tools.bind(ADA, ADAS_PASSWORD) == 0).then_some(()));
}

#[test]
fn a_filter_has_256_terms_and_no_more() {
    let server = place().start().furnished();
    let (name, secret) = service_account(&server, "all", &["--attributes", "all"]);
    let found = |filter: &str| {
        let said = Tools::at(&server).search((&name, &secret), &["-b", BASE, filter, "1.1"]);
        (said.code, said.values("dn").len())
    };
    // The `|` is a term as well, as is each part of a substring.
    let or = |terms: usize| format!("(|{}(uid=ada))", "(uid=nobody)".repeat(terms - 2));
    let parts = |terms: usize| format!("(mail=*{}*)", vec!["x"; terms - 1].join("*"));
    let nots = |terms: usize| format!("(&{})", "(!(uid=ada))".repeat((terms - 1) / 2));
    assert_eq!((found(&or(256)), found(&parts(256))), ((0, 1), (0, 0)));
    assert_eq!(found(&nots(255)).0, 0);
    for filter in [or(257), parts(257), nots(257)] {
        assert_eq!(found(&filter), (11, 0), "adminLimitExceeded: {filter}");
    }
}

/// Bytes of an element of BER that is shorter than 128 bytes.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
}

/// A simple bind with the number 1.
fn bind_request(name: &str, password: &str) -> Vec<u8> {
    let bind = [b"\x02\x01\x03".to_vec(), element(4, name.as_bytes()), element(0x80, password.as_bytes())];
    element(0x30, &[b"\x02\x01\x01".to_vec(), element(0x60, &bind.concat())].concat())
}

/// The end of a conversation.
fn unbind_request() -> Vec<u8> {
    element(0x30, &[b"\x02\x01\x7f".to_vec(), element(0x42, b"")].concat())
}

/// A server of this process whose connections may take so long, with ada; where it answers.
async fn server_with(deadlines: Deadlines) -> (Service, SocketAddr) {
    let service = Service::start(Engine::Sqlite).await;
    service.add("ada").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // What nobody reads soon waits in the program, as it does for a slow line. Connections inherit it.
    rustix::net::sockopt::set_socket_send_buffer_size(&listener, SMALL).unwrap();
    let at = listener.local_addr().unwrap();
    let base = Dn::parse(BASE).unwrap();
    let options =
        LdapOptions { base, privacy: Privacy::Loopback, max_results: 1_000, max_connections: 8, deadlines };
    tokio::spawn(serve(listener, options, service.accounts.clone(), CancellationToken::new()));
    (service, at)
}

fn connect(at: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What comes until the other end closes. What was sent after that end resets the connection: it has closed as well.
fn until_the_end(mut stream: &TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("no end of the connection: {error}"),
    }
    said
}

/// How often `part` is in `all`.
fn count(all: &[u8], part: &[u8]) -> usize {
    all.windows(part.len()).filter(|window| *window == part).count()
}

const NEVER: Duration = Duration::from_hours(1);
/// A time that tests wait for. None of them has to do anything within it.
const SOON: Duration = Duration::from_millis(300);
/// Bytes that the kernel keeps of what is not read.
const SMALL: usize = 4_096;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing_or_half_of_it_is_ended() {
    let deadlines = Deadlines { idle_unbound: SOON, to_bind: NEVER, idle_bound: NEVER };
    let (_service, at) = server_with(deadlines).await;
    tokio::task::block_in_place(|| {
        assert_eq!(until_the_end(&connect(at)), b"");
        let whole = bind_request(ADA, FIRST);
        let mut half = connect(at);
        half.write_all(&whole[..whole.len() / 2]).unwrap();
        assert_eq!(until_the_end(&half), b"");
        // More of it buys no time: it would take minutes to its end.
        let mut slow = connect(at);
        slow.set_read_timeout(Some(SOON / 10)).unwrap();
        slow.write_all(b"\x30\x82\x3f\x00").unwrap();
        let began = Instant::now();
        let is_over = |slow: &mut TcpStream| match slow.read(&mut [0]) {
            Ok(0) => true,
            Ok(_) => panic!("an answer"),
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        while slow.write_all(b"\x02").is_ok() && !is_over(&mut slow) {
            assert!(began.elapsed() < PATIENCE, "it is still open");
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_on_which_nobody_binds_is_ended_though_it_asks() {
    let deadlines = Deadlines { idle_unbound: NEVER, to_bind: SOON, idle_bound: NEVER };
    let (_service, at) = server_with(deadlines).await;
    tokio::task::block_in_place(|| {
        // On a machine that is busy the end may come before the request does.
        wait_until("an answer before the end", || {
            let mut asks = connect(at);
            let _ = asks.write_all(include_bytes!("../../fuzz/corpus/ldap_message/root-dse"));
            String::from_utf8_lossy(&until_the_end(&asks)).contains(BASE).then_some(())
        });
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_bound_has_a_time_of_its_own() {
    let deadlines = Deadlines { idle_unbound: NEVER, to_bind: NEVER, idle_bound: SOON };
    let (_service, at) = server_with(deadlines).await;
    tokio::task::block_in_place(|| {
        let mut bound = connect(at);
        bound.write_all(&bind_request(ADA, FIRST)).unwrap();
        // The number 1, and the result 0 of a bind.
        let said = until_the_end(&bound);
        assert!(said.starts_with(b"\x30") && said.ends_with(b"\x0a\x01\x00\x04\x00\x04\x00"), "{said:x?}");
    });
}

const PATIENT: Deadlines = Deadlines { idle_unbound: NEVER, to_bind: NEVER, idle_bound: NEVER };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_changed_password_is_asked_with_is_read_for_people_alone() {
    let (_service, at) = server_with(PATIENT).await;
    let change = |value: &[u8]| {
        let request = [element(0x80, b"1.3.6.1.4.1.4203.1.11.1"), element(0x81, value)].concat();
        element(0x30, &[b"\x02\x01\x02".to_vec(), element(0x77, &request)].concat())
    };
    let whole = change(&element(0x30, &[element(0x81, b"x"), element(0x82, b"y")].concat()));
    let broken = change(b"\x30\x05\x81");
    let answers = |messages: &[Vec<u8>]| {
        let mut stream = connect(at);
        stream.write_all(&messages.concat()).unwrap();
        until_the_end(&stream)
    };
    tokio::task::block_in_place(|| {
        let said = answers(&[whole, broken.clone(), unbind_request()]);
        // strongerAuthRequired.
        assert_eq!(count(&said, b"\x0a\x01\x08\x04\x00\x04\x0abind first"), 2, "{said:x?}");
        let said = answers(&[bind_request(ADA, FIRST), broken, unbind_request()]);
        // protocolError.
        assert_eq!(count(&said, b"\x0a\x01\x02\x04\x00\x04\x0enot understood"), 1, "{said:x?}");
    });
}

/// All entries come from the database in one piece, so that nothing but the writing takes time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_ends_when_its_time_does_though_all_is_read_from_the_database() {
    const TEAMS: usize = 200;
    let (service, at) = server_with(PATIENT).await;
    let teams = "WITH RECURSIVE numbers (number) AS (
                     SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 200)
                 INSERT INTO teams (id, name, name_canonical, description, created_at, changed_at)
                 SELECT 'team' || number, 'Team ' || number, 'team ' || number, hex(zeroblob(4000)), 0, 0
                 FROM numbers";
    let memberships = "INSERT INTO memberships (team, account, role, joined_at)
                       SELECT t.id, a.id, 'member', 0 FROM teams t, accounts a";
    service.fresh.execute_sql(teams).await.unwrap();
    service.fresh.execute_sql(memberships).await.unwrap();
    let search = |seconds: u8| {
        let limits = [b"\x02\x01\x00\x02\x01".as_slice(), &[seconds], b"\x01\x01\x00"].concat();
        let request = [
            element(4, b"ou=teams,dc=example,dc=org"),
            b"\x0a\x01\x01\x0a\x01\x00".to_vec(),
            limits,
            element(0x87, b"cn"),
            element(0x30, &element(4, b"description")),
        ];
        element(0x30, &[b"\x02\x01\x02".to_vec(), element(0x63, &request.concat())].concat())
    };
    let asks = |seconds: u8| {
        let stream = tokio::net::TcpSocket::new_v4().unwrap();
        stream.set_recv_buffer_size(u32::try_from(SMALL).unwrap()).unwrap();
        async move {
            let mut stream = stream.connect(at).await.unwrap().into_std().unwrap();
            stream.set_nonblocking(false).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream
                .write_all(&[bind_request(ADA, FIRST), search(seconds), unbind_request()].concat())
                .unwrap();
            stream
        }
    };
    let (mut in_time, mut late) = (asks(0).await, asks(1).await);
    tokio::task::block_in_place(|| {
        // The answer to the bind and the begin of the first entry: from here on the time passes for the server as well.
        let mut first_bytes = [0; 15];
        late.read_exact(&mut first_bytes).unwrap();
        let began = Instant::now();
        let mut all = Vec::new();
        in_time.read_to_end(&mut all).unwrap();
        assert_eq!(count(&all, b"cn=Team "), TEAMS);
        wait_until("the end of its time", || (began.elapsed() > Duration::from_secs(1)).then_some(()));
        let mut some = Vec::new();
        late.read_to_end(&mut some).unwrap();
        assert!(count(&some, b"cn=Team ") < TEAMS);
        // timeLimitExceeded.
        assert_eq!(count(&some, b"\x0a\x01\x03\x04\x00\x04\x11it takes too long"), 1);
    });
}

#[test]
fn a_connection_that_does_not_begin_tls_is_ended() {
    let server = with_tls("ldaps", "20").start();
    let mut silent = TcpStream::connect(address(&server)).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    // The head of a handshake that does not come.
    silent.write_all(b"\x16\x03\x01").unwrap();
    assert_eq!(until_the_end(&silent), b"");
    wait_until("the cut", || server.said().contains("reason=tls-failed").then_some(()));
}

#[test]
fn mutated_requests_crowds_and_slow_readers_cost_others_nothing() {
    let mut script = Command::new("/usr/bin/timeout");
    script.args(["300", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/ldap")]);
    script.args(["--requests", "3000", "--connections", "100", "--slow", "5", "--people", "300"]);
    let output = script.env("DOORKEY_BINARY", env!("CARGO_BIN_EXE_doorkey")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.ends_with("ok\n"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
