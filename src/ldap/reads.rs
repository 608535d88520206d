//! Limits how many searches read from the database at a time, in all and for each reader, so that sign-ins need not
//! wait for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::accounts::request::ldap::LdapReader;

/// Searches that read at the same time.
const MOST: usize = 4;
/// Of these, as many as one reader may have.
const MOST_OF_ONE: usize = 2;

/// The turns to read.
#[derive(Debug)]
pub(super) struct Reads {
    turns: Semaphore,
    of_readers: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct ReadPermit<'a> {
    _of_all: SemaphorePermit<'a>,
    _of_one: OwnedSemaphorePermit,
}

impl Reads {
    pub(super) fn new() -> Self {
        Self { turns: Semaphore::new(MOST), of_readers: Mutex::default() }
    }

    /// Waits for a turn. Never `None`: the semaphores are never closed.
    pub(super) async fn turn(&self, reader: &LdapReader) -> Option<ReadPermit<'_>> {
        self.turn_of(reader.id()).await
    }

    async fn turn_of(&self, reader: &str) -> Option<ReadPermit<'_>> {
        // The reader's own limit first, so that a busy reader waits there and holds no common turn.
        let of_one = self.of_reader(reader).acquire_owned().await.ok()?;
        Some(ReadPermit { _of_all: self.turns.acquire().await.ok()?, _of_one: of_one })
    }

    fn of_reader(&self, reader: &str) -> Arc<Semaphore> {
        let mut all = self.of_readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = all.get(reader).and_then(Weak::upgrade) {
            return found;
        }
        // Nobody waits for what is dropped: these readers have no search under way.
        all.retain(|_, one| one.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(MOST_OF_ONE));
        all.insert(reader.to_owned(), Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn no_reader_takes_every_turn() {
        let reads = Reads::new();
        let of_one: Vec<_> = (0..MOST).filter_map(|_| reads.turn_of("one").now_or_never()).collect();
        assert_eq!(of_one.len(), MOST_OF_ONE);
        let of_other: Vec<_> = (0..MOST).filter_map(|_| reads.turn_of("other").now_or_never()).collect();
        assert_eq!(of_other.len(), MOST - MOST_OF_ONE);
        assert!(reads.turn_of("third").now_or_never().is_none(), "all turns are taken");
        drop((of_one, of_other));
        assert!(reads.turn_of("third").await.is_some());
        assert_eq!(reads.of_readers.lock().unwrap().len(), 1, "nothing is kept of whoever reads no more");
    }
}
