//! Who runs a command: a proven key, a password on standard input or of the connection, or somebody at a terminal.

use std::fmt::Debug;

use super::context::{CommandContext, PromptStatus, unexpected};
use super::failure::{CommandError, Result};
use crate::accounts::request::second_factor::{SecondFactorAttempt, SecondFactorReply};
use crate::accounts::request::{FirstFactor, Refusal, Reply, Request, ResetGrant, SignedIn};
use crate::domain::exit_code;
use crate::domain::login_attempt::LoginAttempt;
use crate::domain::secret::Secret;
use crate::flow::Flow;
use crate::flow::reset_password::NewPassword;
use crate::flow::section::Section;
use crate::flow::sign_in::{SecondFactor, SignIn};
use crate::flow::wording::{deletion_cancelled, password_expiry};
use crate::messages::Language;

/// Who runs a command.
pub(super) trait Caller: Debug + Send + Sized + 'static {
    /// Whether the command signs in by itself: `--password-stdin` and `--2fa-stdin` are for these.
    const SIGNS_IN: bool;

    fn identify(cx: &mut CommandContext) -> impl Future<Output = Result<Self>> + Send;
}

/// Nobody signs in, or the command itself sees to it.
#[derive(Debug)]
pub(super) struct Anyone;

/// A member, and what they signed in with. Most commands only need the [`SignedIn`].
#[derive(Debug)]
pub(super) struct MemberCaller {
    pub(super) signed_in: SignedIn,
    /// `key` or `password`.
    pub(super) with: &'static str,
}

impl Caller for Anyone {
    const SIGNS_IN: bool = false;

    async fn identify(_: &mut CommandContext) -> Result<Self> {
        Ok(Self)
    }
}

impl Caller for SignedIn {
    const SIGNS_IN: bool = true;

    async fn identify(cx: &mut CommandContext) -> Result<Self> {
        Ok(MemberCaller::identify(cx).await?.signed_in)
    }
}

impl Caller for MemberCaller {
    const SIGNS_IN: bool = true;

    async fn identify(cx: &mut CommandContext) -> Result<Self> {
        let caller = Self::identified(cx).await?;
        cx.zone = caller.signed_in.time_zone().clone();
        let (member, can) = (&caller.signed_in, cx.portal.capabilities);
        cx.note = if member.has_cancelled_deletion() {
            Some(deletion_cancelled(&Language::English))
        } else {
            member.password_expiry().map(|expiry| password_expiry(expiry, can, &Language::English))
        };
        Ok(caller)
    }
}

impl MemberCaller {
    async fn identified(cx: &mut CommandContext) -> Result<Self> {
        if cx.options.password_stdin {
            let name = cx.account_name()?;
            let password = cx.secret("the password").await?;
            return Ok(Self { signed_in: cx.sign_in(name, password).await?, with: "password" });
        }
        if let LoginAttempt::Password(password) = &cx.connection.attempt {
            let (name, password) = (cx.account_name()?, password.clone());
            let reply = cx.ask(Request::SignIn { name, password }).await?;
            let signed_in = cx.complete_sign_in(reply, cx.options.second_factor_stdin).await?;
            return Ok(Self { signed_in, with: "password" });
        }
        if let Some(signed_in) = cx.sign_in_with_key(cx.options.second_factor_stdin).await? {
            return Ok(Self { signed_in, with: "key" });
        }
        if !cx.connection.has_pty {
            match cx.connection.attempt {
                LoginAttempt::UnregisteredKey => {
                    return Err(CommandError::Refused(Refusal::KeyNotRegistered));
                }
                LoginAttempt::TooManyKeys => return Err(CommandError::Refused(Refusal::TooManyKeysOffered)),
                LoginAttempt::None | LoginAttempt::Password(_) => {}
            }
            let message = "Sign in first: connect with a registered SSH key (see help keys), \
                           on a terminal (ssh -t), or with --password-stdin.";
            return Err(CommandError::failed("sign-in-needed", message, exit_code::DENIED));
        }
        let name = cx.named().unwrap_or_default();
        let form = SignIn::new(cx.portal.clone(), &name);
        let flow = Flow::SignIn(form.after_attempt(std::mem::take(&mut cx.connection.attempt)));
        let flow = cx.host.prompt(flow, signed_in).await?;
        // The prompts take a password, or a reset code that sets one.
        let signed_in = flow.member().cloned();
        signed_in.map(|signed_in| Self { signed_in, with: "password" }).ok_or(CommandError::Disconnected)
    }
}

/// What a name and a password, and the second factor where there is one, have proven.
pub(super) enum Proven {
    SignedIn(SignedIn),
    /// Who it is; and the password opens nothing until it is changed.
    PasswordDue(ResetGrant),
}

impl CommandContext {
    /// The account that the command is about: `--name`, else the name before the `@`.
    fn named(&self) -> Option<String> {
        self.options.name.clone().or_else(|| self.connection.name.clone())
    }

    pub(super) fn account_name(&self) -> Result<String> {
        let message = "Whose account? Say --name NAME, or connect as NAME@HOST.";
        self.named().ok_or_else(|| CommandError::usage(message))
    }

    /// `None` when the connection has not proven a key. A key that is no longer registered, or belongs to somebody
    /// else than was named, is refused and nothing is asked: scripts must not act as another account.
    pub(super) async fn sign_in_with_key(&mut self, code_on_stdin: bool) -> Result<Option<SignedIn>> {
        let Some(key) = self.connection.key else { return Ok(None) };
        let reply = self.ask(Request::SignInWithKey { key, name: self.named() }).await?;
        self.complete_sign_in(reply, code_on_stdin).await.map(Some)
    }

    pub(super) async fn sign_in(&mut self, name: String, password: Secret) -> Result<SignedIn> {
        let reply = self.ask(Request::SignIn { name, password }).await?;
        self.complete_sign_in(reply, true).await
    }

    /// The same for a command that has a new password at hand, should one be due.
    pub(super) async fn sign_in_to_change(&mut self, name: String, password: Secret) -> Result<Proven> {
        let reply = self.ask(Request::SignIn { name, password }).await?;
        match self.with_second_factor_from_stdin(reply).await? {
            Reply::SignedIn(member) => Ok(Proven::SignedIn(member)),
            Reply::MaySetPassword(grant) => Ok(Proven::PasswordDue(grant)),
            other => Err(unexpected(&other)),
        }
    }

    /// Sends the second factor in the next line of standard input, where the account has one.
    async fn with_second_factor_from_stdin(&mut self, reply: Reply) -> Result<Reply> {
        let Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(first)) = reply else {
            return Ok(reply);
        };
        let code = self.secret("the two-factor code").await?;
        self.prove_second_factor(first, code).await
    }

    /// Asks for the second factor where the account has one, in the next line of standard input or by prompts; and on a
    /// terminal for a new password, where one is due.
    async fn complete_sign_in(&mut self, reply: Reply, code_on_stdin: bool) -> Result<SignedIn> {
        let reply = if code_on_stdin { self.with_second_factor_from_stdin(reply).await? } else { reply };
        let first = match reply {
            Reply::SignedIn(member) => return Ok(member),
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(first)) => first,
            Reply::MaySetPassword(grant) => return self.replace_due_password(grant).await,
            other => return Err(unexpected(&other)),
        };
        if !self.connection.has_pty {
            let message = "Your account has two-factor authentication. Send its code in a line of standard input with \
                 --2fa-stdin, or use a terminal: ssh -t";
            return Err(CommandError::failed("two-factor-needed", message, exit_code::DENIED));
        }
        let name = first.name().to_owned();
        let flow = SecondFactor::signing_in(self.portal.clone(), &name, first, Section::default());
        let flow = self.host.prompt(Flow::SecondFactor(flow), second_factor_proven).await?;
        flow.member().cloned().ok_or(CommandError::Disconnected)
    }

    async fn replace_due_password(&mut self, grant: ResetGrant) -> Result<SignedIn> {
        if !self.connection.has_pty {
            let message = "Your password has to be changed before you can sign in. Send the current and the new one to \
                           passwd --stdin, or use a terminal: ssh -t";
            return Err(CommandError::failed("password-due", message, exit_code::DENIED));
        }
        let name = grant.name().to_owned();
        let flow = Flow::NewPassword(NewPassword::new(self.portal.clone(), &name, grant));
        let flow = self.host.prompt(flow, signed_in).await?;
        flow.member().cloned().ok_or(CommandError::Disconnected)
    }

    /// After a wrong code the next line of standard input is tried, as long as there is one.
    pub(super) async fn prove_second_factor(&mut self, half: FirstFactor, mut code: Secret) -> Result<Reply> {
        loop {
            let request = Request::ProveSecondFactor(SecondFactorAttempt { half: half.clone(), code });
            let refusal = match self.ask(request).await {
                Err(CommandError::Refused(
                    refusal @ (Refusal::SecondFactorRefused | Refusal::CodeMalformed(_)),
                )) => refusal,
                reply => return reply,
            };
            code = match self.secret("the two-factor code").await {
                Err(CommandError::Failed(_)) => return Err(CommandError::Refused(refusal)),
                next => next?,
            };
        }
    }
}

pub(super) fn signed_in(flow: &Flow) -> PromptStatus {
    if flow.member().is_some() { PromptStatus::Reached } else { PromptStatus::Pending }
}

fn second_factor_proven(flow: &Flow) -> PromptStatus {
    match flow {
        Flow::SecondFactor(_) | Flow::LostAuthenticator(_) | Flow::NewPassword(_) => PromptStatus::Pending,
        flow if flow.member().is_some() => PromptStatus::Reached,
        _ => PromptStatus::Left,
    }
}
