//! `doorkey init`: a settings file for this portal, from five answers.

use std::fs::OpenOptions;
use std::io::{BufRead, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use clap::Args;

use super::generate::unit::{STATE_FOLDERS, USER};
use super::output::complain;
use crate::config::{ConfigError, Settings};
use crate::domain::exit_code;
use crate::domain::portal::PortalAddress;

pub(super) const HELP: &str = "\
It asks for what no option says; an empty answer takes the default in brackets. The file is `--config FILE`, or doorkey.toml
in the working directory, and is never overwritten. It has every setting with its description.

Exit code 0: the file was written. 1: it exists. 64: an answer is missing. 65: an option cannot be used.";

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Public address, such as portal.example.org or portal.example.org:2222; empty for this machine only
    #[arg(long)]
    address: Option<String>,
    /// Organisation, in titles and emails
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// Where people get help: an email address or a few words
    #[arg(long, value_name = "CONTACT")]
    support: Option<String>,
    /// Host name of the mail relay; empty to write emails into files
    #[arg(long, value_name = "HOST")]
    mail_host: Option<String>,
    /// Sender address of emails
    #[arg(long, value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// Keep the database, the keys and the emails in folders of this one, as the service of systemd does; without it they
    /// are where the server is started
    #[arg(long, value_name = "DIRECTORY")]
    state_directory: Option<PathBuf>,
    /// Ask nothing: what no option says has its default
    #[arg(long)]
    defaults: bool,
}

/// A question. Its default may rest on the answers before.
struct InitQuestion {
    setting: &'static str,
    asked: &'static str,
    option: fn(&InitArgs) -> Option<&String>,
    default: fn(&[InitAnswer]) -> String,
}

/// A setting and its value.
type InitAnswer = (&'static str, String);

const QUESTIONS: [InitQuestion; 5] = [
    InitQuestion {
        setting: "portal.address",
        asked: "Public address of the portal, such as portal.example.org (empty: this machine only)",
        option: |args| args.address.as_ref(),
        default: |_| String::new(),
    },
    InitQuestion {
        setting: "portal.organisation",
        asked: "Organisation",
        option: |args| args.organisation.as_ref(),
        default: |answers| match host(answers) {
            Some(host) => domain(&host),
            None => Settings::default().portal.organisation,
        },
    },
    InitQuestion {
        setting: "portal.support",
        asked: "Where people get help: an email address or a few words",
        option: |args| args.support.as_ref(),
        default: |_| Settings::default().portal.support,
    },
    InitQuestion {
        setting: "mail.host",
        asked: "Host name of the mail relay (empty: emails become files)",
        option: |args| args.mail_host.as_ref(),
        default: |_| String::new(),
    },
    InitQuestion {
        setting: "mail.from",
        asked: "Sender address of emails",
        option: |args| args.mail_from.as_ref(),
        default: |answers| match host(answers) {
            Some(host) => format!("portal@{}", domain(&host)),
            None => Settings::default().mail.from,
        },
    },
];

fn answer_to<'a>(answers: &'a [InitAnswer], setting: &str) -> Option<&'a str> {
    let found = answers.iter().find(|(of, _)| *of == setting);
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

fn address(answers: &[InitAnswer]) -> Option<PortalAddress> {
    answer_to(answers, "portal.address")?.parse().ok()
}

/// The host of the portal's address, if it is a name by which others know it.
fn host(answers: &[InitAnswer]) -> Option<String> {
    let host = address(answers)?.host().to_owned();
    (host.parse::<IpAddr>().is_err() && host != LOCALHOST).then_some(host)
}

const LOCALHOST: &str = "localhost";

/// Where a portal listens that is reached at `address`: what means this machine is reached by nobody else. Any other address
/// may belong to a router in front of the machine, so it listens at all of its own of that kind.
fn listens_at(address: &PortalAddress) -> IpAddr {
    match address.host().parse::<IpAddr>() {
        Err(_) if address.host() == LOCALHOST => Ipv4Addr::LOCALHOST.into(),
        Ok(ip) if ip.is_loopback() => ip,
        Ok(IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
        _ => Ipv4Addr::UNSPECIFIED.into(),
    }
}

/// `example.org` of `portal.example.org`; a name of two labels is one already.
fn domain(host: &str) -> String {
    match host.split_once('.') {
        Some((_, domain)) if domain.contains('.') => domain.to_owned(),
        _ => host.to_owned(),
    }
}

/// Asks, and writes the settings into `file`. Returns the exit code.
///
/// # Errors
/// The file cannot be written, standard output is closed.
pub(super) fn run(
    args: &InitArgs,
    file: &Path,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u32> {
    let name = file.display();
    let exists = format!(
        "{name} exists already; nothing was written. Move it away, or name another file with --config"
    );
    if file.try_exists()? {
        complain(&exists);
        return Ok(exit_code::NO);
    }
    let mut answers = Vec::new();
    for question in &QUESTIONS {
        let Some(value) = ask(question, args, &answers, out, input)? else {
            complain("an answer is missing; nothing was written. Use the options, or --defaults");
            return Ok(exit_code::USAGE);
        };
        answers.push((question.setting, value));
        if let Err(fault) = read(&answers) {
            complain(&reason(&fault));
            return Ok(exit_code::POLICY);
        }
    }
    if let Some(folder) = &args.state_directory {
        answers.extend(places(folder));
    }
    let text = read(&answers)?.commented();
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode_in(file.parent())).open(file);
    match opened.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all())) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            complain(&exists);
            return Ok(exit_code::NO);
        }
        Err(error) => return Err(anyhow::Error::new(error).context(format!("cannot write {name}"))),
    }
    say_what_is_next(file, &answers, args.state_directory.is_some(), out)?;
    Ok(exit_code::DONE)
}

/// Where a service keeps its things in `folder`.
pub(super) fn places(folder: &Path) -> [InitAnswer; 4] {
    let [data, keys, outbox] = STATE_FOLDERS.map(|name| folder.join(name));
    let path = |path: PathBuf| path.display().to_string();
    [
        ("store.url", format!("sqlite:{}", path(data.join("doorkey.db")))),
        ("keys.secret_keys", path(keys.join("secret_keys"))),
        ("ssh.host_key", path(keys.join("ssh_host_ed25519_key"))),
        ("mail.directory", path(outbox)),
    ]
}

/// The mode of a file in `folder`. Where files get the group of their folder, as in the /etc/doorkey of a package, that group
/// is the service's, and root, who writes the settings, is not the one who reads them.
fn mode_in(folder: Option<&Path>) -> u32 {
    const SET_GROUP_ID: u32 = 0o2000;
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = folder.metadata().map_or(0, |found| found.permissions().mode());
    if mode & SET_GROUP_ID == 0 { 0o600 } else { 0o640 }
}

/// The answer to `question`: that of an option, or one that can be used. `None` if the input ends before.
fn ask(
    question: &InitQuestion,
    args: &InitArgs,
    answers: &[InitAnswer],
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> std::io::Result<Option<String>> {
    if let Some(value) = (question.option)(args) {
        return Ok(Some(value.trim().to_owned()));
    }
    let default = (question.default)(answers);
    if args.defaults {
        return Ok(Some(default));
    }
    loop {
        write!(out, "{} [{default}]: ", question.asked)?;
        out.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            writeln!(out)?;
            return Ok(None);
        }
        let value = match line.trim() {
            "" => default.clone(),
            value => value.to_owned(),
        };
        let tried = [answers, &[(question.setting, value.clone())]].concat();
        match read(&tried) {
            Ok(_) => return Ok(Some(value)),
            Err(fault) => complain(&reason(&fault)),
        }
    }
}

/// What to answer differently, each setting in a sentence.
fn reason(fault: &ConfigError) -> String {
    let said = fault.problems.iter().map(|problem| format!("{}: {}", problem.key, problem.reason));
    said.collect::<Vec<_>>().join("; ")
}

/// The settings that these answers make, with what follows from them.
fn read(answers: &[InitAnswer]) -> Result<Settings, ConfigError> {
    let mut flags: Vec<(&str, String)> = answers.to_vec();
    if let Some(address) = address(answers) {
        flags.push(("ssh.listen_address", listens_at(&address).to_string()));
        flags.push(("ssh.port", address.port().to_string()));
    }
    if let Some(relay) = answer_to(answers, "mail.host") {
        flags.push(("mail.transport", "smtp".to_owned()));
        // A relay on this machine rarely has a certificate for the name `localhost`.
        if relay == "localhost" {
            flags.push(("mail.tls", "none".to_owned()));
        }
    }
    Settings::load_from(None, [], &flags)
}

fn say_what_is_next(
    file: &Path,
    answers: &[InitAnswer],
    is_service: bool,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let name = file.display();
    let port = address(answers).map(|address| address.port()).filter(|port| *port < 1024);
    writeln!(out, "Wrote {name}.")?;
    if let Some(address) = address(answers) {
        let (at, port) = (listens_at(&address), address.port());
        if at.is_loopback() {
            writeln!(
                out,
                "The portal will listen on {at} alone, port {port}: nobody reaches it from another machine."
            )?;
        } else {
            writeln!(out, "The portal will listen on all addresses of this machine, port {port}.")?;
        }
        if port < 1024 && !is_service {
            writeln!(out, "That port needs a capability; `doorkey doctor` says how to give it.")?;
        }
    }
    if answer_to(answers, "mail.host").is_some() {
        writeln!(out, "If the relay demands a login, set mail.username and mail.password_file.")?;
    }
    if is_service {
        let socket = if port.is_some() { "doorkey.socket " } else { "" };
        return writeln!(
            out,
            "Next:\n  sudo -u {USER} doorkey --config {name} check\n  systemctl enable --now {socket}doorkey.service"
        );
    }
    writeln!(out, "Next:\n  doorkey --config {name} doctor\n  doorkey --config {name} serve")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        args: InitArgs,
    }

    /// What `doorkey init` with `options` writes and says to somebody who types `input`.
    fn made(options: &[&str], input: &str) -> (u32, String, Option<Settings>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("doorkey.toml");
        let args = Typed::parse_from([&["init"], options].concat()).args;
        let mut out = Vec::new();
        let code = run(&args, &file, &mut out, &mut input.as_bytes()).unwrap();
        let settings = file.exists().then(|| Settings::load_from(Some(&file), [], &[]).unwrap());
        (code, String::from_utf8(out).unwrap(), settings)
    }

    #[test]
    fn five_answers_make_a_portal_with_a_relay() {
        let input = "portal.acme.example\n\nhelp@acme.example\nmail.acme.example\n\n";
        let (code, said, settings) = made(&[], input);
        assert_eq!(code, exit_code::DONE, "{said}");
        assert_eq!(said.matches("]: ").count(), 5, "{said}");
        let Settings { portal, ssh, mail, .. } = settings.unwrap();
        assert_eq!(portal.address.as_deref(), Some("portal.acme.example"));
        assert_eq!(
            (portal.organisation.as_str(), portal.support.as_str()),
            ("acme.example", "help@acme.example")
        );
        assert_eq!((ssh.listen_address.to_string().as_str(), ssh.port), ("0.0.0.0", 22));
        assert_eq!(
            (mail.host.as_deref(), mail.from.as_str()),
            (Some("mail.acme.example"), "portal@acme.example")
        );
        assert!(said.contains("needs a capability") && said.contains("doorkey.toml serve"), "{said}");
    }

    #[test]
    fn options_are_not_asked_for_and_defaults_run_on_this_machine() {
        let (code, said, settings) = made(&["--defaults"], "");
        assert_eq!((code, settings), (exit_code::DONE, Some(Settings::default())), "{said}");
        let options = ["--address", "[2001:db8::7]:2222", "--organisation", "Acme", "--support", "Room 7"];
        let (code, said, settings) = made(&options, "localhost\nportal@acme.example\n");
        assert_eq!((code, said.matches("]: ").count()), (exit_code::DONE, 2), "{said}");
        let Settings { portal, ssh, mail, .. } = settings.unwrap();
        assert_eq!((portal.organisation.as_str(), ssh.port), ("Acme", 2222));
        assert_eq!(mail.tls, crate::domain::relay::RelayTls::None);
    }

    #[test]
    fn it_listens_where_it_is_told_to() {
        for (address, listens, said) in [
            ("localhost:2222", "127.0.0.1", "listen on 127.0.0.1 alone, port 2222"),
            ("127.0.0.5:2222", "127.0.0.5", "listen on 127.0.0.5 alone"),
            ("[::1]:2222", "::1", "listen on ::1 alone"),
            ("192.0.2.7:2222", "0.0.0.0", "listen on all addresses"),
            ("[2001:db8::7]:2222", "::", "listen on all addresses"),
            ("portal.acme.example:2222", "0.0.0.0", "listen on all addresses"),
        ] {
            let (code, told, settings) = made(&["--defaults", "--address", address], "");
            assert_eq!(code, exit_code::DONE, "{address}: {told}");
            let ssh = settings.unwrap().ssh;
            assert_eq!((ssh.listen_address.to_string().as_str(), ssh.port), (listens, 2222), "{address}");
            assert!(told.contains(said), "{address}: {told}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_used_is_asked_for_again_and_a_missing_one_writes_nothing() {
        let (code, said, settings) = made(&[], "not an address\nportal.acme.example:2222\n\n\n\n\n");
        assert_eq!((code, said.matches("Public address").count()), (exit_code::DONE, 2), "{said}");
        assert_eq!(settings.unwrap().ssh.port, 2222);
        let (code, _, settings) = made(&[], "portal.acme.example\n");
        assert_eq!((code, settings), (exit_code::USAGE, None));
        let (code, _, settings) = made(&["--defaults", "--mail-from", "nobody"], "");
        assert_eq!((code, settings), (exit_code::POLICY, None));
    }

    #[test]
    fn the_service_of_a_package_keeps_its_things_apart_and_reads_what_root_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("doorkey.toml");
        let write = |options: &[&str]| {
            let args = Typed::parse_from([&["init", "--defaults"], options].concat()).args;
            let mut out = Vec::new();
            assert_eq!(run(&args, &file, &mut out, &mut &b""[..]).unwrap(), exit_code::DONE);
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            let settings = Settings::load_from(Some(&file), [], &[]).unwrap();
            std::fs::remove_file(&file).unwrap();
            (settings, mode, String::from_utf8(out).unwrap())
        };
        assert_eq!(write(&[]).1, 0o600);
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o2750)).unwrap();
        let options = ["--state-directory", "/var/lib/doorkey", "--address", "portal.acme.example"];
        let (settings, mode, said) = write(&options);
        assert_eq!(mode, 0o640);
        assert_eq!(settings.store.url, "sqlite:/var/lib/doorkey/data/doorkey.db");
        assert_eq!(settings.keys.secret_keys, Path::new("/var/lib/doorkey/keys/secret_keys"));
        assert_eq!(settings.ssh.host_key, Path::new("/var/lib/doorkey/keys/ssh_host_ed25519_key"));
        assert_eq!(settings.mail.directory, Path::new("/var/lib/doorkey/outbox"));
        assert!(said.contains("systemctl enable --now doorkey.socket doorkey.service"), "{said}");
        assert!(!said.contains("capability"), "{said}");
    }

    #[test]
    fn a_file_that_exists_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("doorkey.toml");
        std::fs::write(&file, "[ssh]\n").unwrap();
        let args = Typed::parse_from(["init", "--defaults"]).args;
        assert_eq!(run(&args, &file, &mut Vec::new(), &mut &b""[..]).unwrap(), exit_code::NO);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[ssh]\n");
    }
}
