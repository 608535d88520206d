//! Somebody who knows the password guesses at the second factor: the owner is told, and kept out nowhere but in places
//! that are not theirs.

use doorkey::accounts::request::second_factor::{SecondFactorAttempt, SecondFactorReply};
use doorkey::accounts::request::{FirstFactor, Refusal, Reply, Request, SignedIn};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::DAY_MS;
use doorkey::domain::wait::Wait;

use super::addresses::gain;
use super::{FIRST, MINUTE, SECOND, Service, cx, wrong};
use crate::engine::on_both_engines;
use crate::oathtool::{App, STEP};

const HOME: &str = "192.0.2.7";
const OFFICE: &str = "198.51.100.20";
const THIEF: &str = "203.0.113.9";

impl Service {
    async fn half_from(&self, from: &str) -> FirstFactor {
        let request = Request::SignIn { name: "ada".into(), password: Secret::new(FIRST) };
        match self.accounts.handle(&cx(from), request).await {
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(half)) => half,
            other => panic!("two-factor authentication should be asked for: {other:?}"),
        }
    }

    async fn show_from(&self, from: &str, code: &str) -> Result<SignedIn, Refusal> {
        let half = self.half_from(from).await;
        let attempt = SecondFactorAttempt { half, code: Secret::new(code) };
        match self.accounts.handle(&cx(from), Request::ProveSecondFactor(attempt)).await {
            Reply::SignedIn(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Guesses wrong from there, as patiently as it takes: until it is locked, or `most` were compared. Gives how many
    /// were.
    async fn guess_from(&self, from: &str, app: &App, most: usize) -> usize {
        let mut compared = 0;
        while compared < most {
            match self.show_from(from, &app.never_shows(self.clock.now())).await.unwrap_err() {
                Refusal::SecondFactorRefused => compared += 1,
                Refusal::TryLater(Wait { until: at, .. }) => {
                    let wait = at.ms_since(self.clock.now());
                    assert!((1..=60 * MINUTE).contains(&wait), "{wait} ms");
                    self.later(wait);
                }
                Refusal::SecondFactorLocked => break,
                other => panic!("{other:?}"),
            }
        }
        compared
    }

    async fn confirm_in(
        &self,
        session: &str,
        member: &SignedIn,
        password: &str,
    ) -> Result<SignedIn, Refusal> {
        let mut cx = cx(HOME);
        cx.session = session.to_owned();
        let (member, password) = (member.clone(), Secret::new(password));
        match self
            .accounts
            .handle(&cx, Request::Reauthenticate { member, password, second_factor: false })
            .await
        {
            Reply::Reauthenticated(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }
}

on_both_engines! {
    async fn the_first_wrong_code_of_a_day_beside_the_right_password_is_told_by_email(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, saved) = service.add_with_second_factor("ada").await;
        for _ in 0..3 {
            service.later(STEP);
            let wrong = app.never_shows(service.clock.now());
            assert_eq!(service.show_from(THIEF, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        }
        assert_eq!(service.emails_with("Wrong two-factor code").await, 1);
        let email = service.emails.emails().pop().unwrap();
        for words in ["knows your password", THIEF, "reset your password right away", "support@acme.example"] {
            assert!(email.text.contains(words), "no {words} in:\n{}", email.text);
        }
        service.later(DAY_MS);
        assert_eq!(service.show_from(THIEF, &wrong(&saved[0])).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(service.emails_with("Wrong two-factor code").await, 2, "a recovery code's shape, on another day");
        // Whoever holds the code from an email is told of as such.
        service.later(DAY_MS);
        let half = service.half_reset("ada").await;
        let wrong = app.never_shows(service.clock.now());
        assert_eq!(service.show_for_reset(&half, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(service.emails_with("Wrong two-factor code").await, 3);
        assert!(service.emails.emails().pop().unwrap().text.contains("reset code from your email"));
    }

    async fn wrong_codes_beside_reset_codes_to_one_address_close_no_other_address(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, _) = service.add_with_second_factor("ada").await;
        gain(&service, &ada, "evil@thief.example").await;
        let mut refusal = Refusal::SecondFactorRefused;
        for _ in 0..7 {
            service.later(61 * MINUTE);
            let half = service.half_reset("evil@thief.example").await;
            for _ in 0..3 {
                service.later(STEP);
                let wrong = app.never_shows(service.clock.now());
                refusal = service.show_for_reset(&half, &wrong).await.unwrap_err();
                if let Refusal::TryLater(Wait { until: at, .. }) = refusal {
                    service.later(at.ms_since(service.clock.now()));
                }
            }
        }
        assert_ne!(refusal, Refusal::SecondFactorRefused, "it waits or is locked");
        let half = service.half_reset("ada@example.org").await;
        service.later(STEP);
        service.show_for_reset(&half, &app.shows(service.clock.now())).await.expect("at once");
    }

    async fn a_thief_with_the_password_shuts_the_authenticator_nowhere_but_away_from_the_owner(engine: Engine) {
        let service = Service::start(engine).await;
        let (session, app, saved) = service.add_with_second_factor("ada").await;
        let compared = service.guess_from(THIEF, &app, 1_000).await;
        assert!(compared <= 100, "no more than 100 in a row: {compared}");
        assert_eq!(service.emails_with("authenticator was locked").await, 1, "not in silence");
        let now = service.clock.now();
        assert_eq!(service.show_from(THIEF, &app.shows(now)).await.unwrap_err(), Refusal::SecondFactorLocked);
        assert_eq!(service.show_from(OFFICE, &app.shows(now)).await.unwrap_err(), Refusal::SecondFactorLocked);

        // In the session that is open, in a reset, and at home the right code is right.
        let session = service.confirm(&session, &app.shows(now)).await.unwrap();
        // From then on the thief has one try an hour, no more.
        assert_eq!(service.guess_from(THIEF, &app, 1).await, 1);
        let again = service.show_from(THIEF, &app.shows(service.clock.now())).await.unwrap_err();
        let Refusal::TryLater(Wait { until: at, .. }) = again else { panic!("{again:?}") };
        assert_eq!(at.ms_since(service.clock.now()), 60 * MINUTE);
        assert_eq!(service.guess_from(THIEF, &app, 1_000).await, compared - 1);
        service.later(STEP);
        let half = service.half_reset("ada").await;
        service.show_for_reset(&half, &app.shows(service.clock.now())).await.unwrap();
        service.guess_from(THIEF, &app, 1_000).await;
        service.later(STEP);
        service.show_from(HOME, &app.shows(service.clock.now())).await.unwrap();
        service.guess_from(THIEF, &app, 1_000).await;
        // From anywhere, with a recovery code, which lets the authenticator in again there too.
        service.show_from(OFFICE, &saved[0]).await.unwrap();
        service.later(STEP);
        service.show_from("198.51.100.21", &app.shows(service.clock.now())).await.unwrap();
        drop(session);
    }

    async fn a_hundred_wrong_codes_in_a_row_from_all_places_lock_it_until_a_recovery_code(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let office = service.try_sign_in_from(OFFICE, "ada", FIRST).await.unwrap();
        let (app, enrolment) = service.enrol(&office).await;
        let (_, saved) = service.turn_on(&office, &enrolment, &app.shows(service.clock.now())).await.unwrap();
        service.later(STEP);
        service.show_from(HOME, &saved[0]).await.unwrap();
        assert_eq!(service.guess_from(HOME, &app, 1_000).await, 20, "one place of the owner's");
        assert_eq!(service.guess_from(OFFICE, &app, 1_000).await, 20, "another one");
        assert_eq!(service.guess_from(THIEF, &app, 1_000).await, 50, "everywhere else together");
        assert_eq!(service.emails_with("authenticator was locked").await, 3);
        let mut compared = 0;
        let mut half = service.half_reset("ada").await;
        loop {
            let wrong = app.never_shows(service.clock.now());
            match service.show_for_reset(&half, &wrong).await.unwrap_err() {
                Refusal::SecondFactorRefused => compared += 1,
                Refusal::SecondFactorExpired => {
                    service.later(60 * MINUTE);
                    half = service.half_reset("ada").await;
                }
                Refusal::SecondFactorLocked => break,
                Refusal::TryLater(Wait { until: at, .. }) => service.later(at.ms_since(service.clock.now())),
                other => panic!("{other:?}"),
            }
            assert!(compared <= 10, "more than a hundred in a row");
        }
        assert_eq!(compared, 10);
        assert_eq!(service.emails_with("authenticator was locked").await, 4);
        service.later(DAY_MS);
        let right = app.shows(service.clock.now());
        assert_eq!(service.show_from(HOME, &right).await.unwrap_err(), Refusal::SecondFactorLocked);
        service.show_from(HOME, &saved[1]).await.unwrap();
        service.show_from(HOME, &right).await.unwrap();
    }

    async fn wrong_passwords_of_a_thief_in_one_session_leave_the_right_one_good_in_another(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (thief, ada) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        for nth in 1..=9 {
            let refusal = service.confirm_in("the thief's", &thief, SECOND).await.unwrap_err();
            assert_eq!(refusal, Refusal::WrongCurrentPassword, "answer {nth}");
            // The owner's session, at the same moment.
            service.confirm_in("the owner's", &ada, FIRST).await.unwrap();
            service.later(3_000);
        }
    }
}
