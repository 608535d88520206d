//! Where random bytes come from: the operating system, or a seed in tests. Everything that draws
//! takes a [`Entropy`] as a parameter, so that a test can say what was drawn.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryCryptoRng, TryRng, rand_core::UnwrapErr};

/// A source of random bytes; clones of a seeded one draw from the same stream.
#[derive(Clone)]
pub enum Entropy {
    /// The operating system's generator (`getrandom(2)`). The only arm a service runs on.
    System,
    /// A stream that a seed determines, for tests.
    Seeded(Arc<Mutex<StdRng>>),
}

impl Entropy {
    /// The stream that `seed` determines.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Overwrites all of `bytes` with random ones.
    ///
    /// An operating system that cannot give random bytes ends the task that asked: nothing here
    /// may go on with guessable ones.
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
            Self::System => "Chance::System",
            Self::Seeded(_) => "Chance::Seeded",
        })
    }
}

/// Lets a `Entropy` stand wherever a crate asks for an rng.
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
