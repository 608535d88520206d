//! A text of several lines, typed one after the other until a line that is only a dot, as at mail(1).

use zeroize::Zeroizing;

/// The line that ends a long text.
const END: &str = ".";

/// The lines so far.
#[derive(Default)]
pub(super) struct LongText {
    text: Option<Zeroizing<String>>,
}

impl LongText {
    /// True from the first line to the dot.
    pub(super) fn is_begun(&self) -> bool {
        self.text.is_some()
    }

    /// Takes a line. Gives the whole text at its end, without the dot; the text of which nothing was typed is
    /// empty. Of one that gets longer than `max_chars` only so much is kept that this shows.
    pub(super) fn push(&mut self, line: &str, max_chars: usize) -> Option<Zeroizing<String>> {
        if line == END {
            return Some(self.text.take().unwrap_or_default());
        }
        let text = self.text.get_or_insert_default();
        if text.chars().count() <= max_chars {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
        }
        None
    }

    /// Forgets what was typed.
    pub(super) fn clear(&mut self) {
        self.text = None;
    }
}

impl std::fmt::Debug for LongText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Long(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_text_until_the_dot() {
        let mut long = LongText::default();
        for line in ["No email comes.", "", "Why? ...", ". "] {
            assert!(long.push(line, 100).is_none() && long.is_begun());
        }
        assert_eq!(long.push(".", 100).unwrap().as_str(), "No email comes.\n\nWhy? ...\n. ");
        assert!(!long.is_begun());
        assert_eq!(long.push(".", 100).unwrap().as_str(), "");
    }

    #[test]
    fn what_is_too_long_stays_so_however_much_follows() {
        let mut long = LongText::default();
        for _ in 0..1_000 {
            long.push(&"x".repeat(60), 100);
        }
        let kept = long.push(".", 100).unwrap().chars().count();
        assert!(kept > 100 && kept < 200, "{kept}");
    }
}
