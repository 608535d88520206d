//! What a command works with: the service, standard input, and the person at the terminal.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

use super::failure::{CommandError, CommandFailure, Result};
use super::invocation::Options;
use super::output::{OutputFormat, printable};
use crate::accounts::request::profile::ProfileRefusal;
use crate::accounts::request::{Refusal, Reply, Request, SignedIn};
use crate::domain::exit_code;
use crate::domain::login_attempt::LoginAttempt;
use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::domain::ssh_key::ProvenKey;
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::flow::Flow;
use crate::flow::page::Notice;
use crate::flow::reauthenticate::Reauthenticate;

/// How far prompts on a terminal have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptStatus {
    /// The flow goes on.
    Pending,
    /// The flow has come to its end.
    Reached,
    /// The person went another way.
    Left,
}

/// What the session does for a command.
pub trait Host: Send {
    /// The service's clock.
    fn now(&self) -> Timestamp;
    /// Asks the service. The request runs to its end even if the command does not.
    fn request(&mut self, request: Request) -> BoxFuture<'_, Result<Reply>>;
    /// The username that the key of the connection is registered for.
    fn key_owner(&mut self) -> BoxFuture<'_, Option<String>>;
    /// The next line of standard input; `None` at its end.
    fn line(&mut self) -> BoxFuture<'_, Result<Option<Zeroizing<String>>>>;
    /// The rest of standard input.
    fn rest(&mut self) -> BoxFuture<'_, Result<Zeroizing<String>>>;
    /// Writes to standard output before the command ends.
    fn write(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<()>>;
    /// Leads the person at the terminal through `flow` until `status` says so; gives the flow that it ended in.
    /// What was typed ahead of that stays on standard input.
    fn prompt(&mut self, flow: Flow, status: fn(&Flow) -> PromptStatus) -> BoxFuture<'_, Result<Flow>>;
}

/// What is known of the client that runs a command.
#[derive(Clone, Debug)]
pub struct CommandConnection {
    /// The account that the name before the `@` names, when it names one.
    pub name: Option<String>,
    /// The registered key that the client proved to hold.
    pub key: Option<ProvenKey>,
    /// What the client was let in with although that proves nothing.
    pub attempt: LoginAttempt,
    /// Whether somebody is at a terminal and can be asked.
    pub has_pty: bool,
}

/// What one run of a command works with.
pub(super) struct CommandContext {
    pub(super) portal: Arc<PortalInfo>,
    pub(super) connection: CommandConnection,
    pub(super) options: Options,
    pub(super) host: Box<dyn Host>,
    /// The proof of a reauthentication: later requests go with it too.
    reauthenticated: Option<SignedIn>,
    /// What the member reads times in; UTC before somebody has signed in.
    pub(super) zone: TimeZone,
    /// What is to be said beside the answer.
    pub(super) note: Option<Notice<'static>>,
}

/// Asks the service, and takes the reply that belongs to the request; any other reply is a bug. For the area of a
/// member `Keys(member, KeysRequest::List), KeysReply::List(keys, _) => keys` leaves out `Request::` and `Reply::`.
macro_rules! ask {
    ($cx:expr, $area:ident($member:expr, $request:expr), $reply:pat => $value:expr) => {
        ask!($cx, Request::$area($member, $request), Reply::$area($reply) => $value)
    };
    ($cx:expr, $request:expr, $reply:pat => $value:expr) => {
        match $cx.ask($request).await? {
            $reply => $value,
            other => return Err(unexpected(&other)),
        }
    };
}
pub(super) use ask;

pub(super) fn unexpected(reply: &Reply) -> CommandError {
    // Without the fields: they may hold what people typed.
    tracing::error!(reply = ?std::mem::discriminant(reply), "the reply does not belong to the request");
    CommandError::internal()
}

/// A text of several lines is read no further than this, in bytes.
const MAX_TEXT: usize = 20_000;

impl CommandContext {
    pub(super) fn new(
        portal: Arc<PortalInfo>,
        connection: CommandConnection,
        options: Options,
        host: Box<dyn Host>,
    ) -> Self {
        Self {
            portal,
            connection,
            options,
            host,
            reauthenticated: None,
            zone: TimeZone::default(),
            note: None,
        }
    }

    pub(super) fn format(&self) -> OutputFormat {
        self.options.format()
    }

    /// A moment in a column, in the member's zone. JSON has the same in UTC.
    pub(super) fn time(&self, at: Timestamp) -> String {
        self.zone.rfc_3339(at)
    }

    /// The same for what may not have happened yet.
    pub(super) fn time_or_never(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "never".to_owned(), |at| self.time(at))
    }

    /// Asks the service, and stops at a refusal. Where the request needs a newer proof, whoever is at a terminal
    /// is asked for it first.
    pub(super) async fn ask(&mut self, mut request: Request) -> Result<Reply> {
        if let Some(member) = &self.reauthenticated {
            request.set_member(member);
        }
        match self.ask_once(request).await? {
            Reply::ReauthenticateFirst(request) => {
                let request = self.reauthenticate(*request).await?;
                self.ask_once(request).await
            }
            reply => Ok(reply),
        }
    }

    async fn ask_once(&mut self, request: Request) -> Result<Reply> {
        match self.host.request(request).await? {
            // One that names a moment is told in the member's zone.
            Reply::Refused(
                refusal @ (Refusal::TryLater(_) | Refusal::Profile(ProfileRefusal::FormerPrimary(_))),
            ) if self.zone != TimeZone::default() => {
                let failure = CommandFailure::refused(&refusal, &self.portal, self.host.now(), &self.zone);
                Err(CommandError::Failed(failure))
            }
            Reply::Refused(refusal) | Reply::PasswordNotSet(_, refusal) => {
                Err(CommandError::Refused(refusal))
            }
            reply => Ok(reply),
        }
    }

    /// Gives the request with the newer proof in it.
    async fn reauthenticate(&mut self, mut request: Request) -> Result<Request> {
        if !self.connection.has_pty {
            let message = "That needs your password again. Nothing was changed. \
                           Send it with --password-stdin, or use a terminal: ssh -t";
            return Err(CommandError::failed("confirm-needed", message, exit_code::DENIED));
        }
        let Some(flow) = Reauthenticate::alone(self.portal.clone(), &request) else { return Ok(request) };
        let flow = self.host.prompt(Flow::Reauthenticate(flow), reauthenticated).await?;
        if let Some(member) = flow.member() {
            request.set_member(member);
            self.reauthenticated = Some(member.clone());
        }
        Ok(request)
    }

    /// A secret in the next line of standard input; `what` it is names it when there is none.
    pub(super) async fn secret(&mut self, what: &str) -> Result<Secret> {
        match self.host.line().await? {
            Some(line) if !line.is_empty() => Ok(Secret::new(line.as_str())),
            _ => {
                let message = format!("Standard input ended before {what}. Nothing was changed.");
                Err(CommandError::failed("input-ended", &message, exit_code::USAGE))
            }
        }
    }

    /// A code in the next line of standard input; on a terminal `prompt` asks for it.
    pub(super) async fn code(&mut self, prompt: &str) -> Result<Secret> {
        self.write_prompt(prompt).await?;
        let code = self.secret("the code").await;
        self.write_prompt("\r\n").await?;
        code
    }

    /// One line at a terminal, which `prompt` asks for, and more while `is_unfinished`; without one all of standard input.
    pub(super) async fn text(&mut self, prompt: &str, is_unfinished: fn(&str) -> bool) -> Result<String> {
        if !self.connection.has_pty {
            return Ok(self.host.rest().await?.to_string());
        }
        self.write_prompt(prompt).await?;
        let mut text = String::new();
        while let Some(line) = self.host.line().await? {
            text.push_str(&line);
            if text.len() > MAX_TEXT || !is_unfinished(&text) {
                break;
            }
            text.push('\n');
        }
        self.write_prompt("\r\n").await?;
        Ok(text)
    }

    async fn write_prompt(&mut self, prompt: &str) -> Result<()> {
        if self.connection.has_pty { self.host.write(prompt.as_bytes().to_vec()).await } else { Ok(()) }
    }

    /// Prints whole lines before the command ends.
    pub(super) async fn write(&mut self, lines: &str) -> Result<()> {
        self.host.write(printable(lines, self.connection.has_pty)).await
    }
}

impl fmt::Debug for CommandContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("connection", &self.connection).finish_non_exhaustive()
    }
}

fn reauthenticated(flow: &Flow) -> PromptStatus {
    match flow {
        Flow::Reauthenticate(flow) if flow.is_done() => PromptStatus::Reached,
        Flow::Reauthenticate(_) => PromptStatus::Pending,
        _ => PromptStatus::Left,
    }
}
