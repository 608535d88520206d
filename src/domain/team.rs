//! What a member may be in a team.

use std::fmt;
use std::str::FromStr;

/// A member's part in one team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Answers for the team; a team always keeps at least one.
    Owner,
    /// Belongs to the team.
    Member,
}

impl Role {
    /// The word that the store, pages and commands use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no role. `Display` says which ones are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is `owner` or `member`")]
pub struct NoSuchRole;

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(word: &str) -> Result<Self, NoSuchRole> {
        match word {
            "owner" => Ok(Self::Owner),
            "member" => Ok(Self::Member),
            _ => Err(NoSuchRole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_what_it_prints() {
        for role in [Role::Owner, Role::Member] {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("admin".parse::<Role>(), Err(NoSuchRole));
    }
}
