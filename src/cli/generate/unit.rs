//! Units for systemd: the service, closed as far as it goes, and a socket for a port below 1024.

use std::path::Path;

/// Where the program and its settings usually are.
pub(super) const BINARY: &str = "/usr/local/bin/doorkey";
/// See [`BINARY`].
pub(super) const SETTINGS: &str = "/etc/doorkey/doorkey.toml";
/// Where the settings and what root alone gives the service are.
pub(super) const SETTINGS_FOLDER: &str = "/etc/doorkey";
/// The user of the service.
pub(in crate::cli) const USER: &str = "doorkey";
/// What the service writes, in a folder each: the sandbox lets it write what lies below the folder of the database.
pub(super) const STATE: &str = "/var/lib/doorkey";
/// The folders in [`STATE`].
pub(in crate::cli) const STATE_FOLDERS: [&str; 3] = ["data", "keys", "outbox"];
/// The mode of [`STATE`] and what is in it.
pub(super) const STATE_MODE: &str = "0700";

/// What `generate unit` prints, and the manual shows.
const SERVICE: &str = "\
# Doorkey @VERSION@. Written by `doorkey generate unit`.
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
User=@USER@
StateDirectory=@STATE_DIRECTORY@
StateDirectoryMode=@STATE_MODE@
RuntimeDirectory=doorkey
# Each socket in it says by itself who may connect.
RuntimeDirectoryMode=0755
WorkingDirectory=@STATE@
# The password of the mail relay, with mail.password_file = \"$CREDENTIALS_DIRECTORY/relay\" in the settings:
#LoadCredential=relay:@SETTINGS_FOLDER@/relay
# The URL of PostgreSQL with its password, with store.url_file = \"$CREDENTIALS_DIRECTORY/database\":
#LoadCredential=database:@SETTINGS_FOLDER@/database
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
# Doorkey @VERSION@. Written by `doorkey generate unit --socket`.
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
    SERVICE
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@BINARY@", &binary.display().to_string())
        .replace("@CONFIG@", &config.display().to_string())
        .replace("@USER@", USER)
        .replace("@STATE_DIRECTORY@", &state_directory())
        .replace("@STATE_MODE@", STATE_MODE)
        .replace("@STATE@", STATE)
        .replace("@SETTINGS_FOLDER@", SETTINGS_FOLDER)
}

/// [`STATE`] and its folders as systemd names them, below /var/lib.
fn state_directory() -> String {
    let state = STATE.trim_start_matches("/var/lib/");
    let folders = STATE_FOLDERS.iter().map(|folder| format!(" {state}/{folder}"));
    state.to_owned() + &folders.collect::<String>()
}

/// The socket.
pub(super) fn socket() -> String {
    SOCKET.replace("@VERSION@", env!("CARGO_PKG_VERSION"))
}
