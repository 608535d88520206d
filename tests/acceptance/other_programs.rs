//! Programs that expect files or a shell at the other end are told what this is, once and in one sentence.

use std::path::Path;
use std::process::{Command, Stdio};

use super::commands::{Key, Laptop};
use super::server::Server;

/// A wrapper for `ssh` that knows where the server is, for programs which call `ssh` themselves.
fn ssh_wrapper(server: &Server) -> String {
    let options = "-F none -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oLogLevel=ERROR \
                   -oIdentityAgent=none -oIdentityFile=none";
    format!("ssh {options} -p {}", server.address().port())
}

/// The exit code of a line for the shell, and what it said.
fn says(folder: &Path, line: &str) -> (Option<i32>, String) {
    let output = Command::new("timeout")
        .args(["60", "sh", "-c", line])
        .current_dir(folder)
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn scp_sftp_rsync_git_and_mosh_are_told_in_one_sentence_what_this_is() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "x").unwrap();
    let wrapper = ssh_wrapper(&server);
    let port = server.address().port();
    // scp and sftp take ssh's options but the port's letter.
    let options = wrapper.trim_start_matches("ssh ").replace(&format!("-p {port}"), &format!("-P {port}"));
    let host = "account@127.0.0.1";
    for (line, program) in [
        (format!("scp {options} file {host}:"), "sftp"),
        (format!("scp -O {options} file {host}:"), "scp"),
        (format!("sftp {options} {host}"), "sftp"),
        (format!("rsync -e '{wrapper}' file {host}:"), "rsync"),
        (format!("GIT_SSH_COMMAND='{wrapper}' git clone {host}:repo"), "git-upload-pack"),
        (format!("{wrapper} -tt {host} mosh-server new -s -c 256"), "mosh-server"),
        (format!("{wrapper} {host} /bin/sh -c 'echo ~ada'"), "sh"),
        (format!("printf '#!/bin/sh\\nuname -a\\n' | {wrapper} -T {host}"), "A shell script"),
    ] {
        let (code, said) = says(folder.path(), &line);
        assert_ne!(code, Some(0), "{line}");
        let sentence = format!("Error: {program} does not work here: this is an account portal");
        assert_eq!(said.matches(&sentence).count(), 1, "{line}: {said}");
        assert!(
            !said.contains("unrecognized") && !said.contains("subsystem request failed"),
            "{line}: {said}"
        );
    }
    // ssh passes the code on; the others have codes of their own.
    let (code, said) = says(folder.path(), &format!("{wrapper} {host} rsync --server ."));
    assert_eq!(code, Some(64), "{said}");
    let (code, said) = says(folder.path(), &format!("{wrapper} -s {host} sftp"));
    assert_eq!(code, Some(64), "{said}");
}

#[test]
fn ssh_copy_id_is_told_how_a_key_is_added() {
    let server = Server::start();
    let key = Key::make();
    std::fs::create_dir(server.place_path(".ssh")).unwrap();
    let line = format!(
        "ssh-copy-id -i {}.pub -p {} -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
         -o IdentityAgent=none ada@127.0.0.1",
        key.path().display(),
        server.address().port()
    );
    let (code, said) = says(server.place_path("").as_path(), &line);
    assert_ne!(code, Some(0), "{said}");
    assert!(said.contains("To add a key, type: ssh -t ada@") && said.contains("keys add"), "{said}");
}

#[test]
fn a_username_of_the_public_keys_may_be_the_name_of_a_program() {
    let server = Server::start();
    let said = Laptop::without_key(&server).runs("keys", "git");
    assert!(!said.err.contains("does not work here"), "{said:?}");
}
