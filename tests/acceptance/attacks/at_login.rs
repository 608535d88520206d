//! Before authentication, and around it.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, load_secret_key};

use super::Scene;
use crate::any_host_key::enter;
use crate::server_limits::{RawClient, connect};

async fn is_ended_after(attack: &str, limits: &str, seconds: std::ops::Range<f64>) {
    let mut scene = Scene::set(limits).await;
    let took = scene.suffers(attack).await;
    assert!(seconds.contains(&took.as_secs_f64()), "{attack} was ended after {took:?}, not {seconds:?}");
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_says_nothing_is_ended_at_the_banner_deadline() {
    is_ended_after("silent", "banner=2", 1.5..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banner_that_comes_in_drops_is_ended_at_the_banner_deadline() {
    is_ended_after("drips_its_banner", "banner=2", 1.5..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_before_the_banner_are_ended_at_once() {
    is_ended_after("sends_lines_before_its_banner", "", 0.0..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banner_alone_is_ended_at_the_login_deadline() {
    is_ended_after("only_its_banner", "login=2", 1.5..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_that_comes_in_drops_is_ended_at_the_login_deadline() {
    is_ended_after("drips_after_its_banner", "login=2", 1.5..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_of_four_gigabytes_is_ended_at_once() {
    is_ended_after("announces_a_huge_packet", "", 0.0..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_put_the_login_deadline_off() {
    is_ended_after("ignores_before_authentication", "login=2", 1.0..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_before_authentication_are_ended_at_once() {
    is_ended_after("opens_channels_before_authentication", "", 0.0..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_about_a_key_are_ended_after_some() {
    is_ended_after("asks_about_a_key_without_end", "has_every_key ", 0.0..5.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_asks_for_nothing_after_authentication_is_ended() {
    is_ended_after("asks_for_nothing", "request=2", 1.0..6.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_attempts_are_ended_after_some() {
    is_ended_after("fails_to_authenticate_without_end", "login=4", 0.0..7.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_any_phase_leaves_nothing_behind() {
    is_ended_after("resets_in_every_phase", "", 0.0..10.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_changed_between_attempts_is_the_one_that_was_let_in() {
    let mut scene = Scene::set("").await;
    let mut handle = connect(&scene.server).await;
    assert!(!handle.authenticate_none("alice").await.unwrap().success());
    let key = PrivateKey::random(&mut StdRng::seed_from_u64(1), Algorithm::Ed25519).unwrap();
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
    assert!(!handle.authenticate_publickey("bob", key).await.unwrap().success());
    enter(&mut handle, "carol").await;
    let channel = handle.channel_open_session().await.unwrap();
    channel.request_pty(true, "xterm", 80, 24, 0, 0, &[]).await.unwrap();
    channel.request_shell(true).await.unwrap();
    let mut client = RawClient::on(handle, channel);
    assert!(client.sees("welcome ").await.starts_with("user=carol "));
    drop(client);
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_source_cannot_take_all_places_before_authentication() {
    use std::io::Read;
    let scene = Scene::set("source_startups=4 banner=60").await;
    let mut held: Vec<_> =
        (0..40).map(|_| std::net::TcpStream::connect(scene.server.address).unwrap()).collect();
    // Each is answered, so none is still waiting to be accepted when they all leave.
    let greeted = held.iter_mut().filter(|tcp| {
        let mut start = [0; 8];
        tcp.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        (&mut &**tcp).read_exact(&mut start).unwrap();
        assert!([*b"SSH-2.0-", *b"Not allo"].contains(&start), "{start:?}");
        start == *b"SSH-2.0-"
    });
    assert_eq!(greeted.count(), 4);
    scene.server.wait_for_connections(1 + 4);
    drop(held);
    scene.server.wait_for_connections(1);
    RawClient::enter(&scene.server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_rubbish_is_not_let_in_again_for_a_while() {
    let scene = Scene::set("penalties=100").await;
    let rubbish = |bytes: &[u8]| {
        use std::io::{Read, Write};
        let mut tcp = std::net::TcpStream::connect(scene.server.address).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        tcp.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // A reset is an end as well.
        let _ = tcp.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    assert!(rubbish(b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff\xff\xff").starts_with("SSH-2.0-Doorkey"));
    scene.server.wait_for_connections(1);
    assert_eq!(rubbish(b""), "Not allowed at this time\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_may_try_for_ever() {
    let mut scene = Scene::set("").await;
    let mut handle = connect(&scene.server).await;
    let mut tries = 0;
    // Each name is new, so that nothing is left of what was counted for one name.
    while let Ok(answer) = handle.authenticate_none(format!("user{tries}")).await {
        assert!(!answer.success());
        tries += 1;
        assert!(tries < 100, "nobody counts");
    }
    assert!(tries >= 20, "a full agent would be locked out after {tries}");
    scene.is_calm().await;
}

/// The name-lists of a KEXINIT (RFC 4253 section 7.1): after the banner, the packet's five bytes of framing,
/// its type and its cookie.
fn offered(server: &crate::server_limits::Server) -> Vec<String> {
    use std::io::{BufRead, BufReader, Read, Write};
    let mut tcp = std::net::TcpStream::connect(server.address).unwrap();
    tcp.write_all(b"SSH-2.0-x\r\n").unwrap();
    let mut from = BufReader::new(tcp);
    from.read_line(&mut String::new()).unwrap();
    from.read_exact(&mut [0; 22]).unwrap();
    let list = |_| {
        let mut length = [0; 4];
        from.read_exact(&mut length).unwrap();
        let mut names = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        from.read_exact(&mut names).unwrap();
        String::from_utf8(names).unwrap()
    };
    (0..10).map(list).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_weak_or_costly_is_offered() {
    let scene = Scene::set("").await;
    let ciphers = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
    let macs = "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256";
    let kex = "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
               ecdh-sha2-nistp384,ecdh-sha2-nistp521,ext-info-s,\
               kex-strict-s-v00@openssh.com";
    let expected = [kex, "ssh-ed25519", ciphers, ciphers, macs, macs, "none", "none", "", ""];
    assert_eq!(offered(&scene.server), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_key_signs_with_sha_2_and_never_with_sha_1() {
    let scene = Scene::set("has_every_key ").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "rsa", "-b", "3072", "-N", "", "-f"])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    let key = Arc::new(load_secret_key(&path, None).unwrap());
    for (hash, is_taken) in [(None, false), (Some(HashAlg::Sha256), true), (Some(HashAlg::Sha512), true)] {
        let mut handle = connect(&scene.server).await;
        let signed = PrivateKeyWithHashAlg::new(key.clone(), hash);
        let answer = handle.authenticate_publickey("account", signed).await.unwrap();
        assert_eq!(answer.success(), is_taken, "{hash:?}: {answer:?}");
    }
    // OpenSSH reads in server-sig-algs (RFC 8308) that SHA-1 will not do, and does not sign.
    for (algorithm, exit_code) in [("ssh-rsa", 255), ("rsa-sha2-256", 64), ("rsa-sha2-512", 64)] {
        let mut ssh = Command::new("timeout");
        ssh.args(["20", "ssh", "-v", "-F", "none", "-oBatchMode=yes", "-oStrictHostKeyChecking=no"]);
        ssh.args(["-oUserKnownHostsFile=/dev/null", "-oIdentityAgent=none", "-oIdentitiesOnly=yes"]);
        ssh.args(["-oPreferredAuthentications=publickey", "-i"]).arg(&path);
        ssh.arg(format!("-oPubkeyAcceptedAlgorithms={algorithm}"));
        ssh.args(["-p", &scene.server.port().to_string(), "account@127.0.0.1", "words"]);
        let output = ssh.stdin(std::process::Stdio::null()).output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit_code), "{algorithm}: {log}");
        let refused = log.contains("no mutual signature algorithm");
        assert_eq!(refused, algorithm == "ssh-rsa", "{algorithm}: {log}");
    }
}
