//! The one way in: whoever is signed in, by whatever proof, comes through here.

use super::happened::{Happened, Whom};
use super::request::SignedIn;
use super::{Accounts, Fault, Knock};
use crate::domain::moment::Moment;
use crate::store::Tx;

/// Somebody who has proven who they are.
pub(super) struct Entrance<'a> {
    /// The account's id.
    pub(super) account: &'a str,
    /// Its user name.
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
            tx.set_known_source(account, &source_mac, now).await?;
        }
        tx.insert_event(&self.event(happened, Whom::Account(account), knock, now)).await?;
        self.take_up_invitations(tx, knock, (account, name), now).await?;
        Ok(SignedIn::new(account.to_owned(), name.to_owned(), epoch, is_confirmed.then_some(now)))
    }
}
