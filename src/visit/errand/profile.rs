//! What `profile` and `addresses` do.

use super::{Errand, Stop, unexpected};
use crate::accounts::request::profile::{Answer, Ask, ProfileView};
use crate::accounts::request::{Reply, Request, SignedIn};
use crate::domain::secret::Secret;
use crate::face::exec::profile::{AddressesCommand, ProfileCommand, ProfileTold};
use crate::face::exec::{Told, exit};
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    pub(super) async fn profile(&mut self, command: ProfileCommand) -> Result<Told, Stop> {
        let told = match command {
            ProfileCommand::Get => {
                let member = self.member().await?.member;
                ProfileTold::Profile(self.profile_of(member).await?)
            }
            ProfileCommand::Set(changes) => {
                let words =
                    "Say what is to be changed: profile set --time-zone Europe/Berlin. See: help profile set";
                let changes = changes.changes().ok_or_else(|| Stop::failed("usage", words, exit::USAGE))?;
                let member = self.member().await?.member;
                // Only what is named is changed, so that there is nothing to overwrite in silence.
                let changes = Box::new(changes);
                match self.ask_profile(member, Ask::Set { changes, seen: None }).await? {
                    Answer::Changed(_, view) => ProfileTold::Changed(view),
                    other => return Err(unexpected(&Reply::Profile(other))),
                }
            }
        };
        Ok(Told::Of(Box::new(told)))
    }

    pub(super) async fn addresses(&mut self, command: AddressesCommand) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        let ask = match command {
            AddressesCommand::List => {
                let view = self.profile_of(member).await?;
                return Ok(Told::Of(Box::new(ProfileTold::Addresses(view.addresses))));
            }
            AddressesCommand::Add { address } => Ask::AddAddress { address },
            AddressesCommand::Verify { address, .. } => {
                let code = self.address_code().await?;
                Ask::VerifyAddress { address, code }
            }
            AddressesCommand::Main { address } => Ask::SetMain { address },
            AddressesCommand::Remove { address } => Ask::RemoveAddress { address },
        };
        let told = match self.ask_profile(member, ask).await? {
            Answer::CodeSent { address, resend_at } => ProfileTold::Added { address, resend_at },
            Answer::Verified(address) => ProfileTold::Verified(address),
            Answer::MainChanged(_, address) => ProfileTold::Main(address),
            Answer::Removed(address) => ProfileTold::Removed(address),
            other => return Err(unexpected(&Reply::Profile(other))),
        };
        Ok(Told::Of(Box::new(told)))
    }

    async fn profile_of(&mut self, member: SignedIn) -> Result<ProfileView, Stop> {
        match self.ask_profile(member, Ask::Show).await? {
            Answer::Profile(view) => Ok(view),
            other => Err(unexpected(&Reply::Profile(other))),
        }
    }

    async fn ask_profile(&mut self, member: SignedIn, ask: Ask) -> Result<Answer, Stop> {
        match self.ask_sensitive(Request::Profile(member, ask)).await? {
            Reply::Profile(answer) => Ok(answer),
            other => Err(unexpected(&other)),
        }
    }

    /// The code in a line of standard input; whoever sits at a terminal is asked for it.
    async fn address_code(&mut self) -> Result<Secret, Stop> {
        let asks = self.caller.has_pty;
        if asks {
            self.wire.send(b"Code (not shown): ".to_vec()).await.map_err(|_| Stop::Gone)?;
        }
        let code = self.line("the code").await;
        if asks {
            self.wire.send(b"\r\n".to_vec()).await.map_err(|_| Stop::Gone)?;
        }
        code
    }
}
