//! Checking a typed password against the stored hash, and a new one against the policy.

use super::hashing::{HashFault, Requester, Verdict};
use crate::accounts::directory_tries::DirectoryTry;
use crate::accounts::{Accounts, Error, Fault};
use crate::domain::capabilities::PasswordExpiry;
use crate::domain::hash;
use crate::domain::password::{Normalised, PasswordOwner, TypedPassword};
use crate::domain::secret::Secret;
use crate::store::{Account, PasswordUpdate, read_tx};

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::accounts) enum PasswordCheck {
    /// It is the password; `stale` when it should be hashed again.
    Right {
        /// The parameters rose, or another pepper is current.
        stale: bool,
        /// Until when, where a directory says that it is not for much longer.
        expiry: Option<PasswordExpiry>,
    },
    /// It is, and has expired: the directory lets it open so many times more.
    InGrace(u32),
    /// It is, and the directory wants another one before it opens anything.
    MustChange,
    /// It is not, or there is no account or no password.
    Wrong,
    /// All hashing threads are taken for so many seconds; nothing was checked.
    Busy(i64),
}

/// A hash to be stored, with the pepper it names; nothing where a directory has the password.
#[derive(Debug, Default)]
pub(in crate::accounts) struct NewHash {
    pub(in crate::accounts) phc: Option<Secret>,
    pub(in crate::accounts) pepper_id: Option<String>,
    /// True when the password is good only beside a second factor.
    pub(in crate::accounts) is_short: bool,
}

impl NewHash {
    pub(in crate::accounts) fn kept(&self) -> PasswordUpdate<'_> {
        let (phc, pepper_id) = (self.phc.as_ref().map(Secret::expose), self.pepper_id.as_deref());
        PasswordUpdate { phc, pepper_id, is_short: self.is_short }
    }
}

impl Accounts {
    /// Checks `typed` against the account's password. Without an account or a password, and for a text that
    /// is too long to be one, the same work is done on the dummy hash. `a_try` is counted.
    pub(in crate::accounts) async fn check_password(
        &self,
        requester: Requester,
        account: Option<&Account>,
        typed: &Secret,
        a_try: &DirectoryTry,
    ) -> Result<PasswordCheck, Error> {
        if let Some(access) = &self.directory {
            return self.check_password_in(access, account, typed, a_try).await;
        }
        let phc = account.and_then(|account| account.password_phc.as_ref());
        // No password is empty, and crypt(3) ends one at a NUL: a hash that was made elsewhere may be of nothing.
        let is_one = !typed.expose().is_empty() && !typed.expose().contains('\0');
        let phc = phc.filter(|_| is_one).map(|phc| phc.expose().to_owned());
        match self.hasher.verify(requester, phc, TypedPassword::new(typed.expose())).await {
            Ok(Verdict::Right { stale }) => Ok(PasswordCheck::Right { stale, expiry: None }),
            Ok(Verdict::Wrong) => Ok(PasswordCheck::Wrong),
            Err(HashFault::Busy(seconds)) => Ok(PasswordCheck::Busy(seconds)),
            Err(fault) => Err(Fault::from(fault).into()),
        }
    }

    /// Hashes a password that passed the policy.
    pub(in crate::accounts) async fn hash_password(
        &self,
        requester: Requester,
        password: Normalised,
    ) -> Result<NewHash, HashFault> {
        let is_short = !self.policy().is_long_enough_alone(&password);
        let phc = self.hasher.hash(requester, password).await?;
        let pepper_id = hash::pepper_id(&phc);
        Ok(NewHash { phc: Some(Secret::new(phc)), pepper_id, is_short })
    }

    /// Refuses `new` when the policy does not allow it for `account`.
    pub(in crate::accounts) async fn check_policy(
        &self,
        account: &Account,
        new: &Secret,
    ) -> Result<Normalised, Error> {
        let kept = read_tx!(self.store, Error, |tx| {
            Ok((tx.list_emails(&account.id).await?, tx.find_second_factor(&account.id).await?.is_some()))
        });
        let (addresses, has_second_factor) = kept.await?;
        let addresses: Vec<&str> = addresses.iter().map(|address| address.address.as_str()).collect();
        let names = [account.name.as_str(), account.display_name.as_str()];
        let about = PasswordOwner { names: &names, addresses: &addresses, has_second_factor };
        Ok(self.policy().check(new.expose(), &about)?)
    }
}
