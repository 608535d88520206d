//! One person's way through the flows: which flow is in hand, and what waits below it while they confirm
//! that it is them. Every face's loop drives one of these.

use super::page::{PAGES, Page};
use super::reauthenticate::Reauthenticate;
use super::{Event, Flow, Step, wording};
use crate::accounts::request::{Reply, Request, SignedIn};

/// What follows from an event.
#[derive(Debug, Default)]
#[must_use]
pub struct Update {
    /// Another page was come to.
    pub fresh: bool,
    /// Carry this out; the answer comes back as [`Event::Replied`].
    pub ask: Option<Request>,
}

/// The flow in hand, and the one below it.
#[derive(Debug)]
pub struct Navigator {
    top: Flow,
    /// The page whose request is being confirmed.
    below: Option<Flow>,
}

impl Navigator {
    /// Begins with `flow`; [`Navigator::go`] is how one goes to a flow that asks at once.
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
    pub fn go(&mut self, flow: Flow) -> Update {
        let was_guest = self.top.member().is_none();
        (self.top, self.below) = (flow, None);
        if was_guest
            && let Some(cx) = self.top.seat_mut()
            && cx.member.is_review_due()
        {
            cx.notice = Some(wording::review_reminder());
        }
        let ask = match self.top.begin() {
            Step::Ask(request) => Some(request),
            _ => None,
        };
        Update { fresh: true, ask }
    }

    /// What follows from `event`.
    pub fn update(&mut self, event: Event<'_>) -> Update {
        if let Event::Replied(Reply::ReauthenticateFirst(request)) = event {
            return self.reauthenticate_first(request);
        }
        match self.top.update(event) {
            Step::Stay => Update::default(),
            Step::Ask(request) => Update { fresh: false, ask: Some(request) },
            Step::Go(flow) => self.go(*flow),
            Step::Reauthenticated(member, request) => self.confirmed(member, *request),
            Step::NotReauthenticated => self.not_reauthenticated(),
        }
    }

    fn reauthenticate_first(&mut self, request: Box<Request>) -> Update {
        let Some(confirm) = Reauthenticate::before(request, &self.top) else { return Update::default() };
        self.below = Some(std::mem::replace(&mut self.top, Flow::Reauthenticate(confirm)));
        Update { fresh: true, ask: None }
    }

    fn confirmed(&mut self, member: SignedIn, mut request: Request) -> Update {
        if let Some(below) = self.below.take() {
            self.top = below;
        }
        request.set_member(&member);
        if let Some(cx) = self.top.seat_mut() {
            cx.member = member;
        }
        Update { fresh: true, ask: Some(request) }
    }

    fn not_reauthenticated(&mut self) -> Update {
        if let Some(below) = self.below.take() {
            self.top = below;
        }
        let turn = self.update(Event::NotReauthenticated);
        Update { fresh: true, ..turn }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
    use crate::accounts::request::{Refusal, second_factor};
    use crate::domain::membership::Membership;
    use crate::flow::context::{MemberContext, Section};
    use crate::flow::sign_in::SignIn;
    use crate::flow::testing::{cx, portal};

    /// At home, and what was asked last needs a confirmation.
    fn interrupted() -> Navigator {
        let cx = cx();
        let mut talk = Navigator::new(Flow::SignIn(SignIn::new(cx.portal.clone(), "")));
        let asked = talk.go(Section::Teams.flow(cx.fresh())).ask;
        assert!(matches!(asked, Some(Request::Teams(..))));
        let list = Request::Teams(cx.member, TeamsRequest::List);
        let turn = talk.update(Event::Replied(Reply::ReauthenticateFirst(Box::new(list))));
        assert!(turn.fresh && turn.ask.is_none());
        assert_eq!(talk.page().id, "confirm");
        talk
    }

    #[test]
    fn a_confirmation_carries_out_what_was_asked_and_goes_on_below() {
        let mut talk = interrupted();
        let _ = talk.update(Event::Typed { field: "password", value: "plum tractor seventeen" });
        let asked = talk.update(Event::Pressed("confirm")).ask;
        assert!(matches!(asked, Some(Request::Reauthenticate { .. })));
        let newer = SignedIn::for_test("ada, confirmed");
        let turn = talk.update(Event::Replied(Reply::Reauthenticated(newer)));
        let Some(Request::Teams(member, TeamsRequest::List)) = turn.ask else {
            panic!("it must be carried out")
        };
        assert_eq!((member.name(), talk.page().id), ("ada, confirmed", "teams"));
        assert_eq!(talk.member().unwrap().name(), "ada, confirmed", "the page below has the newer proof");
        let answer = TeamsReply::List(vec![Membership::for_test("Platform")]);
        let _ = talk.update(Event::Replied(Reply::Teams(answer)));
        assert_eq!(talk.page().table.unwrap().rows.len(), 1);
    }

    #[test]
    fn what_takes_the_second_factor_away_asks_for_that_and_not_for_the_password() {
        let (portal, member) = (Arc::new(portal()), SignedIn::with_recovery_codes_for_test("ada", 8));
        let mut talk = Navigator::new(Section::Security.flow(MemberContext::new(portal, member.clone())));
        let request = Request::SecondFactor(member, second_factor::SecondFactorRequest::TurnOff);
        let _ = talk.update(Event::Replied(Reply::ReauthenticateFirst(Box::new(request))));
        assert_eq!(talk.page().fields[0].label, "Authenticator or recovery code");
        let _ = talk.update(Event::Pressed("confirm"));
        assert_eq!(talk.page().notice.unwrap().id, "missing");
        let _ = talk.update(Event::Typed { field: "password", value: "123 456" });
        let asked = talk.update(Event::Pressed("confirm")).ask;
        assert!(matches!(asked, Some(Request::Reauthenticate { second_factor: true, .. })), "{asked:?}");
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
        let _ = talk.update(Event::NotReauthenticated);
        assert_eq!(talk.page().id, "sign-in");
    }

    fn arrives(member: SignedIn) -> Navigator {
        let mut way = Navigator::new(Flow::SignIn(SignIn::new(Arc::new(portal()), "ada")));
        assert!(way.update(Event::Replied(Reply::SignedIn(member))).fresh);
        way
    }

    #[test]
    fn whoever_has_not_looked_at_the_addresses_for_long_is_reminded_once() {
        assert!(arrives(SignedIn::for_test("ada")).page().notice.is_none());
        let mut way = arrives(SignedIn::to_be_reminded("ada"));
        assert_eq!(way.page().notice.map(|notice| notice.id), Some("review-recovery"));
        let member = way.member().unwrap().clone();
        let _ = way.go(Section::Teams.flow(MemberContext::new(Arc::new(portal()), member)));
        assert!(way.page().notice.is_none(), "once a session");
    }
}
