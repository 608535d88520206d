//! `support …`.

use super::{Errand, Stop, unexpected};
use crate::accounts::request::support::{Answer, Ask};
use crate::accounts::request::{Reply, Request, SignedIn};
use crate::face::exec::Told;
use crate::face::exec::support::{SupportCommand, SupportTold};
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    pub(super) async fn support(&mut self, command: SupportCommand) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        let told = match command {
            SupportCommand::List => match self.ask_support(&member, Ask::List).await? {
                Answer::Cases(cases) => SupportTold::Cases(cases),
                other => return Err(unexpected(&Reply::Support(other))),
            },
            SupportCommand::New { subject } => {
                let text = self.message().await?;
                let facts = match self.ask_support(&member, Ask::Facts).await? {
                    Answer::Facts(facts) => facts,
                    other => return Err(unexpected(&Reply::Support(other))),
                };
                match self.ask_support(&member, Ask::Open { subject, text, facts }).await? {
                    Answer::Opened(case) => SupportTold::Opened(case),
                    other => return Err(unexpected(&Reply::Support(other))),
                }
            }
            SupportCommand::Show { number } => {
                self.about_case(&member, Ask::Show(number), SupportTold::Case).await?
            }
            SupportCommand::Reply { number } => {
                let ask = Ask::Write { number, text: self.message().await? };
                self.about_case(&member, ask, SupportTold::Sent).await?
            }
            SupportCommand::Close { number } => {
                self.about_case(&member, Ask::Close(number), SupportTold::Closed).await?
            }
        };
        Ok(Told::Of(Box::new(told)))
    }

    async fn about_case(
        &self,
        member: &SignedIn,
        ask: Ask,
        told: fn(crate::accounts::request::support::CaseView) -> SupportTold,
    ) -> Result<SupportTold, Stop> {
        match self.ask_support(member, ask).await? {
            Answer::Case(case) => Ok(told(case)),
            other => Err(unexpected(&Reply::Support(other))),
        }
    }

    async fn ask_support(&self, member: &SignedIn, ask: Ask) -> Result<Answer, Stop> {
        match self.ask(Request::Support(member.clone(), ask)).await? {
            Reply::Support(answer) => Ok(answer),
            other => Err(unexpected(&other)),
        }
    }

    /// One line at a terminal; without one all of standard input.
    async fn message(&mut self) -> Result<String, Stop> {
        if !self.caller.has_pty {
            return Ok(self.stdin.rest().await?.to_string());
        }
        self.wire.send(b"Message (one line): ".to_vec()).await.map_err(|_| Stop::Gone)?;
        let line = self.stdin.line().await?.unwrap_or_default();
        self.wire.send(b"\r\n".to_vec()).await.map_err(|_| Stop::Gone)?;
        Ok(line.to_string())
    }
}
