//! What changes who is in a team, whoever does it: a row and a letter for the account that it is done to.
//! Whoever calls holds the team ([`crate::store::Tx::set_team_changed`]) and rings for letters afterwards.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::{Accounts, Fault, Knock};
use crate::domain::moment::Moment;
use crate::domain::team::Role;
use crate::mail::About;
use crate::store::{Event, Tx};

/// What an owner is called in letters.
const AN_OWNER: &str = "an owner of the team";

/// Who does it.
#[derive(Clone, Copy)]
pub(in crate::accounts) enum By<'a> {
    /// The account itself, in this visit.
    Themselves(&'a Knock),
    /// An owner, by username.
    Owner(&'a str),
    /// An operator's command.
    Operator,
}

/// A team or an account, by id and name.
pub(in crate::accounts) type Named<'a> = (&'a str, &'a str);

impl Accounts {
    /// Puts an account into a team; `false` when it is in it already.
    pub(in crate::accounts) async fn put_in(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        (team, team_name): Named<'_>,
        them: Named<'_>,
        role: Role,
        now: Moment,
    ) -> Result<bool, Fault> {
        if !tx.insert_membership(team, them.0, role.as_str(), now).await? {
            return Ok(false);
        }
        let deed = (Happened::TeamJoined, About::TeamJoined, team_name);
        self.note(tx, by, them, deed, now).await?;
        Ok(true)
    }

    /// Gives a member another role; `false` when the team would have no owner then.
    pub(in crate::accounts) async fn give_role(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        (team, team_name): Named<'_>,
        them: Named<'_>,
        role: Role,
        now: Moment,
    ) -> Result<bool, Fault> {
        if !tx.claim_role(team, them.0, role.as_str(), now).await? {
            return Ok(false);
        }
        let detail = format!("{team_name} ({role})");
        let deed = (Happened::TeamRoleChanged, About::TeamRoleChanged, detail.as_str());
        self.note(tx, by, them, deed, now).await?;
        Ok(true)
    }

    /// Takes a member out of a team; `false` when the team would have no owner then.
    pub(in crate::accounts) async fn take_out(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        (team, team_name): Named<'_>,
        them: Named<'_>,
        now: Moment,
    ) -> Result<bool, Fault> {
        if !tx.claim_removal(team, them.0, now).await? {
            return Ok(false);
        }
        let deed = (Happened::TeamLeft, About::TeamLeft, team_name);
        self.note(tx, by, them, deed, now).await?;
        Ok(true)
    }

    /// Writes it down and tells it by letter. Which owner did it, stands in the row; from where they did it is
    /// none of the member's business.
    async fn note(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        (account, name): Named<'_>,
        (happened, about, detail): (Happened, About, &str),
        now: Moment,
    ) -> Result<(), Fault> {
        let tale = Tale { about, account, name, detail };
        let by_operator = self.operator_event(happened, account, now);
        let (event, letter) = match by {
            By::Themselves(knock) => {
                (self.event(happened, Whom::Account(account), knock, now), tale.letter(knock, now))
            }
            By::Owner(owner) => {
                let event = Event { client: format!("{AN_OWNER}: {owner}"), ..by_operator };
                (event, tale.letter_by("", AN_OWNER, now))
            }
            By::Operator => (by_operator, tale.letter_by_operator(now)),
        };
        tx.insert_event(&event).await?;
        self.write_to_all(tx, account, &letter, now).await
    }
}
