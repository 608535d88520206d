//! `doorkey verify`: has a password checked by the running portal, at the socket of `verify.socket`. It opens neither the
//! database nor the keys, and never decides by itself: without the portal the answer is "later".

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;
use zeroize::Zeroizing;

use super::exposed;
use super::output::complain;
use crate::config::Settings;
use crate::domain::exit_code;
use crate::domain::secret::Secret;
use crate::domain::service::ServiceName;
use crate::verify::protocol::{Invalid, MAX_LINE, MAX_PASSWORD, MAX_USER, Outcome, Question};

/// Longer than the portal takes at most.
const PATIENCE: Duration = Duration::from_secs(40);
/// What checkpassword programs hand over, at most, and what is read of it: its parts are bounded too.
const MAX_LOGIN: usize = MAX_USER + MAX_PASSWORD + 256;
/// Where checkpassword's login comes from: descriptor 3.
const DESCRIPTOR_3: &str = "/proc/self/fd/3";

pub(super) const HELP: &str = "\
The password comes on standard input, up to its end or a NUL; one line end behind it is left out. The user is
the argument or `$PAM_USER`, and where they come from is `--remote-host` or `$PAM_RHOST`. In /etc/pam.d:

  auth required pam_exec.so expose_authtok quiet \\
    /usr/bin/doorkey verify --service imap --socket /run/doorkey/verify.sock

Exit code 0: the password is right. 77: it is not, or nobody has that name, or two-factor authentication asks
for more. 75: nothing was decided (too many tries, or the portal is away): the same may work later. 64: not
understood. 78: a setting is wrong. `pam_exec` makes PAM_SYSTEM_ERR of each but 0.

With `--checkpassword` it keeps to that protocol: name, NUL, password, NUL come on descriptor 3, and a right
password runs PROGRAM with the username in `$USER`. Exit code 1: refused. 2: misused. 111: later, or a setting
is wrong.

  qmail-popup pop.example.org doorkey verify --service pop3 --checkpassword -- qmail-pop3d Maildir";

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The service that asks, one of `verify.services`
    #[arg(long, value_name = "NAME")]
    service: ServiceName,
    /// The portal's socket; the settings are then not read (default: `verify.socket`)
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Where the user comes from: an address, or a name for people to read (default: `$PAM_RHOST`)
    #[arg(long, value_name = "HOST")]
    remote_host: Option<String>,
    /// Read name and password as checkpassword programs get them, and run a program if they are right
    #[arg(long)]
    checkpassword: bool,
    /// Username or address (default: `$PAM_USER`)
    #[arg(conflicts_with = "checkpassword")]
    user: Option<OsString>,
    /// With --checkpassword, the program to run and its arguments
    #[arg(last = true, requires = "checkpassword")]
    program: Vec<OsString>,
}

/// What a caller expects of exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Convention {
    /// sysexits(3).
    Sysexits,
    /// <https://cr.yp.to/checkpwd/interface.html>
    Checkpassword,
}

impl Convention {
    const fn refused(self) -> u32 {
        match self {
            Self::Sysexits => exit_code::DENIED,
            Self::Checkpassword => 1,
        }
    }

    const fn later(self) -> u32 {
        match self {
            Self::Sysexits => exit_code::LATER,
            Self::Checkpassword => 111,
        }
    }

    const fn misused(self) -> u32 {
        match self {
            Self::Sysexits => exit_code::USAGE,
            Self::Checkpassword => 2,
        }
    }

    /// A setting is wrong, here or at the portal: the same works once somebody has corrected it.
    const fn misconfigured(self) -> u32 {
        match self {
            Self::Sysexits => exit_code::CONFIG,
            Self::Checkpassword => 111,
        }
    }
}

/// Why nothing was asked, or nothing decided: the sentence and the exit code.
struct VerifyStop(String, u32);

/// Who signs in, and with what.
struct CheckpasswordLogin {
    user: String,
    password: Secret,
}

/// Asks, and says why not where the answer is no. Every answer has an exit code of the caller's convention.
pub(super) fn run(args: &VerifyArgs, file: Option<&Path>) -> u32 {
    let convention = if args.checkpassword { Convention::Checkpassword } else { Convention::Sysexits };
    carry_out(args, file, convention).unwrap_or_else(|VerifyStop(reason, code)| {
        complain(&reason);
        code
    })
}

fn carry_out(args: &VerifyArgs, file: Option<&Path>, convention: Convention) -> Result<u32, VerifyStop> {
    let socket = socket_of(args, file, convention)?;
    let login = match convention {
        Convention::Sysexits => login_of_pam(args)?,
        Convention::Checkpassword => login_of_checkpassword(args)?,
    };
    let Some(CheckpasswordLogin { user, password }) = login else {
        return Err(VerifyStop(
            "there is no name or no password, or one of them is longer than any can be".to_owned(),
            convention.refused(),
        ));
    };
    let host = args.remote_host.clone().or_else(|| std::env::var("PAM_RHOST").ok());
    let outcome = ask(&socket, args.service.as_str(), &user, &password, host.as_deref())
        .map_err(|reason| VerifyStop(reason, convention.later()))?;
    drop(password);
    match outcome {
        Outcome::Accepted { user } if convention == Convention::Checkpassword => {
            run_program(&args.program, &user)
        }
        Outcome::Accepted { .. } => Ok(exit_code::DONE),
        Outcome::Refused { reason } => {
            Err(VerifyStop(format!("the password is refused [{reason}]"), convention.refused()))
        }
        Outcome::Later { reason, retry_after_s: Some(seconds) } => Err(VerifyStop(
            format!("nothing was decided; try again in {seconds} s [{reason}]"),
            convention.later(),
        )),
        Outcome::Later { reason, retry_after_s: None } => Err(VerifyStop(
            format!("nothing was decided; the portal cannot answer now [{reason}]"),
            convention.later(),
        )),
        Outcome::Invalid { reason: Invalid::Malformed } => Err(VerifyStop(
            format!("{}; the portal may be of another version", Invalid::Malformed),
            convention.later(),
        )),
        Outcome::Invalid { reason } => Err(VerifyStop(reason.to_string(), convention.misconfigured())),
    }
}

/// Where to ask. What is named on the command line needs no settings, which the caller may not be able to read.
fn socket_of(args: &VerifyArgs, file: Option<&Path>, convention: Convention) -> Result<PathBuf, VerifyStop> {
    let socket = if let Some(socket) = &args.socket {
        socket.clone()
    } else {
        let settings = Settings::load(file)
            .map_err(|error| VerifyStop(error.to_string(), convention.misconfigured()))?;
        settings.verify.socket.ok_or_else(|| {
            let reason =
                "there is nobody to ask: set verify.socket and restart the portal, or say where with --socket";
            VerifyStop(reason.to_owned(), convention.misconfigured())
        })?
    };
    if let Some(reason) = exposed::socket_of_services(&socket) {
        return Err(VerifyStop(format!("no password was sent: {reason}"), convention.misconfigured()));
    }
    Ok(socket)
}

/// The user of PAM or of the command line, and the password on standard input. `None` for what no account can have.
fn login_of_pam(args: &VerifyArgs) -> Result<Option<CheckpasswordLogin>, VerifyStop> {
    let misused = |reason: &str| VerifyStop(reason.to_owned(), exit_code::USAGE);
    if std::env::var("PAM_TYPE").is_ok_and(|kind| kind != "auth") {
        return Err(misused(
            "PAM_TYPE is not auth: only passwords are checked, so use it in lines that begin with auth",
        ));
    }
    let of_pam = || std::env::var_os("PAM_USER").filter(|user| !user.is_empty());
    let user = args
        .user
        .clone()
        .or_else(of_pam)
        .ok_or_else(|| misused("no user: it is neither an argument nor in $PAM_USER"))?;
    let read = read_up_to(io::stdin().lock(), MAX_PASSWORD + 2);
    let typed = read
        .map_err(|error| VerifyStop(format!("no password on standard input: {error}"), exit_code::LATER))?;
    Ok(login(user.into_encoded_bytes(), password_in(&typed)))
}

/// What a checkpassword program is given.
fn login_of_checkpassword(args: &VerifyArgs) -> Result<Option<CheckpasswordLogin>, VerifyStop> {
    let convention = Convention::Checkpassword;
    if args.program.is_empty() {
        return Err(VerifyStop("no program to run was named".to_owned(), convention.misused()));
    }
    let opened = File::open(DESCRIPTOR_3).and_then(|file| read_up_to(file, MAX_LOGIN));
    let given = opened
        .map_err(|error| VerifyStop(format!("no login on descriptor 3: {error}"), convention.misused()))?;
    let mut parts = given.split(|byte| *byte == 0);
    let (Some(user), Some(password), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        let reason = "descriptor 3 has no name and password that end with NUL";
        return Err(VerifyStop(reason.to_owned(), convention.misused()));
    };
    Ok(login(user.to_vec(), password))
}

/// No name and no password has other bytes than UTF-8, and none is empty or longer than is asked about.
fn login(user: Vec<u8>, password: &[u8]) -> Option<CheckpasswordLogin> {
    let user = String::from_utf8(user).ok().filter(|user| (1..=MAX_USER).contains(&user.len()))?;
    let password =
        std::str::from_utf8(password).ok().filter(|text| (1..=MAX_PASSWORD).contains(&text.len()))?;
    Some(CheckpasswordLogin { user, password: Secret::new(password) })
}

/// The password in what came on standard input. `pam_exec` may end it with a NUL, `echo` ends it with a line feed; no
/// password has either.
fn password_in(typed: &[u8]) -> &[u8] {
    let typed = typed.split(|byte| *byte == 0).next().unwrap_or_default();
    let typed = typed.strip_suffix(b"\n").unwrap_or(typed);
    typed.strip_suffix(b"\r").unwrap_or(typed)
}

/// All of it, or so much more than `most` that it is seen to be too long.
fn read_up_to(from: impl io::Read, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::with_capacity(most + 1));
    from.take(most as u64 + 1).read_to_end(&mut read)?;
    Ok(read)
}

/// One question, one answer; or why there is none.
fn ask(
    socket: &Path,
    service: &str,
    user: &str,
    password: &Secret,
    host: Option<&str>,
) -> Result<Outcome, String> {
    let away = |error: &dyn std::fmt::Display| {
        format!(
            "nothing was decided: the portal does not answer at {} ({error}). Is it running?",
            socket.display()
        )
    };
    let line = Question::line(service, user, password, host).map_err(|error| error.to_string())?;
    let mut stream = UnixStream::connect(socket).map_err(|error| away(&error))?;
    let timeouts =
        stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    timeouts.map_err(|error| away(&error))?;
    // Whoever is turned away has an answer to read all the same.
    let written = stream.write_all(&line);
    let mut answer = Vec::new();
    let read = (&mut stream).take(MAX_LINE as u64).read_to_end(&mut answer);
    match Outcome::read(&answer) {
        Some(outcome) => Ok(outcome),
        None => Err(match written.and(read.map(drop)) {
            Err(error) => away(&error),
            Ok(()) => away(&"what it says is none of this protocol"),
        }),
    }
}

/// Becomes the program that serves the user.
fn run_program(words: &[OsString], user: &str) -> Result<u32, VerifyStop> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(VerifyStop(
            "no program to run was named".to_owned(),
            Convention::Checkpassword.misused(),
        ));
    };
    // Comes back only when that fails.
    let error = Command::new(program).args(arguments).env("USER", user).exec();
    Err(VerifyStop(format!("{}: {error}", program.display()), Convention::Checkpassword.later()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_ends_where_its_sender_ends_it() {
        for (typed, password) in [
            (&b"plum tractor"[..], &b"plum tractor"[..]),
            (b"plum tractor\0", b"plum tractor"),
            (b"plum tractor\n", b"plum tractor"),
            (b"plum tractor\r\n", b"plum tractor"),
            (b" plum \n\n", b" plum \n"),
            (b"plum\0tractor", b"plum"),
            (b"\0", b""),
            (b"", b""),
        ] {
            assert_eq!(password_in(typed), password, "{typed:?}");
        }
    }

    #[test]
    fn what_no_account_can_have_is_no_login() {
        let is_one = |user: &[u8], password: &[u8]| login(user.to_vec(), password).is_some();
        assert!(is_one(b"ada", b"plum tractor"));
        assert!(is_one("ädä".as_bytes(), "plüm".as_bytes()));
        for (user, password) in [
            (&b""[..], &b"plum"[..]),
            (b"ada", b""),
            (b"\xff", b"plum"),
            (b"ada", b"pl\xffum"),
            (&[b'a'; MAX_USER + 1], b"plum"),
            (b"ada", &[b'x'; MAX_PASSWORD + 1]),
        ] {
            assert!(!is_one(user, password));
        }
    }

    #[test]
    fn each_convention_has_its_own_codes() {
        let codes = |c: Convention| [c.refused(), c.later(), c.misused(), c.misconfigured()];
        assert_eq!(codes(Convention::Sysexits), [77, 75, 64, 78]);
        assert_eq!(codes(Convention::Checkpassword), [1, 111, 2, 111]);
    }
}
