//! The one way in: whoever is signed in, by whatever proof, comes through here.

use super::happened::{Happened, Whom};
use super::outbox::Tale;
use super::request::SignedIn;
use super::{Accounts, Fault, Knock};
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::domain::throttle::NEW_SOURCE_LETTERS;
use crate::mail::About;
use crate::store::{Tried, Tx};

/// Somebody who has proven who they are.
pub(super) struct Entrance<'a> {
    /// The account's id.
    pub(super) account: &'a str,
    /// Its username.
    pub(super) name: &'a str,
    /// Its epoch, checked or raised in the same transaction.
    pub(super) epoch: i64,
    /// How they came in.
    pub(super) happened: Happened,
    /// Whether a password or a second step was part of it.
    pub(super) is_confirmed: bool,
}

impl Accounts {
    /// Writes down that they came in, and makes the proof. Whoever calls rings for letters after the commit.
    pub(super) async fn let_in(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        entrance: &Entrance<'_>,
        now: Moment,
    ) -> Result<SignedIn, Fault> {
        let Entrance { account, name, epoch, happened, is_confirmed } = *entrance;
        // A key says who comes, not that somebody is at this place: scripts run anywhere.
        if is_confirmed {
            let source_mac = self.source_mac(account, &knock.source.to_string());
            if tx.has_signed_in(account).await? && !tx.is_known_source(account, &source_mac, now).await? {
                self.tell_of_new_source(tx, knock, entrance, now).await?;
            }
            tx.set_known_source(account, &source_mac, now).await?;
        }
        if let Some(key) = knock.proven {
            self.note_key(tx, knock, key, entrance, now).await?;
        }
        if knock.stays {
            self.note_visit(tx, knock, account, now).await?;
        }
        tx.insert_event(&self.event(happened, Whom::Account(account), knock, now)).await?;
        self.take_up_invitations(tx, knock, (account, name), now).await?;
        let second_step = tx.find_second_step(account).await?;
        let member = SignedIn::new(account.to_owned(), name.to_owned(), epoch, is_confirmed.then_some(now));
        let member = member.with_second_step(second_step.map(|step| step.recovery_codes));
        Ok(member.with_review_due(self.is_review_due(tx, account).await?))
    }

    /// The letter about a sign-in from a source that the account does not know; its first sign-in of all
    /// needs none, and neither do those by key alone. The row of the sign-in is the event's.
    async fn tell_of_new_source(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        entrance: &Entrance<'_>,
        now: Moment,
    ) -> Result<(), Fault> {
        let (account, name) = (entrance.account, entrance.name);
        let bucket = format!("new source:{account}");
        let mark = new_id(now, &self.chance);
        match tx.reserve_in_windows(&bucket, &mark, &NEW_SOURCE_LETTERS, now).await? {
            Tried::Admitted { .. } => {
                let tale = Tale { about: About::SignInNewSource, account, name, detail: "" };
                self.tell(tx, knock, tale, now).await
            }
            _ => Ok(()),
        }
    }
}
