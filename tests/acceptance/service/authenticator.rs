//! Using an authenticator app as its owner.

use doorkey::accounts::request::second_factor::{
    SecondFactorAttempt, SecondFactorReply, SecondFactorRequest, SecondFactorView,
};
use doorkey::accounts::request::{Enrolment, FirstFactor, Refusal, Reply, Request, ResetGrant, SignedIn};
use doorkey::domain::audit_event::AuditEvent;
use doorkey::domain::secret::Secret;

use super::{FIRST, Service};
use crate::oathtool::{App, STEP};

impl Service {
    pub(crate) async fn security(
        &self,
        member: &SignedIn,
        ask: SecondFactorRequest,
    ) -> Result<SecondFactorReply, Refusal> {
        match self.ask(Request::SecondFactor(member.clone(), ask)).await {
            Reply::SecondFactor(answer) => Ok(answer),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn enrol(&self, member: &SignedIn) -> (App, Enrolment) {
        match self.security(member, SecondFactorRequest::Enrol).await {
            Ok(SecondFactorReply::Enrolment(enrolment)) => {
                (App(enrolment.grouped().expose().to_owned()), enrolment)
            }
            other => panic!("{other:?}"),
        }
    }

    /// As the first of two commands does.
    pub(crate) async fn begin_enrolment(&self, member: &SignedIn) -> App {
        match self.security(member, SecondFactorRequest::Begin).await {
            Ok(SecondFactorReply::Begun(enrolment, _)) => App(enrolment.grouped().expose().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn turn_on(
        &self,
        member: &SignedIn,
        enrolment: &Enrolment,
        code: &str,
    ) -> Result<(SignedIn, Vec<String>), Refusal> {
        let ask = SecondFactorRequest::TurnOn { enrolment: enrolment.clone(), code: Secret::new(code) };
        match self.security(member, ask).await? {
            SecondFactorReply::TurnedOn(member, codes) => {
                Ok((member, codes.iter().map(|code| code.expose().to_owned()).collect()))
            }
            other => panic!("{other:?}"),
        }
    }

    /// An account with a second factor, whose app's next code is good; with its recovery codes.
    pub(crate) async fn add_with_second_factor(&self, name: &str) -> (SignedIn, App, Vec<String>) {
        self.add(name).await;
        let member = self.sign_in(name, FIRST).await;
        let (app, enrolment) = self.enrol(&member).await;
        let (member, codes) = self.turn_on(&member, &enrolment, &app.shows(self.clock.now())).await.unwrap();
        self.later(STEP);
        (member, app, codes)
    }

    /// The right password of an account that has a second factor.
    pub(crate) async fn half(&self, name: &str, password: &str) -> FirstFactor {
        let request = Request::SignIn { name: name.into(), password: Secret::new(password) };
        half_of(self.ask(request).await)
    }

    pub(crate) async fn show(&self, half: &FirstFactor, code: &str) -> Result<SignedIn, Refusal> {
        match self.step(half, code).await {
            Reply::SignedIn(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn step(&self, half: &FirstFactor, code: &str) -> Reply {
        let step = SecondFactorAttempt { half: half.clone(), code: Secret::new(code) };
        self.ask(Request::ProveSecondFactor(step)).await
    }

    /// The first half of a reset: the right code from the email.
    pub(crate) async fn half_reset(&self, name: &str) -> FirstFactor {
        let (request, code) = self.receive_code(name).await;
        let (name, requests, code) = (name.into(), vec![request], Secret::new(code));
        half_of(self.ask(Request::ProveCode { name, requests, code }).await)
    }

    pub(crate) async fn show_for_reset(&self, half: &FirstFactor, code: &str) -> Result<ResetGrant, Refusal> {
        match self.step(half, code).await {
            Reply::MaySetPassword(grant) => Ok(grant),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn view(&self, member: &SignedIn) -> SecondFactorView {
        match self.security(member, SecondFactorRequest::Status).await {
            Ok(SecondFactorReply::Now(view)) => view,
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
        // Refusals of one source are one row an hour.
        let times = |row: AuditEvent| std::iter::repeat_n(row.kind, usize::try_from(row.count).unwrap());
        rows.into_iter().flat_map(times).collect()
    }

    pub(crate) async fn emails_with(&self, words: &str) -> usize {
        self.work().await;
        self.emails.emails().iter().filter(|email| email.subject.contains(words)).count()
    }

    pub(crate) async fn confirm(&self, member: &SignedIn, typed: &str) -> Result<SignedIn, Refusal> {
        self.confirm_by(member, typed, false).await
    }

    /// The same; `second_factor`: nothing else will do.
    pub(crate) async fn confirm_by(
        &self,
        member: &SignedIn,
        typed: &str,
        second_factor: bool,
    ) -> Result<SignedIn, Refusal> {
        let request =
            Request::Reauthenticate { member: member.clone(), password: Secret::new(typed), second_factor };
        match self.ask(request).await {
            Reply::Reauthenticated(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn half_of(reply: Reply) -> FirstFactor {
    match reply {
        Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(half)) => half,
        other => panic!("two-factor authentication should be asked for: {other:?}"),
    }
}
