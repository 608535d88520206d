//! Property tests: a terminal emulator that is fed our bytes shows exactly what was drawn.

use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::buffer::CellWidth;
use ratatui::style::{Color, Modifier, Style};

use super::*;

fn emulator(size: Size) -> vt100::Parser {
    vt100::Parser::new(cells(size.rows()), cells(size.cols()), 0)
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

fn color(shown: vt100::Color) -> Color {
    match shown {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(n) => Color::Indexed(n),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

#[derive(Clone, Debug)]
struct Put {
    x: u16,
    y: u16,
    text: String,
    style: Style,
}

#[derive(Clone, Debug)]
struct Drawn {
    size: Size,
    puts: Vec<Put>,
    cursor: Option<(u16, u16)>,
}

impl Drawn {
    fn draw(&self, buffer: &mut Buffer) -> Option<(u16, u16)> {
        for put in &self.puts {
            let (x, y) = (put.x % buffer.area.width, put.y % buffer.area.height);
            buffer.set_string(x, y, &put.text, put.style);
        }
        self.cursor.map(|(x, y)| (x % buffer.area.width, y % buffer.area.height))
    }
}

fn style() -> impl Strategy<Value = Style> {
    let color = prop_oneof![
        3 => Just(Color::Reset),
        1 => (0u8..16).prop_map(Color::Indexed),
        1 => (16u8..).prop_map(Color::Indexed),
        1 => any::<[u8; 3]>().prop_map(|[r, g, b]| Color::Rgb(r, g, b)),
    ];
    let modifier = prop::sample::select(vec![
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::UNDERLINED,
        Modifier::REVERSED,
        Modifier::BOLD.union(Modifier::REVERSED),
        Modifier::DIM,
    ]);
    (color.clone(), color, modifier)
        .prop_map(|(fg, bg, m)| Style::new().fg(fg).bg(bg).remove_modifier(Modifier::all()).add_modifier(m))
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let size = prop::sample::select(vec![(20, 5), (20, 5), (20, 5), (40, 12), (33, 7)]);
    let text = prop::collection::vec(
        prop::sample::select(vec![
            "a",
            "b",
            " ",
            "  ",
            "漢",
            "字",
            "é",
            "e\u{301}",
            "─",
            "•",
            "한",
            "word",
            "\u{1b}[2J",
        ]),
        0..12,
    );
    let put = (0u16..40, 0u16..12, text, style()).prop_map(|(x, y, text, style)| Put {
        x,
        y,
        text: text.concat(),
        style,
    });
    let cursor = prop::option::of((0u16..40, 0u16..12));
    (size, prop::collection::vec(put, 0..8), cursor).prop_map(|((cols, rows), puts, cursor)| Drawn {
        size: Size::clamped(cols, rows),
        puts,
        cursor,
    })
}

fn expected(drawn: &Drawn) -> (Buffer, Option<(u16, u16)>) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, drawn.size.cols(), drawn.size.rows()));
    let cursor = drawn.draw(&mut buffer);
    (buffer, cursor)
}

fn assert_shows(screen: &vt100::Screen, drawn: &Drawn) {
    let (buffer, cursor) = expected(drawn);
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let want = &buffer[(x, y)];
            let got = screen.cell(y, x).unwrap();
            let text = if got.has_contents() { got.contents() } else { " " };
            assert_eq!(text, want.symbol(), "at {x},{y}");
            let look = |c: Color| if let Color::Indexed(_) | Color::Rgb(..) = c { c } else { Color::Reset };
            assert_eq!(
                (color(got.fgcolor()), color(got.bgcolor())),
                (look(want.fg), look(want.bg)),
                "at {x},{y}"
            );
            assert_eq!(got.bold(), want.modifier.contains(Modifier::BOLD), "at {x},{y}");
            assert_eq!(got.inverse(), want.modifier.contains(Modifier::REVERSED), "at {x},{y}");
            assert_eq!(got.underline(), want.modifier.contains(Modifier::UNDERLINED), "at {x},{y}");
            x += want.symbol().cell_width().max(1);
        }
    }
    assert_eq!(screen.hide_cursor(), cursor.is_none());
    if let Some((x, y)) = cursor {
        assert_eq!(screen.cursor_position(), (y, x));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn an_emulator_shows_what_was_drawn_frame_after_frame(frames in prop::collection::vec(drawn(), 1..8), forget in 0usize..8) {
        let mut painter = Painter::new(ColorDepth::Rgb);
        let mut emulator = emulator(frames[0].size);
        emulator.process(&painter.enter());
        for (n, drawn) in frames.iter().enumerate() {
            emulator.screen_mut().set_size(cells(drawn.size.rows()), cells(drawn.size.cols()));
            if n == forget {
                painter.forget();
            }
            let bytes = painter.paint(drawn.size, |buffer| drawn.draw(buffer));
            let bytes = bytes.unwrap_or_default();
            assert_only_allowed(&bytes);
            emulator.process(&bytes);
            assert_shows(emulator.screen(), drawn);
            prop_assert!(painter.paint(drawn.size, |buffer| drawn.draw(buffer)).is_none());
        }
    }
}

/// Allows only cursor moves, erasing, colours and our modes: no title, no clipboard, and no query to
/// which a terminal would reply.
#[track_caller]
fn assert_only_allowed(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut pieces = text.split('\u{1b}');
    assert!(!pieces.next().unwrap().contains(char::is_control));
    for piece in pieces {
        let end = piece.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        let (sequence, rest) = (&piece[..=end], &piece[end + 1..]);
        let is_ours = sequence.ends_with(['H', 'C', 'J', 'K', 'm']) && !sequence.contains('?');
        let is_mode = ["[?25h", "[?25l", "[?2026h", "[?2026l"].contains(&sequence);
        assert!(sequence.starts_with('[') && (is_ours || is_mode), "{sequence:?}");
        assert!(!rest.contains(char::is_control), "{rest:?}");
    }
}

const SIZE: Size = Size::DEFAULT;

fn words(text: &'static str) -> impl FnOnce(&mut Buffer) -> Option<(u16, u16)> {
    move |buffer| {
        let (x, _) = buffer.set_stringn(21, 5, text, 40, Style::new());
        Some((x, 5))
    }
}

#[test]
fn a_typed_character_costs_a_move_and_itself() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    painter.paint(SIZE, words("ad"));
    let bytes = painter.paint(SIZE, words("ada")).unwrap();
    assert_eq!(bytes, b"\x1b[6;24Ha");
    let bytes = painter.paint(SIZE, words("ad")).unwrap();
    assert_eq!(bytes, b"\x1b[6;24H \x1b[6;24H");
}

#[test]
fn a_cursor_that_moves_costs_one_move() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    painter.paint(SIZE, words("ada"));
    let bytes = painter.paint(SIZE, |buffer| {
        words("ada")(buffer);
        Some((21, 5))
    });
    assert_eq!(bytes.unwrap(), b"\x1b[6;22H");
}

#[test]
fn forgetting_repaints_everything() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    let first = painter.paint(SIZE, words("ada"));
    assert!(painter.paint(SIZE, words("ada")).is_none());
    painter.forget();
    assert!(painter.shown.is_none());
    let again = painter.paint(SIZE, words("ada")).map(|bytes| String::from_utf8(bytes).unwrap());
    let first = first.map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(again.map(|bytes| bytes.replace("\x1b[1J\x1b[J", "\x1b[2J")), first);
}

#[test]
fn only_large_frames_use_synchronized_output() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    let fill = |symbol: &'static str| {
        move |buffer: &mut Buffer| {
            (0..24).for_each(|y| {
                buffer.set_string(0, y, symbol.repeat(80), Style::new());
            });
            None
        }
    };
    let bytes = painter.paint(SIZE, fill("x")).unwrap();
    assert!(bytes.starts_with(b"\x1b[?2026h") && bytes.ends_with(b"\x1b[?2026l"));
    let bytes = painter.paint(SIZE, fill("")).unwrap();
    assert!(!bytes.windows(5).any(|w| w == b"?2026") && bytes.len() < 24 * 12, "{}", bytes.escape_ascii());
}

#[test]
fn colours_use_their_short_forms_and_follow_the_depth() {
    let red = |buffer: &mut Buffer| {
        buffer.set_string(0, 0, "no", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        None
    };
    let bytes = Painter::new(ColorDepth::Ansi16).paint(SIZE, red).unwrap();
    assert_eq!(bytes, b"\x1b[m\x1b[2J\x1b[1;1H\x1b[1;31mno\x1b[m\x1b[?25l");
    let bytes = Painter::new(ColorDepth::Mono).paint(SIZE, red).unwrap();
    assert_eq!(bytes, b"\x1b[m\x1b[2J\x1b[1;1H\x1b[1mno\x1b[m\x1b[?25l");
}

#[test]
fn leaving_restores_the_terminal_once_with_all_modes_off() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    assert!(painter.leave().is_empty());
    let mut emulator = emulator(SIZE);
    emulator.process(b"before");
    emulator.process(&painter.enter());
    emulator.process(&Painter::mouse(true));
    emulator.process(&painter.paint(SIZE, |_| None).unwrap());
    assert!(emulator.screen().alternate_screen() && emulator.screen().bracketed_paste());
    assert_ne!(emulator.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    emulator.process(&painter.leave());
    let screen = emulator.screen();
    assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(screen.contents().starts_with("before"));
    assert!(painter.leave().is_empty());
}

/// `bytes` as a terminal has them that knows no alternate screen: GNU screen by default, the Linux console.
fn without_alternate_screen(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8(bytes.to_vec())
        .unwrap()
        .replace("\x1b[?1049h", "")
        .replace("\x1b[?1049l", "")
        .into_bytes()
}

#[test]
fn leaving_erases_the_page_where_there_is_no_alternate_screen() {
    // The cursor stands in the middle, in the corners, and nowhere.
    for cursor in [Some((40, 12)), Some((79, 23)), Some((1, 0)), None] {
        let mut painter = Painter::new(ColorDepth::Ansi16);
        let mut emulator = emulator(SIZE);
        emulator.process(&without_alternate_screen(&painter.enter()));
        let page = |buffer: &mut Buffer| {
            (0..24).for_each(|y| {
                buffer.set_string(0, y, "violet engine numbers ".repeat(4), Style::new().bg(Color::Blue));
            });
            cursor
        };
        emulator.process(&painter.paint(SIZE, page).unwrap());
        assert!(emulator.screen().contents().contains("violet"));
        let bytes = painter.leave();
        assert!(bytes.len() <= 90, "{}", bytes.len());
        emulator.process(&without_alternate_screen(&bytes));
        emulator.process(b"Goodbye.\r\n");
        assert_eq!(emulator.screen().contents(), "Goodbye.");
        assert_eq!(emulator.screen().cell(0, 0).unwrap().bgcolor(), vt100::Color::Default);
        assert_eq!(emulator.screen().cursor_position(), (1, 0));
    }
}

#[test]
fn a_page_of_ours_is_never_erased_by_one_sequence() {
    // tmux and GNU screen would keep it in their scrollback.
    let mut painter = Painter::new(ColorDepth::Ansi16);
    painter.enter();
    let mut whole = [SIZE, Size::clamped(40, 12), SIZE]
        .map(|size| painter.paint(size, words("ada")).unwrap())
        .into_iter();
    // What stood there before is not ours; people miss it.
    assert!(whole.next().unwrap().starts_with(b"\x1b[m\x1b[2J"));
    assert!(whole.all(|bytes| bytes.starts_with(b"\x1b[m\x1b[1J\x1b[J")));
    painter.forget();
    assert!(painter.paint(SIZE, words("ada")).unwrap().starts_with(b"\x1b[m\x1b[1J\x1b[J"));
    assert!(!painter.leave().windows(4).any(|bytes| bytes == b"\x1b[2J"));
}

#[test]
fn what_alt_sends_is_set_and_given_back() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    let (entered, left) = (painter.enter(), painter.leave());
    let at =
        |bytes: &[u8], sequence: &[u8]| bytes.windows(sequence.len()).position(|bytes| bytes == sequence);
    assert!(
        at(&entered, b"\x1b[?1036s") < at(&entered, b"\x1b[?1036h") && at(&entered, b"\x1b[?1036s").is_some()
    );
    assert!(at(&left, b"\x1b[?1036r").is_some());
}

#[test]
fn the_scratch_buffer_is_cleared_and_never_huge() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    painter.paint(SIZE, words("hunter2"));
    let kept = SCRATCH.take().unwrap();
    assert!(kept.buffer.content.iter().all(|cell| cell.symbol() == " ") && kept.cells.is_empty());
    painter.paint(Size::clamped(500, 200), words("wide"));
    assert!(SCRATCH.take().is_none());
}

#[test]
fn a_session_keeps_eight_kib_of_an_80x24_screen() {
    let mut painter = Painter::new(ColorDepth::Ansi16);
    painter.paint(SIZE, words("ada"));
    let shown = painter.shown.unwrap();
    assert_eq!(shown.cells.capacity() * size_of::<PackedCell>(), 80 * 24 * 4);
}
