//! What each command does.

use super::member::Known;
use super::talk::Goal;
use super::{Errand, Stop, unexpected};
use crate::accounts::request::security::Answer;
use crate::accounts::request::{Refusal, Reply, Request, ResetGrant};
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret::Secret;
use crate::domain::totp::AppCode;
use crate::face::exec::{Command, Told, exit};
use crate::flow::Flow;
use crate::flow::seat::Seat;
use crate::flow::settings_password::SettingsPassword;
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    /// Carries the command out.
    pub(super) async fn carry_out(&mut self) -> Result<Told, Stop> {
        match self.order.command.clone() {
            Command::Status => self.status().await,
            Command::Whoami => {
                let Known { member, with } = self.member().await?;
                let (account, name) = (member.account().to_owned(), member.name().to_owned());
                Ok(Told::WhoAmI { account, name, with })
            }
            Command::Teams { act } => self.teams(act).await,
            Command::Team { team } => self.team(&team).await,
            Command::Join(wish) => self.join(wish).await,
            Command::Passwd { stdin, .. } => self.passwd(stdin).await,
            Command::Forgot { whose, code_stdin, .. } => self.forgot(whose, code_stdin).await,
            Command::Keys(keys) => self.keys(keys).await,
            Command::SecondStep(command) => self.second_step(command).await,
            Command::RecoveryCodes(command) => self.recovery_codes(command).await,
            Command::Visits(visits) => self.visits(visits).await,
            Command::PublicKeys { name } => self.public_keys(name).await,
            Command::Activity(args) => self.activity(args).await,
            Command::Export => self.export().await,
            Command::Support(support) => self.support(support).await,
            Command::Profile(command) => self.profile(command).await,
            Command::Addresses(command) => self.addresses(command).await,
            // The visit opens prompts for it before an errand begins.
            Command::Plain => Err(Stop::failed("usage", "plain takes no options.", exit::USAGE)),
            Command::Version => Ok(Told::Version),
        }
    }

    async fn status(&mut self) -> Result<Told, Stop> {
        let now = match self.ask(Request::Status).await? {
            Reply::Status(now) => now,
            other => return Err(unexpected(&other)),
        };
        let key_of = match self.caller.proven {
            Some(key) => self.house.owner_of_key(&self.caller.user, &key.fingerprint()).await,
            None => None,
        };
        Ok(Told::Status { portal: self.house.portal.as_ref().clone(), now, key_of })
    }

    async fn passwd(&mut self, stdin: bool) -> Result<Told, Stop> {
        if stdin {
            return self.passwd_from_stdin().await;
        }
        let member = self.member().await?.member;
        if !self.caller.has_pty {
            let words = "passwd asks on a terminal (ssh -t), or takes both passwords with --stdin.";
            return Err(Stop::failed("usage", words, exit::USAGE));
        }
        let name = member.name().to_owned();
        let flow = SettingsPassword::new(Seat::new(self.house.portal.clone(), member));
        self.talk(Flow::SettingsPassword(flow), password_changed).await?;
        Ok(Told::PasswordChanged { name })
    }

    /// Both lines are read before anything is asked, so that half a pipe changes nothing; the second step's
    /// code, where there is one, stands behind them.
    async fn passwd_from_stdin(&mut self) -> Result<Told, Stop> {
        if self.caller.proven.is_none() {
            self.named_or_usage()?;
        }
        let current = self.line("the current password").await?;
        let new = self.line("the new password").await?;
        let member = match self.member_by_key(true).await? {
            Some(member) => member,
            None => self.sign_in(self.named_or_usage()?, current.clone()).await?,
        };
        match self.ask(Request::ChangePassword { member, current, new }).await? {
            Reply::PasswordChanged(member) => Ok(Told::PasswordChanged { name: member.name().to_owned() }),
            other => Err(unexpected(&other)),
        }
    }

    async fn forgot(&mut self, whose: Option<String>, code_stdin: bool) -> Result<Told, Stop> {
        let name = match whose {
            Some(name) => name,
            None => self.named_or_usage()?,
        };
        if code_stdin {
            return self.finish_reset(name).await;
        }
        match self.ask(Request::RequestCode { name: name.clone() }).await? {
            Reply::CodeRequested(requested) => {
                Ok(Told::CodeRequested { name, requested, portal: self.house.portal.as_ref().clone() })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// All is read and looked at before the code is used up: a password that a rule refuses gives way to the
    /// one in the next line, and the second step's code, where there is one, stands behind it.
    async fn finish_reset(&mut self, name: String) -> Result<Told, Stop> {
        let code = self.line("the code").await?;
        let mut password = self.line("the new password").await?;
        let grant = loop {
            let request =
                Request::ProveCodeFor { name: name.clone(), code: code.clone(), password: password.clone() };
            match self.reply(request).await? {
                Reply::CodeProven(grant) => break grant,
                Reply::Security(Answer::SecondStepFirst) => break self.prove_both(&name, code).await?,
                Reply::Refused(refusal @ Refusal::Password(_)) => {
                    let next = self.line("another new password").await;
                    password = next.map_err(|_| Stop::Refused(refusal))?;
                }
                Reply::Refused(refusal) => return Err(Stop::Refused(refusal)),
                other => return Err(unexpected(&other)),
            }
        };
        match self.ask(Request::SetPassword { grant, password }).await? {
            Reply::PasswordSet(_) => Ok(Told::PasswordReset { name }),
            other => Err(unexpected(&other)),
        }
    }

    /// Uses the code from the letter up once the second step's is at hand, and shows that.
    async fn prove_both(&mut self, name: &str, code: Secret) -> Result<ResetGrant, Stop> {
        let step = self.line("the second step's code").await?;
        if AppCode::parse(step.expose()).is_none() && RecoveryCode::parse(step.expose()).is_none() {
            return Err(Stop::Refused(Refusal::SecondStepRefused));
        }
        let proof = Request::ProveCode { name: name.to_owned(), requests: Vec::new(), code };
        let reply = match self.ask(proof).await? {
            Reply::Security(Answer::SecondStepNeeded(half)) => self.show_by_line(half, step).await?,
            reply => reply,
        };
        match reply {
            Reply::CodeProven(grant) => Ok(grant),
            other => Err(unexpected(&other)),
        }
    }
}

fn password_changed(flow: &Flow) -> Goal {
    let Flow::SettingsPassword(_) = flow else { return Goal::Left };
    let toast = flow.page().toast;
    if toast.is_some_and(|toast| toast.id == "password-changed") { Goal::Reached } else { Goal::Ahead }
}
