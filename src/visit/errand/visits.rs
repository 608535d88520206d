//! `visits …`: where the member is signed in. The command itself is not in the list: it is over with its
//! answer.

use super::{Errand, Stop, unexpected};
use crate::accounts::request::visits::{Answer, Ask};
use crate::accounts::request::{Reply, Request};
use crate::face::exec::Told;
use crate::face::exec::visits::{VisitsCommand, VisitsTold};
use crate::visit::Wire;

impl<W: Wire> Errand<W> {
    pub(super) async fn visits(&mut self, command: VisitsCommand) -> Result<Told, Stop> {
        let member = self.member().await?.member;
        let ask = match command {
            VisitsCommand::List => Ask::List,
            VisitsCommand::End { visit: Some(visit), .. } => Ask::End { visit },
            VisitsCommand::End { visit: None, .. } => Ask::EndOthers,
        };
        let told = match self.ask_sensitive(Request::Visits(member, ask)).await? {
            Reply::Visits(Answer::List(visits)) => VisitsTold::List(visits),
            Reply::Visits(Answer::Ended(visit)) => VisitsTold::Ended(vec![visit.id]),
            Reply::Visits(Answer::OthersEnded(visits)) => VisitsTold::Ended(visits),
            other => return Err(unexpected(&other)),
        };
        Ok(Told::Of(Box::new(told)))
    }
}
