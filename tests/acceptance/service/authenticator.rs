//! What the owner of an authenticator app does with it.

use doorkey::accounts::request::security::{Answer, Ask, SecondStep, SecurityView};
use doorkey::accounts::request::{Enrolment, HalfProven, Refusal, Reply, Request, ResetGrant, SignedIn};
use doorkey::domain::secret::Secret;

use super::{FIRST, Service};
use crate::oathtool::{App, STEP};

impl Service {
    pub(crate) async fn security(&self, member: &SignedIn, ask: Ask) -> Result<Answer, Refusal> {
        match self.ask(Request::Security(member.clone(), ask)).await {
            Reply::Security(answer) => Ok(answer),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn enrol(&self, member: &SignedIn) -> (App, Enrolment) {
        match self.security(member, Ask::Enrol).await {
            Ok(Answer::Enrolment(enrolment)) => (App(enrolment.grouped().expose().to_owned()), enrolment),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn turn_on(
        &self,
        member: &SignedIn,
        enrolment: &Enrolment,
        code: &str,
    ) -> Result<(SignedIn, Vec<String>), Refusal> {
        let ask = Ask::TurnOn { enrolment: enrolment.clone(), code: Secret::new(code) };
        match self.security(member, ask).await? {
            Answer::TurnedOn(member, codes) => {
                Ok((member, codes.iter().map(|code| code.expose().to_owned()).collect()))
            }
            other => panic!("{other:?}"),
        }
    }

    /// An account with a second step, whose app's next code is good; with its recovery codes.
    pub(crate) async fn add_with_second_step(&self, name: &str) -> (SignedIn, App, Vec<String>) {
        self.add(name).await;
        let member = self.sign_in(name, FIRST).await;
        let (app, enrolment) = self.enrol(&member).await;
        let (member, codes) = self.turn_on(&member, &enrolment, &app.shows(self.clock.now())).await.unwrap();
        self.later(STEP);
        (member, app, codes)
    }

    /// The right password of an account that has a second step.
    pub(crate) async fn half(&self, name: &str, password: &str) -> HalfProven {
        let request = Request::SignIn { name: name.into(), password: Secret::new(password) };
        half_of(self.ask(request).await)
    }

    pub(crate) async fn show(&self, half: &HalfProven, code: &str) -> Result<SignedIn, Refusal> {
        match self.step(half, code).await {
            Reply::SignedIn(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn step(&self, half: &HalfProven, code: &str) -> Reply {
        let step = SecondStep { half: half.clone(), code: Secret::new(code) };
        self.ask(Request::SecondStep(step)).await
    }

    /// The first half of a reset: the right code from the letter.
    pub(crate) async fn half_reset(&self, name: &str) -> HalfProven {
        let (request, code) = self.receive_code(name).await;
        let (name, requests, code) = (name.into(), vec![request], Secret::new(code));
        half_of(self.ask(Request::ProveCode { name, requests, code }).await)
    }

    pub(crate) async fn show_for_reset(&self, half: &HalfProven, code: &str) -> Result<ResetGrant, Refusal> {
        match self.step(half, code).await {
            Reply::CodeProven(grant) => Ok(grant),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn view(&self, member: &SignedIn) -> SecurityView {
        match self.security(member, Ask::Look).await {
            Ok(Answer::Now(view)) => view,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn rows_of(&self, kind: &'static str) -> usize {
        self.kinds().await.iter().filter(|row| row.as_str() == kind).count()
    }

    pub(crate) async fn kinds(&self) -> Vec<String> {
        let store = self.fresh.open().await;
        let mut tx = store.begin_reading().await.unwrap();
        let ada = tx.find_account_by_identifier("ada").await.unwrap().unwrap();
        let rows = tx.list_events(&ada.id, 10_000).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        rows.into_iter().map(|row| row.kind).collect()
    }

    pub(crate) async fn letters_with(&self, words: &str) -> usize {
        self.work().await;
        self.letters.letters().iter().filter(|letter| letter.subject.contains(words)).count()
    }

    pub(crate) async fn confirm(&self, member: &SignedIn, typed: &str) -> Result<SignedIn, Refusal> {
        self.confirm_by(member, typed, false).await
    }

    /// The same; `second_step`: nothing else will do.
    pub(crate) async fn confirm_by(
        &self,
        member: &SignedIn,
        typed: &str,
        second_step: bool,
    ) -> Result<SignedIn, Refusal> {
        let request = Request::Confirm { member: member.clone(), password: Secret::new(typed), second_step };
        match self.ask(request).await {
            Reply::Confirmed(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn half_of(reply: Reply) -> HalfProven {
    match reply {
        Reply::Security(Answer::SecondStepNeeded(half)) => half,
        other => panic!("the second step should be asked for: {other:?}"),
    }
}
