//! The look of a screen: one style for each role, for the colours that a terminal has and for its background.
//!
//! Text keeps the terminal's own colours. What has a colour of ours has a contrast of at least 4.5:1 on every usual
//! background of its kind (WCAG 2.2, 1.4.3), also where an operator chose the accent and where only xterm's 256 colours are
//! left: a colour that would not is moved, or another one of the 256 is taken. Of 16 colours nobody knows what they look
//! like, so there they are used as ever: red and green beside a word, blue for frames. Colour is never the only carrier
//! of meaning: without it, attributes and brackets say the same.

use std::cell::RefCell;
use std::sync::LazyLock;

use ratatui::style::{Color, Modifier, Style};

use crate::domain::accent::Accent;
use crate::terminal::capabilities::{Background, ColorDepth};

/// Every style that pages are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Theme {
    /// Sentences, values, what was typed.
    pub(super) text: Style,
    /// Titles.
    pub(super) strong: Style,
    /// Labels of facts, hints, headings of tables, what explains.
    pub(super) secondary: Style,
    /// What cannot be pressed now.
    pub(super) disabled: Style,
    /// The portal's name, and the sign before a link.
    pub(super) accent: Style,
    /// The label of the field that has the focus.
    pub(super) focus: Style,
    /// The frame of a field, and of one that has the focus.
    pub(super) border: Style,
    pub(super) border_focus: Style,
    /// The mark beside the selected row and the current place.
    pub(super) bar: Style,
    /// The button that Enter presses from a field.
    pub(super) button: Style,
    /// Its brackets, which are only seen where nothing else makes it a button.
    pub(super) button_edge: Style,
    /// A button while something else would be pressed.
    pub(super) button_rest: Style,
    pub(super) button_rest_edge: Style,
    /// The button, link or place that has the focus.
    pub(super) pressed_next: Style,
    /// Another way on.
    pub(super) link: Style,
    /// The headings of a table.
    pub(super) heading: Style,
    /// The selected row, and the bar beside it.
    pub(super) selection: Style,
    pub(super) selection_bar: Style,
    /// The place where one is, and its brackets.
    pub(super) current: Style,
    pub(super) current_edge: Style,
    /// A passing message.
    pub(super) toast: Style,
    /// Messages, always beside a word that says the same.
    pub(super) good: Style,
    pub(super) warning: Style,
    pub(super) bad: Style,
}

const PLAIN: Style = Style::new();
const BOLD: Style = PLAIN.add_modifier(Modifier::BOLD);
const DIM: Style = PLAIN.add_modifier(Modifier::DIM);
const UNDERLINED: Style = PLAIN.add_modifier(Modifier::UNDERLINED);
const REVERSED: Style = PLAIN.add_modifier(Modifier::REVERSED);

/// Red, green, blue.
type Rgb = (u8, u8, u8);

const BLACK: Rgb = (0, 0, 0);
const WHITE: Rgb = (255, 255, 255);
/// Text on a tint.
const ON_DARK: Rgb = (0xee, 0xee, 0xee);
const ON_LIGHT: Rgb = (0x1c, 0x1c, 0x1c);
const GREY: Rgb = (0x94, 0x94, 0x94);
const GREEN: Rgb = (0x3f, 0xae, 0x4c);
const AMBER: Rgb = (0xd7, 0x87, 0x1a);
const RED: Rgb = (0xff, 0x5f, 0x5f);

/// Backgrounds that people use: xterm, VS Code, Solarized dark, One Dark; xterm, Solarized light.
const DARK_GROUNDS: [Rgb; 4] = [BLACK, (0x1e, 0x1e, 0x1e), (0x00, 0x2b, 0x36), (0x28, 0x2c, 0x34)];
const LIGHT_GROUNDS: [Rgb; 2] = [WHITE, (0xfd, 0xf6, 0xe3)];
/// WCAG 2.2, 1.4.3 for text.
const ENOUGH: f64 = 4.5;
/// The colours for a dark background are shown where nobody knows the background, too: they must be readable on white.
const READABLE: f64 = 2.8;

impl Theme {
    /// The styles for a terminal.
    pub(in crate::ui) fn of(accent: Accent, depth: ColorDepth, background: Background) -> Self {
        match depth {
            ColorDepth::Mono => Self::MONO,
            ColorDepth::Ansi16 => Self::of_16(background),
            ColorDepth::Ansi256 | ColorDepth::Rgb => Colours { accent, depth, background }.known_theme(),
        }
    }

    /// Without colours: bold, reverse and underline.
    const MONO: Self = Self {
        text: PLAIN,
        strong: BOLD,
        secondary: PLAIN,
        disabled: DIM,
        accent: PLAIN,
        focus: BOLD,
        border: PLAIN,
        border_focus: BOLD,
        bar: BOLD,
        button: BOLD,
        button_edge: BOLD,
        button_rest: BOLD,
        button_rest_edge: BOLD,
        pressed_next: REVERSED,
        link: UNDERLINED,
        heading: UNDERLINED,
        selection: REVERSED,
        selection_bar: REVERSED,
        current: BOLD,
        current_edge: BOLD,
        toast: BOLD.add_modifier(Modifier::REVERSED),
        good: PLAIN,
        warning: BOLD,
        bad: PLAIN,
    };

    /// White on blue is readable in every palette; of blue letters nobody knows, so only lines have that colour.
    const fn of_16(background: Background) -> Self {
        let blue = match background {
            Background::Dark => Color::LightBlue,
            Background::Light => Color::Blue,
        };
        let filled = BOLD.fg(Color::White).bg(Color::Blue);
        let line = PLAIN.fg(blue);
        Self {
            accent: BOLD,
            border_focus: line,
            bar: line,
            button: filled,
            button_edge: hidden(Color::Blue),
            pressed_next: filled,
            link: PLAIN,
            good: PLAIN.fg(Color::Green),
            bad: PLAIN.fg(Color::Red),
            ..Self::MONO
        }
    }
}

/// For a character that is there for those who read the text, and not seen. Bold might be another colour.
const fn hidden(color: Color) -> Style {
    PLAIN.fg(color).bg(color).remove_modifier(Modifier::BOLD)
}

/// What the styles of a terminal with 256 colours and more are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Colours {
    accent: Accent,
    depth: ColorDepth,
    background: Background,
}

thread_local! {
    /// The themes that were asked for last: a portal has one accent, and each takes some ten thousand steps.
    static KNOWN: RefCell<Vec<(Colours, Theme)>> = const { RefCell::new(Vec::new()) };
}

/// Two depths on two backgrounds.
const MOST_KNOWN: usize = 4;

impl Colours {
    fn known_theme(self) -> Theme {
        KNOWN.with_borrow_mut(|known| {
            if let Some((_, theme)) = known.iter().find(|(colours, _)| *colours == self) {
                return *theme;
            }
            let theme = self.theme();
            known.truncate(MOST_KNOWN - 1);
            known.insert(0, (self, theme));
            theme
        })
    }

    fn theme(self) -> Theme {
        let grounds = self.grounds();
        let Accent { red, green, blue } = self.accent;
        let [accent, grey, green, amber, red] =
            [(red, green, blue), GREY, GREEN, AMBER, RED].map(|rgb| self.readable(rgb, grounds));
        let (tint, on_tint) = self.tint(accent);
        let bar = self.readable(accent, &[tint]);
        let on_accent = if contrast(BLACK, accent) > contrast(WHITE, accent) { BLACK } else { WHITE };
        let [accent_, grey, green, amber, red, tint, on_tint, bar, on_accent] =
            [accent, grey, green, amber, red, tint, on_tint, bar, on_accent].map(|rgb| self.color(rgb));
        let tinted = PLAIN.fg(on_tint).bg(tint);
        let filled = BOLD.fg(on_accent).bg(accent_);
        let accent = PLAIN.fg(accent_);
        Theme {
            text: PLAIN,
            strong: BOLD,
            secondary: PLAIN.fg(grey),
            disabled: PLAIN.fg(grey),
            accent,
            focus: BOLD.fg(accent_),
            border: PLAIN.fg(grey),
            border_focus: accent,
            bar: accent,
            button: filled,
            button_edge: hidden(accent_),
            button_rest: BOLD.fg(bar).bg(tint),
            button_rest_edge: hidden(tint),
            pressed_next: filled,
            link: PLAIN,
            heading: PLAIN.fg(grey),
            selection: tinted,
            selection_bar: PLAIN.fg(bar).bg(tint),
            current: BOLD.fg(on_tint).bg(tint),
            current_edge: hidden(tint),
            toast: BOLD.fg(on_tint).bg(tint),
            good: PLAIN.fg(green),
            warning: PLAIN.fg(amber),
            bad: PLAIN.fg(red),
        }
    }

    const fn grounds(self) -> &'static [Rgb] {
        match self.background {
            Background::Dark => &DARK_GROUNDS,
            Background::Light => &LIGHT_GROUNDS,
        }
    }

    /// `rgb`, or what is nearest to it, readable on `grounds`.
    fn readable(self, rgb: Rgb, grounds: &[Rgb]) -> Rgb {
        let moved = moved(rgb, grounds, self.background);
        if self.depth == ColorDepth::Rgb {
            return moved;
        }
        let on_white = |rgb: Rgb| self.background == Background::Light || contrast(rgb, WHITE) >= READABLE;
        let best = nearest(moved, |rgb| reads(rgb, grounds) && on_white(rgb));
        if reads(best, grounds) { best } else { nearest(moved, |rgb| reads(rgb, grounds)) }
    }

    /// A trace of `accent` in the background, with text on it; what else is drawn there is made readable on it.
    fn tint(self, accent: Rgb) -> (Rgb, Rgb) {
        let (ground, text) = match self.background {
            Background::Dark => ((0x1e, 0x1f, 0x22), ON_DARK),
            Background::Light => (WHITE, ON_LIGHT),
        };
        let does = |tint: Rgb| reads(text, &[tint]);
        let mixes = (0..=16u8).rev().map(|share| mixed(ground, accent, share));
        let tint = mixes.into_iter().find(|tint| does(*tint)).unwrap_or(ground);
        let tint = if self.depth == ColorDepth::Rgb { tint } else { nearest(tint, does) };
        (tint, text)
    }

    fn color(self, (red, green, blue): Rgb) -> Color {
        if self.depth == ColorDepth::Rgb {
            return Color::Rgb(red, green, blue);
        }
        let index = (16..=255).find(|index| xterm(*index) == (red, green, blue));
        // Black, white and the text on a tint are greys of the palette; everything else was taken from it.
        Color::Indexed(index.unwrap_or_else(|| nearest_index((red, green, blue), |_| true)))
    }
}

/// `rgb`, lighter on a dark background and darker on a light one until it is readable; not so light on a dark one that it
/// would be lost on white.
fn moved(rgb: Rgb, grounds: &[Rgb], background: Background) -> Rgb {
    let towards = |end: Rgb, does: &dyn Fn(Rgb) -> bool| {
        (0..=u8::MAX).map(|share| mixed_finely(rgb, end, share)).find(|rgb| does(*rgb)).unwrap_or(end)
    };
    let reads = |rgb: Rgb| reads(rgb, grounds);
    match background {
        Background::Light => towards(BLACK, &reads),
        Background::Dark if !reads(rgb) => towards(WHITE, &reads),
        Background::Dark => towards(BLACK, &|rgb| contrast(rgb, WHITE) >= READABLE),
    }
}

fn reads(rgb: Rgb, grounds: &[Rgb]) -> bool {
    grounds.iter().all(|ground| contrast(rgb, *ground) >= ENOUGH)
}

/// `share` of 100 parts of `b` in `a`.
fn mixed(a: Rgb, b: Rgb, share: u8) -> Rgb {
    mix(a, b, share, 100)
}

/// `share` of 255 parts of `b` in `a`.
fn mixed_finely(a: Rgb, b: Rgb, share: u8) -> Rgb {
    mix(a, b, share, 255)
}

fn mix(a: Rgb, b: Rgb, share: u8, of: u16) -> Rgb {
    let share = u16::from(share);
    let one = |a: u8, b: u8| {
        let sum = u32::from(a) * u32::from(of - share) + u32::from(b) * u32::from(share);
        u8::try_from(sum / u32::from(of)).unwrap_or(u8::MAX)
    };
    (one(a.0, b.0), one(a.1, b.1), one(a.2, b.2))
}

/// The contrast ratio of two colours (WCAG 2.2).
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The relative luminance (WCAG 2.2).
fn luminance((red, green, blue): Rgb) -> f64 {
    static LINEAR: LazyLock<[f64; 256]> = LazyLock::new(|| {
        std::array::from_fn(|channel| {
            let channel = f64::from(u8::try_from(channel).unwrap_or(u8::MAX)) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        })
    });
    let linear = |channel: u8| LINEAR[usize::from(channel)];
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// The colour of xterm's palette that is nearest to `rgb` and does what it must.
fn nearest(rgb: Rgb, does: impl Fn(Rgb) -> bool) -> Rgb {
    xterm(nearest_index(rgb, does))
}

fn nearest_index(rgb: Rgb, does: impl Fn(Rgb) -> bool) -> u8 {
    let distance = |index: &u8| {
        let other = xterm(*index);
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        // The eye tells greens apart best.
        2 * square(rgb.0, other.0) + 4 * square(rgb.1, other.1) + 3 * square(rgb.2, other.2)
    };
    (16..=255).filter(|index| does(xterm(*index))).min_by_key(distance).unwrap_or(16)
}

/// A colour of xterm's palette from 16 on: a cube of 6x6x6 colours, and 24 greys. The 16 before are anybody's.
const fn xterm(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return (grey, grey, grey);
    }
    let n = index.saturating_sub(16) as usize;
    (LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rgb(color: Option<Color>) -> Option<Rgb> {
        match color? {
            Color::Rgb(red, green, blue) => Some((red, green, blue)),
            Color::Indexed(index) => {
                assert!(index >= 16, "nobody knows what {index} looks like");
                Some(xterm(index))
            }
            other => panic!("{other:?} in a theme of many colours"),
        }
    }

    /// All styles but those that hide a bracket, by name.
    fn roles(theme: &Theme) -> Vec<(&'static str, Style)> {
        macro_rules! named {
            ($($role:ident),+) => {{
                // A role that is missing here does not compile.
                let Theme { $($role),+, button_edge: _, button_rest_edge: _, current_edge: _ } = theme;
                vec![$((stringify!($role), *$role)),+]
            }};
        }
        named!(
            text,
            strong,
            secondary,
            disabled,
            accent,
            focus,
            border,
            border_focus,
            bar,
            button,
            button_rest,
            pressed_next,
            link,
            heading,
            selection,
            selection_bar,
            current,
            toast,
            good,
            warning,
            bad
        )
    }

    fn check(accent: Accent) {
        for depth in [ColorDepth::Ansi256, ColorDepth::Rgb] {
            for (background, grounds) in
                [(Background::Dark, &DARK_GROUNDS[..]), (Background::Light, &LIGHT_GROUNDS[..])]
            {
                let theme = Theme::of(accent, depth, background);
                for (role, style) in roles(&theme) {
                    let what = format!("{role} of {accent:?} in {depth:?} on {background:?}: {style:?}");
                    assert!(!style.add_modifier.contains(Modifier::DIM), "{what}");
                    match (rgb(style.fg), rgb(style.bg)) {
                        (None, None) => {}
                        (Some(fg), Some(bg)) => assert!(contrast(fg, bg) >= ENOUGH, "{what}"),
                        (Some(fg), None) => assert!(reads(fg, grounds), "{what}"),
                        (None, Some(_)) => panic!("the terminal's own colour on one of ours: {what}"),
                    }
                }
                for edge in [theme.button_edge, theme.button_rest_edge, theme.current_edge] {
                    assert!(edge.fg == edge.bg && edge.fg.is_some(), "{edge:?}");
                }
            }
        }
    }

    #[test]
    fn every_pair_of_the_theme_has_a_contrast_of_four_and_a_half() {
        check(Accent::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn an_accent_that_would_be_hard_to_read_is_moved(red: u8, green: u8, blue: u8) {
            check(Accent { red, green, blue });
        }
    }

    #[test]
    fn the_extremes_of_an_accent_are_moved_too() {
        for (red, green, blue) in [BLACK, WHITE, (255, 255, 0), (0, 0, 255), (255, 0, 0), (0, 255, 0)] {
            check(Accent { red, green, blue });
        }
    }

    #[test]
    fn an_accent_that_is_readable_stays_as_it_was_chosen() {
        let theme =
            Theme::of(Accent { red: 0x87, green: 0x87, blue: 0xff }, ColorDepth::Rgb, Background::Dark);
        assert_eq!(theme.accent.fg, Some(Color::Rgb(0x87, 0x87, 0xff)));
        let theme =
            Theme::of(Accent { red: 0x3d, green: 0x44, blue: 0xc4 }, ColorDepth::Rgb, Background::Light);
        assert_eq!(theme.accent.fg, Some(Color::Rgb(0x3d, 0x44, 0xc4)));
    }

    #[test]
    fn what_is_shown_where_nobody_knows_the_background_is_readable_on_white_too() {
        for depth in [ColorDepth::Ansi256, ColorDepth::Rgb] {
            let theme = Theme::of(Accent::default(), depth, Background::default());
            for (role, style) in roles(&theme).into_iter().filter(|(_, style)| style.bg.is_none()) {
                let Some(fg) = rgb(style.fg) else { continue };
                assert!(contrast(fg, WHITE) >= READABLE, "{role} in {depth:?}: {style:?}");
            }
        }
    }

    #[test]
    fn sixteen_colours_leave_letters_in_the_terminal_s_own_colour_but_for_words_and_buttons() {
        for background in [Background::Dark, Background::Light] {
            let theme = Theme::of(Accent::default(), ColorDepth::Ansi16, background);
            for (role, style) in roles(&theme) {
                let may = ["border_focus", "bar", "button", "pressed_next", "good", "bad"].contains(&role);
                assert!(may || (style.fg, style.bg) == (None, None), "{role}: {style:?}");
            }
            assert_eq!((theme.button.fg, theme.button.bg), (Some(Color::White), Some(Color::Blue)));
        }
    }

    #[test]
    fn without_colours_attributes_tell_everything() {
        let theme = Theme::of(Accent::default(), ColorDepth::Mono, Background::Light);
        assert!(roles(&theme).iter().all(|(_, style)| (style.fg, style.bg) == (None, None)));
        assert_ne!(theme.focus, theme.text);
        assert_ne!(theme.pressed_next, theme.button);
        assert_ne!(theme.current, theme.text);
        assert_ne!(theme.disabled, theme.button);
    }
}
