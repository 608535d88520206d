//! One person's way through the flows: the current one, the one that waits below it during a reauthentication, and the
//! one that is hidden while the session is locked. Every ui's loop drives one of these.

use std::collections::VecDeque;
use std::sync::Arc;

use super::page::{ActionKind, BACK, Field, Page, Value};
use super::reauthenticate::Reauthenticate;
use super::section::Section;
use super::{Event, Flow, PAGES, Step, wording};
use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::request::profile::ProfileRequest;
use crate::accounts::request::reset_address::ResetAddressRequest;
use crate::accounts::request::{Reply, Request, SignedIn};

/// What follows from an event.
#[derive(Debug, Default)]
#[must_use]
pub struct Update {
    /// The page is another one than before the event.
    pub fresh: bool,
    /// Carry this out; the reply comes back as [`Event::Replied`].
    pub ask: Option<Request>,
}

/// The current flow, and those below it.
#[derive(Debug)]
pub struct Navigator {
    top: Flow,
    /// The page whose request needs the reauthentication on top.
    below: Option<Box<Flow>>,
    /// The page that the lock on top hides, with what was typed there.
    hidden: Option<Box<Flow>>,
    /// The pages that links led away from, the latest last.
    history: VecDeque<LeftPage>,
    /// A link led to the current page, from the last one of the history.
    came_by_link: bool,
    /// The request under way was asked by following a link.
    follows_link: bool,
    /// The registered key that the connection has proven to hold.
    key: Option<Arc<RecognisedKey>>,
}

/// A page that a link led away from.
#[derive(Debug)]
struct LeftPage {
    flow: Box<Flow>,
    /// What [`Navigator::came_by_link`] was there.
    came_by_link: bool,
}

/// So many pages are kept to go back to: each has what its own screen costs.
const PAGES_KEPT: usize = 8;

impl Navigator {
    /// Begins with `flow`; [`Navigator::begin`] gives what it asks at once.
    #[must_use]
    pub fn new(flow: Flow) -> Self {
        let history = VecDeque::new();
        Self {
            top: flow,
            below: None,
            hidden: None,
            history,
            came_by_link: false,
            follows_link: false,
            key: None,
        }
    }

    /// The same on a connection that has proven to hold `key`.
    #[must_use]
    pub fn with_key(mut self, key: Option<RecognisedKey>) -> Self {
        self.key = key.map(Arc::new);
        self.introduce_key();
        self
    }

    fn introduce_key(&mut self) {
        if let Some(key) = &self.key {
            self.top.recognise(key);
        }
    }

    /// The current flow.
    #[must_use]
    pub fn flow(&self) -> &Flow {
        &self.top
    }

    /// The last flow.
    #[must_use]
    pub fn into_flow(self) -> Flow {
        self.top
    }

    /// What is shown now.
    #[must_use]
    pub fn page(&self) -> Page<'_> {
        let mut page = self.top.page();
        debug_assert!(PAGES.contains(&page.id), "{} is not declared in flows!", page.id);
        page.came_by_link = self.may_return();
        page
    }

    /// Whether going back leads to the page that a link led away from.
    fn may_return(&self) -> bool {
        self.came_by_link && !self.history.is_empty() && self.below.is_none() && self.hidden.is_none()
    }

    /// Who is signed in, if anybody.
    #[must_use]
    pub fn member(&self) -> Option<&SignedIn> {
        self.top.member()
    }

    /// Leaves everything for `flow`.
    pub fn go(&mut self, flow: Flow) -> Update {
        self.replace(flow);
        Update { fresh: true, ask: self.begin() }
    }

    /// Puts `flow` in the place of the current page, which is not gone back to. A page that links led away from is gone
    /// back to, if it is the same.
    fn replace(&mut self, flow: Flow) {
        let was_guest = self.top.member().is_none();
        let is_review = matches!(flow, Flow::ReviewPage(_));
        let (from, to) = (self.top.page().id, flow.page().id);
        if was_guest != flow.member().is_none() {
            // Nobody goes back to what another had typed.
            self.history.clear();
            self.came_by_link = false;
        } else if from != to {
            let returned_to = self.history.iter().rposition(|left| left.flow.page().id == to);
            self.came_by_link = returned_to.is_some_and(|at| self.history[at].came_by_link);
            self.history.truncate(returned_to.unwrap_or(self.history.len()));
        }
        (self.top, self.below, self.hidden) = (flow, None, None);
        if was_guest && let Some(cx) = self.top.context_mut() {
            let suspended = cx.member.suspended();
            if cx.member.has_cancelled_deletion() {
                cx.notice = Some(wording::deletion_cancelled(cx));
            } else if suspended > 0 {
                // The review says so itself.
                cx.notice = (!is_review).then(|| wording::suspended_reminder(suspended, cx));
            } else if let Some(expiry) = cx.member.password_expiry() {
                cx.notice = Some(wording::password_expiry(expiry, cx.portal.capabilities, cx));
            } else if cx.member.is_review_due() {
                cx.notice = Some(wording::review_reminder(cx));
            }
        }
    }

    /// Follows a link to `flow`: the current page is where going back leads to. `discards` if the person has agreed to lose
    /// what was typed there.
    fn follow_link(&mut self, flow: Flow, discards: bool) -> Update {
        let is_same_person = self.top.member().is_none() == flow.member().is_none();
        // A link to where one came from is a way back.
        let came_from = self.history.back().map(|left| left.flow.page().id);
        let to = flow.page().id;
        if !is_same_person || self.below.is_some() || self.hidden.is_some() || came_from == Some(to) {
            return self.go(flow);
        }
        let left = std::mem::replace(&mut self.top, flow);
        if let Some(left) = as_it_is_kept(left, discards) {
            if self.history.len() >= PAGES_KEPT {
                self.history.pop_front();
            }
            self.history.push_back(LeftPage { flow: Box::new(left), came_by_link: self.came_by_link });
            self.came_by_link = true;
        }
        Update { fresh: true, ask: self.begin() }
    }

    /// Goes back: to the page that a link led away from, or where the page itself leads to. Where the two are the same,
    /// the page knows more of what has happened since.
    fn go_back(&mut self) -> Update {
        let from = self.top.page();
        let (from, is_waiting) = (from.id, from.waiting);
        let step = self.top.update(Event::Pressed(BACK));
        if is_waiting {
            return Update::default();
        }
        let came_from = self.history.back().map(|left| left.flow.page().id).filter(|_| self.may_return());
        match (step, came_from) {
            (Step::Go(flow), Some(came_from)) if flow.page().id != came_from => self.return_to_history(),
            (Step::Go(flow), Some(_)) => self.go(*flow),
            (Step::Go(flow), None) => {
                let update = self.go(*flow);
                // Whatever a link has led to lies above the page that it led away from.
                self.came_by_link |= !self.history.is_empty();
                update
            }
            (Step::Stay, Some(_)) if self.top.page().id == from => self.return_to_history(),
            (Step::Stay, None) if self.top.page().id == from => self.go_to_landing_page(),
            (step, _) => self.take(step),
        }
    }

    /// Where a member's page that leads back to none leads to.
    fn go_to_landing_page(&mut self) -> Update {
        let landing = self.top.context().map(|cx| Section::default().flow(cx.fresh()));
        match landing.filter(|landing| landing.page().id != self.top.page().id) {
            Some(landing) => self.go(landing),
            None => Update::default(),
        }
    }

    fn return_to_history(&mut self) -> Update {
        let Some(LeftPage { flow, came_by_link }) = self.history.pop_back() else { return Update::default() };
        let member = self.top.member().cloned();
        (self.top, self.came_by_link) = (*flow, came_by_link);
        if let (Some(cx), Some(member)) = (self.top.context_mut(), member) {
            cx.member = member;
        }
        Update { fresh: true, ask: self.begin() }
    }

    /// What the current flow asks as soon as somebody comes to it.
    pub fn begin(&mut self) -> Option<Request> {
        self.introduce_key();
        match self.top.begin() {
            Step::Ask(request) => Some(request),
            _ => None,
        }
    }

    /// What follows from `event`.
    pub fn update(&mut self, mut event: Event<'_>) -> Update {
        if let Event::Replied(reply) = event {
            // One request is under way at a time: the lock's own, or one of the page that it hides.
            match self.hidden.take_if(|_| !self.top.page().waiting) {
                Some(hidden) => return self.replied_to_hidden(*hidden, reply),
                None => event = Event::Replied(reply),
            }
        }
        if let Event::Replied(Reply::ReauthenticateFirst(request)) = event {
            return self.reauthenticate_first(request);
        }
        let kind = match &event {
            Event::Pressed(pressed) => self.kind_of(pressed),
            _ => None,
        };
        let opens = matches!(event, Event::Opened(_));
        let leads_on = match &event {
            Event::Pressed(_) => {
                kind.is_some_and(|kind| !matches!(kind, ActionKind::Back | ActionKind::Exit))
            }
            Event::Opened(_) => true,
            Event::Replied(_) => std::mem::take(&mut self.follows_link),
            Event::Typed { .. } | Event::Confirmed(_) | Event::NotReauthenticated => false,
        };
        let discards = kind.is_some_and(ActionKind::is_navigation);
        if matches!(event, Event::Pressed(BACK)) && self.below.is_none() && self.hidden.is_none() {
            return self.go_back();
        }
        match self.top.update(event) {
            Step::Go(flow) if leads_on => self.follow_link(*flow, discards),
            Step::Ask(request) => {
                self.follows_link = opens || is_on_the_way(&request);
                Update { fresh: false, ask: Some(request) }
            }
            step => self.take(step),
        }
    }

    fn kind_of(&self, pressed: &str) -> Option<ActionKind> {
        self.top.page().actions.iter().find(|action| action.id == pressed).map(|action| action.kind)
    }

    /// What follows from a step of the current page.
    fn take(&mut self, step: Step) -> Update {
        match step {
            Step::Stay => Update::default(),
            Step::Ask(request) => Update { fresh: false, ask: Some(request) },
            Step::Go(flow) => self.go(*flow),
            Step::ConfirmFirst(question) => {
                let asking = std::mem::replace(&mut self.top, (*question).into());
                self.below = Some(Box::new(asking));
                Update { fresh: true, ask: None }
            }
            Step::Confirmed(action) => {
                self.return_below();
                Update { fresh: true, ..self.update(Event::Confirmed(action)) }
            }
            Step::NotConfirmed => {
                self.return_below();
                Update { fresh: true, ask: None }
            }
            Step::Reauthenticated(member, request) => self.reauthenticated(member, *request),
            Step::NotReauthenticated => self.not_reauthenticated(),
            Step::Unlocked(member) => self.unlocked(member),
        }
    }

    /// Locks the session: hides the page until its member reauthenticates. A reply that it waits for is kept for it. `None`
    /// where there is nothing to lock: nobody is signed in, or it is locked.
    pub fn lock(&mut self) -> Option<Update> {
        if self.hidden.is_some() {
            return None;
        }
        self.hide().then_some(Update { fresh: true, ask: None })
    }

    /// Hides the current page, if it is a member's.
    fn hide(&mut self) -> bool {
        let Some(lock) = Reauthenticate::to_unlock(&self.top) else { return false };
        self.hidden = Some(Box::new(std::mem::replace(&mut self.top, lock.into())));
        true
    }

    /// Hands a reply to the page that had asked for it before it was hidden, and hides it again: with a new lock, which has
    /// the proof that may have come with the reply. One that signs out ends the lock.
    fn replied_to_hidden(&mut self, hidden: Flow, reply: Reply) -> Update {
        self.top = hidden;
        let Update { ask, .. } = self.update(Event::Replied(reply));
        Update { fresh: !self.hide(), ask }
    }

    fn unlocked(&mut self, member: SignedIn) -> Update {
        if let Some(hidden) = self.hidden.take() {
            self.top = *hidden;
        }
        if let Some(cx) = self.top.context_mut() {
            cx.member = member;
        }
        Update { fresh: true, ask: None }
    }

    fn reauthenticate_first(&mut self, request: Box<Request>) -> Update {
        let Some(next) = Reauthenticate::before(request, &self.top) else { return Update::default() };
        self.below = Some(Box::new(std::mem::replace(&mut self.top, next.into())));
        Update { fresh: true, ask: None }
    }

    fn reauthenticated(&mut self, member: SignedIn, mut request: Request) -> Update {
        if let Some(below) = self.below.take() {
            self.top = *below;
        }
        request.set_member(&member);
        if let Some(cx) = self.top.context_mut() {
            cx.member = member;
        }
        Update { fresh: true, ask: Some(request) }
    }

    /// Shows the page again that waits below.
    fn return_below(&mut self) {
        if let Some(below) = self.below.take() {
            self.top = *below;
        }
    }

    fn not_reauthenticated(&mut self) -> Update {
        self.return_below();
        Update { fresh: true, ..self.update(Event::NotReauthenticated) }
    }
}

/// What is asked on the way to another page, and changes nothing on the one that a link is on. After any other request
/// that page has done what it was for, and is not gone back to.
fn is_on_the_way(request: &Request) -> bool {
    matches!(
        request,
        Request::ResetAddress(ResetAddressRequest::Choices { .. })
            | Request::Profile(_, ProfileRequest::SendCode { .. })
    )
}

/// A page as it is kept to go back to: without secrets, and without what was typed if the person `discards` that. `None`
/// for a page that is nothing without it, or that shows a secret once.
fn as_it_is_kept(mut left: Flow, discards: bool) -> Option<Flow> {
    let page = left.page();
    if page.leaving.is_some() {
        return None;
    }
    let is_secret = |field: &&Field<'_>| matches!(field.value, Value::Secret(_));
    let secrets: Vec<_> = page.fields.iter().filter(is_secret).map(|field| field.id).collect();
    for field in secrets {
        left.update(Event::Typed { field, value: "" });
    }
    if !discards || !left.page().unsaved {
        return Some(left);
    }
    let anew = Section::of_action(left.page().id)?.flow(left.context()?.fresh());
    Some(anew)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::keys::KeysReply;
    use crate::accounts::request::teams::{Dashboard, TeamsReply, TeamsRequest};
    use crate::accounts::request::{Refusal, second_factor};
    use crate::domain::membership::Membership;
    use crate::flow::context::MemberContext;
    use crate::flow::keys::tests::key;
    use crate::flow::sign_in::SignIn;
    use crate::flow::testing::{cx, portal};

    /// On the list of teams, and the last request needs a reauthentication.
    fn interrupted() -> Navigator {
        let cx = cx();
        let mut navigator = Navigator::new(Flow::SignIn(SignIn::new(cx.portal.clone(), "")));
        let asked = navigator.go(Section::Teams.flow(cx.fresh())).ask;
        assert!(matches!(asked, Some(Request::Teams(..))));
        let list = Request::Teams(cx.member, TeamsRequest::List);
        let update = navigator.update(Event::Replied(Reply::ReauthenticateFirst(Box::new(list))));
        assert!(update.fresh && update.ask.is_none());
        assert_eq!(navigator.page().id, "confirm");
        navigator
    }

    #[test]
    fn a_confirmation_carries_out_what_was_asked_and_goes_on_below() {
        let mut navigator = interrupted();
        let _ = navigator.update(Event::Typed { field: "password", value: "plum tractor seventeen" });
        let asked = navigator.update(Event::Pressed("confirm")).ask;
        assert!(matches!(asked, Some(Request::Reauthenticate { .. })));
        let newer = SignedIn::for_test("ada, confirmed");
        let update = navigator.update(Event::Replied(Reply::Reauthenticated(newer)));
        let Some(Request::Teams(member, TeamsRequest::List)) = update.ask else {
            panic!("it must be carried out")
        };
        assert_eq!((member.name(), navigator.page().id), ("ada, confirmed", "teams"));
        assert_eq!(
            navigator.member().unwrap().name(),
            "ada, confirmed",
            "the page below has the newer proof"
        );
        let teams = vec![Membership::for_test("Platform")];
        let answer = TeamsReply::Dashboard(Box::new(Dashboard { teams, ..Dashboard::default() }));
        let _ = navigator.update(Event::Replied(Reply::Teams(answer)));
        assert_eq!(navigator.page().table.unwrap().rows.len(), 1);
    }

    /// Locked while something was typed into the comment of a key.
    fn locked() -> Navigator {
        let mut navigator = Navigator::new(Flow::SignIn(SignIn::new(Arc::new(portal()), "ada")));
        let _ = navigator.go(Section::Keys.flow(cx()));
        let keys = KeysReply::List(vec![key("ada@laptop")], Vec::new());
        let _ = navigator.update(Event::Replied(Reply::Keys(keys)));
        let _ = navigator.update(Event::Opened(0));
        let _ = navigator.update(Event::Typed { field: "comment", value: "half a wor" });
        let update = navigator.lock().expect("a member's page can be locked");
        assert!(update.fresh && update.ask.is_none());
        navigator
    }

    fn unlock(navigator: &mut Navigator, password: &str) -> Option<Request> {
        let _ = navigator.update(Event::Typed { field: "password", value: password });
        navigator.update(Event::Pressed("unlock")).ask
    }

    #[test]
    fn a_locked_session_shows_nothing_of_its_member() {
        let navigator = locked();
        let page = navigator.page();
        assert_eq!((page.id, page.signed_in_as, page.is_locked), ("locked", None, true));
        let shown = format!("{page:?}");
        for personal in ["\"ada", "ada@laptop", "half a wor", "SHA256"] {
            assert!(!shown.contains(personal), "{personal} in {shown}");
        }
        let actions: Vec<_> = page.actions.iter().map(|action| action.id).collect();
        assert_eq!(actions, ["unlock", "sign-out"]);
        assert!(navigator.member().is_some(), "it can still be revoked");
    }

    #[test]
    fn the_right_password_brings_the_page_back_with_what_was_typed() {
        let mut navigator = locked();
        let asked = unlock(&mut navigator, "plum tractor seventeen");
        assert!(matches!(asked, Some(Request::Reauthenticate { second_factor: false, .. })), "{asked:?}");
        let newer = SignedIn::for_test("ada, confirmed");
        let update = navigator.update(Event::Replied(Reply::Reauthenticated(newer)));
        assert!(update.fresh && update.ask.is_none());
        let page = navigator.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("settings/keys/key", "half a wor"));
        assert_eq!(navigator.member().unwrap().name(), "ada, confirmed");
        assert!(navigator.lock().is_some(), "it can be locked again");
    }

    #[test]
    fn a_wrong_password_and_every_other_event_leave_it_locked() {
        let mut navigator = locked();
        unlock(&mut navigator, "wrong");
        let _ = navigator.update(Event::Replied(Reply::Refused(Refusal::WrongCurrentPassword)));
        let page = navigator.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("locked", ""));
        assert!(page.notice.unwrap().text.contains("still locked"));
        assert!(navigator.lock().is_none());
        for event in
            [Event::Pressed("back"), Event::Pressed("confirm"), Event::Opened(0), Event::NotReauthenticated]
        {
            let update = navigator.update(event);
            assert!(!update.fresh && update.ask.is_none() && navigator.page().id == "locked");
        }
    }

    #[test]
    fn a_locked_session_can_be_signed_out_and_is_over_when_its_account_changed() {
        let mut navigator = locked();
        let asked = navigator.update(Event::Pressed("sign-out")).ask;
        assert!(matches!(asked, Some(Request::SignOut { .. })));
        let _ = navigator.update(Event::Replied(Reply::SignedOut));
        assert_eq!((navigator.page().id, navigator.member().is_none()), ("sign-in", true));
        let mut navigator = locked();
        unlock(&mut navigator, "x");
        let _ = navigator.update(Event::Replied(Reply::Refused(Refusal::SignedOutElsewhere)));
        assert_eq!((navigator.page().id, navigator.member().is_none()), ("sign-in", true));
    }

    #[test]
    fn a_question_that_waits_is_there_again_with_the_page_below_it() {
        let mut navigator = interrupted();
        assert!(navigator.lock().is_some());
        unlock(&mut navigator, "plum tractor seventeen");
        let _ = navigator.update(Event::Replied(Reply::Reauthenticated(SignedIn::for_test("ada"))));
        assert_eq!(navigator.page().id, "confirm");
        let _ = navigator.update(Event::Pressed("back"));
        assert_eq!(navigator.page().id, "teams");
    }

    #[test]
    fn a_guest_is_not_locked() {
        let mut navigator = Navigator::new(Flow::SignIn(SignIn::new(Arc::new(portal()), "ada")));
        assert!(navigator.lock().is_none());
    }

    /// Locked while the list of teams was on its way.
    fn locked_while_waiting() -> Navigator {
        let mut navigator = Navigator::new(Flow::SignIn(SignIn::new(Arc::new(portal()), "ada")));
        let _ = navigator.go(Section::Teams.flow(cx()));
        assert!(navigator.page().waiting);
        assert!(navigator.lock().is_some_and(|update| update.fresh && update.ask.is_none()));
        assert_eq!(navigator.page().id, "locked");
        navigator
    }

    #[test]
    fn a_page_that_waits_is_locked_at_once_and_its_reply_is_kept_for_it() {
        let mut navigator = locked_while_waiting();
        let teams = vec![Membership::for_test("Platform")];
        let answer = TeamsReply::Dashboard(Box::new(Dashboard { teams, ..Dashboard::default() }));
        let update = navigator.update(Event::Replied(Reply::Teams(answer)));
        assert!(!update.fresh && update.ask.is_none());
        let page = navigator.page();
        assert_eq!((page.id, page.waiting), ("locked", false));
        assert!(!format!("{page:?}").contains("Platform"));
        unlock(&mut navigator, "plum tractor seventeen");
        let _ = navigator.update(Event::Replied(Reply::Reauthenticated(SignedIn::for_test("ada"))));
        assert_eq!((navigator.page().id, navigator.page().table.unwrap().rows.len()), ("teams", 1));
    }

    #[test]
    fn a_refusal_and_a_question_that_come_while_it_is_locked_wait_below() {
        let mut navigator = locked_while_waiting();
        let _ = navigator.update(Event::Replied(Reply::Refused(Refusal::Unavailable("7f3a".to_owned()))));
        assert!(navigator.page().id == "locked" && navigator.page().notice.is_none());
        let mut navigator = locked_while_waiting();
        let list = Request::Teams(SignedIn::for_test("ada"), TeamsRequest::List);
        let _ = navigator.update(Event::Replied(Reply::ReauthenticateFirst(Box::new(list))));
        assert_eq!(navigator.page().id, "locked");
        unlock(&mut navigator, "plum tractor seventeen");
        let _ = navigator.update(Event::Replied(Reply::Reauthenticated(SignedIn::for_test("ada"))));
        assert_eq!(navigator.page().id, "confirm");
    }

    #[test]
    fn a_newer_proof_that_comes_while_it_is_locked_is_what_unlocks_it() {
        let mut navigator = Navigator::new(Flow::SignIn(SignIn::new(Arc::new(portal()), "ada")));
        let _ = navigator.go(Section::Password.flow(cx()));
        for (field, value) in [
            ("current", "plum tractor seventeen"),
            ("new", "granite umbrella forty two"),
            ("confirm", "granite umbrella forty two"),
        ] {
            let _ = navigator.update(Event::Typed { field, value });
        }
        assert!(navigator.update(Event::Pressed("update")).ask.is_some());
        assert!(navigator.lock().is_some());
        let newer = SignedIn::for_test("ada, changed");
        let update = navigator.update(Event::Replied(Reply::PasswordChanged(newer)));
        assert!(update.ask.is_none() && navigator.page().id == "locked");
        assert_eq!(navigator.member().unwrap().name(), "ada, changed");
        let Some(Request::Reauthenticate { member, .. }) =
            unlock(&mut navigator, "granite umbrella forty two")
        else {
            panic!("it must be asked")
        };
        assert_eq!(member.name(), "ada, changed");
    }

    #[test]
    fn a_reply_that_ends_the_sign_in_ends_the_lock() {
        let mut navigator = locked_while_waiting();
        let update = navigator.update(Event::Replied(Reply::Refused(Refusal::SignedOutElsewhere)));
        assert!(update.fresh);
        assert_eq!((navigator.page().id, navigator.member().is_none()), ("sign-in", true));
        assert!(navigator.lock().is_none());
    }

    #[test]
    fn what_takes_the_second_factor_away_asks_for_that_and_not_for_the_password() {
        let (portal, member) = (Arc::new(portal()), SignedIn::with_recovery_codes_for_test("ada", 8));
        let mut navigator =
            Navigator::new(Section::Security.flow(MemberContext::new(portal, member.clone())));
        let request = Request::SecondFactor(member, second_factor::SecondFactorRequest::TurnOff);
        let _ = navigator.update(Event::Replied(Reply::ReauthenticateFirst(Box::new(request))));
        assert_eq!(navigator.page().fields[0].label, "Authenticator or recovery code");
        let _ = navigator.update(Event::Pressed("confirm"));
        assert_eq!(navigator.page().notice.unwrap().id, "missing");
        let _ = navigator.update(Event::Typed { field: "password", value: "123 456" });
        let asked = navigator.update(Event::Pressed("confirm")).ask;
        assert!(matches!(asked, Some(Request::Reauthenticate { second_factor: true, .. })), "{asked:?}");
    }

    #[test]
    fn a_wrong_password_asks_again_and_carries_nothing_out() {
        let mut navigator = interrupted();
        let _ = navigator.update(Event::Typed { field: "password", value: "wrong" });
        let _ = navigator.update(Event::Pressed("confirm"));
        let update = navigator.update(Event::Replied(Reply::Refused(Refusal::WrongCurrentPassword)));
        assert!(update.ask.is_none());
        let page = navigator.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("confirm", ""));
        assert_eq!(page.notice.unwrap().id, "wrong-current-password");
    }

    #[test]
    fn whoever_goes_back_is_told_that_nothing_was_changed() {
        let mut navigator = interrupted();
        let update = navigator.update(Event::Pressed("back"));
        assert!(update.fresh && update.ask.is_none());
        let page = navigator.page();
        assert_eq!((page.id, page.waiting), ("teams", false));
        assert_eq!(page.notice.unwrap().id, "not-confirmed");
    }

    #[test]
    fn an_account_that_changed_elsewhere_ends_the_question_and_what_waits_below_it() {
        let mut navigator = interrupted();
        let _ = navigator.update(Event::Typed { field: "password", value: "x" });
        let _ = navigator.update(Event::Pressed("confirm"));
        let _ = navigator.update(Event::Replied(Reply::Refused(Refusal::SignedOutElsewhere)));
        assert_eq!((navigator.page().id, navigator.member().is_none()), ("sign-in", true));
        let _ = navigator.update(Event::NotReauthenticated);
        assert_eq!(navigator.page().id, "sign-in");
    }

    fn arrives(member: SignedIn) -> Navigator {
        let mut navigator = Navigator::new(Flow::SignIn(SignIn::new(Arc::new(portal()), "ada")));
        assert!(navigator.update(Event::Replied(Reply::SignedIn(member))).fresh);
        navigator
    }

    #[test]
    fn whoever_has_something_suspended_is_told_so_on_arrival() {
        let navigator = arrives(SignedIn::with_suspended_for_test("ada", 2));
        let notice = navigator.page().notice.unwrap();
        assert_eq!(notice.id, "suspended");
        assert!(notice.text.starts_with("A password reset suspended 2 "), "{}", notice.text);
    }

    #[test]
    fn whoever_cancels_the_deletion_of_the_account_by_signing_in_is_told_so() {
        let navigator = arrives(SignedIn::kept_for_test("ada"));
        let notice = navigator.page().notice.unwrap();
        assert_eq!(notice.id, "deletion-cancelled");
        assert!(notice.text.contains("Signing in cancelled that"), "{}", notice.text);
    }

    #[test]
    fn whoever_has_not_looked_at_the_addresses_for_long_is_reminded_once() {
        assert!(arrives(SignedIn::for_test("ada")).page().notice.is_none());
        let mut navigator = arrives(SignedIn::to_be_reminded("ada"));
        assert_eq!(navigator.page().notice.map(|notice| notice.id), Some("review-emails"));
        let member = navigator.member().unwrap().clone();
        let _ = navigator.go(Section::Teams.flow(MemberContext::new(Arc::new(portal()), member)));
        assert!(navigator.page().notice.is_none(), "once a session");
    }
}
