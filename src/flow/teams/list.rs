//! Your teams, where a member lands, and in short how the account is protected. Page `teams`; Enter opens one as page
//! `team`.

use crate::accounts::request::activity::EventKind;
use crate::accounts::request::teams::{Dashboard, LastSignIn, Protection, TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::membership::Membership;
use crate::domain::recovery_code::FEW_LEFT;
use crate::domain::time_zone::TimeZone;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Notice, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};

use super::team::about;
use super::{NewTeam, TeamPages};

/// The list.
#[derive(Debug)]
pub struct TeamListPage {
    pub(in crate::flow) cx: MemberContext,
    dashboard: Option<Box<Dashboard>>,
}

impl TeamListPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, dashboard: None }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Teams, TeamsRequest::Dashboard)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let may_create = self.cx.portal.members_create_teams;
        let create = may_create.then_some(Action::link("create-team", "Create a team"));
        let change_password = Action::link("settings/password", "Change password");
        let table =
            self.dashboard.as_ref().map(|dashboard| table(&dashboard.teams, may_create, self.cx.zone()));
        let protection = self.dashboard.as_ref().map(|dashboard| &dashboard.protection);
        let suggested = protection.is_some_and(|protection| protection.suggests_two_factor).then_some([
            Action::link("set-up-two-factor", "Set up two-factor authentication"),
            Action::link("not-now", "Not now"),
        ]);
        let actions = create.into_iter().chain([change_password]).chain(suggested.into_iter().flatten());
        let mut page = self.cx.list_page(Section::Teams, ("teams", "Your teams"), table, actions);
        if let Some(protection) = protection {
            if is_well_protected(protection) {
                page = page.intro("Your account is well protected.");
            }
            page.facts.extend(facts_of(protection, self.cx.zone()));
            if protection.suggests_two_factor {
                let text = "Protect your account: set up two-factor authentication.";
                let suggestion = Notice::warning("two-factor-suggested", text);
                page.notice = page.notice.or(Some(suggestion));
            }
        }
        page
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(team) = self.dashboard.as_ref().and_then(|dashboard| dashboard.teams.get(row))
                else {
                    return Step::Stay;
                };
                self.cx.ask(Request::Teams, TeamsRequest::Open { team: team.id.clone() })
            }
            Event::Pressed("create-team") => Step::go(NewTeam::new(self.cx.fresh())),
            Event::Pressed("set-up-two-factor") => self.cx.go(Section::Security),
            Event::Pressed("not-now") => self.cx.ask(Request::Teams, TeamsRequest::PostponeTwoFactor),
            Event::Replied(Reply::Teams(TeamsReply::Dashboard(dashboard))) => {
                self.dashboard = Some(dashboard);
                Step::Stay
            }
            Event::Replied(Reply::Teams(TeamsReply::TwoFactorPostponed)) => {
                if let Some(dashboard) = &mut self.dashboard {
                    dashboard.protection.suggests_two_factor = false;
                }
                self.cx.toast("two-factor-postponed", "You will be reminded in 30 days.")
            }
            Event::Replied(Reply::Teams(TeamsReply::Team(team))) => {
                Step::go(TeamPages::new(self.cx.fresh(), *team))
            }
            _ => Step::Stay,
        }
    }
}

/// The last sign-in, and how the account is protected.
fn facts_of(protection: &Protection, zone: &TimeZone) -> [Fact<'static>; 3] {
    let two_factor = match protection.recovery_codes {
        None => "off".to_owned(),
        Some(1) => "on, 1 recovery code left".to_owned(),
        Some(left) => format!("on, {left} recovery codes left"),
    };
    let reviewed = protection.emails_reviewed_at.map(|at| zone.date(at));
    let addresses = match (reviewed, protection.is_review_due) {
        (Some(day), false) => format!("reviewed on {day}"),
        (Some(day), true) => format!("last reviewed on {day}; check them in Profile"),
        (None, _) => "not reviewed yet; check them in Profile".to_owned(),
    };
    [
        Fact::new("Last sign-in", last_sign_in(protection, zone)),
        Fact::new("Two-factor", two_factor),
        Fact::new("Email addresses", addresses),
    ]
}

fn last_sign_in(protection: &Protection, zone: &TimeZone) -> String {
    let Some(LastSignIn { at, ip, kind }) = &protection.last_sign_in else {
        return "this is your first".to_owned();
    };
    let how = match kind {
        Some(EventKind::SignIn) => ", with your password",
        Some(EventKind::SignInWithKey) => ", with an SSH key",
        Some(EventKind::PasswordReset) => ", by a password reset",
        Some(EventKind::SignedUp) => ", when you signed up",
        _ => "",
    };
    format!("{} from {ip}{how}", zone.date_minute(*at))
}

/// Whether nothing is left to do for the account's protection.
fn is_well_protected(protection: &Protection) -> bool {
    let has_codes = protection.recovery_codes.is_some_and(|left| left > FEW_LEFT);
    has_codes && protection.emails_reviewed_at.is_some() && !protection.is_review_due
}

fn table<'a>(teams: &'a [Membership], may_create: bool, zone: &TimeZone) -> Table<'a> {
    let row = |team: &'_ Membership| {
        let opened = team.last_opened_at.map_or_else(|| "never".to_owned(), |at| zone.date_minute(at));
        [team.name.clone(), team.role.clone(), team.members.to_string(), opened]
    };
    let begin = if may_create { "Create one, or ask a team's owner" } else { "Ask a team's owner" };
    let table = Table::opening(["Team", "Your role", "Members", "Last opened"], teams.iter().map(row));
    table.with_details(teams.iter().map(|team| facts(team, zone))).or_empty(format!(
        "You are not in a team yet. {begin} to invite you: you get a code by email. Choose I have an invitation \
         before you sign in, and type it there.",
    ))
}

/// What the list knows of a team.
fn facts<'a>(team: &'a Membership, zone: &TimeZone) -> Vec<Fact<'a>> {
    let opened = team.last_opened_at.map_or_else(|| "never".to_owned(), |at| zone.date_minute(at));
    let mut facts = about(&team.info, &team.role);
    facts.extend([Fact::new("Members", team.members.to_string()), Fact::new("Last opened", opened)]);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{Refusal, SignedIn, TeamDetail};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::page::Tone;
    use crate::flow::testing::cx;

    fn with_teams(teams: Vec<Membership>) -> Flow {
        let mut flow = Flow::TeamListPage(TeamListPage::new(cx()));
        let protection = Protection::default();
        opened(Dashboard { teams, protection }, &mut flow);
        flow
    }

    fn opened(dashboard: Dashboard, flow: &mut Flow) {
        assert!(matches!(flow.begin(), Step::Ask(Request::Teams(_, TeamsRequest::Dashboard))));
        flow.update(Event::Replied(Reply::Teams(TeamsReply::Dashboard(Box::new(dashboard)))));
    }

    fn protected_by(protection: Protection) -> Flow {
        let mut flow = Flow::TeamListPage(TeamListPage::new(cx()));
        opened(Dashboard { teams: vec![platform()], protection }, &mut flow);
        flow
    }

    const AT: Timestamp = Timestamp::from_epoch_ms(1_795_341_909_000);

    #[test]
    fn a_well_protected_account_is_told_so_in_one_quiet_sentence() {
        let last = LastSignIn { at: AT, ip: "192.0.2.7".into(), kind: Some(EventKind::SignInWithKey) };
        let flow = protected_by(Protection {
            last_sign_in: Some(last),
            recovery_codes: Some(8),
            emails_reviewed_at: Some(AT),
            is_review_due: false,
            suggests_two_factor: false,
        });
        let page = flow.page();
        assert_eq!(page.intro, ["Your account is well protected."]);
        assert_eq!(
            page.facts,
            [
                Fact::new("Last sign-in", "2026-11-22 10:05 UTC from 192.0.2.7, with an SSH key"),
                Fact::new("Two-factor", "on, 8 recovery codes left"),
                Fact::new("Email addresses", "reviewed on 2026-11-22"),
            ]
        );
        assert!(page.notice.is_none());
        assert!(page.actions.iter().all(|action| action.id != "not-now"));
    }

    #[test]
    fn few_codes_and_addresses_that_nobody_looked_at_are_said_without_praise() {
        let protection = Protection { recovery_codes: Some(1), ..Protection::default() };
        let flow = protected_by(protection);
        assert!(flow.page().intro.is_empty());
        assert_eq!(
            flow.page().facts,
            [
                Fact::new("Last sign-in", "this is your first"),
                Fact::new("Two-factor", "on, 1 recovery code left"),
                Fact::new("Email addresses", "not reviewed yet; check them in Profile"),
            ]
        );
    }

    #[test]
    fn two_factor_is_suggested_until_it_is_put_off() {
        let mut flow = protected_by(Protection { suggests_two_factor: true, ..Protection::default() });
        let notice = flow.page().notice.unwrap();
        assert_eq!((notice.tone, notice.id), (Tone::Warning, "two-factor-suggested"));
        assert_eq!(notice.text, "Protect your account: set up two-factor authentication.");
        let Step::Go(next) = flow.update(Event::Pressed("set-up-two-factor")) else {
            panic!("it must lead on")
        };
        assert_eq!(next.page().id, "settings/security");
        let step = flow.update(Event::Pressed("not-now"));
        assert!(matches!(step, Step::Ask(Request::Teams(_, TeamsRequest::PostponeTwoFactor))));
        flow.update(Event::Replied(Reply::Teams(TeamsReply::TwoFactorPostponed)));
        let page = flow.page();
        assert!(page.notice.is_none() && page.actions.iter().all(|action| action.id != "not-now"));
        assert_eq!(page.toast.map(|toast| toast.id), Some("two-factor-postponed"));
    }

    fn platform() -> Membership {
        let last_opened_at = Some(Timestamp::from_epoch_ms(1_795_341_909_000));
        Membership { last_opened_at, ..Membership::for_test("Platform") }
    }

    #[test]
    fn enter_opens_the_team_of_that_row() {
        let mut flow = with_teams(vec![platform()]);
        assert_eq!(flow.page().table.unwrap().rows, [["Platform", "owner", "3", "2026-11-22 10:05 UTC"]]);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        assert!(matches!(
            flow.update(Event::Opened(0)),
            Step::Ask(Request::Teams(_, TeamsRequest::Open { team })) if team == "7"
        ));
        let view = Box::new(TeamDetail::for_test("owner"));
        assert!(matches!(flow.update(Event::Replied(Reply::Teams(TeamsReply::Team(view)))), Step::Go(_)));
    }

    #[test]
    fn times_are_in_the_zone_of_the_member() {
        let mut flow = with_teams(vec![platform()]);
        let context = flow.context_mut().unwrap();
        context.member = SignedIn::in_zone_for_test("ada", "Europe/Berlin");
        assert_eq!(flow.page().table.unwrap().rows[0][3], "2026-11-22 11:05 CET");
    }

    #[test]
    fn no_team_says_what_to_do() {
        let flow = with_teams(vec![]);
        assert!(flow.page().table.unwrap().empty.contains("Ask a team's owner to invite you"));
    }

    #[test]
    fn an_account_that_changed_elsewhere_is_signed_out() {
        let mut flow = with_teams(vec![platform()]);
        let step = flow.update(Event::Replied(Reply::Refused(Refusal::SignedOutElsewhere)));
        let Step::Go(next) = step else { panic!("it must leave") };
        assert_eq!((next.page().id, next.page().signed_in_as), ("sign-in", None));
    }

    #[test]
    fn signing_out_leads_to_sign_in_with_the_name_kept() {
        let mut flow = with_teams(vec![]);
        assert!(matches!(flow.update(Event::Pressed("sign-out")), Step::Ask(Request::SignOut { .. })));
        let Step::Go(next) = flow.update(Event::Replied(Reply::SignedOut)) else { panic!("it must leave") };
        assert_eq!(next.page().fields[0].value.expose(), "ada");
    }
}
