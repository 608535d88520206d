//! The member's teams: the list, and the pages of one.

mod edit;
mod invitations;
mod list;
mod member;
mod new;
mod team;

pub use list::TeamListPage;
pub use new::NewTeam;
pub use team::TeamPages;

use crate::domain::team::Role;
use crate::label;
use crate::messages::Label;

/// What somebody is in a team.
fn role_label(role: &str) -> Label {
    if role == Role::Owner.as_str() { label!("team-role-owner") } else { label!("team-role-member") }
}
