//! `doorkey check`: whether people can sign in, and what will keep them from it before long. It looks at what is
//! there, and makes nothing but the one write that tells whether the database takes any.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::Args;

use super::open_files::few_files;
use super::report::{Report, Subject, list_of_subjects};
use super::{exposed, wiring};
use crate::accounts::{begin_clock, clock_warnings};
use crate::clock::Clock;
use crate::config::Settings;
use crate::config::{keys, keys_in_use};
use crate::directory::Finding;
use crate::domain::exit_code;
use crate::domain::hook::HookTarget;
use crate::domain::text::inert;
use crate::ldap::tls::valid_until;
use crate::private_file::folder_of;
use crate::programs::trouble_with;
use crate::ssh::host_key::{HostKey, HostKeyError};
use crate::store::{DeliveryCount, Replication, Store, StoreFault, TroubledEmails, read_tx, sqlite_file};

/// An email that waits for longer, in milliseconds, is overdue: the relay is away or the node is.
const OVERDUE_MS: i64 = 5 * 60_000;
/// Less room than this for the database, in bytes, is worth a warning.
const LITTLE_ROOM: u64 = 256 * 1024 * 1024;

/// What to do when the database is away.
pub(super) const DATABASE_ADVICE: &str = "Start the database, let it take writes (room on its disk, no other program that holds it, a primary and not a \
     standby), or correct store.url and the password that goes with it. Without a password in the URL, that is the line \
     in the .pgpass of the user who runs this, a file that nobody else may read";

/// What the help says behind the options.
pub(super) fn help() -> String {
    format!(
        "It makes nothing: what is missing is said, with what `serve` would do. A line is `ok`, a `warning` or a `problem`. \
         It looks at:\n\n{}\n\
         One thing is written, on purpose, as nothing else tells whether people can sign in: a row of no meaning in the \
         database, which is forgotten a day later. So it waits as a sign-in does while another program writes, five \
         seconds at most. `ssh account@HOST status` and `/readyz` write the same row, at most once a second.\n\n\
         `doctor` looks at the same and connects to others: the mail relay, DNS, the portal itself.\n\n\
         Exit code 0: people can sign in, warnings or not. 69: they cannot, because the database is away, takes no writes, \
         or waits for a synchronous standby that is lost. 78: a setting, a key file or the database is wrong, and `serve` \
         would not start.",
        list_of_subjects(false)
    )
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Print every setting in effect, without secrets, and look at nothing else
    #[arg(long)]
    effective: bool,
    /// Print a JSON object
    #[arg(long, conflicts_with = "effective")]
    json: bool,
}

/// Looks at everything and returns the exit code.
///
/// # Errors
/// Standard output is closed.
pub(super) async fn run(settings: &Settings, args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<u32> {
    if args.effective {
        write!(out, "{}", settings.effective())?;
        return Ok(exit_code::DONE);
    }
    let mut report = Report::new();
    look(settings, &mut report).await;
    report.print(out, args.json)?;
    Ok(report.code())
}

/// What `check` and `doctor` both look at. Gives the host keys that there are.
pub(super) async fn look(settings: &Settings, report: &mut Report) -> Vec<HostKey> {
    if settings.relay_login_is_the_services() {
        match wiring::mailer_without_login(settings) {
            Ok(_) => report.ok(
                Subject::Settings,
                "valid; mail.password_file is a credential of the service, which this command is not given",
            ),
            Err(fault) => report.fault(Subject::Settings, fault),
        }
    } else {
        match wiring::mailer(settings) {
            Ok(_) => report.ok(Subject::Settings, "valid"),
            Err(fault) => report.fault(Subject::Settings, fault),
        }
    }
    open_files(settings, report);
    verify(settings, report);
    directory(settings, report).await;
    hooks(settings, report);
    ldap(settings, report);
    let has_accounts = database(settings, report).await;
    secret_keys(settings, has_accounts, report);
    host_keys(settings, has_accounts, report)
}

/// Who may have passwords checked, and whether somebody else could take them.
fn verify(settings: &Settings, report: &mut Report) {
    const SUBJECT: Subject = Subject::Verify;
    let Some(socket) = &settings.verify.socket else { return };
    if let Err(fault) = wiring::verify_peers(settings) {
        report.problem(SUBJECT, fault.to_string(), exit_code::CONFIG);
        return;
    }
    if settings.verify.services.is_empty() {
        report.warning(SUBJECT, "verify.services names none, so every question is refused");
    }
    let folder = folder_of(socket);
    if let Err(error) = fs::metadata(folder) {
        let name = folder.display();
        let text = format!("{name}: {error}; `serve` needs the folder of verify.socket to be there");
        report.warning(SUBJECT, text);
    } else if let Some(text) = exposed::socket_of_services(socket) {
        report.problem(SUBJECT, text, exit_code::CONFIG);
    } else {
        report.ok(SUBJECT, socket.display().to_string());
    }
}

/// Whether the directory can be asked what it will be asked, without changing anything there.
async fn directory(settings: &Settings, report: &mut Report) {
    const SUBJECT: Subject = Subject::Directory;
    let open = || wiring::directory(settings, wiring::directory_programs(settings)?);
    if let Some(trouble) = settings.directory_command().and_then(trouble_with) {
        report.problem(SUBJECT, format!("directory.command: {trouble}"), exit_code::CONFIG);
        return;
    }
    let directory = match open() {
        Ok(None) => return,
        Ok(Some(directory)) => directory,
        Err(fault) => return report.fault(SUBJECT, fault),
    };
    let (most, seconds) =
        (settings.directory.max_wrong_passwords, settings.directory.wrong_passwords_window.as_secs());
    let passed_on = format!(
        "lockout: {most} wrong passwords for one name are passed on, then none for {seconds} s; that must lock no entry there"
    );
    report.ok(SUBJECT, passed_on);
    for Finding { what, told } in directory.try_out().await {
        match told {
            Ok(told) => report.ok(SUBJECT, format!("{what}: {told}")),
            Err(told) => report.problem(SUBJECT, format!("{what}: {told}"), exit_code::UNAVAILABLE),
        }
    }
}

/// Whether hooks can be told.
fn hooks(settings: &Settings, report: &mut Report) {
    if settings.hooks.file.is_none() {
        return;
    }
    match wiring::hooks(settings) {
        Err(fault) => report.problem(Subject::Hooks, fault.to_string(), exit_code::CONFIG),
        Ok(hooks) if hooks.is_empty() => report.warning(Subject::Hooks, "hooks.file has none"),
        Ok(hooks) => {
            let mut broken = 0;
            for hook in &hooks {
                let HookTarget::Command(path) = &hook.target else { continue };
                let (name, program) = (&hook.name, path.display());
                if let Err(error) = rustix::fs::access(path, rustix::fs::Access::EXEC_OK) {
                    broken += 1;
                    report.problem(Subject::Hooks, format!("{name}: {program}: {error}"), exit_code::CONFIG);
                }
            }
            for text in exposed::of_hooks(settings, &hooks) {
                report.warning(Subject::Hooks, text);
            }
            match hooks.len() - broken {
                0 => {}
                valid => report.ok(Subject::Hooks, format!("{valid} valid")),
            }
        }
    }
}

/// A certificate that ends within so many days is worth a warning.
const LAST_DAYS: i64 = 14;

/// Whether the LDAP server has a certificate that it can use, and for how long.
fn ldap(settings: &Settings, report: &mut Report) {
    const SUBJECT: Subject = Subject::Ldap;
    let Some(address) = settings.ldap.listen else { return };
    if let Err(fault) = wiring::ldap_identity(settings) {
        report.fault(SUBJECT, fault);
        return;
    }
    let files = match settings.ldap_certificate() {
        Ok(Some(files)) => files,
        Ok(None) => {
            report.ok(SUBJECT, format!("{address}, without TLS on this machine"));
            return;
        }
        Err(fault) => {
            report.fault(SUBJECT, fault);
            return;
        }
    };
    let name = files.path.display();
    match valid_until(&files.chain) {
        Err(fault) => {
            report.problem(SUBJECT, format!("ldap.certificate: {name}: {fault}"), exit_code::CONFIG);
        }
        Ok(end) => {
            let left = end.ms_since(Clock::wall_clock());
            let end = end.date_minute();
            if left <= 0 {
                let text = format!("{name}: the certificate ended on {end}, so programs refuse it; renew it");
                report.problem(SUBJECT, text, exit_code::CONFIG);
            } else if left < LAST_DAYS * 24 * 3_600_000 {
                report.warning(SUBJECT, format!("{name}: the certificate ends on {end}; renew it"));
            } else {
                report.ok(SUBJECT, format!("{address}, the certificate is valid until {end}"));
            }
        }
    }
}

/// Events that hooks have not taken, and why.
async fn untaken_deliveries(store: &Store, report: &mut Report) -> anyhow::Result<()> {
    let found = read_tx!(store, StoreFault, |tx| {
        let mut found = Vec::new();
        for count in tx.count_deliveries().await? {
            if count.dead + count.failing > 0 {
                let reason = tx.last_delivery_failure(&count.hook).await?.unwrap_or_default();
                found.push((count, reason));
            }
        }
        Ok(found)
    });
    for (DeliveryCount { hook, failing, dead, .. }, reason) in found.await? {
        let (all, reason) = (dead + failing, inert(&reason, 200));
        let text = format!(
            "{hook} has not taken {all} events ({dead} given up, {failing} tried again): {reason}; see `doorkey hook list`"
        );
        report.warning(Subject::Hooks, text);
    }
    Ok(())
}

/// Whether there can be as many connections as the settings say. `serve` has the same limit where it is started the same
/// way.
fn open_files(settings: &Settings, report: &mut Report) {
    match few_files(settings.ssh.max_connections) {
        None => report.ok(Subject::OpenFiles, "enough for ssh.max_connections"),
        Some(few) => report.warning(Subject::OpenFiles, few.to_string()),
    }
}

/// Everything about the database. True when there are accounts in it, `None` when nobody can say.
async fn database(settings: &Settings, report: &mut Report) -> Option<bool> {
    if let Some(advice) = settings.credential_of_database() {
        report.problem(Subject::Database, format!("not tried: store.url_file: {advice}"), exit_code::CONFIG);
        return None;
    }
    let url = &settings.store.url;
    if let Some(file) = sqlite_file(url) {
        sqlite(&file, report);
    }
    let store = match Store::open_existing(url, settings.store.prepared_statements).await {
        Ok(Some(store)) => store,
        Ok(None) => {
            report.warning(Subject::Database, "there is none yet; `doorkey serve` makes it");
            return Some(false);
        }
        Err(fault) => {
            report.fault_with(Subject::Database, fault, DATABASE_ADVICE);
            return None;
        }
    };
    let has_accounts = inside(settings, &store, report).await;
    store.close().await;
    has_accounts
}

async fn inside(settings: &Settings, store: &Store, report: &mut Report) -> Option<bool> {
    let is_current = match store.has_current_schema().await {
        Ok(is_current) => is_current,
        Err(fault) => {
            report.fault_with(Subject::Database, fault, DATABASE_ADVICE);
            return None;
        }
    };
    match store.replication().await {
        Ok(Some(found)) => replication(&found, report),
        Ok(None) => {}
        Err(fault) => report.fault(Subject::Replication, fault),
    }
    let has_accounts = store.has_accounts().await.ok();
    if keys_in_use_without_accounts(settings, has_accounts) {
        // Not the portal's own database: nothing is written to it, not even in trying.
        return has_accounts;
    }
    if is_current {
        match store.try_write().await {
            Ok(()) => report.ok(Subject::Database, "takes writes"),
            Err(fault) => report.fault_with(Subject::Database, fault, DATABASE_ADVICE),
        }
        if let Err(fault) = untaken_deliveries(store, report).await {
            report.fault_with(Subject::Database, fault, DATABASE_ADVICE);
        }
        if let Err(fault) = clocks_and_emails(store, report).await {
            report.fault_with(Subject::Database, fault, DATABASE_ADVICE);
        }
    } else {
        report.warning(
            Subject::Database,
            "of an older version; `doorkey serve` migrates it. Make a backup first",
        );
    }
    has_accounts
}

/// True for a database that cannot be the portal's own: it is empty, and the keys were once in use.
pub(super) fn keys_in_use_without_accounts(settings: &Settings, has_accounts: Option<bool>) -> bool {
    has_accounts == Some(false) && keys_in_use::is_noted(&settings.keys.secret_keys)
}

async fn clocks_and_emails(store: &Store, report: &mut Report) -> anyhow::Result<()> {
    let clock = begin_clock(store).await?;
    let warnings = clock_warnings(store, &clock).await?;
    if warnings.is_empty() {
        report.ok(Subject::Clock, "agrees with the time that the portal goes by");
    }
    for warning in warnings {
        report.warning(Subject::Clock, warning);
    }
    let mut tx = store.begin_reading().await?;
    waiting_emails(tx.count_troubled_emails(clock.now().plus_ms(-OVERDUE_MS)).await?, report);
    Ok(())
}

fn waiting_emails(troubled: TroubledEmails, report: &mut Report) {
    let TroubledEmails { parked, overdue } = troubled;
    (report.parked_emails, report.overdue_emails) = (Some(parked), Some(overdue));
    if parked > 0 {
        report.warning(
            Subject::Emails,
            format!("{parked} parked: not tried again; `doorkey outbox list` has the reason"),
        );
    }
    if overdue > 0 {
        let minutes = OVERDUE_MS / 60_000;
        report.warning(
            Subject::Emails,
            format!("{overdue} waiting for more than {minutes} minutes; see the log for the reason"),
        );
    }
    if parked + overdue == 0 {
        report.ok(Subject::Emails, "none parked, none overdue");
    }
}

fn replication(found: &Replication, report: &mut Report) {
    let Replication { synchronous_standby_names: names, standbys, synchronous } = found;
    if !names.is_empty() && *synchronous == 0 {
        let text = format!(
            "synchronous_standby_names is '{names}' and no synchronous standby is connected: every write waits for it"
        );
        report.problem(Subject::Replication, text, exit_code::UNAVAILABLE);
    } else if *standbys > 0 {
        let kind = if names.is_empty() { "asynchronous" } else { "synchronous" };
        report.ok(Subject::Replication, format!("{standbys} connected, {kind}"));
    }
}

/// The rights on the file, and how much room it has to grow.
fn sqlite(file: &Path, report: &mut Report) {
    let name = file.display();
    if let Ok(found) = fs::metadata(file) {
        let mode = found.permissions().mode() & 0o777;
        if mode & 0o600 != 0o600 {
            let text =
                format!("{name}: its mode is {mode:04o}, so nothing can be written; type: chmod 600 {name}");
            report.problem(Subject::Database, text, exit_code::UNAVAILABLE);
        } else if mode & 0o077 != 0 {
            let text = format!(
                "{name}: its mode is {mode:04o}, so others have access; `doorkey serve` takes it away"
            );
            report.warning(Subject::Database, text);
        }
    }
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match rustix::fs::statvfs(folder) {
        Ok(found) => {
            let room = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{} MiB free in {}", room / 1024 / 1024, folder.display());
            if room < LITTLE_ROOM {
                report.warning(Subject::Disk, format!("{text}. Make room before the database cannot grow"));
            } else {
                report.ok(Subject::Disk, text);
            }
        }
        Err(error) => {
            report.problem(Subject::Disk, format!("{}: {error}", folder.display()), exit_code::UNAVAILABLE);
        }
    }
}

fn secret_keys(settings: &Settings, has_accounts: Option<bool>, report: &mut Report) {
    const SUBJECT: Subject = Subject::SecretKeys;
    let path = &settings.keys.secret_keys;
    match (keys::load(path), has_accounts) {
        (Err(fault), _) => report.problem(SUBJECT, fault.to_string(), exit_code::CONFIG),
        (Ok(Some(_)), Some(false)) if keys_in_use::is_noted(path) => {
            report.problem(SUBJECT, wiring::keys_of_a_lost_database(path).to_string(), exit_code::CONFIG);
        }
        (Ok(Some(_)), _) => {
            report.ok(SUBJECT, path.display().to_string());
            if let Some(text) = exposed::secret_keys(settings) {
                report.warning(SUBJECT, text);
            }
        }
        (Ok(None), Some(true)) => {
            report.problem(SUBJECT, wiring::lost_keys(path).to_string(), exit_code::CONFIG);
        }
        (Ok(None), _) => {
            report.warning(SUBJECT, format!("{} is not there yet; `doorkey serve` makes it", path.display()));
        }
    }
}

fn host_keys(settings: &Settings, has_accounts: Option<bool>, report: &mut Report) -> Vec<HostKey> {
    const SUBJECT: Subject = Subject::HostKey;
    let files = wiring::host_key_files(settings);
    let any_is_there = files.iter().any(|file| file.path.exists());
    let mut keys = Vec::new();
    for file in &files {
        let path = file.path.display();
        match HostKey::load(file) {
            Ok(key) => {
                report.ok(SUBJECT, format!("{} ({path}; DNS: {})", key.fingerprint(), key.sshfp()));
                keys.push(key);
            }
            Err(HostKeyError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                if has_accounts == Some(true) && file.is_missed(any_is_there) {
                    report.fault(SUBJECT, HostKeyError::missing(file));
                } else {
                    report.warning(SUBJECT, format!("{path} is not there yet; `doorkey serve` makes it"));
                }
            }
            Err(fault) => report.fault(SUBJECT, fault),
        }
    }
    if !keys.is_empty()
        && let Err(fault) = wiring::certify(settings, &mut keys)
    {
        report.fault(SUBJECT, fault);
    }
    keys
}
