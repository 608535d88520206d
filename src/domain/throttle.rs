//! How long a wrong try makes the next one wait, and how much of everything is allowed. Numbers only;
//! the counting is the store's.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR;

/// Failures in the bucket of unknown sources at which the password is disabled for them
/// (NIST SP 800-63B-4 section 3.2.2: no more than 100 consecutive failures).
pub const FAILS_TO_DISABLE: i64 = 100;

/// Wrong tries after which a code is dead (RFC 8628 section 5.1).
pub const TRIES_PER_CODE: i64 = 5;
/// The same for a code that lives for days and that strangers can try at without a proof: each place has few
/// tries a day ([`LONG_CODE_TRIES_PER_SOURCE`]), so that one of them cannot use up what somebody waits for.
/// One in 850 million guesses of this many is right.
pub const TRIES_PER_LONG_CODE: i64 = 30;
/// Tries of one source a day at the long-lived codes of one address or case.
pub const LONG_CODE_TRIES_PER_SOURCE: Limit = Limit { count: 5, window_ms: DAY_MS };
/// How many of them whoever does not hold the request may spend: the last two are kept for the session that
/// asked, so that a stranger who knows a name cannot use up the code that its owner waits for.
pub const TRIES_WITHOUT_REQUEST: i64 = 3;
/// Wrong codes an account may see in [`WRONG_CODES_WINDOW_MS`] from whoever does not hold the request that
/// the code answers. Who holds it is bounded by [`TRIES_PER_CODE`] and [`CODES_PER_ACCOUNT`]: together 60 a
/// day (NIST SP 800-63B-4 section 3.2.2: no more than 100).
pub const WRONG_CODES_PER_ACCOUNT: i64 = 20;
/// The window of [`WRONG_CODES_PER_ACCOUNT`].
pub const WRONG_CODES_WINDOW_MS: i64 = DAY_MS;
/// Codes of one account that may live at the same time; a newer one never kills an older one. For a place
/// that the account knows there is room for as many again.
pub const LIVE_CODES_PER_ACCOUNT: i64 = 3;
/// The longest a code lives after it was asked for, whenever its email left.
pub const CODE_LIFE_CAP_MS: i64 = 30 * MINUTE;
/// How long a proven code's right to set a password lasts.
pub const GRANT_LIFE_MS: i64 = 10 * MINUTE;
/// A page offers another code this long after the last.
pub const RESEND_AFTER_MS: i64 = MINUTE;
/// A source that signed in to an account this recently is known to it.
pub const KNOWN_SOURCE_LIFE_MS: i64 = 30 * DAY_MS;
/// Known sources kept for an account.
pub const KNOWN_SOURCES_PER_ACCOUNT: i64 = 20;

/// A try that comes at most this much too early is made to wait instead of being refused: a slip at the
/// keyboard then costs a moment and no words. Within the waits that the first nine failures bring.
pub const PATIENCE_MS: i64 = 3 * SECOND;

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many are allowed.
    pub count: i64,
    /// In which sliding window, milliseconds.
    pub window_ms: i64,
}

/// Emails with a code for one account: all three hold at once. Each place that the account knows has them
/// for itself, and the rest of the world has them together.
pub const CODES_PER_ACCOUNT: [Limit; 3] = [
    Limit { count: 1, window_ms: MINUTE },
    Limit { count: 3, window_ms: HOUR },
    Limit { count: 8, window_ms: DAY_MS },
];
/// Emails with a code that verifies an address, for one account that adds addresses.
pub const VERIFICATION_CODES_PER_ACCOUNT: [Limit; 2] =
    [Limit { count: 6, window_ms: HOUR }, Limit { count: 20, window_ms: DAY_MS }];
/// The same to one mailbox, whoever asks for them.
pub const VERIFICATION_CODES_PER_EMAIL: [Limit; 3] = CODES_PER_ACCOUNT;
/// The same from one source, whatever the account.
pub const VERIFICATION_CODES_PER_SOURCE: [Limit; 1] = [Limit { count: 20, window_ms: HOUR }];
/// Changes of the username of one account.
pub const RENAMES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Changes of the primary address of one account, but for those back to an older one.
pub const MAIN_CHANGES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 10, window_ms: DAY_MS }];
/// Changes of the password of one account by who knows the current one.
pub const PASSWORD_CHANGES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 10, window_ms: HOUR }];
/// Keys that one account adds; what was added can always be removed.
pub const KEYS_ADDED_PER_ACCOUNT: [Limit; 1] = [Limit { count: 40, window_ms: DAY_MS }];
/// How often one owner gives one member of a team another role.
pub const ROLES_PER_MEMBER: [Limit; 1] = [Limit { count: 20, window_ms: DAY_MS }];
/// How long nobody else may take a username that was given up.
pub const RELEASED_NAME_KEPT_MS: i64 = 30 * DAY_MS;
/// How long an address may wait to be verified.
pub const UNVERIFIED_EMAIL_KEPT_MS: i64 = 7 * DAY_MS;
/// How long an address that was the primary one stays when the primary one was verified later: whoever took its
/// place there cannot cut the owner off at once.
pub const FORMER_PRIMARY_KEPT_MS: i64 = 7 * DAY_MS;
/// How long after the last look at the recovery details a reminder is due.
pub const REVIEW_AFTER_MS: i64 = 180 * DAY_MS;
/// How long an invitation to a team is good for.
pub const INVITATION_LIFE_MS: i64 = 72 * HOUR;
/// How long a code to sign up with is good for after it was asked for.
pub const SIGN_UP_LIFE_MS: i64 = 30 * MINUTE;
/// Invitations of one team that may be open at the same time.
pub const OPEN_INVITATIONS_PER_TEAM: usize = 20;
/// Invitations that one person may send.
pub const INVITATIONS_PER_OWNER: [Limit; 2] =
    [Limit { count: 10, window_ms: HOUR }, Limit { count: 30, window_ms: DAY_MS }];
/// Emails that an address may get from invitations and sign-ups, whoever wants them sent.
pub const EMAILS_PER_STRANGER: [Limit; 2] =
    [Limit { count: 3, window_ms: HOUR }, Limit { count: 8, window_ms: DAY_MS }];
/// How long after its code was right an invitation waits for its account to sign in.
pub const PROVEN_INVITATION_MS: i64 = HOUR;

/// Wishes for a code from one source.
pub const REQUESTS_PER_SOURCE: Limit = Limit { count: 5, window_ms: HOUR };
/// Different names that one source may ask for.
pub const IDENTIFIERS_PER_SOURCE: Limit = Limit { count: 20, window_ms: DAY_MS };
/// Password tries of one source over all accounts: a burst of `count`, refilled over `window_ms`.
pub const TRIES_PER_SOURCE: Limit = Limit { count: 10, window_ms: MINUTE };

/// Support cases that one account opens.
pub const CASES_PER_ACCOUNT: [Limit; 2] =
    [Limit { count: 3, window_ms: HOUR }, Limit { count: 8, window_ms: DAY_MS }];
/// Messages that one account or one guest adds to its cases.
pub const CASE_MESSAGES: [Limit; 2] =
    [Limit { count: 20, window_ms: HOUR }, Limit { count: 60, window_ms: DAY_MS }];
/// Support cases that members open from one source.
pub const CASES_PER_SOURCE: [Limit; 1] = [Limit { count: 10, window_ms: DAY_MS }];
/// Support cases that guests open from one source.
pub const GUEST_CASES_PER_SOURCE: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Support cases in which guests give one contact address, or say to be one account: each email that
/// strangers have sent to somebody is one of these.
pub const GUEST_CASES_PER_ADDRESS: [Limit; 1] = [Limit { count: 2, window_ms: DAY_MS }];
/// Support cases that guests open in the whole portal.
pub const GUEST_CASES_PER_PORTAL: [Limit; 1] = [Limit { count: 60, window_ms: HOUR }];
/// How long a guest may use the code in an email about a case.
pub const CASE_CODE_LIFE_MS: i64 = 7 * DAY_MS;
/// Emails about sign-ins from new sources to one account.
pub const NEW_SOURCE_EMAILS: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Looks of one source at anybody's public keys: a server asks once for each of its own sign-ins.
pub const LOOKS_PER_SOURCE: Limit = Limit { count: 60, window_ms: MINUTE };

/// How long after failure number `fails` the next try is refused, in milliseconds: short enough not
/// to punish a slip, and 84 hours of steady attack to reach [`FAILS_TO_DISABLE`]
/// (NIST SP 800-63B-4 section 3.2.2: 30 seconds up to an hour).
#[must_use]
pub fn delay_ms(fails: i64) -> i64 {
    match fails {
        ..=0 => 0,
        1..=3 => SECOND,
        4..=9 => 3 * SECOND,
        // 30 s << 7 is beyond the hour already, so the shift is bounded before it can overflow.
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
