//! `support …`.

use super::{CommandError, CommandRun, unexpected};
use crate::accounts::request::support::{SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request, SignedIn};
use crate::commands::CommandOutput;
use crate::commands::support::{SupportCommand, SupportOutput};
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    pub(super) async fn support(&mut self, command: SupportCommand) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        let told = match command {
            SupportCommand::List => match self.ask_support(&member, SupportRequest::List).await? {
                SupportReply::Cases(cases) => SupportOutput::Cases(cases),
                other => return Err(unexpected(&Reply::Support(other))),
            },
            SupportCommand::New { subject } => {
                let text = self.message().await?;
                let facts = match self.ask_support(&member, SupportRequest::Facts).await? {
                    SupportReply::Facts(facts) => facts,
                    other => return Err(unexpected(&Reply::Support(other))),
                };
                match self.ask_support(&member, SupportRequest::Open { subject, text, facts }).await? {
                    SupportReply::Opened(case) => SupportOutput::Opened(case),
                    other => return Err(unexpected(&Reply::Support(other))),
                }
            }
            SupportCommand::Show { number } => {
                self.about_case(&member, SupportRequest::Show(number), SupportOutput::Case).await?
            }
            SupportCommand::Reply { number } => {
                let ask = SupportRequest::Write { number, text: self.message().await? };
                self.about_case(&member, ask, SupportOutput::Sent).await?
            }
            SupportCommand::Close { number } => {
                self.about_case(&member, SupportRequest::Close(number), SupportOutput::Closed).await?
            }
        };
        Ok(CommandOutput::Of(Box::new(told)))
    }

    async fn about_case(
        &self,
        member: &SignedIn,
        ask: SupportRequest,
        told: fn(crate::domain::support_case::Case) -> SupportOutput,
    ) -> Result<SupportOutput, CommandError> {
        match self.ask_support(member, ask).await? {
            SupportReply::Case(case) => Ok(told(case)),
            other => Err(unexpected(&Reply::Support(other))),
        }
    }

    async fn ask_support(
        &self,
        member: &SignedIn,
        ask: SupportRequest,
    ) -> Result<SupportReply, CommandError> {
        match self.ask(Request::Support(member.clone(), ask)).await? {
            Reply::Support(answer) => Ok(answer),
            other => Err(unexpected(&other)),
        }
    }

    /// One line at a terminal; without one all of standard input.
    async fn message(&mut self) -> Result<String, CommandError> {
        if !self.client.has_pty {
            return Ok(self.stdin.rest().await?.to_string());
        }
        self.sink.send(b"Message (one line): ".to_vec()).await.map_err(|_| CommandError::Disconnected)?;
        let line = self.stdin.line().await?.unwrap_or_default();
        self.sink.send(b"\r\n".to_vec()).await.map_err(|_| CommandError::Disconnected)?;
        Ok(line.to_string())
    }
}
