//! `export`: all records of an account as one file.

use super::prelude::*;
use crate::accounts::request::activity::{ActivityReply, ActivityRequest};

/// Print all records of your account as one JSON file
#[derive(Debug, Args)]
pub(super) struct Export;

impl Command for Export {
    const EXAMPLE: &'static str = r#"{"activity":[{"at":"2026-11-22T14:05:09Z","client":"SSH-2.0-OpenSSH_9.2","count":1,"ip":"192.0.2.7","kind":"sign-in","last_at":"2026-11-22T14:05:09Z"}],"activity_complete":true,"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","primary":true,"verified_at":"2026-11-22T14:05:09Z","added_client":null,"added_ip":null,"suspended_at":null}],"exported_at":"2026-11-22T14:05:09Z","format":1,"invitations_sent":[{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","invited_at":"2026-11-22T14:05:09Z","team":"Platform","used_at":null,"withdrawn_at":null}],"keys":[{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","last_used_at":null,"verified_at":"2026-11-22T14:05:09Z","added_client":null,"added_ip":null,"suspended_at":null}],"portal":"Doorkey","profile":{"created_at":"2026-11-22T14:05:09Z","display_name":"","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","language":"auto","name":"ada","no_color":false,"appearance":"auto","password_changed_at":"2026-11-22T14:05:09Z","plain":false,"emails_reviewed_at":null,"time_zone":"UTC"},"two_factor":{"on_since":null,"recovery_codes_left":0},"support_cases":[{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","subject":"No mail"}],"teams":[{"last_opened_at":null,"name":"Platform","role":"owner"}],"sessions":[{"client":"SSH-2.0-OpenSSH_9.2","key":null,"last_input_at":"2026-11-22T14:05:09Z","ip":"192.0.2.7","started_at":"2026-11-22T14:05:09Z"}],"undoable_changes":[{"at":"2026-11-22T14:05:09Z","client":"SSH-2.0-OpenSSH_9.2","detail":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","ip":"192.0.2.7","kind":"key-added","undo_until":"2026-11-29T14:05:09Z"}]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let records =
            ask!(cx, Activity(member, ActivityRequest::Export), ActivityReply::Records(records) => records);
        Ok(Answer::file(format!("{:#}\n", records.json())))
    }
}
