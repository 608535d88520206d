//! A walk over every page that links lead to, from the sign-in and as a member: from each of them Esc leads back to where
//! the link was.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::context::MemberContext;
use super::navigator::{Navigator, Update};
use super::page::{ActionKind, BACK, Page, Value};
use super::section::Section;
use super::sign_in::{SecondFactor, SignIn};
use super::testing::{cx, portal};
use super::{Event, Flow};
use crate::accounts::request::activity::EventKind;
use crate::accounts::request::activity::{ActivityPage, ActivityReply, ActivityRow};
use crate::accounts::request::keys::{KeysReply, KeysRequest};
use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::reset_address::{MaskedAddress, ResetAddressReply, ResetAddressRequest};
use crate::accounts::request::review::{Review, ReviewedFactor};
use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest, SecondFactorView};
use crate::accounts::request::sessions::{SessionsReply, SessionsRequest};
use crate::accounts::request::support::{CaseFacts, SupportReply, SupportRequest};
use crate::accounts::request::teams::{Dashboard, Protection, TeamsReply, TeamsRequest};
use crate::accounts::request::{
    CodeRequested, Enrolment, FirstFactor, Refusal, Reply, Request, ResetGrant, TeamDetail,
};
use crate::domain::appearance::Appearance;
use crate::domain::audit_event::AuditEvent;
use crate::domain::email_address::EmailAddress;
use crate::domain::membership::Membership;
use crate::domain::profile::Profile;
use crate::domain::support_case::Case;
use crate::domain::timestamp::Timestamp;
use crate::flow::keys::tests::key;
use crate::flow::review::ReviewPage;
use crate::flow::sessions::tests::session;
use crate::messages::LanguageChoice;

pub(super) const AT: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

/// A step on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Move {
    Press(&'static str),
    Open(usize),
}

pub(super) fn address(id: &str, is_primary: bool, verified_at: Option<Timestamp>) -> EmailAddress {
    EmailAddress {
        id: id.into(),
        address: format!("{id}@example.org"),
        canonical: format!("{id}@example.org"),
        is_primary,
        verified_at,
        added_at: AT,
        primary_until: None,
        added_ip: None,
        added_client: None,
        suspended_at: None,
    }
}

fn addresses() -> Vec<EmailAddress> {
    // The one with the most links comes first.
    vec![address("new", false, None), address("ada", true, Some(AT)), address("lovelace", false, Some(AT))]
}

fn profile() -> Profile {
    Profile {
        name: "ada".into(),
        display_name: String::new(),
        language: LanguageChoice::default(),
        time_zone: "+02:00".into(),
        plain: false,
        no_color: false,
        appearance: Appearance::default(),
        version: 3,
        emails: addresses(),
        emails_reviewed_at: Some(AT),
        created_at: AT,
    }
}

fn event() -> ActivityRow {
    let event = AuditEvent {
        id: "event-1".into(),
        account: None,
        name: None,
        subject: None,
        kind: EventKind::SignIn.as_str().to_owned(),
        at: AT,
        ip: "192.0.2.7".into(),
        client: "SSH-2.0-OpenSSH_9.2".into(),
        session: String::new(),
        series: None,
        count: 1,
        last_at: AT,
    };
    ActivityRow { event, event_kind: Some(EventKind::SignIn) }
}

/// What the service answers where it says yes.
pub(super) fn answer(request: Request) -> Reply {
    let no = Reply::Refused(Refusal::NotFound);
    match request {
        Request::ProveCode { .. } => Reply::MaySetPassword(ResetGrant::for_test("ada")),
        Request::ResetAddress(ResetAddressRequest::Choices { .. }) => {
            let choice = MaskedAddress { id: "1".into(), masked: "a***@e***.org".into(), is_primary: true };
            Reply::ResetAddress(ResetAddressReply::Choices(vec![choice]))
        }
        Request::RequestCode { .. } | Request::ResetAddress(_) => {
            Reply::CodeRequested(CodeRequested::for_test(AT))
        }
        Request::Teams(_, TeamsRequest::Dashboard) => {
            let protection = Protection { suggests_two_factor: true, ..Protection::default() };
            let dashboard = Dashboard { teams: vec![Membership::for_test("Platform")], protection };
            Reply::Teams(TeamsReply::Dashboard(Box::new(dashboard)))
        }
        Request::Teams(_, TeamsRequest::Open { .. }) => {
            Reply::Teams(TeamsReply::Team(Box::new(TeamDetail::for_test("owner"))))
        }
        Request::Profile(_, ProfileRequest::Show) => Reply::Profile(ProfileReply::Profile(profile())),
        Request::Profile(_, ProfileRequest::SendCode { .. }) => {
            let address = address("new", false, None);
            Reply::Profile(ProfileReply::CodeSent { address, resend_at: AT })
        }
        Request::SecondFactor(_, SecondFactorRequest::Status) => {
            let view = SecondFactorView { on_since: None, recovery_codes: 0, suspended: 0 };
            Reply::SecondFactor(SecondFactorReply::Now(view))
        }
        Request::SecondFactor(_, SecondFactorRequest::Enrol) => {
            Reply::SecondFactor(SecondFactorReply::Enrolment(Enrolment::for_test("ada")))
        }
        Request::Keys(_, KeysRequest::List) => {
            Reply::Keys(KeysReply::List(vec![key("ada@laptop")], Vec::new()))
        }
        Request::Review { .. } => Reply::Review(Box::new(Review {
            emails: addresses(),
            keys: vec![key("ada@laptop")],
            sessions: vec![session("a", true, 0)],
            two_factor: ReviewedFactor::default(),
            suspended: 0,
        })),
        Request::Sessions(_, SessionsRequest::List) => {
            Reply::Sessions(SessionsReply::List(vec![session("b", false, 0), session("a", true, 0)]))
        }
        Request::Activity(..) => {
            let page = ActivityPage {
                rows: vec![event()],
                has_newer: false,
                has_older: true,
                ..ActivityPage::default()
            };
            Reply::Activity(ActivityReply::Page(page))
        }
        Request::Support(_, SupportRequest::List) => {
            Reply::Support(SupportReply::Cases(vec![Case::for_test("No mail", AT, None).into()]))
        }
        Request::Support(_, SupportRequest::Facts) => {
            Reply::Support(SupportReply::Facts(CaseFacts::for_test(&["Username: ada"])))
        }
        Request::Support(..) => {
            Reply::Support(SupportReply::Case(Box::new(Case::for_test("No mail", AT, None))))
        }
        _ => no,
    }
}

/// Carries out what is asked for.
fn settle(navigator: &mut Navigator, mut update: Update) {
    while let Some(request) = update.ask {
        update = navigator.update(Event::Replied(answer(request)));
    }
}

pub(super) fn begun(mut navigator: Navigator) -> Navigator {
    let ask = navigator.begin();
    settle(&mut navigator, Update { fresh: true, ask });
    navigator
}

fn take(navigator: &mut Navigator, step: Move) {
    let page = navigator.page();
    let is_guest = page.signed_in_as.is_none();
    let is_empty_text =
        |field: &&super::page::Field<'_>| matches!(field.value, Value::Text("") | Value::LongText(""));
    let fields: Vec<_> = page.fields.iter().filter(is_empty_text).map(|field| field.id).collect();
    // A member's links need nothing typed, and leave it behind.
    for field in fields.into_iter().filter(|_| is_guest) {
        let _ = navigator.update(Event::Typed { field, value: "ada@example.org" });
    }
    let update = match step {
        Move::Press(id) => navigator.update(Event::Pressed(id)),
        Move::Open(row) => navigator.update(Event::Opened(row)),
    };
    settle(navigator, update);
}

/// What leads on from a page: its links, the navigation, its first row.
fn moves(page: &Page<'_>) -> Vec<Move> {
    let is_link =
        |kind| matches!(kind, ActionKind::Link | ActionKind::Section { .. } | ActionKind::Tab { .. });
    let links = page.actions.iter().filter(|action| action.active && is_link(action.kind));
    let links = links.map(|action| Move::Press(action.id));
    let rows = page.table.as_ref().filter(|table| table.opens && !table.rows.is_empty());
    links.chain(rows.map(|_| Move::Open(0))).collect()
}

/// Walks from `start` over everything, and gives the pages that were seen.
fn walk(start: impl Fn() -> Navigator) -> BTreeMap<&'static str, Vec<Move>> {
    let there = |path: &[Move]| {
        let mut navigator = begun(start());
        for step in path {
            take(&mut navigator, *step);
        }
        navigator
    };
    let mut seen = BTreeMap::from([(there(&[]).page().id, Vec::new())]);
    let mut open = VecDeque::from([Vec::new()]);
    while let Some(path) = open.pop_front() {
        let origin = there(&path).page().id;
        for step in moves(&there(&path).page()) {
            let mut navigator = there(&path);
            let from = path.iter().rev().skip(1).fold(0, |n, _| n + 1);
            let was_from = (!path.is_empty()).then(|| there(&path[..from]).page().id);
            take(&mut navigator, step);
            let reached = navigator.page().id;
            // A link to the page that one came from is a way back; and who is signed out begins anew.
            if reached == origin || was_from == Some(reached) {
                continue;
            }
            let update = navigator.update(Event::Pressed(BACK));
            settle(&mut navigator, update);
            let back = navigator.page();
            assert_eq!(back.id, origin, "Esc on {reached}, to which {step:?} on {origin} led (by {path:?})");
            assert!(!back.waiting);
            if !seen.contains_key(reached) {
                let further: Vec<Move> = path.iter().copied().chain([step]).collect();
                seen.insert(reached, further.clone());
                open.push_back(further);
            }
        }
    }
    seen
}

fn expect(seen: &BTreeMap<&'static str, Vec<Move>>, pages: &[&str]) {
    for page in pages {
        assert!(seen.contains_key(page), "{page} was not reached: {:?}", seen.keys());
    }
}

#[test]
fn esc_leads_a_guest_back_to_where_the_link_was() {
    let portal = Arc::new(crate::domain::portal::PortalInfo { sign_up: true, ..portal() });
    let seen =
        walk(|| Navigator::new(SignIn::new(portal.clone(), "ada").landing_at(Section::Support).into()));
    expect(
        &seen,
        &[
            "forgot-password",
            "enter-code",
            "sign-in-help",
            "sign-in-help/no-email",
            "lost-authenticator",
            "undo",
            "guest-support",
            "join",
            "sign-up",
        ],
    );
    let first = || FirstFactor::for_test("ada");
    let second = || SecondFactor::signing_in(portal.clone(), "ada", first(), Section::default());
    expect(&walk(|| Navigator::new(second().into())), &["lost-authenticator", "guest-support"]);
}

#[test]
fn esc_leads_a_member_back_to_where_the_link_was() {
    let seen = walk(|| Navigator::new(Section::Teams.flow(cx())));
    expect(
        &seen,
        &[
            "team",
            "team/edit",
            "team/invitations",
            "team/member",
            "settings/profile",
            "settings/profile/name",
            "settings/password",
            "settings/security",
            "settings/keys",
            "settings/keys/key",
            "settings/keys/add",
            "settings/sessions",
            "settings/sessions/session",
            "activity",
            "activity/row",
            "support",
            "support/new",
            "support/case",
            "confirmation",
        ],
    );
    let seen = walk(|| Navigator::new(Flow::from(ReviewPage::new(cx()))));
    expect(&seen, &["settings/profile/emails/email", "teams", "settings/keys/key"]);
}

/// At the page of the code, with the way back to it.
fn at_the_code() -> Navigator {
    let mut navigator = Navigator::new(SignIn::new(Arc::new(portal()), "ada").into());
    take(&mut navigator, Move::Press("forgot-password"));
    take(&mut navigator, Move::Press("send-code"));
    assert_eq!(navigator.page().id, "enter-code");
    navigator
}

#[test]
fn a_proven_key_is_named_and_fills_in_the_name_wherever_one_is_asked_for() {
    use crate::accounts::request::keys::RecognisedKey;
    for may_sign_in in [false, true] {
        let form = SignIn::new(Arc::new(portal()), "").landing_at(Section::Keys);
        let mut navigator =
            Navigator::new(form.into()).with_key(Some(RecognisedKey::for_test("ada", may_sign_in)));
        let page = navigator.page();
        assert_eq!(page.fields[0].value.expose(), "ada");
        assert_eq!(page.intro, ["Your SSH key \"ada@laptop\" (SHA256:xYil3VoVw+) is registered to ada."]);
        assert_eq!(page.actions.iter().any(|action| action.id == "sign-in-with-key"), may_sign_in);
        let asked = navigator.update(Event::Pressed("sign-in-with-key")).ask;
        match asked {
            Some(Request::SignInWithKey { name: Some(name), .. }) if may_sign_in => assert_eq!(name, "ada"),
            asked => assert!(asked.is_none() && !may_sign_in, "{asked:?}"),
        }
    }
    let mut navigator = Navigator::new(SignIn::new(Arc::new(portal()), "grace").into())
        .with_key(Some(RecognisedKey::for_test("ada", false)));
    assert_eq!(navigator.page().fields[0].value.expose(), "grace", "what was typed stays");
    take(&mut navigator, Move::Press("forgot-password"));
    take(&mut navigator, Move::Press("choose-address"));
    assert_eq!(navigator.page().id, "choose-address", "it is the key's account that it can choose for");
}

#[test]
fn another_address_leads_back_to_the_code_with_what_was_asked_for() {
    let mut navigator = at_the_code();
    take(&mut navigator, Move::Press("change-address"));
    assert_eq!(navigator.page().id, "forgot-password");
    let _ = navigator.update(Event::Pressed(BACK));
    assert_eq!(navigator.page().id, "enter-code");
    let _ = navigator.update(Event::Typed { field: "code", value: "WDJBMJHT" });
    let asked = navigator.update(Event::Pressed("continue")).ask;
    let Some(Request::ProveCode { requests, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!(requests.len(), 1, "the code is still tied to its request");
}

#[test]
fn esc_from_the_code_leads_to_the_name_and_then_to_the_sign_in() {
    let mut navigator = at_the_code();
    for page in ["forgot-password", "sign-in", "sign-in"] {
        let _ = navigator.update(Event::Pressed(BACK));
        assert_eq!(navigator.page().id, page);
    }
    let mut navigator = at_the_code();
    let _ = navigator.update(Event::Typed { field: "code", value: "WDJBMJHT" });
    take(&mut navigator, Move::Press("continue"));
    assert_eq!(navigator.page().id, "new-password");
    let _ = navigator.update(Event::Pressed(BACK));
    assert_eq!(navigator.page().id, "forgot-password", "that code is used up");
}

#[test]
fn what_was_discarded_and_every_password_is_gone_when_one_comes_back() {
    let mut navigator = begun(Navigator::new(Section::Password.flow(cx())));
    let _ = navigator.update(Event::Typed { field: "current", value: "plum tractor seventeen" });
    take(&mut navigator, Move::Press("support"));
    let update = navigator.update(Event::Pressed(BACK));
    settle(&mut navigator, update);
    let page = navigator.page();
    assert_eq!((page.id, page.fields[0].value.expose(), page.unsaved), ("settings/password", "", false));
}

#[test]
fn whoever_comes_back_has_the_newer_proof_and_the_newer_list() {
    let mut navigator = begun(Navigator::new(Section::Keys.flow(cx())));
    take(&mut navigator, Move::Press("support"));
    let newer = crate::accounts::request::SignedIn::for_test("ada, confirmed");
    let update = navigator.go(Section::Support.flow(MemberContext::new(Arc::new(portal()), newer)));
    settle(&mut navigator, update);
    let update = navigator.update(Event::Pressed(BACK));
    assert!(matches!(update.ask, Some(Request::Keys(_, KeysRequest::List))), "{update:?}");
    assert_eq!(navigator.page().id, "settings/keys");
    assert_eq!(navigator.member().unwrap().name(), "ada, confirmed");
}

#[test]
fn what_was_typed_is_there_after_a_question_that_was_not_answered_with_yes() {
    let mut navigator = begun(Navigator::new(Section::Support.flow(cx())));
    take(&mut navigator, Move::Open(0));
    let _ = navigator.update(Event::Typed { field: "text", value: "Still nothing." });
    take(&mut navigator, Move::Press("close-case"));
    let page = navigator.page();
    assert_eq!((page.id, page.title.as_ref()), ("confirmation", "Close case 1042?"));
    assert_eq!(page.intro[1], "The message that you have typed is not sent.");
    let update = navigator.update(Event::Pressed(BACK));
    assert!(update.fresh && update.ask.is_none());
    let page = navigator.page();
    assert_eq!((page.id, page.fields[0].value.expose()), ("support/case", "Still nothing."));
    take(&mut navigator, Move::Press("close-case"));
    let asked = navigator.update(Event::Pressed("close-case")).ask;
    assert!(matches!(asked, Some(Request::Support(_, SupportRequest::Close(1042)))), "{asked:?}");
    assert_eq!(navigator.page().id, "support/case");
}

#[test]
fn many_links_cost_no_more_than_some_pages() {
    let mut navigator = begun(Navigator::new(Section::Teams.flow(cx())));
    for _ in 0..50 {
        for section in ["activity", "support", "settings"] {
            take(&mut navigator, Move::Press(section));
        }
    }
    let backs = (0..100).take_while(|_| {
        let came_by_link = navigator.page().came_by_link;
        let update = navigator.update(Event::Pressed(BACK));
        settle(&mut navigator, update);
        came_by_link
    });
    assert_eq!(backs.count(), 8);
}
