//! What happened to the account, newest first, page by page. Page `activity`; Enter opens a row as page
//! `activity/row`.

use crate::accounts::request::activity::{
    ActivityCursor, ActivityFilter, ActivityPage, ActivityQuery, ActivityReply, ActivityRequest, ActivityRow,
    Group,
};
use crate::accounts::request::{Reply, Request};

use super::context::{MemberContext, Section};
use super::event_kind;
use super::page::{Action, ActionKind, Page, Table};
use super::{Event, Flow, Step};

/// Rows of one page.
const ROWS: usize = 15;

/// What can be shown, with the action that shows it.
const FILTERS: [(&str, &str, ActivityFilter); 4] = [
    ("all", "All", ActivityFilter::All),
    ("sign-ins", "Sign-ins", ActivityFilter::Group(Group::SignIns)),
    ("changes", "Changes", ActivityFilter::Group(Group::Changes)),
    ("refused", "Refused", ActivityFilter::Refusals),
];

/// A member who looks back.
#[derive(Debug)]
pub struct Activity {
    pub(super) cx: MemberContext,
    /// `None` until they have come.
    rows: Option<ActivityPage>,
    which: ActivityFilter,
    /// The row that is looked at.
    open: Option<usize>,
}

impl Activity {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, rows: None, which: ActivityFilter::All, open: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        if self.rows.is_some() { Step::Stay } else { self.ask(ActivityCursor::Newest) }
    }

    /// The same rows, with this one opened or none: gone to, so that every face tells the page.
    fn with_open(&mut self, open: Option<usize>) -> Step {
        let mut next = Self::new(self.cx.fresh());
        (next.rows, next.which, next.open) = (self.rows.take(), self.which, open);
        Step::go(Flow::Activity(next))
    }

    fn ask(&mut self, from: ActivityCursor) -> Step {
        let wanted = ActivityQuery { which: self.which, since: None, from, limit: ROWS };
        self.cx.ask(|member| Request::Activity(member, ActivityRequest::Page(wanted)))
    }

    pub(super) fn page(&self) -> Page<'_> {
        match self.opened() {
            Some(row) => self.row_page(row),
            None => self.list_page(),
        }
    }

    fn list_page(&self) -> Page<'_> {
        let mut page = self.cx.page("activity", "Activity");
        page.table = self.rows.as_ref().map(|rows| table(&rows.rows));
        // Before the rows have come there is nothing to choose, so that the rows get the keys first.
        if self.rows.is_some() || !self.cx.waiting {
            page.actions.extend(self.ways());
            page.actions.extend(MemberContext::navigation(Section::Activity, true));
        }
        page
    }

    fn ways(&self) -> impl Iterator<Item = Action> {
        let filters = FILTERS.into_iter().map(|(id, label, which)| Action {
            id,
            label,
            kind: ActionKind::Link,
            active: which != self.which,
        });
        let (newer, older) =
            self.rows.as_ref().map_or((false, false), |rows| (rows.has_newer, rows.has_older));
        let turns = [("newer", "Newer", newer), ("older", "Older", older)];
        let turns = turns.into_iter().filter(|(.., active)| *active);
        filters.chain(turns.map(|(id, label, _)| Action::link(id, label)))
    }

    fn opened(&self) -> Option<&ActivityRow> {
        self.rows.as_ref().zip(self.open).and_then(|(rows, at)| rows.rows.get(at))
    }

    fn row_page<'a>(&'a self, row: &'a ActivityRow) -> Page<'a> {
        let mut page = self.cx.page("activity/row", "");
        page.title = event_kind::of_row(row).into();
        page.intro = vec![
            format!("When: {}", row.event.at.seconds()).into(),
            format!("From: {}", event_kind::source(row)).into(),
            format!("Client: {}", row.event.client).into(),
            format!("Result: {}", event_kind::result(row)).into(),
            format!("Kind: {}", row.event.kind).into(),
        ];
        page.outro =
            vec!["If that was not you, change your password under Settings and tell support.".into()];
        page.actions = vec![Action::back("Back to the activity")];
        page.actions.extend(MemberContext::navigation(Section::Activity, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        if self.open.is_some() && matches!(event, Event::Pressed("back" | "activity")) {
            return self.with_open(None);
        }
        match event {
            Event::Opened(row) => {
                let is_there = self.rows.as_ref().is_some_and(|rows| row < rows.rows.len());
                if is_there { self.with_open(Some(row)) } else { Step::Stay }
            }
            Event::Pressed(action) => self.pressed(action),
            Event::Replied(Reply::Activity(ActivityReply::Page(rows))) => {
                self.rows = Some(rows);
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    fn pressed(&mut self, action: &str) -> Step {
        if let Some((.., which)) = FILTERS.into_iter().find(|(id, ..)| *id == action) {
            self.which = which;
            return self.ask(ActivityCursor::Newest);
        }
        let rows = self.rows.as_ref().map(|rows| rows.rows.as_slice()).unwrap_or_default();
        let place = match action {
            "older" => rows.last().map(|row| ActivityCursor::Below(row.place())),
            "newer" => rows.first().map(|row| ActivityCursor::Above(row.place())),
            _ => None,
        };
        place.map_or(Step::Stay, |place| self.ask(place))
    }
}

fn table(rows: &[ActivityRow]) -> Table<'_> {
    let row = |row: &'_ ActivityRow| {
        let cells = [
            event_kind::of_row(row).to_owned(),
            row.event.at.table_time(),
            event_kind::result(row).to_owned(),
            event_kind::source(row).to_owned(),
            row.event.client.trim_start_matches("SSH-2.0-").to_owned(),
        ];
        cells.map(Into::into).to_vec()
    };
    Table {
        columns: vec!["What", "Time (UTC)", "Result", "From", "Client"],
        rows: rows.iter().map(row).collect(),
        opens: true,
        empty: "Nothing of this kind has happened in the last 90 days.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::activity::EventKind;
    use crate::domain::audit_event::AuditEvent;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::cx;

    fn row(number: i64, event_kind: EventKind) -> ActivityRow {
        let event = AuditEvent {
            id: format!("row-{number}"),
            account: None,
            subject: None,
            kind: event_kind.as_str().to_owned(),
            at: Timestamp::from_epoch_ms(1_795_356_309_000 + number * 60_000),
            ip: "192.0.2.7".into(),
            client: "SSH-2.0-OpenSSH_9.2".into(),
            session: String::new(),
        };
        ActivityRow { event, event_kind: Some(event_kind) }
    }

    fn with(rows: ActivityPage) -> Flow {
        let mut flow = Flow::Activity(Activity::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Activity(_, ActivityRequest::Page(_)))));
        flow.update(Event::Replied(Reply::Activity(ActivityReply::Page(rows))));
        flow
    }

    fn two_of_many() -> Flow {
        let rows = vec![row(2, EventKind::SignIn), row(1, EventKind::SignInFailed)];
        with(ActivityPage { rows, has_newer: true, has_older: true })
    }

    fn asked(step: Step) -> ActivityQuery {
        match step {
            Step::Ask(Request::Activity(_, ActivityRequest::Page(wanted))) => wanted,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_row_says_when_what_where_from_and_whether_it_was_refused() {
        let flow = two_of_many();
        let table = flow.page().table.unwrap();
        assert_eq!(table.rows[1], ["Wrong password", "11-22 14:06", "refused", "192.0.2.7", "OpenSSH_9.2"]);
        assert_eq!(table.rows[0][2], "ok");
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
        let wanted = asked(flow.update(Event::Pressed("refused")));
        assert_eq!((wanted.which, wanted.from), (ActivityFilter::Refusals, ActivityCursor::Newest));
        flow.update(Event::Replied(Reply::Activity(ActivityReply::Page(ActivityPage::default()))));
        let page = flow.page();
        assert!(page.table.as_ref().unwrap().empty.contains("90 days"));
        let inactive: Vec<_> =
            page.actions.iter().filter(|action| !action.active).map(|action| action.id).collect();
        assert_eq!(inactive, ["refused", "activity"]);
    }

    #[test]
    fn a_row_opens_and_closes_without_asking_again() {
        let gone_to = |step| match step {
            Step::Go(flow) => match *flow {
                Flow::Activity(flow) => flow,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        let mut flow = gone_to(two_of_many().update(Event::Opened(1)));
        assert!(matches!(flow.begin(), Step::Stay));
        let page = flow.page();
        assert_eq!((page.id, page.title.as_ref()), ("activity/row", "Wrong password"));
        assert!(page.intro[0].contains("2026-11-22 14:06:09 UTC"), "{}", page.intro[0]);
        let mut flow = gone_to(flow.update(Event::Pressed("back")));
        assert!(matches!(flow.begin(), Step::Stay));
        assert_eq!(flow.page().table.unwrap().rows.len(), 2);
        assert!(matches!(flow.update(Event::Opened(7)), Step::Stay), "there is no such row");
    }
}
