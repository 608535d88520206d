//! Carries out `2fa` and `recovery-codes`, and shows the second step where a command needs it.

use super::talk::Goal;
use super::{Errand, Stop, printable, unexpected};
use crate::accounts::request::security::{Answer, Ask, SecondStep};
use crate::accounts::request::{HalfProven, Refusal, Reply, Request, SignedIn};
use crate::domain::secret::Secret;
use crate::face::exec::second_step::{
    RecoveryCodesCommand, RecoveryCodesLeft, RecoveryCodesMade, SecondStepCommand, SecondStepOff,
    SecondStepStatus, SeedShown,
};
use crate::face::exec::{Failure, Manner, Told, exit};
use crate::flow::Flow;
use crate::flow::seat::Place;
use crate::flow::second_factor::SecondFactor;
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    /// Carries out `2fa …`.
    pub(super) async fn second_step(&mut self, command: SecondStepCommand) -> Result<Told, Stop> {
        let mut member = self.member().await?.member;
        match command {
            SecondStepCommand::Status => match self.ask_security(&mut member, Ask::Look).await? {
                Answer::Now(view) => Ok(told(SecondStepStatus(view))),
                other => Err(not_asked(other)),
            },
            SecondStepCommand::Enroll => self.enroll(member).await,
            SecondStepCommand::Disable => match self.ask_security(&mut member, Ask::TurnOff).await? {
                Answer::TurnedOff(_) => Ok(told(SecondStepOff)),
                other => Err(not_asked(other)),
            },
        }
    }

    /// Carries out `recovery-codes …`.
    pub(super) async fn recovery_codes(&mut self, command: RecoveryCodesCommand) -> Result<Told, Stop> {
        let mut member = self.member().await?.member;
        let ask = match command {
            RecoveryCodesCommand::Status => Ask::Look,
            RecoveryCodesCommand::New => Ask::MakeRecoveryCodes,
        };
        match self.ask_security(&mut member, ask).await? {
            Answer::Now(view) => Ok(told(RecoveryCodesLeft(view))),
            Answer::RecoveryCodes(codes) => Ok(self.codes_made(&member, codes, false)),
            other => Err(not_asked(other)),
        }
    }

    /// Shows a seed, and turns the second step on with the app's code from the next line. After a wrong one
    /// the line behind it is read, as long as there is one.
    async fn enroll(&mut self, mut member: SignedIn) -> Result<Told, Stop> {
        let enrolment = match self.ask_security(&mut member, Ask::Enrol).await? {
            Answer::Enrolment(enrolment) => enrolment,
            other => return Err(not_asked(other)),
        };
        let shown = SeedShown { enrolment: &enrolment, portal: &self.house.portal.name };
        let text = match self.order.manner {
            Manner::Text => shown.text(),
            _ => format!("{}\n", shown.json()),
        };
        let bytes = printable(&text, self.caller.has_pty);
        self.wire.send(bytes).await.map_err(|_| Stop::Gone)?;
        let mut refused = None;
        loop {
            let code = match (self.code_line("Code").await, refused.take()) {
                (Ok(code), _) => code,
                (Err(Stop::Failed(_)), Some(refusal)) => return Err(Stop::Refused(refusal)),
                (Err(stop), _) => return Err(stop),
            };
            let ask = Ask::TurnOn { enrolment: enrolment.clone(), code };
            match self.ask_security(&mut member, ask).await {
                Ok(Answer::TurnedOn(member, codes)) => return Ok(self.codes_made(&member, codes, true)),
                Ok(other) => return Err(not_asked(other)),
                Err(Stop::Refused(refusal @ Refusal::SecondStepRefused)) => {
                    self.tell_refused(&refusal).await?;
                    refused = Some(refusal);
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    fn codes_made(&self, member: &SignedIn, codes: Vec<Secret>, turned_on: bool) -> Told {
        let (name, portal) = (member.name().to_owned(), self.house.portal.as_ref().clone());
        told(RecoveryCodesMade { name, portal, at: self.house.accounts.now(), codes, turned_on })
    }

    /// Tells a no on a terminal, where there is another try; without one only the last no is told.
    async fn tell_refused(&self, refusal: &Refusal) -> Result<(), Stop> {
        if !self.caller.has_pty {
            return Ok(());
        }
        let failure = Failure::refused(refusal, &self.house.portal, self.house.accounts.now());
        let text = failure.answer(Manner::Text).err;
        self.wire.send(printable(&text, true)).await.map_err(|_| Stop::Gone)
    }

    /// A line with a code; on a terminal it is asked for.
    async fn code_line(&mut self, label: &str) -> Result<Secret, Stop> {
        if !self.caller.has_pty {
            return self.line("the code").await;
        }
        let prompt = format!("{label}: ").into_bytes();
        self.wire.send(prompt).await.map_err(|_| Stop::Gone)?;
        let line = self.line("the code").await;
        self.wire.send(b"\r\n".to_vec()).await.map_err(|_| Stop::Gone)?;
        line
    }

    /// Asks something of this room; what a confirmation proved is kept for what is asked next.
    async fn ask_security(&mut self, member: &mut SignedIn, ask: Ask) -> Result<Answer, Stop> {
        let reply = match self.ask(Request::Security(member.clone(), ask)).await? {
            Reply::ConfirmFirst(request) => {
                let request = self.confirm_first(*request).await?;
                if let Some(newer) = request.member() {
                    *member = newer.clone();
                }
                self.ask(request).await?
            }
            reply => reply,
        };
        match reply {
            Reply::Security(answer) => Ok(answer),
            other => Err(unexpected(&other)),
        }
    }

    /// Who `reply` says they are; where it asks for the second step, that is shown first: from the next line
    /// of standard input when the command says so, or by prompts on a terminal.
    pub(super) async fn whole(&mut self, reply: Reply, by_line: bool) -> Result<SignedIn, Stop> {
        let half = match reply {
            Reply::SignedIn(member) => return Ok(member),
            Reply::Security(Answer::SecondStepNeeded(half)) => half,
            other => return Err(unexpected(&other)),
        };
        if by_line || self.order.second_step_stdin {
            let code = self.line("the second step's code").await?;
            return match self.show_by_line(half, code).await? {
                Reply::SignedIn(member) => Ok(member),
                other => Err(unexpected(&other)),
            };
        }
        if !self.caller.has_pty {
            let words = "Your account has a second step. Give its code in a line of standard input with \
                         --second-step-stdin, or use a terminal: ssh -t";
            return Err(Stop::failed("second-step-needed", words, exit::DENIED));
        }
        let name = half.name().to_owned();
        let flow = SecondFactor::signing_in(self.house.portal.clone(), &name, half, Place::default());
        let flow = self.talk(Flow::SecondFactor(flow), come_in).await?;
        flow.member().cloned().ok_or(Stop::Gone)
    }

    /// Shows the second step with `code`. After a wrong one the next line of standard input is tried, as long
    /// as there is one.
    pub(super) async fn show_by_line(&mut self, half: HalfProven, mut code: Secret) -> Result<Reply, Stop> {
        loop {
            let request = Request::SecondStep(SecondStep { half: half.clone(), code });
            let refusal = match self.ask(request).await {
                Err(Stop::Refused(refusal @ Refusal::SecondStepRefused)) => refusal,
                done => return done,
            };
            code = match self.line("the second step's code").await {
                Err(Stop::Failed(_)) => return Err(Stop::Refused(refusal)),
                next => next?,
            };
        }
    }
}

fn come_in(flow: &Flow) -> Goal {
    match flow {
        Flow::SecondFactor(_) | Flow::LostAuthenticator(_) => Goal::Ahead,
        flow if flow.member().is_some() => Goal::Reached,
        _ => Goal::Left,
    }
}

fn told(tell: impl crate::face::exec::Tell + 'static) -> Told {
    Told::Of(Box::new(tell))
}

fn not_asked(answer: Answer) -> Stop {
    unexpected(&Reply::Security(answer))
}
