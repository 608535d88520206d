//! Units for systemd: the service, closed as far as it goes, and a socket for a port below 1024.

use std::path::Path;

/// Where the program and its settings usually are.
pub(super) const BINARY: &str = "/usr/local/bin/doorkey";
/// See [`BINARY`].
pub(super) const SETTINGS: &str = "/etc/doorkey/doorkey.toml";

/// What `generate unit` prints, and the manual shows.
const SERVICE: &str = "\
# Doorkey @VERSION@. Written by `doorkey generate unit`; install it as /etc/systemd/system/doorkey.service.
[Unit]
Description=Doorkey account portal
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=main
ExecStart=@BINARY@ --config @CONFIG@ serve
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
Restart=on-failure
RestartSec=2
# What restarting does not mend: a wrong setting.
RestartPreventExitStatus=78
TimeoutStopSec=40
User=doorkey
StateDirectory=doorkey doorkey/data doorkey/keys doorkey/outbox
StateDirectoryMode=0700
RuntimeDirectory=doorkey
RuntimeDirectoryMode=0750
WorkingDirectory=/var/lib/doorkey
# The password of the mail relay, with mail.password_file = \"$CREDENTIALS_DIRECTORY/relay\" in the settings:
#LoadCredential=relay:/etc/doorkey/relay
# The URL of PostgreSQL with its password, with store.url_file = \"$CREDENTIALS_DIRECTORY/database\":
#LoadCredential=database:/etc/doorkey/database
UMask=0077
LimitNOFILE=65536
LimitCORE=0
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
";

/// The port is opened by systemd, so the service needs no privilege for it, and connections wait while it starts anew.
const SOCKET: &str = "\
# Doorkey @VERSION@. Written by `doorkey generate unit --socket`; install it as /etc/systemd/system/doorkey.socket.
[Unit]
Description=Port of the Doorkey account portal

[Socket]
ListenStream=22
Accept=no
NoDelay=yes
Backlog=512

[Install]
WantedBy=sockets.target
";

/// The service, for a program and a settings file at these paths.
pub(super) fn service(binary: &Path, config: &Path) -> String {
    let unit = SERVICE.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    unit.replace("@BINARY@", &binary.display().to_string()).replace("@CONFIG@", &config.display().to_string())
}

/// The socket.
pub(super) fn socket() -> String {
    SOCKET.replace("@VERSION@", env!("CARGO_PKG_VERSION"))
}
