//! `status`: whether the portal is up.

use super::prelude::*;

/// Check whether the portal is up
#[derive(Debug, Args)]
pub(super) struct Status;

impl Command<Anyone> for Status {
    const EXAMPLE: &'static str = r#"{"key_of":null,"organisation":"acme.example","portal":"Doorkey","status":"ok","support":"support@acme.example","time":"2026-11-22T14:05:09Z","version":"0.1.0"}"#;

    async fn run(self, _: Anyone, cx: &mut CommandContext) -> Result<Answer> {
        let time = ask!(cx, Request::Status, Reply::Status(time) => time);
        let key_of = cx.host.key_owner().await;
        let portal = &cx.portal;
        let hint = key_of.as_ref().map(|name| format!("Your key is {name}'s.\n")).unwrap_or_default();
        let text = format!("{} at {} is up.\n{hint}", portal.name, portal.organisation);
        let json = json!({
            "status": "ok",
            "portal": portal.name,
            "organisation": portal.organisation,
            "support": portal.support,
            "version": env!("CARGO_PKG_VERSION"),
            "time": time,
            "key_of": key_of,
        });
        Ok(Answer::new(text, json))
    }
}
