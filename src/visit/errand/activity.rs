//! `activity` and `export`.

use super::{Errand, Stop, unexpected};
use crate::accounts::request::activity::{Answer, Ask, From, Wanted};
use crate::accounts::request::{Reply, Request};
use crate::face::exec::Told;
use crate::face::exec::activity::ActivityArgs;
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    pub(super) async fn activity(&mut self, args: ActivityArgs) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        let since = args.since.map(|since| since.moment(self.house.accounts.now()));
        let wanted = Wanted {
            which: args.kind.unwrap_or_default(),
            since,
            from: args.before.map_or(From::Newest, From::BelowId),
            limit: args.limit.into(),
        };
        match self.ask(Request::Activity(member, Ask::Page(wanted))).await? {
            Reply::Activity(Answer::Page(rows)) => Ok(Told::Of(Box::new(rows))),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) async fn export(&mut self) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        match self.ask_sensitive(Request::Activity(member, Ask::Export)).await? {
            Reply::Activity(Answer::Records(records)) => Ok(Told::Of(Box::new(records))),
            other => Err(unexpected(&other)),
        }
    }
}
