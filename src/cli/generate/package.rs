//! What a package for Debian has beside the program, as files and scripts: all of it from the declarations that the
//! other generators use, so that a package cannot say something else than the program does. `.deb/build` packs it.

use std::fmt::Write as _;
use std::path::Path;

use clap_complete::Shell;

use super::unit::{self, SETTINGS, SETTINGS_FOLDER, STATE, STATE_FOLDERS, STATE_MODE, USER};
use super::{completions, container, fail2ban, man_page, manual, monitoring};
use crate::config;

/// Where a package installs the program.
const BINARY: &str = "/usr/bin/doorkey";

/// Every file with its path below the root.
pub(super) fn files() -> std::io::Result<Vec<(String, String)>> {
    let doc = |name: &str| format!("usr/share/doc/doorkey/{name}");
    let mut files = vec![
        (
            "usr/lib/systemd/system/doorkey.service".to_owned(),
            unit::service(Path::new(BINARY), Path::new(SETTINGS)),
        ),
        ("usr/lib/systemd/system/doorkey.socket".to_owned(), unit::socket()),
        ("usr/lib/sysusers.d/doorkey.conf".to_owned(), sysusers()),
        ("usr/lib/tmpfiles.d/doorkey.conf".to_owned(), tmpfiles()),
        ("usr/share/bash-completion/completions/doorkey".to_owned(), completions(Shell::Bash)),
        ("usr/share/fish/vendor_completions.d/doorkey.fish".to_owned(), completions(Shell::Fish)),
        ("usr/share/zsh/vendor-completions/_doorkey".to_owned(), completions(Shell::Zsh)),
        (doc("manual.md"), manual::manual()),
        (doc("examples/doorkey.toml"), config::sample()),
        (doc("examples/fail2ban.conf"), fail2ban::filter()),
        (doc("examples/grafana-dashboard.json"), monitoring::dashboard()),
        (doc("examples/alert-rules.yml"), monitoring::alert_rules()),
    ];
    for (name, page) in man_page::pages()? {
        let section = name.rsplit('.').next().unwrap_or_default();
        files.push((format!("usr/share/man/man{section}/{name}"), page));
    }
    Ok(files)
}

fn sysusers() -> String {
    format!("# See sysusers.d(5).\nu {USER} - \"Doorkey account portal\" {STATE}\n")
}

/// The settings belong to root, so that the service cannot change them, and are read through the group, which they have
/// from their folder.
fn tmpfiles() -> String {
    let mut out = format!(
        "# See tmpfiles.d(5).\nd {SETTINGS_FOLDER} 2750 root {USER} -\nd {STATE} {STATE_MODE} {USER} {USER} -\n"
    );
    for folder in STATE_FOLDERS {
        let _ = writeln!(out, "d {STATE}/{folder} {STATE_MODE} {USER} {USER} -");
    }
    out
}

/// The scripts that dpkg runs, in the order of their names. They do what debhelper's do (deb-systemd-helper remembers what
/// an administrator enabled), with two differences: the folders are made without a running systemd too, and an upgrade
/// leaves the socket alone, so that connections wait in it while the service starts anew.
pub(super) fn scripts() -> [(&'static str, String); 3] {
    [("postinst", POSTINST), ("postrm", POSTRM), ("prerm", PRERM)].map(|(name, script)| {
        let script = script.replace("@SETTINGS_FOLDER@", SETTINGS_FOLDER).replace("@SETTINGS@", SETTINGS);
        (name, script.replace("@STATE@", STATE).replace("@USER@", USER))
    })
}

/// Nothing is enabled or started on a first installation: without settings there is nothing to start.
const POSTINST: &str = r#"#!/bin/sh
set -e

case "$1" in
configure | abort-upgrade | abort-deconfigure | abort-remove)
    systemd-sysusers doorkey.conf
    systemd-tmpfiles --create doorkey.conf

    for unit in doorkey.service doorkey.socket; do
        if deb-systemd-helper debian-installed "$unit"; then
            # Takes away only the mask that removing the package set.
            deb-systemd-helper unmask "$unit" >/dev/null || true
            if deb-systemd-helper --quiet was-enabled "$unit"; then
                deb-systemd-helper enable "$unit" >/dev/null || true
            fi
        fi
        deb-systemd-helper update-state "$unit" >/dev/null || true
    done
    if [ -d /run/systemd/system ]; then
        systemctl --system daemon-reload >/dev/null || true
        if [ -n "$2" ]; then
            deb-systemd-invoke try-restart doorkey.service >/dev/null || true
        fi
    fi
    ;;
esac

if [ "$1" = configure ] && [ ! -e @SETTINGS@ ]; then
    cat <<'NEXT'
Doorkey is installed and not started. Next, as root:
  doorkey --config @SETTINGS@ init --state-directory @STATE@
NEXT
fi
"#;

const PRERM: &str = r#"#!/bin/sh
set -e

if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop doorkey.socket doorkey.service >/dev/null || true
fi
"#;

/// A purge removes the user only if no file is left that would belong to whoever gets its number next.
const POSTRM: &str = r#"#!/bin/sh
set -e

case "$1" in
remove)
    # Or whoever enabled a unit has a link to a file that is gone.
    if command -v deb-systemd-helper >/dev/null; then
        deb-systemd-helper mask doorkey.service doorkey.socket >/dev/null || true
    fi
    ;;
purge)
    if command -v deb-systemd-helper >/dev/null; then
        deb-systemd-helper purge doorkey.service doorkey.socket >/dev/null || true
        deb-systemd-helper unmask doorkey.service doorkey.socket >/dev/null || true
    fi
    rm -rf @SETTINGS_FOLDER@ @STATE@
    if getent passwd @USER@ >/dev/null; then
        left=$(find /etc /home /opt /root /srv /var -xdev \( -user @USER@ -o -group @USER@ \) -print -quit 2>/dev/null || true)
        if [ -n "$left" ]; then
            echo "The user @USER@ still owns files and was kept. Find them with: find / -user @USER@. Remove it with: userdel @USER@" >&2
        elif ! command -v userdel >/dev/null || ! userdel @USER@; then
            echo "The user @USER@ could not be removed. Remove it with: userdel @USER@" >&2
        fi
    fi
    ;;
esac

if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
fi
"#;

/// The manual's words about packages and containers.
pub(super) fn chapter() -> String {
    PACKAGES
        .replace("@SETTINGS_FOLDER@", SETTINGS_FOLDER)
        .replace("@SETTINGS@", SETTINGS)
        .replace("@STATE@", STATE)
        .replace("@USER@", USER)
        + &container::chapter()
}

const PACKAGES: &str = "\
### On Debian

`.deb/build` in a copy of the source makes a package with the program, its user, units, man pages, completions and this
manual. Install it and write the settings, as root:

```sh
apt install ./doorkey_*.deb
doorkey --config @SETTINGS@ init --state-directory @STATE@
sudo -u @USER@ doorkey --config @SETTINGS@ check
systemctl enable --now doorkey.socket doorkey.service     # without doorkey.socket if ssh.port is above 1023
sudo -u @USER@ doorkey --config @SETTINGS@ user add ada --email ada@example.org
```

Type every command but `init` as the user `@USER@`, who sees what the service sees. What root makes in `@STATE@` is handed
over to that user. The settings belong to root and are read by the group `@USER@` (mode 0640), so that the service cannot
change them; a password of the relay comes as a credential, see Running as a service, and that of the database in the file
`@STATE@/.pgpass`, see PostgreSQL.

Installing starts nothing. An upgrade starts a running service anew and keeps settings, accounts and keys; with
`doorkey.socket` connections wait meanwhile. `apt remove` keeps them too. `apt purge` removes `@SETTINGS_FOLDER@` and
`@STATE@`, accounts and keys with them, and the user unless it owns files elsewhere.

For other distributions, `doorkey generate package --directory DIRECTORY` writes the files of the package below `root` and
what dpkg runs below `scripts`.

### In a container

";
