//! A directory that a program of the operator's speaks to: `chpasswd`, `smbpasswd`, `kadmin`, an htpasswd file, anything.
//!
//! The program is run once for each question. It reads one JSON object on standard input and answers by its exit status,
//! as sysexits(3) has them, and by one JSON object on standard output where there is something to say. No secret is ever
//! an argument.
//!
//! | question | exit status and what is said |
//! |---|---|
//! | `{"action":"lookup","login":"ada"}`, or `"id"` | 0 `{"id","name","display_name","email","groups":[],"disabled":false}`; 67 nobody |
//! | `{"action":"verify","id":"ada","password":"..."}` | 0 right, maybe `{"must_change":"expired"}` or `"reset"`; 77 wrong, maybe `{"reason":"locked"}` or `"disabled"` |
//! | `{"action":"change","id":"ada","current":"...","new":"..."}` | 0 done; 77 the current password is wrong; 65 refused, maybe with a reason |
//! | `{"action":"reset","id":"ada","new":"..."}` | 0 done; 65 refused, maybe with a reason |
//! | `{"action":"ssh-keys","id":"ada"}` | 0 `{"keys":["ssh-ed25519 AAAA..."]}` |
//! | `{"action":"check"}` | 0 all is well |
//!
//! Reasons: `history`, `too-short`, `too-weak`, `too-young`, `not-allowed`. 75 means later; nothing was changed then.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Capabilities, Directory, DirectoryFault, Entry, EntryRef, Finding, MustChange, PasswordNotSet,
    PolicyRefusal, Shown, Verdict,
};
use crate::domain::secret::Secret;
use crate::programs::{End, ProgramOutput, Programs};

/// Exit statuses of sysexits(3).
const OK: i32 = 0;
const DATAERR: i32 = 65;
const NOUSER: i32 = 67;
const TEMPFAIL: i32 = 75;
const NOPERM: i32 = 77;

/// A directory behind a program.
#[derive(Debug)]
pub struct Command {
    programs: Arc<Programs>,
    program: PathBuf,
    timeout: Duration,
    capabilities: Capabilities,
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
enum ProgramQuestion<'a> {
    Lookup {
        #[serde(skip_serializing_if = "Option::is_none")]
        login: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
    },
    Verify {
        id: &'a str,
        password: &'a str,
    },
    Change {
        id: &'a str,
        current: &'a str,
        new: &'a str,
    },
    Reset {
        id: &'a str,
        new: &'a str,
    },
    SshKeys {
        id: &'a str,
    },
    Check,
}

impl ProgramQuestion<'_> {
    /// Whether something may have been done if no answer comes.
    const fn changes(&self) -> bool {
        matches!(self, Self::Change { .. } | Self::Reset { .. })
    }

    const fn action(&self) -> &'static str {
        match self {
            Self::Lookup { .. } => "lookup",
            Self::Verify { .. } => "verify",
            Self::Change { .. } => "change",
            Self::Reset { .. } => "reset",
            Self::SshKeys { .. } => "ssh-keys",
            Self::Check => "check",
        }
    }
}

/// An entry as the program says it.
#[derive(Deserialize)]
struct EntryJson {
    id: String,
    name: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    disabled: bool,
}

/// What the program may say beside its exit status.
#[derive(Default, Deserialize)]
struct ProgramReply {
    #[serde(default)]
    must_change: Option<MustChangeJson>,
    #[serde(default)]
    reason: Option<ReasonJson>,
    #[serde(default)]
    keys: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MustChangeJson {
    Expired,
    Reset,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReasonJson {
    Locked,
    Disabled,
    History,
    TooShort,
    TooWeak,
    TooYoung,
    NotAllowed,
    #[serde(other)]
    Other,
}

impl Command {
    /// The directory behind one of these programs, which gets so much time for each question.
    #[must_use]
    pub fn new(
        programs: Arc<Programs>,
        program: PathBuf,
        timeout: Duration,
        capabilities: Capabilities,
    ) -> Self {
        Self { programs, program, timeout, capabilities }
    }

    /// The exit status, and what was said.
    async fn ask(&self, question: &ProgramQuestion<'_>) -> Result<(i32, ProgramOutput), DirectoryFault> {
        let action = question.action();
        let without_answer = |told: String| match question {
            _ if question.changes() => DirectoryFault::OutcomeUnknown(told),
            ProgramQuestion::Verify { .. } => DirectoryFault::Unanswered(told),
            _ => DirectoryFault::Unreachable(told),
        };
        let input = serde_json::to_vec(question);
        let input = Zeroizing::new(input.map_err(|error| DirectoryFault::Misconfigured(error.to_string()))?);
        let ran = self.programs.run(&self.program, &[], &input, self.timeout).await;
        let ran = ran.map_err(|gone| without_answer(gone.to_string()))?;
        match ran.end {
            End::Exited(TEMPFAIL) => {
                let told = format!("the command said to try `{action}` later (75)");
                Err(DirectoryFault::Unreachable(ran.with_reason(&told)))
            }
            End::Exited(status) => Ok((status, ran)),
            End::NotStarted => Err(DirectoryFault::Misconfigured(
                "the command of directory.command does not start".to_owned(),
            )),
            End::TimedOut => {
                let seconds = self.timeout.as_secs();
                let told = format!("the command took longer than {seconds} s for `{action}`");
                Err(without_answer(ran.with_reason(&told)))
            }
            End::Killed => {
                let told = format!("the command was ended by a signal during `{action}`");
                Err(without_answer(ran.with_reason(&told)))
            }
        }
    }

    async fn find(&self, question: ProgramQuestion<'_>) -> Result<Option<Entry>, DirectoryFault> {
        match self.ask(&question).await? {
            (OK, ran) => {
                let known = if let ProgramQuestion::Lookup { id: Some(id), .. } = question { id } else { "" };
                let said: EntryJson = read(&ran.output, question.action(), known)?;
                let is_meant =
                    !matches!(question, ProgramQuestion::Lookup { id: Some(id), .. } if id != said.id);
                if said.id.is_empty() || !is_meant {
                    let told =
                        "the `id` that the command says to `lookup` is empty, or not the one asked for";
                    return Err(DirectoryFault::bad_entry(&said.id, told));
                }
                Ok(Some(Entry {
                    entry: EntryRef { at: said.id.clone(), id: said.id },
                    name: said.name,
                    display_name: said.display_name,
                    email: said.email,
                    groups: said.groups,
                    is_disabled: said.disabled,
                    expires_at: None,
                }))
            }
            (NOUSER, _) => Ok(None),
            (status, ran) => Err(unexpected(status, question.action(), &ran)),
        }
    }

    async fn set(&self, question: ProgramQuestion<'_>) -> Result<(), PasswordNotSet> {
        match self.ask(&question).await? {
            (OK, _) => Ok(()),
            (NOPERM, _) if matches!(question, ProgramQuestion::Change { .. }) => {
                Err(PasswordNotSet::WrongCurrent)
            }
            (DATAERR, ran) => Err(PasswordNotSet::Refused(match said(&ran.output).reason {
                Some(ReasonJson::History) => PolicyRefusal::InHistory,
                Some(ReasonJson::TooShort) => PolicyRefusal::TooShort,
                Some(ReasonJson::TooWeak) => PolicyRefusal::TooWeak,
                Some(ReasonJson::TooYoung) => PolicyRefusal::TooYoung,
                Some(ReasonJson::NotAllowed) => PolicyRefusal::NotAllowed,
                _ => PolicyRefusal::Other,
            })),
            (status, ran) => Err(unexpected(status, question.action(), &ran).into()),
        }
    }
}

impl Directory for Command {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn lookup<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        self.find(ProgramQuestion::Lookup { login: Some(login), id: None }).boxed()
    }

    fn verify<'a>(
        &'a self,
        entry: Option<&'a EntryRef>,
        password: &'a Secret,
    ) -> BoxFuture<'a, Result<Verdict, DirectoryFault>> {
        async move {
            // A name that nobody has is asked for too, so that both take as long.
            let id = entry.map_or("", |entry| entry.id.as_str());
            let (status, ran) =
                self.ask(&ProgramQuestion::Verify { id, password: password.expose() }).await?;
            match status {
                OK if entry.is_none() => Ok(Verdict::Wrong),
                // What is not understood may say that the password must be changed.
                OK if !ran.output.is_empty() => {
                    Ok(match read::<ProgramReply>(&ran.output, "verify", id)?.must_change {
                        Some(MustChangeJson::Expired) => Verdict::MustChange(MustChange::Expired),
                        Some(MustChangeJson::Reset) => Verdict::MustChange(MustChange::Reset),
                        None => Verdict::Right,
                    })
                }
                OK => Ok(Verdict::Right),
                NOPERM | NOUSER => Ok(match said(&ran.output).reason {
                    Some(ReasonJson::Locked) => Verdict::Locked,
                    Some(ReasonJson::Disabled) => Verdict::Disabled,
                    _ => Verdict::Wrong,
                }),
                status => Err(unexpected(status, "verify", &ran)),
            }
        }
        .boxed()
    }

    fn change<'a>(
        &'a self,
        entry: &'a EntryRef,
        current: &'a Secret,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        self.set(ProgramQuestion::Change { id: &entry.id, current: current.expose(), new: new.expose() })
            .boxed()
    }

    fn reset<'a>(
        &'a self,
        entry: &'a EntryRef,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        self.set(ProgramQuestion::Reset { id: &entry.id, new: new.expose() }).boxed()
    }

    fn ssh_keys<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Vec<String>, DirectoryFault>> {
        async move {
            match self.ask(&ProgramQuestion::SshKeys { id: &entry.id }).await? {
                (OK, ran) => Ok(read::<ProgramReply>(&ran.output, "ssh-keys", &entry.id)?.keys),
                (NOUSER, _) => Ok(Vec::new()),
                (status, ran) => Err(unexpected(status, "ssh-keys", &ran)),
            }
        }
        .boxed()
    }

    fn attributes<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        self.find(ProgramQuestion::Lookup { login: None, id: Some(&entry.id) }).boxed()
    }

    /// The program says by a status of its own that there is no such user, so that is believed.
    fn shows(&self, _: Shown) -> BoxFuture<'_, Result<bool, DirectoryFault>> {
        async { Ok(true) }.boxed()
    }

    fn try_out(&self) -> BoxFuture<'_, Vec<Finding>> {
        async {
            let told = match self.ask(&ProgramQuestion::Check).await {
                Ok((OK, _)) => Ok("the command says that all is well".to_owned()),
                Ok((status, ran)) => Err(unexpected(status, "check", &ran).to_string()),
                Err(fault) => Err(fault.to_string()),
            };
            vec![Finding { what: "command", told }]
        }
        .boxed()
    }
}

/// What was said beside a status that says enough by itself.
fn said(output: &[u8]) -> ProgramReply {
    serde_json::from_slice(output).unwrap_or_default()
}

/// What was said of the entry with this id, which is empty where it is not known yet.
fn read<T: for<'de> Deserialize<'de>>(output: &[u8], action: &str, id: &str) -> Result<T, DirectoryFault> {
    serde_json::from_slice(output).map_err(|error| {
        // Where it is, and not what it is.
        let at = (error.line(), error.column());
        let what = format!(
            "what the command says to `{action}` is not the JSON that is expected (line {}, column {})",
            at.0, at.1
        );
        DirectoryFault::bad_entry(id, &what)
    })
}

fn unexpected(status: i32, action: &str, ran: &ProgramOutput) -> DirectoryFault {
    let told = format!("the command ended with status {status} for `{action}`");
    DirectoryFault::Misconfigured(ran.with_reason(&told))
}
