//! The host keys and the algorithms, as OpenSSH's client has them, and how a key is replaced without a warning.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use doorkey::domain::exit_code;

use super::server::{Server, TempFolder};
use super::stranger::stranger_ssh;

fn keygen(args: &[&str]) {
    let made = Command::new("ssh-keygen").arg("-q").args(args).output().unwrap();
    assert!(made.status.success(), "{args:?}: {}", String::from_utf8_lossy(&made.stderr));
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// An authority that signs keys.
fn authority(folder: &Path) -> PathBuf {
    let ca = folder.join("ca");
    keygen(&["-t", "ed25519", "-N", "", "-f", text(&ca)]);
    ca
}

/// A new key for the host `portal` at `path`, signed with `options`.
fn make_key(path: &Path, ca: &Path, options: &[&str]) {
    for name in [path.to_owned(), path.with_extension("pub")] {
        let _ = fs::remove_file(name);
    }
    keygen(&["-t", "ed25519", "-N", "", "-f", text(path)]);
    sign(path, ca, options);
}

fn sign(key: &Path, ca: &Path, options: &[&str]) {
    let public = format!("{}.pub", text(key));
    keygen(&[&["-s", text(ca), "-I", "portal", "-n", "portal"], options, &[&public]].concat());
}

/// OpenSSH's client, which knows the hosts in `known_hosts` and would rather fail than ask.
fn ssh(server: &Server, known_hosts: &Path) -> Output {
    let port = server.address().port().to_string();
    Command::new("timeout")
        .args([
            "60",
            "ssh",
            "-F",
            "none",
            "-oBatchMode=yes",
            "-oStrictHostKeyChecking=yes",
            "-oUpdateHostKeys=yes",
        ])
        .args(["-oGlobalKnownHostsFile=none", "-oHostKeyAlias=portal", "-oIdentityAgent=none"])
        .args([&format!("-oUserKnownHostsFile={}", text(known_hosts)), "-p", &port])
        .args(["guest@127.0.0.1", "status"])
        .output()
        .unwrap()
}

fn connects(server: &Server, known_hosts: &Path) {
    let output = ssh(server, known_hosts);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("WARNING"), "{said}");
}

#[test]
fn a_client_that_trusts_the_authority_accepts_a_new_host_key_without_complaint() {
    let place = TempFolder::new();
    let (key, hosts, plain) = (place.path("keys/host"), place.path("known_hosts"), place.path("plain_hosts"));
    let ca = authority(&place.path("keys"));
    make_key(&key, &ca, &["-h"]);
    let public = |path: &Path| fs::read_to_string(format!("{}.pub", text(path))).unwrap();
    fs::write(&hosts, format!("@cert-authority portal {}", public(&ca))).unwrap();
    fs::write(&plain, format!("portal {}", public(&key))).unwrap();
    let place = place
        .with("DOORKEY__SSH__HOST_KEY", text(&key))
        .with("DOORKEY__SSH__HOST_CERTIFICATE", &format!("{}-cert.pub", text(&key)));

    let server = place.start();
    connects(&server, &hosts);
    // Who knows the key itself needs no authority.
    connects(&server, &plain);

    let place = server.kill();
    make_key(&key, &ca, &["-h"]);
    let server = place.start();
    connects(&server, &hosts);
    let output = ssh(&server, &plain);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"), "{said}");
}

#[test]
fn what_the_server_prints_at_its_start_is_what_clients_are_shown() {
    let place = TempFolder::new();
    let server = place.start();
    let checked = server.run(&["check"], "");
    let checked = String::from_utf8_lossy(&checked.stdout);
    let keygen = |args: &[&str]| {
        let output = Command::new("ssh-keygen").args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (kind, number) in [("ed25519", 4), ("ecdsa", 3)] {
        let scan = Command::new("ssh-keyscan")
            .args(["-t", kind, "-p", &server.address().port().to_string(), "127.0.0.1"])
            .output()
            .unwrap();
        let seen = server.place_path("seen");
        fs::write(&seen, &scan.stdout).unwrap();
        let shown = keygen(&["-l", "-f", text(&seen)]);
        let fingerprint = shown.split_whitespace().nth(1).unwrap();
        assert!(fingerprint.starts_with("SHA256:"), "{shown}");
        assert!(server.said().contains(&format!("host key {fingerprint} (")), "{}", server.said());
        // And `check` has what DNS is to say of it.
        let key = server.place_path(&format!("keys/ssh_host_{kind}_key"));
        let records = keygen(&["-r", "portal", "-f", text(&key)]);
        let head = format!("SSHFP {number} 2 ");
        let record = records.lines().find_map(|line| line.split_once(&head)).unwrap().1;
        assert!(checked.contains(fingerprint) && checked.contains(&format!("{head}{record}")), "{checked}");
    }
}

/// `ssh` with only these algorithms, and what it said.
fn with_algorithms(server: &Server, options: &[&str]) -> (Option<i32>, String) {
    let mut command = stranger_ssh(server.address());
    command.args(["-v", "-oIdentityAgent=none", "-oIdentityFile=none"]);
    let output = command.args(options).args(["account@127.0.0.1", "status"]).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn clients_that_are_held_to_fips_or_know_only_old_macs_get_in() {
    let server = TempFolder::new().start();
    let fips = ["-oKexAlgorithms=ecdh-sha2-nistp256", "-oHostKeyAlgorithms=ecdsa-sha2-nistp256"];
    let p384 = ["-oKexAlgorithms=ecdh-sha2-nistp384", "-oHostKeyAlgorithms=ecdsa-sha2-nistp256"];
    for options in [
        &[&fips[..], &["-c", "aes256-gcm@openssh.com"]].concat()[..],
        &[&p384[..], &["-c", "aes256-ctr", "-m", "hmac-sha2-512"]].concat(),
        &["-oKexAlgorithms=ecdh-sha2-nistp521", "-c", "aes128-ctr", "-m", "hmac-sha2-256-etm@openssh.com"],
        // libssh2 1.10, Twisted Conch.
        &["-c", "aes256-ctr", "-m", "hmac-sha2-256"],
    ] {
        let (code, said) = with_algorithms(&server, options);
        assert_eq!(code, Some(0), "{options:?}: {said}");
    }
    // Whoever knows the best takes it.
    let (code, said) = with_algorithms(&server, &[]);
    assert_eq!(code, Some(0), "{said}");
    for words in ["host key algorithm: ssh-ed25519", "cipher: chacha20-poly1305@openssh.com MAC: <implicit>"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    for options in [["-oKexAlgorithms=diffie-hellman-group14-sha256"], ["-oHostKeyAlgorithms=rsa-sha2-512"]] {
        let (code, said) = with_algorithms(&server, &options);
        assert!(code == Some(255) && said.contains("no matching"), "{options:?}: {said}");
    }
}

#[test]
fn what_is_offered_is_what_the_settings_say() {
    let place = TempFolder::new();
    fs::create_dir_all(place.path("keys")).unwrap();
    keygen(&["-t", "rsa", "-b", "3072", "-N", "", "-f", text(&place.path("keys/ssh_host_rsa_key"))]);
    let server = place
        .with("DOORKEY__SSH__HOST_KEYS", "ssh-ed25519,rsa-sha2-512,rsa-sha2-256")
        .with("DOORKEY__SSH__KEX", "-ecdh-*")
        .with("DOORKEY__SSH__CIPHERS", "^aes256-ctr")
        .with("DOORKEY__SSH__MACS", "-hmac-sha2-256,hmac-sha2-512")
        .start();
    let (code, said) =
        with_algorithms(&server, &["-vv", "-oHostKeyAlgorithms=rsa-sha2-512", "-oCiphers=aes256-ctr"]);
    assert_eq!(code, Some(0), "{said}");
    let offered = said.split_once("peer server KEXINIT proposal").unwrap().1;
    for words in [
        "KEX algorithms: mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ext-info-s,",
        "host key algorithms: ssh-ed25519,rsa-sha2-512,rsa-sha2-256",
        "ciphers ctos: aes256-ctr,chacha20-poly1305@openssh.com,",
        "MACs ctos: hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
    ] {
        assert!(
            offered.lines().any(|line| line.trim_start_matches("debug2: ").trim_end().starts_with(words)),
            "{said}"
        );
    }
    assert!(said.contains("cipher: aes256-ctr MAC: hmac-sha2-256-etm@openssh.com"), "{said}");
    let place = server.kill().with("DOORKEY__SSH__MACS", "hmac-md5");
    let output = place.run(&["serve"], "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), i32::try_from(exit_code::CONFIG).ok(), "{said}");
    assert!(said.contains("`hmac-md5` is not available here; available are hmac-sha2-512-etm"), "{said}");
}

#[test]
fn a_certificate_that_clients_would_not_take_is_refused_at_the_start_and_says_why() {
    let place = TempFolder::new();
    let (key, other) = (place.path("keys/host"), place.path("keys/other"));
    let ca = authority(&place.path("keys"));
    let certificate = format!("{}-cert.pub", text(&key));
    let place =
        place.with("DOORKEY__SSH__HOST_KEY", text(&key)).with("DOORKEY__SSH__HOST_CERTIFICATE", &certificate);
    let refused = |reason: &str| {
        for command in ["serve", "check"] {
            let output = place.run(&[command], "");
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), i32::try_from(exit_code::CONFIG).ok(), "{command}: {said}");
            assert!(said.contains(&certificate) && said.contains(reason), "{command}: {said}");
        }
    };
    make_key(&key, &ca, &[]);
    refused("it is for a user, not for a host");
    make_key(&other, &ca, &["-h"]);
    fs::copy(place.path("keys/other-cert.pub"), &certificate).unwrap();
    refused("it is for another key than SHA256:");
    sign(&key, &ca, &["-h", "-V", "20200101:20200102"]);
    refused("it has expired");
    sign(&key, &ca, &["-h", "-V", "20990101:20990102"]);
    refused("it is not valid yet");
    fs::write(&certificate, "ssh-ed25519 AAAA\n").unwrap();
    refused("it is not an OpenSSH certificate");
    fs::remove_file(&certificate).unwrap();
    refused("it cannot be read");
    sign(&key, &ca, &["-h"]);
    assert_eq!(place.run(&["check"], "").status.code(), Some(0));
}

/// What `ssh-audit` fails.
fn failed_by_ssh_audit(server: &Server) -> Vec<String> {
    let port = server.address().port().to_string();
    let mut audit = Command::new("timeout");
    let audit =
        audit.args(["120", "ssh-audit", "-n", "-l", "fail", "-p", &port, "127.0.0.1"]).output().unwrap();
    let said = String::from_utf8_lossy(&audit.stdout);
    // Good, warned or failed; anything else means that it saw nothing.
    assert!(matches!(audit.status.code(), Some(0 | 2 | 3)), "{:?}: {said}", audit.status);
    said.lines().filter(|line| line.contains("[fail]")).map(str::to_owned).collect()
}

/// It fails every curve of NIST, of which FIPS 140 has no other; the manual has the settings that leave them out.
#[test]
fn ssh_audit_fails_nothing_but_the_curves_of_nist_and_with_the_settings_of_the_manual_nothing() {
    let failed = failed_by_ssh_audit(&TempFolder::new().start());
    let name = |line: &String| line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let names: Vec<_> = failed.iter().map(name).collect();
    let nist = ["ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "ecdsa-sha2-nistp256"];
    assert_eq!(names, nist, "{failed:?}");

    let manual = TempFolder::new().run(&["generate", "manual"], "");
    let manual = String::from_utf8_lossy(&manual.stdout).into_owned();
    let (_, settings) = manual.split_once("### Algorithms").unwrap();
    let (settings, _) = settings.split_once("```toml\n").unwrap().1.split_once("```").unwrap();
    let place = TempFolder::new();
    fs::write(place.path("doorkey.toml"), settings).unwrap();
    assert_eq!(failed_by_ssh_audit(&place.start()), Vec::<String>::new());
}
