//! Passwords: what is allowed, how strong one is, and how it is kept.

/// Why a new password was not taken. `Display` is the sentence a person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordRefusal {
    /// Fewer characters than the policy asks for.
    TooShort {
        /// The fewest that are taken.
        min: usize,
    },
    /// More characters or bytes than are taken.
    TooLong {
        /// The most characters that are taken.
        max: usize,
    },
    /// On the list of common passwords.
    Common,
    /// The user name, an address or the portal's own name.
    Guessable,
    /// The same as the current one.
    Unchanged,
    /// Holds a control character.
    ControlCharacter,
}
