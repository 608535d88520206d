//! What an operator is told by email.

use serde::{Deserialize, Serialize};

/// What an operator is told of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportNotice {
    /// A member opened it.
    Opened,
    /// A guest opened it.
    OpenedByGuest,
    /// Whoever opened it wrote again.
    WroteAgain,
    /// Whoever opened it closed it.
    Closed,
}

impl SupportNotice {
    /// The words for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Opened => "opened by a member",
            Self::OpenedByGuest => "opened by a guest, who has proven nothing",
            Self::WroteAgain => "has another message",
            Self::Closed => "closed by its member",
        }
    }
}
