//! Undoing a change that somebody else made, with the undo code from the email about it. *This wasn't me*.
//!
//! ```text
//! undo -- right code --> undo/review -- yes --> new-password --> where a reset leads
//!                            `-- yes, and two-factor was on before --> undo/second-factor --^
//! ```
//!
//! Nothing is changed before the last yes, and who cancels is told so. The code stays good until then.

mod enter_code;
mod review;
mod second_factor;
pub mod wording;

pub use enter_code::EnterUndoCode;
pub use review::UndoReview;
pub use second_factor::UndoSecondFactor;

use std::sync::Arc;

use super::Step;
use super::page::Notice;
use super::reset_password::NewPassword;
use super::sign_in::SignIn;
use crate::accounts::request::undo::UndoSummary;
use crate::accounts::request::{Refusal, ResetGrant};
use crate::domain::portal::PortalInfo;
use crate::messages::Label;
use crate::{label, text};

/// The words on the button that does it.
const UNDO: Label = label!("undo-and-choose-a-new-password");

/// To the sign-in page, for somebody who does not want it.
fn cancelled(portal: Arc<PortalInfo>) -> Step {
    let text = text!(portal, "undo-cancelled");
    Step::go(SignIn::new(portal, "").with_notice(Notice::neutral("not-undone", text)))
}

/// Back to the code, which no longer works, as `refusal` says.
fn refused(portal: Arc<PortalInfo>, refusal: &Refusal) -> Step {
    Step::go(EnterUndoCode::after_refusal(portal, refusal))
}

/// On to the new password.
fn reverted(portal: Arc<PortalInfo>, grant: ResetGrant, summary: &UndoSummary) -> Step {
    Step::go(NewPassword::after_undo(portal, summary, grant))
}
