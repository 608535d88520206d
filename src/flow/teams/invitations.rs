//! Inviting by address, and the open invitations, for owners. Pages `team/invitations` and
//! `team/invitations/invitation`.

use super::TeamPages;
use crate::domain::invitation::Invitation;
use crate::domain::time_zone::TimeZone;
use crate::flow::NAME_MAX;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Fact, Page, Table};

impl TeamPages {
    pub(super) fn invitations_page<'a>(&'a self, address: &'a TextField) -> Page<'a> {
        self.cx
            .page("team/invitations", "Invite someone")
            .intro(
                "We send a code to the address. To join the team, choose I have an invitation and type it.",
            )
            .field(address.text("address", "Email", NAME_MAX))
            .table(table(&self.team.invitations, self.cx.zone()))
            .action(Action::primary("invite", "Send the invitation"))
            .back("Back to the team")
            .unsaved(!address.is_blank())
    }

    pub(super) fn invitation_page<'a>(&'a self, invitation: &'a Invitation) -> Page<'a> {
        let zone = self.cx.zone();
        self.cx
            .page("team/invitations/invitation", "An open invitation")
            .facts([
                Fact::new("Invited", invitation.address.as_str()),
                Fact::new("To", self.team.name.as_str()),
                Fact::new("Sent", zone.date_minute(invitation.invited_at)),
                Fact::new("Expires", zone.date_minute(invitation.expires_at)),
            ])
            .action(Action::destructive("withdraw", "Withdraw the invitation"))
            .back("Back to the invitations")
    }
}

fn table<'a>(invitations: &'a [Invitation], zone: &TimeZone) -> Table<'a> {
    let row = |open: &'_ Invitation| [open.address.clone(), zone.date_minute(open.expires_at)];
    Table::opening(["Invited", "Expires"], invitations.iter().map(row))
        .or_empty("There are no open invitations. Type an address to send one.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::teams::{TeamChange, TeamsReply, TeamsRequest};
    use crate::accounts::request::{Refusal, Reply, Request, TeamDetail, TeamRefusal};
    use crate::domain::email::EmailRefusal;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::cx;
    use crate::flow::{Event, Flow, Step};

    fn page() -> Box<Flow> {
        let view = TeamDetail::for_test("owner");
        let mut team = Flow::TeamPages(TeamPages::new(cx(), view));
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
    fn an_invalid_address_stays_to_be_corrected() {
        let mut flow = page();
        flow.update(Event::Typed { field: "address", value: "alan" });
        flow.update(Event::Pressed("invite"));
        let refusal = Refusal::Team(TeamRefusal::Address(EmailRefusal::Shape));
        flow.update(Event::Replied(Reply::Refused(refusal)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("address-refused"));
        assert_eq!(flow.page().fields[0].value.expose(), "alan");
    }
}
