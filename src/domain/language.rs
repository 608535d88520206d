//! Languages that the portal speaks, by their tags (BCP 47).

/// A language that the portal speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    tag: &'static str,
    name: &'static str,
}

/// Every language whose words are written, the first being the one that is spoken until another is chosen.
pub const SHIPPED: [Language; 1] = [Language { tag: "en", name: "English" }];

/// The text names no language that the portal speaks. `Display` is a whole sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The portal speaks English (en) only so far.")]
pub struct LanguageRefusal;

impl Language {
    /// The language with this tag, in any case (RFC 5646 section 2.1.1).
    pub fn parse(typed: &str) -> Result<Self, LanguageRefusal> {
        let typed = typed.trim();
        SHIPPED.into_iter().find(|language| language.tag.eq_ignore_ascii_case(typed)).ok_or(LanguageRefusal)
    }

    /// `en`
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.tag
    }

    /// `English`, in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_without_words_is_refused_by_a_sentence_that_names_those_with() {
        assert_eq!(Language::parse(" EN ").map(Language::tag), Ok("en"));
        for typed in ["", "de", "en-GB", "english", "e\u{200b}n"] {
            assert_eq!(Language::parse(typed), Err(LanguageRefusal), "{typed:?}");
        }
        for language in SHIPPED {
            let told = format!("{} ({})", language.name(), language.tag());
            assert!(LanguageRefusal.to_string().contains(&told));
        }
    }
}
