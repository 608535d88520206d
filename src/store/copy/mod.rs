//! Whole databases: a backup of a running one, its restore, and the move to the other engine. For operators'
//! commands, which run in a process of their own and have no deadline.
//!
//! **Backup** is `VACUUM INTO` (SQLite's "The VACUUM command"), not the online backup API. From a process beside the
//! server, that API either takes all pages in one step, which holds one read transaction as `VACUUM INTO` does, or
//! begins again whenever the server writes, which under load never ends; and it needs a second driver. `VACUUM INTO` also
//! leaves free pages behind, and with them what was deleted. It does not sync what it writes, so that is done here.
//!
//! **Restore** puts a copy in place whose world went on without it: what was used up since is unused again in the
//! copy. So whatever can be used once is void ([`voided`]):
//!
//! | in the copy | becomes | because since then |
//! |---|---|---|
//! | requests to delete an account | gone | they may have been cancelled, and the codes that cancel them are void |
//! | unused reset and verification codes | dead | they may have been used, or spent by wrong tries |
//! | reset grants | dead | they may have been used |
//! | undo codes | dead | they may have been used, and what they would bring back may be gone for good |
//! | passwords that a directory was to lose after an undo | stay | another one may have been set |
//! | requests for a code that wait | resolved, what was typed is wiped | the code may have been sent |
//! | emails that wait or are parked | dropped and wiped | they may have been sent |
//! | events that wait to be told to hooks | dead, for the operator to replay | they may have been told |
//! | invitations and sign-up codes, proven or not | dead | they may have been used, withdrawn or spent |
//! | codes of guests' support cases | gone | they may have been used or spent |
//! | authenticators that wait for their first code | gone | they may have been turned on |
//! | sessions and nodes | gone | none of them runs |
//! | authenticators | no code up to the next 30-second step is taken, the tries of this one are spent | one may have been used |
//! | `auth_epoch` | far higher | a proof of an epoch that the copy does not know may still be held somewhere |
//! | case numbers | a gap | emails name the numbers that were given |
//! | recovery codes | stay, or are used up if the operator says so | without them, who lost the authenticator is locked out |
//!
//! Passwords, SSH keys, addresses, service accounts, locks and failure counters are as of the copy. So is what a password reset has
//! suspended: kept since, it is suspended again; suspended since, it is not, and neither is the password of that reset.
//! As for the counters, one restore gives whoever guesses passwords at
//! most one more allowance of [`crate::domain::throttle`]. A row in each account's activity says what happened.
//!
//! **Migration** reads one snapshot and writes one transaction, which commits only if what was written reads back
//! the same. The tables are the schema's own; nothing here has to be told of a new one. Sealed values move as they are:
//! what they are bound to (a row's id) is the same on both engines.

mod backup;
mod draft;
mod fault;
mod file;
mod migrate;
mod restore;
mod schema;
mod voided;

pub use backup::{Backup, backup};
pub use fault::CopyFault;
pub use migrate::{Migrated, migrate};
pub use restore::{Restored, restore, void_in_place};
pub use voided::{UNTOLD, Voided, Voiding};
