//! `ssh keys@HOST NAME`: somebody's public keys, as servers read them. It is no command of the tree.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::command::Run;
use super::context::{CommandContext, ask, unexpected};
use super::failure::Result;
use super::output::Printed;
use crate::accounts::request::{Reply, Request};

#[derive(Debug)]
pub(super) struct PublicKeys {
    pub(super) name: String,
}

impl Run for PublicKeys {
    /// Prints lines and nothing else; none for a name that nobody has.
    fn run(self: Box<Self>, cx: &mut CommandContext) -> BoxFuture<'_, Result<Printed>> {
        async move {
            let request = Request::PublicKeys { name: self.name };
            let lines = ask!(cx, request, Reply::PublicKeys(lines) => lines);
            Ok(Printed::done(lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()))
        }
        .boxed()
    }
}
