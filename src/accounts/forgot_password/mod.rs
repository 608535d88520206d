//! Password reset: a request, the code, the grant it gives, the new password.
//!
//! `Requested -> (worker: resolve, mint) -> Sent -> Proven -> Done`, each arrow one transaction. The first
//! two are the same for names that somebody has and names that nobody has. Who has code and password at hand goes from
//! `Sent` to `Done` in one.

mod choose_address;
mod prove_code;
mod request_code;
mod reset_password;
mod resolve;
mod set_password;
