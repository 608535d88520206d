//! Whether emails leave, and whether they are believed.

use tokio_util::sync::CancellationToken;

use super::super::report::{Report, Subject};
use super::super::wiring;
use super::dns::{Dns, NoAnswer};
use super::unheard;
use crate::clock::Clock;
use crate::config::{MailTransport, Settings};
use crate::domain::certificate::authority_advice;
use crate::domain::email::Email;
use crate::domain::entropy::Entropy;
use crate::domain::exit_code;
use crate::domain::id::new_id;
use crate::mail::smtp::{RelayStage, is_qualified};
use crate::mail::{EmailClient, EmailKind, EmailMessage, Mailer};

pub(super) async fn look(
    settings: &Settings,
    mail_to: Option<&Email>,
    dns: Result<&Dns, &NoAnswer>,
    report: &mut Report,
) {
    // What is wrong with the settings of emails is said by the first finding.
    let is_without_login = settings.relay_login_is_the_services();
    let mailer =
        if is_without_login { wiring::mailer_without_login(settings) } else { wiring::mailer(settings) };
    let Ok(mailer) = mailer else { return };
    if let Some((place, name)) = mailer.relay() {
        if is_without_login {
            let text = format!(
                "not tried: mail.password_file is a credential of the service, which this command is not given. As root, \
                 type: {}",
                settings.command_with_credentials("doctor")
            );
            report.warning(Subject::Relay, text);
        } else {
            relay(&mailer, &place, &name, report).await;
        }
        ehlo_name(&name, dns, report).await;
        from_domain(&settings.mail.from, dns, report).await;
    } else if settings.mail.transport == MailTransport::File {
        let folder = settings.mail.directory.display();
        report.warning(
            Subject::Relay,
            format!(
                "emails become files in {folder} and reach nobody. Set mail.transport = \"smtp\" and mail.host"
            ),
        );
    }
    if let Some(address) = mail_to.filter(|_| !is_without_login) {
        email(&mailer, address, report).await;
    }
}

async fn relay(mailer: &Mailer, place: &str, name: &str, report: &mut Report) {
    match mailer.try_relay().await {
        Ok(()) => report.ok(Subject::Relay, format!("{place} takes emails")),
        Err(refusal) => {
            let stage = refusal.stage;
            let said = refusal.to_string();
            let text = match authority_advice(&said) {
                Some(remedy) => format!("{said}. {remedy}"),
                None => format!("{said}. {}", advice(stage, place, name)),
            };
            let (subject, code) = match stage {
                RelayStage::Connecting => (Subject::Relay, exit_code::UNAVAILABLE),
                RelayStage::Ehlo => (Subject::EhloName, exit_code::UNAVAILABLE),
                RelayStage::Tls | RelayStage::Auth | RelayStage::Mail => (Subject::Relay, exit_code::CONFIG),
            };
            report.problem(subject, text, code);
        }
    }
}

fn advice(stage: RelayStage, place: &str, name: &str) -> String {
    match stage {
        RelayStage::Connecting => format!(
            "Correct mail.host and mail.port ({place}), start the relay, or let the firewall pass connections to it"
        ),
        RelayStage::Ehlo => format!(
            "The relay does not take this machine, which calls itself {name}. Set mail.helo_name to a name that DNS \
             resolves to this machine, and allow its address at the relay"
        ),
        RelayStage::Tls => "mail.host must be a name in the relay's certificate; if an authority of your own signed it, \
                            set mail.ca_file. If the relay has no STARTTLS there, set mail.tls = \"implicit\" with its \
                            port (465)"
            .to_owned(),
        RelayStage::Auth => {
            "Correct mail.username and the password in mail.password_file; the log of the relay has its reason".to_owned()
        }
        RelayStage::Mail => "Allow mail.from as a sender at the relay; if it demands a login, set mail.username and \
                             mail.password_file"
            .to_owned(),
    }
}

/// Relays may refuse a name without a domain, or one that DNS does not know.
async fn ehlo_name(name: &str, dns: Result<&Dns, &NoAnswer>, report: &mut Report) {
    const SUBJECT: Subject = Subject::EhloName;
    const REMEDY: &str = "Some relays refuse that: set mail.helo_name to this machine's name in DNS";
    if name.starts_with('[') {
        return report.ok(SUBJECT, format!("{name}, an address"));
    }
    if !is_qualified(name) {
        return report.warning(SUBJECT, format!("{name} has no domain. {REMEDY}"));
    }
    let found = match dns {
        Ok(dns) => dns.has_address(name).await,
        Err(fault) => return unheard(SUBJECT, name, fault, report),
    };
    match found {
        Ok(true) => report.ok(SUBJECT, name),
        Ok(false) => report.warning(SUBJECT, format!("{name} has no address in DNS. {REMEDY}")),
        Err(fault) => unheard(SUBJECT, name, &fault, report),
    }
}

async fn from_domain(from: &str, dns: Result<&Dns, &NoAnswer>, report: &mut Report) {
    const SUBJECT: Subject = Subject::FromDomain;
    let Ok(sender) = Email::parse(from) else { return };
    let domain = sender.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    if !is_qualified(domain) {
        let text = format!(
            "mail.from is {from}, and no receiver takes mail from {domain}. Set it to an address of your domain, such as \
             portal@example.org"
        );
        return report.problem(SUBJECT, text, exit_code::CONFIG);
    }
    let asked = match dns {
        Ok(dns) => async { Ok((dns.takes_mail(domain).await?, dns.has_spf(domain).await?)) }.await,
        Err(fault) => return unheard(SUBJECT, domain, fault, report),
    };
    match asked {
        Ok((true, true)) => report.ok(SUBJECT, format!("{domain} is in DNS, with an SPF record")),
        Ok((true, false)) => report.warning(
            SUBJECT,
            format!(
                "{domain} has no SPF record in DNS, so emails may be taken for spam. Add a TXT record that names the \
                 relay, such as \"v=spf1 a:RELAY -all\""
            ),
        ),
        Ok((false, _)) => report.problem(
            SUBJECT,
            format!(
                "{domain} has neither a mail server (MX) nor an address in DNS, so receivers refuse emails from {from}. \
                 Correct mail.from, or add the records"
            ),
            exit_code::CONFIG,
        ),
        Err(fault) => unheard(SUBJECT, domain, &fault, report),
    }
}

async fn email(mailer: &Mailer, address: &Email, report: &mut Report) {
    let now = Clock::wall_clock();
    let id = new_id(now, &Entropy::System);
    let client = Some(EmailClient::Operator);
    let message = EmailMessage { client, ..EmailMessage::new(EmailKind::Test, now) };
    let address = address.as_str();
    match mailer.send(address, &id, &message, now, &CancellationToken::new()).await {
        Ok(()) if mailer.relay().is_some() => {
            let text =
                format!("the relay took an email to {address}. Look whether it arrived, and not as spam");
            report.ok(Subject::Email, text);
        }
        Ok(()) => report.ok(Subject::Email, format!("an email to {address} became a file")),
        Err(refused) => report.problem(
            Subject::Email,
            format!(
                "no email to {address}: {refused}. Correct what is said of the relay above, or the address"
            ),
            exit_code::UNAVAILABLE,
        ),
    }
}
