//! What is wrong with the settings, and where: every problem at once, each with its place.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it has its default.
    #[default]
    Default,
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// Counted from one; 0 when the file as a whole is meant.
        line: usize,
    },
    /// In an environment variable.
    Environment(String),
    /// On the command line.
    Flag,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where it stands.
    pub place: Origin,
    /// `password.memory_kib`; empty when no key is to blame.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Settings that cannot be used (exit code 78, `EX_CONFIG`). `Display` has one line a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<ConfigProblem>,
}

impl ConfigError {
    pub(super) fn of(place: Origin, key: &str, reason: impl Into<String>) -> Self {
        Self { problems: vec![ConfigProblem { place, key: key.to_owned(), reason: reason.into() }] }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("settings"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}: line {line}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag => f.write_str("command line"),
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.place, self.reason)
        } else {
            write!(f, "{}: {}: {}", self.place, self.key, self.reason)
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
