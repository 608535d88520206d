//! `activity` and `export`.

use super::{CommandError, CommandRun, unexpected};
use crate::accounts::request::activity::{ActivityCursor, ActivityQuery, ActivityReply, ActivityRequest};
use crate::accounts::request::{Reply, Request};
use crate::commands::CommandOutput;
use crate::commands::activity::ActivityArgs;
use crate::session::ClientSink;

impl<W: ClientSink> CommandRun<W> {
    pub(super) async fn activity(&mut self, args: ActivityArgs) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        let since = args.since.map(|since| since.moment(self.app.accounts.now()));
        let wanted = ActivityQuery {
            which: args.kind.unwrap_or_default(),
            since,
            from: args.before.map_or(ActivityCursor::Newest, ActivityCursor::BelowId),
            limit: args.limit.into(),
        };
        match self.ask(Request::Activity(member, ActivityRequest::Page(wanted))).await? {
            Reply::Activity(ActivityReply::Page(rows)) => Ok(CommandOutput::Of(Box::new(rows))),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) async fn export(&mut self) -> Result<CommandOutput, CommandError> {
        let member = self.member().await?.member;
        match self.ask_sensitive(Request::Activity(member, ActivityRequest::Export)).await? {
            Reply::Activity(ActivityReply::Records(records)) => Ok(CommandOutput::Of(Box::new(records))),
            other => Err(unexpected(&other)),
        }
    }
}
