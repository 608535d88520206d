//! Whether a member's screens are made for a dark or a light background.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use strum::EnumCount;

/// What a member prefers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, EnumCount)]
#[serde(rename_all = "lowercase")]
pub enum Appearance {
    /// As the terminal says.
    #[default]
    Auto,
    Dark,
    Light,
}

/// None of the words. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected auto, dark or light")]
pub struct AppearanceRefusal;

impl Appearance {
    /// Every one of them.
    pub const ALL: [Self; Self::COUNT] = [Self::Auto, Self::Dark, Self::Light];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

impl fmt::Display for Appearance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Appearance {
    type Err = AppearanceRefusal;

    fn from_str(word: &str) -> Result<Self, AppearanceRefusal> {
        Self::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(word)).ok_or(AppearanceRefusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_appearance_is_found_by_its_word() {
        for one in Appearance::ALL {
            assert_eq!(one.to_string().to_uppercase().parse(), Ok(one));
        }
        assert_eq!("bright".parse::<Appearance>(), Err(AppearanceRefusal));
    }
}
