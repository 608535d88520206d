//! `doorkey top`: a row a number with its recent past as a sparkline, and the refusals by reason.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{RenderDirection, Sparkline};

use super::screen::safe_buffer;
use crate::terminal::capabilities::Charset;

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopPage {
    /// The first line: version, uptime, whether people can sign in.
    pub title: String,
    /// The numbers.
    pub rows: Vec<TopRow>,
    /// What was refused, the most frequent reason first.
    pub refusals: Vec<(String, String)>,
    /// Why the numbers are old, if they are.
    pub fault: Option<String>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopRow {
    /// What it is.
    pub label: &'static str,
    /// What it is now, with its unit.
    pub value: String,
    /// What it was, the newest first.
    pub history: Vec<u64>,
}

const LABEL: u16 = 18;
const VALUE: u16 = 14;
const KEYS: &str = "q quit";

/// Draws all that there is room for.
pub fn draw(page: &TopPage, frame: &mut Frame<'_>) {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let numbers = u16::try_from(page.rows.len()).unwrap_or(u16::MAX);
    let area = frame.area();
    let title = Rect { height: area.height.min(1), ..area };
    let foot = Rect { y: area.bottom().saturating_sub(1), ..title };
    let between = Rect { y: title.bottom(), height: area.height.saturating_sub(2), ..area };
    let [rows, _, refusals] =
        Layout::vertical([Constraint::Length(numbers), Constraint::Length(1), Constraint::Fill(1)])
            .areas(between);
    put(&page.title, title, bold, frame);
    for (y, row) in (rows.top()..rows.bottom()).zip(&page.rows) {
        draw_row(row, Rect { y, height: 1, ..rows }, frame);
    }
    if !page.refusals.is_empty() {
        let lines = page
            .refusals
            .iter()
            .map(|(reason, count)| format!("{reason:<width$}{count}", width = usize::from(LABEL + 10)));
        let head = "Refusals since the start, by reason".to_owned();
        for (y, line) in (refusals.top()..refusals.bottom()).zip(std::iter::once(head).chain(lines)) {
            let style = if y == refusals.top() { bold } else { Style::new() };
            put(&line, Rect { y, height: 1, ..refusals }, style, frame);
        }
    }
    put(page.fault.as_deref().unwrap_or(KEYS), foot, Style::new(), frame);
}

/// Writes into the first row of `area`. What answers at the address of the metrics may be another program, so nothing
/// that it says reaches the terminal raw.
fn put(text: &str, area: Rect, style: Style, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    safe_buffer::put(buffer, (area.x, area.y), text, area.width, style, Charset::Utf8);
}

fn draw_row(row: &TopRow, area: Rect, frame: &mut Frame<'_>) {
    let [label, value, past] =
        Layout::horizontal([Constraint::Length(LABEL), Constraint::Length(VALUE), Constraint::Fill(1)])
            .areas(area);
    put(row.label, label, Style::new(), frame);
    put(&row.value, value, Style::new(), frame);
    let past_row =
        Sparkline::default().direction(RenderDirection::RightToLeft).data(row.history.iter().copied());
    frame.render_widget(past_row, past);
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    fn page() -> TopPage {
        let row = |label, value: &str, history: &[u64]| TopRow {
            label,
            value: value.to_owned(),
            history: history.to_owned(),
        };
        TopPage {
            title: "Doorkey 0.1.0 · up 3 h 5 min · ready".to_owned(),
            rows: vec![row("Sessions", "12", &[12, 9, 3, 0]), row("Sign-ins", "3 a minute", &[3, 0, 1])],
            refusals: vec![("wrong-credentials".to_owned(), "17".to_owned())],
            fault: None,
        }
    }

    fn drawn(page: &TopPage, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(page, frame)).unwrap();
        let cells: Vec<_> =
            terminal.backend().buffer().content().iter().map(ratatui::buffer::Cell::symbol).collect();
        cells.chunks(usize::from(width)).map(|row| row.concat().trim_end().to_owned()).collect()
    }

    #[test]
    fn numbers_have_their_past_to_the_right_and_reasons_below() {
        let frame = drawn(&page(), 80, 24);
        assert_eq!(frame[0], "Doorkey 0.1.0 · up 3 h 5 min · ready");
        assert!(
            frame[1].starts_with("Sessions          12            ") && frame[1].ends_with("▂▆█"),
            "{frame:?}"
        );
        assert!(frame[2].starts_with("Sign-ins          3 a minute "), "{frame:?}");
        assert_eq!(frame[4], "Refusals since the start, by reason");
        assert_eq!(frame[5], "wrong-credentials           17");
        assert_eq!(frame[23], "q quit");
    }

    #[test]
    fn what_another_program_says_there_is_only_text() {
        let reason = "x\u{1b}]52;c;ZXZpbA==\u{7}\u{202e}y".to_owned();
        let page = TopPage {
            refusals: vec![(reason, "1".to_owned())],
            fault: Some("a\u{1b}[2Jb".to_owned()),
            ..page()
        };
        let frame = drawn(&page, 80, 24).concat();
        assert!(!frame.contains(['\u{1b}', '\u{7}', '\u{202e}']) && frame.contains("Refusals"), "{frame:?}");
    }

    #[test]
    fn a_small_terminal_shows_what_fits_and_a_fault_is_told() {
        let fault = Some("no answer".to_owned());
        for (width, height) in [(40, 12), (20, 3), (1, 1)] {
            let frame = drawn(&TopPage { fault: fault.clone(), ..page() }, width, height);
            assert_eq!(frame.len(), usize::from(height));
            assert!("no answer".starts_with(frame.last().unwrap().as_str()), "{frame:?}");
        }
    }
}
