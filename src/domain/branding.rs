//! What an operator writes for the people of the portal, over several lines: the art above the sign-in, and the text at the
//! end of the help. What a terminal would not show as it is written is refused with its line, never cut or cleaned.

use std::fmt;
use std::str::FromStr;

use super::text::is_inert;

/// The most lines of art.
const ART_LINES: usize = 6;
/// The most columns of art: as wide as a page of text.
const ART_COLUMNS: usize = 60;
/// The most lines of the help text.
const HELP_LINES: usize = 12;
/// The most characters of one of them.
const HELP_CHARS: usize = 200;

/// Lines of printable ASCII for the sign-in page; none by default. Letters that look alike elsewhere and characters that are
/// two columns wide in some terminals would tear it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Art(Vec<String>);

/// A text for the end of the help; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelpText(Vec<String>);

impl Art {
    /// The lines, without trailing spaces.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }

    /// Columns of the widest line.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.0.iter().map(String::len).max().unwrap_or(0)
    }
}

impl HelpText {
    /// The lines; an empty one is between paragraphs.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for Art {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        lines(text, ART_LINES, |line| {
            if let Some(c) = line.chars().find(|c| !matches!(c, ' '..='~')) {
                return Err(format!("has the character U+{:04X}, expected printable ASCII", u32::from(c)));
            }
            match line.len() {
                0..=ART_COLUMNS => Ok(()),
                many => Err(format!("has {many} columns, expected {ART_COLUMNS} at most")),
            }
        })
        .map(Self)
    }
}

impl FromStr for HelpText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        lines(text, HELP_LINES, |line| match line.chars().count() {
            0..=HELP_CHARS if is_inert(line) => Ok(()),
            0..=HELP_CHARS => Err("has a control or invisible character".to_owned()),
            many => Err(format!("has {many} characters, expected {HELP_CHARS} at most")),
        })
        .map(Self)
    }
}

/// The lines of `text` without the blank ones around it, each as `check` wants it.
fn lines(text: &str, most: usize, check: impl Fn(&str) -> Result<(), String>) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_end_matches(' ');
        check(line).map_err(|fault| format!("line {} of it {fault}", n + 1))?;
        lines.push(line.to_owned());
    }
    let first = lines.iter().take_while(|line| line.is_empty()).count();
    lines.drain(..first);
    lines.truncate(lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
    match lines.len() {
        many if many > most => Err(format!("it has {many} lines, expected {most} at most")),
        _ => Ok(lines),
    }
}

impl fmt::Display for Art {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl fmt::Display for HelpText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn art_keeps_its_shape_and_loses_the_blank_lines_around_it() {
        let art: Art = "\n  /\\_/\\   \n ( o.o )\n\n  > ^ <\n\n".parse().unwrap();
        assert_eq!(art.lines(), ["  /\\_/\\", " ( o.o )", "", "  > ^ <"]);
        assert_eq!((art.columns(), art.to_string().parse()), (8, Ok(art.clone())));
        assert_eq!("".parse(), Ok(Art::default()));
    }

    #[test]
    fn what_would_not_look_as_written_is_refused_with_its_line() {
        let long = format!("ok\n{}", "x".repeat(61));
        for (text, why) in [
            ("ok\n\u{1b}[31mred", "line 2 of it has the character U+001B"),
            ("a\tb", "line 1 of it has the character U+0009"),
            ("a\rb", "line 1 of it has the character U+000D"),
            ("ok\nok\n\u{202e}evil", "line 3 of it has the character U+202E"),
            ("\u{6e21}", "line 1 of it has the character U+6E21"),
            ("\u{2588}\u{2588}", "line 1 of it has the character U+2588"),
            ("e\u{301}", "line 1 of it has the character U+0301"),
            (long.as_str(), "line 2 of it has 61 columns, expected 60 at most"),
            ("1\n2\n3\n4\n5\n6\n7", "it has 7 lines, expected 6 at most"),
        ] {
            let refused = text.parse::<Art>().unwrap_err();
            assert!(refused.starts_with(why), "{text:?}: {refused}");
        }
    }

    #[test]
    fn a_help_text_is_in_any_language_and_nothing_else() {
        let text: HelpText = "Ask \u{6e21}\u{8fba} in room 4.\n\nWe answer until 18:00.\n".parse().unwrap();
        assert_eq!(text.lines().len(), 3);
        let long = "x".repeat(201);
        for (text, why) in [
            ("ok\n\u{1b}]0;title\u{7}", "line 2 of it has a control"),
            ("\u{202e}evil", "line 1 of it has a control"),
            (long.as_str(), "line 1 of it has 201 characters"),
        ] {
            let refused = text.parse::<HelpText>().unwrap_err();
            assert!(refused.starts_with(why), "{text:?}: {refused}");
        }
        assert_eq!("x\n".repeat(13).parse::<HelpText>().unwrap_err(), "it has 13 lines, expected 12 at most");
    }
}
