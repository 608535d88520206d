//! Your teams, where a member lands, and in short how the account is protected. Page `teams`; Enter opens one as page
//! `team`.

use crate::accounts::request::activity::EventKind;
use crate::accounts::request::teams::{Dashboard, LastSignIn, Protection, TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::membership::Membership;
use crate::domain::recovery_code::FEW_LEFT;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Notice, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::team::about;
use super::{NewTeam, TeamPages, role_label};

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
        let create = may_create.then_some(Action::link("create-team", text!(self.cx, "teams-create")));
        let can_change = self.cx.portal.capabilities.change;
        let change_password = Action::link("settings/password", text!(self.cx, "teams-change-password"));
        let change_password = can_change.then_some(change_password);
        let table = self.dashboard.as_ref().map(|dashboard| table(&dashboard.teams, &self.cx));
        let protection = self.dashboard.as_ref().map(|dashboard| &dashboard.protection);
        let suggested = protection.is_some_and(|protection| protection.suggests_two_factor).then_some([
            Action::link("set-up-two-factor", text!(self.cx, "teams-set-up-two-factor")),
            Action::link("not-now", text!(self.cx, "teams-not-now")),
        ]);
        let actions = create.into_iter().chain(change_password).chain(suggested.into_iter().flatten());
        let head = ("teams", text!(self.cx, "teams-title"));
        let mut page = self.cx.list_page(Section::Teams, head, table, actions);
        if let Some(protection) = protection {
            if is_well_protected(protection) {
                page = page.intro(text!(self.cx, "teams-well-protected"));
            }
            page.facts.extend(facts_of(protection, &self.cx));
            if protection.suggests_two_factor {
                let text = text!(self.cx, "teams-suggest-two-factor");
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
                self.cx.toast("two-factor-postponed", text!(self.cx, "teams-two-factor-postponed"))
            }
            Event::Replied(Reply::Teams(TeamsReply::Team(team))) => {
                Step::go(TeamPages::new(self.cx.fresh(), *team))
            }
            _ => Step::Stay,
        }
    }
}

/// The last sign-in, and how the account is protected.
fn facts_of(protection: &Protection, cx: &MemberContext) -> Vec<Fact<'static>> {
    let two_factor = match protection.recovery_codes {
        None => text!(cx, "teams-two-factor-off").to_owned(),
        Some(left) => text!(cx, "teams-two-factor-on", left = left),
    };
    let reviewed = protection.emails_reviewed_at.map(|at| cx.zone().date(at));
    let addresses = match (reviewed, protection.is_review_due) {
        (Some(day), false) => text!(cx, "teams-emails-reviewed", day = day),
        (Some(day), true) => text!(cx, "teams-emails-review-due", day = day),
        (None, _) => text!(cx, "teams-emails-not-reviewed").to_owned(),
    };
    let mut facts = vec![
        Fact::new(text!(cx, "teams-last-sign-in"), last_sign_in(protection, cx)),
        Fact::new(text!(cx, "teams-two-factor"), two_factor),
    ];
    // There is nothing to look through where a directory has the addresses.
    if cx.portal.capabilities.accounts {
        facts.push(Fact::new(text!(cx, "teams-emails"), addresses));
    }
    facts
}

fn last_sign_in(protection: &Protection, cx: &MemberContext) -> String {
    let Some(LastSignIn { at, ip, kind }) = &protection.last_sign_in else {
        return text!(cx, "teams-first-sign-in").to_owned();
    };
    // The message has a variant for each kind that says how.
    let kind = kind.map_or("", EventKind::as_str);
    text!(cx, "teams-signed-in", at = cx.zone().date_minute(*at), ip = ip, kind = kind)
}

/// Whether nothing is left to do for the account's protection.
fn is_well_protected(protection: &Protection) -> bool {
    let has_codes = protection.recovery_codes.is_some_and(|left| left > FEW_LEFT);
    has_codes && protection.emails_reviewed_at.is_some() && !protection.is_review_due
}

fn table<'a>(teams: &'a [Membership], cx: &MemberContext) -> Table<'a> {
    let row = |team: &'_ Membership| {
        let role = role_label(&team.role).to(cx).to_owned();
        [team.name.clone(), role, team.members.to_string(), last_opened(team, cx)]
    };
    let columns = [
        text!(cx, "teams-team"),
        text!(cx, "team-your-role"),
        text!(cx, "teams-members"),
        text!(cx, "teams-last-opened"),
    ];
    let table = Table::opening(columns, teams.iter().map(row));
    table.with_details(teams.iter().map(|team| facts(team, cx))).or_empty(if cx.portal.capabilities.groups {
        text!(cx, "teams-none-in-directory")
    } else if cx.portal.members_create_teams {
        text!(cx, "teams-none-may-create")
    } else {
        text!(cx, "teams-none")
    })
}

fn last_opened(team: &Membership, cx: &MemberContext) -> String {
    let never = || text!(cx, "never").to_owned();
    team.last_opened_at.map_or_else(never, |at| cx.zone().date_minute(at))
}

/// What the list knows of a team.
fn facts<'a>(team: &'a Membership, cx: &MemberContext) -> Vec<Fact<'a>> {
    let mut facts = about(&team.info, &team.role, cx);
    facts.extend([
        Fact::new(text!(cx, "teams-members"), team.members.to_string()),
        Fact::new(text!(cx, "teams-last-opened"), last_opened(team, cx)),
    ]);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::accounts::request::{Refusal, SignedIn, TeamDetail};
    use crate::domain::portal::PortalInfo;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::page::Tone;
    use crate::flow::testing::{cx, portal};
    use crate::messages::Language;

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
    fn the_words_are_in_the_language_of_the_member_and_the_role_is_one_of_them() {
        let portal = PortalInfo { language: Language::German, ..portal() };
        let cx = MemberContext::new(Arc::new(portal), SignedIn::for_test("ada"));
        let mut flow = Flow::TeamListPage(TeamListPage::new(cx));
        let last = LastSignIn { at: AT, ip: "192.0.2.7".into(), kind: Some(EventKind::SignIn) };
        let protection =
            Protection { last_sign_in: Some(last), recovery_codes: Some(1), ..Protection::default() };
        opened(Dashboard { teams: vec![platform()], protection }, &mut flow);
        let page = flow.page();
        assert_eq!(page.table.as_ref().unwrap().rows[0][1], "Inhaber");
        assert_eq!(
            page.facts[..2],
            [
                Fact::new("Letzte Anmeldung", "2026-11-22 10:05 UTC von 192.0.2.7, mit Ihrem Passwort"),
                Fact::new("Zwei-Faktor", "an, noch 1 Wiederherstellungscode"),
            ]
        );
        let settings = page.actions.iter().find(|action| action.id == "settings");
        assert_eq!(settings.map(|action| action.label), Some("Einstellungen"));
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
