//! Two-factor authentication and recovery codes.

mod authenticator;
mod change;
mod overview;
mod recovery_codes;

pub use authenticator::SetUpAuthenticator;
pub use change::{SecurityChange, SecurityChangePage};
pub use overview::SecurityPage;
pub use recovery_codes::RecoveryCodesPage;
