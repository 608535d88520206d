//! Rate limits, delays and lifetimes. Only the numbers; the store does the counting.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR;

/// Failures from unknown sources after which the password is disabled for them
/// (NIST SP 800-63B-4 section 3.2.2: no more than 100 consecutive failures).
pub const FAILS_TO_DISABLE: i64 = 100;

/// Wrong tries after which a code is invalid (RFC 8628 section 5.1).
pub const TRIES_PER_CODE: i64 = 5;
/// The same for codes that are valid for days and that anybody can try. Each source has few tries a day
/// ([`LONG_CODE_TRIES_PER_SOURCE`]), so no single source can use up somebody else's code. This many guesses succeed
/// with a probability of one in 850 million.
pub const TRIES_PER_LONG_CODE: i64 = 30;
/// Tries per day of one source at the long-lived codes of one address or case.
pub const LONG_CODE_TRIES_PER_SOURCE: Limit = Limit { count: 5, window_ms: DAY_MS };
/// Tries of a code in sessions other than the one that requested it. The last two are reserved for that
/// session, so an attacker who knows a name cannot use up the code that its owner waits for.
pub const TRIES_WITHOUT_REQUEST: i64 = 3;
/// Wrong codes per account and [`WRONG_CODES_WINDOW_MS`] in sessions that did not request the code. The session
/// that did is bounded by [`TRIES_PER_CODE`] and [`CODES_PER_ACCOUNT`]: together 60 a
/// day (NIST SP 800-63B-4 section 3.2.2: no more than 100).
pub const WRONG_CODES_PER_ACCOUNT: i64 = 20;
/// The window of [`WRONG_CODES_PER_ACCOUNT`].
pub const WRONG_CODES_WINDOW_MS: i64 = DAY_MS;
/// Codes of one account that are valid at the same time; a new code never invalidates an older one. Requests from
/// known sources have as many of their own.
pub const LIVE_CODES_PER_ACCOUNT: i64 = 3;
/// Maximum lifetime of a code after it was requested, however late its email was sent.
pub const CODE_LIFE_CAP_MS: i64 = 30 * MINUTE;
/// Lifetime of a reset grant, the right to set a password.
pub const GRANT_LIFE_MS: i64 = 10 * MINUTE;
/// Delay until a page offers to send another code.
pub const RESEND_AFTER_MS: i64 = MINUTE;
/// How long a source counts as known after it signed in to an account.
pub const KNOWN_SOURCE_LIFE_MS: i64 = 30 * DAY_MS;
/// Known sources stored per account.
pub const KNOWN_SOURCES_PER_ACCOUNT: i64 = 20;

/// A sign-in that comes at most this much too early waits instead of being refused, so a typing error costs
/// a moment and no error message. Covers the delays after the first nine failures.
pub const EARLY_TRY_GRACE_MS: i64 = 3 * SECOND;

/// A number of events per sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Maximum number of events.
    pub count: i64,
    /// Length of the sliding window in milliseconds.
    pub window_ms: i64,
}

/// Emails with a reset code for one account; all three limits apply. Each source that the account knows is counted
/// separately, and all other sources are counted together.
pub const CODES_PER_ACCOUNT: [Limit; 3] = [
    Limit { count: 1, window_ms: MINUTE },
    Limit { count: 3, window_ms: HOUR },
    Limit { count: 8, window_ms: DAY_MS },
];
/// Emails with a verification code, for one account that adds addresses.
pub const VERIFICATION_CODES_PER_ACCOUNT: [Limit; 2] =
    [Limit { count: 6, window_ms: HOUR }, Limit { count: 20, window_ms: DAY_MS }];
/// The same to one address, from any account.
pub const VERIFICATION_CODES_PER_EMAIL: [Limit; 3] = CODES_PER_ACCOUNT;
/// The same from one source, for any account.
pub const VERIFICATION_CODES_PER_SOURCE: [Limit; 1] = [Limit { count: 20, window_ms: HOUR }];
/// Username changes of one account.
pub const RENAMES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Changes of the primary address of one account, except those back to an older address.
pub const PRIMARY_CHANGES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 10, window_ms: DAY_MS }];
/// Password changes of one account in which the current password was right.
pub const PASSWORD_CHANGES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 10, window_ms: HOUR }];
/// Keys added to one account. Removing is not limited.
pub const KEYS_ADDED_PER_ACCOUNT: [Limit; 1] = [Limit { count: 40, window_ms: DAY_MS }];
/// Role changes of one team member by one owner.
pub const ROLES_PER_MEMBER: [Limit; 1] = [Limit { count: 20, window_ms: DAY_MS }];
/// How long a released username is reserved for its former owner.
pub const RELEASED_NAME_KEPT_MS: i64 = 30 * DAY_MS;
/// How long an unverified address is kept.
pub const UNVERIFIED_EMAIL_KEPT_MS: i64 = 7 * DAY_MS;
/// How long a former primary address cannot be removed if its successor was verified later. An attacker who
/// replaced it cannot lock the owner out at once.
pub const FORMER_PRIMARY_KEPT_MS: i64 = 7 * DAY_MS;
/// A password reset suspends keys and addresses that are younger.
pub const RECENT_MS: i64 = 7 * DAY_MS;
/// How long after the last review of the recovery details a reminder is shown.
pub const REVIEW_AFTER_MS: i64 = 180 * DAY_MS;
/// Lifetime of a team invitation.
pub const INVITATION_LIFE_MS: i64 = 72 * HOUR;
/// Lifetime of a sign-up code after it was requested.
pub const SIGN_UP_LIFE_MS: i64 = 30 * MINUTE;
/// Open invitations of one team.
pub const OPEN_INVITATIONS_PER_TEAM: usize = 20;
/// Invitations sent by one account.
pub const INVITATIONS_PER_OWNER: [Limit; 2] =
    [Limit { count: 10, window_ms: HOUR }, Limit { count: 30, window_ms: DAY_MS }];
/// Invitation and sign-up emails to one address, from any sender.
pub const JOIN_EMAILS_PER_ADDRESS: [Limit; 2] =
    [Limit { count: 3, window_ms: HOUR }, Limit { count: 8, window_ms: DAY_MS }];
/// How long an invitation whose code was right waits for the account to sign in.
pub const PROVEN_INVITATION_MS: i64 = HOUR;

/// Requests for a code from one source.
pub const REQUESTS_PER_SOURCE: Limit = Limit { count: 5, window_ms: HOUR };
/// Different account names for which one source requests codes.
pub const IDENTIFIERS_PER_SOURCE: Limit = Limit { count: 20, window_ms: DAY_MS };
/// Password tries of one source over all accounts: a burst of `count`, refilled over `window_ms`.
pub const TRIES_PER_SOURCE: Limit = Limit { count: 10, window_ms: MINUTE };

/// Support cases opened by one account.
pub const CASES_PER_ACCOUNT: [Limit; 2] =
    [Limit { count: 3, window_ms: HOUR }, Limit { count: 8, window_ms: DAY_MS }];
/// Messages added to cases by one account or one guest.
pub const CASE_MESSAGES: [Limit; 2] =
    [Limit { count: 20, window_ms: HOUR }, Limit { count: 60, window_ms: DAY_MS }];
/// Support cases opened by members from one source.
pub const CASES_PER_SOURCE: [Limit; 1] = [Limit { count: 10, window_ms: DAY_MS }];
/// Support cases opened by guests from one source.
pub const GUEST_CASES_PER_SOURCE: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Support cases in which guests give one contact address or name one account. Each of them sends an
/// email, so this bounds what strangers can send to one person.
pub const GUEST_CASES_PER_ADDRESS: [Limit; 1] = [Limit { count: 2, window_ms: DAY_MS }];
/// Support cases opened by all guests together.
pub const GUEST_CASES_PER_PORTAL: [Limit; 1] = [Limit { count: 60, window_ms: HOUR }];
/// Lifetime of a guest's access code to a case.
pub const CASE_CODE_LIFE_MS: i64 = 7 * DAY_MS;
/// Notifications of sign-ins from new sources, for one account.
pub const NEW_SOURCE_EMAILS: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Lookups of public keys from one source. An SSH server asks once for each of its own sign-ins.
pub const KEY_LOOKUPS_PER_SOURCE: Limit = Limit { count: 60, window_ms: MINUTE };

/// Delay in milliseconds after failure number `fails` before the next try is accepted. Short enough not
/// to punish a typing error, yet reaching [`FAILS_TO_DISABLE`] takes 84 hours of steady attack
/// (NIST SP 800-63B-4 section 3.2.2: 30 seconds up to an hour).
#[must_use]
pub fn delay_ms(fails: i64) -> i64 {
    match fails {
        ..=0 => 0,
        1..=3 => SECOND,
        4..=9 => 3 * SECOND,
        // 30 s << 7 exceeds the hour already; bounding the shift avoids overflow.
        _ => ((30 * SECOND) << (fails - 10).min(7)).min(HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_from_a_second_to_an_hour() {
        let seconds = |fails| delay_ms(fails) / SECOND;
        assert_eq!((0..=3).map(seconds).collect::<Vec<_>>(), [0, 1, 1, 1]);
        assert_eq!((seconds(4), seconds(9)), (3, 3));
        assert_eq!((10..=17).map(seconds).collect::<Vec<_>>(), [30, 60, 120, 240, 480, 960, 1920, 3600]);
        assert_eq!((seconds(100), seconds(i64::MAX), seconds(-1)), (3600, 3600, 0));
    }

    #[test]
    fn reaching_the_disabling_count_takes_more_than_three_days() {
        let total: i64 = (1..FAILS_TO_DISABLE).map(delay_ms).sum();
        assert!(total > 80 * HOUR, "{} h", total / HOUR);
    }
}
