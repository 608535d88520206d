//! The machinery that stories share. It decides no story: it checks, counts, hashes, records and cleans up.

mod audit;
pub(super) mod checks;
pub(super) mod codes;
pub(super) mod early_tries;
pub(super) mod error;
mod hash_queue;
pub mod hashing;
mod housekeeping;
pub(super) mod passwords;
pub(super) mod resolve_name;
pub(super) mod revocation;
pub(super) mod session_start;
pub(super) mod source_limits;
mod stranger_emails;
pub(super) mod timekeeping;

pub(super) use checks::{admitted, lock_current, require_current, reserve, room_at};
pub(super) use codes::parts_of;
pub(super) use error::commit_even_if_refused;
pub(super) use housekeeping::SweepPace;
