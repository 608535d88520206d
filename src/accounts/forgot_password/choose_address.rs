//! Choosing where the code goes. Only for a connection that has proven a key of the account: to show addresses,
//! however masked, to anybody else would tell that there is such an account.

use super::super::request::Reply;
use super::super::request::reset_address::{MaskedAddress, ResetAddressReply, ResetAddressRequest};
use super::super::{Accounts, Error, RequestContext};
use crate::domain::email::Email;
use crate::domain::email_address::EmailAddress;
use crate::domain::name::canonical_identifier;
use crate::store::read_tx;

impl Accounts {
    /// The story of [`crate::accounts::request::Request::ResetAddress`].
    pub(in crate::accounts) async fn reset_address(
        &self,
        cx: &RequestContext,
        request: ResetAddressRequest,
    ) -> Result<Reply, Error> {
        match request {
            ResetAddressRequest::Choices { name } => {
                let choices = self.reset_addresses(cx, &name).await?;
                Ok(Reply::ResetAddress(ResetAddressReply::Choices(choices.into_iter().map(masked).collect())))
            }
            ResetAddressRequest::CodeAt { name, address } => {
                let choices = self.reset_addresses(cx, &name).await?;
                let chosen = choices.into_iter().find(|choice| choice.id == address);
                // From here on the same as if the address had been typed.
                let typed = chosen.map_or(name, |choice| choice.address);
                self.request_code(cx, &typed).await
            }
        }
    }

    /// The addresses in use of the account that `name` means, if the connection has proven a key of it.
    async fn reset_addresses(&self, cx: &RequestContext, name: &str) -> Result<Vec<EmailAddress>, Error> {
        let Some(key) = cx.proven else { return Ok(Vec::new()) };
        let canonical = canonical_identifier(name);
        let found = read_tx!(self.store, Error, |tx| {
            let owner = tx.find_key_owner(&key.fingerprint(), None).await?;
            let named = tx.find_account_by_identifier(&canonical).await?;
            let (Some(owner), Some(named)) = (owner, named) else { return Ok(Vec::new()) };
            if owner.account != named.id {
                return Ok(Vec::new());
            }
            Ok(tx.list_emails(&named.id).await?)
        });
        let mut addresses = found.await?;
        addresses.retain(EmailAddress::is_in_use);
        Ok(addresses)
    }
}

fn masked(address: EmailAddress) -> MaskedAddress {
    // A kept address is one that was taken; one that is none shows nothing of itself.
    let masked = Email::parse(&address.address).map_or_else(|_| "***".to_owned(), |email| email.masked());
    MaskedAddress { id: address.id, masked, is_primary: address.is_primary }
}
