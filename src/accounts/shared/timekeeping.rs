//! Keeps the service's time with the reference, and puts right what a clock that was ahead has written. The rule is in
//! [`crate::clock`].

use std::time::Instant;

use crate::accounts::sessions::NODE_LIFE_MS;
use crate::accounts::{Accounts, Fault};
use crate::clock::{Clock, FOLLOWED_MS, Reading};
use crate::store::{Store, StoreFault, read_tx, write_tx};

/// The clock of a program on this store.
pub async fn begin_clock(store: &Store) -> Result<Clock, StoreFault> {
    Ok(Clock::begin(&read_clock(store).await?))
}

async fn read_clock(store: &Store) -> Result<Reading, StoreFault> {
    read_tx!(store, StoreFault, |tx| {
        let mark = tx.find_clock_mark().await?;
        let asked = Instant::now();
        let database = tx.database_time().await?;
        Ok(Reading { database, mark, asked, answered: Instant::now() })
    })
    .await
}

impl Accounts {
    /// What a server does before it lets anybody in: puts right what a clock that was ahead has left behind, and
    /// writes its first heartbeat.
    pub async fn prepare(&self) -> Result<(), Fault> {
        if self.clock.is_settled() {
            self.correct_future_rows().await?;
        }
        self.send_heartbeat().await
    }

    /// Compares the time with the reference and the mark.
    pub(in crate::accounts) async fn compare_clock(&self) -> Result<(), Fault> {
        if let Clock::Manual(_) = self.clock {
            return Ok(());
        }
        if self.clock.compare(&read_clock(&self.store).await?) && self.clock.is_settled() {
            self.correct_future_rows().await?;
        }
        Ok(())
    }

    /// Voids and shifts what lies in the future.
    pub(in crate::accounts) async fn correct_future_rows(&self) -> Result<(), Fault> {
        let now = self.clock.now();
        let rows = write_tx!(self.store, Fault, |tx| Ok(tx.correct_future_rows(now).await?)).await?;
        if rows > 0 {
            tracing::warn!(rows, "a clock that was ahead has written rows; they were corrected");
        }
        Ok(self.outbox.correct_waits().await?)
    }

    /// What an operator should know about clocks, a sentence each; nothing when they agree.
    pub async fn clock_warnings(&self) -> Result<Vec<String>, Fault> {
        let (reading, reference) = (read_clock(&self.store).await?, self.clock.reference_time());
        let shared = self.clock.is_shared();
        let (clock, node) = if shared {
            ("the database's clock", "the database's clock, which all nodes go by")
        } else {
            ("this machine's clock", "the time that the server goes by")
        };
        let mut warnings = Vec::new();
        let own = Clock::wall_clock().ms_since(reference);
        if shared && own.abs() > FOLLOWED_MS {
            warnings
                .push(format!("This machine's clock is {} {node}. Set it right, with NTP.", ahead_of(own)));
        }
        let last = reading.mark.map_or(reference, |mark| mark.min(reference));
        let seen_since = last.plus_ms(-NODE_LIFE_MS);
        let nodes =
            read_tx!(self.store, Fault, |tx| Ok(tx.list_clocks_ahead(seen_since, FOLLOWED_MS).await?));
        for (id, ahead) in nodes.await? {
            let ahead = ahead_of(ahead);
            warnings
                .push(format!("The clock of the machine with node {id} is {ahead} {node}. Set it right."));
        }
        let lead = reading.mark.map_or(0, |mark| mark.ms_since(reference));
        if lead > FOLLOWED_MS {
            warnings.push(format!(
                "Doorkey's time is {} {clock}, because a clock was ahead before. It slows down until they agree. If \
                 that takes too long: stop every node, run `DELETE FROM clock` in the database, and start them.",
                ahead_of(lead)
            ));
        }
        Ok(warnings)
    }
}

/// `660 seconds ahead of`, `5 days behind`.
fn ahead_of(ms: i64) -> String {
    let s = ms.abs() / 1_000;
    let (count, unit) = match s {
        ..=7_199 => (s, "seconds"),
        7_200..=172_799 => (s / 3_600, "hours"),
        _ => (s / 86_400, "days"),
    };
    format!("{count} {unit} {}", if ms < 0 { "behind" } else { "ahead of" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_said_in_the_unit_that_suits_it() {
        assert_eq!(ahead_of(660_000), "660 seconds ahead of");
        assert_eq!(ahead_of(-7_200_000), "2 hours behind");
        assert_eq!(ahead_of(100 * 86_400_000), "100 days ahead of");
    }
}
