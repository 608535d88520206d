//! What `profile` and `email_addresses` do.

use super::{CommandError, CommandRun, unexpected};
use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request, SignedIn};
use crate::commands::profile::{EmailsCommand, ProfileCommand, ProfileOutput};
use crate::commands::{CommandOutput, exit};
use crate::domain::profile::Profile;
use crate::domain::secret::Secret;
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    pub(super) async fn profile(&mut self, command: ProfileCommand) -> Result<CommandOutput, CommandError> {
        let told = match command {
            ProfileCommand::Get => {
                let member = self.member().await?.member;
                ProfileOutput::Profile(self.profile_of(member).await?)
            }
            ProfileCommand::Set(changes) => {
                let words =
                    "Say what is to be changed: profile set --time-zone Europe/Berlin. See: help profile set";
                let changes =
                    changes.changes().ok_or_else(|| CommandError::failed("usage", words, exit::USAGE))?;
                let member = self.member().await?.member;
                // Only what is named is changed, so that there is nothing to overwrite in silence.
                let changes = Box::new(changes);
                match self.ask_profile(member, ProfileRequest::Set { changes, seen: None }).await? {
                    ProfileReply::Changed(_, view) => ProfileOutput::Changed(view),
                    other => return Err(unexpected(&Reply::Profile(other))),
                }
            }
        };
        Ok(CommandOutput::Of(Box::new(told)))
    }

    pub(super) async fn addresses(&mut self, command: EmailsCommand) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        let ask = match command {
            EmailsCommand::List => {
                let view = self.profile_of(member).await?;
                return Ok(CommandOutput::Of(Box::new(ProfileOutput::Addresses(view.emails))));
            }
            EmailsCommand::Add { address } => ProfileRequest::AddEmail { address },
            EmailsCommand::Verify { address, .. } => {
                let code = self.verification_code().await?;
                ProfileRequest::VerifyEmail { address, code }
            }
            EmailsCommand::Primary { address } => ProfileRequest::SetPrimary { address },
            EmailsCommand::Remove { address } => ProfileRequest::RemoveEmail { address },
        };
        let told = match self.ask_profile(member, ask).await? {
            ProfileReply::CodeSent { address, resend_at } => ProfileOutput::Added { address, resend_at },
            ProfileReply::Verified(address) => ProfileOutput::Verified(address),
            ProfileReply::PrimaryChanged(_, address) => ProfileOutput::Primary(address),
            ProfileReply::Removed(address) => ProfileOutput::Removed(address),
            other => return Err(unexpected(&Reply::Profile(other))),
        };
        Ok(CommandOutput::Of(Box::new(told)))
    }

    async fn profile_of(&mut self, member: SignedIn) -> Result<Profile, CommandError> {
        match self.ask_profile(member, ProfileRequest::Show).await? {
            ProfileReply::Profile(view) => Ok(view),
            other => Err(unexpected(&Reply::Profile(other))),
        }
    }

    async fn ask_profile(
        &mut self,
        member: SignedIn,
        ask: ProfileRequest,
    ) -> Result<ProfileReply, CommandError> {
        match self.ask_sensitive(Request::Profile(member, ask)).await? {
            Reply::Profile(answer) => Ok(answer),
            other => Err(unexpected(&other)),
        }
    }

    /// The code in a line of standard input; whoever sits at a terminal is asked for it.
    async fn verification_code(&mut self) -> Result<Secret, CommandError> {
        let asks = self.client.has_pty;
        if asks {
            self.sink.send(b"Code (not shown): ".to_vec()).await.map_err(|_| CommandError::Disconnected)?;
        }
        let code = self.line("the code").await;
        if asks {
            self.sink.send(b"\r\n".to_vec()).await.map_err(|_| CommandError::Disconnected)?;
        }
        code
    }
}
