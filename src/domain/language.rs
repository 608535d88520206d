//! Languages of the user interface, by BCP 47 tag.

/// A language of the user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    tag: &'static str,
    name: &'static str,
}

/// Every available language; the first is the default.
pub const SHIPPED: [Language; 1] = [Language { tag: "en", name: "English" }];

/// Not an available language. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Only English (en) is available so far.")]
pub struct LanguageRefusal;

impl Language {
    /// Finds a language by its tag, which is case-insensitive (RFC 5646 section 2.1.1).
    pub fn parse(typed: &str) -> Result<Self, LanguageRefusal> {
        let typed = typed.trim();
        SHIPPED.into_iter().find(|language| language.tag.eq_ignore_ascii_case(typed)).ok_or(LanguageRefusal)
    }

    /// The tags of all languages.
    #[must_use]
    pub fn tags() -> [&'static str; SHIPPED.len()] {
        SHIPPED.map(Self::tag)
    }

    /// True when there is more than one. As long as there is not, nobody is asked for it.
    #[must_use]
    pub const fn is_a_choice() -> bool {
        SHIPPED.len() > 1
    }

    #[cfg(test)]
    pub(crate) const fn for_test(tag: &'static str, name: &'static str) -> Self {
        Self { tag, name }
    }

    /// The BCP 47 tag, `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.tag
    }

    /// The English name, `English`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_of_an_unknown_language_lists_the_available_ones() {
        assert_eq!(Language::parse(" EN ").map(Language::tag), Ok("en"));
        for typed in ["", "de", "en-GB", "english", "e\u{200b}n"] {
            assert_eq!(Language::parse(typed), Err(LanguageRefusal), "{typed:?}");
        }
        for language in SHIPPED {
            let listed = format!("{} ({})", language.name(), language.tag());
            assert!(LanguageRefusal.to_string().contains(&listed));
        }
    }
}
