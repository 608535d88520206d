//! A server with an echo for a portal, in a process of its own, so that its memory and its descriptors can
//! be counted and its limits lowered.

mod echo;
mod raw_client;
mod server;

pub(crate) use raw_client::{RawClient, connect};
pub(crate) use server::Server;

use std::time::Duration;

/// How long anything may take that is expected to happen.
pub(crate) const SOON: Duration = Duration::from_secs(20);
