//! `sessions …`: where the member is signed in. The command itself is not in the list: it is over with its
//! answer.

use super::{CommandError, CommandRun, unexpected};
use crate::accounts::request::sessions::{SessionsReply, SessionsRequest};
use crate::accounts::request::{Reply, Request};
use crate::commands::CommandOutput;
use crate::commands::sessions::{SessionsCommand, SessionsOutput};
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    pub(super) async fn sessions(&mut self, command: SessionsCommand) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        let ask = match command {
            SessionsCommand::List => SessionsRequest::List,
            SessionsCommand::Revoke { session: Some(session), .. } => SessionsRequest::End { session },
            SessionsCommand::Revoke { session: None, .. } => SessionsRequest::EndOthers,
        };
        let told = match self.ask_sensitive(Request::Sessions(member, ask)).await? {
            Reply::Sessions(SessionsReply::List(sessions)) => SessionsOutput::List(sessions),
            Reply::Sessions(SessionsReply::Ended(ended)) => SessionsOutput::Ended(vec![ended.session.id]),
            Reply::Sessions(SessionsReply::OthersEnded(sessions)) => SessionsOutput::Ended(sessions),
            other => return Err(unexpected(&other)),
        };
        Ok(CommandOutput::Of(Box::new(told)))
    }
}
