//! Inviting by address, and the invitations that are open, for owners. Pages `team/invitations` and
//! `team/invitations/invitation`.

use super::super::field::TextField;
use super::super::page::{Action, Notice, Page, Table};
use super::super::{NAME_MAX, Step};
use super::Team;
use crate::accounts::request::teams::TeamsRequest;
use crate::domain::invitation::Invitation;

impl Team {
    pub(super) fn invitations_page<'a>(&'a self, address: &'a TextField) -> Page<'a> {
        let mut page = self.cx.page("team/invitations", "Invite somebody");
        page.intro.push(
            "A code is sent to the address. Whoever types it at I have an invitation is in the team.".into(),
        );
        page.fields.push(address.text("address", "Email", NAME_MAX));
        page.table = Some(table(&self.view.invitations));
        page.actions.push(Action::primary("invite", "Send the invitation", !self.cx.waiting));
        page.actions.push(Action::back("Back to the team"));
        page.unsaved = !address.trimmed().is_empty();
        page
    }

    pub(super) fn submit_invitation(&mut self, team: String, address: String) -> Step {
        if address.is_empty() {
            self.cx.notice = Some(Notice::missing("Type the address of whom you want to invite."));
            return Step::Stay;
        }
        self.ask(TeamsRequest::Invite { team, address })
    }

    pub(super) fn invitation_page<'a>(&'a self, invitation: &'a Invitation) -> Page<'a> {
        let mut page = self.cx.page("team/invitations/invitation", "An open invitation");
        let Invitation { address, invited_at, expires_at, .. } = invitation;
        page.intro.push(
            format!("{address} was invited to {} on {}.", self.view.name, invited_at.date_minute()).into(),
        );
        page.intro.push(format!("The code is good until {}.", expires_at.date_minute()).into());
        page.actions.push(Action::grave("withdraw", "Withdraw the invitation", !self.cx.waiting));
        page.actions.push(Action::back("Back to the invitations"));
        page
    }
}

fn table(invitations: &[Invitation]) -> Table<'_> {
    let row =
        |open: &'_ Invitation| [open.address.clone(), open.expires_at.date_minute()].map(Into::into).to_vec();
    Table {
        columns: vec!["Invited", "Good until"],
        rows: invitations.iter().map(row).collect(),
        opens: true,
        empty: "No invitation is open. Type an address to send one.".into(),
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::accounts::request::teams::{TeamChange, TeamsReply};
    use crate::accounts::request::{Refusal, Reply, Request, TeamDetail, TeamRefusal};
    use crate::domain::email::EmailRefusal;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::cx;
    use crate::flow::{Event, Flow};

    fn page() -> Box<Flow> {
        let view = TeamDetail::for_test("owner");
        let mut team = Flow::Team(Team::new(cx(), view));
        let Step::Go(next) = team.update(Event::Pressed("invitations")) else { panic!("it must open") };
        next
    }

    fn open() -> Invitation {
        let (invited_at, expires_at) = (Timestamp::from_epoch_ms(0), Timestamp::from_epoch_ms(259_200_000));
        Invitation { id: "i".into(), address: "alan@example.org".into(), invited_at, expires_at }
    }

    #[test]
    fn an_address_is_invited_seen_in_the_list_and_withdrawn() {
        let mut flow = page();
        assert!(matches!(flow.update(Event::Pressed("invite")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        flow.update(Event::Typed { field: "address", value: " alan@example.org " });
        let step = flow.update(Event::Pressed("invite"));
        assert!(
            matches!(step, Step::Ask(Request::Teams(_, TeamsRequest::Invite { address, .. })) if address == "alan@example.org")
        );
        let view = TeamDetail { invitations: vec![open()], ..TeamDetail::for_test("owner") };
        let answer = TeamsReply::Changed(TeamChange::Invited(open()), Box::new(view));
        assert!(matches!(flow.update(Event::Replied(Reply::Teams(answer))), Step::Stay));
        let mut next = flow;
        assert_eq!(next.page().toast.as_ref().map(|toast| toast.id), Some("team-invited"));
        assert_eq!(next.page().table.unwrap().rows, [["alan@example.org", "1970-01-04 00:00 UTC"]]);
        assert_eq!(next.page().fields[0].value.expose(), "");
        let Step::Go(mut one) = next.update(Event::Opened(0)) else { panic!("it must open") };
        let step = one.update(Event::Pressed("withdraw"));
        assert!(
            matches!(step, Step::Ask(Request::Teams(_, TeamsRequest::Withdraw { invitation, .. })) if invitation == "i")
        );
    }

    #[test]
    fn what_is_no_address_stays_to_be_corrected() {
        let mut flow = page();
        flow.update(Event::Typed { field: "address", value: "alan" });
        flow.update(Event::Pressed("invite"));
        let no = Refusal::Team(TeamRefusal::Address(EmailRefusal::Shape));
        flow.update(Event::Replied(Reply::Refused(no)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("address-refused"));
        assert_eq!(flow.page().fields[0].value.expose(), "alan");
    }
}
