//! Inviting by address, and the open invitations, for owners. Pages `team/invitations` and
//! `team/invitations/invitation`.

use super::TeamPages;
use crate::domain::invitation::Invitation;
use crate::flow::NAME_MAX;
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Fact, Page, Table};
use crate::text;

impl TeamPages {
    pub(super) fn invitations_page<'a>(&'a self, address: &'a TextField) -> Page<'a> {
        self.cx
            .page("team/invitations", text!(self.cx, "team-invite"))
            .intro(text!(self.cx, "team-invite-how"))
            .field(address.text("address", text!(self.cx, "email"), NAME_MAX))
            .table(table(&self.team.invitations, &self.cx))
            .action(Action::primary("invite", text!(self.cx, "team-invite-send")))
            .back(text!(self.cx, "team-back"))
            .unsaved(!address.is_blank())
    }

    pub(super) fn invitation_page<'a>(&'a self, invitation: &'a Invitation) -> Page<'a> {
        let zone = self.cx.zone();
        self.cx
            .page("team/invitations/invitation", text!(self.cx, "team-invitation-title"))
            .facts([
                Fact::new(text!(self.cx, "team-invitation-address"), invitation.address.as_str()),
                Fact::new(text!(self.cx, "team-invitation-to"), self.team.name.as_str()),
                Fact::new(text!(self.cx, "team-invitation-sent"), zone.date_minute(invitation.invited_at)),
                Fact::new(text!(self.cx, "team-invitation-expires"), zone.date_minute(invitation.expires_at)),
            ])
            .action(Action::destructive("withdraw", text!(self.cx, "team-invitation-withdraw")))
            .back(text!(self.cx, "team-invitation-back"))
    }
}

fn table<'a>(invitations: &'a [Invitation], cx: &MemberContext) -> Table<'a> {
    let row = |open: &'_ Invitation| [open.address.clone(), cx.zone().date_minute(open.expires_at)];
    let columns = [text!(cx, "team-invitation-address"), text!(cx, "team-invitation-expires")];
    Table::opening(columns, invitations.iter().map(row)).or_empty(text!(cx, "team-invitations-empty"))
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
