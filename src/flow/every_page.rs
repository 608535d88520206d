//! Every page of the portal in one language, for tests: whoever presses everything that there is, on services that say yes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::context::MemberContext;
use super::navigator::{Navigator, Update};
use super::page::{Action, ActionKind, BACK, Page, TICKED, Value};
use super::reset_password::ForgotPassword;
use super::section::Section;
use super::security::SetUpAuthenticator;
use super::setup::PortalSetup;
use super::sign_in::{SecondFactor, SignIn};
use super::testing::portal;
use super::walk::{AT, Move, answer, begun};
use super::{Event, Flow};
use crate::accounts::request::deletion::{DeletionPreview, DeletionReply, DeletionRequest};
use crate::accounts::request::join::{JoinGrant, JoinReply, JoinRequest};
use crate::accounts::request::keys::{KeysReply, KeysRequest, RecognisedKey};
use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest, SecondFactorView};
use crate::accounts::request::setup::{SetupGrant, SetupReply, SetupRequest};
use crate::accounts::request::support::{CaseReader, GuestCase, GuestSupportReply, GuestSupportRequest};
use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
use crate::accounts::request::undo::{UndoPreview, UndoReply, UndoRequest};
use crate::accounts::request::{
    CodeRequested, Enrolment, FirstFactor, Refusal, Reply, Request, ResetGrant, SignedIn, TeamDetail,
};
use crate::domain::invitation::Invitation;
use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::domain::support_case::Case;
use crate::messages::Language;

/// What the service answers, beside what it answers to those who only follow links.
fn answer_further(request: Request) -> Reply {
    let ada = || SignedIn::with_suspended_for_test("ada", 2);
    let next = CodeRequested::for_test(AT).next;
    match request {
        Request::SetPassword { .. } => Reply::PasswordSet(None, 2),
        Request::ChangePassword { .. } => Reply::PasswordChanged(ada()),
        Request::Undo(UndoRequest::Preview { .. }) => {
            Reply::Undo(UndoReply::Preview(UndoPreview::for_test(true)))
        }
        Request::Undo(UndoRequest::Revert { .. }) => {
            let summary = UndoPreview::for_test(true).summary;
            Reply::Undo(UndoReply::Reverted(ResetGrant::for_test("ada"), summary))
        }
        Request::Join(JoinRequest::Code { .. }) => Reply::Join(JoinReply::CodeRequested(next)),
        Request::Join(JoinRequest::Prove { .. }) => {
            Reply::Join(JoinReply::Proven(JoinGrant::for_test(Some("Platform"))))
        }
        Request::Join(JoinRequest::SignUp { .. }) => Reply::Join(JoinReply::SignedUp(ada())),
        Request::Setup(SetupRequest::Status) => Reply::Setup(SetupReply::Open),
        Request::Setup(SetupRequest::Prove { .. }) => {
            Reply::Setup(SetupReply::Proven(SetupGrant::for_test()))
        }
        Request::Setup(SetupRequest::SendCode { .. }) => Reply::Setup(SetupReply::CodeSent(next)),
        Request::Setup(SetupRequest::Create(_)) => Reply::Setup(SetupReply::Created(ada())),
        Request::GuestSupport(GuestSupportRequest::Open { .. }) => {
            Reply::GuestSupport(GuestSupportReply::Opened(GuestCase::for_test(1042)))
        }
        Request::GuestSupport(_) => {
            let case = Box::new(Case::for_test("No mail", AT, None));
            Reply::GuestSupport(GuestSupportReply::Case(CaseReader::for_test(), case))
        }
        Request::SecondFactor(_, SecondFactorRequest::Status) => {
            let view = SecondFactorView { on_since: Some(AT), recovery_codes: 2, suspended: 1 };
            Reply::SecondFactor(SecondFactorReply::Now(view))
        }
        Request::SecondFactor(_, SecondFactorRequest::TurnOn { .. }) => {
            let codes = vec![Secret::new("BCDF-GHJK-LMNP-QRST")];
            Reply::SecondFactor(SecondFactorReply::TurnedOn(ada(), codes))
        }
        Request::SecondFactor(_, SecondFactorRequest::TurnOff) => {
            Reply::SecondFactor(SecondFactorReply::TurnedOff(ada()))
        }
        Request::SecondFactor(_, SecondFactorRequest::MakeRecoveryCodes) => {
            let codes = vec![Secret::new("BCDF-GHJK-LMNP-QRST")];
            Reply::SecondFactor(SecondFactorReply::RecoveryCodes(codes))
        }
        Request::Teams(_, TeamsRequest::Open { .. }) => {
            let invitation = Invitation {
                id: "invitation-1".into(),
                address: "alan@example.org".into(),
                invited_at: AT,
                expires_at: AT,
            };
            let team = TeamDetail { invitations: vec![invitation], ..TeamDetail::for_test("owner") };
            Reply::Teams(TeamsReply::Team(Box::new(team)))
        }
        Request::Profile(_, ProfileRequest::AddEmail { .. }) => Reply::Profile(ProfileReply::CodeSent {
            address: super::walk::address("new", false, None),
            resend_at: AT,
        }),
        Request::Keys(_, KeysRequest::Add { .. }) => {
            Reply::Keys(KeysReply::Added(super::keys::tests::key("ada@laptop")))
        }
        Request::Deletion(_, DeletionRequest::Preview) => {
            Reply::Deletion(DeletionReply::Preview(DeletionPreview {
                last_owner_of: Vec::new(),
                teams_deleted: vec!["Platform".into()],
            }))
        }
        Request::Deletion(_, DeletionRequest::Delete) => Reply::Deletion(DeletionReply::Requested(AT)),
        Request::Reauthenticate { .. } => Reply::Refused(Refusal::WrongCurrentPassword),
        request => answer(request),
    }
}

fn settle(navigator: &mut Navigator, mut update: Update) {
    while let Some(request) = update.ask {
        update = navigator.update(Event::Replied(answer_further(request)));
    }
}

const PASSWORD: &str = "plum tractor seventeen gorge";

/// What is typed in a field.
fn typed(id: &str, value: Value<'_>) -> &'static str {
    match (id, value) {
        (_, Value::Checkbox(_)) => TICKED,
        ("address" | "contact", _) => "alan@example.org",
        ("name", _) => "alan",
        ("key" | "line" | "text", Value::Folded(_)) => {
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW"
        }
        ("code", _) => "WDJBMJHTBCDFGHJK",
        ("time-zone", _) => "UTC",
        (_, Value::Secret(_)) => PASSWORD,
        _ => "Tuesday",
    }
}

fn take(navigator: &mut Navigator, step: Move, fills_in: bool) {
    if fills_in {
        let fields: Vec<_> =
            navigator.page().fields.iter().map(|it| (it.id, typed(it.id, it.value))).collect();
        for (field, value) in fields {
            let _ = navigator.update(Event::Typed { field, value });
        }
    }
    let update = match step {
        Move::Press(id) => navigator.update(Event::Pressed(id)),
        Move::Open(row) => navigator.update(Event::Opened(row)),
    };
    settle(navigator, update);
}

/// What can be pressed and opened on a page, also what is only active once everything is filled in.
fn moves(page: &Page<'_>) -> Vec<Move> {
    let leads_on = |action: &&Action| {
        let stays = matches!(action.kind, ActionKind::Copy | ActionKind::Exit) || action.id == BACK;
        !stays && (action.active || action.kind.is_primary())
    };
    let pressed = page.actions.iter().filter(leads_on).map(|action| Move::Press(action.id));
    let rows = page.table.as_ref().filter(|table| table.opens).map_or(0, |table| table.rows.len());
    // A page for each setting of the profile; of other lists the first row will do.
    let rows = if page.id == "settings/profile" { rows } else { rows.min(1) };
    pressed.chain((0..rows).map(Move::Open)).collect()
}

/// Shows every page in `language` to `see`, each with what it says before and after anything is pressed on it, and gives
/// the ids.
pub(crate) fn visit_every_page(language: Language, see: &mut dyn FnMut(&Page<'_>)) -> BTreeSet<&'static str> {
    let portal = Arc::new(PortalInfo {
        language,
        sign_up: true,
        members_create_teams: true,
        account_deletion: true,
        ..portal()
    });
    let member = || MemberContext::new(Arc::clone(&portal), SignedIn::with_suspended_for_test("ada", 2));
    let guest = |flow: Flow| Navigator::new(flow);
    let starts: [Box<dyn Fn() -> Navigator + '_>; 8] = [
        Box::new(|| guest(SignIn::new(portal.clone(), "ada").landing_at(Section::Support).into())),
        Box::new(|| {
            let first = FirstFactor::for_test("ada");
            guest(SecondFactor::signing_in(portal.clone(), "ada", first, Section::default()).into())
        }),
        Box::new(|| {
            let key = RecognisedKey::for_test("ada", true);
            guest(ForgotPassword::new(portal.clone(), "").into()).with_key(Some(key))
        }),
        Box::new(|| {
            let page = SetUpAuthenticator::new(member(), Enrolment::for_test("ada"));
            Navigator::new(page.into())
        }),
        Box::new(|| guest(PortalSetup::new(portal.clone()).into())),
        Box::new(|| Navigator::new(Section::Teams.flow(member()))),
        Box::new(|| {
            let mut navigator = begun(Navigator::new(Section::Keys.flow(member())));
            navigator.lock();
            navigator
        }),
        Box::new(|| {
            let mut navigator = begun(Navigator::new(Section::Security.flow(member())));
            let request = Request::SecondFactor(SignedIn::for_test("ada"), SecondFactorRequest::TurnOff);
            let _ = navigator.update(Event::Pressed("turn-off"));
            let _ = navigator.update(Event::Replied(Reply::ReauthenticateFirst(Box::new(request))));
            navigator
        }),
    ];
    let (mut seen, mut shown) = (BTreeSet::new(), BTreeSet::new());
    let mut see_once = |page: &Page<'_>| {
        if shown.insert(format!("{page:?}")) {
            see(page);
        }
    };
    for start in &starts {
        visit(start.as_ref(), &mut seen, &mut see_once);
    }
    seen
}

fn visit(start: &dyn Fn() -> Navigator, seen: &mut BTreeSet<&'static str>, see: &mut dyn FnMut(&Page<'_>)) {
    let there = |path: &[(Move, bool)]| {
        let mut navigator = start();
        let ask = navigator.begin();
        settle(&mut navigator, Update { fresh: true, ask });
        for (step, fills_in) in path {
            take(&mut navigator, *step, *fills_in);
        }
        navigator
    };
    seen.insert(there(&[]).page().id);
    see(&there(&[]).page());
    let mut open = VecDeque::from([Vec::new()]);
    while let Some(path) = open.pop_front() {
        for step in moves(&there(&path).page()) {
            for fills_in in [false, true] {
                let mut navigator = there(&path);
                // Without anything to fill in it is the same once more.
                if fills_in && navigator.page().fields.is_empty() {
                    continue;
                }
                take(&mut navigator, step, fills_in);
                let page = navigator.page();
                see(&page);
                if seen.insert(page.id) {
                    open.push_back(path.iter().copied().chain([(step, fills_in)]).collect());
                }
            }
        }
    }
}

#[test]
fn every_page_is_visited() {
    let seen = visit_every_page(Language::English, &mut |_| {});
    let missing: Vec<_> = super::PAGES.iter().filter(|page| !seen.contains(*page)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What is not the portal's words: names, what people have typed, addresses, keys, moments, numbers.
fn is_data(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "en",
        "de",
        // A kind of event, a team's description, what support is told, a command.
        "sign-in",
        "Keeps the lights on.",
        "Username: ada",
        "stty -echo; ssh ada@HOST export --password-stdin > records.json; stty echo",
        "ada",
        "grace",
        "alan",
        "Platform",
        "Ada Lovelace",
        "Tuesday",
        "No mail",
        "auto",
        "dark",
        "light",
        "English",
        "Deutsch",
    ];
    let has_no_word = !text.chars().any(char::is_alphabetic);
    let is_one_word =
        !text.contains(' ') && text.chars().any(|c| c.is_ascii_digit() || matches!(c, '@' | ':'));
    let is_moment = text.starts_with("2026-") && text.ends_with(" UTC");
    let is_key = text.starts_with("SHA256:");
    let is_secret = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ');
    WORDS.contains(&text) || has_no_word || is_one_word || is_moment || is_key || is_secret
}

#[test]
fn no_words_of_a_page_are_outside_of_the_catalogue() {
    let mut wrong = BTreeSet::new();
    visit_every_page(Language::Marked, &mut |page| {
        let mut check = |what: &str, text: &str, may_be_data: bool| {
            let is_marked = |text: &str| text.starts_with('\u{27e6}') && text.ends_with('\u{27e7}');
            // Several addresses, each with its state.
            let is_list = || text.split(", ").all(|part| is_marked(part) || is_data(part));
            if !(is_marked(text) || text.is_empty() || (may_be_data && (is_data(text) || is_list()))) {
                wrong.insert(format!("{}: {what}: {text}", page.id));
            }
        };
        check("title", &page.title, true);
        page.intro.iter().for_each(|text| check("intro", text, true));
        page.outro.iter().for_each(|text| check("outro", text, false));
        page.notice.iter().for_each(|notice| check("notice", &notice.text, false));
        page.toast.iter().for_each(|toast| check("toast", &toast.text, false));
        page.actions.iter().for_each(|action| check("action", action.label, false));
        page.leaving.iter().for_each(|text| check("leaving", text, false));
        for field in &page.fields {
            check("field", field.label, false);
            field.hint.iter().for_each(|hint| check("hint", &hint.text, false));
        }
        let details = page.table.iter().flat_map(|table| table.details.iter().flatten());
        for fact in page.facts.iter().chain(details) {
            check("fact", fact.label, false);
            check("value", &fact.value, true);
        }
        if let Some(table) = &page.table {
            table.columns.iter().for_each(|text| check("column", text, false));
            table.rows.iter().flatten().for_each(|text| check("cell", text, true));
            check("empty", &table.empty, false);
        }
        page.figure.iter().for_each(|figure| check("alt", &figure.alt, false));
        if let Some(chart) = &page.chart {
            check("chart", &chart.alt, false);
            chart.series.iter().for_each(|series| check("series", series.label, false));
        }
    });
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{} are in no catalogue:\n{}", wrong.len(), wrong.join("\n"));
}
