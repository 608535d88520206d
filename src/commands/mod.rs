//! Commands, the face for scripts: a line in ([`tree`]), an answer out ([`answer`]). No await, no wire.
//!
//! It is an interface: names, ids, JSON keys and exit codes change only with a line in the changelog.
//! Every command's JSON is documented by the example in its `help` ([`shapes`]).

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

/// Exit codes, those of sysexits(3) and one more. 255 is ssh's own and never comes from here.
pub mod exit {
    /// Done.
    pub const DONE: u32 = 0;
    /// Answered no: there is no such thing, or the person left.
    pub const NO: u32 = 1;
    /// `EX_USAGE`: not a command, or not said in a way that can be understood.
    pub const USAGE: u32 = 64;
    /// `EX_DATAERR`: understood, and refused by a rule.
    pub const POLICY: u32 = 65;
    /// `EX_UNAVAILABLE`: the database or another backend is down.
    pub const UNAVAILABLE: u32 = 69;
    /// `EX_SOFTWARE`: a mistake of this program.
    pub const INTERNAL: u32 = 70;
    /// `EX_TEMPFAIL`: the same may work later.
    pub const LATER: u32 = 75;
    /// `EX_NOPERM`: not proven, or not allowed.
    pub const DENIED: u32 = 77;
}

pub use examples::CommandDoc;
pub use failure::CommandFailure;
pub use output::{CommandOutput, OutputFormat, Printed, Render};
pub use parse::{Command, Invocation, command_tree, documentation};
pub use teams::{JoinArgs, TeamsCommand};
