//! Where the member is signed in.

mod list;
mod one;

pub use list::SessionListPage;
pub use one::SessionPage;
