//! Drives the flows for one person: what they do becomes an event, what a flow asks for is carried out beside
//! the driver's owner, and the reply becomes an event again.
//!
//! Everything that shows pages drives them with this: the event loop (`app`), the prompts inside authentication
//! (`prompts`) and a command's dialog on a terminal (`exec::line_dialog`).
//!
//! ```text
//! UserAction -> apply -> Update { fresh, ask } -> the owner shows the page -> UserAction -> ...
//!                                       ask -> start ... reply -> replied -> Update
//! ```

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::request::{Refusal, Reply, Request};
use crate::accounts::{Accounts, RequestContext};
use crate::flow::navigator::{Navigator, Update};
use crate::flow::page::Page;
use crate::flow::{Event, Flow};
use crate::ui::UserAction;

/// One person's flows and the request under way.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) navigator: Navigator,
    pub(super) cx: RequestContext,
    accounts: Arc<Accounts>,
    /// Runs to its end even if nobody waits for the reply any more.
    request: Option<JoinHandle<Reply>>,
}

impl Driver {
    pub(super) fn new(accounts: Arc<Accounts>, cx: RequestContext, flow: Flow) -> Self {
        Self { navigator: Navigator::new(flow), cx, accounts, request: None }
    }

    /// What is shown now.
    pub(super) fn page(&self) -> Page<'_> {
        self.navigator.page().at(self.accounts.now())
    }

    /// What is shown now, and when a wait on it is over if it is not yet.
    pub(super) fn page_and_wait(&self) -> (Page<'_>, Option<Instant>) {
        let (page, now) = (self.navigator.page(), self.accounts.now());
        let left = page.wait_ends(now).and_then(|end| u64::try_from(end.ms_since(now)).ok());
        let ends = left.filter(|ms| *ms > 0).map(|ms| Instant::now() + Duration::from_millis(ms));
        (page.at(now), ends)
    }

    /// The same on a connection that has proven to hold `key`.
    pub(super) fn with_key(self, key: Option<RecognisedKey>) -> Self {
        Self { navigator: self.navigator.with_key(key), ..self }
    }

    /// Applies an action that concerns the flow; `None` for one that is its caller's own.
    pub(super) fn apply(&mut self, action: &UserAction) -> Option<Update> {
        let event = match action {
            UserAction::Typed { field, value } => Event::Typed { field, value },
            UserAction::Pressed(action) => Event::Pressed(action),
            UserAction::Opened(row) => Event::Opened(*row),
            UserAction::None
            | UserAction::Redraw
            | UserAction::FullRepaint
            | UserAction::Copy(_)
            | UserAction::ToggleMouse(_)
            | UserAction::Lock
            | UserAction::Leave => return None,
        };
        Some(self.navigator.update(event))
    }

    /// Starts what a flow asked for.
    pub(super) fn start(&mut self, request: Option<Request>) {
        if let Some(request) = request {
            self.request = Some(self.accounts.start(&self.cx, request));
        }
    }

    /// True while a request is under way.
    pub(super) fn is_waiting(&self) -> bool {
        self.request.is_some()
    }

    /// The reply to the request under way; never resolves without one. Dropping the future loses nothing.
    pub(super) async fn reply(&mut self) -> Reply {
        let reply = or_never(self.request.as_mut()).await;
        self.request = None;
        // A panic may have come after a commit.
        reply.unwrap_or_else(|panic| Reply::Refused(Refusal::OutcomeUnknown(self.accounts.log_fault(&panic))))
    }

    /// Hands a reply to the flow.
    pub(super) fn replied(&mut self, reply: Reply) -> Update {
        self.navigator.update(Event::Replied(reply))
    }
}

/// The output of `future`; never resolves without one.
pub(super) async fn or_never<F: Future>(future: Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}
