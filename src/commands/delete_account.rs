//! `delete-account`: what follows from deleting one's account, and asking for it.

use super::prelude::*;
use crate::accounts::request::deletion::{DeletionPreview, DeletionReply, DeletionRequest, last_owner};

/// Show what follows from deleting your account, or ask for it
#[derive(Debug, Args)]
pub(super) struct DeleteAccount {
    /// Ask for it. Your sessions end, and the account is deleted seven days later unless you sign in before
    #[arg(long)]
    yes: bool,
}

impl Command for DeleteAccount {
    const EXAMPLE: &'static str = r#"{"last_owner_of":["Platform"],"teams_deleted":["Night watch"]}"#;
    const VARIANT: Option<(&'static str, &'static str)> =
        Some(("--yes", r#"{"delete_at":"2026-11-29T14:05:09Z"}"#));

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        if !self.yes {
            let preview =
                ask!(cx, Deletion(member, DeletionRequest::Preview), DeletionReply::Preview(it) => it);
            return Ok(Answer::new(text(&preview), json!(preview)));
        }
        let delete_at =
            ask!(cx, Deletion(member, DeletionRequest::Delete), DeletionReply::Requested(at) => at);
        let then = cx.zone.date_minute(delete_at);
        let message = format!("Your account will be deleted on {then}. To keep it, sign in before then");
        Ok(Answer::done("deletion-requested", message, json!({ "delete_at": delete_at })))
    }
}

fn text(preview: &DeletionPreview) -> String {
    let mut lines = vec![
        "Your profile, addresses, SSH keys and support cases would be deleted seven days after you ask for it.".to_owned(),
    ];
    if !preview.teams_deleted.is_empty() {
        lines.push(format!("Teams without other members, deleted too: {}", preview.teams_deleted.join(", ")));
    }
    lines.push(match preview.last_owner_of.as_slice() {
        [] => "To ask for it: delete-account --yes".to_owned(),
        teams => last_owner(teams).to_string(),
    });
    lines.into_iter().map(|line| line + "\n").collect()
}
