//! Time-based one-time passwords of authenticator apps (RFC 6238): SHA-1, six digits and 30 seconds, the only
//! variant that every app supports, with a secret of 160 bits (RFC 4226 section 4, R6).

use std::fmt;
use std::fmt::Write as _;

use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::input::{CODE_TEXT_CHARS, CodeSymbol, find_code, folded_code};
use super::secret::Secret;
use super::timestamp::Timestamp;

const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
/// How long an app shows one code.
pub const STEP_MS: i64 = 30_000;
/// Maximum bytes of the `otpauth` URI: the capacity of a QR code of version 4 at level L, the largest
/// that fits into a terminal of 80x24.
const URI_BYTES: usize = 78;
/// Maximum bytes of the portal's name in the URI, which leaves space for the account name.
const PORTAL_BYTES: usize = 11;

/// The secret shared with an authenticator app. Wiped on drop and redacted in `Debug`.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    /// Generates a random secret.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// Restores a stored secret; `None` unless it has 20 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The raw bytes. Seal them before storing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// Base32 (RFC 4648), the form that apps accept.
    #[must_use]
    pub fn base32(&self) -> Secret {
        Secret::new(totp_rs::Secret::from(*self.0).to_base32())
    }

    /// Base32 in groups of four, for people who type it.
    #[must_use]
    pub fn grouped(&self) -> Secret {
        let text = self.base32();
        let groups: Vec<&str> =
            (0..text.expose().len()).step_by(4).filter_map(|at| text.expose().get(at..at + 4)).collect();
        Secret::new(groups.join(" "))
    }

    /// The URI in the QR code, `otpauth://totp/Doorkey:ada?secret=…`, with long names truncated.
    #[must_use]
    pub fn uri(&self, portal: &str, name: &str) -> Secret {
        let secret = self.base32();
        let frame = "otpauth://totp/:?secret=".len() + secret.expose().len();
        let portal = encoded(portal, PORTAL_BYTES);
        let name = encoded(name, URI_BYTES.saturating_sub(frame + portal.len()));
        Secret::new(format!("otpauth://totp/{portal}:{name}?secret={}", secret.expose()))
    }

    /// The time step of `code`, if it is the current one, the previous one or the next one. The caller must
    /// accept each step only once.
    #[must_use]
    pub fn step_of(&self, code: &TotpCode, now: Timestamp) -> Option<i64> {
        let seconds = u64::try_from(now.epoch_ms() / 1_000).ok()?;
        self.totp().check(&code.0, seconds).and_then(|step| i64::try_from(step).ok())
    }

    fn totp(&self) -> Totp {
        // The defaults are SHA-1, six digits, 30 seconds and one step to either side.
        Builder::new().with_secret(*self.0).build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(***)")
    }
}

/// The time step that contains `now`.
#[must_use]
pub const fn step_at(now: Timestamp) -> i64 {
    now.epoch_ms().div_euclid(STEP_MS)
}

/// When a time step starts.
#[must_use]
pub const fn step_start(step: i64) -> Timestamp {
    Timestamp::from_epoch_ms(step.saturating_mul(STEP_MS))
}

/// The six digits that an app shows.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpCode(Zeroizing<String>);

impl TotpCode {
    /// The one code of six digits in a typed or pasted text.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let digit = |symbol: u8| symbol.is_ascii_digit().then_some(CodeSymbol { symbol, exact: true });
        let found = find_code::<DIGITS>(typed, digit)?;
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
        digits.extend(found.symbols.iter().copied().map(char::from));
        Some(Self(digits))
    }

    /// The same, if nothing but blanks and dashes stands beside the digits.
    #[must_use]
    pub fn parse_alone(typed: &str) -> Option<Self> {
        let is_short = typed.len() <= 4 * CODE_TEXT_CHARS;
        let is_alone =
            is_short && folded_code(typed).chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'));
        if is_alone { Self::parse(typed) } else { None }
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode(***)")
    }
}

/// Percent-encodes everything but letters, digits and `-._`, truncated to `max` bytes between characters.
fn encoded(text: &str, max: usize) -> String {
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
        if all.len() + piece.len() > max {
            break;
        }
        all.push_str(&piece);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
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
    fn a_code_is_valid_one_step_to_either_side_and_no_further() {
        let code = TotpCode::parse("081804").unwrap();
        let step = step_at(at(1_111_111_109));
        for shift in -1..=1 {
            assert_eq!(rfc().step_of(&code, step_start(step + shift)), Some(step), "{shift}");
        }
        for shift in [-2, 2] {
            assert_eq!(rfc().step_of(&code, step_start(step + shift)), None, "{shift}");
        }
    }

    #[test]
    fn a_code_is_read_however_it_was_typed_and_anything_else_is_refused() {
        for typed in ["081804", " 081 804 ", "081-804", "٠٨١٨٠٤", "０８１８０４", "Your code: 081 804"]
        {
            assert_eq!(TotpCode::parse(typed), TotpCode::parse("081804"), "{typed}");
        }
        for typed in ["", "08180", "0818045", "08180a", "081804 935301"] {
            assert_eq!(TotpCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_secret_is_shown_in_groups_and_fits_the_qr_code_with_any_names() {
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
    fn debug_is_redacted() {
        let shown = format!("{:?} {:?}", rfc(), TotpCode::parse("081804"));
        assert!(!shown.contains("12") && !shown.contains("081804"), "{shown}");
    }
}
