//! What each command does.

use super::identify::Identified;
use super::line_dialog::PromptStatus;
use super::{CommandError, CommandRun, unexpected};
use crate::accounts::request::second_factor::SecondFactorReply;
use crate::accounts::request::{Refusal, Reply, Request, ResetGrant};
use crate::commands::{Command, CommandOutput, exit};
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret::Secret;
use crate::domain::totp::TotpCode;
use crate::flow::Flow;
use crate::flow::context::MemberContext;
use crate::flow::password::ChangePassword;
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    /// Carries the command out.
    pub(super) async fn carry_out(&mut self) -> Result<CommandOutput, CommandError> {
        match self.order.command.clone() {
            Command::Status => self.status().await,
            Command::Whoami => {
                let Identified { member, with } = self.member().await?;
                let (account, name) = (member.account().to_owned(), member.name().to_owned());
                Ok(CommandOutput::WhoAmI { account, name, with })
            }
            Command::Teams { act } => self.teams(act).await,
            Command::Team { team } => self.team(&team).await,
            Command::Join(mode) => self.join(mode).await,
            Command::Passwd { stdin, .. } => self.passwd(stdin).await,
            Command::Forgot { whose, code_stdin, .. } => self.forgot(whose, code_stdin).await,
            Command::Keys(keys) => self.keys(keys).await,
            Command::SecondFactor(command) => self.second_factor(command).await,
            Command::RecoveryCodes(command) => self.recovery_codes(command).await,
            Command::Sessions(sessions) => self.sessions(sessions).await,
            Command::PublicKeys { name } => self.public_keys(name).await,
            Command::Activity(args) => self.activity(args).await,
            Command::Export => self.export().await,
            Command::Support(support) => self.support(support).await,
            Command::Profile(command) => self.profile(command).await,
            Command::Emails(command) => self.addresses(command).await,
            // The session opens prompts for it before an errand begins.
            Command::Plain => Err(CommandError::failed("usage", "plain takes no options.", exit::USAGE)),
            Command::Version => Ok(CommandOutput::Version),
        }
    }

    async fn status(&mut self) -> Result<CommandOutput, CommandError> {
        let now = match self.ask(Request::Status).await? {
            Reply::Status(now) => now,
            other => return Err(unexpected(&other)),
        };
        let key_of = match self.client.proven {
            Some(key) => self.app.owner_of_key(&self.client.user, &key.fingerprint()).await,
            None => None,
        };
        Ok(CommandOutput::Status { portal: self.app.portal.as_ref().clone(), now, key_of })
    }

    async fn passwd(&mut self, stdin: bool) -> Result<CommandOutput, CommandError> {
        if stdin {
            return self.passwd_from_stdin().await;
        }
        let member = self.member().await?.member;
        if !self.client.has_pty {
            let words = "passwd asks on a terminal (ssh -t), or takes both passwords with --stdin.";
            return Err(CommandError::failed("usage", words, exit::USAGE));
        }
        let name = member.name().to_owned();
        let flow = ChangePassword::new(MemberContext::new(self.app.portal.clone(), member));
        self.talk(Flow::ChangePassword(flow), password_changed).await?;
        Ok(CommandOutput::PasswordChanged { name })
    }

    /// Both lines are read before anything is asked, so that half a pipe changes nothing; the second factor's
    /// code, where there is one, stands behind them.
    async fn passwd_from_stdin(&mut self) -> Result<CommandOutput, CommandError> {
        if self.client.proven.is_none() {
            self.named_or_usage()?;
        }
        let current = self.line("the current password").await?;
        let new = self.line("the new password").await?;
        let member = match self.member_by_key(true).await? {
            Some(member) => member,
            None => self.sign_in(self.named_or_usage()?, current.clone()).await?,
        };
        match self.ask(Request::ChangePassword { member, current, new }).await? {
            Reply::PasswordChanged(member) => {
                Ok(CommandOutput::PasswordChanged { name: member.name().to_owned() })
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn forgot(
        &mut self,
        whose: Option<String>,
        code_stdin: bool,
    ) -> Result<CommandOutput, CommandError> {
        let name = match whose {
            Some(name) => name,
            None => self.named_or_usage()?,
        };
        if code_stdin {
            return self.finish_reset(name).await;
        }
        match self.ask(Request::RequestCode { name: name.clone() }).await? {
            Reply::CodeRequested(requested) => {
                Ok(CommandOutput::CodeRequested { name, requested, portal: self.app.portal.as_ref().clone() })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// All is read and looked at before the code is used up: a password that a rule refuses gives way to the
    /// one in the next line, and the second factor's code, where there is one, stands behind it.
    async fn finish_reset(&mut self, name: String) -> Result<CommandOutput, CommandError> {
        let code = self.line("the code").await?;
        let mut password = self.line("the new password").await?;
        let grant = loop {
            let request =
                Request::ProveCodeFor { name: name.clone(), code: code.clone(), password: password.clone() };
            match self.reply(request).await? {
                Reply::CodeProven(grant) => break grant,
                Reply::SecondFactor(SecondFactorReply::SecondFactorFirst) => {
                    break self.prove_both(&name, code).await?;
                }
                Reply::Refused(refusal @ Refusal::Password(_)) => {
                    let next = self.line("another new password").await;
                    password = next.map_err(|_| CommandError::Refused(refusal))?;
                }
                Reply::Refused(refusal) => return Err(CommandError::Refused(refusal)),
                other => return Err(unexpected(&other)),
            }
        };
        match self.ask(Request::SetPassword { grant, password }).await? {
            Reply::PasswordSet(_) => Ok(CommandOutput::PasswordReset { name }),
            other => Err(unexpected(&other)),
        }
    }

    /// Uses the code from the email up once the second factor's is at hand, and shows that.
    async fn prove_both(&mut self, name: &str, code: Secret) -> Result<ResetGrant, CommandError> {
        let step = self.line("the two-factor code").await?;
        if TotpCode::parse(step.expose()).is_none() && RecoveryCode::parse(step.expose()).is_none() {
            return Err(CommandError::Refused(Refusal::SecondFactorRefused));
        }
        let proof = Request::ProveCode { name: name.to_owned(), requests: Vec::new(), code };
        let reply = match self.ask(proof).await? {
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(half)) => {
                self.show_by_line(half, step).await?
            }
            reply => reply,
        };
        match reply {
            Reply::CodeProven(grant) => Ok(grant),
            other => Err(unexpected(&other)),
        }
    }
}

fn password_changed(flow: &Flow) -> PromptStatus {
    let Flow::ChangePassword(_) = flow else { return PromptStatus::Left };
    let toast = flow.page().toast;
    if toast.is_some_and(|toast| toast.id == "password-changed") {
        PromptStatus::Reached
    } else {
        PromptStatus::Pending
    }
}
