//! sshd's `MaxStartups` (`sshd_config(5)`): random early drop of connections that have not authenticated.

use std::fmt;
use std::str::FromStr;

/// `64:30:256`: from `begin` unauthenticated connections on a new one is refused with a chance of `percent`, rising to
/// certainty at `full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxStartups {
    /// Below this nobody is refused.
    pub begin: u32,
    /// The chance to be refused at `begin`, in percent.
    pub percent: u32,
    /// From here on everybody is refused.
    pub full: u32,
}

impl MaxStartups {
    /// Whether a new connection is refused while `startups` are under way; `entropy` is from 0 to 99.
    #[must_use]
    pub fn drops(self, startups: u32, entropy: u32) -> bool {
        if startups < self.begin {
            return false;
        }
        if startups >= self.full || self.percent >= 100 {
            return true;
        }
        let risen = (100 - self.percent) * (startups - self.begin) / (self.full - self.begin);
        entropy < self.percent + risen
    }
}

impl fmt::Display for MaxStartups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.begin, self.percent, self.full)
    }
}

impl FromStr for MaxStartups {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<u32>> = text.split(':').map(|part| part.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[begin, percent @ 1..=100, full]) if 1 <= begin && begin <= full => {
                Ok(Self { begin, percent, full })
            }
            _ => Err(format!("expected begin:percent:full such as 64:30:256, found `{text}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_drop_rises_from_a_chance_to_certainty() {
        let rule: MaxStartups = "64:30:256".parse().unwrap();
        let refused_of_100 = |startups| (0..100).filter(|entropy| rule.drops(startups, *entropy)).count();
        assert_eq!(refused_of_100(63), 0);
        assert_eq!(refused_of_100(64), 30);
        assert_eq!(refused_of_100(160), 65);
        assert_eq!(refused_of_100(255), 99);
        assert_eq!(refused_of_100(256), 100);
    }
}
