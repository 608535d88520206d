//! Carries out `2fa` and `recovery-codes`, and shows the second factor where a command needs it.

use super::line_dialog::PromptStatus;
use super::{CommandError, CommandRun, printable, unexpected};
use crate::accounts::request::second_factor::{SecondFactorAttempt, SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{FirstFactor, Refusal, Reply, Request, SignedIn};
use crate::commands::two_factor::{
    RecoveryCodesCommand, RecoveryCodesLeft, RecoveryCodesMade, SecondFactorOff, TotpSecretShown,
    TwoFactorCommand, TwoFactorStatus,
};
use crate::commands::{CommandFailure, CommandOutput, OutputFormat, exit};
use crate::domain::secret::Secret;
use crate::flow::Flow;
use crate::flow::section::Section;
use crate::flow::sign_in::SecondFactor;
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    /// Carries out `2fa …`.
    pub(super) async fn second_factor(
        &mut self,
        command: TwoFactorCommand,
    ) -> Result<CommandOutput, CommandError> {
        let mut member = self.member().await?.member;
        match command {
            TwoFactorCommand::Status => {
                match self.ask_security(&mut member, SecondFactorRequest::Status).await? {
                    SecondFactorReply::Now(view) => Ok(told(TwoFactorStatus(view))),
                    other => Err(not_asked(other)),
                }
            }
            TwoFactorCommand::Enroll => self.enroll(member).await,
            TwoFactorCommand::Disable => {
                match self.ask_security(&mut member, SecondFactorRequest::TurnOff).await? {
                    SecondFactorReply::TurnedOff(_) => Ok(told(SecondFactorOff)),
                    other => Err(not_asked(other)),
                }
            }
        }
    }

    /// Carries out `recovery-codes …`.
    pub(super) async fn recovery_codes(
        &mut self,
        command: RecoveryCodesCommand,
    ) -> Result<CommandOutput, CommandError> {
        let mut member = self.member().await?.member;
        let ask = match command {
            RecoveryCodesCommand::Status => SecondFactorRequest::Status,
            RecoveryCodesCommand::New => SecondFactorRequest::MakeRecoveryCodes,
        };
        match self.ask_security(&mut member, ask).await? {
            SecondFactorReply::Now(view) => Ok(told(RecoveryCodesLeft(view))),
            SecondFactorReply::RecoveryCodes(codes) => Ok(self.codes_made(&member, codes, false)),
            other => Err(not_asked(other)),
        }
    }

    /// Shows a seed, and turns the second factor on with the app's code from the next line. After a wrong one
    /// the line behind it is read, as long as there is one.
    async fn enroll(&mut self, mut member: SignedIn) -> Result<CommandOutput, CommandError> {
        let enrolment = match self.ask_security(&mut member, SecondFactorRequest::Enrol).await? {
            SecondFactorReply::Enrolment(enrolment) => enrolment,
            other => return Err(not_asked(other)),
        };
        let shown = TotpSecretShown { enrolment: &enrolment, portal: &self.app.portal.name };
        let text = match self.order.manner {
            OutputFormat::Text => shown.text(),
            _ => format!("{}\n", shown.json()),
        };
        let bytes = printable(&text, self.client.has_pty);
        self.sink.send(bytes).await.map_err(|_| CommandError::Disconnected)?;
        let mut refused = None;
        loop {
            let code = match (self.code_line("Code").await, refused.take()) {
                (Ok(code), _) => code,
                (Err(CommandError::Failed(_)), Some(refusal)) => return Err(CommandError::Refused(refusal)),
                (Err(stop), _) => return Err(stop),
            };
            let ask = SecondFactorRequest::TurnOn { enrolment: enrolment.clone(), code };
            match self.ask_security(&mut member, ask).await {
                Ok(SecondFactorReply::TurnedOn(member, codes)) => {
                    return Ok(self.codes_made(&member, codes, true));
                }
                Ok(other) => return Err(not_asked(other)),
                Err(CommandError::Refused(refusal @ Refusal::SecondFactorRefused)) => {
                    self.tell_refused(&refusal).await?;
                    refused = Some(refusal);
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    fn codes_made(&self, member: &SignedIn, codes: Vec<Secret>, turned_on: bool) -> CommandOutput {
        let (name, portal) = (member.name().to_owned(), self.app.portal.as_ref().clone());
        told(RecoveryCodesMade { name, portal, at: self.app.accounts.now(), codes, turned_on })
    }

    /// Tells a no on a terminal, where there is another try; without one only the last no is told.
    async fn tell_refused(&self, refusal: &Refusal) -> Result<(), CommandError> {
        if !self.client.has_pty {
            return Ok(());
        }
        let failure = CommandFailure::refused(refusal, &self.app.portal, self.app.accounts.now());
        let text = failure.answer(OutputFormat::Text).err;
        self.sink.send(printable(&text, true)).await.map_err(|_| CommandError::Disconnected)
    }

    /// A line with a code; on a terminal it is asked for.
    async fn code_line(&mut self, label: &str) -> Result<Secret, CommandError> {
        if !self.client.has_pty {
            return self.line("the code").await;
        }
        let prompt = format!("{label}: ").into_bytes();
        self.sink.send(prompt).await.map_err(|_| CommandError::Disconnected)?;
        let line = self.line("the code").await;
        self.sink.send(b"\r\n".to_vec()).await.map_err(|_| CommandError::Disconnected)?;
        line
    }

    /// Asks something of this room; what a confirmation proved is kept for what is asked next.
    async fn ask_security(
        &mut self,
        member: &mut SignedIn,
        ask: SecondFactorRequest,
    ) -> Result<SecondFactorReply, CommandError> {
        let reply = match self.ask(Request::SecondFactor(member.clone(), ask)).await? {
            Reply::ReauthenticateFirst(request) => {
                let request = self.reauthenticate_first(*request).await?;
                if let Some(newer) = request.member() {
                    *member = newer.clone();
                }
                self.ask(request).await?
            }
            reply => reply,
        };
        match reply {
            Reply::SecondFactor(answer) => Ok(answer),
            other => Err(unexpected(&other)),
        }
    }

    /// Who `reply` says they are; where it asks for the second factor, that is shown first: from the next line
    /// of standard input when the command says so, or by prompts on a terminal.
    pub(super) async fn whole(&mut self, reply: Reply, by_line: bool) -> Result<SignedIn, CommandError> {
        let half = match reply {
            Reply::SignedIn(member) => return Ok(member),
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(half)) => half,
            other => return Err(unexpected(&other)),
        };
        if by_line || self.order.second_factor_stdin {
            let code = self.line("the two-factor code").await?;
            return match self.show_by_line(half, code).await? {
                Reply::SignedIn(member) => Ok(member),
                other => Err(unexpected(&other)),
            };
        }
        if !self.client.has_pty {
            let words = "Your account has two-factor authentication. Give its code in a line of standard input with \
                         --2fa-stdin, or use a terminal: ssh -t";
            return Err(CommandError::failed("two-factor-needed", words, exit::DENIED));
        }
        let name = half.name().to_owned();
        let flow = SecondFactor::signing_in(self.app.portal.clone(), &name, half, Section::default());
        let flow = self.talk(Flow::SecondFactor(flow), come_in).await?;
        flow.member().cloned().ok_or(CommandError::Disconnected)
    }

    /// Shows the second factor with `code`. After a wrong one the next line of standard input is tried, as long
    /// as there is one.
    pub(super) async fn show_by_line(
        &mut self,
        half: FirstFactor,
        mut code: Secret,
    ) -> Result<Reply, CommandError> {
        loop {
            let request = Request::ProveSecondFactor(SecondFactorAttempt { half: half.clone(), code });
            let refusal = match self.ask(request).await {
                Err(CommandError::Refused(refusal @ Refusal::SecondFactorRefused)) => refusal,
                done => return done,
            };
            code = match self.line("the two-factor code").await {
                Err(CommandError::Failed(_)) => return Err(CommandError::Refused(refusal)),
                next => next?,
            };
        }
    }
}

fn come_in(flow: &Flow) -> PromptStatus {
    match flow {
        Flow::SecondFactor(_) | Flow::LostAuthenticator(_) => PromptStatus::Pending,
        flow if flow.member().is_some() => PromptStatus::Reached,
        _ => PromptStatus::Left,
    }
}

fn told(tell: impl crate::commands::Render + 'static) -> CommandOutput {
    CommandOutput::Of(Box::new(tell))
}

fn not_asked(answer: SecondFactorReply) -> CommandError {
    unexpected(&Reply::SecondFactor(answer))
}
