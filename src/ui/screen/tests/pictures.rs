//! A picture on the whole screen, a meter, and a chart.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::sample_form::{FieldKind, SampleForm, TestScreen, portal, text_of};
use crate::domain::accent::Accent;
use crate::flow::page::{Chart, Hint, Meter, Page, RefusedCells, Series, Table, Tone};
use crate::terminal::capabilities::{Background, Charset, ColorDepth};
use crate::ui::UserAction;

#[test]
fn a_picture_without_room_beside_the_page_is_shown_alone_until_a_key_is_pressed() {
    let mut ui = TestScreen::of(FieldKind::Enrol);
    let page = ui.text(60, 24);
    assert!(page.contains("F3 shows the picture.") && page.contains("F3 QR code"), "{page}");
    for key in ["\x1bOR", "\x0f"] {
        ui.press(key);
        let shown = ui.text(60, 24);
        assert!(shown.contains("█▀▄ █▀▄") && !shown.contains("Authenticator"), "{shown}");
        assert!(shown.contains("Any key goes back"));
        assert_eq!(ui.press_last("x"), UserAction::Redraw);
        assert_eq!(ui.text(60, 24), page, "and the key is not typed");
    }
}

#[test]
fn the_smallest_screen_shows_the_picture_and_nothing_else() {
    let mut ui = TestScreen::of(FieldKind::Enrol);
    ui.text(36, 19);
    ui.press("\x1bOR");
    let shown = ui.text(36, 19);
    assert!(shown.lines().all(|line| line.contains(['█', '▄'])), "{shown}");
    // Where it does not fit any more, the page comes back.
    assert!(ui.text(35, 19).contains("36x19 and larger"), "{}", ui.text(35, 19));
    assert!(ui.text(36, 18).contains("36x19 and larger"), "{}", ui.text(36, 18));
}

#[test]
fn a_terminal_of_ascii_offers_no_picture() {
    let mut ui = TestScreen::new(SampleForm::new(FieldKind::Enrol), Charset::Ascii);
    ui.press("\x1bOR");
    let shown = ui.text(60, 24);
    assert!(shown.contains("A picture needs UTF-8.") && !shown.contains("F3"), "{shown}");
}

fn drawn(page: &Page<'_>, charset: Charset, (cols, rows): (u16, u16)) -> String {
    let mut screen = super::super::Screen::new(charset);
    screen.show(page);
    let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
    screen.draw(page, &portal(), &mut buffer);
    text_of(&buffer)
}

#[test]
fn a_meter_stands_before_its_words_where_there_is_room() {
    let form = SampleForm::new(FieldKind::NewPassword);
    let mut page = form.page();
    let meter = Some(Meter { level: 3 });
    page.fields[0].hint = Some(Hint { id: "it", tone: Tone::Neutral, text: "Strength: fair".into(), meter });
    assert!(drawn(&page, Charset::Utf8, (80, 24)).contains("[■■■··] Strength: fair"));
    assert!(drawn(&page, Charset::Ascii, (80, 24)).contains("[###--] Strength: fair"));
    let narrow = drawn(&page, Charset::Utf8, (24, 24));
    assert!(narrow.contains("Strength: fair") && !narrow.contains('■'), "{narrow}");
}

#[test]
fn a_chart_is_a_line_a_series_and_words_where_it_cannot_be_drawn() {
    let mut counts = vec![0; 28];
    counts.extend([1, 4]);
    let chart = Chart {
        series: vec![Series { label: "Sign-ins", counts, tone: Tone::Neutral }],
        alt: "Last 30 days: 5 sign-ins.".into(),
    };
    let rows = vec![vec!["Signed in".into()]];
    let table = Some(Table { columns: vec!["What"], rows, opens: true, ..Table::default() });
    let page = Page { id: "activity", chart: Some(chart), table, ..Page::default() };
    let line = format!("Sign-ins  {}▂█  5", "·".repeat(28));
    assert!(drawn(&page, Charset::Utf8, (80, 24)).contains(&line));
    for (charset, size) in [(Charset::Ascii, (80, 24)), (Charset::Utf8, (38, 30))] {
        let words = drawn(&page, charset, size);
        assert!(words.contains("Last 30 days: 5 sign-ins."), "{words}");
    }
    let small = drawn(&page, Charset::Utf8, (40, 12));
    assert!(!small.contains("Sign-ins") && small.contains("Signed in"), "{small}");
}

#[test]
fn what_was_refused_is_red_where_it_says_so_unless_it_is_passed_over() {
    let rows = ["ok", "refused", "refused"].map(|result| vec!["Sign-in".into(), result.into()]);
    let refused = Some(RefusedCells { column: 1, rows: vec![1, 2] });
    let columns = vec!["What", "Result"];
    let table = Table { columns, rows: rows.into(), refused, opens: true, ..Table::default() };
    let page = Page { id: "activity", table: Some(table), ..Page::default() };
    let mut screen = super::super::Screen::new(Charset::Utf8).in_colours(
        Accent::default(),
        ColorDepth::Ansi16,
        Background::Dark,
    );
    screen.show(&page);
    let red_cells = |screen: &mut super::super::Screen| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
        screen.draw(&page, &portal(), &mut buffer);
        buffer.content.iter().filter(|cell| cell.fg == Color::Red).map(Cell::symbol).collect::<String>()
    };
    assert_eq!(red_cells(&mut screen), "refusedrefused");
    screen.find = Some("ok".to_owned());
    assert_eq!(red_cells(&mut screen), "", "those are passed over");
}
