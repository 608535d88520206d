//! How many wrong passwords reach a directory. It locks an entry after so many of them, for its owner too, and whoever
//! knows a name can type wrong ones. So the portal counts the passwords that it has checked there
//! ([`super::Rules::directory_tries`]). After so many it does not ask the directory any more until as long has passed
//! since the last one as the directory remembers them: the answer is a wait, the same for a name that nobody has. Active
//! Directory Federation Services calls this *extranet lockout*.
//!
//! | a password is typed | counts in |
//! |---|---|
//! | at a place that the account does not know, over SSH or at a service | one bucket of the account |
//! | at a place that it knows | another one |
//! | at a place from where it has signed in to a service | another one |
//!
//! So strangers keep nobody out where they usually sign in, and a program with an old password keeps its owner out of no
//! session. For everybody else there are codes by email: a new password clears all three.
//!
//! A try is counted before the directory is asked. It is given back where nothing was found out, except that at a
//! place that the account does not know it stays counted where the directory has the password and gives no answer, since it
//! may count it; a right password clears its bucket. One that is right and has expired stays counted: a server that refuses it is asked for another one,
//! which is wrong, to see whether it says the same of any. A server that does is asked twice for a wrong one of an entry as
//! well, once in an hour; only the directory's own module knows that, so it is not counted twice here, and the manual tells
//! operators.

use tokio::time::Instant;

use super::directory::AskedFor;
use super::request::Refusal;
use super::shared::resolve_name::ResolvedName;
use super::{Accounts, Error, Fault};
use crate::directory::DirectoryFault;
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::throttle::Limit;
use crate::domain::timestamp::Timestamp;
use crate::domain::wait::{Wait, WaitLimit};
use crate::store::{RateLimit, Tx, write_tx};

/// Where a password is typed.
#[derive(Clone, Copy, Debug)]
pub(super) enum TypedAt {
    /// Over SSH.
    Portal,
    /// At a service, which had it checked.
    Service,
}

impl TypedAt {
    fn bucket(self, key: &str, is_known_place: bool) -> Bucket {
        let place = match (is_known_place, self) {
            (false, _) => "elsewhere",
            (true, Self::Portal) => "known",
            (true, Self::Service) => "services",
        };
        BucketKind::DirectoryTries.of(&[key, place])
    }
}

/// A try at a password that a directory may be asked about.
#[derive(Debug)]
pub(super) struct DirectoryTry {
    at: TypedAt,
    is_known_place: bool,
    /// Nobody has signed in from there.
    is_strange_place: bool,
    limit: Limit,
    /// Of the name that was typed, and last of the account where that turned out to be another one; none where no directory
    /// is asked.
    counted_in: Vec<Counted>,
    /// When the directory was first asked, if it was asked who somebody is.
    pub(super) looked_up_at: Option<Instant>,
}

#[derive(Debug)]
struct Counted {
    bucket: Bucket,
    account: Option<String>,
}

impl DirectoryTry {
    /// For whom the directory is asked.
    pub(super) fn asked_for(&self) -> AskedFor {
        AskedFor::at(self.is_known_place)
    }

    /// What [`Self::reserve`] would say now, counting nothing.
    pub(super) async fn peek(&self, tx: &mut Tx, now: Timestamp) -> Result<RateLimit, Fault> {
        let mut room = RateLimit::Admitted { fails: 0 };
        for Counted { bucket, .. } in &self.counted_in {
            if let RateLimit::Admitted { .. } = room {
                room = tx.peek_in_row(bucket, self.limit, now).await?;
            }
        }
        Ok(room)
    }

    /// Counts the try.
    pub(super) async fn reserve(&self, tx: &mut Tx, now: Timestamp) -> Result<RateLimit, Fault> {
        let mut room = RateLimit::Admitted { fails: 0 };
        for Counted { bucket, account } in &self.counted_in {
            if let RateLimit::Admitted { .. } = room {
                room = tx.reserve_in_row(bucket, account.as_deref(), self.limit, now).await?;
            }
        }
        Ok(room)
    }

    /// Counts the try here and in `bucket`, or nowhere.
    pub(super) async fn reserve_with(
        &self,
        tx: &mut Tx,
        bucket: &Bucket,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        let room = self.reserve(tx, now).await?;
        if !matches!(room, RateLimit::Admitted { .. }) {
            return Ok(room);
        }
        let room = tx.reserve_try(bucket, subject, now).await?;
        if !matches!(room, RateLimit::Admitted { .. }) {
            self.release(tx).await?;
        }
        Ok(room)
    }

    /// Gives the try back.
    pub(super) async fn release(&self, tx: &mut Tx) -> Result<(), Fault> {
        for Counted { bucket, .. } in &self.counted_in {
            tx.release_in_row(bucket).await?;
        }
        Ok(())
    }

    /// Gives a try back that found nothing out, unless it was made at a place that the account does not know and the directory
    /// may have counted it.
    pub(super) async fn release_after(&self, tx: &mut Tx, error: &Error) -> Result<(), Fault> {
        let may_be_counted = matches!(error, Error::Fault(Fault::Directory(DirectoryFault::Unanswered(_))));
        if may_be_counted && self.is_strange_place { Ok(()) } else { self.release(tx).await }
    }

    /// The password is right: forgets the wrong ones of the account that it opens, and of no other.
    pub(super) async fn clear(&self, tx: &mut Tx) -> Result<(), Fault> {
        let Some((of_account, of_names)) = self.counted_in.split_last() else { return Ok(()) };
        for Counted { bucket, .. } in of_names {
            tx.release_in_row(bucket).await?;
        }
        Ok(tx.clear_bucket(&of_account.bucket).await?)
    }
}

impl Accounts {
    /// A try at the password of `name`.
    pub(super) fn directory_try(&self, name: &ResolvedName, at: TypedAt) -> DirectoryTry {
        let counted_in = self.directory.iter().map(|_| counted(name, at)).collect();
        let is_known_place = name.known_source();
        DirectoryTry {
            at,
            is_known_place,
            is_strange_place: !is_known_place,
            limit: self.rules.directory_tries,
            counted_in,
            looked_up_at: None,
        }
    }

    /// A try of a member at the password of their account, in a session.
    pub(super) fn directory_try_of_member(&self, account: &str, is_known_place: bool) -> DirectoryTry {
        let at = TypedAt::Portal;
        let bucket = at.bucket(account, is_known_place);
        let counted = |_| Counted { bucket: bucket.clone(), account: Some(account.to_owned()) };
        let counted_in = self.directory.iter().map(counted).collect();
        DirectoryTry {
            at,
            // Where a member is signed in is known for that.
            is_known_place: true,
            is_strange_place: !is_known_place,
            limit: self.rules.directory_tries,
            counted_in,
            looked_up_at: None,
        }
    }

    /// Counts a try for the account that it turned out to be about, too: further logins of one entry are no further tries.
    pub(super) async fn count_for_account(
        &self,
        a_try: &mut DirectoryTry,
        name: &ResolvedName,
    ) -> Result<(), Error> {
        let (now, also) = (self.clock.now(), counted(name, a_try.at));
        let room = write_tx!(self.store, Error, |tx| {
            Ok(tx.reserve_in_row(&also.bucket, also.account.as_deref(), a_try.limit, now).await?)
        });
        if let RateLimit::Later(at) = room.await? {
            return Err(Refusal::TryLater(Wait::until(at, WaitLimit::Name)).into());
        }
        a_try.counted_in.push(also);
        Ok(())
    }
}

fn counted(name: &ResolvedName, at: TypedAt) -> Counted {
    let bucket = at.bucket(name.key(), name.known_source());
    Counted { bucket, account: name.account_id().map(str::to_owned) }
}
