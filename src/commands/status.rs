//! `status`: whether the portal is up.

use std::fmt;

use serde::Serialize;

use super::prelude::*;
use crate::domain::timestamp::Timestamp;

/// Check whether the portal is up
#[derive(Debug, Args)]
pub(super) struct Status;

#[derive(Debug, Serialize)]
pub(super) struct PortalStatus {
    status: &'static str,
    portal: String,
    organisation: String,
    support: String,
    version: &'static str,
    time: Timestamp,
    /// The username that the connection's key is registered for.
    key_of: Option<String>,
}

impl Command for Status {
    type Caller = Anyone;
    type Output = PortalStatus;
    const EXAMPLE: &'static str = r#"{"key_of":null,"organisation":"acme.example","portal":"Doorkey","status":"ok","support":"support@acme.example","time":"2026-11-22T14:05:09Z","version":"0.1.0"}"#;

    async fn run(self, _: Anyone, cx: &mut Context) -> Result<PortalStatus> {
        let time = ask!(cx, Request::Status, Reply::Status(time) => time);
        let key_of = cx.host.key_owner().await;
        Ok(PortalStatus {
            status: "ok",
            portal: cx.portal.name.clone(),
            organisation: cx.portal.organisation.clone(),
            support: cx.portal.support.clone(),
            version: env!("CARGO_PKG_VERSION"),
            time,
            key_of,
        })
    }
}

impl Output for PortalStatus {}

impl fmt::Display for PortalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {} is up.", self.portal, self.organisation)?;
        self.key_of.as_ref().map_or(Ok(()), |name| writeln!(f, "Your key is {name}'s."))
    }
}
