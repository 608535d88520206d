//! Undoing a sensitive change with the code from its notification.

use super::request::Refusal;
use super::request::undo::{UndoReply, UndoRequest};
use super::{Accounts, Error, RequestContext};

impl Accounts {
    /// The stories of [`super::request::Request::Undo`].
    pub(super) async fn undo(&self, _cx: &RequestContext, _request: UndoRequest) -> Result<UndoReply, Error> {
        Err(Refusal::UndoCodeRefused.into())
    }
}
