//! The colour that a portal is known by.

/// A colour of 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    /// From 0 to 255 each.
    pub red: u8,
    /// From 0 to 255.
    pub green: u8,
    /// From 0 to 255.
    pub blue: u8,
}

impl Accent {
    /// `#7c83ff`
    pub const INDIGO: Self = Self { red: 0x7c, green: 0x83, blue: 0xff };
}

impl Default for Accent {
    fn default() -> Self {
        Self::INDIGO
    }
}
