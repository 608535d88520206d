//! Where the member is signed in.

mod list;
mod one;

pub use list::SessionListPage;
#[cfg(test)]
pub(in crate::flow) use list::tests;
pub use one::SessionPage;
