//! The code for an address, and the email that it goes in.

use super::super::{Accounts, Fault, RequestContext};
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::membership::Membership;
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailMessage;
use crate::store::{NewInvitation, Recipient, Tx};

/// An invitation that is wanted, or a code to sign up with.
pub(in crate::accounts) struct InvitationDraft<'a> {
    /// The id that it gets.
    pub(in crate::accounts) id: &'a str,
    /// To which team, and by which account.
    pub(in crate::accounts) team: Option<(&'a Membership, &'a str)>,
    /// For whom.
    pub(in crate::accounts) email: &'a Email,
    /// The username of whoever has the address already: then a request to sign up gets no code.
    pub(in crate::accounts) known_as: Option<&'a str>,
    /// Now.
    pub(in crate::accounts) now: Timestamp,
    /// How long its code is good for, in milliseconds.
    pub(in crate::accounts) life_ms: i64,
}

/// The bucket that emails to one address count in, by the keyed hash of its canonical form.
pub(in crate::accounts) fn emails_bucket(email_key: &str) -> String {
    format!("stranger:{email_key}")
}

impl Accounts {
    /// Keeps the code and its email together. The same statements whether the address has an account or not.
    /// Ring `email_written` after the commit.
    pub(in crate::accounts) async fn write_invitation(
        &self,
        tx: &mut Tx,
        draft: &InvitationDraft<'_>,
        cx: &RequestContext,
    ) -> Result<(), Fault> {
        let InvitationDraft { id, team, email, known_as, now, life_ms } = *draft;
        let (email_ends, is_void) = (now.plus_ms(life_ms), team.is_none() && known_as.is_some());
        let code = Code::generate(&self.entropy);
        let (key_id, key) = self.keyring.code_key();
        let contact = new_id(now, &self.entropy);
        tx.insert_invited_contact(&contact, email.as_str(), email.canonical(), now).await?;
        tx.insert_invitation(&NewInvitation {
            id,
            team: team.map(|(team, _)| team.id.as_str()),
            inviter: team.map(|(_, inviter)| inviter),
            contact: &contact,
            address: email.as_str(),
            canonical: email.canonical(),
            mac: &code::mac(key, code::INVITATION, id, email.canonical(), &code),
            key_id,
            now,
            expires_at: if is_void { now } else { email_ends },
        })
        .await?;
        let (code, at, valid_minutes) = (code.grouped(), now.epoch_ms(), life_ms / 60_000);
        let source = cx.source.to_string();
        let email = match (team, known_as) {
            (Some((team, _)), _) => {
                EmailMessage::Invitation { team: team.name.clone(), code, valid_minutes, at }
            }
            (None, None) => EmailMessage::SignUpCode { code, valid_minutes, at, ip: source },
            (None, Some(name)) => EmailMessage::SignUpKnown { name: name.to_owned(), at, ip: source },
        };
        let posted = new_id(now, &self.entropy);
        self.write_as(tx, &posted, Recipient::Contact(&contact), None, &email, (now, email_ends)).await?;
        tx.set_invitation_email(id, &posted).await?;
        Ok(())
    }
}
