//! Multi-line text, ended by a line with only a dot, as in mail(1).

use zeroize::Zeroizing;

/// The line that ends a long text.
const END: &str = ".";

/// The lines so far.
#[derive(Default)]
pub(super) struct LongText {
    text: Option<Zeroizing<String>>,
}

impl LongText {
    /// Whether a line was typed and the final dot is still missing.
    pub(super) fn is_started(&self) -> bool {
        self.text.is_some()
    }

    /// Adds a line. Returns the whole text, which may be empty, at the final dot. A text that exceeds `max_chars` stops
    /// growing soon after, but stays too long.
    pub(super) fn push(&mut self, line: &str, max_chars: usize) -> Option<Zeroizing<String>> {
        if line == END {
            return Some(self.text.take().unwrap_or_default());
        }
        self.add(line, max_chars);
        None
    }

    /// Adds a line. Returns the whole text as soon as it is not `is_unfinished`.
    pub(super) fn push_while(
        &mut self,
        line: &str,
        max_chars: usize,
        is_unfinished: fn(&str) -> bool,
    ) -> Option<Zeroizing<String>> {
        self.add(line, max_chars);
        self.text.take_if(|text| text.chars().count() > max_chars || !is_unfinished(text))
    }

    fn add(&mut self, line: &str, max_chars: usize) {
        let text = self.text.get_or_insert_default();
        if text.chars().count() <= max_chars {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
        }
    }

    pub(super) fn clear(&mut self) {
        self.text = None;
    }
}

impl std::fmt::Debug for LongText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LongText(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_text_until_the_dot() {
        let mut long = LongText::default();
        for line in ["No email comes.", "", "Why? ...", ". "] {
            assert!(long.push(line, 100).is_none() && long.is_started());
        }
        assert_eq!(long.push(".", 100).unwrap().as_str(), "No email comes.\n\nWhy? ...\n. ");
        assert!(!long.is_started());
        assert_eq!(long.push(".", 100).unwrap().as_str(), "");
    }

    #[test]
    fn a_text_that_is_too_long_stays_too_long_and_stops_growing() {
        let mut long = LongText::default();
        for _ in 0..1_000 {
            long.push(&"x".repeat(60), 100);
        }
        let kept = long.push(".", 100).unwrap().chars().count();
        assert!(kept > 100 && kept < 200, "{kept}");
    }
}
