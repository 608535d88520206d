//! The member's SSH keys.

mod add;
mod list;
mod one;

pub use add::AddKey;
pub use list::KeyListPage;
pub use one::KeyPage;
