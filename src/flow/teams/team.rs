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
use crate::domain::team::{Role, TeamInfo, with_article};
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Fact, Page, Table, Toast};
use crate::flow::section::Section;
use crate::flow::{Event, Step};

use super::TeamListPage;
use super::edit::EditForm;

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
        page = page.facts(about(&team.info, &team.role)).table(members(team));
        if team.is_owned() {
            // A label is fixed wording; this one says at least whether there is something to see.
            let label = if team.invitations.is_empty() { "Invite someone" } else { "Invitations" };
            page = page.link("invitations", label).link("edit", "Edit description and links");
        }
        page.action(Action::destructive("leave-team", "Leave this team")).back("Back")
    }

    fn leave_page(&self) -> Page<'_> {
        self.cx
            .page("team/leave", "Leave this team")
            .intro(format!("You are about to leave {}.", self.team.name))
            .intro("To come back, you need another invitation from one of its owners.")
            .action(Action::destructive("leave-team", "Yes, leave this team"))
            .back("Back to the team")
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
                self.cx.missing("Type the address of the person you want to invite.")
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
                self.cx.notify(edit.conflict_with(&self.team.info))
            }
            TeamsReply::Left(team) => {
                let cx = self.cx.with_toast("team-left", format!("You have left {}", team.name));
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
            TeamChange::Edited => ("team-changed", "The team's page has been changed".to_owned()),
            TeamChange::RoleSet { who, role } => {
                ("team-role-changed", format!("{who} is now {}", with_article(role.as_str())))
            }
            TeamChange::Removed { who } => ("team-member-removed", format!("{who} has been removed")),
            TeamChange::Invited(invitation) => {
                ("team-invited", format!("Invitation sent to {}", invitation.address))
            }
            TeamChange::Withdrawn(_) => {
                ("team-invitation-withdrawn", "The invitation has been withdrawn".to_owned())
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
pub(super) fn about<'a>(info: &'a TeamInfo, role: &'a str) -> Vec<Fact<'a>> {
    let mut facts = Vec::new();
    if !info.description.is_empty() {
        // The owner's words, never at the beginning of a line, where the portal's own begin.
        facts.push(Fact::new("Description", info.description.replace('\n', "\n  ")));
    }
    facts.extend(info.links.iter().map(|link| Fact::new("Link", link.as_str())));
    facts.push(Fact::new("Your role", role));
    facts
}

fn members(team: &TeamDetail) -> Table<'_> {
    let row = |member: &'_ Member| [member.name.clone(), member.display_name.clone(), member.role.clone()];
    let table = Table::opening(["Username", "Name", "Role"], team.members.iter().map(row));
    Table { opens: team.is_owned(), ..table.or_empty("Nobody is in this team.") }
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
