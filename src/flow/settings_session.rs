//! One live session: where it comes from, and ending it. Page `settings/sessions/session`.

use crate::accounts::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};
use crate::accounts::request::{Reply, Request};

use super::context::{MemberContext, Section};
use super::page::{Action, Page};
use super::settings_sessions::{SessionListPage, idle};
use super::{Event, Flow, Step};

/// A member looking at one session.
#[derive(Debug)]
pub struct SessionPage {
    pub(super) cx: MemberContext,
    session: ActiveSession,
}

impl SessionPage {
    /// The page of `session`.
    pub(super) fn new(cx: MemberContext, session: ActiveSession) -> Self {
        Self { cx, session }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/sessions/session", "Session");
        let ActiveSession { session, is_this_session, .. } = &self.session;
        page.intro = vec![
            format!("From: {}", session.ip).into(),
            format!("Client: {}", session.client).into(),
            format!("SSH key: {}", session.key.map_or_else(|| "none".to_owned(), |key| key.to_string()))
                .into(),
            format!("Signed in: {}", session.started_at.date_minute()).into(),
            format!("Idle: {}", idle(&self.session)).into(),
        ];
        if *is_this_session {
            page.outro = vec!["This is the session you are in. Signing out ends it.".into()];
        } else {
            page.actions.push(Action::grave("end", "End this session", !self.cx.waiting));
            page.outro =
                vec!["It closes within seconds. If it was not you, change your password as well.".into()];
        }
        page.actions.push(Action::back("Back to your sessions"));
        page.actions.extend(MemberContext::navigation(Section::Sessions, false));
        page
    }

    pub(super) fn update(&mut self, event: &Event<'_>) -> Step {
        match event {
            Event::Pressed("end") if !self.session.is_this_session => {
                let ask = SessionsRequest::End { session: self.session.session.id.clone() };
                self.cx.ask(|member| Request::Sessions(member, ask))
            }
            Event::Pressed("back") => self.cx.go(Section::Sessions),
            Event::Replied(Reply::Sessions(SessionsReply::Ended(_))) => {
                let cx = self.cx.with_toast("session-ended", "That session is ended.");
                Step::go(Flow::SessionListPage(SessionListPage::new(cx)))
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings_sessions::tests::session;
    use super::*;
    use crate::flow::testing::cx;

    #[test]
    fn another_session_is_ended_and_the_list_comes_back() {
        let mut flow = Flow::SessionPage(SessionPage::new(cx(), session("b", false, 61)));
        assert_eq!(flow.page().intro[4], "Idle: 1 min");
        let step = flow.update(Event::Pressed("end"));
        assert!(
            matches!(step, Step::Ask(Request::Sessions(_, SessionsRequest::End { session })) if session == "b")
        );
        let ended = Reply::Sessions(SessionsReply::Ended(session("b", false, 61)));
        let Step::Go(next) = flow.update(Event::Replied(ended)) else { panic!("it must go back") };
        let page = next.page();
        assert_eq!((page.id, page.toast.unwrap().id), ("settings/sessions", "session-ended"));
    }

    #[test]
    fn this_session_ends_by_signing_out_only() {
        let mut flow = Flow::SessionPage(SessionPage::new(cx(), session("a", true, 0)));
        assert!(flow.page().actions.iter().all(|action| action.id != "end"));
        assert!(matches!(flow.update(Event::Pressed("end")), Step::Stay));
    }
}
