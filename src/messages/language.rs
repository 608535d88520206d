//! Languages of the user interface, by BCP 47 tag.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A language of pages, line mode and emails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    English,
    German,
    /// English between `⟦` and `⟧`, which shows the words that are in no catalogue.
    #[cfg(test)]
    Marked,
}

/// The language that a member prefers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LanguageChoice {
    /// As the client says.
    #[default]
    Auto,
    Chosen(Language),
}

/// Not an available language. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageRefusal;

impl Language {
    /// Every one that can be chosen; the first is the default.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The BCP 47 tag, `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            #[cfg(test)]
            Self::Marked => "en",
        }
    }

    /// Its name in itself, `English`: whoever looks for it may understand no other.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            #[cfg(test)]
            Self::Marked => "Marked",
        }
    }

    /// The language that a client asks for by the locale variables it sends: the first of `LC_ALL`, `LC_MESSAGES` and
    /// `LANG` that is set counts (POSIX.1-2024, XBD 8.2). A language that there is none of is English.
    #[must_use]
    pub fn of_locale(env: &[(String, String)]) -> Self {
        let value = |name: &str| {
            env.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
        };
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(value);
        let language = locale.and_then(|locale| locale.split(['_', '.', '@']).next());
        language.and_then(|tag| tag.parse().ok()).unwrap_or_default()
    }
}

impl LanguageChoice {
    /// Every one of them.
    pub const ALL: [Self; Language::ALL.len() + 1] = {
        let mut all = [Self::Auto; Language::ALL.len() + 1];
        let mut n = 0;
        while n < Language::ALL.len() {
            all[n + 1] = Self::Chosen(Language::ALL[n]);
            n += 1;
        }
        all
    };

    /// `auto`, or the tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Chosen(language) => language.tag(),
        }
    }

    /// The language that was chosen, if one was.
    #[must_use]
    pub const fn chosen(self) -> Option<Language> {
        match self {
            Self::Auto => None,
            Self::Chosen(language) => Some(language),
        }
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.tag())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl FromStr for LanguageChoice {
    type Err = LanguageRefusal;

    fn from_str(typed: &str) -> Result<Self, LanguageRefusal> {
        let typed = typed.trim();
        Self::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(typed)).ok_or(LanguageRefusal)
    }
}

impl fmt::Display for LanguageChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for LanguageChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = LanguageRefusal;

    /// Finds a language by its tag, which is case-insensitive (RFC 5646 section 2.1.1).
    fn from_str(typed: &str) -> Result<Self, LanguageRefusal> {
        let typed = typed.trim();
        Self::ALL.into_iter().find(|one| one.tag().eq_ignore_ascii_case(typed)).ok_or(LanguageRefusal)
    }
}

impl fmt::Display for LanguageRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = LanguageChoice::ALL.map(LanguageChoice::as_str);
        write!(f, "expected one of {}", tags.join(", "))
    }
}

impl std::error::Error for LanguageRefusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_of_an_unknown_language_lists_the_available_ones() {
        assert_eq!(" EN ".parse(), Ok(Language::English));
        assert_eq!("de".parse(), Ok(Language::German));
        for typed in ["", "fr", "en-GB", "english", "e\u{200b}n"] {
            assert_eq!(typed.parse::<Language>(), Err(LanguageRefusal), "{typed:?}");
        }
        assert_eq!(LanguageRefusal.to_string(), "expected one of auto, en, de");
    }

    #[test]
    fn a_choice_is_found_by_its_word() {
        for one in LanguageChoice::ALL {
            assert_eq!(one.to_string().to_uppercase().parse(), Ok(one));
        }
        assert_eq!(LanguageChoice::ALL.map(LanguageChoice::as_str), ["auto", "en", "de"]);
    }

    #[test]
    fn a_locale_is_read_in_the_order_of_posix() {
        let of = |pairs: &[(&str, &str)]| {
            let env: Vec<_> = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Language::of_locale(&env)
        };
        for german in ["de", "de_DE.UTF-8", "de_AT@euro", "DE_ch"] {
            assert_eq!(of(&[("LANG", german)]), Language::German, "{german}");
        }
        for english in ["", "C", "C.UTF-8", "POSIX", "fr_FR.UTF-8", "den_DE", "\u{1b}[2J"] {
            assert_eq!(of(&[("LANG", english)]), Language::English, "{english}");
        }
        assert_eq!(of(&[("LANG", "de_DE"), ("LC_MESSAGES", "en_US")]), Language::English);
        assert_eq!(of(&[("LANG", "en_US"), ("LC_MESSAGES", "de_DE")]), Language::German);
        assert_eq!(of(&[("LC_MESSAGES", "en_US"), ("LC_ALL", "de_DE")]), Language::German);
        assert_eq!(of(&[("LC_MESSAGES", ""), ("LANG", "de_DE")]), Language::German);
    }
}
