//! One live session, and signing it out. Page `settings/sessions/session`.

use crate::accounts::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};
use crate::accounts::request::{Reply, Request};
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Page};
use crate::flow::review::ReviewPage;
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::list::facts;

/// The session.
#[derive(Debug)]
pub struct SessionPage {
    pub(in crate::flow) cx: MemberContext,
    session: ActiveSession,
    /// Somebody came here from the review, and goes back there.
    is_reviewed: bool,
}

impl SessionPage {
    pub(super) fn new(cx: MemberContext, session: ActiveSession) -> Self {
        Self { cx, session, is_reviewed: false }
    }

    /// The page as the review opens it.
    pub(in crate::flow) fn reviewed(cx: MemberContext, session: ActiveSession) -> Self {
        Self { is_reviewed: true, ..Self::new(cx, session) }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let is_this_session = self.session.is_this_session;
        let page = self.cx.page("settings/sessions/session", text!(self.cx, "session-title"));
        let page = page.facts(facts(&self.session, &self.cx));
        let page = if is_this_session {
            page.outro(text!(self.cx, "session-is-this"))
        } else {
            page.action(Action::destructive("revoke", text!(self.cx, "session-sign-out")))
                .outro(text!(self.cx, "session-sign-out-hint"))
        };
        let back = if self.is_reviewed {
            text!(self.cx, "back-to-review")
        } else {
            text!(self.cx, "back-to-sessions")
        };
        page.back(back).within(Section::Sessions)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("revoke") if !self.session.is_this_session => {
                let session = self.session.session.id.clone();
                self.cx.ask(Request::Sessions, SessionsRequest::End { session })
            }
            Event::Pressed("back") => self.go_back(self.cx.fresh()),
            Event::Replied(Reply::Sessions(SessionsReply::Ended(_))) => {
                self.go_back(self.cx.with_toast("session-revoked", text!(self.cx, "session-signed-out")))
            }
            _ => Step::Stay,
        }
    }

    fn go_back(&self, cx: MemberContext) -> Step {
        if self.is_reviewed { Step::go(ReviewPage::new(cx)) } else { Step::go(Section::Sessions.flow(cx)) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::tests::session;
    use super::*;
    use crate::flow::Flow;
    use crate::flow::page::Fact;
    use crate::flow::testing::cx;

    #[test]
    fn another_session_is_signed_out_and_the_list_comes_back() {
        let mut flow = Flow::SessionPage(SessionPage::new(cx(), session("b", false, 61)));
        assert_eq!(flow.page().facts[4], Fact::new("Idle", "1 min"));
        let step = flow.update(Event::Pressed("revoke"));
        assert!(
            matches!(step, Step::Ask(Request::Sessions(_, SessionsRequest::End { session })) if session == "b")
        );
        let ended = Reply::Sessions(SessionsReply::Ended(session("b", false, 61)));
        let Step::Go(next) = flow.update(Event::Replied(ended)) else { panic!("it must go back") };
        let page = next.page();
        assert_eq!((page.id, page.toast.unwrap().id), ("settings/sessions", "session-revoked"));
    }

    #[test]
    fn this_session_ends_by_signing_out_only() {
        let mut flow = Flow::SessionPage(SessionPage::new(cx(), session("a", true, 0)));
        assert!(flow.page().actions.iter().all(|action| action.id != "revoke"));
        assert!(matches!(flow.update(Event::Pressed("revoke")), Step::Stay));
    }
}
