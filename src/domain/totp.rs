//! Time-based one-time passwords of authenticator apps (RFC 6238): SHA-1, six digits and 30 seconds, the only
//! variant that every app supports, with a secret of 160 bits (RFC 4226 section 4, R6).

use std::fmt;
use std::fmt::Write as _;

use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::input::{CODE_TEXT_CHARS, CodeSymbol, find_code, folded_code};
use super::secret::{Secret, SecretBytes};
use super::timestamp::Timestamp;

const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
/// How long an app shows one code.
pub const STEP_MS: i64 = 30_000;

/// The secret shared with an authenticator app. Wiped on drop and redacted in `Debug`.
#[derive(Clone)]
pub struct TotpSecret(SecretBytes<SECRET_BYTES>);

impl TotpSecret {
    /// Generates a random secret.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        let mut secret = SecretBytes::zeroed();
        entropy.fill(&mut *secret);
        Self(secret)
    }

    /// Restores a stored secret; `None` unless it has 20 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        SecretBytes::copy_of(bytes).map(Self)
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

    /// The URI in the QR code, `otpauth://totp/Doorkey:ada?secret=…&issuer=Doorkey` (Google Authenticator's "Key Uri
    /// Format"). With the names whole: apps tell the accounts of one person apart by them alone.
    #[must_use]
    pub fn uri(&self, portal: &str, name: &str) -> Secret {
        let (issuer, account, secret) = (encoded(portal), encoded(name), self.base32());
        let secret = secret.expose();
        Secret::new(if issuer.is_empty() {
            format!("otpauth://totp/{account}?secret={secret}")
        } else {
            format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
        })
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

/// Percent-encodes everything but what RFC 3986 section 2.3 calls unreserved. A colon ends the issuer in the label and may
/// stand in neither part, so it becomes a space.
fn encoded(text: &str) -> String {
    let words: Vec<&str> = text.split([':', ' ']).filter(|word| !word.is_empty()).collect();
    let mut all = String::new();
    for byte in words.join(" ").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            let _ = write!(all, "%{byte:02X}");
        }
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

    /// What an app makes of a URI.
    #[derive(Debug, PartialEq, Eq)]
    struct Entry {
        issuer: String,
        account: String,
        secret: String,
    }

    /// `%C3%BC` is `ü`; a `+` is a plus, in the path and in the query.
    fn decoded(text: &str) -> String {
        let (mut bytes, mut out) = (text.bytes(), Vec::new());
        while let Some(byte) = bytes.next() {
            out.push(match byte {
                b'%' => {
                    let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(out).unwrap()
    }

    /// The label, still encoded, and the parameters by name.
    fn taken_apart(uri: &str) -> (String, impl Fn(&str) -> Option<String>) {
        assert!(
            uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b)),
            "{uri}"
        );
        let (label, query) = uri.strip_prefix("otpauth://totp/").unwrap().split_once('?').unwrap();
        let pairs: Vec<(String, String)> = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(n, v)| (n.into(), decoded(v)))
            .collect();
        let find = move |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        (label.to_owned(), find)
    }

    /// Google Authenticator, github.com/google/google-authenticator/wiki/Key-Uri-Format: `label = accountname / issuer
    /// (":" / "%3A") *"%20" accountname`; neither may contain a colon; the parameter `issuer` should be equal to the prefix.
    fn google(uri: &str) -> Entry {
        let (label, parameter) = taken_apart(uri);
        let label = decoded(&label);
        assert_eq!(label.matches(':').count(), 1, "{label}");
        let (issuer, account) = label.split_once(':').unwrap();
        assert_eq!(parameter("issuer").as_deref(), Some(issuer));
        Entry {
            issuer: issuer.into(),
            account: account.trim_start().into(),
            secret: parameter("secret").unwrap(),
        }
    }

    /// `FreeOTP`, github.com/freeotp/freeotp-android (URI.md, Token.java): the path up to its first colon is the issuer and the
    /// rest the label; an entry is known by the parameter `issuer`, if there is one, and the label.
    fn freeotp(uri: &str) -> Entry {
        let (label, parameter) = taken_apart(uri);
        let path = decoded(&label);
        let (prefix, account) = path.split_once(':').unwrap_or(("", &path));
        let issuer = parameter("issuer").unwrap_or_else(|| prefix.to_owned());
        assert_eq!(issuer, prefix, "it is shown by the one and stored by the other");
        Entry { issuer, account: account.into(), secret: parameter("secret").unwrap() }
    }

    /// Aegis, github.com/beemdevelopment/Aegis (GoogleAuthInfo.java): a label that has not exactly one colon is the name of
    /// the account as a whole, without an issuer; only a label without a colon takes the issuer from the parameter.
    fn aegis(uri: &str) -> Entry {
        let (label, parameter) = taken_apart(uri);
        let label = decoded(&label);
        let (issuer, account) = match label.split(':').collect::<Vec<_>>()[..] {
            [account] => (parameter("issuer").unwrap_or_default(), account.to_owned()),
            [issuer, account] => (issuer.to_owned(), account.to_owned()),
            _ => (String::new(), label.clone()),
        };
        Entry { issuer, account, secret: parameter("secret").unwrap() }
    }

    /// F65: apps tell entries apart by their label, so it is whole whatever the names are.
    #[test]
    fn three_apps_read_the_whole_names_of_portal_and_account() {
        for (portal, issuer) in [
            ("Doorkey", "Doorkey"),
            ("ACME: Systems & Co. (50%)", "ACME Systems & Co. (50%)"),
            ("Ärzte+Apotheker #1", "Ärzte+Apotheker #1"),
            ("A very long name of a portal: forty char", "A very long name of a portal forty char"),
        ] {
            for name in [
                "ada",
                "maria.schneider.admin",
                "maria.schneider.operator",
                "владимир",
                "渡辺",
                "josé_~-9",
                "a/b?c#d&e=f+g%41",
            ] {
                let uri = rfc().uri(portal, name);
                let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned();
                let meant = Entry { issuer: issuer.into(), account: name.into(), secret };
                for app in [google, freeotp, aegis] {
                    assert_eq!(app(uri.expose()), meant, "{}", uri.expose());
                }
            }
        }
        assert_eq!(
            rfc().uri(":", "ada").expose(),
            "otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
    }

    #[test]
    fn the_secret_is_shown_in_groups_and_in_the_uri() {
        assert_eq!(rfc().base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(rfc().grouped().expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let uri = rfc().uri("Doorkey", "ada");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Doorkey:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Doorkey"
        );
    }

    #[test]
    fn debug_is_redacted() {
        let shown = format!("{:?} {:?}", rfc(), TotpCode::parse("081804"));
        assert!(!shown.contains("12") && !shown.contains("081804"), "{shown}");
    }
}
