//! What the service does, one file per story; `request` is the closed list of what may be asked.

pub mod hashing;
pub mod request;
