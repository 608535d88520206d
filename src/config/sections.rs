//! The list of all settings: name, type, default, bounds, and the words that explain each.
//! Names follow `sshd_config` in snake case where sshd has the thing.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::fault::Origin;
use super::value::{
    AfterReset, LogFormat, LogLevel, MailTransport, MaxStartups, Number, Raw, SettingValue, SignUp,
};
use crate::domain::email::Email;
use crate::domain::hash::{HashParams, MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES};
use crate::domain::portal::PortalAddress;
use crate::domain::relay::RelayTls;
use crate::domain::text::is_inert;

/// One setting, for reading and printing.
pub(super) struct SettingKey {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// What it means, one line each.
    pub(super) says: &'static [&'static str],
    pub(super) set: fn(&mut Settings, &Raw<'_>) -> Result<(), String>,
    pub(super) show: fn(&Settings) -> Option<String>,
}

/// Writes out the structs, their defaults, and the list of keys from one table.
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

        /// All settings. `Default` is a portal on this machine that needs no file at all.
        #[derive(Clone, Default, PartialEq, Eq)]
        pub struct Settings {
            $( $(#[doc = $about])+ pub $section: $Section, )*
            /// Where each key that is not at its default was read.
            pub(super) places: HashMap<String, Origin>,
        }

        /// Every key, in the order of the sample.
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

        /// Every section with what it is about.
        pub(super) const SECTIONS: &[(&str, &[&str])] = &[ $( (stringify!($section), &[$( $about ),+]) ),* ];
    };
}

sections! {
    /// What people read about this portal.
    portal: PortalSettings {
        /// The name in the title line and in emails.
        name: String = "Doorkey".to_owned(), line(1..=40);
        /// The organisation or host that runs it.
        organisation: String = "localhost".to_owned(), line(1..=60);
        /// Where to ask for help: an address or a few words.
        support: String = "your administrator".to_owned(), line(1..=100);
        /// Where people reach it, `portal.example.org` or `portal.example.org:2222`, for emails and pages to say so.
        address: Option<String> = None, where_set(reached);
        /// Where a person is after a reset: "dashboard" (signed in) or "sign-in".
        after_reset: AfterReset = AfterReset::Dashboard;
        /// Whether anybody may read anybody's public SSH keys: ssh keys@host NAME.
        public_keys: bool = true;
        /// Who may make an account: "closed" (by invitation only) or "open" (anybody, with a code by mail).
        sign_up: SignUp = SignUp::Closed;
    }

    /// The SSH door.
    ssh: SshSettings {
        /// The address to listen on; 0.0.0.0 or :: for all.
        listen_address: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        /// The port to listen on; 0 lets the system choose.
        port: u16 = 2222;
        /// The ed25519 host key; made on the first start.
        host_key: PathBuf = "keys/ssh_host_ed25519_key".into();
        /// Seconds from connecting to the end of authentication.
        login_grace_time: Duration = seconds(30), within(1..=600);
        /// The same for `ssh.reset_user`, who reads an email meanwhile; few at a time may take this long.
        reset_grace_time: Duration = seconds(900), within(60..=1_800);
        /// Connections that have not authenticated, begin:percent:full (random early drop).
        max_startups: MaxStartups = MaxStartups { begin: 64, percent: 30, full: 256 };
        /// The same from one source (an IPv4 address or an IPv6 /56).
        per_source_max_startups: u32 = 8, within(1..=100_000);
        /// Connections of any kind from one source.
        per_source_max: u32 = 16, within(1..=100_000);
        /// Connections of any kind, in all.
        max_connections: u32 = 2_000, within(1..=100_000);
        /// Seconds of silence after which a client is asked whether it is still there.
        client_alive_interval: Duration = seconds(15), within(1..=3_600);
        /// Unanswered questions after which it is taken for gone.
        client_alive_count_max: u32 = 3, within(1..=100);
        /// Seconds that a client may leave a page unread.
        stall_time: Duration = seconds(30), within(1..=600);
        /// Seconds without a key press after which a guest's session ends.
        idle_timeout_guest: Duration = seconds(180), within(1..=86_400);
        /// Seconds without a key press after which a signed-in session ends.
        idle_timeout: Duration = seconds(600), within(1..=86_400);
        /// Seconds after which any session ends.
        session_lifetime: Duration = seconds(7_200), within(1..=604_800);
        /// The username that opens the portal: ssh account@host.
        account_user: String = "account".to_owned(), user;
        /// The username that opens the reset of a password.
        forgot_user: String = "forgot".to_owned(), user;
        /// The username that resets a password in ssh's own prompts, before there is a terminal.
        reset_user: String = "reset".to_owned(), user;
        /// The username that needs no authentication, for clients that can do nothing else.
        guest_user: String = "guest".to_owned(), user;
        /// The username that takes an invitation.
        join_user: String = "join".to_owned(), user;
        /// The username that opens the SSH keys, and prints somebody's public keys: ssh keys@host NAME.
        keys_user: String = "keys".to_owned(), user;
        /// The username that opens support.
        support_user: String = "support".to_owned(), user;
    }

    /// Where accounts are kept.
    store: StoreSettings {
        /// `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`.
        url: String = "sqlite:doorkey.db".to_owned(), database;
    }

    /// The secret keys, kept apart from the database.
    keys: KeySettings {
        /// The file with the secret keys; made on the first start. All nodes share it.
        secret_keys: PathBuf = "keys/secret_keys".into();
    }

    /// How emails leave.
    mail: MailSettings {
        /// "file" (each email becomes an .eml file) or "smtp".
        transport: MailTransport = MailTransport::File;
        /// The folder for transport "file".
        directory: PathBuf = "outbox".into();
        /// The address that emails come from.
        from: String = "doorkey@localhost".to_owned(), address;
        /// A folder with email templates of your own, each named like the one it replaces ("reset-code.txt.j2").
        templates: Option<PathBuf> = None;
        /// The relay's host name, for transport "smtp".
        host: Option<String> = None, where_set(host);
        /// Its port; 587 with "starttls", 465 with "implicit", 25 with "none" when not set.
        port: Option<u16> = None, within(1..=65_535);
        /// "starttls", "implicit", or "none" (only to this machine).
        tls: RelayTls = RelayTls::StartTls;
        /// The username that the relay asks for.
        username: Option<String> = None;
        /// A file with its password, readable by its owner only.
        password_file: Option<PathBuf> = None;
        /// Certificates (PEM) to trust besides the system's.
        ca_file: Option<PathBuf> = None;
        /// The most emails that leave this node in a minute; the others wait, codes go first.
        max_per_minute: i64 = 60, within(1..=100_000);
    }

    /// Passwords: what is taken, and what keeping one costs.
    password: PasswordSettings {
        /// The fewest characters (NIST SP 800-63B-4: 15 where the password is the only factor).
        min_length: usize = 15, within(8..=64);
        /// The fewest characters for an account with a second factor.
        min_length_with_two_factor: usize = 8, within(8..=64);
        /// Argon2id memory in KiB.
        memory_kib: u32 = 65_536, costs(HashParams::FLOOR.memory_kib, MAX_MEMORY_KIB);
        /// Argon2id passes.
        passes: u32 = 2, costs(HashParams::FLOOR.passes, MAX_PASSES);
        /// Argon2id lanes.
        lanes: u32 = 1, costs(HashParams::FLOOR.lanes, MAX_LANES);
        /// Threads that hash, each with that memory; 0 takes one a core, at most 8.
        workers: usize = 0, within(0..=8);
        /// A file with passwords to refuse, one a line, besides the built-in lists.
        blocklist_file: Option<PathBuf> = None;
    }

    /// One-time codes.
    code: CodeSettings {
        /// Minutes that a code is valid after its email was sent.
        ttl_minutes: i64 = 10, within(5..=60);
    }

    /// The log, on standard error.
    log: LogSettings {
        /// "text" or "json".
        format: LogFormat = LogFormat::Text;
        /// "error", "warn", "info", "debug" or "trace".
        level: LogLevel = LogLevel::Info;
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

/// Bounds on what a hash costs: from the floor that OWASP sets to what the service survives.
fn costs(floor: u32, ceiling: u32) -> impl Fn(&u32) -> Result<(), String> {
    move |&value| {
        if value < floor {
            Err(format!("{value} is below the floor of {floor} (OWASP Password Storage)"))
        } else if value > ceiling {
            Err(format!("{value} is above the ceiling of {ceiling}"))
        } else {
            Ok(())
        }
    }
}

/// Text that is shown on one line.
fn line(chars: RangeInclusive<usize>) -> impl Fn(&str) -> Result<(), String> {
    move |text| {
        if !chars.contains(&text.chars().count()) {
            Err(format!("expected {} to {} characters", chars.start(), chars.end()))
        } else if is_inert(text) {
            Ok(())
        } else {
            Err("holds a control character or another one that cannot be seen".to_owned())
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

fn host(name: &str) -> Result<(), String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b".-:".contains(&b);
    if name.len() <= 253 && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err("expected a host name or an address".to_owned())
    }
}

fn reached(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Ok(())
    } else {
        text.parse::<PortalAddress>().map(|_| ()).map_err(|no| no.to_string())
    }
}

fn database(url: &str) -> Result<(), String> {
    let kinds = ["sqlite:", "postgres://", "postgresql://"];
    if kinds.iter().any(|kind| url.strip_prefix(kind).is_some_and(|rest| !rest.is_empty())) {
        Ok(())
    } else {
        Err("expected sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
    }
}
