//! The code for an address, and the email that it goes in.

use super::super::{Accounts, Fault, RequestContext};
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::membership::Membership;
use crate::domain::timestamp::Timestamp;
use crate::mail::outbox::EnqueueOptions;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{NewInvitation, Recipient, Tx};

/// An invitation to be written, or a code to sign up with.
pub(in crate::accounts) struct InvitationDraft<'a> {
    pub(in crate::accounts) id: &'a str,
    /// The team, and the account that invites to it.
    pub(in crate::accounts) team: Option<(&'a Membership, &'a str)>,
    pub(in crate::accounts) email: &'a Email,
    /// The username of the account that has the address already: then a request to sign up gets no code.
    pub(in crate::accounts) known_as: Option<&'a str>,
    pub(in crate::accounts) now: Timestamp,
    /// How long its code is good for, in milliseconds.
    pub(in crate::accounts) life_ms: i64,
}

impl Accounts {
    /// Writes the code and its email. The same statements whether the address has an account or not.
    /// Call `outbox.wake()` after the commit.
    pub(in crate::accounts) async fn write_invitation(
        &self,
        tx: &mut Tx,
        draft: &InvitationDraft<'_>,
        cx: &RequestContext,
    ) -> Result<(), Fault> {
        let InvitationDraft { id, team, email, known_as, now, life_ms } = *draft;
        let (email_ends, is_void) = (now.plus_ms(life_ms), team.is_none() && known_as.is_some());
        let code = Code::generate(&self.entropy);
        let keyring = self.keyring.get();
        let (key_id, key) = keyring.code_key();
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
        let (code, valid_minutes, ip) = (code.grouped(), life_ms / 60_000, cx.source.to_string());
        let email = match (team, known_as) {
            (Some((team, _)), _) => EmailMessage {
                detail: team.name.clone(),
                code,
                valid_minutes,
                ..EmailMessage::new(EmailKind::Invitation, now)
            },
            (None, None) => {
                EmailMessage { ip, code, valid_minutes, ..EmailMessage::new(EmailKind::SignUpCode, now) }
            }
            (None, Some(name)) => {
                EmailMessage { name: name.to_owned(), ip, ..EmailMessage::new(EmailKind::AccountExists, now) }
            }
        };
        let inviter = match team {
            Some((_, inviter)) => tx.find_locale(inviter).await?,
            None => None,
        };
        // As its inviter reads pages: who is invited has no profile here, or it is not looked at.
        let language = inviter.and_then(|(_, choice)| choice.chosen()).unwrap_or(cx.language);
        let email = EmailMessage { language, ..email };
        let (email_id, to) = (new_id(now, &self.entropy), Recipient::Contact(&contact));
        let options = EnqueueOptions { class: email.kind.class(), now, expires_at: email_ends };
        self.outbox.enqueue(tx, &email_id, to, None, &email, options).await?;
        tx.set_invitation_email(id, &email_id).await?;
        Ok(())
    }
}
