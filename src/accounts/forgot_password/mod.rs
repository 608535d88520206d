//! Password reset: a request, the code, the grant it gives, the new password.
//!
//! `Requested -> (worker: resolve, mint) -> Sent -> Proven -> Done`, each arrow one transaction. The first
//! two are the same for names that somebody has and names that nobody has. Who has code and password at hand goes from
//! `Sent` to `Done` in one.
//!
//! # What a reset suspends
//!
//! Whoever had the password before the reset may have left a way in behind: a key, an address of their own. So the
//! transaction that sets the password suspends what is *recent*, younger than 7 days ([`RECENT_MS`]), until the owner
//! keeps it by a press and the new password ([`suspend`]). A suspended key signs nobody in, stands for no second factor
//! and is not shown to servers. A suspended address gets no codes and no notifications and identifies nobody; it still
//! belongs to the account, so nobody else can take it.
//!
//! | what | is suspended when |
//! |---|---|
//! | a key | it was added within the 7 days, whoever resets and by which address |
//! | an address | it was verified within the 7 days, and an address in use is older than that |
//! | an address, all of them being recent | it was verified after the address that the code went to |
//!
//! The second row takes the address that the code went to as well, if it is recent: a thief who added one lately gains
//! nothing by using it, and the older mailbox stays the one that gets codes. The third is for new accounts: whoever has
//! one address two days after signing up is not locked out of it, and a thief's younger one does not win against it. A
//! code from support counts as one that went to the oldest address, and an undo code as one that went where it did.
//!
//! The reset's email goes to the addresses in use before it that are at least as old as the one that the code went
//! to, suspended or not, and to those that stay in use: a younger one is told nothing, so that it gets no code to undo
//! the reset by. Nor does it get one for what comes later, its own removal included, and those that it was sent before
//! are void ([`super::undo`]).
//!
//! What this does not protect from:
//!
//! - What was added more than 7 days before the reset. It is listed in the review with when and from where, and stays.
//! - A thief who reads the mailbox that the code goes to, and who is asked for no second factor.
//! - A thief's own reset, by an address they added: it suspends the owner's recent keys and addresses. Whoever has the
//!   password could remove those anyway. The older addresses stay, and all that are older than the thief's are told.
//! - An owner who changed to a new mailbox less than 7 days ago, lost the old one, resets by the new one and does not
//!   keep it: the next code goes to the old one. The page that follows the reset says so, and so does every sign-in.
//! - A second factor that a thief turned on: it is asked for in the reset, before any of this. An undo takes it off.
//! - An undo code that went to a thief's address which is older than the one that the code of the reset went to. The code
//!   of the older change, which the owner has, wins against it.
//!
//! A session that begins with a reset is not fresh: what is sensitive asks for the new password, or for the second
//! factor where only that will do.
//!
//! [`RECENT_MS`]: crate::domain::throttle::RECENT_MS

mod choose_address;
mod prove_code;
mod request_code;
mod reset_password;
mod resolve;
mod set_password;
mod suspend;
