//! The code for an address, and the letter that it goes in.

use super::super::{Accounts, Fault, Knock};
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::mail::Letter;
use crate::store::{NewInvitation, Recipient, Team, Tx};

/// An invitation that is wanted, or a code to sign up with.
pub(in crate::accounts) struct Wish<'a> {
    /// The id that it gets.
    pub(in crate::accounts) id: &'a str,
    /// To which team, and by which account.
    pub(in crate::accounts) team: Option<(&'a Team, &'a str)>,
    /// For whom.
    pub(in crate::accounts) email: &'a Email,
    /// The username of whoever has the address already: then a wish to sign up gets no code.
    pub(in crate::accounts) known_as: Option<&'a str>,
    /// Now.
    pub(in crate::accounts) now: Moment,
    /// How long its code is good for, in milliseconds.
    pub(in crate::accounts) life_ms: i64,
}

/// The bucket that letters to one address count in, by the keyed hash of its canonical form.
pub(in crate::accounts) fn letters_bucket(address_key: &str) -> String {
    format!("stranger:{address_key}")
}

impl Accounts {
    /// Keeps the code and its letter together. The same statements whether the address has an account or not.
    /// Ring `letter_written` after the commit.
    pub(in crate::accounts) async fn write_invitation(
        &self,
        tx: &mut Tx,
        wish: &Wish<'_>,
        knock: &Knock,
    ) -> Result<(), Fault> {
        let Wish { id, team, email, known_as, now, life_ms } = *wish;
        let (letter_ends, is_void) = (now.plus_ms(life_ms), team.is_none() && known_as.is_some());
        let code = Code::generate(&self.chance);
        let (key_id, key) = self.keyring.code_key();
        let contact = new_id(now, &self.chance);
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
            expires_at: if is_void { now } else { letter_ends },
        })
        .await?;
        let (code, at, valid_minutes) = (code.grouped(), now.epoch_ms(), life_ms / 60_000);
        let source = knock.source.to_string();
        let letter = match (team, known_as) {
            (Some((team, _)), _) => Letter::Invitation { team: team.name.clone(), code, valid_minutes, at },
            (None, None) => Letter::SignUpCode { code, valid_minutes, at, source },
            (None, Some(name)) => Letter::SignUpKnown { name: name.to_owned(), at, source },
        };
        let posted = new_id(now, &self.chance);
        self.write_as(tx, &posted, Recipient::Contact(&contact), None, &letter, (now, letter_ends)).await?;
        tx.set_invitation_letter(id, &posted).await?;
        Ok(())
    }
}
