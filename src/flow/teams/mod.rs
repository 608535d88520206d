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
