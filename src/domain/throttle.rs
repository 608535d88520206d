//! Rate limits, delays and lifetimes. Only the numbers; what they count is declared in [`super::bucket`], and the store
//! does the counting.

use strum::EnumCount;

use super::bucket::BucketKind;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR;

/// Failures from unknown sources after which the password is disabled for them
/// (NIST SP 800-63B-4 section 3.2.2: no more than 100 consecutive failures).
pub const FAILS_TO_DISABLE: i64 = 100;

/// Wrong codes of an authenticator in a row from where nothing but the password speaks for the owner. Half of
/// [`FAILS_TO_DISABLE`], which counts all of them, so that a thief with the password leaves the other half to the owner.
pub const FACTOR_FAILS_ELSEWHERE: i64 = 50;
/// The same at one place of the owner's: a source that the account knows, a session, a proven key, a code from an email.
pub const FACTOR_FAILS_PER_PLACE: i64 = 20;
/// Emails about wrong two-factor codes, for one account.
pub const FACTOR_REFUSED_EMAILS: [Limit; 1] = [Limit { count: 1, window_ms: DAY_MS }];

/// Wrong tries after which a code is invalid (RFC 8628 section 5.1).
pub const TRIES_PER_CODE: i64 = 5;
/// Of the tries of a code, those that strangers have together: everybody but whoever brings the id of its request, the
/// source that asked for it, and the sources that the account knows. The last two are reserved for these, so nobody who
/// knows a name can use up the code that its owner waits for.
pub const TRIES_OF_STRANGERS: i64 = 3;
/// Wrong codes per account: of all strangers together that a code was compared with, and of
/// each source. Whoever brings the id of a request is bounded by [`TRIES_PER_CODE`] and [`CODES_PER_ACCOUNT`]: together
/// with strangers 60 a day (NIST SP 800-63B-4 section 3.2.2: no more than 100).
pub const WRONG_CODES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 20, window_ms: DAY_MS }];
/// Tries per day of one source at codes that nobody in particular holds, so that no number of wrong ones may end them:
/// those for one invited address, of one guest's case, or the newest that support made for one account.
pub const SHARED_CODE_TRIES_PER_SOURCE: Limit = Limit { count: 5, window_ms: DAY_MS };
/// The same of the session that opened a guest's case, at the code of that case.
pub const SHARED_CODE_TRIES_OF_OPENER: Limit = Limit { count: 10, window_ms: DAY_MS };
/// Of the day's first tries of sources at such codes, those that do not wait, per network: of a /24 and a /16, or for
/// IPv6 of a /48 and a /32.
pub const FIRST_TRIES_PER_NETWORK: [Limit; 2] =
    [Limit { count: 16, window_ms: DAY_MS }, Limit { count: 64, window_ms: DAY_MS }];
/// Those of all networks together: 4,000, then one a minute.
pub const FIRST_TRIES: Limit = Limit { count: 4_000, window_ms: 4_000 * MINUTE };
/// All other tries at such codes per network, the narrow one first: 40 and 200, then one in two minutes.
pub const OTHER_TRIES_PER_NETWORK: [Limit; 2] =
    [Limit { count: 40, window_ms: 80 * MINUTE }, Limit { count: 200, window_ms: 400 * MINUTE }];
/// Those of all networks together: 2,000, then one in two minutes.
pub const OTHER_TRIES: Limit = Limit { count: 2_000, window_ms: 4_000 * MINUTE };
/// Codes of one account that are valid at the same time; a new code never invalidates an older one. Requests from
/// known sources have as many of their own.
pub const LIVE_CODES_PER_ACCOUNT: i64 = 3;
/// Maximum lifetime of a code after it was requested, however late its email was sent.
pub const CODE_LIFE_CAP_MS: i64 = 30 * MINUTE;
/// How long a secret for an authenticator app waits for its code, when a command showed it.
pub const ENROLMENT_LIFE_MS: i64 = 15 * MINUTE;
/// Days that an undo code is valid, from the change that it undoes.
pub const UNDO_CODE_DAYS: i64 = 7;
/// The same in milliseconds.
pub const UNDO_CODE_LIFE_MS: i64 = UNDO_CODE_DAYS * DAY_MS;
/// How long after its owner asked for it an account is deleted: as long as the undo codes of that request are valid, so
/// that none of them comes too late.
pub const DELETION_GRACE_MS: i64 = UNDO_CODE_LIFE_MS;
/// Requests of one account to be deleted. Each is an email to every address.
pub const DELETION_REQUESTS_PER_ACCOUNT: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Lifetime of a reset grant, the right to set a password.
pub const GRANT_LIFE_MS: i64 = 10 * MINUTE;
/// Delay until a page offers to send another code.
pub const RESEND_AFTER_MS: i64 = MINUTE;
/// Lifetime of a setup code. After that a restart prints another one.
pub const SETUP_CODE_LIFE_MS: i64 = DAY_MS;
/// How long a source counts as known after it signed in to an account.
pub const KNOWN_SOURCE_LIFE_MS: i64 = 30 * DAY_MS;
/// How old an account is when its sign-ins begin to raise the limits of their sources, and to make these known. Whoever
/// may sign up makes accounts by the dozen within a minute; it takes a week until they are worth something, and who
/// watches sign-ups sees them before.
pub const COUNTED_ACCOUNT_AGE_MS: i64 = 7 * DAY_MS;
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
pub const VERIFICATION_CODES_PER_SOURCE: Limit = Limit { count: 20, window_ms: HOUR };
/// Username changes of one account.
pub const RENAMES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];
/// Changes of the primary address of one account, except those back to an older address.
pub const PRIMARY_CHANGES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 10, window_ms: DAY_MS }];
/// Password changes of one account in which the current password was right.
pub const PASSWORD_CHANGES_PER_ACCOUNT: [Limit; 1] = [Limit { count: 10, window_ms: HOUR }];
/// Right passwords in reauthentications of one account, at each place that it knows and at all others together. More than
/// a person or a script of theirs needs, and few enough that one account keeps no hashing thread busy: each costs a hash.
pub const REAUTHENTICATIONS_PER_PLACE: [Limit; 1] = [Limit { count: 60, window_ms: HOUR }];
/// Wrong passwords for one name that a directory is asked about, of strangers together and at the places that the account
/// knows, and how long after the last of them it is asked again; unless the settings say otherwise.
pub const DIRECTORY_TRIES: Limit = Limit { count: 4, window_ms: 30 * MINUTE };
/// New recovery codes of one account. Each set is an email to every address, and some rows.
pub const RECOVERY_CODES_PER_ACCOUNT: [Limit; 2] =
    [Limit { count: 5, window_ms: HOUR }, Limit { count: 10, window_ms: DAY_MS }];
/// How often the second factor of one account is turned on or off by its member. Undoing a change and operators are not
/// limited.
pub const TWO_FACTOR_CHANGES_PER_ACCOUNT: [Limit; 2] =
    [Limit { count: 5, window_ms: HOUR }, Limit { count: 10, window_ms: DAY_MS }];
/// Keys added to one account. Removing is not limited.
pub const KEYS_ADDED_PER_ACCOUNT: [Limit; 1] = [Limit { count: 40, window_ms: DAY_MS }];
/// Tries of one account to create a team: a refusal tells that there is one of that name.
pub const TEAMS_CREATED_PER_ACCOUNT: [Limit; 1] = [Limit { count: 10, window_ms: DAY_MS }];
/// Teams that somebody who creates one may own with it.
pub const TEAMS_PER_OWNER: usize = 20;
/// Role changes of one team member by one owner.
pub const ROLES_PER_MEMBER: [Limit; 1] = [Limit { count: 20, window_ms: DAY_MS }];
/// How long a released username is reserved for its former owner.
pub const RELEASED_NAME_KEPT_MS: i64 = 30 * DAY_MS;
/// How long an unverified address is kept.
pub const UNVERIFIED_EMAIL_KEPT_MS: i64 = 7 * DAY_MS;
/// How long a former primary address cannot be removed if its successor was verified later. An attacker who
/// replaced it cannot lock the owner out at once.
pub const FORMER_PRIMARY_KEPT_MS: i64 = 7 * DAY_MS;
/// A password reset suspends keys and addresses that are younger than so many days.
pub const RECENT_DAYS: i64 = 7;
/// The same in milliseconds.
pub const RECENT_MS: i64 = RECENT_DAYS * DAY_MS;
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
/// Invitations to one mailbox, from any sender.
pub const INVITATIONS_PER_MAILBOX: [Limit; 2] =
    [Limit { count: 3, window_ms: HOUR }, Limit { count: 8, window_ms: DAY_MS }];
/// How long an invitation whose code was right waits for the account to sign in.
pub const PROVEN_INVITATION_MS: i64 = HOUR;

/// Each limit per source is as many times higher as accounts older than [`COUNTED_ACCOUNT_AGE_MS`] have signed in from it
/// in [`KNOWN_SOURCE_LIFE_MS`], so many at most.
pub const ACCOUNTS_PER_SOURCE: i64 = 20;
/// For how many days the audit log is kept, unless it is set.
pub const ACTIVITY_DAYS: i64 = 90;
/// Sessions that one account is signed in to, at all nodes together.
pub const SESSIONS_PER_ACCOUNT: i64 = 10;
/// Requests for a code from one source.
pub const REQUESTS_PER_SOURCE: Limit = Limit { count: 5, window_ms: HOUR };
/// Different account names for which one source requests codes.
pub const IDENTIFIERS_PER_SOURCE: Limit = Limit { count: 20, window_ms: DAY_MS };
/// Password tries of one source over all accounts: a burst of `count`, refilled over `window_ms`.
pub const TRIES_PER_SOURCE: Limit = Limit { count: 10, window_ms: MINUTE };
/// Passwords checked for one service of this machine, of whichever accounts.
pub const TRIES_PER_SERVICE: Limit = Limit { count: 600, window_ms: MINUTE };
/// The same where the service says that they come from one source. Higher than [`TRIES_PER_SOURCE`]: programs sign in
/// again and again, with the right password too.
pub const SERVICE_TRIES_PER_SOURCE: Limit = Limit { count: 30, window_ms: MINUTE };

/// Support cases opened by one account.
pub const CASES_PER_ACCOUNT: [Limit; 2] =
    [Limit { count: 3, window_ms: HOUR }, Limit { count: 8, window_ms: DAY_MS }];
/// Messages added to cases by one account or one guest.
pub const CASE_MESSAGES: [Limit; 2] =
    [Limit { count: 20, window_ms: HOUR }, Limit { count: 60, window_ms: DAY_MS }];
/// Support cases opened by members from one source.
pub const CASES_PER_SOURCE: Limit = Limit { count: 10, window_ms: DAY_MS };
/// Support cases opened by guests from one source.
pub const GUEST_CASES_PER_SOURCE: Limit = Limit { count: 3, window_ms: DAY_MS };
/// The same from one network, unless an account knows the source: of a /24 and a /16, or for IPv6 of a /48 and a /32.
pub const GUEST_CASES_PER_NETWORK: [Limit; 2] =
    [Limit { count: 4, window_ms: HOUR }, Limit { count: 10, window_ms: HOUR }];
/// Support cases in which guests give one contact address, from sources that no account knows. Each of them sends an
/// email: see [`EMAILS_BY_STRANGERS_PER_MAILBOX`].
pub const GUEST_CASES_PER_ADDRESS: [Limit; 1] = [Limit { count: 2, window_ms: DAY_MS }];
/// The same from sources that an account knows. Apart, so that strangers do not keep the owner of an address from a case.
pub const KNOWN_PLACE_GUEST_CASES_PER_ADDRESS: [Limit; 1] = [Limit { count: 2, window_ms: DAY_MS }];
/// Support cases opened by all guests together whose source no account knows, the first of their source on that day.
pub const FIRST_GUEST_CASES: [Limit; 1] = [Limit { count: 30, window_ms: HOUR }];
/// The same that are not the first of their source.
pub const FURTHER_GUEST_CASES: [Limit; 1] = [Limit { count: 10, window_ms: HOUR }];
/// Support cases opened by guests from sources that an account knows, before they count as
/// [`FIRST_GUEST_CASES`] too: with the others 60 an hour.
pub const GUEST_CASES_OF_KNOWN_SOURCES: [Limit; 1] = [Limit { count: 20, window_ms: HOUR }];
/// Lifetime of a guest's access code to a case.
pub const CASE_CODE_LIFE_MS: i64 = 7 * DAY_MS;
/// Notifications of sign-ins from new sources, for one account.
pub const NEW_SOURCE_EMAILS: [Limit; 1] = [Limit { count: 3, window_ms: DAY_MS }];

// What people without an account can make the portal send. A mailbox is an address without its suffix and dots. Each
// kind has a budget of its own, so that no kind uses up another's: whatever strangers do with sign-ups and cases, eight
// reset codes a day can be asked for from unknown places, and those asked for from a known place are not among them.

/// Reset codes to one mailbox, of whichever accounts, that were asked for from places that the account does not know.
pub const RESET_CODES_PER_MAILBOX: [Limit; 1] = [Limit { count: 8, window_ms: DAY_MS }];
/// Emails to one mailbox about signing up.
pub const SIGN_UP_EMAILS_PER_MAILBOX: [Limit; 2] =
    [Limit { count: 3, window_ms: HOUR }, Limit { count: 6, window_ms: DAY_MS }];
/// Notifications to one mailbox that a password was locked by wrong tries, of whichever accounts. Locking one takes days
/// ([`delay_ms`]).
pub const LOCK_EMAILS_PER_MAILBOX: [Limit; 1] = [Limit { count: 2, window_ms: DAY_MS }];
/// All of them together, in any 24 hours.
pub const EMAILS_BY_STRANGERS_PER_MAILBOX: i64 = per_day(&RESET_CODES_PER_MAILBOX)
    + per_day(&SIGN_UP_EMAILS_PER_MAILBOX)
    + per_day(&LOCK_EMAILS_PER_MAILBOX)
    + per_day(&GUEST_CASES_PER_ADDRESS)
    + per_day(&KNOWN_PLACE_GUEST_CASES_PER_ADDRESS);
const _: () = assert!(EMAILS_BY_STRANGERS_PER_MAILBOX <= 20);
/// Notices to support about cases of guests. After some hours there is another one, so support hears of a flood too.
pub const GUEST_NOTICES_TO_SUPPORT: [Limit; 1] = [Limit { count: 5, window_ms: 6 * HOUR }];

/// What an email to an address that has no account, or may have none, is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount)]
pub enum WithoutAccount {
    /// Somebody wants to sign up with it.
    SignUp,
    /// A guest gives it in a support case, from a place that no account knows.
    GuestCase,
    /// The same from a place that an account knows.
    KnownPlaceGuestCase,
    /// A member is about to add it to their account.
    Verification,
    /// A team owner invites it.
    Invitation,
}

impl WithoutAccount {
    /// All of them.
    pub const ALL: [Self; Self::COUNT] =
        [Self::SignUp, Self::GuestCase, Self::KnownPlaceGuestCase, Self::Verification, Self::Invitation];

    /// What all of them together count in.
    #[must_use]
    pub const fn bucket(self) -> BucketKind {
        match self {
            Self::SignUp => BucketKind::SignUpEmails,
            Self::GuestCase => BucketKind::GuestCaseEmails,
            Self::KnownPlaceGuestCase => BucketKind::KnownPlaceGuestCaseEmails,
            Self::Verification => BucketKind::VerificationEmails,
            Self::Invitation => BucketKind::InvitationEmails,
        }
    }

    /// Its part of `per_day` emails. The parts are apart, so strangers who use up theirs do not keep members from adding
    /// addresses; and no more than a quarter is spent in six hours, so that nobody uses up a whole day.
    #[must_use]
    pub const fn limit(self, per_day: i64) -> Limit {
        let percent = match self {
            Self::SignUp => 30,
            Self::Verification => 25,
            Self::Invitation => 20,
            Self::GuestCase => 15,
            Self::KnownPlaceGuestCase => 10,
        };
        Limit { count: per_day * percent / 100 / 4, window_ms: 6 * HOUR }
    }
}

/// How many of the last limit there are in a day; it is the one with the longest window.
const fn per_day(limits: &[Limit]) -> i64 {
    match limits {
        [.., Limit { count, window_ms: DAY_MS }] => *count,
        _ => i64::MAX,
    }
}

/// Lookups of public keys from one source. An SSH server asks once for each of its own sign-ins.
pub const KEY_LOOKUPS_PER_SOURCE: Limit = Limit { count: 60, window_ms: MINUTE };

/// How long two-factor authentication is not suggested to somebody who has put it off, in milliseconds.
pub const TWO_FACTOR_POSTPONED_MS: i64 = 30 * DAY_MS;

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

    /// The numbers that people are told or that the security of codes rests on, in plain milliseconds: a slip in one of the
    /// factors above would change none of the other tests.
    #[test]
    fn every_span_is_the_one_that_is_promised() {
        let spans = [
            (DAY_MS, 86_400_000),
            (CODE_LIFE_CAP_MS, 1_800_000),
            (UNDO_CODE_LIFE_MS, 604_800_000),
            (GRANT_LIFE_MS, 600_000),
            (RESEND_AFTER_MS, 60_000),
            (KNOWN_SOURCE_LIFE_MS, 2_592_000_000),
            (COUNTED_ACCOUNT_AGE_MS, 604_800_000),
            (EARLY_TRY_GRACE_MS, 3_000),
            (RELEASED_NAME_KEPT_MS, 2_592_000_000),
            (UNVERIFIED_EMAIL_KEPT_MS, 604_800_000),
            (FORMER_PRIMARY_KEPT_MS, 604_800_000),
            (RECENT_MS, 604_800_000),
            (REVIEW_AFTER_MS, 15_552_000_000),
            (INVITATION_LIFE_MS, 259_200_000),
            (SIGN_UP_LIFE_MS, 1_800_000),
            (PROVEN_INVITATION_MS, 3_600_000),
            (CASE_CODE_LIFE_MS, 604_800_000),
            (FIRST_TRIES.window_ms, 240_000_000),
            (OTHER_TRIES.window_ms, 240_000_000),
            (OTHER_TRIES_PER_NETWORK[0].window_ms, 4_800_000),
            (OTHER_TRIES_PER_NETWORK[1].window_ms, 24_000_000),
            (TRIES_PER_SOURCE.window_ms, 60_000),
            (TRIES_PER_SERVICE.window_ms, 60_000),
            (SERVICE_TRIES_PER_SOURCE.window_ms, 60_000),
            (REQUESTS_PER_SOURCE.window_ms, 3_600_000),
            (GUEST_NOTICES_TO_SUPPORT[0].window_ms, 21_600_000),
        ];
        for (at, (span, promised)) in spans.into_iter().enumerate() {
            assert_eq!(span, promised, "entry {at}");
        }
    }

    #[test]
    fn strangers_send_at_most_twenty_emails_a_day_to_a_mailbox() {
        assert_eq!(EMAILS_BY_STRANGERS_PER_MAILBOX, 20);
        // Without a limit for a day there is none.
        assert_eq!(per_day(&[Limit { count: 3, window_ms: HOUR }]), i64::MAX);
        assert_eq!(per_day(&SIGN_UP_EMAILS_PER_MAILBOX), 6);
    }

    #[test]
    fn each_kind_of_email_has_its_part_of_the_day() {
        let counts = WithoutAccount::ALL.map(|kind| kind.limit(2_000).count);
        assert_eq!(counts, [150, 75, 50, 125, 100]);
        assert_eq!(WithoutAccount::SignUp.limit(2_000).window_ms, 6 * HOUR);
    }

    #[test]
    fn a_shared_code_is_guessed_with_a_probability_below_two_to_the_minus_twenty() {
        let looks = |limit: Limit, life_ms: i64| limit.count + life_ms * limit.count / limit.window_ms;
        let codes: i64 = 20_i64.pow(8);
        for life_ms in [CASE_CODE_LIFE_MS, INVITATION_LIFE_MS, SIGN_UP_LIFE_MS, CODE_LIFE_CAP_MS] {
            let days = life_ms.div_euclid(DAY_MS) + 1;
            let of_opener = SHARED_CODE_TRIES_OF_OPENER.count * days;
            let all = looks(FIRST_TRIES, life_ms) + looks(OTHER_TRIES, life_ms) + of_opener;
            assert!(all < codes >> 20, "{all} of {}", codes >> 20);
        }
    }

    #[test]
    fn the_parts_of_a_day_are_no_more_than_the_day() {
        for per_day in [40, 100, 2_000, 99_999] {
            let limits = WithoutAccount::ALL.map(|kind| kind.limit(per_day));
            let most: i64 = limits.iter().map(|limit| limit.count * (DAY_MS / limit.window_ms)).sum();
            assert!(most <= per_day && limits.iter().all(|limit| limit.count >= 1), "{per_day}: {limits:?}");
        }
    }

    #[test]
    fn reaching_the_disabling_count_takes_more_than_three_days() {
        let total: i64 = (1..FAILS_TO_DISABLE).map(delay_ms).sum();
        assert!(total > 80 * HOUR, "{} h", total / HOUR);
    }
}
