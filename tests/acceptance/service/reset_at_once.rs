//! A reset in one request: whenever it is cut off, the code is used and the password is new, or neither.

use std::pin::Pin;
use std::task::{Context, Poll};

use doorkey::accounts::request::second_factor::SecondFactorReply;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;
use futures_util::future::join_all;

use super::{FIRST, SECOND, Service, cx};
use crate::engine::on_both_engines;

/// A request that is dropped, as by a kill, after so many steps.
struct Cut<F> {
    request: Pin<Box<F>>,
    steps_left: usize,
}

impl<F: Future> Future for Cut<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.steps_left == 0 {
            return Poll::Ready(None);
        }
        self.steps_left -= 1;
        self.request.as_mut().poll(cx).map(Some)
    }
}

fn reset(name: &str, code: &str, second_factor: Option<&str>) -> Request {
    let (code, password) = (Secret::new(code), Secret::new(SECOND));
    Request::ResetPassword {
        name: name.into(),
        requests: Vec::new(),
        code,
        password,
        second_factor: second_factor.map(Secret::new),
    }
}

impl Service {
    /// Fails unless as many codes are used as passwords were reset, and every grant is used.
    async fn is_whole(&self, when: &str) {
        let halves = "SELECT (SELECT count(*) FROM codes WHERE used_at IS NOT NULL)
                           - (SELECT count(*) FROM activity WHERE kind = 'password-reset')
                           + (SELECT count(*) FROM grants WHERE used_at IS NULL)";
        assert_eq!(self.fresh.number(halves).await, 0, "{when}");
    }

    async fn has_new_password(&self, name: &str) -> bool {
        let (new, old) = (self.try_sign_in(name, SECOND).await, self.try_sign_in(name, FIRST).await);
        assert!(new.is_ok() != old.is_ok(), "{name} has both passwords, or none");
        new.is_ok()
    }
}

on_both_engines! {
    async fn wherever_it_is_cut_off_the_code_is_used_and_the_password_new_or_neither(engine: Engine) {
        let service = Service::start(engine).await;
        let (mut cuts, mut done) = (0, 0);
        // The steps between two looks at the database differ from run to run, so each place is tried more than once.
        while done < 3 {
            let name = format!("person{cuts}");
            service.add(&name).await;
            let (_, code) = service.receive_code(&name).await;
            let from = cx("192.0.2.7");
            let request = Box::pin(service.accounts.handle(&from, reset(&name, &code, None)));
            let cut = Cut { request, steps_left: cuts }.await;
            service.is_whole(&format!("cut after {cuts} steps: {cut:?}")).await;
            match cut {
                Some(Reply::PasswordSet(_, _)) => {
                    assert!(service.has_new_password(&name).await);
                    done += 1;
                }
                Some(other) => panic!("{other:?}"),
                // What was cut off can be done again with the same code.
                None => {
                    let again = service.ask(reset(&name, &code, None)).await;
                    let whole = matches!(again, Reply::PasswordSet(_, _) | Reply::Refused(Refusal::CodeUsed));
                    assert!(whole && service.has_new_password(&name).await, "{again:?}");
                }
            }
            cuts += 1;
        }
        println!("cut off at {cuts} places: none left half a reset");
    }

    async fn sixty_four_at_once_have_one_winner(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, code) = service.receive_code("ada").await;
        let all = (0..64).map(|_| {
            let (accounts, request) = (service.accounts.clone(), reset("ada", &code, None));
            tokio::spawn(async move { accounts.handle(&cx("192.0.2.7"), request).await })
        });
        let replies = join_all(all).await;
        let won = replies.iter().filter(|reply| matches!(reply, Ok(Reply::PasswordSet(_, _)))).count();
        assert_eq!(won, 1, "{replies:?}");
        service.is_whole("after 64 at once").await;
        assert!(service.has_new_password("ada").await);
    }

    async fn with_a_second_factor_nothing_is_used_up_before_all_of_it_is_right(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, codes) = service.add_with_second_factor("ada").await;
        let (_, code) = service.receive_code("ada").await;
        let first = service.ask(reset("ada", &code, None)).await;
        assert!(matches!(first, Reply::SecondFactor(SecondFactorReply::SecondFactorFirst)), "{first:?}");
        for wrong in ["not a code", "ABCD-EFGH-JKLM-NPQR-STUV-WX"] {
            let refused = service.ask(reset("ada", &code, Some(wrong))).await;
            let is_refused = matches!(
                refused,
                Reply::Refused(Refusal::CodeMalformed(_) | Refusal::SecondFactorRefused)
            );
            assert!(is_refused, "{refused:?}");
        }
        service.is_whole("after wrong second factors").await;
        let shown = app.shows(service.clock.now());
        let reset_done = service.ask(reset("ada", &code, Some(&shown))).await;
        assert!(matches!(reset_done, Reply::PasswordSet(_, _)), "{reset_done:?}");
        service.is_whole("after the reset").await;
        service.half("ada", SECOND).await;
        let again = service.ask(reset("ada", &code, Some(&codes[0]))).await;
        assert!(matches!(again, Reply::Refused(Refusal::CodeUsed)), "{again:?}");
    }

    // At most five, as with wrong codes: whoever reads the emails cannot guess at the second factor without end.
    async fn wrong_second_factors_spend_the_tries_of_the_code(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, _, codes) = service.add_with_second_factor("ada").await;
        let (_, code) = service.receive_code("ada").await;
        let wrong = codes[0].replace(|letter: char| letter.is_ascii_alphanumeric(), "B");
        let mut wrong_ones = 0;
        while let Reply::Refused(Refusal::SecondFactorRefused) = service.ask(reset("ada", &code, Some(&wrong))).await {
            wrong_ones += 1;
        }
        assert!((1..=5).contains(&wrong_ones), "{wrong_ones}");
        let late = service.ask(reset("ada", &code, Some(&codes[0]))).await;
        assert!(matches!(late, Reply::Refused(Refusal::CodeTriesUsed)), "{late:?}");
        service.is_whole("after the last wrong one").await;
    }
}
