//! Programs that check passwords and look people up over LDAP, with the settings that the manual prints: Dovecot, Postfix,
//! nslcd and sssd.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{ADA, BASE, NEW, OTHER, Tools, address, place, service_account};
use crate::commands::Laptop;
use crate::mail_servers::{Dovecot, postfix_finds};
use crate::manual::{printed_block, with_values};
use crate::server::{ADAS_PASSWORD, Server};
use crate::waiting::wait_until;

#[test]
fn dovecot_takes_the_password_that_was_reset_over_ssh() {
    let server = place().start();
    for name in ["ada", "grace"] {
        server.add_user(name, Some(NEW));
    }
    let (name, secret) = service_account(&server, "mail", &["--attributes", "mail"]);
    let url = format!("ldap://{}", address(&server));
    let by_template =
        format!("uris = {url}\nauth_bind = yes\nauth_bind_userdn = uid=%n,ou=people,{BASE}\nbase = {BASE}\n");
    let by_search = printed_block(server.place(), "text", "pass_filter = ");
    let by_search = with_values(&by_search, &[("uris", &url), ("dn", &name), ("dnpass", &secret)]);
    let template = Dovecot::start_with("ldap", &by_template);
    let search = Dovecot::start_with("ldap", &by_search);
    assert!(template.takes("ada", NEW) && !template.takes("ada", OTHER), "{}", template.log());
    for login in ["ada", "ADA", "ada@example.org", "grace"] {
        assert!(search.takes(login, NEW), "{login}: {}", search.log());
    }
    assert!(!search.takes("nobody", NEW) && !search.takes("ada)(uid=*", NEW));
    let issued = server.done(&["support", "issue-reset-code", "ada"], "");
    let code = String::from_utf8(issued.stdout).unwrap().lines().next().unwrap().to_owned();
    let said = Laptop::without_key(&server).pipes(
        &format!("{code}\n{OTHER}\n"),
        "account",
        "forgot ada --code-stdin",
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    for dovecot in [&template, &search] {
        assert!(dovecot.takes("ada", OTHER) && !dovecot.takes("ada", NEW), "{}", dovecot.log());
    }
    server.done(&["user", "disable", "grace"], "");
    assert!(!template.takes("grace", NEW) && !search.takes("grace", NEW));
}

#[test]
fn postfix_finds_whose_mail_it_is_and_nobody_else_s() {
    let server = place().start();
    for name in ["ada", "grace"] {
        server.add_user(name, None);
    }
    server.done(&["user", "email", "add", "ada", "lovelace@example.org"], "");
    server.done(&["user", "disable", "grace"], "");
    let (name, secret) = service_account(&server, "mail", &["--attributes", "mail"]);
    let block = printed_block(server.place(), "text", "query_filter = ");
    let url = format!("ldap://{}", address(&server));
    let settings = with_values(&block, &[("server_host", &url), ("bind_dn", &name), ("bind_pw", &secret)]);
    for address in ["ada@example.org", "ADA@example.org", "lovelace@example.org"] {
        assert_eq!(postfix_finds("ldap", &settings, address).as_deref(), Some("ada"), "{address}");
    }
    for nobody in ["grace@example.org", "nobody@example.org", "ada", "*", "*@example.org", "x)(uid=ada"] {
        assert_eq!(postfix_finds("ldap", &settings, nobody), None, "{nobody}");
    }
}

/// A server with a user of Unix machines, `ada`, who has a key; gives the public key without its comment.
fn with_unix_user() -> (Server, String, (String, String)) {
    let server = place().start().furnished();
    server.done(&["user", "set-posix", "ada", "--uid", "2001", "--gid", "100100"], "");
    let key = server.place_path("id");
    let mut keygen = Command::new("ssh-keygen");
    assert!(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap().success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let added = Laptop::without_key(&server).pipes(
        &format!("{ADAS_PASSWORD}\n{}\n", public.trim()),
        "ada",
        "keys add --password-stdin",
    );
    assert_eq!(added.code, Some(0), "{added:?}");
    let bare = public.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let service = service_account(&server, "unix", &["--attributes", "all"]);
    (server, bare, service)
}

/// A program that reads its settings in `/etc` and speaks in `/run`: in namespaces of its own it has both, whoever runs the
/// tests.
struct Daemon {
    child: Child,
    log: std::path::PathBuf,
}

impl Daemon {
    /// Runs `script` there, in `folder`.
    fn start(folder: &Path, script: &str) -> Self {
        let log = folder.join("log");
        let said = std::fs::File::create(&log).unwrap();
        // What it starts ends with it.
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script]);
        command.current_dir(folder).stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        Self { child: command.spawn().unwrap(), log }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn nslcd_resolves_a_user_and_nobody_without_numbers() {
    let (server, _, (name, secret)) = with_unix_user();
    let folder = tempfile::tempdir().unwrap();
    let config = printed_block(server.place(), "text", "nss_min_uid")
        .replace("ldaps://ldap.example.org/", &format!("ldap://{}/", address(&server)))
        .replace("SECRET", &secret);
    assert!(config.contains(&format!("binddn {name}\n")) && config.contains(&secret), "{config}");
    write_private(&folder.path().join("nslcd.conf"), &config);
    // What libnss-ldapd says to it (nslcd.h): a version, the lookup of a user by name, and the name.
    let ask = "import socket, struct, sys, time\n\
               for name in (b'ada', b'grace', b'nobody'):\n\
               \x20   for _ in range(600):\n\
               \x20       stream = socket.socket(socket.AF_UNIX)\n\
               \x20       try:\n\
               \x20           stream.connect('/run/nslcd/socket')\n\
               \x20           break\n\
               \x20       except OSError:\n\
               \x20           time.sleep(0.1)\n\
               \x20   stream.sendall(struct.pack('!iii', 2, 0x00080001, len(name)) + name)\n\
               \x20   print(name.decode(), stream.makefile('rb').read(), flush=True)\n";
    std::fs::write(folder.path().join("ask.py"), ask).unwrap();
    let daemon = Daemon::start(
        folder.path(),
        "mount --bind nslcd.conf /etc/nslcd.conf\nmount -t tmpfs tmpfs /run\nmkdir /run/nslcd\n/usr/sbin/nslcd -n &\n\
         /usr/bin/python3 ask.py\n",
    );
    let said = wait_until("what nslcd knows", || {
        let log = daemon.log();
        log.contains("\nnobody b'").then_some(log)
    });
    let of =
        |name: &str| said.lines().find(|line| line.starts_with(&format!("{name} b'"))).unwrap().to_owned();
    assert!(of("ada").contains("/home/ada") && of("ada").contains("/bin/bash"), "{said}");
    for name in ["grace", "nobody"] {
        assert!(!of(name).contains("/home"), "{said}");
    }
}

#[test]
fn sssd_gives_sshd_the_keys_of_a_user() {
    let (server, bare, (name, secret)) = with_unix_user();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ldap://{}", address(&server));
    let values =
        [("ldap_uri", url.as_str()), ("ldap_default_bind_dn", &name), ("ldap_default_authtok", &secret)];
    let config = with_values(&printed_block(server.place(), "ini", "ldap_uri = "), &values);
    write_private(&folder.path().join("sssd.conf"), &config);
    let daemon = Daemon::start(
        folder.path(),
        "for folder in /etc/sssd /var/lib/sss /var/log/sssd /run; do mount -t tmpfs tmpfs $folder; done\n\
         install -m 0600 sssd.conf /etc/sssd/sssd.conf\n\
         cd /var/lib/sss\n\
         mkdir -p db pipes/private mc pubconf/krb5.include.d gpo_cache secrets keytabs deskprofile\n\
         chmod 700 pipes/private\n\
         /usr/sbin/sssd -i &\n\
         until /usr/bin/sss_ssh_authorizedkeys ada; do sleep 0.5; done\n\
         /usr/bin/sss_ssh_authorizedkeys grace || true\necho done\n",
    );
    let said = wait_until("what sssd knows", || {
        let log = daemon.log();
        log.contains("\ndone\n").then_some(log)
    });
    let keys: Vec<_> = said.lines().filter(|line| line.contains("ssh-ed25519 ")).collect();
    assert_eq!(keys, [bare], "{said}");
    // What it found it by is what anybody may find who is allowed the same.
    let found = Tools::at(&server).search((&name, &secret), &["-b", ADA, "(uidNumber=2001)", "gidNumber"]);
    assert_eq!(found.values("gidNumber"), ["100100"], "{found:?}");
}
