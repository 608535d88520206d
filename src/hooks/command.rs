//! One try by a command, run by the process that runs programs ([`crate::programs`]). It gets the JSON on standard input; 0
//! means taken, and anything else is tried again, as sysexits(3) has 75 (`EX_TEMPFAIL`) for.

use std::path::Path;
use std::time::Duration;

use super::HookMessage;
use super::outcome::Outcome;
use crate::programs::{End, ProgramOutput, Programs};

/// `EX_TEMPFAIL` of sysexits(3).
const TEMPFAIL: i32 = 75;

/// Tells the command of hook `hook`.
pub(super) async fn tell(
    programs: &Programs,
    (hook, command): (&str, &Path),
    message: &HookMessage,
    timeout: Duration,
) -> Outcome {
    let environment = [("DOORKEY_HOOK", hook), ("DOORKEY_EVENT_ID", message.id.as_str())];
    match programs.run(command, &environment, message.body.as_bytes(), timeout).await {
        Ok(ran) => outcome_of(&ran, command, timeout),
        Err(gone) => Outcome::failed(gone.to_string()),
    }
}

fn outcome_of(ran: &ProgramOutput, command: &Path, timeout: Duration) -> Outcome {
    let failed = |told: &str| Outcome::failed(ran.with_reason(told));
    match ran.end {
        End::Exited(0) => Outcome::Taken(ran.with_reason("exit code 0")),
        End::Exited(TEMPFAIL) => failed("exit code 75 (try later)"),
        End::Exited(code) => failed(&format!("exit code {code}")),
        End::Killed => failed("ended by a signal"),
        End::TimedOut => failed(&format!("killed: not done within {} s", timeout.as_secs())),
        End::NotStarted => Outcome::failed(format!(
            "{} does not start; one that was added after the portal was started needs a restart",
            command.display()
        )),
    }
}
