//! Everything that somebody can get in by, after a reset and as long as something is suspended. Page
//! `settings/security/review`; Enter opens the page of the address, the key or the session, which leads back here.

use crate::accounts::request::review::Review;
use crate::accounts::request::{Reply, Request};
use crate::domain::registered_key::RegisteredKey;
use crate::domain::throttle::RECENT_DAYS;
use crate::flow::context::MemberContext;
use crate::flow::emails::EmailPage;
use crate::flow::keys::KeyPage;
use crate::flow::page::{Action, Page, Table};
use crate::flow::section::Section;
use crate::flow::sessions::SessionPage;
use crate::flow::wording::{added_from, email_state, key_state};
use crate::flow::{Event, Step};

/// The list.
#[derive(Debug)]
pub struct ReviewPage {
    pub(super) cx: MemberContext,
    review: Option<Box<Review>>,
}

impl ReviewPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, review: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member, ()| Request::Review { member }, ())
    }

    pub(super) fn page(&self) -> Page<'_> {
        let table = self.review.as_deref().map(|review| table(review, &self.cx));
        let done = Action::link("done", "Continue to your teams");
        let head = ("settings/security/review", "Review your account");
        let page = self.cx.list_page(Section::Security, head, table, [done]);
        match &self.review {
            Some(review) if review.suspended > 0 => page.intro(format!(
                "Keys and addresses added in the last {RECENT_DAYS} days are suspended. Open one to keep or \
                 remove it."
            )),
            Some(_) => page.intro("Is all of this yours? Open anything you don't recognize to remove it."),
            None => page,
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("done") => self.cx.go(Section::Teams),
            Event::Replied(Reply::Review(review)) => {
                self.review = Some(review);
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    /// In the order of [`table`].
    fn open(&self, row: usize) -> Step {
        let (Some(review), cx) = (&self.review, self.cx.fresh()) else { return Step::Stay };
        let Review { emails, keys, two_factor, sessions, .. } = review.as_ref();
        let mut row = row;
        if let Some(email) = emails.get(row) {
            return Step::go(EmailPage::reviewed(cx, email.clone()));
        }
        row -= emails.len();
        if let Some(key) = keys.get(row) {
            return Step::go(KeyPage::reviewed(cx, key.clone()));
        }
        row -= keys.len();
        if two_factor.on_since.is_some() {
            if row == 0 {
                return self.cx.go(Section::Security);
            }
            row -= 1;
        }
        sessions.get(row).map_or(Step::Stay, |session| Step::go(SessionPage::reviewed(cx, session.clone())))
    }
}

fn table<'a>(review: &'a Review, cx: &MemberContext) -> Table<'a> {
    let zone = cx.zone();
    let Review { emails, keys, two_factor, sessions, .. } = review;
    let mut rows = Vec::new();
    for email in emails {
        let (state, ip) = (email_state(email).to(cx), added_from(email.added_ip.as_deref(), cx));
        rows.push([email.address.clone(), state.to_owned(), zone.date(email.added_at), ip.to_owned()]);
    }
    for key in keys {
        let (state, ip) = (key_state(key).to(cx), added_from(key.added_ip.as_deref(), cx));
        rows.push([key_name(key), state.to_owned(), zone.date(key.added_at), ip.to_owned()]);
    }
    if let Some(since) = two_factor.on_since {
        let (state, ip) = ("on".to_owned(), added_from(two_factor.added_ip.as_deref(), cx));
        rows.push(["Authenticator app".to_owned(), state, zone.date(since), ip.to_owned()]);
    }
    for active in sessions {
        let name = if active.is_this_session { "This session" } else { "Session" };
        let session = &active.session;
        rows.push([
            name.to_owned(),
            "signed in".to_owned(),
            zone.date(session.started_at),
            session.ip.clone(),
        ]);
    }
    Table::opening(["What", "State", "Added", "From"], rows)
}

/// By its fingerprint: whoever added it chose the comment.
fn key_name(key: &RegisteredKey) -> String {
    let fingerprint: String = key.fingerprint.to_string().chars().take(17).collect();
    format!("SSH key {fingerprint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::review::ReviewedFactor;
    use crate::domain::email_address::EmailAddress;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::keys::tests::key;
    use crate::flow::sessions::tests::session;
    use crate::flow::testing::{cx, press};

    const AT: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

    fn email(address: &str, suspended_at: Option<Timestamp>) -> EmailAddress {
        EmailAddress {
            id: address.into(),
            address: address.into(),
            canonical: address.into(),
            is_primary: suspended_at.is_none(),
            verified_at: Some(AT),
            added_at: AT,
            primary_until: None,
            added_ip: suspended_at.map(|_| "192.0.2.66".into()),
            added_client: None,
            suspended_at,
        }
    }

    fn with(suspended: usize) -> Flow {
        let mut flow = Flow::from(ReviewPage::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Review { .. })));
        let suspended_at = (suspended > 0).then_some(AT);
        let review = Review {
            emails: vec![email("ada@example.org", None), email("evil@example.org", suspended_at)],
            keys: vec![RegisteredKey { suspended_at, ..key("ada@laptop") }],
            two_factor: ReviewedFactor { on_since: Some(AT), ..ReviewedFactor::default() },
            sessions: vec![session("a", true, 0), session("b", false, 0)],
            suspended,
        };
        flow.update(Event::Replied(Reply::Review(Box::new(review))));
        flow
    }

    #[test]
    fn each_way_in_is_a_row_with_its_state_its_day_and_its_place() {
        let flow = with(2);
        let rows = flow.page().table.unwrap().rows;
        assert_eq!(rows[0], ["ada@example.org", "primary", "2026-11-22", "the operator"]);
        assert_eq!(rows[1], ["evil@example.org", "suspended", "2026-11-22", "192.0.2.66"]);
        assert_eq!(rows[2][..2], ["SSH key SHA256:xYil3VoVw+", "suspended"]);
        assert_eq!(rows[3][..2], ["Authenticator app", "on"]);
        assert_eq!((rows[4][0].as_ref(), rows[5][0].as_ref()), ("This session", "Session"));
    }

    #[test]
    fn each_row_opens_its_own_page_and_one_more_opens_none() {
        let mut flow = with(2);
        for (row, page) in [
            (0, "settings/profile/emails/email"),
            (1, "settings/profile/emails/email"),
            (2, "settings/keys/key"),
            (3, "settings/security"),
            (4, "settings/sessions/session"),
            (5, "settings/sessions/session"),
        ] {
            let Step::Go(next) = flow.update(Event::Opened(row)) else { panic!("row {row} must open") };
            assert_eq!(next.page().id, page);
        }
        assert!(matches!(flow.update(Event::Opened(6)), Step::Stay));
    }

    #[test]
    fn what_is_suspended_is_kept_on_its_page_which_leads_back_here() {
        let mut flow = with(2);
        for row in [1, 2] {
            let mut open = || {
                let Step::Go(opened) = flow.update(Event::Opened(row)) else { panic!("it must open") };
                opened
            };
            assert!(matches!(press(&mut open(), "keep"), Step::Ask(_)), "row {row}");
            let Step::Go(next) = press(&mut open(), "back") else { panic!("it must go back") };
            assert_eq!(next.page().id, "settings/security/review");
        }
        let Step::Go(opened) = flow.update(Event::Opened(0)) else { panic!("it must open") };
        assert!(opened.page().actions.iter().all(|action| action.id != "keep"), "it is not suspended");
    }

    #[test]
    fn with_nothing_suspended_it_asks_whether_all_is_known() {
        assert!(with(0).page().intro[0].contains("Is all of this yours?"));
        assert!(with(2).page().intro[0].contains("are suspended"));
        let Step::Go(next) = press(&mut with(0), "done") else { panic!("it must go on") };
        assert_eq!(next.page().id, "teams");
    }
}
