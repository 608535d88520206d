//! The member's SSH keys.

mod add;
mod list;
mod one;

pub use add::AddKey;
pub use list::KeyListPage;
#[cfg(test)]
pub(in crate::flow) use list::tests;
pub use one::KeyPage;
