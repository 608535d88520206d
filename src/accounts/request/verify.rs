//! What a service of this machine asks.

use super::SignedIn;
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

/// Proof that a service has shown somebody's password. It is less than [`super::SignedIn`]: nothing began. Only `accounts`
/// makes one.
#[derive(Clone, Debug)]
pub struct VerifiedAccount(SignedIn);

impl VerifiedAccount {
    pub(in crate::accounts) fn new(member: SignedIn) -> Self {
        Self(member)
    }

    pub(in crate::accounts) fn member(&self) -> &SignedIn {
        &self.0
    }

    /// The username, safe to print.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    #[cfg(test)]
    pub(crate) fn for_test(name: &str) -> Self {
        Self(SignedIn::for_test(name))
    }
}
