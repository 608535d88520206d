//! An authenticator app, played by the real `oathtool`.

use std::process::Command;

use doorkey::clock::Clock;
use doorkey::domain::timestamp::Timestamp;

/// How long a code is the app's current one.
pub(crate) const STEP: i64 = 30_000;

/// An authenticator app: the seed as a person would have typed it, read by oathtool.
pub(crate) struct App(pub(crate) String);

impl App {
    /// The code that the app shows at `now`.
    pub(crate) fn shows(&self, now: Timestamp) -> String {
        let seconds = format!("--now=@{}", now.epoch_ms() / 1_000);
        let output = Command::new("oathtool").args(["--totp", "-b", &seconds, &self.0]).output();
        let output = output.expect("oathtool is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Six digits that no step near `now` has.
    pub(crate) fn never_shows(&self, now: Timestamp) -> String {
        let near: Vec<String> = (-3..=3).map(|step| self.shows(now.plus_ms(step * STEP))).collect();
        (0..1_000_000).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
    }

    /// The code that the app shows now.
    pub(crate) fn shows_now(&self) -> String {
        self.shows(now())
    }

    /// The code that it shows next; it counts already, and after the current one.
    pub(crate) fn shows_next(&self) -> String {
        self.shows(now().plus_ms(STEP))
    }

    /// Six digits that it does not show around now.
    pub(crate) fn does_not_show(&self) -> String {
        self.never_shows(now())
    }
}

fn now() -> Timestamp {
    Clock::wall_clock()
}
