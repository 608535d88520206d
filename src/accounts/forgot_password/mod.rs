//! Password reset: a request, the code, the grant it gives, the new password.
//!
//! `Requested -> (worker: resolve, mint) -> Sent -> Proven -> Done`, each arrow one transaction. The first
//! two are the same for names that somebody has and names that nobody has.

mod choose_address;
mod prove_code;
mod request_code;
mod resolve;
mod set_password;
