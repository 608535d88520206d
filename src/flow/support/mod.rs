//! The member's support cases.
//!
//! ```text
//! support <--> support/new --> support/new/review --> support/case
//!    `<-------------------------------------------^
//! ```

mod case;
mod list;
mod new;

pub use case::CasePage;
pub use list::CaseListPage;
pub use new::OpenCase;
