//! Errors in the settings: all problems at once, each with its origin.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere; it has its default value.
    #[default]
    Default,
    /// In a file.
    File {
        /// Path of the settings file.
        path: PathBuf,
        /// Counted from 1; 0 for the file as a whole.
        line: usize,
    },
    /// In the environment variable with this name.
    Environment(String),
    /// On the command line.
    Flag,
}

/// A single problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where the setting was set.
    pub origin: Origin,
    /// Key such as `password.memory_kib`; empty if the problem is not about a key.
    pub key: String,
    /// What is wrong, and what was expected.
    pub reason: String,
}

/// Invalid settings (exit code 78, `EX_CONFIG`). `Display` prints one line per problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    pub problems: Vec<ConfigProblem>,
}

impl ConfigError {
    pub(super) fn of(origin: Origin, key: &str, reason: impl Into<String>) -> Self {
        Self { problems: vec![ConfigProblem { origin, key: key.to_owned(), reason: reason.into() }] }
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
            write!(f, "{}: {}", self.origin, self.reason)
        } else {
            write!(f, "{}: {}: {}", self.origin, self.key, self.reason)
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
