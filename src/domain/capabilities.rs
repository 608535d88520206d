//! What can be done where accounts and passwords live, and what a directory has against a password.

/// What can be done where accounts and passwords live. Pages offer nothing else.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Accounts are made, named, given email addresses and deleted in the portal. Elsewhere the directory does that.
    pub accounts: bool,
    /// People can change their passwords with the current one.
    pub change: bool,
    /// The portal can set the password of somebody who has forgotten it.
    pub reset: bool,
    /// The directory holds public keys, beside those that people register in the portal.
    pub ssh_keys: bool,
    /// The directory says which teams people are in; they are read-only in the portal.
    pub groups: bool,
}

impl Capabilities {
    /// Those of the portal's own accounts.
    pub const OWN: Self = Self { accounts: true, change: true, reset: true, ssh_keys: false, groups: false };
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::OWN
    }
}

/// What a directory has against a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRefusal {
    /// It was used before.
    InHistory,
    /// It has too few characters.
    TooShort,
    /// It is too simple by the directory's rules.
    TooWeak,
    /// The current one is too new to be changed.
    TooYoung,
    /// Passwords of this entry may not be changed by its owner.
    NotAllowed,
    /// For a reason that it does not say.
    Other,
}

/// Until when a directory still takes a password that was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordExpiry {
    /// It expires in so many seconds.
    InSeconds(u32),
    /// It has expired, and opens so many times more.
    AfterSignIns(u32),
}
