//! Sessions: the list, revoking them here and on another node, and nodes that disappeared.

use std::sync::Arc;
use std::time::Duration;

use doorkey::accounts::request::sessions::{ActiveSession, SessionsReply, SessionsRequest};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::accounts::{Accounts, RequestContext, Rules, SessionEnd, SessionGuard};
use doorkey::domain::secret::Secret;
use tokio::time::timeout;

use super::{FIRST, MINUTE, SECOND, Service, cx, patient};
use crate::engine::on_both_engines;

/// A session that is signed in.
pub(super) struct Session {
    at: Arc<Accounts>,
    cx: RequestContext,
    member: SignedIn,
    guard: Option<SessionGuard>,
}

impl Session {
    pub(super) async fn begin(at: &Arc<Accounts>, name: &str, from: &str) -> Self {
        Self::try_to_begin(at, name, from).await.expect("nobody else signs in")
    }

    /// `None` while others are being signed in.
    async fn try_to_begin(at: &Arc<Accounts>, name: &str, from: &str) -> Option<Self> {
        let cx =
            RequestContext { is_interactive: true, ..at.request_context(cx(from).source, "SSH-2.0-test") };
        let request = Request::SignIn { name: name.into(), password: Secret::new(FIRST) };
        let member = match at.handle(&cx, request).await {
            Reply::SignedIn(member) => member,
            Reply::Refused(Refusal::Busy(_) | Refusal::TryLater(_)) => return None,
            other => panic!("{name}: {other:?}"),
        };
        let guard = Some(at.attend(&cx));
        Some(Self { at: at.clone(), cx, member, guard })
    }

    pub(super) async fn ask(&self, ask: SessionsRequest) -> Reply {
        self.at.handle(&self.cx, Request::Sessions(self.member.clone(), ask)).await
    }

    async fn list(&self) -> Vec<ActiveSession> {
        match self.ask(SessionsRequest::List).await {
            Reply::Sessions(SessionsReply::List(sessions)) => sessions,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn end(&self, other: &Self) -> Result<String, Refusal> {
        match self.ask(SessionsRequest::End { session: other.cx.session.clone() }).await {
            Reply::Sessions(SessionsReply::Ended(view)) => Ok(view.session.id),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Whether it has been told to close by now.
    async fn is_ended(&self) -> bool {
        self.end_by_now().await.is_some()
    }

    /// Why it has been told to close by now.
    async fn end_by_now(&self) -> Option<SessionEnd> {
        timeout(Duration::ZERO, self.guard.as_ref().unwrap().ended()).await.ok()
    }

    fn id(&self) -> String {
        self.cx.session.clone()
    }
}

fn ids(sessions: &[ActiveSession]) -> Vec<String> {
    sessions.iter().map(|active| active.session.id.clone()).collect()
}

on_both_engines! {
    async fn every_session_is_listed_newest_first_with_this_one_marked(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let one = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        service.later(MINUTE);
        let two = Session::begin(&service.accounts, "ada", "2001:db8::1").await;
        let graces = Session::begin(&service.accounts, "grace", "192.0.2.9").await;
        // A command is over with its answer.
        service.sign_in("ada", FIRST).await;
        service.later(1_500);
        service.accounts.send_heartbeat().await.unwrap();
        let sessions = two.list().await;
        assert_eq!(ids(&sessions), [two.id(), one.id()]);
        assert_eq!((sessions[0].is_this_session, sessions[1].is_this_session), (true, false));
        assert_eq!((sessions[1].session.client.as_str(), sessions[1].session.ip.as_str()), ("SSH-2.0-test", "192.0.2.7"));
        assert_eq!((sessions[0].idle_s, sessions[1].idle_s), (1, 61));
        assert_eq!(ids(&graces.list().await), [graces.id()]);
        one.guard.as_ref().unwrap().note_input();
        assert_eq!(two.list().await[1].idle_s, 0);
    }

    async fn a_session_leaves_the_list_when_it_is_over(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Session::begin(&service.accounts, "ada", "192.0.2.8").await;
        drop(one);
        service.accounts.delete_left_sessions().await.unwrap();
        assert_eq!(ids(&two.list().await), [two.id()]);
        assert_eq!(service.fresh.number("SELECT count(*) FROM sessions").await, 1);
    }

    async fn one_session_is_ended_from_another_at_once_and_noted_once(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Session::begin(&service.accounts, "ada", "192.0.2.8").await;
        let three = Session::begin(&service.accounts, "ada", "192.0.2.9").await;
        assert_eq!(one.end(&two).await, Ok(two.id()));
        assert_eq!((one.is_ended().await, two.is_ended().await, three.is_ended().await), (false, true, false));
        assert_eq!(one.end(&two).await, Err(Refusal::NotFound), "it is ended already");
        assert_eq!(one.end(&one).await, Err(Refusal::NotFound), "who wants that signs out");
        assert_eq!(ids(&one.list().await).len(), 2);
        let rows = "SELECT count(*) FROM activity WHERE kind = 'session-revoked'";
        assert_eq!(service.fresh.number(rows).await, 1);
    }

    async fn all_others_are_ended_and_the_one_that_did_it_stays(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let one = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Session::begin(&service.accounts, "ada", "192.0.2.8").await;
        let three = Session::begin(&service.accounts, "ada", "192.0.2.9").await;
        let graces = Session::begin(&service.accounts, "grace", "192.0.2.9").await;
        let Reply::Sessions(SessionsReply::OthersEnded(mut ended)) = one.ask(SessionsRequest::EndOthers).await else { panic!() };
        let mut expected = [two.id(), three.id()];
        ended.sort();
        expected.sort();
        assert_eq!(ended, expected);
        assert!(two.is_ended().await && three.is_ended().await);
        assert!(!one.is_ended().await && !graces.is_ended().await);
        let reply = one.ask(SessionsRequest::EndOthers).await;
        assert!(matches!(&reply, Reply::Sessions(SessionsReply::OthersEnded(none)) if none.is_empty()), "{reply:?}");
        let rows = "SELECT count(*) FROM activity WHERE kind = 'sessions-revoked'";
        assert_eq!(service.fresh.number(rows).await, 1, "there was something to end once");
    }

    async fn after_a_new_password_only_the_session_that_set_it_is_listed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut one = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        service.later(1_500);
        let two = Session::begin(&service.accounts, "ada", "192.0.2.8").await;
        assert_eq!(ids(&one.list().await), [two.id(), one.id()]);
        let (member, current, new) = (one.member.clone(), Secret::new(FIRST), Secret::new(SECOND));
        match one.at.handle(&one.cx, Request::ChangePassword { member, current, new }).await {
            Reply::PasswordChanged(member) => one.member = member,
            other => panic!("{other:?}"),
        }
        // The other one's node has not told it yet, and its row is still there.
        assert_eq!(service.fresh.number("SELECT count(*) FROM sessions WHERE ended_at IS NULL").await, 2);
        assert_eq!(ids(&one.list().await), [one.id()]);
    }

    async fn one_session_too_many_ends_the_one_that_is_idle_for_longest_wherever_it_is(engine: Engine) {
        let rules = Rules { max_sessions_per_account: 3, ..patient() };
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        service.add("grace").await;
        let elsewhere = service.another().await;
        let graces = Session::begin(&service.accounts, "grace", "192.0.2.9").await;
        let first = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        service.later(1_000);
        let idle = Session::begin(&elsewhere, "ada", "192.0.2.8").await;
        service.later(1_000);
        let third = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        service.later(1_000);
        // The first was used since.
        first.guard.as_ref().unwrap().note_input();
        service.accounts.send_heartbeat().await.unwrap();
        elsewhere.send_heartbeat().await.unwrap();
        // A command is no session, and signs nobody out.
        service.sign_in("ada", FIRST).await;
        let look = async || {
            service.accounts.end_sessions().await.unwrap();
            elsewhere.end_sessions().await.unwrap();
        };
        look().await;
        assert_eq!(idle.end_by_now().await, None);
        let fourth = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        look().await;
        assert_eq!(idle.end_by_now().await, Some(SessionEnd::OverLimit));
        for (kept, who) in [(&first, "first"), (&third, "third"), (&fourth, "fourth"), (&graces, "grace")] {
            assert_eq!(kept.end_by_now().await, None, "{who}");
        }
        assert_eq!(ids(&fourth.list().await), [fourth.id(), third.id(), first.id()]);
        let rows = "SELECT count(*) FROM activity WHERE kind = 'session-limit-reached'";
        assert_eq!(service.fresh.number(rows).await, 1);
        // The next to go is the third; whoever is ended by hand hears something else.
        fourth.end(&first).await.unwrap();
        assert_eq!(first.end_by_now().await, Some(SessionEnd::Revoked));
    }

    async fn what_was_typed_since_it_was_last_written_down_keeps_a_session(engine: Engine) {
        let rules = Rules { max_sessions_per_account: 2, ..patient() };
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        let typing = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        service.later(1_000);
        let idle = Session::begin(&service.accounts, "ada", "192.0.2.8").await;
        service.accounts.send_heartbeat().await.unwrap();
        service.later(5_000);
        typing.guard.as_ref().unwrap().note_input();
        let third = Session::begin(&service.accounts, "ada", "192.0.2.9").await;
        service.accounts.end_sessions().await.unwrap();
        assert_eq!((typing.end_by_now().await, idle.end_by_now().await), (None, Some(SessionEnd::OverLimit)));
        assert_eq!(ids(&third.list().await), [third.id(), typing.id()]);
    }

    async fn sign_ins_at_the_same_time_leave_no_more_sessions_than_there_may_be(engine: Engine) {
        let rules = Rules { max_sessions_per_account: 1, ..patient() };
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        let elsewhere = service.another().await;
        let begins = (0..3).map(|n| {
            let at = if n % 2 == 0 { service.accounts.clone() } else { elsewhere.clone() };
            async move {
                // One account may have few passwords checked at a time.
                for _ in 0..10_000 {
                    if let Some(session) = Session::try_to_begin(&at, "ada", "192.0.2.7").await {
                        return session;
                    }
                    tokio::task::yield_now().await;
                }
                panic!("always busy")
            }
        });
        let all = futures_util::future::join_all(begins).await;
        let signed_in = "SELECT count(*) FROM sessions WHERE ended_at IS NULL";
        assert_eq!((all.len(), service.fresh.number(signed_in).await), (3, 1));
    }

    async fn nobody_ends_a_session_of_others(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("mallory").await;
        let adas = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let mallorys = Session::begin(&service.accounts, "mallory", "192.0.2.8").await;
        assert_eq!(mallorys.end(&adas).await, Err(Refusal::NotFound));
        assert!(!adas.is_ended().await);
        assert_eq!(ids(&adas.list().await), [adas.id()]);
    }

    async fn ending_wants_a_fresh_proof_and_a_valid_one(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Session::begin(&service.accounts, "ada", "192.0.2.8").await;
        service.later(5 * MINUTE + 1);
        for ask in [SessionsRequest::End { session: two.id() }, SessionsRequest::EndOthers] {
            assert!(matches!(one.ask(ask).await, Reply::ReauthenticateFirst(_)));
        }
        let new = service.change(&two.member, FIRST, SECOND).await.unwrap();
        for ask in [SessionsRequest::List, SessionsRequest::End { session: two.id() }, SessionsRequest::EndOthers] {
            let reply = one.ask(ask).await;
            let no = matches!(reply, Reply::Refused(Refusal::SignedOutElsewhere) | Reply::ReauthenticateFirst(_));
            assert!(no, "{reply:?}");
        }
        assert!(!two.is_ended().await);
        assert!(service.teams(&new).await.is_ok());
    }

    async fn a_session_at_another_node_is_seen_and_ended_when_that_one_looks(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let elsewhere = service.another().await;
        let here = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let there = Session::begin(&elsewhere, "ada", "192.0.2.8").await;
        assert_eq!(here.list().await.len(), 2);
        assert!(here.end(&there).await.is_ok());
        assert!(!there.is_ended().await);
        elsewhere.end_sessions().await.unwrap();
        service.accounts.end_sessions().await.unwrap();
        assert_eq!((here.is_ended().await, there.is_ended().await), (false, true));
    }

    async fn what_was_typed_is_written_down_at_the_next_sign_of_life(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let elsewhere = service.another().await;
        let here = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let there = Session::begin(&elsewhere, "ada", "192.0.2.8").await;
        service.later(20_000);
        there.guard.as_ref().unwrap().note_input();
        let idle = |sessions: Vec<ActiveSession>| {
            sessions.iter().filter(|session| !session.is_this_session).map(|session| session.idle_s).next()
        };
        assert_eq!(idle(here.list().await), Some(20), "not for every key");
        elsewhere.send_heartbeat().await.unwrap();
        assert_eq!(idle(here.list().await), Some(0));
    }

    async fn the_sessions_of_a_node_that_is_gone_vanish_and_those_of_one_that_lives_stay(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let dies = service.another().await;
        let here = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let lost = Session::begin(&dies, "ada", "192.0.2.8").await;
        for _ in 0..4 {
            service.later(15_001);
            service.accounts.send_heartbeat().await.unwrap();
        }
        assert_eq!(ids(&here.list().await), [here.id()]);
        assert!(!here.is_ended().await);
        for _ in 0..40 {
            service.later(15_000);
            service.accounts.send_heartbeat().await.unwrap();
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM sessions").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM nodes").await, 1);
        // It was only asleep: what nobody could see or end any more closes.
        dies.send_heartbeat().await.unwrap();
        assert!(lost.is_ended().await && !here.is_ended().await);
    }

    async fn a_sign_in_whose_connection_was_gone_by_then_leaves_no_session(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
        let cx = RequestContext { is_interactive: true, ..service.accounts.request_context(cx("192.0.2.8").source, "gone") };
        let request = Request::SignIn { name: "ada".into(), password: Secret::new(FIRST) };
        assert!(matches!(service.accounts.handle(&cx, request).await, Reply::SignedIn(_)));
        service.accounts.send_heartbeat().await.unwrap();
        assert_eq!(one.list().await.len(), 2, "its session may yet come");
        service.later(MINUTE + 1);
        service.accounts.send_heartbeat().await.unwrap();
        assert_eq!(ids(&one.list().await), [one.id()]);
    }
}
