//! `review`: everything that a member can get in by, for a look at it after a reset.

use super::prelude::*;
use crate::flow::wording::{added_from, reviewed_ways};
use crate::messages::Language;

/// List every way into your account, when and from where it was added, and what a reset suspended
#[derive(Debug, Args)]
pub(super) struct ReviewCommand;

impl Command for ReviewCommand {
    const EXAMPLE: &'static str = r#"{"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":"2026-11-22T14:05:09Z","added_client":null,"added_ip":null,"suspended_at":null}],"keys":[{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}],"two_factor":{"added_client":null,"added_ip":null,"on_since":null,"recovery_codes_left":0},"sessions":[{"client":"SSH-2.0-OpenSSH_10.0","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","idle_s":12,"key":null,"ip":"192.0.2.7","started_at":"2026-11-22T14:05:09Z"}],"suspended":1}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let review = ask!(cx, Request::Review { member }, Reply::Review(review) => review);
        let ways = reviewed_ways(&review);
        let rows = ways.iter().map(|way| {
            [
                way.kind.to_owned(),
                way.name.clone(),
                way.state.to_owned(),
                cx.time(way.added_at),
                added_from(way.ip, &Language::English).to_owned(),
                way.client.unwrap_or_default().to_owned(),
            ]
        });
        let head = ["WHAT", "NAME", "STATE", "ADDED", "FROM", "CLIENT"];
        let answer = Answer::table(head, rows, "There is no way into your account.", json!(review));
        Ok(match review.suspended {
            0 => answer,
            _ => answer.with_details(
                "\nWhat is suspended counts again once you keep it: keys keep FINGERPRINT, emails keep ADDRESS.\n\
                 Remove anything you don't recognize: keys remove FINGERPRINT, emails remove ADDRESS.\n",
            ),
        })
    }
}
