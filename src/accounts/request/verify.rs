//! What a service of this machine asks.

use crate::domain::secret::Secret;
use crate::domain::service::ServiceName;

/// Whether a password is right. The context's source is where the service says that they are.
#[derive(Debug)]
pub struct VerifyRequest {
    /// The service, one of those in the settings.
    pub service: ServiceName,
    /// Username or address, as typed.
    pub name: String,
    /// The password, as typed, perhaps with a code behind it.
    pub password: Secret,
    /// Whether the service says at which address they are.
    pub has_source: bool,
}
