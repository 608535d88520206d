//! The process that runs the commands of hooks. It is told the name of a hook and what to tell it, a JSON object a line on
//! standard input, and answers on standard output. It ends when nobody asks any more.
//!
//! A command gets the JSON on standard input, no argument, a bare environment, and its own process group, which is killed
//! when its time is over. 0 means taken; anything else is tried again, as sysexits(3) has 75 (`EX_TEMPFAIL`) for.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::config::hooks::HookCommand;

/// The longest line that is read; what is told of an event is far shorter, and fits into a pipe at once.
const MAX_LINE_BYTES: u64 = 32 * 1024;
/// Commands at a time. The server asks for fewer.
const MAX_AT_ONCE: usize = 64;
/// Where commands find others.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the runner is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Which answer is to this.
    pub(super) number: u64,
    pub(super) hook: String,
    pub(super) event: String,
    pub(super) body: String,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) number: u64,
    /// Why the command has not taken it; `None` if it has.
    pub(super) failure: Option<String>,
}

/// Runs these commands of hooks as `orders` ask for, until there are no more.
///
/// # Errors
/// The other end is not the server's.
pub fn run(
    commands: BTreeMap<String, HookCommand>,
    orders: impl BufRead,
    answers: impl Write + Send + 'static,
) -> io::Result<()> {
    let commands = Arc::new(commands);
    let (answers, at_work) = (Arc::new(Mutex::new(answers)), Arc::new(AtomicUsize::new(0)));
    let (mut orders, mut running) = (orders, Vec::new());
    loop {
        let mut line = Vec::new();
        io::Read::take(&mut orders, MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        let order: Order = serde_json::from_slice(&line)?;
        if at_work.fetch_add(1, Ordering::SeqCst) >= MAX_AT_ONCE {
            at_work.fetch_sub(1, Ordering::SeqCst);
            answer(&answers, order.number, Some("too many commands at once".to_owned()))?;
            continue;
        }
        let (commands, answers, at_work) = (commands.clone(), answers.clone(), at_work.clone());
        running.retain(|thread: &JoinHandle<()>| !thread.is_finished());
        running.push(std::thread::spawn(move || {
            let failure = match carry_out(&commands, &order) {
                Outcome::Taken(_) => None,
                Outcome::Failed { reason, .. } | Outcome::Refused(reason) => Some(reason),
            };
            at_work.fetch_sub(1, Ordering::SeqCst);
            // The server is gone: it asks again when it is back.
            let _ = answer(&answers, order.number, failure);
        }));
    }
    // Each has a deadline, which is kept although nobody waits for it any more.
    for thread in running {
        let _ = thread.join();
    }
    Ok(())
}

fn answer(answers: &Mutex<impl Write>, number: u64, failure: Option<String>) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Answer { number, failure })?;
    line.push(b'\n');
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    answers.write_all(&line)?;
    answers.flush()
}

fn carry_out(commands: &BTreeMap<String, HookCommand>, order: &Order) -> Outcome {
    match commands.get(&order.hook) {
        Some(command) => execute(command, &order.hook, &order.event, &order.body),
        None => Outcome::failed("the command was added after the portal was started; restart it"),
    }
}

/// Runs a command to its end, or to the end of its time.
#[must_use]
pub fn execute(command: &HookCommand, hook: &str, event: &str, body: &str) -> Outcome {
    match executed(command, hook, event, body) {
        Ok(Some(status)) if status.success() => Outcome::Taken("exit code 0".to_owned()),
        Ok(Some(status)) => Outcome::failed(match (status.code(), status.signal()) {
            (Some(75), _) => "exit code 75 (try later)".to_owned(),
            (Some(code), _) => format!("exit code {code}"),
            (None, signal) => format!("ended by signal {}", signal.unwrap_or_default()),
        }),
        Ok(None) => Outcome::failed(format!("killed: not done within {} s", command.timeout.as_secs())),
        Err(error) => Outcome::failed(format!("{}: {error}", command.path.display())),
    }
}

/// `None` when it was killed.
fn executed(command: &HookCommand, hook: &str, event: &str, body: &str) -> io::Result<Option<ExitStatus>> {
    let mut child = Command::new(&command.path)
        .env_clear()
        .env("PATH", PATH)
        .env("DOORKEY_HOOK", hook)
        .env("DOORKEY_EVENT_ID", event)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        // In the log of the service, as what it writes itself.
        .stderr(Stdio::inherit())
        .process_group(0)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input closes it; that is its right.
        let _ = stdin.write_all(body.as_bytes());
    }
    let pid = Pid::from_child(&child);
    let (tell, hear) = mpsc::channel();
    std::thread::spawn(move || {
        // Without collecting it, so that its id is nobody else's when it is killed.
        let ended = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        let _ = tell.send(ended.is_ok());
    });
    let is_late = hear.recv_timeout(command.timeout) == Err(RecvTimeoutError::Timeout);
    if is_late {
        // What it has started goes with it.
        let _ = kill_process_group(pid, Signal::KILL);
    }
    let status = child.wait()?;
    Ok((!is_late).then_some(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::{Duration, Instant};

    /// A script in a folder of its own, with a second for its work.
    fn script(text: &str) -> (tempfile::TempDir, HookCommand) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        std::fs::write(&path, text.replace('@', &format!("{}/", folder.path().display()))).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (folder, HookCommand { path, timeout: Duration::from_mins(1) })
    }

    fn reason(command: &HookCommand) -> String {
        match execute(command, "sync", "an-id", "{}") {
            Outcome::Failed { reason, retry_after_s: None } => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_command_gets_the_event_on_standard_input_and_little_else() {
        let (folder, command) = script("#!/bin/sh\ncat >@told\nenv | cut -d= -f1 | sort >@env\n");
        assert!(matches!(execute(&command, "sync", "an-id", "{\"type\":\"test\"}"), Outcome::Taken(_)));
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("told"), "{\"type\":\"test\"}");
        assert_eq!(read("env"), "DOORKEY_EVENT_ID\nDOORKEY_HOOK\nPATH\nPWD\n");
    }

    #[test]
    fn a_command_that_fails_in_any_way_is_tried_again() {
        for (text, expected) in [
            ("#!/bin/sh\nexit 75\n", "exit code 75 (try later)"),
            ("#!/bin/sh\nexit 3\n", "exit code 3"),
            ("#!/bin/sh\nkill -9 $$\n", "ended by signal 9"),
        ] {
            assert_eq!(reason(&script(text).1), expected);
        }
        let nowhere = HookCommand { path: "/nowhere".into(), timeout: Duration::from_secs(1) };
        assert!(reason(&nowhere).starts_with("/nowhere: "));
    }

    #[test]
    fn a_command_that_takes_too_long_is_killed_with_what_it_started() {
        let (folder, command) = script("#!/bin/sh\nsleep 600 &\necho $! >@child\nwait\n");
        let command = HookCommand { timeout: Duration::from_secs(1), ..command };
        let began = Instant::now();
        assert_eq!(reason(&command), "killed: not done within 1 s");
        assert!(began.elapsed() < Duration::from_mins(5));
        let child = std::fs::read_to_string(folder.path().join("child")).unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    }
}
