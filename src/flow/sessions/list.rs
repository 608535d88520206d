//! Every live session of the account. Page `settings/sessions`; Enter opens one as page `settings/sessions/session`.

use crate::accounts::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};
use crate::accounts::request::{Reply, Request};
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::SessionPage;

/// The list.
#[derive(Debug)]
pub struct SessionListPage {
    pub(in crate::flow) cx: MemberContext,
    sessions: Option<Vec<ActiveSession>>,
}

impl SessionListPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, sessions: None }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Sessions, SessionsRequest::List)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let others =
            self.sessions.as_ref().map(|sessions| sessions.iter().any(|session| !session.is_this_session));
        let revoke = Action::destructive("revoke-others", text!(self.cx, "sessions-sign-out-others"));
        let actions = (others == Some(true)).then_some(revoke).into_iter();
        let page = self.cx.list_page(
            Section::Sessions,
            ("settings/sessions", text!(self.cx, "sessions-title")),
            self.sessions.as_deref().map(|sessions| table(sessions, &self.cx)),
            actions.chain([Action::link("refresh", text!(self.cx, "refresh"))]),
        );
        if others == Some(false) { page.outro(text!(self.cx, "sessions-no-others")) } else { page }
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(session) = self.sessions.as_ref().and_then(|sessions| sessions.get(row)) else {
                    return Step::Stay;
                };
                Step::go(SessionPage::new(self.cx.fresh(), session.clone()))
            }
            Event::Pressed("revoke-others") => {
                let is_other = |session: &&ActiveSession| !session.is_this_session;
                let others = self.sessions.iter().flatten().filter(is_other).count();
                let ends = text!(self.cx, "sessions-others-end", n = others);
                let stays = text!(self.cx, "sessions-this-goes-on");
                let action = ("revoke-others", text!(self.cx, "sessions-sign-out-others"));
                let title = text!(self.cx, "sessions-sign-out-others-title");
                self.cx.confirm_first(action, title, [ends.into(), stays.into()])
            }
            Event::Confirmed("revoke-others") => self.cx.ask(Request::Sessions, SessionsRequest::EndOthers),
            Event::Pressed("refresh") => self.cx.ask(Request::Sessions, SessionsRequest::List),
            Event::Replied(Reply::Sessions(SessionsReply::List(sessions))) => {
                self.sessions = Some(sessions);
                Step::Stay
            }
            Event::Replied(Reply::Sessions(SessionsReply::OthersEnded(_))) => {
                let text = text!(self.cx, "sessions-others-signed-out");
                self.cx.go_with_toast(Section::Sessions, "sessions-revoked", text)
            }
            _ => Step::Stay,
        }
    }
}

fn table<'a>(sessions: &'a [ActiveSession], cx: &MemberContext) -> Table<'a> {
    let row = |active: &'_ ActiveSession| {
        let session = &active.session;
        let from = if active.is_this_session {
            text!(cx, "sessions-this-from", ip = &session.ip)
        } else {
            session.ip.clone()
        };
        // Every client begins with it (RFC 4253 section 4.2); the session's own page shows all of it.
        let client = session.client.strip_prefix("SSH-2.0-").unwrap_or(&session.client).to_owned();
        [from, client, cx.zone().date_minute(session.started_at), idle(active, cx)]
    };
    let columns =
        [text!(cx, "from"), text!(cx, "client"), text!(cx, "sessions-signed-in"), text!(cx, "sessions-idle")];
    Table::opening(columns, sessions.iter().map(row))
        .with_details(sessions.iter().map(|session| facts(session, cx).into()))
        .or_empty(text!(cx, "sessions-empty"))
}

/// What is known of a session, beside the list and on its own page.
pub(super) fn facts<'a>(active: &'a ActiveSession, cx: &MemberContext) -> [Fact<'a>; 5] {
    let session = &active.session;
    let key = session.key.map_or_else(|| text!(cx, "sessions-no-key").to_owned(), |key| key.to_string());
    [
        Fact::new(text!(cx, "from"), session.ip.as_str()),
        Fact::new(text!(cx, "client"), session.client.as_str()),
        Fact::new(text!(cx, "ssh-key"), key),
        Fact::new(text!(cx, "sessions-signed-in"), cx.zone().date_minute(session.started_at)),
        Fact::new(text!(cx, "sessions-idle"), idle(active, cx)),
    ]
}

/// How long nothing was typed: `12 min`, `3 h`.
fn idle(session: &ActiveSession, cx: &MemberContext) -> String {
    match session.idle_s {
        seconds @ ..3_600 => text!(cx, "sessions-idle-minutes", n = seconds / 60),
        seconds => text!(cx, "sessions-idle-hours", n = seconds / 3_600),
    }
}

#[cfg(test)]
pub(in crate::flow) mod tests {
    use super::*;
    use crate::domain::session::Session;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
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
        ActiveSession { session, idle_s, is_this_session }
    }

    fn with_sessions(sessions: Vec<ActiveSession>) -> Flow {
        let mut flow = Flow::SessionListPage(SessionListPage::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Sessions(_, SessionsRequest::List))));
        flow.update(Event::Replied(Reply::Sessions(SessionsReply::List(sessions))));
        flow
    }

    #[test]
    fn this_session_is_marked_and_the_others_can_be_signed_out() {
        let mut flow = with_sessions(vec![session("a", true, 2), session("b", false, 7_300)]);
        let page = flow.page();
        let Table { rows, details, .. } = page.table.unwrap();
        let opened = Flow::SessionPage(SessionPage::new(cx(), session("a", true, 2)));
        assert_eq!(details[0], opened.page().facts, "the pane beside the list says what the page says");
        assert_eq!(rows[0], ["this session, 192.0.2.7", "OpenSSH_10.0", "2026-11-22 14:05 UTC", "0 min"]);
        assert_eq!((rows[1][0].as_ref(), rows[1][3].as_ref()), ("192.0.2.7", "2 h"));
        let Step::ConfirmFirst(question) = flow.update(Event::Pressed("revoke-others")) else {
            panic!("it must be asked first")
        };
        assert!(question.page().intro[0].starts_with("1 other session ends at once."));
        let step = flow.update(Event::Confirmed("revoke-others"));
        assert!(matches!(step, Step::Ask(Request::Sessions(_, SessionsRequest::EndOthers))));
        let ended = Reply::Sessions(SessionsReply::OthersEnded(vec!["b".into()]));
        let Step::Go(next) = flow.update(Event::Replied(ended)) else { panic!("it must refresh") };
        assert_eq!(next.page().toast.unwrap().id, "sessions-revoked");
    }

    #[test]
    fn without_other_sessions_there_is_nothing_to_sign_out() {
        let flow = with_sessions(vec![session("a", true, 0)]);
        let page = flow.page();
        assert!(page.actions.iter().all(|action| action.id != "revoke-others"));
        assert_eq!(page.outro, ["You have no other sessions."]);
    }

    #[test]
    fn enter_opens_the_session_of_that_row() {
        let mut flow = with_sessions(vec![session("a", true, 0), session("b", false, 0)]);
        assert!(matches!(flow.update(Event::Opened(2)), Step::Stay));
        let Step::Go(next) = flow.update(Event::Opened(1)) else { panic!("it must open") };
        assert_eq!(next.page().id, "settings/sessions/session");
    }
}
