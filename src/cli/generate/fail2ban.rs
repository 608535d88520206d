//! A filter for fail2ban, which bans sources by what the log says of them.

use crate::accounts::request::{Refusal, WRONG_GUESSES};
use crate::log::LogEvent;

/// What every line of it begins with: in a file, where fail2ban has taken the time out; in the journal, which puts its
/// own head before it; as JSON. Nothing that a stranger sends comes before the source.
const FILTER: &str = r#"# Fail2ban filter for Doorkey @VERSION@. Written by `doorkey generate fail2ban`.
#
# Every expression is anchored at the beginning of the line and ends before anything that a client sends: no username,
# client version or email can make a line match, nor change whom it names.

[Definition]
# normal: wrong passwords and codes. aggressive: also connections that end without authentication, as scanners make.
mode = normal

_text = ^(?:\S+ doorkey\[\d+\]: )?(?:\S+Z)? ?[A-Z]+ event=
_json = ^(?:\S+ doorkey\[\d+\]: )?(?:\{"time":"[^"]*)?","level":"[A-Z]+","event":"

_guesses = @GUESSES@

failregex = %(_text)s@REFUSED@ source=<SUBNET> session=[0-9a-f-]+ request=[a-z-]+ reason=(?:%(_guesses)s)(?: |$)
            %(_json)s@REFUSED@","source":"<SUBNET>","session":"[0-9a-f-]+","request":"[a-z-]+","reason":"(?:%(_guesses)s)"
            <more-<mode>>

more-normal =
more-aggressive = %(_text)s@FAILED@ source=<SUBNET> reason=(?:@FAILURES@)$
            %(_json)s@FAILED@","source":"<SUBNET>","reason":"(?:@FAILURES@)"\}$

ignoreregex =

datepattern = ^(?:\{"time":")?%%Y-%%m-%%dT%%H:%%M:%%S\.%%f%%z

journalmatch = _SYSTEMD_UNIT=doorkey.service
"#;

/// How connections end that nobody makes who wants in. Those that were too slow, or that the server failed, may be
/// anybody's.
const FAILURES: [&str; 3] = ["auth-failed", "no-auth", "malformed"];

/// The filter.
pub(super) fn filter() -> String {
    let guesses: Vec<_> = WRONG_GUESSES.iter().map(Refusal::id).collect();
    FILTER
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@GUESSES@", &guesses.join("|"))
        .replace("@REFUSED@", LogEvent::Refused.as_str())
        .replace("@FAILED@", LogEvent::ConnectionFailed.as_str())
        .replace("@FAILURES@", &FAILURES.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_that_is_banned_is_one_that_is_logged() {
        let logged = LogEvent::ConnectionFailed.quoted();
        assert!(FAILURES.iter().all(|failure| logged.contains(failure)), "{logged:?}");
    }
}
