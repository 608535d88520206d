//! What makes an account one of Unix machines too: numbers, home directory and shell.

use std::fmt;

/// The lowest number of a person. Those below belong to the machines themselves (`UID_MIN` of login.defs).
const LOWEST: i64 = 1_000;
const HIGHEST: i64 = 2_000_000_000;
/// Numbers that mean nobody.
const NOBODY: [i64; 2] = [65_534, 65_535];
const MAX_PATH: usize = 255;

/// What `getent passwd` shows of an account besides its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PosixAccount {
    /// Number of the user.
    pub uid: i64,
    /// Number of its group.
    pub gid: i64,
    /// Home directory.
    pub home: String,
    /// Shell.
    pub shell: String,
}

/// Why the numbers or paths are not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PosixRefusal {
    /// A number of a machine's own users, of nobody, or too high.
    Number(i64),
    /// No path from the root, or one that `/etc/passwd` could not have.
    Path(&'static str),
}

impl fmt::Display for PosixRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(
                f,
                "{number} is not a person's number; choose from {LOWEST} to {HIGHEST}, but not 65534 or 65535"
            ),
            Self::Path(what) => {
                write!(
                    f,
                    "{what}: expected a path from the root of at most {MAX_PATH} bytes, without colons or control characters"
                )
            }
        }
    }
}

impl PosixAccount {
    /// Refuses what would make somebody root, nobody, or a line of `/etc/passwd` of their own.
    pub fn check(&self) -> Result<(), PosixRefusal> {
        for number in [self.uid, self.gid] {
            if !(LOWEST..=HIGHEST).contains(&number) || NOBODY.contains(&number) {
                return Err(PosixRefusal::Number(number));
            }
        }
        for (what, path) in [("home directory", &self.home), ("shell", &self.shell)] {
            let is_plain = path.chars().all(|c| c != ':' && !c.is_control());
            if !path.starts_with('/') || path.len() > MAX_PATH || !is_plain {
                return Err(PosixRefusal::Path(what));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_becomes_root_or_a_second_line() {
        let ada =
            PosixAccount { uid: 1_001, gid: 1_001, home: "/home/ada".into(), shell: "/bin/bash".into() };
        assert_eq!(ada.check(), Ok(()));
        for number in [0, 1, 999, -1, 65_534, 65_535, i64::MAX] {
            assert_eq!(
                PosixAccount { uid: number, ..ada.clone() }.check(),
                Err(PosixRefusal::Number(number))
            );
            assert_eq!(
                PosixAccount { gid: number, ..ada.clone() }.check(),
                Err(PosixRefusal::Number(number))
            );
        }
        for path in ["", "home", "/home/ada:/bin/sh", "/home\n", &format!("/{}", "a".repeat(255))] {
            let home = PosixAccount { home: path.to_owned(), ..ada.clone() };
            assert_eq!(home.check(), Err(PosixRefusal::Path("home directory")), "{path}");
            let shell = PosixAccount { shell: path.to_owned(), ..ada.clone() };
            assert!(shell.check().is_err(), "{path}");
        }
    }
}
