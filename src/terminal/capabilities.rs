//! Terminal capabilities, derived from `TERM` and the environment. The terminal is asked for its background alone, beside
//! the first frame, which does not wait for the answer: most say what else they can by their name.

use ratatui::style::Color;

/// Colours that a terminal supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// None, or turned off by `NO_COLOR`; bold, reverse and underline still work.
    Mono,
    /// The 16 colours of the terminal's theme.
    Ansi16,
    /// The 256 colours of xterm.
    Ansi256,
    /// 24-bit colour.
    Rgb,
}

const RGB_TERMINALS: [&str; 6] = ["direct", "kitty", "alacritty", "foot", "ghostty", "wezterm"];

impl ColorDepth {
    /// The colour depth for `term` (`TERM`) and `env`. `NO_COLOR` applies if it is not empty
    /// (no-color.org).
    #[must_use]
    pub fn of(term: &str, env: &[(String, String)]) -> Self {
        let color_term = value(env, "COLORTERM").unwrap_or_default();
        let is_rgb = |name: &&str| term.contains(name);
        if value(env, "NO_COLOR").is_some() || is_colourless(term) {
            Self::Mono
        } else if matches!(color_term, "truecolor" | "24bit") || RGB_TERMINALS.iter().any(is_rgb) {
            Self::Rgb
        } else if term.contains("256color") {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }

    /// `color` if the terminal can show it, else the terminal's default colour.
    #[must_use]
    pub const fn shown(self, color: Color) -> Color {
        let needed = match color {
            Color::Reset => return color,
            Color::Rgb(..) => Self::Rgb,
            Color::Indexed(16..) => Self::Ansi256,
            _ => Self::Ansi16,
        };
        if self as u8 >= needed as u8 { color } else { Color::Reset }
    }
}

/// Whether the terminal's background is dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Also where nothing is known: the values for it are readable on both.
    #[default]
    Dark,
    Light,
}

/// Asks the terminal for its background colour (OSC 11 in xterm's control sequences). Terminals that do not know it drop
/// it; the answer is [`Input::Background`](super::input::Input::Background).
pub const ASK_BACKGROUND: &[u8] = b"\x1b]11;?\x1b\\";

impl Background {
    /// The background of a terminal by `COLORFGBG`, which rxvt, Konsole and others set to numbers of colours such as `0;15`
    /// or `0;default;15`. Seven and from nine on are light.
    #[must_use]
    pub fn of(env: &[(String, String)]) -> Option<Self> {
        let number: u8 = value(env, "COLORFGBG")?.rsplit(';').next()?.parse().ok()?;
        match number {
            7 | 9..=15 => Some(Self::Light),
            0..=8 => Some(Self::Dark),
            _ => None,
        }
    }

    /// The background that a terminal's answer to [`ASK_BACKGROUND`] names, such as `rgb:ffff/ffff/dddd`.
    #[must_use]
    pub fn of_answer(colour: &str) -> Option<Self> {
        let parts = colour.strip_prefix("rgb:").or_else(|| colour.strip_prefix("rgba:"))?;
        let mut parts = parts.split('/').map(intensity);
        let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
        // Rec. 601 luma, which is what people compare by.
        let luma = (299 * red + 587 * green + 114 * blue) / 1_000;
        Some(if luma > 500 { Self::Light } else { Self::Dark })
    }
}

/// One to four hexadecimal digits as thousandths of their maximum (`XParseColor`).
fn intensity(digits: &str) -> Option<u32> {
    let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    Some(number * 1_000 / ((1 << (4 * digits.len())) - 1))
}

/// Whether a terminal of the type `term` takes control strings such as OSC, or drops them whole. The Linux console and
/// terminals of the seventies print parts of them.
#[must_use]
pub fn takes_control_strings(term: &str) -> bool {
    let prints =
        ["linux", "ansi", "cons", "pcansi", "sun", "wsvt", "wyse", "hft", "eterm-color", "putty-vt100"];
    !is_colourless(term) && !prints.iter().any(|name| term.starts_with(name))
}

/// Characters that a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// All of Unicode.
    Utf8,
    /// Printable ASCII.
    Ascii,
}

impl Charset {
    /// The character set of a terminal of the type `term`: that of its locale, and where none was sent, ASCII for terminals
    /// that are older than Unicode.
    #[must_use]
    pub fn of_terminal(term: &str, env: &[(String, String)]) -> Self {
        let is_old = is_vt(term) || term == "ansi" || term.starts_with("ansi-");
        if is_old && locale(env).is_none() { Self::Ascii } else { Self::of(env) }
    }

    /// The character set of the locale in `env`: `LC_ALL`, else `LC_CTYPE`, else `LANG` (POSIX, XBD
    /// section 8.2). Clients that send none of them most likely use UTF-8.
    #[must_use]
    pub fn of(env: &[(String, String)]) -> Self {
        let Some(locale) = locale(env) else { return Self::Utf8 };
        let locale = locale.to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Utf8 } else { Self::Ascii }
    }
}

/// DEC VT terminals (`vt100`, `vt220-w`, not `vte-256color`).
fn is_vt(term: &str) -> bool {
    term.strip_prefix("vt").is_some_and(|model| model.starts_with(|c: char| c.is_ascii_digit()))
}

fn locale(env: &[(String, String)]) -> Option<&str> {
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| value(env, name))
}

/// DEC VT terminals and dumb ones.
fn is_colourless(term: &str) -> bool {
    is_vt(term) || matches!(term, "" | "dumb" | "unknown")
}

fn value<'a>(env: &'a [(String, String)], name: &str) -> Option<&'a str> {
    env.iter().rev().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_depth_follows_the_terminal_and_its_environment() {
        assert_eq!(ColorDepth::of("xterm", &[]), ColorDepth::Ansi16);
        assert_eq!(ColorDepth::of("tmux-256color", &[]), ColorDepth::Ansi256);
        assert_eq!(ColorDepth::of("xterm-kitty", &[]), ColorDepth::Rgb);
        assert_eq!(ColorDepth::of("xterm", &env(&[("COLORTERM", "truecolor")])), ColorDepth::Rgb);
        assert_eq!(ColorDepth::of("xterm-kitty", &env(&[("NO_COLOR", "1")])), ColorDepth::Mono);
        assert_eq!(ColorDepth::of("xterm", &env(&[("NO_COLOR", "")])), ColorDepth::Ansi16);
        assert_eq!(ColorDepth::of("vt220", &[]), ColorDepth::Mono);
        assert_eq!(ColorDepth::of("dumb", &[]), ColorDepth::Mono);
        assert_eq!(ColorDepth::of("vte-256color", &[]), ColorDepth::Ansi256);
    }

    #[test]
    fn a_background_is_told_by_colorfgbg() {
        let of = |value: &str| Background::of(&env(&[("COLORFGBG", value)]));
        assert_eq!((of("0;15"), of("15;0")), (Some(Background::Light), Some(Background::Dark)));
        assert_eq!((of("0;default;15"), of("7;8")), (Some(Background::Light), Some(Background::Dark)));
        for nothing in ["", "default;default", "0;256", "0;-1", "0;16", "x"] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_background_is_told_by_the_answer_of_the_terminal() {
        let light = Some(Background::Light);
        for (answer, background) in [
            ("rgb:ffff/ffff/ffff", light),
            ("rgb:fd/f6/e3", light),
            ("rgba:ffff/ffff/ffff/ffff", light),
            ("rgb:f/f/f", light),
            ("rgb:0000/2b2b/3636", Some(Background::Dark)),
            ("rgb:0000/0000/ffff", Some(Background::Dark)),
            ("rgb:ffff/ffff", None),
            ("rgb:", None),
            ("rgb:fffff/ffff/ffff", None),
            ("rgb:+f/ff/ff", None),
            ("#ffffff", None),
            ("?", None),
        ] {
            assert_eq!(Background::of_answer(answer), background, "{answer}");
        }
    }

    #[test]
    fn consoles_and_vts_get_no_control_strings() {
        for term in ["linux", "linux-16color", "vt100", "vt220-w", "ansi", "cons25", "dumb", ""] {
            assert!(!takes_control_strings(term), "{term}");
        }
        for term in ["xterm", "xterm-kitty", "tmux-256color", "screen", "foot", "alacritty", "vte-256color"] {
            assert!(takes_control_strings(term), "{term}");
        }
    }

    #[test]
    fn an_unsupported_colour_becomes_the_default_colour() {
        assert_eq!(ColorDepth::Mono.shown(Color::Red), Color::Reset);
        assert_eq!(ColorDepth::Ansi16.shown(Color::Red), Color::Red);
        assert_eq!(ColorDepth::Ansi16.shown(Color::Indexed(9)), Color::Indexed(9));
        assert_eq!(ColorDepth::Ansi16.shown(Color::Indexed(99)), Color::Reset);
        assert_eq!(ColorDepth::Ansi256.shown(Color::Rgb(1, 2, 3)), Color::Reset);
        assert_eq!(ColorDepth::Rgb.shown(Color::Rgb(1, 2, 3)), Color::Rgb(1, 2, 3));
    }

    #[test]
    fn the_character_set_follows_the_first_locale_variable_that_is_set() {
        assert_eq!(Charset::of(&[]), Charset::Utf8);
        assert_eq!(Charset::of(&env(&[("LANG", "C")])), Charset::Ascii);
        assert_eq!(Charset::of(&env(&[("LANG", "C.UTF-8")])), Charset::Utf8);
        assert_eq!(Charset::of(&env(&[("LANG", "de_DE.utf8"), ("LC_ALL", "POSIX")])), Charset::Ascii);
        assert_eq!(
            Charset::of(&env(&[("LANG", "C"), ("LC_CTYPE", "en_US.UTF-8"), ("LC_ALL", "")])),
            Charset::Utf8
        );
    }

    #[test]
    fn a_terminal_older_than_unicode_has_ascii_unless_its_locale_says_otherwise() {
        for (term, charset) in [
            ("vt100", Charset::Ascii),
            ("vt52", Charset::Ascii),
            ("ansi", Charset::Ascii),
            ("vte-256color", Charset::Utf8),
            ("linux", Charset::Utf8),
            ("xterm", Charset::Utf8),
        ] {
            assert_eq!(Charset::of_terminal(term, &[]), charset, "{term}");
            assert_eq!(Charset::of_terminal(term, &env(&[("LANG", "C.UTF-8")])), Charset::Utf8, "{term}");
            assert_eq!(Charset::of_terminal(term, &env(&[("LANG", "C")])), Charset::Ascii, "{term}");
        }
    }

    /// What macOS sends without a region, a minimal system, and one with the locales of the nineties.
    #[test]
    fn a_locale_of_macos_c_or_euro_chooses_utf_8_or_ascii() {
        for (name, locale, charset) in [
            ("LC_CTYPE", "UTF-8", Charset::Utf8),
            ("LANG", "de_DE.UTF-8@euro", Charset::Utf8),
            ("LANG", "C", Charset::Ascii),
            ("LANG", "de_DE@euro", Charset::Ascii),
        ] {
            assert_eq!(Charset::of(&env(&[(name, locale)])), charset, "{name}={locale}");
        }
    }
}
