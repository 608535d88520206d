//! `doorkey demo`: the real server on a throw-away folder, with sample accounts, showing its emails.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use tokio::sync::mpsc;

use super::output::StandardOutput;
use super::{serve, wiring};
use crate::accounts::Accounts;
use crate::accounts::admin::NewUser;
use crate::config::Settings;
use crate::domain::entropy::Entropy;
use crate::domain::exit_code;
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::mail::transport::SentEmail;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Port to listen on, on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 2222)]
    port: u16,
}

/// Username, display name, password.
const PEOPLE: [(&str, &str, &str); 3] = [
    ("ada", "Ada Lovelace", "violet engine numbers"),
    ("grace", "Grace Hopper", "moth in the relay panel"),
    ("linus", "Linus Pauling", "orange bonds resonate"),
];

const TEAMS: [SampleTeam; 2] = [
    SampleTeam {
        name: "Platform",
        description: "Keeps the lights on: servers, network, on-call.",
        members: &["ada", "grace", "linus"],
    },
    SampleTeam {
        name: "Compilers",
        description: "Turns ideas into instructions.",
        members: &["grace", "ada"],
    },
];

/// The first member is the owner.
struct SampleTeam {
    name: &'static str,
    description: &'static str,
    members: &'static [&'static str],
}

/// Runs the demo until Ctrl-C and removes its folder.
pub async fn run(args: DemoArgs) -> anyhow::Result<u32> {
    let folder = TemporaryFolder::make()?;
    let mut settings = settings(&folder.0, args.port);
    let listener = serve::listen(&settings, "--port").await?;
    settings.portal.address = Some(format!("localhost:{}", listener.local_addr()?.port()));
    let (emails, mut shown) = mpsc::unbounded_channel();
    let accounts = wiring::accounts_of_a_demo(&settings, emails).await?;
    add_samples(&accounts).await?;
    // Emails about the sample accounts are of no interest.
    while accounts.send_due_emails().await? > 0 {}
    while shown.try_recv().is_ok() {}
    let keys = wiring::host_keys(&settings, &accounts).await?;
    let signals = serve::Signals::catch()?;
    print_welcome(listener.local_addr()?.port(), &folder.0)?;
    let printer = tokio::spawn(print_emails(shown));
    let served = serve::serve(&settings, None, listener, signals, (accounts, None), (&keys, None)).await;
    printer.abort();
    served?;
    Ok(exit_code::DONE)
}

fn settings(folder: &Path, port: u16) -> Settings {
    let mut settings = Settings::default();
    settings.portal.organisation = "acme.example".into();
    settings.portal.support = "support@acme.example".into();
    settings.mail.from = "doorkey@acme.example".into();
    settings.ssh.port = port;
    (settings.ssh.per_source_max, settings.ssh.per_source_max_startups) = (1_000, 1_000);
    settings.ssh.host_key = folder.join("ssh_host_ed25519_key");
    settings.keys.secret_keys = folder.join("secret_keys");
    settings.mail.directory = folder.join("outbox");
    settings.store.url = format!("sqlite:{}", folder.join("doorkey.db").display());
    settings
}

async fn add_samples(accounts: &Accounts) -> anyhow::Result<()> {
    for (name, display_name, password) in PEOPLE {
        let user = NewUser {
            name: name.into(),
            email: email_of(name),
            display_name: display_name.into(),
            password: Some(Secret::new(password)),
        };
        accounts.add_user(user).await.with_context(|| format!("the sample account {name}"))?;
    }
    for team in TEAMS {
        accounts.add_team(team.name, team.description).await?;
        for (position, name) in team.members.iter().enumerate() {
            let role = if position == 0 { Role::Owner } else { Role::Member };
            accounts.add_member(team.name, name, role).await?;
        }
    }
    Ok(())
}

fn email_of(name: &str) -> String {
    format!("{name}@acme.example")
}

/// The command that connects to the demo as `user`. Its host key is new each time, so ssh is not to look it up among those
/// that it knows, nor to keep it.
fn ssh(port: u16, options: &str, user: &str) -> String {
    format!("ssh {options}-p {port} -o NoHostAuthenticationForLocalhost=yes {user}@localhost")
}

/// What can be tried from another terminal, each with the whole command.
fn things_to_try(port: u16) -> Vec<(&'static str, String)> {
    let (name, _, password) = PEOPLE[0];
    vec![
        ("reset a forgotten password", ssh(port, "", "forgot")),
        ("the same pages in line mode", ssh(port, "-t ", "account") + " plain"),
        ("all commands", ssh(port, "", "account") + " help"),
        (
            "commands with a password from a pipe",
            format!("echo '{password}' | {} whoami --json --password-stdin", ssh(port, "", name)),
        ),
        (
            "a case for support",
            format!(
                "printf '%s\\n' '{password}' 'No email comes.' | {} \"support new --subject 'No mail' --password-stdin\"",
                ssh(port, "", name)
            ),
        ),
    ]
}

fn print_welcome(port: u16, folder: &Path) -> anyhow::Result<()> {
    let mut out = StandardOutput::new();
    writeln!(
        out,
        "\nThis is a throw-away portal in {}. Press Ctrl-C to stop and delete it.\n",
        folder.display()
    )?;
    writeln!(out, "In another terminal, run:\n\n    {}\n", ssh(port, "", "account"))?;
    writeln!(out, "    {:<10}{:<22}password", "username", "email")?;
    for (name, _, password) in PEOPLE {
        writeln!(out, "    {name:<10}{:<22}{password}", email_of(name))?;
    }
    writeln!(
        out,
        "\nOr choose \"Forgot your password?\" there: each email appears here as it is sent. Also:"
    )?;
    for (what, command) in things_to_try(port) {
        writeln!(out, "\n  {what}:\n    {command}")?;
    }
    writeln!(out, "\nlistening on 127.0.0.1:{port}")?;
    out.flush()?;
    Ok(())
}

async fn print_emails(mut emails: mpsc::UnboundedReceiver<SentEmail>) {
    let rule = "-".repeat(72);
    while let Some(SentEmail { to, subject, text, .. }) = emails.recv().await {
        let mut out = std::io::stdout().lock();
        // A closed standard output does not end the demo.
        let _ = writeln!(out, "\n{rule}\nTo: {to}\nSubject: {subject}\n\n{}\n{rule}", text.trim_end());
        let _ = out.flush();
    }
}

/// A private folder, removed on drop.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn make() -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let suffix = Entropy::System.bytes::<6>().map(|byte| format!("{byte:02x}")).concat();
        let path = std::env::temp_dir().join(format!("doorkey-demo-{suffix}"));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("cannot create the throw-away folder {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // If this fails the folder stays in the system's temporary folder, which is cleaned up anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
