//! SIGHUP: what can be read again is, all of it or nothing, and what takes a restart is named. The secret keys are followed
//! by [`crate::cli::keys`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use super::super::{exposed, wiring};
use super::notify;
use crate::accounts::{Accounts, SourceLimits};
use crate::config::Settings;
use crate::hooks::Hooks;
use crate::ldap::tls::CurrentIdentity;
use crate::mail::templates::Templates;
use crate::ssh::server::HostKeys;

/// A server that runs, and the settings that it was started with or has read since.
pub(in crate::cli) struct Running {
    pub(in crate::cli) settings: Settings,
    pub(in crate::cli) accounts: Arc<Accounts>,
    pub(in crate::cli) host_keys: HostKeys,
    pub(in crate::cli) hooks: Option<Arc<Hooks>>,
    pub(in crate::cli) ldap_identity: Option<CurrentIdentity>,
}

/// Reads again on each SIGHUP until `stop`.
pub(in crate::cli) async fn follow(
    file: Option<PathBuf>,
    mut running: Running,
    mut hangup: Signal,
    stop: CancellationToken,
) {
    while stop.run_until_cancelled(hangup.recv()).await.flatten().is_some() {
        notify::reloading();
        let status = match Box::pin(read_again(file.as_deref(), &mut running)).await {
            Ok(restart) if restart.is_empty() => {
                tracing::info!("the settings were read again");
                "Settings read again"
            }
            Ok(restart) => {
                let settings = restart.join(", ");
                tracing::warn!(settings, "the settings were read again; these take effect after a restart");
                "Settings read again; some take effect after a restart"
            }
            Err(fault) => {
                let fault = format!("{fault:#}");
                tracing::error!(fault, "the settings were not read again; the old ones stay in use");
                "Settings not read again; see the log"
            }
        };
        notify::ready(status);
    }
}

/// Gives the settings that differ and were not taken.
async fn read_again(file: Option<&Path>, running: &mut Running) -> anyhow::Result<Vec<String>> {
    let path = file.map(Path::to_owned);
    let read = tokio::task::spawn_blocking(move || Settings::load(path.as_deref())).await??;
    let mut restart: Vec<_> = read.different_from(&running.settings).collect();
    restart.retain(|key| !is_read_again(key));
    let mut wanted = running.settings.clone();
    let trusted_networks = wanted.limits.trusted_networks.clone();
    wanted.limits = read.limits;
    wanted.limits.trusted_networks = trusted_networks;
    let limits: SourceLimits = wiring::source_limits(&wanted);
    // Files of the paths that the server was started with: it reaches no others.
    let templates = Templates::load(wanted.mail.templates.as_deref())?;
    let policy = wanted.policy()?;
    let host_keys = wiring::host_keys(&wanted, &running.accounts).await?;
    let hooks = wiring::hooks(&wanted)?;
    let ldap_identity = wiring::ldap_identity(&wanted)?;
    exposed::warn(&wanted, &hooks);
    running.accounts.reload(policy, limits, templates)?;
    if let Some(running) = &running.hooks {
        restart.extend(running.need_restart(&hooks).into_iter().map(|name| format!("hooks.file: {name}")));
        running.replace(hooks);
    }
    running.host_keys.replace(&host_keys);
    if let (Some(current), Some(identity)) = (&running.ldap_identity, ldap_identity) {
        current.replace(identity);
    }
    running.settings = wanted;
    Ok(restart)
}

/// The limits; those that the connections go by are read by the server alone, at its start.
fn is_read_again(key: &str) -> bool {
    key.starts_with("limits.") && key != "limits.trusted_networks"
}
