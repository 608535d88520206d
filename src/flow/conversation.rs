//! One person's way through the flows: which flow is in hand, and what waits below it while they confirm
//! that it is them. Every face's loop drives one of these.

use super::confirm::Confirm;
use super::page::{PAGES, Page};
use super::{Event, Flow, Step, wording};
use crate::accounts::request::{Reply, Request, SignedIn};

/// What follows from an event.
#[derive(Debug, Default)]
#[must_use]
pub struct Turn {
    /// Another page was come to.
    pub fresh: bool,
    /// Carry this out; the answer comes back as [`Event::Replied`].
    pub ask: Option<Request>,
}

/// The flow in hand, and the one below it.
#[derive(Debug)]
pub struct Conversation {
    top: Flow,
    /// The page whose wish is being confirmed.
    below: Option<Flow>,
}

impl Conversation {
    /// Begins with `flow`; [`Conversation::go`] is how one goes to a flow that asks at once.
    #[must_use]
    pub fn new(flow: Flow) -> Self {
        Self { top: flow, below: None }
    }

    /// The flow in hand.
    #[must_use]
    pub fn flow(&self) -> &Flow {
        &self.top
    }

    /// The flow in hand, at the end of it.
    #[must_use]
    pub fn into_flow(self) -> Flow {
        self.top
    }

    /// What is shown now.
    #[must_use]
    pub fn page(&self) -> Page<'_> {
        let page = self.top.page();
        debug_assert!(PAGES.contains(&page.id), "{} is not listed", page.id);
        page
    }

    /// Who is signed in, when somebody is.
    #[must_use]
    pub fn member(&self) -> Option<&SignedIn> {
        self.top.member()
    }

    /// Leaves what is in hand for `flow`.
    pub fn go(&mut self, flow: Flow) -> Turn {
        let was_guest = self.top.member().is_none();
        (self.top, self.below) = (flow, None);
        if was_guest
            && let Some(seat) = self.top.seat_mut()
            && seat.member.is_review_due()
        {
            seat.notice = Some(wording::review_reminder());
        }
        let ask = match self.top.begin() {
            Step::Ask(request) => Some(request),
            _ => None,
        };
        Turn { fresh: true, ask }
    }

    /// What follows from `event`.
    pub fn update(&mut self, event: Event<'_>) -> Turn {
        if let Event::Replied(Reply::ConfirmFirst(request)) = event {
            return self.confirm_first(request);
        }
        match self.top.update(event) {
            Step::Stay => Turn::default(),
            Step::Ask(request) => Turn { fresh: false, ask: Some(request) },
            Step::Go(flow) => self.go(*flow),
            Step::Confirmed(member, request) => self.confirmed(member, *request),
            Step::NotConfirmed => self.not_confirmed(),
        }
    }

    fn confirm_first(&mut self, request: Box<Request>) -> Turn {
        let Some(confirm) = Confirm::before(request, &self.top) else { return Turn::default() };
        self.below = Some(std::mem::replace(&mut self.top, Flow::Confirm(confirm)));
        Turn { fresh: true, ask: None }
    }

    fn confirmed(&mut self, member: SignedIn, mut request: Request) -> Turn {
        if let Some(below) = self.below.take() {
            self.top = below;
        }
        request.set_member(&member);
        if let Some(seat) = self.top.seat_mut() {
            seat.member = member;
        }
        Turn { fresh: true, ask: Some(request) }
    }

    fn not_confirmed(&mut self) -> Turn {
        if let Some(below) = self.below.take() {
            self.top = below;
        }
        let turn = self.update(Event::NotConfirmed);
        Turn { fresh: true, ..turn }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accounts::request::teams::{Answer, Ask};
    use crate::accounts::request::{Refusal, TeamSummary, security};
    use crate::flow::seat::{Place, Seat};
    use crate::flow::sign_in::SignIn;
    use crate::flow::testing::{portal, seat};

    /// At home, and what was asked last needs a confirmation.
    fn interrupted() -> Conversation {
        let seat = seat();
        let mut talk = Conversation::new(Flow::SignIn(SignIn::new(seat.portal.clone(), "")));
        let asked = talk.go(Place::Teams.flow(seat.anew())).ask;
        assert!(matches!(asked, Some(Request::Teams(..))));
        let list = Request::Teams(seat.member, Ask::List);
        let turn = talk.update(Event::Replied(Reply::ConfirmFirst(Box::new(list))));
        assert!(turn.fresh && turn.ask.is_none());
        assert_eq!(talk.page().id, "confirm");
        talk
    }

    #[test]
    fn a_confirmation_carries_out_what_was_asked_and_goes_on_below() {
        let mut talk = interrupted();
        let _ = talk.update(Event::Typed { field: "password", value: "plum tractor seventeen" });
        let asked = talk.update(Event::Pressed("confirm")).ask;
        assert!(matches!(asked, Some(Request::Confirm { .. })));
        let newer = SignedIn::for_test("ada, confirmed");
        let turn = talk.update(Event::Replied(Reply::Confirmed(newer)));
        let Some(Request::Teams(member, Ask::List)) = turn.ask else { panic!("it must be carried out") };
        assert_eq!((member.name(), talk.page().id), ("ada, confirmed", "teams"));
        assert_eq!(talk.member().unwrap().name(), "ada, confirmed", "the page below has the newer proof");
        let answer = Answer::List(vec![TeamSummary::for_test("Platform")]);
        let _ = talk.update(Event::Replied(Reply::Teams(answer)));
        assert_eq!(talk.page().table.unwrap().rows.len(), 1);
    }

    #[test]
    fn what_takes_the_second_step_away_asks_for_that_and_not_for_the_password() {
        let (portal, member) = (Arc::new(portal()), SignedIn::with_recovery_codes_for_test("ada", 8));
        let mut talk = Conversation::new(Place::Security.flow(Seat::new(portal, member.clone())));
        let request = Request::Security(member, security::Ask::TurnOff);
        let _ = talk.update(Event::Replied(Reply::ConfirmFirst(Box::new(request))));
        assert_eq!(talk.page().fields[0].label, "Authenticator or recovery code");
        let _ = talk.update(Event::Pressed("confirm"));
        assert_eq!(talk.page().notice.unwrap().id, "missing");
        let _ = talk.update(Event::Typed { field: "password", value: "123 456" });
        let asked = talk.update(Event::Pressed("confirm")).ask;
        assert!(matches!(asked, Some(Request::Confirm { second_step: true, .. })), "{asked:?}");
    }

    #[test]
    fn a_wrong_password_asks_again_and_carries_nothing_out() {
        let mut talk = interrupted();
        let _ = talk.update(Event::Typed { field: "password", value: "wrong" });
        let _ = talk.update(Event::Pressed("confirm"));
        let turn = talk.update(Event::Replied(Reply::Refused(Refusal::WrongCurrentPassword)));
        assert!(turn.ask.is_none());
        let page = talk.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("confirm", ""));
        assert_eq!(page.notice.unwrap().id, "wrong-current-password");
    }

    #[test]
    fn whoever_goes_back_is_told_that_nothing_was_changed() {
        let mut talk = interrupted();
        let turn = talk.update(Event::Pressed("back"));
        assert!(turn.fresh && turn.ask.is_none());
        let page = talk.page();
        assert_eq!((page.id, page.waiting), ("teams", false));
        assert_eq!(page.notice.unwrap().id, "not-confirmed");
    }

    #[test]
    fn an_account_that_changed_elsewhere_ends_the_question_and_what_waits_below_it() {
        let mut talk = interrupted();
        let _ = talk.update(Event::Typed { field: "password", value: "x" });
        let _ = talk.update(Event::Pressed("confirm"));
        let _ = talk.update(Event::Replied(Reply::Refused(Refusal::SignedOutElsewhere)));
        assert_eq!((talk.page().id, talk.member().is_none()), ("sign-in", true));
        let _ = talk.update(Event::NotConfirmed);
        assert_eq!(talk.page().id, "sign-in");
    }

    fn arrives(member: SignedIn) -> Conversation {
        let mut way = Conversation::new(Flow::SignIn(SignIn::new(Arc::new(portal()), "ada")));
        assert!(way.update(Event::Replied(Reply::SignedIn(member))).fresh);
        way
    }

    #[test]
    fn whoever_has_not_looked_at_the_addresses_for_long_is_reminded_once() {
        assert!(arrives(SignedIn::for_test("ada")).page().notice.is_none());
        let mut way = arrives(SignedIn::to_be_reminded("ada"));
        assert_eq!(way.page().notice.map(|notice| notice.id), Some("review-recovery"));
        let member = way.member().unwrap().clone();
        let _ = way.go(Place::Teams.flow(Seat::new(Arc::new(portal()), member)));
        assert!(way.page().notice.is_none(), "once a visit");
    }
}
