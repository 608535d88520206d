//! What every page and letter may say about this portal: its name, its contact, its rules.

/// Facts about the portal that a person is told. Made once from the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// The product name in the title line, `Doorkey`.
    pub name: String,
    /// The organisation or host that runs it, `acme.example`.
    pub organisation: String,
    /// Where to ask for help: an address or a short sentence.
    pub support: String,
    /// The address that letters come from.
    pub sender: String,
    /// How long a code is valid after its letter was sent, in minutes.
    pub code_ttl_minutes: i64,
    /// The fewest characters a password may have (for an account without a second step).
    pub password_min: usize,
    /// The fewest for an account with one.
    pub password_min_with_second_step: usize,
    /// The most characters a password may have.
    pub password_max: usize,
    /// True when people may make an account without an invitation.
    pub sign_up: bool,
}
