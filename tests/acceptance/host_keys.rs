//! The host key, as OpenSSH's client checks it, and how it is replaced without a warning.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use doorkey::domain::exit_code;

use super::server::{Server, TempFolder};

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
    let scan = Command::new("ssh-keyscan")
        .args(["-t", "ed25519", "-p", &server.address().port().to_string(), "127.0.0.1"])
        .output()
        .unwrap();
    let seen = server.place_path("seen");
    fs::write(&seen, &scan.stdout).unwrap();
    let keygen = |args: &[&str]| {
        let output = Command::new("ssh-keygen").args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = keygen(&["-l", "-f", text(&seen)]);
    let fingerprint = shown.split_whitespace().nth(1).unwrap();
    assert!(fingerprint.starts_with("SHA256:"), "{shown}");
    assert!(server.said().contains(&format!("host key {fingerprint} (")), "{}", server.said());
    // And `check` has what DNS is to say of it.
    let records = keygen(&["-r", "portal", "-f", text(&server.place_path("keys/ssh_host_ed25519_key"))]);
    let record = records.lines().find_map(|line| line.strip_prefix("portal IN SSHFP 4 2 ")).unwrap();
    let checked = server.run(&["check"], "");
    let checked = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.contains(fingerprint) && checked.contains(&format!("SSHFP 4 2 {record}")), "{checked}");
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
