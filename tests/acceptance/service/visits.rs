//! Where people are signed in: the list, ending visits here and on another node, and nodes that are gone.

use std::sync::Arc;
use std::time::Duration;

use doorkey::accounts::request::visits::{Answer, Ask, VisitView};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::accounts::{Accounts, Knock, Presence};
use doorkey::domain::secret::Secret;
use tokio::time::timeout;

use super::{FIRST, MINUTE, SECOND, Service, knock};
use crate::engine::on_both_engines;

/// A visit that is signed in.
pub(super) struct Visit {
    at: Arc<Accounts>,
    knock: Knock,
    member: SignedIn,
    presence: Option<Presence>,
}

impl Visit {
    pub(super) async fn begin(at: &Arc<Accounts>, name: &str, from: &str) -> Self {
        let knock = Knock { stays: true, ..at.knock(knock(from).source, "SSH-2.0-test") };
        let request = Request::SignIn { name: name.into(), password: Secret::new(FIRST) };
        let Reply::SignedIn(member) = at.handle(&knock, request).await else { panic!("{name}") };
        let presence = Some(at.attend(&knock));
        Self { at: at.clone(), knock, member, presence }
    }

    pub(super) async fn ask(&self, ask: Ask) -> Reply {
        self.at.handle(&self.knock, Request::Visits(self.member.clone(), ask)).await
    }

    async fn list(&self) -> Vec<VisitView> {
        match self.ask(Ask::List).await {
            Reply::Visits(Answer::List(visits)) => visits,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn end(&self, other: &Self) -> Result<String, Refusal> {
        match self.ask(Ask::End { visit: other.knock.visit.clone() }).await {
            Reply::Visits(Answer::Ended(view)) => Ok(view.id),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Whether it has been told to close by now.
    async fn is_ended(&self) -> bool {
        timeout(Duration::ZERO, self.presence.as_ref().unwrap().ended()).await.is_ok()
    }

    fn id(&self) -> String {
        self.knock.visit.clone()
    }
}

fn ids(visits: &[VisitView]) -> Vec<String> {
    visits.iter().map(|visit| visit.id.clone()).collect()
}

on_both_engines! {
    async fn every_visit_is_listed_newest_first_with_this_one_marked(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let one = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        service.later(MINUTE);
        let two = Visit::begin(&service.accounts, "ada", "2001:db8::1").await;
        let graces = Visit::begin(&service.accounts, "grace", "192.0.2.9").await;
        // A command is over with its answer.
        service.sign_in("ada", FIRST).await;
        service.later(1_500);
        service.accounts.call_the_roll().await.unwrap();
        let visits = two.list().await;
        assert_eq!(ids(&visits), [two.id(), one.id()]);
        assert_eq!((visits[0].is_this, visits[1].is_this), (true, false));
        assert_eq!((visits[1].client.as_str(), visits[1].source.as_str()), ("SSH-2.0-test", "192.0.2.7"));
        assert_eq!((visits[0].idle_s, visits[1].idle_s), (1, 61));
        assert_eq!(ids(&graces.list().await), [graces.id()]);
        one.presence.as_ref().unwrap().note_input();
        assert_eq!(two.list().await[1].idle_s, 0);
    }

    async fn a_visit_leaves_the_list_when_it_is_over(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Visit::begin(&service.accounts, "ada", "192.0.2.8").await;
        drop(one);
        service.accounts.forget_visits().await.unwrap();
        assert_eq!(ids(&two.list().await), [two.id()]);
        assert_eq!(service.fresh.number("SELECT count(*) FROM visits").await, 1);
    }

    async fn one_visit_is_ended_from_another_at_once_and_noted_once(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Visit::begin(&service.accounts, "ada", "192.0.2.8").await;
        let three = Visit::begin(&service.accounts, "ada", "192.0.2.9").await;
        assert_eq!(one.end(&two).await, Ok(two.id()));
        assert_eq!((one.is_ended().await, two.is_ended().await, three.is_ended().await), (false, true, false));
        assert_eq!(one.end(&two).await, Err(Refusal::NotFound), "it is ended already");
        assert_eq!(one.end(&one).await, Err(Refusal::NotFound), "who wants that signs out");
        assert_eq!(ids(&one.list().await).len(), 2);
        let rows = "SELECT count(*) FROM activity WHERE kind = 'visit-ended'";
        assert_eq!(service.fresh.number(rows).await, 1);
    }

    async fn all_others_are_ended_and_the_one_that_did_it_stays(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let one = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Visit::begin(&service.accounts, "ada", "192.0.2.8").await;
        let three = Visit::begin(&service.accounts, "ada", "192.0.2.9").await;
        let graces = Visit::begin(&service.accounts, "grace", "192.0.2.9").await;
        let Reply::Visits(Answer::OthersEnded(mut ended)) = one.ask(Ask::EndOthers).await else { panic!() };
        let mut expected = [two.id(), three.id()];
        ended.sort();
        expected.sort();
        assert_eq!(ended, expected);
        assert!(two.is_ended().await && three.is_ended().await);
        assert!(!one.is_ended().await && !graces.is_ended().await);
        let reply = one.ask(Ask::EndOthers).await;
        assert!(matches!(&reply, Reply::Visits(Answer::OthersEnded(none)) if none.is_empty()), "{reply:?}");
        let rows = "SELECT count(*) FROM activity WHERE kind = 'visits-ended'";
        assert_eq!(service.fresh.number(rows).await, 1, "there was something to end once");
    }

    async fn nobody_ends_another_s_visit(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("mallory").await;
        let adas = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let mallorys = Visit::begin(&service.accounts, "mallory", "192.0.2.8").await;
        assert_eq!(mallorys.end(&adas).await, Err(Refusal::NotFound));
        assert!(!adas.is_ended().await);
        assert_eq!(ids(&adas.list().await), [adas.id()]);
    }

    async fn ending_wants_a_fresh_proof_and_a_valid_one(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let two = Visit::begin(&service.accounts, "ada", "192.0.2.8").await;
        service.later(5 * MINUTE + 1);
        for ask in [Ask::End { visit: two.id() }, Ask::EndOthers] {
            assert!(matches!(one.ask(ask).await, Reply::ConfirmFirst(_)));
        }
        let new = service.change(&two.member, FIRST, SECOND).await.unwrap();
        for ask in [Ask::List, Ask::End { visit: two.id() }, Ask::EndOthers] {
            let reply = one.ask(ask).await;
            let no = matches!(reply, Reply::Refused(Refusal::SignedOutElsewhere) | Reply::ConfirmFirst(_));
            assert!(no, "{reply:?}");
        }
        assert!(!two.is_ended().await);
        assert!(service.teams(&new).await.is_ok());
    }

    async fn a_visit_at_another_node_is_seen_and_ended_when_that_one_looks(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let elsewhere = service.another().await;
        let here = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let there = Visit::begin(&elsewhere, "ada", "192.0.2.8").await;
        assert_eq!(here.list().await.len(), 2);
        assert!(here.end(&there).await.is_ok());
        assert!(!there.is_ended().await);
        elsewhere.end_visits().await.unwrap();
        service.accounts.end_visits().await.unwrap();
        assert_eq!((here.is_ended().await, there.is_ended().await), (false, true));
    }

    async fn what_was_typed_is_written_down_at_the_next_sign_of_life(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let elsewhere = service.another().await;
        let here = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let there = Visit::begin(&elsewhere, "ada", "192.0.2.8").await;
        service.later(20_000);
        there.presence.as_ref().unwrap().note_input();
        let idle = |visits: Vec<VisitView>| {
            visits.iter().filter(|visit| !visit.is_this).map(|visit| visit.idle_s).next()
        };
        assert_eq!(idle(here.list().await), Some(20), "not for every key");
        elsewhere.call_the_roll().await.unwrap();
        assert_eq!(idle(here.list().await), Some(0));
    }

    async fn the_visits_of_a_node_that_is_gone_vanish_and_those_of_one_that_lives_stay(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let dies = service.another().await;
        let here = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let lost = Visit::begin(&dies, "ada", "192.0.2.8").await;
        for _ in 0..4 {
            service.later(15_001);
            service.accounts.call_the_roll().await.unwrap();
        }
        assert_eq!(ids(&here.list().await), [here.id()]);
        assert!(!here.is_ended().await);
        for _ in 0..40 {
            service.later(15_000);
            service.accounts.call_the_roll().await.unwrap();
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM visits").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM nodes").await, 1);
        // It was only asleep: what nobody could see or end any more closes.
        dies.call_the_roll().await.unwrap();
        assert!(lost.is_ended().await && !here.is_ended().await);
    }

    async fn a_sign_in_whose_connection_was_gone_by_then_leaves_no_visit(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
        let knock = Knock { stays: true, ..service.accounts.knock(knock("192.0.2.8").source, "gone") };
        let request = Request::SignIn { name: "ada".into(), password: Secret::new(FIRST) };
        assert!(matches!(service.accounts.handle(&knock, request).await, Reply::SignedIn(_)));
        service.accounts.call_the_roll().await.unwrap();
        assert_eq!(one.list().await.len(), 2, "its visit may yet come");
        service.later(MINUTE + 1);
        service.accounts.call_the_roll().await.unwrap();
        assert_eq!(ids(&one.list().await), [one.id()]);
    }
}
