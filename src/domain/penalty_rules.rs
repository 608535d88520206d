//! sshd's `PerSourcePenalties` (`sshd_config(5)`): what misbehaving costs a source, in seconds that add up.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// `authfail:5 noauth:1 ...`, with sshd's names; `no` for no penalties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PenaltyRules {
    /// For a refused attempt to authenticate by anything but keys alone, such as a password.
    pub auth_failed: Duration,
    /// For leaving without any attempt, or with keys alone that nobody has registered.
    pub no_auth: Duration,
    /// For taking too long to authenticate.
    pub grace_exceeded: Duration,
    /// For what no client sends, and for making the server fail.
    pub crash: Duration,
    /// Refused from this much on.
    pub min: Duration,
    /// Never more than this.
    pub max: Duration,
    /// How many sources are remembered at most; none without penalties.
    pub max_sources: usize,
}

impl Default for PenaltyRules {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            auth_failed: seconds(5),
            no_auth: seconds(1),
            grace_exceeded: seconds(10),
            crash: seconds(90),
            min: seconds(15),
            max: seconds(600),
            max_sources: 65_536,
        }
    }
}

/// The most of each: a day, and as many sources as take about 200 MB.
const MOST_SECONDS: u64 = 86_400;
const MOST_SOURCES: usize = 1_000_000;

impl PenaltyRules {
    /// No penalties.
    #[must_use]
    pub fn off() -> Self {
        Self { max_sources: 0, ..Self::default() }
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        if name == "max-sources" {
            self.max_sources = value.parse().ok().filter(|count| (1..=MOST_SOURCES).contains(count))?;
            return Some(());
        }
        let seconds =
            value.strip_suffix('s').unwrap_or(value).parse().ok().filter(|count| *count <= MOST_SECONDS)?;
        let cost = match name {
            "authfail" => &mut self.auth_failed,
            "noauth" => &mut self.no_auth,
            "grace-exceeded" => &mut self.grace_exceeded,
            "crash" => &mut self.crash,
            "min" => &mut self.min,
            "max" => &mut self.max,
            _ => return None,
        };
        *cost = Duration::from_secs(seconds);
        Some(())
    }
}

impl fmt::Display for PenaltyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.max_sources == 0 {
            return f.write_str("no");
        }
        let Self { auth_failed, no_auth, grace_exceeded, crash, min, max, max_sources } = self;
        let seconds = Duration::as_secs;
        write!(f, "authfail:{} noauth:{} ", seconds(auth_failed), seconds(no_auth))?;
        write!(f, "grace-exceeded:{} crash:{} ", seconds(grace_exceeded), seconds(crash))?;
        write!(f, "min:{} max:{} max-sources:{max_sources}", seconds(min), seconds(max))
    }
}

impl FromStr for PenaltyRules {
    type Err = String;

    /// What is not named has its default.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "yes" => return Ok(Self::default()),
            "no" => return Ok(Self::off()),
            _ => {}
        }
        let mut rules = Self::default();
        for word in text.split_whitespace() {
            word.split_once(':').and_then(|(name, value)| rules.set(name, value)).ok_or_else(|| {
                let names = Self::default();
                format!(
                    "expected `yes`, `no`, or some of `{names}` (seconds; max-sources is a count); found `{word}`"
                )
            })?;
        }
        if rules.max < rules.min { Err("max is below min".to_owned()) } else { Ok(rules) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn penalties_are_written_with_the_names_of_sshd() {
        let rules: PenaltyRules = "authfail:0 crash:30s max-sources:100".parse().unwrap();
        let expected = PenaltyRules {
            auth_failed: Duration::ZERO,
            crash: Duration::from_secs(30),
            max_sources: 100,
            ..PenaltyRules::default()
        };
        assert_eq!(rules, expected);
        assert_eq!(rules.to_string().parse(), Ok(rules));
        assert_eq!("no".parse(), Ok(PenaltyRules::off()));
        assert_eq!(PenaltyRules::off().to_string(), "no");
        assert_eq!("yes".parse(), Ok(PenaltyRules::default()));
        for wrong in
            ["authfail", "authfail:x", "authfail:90000", "invaliduser:5", "max-sources:0", "min:20 max:10"]
        {
            assert!(wrong.parse::<PenaltyRules>().is_err(), "{wrong}");
        }
    }
}
