//! Builds the parts of the service from the settings, for every command alike.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::mpsc;

use crate::accounts::hashing::Hasher;
use crate::accounts::{Accounts, Setup};
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::chance::Chance;
use crate::mail::Post;
use crate::ssh::host_key::HostKey;
use crate::store::Store;
use crate::visit::{DoorNames, Limits};

/// The service, with letters going where the settings say.
pub(super) async fn accounts(settings: &Settings) -> anyhow::Result<Arc<Accounts>> {
    todo()
}
