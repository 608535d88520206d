//! Every live session of the account. Page `settings/sessions`; Enter opens one as page `settings/sessions/session`.

use crate::accounts::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};
use crate::accounts::request::{Reply, Request};

use super::context::{MemberContext, Section};
use super::page::{Action, Page, Table};
use super::settings_session::SessionPage;
use super::{Event, Flow, Step};

/// A member looking at where they are signed in.
#[derive(Debug)]
pub struct SessionListPage {
    pub(super) cx: MemberContext,
    /// `None` until it has come.
    list: Option<Vec<ActiveSession>>,
}

impl SessionListPage {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, list: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member| Request::Sessions(member, SessionsRequest::List))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/sessions", "Sessions");
        page.table = self.list.as_deref().map(table);
        // Before the list has come there is nothing to choose, so that the list gets the keys first.
        if let Some(sessions) = &self.list {
            if sessions.iter().any(|session| !session.is_this_session) {
                page.actions.push(Action::grave("end-others", "Sign out all other sessions", true));
            } else {
                page.outro.push("You are signed in nowhere else.".into());
            }
        }
        if self.list.is_some() || !self.cx.waiting {
            page.actions.push(Action::link("look-again", "Refresh"));
            page.actions.extend(MemberContext::navigation(Section::Sessions, true));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("end-others") => self.ask(SessionsRequest::EndOthers),
            Event::Pressed("look-again") => self.ask(SessionsRequest::List),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: SessionsRequest) -> Step {
        self.cx.ask(|member| Request::Sessions(member, ask))
    }

    fn open(&mut self, row: usize) -> Step {
        let Some(session) = self.list.as_ref().and_then(|sessions| sessions.get(row)) else {
            return Step::Stay;
        };
        Step::go(Flow::SessionPage(SessionPage::new(self.cx.fresh(), session.clone())))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Sessions(SessionsReply::List(sessions)) => self.list = Some(sessions),
            Reply::Sessions(SessionsReply::OthersEnded(_)) => {
                let cx = self.cx.with_toast("sessions-revoked", "All other sessions are ended.");
                return Step::go(Flow::SessionListPage(Self::new(cx)));
            }
            _ => {}
        }
        Step::Stay
    }
}

fn table(sessions: &[ActiveSession]) -> Table<'_> {
    let row = |active: &'_ ActiveSession| {
        let session = &active.session;
        let from =
            if active.is_this_session { format!("this session, {}", session.ip) } else { session.ip.clone() };
        // Every client says that first (RFC 4253 section 4.2); all of it is on the session's own page.
        let client = session.client.strip_prefix("SSH-2.0-").unwrap_or(&session.client).to_owned();
        [from, client, session.started_at.date_minute(), idle(active)].map(Into::into).to_vec()
    };
    Table {
        columns: vec!["From", "Client", "Signed in", "Idle"],
        rows: sessions.iter().map(row).collect(),
        opens: true,
        empty: "No session is in the list. Refresh in a moment.".into(),
    }
}

/// How long nothing was typed: `12 min`, `3 h`.
pub(super) fn idle(session: &ActiveSession) -> String {
    match session.idle_s {
        seconds @ ..3_600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::session::Session;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::cx;

    pub(in crate::flow) fn session(id: &str, is_this_session: bool, idle_s: i64) -> ActiveSession {
        let started_at = Timestamp::from_epoch_ms(1_795_356_309_000);
        let session = Session {
            id: id.into(),
            client: "SSH-2.0-OpenSSH_10.0".into(),
            ip: "192.0.2.7".into(),
            key: None,
            started_at,
            last_input_at: started_at,
        };
        ActiveSession { session, is_this_session, idle_s }
    }

    fn with_sessions(sessions: Vec<ActiveSession>) -> Flow {
        let mut flow = Flow::SessionListPage(SessionListPage::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Sessions(_, SessionsRequest::List))));
        flow.update(Event::Replied(Reply::Sessions(SessionsReply::List(sessions))));
        flow
    }

    #[test]
    fn this_session_is_marked_and_the_others_can_be_ended() {
        let mut flow = with_sessions(vec![session("a", true, 2), session("b", false, 7_300)]);
        let page = flow.page();
        let rows = page.table.unwrap().rows;
        assert_eq!(rows[0], ["this session, 192.0.2.7", "OpenSSH_10.0", "2026-11-22 14:05 UTC", "0 min"]);
        assert_eq!((rows[1][0].as_ref(), rows[1][3].as_ref()), ("192.0.2.7", "2 h"));
        let step = flow.update(Event::Pressed("end-others"));
        assert!(matches!(step, Step::Ask(Request::Sessions(_, SessionsRequest::EndOthers))));
        let ended = Reply::Sessions(SessionsReply::OthersEnded(vec!["b".into()]));
        let Step::Go(next) = flow.update(Event::Replied(ended)) else { panic!("it must look again") };
        assert_eq!(next.page().toast.unwrap().id, "sessions-revoked");
    }

    #[test]
    fn who_is_nowhere_else_has_nothing_to_end() {
        let flow = with_sessions(vec![session("a", true, 0)]);
        let page = flow.page();
        assert!(page.actions.iter().all(|action| action.id != "end-others"));
        assert_eq!(page.outro, ["You are signed in nowhere else."]);
    }

    #[test]
    fn enter_opens_the_session_of_that_row() {
        let mut flow = with_sessions(vec![session("a", true, 0), session("b", false, 0)]);
        assert!(matches!(flow.update(Event::Opened(2)), Step::Stay));
        let Step::Go(next) = flow.update(Event::Opened(1)) else { panic!("it must open") };
        assert_eq!(next.page().id, "settings/sessions/session");
    }
}
