//! Real pages with their styles, as plain text in `frames/looks/` (see `tests/acceptance/golden.rs`): below the characters
//! of a row, which columns have a style of their own.

use std::fmt::Write as _;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::golden::Golden;
use super::sample_form::text_of;
use crate::accounts::request::activity::{ActivityPage, ActivityReply, ActivityRow, EventKind};
use crate::accounts::request::sessions::{ActiveSession, SessionsReply};
use crate::accounts::request::support::{CaseSummary, SupportReply};
use crate::accounts::request::teams::TeamsReply;
use crate::accounts::request::{Refusal, Reply};
use crate::domain::accent::Accent;
use crate::domain::audit_event::AuditEvent;
use crate::domain::membership::Membership;
use crate::domain::session::Session;
use crate::domain::support_case::CaseState;
use crate::domain::timestamp::Timestamp;
use crate::flow::section::Section;
use crate::flow::sign_in::SignIn;
use crate::flow::testing::{cx, portal, press, type_in};
use crate::flow::{Event, Flow};
use crate::terminal::capabilities::{Background, Charset, ColorDepth};
use crate::ui::screen::Screen;

const NOON: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

fn loaded(section: Section, reply: Reply) -> Flow {
    let mut flow = section.flow(cx());
    flow.begin();
    flow.update(Event::Replied(reply));
    flow
}

/// Five pages as different as there are.
fn pages() -> [Flow; 5] {
    let mut refused = Flow::SignIn(SignIn::new(Arc::new(portal()), "ada"));
    type_in(&mut refused, &[("password", "wrong")]);
    press(&mut refused, "sign-in");
    refused.update(Event::Replied(Reply::Refused(Refusal::NotFound)));
    let mut password = Section::Password.flow(cx());
    type_in(&mut password, &[("current", "old"), ("new", "plum tractor seventeen"), ("confirm", "plum")]);
    let team = |name: &str| Membership { last_opened_at: Some(NOON), ..Membership::for_test(name) };
    let teams = vec![team("Platform"), team("Compilers")];
    let session = |id: &str, ip: &str, is_this_session| ActiveSession {
        session: Session {
            id: id.into(),
            client: "SSH-2.0-OpenSSH_10.0".into(),
            ip: ip.into(),
            key: None,
            started_at: NOON,
            last_input_at: NOON,
        },
        idle_s: 0,
        is_this_session,
    };
    let sessions = vec![session("a", "192.0.2.7", true), session("b", "198.51.100.9", false)];
    let case = |number, state| CaseSummary { number, subject: "No mail".into(), state, changed_at: NOON };
    let cases = vec![case(1001, CaseState::Open), case(1000, CaseState::Closed)];
    [
        refused,
        loaded(Section::Teams, Reply::Teams(TeamsReply::List(teams))),
        password,
        loaded(Section::Sessions, Reply::Sessions(SessionsReply::List(sessions))),
        loaded(Section::Support, Reply::Support(SupportReply::Cases(cases))),
    ]
}

fn color_name(color: Color) -> String {
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Indexed(index) => index.to_string(),
        other => other.to_string().to_lowercase(),
    }
}

/// `bold #7c83ff on #2a2c3e`; empty for the terminal's own.
fn style_name(buffer: &Buffer, x: u16, y: u16) -> String {
    let cell = &buffer[(x, y)];
    let attributes = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ];
    let mut words: Vec<String> = attributes
        .into_iter()
        .filter(|(attribute, _)| cell.modifier.contains(*attribute))
        .map(|(_, name)| name.to_owned())
        .collect();
    if cell.fg != Color::Reset {
        words.push(color_name(cell.fg));
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", color_name(cell.bg)));
    }
    words.join(" ")
}

fn with_styles(buffer: &Buffer) -> String {
    let mut text = String::new();
    for (y, line) in (0..).zip(text_of(buffer).lines()) {
        let _ = writeln!(text, "{line}");
        let mut runs: Vec<(u16, u16, String)> = Vec::new();
        for x in 0..buffer.area.width {
            let style = style_name(buffer, x, y);
            match runs.last_mut() {
                Some((_, end, before)) if *before == style => *end = x,
                _ => runs.push((x, x, style)),
            }
        }
        for (start, end, style) in runs.into_iter().filter(|(.., style)| !style.is_empty()) {
            let _ = writeln!(text, "    {start}-{end} {style}");
        }
    }
    text
}

#[track_caller]
fn check(flow: &Flow, look: &str, (depth, background): (ColorDepth, Background), (cols, rows): (u16, u16)) {
    let page = flow.page();
    let mut screen = Screen::new(Charset::Utf8).in_colours(Accent::default(), depth, background);
    screen.show(&page);
    let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
    screen.draw(&page, &portal(), &mut buffer);
    let got = with_styles(&buffer);
    let name = format!("{}-{look}-{cols}x{rows}", page.id.replace('/', "-"));
    let golden = Golden::new("src/ui/screen/tests/frames/looks", &name);
    if Golden::is_blessing() {
        golden.write(&got);
    }
    assert!(got == golden.text(), "{golden}: it is now\n{got}");
}

#[test]
fn five_pages_in_truecolor_on_dark_and_light() {
    for flow in pages() {
        check(&flow, "truecolor", (ColorDepth::Rgb, Background::Dark), (80, 24));
        check(&flow, "light", (ColorDepth::Rgb, Background::Light), (80, 24));
    }
}

#[test]
fn five_pages_in_sixteen_colours_and_without_any() {
    for flow in pages() {
        check(&flow, "16-colours", (ColorDepth::Ansi16, Background::Dark), (80, 24));
        check(&flow, "no-color", (ColorDepth::Mono, Background::Dark), (80, 24));
    }
}

#[test]
fn five_pages_on_a_wide_screen_with_256_colours() {
    for flow in pages() {
        check(&flow, "256-colours", (ColorDepth::Ansi256, Background::Dark), (160, 24));
    }
}

#[test]
fn a_wide_screen_shows_the_selected_row_in_full_beside_the_list() {
    let flow = &pages()[3];
    let page = flow.page();
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    let mut draw = |cols: u16| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, cols, 40));
        screen.draw(&page, &portal(), &mut buffer);
        text_of(&buffer)
    };
    // The list leaves out how every client's version begins, and the key.
    let (narrow, wide) = (draw(159), draw(160));
    assert!(!narrow.contains("SSH-2.0-") && !narrow.contains("SSH key:"), "{narrow}");
    assert!(wide.contains("Client:     SSH-2.0-OpenSSH_10.0") && wide.contains("SSH key:    none"), "{wide}");
}

/// At 40x12 a refused sign-in does not look like any other.
#[test]
fn a_narrow_screen_shows_the_result_of_every_event() {
    let row = |kind: EventKind, minutes: i64| {
        let at = NOON.plus_ms(minutes * 60_000);
        let event = AuditEvent {
            id: minutes.to_string(),
            account: None,
            name: None,
            subject: None,
            kind: kind.as_str().to_owned(),
            at,
            ip: "192.0.2.7".into(),
            client: "SSH-2.0-OpenSSH_10.0".into(),
            session: String::new(),
            series: None,
            count: 1,
            last_at: at,
        };
        ActivityRow { event, event_kind: Some(kind) }
    };
    let rows = vec![row(EventKind::SignInFailed, 2), row(EventKind::SignIn, 1)];
    let reply = ActivityReply::Page(ActivityPage { rows, now: NOON, ..ActivityPage::default() });
    let flow = loaded(Section::Activity, Reply::Activity(reply));
    let page = flow.page();
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(&page);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 12));
    screen.draw(&page, &portal(), &mut buffer);
    let seen = text_of(&buffer);
    assert!(seen.contains("Result") && seen.contains("refused") && seen.contains("Wrong password"), "{seen}");
}
