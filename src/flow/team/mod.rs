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

use crate::accounts::request::teams::{Answer, Ask, Change};
use crate::accounts::request::{InvitationView, Reply, Request, TeamView};
use crate::domain::team::{Role, with_article};

use super::field::TextField;
use super::page::{Page, Toast};
use super::seat::{Place, Seat};
use super::teams::Teams;
use super::{Event, Flow, Step};
use edit::Edit;

/// A member looking at one team.
#[derive(Debug)]
pub struct Team {
    pub(super) seat: Seat,
    view: TeamView,
    part: Part,
}

/// What of the team is looked at.
#[derive(Debug)]
enum Part {
    /// `team`
    Front,
    /// `team/edit`
    Edit(Box<Edit>),
    /// `team/member`: username, and the role when the page was opened.
    Member { who: String, role: String },
    /// `team/invitations`
    Invitations(TextField),
    /// `team/invitations/invitation`
    Invitation(InvitationView),
    /// `team/leave`
    Leave,
}

impl Team {
    /// The page of `view`.
    #[must_use]
    pub fn new(seat: Seat, view: TeamView) -> Self {
        Self { seat, view, part: Part::Front }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = match &self.part {
            Part::Front => self.front_page(),
            Part::Edit(edit) => self.edit_page(edit),
            Part::Member { who, role } => self.member_page(who, role),
            Part::Invitations(address) => self.invitations_page(address),
            Part::Invitation(invitation) => self.invitation_page(invitation),
            Part::Leave => self.leave_page(),
        };
        page.actions.extend(Seat::navigation(Place::Teams, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Replied(Reply::Teams(answer)) => self.answered(answer),
            Event::Typed { field, value } => {
                match &mut self.part {
                    Part::Edit(edit) => edit.typed(field, value),
                    Part::Invitations(address) => address.typed(value),
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
        let part = match &self.part {
            Part::Front if self.view.is_owned() => self
                .view
                .members
                .get(row)
                .map(|member| Part::Member { who: member.name.clone(), role: member.role.clone() }),
            Part::Invitations(_) => self.view.invitations.get(row).cloned().map(Part::Invitation),
            _ => None,
        };
        part.map_or(Step::Stay, |part| self.go(part))
    }

    fn pressed(&mut self, action: &'static str) -> Step {
        let team = self.view.id.clone();
        match (&self.part, action) {
            (Part::Front, "back") => self.seat.go(Place::Teams),
            (Part::Front, "edit") => self.go(Part::Edit(Box::new(Edit::of(&self.view.purpose)))),
            (Part::Front, "invitations") | (Part::Invitation(_), "back") => {
                self.go(Part::Invitations(TextField::default()))
            }
            (_, "back") => self.go(Part::Front),
            (Part::Front, "leave-team") => self.go(Part::Leave),
            (Part::Leave, "leave-team") => self.ask(Ask::Leave { team }),
            (Part::Edit(edit), "save") => self.ask(edit.ask(team)),
            (Part::Member { who, .. }, "make-owner") => {
                self.ask(Ask::SetRole { team, who: who.clone(), role: Role::Owner })
            }
            (Part::Member { who, .. }, "make-member") => {
                self.ask(Ask::SetRole { team, who: who.clone(), role: Role::Member })
            }
            (Part::Member { who, .. }, "remove") => self.ask(Ask::Remove { team, who: who.clone() }),
            (Part::Invitations(address), "invite") => {
                self.submit_invitation(team, address.trimmed().to_owned())
            }
            (Part::Invitation(invitation), "withdraw") => {
                self.ask(Ask::Withdraw { team, invitation: invitation.id.clone() })
            }
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: Ask) -> Step {
        self.seat.ask(|member| Request::Teams(member, ask))
    }

    /// Another part of the same team.
    fn go(&self, part: Part) -> Step {
        self.go_with(part, None)
    }

    fn go_with(&self, part: Part, toast: Option<Toast<'static>>) -> Step {
        let seat = Seat { toast, ..self.seat.anew() };
        Step::go(Flow::Team(Self { seat, view: self.view.clone(), part }))
    }

    fn answered(&mut self, answer: Answer) -> Step {
        match answer {
            Answer::Changed(change, view) => {
                self.view = *view;
                self.changed(&change)
            }
            Answer::ChangedMeanwhile(view) => {
                self.view = *view;
                if let Part::Edit(edit) = &mut self.part {
                    self.seat.notice = Some(edit.seen_anew(&self.view.purpose));
                }
                Step::Stay
            }
            Answer::Left(team) => {
                let seat = self.seat.with_toast("team-left", format!("You have left {}", team.name));
                Step::go(Flow::Teams(Teams::new(seat)))
            }
            Answer::List(_) | Answer::Team(_) => Step::Stay,
        }
    }

    fn changed(&mut self, change: &Change) -> Step {
        let (id, text) = match change {
            Change::Edited => ("team-changed", "The team's page has been changed".to_owned()),
            Change::RoleSet { who, role } => {
                ("team-role-changed", format!("{who} is now {}", with_article(role.as_str())))
            }
            Change::Removed { who } => ("team-member-removed", format!("{who} has been removed")),
            Change::Invited(invitation) => {
                ("team-invited", format!("A code is on its way to {}", invitation.address))
            }
            Change::Withdrawn(_) => ("team-invitation-withdrawn", "The invitation is void".to_owned()),
        };
        let part = match change {
            Change::Withdrawn(_) => Part::Invitations(TextField::default()),
            _ => Part::Front,
        };
        let toast = Some(Toast { id, text: text.into() });
        if let (Part::Invitations(address), Change::Invited(_)) = (&mut self.part, change) {
            // The next one can be typed at once.
            address.set("");
            self.seat.toast = toast;
            return Step::Stay;
        }
        self.go_with(part, toast)
    }
}
