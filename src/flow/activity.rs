//! What happened to the account, newest first, page by page. Page `activity`; Enter opens a row as page
//! `activity/row`.

use crate::accounts::request::activity::{
    ActivityCursor, ActivityDay, ActivityFilter, ActivityPage, ActivityQuery, ActivityReply, ActivityRequest,
    ActivityRow, ActivitySummary, EventKind, Group,
};
use crate::accounts::request::{Reply, Request};
use crate::domain::throttle::UNDO_CODE_DAYS;
use crate::messages::{Label, Speaks};
use crate::{label, text};

use super::context::MemberContext;
use super::page::{Action, Chart, Fact, Page, Series, Table, Tone};
use super::section::Section;
use super::{Event, Step, event_kind};

const ROWS_PER_PAGE: usize = 15;

/// The filters, with the action that applies each.
const FILTERS: [(&str, Label, ActivityFilter); 4] = [
    ("all", label!("activity-all"), ActivityFilter::All),
    ("sign-ins", label!("activity-sign-ins"), ActivityFilter::Group(Group::SignIns)),
    ("changes", label!("activity-changes"), ActivityFilter::Group(Group::Changes)),
    ("refused", label!("activity-refused"), ActivityFilter::Refusals),
];

/// The list, or one row of it.
#[derive(Debug)]
pub struct ActivityListPage {
    pub(super) cx: MemberContext,
    rows: Option<ActivityPage>,
    filter: ActivityFilter,
    /// The row that is shown by itself.
    open: Option<usize>,
    /// Of the last days; stays while the list is filtered.
    summary: Option<ActivitySummary>,
}

impl ActivityListPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, rows: None, filter: ActivityFilter::All, open: None, summary: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        if self.rows.is_some() { Step::Stay } else { self.ask(ActivityCursor::Newest) }
    }

    /// The same rows, with this one opened or none.
    fn with_open(&mut self, open: Option<usize>) -> Step {
        let (rows, filter, summary) = (self.rows.take(), self.filter, self.summary.take());
        Step::go(Self { cx: self.cx.fresh(), rows, filter, open, summary })
    }

    fn ask(&mut self, from: ActivityCursor) -> Step {
        let query = ActivityQuery { which: self.filter, since: None, from, limit: ROWS_PER_PAGE };
        self.cx.ask(Request::Activity, ActivityRequest::Page(query))
    }

    fn rows(&self) -> &[ActivityRow] {
        self.rows.as_ref().map(|page| page.rows.as_slice()).unwrap_or_default()
    }

    pub(super) fn page(&self) -> Page<'_> {
        if let Some(row) = self.open.and_then(|at| self.rows().get(at)) {
            return self.row_page(row);
        }
        let table = self.rows.as_ref().map(|page| table(page, &self.cx));
        let head = ("activity", text!(self.cx, "activity-title"));
        let page = self.cx.list_page(Section::Activity, head, table, self.actions());
        let summary = self.summary.as_ref().filter(|_| self.rows.is_some());
        Page { chart: summary.map(|summary| chart(summary, &self.cx)), ..page }
    }

    fn actions(&self) -> impl Iterator<Item = Action> {
        let filters = FILTERS
            .into_iter()
            .map(|(id, label, filter)| Action::link(id, label.to(&self.cx)).active_if(filter != self.filter));
        let rows = self.rows.as_ref();
        let newer = rows.filter(|page| page.has_newer).map(|_| text!(self.cx, "activity-newer"));
        let older = rows.filter(|page| page.has_older).map(|_| text!(self.cx, "activity-older"));
        let newer = newer.map(|label| Action::link("newer", label));
        let older = older.map(|label| Action::link("older", label));
        filters.chain(newer).chain(older)
    }

    fn row_page<'a>(&'a self, row: &'a ActivityRow) -> Page<'a> {
        self.cx
            .page("activity/row", "")
            .title(event_kind::of_row(row, &self.cx))
            .facts(facts(row, &self.cx))
            .outro(self.what_if_it_was_not_you(row))
            .back(text!(self.cx, "activity-back"))
            .within(Section::Activity)
    }

    fn what_if_it_was_not_you(&self, row: &ActivityRow) -> String {
        let has_undo_code =
            self.cx.portal.capabilities.reset && row.event_kind.is_some_and(EventKind::may_be_undone);
        if has_undo_code {
            let ssh = self.cx.portal.ssh("", &self.cx.portal.undo_user);
            return text!(self.cx, "activity-not-you-undo", days = UNDO_CODE_DAYS, command = ssh);
        }
        text!(self.cx, "activity-not-you").to_owned()
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("back") if self.open.is_some() => self.with_open(None),
            Event::Opened(row) if row < self.rows().len() => self.with_open(Some(row)),
            Event::Pressed(action) => self.pressed(action),
            Event::Replied(Reply::Activity(ActivityReply::Page(mut rows))) => {
                self.summary = rows.summary.take().or_else(|| self.summary.take());
                self.rows = Some(rows);
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    fn pressed(&mut self, action: &str) -> Step {
        if let Some((.., filter)) = FILTERS.into_iter().find(|(id, ..)| *id == action) {
            self.filter = filter;
            return self.ask(ActivityCursor::Newest);
        }
        let from = match action {
            "older" => self.rows().last().map(|row| ActivityCursor::Below(row.place())),
            "newer" => self.rows().first().map(|row| ActivityCursor::Above(row.place())),
            _ => None,
        };
        from.map_or(Step::Stay, |from| self.ask(from))
    }
}

fn chart(summary: &ActivitySummary, speaks: &impl Speaks) -> Chart<'static> {
    let series = |label, tone, count: fn(&ActivityDay) -> u32| Series {
        label,
        counts: summary.days.iter().map(count).collect(),
        tone,
    };
    Chart {
        series: vec![
            series(text!(speaks, "activity-chart-sign-ins"), Tone::Neutral, |day| day.sign_ins),
            series(text!(speaks, "activity-chart-refused"), Tone::Bad, |day| day.refusals),
        ],
        alt: summary.sentence().to(speaks).into(),
    }
}

/// The column that says how it ended.
const RESULT: usize = 2;

fn table<'a>(ActivityPage { rows, now, .. }: &'a ActivityPage, cx: &MemberContext) -> Table<'a> {
    let zone = cx.zone();
    let row = |row: &'_ ActivityRow| {
        [
            event_kind::of_row(row, cx).to_owned(),
            zone.table_time(row.event.at, *now),
            event_kind::counted_result(row, cx),
            event_kind::source(row, cx).to_owned(),
            row.event.client.trim_start_matches("SSH-2.0-").to_owned(),
        ]
    };
    let columns = [
        text!(cx, "activity-what"),
        zone.table_heading().to(cx),
        text!(cx, "activity-result"),
        text!(cx, "from"),
        text!(cx, "client"),
    ];
    Table::opening(columns, rows.iter().map(row))
        .with_details(rows.iter().map(|row| facts(row, cx)))
        .always_showing(RESULT)
        .refused_in(RESULT, (0..rows.len()).filter(|n| rows[*n].is_refusal()))
        .or_empty(text!(cx, "activity-empty", days = cx.portal.activity_days))
}

/// What is known of an event, beside the list and on its own page.
fn facts<'a>(row: &'a ActivityRow, cx: &MemberContext) -> Vec<Fact<'a>> {
    let (event, zone) = (&row.event, cx.zone());
    let mut facts = match event.count {
        ..=1 => vec![Fact::new(text!(cx, "activity-when"), zone.seconds(event.at))],
        _ => vec![
            Fact::new(text!(cx, "activity-first"), zone.seconds(event.at)),
            Fact::new(text!(cx, "activity-last"), zone.seconds(event.last_at)),
        ],
    };
    facts.extend([
        Fact::new(text!(cx, "from"), event_kind::source(row, cx)),
        Fact::new(text!(cx, "client"), event.client.as_str()),
        Fact::new(text!(cx, "activity-result"), event_kind::counted_result(row, cx)),
        Fact::new(text!(cx, "activity-kind"), event.kind.as_str()),
    ]);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::domain::audit_event::AuditEvent;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::page::RefusedCells;
    use crate::flow::testing::cx;
    use crate::messages::Language;

    fn row(number: i64, event_kind: EventKind) -> ActivityRow {
        let event = AuditEvent {
            id: format!("row-{number}"),
            account: None,
            name: None,
            subject: None,
            kind: event_kind.as_str().to_owned(),
            at: Timestamp::from_epoch_ms(1_795_356_309_000 + number * 60_000),
            ip: "192.0.2.7".into(),
            client: "SSH-2.0-OpenSSH_9.2".into(),
            session: String::new(),
            series: None,
            count: 1,
            last_at: Timestamp::from_epoch_ms(1_795_356_309_000 + number * 60_000),
        };
        ActivityRow { event, event_kind: Some(event_kind) }
    }

    const NOW: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

    fn with(rows: ActivityPage) -> Flow {
        let mut flow = Flow::ActivityListPage(ActivityListPage::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Activity(_, ActivityRequest::Page(_)))));
        flow.update(Event::Replied(Reply::Activity(ActivityReply::Page(rows))));
        flow
    }

    fn two_of_many() -> Flow {
        let rows = vec![row(2, EventKind::SignIn), row(1, EventKind::SignInFailed)];
        with(ActivityPage { rows, has_newer: true, has_older: true, summary: None, now: NOW })
    }

    fn asked(step: Step) -> ActivityQuery {
        match step {
            Step::Ask(Request::Activity(_, ActivityRequest::Page(query))) => query,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_row_says_when_what_where_from_and_whether_it_was_refused() {
        let flow = two_of_many();
        let table = flow.page().table.unwrap();
        assert_eq!(table.rows[1], ["Wrong password", "11-22 14:06", "refused", "192.0.2.7", "OpenSSH_9.2"]);
        assert_eq!(table.rows[0][RESULT], "ok");
        assert_eq!(table.refused, Some(RefusedCells { column: RESULT, rows: vec![1] }));
        assert!(table.details[1].contains(&Fact::new("Kind", "sign-in-failed")), "{:?}", table.details);
    }

    #[test]
    fn a_row_of_another_year_says_which() {
        let mut rows = vec![row(1, EventKind::SignIn), row(0, EventKind::SignIn)];
        rows[1].event.at = Timestamp::parse("2024-11-22T14:05:09Z").unwrap();
        let flow = with(ActivityPage { rows, now: NOW, ..ActivityPage::default() });
        let table = flow.page().table.unwrap();
        assert_eq!([&table.rows[0][1], &table.rows[1][1]], ["11-22 14:06", "2024-11-22 14:05"]);
    }

    #[test]
    fn rows_are_in_the_zone_of_the_member_and_their_pages_tell_apart_what_a_table_cannot() {
        let mut rows = vec![row(0, EventKind::SignIn), row(0, EventKind::SignIn)];
        let at = Timestamp::parse("2026-10-25T00:30:09Z").unwrap();
        (rows[1].event.at, rows[0].event.at) = (at, at.plus_ms(3_600_000));
        let mut flow = with(ActivityPage { rows, now: NOW, ..ActivityPage::default() });
        flow.context_mut().unwrap().member = SignedIn::in_zone_for_test("ada", "Europe/Berlin");
        let table = flow.page().table.unwrap();
        assert_eq!(table.columns[1], "Local time");
        assert_eq!([&table.rows[0][1], &table.rows[1][1]], ["10-25 02:30", "10-25 02:30"]);
        let mut when = |row| match flow.update(Event::Opened(row)) {
            Step::Go(next) => {
                let Fact { label, value } = &next.page().facts[0];
                let when = format!("{label}: {value}");
                flow = *next;
                let Step::Go(back) = flow.update(Event::Pressed("back")) else { panic!("no way back") };
                flow = *back;
                when
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(when(0), "When: 2026-10-25 02:30:09 CET");
        assert_eq!(when(1), "When: 2026-10-25 02:30:09 CEST");
    }

    #[test]
    fn refusals_that_became_one_row_say_how_many_and_when_the_last_was() {
        let mut refused = row(1, EventKind::SignInFailed);
        (refused.event.count, refused.event.last_at) = (3, refused.event.at.plus_ms(120_000));
        let mut flow = with(ActivityPage { rows: vec![refused], ..ActivityPage::default() });
        assert_eq!(flow.page().table.unwrap().rows[0][2], "refused 3 times");
        let Step::Go(flow) = flow.update(Event::Opened(0)) else { panic!("the row opens") };
        let page = flow.page();
        assert_eq!(page.facts[0], Fact::new("First", "2026-11-22 14:06:09 UTC"));
        assert_eq!(page.facts[1], Fact::new("Last", "2026-11-22 14:08:09 UTC"));
        assert!(page.facts.contains(&Fact::new("Result", "refused 3 times")), "{:?}", page.facts);
    }

    #[test]
    fn a_chart_has_room_for_its_labels_in_every_language() {
        for language in Language::ALL {
            let chart = chart(&ActivitySummary::default(), &language);
            let labels: Vec<_> = chart.series.iter().map(|series| series.label).collect();
            assert!(labels.iter().all(|label| label.chars().count() <= 9), "{labels:?}");
        }
    }

    #[test]
    fn paging_goes_on_from_the_rows_that_are_shown() {
        let mut flow = two_of_many();
        let older = asked(flow.update(Event::Pressed("older")));
        assert_eq!(older.from, ActivityCursor::Below(row(1, EventKind::SignInFailed).place()));
        assert!(matches!(flow.update(Event::Pressed("older")), Step::Stay), "one at a time");
        let mut flow = two_of_many();
        let newer = asked(flow.update(Event::Pressed("newer")));
        assert_eq!(newer.from, ActivityCursor::Above(row(2, EventKind::SignIn).place()));
        let flow = with(ActivityPage { rows: vec![row(1, EventKind::SignIn)], ..ActivityPage::default() });
        let page = flow.page();
        assert!(page.actions.iter().all(|action| !matches!(action.id, "older" | "newer")));
    }

    #[test]
    fn a_filter_begins_at_the_newest_and_is_shown_as_chosen() {
        let mut flow = two_of_many();
        let query = asked(flow.update(Event::Pressed("refused")));
        assert_eq!((query.which, query.from), (ActivityFilter::Refusals, ActivityCursor::Newest));
        flow.update(Event::Replied(Reply::Activity(ActivityReply::Page(ActivityPage::default()))));
        let page = flow.page();
        assert!(page.table.as_ref().unwrap().empty.contains("90 days"));
        let inactive: Vec<_> =
            page.actions.iter().filter(|action| !action.active).map(|action| action.id).collect();
        assert_eq!(inactive, ["refused", "activity"]);
    }

    #[test]
    fn a_row_says_what_to_do_when_it_was_somebody_else() {
        for (event_kind, advice) in [
            (EventKind::KeyAdded, "run ssh undo@HOST and type the undo code"),
            (EventKind::SignIn, "change your password"),
        ] {
            let rows = ActivityPage { rows: vec![row(1, event_kind)], ..ActivityPage::default() };
            let Step::Go(opened) = with(rows).update(Event::Opened(0)) else { panic!("it must open") };
            assert!(opened.page().outro[0].contains(advice), "{:?}", opened.page().outro);
        }
    }

    #[test]
    fn a_row_opens_and_closes_without_asking_again() {
        let gone_to = |step| match step {
            Step::Go(flow) => *flow,
            other => panic!("{other:?}"),
        };
        let mut flow = gone_to(two_of_many().update(Event::Opened(1)));
        assert!(matches!(flow.begin(), Step::Stay));
        let page = flow.page();
        assert_eq!((page.id, page.title.as_ref()), ("activity/row", "Wrong password"));
        assert_eq!(page.facts[0], Fact::new("When", "2026-11-22 14:06:09 UTC"));
        let mut flow = gone_to(flow.update(Event::Pressed("back")));
        assert!(matches!(flow.begin(), Step::Stay));
        assert_eq!(flow.page().table.unwrap().rows.len(), 2);
        assert!(matches!(flow.update(Event::Opened(7)), Step::Stay), "there is no such row");
    }
}
