//! `doorkey doctor`: what keeps the portal from working, and what to do. It looks at what `check` looks at, and connects
//! to those that the portal needs: the mail relay, DNS, the portal itself.

mod dns;
mod mail;
mod network;
mod ntp;
mod programs;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;

use clap::Args;

use self::dns::{Dns, DnsServer, NoAnswer};
use super::check;
use super::report::{Report, Subject, list_of_subjects};
use crate::clock::Clock;
use crate::config::{MailTransport, Settings};
use crate::domain::email::Email;
use crate::store::{Store, sqlite_file};

/// What the help says behind the options.
pub(super) fn help() -> String {
    format!(
        "Each line is `ok`, a `warning` or a `problem`, and says what to do. It writes to the database, and takes it back; it \
         leaves nothing behind. Run it as the user that runs `serve`, for what another one may do says little. Beside what \
         `check` looks at, it looks at:\n\n{}\n\
         Exit code 0: no problem, warnings or not. 69: something that the portal needs is away or refuses it. 78: a setting, a \
         file or a DNS record is wrong.",
        list_of_subjects(true)
    )
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Send a real email to this address
    #[arg(long, value_name = "ADDRESS", value_parser = |text: &str| Email::parse(text).map_err(|refusal| refusal.to_string()))]
    mail_to: Option<Email>,
    /// Ask this DNS server instead of the system's: an IP address with an optional port
    #[arg(long, value_name = "ADDRESS")]
    dns_server: Option<DnsServer>,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// Looks at everything and returns the exit code.
///
/// # Errors
/// Standard output is closed.
pub(super) async fn run(settings: &Settings, args: &DoctorArgs, out: &mut dyn Write) -> anyhow::Result<u32> {
    let mut report = Report::new();
    let host_keys = check::look(settings, &mut report).await;
    if settings.credential_of_database().is_none() {
        owner(settings, &mut report);
        database(settings, &mut report).await;
    }
    folder_of_emails(settings, &mut report);
    services(settings, &mut report);
    ntp::look(&mut report).await;
    let dns = Dns::new(args.dns_server);
    mail::look(settings, args.mail_to.as_ref(), dns.as_ref(), &mut report).await;
    network::look(settings, &host_keys, dns.as_ref(), &mut report).await;
    report.print(out, args.json)?;
    Ok(report.code())
}

/// Whose the database is.
fn owner(settings: &Settings, report: &mut Report) {
    let me = rustix::process::geteuid().as_raw();
    let owner =
        sqlite_file(&settings.store.url).and_then(|file| fs::metadata(file).ok()).map(|found| found.uid());
    if let Some(owner) = owner.filter(|owner| *owner != me) {
        let text = format!(
            "its file belongs to user {owner}, and this is run by user {me}, who may do other things. Run it as the owner: \
             sudo -u '#{owner}' doorkey doctor"
        );
        report.warning(Subject::Database, text);
    }
}

/// Who may read the emails.
fn folder_of_emails(settings: &Settings, report: &mut Report) {
    let folder = &settings.mail.directory;
    let mode = fs::metadata(folder).map_or(0, |found| found.permissions().mode());
    if settings.mail.transport == MailTransport::File && mode & 0o077 != 0 {
        let (folder, mode) = (folder.display(), mode & 0o777);
        let text = format!(
            "{folder}: its mode is {mode:04o}, so others can read the codes; type: chmod 700 {folder}"
        );
        report.warning(Subject::Emails, text);
    }
}

/// Whether the portal answers at the socket of services. It looks at who connects before anything is asked.
fn services(settings: &Settings, report: &mut Report) {
    let Some(socket) = &settings.verify.socket else { return };
    let name = socket.display();
    let mode = fs::metadata(socket).map_or(0, |found| found.permissions().mode() & 0o777);
    match UnixStream::connect(socket) {
        Ok(_) if mode & 0o006 != 0o006 => report.warning(
            Subject::Verify,
            format!("{name}: its mode is {mode:04o}, so only some may connect; restart the portal"),
        ),
        Ok(_) => report.ok(Subject::Verify, format!("the portal listens at {name}")),
        Err(error) => report.warning(
            Subject::Verify,
            format!("{name}: {error}. Start the portal, or restart it after a change of verify.socket"),
        ),
    }
}

/// A real write. What is wrong before that, `check` has said.
async fn database(settings: &Settings, report: &mut Report) {
    let opened = Store::open_existing(&settings.store.url, settings.store.prepared_statements).await;
    let Ok(Some(store)) = opened else { return };
    // Nothing is written to another's database.
    let is_ours = matches!(store.has_current_schema().await, Ok(true))
        && !check::keys_in_use_without_accounts(settings, store.has_accounts().await.ok());
    if is_ours {
        match store.write_and_undo(Clock::wall_clock()).await {
            Ok(()) => report.ok(Subject::Database, "a row was written and taken back"),
            Err(fault) => report.fault_with(Subject::Database, fault, check::DATABASE_ADVICE),
        }
    }
    store.close().await;
}

/// Says that DNS was not heard, which is no fault of the portal's.
fn unheard(subject: Subject, name: &str, fault: &NoAnswer, report: &mut Report) {
    report.warning(subject, format!("{name}: {fault}"));
}
