//! The accent colour of a portal: what has the focus, what is pressed first, where one is.

use std::fmt;
use std::str::FromStr;

/// A colour of 24 bits; some have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    /// From 0 to 255.
    pub red: u8,
    /// From 0 to 255.
    pub green: u8,
    /// From 0 to 255.
    pub blue: u8,
}

/// The colours that have a name, the default first.
const NAMED: [(&str, Accent); 10] = [
    ("indigo", Accent::INDIGO),
    ("blue", Accent { red: 0x4f, green: 0x9c, blue: 0xf9 }),
    ("cyan", Accent { red: 0x22, green: 0xb8, blue: 0xcf }),
    ("teal", Accent { red: 0x20, green: 0xb2, blue: 0xa0 }),
    ("green", Accent { red: 0x40, green: 0xb4, blue: 0x5a }),
    ("amber", Accent { red: 0xe0, green: 0xa0, blue: 0x20 }),
    ("orange", Accent { red: 0xf0, green: 0x82, blue: 0x3c }),
    ("red", Accent { red: 0xef, green: 0x5f, blue: 0x5f }),
    ("pink", Accent { red: 0xf0, green: 0x6a, blue: 0xa8 }),
    ("violet", Accent { red: 0xb0, green: 0x78, blue: 0xf0 }),
];

impl Accent {
    /// `#7c83ff`
    pub const INDIGO: Self = Self { red: 0x7c, green: 0x83, blue: 0xff };
}

impl Default for Accent {
    fn default() -> Self {
        Self::INDIGO
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = NAMED.iter().find(|(_, accent)| accent == self) {
            return f.write_str(name);
        }
        let Self { red, green, blue } = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Accent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, accent)| *accent);
        named.or_else(|| text.strip_prefix('#').and_then(hexadecimal)).ok_or_else(|| {
            let all = NAMED.map(|(name, _)| name).join(", ");
            format!("expected one of {all}, or #rrggbb such as #7c83ff; found `{text}`")
        })
    }
}

fn hexadecimal(digits: &str) -> Option<Accent> {
    let is_six = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_six)?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some(Accent { red, green, blue })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_named_or_written_in_hexadecimal() {
        for (name, accent) in NAMED {
            assert_eq!((name.parse(), accent.to_string().as_str()), (Ok(accent), name));
        }
        let other = Accent { red: 0x0a, green: 0x64, blue: 0xff };
        assert_eq!(("#0A64ff".parse(), other.to_string().as_str()), (Ok(other), "#0a64ff"));
        assert_eq!("#7C83FF".parse::<Accent>().unwrap().to_string(), "indigo");
    }

    #[test]
    fn what_is_no_colour_is_refused_by_its_name() {
        for text in ["", "mauve", "#fff", "#12345g", "#1234567", "7c83ff", "#+12345", "\u{1b}[31m"] {
            let refusal = text.parse::<Accent>().unwrap_err();
            assert!(refusal.contains(&format!("`{text}`")) && refusal.contains("indigo"), "{refusal}");
        }
    }
}
