//! The process that runs programs. Its threads wait for programs; it knows nothing of the portal.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

use super::{End, MAX_LINE, MAX_OUTPUT, ProgramOutput, RunOrder, RunReport};

/// Programs that run at the same time; more wait.
const MOST_AT_ONCE: usize = 16;
/// How long its output may stay open once it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Bytes of what a program writes on standard error that are kept: the last ones, which have why it failed.
const KEPT_OF_STDERR: usize = 480;
/// The most bytes of what a program is given.
const MAX_INPUT: usize = 256 * 1024;

/// Runs what it is asked to at its standard input, a socket, until that is closed. Only `programs` are run.
///
/// # Errors
/// Standard input is no socket, or the conversation breaks off.
pub fn run(programs: &[PathBuf]) -> std::io::Result<()> {
    // The portal still has requests to answer when everything is told to stop, and this process ends with it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _deaf = runtime.block_on(async {
        Ok::<_, std::io::Error>((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    })?;
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let answers = Arc::new(Mutex::new(socket.try_clone()?));
    let places = Arc::new(ProgramCount::default());
    let (mut orders, mut running) = (BufReader::new(socket), Vec::new());
    loop {
        let mut line = String::new();
        if (&mut orders).take(MAX_LINE).read_line(&mut line)? == 0 {
            break;
        }
        let order: RunOrder = serde_json::from_str(&line)?;
        if order.input > MAX_INPUT {
            return Err(std::io::Error::other("an order is too long"));
        }
        let mut input = Zeroizing::new(vec![0; order.input]);
        orders.read_exact(&mut input)?;
        let is_known = programs.contains(&order.program);
        let (answers, places, asked_at) = (Arc::clone(&answers), Arc::clone(&places), Instant::now());
        running.retain(|thread: &JoinHandle<()>| !thread.is_finished());
        running.push(std::thread::spawn(move || {
            let place = ProgramGuard::take(&places);
            // Time in the queue counts too: the portal has given up by then, so the program must not run.
            let timeout = Duration::from_millis(order.timeout_ms).saturating_sub(asked_at.elapsed());
            let is_late = timeout.is_zero();
            let ran =
                (is_known && !is_late).then(|| carry_out(&order.program, &order.environment, input, timeout));
            let end = if is_late { End::TimedOut } else { End::NotStarted };
            let not_run = ProgramOutput { end, output: Vec::new(), stderr: String::new() };
            let ProgramOutput { end, output, stderr } = ran.and_then(Result::ok).unwrap_or(not_run);
            // Whoever asked may be gone, and then so is this process.
            let _ = answer(&answers, &RunReport { id: order.id, end, output: output.len(), stderr }, &output);
            drop(place);
        }));
    }
    // Each has a deadline, which is kept although nobody waits for it any more.
    for thread in running {
        let _ = thread.join();
    }
    Ok(())
}

fn answer(answers: &Mutex<UnixStream>, report: &RunReport, output: &[u8]) -> std::io::Result<()> {
    let mut frame = serde_json::to_vec(report)?;
    frame.push(b'\n');
    frame.extend_from_slice(output);
    answers.lock().unwrap_or_else(PoisonError::into_inner).write_all(&frame)
}

/// Runs one program, with its input on standard input. Whatever it has started is ended with it.
fn carry_out(
    program: &Path,
    environment: &[(String, String)],
    input: Zeroizing<Vec<u8>>,
    timeout: Duration,
) -> std::io::Result<ProgramOutput> {
    let mut child = Command::new(program)
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let pid = Pid::from_child(&child);
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    // It need not read what it is given.
    std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let stderr = child.stderr.take().map(Tail::of);
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let limit = u64::try_from(MAX_OUTPUT).unwrap_or(u64::MAX);
        let read = stdout.map(|stdout| stdout.take(limit).read_to_end(&mut said));
        // Fails if the receiver has timed out.
        let _ = tell.send(read.transpose().map(|_| said));
    });
    let (over, is_over) = channel();
    let waiter = std::thread::spawn(move || {
        // Without collecting it, so that its number is nobody else's when its group is ended.
        let ended = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        over.send(ended.is_ok())
    });
    let is_late = is_over.recv_timeout(timeout).is_err();
    // There may be nobody else in it.
    let _ = kill_process_group(pid, Signal::KILL);
    let status = child.wait()?;
    let end = if is_late { End::TimedOut } else { status.code().map_or(End::Killed, End::Exited) };
    let _ = waiter.join();
    // What has left its group may hold the other end for ever.
    let (end, output) = match told.recv_timeout(LAST_WORDS) {
        Ok(said) => (end, said?),
        Err(_) => (End::TimedOut, Vec::new()),
    };
    Ok(ProgramOutput { end, output, stderr: stderr.map(Tail::text).unwrap_or_default() })
}

/// The end of what a program writes on standard error. All of it is read, so that the program is not held up.
struct Tail {
    kept: Arc<Mutex<TailBuffer>>,
    is_over: Receiver<()>,
}

#[derive(Default)]
struct TailBuffer {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    fn of(mut stderr: ChildStderr) -> Self {
        let (over, is_over) = channel();
        let kept = Arc::<Mutex<TailBuffer>>::default();
        let into = Arc::clone(&kept);
        std::thread::spawn(move || {
            let mut read = [0; 4_096];
            while let Ok(count @ 1..) = stderr.read(&mut read) {
                let mut kept = into.lock().unwrap_or_else(PoisonError::into_inner);
                kept.bytes.extend(&read[..count]);
                let surplus = kept.bytes.len().saturating_sub(KEPT_OF_STDERR);
                kept.bytes.drain(..surplus);
                kept.is_cut |= surplus > 0;
            }
            // Fails if the receiver has timed out.
            let _ = over.send(());
        });
        Self { kept, is_over }
    }

    /// What there is once the program has ended. What has left its group may hold the other end for ever.
    fn text(self) -> String {
        let _ = self.is_over.recv_timeout(LAST_WORDS);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_cut = kept.is_cut;
        let bytes = &*kept.bytes.make_contiguous();
        // A character that was cut is left out.
        let begin = bytes.iter().position(|byte| !is_cut || byte & 0xc0 != 0x80).unwrap_or(bytes.len());
        let text = String::from_utf8_lossy(&bytes[begin..]);
        format!("{}{}", if is_cut { "…" } else { "" }, text.trim())
    }
}

/// How many programs run.
#[derive(Default)]
struct ProgramCount {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// One program that is counted until this is dropped.
struct ProgramGuard(Arc<ProgramCount>);

impl ProgramGuard {
    /// Waits until there is room.
    fn take(places: &Arc<ProgramCount>) -> Self {
        let taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |taken: &mut usize| *taken >= MOST_AT_ONCE;
        let mut taken = places.freed.wait_while(taken, is_full).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Self(Arc::clone(places))
    }
}

impl Drop for ProgramGuard {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// What becomes of a script with so much time, and what it says.
    fn ran(script: &str, input: &[u8], timeout: Duration) -> (End, String) {
        let ran = ran_whole(script, input, timeout);
        (ran.end, String::from_utf8(ran.output).unwrap())
    }

    fn ran_whole(script: &str, input: &[u8], timeout: Duration) -> ProgramOutput {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        carry_out(&program, &variables(), Zeroizing::new(input.to_vec()), timeout).unwrap()
    }

    fn variables() -> Vec<(String, String)> {
        vec![("DOORKEY_HOOK".to_owned(), "sync".to_owned())]
    }

    const PLENTY: Duration = Duration::from_mins(1);

    #[test]
    fn a_program_reads_its_input_and_says_how_it_went() {
        assert_eq!(ran("cat; exit 65", b"a secret", PLENTY), (End::Exited(65), "a secret".to_owned()));
        assert_eq!(ran("kill -9 $$", b"", PLENTY).0, End::Killed);
        let (end, names) = ran("env | cut -d= -f1 | sort | tr '\\n' ' '", b"", PLENTY);
        assert_eq!((end, names.as_str()), (End::Exited(0), "DOORKEY_HOOK LC_ALL PATH PWD "));
    }

    #[test]
    fn a_program_need_not_read_and_says_no_more_than_is_taken() {
        let much = vec![b'x'; MAX_INPUT];
        assert_eq!(ran("exit 3", &much, PLENTY).0, End::Exited(3));
        let (_, said) = ran("head -c 1000000 /dev/zero | tr '\\0' y; exit 0", b"", PLENTY);
        assert_eq!(said.len(), MAX_OUTPUT);
    }

    #[test]
    fn the_end_of_standard_error_is_kept_and_all_of_it_is_read() {
        let of = |script: &str| ran_whole(script, b"", PLENTY).stderr;
        assert_eq!(of("echo 'no such group' >&2; exit 3"), "no such group");
        assert_eq!(of("exit 3"), "");
        let much =
            of("i=0; while [ $i -lt 4000 ]; do echo 'äöüßäöüßäöüßäöüß' >&2; i=$((i+1)); done; echo last >&2");
        assert!(much.starts_with('…') && much.ends_with("ß\nlast") && !much.contains('\u{fffd}'), "{much}");
        assert!((KEPT_OF_STDERR - 4..KEPT_OF_STDERR + 4).contains(&much.len()), "{}", much.len());
        let killed = ran_whole("echo begun >&2; sleep 600", b"", Duration::from_secs(2));
        assert_eq!((killed.end, killed.stderr.as_str()), (End::TimedOut, "begun"));
    }

    #[test]
    fn what_takes_too_long_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let noted = folder.path().join("child");
        let script = format!("sleep 600 & echo $! > {}; wait", noted.display());
        assert_eq!(ran(&script, b"", Duration::from_secs(2)).0, End::TimedOut);
        let child = std::fs::read_to_string(&noted).unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    }

    #[test]
    fn what_is_not_there_is_not_started() {
        assert!(carry_out(Path::new("/nowhere"), &[], Zeroizing::default(), PLENTY).is_err());
    }
}
