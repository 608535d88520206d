//! The options that every command takes.

use clap::Args;

/// How a command is carried out.
#[derive(Debug, Args)]
pub(super) struct GlobalArgs {
    #[command(flatten)]
    pub(super) print: FormatArgs,
    /// Sign in with the password in the first line of standard input
    #[arg(long, global = true)]
    pub(super) password_stdin: bool,
    /// Read the code of your two-factor authentication from a line of standard input, for who signs in with a key; with
    /// --password-stdin it is the line behind the password
    #[arg(long = "2fa-stdin", global = true)]
    pub(super) second_factor_stdin: bool,
    /// Whose account, instead of the name before the @
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) name: Option<String>,
}

/// What an answer looks like.
#[derive(Debug, Args)]
pub(super) struct FormatArgs {
    /// Print one JSON object
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Print a list as JSON, one object a line
    #[arg(long, global = true)]
    pub(super) jsonl: bool,
}
