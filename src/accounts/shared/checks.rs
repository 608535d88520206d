//! What most stories ask of a transaction: that the member's proof still holds, and that a rate limit has room.

use crate::accounts::request::{Refusal, SignedIn};
use crate::accounts::{Error, Fault};
use crate::domain::bucket::Bucket;
use crate::domain::throttle::Limit;
use crate::domain::timestamp::Timestamp;
use crate::store::{RateLimit, Tx};

/// Refuses when the account changed since the member signed in, or is disabled.
pub(in crate::accounts) async fn require_current(tx: &mut Tx, member: &SignedIn) -> Result<(), Error> {
    if tx.is_current(member.account(), member.epoch()).await? {
        Ok(())
    } else {
        Err(Refusal::SignedOutElsewhere.into())
    }
}

/// The same, and makes every other change of this account wait until this transaction ends.
pub(in crate::accounts) async fn lock_current(tx: &mut Tx, member: &SignedIn) -> Result<(), Error> {
    if !tx.claim_account_lock(member.account()).await? {
        return Err(Refusal::SignedOutElsewhere.into());
    }
    require_current(tx, member).await
}

/// Counts `mark` in every one of `buckets`, in order, or refuses with the time when there is room again. What was
/// counted before a refusal stays counted in `commit_even_if_refused!` only.
pub(in crate::accounts) async fn reserve(
    tx: &mut Tx,
    buckets: &[(&Bucket, &[Limit])],
    mark: &str,
    now: Timestamp,
) -> Result<(), Error> {
    for (bucket, limits) in buckets {
        admitted(tx.reserve_in_windows(bucket, mark, limits, now).await?)?;
    }
    Ok(())
}

/// From when on every one of `windows`, a bucket and a mark with its limits, has room.
pub(in crate::accounts) async fn room_at(
    tx: &mut Tx,
    windows: &[(&Bucket, &str, &[Limit])],
    now: Timestamp,
) -> Result<Timestamp, Fault> {
    let mut at = now;
    for (bucket, mark, limits) in windows {
        // What has room now has room later: nothing comes in meanwhile.
        while let RateLimit::Later(later) = tx.peek_in_windows(bucket, mark, limits, at).await? {
            at = later;
        }
    }
    Ok(at)
}

/// Refuses when there is no room now.
pub(in crate::accounts) fn admitted(limit: RateLimit) -> Result<(), Error> {
    match limit {
        RateLimit::Later(at) => Err(Refusal::TryLater(at.into()).into()),
        _ => Ok(()),
    }
}
