//! What a client tried to authenticate with where that proves nothing by itself: its session says what was wrong, or
//! signs in with it.

use super::secret::Secret;

/// The most bytes of a password that are kept: more than any account's has, so that what is cut stays too long.
const MAX_BYTES: usize = 4 * 1024;

/// A first complete attempt.
#[derive(Clone, Debug, Default)]
pub enum LoginAttempt {
    /// With nothing, or with a key that is proven.
    #[default]
    None,
    /// With a signature by a key that is not registered, or not for the name.
    UnregisteredKey,
    /// With more keys than are looked at.
    TooManyKeys,
    /// With a password that nobody has looked at.
    Password(Secret),
}

impl LoginAttempt {
    /// An attempt with `password`. An empty one is none: some clients send it where they were given nothing.
    #[must_use]
    pub fn with_password(password: &str) -> Self {
        let kept = &password[..password.floor_char_boundary(MAX_BYTES)];
        if kept.is_empty() { Self::None } else { Self::Password(Secret::new(kept)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::password::Normalised;

    #[test]
    fn a_password_is_kept_as_it_came_and_one_that_is_too_long_stays_too_long() {
        let LoginAttempt::Password(password) = LoginAttempt::with_password(" plüm\u{fe0f} ") else {
            panic!("it is a password")
        };
        assert_eq!(password.expose(), " plüm\u{fe0f} ");
        let LoginAttempt::Password(password) = LoginAttempt::with_password(&"ü".repeat(20_000)) else {
            panic!("it is a password")
        };
        assert!(password.expose().len() <= MAX_BYTES && Normalised::typed(password.expose()).is_none());
        assert!(matches!(LoginAttempt::with_password(""), LoginAttempt::None));
    }

    #[test]
    fn debug_shows_no_password() {
        let attempt = LoginAttempt::with_password("plum tractor seventeen");
        assert_eq!(format!("{attempt:?}"), "Password(Secret(***))");
    }
}
