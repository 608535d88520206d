//! Undoing a sensitive change with the code from its notification.
//!
//! Before a change of how the account is reached or proven, in the same transaction, the account's verified addresses,
//! second factor, unused recovery codes and the ids of its keys are kept for seven days (a *snapshot*). The notification
//! takes a code of 69 bits to every address that was verified before the change, except addresses that a reset has
//! suspended, and to the one that the change removed; an address that the change itself verified is told without it. Such changes are: an address verified, removed or made the primary one; the password changed or reset;
//! two-factor turned on or off, by the member or an operator; recovery codes replaced; an SSH key added; the account's
//! deletion requested.
//!
//! Whoever types the code takes back that change **and everything after it**: addresses, second factor and recovery
//! codes are as they were before it, addresses and keys added since are gone (one that another account has verified
//! since stays there, and the page says so), the password, every session, code and grant is void, and the code leaves
//! the right to set a new password. A second factor that was on before the change is asked, by its kept secret. A key or
//! a recovery code that was removed or used since does not come back, and neither does a username. An undo has no undo
//! code: who lost by it must not undo it. A disabled account stays as it is, and its codes wait.
//!
//! Two people who each read a mailbox of the account cannot be told apart by what they can show. The rule is: **the
//! code of the older change wins.** It voids those of younger changes, and nothing voids it: no new password, sign-out
//! everywhere, removal of the address it went to, wrong guess or undo of a younger change. Each address gets a code of
//! its own, and one thing voids some of these: a reset voids those that went to addresses younger than the one that its
//! own code went to, as it suspends them ([`super::forgot_password`]). So a thief's address keeps nothing for the day
//! after the owner's codes have expired, and the owner's, which is older, loses nothing by a thief's reset. Whoever had an
//! address before somebody else got in has seven days to take everything back, whatever is done in between and in
//! whatever order.
//!
//! What can be done with what, counted from the change:
//!
//! | with | within a week | after a week |
//! |---|---|---|
//! | a mailbox that was verified before the change | everything since is taken back: `a_mailbox_from_before_undoes_the_change_within_a_week` | a reset, while the address is the account's: `a_mailbox_from_before_only_resets_after_a_week` |
//! | a mailbox that the change removed | the same: `a_removed_mailbox_undoes_its_removal_within_a_week` | nothing: `a_removed_mailbox_has_no_way_back_after_a_week` |
//! | a mailbox that the change added | resets, and younger changes taken back, until an older code is used: `an_added_mailbox_undoes_neither_its_addition_nor_the_undo` | it is one like the others, and its removal can be undone: `an_added_mailbox_that_nobody_undid_is_like_the_others_after_a_week` |
//! | the password | changes, none of which stays: `a_password_makes_no_change_that_stays_within_a_week` | what nobody undid stays: `a_password_keeps_what_nobody_undid_after_a_week` |
//! | an open session | the same, until the undo ends it: `a_session_ends_with_the_undo_within_a_week` | it goes on: `a_session_that_nobody_undid_goes_on_after_a_week` |
//! | an SSH key that the change added | sign-ins, until the undo: `a_key_that_was_added_signs_nobody_in_after_the_undo` | sign-ins: `a_key_that_nobody_undid_signs_in_after_a_week` |
//! | an authenticator that the change turned on | it does not keep the owner from the undo: `a_factor_that_was_turned_on_is_not_asked_by_the_undo` | a reset asks for it: `a_factor_that_nobody_undid_is_asked_after_a_week` |
//! | an authenticator that was on before the change | an undo, beside its code: `a_factor_from_before_is_needed_beside_the_code` | nothing: `a_factor_from_before_opens_nothing_after_a_week` |
//! | a request to delete the account | a sign-in, a reset and any undo code keep it: `a_request_to_delete_the_account_is_undone_within_a_week` | the account is gone, and its codes with it: `a_deleted_account_has_no_way_back_after_a_week` |
//! | a mailbox from before two-factor was turned on, and nothing else | two-factor is taken off; its owner cannot be told from a thief who reads it: `a_mailbox_from_before_two_factor_takes_it_off_within_a_week` | nothing: `a_mailbox_alone_does_not_pass_two_factor_after_a_week` |
//!
//! What this leaves to support: an owner who moved away from a mailbox that is in foreign hands, which stays the older
//! one for a week; an address that nobody undid for a week, whose holder is as good as the owner; and one that the owner
//! removes by hand, without an undo or a reset: its holder can undo the removal for a week, as every former owner of an
//! address can, and wins once the owner's code of its addition has expired.

mod factor;
mod offer;
mod plan;
mod revert;

pub(super) use offer::{SensitiveChange, UndoOffer};

use super::request::Refusal;
use super::request::undo::{UndoReply, UndoRequest};
use super::shared::admitted;
use super::{Accounts, Error, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::code::same_mac;
use crate::domain::input::CodeForm;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::domain::undo_code::UndoCode;
use crate::store::{Account, UndoSnapshot, read_tx, write_tx};

/// A live code, and what it belongs to.
struct FoundUndo {
    snapshot: UndoSnapshot,
    account: Account,
}

impl Accounts {
    /// The stories of [`super::request::Request::Undo`].
    pub(super) async fn undo(&self, cx: &RequestContext, request: UndoRequest) -> Result<UndoReply, Error> {
        match request {
            UndoRequest::Preview { code } => self.preview_undo(cx, &code).await,
            UndoRequest::Revert { code, second_factor } => {
                self.revert(cx, &code, second_factor.as_ref()).await
            }
            UndoRequest::RevertAndSetPassword { code, second_factor, password } => {
                self.revert_and_set_password(cx, &code, second_factor.as_ref(), &password).await
            }
        }
    }

    /// Finds what a typed code belongs to. A right one is never kept waiting, so that nobody who guesses at the same
    /// place is in its owner's way; wrong ones are counted by their source.
    async fn find_undo(
        &self,
        cx: &RequestContext,
        typed: &Secret,
        now: Timestamp,
    ) -> Result<FoundUndo, Error> {
        // What does not have the shape of a code is no try at one.
        let code = UndoCode::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::Undo))?;
        if let Some(found) = self.look_up_undo(&code, now).await? {
            return Ok(found);
        }
        let limit = self.limits().tries_per_source;
        self.require_room_of_source(cx, BucketKind::Undo, limit, now).await?;
        write_tx!(self.store, Error, |tx| admitted(
            self.reserve_rate_of_source(tx, cx, BucketKind::Undo, limit, now).await?
        ))
        .await?;
        Err(Refusal::UndoCodeRefused.into())
    }

    /// One statement and two HMACs for each secret key, whether there is such a code or not.
    async fn look_up_undo(&self, code: &UndoCode, now: Timestamp) -> Result<Option<FoundUndo>, Error> {
        let keyring = self.keyring.get();
        read_tx!(self.store, Error, |tx| {
            let mut found = None;
            for (key_id, key) in keyring.code_keys() {
                let snapshot = tx.find_undo_snapshot(&code.lookup(key), key_id, now).await?;
                let bound_to = snapshot.as_ref().map_or(("", ""), |kept| (&kept.id, &kept.account));
                let kept = snapshot.as_ref().map_or(&[0; 32][..], |kept| &kept.mac);
                if same_mac(&code.mac(key, bound_to.0, bound_to.1), kept) {
                    found = snapshot;
                }
            }
            let Some(snapshot) = found else { return Ok(None) };
            let account = tx.find_account(&snapshot.account).await?;
            Ok(account.map(|account| FoundUndo { snapshot, account }))
        })
        .await
    }
}
