//! One team: what it is for, who is in it, and your own role; and what can be done with it. Page `team`, and
//! the pages behind it.
//!
//! ```text
//! teams --> team --> team/leave --> teams
//!             |----> team/edit          (owners only, from here on)
//!             |----> team/member
//!             `----> team/invitations --> team/invitations/invitation
//! ```

mod edit;
mod front;
mod invitations;
mod member;

use crate::accounts::request::teams::{TeamChange, TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request, TeamDetail};
use crate::domain::invitation::Invitation;
use crate::domain::team::{Role, with_article};

use super::context::{MemberContext, Section};
use super::field::TextField;
use super::page::{Page, Toast};
use super::teams::Teams;
use super::{Event, Flow, Step};
use edit::EditForm;

/// A member looking at one team.
#[derive(Debug)]
pub struct Team {
    pub(super) cx: MemberContext,
    view: TeamDetail,
    part: TeamSubpage,
}

/// What of the team is looked at.
#[derive(Debug)]
enum TeamSubpage {
    /// `team`
    Front,
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

impl Team {
    /// The page of `view`.
    #[must_use]
    pub fn new(cx: MemberContext, view: TeamDetail) -> Self {
        Self { cx, view, part: TeamSubpage::Front }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = match &self.part {
            TeamSubpage::Front => self.front_page(),
            TeamSubpage::Edit(edit) => self.edit_page(edit),
            TeamSubpage::Member { who, role } => self.member_page(who, role),
            TeamSubpage::Invitations(address) => self.invitations_page(address),
            TeamSubpage::Invitation(invitation) => self.invitation_page(invitation),
            TeamSubpage::Leave => self.leave_page(),
        };
        page.actions.extend(MemberContext::navigation(Section::Teams, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Replied(Reply::Teams(answer)) => self.answered(answer),
            Event::Typed { field, value } => {
                match &mut self.part {
                    TeamSubpage::Edit(edit) => edit.typed(field, value),
                    TeamSubpage::Invitations(address) => address.typed(value),
                    _ => {}
                }
                Step::Stay
            }
            Event::Opened(row) => self.opened(row),
            Event::Pressed(action) => self.pressed(action),
            _ => Step::Stay,
        }
    }

    fn opened(&self, row: usize) -> Step {
        let part =
            match &self.part {
                TeamSubpage::Front if self.view.is_owned() => self.view.members.get(row).map(|member| {
                    TeamSubpage::Member { who: member.name.clone(), role: member.role.clone() }
                }),
                TeamSubpage::Invitations(_) => {
                    self.view.invitations.get(row).cloned().map(TeamSubpage::Invitation)
                }
                _ => None,
            };
        part.map_or(Step::Stay, |part| self.go(part))
    }

    fn pressed(&mut self, action: &'static str) -> Step {
        let team = self.view.id.clone();
        match (&self.part, action) {
            (TeamSubpage::Front, "back") => self.cx.go(Section::Teams),
            (TeamSubpage::Front, "edit") => {
                self.go(TeamSubpage::Edit(Box::new(EditForm::of(&self.view.info))))
            }
            (TeamSubpage::Front, "invitations") | (TeamSubpage::Invitation(_), "back") => {
                self.go(TeamSubpage::Invitations(TextField::default()))
            }
            (_, "back") => self.go(TeamSubpage::Front),
            (TeamSubpage::Front, "leave-team") => self.go(TeamSubpage::Leave),
            (TeamSubpage::Leave, "leave-team") => self.ask(TeamsRequest::Leave { team }),
            (TeamSubpage::Edit(edit), "save") => self.ask(edit.ask(team)),
            (TeamSubpage::Member { who, .. }, "make-owner") => {
                self.ask(TeamsRequest::SetRole { team, who: who.clone(), role: Role::Owner })
            }
            (TeamSubpage::Member { who, .. }, "make-member") => {
                self.ask(TeamsRequest::SetRole { team, who: who.clone(), role: Role::Member })
            }
            (TeamSubpage::Member { who, .. }, "remove") => {
                self.ask(TeamsRequest::Remove { team, who: who.clone() })
            }
            (TeamSubpage::Invitations(address), "invite") => {
                self.submit_invitation(team, address.trimmed().to_owned())
            }
            (TeamSubpage::Invitation(invitation), "withdraw") => {
                self.ask(TeamsRequest::Withdraw { team, invitation: invitation.id.clone() })
            }
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: TeamsRequest) -> Step {
        self.cx.ask(|member| Request::Teams(member, ask))
    }

    /// Another part of the same team.
    fn go(&self, part: TeamSubpage) -> Step {
        self.go_with(part, None)
    }

    fn go_with(&self, part: TeamSubpage, toast: Option<Toast<'static>>) -> Step {
        let cx = MemberContext { toast, ..self.cx.fresh() };
        Step::go(Flow::Team(Self { cx, view: self.view.clone(), part }))
    }

    fn answered(&mut self, answer: TeamsReply) -> Step {
        match answer {
            TeamsReply::Changed(change, view) => {
                self.view = *view;
                self.changed(&change)
            }
            TeamsReply::ChangedMeanwhile(view) => {
                self.view = *view;
                if let TeamSubpage::Edit(edit) = &mut self.part {
                    self.cx.notice = Some(edit.seen_anew(&self.view.info));
                }
                Step::Stay
            }
            TeamsReply::Left(team) => {
                let cx = self.cx.with_toast("team-left", format!("You have left {}", team.name));
                Step::go(Flow::Teams(Teams::new(cx)))
            }
            TeamsReply::List(_) | TeamsReply::Team(_) => Step::Stay,
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
                ("team-invited", format!("A code is on its way to {}", invitation.address))
            }
            TeamChange::Withdrawn(_) => ("team-invitation-withdrawn", "The invitation is void".to_owned()),
        };
        let part = match change {
            TeamChange::Withdrawn(_) => TeamSubpage::Invitations(TextField::default()),
            _ => TeamSubpage::Front,
        };
        let toast = Some(Toast { id, text: text.into() });
        if let (TeamSubpage::Invitations(address), TeamChange::Invited(_)) = (&mut self.part, change) {
            // The next one can be typed at once.
            address.set("");
            self.cx.toast = toast;
            return Step::Stay;
        }
        self.go_with(part, toast)
    }
}
