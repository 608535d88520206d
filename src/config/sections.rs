//! All settings: name, type, default, bounds and description.
//! Names follow `sshd_config` in snake case wherever sshd has an equivalent.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::fault::Origin;
use super::value::{
    AfterReset, DirectoryKind, DirectoryPasswordChange, DirectoryResetAs, LogFormat, LogLevel, MailTransport,
    Number, Raw, SettingValue, SignUp, TeamCreation,
};
use crate::domain::accent::Accent;
use crate::domain::algorithms::{CipherList, HostKeyList, KexList, MacList};
use crate::domain::branding::{Art, HelpText};
use crate::domain::dn::Dn;
use crate::domain::email::Email;
use crate::domain::hash::{HashParams, MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES};
use crate::domain::ldap_tls::LdapTls;
use crate::domain::max_startups::MaxStartups;
use crate::domain::metrics_address::MetricsAddress;
use crate::domain::networks::Networks;
use crate::domain::penalty_rules::PenaltyRules;
use crate::domain::portal::PortalAddress;
use crate::domain::relay::RelayTls;
use crate::domain::service::{PeerNames, SecondFactorAtServices, ServiceNames};
use crate::domain::text::is_inert;
use crate::domain::throttle;
use crate::domain::trusted_networks::TrustedNetworks;

/// A setting, for reading and printing.
pub(super) struct SettingKey {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// The description, line by line.
    pub(super) says: &'static [&'static str],
    pub(super) set: fn(&mut Settings, &Raw<'_>) -> Result<(), String>,
    pub(super) show: fn(&Settings) -> Option<String>,
}

/// Generates the structs, their defaults and the list of keys from one table.
macro_rules! sections {
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $Section:ident {
            $( $(#[doc = $says:literal])+ $name:ident: $type:ty = $default:expr $(, $check:expr)?; )*
        }
    )*) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, PartialEq, Eq)]
            pub struct $Section { $( $(#[doc = $says])+ pub $name: $type, )* }

            impl Default for $Section {
                fn default() -> Self {
                    Self { $( $name: $default, )* }
                }
            }
        )*

        /// All settings. The defaults run a portal on this machine without any file.
        #[derive(Clone, Default, PartialEq, Eq)]
        pub struct Settings {
            $( $(#[doc = $about])+ pub $section: $Section, )*
            /// Where each key that is not at its default was set.
            pub(super) origins: HashMap<String, Origin>,
        }

        /// Every key, in the order of the sample file.
        pub(super) const KEYS: &[SettingKey] = &[ $( $( SettingKey {
            section: stringify!($section),
            name: stringify!($name),
            says: &[$( $says ),+],
            set: |settings, raw| {
                let value = <$type as SettingValue>::read(raw)?;
                $( ($check)(&value)?; )?
                settings.$section.$name = value;
                Ok(())
            },
            show: |settings| settings.$section.$name.show(),
        }, )* )* ];

        /// Every section with its description.
        pub(super) const SECTIONS: &[(&str, &[&str])] = &[ $( (stringify!($section), &[$( $about ),+]) ),* ];
    };
}

sections! {
    /// How the portal presents itself, and who can use it.
    portal: PortalSettings {
        /// Name in the title line and in emails.
        name: String = "Doorkey".to_owned(), line(1..=40);
        /// Organisation or host that runs it.
        organisation: String = "localhost".to_owned(), line(1..=60);
        /// Where to get help: an email address or a few words.
        support: String = "your administrator".to_owned(), line(1..=100);
        /// Colour of what has the focus: indigo, blue, cyan, teal, green, amber, orange, red, pink, violet, or #rrggbb.
        /// Lighter or darker where its text would be hard to read.
        accent: Accent = Accent::default();
        /// Up to six lines of printable ASCII above the sign-in, 60 columns wide at most, in three quotation marks. Left out
        /// where the screen has no room for it.
        art: Art = Art::default();
        /// Up to twelve lines at the end of the help (F1) and of *Trouble signing in?*: rooms, hours, rules.
        help: HelpText = HelpText::default();
        /// A line below every page, where there is room for it: a legal notice, a version.
        footer: String = String::new(), line(0..=100);
        /// Public address in emails and on pages: `portal.example.org` or `portal.example.org:2222`.
        address: Option<String> = None, where_set(portal_address);
        /// Where people land after a password reset: "dashboard" (signed in) or "sign-in".
        after_reset: AfterReset = AfterReset::Dashboard;
        /// Whether anyone can print a user's public SSH keys with `ssh keys@host NAME`. This reveals which usernames
        /// have keys, and lets anyone match them with keys published elsewhere, such as on GitHub. Servers that ask
        /// over SSH need it; `doorkey authorized-keys` does not.
        public_keys: bool = false;
        /// Whether new usernames can have letters beyond a to z, of one alphabet each. Those that look like another one
        /// are refused (UTS #39). Existing usernames stay what they are.
        unicode_names: bool = false;
        /// Who can create an account: "closed" (by invitation only) or "open" (anyone who can receive a code by email).
        sign_up: SignUp = SignUp::Closed;
    }

    /// What people can do with their own accounts.
    account: AccountSettings {
        /// Whether people can delete their accounts. An account is deleted seven days after its owner asked for it with the
        /// password, and a sign-in or an undo code within these days keeps it.
        deletion: bool = false;
    }

    /// Teams.
    teams: TeamSettings {
        /// Who can create a team: "members" (whoever does is its owner) or "operator" (`doorkey team add` only).
        create: TeamCreation = TeamCreation::Operator;
    }

    /// The SSH server.
    ssh: SshSettings {
        /// Address to listen on; 0.0.0.0 or :: for all interfaces.
        listen_address: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        /// Port to listen on; 0 lets the system choose.
        port: u16 = 2222;
        /// Ed25519 host key; generated on the first start.
        host_key: PathBuf = "keys/ssh_host_ed25519_key".into();
        /// Certificate of the host key, signed by your authority (`ssh-keygen -s CA -h -I ID -n HOST KEY.pub`). Clients
        /// with a line `@cert-authority HOST CA.pub` in `known_hosts` then accept a new host key without a warning.
        host_certificate: Option<PathBuf> = None;
        /// Signatures of the host, the first choice first. The keys for those that are not Ed25519 are beside
        /// `ssh.host_key` and generated like it. This list and the next three are written as in `sshd_config`: a leading
        /// `+` adds to the default, `-` takes from it, `^` puts first; `+rsa-sha2-*` adds a key of RSA.
        host_keys: HostKeyList = HostKeyList::default();
        /// Key exchange, the first choice first.
        kex: KexList = KexList::default();
        /// Ciphers, the first choice first.
        ciphers: CipherList = CipherList::default();
        /// Message authentication, the first choice first.
        macs: MacList = MacList::default();
        /// Seconds that a client may take to authenticate.
        login_grace_time: Duration = seconds(30), within(1..=600);
        /// The same for `ssh.reset_user` and `ssh.undo_user`, where people wait for an email; only a few connections at
        /// a time get it.
        reset_grace_time: Duration = seconds(900), within(60..=1_800);
        /// Unauthenticated connections, begin:percent:full (random early drop).
        max_startups: MaxStartups = MaxStartups { begin: 64, percent: 30, full: 256 };
        /// Unauthenticated connections from one source (an IPv4 address or an IPv6 /56).
        per_source_max_startups: u32 = 8, within(1..=100_000);
        /// Connections from one source.
        per_source_max: u32 = 16, within(1..=100_000);
        /// Connections in total. When they run short, guests of the network with most connections give way first; those with
        /// a key of an account keep their places, up to `per_source_max` for each account. An eighth can have the prompts of
        /// `reset@` and `undo@` at a time.
        max_connections: u32 = 2_000, within(1..=100_000);
        /// Sessions that one connection can have at a time, as with `ControlMaster`; 1 for no more than one.
        max_sessions_per_connection: usize = 10, within(1..=100);
        /// What misbehaving costs a source: seconds that add up; from `min` on it is refused until they have passed.
        /// What is not named has its default; "no" for no penalties. `max-sources` is how many sources are remembered.
        per_source_penalties: PenaltyRules = PenaltyRules::default();
        /// Networks exempt from these penalties, such as `192.0.2.0/24, 2001:db8::/32`.
        per_source_penalty_exempt_list: TrustedNetworks = TrustedNetworks::default();
        /// Networks of proxies that begin each connection with a header of the PROXY protocol, version 2, such as
        /// `HAProxy` with `send-proxy-v2`. The header is required from there and refused from everybody else; the
        /// address in it is what is counted and logged. A proxy's own check is answered with the version line.
        proxy_protocol_from: Networks = Networks::default();
        /// Seconds without data after which a keepalive message is sent to the client.
        client_alive_interval: Duration = seconds(15), within(1..=3_600);
        /// Unanswered keepalive messages after which the connection is closed.
        client_alive_count_max: u32 = 3, within(1..=100);
        /// Seconds that a client may leave output unread before its connection is closed.
        stall_time: Duration = seconds(30), within(1..=600);
        /// Seconds without a key press after which a guest's session ends.
        idle_timeout_guest: Duration = seconds(180), within(1..=86_400);
        /// Seconds without a key press after which a signed-in session ends.
        idle_timeout: Duration = seconds(600), within(1..=86_400);
        /// Signed-in sessions that one account can have; one more ends the session that has been idle longest.
        max_sessions_per_account: i64 = throttle::SESSIONS_PER_ACCOUNT, within(1..=1_000);
        /// Maximum seconds of any session.
        session_lifetime: Duration = seconds(7_200), within(1..=604_800);
        /// Whether `serve` confines itself before it lets anyone in: no other programs, no new privileges, no files but its
        /// own (Landlock and seccomp). Needs Linux 5.13 or later with Landlock; without, `serve` does not start.
        sandbox: bool = true;
        /// SSH user name that opens the portal: ssh account@host.
        account_user: String = "account".to_owned(), user;
        /// SSH user name that opens the password reset.
        forgot_user: String = "forgot".to_owned(), user;
        /// SSH user name that resets a password in keyboard-interactive prompts, without a terminal.
        reset_user: String = "reset".to_owned(), user;
        /// SSH user name for undoing a change with an undo code, in keyboard-interactive prompts.
        undo_user: String = "undo".to_owned(), user;
        /// SSH user name without authentication, for clients that support nothing else.
        guest_user: String = "guest".to_owned(), user;
        /// SSH user name that opens an invitation.
        join_user: String = "join".to_owned(), user;
        /// SSH user name that opens the SSH keys and prints the public keys of an account: ssh keys@host NAME.
        keys_user: String = "keys".to_owned(), user;
        /// SSH user name that opens support.
        support_user: String = "support".to_owned(), user;
        /// SSH user name that takes the setup code of a portal without accounts.
        setup_user: String = "setup".to_owned(), user;
    }

    /// The database.
    store: StoreSettings {
        /// `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`; of several PostgreSQL servers,
        /// HOST1:PORT1,HOST2:PORT2, the primary is used.
        url: String = "sqlite:doorkey.db".to_owned(), database;
        /// File with the URL in its first line, in the place of `url`: `$CREDENTIALS_DIRECTORY/database` of a systemd
        /// service. Only its owner may have access.
        url_file: Option<PathBuf> = None;
        /// Whether PostgreSQL statements are prepared by name; set to false behind `PgBouncer` with
        /// `pool_mode = transaction`.
        prepared_statements: bool = true;
    }

    /// The secret keys, stored outside the database.
    keys: KeySettings {
        /// File with the secret keys; generated on the first start. All nodes share it.
        secret_keys: PathBuf = "keys/secret_keys".into();
    }

    /// Outgoing email.
    mail: MailSettings {
        /// "file" (each email becomes an .eml file) or "smtp".
        transport: MailTransport = MailTransport::File;
        /// Folder for transport "file".
        directory: PathBuf = "outbox".into();
        /// Sender address.
        from: String = "doorkey@localhost".to_owned(), address;
        /// Folder with your own email templates, each named like the one it replaces ("reset-code.txt.j2"); see the chapter
        /// "Emails" of the manual.
        templates: Option<PathBuf> = None;
        /// Host name of the mail relay, for transport "smtp".
        host: Option<String> = None, where_set(host);
        /// Fully qualified name that this machine gives in EHLO, which some relays demand; by default its host name, or the
        /// domain of `mail.from` where the host name has no domain.
        helo_name: Option<String> = None, where_set(host);
        /// Port of the mail relay; by default 587 with "starttls", 465 with "implicit", 25 with "none".
        port: Option<u16> = None, within(1..=65_535);
        /// "starttls", "implicit", or "none" (only for a relay on this machine).
        tls: RelayTls = RelayTls::StartTls;
        /// User name at the mail relay.
        username: Option<String> = None;
        /// File with the password for the mail relay; only its owner may have access.
        password_file: Option<PathBuf> = None;
        /// PEM certificates to trust in addition to the system's.
        ca_file: Option<PathBuf> = None;
        /// Maximum emails per minute from this node; the others wait. Each kind has a part of it, so no flood delays
        /// reset codes or notifications.
        max_per_minute: i64 = 60, within(10..=100_000);
        /// Maximum emails per day to addresses without an account: sign-up codes 30%, verification codes 25%, cases of
        /// guests 25%, invitations 20%, and a quarter of each in any six hours. Never limits the reset codes and
        /// notifications of members.
        max_per_day_without_account: i64 = 2_000, within(40..=100_000);
    }

    /// Password policy and the cost of password hashes.
    password: PasswordSettings {
        /// Minimum characters (NIST SP 800-63B-4: 15 if the password is the only factor).
        min_length: usize = 15, within(8..=64);
        /// Minimum characters for an account with two-factor authentication.
        min_length_with_two_factor: usize = 8, within(8..=64);
        /// Argon2id memory in KiB.
        memory_kib: u32 = 65_536, costs(HashParams::FLOOR.memory_kib, MAX_MEMORY_KIB);
        /// Argon2id passes.
        passes: u32 = 2, costs(HashParams::FLOOR.passes, MAX_PASSES);
        /// Argon2id lanes.
        lanes: u32 = 1, costs(HashParams::FLOOR.lanes, MAX_LANES);
        /// Whether hashes are keyed with a pepper that is not in the database. `false` lets other programs check passwords
        /// through the view `dovecot_users`, and whoever gets a copy of the database guess them. Hashes follow as people
        /// sign in or set a password.
        pepper: bool = true;
        /// Hashing threads, each with its own memory; 0 means one per core, at most 8.
        workers: usize = 0, within(0..=8);
        /// File with passwords to refuse in addition to the built-in lists, one per line.
        blocklist_file: Option<PathBuf> = None;
    }

    /// Signing in.
    auth: AuthSettings {
        /// Whether a registered SSH key and a two-factor code sign in to the portal without a password. For accounts with
        /// two-factor authentication only; sensitive changes still need the password.
        key_sign_in: bool = false;
    }

    /// One-time codes.
    code: CodeSettings {
        /// Minutes that a code is valid after its email was sent.
        ttl_minutes: i64 = 10, within(5..=60);
    }

    /// How much one source (an IPv4 address or an IPv6 /56) may ask. Where several accounts have signed in during the
    /// last 30 days, such as in an office, each of these limits is as many times higher.
    limits: LimitSettings {
        /// Requests for a reset code in an hour.
        reset_requests_per_source: i64 = throttle::REQUESTS_PER_SOURCE.count, within(1..=100_000);
        /// Different names in requests for a reset code in a day.
        reset_names_per_source: i64 = throttle::IDENTIFIERS_PER_SOURCE.count, within(1..=100_000);
        /// Passwords and codes tried in a minute, except for accounts that know the source.
        tries_per_source: i64 = throttle::TRIES_PER_SOURCE.count, within(1..=60_000);
        /// Emails in an hour with a code that verifies an address.
        verification_codes_per_source: i64 = throttle::VERIFICATION_CODES_PER_SOURCE.count, within(1..=100_000);
        /// Support cases that members open in a day.
        cases_per_source: i64 = throttle::CASES_PER_SOURCE.count, within(1..=100_000);
        /// Support cases that guests open in a day.
        guest_cases_per_source: i64 = throttle::GUEST_CASES_PER_SOURCE.count, within(1..=100_000);
        /// Lookups of public keys in a minute, at each node.
        key_lookups_per_source: i64 = throttle::KEY_LOOKUPS_PER_SOURCE.count, within(1..=60_000);
        /// The most accounts of one source that raise its limits: with 20, no limit is more than 20 times higher.
        accounts_per_source: i64 = throttle::ACCOUNTS_PER_SOURCE, within(1..=1_000);
        /// Networks exempt from these limits, from the connection limits per source and from penalties, such as
        /// `192.0.2.0/24, 2001:db8::/32`. Their connections count as those of known sources. What is counted by
        /// account applies there too.
        trusted_networks: TrustedNetworks = TrustedNetworks::default();
    }

    /// The audit log: what people see as their activity, and `doorkey activity` shows of all.
    audit: AuditSettings {
        /// Days that an event is kept. What is deleted for its age leaves an anchor, so that `doorkey audit verify` still
        /// tells when anything else is missing.
        retention_days: i64 = throttle::ACTIVITY_DAYS, within(30..=3_650);
    }

    /// Metrics and health over HTTP, for this machine alone.
    metrics: MetricsSettings {
        /// Where `/metrics`, `/healthz` and `/readyz` are answered: a loopback address such as `127.0.0.1:9222`, or a socket
        /// such as `unix:/run/doorkey/metrics.sock`; nothing for nowhere.
        listen: Option<MetricsAddress> = None;
    }

    /// Passwords checked for services of this machine with `doorkey verify`.
    verify: VerifySettings {
        /// The path of the socket at which services ask, such as `/run/doorkey/verify.sock`; nothing for nowhere.
        socket: Option<PathBuf> = None, where_rooted();
        /// The services that may ask, such as `imap, sudo`: lower-case names that their calls give and people see in their
        /// activity.
        services: ServiceNames = ServiceNames::default();
        /// The users of this machine that services run as, by name or number.
        users: PeerNames = PeerNames::root();
        /// The groups of this machine whose members may ask too, by name or number.
        groups: PeerNames = PeerNames::default();
        /// What opens an account with two-factor authentication: "refuse" (nothing does) or "append" (the password with the
        /// six digits of the authenticator app right behind it).
        second_factor: SecondFactorAtServices = SecondFactorAtServices::Refuse;
        /// Passwords checked in a minute for one service.
        tries_per_service: i64 = throttle::TRIES_PER_SERVICE.count, within(1..=60_000);
        /// Passwords checked in a minute for one service about people who come from one source, where the service says from
        /// where they come.
        tries_per_source: i64 = throttle::SERVICE_TRIES_PER_SOURCE.count, within(1..=60_000);
    }

    /// Accounts and passwords that live elsewhere: the portal is the front of a directory that is already there.
    directory: DirectorySettings {
        /// "own" (the portal's database), "ldap" (OpenLDAP, 389-ds, lldap, FreeIPA), "active-directory" (Microsoft's or
        /// Samba's) or "command" (a program, which speaks to anything).
        kind: DirectoryKind = DirectoryKind::Own;
        /// Whether people can change their passwords there with the current one.
        change: bool = true;
        /// Whether the portal can set the password of somebody who has forgotten it. Without it no change can be undone either.
        reset: bool = true;
        /// Whether the directory says which teams people are in; they are read-only then.
        groups: bool = false;
        /// Whether the directory holds public keys of people, beside those that they register in the portal.
        ssh_keys: bool = false;
        /// Seconds that the directory may take for an answer.
        timeout: Duration = seconds(5), within(1..=15);
        /// Wrong passwords for one name that the directory is asked about: so many of strangers, and so many from where the
        /// account has signed in before. Then the portal answers by itself, so that nobody is locked out in the directory:
        /// keep it below the number after which that locks an entry.
        max_wrong_passwords: i64 = 4, within(1..=99);
        /// Seconds after the last of them until it is asked again: no fewer than it remembers them for.
        wrong_passwords_window: Duration = seconds(1_800), within(60..=86_400);
        /// With "command": the program, by its path from the root. It gets JSON on standard input and nothing else.
        command: Option<PathBuf> = None, where_rooted();
        /// With "ldap" and "active-directory": where it is, such as `ldaps://ldap.example.org`; of several with commas
        /// between, the one that answers is used. `ldap://` needs `starttls`, unless it is on this machine.
        urls: String = String::new();
        /// Whether connections to `ldap://` begin with `StartTLS`.
        starttls: bool = false;
        /// Certificates of authorities to trust besides those of the system, in PEM.
        ca_file: Option<PathBuf> = None;
        /// The service account that looks people up and sets the passwords that they have forgotten.
        bind_dn: Option<String> = None;
        /// A file with its password.
        bind_password_file: Option<PathBuf> = None;
        /// The entry below which all people are, such as `ou=people,dc=example,dc=org`.
        user_base: String = String::new();
        /// The filter that finds somebody by what was typed, `{login}`, which is escaped. By default a username or an email
        /// address.
        user_filter: Option<String> = None;
        /// The entry below which all groups are.
        group_base: Option<String> = None;
        /// The filter that finds somebody's groups by the name of their entry, `{dn}`, or their username, `{name}`.
        group_filter: Option<String> = None;
        /// The attribute that stays the same when an entry is renamed; by default `entryUUID` or `objectGUID`.
        id_attribute: Option<String> = None;
        /// The attribute with the username; by default `uid` or `sAMAccountName`.
        name_attribute: Option<String> = None;
        /// The attribute with the email address; by default `mail`.
        email_attribute: Option<String> = None;
        /// The attribute with what people are called; by default `cn` or `displayName`.
        display_name_attribute: Option<String> = None;
        /// The attribute with public keys; by default `sshPublicKey`.
        ssh_key_attribute: Option<String> = None;
        /// The attribute with the name of a group; by default `cn`.
        group_name_attribute: Option<String> = None;
        /// "auto" (as the server says that it can), "exop" (RFC 3062) or "modify" (writes `userPassword`). Means nothing in
        /// Active Directory.
        password_change: DirectoryPasswordChange = DirectoryPasswordChange::Auto;
        /// Who sets a forgotten password: "service" (the service account), or "user" (the person, right after the service
        /// account has set a random one), where a password that somebody else has set must be changed at once, as in FreeIPA.
        reset_as: DirectoryResetAs = DirectoryResetAs::Service;
        /// Connections of the service account. Where there are two or more, strangers together leave one to people who are
        /// known.
        connections: usize = 4, within(1..=64);
    }

    /// Other systems that are told what happened.
    hooks: HookSettings {
        /// File with the webhooks and commands that are told of events, a table `[[hook]]` each; see the chapter "Hooks" of
        /// the manual. Read again on SIGHUP.
        file: Option<PathBuf> = None;
    }

    /// The LDAP server: other programs check passwords and look up people and teams. It changes nothing but the password of
    /// whoever is bound.
    ldap: LdapSettings {
        /// The address and port to listen at, such as `0.0.0.0:636`; nothing for nowhere.
        listen: Option<SocketAddr> = None;
        /// "ldaps" (TLS from the first byte), "starttls" (nothing is answered before TLS), or "none" (only at a loopback
        /// address).
        tls: LdapTls = LdapTls::Ldaps;
        /// File with the certificate and those of its issuers, PEM. It is read again on SIGHUP, like its key.
        certificate: Option<PathBuf> = None;
        /// File with the key of the certificate, PEM. Only its owner may have access.
        certificate_key: Option<PathBuf> = None;
        /// Under which name everything is: `dc=example,dc=org`. People are below `ou=people`, teams below `ou=teams`.
        base_dn: Option<Dn> = None;
        /// What opens an account with two-factor authentication: "refuse" (nothing does) or "append" (the password with the
        /// six digits of the authenticator app right behind it).
        second_factor: SecondFactorAtServices = SecondFactorAtServices::Refuse;
        /// Passwords checked in a minute.
        tries_per_service: i64 = 10 * throttle::TRIES_PER_SERVICE.count, within(1..=60_000);
        /// Passwords checked in a minute for one source: a program that signs its users in is one.
        tries_per_source: i64 = throttle::TRIES_PER_SERVICE.count, within(1..=60_000);
        /// Entries in one answer. A client that wants more asks for them in pages.
        max_results: i64 = 1_000, within(1..=100_000);
        /// Connections in total; one source can have half of them.
        max_connections: u32 = 256, within(2..=100_000);
    }

    /// The log, on standard error.
    log: LogSettings {
        /// "text" or "json".
        format: LogFormat = LogFormat::Text;
        /// "error", "warn", "info", "debug" or "trace".
        level: LogLevel = LogLevel::Info;
        /// Maximum lines per second about one source (an IPv4 address or an IPv6 /56). The others are counted in a line
        /// `lines-dropped`.
        lines_per_source: u32 = 10, within(1..=100_000);
        /// Maximum lines per second about all sources. The security events of members may be as many again, and so may
        /// wrong guesses and the portal's own lines; "debug" and "trace" lines ten times as many. A library has one line
        /// a second.
        lines_per_second: u32 = 100, within(2..=100_000);
    }
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn within<T: Number>(range: RangeInclusive<i128>) -> impl Fn(&T) -> Result<(), String> {
    move |value| match value.number() {
        number if range.contains(&number) => Ok(()),
        number => Err(format!("{number} is outside {} to {}", range.start(), range.end())),
    }
}

/// Bounds of the hash cost: from the OWASP minimum to what the server can bear.
fn costs(floor: u32, ceiling: u32) -> impl Fn(&u32) -> Result<(), String> {
    move |&value| {
        if value < floor {
            Err(format!("{value} is below the minimum of {floor} (OWASP Password Storage)"))
        } else if value > ceiling {
            Err(format!("{value} is above the maximum of {ceiling}"))
        } else {
            Ok(())
        }
    }
}

/// Text for one line.
fn line(chars: RangeInclusive<usize>) -> impl Fn(&str) -> Result<(), String> {
    move |text| {
        if !chars.contains(&text.chars().count()) {
            Err(format!("expected {} to {} characters", chars.start(), chars.end()))
        } else if is_inert(text) {
            Ok(())
        } else {
            Err("contains a control or invisible character".to_owned())
        }
    }
}

fn user(name: &str) -> Result<(), String> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if (1..=32).contains(&name.len()) && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err("expected 1 to 32 of a-z, 0-9, `.`, `_`, `-`".to_owned())
    }
}

fn address(text: &str) -> Result<(), String> {
    Email::parse(text).map(|_| ()).map_err(|refusal| refusal.to_string())
}

fn where_set(check: fn(&str) -> Result<(), String>) -> impl Fn(&Option<String>) -> Result<(), String> {
    move |value| value.as_deref().map_or(Ok(()), check)
}

fn where_rooted() -> impl Fn(&Option<PathBuf>) -> Result<(), String> {
    |path| match path.as_deref().filter(|path| !path.has_root()) {
        Some(path) => Err(format!("expected a path from the root; found `{}`", Path::display(path))),
        None => Ok(()),
    }
}

fn host(name: &str) -> Result<(), String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b".-:".contains(&b);
    if name.len() <= 253 && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err("expected a host name or IP address".to_owned())
    }
}

fn portal_address(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Ok(())
    } else {
        text.parse::<PortalAddress>().map(|_| ()).map_err(|error| error.to_string())
    }
}

pub(super) fn database(url: &str) -> Result<(), String> {
    let kinds = ["sqlite:", "postgres://", "postgresql://"];
    if kinds.iter().any(|kind| url.strip_prefix(kind).is_some_and(|rest| !rest.is_empty())) {
        Ok(())
    } else {
        Err("expected sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
    }
}
