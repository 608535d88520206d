//! Codes of sixteen letters, which nobody guesses: [`super::setup_code`] and [`super::undo_code`].
//!
//! Sixteen characters of the alphabet of [`super::code`] carry 16 * log2(20) = 69 bits, so there need be no number of
//! tries that a stranger could use up.

use std::fmt;
use std::marker::PhantomData;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::code::{in_groups, parse_symbols, symbols_from};
use super::secret::{Secret, SecretBytes};

const LENGTH: usize = 16;

/// A code for one purpose; that of another is another type. Wiped on drop, redacted in `Debug`, compared in constant
/// time.
#[derive(Clone)]
pub struct LongCode<Purpose>(SecretBytes<LENGTH>, PhantomData<Purpose>);

impl<Purpose> LongCode<Purpose> {
    /// Made of uniform bytes, uniform over all 20^16: those from 240 up are rejected to avoid modulo bias.
    pub(super) fn from_bytes(next: impl FnMut() -> u8) -> Self {
        Self(symbols_from(next), PhantomData)
    }

    /// The one code in a typed or pasted text, however it is written and set apart.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        parse_symbols(typed).map(|symbols| Self(symbols, PhantomData))
    }

    /// The form shown to people, `WDJB-MJHT-BCDF-GHJK`.
    #[must_use]
    pub fn grouped(&self) -> Secret {
        in_groups(self.symbols())
    }

    pub(super) fn symbols(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl<Purpose> PartialEq for LongCode<Purpose> {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.symbols(), other.symbols()).is_ok()
    }
}

impl<Purpose> Eq for LongCode<Purpose> {}

impl<Purpose> fmt::Debug for LongCode<Purpose> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LongCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Code = LongCode<()>;

    #[test]
    fn a_pasted_code_is_read_however_it_was_copied() {
        let code = Code::parse("WDJB-MJHT-BCDF-GHJK").unwrap();
        for typed in [
            "wdjbmjhtbcdfghjk",
            " WDJB MJHT BCDF GHJK. ",
            "wdjb–mjht–bcdf–ghjk\r\n",
            "Undo code: WDJB-MJHT-BCDF-GHJK",
            "ｗｄｊｂ　ｍｊｈｔ　ｂｃｄｆ　ｇｈｊｋ",
        ] {
            assert_eq!(Code::parse(typed).as_ref(), Some(&code), "{typed:?}");
        }
        for typed in ["", "WDJB-MJHT", "WDJB-MJHT-BCDF-GHJKL", "ADJB-MJHT-BCDF-GHJK", "WDJB-MJHT-BCDF-GHJ1"] {
            assert_eq!(Code::parse(typed), None, "{typed:?}");
        }
        assert_ne!(Code::parse("WDJB-MJHT-BCDF-GHJL").as_ref(), Some(&code));
        assert_eq!(code.grouped().expose(), "WDJB-MJHT-BCDF-GHJK");
        assert_eq!(format!("{code:?}"), "LongCode(***)");
    }

    proptest! {
        #[test]
        fn a_code_of_any_bytes_parses_back(bytes in proptest::collection::vec(0..240_u8, LENGTH)) {
            let mut bytes = bytes.into_iter();
            let code = Code::from_bytes(|| bytes.next().unwrap_or_default());
            prop_assert_eq!(Code::parse(code.grouped().expose()), Some(code));
        }

        #[test]
        fn no_input_makes_parsing_panic(text in any::<String>()) {
            if let Some(code) = Code::parse(&text) {
                prop_assert_eq!(Code::parse(code.grouped().expose()), Some(code));
            }
        }
    }
}
