//! The member's email addresses.
//!
//! ```text
//! settings/profile/emails --Enter--> email ------> verify
//!             `------ Add an address --> add ---^
//! ```

mod add;
mod list;
mod one;
mod verify;

pub use add::AddEmail;
pub use list::EmailListPage;
pub use one::EmailPage;
pub use verify::VerifyEmail;
