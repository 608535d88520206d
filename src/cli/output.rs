//! How the operator's commands report: success on standard output, an expected refusal on standard error with an exit
//! code of sysexits(3). Everything unexpected is returned as an error.

use std::io::{ErrorKind, Stdout, Write};

use serde::Serialize;
use serde_json::json;

use crate::accounts::admin::AdminError;
use crate::domain::exit_code;
use crate::store::copy::CopyFault;

/// Standard output. That its reader has left, as `head` does, is told apart from every other pipe that breaks.
pub(super) struct StandardOutput(Stdout);

/// Nobody reads standard output any more.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
struct ReaderLeft;

impl StandardOutput {
    pub(super) fn new() -> Self {
        Self(std::io::stdout())
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes).map_err(told_apart)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush().map_err(told_apart)
    }
}

fn told_apart(error: std::io::Error) -> std::io::Error {
    match error.kind() {
        ErrorKind::BrokenPipe => std::io::Error::new(ErrorKind::BrokenPipe, ReaderLeft),
        _ => error,
    }
}

/// Whether a command has ended because nobody read what it printed.
pub(super) fn has_reader_left(fault: &anyhow::Error) -> bool {
    fault
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>()?.get_ref())
        .any(<dyn std::error::Error + Send + Sync>::is::<ReaderLeft>)
}

/// An error and its causes, but for those that the sentence before them has told already.
pub(super) fn told(fault: &anyhow::Error) -> String {
    let mut said = fault.to_string();
    for cause in fault.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Prints success with `say`, or the reason of a refusal. Returns the exit code.
pub(super) fn answer<T>(
    out: &mut dyn Write,
    done: Result<T, AdminError>,
    say: impl FnOnce(&mut dyn Write, T) -> std::io::Result<()>,
) -> anyhow::Result<u32> {
    match done {
        Ok(done) => {
            say(out, done)?;
            Ok(exit_code::DONE)
        }
        Err(denied) => refuse(false, denied),
    }
}

/// Prints what was done as JSON or with `say`, or the reason of a refusal in the same form. Returns the exit code.
pub(super) fn report<T: Serialize>(
    out: &mut dyn Write,
    as_json: bool,
    done: Result<T, AdminError>,
    say: impl FnOnce(&mut dyn Write, &T) -> std::io::Result<()>,
) -> anyhow::Result<u32> {
    match done {
        Ok(done) => {
            if as_json {
                json(out, &done)?;
            } else {
                say(out, &done)?;
            }
            Ok(exit_code::DONE)
        }
        Err(denied) => refuse(as_json, denied),
    }
}

/// Says why a command was not carried out: a sentence, or an object as the commands over SSH print it.
fn refuse(as_json: bool, denied: AdminError) -> anyhow::Result<u32> {
    let code = match denied {
        AdminError::Fault(_) | AdminError::Hash(_) => return Err(denied.into()),
        AdminError::Name(..)
        | AdminError::Address(..)
        | AdminError::Password(_)
        | AdminError::PasswordHash(_)
        | AdminError::Role(..)
        | AdminError::Text(_)
        | AdminError::Case(_)
        | AdminError::Posix(_)
        | AdminError::TeamName => exit_code::POLICY,
        AdminError::AuditKey(_) => exit_code::CONFIG,
        _ => exit_code::NO,
    };
    if as_json {
        let error = json!({ "error": { "id": denied.id(), "message": denied.to_string() } });
        // If standard error is closed, nothing can be done.
        let _ = writeln!(std::io::stderr(), "{error}");
    } else {
        complain(&denied.to_string());
    }
    Ok(code)
}

/// Says why a database was not copied. Returns the exit code.
pub(super) fn copy_refused(fault: CopyFault) -> anyhow::Result<u32> {
    let code = match fault {
        CopyFault::Store(fault) => return Err(fault.into()),
        CopyFault::File { .. } => exit_code::UNAVAILABLE,
        CopyFault::Missing(_) => exit_code::NO_INPUT,
        CopyFault::Damaged { .. } | CopyFault::Schema(_) | CopyFault::Different(_) => exit_code::POLICY,
        CopyFault::InUse(_) | CopyFault::Underway(_) => exit_code::LATER,
        CopyFault::Same(_) | CopyFault::Postgres { .. } => exit_code::USAGE,
        CopyFault::Exists(_) | CopyFault::HasAccounts { .. } | CopyFault::Empty(_) => exit_code::NO,
    };
    complain(&fault.to_string());
    Ok(code)
}

/// Prints to standard error. If that is closed, nothing can be done.
pub(super) fn complain(reason: &str) {
    let _ = writeln!(std::io::stderr(), "doorkey: {reason}");
}

/// Pretty-printed JSON and a line end.
pub(super) fn json(out: &mut dyn Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// A table, each column as wide as its widest cell.
pub(super) fn columns(out: &mut dyn Write, rows: &[Vec<String>]) -> std::io::Result<()> {
    use unicode_width::UnicodeWidthStr;
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|word| word.width()).max();
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let mut line = String::new();
        for (word, width) in row.iter().zip(&widths) {
            line.push_str(word);
            line.push_str(&" ".repeat(width - word.width() + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_word() {
        let mut out = Vec::new();
        let row = |words: [&str; 2]| words.map(str::to_owned).to_vec();
        columns(&mut out, &[row(["name", "teams"]), row(["李", "ops"]), row(["grace", ""])]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "name   teams\n李     ops\ngrace\n");
    }

    #[test]
    fn a_pipe_that_breaks_elsewhere_is_no_reader_that_has_left() {
        let elsewhere = std::io::Error::from(ErrorKind::BrokenPipe);
        assert!(!has_reader_left(&elsewhere.into()));
        let fault = anyhow::Error::from(told_apart(ErrorKind::BrokenPipe.into())).context("printing");
        assert!(has_reader_left(&fault));
        assert!(!has_reader_left(&told_apart(ErrorKind::StorageFull.into()).into()));
    }

    #[test]
    fn an_expected_no_has_an_exit_code_of_its_own() {
        let mut out = Vec::new();
        let mut code = |denied| answer(&mut out, Err::<(), _>(denied), |_, ()| Ok(())).unwrap();
        assert_eq!(code(AdminError::NoUser("ada".to_owned())), exit_code::NO);
        assert_eq!(code(AdminError::TeamName), exit_code::POLICY);
        assert!(out.is_empty());
    }
}
