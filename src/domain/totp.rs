//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, which is what every app
//! understands, and a seed of 160 bits (RFC 4226 section 4, R6).

use std::fmt;
use std::fmt::Write as _;

use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::secret::Secret;
use super::timestamp::Timestamp;

/// Bytes of a seed.
const SEED_BYTES: usize = 20;
/// Digits of a code.
const DIGITS: usize = 6;
/// How long a code is an app's current one.
pub const STEP_MS: i64 = 30_000;
/// The most bytes of the address in the picture: what a QR code of version 4 holds at level L, the largest one
/// that fits a terminal of 80x24.
const URI_BYTES: usize = 78;
/// The most bytes of the portal's name in it, so that there is room for the account's.
const PORTAL_BYTES: usize = 11;

/// What an authenticator app and the portal share. Wiped when dropped, never in `Debug`.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SEED_BYTES]>);

impl TotpSecret {
    /// Draws a seed.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// A seed as it was kept.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// As it is kept, sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// In Base32 (RFC 4648), as apps take it.
    #[must_use]
    pub fn base32(&self) -> Secret {
        Secret::new(totp_rs::Secret::from(*self.0).to_base32())
    }

    /// In groups of four, for those who type it.
    #[must_use]
    pub fn grouped(&self) -> Secret {
        let text = self.base32();
        let groups: Vec<&str> =
            (0..text.expose().len()).step_by(4).filter_map(|at| text.expose().get(at..at + 4)).collect();
        Secret::new(groups.join(" "))
    }

    /// The address that an app reads from the picture, `otpauth://totp/Doorkey:ada?secret=…`. The names in
    /// it are cut where they are too long.
    #[must_use]
    pub fn uri(&self, portal: &str, name: &str) -> Secret {
        let secret = self.base32();
        let frame = "otpauth://totp/:?secret=".len() + secret.expose().len();
        let portal = encoded(portal, PORTAL_BYTES);
        let name = encoded(name, URI_BYTES.saturating_sub(frame + portal.len()));
        Secret::new(format!("otpauth://totp/{portal}:{name}?secret={}", secret.expose()))
    }

    /// The step that `code` belongs to, when it is the code of this moment, of the step before or of the one
    /// after. Each step's code may be taken once only; that is the caller's to see to.
    #[must_use]
    pub fn step_of(&self, code: &TotpCode, now: Timestamp) -> Option<i64> {
        let seconds = u64::try_from(now.epoch_ms() / 1_000).ok()?;
        self.totp().check(&code.0, seconds).and_then(|step| i64::try_from(step).ok())
    }

    fn totp(&self) -> Totp {
        // SHA-1, six digits, thirty seconds and one step to either side are its defaults.
        Builder::new().with_secret(*self.0).build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(***)")
    }
}

/// The number of the step that `now` is in.
#[must_use]
pub const fn step_at(now: Timestamp) -> i64 {
    now.epoch_ms().div_euclid(STEP_MS)
}

/// When a step begins.
#[must_use]
pub const fn beginning_of(step: i64) -> Timestamp {
    Timestamp::from_epoch_ms(step.saturating_mul(STEP_MS))
}

/// Six digits, as an app shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpCode(Zeroizing<String>);

impl TotpCode {
    /// Reads a typed code; blanks and dashes between the digits do not count.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
        for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            if !c.is_ascii_digit() || digits.len() == DIGITS {
                return None;
            }
            digits.push(c);
        }
        (digits.len() == DIGITS).then_some(Self(digits))
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppCode(***)")
    }
}

/// `text` with all but letters, digits and `-._` as `%XX`, cut to `most` bytes between characters.
fn encoded(text: &str, most: usize) -> String {
    let mut all = String::new();
    for c in text.chars() {
        let mut piece = String::new();
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') {
            piece.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(piece, "%{byte:02X}");
            }
        }
        if all.len() + piece.len() > most {
            break;
        }
        all.push_str(&piece);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238, appendix B.
    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_ms(seconds * 1_000)
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // The last six of the eight digits that the appendix shows.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            let code = TotpCode::parse(code).unwrap();
            assert_eq!(rfc().step_of(&code, at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_counts_one_step_to_either_side_and_no_further() {
        let code = TotpCode::parse("081804").unwrap();
        let step = step_at(at(1_111_111_109));
        for shift in -1..=1 {
            assert_eq!(rfc().step_of(&code, beginning_of(step + shift)), Some(step), "{shift}");
        }
        for shift in [-2, 2] {
            assert_eq!(rfc().step_of(&code, beginning_of(step + shift)), None, "{shift}");
        }
    }

    #[test]
    fn a_code_is_read_with_blanks_and_nothing_else_is_one() {
        for typed in ["081804", " 081 804 ", "081-804"] {
            assert_eq!(TotpCode::parse(typed), TotpCode::parse("081804"), "{typed}");
        }
        for typed in ["", "08180", "0818045", "08180a", "٠٨١٨٠٤"] {
            assert_eq!(TotpCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_secret_is_shown_in_groups_and_fits_the_picture_whatever_the_names_are() {
        assert_eq!(rfc().base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(rfc().grouped().expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let uri = rfc().uri("Doorkey", "ada");
        assert_eq!(uri.expose(), "otpauth://totp/Doorkey:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (portal, name) in [
            ("", ""),
            ("A very long name of a portal", "a-very-long-name-of-a-person"),
            ("Tür", "ñandúñandú"),
        ] {
            let uri = rfc().uri(portal, name);
            assert!(uri.expose().len() <= URI_BYTES && uri.expose().is_ascii(), "{}", uri.expose());
            assert!(uri.expose().ends_with("QOJQ"));
        }
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let shown = format!("{:?} {:?}", rfc(), TotpCode::parse("081804"));
        assert!(!shown.contains("12") && !shown.contains("081804"), "{shown}");
    }
}
