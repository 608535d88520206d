//! One team: what it is for, who is in it, your own role, and what you can do with it. Page `team`, and the pages
//! behind it.
//!
//! ```text
//! teams --> team --> team/leave --> teams
//!             |----> team/edit          (owners only, from here on)
//!             |----> team/member
//!             `----> team/invitations --> team/invitations/invitation
//! ```

use crate::accounts::request::teams::{TeamChange, TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request, TeamDetail};
use crate::domain::invitation::Invitation;
use crate::domain::membership::Member;
use crate::domain::team::{Role, TeamInfo};
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Fact, Page, Table, Toast};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::messages::Speaks;
use crate::text;

use super::edit::EditForm;
use super::{TeamListPage, role_label};

/// All pages of one team.
#[derive(Debug)]
pub struct TeamPages {
    pub(in crate::flow) cx: MemberContext,
    pub(super) team: TeamDetail,
    subpage: TeamSubpage,
}

#[derive(Debug)]
enum TeamSubpage {
    /// `team`
    Overview,
    /// `team/edit`
    Edit(Box<EditForm>),
    /// `team/member`: username, and the role when the page was opened.
    Member { who: String, role: String },
    /// `team/invitations`
    Invitations(TextField),
    /// `team/invitations/invitation`
    Invitation(Invitation),
    /// `team/leave`
    Leave,
}

impl TeamPages {
    /// Begins with the page `team`.
    #[must_use]
    pub fn new(cx: MemberContext, team: TeamDetail) -> Self {
        Self { cx, team, subpage: TeamSubpage::Overview }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = match &self.subpage {
            TeamSubpage::Overview => self.overview_page(),
            TeamSubpage::Edit(edit) => self.edit_page(edit),
            TeamSubpage::Member { who, role } => self.member_page(who, role),
            TeamSubpage::Invitations(address) => self.invitations_page(address),
            TeamSubpage::Invitation(invitation) => self.invitation_page(invitation),
            TeamSubpage::Leave => self.leave_page(),
        };
        page.within(Section::Teams)
    }

    fn overview_page(&self) -> Page<'_> {
        let team = &self.team;
        let mut page = self.cx.page("team", "").title(team.name.as_str());
        page = page.facts(about(&team.info, &team.role, &self.cx)).table(members(team, &self.cx));
        if team.is_owned() {
            // A label is fixed wording; this one says at least whether there is something to see.
            let label = if team.invitations.is_empty() {
                text!(self.cx, "team-invite")
            } else {
                text!(self.cx, "team-invitations")
            };
            page = page.link("invitations", label).link("edit", text!(self.cx, "team-edit"));
        }
        if !self.cx.portal.capabilities.groups {
            page = page.action(Action::destructive("leave-team", text!(self.cx, "team-leave")));
        }
        page.back(text!(self.cx, "back"))
    }

    fn leave_page(&self) -> Page<'_> {
        self.cx
            .page("team/leave", text!(self.cx, "team-leave"))
            .intro(text!(self.cx, "team-leave-which", team = self.team.name.as_str()))
            .intro(text!(self.cx, "team-leave-way-back"))
            .action(Action::destructive("leave-team", text!(self.cx, "team-leave-yes")))
            .back(text!(self.cx, "team-back"))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Replied(Reply::Teams(reply)) => self.replied(reply),
            Event::Typed { field, value } => match &mut self.subpage {
                TeamSubpage::Edit(edit) => edit.typed(field, value),
                TeamSubpage::Invitations(address) => address.typed(value),
                _ => Step::Stay,
            },
            Event::Opened(row) => self.opened(row),
            Event::Pressed(action) => self.pressed(action),
            _ => Step::Stay,
        }
    }

    fn opened(&self, row: usize) -> Step {
        let subpage =
            match &self.subpage {
                TeamSubpage::Overview if self.team.is_owned() => self.team.members.get(row).map(|member| {
                    TeamSubpage::Member { who: member.name.clone(), role: member.role.clone() }
                }),
                TeamSubpage::Invitations(_) => {
                    self.team.invitations.get(row).cloned().map(TeamSubpage::Invitation)
                }
                _ => None,
            };
        subpage.map_or(Step::Stay, |subpage| self.go(subpage, None))
    }

    fn pressed(&mut self, action: &'static str) -> Step {
        let team = self.team.id.clone();
        match (&self.subpage, action) {
            (TeamSubpage::Overview, "back") => self.cx.go(Section::Teams),
            (TeamSubpage::Overview, "edit") => {
                self.go(TeamSubpage::Edit(Box::new(EditForm::of(&self.team.info))), None)
            }
            (TeamSubpage::Overview, "invitations") | (TeamSubpage::Invitation(_), "back") => {
                self.go(TeamSubpage::Invitations(TextField::default()), None)
            }
            (_, "back") => self.go(TeamSubpage::Overview, None),
            (TeamSubpage::Overview, "leave-team") => self.go(TeamSubpage::Leave, None),
            (TeamSubpage::Leave, "leave-team") => self.ask(TeamsRequest::Leave { team }),
            (TeamSubpage::Edit(edit), "save") => self.ask(edit.request(team)),
            (TeamSubpage::Member { who, .. }, "make-owner") => {
                self.ask(TeamsRequest::SetRole { team, who: who.clone(), role: Role::Owner })
            }
            (TeamSubpage::Member { who, .. }, "make-member") => {
                self.ask(TeamsRequest::SetRole { team, who: who.clone(), role: Role::Member })
            }
            (TeamSubpage::Member { who, .. }, "remove") => {
                self.ask(TeamsRequest::Remove { team, who: who.clone() })
            }
            (TeamSubpage::Invitations(address), "invite") if address.is_blank() => {
                self.cx.missing(text!(self.cx, "team-invite-missing"))
            }
            (TeamSubpage::Invitations(address), "invite") => {
                self.ask(TeamsRequest::Invite { team, address: address.trimmed().to_owned() })
            }
            (TeamSubpage::Invitation(invitation), "withdraw") => {
                self.ask(TeamsRequest::Withdraw { team, invitation: invitation.id.clone() })
            }
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, request: TeamsRequest) -> Step {
        self.cx.ask(Request::Teams, request)
    }

    /// To another page of the same team.
    fn go(&self, subpage: TeamSubpage, toast: Option<Toast<'static>>) -> Step {
        let cx = MemberContext { toast, ..self.cx.fresh() };
        Step::go(Self { cx, team: self.team.clone(), subpage })
    }

    fn replied(&mut self, reply: TeamsReply) -> Step {
        match reply {
            TeamsReply::Changed(change, team) => {
                self.team = *team;
                self.changed(&change)
            }
            TeamsReply::ChangedMeanwhile(team) => {
                self.team = *team;
                let TeamSubpage::Edit(edit) = &mut self.subpage else { return Step::Stay };
                let notice = edit.conflict_with(&self.team.info, &self.cx);
                self.cx.notify(notice)
            }
            TeamsReply::Left(team) => {
                let text = text!(self.cx, "team-left", team = team.name);
                let cx = self.cx.with_toast("team-left", text);
                Step::go(TeamListPage::new(cx))
            }
            TeamsReply::List(_)
            | TeamsReply::Dashboard(_)
            | TeamsReply::TwoFactorPostponed
            | TeamsReply::Team(_)
            | TeamsReply::Created(_) => Step::Stay,
        }
    }

    fn changed(&mut self, change: &TeamChange) -> Step {
        let (id, text) = match change {
            TeamChange::Edited => ("team-changed", text!(self.cx, "team-changed").to_owned()),
            TeamChange::RoleSet { who, role } => {
                let text = text!(self.cx, "team-role-changed", who = who, role = role.as_str());
                ("team-role-changed", text)
            }
            TeamChange::Removed { who } => {
                ("team-member-removed", text!(self.cx, "team-member-removed", who = who))
            }
            TeamChange::Invited(Invitation { address, .. }) => {
                ("team-invited", text!(self.cx, "team-invited", address = address))
            }
            TeamChange::Withdrawn(_) => {
                ("team-invitation-withdrawn", text!(self.cx, "team-invitation-withdrawn").to_owned())
            }
        };
        match (&mut self.subpage, change) {
            // The next address can be typed at once.
            (TeamSubpage::Invitations(address), TeamChange::Invited(_)) => {
                address.set("");
                self.cx.toast(id, text)
            }
            (_, TeamChange::Withdrawn(_)) => {
                let toast = Toast { id, text: text.into() };
                self.go(TeamSubpage::Invitations(TextField::default()), Some(toast))
            }
            _ => self.go(TeamSubpage::Overview, Some(Toast { id, text: text.into() })),
        }
    }
}

/// What a team says of itself, and what somebody is in it.
pub(super) fn about<'a>(info: &'a TeamInfo, role: &str, speaks: &impl Speaks) -> Vec<Fact<'a>> {
    let mut facts = Vec::new();
    if !info.description.is_empty() {
        // The owner's words, never at the beginning of a line, where the portal's own begin.
        let label = text!(speaks, "team-description");
        facts.push(Fact::new(label, info.description.replace('\n', "\n  ")));
    }
    facts.extend(info.links.iter().map(|link| Fact::new(text!(speaks, "team-link"), link.as_str())));
    facts.push(Fact::new(text!(speaks, "team-your-role"), role_label(role).to(speaks)));
    facts
}

fn members<'a>(team: &'a TeamDetail, speaks: &impl Speaks) -> Table<'a> {
    let row = |member: &'a Member| {
        [member.name.as_str(), member.display_name.as_str(), role_label(&member.role).to(speaks)]
    };
    let columns = [text!(speaks, "username"), text!(speaks, "team-display-name"), text!(speaks, "team-role")];
    let table = Table::opening(columns, team.members.iter().map(row));
    Table { opens: team.is_owned(), ..table.or_empty(text!(speaks, "team-nobody")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Flow;
    use crate::flow::testing::cx;

    fn team(role: &str) -> Flow {
        Flow::TeamPages(TeamPages::new(cx(), TeamDetail::for_test(role)))
    }

    fn has(team: &Flow, id: &str) -> bool {
        team.page().actions.iter().any(|action| action.id == id)
    }

    #[test]
    fn shows_the_purpose_the_members_and_your_own_role() {
        let mut flow = team("owner");
        let page = flow.page();
        assert_eq!(
            (page.title.as_ref(), &page.facts[0]),
            ("Platform", &Fact::new("Description", "Keeps the lights on."))
        );
        assert_eq!(page.facts[1], Fact::new("Your role", "owner"));
        assert_eq!(page.table.unwrap().rows, [["ada", "Ada Lovelace", "owner"], ["grace", "", "member"]]);
        assert!(matches!(flow.update(Event::Pressed("back")), Step::Go(_)));
    }

    #[test]
    fn a_member_can_only_leave() {
        let mut flow = team("member");
        assert!(has(&flow, "leave-team") && !has(&flow, "edit") && !has(&flow, "invitations"));
        assert!(!flow.page().table.unwrap().opens);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        let owner = team("owner");
        assert!(has(&owner, "leave-team") && has(&owner, "edit") && has(&owner, "invitations"));
    }

    #[test]
    fn leaving_asks_once() {
        let mut flow = team("member");
        let Step::Go(next) = flow.update(Event::Pressed("leave-team")) else { panic!("it must ask first") };
        assert_eq!(next.page().id, "team/leave");
    }
}
