//! Support for somebody who cannot sign in.

mod case;
mod new;

pub use case::GuestCasePage;
pub use new::OpenGuestCase;
