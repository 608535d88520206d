//! Commands, the face for scripts: a line in ([`parse`]), an answer out ([`output`]). No await, no wire.
//!
//! It is an interface: names, ids, JSON keys and exit codes change only with a line in the changelog.
//! Every command's JSON is documented by the example in its `help` ([`examples`]).

pub mod activity;
pub mod examples;
pub mod failure;
mod global_args;
pub mod keys;
pub mod output;
pub mod parse;
pub mod profile;
pub mod sessions;
pub mod support;
pub mod teams;
pub mod two_factor;

pub use crate::domain::exit_code as exit;
pub use examples::CommandDoc;
pub use failure::CommandFailure;
pub use output::{CommandOutput, OutputFormat, Printed, Render};
pub use parse::{Command, Invocation, command_tree, documentation};
pub use teams::{JoinArgs, TeamsCommand};
