//! Moments as directories write them.

use super::message::Found;
use crate::domain::timestamp::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// From when on a person may not sign in, at FreeIPA.
pub(super) const PRINCIPAL_EXPIRATION: &str = "krbPrincipalExpiration";
/// The same in draft-behera-ldap-password-policy.
pub(super) const END_TIME: &str = "pwdEndTime";
/// The day from which on a person may not sign in, in shadow(5).
pub(super) const SHADOW_EXPIRE: &str = "shadowExpire";

/// From when on a person may not sign in: the earliest of what the entry says. What cannot be read says nothing.
pub(super) fn expires_at(found: &Found) -> Option<Timestamp> {
    let moments = [PRINCIPAL_EXPIRATION, END_TIME].into_iter().flat_map(|name| found.values(name));
    moments
        .filter_map(generalized_time)
        .chain(found.values(SHADOW_EXPIRE).into_iter().filter_map(shadow_day))
        .min()
}

/// `20261122140509Z`, with or without seconds, fractions and another zone (RFC 4517 section 3.3.13).
fn generalized_time(value: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(value).ok()?;
    let (time, zone) = text.split_at(text.find(['Z', '+', '-'])?);
    let digits = time.split(['.', ',']).next()?;
    let two = |at: usize| digits.get(at..at + 2);
    let seconds = if digits.len() == 12 { "00" } else { two(12)? };
    let zone = match zone.len() {
        5 => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
        3 => format!("{zone}:00"),
        _ => zone.to_owned(),
    };
    let year = digits.get(..4)?;
    Timestamp::parse(&format!("{year}-{}-{}T{}:{}:{seconds}{zone}", two(4)?, two(6)?, two(8)?, two(10)?))
}

/// Days since 1970-01-01; a negative number is no day. Zero is one: `usermod -e 0` ends an account at once.
fn shadow_day(value: &[u8]) -> Option<Timestamp> {
    let days: i64 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    (days >= 0).then(|| Timestamp::from_epoch_ms(days.saturating_mul(DAY_MS)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_generalized_time_is_read_with_or_without_seconds_fractions_and_another_zone() {
        for (text, expected) in [
            ("20261122140509Z", "2026-11-22T14:05:09Z"),
            ("202611221405Z", "2026-11-22T14:05:00Z"),
            ("20261122140509.5Z", "2026-11-22T14:05:09Z"),
            ("20261122140509,5Z", "2026-11-22T14:05:09Z"),
            ("20261122150509+0100", "2026-11-22T14:05:09Z"),
            ("20261122100509-04", "2026-11-22T14:05:09Z"),
        ] {
            let read = generalized_time(text.as_bytes()).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "Z", "never", "20261122140509", "20261322140509Z", "2026Z", "ääZ", "20261122140509+1"]
        {
            assert_eq!(generalized_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_day_of_shadow_5_is_none_where_it_is_negative_or_not_there() {
        let read = |text: &str| shadow_day(text.as_bytes()).map(Timestamp::epoch_ms);
        assert_eq!(read("20000"), Some(20_000 * DAY_MS));
        assert_eq!(read("0"), Some(0));
        assert_eq!((read("-1"), read(""), read("soon")), (None, None, None));
        assert_eq!(expires_at(&Found::default()), None);
    }

    #[test]
    fn the_earliest_of_several_ends_counts() {
        let found = Found::with(&[("shadowExpire", "20000"), ("KRBPRINCIPALEXPIRATION", "20200101000000Z")]);
        assert_eq!(expires_at(&found).unwrap().to_string(), "2020-01-01T00:00:00Z");
        let found = Found::with(&[("shadowExpire", "-1"), ("pwdEndTime", "20300101000000Z")]);
        assert_eq!(expires_at(&found).unwrap().to_string(), "2030-01-01T00:00:00Z");
    }

    proptest! {
        #[test]
        fn any_value_is_read_or_says_nothing(value: Vec<u8>, text: String) {
            let _ = (generalized_time(&value), generalized_time(text.as_bytes()), shadow_day(&value));
        }
    }
}
