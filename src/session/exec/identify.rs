//! Who asks for a command: a proven key, a password on standard input, or somebody at a terminal.

use super::{CommandError, CommandRun};
use crate::accounts::request::{Request, SignedIn};
use crate::commands::exit;
use crate::domain::secret::Secret;
use crate::flow::Flow;
use crate::flow::reauthenticate::Reauthenticate;
use crate::flow::sign_in::SignIn;
use crate::session::ClientSink;

use super::line_dialog::PromptStatus;

/// A member, and what showed it.
pub(super) struct Identified {
    pub(super) member: SignedIn,
    pub(super) with: &'static str,
}

impl<W: ClientSink> CommandRun<W> {
    /// The account that the command is about: `--name`, else the person before the `@`.
    pub(super) fn named(&self) -> Option<String> {
        let before_the_at = || self.app.names.person(&self.client.user).map(str::to_owned);
        self.order.name.clone().or_else(before_the_at)
    }

    pub(super) fn named_or_usage(&self) -> Result<String, CommandError> {
        let words = "Whose account? Say --name NAME, or connect as NAME@HOST.";
        self.named().ok_or_else(|| CommandError::failed("usage", words, exit::USAGE))
    }

    /// Who asks, or why that cannot be found out.
    pub(super) async fn member(&mut self) -> Result<Identified, CommandError> {
        if self.order.password_stdin {
            let name = self.named_or_usage()?;
            let password = self.line("the password").await?;
            return Ok(Identified { member: self.sign_in(name, password).await?, with: "password" });
        }
        if let Some(member) = self.member_by_key(false).await? {
            return Ok(Identified { member, with: "key" });
        }
        if !self.client.has_pty {
            let words = "That needs to know who you are. Connect with a registered SSH key (see help keys), \
                         on a terminal (ssh -t), or with --password-stdin.";
            return Err(CommandError::failed("sign-in-needed", words, exit::DENIED));
        }
        let name = self.named().unwrap_or_default();
        let flow = Flow::SignIn(SignIn::new(self.app.portal.clone(), &name));
        let flow = self.talk(flow, signed_in).await?;
        let member = flow.member().cloned();
        // What the portal's prompts proved, they proved by a password or by a code that set one.
        member.map(|member| Identified { member, with: "password" }).ok_or(CommandError::Disconnected)
    }

    /// Who asks, when the connection has proven a registered key. A key that is registered no more, or for
    /// somebody else than was named, is a no and not a question: scripts must not act as another.
    /// `by_line`: the second factor's code, where there is one, is the next line of standard input.
    pub(super) async fn member_by_key(&mut self, by_line: bool) -> Result<Option<SignedIn>, CommandError> {
        let Some(key) = self.client.proven else { return Ok(None) };
        let reply = self.ask(Request::SignInWithKey { key, name: self.named() }).await?;
        self.whole(reply, by_line).await.map(Some)
    }

    /// The second factor's code, where there is one, is the next line of standard input.
    pub(super) async fn sign_in(&mut self, name: String, password: Secret) -> Result<SignedIn, CommandError> {
        let reply = self.ask(Request::SignIn { name, password }).await?;
        self.whole(reply, true).await
    }

    /// Has the person confirm on the terminal that it is them; gives the request with the newer proof in it.
    pub(super) async fn confirm(&mut self, mut request: Request) -> Result<Request, CommandError> {
        let Some(flow) = Reauthenticate::alone(self.app.portal.clone(), &request) else { return Ok(request) };
        let flow = self.talk(Flow::Reauthenticate(flow), confirmed).await?;
        if let Some(member) = flow.member() {
            request.set_member(member);
        }
        Ok(request)
    }

    /// A secret in the next line of standard input.
    pub(super) async fn line(&mut self, what: &str) -> Result<Secret, CommandError> {
        match self.stdin.line().await? {
            Some(line) if !line.is_empty() => Ok(Secret::new(line.as_str())),
            _ => {
                let words = format!("Standard input ended before {what}. Nothing was changed.");
                Err(CommandError::failed("input-ended", &words, exit::USAGE))
            }
        }
    }
}

fn confirmed(flow: &Flow) -> PromptStatus {
    match flow {
        Flow::Reauthenticate(flow) if flow.is_done() => PromptStatus::Reached,
        Flow::Reauthenticate(_) => PromptStatus::Pending,
        _ => PromptStatus::Left,
    }
}

pub(super) fn signed_in(flow: &Flow) -> PromptStatus {
    if flow.member().is_some() { PromptStatus::Reached } else { PromptStatus::Pending }
}
