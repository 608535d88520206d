//! What is said to a program that expects files or a shell at the other end: `scp`, `rsync`, `git`, `ssh-copy-id`, editors.
//! It is one sentence on standard error, with the exit code of every command that is none.

use super::failure::CommandFailure;
use super::output::{OutputFormat, Printed};
use crate::domain::exit_code;
use crate::domain::portal::PortalInfo;

/// What such programs start by ssh, by the first word of the line.
const PROGRAMS: &[(SoughtProgram, &[&str])] = &[
    (
        SoughtProgram::Files,
        &[
            "borg",
            "cat",
            "cp",
            "dd",
            "git",
            "git-annex-shell",
            "git-lfs-authenticate",
            "git-lfs-transfer",
            "git-receive-pack",
            "git-upload-archive",
            "git-upload-pack",
            "hg",
            "internal-sftp",
            "ls",
            "mkdir",
            "rclone",
            "restic",
            "rm",
            "rsync",
            "scp",
            "sftp",
            "sftp-server",
            "svnserve",
            "tar",
            "unison",
            "zfs",
        ],
    ),
    (
        // `ssh-copy-id` tries `exit`, and then sends a script for `exec sh`.
        SoughtProgram::Keys,
        &["exec", "exit", "ssh-copy-id"],
    ),
    (
        SoughtProgram::Programs,
        &[
            "[",
            "ash",
            "bash",
            "cd",
            "cmd",
            "cmd.exe",
            "command",
            "csh",
            "dash",
            "docker",
            "echo",
            "env",
            "eval",
            "fish",
            "hostname",
            "id",
            "ksh",
            "mosh",
            "mosh-server",
            "perl",
            "powershell",
            "powershell.exe",
            "printf",
            "pwsh",
            "python",
            "python3",
            "screen",
            "set",
            "sh",
            "su",
            "sudo",
            "tcsh",
            "test",
            "tmux",
            "true",
            "tty",
            "umask",
            "uname",
            "uptime",
            "which",
            "zsh",
        ],
    ),
];

/// What somebody looks for here in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SoughtProgram {
    Files,
    Keys,
    Programs,
}

impl SoughtProgram {
    fn of(program: &str) -> Option<Self> {
        PROGRAMS.iter().find(|(_, names)| names.contains(&program)).map(|(wanted, _)| *wanted)
    }
}

/// What to print for a command line that starts another program; `user` is who to connect as instead.
#[must_use]
pub fn other_program(line: &str, portal: &PortalInfo, user: &str) -> Option<Printed> {
    let word = line.split_whitespace().next()?;
    let program = word.trim_start_matches(['\\', '(', '{']).rsplit('/').next()?;
    SoughtProgram::of(program).map(|wanted| answer(wanted, program, portal, user))
}

/// What to print where a subsystem is asked for, such as `sftp`.
#[must_use]
pub fn subsystem(name: &str, portal: &PortalInfo, user: &str) -> Printed {
    answer(SoughtProgram::of(name).unwrap_or(SoughtProgram::Programs), name, portal, user)
}

/// Whether the first line that a shell is sent is one for a shell, as editors send their probes, and no name.
#[must_use]
pub fn is_script(first: &[u8]) -> bool {
    let line = first.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    line.starts_with("#!") || (SoughtProgram::of(program).is_some() && words.next().is_some())
}

/// What to print where a script is sent to a shell.
#[must_use]
pub fn script(portal: &PortalInfo, user: &str) -> Printed {
    answer(SoughtProgram::Programs, "A shell script", portal, user)
}

fn answer(wanted: SoughtProgram, program: &str, portal: &PortalInfo, user: &str) -> Printed {
    let ssh_t = portal.ssh("-t ", user);
    let message = match wanted {
        SoughtProgram::Files => {
            format!(
                "{program} does not work here: this is an account portal, not a file server. Type: {ssh_t}"
            )
        }
        SoughtProgram::Keys => format!(
            "ssh-copy-id does not work here: this is an account portal without a shell. To add a key, type: {ssh_t} keys add"
        ),
        SoughtProgram::Programs => format!(
            "{program} does not work here: this is an account portal, not a machine to log in to. Type: {ssh_t}"
        ),
    };
    CommandFailure::new("no-programs", &message, exit_code::USAGE).printed(OutputFormat::Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::COMMANDS;

    fn said(line: &str) -> String {
        let printed = other_program(line, &PortalInfo::for_test(), "account").expect(line);
        assert_eq!((printed.exit_code, printed.out.as_str()), (exit_code::USAGE, ""), "{line}");
        assert_eq!(printed.err.lines().count(), 1, "{line}");
        assert!(printed.err.ends_with(" [no-programs]\n"), "{}", printed.err);
        printed.err
    }

    #[test]
    fn what_other_programs_send_is_answered_with_one_sentence() {
        for (line, words) in [
            ("scp -t /tmp/x", "scp does not work here: this is an account portal, not a file server"),
            ("rsync --server -logDtpre.iLsfxCIvu . x", "rsync does not work here"),
            ("git-upload-pack '/repo.git'", "git-upload-pack does not work here"),
            ("/usr/lib/openssh/sftp-server", "sftp-server does not work here"),
            ("mosh-server new -s -c 256 -l LANG=C.UTF-8", "mosh-server does not work here"),
            ("exit", "To add a key, type: ssh -t account@HOST keys add"),
            ("exec sh -c 'cd ; umask 077 ; mkdir -p .ssh && { cat; }'", "keys add"),
            (
                "/bin/sh -c 'echo ~ada && sleep 0'",
                "sh does not work here: this is an account portal, not a machine to log in to",
            ),
            ("bash", "bash does not work here"),
        ] {
            assert!(said(line).contains(words), "{line}: {}", said(line));
        }
        assert!(
            subsystem("sftp", &PortalInfo::for_test(), "account").err.contains("sftp does not work here")
        );
        assert!(
            subsystem("netconf", &PortalInfo::for_test(), "account")
                .err
                .contains("netconf does not work here")
        );
    }

    #[test]
    fn no_command_of_the_portal_is_taken_for_another_program() {
        let ours = COMMANDS.iter().filter_map(|entry| entry.path.split(' ').next()).chain(["help", ""]);
        for word in ours {
            assert_eq!(other_program(word, &PortalInfo::for_test(), "account"), None, "{word}");
        }
        assert_eq!(other_program("whoam --json", &PortalInfo::for_test(), "account"), None);
    }

    #[test]
    fn a_script_is_told_from_a_name() {
        for script in ["#!/bin/sh\nset -e\n", "uname -rsv\n", "echo \"abc: running\"\r\n", "sh -c 'true'"] {
            assert!(is_script(script.as_bytes()), "{script}");
        }
        for name in ["ada\n", "bash\n", "ada@example.org", "", "\n", "Night shift\n", "2\n"] {
            assert!(!is_script(name.as_bytes()), "{name}");
        }
    }
}
