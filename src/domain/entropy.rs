//! The source of random bytes: the operating system, or a seed in tests. Everything random
//! takes an [`Entropy`] parameter, which makes tests deterministic.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryCryptoRng, TryRng, rand_core::UnwrapErr};

/// A source of random bytes. Clones of a seeded one share its stream.
#[derive(Clone)]
pub enum Entropy {
    /// The operating system's generator (`getrandom(2)`), always used outside tests.
    System,
    /// A deterministic stream, for tests.
    Seeded(Arc<Mutex<StdRng>>),
}

impl Entropy {
    /// A deterministic stream, for tests.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills `bytes` with random bytes.
    ///
    /// Panics if the operating system has none: no task may continue with guessable bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        match self {
            Self::System => UnwrapErr(SysRng).fill_bytes(bytes),
            Self::Seeded(stream) => {
                stream.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
            }
        }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "Entropy::System",
            Self::Seeded(_) => "Entropy::Seeded",
        })
    }
}

/// Adapts [`Entropy`] to crates that expect an rng.
impl TryRng for Entropy {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Entropy {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_and_the_system_never_repeats() {
        assert_eq!(Entropy::seeded(7).bytes::<16>(), Entropy::seeded(7).bytes::<16>());
        assert_ne!(Entropy::seeded(7).bytes::<16>(), Entropy::seeded(8).bytes::<16>());
        assert_ne!(Entropy::System.bytes::<16>(), Entropy::System.bytes::<16>());
    }

    #[test]
    fn clones_draw_from_one_stream() {
        let one = Entropy::seeded(7);
        let two = one.clone();
        assert_ne!(one.bytes::<16>(), two.bytes::<16>());
    }
}
